//! `/metrics`: the numbers of the node's collectors, in the text format of Prometheus (0.0.4).
//!
//! It is served on a listener of its own and on no other: who scrapes has no session, so the operator says from where it
//! is reached. Nothing of a log, of a sender or of a case is in it: names of collectors and sources, and numbers.

use std::fmt::Write as _;
use std::future::Future;
use std::sync::Arc;

use accord_service::{CollectorNumbers, Node};
use axum::Router;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::get;
use http::header;
use tokio::net::TcpListener;

use crate::AppState;

/// The media type of the format.
const MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What is asked of a collector's numbers for one metric.
type Of = fn(&CollectorNumbers) -> Option<u64>;

/// Name, type, help, and the number; none is left out.
const METRICS: [(&str, &str, &str, Of); 8] = [
    (
        "accord_collector_bytes_total",
        "counter",
        "Bytes that became segments since the start.",
        |one| Some(one.bytes),
    ),
    (
        "accord_collector_lines_total",
        "counter",
        "Lines that became segments since the start.",
        |one| Some(one.lines),
    ),
    (
        "accord_collector_segments_total",
        "counter",
        "Segments made since the start.",
        |one| Some(one.segments),
    ),
    (
        "accord_collector_waiting_bytes",
        "gauge",
        "Bytes that are there and in no segment yet.",
        |one| Some(one.lag_bytes),
    ),
    (
        "accord_collector_waiting_since_seconds",
        "gauge",
        "When the oldest of them was seen, seconds since the epoch.",
        |one| seconds(one.lag_since_ms),
    ),
    (
        "accord_collector_followed",
        "gauge",
        "Files followed, or senders with something in the spool.",
        |one| Some(one.followed),
    ),
    (
        "accord_collector_last_segment_seconds",
        "gauge",
        "When the last segment was made, seconds since the epoch.",
        |one| seconds(one.last_segment_ms),
    ),
    (
        "accord_collector_last_error_seconds",
        "gauge",
        "When the last error was, seconds since the epoch.",
        |one| seconds(one.last_error_ms),
    ),
];

fn seconds(ms: Option<i64>) -> Option<u64> {
    u64::try_from(ms?).ok().map(|ms| ms / 1000)
}

/// The value of a label, as the format escapes it.
fn label(value: &str) -> String {
    value
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

fn labels(one: &CollectorNumbers) -> String {
    format!(
        "collector=\"{}\",kind=\"{}\",source=\"{}\"",
        label(&one.name),
        one.kind,
        label(&one.source)
    )
}

fn text(healthy: bool, collectors: &[CollectorNumbers]) -> String {
    let mut text = String::new();
    let _ = writeln!(
        text,
        "# HELP accord_ready Whether the node can answer.\n# TYPE accord_ready gauge\naccord_ready {}",
        u8::from(healthy)
    );
    for (name, kind, help, of) in METRICS {
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
        for one in collectors {
            if let Some(number) = of(one) {
                let _ = writeln!(text, "{name}{{{}}} {number}", labels(one));
            }
        }
    }
    let name = "accord_collector_events_total";
    let _ = writeln!(
        text,
        "# HELP {name} What was dropped, refused or cut, by what it is; some count messages, some bytes.\n\
         # TYPE {name} counter"
    );
    for one in collectors {
        for (what, number) in &one.counts {
            let _ = writeln!(text, "{name}{{{},what=\"{what}\"}} {number}", labels(one));
        }
    }
    text
}

async fn metrics(State(node): State<AppState>) -> impl IntoResponse {
    let text = text(node.is_healthy(), &node.collector_numbers().await);
    ([(header::CONTENT_TYPE, MEDIA_TYPE)], text)
}

/// What the listener of the metrics answers.
pub fn metrics_router(node: Arc<Node>) -> Router {
    Router::new().route("/metrics", get(metrics)).with_state(node)
}

/// Serves the metrics until `shutdown` is ready.
///
/// # Errors
/// What the listener reports.
pub async fn serve_metrics(
    node: Arc<Node>,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    axum::serve(listener, metrics_router(node))
        .with_graceful_shutdown(shutdown)
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_as_it_is() {
        let one = CollectorNumbers {
            name: "edge".to_owned(),
            kind: "syslog",
            source: "a\"b\\c\nd".to_owned(),
            bytes: 1_000,
            lines: 10,
            segments: 2,
            lag_bytes: 7,
            lag_since_ms: Some(1_795_356_120_999),
            followed: 1,
            last_segment_ms: Some(1_795_356_120_000),
            last_error_ms: None,
            counts: [("oversize", 3), ("repeats", 0)].into(),
        };
        insta::assert_snapshot!("metrics", text(true, &[one]));
    }
}
