//! What an analyst does about values that were seen together: promote them, clear them, take that back.
//!
//! Each is one act and one commit of notes as anybody could write them one by one, by the same rules: who writes which,
//! what needs a second person, to whom it goes.

use std::collections::{BTreeMap, BTreeSet};

use accord_model::content::indicators::{Verdict, indicators};
use accord_model::content::links::{Link, Links};
use accord_model::content::{
    Audience, ClearWord, ContentBody, ContentEntry, Indicator, IndicatorAt, IndicatorPublished,
    IndicatorWithdrawn, LinkCleared, VerdictDetect, VerdictWish,
};
use accord_model::control::limits::{LINK_VALUES_MAX, TITLE_MAX};
use accord_model::{Category, EntryKind, EntryRef, LedgerId, Marking, OrgName, Role, SpaceId, Tlp};
use serde::{Deserialize, Serialize};

use super::judged::links_of;
use super::rules::{Apart, canonical, tells_whole};
use crate::cases::audience;
use crate::error::{Result, ServiceError};
use crate::intel::PlannedNote;
use crate::journal::{Body, Space, State};
use crate::node::Node;
use crate::notes::{Draft, NewNote, Published};
use crate::people::SignedIn;
use crate::permit::Act;
use crate::protection::is_protection;
use crate::release::{Circumstances, Decided};
use crate::sight::Reader;
use crate::views::said_of;

/// Notes with a link that are asked how far a value of it may travel.
const MARKINGS_ASKED: usize = 1_000;

/// What is done about values that were seen together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LinkAct {
    /// Make them indicators of the case that are detected.
    Promote,
    /// One value: it is not malicious. Several: that they were seen together says nothing.
    Clear,
    /// Clear them no longer.
    TakeBack,
}

impl LinkAct {
    /// Every act.
    pub const ALL: [Self; 3] = [Self::Promote, Self::Clear, Self::TakeBack];

    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Promote => "promote",
            Self::Clear => "clear",
            Self::TakeBack => "take-back",
        }
    }

    /// The word of the access log.
    const fn logged(self) -> &'static str {
        match self {
            Self::Promote => "link.promoted",
            Self::Clear => "link.cleared",
            Self::TakeBack => "link.clearing-taken-back",
        }
    }

    /// The note that it is, whatever else follows.
    const fn kind(self) -> EntryKind {
        match self {
            Self::Promote => EntryKind::IndicatorPublished,
            Self::Clear | Self::TakeBack => EntryKind::LinkCleared,
        }
    }
}

/// One act on values that stand in links of a case.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkDo {
    /// What is done.
    pub act: LinkAct,
    /// The values, at most 16.
    pub values: Vec<String>,
    /// Why; every recipient reads it.
    pub reason: String,
    /// How far it may travel: no looser than the mildest note that says a link of each value.
    pub marking: Tlp,
    /// Whom it is for; empty: every party of the case.
    #[serde(default)]
    pub to: Vec<OrgName>,
    /// The organisations that it reaches at once, as a plan said; others: nothing is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect: Option<BTreeSet<OrgName>>,
}

/// What an act would do.
#[derive(Debug, Clone, Serialize)]
pub struct LinkPlan {
    /// What is written, in this order.
    pub notes: Vec<PlannedNote>,
    /// The values that wait for a second person.
    pub second: Vec<String>,
    /// What it does not change, in words.
    pub stays: Vec<String>,
    /// The organisations that any of it reaches at once: give them back as `expect`.
    pub reaches: BTreeSet<OrgName>,
}

/// What was done.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct LinkDone {
    /// The notes, in the order in which they were written.
    pub notes: Vec<Published>,
    /// The notes that wait for a second person, by id.
    pub waiting: Vec<String>,
    /// What it did not change, in words.
    pub stays: Vec<String>,
}

/// An indicator of the case that stands.
struct Standing {
    published: EntryRef,
    value: String,
    verdict: Verdict,
    org: OrgName,
    own: bool,
}

/// What an act comes to.
#[derive(Default)]
struct Prepared {
    plain: Vec<Draft>,
    second: Vec<Draft>,
    waiting: Vec<String>,
    /// The role in which a verdict is given, where the person gives those.
    officer: Option<Role>,
    /// Indicators that stand already and are detected from now on.
    detect: Vec<IndicatorAt>,
    stays: Vec<String>,
}

