//! Real logs: every value of every record stands in its row, and the columns are small beside the compressed log.

use accord_columns::column_name;
use accord_formats::logs::{Column, LineReader, LogFormat, Records, detect};

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
                let mut row = rows.next().unwrap();
                assert_eq!(one(&row, "line").unwrap(), number.to_string());
                let time = fields.time().at_ms().map(|ms| ms.to_string());
                assert_eq!(one(&row, "time"), time.as_deref());
                let mut left_out = fields.left_out();
                for (column, value) in fields.values() {
                    let kept = row.get_mut(&column_name(column)).filter(|kept| !kept.is_empty());
                    match kept {
                        Some(kept) if kept[0] == value.to_string() => drop(kept.remove(0)),
                        Some(kept) => panic!("{} line {number}: {} {kept:?}", path.display(), column.name()),
                        None => left_out += 1,
                    }
                }
                let counted = one(&row, "left_out").map_or(0, |count| count.parse().unwrap());
                assert_eq!(counted, left_out, "{} line {number}: {fields:?}", path.display());
                let over = |column: &&Column| row.get(&column_name(**column)).is_some_and(|kept| !kept.is_empty());
                assert!(Column::ALL.iter().find(over).is_none());
            }
        }
        assert!(rows.next().is_none());
    }
    let share = columnar as f64 / packed as f64;
    println!("{raw} bytes of log, {packed} by zstd -3, {columnar} in columns: {share:.2}");
    assert!(share < 0.8, "{share}");
}
