//! Every form of material, made here.

use super::*;
use crate::material::Form;

#[test]
fn a_report_in_text() {
    let text = "# Loader of autumn\nTLP:AMBER+STRICT\n\nIt talks to hxxps://c2[.]evil[.]example/gate.php (T1071.001) and\n\
                sends to mule@mail.example from 10.0.0.7.\n\n- 203.0.113.0/24\n- drop.evil.example\n";
    let material = read(text.as_bytes()).unwrap();
    assert_eq!(material.form, Form::Text);
    assert_eq!(material.title.as_deref(), Some("Loader of autumn"));
    assert_eq!(
        found(&material),
        [
            "url c2.evil.example/gate.php",
            "domain c2.evil.example (only as the host of a URL)",
            "email mule@mail.example",
            "domain mail.example (only as the domain of an e-mail address)",
            "ipv4 10.0.0.7 (an address of a private or reserved network)",
            "ipv4 203.0.113.0",
            "*network 203.0.113.0/24",
            "*domain drop.evil.example",
        ]
    );
    assert_eq!(places(one(&material, "c2.evil.example/gate.php")), ["line 4"]);
    assert_eq!(material.strictest().unwrap().tlp, "TLP:AMBER+STRICT");
    assert_eq!(material.techniques, ["T1071.001"]);
    assert!(material.text.contains("It talks to") && !material.text_cut);
}

#[test]
fn markings_however_they_are_written() {
    for (text, expected) in [
        ("TLP:AMBER", Some("TLP:AMBER")),
        ("tlp: green", Some("TLP:GREEN")),
        ("TLP:WHITE", Some("TLP:CLEAR")),
        ("[TLP:AMBER+STRICT]", Some("TLP:AMBER+STRICT")),
        ("TLP:GREEN ... TLP:RED, TLP:CLEAR", Some("TLP:RED")),
        ("the TLP says", None),
        ("TLP:PURPLE", None),
        ("TLP", None),
    ] {
        let material = read(text.as_bytes()).unwrap();
        assert_eq!(
            material.strictest().map(|found| found.tlp.as_str()),
            expected,
            "{text}"
        );
    }
}

#[test]
fn a_page_with_its_links_and_without_its_scripts() {
    let html = "<!DOCTYPE html><html><head><title>A &amp; B</title><script>var a = 'no.evil.example'; if (1<2) b();</script>\n\
                </head><body><p>Seen at one.evil.example</p>\n<a href=\"http://two.evil.example/x?y=1\">here</a>\n\
                <img src='//three.evil.example/p.gif'><!-- four.evil.example --></body></html>";
    let material = read(html.as_bytes()).unwrap();
    assert_eq!(material.form, Form::Html);
    assert_eq!(material.title.as_deref(), Some("A & B"));
    let values: Vec<&str> = material.found.iter().map(|found| found.value.as_str()).collect();
    assert!(
        values.contains(&"one.evil.example") && values.contains(&"two.evil.example/x?y=1"),
        "{values:?}"
    );
    assert!(
        !values
            .iter()
            .any(|value| value.contains("no.evil") || value.contains("four.evil")),
        "{values:?}"
    );
    assert_eq!(places(one(&material, "one.evil.example")), ["line 2"]);
    assert_eq!(
        places(one(&material, "two.evil.example/x?y=1")),
        ["link in line 3"]
    );
}

/// A phishing message with two hops, both bodies, a list and a picture.
pub(super) const MESSAGE: &str = "Received: from mx.victim.example (mx.victim.example [192.0.2.25])\r\n\
\tby store.victim.example with ESMTP; Mon, 2 Nov 2026 09:00:00 +0000\r\n\
Received: from sender.evil.example ([203.0.113.66]) by mx.victim.example; Mon, 2 Nov 2026 08:59:00 +0000\r\n\
From: Bank <support@bank-login.example>\r\n\
To: someone@victim.example\r\n\
Subject: =?utf-8?q?Your_account_at_pay=2Eevil=2Eexample?=\r\n\
Date: Mon, 2 Nov 2026 08:58:00 +0000\r\n\
Message-ID: <1@sender.evil.example>\r\n\
MIME-Version: 1.0\r\n\
Content-Type: multipart/mixed; boundary=B\r\n\
\r\n\
--B\r\n\
Content-Type: text/plain; charset=utf-8\r\n\
Content-Transfer-Encoding: quoted-printable\r\n\
\r\n\
Go to https://pay.evil.example/lo=\r\n\
gin now.\r\n\
--B\r\n\
Content-Type: text/html\r\n\
\r\n\
<p>Go <a href=\"https://hidden.evil.example/a\">to your bank</a></p>\r\n\
--B\r\n\
Content-Type: text/csv\r\n\
Content-Disposition: attachment; filename=\"../list.csv\"\r\n\
\r\n\
indicator,family\r\n\
listed.evil.example,loader\r\n\
--B\r\n\
Content-Type: application/octet-stream\r\n\
Content-Disposition: attachment; filename=invoice.exe\r\n\
Content-Transfer-Encoding: base64\r\n\
\r\n\
TVoAAAECAw==\r\n\
--B--\r\n";

