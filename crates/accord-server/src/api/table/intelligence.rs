//! Protection, sharing, threats and leads, intelligence.

use super::{Access, Method, NONE, Route, Takes, json};
use crate::api::{feeds, intel, keeping, protection, reputation, sharing, threats};

/// All of them.
pub(super) fn routes() -> Vec<Route> {
    let mut all = protection_routes();
    all.extend(sharing_routes());
    all.extend(threat_routes());
    all.extend(intel_routes());
    all
}

const DRAFT: Takes = json("title: string, marking: string, to?: [string], note: object, expect?: [string]");

fn protection_routes() -> Vec<Route> {
    vec![
        route!(Get "/api/v1/audiences", Person, NONE,
            "Who is served verdicts from this node" => "a list of audiences", protection::audiences),
        route!(Post "/api/v1/audiences", Person,
            json("name: string, reach: string, dnsbl?: string, rpz?: string, clients?: [string], notify?: [string], edge?: bool"),
            "Open an audience; its secrets are told this once" => "{token, edge_token, transfer_key, transfer_secret}",
            protection::open),
        route!(Delete "/api/v1/audiences/{audience}", Person, NONE,
            "Close an audience" => "null", protection::close),
        route!(Get "/api/v1/audiences/{audience}/zone", Person, NONE,
            "What an audience is told to block, as a response policy zone" => "{zone}", protection::zone),
        route!(Get "/api/v1/allow-lists", Person, NONE,
            "The lists of values that many use" => "a list of lists", protection::lists),
        route!(Post "/api/v1/allow-lists/{list}", Person, json("text: string"),
            "Load a list, one value a line; one of that name is replaced" => "the list", protection::load_list),
        route!(Get "/api/v1/feeds", Person, NONE,
            "The feeds of this node and how they go" => "{feeds, clock_jump}", feeds::list),
        route!(Post "/api/v1/feeds", Person,
            json("name: string, url: string, column?: number, kinds?: [string], marking: string, confidence: number, label?: string, every_minutes: number, audiences?: [string], gone_percent?: number, terms?: string"),
            "Add a feed; it is on trial, and only detects" => "the feed", feeds::add),
        route!(Get "/api/v1/feeds/{feed}", Person, NONE,
            "A feed with its pulls; for people who work on cases, what it saw and would have blocked" => "the feed",
            feeds::show),
        route!(Post "/api/v1/feeds/{feed}", Person,
            json("act: string, value?: string, reason?: string, sha256?: string, change?: object"),
            "Pull, stop, pause, resume, block, trial, accept, discard, change, false or not-false" => "of a pull, how it ended; else null",
            feeds::act),
        route!(Delete "/api/v1/feeds/{feed}", Person, NONE,
            "Remove a feed: what it lists is in force no more" => "null", feeds::remove),
        route!(Get "/api/v1/protection/sources", Person, NONE,
            "Feeds and organisations by what proved useful and what proved wrong" => "a list of {source, kind, values, seen, only_here, proved_wrong, score}",
            feeds::sources),
        route!(Get "/api/v1/protection/lookup", Person, NONE,
            "What this node knows of a value and where it comes from, of the feeds and of the cases that one sees" => "a list of indicators that hit it",
            protection::look_up, "value"),
        route!(Get "/api/v1/protection/seen", Person, NONE,
            "What was seen here in the last fourteen days" => "a list of {indicator, day, count}", protection::seen),
        route!(Get "/api/v1/new", Person, NONE,
            "What is new and growing, of the cases that one sees" => "a list of {what, kind, now, before, score, is_new, days}",
            protection::growing),
        route!(Get "/api/v1/cases/{case}/indicators", Person, NONE,
            "The indicators of a case that stand, with verdicts and sightings" => "a list of indicators",
            protection::indicators),
        route!(Post "/api/v1/cases/{case}/sightings", Person, NONE,
            "Share what was seen here of the case's indicators since the last time" => "a list of {at, decisions}",
            protection::share),
        route!(Get "/api/v1/protection/links", Person, NONE,
            "What a value was seen with, and what that says of it" => "{value, verdict, because, apart, cleared, links, total}",
            reputation::of_value, "value"),
        route!(Get "/api/v1/cases/{case}/seen-together", Person, NONE,
            "What was seen together on a case" => "{links, total, left_out}", reputation::of_case),
        route!(Post "/api/v1/cases/{case}/seen-together", Person,
            json("title?: string, marking: string, to?: [string], links: [object], from?: string, expect?: [string]"),
            "Say which values were seen together" => "{at, decisions}", reputation::say, "preview"),
        route!(Post "/api/v1/cases/{case}/seen-together/decide", Person,
            json("act: string, values: [string], reason: string, marking: string, to?: [string], expect?: [string]"),
            "Promote, clear or take-back" => "{notes, waiting, stays}", reputation::decide, "preview"),
        route!(Get "/api/v1/cases/{case}/waiting", Person, NONE,
            "Notes that wait for a second person" => "a list of notes", protection::waiting),
        route!(Post "/api/v1/cases/{case}/waiting", Person, DRAFT,
            "Ask for a second person's yes to a note" => "its id", protection::ask_second),
        route!(Post "/api/v1/cases/{case}/waiting/{id}", Person, NONE,
            "Agree to a note as the second person: it is published" => "{at, decisions}", protection::second),
        route!(Delete "/api/v1/cases/{case}/waiting/{id}", Person, NONE,
            "Take a note that waits away" => "null", protection::drop_waiting),
    ]
}

