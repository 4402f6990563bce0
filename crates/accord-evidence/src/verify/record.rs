//! The acquisition record: complete, true of the lines, and the same in CASE.

use std::collections::BTreeMap;

use accord_formats::bagit::Algorithm;
use accord_formats::case_uco::Facts;
use serde_json::Value;

use super::Trust;
use super::lines::Shown;
use super::report::Checks;
use crate::acquisition::{ACQUISITION_FORMAT, AcquisitionRecord};
use crate::case::disagreements;
use crate::complete::missing;
use crate::paths;

/// Most bytes of an acquisition record that is read.
const RECORD_MAX_BYTES: usize = 16 << 20;

/// The record, when it could be read.
pub(super) fn check_record(
    files: &BTreeMap<String, Vec<u8>>,
    shown: Option<&[Shown]>,
    trust: &Trust,
    checks: &mut Checks,
) -> Option<AcquisitionRecord> {
    let record = read(files, checks)?;
    let mut problems = record.contradictions();
    match shown {
        None => checks.not_checked("record-and-lines", "the lines could not be read"),
        Some(shown) => {
            problems.extend(differences(&record, shown, files));
            if !record.stated.exported.is_empty() && shown.iter().any(|file| file.matched) {
                problems
                    .push("lines name what they were selected for, in files that nobody searched".to_owned());
            }
            let good = format!(
                "the record fits the lines: {} lines, {} bytes, {} sources",
                record.what.lines,
                record.what.bytes,
                record.what.files.len()
            );
            checks.none_of("record-and-lines", &problems, good);
        }
    }
    say_export(&record, checks);
    check_case(files, &record, checks);
    match trust.agreement {
        None => checks.not_checked(
            "agreement",
            format!(
                "the release is said to be under \"{}\" ({}): compare with the agreement you hold",
                record.stated.agreement.title, record.stated.agreement.digest
            ),
        ),
        Some(expected) if expected == record.stated.agreement.digest => {
            checks.passed("agreement", "the record names the agreement you gave");
        }
        Some(_) => checks.failed(
            "agreement",
            "the record names another agreement than the one you gave",
        ),
    }
    Some(record)
}

fn read(files: &BTreeMap<String, Vec<u8>>, checks: &mut Checks) -> Option<AcquisitionRecord> {
    let Some(text) = files
        .get(paths::ACQUISITION)
        .filter(|text| text.len() <= RECORD_MAX_BYTES)
    else {
        checks.failed("record", format!("{} is missing or too long", paths::ACQUISITION));
        return None;
    };
    let value: Value = match serde_json::from_slice(text) {
        Ok(value) => value,
        Err(error) => {
            checks.failed("record", format!("{} is not JSON: {error}", paths::ACQUISITION));
            return None;
        }
    };
    let incomplete = missing(&value);
    if !incomplete.is_empty() {
        let words = format!(
            "{} says nothing at: {}",
            paths::ACQUISITION,
            incomplete.join(", ")
        );
        checks.failed("record", words);
    }
    match serde_json::from_slice::<AcquisitionRecord>(text) {
        Ok(record) if record.format == ACQUISITION_FORMAT => {
            if incomplete.is_empty() {
                checks.passed(
                    "record",
                    "the acquisition record is complete: every question has an answer or a reason",
                );
            }
            Some(record)
        }
        Ok(_) => {
            checks.failed(
                "record",
                format!("{} is not of the format {ACQUISITION_FORMAT}", paths::ACQUISITION),
            );
            None
        }
        Err(error) => {
            checks.failed("record", format!("{}: {error}", paths::ACQUISITION));
            None
        }
    }
}

/// Says of an export what it is, file by file, and what nobody can check.
fn say_export(record: &AcquisitionRecord, checks: &mut Checks) {
    for file in &record.stated.exported {
        let by = &file.uploaded_by;
        let name = by
            .name
            .value()
            .map_or_else(|| by.person.to_string(), Clone::clone);
        checks.passed(
            "export",
            format!(
                "{} was not found by search: it is an export that {name} of {} uploaded on {}; SHA-256 {}; in their \
                 words from the system \"{}\", by the query \"{}\"",
                file.path, by.organisation, file.uploaded, file.sha256, file.system, file.query
            ),
        );
    }
    if !record.stated.exported.is_empty() {
        checks.not_checked(
            "export-whole",
            "that the export holds all that the query finds, unchanged, rests on the word of who uploaded it",
        );
    }
}

fn differences(
    record: &AcquisitionRecord,
    shown: &[Shown],
    files: &BTreeMap<String, Vec<u8>>,
) -> Vec<String> {
    let mut found = Vec::new();
    if record.what.files.len() != shown.len() {
        found.push("the record lists other files than there are".to_owned());
    }
    for (told, shown) in record.what.files.iter().zip(shown) {
        let bytes = files.get(&shown.path).map(Vec::as_slice).unwrap_or_default();
        let times = (told.first_time.value().copied(), told.last_time.value().copied());
        let claims = [
            (told.path == shown.path, "path"),
            (told.length == bytes.len() as u64, "length"),
            (told.lines == shown.lines, "number of lines"),
            (told.sha256 == Algorithm::Sha256.hex_digest(bytes), "SHA-256"),
            (told.sha512 == Algorithm::Sha512.hex_digest(bytes), "SHA-512"),
            (told.source == shown.source, "source"),
            (told.origin == shown.origin, "origin"),
            (
                times == (shown.times.map(|t| t.0), shown.times.map(|t| t.1)),
                "first or last time",
            ),
        ];
        for (_, what) in claims.iter().filter(|(holds, _)| !holds) {
            found.push(format!("the record's {what} of {} differs", shown.path));
        }
    }
    found
}

fn check_case(files: &BTreeMap<String, Vec<u8>>, record: &AcquisitionRecord, checks: &mut Checks) {
    let Some(text) = files.get(paths::CASE) else {
        checks.failed("case", format!("{} is missing", paths::CASE));
        return;
    };
    match Facts::read(text) {
        Err(error) => checks.failed("case", error.to_string()),
        Ok(facts) => {
            let problems: Vec<String> = disagreements(&facts, record, files)
                .into_iter()
                .map(|words| format!("{}: {words}", paths::CASE))
                .collect();
            let good = "the CASE document says the same as the record; its form is case_validate's to check";
            checks.none_of("case", &problems, good);
        }
    }
}
