//! People: accounts, roles and sessions of this node.
//!
//! The operator makes accounts; every role but the operator's first two accounts waits for a signatory to
//! confirm it, so that nobody gives anyone, themselves included, a role alone.
//!
//! - `accounts`: accounts and roles; `leaving`: taken away, and reset with two hands; `own`: one's own password and second factor; `sessions`: signing in.
//! - `hashing`: how many passwords are looked at, at once and in all. `password`: the hash, and one-time codes.
//!
//! Every try of a password is counted, and written to the access log, whether or not the name is known.

mod accounts;
mod hashing;
mod leaving;
mod own;
mod password;
mod record;
mod sessions;

pub use accounts::{NewPerson, NewSecondee};
pub use leaving::RESET_MAX_MS;
pub use record::{Person, PersonView, ResetAsked};
pub use sessions::{Session, SignIn, SignedIn};

pub(crate) use hashing::Hashing;
pub(crate) use password::decoy;
pub(crate) use record::{PERSONS, SESSIONS};
