//! One case.

use std::collections::BTreeMap;

use accord_model::content::{ContentBody, PersonNamed};
use accord_model::control::{ControlEntry, CustodyState, FROM_A_GUEST, SpaceKind};
use accord_model::{Category, EntryKind, EntryRef, OrgKind, OrgName, PersonId, Role, SpaceId, Tlp};
use serde::Serialize;

use super::aside::set_aside;
use super::author::{home_of, said_by};
use super::lists::CaseSummary;
use super::request::{InstrumentView, RequestView};
use super::said::said_of;
use super::words::{content_words, control_words};
use crate::error::{Result, ServiceError};
use crate::journal::{Body, Space, State};
use crate::looks::Way;
use crate::node::Node;
use crate::notes::NOTE_KINDS;
use crate::people::SignedIn;
use crate::permit::Act;
use crate::release::{Decided, object_name};
use crate::sight::Reader;

/// Most lines of a timeline in one page.
pub const TIMELINE_PAGE: usize = 100;

/// A person on a case.
#[derive(Debug, Clone, Serialize)]
pub struct MemberView {
    /// Their organisation.
    pub org: OrgName,
    /// Their id.
    pub person: PersonId,
    /// Their name, when it was shared.
    pub name: Option<String>,
    /// Their roles.
    pub roles: Vec<Role>,
    /// When the roles end, ms UTC.
    pub until_ms: Option<u64>,
    /// What they need to know: these categories; none: the whole case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<Vec<Category>>,
}

/// A step of custody.
#[derive(Debug, Clone, Serialize)]
pub struct CustodyView {
    /// Its note.
    pub at: EntryRef,
    /// When, ms UTC.
    pub when_ms: u64,
    /// From whom.
    pub from: OrgName,
    /// To whom.
    pub to: OrgName,
    /// Received, or handed.
    pub received: bool,
    /// The person's name, when it was shared.
    pub by: Option<String>,
    /// The commitment it states.
    pub commitment: String,
}

/// An exhibit.
#[derive(Debug, Clone, Serialize)]
pub struct ExhibitView {
    /// Its note.
    pub at: EntryRef,
    /// Its reference.
    pub reference: String,
    /// Who delivered it.
    pub from: OrgName,
    /// When, ms UTC.
    pub when_ms: u64,
    /// Lines.
    pub lines: u64,
    /// Sources.
    pub sources: Vec<String>,
    /// Customers, when the holder could tell.
    pub customers: Option<u64>,
    /// How far it may travel.
    pub marking: Tlp,
    /// SHA-256 of the package's manifest.
    pub manifest_sha256: String,
    /// Whether the package is here.
    pub here: bool,
    /// How it was acquired, in words: `hunt in ...`, or an export that was uploaded.
    pub acquisition: String,
    /// The steps of custody.
    pub custody: Vec<CustodyView>,
    /// Where this organisation handed it outside the nodes, with receipts; no partner reads it.
    pub outside: Vec<crate::custody::OutsideView>,
    /// Where it is: `handed`, `received`, `disputed`.
    pub state: &'static str,
    /// Who has it, or is to receive it; none while it never left who made it.
    pub held_by: Option<OrgName>,
    /// Whether somebody without a node gave it through a link.
    pub from_a_guest: bool,
}

/// A line of the timeline.
#[derive(Debug, Clone, Serialize)]
pub struct TimelineItem {
    /// Its note.
    pub at: EntryRef,
    /// When, ms UTC, by its author's clock.
    pub when_ms: u64,
    /// Whose word it is.
    pub org: OrgName,
    /// Who, when it is known; of somebody seconded also whose person they are.
    pub by: Option<String>,
    /// Whose person the writer was, when they were seconded to the organisation whose word it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub home: Option<OrgName>,
    /// In which role.
    pub role: Option<Role>,
    /// What kind of note; `None`: withheld from this organisation.
    pub kind: Option<EntryKind>,
    /// One line.
    pub title: String,
    /// More, when there is more.
    pub text: Option<String>,
    /// How far it may travel; control notes have none.
    pub marking: Option<Tlp>,
    /// To whom it was released (own notes).
    pub released_to: Vec<OrgName>,
    /// The decisions under which it was (own notes).
    pub decisions: Vec<Decided>,
    /// To whom it was meant and did not go, own notes.
    pub not_released_to: Vec<OrgName>,
    /// Why it does not count, when it does not.
    pub set_aside: Option<String>,
}

