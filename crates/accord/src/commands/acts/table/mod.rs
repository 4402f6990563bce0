//! The rows, room by room, in the order of a case: who works here, under which agreement, on what, with whom.

mod account;
mod agreements;
mod cases;
mod disruption;
mod exchange;
mod feeds;
mod intelligence;
mod notes;
mod organisation;
mod protection;
mod threats;
mod victims;

use super::Act;
use super::field::{Field, many, text, words};

/// Every room.
pub const ROOMS: &[&[Act]] = &[
    account::ACTS,
    organisation::ACTS,
    agreements::ACTS,
    cases::ACTS,
    notes::ACTS,
    exchange::ACTS,
    threats::ACTS,
    intelligence::ACTS,
    protection::ACTS,
    feeds::ACTS,
    disruption::ACTS,
    victims::ACTS,
];

/// What the commands are about that only hold rows.
pub const GROUPS: &[(&str, &str)] = &[
    ("me", "Your own account: password, second factor, notices"),
    ("me second-factor", "The second factor of your account"),
    ("me notices", "What you are told of by mail or webhook"),
    ("node", "What a running node says of itself, and its keys"),
    ("node key", "Revoke a key of the node"),
    (
        "audit",
        "Read the access log, looks elsewhere and control notes, as auditor",
    ),
    ("user", "People with an account: add, give roles, reset, close"),
    (
        "request upload",
        "Answer a request with files from your own systems",
    ),
    ("peer", "The nodes of partners: invite, confirm, suspend"),
    ("source", "The log sources of a running node"),
    ("case party", "Parties of a case: bring one in, take one off"),
    ("task", "The tasks of a case"),
    ("subject", "The people a case is about"),
    ("note", "Read and write notes of a case"),
    ("instrument", "Legal authorities of a case, and oral ones"),
    (
        "instrument oral",
        "An authority by word of mouth, where life is in danger",
    ),
    (
        "collector",
        "What a running node collects by itself: how it goes, appends",
    ),
    (
        "source sql-kept",
        "Questions in SQL that you keep at a running node: asked again, and standing",
    ),
    (
        "hunt own",
        "Hunts in your organisation's own logs, at a running node: saved, standing, line by line",
    ),
    ("request", "Ask partners, and answer what they ask"),
    (
        "approve",
        "Decide a partner's request: look, leave out, say yes or no",
    ),
    ("approve preview", "Look in the logs for what is asked"),
    (
        "approve holders",
        "Look in the assignment logs for who is asked about",
    ),
    ("exhibit", "Exhibits of a node: verify, take along, receive"),
    ("lead", "Leads from and to partners: answer, open, link, hand on"),
    ("intel", "Reports, indicators and files of your cases"),
    (
        "intel received",
        "What organisations added by TAXII, to be decided",
    ),
    ("draft", "Material that was brought in and is not published"),
    ("file", "Files attached to a case"),
    ("taxii account", "Accounts of organisations that come by TAXII"),
    ("protect", "Detect and block; what was seen"),
    ("protect audience", "Who is served verdicts from this node"),
    ("protect allow-list", "Lists of values that many use"),
    ("protect second", "Notes that wait for a second person"),
    (
        "protect link",
        "Values seen together in one mail or download: promote, clear",
    ),
    (
        "protect new",
        "What is new and growing: stories, sightings over time, what is said of a story",
    ),
    (
        "feed",
        "Lists that others publish: pulled, judged, detected or blocked",
    ),
    ("plan", "Targets, the plan, go or no-go, and what became of it"),
    ("sinkhole", "Victims counted at sinkholes"),
    ("own", "The list of your own infrastructure; it never leaves"),
    ("zone", "In which time zone organisations work"),
    ("conversation", "Talks with businesses in trouble"),
    ("victim", "Victims of a case, by pseudonym, and who they are"),
    (
        "victim grant",
        "Looks at who a victim is: two hands, and the victim reads why",
    ),
    ("disclosure", "The disclosure schedule"),
];

/// How far it may travel.
const MARKING: Field = text("marking", "TLP", "How far it may travel").default("TLP:AMBER");

/// What every note has.
const DRAFT: &[Field] = &[
    words("title", "One line"),
    MARKING,
    many("to", "ORG", "Whom it is for; absent: every party of the case"),
    many(
        "expect",
        "ORG",
        "Write it only if it reaches exactly these at once",
    ),
];

/// A case that is opened.
const NEW_CASE: &[Field] = &[
    text("agreement", "DIGEST", "The agreement it runs under"),
    text("operation", "NAME", "Its operation name"),
    words("reference", "Your own name for it"),
    words("purpose", "One of the agreement's purposes"),
    many("parties", "ORG", "A party of the agreement that is on the case"),
];
