//! What the node holds in memory, and loading it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use accord_ledger::checkpoint::SignedCheckpoint;
use accord_ledger::note::{Note, VerifierKey};
use accord_ledger::witness::ForkProof;
use accord_ledger::{Header, Payload};
use accord_model::content::targets::concerns;
use accord_model::control::SpaceKind;
use accord_model::{Category, EntryRef, LedgerId, OrgName, PersonId, SpaceId};
use accord_store::{Batch, Store};

use super::ledger::{Body, Cosigned, Fork, Ledger};
use super::open::{Alike, Open};
use super::space::{Space, agreement_facts};
use crate::asks::{ANSWERS, PendingAnswer};
use crate::config::NodeConfig;
use crate::duties::Kept;
use crate::error::{Result, ServiceError};
use crate::hunts::Preview;
use crate::looks::Looks;
use crate::notes::{NOTE_KINDS, WAITING, WaitingNote};
use crate::peers::{Farewell, Invitation, Peer};
use crate::people::{PERSONS, Person, SESSIONS, Session};
use crate::protection::{Audiences, Lists, Logged, Seen};
use crate::release::Decided;
use crate::sharing::TaxiiState;

/// A recorded release.
#[derive(Debug, Clone)]
pub(crate) struct Release {
    pub at: EntryRef,
    pub org: OrgName,
    pub decided: Decided,
    /// When, ms UTC.
    pub at_ms: u64,
}

/// Everything the node holds in memory.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub persons: BTreeMap<PersonId, Person>,
    pub sessions: HashMap<String, Session>,
    pub peers: BTreeMap<OrgName, Peer>,
    pub invitations: BTreeMap<String, Invitation>,
    pub previews: BTreeMap<EntryRef, Preview>,
    /// Answers that wait for a second person's yes.
    pub answers: BTreeMap<EntryRef, PendingAnswer>,
    /// Files that approvers uploaded to answer a request with, and have not sent.
    pub uploads: BTreeMap<EntryRef, crate::uploads::Upload>,
    pub answered: HashMap<String, crate::idempotency::Answered>,
    pub conversations: BTreeMap<String, crate::victims::Conversation>,
    /// Identities from partners that a custodian here has refused.
    pub refused_identities: BTreeSet<EntryRef>,
    /// Links of organisations without a node, by id.
    pub guest_links: BTreeMap<String, crate::guest::GuestLink>,
    /// Log sources that are sinkholes of targets.
    pub sinkholes: BTreeMap<String, crate::disruption::Sinkhole>,
    /// In which time zone organisations work.
    pub org_zones: BTreeMap<OrgName, String>,
    /// What people want to be told, what they were told of, what is to be sent, how sending goes.
    pub notice_settings: BTreeMap<PersonId, crate::notices::NoticeSettings>,
    pub notice_told: BTreeMap<PersonId, crate::notices::Told>,
    pub notice_outbox: BTreeMap<String, crate::notices::Outgoing>,
    pub notice_state: crate::notices::NoticeState,
    /// What may name a victim, by digest, under which grant.
    pub namings: BTreeMap<String, EntryRef>,
    pub spaces: BTreeMap<SpaceId, Space>,
    pub ledgers: BTreeMap<LedgerId, Ledger>,
    pub releases: Vec<Release>,
    pub released: BTreeMap<(EntryRef, OrgName), usize>,
    /// Positions released to an organisation, by ledger, in the order of their release: what its cursors count.
    releases_to: BTreeMap<OrgName, BTreeMap<LedgerId, Vec<u64>>>,
    farewells: BTreeMap<String, Farewell>,
    /// Ids of the objects in the store.
    pub objects: BTreeSet<String>,
    /// This organisation's own infrastructure, by value.
    pub own: BTreeMap<String, crate::disruption::OwnItem>,
    /// Who looked at what was shared.
    pub looks: Looks,
    /// Drafts of what people brought in, by id.
    pub imports: BTreeMap<String, crate::intel::ImportDraft>,
    /// Hunts in this organisation's own logs, by id.
    pub own_hunts: BTreeMap<String, crate::own_hunts::OwnHunt>,
    /// Questions in SQL that are kept.
    pub kept_sql: BTreeMap<String, crate::sql_kept::KeptSql>,
    /// Notes that wait for a second person, by id.
    pub waiting_notes: BTreeMap<String, WaitingNote>,
    /// The names that this node's logs hold: not of the journal, and the same whatever was undone.
    pub logged: Arc<Logged>,
    /// What is watched before there is a case, by id.
    pub threats: BTreeMap<String, crate::threats::Threat>,
    /// What leads belong to here.
    pub leads: BTreeMap<EntryRef, crate::leads::LeadFile>,
    /// Who is served verdicts.
    pub audiences: Audiences,
    /// Values that many use.
    pub lists: Lists,
    /// Lists that others publish.
    pub feeds: crate::feeds::Feeds,
    /// Where the job that destroys saw the clock.
    pub destroy_clock: crate::destroying::DestroyClock,
    /// What was seen in look-ups.
    pub seen: Seen,
    /// What was seen and is in no saved state of the stories yet.
    pub fed: crate::emerging::Fed,
    /// What was said of stories, by their reference.
    pub judged: BTreeMap<String, crate::emerging::Judged>,
    /// Edges, and the last batch of each that was counted.
    pub edges: crate::protection::Edges,
    /// What the release of a note of another organisation asks of this one.
    pub duties: BTreeMap<EntryRef, Kept>,
    /// Notes of this organisation that somebody they are for has not got.
    pub open: Open,
    /// Which sources saw it.
    pub sources: crate::protection::Sources,
    /// Who comes by TAXII, and what they added.
    pub taxii: TaxiiState,
    /// Own ledgers with entries that no checkpoint covers yet.
    pub dirty: BTreeSet<LedgerId>,
}

