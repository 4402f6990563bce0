//! What no package is made from, and every limit with one past it.

use accord_evidence::acquisition::*;
use accord_evidence::content::*;
use accord_evidence::*;

use crate::fixture::*;

fn refused(change: impl FnOnce(&mut PackageContent)) -> String {
    let mut content = content();
    change(&mut content);
    seal(&content).unwrap_err().to_string()
}

fn sized(bytes: usize) -> PackageContent {
    let mut content = content();
    content.sources.truncate(1);
    content.sources[0].lines.truncate(1);
    content.sources[0].lines[0].bytes = vec![b'x'; bytes];
    content.acquisition = acquisition(1);
    content
}

#[test]
fn contradictions_and_gaps_are_refused() {
    let say = |words: &str, change: fn(&mut PackageContent)| {
        let error = refused(change);
        assert!(error.contains(words), "{error}");
    };
    say("holds no lines", |c| c.sources.clear());
    say("holds no lines", |c| c.sources[0].lines.clear());
    say("have bytes", |c| c.sources[0].lines[0].bytes.clear());
    say("counted from 1", |c| c.sources[0].lines[0].line = 0);
    say("overlaps", |c| c.sources[0].lines[1].offset = 2211);
    say("overlaps", |c| c.sources[0].lines[1].line = 17);
    say("can be tested", |c| {
        c.sources[0].origin = Origin::Sha256(Hex32([1; 32]))
    });
    say("/why", |c| c.acquisition.why = "  ".into());
    say("/authority", |c| {
        c.acquisition.authority = Stated::Value(Vec::new())
    });
    say("/how/known_faults", |c| c.acquisition.how.known_faults = not(""));
    say("lines_released", |c| {
        c.acquisition.completeness.lines_released = 4
    });
    say("narrowed", |c| c.acquisition.completeness.narrowed.clear());
    say("ends before", |c| c.acquisition.when.started = utc(-1));
    say("sealed before", |c| c.acquisition.sealed = utc(-50_000));
    say("before it was asked", |c| c.acquisition.request.asked = utc(0));
    say("approved it too", |c| {
        c.acquisition.approved_by.person = c.acquisition.request.person
    });
    say("not of the organisation", |c| {
        c.acquisition.acquired_by.organisation = "other.example".parse().unwrap()
    });
    say("not in force", |c| {
        if let Stated::Value(authorities) = &mut c.acquisition.authority {
            authorities[0].to = Stated::Value(utc(-70_000));
        }
    });
}

#[test]
fn an_authority_is_in_force_from_before_the_acquisition_begins_until_after_it_ends() {
    // The acquisition of the fixture runs from a minute to half a minute before now.
    let with = |from: i64, to: i64| {
        let mut content = content();
        if let Stated::Value(authorities) = &mut content.acquisition.authority {
            authorities[0].from = utc(from);
            authorities[0].to = Stated::Value(utc(to));
        }
        seal(&content).map(|_| ()).map_err(|error| error.to_string())
    };
    assert_eq!(with(-60_000, -29_999), Ok(()));
    for (from, to) in [
        (-59_999, 0),
        (-86_400_000, -30_000),
        (-86_400_000, -45_000),
        (-45_000, 0),
        (-50_000, -40_000),
    ] {
        let refused = with(from, to).unwrap_err();
        assert!(refused.contains("not in force"), "{from} to {to}: {refused}");
    }
}

#[test]
fn an_empty_record_lists_every_question() {
    let missing = complete::missing(&serde_json::json!({}));
    assert_eq!(missing.len(), complete::REQUIRED.len());
    assert_eq!(
        complete::missing(&serde_json::to_value(acquisition(1)).unwrap()),
        Vec::<String>::new()
    );
}

#[test]
fn every_required_place_is_a_place_of_the_record() {
    let record = serde_json::to_value(acquisition(1)).unwrap();
    for pointer in complete::REQUIRED {
        assert!(record.pointer(pointer).is_some(), "{pointer}");
    }
}

#[test]
fn matches_of_a_line() {
    let with = |count: usize| {
        let mut content = content();
        let one = content.sources[0].lines[0].matches[0].clone();
        content.sources[0].lines[0].matches = vec![one; count];
        seal(&content)
    };
    assert!(with(LINE_MAX_MATCHES).is_ok());
    assert!(matches!(with(LINE_MAX_MATCHES + 1), Err(SealError::Limit { .. })));
}

#[test]
fn sources_of_a_package() {
    let with = |count: usize| {
        let mut content = content();
        content.sources.truncate(1);
        content.sources = vec![content.sources[0].clone(); count];
        content.acquisition = acquisition(2 * count as u64);
        seal(&content)
    };
    assert!(with(PACKAGE_MAX_SOURCES).is_ok());
    assert!(matches!(
        with(PACKAGE_MAX_SOURCES + 1),
        Err(SealError::Limit { .. })
    ));
}

#[test]
fn bytes_of_a_line() {
    let sealed = seal(&sized(LINE_MAX_BYTES)).unwrap();
    assert_eq!(sealed.files()["data/original/SOURCE-1.log"].len(), LINE_MAX_BYTES);
    assert!(matches!(
        seal(&sized(LINE_MAX_BYTES + 1)),
        Err(SealError::Limit { .. })
    ));
}

#[test]
fn lines_of_a_package() {
    let mut content = sized(1);
    let line = content.sources[0].lines[0].clone();
    content.sources[0].lines = vec![line; PACKAGE_MAX_LINES + 1];
    assert!(matches!(
        seal(&content),
        Err(SealError::Limit {
            what: "the number of lines",
            ..
        })
    ));
    // At the limit the count is accepted: the next check, on the order of lines, refuses.
    content.sources[0].lines.pop();
    assert!(matches!(seal(&content), Err(SealError::Line { .. })));
}

#[test]
fn bytes_of_a_package() {
    let mut content = sized(LINE_MAX_BYTES);
    let source = content.sources[0].clone();
    content.sources = vec![source; 4];
    const { assert!(LINE_MAX_BYTES * 4 > PACKAGE_MAX_BYTES) };
    content.acquisition = acquisition(4);
    assert!(matches!(
        seal(&content),
        Err(SealError::Limit {
            what: "the package in bytes",
            ..
        })
    ));
}
