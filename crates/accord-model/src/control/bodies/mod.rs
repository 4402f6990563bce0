//! The fields of every control entry, with their checks.
//!
//! Here: ledgers, agreements, cases and their people, instruments, approvals, custody. Beside: what goes first
//! and is confirmed later (`oral`), what people of another organisation may see (`secondment`), what is called
//! back, kept or destroyed (`keeping`), and the word of each party on a plan (`go`).

mod go;
mod keeping;
mod oral;
mod secondment;

pub use go::*;
pub use keeping::*;
pub use oral::*;
pub use secondment::*;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::control::limits::{self, *};
use crate::control::{EntryError, Stage};
use crate::words::words;
use crate::{AgreementDigest, Category, EntryRef, OrgName, PersonId, Role, SpaceId};

words! {
    /// What a space is for.
    pub enum SpaceKind as "kind of space" {
        /// The life of an agreement: proposals, signatures, termination, leads before there is a case.
        Agreement = "agreement",
        /// One case.
        Case = "case",
    }
}

/// Who acts: a person, in one of their roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Actor {
    /// The person, of the entry's author organisation.
    pub person: PersonId,
    /// The role they act in.
    pub role: Role,
}

/// Checks of one entry's own fields. What depends on other entries is the fold's.
pub(crate) trait Body {
    /// Lengths, forms and counts.
    fn check(&self) -> Result<(), EntryError>;
    /// Who acts; `None` for what a node says by itself.
    fn actor(&self) -> Option<Actor>;
}

