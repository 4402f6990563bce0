//! What was seen together on a case, on its Intel tab: saying it, promoting values of it, clearing them.

use std::collections::BTreeSet;

use accord_model::content::{SeenIn, SeenTogether};
use accord_model::{Category, EntryKind, Tlp};
use accord_service::{Act, Decided, LinkAct, LinkDo, LinkPlan, LinkValue, LinkView, NewLinks, ServiceError};
use axum::extract::Path;

use super::Case;
use super::requests::{field, pair, pick, wrong};
use super::steps::{self, Asked, Before};
use crate::web::routes::failed::{Failed, Paged, no};
use crate::web::routes::frame::{Page, done};
use crate::web::routes::posted::{Posted, Typed};
use crate::web::routes::times::{count, minute, parse_minute, when};
use crate::web::view::release::Undo;
use crate::web::view::tab::{Row, Section};
use crate::web::view::write::{Field, Shape};
use crate::web::view::{Actor, Href, Link, Mark, Pair};

/// Links on the tab; the API has more.
const SHOWN: usize = 20;

/// What a value is to who reads the row of a link.
fn value_words(value: &LinkValue) -> String {
    let mut words: Vec<String> = value.says.iter().chain(&value.because).cloned().collect();
    words.extend(
        value
            .apart
            .as_ref()
            .map(|why| format!("passes no verdict on and receives none: {why}")),
    );
    words.extend(value.cleared.as_ref().map(|said| {
        let who = match &said.name {
            Some(name) => format!("{name} of {}", said.org),
            None => said.org.to_string(),
        };
        format!("cleared by {who}, {}: {}", when(said.at_ms).shown, said.reason)
    }));
    if words.is_empty() {
        words.push("nothing is done about it".to_owned());
    }
    words.join("; ")
}

/// Where an act on values of a link begins.
fn act_href<'a>(case: &str, act: LinkAct, values: impl Iterator<Item = &'a str>) -> Href {
    let place = Href::of(&["cases", case, "intel", "links", act.as_str()]);
    values.fold(place, |place, value| place.with("value", value))
}

/// A link with what is known of each of its values. `may`: what may be done about it from here.
pub(in crate::web::routes) fn row(view: &LinkView, may: &[LinkAct]) -> Row {
    let case = view.case.to_string();
    let all = || view.values.iter().map(|one| one.value.as_str());
    let link = |label: &str, href| Link {
        label: label.to_owned(),
        href,
    };
    let mut links = Vec::new();
    let mut promoted = view
        .values
        .iter()
        .filter(|one| one.by_link != "none" && !one.published)
        .map(|one| one.value.as_str())
        .peekable();
    if may.contains(&LinkAct::Promote) && promoted.peek().is_some() {
        links.push(link("Promote", act_href(&case, LinkAct::Promote, promoted)));
    }
    if may.contains(&LinkAct::Clear) {
        links.push(link("Clear", act_href(&case, LinkAct::Clear, all())));
    }
    let is_cleared = !view.cleared.is_empty() || view.values.iter().any(|one| one.cleared.is_some());
    if may.contains(&LinkAct::TakeBack) && is_cleared {
        links.push(link(
            "Take the clearing back",
            act_href(&case, LinkAct::TakeBack, all()),
        ));
    }
    let seen = match view.count {
        1 => format!("one {}", view.seen_in),
        many => format!("{} {}s", count(many), view.seen_in),
    };
    let by: Vec<&str> = view.by.iter().map(|one| one.org.as_str()).collect();
    let mut facts: Vec<Pair> = view
        .values
        .iter()
        .map(|one| pair(&one.value, value_words(one)))
        .collect();
    facts.extend(view.cleared.iter().map(|said| {
        let words = format!("says nothing, by {}: {}", said.org, said.reason);
        pair("That they were seen together", words)
    }));
    Row {
        title: format!("In {seen}"),
        actor: Some(Actor {
            organisation: by.join(", "),
            person: None,
        }),
        at: Some(when(view.last_ms)),
        facts,
        links,
        ..Row::default()
    }
}

/// What of this somebody who writes these kinds of notes may do.
fn may(writes: &[EntryKind]) -> Vec<LinkAct> {
    let mut may = Vec::new();
    if writes.contains(&EntryKind::IndicatorPublished) {
        may.push(LinkAct::Promote);
    }
    if writes.contains(&EntryKind::LinkCleared) {
        may.extend([LinkAct::Clear, LinkAct::TakeBack]);
    }
    may
}

