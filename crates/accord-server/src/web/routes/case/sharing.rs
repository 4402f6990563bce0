//! `/cases/ID/intel/received`: what organisations added by TAXII; `/cases/ID/intel/graph`: the intelligence as a graph.

use accord_service::{Act, Graph, GraphKind, ReceivedView};
use axum::extract::Path;

use super::Case;
use super::steps::{self, Before};
use crate::web::render;
use crate::web::routes::failed::{Failed, Paged, no};
use crate::web::routes::frame::{Page, done, html, operation};
use crate::web::routes::posted::{Posted, Typed};
use crate::web::routes::times::{counted, when};
use crate::web::view::export::{Drawing, GraphPage, ToDraw};
use crate::web::view::release::{Readers, Undo};
use crate::web::view::tab::{Row, Section, TabPage};
use crate::web::view::{Actor, Href, Link, Mark, Pair};

/// What the Intel tab offers of these.
pub(super) fn links(page: &Page, case: &Case) -> Vec<Link> {
    let link = |label: &str, href: Href| Link {
        label: label.to_owned(),
        href,
    };
    let mut all = Vec::new();
    if page.may(Act::Export) {
        all.push(link(
            "Take it along",
            Href::of(&["export"]).with("case", &case.id),
        ));
    }
    if page.may(Act::LookUp) {
        all.push(link("As a graph", case.href(&["intel", "graph"])));
    }
    all.push(link("Came by TAXII", case.href(&["intel", "received"])));
    all
}

fn addition_row(case: &Case, view: &ReceivedView) -> Row {
    let values: Vec<&str> = view
        .objects
        .iter()
        .flat_map(|one| &one.values)
        .map(String::as_str)
        .collect();
    let reports = view.objects.iter().filter(|one| one.kind == "report");
    let strictest = view
        .objects
        .iter()
        .map(|one| one.marking)
        .max_by_key(|tlp| tlp.rank());
    let mut text: Vec<String> = reports
        .map(|report| format!("Report: {}", report.title))
        .collect();
    if !values.is_empty() {
        let first: Vec<&str> = values.iter().take(20).copied().collect();
        let more = values.len().saturating_sub(first.len());
        let rest = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        text.push(format!("{}{rest}", first.join(" ")));
    }
    let link = |label: &str, act: &str| Link {
        label: label.to_owned(),
        href: case.href(&["intel", "received", &view.id, act]),
    };
    Row {
        title: counted(view.objects.len() as u64, "object", "objects"),
        soft: format!("{} waiting", counted(values.len() as u64, "value", "values")),
        marking: strictest.map(Mark),
        actor: Some(Actor {
            organisation: view.org.to_string(),
            person: None,
        }),
        at: Some(when(view.at_ms)),
        text,
        links: vec![link("Look and publish", "publish"), link("Leave it", "leave")],
        ..Row::default()
    }
}

/// `/cases/ID/intel/received`.
pub(in super::super) async fn received(page: Page, Path(text): Path<String>) -> Paged {
    let case = Case::load(&page, &text).await?;
    let waiting = page.node.received(&page.who, case.space).await?;
    html(render::render_tab(&TabPage {
        shell: case.shell(&page).await,
        case: case.head(&page, "Intel"),
        name: "what came by TAXII".to_owned(),
        sections: vec![Section {
            heading: "Came by TAXII".to_owned(),
            lede: "Partners without a node added this. Published, it is a note of ours on their behalf.".to_owned(),
            rows: waiting.iter().map(|view| addition_row(&case, view)).collect(),
            empty: (
                "Nothing waits.".to_owned(),
                "A partner whose account may add puts objects into this case's collection; they wait here for you."
                    .to_owned(),
            ),
            ..Section::default()
        }],
    }))
}

async fn addition(page: &Page, case: &Case, id: &str) -> Result<ReceivedView, Failed> {
    let waiting = page.node.received(&page.who, case.space).await?;
    waiting
        .into_iter()
        .find(|view| view.id == id)
        .ok_or_else(|| no("addition"))
}

/// What an addition says, line by line.
fn words(view: &ReceivedView) -> String {
    let mut out = String::new();
    for one in &view.objects {
        for value in &one.values {
            out.push_str(&format!(
                "{} {value} ({})\n",
                one.marking.as_str(),
                one.labels.join(", ")
            ));
        }
        if one.kind == "report" {
            out.push_str(&format!("{} {}\n{}\n", one.marking.as_str(), one.title, one.text));
        }
    }
    out
}

/// What publishing an addition means, or leaving it; whether it is publishing.
async fn deciding(page: &Page, case: &Case, id: &str, act: &str) -> Result<(Before, bool), Failed> {
    let view = addition(page, case, id).await?;
    let publish = match act {
        "publish" => true,
        "leave" => false,
        _ => return Err(no("page")),
    };
    let (title, verb) = match publish {
        true => (format!("Publish on behalf of {}", view.org), "Publish it"),
        false => (format!("Leave what {} added", view.org), "Leave it"),
    };
    let pair = |name: &str, value: String| Pair {
        name: name.to_owned(),
        value,
    };
    let mut facts = vec![
        pair(
            "Case",
            format!("Operation {}", operation(&case.view.summary.operation)),
        ),
        pair("From", view.org.to_string()),
    ];
    if publish {
        facts.push(pair("Wait for a second person", waiting(&view.second)));
    }
    let before = Before {
        title,
        verb: verb.to_owned(),
        severe: !publish,
        facts,
        body: words(&view),
        marking: None,
        readers: match publish {
            true => case.readers(&page.node.preview_received(&page.who, case.space, id).await?),
            false => Readers::All(format!("{} reads that it was not taken.", view.org)),
        },
        undo: match publish {
            true => Undo::Cannot("What was read stays known; indicators can be withdrawn.".to_owned()),
            false => Undo::Can(format!("{} can add it again.", view.org)),
        },
        reason: None,
        blocked: None,
        place: case.href(&["intel", "received", id, act]),
        back: case.href(&["intel", "received"]),
    };
    Ok((before, publish))
}

