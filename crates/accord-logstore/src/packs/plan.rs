//! Which packs to make: by source and day of import, so that what is over together lies together.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::PackRecord;
use crate::manifest::Segment;
use crate::postings::DAY_MS;
use crate::store::LogStore;

/// The segments of a pack that is to be made, in order.
pub(super) type Plan = Vec<Arc<Segment>>;

impl LogStore {
    /// The packs that are to be made: of each source and day of import, the last one that has room with what came since,
    /// and further ones. Of the day that is not over only once enough came.
    pub(super) fn packs_to_make(&self, now_ms: i64) -> Vec<Plan> {
        let state = self.state();
        let mut groups: BTreeMap<(&str, i64), Plan> = BTreeMap::new();
        for segment in state.segments.values() {
            let manifest = &segment.manifest;
            if manifest.log.length <= self.limits.pack_segment_bytes {
                let day = manifest.imported_at_ms.div_euclid(DAY_MS);
                let group = groups.entry((segment.id().source(), day)).or_default();
                group.push(Arc::clone(segment));
            }
        }
        let today = now_ms.div_euclid(DAY_MS);
        let mut plans = Vec::new();
        for ((_, day), group) in groups {
            let packs: BTreeSet<_> = group
                .iter()
                .filter_map(|segment| state.packs.holding(segment.id()))
                .collect();
            let open = packs.last().and_then(|name| state.packs.get(name));
            let open = open.filter(|record| self.has_room(record, &group));
            let packed = |segment: &Segment| state.packs.holding(segment.id());
            let loose = group.iter().filter(|segment| packed(segment).is_none()).count();
            let enough = if day < today { 1 } else { self.limits.pack_least };
            if loose < enough {
                continue;
            }
            let to_pack = group.into_iter().filter(|segment| match packed(segment) {
                None => true,
                Some(name) => open.and_then(|record| record.name()) == Some(name),
            });
            let made = self.cut(to_pack).into_iter();
            // One that would be what it is already, or of one segment alone, is nothing to make.
            plans.extend(
                made.filter(|plan| plan.len() > 1 && !open.is_some_and(|record| is_same(record, plan))),
            );
        }
        plans
    }

    fn has_room(&self, record: &PackRecord, group: &Plan) -> bool {
        let bytes = |segment: &&Arc<Segment>| {
            let inside = |packed: &super::PackedSegment| packed.segment == *segment.id();
            record
                .segments
                .iter()
                .any(inside)
                .then_some(segment.manifest.log.length)
        };
        let bytes: u64 = group.iter().filter_map(|segment| bytes(&segment)).sum();
        record.segments.len() < self.limits.pack_segments && bytes < self.limits.pack_bytes
    }

    /// Cuts segments into packs at their limits.
    fn cut(&self, segments: impl Iterator<Item = Arc<Segment>>) -> Vec<Plan> {
        let mut plans: Vec<Plan> = Vec::new();
        let mut bytes = 0;
        for segment in segments {
            let length = segment.manifest.log.length;
            match plans.last_mut() {
                Some(last)
                    if last.len() < self.limits.pack_segments && bytes + length <= self.limits.pack_bytes =>
                {
                    bytes += length;
                    last.push(segment);
                }
                _ => {
                    bytes = length;
                    plans.push(vec![segment]);
                }
            }
        }
        plans
    }
}

fn is_same(record: &PackRecord, plan: &Plan) -> bool {
    let packed = record.segments.iter().map(|packed| &packed.segment);
    packed.eq(plan.iter().map(|segment| segment.id()))
}
