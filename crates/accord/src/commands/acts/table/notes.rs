//! Notes of a case: any kind as JSON, and the common ones by their words. Kinds and fields: `docs/spec/entries.md`.

use super::super::field::{json, many, text, time, words};
use super::super::{Act, Field, Shows, get, post};
use super::DRAFT;

const WRITE: &str = "/cases/{case}/notes";
const PREVIEW: &str = "/cases/{case}/notes/preview";

const ANY: &[Field] = &[json("note", "What it says: `kind` and the fields of that kind")];

const WHY: Field = words("note/reason", "Why");

const TEXT: Field = words("note/text", "What it says; - is standard input");

/// A note of a kind that the words mean.
const fn note(words: &'static str, kind: &'static [(&'static str, &'static str)], help: &'static str) -> Act {
    post(words, WRITE, help).fixed(kind)
}

pub const ACTS: &[Act] = &[
    get("note show", "/cases/{case}/notes/{ledger}/{seq}", "One line of the timeline, whole").example("3f2a... 5c10.../12"),
    get("note looks", "/cases/{case}/notes/{ledger}/{seq}/looks", "Who elsewhere looked at a note of yours, as they tell it")
        .table(&["when_ms", "org", "name", "way"])
        .example("3f2a... 5c10.../12"),
    post("note preview", PREVIEW, "Whom a note would reach, and under which clause; nothing is written")
        .takes(&[DRAFT, ANY])
        .example("3f2a... --title 'We wait' --note '{\"kind\":\"decision.logged\",\"text\":\"we wait\",\"reason\":\"nobody is to notice\"}'"),
    post("note write", WRITE, "Write a note of any kind: prints it, and what was decided for each recipient")
        .takes(&[DRAFT, ANY])
        .example("3f2a... --body note.json"),
    note("note report", &[("note/kind", "report.published")], "Write a report")
        .takes(&[DRAFT, &[TEXT, many("note/techniques", "T1059", "An ATT&CK technique")]])
        .example("3f2a... --title 'The loader' --text - < report.txt"),
    note("note decision", &[("note/kind", "decision.logged")], "Write a line of the decision log")
        .takes(&[DRAFT, &[TEXT, WHY]])
        .example("3f2a... --title 'We wait' --text 'no block yet' --reason 'nobody is to notice'"),
    note("note comment", &[("note/kind", "feedback.given")], "Comment on a note")
        .takes(&[DRAFT, &[text("note/about", "NOTE", "The note"), TEXT]])
        .example("3f2a... --about 5c10.../12 --title 'On the loader' --text 'seen here as well'"),
    note("case describe", &[("note/kind", "case.described")], "Say of a case what stands at its head")
        .takes(&[DRAFT, &[
            many("note/jurisdictions", "CC", "A country, two letters"),
            words("note/nexus", "What ties it to them").optional(),
            words("note/office", "Which office leads it; no person").optional(),
            words("note/origin", "Where it comes from").optional(),
            many("note/references", "WORDS", "Another reference"),
        ]])
        .example("3f2a... --title 'Head' --jurisdiction DE --office 'Cybercrime unit'"),
    note("case outcome", &[("note/kind", "outcome.recorded")], "Record what became of a case, or of a subject")
        .takes(&[DRAFT, &[
            text("note/outcome", "OUTCOME", "convicted, acquitted, discontinued, resolved, disrupted, transferred, no-further-action"),
            text("note/subject", "NOTE", "The subject").optional(),
            words("note/authority", "Who decided it").optional(),
            TEXT,
        ]])
        .example("3f2a... --title 'Judgment' --outcome convicted --subject 5c10.../31 --text 'two years'"),
    note("task set", &[("note/kind", "task.set")], "Set a task for a party, or one of its people")
        .takes(&[DRAFT, &[
            text("note/org", "ORG", "Whose task it is"),
            text("note/person", "ID", "Whose of them").optional(),
            words("note/text", "More words").optional(),
            time("note/due_ms", "Due").optional(),
        ]])
        .example("3f2a... --org isp.example --title 'Look for the loader' --due 2027-02-01T00:00:00Z"),
    note("task done", &[("note/kind", "task.done")], "Say that a task is done")
        .takes(&[DRAFT, &[
            text("note/task", "NOTE", "The task"),
            words("note/text", "More words").optional(),
        ]])
        .example("3f2a... --task 5c10.../14 --title 'Done'"),
    note("subject record", &[("note/kind", "subject.recorded")], "Record a subject of the case")
        .takes(&[DRAFT, &[
            words("note/reference", "The subject's reference: S-1"),
            words("note/name", "The name, where it is known").optional(),
            many("note/aliases", "ALIAS", "Another name").option("alias"),
            many("note/identifiers", "VALUE", "An account, address or the like"),
            many("note/countries", "CC", "A country, two letters"),
            TEXT,
        ]])
        .example("3f2a... --reference S-1 --alias mule77 --title 'The mule' --text 'runs the panel'"),
    note("subject status", &[("note/kind", "subject.status")], "Say how a subject stands; who is cleared is off every view")
        .takes(&[DRAFT, &[
            text("note/subject", "NOTE", "The subject"),
            text("note/status", "STATUS", "suspected, arrested, charged or cleared"),
            WHY,
            words("note/prosecutor", "Which prosecutor").optional(),
            words("note/proceedings", "Under which number").optional(),
        ]])
        .example("3f2a... --subject 5c10.../31 --status cleared --reason 'another person' --title 'S-1 is cleared'"),
    note("protect publish", &[("note/kind", "indicator.published")], "Publish indicators; `accord import` does it from files")
        .takes(&[DRAFT, &[
            super::super::field::objects("note/indicators", "value", "VALUE", "A value").option("value"),
            words("note/from", "Where they come from"),
            words("note/note", "More words").optional(),
            text("note/wish", "WISH", "none, detect or block").optional(),
        ]])
        .example("3f2a... --value evil.example --value 192.0.2.7 --from 'our sandbox' --title 'The panel'"),
    note("protect withdraw", &[("note/kind", "indicator.withdrawn")], "Withdraw what your organisation published")
        .takes(&[DRAFT, &[
            text("note/published", "NOTE", "The note that published it"),
            many("note/values", "VALUE", "Only this value"),
            WHY,
        ]])
        .example("3f2a... --published 5c10.../12 --value www.bank.example --reason 'a false hit' --title 'Withdrawn'"),
    note("protect detect", &[("note/kind", "verdict.detect")], "Have indicators detected in silence, as case officer")
        .takes(&[DRAFT, &[
            super::super::field::published("note/indicators", "What is detected"),
            many("note/audience", "NAME", "Only for this audience"),
            words("note/reason", "Why").optional(),
        ]])
        .example("3f2a... --indicator 5c10.../12=evil.example --title 'Listen first'"),
    note("protect block", &[("note/kind", "verdict.block")], "Release indicators to be blocked, as case officer")
        .takes(&[DRAFT, &[
            super::super::field::published("note/indicators", "What is blocked"),
            many("note/audience", "NAME", "Only for this audience"),
            text("note/plan", "NOTE", "The plan it is a part of").optional(),
            WHY,
        ]])
        .example("3f2a... --indicator 5c10.../12=evil.example --reason 'the arrests are made' --title 'Block'"),
    note("plan drop", &[("note/kind", "target.dropped")], "Drop a target")
        .takes(&[DRAFT, &[text("note/target", "NOTE", "The target"), WHY]])
        .example("3f2a... --target 5c10.../40 --reason 'many use it' --title 'Dropped'"),
    note("victim record", &[("note/kind", "victim.recorded")], "Record a victim, by a pseudonym")
        .takes(&[DRAFT, &[
            text("note/pseudonym", "V-7", "The pseudonym"),
            text("note/victim", "KIND", "organisation or person"),
            TEXT,
            words("note/sector", "The sector").optional(),
            words("note/wishes", "What the victim wishes").optional(),
        ]])
        .example("3f2a... --pseudonym V-7 --victim organisation --text 'a clinic' --title 'V-7'"),
    note("victim message", &[("note/kind", "victim.message")], "Note what a victim said, or was told")
        .takes(&[DRAFT, &[
            text("note/victim", "NOTE", "The victim"),
            text("note/direction", "WAY", "from-victim or to-victim"),
            TEXT,
        ]])
        .example("3f2a... --victim 5c10.../50 --direction from-victim --text 'it began on Monday' --title 'A call'"),
    note("victim step", &[("note/kind", "remediation.noted")], "Note a step of a victim's clean-up")
        .takes(&[DRAFT, &[
            text("note/victim", "NOTE", "The victim"),
            words("note/step", "Which step"),
            text("note/state", "STATE", "advised, begun, done or not-done"),
            words("note/text", "More words").optional(),
        ]])
        .example("3f2a... --victim 5c10.../50 --step 'passwords changed' --state done --title 'Clean-up'"),
    note("disclosure item", &[("note/kind", "disclosure.item")], "Schedule an item, as disclosure officer")
        .takes(&[DRAFT, &[
            words("note/number", "Its number"),
            text("note/item", "NOTE", "The note, where it is one").optional(),
            words("note/description", "What it is"),
            text("note/material", "WORD", "used or unused"),
            text("note/sensitivity", "WORD", "not-sensitive or sensitive"),
            words("note/harm", "What harm it would do; of what is sensitive").optional(),
            text("note/clause", "CLAUSE", "The clause it rests on"),
        ]])
        .example("3f2a... --number 7 --item 5c10.../12 --description 'the report' --material used --sensitivity not-sensitive \
                  --clause 5 --title 'Item 7'"),
    get("disclosure show", "/cases/{case}/disclosure", "The schedule, and what is to be scheduled").example("3f2a..."),
    get("disclosure document", "/cases/{case}/disclosure/document", "The schedule as a document (DOCX)")
        .takes(&[&[super::super::field::flag("sensitive", "That of the sensitive material").in_query()]])
        .shows(Shows::Bytes)
        .example("3f2a... -o schedule.docx"),
];
