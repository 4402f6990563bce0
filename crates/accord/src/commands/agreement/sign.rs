//! `accord agreement sign`: the signature of a party, made with the offline identity key.
//!
//! What is signed is a text (`docs/spec/agreement.md`): it names the agreement by its digest, and its title, term and
//! parties in words. It is made here from the two files of the agreement, or is the file that the agreement's page
//! gives. A file is read strictly: what is no such text is not signed, so that nobody is talked into signing something
//! else with this key.

use std::fs;
use std::path::{Path, PathBuf};

use accord_ledger::note::Note;
use accord_model::{AgreementDigest, OrgName};

use super::{file_error, read};
use crate::commands::{CommandError, Exit};
use crate::output::{Output, visible};

/// The first line of a signing text.
const HEADING: &str = "accord-agreement/v1";
/// Largest signing text, bytes: title and parties are limited, a party's line to less than 1 KiB.
const MAX_TEXT_BYTES: u64 = 64 << 10;

/// Arguments of `agreement sign`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  accord agreement sign agreement-9f2c.txt --org isp.example --key /media/stick/identity.seed
  accord agreement sign heather --org isp.example --key /media/stick/identity.seed

The file is the one that the agreement's page gives; the folder has agreement.toml and clauses.cedar. What is signed is
told on standard error: compare the digest with the page's, and read `accord agreement explain` first. The signature's
line, for the page, goes to standard output.")]
pub struct Arguments {
    /// The downloaded file, or the folder with agreement.toml and clauses.cedar
    #[arg(value_name = "FILE|FOLDER")]
    what: PathBuf,
    /// The organisation that signs
    #[arg(long)]
    org: OrgName,
    /// The file of the identity key
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
}

/// Signs.
pub fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, CommandError> {
    let (path, org) = (&arguments.what, &arguments.org);
    let text = if fs::metadata(path).map_err(file_error(path))?.is_dir() {
        read(path)?.signing_text()
    } else {
        read_text(path)?
    };
    let told = Told::of(&text).map_err(|why| {
        CommandError::Failed(format!(
            "{}: {why}; this is not the file that an agreement's page gives",
            path.display()
        ))
    })?;
    let identity = accord_service::keys::read_identity(&arguments.key, org).map_err(CommandError::failed)?;
    let own = identity.vkey().to_string();
    match told.parties.iter().find(|party| party.name == org.as_str()) {
        None => {
            return Err(CommandError::Failed(format!(
                "{org} is no party of this agreement; its parties are {}",
                told.names()
            )));
        }
        Some(party) if party.identity != own => {
            return Err(CommandError::Failed(format!(
                "the key in {} is not the one that the agreement names for {org}",
                arguments.key.display()
            )));
        }
        Some(_) => {}
    }
    let note = Note::sign(&text, &[&identity]).map_err(CommandError::failed)?;
    output.note(format_args!("signed for {org}, with the key {own}:"));
    output.note(format_args!("  digest     {}", told.digest));
    output.note(format_args!("  title      {}", told.title));
    for line in told.rest {
        let (word, words) = line.split_once(' ').unwrap_or((line, ""));
        output.note(format_args!("  {word:<10} {words}"));
    }
    let encoded = note.encode();
    output.line(encoded.lines().last().unwrap_or_default())?;
    Ok(Exit::Done)
}

fn read_text(path: &Path) -> Result<String, CommandError> {
    if fs::metadata(path).map_err(file_error(path))?.len() > MAX_TEXT_BYTES {
        return Err(CommandError::Failed(format!(
            "{}: larger than {MAX_TEXT_BYTES} bytes, which no text to sign is",
            path.display()
        )));
    }
    fs::read_to_string(path).map_err(file_error(path))
}

/// A party as a signing text names it.
#[derive(Debug, PartialEq, Eq)]
struct Named<'a> {
    name: &'a str,
    identity: &'a str,
}

/// What a signing text says.
#[derive(Debug, PartialEq, Eq)]
struct Told<'a> {
    digest: AgreementDigest,
    title: &'a str,
    parties: Vec<Named<'a>>,
    /// Every line after the title.
    rest: Vec<&'a str>,
}

impl<'a> Told<'a> {
    fn of(text: &'a str) -> Result<Self, String> {
        if !text.ends_with('\n') || text.contains(['\r', '\0']) || visible(text) != text {
            return Err("its lines do not end as they must, or something in it is no text".to_owned());
        }
        let mut lines = text.lines();
        if lines.next() != Some(HEADING) {
            return Err(format!("it does not begin with {HEADING}"));
        }
        let digest = lines
            .next()
            .and_then(|line| line.parse().ok())
            .ok_or("its second line is no digest")?;
        let title = lines
            .next()
            .filter(|title| !title.is_empty())
            .ok_or("it has no title")?;
        let mut parties = Vec::new();
        let rest: Vec<&str> = lines.collect();
        for (line, expected) in rest.iter().zip(["reference ", "term "]) {
            if !line.starts_with(expected) {
                return Err(format!("\"{expected}\" is missing"));
            }
        }
        for line in rest.iter().skip(2) {
            let mut words = line.split(' ');
            match (
                words.next(),
                words.next(),
                words.next(),
                words.next(),
                words.next(),
            ) {
                (Some("party"), Some(name), Some(_), Some(identity), None) => {
                    parties.push(Named { name, identity });
                }
                (Some("prose" | "amends"), Some(_), ..) => {}
                _ => return Err(format!("\"{line}\" is no line of it")),
            }
        }
        if parties.len() < 2 {
            return Err("it names fewer than two parties".to_owned());
        }
        Ok(Self {
            digest,
            title,
            parties,
            rest,
        })
    }

    fn names(&self) -> String {
        let names: Vec<&str> = self.parties.iter().map(|party| party.name).collect();
        names.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "accord-agreement/v1\n\
        9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c\nJoint cases\nreference MOU-7\n\
        term 2027-01-01T00:00:00Z 2029-01-01T00:00:00Z\nparty agency.example agency key-a\nparty isp.example isp key-i\n";

    #[test]
    fn a_text_says_what_is_signed() {
        let told = Told::of(TEXT).unwrap();
        assert_eq!(told.title, "Joint cases");
        assert_eq!(told.names(), "agency.example, isp.example");
        assert!(Told::of(&format!("{TEXT}prose 00 text prevails\namends 11\n")).is_ok());
    }

    #[test]
    fn nothing_else_is_signed() {
        let party = "party isp.example isp key-i\n";
        for bad in [
            String::new(),
            "some words\n".to_owned(),
            TEXT.trim_end().to_owned(),
            TEXT.replace('\n', "\r\n"),
            TEXT.replace("/v1", "/v2"),
            TEXT.replace("9f2c9f2c9f2c\n", "\n"),
            TEXT.replace("Joint cases", ""),
            TEXT.replace("Joint cases", "Joint \u{1b}[2Jcases"),
            TEXT.replace("reference ", "references "),
            TEXT.replace(party, ""),
            TEXT.replace(party, "party isp.example isp key-i and more\n"),
            format!("{TEXT}accord-evidence-package/v1\n"),
            format!("{TEXT}\n"),
        ] {
            assert!(Told::of(&bad).is_err(), "{bad:?}");
        }
    }
}
