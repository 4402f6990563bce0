//! `/cases/ID/victims`: by pseudonym, with the clean-up and the looks at who they are.

use accord_model::content::{Direction, Remediation};
use accord_model::{EntryKind, EntryRef, OrgName};
use accord_service::{Giving, GrantView, Identity, ServiceError, VictimView};
use axum::extract::Path;

use super::write::href as write;
use super::{Case, entry, given};
use crate::api::taken_along_docx;
use crate::web::render;
use crate::web::routes::failed::{Paged, no, problems};
use crate::web::routes::frame::{Page, anchor, done, html, role_words};
use crate::web::routes::posted::{Posted, Typed};
use crate::web::routes::report::{identity, identity_fields, identity_names};
use crate::web::routes::times::{minute, parse_minute, when};
use crate::web::view::ask::{AskPage, Asks};
use crate::web::view::tab::{Row, Section, TabPage};
use crate::web::view::write::{Field, Shape};
use crate::web::view::{Actor, Form, Href, Link, Mark, Pair, State, Tone};

/// How long a grant is offered for, ms: three days.
const OFFERED_MS: u64 = 3 * 86_400_000;

pub(super) fn link(label: &str, href: Href) -> Link {
    Link {
        label: label.to_owned(),
        href,
    }
}

pub(super) fn pair(name: &str, value: impl Into<String>) -> Pair {
    Pair {
        name: name.to_owned(),
        value: value.into(),
    }
}

/// The address of an act about a victim, or about a grant.
pub(super) fn at_href(case: &Case, part: &[&str], at: EntryRef, act: &str) -> Href {
    let (ledger, seq) = (at.ledger.to_string(), at.seq.to_string());
    let mut segments = vec!["victims"];
    segments.extend(part);
    segments.extend([ledger.as_str(), seq.as_str(), act]);
    case.href(&segments)
}

fn victim_row(case: &Case, own: &OrgName, victim: &VictimView, may: (bool, bool, bool)) -> Row {
    let (may_write, may_keep, may_ask) = may;
    let mut links = Vec::new();
    if may_write {
        let about = Some(("victim", victim.at));
        links.push(link(
            "Note a message",
            write(case, EntryKind::VictimMessage, about),
        ));
        links.push(link(
            "Note a step",
            write(case, EntryKind::RemediationNoted, about),
        ));
    }
    if let Some(conversation) = &victim.conversation {
        links.push(link("Conversation", Href::of(&["conversations", conversation])));
    }
    if victim.identity != "unknown" && may_ask {
        links.push(link("Ask to look", at_href(case, &[], victim.at, "ask-look")));
    }
    if may_keep {
        links.push(link("File who it is", at_href(case, &[], victim.at, "identity")));
    }
    // What every agreement's clause says no to is not offered; the form shows the others with their clauses.
    if victim.may_give_to.iter().any(|decided| decided.answer != "no") {
        links.push(link(
            "Give it to the agency",
            at_href(case, &[], victim.at, "give"),
        ));
    }
    if may_ask {
        links.push(link("Letter", at_href(case, &[], victim.at, "letter")));
    }
    let (word, tone) = match victim.identity {
        "kept" => ("identity kept", Tone::Good),
        "unreadable" => ("identity unreadable: not looked for in what leaves", Tone::Bad),
        _ => ("nobody here knows who", Tone::Quiet),
    };
    let mut text = vec![victim.text.clone()];
    text.extend(victim.messages.iter().map(|message| {
        let way = match message.direction {
            Direction::FromVictim => "From it",
            Direction::ToVictim => "To it",
        };
        format!("{way}, {}: {}", when(message.at_ms).shown, message.text)
    }));
    let mut facts = Vec::new();
    let nowhere = victim.may_give_to.iter().filter(|decided| decided.answer == "no");
    facts.extend(nowhere.map(|decided| {
        let says = format!("Clause {}: {}", decided.clause, decided.words);
        pair(&format!("Not given to {}", decided.to), says)
    }));
    facts.extend(victim.sector.as_ref().map(|sector| pair("Branch", sector)));
    facts.extend(victim.wishes.as_ref().map(|wishes| pair("Wants", wishes)));
    facts.extend(victim.steps.iter().map(|step| {
        let state = match step.state {
            Remediation::Advised => "advised",
            Remediation::Begun => "begun",
            Remediation::Done => "done",
            Remediation::NotDone => "not done",
        };
        pair(&format!("Step, {state}"), &step.step)
    }));
    Row {
        anchor: anchor(victim.at),
        title: victim.pseudonym.clone(),
        soft: victim.victim.as_str().to_owned(),
        state: (victim.org == *own || victim.identity != "unknown").then(|| State {
            word: word.to_owned(),
            tone,
        }),
        marking: Some(Mark(victim.marking)),
        actor: Some(Actor {
            organisation: victim.org.to_string(),
            person: super::seconded(victim.home.as_ref()),
        }),
        at: Some(when(victim.at_ms)),
        text,
        facts,
        links,
        ..Row::default()
    }
}

