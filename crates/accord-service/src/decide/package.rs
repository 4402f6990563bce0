//! The evidence package that a yes makes: its lines, its record of how they were acquired, its signature.

use std::collections::{BTreeMap, BTreeSet};

use accord_evidence::acquisition::{
    Actor, AgreementReference, Authority, CaseNumber, CaseReferences, Completeness, Exhibit, Method, Place,
    RequestReference, Standing as CourseStanding, Standings, When,
};
use accord_evidence::{Acquisition, EvidenceLine, Match, Origin, SourceLines, Stated, TagFiles, Utc};
use accord_ledger::proof::Proof;
use accord_logstore::Rendering;
use accord_model::content::{ContentBody, ContentEntry};
use accord_model::control::ORAL_CONFIRMED_WITHIN_MS;
use accord_model::{EntryRef, PersonId, Role, SpaceId};
use accord_store::Batch;

use super::Origins;
use crate::error::{Result, ServiceError};
use crate::hunts::{Asked, FoundLine, Preview};
use crate::journal::{Space, State, entry_id, hash_id};
use crate::node::Node;
use crate::people::SignedIn;
use crate::release::Decided;

fn utc(ms: i64) -> Result<Utc> {
    Utc::from_ms(ms).map_err(|error| ServiceError::Unexplained(error.to_string()))
}

pub(crate) fn utc_of(ms: u64) -> Result<Utc> {
    utc(i64::try_from(ms).unwrap_or(i64::MAX))
}

/// How a package names its case, and the agreement with the clause under which it was made.
pub(crate) fn references(
    state: &State,
    space: &Space,
    clause: &str,
) -> Result<(CaseReferences, AgreementReference)> {
    let opened = space.control.case().ok_or(ServiceError::NotFound("case"))?;
    let agreement = state
        .agreement(opened.case.agreement)
        .ok_or(ServiceError::NotFound("agreement"))?;
    let case = CaseReferences {
        id: space.id,
        operation: Stated::Value(opened.case.operation.clone()),
        numbers: vec![CaseNumber {
            organisation: opened.org.clone(),
            number: opened.case.reference.clone(),
        }],
    };
    let agreement = AgreementReference {
        digest: agreement.digest(),
        title: agreement.terms().title.clone(),
        clause: clause.to_owned(),
    };
    Ok((case, agreement))
}

impl Node {
    /// Adds entry, proof and certificate, and signs.
    pub(crate) fn finish_package(
        &self,
        state: &mut State,
        batch: &mut Batch,
        exhibit: EntryRef,
        sealed: &accord_evidence::Sealed,
    ) -> Result<Vec<u8>> {
        let broken =
            |what: &dyn std::fmt::Display| ServiceError::Unexplained(format!("package of {exhibit}: {what}"));
        let checkpoint = self.checkpoint(state, batch, exhibit.ledger)?;
        let ledger = state
            .ledgers
            .get(&exhibit.ledger)
            .ok_or(ServiceError::NotFound("ledger"))?;
        let (Some(header), Some(payload)) = (ledger.header(exhibit.seq), ledger.payload(exhibit.seq)) else {
            return Err(ServiceError::NotFound("note"));
        };
        debug_assert_eq!(header.id(), entry_id(exhibit));
        debug_assert_eq!(header.ledger, hash_id(exhibit.ledger));
        let hashes = ledger
            .tree
            .inclusion_proof(exhibit.seq, ledger.size())
            .map_err(|error| broken(&error))?;
        let proof = Proof {
            extra: None,
            index: exhibit.seq,
            hashes,
            checkpoint,
        };
        let tags = TagFiles {
            entry: header.encode(),
            payload: payload.encode(),
            proof: proof.encode().into_bytes(),
            certificate: self.keys.certificate.encode().into_bytes(),
        };
        let package =
            accord_evidence::finish(sealed, &tags, &self.keys.evidence).map_err(|error| broken(&error))?;
        package.to_zip().map_err(|error| broken(&error))
    }

