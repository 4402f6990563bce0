//! The team of a case.

use askama::Template;

use super::case::CaseHeader;
use super::tab::Section;
use super::{Choice, Form, Href, Link, Shell, When};

/// `/cases/ID/team`.
#[derive(Debug, Clone, Template)]
#[template(path = "case_team.html")]
pub struct TeamPage {
    /// The frame.
    pub shell: Shell,
    /// The case.
    pub case: CaseHeader,
    /// Organisations on the case, the owner first.
    pub parties: Vec<TeamParty>,
    /// Adding a party, where this person may.
    pub add_party: Option<Href>,
    /// Naming one of our own people, where this person may.
    pub add_member: Option<Href>,
    /// The pen, and who is seconded.
    pub sections: Vec<Section>,
}

/// One organisation on the case.
#[derive(Debug, Clone)]
pub struct TeamParty {
    /// Its name.
    pub organisation: String,
    /// Its kind in words.
    pub kind: String,
    /// On the case since, where it is known.
    pub since: Option<When>,
    /// Its people.
    pub members: Vec<Member>,
    /// What to read when nobody is named yet.
    pub empty_hint: String,
    /// Taking it off, where this person may: leads to a page that says what will happen.
    pub remove: Option<Href>,
    /// How many notes of ours it has not got, and giving it them, where this person may.
    pub older: Option<Link>,
}

/// One person on the case.
#[derive(Debug, Clone)]
pub struct Member {
    /// The name, or "a person of ORG" where the name is kept from us.
    pub name: String,
    /// Role in words.
    pub role: String,
    /// What they may see, in words.
    pub scope: String,
    /// When it ends.
    pub until: Option<When>,
    /// Taking them off, where this person may: leads to a page that says what will happen.
    pub remove: Option<Href>,
}

/// `/cases/ID/team/add-party`.
#[derive(Debug, Clone, Template)]
#[template(path = "add_party.html")]
pub struct AddPartyPage {
    /// The frame.
    pub shell: Shell,
    /// The case.
    pub case: CaseHeader,
    /// Fields: `organisation`, `reason`. Leads to a release preview.
    pub form: Form,
    /// Parties of the agreement that are not on the case.
    pub organisations: Vec<Choice>,
    /// Reason typed.
    pub reason: String,
    /// Back.
    pub back: Href,
}

/// `/cases/ID/team/add-member`.
#[derive(Debug, Clone, Template)]
#[template(path = "add_member.html")]
pub struct AddMemberPage {
    /// The frame.
    pub shell: Shell,
    /// The case.
    pub case: CaseHeader,
    /// Fields: `person`, `roles` (repeated), `until` (a date, may be empty), `categories` (repeated), `scope`. Leads to
    /// the page before it is done.
    pub form: Form,
    /// Our own people.
    pub people: Vec<Choice>,
    /// Case roles.
    pub roles: Vec<Choice>,
    /// Date typed, `2026-12-31`.
    pub until: String,
    /// The categories they may be limited to; none chosen: the whole case.
    pub categories: Vec<Choice>,
    /// What they need to know it for, typed.
    pub scope: String,
    /// Back.
    pub back: Href,
}
