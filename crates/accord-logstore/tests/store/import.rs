//! Import, reading back and verification, on every kind of bytes.

use crate::support::*;
use accord_formats::logs::{LogFormat, TimeSpan};
use accord_logstore::{Compression, Error, Limits, LineAt, LogStore, SegmentId};
use sha2::{Digest, Sha256, Sha512};

/// Imports, then reads every line back by number and by offset.
fn round_trip(bytes: &[u8], limits: Limits) {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path(), limits);
    let segment = import(&store, "x.log", bytes).unwrap();
    let manifest = &segment.manifest;
    assert_eq!(manifest.log.length, bytes.len() as u64);
    assert_eq!(
        manifest.log.sha256.to_string(),
        hex::encode(Sha256::digest(bytes))
    );
    assert_eq!(manifest.log.sha512, None);
    assert_eq!(manifest.given, manifest.log);
    let lines = lines_of(bytes);
    assert_eq!(manifest.lines.total(), lines.len() as u64);
    let mut offset = 0;
    for (line, number) in lines.iter().zip(1..) {
        let by_number = store.read_line(segment.id(), LineAt::Number(number)).unwrap();
        let by_offset = store.read_line(segment.id(), LineAt::Offset(offset)).unwrap();
        assert_eq!(by_number, by_offset);
        assert_eq!(
            (by_number.line, by_number.offset, &by_number.bytes[..]),
            (number, offset, *line)
        );
        assert_eq!(by_number.sha256.to_string(), hex::encode(Sha256::digest(line)));
        if line.len() > 1 {
            let inside = store.read_line(segment.id(), LineAt::Offset(offset + 1));
            assert!(matches!(inside, Err(Error::NoSuchLine { .. })));
        }
        offset += line.len() as u64;
    }
    for at in [
        LineAt::Number(0),
        LineAt::Number(lines.len() as u64 + 1),
        LineAt::Offset(offset),
    ] {
        assert!(
            matches!(store.read_line(segment.id(), at), Err(Error::NoSuchLine { .. })),
            "{at}"
        );
    }
    let report = verify(&store);
    assert!(report.is_clean(), "{report:?}");
    assert_eq!(report.good_bytes, bytes.len() as u64);
    drop(store);
    let store = LogStore::open(dir.path()).unwrap();
    assert_eq!(store.segments(), [segment]);
}

#[test]
fn odd_bytes_come_back_exactly() {
    let long = [vec![b'x'; 500], b"\nshort\n".to_vec(), vec![b'y'; 300]].concat();
    let latin = "Gr\u{fc}\u{df}e\n".repeat(100);
    let cases: [&[u8]; 10] = [
        b"",
        b"\n",
        b"one",
        b"one\ntwo\r\nthree",
        b"\n\n\n",
        b"\xff\xfe\n\0\0\0\n\xc3\n",
        b"\r\n\r\n",
        &long,
        &[0; 600],
        latin.as_bytes(),
    ];
    for case in cases {
        round_trip(case, small());
        round_trip(case, Limits::default());
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(24))]
    #[test]
    fn any_bytes_come_back_exactly(bytes in proptest::collection::vec(proptest::sample::select(b"ab\n\r\x00\xff".to_vec()), 0..700)) {
        round_trip(&bytes, small());
    }
}

