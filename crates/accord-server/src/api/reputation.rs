//! Reputation joined: values that were seen together, what that says of them, and what analysts do about it.

use accord_service::{LINKS_SHOWN, LinkDo, NewLinks};

use super::call::{Call, Reply, give};
use crate::error::Problem;

/// Whether it is only to be said what would happen.
fn is_preview(call: &Call) -> Result<bool, Problem> {
    match call.asked("preview") {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(Problem::invalid("preview", "say true or false")),
    }
}

pub(super) async fn of_value(call: Call) -> Reply {
    let value = call.asked("value").unwrap_or_default();
    if value.is_empty() {
        return Err(Problem::invalid("value", "say what to look up"));
    }
    give(call.node.linked(call.who()?, value).await?)
}

pub(super) async fn of_case(call: Call) -> Reply {
    let links = call
        .node
        .case_links(call.who()?, call.param("case")?, LINKS_SHOWN);
    give(links.await?)
}

pub(super) async fn say(call: Call) -> Reply {
    let new: NewLinks = call.json()?;
    let (who, case) = (call.who()?, call.param("case")?);
    match is_preview(&call)? {
        true => give(call.node.preview_links(who, case, &new).await?),
        false => give(call.node.say_links(who, case, &new).await?),
    }
}

pub(super) async fn decide(call: Call) -> Reply {
    let what: LinkDo = call.json()?;
    let (who, case) = (call.who()?, call.param("case")?);
    match is_preview(&call)? {
        true => give(call.node.plan_link(who, case, &what).await?),
        false => give(call.node.do_link(who, case, &what).await?),
    }
}
