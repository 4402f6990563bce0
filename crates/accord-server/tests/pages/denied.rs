//! The page that says no says what was tried, by which rule or clause, who could, and one thing to do about it.

use crate::client::{Client, form, set};
use crate::{ready, serve};

#[tokio::test(flavor = "multi_thread")]
async fn outside_a_case_it_names_the_act_and_the_roles() {
    let story = ready(141).await;
    let at = serve(story.org("isp").node()).await;
    let operator = Client::signed_in(&at, "operator").await;
    let page = operator.get("/audit").await.is(403);
    page.has("You may not read the access log.")
        .has("The access log is read by the auditor.")
        .has("an auditor of isp")
        .has("Ask them in person or by phone")
        .lacks("Set a task")
        .lacks("You may not do this");
    // Of a case that the person may not see the page says nothing.
    let case = story.case().to_string();
    let other: String = case.chars().rev().collect();
    let asked = |id: &str| format!("/approvals/{id}/0");
    let (there, not_there) = (
        operator.get(&asked(&case)).await,
        operator.get(&asked(&other)).await,
    );
    assert_eq!(there.status, not_there.status);
    assert_eq!(there.body, not_there.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_case_it_names_who_could_and_sets_a_task_for_them() {
    let story = ready(142).await;
    let case = story.case();
    let at = serve(story.org("agency").node()).await;
    let investigator = Client::signed_in(&at, "investigator").await;
    let tried = format!("/cases/{case}/stage");
    let page = investigator.get(&tried).await.is(403);
    let page = page
        .has("You may not run cases")
        .has("A case is run by a case officer.")
        .has("case officer")
        .has("Set a task for");
    // The button opens the form of a task, filled in, that only the own organisation reads.
    let write = format!("/cases/{case}/write/task.set");
    let href = page
        .body
        .split("href=\"")
        .filter_map(|part| part.split('"').next())
        .find(|href| href.starts_with(&write))
        .expect("a link to a task")
        .replace("&#38;", "&")
        .replace("&amp;", "&");
    let page = investigator
        .get(&href)
        .await
        .is(200)
        .has("only agency")
        .lacks("Meant for");
    let fields = form(&page.body, &write);
    assert!(
        fields.contains(&("to".to_owned(), "agency".to_owned())),
        "{fields:?}"
    );
    assert!(
        fields.contains(&("org".to_owned(), "agency".to_owned())),
        "{fields:?}"
    );
    let page = investigator
        .post(&write, &fields)
        .await
        .is(200)
        .has("To nobody outside agency.");
    let answer = investigator.post(&write, &form(&page.body, &write)).await;
    investigator.follow(answer).await.has("run cases");
    let officer = Client::signed_in(&at, "officer").await;
    officer
        .get(&format!("/cases/{case}/tasks"))
        .await
        .is(200)
        .has("run cases");
    story.sync().await.expect("pulls");
    let isp = Client::signed_in(&serve(story.org("isp").node()).await, "approver").await;
    isp.get(&format!("/cases/{case}/tasks"))
        .await
        .is(200)
        .lacks("run cases");

    // Whoever may not write a kind of note is told who does.
    let approver = Client::signed_in(&at, "approver").await;
    let place = format!("/cases/{case}/write/subject.recorded");
    let page = approver.get(&place).await.is(200);
    let mut fields = form(&page.body, &place);
    for (name, value) in [("title", "t"), ("reference", "S-1"), ("text", "t")] {
        set(&mut fields, name, value);
    }
    let page = approver.post(&place, &fields).await.is(403);
    page.has("You may not write this note here.")
        .has("Who could allow it")
        .has("Set a task for");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clause_stands_there_with_its_words_and_its_place() {
    let mut story = ready(143).await;
    let request = story.hunt("isp").await.expect("a hunt");
    story.sync().await.expect("pulls");
    let at = serve(story.org("isp").node()).await;
    let approver = Client::signed_in(&at, "approver").await;
    let place = format!("/approvals/{}/{}", request.ledger, request.seq);
    let page = approver.get(&place).await.is(200);
    let start = format!("{place}/preview");
    approver.post(&start, &form(&page.body, &start)).await.is(303);
    let page = approver.previewed(&place).await.has("Approve as shown");
    let mut fields = form(&page.body, &place);
    set(&mut fields, "act", "approve");

    // The instrument ends between the look and the press.
    let (node, officer) = story.at("agency", "officer");
    let instrument = story.facts.instruments["isp"];
    node.end_instrument(officer, story.case(), instrument, "set aside on appeal")
        .await
        .expect("ended");
    story.sync().await.expect("pulls");
    let page = approver.post(&place, &fields).await.is(403);
    let clause = format!("/agreements/{}#clause-8-1", story.agreement());
    let page = page
        .has("You may not decide this request.")
        .has("by this clause.")
        .has("Clause 8.1")
        .has(&clause);
    // Its words are those of the agreement's own page.
    let words = page
        .body
        .split("Clause 8.1</a></p><p>")
        .nth(1)
        .and_then(|rest| rest.split("</p>").next());
    let words = words
        .expect("the words of the clause")
        .trim_end_matches('.')
        .to_owned();
    assert!(words.len() > 10, "{words}");
}
