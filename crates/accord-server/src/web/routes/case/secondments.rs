//! Secondments: granted by both sides, for named categories and with an end; ended by either.

use accord_model::{Category, OrgKind, OrgName, PersonId};
use accord_service::{Act, EndedSecondment, NewSecondment, SecondmentView, ServiceError, TeamView};
use axum::extract::Path;

use super::Case;
use super::requests::{field, moment, pair, pick, wrong};
use super::steps::{self, Asked, Before};
use crate::web::routes::failed::{Failed, Paged, id, no};
use crate::web::routes::frame::{Page, done};
use crate::web::routes::posted::{Posted, Typed};
use crate::web::routes::times::{minute, when};
use crate::web::view::release::Undo;
use crate::web::view::tab::{Row, Section};
use crate::web::view::write::Shape;
use crate::web::view::{Link, State, Tone};

const FIELDS: &[&str] = &["person", "host", "categories", "scope", "from", "until"];
const NAMES: &[&str] = &["person", "host", "categories", "scope", "from", "until", "reason"];

/// Categories in words.
pub(super) fn words(categories: &[Category]) -> String {
    let words: Vec<String> = categories
        .iter()
        .map(|category| category.to_string().replace('-', " "))
        .collect();
    words.join(", ")
}

/// The categories that a scope or a secondment can name.
pub(super) fn nameable() -> impl Iterator<Item = (String, String)> {
    let never = [Category::VictimIdentity, Category::Grant, Category::PersonName];
    Category::ALL
        .iter()
        .filter(move |category| !never.contains(category))
        .map(|category| (category.to_string(), category.to_string().replace('-', " ")))
}

fn name(view: &SecondmentView) -> String {
    view.name
        .clone()
        .unwrap_or_else(|| format!("a person of {}", view.home))
}

/// Whether this person speaks for one of the sides: our approver at home, our case officer at the host.
fn is_side(page: &Page, home: &OrgName, host: &OrgName) -> bool {
    (home.as_str() == page.own() && page.may(Act::NameMembers))
        || (host.as_str() == page.own() && page.may(Act::RunCase))
}

/// Secondments on the team's tab.
pub(super) fn section(page: &Page, case: &Case, team: &TeamView) -> Section {
    let row = |view: &SecondmentView| {
        let (word, tone) = match view.state {
            "half" => (format!("waits for {}", other_side(view)), Tone::Waiting),
            "granted" => ("runs".to_owned(), Tone::Good),
            "ahead" => ("ahead".to_owned(), Tone::Quiet),
            _ => ("over".to_owned(), Tone::Quiet),
        };
        let mut links = Vec::new();
        let side = is_side(page, &view.home, &view.host);
        if side && view.state == "half" && !view.granted_by.iter().any(|org| org.as_str() == page.own()) {
            links.push(Link {
                label: "Grant our side".to_owned(),
                href: case
                    .href(&["team", "second"])
                    .with("person", &format!("{}/{}", view.home, view.person))
                    .with("host", view.host.as_str()),
            });
        }
        if side && view.state != "over" {
            links.push(Link {
                label: format!("End it: {}", name(view)),
                href: case.href(&[
                    "team",
                    "second",
                    &view.person.to_string(),
                    view.host.as_str(),
                    "end",
                ]),
            });
        }
        Row {
            title: name(view),
            soft: format!("of {}, seconded to {}", view.home, view.host),
            state: Some(State { word, tone }),
            facts: vec![
                pair("Sees and writes", words(&view.categories)),
                pair("From", when(view.from_ms).shown),
                pair("Until", when(view.until_ms).shown),
            ],
            links,
            ..Row::default()
        }
    };
    Section {
        heading: "Secondments".to_owned(),
        lede: "Somebody seconded stays of their own organisation, signs in at the host, and sees and writes there what \
               both sides named, and nothing after the last day."
            .to_owned(),
        actions: page
            .may(Act::Second)
            .then(|| Link {
                label: "Second somebody".to_owned(),
                href: case.href(&["team", "second"]),
            })
            .into_iter()
            .collect(),
        rows: team.secondments.iter().map(row).collect(),
        empty: (
            "Nobody is seconded.".to_owned(),
            "Their approver and a case officer of the host grant it, each on their own node.".to_owned(),
        ),
    }
}

