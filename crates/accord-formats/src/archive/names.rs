//! Which names may stand in an archive: those that mean the same file on every system, inside the folder.

use std::collections::BTreeMap;

use super::ArchiveError;

/// Most bytes of one name, folders included.
pub const NAME_MAX_BYTES: usize = 240;
/// Most folders and the file in one name.
pub const NAME_MAX_DEPTH: usize = 8;

/// Checks one name: relative, `/` between its parts, no `.` or `..`, printable, and legal on Windows too.
///
/// # Errors
/// [`ArchiveError::Name`] with the reason.
pub fn check_name(name: &str) -> Result<(), ArchiveError> {
    let fail = |why| {
        Err(ArchiveError::Name {
            name: shown(name),
            why,
        })
    };
    if name.is_empty() || name.len() > NAME_MAX_BYTES {
        return fail("names have 1 to 240 bytes");
    }
    if name.starts_with('/') {
        return fail("it is absolute");
    }
    if name.chars().any(|c| c.is_control() || "\\:*?\"<>|".contains(c)) {
        return fail("it holds a control character or one of \\ : * ? \" < > |");
    }
    let mut depth = 0usize;
    for part in name.split('/') {
        depth = depth.saturating_add(1);
        if part.is_empty() {
            return fail("it has an empty part");
        }
        if part == "." || part == ".." {
            return fail("it has a part \".\" or \"..\"");
        }
        if part.ends_with('.') || part.ends_with(' ') || part.starts_with(' ') {
            return fail("a part begins or ends with a space, or ends with a dot");
        }
        let stem = part.split('.').next().unwrap_or(part).to_ascii_uppercase();
        let numbered = (stem.starts_with("COM") || stem.starts_with("LPT"))
            && stem.len() == 4
            && stem.ends_with(|c: char| c.is_ascii_digit());
        if numbered || ["CON", "PRN", "AUX", "NUL"].contains(&stem.as_str()) {
            return fail("a part is a device on Windows");
        }
    }
    if depth > NAME_MAX_DEPTH {
        return fail("it is more than 8 parts deep");
    }
    Ok(())
}

/// Checks that no two names are the same file on a system that ignores case, and that no name is also the
/// folder of another.
///
/// # Errors
/// [`ArchiveError::Name`] naming the second of the two.
pub fn check_clashes<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<(), ArchiveError> {
    let mut seen: BTreeMap<String, bool> = BTreeMap::new();
    let clash = |name: &str| {
        Err(ArchiveError::Name {
            name: shown(name),
            why: "another name is the same file when case is ignored, or is its folder",
        })
    };
    let names: Vec<&str> = names.into_iter().collect();
    for name in &names {
        if seen.insert(name.to_lowercase(), true).is_some() {
            return clash(name);
        }
    }
    // Folders may be spelled in one way only.
    let mut folders: BTreeMap<String, &str> = BTreeMap::new();
    for name in &names {
        for (at, _) in name.match_indices('/') {
            let Some(folder) = name.get(..at) else { continue };
            let lower = folder.to_lowercase();
            if seen.contains_key(&lower) || folders.get(&lower).is_some_and(|other| *other != folder) {
                return clash(name);
            }
            folders.insert(lower, folder);
        }
    }
    Ok(())
}

/// A hostile name made safe to show.
pub(super) fn shown(name: &str) -> String {
    name.chars().take(120).flat_map(char::escape_debug).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_stay_inside() {
        for good in [
            "a",
            "data/original/SOURCE-1.log",
            "a.b/c",
            "é/ü",
            "CONSOLE/com10",
            &"x".repeat(240),
        ] {
            assert_eq!(check_name(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "/etc/passwd",
            "../a",
            "a/../b",
            "a/./b",
            "a//b",
            "a/",
            "a\\b",
            "C:a",
            "a\0b",
            "a\nb",
            "a.",
            "a ",
            " a",
            "con",
            "data/NUL.txt",
            "com1",
            "LPT9.log",
            "a/b/c/d/e/f/g/h/i",
            &"x".repeat(241),
        ] {
            assert!(
                matches!(check_name(bad), Err(ArchiveError::Name { .. })),
                "{bad:?}"
            );
        }
        assert_eq!(check_name("a/b/c/d/e/f/g/h"), Ok(()));
    }

    #[test]
    fn names_that_clash() {
        assert_eq!(check_clashes(["a/b", "a/c", "d"]), Ok(()));
        for bad in [["a", "A"], ["a/b", "A/c"], ["a", "a/b"], ["A", "a/b"], ["x", "x"]] {
            assert!(check_clashes(bad).is_err(), "{bad:?}");
        }
    }
}
