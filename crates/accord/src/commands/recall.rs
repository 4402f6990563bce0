//! `accord recall` and `accord hold`: calling back, answering, keeping, for scripts.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::case::{OnCase, moment, text};
use super::{CommandError, Exit};
use crate::output::Output;

/// Call back what was shared, and answer recalls
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  accord recall order 3f2a... --note 5c10.../12 --reason 'the address was wrong'
  accord recall list 3f2a...
  accord recall answer 3f2a... --order 5c10.../15 --done deleted --backup-until 2027-01-31T00:00:00Z")]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// The recalls of a case, with what each recipient did
    List(OnCase),
    /// Call a note of your organisation back: its use stops everywhere, for good
    Order {
        #[command(flatten)]
        on: OnCase,
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
        on: OnCase,
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
  accord hold lift 3f2a... --hold 77aa.../31 --reason 'the court has decided'")]
pub struct HoldArguments {
    #[command(subcommand)]
    command: HoldCommand,
}

#[derive(Debug, clap::Subcommand)]
enum HoldCommand {
    /// The holds of a case, then the copies that will be destroyed, the first to go first
    List(OnCase),
    /// Place a hold on a note, or on the whole case
    Place {
        #[command(flatten)]
        on: OnCase,
        /// The note; absent: the whole case
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
        on: OnCase,
        /// The hold, as `hold list` shows it
        #[arg(long, value_name = "NOTE")]
        hold: String,
        /// Why; all parties read it
        #[arg(long, value_name = "WORDS")]
        reason: String,
    },
}

fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

/// Runs `accord recall`.
pub fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, CommandError> {
    match &arguments.command {
        Command::List(on) => {
            let recalls = on.node.get(&on.path("/recalls")?)?;
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
            let body = json!({ "entry": note, "reason": reason });
            on.node
                .done(&on.node.post(&on.path("/recalls")?, &body)?, output)?;
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
            let answer = on
                .node
                .post(&on.path("/recalls/receipt")?, &Value::Object(body))?;
            on.node.done(&answer, output)?;
        }
    }
    Ok(Exit::Done)
}

/// Runs `accord hold`.
pub fn run_hold(arguments: &HoldArguments, output: &mut Output) -> Result<Exit, CommandError> {
    match &arguments.command {
        HoldCommand::List(on) => {
            let keeping = on.node.get(&on.path("/keeping")?)?;
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
            for kept in list(&keeping, "retention") {
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
            if let Some(note) = note {
                body.insert("entry".to_owned(), json!(note));
            }
            body.insert("reference".to_owned(), json!(reference));
            body.insert("reason".to_owned(), json!(reason));
            let answer = on.node.post(&on.path("/holds")?, &Value::Object(body))?;
            on.node.done(&answer, output)?;
        }
        HoldCommand::Lift { on, hold, reason } => {
            let body = json!({ "hold": hold, "reason": reason });
            on.node
                .done(&on.node.post(&on.path("/holds/lift")?, &body)?, output)?;
        }
    }
    Ok(Exit::Done)
}
