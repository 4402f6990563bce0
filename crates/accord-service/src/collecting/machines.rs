//! Machines that may append: names and tokens in a file that the node alone can read.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use accord_collect::HttpSettings;
use accord_model::Role;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::error::{Denial, Result, ServiceError};

/// Longest file of machines, bytes.
const FILE_MAX_BYTES: u64 = 256 * 1024;
/// Most machines of a node.
const MACHINES_MAX: usize = 1_000;
/// Longest name of one, bytes.
const NAME_MAX_BYTES: usize = 64;
/// Length of a token, bytes: what is shorter can be guessed, what is longer is refused before it is looked up.
const TOKEN_BYTES: std::ops::RangeInclusive<usize> = 32..=128;

const SETTING: &str = "logs.http.machines_file";

/// A machine that may append.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    name: String,
    collectors: Arc<BTreeSet<String>>,
}

impl Machine {
    /// Its name in the file.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The refusal is the same whether or not there is such a collector.
    pub(super) fn must_append_to(&self, collector: &str) -> Result<()> {
        if self.collectors.contains(collector) {
            return Ok(());
        }
        Err(ServiceError::Denied(Box::new(Denial {
            rule: "this token is for other collectors: its line stands in the machines_file of those alone"
                .to_owned(),
            clause: None,
            who: Some(Role::Operator),
        })))
    }
}

struct Known {
    token_sha256: [u8; 32],
    name: String,
    collectors: BTreeSet<String>,
}

/// All machines, by the digests of their tokens.
#[derive(Default)]
pub(super) struct Machines(Vec<([u8; 32], Machine)>);

fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

fn is_name(name: &str) -> bool {
    let inside = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    (1..=NAME_MAX_BYTES).contains(&name.len()) && name.bytes().all(inside)
}

fn wrong(path: &Path, words: impl std::fmt::Display) -> ServiceError {
    ServiceError::invalid(SETTING, format!("{}: {words}", path.display()))
}

/// The file's text, if nobody else can read it.
fn text_of(path: &Path) -> Result<String> {
    let failed = |error: std::io::Error| wrong(path, error);
    let file = std::fs::File::open(path).map_err(failed)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = file.metadata().map_err(failed)?.permissions().mode();
        if mode & 0o077 != 0 {
            let words = format!(
                "others can use it (mode {:o}), and it holds tokens: `chmod 600` it, and make new tokens if others may \
                 have read it",
                mode & 0o777
            );
            return Err(wrong(path, words));
        }
    }
    let mut text = String::new();
    file.take(FILE_MAX_BYTES + 1)
        .read_to_string(&mut text)
        .map_err(failed)?;
    if text.len() as u64 > FILE_MAX_BYTES {
        return Err(wrong(path, format!("longer than {FILE_MAX_BYTES} bytes")));
    }
    Ok(text)
}

impl Machines {
    /// Reads the files of all collectors. A token may stand in several, under one name.
    pub(super) fn read(collectors: &[HttpSettings]) -> Result<Self> {
        let mut known: BTreeMap<[u8; 32], Known> = BTreeMap::new();
        for settings in collectors {
            if let Some(path) = &settings.machines_file {
                add(&mut known, path, &text_of(path)?, &settings.name)?;
            }
        }
        let machines = known.into_values().map(|one| {
            let machine = Machine {
                name: one.name,
                collectors: Arc::new(one.collectors),
            };
            (one.token_sha256, machine)
        });
        Ok(Self(machines.collect()))
    }

    /// Whose token it is. Every digest is compared, in the same time.
    pub(super) fn whose(&self, token: &str) -> Option<Machine> {
        if !TOKEN_BYTES.contains(&token.len()) {
            return None;
        }
        let given = digest(token);
        let mut found = None;
        for (known, machine) in &self.0 {
            if bool::from(known.ct_eq(&given)) {
                found = Some(machine.clone());
            }
        }
        found
    }
}

