//! What the pages show: plain owned data, no service types, nothing that has to be asked again.
//!
//! Whoever routes decides what a person may see and fills these; a template only lays out. Text is escaped when
//! it is written, addresses are [`Href`]s, and no field holds HTML.

pub mod account;
pub mod agreements;
pub mod approval;
pub mod ask;
pub mod audit;
pub mod case;
pub mod cases;
pub mod disclosure;
pub mod evidence;
pub mod export;
pub mod form;
pub mod guest;
pub mod holders;
pub mod href;
pub mod hunts;
pub mod inbox;
pub mod instruments;
pub mod intel;
pub mod logs;
pub mod notices;
pub mod older;
pub mod page;
pub mod peers;
pub mod people;
pub mod plan;
pub mod protection;
pub mod qr;
pub mod question;
pub mod release;
pub mod search;
pub mod sign_in;
pub mod tab;
pub mod team;
pub mod upload;
pub mod write;

pub use form::{Choice, FieldError, Form};
pub use href::Href;
pub use page::{
    Actor, Clock, ClockState, Decision, Done, Link, Mark, NavItem, Pair, Shell, SignedIn, Spark, State, Tone,
    When,
};
pub use qr::QrCode;