fn sharing_routes() -> Vec<Route> {
    vec![
        route!(Get "/api/v1/search", Person, NONE,
            "Do we know this? A value, a reference, a name or words, in the cases one sees"
                => "{query, read_as, value, value_kind, known, more, verdict, cases, indicators, sightings, exhibits, hunts, reports, notes}",
            sharing::search, "q"),
        route!(Get "/api/v1/export", Person, NONE,
            "A file of the intelligence of every case one sees: stix, misp, csv, rpz, hosts, suricata, zeek, list"
                => "the file; the header accord-told says what it does not carry", sharing::export,
            "format", "kind", "label", "marking", "since_ms", "for"),
        route!(Get "/api/v1/cases/{case}/export", Person, NONE,
            "The same of one case; with `for`, what was released to that organisation"
                => "the file; the header accord-told says what it does not carry", sharing::export,
            "format", "kind", "label", "marking", "since_ms", "for"),
        route!(Get "/api/v1/export/preview", Person, NONE,
            "What such a file would be; with `case` of one case" => "{name, indicators, kinds, marking, told, bytes}",
            sharing::preview, "case", "format", "kind", "label", "marking", "since_ms", "for"),
        route!(Get "/api/v1/cases/{case}/graph", Person, NONE,
            "The intelligence of a case as a graph" => "{nodes, links, left_out}", sharing::graph),
        route!(Get "/api/v1/cases/{case}/received", Person, NONE,
            "What organisations added by TAXII and nobody has decided about" => "a list of additions", sharing::received),
        route!(Post "/api/v1/cases/{case}/received/{id}/publish", Person, NONE,
            "Publish it on behalf of who added it; values that many use wait for a second person"
                => "{published, waiting}", sharing::publish_received),
        route!(Post "/api/v1/cases/{case}/received/{id}/leave", Person, NONE,
            "Leave it: who added it reads that it was not taken" => "null", sharing::leave_received),
        route!(Get "/api/v1/taxii/accounts", Person, NONE,
            "The accounts of organisations that come by TAXII" => "a list of accounts", sharing::accounts),
        route!(Post "/api/v1/taxii/accounts", Person,
            json("name: string, org: string, writes?: boolean, until_ms: integer"),
            "Ask for an account; it waits for a signatory" => "{name, token}: the token, shown once", sharing::add_account),
        route!(Post "/api/v1/taxii/accounts/{account}/confirm", Person, NONE,
            "Confirm an account that somebody else asked for" => "the account", sharing::confirm_account),
        route!(Post "/api/v1/taxii/accounts/{account}/close", Person, NONE,
            "Close an account, for good" => "the account", sharing::close_account),
    ]
}

const LEAD: Takes = json(
    "agreement: string, to: string, title: string, marking: string, text: string, nexus?: string, countries?: [string], asks?: string, grading?: object, source_protected?: boolean, values?: [object], threat?: string, onward_of?: string, expect_now?: boolean",
);

