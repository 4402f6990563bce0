//! `/protection`: who is served what; looking a value up.
//!
//! - [`stories`]: `/new`, what is new and growing; [`story_series`]: sightings over time; [`story_acts`]: what is said of a
//!   story.
//!
//! - [`lists`]: loading a list of values that many use.
//! - [`audience_acts`]: closing an audience, and making its secrets anew.
//! - [`feeds`]: lists that others publish; [`feed_acts`]: what is done with one; [`feed_form`]: adding and changing one.

use std::collections::BTreeMap;

use accord_service::{
    Act, AllowListView, AudienceView, EdgeState, EdgeView, LinkAct, NewAudience, Provenance, Reach,
    ServiceError,
};
use axum::extract::Path;

use super::case::together;
use super::failed::{Paged, problems};
use super::frame::{Page, Part, done, html, operation};
use super::posted::{Posted, Typed};
use super::times::{count, when};
use crate::listed::{Part as Listing, Routes};
use crate::web::render;
use crate::web::view::protection::{AudienceSecretsPage, LookupPage, NewAudiencePage};
use crate::web::view::tab::{Row, Section, SectionsPage};
use crate::web::view::{Choice, Href, Link, Pair, Spark};

mod audience_acts;
mod feed_acts;
mod feed_form;
mod feeds;
mod lists;
mod stories;
mod story_acts;
mod story_series;

#[cfg(test)]
pub(in crate::web) use {
    stories::{list_sections, one_sections},
    story_acts::dismissed,
    story_series::section,
};

pub(super) fn routes() -> Routes {
    Routes::new(Listing::Pages)
        .get("/protection", page)
        .get("/protection/lookup", lookup)
        .get("/protection/audiences/new", new)
        .post("/protection/audiences/new", open)
        .get("/protection/audiences/{audience}/{act}", audience_acts::before)
        .post("/protection/audiences/{audience}/{act}", audience_acts::act)
        .get("/protection/lists/load", lists::page)
        .post_up_to(lists::UPLOAD_MAX_BYTES, "/protection/lists/load", lists::load)
        .get("/protection/feeds", feeds::list)
        .get("/protection/feeds/new", feed_form::new)
        .post("/protection/feeds/new", feed_form::add)
        .get("/protection/feeds/{feed}", feeds::one)
        .get("/protection/feeds/{feed}/set", feed_form::set)
        .post("/protection/feeds/{feed}/set", feed_form::change)
        .get("/protection/feeds/{feed}/{act}", feed_acts::ask)
        .post("/protection/feeds/{feed}/{act}", feed_acts::act)
        .get("/new", stories::list)
        .get("/new/series", story_series::page)
        .get("/new/{story}", stories::one)
        .get("/new/{story}/{act}", story_acts::before)
        .post("/new/{story}/{act}", story_acts::act)
        .get("/protection/zones/{audience}", zone)
}

fn link(label: &str, segments: &[&str]) -> Link {
    Link {
        label: label.to_owned(),
        href: Href::of(segments),
    }
}

fn pair(name: &str, value: impl ToString) -> Pair {
    Pair {
        name: name.to_owned(),
        value: value.to_string(),
    }
}

fn reach_words(reach: Reach) -> &'static str {
    match reach {
        Reach::Own => "our own machines: up to TLP:AMBER+STRICT",
        Reach::Customers => "our customers: up to TLP:AMBER",
        Reach::Public => "anybody: TLP:CLEAR only",
    }
}

/// How an edge stands, and what it gave last.
fn edge_words(edge: &EdgeView) -> String {
    let state = match edge.state {
        EdgeState::Current => "has what is served",
        EdgeState::Behind => "is behind",
        EdgeState::Silent => "is not heard",
    };
    let asked = match edge.asked_ms {
        Some(ms) => format!("last asked {}", when(ms).shown),
        None => "not heard since this node's start".to_owned(),
    };
    let batch = match (edge.last_batch, edge.last_batch_ms) {
        (Some(number), Some(ms)) => format!(
            "batch {number} of sightings {}, {} in all",
            when(ms).shown,
            count(edge.counted)
        ),
        _ => "no sightings yet".to_owned(),
    };
    format!("{state}; {asked}; {batch}")
}

