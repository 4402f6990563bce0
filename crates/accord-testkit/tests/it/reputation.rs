//! Values seen together: the verdict on one is told of the others, on every node that has the link; promoted, cleared.

use accord_model::agreement::templates::Template;
use accord_model::content::{
    Indicator, IndicatorAt, IndicatorPublished, SeenIn, SeenTogether, VerdictBlock, VerdictWish,
};
use accord_model::control::Scope;
use accord_model::{Category, OrgKind, Role, Tlp};
use accord_service::{
    Choices, Draft, LINK_TEXT_MAX_BYTES, LINKS_SHOWN, LinkAct, LinkDo, LinkDone, Linked, NewAudience,
    NewLinks, NewMember, NewNote, Node, Reach, SEEN_WITH_MAX, ServiceError, SignedIn,
};
use accord_testkit::Story;
use accord_verdict::{Action, Reader};
use serde_json::{Value, json};

use crate::denied;
use crate::writers::smuggle;

const ORGS: &[(&str, OrgKind)] = &[("agency", OrgKind::Agency), ("isp", OrgKind::Isp)];
/// The host of the page that a mail points to, which the case blocks.
pub const EVIL: &str = "evil.example";
pub const PAGE: &str = "http://evil.example/a";
pub const SENDER: &str = "203.0.113.66";
const FILE: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
const MAIL: &str = "Received: from relay.isp2.example (relay.isp2.example [198.51.100.20])\r\n\
\tby mx.victim.example; Mon, 2 Nov 2026 10:00:02 +0000\r\n\
Received: from unknown (unknown [203.0.113.66])\r\n\
\tby relay.isp2.example; Mon, 2 Nov 2026 10:00:01 +0000\r\n\
From: Bank <support@bank-login.example>\r\n\
To: someone@victim.example\r\n\
Subject: Your account\r\n\
MIME-Version: 1.0\r\n\
Content-Type: text/plain\r\n\
\r\n\
Go to http://evil.example/a now.\r\n";

/// A case of agency and provider, each with a researcher or officer; the case blocks [`EVIL`]. `listed`: whether the
/// nodes have a list of what many use.
pub async fn story(seed: u64, listed: bool) -> Story {
    let mut story = Story::begin(seed, ORGS).await;
    story
        .agree(Template::AgencyIsp, &["agency", "isp"])
        .await
        .unwrap();
    story.open_case(&["isp"]).await.unwrap();
    story.sync().await.unwrap();
    story.join_case("isp").await.unwrap();
    let isp = story.org_mut("isp");
    isp.add_person("researcher", &[Role::Researcher]).await.unwrap();
    let (isp, approver) = story.at("isp", "approver");
    let researcher = story.at("isp", "researcher").1.person;
    let roles = [Role::Researcher].into();
    isp.add_member(approver, story.case(), researcher, &roles, None)
        .await
        .unwrap();
    if listed {
        for org in ["agency", "isp"] {
            list(&story, org, "top", "bank.example\n").await;
        }
    }
    let (isp, operator) = story.at("isp", "operator");
    let new = NewAudience {
        name: "customers".into(),
        reach: Reach::Customers,
        dnsbl: None,
        rpz: None,
        clients: Vec::new(),
        notify: Vec::new(),
        edge: false,
    };
    isp.open_audience(operator, &new).await.unwrap();
    story.sync().await.unwrap();
    if listed {
        block(&story, EVIL).await;
    }
    story
}

async fn list(story: &Story, org: &str, name: &str, text: &str) {
    let (node, operator) = story.at(org, "operator");
    node.load_allow_list(operator, name, text).await.unwrap();
}

fn note(title: &str, note: NewNote) -> Draft {
    Draft {
        title: title.into(),
        marking: Tlp::Amber,
        to: Vec::new(),
        note,
        expect: None,
    }
}

