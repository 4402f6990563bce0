//! The team and keeping by their pages: each act says first what will happen, and is denied with words.

use accord_model::{Role, Tlp};
use accord_testkit::{DAY_MS, Story, report};

use crate::client::{Answer, Client, form, set};
use crate::{ready, serve};

fn href<'a>(body: &'a str, words: &str) -> &'a str {
    let (before, _) = body
        .split_once(&format!(">{words}"))
        .unwrap_or_else(|| panic!("no link says {words:?}"));
    let (_, address) = before.rsplit_once("href=\"").expect("an address");
    address.split('"').next().expect("an address")
}

fn path(address: &str) -> &str {
    address.split('?').next().expect("a path")
}

/// Fills in a form, goes on to what will happen, and confirms it.
async fn done(client: &Client, place: &str, fields: &[(&str, &str)], says: &[&str]) -> Answer {
    let page = client.get(place).await.is(200);
    let mut first = form(&page.body, path(place));
    for (name, value) in fields {
        if *name == "categories" || *name == "roles" {
            first.push(((*name).to_owned(), (*value).to_owned()));
        } else {
            set(&mut first, name, value);
        }
    }
    let mut page = client
        .post(path(place), &first)
        .await
        .is(200)
        .has("Before it happens");
    for words in says {
        page = page.has(words);
    }
    let second = form(&page.body, path(place));
    let answer = client.post(path(place), &second).await.is(303);
    let again = client.post(path(place), &second).await.is(303);
    assert_eq!(
        path(answer.header("location")),
        path(again.header("location")),
        "done once"
    );
    client.follow(answer).await
}

