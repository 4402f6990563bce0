//! A case: its header, its timeline, its stage.

use askama::Template;

use super::{Actor, Choice, Clock, Form, Href, Link, Mark, Pair, Shell, When};

/// The head of every page of a case.
#[derive(Debug, Clone)]
pub struct CaseHeader {
    /// Operation name, `Heather`; the page writes "Operation" before it.
    pub operation: String,
    /// The owner's reference; may be empty.
    pub reference: String,
    /// The case's marking, where it has one.
    pub marking: Option<Mark>,
    /// The stages in order.
    pub stages: Vec<Stage>,
    /// The three tracks: pursue, disrupt, protect, each with its words. Empty ones are left out.
    pub tracks: Vec<Pair>,
    /// Who holds the pen.
    pub pen: String,
    /// The agreement the case runs under.
    pub agreement: Link,
    /// The clocks that run.
    pub clocks: Vec<Clock>,
    /// The tabs this person has: Timeline, Team, Evidence, Hunts, Instruments.
    pub tabs: Vec<Tab>,
    /// Moving the stage, where this person holds the pen.
    pub step: Option<Href>,
}

/// One stage.
#[derive(Debug, Clone)]
pub struct Stage {
    /// Its word.
    pub label: String,
    /// Where the case stands to it.
    pub state: StageState,
}

/// Where the case stands to a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StageState {
    /// Passed.
    Past,
    /// The case is here.
    Now,
    /// Not yet.
    Ahead,
}

impl StageState {
    /// The style of the step.
    pub fn class(self) -> &'static str {
        match self {
            Self::Past => "past",
            Self::Now => "now",
            Self::Ahead => "ahead",
        }
    }

    /// The word for those who cannot see the line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Past => "passed",
            Self::Now => "now",
            Self::Ahead => "not yet",
        }
    }
}

/// One tab of a case.
#[derive(Debug, Clone)]
pub struct Tab {
    /// Its word.
    pub label: String,
    /// Its address.
    pub href: Href,
    /// How many things are there; `None` shows nothing.
    pub count: Option<u32>,
    /// Whether it is open.
    pub current: bool,
}

/// `/cases/ID/timeline`.
#[derive(Debug, Clone, Template)]
#[template(path = "case_timeline.html")]
pub struct TimelinePage {
    /// The frame.
    pub shell: Shell,
    /// The case.
    pub case: CaseHeader,
    /// Days, newest first.
    pub days: Vec<Day>,
    /// What else this person may write.
    pub write: Vec<Link>,
    /// Writing a note, where this person may.
    pub composer: Option<Composer>,
    /// Older days.
    pub older: Option<Href>,
}

/// One day of the timeline.
#[derive(Debug, Clone)]
pub struct Day {
    /// `Today`, `Yesterday`, `Thursday 19 November 2026`.
    pub label: String,
    /// `2026-11-22`.
    pub date: String,
    /// What happened, newest first.
    pub items: Vec<TimelineItem>,
}

/// One line of the timeline.
#[derive(Debug, Clone)]
pub enum TimelineItem {
    /// Something said or done.
    Fact(Box<Fact>),
    /// Something another organisation keeps from us. Nothing more may be told.
    Withheld {
        /// How many.
        count: u32,
        /// By whom.
        organisation: String,
    },
}

/// Something said or done.
#[derive(Debug, Clone)]
pub struct Fact {
    /// Its id on the page, for links; `[a-z0-9-]`.
    pub anchor: String,
    /// When; shown as the time of day.
    pub at: When,
    /// Who.
    pub actor: Actor,
    /// What, in words.
    pub text: String,
    /// More lines, the note's own words among them.
    pub detail: Vec<String>,
    /// Its marking; control notes carry none.
    pub marking: Option<Mark>,
    /// Who else can read it: `all parties`, `us only`, `isp.example`.
    pub shared_with: String,
    /// Where to go from here.
    pub links: Vec<Link>,
}

/// The note composer.
#[derive(Debug, Clone)]
pub struct Composer {
    /// Fields: `title`, `text`, `marking`. Leads to a release preview.
    pub form: Form,
    /// Title typed.
    pub title: String,
    /// What is written so far.
    pub text: String,
    /// Markings to choose from.
    pub markings: Vec<Choice>,
}

/// `/cases/ID/stage`: the stage's step.
#[derive(Debug, Clone, Template)]
#[template(path = "case_stage.html")]
pub struct StagePage {
    /// The frame.
    pub shell: Shell,
    /// The case.
    pub case: CaseHeader,
    /// Fields: `stage`, `reason` (needed for a step back or aside).
    pub form: Form,
    /// The steps allowed from here.
    pub steps: Vec<Choice>,
    /// Reason typed.
    pub reason: String,
    /// Who will see the step.
    pub seen_by: String,
    /// Back to the case.
    pub back: Href,
}
