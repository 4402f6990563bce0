//! The words of the gradings, for every form that asks for one: the letter or digit that stands in a note, and what
//! people read (Admiralty code, NATO STANAG 2511; 3x5x2, College of Policing, Intelligence report).

/// One part of a grading: its words, and what each means.
pub(super) type Scale = &'static [(&'static str, &'static str)];

/// Admiralty: the source.
pub(super) const RELIABILITY: Scale = &[
    ("A", "A: completely reliable"),
    ("B", "B: usually reliable"),
    ("C", "C: fairly reliable"),
    ("D", "D: not usually reliable"),
    ("E", "E: unreliable"),
    ("F", "F: cannot be judged"),
];
/// Admiralty: the information.
pub(super) const CREDIBILITY: Scale = &[
    ("1", "1: confirmed by other sources"),
    ("2", "2: probably true"),
    ("3", "3: possibly true"),
    ("4", "4: doubtful"),
    ("5", "5: improbable"),
    ("6", "6: cannot be judged"),
];
/// 3x5x2: the source.
pub(super) const SOURCE: Scale = &[
    ("1", "1: reliable"),
    ("2", "2: untested"),
    ("3", "3: not reliable"),
];
/// 3x5x2: how the source knows.
pub(super) const ASSESSMENT: Scale = &[
    ("A", "A: known directly"),
    ("B", "B: known indirectly, corroborated"),
    ("C", "C: known indirectly"),
    ("D", "D: not known"),
    ("E", "E: suspected to be false"),
];
/// 3x5x2: who may have it.
pub(super) const HANDLING: Scale = &[
    ("P", "P: lawful sharing permitted"),
    ("C", "C: permitted with conditions"),
];

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use accord_model::content::{
        Credibility, HandlingCode, IntelligenceAssessment, Reliability, SourceEvaluation,
    };

    use super::*;

    fn check<T: FromStr + ToString>(scale: Scale, number: usize) {
        assert_eq!(scale.len(), number);
        for (word, label) in scale {
            let read = word.parse::<T>().map_err(|_| ()).expect("a word of the notes");
            assert_eq!(read.to_string(), *word);
            assert!(label.starts_with(&format!("{word}: ")), "{label}");
        }
    }

    #[test]
    fn every_word_is_one_of_the_notes() {
        check::<Reliability>(RELIABILITY, 6);
        check::<Credibility>(CREDIBILITY, 6);
        check::<SourceEvaluation>(SOURCE, 3);
        check::<IntelligenceAssessment>(ASSESSMENT, 5);
        check::<HandlingCode>(HANDLING, 2);
        assert!("G".parse::<Reliability>().is_err());
    }
}
