//! Finding intelligence, and taking it along: search, files for other programs, TAXII's accounts, what came by TAXII.

use accord_service::{ExportAsked, NewTaxiiAccount};

use super::call::{Answer, Call, Reply, give};
use crate::error::Problem;

pub(super) async fn search(call: Call) -> Reply {
    give(
        call.node
            .search(call.who()?, call.asked("q").unwrap_or_default())
            .await?,
    )
}

/// What is asked for, out of the query. A parameter may stand several times.
fn asked(call: &Call) -> Result<ExportAsked, Problem> {
    let all = |name: &str| {
        let given = call
            .query
            .iter()
            .filter(|(known, value)| known == name && !value.is_empty());
        given.map(|(_, value)| value.clone()).collect::<Vec<String>>()
    };
    let text = call.asked("format").unwrap_or_default();
    let format = text
        .parse()
        .map_err(|error: accord_formats::export::UnknownFormat| {
            Problem::invalid("format", error.to_string())
        })?;
    let optional = |name: &'static str| call.asked(name).filter(|value| !value.is_empty());
    let read = |name: &'static str, words: &str| Problem::invalid(name, words.to_owned());
    let case = match (call.path.contains_key("case"), optional("case")) {
        (true, _) => Some(call.param("case")?),
        (false, Some(text)) => Some(text.parse().map_err(|_| Problem::not_found("case"))?),
        (false, None) => None,
    };
    Ok(ExportAsked {
        format,
        case,
        kinds: all("kind"),
        labels: all("label"),
        ceiling: optional("marking")
            .map(|text| {
                text.parse()
                    .map_err(|_| read("marking", "one of TLP:CLEAR to TLP:RED"))
            })
            .transpose()?,
        since_ms: optional("since_ms")
            .map(|text| text.parse().map_err(|_| read("since_ms", "milliseconds, UTC")))
            .transpose()?,
        to: optional("for")
            .map(|text| {
                text.parse()
                    .map_err(|_| read("for", "the name of an organisation"))
            })
            .transpose()?,
    })
}

pub(super) async fn export(call: Call) -> Reply {
    let file = call.node.export(call.who()?, &asked(&call)?).await?;
    Ok(Answer::File(Box::new(file)))
}

pub(super) async fn preview(call: Call) -> Reply {
    give(call.node.preview_export(call.who()?, &asked(&call)?).await?)
}

pub(super) async fn graph(call: Call) -> Reply {
    give(call.node.graph(call.who()?, call.param("case")?).await?)
}

pub(super) async fn received(call: Call) -> Reply {
    give(call.node.received(call.who()?, call.param("case")?).await?)
}

pub(super) async fn publish_received(call: Call) -> Reply {
    let id: String = call.param("id")?;
    give(
        call.node
            .publish_received(call.who()?, call.param("case")?, &id)
            .await?,
    )
}

pub(super) async fn leave_received(call: Call) -> Reply {
    let id: String = call.param("id")?;
    give(
        call.node
            .drop_received(call.who()?, call.param("case")?, &id)
            .await?,
    )
}

pub(super) async fn accounts(call: Call) -> Reply {
    give(call.node.taxii_accounts(call.who()?).await?)
}

pub(super) async fn add_account(call: Call) -> Reply {
    let new: NewTaxiiAccount = call.json()?;
    give(call.node.add_taxii_account(call.who()?, &new).await?)
}

pub(super) async fn confirm_account(call: Call) -> Reply {
    let name: String = call.param("account")?;
    give(call.node.confirm_taxii_account(call.who()?, &name).await?)
}

pub(super) async fn close_account(call: Call) -> Reply {
    let name: String = call.param("account")?;
    give(call.node.close_taxii_account(call.who()?, &name).await?)
}
