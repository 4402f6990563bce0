//! The forms of texts that stand in content bodies: days, countries, techniques, addresses, file names, base64.

use std::net::IpAddr;

use crate::agreement::instant;
use crate::control::EntryError;
use crate::control::limits;

fn form(field: &'static str, holds: bool, expected: &'static str) -> Result<(), EntryError> {
    if holds {
        Ok(())
    } else {
        Err(EntryError::Form { field, expected })
    }
}

/// A day that exists, UTC: `2026-01-31`.
pub(super) fn day(field: &'static str, text: &str) -> Result<(), EntryError> {
    let exists = text.len() == 10 && instant::parse(&format!("{text}T00:00:00Z")).is_some();
    form(field, exists, "a day, written YYYY-MM-DD")
}

/// Countries as ISO 3166-1 writes them in two letters, none twice.
pub(super) fn countries(field: &'static str, codes: &[String]) -> Result<(), EntryError> {
    limits::count(field, codes.len(), 0, limits::COUNTRIES_MAX)?;
    limits::distinct(field, codes)?;
    let two_letters = |code: &String| code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase());
    form(
        field,
        codes.iter().all(two_letters),
        "a list of countries, each two capital letters (ISO 3166-1)",
    )
}

/// Identifiers of ATT&CK techniques and sub-techniques, `T1059` and `T1059.001`, none twice.
pub(super) fn techniques(field: &'static str, ids: &[String]) -> Result<(), EntryError> {
    limits::count(field, ids.len(), 0, limits::TECHNIQUES_MAX)?;
    limits::distinct(field, ids)?;
    let digits = |text: &str, n: usize| text.len() == n && text.bytes().all(|b| b.is_ascii_digit());
    let technique = |id: &String| {
        let Some(number) = id.strip_prefix('T') else {
            return false;
        };
        match number.split_once('.') {
            None => digits(number, 4),
            Some((number, sub)) => digits(number, 4) && digits(sub, 3),
        }
    };
    form(
        field,
        ids.iter().all(technique),
        "a list of ATT&CK techniques such as T1059 or T1059.001",
    )
}

/// An address in its one canonical spelling (RFC 5952 for IPv6), so that two sides ask and answer the same.
pub(super) fn address(field: &'static str, text: &str) -> Result<(), EntryError> {
    let canonical = text
        .parse::<IpAddr>()
        .is_ok_and(|address| address.to_string() == text);
    form(field, canonical, "an IPv4 or IPv6 address in its usual spelling")
}

/// A file's own name, without a way to it: no separator of any system, and neither `.` nor `..`.
pub(super) fn file_name(field: &'static str, text: &str) -> Result<(), EntryError> {
    limits::line(field, text, limits::FILE_NAME_MAX)?;
    let bare = !text.contains(['/', '\\', ':']) && text != "." && text != "..";
    form(field, bare, "the bare name of a file")
}

/// Standard base64 with its padding (RFC 4648 section 4), no line breaks.
pub(super) fn base64(field: &'static str, text: &str, max: usize) -> Result<(), EntryError> {
    limits::document(field, text, max)?;
    let data = text.trim_end_matches('=');
    let padding = text.len() - data.len();
    let letters = data
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b == b'+' || b == b'/');
    form(
        field,
        letters && padding <= 2 && text.len().is_multiple_of(4),
        "base64",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_and_what_is_none() {
        for good in ["2026-01-31", "2024-02-29"] {
            assert!(day("d", good).is_ok(), "{good}");
        }
        for bad in [
            "2026-02-29",
            "2026-1-31",
            "",
            "2026-01-31T",
            "20260131",
            "2026-01-31 ",
        ] {
            assert!(day("d", bad).is_err(), "{bad}");
        }
        let list = |texts: &[&str]| -> Vec<String> { texts.iter().map(|text| (*text).to_owned()).collect() };
        assert!(countries("c", &list(&["DE", "GB"])).is_ok());
        for bad in [&["de"][..], &["DEU"], &["DE", "DE"], &[""]] {
            assert!(countries("c", &list(bad)).is_err(), "{bad:?}");
        }
        assert!(techniques("t", &list(&["T1059", "T1059.001"])).is_ok());
        for bad in [
            "1059",
            "T105",
            "T1059.1",
            "T1059.",
            "T10590",
            "t1059",
            "T1059.0011",
        ] {
            assert!(techniques("t", &list(&[bad])).is_err(), "{bad}");
        }
        for good in ["192.0.2.7", "2001:db8::1"] {
            assert!(address("a", good).is_ok(), "{good}");
        }
        for bad in [
            "192.0.2.07",
            "192.0.2.7:80",
            "2001:DB8::1",
            "2001:db8:0::1",
            "host",
            "",
        ] {
            assert!(address("a", bad).is_err(), "{bad}");
        }
        assert!(file_name("f", "loader.exe").is_ok());
        for bad in ["", ".", "..", "../x", "a/b", "a\\b", "c:x", "a\nb", "\u{202e}exe"] {
            assert!(file_name("f", bad).is_err(), "{bad:?}");
        }
        for good in ["YQ==", "YWI=", "YWJj", "+/+/"] {
            assert!(base64("b", good, 4).is_ok(), "{good}");
        }
        for bad in ["", "YQ", "YQ=", "====", "YW\n=", "Y*==", "YWJjZA=="] {
            assert!(base64("b", bad, 4).is_err(), "{bad:?}");
        }
    }
}
