//! Which catalogues to make: segments in the order of their imports, so that what is over together lies together.

use std::sync::Arc;

use super::super::POSTINGS;
use super::CatalogueTime;
use crate::manifest::Segment;
use crate::store::LogStore;

/// The segments of a catalogue that is to be made, in order.
pub(super) type Plan = Vec<Arc<Segment>>;

impl LogStore {
    /// The catalogues that are to be made: the last one, where it has room, with what came since, and further ones.
    pub(super) fn catalogues_to_make(&self, time: CatalogueTime) -> Vec<Plan> {
        let state = self.state();
        // A long segment's own postings are as good.
        let mut segments: Plan = state
            .segments
            .values()
            .filter(|segment| segment.manifest.log.length < self.limits.catalogue_bytes)
            .cloned()
            .collect();
        segments.sort_by_key(|segment| (segment.manifest.imported_at_ms, segment.id().clone()));
        // What has no postings waits until it has some.
        let is_loose = |segment: &Segment| {
            state.catalogues.holding(segment.id()).is_none()
                && self.layout.segment(segment.id()).join(POSTINGS).exists()
        };
        let loose = segments.iter().filter(|segment| is_loose(segment));
        let (count, bytes) = loose.fold((0, 0u64), |(count, bytes), segment| {
            (count + 1, bytes.saturating_add(segment.manifest.log.length))
        });
        let is_enough = match time {
            CatalogueTime::Now => count > 0,
            CatalogueTime::OnceEnough => {
                count >= self.limits.catalogue_least || bytes >= self.limits.catalogue_least_bytes
            }
        };
        if !is_enough {
            return Vec::new();
        }
        let open = state.catalogues.all.last_key_value().map(|(number, _)| *number);
        let open = open.filter(|open| {
            let inside = segments.iter().filter(|segment| {
                let held = state.catalogues.holding(segment.id());
                held.is_some_and(|(catalogue, _)| catalogue.number == *open)
            });
            let (count, bytes) = inside.fold((0, 0u64), |(count, bytes), segment| {
                (count + 1, bytes.saturating_add(segment.manifest.log.length))
            });
            count < self.limits.catalogue_segments && bytes < self.limits.catalogue_bytes
        });
        segments.retain(|segment| match state.catalogues.holding(segment.id()) {
            None => true,
            Some((catalogue, _)) => Some(catalogue.number) == open,
        });
        let mut plans = self.cut_catalogues(segments);
        // One that would be what it is already, or of one segment alone, is nothing to make.
        plans.retain(|plan| plan.len() > 1 && plan.iter().any(|segment| is_loose(segment)));
        plans
    }

    /// Cuts segments into catalogues at their limits.
    fn cut_catalogues(&self, segments: Plan) -> Vec<Plan> {
        let mut plans: Vec<Plan> = Vec::new();
        let mut bytes = 0;
        for segment in segments {
            let length = segment.manifest.log.length;
            match plans.last_mut() {
                Some(last)
                    if last.len() < self.limits.catalogue_segments
                        && bytes + length <= self.limits.catalogue_bytes =>
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
