//! What every page has, and the small pieces that pages are made of: times, markings, people, clocks, links.
//!
//! The pieces are templates themselves, so that a time or a marking looks the same wherever it stands.

use accord_model::Tlp;
use askama::Template;
use askama::filters::HtmlSafe;

use super::{Form, Href};

/// The frame of a page: header, navigation, footer.
#[derive(Debug, Clone)]
pub struct Shell {
    /// This node's organisation, `isp.example`.
    pub organisation: String,
    /// Its kind in words, `internet service provider`.
    pub kind: String,
    /// This node's address or name, for the footer.
    pub node: String,
    /// The version of the program, for the footer.
    pub version: String,
    /// Who is signed in; `None` before signing in.
    pub person: Option<SignedIn>,
    /// Whether the search box exists on this node.
    pub search: bool,
    /// The navigation this person has, in order.
    pub nav: Vec<NavItem>,
    /// What was just done, shown once at the top.
    pub done: Option<Done>,
    /// Whether the page's address is a secret of whoever has it: no request carries it further, and whoever reads it
    /// has no account here.
    pub by_link: bool,
}

/// The person signed in.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// Name.
    pub name: String,
    /// Roles in words, `approver, signatory`.
    pub roles: String,
    /// Their own account.
    pub account: Href,
    /// Signs out. Fields: none.
    pub sign_out: Form,
}

/// One item of the navigation.
#[derive(Debug, Clone)]
pub struct NavItem {
    /// Its word: Inbox, Cases, Agreements, Logs, People, Peers, Audit.
    pub label: String,
    /// Where it leads.
    pub href: Href,
    /// Whether the page stands in this part.
    pub current: bool,
    /// What waits there; 0 shows nothing.
    pub waiting: u32,
}

/// What was just done, with the reference of the note that records it.
#[derive(Debug, Clone)]
pub struct Done {
    /// In words: `Shared with isp.example under clause 3.1.`
    pub text: String,
    /// The note's reference, with its place.
    pub reference: Option<Link>,
}

/// A link with its words.
#[derive(Debug, Clone, Template)]
#[template(ext = "html", source = "<a href=\"{{ href }}\">{{ label }}</a>")]
pub struct Link {
    /// The words.
    pub label: String,
    /// The address.
    pub href: Href,
}

/// An instant: in the reader's zone, with UTC on hover and in print.
#[derive(Debug, Clone, Template)]
#[template(
    ext = "html",
    source = "<time datetime=\"{{ iso }}\" title=\"{{ iso }}\">{{ shown }}</time>"
)]
pub struct When {
    /// Milliseconds since the Unix epoch, UTC.
    pub utc_ms: i64,
    /// As the reader sees it, in the reader's zone: `22 Nov 2026, 14:02`.
    pub shown: String,
    /// RFC 3339 in UTC: `2026-11-22T14:02:00Z`.
    pub iso: String,
}

/// A TLP 2.0 marking: the word, in FIRST's colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Template)]
#[template(
    ext = "html",
    source = "<span class=\"tlp {{ self.class() }}\">{{ self.0.as_str() }}</span>"
)]
pub struct Mark(pub Tlp);

impl Mark {
    fn class(self) -> &'static str {
        match self.0 {
            Tlp::Clear => "tlp-clear",
            Tlp::Green => "tlp-green",
            Tlp::Amber | Tlp::AmberStrict => "tlp-amber",
            Tlp::Red => "tlp-red",
        }
    }
}

/// Who said or did something.
#[derive(Debug, Clone, Template)]
#[template(
    ext = "html",
    source = "<span class=\"actor\"><b>{{ organisation }}</b>{% if let Some(p) = person %} <span class=\"who\">{{ p }}</span>{% endif %}</span>"
)]
pub struct Actor {
    /// The organisation: `isp.example`; for a secondee `HOME, seconded to HOST`.
    pub organisation: String,
    /// The person's name and role, when known here.
    pub person: Option<String>,
}

/// A clock that runs.
#[derive(Debug, Clone)]
pub struct Clock {
    /// What is due: `Production order PO-7: answer due`.
    pub label: String,
    /// What remains, in words: `6 d 04 h left`, `2 h over`.
    pub left: String,
    /// The deadline.
    pub deadline: When,
    /// How pressing.
    pub state: ClockState,
}

