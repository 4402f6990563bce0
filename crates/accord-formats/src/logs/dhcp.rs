//! DHCP servers: who holds an address. ISC dhcpd and dnsmasq through syslog (`DHCPACK on 192.0.2.7 to 00:00:5e:00:53:01
//! (host) via eth0`), Kea's own lines and its forensic log, and the audit log of Windows, whose rows are
//! `ID,Date,Time,Description,IP Address,Host Name,MAC Address,User Name,...` in local time.

use memchr::memmem;

use super::clock::{WallTime, time_of_day};
use super::fields::{Column, Fields};
use super::syslog::{self, Entry};
use super::time::Cursor;
use super::{Depth, LineFacts, Outcome, address};

pub(super) fn line(line: &[u8], depth: Depth) -> LineFacts {
    let mut facts = if own(line).is_some() {
        LineFacts::bare(Outcome::Parsed)
    } else {
        syslog::line_of(line, Depth::Time, is)
    };
    if depth == Depth::Full {
        address::in_text(line, &mut facts.addresses);
    }
    facts
}

pub(super) fn fields<'a>(line: &'a [u8], fields: &mut Fields<'a>) -> Outcome {
    let Some((wall, form)) = own(line) else {
        return syslog::fields_of(line, fields, is);
    };
    fields.set_wall(Some(wall));
    match form {
        Form::Kea(text) => message(text, fields),
        Form::Windows(row) => windows(row, fields),
    }
    Outcome::Parsed
}

pub(super) fn is(entry: &Entry<'_>) -> bool {
    matches!(
        entry.program,
        b"dhcpd" | b"kea-dhcp4" | b"kea-dhcp6" | b"dnsmasq-dhcp" | b"DhcpLFC"
    )
}

/// Whether it is a row of the audit log of Windows.
pub(super) fn is_windows(line: &[u8]) -> bool {
    windows_parts(line).is_some()
}

enum Form<'a> {
    Kea(&'a [u8]),
    Windows(&'a [u8]),
}

/// A line of a server's own file.
fn own(line: &[u8]) -> Option<(WallTime, Form<'_>)> {
    if let Some((wall, row)) = windows_parts(line) {
        return Some((wall, Form::Windows(row)));
    }
    let (wall, rest) = WallTime::iso_prefix(line)?;
    // `INFO  [kea-dhcp4.leases/812.140] DHCP4_...`, or of the forensic log `CET Address: ...`.
    let is_kea = memmem::find(rest.get(..80).unwrap_or(rest), b"[kea-dhcp").is_some();
    let is_forensic = leased(rest.get(..16).unwrap_or(rest)).is_some();
    (is_kea || is_forensic).then_some((wall, Form::Kea(rest)))
}

/// `10,03/23/24,10:20:30,`: a number, month, day and the year's last two digits (the audit log is younger than 2000).
fn windows_parts(line: &[u8]) -> Option<(WallTime, &[u8])> {
    let digits = line
        .iter()
        .take(6)
        .position(|byte| *byte == b',')
        .filter(|at| *at > 0)?;
    line.get(..digits)?.iter().all(u8::is_ascii_digit).then_some(())?;
    let mut cursor = Cursor(line.get(digits + 1..)?);
    let month = cursor.digits(2)?;
    cursor.one_of(b"/")?;
    let day = cursor.digits(2)?;
    cursor.one_of(b"/")?;
    let year = cursor.digits(4).or_else(|| Some(2000 + cursor.digits(2)?))?;
    cursor.one_of(b",")?;
    let (hms, ms) = time_of_day(&mut cursor)?;
    cursor.one_of(b",")?;
    Some((WallTime::of(Some(year), month, day, hms, ms)?, cursor.0))
}

fn windows<'a>(row: &'a [u8], fields: &mut Fields<'a>) {
    let mut cells = row.split(|byte| *byte == b',');
    for column in [
        Column::Activity,
        Column::SourceAddress,
        Column::SourceHost,
        Column::SourceMac,
        Column::User,
        Column::Session,
    ] {
        fields.put(column, cells.next().unwrap_or_default().trim_ascii());
    }
}

