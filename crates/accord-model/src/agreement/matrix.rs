//! The flow matrix: what the agreement answers for every pair of parties, category and marking.
//!
//! Each cell is the decision itself, asked under the most favourable circumstances (the payload is the
//! partners' own, an instrument is in force, the request is of the kind that is answered best) on the term's
//! first instant and for no particular purpose; what of these the answer needs stands beside it as a
//! condition. The matrix can therefore not differ from the gate.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::{Category, Marking, OrgKind, OrgName, Tlp};

use super::question::{Answer, ClauseId, Decision, InstrumentStanding, Question, RequestKind};
use super::{Agreement, Party};

/// What an answer in the matrix rests on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Condition {
    /// Only what is the releasing or the receiving party's own.
    OwnOnly,
    /// Only while a legal instrument is in force.
    InstrumentInForce,
    /// Only requests of these kinds.
    Requests(Vec<RequestKind>),
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OwnOnly => f.write_str("own only"),
            Self::InstrumentInForce => f.write_str("instrument in force"),
            Self::Requests(kinds) => {
                let words: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
                write!(f, "requests for {} only", words.join(", "))
            }
        }
    }
}

/// The content of one cell.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Cell {
    /// Yes, ask or no, no approval being given.
    #[serde(flatten)]
    pub answer: Answer,
    /// The clause that says so.
    pub clause: ClauseId,
    /// What a yes or an ask rests on.
    pub conditions: Vec<Condition>,
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.answer, self.clause)?;
        for condition in &self.conditions {
            write!(f, ", {condition}")?;
        }
        Ok(())
    }
}

/// One flow: from, to, category, marking, and what the agreement answers.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Flow {
    /// The releasing party.
    pub from: OrgName,
    /// The receiving party.
    pub to: OrgName,
    /// The category.
    pub category: Category,
    /// The marking.
    pub tlp: Tlp,
    /// The answer.
    #[serde(flatten)]
    pub cell: Cell,
}

/// All flows, by pair in the order of the parties, then category, then marking.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Matrix {
    /// The flows.
    pub flows: Vec<Flow>,
}

impl Matrix {
    /// One flow.
    pub fn get(&self, from: &OrgName, to: &OrgName, category: Category, tlp: Tlp) -> Option<&Flow> {
        self.flows
            .iter()
            .find(|flow| flow.from == *from && flow.to == *to && flow.category == category && flow.tlp == tlp)
    }
}

/// Runs of neighbouring markings with the same content, as words: `yes (2.1) up to TLP:AMBER+STRICT; ...`.
pub(super) fn runs<T: fmt::Display + PartialEq>(cells: &[(Tlp, T)]) -> String {
    let mut parts: Vec<(Tlp, Tlp, &T)> = Vec::new();
    for (tlp, cell) in cells {
        match parts.last_mut() {
            Some((_, last, same)) if *same == cell => *last = *tlp,
            _ => parts.push((*tlp, *tlp, cell)),
        }
    }
    if let [(_, _, cell)] = parts.as_slice() {
        return cell.to_string();
    }
    let words: Vec<String> = parts
        .iter()
        .map(|(first, last, cell)| match (first, last) {
            (Tlp::Clear, last) => format!("up to {last}: {cell}"),
            (first, last) if first == last => format!("{first}: {cell}"),
            (first, last) => format!("{first} to {last}: {cell}"),
        })
        .collect();
    words.join("; ")
}

impl fmt::Display for Matrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut pair = None;
        for row in self
            .flows
            .chunk_by(|a, b| a.from == b.from && a.to == b.to && a.category == b.category)
        {
            let Some(flow) = row.first() else { continue };
            if pair != Some((&flow.from, &flow.to)) {
                pair = Some((&flow.from, &flow.to));
                writeln!(f, "{} to {}", flow.from, flow.to)?;
            }
            let cells: Vec<(Tlp, &Cell)> = row.iter().map(|flow| (flow.tlp, &flow.cell)).collect();
            writeln!(f, "  {:<16} {}", flow.category.as_str(), runs(&cells))?;
        }
        Ok(())
    }
}