/// The section of the Intel tab; none where the person sees no sightings.
pub(super) async fn section(page: &Page, case: &Case) -> Result<Option<Section>, Failed> {
    let sees = case.view.sees.as_ref();
    if sees.is_some_and(|categories| !categories.contains(&Category::Sighting)) {
        return Ok(None);
    }
    let shown = page.node.case_links(&page.who, case.space, SHOWN).await?;
    let may = may(&case.view.writes);
    let mut lede =
        "Values seen in one mail or one download. What is done about one is told of the others; nothing \
                    is served because of it."
            .to_owned();
    if shown.total > shown.links.len() {
        lede.push_str(&format!(
            " {} of {}, those said last.",
            shown.links.len(),
            count(shown.total as u64)
        ));
    }
    let says = case.view.writes.contains(&EntryKind::LinkSeen);
    Ok(Some(Section {
        heading: "Seen together".to_owned(),
        lede,
        actions: says
            .then(|| Link {
                label: "Say what was seen together".to_owned(),
                href: case.href(&["intel", "links", "say"]),
            })
            .into_iter()
            .collect(),
        rows: shown.links.iter().map(|view| row(view, &may)).collect(),
        empty: (
            "Nothing was seen together on this case.".to_owned(),
            "Bring a mail in, and say that its sender, its links and its files were seen in one.".to_owned(),
        ),
    }))
}

fn marking_field(typed: &Typed) -> Field {
    let all = Tlp::ALL
        .iter()
        .map(|tlp| (tlp.as_str().to_owned(), tlp.as_str().to_owned()));
    pick(typed, "marking", "Marking", false, all)
}

fn marking(typed: &Typed) -> accord_service::Result<Tlp> {
    let given = typed.get("marking").parse();
    given.map_err(|_| ServiceError::invalid("marking", "choose how far it may travel"))
}