impl State {
    /// Reads everything from the store and checks it as it goes.
    pub async fn load(store: &Store, config: &NodeConfig, now_ms: u64) -> Result<Self> {
        let mut state = Self::default();
        for (_, person) in store.documents::<Person>(PERSONS).await? {
            state.persons.insert(person.id, person);
        }
        state.sessions = store.documents::<Session>(SESSIONS).await?.into_iter().collect();
        for (_, peer) in store.documents::<Peer>(crate::peers::PEERS).await? {
            state.peers.insert(peer.org.clone(), peer);
        }
        state.invitations = store
            .documents(crate::peers::INVITATIONS)
            .await?
            .into_iter()
            .collect();
        state.farewells = store
            .documents(crate::peers::FAREWELLS)
            .await?
            .into_iter()
            .collect();
        for (_, preview) in store.documents::<Preview>(crate::hunts::PREVIEWS).await? {
            state.previews.insert(preview.request, preview);
        }
        for (_, answer) in store.documents::<PendingAnswer>(ANSWERS).await? {
            state.answers.insert(answer.request, answer);
        }
        for (_, upload) in store
            .documents::<crate::uploads::Upload>(crate::uploads::UPLOADS)
            .await?
        {
            state.uploads.insert(upload.request, upload);
        }
        state.answered = store
            .documents(crate::idempotency::ANSWERED)
            .await?
            .into_iter()
            .collect();
        state.conversations = store
            .documents(crate::victims::CONVERSATIONS)
            .await?
            .into_iter()
            .collect();
        for (at, _) in store
            .documents::<crate::victims::IdentityRefused>(crate::victims::REFUSED_IDENTITIES)
            .await?
        {
            let at = at
                .parse()
                .map_err(|_| ServiceError::Unexplained(format!("the refused identity \"{at}\"")))?;
            state.refused_identities.insert(at);
        }
        state.guest_links = store
            .documents(crate::guest::GUEST_LINKS)
            .await?
            .into_iter()
            .collect();
        state.load_notices(store).await?;
        state.sinkholes = store
            .documents(crate::disruption::SINKHOLES)
            .await?
            .into_iter()
            .collect();
        for (org, zone) in store.documents::<String>(crate::disruption::ORG_ZONES).await? {
            let org = org
                .parse()
                .map_err(|_| ServiceError::Unexplained(format!("the zone of \"{org}\"")))?;
            state.org_zones.insert(org, zone);
        }
        state.namings = store
            .documents(crate::victims::NAMINGS)
            .await?
            .into_iter()
            .collect();
        state.own = store
            .documents(crate::disruption::OWN)
            .await?
            .into_iter()
            .collect();
        state.duties = crate::duties::load(store).await?;
        state.imports = store
            .documents(crate::intel::IMPORTS)
            .await?
            .into_iter()
            .collect();
        state.own_hunts = store
            .documents(crate::own_hunts::OWN_HUNTS)
            .await?
            .into_iter()
            .collect();
        state.kept_sql = store
            .documents(crate::sql_kept::KEPT_SQL)
            .await?
            .into_iter()
            .collect();
        state.looks = Looks::load(store).await?;
        state.waiting_notes = store.documents(WAITING).await?.into_iter().collect();
        state.threats = store
            .documents(crate::threats::THREATS)
            .await?
            .into_iter()
            .collect();
        for (_, file) in store
            .documents::<crate::leads::LeadFile>(crate::leads::LEADS)
            .await?
        {
            state.leads.insert(file.at, file);
        }
        state.audiences = Audiences::load(store).await?;
        state.lists = Lists::load(store).await?;
        state.feeds = crate::feeds::Feeds::load(store).await?;
        let clock = store.documents(crate::destroying::DESTROY_CLOCK).await?;
        if let Some((_, clock)) = clock.into_iter().next() {
            state.destroy_clock = clock;
        }
        state.seen = Seen::load(store).await?;
        state.edges = crate::protection::Edges::load(store).await?;
        state.fed = crate::emerging::Fed::load(store).await?;
        state.judged = store
            .documents(crate::emerging::JUDGED)
            .await?
            .into_iter()
            .collect();
        state.sources = crate::protection::Sources::load(store).await?;
        state.taxii = TaxiiState::load(store).await?;
        state.objects = store.object_ids().await?.into_iter().collect();
        state.load_ledgers(store, config).await?;
        for row in store.releases().await? {
            let org = row
                .org
                .parse()
                .map_err(|_| ServiceError::Unexplained(format!("release {}", row.id)))?;
            let unreadable = |_| ServiceError::Unexplained(format!("release {}", row.id));
            state.keep_release(Release {
                at: EntryRef {
                    ledger: LedgerId(row.ledger),
                    seq: row.seq,
                },
                org,
                decided: serde_json::from_str(&row.decision).map_err(unreadable)?,
                at_ms: row.decided_ms,
            });
        }
        state.refold_all(now_ms);
        Ok(state)
    }