/// The tracks of a case, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Tracks {
    /// Pursue: subjects who were not cleared.
    pub subjects: usize,
    /// Disrupt: targets that were proposed.
    pub targets: usize,
    /// Protect: victims that were recorded.
    pub victims: usize,
}

/// One case, whole.
#[derive(Debug, Clone, Serialize)]
pub struct CaseView {
    /// As a list shows it.
    pub summary: CaseSummary,
    /// The agreement's title.
    pub agreement_title: String,
    /// Parties with their kinds.
    pub parties: Vec<(OrgName, OrgKind)>,
    /// Since when each is on the case, ms UTC, as far as it is known here.
    pub joined: BTreeMap<OrgName, u64>,
    /// What its case officers say at its head, as far as the person who looks may see.
    pub head: super::head::HeadFacts,
    /// How much of each track the person who looks may see.
    pub tracks: Tracks,
    /// Who holds the pen.
    pub pen: Option<(OrgName, Option<String>)>,
    /// The people.
    pub members: Vec<MemberView>,
    /// The authorities.
    pub instruments: Vec<InstrumentView>,
    /// The requests.
    pub requests: Vec<RequestView>,
    /// The oral authorities.
    pub orals: Vec<super::request::OralView>,
    /// The exhibits.
    pub exhibits: Vec<ExhibitView>,
    /// The newest lines of the timeline in causal order, newest first: at most [`TIMELINE_PAGE`].
    pub timeline: Vec<TimelineItem>,
    /// Give this as `before` for the lines before them ([`Node::timeline`]); none when there are none.
    pub older: Option<EntryRef>,
    /// Notes that wait for others.
    pub waiting: usize,
    /// Partners whose ledgers contradict themselves.
    pub forked: Vec<OrgName>,
    /// The kinds of notes that the person who looks may write here.
    pub writes: Vec<EntryKind>,
    /// The categories that the person who looks sees here; none: all.
    pub sees: Option<Vec<Category>>,
}

/// What of a case, beside who is on it and how much there is of everything, a page or an answer shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CasePart {
    /// What its case officers say at its head.
    Facts,
    /// The requests that are hunts.
    Hunts,
    /// Every other request.
    Requests,
    /// The exhibits.
    Exhibits,
}

impl CasePart {
    /// All of them.
    pub const ALL: &'static [Self] = &[Self::Facts, Self::Hunts, Self::Requests, Self::Exhibits];
}

impl CaseView {
    /// The notes whose words a part shows.
    fn shown(&self, part: CasePart) -> Vec<EntryRef> {
        let asked = |hunts: bool| {
            let requests = self.requests.iter();
            requests
                .filter(move |request| request.hunt.is_some() == hunts)
                .flat_map(RequestView::shown)
                .collect()
        };
        match part {
            CasePart::Facts => self.head.said_in.clone(),
            CasePart::Hunts => asked(true),
            CasePart::Requests => asked(false),
            CasePart::Exhibits => self.exhibits.iter().map(|exhibit| exhibit.at).collect(),
        }
    }
}

/// Whose person an id is: of the organisation that was the first to name it on this space, to second it from there, or
/// to open the case by it, in causal order. A later word of another organisation takes nobody over.
fn homes<'a>(counted: impl Iterator<Item = (&'a OrgName, &'a ControlEntry)>) -> BTreeMap<PersonId, OrgName> {
    let mut homes = BTreeMap::new();
    for (org, entry) in counted {
        let person = match entry {
            ControlEntry::CaseOpened(said) => said.by,
            ControlEntry::MemberAdded(said) => said.person,
            ControlEntry::SecondmentGranted(said) if said.home == *org => said.person,
            _ => continue,
        };
        homes.entry(person).or_insert_with(|| org.clone());
    }
    homes
}