fn threat_routes() -> Vec<Route> {
    vec![
        route!(Get "/api/v1/threats", Person, NONE,
            "The threats that the person works on; of others nothing, nor a count" => "a list", threats::list),
        route!(Post "/api/v1/threats", Person,
            json("name: string, what: string, options?: object, assessment?: object, grading?: object, source_protected?: boolean, countries?: [string], nexus?: string, values?: [object]"),
            "Begin to watch something; it stays on this node" => "its id", threats::begin),
        route!(Get "/api/v1/threats/{threat}", Person, NONE,
            "One threat, for who works on it" => "the threat", threats::show),
        route!(Post "/api/v1/threats/{threat}", Person, json("version: integer, threat: object"),
            "Change what a threat says; refused where it changed since that version" => "null", threats::change),
        route!(Post "/api/v1/threats/{threat}/notes", Person, json("text: string"),
            "Add a working note" => "null", threats::note),
        route!(Post "/api/v1/threats/{threat}/assess", Person, NONE,
            "Say that it was assessed" => "null", threats::assess),
        route!(Post "/api/v1/threats/{threat}/drop", Person, json("reason: string"),
            "Drop it, with the reason" => "null", threats::abandon),
        route!(Post "/api/v1/threats/{threat}/resume", Person, NONE,
            "Watch again what was dropped" => "null", threats::resume),
        route!(Post "/api/v1/threats/{threat}/people", Person, json("person: string, remove?: boolean"),
            "Add a colleague, or take one off" => "null", threats::staff),
        route!(Post "/api/v1/threats/{threat}/cases", Person, json("case: string, remove?: boolean"),
            "Say that a case is related, or no more" => "null", threats::relate),
        route!(Post "/api/v1/threats/{threat}/open", Person,
            json("agreement: string, operation: string, reference: string, purpose: string, parties?: [string]"),
            "Open a case from it" => "the case's id", threats::open),
        route!(Get "/api/v1/threats/{threat}/similar", Person, NONE,
            "What else shares something with it, among what the person sees" => "a list", threats::similar),
        route!(Get "/api/v1/leads", Person, NONE,
            "Leads given and received, as far as the person may see them" => "a list", threats::leads),
        route!(Get "/api/v1/leads/recipients", Person, NONE,
            "To whom a lead may be referred, under which agreement" => "a list of [agreement, title, organisation]",
            threats::recipients),
        route!(Post "/api/v1/leads", Person, LEAD,
            "Refer a lead to one partner; what may not go is refused" => "{at, lead, values}", threats::refer),
        route!(Post "/api/v1/leads/preview", Person, LEAD,
            "Whether a lead would go, under which clause; nothing is kept" => "{lead, values}", threats::preview),
        route!(Get "/api/v1/leads/{ledger}/{seq}", Person, NONE, "One lead" => "the lead", threats::lead),
        route!(Get "/api/v1/leads/{ledger}/{seq}/similar", Person, NONE,
            "What shares something with it, among what the person sees" => "a list", threats::similar_to_lead),
        route!(Post "/api/v1/leads/{ledger}/{seq}/answer", Person,
            json("word?: string, text: string, onward?: string"),
            "Answer a lead: words, `declined`, `outcome`, `onward-asked`" => "{at, decisions}", threats::answer),
        route!(Post "/api/v1/leads/{ledger}/{seq}/open", Person, json("case: object, text: string"),
            "Open a case from a lead; its giver hears that it was taken up" => "the case's id",
            threats::open_from_lead),
        route!(Post "/api/v1/leads/{ledger}/{seq}/link", Person, json("case: string, text: string"),
            "Link a lead to a case that is there" => "null", threats::link_lead),
        route!(Post "/api/v1/leads/{ledger}/{seq}/hand", Person, json("person: string"),
            "Hand a lead to a colleague" => "null", threats::hand),
        route!(Post "/api/v1/leads/{ledger}/{seq}/onward", Person, json("allowed: boolean, text: string"),
            "Say whether one's lead may go on; the note is the one that asks" => "{at, decisions}",
            threats::onward),
        route!(Post "/api/v1/leads/{ledger}/{seq}/approve", Person, json("to: string"),
            "Release a lead, or feedback on one, above the ceiling" => "the decision", threats::approve),
        route!(Get "/api/v1/leads/recalls", Person, NONE,
            "What of leads was recalled, and what recipients did; without its words" => "a list of recalls",
            keeping::lead_recalls),
        route!(Post "/api/v1/leads/recalls/receipt", Person,
            json("recall: string, done: string, backup_until_ms?: integer, onward?: [string], note?: string"),
            "Say what was done on the recall of a lead and its values; `deleted` deletes" => "the note",
            keeping::receipt_lead_recall),
        route!(Post "/api/v1/leads/{ledger}/{seq}/recall", Person, json("reason: string"),
            "Call back a lead of this organisation with its values, or a word of feedback" => "the orders",
            keeping::recall_lead),
        route!(Get "/api/v1/leads/{ledger}/{seq}/keeping", Person, NONE,
            "The holds on a lead, and what of it is kept until when, here and at others"
                => "{holds, kept, given, backup_days}", keeping::lead_keeping),
        route!(Post "/api/v1/leads/{ledger}/{seq}/hold", Person, json("reference: string, reason: string"),
            "Place a hold on a lead with what belongs to it" => "the holds", keeping::hold_lead),
        route!(Post "/api/v1/leads/holds/lift", Person, json("hold: string, reason: string"),
            "Lift a hold on a lead" => "the notes", keeping::lift_lead_hold),
        route!(Get "/api/v1/cases/{case}/similar", Person, NONE,
            "What else shares something with a case, among what the person sees" => "a list",
            threats::similar_to_case),
        route!(Post "/api/v1/cases/{case}/links", Person, json("other: string, reason: string, marking: string"),
            "Note that another case belongs to this one; for the parties of both" => "{at, decisions}",
            threats::link_cases),
    ]
}

