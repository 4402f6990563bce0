//! Intelligence that is there, material that is brought in, and what others added.

use super::super::field::{json, many, text, time, words};
use super::super::{Act, Shows, delete, get, post};

pub const ACTS: &[Act] = &[
    get(
        "intel list",
        "/intel",
        "Reports, indicators and files of your cases, the newest first",
    )
    .takes(&[&[
        text("kind", "KIND", "report, indicators or file").in_query(),
        text("case", "CASE", "Only of this case").in_query(),
        text("org", "ORG", "Only what they shared").in_query(),
        words("q", "Only with these words").in_query().option("words"),
        text("skip", "N", "Leave so many out").in_query(),
    ]])
    .shows(Shows::Table(
        "/items",
        &["at", "when_ms", "kind", "org", "operation", "marking", "title"],
    ))
    .example("--kind report --words loader"),
    get(
        "intel show",
        "/intel/{ledger}/{seq}",
        "One report, note with indicators, or file",
    )
    .example("5c10.../12"),
    get(
        "intel graph",
        "/cases/{case}/graph",
        "The intelligence of a case as a graph: what there is; links with --json",
    )
    .shows(Shows::Table("/nodes", &["kind", "name", "at", "marking"]))
    .example("3f2a... --json"),
    get(
        "intel export-preview",
        "/export/preview",
        "What `accord export` would write",
    )
    .takes(&[&[
        text(
            "format",
            "FORMAT",
            "stix, misp, csv, rpz, hosts, suricata, zeek or list",
        )
        .in_query(),
        text("case", "CASE", "Only of this case").in_query(),
        text("kind", "KIND", "Only of this kind").in_query(),
        text("label", "LABEL", "Only with this label").in_query(),
        text("marking", "TLP", "No stricter than this").in_query(),
        time("since_ms", "Only since").in_query().option("since"),
        text("for", "ORG", "What was released to them").in_query(),
    ]])
    .example("--format stix --label heather"),
    get(
        "intel received list",
        "/cases/{case}/received",
        "What waits for a decision",
    )
    .table(&["id", "org", "at_ms", "second"])
    .example("3f2a..."),
    post(
        "intel received publish",
        "/cases/{case}/received/{id}/publish",
        "Publish it on behalf of who added it",
    )
    .example("3f2a... 41aa..."),
    post(
        "intel received leave",
        "/cases/{case}/received/{id}/leave",
        "Leave it: who added it reads that it was not taken",
    )
    .example("3f2a... 41aa..."),
    get("draft list", "/imports", "Your drafts").table(&["id", "case", "name", "form", "values", "since_ms"]),
    get(
        "draft show",
        "/imports/{draft}",
        "A draft, with everything that was found and what is known of it",
    )
    .example("41aa..."),
    post(
        "draft choose",
        "/imports/{draft}/choices",
        "Keep what was chosen: ticks, marking, labels, grading, report, files",
    )
    .takes(&[&[
        text("case", "CASE", "For which case").optional(),
        json("choices", "All choices, as `draft show --json` has them"),
    ]])
    .example("41aa... --choices @choices.json"),
    post(
        "draft preview",
        "/imports/{draft}/preview",
        "What will happen: to whom, under which clause, what waits for a second person",
    )
    .example("41aa..."),
    post("draft publish", "/imports/{draft}/publish", "Publish a draft")
        .takes(&[&[many("expect", "ORG", "Only if it reaches exactly these")]])
        .example("41aa..."),
    delete("draft drop", "/imports/{draft}", "Throw a draft away").example("41aa..."),
];
