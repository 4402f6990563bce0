//! Each limit at and one past it, and hostile text on a small stack.

use super::*;
use accord_model::agreement::{
    CLAUSE_ID_MAX, MAX_CEDAR_BYTES, MAX_CLAUSE_DEPTH, MAX_CLAUSE_LINKS, MAX_CLAUSE_TOKENS, MAX_CLAUSES,
    MAX_DIAGNOSTICS, MAX_IDENTITY_CHARS, MAX_LINE_CHARS, MAX_PARTIES, MAX_PURPOSES, MAX_TEXT_CHARS,
    MAX_TOML_BYTES, MAX_TOML_DEPTH, Purpose,
};

fn accepts(filling: &Filling) -> bool {
    render(Template::AgencyIsp, filling).is_ok()
}

fn two() -> Filling {
    filling(&[(AGENCY, OrgKind::Agency), (ISP, OrgKind::Isp)])
}

#[test]
fn toml_bytes() {
    let (toml, cedar) = parts(Template::AgencyIsp);
    let padded = |bytes: usize| format!("{toml}#{}", "x".repeat(bytes - toml.len() - 1));
    assert!(Agreement::from_parts(&padded(MAX_TOML_BYTES), &cedar).is_ok());
    let found = Agreement::from_parts(&padded(MAX_TOML_BYTES + 1), &cedar).unwrap_err();
    assert!(found[0].message.contains("bytes long"));
}

#[test]
fn cedar_bytes() {
    let (toml, cedar) = parts(Template::AgencyIsp);
    let padded = |bytes: usize| format!("{cedar}//{}", "x".repeat(bytes - cedar.len() - 2));
    assert!(Agreement::from_parts(&toml, &padded(MAX_CEDAR_BYTES)).is_ok());
    let found = Agreement::from_parts(&toml, &padded(MAX_CEDAR_BYTES + 1)).unwrap_err();
    assert!(found[0].message.contains("bytes long"));
}

#[test]
fn clauses() {
    let many = |count: usize| {
        (1..=count)
            .map(|n| {
                format!("@clause(\"{n}\") @text(\"t\") permit (principal, action == Action::\"release\", resource);\n")
            })
            .collect::<String>()
    };
    assert_eq!(
        with_clauses(&many(MAX_CLAUSES)).unwrap().clauses().len(),
        MAX_CLAUSES
    );
    let found = with_clauses(&many(MAX_CLAUSES + 1)).unwrap_err();
    assert!(found[0].message.contains("more than 200 clauses"), "{}", found[0]);
}

fn rule(condition: &str) -> String {
    format!(
        "@clause(\"1\") @text(\"t\") permit (principal, action == Action::\"release\", resource) when {{ {condition} }};"
    )
}

#[test]
fn clause_tokens() {
    // The frame of `rule` is 28 tokens.
    let with = |signs: &str, ones: usize| {
        rule(&format!(
            "{signs}[1{}].contains(resource.tlp)",
            ", 1".repeat(ones)
        ))
    };
    let inner = MAX_CLAUSE_TOKENS - 28 - 10;
    assert!(with_clauses(&with("", inner / 2)).is_ok());
    assert_eq!(inner % 2, 0);
    let found = with_clauses(&with("!", inner / 2)).unwrap_err();
    assert!(found[0].message.contains("split it"), "{}", found[0]);
}

#[test]
fn clause_links() {
    let fits = |condition: String| with_clauses(&rule(&condition)).is_ok();
    for (more, want) in [(0, true), (1, false)] {
        let links = MAX_CLAUSE_LINKS + more;
        assert_eq!(fits(format!("1{} > 0", " + 1".repeat(links))), want);
        assert_eq!(fits(format!("true{}", " && true".repeat(links))), want);
        assert_eq!(fits(format!("true{}", " || true".repeat(links))), want);
        // Inside a chain and after an `if` they add up; beside each other, parted by a comma, they do not.
        assert_eq!(fits(format!("1 + (1{}) > 0", " + 1".repeat(links - 1))), want);
        assert_eq!(
            fits(format!(
                "if true then 1{} > 0 else true",
                " + 1".repeat(links - 1)
            )),
            want
        );
        let chain = " + 1".repeat(links);
        assert_eq!(fits(format!("[1{chain}, 1{chain}].contains(1)")), want);
    }
}

