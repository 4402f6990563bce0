//! Agreements: words clause by clause, who may send what to whom, signatures.

use askama::Template;

use super::{Choice, Decision, Form, Href, Link, Pair, Shell, State};

/// `/agreements`.
#[derive(Debug, Clone, Template)]
#[template(path = "agreements.html")]
pub struct AgreementsPage {
    /// The frame.
    pub shell: Shell,
    /// Agreements, those in force first.
    pub agreements: Vec<AgreementRow>,
    /// Proposing one, where this person may.
    pub propose: Option<Href>,
}

/// One agreement.
#[derive(Debug, Clone)]
pub struct AgreementRow {
    /// Title and place.
    pub link: Link,
    /// Kind in words: `agency with ISP`.
    pub kind: String,
    /// Parties in words.
    pub parties: String,
    /// The term in words.
    pub term: String,
    /// How it stands.
    pub state: State,
}

/// `/agreements/ID`.
#[derive(Debug, Clone, Template)]
#[template(path = "agreement.html")]
pub struct AgreementPage {
    /// The frame.
    pub shell: Shell,
    /// Title.
    pub title: String,
    /// How it stands.
    pub state: State,
    /// Kind, term, gateway, purposes, retention, contacts.
    pub facts: Vec<Pair>,
    /// SHA-256 of the canonical bytes as hex.
    pub digest: String,
    /// Parties and their signatures.
    pub signatures: Vec<Signature>,
    /// The clauses in order.
    pub clauses: Vec<Clause>,
    /// The version that this one replaces, and what differs.
    pub amends: Option<Amendment>,
    /// Who may send what to whom, pair by pair.
    pub matrix: Vec<FlowPair>,
    /// The name of the ceiling the matrix speaks of: `TLP:AMBER+STRICT`.
    pub ceiling: String,
    /// Signing it, where this person may.
    pub sign: Option<Href>,
    /// Refusing it, where this person may: leads to a page that says what will happen.
    pub refuse: Option<Href>,
    /// Ending it, where this person may: leads to a page that says what will happen.
    pub terminate: Option<Href>,
    /// Our own approvers named under it.
    pub approvers: Vec<String>,
    /// Naming one, where this person may.
    pub name_approver: Option<NameApprover>,
    /// Downloads: the agreement's bytes, the signed prose.
    pub downloads: Vec<Link>,
}

/// What a version changes in the one that it replaces.
#[derive(Debug, Clone)]
pub struct Amendment {
    /// The version that it replaces; without one that this node knows, only its digest.
    pub earlier: Result<Link, String>,
    /// What differs: flows, then clauses, then terms.
    pub changes: Vec<Changed>,
}

/// One thing that differs.
#[derive(Debug, Clone)]
pub struct Changed {
    /// What.
    pub subject: String,
    /// As it was; empty: it was not there.
    pub before: String,
    /// As it will be; empty: it goes.
    pub after: String,
}

/// Naming an approver.
#[derive(Debug, Clone)]
pub struct NameApprover {
    /// Fields: `person`.
    pub form: Form,
    /// Our own people with the role.
    pub people: Vec<Choice>,
}

/// One party's signature.
#[derive(Debug, Clone)]
pub struct Signature {
    /// The party.
    pub organisation: String,
    /// Its kind in words.
    pub kind: String,
    /// `signed`, `missing`, `refused`.
    pub state: State,
    /// Its identity key, as the agreement names it.
    pub fingerprint: String,
}

/// One clause.
#[derive(Debug, Clone)]
pub struct Clause {
    /// Its id on the page; `[a-z0-9-]`.
    pub anchor: String,
    /// Its number.
    pub number: String,
    /// Its words.
    pub text: String,
    /// Duties it adds.
    pub duties: Vec<String>,
    /// The rule as the machine reads it, for the few.
    pub rule: String,
}

/// The flows between two parties, both ways.
#[derive(Debug, Clone)]
pub struct FlowPair {
    /// One party.
    pub left: String,
    /// The other.
    pub right: String,
    /// The categories.
    pub rows: Vec<FlowRow>,
}

/// One category between two parties.
#[derive(Debug, Clone)]
pub struct FlowRow {
    /// The category in plain words: `log evidence`.
    pub category: String,
    /// Left to right.
    pub there: FlowCell,
    /// Right to left.
    pub back: FlowCell,
}

/// What the agreement says of one category in one direction.
#[derive(Debug, Clone)]
pub struct FlowCell {
    /// Up to the ceiling.
    pub decision: Decision,
    /// The clause's number.
    pub clause: String,
    /// Where the clause stands.
    pub href: Option<Href>,
    /// Above the ceiling, when it differs: decision and clause.
    pub above: Option<(Decision, String)>,
}

/// `/agreements/ID/sign`.
#[derive(Debug, Clone, Template)]
#[template(path = "agreement_sign.html")]
pub struct SignAgreementPage {
    /// The frame.
    pub shell: Shell,
    /// Title of the agreement.
    pub title: String,
    /// SHA-256 of the canonical bytes as hex.
    pub digest: String,
    /// The command to run where the offline key is kept.
    pub command: String,
    /// Downloads the bytes to sign.
    pub download: Href,
    /// Fields: `signature`.
    pub form: Form,
    /// Signature typed.
    pub signature: String,
    /// What signing does, in words.
    pub effects: Vec<String>,
    /// Back.
    pub back: Href,
}

/// `/agreements/new`.
#[derive(Debug, Clone, Template)]
#[template(path = "agreement_new.html")]
pub struct ProposeAgreementPage {
    /// The frame.
    pub shell: Shell,
    /// Fields: `title`, `reference`, `template`, `parties` (repeated), `from`, `to` (dates), `gateway`, `contact`,
    /// `prose_name`, `prose_sha256`, `prevails` (`none`, `prose`, `rules`), `amends` (`none` or a digest).
    /// Leads to a page that shows the words and the matrix.
    pub form: Form,
    /// Title typed.
    pub title: String,
    /// Reference typed.
    pub reference: String,
    /// Templates.
    pub templates: Vec<Choice>,
    /// Organisations this node knows.
    pub parties: Vec<Choice>,
    /// First day typed, `2026-11-22`.
    pub from: String,
    /// Last day typed.
    pub to: String,
    /// Legal gateway typed.
    pub gateway: String,
    /// Contact typed.
    pub contact: String,
    /// The signed document's file name, typed.
    pub prose_name: String,
    /// Its digest, typed.
    pub prose_sha256: String,
    /// Which prevails.
    pub prevails: Vec<Choice>,
    /// The agreements that this one can replace; none: no choice is offered.
    pub amends: Vec<Choice>,
    /// Back.
    pub back: Href,
}
