//! What is new and growing: stories, sightings over time, and what people say of a story.

use accord_service::{Dimension, NewPromotion};
use serde::Deserialize;

use super::call::{Call, Reply, give};
use crate::error::Problem;

/// Days of a series where nobody says how many.
const SERIES_DAYS: u32 = 28;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Because {
    reason: String,
}

pub(super) async fn list(call: Call) -> Reply {
    give(call.node.stories(call.who()?).await?)
}

pub(super) async fn one(call: Call) -> Reply {
    let story: String = call.param("story")?;
    give(call.node.story(call.who()?, &story).await?)
}

pub(super) async fn series(call: Call) -> Reply {
    let who = call.who()?;
    let word = call.asked("dimension").unwrap_or("family");
    let dimension = Dimension::ALL.into_iter().find(|one| one.as_str() == word);
    let dimension = dimension
        .ok_or_else(|| Problem::invalid("dimension", "family, campaign, network, sector or country"))?;
    let days = match call.asked("days") {
        None | Some("") => SERIES_DAYS,
        Some(text) => text
            .parse()
            .map_err(|_| Problem::invalid("days", "a number of days"))?,
    };
    give(call.node.story_series(who, dimension, days).await?)
}

pub(super) async fn dismiss(call: Call) -> Reply {
    let said: Because = call.json()?;
    let story: String = call.param("story")?;
    give(call.node.dismiss_story(call.who()?, &story, &said.reason).await?)
}

pub(super) async fn promote(call: Call) -> Reply {
    let said: NewPromotion = call.json()?;
    let story: String = call.param("story")?;
    give(call.node.promote_story(call.who()?, &story, &said).await?)
}

pub(super) async fn health(call: Call) -> Reply {
    give(call.node.emerging_health(call.who()?).await?)
}
