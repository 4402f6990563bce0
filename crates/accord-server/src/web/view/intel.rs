//! Bringing material in, reviewing a draft, and intelligence across cases.

use askama::Template;

use super::tab::Section;
use super::{Choice, Form, Href, Link, Mark, Pair, Shell};

/// `/import`.
#[derive(Debug, Clone, Template)]
#[template(path = "import.html")]
pub struct ImportPage {
    /// The frame.
    pub shell: Shell,
    /// Fields: `case`, `text`, `file`. Multipart.
    pub form: Form,
    /// The cases it may be for.
    pub cases: Vec<Choice>,
    /// What was pasted.
    pub text: String,
    /// The largest file, in words.
    pub limit: String,
    /// The person's drafts.
    pub sections: Vec<Section>,
}

/// `/import/DRAFT`.
#[derive(Debug, Clone, Template)]
#[template(path = "import_review.html")]
pub struct ReviewPage {
    /// The frame.
    pub shell: Shell,
    /// What the material is called.
    pub name: String,
    /// The marking it carries.
    pub marking: Option<Mark>,
    /// What it is, as facts.
    pub facts: Vec<Pair>,
    /// What could not be read: where, and why.
    pub unread: Vec<Pair>,
    /// How much more could not be; may be empty.
    pub unread_more: String,
    /// Fields: `tick` (values ticked among those shown), `shown` (each value shown), and those below. Its buttons send
    /// `do`.
    pub form: Form,
    /// The values on this page.
    pub values: Vec<Value>,
    /// Which of how many: `1 to 100 of 214, 180 ticked`.
    pub range: String,
    /// Other pages of values: number and words; each a button that saves first.
    pub pages: Vec<Choice>,
    /// The cases it may be for.
    pub cases: Vec<Choice>,
    /// Its title.
    pub title: String,
    /// Markings.
    pub markings: Vec<Choice>,
    /// Why it may travel further than the material says.
    pub looser: String,
    /// The parties it may be meant for.
    pub recipients: Vec<Choice>,
    /// Where it comes from.
    pub from: String,
    /// `protected`.
    pub protected: Vec<Choice>,
    /// Labels, separated by commas.
    pub labels: String,
    /// ATT&CK techniques, separated by spaces.
    pub techniques: String,
    /// 0 to 100.
    pub confidence: String,
    /// Until when, UTC.
    pub until: String,
    /// What should happen.
    pub wishes: Vec<Choice>,
    /// The gradings: name, label and choices.
    pub gradings: Vec<(String, String, Vec<Choice>)>,
    /// The conditions of handling code C.
    pub conditions: String,
    /// `report`: whether to publish one.
    pub report_on: Vec<Choice>,
    /// Its text.
    pub report: String,
    /// That values were seen in one mail; none where that cannot be said.
    pub link: Vec<Choice>,
    /// What to attach.
    pub files: Vec<Choice>,
    /// As what the material is attached.
    pub natures: Vec<Choice>,
    /// Throws the draft away.
    pub throw_away: Form,
    /// Back to the drafts.
    pub back: Href,
}

/// A value of a draft.
#[derive(Debug, Clone)]
pub struct Value {
    /// Its number.
    pub number: String,
    /// Whether it is ticked.
    pub ticked: bool,
    /// What it is.
    pub kind: String,
    /// The value.
    pub value: String,
    /// What the material calls it.
    pub labels: String,
    /// Where it stands, and how often.
    pub places: String,
    /// Why it is not ticked of itself; empty where it is.
    pub why: String,
    /// Whether it needs a second person.
    pub second: bool,
    /// Cases that publish it already.
    pub known: Vec<Link>,
}

/// `/intel`.
#[derive(Debug, Clone, Template)]
#[template(path = "intel.html")]
pub struct IntelPage {
    /// The frame.
    pub shell: Shell,
    /// Where the filter goes, by GET.
    pub action: Href,
    /// The form of the fields; it sends nothing but the filter.
    pub form: Form,
    /// `q`.
    pub text: String,
    /// `kind`.
    pub kinds: Vec<Choice>,
    /// `case`.
    pub cases: Vec<Choice>,
    /// `org`.
    pub org: String,
    /// The items.
    pub sections: Vec<Section>,
    /// The next page.
    pub next: Option<Href>,
}
