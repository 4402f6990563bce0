//! Victims seen at sinkholes, and the zones in which parties read one instant.

use accord_model::EntryRef;
use accord_service::{Act, DayCount, ServiceError};
use axum::extract::Path;

use super::Case;
use super::requests::{field, pair, pick, wrong};
use crate::web::render;
use crate::web::routes::failed::{Failed, Paged};
use crate::web::routes::frame::{Page, anchor, done, html};
use crate::web::routes::posted::{Posted, Typed};
use crate::web::routes::times::counted;
use crate::web::view::question::QuestionPage;
use crate::web::view::tab::{Row, Section, TabPage};
use crate::web::view::write::{Field, Shape};
use crate::web::view::{Link, Pair, Spark};

/// How many days a series shows.
const DAYS: usize = 30;

/// What was shared of a target by day, as a series and in words.
fn series(shared: &[DayCount]) -> (Spark, Vec<Pair>) {
    let mut by_day = std::collections::BTreeMap::<&str, u64>::new();
    let mut most = std::collections::BTreeMap::<String, u64>::new();
    for one in shared {
        let sum = by_day.entry(one.day.as_str()).or_default();
        *sum = sum.saturating_add(one.count);
        // Days are not added up: who comes on two days is counted on each.
        let sum = most.entry(one.org.to_string()).or_default();
        *sum = (*sum).max(one.count);
    }
    let counts: Vec<u64> = by_day.values().copied().collect();
    let spark = Spark {
        label: "victims seen by day, oldest first".to_owned(),
        counts: counts.iter().rev().take(DAYS).rev().copied().collect(),
    };
    let mut facts: Vec<Pair> = most
        .into_iter()
        .map(|(org, most)| {
            pair(
                &format!("{org}, most on a day"),
                counted(most, "victim", "victims"),
            )
        })
        .collect();
    if let Some((day, sum)) = by_day.iter().next_back() {
        facts.push(pair(
            "Last day",
            format!("{day}: {}", counted(*sum, "victim", "victims")),
        ));
    }
    (spark, facts)
}

/// The section of the plan: victims seen, where anything was shared or somebody may count.
pub(super) async fn section(
    page: &Page,
    case: &Case,
    values: &[(EntryRef, String)],
) -> Result<Option<Section>, Failed> {
    let seen = page.node.victims_seen(&page.who, case.space).await?;
    let rows: Vec<Row> = seen
        .iter()
        .filter_map(|(at, shared)| {
            let (_, value) = values.iter().find(|(known, _)| known == at)?;
            let (spark, facts) = series(shared);
            Some(Row {
                anchor: format!("victims-{}", anchor(*at)),
                title: value.clone(),
                spark: Some(spark),
                facts,
                ..Row::default()
            })
        })
        .collect();
    let may = page.may(Act::ShareSightings);
    if rows.is_empty() && !may {
        return Ok(None);
    }
    Ok(Some(Section {
        heading: "Victims seen".to_owned(),
        lede: "Distinct addresses that came to a sinkhole, by day. Numbers are shared, addresses never.".to_owned(),
        actions: may
            .then(|| Link {
                label: "Sinkholes".to_owned(),
                href: case.href(&["sinkholes"]),
            })
            .into_iter()
            .collect(),
        rows,
        empty: (
            "Nothing was counted yet.".to_owned(),
            "After an action that points a target to a sinkhole, bring its log in and say which source it is."
                .to_owned(),
        ),
    }))
}

