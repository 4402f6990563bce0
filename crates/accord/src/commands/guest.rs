//! `accord guest`: asking an organisation that has no node, by the API of a running node. What the guest does is on the
//! pages of the link alone.

use std::path::PathBuf;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::case::{OnCase, moment, text};
use super::remote::{ActArguments, write};
use super::{CommandError, Exit, sources};
use crate::output::{Output, visible};

/// Arguments of `guest`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  accord guest ask 3f2a... --to shop.example --what information --reference G-3 --reason 'who rents the shop?' \\
      --organisation 'Shop Ltd' --contact 'Ms Brook' --officer 'Maren Holt' --then 'It becomes an exhibit.'
  accord guest list 3f2a...
  accord guest approve 0123456789abcdef0123456789abcdef        as a case officer who did not ask
  accord guest open 0123456789abcdef0123456789abcdef --days 7 -o link.txt
  accord guest withdraw 0123456789abcdef0123456789abcdef

The address of a link is shown once. Whoever has it reads the request and answers for the organisation: give it to the
contact by a way that they know, and let them call back. Exit codes: 0 done, 1 nothing found or not let go, 2 error.")]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// The links of a case, the newest first
    List(OnCase),
    /// Ask: nothing leaves before a case officer who did not ask has approved it
    Ask(Box<Ask>),
    /// Let a request go, as a case officer who did not ask
    Approve(OnLink),
    /// Do not let it go
    Refuse(OnLink),
    /// Make the link of an approved request; made again, the one before is gone
    Open(Open),
    /// End a link that was not answered
    Withdraw(OnLink),
}

#[derive(Debug, clap::Args)]
struct OnLink {
    /// The link's id, as `guest list` shows it
    #[arg(value_name = "LINK")]
    link: String,
    #[command(flatten)]
    node: ActArguments,
}

impl OnLink {
    fn path(&self, rest: &str) -> Result<String, CommandError> {
        // It stands in an address: nothing but what an id has.
        if self.link.len() == 32 && self.link.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            Ok(format!("/guests/{}{rest}", self.link))
        } else {
            Err(CommandError::Failed(
                "a link's id has 32 hex digits: see `accord guest list`".into(),
            ))
        }
    }
}

