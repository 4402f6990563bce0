//! What is kept of a lead: calling one back, a recipient's word on that, holds, and the page of a lead that was called
//! back, which shows none of its words.

use accord_model::{EntryRef, OrgName};
use accord_service::{
    Act, LeadKeeping, LeadNote, LeadPart, LeadRecall, NewLeadHold, RecallAnswer, ServiceError,
};

use super::{Row, Section, Shape, choice, chosen, field, lead_href, link, optional, pair};
use crate::web::render;
use crate::web::routes::case::keeping::recall_facts;
use crate::web::routes::case::requests::{moment, wrong};
use crate::web::routes::case::steps::{Before, before_of, carried, confirms_of};
use crate::web::routes::failed::{Failed, Paged, no};
use crate::web::routes::frame::{Page, Part, anchor, done, html};
use crate::web::routes::posted::{Posted, Typed};
use crate::web::routes::times::{counted, day, minute, when};
use crate::web::view::ask::{AskPage, Asks};
use crate::web::view::release::{Readers, Undo};
use crate::web::view::{Actor, Href, Link, Pair, State, Tone};

/// What is done with a lead here.
pub(super) const ACTS: [&str; 4] = ["recall", "receipt", "hold", "lift"];
const RECEIPT: &[&str] = &["done", "backup", "onward", "note"];
const HOLD: &[&str] = &["reference", "reason"];
const READ_BY: &str = "All parties of the agreement read it, and it stays: name nothing that the lead says.";

fn names(orgs: &[OrgName]) -> String {
    match orgs {
        [] => "nobody".to_owned(),
        orgs => orgs.iter().map(OrgName::as_str).collect::<Vec<_>>().join(", "),
    }
}

fn by(org: &OrgName) -> Option<Actor> {
    Some(Actor {
        organisation: org.to_string(),
        person: None,
    })
}

fn state(word: impl Into<String>, tone: Tone) -> State {
    State {
        word: word.into(),
        tone,
    }
}

const fn what(part: LeadPart) -> &'static str {
    match part {
        LeadPart::Lead => "the lead",
        LeadPart::Values => "values of the lead",
        LeadPart::Feedback => "a word on the lead",
    }
}

fn given(typed: &Typed, name: &'static str, words: &str) -> Result<String, ServiceError> {
    match typed.get(name) {
        "" => Err(ServiceError::invalid(name, words)),
        text => Ok(text.replace("\r\n", "\n")),
    }
}

/// Links of a lead's page to what is done here.
pub(super) fn links(page: &Page, at: EntryRef, ours: bool) -> Vec<Link> {
    let mut all = Vec::new();
    if ours && page.may(Act::Recall) {
        all.push(link("Call it back", lead_href(at, &["recall"])));
    }
    if page.may(Act::Hold) {
        all.push(link("Place a hold", lead_href(at, &["hold"])));
    }
    all
}

/// Until when what there is of a lead is kept, and what holds it.
pub(super) fn section(page: &Page, keeping: &LeadKeeping) -> Section {
    let held = keeping.holds.iter().filter(|hold| hold.lifted.is_none());
    let mut rows: Vec<Row> = held
        .map(|hold| {
            let ours = hold.org.as_str() == page.own() && page.may(Act::Hold);
            let lift = hold.entry.filter(|_| ours).map(|entry| {
                let place = lead_href(entry, &["lift"]).with("hold", &hold.at.to_string());
                link(&format!("Lift {}", hold.reference), place)
            });
            Row {
                anchor: anchor(hold.at),
                title: format!("Hold {}", hold.reference),
                state: Some(state("stands", Tone::Good)),
                actor: by(&hold.org),
                at: Some(when(hold.when_ms)),
                text: vec![hold.reason.clone()],
                links: lift.into_iter().collect(),
                ..Row::default()
            }
        })
        .collect();
    let now = page.now();
    rows.extend(keeping.kept.iter().map(|copy| Row {
        title: match copy.title.as_str() {
            "" => "Our copy of what was called back".to_owned(),
            title => format!("Our copy: {title}"),
        },
        soft: copy.category.to_string().replace('-', " "),
        state: Some(match (copy.held, copy.over_ms <= now) {
            (true, _) => state("a hold keeps it", Tone::Good),
            (_, true) => state("its time is over: it goes with the next run", Tone::Waiting),
            _ => state(format!("destroyed on {}", day(copy.over_ms)), Tone::Quiet),
        }),
        actor: by(&copy.org),
        facts: vec![pair(
            "Kept",
            format!(
                "{} from {}",
                counted(u64::from(copy.days), "day", "days"),
                day(copy.from_ms)
            ),
        )],
        ..Row::default()
    }));
    rows.extend(
        keeping
            .given
            .iter()
            .filter(|given| !given.until.is_empty())
            .map(|given| {
                let until = given.until.iter();
                Row {
                    title: match given.title.as_str() {
                        "" => "What we called back".to_owned(),
                        title => title.to_owned(),
                    },
                    soft: given.category.to_string().replace('-', " "),
                    facts: until
                        .map(|(org, until)| pair(org.as_str(), format!("keeps it until {}", day(*until))))
                        .collect(),
                    ..Row::default()
                }
            }),
    );
    Section {
        heading: "How long it is kept".to_owned(),
        rows,
        empty: (
            "Nobody else has anything of it yet.".to_owned(),
            "Once it was released, here stands until when each side keeps it.".to_owned(),
        ),
        ..Section::default()
    }
}