/// `/cases/ID/sinkholes`.
pub(in super::super) async fn page(page: Page, Path(text): Path<String>) -> Paged {
    let case = Case::load(&page, &text).await?;
    let views = page.node.sinkholes(&page.who, case.space).await?;
    let rows = views.iter().map(|view| {
        let (shared, mut facts) = series(&view.shared);
        let here = Spark {
            label: "victims counted here by day, oldest first".to_owned(),
            counts: view
                .days
                .iter()
                .rev()
                .take(DAYS)
                .rev()
                .map(|day| day.victims)
                .collect(),
        };
        let sources = view.sources.iter().map(|source| match view.columns.get(source) {
            Some(column) => format!("{source} (victim in {column})"),
            None => source.clone(),
        });
        facts.push(pair("Log sources", sources.collect::<Vec<_>>().join(", ")));
        facts.push(pair("Lines not counted", view.not_counted.to_string()));
        if view.ambiguous > 0 {
            facts.push(pair(
                "Of unclear victim",
                format!(
                    "{} with several addresses: say which column tells",
                    counted(view.ambiguous, "line", "lines")
                ),
            ));
        }
        if let Some(last) = view.days.last() {
            let victims = counted(last.victims, "victim", "victims");
            facts.push(pair("Last day here", format!("{}: {victims}", last.day)));
            let mut networks: Vec<_> = last.networks.iter().collect();
            networks.sort_by_key(|(name, number)| (std::cmp::Reverse(**number), (*name).clone()));
            facts.extend(
                networks
                    .iter()
                    .take(10)
                    .map(|(name, number)| pair(name, number.to_string())),
            );
        }
        Row {
            anchor: anchor(view.target),
            title: view.value.clone(),
            spark: Some(if view.days.is_empty() { shared } else { here }),
            facts,
            ..Row::default()
        }
    });
    let act = |label: &str, path: &str| Link {
        label: label.to_owned(),
        href: case.href(&["sinkholes", path]),
    };
    html(render::render_tab(&TabPage {
        shell: case.shell(&page).await,
        case: case.head(&page, "Plan"),
        name: "sinkholes".to_owned(),
        sections: vec![Section {
            heading: "Sinkholes".to_owned(),
            lede: "Counted in this node's own logs. What stands under a network is yours alone.".to_owned(),
            actions: vec![
                act("Say which log is a sinkhole's", "mark"),
                act("Share the counts", "share"),
            ],
            rows: rows.collect(),
            empty: (
                "No log is marked as a sinkhole's.".to_owned(),
                "The operator brings the log in; then say which source it is.".to_owned(),
            ),
        }],
    }))
}

async fn question(
    page: &Page,
    case: &Case,
    typed: &Typed,
    place: &[&str],
    (title, lede, verb): (&str, &str, &str),
    fields: Vec<Field>,
) -> Paged {
    html(render::render_question(&QuestionPage {
        shell: case.shell(page).await,
        case: case.head(page, "Plan"),
        title: title.to_owned(),
        lede: lede.to_owned(),
        form: typed.form(page, case.href(place)),
        carried: Vec::new(),
        about: Vec::new(),
        fields,
        verb: verb.to_owned(),
        others: Vec::new(),
        back: case.href(&["plan"]),
    }))
}

async fn show(page: &Page, case: &Case, act: &str, typed: &Typed) -> Paged {
    match act {
        "mark" => {
            Act::ShareSightings.ask(&page.who)?;
            let board = page.node.board(&page.who, case.space).await?;
            let targets = board
                .targets
                .iter()
                .filter(|line| line.action == accord_model::content::ActionKind::Sinkhole)
                .map(|line| (line.at.to_string(), line.value.clone()));
            let fields = vec![
                pick(typed, "target", "Target", false, targets),
                field(
                    typed,
                    "source",
                    "Log source",
                    "Its name, as the operator made it.",
                    Shape::Mono,
                    false,
                ),
                field(
                    typed,
                    "column",
                    "Column with the victim's address",
                    "Empty: the format's own (Zeek id.orig_h, Suricata src_ip, the host of an access log). A key of JSON, \
                     also with dots; NAME of NAME=value in text.",
                    Shape::Mono,
                    true,
                ),
            ];
            let words = (
                "The log of a sinkhole",
                "Only after a party has said that it pointed the target there.",
                "Say so",
            );
            question(page, case, typed, &["sinkholes", "mark"], words, fields).await
        }
        "share" => {
            Act::ShareSightings.ask(&page.who)?;
            let words = (
                "Share the counts of victims",
                "A day, a target and a number, to whom the target was meant. No address, no network.",
                "Share them",
            );
            question(page, case, typed, &["sinkholes", "share"], words, Vec::new()).await
        }
        _ => Err(ServiceError::NotFound("page").into()),
    }
}