    async fn load_notices(&mut self, store: &Store) -> Result<()> {
        let person = |id: &str| {
            id.parse::<PersonId>()
                .map_err(|_| ServiceError::Unexplained(format!("notices of \"{id}\"")))
        };
        for (id, settings) in store.documents(crate::notices::NOTICE_SETTINGS).await? {
            self.notice_settings.insert(person(&id)?, settings);
        }
        for (id, told) in store.documents(crate::notices::NOTICE_TOLD).await? {
            self.notice_told.insert(person(&id)?, told);
        }
        self.notice_outbox = store
            .documents(crate::notices::NOTICE_OUTBOX)
            .await?
            .into_iter()
            .collect();
        if let Some((_, kept)) = store
            .documents(crate::notices::NOTICE_STATE)
            .await?
            .into_iter()
            .next()
        {
            self.notice_state = kept;
        }
        Ok(())
    }

    async fn load_ledgers(&mut self, store: &Store, config: &NodeConfig) -> Result<()> {
        let broken = |what: String| ServiceError::Unexplained(what);
        let forks = store.forks().await?;
        for row in store.ledgers().await? {
            let id = LedgerId(row.id);
            let org: OrgName = row
                .org
                .parse()
                .map_err(|_| broken(format!("ledger {id} names no organisation")))?;
            if row.own != (org == config.org) {
                return Err(broken(format!(
                    "ledger {id} is of {org}, and this node is {}",
                    config.org
                )));
            }
            let mut ledger = Ledger::new(id, SpaceId(row.space), org, row.own);
            for entry in store.entries(row.id).await? {
                let at = EntryRef {
                    ledger: id,
                    seq: entry.seq,
                };
                let header =
                    Header::decode(&entry.header).map_err(|error| broken(format!("{at}: {error}")))?;
                if header.seq != ledger.size() || header.ledger.0 != row.id {
                    return Err(broken(format!("{at}: an entry is missing before it")));
                }
                let payload = entry.payload.as_deref().map(Payload::decode).transpose();
                let payload = payload.map_err(|error| broken(format!("{at}: {error}")))?;
                if let Some(payload) = &payload {
                    payload
                        .verify(&header)
                        .map_err(|error| broken(format!("{at}: {error}")))?;
                }
                ledger.push(header, payload);
            }
            for (_, _, _, proof) in forks.iter().filter(|(_, forked, ..)| *forked == row.id) {
                let read =
                    ForkProof::decode(proof).map_err(|error| broken(format!("fork of {id}: {error}")))?;
                let common = read.common();
                if ledger.fork.as_ref().is_none_or(|known| common < known.common) {
                    let proof = proof.clone();
                    ledger.fork = Some(Fork { common, proof });
                }
            }
            self.know(&ledger)?;
            ledger.author_key = super::absorb::author_key(&ledger);
            if !row.checkpoint.is_empty() {
                let note = Note::parse(row.checkpoint.as_bytes())
                    .map_err(|error| broken(format!("{id}: {error}")))?;
                let key = ledger
                    .author_key
                    .clone()
                    .ok_or_else(|| broken(format!("{id}: no certificate")))?;
                let signed =
                    SignedCheckpoint::open(note, &key).map_err(|error| broken(format!("{id}: {error}")))?;
                let head = signed.checkpoint();
                if ledger.tree.root_at(head.size) != Some(head.root) {
                    return Err(broken(format!("ledger {id} is not what its checkpoint says")));
                }
                ledger.checkpoint = Some(signed);
            }
            self.ledgers.insert(id, ledger);
        }
        for (ledger, org, size, note) in store.cosignatures().await? {
            if let (Some(ledger), Ok(org)) = (self.ledgers.get_mut(&LedgerId(ledger)), org.parse()) {
                ledger.cosigned.insert(org, Cosigned { size, note });
            }
        }
        Ok(())
    }

