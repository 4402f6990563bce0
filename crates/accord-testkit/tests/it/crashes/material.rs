//! What is brought in and attached, what comes by TAXII, what people are told by a webhook.

use std::sync::{Arc, Mutex};

use accord_model::Tlp;
use accord_model::content::FileNature;
use accord_service::{
    Choices, ImportDraft, ImportPublished, NewFile, NewTaxiiAccount, NoticeSettings, NoticeWhen,
    NoticesConfig, Published, ReceivedPublished, Result, ServiceError, TaxiiCaller, Webhook,
};
use accord_testkit::{DAY_MS, START_MS, Story, once};
use serde_json::{Value, json};

use super::{asking, fail_every_write, later, note};
use crate::leaks::{everything, holds};
use crate::notices::hook;

const MATERIAL: &[&str] = &[
    "brought in",
    "chosen",
    "published",
    "a file",
    "sync",
    "taken along",
    "sync",
    "a draft thrown away",
];
const REPORT: &str = "# Loader of autumn\nTLP:AMBER\n\nIt talks to c2.evil.example and 203.0.113.66,\nand shows \
                      bank.example to its victims.\n";
const DRAFTED: &str = "# Not yet\n\nno-canary.example is nobody's business\n";

async fn bring_in(story: &mut Story, key: &str, text: &str) -> Result<()> {
    let (node, who) = story.at("isp", "researcher");
    let draft = node.draft_import(who, "autumn.md", Some(story.case()), text.as_bytes().to_vec());
    let draft: ImportDraft = once(node, who, key, draft).await?;
    story.facts.words.insert(key.to_owned(), draft.id);
    Ok(())
}

