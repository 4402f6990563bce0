//! Protection: what is known of values, what was seen, and the second person.

use super::super::field::{Field, flag, json, many, text, words};
use super::super::{Act, Shows, delete, get, post};
use super::{DRAFT, MARKING};

const DECIDE: &str = "/cases/{case}/seen-together/decide";

/// What is said of an act on values that were seen together.
const DECIDED: &[Field] = &[
    many("values", "VALUE", "A value that stands in a link of the case").needed(),
    words("reason", "Why; every recipient reads it"),
    MARKING,
    many("to", "ORG", "Whom it is for; absent: every party"),
    many("expect", "ORG", "Only if it reaches exactly these at once"),
    flag("preview", "Only say what it would do, and whom it would reach").in_query(),
];

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
    .table(&["indicator", "how", "labels", "cases", "audiences", "because"])
    .example("evil.example"),
    get(
        "protect link value",
        "/protection/links",
        "What a value was seen with, in one mail or download, and what that says of it",
    )
    .takes(&[&[text("value", "VALUE", "The value")
        .in_query()
        .needed()
        .at_its_place()]])
    .example("203.0.113.66"),
    get(
        "protect link list",
        "/cases/{case}/seen-together",
        "What was seen together on a case; all of it with --json",
    )
    .shows(Shows::Table("/links", &["seen_in", "count", "last_ms", "values"]))
    .example("3f2a... --json"),
    post(
        "protect link say",
        "/cases/{case}/seen-together",
        "Say which values were seen together",
    )
    .takes(&[&[
        json(
            "links",
            "A list of {seen_in: mail or download, values, at_ms, count}",
        ),
        MARKING,
        words("title", "One line").optional(),
        many("to", "ORG", "Whom it is for; absent: every party"),
        words("from", "Where it was seen; no customer").optional(),
        many("expect", "ORG", "Only if it reaches exactly these at once"),
        flag("preview", "Only say whom it would reach").in_query(),
    ]])
    .example("3f2a... --links @links.json --from 'the mail gateway'"),
    post(
        "protect link promote",
        DECIDE,
        "Make values that were seen together indicators that are detected",
    )
    .fixed(&[("act", "promote")])
    .takes(&[DECIDED])
    .example("3f2a... --value 203.0.113.66 --reason 'sent the same mail'"),
    post(
        "protect link clear",
        DECIDE,
        "One value: it is not malicious; several: that they were seen together says nothing",
    )
    .fixed(&[("act", "clear")])
    .takes(&[DECIDED])
    .example("3f2a... --value shop.example --reason 'a shop, looked at'"),
    post("protect link take-back", DECIDE, "Clear it no longer")
        .fixed(&[("act", "take-back")])
        .takes(&[DECIDED])
        .example("3f2a... --value shop.example --reason 'it was taken over'"),
    get(
        "protect seen",
        "/protection/seen",
        "What was seen here in the last fourteen days",
    )
    .table(&["day", "indicator", "count"]),
    get(
        "protect new list",
        "/new",
        "Stories of what is new and growing, of the feeds and of the cases that you see; all of it with --json",
    )
    .shows(Shows::Table(
        "/stories",
        &["story", "stage", "title", "customers", "sources", "first_ms", "why"],
    )),
    get(
        "protect new week",
        "/new",
        "Values and labels of this week against the week before",
    )
    .shows(Shows::Table(
        "/week",
        &["what", "kind", "is_new", "now", "before", "score"],
    )),
    get(
        "protect new show",
        "/new/{story}",
        "One story with its findings, their evidence and its course",
    )
    .example("9f0c5e..."),
    get(
        "protect new series",
        "/new/series",
        "Sightings over time; the numbers of each day with --json",
    )
    .takes(&[&[
        text("dimension", "DIMENSION", "family, campaign, network, sector or country")
            .in_query()
            .needed()
            .at_its_place(),
        text("days", "DAYS", "Days back; absent: 28").in_query(),
    ]])
    .shows(Shows::Table("/rows", &["label", "lines", "among/is", "among/operation"]))
    .example("sector"),
    post(
        "protect new dismiss",
        "/new/{story}/dismiss",
        "Say that a story is nothing; stories like it stand lower from now on",
    )
    .takes(&[&[words("reason", "Why")]])
    .example("9f0c5e... --reason 'a newsletter'"),
    post(
        "protect new promote",
        "/new/{story}/promote",
        "Make a threat of a story: prints the threat's id",
    )
    .takes(&[&[
        words("name", "What the threat is called; absent: as the story").optional(),
        words("what", "What it is; absent: why the story was told").optional(),
    ]])
    .example("9f0c5e... --name 'A loader'"),
    get(
        "node stories",
        "/node/stories",
        "How the finding of what is new and grows is; no story",
    ),
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
