//! Many inputs on several threads give what each gives alone, in order.

use std::io::{self, Read};

use accord_scan::limits::{BLOCK_BYTES, QUIET_BLOCKS};
use accord_scan::{Event, Input, InputError, ReadLimits, ScanError, ScanOptions, SinkStopped, scan_many};

use super::{gzip, scan_all, short, watchfile_of};

const FILLER: &str = "2026-03-02T08:00:00 host app[1]: nothing.here\n";

/// A log of about so many blocks in which nothing hits but a line each at the places given, in blocks.
fn log(blocks: u64, hits: &[u64]) -> Vec<u8> {
    let mut log = Vec::new();
    for block in 0..blocks {
        if hits.contains(&block) {
            log.extend_from_slice(format!("x{block}.evil.example\n").as_bytes());
        }
        let end = (block as usize + 1) * BLOCK_BYTES;
        while log.len() < end {
            log.extend_from_slice(FILLER.as_bytes());
        }
    }
    log
}

fn logs() -> Vec<(String, Vec<u8>)> {
    let many = QUIET_BLOCKS * 2 + 5;
    let logs = [
        ("empty", Vec::new()),
        ("quiet", log(many, &[])),
        (
            "hits",
            log(many, &[0, 1, 40, QUIET_BLOCKS, QUIET_BLOCKS + 1, many - 1]),
        ),
        ("short", b"evil.example\nwww.evil.example".to_vec()),
        ("gzip", gzip(&log(9, &[3, 8]))),
        ("cut", gzip(&log(9, &[3]))[..4000].to_vec()),
        ("last", log(QUIET_BLOCKS, &[QUIET_BLOCKS - 1])),
    ];
    logs.map(|(name, log)| (name.to_owned(), log)).to_vec()
}

/// Gives what it has, and then fails.
struct Failing(io::Cursor<Vec<u8>>);

impl Read for Failing {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer)? {
            0 => Err(io::Error::other("gone")),
            count => Ok(count),
        }
    }
}

#[test]
fn on_any_number_of_threads_as_one_after_the_other() {
    let watchfile = watchfile_of("evil.example\n");
    let logs = logs();
    let open = |name: &str| match logs.iter().find(|(known, _)| known == name) {
        Some((name, bytes)) => {
            Input::from_reader(name, io::Cursor::new(bytes.clone()), ReadLimits::default())
        }
        None if name == "failing" => {
            let reader = Failing(io::Cursor::new(log(3, &[1])));
            Input::from_reader(name, reader, ReadLimits::default())
        }
        None => Err(InputError::Directory {
            name: name.to_owned(),
        }),
    };
    let mut names: Vec<String> = logs.iter().map(|(name, _)| name.clone()).collect();
    names.insert(2, "missing".to_owned());
    names.insert(4, "failing".to_owned());
    let mut expected = Vec::new();
    for name in &names {
        match open(name) {
            Ok(input) => {
                let (records, summary, result) = scan_all(input, &watchfile);
                expected.extend(records.iter().map(|record| format!("{name} {record}")));
                let sums = (summary.lines, summary.bytes, summary.records);
                let failed = result.err().map(|error| error.to_string());
                expected.push(format!("{name} ended {sums:?} {failed:?}"));
            }
            Err(error) => expected.push(format!("{name} ended (0, 0, 0) {:?}", Some(error.to_string()))),
        }
    }
    assert!(expected.len() > names.len() + 10);
    for threads in [0, 1, 2, 3, 5] {
        let mut told = Vec::new();
        scan_many(
            &names,
            &open,
            &watchfile,
            ScanOptions::default(),
            threads,
            &mut |event| {
                told.push(match event {
                    Event::Record(record) => format!("{} {}", record.source, short(record)),
                    Event::End {
                        name,
                        summary,
                        failure,
                    } => {
                        let sums = (summary.lines, summary.bytes, summary.records);
                        format!(
                            "{name} ended {sums:?} {:?}",
                            failure.map(|error| error.to_string())
                        )
                    }
                });
                Ok(())
            },
        )
        .unwrap();
        assert_eq!(told, expected, "{threads} threads");
    }
}

#[test]
fn who_takes_no_more_ends_the_scan() {
    let watchfile = watchfile_of("evil.example\n");
    let names: Vec<String> = (0..4).map(|number| number.to_string()).collect();
    let open = |name: &str| {
        let log = log(QUIET_BLOCKS, &[1, 2, 30]);
        Input::from_reader(name, io::Cursor::new(log), ReadLimits::default())
    };
    for most in 0..6 {
        let mut told = 0;
        let result = scan_many(&names, &open, &watchfile, ScanOptions::default(), 2, &mut |_| {
            told += 1;
            if told > most { Err(SinkStopped) } else { Ok(()) }
        });
        assert!(matches!(result, Err(ScanError::Stopped)));
        assert_eq!(told, most + 1);
    }
    let mut ends = 0;
    scan_many(&[], &open, &watchfile, ScanOptions::default(), 2, &mut |_| {
        ends += 1;
        Ok(())
    })
    .unwrap();
    assert_eq!(ends, 0);
}
