//! Two real processes: paired over the API, kept up by nudges, caught up after one was away; and an agreement signed
//! with the very command that its page shows.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::accord;
use super::api::{Api, field, form_keys};
use super::node::TestNode;

/// How long two nodes may take to agree.
const PATIENCE: Duration = Duration::from_secs(60);

/// Asks until there is an answer.
pub fn until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < deadline, "not within {PATIENCE:?}: {what}");
        std::thread::yield_now();
    }
}

fn unix_second() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.unwrap().as_secs()
}

pub fn pair(agency: &Api, isp: &Api) {
    let invitation = agency.post("/peers/invitations", &Value::Null);
    isp.post("/peers/accept", &invitation);
    for (here, there) in [(agency, isp), (isp, agency)] {
        let (org, fingerprint) = {
            let node = there.get("/node");
            (
                node["org"].as_str().unwrap().to_owned(),
                node["fingerprint"].clone(),
            )
        };
        here.post(
            &format!("/peers/{org}/confirm"),
            &json!({ "fingerprint": fingerprint }),
        );
    }
}

pub fn propose(agency: (&Api, &Api), isp: &Api) -> String {
    let party = |api: &Api, kind: &str| {
        let node = api.get("/node");
        json!({
            "name": node["org"], "kind": kind, "identity": node["identity"],
            "contact": "duty desk", "gateway": "Police Act, section 9",
        })
    };
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    let now_ms = u64::try_from(now.as_millis()).unwrap();
    let filling = json!({
        "title": "Joint cases", "reference": "MOU-7",
        "term": { "from_ms": now_ms - 86_400_000, "until_ms": now_ms + 86_400_000 },
        "parties": [party(agency.0, "agency"), party(isp, "isp")],
    });
    let asked = json!({ "template": "agency-isp", "filling": filling });
    let files = agency.1.post("/agreements/template", &asked);
    agency.1.post("/agreements", &files).as_str().unwrap().to_owned()
}

/// Signs with the command that the page shows, on the file that the page gives, and sends the page's form back.
pub fn sign_on_the_page(node: &TestNode, signatory: &Api, digest: &str) {
    let place = format!("/agreements/{digest}/sign");
    let (status, page) = signatory.page(&place);
    assert_eq!(status, 200, "{page}");
    let command = page
        .split("<pre class=\"command\">")
        .nth(1)
        .and_then(|rest| rest.split("</pre>").next())
        .unwrap();
    let link = format!("/agreements/{digest}/signing-text");
    assert!(page.contains(&format!("href=\"{link}\"")), "{page}");
    let (status, text) = signatory.page(&link);
    assert_eq!(status, 200);
    // The offline machine has two files: the one that was downloaded, and the key.
    let offline = tempfile::tempdir().unwrap();
    std::fs::write(offline.path().join(format!("agreement-{digest}.txt")), &text).unwrap();
    std::fs::copy(
        node.file("offline/identity.seed"),
        offline.path().join("identity.seed"),
    )
    .unwrap();
    let words: Vec<&str> = command.split(' ').collect();
    assert_eq!(words.first(), Some(&"accord"));
    let (code, stdout, stderr) = accord(offline.path(), &words[1..], b"");
    assert_eq!(code, 0, "{command}\n{stderr}");
    for shown in [digest, "Joint cases", "agency.example", "isp.example"] {
        assert!(stderr.contains(shown), "{stderr}");
    }
    assert!(page.contains(digest));
    let mut fields = form_keys(&page, &place);
    fields.push(field("signature", &stdout));
    let (status, answer) = signatory.send_form(&place, &fields);
    assert_eq!(status, 303, "{answer}");
}

fn signed(signatory: &Api, digest: &str) -> Option<Vec<Value>> {
    let (status, body) = signatory.ask(reqwest::Method::GET, &format!("/agreements/{digest}"), Vec::new());
    if status != 200 {
        return None;
    }
    let view: Value = serde_json::from_slice(&body).unwrap();
    Some(view["signed"].as_array().unwrap().clone())
}

