//! The people of this node.

use askama::Template;

use super::{Choice, Form, Href, Pair, Shell, State};

/// `/people`.
#[derive(Debug, Clone, Template)]
#[template(path = "people.html")]
pub struct PeoplePage {
    /// The frame.
    pub shell: Shell,
    /// Roles that wait for a signatory.
    pub pending: Vec<PendingRole>,
    /// Resets that wait for a signatory.
    pub resets: Vec<PendingReset>,
    /// People by name.
    pub people: Vec<PersonRow>,
    /// Adding one, where this person may.
    pub add: Option<Href>,
}

/// A role given by an operator that a signatory has to confirm.
#[derive(Debug, Clone)]
pub struct PendingRole {
    /// Who gets it.
    pub person: String,
    /// Which, in words.
    pub role: String,
    /// What it lets them do, in words.
    pub may: String,
    /// Confirms, where this person is a signatory other than the asker. Fields: none.
    pub confirm: Option<Form>,
}

/// A reset asked for by an operator that a signatory has to confirm.
#[derive(Debug, Clone)]
pub struct PendingReset {
    /// Whose.
    pub person: String,
    /// `password` or `second factor`.
    pub what: String,
    /// What happens once it is confirmed.
    pub effect: String,
    /// Confirms, where this person is a signatory, not the asker and not the person. Fields: none.
    pub confirm: Option<Form>,
}

/// `/people/ID`, for the operator.
#[derive(Debug, Clone, Template)]
#[template(path = "person.html")]
pub struct PersonPage {
    /// The frame.
    pub shell: Shell,
    /// Name.
    pub name: String,
    /// How the account stands.
    pub state: State,
    /// Login, second factor, what waits.
    pub facts: Vec<Pair>,
    /// Whether the account is closed: then nothing is offered.
    pub closed: bool,
    /// Roles, those that wait too.
    pub roles: Vec<HeldRole>,
    /// Roles that could be asked for.
    pub choices: Vec<Choice>,
    /// Asks for them. Fields: `roles` (repeated).
    pub ask: Form,
    /// Asks for a reset. Fields: `password`.
    pub password: Form,
    /// The page before a reset of the one-time code.
    pub reset_code: Href,
    /// The page before every session ends.
    pub end_sessions: Href,
    /// The page before the account is closed.
    pub close: Href,
    /// Back.
    pub back: Href,
}

/// A role of a person.
#[derive(Debug, Clone)]
pub struct HeldRole {
    /// In words.
    pub name: String,
    /// Whether it waits for a signatory.
    pub waits: bool,
    /// The page before it is taken away.
    pub withdraw: Href,
}

/// One person.
#[derive(Debug, Clone)]
pub struct PersonRow {
    /// Name.
    pub name: String,
    /// Name used to sign in.
    pub login: String,
    /// Roles in words.
    pub roles: String,
    /// `active`, `has never signed in`, `locked`, `left`.
    pub state: State,
    /// Second factor: `one-time code` or `none yet`.
    pub second_factor: String,
    /// The account's own page, for the operator.
    pub keep: Option<Href>,
}

/// `/people/new`.
#[derive(Debug, Clone, Template)]
#[template(path = "person_new.html")]
pub struct AddPersonPage {
    /// The frame.
    pub shell: Shell,
    /// Fields: `name`, `login`, `roles` (repeated), `password`; of somebody seconded `home` and `number`.
    pub form: Form,
    /// Name typed.
    pub name: String,
    /// Login typed.
    pub login: String,
    /// Roles; the hint says what each may do.
    pub roles: Vec<Choice>,
    /// The organisations that somebody seconded to us can be of; none where nobody can be.
    pub homes: Vec<Choice>,
    /// Their number at home, typed.
    pub number: String,
    /// Back.
    pub back: Href,
}
