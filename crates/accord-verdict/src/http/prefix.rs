//! `GET /verdict/v1/prefix/{hex}`: private look-up. The client sends the first digits of the SHA-256 of a canonical
//! value and gets every blocked indicator whose digest begins so; which one it meant stays with it. What that hides and
//! what it does not is in `docs/spec/verdict.md`.

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::Asker;
use super::problem::Problem;
use crate::limits::{BUCKET_BYTES, MAX_BUCKET_ENTRIES};
use crate::prefix::HashPrefix;
use crate::snapshot::BucketEntry;

#[derive(Serialize)]
struct Entry<'a> {
    sha256: String,
    action: &'static str,
    labels: &'a [String],
}

#[derive(Serialize)]
struct Bucket<'a> {
    serial: u32,
    entries: Vec<Entry<'a>>,
    padding: String,
}

pub(super) async fn look_up(Asker(audience): Asker, Path(digits): Path<String>) -> Result<Response, Problem> {
    let prefix = HashPrefix::parse(&digits)
        .map_err(|why| Problem::new(StatusCode::BAD_REQUEST, "invalid", why.to_string()))?;
    let snapshot = audience.snapshot();
    let bucket = snapshot.bucket(prefix);
    if bucket.len() > MAX_BUCKET_ENTRIES {
        let words = format!("more than {MAX_BUCKET_ENTRIES} indicators begin so: send more digits");
        return Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "bucket-too-full",
            words,
        ));
    }
    let body = padded(snapshot.serial(), &bucket).map_err(|_| {
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "the answer could not be written",
        )
    })?;
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, body).into_response())
}

/// The answer, padded to [`BUCKET_BYTES`] or the next doubling of it.
fn padded(serial: u32, bucket: &[BucketEntry]) -> serde_json::Result<Vec<u8>> {
    let entries = bucket.iter().map(|entry| Entry {
        sha256: hex::encode(entry.sha256),
        action: "block",
        labels: &entry.labels,
    });
    let mut answer = Bucket {
        serial,
        entries: entries.collect(),
        padding: String::new(),
    };
    let bare = serde_json::to_vec(&answer)?.len();
    let mut length = BUCKET_BYTES;
    while length < bare {
        length = length.saturating_mul(2);
    }
    answer.padding = "0".repeat(length - bare);
    serde_json::to_vec(&answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_of_few_lengths() {
        let entry = |i: u8| BucketEntry {
            sha256: [i; 32],
            labels: std::sync::Arc::from(["label".to_owned()]),
        };
        let mut lengths = Vec::new();
        for count in 0..200 {
            let bucket: Vec<BucketEntry> = (0..count).map(entry).collect();
            // A serial of another length changes nothing.
            let length = padded(9, &bucket).unwrap().len();
            assert_eq!(length, padded(1_800_000_000, &bucket).unwrap().len(), "{count}");
            lengths.push(length);
        }
        lengths.dedup();
        assert_eq!(lengths, [BUCKET_BYTES, 2 * BUCKET_BYTES, 4 * BUCKET_BYTES]);
    }
}
