//! The pen: offered by who holds it, taken by who it was offered to. Until then it stays.

use accord_model::{OrgName, PersonId, Role};
use accord_service::{Act, ServiceError, TeamView};
use axum::extract::Path;

use super::requests::{pair, pick, wrong};
use super::steps::{self, Asked, Before};
use super::{Case, entry};
use crate::web::routes::failed::{Paged, no};
use crate::web::routes::frame::{Page, done};
use crate::web::routes::posted::{Posted, Typed};
use crate::web::view::Pair;
use crate::web::view::release::Undo;
use crate::web::view::tab::{Row, Section};
use crate::web::view::{Link, State, Tone};

type Place = (String, String, String);

/// Whether the person who looks holds the pen.
fn holds(page: &Page, team: &TeamView) -> bool {
    team.pen
        .as_ref()
        .is_some_and(|(org, person)| org.as_str() == page.own() && *person == page.who.person)
}

/// The pen on the team's tab.
pub(super) fn section(page: &Page, case: &Case, team: &TeamView) -> Section {
    let holder = match &case.view.pen {
        Some((org, Some(name))) => format!("{name}, {org}"),
        Some((org, None)) => format!("a person of {org}"),
        None => "nobody".to_owned(),
    };
    let mut rows = vec![Row {
        title: holder,
        soft: "holds the pen".to_owned(),
        ..Row::default()
    }];
    let mine = |offer: &accord_service::OfferedPen| {
        offer.to_org.as_str() == page.own() && offer.to == page.who.person && page.may(Act::RunCase)
    };
    rows.extend(team.offered.iter().rev().take(1).map(|offer| {
        Row {
            title: format!(
                "Offered to {}",
                offer
                    .name
                    .clone()
                    .unwrap_or_else(|| format!("a case officer of {}", offer.to_org))
            ),
            soft: format!("of {}, by {}", offer.to_org, offer.from),
            state: Some(State {
                word: "waits until they take it".to_owned(),
                tone: Tone::Waiting,
            }),
            links: mine(offer)
                .then(|| Link {
                    label: "Take the pen".to_owned(),
                    href: case.href(&[
                        "team",
                        "pen",
                        &offer.at.ledger.to_string(),
                        &offer.at.seq.to_string(),
                    ]),
                })
                .into_iter()
                .collect(),
            ..Row::default()
        }
    }));
    Section {
        heading: "The pen".to_owned(),
        lede: "Who holds it moves the stage and writes the plan. It is passed by who holds it, and stays until the other \
               case officer takes it."
            .to_owned(),
        actions: (holds(page, team) && page.may(Act::RunCase))
            .then(|| Link {
                label: "Pass the pen".to_owned(),
                href: case.href(&["team", "pen"]),
            })
            .into_iter()
            .collect(),
        rows,
        empty: (String::new(), String::new()),
    }
}

/// The case officers it can be offered to: `ORG/PERSON` and what is read.
fn officers(page: &Page, case: &Case) -> Vec<(String, String)> {
    let members = case.view.members.iter();
    members
        .filter(|member| member.roles.contains(&Role::CaseOfficer) && member.person != page.who.person)
        .map(|member| {
            let name = member.name.clone().unwrap_or_else(|| "a case officer".to_owned());
            (
                format!("{}/{}", member.org, member.person),
                format!("{name}, {}", member.org),
            )
        })
        .collect()
}

async fn show(page: &Page, case: &Case, typed: &Typed) -> Paged {
    Act::RunCase.ask(&page.who)?;
    let team = page.node.team(&page.who, case.space).await?;
    if !holds(page, &team) {
        return Err(ServiceError::denied("the pen is passed by who holds it").into());
    }
    let others = officers(page, case);
    let about = match others.is_empty() {
        true => vec![pair(
            "Nobody else",
            "No other case officer is named on the case. An approver names one on this tab.",
        )],
        false => Vec::new(),
    };
    let asked = Asked {
        tab: "Team",
        title: "Pass the pen".to_owned(),
        lede: "Offer it to another case officer on the case, of any agency. You keep it until they take it.",
        about,
        fields: match others.is_empty() {
            true => Vec::new(),
            false => vec![pick(typed, "to", "To whom", false, others)],
        },
        carried: Vec::new(),
        place: case.href(&["team", "pen"]),
        back: case.href(&["team"]),
    };
    steps::ask(page, case, typed, asked).await
}

/// `/cases/ID/team/pen`.
pub(in super::super) async fn new(page: Page, Path(text): Path<String>) -> Paged {
    let case = Case::load(&page, &text).await?;
    show(&page, &case, &Typed::default()).await
}