fn add(known: &mut BTreeMap<[u8; 32], Known>, path: &Path, text: &str, collector: &str) -> Result<()> {
    let mut here = BTreeSet::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        // No word of a line is told: it may hold a token.
        let at = |words: &str| wrong(path, format!("line {}: {words}", number + 1));
        let (name, token) = line.split_once(':').ok_or_else(|| at("NAME:TOKEN is expected"))?;
        if !is_name(name) {
            return Err(at("a name is 1 to 64 of letters, digits, `.`, `_` and `-`"));
        }
        if !TOKEN_BYTES.contains(&token.len()) || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(at(
                "a token is 32 to 128 visible ASCII characters: `openssl rand -hex 32` makes one",
            ));
        }
        if !here.insert(name.to_owned()) {
            return Err(at("two lines have this name: each machine has one of its own"));
        }
        let token_sha256 = digest(token);
        let machine = known.entry(token_sha256).or_insert_with(|| Known {
            token_sha256,
            name: name.to_owned(),
            collectors: BTreeSet::new(),
        });
        if machine.name != name {
            return Err(at("this token is another machine's: each has a token of its own"));
        }
        machine.collectors.insert(collector.to_owned());
        if known.len() > MACHINES_MAX {
            return Err(at(&format!("more than {MACHINES_MAX} machines")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

    fn read(files: &[(&str, &str)]) -> std::result::Result<Machines, String> {
        let dir = tempfile::tempdir().unwrap();
        let mut all = Vec::new();
        for (name, text) in files {
            let path = dir.path().join(name);
            std::fs::write(&path, text).unwrap();
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt as _;
                std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
            }
            all.push(HttpSettings {
                name: (*name).to_owned(),
                source: "s".to_owned(),
                machines_file: Some(path),
                key_window_s: 1,
                max_senders: 1,
                spool: accord_collect::SpoolSettings::default(),
            });
        }
        Machines::read(&all).map_err(|error| error.to_string())
    }

    #[test]
    fn a_token_opens_the_collectors_whose_file_names_it_and_no_other() {
        let one = format!("# sensors\n\nweb1:{A}\nweb2:{B}\n");
        let machines = read(&[("one", &one), ("two", &format!("web1:{A}\n"))]).unwrap();
        let web1 = machines.whose(A).unwrap();
        assert_eq!(web1.name(), "web1");
        web1.must_append_to("one").unwrap();
        web1.must_append_to("two").unwrap();
        let web2 = machines.whose(B).unwrap();
        web2.must_append_to("one").unwrap();
        let no = web2.must_append_to("two").unwrap_err().to_string();
        assert_eq!(no, web2.must_append_to("none").unwrap_err().to_string());
        for none in ["", &A[1..], &format!("{A}a"), &A.to_uppercase(), &"a".repeat(129)] {
            assert!(machines.whose(none).is_none(), "{none}");
        }
    }

    #[test]
    fn what_cannot_be_a_file_of_machines_is_refused_and_no_token_is_told() {
        let many: String = (0..=MACHINES_MAX).map(|n| format!("m{n}:{A}{n}\n")).collect();
        for (text, words) in [
            (A.to_owned(), "NAME:TOKEN"),
            (format!("we b:{A}"), "line 1: a name"),
            (format!(":{A}"), "line 1: a name"),
            (format!("{}:{A}", "n".repeat(65)), "a name"),
            (format!("\nweb:{}", &A[1..]), "line 2: a token"),
            (format!("web:{}", "a".repeat(129)), "a token"),
            (format!("web:{A} {B}"), "a token"),
            (format!("web:{A}\nweb:{B}"), "line 2: two lines"),
            (format!("web:{A}\nother:{A}"), "line 2: this token"),
            (many, "more than 1000 machines"),
            (
                "#".repeat(usize::try_from(FILE_MAX_BYTES).unwrap() + 1),
                "longer than",
            ),
        ] {
            let said = read(&[("one", &text)]).err().unwrap();
            assert!(said.contains(words) && said.contains(SETTING), "{words}: {said}");
            assert!(!said.contains(A) && !said.contains(&A[1..]), "{said}");
        }
        let missing = HttpSettings {
            name: "one".to_owned(),
            source: "s".to_owned(),
            machines_file: Some("/nowhere/machines".into()),
            key_window_s: 1,
            max_senders: 1,
            spool: accord_collect::SpoolSettings::default(),
        };
        let said = Machines::read(&[missing]).err().unwrap().to_string();
        assert!(said.contains("/nowhere/machines"), "{said}");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("machines");
        std::fs::write(&path, format!("web:{A}")).unwrap();
        for mode in [0o640, 0o604, 0o620] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            let said = text_of(&path).unwrap_err().to_string();
            assert!(said.contains("chmod 600"), "{said}");
        }
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o400)).unwrap();
        text_of(&path).unwrap();
    }
}
