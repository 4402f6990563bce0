//! Every route of the API, once: where it is, what it takes and gives, and who answers it.

use std::future::Future;
use std::pin::Pin;

use axum::routing::MethodFilter;

use super::asks::ASKED;
use super::call::{Call, Reply};
use super::guests::GUEST_ASKED;
use super::{
    account, agreements, asks, audit, cases, disruption, exhibits, feeds, guests, intel, keeping, logs,
    notices, older, peers, people, protection, reputation, requests, sharing, threats, victims,
};

/// A method of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Method {
    Get,
    Post,
    Delete,
}

impl Method {
    pub fn filter(self) -> MethodFilter {
        match self {
            Self::Get => MethodFilter::GET,
            Self::Post => MethodFilter::POST,
            Self::Delete => MethodFilter::DELETE,
        }
    }

    /// Whether the request does something.
    pub fn changes(self) -> bool {
        self != Self::Get
    }

    /// As HTTP writes it.
    pub fn as_http(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Delete => "DELETE",
        }
    }

    /// As OpenAPI writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Post => "post",
            Self::Delete => "delete",
        }
    }
}

/// Whom a route is for. What a person may do there is the service's to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Without a session.
    Anyone,
    /// With a session, also before the account is made safe.
    Enrolling,
    /// With a session.
    Person,
}

/// The body of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Takes {
    /// None.
    Nothing,
    /// JSON with these fields: `name: type` separated by commas, `?` after a name that may be absent.
    Json(&'static str),
    /// Bytes as they are.
    Raw,
}

/// The future of a handler.
pub(crate) type Answering = Pin<Box<dyn Future<Output = Reply> + Send>>;

/// One route.
#[derive(Clone, Copy)]
pub(crate) struct Route {
    pub method: Method,
    pub path: &'static str,
    pub access: Access,
    pub takes: Takes,
    /// The parameters its query may have.
    pub query: &'static [&'static str],
    /// What it does, one line.
    pub summary: &'static str,
    /// What it gives, in words.
    pub gives: &'static str,
    pub handler: fn(Call) -> Answering,
}

macro_rules! route {
    ($method:ident $path:literal, $access:ident, $takes:expr, $summary:literal => $gives:literal, $handler:path $(, $query:literal)*) => {
        Route {
            method: Method::$method,
            path: $path,
            access: Access::$access,
            takes: $takes,
            query: &[$($query),*],
            summary: $summary,
            gives: $gives,
            handler: |call| Box::pin($handler(call)),
        }
    };
}

const NONE: Takes = Takes::Nothing;

const fn json(fields: &'static str) -> Takes {
    Takes::Json(fields)
}

/// The whole API.
pub(crate) fn routes() -> Vec<Route> {
    let mut all = session_routes();
    all.extend(organisation_routes());
    all.extend(agreement_routes());
    all.extend(case_routes());
    all.extend(evidence_routes());
    all.extend(protection_routes());
    all.extend(victim_routes());
    all.extend(disruption_routes());
    all.extend(keeping_routes());
    all.extend(sharing_routes());
    all.extend(threat_routes());
    all.extend(intel_routes());
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
            "Bring a log in: the body is the file" => "the segment; held_already: the source had these bytes", logs::import, "name"),
        route!(Post "/api/v1/logs/verify", Person, NONE,
            "Verify every segment again" => "a list of problems", logs::verify),
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

