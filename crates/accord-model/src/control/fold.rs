//! The fold.

use super::order::Order;
use super::{Causality, Facts, Noted, State};

/// Folds.
pub fn fold(entries: &[Noted], causality: &dyn Causality, facts: &Facts) -> State {
    let _ = (Order(causality).sorted(entries), facts);
    State::default()
}
