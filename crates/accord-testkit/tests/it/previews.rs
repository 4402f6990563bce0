//! Previews in the background, many indicators, witnesses that came later, and what an auditor reads.

use std::collections::BTreeSet;

use accord_evidence::{paths, read_zip};
use accord_model::Tlp;
use accord_service::{
    AccessFilter, HuntProgress, JobState, LogStoreError, Narrowing, NewInstrument, PreviewJob, ServiceError,
    Verdict,
};
use accord_testkit::{INDICATOR, Story, as_json, decision, report};

use crate::{TWO, denied};

async fn ended(story: &Story) -> PreviewJob {
    let at = story.hunt_of("isp");
    let (node, who) = story.at("isp", "approver");
    loop {
        let job = node.preview_job(who, at).await.unwrap();
        if job.state != JobState::Running {
            return job;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_runs_by_itself_and_is_there_after_a_restart() {
    let mut story = Story::asked(80, TWO).await;
    let at = story.hunt_of("isp");
    let (node, who) = story.at("isp", "approver");
    let none = node.preview_job(who, at).await.unwrap();
    assert_eq!((none.state, none.preview.is_none()), (JobState::None, true));
    assert!(none.words.unwrap().contains("restarted"));
    for sign_in in ["operator", "signatory", "auditor"] {
        let who = story.org("isp").who(sign_in);
        denied(story.org("isp").node().start_preview(who, at).await);
        denied(story.org("isp").node().preview_job(who, at).await);
        denied(story.org("isp").node().stop_preview(who, at).await);
    }
    let begun = story.org("isp").node().start_preview(who, at).await.unwrap();
    assert!(
        matches!(begun.state, JobState::Running | JobState::Done),
        "{begun:?}"
    );
    let job = ended(&story).await;
    assert_eq!(job.state, JobState::Done, "{job:?}");
    assert_eq!((job.lines, job.segments_done, job.segments_total), (4, 1, 1));
    assert_eq!(job.scanned_bytes, job.total_bytes);
    let preview = job.preview.unwrap();
    assert_eq!(preview.lines.len(), 4);

    story.org_mut("isp").restart().await;
    let after = ended(&story).await;
    assert_eq!(after.state, JobState::Done);
    assert_eq!(after.preview.unwrap().commitment, preview.commitment);
    let (node, who) = story.at("isp", "approver");
    let approve = Verdict::Approve {
        preview: preview.commitment,
        reason: None,
    };
    node.decide(who, at, &approve).await.unwrap();
    let again = story.org("isp").node().start_preview(who, at).await;
    assert!(matches!(again, Err(ServiceError::Conflict(_))), "{again:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_approver_alone_is_told_how_many_lines_it_may_hit() {
    let story = Story::asked(83, TWO).await;
    let at = story.hunt_of("isp");
    let node = story.org("isp").node();
    for sign_in in ["operator", "signatory", "auditor"] {
        denied(node.count_hunt(story.org("isp").who(sign_in), at).await);
    }
    // The asker's node does not hold the logs, and tells nothing.
    let (asker, investigator) = story.at("agency", "investigator");
    assert!(asker.count_hunt(investigator, at).await.is_err());

    let who = story.org("isp").who("approver");
    let counts = node.count_hunt(who, at).await.unwrap();
    let preview = node
        .preview_hunt(who, at, &HuntProgress::default())
        .await
        .unwrap();
    assert_eq!(counts.lines, preview.lines.len() as u64);
    assert_eq!(counts.gaps, Vec::<String>::new());
    assert_eq!((counts.counted.len(), counts.segments), (1, 1));
    assert_eq!(counts.counted[0].indicator, INDICATOR);
    assert!(preview.read_bytes.unwrap() <= preview.scanned_bytes);
    let (_, auditor) = story.at("isp", "auditor");
    let page = node
        .access_page(auditor, &AccessFilter::default(), None)
        .await
        .unwrap();
    let counted: Vec<&str> = page
        .lines
        .iter()
        .filter(|line| line.what == "hunt.counted")
        .map(|line| line.subject.as_str())
        .collect();
    assert_eq!(counted, [at.to_string()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_that_is_stopped_leaves_nothing() {
    let story = Story::asked(81, TWO).await;
    let at = story.hunt_of("isp");
    let (node, who) = story.at("isp", "approver");
    let progress = HuntProgress::default();
    progress.cancel();
    let stopped = node.preview_hunt(who, at, &progress).await;
    assert!(
        matches!(stopped, Err(ServiceError::Logs(LogStoreError::Cancelled))),
        "{stopped:?}"
    );
    assert!(node.preview_job(who, at).await.unwrap().preview.is_none());
    // As a job: whichever came first, the stop or the end.
    story.org("isp").node().start_preview(who, at).await.unwrap();
    node.stop_preview(who, at).await.unwrap();
    let job = ended(&story).await;
    match job.state {
        JobState::Stopped => assert!(job.preview.is_none()),
        JobState::Done => assert!(job.preview.is_some()),
        other => panic!("{other:?}: {job:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_indicators_are_narrowed_in_few_words() {
    let story = Story::asked(82, TWO).await;
    let case = story.case();
    let mut hunt = story.new_hunt("isp");
    hunt.reference = "H-500".into();
    hunt.indicators = (0..499).map(|number| format!("host-{number}.example")).collect();
    hunt.indicators.push(INDICATOR.into());
    let (node, who) = story.at("agency", "investigator");
    let asked = node.ask_hunt(who, case, &hunt).await.unwrap().at;
    story.sync().await.unwrap();
    let (node, who) = story.at("isp", "approver");
    let preview = node
        .preview_hunt(who, asked, &HuntProgress::default())
        .await
        .unwrap();
    let kept: BTreeSet<String> = hunt.indicators.iter().skip(1).cloned().collect();
    let narrow = Verdict::Narrow {
        preview: preview.commitment,
        narrowing: Narrowing {
            indicators: Some(kept.clone()),
            ..Narrowing::default()
        },
        reason: "one of them is ours".into(),
    };
    let exhibit = node.decide(who, asked, &narrow).await.unwrap().exhibit.unwrap();
    story.sync().await.unwrap();
    let (node, who) = story.at("agency", "investigator");
    let view = node.case(who, case).await.unwrap();
    let answered = view.requests.iter().find(|request| request.at == asked).unwrap();
    let words = answered.answer.clone().unwrap();
    assert!(
        words.contains("(499)") && words.contains("and 494 more"),
        "{words}"
    );
    assert!(words.len() < 1_000, "{words}");
    let (_, zip) = node.download_exhibit(who, exhibit).await.unwrap();
    let files = read_zip(&zip).unwrap();
    let record = String::from_utf8_lossy(files.get(paths::ACQUISITION).unwrap());
    assert!(kept.iter().all(|indicator| record.contains(indicator.as_str())));
    assert!(node.verify_exhibit(who, exhibit).await.unwrap().is_verified());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_package_keeps_its_witness_while_the_ledger_grows() {
    let mut story = Story::asked(83, TWO).await;
    story.preview("isp").await.unwrap();
    story.approve("isp").await.unwrap();
    story.sync().await.unwrap();
    let at = story.exhibit_of("isp");
    let passes = async |story: &Story| {
        for (org, name) in [("isp", "approver"), ("agency", "investigator")] {
            let (node, who) = story.at(org, name);
            let report = node.verify_exhibit(who, at).await.unwrap();
            assert!(report.is_verified(), "{org}: {:?}", report.failures());
            let check = report.check("cosignatures").unwrap();
            assert_eq!(
                check.outcome,
                accord_evidence::Outcome::Passed,
                "{org}: {check:?}"
            );
        }
    };
    passes(&story).await;
    for number in 0..3 {
        let (node, who) = story.at("isp", "approver");
        let draft = decision(&format!("later {number}"), "text", Tlp::Clear);
        node.publish_note(who, story.case(), &draft).await.unwrap();
        story.sync().await.unwrap();
        passes(&story).await;
    }
    story.org_mut("isp").restart().await;
    passes(&story).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_auditor_reads_what_was_decided_and_no_content() {
    let mut story = Story::asked(84, TWO).await;
    let case = story.case();
    let (node, who) = story.at("agency", "investigator");
    let draft = report("a telling title", "a telling text", Tlp::Clear);
    node.publish_note(who, case, &draft).await.unwrap();
    story.preview("isp").await.unwrap();
    story.approve("isp").await.unwrap();
    story.sync().await.unwrap();
    for org in ["agency", "isp"] {
        let (node, auditor) = story.at(org, "auditor");
        let spaces = node.audit_spaces(auditor).await.unwrap();
        assert_eq!(spaces.len(), 2, "{spaces:?}");
        let page = node.audit_space(auditor, case, None).await.unwrap();
        assert_eq!(page.next, None);
        let given = page.lines.iter().find(|line| line.clause.is_some()).unwrap();
        assert_eq!(given.org, story.org("isp").name);
        assert_eq!(given.person, Some(story.org("isp").who("approver").person));
        let told = as_json(&page);
        for content in [
            "a telling",
            "the family calls home",
            INDICATOR,
            "approver of isp",
            "investigator of agency",
        ] {
            assert!(!told.contains(content), "{org}: {content}");
        }
        for sign_in in ["operator", "signatory", "approver"] {
            let (node, who) = story.at(org, sign_in);
            denied(node.audit_spaces(who).await);
            denied(node.audit_space(who, case, None).await);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_auditors_pages_go_on_where_the_last_ended() {
    let story = Story::asked(85, TWO).await;
    let case = story.case();
    let now = story.world.now_ms();
    let (node, who) = story.at("agency", "officer");
    for number in 0..201 {
        let new = NewInstrument {
            reference: format!("N-{number}"),
            authority: "District Court".into(),
            power: "Act 7, section 12".into(),
            categories: vec![accord_model::Category::LogEvidence],
            scope: "access logs".into(),
            addressee: story.org("isp").name.clone(),
            from_ms: now,
            to_ms: now + 1_000,
        };
        node.record_instrument(who, case, &new).await.unwrap();
    }
    let (node, auditor) = story.at("agency", "auditor");
    let first = node.audit_space(auditor, case, None).await.unwrap();
    assert_eq!(first.lines.len(), 200);
    let rest = node.audit_space(auditor, case, first.next).await.unwrap();
    assert_eq!(rest.next, None);
    assert_eq!((first.lines.len() + rest.lines.len()) as u64, first.space.notes);
    let mut seen: Vec<_> = first
        .lines
        .iter()
        .chain(&rest.lines)
        .map(|line| line.at)
        .collect();
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len() as u64, first.space.notes);
    let nowhere = accord_model::EntryRef {
        ledger: seen[0].ledger,
        seq: 1_000_000,
    };
    let wrong = node.audit_space(auditor, case, Some(nowhere)).await;
    assert!(matches!(wrong, Err(ServiceError::Invalid { .. })), "{wrong:?}");

    let recorded = AccessFilter {
        who: "officer".into(),
        what: "instrument".into(),
        from_ms: Some(now),
        to_ms: None,
    };
    let page = node.access_page(auditor, &recorded, None).await.unwrap();
    assert_eq!(page.lines.len(), 200);
    let rest = node.access_page(auditor, &recorded, page.next).await.unwrap();
    assert_eq!(
        rest.lines
            .iter()
            .filter(|line| line.what == "instrument.recorded")
            .count(),
        rest.lines.len()
    );
    assert_eq!((rest.lines.len(), rest.next), (2, None));
}