fn case_routes() -> Vec<Route> {
    vec![
        route!(Get "/api/v1/cases", Person, NONE, "The cases one may see" => "a list of cases", cases::list),
        route!(Post "/api/v1/cases", Person,
            json("agreement: string, operation: string, reference: string, purpose: string, parties?: [string]"),
            "Open a case" => "its id", cases::open),
        route!(Get "/api/v1/cases/{case}", Person, NONE, "One case" => "the case", cases::one),
        route!(Get "/api/v1/cases/{case}/timeline", Person, NONE,
            "One page of the timeline, newest first; `older` is the next page's `before`"
                => "{timeline, older}", cases::timeline, "before"),
        route!(Get "/api/v1/cases/{case}/notes/{ledger}/{seq}", Person, NONE,
            "One line of the timeline, whole" => "the line", cases::note),
        route!(Get "/api/v1/cases/{case}/notes/{ledger}/{seq}/looks", Person, NONE,
            "Who elsewhere looked at a note of this organisation, as they tell it" => "a list of looks", cases::looks),
        route!(Get "/api/v1/cases/{case}/tasks", Person, NONE,
            "The tasks of a case" => "a list of tasks", cases::tasks),
        route!(Get "/api/v1/cases/{case}/subjects", Person, NONE,
            "The subjects of a case; of who was cleared only the reference" => "a list of subjects", cases::subjects),
        route!(Post "/api/v1/cases/{case}/parties", Person, json("org: string, reason?: string"),
            "Bring a party of the agreement in" => "the note", cases::add_party),
        route!(Post "/api/v1/cases/{case}/parties/remove", Person, json("org: string, reason: string"),
            "Take a party off the case; it learns of that and of nothing after" => "the note", cases::remove_party),
        route!(Get "/api/v1/cases/{case}/older/{org}", Person, NONE,
            "What a party of the case has not got of this organisation, with the agreement's word on each note"
                => "{to, notes, more}", older::list),
        route!(Post "/api/v1/cases/{case}/older/{org}", Person, json("notes: [string]"),
            "Give it, in one act, each note as the agreement says now; what is denied stays"
                => "a list of {at, decided}", older::given),
        route!(Post "/api/v1/cases/{case}/members", Person,
            json("person: string, roles: [string], until_ms?: integer, \
                  scope?: {categories: [string], text: string}"),
            "Name one of one's own people, for the whole case or for some categories" => "the note", cases::add_member),
        route!(Delete "/api/v1/cases/{case}/members/{person}", Person, NONE,
            "Take a person off the case" => "the note", cases::remove_member),
        route!(Post "/api/v1/cases/{case}/stage", Person, json("to: string, reason?: string"),
            "Take the case a step on, or back" => "the note", cases::stage),
        route!(Post "/api/v1/cases/{case}/instruments", Person,
            json("reference: string, authority: string, power: string, categories: [string], scope: string, \
                  addressee: string, from_ms: integer, to_ms: integer"),
            "Record a legal authority" => "the note", cases::record_instrument),
        route!(Post "/api/v1/cases/{case}/instruments/end", Person, json("instrument: string, reason: string"),
            "End a legal authority" => "the note", cases::end_instrument),
        route!(Post "/api/v1/cases/{case}/notes/preview", Person,
            json("title: string, marking: string, to?: [string], note: object, expect?: [string]"),
            "Whom a note would reach, and why" => "a list of decisions", cases::preview_note),
        route!(Post "/api/v1/cases/{case}/notes", Person,
            json("title: string, marking: string, to?: [string], note: object, expect?: [string]"),
            "Write a note; with `expect`, only if it reaches exactly these at once" => "{at, decisions}", cases::publish_note),
        route!(Post "/api/v1/cases/{case}/hunts", Person,
            json("to: string, reference: string, reason: string, instrument: string, due_ms?: integer, \
                  indicators: [string], from_ms: integer, to_ms: integer, sources?: [string], marking?: string"),
            "Ask a partner to look in its logs" => "{at, decisions}", cases::ask_hunt),
        route!(Post "/api/v1/cases/{case}/requests/preview", Person, json(ASKED),
            "What a partner would see of a request, and whether it may go" => "{title, reads, decisions}",
            asks::preview),
        route!(Post "/api/v1/cases/{case}/requests", Person, json(ASKED),
            "Ask a partner: information, expertise, subscriber data, preservation, a takedown, a hunt"
                => "{at, decisions}", asks::ask),
        route!(Post "/api/v1/cases/{case}/guests/preview", Person, json(GUEST_ASKED),
            "What the gate says of a request to an organisation without a node" => "the decision", guests::preview),
        route!(Post "/api/v1/cases/{case}/guests", Person, json(GUEST_ASKED),
            "Ask an organisation without a node; it leaves when a case officer who did not ask approves it"
                => "the link, without its secret", guests::ask),
        route!(Get "/api/v1/cases/{case}/guests", Person, NONE,
            "The links of a case, the newest first" => "a list of links", guests::list),
        route!(Post "/api/v1/guests/{link}/decision", Person, json("approve: boolean"),
            "Let a request to a guest go, as a case officer who did not ask; or not" => "the decision", guests::decide),
        route!(Post "/api/v1/guests/{link}/make", Person, json("days?: integer, tries?: integer"),
            "Make the link of an approved request; made again, the one before is gone"
                => "{token, address, expires_ms}: shown once", guests::make),
        route!(Post "/api/v1/guests/{link}/revoke", Person, NONE,
            "End a link that was not answered" => "null", guests::revoke),
        route!(Post "/api/v1/cases/{case}/orals", Person,
            json("ground: string, act: string, category: string, addressee: string, authority: string, \
                  power: string, request?: string"),
            "Record an authority given by word of mouth; the ground is threat-to-life" => "the note", asks::record_oral),
        route!(Post "/api/v1/cases/{case}/orals/confirm", Person,
            json("oral: string, reference: string, authority: string, instrument?: string"),
            "Confirm it in writing" => "the note", asks::confirm_oral),
        route!(Post "/api/v1/releases", Person, json("note: string, to: string"),
            "Release a note above the ceiling, as approver" => "the decision", cases::release),
    ]
}

