//! Is a bag complete and valid (RFC 8493, section 3)?

use std::collections::{BTreeMap, BTreeSet};

use super::{Algorithm, BagInfo, DECLARATION, Manifest, payload_oxum};

/// One thing that is wrong with a bag.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file it is about.
    pub path: String,
    /// What is wrong, in words.
    pub words: String,
}

/// Checks the declaration, `bag-info.txt`'s `Payload-Oxum`, both payload manifests and both tag manifests:
/// every file is listed in each manifest that must list it, every listed file is there, every checksum fits.
///
/// Returns every problem, sorted by path; an empty list means complete and valid.
pub fn check(files: &BTreeMap<String, Vec<u8>>) -> Vec<Problem> {
    let mut problems = BTreeSet::new();
    let mut problem = |path: &str, words: String| {
        problems.insert(Problem {
            path: path.to_owned(),
            words,
        });
    };

    match files.get("bagit.txt") {
        Some(text) if text == DECLARATION.as_bytes() => {}
        Some(_) => problem(
            "bagit.txt",
            "is not the declaration of a BagIt 1.0 bag in UTF-8".into(),
        ),
        None => problem("bagit.txt", "is missing".into()),
    }
    if files.contains_key("fetch.txt") {
        problem(
            "fetch.txt",
            "content that must be fetched from elsewhere is refused".into(),
        );
    }
    let payload: BTreeSet<&str> = files
        .keys()
        .map(String::as_str)
        .filter(|path| path.starts_with("data/"))
        .collect();
    if payload.is_empty() {
        problem("data/", "has no files".into());
    }
    match files.get("bag-info.txt").map(|text| BagInfo::parse(text)) {
        None => problem("bag-info.txt", "is missing".into()),
        Some(Err(error)) => problem("bag-info.txt", error.to_string()),
        Some(Ok(info)) => {
            let counted = payload_oxum(
                payload
                    .iter()
                    .filter_map(|path| files.get(*path))
                    .map(Vec::as_slice),
            );
            match info.get("Payload-Oxum") {
                Some(stated) if stated == counted => {}
                Some(stated) => problem(
                    "bag-info.txt",
                    format!("states Payload-Oxum {}, counted {counted}", stated.escape_debug()),
                ),
                None => problem("bag-info.txt", "has no Payload-Oxum".into()),
            }
        }
    }
    let tags: BTreeSet<&str> = files
        .keys()
        .map(String::as_str)
        .filter(|path| !path.starts_with("data/") && !path.starts_with("tagmanifest-"))
        .collect();
    for path in files.keys() {
        let is_manifest = path.starts_with("manifest-") || path.starts_with("tagmanifest-");
        let known = Algorithm::ALL
            .iter()
            .any(|algorithm| *path == algorithm.manifest_name() || *path == algorithm.tag_manifest_name());
        if is_manifest && !known {
            problem(
                path,
                "is a manifest by an algorithm that is not accepted (SHA-256 and SHA-512 are)".into(),
            );
        }
    }
    for algorithm in Algorithm::ALL {
        for (name, listed) in [
            (algorithm.manifest_name(), &payload),
            (algorithm.tag_manifest_name(), &tags),
        ] {
            let Some(text) = files.get(&name) else {
                problem(&name, "is missing".into());
                continue;
            };
            let manifest = match Manifest::parse(algorithm, &name, text) {
                Ok(manifest) => manifest,
                Err(error) => {
                    problem(&name, error.to_string());
                    continue;
                }
            };
            for path in listed.iter().filter(|path| !manifest.0.contains_key(**path)) {
                problem(path, format!("is not listed in {name}"));
            }
            for (path, digest) in &manifest.0 {
                match files.get(path).filter(|_| listed.contains(path.as_str())) {
                    None => problem(path, format!("is listed in {name} but is not there")),
                    Some(bytes) if algorithm.hex_digest(bytes) != *digest => {
                        problem(path, format!("does not have the checksum in {name}"));
                    }
                    Some(_) => {}
                }
            }
        }
    }
    problems.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bag() -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::from([
            ("data/a".to_owned(), b"abc".to_vec()),
            ("bagit.txt".to_owned(), DECLARATION.as_bytes().to_vec()),
            ("bag-info.txt".to_owned(), b"Payload-Oxum: 3.1\n".to_vec()),
        ]);
        seal(&mut files);
        files
    }

    fn seal(files: &mut BTreeMap<String, Vec<u8>>) {
        for tag in [false, true] {
            for algorithm in Algorithm::ALL {
                let listed = files.iter().filter(|(path, _)| {
                    path.starts_with("data/") != tag
                        && !path.starts_with("tagmanifest-")
                        && (tag || !path.starts_with("manifest-"))
                });
                let text = Manifest::of(algorithm, listed.map(|(p, b)| (p.as_str(), b.as_slice()))).to_text();
                let name = if tag {
                    algorithm.tag_manifest_name()
                } else {
                    algorithm.manifest_name()
                };
                files.insert(name, text.into_bytes());
            }
        }
    }

    #[test]
    fn a_good_bag_has_no_problems() {
        assert_eq!(check(&bag()), []);
    }

    #[test]
    fn every_flip_addition_and_loss_is_named() {
        let good = bag();
        for (path, bytes) in &good {
            let mut lost = good.clone();
            lost.remove(path);
            assert!(!check(&lost).is_empty(), "{path} lost");
            for at in 0..bytes.len() {
                let mut changed = good.clone();
                changed.get_mut(path).unwrap()[at] ^= 1;
                let problems = check(&changed);
                assert!(!problems.is_empty(), "{path} byte {at}");
            }
        }
        for extra in [
            "data/b",
            "c",
            "fetch.txt",
            "manifest-md5.txt",
            "tagmanifest-md5.txt",
        ] {
            let mut more = good.clone();
            more.insert(extra.to_owned(), b"x".to_vec());
            assert!(
                check(&more).iter().any(|problem| problem.path == extra),
                "{extra}"
            );
        }
    }

    #[test]
    fn a_manifest_cannot_point_outside_the_payload() {
        let mut files = bag();
        let name = Algorithm::Sha256.manifest_name();
        let mut text = files[&name].clone();
        text.extend_from_slice(format!("{}  ../x\n", "0".repeat(64)).as_bytes());
        files.insert(name, text);
        assert!(check(&files).iter().any(|problem| problem.path == "../x"));
        assert!(!check(&BTreeMap::new()).is_empty());
    }
}
