//! Where agreements stand: one digest may have been proposed in several spaces, and every word on it counts.
//!
//! Two parties may propose the same bytes before they have heard of each other, and a hostile one may propose them
//! again in a space of its own. So a digest is looked up in every space where it was proposed and that proposal
//! counts, and the words said there are put together: a signature counts wherever it stands, and a refusal or
//! termination anywhere wins over a signature of the same party elsewhere.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use accord_model::agreement::{Agreement, Standing};
use accord_model::control::SpaceKind;
use accord_model::{AgreementDigest, OrgName};

use super::space::Space;
use super::state::State;

/// What all parties said of one agreement, in all its spaces.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct AgreementWords {
    /// Whose last word is a signature.
    pub signed: BTreeSet<OrgName>,
    /// Who refuses.
    pub refused: BTreeSet<OrgName>,
    /// Who has ended it.
    pub terminated: BTreeSet<OrgName>,
    /// Who has ever validly signed it. Nothing that is said later takes anybody out of here.
    pub ever_signed: BTreeSet<OrgName>,
}

impl State {
    /// The spaces in which an agreement was proposed and the proposal counts, ascending by id.
    fn agreement_spaces(&self, digest: AgreementDigest) -> impl Iterator<Item = &Space> {
        self.spaces
            .values()
            .filter(move |space| space.proposed.contains_key(&digest))
    }

    /// An agreement whose proposal counts.
    pub fn agreement(&self, digest: AgreementDigest) -> Option<&Agreement> {
        self.agreement_spaces(digest)
            .find_map(|space| space.proposed.get(&digest))
    }

    /// Every agreement whose proposal counts, each once, ascending by digest.
    pub fn agreements(&self) -> impl Iterator<Item = (AgreementDigest, &Agreement)> {
        let digests: BTreeSet<AgreementDigest> = self
            .spaces
            .values()
            .flat_map(|space| space.proposed.keys().copied())
            .collect();
        digests
            .into_iter()
            .filter_map(|digest| Some((digest, self.agreement(digest)?)))
    }

    /// The space in which an organisation speaks of an agreement: where it has answered before, else where it has
    /// proposed it, else the first. So its later word always has seen its earlier one.
    pub fn agreement_home(&self, digest: AgreementDigest, org: &OrgName) -> Option<&Space> {
        self.agreement_spaces(digest).min_by_key(|space| {
            let answered = space.control.agreement(digest).is_some_and(|known| {
                known.ever_signed.contains(org)
                    || known.refused.contains_key(org)
                    || known.terminated.contains_key(org)
            });
            let proposed = self
                .ledgers
                .values()
                .filter(|ledger| ledger.org == *org && ledger.space == space.id)
                .any(|ledger| {
                    let known = space.control.agreement(digest);
                    known.is_some_and(|known| known.proposed.iter().any(|at| at.ledger == ledger.id))
                });
            (Reverse(answered), Reverse(proposed), space.id)
        })
    }

    /// What all parties said of an agreement; `None` where no proposal of it counts.
    pub fn agreement_words(&self, digest: AgreementDigest) -> Option<AgreementWords> {
        self.agreement(digest)?;
        let mut words = AgreementWords::default();
        for known in self
            .agreement_spaces(digest)
            .filter_map(|space| space.control.agreement(digest))
        {
            words.signed.extend(known.signed.keys().cloned());
            words.refused.extend(known.refused.keys().cloned());
            words.terminated.extend(known.terminated.keys().cloned());
            words.ever_signed.extend(known.ever_signed.iter().cloned());
        }
        for org in words.refused.iter().chain(&words.terminated) {
            words.signed.remove(org);
        }
        Some(words)
    }

    /// Where an agreement stands now.
    pub fn standing(&self, digest: AgreementDigest, now_ms: u64) -> Option<Standing> {
        let words = self.agreement_words(digest)?;
        let agreement = self.agreement(digest)?;
        Some(agreement.standing(&words.signed, &words.refused, &words.terminated, now_ms))
    }

    /// The identity key that agreements of any space name for an organisation: those that this one stands behind,
    /// else all whose proposal counts; none where they differ. With it the first ledger of a space can be read that
    /// is by somebody who is no peer.
    pub fn named_anywhere(&self, org: &OrgName) -> Option<String> {
        let unique = |endorsed: bool| {
            let spaces = self.spaces.values();
            let agreements = spaces.flat_map(|space| space.agreements(endorsed));
            let named: BTreeSet<&str> = agreements
                .filter_map(|agreement| agreement.party(org))
                .map(|party| party.identity.as_str())
                .collect();
            let first = named.first().filter(|_| named.len() == 1);
            (first.map(|first| (*first).to_owned()), named.is_empty())
        };
        match unique(true) {
            (None, true) => unique(false).0,
            (named, _) => named,
        }
    }

    /// The agreement that decides what leaves in a space, with its standing: a case's own one; in an agreement's
    /// space the one in force whose term began last, then the one with the greater digest. Every party has signed
    /// both, so no party alone chooses. Where none is in force, the same rule among the others finds the one whose
    /// standing is told as the reason.
    pub fn governing<'a>(&'a self, space: &'a Space, now_ms: u64) -> Option<(&'a Agreement, Standing)> {
        if space.kind == SpaceKind::Case {
            let digest = space.agreement?;
            return Some((self.agreement(digest)?, self.standing(digest, now_ms)?));
        }
        let candidates = space.proposed.iter().filter_map(|(digest, agreement)| {
            let standing = self.standing(*digest, now_ms)?;
            let rank = (standing.in_force(), agreement.terms().term.from_ms, *digest);
            Some((rank, agreement, standing))
        });
        let (_, agreement, standing) = candidates.max_by_key(|(rank, ..)| *rank)?;
        Some((agreement, standing))
    }
}
