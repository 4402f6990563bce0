//! The team: organisations on the case, and our own people.

use std::collections::BTreeSet;

use accord_model::control::Scope;
use accord_model::{Category, OrgName, PersonId, Role};
use accord_service::{Act, NewMember, ServiceError};
use axum::extract::Path;

use super::requests::pair;
use super::secondments::words;
use super::steps::{self, Before};
use super::{Case, pen, secondments};
use crate::web::render;
use crate::web::routes::failed::{Paged, id, no, problems};
use crate::web::routes::frame::{Page, done, html, kind_words, role_words};
use crate::web::routes::posted::{Posted, Typed};
use crate::web::routes::release::commitment;
use crate::web::routes::times::{parse_day, when};
use crate::web::view::release::{ReasonField, ReleasePage, Undo};
use crate::web::view::team::{AddMemberPage, AddPartyPage, Member, TeamPage, TeamParty};
use crate::web::view::{Choice, Pair};

/// `/cases/ID/team`.
pub(in super::super) async fn page(page: Page, Path(text): Path<String>) -> Paged {
    let case = Case::load(&page, &text).await?;
    let team = page.node.team(&page.who, case.space).await?;
    let own = page.own();
    let view = &case.view;
    let parties = view.parties.iter().map(|(org, kind)| {
        let since = view.joined.get(org).copied();
        let members = view.members.iter().filter(|member| member.org == *org);
        TeamParty {
            organisation: org.to_string(),
            kind: kind_words(*kind).to_owned(),
            since: since.map(when),
            members: members
                .map(|member| Member {
                    name: member
                        .name
                        .clone()
                        .unwrap_or_else(|| format!("a person of {org}")),
                    role: role_words(&member.roles),
                    scope: match &member.scope {
                        None => "the whole case".to_owned(),
                        Some(none) if none.is_empty() => {
                            "nothing: two scopes have nothing in common".to_owned()
                        }
                        Some(categories) => words(categories),
                    },
                    until: member.until_ms.map(when),
                    remove: (org.as_str() == own && page.may(Act::NameMembers))
                        .then(|| case.href(&["team", "remove", &member.person.to_string()])),
                })
                .collect(),
            empty_hint: if org.as_str() == own {
                "We have named nobody yet.".to_owned()
            } else {
                "They have named nobody yet. Their approver does it.".to_owned()
            },
            remove: (page.may(Act::RunCase) && *org != view.summary.opened_by)
                .then(|| case.href(&["team", "remove-party", org.as_str()])),
        }
    });
    html(render::render_team(&TeamPage {
        shell: case.shell(&page).await,
        case: case.head(&page, "Team"),
        parties: parties.collect(),
        add_party: page.may(Act::RunCase).then(|| case.href(&["team", "add-party"])),
        add_member: page
            .may(Act::NameMembers)
            .then(|| case.href(&["team", "add-member"])),
        sections: vec![
            pen::section(&page, &case, &team),
            secondments::section(&page, &case, &team),
        ],
    }))
}

/// `/cases/ID/team/add-party`.
pub(in super::super) async fn new_party(page: Page, Path(text): Path<String>) -> Paged {
    let case = Case::load(&page, &text).await?;
    show_party(&page, &case, &Typed::default()).await
}

async fn show_party(page: &Page, case: &Case, typed: &Typed) -> Paged {
    Act::RunCase.ask(&page.who)?;
    let agreement = page
        .node
        .agreement(&page.who, case.view.summary.agreement)
        .await?;
    let absent = agreement
        .agreement
        .parties()
        .iter()
        .filter(|party| !case.view.parties.iter().any(|(org, _)| *org == party.name));
    html(render::render_add_party(&AddPartyPage {
        shell: case.shell(page).await,
        case: case.head(page, "Team"),
        form: typed.form(page, case.href(&["team", "add-party"])),
        organisations: absent
            .map(|party| Choice {
                value: party.name.to_string(),
                label: party.name.to_string(),
                hint: kind_words(party.kind).to_owned(),
                chosen: typed.has("organisation", party.name.as_str()),
            })
            .collect(),
        reason: typed.or("reason", ""),
        back: case.href(&["team"]),
    }))
}

