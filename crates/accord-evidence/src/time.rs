//! Instants as people and other programs read them: RFC 3339 in UTC with milliseconds.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;

/// An instant outside the years that RFC 3339 can write, or text that is no instant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an instant in UTC of the form 2026-11-22T09:30:00.000Z: \"{0}\"")]
pub struct TimeError(String);

/// An instant, to the millisecond. Text and serde form: `2026-11-22T09:30:00.000Z`, that one spelling only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Utc(Timestamp);

impl Utc {
    /// From milliseconds since the Unix epoch.
    ///
    /// # Errors
    /// [`TimeError`] outside the years 0 to 9999.
    pub fn from_ms(ms: i64) -> Result<Self, TimeError> {
        let timestamp = Timestamp::from_millisecond(ms).map_err(|_| TimeError(ms.to_string()))?;
        let utc = Self(timestamp);
        // RFC 3339 has four digits for the year and no sign.
        let text = utc.to_string();
        if text.len() == 24 && !text.starts_with('-') {
            Ok(utc)
        } else {
            Err(TimeError(ms.to_string()))
        }
    }

    /// Milliseconds since the Unix epoch.
    pub fn ms(self) -> i64 {
        self.0.as_millisecond()
    }

    /// The day, as `2026-11-22`.
    pub fn day(self) -> String {
        self.0.strftime("%Y-%m-%d").to_string()
    }
}

impl fmt::Display for Utc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.strftime("%Y-%m-%dT%H:%M:%S.%3fZ"))
    }
}

impl FromStr for Utc {
    type Err = TimeError;
    fn from_str(text: &str) -> Result<Self, TimeError> {
        let fail = || TimeError(text.chars().take(40).collect());
        let timestamp: Timestamp = text.parse().map_err(|_| fail())?;
        let utc = Self(timestamp);
        if utc.to_string() == text {
            Ok(utc)
        } else {
            Err(fail())
        }
    }
}

impl serde::Serialize for Utc {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Utc {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling() {
        let utc = Utc::from_ms(1_795_339_800_007).unwrap();
        assert_eq!(utc.to_string().parse::<Utc>().unwrap(), utc);
        assert_eq!(Utc::from_ms(0).unwrap().to_string(), "1970-01-01T00:00:00.000Z");
        assert_eq!(Utc::from_ms(-1).unwrap().to_string(), "1969-12-31T23:59:59.999Z");
        assert_eq!(Utc::from_ms(0).unwrap().day(), "1970-01-01");
        for bad in [
            "",
            "1970-01-01",
            "1970-01-01T00:00:00Z",
            "1970-01-01T00:00:00.000+00:00",
            "x",
        ] {
            assert!(bad.parse::<Utc>().is_err(), "{bad}");
        }
        assert!(Utc::from_ms(i64::MAX).is_err());
        assert!(Utc::from_ms(-100_000_000_000_000).is_err());
    }
}