fn grant_row(case: &Case, victim: &VictimView, grant: &GrantView, may_give: bool) -> Row {
    let href = |act: &str| at_href(case, &["grants"], grant.at, act);
    let (word, tone) = match grant.state {
        "stands" => ("may be looked at".to_owned(), Tone::Good),
        "waiting" => (format!("waits for {}", role_words(&grant.missing)), Tone::Waiting),
        other => (other.to_owned(), Tone::Quiet),
    };
    let mut links = Vec::new();
    if grant.may_give {
        links.push(link("Give your hand", href("give")));
    }
    if grant.mine && grant.state == "stands" {
        links.push(link("Look", href("look")));
        if !grant.looks.is_empty() {
            links.push(link("Write a note that names it", href("name")));
        }
    }
    if may_give && matches!(grant.state, "stands" | "waiting") {
        links.push(link("End it", href("end")));
    }
    let mut facts = vec![pair("Asked because", &grant.reason)];
    for (name, role) in &grant.hands {
        facts.push(pair(
            &format!("Given as {}", role_words([role])),
            name.as_deref().unwrap_or("somebody"),
        ));
    }
    facts.extend(grant.until_ms.map(|until| pair("Until", when(until).shown)));
    for look in &grant.looks {
        facts.push(pair(
            &format!("Looked, {}", when(look.at_ms).shown),
            format!("{}: {}", look.role, look.text),
        ));
    }
    Row {
        anchor: anchor(grant.at),
        title: format!(
            "{} asks who {} is",
            grant.asker.as_deref().unwrap_or("Somebody"),
            victim.pseudonym
        ),
        state: Some(State { word, tone }),
        facts,
        links,
        ..Row::default()
    }
}

/// `/cases/ID/victims`.
pub(in super::super) async fn page(page: Page, Path(text): Path<String>) -> Paged {
    let case = Case::load(&page, &text).await?;
    let all = page.node.case_victims(&page.who, case.space).await?;
    let may = (all.may_write, all.may_keep, all.may_ask);
    let own = &page.node.config.org;
    let rows = all
        .victims
        .iter()
        .map(|victim| victim_row(&case, own, victim, may));
    let may_give = page.may(accord_service::Act::GiveGrant);
    let grants = all
        .victims
        .iter()
        .flat_map(|victim| victim.grants.iter().map(move |grant| (victim, grant)));
    let grants: Vec<Row> = grants
        .map(|(victim, grant)| grant_row(&case, victim, grant, may_give))
        .collect();
    let mut sections = vec![Section {
        heading: "Victims".to_owned(),
        lede: "By pseudonym. Nothing that leaves this node names a victim whose identity is kept here."
            .to_owned(),
        actions: all
            .may_write
            .then(|| link("Record a victim", write(&case, EntryKind::VictimRecorded, None)))
            .into_iter()
            .collect(),
        rows: rows.collect(),
        empty: (
            "No victim is recorded.".to_owned(),
            "One who writes at /report becomes a victim of a case from its conversation.".to_owned(),
        ),
    }];
    sections.extend(given::section(&case, &all, own.as_str()));
    if !grants.is_empty() {
        sections.push(Section {
            heading: "Looks at who they are".to_owned(),
            lede: "Asked by one person, given by a custodian and a case officer, neither of them the asker. The victim \
                   reads of every look."
                .to_owned(),
            rows: grants,
            ..Section::default()
        });
    }
    html(render::render_tab(&TabPage {
        shell: case.shell(&page).await,
        case: case.head(&page, "Victims"),
        name: "victims".to_owned(),
        sections,
    }))
}