#[test]
fn a_message_with_its_way_and_its_attachments() {
    let material = read(MESSAGE.as_bytes()).unwrap();
    assert_eq!(material.form, Form::Mail);
    assert_eq!(
        material.title.as_deref(),
        Some("Your account at pay.evil.example")
    );
    let hop = one(&material, "203.0.113.66");
    assert_eq!(places(hop), ["header Received, hop 1 of 2 from the sender"]);
    assert_eq!(hop.doubt, Some(crate::material::Doubt::Transport));
    let to = one(&material, "someone@victim.example");
    assert_eq!(to.doubt, Some(crate::material::Doubt::Recipient));
    assert_eq!(one(&material, "support@bank-login.example").doubt, None);
    // The soft line break of quoted-printable is none in the URL.
    assert_eq!(places(one(&material, "pay.evil.example/login")), ["body, line 1"]);
    assert_eq!(
        places(one(&material, "hidden.evil.example/a")),
        ["HTML body, link in line 1"]
    );
    let listed = one(&material, "listed.evil.example");
    assert_eq!(places(listed), ["attachment list.csv, line 2"]);
    assert!(listed.offered);
    assert_eq!(listed.labels, ["loader"]);
    let parts: Vec<(&str, Form, u64)> = material
        .parts
        .iter()
        .map(|part| (part.name.as_str(), part.form, part.size_bytes))
        .collect();
    assert_eq!(
        parts,
        [("list.csv", Form::List, 44), ("invoice.exe", Form::Binary, 7)]
    );
    let sample = one(&material, &material.parts[1].sha256);
    assert_eq!(places(sample), ["attachment invoice.exe, the file itself"]);
}

#[test]
fn a_pdf_by_its_pages_and_links() {
    let bytes = pdf(
        &["Nothing here", "C2: c2.evil[.]example\nTLP:GREEN"],
        "https://link.evil.example/r",
    );
    let material = read(&bytes).unwrap();
    assert_eq!(material.form, Form::Pdf);
    assert_eq!(places(one(&material, "c2.evil.example")), ["page 2"]);
    assert_eq!(
        places(one(&material, "link.evil.example/r")),
        ["a link or note in the document"]
    );
    assert_eq!(material.strictest().unwrap().tlp, "TLP:GREEN");
    assert!(material.problems.is_empty(), "{:?}", material.problems);
    assert!(material.text.contains("Nothing here"), "{:?}", material.text);
}

#[test]
fn a_bundle_with_its_markings() {
    let bundle = r#"{"type":"bundle","id":"bundle--1","objects":[
      {"type":"marking-definition","id":"marking-definition--own","definition_type":"tlp","definition":{"tlp":"amber"}},
      {"type":"report","id":"report--1","name":"Operation Heather","description":"See gate.evil.example",
       "object_marking_refs":["marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003"]},
      {"type":"malware","id":"malware--1","name":"HeatherLoader"},
      {"type":"attack-pattern","id":"attack-pattern--1","name":"x",
       "external_references":[{"source_name":"mitre-attack","external_id":"T1566.002"}]},
      {"type":"domain-name","id":"domain-name--1","value":"seen.evil.example"},
      {"type":"indicator","id":"indicator--1","pattern_type":"stix","name":"n",
       "pattern":"[domain-name:value = 'c2.evil.example' OR ipv4-addr:value = '203.0.113.0/24']",
       "object_marking_refs":["marking-definition--own"]},
      {"type":"indicator","id":"indicator--2","pattern_type":"yara","pattern":"rule x {}",
       "object_marking_refs":["marking-definition--unknown"]},
      {"type":"relationship","id":"relationship--1","relationship_type":"indicates",
       "source_ref":"indicator--1","target_ref":"malware--1"}]}"#;
    let material = read(bundle.as_bytes()).unwrap();
    assert_eq!(material.form, Form::Stix);
    assert_eq!(material.title.as_deref(), Some("Operation Heather"));
    assert_eq!(
        found(&material),
        [
            "*domain c2.evil.example",
            "*network 203.0.113.0/24",
            "domain gate.evil.example",
            "domain seen.evil.example (the source does not offer it for detection)",
        ]
    );
    assert_eq!(places(one(&material, "c2.evil.example")), ["object indicator--1"]);
    assert_eq!(one(&material, "c2.evil.example").labels, ["HeatherLoader"]);
    assert_eq!(material.strictest().unwrap().tlp, "TLP:AMBER+STRICT");
    assert_eq!(material.techniques, ["T1566.002"]);
    assert_eq!(material.labels, ["HeatherLoader"]);
    let problems: Vec<&str> = material
        .problems
        .iter()
        .map(|problem| problem.what.as_str())
        .collect();
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert!(
        problems[1].contains("a marking that is not known"),
        "{problems:?}"
    );
}

