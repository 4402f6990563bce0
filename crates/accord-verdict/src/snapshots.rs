//! The handle that the service holds: audiences, and what is published to each.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use accord_matcher::{BuildError, Pattern};
use arc_swap::ArcSwap;
use tokio::sync::watch;

use crate::audience::{Audience, Content, Stamp};
use crate::config::{AudienceConfig, ConfigError, TokenDigest};
use crate::edge::{Decoded, Head};
use crate::layer::Sink;
use crate::limits::{MAX_LABEL_BYTES, MAX_LABELS};
use crate::listing::{Listing, Note};
use crate::sightings::{Sighting, Sightings, day_of};
use crate::tally::Tally;

/// The time, passed in.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> u64 + Send + Sync>);

impl Clock {
    /// `now_ms` gives milliseconds since the Unix epoch, UTC.
    pub fn new(now_ms: impl Fn() -> u64 + Send + Sync + 'static) -> Clock {
        Clock(Arc::new(now_ms))
    }

    /// Now, milliseconds since the Unix epoch, UTC.
    pub fn now_ms(&self) -> u64 {
        (self.0)()
    }
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Clock")
    }
}

/// Look-ups of audiences since the start, for this node's own people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Values looked up.
    pub lookups: u64,
    /// Of these, detected in silence.
    pub detected: u64,
    /// Of these, answered with a block.
    pub blocked: u64,
    /// Sightings that were lost because nobody took them.
    pub sightings_lost: u64,
}

/// Why something was not published.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PublishError {
    /// There is no such audience.
    #[error("there is no audience `{0}`: configure it first")]
    NoAudience(String),
    /// A label, or who published, is too much.
    #[error("`{0}`: at most {MAX_LABELS} labels, each and the publisher at most {MAX_LABEL_BYTES} bytes")]
    Labels(String),
    /// What a node says to its edge does not fit what the edge has.
    #[error("the listings are not those that the node has: take all of them again")]
    Diverged,
    /// The listings are too many.
    #[error(transparent)]
    Build(#[from] BuildError),
}

#[derive(Debug, Default)]
pub(crate) struct Tables {
    audiences: BTreeMap<String, Arc<Audience>>,
    tokens: HashMap<TokenDigest, Arc<Audience>>,
    edges: HashMap<TokenDigest, Arc<Audience>>,
    /// By name in wire form.
    dnsbl: HashMap<Box<[u8]>, Arc<Audience>>,
    rpz: HashMap<Box<[u8]>, Arc<Audience>>,
    /// The lengths of all zones' names, ascending.
    zone_lengths: Vec<usize>,
}

/// Which zone a name is in.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Zone<'t> {
    Dnsbl(&'t Arc<Audience>),
    Rpz(&'t Arc<Audience>),
}

impl Tables {
    pub fn by_token(&self, token: &str) -> Option<&Arc<Audience>> {
        self.tokens.get(&TokenDigest::of(token))
    }

    pub fn by_edge_token(&self, token: TokenDigest) -> Option<&Arc<Audience>> {
        self.edges.get(&token)
    }

    pub fn is_zone_length(&self, length: usize) -> bool {
        self.zone_lengths.binary_search(&length).is_ok()
    }

    /// The zone with exactly this name, lower-case wire form.
    pub fn zone(&self, name: &[u8]) -> Option<Zone<'_>> {
        let dnsbl = self.dnsbl.get(name).map(Zone::Dnsbl);
        dnsbl.or_else(|| self.rpz.get(name).map(Zone::Rpz))
    }

    /// Whether any zone is answered to this address.
    pub fn is_client(&self, client: IpAddr) -> bool {
        self.audiences
            .values()
            .any(|audience| audience.config.answers(client))
    }

    fn of(audiences: BTreeMap<String, Arc<Audience>>) -> Tables {
        let mut tables = Tables::default();
        for audience in audiences.values() {
            for token in &audience.config.tokens {
                tables.tokens.insert(*token, audience.clone());
            }
            for token in &audience.config.edges {
                tables.edges.insert(*token, audience.clone());
            }
            for zone in audience.config.zones() {
                tables.zone_lengths.push(zone.wire().len());
            }
            if let Some(zone) = audience.config.dnsbl() {
                tables.dnsbl.insert(zone.wire().into(), audience.clone());
            }
            if let Some(rpz) = audience.config.rpz() {
                tables.rpz.insert(rpz.zone.wire().into(), audience.clone());
            }
        }
        tables.zone_lengths.sort_unstable();
        tables.zone_lengths.dedup();
        tables.audiences = audiences;
        tables
    }
}

/// Whether edges are told what there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Phase {
    /// Not everything is published yet: an edge that followed now would drop what it has.
    #[default]
    Starting,
    /// They are.
    Open,
    /// The process ends: nobody is kept waiting.
    Ending,
}

