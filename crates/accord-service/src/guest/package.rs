//! The evidence package of what a guest gave: exactly what was uploaded, recorded as such.

use std::collections::BTreeMap;

use accord_evidence::acquisition::{
    Actor, Authority, Completeness, Exhibit, Method, Place, RequestReference, Standing, Standings, When,
};
use accord_evidence::content::{Hex32, PACKAGE_MAX_LINES};
use accord_evidence::{Acquisition, EvidenceLine, Origin, SourceLines, Stated};
use accord_model::Role;
use accord_model::content::{ContentEntry, GuestAddressee, RequestMade};

use super::link::{FILES_MAX, GuestLink};
use crate::decide::{references, utc_of};
use crate::error::Result;
use crate::journal::{Space, State};
use crate::node::Node;
use crate::release::GUEST_CLAUSE;

/// A text of at most so many lines is kept line by line; anything else is one piece.
pub(super) const TEXT_LINES_MAX: usize = 20_000;
const _: () = assert!(
    TEXT_LINES_MAX * (FILES_MAX + 1) <= PACKAGE_MAX_LINES,
    "a full answer fits into a package"
);

/// A file as a source of a package: every byte of it, in lines where it is text, otherwise as one piece.
pub(crate) fn source(name: &str, bytes: &[u8]) -> SourceLines {
    let is_text = std::str::from_utf8(bytes).is_ok() && !bytes.contains(&0);
    let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    let by_line = is_text && lines.len() <= TEXT_LINES_MAX;
    let pieces = if by_line { lines } else { vec![bytes] };
    let mut offset = 0;
    let lines = (1..)
        .zip(pieces)
        .map(|(line, bytes)| {
            let at = offset;
            offset += bytes.len() as u64;
            EvidenceLine {
                line,
                offset: at,
                bytes: bytes.to_vec(),
                matches: Vec::new(),
                time: None,
            }
        })
        .collect();
    SourceLines {
        name: name.to_owned(),
        origin: Origin::Sha256(Hex32::sha256(bytes)),
        media_type: if by_line {
            "text/plain"
        } else {
            "application/octet-stream"
        }
        .to_owned(),
        lines,
    }
}

/// What an answer is made a package of.
pub(super) struct Given<'a> {
    pub link: &'a GuestLink,
    pub made: &'a RequestMade,
    pub guest: &'a GuestAddressee,
    pub request: &'a ContentEntry,
    pub asked_ms: u64,
    pub exhibit: &'a str,
    pub lines: u64,
    pub files: usize,
    /// When the first of it arrived, ms UTC.
    pub from_ms: u64,
}

