//! Who a victim is, given by a partner to the agency: on the tab *Victims* of both, and the two acts about it.

use accord_model::EntryRef;
use accord_model::content::GivenOn;
use accord_service::{CaseVictims, Decided, GivingIdentity, IdentityGivenView, ServiceError, VictimView};

use super::Case;
use super::keeping::note_link;
use super::victims::{asks_why, at_href, field, link, pair};
use crate::web::routes::failed::{Failed, no};
use crate::web::routes::frame::anchor;
use crate::web::routes::posted::Typed;
use crate::web::routes::times::when;
use crate::web::view::ask::Asks;
use crate::web::view::form::{Choice, Form};
use crate::web::view::tab::{Row, Section};
use crate::web::view::write::{Field, Shape};
use crate::web::view::{Actor, State, Tone};

const fn ground_words(ground: GivenOn) -> &'static str {
    match ground {
        GivenOn::Consent => "The victim agreed",
        GivenOn::Law => "A law says so",
    }
}

fn row(case: &Case, all: &CaseVictims, victim: &VictimView, given: &IdentityGivenView, own: &str) -> Row {
    let ours = given.from.as_str() == own;
    let (word, tone) = match given.state {
        "waits" => ("waits for your approver", Tone::Waiting),
        "given" => ("given", Tone::Good),
        "stopped" => ("goes to nobody", Tone::Bad),
        "kept" => ("kept here", Tone::Good),
        "unreadable" => ("unreadable: not looked for in what leaves", Tone::Bad),
        "recalled" => ("called back", Tone::Quiet),
        _ => ("set aside", Tone::Bad),
    };
    let mut facts = vec![
        pair("To", given.to.to_string()),
        pair(ground_words(given.ground), &given.text),
    ];
    facts.extend(given.why.iter().map(|why| pair("Why not", why)));
    facts.extend(given.looks.iter().map(|look| {
        let who = look.name.clone().unwrap_or_else(|| "somebody".to_owned());
        pair(
            &format!("Opened, {}", when(look.when_ms).shown),
            format!("{who} of {}", look.org),
        )
    }));
    if ours && given.state == "given" && given.looks.is_empty() {
        facts.push(pair("Opened", "by nobody so far"));
    }
    let mut links = vec![note_link(case, given.at)];
    if !ours && all.may_keep && matches!(given.state, "kept" | "unreadable") {
        links.push(link("Refuse it", at_href(case, &[], given.at, "refuse-identity")));
    }
    Row {
        anchor: anchor(given.at),
        title: format!("Who {} is", victim.pseudonym),
        state: Some(State {
            word: word.to_owned(),
            tone,
        }),
        actor: Some(Actor {
            organisation: given.from.to_string(),
            person: None,
        }),
        at: Some(when(given.at_ms)),
        facts,
        links,
        ..Row::default()
    }
}

/// What was given of who the victims of a case are; none where nothing was.
pub(super) fn section(case: &Case, all: &CaseVictims, own: &str) -> Option<Section> {
    let rows: Vec<Row> = all
        .victims
        .iter()
        .flat_map(|victim| {
            victim
                .given
                .iter()
                .map(move |given| row(case, all, victim, given, own))
        })
        .collect();
    (!rows.is_empty()).then(|| Section {
        heading: "Given to the agency".to_owned(),
        lede: "Who a victim is, sealed to the custodian of one agency. People there look under a grant alone, and every \
               look is told to who gave it. It is called back on its note's page."
            .to_owned(),
        rows,
        ..Section::default()
    })
}

/// The agreement's words on one recipient.
fn says(decided: &Decided) -> String {
    format!("{}: clause {}: {}", decided.to, decided.clause, decided.words)
}

/// What is asked of who gives who a victim is: the title, what it means, and the fields.
pub(super) fn give_asks(victim: &VictimView, typed: &Typed, form: Form) -> (String, String, Asks) {
    let choices = victim.may_give_to.iter().map(|decided| Choice {
        value: decided.to.to_string(),
        label: decided.to.to_string(),
        hint: String::new(),
        chosen: typed.get("to") == decided.to.as_str() || victim.may_give_to.len() == 1,
    });
    let grounds = [GivenOn::Consent, GivenOn::Law].map(|ground| Choice {
        value: ground.as_str().to_owned(),
        label: ground_words(ground).to_owned(),
        hint: String::new(),
        chosen: typed.get("ground") == ground.as_str(),
    });
    let chosen = |name: &str, label: &str, hint: &str, choices: Vec<Choice>| Field {
        choices,
        ..field(name, label, hint, String::new(), Shape::Choice, false)
    };
    let says: Vec<String> = victim.may_give_to.iter().map(says).collect();
    let fields = vec![
        chosen("to", "To which agency?", &says.join(" "), choices.collect()),
        chosen("ground", "On what ground?", "", grounds.to_vec()),
        field(
            "text",
            "Who agreed, when and how; or which law?",
            "Your approver, the agency and the victim read this. Do not name the victim.",
            typed.raw("text").to_owned(),
            Shape::Prose,
            false,
        ),
    ];
    let asks = Asks {
        heading: String::new(),
        form,
        fields,
        verb: "Give it to the agency".to_owned(),
    };
    let lede = "It is sealed to that agency's custodian, unread: no other party gets any of it. There it is looked for in \
                all that leaves, and looked at under a grant of two people; you are told of every look. Tell the victim."
        .to_owned();
    (
        format!("Give who {} is to the agency", victim.pseudonym),
        lede,
        asks,
    )
}

/// What was filled in.
pub(super) fn giving(typed: &Typed) -> accord_service::Result<GivingIdentity> {
    let ground = typed
        .get("ground")
        .parse()
        .map_err(|_| ServiceError::invalid("ground", "say on what ground"))?;
    let to = typed
        .get("to")
        .parse()
        .map_err(|_| ServiceError::invalid("to", "choose one"))?;
    Ok(GivingIdentity {
        to,
        ground,
        text: typed.get("text").to_owned(),
    })
}

/// What is asked of who refuses an identity that a partner gave.
pub(super) fn refuse_asks(
    all: &CaseVictims,
    at: EntryRef,
    typed: &Typed,
    form: Form,
) -> Result<(String, String, Asks), Failed> {
    let of = |victim: &&VictimView| victim.given.iter().any(|given| given.at == at);
    let victim = all.victims.iter().find(of).ok_or_else(|| no("identity"))?;
    let hint = "It is kept with the refusal, for your auditor. Do not name anybody.";
    let asks = asks_why(typed, form, "Why?", hint, "Refuse it");
    let lede = "For one that names what is no victim. From then on nobody looks at it, and it is looked for in nothing \
                that leaves: where it is right after all, the victim is no longer protected by it."
        .to_owned();
    Ok((
        format!("Refuse who {} is said to be", victim.pseudonym),
        lede,
        asks,
    ))
}