/// Adds a party, once what that means was shown.
pub(in super::super) async fn add_party(Path(text): Path<String>, posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    Act::RunCase.ask(&page.who)?;
    let case = Case::load(page, &text).await?;
    let names = [("organisation", "organisation"), ("org", "organisation")];
    let org: OrgName = match typed.get("organisation").parse() {
        Ok(org) => org,
        Err(_) => {
            let wrong = problems(ServiceError::invalid("organisation", "choose one"), &names)?;
            return show_party(page, &case, &typed.clone().wrong(wrong)).await;
        }
    };
    let reason = typed.get("reason").to_owned();
    let shown = commitment(&("party", &case.id, &org, &reason));
    if typed.get("commitment") == shown {
        return match posted
            .once(page.node.add_party(&page.who, case.space, &org, &reason))
            .await
        {
            Ok(at) => Ok(done(case.href(&["team"]), "party", Some(at))),
            Err(error) => {
                let wrong = problems(error, &names)?;
                show_party(page, &case, &typed.clone().wrong(wrong)).await
            }
        };
    }
    html(render::render_release(&ReleasePage {
        shell: case.shell(page).await,
        title: format!("Bring {org} into Operation {}", case.view.summary.operation),
        verb: format!("Add {org}"),
        severe: false,
        form: page.form(case.href(&["team", "add-party"])),
        carried: vec![
            Pair {
                name: "organisation".to_owned(),
                value: org.to_string(),
            },
            Pair {
                name: "reason".to_owned(),
                value: reason.clone(),
            },
        ],
        commitment: shown,
        facts: vec![
            Pair {
                name: "Why".to_owned(),
                value: reason,
            },
            Pair {
                name: "It learns".to_owned(),
                value:
                    "that the case exists, its operation name, stage, purpose and parties, and who decides"
                        .to_owned(),
            },
            Pair {
                name: "It gets".to_owned(),
                value: "notes from now on, each only as the agreement lets it go".to_owned(),
            },
        ],
        body: String::new(),
        marking: None,
        recipients: Vec::new(),
        undo: Undo::Can("An organisation can be taken off again; what it read stays known.".to_owned()),
        reason: None,
        blocked: None,
        back: case.href(&["team"]),
    }))
}

/// Before taking a party off.
pub(in super::super) async fn before_removing_party(
    page: Page,
    Path((text, org)): Path<(String, String)>,
) -> Paged {
    let case = Case::load(&page, &text).await?;
    show_leaving(&page, &case, &id(&org)?, &Typed::default()).await
}

async fn show_leaving(page: &Page, case: &Case, org: &OrgName, typed: &Typed) -> Paged {
    Act::RunCase.ask(&page.who)?;
    if !case.view.parties.iter().any(|(party, _)| party == org) {
        return Err(no("party"));
    }
    html(render::render_release(&ReleasePage {
        shell: case.shell(page).await,
        title: format!("Take {org} off Operation {}", case.view.summary.operation),
        verb: format!("Take {org} off"),
        severe: true,
        form: typed.form(page, case.href(&["team", "remove-party", org.as_str()])),
        carried: Vec::new(),
        commitment: commitment(&("remove-party", &case.id, org)),
        facts: vec![
            Pair {
                name: "Effect".to_owned(),
                value: "At once: nothing more of this case goes to it, and its requests are not answered. Every \
                        other party sees that it left, and why."
                    .to_owned(),
            },
            Pair {
                name: "It keeps".to_owned(),
                value: "what it was given, under the duties of the agreement. Its node is not told: tell them yourself."
                    .to_owned(),
            },
        ],
        body: String::new(),
        marking: None,
        recipients: Vec::new(),
        undo: Undo::Can("Bring it in again; what was published meanwhile is not sent to it afterwards.".to_owned()),
        reason: Some(ReasonField {
            label: format!("Why does {org} leave the case?"),
            hint: "All other parties of the case read it, and it stays.".to_owned(),
            value: typed.or("reason", ""),
        }),
        blocked: None,
        back: case.href(&["team"]),
    }))
}

/// Takes a party off.
pub(in super::super) async fn remove_party(
    Path((text, org)): Path<(String, String)>,
    posted: Posted,
) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    let case = Case::load(page, &text).await?;
    let org: OrgName = id(&org)?;
    if typed.get("commitment") != commitment(&("remove-party", &case.id, &org)) {
        return Err(ServiceError::Conflict("what was shown has changed: look again".to_owned()).into());
    }
    let reason = typed.get("reason").replace("\r\n", "\n");
    let removed = if reason.is_empty() {
        Err(ServiceError::invalid(
            "reason",
            "say why; the other parties read it",
        ))
    } else {
        posted
            .once(page.node.remove_party(&page.who, case.space, &org, &reason))
            .await
    };
    match removed {
        Ok(at) => Ok(done(case.href(&["team"]), "party-removed", Some(at))),
        Err(error) => {
            let wrong = problems(error, &[("reason", "reason")])?;
            show_leaving(page, &case, &org, &typed.clone().wrong(wrong)).await
        }
    }
}

