//! `accord agreement`: agreements on files, with no node: started from a template, checked, explained, compared
//! and signed with the offline identity key.

use std::fs;
use std::path::{Path, PathBuf};

use accord_model::agreement::templates::{Filling, Template, default_purposes, render};
use accord_model::agreement::{Agreement, Party, Term, diff};

mod sign;

use super::{CommandError, Exit};
use crate::output::{Output, visible};

/// Arguments of `agreement`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Start an agreement from a template: writes agreement.toml and clauses.cedar
    #[command(after_help = "\
Example:
  accord agreement new heather --template agency-isp --title 'Joint cases' --reference MOU-7 \\
      --from 2027-01-01T00:00:00Z --until 2029-01-01T00:00:00Z \\
      --party 'agency.example agency agency.example/accord/identity+1a2b3c4d+AbC... desk@agency.example' \\
      --party 'isp.example isp isp.example/accord/identity+5e6f7a8b+DeF... abuse@isp.example'

The identity key is in the file identity.vkey of each node. Edit both files afterwards; `check` says what is wrong.")]
    New {
        /// The folder to write to; made when it is not there
        folder: PathBuf,
        /// intelligence-only, agency-vendor, agency-isp or multi-party
        #[arg(long)]
        template: Template,
        /// Its title
        #[arg(long)]
        title: String,
        /// The parties' own reference
        #[arg(long)]
        reference: String,
        /// First instant in force, RFC 3339 UTC
        #[arg(long)]
        from: jiff::Timestamp,
        /// First instant no longer in force, RFC 3339 UTC
        #[arg(long)]
        until: jiff::Timestamp,
        /// A party: NAME KIND IDENTITY-KEY CONTACT
        #[arg(long = "party", required = true)]
        parties: Vec<String>,
        /// The law that permits the sharing
        #[arg(
            long,
            default_value = "to be filled in: the law that permits this party to share"
        )]
        gateway: String,
    },
    /// Check the two files of an agreement, and print its digest
    #[command(after_help = "\
Example:
  accord agreement check heather

Exit codes: 0 good, 1 something is wrong and is named with its line, 2 the files could not be read.")]
    Check {
        /// The folder with agreement.toml and clauses.cedar
        folder: PathBuf,
    },
    /// Print every clause in words and the whole flow matrix: from, to, category, marking
    #[command(after_help = "\
Examples:
  accord agreement explain heather
  accord agreement explain heather --json | jq '.matrix'")]
    Explain {
        /// The folder with agreement.toml and clauses.cedar
        folder: PathBuf,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Say what a later version changes, cell by cell
    #[command(after_help = "\
Example:
  accord agreement diff heather heather-2

Exit code 0 whether or not they differ.")]
    Diff {
        /// The folder of the earlier version
        earlier: PathBuf,
        /// The folder of the later version
        later: PathBuf,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Sign with the organisation's offline identity key: prints the signature line for the agreement's page
    Sign(sign::Arguments),
}

/// Runs one of them.
pub fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, CommandError> {
    match &arguments.what {
        What::New {
            folder,
            template,
            title,
            reference,
            from,
            until,
            parties,
            gateway,
        } => {
            let instant =
                |at: &jiff::Timestamp| u64::try_from(at.as_millisecond()).map_err(CommandError::failed);
            let filling = Filling {
                title: title.clone(),
                reference: reference.clone(),
                term: Term {
                    from_ms: instant(from)?,
                    until_ms: instant(until)?,
                },
                parties: parties
                    .iter()
                    .map(|text| party(text, gateway))
                    .collect::<Result<_, _>>()?,
                purposes: default_purposes(),
                prose: None,
                amends: None,
            };
            let (terms, clauses) = render(*template, &filling).map_err(|found| wrong(folder, &found))?;
            fs::create_dir_all(folder).map_err(file_error(folder))?;
            for (name, text) in [(TERMS, &terms), (CLAUSES, &clauses)] {
                let path = folder.join(name);
                // What is there was perhaps edited: it is never written over.
                let mut options = fs::OpenOptions::new();
                let file = options.write(true).create_new(true).open(&path);
                let written = file.and_then(|mut file| std::io::Write::write_all(&mut file, text.as_bytes()));
                written.map_err(file_error(&path))?;
            }
            output.line(read(folder)?.digest())?;
            Ok(Exit::Done)
        }
        What::Check { folder } => {
            let (terms, clauses) = files(folder)?;
            match Agreement::from_parts(&terms, &clauses) {
                Ok(agreement) => {
                    output.line(agreement.digest())?;
                    Ok(Exit::Done)
                }
                Err(found) => {
                    for diagnostic in &found {
                        output.line(visible(&diagnostic.to_string()))?;
                    }
                    Ok(Exit::Nothing)
                }
            }
        }
        What::Explain { folder, json } => {
            let explanation = read(folder)?.explain();
            if *json {
                output.json(&explanation)?
            } else {
                output.bytes(explanation.to_string().as_bytes())?
            }
            Ok(Exit::Done)
        }
        What::Diff { earlier, later, json } => {
            let difference = diff(&read(earlier)?, &read(later)?);
            if *json {
                output.json(&difference)?
            } else {
                output.bytes(difference.to_string().as_bytes())?
            }
            Ok(Exit::Done)
        }
        What::Sign(arguments) => sign::run(arguments, output),
    }
}

const TERMS: &str = "agreement.toml";
const CLAUSES: &str = "clauses.cedar";

fn file_error(path: &Path) -> impl Fn(std::io::Error) -> CommandError + '_ {
    move |error| CommandError::Failed(format!("{}: {error}", path.display()))
}

fn wrong(folder: &Path, found: &[impl std::fmt::Display]) -> CommandError {
    let lines: Vec<String> = found
        .iter()
        .map(|one| format!("{}: {}", folder.display(), visible(&one.to_string())))
        .collect();
    CommandError::Failed(lines.join("\n"))
}

fn files(folder: &Path) -> Result<(String, String), CommandError> {
    let read = |name: &str| {
        let path = folder.join(name);
        fs::read_to_string(&path).map_err(file_error(&path))
    };
    Ok((read(TERMS)?, read(CLAUSES)?))
}

fn read(folder: &Path) -> Result<Agreement, CommandError> {
    let (terms, clauses) = files(folder)?;
    Agreement::from_parts(&terms, &clauses).map_err(|found| wrong(folder, &found))
}

/// `NAME KIND IDENTITY-KEY CONTACT`, the contact to the end of the line.
fn party(text: &str, gateway: &str) -> Result<Party, CommandError> {
    let mut words = text.splitn(4, ' ');
    let (Some(name), Some(kind), Some(identity), Some(contact)) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return Err(CommandError::Failed(format!(
            "\"{text}\": a party is NAME KIND IDENTITY-KEY CONTACT"
        )));
    };
    Ok(Party {
        name: name.parse().map_err(CommandError::failed)?,
        kind: kind.parse().map_err(CommandError::failed)?,
        identity: identity.to_owned(),
        contact: contact.to_owned(),
        gateway: gateway.to_owned(),
    })
}