/// How favourable: yes before ask before no.
fn rank(answer: Answer) -> u8 {
    match answer {
        Answer::Yes => 0,
        Answer::Ask { .. } => 1,
        Answer::No => 2,
    }
}

impl Agreement {
    /// The whole flow matrix, computed on first use.
    pub fn matrix(&self) -> &Matrix {
        self.0.matrix.get_or_init(|| self.computed_matrix())
    }

    /// Parties of one kind that no clause names answer alike and are computed once.
    fn computed_matrix(&self) -> Matrix {
        let named = self.engine().names();
        let class = |party: &Party| -> (OrgKind, Option<OrgName>) {
            (
                party.kind,
                named.contains(&party.name).then(|| party.name.clone()),
            )
        };
        let mut known = BTreeMap::new();
        let mut flows = Vec::new();
        for from in self.parties() {
            for to in self.parties() {
                if from.name == to.name {
                    continue;
                }
                let cells: &Vec<_> = known
                    .entry((class(from), class(to)))
                    .or_insert_with(|| self.cells(&from.name, &to.name));
                flows.extend(
                    cells
                        .iter()
                        .map(|(category, tlp, cell): &(Category, Tlp, Cell)| Flow {
                            from: from.name.clone(),
                            to: to.name.clone(),
                            category: *category,
                            tlp: *tlp,
                            cell: cell.clone(),
                        }),
                );
            }
        }
        Matrix { flows }
    }

    fn cells(&self, from: &OrgName, to: &OrgName) -> Vec<(Category, Tlp, Cell)> {
        let mut cells = Vec::with_capacity(Category::ALL.len() * Tlp::ALL.len());
        for category in Category::ALL {
            for tlp in Tlp::ALL {
                cells.push((*category, *tlp, self.cell(from, to, *category, *tlp)));
            }
        }
        cells
    }

    fn cell(&self, from: &OrgName, to: &OrgName, category: Category, tlp: Tlp) -> Cell {
        let marking = Marking::tlp(tlp);
        let mut question = Question::new(
            from.clone(),
            to.clone(),
            category,
            marking,
            self.terms().term.from_ms,
        );
        question.concerns = BTreeSet::from([from.clone(), to.clone()]);
        question.instrument = InstrumentStanding::InForce;
        let mut conditions = Vec::new();
        let decision = if category == Category::Request {
            self.best_request(&mut question, &mut conditions)
        } else {
            self.decide(&question)
        };
        if decision.answer != Answer::No {
            let worse = |changed: &Question| rank(self.decide(changed).answer) > rank(decision.answer);
            let nobodys = Question {
                concerns: BTreeSet::new(),
                ..question.clone()
            };
            if worse(&nobodys) {
                conditions.push(Condition::OwnOnly);
            }
            let without = Question {
                instrument: InstrumentStanding::None,
                ..question.clone()
            };
            if worse(&without) {
                conditions.push(Condition::InstrumentInForce);
            }
        }
        conditions.sort();
        Cell {
            answer: decision.answer,
            clause: decision.clause,
            conditions,
        }
    }

    /// The best answer any kind of request gets, and, if not all get it, which do.
    fn best_request(&self, question: &mut Question, conditions: &mut Vec<Condition>) -> Decision {
        let answers: Vec<(RequestKind, Decision)> = RequestKind::ALL
            .iter()
            .map(|kind| {
                question.request = Some(*kind);
                (*kind, self.decide(question))
            })
            .collect();
        let best = answers
            .iter()
            .map(|(_, decision)| rank(decision.answer))
            .min()
            .unwrap_or(2);
        let kinds: Vec<RequestKind> = answers
            .iter()
            .filter(|(_, decision)| rank(decision.answer) == best)
            .map(|(kind, _)| *kind)
            .collect();
        question.request = kinds.first().copied();
        if kinds.len() < RequestKind::ALL.len() {
            conditions.push(Condition::Requests(kinds));
        }
        self.decide(question)
    }
}
