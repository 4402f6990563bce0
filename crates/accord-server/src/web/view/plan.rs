//! The plan of a case: targets, a board by partner, go or no-go, and what was done; and one's own infrastructure.

use askama::Template;

use super::case::CaseHeader;
use super::tab::Section;
use super::{Choice, Form, Href, Link, Shell, State};

/// `/cases/ID/plan`.
#[derive(Debug, Clone, Template)]
#[template(path = "case_plan.html")]
pub struct PlanPage {
    /// The frame.
    pub shell: Shell,
    /// The case.
    pub case: CaseHeader,
    /// The plan, then a column for every partner, then the targets.
    pub sections: Vec<Section>,
    /// Go or no-go, for the approver.
    pub go: Option<GoForm>,
    /// "Is this yours?", for whoever may answer.
    pub own: Option<BulkForm>,
    /// Receipts, for the approver, once the instant has come.
    pub act: Option<BulkForm>,
    /// Looks afterwards.
    pub look: Option<BulkForm>,
    /// Lists for one's own actions; empty before the go.
    pub exports: Vec<Link>,
}

/// The word on the plan that is shown.
#[derive(Debug, Clone)]
pub struct GoForm {
    /// The form.
    pub form: Form,
    /// What the plan was when it was shown.
    pub commitment: String,
    /// Its instant.
    pub instant_ms: String,
    /// What this organisation would do, and what could go wrong, line by line.
    pub sees: Vec<String>,
    /// The words.
    pub words: Vec<Choice>,
    /// The reason.
    pub reason: String,
}

/// One answer for several targets.
#[derive(Debug, Clone)]
pub struct BulkForm {
    /// The form.
    pub form: Form,
    /// The heading.
    pub heading: String,
    /// What is asked, in a sentence.
    pub lede: String,
    /// The targets.
    pub targets: Vec<Choice>,
    /// The answers.
    pub answers: Vec<Choice>,
    /// The label of the words.
    pub label: String,
    /// The words.
    pub text: String,
    /// What the button says.
    pub button: String,
}

/// `/cases/ID/plan/write`.
#[derive(Debug, Clone, Template)]
#[template(path = "plan_write.html")]
pub struct WritePlanPage {
    /// The frame.
    pub shell: Shell,
    /// The case.
    pub case: CaseHeader,
    /// The form.
    pub form: Form,
    /// One line.
    pub title: String,
    /// The instant, UTC.
    pub instant: String,
    /// What every party reads.
    pub text: String,
    /// The targets nothing speaks against.
    pub targets: Vec<Choice>,
    /// How far it may travel.
    pub markings: Vec<Choice>,
    /// Where to go instead.
    pub back: Href,
}

/// `/cases/ID/plan/checks`.
#[derive(Debug, Clone, Template)]
#[template(path = "plan_checks.html")]
pub struct ChecksPage {
    /// The frame.
    pub shell: Shell,
    /// The case.
    pub case: CaseHeader,
    /// Fields: `ticked`, `check`, `result`, `text`. Leads to the page before it is said.
    pub form: Form,
    /// The checks that targets lack, each with how many.
    pub missing: Vec<Link>,
    /// The checks, as the columns are called.
    pub columns: Vec<String>,
    /// The targets.
    pub rows: Vec<CheckRow>,
    /// What can have been looked at.
    pub checks: Vec<Choice>,
    /// What can have been found.
    pub results: Vec<Choice>,
    /// How it is known.
    pub text: String,
    /// Back.
    pub back: Href,
}

/// A target in the table of checks.
#[derive(Debug, Clone)]
pub struct CheckRow {
    /// Its tick.
    pub tick: Choice,
    /// How it stands.
    pub state: State,
    /// Whether it stands on this node's lists, in words.
    pub listed: String,
    /// What each check found, in the order of the columns.
    pub found: Vec<String>,
}

impl CheckRow {
    /// What was found, with the name of its column.
    fn cells<'a>(&'a self, columns: &'a [String]) -> impl Iterator<Item = (&'a String, &'a String)> {
        columns.iter().zip(&self.found)
    }
}

/// `/own-infrastructure`.
#[derive(Debug, Clone, Template)]
#[template(path = "own_infrastructure.html")]
pub struct OwnPage {
    /// The frame.
    pub shell: Shell,
    /// The list.
    pub sections: Vec<Section>,
    /// The form for one more.
    pub add: Form,
    /// What it may be.
    pub kinds: Vec<Choice>,
    /// Its value.
    pub value: String,
    /// What it is for.
    pub description: String,
    /// The form that takes one off.
    pub remove: Form,
    /// What can be taken off.
    pub items: Vec<Choice>,
}
