//! Which circles a person is told of: one function, asked by everything that shows anything of a story or a series.

use std::collections::BTreeMap;

use accord_emerging::Circle;
use accord_model::Category;
use accord_model::control::SpaceKind;

use super::gather::{circle_of, logs_circle_of};
use super::view::Among;
use crate::error::Result;
use crate::journal::State;
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;
use crate::reputation::tells_whole;

impl Node {
    /// The circles of a person now: what the feeds list, for who is told what feeds say; and each case whose indicators and
    /// sightings they see. Refused where somebody's role looks no values up at all.
    pub(crate) fn circles(&self, state: &State, who: &SignedIn) -> Result<BTreeMap<Circle, Among>> {
        Act::LookUp.ask(who)?;
        let mut circles = BTreeMap::new();
        if tells_whole(who) {
            circles.insert(Circle::OPEN, Among::Everybody);
        }
        let cases = state
            .spaces
            .values()
            .filter(|space| space.kind == SpaceKind::Case);
        for space in cases {
            let Some(sight) = self.sight(space, who) else {
                continue;
            };
            if sight.reads(Category::Indicator)
                && sight.reads(Category::Sighting)
                && let Some(opened) = space.control.case()
            {
                let among = Among::Case {
                    case: space.id,
                    operation: opened.case.operation.clone(),
                };
                if Act::HuntOwn.ask(who).is_ok() {
                    circles.insert(logs_circle_of(space.id), among.clone());
                }
                circles.insert(circle_of(space.id), among);
            }
        }
        Ok(circles)
    }
}
