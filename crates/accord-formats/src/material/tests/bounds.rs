//! One past each limit.

use std::io::Write;

use super::*;
use crate::material::limits::*;
use crate::material::{Form, MaterialError};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

#[test]
fn material_at_and_over_its_size() {
    let fits = vec![b'a'; MATERIAL_MAX_BYTES];
    assert!(read(&fits).is_ok());
    let over = vec![b'a'; MATERIAL_MAX_BYTES + 1];
    assert_eq!(read(&over), Err(MaterialError::TooLarge { bytes: over.len() }));
    assert!(read(&gzip(&fits)).is_ok());
    let bomb = gzip(&over);
    assert!(bomb.len() < 1 << 20);
    assert_eq!(read(&bomb), Err(MaterialError::TooLarge { bytes: over.len() }));
    for nothing in [&b""[..], b" \n\t\r\n"] {
        assert_eq!(read(nothing), Err(MaterialError::Empty));
    }
}

#[test]
fn values_over_the_limit_are_counted() {
    let list = |n: usize| (0..n).map(|i| format!("h{i}.evil.example\n")).collect::<String>();
    let material = read(list(FOUND_MAX).as_bytes()).unwrap();
    assert_eq!((material.found.len(), material.found_over), (FOUND_MAX, 0));
    let material = read(list(FOUND_MAX + 1).repeat(2).as_bytes()).unwrap();
    assert_eq!((material.found.len(), material.found_over), (FOUND_MAX, 1));
    assert_eq!(material.found[0].times, 2);
}

#[test]
fn places_labels_techniques_markings_and_problems_are_bounded() {
    let material = read("evil.example TLP:RED\n".repeat(PLACES_MAX + 1).as_bytes()).unwrap();
    assert_eq!(material.found[0].places.len(), PLACES_MAX);
    assert_eq!(material.found[0].times, PLACES_MAX as u64 + 1);
    let material = read("TLP:RED\n".repeat(MARKINGS_MAX + 1).as_bytes()).unwrap();
    assert_eq!(material.markings.len(), MARKINGS_MAX);
    let many: String = (0..=TECHNIQUES_MAX)
        .map(|i| format!("T{:04}\n", 1000 + i))
        .collect();
    assert_eq!(read(many.as_bytes()).unwrap().techniques.len(), TECHNIQUES_MAX);
    let labels: Vec<String> = (0..=LABELS_MAX).map(|i| format!("l{i}")).collect();
    let table = format!("indicator,labels\nevil.example,\"{}\"\n", labels.join(","));
    assert_eq!(read(table.as_bytes()).unwrap().found[0].labels.len(), LABELS_MAX);
    let broken = format!("indicator,family\n{}", "a,b,c\n".repeat(PROBLEMS_MAX + 1));
    let material = read(broken.as_bytes()).unwrap();
    assert_eq!(
        (material.problems.len(), material.problems_over),
        (PROBLEMS_MAX, 1)
    );
    let long = format!("{}\n", "a".repeat(99)).repeat(TEXT_MAX_BYTES / 100 + 1);
    let material = read(long.as_bytes()).unwrap();
    assert!(material.text_cut && material.text.len() <= TEXT_MAX_BYTES);
}

/// A message that attaches another, so many deep.
fn nested(depth: usize) -> String {
    let mut message = "From: a@b.example\nTo: c@d.example\nSubject: inner\n\ndeep.evil.example\n".to_owned();
    for _ in 0..depth {
        message = format!(
            "From: a@b.example\nTo: c@d.example\nSubject: outer\nMIME-Version: 1.0\nContent-Type: message/rfc822\n\n{message}"
        );
    }
    message
}

#[test]
fn messages_within_messages_are_read_so_deep() {
    let reads = |depth| {
        let material = read(nested(depth).as_bytes()).unwrap();
        let deep = material
            .found
            .iter()
            .any(|found| found.value == "deep.evil.example");
        (deep, material.problems.is_empty())
    };
    assert_eq!(reads(DEPTH_MAX), (true, true));
    assert_eq!(reads(DEPTH_MAX + 1), (false, false));
}

#[test]
fn parts_and_headers_of_a_message_are_bounded() {
    let parts = |n: usize| {
        let part =
            "--B\nContent-Type: text/plain\nContent-Disposition: attachment; filename=a.txt\n\nx\n".repeat(n);
        format!(
            "From: a@b.example\nTo: c@d.example\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=B\n\n{part}--B--\n"
        )
    };
    // The multipart itself is one of them.
    assert_eq!(read(parts(MAIL_PARTS_MAX - 1).as_bytes()).unwrap().problems, []);
    let material = read(parts(MAIL_PARTS_MAX).as_bytes()).unwrap();
    assert_eq!(material.parts.len(), MAIL_PARTS_MAX - 1);
    assert_eq!(material.problems.len(), 1);
    let headers = |n: usize| {
        format!(
            "From: a@b.example\nTo: c@d.example\n{}\n\nx",
            vec!["X-A: b"; n - 2].join("\n")
        )
    };
    assert_eq!(read(headers(MAIL_HEADERS_MAX).as_bytes()).unwrap().problems, []);
    assert_eq!(
        read(headers(MAIL_HEADERS_MAX + 1).as_bytes())
            .unwrap()
            .problems
            .len(),
        1
    );
}

