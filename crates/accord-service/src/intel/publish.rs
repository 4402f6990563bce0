//! A draft published: what will happen first, then all of it in one commit.

use std::collections::BTreeSet;

use accord_model::content::second::needs_second;
use accord_model::{EntryKind, EntryRef, OrgName, SpaceId, Tlp};
use serde::{Deserialize, Serialize};

use super::draft;
use super::files::spoken;
use super::pieces::{Pieces, pieces, with_report};
use crate::error::{Result, ServiceError};
use crate::node::Node;
use crate::notes::Published;
use crate::people::SignedIn;
use crate::permit::Act;
use crate::release::{Circumstances, Decided};

/// One note or file that a draft becomes.
#[derive(Debug, Clone, Serialize)]
pub struct PlannedNote {
    /// Its kind.
    pub kind: EntryKind,
    /// Its one line.
    pub title: String,
    /// How many values it has.
    pub values: usize,
    /// How far it may travel.
    pub marking: Tlp,
    /// Whether it waits for a second person first.
    pub second: bool,
    /// Whom it reaches, with the clause.
    pub decisions: Vec<Decided>,
}

/// What will happen when a draft is published.
#[derive(Debug, Clone, Serialize)]
pub struct ImportPlan {
    /// The case.
    pub case: SpaceId,
    /// What is written, in this order.
    pub notes: Vec<PlannedNote>,
    /// The values that wait for a second person.
    pub second: Vec<String>,
    /// The organisations that any of it reaches at once: give them back as `expect`.
    pub reaches: BTreeSet<OrgName>,
}

/// What was published.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ImportPublished {
    /// The report.
    pub report: Option<Published>,
    /// The notes with values.
    pub indicators: Vec<Published>,
    /// The notes that wait for a second person, by id.
    pub waiting: Vec<String>,
    /// The files.
    pub files: Vec<Published>,
    /// The note that says which values were seen together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<Published>,
}

impl ImportPublished {
    /// The reference to give to others: the report, or else the first note.
    pub fn reference(&self) -> Option<EntryRef> {
        let notes = self.report.iter().chain(&self.indicators);
        let mut all = notes.chain(&self.files).chain(&self.link);
        all.next().map(|published| published.at)
    }
}

impl Node {
    /// What a draft becomes, from what is on the disk and known now.
    async fn planned(
        &self,
        who: &SignedIn,
        id: &str,
    ) -> Result<(SpaceId, draft::ImportDraft, Pieces, Vec<String>)> {
        let kept = {
            let state = self.read().await?;
            self.own_draft(&state, who, id)?.clone()
        };
        let case = kept
            .case
            .ok_or_else(|| ServiceError::invalid("case", "choose the case that it is for"))?;
        let (material, bytes) = (self.reading(id).await?, self.material(id).await?);
        let state = self.read().await?;
        self.case_for(&state, who, case)?;
        tokio::task::block_in_place(|| {
            let values = self.judge(&state, who, &kept, &material);
            let pieces = pieces(&kept, &material, &values, &bytes)?;
            let texts = pieces.files.iter().map(|(_, bytes)| spoken(bytes)).collect();
            Ok((case, kept, pieces, texts))
        })
    }

    /// What will happen when a draft is published: to whom, under which clause, and what waits. Nothing is kept.
    pub async fn plan_import(&self, who: &SignedIn, id: &str) -> Result<ImportPlan> {
        let (case, _, pieces, texts) = self.planned(who, id).await?;
        let state = self.read().await?;
        let space = self.case_for(&state, who, case)?;
        let mut plan = ImportPlan {
            case,
            notes: Vec::new(),
            second: Vec::new(),
            reaches: BTreeSet::new(),
        };
        let report = pieces.report.iter().map(|draft| (draft, 0, false));
        let plain = pieces
            .plain
            .iter()
            .map(|(draft, said)| (draft, said.indicators.len(), false));
        let second = pieces
            .second
            .iter()
            .map(|(draft, said)| (draft, said.indicators.len(), true));
        let link = pieces.link.iter().map(|(draft, values)| (draft, *values, false));
        for (draft, values, second) in report.chain(plain).chain(second).chain(link) {
            let entry = self.entry_of(&state, who, case, draft)?;
            self.names_no_victim(&state, case, &entry)?;
            plan.notes.push(PlannedNote {
                kind: entry.kind(),
                title: entry.title.clone(),
                values,
                marking: draft.marking,
                second,
                decisions: self.would_reach(&state, space, &entry),
            });
        }
        let role = self.writer(space, who, Act::Write, EntryKind::FileAttached);
        let mut beside = 0;
        for ((file, bytes), text) in pieces.files.iter().zip(&texts) {
            let entry = file.entry(who, role.as_ref().copied().map_err(again)?, bytes)?;
            self.file_rule(&state, space, &entry, text, beside)?;
            beside += bytes.len() as u64;
            plan.notes.push(PlannedNote {
                kind: entry.kind(),
                title: entry.title.clone(),
                values: 0,
                marking: file.marking,
                second: false,
                decisions: self.would_reach(&state, space, &entry),
            });
        }
        let waiting = pieces.second.iter().flat_map(|(_, said)| &said.indicators);
        plan.second = waiting.map(|one| one.value.clone()).collect();
        let reached = plan
            .notes
            .iter()
            .filter(|note| !note.second)
            .flat_map(|note| &note.decisions);
        plan.reaches = reached
            .filter(|one| one.is_yes())
            .map(|one| one.to.clone())
            .collect();
        Ok(plan)
    }

