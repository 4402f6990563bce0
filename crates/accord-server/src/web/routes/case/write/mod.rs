//! Writing a note of any kind: a form out of a table, the page before publishing, and publishing it.

use accord_model::{EntryKind, EntryRef, OrgName};
use accord_service::{Draft, NewNote, ServiceError};
use axum::extract::Path;
use serde_json::{Map, Value, json};

use super::Case;
use super::timeline::markings;
use crate::web::render;
use crate::web::routes::failed::{Paged, no, problems};
use crate::web::routes::frame::{Page, done, html, kind_words};
use crate::web::routes::posted::{Posted, Typed, stale};
use crate::web::routes::release::{commitment, publishes};
use crate::web::routes::times::{minute, parse_minute};
use crate::web::view::release::{ReleasePage, Undo};
use crate::web::view::write::{Field, Shape, WritePage};
use crate::web::view::{Choice, Mark, Pair};

pub(super) mod forms;

use forms::{Ask, FORMS, Input, NoteForm};

/// Most characters of a note's own words on the page before publishing.
const SHOWN_MAX: usize = 20_000;

fn form_of(kind: &str) -> Result<&'static NoteForm, super::Failed> {
    FORMS
        .iter()
        .find(|form| form.kind.as_str() == kind)
        .ok_or_else(|| no("page"))
}

/// What a note is about, as the timeline says it.
async fn about(page: &Page, case: &Case, typed: &str) -> Option<String> {
    let at: EntryRef = typed.parse().ok()?;
    let item = page.node.note(&page.who, case.space, at).await.ok()?;
    Some(item.title)
}

/// `/cases/ID/write/KIND`; what the note is about stands in the query under the name of its field.
pub(in super::super::super) async fn page(page: Page, Path((text, kind)): Path<(String, String)>) -> Paged {
    let case = Case::load(&page, &text).await?;
    let form = form_of(&kind)?;
    let names = form.inputs.iter().map(|input| input.name).chain(["title", "to"]);
    let given = names
        .filter(|name| !page.query(name).is_empty())
        .map(|name| (name.to_owned(), page.query(name).to_owned()));
    show(&page, &case, form, &Typed::default(), &given.collect::<Vec<_>>()).await
}

/// Whether a note is for the own organisation alone: as the address that led here said, or as it was carried.
fn only_ours(page: &Page, typed: &Typed, given: &[(String, String)]) -> bool {
    let own = page.own();
    given.iter().any(|(name, value)| name == "to" && value == own) || typed.has("to", own)
}

fn field(page: &Page, case: &Case, typed: &Typed, given: &[(String, String)], input: &Input) -> Field {
    let first = given
        .iter()
        .find(|(name, _)| name == input.name)
        .map_or("", |(_, value)| value);
    let value = typed.or(input.name, first);
    let choice = |word: &str, label: &str| Choice {
        value: word.to_owned(),
        label: label.to_owned(),
        hint: String::new(),
        chosen: value == word,
    };
    let (shape, choices) = match input.ask {
        Ask::Line | Ask::Countries | Ask::About | Ask::Skip => (Shape::Line, Vec::new()),
        Ask::Mono | Ask::Named => (Shape::Mono, Vec::new()),
        Ask::Prose => (Shape::Prose, Vec::new()),
        Ask::Values | Ask::Indicators => (Shape::Values, Vec::new()),
        Ask::Moment => (Shape::Moment, Vec::new()),
        Ask::One(words) => (
            Shape::Choice,
            words.iter().map(|(word, label)| choice(word, label)).collect(),
        ),
        Ask::Yes(label) => (Shape::Choice, vec![choice(YES, label)]),
        Ask::Party => {
            let parties = case.view.parties.iter();
            (
                Shape::Choice,
                parties
                    .map(|(org, _)| choice(org.as_str(), org.as_str()))
                    .collect(),
            )
        }
    };
    let needs_now = shape == Shape::Moment && !input.optional && value.is_empty();
    Field {
        name: input.name.to_owned(),
        label: input.label.to_owned(),
        hint: input.hint.to_owned(),
        value: if needs_now { minute(page.now()) } else { value },
        optional: input.optional,
        shape,
        choices,
    }
}

