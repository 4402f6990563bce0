//! `accord log add-source`.

use accord_formats::logs::LogFormat;
use accord_logstore::{FormatSetting, SourceConfig};

use crate::commands::node::{NodeArguments, with_node};
use crate::commands::{CommandError, Exit};
use crate::output::Output;

/// Arguments of `log add-source`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  accord log add-source resolver --description 'DNS resolver, Hamburg' --custodian 'Head of operations' \\
      --customer 192.0.2.0/24 --customer 2001:db8::/32 --time-zone UTC --clock-offset-ms 40 --ordinary-course

These words stand in every evidence package made from the source; a court reads them. They cannot be changed later.")]
pub struct Arguments {
    #[command(flatten)]
    node: NodeArguments,
    /// Its name: 1 to 64 of a-z, 0-9, `.`, `_`, `-`
    name: String,
    /// What it is, in words
    #[arg(long, value_name = "WORDS")]
    description: String,
    /// Who answers for it: a person or a post
    #[arg(long, value_name = "WORDS")]
    custodian: String,
    /// The format of its logs; told by the content of each file where not given
    #[arg(long, value_name = "FORMAT", value_parser = format_of)]
    format: Option<LogFormat>,
    /// A network of your own customers; may be repeated
    #[arg(long = "customer", value_name = "NETWORK")]
    customers: Vec<String>,
    /// What is known of its clock's zone, in words
    #[arg(long, value_name = "WORDS", default_value = "")]
    time_zone: String,
    /// How far its clock runs ahead of UTC, milliseconds (negative: behind), where it was measured
    #[arg(long, value_name = "MS", allow_negative_numbers = true)]
    clock_offset_ms: Option<i64>,
    /// The log is made in the ordinary course of business
    #[arg(long)]
    ordinary_course: bool,
    /// Print the settings as one JSON object
    #[arg(long)]
    json: bool,
}

fn format_of(text: &str) -> Result<LogFormat, String> {
    LogFormat::from_name(text).ok_or_else(|| {
        let names: Vec<&str> = LogFormat::ALL.into_iter().map(LogFormat::name).collect();
        format!("no such format; there are {}", names.join(", "))
    })
}

/// Adds it.
pub fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, CommandError> {
    let customers = arguments
        .customers
        .iter()
        .map(|text| {
            serde_json::from_value(serde_json::json!(text)).map_err(|_| {
                CommandError::Failed(format!("--customer {text}: give a network such as 192.0.2.0/24"))
            })
        })
        .collect::<Result<_, _>>()?;
    let source = SourceConfig {
        name: arguments.name.clone(),
        description: arguments.description.clone(),
        format: arguments.format.map_or(FormatSetting::Auto, FormatSetting::As),
        customers,
        time_zone: arguments.time_zone.clone(),
        clock_offset_ms: arguments.clock_offset_ms,
        ordinary_course: arguments.ordinary_course,
        custodian: arguments.custodian.clone(),
    };
    with_node(&arguments.node, async |node| {
        node.on_this_machine()
            .add_source(source.clone())
            .await
            .map_err(CommandError::failed)
    })?;
    if arguments.json {
        output.json(&source)?;
    } else {
        output.line(format_args!("source {}", source.name))?;
    }
    Ok(Exit::Done)
}
