//! What is told of a collector: what it follows, how it stands, and what was not taken and why.

use std::collections::BTreeMap;

use accord_collect::settings::Take;
use accord_collect::{CollectSettings, CollectorStatus, Count, SpoolSettings};
use serde::Serialize;

/// How much longer than its settings say bytes may wait before a collector is called behind, ms.
const BEHIND_AFTER_MS: i64 = 60_000;

/// How a collector stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CollectorState {
    /// Nothing came since the node was started.
    Quiet,
    /// What comes becomes segments in time.
    Collecting,
    /// Bytes wait longer than the settings say.
    Behind,
    /// The last thing that was tried failed; it is tried again.
    Failing,
}

/// An address that a collector listens on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ListensAt {
    /// `udp`, `tcp` or `tls`.
    pub transport: &'static str,
    /// Address and port.
    pub address: String,
}

/// The last error of a collector.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CollectorError {
    /// When, ms UTC.
    pub at_ms: i64,
    /// In words.
    pub words: String,
}

/// The numbers of a collector since the node was started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CollectorNumbers {
    /// Its name.
    pub name: String,
    /// `files`, `syslog` or `http`.
    pub kind: &'static str,
    /// The source it feeds.
    pub source: String,
    /// Bytes that became segments.
    pub bytes: u64,
    /// Lines that did.
    pub lines: u64,
    /// Segments made.
    pub segments: u64,
    /// Bytes that are there and in no segment yet.
    pub lag_bytes: u64,
    /// When the oldest of them was seen, ms UTC.
    pub lag_since_ms: Option<i64>,
    /// Files followed, or senders with something in the spool that goes on.
    pub followed: u64,
    /// When the last segment was made, ms UTC.
    pub last_segment_ms: Option<i64>,
    /// When the last error was, ms UTC.
    pub last_error_ms: Option<i64>,
    /// What was dropped, refused or cut, by what it is; every kind, also those of which there was none.
    pub counts: BTreeMap<&'static str, u64>,
}

/// A collector, for who runs the node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CollectorView {
    /// Its numbers.
    #[serde(flatten)]
    pub numbers: CollectorNumbers,
    /// What it follows, in words.
    pub follows: String,
    /// How it stands.
    pub state: CollectorState,
    /// The last segment made.
    pub last_segment: Option<String>,
    /// The last error.
    pub last_error: Option<CollectorError>,
    /// Files that are not read, with the reason; at most 100.
    pub refused: BTreeMap<String, String>,
    /// Where it listens.
    pub listening: Vec<ListensAt>,
}

/// What the settings say of a collector.
pub(super) struct Fed {
    follows: String,
    /// How long bytes may wait, ms; nothing where they wait for a file's end.
    waits_ms: Option<i64>,
}

fn ms(seconds: u64) -> i64 {
    i64::try_from(seconds.saturating_mul(1000)).unwrap_or(i64::MAX)
}

/// One for each collector, in the order of the settings.
pub(super) fn fed(settings: &CollectSettings) -> Vec<Fed> {
    let files = settings.files.iter().map(|files| {
        let mut follows = format!("{} in {}", files.include.join(", "), files.folder.display());
        if !files.exclude.is_empty() {
            follows.push_str(&format!(", not {}", files.exclude.join(", ")));
        }
        let waits_s = files
            .segment_age_s
            .saturating_add(files.partial_line_s)
            .saturating_add(files.settle_s);
        Fed {
            follows,
            waits_ms: (files.take == Take::Growing)
                .then(|| ms(waits_s).saturating_add(i64::try_from(files.poll_ms).unwrap_or(i64::MAX))),
        }
    });
    let waits = |spool: &SpoolSettings| Some(ms(spool.segment_age_s));
    let syslog = settings.syslog.iter().map(|syslog| {
        let networks: Vec<String> = syslog.senders.iter().map(ToString::to_string).collect();
        Fed {
            follows: format!("syslog from {}", networks.join(", ")),
            waits_ms: waits(&syslog.spool),
        }
    });
    let http = settings.http.iter().map(|http| Fed {
        follows: format!("POST /api/v1/logs/collectors/{}/append", http.name),
        waits_ms: waits(&http.spool),
    });
    files.chain(syslog).chain(http).collect()
}

