//! What came in and matched.

use accord_service::AskMatches;

use super::call::{Call, Reply, give};
use crate::error::Problem;

fn instant(call: &Call, name: &str) -> Result<Option<i64>, Problem> {
    match call.asked(name) {
        None | Some("") => Ok(None),
        Some(text) => text
            .parse()
            .map(Some)
            .map_err(|_| Problem::invalid(name, "milliseconds since the epoch, UTC")),
    }
}

pub(super) async fn show(call: Call) -> Reply {
    let asked = AskMatches {
        from_ms: instant(&call, "from_ms")?,
        to_ms: instant(&call, "to_ms")?,
        source: call
            .asked("source")
            .filter(|source| !source.is_empty())
            .map(str::to_owned),
    };
    give(call.node.log_matches(call.who()?, &asked).await?)
}
