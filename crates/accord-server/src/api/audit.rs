//! What an auditor reads: the access log, and control notes.

use std::str::FromStr;

use accord_service::AccessFilter;

use super::call::{Call, Reply, give};
use crate::error::Problem;

/// A parameter that may be absent, and must be readable where it is there.
fn parsed<T: FromStr>(call: &Call, name: &str, what: &str) -> Result<Option<T>, Problem> {
    let given = call.asked(name).map(str::parse).transpose();
    given.map_err(|_| Problem::invalid(name, what))
}

pub(super) async fn log(call: Call) -> Reply {
    let filter = AccessFilter {
        who: call.asked("who").unwrap_or_default().to_owned(),
        what: call.asked("what").unwrap_or_default().to_owned(),
        from_ms: parsed(&call, "from_ms", "a time, ms UTC")?,
        to_ms: parsed(&call, "to_ms", "a time, ms UTC")?,
    };
    let before = parsed(&call, "before", "the number of a line of the log")?;
    give(call.node.access_page(call.who()?, &filter, before).await?)
}

pub(super) async fn spaces(call: Call) -> Reply {
    give(call.node.audit_spaces(call.who()?).await?)
}

pub(super) async fn space(call: Call) -> Reply {
    let before = parsed(&call, "before", "the reference of a note")?;
    give(
        call.node
            .audit_space(call.who()?, call.param("space")?, before)
            .await?,
    )
}

#[derive(serde::Serialize)]
struct LooksPage {
    looks: Vec<accord_service::LookView>,
    next: Option<usize>,
}

pub(super) async fn looks(call: Call) -> Reply {
    let before = parsed(&call, "before", "the number that the last page gave")?;
    let (looks, next) = call.node.looks_at_ours(call.who()?, before).await?;
    give(LooksPage { looks, next })
}