fn to(case: &Case, page: &Page, typed: &Typed) -> accord_service::Result<(OrgName, PersonId, String)> {
    let choose = || ServiceError::invalid("to", "choose a case officer");
    let chosen = typed.get("to");
    let known = officers(page, case)
        .into_iter()
        .find(|(value, _)| value == chosen);
    let (_, words) = known.ok_or_else(choose)?;
    let (org, person) = chosen.split_once('/').ok_or_else(choose)?;
    Ok((
        org.parse().map_err(|_| choose())?,
        person.parse().map_err(|_| choose())?,
        words,
    ))
}

/// Offers the pen, once what that means was shown.
pub(in super::super) async fn pass(Path(text): Path<String>, posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    Act::RunCase.ask(&page.who)?;
    let case = Case::load(page, &text).await?;
    let (org, person, words) = match to(&case, page, typed) {
        Ok(found) => found,
        Err(error) => return show(page, &case, &typed.clone().wrong(wrong(error, &["to"])?)).await,
    };
    let before = Before {
        title: format!("Offer the pen to {words}"),
        verb: "Offer the pen".to_owned(),
        severe: false,
        facts: vec![
            pair(
                "Now",
                "Nothing changes: you move the stage and write the plan until they take it.",
            ),
            pair(
                "When they take it",
                "They alone move the stage and write the plan. You stay on the case with your role.",
            ),
        ],
        body: String::new(),
        marking: None,
        readers: case.every_party(page),
        undo: Undo::Can(
            "Offer it to somebody else: the earlier offer is void. Once taken, they pass it back.".to_owned(),
        ),
        reason: None,
        blocked: None,
        place: case.href(&["team", "pen"]),
        back: case.href(&["team"]),
    };
    let carried = steps::carried(typed, &["to"]);
    if !steps::confirms(&posted, &case, &before, &carried).await? {
        return steps::before(page, &case, before, &carried, typed, Vec::new()).await;
    }
    let offered = posted
        .once(page.node.pass_pen(&page.who, case.space, &org, person))
        .await;
    match offered {
        Ok(at) => Ok(done(case.href(&["team"]), "pen-offered", Some(at))),
        Err(error) => {
            let wrong = wrong(error, &["to"])?;
            steps::before(page, &case, before, &carried, typed, wrong).await
        }
    }
}

async fn taking(
    page: &Page,
    case: &Case,
    (_, ledger, seq): &Place,
) -> Result<Before, crate::web::routes::failed::Failed> {
    Act::RunCase.ask(&page.who)?;
    let at = entry(ledger, seq)?;
    let team = page.node.team(&page.who, case.space).await?;
    let offer = team.offered.iter().find(|offer| offer.at == at);
    let offer = offer.ok_or_else(|| no("offer"))?;
    let mine = offer.to_org.as_str() == page.own() && offer.to == page.who.person;
    let facts: Vec<Pair> = vec![
        pair("From", offer.from.to_string()),
        pair(
            "You may then",
            "move the stage and write the plan. Nobody else may until you pass it on.",
        ),
    ];
    Ok(Before {
        title: format!("Take the pen of Operation {}", case.view.summary.operation),
        verb: "Take the pen".to_owned(),
        severe: false,
        facts,
        body: String::new(),
        marking: None,
        readers: case.every_party(page),
        undo: Undo::Can("Pass it on: it is yours until the other takes it.".to_owned()),
        reason: None,
        blocked: (!mine).then(|| "It was offered to somebody else.".to_owned()),
        place: case.href(&["team", "pen", ledger, seq]),
        back: case.href(&["team"]),
    })
}

/// Before taking the pen.
pub(in super::super) async fn before_taking(page: Page, Path(place): Path<Place>) -> Paged {
    let case = Case::load(&page, &place.0).await?;
    let before = taking(&page, &case, &place).await?;
    steps::before(&page, &case, before, &[], &Typed::default(), Vec::new()).await
}

/// Takes it.
pub(in super::super) async fn take(Path(place): Path<Place>, posted: Posted) -> Paged {
    let page = &posted.page;
    let case = Case::load(page, &place.0).await?;
    let at = entry(&place.1, &place.2)?;
    if !posted.was_done().await? {
        let before = taking(page, &case, &place).await?;
        if !steps::confirms(&posted, &case, &before, &[]).await? {
            return steps::before(page, &case, before, &[], &posted.typed, Vec::new()).await;
        }
    }
    let taken = posted.once(page.node.take_pen(&page.who, case.space, at)).await?;
    Ok(done(case.href(&["team"]), "pen-taken", Some(taken)))
}
