//! The text for people in each package.

use crate::acquisition::AcquisitionRecord;

/// The setting of the method that says which lines were rendered from binary event logs, and by what.
pub const RENDERED_SETTING: &str = "rendered lines";

/// Plain words: what this is and how to check it. Pure ASCII apart from what the record says.
pub(crate) fn text(record: &AcquisitionRecord) -> String {
    let stated = &record.stated;
    let one_line = |text: &str| {
        text.chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect::<String>()
    };
    let taken = match stated.exported.first() {
        None => String::new(),
        Some(file) => format!(
            "\n  Not found by search: an export that was uploaded by {}. From which system and by which\n  query stands in \"exported\" of data/acquisition.json, in their words.",
            one_line(
                file.uploaded_by
                    .name
                    .value()
                    .map_or("a person of the holder", String::as_str)
            )
        ),
    };
    let as_recorded = if stated.how.settings.contains_key(RENDERED_SETTING) {
        format!(
            "of them some as {}'s node rendered them from binary event logs\n  (see \"{RENDERED_SETTING}\" under \"how\" in \
             data/acquisition.json; the files themselves stay with\n  the holder), the others exactly as it recorded them",
            stated.place.organisation
        )
    } else {
        format!("exactly as {} recorded them", stated.place.organisation)
    };
    format!(
        "\
EVIDENCE PACKAGE {exhibit}
Marking: {marking}

What this is
  {description}
  {lines} lines, {bytes} bytes, {as_recorded}, from {sources} source(s).
  Asked for by {asker}; released by {holder} under the agreement
  \"{agreement}\".{taken}

What is where
  data/original/       the lines themselves, byte for byte, in the order of their source
  data/lines.ndjson    for each line: where it stands here, where it stood in its source, its SHA-256
  data/acquisition.json  who took it, from where, how, when, why, on what authority, and what was left out
  data/case.jsonld     the same in CASE 1.4 (https://caseontology.org)
  accord/              the ledger entry that names this package, its proof, keys and signature
  manifest-*.txt       checksums of everything under data/ (BagIt 1.0, RFC 8493)

How to check it
  sha256sum -c manifest-sha256.txt         (and sha512sum with the other)
  sha256sum -c tagmanifest-sha256.txt
  bagit.py --validate FOLDER               (PyPI: bagit)
  case_validate data/case.jsonld           (PyPI: case-utils)
  accord evidence verify PACKAGE --identity KEY
The first four show that nothing was damaged. Only the last, or the steps of \"Checking evidence\" in
Accord's documentation with openssl and Python, show who signed it and that the ledger holds it. Get the
identity key of {holder} from {holder} itself, not from whoever gave you this package.

What no check can show
  That the log was true when it was written, and that nothing else was in it. See \"completeness\",
  \"when\" and \"integrity_at_rest\" in data/acquisition.json for what {holder} says about that.
",
        exhibit = one_line(&stated.exhibit.reference),
        marking = stated.marking.tlp,
        description = one_line(&stated.exhibit.description),
        lines = record.what.lines,
        bytes = record.what.bytes,
        holder = stated.place.organisation,
        sources = record.what.files.len(),
        asker = stated.request.organisation,
        agreement = one_line(&stated.agreement.title),
    )
}