#[test]
fn the_manifest_says_how_it_came() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path(), Limits::default());
    let log = b"2.2.2.2 - - [17/May/2015:10:05:03 +0000] \"GET / HTTP/1.1\" 200 1\nbroken\n\
                2.2.2.2 - - [17/May/2015:10:05:01 +0000] \"GET / HTTP/1.1\" 200 1\n";
    let given = gzip(log);
    let segment = import(&store, "../../etc/access.log.gz", &given).unwrap();
    let manifest = &segment.manifest;
    assert_eq!(segment.id().to_string(), "isp/000001");
    assert_eq!(manifest.compression, Compression::Gzip);
    assert_eq!(
        manifest.given.sha256.to_string(),
        hex::encode(Sha256::digest(&given))
    );
    assert_eq!(manifest.given.length, given.len() as u64);
    assert_eq!(manifest.log.sha256.to_string(), hex::encode(Sha256::digest(log)));
    assert_eq!(
        (manifest.log_format, manifest.log_format_set),
        (LogFormat::AccessLog, false)
    );
    assert_eq!(
        (
            manifest.lines.parsed,
            manifest.lines.not_parsed,
            manifest.lines.with_time
        ),
        (2, 1, 2)
    );
    assert_eq!(
        manifest.time,
        Some(TimeSpan {
            first_ms: 1_431_857_101_000,
            last_ms: 1_431_857_103_000
        })
    );
    assert_eq!(
        (manifest.imported_at_ms, manifest.imported_by.as_str()),
        (1_700_000_000_000, "jo")
    );
    assert_eq!(manifest.source.custodian, "network operations");
    let stored = std::fs::read(dir.path().join("segments/isp/000001/manifest.json")).unwrap();
    assert_eq!(
        segment.manifest_sha256.to_string(),
        hex::encode(Sha256::digest(&stored))
    );
}

#[test]
fn compressed_forms_and_what_follows_them_are_digested() {
    let two_members = [gzip(b"one\n"), gzip(b"two\n")].concat();
    let zstd = zstd::encode_all(&b"one\ntwo\n"[..], 3).unwrap();
    let mut bzip2 = Vec::new();
    std::io::Read::read_to_end(
        &mut bzip2::read::BzEncoder::new(&b"one\ntwo\n"[..], bzip2::Compression::fast()),
        &mut bzip2,
    )
    .unwrap();
    for (given, compression) in [
        (two_members, Compression::Gzip),
        (zstd, Compression::Zstd),
        (bzip2, Compression::Bzip2),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let store = store(dir.path(), Limits::default());
        let segment = import(&store, "x", &given).unwrap();
        assert_eq!(segment.manifest.compression, compression);
        assert_eq!(segment.manifest.log.length, 8);
        assert_eq!(
            segment.manifest.given.sha256.to_string(),
            hex::encode(Sha256::digest(&given))
        );
        assert_eq!(
            store.read_line(segment.id(), LineAt::Number(2)).unwrap().bytes,
            b"two\n"
        );
    }
}

#[test]
fn the_same_log_is_not_imported_twice() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path(), Limits::default());
    let first = import(&store, "a.log", b"one\n").unwrap();
    // The same log in another wrapping is the same log.
    for given in [b"one\n".to_vec(), gzip(b"one\n")] {
        let error = import(&store, "b.log", &given).unwrap_err();
        assert!(
            matches!(&error, Error::Duplicate { segment, .. } if segment == first.id()),
            "{error}"
        );
        assert!(error.to_string().contains("isp/000001"), "{error}");
    }
    store.add_source(source("other")).unwrap();
    let second = store
        .import("other", "a.log", &mut &b"one\n"[..], 0, "jo")
        .unwrap();
    assert_eq!(second.id(), &SegmentId::parse("other/000001").unwrap());
    assert_eq!(
        import(&store, "c.log", b"two\n").unwrap().id().to_string(),
        "isp/000002"
    );
    assert_eq!(store.segments().len(), 3);
    assert_eq!(std::fs::read_dir(dir.path().join("incoming")).unwrap().count(), 0);
}

