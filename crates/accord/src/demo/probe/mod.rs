//! The outsider: everything it can ask, asked after every step, and the comparison of what it hears in two worlds.
//!
//! - `plan`: what is asked: the routes that the nodes' own router is built from, a part of them after each step and all of
//!   them after the last, so that a new route is probed without a change here; at the four other nodes as a stranger and
//!   as the peer that it is, at its own as its own people.
//! - `known`: the ids to ask with, real ones of the case and invented ones.
//! - `ask`: asking, and making an answer comparable.
//! - `heard`: the comparison.
//!
//! It reads as well what notices the nodes send, as they come over the wire.
//!
//! Invariants: a real id is answered like an invented one; the two worlds are answered alike. Nodes are asked at the
//! same time, each one question after the other, so that what a node draws from its seeded randomness is the same in
//! both worlds.

mod ask;
mod heard;
mod known;
mod plan;

use std::collections::BTreeSet;
use std::sync::Arc;

use accord_server::Listed;
use tokio::task::JoinSet;

use super::StepError;
use super::nodes::{Who, World};
use super::peer_key::{PeerKey, public_key};
use super::story::Story;
use ask::Asker;
use heard::Answer;
pub use heard::{Compared, Heard, Recording};
pub use known::Known;
pub use plan::readable;

/// After so many rounds every route was asked; in the last one all of them are.
const TURNS: usize = 7;

/// The outsider of one world.
#[derive(Debug)]
pub struct Probe<'a> {
    world: &'a World,
    http: reqwest::Client,
    key: Arc<PeerKey>,
    round: usize,
    /// Notices that were read on their way.
    letters: usize,
    routes: BTreeSet<Listed>,
}

impl<'a> Probe<'a> {
    /// The outsider of a world.
    pub fn new(world: &'a World) -> Result<Self, StepError> {
        Ok(Self {
            world,
            http: super::client::http()?,
            key: Arc::new(PeerKey::of(world.place(Who::Outsider)?)?),
            round: 0,
            letters: 0,
            routes: BTreeSet::new(),
        })
    }

    /// How many routes were asked so far.
    pub fn routes(&self) -> usize {
        self.routes.len()
    }

    /// What came by mail and by webhook since the last time: whoever is on the way reads it.
    fn read_on_the_way(&mut self, story: &Story<'_>, known: &Known) -> Heard {
        let letters = story.posted();
        let new = letters.iter().enumerate().skip(self.letters);
        let read = new.map(|(number, letter)| {
            let body = known.name_ids(letter.clone().into_bytes());
            (format!("notice {number} on its way"), Answer::letter(body))
        });
        let read = read.collect();
        self.letters = letters.len();
        read
    }

    /// Asks every node what is its turn, or all of it, with real and with invented ids: what was heard. A real id that
    /// is answered otherwise than an invented one is an error.
    pub async fn ask(&mut self, story: &Story<'_>, all: bool) -> Result<Heard, StepError> {
        let every = if all { 1 } else { TURNS };
        self.round += 1;
        let known = Arc::new(Known::of(&story.ids()));
        let mut asking = JoinSet::new();
        for who in Who::ALL {
            let place = self.world.place(who)?;
            let pairs = if who == Who::Outsider {
                plan::at_home(&known, &story.sessions(who), self.round, every)
            } else {
                plan::elsewhere(&known, self.round, every)
            };
            self.routes.extend(pairs.iter().filter_map(|pair| pair.route));
            let asker = Asker {
                who,
                url: place.url.clone(),
                answers_with: public_key(place)?,
                signs_with: self.key.clone(),
                http: self.http.clone(),
                known: known.clone(),
                now_s: self.world.nature.now_ms() / 1_000,
                round: self.round,
            };
            asking.spawn(async move { (who, asker.ask_all(pairs).await) });
        }
        let mut by_node = Vec::new();
        while let Some(asked) = asking.join_next().await {
            let (who, heard) = asked.map_err(StepError::from_display)?;
            by_node.push((who, heard?));
        }
        by_node.sort_by_key(|(who, _)| *who);
        let mut heard: Heard = by_node.into_iter().flat_map(|(_, heard)| heard).collect();
        heard.extend(self.read_on_the_way(story, &known));
        Ok(heard)
    }
}