fn victim_routes() -> Vec<Route> {
    const IDENTITY: Takes = json(
        "name: string, other_names?: [string], contacts?: [string], domains?: [string], addresses?: [string], \
         mail_domains?: [string]",
    );
    vec![
        route!(Post "/api/v1/report", Anyone, json("text: string"),
            "A business in trouble begins to talk, without saying who it is" => "{token}: the secret of its link, shown once", victims::begin),
        route!(Get "/api/v1/report/{token}", Anyone, NONE,
            "What was said, what became of it, the clean-up, and every look at who it is"
                => "{opened_ms, closed, messages, identities, pseudonym, became, looks, steps}", victims::report),
        route!(Post "/api/v1/report/{token}/messages", Anyone, json("text: string"),
            "The business says more" => "null", victims::say_more),
        route!(Post "/api/v1/report/{token}/identity", Anyone, IDENTITY,
            "The business says who it is; sealed before it is kept" => "null", victims::say_who),
        route!(Get "/api/v1/conversations", Person, NONE,
            "The conversations with businesses, the longest waiting first" => "a list of conversations", victims::conversations),
        route!(Get "/api/v1/conversations/{conversation}", Person, NONE,
            "One conversation" => "{line, victim, messages}", victims::one_conversation),
        route!(Post "/api/v1/conversations/{conversation}/reply", Person, json("text: string"),
            "Answer the business" => "null", victims::reply),
        route!(Post "/api/v1/conversations/{conversation}/close", Person, NONE,
            "Close the conversation" => "null", victims::close),
        route!(Post "/api/v1/conversations/{conversation}/attach", Person,
            json("case: string, victim: string, text: string, sector?: string, wishes?: string, marking: string, to?: [string]"),
            "Make it a victim of a case, under a new pseudonym" => "{at, decisions}", victims::attach),
        route!(Post "/api/v1/conversations/{conversation}/publish", Person,
            json("message: integer, text: string, marking: string, to?: [string]"),
            "Publish a message of it to the case, as the investigator words it" => "{at, decisions}", victims::publish),
        route!(Post "/api/v1/conversations/{conversation}/file-identity", Person, NONE,
            "File what the business said of who it is, unread, as custodian" => "the note", victims::file),
        route!(Get "/api/v1/cases/{case}/victims", Person, NONE,
            "The victims of a case, by pseudonym" => "{victims, may_write, may_keep, may_ask}", victims::of_case),
        route!(Post "/api/v1/victims/{ledger}/{seq}/identity", Person, IDENTITY,
            "File who a victim is, as custodian" => "the note", victims::keep),
        route!(Post "/api/v1/victims/{ledger}/{seq}/give", Person, json("to: string, ground: string, text: string"),
            "Give who a victim is to the agency, as custodian; sealed to it, on consent or a law"
                => "{at, decisions}", victims::give_to_agency),
        route!(Post "/api/v1/identities/{ledger}/{seq}/refuse", Person, json("reason: string"),
            "Refuse an identity that a partner gave, as custodian" => "null", victims::refuse),
        route!(Get "/api/v1/victims/{ledger}/{seq}/letter/document", Person, NONE,
            "A letter to a victim, by its pseudonym, to be edited and printed" => "a DOCX file", victims::letter),
        route!(Post "/api/v1/victims/{ledger}/{seq}/grants", Person, json("reason: string"),
            "Ask to look at who a victim is; the victim reads why" => "the note", victims::ask),
        route!(Post "/api/v1/grants/{ledger}/{seq}/give", Person, json("until_ms: integer, reason?: string, role?: string"),
            "Give one of the two hands to a look" => "the note", victims::give_hand),
        route!(Post "/api/v1/grants/{ledger}/{seq}/end", Person, json("reason: string"),
            "End it" => "the note", victims::end),
        route!(Post "/api/v1/grants/{ledger}/{seq}/look", Person, json("text: string"),
            "Look at who the victim is; noted first, and the victim reads what for"
                => "{name, other_names, contacts, domains, addresses, mail_domains}", victims::look),
        route!(Post "/api/v1/cases/{case}/notes/naming", Person, json("grant: string, text: string, draft: object"),
            "Write a note that names the victim of a grant; a use of the grant" => "{at, decisions}", victims::publish_naming),
        route!(Get "/api/v1/cases/{case}/disclosure", Person, NONE,
            "The disclosure schedule" => "{operation, reference, org, at_ms, scheduled, to_be_scheduled, may_schedule}", victims::schedule),
        route!(Get "/api/v1/cases/{case}/disclosure/document", Person, NONE,
            "The schedule as a document; with sensitive=true, that of the sensitive material" => "a DOCX file",
            victims::schedule_document, "sensitive"),
    ]
}