/// The values that many use, in words.
fn waiting(values: &[String]) -> String {
    if values.is_empty() {
        return "none of the values".to_owned();
    }
    let shown: Vec<&str> = values.iter().take(SECOND_SHOWN).map(String::as_str).collect();
    format!(
        "{}, in notes of their own: many use them ({})",
        counted(values.len() as u64, "value", "values"),
        shown.join(", ")
    )
}

/// Before an addition is published, or left.
pub(in super::super) async fn before(
    page: Page,
    Path((text, id, act)): Path<(String, String, String)>,
) -> Paged {
    let case = Case::load(&page, &text).await?;
    let (before, _) = deciding(&page, &case, &id, &act).await?;
    steps::before(&page, &case, before, &[], &Typed::default(), Vec::new()).await
}

/// Publishes an addition, or leaves it.
pub(in super::super) async fn settle(
    Path((text, id, act)): Path<(String, String, String)>,
    posted: Posted,
) -> Paged {
    let page = &posted.page;
    let case = Case::load(page, &text).await?;
    let list = case.href(&["intel", "received"]);
    if posted.was_done().await? {
        return Ok(done(list, "note", None));
    }
    let (before, publish) = deciding(page, &case, &id, &act).await?;
    if !steps::confirms(&posted, &case, &before, &[]).await? {
        return steps::before(page, &case, before, &[], &posted.typed, Vec::new()).await;
    }
    if publish {
        let published = page.node.publish_received(&page.who, case.space, &id);
        let settled = posted.once(published).await?;
        let word = match settled.waiting.is_empty() {
            true => "note",
            false => "second-asked",
        };
        Ok(done(list, word, settled.published.first().map(|one| one.at)))
    } else {
        let left = page.node.drop_received(&page.who, case.space, &id);
        posted.once(left).await?;
        Ok(done(list, "received-left", None))
    }
}

/// Most values named that wait for a second person.
const SECOND_SHOWN: usize = 20;

/// The columns of the drawing, with the style of each.
const COLUMNS: [(GraphKind, &str, &str); 5] = [
    (GraphKind::Report, "Reports", "report"),
    (GraphKind::Indicator, "Indicators", "indicator"),
    (GraphKind::Label, "Labels and techniques", "label"),
    (GraphKind::Sighting, "Seen", "sighting"),
    (GraphKind::Exhibit, "Exhibits", "exhibit"),
];

fn drawing(case: &Case, graph: &Graph) -> Option<Drawing> {
    let used: Vec<&(GraphKind, &str, &str)> = COLUMNS
        .iter()
        .filter(|(kind, ..)| graph.nodes.iter().any(|node| node.kind == *kind))
        .collect();
    let nodes: Vec<ToDraw> = graph
        .nodes
        .iter()
        .filter_map(|node| {
            let column = used.iter().position(|(kind, ..)| *kind == node.kind)?;
            let class = used.get(column).map_or("label", |(_, _, class)| *class);
            let href = node.at.map(|at| {
                let (ledger, seq) = (at.ledger.to_string(), at.seq.to_string());
                case.href(&["notes", &ledger, &seq])
            });
            Some((column, node.name.clone(), class, href))
        })
        .collect();
    let words: Vec<&str> = used.iter().map(|(_, words, _)| *words).collect();
    (!nodes.is_empty()).then(|| Drawing::layered(&words, &nodes, &graph.links))
}

/// `/cases/ID/intel/graph`.
pub(in super::super) async fn graph(page: Page, Path(text): Path<String>) -> Paged {
    let case = Case::load(&page, &text).await?;
    let graph = page.node.graph(&page.who, case.space).await?;
    let names = |at: usize| -> Vec<&str> {
        let other = graph
            .links
            .iter()
            .filter_map(|(a, b)| match (*a == at, *b == at) {
                (true, _) => Some(*b),
                (_, true) => Some(*a),
                _ => None,
            });
        other
            .filter_map(|other| graph.nodes.get(other).map(|node| node.name.as_str()))
            .collect()
    };
    let sections = COLUMNS.iter().filter_map(|(kind, words, _)| {
        let rows: Vec<Row> = graph
            .nodes
            .iter()
            .enumerate()
            .filter(|(_, node)| node.kind == *kind)
            .map(|(at, node)| Row {
                title: node.name.clone(),
                marking: node.marking.map(Mark),
                facts: match names(at).as_slice() {
                    [] => Vec::new(),
                    linked => vec![Pair {
                        name: "Linked with".to_owned(),
                        value: linked.join(", "),
                    }],
                },
                ..Row::default()
            })
            .collect();
        (!rows.is_empty()).then(|| Section {
            heading: (*words).to_owned(),
            rows,
            ..Section::default()
        })
    });
    let mut sections: Vec<Section> = sections.collect();
    if sections.is_empty() {
        sections.push(Section {
            heading: "Graph".to_owned(),
            empty: (
                "There is nothing to draw.".to_owned(),
                "Publish indicators and reports; what rests on what is drawn here.".to_owned(),
            ),
            ..Section::default()
        });
    }
    html(render::render_graph(&GraphPage {
        shell: case.shell(&page).await,
        case: case.head(&page, "Intel"),
        drawing: drawing(&case, &graph),
        left_out: if graph.left_out > 0 {
            format!(
                "{} with the fewest links are not shown.",
                counted(graph.left_out as u64, "more thing", "more things")
            )
        } else {
            String::new()
        },
        sections,
    }))
}
