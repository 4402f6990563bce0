//! `accord threat`: what the pages under *Threats* do, for scripts, by the API of a running node.

use std::io::Read as _;

use serde_json::{Value, json};

use super::remote::ActArguments;
use super::{CommandError, Exit};
use crate::output::{Output, visible};

/// Longest input, bytes.
const INPUT_MAX_BYTES: u64 = 1 << 20;

/// Arguments of `threat`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  accord threat list
  accord threat new --name 'Loader panel' --what 'rents out loaders' --value evil.example
  accord threat note 0123456789abcdef0123456789abcdef 'the panel moved'
  accord threat refer 0123456789abcdef0123456789abcdef --agreement DIGEST --to agency.example

A threat is seen by who works on it and by nobody else; a lead goes to one partner, as the agreement lets it.")]
pub struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// List the threats that you work on
    List(ActArguments),
    /// Begin to watch something
    New(New),
    /// Show one threat
    Show(Show),
    /// Add a working note
    Note(Note),
    /// Refer a lead of it to one partner
    Refer(Refer),
}

#[derive(Debug, clap::Args)]
struct New {
    #[command(flatten)]
    at: ActArguments,
    /// What it is called
    #[arg(long)]
    name: String,
    /// What it is; `-` reads standard input
    #[arg(long, value_name = "TEXT")]
    what: String,
    /// A value that means it; may be repeated
    #[arg(long = "value", value_name = "VALUE")]
    values: Vec<String>,
    /// A country it touches, two letters; may be repeated
    #[arg(long = "country", value_name = "CC")]
    countries: Vec<String>,
}

#[derive(Debug, clap::Args)]
struct Show {
    #[command(flatten)]
    at: ActArguments,
    /// Its id
    id: String,
}

#[derive(Debug, clap::Args)]
struct Note {
    #[command(flatten)]
    at: ActArguments,
    /// Its id
    id: String,
    /// The note; `-` reads standard input
    text: String,
}

#[derive(Debug, clap::Args)]
struct Refer {
    #[command(flatten)]
    at: ActArguments,
    /// Its id
    id: String,
    /// The agreement it goes under, its digest
    #[arg(long, value_name = "DIGEST")]
    agreement: String,
    /// To whom
    #[arg(long, value_name = "ORG")]
    to: String,
    /// One line; without it the threat's name
    #[arg(long)]
    title: Option<String>,
    /// What it is; without it what the threat says. `-` reads standard input
    #[arg(long)]
    text: Option<String>,
    /// What the partner is asked to do
    #[arg(long)]
    asks: Option<String>,
    /// How far it may travel
    #[arg(long, value_name = "TLP", default_value = "TLP:AMBER")]
    marking: String,
    /// Only say what would happen
    #[arg(long)]
    dry_run: bool,
}

/// An id as it stands in a path: nothing else reaches one.
fn id(text: &str) -> Result<&str, CommandError> {
    if text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit()) {
        Ok(text)
    } else {
        Err(CommandError::Failed(
            "an id has 32 hex digits: see `accord threat list`".into(),
        ))
    }
}

fn text(given: &str) -> Result<String, CommandError> {
    if given != "-" {
        return Ok(given.to_owned());
    }
    let mut read = String::new();
    let input = std::io::stdin().lock().take(INPUT_MAX_BYTES + 1);
    let mut input = std::io::BufReader::new(input);
    input.read_to_string(&mut read).map_err(CommandError::failed)?;
    if read.len() as u64 > INPUT_MAX_BYTES {
        return Err(CommandError::Failed(format!(
            "standard input has more than {INPUT_MAX_BYTES} bytes"
        )));
    }
    Ok(read.trim_end().to_owned())
}

fn word<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// Runs.
pub fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, CommandError> {
    match &arguments.what {
        What::List(at) => list(at, output),
        What::New(arguments) => new(arguments, output),
        What::Show(arguments) => show(arguments, output),
        What::Note(arguments) => note(arguments, output),
        What::Refer(arguments) => refer(arguments, output),
    }
}

fn list(at: &ActArguments, output: &mut Output) -> Result<Exit, CommandError> {
    let all = at.get("/threats")?;
    if at.json {
        output.json(&all)?;
    } else {
        for threat in all.as_array().into_iter().flatten() {
            let line = format!(
                "{}  {:9}  {}",
                word(threat, "/id"),
                word(threat, "/status"),
                word(threat, "/name")
            );
            output.line(visible(&line))?;
        }
    }
    output.flush()?;
    let none = all.as_array().is_none_or(Vec::is_empty);
    Ok(if none { Exit::Nothing } else { Exit::Done })
}

