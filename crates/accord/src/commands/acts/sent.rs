//! From the words of the command line to what is sent.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::ArgMatches;
use clap::parser::ValueSource;
use serde_json::{Map, Value};

use super::field::{Kind, Place as Goes};
use super::{Act, Body, Field, Place, line};
use crate::commands::CommandError;
use crate::commands::remote::{Sent, secret};
use crate::output::visible;

/// Longest text or JSON that is read, bytes.
const INPUT_MAX_BYTES: u64 = 16 << 20;
/// Longest file that is sent, bytes: it is held in memory. A longer log is brought in on the node's machine.
const FILE_MAX_BYTES: u64 = 1 << 30;

/// A request, made ready.
#[derive(Debug)]
pub struct Request {
    pub path: String,
    pub query: Vec<(&'static str, String)>,
    pub headers: Vec<(&'static str, String)>,
    pub body: Sent,
}

fn failed(words: impl Into<String>) -> CommandError {
    CommandError::Failed(words.into())
}

/// Standard input, which one thing may read.
#[derive(Debug, Default)]
struct Input {
    taken: bool,
}

impl Input {
    fn standard(&mut self) -> Result<(), CommandError> {
        if std::mem::replace(&mut self.taken, true) {
            return Err(failed("- stands twice: standard input is read once"));
        }
        Ok(())
    }

    fn bytes(&mut self, path: &Path, max: u64) -> Result<Vec<u8>, CommandError> {
        let mut bytes = Vec::new();
        let read = if path == Path::new("-") {
            self.standard()?;
            std::io::stdin().lock().take(max + 1).read_to_end(&mut bytes)
        } else {
            std::fs::File::open(path).and_then(|file| file.take(max + 1).read_to_end(&mut bytes))
        };
        read.map_err(|error| failed(format!("{}: {error}", path.display())))?;
        if bytes.len() as u64 > max {
            return Err(failed(format!("{}: more than {max} bytes", path.display())));
        }
        Ok(bytes)
    }

    fn text(&mut self, path: &Path) -> Result<String, CommandError> {
        let bytes = self.bytes(path, INPUT_MAX_BYTES)?;
        String::from_utf8(bytes).map_err(|_| failed(format!("{}: not UTF-8", path.display())))
    }

    fn json(&mut self, path: &Path) -> Result<Value, CommandError> {
        let bytes = self.bytes(path, INPUT_MAX_BYTES)?;
        serde_json::from_slice(&bytes)
            .map_err(|error| failed(format!("{}: no JSON: {error}", path.display())))
    }
}

/// Makes the request of a row.
pub fn request(act: &Act, matches: &ArgMatches) -> Result<Request, CommandError> {
    let mut input = Input::default();
    let mut body = match given::<String>(matches, line::BODY) {
        Some(file) => match input.json(Path::new(file))? {
            Value::Object(fields) => fields,
            _ => return Err(failed(format!("{}: no JSON object", visible(file)))),
        },
        None => Map::new(),
    };
    for (name, value) in act.fixed {
        put(&mut body, name, Value::from(*value));
    }
    let (mut query, mut headers) = (Vec::new(), Vec::new());
    for field in act.fields() {
        let Some(value) = value(field, matches, &mut input, &body)? else {
            continue;
        };
        match field.place {
            Goes::Body => put(&mut body, field.name, value),
            Goes::Query => query.push((field.name, in_query(value))),
            Goes::Header => headers.push((field.name, in_query(value))),
        }
    }
    let body = match act.body {
        Body::Bytes => {
            let path = given::<PathBuf>(matches, line::FILE).map_or(Path::new("-"), PathBuf::as_path);
            let takes_name = act.fields().any(|field| field.name == "name");
            if takes_name && !query.iter().any(|(name, _)| *name == "name") {
                let name = path
                    .file_name()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned();
                query.push(("name", name));
            }
            Sent::Bytes(input.bytes(path, FILE_MAX_BYTES)?)
        }
        Body::Fields if body.is_empty() && act.fields().all(|field| field.place != Goes::Body) => {
            Sent::Nothing
        }
        Body::Fields => Sent::Json(Value::Object(body)),
    };
    Ok(Request {
        path: path(act, matches)?,
        query,
        headers,
        body,
    })
}

fn given<'a, T: Clone + Send + Sync + 'static>(matches: &'a ArgMatches, id: &str) -> Option<&'a T> {
    matches.try_get_one::<T>(id).ok().flatten()
}

/// Puts a value where `note/text` says, making what is around it.
fn put(body: &mut Map<String, Value>, name: &str, value: Value) {
    match name.split_once('/') {
        None => drop(body.insert(name.to_owned(), value)),
        Some((outer, inner)) => {
            let around = body.entry(outer).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(fields) = around {
                put(fields, inner, value);
            }
        }
    }
}

fn in_query(value: Value) -> String {
    match value {
        Value::String(text) => text,
        Value::Array(all) => all.into_iter().map(in_query).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

fn value(
    field: &Field,
    matches: &ArgMatches,
    input: &mut Input,
    body: &Map<String, Value>,
) -> Result<Option<Value>, CommandError> {
    let id = field.id();
    if field.kind == Kind::Flag {
        let said = matches.value_source(&id) == Some(ValueSource::CommandLine);
        return Ok(said.then_some(Value::Bool(true)));
    }
    let several = |make: &dyn Fn(&str) -> Result<Value, CommandError>| {
        let Some(all) = matches.get_many::<String>(&id) else {
            return Ok(None);
        };
        let all: Result<Vec<Value>, CommandError> = all.map(|one| make(one)).collect();
        all.map(|all| Some(Value::Array(all)))
    };
    Ok(match field.kind {
        Kind::Many => several(&|one| Ok(Value::from(one)))?,
        Kind::Objects(member) => several(&|one| Ok(object([(member, one)])))?,
        Kind::Published => several(&|one| {
            let parts = one.split_once('=');
            let (note, value) =
                parts.ok_or_else(|| failed(format!("{:?}: write NOTE=VALUE", visible(one))))?;
            Ok(object([("published", note), ("value", value)]))
        })?,
        Kind::Members => match matches.get_many::<String>(&id) {
            Some(all) => {
                let named = accord_sql::parameters(all.map(String::as_str));
                let named = named.map_err(|error| failed(visible(&error.message)))?;
                let members = named.into_iter().map(|(name, value)| (name, Value::from(value)));
                Some(Value::Object(members.collect()))
            }
            None => None,
        },
        Kind::Number => given::<i64>(matches, &id).map(|number| Value::from(*number)),
        Kind::Time => given::<jiff::Timestamp>(matches, &id).map(|at| Value::from(at.as_millisecond())),
        Kind::YesNo => given::<String>(matches, &id).map(|word| Value::Bool(word == "yes")),
        Kind::TextFile => match given::<PathBuf>(matches, &id) {
            Some(path) => Some(Value::from(input.text(path)?)),
            None => None,
        },
        Kind::Secret => match given::<PathBuf>(matches, &id) {
            Some(path) => {
                if path == Path::new("-") {
                    input.standard()?;
                }
                Some(Value::from(secret(path)?))
            }
            None => None,
        },
        Kind::Json => match given::<String>(matches, &id).map(String::as_str) {
            Some("-") => Some(input.json(Path::new("-"))?),
            Some(word) => Some(match word.strip_prefix('@') {
                Some(file) => input.json(Path::new(file))?,
                None => serde_json::from_str(word)
                    .map_err(|error| failed(format!("--{}: no JSON: {error}", field.option_name())))?,
            }),
            None => None,
        },
        Kind::Text => match given::<String>(matches, &id).map(String::as_str) {
            Some("-") => Some(Value::from(input.text(Path::new("-"))?.trim_end())),
            Some(word) => Some(Value::from(word)),
            // What a body says stands; the rest is as it mostly is.
            None if body.contains_key(field.name) => None,
            None => field.default.map(Value::from),
        },
        Kind::Flag => None,
    })
}

fn object<const N: usize>(members: [(&str, &str); N]) -> Value {
    let members = members
        .into_iter()
        .map(|(name, value)| (name.to_owned(), Value::from(value)));
    Value::Object(members.collect())
}

fn path(act: &Act, matches: &ArgMatches) -> Result<String, CommandError> {
    let mut places = act.places().into_iter();
    let mut path = String::new();
    for part in act.path.split('/').skip(1) {
        if part == "{seq}" {
            continue;
        }
        path.push('/');
        if !part.starts_with('{') {
            path.push_str(part);
            continue;
        }
        let Some(place) = places.next() else { continue };
        let word = given::<String>(matches, &place.id()).map_or("", String::as_str);
        path.push_str(&segment(place, word)?);
    }
    Ok(path)
}

/// A word as it stands in an address: nothing that would lead elsewhere.
fn segment(place: Place, word: &str) -> Result<String, CommandError> {
    let hex = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let no = |what: &str| Err(failed(format!("{:?} is no {what}", visible(word))));
    match place {
        Place::Note(_) => match word.split_once('/') {
            Some((ledger, seq))
                if ledger.len() == 32
                    && hex(ledger)
                    && !seq.is_empty()
                    && seq.bytes().all(|byte| byte.is_ascii_digit()) =>
            {
                Ok(word.to_owned())
            }
            _ => no("note: LEDGER/NUMBER, as lists and pages show it"),
        },
        Place::Named("case") if !hex(word) => no("id of a case"),
        Place::Named("person") if !hex(word) => no("number of a person"),
        Place::Named(name) if matches!(word, "" | "." | "..") => no(name),
        Place::Named(_) => Ok(encoded(word)),
    }
}

/// RFC 3986, section 2.1: all but the unreserved characters as percent signs.
fn encoded(word: &str) -> String {
    word.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_stands_in_an_address_leads_nowhere_else() {
        let note = format!("{}/7", "a".repeat(32));
        let check = |place, word: &str, expected: Option<&str>| {
            assert_eq!(segment(place, word).ok().as_deref(), expected, "{word}");
        };
        check(Place::Note("leads"), &note, Some(&note));
        check(Place::Note("leads"), "../me", None);
        check(Place::Note("leads"), &format!("{note}/looks"), None);
        check(Place::Named("case"), "3f2a", Some("3f2a"));
        check(Place::Named("case"), "../me", None);
        check(Place::Named("list"), "..", None);
        check(Place::Named("list"), "", None);
        check(Place::Named("list"), "../me?x", Some("..%2Fme%3Fx"));
        check(Place::Named("list"), "top million", Some("top%20million"));
    }

    #[test]
    fn values_go_where_their_name_says() {
        let mut body = Map::new();
        put(&mut body, "title", json!("t"));
        put(&mut body, "note/kind", json!("task.set"));
        put(&mut body, "note/text", json!("look"));
        assert_eq!(
            Value::Object(body),
            json!({ "title": "t", "note": { "kind": "task.set", "text": "look" } })
        );
        assert_eq!(in_query(json!(["a.example", "b.example"])), "a.example,b.example");
    }
}
