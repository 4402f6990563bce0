//! Step one: the payload of the bag, whose manifest the ledger entry names.

use std::collections::BTreeMap;

use accord_formats::bagit::{Algorithm, BagInfo, DECLARATION, Manifest, payload_oxum};
use serde_json::{Value, json};

use crate::acquisition::{ACQUISITION_FORMAT, AcquisitionRecord, FileRecord, Stated, What};
use crate::case::case_document;
use crate::complete::missing;
use crate::content::{
    Hex32, LINE_MAX_BYTES, LINE_MAX_MATCHES, LineRecord, Origin, PACKAGE_MAX_BYTES, PACKAGE_MAX_LINES,
    PACKAGE_MAX_SOURCES, PackageContent, SourceLines, original_path,
};
use crate::error::SealError;
use crate::{PACKAGE_FORMAT, paths, readme};

/// The payload of a package, sealed: no byte of it changes any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    files: BTreeMap<String, Vec<u8>>,
    exhibit: String,
    manifest_sha256: Hex32,
}

impl Sealed {
    /// SHA-256 of `manifest-sha256.txt`: what the ledger entry names, and through it every byte under `data/`.
    pub fn manifest_sha256(&self) -> Hex32 {
        self.manifest_sha256
    }

    /// The exhibit's reference.
    pub fn exhibit(&self) -> &str {
        &self.exhibit
    }

    /// The files so far: `data/`, `bagit.txt`, `bag-info.txt` and both payload manifests.
    pub fn files(&self) -> &BTreeMap<String, Vec<u8>> {
        &self.files
    }

    /// What the body of the entry `evidence.delivered` says under `package`, at the least. The verifier reads
    /// `/body/package/format` and `/body/package/manifest_sha256`, which must be disclosed in `accord/payload.bin`.
    pub fn entry_field(&self) -> Value {
        json!({
            "exhibit": self.exhibit,
            "format": PACKAGE_FORMAT,
            "manifest_sha256": self.manifest_sha256.to_string(),
        })
    }
}

/// Seals content: writes every file under `data/` and its manifests. The same content gives the same bytes.
///
/// # Errors
/// [`SealError`]: a limit, lines out of order, an incomplete or contradicting record, an origin that would tell
/// about withheld lines.
pub fn seal(content: &PackageContent) -> Result<Sealed, SealError> {
    let incomplete = missing(&to_value(&content.acquisition)?);
    if !incomplete.is_empty() {
        return Err(SealError::Missing(incomplete));
    }
    let mut files = BTreeMap::new();
    let what = write_lines(content, &mut files)?;
    let record = AcquisitionRecord {
        format: ACQUISITION_FORMAT.to_owned(),
        stated: content.acquisition.clone(),
        what,
    };
    if let Some(contradiction) = record.contradictions().into_iter().next() {
        return Err(SealError::Contradiction(contradiction));
    }
    files.insert(paths::ACQUISITION.to_owned(), pretty(&record)?);
    let document = case_document(&record, &files);
    files.insert(paths::CASE.to_owned(), document);
    files.insert(paths::README.to_owned(), readme::text(&record).into_bytes());

    let bytes: usize = files.values().map(Vec::len).sum();
    limit("the package in bytes", bytes, PACKAGE_MAX_BYTES)?;
    let mut info = BagInfo::default();
    let stated = &record.stated;
    info.push(
        "Source-Organization",
        &stated.acquired_by.organisation.to_string(),
    );
    info.push("External-Identifier", &stated.exhibit.reference);
    info.push("External-Description", &stated.exhibit.description);
    info.push("Internal-Sender-Identifier", &stated.case.id.to_string());
    info.push("Bagging-Date", &stated.sealed.day());
    info.push(
        "Bag-Software-Agent",
        &format!("{} {}", stated.how.tool, stated.how.version),
    );
    info.push("Payload-Oxum", &payload_oxum(files.values().map(Vec::as_slice)));
    info.push("Accord-Package-Format", PACKAGE_FORMAT);
    let manifests = Algorithm::ALL.map(|algorithm| {
        let manifest = Manifest::of(
            algorithm,
            files
                .iter()
                .map(|(path, bytes)| (path.as_str(), bytes.as_slice())),
        );
        (algorithm.manifest_name(), manifest.to_text().into_bytes())
    });
    let manifest_sha256 = Hex32::sha256(
        manifests
            .first()
            .map(|(_, text)| text.as_slice())
            .unwrap_or_default(),
    );
    files.extend(manifests);
    files.insert(paths::DECLARATION.to_owned(), DECLARATION.as_bytes().to_vec());
    files.insert(paths::BAG_INFO.to_owned(), info.to_text().into_bytes());
    Ok(Sealed {
        files,
        exhibit: stated.exhibit.reference.clone(),
        manifest_sha256,
    })
}

