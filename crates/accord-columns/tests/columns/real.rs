//! Real logs: every value of every record stands in its row, and the columns are small beside the compressed log.

use accord_formats::logs::{LineReader, LogFormat, Records, detect};

use crate::support::*;

#[test]
fn every_value_of_every_real_log_is_read_back() {
    let Some(logs) = real_logs() else { return };
    let (mut raw, mut packed, mut columnar) = (0, 0, 0);
    for path in logs {
        let log = gunzip(&path);
        let format = detect(&log[..log.len().min(65_536)]);
        assert_ne!(format, LogFormat::Text, "{}", path.display());
        let file = columns(&log, format);
        raw += log.len();
        packed += zstd::bulk::compress(&log, 3).unwrap().len();
        columnar += file.len();
        let mut lines = LineReader::new(format);
        let mut rows = read(&file).into_iter();
        for (line, number) in log.split_inclusive(|byte| *byte == b'\n').zip(1..) {
            let mut records = Records::new();
            lines.fields(line, &mut records);
            for _ in records.all().len()..1 {
                let row = rows.next().unwrap();
                assert!(one(&row, "record").is_none());
                assert_eq!(one(&row, "line").unwrap(), number.to_string());
            }
            for fields in records.all() {
                let row = rows.next().unwrap();
                assert_eq!(one(&row, "line").unwrap(), number.to_string());
                let time = fields.time().at_ms().map(|ms| ms.to_string());
                assert_eq!(one(&row, "time"), time.as_deref());
                check_record(fields, &row);
            }
        }
        assert!(rows.next().is_none());
    }
    let share = columnar as f64 / packed as f64;
    println!("{raw} bytes of log, {packed} by zstd -3, {columnar} in columns: {share:.2}");
    assert!(share < 0.8, "{share}");
}