/// Who works on a case, what is held and called back: by commands that ask the running node.
fn the_team_by_commands(node: &TestNode, operator: &Api, signatory: &Api, digest: &str) {
    let person = |sign_in: &str, role: &str| {
        let password = format!("{sign_in}-at-first");
        let new = json!({ "sign_in": sign_in, "name": sign_in, "roles": [role], "password": password });
        let added = operator.post("/people", &new);
        let id = added["id"].as_str().unwrap().to_owned();
        signatory.post(&format!("/people/{id}/confirm-roles"), &Value::Null);
        (id, Api::first_sign_in(&node.url, sign_in, &password))
    };
    let (officer, as_officer) = person("officer", "case-officer");
    let (approver, as_approver) = person("approver", "approver");
    let (analyst, _) = person("analyst", "investigator");
    let new = json!({
        "agreement": digest, "operation": "Operation Heather", "reference": "K-1",
        "purpose": "cybercrime-investigation", "parties": ["isp.example"],
    });
    let case = as_officer.post("/cases", &new).as_str().unwrap().to_owned();
    let run = |who: &Api, words: &[&str]| {
        let file = node.file("token");
        std::fs::write(&file, who.token()).unwrap();
        let mut all: Vec<&str> = words.to_vec();
        let file = file.to_str().unwrap().to_owned();
        all.extend(["--node", node.url.as_str(), "--token-file", file.as_str()]);
        accord(std::path::Path::new("."), &all, b"")
    };
    let (code, stdout, stderr) = run(&as_officer, &["case", "pen", "show", &case]);
    assert_eq!(
        (code, stdout),
        (0, format!("agency.example {officer}\n")),
        "{stderr}"
    );
    // An approver names themself first, and then others, for what they need to know.
    let name = |person: &str, role: &str, more: &[&str]| {
        let mut words = vec![
            "case", "member", "name", &case, "--person", person, "--role", role,
        ];
        words.extend(more);
        run(&as_approver, &words)
    };
    assert_eq!(name(&approver, "approver", &[]).0, 0);
    let scope = ["--category", "analysis", "--scope", "the loader"];
    let (code, _, stderr) = name(&analyst, "investigator", &scope);
    assert_eq!(code, 0, "{stderr}");
    let team = as_officer.get(&format!("/cases/{case}"));
    let members = team["members"].as_array().unwrap();
    let named = members
        .iter()
        .find(|member| member["person"] == analyst.as_str())
        .unwrap();
    assert_eq!(named["scope"], json!(["analysis"]));
    let refused = name(&officer, "case-officer", &scope);
    assert_eq!(refused.0, 2);
    assert!(refused.2.contains("sees the whole case"), "{}", refused.2);
    let (code, _, stderr) = run(
        &as_officer,
        &["case", "member", "remove", &case, "--person", &analyst],
    );
    assert_eq!(code, 2, "{stderr}");
    assert!(stderr.contains("approver"), "{stderr}");
    assert_eq!(
        run(
            &as_approver,
            &["case", "member", "remove", &case, "--person", &analyst]
        )
        .0,
        0
    );
    // Nothing is seconded or recalled: nothing is found.
    assert_eq!(run(&as_officer, &["case", "second", "list", &case]).0, 1);
    assert_eq!(run(&as_officer, &["recall", "list", &case]).0, 1);
    let place = [
        "hold",
        "place",
        &case,
        "--reference",
        "K-17",
        "--reason",
        "the court asked",
    ];
    let (code, _, stderr) = run(&as_officer, &place);
    assert_eq!(code, 2);
    assert!(stderr.contains("disclosure officer"), "{stderr}");
    assert_eq!(run(&as_officer, &["hold", "list", &case]).0, 0);
    // Without a case it is about leads: there are none, and a note is not guessed.
    assert_eq!(run(&as_officer, &["recall", "list"]).0, 1);
    for words in [
        &["recall", "order", "--note", "../people", "--reason", "x"][..],
        &["hold", "place", "--reference", "K-17", "--reason", "x"],
    ] {
        let (code, _, stderr) = run(&as_officer, words);
        assert_eq!(code, 2);
        assert!(stderr.contains("is no note"), "{stderr}");
    }
    // What the party has not got: nothing, then a note above the ceiling, which only the approver's word gives.
    let to = ["--to", "isp.example"];
    let older = |who: &Api, act: &str, more: &[&str]| {
        run(who, &[&["case", "older", act, &case], &to[..], more].concat())
    };
    assert_eq!(older(&as_officer, "list", &[]).0, 1);
    let red = json!({
        "title": "closely held", "marking": "TLP:RED",
        "note": { "kind": "decision.logged", "text": "we wait", "reason": "nobody is to notice" },
    });
    let written = as_officer.post(&format!("/cases/{case}/notes"), &red);
    let at = written["at"].as_str().unwrap();
    let (code, stdout, stderr) = older(&as_officer, "list", &[]);
    assert_eq!(
        (code, stdout),
        (
            0,
            format!("{at} decision.logged TLP:RED (ask, clause 1): closely held\n")
        ),
        "{stderr}"
    );
    assert_eq!(
        older(&as_officer, "give", &["--all"]).0,
        1,
        "nothing goes by itself"
    );
    let (code, stdout, _) = older(&as_officer, "give", &["--note", at]);
    assert_eq!((code, stdout), (0, format!("{at} stays (ask, clause 1)\n")));
    let (code, stdout, stderr) = older(&as_approver, "give", &["--all"]);
    assert_eq!(code, 0, "{stderr}");
    assert!(
        stdout.starts_with(&format!("{at} given (yes, clause ")),
        "{stdout}"
    );
    assert_eq!(older(&as_approver, "list", &[]).0, 1, "it has everything");
    let (code, _, stderr) = older(&as_approver, "give", &["--note", at]);
    assert_eq!(code, 2);
    assert!(stderr.contains("look again"), "{stderr}");
    let (code, _, stderr) = run(
        &as_officer,
        &["case", "older", "list", &case, "--to", "../people"],
    );
    assert_eq!(code, 2);
    assert!(stderr.contains("no name of an organisation"), "{stderr}");
    // What would go elsewhere, and what is no id, is not asked.
    let (code, _, stderr) = run(&as_officer, &["case", "pen", "show", "../people"]);
    assert_eq!(code, 2);
    assert!(stderr.contains("no id of a case"), "{stderr}");
    let file = node.file("token");
    let elsewhere = [
        "case",
        "pen",
        "show",
        &case,
        "--node",
        "http://node.example",
        "--token-file",
    ];
    let mut words: Vec<&str> = elsewhere.to_vec();
    words.push(file.to_str().unwrap());
    let (code, _, stderr) = accord(std::path::Path::new("."), &words, b"");
    assert_eq!(code, 2);
    assert!(stderr.contains("https://"), "{stderr}");
    std::fs::remove_file(file).unwrap();
}