fn other_side(view: &SecondmentView) -> &OrgName {
    if view.granted_by.contains(&view.home) {
        &view.host
    } else {
        &view.home
    }
}

/// Who can be seconded from here: our own people for their approver, partners' people for a case officer who takes
/// them in.
async fn people(page: &Page, case: &Case, team: &TeamView) -> Result<Vec<(String, String)>, Failed> {
    let own = page.own();
    let mut found: Vec<(String, String)> = Vec::new();
    if page.may(Act::NameMembers) {
        let people = page.node.people(&page.who).await?;
        let ours = people
            .iter()
            .filter(|person| !person.disabled && person.home.is_none() && !person.roles.is_empty());
        found.extend(ours.map(|person| (format!("{own}/{}", person.id), format!("{}, {own}", person.name))));
    }
    if page.may(Act::RunCase) {
        let theirs = case
            .view
            .members
            .iter()
            .filter(|member| member.org.as_str() != own);
        let named = theirs.map(|member| (&member.org, member.person, member.name.clone()));
        let offered = team
            .secondments
            .iter()
            .filter(|view| view.host.as_str() == own)
            .map(|view| (&view.home, view.person, view.name.clone()));
        for (org, person, name) in named.chain(offered) {
            let value = format!("{org}/{person}");
            if !found.iter().any(|(known, _)| *known == value) {
                let name = name.unwrap_or_else(|| format!("person {person}"));
                found.push((value, format!("{name}, {org}")));
            }
        }
    }
    Ok(found)
}

fn hosts(case: &Case) -> Vec<(String, String)> {
    let agencies = case
        .view
        .parties
        .iter()
        .filter(|(_, kind)| *kind == OrgKind::Agency);
    agencies
        .map(|(org, _)| (org.to_string(), org.to_string()))
        .collect()
}

/// What stands in the form at first: the other side's word, where there is one.
fn first(page: &Page, team: &TeamView) -> Typed {
    let (person, host) = (page.query("person"), page.query("host"));
    let half = team
        .secondments
        .iter()
        .find(|view| format!("{}/{}", view.home, view.person) == person && view.host.as_str() == host);
    let Some(view) = half else {
        return Typed::default();
    };
    let mut fields = vec![
        ("person".to_owned(), person.to_owned()),
        ("host".to_owned(), host.to_owned()),
        ("from".to_owned(), minute(view.from_ms)),
        ("until".to_owned(), minute(view.until_ms)),
    ];
    let categories = view.categories.iter();
    fields.extend(categories.map(|category| ("categories".to_owned(), category.to_string())));
    Typed::of(fields)
}

async fn show(page: &Page, case: &Case, typed: &Typed) -> Paged {
    Act::Second.ask(&page.who)?;
    let team = page.node.team(&page.who, case.space).await?;
    let typed = match typed.is_first() {
        true => first(page, &team),
        false => typed.clone(),
    };
    let people = people(page, case, &team).await?;
    let mut from = field(&typed, "from", "From (UTC)", "", Shape::Moment, false);
    if from.value.is_empty() {
        from.value = minute(page.now());
    }
    let fields = vec![
        pick(&typed, "person", "Who", false, people),
        pick(&typed, "host", "To which agency", false, hosts(case)),
        steps::many(
            &typed,
            "categories",
            "Sees and writes",
            "Name the least that the work needs. Where the two sides differ, what both name counts.",
            nameable(),
        ),
        field(
            &typed,
            "scope",
            "The same in words",
            "All parties read it.",
            Shape::Prose,
            false,
        ),
        from,
        field(
            &typed,
            "until",
            "Until (UTC)",
            "Nothing is seen from this minute on.",
            Shape::Moment,
            false,
        ),
    ];
    let asked = Asked {
        tab: "Team",
        title: "Second somebody".to_owned(),
        lede: "Both sides grant it: the approver of their organisation, and a case officer of the agency that takes them \
               in. It begins once both have.",
        about: Vec::new(),
        fields,
        carried: Vec::new(),
        place: case.href(&["team", "second"]),
        back: case.href(&["team"]),
    };
    steps::ask(page, case, &typed, asked).await
}