/// All audiences of a node. Cheap to clone; every clone is the same.
#[derive(Debug, Clone)]
pub struct Snapshots {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    tables: ArcSwap<Tables>,
    /// Held while the tables are changed.
    changing: Mutex<()>,
    sightings: Arc<Sightings>,
    tally: Arc<Tally>,
    clock: Clock,
    /// Counts changes.
    changes: watch::Sender<u64>,
    phase: watch::Sender<Phase>,
}

impl Snapshots {
    /// No audience yet.
    pub fn new(clock: Clock) -> Snapshots {
        Snapshots {
            inner: Arc::new(Inner {
                tables: ArcSwap::default(),
                changing: Mutex::default(),
                sightings: Arc::default(),
                tally: Arc::default(),
                clock,
                changes: watch::Sender::default(),
                phase: watch::Sender::default(),
            }),
        }
    }

    /// Adds an audience, or changes how one is served; its listings stay.
    ///
    /// # Errors
    /// [`ConfigError`]; everything is then as before.
    pub fn configure(&self, config: AudienceConfig) -> Result<(), ConfigError> {
        config.check()?;
        let _changing = self.inner.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut audiences = self.inner.tables.load().audiences.clone();
        for other in audiences.values().filter(|other| other.name() != config.name) {
            config.check_beside(&other.config)?;
        }
        let known = audiences.get(&config.name);
        let content = known.map(|known| known.content.clone());
        let content = content.unwrap_or_else(|| {
            Arc::new(Content::new(Sink {
                audience: Arc::from(config.name.as_str()),
                sightings: self.inner.sightings.clone(),
            }))
        });
        content.begin(config.serial_floor, self.inner.clock.now_ms());
        let audience = Audience {
            content,
            tally: self.inner.tally.clone(),
            clock: self.inner.clock.clone(),
            config,
        };
        audiences.insert(audience.name().to_owned(), Arc::new(audience));
        self.inner.tables.store(Arc::new(Tables::of(audiences)));
        self.changed();
        Ok(())
    }

    /// Takes an audience away, with its listings. Its sightings stay until they are taken. Whether it was there.
    pub fn close(&self, audience: &str) -> bool {
        let _changing = self.inner.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut audiences = self.inner.tables.load().audiences.clone();
        let was_there = audiences.remove(audience).is_some();
        self.inner.tables.store(Arc::new(Tables::of(audiences)));
        // Edges that wait for a change are told at once that there is nothing to follow.
        self.changed();
        was_there
    }

    /// An audience by name.
    pub fn audience(&self, name: &str) -> Option<Arc<Audience>> {
        self.inner.tables.load().audiences.get(name).cloned()
    }

    /// Every audience, by name.
    pub fn audiences(&self) -> Vec<Arc<Audience>> {
        self.inner.tables.load().audiences.values().cloned().collect()
    }

    pub(crate) fn tables(&self) -> arc_swap::Guard<Arc<Tables>> {
        self.inner.tables.load()
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.inner.clock
    }

    /// Everything that is to be served after a start is published: edges may follow from now on.
    pub fn open_to_edges(&self) {
        let open = |phase: &mut Phase| {
            let is_starting = *phase == Phase::Starting;
            if is_starting {
                *phase = Phase::Open;
            }
            is_starting
        };
        self.inner.phase.send_if_modified(open);
    }

    /// The process is about to end: edges that wait for a change are answered now.
    pub fn end_waits(&self) {
        self.inner.phase.send_replace(Phase::Ending);
    }

    pub(crate) fn phase(&self) -> watch::Receiver<Phase> {
        self.inner.phase.subscribe()
    }

    /// The audience whose look-ups a token opens.
    pub fn audience_of(&self, token: &str) -> Option<Arc<Audience>> {
        self.tables().by_token(token).cloned()
    }

    /// The audience that an edge's token opens.
    pub fn audience_of_edge(&self, token: &str) -> Option<Arc<Audience>> {
        self.tables().by_edge_token(TokenDigest::of(token)).cloned()
    }

