//! How good a piece of intelligence is, on the two scales in use.

use serde::{Deserialize, Serialize};

use super::{Checked, body};
use crate::control::EntryError;
use crate::control::limits::{self, REASON_MAX};
use crate::words::words;

words! {
    /// How far the source can be relied on (3x5x2, source evaluation; College of Policing, "Intelligence
    /// report").
    pub enum SourceEvaluation as "source evaluation" {
        /// Reliable.
        Reliable = "1",
        /// Untested.
        Untested = "2",
        /// Not reliable.
        NotReliable = "3",
    }
}

words! {
    /// How the source knows it (3x5x2, intelligence assessment).
    pub enum IntelligenceAssessment as "intelligence assessment" {
        /// Known directly.
        KnownDirectly = "A",
        /// Known indirectly, and corroborated.
        Corroborated = "B",
        /// Known indirectly.
        KnownIndirectly = "C",
        /// Not known.
        NotKnown = "D",
        /// Suspected to be false.
        SuspectedFalse = "E",
    }
}

words! {
    /// Who may have it (3x5x2, handling code).
    pub enum HandlingCode as "handling code" {
        /// Lawful sharing is permitted.
        Permitted = "P",
        /// Lawful sharing is permitted with conditions.
        WithConditions = "C",
    }
}

words! {
    /// How reliable the source is (Admiralty scale; NATO AJP-2.1).
    pub enum Reliability as "reliability" {
        /// Completely reliable.
        Completely = "A",
        /// Usually reliable.
        Usually = "B",
        /// Fairly reliable.
        Fairly = "C",
        /// Not usually reliable.
        NotUsually = "D",
        /// Unreliable.
        Unreliable = "E",
        /// Cannot be judged.
        Unknown = "F",
    }
}

words! {
    /// How credible the information is (Admiralty scale).
    pub enum Credibility as "credibility" {
        /// Confirmed by other sources.
        Confirmed = "1",
        /// Probably true.
        Probable = "2",
        /// Possibly true.
        Possible = "3",
        /// Doubtful.
        Doubtful = "4",
        /// Improbable.
        Improbable = "5",
        /// Cannot be judged.
        Unknown = "6",
    }
}

body! {
    /// The 3x5x2 scale.
    ThreeFiveTwo {
        /// The source.
        source: SourceEvaluation,
        /// The intelligence.
        assessment: IntelligenceAssessment,
        /// Who may have it.
        handling: HandlingCode,
        /// The conditions, with handling code C and only then.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        conditions: Option<String>,
    }
    check(self) {
        match (self.handling, &self.conditions) {
            (HandlingCode::WithConditions, None) => Err(EntryError::Missing { field: "grading.conditions" }),
            (HandlingCode::Permitted, Some(_)) => Err(EntryError::Unwanted { field: "grading.conditions" }),
            (_, conditions) => limits::optional("grading.conditions", conditions.as_deref(), REASON_MAX),
        }
    }
}

body! {
    /// The Admiralty scale.
    Admiralty {
        /// The source.
        reliability: Reliability,
        /// The information.
        credibility: Credibility,
    }
    check(self) { Ok(()) }
}

body! {
    /// A grading, on at least one of the scales.
    Grading {
        /// 3x5x2.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        three_five_two: Option<ThreeFiveTwo>,
        /// Admiralty.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        admiralty: Option<Admiralty>,
    }
    check(self) {
        if self.three_five_two.is_none() && self.admiralty.is_none() {
            return Err(EntryError::Empty { field: "grading" });
        }
        self.three_five_two.as_ref().map_or(Ok(()), Checked::check)
    }
}
