//! Limits on everything a peer may write into an entry, and the checks that hold them.
//!
//! Lengths are in bytes of UTF-8 unless a name says otherwise. A *line* is text without control characters
//! and without the invisible characters that turn the direction of writing (they make a name read as another
//! one); *prose* may also hold line feeds and tabs.

use super::EntryError;

/// An operation's name.
pub const OPERATION_MAX: usize = 100;
/// A reference that people use: of a case, a request, an exhibit, an instrument.
pub const REFERENCE_MAX: usize = 128;
/// The purpose of a case.
pub const PURPOSE_MAX: usize = 2_000;
/// A reason, words, a note.
pub const REASON_MAX: usize = 4_000;
/// The name of a clause.
pub const CLAUSE_MAX: usize = 64;
/// `agreement.toml`.
pub const AGREEMENT_TOML_MAX: usize = 64 * 1024;
/// `clauses.cedar`.
pub const AGREEMENT_CEDAR_MAX: usize = 256 * 1024;
/// One signature line of a C2SP signed note.
pub const SIGNATURE_MAX: usize = 12 * 1024;
/// A certificate or a revocation of keys, as text.
pub const CERTIFICATE_MAX: usize = 128 * 1024;
/// Roles given to one person at once.
pub const ROLES_MAX: usize = 16;
/// The authority behind an instrument: the court or office.
pub const AUTHORITY_MAX: usize = 300;
/// The power used: statute and section.
pub const POWER_MAX: usize = 300;
/// Categories in the scope of an instrument.
pub const SCOPE_CATEGORIES_MAX: usize = 32;
/// A title.
pub const TITLE_MAX: usize = 200;
/// A person's name.
pub const PERSON_NAME_MAX: usize = 200;
/// Named recipients of one entry.
pub const AUDIENCE_MAX: usize = 64;
/// The text of a report.
pub const REPORT_TEXT_MAX: usize = 512 * 1024;
/// Indicators in one entry or one hunt.
pub const INDICATORS_MAX: usize = 10_000;
/// Values and labels together in one entry: an entry's payload has at most 32,768 fields.
pub const INDICATOR_FIELDS_MAX: usize = 30_000;
/// One indicator's value.
pub const INDICATOR_VALUE_MAX: usize = 2_048;
/// Labels of one indicator.
pub const LABELS_MAX: usize = 16;
/// One label.
pub const LABEL_MAX: usize = 64;
/// Log sources named in a hunt or a package.
pub const SOURCES_MAX: usize = 256;
/// The name of one log source.
pub const SOURCE_NAME_MAX: usize = 200;
/// A media type.
pub const MEDIA_TYPE_MAX: usize = 127;
/// Sightings of one day in one entry, verdicts on indicators in one entry: three fields and two each.
pub const SIGHTINGS_MAX: usize = 10_000;
/// Links in one entry: 16 values and three fields each at most, of the 32,768 fields of a payload.
pub const LINKS_MAX: usize = 250;
/// Values that one link joins, or that one entry clears.
pub const LINK_VALUES_MAX: usize = 16;
/// ATT&CK techniques of one report.
pub const TECHNIQUES_MAX: usize = 256;
/// Entries that another one refers to as its ground.
pub const SOURCES_OF_LEAD_MAX: usize = 64;
/// What others call a case, in one description of it.
pub const CASE_REFERENCES_MAX: usize = 64;
/// Countries named in one entry.
pub const COUNTRIES_MAX: usize = 64;
/// The name of a file.
pub const FILE_NAME_MAX: usize = 255;
/// Questions about subscribers in one request, and answers to them.
pub const SUBSCRIBERS_MAX: usize = 1_000;
/// Things to keep or to take down in one request.
pub const ASKED_VALUES_MAX: usize = 1_000;
/// Other names and identifiers of one subject.
pub const ALIASES_MAX: usize = 64;
/// Actions of one plan.
pub const ACTIONS_MAX: usize = 1_000;
/// Most parts of one plan: one for every party.
pub const PLAN_PARTS_MAX: usize = 64;
/// A pseudonym.
pub const PSEUDONYM_MAX: usize = 64;
/// Audiences named in a verdict.
pub const AUDIENCES_MAX: usize = 64;
/// An encrypted identity, in base64.
pub const CIPHERTEXT_MAX: usize = 64 * 1024;
/// Customers or lines counted in a package, bytes of a package: the largest integer that JSON readers which
/// keep numbers as IEEE 754 doubles hold exactly (2^53 - 1, RFC 8259 section 6).
pub const INTEGER_MAX: u64 = (1 << 53) - 1;

