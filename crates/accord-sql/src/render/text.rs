//! A table for people at a terminal. What steers a terminal, hides, or looks like another letter is shown as what it is
//! (`accord_formats::letters`); a line break inside of a value is written as `\n`.

use accord_formats::letters;
use unicode_width::UnicodeWidthStr;

use super::value::Values;

/// Rows that are looked at to choose the widths of the columns.
const LOOKED_AT: usize = 1000;
/// The widest column, in places of a terminal; what is longer reaches over.
const WIDEST: usize = 60;
/// The longest value that is shown, characters; what is longer ends in `…`. The other formats cut nothing.
const VALUE_CHARS: usize = 300;
/// Between columns.
const GAP: &str = "  ";

/// A table being written.
pub(super) struct Text {
    names: Vec<String>,
    /// Values have several lines, which stay lines.
    lines: bool,
    widths: Option<Vec<usize>>,
}

impl Text {
    pub(super) fn new(names: &[String], lines: bool) -> Self {
        Self {
            names: names.iter().map(|name| cell(name)).collect(),
            lines,
            widths: None,
        }
    }

    /// The line of the names, before the first rows, by which the widths are chosen.
    pub(super) fn head(&mut self, values: &[Values<'_>], rows: usize) -> Option<Vec<u8>> {
        if self.widths.is_some() {
            return None;
        }
        let mut widths: Vec<usize> = self.names.iter().map(|name| name.width()).collect();
        for at in 0..rows.min(LOOKED_AT) {
            for (width, values) in widths.iter_mut().zip(values) {
                let shown = self.shown(values, at);
                let widest = shown.iter().map(|line| line.width()).max().unwrap_or(0);
                *width = (*width).max(widest.min(WIDEST));
            }
        }
        let mut head = Vec::new();
        let names: Vec<Vec<String>> = self.names.iter().map(|name| vec![name.clone()]).collect();
        put(&names, &widths, &mut head);
        let rules: Vec<Vec<String>> = widths.iter().map(|width| vec!["-".repeat(*width)]).collect();
        put(&rules, &widths, &mut head);
        self.widths = Some(widths);
        Some(head)
    }

    pub(super) fn row(&mut self, values: &[Values<'_>], at: usize, out: &mut Vec<u8>) {
        let cells: Vec<Vec<String>> = values.iter().map(|values| self.shown(values, at)).collect();
        put(&cells, self.widths.as_deref().unwrap_or_default(), out);
    }

    /// A value as its lines.
    fn shown(&self, values: &Values<'_>, at: usize) -> Vec<String> {
        let mut text = String::new();
        values.text(at, &mut text);
        if self.lines {
            text.lines()
                .map(|line| letters::shown(line).into_owned())
                .collect()
        } else {
            vec![cell(&text)]
        }
    }
}

/// A value on one line.
fn cell(text: &str) -> String {
    let cut = text.char_indices().nth(VALUE_CHARS).map(|(at, _)| at);
    let kept = cut.and_then(|at| text.get(..at)).unwrap_or(text);
    let mut plain = String::with_capacity(kept.len());
    for c in kept.chars() {
        if c.is_control() {
            plain.extend(c.escape_default());
        } else {
            plain.push(c);
        }
    }
    let mut shown = letters::shown(&plain).into_owned();
    if cut.is_some() {
        shown.push('…');
    }
    shown
}

/// Writes cells beside each other, as many lines as the longest has.
fn put(cells: &[Vec<String>], widths: &[usize], out: &mut Vec<u8>) {
    let lines = cells.iter().map(Vec::len).max().unwrap_or(0).max(1);
    for number in 0..lines {
        let mut line = String::new();
        for (cell, width) in cells.iter().zip(widths.iter().chain(std::iter::repeat(&0))) {
            let text = cell.get(number).map(String::as_str).unwrap_or_default();
            line.push_str(text);
            line.push_str(&" ".repeat(width.saturating_sub(text.width())));
            line.push_str(GAP);
        }
        out.extend_from_slice(line.trim_end().as_bytes());
        out.push(b'\n');
    }
}