fn disruption_routes() -> Vec<Route> {
    vec![
        route!(Get "/api/v1/cases/{case}/plan", Person, NONE,
            "Targets with their checks, the plan, go or no-go, receipts and looks"
                => "{case, targets, plan, disputed, to_block}", disruption::board),
        route!(Post "/api/v1/cases/{case}/targets", Person,
            json("marking: string, to?: [string], targets: [object]"),
            "Propose targets, each with the party that answers for it" => "a list of {at, decisions}",
            disruption::propose),
        route!(Post "/api/v1/cases/{case}/targets/checks", Person, json("checks: [object]"),
            "Say what was found about targets" => "a list of {at, decisions}", disruption::check),
        route!(Post "/api/v1/cases/{case}/targets/own", Person, json("answers: [object]"),
            "Answer for targets whether they are one's own infrastructure" => "a list of {at, decisions}",
            disruption::answer_own),
        route!(Post "/api/v1/cases/{case}/plan", Person,
            json("title: string, marking: string, instant_ms: integer, text: string, actions: [object]"),
            "Write the plan, a part for every party; voids every go" => "{parts, commitment, instant_ms}",
            disruption::write_plan),
        route!(Post "/api/v1/cases/{case}/plan/go", Person,
            json("word: string, commitment: string, instant_ms: integer, reason?: string"),
            "Say go, no, or withdraw, as approver" => "the note", disruption::say_go),
        route!(Post "/api/v1/cases/{case}/plan/receipts", Person, json("receipts: [object]"),
            "Say what was done, as approver" => "a list of {at, decisions}", disruption::receipts),
        route!(Post "/api/v1/cases/{case}/plan/looks", Person, json("looks: [object]"),
            "Say whether actions held" => "a list of {at, decisions}", disruption::looks),
        route!(Get "/api/v1/cases/{case}/plan/export", Person, NONE,
            "One's own actions once every party said go: `list`, `rpz`, `hosts` or `csv`"
                => "{name, written, left_out, text}", disruption::export, "form"),
        route!(Get "/api/v1/cases/{case}/notices/document", Person, NONE,
            "The draft of a notice to one party, to be edited, signed and sent" => "a DOCX file",
            disruption::notice_document, "to"),
        route!(Get "/api/v1/cases/{case}/sinkholes", Person, NONE,
            "Victims counted at the sinkholes of a case: by day, no address; `networks` is never shared"
                => "a list of sinkholes", disruption::sinkholes),
        route!(Post "/api/v1/cases/{case}/sinkholes", Person, json("target: string, source: string, column?: string"),
            "Say that a log source is the sinkhole of a target that was acted on, and which column tells the victim"
                => "null", disruption::mark_sinkhole),
        route!(Post "/api/v1/cases/{case}/sinkholes/share", Person, NONE,
            "Share what is new in these counts: a day, a target, a number" => "a list of {at, decisions}",
            disruption::share_victims),
        route!(Get "/api/v1/zones", Person, NONE,
            "In which time zone organisations work, as noted here" => "zones by organisation", disruption::zones),
        route!(Post "/api/v1/zones/{org}", Person, json("zone?: string"),
            "Note in which time zone an organisation works; without one the note is taken away" => "null",
            disruption::set_zone),
        route!(Get "/api/v1/cases/{case}/notices", Person, NONE,
            "Drafts of notices to those who answer for targets; nothing is sent" => "a list of notices",
            disruption::notices),
        route!(Get "/api/v1/own-infrastructure", Person, NONE,
            "The list of one's own networks, names and sinkholes; it never leaves" => "a list of items",
            disruption::own),
        route!(Post "/api/v1/own-infrastructure", Person,
            json("kind: string, value: string, description: string"),
            "Add to that list" => "the item", disruption::add_own),
        route!(Post "/api/v1/own-infrastructure/remove", Person, json("value: string"),
            "Take an item off that list" => "null", disruption::remove_own),
    ]
}