/// One recall, as a row.
pub(super) fn recall_row(page: &Page, one: &LeadRecall) -> Row {
    let ours = one.recall.org.as_str() == page.own();
    let mut facts = recall_facts(&one.recall);
    if !one.with.is_empty() {
        let values = counted(one.with.len() as u64, "note with values", "notes with values");
        facts.push(pair("With it", values));
    }
    if !one.passed_on.is_empty() {
        facts.push(pair("We passed it on to", names(&one.passed_on)));
    }
    let word = match (one.waits_for_us, one.recall.waits_for.is_empty(), ours) {
        (true, ..) => state("waits for us", Tone::Waiting),
        (_, true, true) => state("everybody answered", Tone::Good),
        (_, true, false) => state("use has stopped", Tone::Quiet),
        _ => state("not answered by everybody", Tone::Waiting),
    };
    let at = one.recall.entry;
    let mut links = vec![link("The recall", lead_href(at, &[]))];
    if one.waits_for_us && page.may(Act::Receipt) {
        links.push(link("Say what we did", lead_href(at, &["receipt"])));
    }
    Row {
        anchor: anchor(one.recall.at),
        title: format!(
            "{} called {} back",
            one.recall.org,
            one.what.map_or("something that came before a case", what)
        ),
        state: Some(word),
        actor: by(&one.recall.org),
        at: Some(when(one.recall.when_ms)),
        text: vec![one.recall.reason.clone()],
        facts,
        links,
        ..Row::default()
    }
}

/// The recalls of leads, where there are any.
pub(super) async fn list(page: &Page) -> Result<Option<Section>, Failed> {
    let all = page.node.lead_recalls(&page.who).await?;
    Ok((!all.is_empty()).then(|| Section {
        heading: "Called back".to_owned(),
        lede: "Nothing of it is used any more.".to_owned(),
        rows: all.iter().map(|one| recall_row(page, one)).collect(),
        ..Section::default()
    }))
}

/// The page of a lead that was called back.
pub(super) async fn recalled(page: &Page, at: EntryRef) -> Paged {
    let one = page.node.lead_recall(&page.who, at).await?;
    let ours = one.recall.org.as_str() == page.own();
    let mut row = recall_row(page, &one);
    row.links.clear();
    if one.waits_for_us && page.may(Act::Receipt) {
        row.links
            .push(link("Say what we did", lead_href(at, &["receipt"])));
    }
    if one.recall.held_here && !one.held && page.may(Act::Hold) {
        row.links.push(link("Place a hold", lead_href(at, &["hold"])));
    }
    row.facts.push(pair(
        "Our copy",
        match (one.recall.held_here, one.held, ours) {
            (true, _, true) => "stays with us, for the court, and is used no more",
            (true, true, _) => "is kept under a hold, and used no more",
            (true, false, _) => "is in our store, and used no more",
            (false, ..) => "is not in our store",
        },
    ));
    if !ours {
        row.facts.push(pair(
            "What we wrote ourselves",
            "stays where it is: a case that rests on the lead names its title. Look whether it may.",
        ));
    }
    let mut sections = vec![Section {
        heading: "The recall".to_owned(),
        rows: vec![row],
        ..Section::default()
    }];
    let onward = one.passed_as.iter().map(|passed| Row {
        title: format!("Our lead to {}", names(&passed.to)),
        state: Some(if passed.recalled {
            state("called back", Tone::Quiet)
        } else {
            state("still in use there", Tone::Bad)
        }),
        links: if passed.recalled || !page.may(Act::Recall) {
            vec![link("Open", lead_href(passed.lead, &[]))]
        } else {
            vec![link("Call it back too", lead_href(passed.lead, &["recall"]))]
        },
        ..Row::default()
    });
    let onward: Vec<Row> = onward.collect();
    if !onward.is_empty() {
        sections.push(Section {
            heading: "Where we passed it on".to_owned(),
            rows: onward,
            ..Section::default()
        });
    }
    match page.node.lead_keeping(&page.who, at).await {
        Ok(keeping) => sections.push(section(page, &keeping)),
        // Nothing of it is here any more.
        Err(ServiceError::NotFound(_)) => {}
        Err(other) => return Err(other.into()),
    }
    html(render::render_ask(&AskPage {
        shell: page.shell(Part::Threats).await,
        case: None,
        title: "A lead that was called back".to_owned(),
        lede: "That there was one stays; what it said is shown to nobody.".to_owned(),
        notice: Vec::new(),
        asks: None,
        sections,
        links: vec![link("All leads", Href::of(&["threats"]))],
    }))
}