async fn show(page: &Page, case: &Case, form: &NoteForm, typed: &Typed, given: &[(String, String)]) -> Paged {
    let mut carried = Vec::new();
    let mut says = Vec::new();
    let mut fields = Vec::new();
    for input in form.inputs {
        let field = field(page, case, typed, given, input);
        if input.ask != Ask::About {
            fields.push(field);
            continue;
        }
        match about(page, case, &field.value).await {
            Some(title) => {
                carried.push(Pair {
                    name: field.name,
                    value: field.value,
                });
                says.push(Pair {
                    name: field.label,
                    value: title,
                });
            }
            None if input.optional && field.value.is_empty() => {}
            None => return Err(no("note")),
        }
    }
    let only_ours = only_ours(page, typed, given);
    if only_ours {
        carried.push(Pair {
            name: "to".to_owned(),
            value: page.own().to_owned(),
        });
        says.push(Pair {
            name: "Who reads it".to_owned(),
            value: format!("only {}", page.own()),
        });
    }
    let title = given.iter().find(|(name, _)| name == "title");
    html(render::render_write(&WritePage {
        shell: case.shell(page).await,
        case: case.head(page, ""),
        title: form.title.to_owned(),
        lede: form.lede.to_owned(),
        form: typed.form(page, case.href(&["write", form.kind.as_str()])),
        carried,
        about: says,
        line: typed.or("title", title.map_or("", |(_, value)| value)),
        fields,
        markings: markings(typed),
        recipients: if only_ours {
            Vec::new()
        } else {
            recipients(page, case, typed)
        },
        back: case.href(&[form.tab]),
    }))
}

fn recipients(page: &Page, case: &Case, typed: &Typed) -> Vec<Choice> {
    let partners = case.partners(page);
    if partners.len() < 2 {
        return Vec::new();
    }
    partners
        .iter()
        .map(|(org, kind)| Choice {
            value: org.to_string(),
            label: org.to_string(),
            hint: kind_words(*kind).to_owned(),
            chosen: typed.has("to", org.as_str()),
        })
        .collect()
}

/// What a tick sends.
const YES: &str = "yes";

/// One value out of the form, as it stands in the note; `None` where nothing was typed.
fn value(input: &Input, typed: &Typed) -> accord_service::Result<Option<Value>> {
    let text = typed.raw(input.name).replace("\r\n", "\n");
    let text = text.trim();
    if text.is_empty() {
        return if input.optional {
            Ok(None)
        } else {
            Err(ServiceError::invalid(input.name, "it is needed: fill it in"))
        };
    }
    let list = |parts: Vec<&str>| {
        Value::from(
            parts
                .into_iter()
                .filter(|part| !part.is_empty())
                .collect::<Vec<_>>(),
        )
    };
    Ok(Some(match input.ask {
        Ask::Values => list(text.lines().map(str::trim).collect()),
        Ask::Countries => {
            let upper = text.to_ascii_uppercase();
            list(upper.split([' ', ',', '\n']).collect())
        }
        Ask::Skip => return Ok(None),
        Ask::Indicators => {
            let labels: Vec<&str> = typed
                .get("labels")
                .split([',', ' '])
                .filter(|label| !label.is_empty())
                .collect();
            let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
            let one = |value| match labels.as_slice() {
                [] => json!({ "value": value }),
                labels => json!({ "value": value, "labels": labels }),
            };
            Value::from(lines.map(one).collect::<Vec<_>>())
        }
        Ask::Yes(_) => Value::from(text == YES),
        Ask::Named => json!([{ "published": typed.get("published"), "value": text }]),
        Ask::Moment => Value::from(
            parse_minute(text)
                .ok_or_else(|| ServiceError::invalid(input.name, "give a time, such as 2026-11-01T00:00"))?,
        ),
        _ => Value::from(text),
    }))
}

/// Puts a value where its dotted name says.
fn put(fields: &mut Map<String, Value>, name: &str, value: Value) {
    match name.split_once('.') {
        None => {
            fields.insert(name.to_owned(), value);
        }
        Some((outer, inner)) => {
            let within = fields
                .entry(outer.to_owned())
                .or_insert_with(|| Value::Object(Map::new()));
            if let Some(within) = within.as_object_mut() {
                put(within, inner, value);
            }
        }
    }
}