fn new(arguments: &New, output: &mut Output) -> Result<Exit, CommandError> {
    let values: Vec<Value> = arguments
        .values
        .iter()
        .map(|value| json!({ "value": value }))
        .collect();
    let body = json!({
        "name": arguments.name,
        "what": text(&arguments.what)?,
        "values": values,
        "countries": arguments.countries,
    });
    let made = arguments.at.post("/threats", &body)?;
    if arguments.at.json {
        output.json(&made)?;
    } else {
        output.line(visible(word(&made, "")))?;
    }
    output.flush()?;
    Ok(Exit::Done)
}

fn show(arguments: &Show, output: &mut Output) -> Result<Exit, CommandError> {
    let path = format!("/threats/{}", id(&arguments.id)?);
    let view = arguments.at.get(&path)?;
    if arguments.at.json {
        output.json(&view)?;
        output.flush()?;
        return Ok(Exit::Done);
    }
    output.line(visible(&format!(
        "{} ({})",
        word(&view, "/name"),
        word(&view, "/status")
    )))?;
    output.line(visible(word(&view, "/what")))?;
    let each = |pointer: &str| {
        view.pointer(pointer)
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default()
    };
    for value in each("/indicators") {
        output.line(visible(&format!("value  {}", word(&value, "/value"))))?;
    }
    for lead in each("/leads") {
        output.line(visible(&format!(
            "lead   {} ({})",
            word(&lead, "/title"),
            word(&lead, "/standing")
        )))?;
    }
    for note in each("/notes") {
        output.line(visible(&format!(
            "note   {}: {}",
            word(&note, "/by"),
            word(&note, "/text")
        )))?;
    }
    output.flush()?;
    Ok(Exit::Done)
}

fn note(arguments: &Note, output: &mut Output) -> Result<Exit, CommandError> {
    let path = format!("/threats/{}/notes", id(&arguments.id)?);
    let body = json!({ "text": text(&arguments.text)? });
    let said = arguments.at.post(&path, &body)?;
    if arguments.at.json {
        output.json(&said)?;
    }
    output.flush()?;
    Ok(Exit::Done)
}

fn refer(arguments: &Refer, output: &mut Output) -> Result<Exit, CommandError> {
    let threat = id(&arguments.id)?;
    let session = &arguments.at;
    let view = session.get(&format!("/threats/{threat}"))?;
    let given = |given: &Option<String>, pointer: &str| match given {
        Some(given) => text(given),
        None => Ok(word(&view, pointer).to_owned()),
    };
    let mut body = json!({
        "agreement": arguments.agreement,
        "to": arguments.to,
        "title": given(&arguments.title, "/name")?,
        "marking": arguments.marking,
        "text": given(&arguments.text, "/what")?,
        "values": view.get("indicators").cloned().unwrap_or_else(|| json!([])),
        "countries": view.get("countries").cloned().unwrap_or_else(|| json!([])),
        "source_protected": view.get("source_protected").cloned().unwrap_or_else(|| json!(false)),
        "threat": threat,
    });
    if let Some(fields) = body.as_object_mut() {
        for name in ["nexus", "grading"] {
            if let Some(value) = view.get(name).filter(|value| !value.is_null()) {
                fields.insert(name.to_owned(), value.clone());
            }
        }
        if let Some(asks) = &arguments.asks {
            fields.insert("asks".to_owned(), json!(asks));
        }
    }
    let path = if arguments.dry_run {
        "/leads/preview"
    } else {
        "/leads"
    };
    let answer = session.post(path, &body)?;
    if arguments.at.json {
        output.json(&answer)?;
    } else {
        let said = (
            word(&answer, "/lead/answer"),
            word(&answer, "/lead/clause"),
            word(&answer, "/lead/words"),
        );
        let line = format!("{} {}: {} (clause {})", arguments.to, said.0, said.2, said.1);
        output.line(visible(&line))?;
        if !arguments.dry_run {
            output.line(visible(word(&answer, "/at")))?;
        }
    }
    output.flush()?;
    let no = word(&answer, "/lead/answer") == "no" || word(&answer, "/values/answer") == "no";
    Ok(if no { Exit::Nothing } else { Exit::Done })
}
