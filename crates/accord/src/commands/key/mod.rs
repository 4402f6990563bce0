//! `accord key`: what the organisation's offline identity key signs about the keys of its node.
//!
//! A file is read strictly: what is no revocation is not signed, so that nobody is talked into signing something else
//! with this key. No running node is asked: this runs where the key is.

mod certify;

use std::fs;
use std::path::PathBuf;

use accord_ledger::certificate::{Revocation, SealingRevocation};
use accord_model::OrgName;

use super::{CommandError, Exit};
use crate::output::Output;

/// Largest text of a revocation, bytes: a thousand ledgers of a line each.
const MAX_TEXT_BYTES: u64 = 128 << 10;

/// Arguments of `key`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Name the key that victims' identities are sealed to in the certificate of an older node, while it is not running
    Certify(certify::Arguments),
    /// Sign, with the offline identity key, that a key of the node is no longer trusted
    SignRevocation(SignRevocation),
}

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  accord node key revocation-text peer > revocation.txt        at the running node
  accord key sign-revocation revocation.txt --org isp.example --key /media/stick/identity.seed > revocation.signed
  accord node key revoke revocation.signed                     at the running node

Write smaller sizes into the text before you sign it if the key was stolen earlier: what stands beyond them is trusted by
nobody. What is signed is told on standard error; the signed text goes to standard output.")]
struct SignRevocation {
    /// The text that the node gave
    file: PathBuf,
    /// The organisation whose key it is
    #[arg(long)]
    org: OrgName,
    /// The file of the identity key
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
}

/// Runs `key`.
pub fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, CommandError> {
    match &arguments.what {
        What::Certify(arguments) => certify::run(arguments, output),
        What::SignRevocation(arguments) => sign_revocation(arguments, output),
    }
}

fn sign_revocation(arguments: &SignRevocation, output: &mut Output) -> Result<Exit, CommandError> {
    let (path, org) = (&arguments.file, &arguments.org);
    let about = |why: &dyn std::fmt::Display| CommandError::Failed(format!("{}: {why}", path.display()));
    if fs::metadata(path).map_err(|error| about(&error))?.len() > MAX_TEXT_BYTES {
        return Err(about(&format!(
            "larger than {MAX_TEXT_BYTES} bytes, which no revocation is"
        )));
    }
    let text = fs::read_to_string(path).map_err(|error| about(&error))?;
    let identity = |named: &str| {
        if named != org.as_str() {
            return Err(about(&format!("it is about a key of {named}, not of {org}")));
        }
        accord_service::keys::read_identity(&arguments.key, org).map_err(CommandError::failed)
    };
    let (note, key, told) = if let Ok(revocation) = SealingRevocation::parse(&text) {
        let note = revocation.sign(&identity(&revocation.org)?);
        let told = vec!["and nothing more is sealed to it; what was sealed stays readable".to_owned()];
        (note, revocation.key.to_string(), told)
    } else {
        let revocation = Revocation::parse(&text).map_err(|why| {
            about(&format!(
                "{why}; this is not the text that `accord node key revocation-text` gives"
            ))
        })?;
        let note = revocation.sign(&identity(&revocation.org)?);
        let mut told: Vec<String> = revocation
            .ledgers
            .iter()
            .map(|trusted| format!("but for the first {} entries of {}", trusted.size, trusted.ledger))
            .collect();
        if told.is_empty() {
            told.push("for all that it ever signed".to_owned());
        }
        (note, revocation.key.to_string(), told)
    };
    let note = note.map_err(CommandError::failed)?;
    output.note(format_args!("signed for {org}: no longer trusted is"));
    output.note(format_args!("  key        {key}"));
    for line in told {
        output.note(format_args!("  {line}"));
    }
    for line in note.encode().lines() {
        output.line(line)?;
    }
    Ok(Exit::Done)
}
