//! Disruption: targets with their checks, the plan, go or no-go, what was done and whether it held.

use super::super::field::{json, many, text, time, words};
use super::super::{Act, Field, Shows, get, post};
use super::MARKING;

const fn each(name: &'static str, help: &'static str) -> Field {
    json(name, help)
}

pub const ACTS: &[Act] = &[
    get("plan show", "/cases/{case}/plan", "Targets with their checks, the plan, go or no-go, receipts and looks").example("3f2a..."),
    post("plan propose", "/cases/{case}/targets", "Propose targets, each with the party that answers for it")
        .takes(&[&[
            MARKING,
            many("to", "ORG", "Whom it is for; absent: every party of the case"),
            each("targets", "A list of: value, target, action, responsible, reason, rests_on"),
        ]])
        .example("3f2a... --targets '[{\"value\":\"evil.example\",\"action\":\"block\",\"responsible\":\"isp.example\",\"reason\":\"the panel\"}]'"),
    post("plan check", "/cases/{case}/targets/checks", "Say what was found about targets")
        .takes(&[&[each("checks", "A list of: target, check, result, text")]])
        .example("3f2a... --checks @checks.json"),
    post("plan own", "/cases/{case}/targets/own", "Answer for targets whether they are your own infrastructure")
        .takes(&[&[each("answers", "A list of: target, own, text")]])
        .example("3f2a... --answers '[{\"target\":\"5c10.../40\",\"own\":false}]'"),
    post("plan write", "/cases/{case}/plan", "Write the plan, a part for every party, as holder of the pen; voids every go")
        .takes(&[&[
            words("title", "One line"),
            MARKING,
            time("instant_ms", "The instant at which all act").option("at"),
            words("text", "The plan in words; - is standard input"),
            each("actions", "A list of: target, org, action, after_ms"),
        ]])
        .example("3f2a... --title 'The day' --at 2027-02-01T06:00:00Z --text - --actions @actions.json"),
    post("plan go", "/cases/{case}/plan/go", "Say go, no, or withdraw, as approver")
        .takes(&[&[
            text("word", "WORD", "go, no or withdraw").at_its_place(),
            text("commitment", "DIGEST", "The plan's commitment, as `plan show` has it"),
            time("instant_ms", "Its instant").option("at"),
            words("reason", "Why; needed for no and withdraw").optional(),
        ]])
        .example("3f2a... go --commitment aa00... --at 2027-02-01T06:00:00Z"),
    post("plan receipts", "/cases/{case}/plan/receipts", "Say what was done, as approver")
        .takes(&[&[each("receipts", "A list of: target, outcome (done, partly, failed), at_ms, text")]])
        .example("3f2a... --receipts @receipts.json"),
    post("plan looks", "/cases/{case}/plan/looks", "Say whether actions held")
        .takes(&[&[each("looks", "A list of: target, held (held, unknown, did-not-hold), at_ms, text")]])
        .example("3f2a... --looks @looks.json"),
    get("plan export", "/cases/{case}/plan/export", "Your own actions once every party said go")
        .takes(&[&[text("form", "FORM", "list, rpz, hosts or csv").in_query()]])
        .shows(Shows::Text("/text"))
        .example("3f2a... --form rpz > plan.zone"),
    get("plan notices", "/cases/{case}/notices", "Drafts of notices to those who answer for targets; nothing is sent").example("3f2a..."),
    get("plan notice", "/cases/{case}/notices/document", "The draft of a notice to one party (DOCX)")
        .takes(&[&[text("to", "ORG", "The party").in_query().needed()]])
        .shows(Shows::Bytes)
        .example("3f2a... --to hosting.example -o notice.docx"),
    get("sinkhole list", "/cases/{case}/sinkholes", "Victims counted at the sinkholes of a case").example("3f2a..."),
    post("sinkhole mark", "/cases/{case}/sinkholes", "Say that a log source is the sinkhole of a target that was acted on")
        .takes(&[&[
            text("target", "NOTE", "The target").at_its_place(),
            text("source", "NAME", "The log source"),
            text("column", "NAME", "Which column tells the victim").optional(),
        ]])
        .example("3f2a... 5c10.../40 --source sinkhole --column client"),
    post("sinkhole share", "/cases/{case}/sinkholes/share", "Share what is new in these counts: a day, a target, a number").example("3f2a..."),
    get("zone list", "/zones", "The zones that are noted here"),
    post("zone set", "/zones/{org}", "Note an organisation's time zone; without one the note is taken away")
        .takes(&[&[text("zone", "ZONE", "Its time zone: Europe/Berlin").optional()]])
        .example("isp.example --zone Europe/Berlin"),
    get("own list", "/own-infrastructure", "Your own networks, names and sinkholes").table(&["kind", "value", "description", "since_ms"]),
    post("own add", "/own-infrastructure", "Add to the list")
        .takes(&[&[
            text("value", "VALUE", "The network or name").at_its_place(),
            text("kind", "KIND", "network, domain or sinkhole"),
            words("description", "What it is"),
        ]])
        .example("192.0.2.0/24 --kind network --description 'customers'"),
    post("own remove", "/own-infrastructure/remove", "Take an item off the list")
        .takes(&[&[text("value", "VALUE", "The network or name").at_its_place()]])
        .example("192.0.2.0/24"),
];
