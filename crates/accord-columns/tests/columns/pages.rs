//! Columns beyond every limit of a page and a dictionary, read back by the library and asked by DuckDB.

use accord_columns::Limits;
use accord_formats::logs::{LineReader, LogFormat, Records};
use parquet::basic::Encoding;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::page_index::column_index::ColumnIndexMetaData;
use parquet::file::reader::{ChunkReader, FileReader};
use parquet::file::serialized_reader::{ReadOptionsBuilder, SerializedFileReader};

use crate::engines::{DUCKDB, asked, python};
use crate::support::*;

const GROUP_ROWS: usize = 40_000;

/// One in two is new: a dictionary is begun, and is full before the row group is.
fn name(n: usize) -> String {
    match n % 2 {
        0 => format!("{n:032}.example"),
        _ => "often.example".to_owned(),
    }
}

/// Longer than an index takes. Of the second row group nothing is greater than some.
fn agent(n: usize) -> String {
    let beginning = match n < GROUP_ROWS || n.is_multiple_of(3) {
        true => "an agent that says rather much of itself ",
        false => "\u{10ffff}\u{10ffff}\u{10ffff}\u{10ffff}\u{10ffff}\u{10ffff}\u{10ffff}\u{10ffff}\u{10ffff}",
    };
    format!("{beginning}{}", n % 20)
}

fn log() -> Vec<u8> {
    let header = "#fields\tts\tuid\tquery\tanswers\tuser_agent\n#types\ttime\tstring\tstring\tvector[string]\tstring\n";
    let mut log = header.as_bytes().to_vec();
    for n in 0..2 * GROUP_ROWS - 2 {
        // The dictionary of answers ends within a row, but for this that it must not.
        let answers = format!("a{},{},b", n % 7, name(n + 1));
        let line = format!(
            "{}\tC{:016x}\t{}\t{answers}\t{}\n",
            1_700_000_000 + n,
            n.wrapping_mul(0x9e37_79b9_7f4a_7c15),
            name(n),
            agent(n)
        );
        log.extend_from_slice(line.as_bytes());
    }
    log
}

fn limits() -> Limits {
    Limits {
        row_group_rows: GROUP_ROWS,
        ..Limits::default()
    }
}

fn column<'f, R: ChunkReader + 'static>(
    file: &'f SerializedFileReader<R>,
    group: usize,
    name: &str,
) -> (usize, &'f ColumnChunkMetaData) {
    let columns = file.metadata().row_group(group).columns();
    let path = |column: &ColumnChunkMetaData| column.column_path().parts().first().cloned();
    let at = columns
        .iter()
        .position(|column| path(column).as_deref() == Some(name));
    let at = at.unwrap();
    (at, &columns[at])
}

#[test]
fn every_value_beyond_every_limit_is_read_back() {
    let log = log();
    let (file, written) = written(&log, LogFormat::ZeekTsv, timing(), limits());
    assert_eq!((written.row_groups, written.rows), (2, 2 * GROUP_ROWS as u64));
    let options = ReadOptionsBuilder::new().with_page_index().build();
    let reader =
        SerializedFileReader::new_with_options(bytes::Bytes::copy_from_slice(&file), options).unwrap();
    for group in 0..2 {
        let pages = |name: &str| {
            let (at, chunk) = column(&reader, group, name);
            let encodings: Vec<Encoding> = chunk.encodings().collect();
            let offsets = reader.metadata().offset_index().unwrap();
            let index = reader.metadata().column_index().unwrap();
            (
                encodings.contains(&Encoding::RLE_DICTIONARY),
                encodings.contains(&Encoding::DELTA_BYTE_ARRAY),
                offsets[group][at].page_locations().len(),
                !matches!(index[group][at], ColumnIndexMetaData::NONE),
            )
        };
        // Full: a dictionary, and what came later without.
        for name in ["query_hostname", "answers_rdata"] {
            let (in_dictionary, plain, count, has_index) = pages(name);
            assert!(
                in_dictionary && plain && count > 3 && has_index,
                "{name}: {count}"
            );
        }
        // Given up at its trial.
        let (in_dictionary, plain, count, _) = pages("session_uid");
        assert!(!in_dictionary && plain && count > 2, "{count}");
        // Where nothing is greater there is no index.
        assert_eq!(pages("http_request_user_agent").3, group == 0);
    }
    let mut lines = LineReader::new(LogFormat::ZeekTsv);
    let mut rows = read(&file).into_iter();
    for line in log.split_inclusive(|byte| *byte == b'\n') {
        let mut records = Records::new();
        lines.fields(line, &mut records);
        let row = rows.next().unwrap();
        assert_eq!(one(&row, "line_length").unwrap(), line.len().to_string());
        for fields in records.all() {
            check_record(fields, &row);
        }
    }
    assert!(rows.next().is_none());
}

#[test]
fn duckdb_finds_what_an_index_must_not_hide() {
    let Some(python) = python("duckdb") else {
        println!("SKIPPED: duckdb; set ACCORD_PYTHON_TOOLS");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pages.parquet");
    std::fs::write(&file, written(&log(), LogFormat::ZeekTsv, timing(), limits()).0).unwrap();
    let all = 0..2 * GROUP_ROWS - 2;
    let (mut questions, mut expected) = (Vec::new(), String::new());
    let mut ask = |is: &str, count: usize| {
        questions.push(format!("select count(*) from LOG where {is}"));
        expected += &format!("{count}\n");
    };
    for n in [0, 1, 24_001, 60_000, 60_001, 70_002] {
        for (column, text) in [("query_hostname", name(n)), ("http_request_user_agent", agent(n))] {
            let of: fn(usize) -> String = if column == "query_hostname" { name } else { agent };
            ask(
                &format!("{column} = '{text}'"),
                all.clone().filter(|n| of(*n) == text).count(),
            );
            ask(
                &format!("{column} > '{text}'"),
                all.clone().filter(|n| of(*n) > text).count(),
            );
        }
        ask(
            &format!("list_contains(answers_rdata, '{}')", name(n)),
            all.clone().filter(|m| name(m + 1) == name(n)).count(),
        );
    }
    let questions: Vec<&str> = questions.iter().map(String::as_str).collect();
    assert_eq!(asked(&python, DUCKDB, &file, &questions), expected);
}