/// Characters that reorder the text around them (Unicode Standard Annex 9, explicit formatting).
const fn turns_direction(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn length(field: &'static str, text: &str, max: usize) -> Result<(), EntryError> {
    if text.trim().is_empty() {
        return Err(EntryError::Empty { field });
    }
    if text.len() > max {
        return Err(EntryError::TooLong {
            field,
            max,
            given: text.len(),
        });
    }
    Ok(())
}

/// One line of text: not blank, at most `max` bytes.
pub(crate) fn line(field: &'static str, text: &str, max: usize) -> Result<(), EntryError> {
    length(field, text, max)?;
    if text.chars().any(|c| c.is_control() || turns_direction(c)) {
        return Err(EntryError::Characters { field });
    }
    Ok(())
}

/// Text of several lines: not blank, at most `max` bytes.
pub(crate) fn prose(field: &'static str, text: &str, max: usize) -> Result<(), EntryError> {
    length(field, text, max)?;
    let forbidden = |c: char| (c.is_control() && c != '\n' && c != '\t') || turns_direction(c);
    if text.chars().any(forbidden) {
        return Err(EntryError::Characters { field });
    }
    Ok(())
}

/// Text of several lines whose bytes are checked elsewhere (files of an agreement, certificates).
pub(crate) fn document(field: &'static str, text: &str, max: usize) -> Result<(), EntryError> {
    length(field, text, max)
}

/// Prose that may be absent, but not blank.
pub(crate) fn optional(field: &'static str, text: Option<&str>, max: usize) -> Result<(), EntryError> {
    text.map_or(Ok(()), |text| prose(field, text, max))
}

/// 32 bytes as 64 lower-case hex digits: a commitment or a SHA-256.
pub(crate) fn digest(field: &'static str, text: &str) -> Result<(), EntryError> {
    let hex = text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    if hex {
        Ok(())
    } else {
        Err(EntryError::NotDigest { field })
    }
}

/// A list of between `min` and `max` members.
pub(crate) fn count(field: &'static str, given: usize, min: usize, max: usize) -> Result<(), EntryError> {
    if given < min {
        return Err(EntryError::Empty { field });
    }
    if given > max {
        return Err(EntryError::TooMany { field, max, given });
    }
    Ok(())
}

/// A number within bounds, both included.
pub(crate) fn within(field: &'static str, given: u64, min: u64, max: u64) -> Result<(), EntryError> {
    if (min..=max).contains(&given) {
        Ok(())
    } else {
        Err(EntryError::OutOfRange {
            field,
            min,
            max,
            given,
        })
    }
}

/// Every member of a list of lines, between `min` and `max` of them, none twice.
pub(crate) fn lines(
    field: &'static str,
    members: &[String],
    min: usize,
    max: usize,
    each: usize,
) -> Result<(), EntryError> {
    count(field, members.len(), min, max)?;
    members.iter().try_for_each(|member| line(field, member, each))?;
    distinct(field, members)
}

/// A list without repeated members.
pub(crate) fn distinct<T: Ord>(field: &'static str, members: &[T]) -> Result<(), EntryError> {
    let set: std::collections::BTreeSet<&T> = members.iter().collect();
    if set.len() == members.len() {
        Ok(())
    } else {
        Err(EntryError::Repeated { field })
    }
}

/// An integer that every JSON reader holds exactly.
pub(crate) fn integer(field: &'static str, given: u64) -> Result<(), EntryError> {
    if given > INTEGER_MAX {
        return Err(EntryError::TooLarge { field, given });
    }
    Ok(())
}

/// A period that ends after it begins.
pub(crate) fn period(field: &'static str, from_ms: u64, to_ms: u64) -> Result<(), EntryError> {
    integer(field, from_ms)?;
    integer(field, to_ms)?;
    if from_ms < to_ms {
        Ok(())
    } else {
        Err(EntryError::Period { field })
    }
}
