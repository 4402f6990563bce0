//! `accord watchlist diff`.

use std::collections::BTreeMap;

use accord_scan::Watchfile;
use serde::Serialize;

use crate::commands::{CommandError, Exit, sources};
use crate::output::{Output, visible};

/// Arguments of `watchlist diff`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  accord watchlist diff yesterday.awl today.awl
  accord watchlist diff --json old.csv new.awl

Prints `-` for indicators of A only, `+` for those of B only, `~` where labels differ; exit code 0 either way.")]
pub struct Arguments {
    /// One JSON object a line
    #[arg(long)]
    json: bool,
    /// A watchlist file, or any indicator source
    a: String,
    /// Another
    b: String,
}

#[derive(Serialize)]
struct Change<'a> {
    change: &'a str,
    indicator: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    old_labels: Option<&'a [&'a str]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new_labels: Option<&'a [&'a str]>,
}

/// Compares.
pub fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, CommandError> {
    let a = sources::load(std::slice::from_ref(&arguments.a), output)?;
    let b = sources::load(std::slice::from_ref(&arguments.b), output)?;
    let (old, new) = (labels_by_indicator(&a), labels_by_indicator(&b));
    a.check().and_then(|()| b.check()).map_err(CommandError::failed)?;
    let mut counts = [0_u64; 3];
    let [removed, added, changed] = &mut counts;
    for (&indicator, labels) in &old {
        match new.get(indicator) {
            None => {
                *removed += 1;
                let change = Change {
                    change: "removed",
                    indicator,
                    old_labels: Some(labels),
                    new_labels: None,
                };
                print("-", &change, arguments.json, output)?;
            }
            Some(now) if now != labels => {
                *changed += 1;
                let change = Change {
                    change: "labels",
                    indicator,
                    old_labels: Some(labels),
                    new_labels: Some(now),
                };
                print("~", &change, arguments.json, output)?;
            }
            Some(_) => {}
        }
    }
    for (&indicator, labels) in new.iter().filter(|(indicator, _)| !old.contains_key(*indicator)) {
        *added += 1;
        let change = Change {
            change: "added",
            indicator,
            old_labels: None,
            new_labels: Some(labels),
        };
        print("+", &change, arguments.json, output)?;
    }
    let [removed, added, changed] = counts;
    output.flush()?;
    output.note(format_args!(
        "{removed} removed, {added} added, {changed} with other labels"
    ));
    Ok(Exit::Done)
}

fn labels_by_indicator(file: &Watchfile) -> BTreeMap<&str, Vec<&str>> {
    file.indicators()
        .map(|(id, indicator)| (indicator, file.labels(id)))
        .collect()
}

fn print(sign: &str, change: &Change<'_>, json: bool, output: &mut Output) -> Result<(), CommandError> {
    if json {
        return output.json(change);
    }
    let list = |labels: Option<&[&str]>| labels.unwrap_or_default().join(", ");
    let labels = match (change.old_labels, change.new_labels) {
        (Some(old), Some(new)) => format!(" [{}] -> [{}]", list(Some(old)), list(Some(new))),
        (Some([]), None) | (None, Some([])) | (None, None) => String::new(),
        (old, new) => format!(" [{}]", list(old.or(new))),
    };
    output.line(visible(&format!("{sign} {}{labels}", change.indicator)))
}
