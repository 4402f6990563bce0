//! Damage without skill: whatever byte changes, the report fails and names the file.

use accord_evidence::*;

use crate::fixture::*;

#[test]
fn every_flip_in_every_file_fails_and_names_it() {
    let good = package().files().clone();
    let trust = trust();
    let mut flips = 0;
    for (path, bytes) in &good {
        // Every byte of small files, about 60 places of large ones; the bit changes with the place.
        let step = (bytes.len() / 60).max(1);
        for at in (0..bytes.len()).step_by(step).chain([bytes.len() - 1]) {
            let mut files = good.clone();
            files.get_mut(path).unwrap()[at] ^= 1 << (at % 8);
            let report = verify(&files, &trust);
            assert_eq!(report.verdict, Verdict::Failed, "{path} byte {at}\n{report}");
            assert!(
                failures(&report).contains(path.as_str()),
                "{path} byte {at} is not named\n{report}"
            );
            flips += 1;
        }
    }
    assert!(flips > 500, "{flips}");
}

#[test]
fn every_loss_truncation_and_addition_fails_and_names_it() {
    let good = package().files().clone();
    let trust = trust();
    for path in good.keys() {
        let mut files = good.clone();
        let bytes = files.remove(path).unwrap();
        let report = verify(&files, &trust);
        assert!(
            report.verdict == Verdict::Failed && failures(&report).contains(path.as_str()),
            "{path}\n{report}"
        );
        for changed in [
            Vec::new(),
            bytes[..bytes.len() / 2].to_vec(),
            [bytes.clone(), b"\n".to_vec()].concat(),
        ] {
            files.insert(path.clone(), changed);
            let report = verify(&files, &trust);
            assert!(
                report.verdict == Verdict::Failed && failures(&report).contains(path.as_str()),
                "{path}\n{report}"
            );
        }
    }
    for extra in [
        "x",
        "data/x",
        "data/original/SOURCE-3.log",
        "data/original/SOURCE-01.log",
        "accord/x",
        "fetch.txt",
        "../x",
        "/x",
        "DATA/README.txt",
        "data/readme.txt",
        "accord/entry.bin/x",
        "a\u{1b}[2Jb",
        "manifest-md5.txt",
        "tagmanifest-md5.txt",
        ".DS_Store",
    ] {
        let mut files = good.clone();
        files.insert(extra.to_owned(), b"x".to_vec());
        let report = verify(&files, &trust);
        assert_eq!(report.verdict, Verdict::Failed, "{extra:?}\n{report}");
        let named = failures(&report).contains(extra) || failed_names(&report).contains(&"files");
        assert!(named, "{extra:?}\n{report}");
        assert!(
            !report.to_string().contains('\u{1b}'),
            "a hostile name reached the terminal"
        );
    }
    assert_eq!(verify(&Files::new(), &trust).verdict, Verdict::Failed);
}

#[test]
fn rubbish_in_any_file_never_panics() {
    let good = package().files().clone();
    let rubbish: [&[u8]; 7] = [
        b"\0",
        b"{}",
        b"[]\n",
        b"{\"@graph\":[{\"@type\":[1]}]}",
        b"\xff\xff\xff\xff",
        b"\n\n\n",
        &[b'['; 5000],
    ];
    for path in good.keys() {
        for bytes in rubbish {
            let mut files = good.clone();
            files.insert(path.clone(), bytes.to_vec());
            assert_eq!(verify(&files, &trust()).verdict, Verdict::Failed, "{path}");
        }
    }
}

#[test]
fn archives_with_more_than_one_folder_or_none_fail() {
    use accord_formats::archive::write_zip;
    let package = package();
    let bare = write_zip("", package.files()).unwrap();
    let mut beside: Files = package
        .files()
        .iter()
        .map(|(path, b)| (format!("bag/{path}"), b.clone()))
        .collect();
    beside.insert("bag2/x".into(), Vec::new());
    for bytes in [bare, write_zip("", &beside).unwrap(), b"PK".to_vec(), Vec::new()] {
        let report = verify_zip(&bytes, &trust());
        assert_eq!(failed_names(&report), ["archive"], "{report}");
    }
}