/// `/cases/ID/team/add-member`.
pub(in super::super) async fn new_member(page: Page, Path(text): Path<String>) -> Paged {
    let case = Case::load(&page, &text).await?;
    show_member(&page, &case, &Typed::default()).await
}

async fn show_member(page: &Page, case: &Case, typed: &Typed) -> Paged {
    Act::NameMembers.ask(&page.who)?;
    let people = page.node.people(&page.who).await?;
    let roles: BTreeSet<Role> = people
        .iter()
        .flat_map(|person| person.roles.iter().copied())
        .collect();
    let of_cases = [
        (Role::CaseOfficer, "runs the case"),
        (Role::Investigator, "asks, writes and receives exhibits"),
        (
            Role::Researcher,
            "publishes indicators, writes reports, answers experts' questions",
        ),
        (Role::Approver, "decides what leaves us"),
        (Role::Custodian, "keeps who victims are; second hand for a look"),
        (Role::DisclosureOfficer, "keeps the schedule for the court"),
    ];
    html(render::render_add_member(&AddMemberPage {
        shell: case.shell(page).await,
        case: case.head(page, "Team"),
        form: typed.form(page, case.href(&["team", "add-member"])),
        people: people
            .iter()
            .filter(|person| !person.disabled && !person.roles.is_empty() && person.home.is_none())
            .map(|person| Choice {
                value: person.id.to_string(),
                label: person.name.clone(),
                hint: role_words(&person.roles),
                chosen: typed.has("person", &person.id.to_string()),
            })
            .collect(),
        roles: of_cases
            .iter()
            .filter(|(role, _)| roles.contains(role))
            .map(|(role, hint)| Choice {
                value: role.as_str().to_owned(),
                label: role_words([role]),
                hint: (*hint).to_owned(),
                chosen: typed.has("roles", role.as_str()),
            })
            .collect(),
        until: typed.or("until", ""),
        categories: secondments::nameable()
            .map(|(value, label)| Choice {
                chosen: typed.has("categories", &value),
                value,
                label,
                hint: String::new(),
            })
            .collect(),
        scope: typed.or("scope", ""),
        back: case.href(&["team"]),
    }))
}

fn member(typed: &Typed) -> accord_service::Result<NewMember> {
    let person = typed.get("person").parse();
    let person = person.map_err(|_| ServiceError::invalid("person", "choose one"))?;
    let roles: Result<BTreeSet<Role>, _> = typed.all("roles").map(str::parse).collect();
    let roles = roles.map_err(|error| ServiceError::invalid("roles", error))?;
    if roles.is_empty() {
        return Err(ServiceError::invalid("roles", "choose at least one"));
    }
    let until = match typed.get("until") {
        "" => None,
        // The last day itself counts.
        text => Some(
            parse_day(text)
                .ok_or_else(|| ServiceError::invalid("until", "give a day, such as 2026-12-31"))?
                + 86_400_000,
        ),
    };
    let categories: Result<Vec<Category>, _> = typed.all("categories").map(str::parse).collect();
    let categories = categories.map_err(|error| ServiceError::invalid("categories", error))?;
    let text = typed.get("scope").replace("\r\n", "\n");
    let scope = match (categories.is_empty(), text.is_empty()) {
        (true, true) => None,
        (true, false) => {
            return Err(ServiceError::invalid(
                "categories",
                "choose what they see, or leave the words out",
            ));
        }
        (false, true) => {
            return Err(ServiceError::invalid(
                "scope",
                "say in words what they need to know it for",
            ));
        }
        (false, false) => Some(Scope { categories, text }),
    };
    Ok(NewMember {
        person,
        roles,
        until_ms: until,
        scope,
    })
}