#[test]
fn clause_depth() {
    // `when { ... }` is one level.
    let nested = |depth: usize| {
        rule(&format!(
            "{}resource.tlp == 1{}",
            "(".repeat(depth),
            ")".repeat(depth)
        ))
    };
    assert!(with_clauses(&nested(MAX_CLAUSE_DEPTH - 1)).is_ok());
    let found = with_clauses(&nested(MAX_CLAUSE_DEPTH)).unwrap_err();
    assert!(found[0].message.contains("split it"), "{}", found[0]);
}

#[test]
fn toml_depth() {
    let (toml, cedar) = parts(Template::AgencyIsp);
    // Within a comment brackets count too: the bound is on the text.
    let nested = |depth: usize| format!("# {}{}\n{toml}", "[".repeat(depth), "]".repeat(depth));
    assert!(Agreement::from_parts(&nested(MAX_TOML_DEPTH), &cedar).is_ok());
    assert!(Agreement::from_parts(&nested(MAX_TOML_DEPTH + 1), &cedar).is_err());
}

#[test]
fn parties() {
    let names: Vec<String> = (0..=MAX_PARTIES).map(|n| format!("isp-{n}.example")).collect();
    let of = |count: usize| {
        let mut parties = vec![(AGENCY, OrgKind::Agency)];
        parties.extend(
            names
                .iter()
                .take(count - 1)
                .map(|name| (name.as_str(), OrgKind::Isp)),
        );
        filling(&parties)
    };
    assert!(accepts(&of(MAX_PARTIES)));
    assert!(!accepts(&of(MAX_PARTIES + 1)));
    assert!(!accepts(&of(1)));
}

#[test]
fn purposes() {
    let of = |count: usize| Filling {
        purposes: (0..count)
            .map(|n| Purpose {
                word: format!("purpose-{n}"),
                text: "t".into(),
            })
            .collect(),
        ..two()
    };
    assert!(accepts(&of(MAX_PURPOSES)));
    assert!(!accepts(&of(MAX_PURPOSES + 1)));
    assert!(!accepts(&of(0)));
}

#[test]
fn characters() {
    let with = |change: &dyn Fn(&mut Filling)| {
        let mut filling = two();
        change(&mut filling);
        accepts(&filling)
    };
    for (limit, fits) in [(0, true), (1, false)] {
        assert_eq!(with(&|f| f.title = "ä".repeat(MAX_LINE_CHARS + limit)), fits);
        assert_eq!(with(&|f| f.reference = "r".repeat(MAX_LINE_CHARS + limit)), fits);
        assert_eq!(
            with(&|f| f.parties[0].gateway = "g".repeat(MAX_TEXT_CHARS + limit)),
            fits
        );
        assert_eq!(
            with(&|f| f.parties[0].identity =
                format!("k+00112233+{}", "A".repeat(MAX_IDENTITY_CHARS - 11 + limit))),
            fits
        );
        let number = "1.".repeat(CLAUSE_ID_MAX / 2 - 1) + "10";
        let number = if fits { number } else { number + "0" };
        assert_eq!(
            with_clauses(&rule("true").replace("\"1\"", &format!("\"{number}\""))).is_ok(),
            fits,
            "{number}"
        );
    }
}

#[test]
fn diagnostics() {
    let bad = |count: usize| "permit (principal, action, resource);\n".repeat(count);
    // Each has three faults: no number, no words, the action.
    assert_eq!(with_clauses(&bad(16)).unwrap_err().len(), 48);
    assert_eq!(with_clauses(&bad(17)).unwrap_err().len(), MAX_DIAGNOSTICS);
    let names: Vec<String> = (1..MAX_PARTIES).map(|n| format!("isp-{n}.example")).collect();
    let mut parties = vec![(AGENCY, OrgKind::Agency)];
    parties.extend(names.iter().map(|name| (name.as_str(), OrgKind::Isp)));
    let mut filling = filling(&parties);
    for party in &mut filling.parties {
        party.contact.clear();
        party.gateway.clear();
    }
    assert_eq!(
        render(Template::AgencyIsp, &filling).unwrap_err().len(),
        MAX_DIAGNOSTICS
    );
}

