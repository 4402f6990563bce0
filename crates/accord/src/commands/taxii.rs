//! `accord taxii`: somebody's TAXII 2.1 server, as a client.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use accord_client::{Collection, TaxiiClient};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::remote::{secret, write};
use super::{CommandError, Exit};
use crate::output::{Output, visible};
use crate::process;

/// Most bytes of a file that is pushed.
const PUSH_MAX_BYTES: u64 = 64 << 20;
/// Most objects of one request of a push.
const PUSH_OBJECTS_MAX: usize = 500;

/// Arguments of `taxii`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// List a server's collections
    Collections(Collections),
    /// Read collections into one STIX bundle
    Pull(Pull),
    /// Add the objects of a STIX bundle to a collection
    Push(Push),
}

/// The server, and the account.
#[derive(Debug, clap::Args)]
struct Server {
    /// The server's discovery address: https://HOST/taxii2/
    #[arg(value_name = "URL")]
    url: String,
    /// Account name
    #[arg(long, value_name = "NAME")]
    name: String,
    /// A file with the account's token or password; - is standard input
    #[arg(long, value_name = "FILE")]
    token_file: PathBuf,
}

/// Arguments of `taxii collections`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  accord taxii collections https://taxii.vendor.example/taxii2/ --name feed --token-file feed.token")]
struct Collections {
    #[command(flatten)]
    server: Server,
    /// Print one JSON object a collection
    #[arg(long)]
    json: bool,
}

/// Arguments of `taxii pull`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  accord taxii pull https://taxii.vendor.example --name feed --token-file feed.token -o new.json --state feed.state
  accord watchlist build -o feed.awl new.json

With --state a later pull goes on where this one ended. The bundle is an indicator source like any other. Exit codes:
0 something new, 1 nothing new, 2 error.")]
struct Pull {
    #[command(flatten)]
    server: Server,
    /// Only this collection; may be repeated
    #[arg(long = "collection", value_name = "ID")]
    collections: Vec<String>,
    /// Where to go on is kept here
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Write the bundle here instead of to standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Arguments of `taxii push`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  accord taxii push https://node.agency.example --name isp --token-file isp.token --collection 1c1c... found.json

The server says what it took, what it did not, and what waits for a person there.")]
struct Push {
    #[command(flatten)]
    server: Server,
    /// The collection
    #[arg(long, value_name = "ID")]
    collection: String,
    /// A STIX 2.1 bundle, or an envelope of objects
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Where each collection of a server is read from next.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    added_after: BTreeMap<String, String>,
}

impl Server {
    fn client(&self) -> Result<TaxiiClient, CommandError> {
        let token = secret(&self.token_file)?;
        TaxiiClient::new(&self.url, &self.name, &token).map_err(CommandError::failed)
    }
}

/// Runs one of them.
pub fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, CommandError> {
    match &arguments.what {
        What::Collections(arguments) => collections(arguments, output),
        What::Pull(arguments) => pull(arguments, output),
        What::Push(arguments) => push(arguments, output),
    }
}

fn collections(arguments: &Collections, output: &mut Output) -> Result<Exit, CommandError> {
    let client = arguments.server.client()?;
    let all = process::runtime()?
        .block_on(client.collections())
        .map_err(CommandError::failed)?;
    for one in &all {
        if arguments.json {
            output.json(&json!({
                "root": one.root, "id": one.id, "title": one.title, "can_read": one.can_read, "can_write": one.can_write
            }))?;
        } else {
            let may = match (one.can_read, one.can_write) {
                (true, true) => "read, add",
                (true, false) => "read",
                (false, true) => "add",
                (false, false) => "nothing",
            };
            output.line(visible(&format!("{}  {may}  {}", one.id, one.title)))?;
        }
    }
    Ok(if all.is_empty() { Exit::Nothing } else { Exit::Done })
}

fn read_state(path: Option<&Path>) -> Result<State, CommandError> {
    let Some(path) = path else {
        return Ok(State::default());
    };
    match std::fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes)
            .map_err(|error| CommandError::Failed(format!("{}: {error}", path.display()))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(State::default()),
        Err(error) => Err(CommandError::Failed(format!("{}: {error}", path.display()))),
    }
}