fn draft(form: &NoteForm, typed: &Typed) -> accord_service::Result<Draft> {
    let title = typed.get("title");
    if title.is_empty() {
        return Err(ServiceError::invalid("title", "say it in one line"));
    }
    let mut fields = Map::new();
    fields.insert("kind".to_owned(), Value::from(form.kind.as_str()));
    // A verdict names its values one by one, and not the note that they were published in as a whole.
    let named = form.inputs.iter().any(|input| input.ask == Ask::Named);
    let whole = |input: &&Input| !(named && input.name == "published");
    for input in form.inputs.iter().filter(whole) {
        if let Some(value) = value(input, typed)? {
            put(&mut fields, input.name, value);
        }
    }
    let note: NewNote = serde_json::from_value(Value::Object(fields))
        .map_err(|error| ServiceError::invalid("note", error))?;
    let to: Result<Vec<OrgName>, _> = typed.all("to").map(str::parse).collect();
    Ok(Draft {
        title: title.to_owned(),
        marking: typed
            .get("marking")
            .parse()
            .map_err(|error| ServiceError::invalid("marking", error))?,
        to: to.map_err(|error| ServiceError::invalid("to", error))?,
        note,
        expect: None,
    })
}

/// A note: shown first with what becomes of it, and published once that very thing is confirmed.
pub(in super::super::super) async fn publish(
    Path((text, kind)): Path<(String, String)>,
    posted: Posted,
) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    let case = Case::load(page, &text).await?;
    let form = form_of(&kind)?;
    let mut names: Vec<(&str, &str)> = form.inputs.iter().map(|input| (input.name, input.name)).collect();
    names.extend([("title", "title"), ("marking", "marking"), ("to", "to")]);
    let draft = match draft(form, typed) {
        Ok(draft) => draft,
        Err(error) => {
            let wrong = typed.clone().wrong(problems(error, &names)?);
            return show(page, &case, form, &wrong, &[]).await;
        }
    };
    let decided = match page.node.preview_note(&page.who, case.space, &draft).await {
        Ok(decided) => decided,
        Err(error) => {
            let wrong = typed.clone().wrong(problems(error, &names)?);
            return show(page, &case, form, &wrong, &[]).await;
        }
    };
    // What many use waits for a second person, and says so before it is sent.
    let second = page.node.needs_second(&page.who, case.space, &draft).await?;
    let shown = commitment(&(&case.id, &draft, &decided));
    let confirmed = !typed.get("commitment").is_empty();
    let mut changed = Vec::new();
    if typed.get("commitment") == shown || (confirmed && posted.was_done().await?) {
        // Bound to the list that was shown, also against a party that joins between here and there.
        let expect = typed.all("expect").map(str::parse).collect::<Result<_, _>>();
        let draft = Draft {
            expect: Some(expect.map_err(|_| stale())?),
            ..draft.clone()
        };
        if second.is_some() {
            let waits = Draft {
                expect: None,
                ..draft
            };
            let work = page.node.ask_for_second(&page.who, case.space, &waits);
            posted.once(work).await?;
            return Ok(done(case.href(&[form.tab]), "second-asked", None));
        }
        let work = page.node.publish_note(&page.who, case.space, &draft);
        match posted.once(work).await {
            Ok(published) => return Ok(done(case.href(&[form.tab]), "note", Some(published.at))),
            Err(error) => changed = problems(error, &names)?,
        }
    } else if confirmed {
        let conflict = ServiceError::Conflict("The recipients have changed: look again.".to_owned());
        changed = problems(conflict, &names)?;
    }
    let mut carried = vec![
        ("title", draft.title.clone()),
        ("marking", draft.marking.as_str().to_owned()),
    ];
    carried.extend(
        form.inputs
            .iter()
            .map(|input| (input.name, typed.raw(input.name).to_owned())),
    );
    carried.extend(draft.to.iter().map(|org| ("to", org.to_string())));
    let reaches = decided.iter().filter(|decided| decided.is_yes());
    carried.extend(reaches.map(|decided| ("expect", decided.to.to_string())));
    html(render::render_release(&ReleasePage {
        shell: case.shell(page).await,
        title: form.title.to_owned(),
        verb: match second {
            Some(_) => "Ask a second person".to_owned(),
            None => publishes(&decided),
        },
        severe: false,
        form: Typed::default()
            .wrong(changed)
            .form(page, case.href(&["write", form.kind.as_str()])),
        carried: carried
            .into_iter()
            .map(|(name, value)| Pair {
                name: name.to_owned(),
                value,
            })
            .collect(),
        commitment: shown,
        facts: {
            let mut facts = facts(page, &case, form, typed, &draft).await;
            facts.extend(second.map(|why| Pair {
                name: "Second person".to_owned(),
                value: format!("{why}. It waits on the Intel tab until they do."),
            }));
            facts
        },
        body: words(form, typed),
        marking: Some(Mark(draft.marking)),
        readers: case.readers(&decided),
        undo: Undo::Cannot("What was read stays known, and a note is never removed.".to_owned()),
        reason: None,
        blocked: None,
        back: case.href(&[form.tab]),
    }))
}

