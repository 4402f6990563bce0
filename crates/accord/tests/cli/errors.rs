//! Bad inputs: reported, counted, and never the end of a batch.

use super::{accord, example, run};

#[test]
fn messages() {
    let folder = example();
    let path = folder.path();
    std::fs::write(path.join("empty.txt"), "").unwrap();
    std::fs::write(path.join("bad.awl"), b"ACCORDWF then something else").unwrap();
    std::fs::write(path.join("bad.json"), b"{\"type\":\"bundle\",").unwrap();
    std::fs::create_dir(path.join("folder")).unwrap();
    let snapshots = [
        &["scan", "-w", "w.csv", "absent.log"][..],
        &["scan", "-w", "w.csv", "folder"],
        &["scan", "-w", "w.csv", "--format", "text", "absent.log", "x.log"],
        &[
            "scan",
            "-w",
            "w.csv",
            "--format",
            "text",
            "--strict",
            "absent.log",
            "x.log",
        ],
        &["scan", "-w", "absent.awl", "x.log"],
        &["scan", "-w", "bad.awl", "x.log"],
        &["scan", "-w", "bad.json", "x.log"],
        &["scan", "-w", "empty.txt", "x.log"],
        &["scan", "x.log"],
        &["scan", "-w", "w.csv", "--format", "xml", "x.log"],
        &[
            "scan",
            "-w",
            "w.csv",
            "--max-bytes",
            "20",
            "--format",
            "text",
            "x.log",
        ],
        &["watchlist", "build", "-o", "o.awl", "absent.csv"],
        &["watchlist", "build", "-o", "o.awl", "empty.txt"],
        &["watchlist", "build", "-o", "absent/o.awl", "w.csv"],
        &[
            "watchlist",
            "build",
            "-o",
            "o.awl",
            "w.csv",
            "--allow",
            "absent.txt",
        ],
        &["watchlist", "info", "w.csv"],
        &["watchlist", "info", "--verify", "bad.awl"],
    ]
    .map(|arguments| run(path, arguments));
    insta::assert_snapshot!("errors", snapshots.join("\n"));
}

#[test]
fn a_truncated_file_is_scanned_and_reported() {
    use std::io::Write;
    let folder = example();
    let mut writer = flate2_writer();
    for number in 0..200_000_u64 {
        writeln!(
            writer,
            "{:x} evil.example",
            number.wrapping_mul(0x9e37_79b9_7f4a_7c15)
        )
        .unwrap();
    }
    let whole = writer.finish().unwrap();
    std::fs::write(folder.path().join("cut.log.gz"), &whole[..whole.len() / 2]).unwrap();
    let (code, stdout, stderr) = accord(
        folder.path(),
        &["scan", "-w", "w.csv", "cut.log.gz", "x.log"],
        b"",
    );
    assert_eq!(code, 0);
    assert!(stdout.lines().count() > 50_000);
    assert!(stdout.ends_with("\"labels\":[\"demo\"]}\n") && stdout.contains("\"source\":\"x.log\""));
    assert!(
        stderr.contains("cut.log.gz: the gzip data ends in the middle"),
        "{stderr}"
    );
    assert!(
        stderr.contains("1 of 2 inputs could not be read to the end"),
        "{stderr}"
    );
}

fn flate2_writer() -> flate2::write::GzEncoder<Vec<u8>> {
    flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast())
}