/// Whether an organisation may say a person's name: its own people only.
fn may_name(homes: &BTreeMap<PersonId, OrgName>, writer: &OrgName, said: &PersonNamed) -> bool {
    said.organisation == *writer && homes.get(&said.person) == Some(writer)
}

/// Names that were shared in a space, and those of this node's own people. Each organisation names its own people
/// only.
pub(crate) fn names(state: &State, space: &Space) -> BTreeMap<PersonId, String> {
    let naming = |kind| {
        matches!(
            kind,
            EntryKind::CaseOpened | EntryKind::MemberAdded | EntryKind::SecondmentGranted
        )
    };
    let counted = space.of_kinds(naming).into_iter();
    let counted = counted.filter(|at| space.control.counts(*at));
    let homes = homes(counted.filter_map(|at| match state.entry(at)? {
        (ledger, _, Body::Control(entry)) => Some((&ledger.org, entry)),
        _ => None,
    }));
    let mut names = BTreeMap::new();
    for at in space.of_kinds(|kind| kind == EntryKind::PersonNamed) {
        if let Some((ledger, _, Body::Content(entry))) = state.entry(at)
            && let ContentBody::PersonNamed(said) = &entry.body
            && may_name(&homes, &ledger.org, said)
            && set_aside(state, space, at).is_none()
        {
            names.insert(said.person, said.name.clone());
        }
    }
    names.extend(
        state
            .persons
            .values()
            .map(|person| (person.id, person.name.clone())),
    );
    names
}

impl Node {
    /// One case, as a person may see it, with the newest page of its timeline.
    pub async fn case(&self, who: &SignedIn, id: SpaceId) -> Result<CaseView> {
        let mut view = self.case_head(who, id).await?;
        (view.timeline, view.older) = self.timeline(who, id, None).await?;
        self.case_shown(who, &view, CasePart::ALL).await?;
        Ok(view)
    }

    /// Keeps that a person was shown parts of a case. Whoever shows any of what [`Node::case_head`] has of them calls
    /// it.
    pub async fn case_shown(&self, who: &SignedIn, view: &CaseView, parts: &[CasePart]) -> Result<()> {
        let seen = parts.iter().flat_map(|part| view.shown(*part));
        self.looked(who, Way::Read, seen).await
    }

    /// One case without its timeline. What it has of the parts is for whoever counts them, or says that they were shown
    /// ([`Node::case_shown`]).
    pub async fn case_head(&self, who: &SignedIn, id: SpaceId) -> Result<CaseView> {
        let state = self.read().await?;
        let space = self.case_within(&state, who, id)?;
        let reader = self.reader(&state, space, who)?;
        let opened = space.control.case().ok_or(ServiceError::NotFound("case"))?;
        let names = names(&state, space);
        let now = self.now_ms();
        let agreement = state
            .agreement(opened.case.agreement)
            .ok_or(ServiceError::NotFound("agreement"))?;
        let members = space.control.parties().keys().flat_map(|org| {
            let names = &names;
            space
                .control
                .members(org)
                .into_iter()
                .map(move |(person, member)| MemberView {
                    org: org.clone(),
                    person,
                    name: names.get(&person).cloned(),
                    roles: member.roles.iter().copied().collect(),
                    until_ms: member.until_ms,
                    scope: member.scope.map(|scope| scope.into_iter().collect()),
                })
        });
        let readable = |at: &EntryRef| match state.entry(*at) {
            Some((_, _, Body::Content(entry))) => reader.reads(entry) && !space.control.is_recalled(*at),
            _ => false,
        };
        let content = |kind: EntryKind| {
            let all = space.of_kinds(move |known| known == kind).into_iter();
            all.filter(readable)
        };
        Ok(CaseView {
            summary: self
                .summary_of(&state, space)
                .ok_or(ServiceError::NotFound("case"))?,
            agreement_title: agreement.terms().title.clone(),
            parties: space
                .control
                .parties()
                .iter()
                .map(|(org, kind)| (org.clone(), *kind))
                .collect(),
            joined: joined(&state, space),
            head: super::head::head_facts(&state, space, &reader),
            tracks: self.tracks(&state, space, who),
            pen: space
                .control
                .pen()
                .map(|pen| (pen.org.clone(), names.get(&pen.person).cloned())),
            members: members.collect(),
            instruments: space
                .control
                .instruments()
                .iter()
                .filter(|(_, known)| reader.sees_authority(known.says.scope.categories.iter().copied()))
                .map(|(at, known)| {
                    let stands = known.over.is_none() && known.from_ms <= now && now < known.to_ms;
                    InstrumentView::of(*at, known, stands)
                })
                .collect(),
            requests: content(EntryKind::RequestMade)
                .filter_map(|at| self.request_view(&state, space, at))
                .map(|mut request| {
                    request.hide_authority(space, &reader);
                    if !reader.sees(Category::Analysis) {
                        request.pool.clear();
                        request.report = None;
                    }
                    request.subscribers = request
                        .subscribers
                        .filter(|_| reader.sees(Category::SubscriberData));
                    request
                })
                .collect(),
            orals: space
                .control
                .orals()
                .iter()
                .filter(|(_, oral)| reader.sees_authority([oral.says.category]))
                .map(|(at, oral)| super::request::OralView::of(*at, oral, now))
                .collect(),
            exhibits: content(EntryKind::EvidenceDelivered)
                .filter_map(|at| exhibit(&state, space, &self.config.org, &names, at))
                .collect(),
            timeline: Vec::new(),
            older: None,
            waiting: space.waiting.len(),
            forked: space
                .ledgers
                .iter()
                .filter_map(|id| state.ledgers.get(id))
                .filter(|ledger| ledger.is_forked())
                .map(|ledger| ledger.org.clone())
                .collect(),
            writes: NOTE_KINDS
                .iter()
                .copied()
                .filter(|kind| self.writer(space, who, Act::Write, *kind).is_ok())
                .collect(),
            sees: reader.categories(),
        })
    }

