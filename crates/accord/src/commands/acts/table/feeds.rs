//! Feeds: lists that others publish.

use super::super::field::{Field, many, number, text, words};
use super::super::{Act, Shows, delete, get, post};
use super::MARKING;

const FEED: &str = "/feeds/{feed}";

/// What may be changed.
const CHANGES: &[Field] = &[
    text("change/url", "URL", "Where it is").optional(),
    text("change/form", "FORM", "What stands there: file, misp or taxii").optional(),
    number(
        "change/days",
        "Of misp and taxii: how many days of it are read; 0: 90",
    )
    .optional(),
    number(
        "change/column",
        "The column of the values, from 1; 0: its header names it",
    )
    .optional(),
    many("change/kinds", "KIND", "A kind of value that is taken"),
    text("change/marking", "TLP", "How far it may travel").optional(),
    number("change/confidence", "How sure it is, 20 to 100").optional(),
    text("change/label", "LABEL", "A label that every value gets").optional(),
    number("change/every_minutes", "Minutes between two pulls")
        .optional()
        .option("every"),
    many("change/audiences", "NAME", "Only for this audience"),
    number(
        "change/gone_percent",
        "A pull that lacks more of the values is held",
    )
    .optional(),
    text("change/terms", "WORDS", "Who publishes it, under which terms").optional(),
];

/// The held pull that was looked at.
const LOOKED_AT: &[Field] = &[text(
    "sha256",
    "DIGEST",
    "The held pull that you looked at: do nothing to another one",
)
.optional()];

pub const ACTS: &[Act] = &[
    get("feed list", "/feeds", "The feeds of the node and how they go").shows(Shows::Table(
        "/feeds",
        &[
            "name", "host", "mode", "state", "values", "in_force", "blocked", "good_ms", "failures",
        ],
    )),
    post(
        "feed add",
        "/feeds",
        "Add a feed; it is on trial: it detects, and blocks nothing",
    )
    .takes(&[&[
        text("name", "NAME", "Its name").at_its_place(),
        text("url", "URL", "Where it is, https://...").at_its_place(),
        text(
            "form",
            "FORM",
            "What stands there: file (told by its content), misp (a folder with manifest.json) or taxii (a collection); absent: file",
        )
        .optional(),
        number("days", "Of misp and taxii: how many days of it are read; absent: 90").optional(),
        number(
            "column",
            "The column of the values, from 1, of a table whose header does not name it",
        )
        .optional(),
        many("kinds", "KIND", "A kind of value that is taken; absent: all"),
        MARKING,
        number("confidence", "How sure it is, 20 to 100; from 50 on it can block"),
        text("label", "LABEL", "A label that every value gets").optional(),
        number("every_minutes", "Minutes between two pulls, 5 to 10080").option("every"),
        many("audiences", "NAME", "Only for this audience"),
        number(
            "gone_percent",
            "A pull that lacks more of the values is held; absent: 50",
        )
        .optional(),
        text("terms", "WORDS", "Who publishes it, under which terms").optional(),
    ]])
    .example("bad-hosts https://feeds.example/hosts.txt --confidence 75 --every 60 --label phishing"),
    get(
        "feed show",
        FEED,
        "A feed with its pulls, what it saw and would have blocked",
    )
    .example("bad-hosts"),
    post("feed pull", FEED, "Pull it now: prints how that ended")
        .fixed(&[("act", "pull")])
        .example("bad-hosts"),
    post("feed stop", FEED, "Stop the pull that is under way")
        .fixed(&[("act", "stop")])
        .example("bad-hosts"),
    post("feed pause", FEED, "Pull it no more until it is resumed")
        .fixed(&[("act", "pause")])
        .example("bad-hosts"),
    post("feed resume", FEED, "Pull it again")
        .fixed(&[("act", "resume")])
        .example("bad-hosts"),
    post("feed promote", FEED, "Let it block, as the second person")
        .fixed(&[("act", "block")])
        .example("bad-hosts"),
    post("feed demote", FEED, "Put it back on trial: it detects only")
        .fixed(&[("act", "trial")])
        .example("bad-hosts"),
    post("feed accept", FEED, "Take the pull that is held")
        .fixed(&[("act", "accept")])
        .takes(&[LOOKED_AT])
        .example("bad-hosts"),
    post(
        "feed discard",
        FEED,
        "Leave the pull that is held, and what is just like it",
    )
    .fixed(&[("act", "discard")])
    .takes(&[LOOKED_AT])
    .example("bad-hosts"),
    post(
        "feed set",
        FEED,
        "Change it; where it is, what is taken or whom it serves puts it back on trial",
    )
    .fixed(&[("act", "change")])
    .takes(&[CHANGES])
    .example("bad-hosts --every 120"),
    post(
        "feed false",
        FEED,
        "Say that a value of it is false: no feed lists it any more",
    )
    .fixed(&[("act", "false")])
    .takes(&[&[
        text("value", "VALUE", "The value").at_its_place(),
        words("reason", "How it is known"),
    ]])
    .example("bad-hosts shop.example --reason 'a shop, looked at'"),
    post("feed not-false", FEED, "Take that back")
        .fixed(&[("act", "not-false")])
        .takes(&[&[text("value", "VALUE", "The value").at_its_place()]])
        .example("bad-hosts shop.example"),
    delete(
        "feed remove",
        FEED,
        "Remove it: what it lists is in force no more",
    )
    .example("bad-hosts"),
    get(
        "feed sources",
        "/protection/sources",
        "Feeds and organisations by what proved useful and what proved wrong",
    )
    .table(&[
        "source",
        "kind",
        "score",
        "values",
        "seen",
        "only_here",
        "proved_wrong",
    ]),
];