/// Whom what is said on an agreement's ledger reaches.
fn agreement_reads() -> Readers {
    Readers::All("All parties of the agreement read it.".to_owned())
}

fn calling_back(page: &Page, note: &LeadNote) -> Result<Before, Failed> {
    Act::Recall.ask(&page.who)?;
    let values = match note.values {
        0 => "nothing else".to_owned(),
        many => format!("its {}", counted(many as u64, "value", "values")),
    };
    Ok(Before {
        title: format!("Call back: {}", note.title),
        verb: "Call it back".to_owned(),
        severe: true,
        facts: vec![
            pair("What", what(note.what)),
            pair("Written", when(note.when_ms).shown),
            pair("With it goes", values),
            pair("Who has it", names(&note.released_to)),
            pair(
                "At once",
                "its words are shown to nobody any more, here and on every node that hears of it; lists, searches, what \
                 is also seen elsewhere and files for other programs leave it out",
            ),
            pair(
                "Then",
                "whoever has it says what it did: deleted, or kept unused under a hold; until when a backup holds it; and \
                 to whom it had passed it on",
            ),
            pair(
                "It stays",
                "that there was a lead, our own copy for the court, and what they wrote in words of their own",
            ),
            pair(
                "Who reads why",
                "All parties of the agreement, also those who never had it.",
            ),
        ],
        body: String::new(),
        marking: None,
        readers: agreement_reads(),
        undo: Undo::Cannot("A recall holds for good. Refer it again, corrected.".to_owned()),
        reason: Some(("Why is it called back?", READ_BY)),
        blocked: match (note.ours, note.recalled) {
            (_, true) => Some("It was called back already.".to_owned()),
            (false, _) => Some(format!(
                "{} gave it: only they call it back. Ask them; a hold keeps our copy.",
                note.org
            )),
            _ => None,
        },
        place: lead_href(note.at, &["recall"]),
        back: lead_href(note.lead, &[]),
    })
}

fn lifting(page: &Page, note: &LeadNote, keeping: &LeadKeeping, hold: &str) -> Result<Before, Failed> {
    Act::Hold.ask(&page.who)?;
    let found = keeping.holds.iter().find(|known| known.at.to_string() == hold);
    let found = found.ok_or_else(|| no("hold"))?;
    let now = page.now();
    let together = keeping.holds.iter().filter(|known| {
        known.org == found.org && known.lifted.is_none() && known.reference == found.reference
    });
    let freed = keeping.kept.iter().filter(|copy| {
        let others = keeping.holds.iter().any(|known| {
            known.lifted.is_none() && known.entry == Some(copy.entry) && known.reference != found.reference
        });
        copy.over_ms <= now && !others
    });
    Ok(Before {
        title: format!("Lift the hold {}", found.reference),
        verb: "Lift the hold".to_owned(),
        severe: true,
        facts: vec![
            pair(
                "It covers",
                counted(together.count() as u64, "note of this lead", "notes of this lead"),
            ),
            pair(
                "Here",
                match freed.count() as u64 {
                    0 => "nothing that it keeps is over its time yet".to_owned(),
                    many => format!(
                        "{} whose time is over: destroyed with the next run, within the hour",
                        counted(many, "copy", "copies")
                    ),
                },
            ),
        ],
        body: found.reason.clone(),
        marking: None,
        readers: agreement_reads(),
        undo: Undo::Cannot("A new hold keeps what is still there, and brings nothing back.".to_owned()),
        reason: Some(("Why is it lifted?", READ_BY)),
        blocked: match (found.org.as_str() == page.own(), found.lifted) {
            (false, _) => Some(format!("{} placed it, and lifts it.", found.org)),
            (_, Some(_)) => Some("It was lifted already.".to_owned()),
            _ => None,
        },
        place: lead_href(note.at, &["lift"]),
        back: lead_href(note.lead, &[]),
    })
}

