//! The record in CASE, and whether the two agree.

use std::collections::BTreeMap;

use accord_formats::bagit::Algorithm;
use accord_formats::case_uco::{Acquired, AcquiredFile, Authorization, Facts, Party, Source, emit};

use crate::acquisition::{AcquisitionRecord, Stated};
use crate::content::Origin;
use crate::{PACKAGE_FORMAT, paths};

/// The document for a record; `files` holds the originals, the index of lines and the record itself.
pub(crate) fn case_document(record: &AcquisitionRecord, files: &BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    emit(&acquired(record, files))
}

fn acquired(record: &AcquisitionRecord, files: &BTreeMap<String, Vec<u8>>) -> Acquired {
    let stated = &record.stated;
    let mut listed: Vec<AcquiredFile> = record
        .what
        .files
        .iter()
        .enumerate()
        .map(|(index, file)| AcquiredFile {
            path: file.path.clone(),
            media_type: file.media_type.clone(),
            length: file.length,
            sha256: file.sha256.clone(),
            sha512: file.sha512.clone(),
            source: Some(index),
        })
        .collect();
    for (path, media_type) in [
        (paths::LINES, "application/x-ndjson"),
        (paths::ACQUISITION, "application/json"),
    ] {
        let bytes = files.get(path).map(Vec::as_slice).unwrap_or_default();
        listed.push(AcquiredFile {
            path: path.to_owned(),
            media_type: media_type.to_owned(),
            length: bytes.len() as u64,
            sha256: Algorithm::Sha256.hex_digest(bytes),
            sha512: Algorithm::Sha512.hex_digest(bytes),
            source: None,
        });
    }
    let mut settings: Vec<(String, String)> = stated
        .how
        .settings
        .iter()
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    if let Some(digest) = stated.how.tool_sha256.value() {
        settings.push(("program SHA-256".to_owned(), digest.clone()));
    }
    let digests: Vec<&str> = listed.iter().map(|file| file.sha256.as_str()).collect();
    let actor = &stated.acquired_by;
    Acquired {
        // Two packages never share a name: their files differ, or they are the same package.
        name_space: format!(
            "{PACKAGE_FORMAT}\n{}",
            Algorithm::Sha256.hex_digest(digests.join("\n").as_bytes())
        ),
        investigation: stated
            .case
            .operation
            .value()
            .cloned()
            .unwrap_or_else(|| stated.case.id.to_string()),
        references: std::iter::once(("Accord case".to_owned(), stated.case.id.to_string()))
            .chain(
                stated
                    .case
                    .numbers
                    .iter()
                    .map(|n| (n.organisation.to_string(), n.number.clone())),
            )
            .collect(),
        exhibit: stated.exhibit.reference.clone(),
        root_exhibit: stated.exhibit.root.value().cloned(),
        description: stated.exhibit.description.clone(),
        authorizations: stated
            .authority
            .value()
            .into_iter()
            .flatten()
            .map(|authority| Authorization {
                kind: authority.kind.clone(),
                identifier: authority.identifier.clone(),
                from: Some(authority.from.to_string()),
                to: authority.to.value().map(ToString::to_string),
            })
            .collect(),
        asker: Party {
            id: stated.request.organisation.to_string(),
            name: Some(stated.request.organisation.to_string()),
        },
        holder: Party {
            id: stated.place.organisation.to_string(),
            name: Some(stated.place.organisation.to_string()),
        },
        performer: Party {
            id: actor.person.to_string(),
            name: match &actor.name {
                Stated::Value(name) => Some(name.clone()),
                Stated::Not { .. } => None,
            },
        },
        question: stated.how.question.clone(),
        asked: Some(stated.request.asked.to_string()),
        started: stated.when.started.to_string(),
        ended: stated.when.ended.to_string(),
        tool: (stated.how.tool.clone(), stated.how.version.clone()),
        settings,
        sources: record
            .what
            .files
            .iter()
            .map(|file| Source {
                name: file.source.clone(),
                origin: origin(file.origin),
            })
            .collect(),
        files: listed,
        marking: stated.marking.tlp.to_string(),
    }
}

fn origin(origin: Origin) -> (String, String) {
    match origin {
        Origin::Sha256(digest) => ("SHA-256 of the source".to_owned(), digest.to_string()),
        Origin::Commitment(digest) => ("accord-origin-commitment/v1".to_owned(), digest.to_string()),
    }
}

/// Where a CASE document and the record differ, in words. Compares what the record says with what the document
/// says, not bytes: another program may have written it.
pub(crate) fn disagreements(
    facts: &Facts,
    record: &AcquisitionRecord,
    files: &BTreeMap<String, Vec<u8>>,
) -> Vec<String> {
    let expected = acquired(record, files);
    let mut found = Vec::new();
    let mut claim = |holds: bool, words: String| {
        if !holds {
            found.push(words);
        }
    };
    for file in &expected.files {
        let Some(told) = facts.files.get(&file.path) else {
            claim(false, format!("it does not list {}", file.path));
            continue;
        };
        let length = file.length.to_string();
        let lengths_fit = !told.lengths.is_empty() && told.lengths.iter().all(|told| *told == length);
        claim(lengths_fit, format!("its length of {} differs", file.path));
        for (method, digest) in [("SHA256", &file.sha256), ("SHA512", &file.sha512)] {
            let fits = told
                .hashes
                .get(method)
                .is_some_and(|told| told.eq_ignore_ascii_case(digest));
            claim(
                fits,
                format!("its {method} of {} differs or is missing", file.path),
            );
        }
        let derived = file.source.is_none() || told.derived;
        claim(
            derived,
            format!("it does not say what {} was derived from", file.path),
        );
    }
    claim(
        facts.files.len() == expected.files.len(),
        "it lists files that the record does not".to_owned(),
    );
    claim(
        facts.exhibits == [expected.exhibit.as_str()],
        "its exhibit number differs".to_owned(),
    );
    let authorizations: Vec<&str> = expected
        .authorizations
        .iter()
        .map(|a| a.identifier.as_str())
        .collect();
    claim(
        facts.authorizations == authorizations,
        "its authorizations differ".to_owned(),
    );
    claim(
        facts.tools == [expected.tool.clone()],
        "its tool or version differs".to_owned(),
    );
    let times = [(expected.started.clone(), expected.ended.clone())];
    claim(
        facts.acquisitions == times,
        "the times of its acquisition differ".to_owned(),
    );
    claim(
        facts.markings == [expected.marking.as_str()],
        "its marking differs".to_owned(),
    );
    let sources: Vec<&str> = expected
        .sources
        .iter()
        .map(|source| source.name.as_str())
        .collect();
    claim(facts.sources == sources, "its sources differ".to_owned());
    let identifiers = expected
        .references
        .iter()
        .map(|(_, number)| number)
        .chain(expected.sources.iter().map(|source| &source.origin.1))
        .chain([&expected.asker.id, &expected.holder.id, &expected.performer.id]);
    for identifier in identifiers {
        claim(
            facts.identifiers.contains(identifier),
            format!("it does not name {identifier}"),
        );
    }
    found
}