/// The case's officer publishes a value and blocks it.
async fn block(story: &Story, value: &str) {
    let (node, who) = story.at("agency", "officer");
    let said = IndicatorPublished {
        indicators: vec![Indicator::of(value)],
        note: None,
        from: "analysis".into(),
        grading: None,
        source_protected: false,
        wish: VerdictWish::None,
        report: None,
        second: None,
    };
    let draft = note("a host", NewNote::new(said).unwrap());
    let published = node.publish_note(who, story.case(), &draft).await.unwrap();
    let said = VerdictBlock {
        indicators: vec![IndicatorAt {
            published: published.at,
            value: value.into(),
        }],
        audience: Vec::new(),
        reason: "it phishes".into(),
        plan: None,
        second: None,
    };
    let draft = note("blocked", NewNote::new(said).unwrap());
    node.publish_note(who, story.case(), &draft).await.unwrap();
    story.sync().await.unwrap();
}

pub fn together(seen_in: SeenIn, values: &[&str], count: u64) -> SeenTogether {
    SeenTogether {
        seen_in,
        values: values.iter().map(|value| (*value).to_owned()).collect(),
        at_ms: 1_000,
        count,
    }
}

pub fn links(links: Vec<SeenTogether>) -> NewLinks {
    NewLinks {
        title: None,
        marking: Tlp::Amber,
        to: Vec::new(),
        links,
        from: Some("the mail gateway".into()),
        expect: None,
    }
}

async fn say(story: &Story, org: &str, who: &str, new: &NewLinks) -> accord_service::Result<()> {
    let (node, who) = story.at(org, who);
    node.say_links(who, story.case(), new).await?;
    story.sync().await.unwrap();
    Ok(())
}

/// The provider's researcher saw sender, page and file in one mail.
async fn one_mail(story: &Story) {
    let new = links(vec![together(SeenIn::Mail, &[SENDER, PAGE, FILE], 1)]);
    say(story, "isp", "researcher", &new).await.unwrap();
}

fn what(act: LinkAct, values: &[&str]) -> LinkDo {
    LinkDo {
        act,
        values: values.iter().map(|value| (*value).to_owned()).collect(),
        reason: "looked at".into(),
        marking: Tlp::Amber,
        to: Vec::new(),
        expect: None,
    }
}

async fn act(
    story: &Story,
    (org, who): (&str, &str),
    act: LinkAct,
    values: &[&str],
) -> accord_service::Result<LinkDone> {
    let (node, who) = story.at(org, who);
    let mut what = what(act, values);
    let plan = node.plan_link(who, story.case(), &what).await?;
    what.expect = Some(plan.reaches);
    let done = node.do_link(who, story.case(), &what).await?;
    story.sync().await.unwrap();
    Ok(done)
}

pub async fn linked(story: &Story, org: &str, value: &str) -> Linked {
    let who = match org {
        "agency" => "officer",
        _ => "researcher",
    };
    let (node, who) = story.at(org, who);
    node.linked(who, value).await.unwrap()
}

/// What is served of a value, at the provider.
async fn served(node: &Node, value: &str) -> Option<Action> {
    node.refresh_verdicts().await.unwrap();
    let audience = node.verdicts.audience("customers").expect("an audience");
    audience.inspect(&mut Reader::default(), value).action()
}