#[test]
fn damaged_input_leaves_nothing() {
    let log = "a line that is not so short\n".repeat(1000);
    let whole = gzip(log.as_bytes());
    let zstd = zstd::encode_all(log.as_bytes(), 3).unwrap();
    let mut broken = whole.clone();
    let middle = broken.len() / 2;
    broken[middle] ^= 0x55;
    for given in [
        &whole[..whole.len() - 5],
        &whole[..20],
        &zstd[..zstd.len() - 3],
        &broken,
    ] {
        let dir = tempfile::tempdir().unwrap();
        let store = store(dir.path(), Limits::default());
        let error = import(&store, "x.gz", given).unwrap_err();
        assert!(matches!(error, Error::Input { .. }), "{error}");
        assert!(error.to_string().contains("nothing was imported"), "{error}");
        assert!(store.segments().is_empty());
        assert_eq!(std::fs::read_dir(dir.path().join("incoming")).unwrap().count(), 0);
        // The store goes on.
        import(&store, "x.gz", &whole).unwrap();
    }
}

#[test]
fn limits_hold_at_the_limit_and_one_past_it() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(
        dir.path(),
        Limits {
            segment_bytes: 300,
            ..small()
        },
    );
    import(&store, "a", &[b'x'; 300]).unwrap();
    for given in [vec![b'x'; 301], gzip(&[b'x'; 301])] {
        assert!(matches!(
            import(&store, "b", &given),
            Err(Error::TooLarge { limit: 300, .. })
        ));
    }
    let line = |length: usize| [vec![b'y'; length - 1], b"\n".to_vec()].concat();
    let store = LogStore::open_with(&dir.path().join("lines"), Default::default(), small()).unwrap();
    store.add_source(source("isp")).unwrap();
    let at = import(&store, "at", &line(1024)).unwrap();
    assert_eq!(
        store.read_line(at.id(), LineAt::Number(1)).unwrap().bytes.len(),
        1024
    );
    let past = import(&store, "past", &line(1025)).unwrap();
    assert_eq!(past.manifest.lines.overlong, 1);
    assert!(matches!(
        store.read_line(past.id(), LineAt::Number(1)),
        Err(Error::TooLarge { limit: 1024, .. })
    ));
    let name = "n".repeat(accord_logstore::MAX_TEXT_BYTES);
    import(&store, &name, b"1").unwrap();
    assert!(matches!(
        import(&store, &format!("{name}n"), b"2"),
        Err(Error::TooLarge { .. })
    ));
    assert!(verify(&store).is_clean());
}

#[test]
fn bombs_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let log = vec![0; 1_000_000];
    let given = gzip(&log);
    let ratio = log.len() as u64 / given.len() as u64;
    for (expansion, expansion_free_bytes, taken) in [
        (ratio + 1, 1000, true),
        (ratio / 2, 1000, false),
        (1, 1_000_000, true),
        (1, 999_999, false),
    ] {
        let dir = dir.path().join(format!("{expansion}-{expansion_free_bytes}"));
        let store = store(
            &dir,
            Limits {
                expansion,
                expansion_free_bytes,
                ..Limits::default()
            },
        );
        let result = import(&store, "x.gz", &given);
        assert_eq!(
            result.is_ok(),
            taken,
            "{expansion} {expansion_free_bytes}: {result:?}"
        );
        assert!(taken || matches!(result, Err(Error::TooLarge { limit, .. }) if limit == expansion));
        // A plain file is no bomb, whatever it holds.
        import(&store, "x", &[0; 999_999]).unwrap();
    }
    let store = store(&dir.path().join("default"), Limits::default());
    let bomb = zstd::encode_all(
        std::io::Read::take(
            std::io::repeat(0),
            accord_logstore::EXPANSION_FREE_BYTES + (1 << 20),
        ),
        1,
    )
    .unwrap();
    assert!(matches!(
        import(&store, "bomb.zst", &bomb),
        Err(Error::TooLarge { .. })
    ));
    assert!(store.segments().is_empty());
}

