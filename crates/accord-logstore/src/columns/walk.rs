//! The lines of a log that comes frame by frame, each parsed once and told with its place.

use std::path::Path;

use accord_columns::LinePlace;
use accord_formats::logs::{Depth, LineReader, LineTime, LogFormat, Outcome, Records};
use memchr::memchr_iter;

use super::file::{ColumnsFile, WalkedColumns};
use crate::error::Result;
use crate::source::SourceConfig;
use crate::store::LogStore;

/// A line, and what it says.
pub(crate) struct ParsedLine<'l, 'a> {
    /// Where it is.
    pub(crate) place: LinePlace,
    /// Its bytes, with its line end where it has one; none where it is over the line limit.
    pub(crate) bytes: &'l [u8],
    /// What became of it; nothing for a line over the line limit, which is not read.
    pub(crate) outcome: Option<Outcome>,
    /// When it was written, as far as it says so: as [`LineReader::line`] tells it.
    pub(crate) time: LineTime,
    /// Its records.
    pub(crate) records: &'l Records<'a>,
}

/// Takes a line.
pub(crate) type Take<'t> = &'t mut dyn FnMut(&ParsedLine<'_, '_>) -> Result<()>;

/// Follows the lines of a log.
pub(crate) struct LineWalk {
    reader: LineReader,
    limit: usize,
    /// Of the next line, or of the one that came in part.
    place: LinePlace,
    /// The part of a line that came with earlier frames; empty once it is over the limit.
    partial: Vec<u8>,
}

impl LineWalk {
    /// At the start of a log. `limit` is the longest line that is read, bytes, its end included.
    pub(crate) fn new(format: LogFormat, limit: usize) -> Self {
        Self {
            reader: LineReader::new(format),
            limit,
            place: LinePlace {
                frame: 0,
                line: 1,
                offset: 0,
                length: 0,
            },
            partial: Vec::new(),
        }
    }

    /// Takes the next frame.
    pub(crate) fn frame(&mut self, number: u64, bytes: &[u8], take: Take<'_>) -> Result<()> {
        let mut records = Records::new();
        let mut start = 0;
        for end in memchr_iter(b'\n', bytes) {
            let line = bytes.get(start..=end).unwrap_or_default();
            start = end + 1;
            if self.place.length == 0 {
                self.place.frame = number;
                self.place.length = line.len() as u64;
                self.line(line, &mut records, take)?;
            } else {
                self.grow(line);
                self.end_partial(take)?;
            }
        }
        let rest = bytes.get(start..).unwrap_or_default();
        if self.place.length == 0 {
            self.place.frame = number;
        }
        self.grow(rest);
        Ok(())
    }

    /// After the last frame.
    pub(crate) fn finish(mut self, take: Take<'_>) -> Result<()> {
        if self.place.length > 0 {
            self.end_partial(take)?;
        }
        Ok(())
    }

    fn grow(&mut self, part: &[u8]) {
        self.place.length += part.len() as u64;
        if self.place.length <= self.limit as u64 {
            self.partial.extend_from_slice(part);
        } else {
            self.partial = Vec::new();
        }
    }

    fn end_partial(&mut self, take: Take<'_>) -> Result<()> {
        let line = std::mem::take(&mut self.partial);
        let taken = self.line(&line, &mut Records::new(), take);
        self.partial = line;
        self.partial.clear();
        taken
    }

    fn line<'a>(&mut self, line: &'a [u8], records: &mut Records<'a>, take: Take<'_>) -> Result<()> {
        let place = self.place;
        let (bytes, outcome, time): (&[u8], _, _) = if place.length > self.limit as u64 {
            *records = Records::new();
            (b"", None, LineTime::Unknown)
        } else {
            let outcome = self.reader.fields(line, records);
            (line, Some(outcome), self.time(line, outcome, records))
        };
        self.place = LinePlace {
            frame: place.frame,
            line: place.line + 1,
            offset: place.offset + place.length,
            length: 0,
        };
        take(&ParsedLine {
            place,
            bytes,
            outcome,
            time,
            records,
        })
    }

    fn time(&mut self, line: &[u8], outcome: Outcome, records: &Records<'_>) -> LineTime {
        match (outcome, records.all()) {
            (Outcome::Header | Outcome::Blank, _) => LineTime::Unknown,
            (Outcome::Parsed, [one]) if records.left_out() == 0 => one.time(),
            // Of a line that is not parsed the time may be told; a span is told of a line with several records.
            _ => self.reader.line(line, Depth::Time).time,
        }
    }
}

/// Columns of a log alone: takes its frames.
pub(crate) struct ColumnsWalk {
    walk: LineWalk,
    file: ColumnsFile,
    frames: u64,
}

