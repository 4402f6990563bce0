//! Hostile text in every field of every form that any person here finds by following links, stored where it can be
//! stored; then every page and every file that anybody can open.
//!
//! Which forms there are is not written down: they are found, filled with what fits, and what they make shows more of
//! them. The snapshot tells of each form which text was taken and which refused; a form that nobody finds any more fails.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use accord_model::{Role, Tlp};
use accord_server::Part;
use accord_service::{AskSql, FeedForm, NewFeed, NewKeptSql};
use accord_testkit::{DAY_MS, Story};

use crate::client::{Answer, Client};
use crate::{ready, serve};

mod found;
mod said;

use found::{Found, Kind, forms, links, pattern};
use said::{MARKUP, MINUS, PLUS, TURNED, safe};

/// Rounds: what one makes is found in the next.
const ROUNDS: usize = 3;
/// Pages of the same kind that one person opens in one round.
const SAME_MAX: usize = 3;

/// What takes away: sent last, once, when everything else was.
const TAKES_AWAY: &[&str] = &[
    "/terminate",
    "/refuse",
    "/refuse-request",
    "/withdraw",
    "/recall",
    "/end",
    "/close",
    "/remove",
    "/revoke",
    "/suspend",
    "/reject",
    "/throw-away",
    "/lift",
    "/stage",
    "/own",
    "/go",
    "/stop",
    "/account/password",
    "/account/code/start",
    "/decline",
    "/drop",
    "/leave",
];
/// What takes away in an address that ends with what it is taken from.
const TAKES_AWAY_FROM: &[&str] = &["/do/", "/team/remove", "target.dropped", "indicator.withdrawn"];
/// Leaving ends the session; signing in is nobody's form here.
const NEVER: &[&str] = &["/sign-out", "/sign-in"];

/// Where nobody answers.
const NO_PUBLISHER: &str = "http://127.0.0.1:9/list";

/// Forms that nobody finds in this world, and why.
const NOT_FOUND: &[(&str, &str)] = &[
    ("/account/code", "asks for the second factor alone"),
    ("/approvals/{ledger}/{seq}", "the one request is answered"),
    ("/approvals/{ledger}/{seq}/answer", "the one request is answered"),
    ("/approvals/{ledger}/{seq}/holders", "the one request is answered"),
    (
        "/approvals/{ledger}/{seq}/holders/stop",
        "the one request is answered",
    ),
    ("/approvals/{ledger}/{seq}/oral", "the one request is answered"),
    ("/approvals/{ledger}/{seq}/preview", "the one request is answered"),
    ("/approvals/{ledger}/{seq}/refuse", "the one request is answered"),
    (
        "/approvals/{ledger}/{seq}/refuse-request",
        "the one request is answered",
    ),
    ("/approvals/{ledger}/{seq}/stop", "the one request is answered"),
    (
        "/approvals/{ledger}/{seq}/take-back",
        "the one request is answered",
    ),
    ("/approvals/{ledger}/{seq}/upload", "the one request is answered"),
    (
        "/approvals/{ledger}/{seq}/upload/remove",
        "the one request is answered",
    ),
    (
        "/approvals/{ledger}/{seq}/upload/send",
        "the one request is answered",
    ),
    ("/cases/{id}/about/link", "nothing that it is about was made"),
    (
        "/cases/{id}/instruments/{ledger}/{seq}/end",
        "nothing that it is about was made",
    ),
    (
        "/cases/{id}/intel/received/{addition}/{act}",
        "nothing that it is about was made",
    ),
    ("/cases/{id}/intel/share", "nothing that it is about was made"),
    (
        "/cases/{id}/keeping/holds/{ledger}/{seq}/lift",
        "nothing that it is about was made",
    ),
    (
        "/cases/{id}/orals/{ledger}/{seq}/confirm",
        "nothing that it is about was made",
    ),
    ("/cases/{id}/plan/own", "nothing that it is about was made"),
    (
        "/cases/{id}/recalls/{ledger}/{seq}",
        "nothing that it is about was made",
    ),
    (
        "/cases/{id}/requests/{ledger}/{seq}/pool",
        "nothing that it is about was made",
    ),
    (
        "/cases/{id}/requests/{ledger}/{seq}/withdraw",
        "nothing that it is about was made",
    ),
    (
        "/cases/{id}/team/second/{person}/{org}/end",
        "nothing that it is about was made",
    ),
    (
        "/cases/{id}/victims/grants/{ledger}/{seq}/name",
        "nothing that it is about was made",
    ),
    ("/hunts/{hunt}/lines/{line}", "no hunt found a line: own_hunts"),
    ("/import/{draft}/publish", "nothing that it is about was made"),
    ("/leads/{ledger}/{seq}", "no lead was referred"),
    ("/leads/{ledger}/{seq}/{act}", "no lead was referred"),
    ("/new/{story}/{act}", "a story needs weeks of sightings: stories"),
    ("/organisations/{org}/confirm", "nobody is being paired"),
    ("/organisations/{org}/reject", "nobody is being paired"),
    ("/organisations/{org}/resume", "nobody is being paired"),
    ("/own-infrastructure/remove", "nothing that it is about was made"),
    (
        "/protection/audiences/{audience}/{act}",
        "nothing that it is about was made",
    ),
    ("/r/{token}/answer", "no link was given to a guest"),
    ("/r/{token}/remove", "no link was given to a guest"),
    ("/r/{token}/say/{what}", "no link was given to a guest"),
    ("/r/{token}/send", "no link was given to a guest"),
    (
        "/taxii/accounts/{account}/{act}",
        "nothing that it is about was made",
    ),
    ("/threats/{threat}/{act}", "nothing that it is about was made"),
];

