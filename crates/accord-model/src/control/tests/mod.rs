//! Tests of control entries and of the fold. `script` writes small histories; the others read them.

mod conflicts;
mod cost;
mod form;
mod history;
mod removed;
mod rows_agreement;
mod rows_case;
mod rows_exchange;
mod script;