/// `/cases/ID/team/second`.
pub(in super::super) async fn new(page: Page, Path(text): Path<String>) -> Paged {
    let case = Case::load(&page, &text).await?;
    show(&page, &case, &Typed::default()).await
}

fn secondment(typed: &Typed) -> accord_service::Result<NewSecondment> {
    let choose = || ServiceError::invalid("person", "choose somebody");
    let (home, person) = typed.get("person").split_once('/').ok_or_else(choose)?;
    let categories: Result<Vec<Category>, _> = typed.all("categories").map(str::parse).collect();
    let categories = categories.map_err(|error| ServiceError::invalid("categories", error))?;
    if categories.is_empty() {
        return Err(ServiceError::invalid("categories", "choose at least one"));
    }
    let needed = |name| ServiceError::invalid(name, "give a time, such as 2026-11-01T00:00");
    Ok(NewSecondment {
        person: person.parse().map_err(|_| choose())?,
        home: home.parse().map_err(|_| choose())?,
        host: typed
            .get("host")
            .parse()
            .map_err(|_| ServiceError::invalid("host", "choose the agency that takes them in"))?,
        categories,
        scope: match typed.get("scope") {
            "" => return Err(ServiceError::invalid("scope", "say what they do there")),
            text => text.replace("\r\n", "\n"),
        },
        from_ms: moment(typed, "from")?.ok_or_else(|| needed("from"))?,
        until_ms: moment(typed, "until")?.ok_or_else(|| needed("until"))?,
    })
}

/// Grants our side, once what that means was shown.
pub(in super::super) async fn grant(Path(text): Path<String>, posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    Act::Second.ask(&page.who)?;
    let case = Case::load(page, &text).await?;
    let new = match secondment(typed) {
        Ok(new) => new,
        Err(error) => return show(page, &case, &typed.clone().wrong(wrong(error, NAMES)?)).await,
    };
    let team = page.node.team(&page.who, case.space).await?;
    let who = people(page, &case, &team).await?;
    let who = who.into_iter().find(|(value, _)| value == typed.get("person"));
    let (_, who) = who.ok_or_else(|| no("person"))?;
    let home = new.home.as_str() == page.own();
    let before = Before {
        title: format!("Second {who} to {}", new.host),
        verb: "Grant our side".to_owned(),
        severe: false,
        facts: vec![
            pair("Sees and writes", words(&new.categories)),
            pair("From", when(new.from_ms).shown),
            pair("Until", when(new.until_ms).shown),
            pair(
                "It begins",
                match home {
                    true => format!("once a case officer of {} has granted it too", new.host),
                    false => format!("once the approver of {} has granted it too", new.home),
                },
            ),
            pair(
                "They see",
                format!(
                    "what {} holds of these categories on this case, from its start. They need an account there: its \
                     operator makes it with the number {}.",
                    new.host, new.person
                ),
            ),
            pair(
                "They write",
                format!(
                    "for {}; every note says that they are of {} and seconded.",
                    new.host, new.home
                ),
            ),
            pair("They decide", "nothing there."),
        ],
        body: new.scope.clone(),
        marking: None,
        readers: case.every_party(page),
        undo: Undo::Can("Either side ends it at once. What they have read stays known.".to_owned()),
        reason: None,
        blocked: (!is_side(page, &new.home, &new.host)).then(|| {
            format!(
                "This is granted by the approver of {} and a case officer of {}; you are neither.",
                new.home, new.host
            )
        }),
        place: case.href(&["team", "second"]),
        back: case.href(&["team"]),
    };
    let carried = steps::carried(typed, FIELDS);
    if !steps::confirms(&posted, &case, &before, &carried).await? {
        return steps::before(page, &case, before, &carried, typed, Vec::new()).await;
    }
    let granted = posted
        .once(page.node.grant_secondment(&page.who, case.space, &new))
        .await;
    match granted {
        Ok(at) => Ok(done(case.href(&["team"]), "seconded", Some(at))),
        Err(error) => show(page, &case, &typed.clone().wrong(wrong(error, NAMES)?)).await,
    }
}