/// A field that is carried from the first step to the second.
type Carried = (String, String);

/// Shows what will happen.
async fn show(page: &Page, at: EntryRef, before: Before, kept: &[Carried], typed: &Typed) -> Paged {
    let shell = page.shell(Part::Threats).await;
    before_of(page, (shell, &at.to_string()), before, kept, (typed, Vec::new()))
}

async fn ask(page: &Page, at: EntryRef, asked: (&str, &str, Vec<Pair>, Asks)) -> Paged {
    let (title, lede, facts, asks) = asked;
    html(render::render_ask(&AskPage {
        shell: page.shell(Part::Threats).await,
        case: None,
        title: title.to_owned(),
        lede: lede.to_owned(),
        notice: Vec::new(),
        sections: vec![Section {
            heading: "What it is about".to_owned(),
            rows: vec![Row {
                title: title.to_owned(),
                facts,
                ..Row::default()
            }],
            ..Section::default()
        }],
        asks: Some(asks),
        links: vec![link("Back, with nothing done", lead_href(at, &[]))],
    }))
}

async fn ask_hold(page: &Page, at: EntryRef, typed: &Typed) -> Paged {
    Act::Hold.ask(&page.who)?;
    let note = page.node.lead_note(&page.who, at).await?;
    let facts = vec![
        pair("It covers", what(note.what)),
        pair("Of", note.org.to_string()),
        pair(
            "Effect",
            "nobody destroys it while the hold stands; of what was called back the copy stays, unused",
        ),
    ];
    let asks = Asks {
        heading: "The hold".to_owned(),
        form: typed.form(page, lead_href(at, &["hold"])),
        fields: vec![
            field(
                "reference",
                "The order or matter",
                "",
                Shape::Mono,
                typed.or("reference", ""),
            ),
            field("reason", "Why", READ_BY, Shape::Prose, typed.or("reason", "")),
        ],
        verb: "Show what will happen".to_owned(),
    };
    ask(page, at, ("Place a hold", "", facts, asks)).await
}

async fn ask_receipt(page: &Page, at: EntryRef, typed: &Typed) -> Paged {
    Act::Receipt.ask(&page.who)?;
    let one = page.node.lead_recall(&page.who, at).await?;
    if one.recall.org.as_str() == page.own() {
        return Err(no("recall"));
    }
    let ways = [
        ("deleted", "Deleted: our copy goes now, with this"),
        (
            "use-stopped",
            "Stopped using it: the bytes stay, say under a hold",
        ),
        ("never-held", "We never had it"),
    ];
    let ways = ways.map(|(value, label)| chosen(value, label, typed.has("done", value)));
    let backup = page.node.config.backup_until_ms(page.now()).map(minute);
    let passed: Vec<&str> = one.passed_on.iter().map(OrgName::as_str).collect();
    let asks = Asks {
        heading: "Our word on it".to_owned(),
        form: typed.form(page, lead_href(at, &["receipt"])),
        fields: vec![
            choice(
                "done",
                "What did we do?",
                "Deleting takes the words and the values out of this node's store, for good.",
                ways.into(),
            ),
            optional(field(
                "backup",
                "Backups hold it until (UTC)",
                "Empty: no backup does.",
                Shape::Moment,
                typed.or("backup", &backup.unwrap_or_default()),
            )),
            optional(field(
                "onward",
                "Passed on to",
                "Organisations that we had given it to, one a line. Whom this node knows of is said in any case.",
                Shape::Values,
                typed.or("onward", &passed.join("\n")),
            )),
            optional(field(
                "note",
                "More words",
                READ_BY,
                Shape::Prose,
                typed.or("note", ""),
            )),
        ],
        verb: "Show what will happen".to_owned(),
    };
    let mut facts = vec![
        pair("Called back by", one.recall.org.to_string()),
        pair("When", when(one.recall.when_ms).shown),
        pair("Why", one.recall.reason.clone()),
    ];
    facts.extend(recall_facts(&one.recall));
    if one.held {
        facts.push(pair(
            "A hold",
            "covers our copy: it is not deleted while that stands",
        ));
    }
    let lede = "Its use has stopped here. Say what was done with our copy.";
    ask(page, at, ("Answer a recall", lede, facts, asks)).await
}

