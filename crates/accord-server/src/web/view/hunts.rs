//! Hunts of a case: asked of partners, and what became of them.

use askama::Template;

use super::case::CaseHeader;
use super::{Choice, Clock, Form, Href, Link, Shell, State, When};

/// `/cases/ID/hunts`.
#[derive(Debug, Clone, Template)]
#[template(path = "case_hunts.html")]
pub struct HuntsPage {
    /// The frame.
    pub shell: Shell,
    /// The case.
    pub case: CaseHeader,
    /// Hunts, newest first.
    pub hunts: Vec<HuntRow>,
    /// Asking one, where this person may.
    pub ask: Option<Href>,
    /// What is missing before one can be asked, in words; `None` when nothing is.
    pub blocked: Option<String>,
}

/// One hunt.
#[derive(Debug, Clone)]
pub struct HuntRow {
    /// Its id on the page; `[a-z0-9-]`.
    pub anchor: String,
    /// Its number: `H-3`.
    pub number: String,
    /// Who asked whom: `agency.example asked isp.example`.
    pub parties: String,
    /// Asked when.
    pub asked: When,
    /// What was asked: `300 indicators in dns and http, 1 to 21 November`.
    pub what: String,
    /// Why.
    pub reason: String,
    /// The instrument it stands on.
    pub instrument: String,
    /// How it stands.
    pub state: State,
    /// What was decided and under which clause, in words; may be empty.
    pub outcome: String,
    /// A deadline.
    pub clock: Option<Clock>,
    /// Where to go: the exhibit, the decision.
    pub links: Vec<Link>,
}

/// `/cases/ID/hunts/ask`.
#[derive(Debug, Clone, Template)]
#[template(path = "hunt_ask.html")]
pub struct AskHuntPage {
    /// The frame.
    pub shell: Shell,
    /// The case.
    pub case: CaseHeader,
    /// Fields: `partner`, `indicators` (one a line), `from`, `to` (UTC, `2026-11-01T00:00`), `sources` (words, may be
    /// empty: all), `reason`, `instrument`. Leads to a release preview.
    pub form: Form,
    /// Partners on the case.
    pub partners: Vec<Choice>,
    /// Instruments in force.
    pub instruments: Vec<Choice>,
    /// Indicators typed.
    pub indicators: String,
    /// Most indicators in one hunt.
    pub indicators_max: u32,
    /// From typed.
    pub from: String,
    /// To typed.
    pub to: String,
    /// Sources typed.
    pub sources: String,
    /// Reason typed.
    pub reason: String,
    /// Records an instrument, when there is none.
    pub record_instrument: Option<Href>,
    /// Back.
    pub back: Href,
}