fn lines(typed: &Typed, name: &str) -> Vec<String> {
    let lines = typed.raw(name).lines().map(str::trim);
    lines.filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// A form that was not sent yet, with the values that its address names.
fn first(page: &Page, now: String) -> Typed {
    let values: Vec<&str> = page.queries("value").collect();
    Typed::of(vec![
        ("values".to_owned(), values.join("\n")),
        ("marking".to_owned(), Tlp::Amber.as_str().to_owned()),
        ("seen_in".to_owned(), SeenIn::Mail.as_str().to_owned()),
        ("at".to_owned(), now),
        ("count".to_owned(), "1".to_owned()),
    ])
}

const SAY_FIELDS: [&str; 6] = ["seen_in", "values", "at", "count", "from", "marking"];
const DO_FIELDS: [&str; 3] = ["values", "reason", "marking"];

async fn show_saying(page: &Page, case: &Case, typed: &Typed) -> Paged {
    let seen_in = [("mail", "one mail"), ("download", "one download")];
    let seen_in = seen_in.map(|(word, label)| (word.to_owned(), label.to_owned()));
    let asked = Asked {
        tab: "Intel",
        title: "Say what was seen together".to_owned(),
        lede: "The address it was sent from, where it points to, what it carries. No customer and no mailbox.",
        about: Vec::new(),
        fields: vec![
            pick(typed, "seen_in", "Seen in", false, seen_in),
            field(
                typed,
                "values",
                "Values",
                "One a line, 2 to 16: addresses, names, URLs, digests of files.",
                Shape::Values,
                false,
            ),
            field(typed, "at", "First seen (UTC)", "", Shape::Moment, false),
            field(typed, "count", "How often", "", Shape::Mono, false),
            field(
                typed,
                "from",
                "Where it was seen",
                "An analysis, a gateway, a sensor.",
                Shape::Line,
                true,
            ),
            marking_field(typed),
        ],
        carried: Vec::new(),
        place: case.href(&["intel", "links", "say"]),
        back: case.href(&["intel"]),
    };
    steps::ask(page, case, typed, asked).await
}

fn links_of(typed: &Typed) -> accord_service::Result<NewLinks> {
    let count = typed.get("count").parse();
    Ok(NewLinks {
        title: None,
        marking: marking(typed)?,
        to: Vec::new(),
        links: vec![SeenTogether {
            seen_in: typed
                .get("seen_in")
                .parse()
                .map_err(|_| ServiceError::invalid("seen_in", "choose a mail or a download"))?,
            values: lines(typed, "values"),
            at_ms: parse_minute(typed.get("at"))
                .ok_or_else(|| ServiceError::invalid("at", "give a time, such as 2026-11-01T00:00"))?,
            count: count.map_err(|_| ServiceError::invalid("count", "a whole number, at least 1"))?,
        }],
        from: Some(typed.get("from").to_owned()).filter(|from| !from.is_empty()),
        expect: None,
    })
}

fn before_saying(case: &Case, new: &NewLinks, decided: &[Decided]) -> Before {
    let mut facts = Vec::new();
    for one in &new.links {
        facts.push(pair("Seen in", format!("{} {}", count(one.count), one.seen_in)));
        facts.push(pair("Values", one.values.join(", ")));
        facts.push(pair("First seen", when(one.at_ms).shown));
    }
    facts.extend(new.from.iter().map(|from| pair("Where", from.clone())));
    Before {
        title: "Say what was seen together".to_owned(),
        verb: "Say it".to_owned(),
        severe: false,
        facts,
        body: String::new(),
        marking: Some(Mark(new.marking)),
        readers: case.readers(decided),
        undo: Undo::Can("Clear it: then it says nothing any more. What was read stays known.".to_owned()),
        reason: None,
        blocked: None,
        place: case.href(&["intel", "links", "say"]),
        back: case.href(&["intel"]),
    }
}

async fn say(case: &Case, posted: &Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    Act::ShareSightings.ask(&page.who)?;
    let names = ["seen_in", "values", "at", "count", "from", "marking", "links"];
    let looked = match links_of(typed) {
        Ok(new) => {
            let preview = page.node.preview_links(&page.who, case.space, &new).await;
            preview.map(|decided| (new, decided))
        }
        Err(error) => Err(error),
    };
    let (new, decided) = match looked {
        Ok(looked) => looked,
        Err(error) => return show_saying(page, case, &typed.clone().wrong(wrong(error, &names)?)).await,
    };
    let before = before_saying(case, &new, &decided);
    let carried = steps::carried(typed, &SAY_FIELDS);
    if !steps::confirms(posted, case, &before, &carried).await? {
        return steps::before(page, case, before, &carried, typed, Vec::new()).await;
    }
    let reached: BTreeSet<_> = decided
        .iter()
        .filter(|one| one.is_yes())
        .map(|one| one.to.clone())
        .collect();
    let new = NewLinks {
        expect: Some(reached),
        ..new
    };
    match posted
        .once(page.node.say_links(&page.who, case.space, &new))
        .await
    {
        Ok(said) => Ok(done(case.href(&["intel"]), "links-said", Some(said.at))),
        Err(error) => show_saying(page, case, &typed.clone().wrong(wrong(error, &names)?)).await,
    }
}

/// The words of an act: its heading, what it does, its verb, and what is said once it is done.
fn words(act: LinkAct) -> (&'static str, &'static str, &'static str, &'static str) {
    match act {
        LinkAct::Promote => (
            "Promote what was seen together",
            "The values become indicators of this case. Where you give verdicts they are detected at once, silently; \
             otherwise you wish it.",
            "Promote",
            "links-promoted",
        ),
        LinkAct::Clear => (
            "Clear what was seen together",
            "One value: it is not malicious, and an indicator of yours with it is withdrawn. Several: that they were \
             seen together says nothing of any of them.",
            "Clear",
            "links-cleared",
        ),
        LinkAct::TakeBack => (
            "Take a clearing back",
            "The same values that were cleared, one or several: they are cleared no longer.",
            "Take it back",
            "links-taken-back",
        ),
    }
}

fn act_of(word: &str) -> Result<LinkAct, Failed> {
    let found = LinkAct::ALL.into_iter().find(|act| act.as_str() == word);
    found.ok_or_else(|| no("page"))
}

/// The refusal of who writes no such notes on the case.
fn not_a_writer() -> ServiceError {
    ServiceError::denied(
        "what was seen together is said, promoted and cleared by somebody who is named on the case with a role that \
         writes it: a researcher, investigator or case officer",
    )
}

async fn show(page: &Page, case: &Case, act: LinkAct, typed: &Typed) -> Paged {
    if !may(&case.view.writes).contains(&act) {
        return Err(not_a_writer().into());
    }
    let (title, lede, ..) = words(act);
    let asked = Asked {
        tab: "Intel",
        title: title.to_owned(),
        lede,
        about: Vec::new(),
        fields: vec![
            field(
                typed,
                "values",
                "Values",
                "One a line; leave those that you mean.",
                Shape::Values,
                false,
            ),
            field(
                typed,
                "reason",
                "Why",
                "Every recipient reads it.",
                Shape::Prose,
                false,
            ),
            marking_field(typed),
        ],
        carried: Vec::new(),
        place: case.href(&["intel", "links", act.as_str()]),
        back: case.href(&["intel"]),
    };
    steps::ask(page, case, typed, asked).await
}

fn before_act(case: &Case, what: &LinkDo, plan: &LinkPlan) -> Before {
    let (title, _, verb, _) = words(what.act);
    let mut facts = vec![pair("Values", what.values.join(", "))];
    facts.extend(plan.notes.iter().map(|note| {
        let waits = if note.second {
            ", once a second person agrees"
        } else {
            ""
        };
        pair("It says", format!("{}{waits}", note.title))
    }));
    if !plan.second.is_empty() {
        facts.push(pair("Many use", plan.second.join(", ")));
    }
    facts.extend(plan.stays.iter().map(|words| pair("Stays", words.clone())));
    Before {
        title: title.to_owned(),
        verb: verb.to_owned(),
        severe: false,
        facts,
        body: what.reason.clone(),
        marking: Some(Mark(what.marking)),
        readers: case.readers(plan.notes.iter().flat_map(|note| &note.decisions)),
        undo: match what.act {
            LinkAct::Promote => Undo::Can("Clear a value: its indicator is withdrawn.".to_owned()),
            LinkAct::Clear => Undo::Can("Take it back; an indicator is published anew.".to_owned()),
            LinkAct::TakeBack => Undo::Can("Clear it again.".to_owned()),
        },
        reason: None,
        blocked: None,
        place: case.href(&["intel", "links", what.act.as_str()]),
        back: case.href(&["intel"]),
    }
}

async fn decide(case: &Case, act: LinkAct, posted: &Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    let (.., told) = words(act);
    if posted.was_done().await? {
        return Ok(done(case.href(&["intel"]), told, None));
    }
    let given = marking(typed).map(|marking| LinkDo {
        act,
        values: lines(typed, "values"),
        reason: typed.get("reason").replace("\r\n", "\n"),
        marking,
        to: Vec::new(),
        expect: None,
    });
    let looked = match given {
        Ok(what) if what.reason.is_empty() => Err(ServiceError::invalid("reason", "say why")),
        Ok(what) => {
            let plan = page.node.plan_link(&page.who, case.space, &what).await;
            plan.map(|plan| (what, plan))
        }
        Err(error) => Err(error),
    };
    let (what, plan) = match looked {
        Ok(looked) => looked,
        Err(error) => return show(page, case, act, &typed.clone().wrong(wrong(error, &DO_FIELDS)?)).await,
    };
    let before = before_act(case, &what, &plan);
    let carried = steps::carried(typed, &DO_FIELDS);
    if !steps::confirms(posted, case, &before, &carried).await? {
        return steps::before(page, case, before, &carried, typed, Vec::new()).await;
    }
    let what = LinkDo {
        expect: Some(plan.reaches),
        ..what
    };
    match posted.once(page.node.do_link(&page.who, case.space, &what)).await {
        Ok(said) => {
            let at = said.notes.first().map(|note| note.at);
            let told = if at.is_none() { "second-asked" } else { told };
            Ok(done(case.href(&["intel"]), told, at))
        }
        Err(error) => show(page, case, act, &typed.clone().wrong(wrong(error, &DO_FIELDS)?)).await,
    }
}

/// `/cases/ID/intel/links/ACT`.
pub(in super::super) async fn form(page: Page, Path((text, act)): Path<(String, String)>) -> Paged {
    let case = Case::load(&page, &text).await?;
    let typed = first(&page, minute(page.now()));
    if act == "say" {
        if !case.view.writes.contains(&EntryKind::LinkSeen) {
            return Err(not_a_writer().into());
        }
        return show_saying(&page, &case, &typed).await;
    }
    show(&page, &case, act_of(&act)?, &typed).await
}

/// Does it, once what it does was shown.
pub(in super::super) async fn act(Path((text, act)): Path<(String, String)>, posted: Posted) -> Paged {
    let case = Case::load(&posted.page, &text).await?;
    if act == "say" {
        return say(&case, &posted).await;
    }
    decide(&case, act_of(&act)?, &posted).await
}
