//! The engine: one question to the columns of a store, answered within its limits. The only place that names DataFusion.
//!
//! - `gate`: which statements are questions; `unread`: which of their clauses nobody would read. `session`: what the engine has; `truncate`: one function of it, made quicker; `once`: a rule of planning. `memory`: how its steps share their memory. `objects`: the files it can read.
//! - `logs`, `scan`, `schema`: the tables. `failure`: its errors in words. `metrics`: what it did not have to read.
//! - `parameters`: values that are handed over beside a statement.
//! - `run`: planning and computing beside the writing of the answer; time, cancelling. `work`: the process around it.
//!
//! Invariants:
//! - Nothing is planned that `gate` has not let through.
//! - Planning and computing run on threads of their own, with stacks for what the limits of depth allow; the caller's thread
//!   keeps the time and writes the answer.

mod failure;
mod gate;
mod logs;
mod memory;
mod metrics;
mod objects;
mod once;
mod parameters;
mod run;
mod scan;
mod schema;
mod session;
mod truncate;
mod unread;
mod work;

pub use run::{answer, check};
pub use work::work;
