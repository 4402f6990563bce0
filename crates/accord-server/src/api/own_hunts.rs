//! Hunts in this organisation's own logs.

use accord_model::SpaceId;
use accord_service::{NewMark, NewOwnHunt, OwnFilter};
use serde::Deserialize;

use super::call::{Call, Reply, give};
use crate::error::Problem;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stands {
    stands: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IntoCase {
    case: SpaceId,
    lines: Vec<usize>,
}

pub(super) async fn list(call: Call) -> Reply {
    give(call.node.own_hunts(call.who()?).await?)
}

pub(super) async fn save(call: Call) -> Reply {
    let said: NewOwnHunt = call.json()?;
    give(call.node.new_own_hunt(call.who()?, &said).await?)
}

pub(super) async fn one(call: Call) -> Reply {
    let hunt: String = call.param("hunt")?;
    give(call.node.own_hunt(call.who()?, &hunt).await?)
}

pub(super) async fn end(call: Call) -> Reply {
    let hunt: String = call.param("hunt")?;
    give(call.node.end_own_hunt(call.who()?, &hunt).await?)
}

pub(super) async fn run(call: Call) -> Reply {
    let hunt: String = call.param("hunt")?;
    give(call.node.start_own_hunt(call.who()?, &hunt).await?)
}

pub(super) async fn stop(call: Call) -> Reply {
    let hunt: String = call.param("hunt")?;
    give(call.node.stop_own_hunt(call.who()?, &hunt).await?)
}

pub(super) async fn stand(call: Call) -> Reply {
    let said: Stands = call.json()?;
    let hunt: String = call.param("hunt")?;
    give(
        call.node
            .let_own_hunt_stand(call.who()?, &hunt, said.stands)
            .await?,
    )
}

pub(super) async fn counts(call: Call) -> Reply {
    let hunt: String = call.param("hunt")?;
    give(call.node.count_own_hunt(call.who()?, &hunt).await?)
}

fn filter(call: &Call) -> Result<OwnFilter, Problem> {
    let text = |name: &str| {
        call.asked(name)
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    };
    let skip = match text("skip") {
        None => 0,
        Some(skip) => skip
            .parse()
            .map_err(|_| Problem::invalid("skip", "a number of lines"))?,
    };
    Ok(OwnFilter {
        indicator: text("indicator"),
        source: text("source"),
        host: text("host"),
        day: text("day"),
        tag: text("tag"),
        starred: call.asked("starred") == Some("true"),
        skip,
    })
}

pub(super) async fn lines(call: Call) -> Reply {
    let hunt: String = call.param("hunt")?;
    let filter = filter(&call)?;
    give(call.node.own_lines(call.who()?, &hunt, &filter).await?)
}

pub(super) async fn line(call: Call) -> Reply {
    let hunt: String = call.param("hunt")?;
    let number: usize = call.param("line")?;
    give(call.node.own_line(call.who()?, &hunt, number).await?)
}

pub(super) async fn mark(call: Call) -> Reply {
    let said: NewMark = call.json()?;
    let hunt: String = call.param("hunt")?;
    let number: usize = call.param("line")?;
    give(call.node.mark_own_line(call.who()?, &hunt, number, &said).await?)
}

pub(super) async fn draft(call: Call) -> Reply {
    let said: IntoCase = call.json()?;
    let hunt: String = call.param("hunt")?;
    let drafted = call
        .node
        .draft_own_lines(call.who()?, &hunt, said.case, &said.lines);
    give(drafted.await?)
}
