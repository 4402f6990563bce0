//! The only place that prints: results to standard output, messages to standard error.
//!
//! Standard output is locked and buffered once for the whole run. A closed pipe is not an error to report but the end of the
//! work ([`CommandError::PipeClosed`]). Messages are coloured on a terminal only, and not where `NO_COLOR` is set.

use std::fmt::Display;
use std::io::{self, BufWriter, IsTerminal, Write};

use accord_formats::letters;

use crate::commands::CommandError;

const BUFFER_BYTES: usize = 64 << 10;

/// Where a command prints.
pub struct Output {
    results: Box<dyn Write>,
    messages: Box<dyn Write>,
    colour: bool,
}

impl Output {
    /// The process's standard output and standard error.
    pub fn of_process() -> Self {
        let colour =
            io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|set| set.is_empty());
        Self {
            results: Box::new(BufWriter::with_capacity(BUFFER_BYTES, io::stdout().lock())),
            messages: Box::new(io::stderr()),
            colour,
        }
    }

    /// Writes bytes of the result.
    pub fn bytes(&mut self, bytes: &[u8]) -> Result<(), CommandError> {
        self.results.write_all(bytes).map_err(CommandError::from_output)
    }

    /// Writes one line of the result.
    pub fn line(&mut self, text: impl Display) -> Result<(), CommandError> {
        writeln!(self.results, "{text}").map_err(CommandError::from_output)
    }

    /// Writes one line of the result as JSON.
    pub fn json(&mut self, value: &impl serde::Serialize) -> Result<(), CommandError> {
        let text = serde_json::to_string(value).map_err(|error| CommandError::Failed(error.to_string()))?;
        self.line(text)
    }

    /// Hands on what is buffered.
    pub fn flush(&mut self) -> Result<(), CommandError> {
        self.results.flush().map_err(CommandError::from_output)
    }

    /// Something is wrong, and the work goes on.
    pub fn warning(&mut self, text: impl Display) {
        self.message("warning", "33", text);
    }

    /// Something is wrong, and the work ends.
    pub fn error(&mut self, text: impl Display) {
        self.message("error", "31", text);
    }

    /// One line for the person who looks on.
    pub fn note(&mut self, text: impl Display) {
        let text = visible(&text.to_string());
        // A message that nobody can receive is nobody's loss.
        let _ = writeln!(self.messages, "{text}");
    }

    fn message(&mut self, word: &str, colour: &str, text: impl Display) {
        let _ = self.results.flush();
        let text = visible(&text.to_string());
        let _ = if self.colour {
            writeln!(self.messages, "\u{1b}[1;{colour}m{word}:\u{1b}[0m {text}")
        } else {
            writeln!(self.messages, "{word}: {text}")
        };
    }
}

/// Text that cannot steer a terminal, and hides nothing: control characters are written as escapes, what turns or hides
/// letters by its number.
pub fn visible(text: &str) -> String {
    if !text.chars().any(|c| c.is_control() && c != '\n') {
        return letters::visible(text).into_owned();
    }
    let escaped: String = text
        .chars()
        .flat_map(|c| {
            let escaped = c.is_control() && c != '\n';
            let (escape, plain) = if escaped {
                (Some(c.escape_default()), None)
            } else {
                (None, Some(c))
            };
            escape.into_iter().flatten().chain(plain)
        })
        .collect();
    letters::visible(&escaped).into_owned()
}

/// A CSV field that no spreadsheet takes for a formula: a leading `=`, `+`, `-`, `@`, tab or CR gets an apostrophe.
pub fn csv_field(text: &str) -> String {
    let risky = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let prefix = if risky { "'" } else { "" };
    if risky || text.contains(['"', ',', '\n', '\r', '\'']) {
        format!("\"{prefix}{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_fields_are_no_formulas() {
        for (text, expected) in [
            ("evil.example", "evil.example"),
            ("a,b", "\"a,b\""),
            ("say \"x\"", "\"say \"\"x\"\"\""),
            ("=1+1", "\"'=1+1\""),
            ("+1", "\"'+1\""),
            ("-", "\"'-\""),
            ("@x", "\"'@x\""),
            ("\t=x", "\"'\t=x\""),
            ("\rx", "\"'\rx\""),
            ("a=b", "a=b"),
        ] {
            assert_eq!(csv_field(text), expected);
        }
    }

    #[test]
    fn terminals_are_not_steered() {
        assert_eq!(visible("a\u{1b}[31mb\u{9b}\tc\n"), "a\\u{1b}[31mb\\u{9b}\\tc\n");
        assert_eq!(visible("gpj\u{202e}.exe\n"), "gpj[U+202E].exe\n");
        assert_eq!(visible("\u{1b}a\u{200b}b"), "\\u{1b}a[U+200B]b");
    }
}
