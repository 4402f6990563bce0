//! The decision: built-in clauses first, then Cedar, then the duties.
//!
//! Cedar says yes or no for the approvals at hand. "Ask" is found by putting the question again with the
//! approvals that some clause asks for: if it would then be yes, the answer is to ask. So a clause cannot say
//! one thing to the machine and another to people: what is asked for is what is needed.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Category, Role};

use super::clauses::{ASKABLE, Ask, Clause};
use super::engine::{Approvals, Facts, Ruling};
use super::question::{Answer, ClauseId, Decision, Duty, MAX_APPROVALS, Obligations, Question};
use super::{Agreement, Standing};

/// The clauses that every agreement has. They only deny.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum BuiltIn {
    /// What no clause permits does not leave.
    DefaultDeny,
    /// Nothing leaves unless the agreement is in force.
    NotInForce,
    /// Nothing leaves except from one party to another.
    Parties,
    /// Nothing leaves for a purpose the agreement does not name.
    Purpose,
    /// Nothing leaves whose description contradicts itself.
    Inconsistent,
    /// If a clause cannot be evaluated, nothing leaves.
    Failed,
}

impl BuiltIn {
    /// All, in the order of their numbers.
    pub const ALL: &'static [Self] = &[
        Self::DefaultDeny,
        Self::NotInForce,
        Self::Parties,
        Self::Purpose,
        Self::Inconsistent,
        Self::Failed,
    ];

    /// Its number.
    pub const fn number(self) -> &'static str {
        match self {
            Self::DefaultDeny => "0",
            Self::NotInForce => "0.1",
            Self::Parties => "0.2",
            Self::Purpose => "0.3",
            Self::Inconsistent => "0.4",
            Self::Failed => "0.5",
        }
    }

    /// Its plain words.
    pub const fn text(self) -> &'static str {
        match self {
            Self::DefaultDeny => "What no clause permits does not leave.",
            Self::NotInForce => "Nothing leaves unless the agreement is signed by all and in force.",
            Self::Parties => "Nothing leaves except from one party of this agreement to another.",
            Self::Purpose => "Nothing leaves for a purpose that this agreement does not name.",
            Self::Inconsistent => "Nothing leaves whose description contradicts itself.",
            Self::Failed => "If a clause cannot be evaluated, nothing leaves.",
        }
    }

    /// Its number as a clause's.
    pub fn id(self) -> ClauseId {
        ClauseId(self.number().to_owned())
    }

    fn deny(self, reason: Option<String>) -> Decision {
        let words = match reason {
            None => self.text().to_owned(),
            Some(reason) => format!("{} Here: {reason}.", self.text()),
        };
        Decision {
            answer: Answer::No,
            clause: self.id(),
            words,
            obligations: None,
        }
    }
}

/// Approvals that count: of the releasing organisation, never the asker's, each person once. A person
/// recorded in two roles counts in the first by the order of [`Role`], so that nobody is both hands.
fn counted(question: &Question) -> Approvals {
    let mut people = BTreeSet::new();
    let mut counts: BTreeMap<Role, i64> = BTreeMap::new();
    for approval in &question.approvals {
        let own = approval.of == question.from && Some(approval.by) != question.asked_by;
        if own && ASKABLE.iter().any(|(role, _)| *role == approval.role) && people.insert(approval.by) {
            *counts.entry(approval.role).or_default() += 1;
        }
    }
    let mut approvals = Approvals::default();
    for (role, count) in counts {
        approvals.raise(role, count);
    }
    approvals
}

/// With four eyes, one pair counts for nothing.
fn in_pairs(approvals: Approvals) -> Approvals {
    let mut paired = Approvals::default();
    for (role, _) in ASKABLE {
        let count = approvals.of(role);
        if count >= 2 {
            paired.raise(role, count);
        }
    }
    paired
}

impl Agreement {
    /// Whether this payload may leave, by which clause, with which duties. Total and deterministic: whatever
    /// is unknown, contradictory or fails is a no with its reason.
    ///
    /// Control entries are not asked about here: all parties read them.
    pub fn decide(&self, question: &Question) -> Decision {
        if let Some(decision) = self.built_in(question) {
            return decision;
        }
        let Ok(now_ms) = i64::try_from(question.now_ms) else {
            return BuiltIn::Inconsistent.deny(Some("a time beyond all calendars".to_owned()));
        };
        let four_eyes = self.terms().four_eyes.contains(&question.category);
        let given = counted(question);
        let given = if four_eyes { in_pairs(given) } else { given };
        let facts = Facts {
            from: &question.from,
            to: &question.to,
            category: question.category,
            tlp: question.marking.tlp,
            entry: question.entry,
            request: question.request,
            purpose: question.purpose.as_deref(),
            concerns: &question.concerns,
            instrument: question.instrument,
            now_ms,
            approvals: given,
        };
        match self.ask_rules(&facts, four_eyes) {
            Err(reason) => BuiltIn::Failed.deny(Some(reason)),
            Ok((Answer::No, None)) => BuiltIn::DefaultDeny.deny(None),
            Ok((answer, None)) => BuiltIn::Failed.deny(Some(format!("{answer} without a clause"))),
            Ok((answer, Some(clause))) => Decision {
                answer,
                clause: clause.id.clone(),
                words: clause.text.clone(),
                obligations: (answer != Answer::No).then(|| self.obligations(question)),
            },
        }
    }

