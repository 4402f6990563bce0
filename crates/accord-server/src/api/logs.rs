//! This node's own logs.

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};

use accord_service::{Destroyed, SourceConfig};
use axum::body::Body;
use http_body_util::BodyExt;

use super::call::{Call, Reply, give};
use crate::AppState;
use crate::error::Problem;

/// Longest log that is brought in over HTTP, bytes as sent (compressed or not). Longer ones are brought in on the
/// node itself with `accord log import`.
pub const LOG_BODY_MAX_BYTES: u64 = 8 << 30;
/// Longest original name, bytes.
pub(crate) const ORIGINAL_NAME_MAX_BYTES: usize = 255;

pub(super) async fn list(call: Call) -> Reply {
    give(call.node.sources(call.who()?).await?)
}

pub(super) async fn add(call: Call) -> Reply {
    let source: SourceConfig = call.json()?;
    give(call.node.add_source(call.who()?, source).await?)
}

pub(super) async fn not_understood(call: Call) -> Reply {
    let source: String = call.param("source")?;
    give(call.node.not_understood(call.who()?, &source).await?)
}

pub(super) async fn verify(call: Call) -> Reply {
    give(call.node.verify_logs(call.who()?).await?)
}

pub(super) async fn import(mut call: Call) -> Reply {
    let who = call.who()?.clone();
    call.node.may_import(&who)?;
    let source: String = call.param("source")?;
    let name = call.asked("name").unwrap_or_default().to_owned();
    if name.is_empty() || name.len() > ORIGINAL_NAME_MAX_BYTES || name.contains(char::is_control) {
        let message = format!("?name= with the file's own name, 1 to {ORIGINAL_NAME_MAX_BYTES} bytes");
        return Err(Problem::invalid("name", message));
    }
    let destroyed = match call.asked("again") {
        None | Some("" | "false") => Destroyed::Refused,
        Some("true") => Destroyed::TakenAgain,
        Some(_) => return Err(Problem::invalid("again", "say true or false")),
    };
    if call.raw_length.is_some_and(|length| length > LOG_BODY_MAX_BYTES) {
        return Err(Problem::too_large("the log", LOG_BODY_MAX_BYTES));
    }
    let body = call.raw.take().unwrap_or_default();
    let mut file = nameless(&call.node)?;
    spool(body, &mut file, LOG_BODY_MAX_BYTES).await?;
    let imported = call.node.import_log_that(&who, &source, &name, file, destroyed);
    give(imported.await?)
}

fn broken(error: &std::io::Error) -> Problem {
    Problem::internal(format!("keeping a log that is brought in: {error}"))
}

/// A file in the node's folder that is gone when it is closed, also after a crash.
fn nameless(node: &AppState) -> Result<File, Problem> {
    let name = format!("incoming-{}", hex::encode(node.random::<16>()));
    let path = node.config.dir.join(name);
    let file = File::options()
        .read(true)
        .write(true)
        .create_new(true)
        .open(&path)
        .map_err(|error| broken(&error))?;
    std::fs::remove_file(&path).map_err(|error| broken(&error))?;
    Ok(file)
}

/// Writes a body down as it arrives, and puts the file back to its beginning.
async fn spool(mut body: Body, file: &mut File, limit: u64) -> Result<(), Problem> {
    let mut length: u64 = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Problem::invalid("body", "it did not arrive whole"))?;
        let Ok(bytes) = frame.into_data() else { continue };
        length += bytes.len() as u64;
        if length > limit {
            return Err(Problem::too_large("the log", limit));
        }
        tokio::task::block_in_place(|| file.write_all(&bytes)).map_err(|error| broken(&error))?;
    }
    file.seek(SeekFrom::Start(0)).map_err(|error| broken(&error))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_body_is_written_down_up_to_the_limit() {
        for (limit, fits) in [(4, true), (3, false)] {
            let mut file = tempfile::tempfile().expect("a file");
            let outcome = spool(Body::from("four"), &mut file, limit).await;
            assert_eq!(outcome.is_ok(), fits, "{limit}");
            if let Err(problem) = outcome {
                assert_eq!(problem.code, "too-large");
            } else {
                assert_eq!(std::io::read_to_string(file).expect("text"), "four");
            }
        }
    }
}