    /// The holder's reference of its next exhibit on a case.
    pub(crate) fn exhibit_reference(&self, state: &State, space: SpaceId) -> String {
        let own = state
            .ledgers
            .values()
            .filter(|ledger| ledger.own && ledger.space == space);
        let before = own
            .flat_map(|ledger| &ledger.bodies)
            .filter(|body| {
                matches!(body, crate::journal::Body::Content(entry)
                    if matches!(entry.body, ContentBody::EvidenceDelivered(_)))
            })
            .count();
        format!("{}/{}", self.config.org, before + 1)
    }

    pub(super) fn evidence_sources(
        &self,
        lines: &[&FoundLine],
        bytes: Vec<Vec<u8>>,
    ) -> Result<(Vec<SourceLines>, Origins)> {
        let mut by_segment: BTreeMap<String, Vec<(&FoundLine, Vec<u8>)>> = BTreeMap::new();
        for (line, bytes) in lines.iter().zip(bytes) {
            by_segment
                .entry(line.segment.clone())
                .or_default()
                .push((line, bytes));
        }
        let (mut sources, mut origins) = (Vec::new(), Origins::new());
        for (segment, mut lines) in by_segment {
            lines.sort_by_key(|(line, _)| line.line);
            let id = accord_logstore::SegmentId::parse(&segment)
                .ok_or_else(|| ServiceError::Unexplained(format!("segment {segment}")))?;
            let manifest = &self.logs.segment(&id)?.manifest;
            // The whole log stays here: its digest would let addresses and names in it be guessed.
            let salt = self.random();
            let origin = Origin::commit(&salt, &manifest.log.sha256.0);
            origins.insert(segment.clone(), hex::encode(salt));
            sources.push(SourceLines {
                name: id.source().to_owned(),
                origin,
                media_type: "text/plain".to_owned(),
                lines: lines
                    .into_iter()
                    .map(|(line, bytes)| {
                        Ok(EvidenceLine {
                            line: line.line,
                            offset: line.offset,
                            bytes,
                            matches: line
                                .hits
                                .iter()
                                .take(accord_evidence::content::LINE_MAX_MATCHES)
                                .map(|(indicator, kind, value, how)| Match {
                                    indicator: indicator.clone(),
                                    kind: kind.clone(),
                                    value: value.clone(),
                                    relation: how.clone(),
                                })
                                .collect(),
                            time: line.time_ms.map(utc).transpose()?,
                        })
                    })
                    .collect::<Result<_>>()?,
            });
        }
        Ok((sources, origins))
    }

