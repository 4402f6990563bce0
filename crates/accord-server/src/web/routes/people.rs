//! The people of this node.

use std::collections::BTreeSet;

use accord_model::control::role_is_of;
use accord_model::{OrgKind, PersonId, Role};
use accord_service::{Act, NewPerson, NewSecondee, PersonView, ServiceError};
use axum::extract::Path;

use super::failed::{Paged, id, problems};
use super::frame::{Page, Part, done, html, role_words};
use super::posted::{Posted, Typed};
use crate::listed::{Part as Listing, Routes};
use crate::web::render;
use crate::web::view::people::{AddPersonPage, PendingReset, PendingRole, PeoplePage, PersonRow};
use crate::web::view::{Choice, Href, State, Tone};

pub(super) fn routes() -> Routes {
    Routes::new(Listing::Pages)
        .get("/people", list)
        .get("/people/new", new)
        .post("/people/new", add)
        .post("/people/{id}/confirm", confirm)
}

/// What a role lets its holder do.
pub(super) fn may_words(role: Role) -> &'static str {
    match role {
        Role::Operator => "keeps the node, the accounts and the logs; reads no case",
        Role::Signatory => "makes and ends agreements, confirms roles; reads no case",
        Role::CaseOfficer => "opens and runs cases, records instruments, asks partners",
        Role::Investigator => "works on cases, asks partners, receives exhibits",
        Role::Researcher => "refers leads, brings intelligence in, writes on cases",
        Role::Approver => "decides what leaves, never what they asked or wrote themselves",
        Role::Custodian => "keeps who victims are, sealed; second hand for a look",
        Role::DisclosureOfficer => "keeps the schedule for the court",
        Role::Auditor => "reads the access log and who decided what, never content",
        Role::Guest => "answers one request",
        Role::ServiceAccount => "is a program",
    }
}

/// How an account stands.
pub(super) fn state_of(person: &PersonView) -> State {
    let (word, tone) = if person.disabled {
        ("closed", Tone::Quiet)
    } else if person.locked_until_ms.is_some() {
        ("locked", Tone::Bad)
    } else {
        ("active", Tone::Good)
    };
    State {
        word: word.to_owned(),
        tone,
    }
}

async fn list(page: Page) -> Paged {
    let people = page.node.people(&page.who).await?;
    let may = page.may(Act::ConfirmRole);
    html(render::render_people(&PeoplePage {
        shell: page.shell(Part::People).await,
        pending: people
            .iter()
            .filter(|person| !person.pending.is_empty())
            .map(|person| PendingRole {
                person: person.name.clone(),
                role: role_words(&person.pending),
                may: person
                    .pending
                    .iter()
                    .map(|role| {
                        super::gate::sentence(&format!("{} {}", role_words([role]), may_words(*role)))
                    })
                    .collect::<Vec<_>>()
                    .join(" "),
                confirm: (may && person.id != page.who.person)
                    .then(|| page.form(Href::of(&["people", &person.id.to_string(), "confirm"]))),
            })
            .collect(),
        resets: people
            .iter()
            .filter_map(|person| Some((person, person.reset.as_ref()?)))
            .map(|(person, reset)| {
                let may = page.may(Act::ConfirmReset)
                    && person.id != page.who.person
                    && reset.by != page.who.person;
                PendingReset {
                    person: person.name.clone(),
                    what: reset.of.replace('-', " "),
                    effect: if reset.of == "password" {
                        "They sign in with the first password that the operator set, and change it at once."
                    } else {
                        "Their one-time code is gone; they set up a new one at the next sign-in."
                    }
                    .to_owned(),
                    confirm: may
                        .then(|| page.form(Href::of(&["people", &person.id.to_string(), "confirm-reset"]))),
                }
            })
            .collect(),
        people: people
            .iter()
            .map(|person| PersonRow {
                name: person.name.clone(),
                login: person.sign_in.clone(),
                roles: if person.roles.is_empty() {
                    "none yet".to_owned()
                } else {
                    role_words(&person.roles)
                },
                state: state_of(person),
                second_factor: if person.totp { "one-time code" } else { "none yet" }.to_owned(),
                keep: page.href_if(Act::ManagePeople, &["people", &person.id.to_string()]),
            })
            .collect(),
        add: page.href_if(Act::ManagePeople, &["people", "new"]),
    }))
}