impl Node {
    /// The record of an upload. The organisation that has the node acquired it, by taking it at its link; who gave it,
    /// and that nothing of it was extracted here, stands in it.
    pub(super) fn guest_acquisition(
        &self,
        state: &State,
        space: &Space,
        given: &Given<'_>,
    ) -> Result<Acquisition> {
        let (case, agreement) = references(state, space, GUEST_CLAUSE)?;
        let link = given.link;
        let actor = |person, role| Actor {
            person,
            name: state.persons.get(&person).map_or_else(
                || Stated::not("held by the organisation"),
                |known| Stated::Value(known.name.clone()),
            ),
            role,
            organisation: self.config.org.clone(),
            organisation_kind: self.config.kind,
        };
        let approver = link.approved.as_ref().map_or(link.asked.by, |done| done.by);
        let authority = match &given.guest.authority {
            None => Stated::not("none is needed for this kind of request"),
            Some(known) => Stated::Value(vec![Authority {
                kind: "legal instrument, as stated in the request".to_owned(),
                identifier: known.reference.clone(),
                issued_by: known.authority.clone(),
                power: known.power.clone(),
                from: utc_of(known.from_ms)?,
                to: Stated::Value(utc_of(known.to_ms)?),
                entry: Stated::Value(link.request),
            }]),
        };
        let now = self.now_ms();
        Ok(Acquisition {
            exhibit: Exhibit {
                reference: given.exhibit.to_owned(),
                root: Stated::not("this is a root exhibit"),
                description: format!(
                    "what {} ({}) gave through a link in answer to {}: {} files",
                    given.guest.organisation, link.org, given.made.reference, given.files
                ),
            },
            case,
            agreement,
            request: RequestReference {
                entry: link.request,
                organisation: self.config.org.clone(),
                person: given.request.by,
                home: crate::views::home_of(state, space, link.request, given.request.by),
                asked: utc_of(given.asked_ms)?,
            },
            acquired_by: actor(link.asked.by, given.request.role),
            approved_by: actor(approver, Role::CaseOfficer),
            authority,
            when: When {
                started: utc_of(given.from_ms.max(given.asked_ms).min(now))?,
                ended: utc_of(now)?,
                source_zone: Stated::not("not stated by whoever gave it"),
                source_clock_offset_ms: Stated::not("not stated by whoever gave it"),
                source_time_reference: Stated::not("not stated by whoever gave it"),
            },
            place: Place {
                organisation: self.config.org.clone(),
                system: format!("the link of accord, where {} gave it", link.org),
                location: Stated::not("held by the organisation"),
            },
            how: Method {
                tool: "accord".to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
                tool_sha256: Stated::not("not computed at run time"),
                settings: BTreeMap::from([(
                    "taken from".to_owned(),
                    "an upload by whoever has the link: exactly what was uploaded, nothing was searched, selected or \
                     changed here"
                        .to_owned(),
                )]),
                question: serde_json::to_string(given.made).unwrap_or_default(),
                known_faults: Stated::Value("none known in this version".to_owned()),
            },
            exported: Vec::new(),
            why: given.made.reason.clone(),
            completeness: Completeness {
                lines_found: given.lines,
                lines_released: given.lines,
                narrowed: Vec::new(),
                not_collected: vec![format!(
                    "what else {} holds: how it was found there, and what was left, only they can say",
                    link.org
                )],
                source_retention: Stated::not("not stated by whoever gave it"),
            },
            integrity_at_rest: Stated::not(
                "before the upload it was kept by whoever gave it; digests were taken when it arrived",
            ),
            standing: Standings {
                original_lines: Standing::PreparedForInvestigation,
                selection: Standing::PreparedForInvestigation,
            },
            custodian: format!("{}, {}", given.guest.organisation, given.guest.contact),
            seal: "SHA-256 of manifest-sha256.txt in the ledger of the organisation that asked".to_owned(),
            sealed: utc_of(now)?,
            marking: given.request.marking,
            handling_code: Stated::not("none given"),
            protective_marking: Stated::not("none given"),
            witness_statement: Stated::not("none yet"),
        })
    }
}

/// The first instant at which anything of a draft arrived.
pub(super) fn first_ms(link: &GuestLink, now_ms: u64) -> u64 {
    link.draft
        .files
        .iter()
        .map(|file| file.at_ms)
        .min()
        .unwrap_or(now_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_lines_and_anything_else_one_piece_and_no_byte_is_lost() {
        let long = "x\n".repeat(TEXT_LINES_MAX);
        let longer = "x\n".repeat(TEXT_LINES_MAX + 1);
        for (bytes, pieces, media) in [
            (&b"a\nb"[..], 2, "text/plain"),
            (&b"a\r\n"[..], 1, "text/plain"),
            (&b"\xff\xfe\n\n"[..], 1, "application/octet-stream"),
            (&b"PK\0\n\n"[..], 1, "application/octet-stream"),
            (long.as_bytes(), TEXT_LINES_MAX, "text/plain"),
            (longer.as_bytes(), 1, "application/octet-stream"),
        ] {
            let made = source("f", bytes);
            assert_eq!(made.lines.len(), pieces);
            assert_eq!(made.media_type, media);
            let again: Vec<u8> = made.lines.iter().flat_map(|line| line.bytes.clone()).collect();
            assert_eq!(again, bytes);
        }
    }
}
