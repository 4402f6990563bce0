//! `accord log holders`.

use std::collections::BTreeMap;
use std::io::Read;
use std::ops::ControlFlow;

use accord_logstore::{
    Answer, Answers, Finding, Holder, MAX_QUESTIONS, MAX_SIGHTINGS_BYTES, Protocol, Question, Questions,
    Sightings,
};
use serde::Serialize;

use super::instant;
use crate::commands::node::{NodeArguments, with_node};
use crate::commands::progress::Meter;
use crate::commands::{CommandError, Exit};
use crate::output::{Output, visible};

/// Arguments of `log holders`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  accord log holders --address 198.51.100.7 --port 40112 --protocol tcp --at 2026-03-01T10:00:07Z
  accord log holders --sightings abuse.csv --uncertainty-ms 2000 --zone bras1=Europe/Amsterdam --json

A list has a line for each sighting: time,address,port,protocol,uncertainty_ms; a header may name the columns. Rows that
cannot be read are named and the rest is answered. Nothing leaves this machine. That it was asked stands in the access
log. Exit codes: 0 somebody was found, 1 nobody, 2 error.")]
pub struct Arguments {
    #[command(flatten)]
    node: NodeArguments,
    /// The address, or a delegated IPv6 prefix
    #[arg(
        long,
        value_name = "ADDRESS",
        requires = "at",
        required_unless_present = "sightings"
    )]
    address: Option<String>,
    /// The source port that was seen
    #[arg(long, value_name = "PORT", requires = "address")]
    port: Option<u16>,
    /// The protocol that was seen: tcp, udp, or its number
    #[arg(long, value_name = "NAME", requires = "address", value_parser = protocol)]
    protocol: Option<Protocol>,
    /// When it was seen, RFC 3339
    #[arg(long, value_name = "TIME", requires = "address")]
    at: Option<jiff::Timestamp>,
    /// A list of sightings instead; `-` is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "address")]
    sightings: Option<String>,
    /// By how much the times may be wrong, either way, milliseconds
    #[arg(long, value_name = "MS", default_value_t = accord_service::ASKED_UNCERTAINTY_MS)]
    uncertainty_ms: u64,
    /// Only this source; may be repeated
    #[arg(long = "source", value_name = "NAME")]
    sources: Vec<String>,
    /// The zone of a source's clock, as SOURCE=ZONE: an IANA name, UTC or an offset; may be repeated
    #[arg(long = "zone", value_name = "SOURCE=ZONE", value_parser = zone)]
    zones: Vec<(String, String)>,
    /// How long a lease holds whose length no line tells, by the server's configuration, seconds
    #[arg(long, value_name = "S")]
    assumed_lease_s: Option<u64>,
    /// End with 2 if any row could not be read
    #[arg(long)]
    strict: bool,
    /// Print one JSON object a sighting
    #[arg(long)]
    json: bool,
}

fn protocol(text: &str) -> Result<Protocol, String> {
    Protocol::parse(text).ok_or_else(|| "give tcp, udp, or a number to 255".to_owned())
}

fn zone(text: &str) -> Result<(String, String), String> {
    let parts = text
        .split_once('=')
        .filter(|(name, zone)| !name.is_empty() && !zone.is_empty());
    let (name, zone) = parts.ok_or_else(|| "give SOURCE=ZONE, such as bras1=Europe/Amsterdam".to_owned())?;
    Ok((name.to_owned(), zone.to_owned()))
}

/// An answer with the line of the list that it is to.
#[derive(Serialize)]
struct Line<'a> {
    row: Option<u64>,
    #[serde(flatten)]
    answer: &'a Answer,
}

/// Asks.
pub fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, CommandError> {
    let (rows, bad) = questions(arguments, output)?;
    if rows.is_empty() {
        return Err(CommandError::Failed(
            "there is no sighting to ask about".to_owned(),
        ));
    }
    let questions = Questions {
        sources: (!arguments.sources.is_empty()).then(|| arguments.sources.clone()),
        zones: arguments.zones.iter().cloned().collect::<BTreeMap<_, _>>(),
        assumed_lease_ms: arguments.assumed_lease_s.map(|s| s.saturating_mul(1_000)),
        ..Questions::of(rows.iter().map(|(_, question)| question.clone()).collect())
    };
    let answers = with_node(&arguments.node, async |node| {
        let mut meter = Meter::start();
        node.on_this_machine()
            .holders(&questions, &mut |progress| {
                meter.at("read", progress.scanned_bytes, Some(progress.total_bytes));
                ControlFlow::Continue(())
            })
            .await
            .map_err(CommandError::failed)
    })?;
    for ((row, _), answer) in rows.iter().zip(&answers.answers) {
        if arguments.json {
            output.json(&Line { row: *row, answer })?;
        } else {
            print(answer, output)?;
        }
    }
    output.flush()?;
    warn(&answers, output);
    let is_found = |answer: &Answer| matches!(answer.finding, Finding::One | Finding::Several);
    Ok(if bad > 0 && arguments.strict {
        Exit::Error
    } else if answers.answers.iter().any(is_found) {
        Exit::Done
    } else {
        Exit::Nothing
    })
}

