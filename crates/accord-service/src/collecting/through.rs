//! Where collected stretches become segments: the log store, with what an import by a person does beside.
//!
//! A line of the access log follows its segment. A crash in between leaves the segment without that line; who brought it
//! stands in its manifest all the same.

use std::sync::{Arc, Weak};

use accord_collect::{Error, Import, Result, Store};
use accord_logstore::{Collected, Segment};
use tokio::runtime::Handle;

use crate::node::Node;

/// The node as collectors see it. They do not keep it alive.
pub(super) struct Through {
    node: Weak<Node>,
    runtime: Handle,
}

impl Through {
    /// To be made on the runtime that the node works on.
    pub(super) fn new(node: &Arc<Node>) -> Self {
        Self {
            node: Arc::downgrade(node),
            runtime: Handle::current(),
        }
    }

    fn with<T>(&self, work: impl FnOnce(&Node) -> Result<T>) -> Result<T> {
        let node = self.node.upgrade().ok_or(Error::Stopped)?;
        let done = if node.is_healthy() {
            work(&node)
        } else {
            let words = "a write of this node failed, and it takes nothing more until it is started again";
            Err(Error::Refused(words.to_owned()))
        };
        // The last holder of a node waits for its collectors: that must not be one of their threads.
        if let Some(last) = Arc::into_inner(node) {
            // Where there is no thread to be had, it ends here after all.
            let _ = std::thread::Builder::new().spawn(move || drop(last));
        }
        done
    }
}

impl Store for Through {
    fn import(&self, import: Import<'_>) -> Result<Arc<Segment>> {
        self.with(|node| {
            let collector = import.origin.collector.clone();
            let by = format!("collector {collector}");
            let segment = node.logs.import_collected(
                import.source,
                import.original_name,
                import.reader,
                import.now_ms,
                &by,
                import.origin,
            )?;
            let id = segment.id().to_string();
            node.learn_names(&id);
            let seen = node.seen_in_log(&id);
            let noted = self.runtime.block_on(node.act(|state, batch, log| {
                log.collector(batch, &collector, "log.collected", &id);
                state.fed.add(batch, seen);
                Ok(())
            }));
            if let Err(error) = noted {
                // The segment is there: an error would have it brought in again.
                tracing::error!(segment = %id, %error, "no line of the access log could be written for what was collected");
            }
            Ok(segment)
        })
    }

    fn collected(&self, source: &str) -> Result<Vec<Collected>> {
        self.with(|node| Ok(node.logs.collected_places(source)?))
    }
}
