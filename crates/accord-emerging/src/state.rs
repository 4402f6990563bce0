//! The saved state: magic, version, a proof of the key, the configuration, the parts, a keyed sum of all before it. What was
//! damaged, cut, made under another key or by a version that is not known is refused as a whole.

use crate::config::Config;
use crate::engine::{Engine, State};
use crate::kept::{Kept, Reader, kept};
use crate::key::Key;

const MAGIC: &[u8; 8] = b"ACCORDEM";
/// Raised with every change of what is saved.
const VERSION: u32 = 3;
/// The oldest version that is read: 2 knows nothing of how fast values spread.
const OLDEST: u32 = 2;

/// A saved state that is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Damaged {
    /// Not a state.
    #[error("this is no saved state of what is new and growing")]
    NoState,
    /// Of another version.
    #[error("the saved state is of version {0}: begin anew, or read it with the program that wrote it")]
    Version(u32),
    /// Its sum does not fit: damaged, or saved under another key.
    #[error("the saved state is damaged, or was saved under another key")]
    Sum,
    /// It ends too early.
    #[error("the saved state ends too early")]
    Short,
    /// A part of it cannot be.
    #[error("the saved state contradicts itself")]
    Inconsistent,
}

kept!(Config {
    memory_slots,
    watched,
    labels,
    likenesses,
    pairs,
    customers,
    counters,
    threshold,
    min_ratio,
    min_customers,
    min_unnamed_customers,
    min_sources,
    floor_days,
    dormant_days,
    budget,
});

impl Engine {
    /// The state as bytes: equal states give equal bytes. The key is not in them.
    #[must_use]
    pub fn save(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        VERSION.put(&mut out);
        self.config.put(&mut out);
        self.state.put(&mut out);
        self.key.sum(&out).put(&mut out);
        out
    }

    /// The engine as it was saved, under the same key.
    pub fn restore(bytes: &[u8], key: Key) -> Result<Self, Damaged> {
        let rest = bytes.strip_prefix(MAGIC).ok_or(Damaged::NoState)?;
        let mut from = Reader(rest, VERSION);
        let version = u32::take(&mut from)?;
        if !(OLDEST..=VERSION).contains(&version) {
            return Err(Damaged::Version(version));
        }
        from.1 = version;
        let (summed, sum) = bytes.split_last_chunk::<8>().ok_or(Damaged::Short)?;
        if key.sum(summed) != u64::from_le_bytes(*sum) {
            return Err(Damaged::Sum);
        }
        let config = Config::take(&mut from)?;
        config.check().map_err(|_| Damaged::Inconsistent)?;
        let mut state = State::take(&mut from)?;
        if version < VERSION {
            state.complete();
        }
        if from.0 != sum || !state.is_whole(&config) {
            return Err(Damaged::Inconsistent);
        }
        Ok(Self { config, key, state })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Key = Key([3; 16]);

    /// What the version before knew: as many classes of candidates, and of values nothing of how fast they spread.
    #[test]
    fn a_state_of_version_2_is_read_and_goes_on() {
        let mut engine = Engine::new(Config::default(), KEY, 1_700_000_000_000).unwrap();
        engine.advance(1_700_000_000_000 + 90_000_000).unwrap();
        let mut before = engine.clone();
        before.state.forget_how_fast();
        let mut bytes = MAGIC.to_vec();
        2_u32.put(&mut bytes);
        before.config.put(&mut bytes);
        before.state.put(&mut bytes);
        KEY.sum(&bytes).put(&mut bytes);
        assert!(bytes.len() < engine.save().len());
        let restored = Engine::restore(&bytes, KEY).unwrap();
        assert_eq!(restored, engine);
        assert_eq!(restored.save(), engine.save());
        // As one of today it would lack something.
        let mut today = bytes.clone();
        today.truncate(today.len() - 8);
        today[8] = 3;
        KEY.sum(&today).put(&mut today);
        assert_eq!(Engine::restore(&today, KEY).unwrap_err(), Damaged::Inconsistent);
    }
}
