//! Pure: the evidence package, built and verified offline. The format is `docs/spec/evidence-package.md`.
//!
//! A package is made in two steps, so that nothing is circular. [`seal`] writes the payload of a BagIt bag; the
//! ledger entry `evidence.delivered` names the digest of its manifest. [`finish`] adds that entry, its proof, the
//! node's certificate and the package's signature as tag files. [`verify`] needs the package and, to know the
//! signer, the identity key of the organisation, got from elsewhere.
//!
//! Invariants: original bytes are never changed; the same input gives the same bytes; a report says what was checked
//! and what was not; no hostile package makes [`verify`] fail otherwise than by its report.
//!
//! Deliberately absent: reading folders (the caller's; symbolic links are to be refused there), redaction of single
//! lines (a later version of the format; `lines.ndjson` has room for it), independent time stamps (RFC 3161).

pub mod acquisition;
mod case;
pub mod complete;
pub mod content;
mod error;
mod package;
pub mod paths;
mod readme;
mod seal;
mod time;
mod verify;

pub use acquisition::{Acquisition, AcquisitionRecord, Stated};
pub use content::{EvidenceLine, Match, Origin, PackageContent, SourceLines};
pub use error::SealError;
pub use package::{FinishError, Package, SIGNATURE_MAX_TAGS, TagFiles, finish, signature_body};
pub use readme::RENDERED_SETTING;
pub use seal::{Sealed, seal};
pub use time::{TimeError, Utc};
pub use verify::report::{Check, Outcome, Report, Verdict};
pub use verify::{Trust, read_zip, verify, verify_zip};

/// The format's name and version, as it stands in `bag-info.txt`, in the entry and in the signature.
pub const PACKAGE_FORMAT: &str = "accord-evidence-package/v1";
