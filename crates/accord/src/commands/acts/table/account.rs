//! One's own account, the node, and the auditor's reading.

use super::super::field::{json, many};
use super::super::field::{number, secret, text, time, words, yes_no};
use super::super::{Act, Shows, delete, get, post};

pub const ACTS: &[Act] = &[
    get(
        "inbox",
        "/inbox",
        "What waits for you, and what happens otherwise",
    )
    .table(&["due_ms", "todo/kind", "title", "why", "otherwise"])
    .example("--json"),
    delete("sign-out", "/sessions", "End the session of the token"),
    get("me show", "/me", "Who is signed in, and with which roles"),
    post(
        "me password",
        "/me/password",
        "Change your password; ends your other sessions",
    )
    .takes(&[&[
        secret("old", "old-file", "A file with the old password"),
        secret("new", "new-file", "A file with the new password"),
        text("code", "DIGITS", "The one-time code, where there is one").optional(),
    ]])
    .example("--old-file old --new-file new"),
    post(
        "me second-factor offer",
        "/me/totp",
        "Be offered a second factor: its address, for an authenticator",
    )
    .takes(&[&[
        secret("password", "password-file", "A file with the password"),
        text("code", "DIGITS", "The one-time code so far, where there is one").optional(),
    ]])
    .shows(Shows::Text("/uri"))
    .example("--password-file -"),
    post(
        "me second-factor confirm",
        "/me/totp/confirm",
        "Take the offered second factor into use",
    )
    .takes(&[&[text("code", "DIGITS", "Its code of now").at_its_place()]])
    .example("123456"),
    get(
        "me notices show",
        "/me/notices",
        "What you are told of, and whether the operator has set it up",
    ),
    post("me notices set", "/me/notices", "Say what you want to be told of")
        .takes(&[&[
            text("mail", "ADDRESS", "Your address").optional(),
            yes_no("webhook", "Whether the webhook is told").optional(),
            text("when", "WHEN", "none, at-once or daily").optional(),
            many(
                "of",
                "WHAT",
                "decision, exhibit, answer, plan, message, agreement or confirmation",
            ),
            json(
                "quiet",
                "Hours without notices: {\"from_minute\": 1320, \"to_minute\": 420}",
            )
            .optional(),
            number("daily_minute", "The minute of the day for what is daily").optional(),
            text("zone", "ZONE", "Your time zone: Europe/Berlin").optional(),
        ]])
        .example("--mail rune@vendor.example --when daily --of decision --of exhibit"),
    get(
        "node show",
        "/node",
        "Organisation, address, identity key and fingerprint",
    ),
    get(
        "node sending",
        "/notices",
        "How sending notices goes, for the operator",
    ),
    get(
        "node key revocation-text",
        "/node/keys/{purpose}/revocation-text",
        "What the offline key signs to revoke a key",
    )
    .shows(Shows::Text("/text"))
    .example("peer > revocation.txt"),
    post(
        "node key revoke",
        "/node/keys/revoke",
        "Publish a revocation that the offline key has signed",
    )
    .takes(&[&[super::super::field::text_file("note", "The signed text").at_its_place()]])
    .example("revocation.signed"),
    get("audit log", "/audit", "One page of the access log, newest first")
        .takes(&[&[
            words("who", "A part of who").in_query(),
            words("what", "A part of what").in_query(),
            time("from_ms", "From").in_query(),
            time("to_ms", "Until, excluded").in_query(),
            text("before", "N", "Where the last page ended").in_query(),
        ]])
        .shows(Shows::Table(
            "/lines",
            &["id", "at_ms", "actor", "what", "subject"],
        ))
        .example("--who rune --from 2027-01-01T00:00:00Z"),
    get(
        "audit looks",
        "/audit/looks",
        "One page of the looks elsewhere at what you shared, newest first",
    )
    .takes(&[&[text("before", "N", "Where the last page ended").in_query()]])
    .shows(Shows::Table(
        "/looks",
        &["when_ms", "org", "name", "way", "at", "title"],
    )),
    get(
        "audit spaces",
        "/audit/spaces",
        "The agreements and cases of your organisation",
    )
    .table(&["id", "kind", "title", "parties", "notes", "newest_ms"]),
    get(
        "audit space",
        "/audit/spaces/{space}",
        "One page of the control notes of a space; never content",
    )
    .takes(&[&[text("before", "NOTE", "Where the last page ended").in_query()]])
    .shows(Shows::Table(
        "/lines",
        &["at", "when_ms", "org", "kind", "role", "clause", "words"],
    ))
    .example("3f2a..."),
];
