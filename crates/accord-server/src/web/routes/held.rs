//! Who held an address, in the fields of a guest's answer: asked one by one, read, shown again, and as it will be sent.

use accord_model::content::{Connection, RequestMade, RequestWhat, Subscriber, SubscriberAnswer};
use accord_service::{GuestSubscribers, ServiceError};

use super::case::requests::{field, pair, pick};
use super::posted::Typed;
use super::times::{minute, parse_minute, when};
use crate::web::view::tab::{Row, Section};
use crate::web::view::write::{Field, Shape};

/// Connections that the page asks about one by one; about more of them a guest sends a file.
const CONNECTIONS_SHOWN: usize = 50;

pub(super) fn connections(made: &RequestMade) -> impl Iterator<Item = (usize, &Connection)> {
    let asked = made.subscriber.iter().flat_map(|asked| &asked.connections);
    asked.take(CONNECTIONS_SHOWN).enumerate()
}

pub(super) fn held_words(one: &Connection) -> String {
    let port = one.port.map_or_else(String::new, |port| format!(" port {port}"));
    let transport = one
        .transport
        .map_or_else(String::new, |transport| format!(" {transport}"));
    format!("{}{port}{transport}, {}", one.address, when(one.at_ms).shown)
}

/// Who held each address, in fields, with what was typed.
pub(super) fn subscriber_fields(made: &RequestMade, typed: &Typed) -> Vec<Field> {
    if made.what != RequestWhat::SubscriberData {
        return Vec::new();
    }
    let mut fields = Vec::new();
    for (index, one) in connections(made) {
        let found = ["one", "several", "nobody", "no-record"];
        let found = found.map(|word| (word.to_owned(), word.replace('-', " ")));
        let held = held_words(one);
        fields.push(pick(
            typed,
            &format!("found{index}"),
            &format!("Who held {held}"),
            true,
            found,
        ));
        let mut add = |name: &str, label: &str, hint: &str, shape| {
            fields.push(field(typed, &format!("{name}{index}"), label, hint, shape, true));
        };
        add(
            "account",
            "Account",
            "Your own number of the contract, where there is one subscriber and only then.",
            Shape::Line,
        );
        add("name", "Name", "", Shape::Line);
        add("from", "Held from (UTC)", "", Shape::Moment);
        add("to", "Held until (UTC)", "", Shape::Moment);
    }
    fields.push(field(
        typed,
        "acquisition",
        "Where it comes from",
        "Which system and records, how far its clock is off, how you looked.",
        Shape::Prose,
        true,
    ));
    fields
}

/// What stands in a draft, as it would have been typed.
pub(super) fn typed_of(made: &RequestMade, held: &GuestSubscribers) -> Typed {
    let mut fields = vec![("acquisition".to_owned(), held.acquisition.clone())];
    for (index, one) in connections(made) {
        let Some(answer) = held.answers.iter().find(|answer| answer.connection == *one) else {
            continue;
        };
        fields.push((format!("found{index}"), answer.found.to_string()));
        if let Some(known) = &answer.subscriber {
            fields.push((format!("account{index}"), known.account.clone()));
            fields.push((format!("name{index}"), known.name.clone().unwrap_or_default()));
            fields.push((
                format!("from{index}"),
                known.held_from_ms.map_or_else(String::new, minute),
            ));
            fields.push((
                format!("to{index}"),
                known.held_to_ms.map_or_else(String::new, minute),
            ));
        }
    }
    Typed::of(fields)
}

/// Who held what, as it was typed; none where nothing was said of any.
pub(super) fn typed_subscribers(
    made: &RequestMade,
    typed: &Typed,
) -> accord_service::Result<Option<GuestSubscribers>> {
    let mut answers = Vec::new();
    for (index, one) in connections(made) {
        let given = |name: &str| typed.get(&format!("{name}{index}")).to_owned();
        let found = given("found");
        if found.is_empty() {
            continue;
        }
        let time = |name: &str| match given(name).as_str() {
            "" => Ok(None),
            text => parse_minute(text).map(Some).ok_or_else(|| {
                ServiceError::invalid(format!("{name}{index}"), "give a time, such as 2026-11-01T00:00")
            }),
        };
        let account = given("account");
        answers.push(SubscriberAnswer {
            connection: one.clone(),
            found: found
                .parse()
                .map_err(|_| ServiceError::invalid(format!("found{index}"), "choose one"))?,
            subscriber: match account.is_empty() {
                true => None,
                false => Some(Subscriber {
                    account,
                    name: Some(given("name")).filter(|name| !name.is_empty()),
                    postal: None,
                    contacts: Vec::new(),
                    held_from_ms: time("from")?,
                    held_to_ms: time("to")?,
                }),
            },
        });
    }
    Ok((!answers.is_empty()).then(|| GuestSubscribers {
        answers,
        acquisition: typed.get("acquisition").to_owned(),
    }))
}

/// Who held what, as it will be sent.
pub(super) fn held(given: &GuestSubscribers) -> Section {
    let rows = given.answers.iter().map(|one| {
        let mut facts = vec![pair("Found", one.found.to_string().replace('-', " "))];
        if let Some(known) = &one.subscriber {
            facts.push(pair("Account", known.account.clone()));
            facts.extend(known.name.iter().map(|name| pair("Name", name.clone())));
            facts.extend(known.held_from_ms.map(|time| pair("Held from", when(time).shown)));
            facts.extend(known.held_to_ms.map(|time| pair("Held until", when(time).shown)));
        }
        Row {
            title: held_words(&one.connection),
            facts,
            ..Row::default()
        }
    });
    Section {
        heading: "Who held it".to_owned(),
        lede: given.acquisition.clone(),
        rows: rows.collect(),
        ..Section::default()
    }
}
