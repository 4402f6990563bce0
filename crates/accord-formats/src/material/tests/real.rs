//! On real samples that are not part of the project.

use std::io::Read;
use std::path::PathBuf;

use super::*;
use crate::material::Form;

/// The folder with the samples; says so where there is none.
fn samples() -> Option<PathBuf> {
    let folder = std::env::var_os("ACCORD_TEST_DATA")
        .map(PathBuf::from)
        .filter(|folder| folder.is_dir());
    if folder.is_none() {
        assert!(
            std::env::var_os("CI").is_none(),
            "ACCORD_TEST_DATA must be set where CI is"
        );
        eprintln!("skipped: ACCORD_TEST_DATA names no folder");
    }
    folder
}

fn gz(path: &std::path::Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn every_event_of_a_vendor_is_read() {
    let Some(folder) = samples() else { return };
    let (mut events, mut offering) = (0, 0);
    for entry in std::fs::read_dir(folder.join("misp/events")).unwrap() {
        let path = entry.unwrap().path();
        let material = read(&gz(&path)).unwrap();
        assert_eq!(material.form, Form::Misp, "{}", path.display());
        // Most of them offer nothing for detection by their flag: their values are found all the same.
        assert!(!material.found.is_empty(), "{}", path.display());
        offering += usize::from(material.found.iter().any(|found| found.offered));
        assert!(material.title.is_some(), "{}", path.display());
        let placed = |found: &Found| places(found).iter().all(|place| place.starts_with("object "));
        assert!(material.found.iter().all(placed), "{}", path.display());
        events += 1;
    }
    assert_eq!((events, offering), (54, 13));
}

#[test]
fn a_bundle_of_attack_is_read() {
    let Some(folder) = samples() else { return };
    let material = read(&gz(&folder.join("stix/ics-attack-18.1.json.gz"))).unwrap();
    assert_eq!(material.form, Form::Stix);
    assert!(
        material.techniques.iter().any(|id| id == "T0800"),
        "{:?}",
        material.techniques
    );
    assert!(material.labels.len() > 5);
    assert!(material.problems.is_empty(), "{:?}", material.problems);
}

#[test]
fn rows_of_a_big_list_are_read_up_to_the_limit() {
    let Some(folder) = samples() else { return };
    let file = std::fs::File::open(folder.join("indicators/maltrail.csv.gz")).unwrap();
    let mut text = vec![0; 600_000];
    flate2::read::MultiGzDecoder::new(file)
        .read_exact(&mut text)
        .unwrap();
    let whole = text.iter().rposition(|&byte| byte == b'\n').unwrap();
    let material = read(&text[..whole]).unwrap();
    assert_eq!(material.form, Form::List);
    let rows = text[..whole].split(|&byte| byte == b'\n').count() as u64 - 1;
    let taken: u64 = material.found.iter().map(|found| found.times).sum();
    let told = material.problems.len() as u64 + material.problems_over;
    assert!(
        taken + told + material.found_over >= rows,
        "{taken} + {told} + {} of {rows}",
        material.found_over
    );
    assert!(
        material
            .found
            .iter()
            .all(|found| found.offered && !found.labels.is_empty())
    );
}

#[test]
fn a_warninglist_gives_no_value() {
    let Some(folder) = samples() else { return };
    let mut lists = 0;
    for entry in std::fs::read_dir(folder.join("misp/warninglists")).unwrap() {
        let path = entry.unwrap().path();
        // Some are larger than material may be: that is said.
        if let Ok(material) = read(&gz(&path)) {
            assert_eq!(material.form, Form::AllowList, "{}", path.display());
            assert!(material.found.is_empty(), "{}", path.display());
            lists += 1;
        }
    }
    assert!(lists > 100, "{lists}");
}
