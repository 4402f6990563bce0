//! Searching and taking along by the pages; TAXII over HTTP, by hand and by the Python client of the standard's authors.

use std::path::{Path, PathBuf};
use std::process::Command;

use accord_model::content::{Indicator, IndicatorPublished, VerdictWish};
use accord_model::{EntryRef, Tlp};
use accord_service::{Draft, NewNote, NewTaxiiAccount, TAXII_ADD_BYTES_MAX};
use accord_testkit::{DAY_MS, Story};
use base64::Engine as _;
use serde_json::{Value, json};

use crate::client::{Answer, Client, form, set};
use crate::{ready, serve};

const TAXII: &str = "application/taxii+json;version=2.1";

/// The main job so far; without a list of what many use every indicator would need a second person.
async fn begun(seed: u64) -> Story {
    let story = ready(seed).await;
    let (node, operator) = story.at("agency", "operator");
    node.load_allow_list(operator, "top", "bank.example\n")
        .await
        .expect("a list");
    story
}

async fn write(story: &Story, title: &str, marking: Tlp, values: &[&str]) -> EntryRef {
    let (node, who) = story.at("agency", "officer");
    let draft = Draft {
        title: title.into(),
        marking,
        to: Vec::new(),
        note: NewNote::new(IndicatorPublished {
            indicators: values
                .iter()
                .map(|value| Indicator {
                    labels: vec!["simda".into(), "T1566.001".into()],
                    ..Indicator::of(*value)
                })
                .collect(),
            note: Some("seed recovered".into()),
            from: "analysis".into(),
            grading: None,
            source_protected: false,
            wish: VerdictWish::None,
            report: None,
            second: None,
        })
        .expect("a note"),
        expect: None,
    };
    node.publish_note(who, story.case(), &draft)
        .await
        .expect("published")
        .at
}

