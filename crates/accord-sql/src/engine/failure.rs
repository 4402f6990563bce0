//! The engine's errors in words for people: what it says of names and types is good and is passed on; its prefixes, lists
//! of seventy columns and pleas to report a bug are not.

use std::any::Any;

use datafusion::arrow::error::ArrowError;
use datafusion::error::DataFusionError;

use crate::error::{Error, Kind};
use crate::limits::{Limits, megabytes};

/// The most tables that a message names.
const TABLES_NAMED: usize = 20;
/// The longest message, characters.
const MESSAGE_CHARS: usize = 500;

/// Of reading a statement.
pub(super) fn statement(error: DataFusionError) -> Error {
    let words = words(&error);
    if words.contains("RecursionLimitExceeded") || words.contains("recursion limit") {
        let most = crate::limits::MAX_NESTING;
        let words = format!(
            "the statement nests deeper than {most} levels: use fewer parentheses, or name parts by WITH"
        );
        return Error::new(Kind::TooLarge, words);
    }
    Error::new(Kind::Statement, words)
}

/// Names the tables that there are, where one was named that there is not.
pub(super) fn with_tables(error: Error, sources: &[String]) -> Error {
    if !(error.message.starts_with("table '") && error.message.ends_with("' not found")) {
        return error;
    }
    let quoted = |name: &String| {
        let plain = name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            && !name.starts_with(|c: char| c.is_ascii_digit());
        if plain {
            name.clone()
        } else {
            format!("\"{name}\"")
        }
    };
    let mut named: Vec<String> = sources.iter().take(TABLES_NAMED).map(quoted).collect();
    if sources.len() > named.len() {
        named.push("...; SHOW TABLES lists all".to_owned());
    }
    let of_sources = if named.is_empty() {
        String::new()
    } else {
        format!(", of one source each: {}", named.join(", "))
    };
    let words = format!(
        "{}; the tables are logs{of_sources}, and indicators where a list of them is given",
        error.message
    );
    Error::new(Kind::Statement, words)
}

/// Of planning and running a question.
pub(super) fn of(error: &DataFusionError, limits: &Limits) -> Error {
    let text = words(error);
    if text.contains(" panicked with message ") {
        // A task of the engine's own.
        return of_panic(&text, limits);
    }
    match error.find_root() {
        DataFusionError::ResourcesExhausted(_) => exhausted(&text, limits),
        DataFusionError::SQL(..)
        | DataFusionError::Plan(_)
        | DataFusionError::SchemaError(..)
        | DataFusionError::Configuration(_) => Error::new(Kind::Statement, text),
        DataFusionError::NotImplemented(_) => {
            Error::new(Kind::Statement, format!("this cannot be asked here: {text}"))
        }
        DataFusionError::ArrowError(inner, _) if matches!(**inner, ArrowError::ParquetError(_)) => {
            store(&text)
        }
        // What a function says of its arguments comes as one of these.
        DataFusionError::Execution(_) | DataFusionError::ArrowError(..) | DataFusionError::External(_) => {
            if text.contains("disk space during the spilling process") {
                spill(limits)
            } else {
                Error::new(Kind::Value, text)
            }
        }
        DataFusionError::ParquetError(_) | DataFusionError::ObjectStore(_) => store(&text),
        DataFusionError::IoError(error) if error.kind() == std::io::ErrorKind::StorageFull => {
            Error::new(Kind::Spill, "the disk of the temporary folder is full")
        }
        DataFusionError::IoError(_) => Error::new(Kind::Spill, format!("a temporary file: {text}")),
        _ => Error::new(Kind::Internal, format!("the engine failed: {text}")),
    }
}

/// Of a question over which the engine panicked.
pub(super) fn of_panic(panic: &(dyn Any + Send), limits: &Limits) -> Error {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    // A column of texts is counted with 31 bits, and one that is longer is no error there.
    if text.is_some_and(|text| text.contains("offset overflow")) {
        return Error::memory(
            limits.memory_bytes,
            " (the values of one column at once are over 2 GB)",
        );
    }
    fault()
}

/// The engine ended without a reason.
pub(super) fn fault() -> Error {
    let words = "the engine stopped by a fault of its own; the rows so far are not the whole answer";
    Error::new(Kind::Internal, words)
}

fn store(text: &str) -> Error {
    let words = format!("the columns cannot be read: {text}; run `accord log verify`");
    Error::new(Kind::Store, words)
}

fn exhausted(text: &str, limits: &Limits) -> Error {
    if text.contains("disk space") {
        return spill(limits);
    }
    Error::memory(limits.memory_bytes, "")
}

fn spill(limits: &Limits) -> Error {
    let limit = megabytes(limits.spill_bytes);
    let words = format!(
        "the question takes more temporary files than its {limit}: ask for less at once (a source, a span of time), or allow \
         more"
    );
    Error::new(Kind::Spill, words)
}

/// The message of the innermost error: its first line, and the suggestion behind it.
fn words(error: &DataFusionError) -> String {
    let root = error.find_root();
    let message = match root {
        DataFusionError::Diagnostic(_, inner) => inner.find_root().message().into_owned(),
        // The position stands behind it.
        DataFusionError::SQL(error, _) => error.to_string(),
        other => other.message().into_owned(),
    };
    let message = message
        .split(DataFusionError::BACK_TRACE_SEP)
        .next()
        .unwrap_or_default();
    let mut lines = message.lines().filter(|line| !line.trim().is_empty());
    let mut text = lines.next().unwrap_or("no reason given").trim_end().to_owned();
    if let Some(more) = lines.next()
        && (more.starts_with("Did you mean") || more.starts_with("Column names are case sensitive"))
    {
        // Whoever asks cannot change the configuration.
        let more = more.split(" or disable the ").next().unwrap_or(more);
        text = format!("{} {more}", text.trim_end_matches('.'));
    } else if text.ends_with(':')
        && let Some(why) = message.lines().find_map(|line| line.strip_prefix("error: "))
    {
        // Of a regular expression: a drawing of the place stands between.
        text = format!("{text} {why}");
    }
    let text = text
        .trim_start_matches("Compute error: ")
        .trim_start_matches("sql parser error: ")
        .trim_start_matches("ParserError(\"")
        .trim_end_matches("\")")
        .replace("accord.store.", "");
    // Of what it does not know, the engine prints how it keeps it.
    let inside = ["Span(", "DFSchema {", "Placeholder("]
        .iter()
        .any(|mark| text.contains(mark));
    let end = text.find(['(', '{']).filter(|_| inside);
    let text = end.and_then(|end| text.get(..end)).unwrap_or(&text).trim_end();
    if text.chars().count() <= MESSAGE_CHARS {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(MESSAGE_CHARS).collect();
    cut.push('…');
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_over_a_column_that_is_too_long_is_one_of_memory() {
        let limits = Limits::default();
        for (panic, kind) in [
            (Box::new("offset overflow") as Box<dyn Any + Send>, Kind::Memory),
            (Box::new("byte array offset overflow".to_owned()), Kind::Memory),
            (Box::new("index out of bounds"), Kind::Internal),
            (Box::new(7_u8), Kind::Internal),
        ] {
            let error = of_panic(panic.as_ref(), &limits);
            assert_eq!(error.kind, kind, "{error}");
        }
    }
}
