//! Names that rotation makes of a log's name.

/// Endings that compression adds.
const PACKED: &[&str] = &[".gz", ".bz2", ".zst"];
/// Endings of names that were set aside.
const ASIDE: &[&str] = &[".old", ".bak", ".prev", ".orig"];

/// The name of the log that a file's name was made from by rotation: `access.log` of `access.log.2.gz`,
/// `access.log-20260101`, `access-2026-01-01.log` and `access.log.old`. Two files may be copies of one log only where
/// this is the same for both; whether they are, their content tells.
pub(crate) fn log_name(name: &str) -> String {
    let mut rest = name;
    loop {
        let before = rest;
        for ending in PACKED.iter().chain(ASIDE) {
            rest = cut(rest, ending);
        }
        rest = without_number(rest);
        if rest == before {
            break;
        }
    }
    match rest.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => {
            let mut stem = stem;
            loop {
                let before = stem;
                stem = without_number(stem);
                if stem == before {
                    break;
                }
            }
            format!("{stem}.{extension}")
        }
        _ => rest.to_owned(),
    }
}

fn cut<'n>(name: &'n str, ending: &str) -> &'n str {
    match name.strip_suffix(ending) {
        Some(rest) if !rest.is_empty() => rest,
        _ => name,
    }
}

/// Without digits at the end and the sign before them.
fn without_number(name: &str) -> &str {
    let rest = name.trim_end_matches(|letter: char| letter.is_ascii_digit());
    if rest.len() == name.len() {
        return name;
    }
    match rest.strip_suffix(['.', '-', '_', 'T']) {
        Some(rest) if !rest.is_empty() => rest,
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_rotated_logs() {
        for (name, log) in [
            ("access.log", "access.log"),
            ("access.log.1", "access.log"),
            ("access.log.12.gz", "access.log"),
            ("access.log-20260101", "access.log"),
            ("access.log-20260101-1700000000.zst", "access.log"),
            ("access.log.2026-01-01", "access.log"),
            ("access-2026-01-01.log.bz2", "access.log"),
            ("access.1.log", "access.log"),
            ("access.log.old", "access.log"),
            ("access_20260101T235959.log", "access.log"),
            ("syslog", "syslog"),
            ("syslog.1", "syslog"),
            ("u_ex260101.log", "u_ex260101.log"),
            ("42", "42"),
            (".1", ".1"),
            (".gz", ".gz"),
            ("log4", "log4"),
            ("", ""),
        ] {
            assert_eq!(log_name(name), log, "{name}");
        }
    }
}
