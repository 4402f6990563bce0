//! `accord log list`.

use accord_service::{LineNotUnderstood, NotUnderstood, SourceView};
use comfy_table::{CellAlignment, Table, presets};

use super::{instant, span};
use crate::commands::node::{NodeArguments, with_node};
use crate::commands::{CommandError, Exit};
use crate::output::{Output, visible};

/// Arguments of `log list`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  accord log list                 every source
  accord log list resolver        the stored files of one, and lines that were not understood
  accord log list --json

Exit codes: 0 there are some, 1 there is none.")]
pub struct Arguments {
    #[command(flatten)]
    node: NodeArguments,
    /// Only this source, with its stored files
    name: Option<String>,
    /// Print one JSON object a source
    #[arg(long)]
    json: bool,
}

/// A source in JSON.
#[derive(serde::Serialize)]
struct Listed<'a> {
    #[serde(flatten)]
    source: &'a SourceView,
    /// Of the one that was named.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    not_understood: &'a [LineNotUnderstood],
}

/// Lists.
pub fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, CommandError> {
    let (mut sources, examples) = with_node(&arguments.node, async |node| {
        let sources = node.on_this_machine().sources();
        let named = sources
            .iter()
            .find(|source| Some(&source.config.name) == arguments.name.as_ref());
        let has_some = |source: &&SourceView| source.segments.iter().any(|segment| segment.not_parsed > 0);
        let examples = match named.filter(has_some) {
            Some(source) => {
                let found = node.on_this_machine().not_understood(&source.config.name);
                found.await.map_err(CommandError::failed)?
            }
            None => NotUnderstood::default(),
        };
        Ok((sources, examples))
    })?;
    if let Some(name) = &arguments.name {
        sources.retain(|source| source.config.name == *name);
        if sources.is_empty() {
            return Err(CommandError::Failed(format!(
                "there is no log source `{name}`; `accord log list` names those that there are"
            )));
        }
    }
    if arguments.json {
        for source in &sources {
            output.json(&Listed {
                source,
                not_understood: &examples.lines,
            })?;
        }
    } else if arguments.name.is_some() {
        for source in &sources {
            files(source, output)?;
        }
        not_understood(&examples, output)?;
    } else if sources.is_empty() {
        output.note("no log source yet; `accord log add-source` makes one");
    } else {
        table(&sources, output)?;
    }
    Ok(if sources.is_empty() {
        Exit::Nothing
    } else {
        Exit::Done
    })
}

/// Examples of lines that are not in the form of their format.
fn not_understood(examples: &NotUnderstood, output: &mut Output) -> Result<(), CommandError> {
    if !examples.lines.is_empty() {
        output.line("not understood, for example:")?;
    }
    for line in &examples.lines {
        let end = if line.is_cut { "..." } else { "" };
        output.line(visible(&format!(
            "    {} line {}: {}{end}",
            line.segment, line.line, line.text
        )))?;
    }
    Ok(())
}

fn print(table: &Table, output: &mut Output) -> Result<(), CommandError> {
    for line in table.to_string().lines() {
        output.line(visible(line.trim_end()))?;
    }
    Ok(())
}

fn right(table: &mut Table, columns: &[usize]) {
    for column in columns {
        if let Some(column) = table.column_mut(*column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
}

fn table(sources: &[SourceView], output: &mut Output) -> Result<(), CommandError> {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(["SOURCE", "FILES", "LINES", "BYTES", "TIMES"]);
    for source in sources {
        let sum =
            |of: fn(&accord_service::SegmentView) -> u64| -> u64 { source.segments.iter().map(of).sum() };
        let whole = source
            .segments
            .iter()
            .filter_map(|segment| segment.span)
            .reduce(|(a, b), (c, d)| (a.min(c), b.max(d)));
        table.add_row([
            source.config.name.clone(),
            source.segments.len().to_string(),
            sum(|segment| segment.lines).to_string(),
            sum(|segment| segment.bytes).to_string(),
            span(whole),
        ]);
    }
    right(&mut table, &[1, 2, 3]);
    print(&table, output)
}

fn files(source: &SourceView, output: &mut Output) -> Result<(), CommandError> {
    let config = &source.config;
    output.line(visible(&format!(
        "{}: {}; answers for it: {}",
        config.name, config.description, config.custodian
    )))?;
    for segment in &source.segments {
        output.line(visible(&format!(
            "{}  {} ({}): {} lines, {} understood, {} not, {} bytes, {}",
            segment.id,
            segment.original_name,
            segment.format,
            segment.lines,
            segment.parsed,
            segment.not_parsed,
            segment.bytes,
            span(segment.span)
        )))?;
        output.line(visible(&format!(
            "    imported {} by {}, SHA-256 {}",
            instant(segment.imported_ms),
            segment.imported_by,
            segment.sha256
        )))?;
    }
    Ok(())
}
