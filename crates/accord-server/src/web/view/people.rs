//! The people of this node.

use askama::Template;

use super::{Choice, Form, Href, Shell, State};

/// `/people`.
#[derive(Debug, Clone, Template)]
#[template(path = "people.html")]
pub struct PeoplePage {
    /// The frame.
    pub shell: Shell,
    /// Roles that wait for a signatory.
    pub pending: Vec<PendingRole>,
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
}

/// `/people/new`.
#[derive(Debug, Clone, Template)]
#[template(path = "person_new.html")]
pub struct AddPersonPage {
    /// The frame.
    pub shell: Shell,
    /// Fields: `name`, `login`, `roles` (repeated), `password`.
    pub form: Form,
    /// Name typed.
    pub name: String,
    /// Login typed.
    pub login: String,
    /// Roles; the hint says what each may do.
    pub roles: Vec<Choice>,
    /// Back.
    pub back: Href,
}
