//! Logs that this node collects: how its collectors go, and appends to them by people and machines.

use std::time::Duration;

use accord_service::{APPEND_KEY_MAX_BYTES, APPEND_MAX_BYTES};
use axum::body::Body;
use http_body_util::{BodyExt, LengthLimitError, Limited};

use super::call::{Call, Reply, give};
use crate::error::Problem;

/// How long the body of an append may take to arrive.
const BODY_READ_MAX: Duration = Duration::from_secs(30);

pub(super) async fn list(call: Call) -> Reply {
    give(call.node.collectors(call.who()?).await?)
}

pub(super) async fn append(mut call: Call) -> Reply {
    let appender = call.appender()?.clone();
    let collector: String = call.param("collector")?;
    call.node.may_append(&appender, &collector)?;
    if call.key.as_deref().is_some_and(|key| !is_key(key)) {
        let message = format!("1 to {APPEND_KEY_MAX_BYTES} visible ASCII characters");
        return Err(Problem::invalid("Idempotency-Key", message));
    }
    if call.raw_length.is_some_and(|length| length > APPEND_MAX_BYTES) {
        return Err(too_large());
    }
    let _room = call.node.room_for_append(call.raw_length).await?;
    let bytes = read(call.raw.take().unwrap_or_default()).await?;
    let outcome = call
        .node
        .append_log(&appender, &collector, call.key.as_deref(), bytes)
        .await?;
    give(outcome)
}

fn is_key(key: &str) -> bool {
    (1..=APPEND_KEY_MAX_BYTES).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic())
}

fn too_large() -> Problem {
    Problem::too_large(
        "an append, which is to be sent in parts cut at line ends,",
        APPEND_MAX_BYTES,
    )
}

async fn read(body: Body) -> Result<Vec<u8>, Problem> {
    let most = usize::try_from(APPEND_MAX_BYTES).unwrap_or(usize::MAX);
    let reading = Limited::new(body, most).collect();
    match tokio::time::timeout(BODY_READ_MAX, reading).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes().into()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large()),
        Ok(Err(_)) => Err(Problem::invalid("body", "it did not arrive whole: send it again")),
        Err(_) => Err(Problem::invalid(
            "body",
            "it took too long to arrive: send it again",
        )),
    }
}