    /// What the record of every answer to a request says, whatever it was made from: case, agreement, request, people,
    /// authority. What is said of the material itself is still missing, and is put in by who knows it.
    #[expect(
        clippy::too_many_arguments,
        reason = "the record has that many parts, each from another place"
    )]
    pub(crate) fn record_of(
        &self,
        state: &State,
        space: &Space,
        who: &SignedIn,
        at: EntryRef,
        asked: &Asked,
        entry: &ContentEntry,
        decided: &Decided,
    ) -> Result<Acquisition> {
        let ContentBody::EvidenceDelivered(said) = &entry.body else {
            return Err(ServiceError::NotFound("note"));
        };
        let (case, agreement) = references(state, space, &decided.clause)?;
        let approver = self.actor(who.person, Stated::Value(who.name.clone()));
        let now = utc_of(self.now_ms())?;
        Ok(Acquisition {
            exhibit: Exhibit {
                reference: said.exhibit.clone(),
                root: Stated::not("this is a root exhibit"),
                description: entry.title.clone(),
            },
            case,
            agreement,
            request: RequestReference {
                entry: at,
                organisation: asked.asker.clone(),
                person: asked.entry.by,
                home: crate::views::home_of(state, space, at, asked.entry.by),
                asked: utc_of(asked.asked_ms)?,
            },
            acquired_by: approver.clone(),
            approved_by: approver,
            authority: authority_of(space, asked)?,
            when: When {
                started: now,
                ended: now,
                source_zone: Stated::not("not known"),
                source_clock_offset_ms: Stated::not("not measured"),
                source_time_reference: Stated::not("not stated by the source"),
            },
            place: Place {
                organisation: self.config.org.clone(),
                system: "accord log store".to_owned(),
                location: Stated::not("held by the organisation"),
            },
            how: Method {
                tool: "accord".to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
                tool_sha256: Stated::not("not computed at run time"),
                settings: BTreeMap::new(),
                question: String::new(),
                known_faults: Stated::Value("none known in this version".to_owned()),
            },
            exported: Vec::new(),
            why: asked.made.reason.clone(),
            completeness: Completeness {
                lines_found: said.package.lines,
                lines_released: said.package.lines,
                narrowed: Vec::new(),
                not_collected: Vec::new(),
                source_retention: Stated::not("not stated by the source"),
            },
            integrity_at_rest: Stated::not("not stated by the source"),
            standing: Standings {
                original_lines: CourseStanding::PreparedForInvestigation,
                selection: CourseStanding::PreparedForInvestigation,
            },
            custodian: self.config.org.to_string(),
            seal: "SHA-256 of manifest-sha256.txt in the holder's ledger".to_owned(),
            sealed: now,
            marking: entry.marking,
            handling_code: Stated::not("none given"),
            protective_marking: Stated::not("none given"),
            witness_statement: Stated::not("none yet"),
        })
    }

    /// An approver of this organisation, as a record names them.
    pub(crate) fn actor(&self, person: PersonId, name: Stated<String>) -> Actor {
        Actor {
            person,
            name,
            role: Role::Approver,
            organisation: self.config.org.clone(),
            organisation_kind: self.config.kind,
        }
    }

    /// What of a preview's lines was rendered from Windows event logs, by the segments of the lines.
    fn rendered_in(&self, preview: &Preview) -> Vec<(String, Rendering)> {
        let segments: BTreeSet<&String> = preview.lines.iter().map(|line| &line.segment).collect();
        let rendered = segments.into_iter().filter_map(|name| {
            let id = accord_logstore::SegmentId::parse(name)?;
            let segment = self.logs.segment(&id).ok()?;
            Some((name.clone(), segment.manifest.rendered.clone()?))
        });
        rendered.collect()
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "the record has that many parts, each from another place"
    )]
    pub(super) fn acquisition(
        &self,
        state: &State,
        space: &Space,
        who: &SignedIn,
        at: EntryRef,
        asked: &Asked,
        preview: &Preview,
        entry: &ContentEntry,
        decided: &Decided,
        narrowed: &[String],
    ) -> Result<Acquisition> {
        let ContentBody::EvidenceDelivered(said) = &entry.body else {
            return Err(ServiceError::NotFound("note"));
        };
        let base = self.record_of(state, space, who, at, asked, entry, decided)?;
        let configs: Vec<_> = said
            .package
            .sources
            .iter()
            .filter_map(|name| self.logs.source(name).ok())
            .collect();
        let joined = |values: BTreeSet<String>| values.into_iter().collect::<Vec<_>>().join("; ");
        let zones: BTreeSet<String> = configs
            .iter()
            .map(|source| source.time_zone.clone())
            .filter(|zone| !zone.is_empty())
            .collect();
        let offsets: BTreeSet<i64> = configs
            .iter()
            .filter_map(|source| source.clock_offset_ms)
            .collect();
        let custodians: BTreeSet<String> = configs.iter().map(|source| source.custodian.clone()).collect();
        let ordinary = configs.iter().all(|source| source.ordinary_course);
        let mut not_collected = preview.gaps.clone();
        if preview.lines_outside_time > 0 {
            not_collected.push(format!(
                "{} lines match outside the time asked for",
                preview.lines_outside_time
            ));
        }
        let pieces = match preview.segments_outside_time {
            0 => None,
            1 => Some("1 piece of the logs was".to_owned()),
            many => Some(format!("{many} pieces of the logs were")),
        };
        not_collected.extend(pieces.map(|pieces| {
            format!("{pieces} not searched: every line there states a time outside the time asked for")
        }));
        let rendered = self.rendered_in(preview);
        for (_, rendering) in &rendered {
            let unread = rendering.read.unread + rendering.read.missing_chunks;
            if unread > 0 {
                not_collected.push(format!(
                    "{unread} parts of a Windows event log could not be read and were not searched"
                ));
            }
        }
        not_collected.push("logs that the holder had not brought into its store before the hunt".to_owned());
        Ok(Acquisition {
            exhibit: Exhibit {
                description: format!("{} lines of logs of {}", said.package.lines, self.config.org),
                ..base.exhibit
            },
            when: When {
                started: utc_of(preview.started_ms)?,
                ended: utc_of(preview.ended_ms)?,
                source_zone: if zones.is_empty() {
                    Stated::not("not known")
                } else {
                    Stated::Value(joined(zones))
                },
                source_clock_offset_ms: match (offsets.first(), offsets.len()) {
                    (Some(offset), 1) => Stated::Value(*offset),
                    (None, _) => Stated::not("not measured"),
                    _ => Stated::not("differs by source"),
                },
                ..base.when
            },
            how: Method {
                settings: [
                    ("weak matches".to_owned(), "off".to_owned()),
                    ("matching rules".to_owned(), "docs/spec/matching.md".to_owned()),
                ]
                .into_iter()
                .chain(rendered_in_words(&rendered))
                .collect(),
                question: serde_json::to_string(asked.hunt()?).unwrap_or_default(),
                ..base.how
            },
            completeness: Completeness {
                lines_found: preview.lines.len() as u64,
                narrowed: narrowed.to_vec(),
                not_collected,
                ..base.completeness
            },
            integrity_at_rest: Stated::Value(
                "digests taken at import; every frame checked against them when it was read".to_owned(),
            ),
            standing: Standings {
                // What the node rendered was made for looking, whatever it was rendered from.
                original_lines: if ordinary && rendered.is_empty() {
                    CourseStanding::OrdinaryCourse
                } else {
                    CourseStanding::PreparedForInvestigation
                },
                ..base.standing
            },
            custodian: joined(custodians),
            ..base
        })
    }
}