/// A sighting with its line in the list it came from.
type Row = (Option<u64>, Question);

/// The sightings, and how many lines are none.
fn questions(arguments: &Arguments, output: &mut Output) -> Result<(Vec<Row>, usize), CommandError> {
    if let (Some(address), Some(at)) = (&arguments.address, arguments.at) {
        let wrong = || {
            CommandError::Failed(format!(
                "--address {}: no address and no prefix",
                visible(address)
            ))
        };
        let net = match address.parse() {
            Ok(address) => std::net::IpAddr::into(address),
            Err(_) => address.parse().map_err(|_| wrong())?,
        };
        let question = Question {
            address: net,
            port: arguments.port,
            protocol: arguments.protocol,
            at_ms: at.as_millisecond(),
            uncertainty_ms: arguments.uncertainty_ms,
        };
        return Ok((vec![(None, question)], 0));
    }
    let file = arguments.sightings.as_deref().unwrap_or("-");
    let failed = |error: std::io::Error| CommandError::Failed(format!("{}: {error}", visible(file)));
    let reader: Box<dyn Read> = if file == "-" {
        Box::new(std::io::stdin())
    } else {
        Box::new(std::fs::File::open(file).map_err(failed)?)
    };
    let mut text = String::new();
    // One byte more than may be: so that a list that is too long is refused, and not cut.
    reader
        .take(MAX_SIGHTINGS_BYTES as u64 + 1)
        .read_to_string(&mut text)
        .map_err(failed)?;
    let read =
        Sightings::parse(&text, arguments.uncertainty_ms, MAX_QUESTIONS).map_err(CommandError::failed)?;
    for row in &read.bad {
        output.warning(format_args!(
            "line {}: {}: {}",
            row.row,
            visible(&row.text),
            row.why
        ));
    }
    let bad = read.bad.len();
    Ok((
        read.rows
            .into_iter()
            .map(|(row, question)| (Some(row), question))
            .collect(),
        bad,
    ))
}

fn print(answer: &Answer, output: &mut Output) -> Result<(), CommandError> {
    let question = &answer.question;
    let port = question
        .port
        .map(|port| format!(" port {port}"))
        .unwrap_or_default();
    let protocol = question.protocol.map(|one| format!(" {one}")).unwrap_or_default();
    let finding = match answer.finding {
        Finding::One => "one subscriber",
        Finding::Several => "several: the logs name no single one",
        Finding::Nobody => "nobody",
        Finding::NotCovered => "no log covers that time",
    };
    let address = question.address;
    let address = if address.prefix_len() == address.max_prefix_len() {
        address.addr().to_string()
    } else {
        address.to_string()
    };
    output.line(format_args!(
        "{address}{port}{protocol} at {}: {finding}",
        instant(question.at_ms)
    ))?;
    for holder in &answer.holders {
        print_holder(holder, 1, output)?;
    }
    for note in &answer.notes {
        output.line(format_args!("  note: {note}"))?;
    }
    for source in &answer.sources {
        output.line(format_args!("  log {source}"))?;
    }
    Ok(())
}

fn print_holder(holder: &Holder, depth: usize, output: &mut Output) -> Result<(), CommandError> {
    let indent = "  ".repeat(depth);
    let ids: Vec<String> = holder
        .ids
        .iter()
        .map(|id| format!("{} {}", id.kind, visible(&id.value)))
        .collect();
    let sure = if holder.is_sure() { "sure" } else { "not sure" };
    output.line(format_args!(
        "{indent}{} ({sure}, by {})",
        ids.join(", "),
        holder.source
    ))?;
    let from = holder
        .first
        .map_or_else(|| "?".to_owned(), |first| instant(first.at_ms));
    output.line(format_args!("{indent}  {from} to {}", instant(holder.last.at_ms)))?;
    for words in holder.words() {
        output.line(format_args!("{indent}  {words}"))?;
    }
    for line in &holder.evidence {
        output.line(format_args!("{indent}  {} line {}", line.segment, line.line))?;
    }
    for behind in &holder.behind {
        print_holder(behind, depth + 1, output)?;
    }
    Ok(())
}

fn warn(answers: &Answers, output: &mut Output) {
    if !answers.damage.is_empty() {
        output.warning(format_args!(
            "{} parts of the logs are damaged and were not read: `accord log verify` names them",
            answers.damage.len()
        ));
    }
}