type Place = (String, String, String);

async fn ending(
    page: &Page,
    case: &Case,
    person: PersonId,
    host: &OrgName,
) -> Result<(Before, OrgName), Failed> {
    Act::Second.ask(&page.who)?;
    let team = page.node.team(&page.who, case.space).await?;
    let view = team
        .secondments
        .into_iter()
        .find(|view| view.person == person && view.host == *host && view.state != "over");
    let view = view.ok_or_else(|| no("secondment"))?;
    let before = Before {
        title: format!("End the secondment of {} to {host}", name(&view)),
        verb: "End the secondment".to_owned(),
        severe: true,
        facts: vec![
            pair("Until now", words(&view.categories)),
            pair(
                "Effect",
                "At once: they see and write nothing there any more. What they wrote stays, and still says whose person \
                 they were.",
            ),
        ],
        body: String::new(),
        marking: None,
        readers: case.every_party(page),
        undo: Undo::Can("Both sides grant it again.".to_owned()),
        reason: Some((
            "Why does it end?",
            "All parties of the case read it, and it stays.",
        )),
        blocked: (!is_side(page, &view.home, host)).then(|| {
            format!(
                "It is ended by the approver of {} or a case officer of {host}.",
                view.home
            )
        }),
        place: case.href(&["team", "second", &person.to_string(), host.as_str(), "end"]),
        back: case.href(&["team"]),
    };
    Ok((before, view.home))
}

/// Before ending one.
pub(in super::super) async fn before_ending(page: Page, Path((text, person, org)): Path<Place>) -> Paged {
    let case = Case::load(&page, &text).await?;
    let (before, _) = ending(&page, &case, id(&person)?, &id(&org)?).await?;
    steps::before(&page, &case, before, &[], &Typed::default(), Vec::new()).await
}

/// Ends it.
pub(in super::super) async fn end(Path((text, person, org)): Path<Place>, posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    let case = Case::load(page, &text).await?;
    if posted.was_done().await? {
        return Ok(done(case.href(&["team"]), "secondment-ended", None));
    }
    let (person, host): (PersonId, OrgName) = (id(&person)?, id(&org)?);
    let (before, home) = ending(page, &case, person, &host).await?;
    if !steps::confirms(&posted, &case, &before, &[]).await? {
        return steps::before(page, &case, before, &[], typed, Vec::new()).await;
    }
    let ended = EndedSecondment {
        person,
        home,
        host,
        reason: typed.get("reason").replace("\r\n", "\n"),
    };
    let said = if ended.reason.is_empty() {
        Err(ServiceError::invalid(
            "reason",
            "say why; the other parties read it",
        ))
    } else {
        posted
            .once(page.node.end_secondment(&page.who, case.space, &ended))
            .await
    };
    match said {
        Ok(at) => Ok(done(case.href(&["team"]), "secondment-ended", Some(at))),
        Err(error) => {
            let wrong = wrong(error, NAMES)?;
            steps::before(page, &case, before, &[], typed, wrong).await
        }
    }
}
