//! `accord recall` and `accord hold`: calling back, answering, keeping, for scripts. On a case, or, where none is
//! named, of the leads that stand before there is one.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::case::{moment, text};
use super::remote::ActArguments;
use super::{CommandError, Exit};
use crate::output::Output;

/// Call back what was shared, and answer recalls
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  accord recall order 3f2a... --note 5c10.../12 --reason 'the address was wrong'
  accord recall list 3f2a...
  accord recall answer 3f2a... --order 5c10.../15 --done deleted --backup-until 2027-01-31T00:00:00Z
  accord recall order --note 77aa.../8 --reason 'the source was wrong'     a lead, with its values

Without a case these are about leads.")]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// The recalls of a case, or those of leads, with what each recipient did
    List(On),
    /// Call a note of your organisation back: its use stops everywhere, for good
    Order {
        #[command(flatten)]
        on: On,
        /// The note
        #[arg(long, value_name = "NOTE")]
        note: String,
        /// Why; all parties read it
        #[arg(long, value_name = "WORDS")]
        reason: String,
    },
    /// Say what was done with your copy; `deleted` deletes it
    Answer {
        #[command(flatten)]
        on: On,
        /// The recall, as `recall list` shows it
        #[arg(long, value_name = "NOTE")]
        order: String,
        /// deleted, use-stopped or never-held
        #[arg(long, value_name = "WORD")]
        done: String,
        /// Until when backups hold it, UTC; absent: as the node is configured
        #[arg(long, value_name = "TIME")]
        backup_until: Option<Timestamp>,
        /// Somebody it had been passed on to; again for more
        #[arg(long = "onward", value_name = "ORG")]
        onward: Vec<String>,
        /// More words
        #[arg(long, value_name = "WORDS")]
        words: Option<String>,
    },
}

/// Place and lift holds, and see what will be destroyed when
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  accord hold place 3f2a... --reference K-17 --reason 'the court asked'
  accord hold place 3f2a... --note 5c10.../12 --reference K-17 --reason 'the court asked'
  accord hold list 3f2a...
  accord hold lift 3f2a... --hold 77aa.../31 --reason 'the court has decided'
  accord hold place --note 77aa.../8 --reference K-17 --reason 'the court asked'     a lead

Without a case these are about leads; then --note says which.")]
pub struct HoldArguments {
    #[command(subcommand)]
    command: HoldCommand,
}

#[derive(Debug, clap::Subcommand)]
enum HoldCommand {
    /// The holds of a case or lead, then the copies that will be destroyed, the first to go first
    List {
        #[command(flatten)]
        on: On,
        /// The lead, where no case is named
        #[arg(
            long,
            value_name = "NOTE",
            conflicts_with = "case",
            required_unless_present = "case"
        )]
        note: Option<String>,
    },
    /// Place a hold on a note, on the whole case, or on a lead
    Place {
        #[command(flatten)]
        on: On,
        /// The note; absent: the whole case. Of a lead it must be there
        #[arg(long, value_name = "NOTE")]
        note: Option<String>,
        /// The order or matter
        #[arg(long, value_name = "WORDS")]
        reference: String,
        /// Why; all parties read it
        #[arg(long, value_name = "WORDS")]
        reason: String,
    },
    /// Lift a hold of your organisation
    Lift {
        #[command(flatten)]
        on: On,
        /// The hold, as `hold list` shows it
        #[arg(long, value_name = "NOTE")]
        hold: String,
        /// Why; all parties read it
        #[arg(long, value_name = "WORDS")]
        reason: String,
    },
}

/// On which case, or on leads, at which node.
#[derive(Debug, clap::Args)]
struct On {
    /// The case's id; without one it is about leads
    #[arg(value_name = "CASE")]
    case: Option<String>,
    #[command(flatten)]
    node: ActArguments,
}

impl On {
    /// The address of something on the case, or, without one, of leads.
    fn path(&self, of_case: &str, of_leads: &str) -> Result<String, CommandError> {
        match &self.case {
            Some(case) => Ok(format!("{}{of_case}", super::case::address(case)?)),
            None => Ok(format!("/leads{of_leads}")),
        }
    }
}