/// Names a person, once what that means was shown.
pub(in super::super) async fn add_member(Path(text): Path<String>, posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    let case = Case::load(page, &text).await?;
    let new = match member(typed) {
        Ok(new) => new,
        Err(error) => {
            let wrong = problems(error, NAMES)?;
            return show_member(page, &case, &typed.clone().wrong(wrong)).await;
        }
    };
    let people = page.node.people(&page.who).await?;
    let person = people.iter().find(|person| person.id == new.person);
    let name = person.ok_or_else(|| no("person"))?.name.clone();
    let before = Before {
        title: format!("Name {name} on Operation {}", case.view.summary.operation),
        verb: format!("Name {name}"),
        severe: false,
        facts: vec![
            pair("Roles", role_words(&new.roles)),
            pair(
                "Sees and writes",
                match &new.scope {
                    None => "the whole case, from its start".to_owned(),
                    Some(scope) => format!(
                        "{}, from the start of the case; nothing else",
                        words(&scope.categories)
                    ),
                },
            ),
            pair(
                "Until",
                new.until_ms
                    .map_or_else(|| "the case closes".to_owned(), |until| when(until).shown),
            ),
            pair(
                "Who reads it",
                "All parties of the case read the role, the scope and its words.",
            ),
        ],
        body: new
            .scope
            .as_ref()
            .map(|scope| scope.text.clone())
            .unwrap_or_default(),
        undo: Undo::Can("Name them again with other roles or another scope, or take them off.".to_owned()),
        reason: None,
        blocked: None,
        place: case.href(&["team", "add-member"]),
        back: case.href(&["team"]),
    };
    let carried = steps::carried(typed, &["person", "roles", "until", "categories", "scope"]);
    if !steps::confirms(&posted, &case, &before, &carried).await? {
        return steps::before(page, &case, before, &carried, typed, Vec::new()).await;
    }
    let named = posted
        .once(page.node.name_member(&page.who, case.space, &new))
        .await;
    match named {
        Ok(at) => Ok(done(case.href(&["team"]), "member", Some(at))),
        Err(error) => {
            let wrong = problems(error, NAMES)?;
            show_member(page, &case, &typed.clone().wrong(wrong)).await
        }
    }
}

const NAMES: &[(&str, &str)] = &[
    ("person", "person"),
    ("roles", "roles"),
    ("until", "until"),
    ("categories", "categories"),
    ("scope", "scope"),
];

/// Before taking somebody off.
pub(in super::super) async fn before_removing(
    page: Page,
    Path((text, person)): Path<(String, String)>,
) -> Paged {
    Act::NameMembers.ask(&page.who)?;
    let case = Case::load(&page, &text).await?;
    let person: PersonId = id(&person)?;
    let member = case.view.members.iter().find(|member| member.person == person);
    let member = member.ok_or_else(|| no("person"))?;
    let name = member.name.clone().unwrap_or_else(|| "this person".to_owned());
    html(render::render_release(&ReleasePage {
        shell: case.shell(&page).await,
        title: format!("Take {name} off Operation {}", case.view.summary.operation),
        verb: format!("Take {name} off"),
        severe: true,
        form: page.form(case.href(&["team", "remove", &person.to_string()])),
        carried: Vec::new(),
        commitment: commitment(&("remove", &case.id, person)),
        facts: vec![
            Pair {
                name: "Roles".to_owned(),
                value: role_words(&member.roles),
            },
            Pair {
                name: "Effect".to_owned(),
                value: "At once: they no longer find the case. All parties see that the role ended."
                    .to_owned(),
            },
        ],
        body: String::new(),
        marking: None,
        recipients: Vec::new(),
        undo: Undo::Can("Name them again.".to_owned()),
        reason: None,
        blocked: None,
        back: case.href(&["team"]),
    }))
}

/// Takes somebody off.
pub(in super::super) async fn remove(Path((text, person)): Path<(String, String)>, posted: Posted) -> Paged {
    let page = &posted.page;
    let case = Case::load(page, &text).await?;
    let person: PersonId = id(&person)?;
    if posted.typed.get("commitment") != commitment(&("remove", &case.id, person)) {
        return Err(ServiceError::Conflict("what was shown has changed: look again".to_owned()).into());
    }
    let at = posted
        .once(page.node.remove_member(&page.who, case.space, person))
        .await?;
    // Who takes themselves off no longer finds the case.
    let place = if person == page.who.person {
        crate::web::view::Href::of(&["cases"])
    } else {
        case.href(&["team"])
    };
    Ok(done(place, "member-removed", Some(at)))
}
