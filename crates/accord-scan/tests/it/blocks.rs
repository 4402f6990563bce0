//! Blocks: the same records however the input is cut; long lines.

use accord_scan::blocks::Blocks;
use accord_scan::limits::{MAX_PIECE_BYTES, MAX_TEXT_BYTES};
use accord_scan::scan::scan_blocks;
use accord_scan::{ReadLimits, ScanOptions};

use super::{input, scan_all, short, watchfile_of};

#[test]
fn records_do_not_depend_on_the_block_size() {
    let watchfile = watchfile_of("evil.example\n192.0.2.10\n198.51.100.7:8443\n");
    let log =
        b"#fields\tid.resp_h\tid.resp_p\n198.51.100.7\t8443\n\nx evil.example\r\n192.0.2.10 www.evil.example";
    let expected = [
        "2 28 17 ipv4 198.51.100.7 198.51.100.7:8443 port",
        "4 47 14 domain evil.example evil.example exact",
        "5 63 27 ipv4 192.0.2.10 192.0.2.10 exact",
        "5 63 27 domain www.evil.example evil.example parent",
    ];
    for block_bytes in 1..120 {
        let blocks = Blocks::with_sizes(input(log, ReadLimits::default()), block_bytes, MAX_PIECE_BYTES);
        let mut records = Vec::new();
        let (summary, result) = scan_blocks(blocks, &watchfile, ScanOptions::default(), &mut |record| {
            records.push(short(record));
            Ok(())
        });
        result.unwrap();
        assert_eq!(records, expected, "blocks of {block_bytes}");
        assert_eq!((summary.lines, summary.bytes), (5, log.len() as u64));
    }
}

#[test]
fn a_line_in_pieces_gives_the_records_of_the_whole() {
    let watchfile = watchfile_of("evil.example\n192.0.2.10\n");
    let mut line = Vec::new();
    for number in 0..200 {
        line.extend_from_slice(
            format!("word{number} evil.example \"192.0.2.10\" notevil.example ").as_bytes(),
        );
    }
    let log = [&b"first\n"[..], &line, b"\r\nlast evil.example"].concat();
    let (whole, _, _) = scan_all(input(&log, ReadLimits::default()), &watchfile);
    assert_eq!(whole.len(), 3);
    for piece_bytes in [64, 100, 1000, 4096] {
        let blocks = Blocks::with_sizes(input(&log, ReadLimits::default()), 64, piece_bytes);
        let mut records = Vec::new();
        let (summary, result) = scan_blocks(blocks, &watchfile, ScanOptions::default(), &mut |record| {
            records.push(short(record));
            Ok(())
        });
        result.unwrap();
        assert_eq!(records, whole, "pieces of {piece_bytes}");
        assert_eq!(
            (summary.lines, summary.long_lines),
            (3, 1),
            "pieces of {piece_bytes}"
        );
    }
}

#[test]
fn a_line_of_100_megabytes_is_scanned_to_its_end() {
    let watchfile = watchfile_of("evil.example\n");
    let mut log = b"start\n".to_vec();
    log.resize(100 << 20, b'x');
    // The run of x is no host; what follows it is.
    log.extend_from_slice(b" evil.example\nwww.evil.example\n");
    let length = log.len() - "start\n".len() - "\nwww.evil.example\n".len();
    let (records, summary, result) = scan_all(input(&log, ReadLimits::default()), &watchfile);
    result.unwrap();
    assert_eq!(
        records,
        [
            format!("2 6 {length} domain evil.example evil.example exact"),
            format!(
                "3 {} 16 domain www.evil.example evil.example parent",
                6 + length + 1
            ),
        ]
    );
    assert_eq!((summary.lines, summary.long_lines), (3, 1));
}

#[test]
fn a_run_that_is_cut_does_not_become_a_host() {
    let watchfile = watchfile_of("evil.example\n");
    let run = [vec![b'a'; 3 * MAX_PIECE_BYTES - 20], b".evil.example".to_vec()].concat();
    for end in [&b""[..], b"\n", b" tail\n"] {
        let log = [&run, end].concat();
        let (records, summary, result) = scan_all(input(&log, ReadLimits::default()), &watchfile);
        result.unwrap();
        assert!(records.is_empty(), "{records:?}");
        assert_eq!((summary.lines, summary.long_lines), (1, 1));
    }
}

#[test]
fn text_is_cut_at_its_limit() {
    let watchfile = watchfile_of("evil.example\n");
    for (length, long_lines) in [(MAX_TEXT_BYTES, 0), (MAX_TEXT_BYTES + 1, 1)] {
        let mut log = b"evil.example ".to_vec();
        log.resize(length, b'.');
        let mut text_bytes = 0;
        let source = input(&log, ReadLimits::default());
        let (summary, result) =
            accord_scan::scan(source, &watchfile, ScanOptions::default(), &mut |record| {
                text_bytes = record.text.len();
                assert_eq!(record.length, length as u64);
                Ok(())
            });
        result.unwrap();
        assert_eq!((text_bytes, summary.long_lines), (MAX_TEXT_BYTES, long_lines));
    }
}
