//! Why an entry does not count, in plain words.

use super::Stage;
use crate::{AgreementDigest, EntryRef, OrgKind, OrgName, PersonId, Role};

/// Why an entry was set aside. The text is for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// The ledger does not begin with a `ledger.opened` for this space and author.
    #[error("its ledger does not begin by saying that it is {0}'s ledger for this space")]
    LedgerNotOpened(OrgName),
    /// `ledger.opened` elsewhere than at the beginning.
    #[error("a ledger is opened once, by its first entry")]
    NotFirst,
    /// `ledger.opened` names another space, or another kind of space.
    #[error("it opens a ledger of another space")]
    OtherSpace,
    /// `ledger.opened` names another organisation.
    #[error("it says it is {named}'s, but {author} wrote it")]
    OtherOrganisation {
        /// Whom it names.
        named: OrgName,
        /// Whose ledger it is.
        author: OrgName,
    },
    /// Written past the size up to which the ledger's key is trusted.
    #[error("the ledger's key was revoked and is trusted only up to size {0}")]
    KeyRevoked(u64),
    /// A kind that has no place in this kind of space.
    #[error("this kind of entry has no place in this space")]
    NotHere,
    /// A limit or a form; such an entry should not have been taken in.
    #[error("a field is over its limit or not of its form: {0}")]
    Form(String),
    /// An agreement that is not known, not readable, or not the bytes of its digest.
    #[error("agreement {0} is not known here")]
    UnknownAgreement(AgreementDigest),
    /// An agreement that was not proposed before.
    #[error("agreement {0} was not proposed before: other bytes are not this agreement")]
    NotProposed(AgreementDigest),
    /// An agreement that ended before.
    #[error("agreement {0} was terminated before")]
    Terminated(AgreementDigest),
    /// A signature that does not verify.
    #[error("the signature does not verify under the organisation's identity key")]
    BadSignature,
    /// An agreement that not every party signed.
    #[error("agreement {digest} lacks a signature: {missing}")]
    NotAllSigned {
        /// The agreement.
        digest: AgreementDigest,
        /// A party that did not sign.
        missing: OrgName,
    },
    /// An agreement under which no case runs.
    #[error("no case can run under agreement {0}: it is for intelligence only")]
    NoCases(AgreementDigest),
    /// An organisation that is no party of the agreement.
    #[error("{0} is not a party of the agreement")]
    NotAgreementParty(OrgName),
    /// An organisation that is not on the case.
    #[error("{0} is not a party of the case at this point")]
    NotCaseParty(OrgName),
    /// The opening organisation cannot be taken off.
    #[error("{0} opened the case and stays: close the case instead")]
    OpenerStays(OrgName),
    /// No case has been opened in the entry's past.
    #[error("the case has not been opened at this point")]
    NotOpened,
    /// A second opening.
    #[error("the case was opened before")]
    OpenedBefore,
    /// The wrong kind of organisation.
    #[error("an organisation of kind {0} may not do this")]
    WrongOrgKind(OrgKind),
    /// A role that may not write this kind.
    #[error("the role {0} may not do this")]
    WrongRole(Role),
    /// A person who did not have that role then.
    #[error("person {person} of {org} did not have the role {role} at this point")]
    NoSuchRole {
        /// The author's organisation.
        org: OrgName,
        /// The person.
        person: PersonId,
        /// The role claimed.
        role: Role,
    },
    /// Nobody acts where a person must.
    #[error("no person stands behind it")]
    NoPerson,
    /// Another organisation's person.
    #[error("person {person} is of {org}: only their own organisation names them")]
    AnothersPeople {
        /// The person.
        person: PersonId,
        /// Whose they are.
        org: OrgName,
    },
    /// A person who is not on the case.
    #[error("person {0} is not a member of that organisation at this point")]
    NotMember(PersonId),
    /// A role that cannot be given to a person of such an organisation in a space.
    #[error("the role {role} cannot be given to a person of an organisation of kind {kind}")]
    RoleNotGivable {
        /// The role.
        role: Role,
        /// The organisation's kind.
        kind: OrgKind,
    },
    /// A roles' end that is already past.
    #[error("the end of the roles has already passed")]
    EndsInPast,
    /// Not the holder of the pen.
    #[error("only the holder of the pen may do this")]
    NotPenHolder,
    /// A pen that was never offered, or no longer is.
    #[error("the pen was not offered to this person by its holder at this point")]
    PenNotOffered,
    /// Stage step.
    #[error("there is no step from {from} to {to}")]
    NoSuchStep {
        /// From.
        from: Stage,
        /// To.
        to: Stage,
    },
    /// A step that needs a reason.
    #[error("a step from {from} to {to} needs a reason")]
    StepNeedsReason {
        /// From.
        from: Stage,
        /// To.
        to: Stage,
    },
    /// An entry that is referred to and does not count, or is not in the past.
    #[error("it refers to {0}, which is not a counted entry of the right kind in its past")]
    UnknownEntry(EntryRef),
    /// A ledger that is referred to and belongs to nobody known.
    #[error("it refers to {0}, whose ledger was not opened in its past")]
    UnknownLedger(EntryRef),
    /// An act on something of another organisation.
    #[error("only {0} may do this")]
    OnlyOwner(OrgName),
    /// An approval of the asker's own request.
    #[error("{0} asked: the asker's own organisation and people do not decide it")]
    OwnRequest(OrgName),
    /// A preview that differs from the one a standing approval of the same organisation is bound to.
    #[error("the preview has changed since {0}, which still stands: withdraw that approval first")]
    PreviewDiffers(EntryRef),
    /// Nothing to withdraw.
    #[error("there is no approval of this organisation to withdraw")]
    NothingToWithdraw,
    /// Not the holder of the exhibit.
    #[error("{0} does not hold the exhibit at this point")]
    NotHolder(OrgName),
    /// Handed to oneself.
    #[error("an exhibit is handed to another organisation")]
    HandedToSelf,
    /// Received, never handed.
    #[error("{0} never handed the exhibit over to this organisation at this point")]
    NeverHanded(OrgName),
    /// A secondment that neither the home nor the host writes.
    #[error("a secondment from {home} to {host} is written by these two only")]
    NotOfTheSecondment {
        /// The home.
        home: OrgName,
        /// The host.
        host: OrgName,
    },
    /// A secondment to oneself.
    #[error("a person is seconded to another organisation than their own")]
    SecondedHome,
    /// A secondment that outlives the agreement, or whose agreement's term is not known.
    #[error("the secondment does not lie within the agreement's term")]
    OutsideTerm,
    /// Nothing to end.
    #[error("there is no secondment of this person to end at this point")]
    NothingToEnd,
    /// An oral authority for something else than a threat to life.
    #[error("{0:?} is no ground to act before the writing: only a threat to life is")]
    NoGround(String),
    /// An oral authority that its own organisation cannot record.
    #[error("an oral authority binding {0} is not recorded by this organisation in this role")]
    NotTheirs(OrgName),
    /// A control entry, which is never recalled, held or destroyed.
    #[error("{0} is a control entry: those are never called back, held or destroyed")]
    NeverRemoved(EntryRef),
    /// The originator receipts its own recall.
    #[error("the receipts for a recall are the recipients'")]
    OwnRecall,
    /// Destruction under a hold.
    #[error("the hold {0} stands: nothing under it is destroyed")]
    Held(EntryRef),
    /// A hold that was lifted before.
    #[error("the hold was lifted before")]
    LiftedBefore,
    /// Destruction before its time.
    #[error("the period was not over yet")]
    PeriodNotOver,
    /// A word on a plan after its instant.
    #[error("the plan's instant had passed")]
    InstantPassed,
}
