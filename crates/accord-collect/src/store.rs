//! Where collected logs go: the log store, or the service in front of it.

use std::io::Read;
use std::sync::Arc;

use accord_logstore::{Collected, LogStore, Origin, Segment};

use crate::error::Result;

/// One stretch to be made a segment.
pub struct Import<'a> {
    /// The source it belongs to.
    pub source: &'a str,
    /// The name it is recorded under.
    pub original_name: &'a str,
    /// Where it came from.
    pub origin: Origin,
    /// Milliseconds since the epoch, UTC.
    pub now_ms: i64,
    /// The bytes. An error of it must leave nothing of the import visible.
    pub reader: &'a mut dyn Read,
}

/// What takes collected logs. Two implementations: the log store itself, and the service, which also notes the import
/// in the access log and learns the names in it.
pub trait Store: Send + Sync + 'static {
    /// Makes one segment, durable when this returns, or nothing at all.
    ///
    /// # Errors
    /// Any; the collector tells it, and tries again later.
    fn import(&self, import: Import<'_>) -> Result<Arc<Segment>>;

    /// What collectors brought into a source, in the order of the segments, those that were destroyed since included: what
    /// was taken once is not taken again because its retention is over.
    ///
    /// # Errors
    /// Any.
    fn collected(&self, source: &str) -> Result<Vec<Collected>>;
}

impl Store for LogStore {
    fn import(&self, import: Import<'_>) -> Result<Arc<Segment>> {
        let by = format!("collector {}", import.origin.collector);
        let segment = self.import_collected(
            import.source,
            import.original_name,
            import.reader,
            import.now_ms,
            &by,
            import.origin,
        )?;
        Ok(segment)
    }

    fn collected(&self, source: &str) -> Result<Vec<Collected>> {
        Ok(self.collected_places(source)?)
    }
}