fn audience_row(view: &AudienceView, may: bool) -> Row {
    let opened = &view.opened;
    let mut facts = vec![
        pair("Reaches", reach_words(opened.reach)),
        pair("Told to block", count(view.blocked as u64)),
        pair("Detected silently", count(view.detected as u64)),
        pair("Serial", view.serial),
    ];
    facts.extend(opened.dnsbl.iter().map(|zone| pair("Answers over DNS", zone)));
    facts.extend(opened.rpz.iter().map(|zone| pair("Policy zone", zone)));
    facts.extend(
        view.edges
            .iter()
            .map(|edge| pair(&format!("Edge {}", edge.name), edge_words(edge))),
    );
    if opened.edge && view.edges.is_empty() {
        facts.push(pair("Edges", "none was heard yet"));
    }
    let mut links = vec![link(
        "Policy zone as a file",
        &["protection", "zones", &opened.name],
    )];
    if may {
        links.extend(audience_acts::links(opened));
    }
    Row {
        title: opened.name.clone(),
        facts,
        links,
        ..Row::default()
    }
}

async fn page(page: Page) -> Paged {
    let audiences = page.node.audiences(&page.who).await?;
    let lists = page.node.allow_lists(&page.who).await?;
    let seen = page.node.seen_here(&page.who, 14).await?;
    let counts = page.node.verdicts.counts();
    let mut days: BTreeMap<&str, u64> = BTreeMap::new();
    for one in &seen {
        *days.entry(one.day.as_str()).or_default() += one.count;
    }
    let may = page.may(Act::ManageProtection);
    let mut actions = Vec::new();
    if may {
        actions.push(link("Open an audience", &["protection", "audiences", "new"]));
    }
    actions.push(link("Feeds", &["protection", "feeds"]));
    if page.may(Act::LookUp) {
        actions.push(link("Look a value up", &["protection", "lookup"]));
        actions.push(link("What is new and growing", &["new"]));
    }
    let load = Row {
        title: "Look-ups since the start".to_owned(),
        spark: (!days.is_empty()).then(|| Spark {
            label: format!("sightings a day, {} days", days.len()),
            counts: days.values().copied().collect(),
        }),
        facts: vec![
            pair("Looked up", count(counts.lookups)),
            pair("Detected silently", count(counts.detected)),
            pair("Answered with a block", count(counts.blocked)),
        ],
        ..Row::default()
    };
    html(render::render_sections(&SectionsPage {
        shell: page.shell(Part::Protection).await,
        title: "Protection".to_owned(),
        lede: "What the cases' indicators make this node say to whoever asks about a value.".to_owned(),
        sections: vec![
            Section {
                heading: "Audiences".to_owned(),
                lede: "Who is served, each with a snapshot of its own.".to_owned(),
                actions,
                rows: audiences.iter().map(|view| audience_row(view, may)).collect(),
                empty: (
                    "Nobody is served yet.".to_owned(),
                    "An operator opens an audience: a token for look-ups over HTTP, zones for DNS."
                        .to_owned(),
                ),
            },
            Section {
                heading: "Load".to_owned(),
                rows: vec![load],
                ..Section::default()
            },
            lists_section(&lists, may),
        ],
    }))
}

fn lists_section(lists: &[AllowListView], may: bool) -> Section {
    let row = |list: &AllowListView| Row {
        title: list.name.clone(),
        at: Some(when(list.loaded_ms)),
        facts: vec![
            pair("Values", count(list.values as u64)),
            pair("Lines refused", count(list.refused as u64)),
        ],
        links: may
            .then(|| Link {
                label: "Load it again".to_owned(),
                href: Href::of(&["protection", "lists", "load"]).with("name", &list.name),
            })
            .into_iter()
            .collect(),
        ..Row::default()
    };
    Section {
        heading: "Values that many use".to_owned(),
        lede: "Publishing, withdrawing or blocking one of these needs a second person.".to_owned(),
        actions: may
            .then(|| link("Load a list", &["protection", "lists", "load"]))
            .into_iter()
            .collect(),
        rows: lists.iter().map(row).collect(),
        empty: (
            "No list is loaded.".to_owned(),
            "Without one this node cannot tell, and every block needs two people. An operator loads one: a public list \
             of the most used names will do."
                .to_owned(),
        ),
    }
}

async fn zone(page: Page, Path(name): Path<String>) -> Paged {
    use axum::response::IntoResponse;
    use http::header;
    let zone = page.node.policy_zone(&page.who, &name).await?;
    let file = format!("attachment; filename=\"{name}.rpz\"");
    Ok((
        [
            (header::CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()),
            (header::CONTENT_DISPOSITION, file),
        ],
        zone,
    )
        .into_response())
}

