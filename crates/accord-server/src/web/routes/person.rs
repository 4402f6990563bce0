//! One person's account, as the operator keeps it. What takes away leads first to a page that says what will happen.

use std::collections::BTreeSet;

use accord_model::control::role_is_of;
use accord_model::{PersonId, Role};
use accord_service::{Act, PersonView, ServiceError};
use axum::extract::Path;

use super::failed::{Failed, Paged, id, no, problems};
use super::frame::{Page, Part, done, html, role_words};
use super::people::{may_words, state_of};
use super::posted::{Posted, Typed};
use super::release::commitment;
use super::times::when;
use crate::listed::{Part as Listing, Routes};
use crate::web::render;
use crate::web::view::people::{HeldRole, PersonPage};
use crate::web::view::release::{Readers, ReleasePage, Undo};
use crate::web::view::{Choice, Href, Pair};

pub(super) fn routes() -> Routes {
    Routes::new(Listing::Pages)
        .get("/people/{id}", page)
        .post("/people/{id}/roles", ask_roles)
        .post("/people/{id}/reset-password", reset_password)
        .get("/people/{id}/do/{act}", before)
        .post("/people/{id}/do/{act}", act)
        .post("/people/{id}/confirm-reset", confirm_reset)
}

async fn load(page: &Page, text: &str) -> Result<PersonView, Failed> {
    Act::ManagePeople.ask(&page.who)?;
    let wanted: PersonId = id(text)?;
    let people = page.node.people(&page.who).await?;
    people
        .into_iter()
        .find(|person| person.id == wanted)
        .ok_or_else(|| no("person"))
}

async fn page(page: Page, Path(text): Path<String>) -> Paged {
    let person = load(&page, &text).await?;
    show(&page, &person, &Typed::default(), &Typed::default()).await
}

/// `asked` and `password`: what was wrong with those forms.
async fn show(page: &Page, person: &PersonView, asked: &Typed, password: &Typed) -> Paged {
    let at = person.id.to_string();
    let href = |rest: &[&str]| {
        let mut segments = vec!["people", at.as_str()];
        segments.extend(rest);
        Href::of(&segments)
    };
    let held = |role: &Role, waits: bool| HeldRole {
        name: role_words([role]),
        waits,
        withdraw: href(&["do", &format!("withdraw-{role}")]),
    };
    let mut roles: Vec<HeldRole> = person.roles.iter().map(|role| held(role, false)).collect();
    roles.extend(person.pending.iter().map(|role| held(role, true)));
    let kind = page.node.config.kind;
    let more = Role::ALL.iter().filter(|role| {
        role_is_of(**role, kind)
            && !matches!(role, Role::Guest | Role::ServiceAccount)
            && !person.roles.contains(role)
            && !person.pending.contains(role)
    });
    let pair = |name: &str, value: String| Pair {
        name: name.to_owned(),
        value,
    };
    let mut facts = vec![
        pair("Signs in as", person.sign_in.clone()),
        pair(
            "Second factor",
            if person.totp { "one-time code" } else { "none yet" }.to_owned(),
        ),
    ];
    if let Some(until) = person.locked_until_ms {
        facts.push(pair(
            "Locked",
            format!("after too many wrong tries, until {}", when(until).shown),
        ));
    }
    if let Some(reset) = &person.reset {
        facts.push(pair(
            "Reset asked",
            format!(
                "of the {}; a signatory may confirm it until {}",
                reset.of.replace('-', " "),
                when(reset.until_ms).shown
            ),
        ));
    }
    html(render::render_person(&PersonPage {
        shell: page.shell(Part::People).await,
        name: person.name.clone(),
        state: state_of(person),
        facts,
        closed: person.disabled,
        roles,
        choices: more
            .map(|role| Choice {
                value: role.as_str().to_owned(),
                label: role_words([role]),
                hint: may_words(*role).to_owned(),
                chosen: asked.has("roles", role.as_str()),
            })
            .collect(),
        ask: asked.form(page, href(&["roles"])),
        password: password.form(page, href(&["reset-password"])),
        reset_code: href(&["do", "reset-code"]),
        end_sessions: href(&["do", "end-sessions"]),
        close: href(&["do", "close"]),
        back: Href::of(&["people"]),
    }))
}

async fn ask_roles(Path(text): Path<String>, posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    let person = load(page, &text).await?;
    let roles: Result<BTreeSet<Role>, _> = typed.all("roles").map(str::parse).collect();
    let asked = match roles {
        Ok(roles) => {
            posted
                .once(page.node.ask_roles(&page.who, person.id, &roles))
                .await
        }
        Err(error) => Err(ServiceError::invalid("roles", error)),
    };
    match asked {
        Ok(_) => Ok(done(Href::of(&["people"]), "roles-asked", None)),
        Err(error) => {
            let wrong = problems(error, &[("roles", "roles")])?;
            show(page, &person, &typed.clone().wrong(wrong), &Typed::default()).await
        }
    }
}