/// Before something is done about keeping a lead.
pub(super) async fn before(page: &Page, at: EntryRef, act: &str) -> Paged {
    let first = Typed::default();
    match act {
        "recall" => {
            let before = calling_back(page, &page.node.lead_note(&page.who, at).await?)?;
            show(page, at, before, &[], &first).await
        }
        "lift" => {
            let hold = page.query("hold").to_owned();
            let note = page.node.lead_note(&page.who, at).await?;
            let keeping = page.node.lead_keeping(&page.who, note.lead).await?;
            let before = lifting(page, &note, &keeping, &hold)?;
            show(page, at, before, &[("hold".to_owned(), hold)], &first).await
        }
        "hold" => ask_hold(page, at, &first).await,
        "receipt" => ask_receipt(page, at, &first).await,
        _ => Err(no("page")),
    }
}

fn answer(typed: &Typed, recall: EntryRef) -> Result<RecallAnswer, ServiceError> {
    let onward = typed.raw("onward").lines().map(str::trim);
    let onward: Result<Vec<OrgName>, _> = onward.filter(|line| !line.is_empty()).map(str::parse).collect();
    let note = typed.get("note").replace("\r\n", "\n");
    Ok(RecallAnswer {
        recall,
        done: typed
            .get("done")
            .parse()
            .map_err(|_| ServiceError::invalid("done", "choose what was done"))?,
        backup_until_ms: moment(typed, "backup")?,
        onward: onward.map_err(|error| ServiceError::invalid("onward", error))?,
        note: (!note.is_empty()).then_some(note),
    })
}

fn answering(at: EntryRef, one: &LeadRecall, said: &RecallAnswer) -> Before {
    let deletes = said.done.to_string() == "deleted";
    let mut onward = said.onward.clone();
    onward.extend(
        one.passed_on
            .iter()
            .filter(|org| !said.onward.contains(org))
            .cloned(),
    );
    Before {
        title: format!("Answer the recall of {}", one.recall.org),
        verb: if deletes { "Delete it and say so" } else { "Say so" }.to_owned(),
        severe: deletes,
        facts: vec![
            pair("Done", said.done.to_string().replace('-', " ")),
            pair(
                "Our copy",
                match (deletes, one.recall.held_here) {
                    (true, true) => "goes now: the lead and its values. That there was one stays.",
                    (true, false) => "is gone already",
                    (false, true) => "stays in the store, and is shown to nobody",
                    (false, false) => "is not here",
                },
            ),
            pair(
                "Backups",
                said.backup_until_ms.map_or_else(
                    || "none hold it".to_owned(),
                    |until| format!("hold it until {}", day(until)),
                ),
            ),
            pair("Passed on to", names(&onward)),
        ],
        body: said.note.clone().unwrap_or_default(),
        marking: None,
        readers: agreement_reads(),
        undo: if deletes {
            Undo::Cannot("What is deleted is gone.".to_owned())
        } else {
            Undo::Can("Answer again, once it is deleted.".to_owned())
        },
        reason: None,
        blocked: (deletes && one.held)
            .then(|| "A hold covers it: it is kept until the hold is lifted.".to_owned()),
        place: lead_href(at, &["receipt"]),
        back: lead_href(at, &[]),
    }
}

async fn receipt(posted: &Posted, at: EntryRef) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    Act::Receipt.ask(&page.who)?;
    let one = page.node.lead_recall(&page.who, at).await?;
    let said = match answer(typed, one.recall.at) {
        Ok(said) => said,
        Err(error) => return ask_receipt(page, at, &typed.clone().wrong(wrong(error, RECEIPT)?)).await,
    };
    let before = answering(at, &one, &said);
    let kept = carried(typed, RECEIPT);
    if !confirms_of(posted, &at.to_string(), &before, &kept).await? {
        return show(page, at, before, &kept, typed).await;
    }
    let work = page.node.receipt_lead_recall(&page.who, &said);
    match posted.once(work).await {
        Ok(_) => Ok(done(lead_href(at, &[]), "receipted", None)),
        Err(error) => ask_receipt(page, at, &typed.clone().wrong(wrong(error, RECEIPT)?)).await,
    }
}