#[test]
fn objects_of_a_bundle_and_attributes_of_an_event_are_bounded() {
    let bundle = |n: usize| {
        let last = r#"{"type":"domain-name","id":"d","value":"last.evil.example"}"#;
        let rest = r#"{"type":"x"},"#.repeat(n - 1);
        format!(r#"{{"type":"bundle","objects":[{rest}{last}]}}"#)
    };
    assert_eq!(read(bundle(OBJECTS_MAX).as_bytes()).unwrap().found.len(), 1);
    let material = read(bundle(OBJECTS_MAX + 1).as_bytes()).unwrap();
    assert_eq!((material.found.len(), material.problems.len()), (0, 1));
    let event = |n: usize| {
        let last = r#"{"type":"domain","to_ids":true,"value":"last.evil.example"}"#;
        let rest = r#"{"type":"x","value":"y"},"#.repeat(n - 1);
        format!(r#"{{"Event":{{"Attribute":[{rest}{last}]}}}}"#)
    };
    assert_eq!(read(event(OBJECTS_MAX).as_bytes()).unwrap().found.len(), 1);
    let material = read(event(OBJECTS_MAX + 1).as_bytes()).unwrap();
    assert_eq!((material.found.len(), material.problems.len()), (0, 1));
}

#[test]
fn pages_and_streams_of_a_pdf_are_bounded() {
    let pages: Vec<String> = (0..=PDF_PAGES_MAX)
        .map(|i| format!("p{i}.evil.example"))
        .collect();
    let pages: Vec<&str> = pages.iter().map(String::as_str).collect();
    let at = read(&pdf(&pages[..PDF_PAGES_MAX], "x")).unwrap();
    assert_eq!(
        (at.found.len(), at.problems.len()),
        (PDF_PAGES_MAX, 0),
        "{:?}",
        at.problems
    );
    let over = read(&pdf(&pages, "x")).unwrap();
    assert_eq!((over.found.len(), over.problems.len()), (PDF_PAGES_MAX, 1));
    let mut bytes = pdf(&["evil.example"], "x");
    bytes.extend(b"\nendstream".repeat(PDF_STREAMS_MAX));
    let material = read(&bytes).unwrap();
    assert!(
        material.found.is_empty() && material.problems[0].what.contains("streams"),
        "{:?}",
        material.problems
    );
}

#[test]
fn a_pdf_that_inflates_without_end_is_not_read() {
    use lopdf::{Document, Object, Stream, dictionary};
    let mut document = Document::with_version("1.5");
    let tree = document.new_object_id();
    let bomb = Stream::new(dictionary! {}, vec![b' '; PDF_STREAM_MAX_BYTES + 1]);
    let content = document.add_object(bomb);
    let page = document.add_object(dictionary! { "Type" => "Page", "Parent" => tree, "Contents" => content });
    let node = dictionary! { "Type" => "Pages", "Kids" => vec![page.into()], "Count" => 1 };
    document.objects.insert(tree, Object::Dictionary(node));
    let catalog = document.add_object(dictionary! { "Type" => "Catalog", "Pages" => tree });
    document.trailer.set("Root", catalog);
    document.compress();
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).unwrap();
    assert!(bytes.len() < 1 << 20);
    let material = read(&bytes).unwrap();
    assert_eq!(material.form, Form::Pdf);
    assert!(
        material
            .problems
            .iter()
            .any(|problem| problem.what.contains("could be read: 1")),
        "{:?}",
        material.problems
    );
}

#[test]
fn broken_material_is_a_problem_and_never_more() {
    let whole = [
        super::forms::MESSAGE.as_bytes().to_vec(),
        pdf(&["evil.example"], "https://evil.example/"),
        br#"{"type":"bundle","objects":[{"type":"indicator","pattern":"[a"}]}"#.to_vec(),
        b"<html><a href=x".to_vec(),
    ];
    for bytes in whole {
        for end in (0..bytes.len()).step_by(bytes.len() / 40 + 1) {
            let _ = read(&bytes[..end]);
            let mut changed = bytes.clone();
            changed[end] ^= 0x55;
            let _ = read(&changed);
        }
    }
    // Depth of JSON beyond what is read.
    let deep = format!("{}{}", "[{\"Event\":".repeat(5_000), "}]".repeat(5_000));
    assert!(read(deep.as_bytes()).is_ok());
}
