//! CASE 1.4 / UCO 1.4 JSON-LD: what one acquisition was, in the vocabulary of the Cyber-investigation Analysis
//! Standard Expression (<https://caseontology.org>).
//!
//! Invariants: the same [`Acquired`] gives the same bytes; every node is named by a `urn:uuid:` of version 5
//! (RFC 9562, 5.5), as UCO asks; every typed literal has the type the ontology's shapes ask for.
//!
//! Deliberately absent: reading arbitrary RDF. CASE has an open shape; [`Facts::read`] reads back only documents of
//! the profile written here (an expanded-type `@graph` with these prefixes), to compare them with the record
//! they were made from. `case_validate` proves that a document is well formed, not that it is complete: it passes
//! an action without a provenance record.

mod emit;
mod facts;
mod name;

pub use emit::{Acquired, AcquiredFile, Authorization, Party, Source, emit};
pub use facts::{CASE_MAX_BYTES, CaseError, Facts, FileFacts};
pub use name::{name_uuid, uuid5};
