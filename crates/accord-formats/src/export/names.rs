//! Identifiers that stay the same whenever something is written again, and times.

use sha1::{Digest, Sha1};

/// The name space of our identifiers: the UUIDv5 of `https://accord.invalid/intelligence` in the name space of URLs
/// (RFC 9562, section 6.6).
pub(super) fn namespace() -> [u8; 16] {
    const URL: [u8; 16] = [
        0x6b, 0xa7, 0xb8, 0x11, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8,
    ];
    uuid5_bytes(&URL, "https://accord.invalid/intelligence")
}

fn uuid5_bytes(namespace: &[u8; 16], name: &str) -> [u8; 16] {
    let digest = Sha1::new()
        .chain_update(namespace)
        .chain_update(name.as_bytes())
        .finalize();
    let mut bytes = [0_u8; 16];
    for (slot, byte) in bytes.iter_mut().zip(digest.iter()) {
        *slot = *byte;
    }
    let [.., v, _, r, _, _, _, _, _, _, _] = &mut bytes;
    *v = (*v & 0x0f) | 0x50;
    *r = (*r & 0x3f) | 0x80;
    bytes
}

/// The UUIDv5 of a name in our name space (RFC 9562, section 5.5).
pub fn uuid5(name: &str) -> String {
    let hex = hex::encode(uuid5_bytes(&namespace(), name));
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    format!(
        "{}-{}-{}-{}-{}",
        part(0, 8),
        part(8, 12),
        part(12, 16),
        part(16, 20),
        part(20, 32)
    )
}

/// An instant, ms UTC, as RFC 3339 with milliseconds. Days to a date as in H. Hinnant, "chrono-compatible low-level
/// date algorithms".
pub fn rfc3339(ms: u64) -> String {
    // The last instant of the year 9999; nothing of ours is later.
    let ms = ms.min(253_402_300_799_999);
    let (days, of_day) = (ms / 86_400_000, ms % 86_400_000);
    let z = days + 719_468;
    let era = z / 146_097;
    let day_of_era = z % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let mp = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (hour, minute) = (of_day / 3_600_000, of_day / 60_000 % 60);
    let (second, milli) = (of_day / 1_000 % 60, of_day % 1_000);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants() {
        for (ms, expected) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_793_610_000_123, "2026-11-02T09:00:00.123Z"),
            (4_107_542_399_999, "2100-02-28T23:59:59.999Z"),
            (u64::MAX, "9999-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(rfc3339(ms), expected);
        }
    }

    #[test]
    fn identifiers_are_of_version_five_and_stay_the_same() {
        // RFC 9562, appendix A.4: www.example.com in the name space of DNS names.
        const DNS: [u8; 16] = [
            0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8,
        ];
        let known = hex::encode(uuid5_bytes(&DNS, "www.example.com"));
        assert_eq!(known, "2ed6657de927568b95e12665a8aea6a2");
        assert_eq!(uuid5("a"), uuid5("a"));
        assert_ne!(uuid5("a"), uuid5("b"));
        assert_eq!(uuid5("a").as_bytes().get(14), Some(&b'5'));
    }
}
