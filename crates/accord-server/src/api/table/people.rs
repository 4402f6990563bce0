//! Sessions, the organisation with its people and peers, agreements.

use super::{Access, Method, NONE, Route, Takes, json};
use crate::api::{
    account, agreements, audit, collectors, log_keeping, log_matches, logs, notices, own_hunts, peers,
    people, sql,
};

/// All of them.
pub(super) fn routes() -> Vec<Route> {
    let mut all = session_routes();
    all.extend(organisation_routes());
    all.extend(agreement_routes());
    all
}

fn session_routes() -> Vec<Route> {
    vec![
        route!(Post "/api/v1/sessions", Anyone, json("sign_in: string, password: string, code?: string"),
            "Sign in" => "{token}", account::sign_in),
        route!(Delete "/api/v1/sessions", Enrolling, NONE, "Sign out" => "null", account::sign_out),
        route!(Get "/api/v1/me", Enrolling, NONE,
            "Who is signed in" => "{person, name, roles, must_enrol}", account::me),
        route!(Post "/api/v1/me/password", Enrolling, json("old: string, new: string, code?: string"),
            "Change one's own password, with the one-time code where there is one; ends one's other sessions" => "null", account::password),
        route!(Post "/api/v1/me/totp", Enrolling, json("password: string, code?: string"),
            "Be offered a second factor, with the password and the one-time code so far" => "{uri}", account::offer_totp),
        route!(Post "/api/v1/me/totp/confirm", Enrolling, json("code: string"),
            "Take the offered second factor into use; ends one's other sessions" => "null", account::confirm_totp),
        route!(Get "/api/v1/me/notices", Person, NONE,
            "What one is told of by mail or webhook, and whether the operator has set these up"
                => "{settings, mail, webhook}", notices::own),
        route!(Post "/api/v1/me/notices", Person,
            json("mail?: string, webhook?: boolean, when?: string, of?: [string], quiet?: object, \
                  daily_minute?: integer, zone?: string"),
            "Say what one wants to be told of: `when` is none, at-once or daily" => "null", notices::set),
        route!(Get "/api/v1/notices", Person, NONE,
            "How sending notices goes, for the operator"
                => "{mail, webhook, people, queued, oldest_ms, sent, given_up, last_sent_ms, last_failure_ms, last_failure, full}",
            notices::state),
        route!(Get "/api/v1/node", Enrolling, NONE,
            "This node" => "{org, kind, url, identity, fingerprint, version}", account::node),
        route!(Get "/api/v1/inbox", Person, NONE,
            "What waits for one" => "a list of things to do", account::inbox),
        route!(Get "/api/v1/audit", Person, NONE,
            "One page of the access log, newest first: who and what as parts of words, times in ms UTC"
                => "{lines, next}", audit::log, "before", "who", "what", "from_ms", "to_ms"),
        route!(Get "/api/v1/audit/looks", Person, NONE,
            "One page of the looks elsewhere at what this organisation shared, newest first, for the auditor"
                => "{looks, next}", audit::looks, "before"),
        route!(Get "/api/v1/audit/spaces", Person, NONE,
            "The agreements and cases of this organisation, for the auditor" => "a list of spaces", audit::spaces),
        route!(Get "/api/v1/audit/spaces/{space}", Person, NONE,
            "One page of the control notes of a space, newest first; never content"
                => "{space, lines, next}", audit::space, "before"),
    ]
}