struct Person {
    name: String,
    client: Client,
    at: Vec<String>,
}

/// A feed whose publisher is not there.
async fn a_feed(story: &Story) {
    let (isp, researcher) = story.at("isp", "researcher");
    let feed = NewFeed {
        form: FeedForm::File,
        days: None,
        name: "bad".into(),
        url: NO_PUBLISHER.into(),
        column: None,
        kinds: Vec::new(),
        marking: Tlp::Amber,
        confidence: 80,
        label: String::new(),
        every_minutes: 60,
        audiences: Vec::new(),
        gone_percent: None,
        terms: String::new(),
    };
    isp.add_feed(researcher, &feed).await.expect("a feed");
}

/// A question in SQL that somebody keeps.
async fn a_kept_question(story: &Story) {
    let (isp, researcher) = story.at("isp", "researcher");
    let question = AskSql {
        statement: "SELECT '<b>x' AS \"<i>y\" FROM logs WHERE query_hostname = $name".into(),
        reason: "=1+1 <b>x".into(),
        parameters: [("name".to_owned(), "<b>x".to_owned())].into(),
        case: None,
    };
    let name = "<b>kept".into();
    let kept = isp.keep_sql(researcher, &NewKeptSql { name, question }).await;
    kept.expect("a kept question");
}

/// Nodes in the middle of their work: something of everything waits.
async fn world() -> (Story, Vec<Person>) {
    let mut story = ready(9).await;
    story.more_people().await.expect("people");
    super::journeys::with(&mut story, "agency", "second", Role::CaseOfficer).await;
    story.hunt("isp").await.expect("a hunt");
    story.sync().await.expect("pulls");
    story.preview("isp").await.expect("a preview");
    story.approve("isp").await.expect("an exhibit");
    story.closely_held().await.expect("a note");
    story.popular_indicator().await.expect("it waits");
    a_feed(&story).await;
    a_kept_question(&story).await;
    story.business().await.expect("a business");
    story.victim().await.expect("a victim");
    story.target().await.expect("a target");
    story.sync().await.expect("pulls");
    story.not_own("isp").await.expect("an answer");
    story.sync().await.expect("pulls");
    story.plan().await.expect("a plan");
    story.sync().await.expect("pulls");
    story.go().await.expect("go");
    story.sync().await.expect("pulls");
    story.at_the_instant();
    story.sync().await.expect("pulls");
    let mut people = Vec::new();
    for org in ["agency", "isp"] {
        let at = serve(story.org(org).node()).await;
        for name in story.org(org).people.keys() {
            people.push(Person {
                name: format!("{name} of {org}"),
                client: Client::signed_in(&at, name).await,
                at: vec!["/".to_owned()],
            });
        }
        people.push(Person {
            name: format!("nobody at {org}"),
            client: Client::new(&at),
            at: vec!["/report".to_owned()],
        });
    }
    (story, people)
}

