//! `accord extract`: observables in any text.

use std::collections::HashMap;

use accord_matcher::{Kind, KindSet, Observable};
use accord_scan::blocks::{Blocks, Extent};
use accord_scan::{Input, InputError};
use serde::Serialize;

use super::scan::LimitArguments;
use super::{Batch, CommandError, Exit};
use crate::output::{Output, visible};

/// The most different values that `--unique` and `--count` hold in memory.
const MAX_UNIQUE: usize = 50_000_000;

/// Arguments of `extract`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  accord extract report.txt                              every observable, in order, defanged forms included
  accord extract --kinds domain,url --unique mail.eml    each once
  accord extract --count /var/log/nginx/*.gz | head      the most frequent first
  accord extract report.txt | accord lookup -w w.awl -   which of them are known

Exit codes: 0 found, 1 nothing found, 2 error.")]
pub struct Arguments {
    /// Only these kinds: domain, ipv4, ipv6, url, email, md5, sha1, sha256, sha512
    #[arg(long, value_delimiter = ',', value_parser = parse_kind)]
    kinds: Vec<Kind>,
    /// Each value once, in the order of first sight
    #[arg(long)]
    unique: bool,
    /// Each value once, with how often it occurs, most frequent first
    #[arg(long)]
    count: bool,
    /// One JSON object a line, with the kind
    #[arg(long)]
    json: bool,
    /// End with 2 if any input could not be read to its end
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    limits: LimitArguments,
    /// Files; `-` is standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<String>,
}

fn parse_kind(word: &str) -> Result<Kind, String> {
    word.parse()
        .map_err(|error: accord_matcher::UnknownKind| error.to_string())
}

#[derive(Serialize)]
struct Line<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    kind: &'a str,
    value: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u64>,
}

/// Extracts.
pub fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, CommandError> {
    let kinds = match arguments.kinds.as_slice() {
        [] => KindSet::ALL,
        kinds => kinds.iter().copied().collect(),
    };
    let mut taker = Taker {
        json: arguments.json,
        once: arguments.unique || arguments.count,
        count: arguments.count,
        seen: HashMap::new(),
        found: false,
    };
    let mut batch = Batch::default();
    for name in &arguments.files {
        match extract_one(name, kinds, arguments, &mut taker, output)? {
            Ok(()) => batch.good += 1,
            Err(error) => {
                batch.bad += 1;
                output.warning(error);
            }
        }
    }
    let found = taker.found;
    taker.finish(output)?;
    batch.report(output);
    Ok(batch.exit(arguments.strict, found))
}

fn extract_one(
    name: &str,
    kinds: KindSet,
    arguments: &Arguments,
    taker: &mut Taker,
    output: &mut Output,
) -> Result<Result<(), InputError>, CommandError> {
    let input = match Input::open(name, arguments.limits.to_limits()) {
        Ok(input) => input,
        Err(error) => return Ok(Err(error)),
    };
    let mut blocks = Blocks::new(input);
    let mut observables = Vec::new();
    loop {
        let block = match blocks.next_block() {
            Ok(Some(block)) => block,
            Ok(None) => return Ok(Ok(())),
            Err(error) => return Ok(Err(error)),
        };
        let mut line = block.line;
        for text in block.bytes.split_inclusive(|&byte| byte == b'\n') {
            let text = text.strip_suffix(b"\n").unwrap_or(text);
            let text = text.strip_suffix(b"\r").unwrap_or(text);
            observables.clear();
            accord_matcher::extract(text, kinds, &mut observables);
            for observable in &observables {
                taker.take(name, line, observable, output)?;
            }
            line += 1;
        }
        if block.extent == Extent::WholeLines {
            let lines = line - block.line;
            blocks.lines_passed(lines);
        }
    }
}

/// What is done with each observable.
struct Taker {
    json: bool,
    once: bool,
    count: bool,
    seen: HashMap<(Kind, String), u64>,
    found: bool,
}

impl Taker {
    fn take(
        &mut self,
        source: &str,
        line: u64,
        observable: &Observable,
        output: &mut Output,
    ) -> Result<(), CommandError> {
        self.found = true;
        if self.once {
            // Borrowing the key would save an allocation per repeat; the standard map cannot look up a pair so.
            let key = (observable.kind, observable.value.clone());
            let count = self.seen.entry(key).or_insert(0);
            *count += 1;
            let first = *count == 1;
            if self.seen.len() > MAX_UNIQUE {
                return Err(CommandError::Failed(format!(
                    "more than {MAX_UNIQUE} different values: extract fewer files or kinds at a time"
                )));
            }
            if self.count || !first {
                return Ok(());
            }
        }
        if self.json {
            let (source, line) = if self.once {
                (None, None)
            } else {
                (Some(source), Some(line))
            };
            let kind = observable.kind.as_str();
            output.json(&Line {
                source,
                line,
                kind,
                value: &observable.value,
                count: None,
            })
        } else {
            output.line(visible(&observable.value))
        }
    }

    fn finish(self, output: &mut Output) -> Result<(), CommandError> {
        if !self.count {
            return Ok(());
        }
        let mut counted: Vec<((Kind, String), u64)> = self.seen.into_iter().collect();
        counted.sort_unstable_by(|(a, a_count), (b, b_count)| b_count.cmp(a_count).then_with(|| a.cmp(b)));
        for ((kind, value), count) in &counted {
            if self.json {
                let kind = kind.as_str();
                output.json(&Line {
                    source: None,
                    line: None,
                    kind,
                    value,
                    count: Some(*count),
                })?;
            } else {
                output.line(format_args!("{count:>9} {}", visible(value)))?;
            }
        }
        Ok(())
    }
}
