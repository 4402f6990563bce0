//! What collectors bring: its place stands in the manifest, and nothing else changes.

use std::io::Read;
use std::sync::Arc;

use accord_logstore::{
    Decompressed, Error, FilePlace, Head, Hex, Limits, LogStore, Origin, OriginPlace, Segment, SpoolPlace,
};

use crate::support::*;

fn file(from: u64, compressed: bool) -> Origin {
    Origin {
        collector: "web".to_owned(),
        at: OriginPlace::File(FilePlace {
            path: "/var/log/a.log".to_owned(),
            device: 1,
            inode: 2,
            created_ns: Some(3),
            stream: 1,
            from,
            compressed,
            head: Head {
                length: 1,
                sha256: Hex([7; 32]),
            },
        }),
    }
}

fn spool(number: u64) -> Origin {
    Origin {
        collector: "edge".to_owned(),
        at: OriginPlace::Spool(SpoolPlace {
            spool: number,
            transport: "syslog-udp".to_owned(),
            sender: "192.0.2.1".to_owned(),
            first_received_ms: 1,
            last_received_ms: 2,
            escaped_lines: vec![1],
        }),
    }
}

fn collect(store: &LogStore, bytes: &[u8], origin: Origin) -> Result<Arc<Segment>, Error> {
    store.import_collected("isp", "x", &mut &*bytes, 1_700_000_000_000, "collector", origin)
}

#[test]
fn the_place_is_in_the_manifest_and_outlives_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let opened = store(dir.path(), Limits::default());
    for (bytes, origin) in [(&b"one\n"[..], file(0, false)), (b"two\n", spool(1))] {
        collect(&opened, bytes, origin).unwrap();
    }
    import(&opened, "by hand", b"three\n").unwrap();
    drop(opened);
    let opened = store(dir.path(), Limits::default());
    let places: Vec<Option<Origin>> = opened
        .segments()
        .iter()
        .map(|segment| segment.manifest.origin.clone())
        .collect();
    assert_eq!(places, [Some(file(0, false)), Some(spool(1)), None]);
    let text = std::fs::read_to_string(dir.path().join("segments/isp/000003/manifest.json")).unwrap();
    assert!(!text.contains("\"origin\""), "as manifests were before: {text}");
    assert!(verify(&opened).is_clean());
}

#[test]
fn the_same_bytes_from_another_place_are_kept() {
    let dir = tempfile::tempdir().unwrap();
    let opened = store(dir.path(), Limits::default());
    collect(&opened, b"tick\n", file(0, false)).unwrap();
    collect(&opened, b"tick\n", file(5, false)).unwrap();
    collect(&opened, b"tick\n", spool(1)).unwrap();
    for origin in [file(5, false), spool(1)] {
        assert!(matches!(
            collect(&opened, b"tick\n", origin),
            Err(Error::Duplicate { .. })
        ));
    }
    assert!(matches!(
        import(&opened, "by hand", b"tick\n"),
        Err(Error::Duplicate { .. })
    ));
    assert_eq!(opened.segments().len(), 3);
}

#[test]
fn only_a_whole_file_is_decompressed() {
    let dir = tempfile::tempdir().unwrap();
    let opened = store(dir.path(), Limits::default());
    let packed = gzip(b"a\nb\n");
    for (origin, plain) in [(file(0, true), true), (file(9, true), false), (spool(1), false)] {
        let segment = collect(&opened, &packed, origin).unwrap();
        let length = if plain { 4 } else { packed.len() as u64 };
        assert_eq!(segment.manifest.log.length, length);
        assert_eq!(segment.manifest.given.length, packed.len() as u64);
    }
}

#[test]
fn a_compressed_file_is_read_as_its_log() {
    let (packed, mut log) = (gzip(b"a\nb\n"), Vec::new());
    let mut reader = &packed[..];
    Decompressed::open(&mut reader)
        .unwrap()
        .read_to_end(&mut log)
        .unwrap();
    assert_eq!(log, b"a\nb\n");
    // A bomb ends with an error long before its end.
    let bomb = gzip(&vec![b'x'; 200 << 20]);
    let mut reader = &bomb[..];
    let error = std::io::copy(
        &mut Decompressed::open(&mut reader).unwrap(),
        &mut std::io::sink(),
    );
    assert!(error.unwrap_err().to_string().contains("bomb"));
}