/// How an indicator hits a value.
fn how_words(how: &str) -> &str {
    match how {
        "exact" => "exactly this",
        "parent" => "a domain above it",
        "cidr" => "a network that holds it",
        "port" => "this address and port",
        "address" => "the address, at another port",
        "prefix" => "the beginning of its URL",
        "link" => "nothing but what it was seen with",
        other => other,
    }
}

/// Where a value comes from, in one line.
fn source_fact(source: &Provenance) -> Pair {
    let name = match source.from {
        "feed" => format!("Feed {}", source.source),
        _ => format!("Published by {}", source.source),
    };
    let mut words = vec![format!("{}, {}", source.verdict, source.marking)];
    if !source.published_by.is_empty() {
        words.push(format!("from {}", source.published_by));
    }
    match (source.confidence, source.score) {
        (Some(confidence), Some(score)) => words.push(format!("confidence {confidence}, worth {score} now")),
        _ => words.push("no confidence said".to_owned()),
    }
    words.push(format!("first said {}", when(source.first_ms).shown));
    if source.last_ms != source.first_ms {
        words.push(format!("last said {}", when(source.last_ms).shown));
    }
    words.push(match source.expires_ms {
        Some(at) => format!("ends {} if it is not said again", when(at).shown),
        None => "ends when it is withdrawn".to_owned(),
    });
    if !source.by.is_empty() {
        words.push(format!("answered for by {}", source.by.join(" and ")));
    }
    pair(&name, words.join("; "))
}

/// What the value was seen with; none where it stands in no link.
async fn seen_with(page: &Page, value: &str) -> accord_service::Result<Option<Section>> {
    let linked = page.node.linked(&page.who, value).await?;
    if linked.total == 0 {
        return Ok(None);
    }
    // Each act says itself, on the page before it, whether this person may.
    let may: Vec<LinkAct> = match page.may(Act::ShareSightings) {
        true => LinkAct::ALL.to_vec(),
        false => Vec::new(),
    };
    let mut lede =
        "What is done about one value of a mail or a download is told of the others. Nothing is served \
                    because of it."
            .to_owned();
    if let Some(why) = &linked.apart {
        lede.push_str(&format!(
            " This one passes no verdict on and receives none: {why}."
        ));
    }
    for said in &linked.cleared {
        lede.push_str(&format!(" Cleared by {}: {}", said.org, said.reason));
    }
    Ok(Some(Section {
        heading: "Seen together".to_owned(),
        lede,
        rows: linked
            .links
            .iter()
            .map(|view| Row {
                soft: operation(&view.operation).to_owned(),
                ..together::row(view, &may)
            })
            .collect(),
        ..Section::default()
    }))
}

async fn lookup(page: Page) -> Paged {
    let value = page.query("value").trim().to_owned();
    let mut problem = None;
    let mut together = None;
    let mut rows = Vec::new();
    Act::LookUp.ask(&page.who)?;
    let cases = page.node.cases(&page.who).await?;
    if !value.is_empty() {
        match page.node.look_up(&page.who, &value).await {
            Ok(found) => rows.extend(found.into_iter().map(|found| {
                let sources: Vec<Pair> = found.sources.iter().map(source_fact).collect();
                let served: Vec<String> = found
                    .audiences
                    .iter()
                    .map(|(name, action)| format!("{name}: {action}"))
                    .collect();
                let mut facts = match found.how.as_str() {
                    "link" => Vec::new(),
                    _ => vec![pair("Labels", found.labels.join(", "))],
                };
                facts.push(pair(
                    "Served",
                    if served.is_empty() {
                        "to nobody".to_owned()
                    } else {
                        served.join(", ")
                    },
                ));
                facts.extend(sources);
                facts.extend(found.because.iter().map(|words| pair("By a link", words)));
                Row {
                    title: found.indicator,
                    soft: how_words(&found.how).to_owned(),
                    facts,
                    links: found
                        .cases
                        .iter()
                        .map(|case| {
                            let known = cases.iter().find(|known| known.id == *case);
                            let name = known.map_or_else(
                                || "The case".to_owned(),
                                |known| format!("Operation {}", operation(&known.operation)),
                            );
                            link(&name, &["cases", &case.to_string(), "intel"])
                        })
                        .collect(),
                    ..Row::default()
                }
            })),
            Err(ServiceError::Invalid { message, .. }) => problem = Some(message),
            Err(other) => return Err(other.into()),
        }
        if problem.is_none() {
            together = seen_with(&page, &value).await?;
        }
    }
    html(render::render_lookup(&LookupPage {
        shell: page.shell(Part::Protection).await,
        action: Href::of(&["protection", "lookup"]),
        sections: if value.is_empty() || problem.is_some() {
            Vec::new()
        } else {
            let known = Section {
                heading: "What we know of it".to_owned(),
                rows,
                empty: (
                    "No feed lists it, and no indicator of a case of yours hits it.".to_owned(),
                    "That says nothing about whether it is good.".to_owned(),
                ),
                ..Section::default()
            };
            std::iter::once(known).chain(together).collect()
        },
        value,
        problem,
    }))
}