    fn built_in(&self, question: &Question) -> Option<Decision> {
        if question.standing != Standing::InForce {
            return Some(BuiltIn::NotInForce.deny(Some(question.standing.to_string())));
        }
        // The caller's standing may be a moment old: the term is checked again.
        let term = self.terms().term;
        if question.now_ms < term.from_ms || question.now_ms >= term.until_ms {
            return Some(BuiltIn::NotInForce.deny(Some("the term has not begun or is over".to_owned())));
        }
        for name in [&question.from, &question.to] {
            if self.party(name).is_none() {
                return Some(BuiltIn::Parties.deny(Some(format!("{name} is no party"))));
            }
        }
        if question.from == question.to {
            return Some(BuiltIn::Parties.deny(Some(format!("from {} to itself", question.from))));
        }
        if let Some(word) = &question.purpose
            && !self.terms().purposes.iter().any(|purpose| purpose.word == *word)
        {
            let shown: String = word.chars().take(64).collect();
            return Some(BuiltIn::Purpose.deny(Some(format!("the purpose {shown:?}"))));
        }
        if let Some(entry) = question.entry
            && entry.category() != Some(question.category)
        {
            let reason = format!("{entry} is not of category {}", question.category);
            return Some(BuiltIn::Inconsistent.deny(Some(reason)));
        }
        if question.request.is_some() && question.category != Category::Request {
            let reason = format!("a kind of request with category {}", question.category);
            return Some(BuiltIn::Inconsistent.deny(Some(reason)));
        }
        if question.approvals.len() > MAX_APPROVALS {
            return Some(BuiltIn::Inconsistent.deny(Some(format!("more than {MAX_APPROVALS} approvals"))));
        }
        None
    }

    /// The rules' answer, and the clause that gave it (`None`: the default deny).
    fn ask_rules(&self, facts: &Facts<'_>, four_eyes: bool) -> Result<(Answer, Option<&Clause>), String> {
        let (permits, denials) = match self.engine().rule(facts) {
            Ruling::Failed(reason) => return Err(reason),
            Ruling::Allowed(by) => return Ok((Answer::Yes, self.first(&by))),
            Ruling::Denied(by) => (self.with_all_approvals(facts, four_eyes), by),
        };
        let permits = match permits {
            Ruling::Failed(reason) => return Err(reason),
            // Not even everybody's approval helps: the clauses that still forbid say why.
            Ruling::Denied(by) => return Ok((Answer::No, self.first(&by))),
            Ruling::Allowed(by) => by,
        };
        // Where only one thing is ever asked for, it has just been tried.
        let mut asks = self.asks(four_eyes);
        if let (Some(ask), None) = (asks.next(), asks.next()) {
            let answer = Answer::Ask {
                who: ask.who,
                four_eyes: ask.four_eyes,
            };
            return Ok((answer, self.asking(ask.who, &denials, &permits)));
        }
        for ask in self.asks(four_eyes) {
            let mut supposed = facts.clone();
            supposed.approvals.raise(ask.who, ask.people());
            match self.engine().rule(&supposed) {
                Ruling::Failed(reason) => return Err(reason),
                Ruling::Allowed(by) => {
                    let answer = Answer::Ask {
                        who: ask.who,
                        four_eyes: ask.four_eyes,
                    };
                    return Ok((answer, self.asking(ask.who, &denials, &by)));
                }
                Ruling::Denied(_) => {}
            }
        }
        // Several roles have to approve: name the first that is missing.
        for ask in self.asks(four_eyes) {
            if facts.approvals.of(ask.who) < ask.people() {
                let answer = Answer::Ask {
                    who: ask.who,
                    four_eyes: ask.four_eyes,
                };
                return Ok((answer, self.asking(ask.who, &denials, &permits)));
            }
        }
        Ok((Answer::No, None))
    }

    fn with_all_approvals(&self, facts: &Facts<'_>, four_eyes: bool) -> Ruling {
        let mut supposed = facts.clone();
        for ask in self.asks(four_eyes) {
            supposed.approvals.raise(ask.who, ask.people());
        }
        if supposed.approvals == facts.approvals {
            return self.engine().rule(facts);
        }
        self.engine().rule(&supposed)
    }

    /// What the clauses ask for, the lesser first; all of it with four eyes where the category says so.
    fn asks(&self, four_eyes: bool) -> impl Iterator<Item = Ask> + '_ {
        self.asked().iter().filter_map(move |ask| {
            if !four_eyes {
                return Some(*ask);
            }
            let doubled = Ask {
                four_eyes: true,
                ..*ask
            };
            // Listed already with four eyes of its own?
            (ask.four_eyes || !self.asked().contains(&doubled)).then_some(doubled)
        })
    }

    /// The clause that asks this role: a permit that does, or else a forbid that waits for it.
    fn asking(&self, who: Role, denials: &[ClauseId], permits: &[ClauseId]) -> Option<&Clause> {
        permits
            .iter()
            .chain(denials)
            .filter_map(|id| self.clause(id))
            .find(|clause| clause.ask.is_some_and(|ask| ask.who == who))
            .or_else(|| self.first(permits))
    }

    fn first(&self, ids: &[ClauseId]) -> Option<&Clause> {
        ids.first().and_then(|id| self.clause(id))
    }

    fn obligations(&self, question: &Question) -> Obligations {
        let terms = self.terms();
        let mut duties = BTreeSet::from([Duty::NoOnwardSharing, Duty::KeepMarking]);
        if terms.minimise.contains(&question.category) {
            duties.insert(Duty::Minimise);
        }
        Obligations {
            purposes: match &question.purpose {
                Some(word) => vec![word.clone()],
                None => terms
                    .purposes
                    .iter()
                    .map(|purpose| purpose.word.clone())
                    .collect(),
            },
            retention_days: terms.retention_of(question.category),
            duties,
        }
    }
}

impl Ask {
    /// How many different people it takes.
    pub fn people(self) -> i64 {
        if self.four_eyes { 2 } else { 1 }
    }
}