    /// Makes the space of a ledger known, from the ledger's own first entry.
    pub fn know(&mut self, ledger: &Ledger) -> Result<()> {
        let Some(Body::Control(accord_model::control::ControlEntry::LedgerOpened(opened))) = ledger.body(0)
        else {
            return Err(ServiceError::Unexplained(format!(
                "ledger {} does not say what it is for",
                ledger.id
            )));
        };
        if opened.space_id() != ledger.space {
            return Err(ServiceError::Unexplained(format!(
                "ledger {} is of another space than its first note says",
                ledger.id
            )));
        }
        let space = self
            .spaces
            .entry(ledger.space)
            .or_insert_with(|| Space::new(opened));
        space.ledgers.insert(ledger.id);
        Ok(())
    }

    /// Keeps a release in memory.
    pub fn keep_release(&mut self, release: Release) {
        self.open.got(release.at, &release.org);
        self.releases_to
            .entry(release.org.clone())
            .or_default()
            .entry(release.at.ledger)
            .or_default()
            .push(release.at.seq);
        self.released
            .insert((release.at, release.org.clone()), self.releases.len());
        self.releases.push(release);
    }

    /// When an entry was released to an organisation, ms UTC.
    pub fn released_ms(&self, at: EntryRef, org: &OrgName) -> Option<u64> {
        let index = self.released.get(&(at, org.clone()))?;
        self.releases.get(*index).map(|release| release.at_ms)
    }

    /// The positions released to an organisation, by ledger, in the order of their release.
    pub fn releases_to(&self, org: &OrgName) -> impl Iterator<Item = (LedgerId, &[u64])> {
        let ledgers = self.releases_to.get(org).into_iter().flatten();
        ledgers.map(|(ledger, releases)| (*ledger, releases.as_slice()))
    }

    /// The positions of one ledger released to an organisation, in the order of their release.
    pub fn released_of(&self, ledger: LedgerId, org: &OrgName) -> &[u64] {
        let released = self.releases_to.get(org).and_then(|all| all.get(&ledger));
        released.map_or(&[], Vec::as_slice)
    }

    /// How far an organisation that was removed from a space may still read it.
    pub fn farewell(&self, space: SpaceId, org: &OrgName) -> Option<&Farewell> {
        self.farewells.get(&Farewell::id(space, org))
    }

    /// Keeps how far an organisation that is being removed may read.
    pub fn keep_farewell(&mut self, batch: &mut Batch, space: SpaceId, org: &OrgName, farewell: Farewell) {
        let id = Farewell::id(space, org);
        batch.document(crate::peers::FAREWELLS, &id, &farewell);
        self.farewells.insert(id, farewell);
    }

    /// Folds every space again, agreements before the cases that run under them.
    pub fn refold_all(&mut self, now_ms: u64) {
        let mut ids: Vec<(bool, SpaceId)> = self
            .spaces
            .values()
            .map(|space| (space.kind == SpaceKind::Case, space.id))
            .collect();
        ids.sort();
        for (_, id) in ids {
            self.refold(id, now_ms);
        }
    }

    /// Whether an entry that waited for its time to come can count now.
    pub fn is_due(&self, now_ms: u64) -> bool {
        self.spaces
            .values()
            .any(|space| space.due_ms.is_some_and(|due| due <= now_ms))
    }

    /// Folds again what became due.
    pub fn refold_due(&mut self, now_ms: u64) {
        if self.is_due(now_ms) {
            self.refold_all(now_ms);
        }
    }

