//! `accord case older`: what a party that came later has not got, and giving it in one act.

use serde_json::{Value, json};

use super::case::{OnCase, text};
use super::{CommandError, Exit};
use crate::output::Output;

#[derive(Debug, clap::Subcommand)]
pub enum Older {
    /// What a party of the case has not got of your organisation, with the agreement's word on each note
    List(ToParty),
    /// Give it: each note goes as the agreement says now, and what it denies stays
    Give {
        #[command(flatten)]
        to: ToParty,
        /// A note, as `older list` shows it; again for more
        #[arg(long = "note", value_name = "NOTE", required_unless_present = "all")]
        notes: Vec<String>,
        /// Every note that the agreement lets go
        #[arg(long, conflicts_with = "notes")]
        all: bool,
    },
}

/// Which party of which case.
#[derive(Debug, clap::Args)]
pub struct ToParty {
    #[command(flatten)]
    on: OnCase,
    /// The party
    #[arg(long, value_name = "ORG")]
    to: String,
}

impl ToParty {
    fn path(&self) -> Result<String, CommandError> {
        // It stands in an address: nothing but what a name has.
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
        if self.to.is_empty() || !self.to.bytes().all(fits) {
            return Err(CommandError::Failed(format!(
                "{:?} is no name of an organisation",
                self.to
            )));
        }
        self.on.path(&format!("/older/{}", self.to))
    }
}

fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

/// The agreement's word on a note: `yes, clause 2.1`.
fn decided(note: &Value) -> String {
    let decided = note.get("decided").unwrap_or(&Value::Null);
    format!("{}, clause {}", text(decided, "answer"), text(decided, "clause"))
}

fn goes(note: &Value) -> bool {
    note.get("decided")
        .is_some_and(|decided| text(decided, "answer") == "yes")
}

/// Runs it.
pub fn run(older: &Older, output: &mut Output) -> Result<Exit, CommandError> {
    match older {
        Older::List(to) => {
            let older = to.on.node.get(&to.path()?)?;
            if to.on.node.json {
                output.json(&older)?;
                return Ok(Exit::Done);
            }
            let mut found = false;
            for note in list(&older, "notes") {
                found = true;
                output.line(format_args!(
                    "{} {} {} ({}): {}",
                    text(note, "at"),
                    text(note, "kind"),
                    text(note, "marking"),
                    decided(note),
                    text(note, "title")
                ))?;
            }
            let more = older.get("more").and_then(Value::as_u64).unwrap_or(0);
            if more > 0 {
                output.line(format_args!("and {more} more"))?;
            }
            return Ok(if found { Exit::Done } else { Exit::Nothing });
        }
        Older::Give { to, notes, all } => {
            let path = to.path()?;
            let chosen: Vec<String> = if *all {
                let older = to.on.node.get(&path)?;
                let go = list(&older, "notes").filter(|note| goes(note));
                go.map(|note| text(note, "at").to_owned()).collect()
            } else {
                notes.clone()
            };
            if chosen.is_empty() {
                return Ok(Exit::Nothing);
            }
            let given = to.on.node.post(&path, &json!({ "notes": chosen }))?;
            if to.on.node.json {
                output.json(&given)?;
                return Ok(Exit::Done);
            }
            for one in given.as_array().into_iter().flatten() {
                let word = if goes(one) { "given" } else { "stays" };
                output.line(format_args!("{} {word} ({})", text(one, "at"), decided(one)))?;
            }
        }
    }
    Ok(Exit::Done)
}