impl CollectorNumbers {
    pub(super) fn of(status: &CollectorStatus) -> Self {
        let counted = |what: Count| status.counts.get(&what).copied().unwrap_or(0);
        Self {
            name: status.name.clone(),
            kind: status.kind,
            source: status.source.clone(),
            bytes: status.bytes,
            lines: status.lines,
            segments: status.segments,
            lag_bytes: status.lag_bytes,
            lag_since_ms: status.lag_since_ms,
            followed: status.followed,
            last_segment_ms: status.last_segment_ms,
            last_error_ms: status.last_error.as_ref().map(|(at_ms, _)| *at_ms),
            counts: Count::ALL.map(|what| (what.name(), counted(what))).into(),
        }
    }
}

fn state(status: &CollectorStatus, fed: &Fed, now_ms: i64) -> CollectorState {
    let failed_ms = status.last_error.as_ref().map(|(at_ms, _)| *at_ms);
    // What came through after an error says that it is over; without anything that waits, it did no harm that lasts.
    let since = failed_ms.filter(|at_ms| status.last_segment_ms.is_none_or(|made| made <= *at_ms));
    let recent = |at_ms: i64| status.lag_bytes > 0 || now_ms.saturating_sub(at_ms) < 2 * BEHIND_AFTER_MS;
    let waited = status
        .lag_since_ms
        .map_or(0, |since| now_ms.saturating_sub(since));
    let may_wait = fed.waits_ms.map(|ms| ms.saturating_add(BEHIND_AFTER_MS));
    if since.is_some_and(recent) {
        CollectorState::Failing
    } else if status.lag_bytes > 0 && may_wait.is_some_and(|most| waited > most) {
        CollectorState::Behind
    } else if status.segments == 0 && status.lag_bytes == 0 {
        CollectorState::Quiet
    } else {
        CollectorState::Collecting
    }
}

impl CollectorView {
    pub(super) fn of(status: CollectorStatus, fed: &Fed, now_ms: i64) -> Self {
        Self {
            numbers: CollectorNumbers::of(&status),
            follows: fed.follows.clone(),
            state: state(&status, fed, now_ms),
            last_segment: status.last_segment,
            last_error: status
                .last_error
                .map(|(at_ms, words)| CollectorError { at_ms, words }),
            refused: status.refused,
            listening: status
                .listening
                .into_iter()
                .map(|(transport, address)| ListensAt {
                    transport,
                    address: address.to_string(),
                })
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_a_collector_stands() {
        let fed = Fed {
            follows: String::new(),
            waits_ms: Some(300_000),
        };
        let at_end = Fed {
            follows: String::new(),
            waits_ms: None,
        };
        let now_ms = 10_000_000;
        let status = |segments, made, lag_bytes, since, failed: Option<i64>| CollectorStatus {
            segments,
            last_segment_ms: made,
            lag_bytes,
            lag_since_ms: since,
            last_error: failed.map(|at_ms| (at_ms, "no".to_owned())),
            ..CollectorStatus::default()
        };
        let check = |status: &CollectorStatus, fed: &Fed, expected| {
            assert_eq!(state(status, fed, now_ms), expected, "{status:?}");
        };
        use CollectorState as S;
        check(&status(0, None, 0, None, None), &fed, S::Quiet);
        check(&status(0, None, 5, Some(now_ms), None), &fed, S::Collecting);
        check(&status(3, Some(1), 0, None, None), &fed, S::Collecting);
        // Exactly as long as it may wait, and one past it.
        check(
            &status(3, Some(1), 5, Some(now_ms - 360_000), None),
            &fed,
            S::Collecting,
        );
        check(
            &status(3, Some(1), 5, Some(now_ms - 360_001), None),
            &fed,
            S::Behind,
        );
        check(
            &status(3, Some(1), 5, Some(now_ms - 360_001), None),
            &at_end,
            S::Collecting,
        );
        // An error that something came through after is over, and one that nothing waits for grows old.
        check(
            &status(3, Some(1), 5, Some(now_ms), Some(now_ms - 1)),
            &fed,
            S::Failing,
        );
        check(
            &status(3, Some(now_ms), 5, Some(now_ms), Some(now_ms - 1)),
            &fed,
            S::Collecting,
        );
        check(
            &status(0, None, 0, None, Some(now_ms - 119_999)),
            &fed,
            S::Failing,
        );
        check(&status(0, None, 0, None, Some(now_ms - 120_000)), &fed, S::Quiet);
    }
}
