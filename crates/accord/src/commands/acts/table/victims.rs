//! Victims: talks before there is a case, pseudonyms on it, and looks at who they are.

use super::super::field::{json, many, number, text, time, words};
use super::super::{Act, Shows, get, post};
use super::MARKING;

pub const ACTS: &[Act] = &[
    get(
        "conversation list",
        "/conversations",
        "The talks, the longest waiting first",
    )
    .table(&["id", "last_ms", "unanswered", "closed", "pseudonym", "words"]),
    get("conversation show", "/conversations/{conversation}", "One talk").example("41aa..."),
    post(
        "conversation reply",
        "/conversations/{conversation}/reply",
        "Answer the business",
    )
    .takes(&[&[words("text", "What you say; - is standard input").at_its_place()]])
    .example("41aa... 'Keep the disk; do not pay yet.'"),
    post(
        "conversation close",
        "/conversations/{conversation}/close",
        "Close the talk",
    )
    .example("41aa..."),
    post(
        "conversation attach",
        "/conversations/{conversation}/attach",
        "Make it a victim of a case, under a new pseudonym",
    )
    .takes(&[&[
        text("case", "CASE", "The case's id").at_its_place(),
        text("victim", "KIND", "organisation or person"),
        words("text", "What happened, as you word it"),
        words("sector", "The sector").optional(),
        words("wishes", "What the victim wishes").optional(),
        MARKING,
        many("to", "ORG", "Whom it is for; absent: every party of the case"),
    ]])
    .example("41aa... 3f2a... --victim organisation --text 'a clinic, encrypted on Monday'"),
    post(
        "conversation publish",
        "/conversations/{conversation}/publish",
        "Publish a message of it to the case, as you word it",
    )
    .takes(&[&[
        number("message", "Which message, from 0").at_its_place(),
        words("text", "What the case reads"),
        MARKING,
        many("to", "ORG", "Whom it is for; absent: every party of the case"),
    ]])
    .example("41aa... 0 --text 'the note names a panel'"),
    post(
        "conversation file-identity",
        "/conversations/{conversation}/file-identity",
        "File what the business said of who it is, unread, as custodian",
    )
    .example("41aa..."),
    get(
        "victim list",
        "/cases/{case}/victims",
        "The victims of a case, by pseudonym",
    )
    .shows(Shows::Table(
        "/victims",
        &[
            "at",
            "pseudonym",
            "victim",
            "sector",
            "org",
            "identity",
            "marking",
        ],
    ))
    .example("3f2a..."),
    post(
        "victim identity",
        "/victims/{ledger}/{seq}/identity",
        "File who a victim is, as custodian; sealed before it is kept",
    )
    .takes(&[&[
        words("name", "The name"),
        many("other_names", "NAME", "Another name"),
        many("contacts", "WORDS", "How to reach them"),
        many("domains", "DOMAIN", "A domain of theirs"),
        many("addresses", "NETWORK", "An address or network of theirs").option("address"),
        many("mail_domains", "DOMAIN", "A domain of their mail"),
    ]])
    .example("5c10.../50 --body - < identity.json"),
    post(
        "victim give",
        "/victims/{ledger}/{seq}/give",
        "Give who a victim is to the agency, as custodian; sealed to it",
    )
    .takes(&[&[
        text("to", "ORG", "The agency"),
        text("ground", "GROUND", "consent or law"),
        words("text", "Who agreed, when and how; or which law. Names nobody"),
    ]])
    .example(
        "5c10.../50 --to agency.example --ground consent --text 'its director, by telephone, on 12 November'",
    ),
    post(
        "victim refuse",
        "/identities/{ledger}/{seq}/refuse",
        "Refuse an identity that a partner gave, as custodian",
    )
    .takes(&[&[words("reason", "Why")]])
    .example("5c10.../61 --reason 'it names what is no victim'"),
    get(
        "victim letter",
        "/victims/{ledger}/{seq}/letter/document",
        "A letter to a victim, by its pseudonym (DOCX)",
    )
    .shows(Shows::Bytes)
    .example("5c10.../50 -o letter.docx"),
    post(
        "victim write",
        "/cases/{case}/notes/naming",
        "Write a note that names the victim of a grant; a use of the grant",
    )
    .takes(&[&[
        text("grant", "NOTE", "The grant"),
        words("text", "What for; the victim reads it"),
        json("draft", "The note: title, marking, to, note"),
    ]])
    .example("3f2a... --grant 5c10.../52 --text 'to warn their bank' --draft @note.json"),
    post(
        "victim grant ask",
        "/victims/{ledger}/{seq}/grants",
        "Ask to look at who a victim is",
    )
    .takes(&[&[words("reason", "Why; the victim reads it")]])
    .example("5c10.../50 --reason 'to warn their bank'"),
    post(
        "victim grant give",
        "/grants/{ledger}/{seq}/give",
        "Give one of the two hands",
    )
    .takes(&[&[
        time("until_ms", "Until then"),
        words("reason", "Why").optional(),
        text("role", "ROLE", "As custodian or case-officer, of who is both").optional(),
    ]])
    .example("5c10.../52 --until 2027-02-01T00:00:00Z"),
    post("victim grant end", "/grants/{ledger}/{seq}/end", "End it")
        .takes(&[&[words("reason", "Why")]])
        .example("5c10.../52 --reason 'it was used'"),
    post(
        "victim grant look",
        "/grants/{ledger}/{seq}/look",
        "Look at who the victim is; noted first",
    )
    .takes(&[&[words("text", "What for; the victim reads it")]])
    .example("5c10.../52 --text 'to warn their bank'"),
];
