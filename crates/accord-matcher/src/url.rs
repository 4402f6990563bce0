//! URLs in text: a host that stands there already, with a port perhaps and a path behind it.

use crate::bytes::{at, cut, ends_url, port, stretch, url_end};
use crate::limits::{MAX_URL_BYTES, MAX_USER_PART_BYTES};
use crate::pattern::{default_port, trim_url_end};

/// The rest of a URL behind its host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct UrlRest<'t> {
    /// The port as written.
    pub(crate) port: Option<u16>,
    /// Whether that is the default of the scheme before the host.
    pub(crate) is_default_port: bool,
    /// Whether a scheme stands before the host.
    pub(crate) has_scheme: bool,
    /// From the first `/`, `?` or `#` on; never empty.
    pub(crate) tail: &'t [u8],
}

impl UrlRest<'_> {
    /// The canonical value, for a canonical host.
    pub(crate) fn value(&self, host: &str) -> String {
        let mut value = host.to_owned();
        if let Some(port) = self.port.filter(|_| !self.is_default_port) {
            value.push_str(&format!(":{port}"));
        }
        value.push_str(&String::from_utf8_lossy(self.tail));
        value
    }
}

/// The rest of the URL whose host begins at `start` and whose port or path would begin at `after`.
pub(crate) fn url_rest(text: &[u8], start: usize, after: usize, is_address: bool) -> Option<UrlRest<'_>> {
    let (written, tail_at) = written_port(text, after);
    if at(text, after) == Some(b':') && written.is_none() {
        return None;
    }
    let first = at(text, tail_at).filter(|b| matches!(b, b'/' | b'?' | b'#'))?;
    let tail = tail(text, tail_at, start + MAX_URL_BYTES)?;
    let in_brackets = is_address && start > 0 && at(text, start - 1) == Some(b'[');
    let scheme = scheme_before(text, if in_brackets { start - 1 } else { start });
    if scheme.is_none() {
        // Without a scheme `192.0.2.1#53` is BIND's port, and `192.0.2.0/24` a network.
        let rest = tail.get(1..).unwrap_or_default();
        let is_network = is_address && !rest.is_empty() && rest.iter().all(u8::is_ascii_digit);
        if first != b'/' || is_network {
            return None;
        }
    }
    let is_default_port = written.is_some() && scheme.is_some_and(|default| default == written);
    Some(UrlRest {
        port: written,
        is_default_port,
        has_scheme: scheme.is_some(),
        tail,
    })
}

/// The tail that begins at `from`, cut at `limit`, without the punctuation that ends it.
pub(crate) fn tail(text: &[u8], from: usize, limit: usize) -> Option<&[u8]> {
    let within = cut(text, 0, limit.min(text.len()));
    let tail = trim_url_end(cut(text, from, url_end(within, from)));
    (!tail.is_empty()).then_some(tail)
}

/// The port that `:` and digits at `after` give, and where what follows it begins.
fn written_port(text: &[u8], after: usize) -> (Option<u16>, usize) {
    if at(text, after) != Some(b':') {
        return (None, after);
    }
    // A port has five digits; a sixth is enough to see that this is none.
    let end = stretch(cut(text, 0, text.len().min(after + 7)), after + 1, |b| {
        b.is_ascii_digit()
    });
    (port(cut(text, after + 1, end)), end)
}

/// The port that stands right after an address: a run of digits, apart from `.` and `-` at its end.
pub(crate) fn port_after(text: &[u8], after: usize) -> Option<u16> {
    let (port, end) = written_port(text, after);
    let port = port?;
    let stop = stretch(text, end, |b| matches!(b, b'.' | b'-'));
    // `8443-8450` and `8443ms` are no port.
    match at(text, stop) {
        Some(b) if crate::bytes::is_run(b) => None,
        _ => Some(port),
    }
}

/// Whether a scheme stands right before `start`, with or without a user part: its default port, where it has one.
fn scheme_before(text: &[u8], start: usize) -> Option<Option<u16>> {
    let mut sign_end = start;
    if start > 0 && at(text, start - 1) == Some(b'@') {
        let before = cut(text, start.saturating_sub(MAX_USER_PART_BYTES + 2), start - 1);
        let user = before
            .iter()
            .rev()
            .take_while(|&&b| !ends_url(b) && !matches!(b, b'/' | b'?' | b'#' | b'@'))
            .count();
        if user == 0 || user > MAX_USER_PART_BYTES {
            return None;
        }
        sign_end = start - 1 - user;
    }
    let before = cut(text, sign_end.saturating_sub(8), sign_end).strip_suffix(b"://")?;
    if !before.last()?.is_ascii_alphanumeric() {
        return None;
    }
    let default = [5, 4]
        .into_iter()
        .find_map(|length| default_port(before.get(before.len().checked_sub(length)?..)?));
    Some(default)
}