#[test]
fn a_line_of_100_mb_is_stored_and_reported() {
    struct Zeros(u64);
    impl std::io::Read for Zeros {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let count = buffer.len().min(self.0 as usize);
            buffer[..count].fill(0);
            self.0 -= count as u64;
            Ok(count)
        }
    }
    let length = 100 * 1000 * 1000;
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path(), Limits::default());
    let mut given = std::io::Read::chain(Zeros(length), &b"\nevil.example\n"[..]);
    let segment = store.import("isp", "long", &mut given, 0, "jo").unwrap();
    assert_eq!(segment.manifest.lines.overlong, 1);
    assert_eq!(segment.manifest.log.length, length + 14);
    let result = hunt(&store, &["evil.example"]);
    assert_eq!(result.overlong_lines, 1);
    assert_eq!(
        (result.overlong[0].line, result.overlong[0].length),
        (1, length + 1)
    );
    assert!(!result.is_complete());
    let line = store.read_line(segment.id(), LineAt::Number(2)).unwrap();
    assert_eq!(
        (line.offset, &line.bytes[..]),
        (length + 1, &b"evil.example\n"[..])
    );
}

#[test]
fn sources_are_checked_and_do_not_change() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path(), Limits::default());
    store.add_source(source("isp")).unwrap();
    let mut changed = source("isp");
    changed.custodian = "somebody else".to_owned();
    for bad in [
        changed,
        source("../x"),
        source("Isp"),
        accord_logstore::SourceConfig {
            custodian: " ".into(),
            ..source("b")
        },
    ] {
        assert!(matches!(store.add_source(bad), Err(Error::Source { .. })));
    }
    assert_eq!(store.sources(), [source("isp")]);
    assert!(matches!(
        store.import("none", "x", &mut &b""[..], 0, "jo"),
        Err(Error::NoSuchSource(_))
    ));
}

/// The test vector of `docs/spec/log-segments.md`, and its word that plain zstd reads the frames.
#[test]
fn vector_of_the_specification() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path(), Limits::default());
    let segment = import(&store, "x", b"one\ntwo\n").unwrap();
    let sha256 = "c3f9c8c283a2b1f2f1896f27a01cbe3cddc0c9d93f752e4639035a0f5b36f6e8";
    assert_eq!(segment.manifest.log.sha256.to_string(), sha256);
    let folder = dir.path().join("segments/isp/000001");
    let packed = std::fs::read(folder.join("frames.zst")).unwrap();
    assert_eq!(zstd::decode_all(&packed[..]).unwrap(), b"one\ntwo\n");
    let length = packed.len();
    let stored = hex::encode(Sha256::digest(&packed));
    let expected = format!(
        "{{\"frame\":0,\"offset\":0,\"length\":{length},\"raw_offset\":0,\"raw_length\":8,\"stored_sha256\":\"{stored}\",\"line\":1,\"line_offset\":0}}\n"
    );
    assert_eq!(
        std::fs::read_to_string(folder.join("frames.ndjson")).unwrap(),
        expected
    );
}

/// Manifests of before ADR 0034 name a SHA-512 too.
#[test]
fn a_sha_512_in_a_manifest_is_checked() {
    let right = hex::encode(Sha512::digest(b"one\ntwo\n"));
    let wrong = hex::encode(Sha512::digest(b"one\n"));
    for (sha512, problems) in [(right, 0), (wrong, 1)] {
        let dir = tempfile::tempdir().unwrap();
        let segment = import(&store(dir.path(), Limits::default()), "x", b"one\ntwo\n").unwrap();
        let path = dir.path().join("segments/isp/000001/manifest.json");
        let mut manifest = segment.manifest.clone();
        manifest.log.sha512 = Some(serde_json::from_value(sha512.into()).unwrap());
        std::fs::write(&path, serde_json::to_vec(&manifest).unwrap()).unwrap();
        let store = LogStore::open(dir.path()).unwrap();
        assert_eq!(store.segments()[0].manifest, manifest);
        let report = verify(&store);
        assert_eq!(report.problems.len(), problems, "{report:?}");
        // The same log, told by what both have.
        assert!(matches!(
            import(&store, "y", b"one\ntwo\n"),
            Err(Error::Duplicate { .. })
        ));
    }
}

