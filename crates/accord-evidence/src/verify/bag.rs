//! The bag: the files that must be there, nothing else, and every checksum.

use std::collections::BTreeMap;

use accord_formats::archive::{check_clashes, check_name};
use accord_formats::bagit::{self, Algorithm, BagInfo, Manifest};

use super::report::Checks;
use crate::content::PACKAGE_MAX_BYTES;
use crate::{PACKAGE_FORMAT, paths};

/// Room for the tag files beside [`PACKAGE_MAX_BYTES`].
const TAGS_MAX_BYTES: usize = 16 << 20;

/// Returns whether the package is small and clean enough to look further.
pub(super) fn check_bag(files: &BTreeMap<String, Vec<u8>>, checks: &mut Checks) -> bool {
    let bytes = files
        .values()
        .fold(0usize, |sum, content| sum.saturating_add(content.len()));
    if bytes > PACKAGE_MAX_BYTES + TAGS_MAX_BYTES {
        checks.failed("files", format!("{bytes} bytes are more than a package may have"));
        return false;
    }
    let problems = name_problems(files);
    checks.none_of(
        "files",
        &problems,
        format!("{} files, each of them expected, none missing", files.len()),
    );

    let mut problems: Vec<String> = bagit::check(files)
        .into_iter()
        .map(|problem| format!("{} {}", problem.path.escape_debug(), problem.words))
        .collect();
    for algorithm in Algorithm::ALL {
        for name in [algorithm.manifest_name(), algorithm.tag_manifest_name()] {
            let Some(text) = files.get(&name) else { continue };
            // One spelling, so that no byte of a manifest can change unnoticed.
            if Manifest::parse(algorithm, &name, text)
                .is_ok_and(|m| m.to_text().as_bytes() != text.as_slice())
            {
                problems.push(format!(
                    "{name} is not in the form that is written: sorted, lower case, two spaces"
                ));
            }
        }
    }
    if let Some(Ok(info)) = files.get(paths::BAG_INFO).map(|text| BagInfo::parse(text))
        && info.get("Accord-Package-Format") != Some(PACKAGE_FORMAT)
    {
        problems.push(format!(
            "{} does not name the format {PACKAGE_FORMAT}",
            paths::BAG_INFO
        ));
    }
    let good =
        "complete and valid (BagIt 1.0): every file has its checksum in the SHA-256 and SHA-512 manifests";
    checks.none_of("bag", &problems, good);
    true
}

fn name_problems(files: &BTreeMap<String, Vec<u8>>) -> Vec<String> {
    let mut problems = Vec::new();
    let fixed = paths::fixed();
    let mut sources = Vec::new();
    for path in files.keys() {
        if let Err(error) = check_name(path) {
            problems.push(error.to_string());
        } else if let Some(number) = paths::source_number(path) {
            sources.push(number);
        } else if !fixed.contains(path) {
            problems.push(format!("{} does not belong in a package", path.escape_debug()));
        }
    }
    if let Err(error) = check_clashes(files.keys().map(String::as_str)) {
        problems.push(error.to_string());
    }
    problems.extend(
        fixed
            .iter()
            .filter(|path| !files.contains_key(*path))
            .map(|path| format!("{path} is missing")),
    );
    sources.sort_unstable();
    if sources.is_empty() || !sources.iter().copied().eq(1..=sources.len()) {
        problems.push("data/original/SOURCE-N.log must be numbered 1, 2, 3 ... without gaps".to_owned());
    }
    problems
}