/// Writes the originals and `lines.ndjson`, and tells what they are.
fn write_lines(content: &PackageContent, files: &mut BTreeMap<String, Vec<u8>>) -> Result<What, SealError> {
    limit(
        "the number of sources",
        content.sources.len(),
        PACKAGE_MAX_SOURCES,
    )?;
    limit(
        "the number of lines",
        content.sources.iter().map(|s| s.lines.len()).sum(),
        PACKAGE_MAX_LINES,
    )?;
    if content.sources.is_empty() {
        return Err(SealError::Empty("the content".to_owned()));
    }
    let mut index = Vec::new();
    let mut what = What {
        files: Vec::new(),
        lines: 0,
        bytes: 0,
    };
    for (number, source) in content.sources.iter().enumerate() {
        if source.lines.is_empty() {
            return Err(SealError::Empty(format!("source \"{}\"", source.name)));
        }
        let path = original_path(number);
        let mut original = Vec::new();
        let mut last: Option<(u64, u64)> = None;
        for line in &source.lines {
            let fail = |why| {
                Err(SealError::Line {
                    source_name: source.name.clone(),
                    line: line.line,
                    why,
                })
            };
            if line.bytes.is_empty() || line.line == 0 {
                return fail("lines have bytes and are counted from 1");
            }
            if last.is_some_and(|(end, before)| line.offset < end || line.line <= before) {
                return fail("it overlaps the line before, or lines are not in the order of the source");
            }
            limit("a line in bytes", line.bytes.len(), LINE_MAX_BYTES)?;
            limit(
                "the number of matches of a line",
                line.matches.len(),
                LINE_MAX_MATCHES,
            )?;
            limit(
                "the package in bytes",
                original.len().saturating_add(line.bytes.len()),
                PACKAGE_MAX_BYTES,
            )?;
            last = Some((line.offset.saturating_add(line.bytes.len() as u64), line.line));
            let record = LineRecord {
                file: path.clone(),
                position: original.len() as u64,
                length: line.bytes.len() as u64,
                sha256: Hex32::sha256(&line.bytes),
                source: source.name.clone(),
                origin: source.origin,
                line: line.line,
                offset: line.offset,
                time: line.time,
                matches: line.matches.clone(),
            };
            serde_json::to_writer(&mut index, &record)
                .map_err(|e| SealError::Json(paths::LINES, e.to_string()))?;
            index.push(b'\n');
            original.extend_from_slice(&line.bytes);
        }
        if matches!(source.origin, Origin::Sha256(digest) if digest != Hex32::sha256(&original)) {
            return Err(SealError::OriginNotWhole(source.name.clone()));
        }
        what.lines = what.lines.saturating_add(source.lines.len() as u64);
        what.bytes = what.bytes.saturating_add(original.len() as u64);
        what.files.push(describe(&path, source, &original));
        files.insert(path, original);
    }
    files.insert(paths::LINES.to_owned(), index);
    Ok(what)
}

fn describe(path: &str, source: &SourceLines, original: &[u8]) -> FileRecord {
    let times = || source.lines.iter().filter_map(|line| line.time);
    let stated = |time: Option<_>| {
        time.map_or_else(
            || Stated::not("no line states a time that could be read"),
            Stated::Value,
        )
    };
    FileRecord {
        path: path.to_owned(),
        media_type: source.media_type.clone(),
        length: original.len() as u64,
        lines: source.lines.len() as u64,
        sha256: Algorithm::Sha256.hex_digest(original),
        sha512: Algorithm::Sha512.hex_digest(original),
        source: source.name.clone(),
        origin: source.origin,
        first_time: stated(times().min()),
        last_time: stated(times().max()),
    }
}

fn to_value(acquisition: &crate::Acquisition) -> Result<Value, SealError> {
    serde_json::to_value(acquisition).map_err(|error| SealError::Json(paths::ACQUISITION, error.to_string()))
}

fn pretty(record: &AcquisitionRecord) -> Result<Vec<u8>, SealError> {
    let mut text = serde_json::to_vec_pretty(record)
        .map_err(|error| SealError::Json(paths::ACQUISITION, error.to_string()))?;
    text.push(b'\n');
    Ok(text)
}

fn limit(what: &'static str, given: usize, limit: usize) -> Result<(), SealError> {
    if given > limit {
        return Err(SealError::Limit {
            what,
            given: given as u64,
            limit: limit as u64,
        });
    }
    Ok(())
}
