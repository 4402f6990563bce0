//! `accord sql` on a node, stopped and running.

use super::node::TestNode;

const LOG: &str = "2026-03-01T10:00:00Z gate sshd[1]: Failed password for root from 192.0.2.7 port 4001 ssh2\n\
                   2026-03-01T10:00:05Z gate sshd[2]: Accepted password for root from 192.0.2.7 port 4002 ssh2\n\
                   2026-03-02T10:00:00Z gate sshd[3]: Accepted publickey for lea from 192.0.2.9 port 4003 ssh2\n";

#[test]
fn a_question_and_its_answer_whether_the_node_runs_or_not() {
    let mut node = TestNode::init("isp.example", "isp");
    let path = node.path().to_path_buf();
    std::fs::write(path.join("a.log"), LOG).unwrap();
    std::fs::write(path.join("w.csv"), "indicator,family\n192.0.2.9,demo\n").unwrap();
    let add = [
        "log",
        "add-source",
        "ssh-1",
        "--description",
        "Gates",
        "--custodian",
        "Head of operations",
    ];
    assert_eq!(node.run(&add, b"").0, 0);
    let import = node.run(&["log", "import", "--source", "ssh-1", "a.log"], b"");
    assert_eq!(import.0, 0, "{import:?}");

    let failed =
        "SELECT src_endpoint_ip AS address, count(*) AS n FROM \"ssh-1\" WHERE status = 'Failure' GROUP BY 1";
    let check = |node: &TestNode| {
        let (code, stdout, stderr) = node.run(&["sql", failed], b"");
        assert_eq!(
            (code, stdout.as_str()),
            (0, "address    n\n---------  -\n192.0.2.7  1\n"),
            "{stderr}"
        );
        assert!(stderr.starts_with("1 row; "), "{stderr}");
        let (code, stdout, _) = node.run(&["sql", "--json", "-"], failed.as_bytes());
        assert_eq!(
            (code, stdout.as_str()),
            (0, "{\"address\":\"192.0.2.7\",\"n\":1}\n")
        );
        let (code, stdout, _) = node.run(&["sql", "--format", "csv", failed], b"");
        assert_eq!((code, stdout.as_str()), (0, "address,n\r\n192.0.2.7,1\r\n"));
    };
    check(&node);
    let joined =
        "SELECT l.line, i.kind, i.labels FROM logs l JOIN indicators i ON l.src_endpoint_ip = i.value";
    let (code, stdout, stderr) = node.run(&["sql", "--json", "--indicators", "w.csv", joined], b"");
    assert_eq!(
        (code, stdout.as_str()),
        (0, "{\"line\":3,\"kind\":\"address\",\"labels\":[\"demo\"]}\n"),
        "{stderr}"
    );

    let (code, stdout, stderr) = node.run(&["sql", "--json", "SELECT line FROM logs WHERE line > 9"], b"");
    assert_eq!((code, stdout.as_str()), (1, ""), "{stderr}");
    let (code, stdout, stderr) = node.run(
        &[
            "sql",
            "--json",
            "--rows",
            "2",
            "--outcome",
            "told.json",
            "SELECT line FROM logs",
        ],
        b"",
    );
    assert_eq!((code, stdout.lines().count()), (0, 2), "{stderr}");
    assert!(stderr.contains("warning: there are more rows"), "{stderr}");
    let told: serde_json::Value =
        serde_json::from_slice(&std::fs::read(path.join("told.json")).unwrap()).unwrap();
    assert_eq!((&told["rows"], &told["truncated"]), (&2.into(), &"rows".into()));

    for (statement, words) in [
        ("DROP TABLE logs", "`DROP` is no question"),
        ("SELECT lin FROM logs", "Did you mean 'logs.line'?"),
        ("SELECT length(repeat('x', 2000000000))", "takes more memory"),
    ] {
        let (code, stdout, stderr) = node.run(&["sql", statement], b"");
        assert_eq!((code, stdout.as_str()), (2, ""), "{stderr}");
        assert!(
            stderr.starts_with("error: ") && stderr.contains(words),
            "{stderr}"
        );
    }
    // The node has the store open; the question takes no lock.
    node.serve();
    check(&node);
    assert_eq!(node.stop(), 0);
    // A store without its columns says so.
    let segment = node.file("logs/segments/ssh-1/000001");
    std::fs::remove_file(segment.join("columns.json")).unwrap();
    let (code, _, stderr) = node.run(&["sql", "--json", "SELECT line FROM logs"], b"");
    assert_eq!(code, 1);
    assert!(stderr.contains("not covered: ssh-1/000001 (3 lines)"), "{stderr}");
}