async fn reset_password(Path(text): Path<String>, posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    let person = load(page, &text).await?;
    let reset = page
        .node
        .reset_password(&page.who, person.id, typed.raw("password"));
    match posted.once(reset).await {
        Ok(_) => Ok(done(Href::of(&["people"]), "reset-asked", None)),
        Err(error) => {
            // What was typed into a password field is never sent back.
            let wrong = Typed::default().wrong(problems(error, &[("password", "password")])?);
            show(page, &person, &Typed::default(), &wrong).await
        }
    }
}

/// What the operator does to an account from a page of its own.
enum Doing {
    Close,
    EndSessions,
    ResetCode,
    Withdraw(Role),
}

impl Doing {
    fn of(act: &str) -> Result<Self, Failed> {
        match act {
            "close" => Ok(Self::Close),
            "end-sessions" => Ok(Self::EndSessions),
            "reset-code" => Ok(Self::ResetCode),
            _ => act
                .strip_prefix("withdraw-")
                .and_then(|role| role.parse().ok())
                .map(Self::Withdraw)
                .ok_or_else(|| no("page")),
        }
    }
}

/// Before it.
async fn before(page: Page, Path((text, act)): Path<(String, String)>) -> Paged {
    let person = load(&page, &text).await?;
    let name = &person.name;
    let (title, verb, effect, undo) = match Doing::of(&act)? {
        Doing::Close => (
            format!("Close the account of {name}"),
            "Close the account".to_owned(),
            "At once and for good: every session ends, every role is gone, and nobody signs in with it again. The \
             name stays in old notes. Their roles on cases stay recorded: your approver takes them off.",
            Undo::Cannot("A closed account stays closed; a new one can be made.".to_owned()),
        ),
        Doing::EndSessions => (
            format!("End the sessions of {name}"),
            "End the sessions".to_owned(),
            "At once: they sign in again wherever they were signed in. Nothing else changes.",
            Undo::Can("They sign in again.".to_owned()),
        ),
        Doing::ResetCode => (
            format!("Reset the one-time code of {name}"),
            "Ask a signatory to confirm".to_owned(),
            "Nothing changes until a signatory confirms it, after speaking to the person. Then their code is gone, \
             every session of theirs ends, and they set up a new code at the next sign-in with their password.",
            Undo::Can("What is not confirmed within three days is void.".to_owned()),
        ),
        Doing::Withdraw(role) => (
            format!("Take the role {} from {name}", role_words([&role])),
            "Take the role away".to_owned(),
            "At once: what the role lets them do ends, on cases too.",
            Undo::Can("Ask for the role again; a signatory confirms it.".to_owned()),
        ),
    };
    html(render::render_release(&ReleasePage {
        shell: page.shell(Part::People).await,
        title,
        verb,
        severe: true,
        form: page.form(Href::of(&["people", &text, "do", &act])),
        carried: Vec::new(),
        commitment: commitment(&("person", person.id, &act, &person.roles)),
        facts: vec![
            Pair {
                name: "Roles".to_owned(),
                value: if person.roles.is_empty() {
                    "none".to_owned()
                } else {
                    role_words(&person.roles)
                },
            },
            Pair {
                name: "Effect".to_owned(),
                value: effect.to_owned(),
            },
        ],
        body: String::new(),
        marking: None,
        readers: Readers::Nobody,
        undo,
        reason: None,
        blocked: None,
        back: Href::of(&["people", &text]),
    }))
}

/// Does it.
async fn act(Path((text, act)): Path<(String, String)>, posted: Posted) -> Paged {
    let page = &posted.page;
    let (node, who) = (&page.node, &page.who);
    let doing = Doing::of(&act)?;
    let person = load(page, &text).await?;
    let shown = commitment(&("person", person.id, &act, &person.roles));
    // Sent again after it was done, what was shown has changed; then the kept answer of the first time is given.
    if posted.typed.get("commitment") != shown && !posted.was_done().await? {
        return Err(ServiceError::Conflict("what was shown has changed: look again".to_owned()).into());
    }
    let word = match doing {
        Doing::Close => {
            posted.once(node.close_account(who, person.id)).await?;
            "closed"
        }
        Doing::EndSessions => {
            posted.once(node.end_sessions(who, person.id)).await?;
            "sessions-ended"
        }
        Doing::ResetCode => {
            posted.once(node.reset_second_factor(who, person.id)).await?;
            "reset-asked"
        }
        Doing::Withdraw(role) => {
            posted.once(node.withdraw_role(who, person.id, role)).await?;
            "role-withdrawn"
        }
    };
    Ok(done(Href::of(&["people"]), word, None))
}

async fn confirm_reset(Path(text): Path<String>, posted: Posted) -> Paged {
    let page = &posted.page;
    let person: PersonId = id(&text)?;
    posted.once(page.node.confirm_reset(&page.who, person)).await?;
    Ok(done(Href::of(&["people"]), "reset", None))
}
