//! The agreement in words: every clause with its number, and the matrix.

use std::fmt;

use crate::Tlp;

use super::clauses::{Ask, ClauseEffect};
use super::matrix::Matrix;
use super::question::{Answer, ClauseId};
use super::{Agreement, BuiltIn, instant};

/// One clause for people.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ClauseWords {
    /// Its number.
    pub clause: ClauseId,
    /// Its plain words.
    pub text: String,
    /// Lets flow or stops; built-in clauses stop.
    pub effect: ClauseEffect,
    /// Who approves, if it asks.
    pub ask: Option<Ask>,
    /// The highest marking it lets flow without anybody's approval, as the matrix shows it; `None` if it
    /// lets nothing flow by itself.
    pub ceiling: Option<Tlp>,
}

impl fmt::Display for ClauseWords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}. {}", self.clause, self.text)?;
        if let Some(ask) = self.ask {
            let who = if ask.four_eyes { "two of " } else { "" };
            write!(f, " [asks {who}{}]", ask.who)?;
        }
        if let Some(ceiling) = self.ceiling {
            write!(f, " [ceiling {ceiling}]")?;
        }
        Ok(())
    }
}

/// An agreement explained. `Display` gives it as text for a terminal.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Explanation {
    /// What is agreed besides the clauses, one line each: title, reference, term, parties, purposes,
    /// retention, duties, prose.
    pub terms: Vec<String>,
    /// Every clause, built-in ones first.
    pub clauses: Vec<ClauseWords>,
    /// The flow matrix.
    pub matrix: Matrix,
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.terms {
            writeln!(f, "{line}")?;
        }
        writeln!(f)?;
        for clause in &self.clauses {
            writeln!(f, "{clause}")?;
        }
        write!(f, "\n{}", self.matrix)
    }
}

/// The terms as lines, each a subject and what is agreed about it; also what two versions are compared by.
pub(super) fn term_lines(agreement: &Agreement) -> Vec<(String, String)> {
    let terms = agreement.terms();
    let mut lines: Vec<(String, String)> = Vec::new();
    let mut line = |subject: &str, said: String| lines.push((subject.to_owned(), said));
    line("title", terms.title.clone());
    line("reference", terms.reference.clone());
    line("kind", terms.kind.to_string());
    line(
        "term",
        format!(
            "{} to {}",
            instant::format(terms.term.from_ms),
            instant::format(terms.term.until_ms)
        ),
    );
    for party in &terms.parties {
        line(
            &format!("party {}", party.name),
            format!("{}, {}", party.kind, party.contact),
        );
        line(&format!("identity key of {}", party.name), party.identity.clone());
        line(&format!("gateway of {}", party.name), party.gateway.clone());
    }
    for purpose in &terms.purposes {
        line(&format!("purpose {}", purpose.word), purpose.text.clone());
    }
    line("retention", format!("{} days", terms.retention_default_days));
    for (category, days) in &terms.retention_days {
        line(&format!("retention of {category}"), format!("{days} days"));
    }
    for category in &terms.four_eyes {
        line(&format!("approvals of {category}"), "four eyes".to_owned());
    }
    for category in &terms.minimise {
        line(&format!("duty for {category}"), "minimise".to_owned());
    }
    if let Some(prose) = &terms.prose {
        line(
            "prose",
            format!(
                "{}, SHA-256 {}; the {} prevails",
                prose.name, prose.sha256, prose.prevails
            ),
        );
    }
    if let Some(amends) = terms.amends {
        line("amends", amends.to_string());
    }
    lines
}

impl Agreement {
    /// The agreement in words and as its flow matrix.
    pub fn explain(&self) -> Explanation {
        let matrix = self.matrix().clone();
        let built_in = BuiltIn::ALL.iter().map(|clause| ClauseWords {
            clause: clause.id(),
            text: clause.text().to_owned(),
            effect: ClauseEffect::Forbids,
            ask: None,
            ceiling: None,
        });
        let written = self.clauses().iter().map(|clause| ClauseWords {
            clause: clause.id.clone(),
            text: clause.text.clone(),
            effect: clause.effect,
            ask: clause.ask,
            ceiling: matrix
                .flows
                .iter()
                .filter(|flow| flow.cell.answer == Answer::Yes && flow.cell.clause == clause.id)
                .map(|flow| flow.tlp)
                .max(),
        });
        Explanation {
            terms: term_lines(self)
                .into_iter()
                .map(|(subject, said)| format!("{subject}: {said}"))
                .collect(),
            clauses: built_in.chain(written).collect(),
            matrix,
        }
    }
}