    fn tracks(&self, state: &State, space: &Space, who: &SignedIn) -> Tracks {
        let mut tracks = Tracks::default();
        let Ok(reader) = self.reader(state, space, who) else {
            return tracks;
        };
        let counted = |kind| {
            matches!(
                kind,
                EntryKind::SubjectRecorded | EntryKind::TargetProposed | EntryKind::VictimRecorded
            )
        };
        let said = said_of(state, space, counted).into_iter();
        for one in said.filter(|one| reader.reads(one.entry) && !reader.is_cleared(one.at)) {
            match one.entry.kind() {
                EntryKind::SubjectRecorded => tracks.subjects += 1,
                EntryKind::TargetProposed => tracks.targets += 1,
                EntryKind::VictimRecorded => tracks.victims += 1,
                _ => {}
            }
        }
        tracks
    }

    /// One page of the timeline: the lines before a note, newest first, and the note to go on from.
    pub async fn timeline(
        &self,
        who: &SignedIn,
        id: SpaceId,
        before: Option<EntryRef>,
    ) -> Result<(Vec<TimelineItem>, Option<EntryRef>)> {
        let (items, older) = {
            let state = self.read().await?;
            let space = self.case_within(&state, who, id)?;
            let reader = self.reader(&state, space, who)?;
            self.page_of(&state, space, &reader, &names(&state, space), before)
        };
        self.looked(who, Way::Read, items.iter().map(|item| item.at))
            .await?;
        Ok((items, older))
    }

    /// One line of the timeline, whole.
    pub async fn note(&self, who: &SignedIn, id: SpaceId, at: EntryRef) -> Result<TimelineItem> {
        let found = {
            let state = self.read().await?;
            let space = self.case_within(&state, who, id)?;
            let here = state.entry(at).filter(|(ledger, _, _)| ledger.space == space.id);
            let reader = self.reader(&state, space, who)?;
            here.and_then(|_| self.item(&state, space, &reader, &names(&state, space), at))
        };
        let item = found.ok_or(ServiceError::NotFound("note"))?;
        self.looked(who, Way::Read, [at]).await?;
        Ok(item)
    }

