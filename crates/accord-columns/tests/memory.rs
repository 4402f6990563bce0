//! Millions of distinct values in one column, in bounded memory. A program of its own: it measures itself.
#![allow(clippy::unwrap_used, reason = "a test binary")]

use accord_columns::{ColumnsWriter, LinePlace, Timing};
use accord_formats::logs::{Fields, LineReader, LineTime, LogFormat, Records};

/// The most memory that this process ever took, bytes (Linux, `proc(5)`).
fn most_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? * 1024)
}

/// Each row group has its bytes in another column: what one needed is not kept for all that follow.
fn columns_that_take_turns() {
    const KEYS: [&str; 8] = [
        "uid",
        "query",
        "server_name",
        "host_name",
        "uri",
        "user_agent",
        "username",
        "msg",
    ];
    let mut writer = ColumnsWriter::new(std::io::sink(), LogFormat::ZeekJson, Timing::new("", None, 0));
    let mut reader = LineReader::new(LogFormat::ZeekJson);
    let (mut place, text) = (
        LinePlace {
            frame: 0,
            line: 1,
            offset: 0,
            length: 0,
        },
        "x".repeat(16_000),
    );
    for key in KEYS {
        // Forty megabytes: more than a row group.
        for _ in 0..2_500 {
            let line = format!("{{\"ts\":1,\"{key}\":\"{text}\"}}\n");
            place.length = line.len() as u64;
            let mut records = Records::new();
            let outcome = reader.fields(line.as_bytes(), &mut records);
            assert_eq!(records.all().iter().flat_map(Fields::values).count(), 1, "{key}");
            writer
                .line(&place, Some(outcome), LineTime::Unknown, records.all(), 0)
                .unwrap();
            place.offset += place.length;
            place.line += 1;
        }
    }
    assert!(writer.finish("").unwrap().1.row_groups > 7);
}

#[test]
fn two_million_distinct_values_take_no_more_memory_than_the_limits_say() {
    let mut writer = ColumnsWriter::new(std::io::sink(), LogFormat::ZeekJson, Timing::new("", None, 0));
    let mut reader = LineReader::new(LogFormat::ZeekJson);
    let mut offset = 0;
    for n in 0..2_000_000_u64 {
        let mixed = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let line =
            format!("{{\"ts\":1,\"uid\":\"{mixed:016x}\",\"query\":\"{n:0100}.{mixed:x}.example\"}}\n");
        let place = LinePlace {
            frame: offset >> 19,
            line: n + 1,
            offset,
            length: line.len() as u64,
        };
        offset += place.length;
        let mut records = Records::new();
        let outcome = reader.fields(line.as_bytes(), &mut records);
        writer
            .line(&place, Some(outcome), LineTime::Unknown, records.all(), 0)
            .unwrap();
    }
    let (_, written) = writer.finish("").unwrap();
    assert_eq!(written.rows, 2_000_000);
    assert!(written.row_groups > 10);
    // 300 MB went through it.
    assert!(offset > 300_000_000);
    if let Some(most) = most_memory() {
        assert!(most < 160_000_000, "{most} bytes");
    }
    columns_that_take_turns();
    if let Some(most) = most_memory() {
        assert!(most < 160_000_000, "{most} bytes with columns that take turns");
    }
}
