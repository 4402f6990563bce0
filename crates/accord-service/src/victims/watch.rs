//! Nothing that leaves names a victim.
//!
//! The gate asks here about every content entry before it leaves, publishing asks before it is written where others
//! would get it, the writing of control entries asks because all parties read them, and the answer to a hunt asks about
//! every original line. The names are those of every identity sealed to this node's custodian key that this node holds:
//! of conversations as they are given, of notes as they are filed, and of what partners give. An identity that cannot be opened cannot be looked
//! for: the victim's page says so, and so does the node's log.
//!
//! Who writes on the victim's own case is told the pseudonym; anybody else only that something names a victim.
//! Whatever is refused says a little all the same: that this node knows such a victim. That is so of any such check.
//! Each refusal to write, release or deliver is a line of the access log: who, on which case, by which check; never the
//! name. Asking what would happen is none.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use accord_evidence::{EvidenceLine, SourceLines};
use accord_model::content::{ContentBody, ContentEntry};
use accord_model::control::{ControlEntry, SpaceKind};
use accord_model::{EntryKind, EntryRef, PersonId, SpaceId};
use serde_json::Value;

use super::giving::{GIVEN_MAX, bound_of, no_identity};
use super::identity::Bound;
use super::names::Names;
use crate::config::NodeConfig;
use crate::error::{Result, ServiceError};
use crate::journal::{Body, Space, State};
use crate::node::Node;

/// Original lines are looked through in blocks of about so many bytes.
const BLOCK_BYTES: usize = 1 << 20;

/// Where an identity is held.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Source {
    /// A note.
    Note(EntryRef),
    /// A conversation, and which of the identities it gave.
    Given(String, usize),
}

/// The compiled names of everything that is held.
#[derive(Debug)]
struct Compiled {
    held: Vec<Source>,
    /// Whose a name is, in the order in which they were compiled.
    owners: Vec<Source>,
    names: Names,
    unreadable: BTreeSet<Source>,
}

/// The compiled names, made again when an identity comes or goes; and what was refused and stands in the access log
/// no later than the next change.
#[derive(Debug, Default)]
pub(crate) struct Watch(Mutex<Option<Arc<Compiled>>>, Mutex<Vec<Refused>>);

/// Most refusals that wait for their line in the access log: of more, the first ones are written.
const REFUSED_MAX: usize = 1_000;

/// Something that was refused because it names a victim. What it says is kept nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    /// Whose words they were, where a person wrote them.
    pub by: Option<PersonId>,
    /// The case.
    pub case: SpaceId,
    /// Which check: `note`, `control-note`, `release` or `original-lines`.
    pub check: &'static str,
}

impl Watch {
    fn refused(&self, by: Option<PersonId>, case: SpaceId, check: &'static str) {
        let mut waiting = self.1.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() < REFUSED_MAX {
            waiting.push(Refused { by, case, check });
        }
    }

