//! Forgetting: what a circle may be told no more.

use accord_matcher::Kind;

use super::Engine;
use crate::event::Circle;
use crate::story::{Finding, Subject};

impl Engine {
    /// Forgets every value of a circle that is shown anywhere and for which `stays` says no, and every finding, likeness
    /// and label that rests on no value any more. `stays` is given values as they are shown, cut at
    /// [`crate::limits::MAX_SHOWN_BYTES`]. What is counted in hashes alone fades as everything does.
    pub fn keep_only(&mut self, circle: Circle, stays: impl Fn(Kind, &str) -> bool) {
        let watch = &mut self.state.watch;
        watch
            .live
            .drain(|live| live.circle == circle && !stays(live.kind, &live.value));
        for likeness in watch.likenesses.iter_mut().filter(|one| one.circle == circle) {
            likeness.examples.retain(|(_, name)| stays(Kind::Domain, name));
        }
        watch
            .likenesses
            .drain(|one| one.circle == circle && one.examples.is_empty());
        for set in &mut self.state.labels {
            if !set.dimension.names_a_threat() {
                continue;
            }
            set.tracks.retain(|_, track| {
                if track.circle != circle {
                    return true;
                }
                track.examples.retain(|one| stays(one.kind, &one.value));
                !track.examples.is_empty()
            });
        }
        self.state.shelf.narrow(circle, |story| {
            story.findings.retain_mut(|finding| still_rests(finding, &stays));
            let of_threat = story.findings.iter().find(|one| one.subject.names_a_threat());
            if let Some(finding) = of_threat.or(story.findings.first()) {
                story.title = finding.subject.words();
            }
        });
    }

    /// Forgets a circle: its values, labels and stories.
    pub fn forget(&mut self, circle: Circle) {
        self.keep_only(circle, |_, _| false);
        for set in &mut self.state.labels {
            set.tracks.retain(|_, track| track.circle != circle);
        }
        self.state.shelf.narrow(circle, |story| story.findings.clear());
    }
}

/// Whether a finding rests on a value still, without those that go.
fn still_rests(finding: &mut Finding, stays: &impl Fn(Kind, &str) -> bool) -> bool {
    let examples = &mut finding.evidence.examples;
    // A place has none.
    let had_none = examples.is_empty();
    examples.retain(|one| stays(one.kind, &one.value));
    match &finding.subject {
        Subject::Value { kind, value } => stays(*kind, value),
        Subject::Pair {
            kind,
            value,
            other_kind,
            other,
        } => stays(*kind, value) && stays(*other_kind, other),
        Subject::Label { .. } | Subject::Names { .. } => had_none || !examples.is_empty(),
    }
}
