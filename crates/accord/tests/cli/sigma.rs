//! `accord sigma` on a node that is not running.

use serde_json::Value;

use super::node::TestNode;

const LOG: &str = "203.0.113.9 - - [01/Mar/2026:10:00:00 +0000] \"GET /a?x=../../etc/passwd HTTP/1.1\" 404 12 \"-\" \"x\"\n\
                   203.0.113.9 - - [01/Mar/2026:10:00:01 +0000] \"GET /b HTTP/1.1\" 404 12 \"-\" \"x\"\n\
                   203.0.113.8 - - [02/Mar/2026:10:00:00 +0000] \"GET /c HTTP/1.1\" 200 12 \"-\" \"x\"\n\
                   cut short\n";

const RULES: &str = "title: Way up\nid: r1\nlevel: medium\ntags: [attack.t1190]\nlogsource:\n  category: webserver\ndetection:\n  s:\n    cs-uri-query|contains: ../../\n  condition: s\n\
---\ntitle: Not there\nname: gone\nlogsource:\n  category: webserver\ndetection:\n  s:\n    sc-status: 404\n  condition: s\n\
---\ntitle: Often not there\nlevel: low\ncorrelation:\n  type: event_count\n  rules: [gone]\n  group-by: [c-ip]\n  timespan: 1m\n  condition:\n    gte: 2\n\
---\ntitle: Of Windows\nlogsource:\n  product: windows\ndetection:\n  s:\n    EventID: 1\n  condition: s\n";

const BROKEN: &str = "title: Broken\nlogsource:\n  category: webserver\ndetection:\n  s:\n    a|expand: '%x%'\n  condition: s\n";

const NOTHING: &str = "title: Nothing\nlogsource:\n  category: webserver\ndetection:\n  s:\n    cs-method: PATCH\n  condition: s\n";

#[test]
fn rules_over_a_nodes_own_logs() {
    let node = TestNode::init("isp.example", "isp");
    let path = node.path();
    std::fs::create_dir(path.join("rules")).unwrap();
    std::fs::write(path.join("a.log"), LOG).unwrap();
    std::fs::write(path.join("rules/a.yml"), RULES).unwrap();
    std::fs::write(path.join("rules/b.yaml"), BROKEN).unwrap();
    std::fs::write(path.join("rules/words.txt"), "no rules").unwrap();
    std::fs::write(path.join("nothing.yml"), NOTHING).unwrap();
    std::fs::write(path.join("broken.yml"), BROKEN).unwrap();
    let add = [
        "log",
        "add-source",
        "web",
        "--description",
        "Web server",
        "--custodian",
        "Head of operations",
    ];
    assert_eq!(node.run(&add, b"").0, 0);
    assert_eq!(node.run(&["log", "import", "--source", "web", "a.log"], b"").0, 0);

    let (code, stdout, stderr) = node.run(&["sigma", "run", "rules"], b"");
    assert_eq!(code, 0, "{stderr}");
    assert!(
        stdout.contains("web/000001:1: medium: Way up: 203.0.113.9"),
        "{stdout}"
    );
    assert!(
        stdout.contains("low: Often not there: 2 [c-ip=203.0.113.9] in web/000001:1, web/000001:2"),
        "{stdout}"
    );
    // What only the correlation asks for is not told on its own.
    assert_eq!(stdout.lines().count(), 2, "{stdout}");
    for said in [
        "rules/b.yaml:6: Broken: not evaluated: `a|expand`: placeholders",
        "rules ready: 4; not evaluated: 1",
        "lines evaluated: 3; not parsed",
        "Of Windows: not applicable: nothing that was searched is of the log source product: windows",
    ] {
        assert!(stderr.contains(said), "{said}: {stderr}");
    }
    assert_eq!(node.run(&["sigma", "run", "rules", "--strict"], b"").0, 2);

    let (code, stdout, _) = node.run(&["sigma", "run", "rules", "--json"], b"");
    assert_eq!(code, 0);
    let records: Vec<Value> = stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(records[0]["rule"]["id"], "r1");
    assert_eq!(records[0]["rule"]["tags"][0], "attack.t1190");
    assert_eq!(
        (&records[0]["line"], &records[0]["offset"]),
        (&1.into(), &0.into())
    );
    assert_eq!(records[0]["fields"][0]["field"], "cs-uri-query");
    assert_eq!(records[0]["text"].as_str(), LOG.lines().next());
    assert_eq!(records[1]["group"]["c-ip"], "203.0.113.9");
    assert_eq!(records[1]["lines"][1]["line"], 2);

    let (code, stdout, _) = node.run(&["sigma", "run", "rules", "--count"], b"");
    assert_eq!(code, 0);
    assert!(
        stdout.contains("2026-03-01 web: 1 hits of medium: Way up"),
        "{stdout}"
    );
    let (_, stdout, _) = node.run(&["sigma", "run", "rules", "--report"], b"");
    assert!(stdout.contains("Not there: 2 hits in 3 records"), "{stdout}");

    assert_eq!(node.run(&["sigma", "run", "nothing.yml"], b"").0, 1);
    assert_eq!(node.run(&["sigma", "run", "-"], NOTHING.as_bytes()).0, 1);
    for wrong in [
        &["sigma", "run", "broken.yml"][..],
        &["sigma", "run", "absent.yml"],
        &["sigma", "run", "nothing.yml", "--source", "absent"],
        &["sigma", "run", "nothing.yml", "--bind", "web"],
    ] {
        assert_eq!(node.run(wrong, b"").0, 2, "{wrong:?}");
    }
    let other = ["sigma", "run", "rules", "--bind", "web=product:windows", "--json"];
    assert_eq!(node.run(&other, b"").0, 1);
}

#[test]
fn rules_are_checked_and_log_sources_listed_offline() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.yml"), RULES).unwrap();
    std::fs::write(folder.path().join("b.yml"), BROKEN).unwrap();
    let (code, stdout, stderr) = super::accord(folder.path(), &["sigma", "check", "."], b"");
    assert_eq!(code, 0, "{stderr}");
    assert!(
        stdout.contains("a.yml:1: Way up (category: webserver)"),
        "{stdout}"
    );
    assert!(stdout.contains("Often not there (correlation)"), "{stdout}");
    assert!(stderr.contains("Broken: not evaluated"), "{stderr}");
    assert_eq!(
        super::accord(folder.path(), &["sigma", "check", "b.yml"], b"").0,
        2
    );
    let (code, stdout, _) = super::accord(folder.path(), &["sigma", "sources"], b"");
    assert_eq!(code, 0);
    assert!(stdout.contains("category: webserver"), "{stdout}");
}