    /// Takes entries that were added at the end of one ledger of a space: at the end of its order, or by folding it
    /// again.
    pub fn took(&mut self, id: SpaceId, added: &[EntryRef], now_ms: u64) {
        let ledgers = &self.ledgers;
        let space = self.spaces.get_mut(&id);
        if space.is_some_and(|space| space.extend(ledgers, added, now_ms)) {
            for at in added {
                self.open_for(id, *at);
            }
        } else {
            self.refold(id, now_ms);
        }
    }

    /// Notes an own note of a case as open for whoever it is for and has not got it.
    fn open_for(&mut self, id: SpaceId, at: EntryRef) {
        let Some(space) = self.spaces.get(&id).filter(|space| space.kind == SpaceKind::Case) else {
            return;
        };
        let Some((ledger, _, Body::Content(entry))) = self.entry(at) else {
            return;
        };
        if !ledger.own {
            return;
        }
        let to: Vec<OrgName> = space
            .control
            .parties()
            .keys()
            .filter(|org| **org != ledger.org && entry.to.includes(org))
            .filter(|org| !self.released.contains_key(&(at, (*org).clone())))
            .cloned()
            .collect();
        if to.is_empty() {
            return;
        }
        let found = concerns(entry, &|at| match self.entry(at)? {
            (_, _, Body::Content(found)) => Some(found),
            _ => None,
        });
        let alike = Alike {
            kind: entry.kind(),
            tlp: entry.marking.tlp,
            concerns: match entry.kind().category() {
                Some(Category::Target | Category::Receipt) => found,
                _ => BTreeSet::new(),
            },
            alone: (!NOTE_KINDS.contains(&entry.kind())).then_some(at),
        };
        self.open.add(id, at, &alike, to);
    }

    /// Folds one space again.
    pub fn refold(&mut self, id: SpaceId, now_ms: u64) {
        let Some(mut space) = self.spaces.remove(&id) else {
            return;
        };
        space.refold(
            &self.ledgers,
            |digest| {
                let words = self.agreement_words(digest)?;
                Some(agreement_facts(self.agreement(digest)?, words.ever_signed))
            },
            |digest, org| {
                self.agreement(digest)?
                    .party(org)
                    .map(|party| party.identity.clone())
            },
            now_ms,
        );
        let kind = space.kind;
        self.open.forget(id);
        let own = space.ledgers.iter().filter(|id| {
            let ledger = self.ledgers.get(id);
            ledger.is_some_and(|ledger| ledger.own)
        });
        let own: BTreeSet<LedgerId> = own.copied().collect();
        let written: Vec<EntryRef> = space
            .linear
            .iter()
            .filter(|at| own.contains(&at.ledger))
            .copied()
            .collect();
        self.spaces.insert(id, space);
        for at in written {
            self.open_for(id, at);
        }
        if kind == SpaceKind::Agreement {
            let cases: Vec<SpaceId> = self
                .spaces
                .values()
                .filter(|space| space.kind == SpaceKind::Case)
                .map(|space| space.id)
                .collect();
            for case in cases {
                self.refold(case, now_ms);
            }
        }
    }

    /// How many entries of a ledger a key of an organisation vouches for: all, where it was not revoked.
    pub fn trusted_size(&self, org: &OrgName, key: &VerifierKey, ledger: LedgerId) -> Option<u64> {
        let revoked = self.spaces.values().flat_map(|space| &space.revoked);
        revoked
            .filter(|said| said.org == org.as_str() && said.key == *key)
            .map(|said| said.trusted_size(&super::ledger::hash_id(ledger)))
            .min()
    }

    /// Whether an organisation has revoked a key.
    pub fn is_revoked(&self, org: &OrgName, key: &VerifierKey) -> bool {
        let mut revoked = self.spaces.values().flat_map(|space| &space.revoked);
        revoked.any(|said| said.org == org.as_str() && said.key == *key)
    }

    /// Whether many use a value: by the lists, or by how many sources saw it lately.
    pub fn is_popular(&self, value: &str, now_ms: u64) -> bool {
        let today = u32::try_from(now_ms / 86_400_000).unwrap_or(u32::MAX);
        self.lists.is_popular(value) || self.sources.is_popular(value, today, &self.logged)
    }

    /// A space of a kind.
    pub fn space(&self, id: SpaceId, kind: SpaceKind) -> Option<&Space> {
        self.spaces.get(&id).filter(|space| space.kind == kind)
    }

    /// What an entry says, with its ledger.
    pub fn entry(&self, at: EntryRef) -> Option<(&Ledger, &Header, &Body)> {
        let ledger = self.ledgers.get(&at.ledger)?;
        Some((ledger, ledger.header(at.seq)?, ledger.body(at.seq)?))
    }
}
