//! `accord threat`: what the pages under *Threats* do, for scripts, by the API of a running node.
//!
//! The session's token comes from a file, never from an argument: arguments are seen by everybody on the machine.

use std::io::Read as _;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::{CommandError, Exit};
use crate::demo::client::{Session, http};
use crate::output::{Output, visible};
use crate::process;

/// Longest token file and longest input, bytes.
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

/// Which node, and as whom.
#[derive(Debug, clap::Args)]
struct At {
    /// The node's address
    #[arg(
        long,
        value_name = "URL",
        env = "ACCORD_URL",
        default_value = "http://127.0.0.1:8080"
    )]
    url: String,
    /// A file with the token of a session (POST /api/v1/sessions gives one)
    #[arg(long, value_name = "FILE", env = "ACCORD_TOKEN_FILE")]
    token_file: PathBuf,
    /// Print the node's answer as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// List the threats that you work on
    List(At),
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
    at: At,
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
    at: At,
    /// Its id
    id: String,
}

#[derive(Debug, clap::Args)]
struct Note {
    #[command(flatten)]
    at: At,
    /// Its id
    id: String,
    /// The note; `-` reads standard input
    text: String,
}

#[derive(Debug, clap::Args)]
struct Refer {
    #[command(flatten)]
    at: At,
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

impl At {
    fn session(&self) -> Result<Session, CommandError> {
        let name = self.token_file.display();
        let failed = |error: &dyn std::fmt::Display| CommandError::Failed(format!("{name}: {error}"));
        let file = std::fs::File::open(&self.token_file).map_err(|error| failed(&error))?;
        let mut token = String::new();
        let mut file = file.take(INPUT_MAX_BYTES);
        file.read_to_string(&mut token).map_err(|error| failed(&error))?;
        let http = http().map_err(CommandError::failed)?;
        Ok(Session::with_token(
            &http,
            self.url.trim_end_matches('/'),
            token.trim(),
        ))
    }
}

fn word<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// Runs.
pub fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, CommandError> {
    process::runtime()?.block_on(async {
        match &arguments.what {
            What::List(at) => list(at, output).await,
            What::New(arguments) => new(arguments, output).await,
            What::Show(arguments) => show(arguments, output).await,
            What::Note(arguments) => note(arguments, output).await,
            What::Refer(arguments) => refer(arguments, output).await,
        }
    })
}

async fn list(at: &At, output: &mut Output) -> Result<Exit, CommandError> {
    let all = at
        .session()?
        .get("/threats")
        .await
        .map_err(CommandError::failed)?;
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

async fn new(arguments: &New, output: &mut Output) -> Result<Exit, CommandError> {
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
    let made = arguments
        .at
        .session()?
        .post("/threats", &body)
        .await
        .map_err(CommandError::failed)?;
    if arguments.at.json {
        output.json(&made)?;
    } else {
        output.line(visible(word(&made, "")))?;
    }
    output.flush()?;
    Ok(Exit::Done)
}

async fn show(arguments: &Show, output: &mut Output) -> Result<Exit, CommandError> {
    let path = format!("/threats/{}", id(&arguments.id)?);
    let view = arguments
        .at
        .session()?
        .get(&path)
        .await
        .map_err(CommandError::failed)?;
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

async fn note(arguments: &Note, output: &mut Output) -> Result<Exit, CommandError> {
    let path = format!("/threats/{}/notes", id(&arguments.id)?);
    let body = json!({ "text": text(&arguments.text)? });
    let said = arguments
        .at
        .session()?
        .post(&path, &body)
        .await
        .map_err(CommandError::failed)?;
    if arguments.at.json {
        output.json(&said)?;
    }
    output.flush()?;
    Ok(Exit::Done)
}

async fn refer(arguments: &Refer, output: &mut Output) -> Result<Exit, CommandError> {
    let threat = id(&arguments.id)?;
    let session = arguments.at.session()?;
    let view = session
        .get(&format!("/threats/{threat}"))
        .await
        .map_err(CommandError::failed)?;
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
    let answer = session.post(path, &body).await.map_err(CommandError::failed)?;
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