/// Frames of before ADR 0035 name the digest of their bytes of the log.
#[test]
fn frames_of_before_are_checked_by_what_they_name() {
    let log = b"one\ntwo\n";
    let right = format!(r#","sha256":"{}""#, hex::encode(Sha256::digest(log)));
    let wrong = format!(r#","sha256":"{}""#, hex::encode(Sha256::digest(b"one\n")));
    for (digest, problem) in [
        (right.as_str(), None),
        (wrong.as_str(), Some("its bytes are not those of its digest")),
        ("", Some("has no digest")),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let segment = import(&store(dir.path(), Limits::default()), "x", log).unwrap();
        let folder = dir.path().join("segments/isp/000001");
        let packed = std::fs::read(folder.join("frames.zst")).unwrap();
        let stored = format!(r#","stored_sha256":"{}""#, hex::encode(Sha256::digest(&packed)));
        let index = std::fs::read_to_string(folder.join("frames.ndjson")).unwrap();
        assert!(index.contains(&stored), "{index}");
        let index = index.replace(&stored, digest);
        std::fs::write(folder.join("frames.ndjson"), &index).unwrap();
        // What is derived names the index by its digest.
        std::fs::remove_file(folder.join("postings.bin")).unwrap();
        let mut manifest = segment.manifest.clone();
        manifest.frames.index_length = index.len() as u64;
        manifest.frames.index_sha256 =
            serde_json::from_value(hex::encode(Sha256::digest(&index)).into()).unwrap();
        std::fs::write(
            folder.join("manifest.json"),
            serde_json::to_vec(&manifest).unwrap(),
        )
        .unwrap();
        let store = LogStore::open(dir.path()).unwrap();
        let read = store.read_line(segment.id(), LineAt::Number(2));
        let problems = verify(&store).problems;
        match problem {
            None => {
                assert_eq!(read.unwrap().bytes, b"two\n");
                assert!(problems.is_empty(), "{problems:?}");
            }
            Some(problem) => {
                assert!(read.unwrap_err().to_string().contains(problem));
                assert!(
                    problems.iter().any(|found| found.what.contains(problem)),
                    "{problems:?}"
                );
            }
        }
    }
}

/// Memory that one import leaves to the next says nothing of what was in it.
#[test]
fn an_import_is_the_same_after_others() {
    // More than a row group, in columns that the others do not have.
    let zeek: String = (0..140_000)
        .map(|n| format!("{n}.5\t192.0.2.{}\thost{n}.example\n", n % 250))
        .collect();
    let zeek = format!("#separator \\x09\n#fields\tts\tid.orig_h\tquery\n{zeek}");
    let access = "198.51.100.7 - - [17/May/2015:10:05:03 +0000] \"GET /a HTTP/1.1\" 200 5 \"-\" \"x\"\n";
    let logs = [
        zeek.as_bytes(),
        access.as_bytes(),
        b"Oct 11 22:14:15 host sshd[1]: hello 203.0.113.9\n",
        b"",
        &zeek.as_bytes()[..zeek.len() / 2],
    ];
    let after = tempfile::tempdir().unwrap();
    let others = store(after.path(), Limits::default());
    for (log, number) in logs.iter().zip(1..) {
        import(&others, &number.to_string(), log).unwrap();
        let first = tempfile::tempdir().unwrap();
        import(&store(first.path(), Limits::default()), "x", log).unwrap();
        for file in ["frames.zst", "frames.ndjson", "postings.bin", "columns.parquet"] {
            let read = |folder: &std::path::Path, number: usize| {
                std::fs::read(folder.join(format!("segments/isp/{number:06}")).join(file)).unwrap()
            };
            assert!(
                read(after.path(), number) == read(first.path(), 1),
                "{number} {file}"
            );
        }
    }
}
