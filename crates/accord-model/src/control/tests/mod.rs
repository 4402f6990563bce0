//! Tests of control entries and of the fold. `script` writes small histories; the others read them.

mod conflicts;
mod cost;
mod form;
mod form_measures;
mod history;
mod history_measures;
mod removed;
mod rows_agreement;
mod rows_case;
mod rows_exchange;
mod rows_go;
mod rows_keeping;
mod rows_team;
mod script;
mod writers;
