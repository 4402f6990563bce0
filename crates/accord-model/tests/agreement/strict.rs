//! What is refused, where, and that the signed bytes are the files' bytes.

use super::*;
use accord_model::agreement::{Diagnostic, File};

fn refused(toml: &str, cedar: &str) -> Vec<Diagnostic> {
    Agreement::from_parts(toml, cedar).expect_err("refused")
}

#[test]
fn terms_are_strict_and_say_where() {
    let (toml, cedar) = parts(Template::AgencyIsp);
    let line_of = |needle: &str, text: &str| 1 + text[..text.find(needle).unwrap()].matches('\n').count();
    for (from, to, says) in [
        ("format = 1", "format = 2", "format 2"),
        ("cedar = \"4.6\"", "cedar = \"5.0\"", "Cedar language"),
        ("title = ", "titel = ", "titel"),
        ("[term]", "[term]\nrenews = true", "renews"),
        ("contact = ", "phone = \"1\"\ncontact = ", "phone"),
        ("kind = \"isp\"", "kind = \"telco\"", "telco"),
        ("name = \"isp.example\"", "name = \"ISP.example\"", "lower-case"),
        (
            "name = \"isp.example\"",
            "name = \"agency.example\"",
            "stands here twice",
        ),
        ("2028-01-01T00:00:00Z", "2028-01-01", "not an instant"),
        (
            "2028-01-01T00:00:00Z",
            "2026-01-01T00:00:00Z",
            "ends before it begins",
        ),
        (
            "isp.example/identity+0a1b2c3d+",
            "isp.example/identity",
            "NAME+HASH+KEY",
        ),
        (
            "word = \"cybercrime-investigation\"",
            "word = \"Cyber Crime\"",
            "lower-case letters",
        ),
        ("default_days = 365", "default_days = 0", "retention of 0 days"),
        (
            "default_days = 365",
            "default_days = 36526",
            "retention of 36526 days",
        ),
        ("log-evidence = 1825", "log-evidnce = 1825", "log-evidnce"),
        ("minimise = [\"log-evidence\"", "minimise = [\"logs\"", "logs"),
        ("Example Act 2024, section 7", "Example Act\\u202E 2024", "U+202E"),
        ("Example Act 2024, section 7", "", "is empty"),
        ("Example Act 2024, section 7", "two\\nlines", "line break"),
    ] {
        assert!(toml.contains(from), "{from}");
        let changed = toml.replacen(from, to, 1);
        let found = refused(&changed, &cedar);
        let first = &found[0];
        assert_eq!(first.file, File::Terms, "{first}");
        assert!(first.to_string().contains(says), "{first} does not say {says}");
        let line = first.line.unwrap();
        let near = line_of(from, &toml);
        assert!(line.abs_diff(near) <= 1, "{first}: expected near line {near}");
    }
    let missing = toml.replacen("[retention]\ndefault_days = 365\n", "", 1);
    assert!(!refused(&missing, &cedar).is_empty());
}

#[test]
fn every_problem_of_the_terms_is_reported_at_once() {
    let (toml, cedar) = parts(Template::AgencyIsp);
    let changed = toml
        .replace("duty officer, ", " ")
        .replace("default_days = 365", "default_days = 0");
    assert_eq!(refused(&changed, &cedar).len(), 4);
}

const RULE: &str = r#"permit (principal, action == Action::"release", resource);"#;

