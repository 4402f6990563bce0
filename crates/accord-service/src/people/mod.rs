//! People: accounts, roles and sessions of this node.
//!
//! The operator makes accounts; every role but the operator's first two accounts waits for a signatory to
//! confirm it, so that nobody gives anyone, themselves included, a role alone.

mod accounts;
mod password;
mod record;
mod sessions;

pub use accounts::NewPerson;
pub use record::{Person, PersonView};
pub use sessions::{Session, SignIn, SignedIn};

pub(crate) use password::decoy;
pub(crate) use record::{PERSONS, SESSIONS};
