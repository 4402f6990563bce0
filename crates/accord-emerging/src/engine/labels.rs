//! The labels of a dimension that have a past of their own.

use std::collections::BTreeMap;

use crate::event::{Circle, Dimension};
use crate::kept::kept;
use crate::limits::LABEL_SAMPLE;
use crate::track::Track;

/// Tracks by keyed hash.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TrackSet {
    pub dimension: Dimension,
    pub tracks: BTreeMap<u64, Track>,
    /// Labels that had to make room.
    pub left_out: u64,
}
kept!(TrackSet {
    dimension,
    tracks,
    left_out
});

impl TrackSet {
    pub(crate) fn new(dimension: Dimension) -> Self {
        Self {
            dimension,
            tracks: BTreeMap::new(),
            left_out: 0,
        }
    }

    /// The track of a label, made where there is none. Where there is no room, the label seen on the fewest days makes
    /// room, of several the one silent longest: a flood of labels costs its like and not what is known.
    pub(crate) fn track(
        &mut self,
        (circle, hash): (Circle, u64),
        label: &str,
        hour: u64,
        limit: usize,
    ) -> Option<&mut Track> {
        if !self.tracks.contains_key(&hash) {
            if self.tracks.len() >= limit {
                let weakest = self
                    .tracks
                    .values()
                    .min_by_key(|track| (track.active_days, track.last_ms, track.hash));
                let weakest = weakest.map(|track| track.hash)?;
                self.tracks.remove(&weakest);
                self.left_out = self.left_out.saturating_add(1);
            }
            let mut track = Track::new(hash, Some(self.dimension), label, LABEL_SAMPLE, hour);
            track.circle = circle;
            self.tracks.insert(hash, track);
        }
        self.tracks.get_mut(&hash)
    }

    pub(crate) fn is_whole(&self, limit: usize) -> bool {
        self.tracks.len() <= limit
            && self.tracks.iter().all(|(hash, track)| {
                *hash == track.hash && track.dimension == Some(self.dimension) && track.is_whole()
            })
    }
}