fn intel_routes() -> Vec<Route> {
    vec![
        route!(Post "/api/v1/imports", Person, Takes::Raw,
            "Bring material in as a draft of one's own: the body is the report, message, list or bundle"
                => "{id, case, name, form, size_bytes, sha256, since_ms, values, choices}", intel::bring_in, "name", "case"),
        route!(Get "/api/v1/imports", Person, NONE, "One's own drafts" => "a list of drafts", intel::drafts),
        route!(Get "/api/v1/imports/{draft}", Person, NONE,
            "A draft of one's own, with everything that was found and what is known of it"
                => "{draft, material, values, marking}", intel::one_draft),
        route!(Delete "/api/v1/imports/{draft}", Person, NONE,
            "Throw a draft away" => "null", intel::drop_draft),
        route!(Post "/api/v1/imports/{draft}/choices", Person, json("case?: string, choices: object"),
            "Keep what was chosen: ticks, marking, labels, grading, report, files" => "the draft", intel::choose),
        route!(Post "/api/v1/imports/{draft}/preview", Person, NONE,
            "What will happen: to whom, under which clause, and what waits for a second person"
                => "{case, notes, second, reaches}", intel::plan),
        route!(Post "/api/v1/imports/{draft}/publish", Person, json("expect?: [string]"),
            "Publish a draft; expect: the organisations that a preview said it reaches"
                => "{report, indicators, waiting, files}", intel::publish),
        route!(Post "/api/v1/cases/{case}/files", Person, Takes::Raw,
            "Attach a file to a case: the body is the file; with preview=true nothing is kept"
                => "{at, decisions}", intel::attach,
            "name", "title", "marking", "to", "media_type", "nature", "about", "note", "expect", "preview"),
        route!(Get "/api/v1/files/{ledger}/{seq}", Person, NONE,
            "What is known of a file" => "{at, case, title, org, when_ms, marking, file, here}", intel::file),
        route!(Get "/api/v1/files/{ledger}/{seq}/bytes", Person, NONE,
            "A file's bytes, to be saved; a sample may be harmful" => "bytes", intel::file_bytes),
        route!(Get "/api/v1/intel", Person, NONE,
            "Reports, indicators and files of one's cases, the newest first"
                => "{items, total, next}", intel::list, "kind", "case", "org", "q", "skip"),
        route!(Get "/api/v1/intel/{ledger}/{seq}", Person, NONE,
            "One report, note with indicators, or file"
                => "{at, kind, case, operation, title, org, when_ms, marking, body, here}", intel::one),
    ]
}
