//! The organisation: its people, its partners' nodes, its logs.

use super::super::field::{flag, json, many, number, secret, text, text_file, words};
use super::super::{Act, Shows, delete, get, post};

const PERSON: &[&str] = &["id", "sign_in", "name", "roles", "pending", "disabled"];

const PEER: &[&str] = &["org", "kind", "status", "url", "last_pull_ms", "last_error"];

pub const ACTS: &[Act] = &[
    get("user list", "/people", "Everyone with an account").table(PERSON),
    post(
        "user add",
        "/people",
        "Make an account; its roles wait for a signatory",
    )
    .takes(&[&[
        text("sign_in", "NAME", "The account's name").at_its_place(),
        words("name", "What they are called"),
        many("roles", "ROLE", "A role").needed(),
        secret("password", "password-file", "A file with their first password"),
    ]])
    .example("rune --name 'Rune Dahl' --role researcher --password-file -"),
    post(
        "user add-secondee",
        "/people/secondees",
        "Make an account for somebody seconded to you",
    )
    .takes(&[&[
        text("sign_in", "NAME", "The account's name").at_its_place(),
        words("name", "What they are called"),
        text("person", "ID", "Their number at home"),
        text("home", "ORG", "Whose they are, and stay"),
        secret("password", "password-file", "A file with their first password"),
    ]])
    .example("rune --name 'Rune Dahl' --person 9be1... --home isp.example --password-file -"),
    post(
        "user confirm",
        "/people/{person}/confirm-roles",
        "Confirm the roles that wait, as signatory",
    )
    .example("9be1..."),
    post(
        "user role",
        "/people/{person}/roles",
        "Ask for more roles; they wait for a signatory",
    )
    .takes(&[&[many("roles", "ROLE", "A role").needed()]])
    .example("9be1... --role approver"),
    post(
        "user withdraw-role",
        "/people/{person}/roles/withdraw",
        "Take a role away, at once",
    )
    .takes(&[&[text("role", "ROLE", "The role").at_its_place()]])
    .example("9be1... approver"),
    post(
        "user end-sessions",
        "/people/{person}/end-sessions",
        "End every session of a person",
    )
    .example("9be1..."),
    post(
        "user close",
        "/people/{person}/close",
        "Close an account, for good",
    )
    .example("9be1..."),
    post(
        "user reset-password",
        "/people/{person}/reset-password",
        "Ask for a new first password; it waits for a signatory",
    )
    .takes(&[&[secret(
        "password",
        "password-file",
        "A file with the new first password",
    )]])
    .example("9be1... --password-file -"),
    post(
        "user reset-second-factor",
        "/people/{person}/reset-second-factor",
        "Ask that the second factor is taken off; it waits for a signatory",
    )
    .example("9be1..."),
    post(
        "user confirm-reset",
        "/people/{person}/confirm-reset",
        "Confirm the reset that waits, as signatory",
    )
    .example("9be1..."),
    get("peer list", "/peers", "The peers of this node").table(PEER),
    post(
        "peer invite",
        "/peers/invitations",
        "Write an invitation: a file for the partner, good once",
    )
    .takes(&[&[text("org", "ORG", "For that organisation only").in_query()]])
    .shows(Shows::Json)
    .example("--org isp.example > invitation.json"),
    post("peer accept", "/peers/accept", "Accept an invitation")
        .takes(&[&[
            text("url", "URL", "Where the node is"),
            text("identity", "KEY", "Its identity key"),
            text("certificate", "TEXT", "Its certificate"),
            secret(
                "token",
                "invitation-token-file",
                "A file with the invitation's token",
            ),
        ]])
        .example("--body invitation.json"),
    post(
        "peer confirm",
        "/peers/{org}/confirm",
        "Confirm a peer, its fingerprint having been compared by telephone",
    )
    .takes(&[&[text(
        "fingerprint",
        "FINGERPRINT",
        "What the other side reads out",
    )]])
    .example("isp.example --fingerprint '1a2b 3c4d ...'"),
    post(
        "peer reject",
        "/peers/{org}/reject",
        "Remove a peer that was never confirmed",
    )
    .example("isp.example"),
    post(
        "peer suspend",
        "/peers/{org}/suspend",
        "Stop speaking with a peer",
    )
    .example("isp.example"),
    post(
        "peer resume",
        "/peers/{org}/resume",
        "Speak with a suspended peer again",
    )
    .example("isp.example"),
    post("peer pull", "/peers/{org}/pull", "Pull from a peer now").example("isp.example"),
    get("source list", "/logs/sources", "The node's log sources").table(&[
        "config/name",
        "config/description",
        "config/custodian",
        "config/time_zone",
    ]),
    post(
        "source add",
        "/logs/sources",
        "Add a log source, as its custodian describes it",
    )
    .takes(&[&[
        text("name", "NAME", "Its name").at_its_place(),
        words("description", "What it is"),
        words("custodian", "Who answers for it"),
        json("format", "How its lines are read; absent: told by content").optional(),
        many("customers", "NETWORK", "A network whose addresses are customers"),
        text("time_zone", "ZONE", "Of times without one").optional(),
        number("clock_offset_ms", "How far its clock is off, milliseconds").optional(),
        flag("ordinary_course", "It is kept in the ordinary course of business"),
    ]])
    .example("resolver --description 'DNS resolver' --custodian 'Head of operations'"),
    post(
        "source import",
        "/logs/sources/{source}/import",
        "Bring a log in: its exact bytes, with a digest",
    )
    .sends_a_file()
    .takes(&[&[
        text("name", "NAME", "The file's name; absent: as it is called").in_query(),
        flag("again", "Take it also where it was destroyed in this source").in_query(),
    ]])
    .example("resolver dns.log.gz"),
    get(
        "source not-understood",
        "/logs/sources/{source}/not-understood",
        "Show the first few lines that are not in the form of their log's format, newest logs first",
    )
    .shows(Shows::Table("/lines", &["segment", "line", "text"]))
    .example("resolver"),
    post("source verify", "/logs/verify", "Verify every stored file again").shows(Shows::Problems),
    get(
        "collector list",
        "/logs/collectors",
        "What the node collects by itself, and how that goes",
    )
    .table(&[
        "name",
        "kind",
        "source",
        "state",
        "lines",
        "lag_bytes",
        "last_segment",
    ]),
    post(
        "collector append",
        "/logs/collectors/{collector}/append",
        "Append whole lines; they are durable when this ends",
    )
    .sends_a_file()
    .takes(&[&[text(
        "Idempotency-Key",
        "KEY",
        "Sent again under the same key, it is kept once",
    )
    .option("key")
    .in_header()]])
    .example("sensors lines.log --key 2026-11-30-17"),
    get(
        "source keeping",
        "/logs/keeping",
        "How long logs are kept, what is held, what is over, and the last decisions",
    )
    .shows(Shows::Json),
    get(
        "source records",
        "/logs/keeping/records",
        "The chain of decisions and destructions, a hundred at a time",
    )
    .takes(&[&[text("after", "N", "Those after this number").in_query()]])
    .table(&["number", "at_ms", "who", "act", "words"]),
    get(
        "source would-keep",
        "/logs/sources/{source}/retention",
        "What keeping a source for so many days would come to now; nothing is decided",
    )
    .takes(&[&[text("days", "N", "Days from the import of each stored file")
        .in_query()
        .needed()]])
    .shows(Shows::Json)
    .example("resolver --days 180"),
    post(
        "source keep",
        "/logs/sources/{source}/retention",
        "Say for how many days the logs of a source are kept; as approver",
    )
    .takes(&[&[
        number(
            "days",
            "Days from the import of each stored file; absent: until somebody says otherwise",
        )
        .optional(),
        words(
            "reason",
            "The law, the order or the case; it stands in the record",
        ),
    ]])
    .example("resolver --days 180 --reason 'retention law, section 3'"),
    post(
        "source hold",
        "/logs/holds",
        "Hold logs: nothing that is covered is destroyed; as approver or disclosure officer",
    )
    .takes(&[&[
        text("hold", "ID", "Its identifier, never used again").at_its_place(),
        words("reason", "The order or the case"),
        text("source", "NAME", "A source, also what it gets later").optional(),
        super::super::field::time(
            "from_ms",
            "Of the source, what may hold lines from this instant on",
        )
        .optional(),
        super::super::field::time("to_ms", "Until this instant, excluded").optional(),
        many("segments", "NAME", "Or a stored file").option("segment"),
    ]])
    .example("HC-2027-12 --reason 'order of the high court' --source resolver"),
    post("source lift", "/logs/holds/lift", "Lift a hold on logs")
        .takes(&[&[
            text("hold", "ID", "Its identifier").at_its_place(),
            words("reason", "Why"),
        ]])
        .example("HC-2027-12 --reason 'the order ended'"),
    post(
        "source destroy",
        "/logs/destroy",
        "Destroy one stored file; a record of it stays; as approver",
    )
    .takes(&[&[
        text("segment", "NAME", "The stored file").at_its_place(),
        words("reason", "The law, the order or the case"),
    ]])
    .example("resolver/000012 --reason 'imported by mistake'"),
    post(
        "source sql",
        "/logs/sql",
        "Ask a running node in SQL what its logs' columns say",
    )
    .takes(&[&[
        text(
            "statement",
            "STATEMENT",
            "SELECT, or what explains one; tables: logs, each source, indicators",
        )
        .at_its_place(),
        words(
            "reason",
            "Why these logs are looked through; the auditor reads it",
        ),
        super::super::field::members(
            "parameters",
            "What a parameter of the statement stands for: day=2026-03-02 for $day",
        ),
        text(
            "case",
            "CASE",
            "The case whose indicators are the table indicators",
        )
        .optional(),
    ]])
    .shows(Shows::Json)
    .example("'SELECT count(*) FROM logs' --reason 'asked by the desk'"),
    get(
        "source sql-kept list",
        "/logs/sql/kept",
        "The questions in SQL that you keep, and what their last answers were",
    )
    .table(&["id", "name", "standing", "ran", "changed_ms", "still"]),
    post(
        "source sql-kept keep",
        "/logs/sql/kept",
        "Keep a question in SQL, to ask it again, or to let it stand",
    )
    .takes(&[&[
        text("name", "NAME", "What you call it").at_its_place(),
        text("statement", "STATEMENT", "As of source sql").at_its_place(),
        words(
            "reason",
            "Why these logs are looked through; the auditor reads it",
        ),
        super::super::field::members(
            "parameters",
            "What a parameter of the statement stands for: day=2026-03-02 for $day",
        ),
        text(
            "case",
            "CASE",
            "The case whose indicators are the table indicators",
        )
        .optional(),
    ]])
    .example("'names of one host' 'SELECT DISTINCT query_hostname FROM dns' --reason 'asked by the desk'"),
    post(
        "source sql-kept ask",
        "/logs/sql/kept/{question}/ask",
        "Ask a kept question",
    )
    .shows(Shows::Json)
    .example("3f2a..."),
    post(
        "source sql-kept stand",
        "/logs/sql/kept/{question}/stand",
        "Let the node ask it by itself as logs come in, at most once an hour, and tell whether the answer is another; or not any more",
    )
    .takes(&[&[super::super::field::yes_no("stands", "Whether it does")]])
    .example("3f2a... --stands yes"),
    delete(
        "source sql-kept end",
        "/logs/sql/kept/{question}",
        "Keep it no longer",
    )
    .example("3f2a..."),
    get(
        "source matches",
        "/logs/matches",
        "Which indicators the logs hit as they came in, of those that you may know of",
    )
    .takes(&[&[
        text("source", "NAME", "Only of this source").in_query(),
        super::super::field::time("from_ms", "Written from this instant on").in_query(),
        super::super::field::time("to_ms", "Written before this instant").in_query(),
    ]])
    .shows(Shows::Json),
    get(
        "hunt own list",
        "/logs/hunts",
        "Hunts in your organisation's own logs: yours, and those of cases that you see",
    )
    .table(&["id", "name", "state", "found", "new_lines", "open_segments"]),
    post(
        "hunt own save",
        "/logs/hunts",
        "Save a hunt, for values or by Sigma rules; without either it looks for its case's indicators that stand",
    )
    .takes(&[&[
        text("name", "NAME", "What the list calls it").at_its_place(),
        words(
            "reason",
            "Why these logs are looked through; the auditor reads it",
        ),
        many("values", "VALUE", "What to look for; or a STIX pattern").option("value"),
        text_file("rules", "Sigma rules to look by instead, as YAML").optional(),
        text(
            "case",
            "CASE",
            "The case it is for: who sees its indicators sees the hunt",
        )
        .optional(),
        many("sources", "NAME", "Only in this source").option("source"),
        super::super::field::time("from_ms", "Written from this instant on").optional(),
        super::super::field::time("to_ms", "Written before this instant").optional(),
        flag(
            "standing",
            "Let it look by itself as logs come in, with your right",
        ),
    ]])
    .example("panel --reason 'asked by the desk' --value evil.example --standing"),
    get(
        "hunt own show",
        "/logs/hunts/{hunt}",
        "A hunt, and how a look of it comes on",
    )
    .example("3f2a..."),
    post(
        "hunt own run",
        "/logs/hunts/{hunt}/run",
        "Look, from where the last look ended; comes back at once",
    )
    .example("3f2a..."),
    post(
        "hunt own stop",
        "/logs/hunts/{hunt}/stop",
        "Stop looking; what was found stays",
    )
    .example("3f2a..."),
    post(
        "hunt own stand",
        "/logs/hunts/{hunt}/stand",
        "Let it look by itself as logs come in, or not any more",
    )
    .takes(&[&[super::super::field::yes_no("stands", "Whether it does")]])
    .example("3f2a... --stands yes"),
    get(
        "hunt own counts",
        "/logs/hunts/{hunt}/counts",
        "How many lines it may hit, by value, source and day; no line is read",
    )
    .shows(Shows::Json)
    .example("3f2a..."),
    get(
        "hunt own lines",
        "/logs/hunts/{hunt}/lines",
        "What it found: by value, source, host and day, and line by line",
    )
    .takes(&[&[
        text("indicator", "VALUE", "Only with this value").in_query(),
        text("source", "NAME", "Only of this source").in_query(),
        text("host", "ADDRESS", "Only of this customer's address").in_query(),
        text("day", "DAY", "Only of this day, 2026-11-30").in_query(),
        text("tag", "TAG", "Only with this tag").in_query(),
        text("starred", "true", "Only with a star").in_query(),
        text("skip", "N", "Lines to pass over").in_query(),
    ]])
    .shows(Shows::Json)
    .example("3f2a... --indicator evil.example"),
    get(
        "hunt own line",
        "/logs/hunts/{hunt}/lines/{line}",
        "One line, with those beside it and what it says in fields",
    )
    .shows(Shows::Json)
    .example("3f2a... 0"),
    post(
        "hunt own mark",
        "/logs/hunts/{hunt}/lines/{line}",
        "Star, tag or comment a line; with nothing said the mark goes",
    )
    .takes(&[&[
        flag("star", "It matters"),
        many("tags", "TAG", "A word to find it by").option("tag"),
        words("comment", "What is to be said of it").optional(),
    ]])
    .example("3f2a... 0 --star --tag beacon"),
    post(
        "hunt own draft",
        "/logs/hunts/{hunt}/draft",
        "Take lines into a case: a draft of yours, to review and publish",
    )
    .takes(&[&[
        text("case", "CASE", "The case"),
        json("lines", "Their numbers in the hunt, as [0,4]"),
    ]])
    .example("3f2a... --case 7c01... --lines '[0,4]'"),
    delete(
        "hunt own end",
        "/logs/hunts/{hunt}",
        "End a hunt, with what it found; the logs stay",
    )
    .example("3f2a..."),
    get("taxii account list", "/taxii/accounts", "The accounts")
        .table(&["name", "org", "state", "writes", "until_ms"]),
    post(
        "taxii account ask",
        "/taxii/accounts",
        "Ask for an account; it waits for a signatory. Its token is shown once",
    )
    .takes(&[&[
        text("name", "NAME", "Its name").at_its_place(),
        text("org", "ORG", "Whose it is"),
        flag("writes", "It may add"),
        super::super::field::time("until_ms", "When it ends"),
    ]])
    .example("feed --org vendor.example --until 2027-06-30T00:00:00Z"),
    post(
        "taxii account confirm",
        "/taxii/accounts/{account}/confirm",
        "Confirm an account that somebody else asked for",
    )
    .example("feed"),
    post(
        "taxii account close",
        "/taxii/accounts/{account}/close",
        "Close an account, for good",
    )
    .example("feed"),
    get("protect audience list", "/audiences", "The audiences")
        .table(&["name", "reach", "dnsbl", "rpz", "blocked", "detected", "edges"]),
    post(
        "protect audience open",
        "/audiences",
        "Open an audience; its secrets are told this once",
    )
    .takes(&[&[
        text("name", "NAME", "Its name").at_its_place(),
        text("reach", "REACH", "own, customers or public"),
        text("dnsbl", "ZONE", "Answer lookups under this name").optional(),
        text("rpz", "ZONE", "Serve a response policy zone of this name").optional(),
        many("clients", "NETWORK", "A network that may ask"),
        many("notify", "ADDRESS:PORT", "A server that is told of changes").option("notify"),
        flag("edge", "Edges follow it; their token is told, too"),
    ]])
    .example("own --reach own --rpz rpz.isp.example --client 192.0.2.0/24"),
    post(
        "protect audience renew",
        "/audiences/{audience}",
        "Make a secret of it anew, told this once; the one of before opens nothing from then on",
    )
    .takes(&[&[text(
        "renew",
        "WHAT",
        "token (of look-ups), edges (their token; they may follow from then on), transfer (of its policy zone), or no-edges: none follow any more",
    )
    .at_its_place()]])
    .example("own token"),
    delete(
        "protect audience close",
        "/audiences/{audience}",
        "Close an audience",
    )
    .example("own"),
    get(
        "protect audience zone",
        "/audiences/{audience}/zone",
        "What it is told to block, as a response policy zone",
    )
    .shows(Shows::Text("/zone"))
    .example("own > rpz.zone"),
    get("protect allow-list list", "/allow-lists", "The lists").table(&[
        "name",
        "values",
        "refused",
        "loaded_ms",
    ]),
    post(
        "protect allow-list load",
        "/allow-lists/{list}",
        "Load a list, one value a line; one of that name is replaced",
    )
    .takes(&[&[super::super::field::text_file("text", "The file").at_its_place()]])
    .example("top top-domains.txt"),
];
