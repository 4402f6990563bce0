//! The exhibits of a case.

use askama::Template;

use super::case::CaseHeader;
use super::{Actor, Form, Href, Link, Mark, Shell, When};

/// `/cases/ID/evidence`.
#[derive(Debug, Clone, Template)]
#[template(path = "case_evidence.html")]
pub struct EvidencePage {
    /// The frame.
    pub shell: Shell,
    /// The case.
    pub case: CaseHeader,
    /// Exhibits, newest first.
    pub exhibits: Vec<Exhibit>,
}

/// One exhibit.
#[derive(Debug, Clone)]
pub struct Exhibit {
    /// Its id on the page; `[a-z0-9-]`.
    pub anchor: String,
    /// Its number: `ISP/1`.
    pub number: String,
    /// What it is: `214 lines from dns of isp.example`.
    pub title: String,
    /// Marking.
    pub marking: Mark,
    /// The request it answers.
    pub answers: Option<Link>,
    /// Delivered when.
    pub received: When,
    /// How much, in words: `214 lines, 38 kB`.
    pub size: String,
    /// SHA-256 of the package as hex.
    pub digest: String,
    /// How it was acquired, in words.
    pub taken: String,
    /// Who held it, first to last.
    pub custody: Vec<CustodyStep>,
    /// Where it went outside the nodes; one's own organisation's notes.
    pub outside: Vec<Outside>,
    /// Handing it on, giving it back, where this person may.
    pub hand: Vec<Link>,
    /// What the last check said.
    pub check: Check,
    /// Receives it, where this person may. Fields: none.
    pub receive: Option<Form>,
    /// Checks it again. Fields: none.
    pub verify: Option<Form>,
    /// Downloads the package, where this person may.
    pub download: Option<Href>,
}

/// A handing to somebody outside the nodes, with what followed it.
#[derive(Debug, Clone)]
pub struct Outside {
    /// The body, and the person there.
    pub to: String,
    /// Whether they have said that they have it.
    pub state: CustodyState,
    /// Handed, received, returned: when, what for, who noted it.
    pub lines: Vec<String>,
    /// Where a receipt is noted.
    pub receipt: Option<Link>,
}

/// One place in the line of custody.
#[derive(Debug, Clone)]
pub struct CustodyStep {
    /// Who held it, of which organisation.
    pub holder: Actor,
    /// What they did: `collected`, `handed over`, `received`.
    pub act: String,
    /// When; `None` when it is still to come.
    pub at: Option<When>,
    /// Whether the two sides agree on what changed hands.
    pub state: CustodyState,
}

/// How one step of custody stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CustodyState {
    /// Recorded by those concerned.
    Recorded,
    /// Handed over, not yet received.
    UnderWay,
    /// The two records differ.
    Disputed,
}

impl CustodyState {
    /// The style of the step.
    pub fn class(self) -> &'static str {
        match self {
            Self::Recorded => "recorded",
            Self::UnderWay => "under-way",
            Self::Disputed => "disputed",
        }
    }

    /// Said beside the step when it is not simply recorded.
    pub fn word(self) -> &'static str {
        match self {
            Self::Recorded => "",
            Self::UnderWay => "not yet received",
            Self::Disputed => "disputed: the two records differ",
        }
    }
}

/// The result of checking a package.
#[derive(Debug, Clone)]
pub enum Check {
    /// Not checked on this node.
    NotYet,
    /// All that was checked is in order.
    Passed {
        /// When.
        at: When,
        /// What was checked, in words.
        checked: Vec<String>,
        /// What was not checked, in words.
        not_checked: Vec<String>,
    },
    /// Something is wrong.
    Failed {
        /// When.
        at: When,
        /// What is wrong and what to do.
        problems: Vec<String>,
    },
}