async fn officers(story: &mut Story) {
    story
        .org_mut("agency")
        .add_person("second", &[Role::CaseOfficer])
        .await
        .unwrap();
    story
        .org_mut("agency")
        .add_person("disclosure", &[Role::DisclosureOfficer])
        .await
        .unwrap();
    let (agency, approver) = story.at("agency", "approver");
    for (name, role) in [
        ("second", Role::CaseOfficer),
        ("disclosure", Role::DisclosureOfficer),
    ] {
        let person = story.org("agency").who(name).person;
        agency
            .add_member(approver, story.case(), person, &[role].into(), None)
            .await
            .unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pen_is_offered_and_taken_on_the_teams_tab() {
    let mut story = ready(60).await;
    officers(&mut story).await;
    let at = serve(story.org("agency").node()).await;
    let team = format!("/cases/{}/team", story.case());
    let (holder, other) = (
        Client::signed_in(&at, "officer").await,
        Client::signed_in(&at, "second").await,
    );
    other
        .get(&team)
        .await
        .is(200)
        .has("holds the pen")
        .lacks("Pass the pen");
    other
        .get(&format!("{team}/pen"))
        .await
        .is(403)
        .has("by who holds it");
    let to = format!("agency/{}", story.org("agency").who("second").person);
    done(
        &holder,
        &format!("{team}/pen"),
        &[("to", &to)],
        &["Nothing changes"],
    )
    .await
    .has("You keep it until they take it");
    let inbox = other.get("/").await.is(200).has("offers you the pen");
    let offer = href(&inbox.body, "Look at it").to_owned();
    holder.get(&offer).await.is(200).has("offered to somebody else");
    let page = other.get(&offer).await.is(200).has("Take the pen");
    let answer = other.post(&offer, &form(&page.body, &offer)).await;
    other
        .follow(answer)
        .await
        .has("You hold the pen")
        .has("Pass the pen");
    holder.get(&team).await.is(200).lacks("Pass the pen");
    let stage = format!("/cases/{}/stage", story.case());
    let page = holder.get(&stage).await.is(200);
    let mut fields = form(&page.body, &stage);
    set(&mut fields, "stage", "assessed");
    holder.post(&stage, &fields).await.is(403);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_with_a_scope_finds_the_tabs_of_it() {
    let mut story = ready(61).await;
    story
        .org_mut("agency")
        .add_person("analyst", &[Role::Investigator])
        .await
        .unwrap();
    let at = serve(story.org("agency").node()).await;
    let approver = Client::signed_in(&at, "approver").await;
    let case = format!("/cases/{}", story.case());
    let person = story.org("agency").who("analyst").person.to_string();
    let place = format!("{case}/team/add-member");
    // A scope without words, and for a role that sees the whole.
    let page = approver.get(&place).await.is(200);
    let mut fields = form(&page.body, &place);
    set(&mut fields, "person", &person);
    fields.push(("roles".into(), "investigator".into()));
    fields.push(("categories".into(), "analysis".into()));
    approver.post(&place, &fields).await.is(200).has("say in words");
    let named = [
        ("person", person.as_str()),
        ("roles", "investigator"),
        ("categories", "analysis"),
        ("categories", "task"),
        ("scope", "the family of loaders"),
    ];
    done(
        &approver,
        &place,
        &named,
        &["analysis, task", "nothing else", "the family of loaders"],
    )
    .await
    .has("analysis, task");
    let analyst = Client::signed_in(&at, "analyst").await;
    let page = analyst.get(&format!("{case}/timeline")).await.is(200);
    let page = page
        .has("Tasks")
        .lacks(">Evidence")
        .lacks(">Victims")
        .lacks(">Requests");
    drop(page);
    analyst.get(&format!("{case}/tasks")).await.is(200);
    analyst
        .get(&format!("{case}/subjects"))
        .await
        .is(403)
        .has("outside what you were named or seconded for");
    analyst.get(&format!("{case}/plan")).await.is(403);
    let page = approver.get(&format!("{case}/team")).await.is(200);
    let off = page
        .body
        .match_indices("/team/remove/")
        .map(|(at, _)| &page.body[at..]);
    let off = off.filter(|rest| rest.contains(&person)).count();
    assert!(off > 0);
    let off = format!("{case}/team/remove/{person}");
    let page = approver.get(&off).await.is(200);
    let answer = approver.post(&off, &form(&page.body, &off)).await;
    approver.follow(answer).await;
    analyst.get(&format!("{case}/timeline")).await.is(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn both_sides_second_a_person_and_either_ends_it() {
    let story = ready(62).await;
    let (isp_at, agency_at) = (
        serve(story.org("isp").node()).await,
        serve(story.org("agency").node()).await,
    );
    let isp = Client::signed_in(&isp_at, "approver").await;
    let agency = Client::signed_in(&agency_at, "officer").await;
    let place = format!("/cases/{}/team/second", story.case());
    let person = format!("isp/{}", story.org("isp").who("approver").person);
    let now = story.world.now_ms();
    let stamp = |ms: u64| {
        let at = jiff::Timestamp::from_millisecond(i64::try_from(ms).unwrap()).unwrap();
        at.strftime("%Y-%m-%dT%H:%M").to_string()
    };
    let (from, until) = (stamp(now), stamp(now + 30 * DAY_MS));
    let fields = [
        ("person", person.as_str()),
        ("host", "agency"),
        ("categories", "analysis"),
        ("categories", "indicator"),
        ("scope", "the family of loaders"),
        ("from", from.as_str()),
        ("until", until.as_str()),
    ];
    // Nothing is chosen: said beside the field.
    let page = isp.get(&place).await.is(200);
    let mut none = form(&page.body, &place);
    set(&mut none, "person", &person);
    isp.post(&place, &none).await.is(200).has("choose at least one");
    // An investigator is neither side.
    let investigator = Client::signed_in(&agency_at, "investigator").await;
    investigator.get(&place).await.is(403);
    done(
        &isp,
        &place,
        &fields,
        &[
            "for agency; every note says that they are of isp",
            "nothing there",
        ],
    )
    .await
    .has("waits for agency");
    story.sync().await.unwrap();
    agency.get("/").await.is(200).has("your side is asked");
    let page = agency.get(&format!("/cases/{}/team", story.case())).await.is(200);
    let half = href(&page.body, "Grant our side")
        .replace("&#38;", "&")
        .replace("&amp;", "&");
    // The other side's word stands in the form.
    let page = agency.get(&half).await.is(200);
    let filled = form(&page.body, &place);
    let chosen: Vec<&str> = filled
        .iter()
        .filter(|(name, _)| name == "categories")
        .map(|(_, value)| value.as_str())
        .collect();
    assert_eq!(chosen, ["indicator", "analysis"]);
    done(&agency, &half, &[("scope", "the same")], &["analysis"])
        .await
        .has("runs");
    let page = agency.get(&format!("/cases/{}/team", story.case())).await.is(200);
    let end = href(&page.body, "End it").to_owned();
    let page = agency.get(&end).await.is(200).has("At once");
    let mut fields = form(&page.body, &end);
    agency.post(&end, &fields).await.is(200).has("say why");
    set(&mut fields, "reason", "called home");
    let answer = agency.post(&end, &fields).await;
    agency.follow(answer).await.has("The secondment has ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_note_is_called_back_held_and_answered_for_by_pages() {
    let mut story = ready(63).await;
    officers(&mut story).await;
    let (node, investigator) = story.at("agency", "investigator");
    let note = report("mistaken", "the wrong address", Tlp::Amber);
    let at = node
        .publish_note(investigator, story.case(), &note)
        .await
        .unwrap()
        .at;
    story.sync().await.unwrap();
    let (isp_at, agency_at) = (
        serve(story.org("isp").node()).await,
        serve(story.org("agency").node()).await,
    );
    let isp = Client::signed_in(&isp_at, "approver").await;
    let approver = Client::signed_in(&agency_at, "approver").await;
    let disclosure = Client::signed_in(&agency_at, "disclosure").await;
    let case = format!("/cases/{}", story.case());
    let page = format!("{case}/notes/{}/{}", at.ledger, at.seq);
    // Who only received it, and who may not, are told who could.
    isp.get(&format!("{page}/recall"))
        .await
        .is(200)
        .has("only they call it back");
    let investigator = Client::signed_in(&agency_at, "investigator").await;
    investigator
        .get(&page)
        .await
        .is(200)
        .has("Keeping")
        .lacks("Call it back");
    investigator.get(&format!("{page}/recall")).await.is(403);
    // A hold first, from the note's own page.
    let own = disclosure.get(&page).await.is(200);
    let hold = href(&own.body, "Place a hold").to_owned();
    let held = [("reference", "K-17"), ("reason", "the court asked")];
    done(&disclosure, &hold, &held, &["mistaken", "Nobody destroys it"])
        .await
        .has("The hold stands")
        .has("K-17");
    approver.get(&format!("{case}/keeping/hold")).await.is(403);
    // What will happen, to whom, and no way back.
    let place = format!("{page}/recall");
    let shown = approver
        .get(&place)
        .await
        .is(200)
        .has("isp")
        .has("holds for good");
    let mut fields = form(&shown.body, &place);
    approver.post(&place, &fields).await.is(200).has("say why");
    set(&mut fields, "reason", "the address was wrong");
    let answer = approver.post(&place, &fields).await;
    approver
        .follow(answer)
        .await
        .has("Called back")
        .has("has it and has not answered yet");
    story.sync().await.unwrap();
    isp.get(&format!("{case}/timeline"))
        .await
        .is(200)
        .lacks("the wrong address");
    let inbox = isp.get("/").await.is(200).has("recalls a note");
    let answer_at = href(&inbox.body, "Say what we did").to_owned();
    isp.get(&answer_at).await.is(200).has("the address was wrong");
    // Under a hold it is not deleted: said beside the form.
    let page = isp.get(&answer_at).await.is(200);
    let mut fields = form(&page.body, &answer_at);
    set(&mut fields, "done", "deleted");
    let page = isp
        .post(&answer_at, &fields)
        .await
        .is(200)
        .has("Delete it and say so");
    isp.post(&answer_at, &form(&page.body, &answer_at))
        .await
        .is(403)
        .has("A hold covers it");
    done(
        &isp,
        &answer_at,
        &[("done", "use-stopped")],
        &["use stopped", "stays in the store"],
    )
    .await
    .has("Said.");
    story.sync().await.unwrap();
    let keeping = approver.get(&format!("{case}/keeping")).await.is(200);
    let keeping = keeping
        .has("stopped using it and keeps the bytes")
        .has("What others keep of ours");
    drop(keeping);
    // The hold is lifted by those who placed it, with a reason.
    let page = disclosure.get(&format!("{case}/keeping")).await.is(200);
    let lift = href(&page.body, "Lift K-17").to_owned();
    approver.get(&lift).await.is(403);
    let page = disclosure
        .get(&lift)
        .await
        .is(200)
        .has("nothing that it keeps is over");
    let mut fields = form(&page.body, &lift);
    set(&mut fields, "reason", "the court has decided");
    let answer = disclosure.post(&lift, &fields).await;
    disclosure
        .follow(answer)
        .await
        .has("The hold is lifted")
        .has("lifted");
    story.sync().await.unwrap();
    isp.get(&format!("{case}/keeping"))
        .await
        .is(200)
        .has("What will be destroyed")
        .has("destroyed on");
}