/// Declares a body whose first two fields are the person and the role that act.
macro_rules! body {
    ($(#[$meta:meta])* $name:ident {
        $($(#[$fmeta:meta])* $field:ident: $type:ty,)*
    } check($self:ident) $check:block) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            /// Who acts.
            pub by: PersonId,
            /// In which role.
            pub role: Role,
            $($(#[$fmeta])* pub $field: $type,)*
        }
        impl Body for $name {
            fn check(&$self) -> Result<(), EntryError> $check
            fn actor(&self) -> Option<Actor> {
                Some(Actor { person: self.by, role: self.role })
            }
        }
    };
}

use body;

/// Declares a body that the node itself may write: person and role stand in it together or not at all.
macro_rules! node_body {
    ($(#[$meta:meta])* $name:ident {
        $($(#[$fmeta:meta])* $field:ident: $type:ty,)*
    } check($self:ident) $check:block) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            /// Who acts, when it is a person.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub by: Option<PersonId>,
            /// In which role, when it is a person.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub role: Option<Role>,
            $($(#[$fmeta])* pub $field: $type,)*
        }
        impl Body for $name {
            fn check(&$self) -> Result<(), EntryError> {
                if $self.by.is_some() != $self.role.is_some() {
                    return Err(EntryError::HalfActor);
                }
                $check
            }
            fn actor(&self) -> Option<Actor> {
                Some(Actor { person: self.by?, role: self.role? })
            }
        }
    };
}

use node_body;

node_body! {
    /// `ledger.opened`: the first entry of every ledger; binds it to its space and its organisation.
    LedgerOpened {
        /// The random bytes that its space's id is made from ([`LedgerOpened::space_id`]).
        space: SpaceId,
        /// What the space is for.
        space_kind: SpaceKind,
        /// Whose ledger it is.
        org: OrgName,
        /// The agreement: always for a case, for an agreement's space when it is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        agreement: Option<AgreementDigest>,
    }
    check(self) {
        if self.space_kind == SpaceKind::Case && self.agreement.is_none() {
            return Err(EntryError::Missing { field: "agreement" });
        }
        Ok(())
    }
}

impl LedgerOpened {
    /// The id of the space the ledger belongs to: the first 16 bytes of SHA-256 over `accord-space/v1`, the kind,
    /// the agreement (empty where none is named) and the random bytes, each part behind its length as `u64`. Who
    /// names another kind or agreement is in another space, whatever arrived first.
    pub fn space_id(&self) -> SpaceId {
        let kind: &[u8] = match self.space_kind {
            SpaceKind::Agreement => b"agreement",
            SpaceKind::Case => b"case",
        };
        let agreement = self.agreement.as_ref().map_or(&[][..], |digest| &digest.0);
        let mut hash = Sha256::new();
        for part in [b"accord-space/v1", kind, agreement, &self.space.0] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        let digest: [u8; 32] = hash.finalize().into();
        let mut id = [0; 16];
        id.iter_mut().zip(digest).for_each(|(slot, byte)| *slot = byte);
        SpaceId(id)
    }
}

node_body! {
    /// `key.certified`: a key of the node, certified by the organisation's identity key.
    KeyCertified {
        /// The certificate, verified elsewhere.
        certificate: String,
    }
    check(self) { limits::document("certificate", &self.certificate, CERTIFICATE_MAX) }
}

node_body! {
    /// `key.revoked`: a key is not trusted beyond a tree size.
    KeyRevoked {
        /// The revocation, verified elsewhere.
        revocation: String,
    }
    check(self) { limits::document("revocation", &self.revocation, CERTIFICATE_MAX) }
}

body! {
    /// `agreement.proposed`: the bytes of an agreement, laid before its parties.
    AgreementProposed {
        /// SHA-256 of the canonical bytes.
        digest: AgreementDigest,
        /// `agreement.toml`.
        toml: String,
        /// `clauses.cedar`.
        cedar: String,
        /// SHA-256 of the signed prose, 64 hex digits.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        prose_digest: Option<String>,
    }
    check(self) {
        limits::document("toml", &self.toml, AGREEMENT_TOML_MAX)?;
        limits::document("cedar", &self.cedar, AGREEMENT_CEDAR_MAX)?;
        self.prose_digest.as_deref().map_or(Ok(()), |hex| limits::digest("prose_digest", hex))
    }
}

body! {
    /// `agreement.signed`: one party's signature under exactly these bytes.
    AgreementSigned {
        /// Which agreement.
        digest: AgreementDigest,
        /// A signature line of a C2SP signed note, verified elsewhere (`Facts::verified_signatures`).
        signature: String,
    }
    check(self) { limits::document("signature", &self.signature, SIGNATURE_MAX) }
}

body! {
    /// `agreement.refused`.
    AgreementRefused {
        /// Which agreement.
        digest: AgreementDigest,
        /// Why.
        reason: String,
    }
    check(self) { limits::prose("reason", &self.reason, REASON_MAX) }
}

body! {
    /// `agreement.terminated`: counts at once; duties remain.
    AgreementTerminated {
        /// Which agreement.
        digest: AgreementDigest,
        /// Why.
        reason: String,
    }
    check(self) { limits::prose("reason", &self.reason, REASON_MAX) }
}

body! {
    /// `case.opened`: the case, under one agreement.
    CaseOpened {
        /// The one agreement the case runs under.
        agreement: AgreementDigest,
        /// The operation's name.
        operation: String,
        /// The opening organisation's reference.
        reference: String,
        /// What the case is for.
        purpose: String,
    }
    check(self) {
        limits::line("operation", &self.operation, OPERATION_MAX)?;
        limits::line("reference", &self.reference, REFERENCE_MAX)?;
        limits::prose("purpose", &self.purpose, PURPOSE_MAX)
    }
}

body! {
    /// `case.stage`: one step.
    CaseStage {
        /// The stage the case goes to.
        to: Stage,
        /// Why; needed for steps back and aside.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    }
    check(self) { limits::optional("reason", self.reason.as_deref(), REASON_MAX) }
}

body! {
    /// `pen.passed`: the holder offers the pen to another case officer.
    PenPassed {
        /// The organisation of the one it is offered to.
        to_org: OrgName,
        /// The one it is offered to.
        to: PersonId,
    }
    check(self) { Ok(()) }
}

body! {
    /// `pen.taken`: the one it was offered to takes it.
    PenTaken {
        /// The `pen.passed` entry.
        passed: EntryRef,
    }
    check(self) { Ok(()) }
}

body! {
    /// `party.added`: a party of the agreement joins the case.
    PartyAdded {
        /// Who joins.
        org: OrgName,
        /// Why, if it needs saying.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    }
    check(self) { limits::optional("reason", self.reason.as_deref(), REASON_MAX) }
}

body! {
    /// `party.removed`: a party leaves the case.
    PartyRemoved {
        /// Who leaves.
        org: OrgName,
        /// Why.
        reason: String,
    }
    check(self) { limits::prose("reason", &self.reason, REASON_MAX) }
}

body! {
    /// `member.added`: an organisation names one of its own people. A later one replaces the roles.
    MemberAdded {
        /// Who.
        person: PersonId,
        /// Their roles in this space.
        roles: Vec<Role>,
        /// When the roles end, if they do.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until_ms: Option<u64>,
        /// What they need to know: they read and write these categories and no other. Absent: everything their
        /// organisation holds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        scope: Option<Scope>,
    }
    check(self) {
        limits::count("roles", self.roles.len(), 1, ROLES_MAX)?;
        limits::distinct("roles", &self.roles)?;
        if let Some(scope) = &self.scope {
            limits::count("scope.categories", scope.categories.len(), 1, SCOPE_CATEGORIES_MAX)?;
            limits::distinct("scope.categories", &scope.categories)?;
            limits::prose("scope.text", &scope.text, REASON_MAX)?;
        }
        self.until_ms.map_or(Ok(()), |ms| limits::integer("until_ms", ms))
    }
}

body! {
    /// `member.removed`: an organisation takes one of its own people off.
    MemberRemoved {
        /// Who.
        person: PersonId,
    }
    check(self) { Ok(()) }
}

/// What an instrument covers, or a person sees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// The categories.
    pub categories: Vec<Category>,
    /// Its own words.
    pub text: String,
}

body! {
    /// `instrument.recorded`: a legal authority.
    InstrumentRecorded {
        /// The issuer's reference.
        reference: String,
        /// Who issued it.
        authority: String,
        /// Under which power: statute and section.
        power: String,
        /// What it covers.
        scope: Scope,
        /// Whom it binds.
        addressee: OrgName,
        /// From this instant, included.
        from_ms: u64,
        /// To this instant, excluded.
        to_ms: u64,
    }
    check(self) {
        limits::line("reference", &self.reference, REFERENCE_MAX)?;
        limits::line("authority", &self.authority, AUTHORITY_MAX)?;
        limits::line("power", &self.power, POWER_MAX)?;
        limits::count("scope.categories", self.scope.categories.len(), 1, SCOPE_CATEGORIES_MAX)?;
        limits::distinct("scope.categories", &self.scope.categories)?;
        limits::prose("scope.text", &self.scope.text, REASON_MAX)?;
        limits::period("from_ms and to_ms", self.from_ms, self.to_ms)
    }
}

body! {
    /// `instrument.ended`: it no longer stands.
    InstrumentEnded {
        /// The `instrument.recorded` entry.
        instrument: EntryRef,
        /// Why.
        reason: String,
    }
    check(self) { limits::prose("reason", &self.reason, REASON_MAX) }
}

body! {
    /// `approval.given`: yes to one request, as previewed.
    ApprovalGiven {
        /// The request.
        request: EntryRef,
        /// Commitment to the preview that was looked at, 64 hex digits.
        preview: String,
        /// The clause that names the approver.
        clause: String,
        /// Why, if it needs saying.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    }
    check(self) {
        limits::digest("preview", &self.preview)?;
        limits::line("clause", &self.clause, CLAUSE_MAX)?;
        limits::optional("reason", self.reason.as_deref(), REASON_MAX)
    }
}

body! {
    /// `approval.narrowed`: yes to part, as previewed.
    ApprovalNarrowed {
        /// The request.
        request: EntryRef,
        /// Commitment to the preview of the part, 64 hex digits.
        preview: String,
        /// The clause that names the approver.
        clause: String,
        /// Why.
        reason: String,
        /// What is left out, in words.
        narrowing: String,
    }
    check(self) {
        limits::digest("preview", &self.preview)?;
        limits::line("clause", &self.clause, CLAUSE_MAX)?;
        limits::prose("reason", &self.reason, REASON_MAX)?;
        limits::prose("narrowing", &self.narrowing, REASON_MAX)
    }
}

body! {
    /// `approval.refused`: no.
    ApprovalRefused {
        /// The request.
        request: EntryRef,
        /// Commitment to the preview, when one was made: a request can be refused unseen.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        preview: Option<String>,
        /// The clause it is refused under.
        clause: String,
        /// Why.
        reason: String,
    }
    check(self) {
        self.preview.as_deref().map_or(Ok(()), |hex| limits::digest("preview", hex))?;
        limits::line("clause", &self.clause, CLAUSE_MAX)?;
        limits::prose("reason", &self.reason, REASON_MAX)
    }
}

body! {
    /// `approval.withdrawn`: the organisation takes its yes back; a refusal stays.
    ApprovalWithdrawn {
        /// The request.
        request: EntryRef,
        /// The clause it is withdrawn under.
        clause: String,
        /// Why.
        reason: String,
    }
    check(self) {
        limits::line("clause", &self.clause, CLAUSE_MAX)?;
        limits::prose("reason", &self.reason, REASON_MAX)
    }
}

body! {
    /// `custody.handed`: the holder hands an exhibit over.
    CustodyHanded {
        /// The `evidence.delivered` entry.
        exhibit: EntryRef,
        /// Who is to receive it.
        to: OrgName,
        /// Salted commitment to what is handed over, 64 hex digits.
        commitment: String,
    }
    check(self) { limits::digest("commitment", &self.commitment) }
}

body! {
    /// `custody.received`: the receiver has it.
    CustodyReceived {
        /// The `evidence.delivered` entry.
        exhibit: EntryRef,
        /// Who handed it over.
        from: OrgName,
        /// Salted commitment to what arrived, 64 hex digits.
        commitment: String,
    }
    check(self) { limits::digest("commitment", &self.commitment) }
}
