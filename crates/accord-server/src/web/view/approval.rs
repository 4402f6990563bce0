//! One decision: request, authority, clause, preview, what leaves; approve, narrow or refuse.

use askama::Template;

use super::{Actor, Choice, Clock, Form, Href, Link, Mark, Pair, Shell, State, When};

/// `/approvals/ID`.
#[derive(Debug, Clone, Template)]
#[template(path = "approval.html")]
pub struct ApprovalPage {
    /// The frame.
    pub shell: Shell,
    /// `H-3`.
    pub number: String,
    /// What it is: `Hunt in our logs for Operation Heather`.
    pub title: String,
    /// Marking of the request.
    pub marking: Mark,
    /// A deadline.
    pub clock: Option<Clock>,
    /// The request.
    pub request: RequestView,
    /// What it stands on.
    pub authority: AuthorityView,
    /// What the agreement says.
    pub clause: ClauseView,
    /// Other ways to answer, and taking a yes back.
    pub others: Vec<Link>,
    /// How the preview and the decision stand.
    pub state: ApprovalState,
}

/// What is asked.
#[derive(Debug, Clone)]
pub struct RequestView {
    /// Who asks.
    pub asker: Actor,
    /// When.
    pub asked: When,
    /// Why, in the asker's words.
    pub reason: String,
    /// From, to, sources and so on, as asked.
    pub facts: Vec<Pair>,
    /// The indicators asked for, the first ones.
    pub indicators: Vec<String>,
    /// How many there are in all.
    pub indicators_total: u32,
    /// The case.
    pub case: Option<Link>,
}

/// The legal instrument behind a request.
#[derive(Debug, Clone)]
pub struct AuthorityView {
    /// Reference, power, issuer, scope, period.
    pub facts: Vec<Pair>,
    /// `in force until ...`, `expired`, `none given`.
    pub state: State,
    /// The number this node already holds for the asker, if it holds one. Never one out of the request.
    pub call_back: Option<String>,
}

/// The clause that decides.
#[derive(Debug, Clone)]
pub struct ClauseView {
    /// Its number.
    pub number: String,
    /// Its words.
    pub text: String,
    /// Where it stands.
    pub href: Option<Href>,
    /// What it asks: `One approver of isp.example, who is not the asker.`
    pub requires: String,
    /// Duties the answer carries.
    pub duties: Vec<String>,
}

/// How the decision stands.
#[derive(Debug, Clone)]
pub enum ApprovalState {
    /// No preview yet.
    NoPreview {
        /// What is known without looking; absent where it may not be told.
        counts: Option<Box<CountsView>>,
        /// Starts it. Fields: none.
        start: Form,
        /// Refuses without looking.
        refuse: Box<RefuseForm>,
    },
    /// The preview runs.
    Running {
        /// Done so far, 0 to 100.
        percent: u8,
        /// In words: `3 of 11 segments, 1.2 GB read`.
        progress: String,
        /// Stops it. Fields: none.
        cancel: Form,
        /// This page again, for the button and for the enhanced page.
        refresh: Href,
    },
    /// The preview is there.
    Ready(Box<Preview>),
    /// The request, the logs or the agreement changed since the preview.
    OutOfDate {
        /// What changed.
        why: String,
        /// Starts it again. Fields: none.
        start: Form,
        /// Refuses.
        refuse: Box<RefuseForm>,
    },
    /// Decided already.
    Decided {
        /// Who, when.
        by: Actor,
        /// When, where it is known.
        at: Option<When>,
        /// Approved, narrowed, refused, withdrawn.
        state: State,
        /// The decision in words, with its clause.
        text: String,
        /// The exhibit, the note.
        links: Vec<Link>,
    },
}