fn evidence_routes() -> Vec<Route> {
    vec![
        route!(Get "/api/v1/requests/{ledger}/{seq}", Person, NONE,
            "A request to this organisation" => "the request", requests::one),
        route!(Post "/api/v1/requests/{ledger}/{seq}/preview", Person, NONE,
            "Begin looking in the logs for what is asked; nothing leaves"
                => "{request, state, segments_done, segments_total, scanned_bytes, total_bytes, lines, words, preview}",
            requests::start_preview),
        route!(Get "/api/v1/requests/{ledger}/{seq}/preview", Person, NONE,
            "How far the preview is, and the preview when it is there" => "the same", requests::preview),
        route!(Delete "/api/v1/requests/{ledger}/{seq}/preview", Person, NONE,
            "Stop the preview that runs; one that was there stays" => "the same", requests::stop_preview),
        route!(Post "/api/v1/requests/{ledger}/{seq}/preview/show", Person, json("narrowing?: object"),
            "The preview after a narrowing, with the first lines' text" => "{preview, summary, lines}",
            requests::show),
        route!(Post "/api/v1/requests/{ledger}/{seq}/decide", Person,
            json("verdict: string, preview?: string, narrowing?: object, clause?: string, reason?: string"),
            "Say yes, yes to a part, or no" => "{decision, exhibit, release, lines}", requests::decide),
        route!(Post "/api/v1/requests/{ledger}/{seq}/uploads", Person, Takes::Raw,
            "Add a file to the answer to a hunt or a question for information, exported from a system of one's own: the \
             body is the file; nothing leaves; with sha256 another file is refused"
                => "{request, files, commitment, first_yes, first_without, first_left_out}", requests::upload,
            "name", "system", "query", "sha256"),
        route!(Get "/api/v1/requests/{ledger}/{seq}/uploads", Person, NONE,
            "What was uploaded and not sent, with the first lines of texts" => "the same", requests::uploaded),
        route!(Delete "/api/v1/requests/{ledger}/{seq}/uploads/{file}", Person, NONE,
            "Take a file away again; a first yes is void" => "the same", requests::remove_upload),
        route!(Post "/api/v1/requests/{ledger}/{seq}/uploads/send", Person,
            json("shown: string, without?: [integer], left_out?: string, words?: string"),
            "Say yes to what was uploaded, or to a part" => "{decision, exhibit, release, lines}",
            requests::send_upload),
        route!(Post "/api/v1/requests/{ledger}/{seq}/take-back", Person, json("reason: string"),
            "Take back one's own yes, while the second person's is missing" => "the note", requests::take_back),
        route!(Get "/api/v1/requests/{ledger}/{seq}/subscribers", Person, NONE,
            "Who held what, as the partner answered; the look is kept and told" => "a list of answers",
            asks::subscribers),
        route!(Post "/api/v1/requests/{ledger}/{seq}/answer", Person,
            json("answer: string, words?: string, grading?: object, report?: string, answers?: [object], \
                  acquisition?: string, until_ms?: integer, done?: boolean, left_out?: string, preview?: string, \
                  clause?: string, reason?: string"),
            "Answer what is no hunt, in whole or in part; say that a hunt found nothing; or refuse" => "{decision, answer, release}", asks::answer),
        route!(Post "/api/v1/requests/{ledger}/{seq}/withdraw", Person, json("words: string"),
            "Take back a request of one's own" => "{at, decisions}", asks::withdraw),
        route!(Post "/api/v1/requests/{ledger}/{seq}/pool", Person, json("accepted: boolean, words: string"),
            "Say whether the pool of experts takes a question" => "{at, decisions}", asks::pool),
        route!(Post "/api/v1/exhibits/{ledger}/{seq}/verify", Person, NONE,
            "Verify the package of an exhibit" => "the report", exhibits::verify),
        route!(Get "/api/v1/exhibits/{ledger}/{seq}/package", Person, NONE,
            "Take the package along" => "application/zip", exhibits::package),
        route!(Post "/api/v1/exhibits/{ledger}/{seq}/receive", Person, NONE,
            "Receive an exhibit" => "the note", exhibits::receive),
        route!(Get "/api/v1/exhibits/{ledger}/{seq}/custody", Person, NONE,
            "Where an exhibit has been, between the nodes and outside them" => "the exhibit with custody and outside",
            exhibits::custody),
        route!(Post "/api/v1/exhibits/{ledger}/{seq}/hand", Person,
            json("to: string, person?: string, text: string, reference?: string, at_ms?: integer"),
            "Note that an exhibit is handed to somebody outside the nodes: a prosecutor, a laboratory, a court"
                => "{at, decisions}", exhibits::hand),
        route!(Post "/api/v1/exhibits/{ledger}/{seq}/outside", Person,
            json("handed: string, returned?: boolean, person?: string, text: string, reference?: string, at_ms?: integer"),
            "Note their receipt, or that it came back" => "{at, decisions}", exhibits::outside),
        route!(Post "/api/v1/exhibits/{ledger}/{seq}/hand-back", Person, json("to: string"),
            "Give an exhibit back to the organisation that delivered it" => "the note", exhibits::hand_back),
    ]
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

fn keeping_routes() -> Vec<Route> {
    vec![
        route!(Post "/api/v1/people/secondees", Person,
            json("sign_in: string, name: string, person: string, home: string, password: string"),
            "Make an account for somebody seconded to this organisation; its role waits for a signatory"
                => "the person", keeping::add_secondee),
        route!(Get "/api/v1/cases/{case}/team", Person, NONE,
            "The pen, its offer, and the secondments" => "{pen, offered, secondments}", keeping::team),
        route!(Post "/api/v1/cases/{case}/pen/pass", Person, json("to_org: string, to: string"),
            "Offer the pen to another case officer" => "the note", keeping::pass_pen),
        route!(Post "/api/v1/cases/{case}/pen/take", Person, json("passed: string"),
            "Take the pen that was offered" => "the note", keeping::take_pen),
        route!(Post "/api/v1/cases/{case}/secondments", Person,
            json("person: string, home: string, host: string, categories: [string], scope: string, \
                  from_ms: integer, until_ms: integer"),
            "Grant one side of a secondment" => "the note", keeping::grant_secondment),
        route!(Post "/api/v1/cases/{case}/secondments/end", Person,
            json("person: string, home: string, host: string, reason: string"),
            "End a secondment" => "the note", keeping::end_secondment),
        route!(Get "/api/v1/cases/{case}/recalls", Person, NONE,
            "What was recalled, and what recipients did" => "a list of recalls", keeping::recalls),
        route!(Post "/api/v1/cases/{case}/recalls", Person, json("entry: string, reason: string"),
            "Call back a note of this organisation" => "the note", keeping::order_recall),
        route!(Post "/api/v1/cases/{case}/recalls/receipt", Person,
            json("recall: string, done: string, backup_until_ms?: integer, onward?: [string], note?: string"),
            "Say what was done on a recall; `deleted` deletes" => "the note", keeping::receipt_recall),
        route!(Get "/api/v1/cases/{case}/keeping", Person, NONE,
            "The holds, and what is kept until when, here and at others" => "{holds, retention, more, given, more_given, backup_days}", keeping::keeping),
        route!(Post "/api/v1/cases/{case}/holds", Person,
            json("entry?: string, reference: string, reason: string"),
            "Place a hold on a note, or on the whole case" => "the note", keeping::place_hold),
        route!(Post "/api/v1/cases/{case}/holds/lift", Person, json("hold: string, reason: string"),
            "Lift a hold" => "the note", keeping::lift_hold),
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