async fn material(story: &mut Story, name: &str) -> Result<()> {
    match name {
        "brought in" => bring_in(story, "draft", REPORT).await?,
        "chosen" => {
            let choices = Choices {
                labels: vec!["autumn".into()],
                report: Some("A loader, described.".into()),
                attach: Some(FileNature::Document),
                ..Choices::default()
            };
            let (node, who) = story.at("isp", "researcher");
            let choose = node.choose_import(who, story.word("draft"), Some(story.case()), &choices);
            let _: ImportDraft = once(node, who, "choose", choose).await?;
        }
        "published" => {
            let (node, who) = story.at("isp", "researcher");
            let id = story.word("draft");
            let done: ImportPublished =
                once(node, who, "publish-draft", node.publish_import(who, id, None)).await?;
            let (report, indicators, file) = (done.report.expect("a report"), &done.indicators, &done.files);
            let (indicators, file) = (indicators[0].at, file[0].at);
            assert!(node.imports(who).await?.is_empty(), "the draft is done");
            story.remember("report", "isp", report.at);
            story.remember("indicators", "isp", indicators);
            story.remember("file", "isp", file);
        }
        "a file" => {
            note(
                story,
                ("isp", "researcher"),
                "sample",
                async |story, node, who| {
                    let new = NewFile {
                        title: "The loader".into(),
                        marking: Tlp::Amber,
                        to: Vec::new(),
                        name: "loader.exe".into(),
                        media_type: "application/octet-stream".into(),
                        nature: FileNature::Sample,
                        about: Some(story.noted("report")),
                        note: None,
                        expect: None,
                    };
                    let bytes = b"MZ a loader".to_vec();
                    Ok(node.attach_file(who, story.case(), &new, bytes).await?.at)
                },
            )
            .await?;
        }
        "taken along" => {
            let (node, who) = story.at("agency", "investigator");
            for (key, bytes) in [("sample", "MZ a loader"), ("file", REPORT)] {
                let (_, got) = node.download_file(who, story.noted(key)).await?;
                assert_eq!(got, bytes.as_bytes(), "{key}: byte by byte");
            }
        }
        "a draft thrown away" => {
            bring_in(story, "other-draft", DRAFTED).await?;
            let (node, who) = story.at("isp", "researcher");
            let drop = node.drop_import(who, story.word("other-draft"));
            once(node, who, "drop-draft", drop).await?;
            assert!(node.imports(who).await?.is_empty(), "nothing of it is left");
        }
        other => panic!("there is no step {other}"),
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_write_of_what_is_brought_in_may_fail() {
    let (story, writes) = fail_every_write(7_060, later::begin, MATERIAL, material).await;
    assert!(writes >= 12, "{writes} writes failed");
    let got = everything(&story, "agency", "isp").await;
    assert!(holds(&got, "A loader, described."));
    assert!(!holds(&got, "no-canary.example"), "a draft left");
}

const TAXII: &[&str] = &[
    "an account",
    "confirmed",
    "an addition",
    "published on behalf",
    "another addition, left",
    "a page is read",
    "sync",
    "the account is closed",
];

fn indicator(number: u32, value: &str) -> Value {
    json!({
        "type": "indicator", "spec_version": "2.1", "id": format!("indicator--{number}"),
        "created": "2026-11-02T09:00:00.000Z", "modified": "2026-11-02T09:00:00.000Z",
        "pattern": format!("[domain-name:value = '{value}']"), "pattern_type": "stix",
        "valid_from": "2026-11-02T09:00:00.000Z",
        "object_marking_refs": ["marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"]
    })
}

/// Whoever comes with the account's token, and the case's collection.
async fn caller(story: &Story) -> Result<(TaxiiCaller, String)> {
    let node = story.org("agency").node();
    let caller = node
        .taxii_caller(Some(story.word("account")), story.word("token"))
        .await?;
    let all = node.taxii_collections(&caller, story.agreement()).await?;
    let case = all.into_iter().find(|one| one.title.contains("Heron"));
    Ok((caller, case.expect("the case's collection").id))
}

/// An account's token is told once: where it was not heard, the account is closed and another is asked for.
async fn account(story: &mut Story) -> Result<()> {
    let (node, operator) = story.at("agency", "operator");
    let new = |name: &str| NewTaxiiAccount {
        name: name.into(),
        org: "isp".parse().expect("a name"),
        writes: true,
        until_ms: START_MS + 30 * DAY_MS,
    };
    let opened = match node.add_taxii_account(operator, &new("feed")).await {
        Err(ServiceError::Conflict(_)) => {
            node.close_taxii_account(operator, "feed").await?;
            node.add_taxii_account(operator, &new("feed-again")).await?
        }
        other => other?,
    };
    story.facts.words.insert("account".into(), opened.name);
    story.facts.words.insert("token".into(), opened.token);
    Ok(())
}

/// Adds an object, unless it waits already: what a client that heard no answer looks for first.
async fn add(story: &mut Story, object: Value, key: &str) -> Result<()> {
    let (node, officer) = story.at("agency", "officer");
    let waiting = node.received(officer, story.case()).await?;
    let id = match waiting.into_iter().next() {
        Some(known) => known.id,
        None => {
            let (caller, collection) = caller(story).await?;
            let place = (story.agreement(), collection.as_str());
            node.taxii_add(&caller, place, &[object]).await?.id
        }
    };
    story.facts.words.insert(key.into(), id);
    Ok(())
}

async fn taxii(story: &mut Story, name: &str) -> Result<()> {
    match name {
        "an account" => account(story).await?,
        "confirmed" => {
            let (node, signatory) = story.at("agency", "signatory");
            let name = story.word("account");
            let all = node.taxii_accounts(signatory).await?;
            if all.iter().any(|one| one.name == name && one.state == "waiting") {
                node.confirm_taxii_account(signatory, name).await?;
            }
            caller(story).await?;
        }
        "an addition" => add(story, indicator(1, "found.example"), "addition").await?,
        "published on behalf" => {
            let (node, who) = story.at("agency", "officer");
            let publish = node.publish_received(who, story.case(), story.word("addition"));
            let done: ReceivedPublished = once(node, who, "publish-received", publish).await?;
            let published: Vec<Published> = done.published;
            assert_eq!((published.len(), done.waiting.len()), (1, 0));
            story.remember("on behalf", "agency", published[0].at);
        }
        "another addition, left" => {
            if !story.facts.words.contains_key("left") {
                add(story, indicator(2, "left-canary.example"), "left").await?;
            }
            let (node, who) = story.at("agency", "officer");
            if !node.received(who, story.case()).await?.is_empty() {
                node.drop_received(who, story.case(), story.word("left")).await?;
            }
            let (caller, _) = caller(story).await?;
            let status = node
                .taxii_status(&caller, story.agreement(), story.word("left"))
                .await?;
            assert_eq!((status.complete, status.failures.len()), (true, 1));
        }
        "a page is read" => {
            let node = story.org("agency").node();
            let (caller, collection) = caller(story).await?;
            let place = (story.agreement(), collection.as_str());
            let page = node
                .taxii_page(&caller, place, &accord_service::TaxiiAsked::default(), "test")
                .await?;
            let text = serde_json::to_string(&page.objects.iter().map(|one| &one.object).collect::<Vec<_>>());
            let text = text.expect("objects serialise");
            assert!(!text.contains("left-canary"), "{text}");
        }
        "the account is closed" => {
            let (node, operator) = story.at("agency", "operator");
            node.close_taxii_account(operator, story.word("account")).await?;
            assert!(caller(story).await.is_err(), "nobody comes in any more");
        }
        other => panic!("there is no step {other}"),
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_write_by_taxii_may_fail() {
    let (story, writes) = fail_every_write(7_070, later::begin, TAXII, taxii).await;
    assert!(writes >= 8, "{writes} writes failed");
    let got = everything(&story, "isp", "agency").await;
    assert!(holds(&got, "found.example") && !holds(&got, "left-canary"));
}

/// What a webhook was given.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<String>>>);

impl Told {
    /// The ids of the notices, each as often as it came.
    fn ids(&self) -> Vec<String> {
        let taken = self.0.lock().expect("no holder panics");
        let bodies = taken
            .iter()
            .filter_map(|text| text.split_once("\r\n\r\n").map(|(_, body)| body));
        bodies
            .map(|body| {
                let said: Value = serde_json::from_str(body).expect("a notice");
                said["id"].as_str().expect("its id").to_owned()
            })
            .collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_write_of_notices_may_fail() {
    let told = Told::default();
    let address = hook(told.0.clone(), Arc::new(Mutex::new(200))).await;
    let config = NoticesConfig {
        mail: None,
        webhook: Some(Webhook {
            url: address,
            secret: b"a secret of the webhook".to_vec(),
        }),
    };
    let steps = &["wanted", "told", "told no more"];
    let begin = async |seed| {
        let mut story = later::begin(seed).await;
        asking::ask_shop(&mut story, "G-1").await.unwrap();
        story
    };
    let (story, writes) = fail_every_write(7_080, begin, steps, async |story: &mut Story, name: &str| {
        let (node, officer) = story.at("agency", "officer");
        let settings = |when| NoticeSettings {
            webhook: true,
            when,
            ..NoticeSettings::default()
        };
        match name {
            "wanted" => node.set_notices(officer, &settings(NoticeWhen::AtOnce)).await,
            "told" => {
                // A request to a guest waits for the case officer.
                node.use_notices(config.clone())?;
                let before = told.ids().len();
                node.notices_round().await?;
                let operator = story.org("agency").who("operator");
                assert_eq!(node.notices_state(operator).await?.queued, 0);
                // Sent again only where it is not known that it was sent, and then under the same id.
                let ids = told.ids().split_off(before);
                assert!(ids.len() <= 1, "{ids:?}");
                Ok(())
            }
            "told no more" => node.set_notices(officer, &settings(NoticeWhen::None)).await,
            other => panic!("there is no step {other}"),
        }
    })
    .await;
    assert!(writes >= 4, "{writes} writes failed");
    assert!(!told.ids().is_empty());
    let (node, operator) = story.at("agency", "operator");
    assert_eq!(node.notices_state(operator).await.unwrap().sent, 1);
}