/// `/cases/ID/sinkholes/ACT`.
pub(in super::super) async fn before(page: Page, Path((text, act)): Path<(String, String)>) -> Paged {
    let case = Case::load(&page, &text).await?;
    show(&page, &case, &act, &Typed::default()).await
}

/// Does it.
pub(in super::super) async fn act(Path((text, act)): Path<(String, String)>, posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    let case = Case::load(page, &text).await?;
    let outcome = match act.as_str() {
        "mark" => match typed.get("target").parse() {
            Ok(target) => {
                let column = Some(typed.get("column")).filter(|column| !column.is_empty());
                let source = typed.get("source");
                let mark = page
                    .node
                    .mark_sinkhole(&page.who, case.space, target, source, column);
                posted.once(mark).await.map(|()| "sinkhole")
            }
            Err(_) => Err(ServiceError::invalid("target", "choose one")),
        },
        "share" => {
            let share = page.node.share_victims(&page.who, case.space);
            posted.once(share).await.map(|_| "victims")
        }
        _ => return Err(ServiceError::NotFound("page").into()),
    };
    match outcome {
        Ok(word) => Ok(done(case.href(&["sinkholes"]), word, None)),
        Err(error) => {
            let typed = typed
                .clone()
                .wrong(wrong(error, &["target", "source", "column"])?);
            show(page, &case, &act, &typed).await
        }
    }
}

/// An instant in the zone of each party that is noted here.
pub(super) async fn in_zones(page: &Page, instant_ms: u64, orgs: &[String]) -> Vec<Pair> {
    let zones = page.node.org_zones(&page.who).await.unwrap_or_default();
    orgs.iter()
        .filter_map(|org| {
            let (_, zone) = zones.iter().find(|(known, _)| known.as_str() == org)?;
            Some(pair(
                &format!("At {org}"),
                accord_service::instant_in(instant_ms, zone)?,
            ))
        })
        .collect()
}

async fn show_zones(page: &Page, case: &Case, typed: &Typed) -> Paged {
    Act::Write.ask(&page.who)?;
    let parties = case
        .view
        .parties
        .iter()
        .map(|(org, _)| (org.to_string(), org.to_string()));
    let fields = vec![
        pick(typed, "org", "Party", false, parties),
        field(
            typed,
            "zone",
            "Its time zone",
            "Europe/Vienna, America/New_York; empty takes the note away.",
            Shape::Mono,
            true,
        ),
    ];
    let words = (
        "Time zones",
        "The instant of the plan is shown in the zone of each party. A note of this node, shared with nobody.",
        "Note it",
    );
    question(page, case, typed, &["plan", "zones"], words, fields).await
}

/// `/cases/ID/plan/zones`.
pub(in super::super) async fn zones(page: Page, Path(text): Path<String>) -> Paged {
    let case = Case::load(&page, &text).await?;
    show_zones(&page, &case, &Typed::default()).await
}

/// Notes one.
pub(in super::super) async fn set_zone(Path(text): Path<String>, posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    let case = Case::load(page, &text).await?;
    let zone = Some(typed.get("zone")).filter(|zone| !zone.is_empty());
    let noted = match typed.get("org").parse() {
        Ok(org) => posted.once(page.node.set_org_zone(&page.who, &org, zone)).await,
        Err(_) => Err(ServiceError::invalid("org", "choose one")),
    };
    match noted {
        Ok(()) => Ok(done(case.href(&["plan"]), "zone", None)),
        Err(error) => {
            let typed = typed.clone().wrong(wrong(error, &["org", "zone"])?);
            show_zones(page, &case, &typed).await
        }
    }
}

/// `/cases/ID/plan/notices/ORG`: the draft of a notice as a document.
pub(in super::super) async fn notice(page: Page, Path((text, org)): Path<(String, String)>) -> Paged {
    let case = Case::load(&page, &text).await?;
    let org = org.parse().map_err(|_| ServiceError::NotFound("notice"))?;
    let (name, bytes) = page.node.notice_document(&page.who, case.space, &org).await?;
    Ok(crate::api::taken_along_docx(&name, bytes))
}
