//! `accord acts`: which command is which route of the API.

use clap::Args;
use comfy_table::{Table, presets};
use serde_json::{Value, json};

use super::field::Place;
use super::{all, covered};
use crate::commands::{CommandError, Exit};
use crate::output::Output;

/// Arguments of `acts`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  accord acts | grep /cases
  accord acts --json

What a node can do is the same by its pages, its API and these commands.")]
pub struct Arguments {
    /// Print JSON, with what each command takes
    #[arg(long)]
    json: bool,
}

/// Lists them.
pub fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, CommandError> {
    if arguments.json {
        output.json(&listed())?;
        return Ok(Exit::Done);
    }
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(["METHOD", "PATH", "COMMAND"]);
    let rows = all().map(|act| (act.method.as_str(), act.path, act.words));
    for (method, path, words) in rows.chain(covered::ELSEWHERE.iter().copied()) {
        table.add_row([
            method.to_owned(),
            format!("/api/v1{path}"),
            format!("accord {words}"),
        ]);
    }
    for (method, path, reason) in covered::PAGES_ALONE {
        table.add_row([
            (*method).to_owned(),
            format!("/api/v1{path}"),
            format!("none: {reason}"),
        ]);
    }
    for line in table.to_string().lines() {
        output.line(line.trim_end())?;
    }
    Ok(Exit::Done)
}

fn listed() -> Value {
    let rows: Vec<Value> = all()
        .map(|act| {
            let fields: Vec<Value> = act
                .fields()
                .map(|field| {
                    json!({
                        "name": field.name, "required": field.required,
                        "in": match field.place {
                            Place::Body => "body",
                            Place::Query => "query",
                            Place::Header => "header",
                        },
                    })
                })
                .collect();
            let fixed: Vec<&str> = act.fixed.iter().map(|(name, _)| *name).collect();
            json!({
                "command": act.words, "method": act.method.as_str(), "path": act.path, "does": act.help,
                "fields": fields, "fixed": fixed,
            })
        })
        .collect();
    let others = |of: &[(&str, &str, &str)], name: &str| -> Vec<Value> {
        let one = |(method, path, words): &(&str, &str, &str)| json!({ "method": method, "path": path, name: words });
        of.iter().map(one).collect()
    };
    json!({
        "acts": rows,
        "elsewhere": others(covered::ELSEWHERE, "command"),
        "pages_alone": others(covered::PAGES_ALONE, "reason"),
    })
}