/// A note as it stands in an address: nothing else reaches one.
fn note_path(note: &str) -> Result<&str, CommandError> {
    let fits = |(ledger, seq): (&str, &str)| {
        let number = !seq.is_empty() && seq.bytes().all(|byte| byte.is_ascii_digit());
        number && ledger.len() == 32 && ledger.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    if note.split_once('/').is_some_and(fits) {
        Ok(note)
    } else {
        Err(CommandError::Failed(format!(
            "{note:?} is no note: LEDGER/NUMBER, as `accord recall list` and the pages show it"
        )))
    }
}

fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

/// Runs `accord recall`.
pub fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, CommandError> {
    match &arguments.command {
        Command::List(on) => {
            let recalls = on.node.get(&on.path("/recalls", "/recalls")?)?;
            let all = recalls.as_array().map(Vec::as_slice).unwrap_or_default();
            for recall in all {
                if on.node.json {
                    output.json(recall)?;
                    continue;
                }
                output.line(format_args!(
                    "{} {} recalled {}: {}",
                    text(recall, "at"),
                    text(recall, "org"),
                    text(recall, "entry"),
                    text(recall, "reason")
                ))?;
                for receipt in list(recall, "receipts") {
                    let backup = match moment(receipt, "backup_until_ms") {
                        until if until.is_empty() => "no backup".to_owned(),
                        until => format!("backups until {until}"),
                    };
                    output.line(format_args!(
                        "  {} {}, {backup}",
                        text(receipt, "org"),
                        text(receipt, "done")
                    ))?;
                }
                for org in list(recall, "waits_for").filter_map(Value::as_str) {
                    output.line(format_args!("  {org} has not answered"))?;
                }
            }
            return Ok(if all.is_empty() { Exit::Nothing } else { Exit::Done });
        }
        Command::Order { on, note, reason } => {
            let (path, body) = match on.case {
                Some(_) => ("", json!({ "entry": note, "reason": reason })),
                None => (note_path(note)?, json!({ "reason": reason })),
            };
            let path = on.path("/recalls", &format!("/{path}/recall"))?;
            on.node.done(&on.node.post(&path, &body)?, output)?;
        }
        Command::Answer {
            on,
            order,
            done,
            backup_until,
            onward,
            words,
        } => {
            let mut body = Map::new();
            body.insert("recall".to_owned(), json!(order));
            body.insert("done".to_owned(), json!(done));
            body.insert("onward".to_owned(), json!(onward));
            if let Some(until) = backup_until {
                body.insert("backup_until_ms".to_owned(), json!(until.as_millisecond()));
            }
            if let Some(words) = words {
                body.insert("note".to_owned(), json!(words));
            }
            let answer = on.node.post(
                &on.path("/recalls/receipt", "/recalls/receipt")?,
                &Value::Object(body),
            )?;
            on.node.done(&answer, output)?;
        }
    }
    Ok(Exit::Done)
}

/// Runs `accord hold`.
pub fn run_hold(arguments: &HoldArguments, output: &mut Output) -> Result<Exit, CommandError> {
    match &arguments.command {
        HoldCommand::List { on, note } => {
            let lead = note.as_deref().map(note_path).transpose()?.unwrap_or_default();
            let path = on.path("/keeping", &format!("/{lead}/keeping"))?;
            let keeping = on.node.get(&path)?;
            if on.node.json {
                output.json(&keeping)?;
                return Ok(Exit::Done);
            }
            for hold in list(&keeping, "holds") {
                let covers = match text(hold, "entry") {
                    "" => "the whole case",
                    note => note,
                };
                let state = match text(hold, "lifted") {
                    "" => "stands",
                    _ => "lifted",
                };
                output.line(format_args!(
                    "{} {} holds {covers}: {} ({state})",
                    text(hold, "at"),
                    text(hold, "org"),
                    text(hold, "reference")
                ))?;
            }
            for kept in list(&keeping, "retention").chain(list(&keeping, "kept")) {
                let held = kept.get("held").and_then(Value::as_bool).unwrap_or_default();
                let word = match (held, text(kept, "kept_because")) {
                    (true, _) => "held".to_owned(),
                    (_, "") => format!("destroyed {}", moment(kept, "over_ms")),
                    (_, why) => format!("kept: {why}"),
                };
                output.line(format_args!(
                    "{} of {} ({}): {word}",
                    text(kept, "entry"),
                    text(kept, "org"),
                    text(kept, "category")
                ))?;
            }
        }
        HoldCommand::Place {
            on,
            note,
            reference,
            reason,
        } => {
            let mut body = Map::new();
            body.insert("reference".to_owned(), json!(reference));
            body.insert("reason".to_owned(), json!(reason));
            let lead = match (&on.case, note) {
                (Some(_), Some(note)) => {
                    body.insert("entry".to_owned(), json!(note));
                    ""
                }
                (Some(_), None) => "",
                (None, note) => note_path(note.as_deref().unwrap_or_default())?,
            };
            let path = on.path("/holds", &format!("/{lead}/hold"))?;
            let answer = on.node.post(&path, &Value::Object(body))?;
            on.node.done(&answer, output)?;
        }
        HoldCommand::Lift { on, hold, reason } => {
            let body = json!({ "hold": hold, "reason": reason });
            on.node.done(
                &on.node.post(&on.path("/holds/lift", "/holds/lift")?, &body)?,
                output,
            )?;
        }
    }
    Ok(Exit::Done)
}