pub(super) fn field(
    name: &str,
    label: &str,
    hint: &str,
    value: String,
    shape: Shape,
    optional: bool,
) -> Field {
    Field {
        name: name.to_owned(),
        label: label.to_owned(),
        hint: hint.to_owned(),
        value,
        optional,
        shape,
        choices: Vec::new(),
    }
}

/// What asks for a reason alone.
pub(super) fn asks_why(typed: &Typed, form: Form, label: &str, hint: &str, verb: &str) -> Asks {
    let reason = typed.raw("reason").to_owned();
    Asks {
        heading: String::new(),
        form,
        fields: vec![field("reason", label, hint, reason, Shape::Prose, false)],
        verb: verb.to_owned(),
    }
}

async fn ask_page(page: &Page, case: &Case, title: &str, lede: &str, asks: Asks) -> Paged {
    html(render::render_ask(&AskPage {
        shell: case.shell(page).await,
        case: Some(case.head(page, "Victims")),
        title: title.to_owned(),
        lede: lede.to_owned(),
        notice: Vec::new(),
        sections: Vec::new(),
        asks: Some(asks),
        links: vec![link("Back, with nothing done", case.href(&["victims"]))],
    }))
}

async fn show_victim_act(page: &Page, case: &Case, at: EntryRef, act: &str, typed: &Typed) -> Paged {
    let all = page.node.case_victims(&page.who, case.space).await?;
    let form = typed.form(page, at_href(case, &[], at, act));
    if act == "refuse-identity" {
        accord_service::Act::KeepIdentity.ask(&page.who)?;
        let (title, lede, asks) = given::refuse_asks(&all, at, typed, form)?;
        return ask_page(page, case, &title, &lede, asks).await;
    }
    let victim = all
        .victims
        .iter()
        .find(|victim| victim.at == at)
        .ok_or_else(|| no("victim"))?;
    match act {
        "give" => {
            accord_service::Act::KeepIdentity.ask(&page.who)?;
            let (title, lede, asks) = given::give_asks(victim, typed, form);
            ask_page(page, case, &title, &lede, asks).await
        }
        "ask-look" => {
            let label = "What do you need to know it for?";
            let hint = "The two who give the look read this, and so does the victim.";
            let asks = asks_why(typed, form, label, hint, "Ask");
            let title = format!("Ask to look at who {} is", victim.pseudonym);
            let lede =
                "A custodian and a case officer give it, neither of them you, until a time they choose.";
            ask_page(page, case, &title, lede, asks).await
        }
        "identity" => {
            accord_service::Act::KeepIdentity.ask(&page.who)?;
            let asks = Asks {
                heading: String::new(),
                form,
                fields: identity_fields(typed),
                verb: "Seal and file it".to_owned(),
            };
            let title = format!("File who {} is", victim.pseudonym);
            let lede = "It is sealed to this node. From then on nothing that names it leaves.";
            ask_page(page, case, &title, lede, asks).await
        }
        _ => Err(no("page")),
    }
}

