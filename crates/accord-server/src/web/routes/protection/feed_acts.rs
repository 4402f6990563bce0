//! What is done with a feed, each said before it happens.

use accord_service::{Act, FeedAct, FeedDo, FeedView, GONE_PERCENT_DEFAULT};
use axum::extract::Path;

use super::super::case::steps::{Before, before_of, carried, confirms_of};
use super::super::failed::{Failed, Paged, no, problems};
use super::super::frame::{Page, Part, done};
use super::super::posted::{Posted, Typed};
use super::super::times::{count, counted};
use super::feeds::place;
use super::pair;
use crate::web::view::release::{Readers, Undo};
use crate::web::view::{FieldError, Href, Pair};

/// What is carried from the page before to the act.
const CARRIED: &[&str] = &["value", "sha256"];

/// What an act is, in words.
struct Told {
    title: String,
    verb: &'static str,
    severe: bool,
    facts: Vec<Pair>,
    undo: Undo,
    done: &'static str,
    act: Option<FeedAct>,
    reason: Option<(&'static str, &'static str)>,
    blocked: Option<String>,
}

impl Told {
    fn new(act: FeedAct, title: String, verb: &'static str, done: &'static str) -> Self {
        Self {
            title,
            verb,
            severe: false,
            facts: Vec::new(),
            undo: Undo::Can("By the opposite, at any time.".to_owned()),
            done,
            act: Some(act),
            reason: None,
            blocked: None,
        }
    }
}

fn told(page: &Page, view: &FeedView, act: &str, typed: &Typed) -> Result<Told, Failed> {
    let name = &view.name;
    match act {
        "block" => Act::BlockByFeed.ask(&page.who)?,
        _ => Act::KeepFeeds.ask(&page.who)?,
    };
    let new = Told::new;
    let mut told = match act {
        "pull" => new(
            FeedAct::Pull,
            format!("Pull {name} now"),
            "Pull it",
            "feed-pulled",
        ),
        "stop" => new(
            FeedAct::Stop,
            format!("Stop the pull of {name}"),
            "Stop it",
            "feed-stopped",
        ),
        "pause" => new(FeedAct::Pause, format!("Pause {name}"), "Pause it", "feed-paused"),
        "resume" => new(
            FeedAct::Resume,
            format!("Resume {name}"),
            "Resume it",
            "feed-resumed",
        ),
        "trial" => new(
            FeedAct::Trial,
            format!("Put {name} back on trial"),
            "Put it back",
            "feed-trial",
        ),
        "block" => new(
            FeedAct::Block,
            format!("Let {name} block"),
            "Let it block",
            "feed-blocks",
        ),
        "accept" => new(
            FeedAct::Accept,
            format!("Take the held pull of {name}"),
            "Take it",
            "feed-accepted",
        ),
        "discard" => new(
            FeedAct::Discard,
            format!("Leave the held pull of {name}"),
            "Leave it",
            "feed-discarded",
        ),
        "false" => new(
            FeedAct::False,
            "A value is false".to_owned(),
            "It is false",
            "feed-false",
        ),
        "remove" => Told {
            act: None,
            ..new(
                FeedAct::Trial,
                format!("Remove {name}"),
                "Remove it",
                "feed-removed",
            )
        },
        _ => return Err(no("page")),
    };
    let effect = match act {
        "pull" => "Its publisher is asked now. What looks wrong is held, and changes nothing.",
        "stop" => "What came so far is thrown away. What is in force stays.",
        "pause" => "It is pulled no more. What is in force loses its worth with time, and ends.",
        "resume" => "It is pulled again at once, and then on its schedule.",
        "trial" => "Nothing of it is blocked any more; its values are still detected.",
        "block" => {
            "What is sure enough and not popular is blocked for the audiences it serves, at once. You are the second \
             person."
        }
        "accept" => "Its values are in force from now on, and those that are gone begin to lose their worth.",
        "discard" => {
            "It is thrown away, and just the same content is not shown again. What is in force stays."
        }
        "false" => "No feed of this node lists it any more, and it counts against those that did.",
        _ => "Nothing of it is in force any more. Its values and its pulls are forgotten.",
    };
    told.facts.push(pair("Effect", effect));
    if let Some(trial) = view.trial.as_ref().filter(|_| act == "block") {
        told.facts.push(pair(
            "Seen since it is on trial",
            format!(
                "{} in {}",
                counted(trial.seen as u64, "value", "values"),
                counted(trial.sightings, "look-up", "look-ups")
            ),
        ));
        told.facts.push(pair(
            "Of them would have been blocked",
            format!(
                "{} in {}",
                counted(trial.would_block as u64, "value", "values"),
                counted(trial.would_block_sightings, "look-up", "look-ups")
            ),
        ));
        told.facts.push(pair(
            "Values that many use: only detected",
            count(trial.popular as u64),
        ));
        if view.set_by_you {
            told.blocked = Some("You added or changed it last: somebody else lets it block.".to_owned());
        }
    }
    match (act, &view.held) {
        ("accept" | "discard", Some(held)) => {
            told.facts.push(pair("Held because", &held.reason));
            told.facts.push(pair("Values in it", count(held.values as u64)));
            told.facts.push(pair("New", count(held.new as u64)));
            told.facts.push(pair("Gone", count(held.gone as u64)));
            told.facts.push(pair("Refused", count(held.refused.total)));
            told.undo = Undo::Cannot(match act {
                "accept" => "The pull before is not kept; the next pull replaces it.".to_owned(),
                _ => "What is thrown away is asked for again only when its publisher changes it.".to_owned(),
            });
        }
        ("accept" | "discard", None) => told.blocked = Some("Nothing is held.".to_owned()),
        ("block", _) | ("trial", _) => told.severe = true,
        ("remove", _) => {
            told.severe = true;
            told.undo = Undo::Cannot(format!(
                "It can be added again, and begins on trial. A share of {GONE_PERCENT_DEFAULT} percent and all else is \
                 then said anew."
            ));
        }
        ("pull" | "stop", _) => told.undo = Undo::Can("There is nothing to undo.".to_owned()),
        ("false", _) => {
            told.facts.insert(0, pair("Value", typed.get("value")));
            told.undo = Undo::Can("At the command line: accord feed not-false.".to_owned());
            told.reason = Some(("How is it known?", "Kept beside the value, for your own people."));
            if typed.get("value").is_empty() {
                told.blocked = Some("Say which value: from the feed's page.".to_owned());
            }
        }
        _ => {}
    }
    Ok(told)
}

