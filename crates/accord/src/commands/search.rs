//! `accord search`: "do we know this?", asked of a running node as a person.

use serde_json::Value;

use super::remote::{Remote, RemoteArguments};
use super::{CommandError, Exit};
use crate::output::{Output, visible};

/// Arguments of `search`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  accord search evil[.]example
  accord search 192.0.2.7 --json
  accord search Operation Heather

A value, a note's reference, the name or reference of a case, or words. It answers from the cases, leads and threats
that this person sees; that they searched is recorded. `accord sign-in` makes the session. Exit codes: 0 known, 1 not known, 2 error.")]
pub struct Arguments {
    #[command(flatten)]
    remote: RemoteArguments,
    /// What to search for
    #[arg(required = true, value_name = "Q")]
    query: Vec<String>,
    /// Print the whole answer as one JSON object
    #[arg(long)]
    json: bool,
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// Searches.
pub fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, CommandError> {
    let query = arguments.query.join(" ");
    let answer = Remote::of(&arguments.remote)?.get("/search", &[("q", query)])?;
    let known = answer.get("known").and_then(Value::as_bool).unwrap_or(false);
    if arguments.json {
        output.json(&answer)?;
    } else {
        print(&answer, output)?;
    }
    if !known {
        output.note("nothing is known of it on the cases, leads and threats you see");
    }
    Ok(if known { Exit::Done } else { Exit::Nothing })
}

fn print(answer: &Value, output: &mut Output) -> Result<(), CommandError> {
    if let Some(verdict) = answer.get("verdict").filter(|verdict| !verdict.is_null()) {
        let by = match text(verdict, "indicator") {
            "" => String::new(),
            indicator => format!(" by {indicator} ({})", text(verdict, "how")),
        };
        let line = format!(
            "verdict: {} is {}{by}",
            text(answer, "value"),
            text(verdict, "word")
        );
        output.line(visible(&line))?;
    }
    for group in [
        "cases",
        "leads",
        "threats",
        "indicators",
        "sightings",
        "exhibits",
        "hunts",
        "reports",
        "notes",
    ] {
        let Some(found) = answer.get(group) else { continue };
        let total = found.get("total").and_then(Value::as_u64).unwrap_or(0);
        let items = found.get("items").and_then(Value::as_array);
        for item in items.into_iter().flatten() {
            let line = match group {
                "cases" => format!(
                    "case: {} ({}), {}",
                    text(item, "operation"),
                    text(item, "reference"),
                    text(item, "stage")
                ),
                "leads" => format!(
                    "lead: {} ({}) {} {}, {}",
                    text(item, "title"),
                    text(item, "standing"),
                    text(item, "giver"),
                    text(item, "marking"),
                    text(item, "at")
                ),
                "threats" => format!(
                    "threat: {} ({}), {}",
                    text(item, "name"),
                    text(item, "status"),
                    text(item, "id")
                ),
                "sightings" => {
                    let count = item.get("count").and_then(Value::as_u64).unwrap_or(0);
                    format!(
                        "seen: {} {count} times, {}",
                        text(item, "value"),
                        text(item, "operation")
                    )
                }
                "indicators" if item.get("value").is_some() => format!(
                    "indicator: {} {} [{}] {} {}, {}",
                    text(item, "value"),
                    text(item, "standing"),
                    text(item, "snippet"),
                    text(item, "org"),
                    text(item, "marking"),
                    text(item, "at")
                ),
                _ => format!(
                    "{}: {} ({}) {} {}, {}",
                    text(item, "kind"),
                    text(item, "title"),
                    text(item, "operation"),
                    text(item, "org"),
                    text(item, "marking"),
                    text(item, "at")
                ),
            };
            output.line(visible(&line))?;
        }
        let shown = items.map_or(0, |items| items.len() as u64);
        if total > shown {
            output.note(format_args!(
                "{group}: {shown} of {total} shown; --json has no more, narrow the search"
            ));
        }
    }
    Ok(())
}
