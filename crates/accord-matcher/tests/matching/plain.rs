//! The quick reading of plain indicators against the whole one.

use accord_matcher::{Pattern, PatternKind, PatternReader, Reason};
use proptest::prelude::*;

/// Both readings; the quick one appends to what is there.
fn both(text: &str) -> [Result<(PatternKind, String), Reason>; 2] {
    let whole = Pattern::parse(text)
        .map(|pattern| (pattern.kind(), pattern.canonical().to_owned()))
        .map_err(|refusal| refusal.reason);
    let mut out = b"before".to_vec();
    let quick = PatternReader::default().read(text, &mut out);
    let after = String::from_utf8(out).unwrap().split_off("before".len());
    let quick = match quick {
        Ok((kind, fingerprint)) => {
            assert_eq!(Some(fingerprint), kind.fingerprint(&after), "{text:?}");
            Ok((kind, after))
        }
        Err(reason) => {
            assert_eq!(after, "", "{text:?}");
            Err(reason)
        }
    };
    [whole, quick]
}

fn check(text: &str) {
    let [whole, quick] = both(text);
    assert_eq!(quick, whole, "{text:?}");
}

#[test]
fn by_example() {
    let digits = "9e107d9d372bb6826bd81d3542a419d6";
    let dots = ".".repeat(2_048);
    let long_path = format!("evil.example/{}", "a".repeat(2_040));
    let label = "a".repeat(63);
    let name = [label.as_str(); 4].join(".");
    for text in [
        "",
        " ",
        ".",
        "-",
        "/",
        "@",
        ":",
        "::",
        "evil.example",
        " EVIL.Example.. ",
        "-evil.example-",
        "tc",
        "_a.b",
        "evil..example",
        "192.0.2.10",
        "192.0.2.010",
        "192.0.2.10.",
        "1.2.3",
        "1.2.3.4.5",
        "256.1.1.1",
        "a.1",
        digits,
        "9E107D9D372BB6826BD81D3542A419D6",
        "9e107d9d372bb6826bd81d3542a419d6.example",
        "2001:DB8:0::7",
        "::ffff:c000:20a",
        "::0",
        "0::0",
        "1::2::3",
        "dead:beef",
        "2001:db8::7:443",
        "abcd:80",
        "a.b:80",
        "a.b:80/x",
        "mule@Mail.example",
        "a+b@mail.example.",
        "+@mail.example",
        "@mail.example",
        ".a@mail.example",
        "a@.mail.example",
        "a@b@mail.example",
        "a@192.0.2.1",
        "a@mail",
        "a+b",
        "bad.example/a.php",
        "bad.example/",
        "bad.example/a.,;:!?)]",
        "bad.example/...",
        "192.0.2.0/24",
        "192.0.2.1/x",
        "http://192.0.2.1/24",
        "http://bad.example/A?b#c",
        "https://bad.example/",
        "https://bad.example",
        "http:///x",
        "http://bad.example:80/a",
        "http://u@bad.example/a",
        "http://bad.example?x/y",
        "HTTP://bad.example/x",
        "ftp://bad.example/x",
        "bad.example/a(.)b",
        "bad.example/a(dot)b",
        "bad.example/a[.]b",
        "bad.example/{.}",
        "bad.example/a b",
        "bad.example/a*b",
        "bad.example/a|b",
        "bad.example/\u{e9}",
        "b\u{fc}cher.example",
        "bad.example/a://b/c",
        "bad.example//",
        "a/b",
        "/a",
        "1.2.3.4.example/24",
        "bad.example/24",
        "\u{b}evil.example",
        "\u{a0}evil.example",
    ] {
        check(text);
    }
    for text in [
        dots + "evil.example",
        long_path,
        name.clone(),
        format!("a.{name}"),
        format!("{label}a.b"),
    ] {
        check(&text);
    }
}

proptest! {
    #[test]
    fn of_any_pieces(pieces in prop::collection::vec(prop::sample::select(vec![
        "evil", "Example", "a", "0", "10", "255", "256", ".", ".", "..", "-", "_", "/", "/", "?", "#", ":", "::", "@", "+",
        "http://", "https://", "hxxp://", "[.]", "[", "]", "(", ")", "*", "|", "\\", " ", "%", "\u{fc}", "192.0.2.1",
        "2001:db8", "9e107d9d372bb6826bd81d3542a419d6", "443", ",", "xn--", "\u{3002}",
    ]), 0..9)) {
        check(&pieces.concat());
    }

    #[test]
    fn of_any_text(text in ".{0,40}") {
        check(&text);
    }
}