    /// In causal order, whatever the clocks say: an answer never stands before its question.
    fn page_of(
        &self,
        state: &State,
        space: &Space,
        reader: &Reader,
        names: &BTreeMap<PersonId, String>,
        before: Option<EntryRef>,
    ) -> (Vec<TimelineItem>, Option<EntryRef>) {
        let end = match before {
            Some(at) => space.linear.iter().rposition(|known| *known == at).unwrap_or(0),
            None => space.linear.len(),
        };
        let mut items: Vec<TimelineItem> = Vec::new();
        for at in space.linear.iter().take(end).rev() {
            let Some(item) = self.item(state, space, reader, names, *at) else {
                continue;
            };
            if items.len() == TIMELINE_PAGE {
                let older = items.last().map(|item| item.at);
                return (items, older);
            }
            items.push(item);
        }
        (items, None)
    }

    fn item(
        &self,
        state: &State,
        space: &Space,
        reader: &Reader,
        names: &BTreeMap<PersonId, String>,
        at: EntryRef,
    ) -> Option<TimelineItem> {
        let (ledger, header, body) = state.entry(at)?;
        let mut item = TimelineItem {
            at,
            when_ms: header.clock.wall_ms,
            org: ledger.org.clone(),
            by: None,
            home: None,
            role: None,
            kind: None,
            title: String::new(),
            text: None,
            marking: None,
            released_to: Vec::new(),
            decisions: Vec::new(),
            not_released_to: Vec::new(),
            set_aside: set_aside(state, space, at),
        };
        match body {
            Body::Withheld if space.control.is_recalled(at) => item.title = "recalled".into(),
            Body::Withheld if space.control.destroyed(at, &self.config.org) => {
                item.title = "destroyed when its time was over".into();
            }
            Body::Withheld => item.title = "withheld".into(),
            Body::Unreadable(_) => item.title = "a note of a kind this version does not know".into(),
            Body::Control(entry) => {
                // The openings of ledgers are the software's own; people have nothing to read in them.
                if matches!(
                    entry,
                    ControlEntry::LedgerOpened(_) | ControlEntry::KeyCertified(_)
                ) || !reader.sees_control(space, entry)
                {
                    return None;
                }
                item.kind = Some(entry.kind());
                (item.title, item.text) = control_words(entry, |person| {
                    let withheld = || "a person whose name is withheld".to_owned();
                    names.get(person).cloned().unwrap_or_else(withheld)
                });
                if let Some(actor) = entry.actor() {
                    item.by = names.get(&actor.person).cloned();
                    item.role = Some(actor.role);
                }
            }
            Body::Content(entry) => {
                if matches!(entry.body, ContentBody::PersonNamed(_)) || !reader.reads(entry) {
                    return None;
                }
                item.kind = Some(entry.kind());
                if space.control.is_recalled(at) {
                    item.title = "recalled".into();
                } else if reader.is_cleared(at) {
                    item.title = "about a subject who was cleared".into();
                } else {
                    item.title.clone_from(&entry.title);
                    item.text = content_words(&entry.body);
                }
                item.marking = Some(entry.marking.tlp);
                item.by = said_by(state, space, names, at, entry.by);
                item.home = home_of(state, space, at, entry.by);
                item.role = Some(entry.role);
                if ledger.own && space.kind == SpaceKind::Case {
                    let meant = self
                        .other_parties(space)
                        .into_iter()
                        .filter(|org| entry.to.includes(org));
                    (item.released_to, item.not_released_to) =
                        meant.partition(|org| state.released.contains_key(&(at, org.clone())));
                    let released = item
                        .released_to
                        .iter()
                        .filter_map(|org| state.released.get(&(at, org.clone())));
                    item.decisions = released
                        .filter_map(|index| Some(state.releases.get(*index)?.decided.clone()))
                        .collect();
                }
            }
        }
        Some(item)
    }
}

/// When each party came onto the case, the last time.
fn joined(state: &State, space: &Space) -> BTreeMap<OrgName, u64> {
    let opened = space.control.case();
    let mut joined: BTreeMap<OrgName, u64> = opened
        .map(|opened| (opened.org.clone(), opened.wall_ms))
        .into_iter()
        .collect();
    for at in space.of_kinds(|kind| kind == EntryKind::PartyAdded) {
        if let Some((_, header, Body::Control(ControlEntry::PartyAdded(said)))) = state.entry(at)
            && space.control.counts(at)
        {
            joined.insert(said.org.clone(), header.clock.wall_ms);
        }
    }
    joined
}