fn organisation_routes() -> Vec<Route> {
    vec![
        route!(Get "/api/v1/people", Person, NONE, "Everyone with an account" => "a list of people", people::list),
        route!(Post "/api/v1/people", Person,
            json("sign_in: string, name: string, roles: [string], password: string"),
            "Make an account; its roles wait for a signatory" => "the person", people::add),
        route!(Post "/api/v1/people/{person}/confirm-roles", Person, NONE,
            "Confirm the roles that wait" => "the person", people::confirm_roles),
        route!(Post "/api/v1/people/{person}/roles", Person, json("roles: [string]"),
            "Ask for more roles; they wait for a signatory" => "the person", people::ask_roles),
        route!(Post "/api/v1/people/{person}/roles/withdraw", Person, json("role: string"),
            "Take a role away, at once" => "the person", people::withdraw_role),
        route!(Post "/api/v1/people/{person}/end-sessions", Person, NONE,
            "End every session of a person" => "the person", people::end_sessions),
        route!(Post "/api/v1/people/{person}/close", Person, NONE,
            "Close an account, for good" => "the person", people::close),
        route!(Post "/api/v1/people/{person}/reset-password", Person, json("password: string"),
            "Ask for a new first password; it waits for a signatory" => "the person", people::reset_password),
        route!(Post "/api/v1/people/{person}/reset-second-factor", Person, NONE,
            "Ask that the second factor is taken off; it waits for a signatory" => "the person",
            people::reset_second_factor),
        route!(Post "/api/v1/people/{person}/confirm-reset", Person, NONE,
            "Confirm the reset that waits, as signatory; ends the person's sessions" => "the person",
            people::confirm_reset),
        route!(Get "/api/v1/peers", Person, NONE, "The peers of this node" => "a list of peers", peers::list),
        route!(Post "/api/v1/peers/invitations", Person, NONE,
            "Write an invitation; with org, for that organisation only" => "{url, identity, certificate, token}",
            peers::invite, "org"),
        route!(Post "/api/v1/peers/accept", Person,
            json("url: string, identity: string, certificate: string, token: string"),
            "Accept an invitation" => "the peer", peers::accept),
        route!(Post "/api/v1/peers/{org}/confirm", Person, json("fingerprint: string"),
            "Confirm a peer by its fingerprint" => "the peer", peers::confirm),
        route!(Post "/api/v1/peers/{org}/reject", Person, NONE,
            "Remove a peer that was never confirmed" => "null", peers::reject),
        route!(Post "/api/v1/peers/{org}/suspend", Person, NONE,
            "Stop speaking with a peer: it is neither answered nor pulled" => "the peer", peers::suspend),
        route!(Post "/api/v1/peers/{org}/resume", Person, NONE,
            "Speak with a suspended peer again" => "the peer", peers::resume),
        route!(Post "/api/v1/peers/{org}/pull", Person, NONE,
            "Pull from a peer now" => "{ledgers, entries, payloads, objects, bytes, problems}", peers::pull),
        route!(Get "/api/v1/node/keys/{purpose}/revocation-text", Person, NONE,
            "What the offline key signs to revoke a key of this node" => "{text}", peers::revocation_text),
        route!(Post "/api/v1/node/keys/revoke", Person, json("note: string"),
            "Publish a revocation that the offline key has signed" => "{spaces}", peers::revoke),
        route!(Get "/api/v1/logs/sources", Person, NONE,
            "This node's log sources with their segments" => "a list of sources", logs::list),
        route!(Post "/api/v1/logs/sources", Person,
            json("name: string, description: string, format?: object, customers?: [string], time_zone?: string, \
                  clock_offset_ms?: integer, ordinary_course?: boolean, custodian: string"),
            "Add a log source" => "null", logs::add),
        route!(Post "/api/v1/logs/sources/{source}/import", Person, Takes::Raw,
            "Bring a log in: the body is the file" => "the segment; held_already: the source had these bytes", logs::import, "name", "again"),
        route!(Post "/api/v1/logs/verify", Person, NONE,
            "Verify every segment again" => "a list of problems", logs::verify),
        route!(Get "/api/v1/logs/collectors", Person, NONE,
            "What this node collects by itself, and how that goes" => "a list of collectors", collectors::list),
        route!(Post "/api/v1/logs/collectors/{collector}/append", Sender, Takes::Raw,
            "Append whole lines to a collector's source, with a session or a machine's token; durable when it is answered"
                => "{bytes, repeated}: repeated, the same key brought it before", collectors::append),
        route!(Get "/api/v1/logs/keeping", Person, NONE,
            "How long logs are kept, what is held, what is over, and the last decisions"
                => "{sources, holds, over, over_total, held_total, undated, records, head, last, backup_days}", log_keeping::show),
        route!(Get "/api/v1/logs/keeping/records", Person, NONE,
            "The chain of decisions and destructions, a hundred at a time" => "a list of {number, at_ms, who, why, act, words}",
            log_keeping::records, "after"),
        route!(Get "/api/v1/logs/sources/{source}/retention", Person, NONE,
            "What keeping a source for so many days would come to now; nothing is decided" => "{over, held, first}",
            log_keeping::preview, "days"),
        route!(Post "/api/v1/logs/sources/{source}/retention", Person, json("days?: integer, reason: string"),
            "Say for how many days the logs of a source are kept; without days until somebody says otherwise" => "the record",
            log_keeping::retention),
        route!(Post "/api/v1/logs/holds", Person,
            json("hold: string, reason: string, source?: string, from_ms?: integer, to_ms?: integer, segments?: [string]"),
            "Hold logs: nothing that is covered is destroyed" => "the record", log_keeping::hold),
        route!(Post "/api/v1/logs/holds/lift", Person, json("hold: string, reason: string"),
            "Lift a hold on logs" => "the record", log_keeping::lift),
        route!(Post "/api/v1/logs/destroy", Person, json("segment: string, reason: string"),
            "Destroy one stored file; a record of it stays" => "the record", log_keeping::destroy),
        route!(Post "/api/v1/logs/sql", Person, json("statement: string, reason: string, parameters?: object, case?: string"),
            "Ask in SQL what the columns of this organisation's own logs say; with a case, its indicators are the table indicators"
                => "{outcome: {columns, rows, truncated, not_covered, ...}, rows}", sql::ask),
        route!(Get "/api/v1/logs/matches", Person, NONE,
            "Which indicators the logs hit as they came in, of those that one may know of"
                => "{matches, total, segments, not_matched_total, not_matched, destroyed}", log_matches::show,
            "from_ms", "to_ms", "source"),
        route!(Get "/api/v1/logs/hunts", Person, NONE,
            "Hunts in this organisation's own logs: one's own, and those of cases that one sees" => "a list of hunts",
            own_hunts::list),
        route!(Post "/api/v1/logs/hunts", Person,
            json("name: string, reason: string, values?: [string], rules?: string, case?: string, sources?: [string], from_ms?: integer, \
                  to_ms?: integer, standing?: boolean"),
            "Save a hunt, for values or by Sigma rules; without either it looks for the indicators of its case that stand. Standing, it looks by itself as \
             logs come in" => "the hunt", own_hunts::save),
        route!(Get "/api/v1/logs/hunts/{hunt}", Person, NONE,
            "A hunt, and how a look of it comes on" => "the hunt", own_hunts::one),
        route!(Delete "/api/v1/logs/hunts/{hunt}", Person, NONE,
            "End a hunt, with what it found; the logs stay" => "null", own_hunts::end),
        route!(Post "/api/v1/logs/hunts/{hunt}/run", Person, NONE,
            "Look, from where the last look ended; comes back at once" => "the hunt", own_hunts::run),
        route!(Post "/api/v1/logs/hunts/{hunt}/stop", Person, NONE,
            "Stop looking; what was found stays" => "the hunt", own_hunts::stop),
        route!(Post "/api/v1/logs/hunts/{hunt}/stand", Person, json("stands: boolean"),
            "Let a hunt look by itself as logs come in, with one's own right, or not any more" => "the hunt", own_hunts::stand),
        route!(Get "/api/v1/logs/hunts/{hunt}/counts", Person, NONE,
            "How many lines it may hit, by value, source and day; no line is read" => "{counted, days, lines, segments, ...}",
            own_hunts::counts),
        route!(Get "/api/v1/logs/hunts/{hunt}/lines", Person, NONE,
            "What it found: by value, source, host and day, and line by line" => "{hunt, groups, tags, lines, total, next}",
            own_hunts::lines, "indicator", "source", "host", "day", "tag", "starred", "skip"),
        route!(Get "/api/v1/logs/hunts/{hunt}/lines/{line}", Person, NONE,
            "One line with those beside it and what it says in fields" => "{line, beside, outcome, said, gone, ...}",
            own_hunts::line),
        route!(Post "/api/v1/logs/hunts/{hunt}/lines/{line}", Person, json("star?: boolean, tags?: [string], comment?: string"),
            "Say something of a line; nothing said takes it away" => "null", own_hunts::mark),
        route!(Post "/api/v1/logs/hunts/{hunt}/draft", Person, json("case: string, lines: [integer]"),
            "Take lines into a case, as a draft of one's own" => "the draft", own_hunts::draft),
    ]
}

