//! The log store from outside: one binary, so that it links once.

mod hunt;
mod import;
mod real;
mod recovery;
mod support;
