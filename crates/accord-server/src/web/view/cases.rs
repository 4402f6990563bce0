//! The list of cases, and opening one.

use askama::Template;

use super::{Decision, Form, Href, Link, Shell, State, When};

/// `/cases`.
#[derive(Debug, Clone, Template)]
#[template(path = "cases.html")]
pub struct CasesPage {
    /// The frame.
    pub shell: Shell,
    /// The cases this person is on, last changed first.
    pub cases: Vec<CaseRow>,
    /// Opening a case, where this person may.
    pub open: Option<Href>,
    /// What to read when there are none: who can open one or name this person on one.
    pub empty_hint: String,
}

/// One case.
#[derive(Debug, Clone)]
pub struct CaseRow {
    /// Operation name and place.
    pub link: Link,
    /// The owner's reference; may be empty.
    pub reference: String,
    /// The stage.
    pub stage: State,
    /// Organisations on it, in words.
    pub parties: String,
    /// Who opened it.
    pub opened_by: String,
    /// How many things wait for this person there.
    pub waiting: u32,
    /// Last change.
    pub changed: When,
}

/// `/cases/new`.
#[derive(Debug, Clone, Template)]
#[template(path = "case_new.html")]
pub struct NewCasePage {
    /// The frame.
    pub shell: Shell,
    /// Fields: `agreement` (one of the choices' ids), `operation`, `reference`, `purpose` (one of the agreement's
    /// words).
    pub form: Form,
    /// Agreements in force.
    pub agreements: Vec<AgreementChoice>,
    /// Operation name typed.
    pub operation: String,
    /// Reference typed.
    pub reference: String,
    /// Purpose typed.
    pub purpose: String,
}

/// An agreement a case could run under.
#[derive(Debug, Clone)]
pub struct AgreementChoice {
    /// What is sent.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Whether it is chosen.
    pub chosen: bool,
    /// The parties with their kinds, in words.
    pub parties: Vec<String>,
    /// The purposes it allows.
    pub purposes: Vec<String>,
    /// Until when it is in force.
    pub until: When,
    /// What it lets flow.
    pub flows: Vec<FlowLine>,
}

/// One flow in one line.
#[derive(Debug, Clone)]
pub struct FlowLine {
    /// What: `indicators and sightings`.
    pub what: String,
    /// From and to: `both ways`, `isp.example to agency.example`.
    pub way: String,
    /// What the agreement says.
    pub decision: Decision,
    /// The clause's number.
    pub clause: String,
}