/// The values of an act as links compare them.
fn read(values: &[String]) -> Result<Vec<String>> {
    if values.is_empty() || values.len() > LINK_VALUES_MAX {
        let message = format!("1 to {LINK_VALUES_MAX} values, {} are given", values.len());
        return Err(ServiceError::invalid("values", message));
    }
    let one = |value: &String| {
        canonical(value).ok_or_else(|| {
            let message = format!("{value}: a link joins addresses, names, URLs and digests");
            ServiceError::invalid("values", message)
        })
    };
    let read: BTreeSet<String> = values.iter().map(one).collect::<Result<_>>()?;
    Ok(read.into_iter().collect())
}

/// As much of a text as fits.
fn cut(text: &str, max: usize) -> &str {
    let mut end = max.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

/// One line about some values.
fn titled(verb: &str, values: &[String]) -> String {
    let more = match values.len() {
        0 | 1 => String::new(),
        many => format!(" and {} more", many - 1),
    };
    let room = TITLE_MAX.saturating_sub(verb.len() + 2 + more.len());
    let first = values.first().map_or("", |value| cut(value, room));
    format!("{verb}: {first}{more}")
}

impl LinkDo {
    fn draft(&self, title: String, note: NewNote) -> Draft {
        Draft {
            title,
            marking: self.marking,
            to: self.to.clone(),
            note,
            expect: None,
        }
    }

    fn promoted(&self, values: &[String]) -> Result<Draft> {
        let said = IndicatorPublished {
            indicators: values.iter().map(Indicator::of).collect(),
            note: Some(self.reason.clone()),
            from: "Seen together with other values of this case".to_owned(),
            grading: None,
            source_protected: false,
            wish: VerdictWish::Detect,
            report: None,
            second: None,
        };
        Ok(self.draft(titled("Promoted", values), NewNote::new(said)?))
    }

    fn said(&self, word: ClearWord, values: &[String]) -> Result<Draft> {
        let verb = match word {
            ClearWord::Cleared => "Cleared",
            ClearWord::TakenBack => "No longer cleared",
        };
        let said = LinkCleared {
            values: values.to_vec(),
            word,
            reason: self.reason.clone(),
        };
        Ok(self.draft(titled(verb, values), NewNote::new(said)?))
    }

    fn withdrawn(&self, one: &Standing) -> Result<Draft> {
        let said = IndicatorWithdrawn {
            published: one.published,
            values: vec![one.value.clone()],
            reason: self.reason.clone(),
            second: None,
        };
        let values = std::slice::from_ref(&one.value);
        Ok(self.draft(titled("Withdrawn", values), NewNote::new(said)?))
    }

    fn detected(&self, who: &SignedIn, role: Role, indicators: Vec<IndicatorAt>) -> Result<ContentEntry> {
        let values: Vec<String> = indicators.iter().map(|one| one.value.clone()).collect();
        let entry = ContentEntry {
            by: who.person,
            role,
            marking: Marking::tlp(self.marking),
            to: audience(&self.to)?,
            title: titled("Detected", &values),
            body: VerdictDetect {
                indicators,
                audience: Vec::new(),
                reason: Some(self.reason.clone()),
            }
            .into(),
        };
        let fits = entry.check();
        fits.map_err(|error| ServiceError::invalid("values", error))?;
        Ok(entry)
    }
}

/// Whether what is said may go as far as it is meant to: no looser marked, and to nobody else, than a note that says the
/// link.
fn within(state: &State, what: &LinkDo, at: EntryRef) -> bool {
    let Some((ledger, _, Body::Content(said))) = state.entry(at) else {
        return false;
    };
    let reaches = |org: &OrgName| *org == ledger.org || said.to.includes(org);
    let as_narrow = match (&said.to, what.to.as_slice()) {
        (Audience::EveryParty, _) => true,
        (Audience::Only(_), []) => false,
        (Audience::Only(_), to) => to.iter().all(reaches),
    };
    what.marking.rank() >= said.marking.tlp.rank() && as_narrow
}

/// Refuses values that were not seen together (one alone: that stand in no link), and what would tell more of them than
/// the notes that say so do.
fn on_links(state: &State, links: &Links, values: &[String], what: &LinkDo) -> Result<()> {
    let mut groups: Vec<(&String, Option<&String>)> =
        pairs(values).map(|(one, other)| (one, Some(other))).collect();
    if let [value] = values {
        groups.push((value, None));
    }
    for (value, other) in groups {
        let both = |link: &&Link| other.is_none_or(|other| link.values.contains(other));
        let mut notes = links
            .of(value)
            .filter(both)
            .flat_map(|link| &link.by)
            .map(|by| by.at)
            .take(MARKINGS_ASKED)
            .peekable();
        if notes.peek().is_none() {
            let message = match other {
                None => format!("{value} stands in no link of this case"),
                Some(other) => format!("{value} and {other} were not seen together on this case"),
            };
            return Err(ServiceError::invalid("values", message));
        }
        if !notes.any(|at| within(state, what, at)) {
            let message = format!(
                "no note that says a link of {value} is marked so or looser and goes to all of these: mark it \
                 stricter, or name whom it is for"
            );
            return Err(ServiceError::invalid("marking", message));
        }
    }
    Ok(())
}

/// The indicators of a case that stand, by the canonical value.
fn standing(state: &State, space: &Space, now_ms: u64) -> BTreeMap<String, Vec<Standing>> {
    let said = said_of(state, space, is_protection);
    let before = |a: EntryRef, b: EntryRef| space.before(a, b);
    let mut all: BTreeMap<String, Vec<Standing>> = BTreeMap::new();
    for ((published, value), stands) in indicators(&said, &before, now_ms) {
        let Some(known) = canonical(value) else { continue };
        all.entry(known).or_default().push(Standing {
            published,
            value: value.to_owned(),
            verdict: stands.verdict.0,
            org: stands.org.clone(),
            own: state.entry(published).is_some_and(|(ledger, ..)| ledger.own),
        });
    }
    all
}

impl Node {
    fn prepare(&self, state: &State, who: &SignedIn, case: SpaceId, what: &LinkDo) -> Result<Prepared> {
        Act::Write.ask(who)?;
        let (space, reader) = self.case_with(state, who, case, Category::Sighting)?;
        self.writer(space, who, Act::Write, what.act.kind())?;
        let values = read(&what.values)?;
        let links = links_of(state, space);
        on_links(state, &links, &values, what)?;
        match what.act {
            LinkAct::Promote => self.promoting(state, who, (space, &reader), what, (&links, &values)),
            LinkAct::Clear => self.clearing(state, who, (space, &reader), what, (&links, &values)),
            LinkAct::TakeBack => Self::taking_back(space, what, (&links, &values)),
        }
    }

    fn promoting(
        &self,
        state: &State,
        who: &SignedIn,
        (space, reader): (&Space, &Reader),
        what: &LinkDo,
        (links, values): (&Links, &[String]),
    ) -> Result<Prepared> {
        reader.must_see(Category::Indicator)?;
        let apart = Apart::of(state, self.feed_guard(state), self.now_ms(), tells_whole(who));
        let known = standing(state, space, self.now_ms());
        let before = |a: EntryRef, b: EntryRef| space.before(a, b);
        let mut prepared = Prepared {
            officer: self.writer(space, who, Act::Write, EntryKind::VerdictDetect).ok(),
            ..Prepared::default()
        };
        let mut plain = Vec::new();
        for value in values {
            if let Some(said) = links.cleared(value, &before) {
                let message = format!("{value} was cleared by {}: take that back first", said.org);
                return Err(ServiceError::Conflict(message));
            }
            if let Some(whose) = apart.whose(value) {
                let why = match tells_whole(who) {
                    true => whose.as_str(),
                    false => "this node keeps it apart",
                };
                return Err(ServiceError::invalid("values", format!("{value}: {why}")));
            }
            match known
                .get(value)
                .and_then(|all| all.iter().max_by_key(|one| one.verdict))
            {
                Some(one) if one.verdict == Verdict::None && prepared.officer.is_some() => {
                    prepared.detect.push(IndicatorAt {
                        published: one.published,
                        value: one.value.clone(),
                    });
                }
                Some(one) => prepared.stays.push(match one.verdict {
                    // What is done about it, who reads no verdicts is not told.
                    _ if !reader.sees(Category::Verdict) => format!("{value} is an indicator already"),
                    Verdict::None => {
                        format!("{value} is an indicator already: a case officer gives the verdict")
                    }
                    Verdict::Detect => format!("{value} is detected already"),
                    Verdict::Block => format!("{value} is blocked already"),
                }),
                None if apart.is_popular(value) => prepared.waiting.push(value.clone()),
                None => plain.push(value.clone()),
            }
        }
        if !plain.is_empty() {
            prepared.plain.push(what.promoted(&plain)?);
        }
        if !prepared.waiting.is_empty() {
            prepared.second.push(what.promoted(&prepared.waiting)?);
        }
        if plain.is_empty() && prepared.waiting.is_empty() && prepared.detect.is_empty() {
            return Err(ServiceError::Conflict(format!(
                "nothing is left to do: {}",
                prepared.stays.join("; ")
            )));
        }
        Ok(prepared)
    }

    fn clearing(
        &self,
        state: &State,
        who: &SignedIn,
        (space, reader): (&Space, &Reader),
        what: &LinkDo,
        (links, values): (&Links, &[String]),
    ) -> Result<Prepared> {
        let mut prepared = Prepared::default();
        let before = |a: EntryRef, b: EntryRef| space.before(a, b);
        let is_cleared = match values {
            [value] => links.cleared(value, &before).is_some(),
            several => pairs(several).all(|(one, other)| links.cleared_pair(one, other, &before).is_some()),
        };
        if !is_cleared {
            prepared.plain.push(what.said(ClearWord::Cleared, values)?);
        }
        // Who reads no indicators clears the value, and learns nothing of any.
        if let [value] = values
            && reader.sees(Category::Indicator)
        {
            let withdraws = self
                .writer(space, who, Act::Write, EntryKind::IndicatorWithdrawn)
                .is_ok();
            let known = standing(state, space, self.now_ms());
            for one in known.get(value).into_iter().flatten() {
                if !one.own {
                    let words = format!("{} published {}, and withdraws it itself", one.org, one.value);
                    prepared.stays.push(words);
                } else if !withdraws {
                    let words = format!("{} stays an indicator: you write no indicators here", one.value);
                    prepared.stays.push(words);
                } else if state.is_popular(&one.value, self.now_ms()) {
                    prepared.waiting.push(one.value.clone());
                    prepared.second.push(what.withdrawn(one)?);
                } else {
                    prepared.plain.push(what.withdrawn(one)?);
                }
            }
        }
        if prepared.plain.is_empty() && prepared.second.is_empty() {
            return Err(ServiceError::Conflict("it was cleared already".to_owned()));
        }
        Ok(prepared)
    }

    fn taking_back(space: &Space, what: &LinkDo, (links, values): (&Links, &[String])) -> Result<Prepared> {
        let before = |a: EntryRef, b: EntryRef| space.before(a, b);
        let is_cleared = match values {
            [value] => links.cleared(value, &before).is_some(),
            several => pairs(several).any(|(one, other)| links.cleared_pair(one, other, &before).is_some()),
        };
        if !is_cleared {
            return Err(ServiceError::Conflict("it is not cleared".to_owned()));
        }
        Ok(Prepared {
            plain: vec![what.said(ClearWord::TakenBack, values)?],
            ..Prepared::default()
        })
    }

    /// What an act on values of a case's links would do: to whom, under which clause, and what waits. Nothing is kept.
    pub async fn plan_link(&self, who: &SignedIn, case: SpaceId, what: &LinkDo) -> Result<LinkPlan> {
        let state = self.read().await?;
        let prepared = self.prepare(&state, who, case, what)?;
        let space = self.case_within(&state, who, case)?;
        let mut notes = Vec::new();
        let mut detect = prepared.detect;
        let plain = prepared.plain.iter().map(|draft| (draft, false));
        let second = prepared.second.iter().map(|draft| (draft, true));
        let planned = |entry: &ContentEntry, values, second| PlannedNote {
            kind: entry.kind(),
            title: entry.title.clone(),
            values,
            marking: entry.marking.tlp,
            second,
            decisions: self.would_reach(&state, space, entry),
        };
        for (draft, waits) in plain.chain(second) {
            let entry = self.entry_of(&state, who, case, draft)?;
            self.names_no_victim(&state, case, &entry)?;
            if !waits {
                detect.extend(published_in(&entry, NOWHERE));
            }
            notes.push(planned(&entry, values_of(&entry), waits));
        }
        if let Some(role) = prepared.officer.filter(|_| !detect.is_empty()) {
            let entry = what.detected(who, role, detect)?;
            notes.push(planned(&entry, values_of(&entry), false));
        }
        let at_once = notes.iter().filter(|note| !note.second);
        let reaches = reached(at_once.flat_map(|note| &note.decisions));
        Ok(LinkPlan {
            notes,
            second: prepared.waiting,
            stays: prepared.stays,
            reaches,
        })
    }

    /// Promotes or clears values of a case's links, or takes a clearing back: notes of several kinds, in one commit.
    /// Refused where it would reach others than its author was shown.
    pub async fn do_link(&self, who: &SignedIn, case: SpaceId, what: &LinkDo) -> Result<LinkDone> {
        self.steer(who, Act::Write, case, what.act.logged(), |state, batch, _| {
            let prepared = self.prepare(state, who, case, what)?;
            let circumstances = Circumstances::default();
            let mut detect = prepared.detect;
            let mut done = LinkDone {
                stays: prepared.stays,
                ..LinkDone::default()
            };
            for draft in &prepared.plain {
                let entry = self.entry_of(state, who, case, draft)?;
                let space = state.spaces.get(&case).ok_or(ServiceError::NotFound("case"))?;
                self.second_rule(state, space, &entry)?;
                let published = self.publish(state, batch, case, entry.clone(), &circumstances)?;
                detect.extend(published_in(&entry, published.at));
                done.notes.push(published);
            }
            if let Some(role) = prepared.officer.filter(|_| !detect.is_empty()) {
                let entry = what.detected(who, role, detect)?;
                done.notes
                    .push(self.publish(state, batch, case, entry, &circumstances)?);
            }
            for draft in &prepared.second {
                self.names_no_victim(state, case, &self.entry_of(state, who, case, draft)?)?;
                done.waiting
                    .push(self.wait_for_second(state, batch, who, case, draft)?);
            }
            if let Some(expected) = &what.expect
                && reached(done.notes.iter().flat_map(|note| &note.decisions)) != *expected
            {
                return Err(ServiceError::Conflict(
                    "the recipients have changed: look again".into(),
                ));
            }
            Ok(done)
        })
        .await
    }
}

/// Stands for a note that is not written yet.
const NOWHERE: EntryRef = EntryRef {
    ledger: LedgerId([0; 16]),
    seq: 0,
};

/// Each two of some values.
fn pairs(values: &[String]) -> impl Iterator<Item = (&String, &String)> {
    let all = values.iter().enumerate();
    all.flat_map(move |(place, one)| values.iter().skip(place + 1).map(move |other| (one, other)))
}

/// The indicators that a note publishes, at its place.
fn published_in(entry: &ContentEntry, at: EntryRef) -> Vec<IndicatorAt> {
    let ContentBody::IndicatorPublished(said) = &entry.body else {
        return Vec::new();
    };
    let one = |indicator: &Indicator| IndicatorAt {
        published: at,
        value: indicator.value.clone(),
    };
    said.indicators.iter().map(one).collect()
}

/// How many values a note is about.
fn values_of(entry: &ContentEntry) -> usize {
    match &entry.body {
        ContentBody::IndicatorPublished(said) => said.indicators.len(),
        ContentBody::IndicatorWithdrawn(said) => said.values.len(),
        ContentBody::LinkCleared(said) => said.values.len(),
        ContentBody::VerdictDetect(said) => said.indicators.len(),
        _ => 0,
    }
}

/// Whom notes reach at once.
fn reached<'a>(decisions: impl Iterator<Item = &'a Decided>) -> BTreeSet<OrgName> {
    decisions
        .filter(|one| one.is_yes())
        .map(|one| one.to.clone())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(count: usize) -> Vec<String> {
        (0..count).map(|number| format!("h{number}.example")).collect()
    }

    #[test]
    fn values_are_read_up_to_their_limit() {
        assert_eq!(read(&named(LINK_VALUES_MAX)).unwrap().len(), LINK_VALUES_MAX);
        assert!(read(&named(LINK_VALUES_MAX + 1)).is_err());
        assert!(read(&[]).is_err());
        assert!(read(&["198.51.100.0/24".to_owned()]).is_err());
        let twice = ["EVIL.example".to_owned(), "evil.example".to_owned()];
        assert_eq!(read(&twice).unwrap(), ["evil.example"]);
    }

    #[test]
    fn a_title_is_one_line_within_its_limit() {
        assert_eq!(titled("Cleared", &named(1)), "Cleared: h0.example");
        assert_eq!(titled("Promoted", &named(3)), "Promoted: h0.example and 2 more");
        let long = vec!["\u{e4}".repeat(300), "b".to_owned()];
        let title = titled("No longer cleared", &long);
        assert!(title.len() <= TITLE_MAX && title.ends_with("\u{e4} and 1 more"));
    }

    #[test]
    fn each_two_of_three_are_three_pairs() {
        assert_eq!(pairs(&named(3)).count(), 3);
        assert_eq!(pairs(&named(1)).count(), 0);
    }
}