async fn new(page: Page) -> Paged {
    adding(&page, &Typed::default()).await
}

async fn adding(page: &Page, typed: &Typed) -> Paged {
    Act::ManagePeople.ask(&page.who)?;
    let kind = page.node.config.kind;
    let fit = Role::ALL
        .iter()
        .filter(|role| role_is_of(**role, kind) && !matches!(role, Role::Guest | Role::ServiceAccount));
    html(render::render_add_person(&AddPersonPage {
        shell: page.shell(Part::People).await,
        form: typed.form(page, Href::of(&["people", "new"])),
        name: typed.or("name", ""),
        login: typed.or("login", ""),
        roles: fit
            .map(|role| Choice {
                value: role.as_str().to_owned(),
                label: role_words([role]),
                hint: may_words(*role).to_owned(),
                chosen: typed.has("roles", role.as_str()),
            })
            .collect(),
        homes: match kind {
            OrgKind::Agency => page
                .node
                .peers(&page.who)
                .await?
                .iter()
                .map(|peer| Choice {
                    value: peer.org.to_string(),
                    label: peer.org.to_string(),
                    hint: String::new(),
                    chosen: typed.has("home", peer.org.as_str()),
                })
                .collect(),
            // Only agencies take people in.
            _ => Vec::new(),
        },
        number: typed.or("number", ""),
        back: Href::of(&["people"]),
    }))
}

/// Somebody seconded to us, as the form says; `None`: one of our own.
fn secondee(typed: &Typed) -> accord_service::Result<Option<NewSecondee>> {
    let (home, number) = (typed.get("home"), typed.get("number"));
    if home.is_empty() && number.is_empty() {
        return Ok(None);
    }
    Ok(Some(NewSecondee {
        sign_in: typed.get("login").to_owned(),
        name: typed.get("name").to_owned(),
        person: number.parse().map_err(|_| {
            ServiceError::invalid("number", "give their number at home: 32 letters and digits")
        })?,
        home: home
            .parse()
            .map_err(|_| ServiceError::invalid("home", "choose the organisation that they are of"))?,
        password: typed.raw("password").to_owned(),
    }))
}

async fn add(posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    let roles: Result<BTreeSet<Role>, _> = typed.all("roles").map(str::parse).collect();
    let added = match (roles, secondee(typed)) {
        (Err(error), _) => Err(ServiceError::invalid("roles", error)),
        (_, Err(error)) => Err(error),
        (Ok(roles), Ok(Some(_))) if !roles.is_empty() => Err(ServiceError::invalid(
            "roles",
            "somebody seconded has no role here but what the secondment gives: choose none",
        )),
        (Ok(_), Ok(Some(secondee))) => posted.once(page.node.add_secondee(&page.who, &secondee)).await,
        (Ok(roles), Ok(None)) => {
            let person = NewPerson {
                sign_in: typed.get("login").to_owned(),
                name: typed.get("name").to_owned(),
                roles,
                password: typed.raw("password").to_owned(),
            };
            posted.once(page.node.add_person(&page.who, &person)).await
        }
    };
    match added {
        Ok(_) => Ok(done(Href::of(&["people"]), "added", None)),
        Err(error) => {
            let names = [
                ("sign_in", "login"),
                ("name", "name"),
                ("roles", "roles"),
                ("password", "password"),
                ("home", "home"),
                ("number", "number"),
            ];
            let wrong = problems(error, &names)?;
            adding(page, &typed.clone().wrong(wrong)).await
        }
    }
}

async fn confirm(Path(text): Path<String>, posted: Posted) -> Paged {
    let page = &posted.page;
    let person: PersonId = id(&text)?;
    posted.once(page.node.confirm_roles(&page.who, person)).await?;
    Ok(done(Href::of(&["people"]), "confirmed", None))
}