/// What is known before anybody looks.
#[derive(Debug, Clone)]
pub struct CountsView {
    /// How many lines, in words.
    pub lines: String,
    /// By indicator and source, the most lines first.
    pub rows: Vec<CountRow>,
    /// How many rows are not shown, in words.
    pub more: Option<String>,
    /// Lines a day.
    pub spark: super::Spark,
    /// Why it may be more, in words.
    pub gaps: Vec<String>,
}

/// One indicator in one source.
#[derive(Debug, Clone)]
pub struct CountRow {
    /// The indicator.
    pub indicator: String,
    /// The source.
    pub source: String,
    /// Lines, in words.
    pub lines: String,
}

/// Refusing.
#[derive(Debug, Clone)]
pub struct RefuseForm {
    /// Fields: `reason`, `clause`.
    pub form: Form,
    /// Reason typed.
    pub reason: String,
    /// Clauses to name.
    pub clauses: Vec<Choice>,
}

/// What the approver alone sees before deciding.
#[derive(Debug, Clone)]
pub struct Preview {
    /// Made when.
    pub made: When,
    /// Binds the decision to what is shown.
    pub commitment: String,
    /// Lines found, all sources.
    pub lines: String,
    /// Customers touched.
    pub customers: String,
    /// Earliest to latest line, in words.
    pub range: String,
    /// Lines a day.
    pub spark: super::Spark,
    /// Lines that match and are not, or not surely, what was asked for, in words.
    pub beside: Vec<String>,
    /// Whether nothing is left to approve, and what to do then.
    pub nothing: Option<&'static str>,
    /// Whether nothing was found at all, which can be said as the answer: by [`Self::decide`] with `act` `nothing`.
    pub may_say_nothing: bool,
    /// By source.
    pub sources: Vec<SourceCount>,
    /// The first lines.
    pub first_lines: Vec<PreviewLine>,
    /// Whether this is already narrowed below what was asked.
    pub narrowed: bool,
    /// What will leave, in words.
    pub leaves: Vec<String>,
    /// What stays.
    pub stays: Vec<String>,
    /// To whom.
    pub recipient: String,
    /// Whether it can be undone, in words.
    pub undo: String,
    /// Narrows and decides. Fields: `commitment`, `sources` (repeated), `indicators` (repeated), `drop_customers`
    /// (repeated), `from`, `to` (UTC, `2026-11-01T00:00`), `max_lines`, `word`, `act` (`preview`, `approve`, `narrow`,
    /// `nothing`).
    /// With `preview` the page comes back with the narrowed preview; `approve` and `narrow` decide on exactly the
    /// preview of `commitment`. If the limits sent differ from that preview's, the receiver must not decide but show
    /// the preview with those limits: nobody may approve more than what they ticked.
    pub decide: Form,
    /// Indicators with how often each was found.
    pub indicators: Vec<Choice>,
    /// Customers, by a label that names nobody, with how many lines each; chosen means dropped.
    pub drop_customers: Vec<Choice>,
    /// From, as it stands.
    pub from: String,
    /// To, as it stands.
    pub to: String,
    /// Most lines to send; empty: all.
    pub max_lines: String,
    /// A word to the asker, typed.
    pub reason: String,
    /// Refuses.
    pub refuse: RefuseForm,
}

/// Lines found in one source.
#[derive(Debug, Clone)]
pub struct SourceCount {
    /// What is sent.
    pub value: String,
    /// Its name.
    pub name: String,
    /// Lines, in words.
    pub lines: String,
    /// Share of the most, 0 to 100, for the bar.
    pub share: u8,
    /// Customers touched.
    pub customers: String,
    /// Whether it is included.
    pub chosen: bool,
}

/// One line with its hits marked.
#[derive(Debug, Clone)]
pub struct PreviewLine {
    /// Source and line number: `dns.log:17`.
    pub place: String,
    /// The line in pieces.
    pub parts: Vec<LinePart>,
}

/// A piece of a line.
#[derive(Debug, Clone)]
pub struct LinePart {
    /// The text.
    pub text: String,
    /// Whether it is what was looked for.
    pub hit: bool,
}