pub(super) fn message<'a>(text: &'a [u8], fields: &mut Fields<'a>) {
    if let Some(text) = leased(text) {
        return forensic(text, fields);
    }
    let mut words = text
        .split(|byte| byte.is_ascii_whitespace())
        .filter(|word| !word.is_empty());
    let Some(activity) = words.find(|word| word.starts_with(b"DHCP")) else {
        return;
    };
    // dnsmasq writes the interface behind the word: `DHCPACK(eth0)`.
    let end = memchr::memchr2(b'(', b':', activity).unwrap_or(activity.len());
    fields.put(Column::Activity, activity.get(..end).unwrap_or_default());
    let (mut mac_seen, mut address_seen, mut lease) = (false, false, None);
    let mut after_mac = false;
    let mut before: &[u8] = b"";
    for word in words {
        let bare = word
            .strip_suffix(b",")
            .or_else(|| word.strip_suffix(b":"))
            .unwrap_or(word);
        let mac = bare.strip_suffix(b"]").unwrap_or(bare);
        let name = std::mem::take(&mut after_mac);
        if !mac_seen && is_mac(mac) {
            fields.put(Column::SourceMac, mac);
            mac_seen = true;
            after_mac = !bare.ends_with(b"]");
        } else if !address_seen && address::whole(bare).is_some() {
            fields.put(Column::SourceAddress, bare);
            address_seen = true;
        } else if name && !matches!(word, b"via" | b"wrong") {
            // `(host)` of dhcpd, `host` of dnsmasq.
            let host = word
                .strip_prefix(b"(")
                .and_then(|inside| inside.strip_suffix(b")"));
            fields.put(Column::SourceHost, host.unwrap_or(word));
        } else if before == b"for" && word.iter().all(u8::is_ascii_digit) {
            lease = Some(word);
        }
        before = word;
    }
    fields.put(Column::LeaseSeconds, lease.unwrap_or_default());
}

/// What stands behind `Address: ` or `Prefix:` in Kea's forensic log, which writes the space in some releases only.
fn leased(text: &[u8]) -> Option<&[u8]> {
    let labels: [&[u8]; 2] = [b"Address:", b"Prefix:"];
    let label = labels
        .into_iter()
        .find_map(|label| Some(memmem::find(text, label)? + label.len()))?;
    Some(text.get(label..)?.trim_ascii_start())
}

/// `192.0.2.100 has been renewed for 1 hrs 52 min 15 secs to a device with hardware address: hwtype=1 08:00:2b:02:3f:4e,
/// client-id: 17:34:...`: Kea's forensic log.
fn forensic<'a>(text: &'a [u8], fields: &mut Fields<'a>) {
    let mut words = text.split(|byte| *byte == b' ');
    // A delegated prefix is no address.
    let leased = words.next().unwrap_or_default();
    if !leased.contains(&b'/') {
        fields.put(Column::SourceAddress, leased);
    }
    let (mut count, mut seconds, mut before): (Option<u64>, Option<u64>, &[u8]) = (None, None, b"");
    for word in words {
        let bare = word.strip_suffix(b",").unwrap_or(word);
        if before == b"been" {
            fields.put(Column::Activity, bare);
        } else if before.starts_with(b"hwtype=") {
            fields.put(Column::SourceMac, bare);
            break;
        } else if let Some(number) = std::str::from_utf8(bare)
            .ok()
            .and_then(|digits| digits.parse().ok())
        {
            count = Some(number);
        } else if let Some(number) = count.take() {
            let unit = match bare {
                b"hrs" | b"hours" => 3600,
                b"min" | b"mins" => 60,
                b"secs" | b"seconds" => 1,
                _ => 0,
            };
            seconds = Some(seconds.unwrap_or(0).saturating_add(number.saturating_mul(unit)));
        }
        before = word;
    }
    if let Some(seconds) = seconds {
        fields.put_number(Column::LeaseSeconds, seconds);
    }
}

/// Six pairs of hexadecimal digits with `:` or `-` between.
pub(super) fn is_mac(word: &[u8]) -> bool {
    word.len() == 17
        && word.iter().enumerate().all(|(at, byte)| {
            if at % 3 == 2 {
                matches!(byte, b':' | b'-')
            } else {
                byte.is_ascii_hexdigit()
            }
        })
}
