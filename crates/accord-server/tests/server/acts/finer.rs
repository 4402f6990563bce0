//! Whom a finer rule refuses though the role may, and what cannot be shown in the world of these tests.

use accord_model::Role;

/// Routes that no try shows, and why. Whoever may is at least not refused there (`matrix`).
pub const NOT_HERE: &[(&str, &str)] = &[(
    "POST /api/v1/node/keys/revoke",
    "what the offline key has signed takes the node's own key away: nobody could try anything afterwards",
)];

/// No more than these.
pub const NOT_HERE_MAX: usize = 1;

/// Route, roles, and a part of the rule that refuses them there: they may by their role, but not this.
pub const REFUSED: &[(&str, &[Role], &str)] = &[];