#[tokio::test(flavor = "multi_thread")]
async fn the_search_box_answers_and_teaches() {
    let story = begun(421).await;
    write(&story, "Names of the botnet", Tlp::Amber, &["evil.example"]).await;
    let at = serve(story.org("agency").node()).await;
    let officer = Client::signed_in(&at, "officer").await;
    // Every page has the box; the operator, who sees no case, has none.
    let page = officer
        .get("/cases")
        .await
        .is(200)
        .has("role=\"search\"")
        .has("/assets/search.");
    let script = page
        .body
        .split("src=\"")
        .filter_map(|rest| rest.split('"').next())
        .find(|src| src.contains("search."));
    officer
        .get(script.expect("a script"))
        .await
        .is(200)
        .has("keydown");
    let operator = Client::signed_in(&at, "operator").await;
    operator.get("/").await.is(200).lacks("role=\"search\"");
    operator.get("/search?q=evil.example").await.is(403);
    officer
        .get("/search")
        .await
        .is(200)
        .has("What can be searched for")
        .has("evil[.]example");
    officer
        .get("/search?q=hxxp%3A%2F%2Fwww%5B.%5Devil%5B.%5Dexample%2Fx")
        .await
        .is(200)
        .has("Read as a value (url).")
        .has("Verdict")
        .has("a domain above it")
        .has("Names of the botnet")
        .has("Operation Heron")
        .lacks("What can be searched for");
    officer
        .get("/search?q=nowhere.example")
        .await
        .is(200)
        .has("Nothing is known of it")
        .has("What can be searched for");
    let long = "x".repeat(501);
    officer
        .get(&format!("/search?q={long}"))
        .await
        .is(200)
        .has("It cannot be searched for.");
    officer
        .get("/search?q=%3Cscript%3E")
        .await
        .is(200)
        .lacks("<script>\"");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_looked_at_before_it_is_taken() {
    let story = begun(422).await;
    let case = story.case();
    write(
        &story,
        "Names",
        Tlp::Amber,
        &["evil.example", "9e107d9d372bb6826bd81d3542a419d6"],
    )
    .await;
    write(&story, "Kept", Tlp::Red, &["kept.example"]).await;
    let at = serve(story.org("agency").node()).await;
    let officer = Client::signed_in(&at, "officer").await;
    officer
        .get(&format!("/cases/{case}/intel"))
        .await
        .is(200)
        .has("Take it along")
        .has("As a graph")
        .has("Came by TAXII");
    officer
        .get("/export")
        .await
        .is(200)
        .has("Look at it first")
        .lacks("Before it happens");
    let page = officer
        .get(&format!(
            "/export?case={case}&format=suricata&marking=TLP%3AAMBER&kind=domain&kind=md5"
        ))
        .await
        .is(200)
        .has("Before it happens")
        .has("operation-heron.rules")
        .has("digest of a file")
        .has("TLP:AMBER");
    let take = page
        .body
        .split("href=\"")
        .filter_map(|rest| rest.split('"').next())
        .find(|href| href.contains("/export/file"));
    let take = take.expect("a link").replace("&#38;", "&");
    let file = officer
        .get(&take)
        .await
        .is(200)
        .has("content:\".evil.example\"")
        .lacks("kept.example");
    assert!(
        file.header("content-disposition")
            .contains("operation-heron.rules")
    );
    let stix = officer
        .get("/export/file?format=stix")
        .await
        .is(200)
        .has("kept.example");
    assert_eq!(stix.header("content-type"), "application/stix+json;version=2.1");
    officer
        .get("/export?format=pdf")
        .await
        .is(200)
        .has("No file can be made.");
    // What was not released to the partner is not in a file for it.
    let theirs = officer.get("/export/file?format=list&for=isp").await.is(200);
    theirs.has("evil.example").lacks("kept.example");
    let auditor = Client::signed_in(&at, "auditor").await;
    auditor.get("/export").await.is(403);
    auditor.get("/export/file?format=csv").await.is(403);
    officer
        .get(&format!("/cases/{case}/intel/graph"))
        .await
        .is(200)
        .has("<svg")
        .has("evil.example")
        .has("Linked with");
}

struct Partner {
    at: String,
    name: String,
    token: String,
}

impl Partner {
    fn client(&self) -> Client {
        let mut client = Client::new(&self.at);
        let pair = base64::engine::general_purpose::STANDARD.encode(format!("{}:{}", self.name, self.token));
        let header: &'static str = Box::leak(format!("Basic {pair}").into_boxed_str());
        client.extra = vec![("authorization", header), ("accept", TAXII)];
        client
    }

    async fn get(&self, path: &str) -> Answer {
        self.client().get(path).await
    }
}

async fn partner(story: &Story, at: &str, org: &str, writes: bool) -> Partner {
    let (node, operator) = story.at("agency", "operator");
    let new = NewTaxiiAccount {
        name: format!("{org}-feed"),
        org: org.parse().expect("a name"),
        writes,
        until_ms: story.world.now_ms() + 30 * DAY_MS,
    };
    let opened = node.add_taxii_account(operator, &new).await.expect("an account");
    let (_, signatory) = story.at("agency", "signatory");
    node.confirm_taxii_account(signatory, &opened.name)
        .await
        .expect("confirmed");
    Partner {
        at: at.to_owned(),
        name: opened.name,
        token: opened.token,
    }
}

fn json_of(answer: &Answer) -> Value {
    serde_json::from_str(&answer.body).unwrap_or_else(|_| panic!("no JSON: {}", answer.body))
}

/// The path of the case's collection.
async fn collection(story: &Story, partner: &Partner) -> String {
    let root = format!("/taxii2/{}", story.agreement());
    let told = json_of(&partner.get(&format!("{root}/collections/")).await.is(200));
    let all = told["collections"].as_array().expect("collections").clone();
    let case = all
        .iter()
        .find(|one| one["title"].as_str().is_some_and(|title| title.contains("Heron")));
    format!(
        "{root}/collections/{}",
        case.expect("the case")["id"].as_str().expect("an id")
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn taxii_as_the_standard_says() {
    let story = begun(423).await;
    write(&story, "Names", Tlp::Amber, &["evil.example"]).await;
    write(&story, "Above", Tlp::Red, &["above.example"]).await;
    let at = serve(story.org("agency").node()).await;
    let isp = partner(&story, &at, "isp", true).await;
    let place = collection(&story, &isp).await;
    let found = isp.get("/taxii2/").await.is(200).has("api_roots");
    assert_eq!(found.header("content-type"), TAXII);
    isp.get(&format!("/taxii2/{}/", story.agreement()))
        .await
        .is(200)
        .has("max_content_length");
    isp.get(&format!("{place}/"))
        .await
        .is(200)
        .has("\"can_write\":true");
    let objects = isp.get(&format!("{place}/objects/")).await.is(200);
    objects
        .body
        .contains("evil.example")
        .then_some(())
        .expect("what was released");
    assert!(!objects.body.contains("above.example"), "above the ceiling");
    assert!(objects.header("x-taxii-date-added-first").starts_with("2026-"));
    let told = json_of(&objects);
    let indicator = told["objects"]
        .as_array()
        .expect("objects")
        .iter()
        .find(|one| one["type"] == "indicator");
    let id = indicator.expect("an indicator")["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    isp.get(&format!("{place}/manifest/?match[type]=indicator"))
        .await
        .is(200)
        .has("date_added")
        .has(&id);
    isp.get(&format!("{place}/objects/?match%5Btype%5D=report"))
        .await
        .is(200)
        .lacks("objects");
    isp.get(&format!("{place}/objects/{id}/"))
        .await
        .is(200)
        .has("evil.example");
    isp.get(&format!("{place}/objects/{id}/versions/"))
        .await
        .is(200)
        .has("versions");
    isp.get(&format!("{place}/objects/indicator--0/"))
        .await
        .is(404)
        .has("\"title\"");
    let first = isp
        .get(&format!("{place}/objects/?limit=1"))
        .await
        .is(200)
        .has("\"more\":true");
    let next = json_of(&first)["next"].as_str().expect("where").to_owned();
    let second = isp
        .get(&format!("{place}/objects/?limit=1&next={next}"))
        .await
        .is(200);
    assert_ne!(first.body, second.body);
    for (path, status) in [
        (format!("{place}/objects/?limit=0"), 400),
        (format!("{place}/objects/?limit=x"), 400),
        (format!("{place}/objects/?added_after=yesterday"), 400),
        (format!("{place}/objects/?next=zz"), 400),
        (format!("{place}/objects/?match[colour]=red"), 400),
        (format!("{place}x/objects/"), 404),
        (format!("/taxii2/{}/collections/", "0".repeat(64)), 404),
        ("/taxii2/nothing/".to_owned(), 404),
        ("/taxii2/nothing".to_owned(), 404),
    ] {
        let answer = isp.get(&path).await.is(status);
        assert_eq!(answer.header("content-type"), TAXII, "{path}");
        assert_eq!(json_of(&answer)["http_status"], status.to_string(), "{path}");
    }

    // Whoever has no valid token gets one answer to everything.
    let nobody = Client::new(&at);
    let refused = nobody.get("/taxii2/").await.is(401);
    assert!(refused.header("www-authenticate").starts_with("Basic"));
    for path in [
        place.clone() + "/",
        place.clone() + "/objects/",
        "/taxii2/nothing/".to_owned(),
    ] {
        assert_eq!(nobody.get(&path).await.is(401).body, refused.body, "{path}");
    }
    let wrong = Partner {
        token: "0".repeat(64),
        ..partner_of(&isp)
    };
    assert_eq!(wrong.get("/taxii2/").await.is(401).body, refused.body);
    let other = Partner {
        name: "somebody".into(),
        ..partner_of(&isp)
    };
    assert_eq!(other.get("/taxii2/").await.is(401).body, refused.body);
    // A person's session is no account.
    let officer = Client::signed_in(&at, "officer").await;
    officer.get("/taxii2/").await.is(401);

    // Media types.
    let mut client = isp.client();
    client.extra[1] = ("accept", "text/html");
    client.get("/taxii2/").await.is(406);
    let client = isp.client();
    let objects = format!("{place}/objects/");
    let body = json!({ "objects": [
        { "type": "indicator", "spec_version": "2.1", "id": "indicator--1", "pattern_type": "stix",
          "modified": "2026-11-02T09:00:00.000Z", "pattern": "[domain-name:value = 'found.example']" }
    ]});
    let bytes = body.to_string();
    client
        .raw("POST", &objects, "application/json", bytes.as_bytes())
        .await
        .is(415);
    client.raw("POST", &objects, TAXII, b"{}").await.is(400);
    client.raw("POST", &objects, TAXII, b"[").await.is(400);
    let full = vec![b' '; TAXII_ADD_BYTES_MAX + 1];
    client.raw("POST", &objects, TAXII, &full).await.is(413);
    let status = client
        .raw("POST", &objects, TAXII, bytes.as_bytes())
        .await
        .is(202)
        .has("\"pending_count\":1");
    let id = json_of(&status)["id"].as_str().expect("an id").to_owned();
    let status = format!("/taxii2/{}/status/{id}/", story.agreement());
    isp.get(&status).await.is(200).has("pending");
    let reader = client
        .raw("DELETE", &format!("{place}/objects/indicator--1/"), TAXII, b"")
        .await;
    reader.is(200);
    isp.get(&status).await.is(200).has("complete").has("taken back");
    client
        .raw("DELETE", &format!("{place}/objects/indicator--9/"), TAXII, b"")
        .await
        .is(403);

    // What waits is decided on a page.
    let bytes = bytes.replace("indicator--1", "indicator--2");
    client
        .raw("POST", &objects, TAXII, bytes.as_bytes())
        .await
        .is(202);
    let (node, operator) = story.at("agency", "operator");
    node.load_allow_list(operator, "top", "bank.example\n")
        .await
        .expect("a list");
    let case = story.case();
    let page = officer
        .get(&format!("/cases/{case}/intel/received"))
        .await
        .is(200)
        .has("found.example");
    let publish = page
        .body
        .split("href=\"")
        .filter_map(|rest| rest.split('"').next())
        .find(|href| href.ends_with("/publish"));
    let publish = publish.expect("a link").to_owned();
    let page = officer
        .get(&publish)
        .await
        .is(200)
        .has("Publish on behalf of isp")
        .has("TLP:AMBER+STRICT");
    let answer = officer.post(&publish, &form(&page.body, &publish)).await;
    officer
        .follow(answer)
        .await
        .has("The note is published.")
        .has("Nothing waits.");
    officer
        .get("/search?q=found.example")
        .await
        .is(200)
        .has("On behalf of isp");
}

fn partner_of(other: &Partner) -> Partner {
    Partner {
        at: other.at.clone(),
        name: other.name.clone(),
        token: other.token.clone(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_asked_for_and_confirmed_by_the_pages() {
    let story = begun(424).await;
    let at = serve(story.org("agency").node()).await;
    let operator = Client::signed_in(&at, "operator").await;
    operator.get("/").await.is(200).has("href=\"/taxii\"");
    operator
        .get("/taxii")
        .await
        .is(200)
        .has("Nobody comes by TAXII yet.");
    let place = "/taxii/new";
    let page = operator.get(place).await.is(200);
    let mut fields = form(&page.body, place);
    for (name, value) in [
        ("name", "feed"),
        ("org", "nobody"),
        ("access", "read"),
        ("until", "2027-03-31"),
    ] {
        set(&mut fields, name, value);
    }
    operator
        .post(place, &fields)
        .await
        .is(200)
        .has("no agreement of this organisation names it");
    let page = operator.get(place).await.is(200);
    let mut fields = form(&page.body, place);
    for (name, value) in [
        ("name", "feed"),
        ("org", "isp"),
        ("access", "read"),
        ("until", "2027-03-31"),
    ] {
        set(&mut fields, name, value);
    }
    let page = operator.post(place, &fields).await.is(200).has("shown this once");
    let token = page
        .body
        .split("Token: ")
        .nth(1)
        .and_then(|rest| rest.get(..64))
        .expect("a token")
        .to_owned();
    operator.get("/taxii").await.is(200).has("waits for a signatory");
    let confirm = "/taxii/accounts/feed/confirm";
    operator.get(confirm).await.is(403);
    let isp = Partner {
        at: at.clone(),
        name: "feed".into(),
        token,
    };
    isp.get("/taxii2/").await.is(401);
    let signatory = Client::signed_in(&at, "signatory").await;
    let page = signatory.get(confirm).await.is(200).has("Confirm the account");
    let answer = signatory.post(confirm, &form(&page.body, confirm)).await;
    signatory.follow(answer).await.has("The account is open.");
    isp.get("/taxii2/").await.is(200);
    let close = "/taxii/accounts/feed/close";
    let page = operator.get(close).await.is(200);
    let answer = operator.post(close, &form(&page.body, close)).await;
    operator.follow(answer).await.has("The account is closed.");
    isp.get("/taxii2/").await.is(401);
    let officer = Client::signed_in(&at, "officer").await;
    officer.get("/taxii").await.is(403);
}

/// The Python of an environment that has the programs of the standard's authors; the reason why not is printed.
fn python() -> Option<PathBuf> {
    let tools = std::env::var_os("ACCORD_PYTHON_TOOLS").map(PathBuf::from)?;
    let python = tools.join("bin/python");
    let has = Command::new(&python)
        .args(["-c", "import taxii2client, stix2"])
        .output();
    has.is_ok_and(|output| output.status.success()).then_some(python)
}

fn run(python: &Path, script: &str, arguments: &[&str]) -> String {
    let output = Command::new(python)
        .arg("-c")
        .arg(script)
        .args(arguments)
        .output()
        .expect("python");
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(output.status.success(), "{said}");
    said
}

const BY_TAXII2_CLIENT: &str = r#"
import sys
from taxii2client.v21 import Server, as_pages
url, name, token = sys.argv[1:]
server = Server(url, user=name, password=token)
root = server.default
collection = [c for c in root.collections if 'Heron' in c.title][0]
assert collection.can_read and collection.can_write
seen = []
for page in as_pages(collection.get_objects, per_request=2):
    seen += page.get('objects', [])
whole = collection.get_objects()['objects']
assert sorted(o['id'] for o in seen) == sorted(o['id'] for o in whole), (seen, whole)
patterns = [o['pattern'] for o in whole if o['type'] == 'indicator']
assert patterns == ["[domain-name:value = 'evil.example']"], patterns
one = [o for o in whole if o['type'] == 'indicator'][0]
assert collection.get_object(one['id'])['objects'][0]['id'] == one['id']
assert collection.object_versions(one['id'])['versions'] == [one['modified']]
assert len(collection.get_manifest(type='indicator')['objects']) == 1
new = dict(one, id='indicator--6a8c4f6e-7c1e-4d6a-9b3a-2f0d1f3b5a11', pattern="[domain-name:value = 'found.example']")
status = collection.add_objects({'objects': [new]}, wait_for_completion=False)
assert status.status == 'pending' and status.pending_count == 1, status
status.refresh()
collection.delete_object(new['id'])
status.refresh()
assert status.status == 'complete' and status.failure_count == 1, status
print('done')
"#;

const BY_STIX2: &str = r#"
import sys, json
import stix2
bundle = stix2.parse(open(sys.argv[1]).read(), allow_custom=True)
kinds = sorted(set(o['type'] for o in bundle.objects))
assert 'indicator' in kinds and 'identity' in kinds and 'attack-pattern' in kinds, kinds
for o in bundle.objects:
    if o['type'] == 'indicator':
        assert isinstance(o, stix2.v21.Indicator), type(o)
print(len(bundle.objects))
"#;

#[tokio::test(flavor = "multi_thread")]
async fn the_programs_of_the_standards_authors_read_it() {
    let Some(python) = python() else {
        assert!(
            std::env::var_os("CI").is_none(),
            "ACCORD_PYTHON_TOOLS must have taxii2-client and stix2 in CI"
        );
        eprintln!("skipped: taxii2-client and stix2; set ACCORD_PYTHON_TOOLS");
        return;
    };
    let story = begun(425).await;
    write(&story, "Names", Tlp::Amber, &["evil.example"]).await;
    write(&story, "Above", Tlp::Red, &["above.example"]).await;
    let at = serve(story.org("agency").node()).await;
    let isp = partner(&story, &at, "isp", true).await;
    let url = format!("http://{at}/taxii2/");
    // The discovery names the node's own address; here the server listens on another port.
    let own = story.org("agency").node().config.url.clone();
    let script = BY_TAXII2_CLIENT.replace(
        "root = server.default",
        &format!("root = type(server.default)(server.default.url.replace({own:?}, 'http://{at}'), user=name, password=token)"),
    );
    let (name, token) = (isp.name.clone(), isp.token.clone());
    let said = {
        let python = python.clone();
        tokio::task::spawn_blocking(move || run(&python, &script, &[&url, &name, &token]))
    };
    assert_eq!(said.await.expect("ran").trim(), "done");
    let officer = Client::signed_in(&at, "officer").await;
    let everything = [
        "198.51.100.7:8443",
        "2001:db8::/32",
        ".dyn.example",
        "bad.example/a.php?x=(1)&y=%27",
        "mule@mail.example",
        "9e107d9d372bb6826bd81d3542a419d6",
    ];
    write(&story, "More", Tlp::Green, &everything).await;
    let bundle = officer.get("/export/file?format=stix").await.is(200);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("bundle.json");
    std::fs::write(&file, &bundle.body).expect("written");
    run(&python, BY_STIX2, &[file.to_str().expect("a path")]);
}
