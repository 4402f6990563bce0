//! Protection: what is known of values, what was seen, and the second person.

use super::super::field::json;
use super::super::field::text;
use super::super::{Act, delete, get, post};
use super::DRAFT;

pub const ACTS: &[Act] = &[
    get(
        "protect lookup",
        "/protection/lookup",
        "What this node knows of a value, of the cases that you see",
    )
    .takes(&[&[text("value", "VALUE", "The value")
        .in_query()
        .needed()
        .at_its_place()]])
    .table(&["indicator", "how", "labels", "cases", "audiences"])
    .example("evil.example"),
    get(
        "protect seen",
        "/protection/seen",
        "What was seen here in the last fourteen days",
    )
    .table(&["day", "indicator", "count"]),
    get(
        "protect new",
        "/new",
        "What is new and growing, of the cases that you see",
    )
    .table(&["what", "kind", "is_new", "now", "before", "score"]),
    get(
        "protect indicators",
        "/cases/{case}/indicators",
        "The indicators of a case that stand, with verdicts",
    )
    .table(&["at", "value", "verdict", "labels", "org", "popular", "marking"])
    .example("3f2a..."),
    post(
        "protect share",
        "/cases/{case}/sightings",
        "Share what was seen here of the case's indicators since the last time",
    )
    .example("3f2a..."),
    get("protect second list", "/cases/{case}/waiting", "What waits")
        .table(&["id", "since_ms", "role", "by", "draft/title", "draft/marking"])
        .example("3f2a..."),
    post(
        "protect second ask",
        "/cases/{case}/waiting",
        "Ask for a second person's yes to a note: prints its id",
    )
    .takes(&[
        DRAFT,
        &[json("note", "What it says: `kind` and the fields of that kind")],
    ])
    .example("3f2a... --body note.json"),
    post(
        "protect second agree",
        "/cases/{case}/waiting/{id}",
        "Agree as the second person: it is published",
    )
    .example("3f2a... 41aa..."),
    delete(
        "protect second drop",
        "/cases/{case}/waiting/{id}",
        "Take it away",
    )
    .example("3f2a... 41aa..."),
];