/// What fits a field, where anything does.
fn fits(field: &found::Field, number: usize, now_ms: u64) -> Vec<String> {
    let name = field.name.trim_end_matches(|c: char| c.is_ascii_digit());
    let first = |options: &[String]| options.iter().find(|option| !option.is_empty()).cloned();
    let known = field.values.iter().any(|value| !value.is_empty());
    if known && field.kind != Kind::Text {
        return field.values.clone();
    }
    let moment = |ms: u64, form: &str| {
        let at = i64::try_from(ms)
            .ok()
            .and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
        at.expect("a time").strftime(form).to_string()
    };
    let away_ms = match name {
        "from" | "from_ms" => now_ms - 2 * DAY_MS,
        "to_ms" | "to" if field.kind == Kind::Moment => now_ms - DAY_MS,
        "at_ms" => now_ms,
        _ => now_ms + 3 * DAY_MS,
    };
    match field.kind {
        Kind::Hidden => field.values.clone(),
        Kind::Moment if matches!(name, "due_ms" | "secret_until_ms" | "backup") => vec![String::new()],
        Kind::Moment => vec![moment(away_ms, "%Y-%m-%dT%H:%M")],
        Kind::Day => vec![moment(away_ms, "%Y-%m-%d")],
        Kind::Password => vec![crate::PASSWORD.to_owned()],
        Kind::Select | Kind::Radio => first(&field.options).into_iter().collect(),
        Kind::Tick if matches!(name, "to" | "yours" | "replace" | "protected" | "drop_customers") => {
            Vec::new()
        }
        Kind::Tick => first(&field.options).into_iter().collect(),
        Kind::File => Vec::new(),
        Kind::Text if known => field.values.clone(),
        Kind::Text => vec![match name {
            "login" | "sign_in" => format!("p{number}"),
            "name" | "reference" | "pseudonym" => format!("x{number}"),
            "values" | "indicators" | "value" => format!("c{number}.bad.example"),
            "connections" => "192.0.2.7 4000 tcp 2026-11-01T08:00".to_owned(),
            "countries" | "jurisdictions" => "NL".to_owned(),
            "clause" => "2.1".to_owned(),
            "techniques" => "T1059.001".to_owned(),
            "rpz" => format!("rpz{number}.agency.example"),
            "url" => NO_PUBLISHER.to_owned(),
            "offset" => "0".to_owned(),
            "zone" => "UTC".to_owned(),
            "domains" | "mail_domains" => format!("shop{number}.example"),
            "addresses" | "customers" | "networks" => "192.0.2.0/24".to_owned(),
            "to" => "shop.example".to_owned(),
            "confidence" => "50".to_owned(),
            "max_lines" | "account" | "postal" | "left_out" | "aliases" | "identifiers" | "labels"
            | "onward" | "audience" | "prose_name" | "prose_sha" | "number" | "report" | "conditions"
            | "telephones" | "other_names" | "contacts" | "harm" | "column" | "gone_percent" | "rules" => {
                String::new()
            }
            _ => format!("words {number}"),
        }],
    }
}