fn pull(arguments: &Pull, output: &mut Output) -> Result<Exit, CommandError> {
    let client = arguments.server.client()?;
    let mut state = read_state(arguments.state.as_deref())?;
    let runtime = process::runtime()?;
    let all = runtime
        .block_on(client.collections())
        .map_err(CommandError::failed)?;
    let wanted: Vec<&Collection> = all
        .iter()
        .filter(|one| {
            one.can_read && (arguments.collections.is_empty() || arguments.collections.contains(&one.id))
        })
        .collect();
    for id in &arguments.collections {
        if !wanted.iter().any(|one| one.id == *id) {
            return Err(CommandError::Failed(format!(
                "there is no collection {id} that can be read; `accord taxii collections` lists them"
            )));
        }
    }
    let mut objects: BTreeMap<(String, String), Value> = BTreeMap::new();
    let (mut good, mut bad) = (0, 0);
    for one in wanted {
        let key = format!("{}{}", one.root, one.id);
        let after = state.added_after.get(&key).map(String::as_str);
        // One collection that breaks off does not end the others, and is read again the next time.
        match runtime.block_on(client.pull(one, after)) {
            Ok(pulled) => {
                good += 1;
                output.note(format_args!("{}: {} objects", one.title, pulled.objects.len()));
                for object in pulled.objects {
                    let text = |name: &str| {
                        object
                            .get(name)
                            .and_then(Value::as_str)
                            .unwrap_or_default()
                            .to_owned()
                    };
                    let version = [text("modified"), text("created")].concat();
                    objects.insert((text("id"), version), object);
                }
                if let Some(after) = pulled.added_after {
                    state.added_after.insert(key, after);
                }
            }
            Err(error) => {
                bad += 1;
                output.warning(format_args!("{}: {error}", one.title));
            }
        }
    }
    let count = objects.len();
    let bundle = json!({
        "type": "bundle",
        "id": format!("bundle--{}", accord_formats::export::uuid5(&objects.keys().map(|(id, version)| format!("{id} {version}\n")).collect::<String>())),
        "objects": objects.into_values().collect::<Vec<_>>()
    });
    let mut bytes = serde_json::to_vec_pretty(&bundle).map_err(CommandError::failed)?;
    bytes.push(b'\n');
    write(arguments.output.as_deref(), &bytes, false, output)?;
    output.flush()?;
    // What was read is on its way before it is remembered: after a crash it is read again.
    if let Some(path) = &arguments.state {
        let mut bytes = serde_json::to_vec_pretty(&state).map_err(CommandError::failed)?;
        bytes.push(b'\n');
        write(Some(path), &bytes, false, output)?;
    }
    Ok(match (good, bad, count) {
        (0, 1.., _) => Exit::Error,
        (.., 0) => Exit::Nothing,
        _ => Exit::Done,
    })
}

fn push(arguments: &Push, output: &mut Output) -> Result<Exit, CommandError> {
    let failed = |error: &dyn std::fmt::Display| {
        CommandError::Failed(format!("{}: {error}", arguments.file.display()))
    };
    let length = std::fs::metadata(&arguments.file)
        .map_err(|error| failed(&error))?
        .len();
    if length > PUSH_MAX_BYTES {
        return Err(failed(&format!("longer than {PUSH_MAX_BYTES} bytes: split it")));
    }
    let bytes = std::fs::read(&arguments.file).map_err(|error| failed(&error))?;
    let bundle: Value = serde_json::from_slice(&bytes).map_err(|error| failed(&error))?;
    let objects = bundle.get("objects").and_then(Value::as_array);
    let objects = objects.ok_or_else(|| failed(&"no STIX bundle: it has no objects"))?;
    let client = arguments.server.client()?;
    let runtime = process::runtime()?;
    let all = runtime
        .block_on(client.collections())
        .map_err(CommandError::failed)?;
    let collection = all
        .iter()
        .find(|one| one.id == arguments.collection && one.can_write);
    let collection = collection.ok_or_else(|| {
        CommandError::Failed(format!(
            "there is no collection {} that takes anything from this account",
            arguments.collection
        ))
    })?;
    let mut taken = false;
    for part in objects.chunks(PUSH_OBJECTS_MAX) {
        let status = runtime
            .block_on(client.push(collection, part))
            .map_err(CommandError::failed)?;
        let number = |name: &str| status.get(name).and_then(Value::as_u64).unwrap_or(0);
        taken |= number("success_count") + number("pending_count") > 0;
        output.note(format_args!(
            "{} taken, {} wait for a person, {} not taken; status {}",
            number("success_count"),
            number("pending_count"),
            number("failure_count"),
            status.get("id").and_then(Value::as_str).unwrap_or("unknown")
        ));
        let failures = status.get("failures").and_then(Value::as_array);
        for failure in failures.into_iter().flatten() {
            let text = |name: &str| failure.get(name).and_then(Value::as_str).unwrap_or_default();
            output.line(visible(&format!("{}: {}", text("id"), text("message"))))?;
        }
    }
    Ok(if taken { Exit::Done } else { Exit::Nothing })
}
