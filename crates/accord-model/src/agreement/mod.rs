//! The agreement: a memorandum of understanding as a signed, versioned, machine-enforced object.
//!
//! Two files, `agreement.toml` (who, how long, for what, under which law) and `clauses.cedar` (what may flow),
//! whose exact bytes every party signs. [`Agreement::from_parts`] reads both strictly; [`Agreement::decide`]
//! answers one question about one payload, and the answer names its clause.
//!
//! Invariants: nothing flows that no clause permits (clause 0); a forbid wins; anything unknown,
//! contradictory or failing denies with its reason; adding a forbid never adds a flow; obligations only add
//! duties; what is parsed once is not parsed again.
//!
//! Deliberately absent: signatures (opaque text here, verified by whoever folds the ledgers), the clock, and
//! people's sessions. Written down in `docs/spec/agreement.md`.

mod canonical;
mod clauses;
mod decide;
mod diagnostic;
mod diff;
mod engine;
mod explain;
pub(crate) mod instant;
mod matrix;
mod plain;
mod question;
mod relevance;
mod schema;
mod standing;
mod terms;

pub mod templates;

use std::fmt;
use std::sync::{Arc, OnceLock};

use cedar_policy::Schema;

use crate::{AgreementDigest, OrgName};

pub use clauses::{
    Ask, Clause, ClauseEffect, MAX_CEDAR_BYTES, MAX_CLAUSE_DEPTH, MAX_CLAUSE_LINKS, MAX_CLAUSE_TOKENS,
    MAX_CLAUSES,
};
pub use decide::BuiltIn;
pub use diagnostic::{Diagnostic, File, MAX_DIAGNOSTICS};
pub use diff::{Change, Difference, FlowChange, diff};
pub use explain::{ClauseWords, Explanation};
pub use matrix::{Cell, Condition, Flow, Matrix};
pub use question::{
    Answer, Approval, CLAUSE_ID_MAX, ClauseId, Decision, Duty, InstrumentStanding, MAX_APPROVALS,
    Obligations, Question, RequestKind,
};
pub use standing::Standing;
pub use terms::{
    AgreementKind, CEDAR_LANGUAGE, FORMAT, MAX_IDENTITY_CHARS, MAX_LINE_CHARS, MAX_PARTIES, MAX_PURPOSES,
    MAX_RETENTION_DAYS, MAX_TEXT_CHARS, MAX_TOML_BYTES, MAX_TOML_DEPTH, Party, Prevails, Prose, Purpose,
    Term, Terms,
};

/// One agreement, read and checked. Cheap to clone.
#[derive(Clone)]
pub struct Agreement(Arc<Inner>);

struct Inner {
    toml: String,
    cedar: String,
    digest: AgreementDigest,
    terms: Terms,
    /// In the order of their numbers.
    clauses: Vec<Clause>,
    /// What the clauses ask for, each once, the lesser first.
    asked: Vec<Ask>,
    engine: engine::Engine,
    matrix: OnceLock<Matrix>,
}

impl Agreement {
    /// Reads the two files.
    ///
    /// # Errors
    /// Everything that is wrong with either file, with lines; at most [`MAX_DIAGNOSTICS`]. The clauses are
    /// looked at only once the terms are right, since they are checked against the parties and purposes.
    pub fn from_parts(toml: &str, cedar: &str) -> Result<Self, Vec<Diagnostic>> {
        let terms = terms::parse(toml)?;
        let fault = |message: String| vec![Diagnostic::new(File::Clauses, None, message)];
        let (schema, _) = Schema::from_cedarschema_str(&schema::render(&terms.purposes))
            .map_err(|error| fault(error.to_string()))?;
        let (clauses, policies) = clauses::parse(cedar, &terms, &schema)?;
        let engine = engine::Engine::new(&terms, policies, &schema).map_err(fault)?;
        let mut asked: Vec<Ask> = clauses.iter().filter_map(|clause| clause.ask).collect();
        asked.sort();
        asked.dedup();
        Ok(Self(Arc::new(Inner {
            digest: canonical::digest(toml, cedar),
            toml: toml.to_owned(),
            cedar: cedar.to_owned(),
            terms,
            clauses,
            asked,
            engine,
            matrix: OnceLock::new(),
        })))
    }

    /// What `agreement.toml` says.
    pub fn terms(&self) -> &Terms {
        &self.0.terms
    }

    /// The parties, in the order written.
    pub fn parties(&self) -> &[Party] {
        &self.0.terms.parties
    }

    /// One party by name.
    pub fn party(&self, name: &OrgName) -> Option<&Party> {
        self.parties().iter().find(|party| party.name == *name)
    }

    /// The template it says it was made from, if any.
    pub fn template(&self) -> Option<&str> {
        self.0.terms.template.as_deref()
    }

    /// Whether a case can be opened under it: not under intelligence only.
    pub fn allows_cases(&self) -> bool {
        self.0.terms.kind != AgreementKind::IntelligenceOnly
    }

    /// The clauses, in the order of their numbers, without the built-in ones ([`BuiltIn`]).
    pub fn clauses(&self) -> &[Clause] {
        &self.0.clauses
    }

    /// One clause by number.
    pub fn clause(&self, id: &ClauseId) -> Option<&Clause> {
        self.clauses()
            .binary_search_by(|clause| clause.id.cmp(id))
            .ok()
            .and_then(|at| self.clauses().get(at))
    }

    /// `agreement.toml`, byte for byte as read.
    pub fn toml(&self) -> &str {
        &self.0.toml
    }

    /// `clauses.cedar`, byte for byte as read.
    pub fn cedar(&self) -> &str {
        &self.0.cedar
    }

    /// SHA-256 of [`Agreement::canonical_bytes`].
    pub fn digest(&self) -> AgreementDigest {
        self.0.digest
    }

    fn asked(&self) -> &[Ask] {
        &self.0.asked
    }

    fn engine(&self) -> &engine::Engine {
        &self.0.engine
    }
}

impl fmt::Debug for Agreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Agreement")
            .field("title", &self.0.terms.title)
            .field("digest", &self.0.digest)
            .finish_non_exhaustive()
    }
}

impl PartialEq for Agreement {
    /// Two agreements are the same if every byte that is signed is.
    fn eq(&self, other: &Self) -> bool {
        self.0.digest == other.0.digest
    }
}

impl Eq for Agreement {}
