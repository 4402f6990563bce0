//! `accord sql` on a node, stopped and running.

use serde_json::json;

use super::api::Api;
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

    // Values stand beside the statement.
    let of_user =
        "SELECT line FROM logs WHERE src_endpoint_ip = $address AND time >= $day ORDER BY line LIMIT $most";
    let mut asked = vec!["sql", "--json"];
    for value in ["address=192.0.2.7", "$day=2026-03-01T10:00:01Z", "most=5"] {
        asked.extend(["--parameter", value]);
    }
    asked.push(of_user);
    let (code, stdout, stderr) = node.run(&asked, b"");
    assert_eq!((code, stdout.as_str()), (0, "{\"line\":2}\n"), "{stderr}");
    let (code, stdout, stderr) = node.run(&["sql", "--check", of_user], b"");
    let looked_at = "column line: Int64\nparameter address: Utf8View\nparameter day: Timestamp(ms, \"UTC\")\n\
                     parameter most: Int64\n";
    assert_eq!((code, stdout.as_str()), (0, looked_at), "{stderr}");
    for (value, words) in [
        ("address", "write NAME=VALUE"),
        ("other=1", "`$other`, which is no parameter"),
        ("most=many", "`$address`: give its value"),
    ] {
        let (code, stdout, stderr) = node.run(&["sql", "--parameter", value, of_user], b"");
        assert_eq!((code, stdout.as_str()), (2, ""), "{stderr}");
        assert!(stderr.contains(words), "{stderr}");
    }

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

/// One question to a running node, through its API: by who may look in its logs, within the same limits.
#[test]
fn a_running_node_answers_who_may_look_in_its_logs() {
    let mut node = TestNode::init("isp.example", "isp");
    let add = [
        "log",
        "add-source",
        "web",
        "--description",
        "Web",
        "--custodian",
        "Operations",
    ];
    assert_eq!(node.run(&add, b"").0, 0);
    let line = |n: u32| {
        format!(
            "10.1.0.{n} - - [02/Nov/2026:08:00:0{n} +0000] \"GET http://h{n}.example/ HTTP/1.1\" 200 12 \"-\" \"-\"\n"
        )
    };
    let log: String = (1..=5).map(line).collect();
    std::fs::write(node.path().join("web.log"), log).unwrap();
    assert_eq!(
        node.run(&["log", "import", "--source", "web", "web.log"], b"").0,
        0
    );
    node.serve();
    let operator = node.first_sign_in("operator");
    let signatory = node.first_sign_in("signatory");
    let new =
        json!({ "sign_in": "rita", "name": "Rita", "roles": ["researcher"], "password": "a first password" });
    let person = operator.post("/people", &new)["id"].as_str().unwrap().to_owned();
    let confirmed = signatory.ask(
        reqwest::Method::POST,
        &format!("/people/{person}/confirm-roles"),
        Vec::new(),
    );
    assert_eq!(confirmed.0, 200);
    let researcher = Api::first_sign_in(&node.url, "rita", "a first password");
    let asked = |statement: &str| json!({ "statement": statement, "reason": "the desk asks" });
    let told = researcher.post(
        "/logs/sql",
        &asked("SELECT count(*) AS lines, min(src_endpoint_ip) AS first FROM web"),
    );
    assert_eq!(
        told["rows"],
        json!([{ "lines": 5, "first": "10.1.0.1" }]),
        "{told}"
    );
    assert_eq!(told["outcome"]["rows"], 1);
    let mut with_value = asked("SELECT line FROM web WHERE src_endpoint_ip = $address");
    with_value["parameters"] = json!({ "address": "10.1.0.3" });
    assert_eq!(
        researcher.post("/logs/sql", &with_value)["rows"],
        json!([{ "line": 3 }])
    );
    // Within the limits of a node, which are not those of the command, and told so.
    let told = researcher.post("/logs/sql", &asked("SELECT value FROM generate_series(1, 10001)"));
    assert_eq!(
        (&told["outcome"]["rows"], &told["outcome"]["truncated"]),
        (&json!(10_000), &json!("rows"))
    );
    let wide = asked("SELECT repeat('x', 1000) AS x FROM generate_series(1, 10000)");
    let told = researcher.post("/logs/sql", &wide);
    let bytes = told["outcome"]["result_bytes"].as_u64().unwrap();
    assert_eq!(told["outcome"]["truncated"], "bytes");
    assert!((8_000_000..=8 << 20).contains(&bytes), "{bytes}");
    // Every digit of a number.
    let digits = "SELECT CAST('12345678901234567890.123456789' AS DECIMAL(38, 9)) AS n";
    let body = serde_json::to_vec(&asked(digits)).unwrap();
    let (_, answer) = researcher.ask(reqwest::Method::POST, "/logs/sql", body);
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.contains("12345678901234567890.123456789"), "{answer}");
    for (statement, words) in [
        ("SELECT no_such FROM logs", "no_such"),
        ("CREATE TABLE t AS SELECT 1", "SELECT"),
        ("SELECT * FROM '/etc/passwd'", "passwd"),
    ] {
        let body = serde_json::to_vec(&asked(statement)).unwrap();
        let (status, answer) = researcher.ask(reqwest::Method::POST, "/logs/sql", body);
        let answer = String::from_utf8(answer).unwrap();
        assert!(
            status == 400 && answer.contains(words),
            "{statement}: {status} {answer}"
        );
    }
    // Kept and standing: the node asks by itself, and tells that the answer is another, once.
    let mut new = asked("SELECT count(*) AS lines FROM web");
    new["name"] = json!("how many");
    let id = researcher.post("/logs/sql/kept", &new)["id"]
        .as_str()
        .unwrap()
        .to_owned();
    new["name"] = json!("no question");
    new["statement"] = json!("SELECT no_such FROM web");
    let refused = researcher.ask(
        reqwest::Method::POST,
        "/logs/sql/kept",
        serde_json::to_vec(&new).unwrap(),
    );
    assert_eq!(refused.0, 400, "it is looked at before it is kept");
    let all = || researcher.get("/logs/sql/kept");
    assert_eq!(all().as_array().unwrap().len(), 1);
    researcher.post(&format!("/logs/sql/kept/{id}/stand"), &json!({ "stands": true }));
    super::two_nodes::until("the node asks by itself", || {
        (!all()[0]["ran"].is_null()).then_some(())
    });
    let told = all();
    assert_eq!(
        (&told[0]["ran"]["rows"], &told[0]["ran"]["by_itself"]),
        (&json!(1), &json!(true))
    );
    assert!(told[0]["changed_ms"].is_u64(), "{told}");
    let answer = researcher.post(&format!("/logs/sql/kept/{id}/ask"), &json!({}));
    assert_eq!(answer["rows"], json!([{ "lines": 5 }]));
    assert!(all()[0]["changed_ms"].is_null(), "its author saw it");

    // Who runs the node looks in no log through the product.
    let body = serde_json::to_vec(&asked("SELECT 1")).unwrap();
    assert_eq!(operator.ask(reqwest::Method::POST, "/logs/sql", body).0, 403);
    assert_eq!(node.stop(), 0);
}
