//! Is an acquisition record complete, and does it agree with itself? `case_validate` does not ask this.

use serde_json::Value;

use crate::acquisition::AcquisitionRecord;
use crate::content::Origin;

/// Every place of the record that must say something, as RFC 6901 pointers. A list marked `*` must have an element,
/// or stand as `not_stated`; a `*` list may not be empty.
pub const REQUIRED: &[&str] = &[
    "/exhibit/reference",
    "/exhibit/root",
    "/exhibit/description",
    "/case/id",
    "/case/operation",
    "/case/numbers",
    "/agreement/digest",
    "/agreement/title",
    "/agreement/clause",
    "/request/entry",
    "/request/organisation",
    "/request/person",
    "/request/asked",
    "/acquired_by/person",
    "/acquired_by/name",
    "/acquired_by/role",
    "/acquired_by/organisation",
    "/acquired_by/organisation_kind",
    "/approved_by/person",
    "/approved_by/name",
    "/approved_by/role",
    "/approved_by/organisation",
    "/approved_by/organisation_kind",
    "/authority",
    "/when/started",
    "/when/ended",
    "/when/source_zone",
    "/when/source_clock_offset_ms",
    "/when/source_time_reference",
    "/where/organisation",
    "/where/system",
    "/where/location",
    "/how/tool",
    "/how/version",
    "/how/tool_sha256",
    "/how/settings",
    "/how/question",
    "/how/known_faults",
    "/why",
    "/completeness/lines_found",
    "/completeness/lines_released",
    "/completeness/narrowed",
    "/completeness/not_collected",
    "/completeness/source_retention",
    "/integrity_at_rest",
    "/standing/original_lines",
    "/standing/selection",
    "/custodian",
    "/seal",
    "/sealed",
    "/marking/tlp",
    "/handling_code",
    "/protective_marking",
    "/witness_statement",
];

/// Lists and maps that may be empty: emptiness says that there is none.
const MAY_BE_EMPTY: &[&str] = &[
    "/case/numbers",
    "/how/settings",
    "/completeness/narrowed",
    "/completeness/not_collected",
];

/// The pointers of [`REQUIRED`] at which the record says nothing: absent, null, an empty or blank text, an empty
/// list, or a `not_stated` without a reason.
pub fn missing(record: &Value) -> Vec<String> {
    REQUIRED
        .iter()
        .filter(|pointer| {
            let may_be_empty = MAY_BE_EMPTY.contains(*pointer);
            !record
                .pointer(pointer)
                .is_some_and(|value| says_something(value, may_be_empty))
        })
        .map(|pointer| (*pointer).to_owned())
        .collect()
}

fn says_something(value: &Value, may_be_empty: bool) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.trim().is_empty(),
        Value::Array(items) => may_be_empty || !items.is_empty(),
        Value::Object(map) => match map.get("not_stated") {
            Some(reason) => reason.as_str().is_some_and(|reason| !reason.trim().is_empty()),
            None => may_be_empty || !map.is_empty(),
        },
        Value::Bool(_) | Value::Number(_) => true,
    }
}

fn says(text: &str) -> bool {
    !text.trim().is_empty()
}

impl AcquisitionRecord {
    /// What in the record cannot all be true, in words.
    pub fn contradictions(&self) -> Vec<String> {
        let stated = &self.stated;
        let mut found = Vec::new();
        let mut claim = |holds: bool, words: &str| {
            if !holds {
                found.push(words.to_owned());
            }
        };
        claim(
            stated.when.started <= stated.when.ended,
            "the acquisition ends before it begins",
        );
        claim(
            stated.when.ended <= stated.sealed,
            "it was sealed before the acquisition ended",
        );
        claim(
            stated.request.asked <= stated.when.ended,
            "it was acquired before it was asked for",
        );
        let complete = &stated.completeness;
        claim(
            complete.lines_released == self.what.lines,
            "completeness/lines_released is not the number of lines",
        );
        claim(
            complete.lines_found >= complete.lines_released,
            "more lines were released than found",
        );
        claim(
            complete.lines_found == complete.lines_released || !complete.narrowed.is_empty(),
            "fewer lines were released than found, and completeness/narrowed does not say why",
        );
        claim(
            stated.acquired_by.organisation == stated.place.organisation,
            "the acquirer is not of the organisation whose system it is",
        );
        claim(
            stated.approved_by.organisation == stated.place.organisation,
            "the approver is not of the organisation whose system it is",
        );
        claim(
            stated.approved_by.person != stated.request.person,
            "the person who asked approved it too",
        );
        for authority in stated.authority.value().into_iter().flatten() {
            let until = authority.to.value();
            // From its first instant, up to its last one excluded, the whole acquisition long.
            let in_force =
                authority.from <= stated.when.started && until.is_none_or(|to| stated.when.ended < *to);
            claim(
                in_force,
                &format!(
                    "authority {} was not in force during the whole acquisition",
                    authority.identifier
                ),
            );
        }
        let lines = self
            .what
            .files
            .iter()
            .fold(0u64, |sum, file| sum.saturating_add(file.lines));
        let bytes = self
            .what
            .files
            .iter()
            .fold(0u64, |sum, file| sum.saturating_add(file.length));
        if !stated.exported.is_empty() {
            let same = stated.exported.len() == self.what.files.len()
                && stated.exported.iter().zip(&self.what.files).all(|(told, file)| {
                    let whole =
                        matches!(file.origin, Origin::Sha256(digest) if digest.to_string() == told.sha256);
                    whole && told.path == file.path && told.name == file.source && told.sha256 == file.sha256
                });
            claim(
                same,
                "the files that were uploaded are not the files that are here, whole",
            );
            let signed = stated.exported.iter().all(|told| {
                told.uploaded_by.organisation == stated.place.organisation
                    && told.uploaded <= stated.when.ended
                    && says(&told.system)
                    && says(&told.query)
            });
            claim(
                signed,
                "a file was uploaded by nobody of the holder, after it was sealed, or without its system and query",
            );
        }
        claim(lines == self.what.lines, "what/lines is not the sum of its files");
        claim(bytes == self.what.bytes, "what/bytes is not the sum of its files");
        found
    }
}
