//! `/audit`: who did and looked at what.

use accord_service::AccessView;

use super::failed::Paged;
use super::frame::{Page, Part, html};
use super::times::{counted, parse_day, when};
use crate::web::render;
use crate::web::view::audit::{AuditPage, AuditRow};
use crate::web::view::{Href, State, Tone};

/// Lines on one page.
const ROWS_MAX: usize = 200;
/// Pages of the log read for one page shown, so that a rare name does not read all of it.
const READS_MAX: usize = 10;

/// `/audit`.
pub(super) async fn page(page: Page) -> Paged {
    let (who, what) = (page.query("who").trim(), page.query("what").trim());
    let (from, to) = (page.query("from"), page.query("to"));
    let first = parse_day(from).unwrap_or(0);
    let last = parse_day(to).map_or(u64::MAX, |day| day + 86_400_000);
    let holds = |text: &str, wanted: &str| text.to_lowercase().contains(&wanted.to_lowercase());
    let wanted = |line: &AccessView| {
        holds(&line.actor, who)
            && (holds(&line.what, what) || holds(&line.subject, what))
            && (first..last).contains(&line.at_ms)
    };
    let mut before: Option<u64> = page.query("before").parse().ok();
    let (mut rows, mut ended) = (Vec::new(), false);
    for _ in 0..READS_MAX {
        let lines = page.node.access_log(&page.who, before).await?;
        ended = lines.is_empty();
        before = lines.iter().map(|line| line.id).min().or(before);
        rows.extend(lines.into_iter().filter(|line| wanted(line)));
        if ended || rows.len() >= ROWS_MAX {
            break;
        }
    }
    let filtered = |place: Href| {
        [("who", who), ("what", what), ("from", from), ("to", to)]
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .fold(place, |place, (name, value)| place.with(name, value))
    };
    let older = before
        .filter(|_| !ended)
        .map(|before| filtered(Href::of(&["audit"])).with("before", &before.to_string()));
    let newer = (!page.query("before").is_empty()).then(|| filtered(Href::of(&["audit"])));
    html(render::render_audit(&AuditPage {
        shell: page.shell(Part::Audit).await,
        action: Href::of(&["audit"]),
        who: who.to_owned(),
        what: what.to_owned(),
        from: from.to_owned(),
        to: to.to_owned(),
        total: format!("{} here.", counted(rows.len() as u64, "line", "lines")),
        rows: rows
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
