//! `/audit`: who did and looked at what, and what was decided in each agreement and case.

use accord_model::SpaceId;
use accord_model::control::SpaceKind;
use accord_service::{AccessFilter, LookView, SpaceSummary, Way};
use axum::extract::Path;

use super::failed::{Paged, id};
use super::frame::{Page, Part, anchor, html, operation, role_words};
use super::times::{count, counted, parse_day, when};
use crate::listed::{Part as Listing, Routes};
use crate::web::render;
use crate::web::view::audit::{
    AuditLooksPage, AuditPage, AuditRow, AuditSpacePage, AuditSpacesPage, ControlRow, LookRow, SpaceRow,
};
use crate::web::view::case::Tab;
use crate::web::view::{Href, Link, Pair, State, Tone};

pub(super) fn routes() -> Routes {
    Routes::new(Listing::Pages)
        .get("/audit", page)
        .get("/audit/looks", looks)
        .get("/audit/spaces", spaces)
        .get("/audit/spaces/{id}", space)
}

fn tabs(open: &str) -> Vec<Tab> {
    [
        ("Access", Href::of(&["audit"])),
        ("Looks at what we shared", Href::of(&["audit", "looks"])),
        ("Agreements and cases", Href::of(&["audit", "spaces"])),
    ]
    .into_iter()
    .map(|(label, href)| Tab {
        label: label.to_owned(),
        href,
        count: None,
        current: label == open,
    })
    .collect()
}

const fn way_words(way: Way) -> &'static str {
    match way {
        Way::Read => "read",
        Way::Searched => "found by a search",
        Way::Exported => "taken along for other programs",
        Way::Downloaded => "downloaded",
        Way::Opened => "who a victim is was opened",
    }
}

/// Looks elsewhere at what this organisation shared.
async fn looks(page: Page) -> Paged {
    let before: Option<usize> = page.query("before").parse().ok();
    let (looks, next) = page.node.looks_at_ours(&page.who, before).await?;
    let spaces = page.node.audit_spaces(&page.who).await?;
    let here = Href::of(&["audit", "looks"]);
    let row = |look: LookView| {
        let space = spaces.iter().find(|space| space.id == look.case);
        LookRow {
            at: when(look.when_ms),
            organisation: look.org.to_string(),
            person: look.by.to_string(),
            way: way_words(look.way).to_owned(),
            note: look.at.to_string(),
            space: Link {
                label: space.map_or_else(|| look.case.to_string(), title_of),
                href: Href::of(&["audit", "spaces", &look.case.to_string()]),
            },
        }
    };
    html(render::render_audit_looks(&AuditLooksPage {
        shell: page.shell(Part::Audit).await,
        tabs: tabs("Looks at what we shared"),
        rows: looks.into_iter().map(row).collect(),
        newest: before.map(|_| here.clone()),
        older: next.map(|before| here.with("before", &before.to_string())),
    }))
}

async fn page(page: Page) -> Paged {
    let (who, what) = (page.query("who").trim(), page.query("what").trim());
    let (from, to) = (page.query("from"), page.query("to"));
    let filter = AccessFilter {
        who: who.to_owned(),
        what: what.to_owned(),
        from_ms: parse_day(from),
        to_ms: parse_day(to).map(|day| day + 86_400_000),
    };
    let before: Option<u64> = page.query("before").parse().ok();
    let found = page.node.access_page(&page.who, &filter, before).await?;
    let filtered = |place: Href| {
        [("who", who), ("what", what), ("from", from), ("to", to)]
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .fold(place, |place, (name, value)| place.with(name, value))
    };
    let older = found
        .next
        .map(|before| filtered(Href::of(&["audit"])).with("before", &before.to_string()));
    let newer = (!page.query("before").is_empty()).then(|| filtered(Href::of(&["audit"])));
    html(render::render_audit(&AuditPage {
        shell: page.shell(Part::Audit).await,
        tabs: tabs("Access"),
        action: Href::of(&["audit"]),
        who: who.to_owned(),
        what: what.to_owned(),
        from: from.to_owned(),
        to: to.to_owned(),
        total: format!("{} here.", counted(found.lines.len() as u64, "line", "lines")),
        rows: found
            .lines
            .into_iter()
            .map(|line| AuditRow {
                at: when(line.at_ms),
                person: line.actor,
                act: State {
                    word: line.what.replace(['.', '-'], " "),
                    tone: Tone::Quiet,
                },
                what: line.subject,
            })
            .collect(),
        newer,
        older,
    }))
}

fn kind_of(space: &SpaceSummary) -> &'static str {
    match space.kind {
        SpaceKind::Agreement => "agreement",
        SpaceKind::Case => "case",
    }
}

fn title_of(space: &SpaceSummary) -> String {
    match space.kind {
        _ if space.title.is_empty() => space.id.to_string(),
        SpaceKind::Case => format!("Operation {}", operation(&space.title)),
        SpaceKind::Agreement => space.title.clone(),
    }
}

fn parties_of(space: &SpaceSummary) -> String {
    let names: Vec<&str> = space.parties.iter().map(accord_model::OrgName::as_str).collect();
    names.join(", ")
}

async fn spaces(page: Page) -> Paged {
    let mut spaces = page.node.audit_spaces(&page.who).await?;
    spaces.sort_by_key(|space| (std::cmp::Reverse(space.newest_ms), space.id));
    html(render::render_audit_spaces(&AuditSpacesPage {
        shell: page.shell(Part::Audit).await,
        tabs: tabs("Agreements and cases"),
        spaces: spaces
            .iter()
            .map(|space| SpaceRow {
                link: Link {
                    label: title_of(space),
                    href: Href::of(&["audit", "spaces", &space.id.to_string()]),
                },
                kind: kind_of(space).to_owned(),
                parties: parties_of(space),
                notes: count(space.notes),
                newest: space.newest_ms.map(when),
            })
            .collect(),
    }))
}

async fn space(page: Page, Path(text): Path<String>) -> Paged {
    let space: SpaceId = id(&text)?;
    let before = match page.query("before") {
        "" => None,
        text => Some(id(text)?),
    };
    let found = page.node.audit_space(&page.who, space, before).await?;
    let here = Href::of(&["audit", "spaces", &text]);
    html(render::render_audit_space(&AuditSpacePage {
        shell: page.shell(Part::Audit).await,
        tabs: tabs("Agreements and cases"),
        kind: kind_of(&found.space).to_owned(),
        title: title_of(&found.space),
        facts: vec![
            Pair {
                name: "Parties".to_owned(),
                value: parties_of(&found.space),
            },
            Pair {
                name: "Number".to_owned(),
                value: text.clone(),
            },
        ],
        rows: found
            .lines
            .into_iter()
            .map(|line| ControlRow {
                anchor: anchor(line.at),
                at: when(line.when_ms),
                organisation: line.org.to_string(),
                person: line.person.map(|person| person.to_string()).unwrap_or_default(),
                role: line.role.map(|role| role_words([&role])).unwrap_or_default(),
                words: line.words,
                reason: line.reason.unwrap_or_default(),
                set_aside: line.set_aside.unwrap_or_default(),
                clause: line.clause.unwrap_or_default(),
            })
            .collect(),
        newest: before.map(|_| here.clone()),
        older: found.next.map(|next| here.with("before", &next.to_string())),
    }))
}
