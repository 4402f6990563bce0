//! A source in parts that can be read apart from one another: by several threads.
//!
//! Only formats in which a line, or a record of a table, means the same whatever stands before it.

use super::row::{Format, Row};
use super::table::{self, Header};
use super::{hosts, lines, sniff, text};

/// Cuts a source into parts of about so many bytes. None where its format does not allow that: [`super::read`] reads it.
#[must_use]
pub fn parts(bytes: &[u8], part_bytes: usize) -> Option<Parts<'_>> {
    let bytes = lines::without_byte_order_mark(bytes);
    let format = sniff::line_format(bytes)?;
    let mut left = lines::numbered(bytes);
    let reader = match format {
        Format::Text => Reader::Lines(text::read),
        Format::Hosts => Reader::Lines(hosts::read),
        Format::Csv => Reader::Table(table::take_header(&mut left)?),
        _ => return None,
    };
    Some(Parts {
        format,
        lines_before: left.passed(),
        reader,
        left,
        part_bytes: part_bytes.max(1),
    })
}

/// The parts of a source that are not taken yet. See [`parts`].
#[derive(Debug, Clone)]
pub struct Parts<'a> {
    format: Format,
    lines_before: u64,
    reader: Reader,
    left: lines::Numbered<'a>,
    part_bytes: usize,
}

/// Reads lines, and hands out their entries.
type ReadLines = fn(&[u8], &mut dyn FnMut(Row<'_>));

#[derive(Debug, Clone)]
enum Reader {
    Lines(ReadLines),
    Table(Header),
}

/// Some whole entries of a source.
#[derive(Debug, Clone)]
pub struct Part<'a> {
    reader: Reader,
    bytes: &'a [u8],
}

impl<'a> Parts<'a> {
    /// The format of the source.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }

    /// Lines before the first part.
    #[must_use]
    pub fn lines_before(&self) -> u64 {
        self.lines_before
    }
}

impl<'a> Iterator for Parts<'a> {
    type Item = Part<'a>;

    fn next(&mut self) -> Option<Part<'a>> {
        if self.left.rest().is_empty() {
            return None;
        }
        let bytes = match &self.reader {
            Reader::Lines(_) => self.left.split_off(self.part_bytes),
            Reader::Table(_) => table::take_part(&mut self.left, self.part_bytes),
        };
        Some(Part {
            reader: self.reader.clone(),
            bytes,
        })
    }
}

impl Part<'_> {
    /// Hands out its entries in order; their places are counted from its first line. Returns how many lines it has.
    pub fn read(&self, on_row: &mut dyn FnMut(Row<'_>)) -> u64 {
        match &self.reader {
            Reader::Lines(read) => read(self.bytes, on_row),
            Reader::Table(header) => table::read_rows(header, lines::numbered(self.bytes), on_row),
        }
        memchr::memchr_iter(b'\n', self.bytes).count() as u64 + u64::from(!self.bytes.ends_with(b"\n"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::indicators::{Content, MAX_LINE_BYTES, read};

    /// What is handed out, with places.
    fn said(row: &Row<'_>, before: u64) -> String {
        let place = row.place + before;
        match row.content {
            Content::Indicator {
                value,
                labels,
                provenance,
                until,
            } => format!("{place} {value:?} {labels:?} {provenance:?} {until:?}"),
            content => format!("{place} {content:?}"),
        }
    }

    fn check(source: &[u8]) {
        let mut expected = Vec::new();
        let format = read(source, &mut |row| expected.push(said(&row, 0))).ok();
        for part_bytes in [0, 1, 7, 20, 64, 1 << 20] {
            let Some(parts) = parts(source, part_bytes) else {
                return;
            };
            assert_eq!(Some(parts.format()), format);
            let mut found = Vec::new();
            let mut before = parts.lines_before();
            let mut count = 0;
            for part in parts {
                before += part.read(&mut |row| found.push(said(&row, before)));
                count += 1;
            }
            assert_eq!(
                found,
                expected,
                "{part_bytes} of {:?}",
                String::from_utf8_lossy(source)
            );
            assert!(part_bytes < source.len() || count <= 1);
        }
    }

    #[test]
    fn parts_give_what_the_whole_gives() {
        for source in [
            "",
            "a.example",
            "a.example\n\n# c\nb.example # d\r\n",
            "0.0.0.0 a.example b.example\n127.0.0.1 localhost\n::1 c.example",
            "\u{feff}# x\n\nindicator,family,class\na.example,f,c\n",
            "value;tags\na.example;x,y\n\"b.example\";\"z\"\nc.example\n",
            "ioc,label\na,\"open\nb.example,x\nc.example,\"y\"\n",
            "ioc,label\na.example,\"two\nlines\"\nb.example,x\n# \" c\nc.example,\"q\"\"q\"\n",
        ] {
            check(source.as_bytes());
        }
        let open = format!("ioc,label\na,\"open\n{}end\"\n", "b.example,x\n".repeat(80));
        check(open.as_bytes());
        check(b"ioc,label\n\xff\"\na.example,x\n\"b.example\",\xfe\n");
        // A line that is too long begins no record, whatever quotes it has.
        let long = "x".repeat(MAX_LINE_BYTES);
        check(format!("ioc,label\na.example,\"{long}\nb.example,\"y\nz\"\n").as_bytes());
        check(format!("ioc,label\na.example,\"y\n{long}\"\nb.example,x\n").as_bytes());
        assert!(parts(b"#fields\tindicator\nx.example\n", 9).is_none());
        assert!(parts(b"{\"list\":[]}", 9).is_none());
    }

    proptest! {
        #[test]
        fn however_quotes_and_lines_stand(pieces in proptest::collection::vec(0..9usize, 0..60)) {
            let known = ["a.example", ",", "\"", "\n", "#", "\r\n", " ", "x", "\"\""];
            let mut source = String::from("ioc,label\n");
            source.extend(pieces.iter().filter_map(|piece| known.get(*piece)).copied());
            check(source.as_bytes());
        }
    }
}