#[derive(Debug, clap::Args)]
struct Open {
    #[command(flatten)]
    on: OnLink,
    /// For how many days it is good; 14 where nothing is said
    #[arg(long, value_name = "N")]
    days: Option<u32>,
    /// How often it may be opened; 50 where nothing is said
    #[arg(long, value_name = "N")]
    tries: Option<u32>,
    /// Write its address here, for its owner only, and print nothing
    #[arg(short, long, value_name = "FILE", conflicts_with = "json")]
    output: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
struct Ask {
    #[command(flatten)]
    on: OnCase,
    /// The organisation, by its domain
    #[arg(long, value_name = "ORG")]
    to: String,
    /// information, hunt, subscriber-data, preservation or takedown
    #[arg(long, value_name = "WORD")]
    what: String,
    /// Your own name for it
    #[arg(long, value_name = "WORDS")]
    reference: String,
    /// Why, as the guest reads it
    #[arg(long, value_name = "WORDS")]
    reason: String,
    /// The organisation's name in words
    #[arg(long, value_name = "WORDS")]
    organisation: String,
    /// The person or desk that the link is given to
    #[arg(long, value_name = "WORDS")]
    contact: String,
    /// The officer who answers for the request, by name
    #[arg(long, value_name = "NAME")]
    officer: String,
    /// What happens with the answer, as the guest reads it
    #[arg(long, value_name = "WORDS")]
    then: String,
    /// A JSON file with the rest of the question: `authority`, `hunt`, `subscriber`, `preservation`, `takedown`, as the
    /// API has them; - is standard input
    #[arg(long, value_name = "FILE")]
    question: Option<String>,
    /// An answer is needed by, UTC
    #[arg(long, value_name = "TIME")]
    due: Option<Timestamp>,
    /// Until then the guest tells nobody, UTC
    #[arg(long, value_name = "TIME")]
    secret_until: Option<Timestamp>,
    /// How far the request may travel
    #[arg(long, value_name = "TLP", default_value = "TLP:AMBER")]
    marking: String,
    /// Only say what the gate says of it
    #[arg(long)]
    dry_run: bool,
}

/// What may stand in the file of a question.
const QUESTION: [&str; 5] = ["authority", "hunt", "subscriber", "preservation", "takedown"];

fn question(path: &str) -> Result<Map<String, Value>, CommandError> {
    let bytes = sources::read_source(path).map_err(CommandError::failed)?;
    let wrong = |why: &str| CommandError::Failed(format!("{}: {why}", visible(path)));
    let Ok(Value::Object(fields)) = serde_json::from_slice(&bytes) else {
        return Err(wrong("no JSON object"));
    };
    match fields.keys().find(|name| !QUESTION.contains(&name.as_str())) {
        Some(name) => Err(wrong(&format!(
            "{:?} is no part of a question: {}",
            visible(name),
            QUESTION.join(", ")
        ))),
        None => Ok(fields),
    }
}

fn body(asked: &Ask) -> Result<Value, CommandError> {
    let mut rest = asked
        .question
        .as_deref()
        .map(question)
        .transpose()?
        .unwrap_or_default();
    let mut guest = json!({
        "organisation": asked.organisation,
        "contact": asked.contact,
        "officer": asked.officer,
        "then": asked.then,
    });
    if let (Some(authority), Some(guest)) = (rest.remove("authority"), guest.as_object_mut()) {
        guest.insert("authority".to_owned(), authority);
    }
    let mut fields = rest;
    let mut put = |name: &str, value: Value| drop(fields.insert(name.to_owned(), value));
    put("to", json!(asked.to));
    put("what", json!(asked.what));
    put("reference", json!(asked.reference));
    put("reason", json!(asked.reason));
    put("guest", guest);
    put("marking", json!(asked.marking));
    if let Some(due) = asked.due {
        put("due_ms", json!(due.as_millisecond()));
    }
    if let Some(until) = asked.secret_until {
        put("secret_until_ms", json!(until.as_millisecond()));
    }
    Ok(Value::Object(fields))
}

/// What the gate says, on a line; whether it is no.
fn decided(answer: &Value, as_json: bool, output: &mut Output) -> Result<Exit, CommandError> {
    if as_json {
        output.json(answer)?;
    } else {
        output.line(visible(&format!(
            "{} {}: {} (clause {})",
            text(answer, "to"),
            text(answer, "answer"),
            text(answer, "words"),
            text(answer, "clause")
        )))?;
    }
    Ok(match text(answer, "answer") {
        "no" => Exit::Nothing,
        _ => Exit::Done,
    })
}

fn list(on: &OnCase, output: &mut Output) -> Result<Exit, CommandError> {
    let links = on.node.get(&on.path("/guests")?)?;
    let all = links.as_array().map(Vec::as_slice).unwrap_or_default();
    for link in all {
        if on.node.json {
            output.json(link)?;
            continue;
        }
        let opened = link
            .get("opened_ms")
            .and_then(Value::as_array)
            .map_or(0, Vec::len);
        let until = match moment(link, "expires_ms") {
            until if until.is_empty() => String::new(),
            until => format!(", until {until}"),
        };
        let sent = match text(link, "sent") {
            "" => String::new(),
            sent => format!(", sent: {sent} {}", text(link, "exhibit")),
        };
        output.line(visible(&format!(
            "{} {} ({}), asked {}, opened {opened} times{until}{sent}",
            text(link, "id"),
            text(link, "org"),
            text(link, "state"),
            moment(link, "asked_ms")
        )))?;
    }
    Ok(if all.is_empty() { Exit::Nothing } else { Exit::Done })
}

/// Runs.
pub fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, CommandError> {
    match &arguments.command {
        Command::List(on) => list(on, output),
        Command::Ask(asked) => {
            let on = &asked.on;
            let body = body(asked)?;
            if asked.dry_run {
                let answer = on.node.post(&on.path("/guests/preview")?, &body)?;
                return decided(&answer, on.node.json, output);
            }
            let link = on.node.post(&on.path("/guests")?, &body)?;
            if on.node.json {
                output.json(&link)?;
            } else {
                output.line(visible(text(&link, "id")))?;
                output.note("a case officer who did not ask must approve it");
            }
            Ok(Exit::Done)
        }
        Command::Approve(on) => {
            let answer = on
                .node
                .post(&on.path("/decision")?, &json!({ "approve": true }))?;
            decided(&answer, on.node.json, output)
        }
        Command::Refuse(on) => {
            let answer = on
                .node
                .post(&on.path("/decision")?, &json!({ "approve": false }))?;
            decided(&answer, on.node.json, output)?;
            Ok(Exit::Done)
        }
        Command::Open(open) => {
            let on = &open.on;
            let mut fields = Map::new();
            if let Some(days) = open.days {
                fields.insert("days".to_owned(), json!(days));
            }
            if let Some(tries) = open.tries {
                fields.insert("tries".to_owned(), json!(tries));
            }
            let made = on.node.post(&on.path("/make")?, &Value::Object(fields))?;
            if on.node.json {
                output.json(&made)?;
                return Ok(Exit::Done);
            }
            let address = format!("{}\n", visible(text(&made, "address")));
            write(open.output.as_deref(), address.as_bytes(), true, output)?;
            output.note(format_args!(
                "good until {}; it is not shown again",
                moment(&made, "expires_ms")
            ));
            Ok(Exit::Done)
        }
        Command::Withdraw(on) => {
            on.node.post(&on.path("/revoke")?, &Value::Null)?;
            Ok(Exit::Done)
        }
    }
}
