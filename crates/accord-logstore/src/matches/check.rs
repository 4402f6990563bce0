//! Matches compared with what the frames make, where the watchlist that made them is in force.

use super::build::has_no_lines;
use super::file::MADE_WITH;
use super::{MatchWalk, SegmentMatches, Watched};
use crate::error::Result;
use crate::limits::Limits;
use crate::manifest::Segment;

/// What is to be said of the matches of a segment before its frames are read.
pub(crate) enum MatchesFound<'w> {
    /// There are none, and a watchlist is in force.
    Missing,
    /// They are whole; made by another program or watchlist, or there is none of them and nobody asked for any.
    Whole,
    /// They are whole, and can be made again while the frames are read.
    Again(Box<MatchesAgain<'w>>),
}

/// Matches being made again.
pub(crate) struct MatchesAgain<'w> {
    kept: SegmentMatches,
    walk: MatchWalk<'w>,
}

impl<'w> MatchesFound<'w> {
    /// Of what was read of a segment's matches.
    ///
    /// # Errors
    /// The one that reading them gave.
    pub(crate) fn of(
        segment: &Segment,
        read: Result<Option<SegmentMatches>>,
        watched: Option<&'w Watched>,
        limits: &Limits,
    ) -> Result<Self> {
        let kept = read?;
        let Some(watched) = watched.filter(|_| !has_no_lines(segment)) else {
            return Ok(Self::Whole);
        };
        let Some(kept) = kept else {
            return Ok(Self::Missing);
        };
        let is_same = kept.watchlist.sha256 == watched.used().sha256 && kept.made_with == MADE_WITH;
        let walk = MatchWalk::start(watched, segment.manifest.log_format, limits).filter(|_| is_same);
        Ok(walk.map_or(Self::Whole, |walk| {
            Self::Again(Box::new(MatchesAgain { kept, walk }))
        }))
    }
}

impl MatchesAgain<'_> {
    /// Takes the next bytes of the log.
    pub(crate) fn piece(&mut self, raw: &[u8]) {
        self.walk.piece(raw);
    }

    /// After the last ones: whether they are what was kept. A watchlist that is damaged says nothing against them.
    pub(crate) fn are_same(self) -> bool {
        let kept = self.kept;
        let made = self.walk.done();
        made.is_none_or(|made| (made.entries, made.sums) == (kept.entries, kept.sums))
    }
}
