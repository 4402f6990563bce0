//! `accord key`: what the organisation's offline identity key signs about the keys of its node.
//!
//! A file is read strictly: what is no revocation is not signed, so that nobody is talked into signing something else
//! with this key. No node is asked: this runs where the key is.

use std::fs;
use std::path::PathBuf;

use accord_ledger::certificate::Revocation;
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
    let What::SignRevocation(arguments) = &arguments.what;
    sign_revocation(arguments, output)
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
    let revocation = Revocation::parse(&text).map_err(|why| {
        about(&format!(
            "{why}; this is not the text that `accord node key revocation-text` gives"
        ))
    })?;
    if revocation.org != org.as_str() {
        return Err(about(&format!(
            "it is about a key of {}, not of {org}",
            revocation.org
        )));
    }
    let identity = accord_service::keys::read_identity(&arguments.key, org).map_err(CommandError::failed)?;
    let note = revocation.sign(&identity).map_err(CommandError::failed)?;
    output.note(format_args!("signed for {org}: no longer trusted is"));
    output.note(format_args!("  key        {}", revocation.key));
    for trusted in &revocation.ledgers {
        output.note(format_args!(
            "  but for the first {} entries of {}",
            trusted.size, trusted.ledger
        ));
    }
    if revocation.ledgers.is_empty() {
        output.note(format_args!("  for all that it ever signed"));
    }
    for line in note.encode().lines() {
        output.line(line)?;
    }
    Ok(Exit::Done)
}
