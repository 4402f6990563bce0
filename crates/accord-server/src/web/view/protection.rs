//! Protection: looking a value up, opening an audience, loading a list of values that many use.

use askama::Template;

use super::tab::Section;
use super::{Choice, Form, Href, Shell};

/// `/protection/lookup`.
#[derive(Debug, Clone, Template)]
#[template(path = "lookup.html")]
pub struct LookupPage {
    /// The frame.
    pub shell: Shell,
    /// Where the form asks, by GET. Field: `value`.
    pub action: Href,
    /// What is looked up.
    pub value: String,
    /// Why it cannot be looked up.
    pub problem: Option<String>,
    /// What was found.
    pub sections: Vec<Section>,
}

/// `/protection/audiences/new`.
#[derive(Debug, Clone, Template)]
#[template(path = "audience_new.html")]
pub struct NewAudiencePage {
    /// The frame.
    pub shell: Shell,
    /// Fields: `name`, `reach`, `dnsbl`, `rpz`, `clients`, `notify`, `edge`.
    pub form: Form,
    /// Its name.
    pub name: String,
    /// How far it reaches.
    pub reaches: Vec<Choice>,
    /// Zone of single answers.
    pub dnsbl: String,
    /// Policy zone.
    pub rpz: String,
    /// Networks that are answered, one a line.
    pub clients: String,
    /// Resolvers that are told of changes, one a line.
    pub notify: String,
    /// That edges follow it.
    pub edge: Vec<Choice>,
    /// Back.
    pub back: Href,
}

/// What is shown once: the secrets of a new audience.
#[derive(Debug, Clone, Template)]
#[template(path = "audience_secrets.html")]
pub struct AudienceSecretsPage {
    /// The frame.
    pub shell: Shell,
    /// Its name.
    pub name: String,
    /// Whether it was just opened; else one secret was made anew.
    pub is_new: bool,
    /// The token of its look-ups.
    pub token: Option<String>,
    /// The token of its edges.
    pub edge_token: Option<String>,
    /// The name of its transfer key.
    pub transfer_key: Option<String>,
    /// The secret of that key, base64.
    pub transfer_secret: Option<String>,
    /// On.
    pub back: Href,
}

/// `/protection/feeds/new` and `/protection/feeds/NAME/set`.
#[derive(Debug, Clone, Template)]
#[template(path = "feed_form.html")]
pub struct FeedFormPage {
    /// The frame.
    pub shell: Shell,
    /// Fields: `name`, `url`, `form`, `days`, `column`, `kinds`, `marking`, `confidence`, `label`, `every_minutes`, `audiences`,
    /// `gone_percent`, `terms`.
    pub form: Form,
    /// The feed that is changed; none: a new one.
    pub changed: Option<String>,
    /// Its name.
    pub name: String,
    /// Where it is.
    pub url: String,
    /// What stands there.
    pub forms: Vec<Choice>,
    /// How many days of it are read.
    pub days: String,
    /// What may be said there.
    pub days_hint: String,
    /// The column of its values.
    pub column: String,
    /// Kinds of values.
    pub kinds: Vec<Choice>,
    /// How far it may travel.
    pub markings: Vec<Choice>,
    /// How sure it is.
    pub confidence: String,
    /// The label of every value.
    pub label: String,
    /// Minutes between two pulls.
    pub every: String,
    /// How few and how many.
    pub every_hint: String,
    /// Audiences.
    pub audiences: Vec<Choice>,
    /// Percent that may be gone at once.
    pub gone: String,
    /// What that means.
    pub gone_hint: String,
    /// Who publishes it.
    pub terms: String,
    /// Back.
    pub back: Href,
}

/// `/protection/lists/load`.
#[derive(Debug, Clone, Template)]
#[template(path = "list_load.html")]
pub struct LoadListPage {
    /// The frame.
    pub shell: Shell,
    /// Fields: `name`, `text`, `file`, `replace`; multipart.
    pub form: Form,
    /// Its name.
    pub name: String,
    /// What was pasted.
    pub text: String,
    /// That it takes the place of another; none while there is no list.
    pub replace: Vec<Choice>,
    /// The lists that are loaded, each in words.
    pub known: Vec<String>,
    /// Whether it is the first.
    pub first: bool,
    /// How large a list may be.
    pub limit: String,
    /// Back.
    pub back: Href,
}