impl ColumnsWalk {
    /// Their file is made in a folder under `incoming/`.
    pub(crate) fn start(
        store: &LogStore,
        folder: &Path,
        source: &SourceConfig,
        format: LogFormat,
        imported_at_ms: i64,
    ) -> Result<Self> {
        Ok(Self {
            walk: LineWalk::new(format, store.limits.line_bytes),
            file: ColumnsFile::create(store, folder, source, format, imported_at_ms)?,
            frames: 0,
        })
    }

    /// Takes the next frame.
    pub(crate) fn frame(&mut self, raw: &[u8]) -> Result<()> {
        let file = &mut self.file;
        self.walk.frame(self.frames, raw, &mut |line| file.line(line))?;
        self.frames += 1;
        Ok(())
    }

    /// After the last frame.
    pub(crate) fn finish(self) -> Result<WalkedColumns> {
        let mut file = self.file;
        self.walk.finish(&mut |line| file.line(line))?;
        file.end()
    }
}

#[cfg(test)]
mod tests {
    use accord_formats::logs::TimeSpan;

    use super::*;
    use crate::lines::LineSurvey;
    use crate::manifest::LineCounts;

    /// What a survey counts, counted from a walk over frames of this many bytes; every byte in one line, in order.
    fn counted(format: LogFormat, limit: usize, log: &[u8], frame: usize) -> (LineCounts, Option<TimeSpan>) {
        let mut walk = LineWalk::new(format, limit);
        let (mut counts, mut time, mut next, mut frames) = (LineCounts::default(), None, 0, Vec::new());
        let mut take = |line: &ParsedLine<'_, '_>| {
            assert_eq!((line.place.line, line.place.offset), (counts.total() + 1, next));
            next += line.place.length;
            frames.push((line.place.frame, line.place.offset));
            match line.outcome {
                Some(Outcome::Parsed) => counts.parsed += 1,
                Some(Outcome::NotParsed) => counts.not_parsed += 1,
                Some(Outcome::Header) => counts.header += 1,
                Some(Outcome::Blank) => counts.blank += 1,
                None => {
                    counts.not_parsed += 1;
                    counts.overlong += 1;
                }
            }
            if let Some(span) = line.time.span() {
                counts.with_time += 1;
                time = Some(time.map_or(span, |time: TimeSpan| time.union(span)));
            }
            Ok(())
        };
        for (number, bytes) in log.chunks(frame).enumerate() {
            walk.frame(number as u64, bytes, &mut take).unwrap();
        }
        walk.finish(&mut take).unwrap();
        assert_eq!(next, log.len() as u64);
        assert!(
            frames
                .iter()
                .all(|(number, offset)| *number == offset / frame as u64)
        );
        (counts, time)
    }

    #[test]
    fn it_counts_what_the_import_counts() {
        let zeek =
            b"1.5\tC1\n#fields\tts\tuid\n1.5\tC1\nbroken\n\n0.5\tC2\n#fields\tuid\tts\nC3\t9.5\nC4\t99.5";
        let pretty =
            b"{\n  \"timestamp\": \"2015-03-29T11:01:38.221126-0600\",\n  \"event_type\": \"alert\"\n}\n";
        let trail =
            br#"{"Records":[{"eventTime":"2023-07-10T11:45:00Z"},{"eventTime":"2023-07-10T11:40:00Z"}]}"#;
        let sheet = b"time,b\n2023-07-10T11:45:00Z,1\nx\n\n2023-07-10T11:40:00Z,2";
        let wide: Vec<u8> = "{\"ts\":1.5}\n"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        let long = [
            vec![b'x'; 300],
            b"\n2023-07-10T11:45:00Z y\n".to_vec(),
            vec![b'z'; 200],
        ]
        .concat();
        let logs: [(LogFormat, &[u8]); 7] = [
            (LogFormat::ZeekTsv, zeek),
            (LogFormat::SuricataEve, pretty),
            (LogFormat::CloudTrail, trail),
            (LogFormat::Csv, sheet),
            (LogFormat::Ndjson, &wide),
            (LogFormat::Text, &long),
            (LogFormat::Text, b""),
        ];
        for (format, log) in logs {
            for limit in [10, 150, 10_000] {
                let mut survey = LineSurvey::new(format, limit);
                survey.piece(0, log, &mut ()).unwrap();
                let expected = survey.finish(&mut ()).unwrap();
                for frame in [1, 7, 100, 10_000] {
                    assert_eq!(
                        counted(format, limit, log, frame),
                        expected,
                        "{format} {limit} {frame}"
                    );
                }
            }
        }
    }
}