fn before(view: &FeedView, act: &str, told: &Told) -> Before {
    Before {
        title: told.title.clone(),
        verb: told.verb.to_owned(),
        severe: told.severe,
        facts: told.facts.clone(),
        body: String::new(),
        marking: None,
        readers: Readers::All("Nobody outside is told. Audiences are served what is in force.".to_owned()),
        undo: told.undo.clone(),
        reason: told.reason,
        blocked: told.blocked.clone(),
        place: Href::of(&["protection", "feeds", &view.name, act]),
        back: place(&view.name),
    }
}

async fn show(page: &Page, view: &FeedView, act: &str, typed: &Typed, errors: Vec<FieldError>) -> Paged {
    let told = told(page, view, act, typed)?;
    let shell = page.shell(Part::Protection).await;
    let carries = carried(typed, CARRIED);
    before_of(
        page,
        (shell, &view.name),
        before(view, act, &told),
        &carries,
        (typed, errors),
    )
}

/// What the page before an act begins with: the value of its address, and the pull that is held now.
fn first(page: &Page, view: &FeedView, act: &str) -> Typed {
    let mut fields = Vec::new();
    if act == "false" {
        fields.push(("value".to_owned(), page.query("value").to_owned()));
    }
    if let (true, Some(held)) = (matches!(act, "accept" | "discard"), &view.held) {
        fields.push(("sha256".to_owned(), held.sha256.clone()));
    }
    Typed::of(fields)
}

/// Before it.
pub(super) async fn ask(page: Page, Path((name, act)): Path<(String, String)>) -> Paged {
    let view = page.node.feed(&page.who, &name).await?;
    let typed = first(&page, &view, &act);
    show(&page, &view, &act, &typed, Vec::new()).await
}

/// It.
pub(super) async fn act(Path((name, act)): Path<(String, String)>, posted: Posted) -> Paged {
    let page = &posted.page;
    let removed = || done(Href::of(&["protection", "feeds"]), "feed-removed", None);
    if act == "remove" && posted.was_done().await? {
        return Ok(removed());
    }
    let view = page.node.feed(&page.who, &name).await?;
    let told = told(page, &view, &act, &posted.typed)?;
    let carries = carried(&posted.typed, CARRIED);
    if !confirms_of(&posted, &name, &before(&view, &act, &told), &carries).await? {
        let typed = match carries.is_empty() {
            true => first(page, &view, &act),
            false => posted.typed.clone(),
        };
        return show(page, &view, &act, &typed, Vec::new()).await;
    }
    let Some(wanted) = told.act else {
        posted.once(page.node.remove_feed(&page.who, &name)).await?;
        return Ok(removed());
    };
    let optional = |field: &str| Some(posted.typed.get(field).to_owned()).filter(|text| !text.is_empty());
    let wanted = FeedDo {
        value: optional("value"),
        reason: optional("reason"),
        sha256: optional("sha256"),
        ..FeedDo::of(wanted)
    };
    match posted.once(page.node.do_feed(&page.who, &name, &wanted)).await {
        Ok(_) => Ok(done(place(&name), told.done, None)),
        Err(error) => {
            let wrong = problems(error, &[("reason", "reason")])?;
            show(page, &view, &act, &posted.typed, wrong).await
        }
    }
}
