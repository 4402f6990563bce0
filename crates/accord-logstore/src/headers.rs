//! Where the lines stand that say how later ones are to be read: the `#` lines of Zeek and W3C, the first of a CSV file.

use accord_formats::logs::LogFormat;
use memchr::{memchr, memmem, memrchr};

/// Where such lines start in whole lines of a log; `has_names`: of CSV, that the names of its columns are known already.
pub(crate) fn header_lines(format: LogFormat, has_names: bool, block: &[u8]) -> Vec<usize> {
    match format {
        LogFormat::ZeekTsv | LogFormat::W3c => {}
        // The names of the columns stand in the first line that is not blank.
        LogFormat::Csv if !has_names => {
            let text = block.iter().position(|byte| !byte.is_ascii_whitespace());
            let before = text.and_then(|at| block.get(..at));
            return before
                .map(|before| memrchr(b'\n', before).map_or(0, |at| at + 1))
                .into_iter()
                .collect();
        }
        _ => return Vec::new(),
    }
    let first = block.starts_with(b"#").then_some(0);
    first
        .into_iter()
        .chain(memmem::find_iter(block, b"\n#").map(|at| at + 1))
        .collect()
}

/// The line that starts here, with its line end.
pub(crate) fn whole_line(block: &[u8], start: usize) -> &[u8] {
    let rest = block.get(start..).unwrap_or_default();
    let length = memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
    rest.get(..length).unwrap_or_default()
}