    /// Publishes a draft, and lets it go: a report, indicators in pieces, files, and notes that wait for a second
    /// person, all in one commit. Refused where it would reach others than its author was shown.
    pub async fn publish_import(
        &self,
        who: &SignedIn,
        id: &str,
        expect: Option<&BTreeSet<OrgName>>,
    ) -> Result<ImportPublished> {
        let (case, kept, pieces, texts) = self.planned(who, id).await?;
        let now_ms = self.now_ms();
        self.steer(who, Act::Write, case, "import.published", |state, batch, _| {
            if *self.own_draft(state, who, id)? != kept {
                return Err(ServiceError::Conflict("the draft was changed: look again".into()));
            }
            let mut done = ImportPublished::default();
            let circumstances = Circumstances::default();
            if let Some(report) = &pieces.report {
                let entry = self.entry_of(state, who, case, report)?;
                done.report = Some(self.publish(state, batch, case, entry, &circumstances)?);
            }
            let report = done.report.as_ref().map(|published| published.at);
            for (draft, said) in &pieces.plain {
                let entry = self.entry_of(state, who, case, &with_report(draft, said, report)?)?;
                // A list may have been loaded since it was judged.
                needs_second(&entry, &[], &|value| state.is_popular(value, now_ms))
                    .map_err(|why| ServiceError::Conflict(format!("{why}: look again")))?;
                done.indicators
                    .push(self.publish(state, batch, case, entry, &circumstances)?);
            }
            for (draft, said) in &pieces.second {
                let draft = with_report(draft, said, report)?;
                self.names_no_victim(state, case, &self.entry_of(state, who, case, &draft)?)?;
                done.waiting
                    .push(self.wait_for_second(state, batch, who, case, &draft)?);
            }
            let about = report.or_else(|| done.indicators.first().map(|published| published.at));
            for ((file, bytes), text) in pieces.files.into_iter().zip(&texts) {
                let space = state.spaces.get(&case).ok_or(ServiceError::NotFound("case"))?;
                let role = self.writer(space, who, Act::Write, EntryKind::FileAttached)?;
                let entry = super::NewFile { about, ..file }.entry(who, role, &bytes)?;
                // What was attached just before counts by itself.
                self.file_rule(state, space, &entry, text, 0)?;
                done.files
                    .push(self.publish_file(state, batch, case, entry, bytes)?);
            }
            if let Some((draft, _)) = &pieces.link {
                let entry = self.entry_of(state, who, case, draft)?;
                done.link = Some(self.publish(state, batch, case, entry, &circumstances)?);
            }
            if let Some(expected) = expect {
                let notes = done.report.iter().chain(&done.indicators);
                let all = notes.chain(&done.files).chain(&done.link);
                let reached: BTreeSet<OrgName> = all
                    .flat_map(|published| &published.decisions)
                    .filter(|one| one.is_yes())
                    .map(|one| one.to.clone())
                    .collect();
                if reached != *expected {
                    return Err(ServiceError::Conflict(
                        "the recipients have changed: look again".into(),
                    ));
                }
            }
            draft::remove(state, batch, id);
            Ok(done)
        })
        .await
    }
}

/// The refusal of a right, once more.
fn again(error: &ServiceError) -> ServiceError {
    ServiceError::denied(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_is_the_report_or_the_first_note() {
        let at = |seq| Published {
            at: EntryRef {
                ledger: accord_model::LedgerId([1; 16]),
                seq,
            },
            decisions: Vec::new(),
        };
        let mut done = ImportPublished::default();
        assert_eq!(done.reference(), None);
        done.files.push(at(3));
        assert_eq!(done.reference(), Some(at(3).at));
        done.indicators.push(at(2));
        assert_eq!(done.reference(), Some(at(2).at));
        done.report = Some(at(1));
        assert_eq!(done.reference(), Some(at(1).at));
    }
}
