//! How indicators are read.

use accord_matcher::limits::MAX_PATTERN_BYTES;
use accord_matcher::{Pattern, PatternKind};

#[test]
fn canonical_forms() {
    use PatternKind::*;
    for (text, kind, canonical) in [
        (" Evil[.]Example. ", Domain, "evil.example"),
        ("bücher.example", Domain, "xn--bcher-kva.example"),
        ("evil.example:8443", Domain, "evil.example"),
        ("https://evil.example:8443", Domain, "evil.example"),
        ("*.dyn.example", Subdomains, ".dyn.example"),
        (".dyn.example", Subdomains, ".dyn.example"),
        ("http://203.0.113.5", Address, "203.0.113.5"),
        ("http://203.0.113.5:80", Address, "203.0.113.5"),
        ("2001:DB8:0:0::7%eth0", Address, "2001:db8::7"),
        ("[2001:db8::7]", Address, "2001:db8::7"),
        ("::ffff:192.0.2.1", Address, "192.0.2.1"),
        ("192.0.2.1/32", Address, "192.0.2.1"),
        ("192.0.2.77/24", Network, "192.0.2.0/24"),
        ("::ffff:192.0.2.0/120", Network, "192.0.2.0/24"),
        ("::5/8", Network, "::/8"),
        ("2001:db8::/32", Network, "2001:db8::/32"),
        ("192.0.2.1[:]8443", AddressPort, "192.0.2.1:8443"),
        ("http://192.0.2.1:8443", AddressPort, "192.0.2.1:8443"),
        ("[2001:db8::7]:443", AddressPort, "[2001:db8::7]:443"),
        (
            "hxxps://user:pw@Evil.example:443/A?b#c",
            Url,
            "evil.example/A?b#c",
        ),
        ("http://evil.example:443/a", Url, "evil.example:443/a"),
        ("evil.example:80/a", Url, "evil.example:80/a"),
        ("http://[2001:db8::7]/a.", Url, "[2001:db8::7]/a"),
        ("http://192.0.2.0/24", Url, "192.0.2.0/24"),
        ("evil.example/", Url, "evil.example/"),
        ("Mule[at]mail(dot)example", Email, "mule@mail.example"),
        (
            "9E107D9D372BB6826BD81D3542A419D6",
            Hash,
            "9e107d9d372bb6826bd81d3542a419d6",
        ),
    ] {
        let pattern = Pattern::parse(text).unwrap();
        assert_eq!((pattern.kind(), pattern.canonical()), (kind, canonical), "{text}");
    }
}

#[test]
fn refusals() {
    let long = format!("evil.example/{}", "a".repeat(MAX_PATTERN_BYTES));
    for (text, code) in [
        ("", "empty"),
        ("  ", "empty"),
        (long.as_str(), "too-long"),
        ("evil.example/a b", "white-space"),
        ("Mozilla/4.0 (compatible)", "white-space"),
        ("//evil.example/a", "path-without-host"),
        ("*.evil.*", "is-a-pattern"),
        ("evil.example/[a-z]+", "is-a-pattern"),
        ("*@evil.example", "is-a-pattern"),
        (".com", "one-label"),
        ("localhost", "one-label"),
        ("192.0.2.010", "leading-zeros"),
        ("1.2.3", "numeric-name"),
        ("192.0.2.1:0", "bad-port"),
        ("192.0.2.1:65536", "bad-port"),
        ("0.0.0.0/0", "bad-prefix"),
        ("192.0.2.0/33", "bad-prefix"),
        ("evil..example", "bad-host"),
        ("00:00:5e:00:53:01", "bad-address"),
        ("0::", "bad-address"),
        ("::/128", "bad-address"),
        ("http://[::]:80/a", "bad-address"),
        ("a+b@", "bad-host"),
        ("a!b@evil.example", "bad-email"),
        ("evil.example/a'b", "bad-url"),
    ] {
        assert_eq!(Pattern::parse(text).unwrap_err().as_str(), code, "{text}");
    }
    let message = Pattern::parse("tc").unwrap_err().to_string();
    assert_eq!(
        message,
        "`tc` is refused: it has one label, which would hit a whole top-level domain"
    );
}
