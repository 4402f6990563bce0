//! Watchlist files: sources in, the same answers out of the file, damage refused.

use accord_matcher::SealedError;
use accord_scan::{Compiler, Input, ReadLimits, ScanError, ScanOptions, Watchfile, WatchfileError};

fn compiled() -> Watchfile {
    let mut compiler = Compiler::new();
    compiler
        .add_source(
            "a.csv",
            b"indicator,family,class\nevil.example,simda,malware\nEVIL[.]example,zeus,c2\n/gate.php,x,y\n",
        )
        .unwrap();
    compiler
        .add_source(
            "b.txt",
            b"ok.example\na.cdn.example\n198.51.100.7:8443\nevil.example\n\xff\n",
        )
        .unwrap();
    compiler
        .add_allow_list("allow.txt", b"www.ok.example\n*.cdn.example\ntc\n")
        .unwrap();
    compiler.finish().unwrap()
}

#[test]
fn labels_of_all_sources_are_joined_and_rows_add_up() {
    let file = compiled();
    let all: Vec<(&str, Vec<&str>, Vec<&str>)> = file
        .indicators()
        .map(|(id, text)| (text, file.labels(id), file.provenance(id)))
        .collect();
    assert_eq!(all.len(), 2, "{all:?}");
    assert_eq!(all[0].0, "evil.example");
    assert_eq!(all[0].1, ["simda", "zeus"]);
    assert_eq!(all[0].2, ["a.csv: c2", "a.csv: malware", "b.txt"]);
    assert_eq!(all[1].0, "198.51.100.7:8443");
    let summary = file.summary();
    assert_eq!(summary.rows(), 8);
    let left_out: u64 = summary.left_out.values().sum();
    let refused: u64 = summary.refused().values().sum();
    assert_eq!(
        (summary.kept_total(), summary.duplicates, left_out, refused),
        (2, 2, 2, 2)
    );
    assert_eq!(summary.allow_lists[0].entries, 2);
    assert_eq!(summary.left_out_entries.len(), 2);
}

#[test]
fn the_file_gives_back_what_was_compiled_and_refuses_damage() {
    let file = compiled();
    let bytes = file.encode();
    assert_eq!(bytes, compiled().encode(), "equal sources, equal bytes");
    let back = Watchfile::decode(bytes.clone()).unwrap();
    assert_eq!(back.summary(), file.summary());
    assert_eq!(back.encode(), bytes);
    assert_eq!(back.verify(), Ok(()));
    for cut in (0..bytes.len()).step_by(40_009) {
        assert!(Watchfile::decode(bytes[..cut].to_vec()).is_err(), "cut at {cut}");
    }
    let used = (0..bytes.len()).filter(|&at| bytes[at] != 0);
    for at in used.step_by(7).chain((0..bytes.len()).step_by(200_003)) {
        let mut changed = bytes.clone();
        changed[at] ^= 0x40;
        assert!(Watchfile::decode(changed).is_err(), "changed at {at}");
    }
    assert_eq!(
        Watchfile::decode(&b"evil.example"[..]).unwrap_err(),
        WatchfileError::Sealed(SealedError::NotSealed)
    );
}

fn scanned(file: &Watchfile, log: &'static [u8]) -> (Vec<String>, Result<(), ScanError>) {
    let mut told = Vec::new();
    let input = Input::from_reader("log", Box::new(log), ReadLimits::default()).unwrap();
    let (_, result) = accord_scan::scan(input, file, ScanOptions::default(), &mut |record| {
        told.push(crate::labelled(record));
        Ok(())
    });
    (told, result)
}

const LOG: &[u8] = b"a evil.example\nb 198.51.100.7:8443\nc none.example\n";
const TOLD: [&str; 2] = ["1 evil.example simda,zeus", "2 198.51.100.7:8443 "];

#[test]
fn a_mapped_file_answers_as_what_was_built() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("w.awl");
    compiled().write(&path).unwrap();
    assert!(Watchfile::is_at(&path) && !Watchfile::is_at(folder.path()));
    let file = Watchfile::open(&path).unwrap();
    assert_eq!(scanned(&file, LOG).0, TOLD);
    assert_eq!(file.file_bytes(), Some(std::fs::metadata(&path).unwrap().len()));
    // Replaced while it is open: the one that is open stays what it is.
    let mut other = Compiler::new();
    other.add_source("o.txt", b"other.example\n").unwrap();
    other.finish().unwrap().write(&path).unwrap();
    assert_eq!(scanned(&file, LOG).0, TOLD);
    assert_eq!(file.verify(), Ok(()));
    assert_eq!(scanned(&Watchfile::open(&path).unwrap(), LOG).0, [""; 0]);
    assert!(!folder.path().join("w.awl.partial").exists());
    let missing = Watchfile::open(&folder.path().join("none")).unwrap_err();
    assert!(matches!(missing, WatchfileError::File { .. }), "{missing}");
}

#[test]
fn a_damaged_block_ends_a_scan_before_anything_of_its_block_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("w.awl");
    let whole = compiled().encode();
    let (mut refused, mut told_all) = (0, 0);
    for at in (0..whole.len())
        .step_by(4096)
        .filter(|&at| whole[at..at + 4096].iter().any(|&byte| byte != 0))
    {
        let mut bytes = whole.clone();
        bytes[at + 4000] ^= 1;
        std::fs::write(&path, &bytes).unwrap();
        match Watchfile::open(&path) {
            Err(_) => refused += 1,
            Ok(file) => {
                let (told, result) = scanned(&file, LOG);
                match result {
                    Ok(()) => {
                        // Nothing of that block was needed.
                        assert_eq!(told, TOLD, "{at}");
                        told_all += 1;
                    }
                    Err(error) => {
                        assert!(matches!(error, ScanError::Watchlist(_)), "{error}");
                        assert!(
                            TOLD.starts_with(&told.iter().map(String::as_str).collect::<Vec<_>>()),
                            "{at}"
                        );
                        refused += 1;
                    }
                }
                assert!(file.verify().is_err(), "{at}");
            }
        }
    }
    assert!(refused > 10 && told_all > 0, "{refused} {told_all}");
}

#[test]
fn a_watchlist_file_is_a_source() {
    let mut compiler = Compiler::new();
    compiler.add_watchfile("old.awl", &compiled());
    compiler
        .add_source("new.txt", b"evil.example\nnew.example\n")
        .unwrap();
    let file = compiler.finish().unwrap();
    let texts: Vec<&str> = file.indicators().map(|(_, text)| text).collect();
    assert_eq!(texts, ["evil.example", "198.51.100.7:8443", "new.example"]);
    assert_eq!(file.labels(0), ["simda", "zeus"]);
    assert_eq!(
        file.provenance(0),
        ["a.csv: c2", "a.csv: malware", "b.txt", "new.txt", "old.awl"]
    );
}