/// A letter to a victim.
pub(in super::super) async fn letter(
    page: Page,
    Path((_, ledger, seq)): Path<(String, String, String)>,
) -> Paged {
    let (name, bytes) = page.node.victim_letter(&page.who, entry(&ledger, &seq)?).await?;
    Ok(taken_along_docx(&name, bytes))
}

/// Before something is done about a victim.
pub(in super::super) async fn before(
    page: Page,
    Path((text, ledger, seq, act)): Path<(String, String, String, String)>,
) -> Paged {
    let case = Case::load(&page, &text).await?;
    show_victim_act(&page, &case, entry(&ledger, &seq)?, &act, &Typed::default()).await
}

/// Does it.
pub(in super::super) async fn act(
    Path((text, ledger, seq, act)): Path<(String, String, String, String)>,
    posted: Posted,
) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    let case = Case::load(page, &text).await?;
    let at = entry(&ledger, &seq)?;
    let (node, who) = (&page.node, &page.who);
    let (outcome, word) = match act.as_str() {
        "ask-look" => (
            posted.once(node.ask_grant(who, at, typed.get("reason"))).await,
            "grant-asked",
        ),
        "identity" => {
            let given = identity(typed);
            (
                posted.once(node.keep_identity(who, at, &given)).await,
                "identity-filed",
            )
        }
        "give" => {
            let given = match given::giving(typed) {
                Ok(new) => posted.once(node.give_identity(who, at, &new)).await,
                Err(error) => Err(error),
            };
            (given.map(|published| published.at), "identity-given")
        }
        "refuse-identity" => {
            let refused = posted.once(node.refuse_identity(who, at, typed.get("reason")));
            (refused.await.map(|()| at), "identity-refused")
        }
        _ => return Err(no("page")),
    };
    match outcome {
        Ok(done_at) => Ok(done(case.href(&["victims"]), word, Some(done_at))),
        Err(error) => {
            let mut names = identity_names();
            names.extend([
                ("reason", "reason"),
                ("to", "to"),
                ("ground", "ground"),
                ("text", "text"),
            ]);
            let wrong = problems(error, &names)?;
            show_victim_act(page, &case, at, &act, &typed.clone().wrong(wrong)).await
        }
    }
}

/// A grant by its asking, with its victim.
pub(super) fn grant_of(victims: &[VictimView], at: EntryRef) -> Option<(&VictimView, &GrantView)> {
    let of = |victim: &VictimView| victim.grants.iter().position(|grant| grant.at == at);
    victims
        .iter()
        .find_map(|victim| Some((victim, victim.grants.get(of(victim)?)?)))
}

async fn show_grant_act(page: &Page, case: &Case, at: EntryRef, act: &str, typed: &Typed) -> Paged {
    let all = page.node.case_victims(&page.who, case.space).await?;
    let (victim, grant) = grant_of(&all.victims, at).ok_or_else(|| no("grant"))?;
    let asker = grant.asker.as_deref().unwrap_or("Somebody");
    let (title, lede, fields, verb) = match act {
        "give" => (
            format!("{asker} asks who {} is", victim.pseudonym),
            format!(
                "Asked because: {}. Without your hand nobody looks; to refuse, end it.",
                grant.reason.trim_end_matches(['.', ' '])
            ),
            vec![
                field(
                    "until",
                    "Until (UTC)",
                    "Of two times the earlier counts. At most 30 days.",
                    typed.or("until", &minute(page.now() + OFFERED_MS)),
                    Shape::Moment,
                    false,
                ),
                field("reason", "A word about it", "", typed.raw("reason").to_owned(), Shape::Prose, true),
            ],
            "Give my hand",
        ),
        "end" => (
            format!("End the look at who {} is", victim.pseudonym),
            "At once, and for good. A new one can be asked for.".to_owned(),
            vec![field("reason", "Why?", "", typed.raw("reason").to_owned(), Shape::Prose, false)],
            "End it",
        ),
        "look" => (
            format!("Look at who {} is", victim.pseudonym),
            "The look is noted first, and the victim reads of it. It is shown once; do not write it down where others \
             read it."
                .to_owned(),
            vec![field(
                "text",
                "What will you do with it?",
                "The victim reads this.",
                typed.raw("text").to_owned(),
                Shape::Prose,
                false,
            )],
            "Look",
        ),
        _ => return Err(no("page")),
    };
    let asks = Asks {
        heading: String::new(),
        form: typed.form(page, at_href(case, &["grants"], at, act)),
        fields,
        verb: verb.to_owned(),
    };
    ask_page(page, case, &title, &lede, asks).await
}