#[test]
fn clauses_are_strict_and_say_where() {
    let cases: &[(&str, &str)] = &[
        ("permit (principal, action, resource);", "no @clause"),
        (
            r#"@clause("1") permit (principal, action == Action::"release", resource);"#,
            "@text is empty",
        ),
        (
            r#"@clause("0") @text("t") permit (principal, action == Action::"release", resource);"#,
            "no @clause",
        ),
        (
            r#"@clause("1.") @text("t") permit (principal, action == Action::"release", resource);"#,
            "no @clause",
        ),
        (
            r#"@clause("01") @text("t") permit (principal, action == Action::"release", resource);"#,
            "no @clause",
        ),
        (
            r#"@clause("1") @text("t\u{202e}") permit (principal, action == Action::"release", resource);"#,
            "U+202E",
        ),
        (
            r#"@clause("1") @text("t") @note("n") permit (principal, action == Action::"release", resource);"#,
            "@note",
        ),
        (
            r#"@clause("1") @text("t") @ask("anyone") permit (principal, action == Action::"release", resource) when { context.approvals.approver > 0 };"#,
            "@ask names",
        ),
        (
            r#"@clause("1") @text("t") @ask("operator") permit (principal, action == Action::"release", resource) when { context.approvals.approver > 0 };"#,
            "@ask names",
        ),
        (
            r#"@clause("1") @text("t") @ask("approver") permit (principal, action == Action::"release", resource);"#,
            "does not look at",
        ),
        (
            r#"@clause("1") @text("t") permit (principal, action == Action::"release", resource) when { context.approvals.approver > 0 };"#,
            "say whom it asks",
        ),
        (
            r#"@clause("1") @text("t") permit (principal, action, resource);"#,
            "the action",
        ),
        (
            r#"@clause("1") @text("t") permit (principal, action == Action::"read", resource);"#,
            "read",
        ),
        (
            r#"@clause("1") @text("t") permit (principal, action == Action::"release", resource) when { resource.colour == 1 };"#,
            "colour",
        ),
        (
            r#"@clause("1") @text("t") permit (principal, action == Action::"release", resource) when { context.colour == 1 };"#,
            "colour",
        ),
        (
            r#"@clause("1") @text("t") permit (principal, action == Action::"release", resource) when { resource.tlp == "red" };"#,
            "",
        ),
        (
            r#"@clause("1") @text("t") permit (principal, action == Action::"release", resource) when { context.request == Request::"hunt" };"#,
            "request",
        ),
        (
            r#"@clause("1") @text("t") forbid (principal, action == Action::"release", resource) when { resource.category == Category::"log-evidnce" };"#,
            "log-evidnce",
        ),
        (
            r#"@clause("1") @text("t") forbid (principal, action == Action::"release", resource) when { principal.kind == Kind::"telco" };"#,
            "telco",
        ),
        (
            r#"@clause("1") @text("t") forbid (principal == Organisation::"ips.example", action == Action::"release", resource);"#,
            "no party",
        ),
        (
            r#"@clause("1") @text("t") forbid (principal, action == Action::"release", resource) when { context has purpose && context.purpose == Purpose::"fun" };"#,
            "fun",
        ),
        (
            r#"@clause("1") @text("t") forbid (principal, action == Action::"release", resource == Payload::"indicator/TLP:RED");"#,
            "one payload",
        ),
        (
            r#"@clause("1") @text("t") forbid (principal, action == Action::"release", resource) when { false };"#,
            "",
        ),
        (
            r#"@clause("1") @text("t") permit (principal == ?principal, action == Action::"release", resource);"#,
            "",
        ),
        (
            r#"@clause("1") @text("t") permit (principal, action == Action::"release", resource)"#,
            "end with ';'",
        ),
        (r#"@clause("1") @text("t"#, "string that does not end"),
        ("this is no rule;", ""),
        ("// only a comment\n", "no clause"),
        ("", "no clause"),
    ];
    for (cedar, says) in cases {
        let text = format!("// A comment; with a semicolon.\n\n{cedar}");
        let found = with_clauses(&text).expect_err(cedar);
        assert_eq!(found[0].file, File::Clauses);
        let all = found
            .iter()
            .map(Diagnostic::to_string)
            .collect::<Vec<_>>()
            .join("\n");
        assert!(all.contains(says), "{cedar}: {all} does not say {says:?}");
        if *says != "no clause" {
            assert_eq!(found[0].line, Some(3), "{cedar}: {all}");
        }
    }
    let twice = format!("@clause(\"1\") @text(\"t\") {RULE}\n@clause(\"1\") @text(\"u\") {RULE}");
    let found = with_clauses(&twice).expect_err("a number twice");
    assert_eq!(
        found[0].to_string(),
        "clauses.cedar:2: clause 1: the number stands at line 1 too: give each its own"
    );
}

#[test]
fn hidden_characters_are_refused_in_both_files() {
    let (toml, cedar) = parts(Template::AgencyIsp);
    for hidden in ["\r", "\u{FEFF}", "\u{202E}", "\u{2066}", "\u{0}", "\u{200B}"] {
        let comment = format!("# a{hidden}b\n");
        assert_eq!(refused(&format!("{comment}{toml}"), &cedar)[0].line, Some(1));
        let comment = format!("\n// a{hidden}b\n");
        assert_eq!(refused(&toml, &format!("{comment}{cedar}"))[0].line, Some(2));
    }
}

#[test]
fn the_signed_bytes_are_the_files_bytes() {
    let toml = include_str!("../../../../docs/spec/vectors/agreement/agreement.toml");
    let cedar = include_str!("../../../../docs/spec/vectors/agreement/clauses.cedar");
    let agreement = Agreement::from_parts(toml, cedar).unwrap();
    let mut bytes = b"accord-agreement/v1\0".to_vec();
    bytes.extend((toml.len() as u64).to_be_bytes());
    bytes.extend(toml.as_bytes());
    bytes.extend((cedar.len() as u64).to_be_bytes());
    bytes.extend(cedar.as_bytes());
    assert_eq!(agreement.canonical_bytes(), bytes);
    let vector = include_str!("../../../../docs/spec/vectors/agreement/digest");
    assert_eq!(agreement.digest().to_string(), vector.trim_end());
    let text = include_str!("../../../../docs/spec/vectors/agreement/signing-text");
    assert_eq!(agreement.signing_text(), text);
    assert!(text.ends_with('\n') && !text.contains("\n\n"));

    // One byte more, in a comment, is another agreement.
    let other = Agreement::from_parts(&format!("{toml}#"), cedar).unwrap();
    assert_ne!(other.digest(), agreement.digest());
    assert_ne!(other, agreement);
}