/// How pressing a clock is. The words say it too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockState {
    /// Time enough.
    Running,
    /// Due soon.
    Soon,
    /// Past its deadline.
    Over,
}

impl ClockState {
    /// The style of the clock.
    pub fn class(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Soon => "soon",
            Self::Over => "over",
        }
    }
}

/// What the agreement says of one flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Template)]
#[template(
    ext = "html",
    source = "<span class=\"decision {{ self.word() }}\">{{ self.word() }}</span>"
)]
pub enum Decision {
    /// Flows.
    Yes,
    /// Flows once the named approval is there.
    Ask,
    /// Does not flow.
    No,
}

impl Decision {
    /// The word on the page; it is also the style.
    pub fn word(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::Ask => "ask",
            Self::No => "no",
        }
    }
}

/// How something stands: a word with a tone. The word carries the meaning, the tone only helps the eye.
#[derive(Debug, Clone, Template)]
#[template(
    ext = "html",
    source = "<span class=\"state {{ tone.class() }}\">{{ word }}</span>"
)]
pub struct State {
    /// The word: `in force`, `waiting for isp.example`.
    pub word: String,
    /// The tone.
    pub tone: Tone,
}

/// The tone of a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Nothing to do.
    Quiet,
    /// Somebody is waited for.
    Waiting,
    /// Done, in order.
    Good,
    /// Refused, failed, over.
    Bad,
}

impl Tone {
    /// The style of the tone.
    pub fn class(self) -> &'static str {
        match self {
            Self::Quiet => "quiet",
            Self::Waiting => "waiting",
            Self::Good => "good",
            Self::Bad => "bad",
        }
    }
}

/// A named value in a list of facts about one thing.
#[derive(Debug, Clone)]
pub struct Pair {
    /// The name: `Reference`.
    pub name: String,
    /// The value: `PO-7`.
    pub value: String,
}

/// A small series of counts, drawn as bars beside the number it belongs to.
#[derive(Debug, Clone, Template)]
#[template(
    ext = "html",
    source = "<svg class=\"spark\" viewBox=\"0 0 {{ self.width() }} 24\" role=\"img\" aria-label=\"{{ label }}\" preserveAspectRatio=\"none\">{% for (x, y, h) in self.bars() %}<rect x=\"{{ x }}\" y=\"{{ y }}\" width=\"5\" height=\"{{ h }}\"/>{% endfor %}</svg>"
)]
pub struct Spark {
    /// What the bars say, in words, for those who cannot see them: `lines a day, 16 to 22 November, most 41,204`.
    pub label: String,
    /// The counts, oldest first. At most [`Spark::BARS_MAX`] are drawn, the newest.
    pub counts: Vec<u64>,
}

impl Spark {
    /// Most bars drawn.
    pub const BARS_MAX: usize = 60;

    fn shown(&self) -> impl Iterator<Item = u64> {
        self.counts
            .iter()
            .copied()
            .skip(self.counts.len().saturating_sub(Self::BARS_MAX))
    }

    fn width(&self) -> usize {
        self.shown().count().max(1) * 7
    }

    /// Left, top and height of each bar in a box 24 high; a count above nought is never invisible.
    fn bars(&self) -> Vec<(usize, u64, u64)> {
        let most = u128::from(self.shown().max().unwrap_or(0).max(1));
        let height = |count: u64| match count {
            0 => 1,
            _ => u64::try_from(u128::from(count) * 22 / most).unwrap_or(22).max(2),
        };
        self.shown()
            .enumerate()
            .map(|(i, count)| (i * 7, 24 - height(count), height(count)))
            .collect()
    }
}

impl HtmlSafe for Link {}
impl HtmlSafe for When {}
impl HtmlSafe for Mark {}
impl HtmlSafe for Actor {}
impl HtmlSafe for Decision {}
impl HtmlSafe for State {}
impl HtmlSafe for Spark {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_at_the_limit_and_one_past_it() {
        let spark = |n| Spark {
            label: "n".to_owned(),
            counts: (0..n).collect(),
        };
        assert_eq!(spark(60).bars().len(), 60);
        assert_eq!(spark(61).bars().len(), 60);
        assert_eq!(spark(0).bars(), []);
        assert_eq!(
            Spark {
                label: String::new(),
                counts: vec![0, 1, u64::MAX]
            }
            .bars(),
            [(0, 23, 1), (7, 22, 2), (14, 2, 22)]
        );
    }
}