/// How lines came to be that stand in no log: as a setting of the method, so that nobody takes them for the original.
fn rendered_in_words(rendered: &[(String, Rendering)]) -> Option<(String, String)> {
    let said: Vec<String> = rendered
        .iter()
        .map(|(name, rendering)| {
            format!(
                "the lines of {name} are events of the Windows event log {}, rendered by {}: each names the place of its record \
                 in that file, which the holder keeps byte for byte",
                rendering.segment, rendering.by
            )
        })
        .collect();
    (!said.is_empty()).then(|| (accord_evidence::RENDERED_SETTING.to_owned(), said.join("; ")))
}

/// The authority that a request rests on, as a record names it.
fn authority_of(space: &Space, asked: &Asked) -> Result<Stated<Vec<Authority>>> {
    let instrument = asked
        .made
        .instrument
        .and_then(|at| Some((at, space.control.instrument(at)?)));
    let oral = asked
        .made
        .oral
        .and_then(|at| Some((at, space.control.orals().get(&at)?)));
    Ok(match (instrument, oral) {
        (None, None) => Stated::not("none was recorded"),
        (None, Some((at, known))) => Stated::Value(vec![Authority {
            kind: "oral authority, threat to life".to_owned(),
            identifier: "given by word of mouth".to_owned(),
            issued_by: known.says.authority.clone(),
            power: known.says.power.clone(),
            from: utc_of(known.due_ms.saturating_sub(ORAL_CONFIRMED_WITHIN_MS))?,
            to: Stated::not("it carries one act"),
            entry: Stated::Value(at),
        }]),
        (Some((at, known)), _) => Stated::Value(vec![Authority {
            kind: "legal instrument".to_owned(),
            identifier: known.says.reference.clone(),
            issued_by: known.says.authority.clone(),
            power: known.says.power.clone(),
            from: utc_of(known.from_ms)?,
            to: Stated::Value(utc_of(known.to_ms)?),
            entry: Stated::Value(at),
        }]),
    })
}
