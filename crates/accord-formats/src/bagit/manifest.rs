//! Manifests: one line for each file, its checksum and its path (RFC 8493, 2.1.3 and 2.2.1).

use std::collections::BTreeMap;
use std::fmt::Write as _;

use sha2::{Digest, Sha256, Sha512};

use super::BagError;

/// Most lines of one manifest.
pub const MANIFEST_MAX_LINES: usize = 4096;

/// The checksum algorithms that are written and accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// SHA-256 (FIPS 180-4).
    Sha256,
    /// SHA-512 (FIPS 180-4).
    Sha512,
}

impl Algorithm {
    /// Both, in the order they are written.
    pub const ALL: [Self; 2] = [Self::Sha256, Self::Sha512];

    /// The name in file names: `sha256`, `sha512`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Sha512 => "sha512",
        }
    }

    /// `manifest-sha256.txt` and the like.
    pub fn manifest_name(self) -> String {
        format!("manifest-{}.txt", self.as_str())
    }

    /// `tagmanifest-sha256.txt` and the like.
    pub fn tag_manifest_name(self) -> String {
        format!("tagmanifest-{}.txt", self.as_str())
    }

    /// The checksum of `bytes` in lower-case hex.
    pub fn hex_digest(self, bytes: &[u8]) -> String {
        match self {
            Self::Sha256 => hex::encode(Sha256::digest(bytes)),
            Self::Sha512 => hex::encode(Sha512::digest(bytes)),
        }
    }

    const fn hex_length(self) -> usize {
        match self {
            Self::Sha256 => 64,
            Self::Sha512 => 128,
        }
    }
}

/// Path to checksum (lower-case hex), in the order of the paths.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Manifest(pub BTreeMap<String, String>);

impl Manifest {
    /// The manifest of the given files.
    pub fn of<'a>(algorithm: Algorithm, files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Self {
        Self(
            files
                .into_iter()
                .map(|(path, bytes)| (path.to_owned(), algorithm.hex_digest(bytes)))
                .collect(),
        )
    }

    /// The manifest as a tag file: `checksum`, two spaces, path, newline; the form that `sha256sum -c` reads.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        for (path, digest) in &self.0 {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{digest}  {}", encode_path(path));
        }
        text
    }

    /// Reads a manifest. A path may stand only once.
    ///
    /// # Errors
    /// [`BagError`] with the line: not UTF-8, no checksum of the algorithm's length, a path twice, too long.
    pub fn parse(algorithm: Algorithm, file: &str, bytes: &[u8]) -> Result<Self, BagError> {
        let text = std::str::from_utf8(bytes).map_err(|_| BagError::NotText(file.to_owned()))?;
        let mut paths = BTreeMap::new();
        for (index, line) in text.lines().enumerate() {
            let number = index.saturating_add(1);
            let fail = |why| BagError::Line {
                file: file.to_owned(),
                line: number,
                why,
            };
            if number > MANIFEST_MAX_LINES {
                return Err(BagError::TooLong {
                    file: file.to_owned(),
                    limit: MANIFEST_MAX_LINES,
                });
            }
            let (digest, path) = line
                .split_once([' ', '\t'])
                .ok_or_else(|| fail("a checksum, white space and a path are needed"))?;
            let path = path.trim_start_matches([' ', '\t']);
            if digest.len() != algorithm.hex_length() || !digest.bytes().all(|b| b.is_ascii_hexdigit()) {
                return Err(fail("the checksum does not have the form of this algorithm"));
            }
            let path = decode_path(path).ok_or_else(|| fail("a % in the path is not %0A, %0D or %25"))?;
            if path.is_empty() {
                return Err(fail("the path is empty"));
            }
            if paths.insert(path, digest.to_ascii_lowercase()).is_some() {
                return Err(fail("the path stands twice"));
            }
        }
        Ok(Self(paths))
    }
}

/// RFC 8493, 2.1.3: CR, LF and % are percent-encoded, nothing else.
fn encode_path(path: &str) -> String {
    path.replace('%', "%25").replace('\n', "%0A").replace('\r', "%0D")
}

fn decode_path(path: &str) -> Option<String> {
    let mut parts = path.split('%');
    let mut decoded = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (code, rest) = part.split_at_checked(2)?;
        decoded.push(match code.to_ascii_uppercase().as_str() {
            "0A" => '\n',
            "0D" => '\r',
            "25" => '%',
            _ => return None,
        });
        decoded.push_str(rest);
    }
    Some(decoded)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn known_digest_and_form() {
        // SHA-256("abc"), FIPS 180-4 example.
        let manifest = Manifest::of(Algorithm::Sha256, [("data/a", b"abc".as_slice())]);
        assert_eq!(
            manifest.to_text(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  data/a\n"
        );
    }

    #[test]
    fn wrong_lines_are_named() {
        let digest = "0".repeat(64);
        for (text, line) in [
            ("x".to_owned(), 1),
            (format!("{digest}  a\n{digest}  a\n"), 2),
            (format!("{}  a\n", &digest[1..]), 1),
            (format!("{digest}  a%41\n"), 1),
            (format!("{digest}  a%4\n"), 1),
            (format!("{digest}  \n"), 1),
            (format!("{}zz  a\n", &digest[2..]), 1),
        ] {
            match Manifest::parse(Algorithm::Sha256, "m", text.as_bytes()) {
                Err(BagError::Line { line: at, .. }) => assert_eq!(at, line, "{text}"),
                other => panic!("{text}: {other:?}"),
            }
        }
        assert!(matches!(
            Manifest::parse(Algorithm::Sha256, "m", b"\xff"),
            Err(BagError::NotText(_))
        ));
    }

    #[test]
    fn the_limit_and_one_past_it() {
        let lines = |count: usize| {
            (0..count)
                .map(|n| format!("{}  f{n}\n", "a".repeat(64)))
                .collect::<String>()
        };
        assert!(Manifest::parse(Algorithm::Sha256, "m", lines(MANIFEST_MAX_LINES).as_bytes()).is_ok());
        assert!(matches!(
            Manifest::parse(Algorithm::Sha256, "m", lines(MANIFEST_MAX_LINES + 1).as_bytes()),
            Err(BagError::TooLong { .. })
        ));
    }

    proptest! {
        #[test]
        fn round_trip(paths in proptest::collection::btree_map("[^ \t][^\0]{0,20}", any::<Vec<u8>>(), 0..8)) {
            for algorithm in Algorithm::ALL {
                let manifest = Manifest::of(algorithm, paths.iter().map(|(p, b)| (p.as_str(), b.as_slice())));
                let again = Manifest::parse(algorithm, "m", manifest.to_text().as_bytes());
                prop_assert_eq!(again, Ok(manifest));
            }
        }

        #[test]
        fn hostile_bytes_never_panic(bytes in any::<Vec<u8>>()) {
            let _ = Manifest::parse(Algorithm::Sha512, "m", &bytes);
        }
    }
}
