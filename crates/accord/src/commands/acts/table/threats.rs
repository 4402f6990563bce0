//! Threats that are watched, and leads between organisations.

use super::super::field::{flag, json, many, number, objects, text, words, yes_no};
use super::super::{Act, Field, get, post};
use super::{MARKING, NEW_CASE};

const LEAD: &[Field] = &[
    text("agreement", "DIGEST", "The agreement it goes under"),
    text("to", "ORG", "To whom"),
    words("title", "One line"),
    MARKING,
    words("text", "What it is; - is standard input"),
    words("nexus", "What ties it to the recipient").optional(),
    many("countries", "CC", "A country, two letters"),
    words("asks", "What the recipient is asked to do").optional(),
    json("grading", "How good it is").optional(),
    flag(
        "source_protected",
        "The source would be in danger if it were known",
    ),
    objects("values", "value", "VALUE", "A value").optional(),
    text("threat", "ID", "The threat it is about").optional(),
    text("onward_of", "LEAD", "The lead that it passes on").optional(),
    yes_no("expect_now", "Refer it only if it goes at once").optional(),
];

const REASON: Field = words("reason", "Why");

pub const ACTS: &[Act] = &[
    post("threat change", "/threats/{threat}", "Change what a threat says; refused where it changed since that version")
        .takes(&[&[
            number("version", "The version that you read").option("of-version"),
            json("threat", "All that it says"),
        ]])
        .example("0123... --of-version 3 --threat @threat.json"),
    post("threat assess", "/threats/{threat}/assess", "Say that it was assessed").example("0123..."),
    post("threat drop", "/threats/{threat}/drop", "Drop it").takes(&[&[REASON]]).example("0123... --reason 'it is gone'"),
    post("threat resume", "/threats/{threat}/resume", "Watch again what was dropped").example("0123..."),
    post("threat person", "/threats/{threat}/people", "Add a colleague, or take one off")
        .takes(&[&[
            text("person", "ID", "Their number").at_its_place(),
            flag("remove", "Take them off"),
        ]])
        .example("0123... 9be1..."),
    post("threat case", "/threats/{threat}/cases", "Say that a case is related, or no more")
        .takes(&[&[
            text("case", "CASE", "The case's id").at_its_place(),
            flag("remove", "No more"),
        ]])
        .example("0123... 3f2a..."),
    post("threat open", "/threats/{threat}/open", "Open a case from it: prints the case's id")
        .takes(&[NEW_CASE])
        .example("0123... --agreement 0a1b... --operation HEATHER --reference K-17 --purpose cybercrime-investigation"),
    get("threat similar", "/threats/{threat}/similar", "What else shares something with it, among what you see")
        .table(&["name", "score", "shared", "why"])
        .example("0123..."),
    get("lead list", "/leads", "Leads given and received")
        .table(&["at", "giver", "to", "standing", "due_ms", "marking", "title"]),
    get("lead recipients", "/leads/recipients", "To whom a lead may be referred, under which agreement"),
    get("lead show", "/leads/{ledger}/{seq}", "One lead").example("77aa.../8"),
    get("lead similar", "/leads/{ledger}/{seq}/similar", "What shares something with it, among what you see")
        .table(&["name", "score", "shared", "why"])
        .example("77aa.../8"),
    post("lead preview", "/leads/preview", "Whether a lead would go, under which clause; nothing is kept")
        .takes(&[LEAD])
        .example("--agreement 0a1b... --to agency.example --title 'A panel' --text 'it rents loaders' --value evil.example"),
    post("lead refer", "/leads", "Refer a lead to one partner; what may not go is refused")
        .takes(&[LEAD])
        .example("--agreement 0a1b... --to agency.example --title 'A panel' --text 'it rents loaders' --value evil.example"),
    post("lead answer", "/leads/{ledger}/{seq}/answer", "Answer a lead")
        .takes(&[&[
            words("text", "What you say").at_its_place(),
            text("word", "WORD", "declined, outcome or onward-asked; absent: words alone").optional(),
            text("onward", "ORG", "With onward-asked: to whom it would go on").optional(),
        ]])
        .example("77aa.../8 'not ours' --word declined"),
    post("lead open", "/leads/{ledger}/{seq}/open", "Open a case from a lead; its giver hears that it was taken up")
        .takes(&[&[
            text("case/agreement", "DIGEST", "The agreement it runs under"),
            text("case/operation", "NAME", "Its operation name"),
            words("case/reference", "Your own name for it"),
            words("case/purpose", "One of the agreement's purposes"),
            many("case/parties", "ORG", "A party of the agreement that is on the case"),
            words("text", "What the giver reads"),
        ]])
        .example("77aa.../8 --agreement 0a1b... --operation HEATHER --reference K-17 --purpose cybercrime-investigation \
                  --text 'we took it up'"),
    post("lead link", "/leads/{ledger}/{seq}/link", "Link a lead to a case that is there")
        .takes(&[&[
            text("case", "CASE", "The case's id").at_its_place(),
            words("text", "What the giver reads"),
        ]])
        .example("77aa.../8 3f2a... --text 'it belongs to a case'"),
    post("lead hand", "/leads/{ledger}/{seq}/hand", "Hand a lead to a colleague")
        .takes(&[&[text("person", "ID", "Their number").at_its_place()]])
        .example("77aa.../8 9be1..."),
    post("lead onward", "/leads/{ledger}/{seq}/onward", "Say whether your lead may go on; the note is the one that asks")
        .takes(&[&[
            yes_no("allowed", "Whether it may"),
            words("text", "More words"),
        ]])
        .example("77aa.../11 --allowed yes --text 'without the source'"),
    post("lead approve", "/leads/{ledger}/{seq}/approve", "Release a lead, or feedback on one, above the ceiling, as approver")
        .takes(&[&[text("to", "ORG", "To whom")]])
        .example("77aa.../8 --to agency.example"),
];
