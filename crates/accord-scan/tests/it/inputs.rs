//! Inputs: compression told by content, and everything that can be wrong with one.

use std::io::{self, Read};

use accord_scan::limits::RATIO_FREE_BYTES;
use accord_scan::{Compression, Input, InputError, ReadLimits, ScanError, ScanOptions, SinkStopped};

use super::{bzip2, gzip, input, scan_all, watchfile_of, zstd};

type Compress = fn(&[u8]) -> Vec<u8>;

const COMPRESSIONS: [(Compression, Compress); 4] = [
    (Compression::None, <[u8]>::to_vec),
    (Compression::Gzip, gzip),
    (Compression::Zstd, zstd),
    (Compression::Bzip2, bzip2),
];

#[test]
fn compressions_are_told_by_content_and_may_be_concatenated() {
    let watchfile = watchfile_of("evil.example\n");
    for (compression, compress) in COMPRESSIONS {
        let bytes = [
            compress(b"a\nevil.ex"),
            compress(b"ample\nb\n"),
            compress(b"www.evil.example"),
        ]
        .concat();
        let source = input(&bytes, ReadLimits::default());
        assert_eq!(source.compression(), compression);
        let (records, summary, result) = scan_all(source, &watchfile);
        result.unwrap();
        let expected = [
            "2 2 12 domain evil.example evil.example exact",
            "4 17 16 domain www.evil.example evil.example parent",
        ];
        assert_eq!(records, expected, "{compression:?}");
        assert_eq!((summary.lines, summary.bytes), (4, 33));
    }
}

#[test]
fn truncated_data_is_scanned_as_far_as_it_goes() {
    let watchfile = watchfile_of("evil.example\n");
    // Digits that do not compress, so that blocks come out before the end.
    let mut log = b"evil.example\n".to_vec();
    let mut state = 1_u64;
    while log.len() < 3 << 20 {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        log.extend_from_slice(format!("{state:x}\n").as_bytes());
    }
    for (compression, compress) in COMPRESSIONS.into_iter().skip(1) {
        let whole = compress(&log);
        let (records, summary, result) = scan_all(
            input(&whole[..whole.len() * 3 / 4], ReadLimits::default()),
            &watchfile,
        );
        assert_eq!(
            records,
            ["1 0 12 domain evil.example evil.example exact"],
            "{compression:?}"
        );
        assert!(summary.bytes > 1 << 20, "{compression:?}: {}", summary.bytes);
        let error = result.unwrap_err();
        assert!(
            matches!(error, ScanError::Input(InputError::Truncated { .. })),
            "{compression:?}: {error}"
        );
        assert!(error.to_string().contains("ends in the middle"), "{error}");
        let mut damaged = whole;
        let middle = damaged.len() / 2;
        damaged[middle..middle + 64].fill(0x5a);
        let (records, _, result) = scan_all(input(&damaged, ReadLimits::default()), &watchfile);
        assert_eq!(records.len(), 1, "{compression:?}");
        assert!(matches!(result, Err(ScanError::Input(_))), "{compression:?}");
    }
}

#[test]
fn bombs_are_cut_off() {
    let watchfile = watchfile_of("evil.example\n");
    let zeros = vec![0; RATIO_FREE_BYTES as usize + (8 << 20)];
    for (compression, compress) in COMPRESSIONS.into_iter().skip(1) {
        let bomb = compress(&zeros);
        let (_, _, result) = scan_all(input(&bomb, ReadLimits::default()), &watchfile);
        let error = result.unwrap_err();
        assert!(
            matches!(error, ScanError::Input(InputError::Ratio { .. })),
            "{compression:?}: {error}"
        );
        assert!(error.to_string().contains("--max-ratio"));
        let raised = ReadLimits {
            max_ratio: u64::MAX,
            ..ReadLimits::default()
        };
        scan_all(input(&bomb, raised), &watchfile).2.unwrap();
    }
    let small = gzip(&zeros[..RATIO_FREE_BYTES as usize]);
    scan_all(input(&small, ReadLimits::default()), &watchfile)
        .2
        .unwrap();
}

#[test]
fn size_is_limited() {
    let watchfile = watchfile_of("evil.example\n");
    let limits = ReadLimits {
        max_bytes: 12,
        ..ReadLimits::default()
    };
    scan_all(input(b"evil.example", limits), &watchfile).2.unwrap();
    let (records, summary, result) = scan_all(input(b"evil.example\n", limits), &watchfile);
    assert_eq!(
        (records.len(), summary.bytes),
        (1, 12),
        "what is within the limit is scanned"
    );
    let error = result.unwrap_err();
    assert!(
        matches!(
            error,
            ScanError::Input(InputError::TooLarge { max_bytes: 12, .. })
        ),
        "{error}"
    );
    assert!(error.to_string().contains("--max-bytes"));
}

#[test]
fn odd_bytes() {
    let watchfile = watchfile_of("evil.example\n192.0.2.10\n");
    let log = b"\xff\xfe evil.example\0192.0.2.10\n\0\0\0\n\xc3(192.0.2.10)\r\n\n\r\nevil.example\r";
    let (records, summary, result) = scan_all(input(log, ReadLimits::default()), &watchfile);
    result.unwrap();
    assert_eq!(records[0], "1 0 26 domain evil.example evil.example exact");
    assert!(
        records.iter().any(|record| record.starts_with("3 31 13 ipv4")),
        "{records:?}"
    );
    assert_eq!(
        records.last().unwrap(),
        "6 49 12 domain evil.example evil.example exact"
    );
    assert_eq!(summary.lines, 6);
    for empty in [&b""[..], b"\n", b"\n\n"] {
        let (records, summary, result) = scan_all(input(empty, ReadLimits::default()), &watchfile);
        result.unwrap();
        assert_eq!((records.len(), summary.lines), (0, empty.len() as u64));
    }
}

#[test]
fn files_that_are_none() {
    let directory = tempfile::tempdir().unwrap();
    let open = |name: &str| Input::open(name, ReadLimits::default()).unwrap_err();
    let name = directory.path().to_str().unwrap();
    assert!(matches!(open(name), InputError::Directory { .. }));
    assert!(
        open(&format!("{name}/absent"))
            .to_string()
            .contains("cannot be opened")
    );
}

/// A disk that fails after some lines.
struct Failing(Vec<u8>);

impl Read for Failing {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.0.is_empty() {
            return Err(io::Error::from_raw_os_error(5));
        }
        let count = self.0.len().min(buffer.len());
        buffer[..count].copy_from_slice(&self.0[..count]);
        self.0.drain(..count);
        Ok(count)
    }
}

#[test]
fn a_failing_disk_loses_nothing_that_was_read() {
    let watchfile = watchfile_of("evil.example\n");
    let source = Input::from_reader(
        "disk",
        Failing(b"evil.example\nevil.example".to_vec()),
        ReadLimits::default(),
    )
    .unwrap();
    let (records, _, result) = scan_all(source, &watchfile);
    assert_eq!(records.len(), 2);
    assert!(matches!(result, Err(ScanError::Input(InputError::Read { .. }))));
}

#[test]
fn the_taker_of_records_can_stop() {
    let watchfile = watchfile_of("evil.example\n");
    let log = "evil.example\n".repeat(100);
    let mut taken = 0;
    let source = input(log.as_bytes(), ReadLimits::default());
    let (_, result) = accord_scan::scan(source, &watchfile, ScanOptions::default(), &mut |_| {
        taken += 1;
        if taken == 3 { Err(SinkStopped) } else { Ok(()) }
    });
    assert_eq!(taken, 3);
    assert!(matches!(result, Err(ScanError::Stopped)));
}
