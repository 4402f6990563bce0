//! Cases: the team, requests, evidence, victims, disruption, what is kept.

use super::{Access, Method, NONE, Route, Takes, json};
use crate::api::asks::ASKED;
use crate::api::guests::GUEST_ASKED;
use crate::api::{asks, cases, disruption, exhibits, guests, keeping, older, requests, victims};

/// All of them.
pub(super) fn routes() -> Vec<Route> {
    let mut all = case_routes();
    all.extend(evidence_routes());
    all.extend(victim_routes());
    all.extend(disruption_routes());
    all.extend(keeping_routes());
    all
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
        route!(Get "/api/v1/requests/{ledger}/{seq}/counts", Person, NONE,
            "How many lines it may hit, by indicator, source and day, told without reading one; nothing leaves"
                => "{counted, days, lines, segments, segments_outside_time, uncounted_bytes, gaps}",
            requests::counts),
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
        route!(Post "/api/v1/requests/{ledger}/{seq}/holders", Person, NONE,
            "Begin looking in the assignment logs for the subscribers that are asked about; nothing leaves"
                => "{request, state, by, started_ms, scanned_bytes, total_bytes, words, found}",
            requests::start_holders),
        route!(Get "/api/v1/requests/{ledger}/{seq}/holders", Person, NONE,
            "How far that look is, and what it found: connection by connection, each candidate with how sure and on which lines"
                => "the same", requests::holders),
        route!(Delete "/api/v1/requests/{ledger}/{seq}/holders", Person, NONE,
            "Stop that look" => "the same", requests::stop_holders),
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
                  acquisition?: string, until_ms?: integer, hold?: [string], done?: boolean, left_out?: string, preview?: string, \
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