    /// What was refused and stands in no line yet.
    pub fn take_refused(&self) -> Vec<Refused> {
        std::mem::take(&mut *self.1.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A victim that a text names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Named {
    /// The `victim.recorded` note, once there is one.
    pub victim: Option<EntryRef>,
    /// Its case.
    pub case: Option<SpaceId>,
    /// Its pseudonym.
    pub pseudonym: Option<String>,
    /// The conversation, where it is held by one.
    pub conversation: Option<String>,
}

impl Named {
    /// Why something does not leave, in words that who writes on a case may read.
    fn words(all: &BTreeSet<Self>, case: SpaceId) -> String {
        let known = all.iter().filter(|one| one.case == Some(case));
        let names: Vec<&str> = known.filter_map(|one| one.pseudonym.as_deref()).collect();
        let whom = if names.is_empty() {
            "it names a victim".to_owned()
        } else {
            format!("it names a victim ({})", names.join(", "))
        };
        format!("{whom}: leave out the name, domain or address, and use the pseudonym")
    }
}

impl State {
    /// Every identity held here that is for this organisation's custodian, recalled ones as long as they are here: who
    /// looks no more is not named either. With what each is bound to.
    fn identities_held<'a>(&'a self, config: &'a NodeConfig) -> Vec<(Source, Bound<'a>, &'a str)> {
        let mut held = Vec::new();
        for ledger in self.ledgers.values() {
            let most = if ledger.own { usize::MAX } else { GIVEN_MAX };
            for seq in ledger.sealed.iter().take(most) {
                let at = EntryRef {
                    ledger: ledger.id,
                    seq: *seq,
                };
                if let Some(Body::Content(entry)) = ledger.body(*seq)
                    && let ContentBody::VictimIdentity(said) = &entry.body
                    && no_identity(self, config, at).is_none()
                {
                    let bound = bound_of(config, ledger, said);
                    held.push((Source::Note(at), bound, said.ciphertext.as_str()));
                }
            }
        }
        for conversation in self.conversations.values() {
            for (number, given) in conversation.identities.iter().enumerate() {
                if given.filed.is_none() {
                    let source = Source::Given(conversation.id.clone(), number);
                    held.push((source, Bound::Own(&config.org), given.sealed.as_str()));
                }
            }
        }
        held
    }
}

/// Every text in a value, one a line.
fn texts(value: &Value, out: &mut String) {
    match value {
        Value::String(text) => {
            out.push_str(text);
            out.push('\n');
        }
        Value::Array(values) => values.iter().for_each(|value| texts(value, out)),
        Value::Object(fields) => fields.values().for_each(|value| texts(value, out)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

impl Node {
    fn compiled(&self, state: &State) -> Option<Arc<Compiled>> {
        let held = state.identities_held(&self.config);
        if held.is_empty() {
            return None;
        }
        let mut cached = self.watch.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(compiled) = cached.as_ref()
            && compiled.held.iter().eq(held.iter().map(|(source, ..)| source))
        {
            return Some(compiled.clone());
        }
        let (mut identities, mut owners, mut unreadable) = (Vec::new(), Vec::new(), BTreeSet::new());
        for (source, bound, sealed) in &held {
            match self.opened(*bound, sealed) {
                Some(identity) => {
                    identities.push(identity);
                    owners.push(source.clone());
                }
                None => {
                    unreadable.insert(source.clone());
                }
            }
        }
        if !unreadable.is_empty() {
            tracing::warn!(
                count = unreadable.len(),
                "identities of victims cannot be opened with this node's custodian key: they cannot be looked for in \
                 what leaves"
            );
        }
        let compiled = Arc::new(Compiled {
            held: held.into_iter().map(|(source, ..)| source).collect(),
            owners,
            names: Names::new(&identities),
            unreadable,
        });
        *cached = Some(compiled.clone());
        Some(compiled)
    }

    /// Whether an identity that stands in a note can be opened here.
    pub(super) fn can_open(&self, state: &State, at: EntryRef) -> bool {
        let held = self.compiled(state);
        held.is_some_and(|held| {
            !held.unreadable.contains(&Source::Note(at)) && held.held.contains(&Source::Note(at))
        })
    }

    /// The victims that a text names. For whatever else is to leave this node: a file, a feed, a name to be blocked.
    pub(crate) fn victims_in(&self, state: &State, text: &str) -> BTreeSet<Named> {
        let Some(compiled) = self.compiled(state) else {
            return BTreeSet::new();
        };
        let found = compiled.names.find(text);
        let sources = found.into_iter().filter_map(|of| compiled.owners.get(of));
        sources.map(|source| self.named(state, source)).collect()
    }

    /// One of the victims that a text names.
    pub(crate) fn named_in(&self, state: &State, text: &str) -> Option<Named> {
        self.victims_in(state, text).into_iter().next()
    }

    fn named(&self, state: &State, source: &Source) -> Named {
        let mut named = Named {
            victim: None,
            case: None,
            pseudonym: None,
            conversation: None,
        };
        match source {
            Source::Given(id, _) => {
                named.conversation = Some(id.clone());
                let attached = state
                    .conversations
                    .get(id)
                    .and_then(|found| found.attached.as_ref());
                if let Some(attached) = attached {
                    named.victim = Some(attached.victim);
                    named.case = Some(attached.case);
                    named.pseudonym = Some(attached.pseudonym.clone());
                }
            }
            Source::Note(at) => {
                if let Some((ledger, _, Body::Content(entry))) = state.entry(*at)
                    && let ContentBody::VictimIdentity(said) = &entry.body
                {
                    named.victim = Some(said.victim);
                    named.case = Some(ledger.space);
                    if let Some((_, _, Body::Content(entry))) = state.entry(said.victim)
                        && let ContentBody::VictimRecorded(victim) = &entry.body
                    {
                        named.pseudonym = Some(victim.pseudonym.clone());
                    }
                    let mut all = state.conversations.values();
                    let from = all.find(|one| one.attached.as_ref().map(|to| to.victim) == Some(said.victim));
                    named.conversation = from.map(|one| one.id.clone());
                }
            }
        }
        named
    }

    /// What an entry says that could name somebody: its title and its body. Not what the form fixes: who writes, for
    /// whom, how marked.
    pub(super) fn spoken(entry: &ContentEntry) -> String {
        let mut text = format!("{}\n", entry.title);
        match &entry.body {
            // Sealed, and read by nobody else; why it is given is not.
            ContentBody::VictimIdentity(said) => {
                text.extend(said.given.iter().map(|given| given.text.as_str()));
            }
            body => texts(&body.to_json(), &mut text),
        }
        text
    }

    /// The victims that an entry names and was not allowed to.
    pub(super) fn named_by(&self, state: &State, entry: &ContentEntry) -> BTreeSet<Named> {
        if self.compiled(state).is_none() {
            return BTreeSet::new();
        }
        let mut all = self.victims_in(state, &Self::spoken(entry));
        if !all.is_empty() {
            all.retain(|named| !Self::may_name(state, entry, named));
        }
        all
    }

    /// Why an entry does not leave, when it names a victim.
    pub(crate) fn victim_named(&self, state: &State, case: SpaceId, entry: &ContentEntry) -> Option<String> {
        let all = self.named_by(state, entry);
        (!all.is_empty()).then(|| Named::words(&all, case))
    }

    /// Refuses to write what would leave and names a victim. What is for this organisation alone may name one; and a
    /// colleague who is called like a victim stays on the case, unnamed to the others.
    pub(crate) fn names_no_victim(&self, state: &State, case: SpaceId, entry: &ContentEntry) -> Result<()> {
        let space = state.spaces.get(&case).ok_or(ServiceError::NotFound("case"))?;
        let leaves = self.other_parties(space).iter().any(|org| entry.to.includes(org));
        if !leaves || entry.kind() == EntryKind::PersonNamed {
            return Ok(());
        }
        match self.victim_named(state, case, entry) {
            Some(words) => {
                self.watch.refused(Some(entry.by), case, "note");
                Err(ServiceError::denied(words))
            }
            None => Ok(()),
        }
    }

    /// Notes for the access log that a release was refused because the note names a victim.
    pub(crate) fn release_refused(&self, state: &State, case: SpaceId, entry: &ContentEntry) {
        if self.victim_named(state, case, entry).is_some() {
            self.watch.refused(Some(entry.by), case, "release");
        }
    }

    /// Refuses a control entry of a case that names a victim: every party reads it, for good. That parties are named
    /// in it is its form.
    pub(crate) fn control_names_no_victim(
        &self,
        state: &State,
        space: &Space,
        entry: &ControlEntry,
    ) -> Result<()> {
        if space.kind != SpaceKind::Case || self.compiled(state).is_none() {
            return Ok(());
        }
        let mut text = String::new();
        texts(&entry.to_json(), &mut text);
        let parties = space.control.parties();
        let is_party = |line: &&str| parties.keys().any(|org| org.as_str() == *line);
        let spoken: Vec<&str> = text.lines().filter(|line| !is_party(line)).collect();
        let all = self.victims_in(state, &spoken.join("\n"));
        if all.is_empty() {
            Ok(())
        } else {
            let by = entry.actor().map(|actor| actor.person);
            self.watch.refused(by, space.id, "control-note");
            Err(ServiceError::denied(Named::words(&all, space.id)))
        }
    }

    /// Refuses words about what leaves, which leave with it and name a victim.
    pub(crate) fn words_name_no_victim(
        &self,
        state: &State,
        by: PersonId,
        case: SpaceId,
        text: &str,
    ) -> Result<()> {
        let all = self.victims_in(state, text);
        if all.is_empty() {
            return Ok(());
        }
        self.watch.refused(Some(by), case, "words-about-a-file");
        Err(ServiceError::denied(format!(
            "what you say of the file does not leave as it stands ({}): say it in other words",
            Named::words(&all, case)
        )))
    }

    /// Refuses original lines that name a victim: as sealed exhibits they would have to stay here.
    pub(crate) fn lines_name_no_victim(
        &self,
        state: &State,
        by: PersonId,
        case: SpaceId,
        sources: &[SourceLines],
    ) -> Result<()> {
        if self.compiled(state).is_none() {
            return Ok(());
        }
        for source in sources {
            let mut rest = source.lines.as_slice();
            while !rest.is_empty() {
                let mut bytes = 0;
                let of_block = |line: &&EvidenceLine| {
                    bytes += line.bytes.len();
                    bytes <= BLOCK_BYTES
                };
                let count = rest.iter().take_while(of_block).count().max(1);
                let (block, after) = rest.split_at(count.min(rest.len()));
                rest = after;
                // Line by line only where the block holds something: what stands over two lines names nobody.
                let text: Vec<_> = block
                    .iter()
                    .map(|line| String::from_utf8_lossy(&line.bytes))
                    .collect();
                if self.victims_in(state, &text.join("\n")).is_empty() {
                    continue;
                }
                for (line, text) in block.iter().zip(&text) {
                    let all = self.victims_in(state, text);
                    if !all.is_empty() {
                        let words = Named::words(&all, case);
                        self.watch.refused(Some(by), case, "original-lines");
                        return Err(ServiceError::denied(format!(
                            "line {} of {} does not leave as it stands ({words}): narrow the answer so that it leaves \
                             such lines out, or refuse; original lines are not edited",
                            line.line, source.name
                        )));
                    }
                }
            }
        }
        Ok(())
    }
}
