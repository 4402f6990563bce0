//! OpenSSH's server, as syslog keeps it (`auth.log`, `secure`). Messages: `auth.c`, `packet.c` and `monitor.c` of
//! OpenSSH; PAM's by `pam_unix`.
//!
//! A user's name comes from the network and may itself read ` from 192.0.2.1 port 22`: the last of these words in the
//! line is the server's own.

use memchr::memmem;

use super::fields::{Column, Fields};
use super::syslog::{self, Entry};
use super::{Depth, LineFacts, Outcome, pairs};

pub(super) fn line(line: &[u8], depth: Depth) -> LineFacts {
    syslog::line_of(line, depth, is)
}

pub(super) fn fields<'a>(line: &'a [u8], fields: &mut Fields<'a>) -> Outcome {
    syslog::fields_of(line, fields, is)
}

pub(super) fn is(entry: &Entry<'_>) -> bool {
    matches!(entry.program, b"sshd" | b"sshd-session" | b"sshd-auth")
}

pub(super) fn message<'a>(text: &'a [u8], fields: &mut Fields<'a>) {
    if text.starts_with(b"pam_") {
        pairs::each(text, &mut |name, value| match name {
            b"rhost" => fields.put(Column::SourceAddress, value),
            b"user" => fields.put(Column::User, value),
            _ => {}
        });
        if let Some((_, after)) = split(text, b" for user ") {
            let end = after.iter().position(|byte| matches!(byte, b' ' | b'('));
            fields.put(
                Column::User,
                after.get(..end.unwrap_or(after.len())).unwrap_or_default(),
            );
        }
        return;
    }
    let (activity, status): (&[u8], &[u8]) = match text.split(|byte| *byte == b' ').next() {
        Some(b"Accepted") => (b"Logon", b"Success"),
        Some(b"Failed" | b"Invalid") => (b"Logon", b"Failure"),
        Some(b"error:") if memmem::find(text, b"authentication attempts exceeded").is_some() => {
            (b"Logon", b"Failure")
        }
        Some(b"Connection") => (b"Connection", b""),
        Some(b"Disconnected" | b"Received" | b"Disconnecting") => (b"Logoff", b""),
        _ => (b"", b""),
    };
    fields.put(Column::Activity, activity);
    fields.put(Column::Status, status);
    let from = memmem::rfind(text, b" from ").map(|at| (at, at + 6));
    let by = memmem::rfind(text, b" by ").map(|at| (at, at + 4));
    let Some((end, start)) = from.or(by) else { return };
    let (mut before, mut after) = (
        text.get(..end).unwrap_or_default(),
        text.get(start..).unwrap_or_default(),
    );
    // `Connection closed by authenticating user root 192.0.2.1 port 22 [preauth]`: the address stands after the name.
    for words in [&b"authenticating user "[..], b"invalid user ", b"user "] {
        if let Some(name) = after.strip_prefix(words) {
            if let Some(at) = memmem::rfind(name, b" port ") {
                let head = name.get(..at).unwrap_or_default();
                let space = memchr::memrchr(b' ', head).unwrap_or(0);
                before = head.get(..space).unwrap_or_default();
                fields.put(Column::User, before);
                before = b"";
                after = name.get(space..).unwrap_or_default().trim_ascii_start();
            }
            break;
        }
    }
    for words in [&b" for invalid user "[..], b" for ", b"Invalid user "] {
        if let Some((_, name)) = split(before, words) {
            fields.put(Column::User, name);
            break;
        }
    }
    let mut words = after.split(|byte| matches!(byte, b' ' | b':'));
    // An IPv6 address holds colons: it ends at the space.
    let address = after.split(|byte| *byte == b' ').next().unwrap_or_default();
    fields.put(
        Column::SourceAddress,
        address.strip_suffix(b":").unwrap_or(address),
    );
    if words.any(|word| word == b"port") {
        fields.put(Column::SourcePort, words.next().unwrap_or_default());
    }
}

/// Before and after the first of these words.
fn split<'a>(text: &'a [u8], words: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = memmem::find(text, words)?;
    Some((text.get(..at)?, text.get(at + words.len()..)?))
}