/// The form filled in, with one field as given, and the thing that a button chooses.
fn filled(
    form: &Found,
    given: Option<(&str, &str)>,
    button: Option<&(String, String)>,
    number: usize,
    now_ms: u64,
) -> Vec<(String, String)> {
    let mut out = Vec::new();
    for field in form.fields.iter().filter(|field| field.kind != Kind::File) {
        let values = match given {
            Some((name, value)) if name == field.name => vec![value.to_owned()],
            _ => fits(field, number, now_ms),
        };
        out.extend(values.into_iter().map(|value| (field.name.clone(), value)));
    }
    out.extend(button.cloned());
    out
}

async fn send(client: &Client, form: &Found, fields: &[(String, String)], file: &str) -> Answer {
    if !form.multipart {
        return client.post(&form.action, fields).await;
    }
    let mut body = String::new();
    for (name, value) in fields {
        write!(
            body,
            "--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        )
        .expect("a text");
    }
    for field in form.fields.iter().filter(|field| field.kind == Kind::File) {
        let name = file.replace('"', "%22");
        write!(
            body,
            "--b\r\nContent-Disposition: form-data; name=\"{}\"; filename=\"{name}\"\r\n\r\n{file}\r\n",
            field.name
        )
        .expect("a text");
    }
    body.push_str("--b--\r\n");
    let kind = "multipart/form-data; boundary=b";
    client.raw("POST", &form.action, kind, body.as_bytes()).await
}

/// Sends a form and what it leads to: the page before the act, the act, the page after it. Whether it was taken.
async fn sent(
    person: &mut Person,
    form: &Found,
    fields: &[(String, String)],
    file: &str,
    place: &str,
) -> bool {
    let mut answer = send(&person.client, form, fields, file).await;
    safe(&answer, place);
    for _ in 0..2 {
        if answer.status != 200 {
            break;
        }
        let same = |found: &&Found| pattern(&found.action) == pattern(&form.action) && found.confirms();
        let Some(confirm) = forms(&answer.body).iter().find(same).cloned() else {
            break;
        };
        let fields: Vec<(String, String)> = confirm
            .fields
            .iter()
            .flat_map(|field| {
                let values = match field.kind {
                    Kind::Text if field.values.iter().all(String::is_empty) => vec!["words".to_owned()],
                    _ => field.values.clone(),
                };
                values.into_iter().map(|value| (field.name.clone(), value))
            })
            .collect();
        answer = send(&person.client, &confirm, &fields, file).await;
        safe(&answer, place);
    }
    if answer.status == 303 {
        let there = answer.header("location").to_owned();
        assert!(there.starts_with('/'), "{place}: {there}");
        safe(&person.client.get(&there).await, &there);
        person.at.push(there);
        return true;
    }
    // A page that is shown once is an answer, too.
    answer.status == 200
        && forms(&answer.body)
            .iter()
            .all(|found| found.action != form.action)
}

/// Every page that a person comes to by links, each looked at; the forms on them, by the page they stand on.
async fn walked(person: &Person) -> BTreeMap<String, String> {
    let mut opened: BTreeMap<String, usize> = BTreeMap::new();
    let mut known = BTreeSet::new();
    let mut found = BTreeMap::new();
    let mut next: Vec<String> = person.at.clone();
    while let Some(place) = next.pop() {
        if !known.insert(place.clone()) {
            continue;
        }
        let seen = opened.entry(pattern(&place)).or_default();
        *seen += 1;
        if *seen > SAME_MAX {
            continue;
        }
        let answer = person.client.get(&place).await;
        safe(&answer, &format!("{}, {place}", person.name));
        if answer.status != 200 || !answer.header("content-type").starts_with("text/html") {
            continue;
        }
        for form in forms(&answer.body) {
            let key = pattern(&form.action);
            if !NEVER.contains(&key.as_str()) {
                found.entry(key).or_insert_with(|| place.clone());
            }
        }
        let mut more = links(&answer.body);
        more.reverse();
        next.extend(more);
    }
    found
}

fn takes_away(key: &str) -> bool {
    TAKES_AWAY.iter().any(|end| key.ends_with(end)) || TAKES_AWAY_FROM.iter().any(|part| key.contains(part))
}

/// What became of each text in each field of one form.
async fn storm(
    person: &mut Person,
    key: &str,
    page: &str,
    once: bool,
    count: &mut usize,
    now_ms: u64,
) -> String {
    let mut told = String::new();
    let of = |html: &str| forms(html).into_iter().find(|form| pattern(&form.action) == key);
    let shown = person.client.get(page).await;
    let Some(first) = of(&shown.body) else {
        return told;
    };
    let texts: Vec<String> = first.texts().iter().map(|name| (*name).to_owned()).collect();
    let mut buttons: Vec<Option<(String, String)>> = first.buttons.iter().cloned().map(Some).collect();
    if buttons.is_empty() {
        buttons.push(None);
    }
    if texts.is_empty() {
        for button in &buttons {
            *count += 1;
            let fields = filled(&first, None, button.as_ref(), *count, now_ms);
            sent(person, &first, &fields, MARKUP, key).await;
        }
        return "no words".to_owned();
    }
    for (number, name) in texts.iter().enumerate() {
        let fourth = if number % 2 == 0 { PLUS } else { MINUS };
        let mut taken = Vec::new();
        let mut texts = vec![("formula", fourth)];
        if !once {
            texts.extend([("markup", MARKUP), ("turned", TURNED)]);
        }
        for (what, text) in texts {
            for button in &buttons {
                // What was sent before may have taken the form away.
                let Some(form) = of(&person.client.get(page).await.body) else {
                    continue;
                };
                *count += 1;
                let fields = filled(
                    &form,
                    Some((name.as_str(), text)),
                    button.as_ref(),
                    *count,
                    now_ms,
                );
                if sent(person, &form, &fields, text, &format!("{key} {name}")).await
                    && !taken.contains(&what)
                {
                    taken.push(what);
                }
            }
        }
        let taken = if taken.is_empty() {
            "nothing".to_owned()
        } else {
            taken.join(", ")
        };
        write!(told, "\n    {name}: {taken}").expect("a text");
    }
    told
}

/// Whether a found form is one of a route.
fn is_of(route: &str, key: &str) -> bool {
    let (route, key): (Vec<&str>, Vec<&str>) = (route.split('/').collect(), key.split('/').collect());
    let same = |(a, b): (&&str, &&str)| a == b || a.starts_with('{');
    route.len() == key.len() && route.iter().zip(&key).all(same)
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_text_in_every_field_of_every_form() {
    let (story, mut people) = world().await;
    let now_ms = story.world.now_ms();
    let mut told: BTreeMap<String, String> = BTreeMap::new();
    let mut count = 0;
    for round in 0..=ROUNDS {
        let last = round == ROUNDS;
        for person in &mut people {
            for (key, page) in walked(person).await {
                if told.contains_key(&key) || takes_away(&key) != last {
                    continue;
                }
                let what = storm(person, &key, &page, last, &mut count, now_ms).await;
                if !what.is_empty() {
                    told.insert(key, what);
                }
            }
        }
        story.sync().await.expect("pulls");
    }
    // Whatever was taken stands on pages and in files of everybody by now.
    for person in &people {
        walked(person).await;
    }
    let mut missing: Vec<&str> = accord_server::routes()
        .into_iter()
        .filter(|route| route.part == Part::Pages && route.method == "POST" && !NEVER.contains(&route.path))
        .map(|route| route.path)
        .filter(|path| !told.keys().any(|key| is_of(path, key)))
        .collect();
    missing.sort_unstable();
    let known: Vec<&str> = NOT_FOUND.iter().map(|(path, _)| *path).collect();
    let table: Vec<String> = told.iter().map(|(key, what)| format!("{key}: {what}")).collect();
    insta::assert_snapshot!(table.join("\n"));
    assert_eq!(missing, known, "forms that nobody found");
}
