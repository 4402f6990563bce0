//! Legal instruments of a case.

use askama::Template;

use super::case::CaseHeader;
use super::{Choice, Form, Href, Shell, State, When};

/// `/cases/ID/instruments`.
#[derive(Debug, Clone, Template)]
#[template(path = "case_instruments.html")]
pub struct InstrumentsPage {
    /// The frame.
    pub shell: Shell,
    /// The case.
    pub case: CaseHeader,
    /// Instruments, those in force first.
    pub instruments: Vec<InstrumentRow>,
    /// Recording one, where this person may.
    pub record: Option<Href>,
}

/// One instrument.
#[derive(Debug, Clone)]
pub struct InstrumentRow {
    /// Its id on the page; `[a-z0-9-]`.
    pub anchor: String,
    /// Its reference: `PO-7`.
    pub reference: String,
    /// Who issued it.
    pub authority: String,
    /// Under which power.
    pub power: String,
    /// What it covers.
    pub scope: String,
    /// Whom it addresses.
    pub addressee: String,
    /// Which organisation recorded it.
    pub recorded_by: String,
    /// In force from.
    pub from: When,
    /// In force to.
    pub to: When,
    /// How it stands.
    pub state: State,
    /// What was asked under it, in words.
    pub used: String,
}

/// `/cases/ID/instruments/record`.
#[derive(Debug, Clone, Template)]
#[template(path = "instrument_record.html")]
pub struct RecordInstrumentPage {
    /// The frame.
    pub shell: Shell,
    /// The case.
    pub case: CaseHeader,
    /// Fields: `reference`, `authority`, `power`, `categories` (repeated), `scope`, `addressee`, `from`, `to` (UTC, `2026-11-01T00:00`).
    pub form: Form,
    /// Reference typed.
    pub reference: String,
    /// Authority typed.
    pub authority: String,
    /// Power typed.
    pub power: String,
    /// Scope typed.
    pub scope: String,
    /// What it can cover.
    pub categories: Vec<Choice>,
    /// Organisations it can address.
    pub addressees: Vec<Choice>,
    /// From typed.
    pub from: String,
    /// To typed.
    pub to: String,
    /// Who will read it: all parties of the case.
    pub seen_by: String,
    /// Back.
    pub back: Href,
}
