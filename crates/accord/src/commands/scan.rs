//! `accord scan`: watchlist indicators in logs.

use std::time::Instant;

use accord_scan::limits::{DEFAULT_MAX_BYTES, DEFAULT_MAX_RATIO};
use accord_scan::{Event, Input, ReadLimits, ScanError, ScanOptions, SinkStopped, Summary, scan_many};
use serde::Serialize;

use super::records::{RecordFormat, RecordPrinter};
use super::sources::Watchlists;
use super::{Batch, CommandError, Exit};
use crate::output::Output;

/// The most threads that scan.
const MAX_THREADS: i64 = 256;

/// How `--stats` is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum StatsFormat {
    /// For people
    Text,
    /// One JSON object
    Json,
}

/// Arguments of `scan`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  accord scan -w maltrail.csv.gz dns.log.gz              any source of indicators, any log
  accord watchlist build -o w.awl feed.csv events.json   compile once,
  accord scan -w w.awl --format text /var/log/zeek/*.gz  scan often
  zcat access.log.gz | accord scan -w w.awl --stats -    from a pipe

Logs may be plain, gzip, zstd or bzip2, told by content. Exit codes: 0 found, 1 nothing found, 2 error.")]
pub struct Arguments {
    #[command(flatten)]
    watchlists: Watchlists,
    /// Also report an address whose indicator has a port, where the line shows no port
    #[arg(long)]
    weak: bool,
    /// Print sums to standard error at the end
    #[arg(long, value_name = "FORMAT", num_args = 0..=1, require_equals = true, default_missing_value = "text")]
    stats: Option<StatsFormat>,
    /// How to print records
    #[arg(long, default_value = "ndjson")]
    format: RecordFormat,
    /// Also print the line, at most 64 KiB of it
    #[arg(long)]
    with_text: bool,
    /// End with 2 if any input could not be read to its end
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    limits: LimitArguments,
    /// Threads that scan; by default one for each processor
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=MAX_THREADS))]
    threads: Option<u16>,
    /// Log files; `-` is standard input
    #[arg(value_name = "LOG", required = true)]
    logs: Vec<String>,
}

/// How much may come out of one input.
#[derive(Debug, clap::Args)]
pub struct LimitArguments {
    /// Most decompressed bytes of one input
    #[arg(long, value_name = "BYTES", default_value_t = DEFAULT_MAX_BYTES, hide_short_help = true)]
    max_bytes: u64,
    /// Most decompressed bytes for each compressed one
    #[arg(long, value_name = "N", default_value_t = DEFAULT_MAX_RATIO, hide_short_help = true)]
    max_ratio: u64,
}

impl LimitArguments {
    /// As the reader takes them.
    pub fn to_limits(&self) -> ReadLimits {
        ReadLimits {
            max_bytes: self.max_bytes,
            max_ratio: self.max_ratio,
        }
    }
}

/// Scans.
pub fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, CommandError> {
    let watchfile = arguments.watchlists.load(output)?;
    let started = Instant::now();
    let printer = RecordPrinter::new(arguments.format, arguments.with_text, output)?;
    let mut all = Summary::default();
    let mut batch = Batch::default();
    let options = ScanOptions {
        weak: arguments.weak,
        count: arguments.stats.is_some(),
    };
    let limits = arguments.limits.to_limits();
    let open = move |name: &str| Input::open(name, limits);
    let mut print_error = None;
    let told = scan_many(
        &arguments.logs,
        &open,
        &watchfile,
        options,
        arguments.threads(),
        &mut |event| match event {
            Event::Record(record) => printer.print(record, output).map_err(|error| {
                print_error = Some(error);
                SinkStopped
            }),
            Event::End { summary, failure, .. } => {
                all.add(&summary);
                match failure {
                    None => batch.good += 1,
                    Some(error) => {
                        batch.bad += 1;
                        output.warning(error);
                    }
                }
                Ok(())
            }
        },
    );
    match (told, print_error) {
        (Err(_), Some(error)) => return Err(error),
        (Err(ScanError::Stopped) | Ok(()), _) => {}
        (Err(error), None) => return Err(CommandError::failed(error)),
    }
    batch.report(output);
    if let Some(format) = arguments.stats {
        print_stats(
            &Stats::new(&all, batch, started.elapsed().as_secs_f64()),
            format,
            output,
        )?;
    }
    Ok(batch.exit(arguments.strict, all.records > 0))
}

impl Arguments {
    fn threads(&self) -> usize {
        let processors = || std::thread::available_parallelism().map_or(1, usize::from);
        let most = usize::try_from(MAX_THREADS).unwrap_or(1);
        self.threads.map_or_else(processors, usize::from).min(most)
    }
}

/// The sums of a run.
#[derive(Debug, Serialize)]
struct Stats {
    inputs: usize,
    bad_inputs: usize,
    bytes: u64,
    lines: u64,
    long_lines: u64,
    observables: Vec<(String, u64)>,
    hits: u64,
    hits_not_printed: u64,
    indicators_hit: usize,
    seconds: f64,
    megabytes_per_second: f64,
}

impl Stats {
    fn new(all: &Summary, batch: Batch, seconds: f64) -> Self {
        let rate = if seconds > 0.0 {
            all.bytes as f64 / 1e6 / seconds
        } else {
            0.0
        };
        Self {
            inputs: batch.good + batch.bad,
            bad_inputs: batch.bad,
            bytes: all.bytes,
            lines: all.lines,
            long_lines: all.long_lines,
            observables: all
                .observables
                .iter()
                .map(|(kind, count)| (kind.to_string(), *count))
                .collect(),
            hits: all.records,
            hits_not_printed: all.records_over_limit,
            indicators_hit: all.indicators.len(),
            seconds: (seconds * 1000.0).round() / 1000.0,
            megabytes_per_second: (rate * 10.0).round() / 10.0,
        }
    }
}

fn print_stats(stats: &Stats, format: StatsFormat, output: &mut Output) -> Result<(), CommandError> {
    output.flush()?;
    if format == StatsFormat::Json {
        let mut json = serde_json::to_value(stats).map_err(CommandError::failed)?;
        let observables: serde_json::Map<_, _> = stats
            .observables
            .iter()
            .map(|(kind, count)| (kind.clone(), (*count).into()))
            .collect();
        if let Some(slot) = json.get_mut("observables") {
            *slot = observables.into();
        }
        output.note(json);
        return Ok(());
    }
    output.note(format_args!(
        "inputs          {} ({} bad)",
        stats.inputs, stats.bad_inputs
    ));
    output.note(format_args!("bytes           {}", stats.bytes));
    output.note(format_args!(
        "lines           {} ({} longer than 64 KiB)",
        stats.lines, stats.long_lines
    ));
    for (kind, count) in stats.observables.iter().filter(|(_, count)| *count > 0) {
        output.note(format_args!("  {kind:<13} {count}"));
    }
    output.note(format_args!("hits            {}", stats.hits));
    if stats.hits_not_printed > 0 {
        output.note(format_args!(
            "  not printed   {} (too many in one line)",
            stats.hits_not_printed
        ));
    }
    output.note(format_args!("indicators hit  {}", stats.indicators_hit));
    output.note(format_args!("seconds         {:.3}", stats.seconds));
    output.note(format_args!("MB/s            {:.1}", stats.megabytes_per_second));
    Ok(())
}
