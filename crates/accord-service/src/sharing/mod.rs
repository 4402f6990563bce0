//! Intelligence going out: files for other programs, and TAXII for partners who have no node.
//!
//! - `gather`: from notes to what the writers of `accord-formats` take.
//! - `export`: a file for one person, for use inside; or for another organisation, of what was released to it.
//! - `graph`: the same as nodes and links, for a page.
//! - `accounts`: tokens of organisations that come by TAXII: asked for by an operator, confirmed by a signatory.
//! - `collections`: what such an organisation sees; `course`: its objects in the order in which they came; `received`: what it adds, until a person decides.
//!
//! Invariants: a file for use inside is a read by that person, recorded as one and told to the partners whose notes are
//! in it. What goes to another organisation, as a file or by TAXII, is what [`crate::release`] lets go, and nothing of
//! other organisations: what they released to us is not ours to pass on.
//!
//! Deliberately absent: formats (`accord-formats`), HTTP and the shape of TAXII's answers (`accord-server`).

mod accounts;
mod collections;
mod course;
mod export;
mod gather;
mod graph;
mod received;

pub(crate) use accounts::TaxiiState;
pub use accounts::{NewTaxiiAccount, OpenedTaxiiAccount, TAXII_ACCOUNTS_MAX, TaxiiAccountView, TaxiiCaller};
pub use collections::{TAXII_PAGE_MAX, TaxiiAsked, TaxiiCollection, TaxiiPage, TaxiiRoot, Versions};
pub(crate) use course::Stand;
pub use course::TaxiiObject;
pub use export::{EXPORT_INDICATORS_MAX, ExportAsked, ExportPreview, ExportedFile};
pub use graph::{GRAPH_NODES_MAX, Graph, GraphKind, GraphNode};
pub use received::{
    ReceivedObject, ReceivedPublished, ReceivedView, TAXII_ADD_BYTES_MAX, TAXII_ADD_OBJECTS_MAX,
    TAXII_RECEIVED_MAX, TaxiiStatus,
};