fn is_invalid<T: std::fmt::Debug>(outcome: accord_service::Result<T>, part: &str) {
    match outcome {
        Err(ServiceError::Invalid { message, .. }) => assert!(message.contains(part), "{message}"),
        other => panic!("taken: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_one_node_says_is_told_on_the_other_with_the_reason() {
    let mut story = story(951, true).await;
    one_mail(&story).await;
    for org in ["isp", "agency"] {
        for value in [SENDER, FILE] {
            let told = linked(&story, org, value).await;
            assert_eq!((told.verdict, told.total), ("block", 1), "{org} {value}");
            assert_eq!(
                told.because,
                ["seen in one mail with evil.example/a, which case Operation Heron blocks by evil.example"],
                "{org} {value}"
            );
            let link = &told.links[0];
            let by: Vec<(&str, u64)> = link.by.iter().map(|by| (by.org.as_str(), by.count)).collect();
            assert_eq!((by, link.first_ms), (vec![("isp", 1)], 1_000));
        }
        // The look-up of a value tells the same.
        let who = if org == "agency" { "officer" } else { "researcher" };
        let (node, who) = story.at(org, who);
        let found = node.look_up(who, SENDER).await.unwrap();
        assert_eq!((found.len(), found[0].how.as_str()), (1, "link"));
        assert_eq!(found[0].cases, [story.case()]);
        assert!(found[0].audiences.is_empty() && found[0].because[0].contains("one mail"));
    }
    // Its host is told of it, and is neither better nor worse for it.
    let host = linked(&story, "agency", "evil.example").await;
    assert_eq!((host.verdict, host.total, host.because.len()), ("none", 1, 0));
    // A verdict goes over one link and no further, and nothing is served because of it.
    let isp = story.org("isp").node();
    assert_eq!(served(isp, SENDER).await, None);
    let next = links(vec![together(SeenIn::Download, &[FILE, "next.example"], 1)]);
    say(&story, "isp", "researcher", &next).await.unwrap();
    assert_eq!(linked(&story, "agency", "next.example").await.verdict, "none");

    // The same link, seen elsewhere: both are told.
    let again = links(vec![together(SeenIn::Mail, &[FILE, PAGE, SENDER], 2)]);
    say(&story, "agency", "investigator", &again).await.unwrap();
    let told = linked(&story, "isp", SENDER).await;
    let by: Vec<(&str, u64)> = told.links[0]
        .by
        .iter()
        .map(|by| (by.org.as_str(), by.count))
        .collect();
    assert_eq!((told.total, by), (1, vec![("agency", 2), ("isp", 1)]));
    assert!(told.because[0].starts_with("seen in 3 mails with"));

    // Who is not on the case is told nothing, and who has no such role is refused.
    let org = story.org_mut("agency");
    org.add_person("outside", &[Role::Investigator]).await.unwrap();
    let (agency, outside) = story.at("agency", "outside");
    let told = agency.linked(outside, SENDER).await.unwrap();
    assert_eq!((told.verdict, told.total, told.links.len()), ("none", 0, 0));
    assert!(agency.look_up(outside, SENDER).await.unwrap().is_empty());
    let case = story.case();
    let clear = what(LinkAct::Clear, &[SENDER]);
    let hidden = agency.do_link(outside, case, &clear).await;
    assert!(matches!(hidden, Err(ServiceError::NotFound(_))), "{hidden:?}");
    let hidden = agency.say_links(outside, case, &again).await;
    assert!(matches!(hidden, Err(ServiceError::NotFound(_))), "{hidden:?}");
    let hidden = agency.case_links(outside, case, LINKS_SHOWN).await;
    assert!(matches!(hidden, Err(ServiceError::NotFound(_))), "{hidden:?}");
    let (isp, operator) = story.at("isp", "operator");
    denied(isp.linked(operator, SENDER).await);
    denied(isp.say_links(operator, case, &again).await);
    denied(isp.do_link(operator, case, &clear).await);
    let (isp, approver) = story.at("isp", "approver");
    denied(isp.say_links(approver, case, &again).await);
    denied(isp.plan_link(approver, case, &clear).await);
    denied(isp.do_link(approver, case, &clear).await);
    denied(
        isp.do_link(approver, case, &what(LinkAct::Promote, &[SENDER]))
            .await,
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_sees_no_sightings_is_told_of_no_link() {
    let mut story = story(952, true).await;
    one_mail(&story).await;
    let org = story.org_mut("agency");
    org.add_person("scoped", &[Role::Investigator]).await.unwrap();
    let (agency, approver) = story.at("agency", "approver");
    let scoped = story.at("agency", "scoped").1;
    let new = NewMember {
        person: scoped.person,
        roles: [Role::Investigator].into(),
        until_ms: None,
        scope: Some(Scope {
            categories: vec![Category::Indicator, Category::Analysis],
            text: "the pages".into(),
        }),
    };
    agency.name_member(approver, story.case(), &new).await.unwrap();
    let told = agency.linked(scoped, SENDER).await.unwrap();
    assert_eq!((told.verdict, told.total), ("none", 0));
    assert!(agency.look_up(scoped, SENDER).await.unwrap().is_empty());
    denied(agency.case_links(scoped, story.case(), LINKS_SHOWN).await);
    denied(
        agency
            .do_link(scoped, story.case(), &what(LinkAct::Clear, &[SENDER]))
            .await,
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_clears_is_cleared_at_the_other_and_by_whom() {
    let story = story(953, true).await;
    one_mail(&story).await;
    let researcher = ("isp", "researcher");
    act(&story, researcher, LinkAct::Clear, &[SENDER]).await.unwrap();
    for org in ["isp", "agency"] {
        let told = linked(&story, org, SENDER).await;
        assert_eq!((told.verdict, told.because.len()), ("none", 0), "{org}");
        let by: Vec<(&str, &str)> = told
            .cleared
            .iter()
            .map(|said| (said.org.as_str(), said.reason.as_str()))
            .collect();
        assert_eq!(by, [("isp", "looked at")], "{org}");
        // The file was seen with the page all the same.
        assert_eq!(linked(&story, org, FILE).await.verdict, "block", "{org}");
    }
    // Not by a link that comes later either.
    let later = links(vec![together(SeenIn::Download, &[SENDER, PAGE], 5)]);
    say(&story, "agency", "investigator", &later).await.unwrap();
    assert_eq!(linked(&story, "isp", SENDER).await.verdict, "none");
    let again = act(&story, researcher, LinkAct::Clear, &[SENDER]).await;
    assert!(matches!(again, Err(ServiceError::Conflict(_))), "{again:?}");
    let (agency, officer) = story.at("agency", "officer");
    let promoted = agency
        .do_link(officer, story.case(), &what(LinkAct::Promote, &[SENDER]))
        .await;
    assert!(
        matches!(&promoted, Err(ServiceError::Conflict(why)) if why.contains("cleared by isp")),
        "{promoted:?}"
    );

    // Another takes it back: the last word counts.
    let officer = ("agency", "officer");
    act(&story, officer, LinkAct::TakeBack, &[SENDER]).await.unwrap();
    assert_eq!(linked(&story, "isp", SENDER).await.verdict, "block");
    let nothing = act(&story, officer, LinkAct::TakeBack, &[SENDER]).await;
    assert!(matches!(nothing, Err(ServiceError::Conflict(_))), "{nothing:?}");

    // That two were seen together says nothing; of the third it does.
    act(&story, officer, LinkAct::Clear, &[SENDER, PAGE])
        .await
        .unwrap();
    let told = linked(&story, "isp", SENDER).await;
    assert_eq!((told.verdict, told.cleared.len()), ("none", 0));
    assert!(told.links.iter().all(|link| link.cleared.len() == 1));
    assert_eq!(linked(&story, "isp", FILE).await.verdict, "block");
    let values = [PAGE, SENDER];
    act(&story, officer, LinkAct::TakeBack, &values).await.unwrap();
    assert_eq!(linked(&story, "isp", SENDER).await.verdict, "block");
}

#[tokio::test(flavor = "multi_thread")]
async fn promoted_in_one_act_and_withdrawn_when_it_is_cleared() {
    let story = story(954, true).await;
    let isp = story.org("isp").node();
    one_mail(&story).await;
    let officer = ("agency", "officer");
    let done = act(&story, officer, LinkAct::Promote, &[SENDER]).await.unwrap();
    assert_eq!((done.notes.len(), done.waiting.len()), (2, 0));
    assert_eq!(served(isp, SENDER).await, Some(Action::Detect));
    let (agency, who) = story.at("agency", "officer");
    let standing = agency.indicators_among(who, story.case(), &[SENDER]).await;
    let verdicts: Vec<&str> = standing.unwrap().iter().map(|one| one.verdict).collect();
    assert_eq!(verdicts, ["detect"]);
    let again = act(&story, officer, LinkAct::Promote, &[SENDER]).await;
    assert!(
        matches!(&again, Err(ServiceError::Conflict(why)) if why.contains("detected already")),
        "{again:?}"
    );

    // A researcher promotes with a wish: who gives verdicts gives this one, by the same act.
    let done = act(&story, ("isp", "researcher"), LinkAct::Promote, &[FILE]).await;
    assert_eq!(done.unwrap().notes.len(), 1);
    assert_eq!(served(isp, FILE).await, None);
    let done = act(&story, officer, LinkAct::Promote, &[FILE]).await.unwrap();
    assert_eq!(
        (done.notes.len(), served(isp, FILE).await),
        (1, Some(Action::Detect))
    );

    // Cleared: one's own indicator is withdrawn with it, another's is its own to withdraw.
    let done = act(&story, officer, LinkAct::Clear, &[SENDER]).await.unwrap();
    assert_eq!((done.notes.len(), served(isp, SENDER).await), (2, None));
    let done = act(&story, officer, LinkAct::Clear, &[FILE]).await.unwrap();
    assert_eq!(done.notes.len(), 1);
    assert!(done.stays[0].starts_with("isp published"), "{:?}", done.stays);
    assert_eq!(served(isp, FILE).await, Some(Action::Detect));
    let done = act(&story, ("isp", "researcher"), LinkAct::Clear, &[FILE]).await;
    assert_eq!((done.unwrap().notes.len(), served(isp, FILE).await), (1, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_many_use_passes_no_guilt_on_and_receives_none() {
    let story = story(955, true).await;
    let case = story.case();
    let mail = links(vec![
        together(SeenIn::Mail, &["bank.example", PAGE, SENDER], 1),
        together(SeenIn::Mail, &["bank.example", "203.0.113.67"], 1),
    ]);
    say(&story, "isp", "researcher", &mail).await.unwrap();
    let told = linked(&story, "agency", "bank.example").await;
    assert_eq!((told.verdict, told.because.len(), told.total), ("none", 0, 2));
    let why = told.apart.unwrap();
    assert!(
        why.contains("many use it") && why.contains("allow list top"),
        "{why}"
    );
    assert_eq!(linked(&story, "agency", SENDER).await.verdict, "block");

    // It is promoted with a second person only, and that waits.
    let officer = ("agency", "officer");
    let done = act(&story, officer, LinkAct::Promote, &["bank.example", SENDER]).await;
    let done = done.unwrap();
    assert_eq!((done.notes.len(), done.waiting.len()), (2, 1));
    let (agency, who) = story.at("agency", "officer");
    let own = agency.second_note(who, case, &done.waiting[0]).await;
    denied(own);

    // Blocked by a case, and then found to be used by many here: it passes nothing on at this node.
    assert_eq!(linked(&story, "isp", SENDER).await.verdict, "block");
    list(&story, "isp", "late", "evil.example\n").await;
    let told = linked(&story, "isp", SENDER).await;
    assert_eq!(told.verdict, "none");
    let page = told.links[0]
        .values
        .iter()
        .find(|one| one.value == "evil.example/a");
    assert!(page.is_some_and(|one| one.verdict == "block" && one.apart.is_some()));
    assert_eq!(linked(&story, "agency", SENDER).await.verdict, "block");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_list_a_node_cannot_tell_and_passes_nothing_on() {
    let story = story(956, false).await;
    let mail = links(vec![together(SeenIn::Mail, &[SENDER, PAGE], 1)]);
    say(&story, "isp", "researcher", &mail).await.unwrap();
    let told = linked(&story, "agency", SENDER).await;
    assert!(told.apart.unwrap().contains("no list of what many use"));
    assert_eq!(told.verdict, "none");
    let done = act(&story, ("agency", "officer"), LinkAct::Promote, &[SENDER]).await;
    let done = done.unwrap();
    assert_eq!(
        (done.notes.len(), done.waiting.len()),
        (0, 1),
        "a second person for each"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_and_one_past_them() {
    let story = story(957, true).await;
    let named =
        |count: usize| -> Vec<String> { (0..count).map(|number| format!("h{number}.example")).collect() };
    let of = |values: &[String]| {
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        together(SeenIn::Mail, &values, 1)
    };
    let researcher = "researcher";
    say(&story, "isp", researcher, &links(vec![of(&named(16))]))
        .await
        .unwrap();
    for count in [17, 10_000] {
        let over = say(&story, "isp", researcher, &links(vec![of(&named(count))])).await;
        is_invalid(over, "16");
    }
    let two = together(SeenIn::Mail, &["x.example", "y.example"], 1);
    let many = links(vec![two.clone(); 250]);
    say(&story, "isp", researcher, &many).await.unwrap();
    is_invalid(
        say(&story, "isp", researcher, &links(vec![two.clone(); 251])).await,
        "250",
    );
    let long = |number: usize| format!("http://evil.example/{number}/{}", "a".repeat(1_900));
    let wide = of(&(0..16).map(long).collect::<Vec<_>>());
    let parts = LINK_TEXT_MAX_BYTES / (16 * 1_900) + 1;
    let over = say(&story, "isp", researcher, &links(vec![wide; parts])).await;
    is_invalid(over, "bytes of values");
    for (value, why) in [
        ("127.0.0.1", "loopback"),
        ("com", ""),
        ("ada@victim.example", "a link joins"),
    ] {
        let new = links(vec![together(SeenIn::Mail, &[value, PAGE], 1)]);
        is_invalid(say(&story, "isp", researcher, &new).await, why);
    }
    let mut ahead = two;
    ahead.at_ms = story.world.now_ms() + 600_000;
    is_invalid(say(&story, "isp", researcher, &links(vec![ahead])).await, "ahead");

    // A relay that passes everybody's mail is seen with everything: from there on that says nothing.
    let relay = "198.51.100.20";
    let with: Vec<SeenTogether> = named(SEEN_WITH_MAX - 1)
        .iter()
        .map(|name| together(SeenIn::Mail, &[relay, name], 1))
        .chain([together(SeenIn::Mail, &[relay, EVIL], 1)])
        .collect();
    say(&story, "isp", researcher, &links(with)).await.unwrap();
    let told = linked(&story, "agency", relay).await;
    assert_eq!((told.verdict, told.links.len()), ("block", LINKS_SHOWN));
    let one_more = links(vec![together(SeenIn::Mail, &[relay, "one-more.example"], 1)]);
    say(&story, "isp", researcher, &one_more).await.unwrap();
    let told = linked(&story, "agency", relay).await;
    assert_eq!((told.verdict, told.total), ("none", SEEN_WITH_MAX + 1));
    assert!(told.apart.unwrap().contains("more than 100 different values"));

    // What is decided about is in a link, and no looser than what says so.
    let officer = ("agency", "officer");
    is_invalid(
        act(&story, officer, LinkAct::Clear, &["nowhere.example"]).await,
        "in no link",
    );
    is_invalid(act(&story, officer, LinkAct::Promote, &[]).await, "1 to 16");
    let closer = NewLinks {
        marking: Tlp::AmberStrict,
        ..links(vec![together(SeenIn::Mail, &["close.example", EVIL], 1)])
    };
    say(&story, "isp", researcher, &closer).await.unwrap();
    is_invalid(
        act(&story, officer, LinkAct::Promote, &["close.example"]).await,
        "stricter",
    );
}

/// A note with a link, as it stands in a ledger.
fn smuggled(by: &str, role: Role, values: &[&str]) -> Value {
    json!({
        "kind": "link.seen", "by": by, "role": role.as_str(), "marking": { "tlp": "TLP:CLEAR" }, "to": [],
        "title": "a link",
        "body": { "links": [{ "seen_in": "mail", "values": values, "at_ms": 1, "count": 1 }] },
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_says_what_it_may_not_is_not_heard() {
    let mut story = story(958, true).await;
    let agency = story.org("agency").name.clone();
    let researcher = story.org("isp").who("researcher").person.to_string();
    let stranger = "99".repeat(16);
    let notes = [
        // By nobody of theirs.
        smuggled(&stranger, Role::Researcher, &["203.0.113.80", EVIL]),
        // Everybody's and nobody's, which their own node would have refused.
        smuggled(
            &researcher,
            Role::Researcher,
            &["127.0.0.1", EVIL, "203.0.113.81"],
        ),
        smuggled(&researcher, Role::Researcher, &["com", EVIL]),
        smuggled(&researcher, Role::Researcher, &["198.51.100.0/24", EVIL]),
    ];
    for payload in notes {
        let at = smuggle(&mut story, "isp", payload).await;
        let (isp, approver) = story.at("isp", "approver");
        isp.approve_release(approver, at, &agency).await.unwrap();
    }
    story.sync().await.unwrap();
    let told = linked(&story, "agency", "203.0.113.80").await;
    assert_eq!((told.verdict, told.total), ("none", 0), "set aside");
    let told = linked(&story, "agency", "127.0.0.1").await;
    assert_eq!((told.verdict, told.total), ("none", 1));
    assert!(told.apart.unwrap().contains("loopback"));
    // Who was seen with the name as well is told of that.
    assert_eq!(linked(&story, "agency", "203.0.113.81").await.verdict, "block");
    let (node, officer) = story.at("agency", "officer");
    let all = node.case_links(officer, story.case(), LINKS_SHOWN).await.unwrap();
    assert_eq!(
        all.total, 1,
        "a link of one value is none, and a network is in none"
    );
    let promoted = act(&story, ("agency", "officer"), LinkAct::Promote, &["127.0.0.1"]).await;
    is_invalid(promoted, "loopback");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_is_brought_in_links_its_sender_and_where_it_points() {
    let story = story(959, true).await;
    let case = story.case();
    let (isp, who): (&Node, &SignedIn) = story.at("isp", "researcher");
    let draft = isp
        .draft_import(who, "phish.eml", Some(case), MAIL.as_bytes().to_vec())
        .await
        .unwrap();
    let view = isp.import(who, &draft.id).await.unwrap();
    // Neither the mailboxes, nor the relay in between, nor the host of the URL.
    assert_eq!(view.together, [SENDER, "evil.example/a"]);
    let untick = |value: &str| {
        let found = view.values.iter().filter(|one| one.found.value != value);
        found.map(|one| (one.number, false)).collect()
    };
    let mut choices = Choices {
        ticks: untick("evil.example/a"),
        link: Some(true),
        ..Choices::default()
    };
    isp.choose_import(who, &draft.id, Some(case), &choices)
        .await
        .unwrap();
    let plan = isp.plan_import(who, &draft.id).await.unwrap();
    assert_eq!(plan.notes.len(), 2, "the page, and the link");
    // With nothing to link there is nothing to say.
    choices.ticks = (0..view.values.len()).map(|number| (number, false)).collect();
    isp.choose_import(who, &draft.id, Some(case), &choices)
        .await
        .unwrap();
    is_invalid(
        isp.plan_import(who, &draft.id).await.map(|_| ()),
        "fewer than two",
    );
    choices.ticks = untick("evil.example/a");
    isp.choose_import(who, &draft.id, Some(case), &choices)
        .await
        .unwrap();
    let plan = isp.plan_import(who, &draft.id).await.unwrap();
    let published = isp
        .publish_import(who, &draft.id, Some(&plan.reaches))
        .await
        .unwrap();
    assert!(published.link.is_some());
    story.sync().await.unwrap();
    let told = linked(&story, "agency", SENDER).await;
    assert_eq!((told.verdict, told.links[0].seen_in), ("block", SeenIn::Mail));
    assert!(told.because[0].starts_with("seen in one mail with evil.example/a"));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_reads_no_indicators_or_no_verdicts_learns_none_by_links() {
    let mut story = story(962, true).await;
    one_mail(&story).await;
    act(&story, ("agency", "officer"), LinkAct::Promote, &[SENDER])
        .await
        .unwrap();
    let org = story.org_mut("agency");
    org.add_person("seer", &[Role::Investigator]).await.unwrap();
    org.add_person("reader", &[Role::Investigator]).await.unwrap();
    let (agency, approver) = story.at("agency", "approver");
    let (seer, reader) = (story.at("agency", "seer").1, story.at("agency", "reader").1);
    for (who, categories) in [
        (seer, vec![Category::Sighting]),
        (reader, vec![Category::Sighting, Category::Indicator]),
    ] {
        let new = NewMember {
            person: who.person,
            roles: [Role::Investigator].into(),
            until_ms: None,
            scope: Some(Scope {
                categories,
                text: "the mails".into(),
            }),
        };
        agency.name_member(approver, story.case(), &new).await.unwrap();
    }
    let published = async |who| {
        let all = agency.case_links(who, story.case(), LINKS_SHOWN).await.unwrap();
        let values = all.links.iter().flat_map(|link| &link.values);
        let mut told = values.filter(|one| one.value == SENDER);
        let one = told.next().unwrap();
        (one.published, one.verdict, one.by_link)
    };
    let officer = story.at("agency", "officer").1;
    assert_eq!(published(officer).await, (true, "detect", "block"));
    assert_eq!(published(seer).await, (false, "none", "none"));
    assert_eq!(published(reader).await, (true, "none", "none"));
    // The value is cleared, and nothing is said of what is done about it.
    let plan = agency
        .plan_link(seer, story.case(), &what(LinkAct::Clear, &[SENDER]))
        .await
        .unwrap();
    assert_eq!((plan.stays.len(), plan.second.len()), (0, 0));
    denied(
        agency
            .plan_link(seer, story.case(), &what(LinkAct::Promote, &[SENDER]))
            .await,
    );
    match agency
        .plan_link(reader, story.case(), &what(LinkAct::Promote, &[SENDER]))
        .await
    {
        Err(ServiceError::Conflict(words)) => {
            assert!(words.contains("is an indicator already"), "{words}");
            assert!(!words.contains("detect"), "{words}");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_hides_what_another_saw() {
    let story = story(963, true).await;
    let mail = links(vec![together(SeenIn::Mail, &[SENDER, PAGE], 1)]);
    say(&story, "agency", "investigator", &mail).await.unwrap();
    let hundred = (0..=SEEN_WITH_MAX).map(|number| format!("junk{number}.example"));
    let junk: Vec<SeenTogether> = hundred
        .map(|name| together(SeenIn::Mail, &[SENDER, &name], 1))
        .collect();
    say(&story, "isp", "researcher", &links(junk)).await.unwrap();
    let told = linked(&story, "agency", SENDER).await;
    assert_eq!(
        (told.verdict, told.links.len(), told.total),
        ("block", LINKS_SHOWN, SEEN_WITH_MAX + 2)
    );
    assert!(told.because[0].contains(EVIL), "{:?}", told.because);
    // Said by the other one too, it is one of many there and one of few here.
    say(&story, "isp", "researcher", &mail).await.unwrap();
    assert_eq!(linked(&story, "isp", SENDER).await.verdict, "block");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_goes_no_further_by_what_is_made_of_it() {
    let story = story(964, true).await;
    let close = NewLinks {
        to: vec!["isp".parse().unwrap()],
        ..links(vec![
            together(SeenIn::Mail, &[SENDER, PAGE], 1),
            together(SeenIn::Mail, &[FILE, PAGE], 1),
        ])
    };
    say(&story, "agency", "investigator", &close).await.unwrap();
    let (isp, researcher) = story.at("isp", "researcher");
    let mut wide = what(LinkAct::Clear, &[SENDER]);
    is_invalid(
        isp.plan_link(researcher, story.case(), &wide).await,
        "name whom it is for",
    );
    wide.to = vec!["agency".parse().unwrap()];
    isp.plan_link(researcher, story.case(), &wide).await.unwrap();
    wide.marking = Tlp::Green;
    is_invalid(isp.plan_link(researcher, story.case(), &wide).await, "stricter");
    // Each was seen with the page, and never with the other.
    let mut apart = what(LinkAct::Clear, &[SENDER, FILE]);
    apart.to = vec!["agency".parse().unwrap()];
    is_invalid(
        isp.plan_link(researcher, story.case(), &apart).await,
        "were not seen together",
    );
}

/// However many URLs on a host were seen with others later.
#[tokio::test(flavor = "multi_thread")]
async fn links_of_urls_on_a_host_do_not_hide_what_a_link_of_its_own_says() {
    let story = story(965, true).await;
    let host = "seen.example";
    let own = links(vec![together(SeenIn::Download, &[host, PAGE], 1)]);
    say(&story, "isp", "researcher", &own).await.unwrap();
    let of_urls: Vec<SeenTogether> = (0..=LINKS_SHOWN)
        .map(|number| {
            let mut link = together(
                SeenIn::Download,
                &[&format!("http://{host}/{number}"), &format!("n{number}.example")],
                1,
            );
            link.at_ms = 2_000;
            link
        })
        .collect();
    say(&story, "isp", "researcher", &links(of_urls)).await.unwrap();
    for org in ["isp", "agency"] {
        let told = linked(&story, org, host).await;
        assert_eq!(
            (told.verdict, told.because.len(), told.total, told.links.len()),
            ("block", 1, LINKS_SHOWN + 2, LINKS_SHOWN),
            "{org}"
        );
        let said = |link: &accord_service::LinkView| link.values.iter().any(|one| one.value == host);
        assert!(said(&told.links[0]), "what says something comes first");
    }
}
