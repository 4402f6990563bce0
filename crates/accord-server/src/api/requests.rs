//! What partners ask of this organisation.

use accord_service::{Act, ExportOf, Narrowing, SendUpload, UPLOAD_FILE_MAX_BYTES, Verdict};
use serde::Deserialize;
use serde_json::{Value, json};

use super::call::{Call, Reply, give};
use super::intel::bytes;
use crate::error::Problem;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Show {
    #[serde(default)]
    narrowing: Narrowing,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TakeBack {
    reason: String,
}

pub(super) async fn one(call: Call) -> Reply {
    give(call.node.request(call.who()?, call.entry()?).await?)
}

pub(super) async fn counts(call: Call) -> Reply {
    give(call.node.count_hunt(call.who()?, call.entry()?).await?)
}

/// Begins, and answers at once.
pub(super) async fn start_preview(call: Call) -> Reply {
    give(call.node.start_preview(call.who()?, call.entry()?).await?)
}

pub(super) async fn preview(call: Call) -> Reply {
    give(call.node.preview_job(call.who()?, call.entry()?).await?)
}

pub(super) async fn stop_preview(call: Call) -> Reply {
    give(call.node.stop_preview(call.who()?, call.entry()?).await?)
}

/// Begins, and answers at once.
pub(super) async fn start_holders(call: Call) -> Reply {
    give(call.node.start_holders(call.who()?, call.entry()?).await?)
}

pub(super) async fn holders(call: Call) -> Reply {
    give(call.node.holders_job(call.who()?, call.entry()?).await?)
}

pub(super) async fn stop_holders(call: Call) -> Reply {
    give(call.node.stop_holders(call.who()?, call.entry()?).await?)
}

/// The preview with the first lines' text. Logs may hold any bytes; what is not UTF-8 is shown as replaced.
pub(super) async fn show(call: Call) -> Reply {
    let given: Show = call.json()?;
    let (preview, summary, shown) = call
        .node
        .preview(call.who()?, call.entry()?, &given.narrowing)
        .await?;
    let mut lines = Vec::with_capacity(shown.len());
    for (line, bytes) in shown {
        let mut line = serde_json::to_value(line).map_err(|error| Problem::internal(error.to_string()))?;
        if let Value::Object(fields) = &mut line {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            fields.insert("text".to_owned(), Value::String(text));
        }
        lines.push(line);
    }
    give(json!({ "preview": preview.commitment, "summary": summary, "lines": lines }))
}

pub(super) async fn decide(call: Call) -> Reply {
    let verdict: Verdict = call.json()?;
    give(call.node.decide(call.who()?, call.entry()?, &verdict).await?)
}

/// Adds a file to the answer to a request: the body is the file.
pub(super) async fn upload(mut call: Call) -> Reply {
    let (who, at) = (call.who()?.clone(), call.entry()?);
    // Nothing is read of what may not be answered with a file.
    call.node.may_upload(&who, at).await?;
    let of = {
        let words = |name: &str| call.asked(name).unwrap_or_default().to_owned();
        ExportOf {
            name: words("name"),
            system: words("system"),
            query: words("query"),
            sha256: Some(words("sha256")).filter(|text| !text.is_empty()),
        }
    };
    let bytes = bytes(&mut call, "the file", UPLOAD_FILE_MAX_BYTES).await?;
    give(call.node.upload_export(&who, at, &of, &bytes).await?)
}

pub(super) async fn uploaded(call: Call) -> Reply {
    give(call.node.upload(call.who()?, call.entry()?).await?)
}

pub(super) async fn remove_upload(call: Call) -> Reply {
    // Who may not hears of that, and not of what is wrong with the rest.
    Act::Approve.ask(call.who()?)?;
    let number = call.param("file")?;
    give(
        call.node
            .remove_upload(call.who()?, call.entry()?, number)
            .await?,
    )
}

pub(super) async fn send_upload(call: Call) -> Reply {
    let send: SendUpload = call.json()?;
    give(call.node.send_upload(call.who()?, call.entry()?, &send).await?)
}

pub(super) async fn take_back(call: Call) -> Reply {
    let given: TakeBack = call.json()?;
    give(
        call.node
            .take_back_yes(call.who()?, call.entry()?, &given.reason)
            .await?,
    )
}