#[test]
fn an_event_with_its_tags() {
    let event = r#"{"Event":{"uuid":"e-1","info":"Autumn loader","Tag":[{"name":"tlp:amber"},
      {"name":"misp-galaxy:mitre-attack-pattern=\"Phishing - T1566\""},{"name":"misp-galaxy:malpedia=\"Heather\""}],
      "Attribute":[
       {"uuid":"a-1","type":"domain","value":"c2.evil.example","to_ids":true},
       {"uuid":"a-2","type":"ip-dst","value":"203.0.113.9","to_ids":false},
       {"uuid":"a-3","type":"comment","value":"also at also.evil.example","to_ids":false}],
      "Object":[{"Attribute":[{"uuid":"o-1","type":"sha256","to_ids":"1","value":
       "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}]}]}}"#;
    let material = read(event.as_bytes()).unwrap();
    assert_eq!(material.form, Form::Misp);
    assert_eq!(material.title.as_deref(), Some("Autumn loader"));
    let hash = "a".repeat(64);
    assert_eq!(
        found(&material),
        [
            "*domain c2.evil.example".to_owned(),
            "ipv4 203.0.113.9 (the source does not offer it for detection)".to_owned(),
            format!("*sha256 {hash}"),
            "domain also.evil.example".to_owned(),
        ]
    );
    assert_eq!(places(one(&material, &hash)), ["object o-1"]);
    assert_eq!(material.strictest().unwrap().tlp, "TLP:AMBER");
    assert_eq!(material.techniques, ["T1566"]);
    assert_eq!(material.labels, ["Heather"]);
}

#[test]
fn a_table_and_an_allow_list() {
    let material = read(b"# TLP:GREEN\nindicator,family\nevil.example,heather\n\nonly-one-field\n").unwrap();
    assert_eq!(material.form, Form::List);
    assert_eq!(found(&material), ["*domain evil.example"]);
    assert_eq!(material.strictest().unwrap().tlp, "TLP:GREEN");
    assert_eq!(material.problems.len(), 1, "{:?}", material.problems);
    let list = br#"{"name":"top","type":"hostname","list":["good.example"]}"#;
    let material = read(list).unwrap();
    assert_eq!(material.form, Form::AllowList);
    assert!(material.found.is_empty());
    assert!(material.problems[0].what.contains("allow list"));
}

#[test]
fn what_is_told_apart_by_content() {
    for (bytes, form) in [
        (&b"plain words"[..], Form::Text),
        (b"Note: this\n\nis text", Form::Text),
        (b"Subject: a\nFrom: b@c.example\n\nhi", Form::Mail),
        (b"<html><body>x</body></html>", Form::Html),
        (b"{\"some\": \"json\"}", Form::Text),
        (b"PK\x03\x04zip", Form::Binary),
        (b"MZ\0\0\x01", Form::Binary),
        (b"\xff\xfee\0v\0i\0l\0", Form::Text),
        (
            b"127.0.0.1 localhost\n0.0.0.0 evil.example\n0.0.0.0 b.example\n",
            Form::List,
        ),
    ] {
        assert_eq!(
            read(bytes).unwrap().form,
            form,
            "{}",
            String::from_utf8_lossy(bytes)
        );
    }
    let utf16: Vec<u8> = "\u{feff}evil.example"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_eq!(found(&read(&utf16).unwrap()), ["*domain evil.example"]);
}
