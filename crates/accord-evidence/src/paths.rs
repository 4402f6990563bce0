//! The closed list of files in a package. Anything else in it is an error.

use accord_formats::bagit::Algorithm;

use crate::content::PACKAGE_MAX_SOURCES;

/// The record.
pub const ACQUISITION: &str = "data/acquisition.json";
/// The record in CASE.
pub const CASE: &str = "data/case.jsonld";
/// Where every line stood.
pub const LINES: &str = "data/lines.ndjson";
/// For people.
pub const README: &str = "data/README.txt";
/// The bag's declaration.
pub const DECLARATION: &str = "bagit.txt";
/// The bag's description.
pub const BAG_INFO: &str = "bag-info.txt";
/// The header of the ledger entry.
pub const ENTRY: &str = "accord/entry.bin";
/// Its payload, as far as it is disclosed.
pub const PAYLOAD: &str = "accord/payload.bin";
/// The inclusion proof.
pub const PROOF: &str = "accord/proof.txt";
/// The node's certificate.
pub const CERTIFICATE: &str = "accord/certificate.txt";
/// The package's signature.
pub const SIGNATURE: &str = "accord/package.sig";

/// Every file that stands in each package once, without the original lines.
pub fn fixed() -> Vec<String> {
    let plain = [
        ACQUISITION,
        CASE,
        LINES,
        README,
        DECLARATION,
        BAG_INFO,
        ENTRY,
        PAYLOAD,
        PROOF,
        CERTIFICATE,
        SIGNATURE,
    ];
    let manifests = Algorithm::ALL
        .into_iter()
        .flat_map(|a| [a.manifest_name(), a.tag_manifest_name()]);
    plain.into_iter().map(str::to_owned).chain(manifests).collect()
}

/// N of `data/original/SOURCE-N.log`, from 1, in its one spelling.
pub fn source_number(path: &str) -> Option<usize> {
    let digits = path.strip_prefix("data/original/SOURCE-")?.strip_suffix(".log")?;
    let number: usize = digits.parse().ok()?;
    ((1..=PACKAGE_MAX_SOURCES).contains(&number) && number.to_string() == digits).then_some(number)
}

/// The folder's and the archive's name: the exhibit's reference, in characters that every file system takes.
pub fn folder_name(exhibit: &str) -> String {
    let safe: String = exhibit
        .chars()
        .take(64)
        .map(|c| {
            if c.is_ascii_alphanumeric() || c == '-' || c == '_' {
                c
            } else {
                '-'
            }
        })
        .collect();
    format!("accord-evidence-{safe}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names() {
        for (path, number) in [
            ("data/original/SOURCE-1.log", Some(1)),
            ("data/original/SOURCE-1000.log", Some(1000)),
            ("data/original/SOURCE-1001.log", None),
            ("data/original/SOURCE-0.log", None),
            ("data/original/SOURCE-01.log", None),
            ("data/original/SOURCE-+1.log", None),
            ("data/original/x.log", None),
        ] {
            assert_eq!(source_number(path), number, "{path}");
        }
        assert_eq!(folder_name("AB/1 ../é"), "accord-evidence-AB-1-----");
    }
}