/// What the note says, value by value.
async fn facts(page: &Page, case: &Case, form: &NoteForm, typed: &Typed, draft: &Draft) -> Vec<Pair> {
    let mut facts = vec![
        Pair {
            name: "Case".to_owned(),
            value: format!("Operation {}", case.view.summary.operation),
        },
        Pair {
            name: "In one line".to_owned(),
            value: draft.title.clone(),
        },
    ];
    for input in form.inputs.iter().filter(|input| input.ask != Ask::Prose) {
        let typed = typed.get(input.name);
        if typed.is_empty() {
            continue;
        }
        let value = match input.ask {
            Ask::About => about(page, case, typed).await,
            Ask::Yes(label) => Some(label.to_owned()),
            Ask::One(words) => words
                .iter()
                .find(|(word, _)| *word == typed)
                .map(|(_, label)| (*label).to_owned()),
            Ask::Values | Ask::Indicators => {
                Some(typed.lines().map(str::trim).collect::<Vec<_>>().join(", "))
            }
            Ask::Moment => Some(format!("{} UTC", typed.replace('T', " "))),
            _ => None,
        };
        facts.push(Pair {
            name: input.label.to_owned(),
            value: value.unwrap_or_else(|| typed.to_owned()),
        });
    }
    facts
}

/// Its prose, under the names of the fields where there are several.
fn words(form: &NoteForm, typed: &Typed) -> String {
    let written: Vec<(&str, &str)> = form
        .inputs
        .iter()
        .filter(|input| input.ask == Ask::Prose && !typed.get(input.name).is_empty())
        .map(|input| (input.label, typed.get(input.name)))
        .collect();
    let text = match written.as_slice() {
        [(_, only)] => (*only).to_owned(),
        several => several
            .iter()
            .map(|(label, text)| format!("{label}\n{text}"))
            .collect::<Vec<_>>()
            .join("\n\n"),
    };
    text.chars().take(SHOWN_MAX).collect()
}

/// The address of the form for a kind of note, about nothing or about another note.
pub(in super::super::super) fn href(
    case: &Case,
    kind: EntryKind,
    about: Option<(&str, EntryRef)>,
) -> crate::web::view::Href {
    let place = case.href(&["write", kind.as_str()]);
    match about {
        Some((name, at)) => place.with(name, &at.to_string()),
        None => place,
    }
}

#[cfg(test)]
mod tests {
    use accord_model::Tlp;

    use super::*;

    #[test]
    fn every_form_makes_a_note_of_its_kind() {
        let moment = "2026-11-22T14:02";
        for form in FORMS {
            let mut fields = vec![
                ("title".to_owned(), "One line".to_owned()),
                ("marking".to_owned(), Tlp::Green.as_str().to_owned()),
            ];
            for input in form.inputs {
                let typed = match input.ask {
                    Ask::Line | Ask::Mono | Ask::Prose => "words",
                    Ask::Values if input.name == "techniques" => "T1059\nT1059.001",
                    Ask::Values | Ask::Indicators => "one\ntwo",
                    Ask::Named => "evil.example",
                    Ask::Skip => "simda, botnet",
                    Ask::Countries => "nl, DE",
                    Ask::Moment => moment,
                    Ask::Party => "isp",
                    Ask::Yes(_) => YES,
                    Ask::One(words) => words.last().map_or("", |(word, _)| word),
                    Ask::About => "00000000000000000000000000000001/7",
                };
                fields.push((input.name.to_owned(), typed.to_owned()));
            }
            let made = draft(form, &Typed::of(fields.clone()));
            let made = made.unwrap_or_else(|error| panic!("{}: {error}", form.kind));
            assert_eq!(made.note.kind(), form.kind);
            for input in form.inputs.iter().filter(|input| !input.optional) {
                if form.inputs.iter().any(|other| other.ask == Ask::Named) && input.ask == Ask::About {
                    continue;
                }
                let mut lacking = fields.clone();
                lacking.retain(|(name, _)| name != input.name);
                let error = draft(form, &Typed::of(lacking)).expect_err(input.name);
                assert!(error.to_string().contains(input.name), "{}: {error}", form.kind);
            }
        }
    }
}