fn agreement_routes() -> Vec<Route> {
    vec![
        route!(Get "/api/v1/agreements", Person, NONE,
            "The agreements of this organisation" => "a list of agreements", agreements::list),
        route!(Post "/api/v1/agreements", Person, json("toml: string, cedar: string"),
            "Lay an agreement before its parties" => "its digest", agreements::propose),
        route!(Post "/api/v1/agreements/template", Person, json("template: string, filling: object"),
            "Fill a template" => "{toml, cedar}", agreements::template),
        route!(Get "/api/v1/agreements/{digest}", Person, NONE,
            "One agreement" => "{summary, terms, clauses, matrix, signed, missing, refused, terminated, members, toml, cedar}",
            agreements::one),
        route!(Get "/api/v1/agreements/{digest}/signing-text", Person, NONE,
            "What the offline key signs" => "{text}", agreements::signing_text),
        route!(Post "/api/v1/agreements/{digest}/sign", Person, json("signature: string"),
            "Sign" => "null", agreements::sign),
        route!(Post "/api/v1/agreements/{digest}/refuse", Person, json("reason: string"),
            "Refuse" => "null", agreements::refuse),
        route!(Post "/api/v1/agreements/{digest}/terminate", Person, json("reason: string"),
            "End it, at once" => "null", agreements::terminate),
        route!(Post "/api/v1/agreements/{digest}/approvers", Person, json("person: string"),
            "Name an approver under it" => "null", agreements::name_approver),
    ]
}
