//! Cases: opened, staffed, staged; legal authorities.

use super::super::field::{many, text, time, words};
use super::super::{Act, Shows, get, post};
use super::{MARKING, NEW_CASE};

pub const ACTS: &[Act] = &[
    get("case list", "/cases", "The cases that you see")
        .table(&["id", "operation", "reference", "stage", "opened_by", "parties", "newest_ms"]),
    post("case open", "/cases", "Open a case under an agreement: prints its id")
        .takes(&[NEW_CASE])
        .example("--agreement 0a1b... --operation HEATHER --reference K-17 --purpose cybercrime-investigation --party isp.example"),
    get("case show", "/cases/{case}", "One case: its head, people, authorities, requests and exhibits")
        .shows(Shows::Members(&[
            "summary", "agreement_title", "head", "tracks", "pen", "members", "instruments", "orals", "requests",
            "exhibits", "waiting", "forked",
        ]))
        .example("3f2a..."),
    get("case timeline", "/cases/{case}/timeline", "One page of the timeline, newest first")
        .takes(&[&[text("before", "NOTE", "Where the last page ended").in_query()]])
        .shows(Shows::Table("/timeline", &["at", "when_ms", "org", "kind", "marking", "title", "released_to"]))
        .example("3f2a..."),
    post("case stage", "/cases/{case}/stage", "Take the case a step on, or back, as holder of the pen")
        .takes(&[&[
            text("to", "STAGE", "assessed, adopted, investigation, disruption, court, closed; aside declined, referred-on, suspended")
                .at_its_place(),
            words("reason", "Why; needed back and aside").optional(),
        ]])
        .example("3f2a... adopted"),
    post("case party add", "/cases/{case}/parties", "Bring a party of the agreement in")
        .takes(&[&[
            text("org", "ORG", "The party").at_its_place(),
            words("reason", "Why").optional(),
        ]])
        .example("3f2a... hosting.example"),
    post("case party remove", "/cases/{case}/parties/remove", "Take a party off: it learns of that and of nothing after")
        .takes(&[&[
            text("org", "ORG", "The party").at_its_place(),
            words("reason", "Why; all parties read it"),
        ]])
        .example("3f2a... hosting.example --reason 'its part is done'"),
    get("case similar", "/cases/{case}/similar", "What else shares something with the case, among what you see")
        .table(&["name", "score", "shared", "why"])
        .example("3f2a..."),
    post("case link", "/cases/{case}/links", "Note that another case belongs to this one; for the parties of both")
        .takes(&[&[
            text("other", "CASE", "The other case's id").at_its_place(),
            words("reason", "Why"),
            MARKING,
        ]])
        .example("3f2a... 77aa... --reason 'the same panel'"),
    get("task list", "/cases/{case}/tasks", "The tasks of a case")
        .table(&["at", "org", "due_ms", "is_late", "done", "title"])
        .example("3f2a..."),
    get("subject list", "/cases/{case}/subjects", "The subjects of a case; of who was cleared only the reference")
        .table(&["at", "reference", "standing", "name", "aliases", "org", "marking"])
        .example("3f2a..."),
    post("instrument record", "/cases/{case}/instruments", "Record a legal authority: prints its note")
        .takes(&[&[
            words("reference", "The authority's reference: 14 Gs 211/27"),
            words("authority", "Who gave it"),
            words("power", "Under which power"),
            many("categories", "CATEGORY", "A category that it covers").needed(),
            words("scope", "What it covers, in words"),
            text("addressee", "ORG", "To whom it is addressed"),
            time("from_ms", "From"),
            time("to_ms", "Until, excluded"),
        ]])
        .example("3f2a... --reference '14 Gs 211/27' --authority 'Local court' --power 'StPO 100g' --category log-evidence \
                  --scope 'DNS of January' --addressee isp.example --from 2027-01-01T00:00:00Z --to 2027-02-01T00:00:00Z"),
    post("instrument end", "/cases/{case}/instruments/end", "End a legal authority")
        .takes(&[&[
            text("instrument", "NOTE", "The authority's note").at_its_place(),
            words("reason", "Why"),
        ]])
        .example("3f2a... 5c10.../9 --reason 'the court lifted it'"),
    post("instrument oral record", "/cases/{case}/orals", "Record an authority given by word of mouth")
        .takes(&[&[
            text("ground", "GROUND", "threat-to-life, and nothing else").default("threat-to-life"),
            words("act", "What is allowed"),
            text("category", "CATEGORY", "The category it covers"),
            text("addressee", "ORG", "To whom it is addressed"),
            words("authority", "Who gave it"),
            words("power", "Under which power"),
            text("request", "NOTE", "The request it is about").optional(),
        ]])
        .example("3f2a... --act 'who holds 192.0.2.7 now' --category subscriber-data --addressee isp.example \
                  --authority 'Duty prosecutor' --power 'StPO 100j'"),
    post("instrument oral confirm", "/cases/{case}/orals/confirm", "Confirm it in writing, within a day")
        .takes(&[&[
            text("oral", "NOTE", "The oral authority's note").at_its_place(),
            words("reference", "The writing's reference"),
            words("authority", "Who confirmed it"),
            text("instrument", "NOTE", "The authority that was recorded for it").optional(),
        ]])
        .example("3f2a... 5c10.../12 --reference '14 Gs 212/27' --authority 'Local court'"),
];