#[test]
fn two_processes_keep_each_other_up_and_catch_up() {
    let mut agency = TestNode::init("agency.example", "agency");
    let mut isp = TestNode::init("isp.example", "isp");
    agency.serve();
    isp.serve();
    let people = |node: &TestNode| (node.first_sign_in("operator"), node.first_sign_in("signatory"));
    let (agency_operator, agency_signatory) = people(&agency);
    let (isp_operator, isp_signatory) = people(&isp);
    pair(&agency_operator, &isp_operator);

    // Nobody asks anybody to pull: the agency's node nudges, and the provider's pulls by itself.
    let digest = propose((&agency_operator, &agency_signatory), &isp_operator);
    let here = until("the proposal arrives", || signed(&isp_signatory, &digest));
    assert_eq!(here, Vec::<Value>::new());

    // The provider's node is away while the agency signs.
    assert_eq!(isp.stop(), 0);
    sign_on_the_page(&agency, &agency_signatory, &digest);
    assert_eq!(signed(&agency_signatory, &digest).unwrap().len(), 1);
    isp.serve();
    // A node hears no request that was signed in the second of its start: it forgot the nonces of that second.
    let start = unix_second();
    until("the second of its start is over", || {
        (unix_second() > start).then_some(())
    });
    until("the agency's signature arrives", || {
        signed(&isp_signatory, &digest).filter(|signed| signed.len() == 1)
    });

    // Sessions outlive a restart; the second signature goes back the same way.
    sign_on_the_page(&isp, &isp_signatory, &digest);
    let view = until("the agreement is in force on both sides", || {
        let view = agency_signatory.get(&format!("/agreements/{digest}"));
        (view["summary"]["in_force"] == true).then_some(view)
    });
    assert_eq!(view["missing"], json!([]));
    the_team_by_commands(&agency, &agency_operator, &agency_signatory, &digest);
    for node in [&mut agency, &mut isp] {
        assert_eq!(node.stop(), 0);
        let (code, stdout, stderr) = node.run(&["fsck"], b"");
        assert_eq!(code, 0, "{stdout}{stderr}");
        assert!(stdout.ends_with("clean\n"), "{stdout}");
    }
}
