//! What an amendment changes: cells of the matrix, clauses, terms.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::{Category, OrgName, Tlp};

use super::explain::term_lines;
use super::matrix::{Cell, Matrix, runs};
use super::{Agreement, Answer, Clause, ClauseId};

/// One cell that differs. `None`: a party of this flow is none in that version, so nothing flows.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct FlowChange {
    /// The releasing party.
    pub from: OrgName,
    /// The receiving party.
    pub to: OrgName,
    /// The category.
    pub category: Category,
    /// The marking.
    pub tlp: Tlp,
    /// The cell in the earlier version.
    pub before: Option<Cell>,
    /// The cell in the later version.
    pub after: Option<Cell>,
}

/// A clause or a line of the terms that was added, removed or changed.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Change {
    /// Which clause (`clause 4.3`) or which subject of the terms (`party isp.example`).
    pub subject: String,
    /// The words of the earlier version.
    pub before: Option<String>,
    /// The words of the later version. The same as before where only a clause's rule changed.
    pub after: Option<String>,
}

/// The difference of two versions. `Display` gives it as text.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Difference {
    /// Terms and parties.
    pub terms: Vec<Change>,
    /// Clauses whose words or rule changed.
    pub clauses: Vec<Change>,
    /// Cells whose answer or conditions changed. A cell that only another clause now decides is not listed.
    pub flows: Vec<FlowChange>,
}

impl Difference {
    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty() && self.clauses.is_empty() && self.flows.is_empty()
    }
}

/// Compares an earlier with a later version.
pub fn diff(earlier: &Agreement, later: &Agreement) -> Difference {
    Difference {
        terms: term_changes(earlier, later),
        clauses: clause_changes(earlier, later),
        flows: flow_changes(earlier.matrix(), later.matrix()),
    }
}

fn term_changes(earlier: &Agreement, later: &Agreement) -> Vec<Change> {
    let before: BTreeMap<String, String> = term_lines(earlier).into_iter().collect();
    let after: BTreeMap<String, String> = term_lines(later).into_iter().collect();
    let subjects: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    subjects
        .into_iter()
        .filter(|subject| before.get(*subject) != after.get(*subject))
        .map(|subject| Change {
            subject: subject.clone(),
            before: before.get(subject).cloned(),
            after: after.get(subject).cloned(),
        })
        .collect()
}

fn clause_changes(earlier: &Agreement, later: &Agreement) -> Vec<Change> {
    let ids: BTreeSet<&ClauseId> = earlier
        .clauses()
        .iter()
        .chain(later.clauses())
        .map(|clause| &clause.id)
        .collect();
    let rule = |clause: Option<&Clause>| clause.map(|clause| clause.source.clone());
    ids.into_iter()
        .filter_map(|id| {
            let (before, after) = (earlier.clause(id), later.clause(id));
            (rule(before) != rule(after)).then(|| Change {
                subject: format!("clause {id}"),
                before: before.map(|clause| clause.text.clone()),
                after: after.map(|clause| clause.text.clone()),
            })
        })
        .collect()
}

fn flow_changes(earlier: &Matrix, later: &Matrix) -> Vec<FlowChange> {
    let index = |matrix: &Matrix| -> BTreeMap<(OrgName, OrgName, Category, Tlp), Cell> {
        let flows = matrix.flows.iter();
        flows
            .map(|flow| {
                (
                    (flow.from.clone(), flow.to.clone(), flow.category, flow.tlp),
                    flow.cell.clone(),
                )
            })
            .collect()
    };
    let (before, after) = (index(earlier), index(later));
    let keys: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let effect = |cell: Option<&Cell>| match cell {
        None => (Answer::No, Vec::new()),
        Some(cell) => (cell.answer, cell.conditions.clone()),
    };
    keys.into_iter()
        .filter(|key| effect(before.get(*key)) != effect(after.get(*key)))
        .map(|key| FlowChange {
            from: key.0.clone(),
            to: key.1.clone(),
            category: key.2,
            tlp: key.3,
            before: before.get(key).cloned(),
            after: after.get(key).cloned(),
        })
        .collect()
}

/// How a cell went over into another, as words.
#[derive(PartialEq)]
struct Step<'a>(&'a Option<Cell>, &'a Option<Cell>);

impl fmt::Display for Step<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = |cell: &Option<Cell>| cell.as_ref().map_or("not a party".to_owned(), Cell::to_string);
        write!(f, "{} -> {}", words(self.0), words(self.1))
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return writeln!(f, "no difference");
        }
        for change in self.terms.iter().chain(&self.clauses) {
            match (&change.before, &change.after) {
                (None, Some(after)) => writeln!(f, "+ {}: {after}", change.subject)?,
                (Some(before), None) => writeln!(f, "- {}: {before}", change.subject)?,
                (Some(before), Some(after)) if before == after => {
                    writeln!(
                        f,
                        "~ {}: the rule changed, its words did not: {after}",
                        change.subject
                    )?;
                }
                (before, after) => {
                    let words = |text: &Option<String>| text.clone().unwrap_or_default();
                    writeln!(f, "~ {}: {} -> {}", change.subject, words(before), words(after))?;
                }
            }
        }
        let mut pair = None;
        for row in self
            .flows
            .chunk_by(|a, b| a.from == b.from && a.to == b.to && a.category == b.category)
        {
            let Some(first) = row.first() else { continue };
            if pair != Some((&first.from, &first.to)) {
                pair = Some((&first.from, &first.to));
                writeln!(f, "{} to {}", first.from, first.to)?;
            }
            let steps: Vec<(Tlp, Step<'_>)> = row
                .iter()
                .map(|change| (change.tlp, Step(&change.before, &change.after)))
                .collect();
            let shown = match row {
                [only] => format!("{}: {}", only.tlp, Step(&only.before, &only.after)),
                _ => runs(&steps),
            };
            writeln!(f, "  {:<16} {shown}", first.category.as_str())?;
        }
        Ok(())
    }
}
