//! A list of sightings as text: CSV with time, address, port and protocol.

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use accord_formats::logs::parse_rfc3339_ms;

use super::limits::MAX_SIGHTINGS_BYTES;
use super::question::{Protocol, Question, canonical};
use crate::error::{Error, Result};

/// How much of a bad row is shown, characters.
const SHOWN_CHARS: usize = 200;
/// The columns, where no header names them.
const COLUMNS: [&str; 5] = ["time", "address", "port", "protocol", "uncertainty_ms"];

/// A row that is no question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BadRow {
    /// Its line in the text, from 1.
    pub row: u64,
    /// Its beginning, as given.
    pub text: String,
    /// What is wrong, and what to do.
    pub why: String,
}

/// What a list says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sightings {
    /// The rows that are questions, each with its line.
    pub rows: Vec<(u64, Question)>,
    /// Those that are not.
    pub bad: Vec<BadRow>,
}

impl Sightings {
    /// Reads a list: `time,address,port,protocol,uncertainty_ms` in this order, or in the order of a header with these
    /// names; time and address are needed. A time is RFC 3339 with its zone, or epoch seconds or milliseconds. A row
    /// without its own uncertainty has the one given.
    ///
    /// # Errors
    /// [`Error::TooLarge`] past the limit of bytes, or of rows (bad ones count).
    pub fn parse(text: &str, uncertainty_ms: u64, max_rows: usize) -> Result<Self> {
        if text.len() > MAX_SIGHTINGS_BYTES {
            return Err(Error::TooLarge {
                what: format!("a list of sightings of {} bytes", text.len()),
                limit: MAX_SIGHTINGS_BYTES as u64,
                advice: "give it in parts",
            });
        }
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        let mut found = Self::default();
        let mut columns: Vec<String> = COLUMNS.map(str::to_owned).to_vec();
        for (number, record) in reader.records().enumerate() {
            let record = match record {
                Ok(record) => record,
                Err(error) => {
                    let row = error.position().map_or(0, csv::Position::line);
                    found.bad.push(BadRow {
                        row,
                        text: String::new(),
                        why: format!("it is no CSV ({error}): write it anew as UTF-8"),
                    });
                    continue;
                }
            };
            if number == 0 && record.iter().any(|cell| cell.eq_ignore_ascii_case("address")) {
                columns = record.iter().map(str::to_ascii_lowercase).collect();
                continue;
            }
            if record.iter().all(str::is_empty) {
                continue;
            }
            if found.rows.len() + found.bad.len() >= max_rows {
                return Err(Error::TooLarge {
                    what: "the number of rows in a list of sightings".to_owned(),
                    limit: max_rows as u64,
                    advice: "give it in parts",
                });
            }
            let row = record.position().map_or(0, csv::Position::line);
            match question(&record, &columns, uncertainty_ms) {
                Ok(question) => found.rows.push((row, question)),
                Err(why) => {
                    let text: Vec<&str> = record.iter().collect();
                    found.bad.push(BadRow {
                        row,
                        text: text.join(",").chars().take(SHOWN_CHARS).collect(),
                        why,
                    });
                }
            }
        }
        Ok(found)
    }
}

fn question(
    record: &csv::StringRecord,
    columns: &[String],
    uncertainty_ms: u64,
) -> std::result::Result<Question, String> {
    let cell = |name: &str| {
        let at = columns.iter().position(|column| column == name)?;
        record.get(at).filter(|cell| !cell.is_empty() && *cell != "-")
    };
    let beyond = record.iter().skip(columns.len()).any(|cell| !cell.is_empty());
    if beyond {
        return Err(format!(
            "it has more than the {} cells that are named: remove the others",
            columns.len()
        ));
    }
    let time = cell("time").ok_or("it has no time: write it as 2026-11-30T12:00:00Z")?;
    let at_ms = instant(time)?;
    let address = cell("address").ok_or("it has no address")?;
    let net = address
        .parse::<std::net::IpAddr>()
        .map(IpNet::from)
        .or_else(|_| address.parse::<IpNet>())
        .map_err(|_| format!("`{address}` is no IP address and no prefix: names are not looked up"))?;
    let port = match cell("port") {
        None => None,
        Some(text) => {
            let port = text.parse::<u16>().ok().filter(|port| *port > 0);
            Some(port.ok_or_else(|| format!("`{text}` is no port: 1 to 65535, or leave it empty"))?)
        }
    };
    let protocol =
        match cell("protocol") {
            None => None,
            Some(text) => {
                let protocol = Protocol::parse(text);
                Some(protocol.ok_or_else(|| {
                    format!("`{text}` is no protocol: tcp, udp or a number, or leave it empty")
                })?)
            }
        };
    let uncertainty_ms = match cell("uncertainty_ms") {
        None => uncertainty_ms,
        Some(text) => text
            .parse()
            .map_err(|_| format!("`{text}` is no number of milliseconds"))?,
    };
    let question = Question {
        address: canonical(net),
        port,
        protocol,
        at_ms,
        uncertainty_ms,
    };
    question.refused().map_or(Ok(question), Err)
}

