//! What people say of stories, and what that teaches: for each feature how many stories were promoted and how many
//! dismissed. It moves ranks, within [`MAX_LEAN`], and nothing else: what is found does not depend on it, so that a
//! dismissal silences the dismissed thing only.

use std::collections::BTreeMap;

use accord_matcher::Kind;
use serde::Serialize;

use crate::event::Dimension;
use crate::kept::{kept, kept_choice};
use crate::limits::MAX_LEAN;
use crate::story::{Alike, Detector, Finding, Subject};

/// What a person said of a story.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Judgement {
    /// Nothing of interest.
    Dismissed,
    /// Became a threat or a case.
    Promoted,
}
kept_choice!(Judgement, [Judgement::Dismissed, Judgement::Promoted]);

/// What stories have in common, of which judgements teach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Feature {
    /// How it was found.
    Detector(Detector),
    /// It is of labels of this dimension.
    Dimension(Dimension),
    /// It is of values of this kind.
    Kind(Kind),
    /// Its names are alike in this way.
    Alike(Alike),
    /// A family or campaign is named.
    Named,
    /// Neither is.
    Unnamed,
    /// Most of its look-ups failed.
    Failed,
}

impl Feature {
    fn all() -> impl Iterator<Item = Feature> {
        let detectors = Detector::ALL.map(Feature::Detector).into_iter();
        detectors
            .chain(Dimension::ALL.map(Feature::Dimension))
            .chain(Kind::ALL.map(Feature::Kind))
            .chain(Alike::ALL.map(Feature::Alike))
            .chain([Feature::Named, Feature::Unnamed, Feature::Failed])
    }

    /// In words: "of stories ...".
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Feature::Detector(detector) => format!("found as {}", detector.as_str()),
            Feature::Dimension(dimension) => format!("of a {}", dimension.as_str()),
            Feature::Kind(kind) => format!("of a value of kind {kind}"),
            Feature::Alike(alike) => format!("of names {}", alike.as_str()),
            Feature::Named => "that name a family or campaign".to_owned(),
            Feature::Unnamed => "that name no family or campaign".to_owned(),
            Feature::Failed => "of look-ups that mostly failed".to_owned(),
        }
    }

    /// The features of a story, by its first finding.
    pub(crate) fn of(finding: &Finding, is_named: bool) -> Vec<Feature> {
        let mut features = vec![Feature::Detector(finding.detector)];
        features.push(match &finding.subject {
            Subject::Label { dimension, .. } => Feature::Dimension(*dimension),
            Subject::Value { kind, .. } | Subject::Pair { kind, .. } => Feature::Kind(*kind),
            Subject::Names { how, .. } => Feature::Alike(*how),
        });
        features.push(if is_named {
            Feature::Named
        } else {
            Feature::Unnamed
        });
        if finding.evidence.failed * 2 > finding.evidence.lines {
            features.push(Feature::Failed);
        }
        features
    }
}

impl crate::kept::Kept for Feature {
    fn put(&self, out: &mut Vec<u8>) {
        let place = Feature::all().position(|one| one == *self).unwrap_or_default();
        (place as u8).put(out);
    }
    fn take(from: &mut crate::kept::Reader<'_>) -> Result<Self, crate::state::Damaged> {
        let place = usize::from(u8::take(from)?);
        Feature::all()
            .nth(place)
            .ok_or(crate::state::Damaged::Inconsistent)
    }
}

/// What was learned of a feature.
#[derive(Debug, Clone, PartialEq)]
pub struct Learned {
    /// The feature.
    pub feature: Feature,
    /// Stories with it that were promoted.
    pub promoted: u32,
    /// Stories with it that were dismissed.
    pub dismissed: u32,
    /// Its weight, between -1 and 1.
    pub weight: f64,
}

/// Judgements so far.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Lessons {
    counts: BTreeMap<Feature, (u32, u32)>,
}
kept!(Lessons { counts });

/// Judgements that are as if given before the first, half of each kind, so that one teaches little.
const CAUTION: f64 = 4.0;

impl Lessons {
    pub(crate) fn add(&mut self, features: &[Feature], judgement: Judgement) {
        for feature in features {
            let counts = self.counts.entry(*feature).or_default();
            let count = match judgement {
                Judgement::Promoted => &mut counts.0,
                Judgement::Dismissed => &mut counts.1,
            };
            *count = count.saturating_add(1);
        }
    }

    pub(crate) fn take_back(&mut self, features: &[Feature], judgement: Judgement) {
        for feature in features {
            let Some(counts) = self.counts.get_mut(feature) else {
                continue;
            };
            let count = match judgement {
                Judgement::Promoted => &mut counts.0,
                Judgement::Dismissed => &mut counts.1,
            };
            *count = count.saturating_sub(1);
        }
    }

    pub(crate) fn learned(&self) -> Vec<Learned> {
        let all = self.counts.iter().filter(|one| *one.1 != (0, 0));
        all.map(|(&feature, &(promoted, dismissed))| {
            let (p, d) = (f64::from(promoted), f64::from(dismissed));
            Learned {
                feature,
                promoted,
                dismissed,
                weight: (p - d) / (p + d + CAUTION),
            }
        })
        .collect()
    }

    /// By what power of two a rank is moved, and why in words.
    pub(crate) fn lean(&self, features: &[Feature]) -> (f64, String) {
        let learned = self.learned();
        let of: Vec<&Learned> = learned
            .iter()
            .filter(|one| features.contains(&one.feature))
            .collect();
        let lean: f64 = of.iter().map(|one| one.weight).sum();
        let words: Vec<String> = of
            .iter()
            .map(|one| {
                format!(
                    "of stories {} {} were promoted and {} dismissed",
                    one.feature.words(),
                    one.promoted,
                    one.dismissed
                )
            })
            .collect();
        let lean = lean.clamp(-MAX_LEAN, MAX_LEAN);
        let words = match words.as_slice() {
            [] => String::new(),
            some => format!(
                "{} {:.1} times for judgements: {}",
                if lean < 0.0 { "lowered" } else { "raised" },
                lean.abs().exp2(),
                some.join("; ")
            ),
        };
        (lean, words)
    }
}
