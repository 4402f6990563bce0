//! The commands that ask a running node as a person, and those that speak TAXII with it.

use std::path::Path;
use std::sync::Arc;

use accord_model::agreement::templates::Template;
use accord_model::content::{Indicator, IndicatorPublished, VerdictWish};
use accord_model::{OrgKind, Tlp};
use accord_service::{Draft, NewNote, NewTaxiiAccount, Node};
use accord_testkit::{DAY_MS, Story};
use serde_json::Value;

/// As the testkit sets it.
const PASSWORD: &str = "a long enough password";
const ORGS: &[(&str, OrgKind)] = &[("agency", OrgKind::Agency), ("isp", OrgKind::Isp)];

async fn serve(node: &Arc<Node>) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let node = node.clone();
    tokio::spawn(async move { accord_server::serve(node, listener, std::future::pending()).await });
    address
}

fn draft(title: &str, marking: Tlp, value: &str) -> Draft {
    Draft {
        title: title.into(),
        marking,
        to: Vec::new(),
        note: NewNote::new(IndicatorPublished {
            indicators: vec![Indicator {
                labels: vec!["simda".into()],
                ..Indicator::of(value)
            }],
            note: None,
            from: "analysis".into(),
            grading: None,
            source_protected: false,
            wish: VerdictWish::None,
            report: None,
            second: None,
        })
        .unwrap(),
        expect: None,
    }
}

fn accord(folder: &Path, arguments: &[&str], stdin: &str) -> (i32, String, String) {
    tokio::task::block_in_place(|| super::accord(folder, arguments, stdin.as_bytes()))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_searches_and_takes_along_and_a_partner_pulls_and_pushes() {
    let mut story = Story::begin(431, ORGS).await;
    story
        .agree(Template::AgencyIsp, &["agency", "isp"])
        .await
        .unwrap();
    story.open_case(&["isp"]).await.unwrap();
    let (case, node) = (story.case(), story.org("agency").node().clone());
    // Without a list of what many use, every indicator would need a second person.
    let operator = story.org("agency").who("operator");
    node.load_allow_list(operator, "top", "bank.example\n")
        .await
        .unwrap();
    let publish = async |title: &str, marking: Tlp, value: &str| {
        let officer = story.org("agency").who("officer");
        node.publish_note(officer, case, &draft(title, marking, value))
            .await
            .unwrap();
    };
    publish("Names", Tlp::Amber, "evil.example").await;
    publish("Kept", Tlp::Red, "kept.example").await;
    let url = serve(&node).await;
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();

    // A session, for its owner only.
    let sign_in = [
        "sign-in",
        "--node",
        &url,
        "--name",
        "officer",
        "--password-file",
        "-",
        "-o",
        "session",
    ];
    let (code, _, said) = accord(folder, &sign_in, "not the password\n");
    assert_eq!(code, 2, "{said}");
    let (code, _, said) = accord(folder, &sign_in, &format!("{PASSWORD}\n"));
    assert_eq!(code, 0, "{said}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(folder.join("session"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let asked = |arguments: &[&str]| {
        let all = [arguments, &["--node", url.as_str(), "--token-file", "session"]].concat();
        accord(folder, &all, "")
    };
    let (code, found, said) = asked(&["search", "www[.]evil[.]example"]);
    assert_eq!(code, 0, "{said}");
    assert!(
        found.contains("verdict: www.evil.example is known by evil.example (parent)"),
        "{found}"
    );
    assert!(
        found.contains("indicator: evil.example known [simda] agency TLP:AMBER"),
        "{found}"
    );
    let (code, found, _) = asked(&["search", "--json", "Operation", "Heron"]);
    let answer: Value = serde_json::from_str(&found).unwrap();
    assert_eq!(
        (code, &answer["cases"]["items"][0]["named"]),
        (0, &Value::Bool(true))
    );
    assert_eq!(asked(&["search", "nowhere.example"]).0, 1);

    let (code, _, said) = asked(&["export", "stix", "--case", &case.to_string(), "-o", "all.json"]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("2 indicators, at most TLP:RED"), "{said}");
    let (code, list, _) = asked(&["export", "list", "--marking", "TLP:AMBER"]);
    assert!(
        code == 0 && list.contains("evil.example") && !list.contains("kept.example"),
        "{list}"
    );
    let (code, _, said) = asked(&["export", "hosts", "--kind", "ipv4"]);
    assert_eq!(code, 1, "{said}");
    assert_eq!(asked(&["export", "pdf"]).0, 2);
    let (code, built, said) = accord(folder, &["watchlist", "build", "-o", "w.awl", "all.json"], "");
    assert_eq!(code, 0, "{built}{said}");

    // A partner without a node.
    let (operator, signatory) = (
        story.org("agency").who("operator"),
        story.org("agency").who("signatory"),
    );
    let new = NewTaxiiAccount {
        name: "isp-feed".into(),
        org: "isp".parse().unwrap(),
        writes: true,
        until_ms: story.world.now_ms() + 30 * DAY_MS,
    };
    let opened = node.add_taxii_account(operator, &new).await.unwrap();
    node.confirm_taxii_account(signatory, "isp-feed").await.unwrap();
    std::fs::write(folder.join("token"), &opened.token).unwrap();
    std::fs::write(folder.join("wrong"), "0000").unwrap();
    let own = node.config.url.clone();
    let taxii = |arguments: &[&str]| {
        let all = [
            &["taxii"][..],
            arguments,
            &["--name", "isp-feed", "--token-file", "token"],
        ]
        .concat();
        accord(folder, &all, "")
    };
    // The node says its own address, which is not where it listens here: the secret does not go there.
    let (code, _, said) = taxii(&["collections", &url]);
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("not its own"), "{said}");
    story
        .org("agency")
        .serve_instead(accord_server::router(node.clone()));
    let (code, _, said) = accord(
        folder,
        &[
            "taxii",
            "collections",
            &own,
            "--name",
            "isp-feed",
            "--token-file",
            "wrong",
        ],
        "",
    );
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("401"), "{said}");
    let (code, collections, said) = taxii(&["collections", &own]);
    assert_eq!(code, 0, "{said}");
    let heron = collections
        .lines()
        .find(|line| line.contains("Heron"))
        .expect("the case's collection");
    assert!(heron.contains("read, add"), "{heron}");
    let id = heron.split(' ').next().unwrap();
    let pull = |to: &str| {
        let (code, _, said) = taxii(&["pull", &own, "--state", "state", "-o", to]);
        (
            code,
            std::fs::read_to_string(folder.join(to)).unwrap_or_default(),
            said,
        )
    };
    let (code, bundle, said) = pull("first.json");
    assert_eq!(code, 0, "{said}");
    assert!(
        bundle.contains("evil.example") && !bundle.contains("kept.example"),
        "{bundle}"
    );
    assert_eq!(pull("again.json").0, 1, "nothing new");
    story.world.advance(1_000);
    publish("More", Tlp::Amber, "more.example").await;
    let (code, bundle, _) = pull("more.json");
    assert!(
        code == 0 && bundle.contains("more.example") && !bundle.contains("evil.example"),
        "{bundle}"
    );
    assert_eq!(taxii(&["pull", &own, "--collection", "nothing"]).0, 2);
    let (code, _, said) = taxii(&["push", &own, "--collection", id, "first.json"]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("wait for a person"), "{said}");
    let officer = story.org("agency").who("officer");
    assert_eq!(node.received(officer, case).await.unwrap().len(), 1);
    std::fs::write(folder.join("none.json"), "[]").unwrap();
    assert_eq!(taxii(&["push", &own, "--collection", id, "none.json"]).0, 2);
}