/// RFC 3339 with its zone, or a number of seconds or milliseconds since the epoch, by its size as in the logs.
fn instant(text: &str) -> std::result::Result<i64, String> {
    if let Some(ms) = parse_rfc3339_ms(text.as_bytes()) {
        return Ok(ms);
    }
    if let Ok(number) = text.parse::<i64>() {
        let seconds = number.abs() < 100_000_000_000;
        return Ok(if seconds {
            number.saturating_mul(1000)
        } else {
            number
        });
    }
    Err(format!(
        "`{text}` is no instant: write it with its zone, as 2026-11-30T12:00:00Z, or as seconds since the epoch"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Sightings {
        Sightings::parse(text, 500, 1000).unwrap()
    }

    #[test]
    fn rows_in_both_orders() {
        let plain = parse("2026-11-30T12:00:00Z,192.0.2.1,4711,tcp\n1796040000, 2001:db8::/56 ,,,\n");
        let named = parse("Port,Address,Time\n4711,192.0.2.1,2026-11-30T13:00:00+01:00\n");
        assert!(plain.bad.is_empty() && named.bad.is_empty());
        assert_eq!(plain.rows[0].0, 1);
        assert_eq!(plain.rows[0].1.protocol, Some(Protocol(6)));
        assert_eq!(plain.rows[0].1.uncertainty_ms, 500);
        assert_eq!(plain.rows[1].1.address.to_string(), "2001:db8::/56");
        assert_eq!(plain.rows[1].1.at_ms, 1_796_040_000_000);
        assert_eq!(
            (named.rows[0].0, named.rows[0].1.at_ms),
            (2, plain.rows[0].1.at_ms)
        );
        assert_eq!(named.rows[0].1.port, Some(4711));
        assert_eq!(parse("").rows, []);
    }

    #[test]
    fn bad_rows_say_what_to_do() {
        for (row, why) in [
            ("2026-11-30 12:00:00,192.0.2.1", "with its zone"),
            ("noon,192.0.2.1", "with its zone"),
            (",192.0.2.1", "no time"),
            ("2026-11-30T12:00:00Z", "no address"),
            ("2026-11-30T12:00:00Z,host.example", "names are not looked up"),
            ("2026-11-30T12:00:00Z,192.0.2.0/24", "single IPv4"),
            ("2026-11-30T12:00:00Z,2001:db8::/32", "delegated"),
            ("2026-11-30T12:00:00Z,192.0.2.1,65536", "no port"),
            ("2026-11-30T12:00:00Z,192.0.2.1,0", "no port"),
            ("2026-11-30T12:00:00Z,192.0.2.1,80,web", "no protocol"),
            ("2026-11-30T12:00:00Z,192.0.2.1,80,tcp,soon", "milliseconds"),
            ("2026-11-30T12:00:00Z,192.0.2.1,80,tcp,99999999999", "uncertain"),
            ("2026-11-30T12:00:00Z,192.0.2.1,80,tcp,5,x", "more than"),
        ] {
            let found = parse(&format!("\n1796040000,192.0.2.9\n{row}\n"));
            assert_eq!((found.rows.len(), found.bad.len()), (1, 1), "{row}");
            assert_eq!(found.bad[0].row, 3, "{row}");
            assert!(found.bad[0].why.contains(why), "{row}: {}", found.bad[0].why);
        }
        let quoted = parse("1796040000,\"192.0.2.1\n");
        assert_eq!(quoted.rows.len() + quoted.bad.len(), 1);
    }

    #[test]
    fn one_past_every_limit() {
        let rows = "1796040000,192.0.2.1\n".repeat(3);
        assert!(Sightings::parse(&rows, 0, 3).is_ok());
        assert!(matches!(
            Sightings::parse(&rows, 0, 2),
            Err(Error::TooLarge { limit: 2, .. })
        ));
        let long = " ".repeat(MAX_SIGHTINGS_BYTES);
        assert!(Sightings::parse(&long, 0, 1).is_ok());
        let long = format!("{long} ");
        assert!(matches!(
            Sightings::parse(&long, 0, 1),
            Err(Error::TooLarge { .. })
        ));
    }
}