/// On a stack of 1 MiB, half of what a worker thread has: text built to nest as deep as the limits let it.
#[test]
fn hostile_text_neither_panics_nor_exhausts_the_stack() {
    let (toml, cedar) = parts(Template::AgencyIsp);
    let wide = MAX_CLAUSE_TOKENS / 2 - 40;
    let mut clauses = vec![
        rule(&vec!["true"; wide].join(" || ")),
        rule(&vec!["true"; wide].join(" && ")),
        rule(&format!("{} > 0", vec!["1"; wide].join(" + "))),
        rule(&vec!["true"; MAX_CLAUSE_LINKS].join(" || ")),
        rule(&vec!["true"; MAX_CLAUSE_LINKS].join(" && ")),
        rule(&format!("{} > 0", vec!["1"; MAX_CLAUSE_LINKS].join(" + "))),
        rule(&format!(
            "{}1 + 1{} > 0",
            "(".repeat(11),
            " + 1)".repeat(11) + &" + 1".repeat(36)
        )),
        rule(&format!(
            "{}1{} > 0",
            " 1 + 1 + 1 + (".repeat(11),
            ")".repeat(11) + &" + 1".repeat(15)
        )),
        rule(&format!("{} > 0", vec!["1"; MAX_CLAUSE_LINKS].join(" * "))),
        rule(&format!("resource{}", ".a".repeat(MAX_CLAUSE_LINKS))),
        rule(&format!(
            "{}true",
            "if true then true else ".repeat(MAX_CLAUSE_LINKS)
        )),
        rule(&format!(
            "{}true{}",
            "(".repeat(MAX_CLAUSE_DEPTH - 1),
            ")".repeat(MAX_CLAUSE_DEPTH - 1)
        )),
        rule(&format!(
            "{}true{}",
            "!!(".repeat(MAX_CLAUSE_DEPTH - 1),
            ")".repeat(MAX_CLAUSE_DEPTH - 1)
        )),
        rule(&format!(
            "{}1{} == 1",
            "if true then (".repeat(11),
            ") else (2)".repeat(11)
        )),
        rule(&format!("{}1{} == [1]", "[".repeat(11), "]".repeat(11))),
        rule(&format!(
            "{}1{} > 0",
            "1 + 1 + 1 + 1 + (".repeat(11),
            ")".repeat(11)
        )),
        rule(&format!("resource{}", ".a".repeat(wide))),
        rule(&format!("context has a{}", ".a".repeat(wide - 3))),
        rule(&format!(
            "{} true",
            "if true then true else ".repeat(MAX_CLAUSE_TOKENS / 4 - 12)
        )),
        rule(&format!("{} true", "if ".repeat(MAX_CLAUSE_TOKENS - 60))),
        rule(&format!("{}true", "!".repeat(500))),
        rule(&format!("{}1 == 1", "-".repeat(500))),
        rule(&"(".repeat(100_000)),
        rule(&"[".repeat(500)),
        rule(&format!("{}{}", "[".repeat(22), "]".repeat(22))),
        rule(&format!("{}1{} == 1", "{a:".repeat(22), "}".repeat(22))),
        "@a".repeat(60_000),
        "when {true} ".repeat(200) + ";",
        "\u{0}".to_owned(),
        "\"".to_owned(),
        "\"\\".to_owned(),
        "//".to_owned(),
        "/;é;/*;".to_owned(),
        format!(
            "@clause(\"1\")@text(\"{}\")permit(principal,action,resource);",
            "\\u{41}".repeat(20_000)
        ),
        format!("@clause(\"{}\");", "9".repeat(1000)),
    ];
    clauses.push(rule("true").replace(
        "principal",
        "principal is Organisation in Organisation::\"isp.example\"",
    ));
    let tomls = [
        format!("{toml}\n{} = 1", "a.".repeat(30_000) + "a"),
        format!("{toml}\nx = {}", "[".repeat(30_000)),
        format!("{toml}\nx = {}", "{a=".repeat(20_000)),
        format!("[{}]", "a.".repeat(30_000) + "a"),
        "[[a]]\n".repeat(10_000),
        "a = \"".to_owned(),
        "=".to_owned(),
        String::new(),
    ];
    let thread = std::thread::Builder::new().stack_size(1024 * 1024);
    let done = thread
        .spawn(move || {
            let mut read = 0;
            for hostile in &clauses {
                read += 1;
                if let Ok(agreement) = Agreement::from_parts(&toml, hostile) {
                    agreement.decide(&question(AGENCY, ISP, Category::Indicator, Tlp::Red));
                }
            }
            for hostile in &tomls {
                read += 1;
                assert!(Agreement::from_parts(hostile, &cedar).is_err());
            }
            read
        })
        .unwrap()
        .join()
        .unwrap();
    assert_eq!(done, 44);
}