/// Before something is done about a grant.
pub(in super::super) async fn before_grant(
    page: Page,
    Path((text, ledger, seq, act)): Path<(String, String, String, String)>,
) -> Paged {
    let case = Case::load(&page, &text).await?;
    show_grant_act(&page, &case, entry(&ledger, &seq)?, &act, &Typed::default()).await
}

async fn show_identity(page: &Page, case: &Case, at: EntryRef, identity: &Identity) -> Paged {
    let lists = [
        ("Name", std::slice::from_ref(&identity.name)),
        ("Other names", identity.other_names.as_slice()),
        ("People to speak to", identity.contacts.as_slice()),
        ("Domains", identity.domains.as_slice()),
        ("Domains of its mail", identity.mail_domains.as_slice()),
        ("Addresses", identity.addresses.as_slice()),
    ];
    let rows = lists
        .iter()
        .filter(|(_, list)| !list.is_empty())
        .map(|(name, list)| Row {
            title: (*name).to_owned(),
            text: list.to_vec(),
            ..Row::default()
        });
    html(render::render_ask(&AskPage {
        shell: case.shell(page).await,
        case: Some(case.head(page, "Victims")),
        title: "Who it is".to_owned(),
        lede: String::new(),
        notice: vec!["This look is noted, and the victim reads of it. The page is shown once.".to_owned()],
        sections: vec![Section {
            heading: "As it was given".to_owned(),
            rows: rows.collect(),
            ..Section::default()
        }],
        asks: None,
        links: vec![
            link(
                "Write a note that names it",
                at_href(case, &["grants"], at, "name"),
            ),
            link("Back to the victims", case.href(&["victims"])),
        ],
    }))
}

/// Does it.
pub(in super::super) async fn act_grant(
    Path((text, ledger, seq, act)): Path<(String, String, String, String)>,
    posted: Posted,
) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    let case = Case::load(page, &text).await?;
    let at = entry(&ledger, &seq)?;
    let (node, who) = (&page.node, &page.who);
    let (outcome, word) = match act.as_str() {
        "give" => {
            let given = match parse_minute(typed.get("until")) {
                None => Err(ServiceError::invalid(
                    "until_ms",
                    "give a time, such as 2026-11-01T00:00",
                )),
                Some(until_ms) => {
                    let giving = Giving {
                        until_ms,
                        reason: Some(typed.get("reason").to_owned()).filter(|text| !text.is_empty()),
                        role: None,
                    };
                    posted.once(node.give_grant(who, at, &giving)).await
                }
            };
            (given, "grant-given")
        }
        "end" => (
            posted.once(node.end_grant(who, at, typed.get("reason"))).await,
            "grant-ended",
        ),
        "look" => match node.look(who, at, typed.get("text")).await {
            // Kept nowhere: the form sent again is another look, and is noted as one.
            Ok(identity) => return show_identity(page, &case, at, &identity).await,
            Err(error) => (Err(error), ""),
        },
        _ => return Err(no("page")),
    };
    match outcome {
        Ok(done_at) => Ok(done(case.href(&["victims"]), word, Some(done_at))),
        Err(error) => {
            let wrong = problems(
                error,
                &[("until_ms", "until"), ("reason", "reason"), ("text", "text")],
            )?;
            show_grant_act(page, &case, at, &act, &typed.clone().wrong(wrong)).await
        }
    }
}