impl Node {
    /// An exhibit with its chain of custody.
    pub(crate) fn exhibit_view(&self, state: &State, space: &Space, at: EntryRef) -> Option<ExhibitView> {
        exhibit(state, space, &self.config.org, &names(state, space), at)
    }
}

fn exhibit(
    state: &State,
    space: &Space,
    own: &OrgName,
    names: &BTreeMap<PersonId, String>,
    at: EntryRef,
) -> Option<ExhibitView> {
    let (ledger, header, body) = state.entry(at)?;
    let Body::Content(entry) = body else { return None };
    let ContentBody::EvidenceDelivered(said) = &entry.body else {
        return None;
    };
    if set_aside(state, space, at).is_some() {
        return None;
    }
    let custody = space.control.custody(at);
    let steps = custody.map_or(&[][..], |custody| &custody.steps);
    Some(ExhibitView {
        at,
        reference: said.exhibit.clone(),
        from: said.on_behalf_of.clone().unwrap_or_else(|| ledger.org.clone()),
        when_ms: header.clock.wall_ms,
        lines: said.package.lines,
        sources: said.package.sources.clone(),
        customers: said.package.customers,
        marking: entry.marking.tlp,
        manifest_sha256: said.package.manifest_sha256.clone(),
        here: state.objects.contains(&object_name(at)),
        acquisition: said.acquisition.clone(),
        outside: crate::custody::outside(state, space, (own, names), at),
        custody: steps
            .iter()
            .map(|step| CustodyView {
                at: step.at,
                when_ms: step.wall_ms,
                // Who gave it stands in the exhibit's own note, which whoever sees this reads.
                from: match &said.on_behalf_of {
                    Some(org) if step.from.as_str() == FROM_A_GUEST => org.clone(),
                    _ => step.from.clone(),
                },
                to: step.to.clone(),
                received: step.received,
                by: names.get(&step.actor.person).cloned(),
                commitment: step.commitment.clone(),
            })
            .collect(),
        state: match custody.map(|custody| &custody.state) {
            Some(CustodyState::Received { .. }) => "received",
            Some(CustodyState::Disputed { .. }) => "disputed",
            Some(CustodyState::HandedNotReceived { .. }) | None => "handed",
        },
        held_by: custody.map(|custody| match &custody.state {
            CustodyState::Received { holder } | CustodyState::Disputed { holder } => holder.clone(),
            CustodyState::HandedNotReceived { to, .. } => to.clone(),
        }),
        from_a_guest: said.on_behalf_of.is_some(),
    })
}

#[cfg(test)]
mod tests {
    use accord_model::control::MemberAdded;

    use super::*;

    #[test]
    fn partners_name_their_own_people_only() {
        let (agency, isp): (OrgName, OrgName) = ("agency".parse().unwrap(), "isp".parse().unwrap());
        let (ours, theirs, unknown) = (PersonId([1; 16]), PersonId([2; 16]), PersonId([3; 16]));
        let added = |person| {
            ControlEntry::from(MemberAdded {
                by: person,
                role: Role::Approver,
                person,
                roles: vec![Role::Approver],
                until_ms: None,
                scope: None,
            })
        };
        // The provider also names the agency's person as its own, later.
        let said = [(&agency, added(ours)), (&isp, added(theirs)), (&isp, added(ours))];
        let homes = homes(said.iter().map(|(org, entry)| (*org, entry)));
        let check = |writer: &OrgName, person, organisation: &OrgName, expected| {
            let said = PersonNamed {
                person,
                name: "Mallory".into(),
                organisation: organisation.clone(),
            };
            assert_eq!(may_name(&homes, writer, &said), expected, "{writer}: {said:?}");
        };
        check(&isp, theirs, &isp, true);
        check(&isp, ours, &isp, false);
        check(&isp, ours, &agency, false);
        check(&isp, unknown, &isp, false);
        check(&agency, ours, &agency, true);
        check(&agency, theirs, &isp, false);
    }
}