async fn hold(posted: &Posted, at: EntryRef) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    Act::Hold.ask(&page.who)?;
    let note = page.node.lead_note(&page.who, at).await?;
    let new = given(typed, "reference", "name the order or matter").and_then(|reference| {
        let reason = given(typed, "reason", "say why; the other parties read it")?;
        Ok(NewLeadHold { reference, reason })
    });
    let new = match new {
        Ok(new) => new,
        Err(error) => return ask_hold(page, at, &typed.clone().wrong(wrong(error, HOLD)?)).await,
    };
    let before = Before {
        title: format!("Place the hold {}", new.reference),
        verb: "Place the hold".to_owned(),
        severe: false,
        facts: vec![
            pair(
                "It covers",
                match note.what {
                    LeadPart::Lead => "the lead, its values, and what was said of it so far",
                    other => what(other),
                },
            ),
            pair(
                "Effect",
                "Nobody destroys it while the hold stands, at any party. Called back, it is kept, and used by nobody.",
            ),
        ],
        body: new.reason.clone(),
        marking: None,
        readers: agreement_reads(),
        undo: Undo::Can("Lift it: what is over by then goes with the next run.".to_owned()),
        reason: None,
        blocked: None,
        place: lead_href(at, &["hold"]),
        back: lead_href(note.lead, &[]),
    };
    let kept = carried(typed, HOLD);
    if !confirms_of(posted, &at.to_string(), &before, &kept).await? {
        return show(page, at, before, &kept, typed).await;
    }
    match posted.once(page.node.hold_lead(&page.who, at, &new)).await {
        Ok(_) => Ok(done(lead_href(note.lead, &[]), "hold", None)),
        Err(error) => ask_hold(page, at, &typed.clone().wrong(wrong(error, HOLD)?)).await,
    }
}

/// Does it, once what it does was shown.
pub(super) async fn act(posted: &Posted, at: EntryRef, act: &str) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    let words = match act {
        "recall" => "recalled",
        "lift" => "hold-lifted",
        "receipt" => "receipted",
        _ => "hold",
    };
    if posted.was_done().await? {
        return Ok(done(lead_href(at, &[]), words, None));
    }
    let (before, kept, back) = match act {
        "receipt" => return receipt(posted, at).await,
        "hold" => return hold(posted, at).await,
        "recall" => {
            let note = page.node.lead_note(&page.who, at).await?;
            (calling_back(page, &note)?, Vec::new(), note.lead)
        }
        "lift" => {
            let note = page.node.lead_note(&page.who, at).await?;
            let keeping = page.node.lead_keeping(&page.who, note.lead).await?;
            let before = lifting(page, &note, &keeping, typed.get("hold"))?;
            (before, carried(typed, &["hold"]), note.lead)
        }
        _ => return Err(no("page")),
    };
    if !confirms_of(posted, &at.to_string(), &before, &kept).await? {
        return show(page, at, before, &kept, typed).await;
    }
    let reason = match given(typed, "reason", "say why; the other parties read it") {
        Ok(reason) => reason,
        Err(error) => {
            let shell = page.shell(Part::Threats).await;
            let wrong = wrong(error, &["reason"])?;
            return before_of(page, (shell, &at.to_string()), before, &kept, (typed, wrong));
        }
    };
    let (node, who) = (&page.node, &page.who);
    let outcome = match act {
        "recall" => posted.once(node.recall_lead(who, at, &reason)).await,
        _ => match typed.get("hold").parse() {
            Ok(hold) => posted.once(node.lift_lead_hold(who, hold, &reason)).await,
            Err(_) => return Err(no("hold")),
        },
    };
    match outcome {
        Ok(_) => Ok(done(lead_href(back, &[]), words, None)),
        Err(error) => {
            let shell = page.shell(Part::Threats).await;
            let wrong = wrong(error, &["reason"])?;
            before_of(page, (shell, &at.to_string()), before, &kept, (typed, wrong))
        }
    }
}
