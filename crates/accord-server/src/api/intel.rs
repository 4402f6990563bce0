//! Intelligence coming in: drafts, files, and what there is across cases.

use std::collections::BTreeSet;

use accord_model::{OrgName, SpaceId, Tlp};
use accord_service::{Act, Choices, FILE_MAX_BYTES, IntelFilter, NewFile};
use axum::body::Body;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::Deserialize;

use super::call::{Answer, Call, Reply, give};
use crate::error::Problem;

/// How long material or a file may take to arrive.
const BODY_READ_MAX: std::time::Duration = std::time::Duration::from_secs(300);

async fn read(body: Body, what: &str, limit: usize) -> Result<Vec<u8>, Problem> {
    let reading = Limited::new(body, limit).collect();
    match tokio::time::timeout(BODY_READ_MAX, reading).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes().to_vec()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Problem::too_large(what, limit as u64)),
        Ok(Err(_)) => Err(Problem::invalid("body", "it did not arrive whole")),
        Err(_) => Err(Problem::invalid("body", "it took too long to arrive")),
    }
}

/// Reads the body of a request that brings bytes, after the person's right was asked for.
pub(super) async fn bytes(call: &mut Call, what: &str, limit: usize) -> Result<Vec<u8>, Problem> {
    if call.raw_length.is_some_and(|length| length > limit as u64) {
        return Err(Problem::too_large(what, limit as u64));
    }
    let body = call.raw.take().unwrap_or_default();
    read(body, what, limit).await
}

pub(super) fn asked<T: std::str::FromStr>(call: &Call, name: &str) -> Result<Option<T>, Problem>
where
    T::Err: std::fmt::Display,
{
    match call.asked(name) {
        None | Some("") => Ok(None),
        Some(text) => text
            .parse()
            .map(Some)
            .map_err(|error: T::Err| Problem::invalid(name, error.to_string())),
    }
}

pub(super) async fn bring_in(mut call: Call) -> Reply {
    let who = call.who()?.clone();
    // Who may not hears of that, and not of what is wrong with the rest.
    call.node.imports(&who).await?;
    let limit = accord_formats::material::limits::MATERIAL_MAX_BYTES;
    let case: Option<SpaceId> = asked(&call, "case")?;
    let name = call.asked("name").unwrap_or_default().to_owned();
    let material = bytes(&mut call, "the material", limit).await?;
    give(call.node.draft_import(&who, &name, case, material).await?)
}

pub(super) async fn drafts(call: Call) -> Reply {
    give(call.node.imports(call.who()?).await?)
}

fn draft(call: &Call) -> Result<String, Problem> {
    call.param("draft")
}

pub(super) async fn one_draft(call: Call) -> Reply {
    give(call.node.import(call.who()?, &draft(&call)?).await?)
}

pub(super) async fn drop_draft(call: Call) -> Reply {
    give(call.node.drop_import(call.who()?, &draft(&call)?).await?)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Chosen {
    #[serde(default)]
    case: Option<SpaceId>,
    choices: Choices,
}

pub(super) async fn choose(call: Call) -> Reply {
    let chosen: Chosen = call.json()?;
    let id = draft(&call)?;
    let kept = call
        .node
        .choose_import(call.who()?, &id, chosen.case, &chosen.choices);
    give(kept.await?)
}

pub(super) async fn plan(call: Call) -> Reply {
    give(call.node.plan_import(call.who()?, &draft(&call)?).await?)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Publishing {
    #[serde(default)]
    expect: Option<BTreeSet<OrgName>>,
}

pub(super) async fn publish(call: Call) -> Reply {
    let given: Publishing = call.json()?;
    let id = draft(&call)?;
    let published = call.node.publish_import(call.who()?, &id, given.expect.as_ref());
    give(published.await?)
}

/// Names of organisations in the query, with commas between them.
fn organisations(call: &Call, name: &str) -> Result<Vec<OrgName>, Problem> {
    let words = call.asked(name).unwrap_or_default().split(',');
    words
        .map(str::trim)
        .filter(|word| !word.is_empty())
        .map(|word| {
            word.parse()
                .map_err(|_| Problem::invalid(name, "names of organisations, with commas"))
        })
        .collect()
}

pub(super) async fn attach(mut call: Call) -> Reply {
    let who = call.who()?.clone();
    Act::Write.ask(&who)?;
    let case: SpaceId = call.param("case")?;
    // Without the case every question about the file is answered alike.
    call.node.case_head(&who, case).await?;
    let needed = |name: &str| Problem::invalid(name, "give it in the query");
    let name = call.asked("name").unwrap_or_default().to_owned();
    let new = NewFile {
        title: call.asked("title").unwrap_or(&name).to_owned(),
        marking: asked::<Tlp>(&call, "marking")?.ok_or_else(|| needed("marking"))?,
        to: organisations(&call, "to")?,
        media_type: call
            .asked("media_type")
            .unwrap_or("application/octet-stream")
            .to_owned(),
        nature: asked(&call, "nature")?.ok_or_else(|| needed("nature"))?,
        about: asked(&call, "about")?,
        note: call.asked("note").map(str::to_owned),
        expect: match call.asked("expect") {
            None => None,
            Some(_) => Some(organisations(&call, "expect")?.into_iter().collect()),
        },
        name,
    };
    let preview = match call.asked("preview") {
        None | Some("false") => false,
        Some("true") => true,
        Some(_) => return Err(Problem::invalid("preview", "say true or false")),
    };
    let limit = usize::try_from(FILE_MAX_BYTES).unwrap_or(usize::MAX);
    let bytes = bytes(&mut call, "the file", limit).await?;
    if preview {
        return give(call.node.preview_file(&who, case, &new, &bytes).await?);
    }
    give(call.node.attach_file(&who, case, &new, bytes).await?)
}

pub(super) async fn file(call: Call) -> Reply {
    give(call.node.attached_file(call.who()?, call.entry()?).await?)
}

pub(super) async fn file_bytes(call: Call) -> Reply {
    let (view, bytes) = call.node.download_file(call.who()?, call.entry()?).await?;
    Ok(Answer::Attached(view.file.name, bytes))
}

pub(super) async fn list(call: Call) -> Reply {
    let filter = IntelFilter {
        kind: match call.asked("kind") {
            None | Some("") => None,
            Some(word) => Some(word.parse()?),
        },
        case: asked(&call, "case")?,
        org: asked(&call, "org")?,
        text: call.asked("q").map(str::to_owned),
        skip: asked(&call, "skip")?.unwrap_or(0),
    };
    give(call.node.intelligence(call.who()?, &filter).await?)
}

pub(super) async fn one(call: Call) -> Reply {
    give(call.node.intel_item(call.who()?, call.entry()?).await?)
}
