//! Ordinary traffic: names and addresses that no generated indicator covers.

use crate::random::Choices;

const SERVICES: [&str; 8] = ["www", "mail", "cdn", "api", "login", "static", "img", "ns1"];
const SITES: [&str; 8] = [
    "shop", "news", "bank", "wiki", "forum", "video", "games", "travel",
];
const ZONES: [&str; 3] = ["example.com", "example.net", "example.org"];
const PATHS: [&str; 6] = [
    "/",
    "/index.html",
    "/search?q=x",
    "/img/logo.png",
    "/api/v1/items",
    "/login",
];

/// The second at which generated logs begin: 2026-03-02T08:00:00Z.
pub(crate) const START_SECONDS: u64 = 1_772_438_400;

/// One of a thousand names; of varied traffic one of some hundred millions, each zone about as often as the others.
pub(crate) fn host(choices: &mut Choices) -> String {
    if choices.varied {
        return format!(
            "{}.{}{}.example",
            choices.word(&SERVICES),
            choices.word(&SITES),
            choices.below(4_000_000)
        );
    }
    format!(
        "{}.{}{}.{}",
        choices.word(&SERVICES),
        choices.word(&SITES),
        choices.below(40),
        choices.word(&ZONES)
    )
}

/// An address of 192.0.2.0/24; of varied traffic, of 10.0.0.0/8 (RFC 1918), 100.64.0.0/10 (RFC 6598) or 198.18.0.0/15 (RFC
/// 2544).
pub(crate) fn address(choices: &mut Choices) -> String {
    if choices.varied {
        let (first, second) = match choices.below(4) {
            0 | 1 => (10, choices.below(256)),
            2 => (100, 64 + choices.below(64)),
            _ => (198, 18 + choices.below(2)),
        };
        return format!(
            "{first}.{second}.{}.{}",
            choices.below(256),
            1 + choices.below(254)
        );
    }
    format!("192.0.2.{}", 1 + choices.below(254))
}

pub(crate) fn path(choices: &mut Choices) -> &'static str {
    choices.word(&PATHS)
}

pub(crate) fn port(choices: &mut Choices) -> usize {
    1024 + choices.below(64_000)
}

/// A connection's id as Zeek writes it: `C` and 17 letters and digits.
pub(crate) fn uid(choices: &mut Choices) -> String {
    format!("C{}", choices.letters(17))
}

/// Seconds since the epoch with microseconds, later with every line.
pub(crate) fn stamp(line: usize, choices: &mut Choices) -> String {
    format!("{}.{:06}", START_SECONDS + line as u64, choices.below(1_000_000))
}

/// Hours, minutes, seconds of a line's time on the day the log begins, wrapping at midnight.
pub(crate) fn clock(line: usize) -> String {
    let seconds = (START_SECONDS + line as u64) % 86_400;
    format!(
        "{:02}:{:02}:{:02}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}
