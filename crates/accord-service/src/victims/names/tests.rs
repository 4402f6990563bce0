//! Names, domains and addresses however somebody writes them, and what is none.

use super::*;

fn bakery() -> Identity {
    Identity {
        name: "Harbour Bäckerei & Söhne Ltd.".into(),
        other_names: vec!["Acme".into()],
        contacts: vec!["Jane Roe, jane.roe@mailbox.example, +44 (0)20 7946 0123".into()],
        domains: vec!["harbour-bakery.example".into(), "bäckerei.example".into()],
        addresses: vec![
            "203.0.113.7".into(),
            "198.51.100.0/28".into(),
            "2001:db8::7".into(),
        ],
        mail_domains: vec!["post.bakery.example".into()],
    }
}

fn other() -> Identity {
    Identity {
        name: "Mill Lane Surgery".into(),
        ..Identity::default()
    }
}

#[track_caller]
fn check(text: &str, expected: &[usize]) {
    let names = Names::new(&[bakery(), other()]);
    let found: Vec<usize> = names.find(text).into_iter().collect();
    assert_eq!(found, expected, "{text}");
}

#[test]
fn a_name_however_it_is_written() {
    for text in [
        "the tills of Harbour Bäckerei & Söhne Ltd. were encrypted",
        "HARBOUR BÄCKEREI & SÖHNE",
        "harbour backerei & sohne",
        "Harbour Baeckerei und Soehne",
        "harbour_baeckerei_and_soehne_backup.zip",
        "H a r b o u r  B ä c k e r e i  &  S ö h n e",
        "h.a.r.b.o.u.r-b.a.c.k.e.r.e.i+s.o.h.n.e",
        "Har\u{ad}bour Bäck\u{200b}erei &\u{a0}Söhne",
        "Ha\u{301}rbour Ba\u{308}ckerei & So\u{308}hne",
        "Ｈａｒｂｏｕｒ Ｂäｃｋｅｒｅｉ & Ｓöｈｎｅ",
        "Нarbour Bасkеrei & Sоhne",
        "harb0ur backerei & s0hne",
        "Harbour%20B%C3%A4ckerei%20%26%20S%C3%B6hne",
        "Harbour B&#228;ckerei &amp; S&#xF6;hne",
        r#"{"name":"Harbour B\u00e4ckerei & S\u00f6hne"}"#,
        "Harbour\nBäckerei\n& Söhne",
        "the Harbour Bäckerei & Söhne GmbH",
        "acme-files.zip",
        "ACME",
        "AcmeFiles",
        "acme2026",
        "ask J. of Jane Roe",
        "call 020 7946 0123",
        "call +44 20 7946-0123",
        "jane.roe@mailbox.example",
        "jane.roe [at] no, JANE.ROE@MAILBOX.EXAMPLE",
    ] {
        check(text, &[0]);
    }
}

#[test]
fn domains_and_addresses_however_they_are_written() {
    for text in [
        "harbour-bakery.example",
        "https://shop.HARBOUR-BAKERY.example./cart?id=1",
        "hxxps://harbour-bakery[.]example/x",
        "harbour-bakery(.)example",
        "harbour-bakery dot example",
        "harbour-bakery . example",
        "mx1.harbour-bakery.example. 300 IN A 192.0.2.1",
        "orders@harbour-bakery.example",
        "bäckerei.example",
        "xn--bckerei-5wa.example",
        "www.XN--BCKEREI-5WA.example",
        "baeckerei.example",
        "till1.post.bakery.example",
        "203.0.113.7",
        "203[.]0[.]113[.]7:445",
        "203.000.113.007",
        "7.113.0.203.in-addr.arpa",
        "cb007107",
        "3405803783",
        "198.51.100.3 - - \"GET / HTTP/1.1\"",
        "2001:0DB8:0:0::7",
        "[2001:db8::7]:443",
    ] {
        check(text, &[0]);
    }
}

#[test]
fn what_names_nobody_stays() {
    for text in [
        "",
        "the harbour and a bakery",
        "pacmen and acmeology",
        "counter-example: harbour, bakery",
        "notharbour-bakery.example.org",
        "203.0.113.70",
        "1203.0.113.7",
        "198.51.100.16",
        "2001:db8::70",
        "V-badofika lost its tills",
        "mailbox.example",
        "jane and roe deer",
        "%zz &#; \\u12 xn-- =",
    ] {
        check(text, &[]);
    }
}

#[test]
fn what_looks_the_same_is_found_though_it_is_another() {
    // Rather one too many: the words can be written anew, what has left cannot be taken back.
    check("harbour.bakery.example.org", &[0]);
    check("harbour-bakery.example-login.org", &[0]);
}

#[test]
fn whose_it_is_is_told_apart() {
    check("Mill-Lane surgery", &[1]);
    check("Mill Lane Surgery and Acme", &[0, 1]);
    assert!(Names::new(&[]).find("Acme").is_empty());
}

#[test]
fn a_domain_and_an_address_are_what_they_say() {
    for good in ["example.org", "bäckerei.example", "a.b.example."] {
        assert!(is_domain(good), "{good}");
    }
    for bad in [
        "",
        "example",
        "203.0.113.7",
        "a b.example",
        "http://a.example",
        "a..example",
        &"a.".repeat(200),
    ] {
        assert!(!is_domain(bad), "{bad}");
    }
    for good in ["203.0.113.7", "203.0.113.0/24", "2001:db8::/48"] {
        assert!(is_address(good), "{good}");
    }
    for bad in ["", "203.0.113", "203.0.113.7/33", "example.org", "203.0.113.7:80"] {
        assert!(!is_address(bad), "{bad}");
    }
}

#[test]
fn a_long_text_is_read_in_one_pass() {
    // 4 MB with the name in the last line: nothing but linear work reads it in a test's time.
    let mut text = "192.0.2.1 - - [02/Nov/2026:08:00:01 +0000] \"GET http://good.example/a HTTP/1.1\" 200\n"
        .repeat(50_000);
    text.push_str("GET http://shop.harbour-bakery.example/");
    check(&text, &[0]);
}
