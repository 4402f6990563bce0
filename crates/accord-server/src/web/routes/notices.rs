//! Notices: what one wants to be told, and, for the operator, how sending goes.

use std::collections::BTreeSet;

use accord_service::{Act, NoticeSettings, NoticeWhen, QuietHours, ServiceError, Waiting};

use super::failed::{Paged, problems};
use super::frame::{Page, Part, done, html};
use super::posted::{Posted, Typed};
use super::times::{counted, when};
use crate::listed::{Part as Listing, Routes};
use crate::web::render;
use crate::web::view::ask::{AskPage, Asks};
use crate::web::view::tab::{Row, Section, SectionsPage};
use crate::web::view::write::{Field, Shape};
use crate::web::view::{Choice, Href, Link, Pair, State, Tone};

pub(super) fn routes() -> Routes {
    Routes::new(Listing::Pages)
        .get("/account/notices", own)
        .post("/account/notices", set)
        .get("/notices", state)
}

const NAMES: &[&str] = &["mail", "webhook", "when", "of", "quiet", "daily", "zone"];

fn clock(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

fn minute(field: &'static str, text: &str) -> accord_service::Result<u16> {
    let bad = || ServiceError::invalid(field, "give a time of the day, such as 22:00");
    let (hour, minute) = text.trim().split_once(':').ok_or_else(bad)?;
    let (hour, minute): (u16, u16) = hour.parse().ok().zip(minute.parse().ok()).ok_or_else(bad)?;
    if hour > 23 || minute > 59 {
        return Err(bad());
    }
    Ok(hour * 60 + minute)
}

fn choice(value: &str, label: &str, chosen: bool) -> Choice {
    Choice {
        value: value.to_owned(),
        label: label.to_owned(),
        hint: String::new(),
        chosen,
    }
}

fn fields(known: &NoticeSettings, typed: &Typed) -> Vec<Field> {
    let field = |name: &str, label: &str, hint: &str, first: String, shape, optional| Field {
        name: name.to_owned(),
        label: label.to_owned(),
        hint: hint.to_owned(),
        value: typed.or(name, &first),
        optional,
        shape,
        choices: Vec::new(),
    };
    let pick = |name: &str, label: &str, first: &str, words: &[(&str, &str)]| {
        let value = typed.or(name, first);
        Field {
            choices: words
                .iter()
                .map(|(word, label)| choice(word, label, *word == value))
                .collect(),
            ..field(name, label, "", first.to_owned(), Shape::Choice, false)
        }
    };
    let when = match known.when {
        NoticeWhen::None => "none",
        NoticeWhen::AtOnce => "at-once",
        NoticeWhen::Daily => "daily",
    };
    let of: Vec<&str> = known.of.iter().map(|kind| kind.as_str()).collect();
    let kinds: Vec<String> = Waiting::ALL
        .iter()
        .map(|kind| format!("{} ({})", kind.as_str(), kind.words().to_lowercase()))
        .collect();
    let quiet = known.quiet.map_or_else(String::new, |quiet| {
        format!("{} {}", clock(quiet.from_minute), clock(quiet.to_minute))
    });
    vec![
        pick(
            "when",
            "When",
            when,
            &[
                ("none", "Never"),
                ("at-once", "As soon as something waits"),
                ("daily", "Once a day, when something new waits"),
            ],
        ),
        field(
            "mail",
            "By mail to",
            "",
            known.mail.clone().unwrap_or_default(),
            Shape::Line,
            true,
        ),
        pick(
            "webhook",
            "By the node's webhook",
            if known.webhook { "yes" } else { "no" },
            &[("no", "No"), ("yes", "Yes, to what the operator set up")],
        ),
        field(
            "of",
            "Only of",
            &format!("One a line; nothing means all: {}.", kinds.join(", ")),
            of.join("\n"),
            Shape::Values,
            true,
        ),
        field(
            "quiet",
            "Quiet from and to",
            "22:00 06:00. What comes then is sent after.",
            quiet,
            Shape::Mono,
            true,
        ),
        field(
            "daily",
            "Once a day at",
            "",
            clock(known.daily_minute),
            Shape::Mono,
            false,
        ),
        field(
            "zone",
            "Your time zone",
            "Europe/Vienna, America/New_York, UTC.",
            known.zone.clone(),
            Shape::Mono,
            false,
        ),
    ]
}

async fn show(page: &Page, typed: &Typed) -> Paged {
    let (known, mail, webhook) = page.node.notice_settings(&page.who).await?;
    let mut notice = Vec::new();
    if !mail {
        notice.push("The operator has set up no mail server: nothing is sent by mail.".to_owned());
    }
    if !webhook {
        notice.push("The operator has set up no webhook.".to_owned());
    }
    let links = page
        .may(Act::ManagePeers)
        .then(|| Link {
            label: "How sending goes".to_owned(),
            href: Href::of(&["notices"]),
        })
        .into_iter()
        .chain([Link {
            label: "Back to your account".to_owned(),
            href: Href::of(&["account"]),
        }]);
    html(render::render_ask(&AskPage {
        shell: page.shell(Part::Elsewhere).await,
        case: None,
        title: "Notices".to_owned(),
        lede: "A notice says that something waits, of which kind and how many. It never says what: you sign in to see."
            .to_owned(),
        notice,
        sections: Vec::new(),
        asks: Some(Asks {
            heading: String::new(),
            form: typed.form(page, Href::of(&["account", "notices"])),
            fields: fields(&known, typed),
            verb: "Keep it so".to_owned(),
        }),
        links: links.collect(),
    }))
}

/// `/account/notices`.
async fn own(page: Page) -> Paged {
    show(&page, &Typed::default()).await
}

fn settings(typed: &Typed) -> accord_service::Result<NoticeSettings> {
    let mut of = BTreeSet::new();
    for word in typed.get("of").split_whitespace() {
        let kind = Waiting::ALL.iter().find(|kind| kind.as_str() == word);
        of.insert(
            *kind.ok_or_else(|| ServiceError::invalid("of", format!("\"{word}\" is none of the kinds")))?,
        );
    }
    let quiet = match typed.get("quiet").split_once(char::is_whitespace) {
        None if typed.get("quiet").is_empty() => None,
        None => {
            return Err(ServiceError::invalid(
                "quiet",
                "give two times, such as 22:00 06:00",
            ));
        }
        Some((from, to)) => Some(QuietHours {
            from_minute: minute("quiet", from)?,
            to_minute: minute("quiet", to)?,
        }),
    };
    Ok(NoticeSettings {
        mail: Some(typed.get("mail").to_owned()).filter(|mail| !mail.is_empty()),
        webhook: typed.get("webhook") == "yes",
        when: match typed.get("when") {
            "at-once" => NoticeWhen::AtOnce,
            "daily" => NoticeWhen::Daily,
            "none" => NoticeWhen::None,
            _ => return Err(ServiceError::invalid("when", "choose one")),
        },
        of,
        quiet,
        daily_minute: minute("daily", typed.get("daily"))?,
        zone: typed.get("zone").to_owned(),
    })
}

async fn set(posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    let kept = match settings(typed) {
        Ok(settings) => posted.once(page.node.set_notices(&page.who, &settings)).await,
        Err(error) => Err(error),
    };
    match kept {
        Ok(()) => Ok(done(Href::of(&["account", "notices"]), "notices", None)),
        Err(error) => {
            let mut names: Vec<(&str, &str)> = NAMES.iter().map(|name| (*name, *name)).collect();
            names.extend([
                ("daily_minute", "daily"),
                ("from_minute", "quiet"),
                ("to_minute", "quiet"),
            ]);
            show(page, &typed.clone().wrong(problems(error, &names)?)).await
        }
    }
}

/// `/notices`: for the operator.
async fn state(page: Page) -> Paged {
    let view = page.node.notices_state(&page.who).await?;
    let pair = |name: &str, value: String| Pair {
        name: name.to_owned(),
        value,
    };
    let or_none = |value: Option<String>| value.unwrap_or_else(|| "not set up".to_owned());
    let at = |ms: Option<u64>| ms.map_or_else(|| "never".to_owned(), |ms| when(ms).shown);
    let failing = view.last_failure_ms > view.last_sent_ms;
    let (word, tone) = match (
        view.mail.is_none() && view.webhook.is_none(),
        failing || view.full,
    ) {
        (true, _) => ("not set up", Tone::Quiet),
        (false, true) => ("failing", Tone::Bad),
        (false, false) => ("working", Tone::Good),
    };
    let mut facts = vec![
        pair("Mail server", or_none(view.mail)),
        pair("Webhook", or_none(view.webhook)),
        pair("Want notices", counted(view.people as u64, "person", "people")),
        pair(
            "Wait to be sent",
            counted(view.queued as u64, "notice", "notices"),
        ),
        pair("Sent", counted(view.sent, "notice", "notices")),
        pair("Given up", counted(view.given_up, "notice", "notices")),
        pair("Last sent", at(view.last_sent_ms)),
    ];
    if view.oldest_ms.is_some() {
        facts.push(pair("Oldest waits since", at(view.oldest_ms)));
    }
    if let Some(failure) = view.last_failure {
        facts.push(pair(
            "Last failure",
            format!("{failure}, {}", at(view.last_failure_ms)),
        ));
    }
    if view.full {
        facts.push(pair(
            "Full",
            "Nobody is told anything new before some are sent.".to_owned(),
        ));
    }
    html(render::render_sections(&SectionsPage {
        shell: page.shell(Part::Elsewhere).await,
        title: "Notices".to_owned(),
        lede: "That something waits, by mail or webhook. Set up in [notices] of the configuration."
            .to_owned(),
        sections: vec![Section {
            rows: vec![Row {
                title: "Sending".to_owned(),
                state: Some(State {
                    word: word.to_owned(),
                    tone,
                }),
                facts,
                ..Row::default()
            }],
            ..Section::default()
        }],
    }))
}
