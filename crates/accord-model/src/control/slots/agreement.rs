//! Where agreements stand, and what organisations say of their keys.

use std::collections::BTreeMap;

use super::{Slot, View, ledgers};
use crate::AgreementDigest;
use crate::OrgName;
use crate::control::{AgreementState, ControlEntry, KeyWord, Noted};

impl<'n> View<'_, 'n> {
    fn of_agreement(&self, digest: AgreementDigest, is: fn(&ControlEntry) -> bool) -> Vec<&'n Noted> {
        let mut entries = self.slot(&Slot::Agreement(digest));
        entries.retain(|noted| is(&noted.entry));
        entries
    }

    /// Whether exactly these bytes were proposed.
    pub(in crate::control) fn proposed(&self, digest: AgreementDigest) -> bool {
        !self
            .of_agreement(digest, |entry| {
                matches!(entry, ControlEntry::AgreementProposed(_))
            })
            .is_empty()
    }

    /// Whether a party terminated it. Beats everything, and nothing undoes it.
    pub(in crate::control) fn terminated(&self, digest: AgreementDigest) -> bool {
        !self
            .of_agreement(digest, |entry| {
                matches!(entry, ControlEntry::AgreementTerminated(_))
            })
            .is_empty()
    }

    /// Where it stands. Of one organisation's words that have not seen each other, refused wins.
    pub(in crate::control) fn agreement(&self, digest: AgreementDigest) -> Option<AgreementState> {
        let facts = self.facts.agreements.get(&digest)?;
        let proposals = self.of_agreement(digest, |entry| {
            matches!(entry, ControlEntry::AgreementProposed(_))
        });
        let endings = self.of_agreement(digest, |entry| {
            matches!(entry, ControlEntry::AgreementTerminated(_))
        });
        let words = self.of_agreement(digest, |entry| {
            matches!(
                entry,
                ControlEntry::AgreementSigned(_) | ControlEntry::AgreementRefused(_)
            )
        });
        let mut proposed: Vec<_> = proposals.iter().map(|noted| noted.at).collect();
        proposed.sort();
        let mut state = AgreementState {
            parties: facts.parties.clone(),
            proposed,
            signed: BTreeMap::new(),
            refused: BTreeMap::new(),
            terminated: BTreeMap::new(),
        };
        for ending in endings {
            let first = state.terminated.entry(ending.author.clone()).or_insert(ending.at);
            *first = (*first).min(ending.at);
        }
        for org in facts.parties.keys() {
            let own: Vec<&'n Noted> = words
                .iter()
                .copied()
                .filter(|noted| noted.author == *org)
                .collect();
            let mut latest = self.latest(&ledgers(&own));
            latest.sort_by_key(|noted| noted.at);
            let refused = latest
                .iter()
                .find(|noted| matches!(noted.entry, ControlEntry::AgreementRefused(_)));
            if let Some(noted) = refused {
                state.refused.insert(org.clone(), noted.at);
            } else if let Some(noted) = latest.first()
                && let ControlEntry::AgreementSigned(body) = &noted.entry
            {
                state
                    .signed
                    .insert(org.clone(), (noted.at, body.signature.clone()));
            }
        }
        (!state.proposed.is_empty()).then_some(state)
    }

    /// What an organisation said of its keys, each word behind those it has seen.
    pub(in crate::control) fn key_words(&self, org: &OrgName) -> Vec<KeyWord> {
        let word = |noted: &Noted| match &noted.entry {
            ControlEntry::KeyCertified(body) => Some(KeyWord::Certified(noted.at, body.certificate.clone())),
            ControlEntry::KeyRevoked(body) => Some(KeyWord::Revoked(noted.at, body.revocation.clone())),
            _ => None,
        };
        let words = self.earlier_first(&self.lines(&Slot::Keys(org.clone())));
        words.into_iter().filter_map(word).collect()
    }
}