async fn new(page: Page) -> Paged {
    show(&page, &Typed::default()).await
}

async fn show(page: &Page, typed: &Typed) -> Paged {
    Act::ManageProtection.ask(&page.who)?;
    let reaches = [
        ("own", Reach::Own),
        ("customers", Reach::Customers),
        ("public", Reach::Public),
    ];
    html(render::render_new_audience(&NewAudiencePage {
        shell: page.shell(Part::Protection).await,
        form: typed.form(page, Href::of(&["protection", "audiences", "new"])),
        name: typed.or("name", ""),
        reaches: reaches
            .iter()
            .map(|(word, reach)| Choice {
                value: (*word).to_owned(),
                label: reach_words(*reach).to_owned(),
                hint: String::new(),
                chosen: typed.has("reach", word),
            })
            .collect(),
        dnsbl: typed.or("dnsbl", ""),
        rpz: typed.or("rpz", ""),
        clients: typed.or("clients", ""),
        notify: typed.or("notify", ""),
        edge: vec![Choice {
            value: "yes".to_owned(),
            label: "Edges follow it".to_owned(),
            hint: "Caches near its customers; they know what is detected in silence.".to_owned(),
            chosen: typed.has("edge", "yes"),
        }],
        back: Href::of(&["protection"]),
    }))
}

fn audience(typed: &Typed) -> accord_service::Result<NewAudience> {
    let lines = |name: &str| -> Vec<String> {
        let text = typed.raw(name).to_owned();
        text.lines()
            .map(|line| line.trim().to_owned())
            .filter(|line| !line.is_empty())
            .collect()
    };
    let optional = |name: &str| Some(typed.get(name).to_owned()).filter(|text| !text.is_empty());
    let notify: Result<_, _> = lines("notify").iter().map(|line| line.parse()).collect();
    Ok(NewAudience {
        name: typed.get("name").to_owned(),
        reach: match typed.get("reach") {
            "own" => Reach::Own,
            "customers" => Reach::Customers,
            "public" => Reach::Public,
            _ => return Err(ServiceError::invalid("reach", "choose how far it reaches")),
        },
        dnsbl: optional("dnsbl"),
        rpz: optional("rpz"),
        clients: lines("clients"),
        edge: typed.has("edge", "yes"),
        notify: notify.map_err(|_| ServiceError::invalid("notify", "ADDRESS:PORT, one a line"))?,
    })
}

async fn open(posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    let opened = match audience(typed) {
        Err(error) => Err(error),
        // The secrets are in the answer, and answers are kept for those who send twice: they are not kept here.
        Ok(new) => match posted.was_done().await {
            Ok(true) => return Ok(done(Href::of(&["protection"]), "audience-opened", None)),
            Ok(false) => page.node.open_audience(&page.who, &new).await,
            Err(error) => Err(error),
        },
    };
    match opened {
        Ok(secrets) => html(render::render_audience_secrets(&AudienceSecretsPage {
            shell: page.shell(Part::Protection).await,
            name: typed.get("name").to_owned(),
            is_new: true,
            token: Some(secrets.token),
            edge_token: secrets.edge_token,
            transfer_key: secrets.transfer_key,
            transfer_secret: secrets.transfer_secret,
            back: Href::of(&["protection"]),
        })),
        Err(error) => {
            let fields = ["name", "reach", "dnsbl", "rpz", "clients", "notify"];
            let wrong = problems(error, &fields.map(|field| (field, field)))?;
            show(page, &typed.clone().wrong(wrong)).await
        }
    }
}