    /// Wakes whoever waits for a change.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.inner.changes.subscribe()
    }

    fn changed(&self) {
        self.inner
            .changes
            .send_modify(|count| *count = count.wrapping_add(1));
    }

    fn known(&self, name: &str) -> Result<Arc<Audience>, PublishError> {
        self.audience(name)
            .ok_or_else(|| PublishError::NoAudience(name.to_owned()))
    }

    /// Publishes to an audience, all or nothing; the last word on an indicator counts. When this returns, every new
    /// look-up sees it. Gives the serial: unchanged where the audience cannot see the difference.
    ///
    /// # Errors
    /// [`PublishError`]; everything is then as before.
    pub fn publish(&self, audience: &str, listings: Vec<Listing>) -> Result<u32, PublishError> {
        listings.iter().try_for_each(check)?;
        let changes = listings.into_iter().map(|l| (l.pattern, Some(l.note))).collect();
        let audience = self.known(audience)?;
        let serial = audience.content.change(changes, self.here(), None)?;
        self.changed_of(&audience);
        Ok(serial)
    }

    /// Withdraws from an audience; what is not listed is passed over. When this returns, no new look-up sees it.
    ///
    /// # Errors
    /// [`PublishError`]; everything is then as before.
    pub fn withdraw(&self, audience: &str, patterns: Vec<Pattern>) -> Result<u32, PublishError> {
        let changes = patterns.into_iter().map(|pattern| (pattern, None)).collect();
        let audience = self.known(audience)?;
        let serial = audience.content.change(changes, self.here(), None)?;
        self.changed_of(&audience);
        Ok(serial)
    }

    /// At an edge: what its node says becomes what an audience has, all or nothing. Where it does not fit, the whole is
    /// to be asked for. Takes seconds for millions: not for an async task.
    ///
    /// # Errors
    /// [`PublishError`]; everything is then as before.
    pub fn follow(&self, audience: &str, told: Decoded) -> Result<(), PublishError> {
        let audience = self.known(audience)?;
        let Head {
            from,
            to,
            serial,
            changed_ms,
            ..
        } = told.head;
        let stamp = Stamp::Source { serial, changed_ms };
        if let Some(from) = from {
            audience.content.change(told.changes, stamp, Some((from, to)))?;
        } else {
            let listings = told.changes.into_iter();
            let listings = listings.filter_map(|(pattern, note)| Some((pattern, note?)));
            audience.content.replace(listings.collect(), stamp, Some(to))?;
        }
        self.changed_of(&audience);
        Ok(())
    }

    /// At an edge: its node was heard at a time, milliseconds since the Unix epoch; from now on the audience is told
    /// how long ago that is.
    ///
    /// # Errors
    /// [`PublishError::NoAudience`].
    pub fn heard(&self, audience: &str, at_ms: u64) -> Result<(), PublishError> {
        self.known(audience)?.content.heard(at_ms);
        Ok(())
    }

    fn here(&self) -> Stamp {
        Stamp::Here(self.inner.clock.now_ms())
    }

    /// Tells of a change, and compiles the live layer where it is due.
    fn changed_of(&self, audience: &Audience) {
        self.changed();
        if audience.content.is_due() {
            let content = audience.content.clone();
            // Where no thread can be had, the live layer goes on growing until the next change.
            let started = std::thread::Builder::new()
                .name("verdict-compile".to_owned())
                .spawn(move || content.compile());
            if let Err(why) = started {
                tracing::warn!(%why, "the live layer could not be compiled now");
            }
        }
    }

    /// Puts other listings in the place of all that an audience has; the last word on an indicator counts. Takes
    /// seconds for millions: not for an async task.
    ///
    /// # Errors
    /// [`PublishError`]; everything is then as before.
    pub fn replace(&self, audience: &str, listings: Vec<Listing>) -> Result<u32, PublishError> {
        listings.iter().try_for_each(check)?;
        let audience = self.known(audience)?;
        let listings = listings.into_iter().map(|l| (l.pattern, l.note)).collect();
        let serial = audience.content.replace(listings, self.here(), None)?;
        self.changed();
        Ok(serial)
    }

    /// Compiles the live layer of an audience now. It happens by itself when it is due.
    ///
    /// # Errors
    /// [`PublishError`]; everything is then as before.
    pub fn compile(&self, audience: &str) -> Result<(), PublishError> {
        Ok(self.known(audience)?.content.compile()?)
    }

    /// Takes all sightings counted since the last call, in order. Each is in exactly one batch.
    pub fn take_sightings(&self) -> Vec<Sighting> {
        let today = day_of(self.inner.clock.now_ms());
        let mut taken = Vec::new();
        for audience in self.inner.tables.load().audiences.values() {
            audience.content.take_sightings(today, &mut taken);
        }
        self.inner.sightings.take(taken)
    }

    /// Puts back sightings that could not be stored.
    pub fn put_back_sightings(&self, taken: Vec<Sighting>) {
        self.inner.sightings.put_back(taken);
    }

    /// Look-ups since the start.
    pub fn counts(&self) -> Counts {
        let (lookups, detected, blocked) = self.inner.tally.sums();
        Counts {
            lookups,
            detected,
            blocked,
            sightings_lost: self.inner.sightings.lost(),
        }
    }
}

fn check(listing: &Listing) -> Result<(), PublishError> {
    if is_within(&listing.note) {
        Ok(())
    } else {
        Err(PublishError::Labels(listing.pattern.canonical().to_owned()))
    }
}

/// Whether labels and publisher keep their limits.
pub(crate) fn is_within(note: &Note) -> bool {
    note.labels.len() <= MAX_LABELS
        && note.publisher.len() <= MAX_LABEL_BYTES
        && note.labels.iter().all(|label| label.len() <= MAX_LABEL_BYTES)
}
