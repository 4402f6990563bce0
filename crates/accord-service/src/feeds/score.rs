//! What a value is still worth: the feed's confidence, halved with every half-life since the feed last said it.
//!
//! `score = confidence * 2^(-age / half-life)`. That a score is a base worth times a function of the time since the value
//! was last said is the model of Mokaddem et al., "Taxonomy driven indicator scoring in MISP threat intelligence
//! platforms" (arXiv 1902.03914); theirs is a polynomial that ends at a lifetime, this one has a half-life for each kind of
//! value, which two people can tell each other in one number. The half-lives are this project's own choice: addresses go
//! to the next customer soonest, a digest never becomes another file.

use accord_matcher::PatternKind;

const DAY_MS: u64 = 86_400_000;
/// Below this a value is not detected any more.
pub const DETECT_AT: u8 = 20;
/// Below this a value is not blocked any more, only detected.
pub const BLOCK_AT: u8 = 50;
/// Highest confidence.
pub const CONFIDENCE_MAX: u8 = 100;

/// After how many days a value of a kind is worth half.
pub const fn half_life_days(kind: PatternKind) -> u64 {
    match kind {
        PatternKind::Address | PatternKind::AddressPort | PatternKind::Network => 3,
        PatternKind::Url => 7,
        PatternKind::Domain | PatternKind::Subdomains => 14,
        PatternKind::Email => 30,
        PatternKind::Hash => 180,
    }
}

/// The score at an age in ms.
pub fn score(confidence: u8, kind: PatternKind, age_ms: u64) -> u8 {
    #[expect(clippy::cast_precision_loss, reason = "ages are far below 2^52 ms")]
    let half_lives = age_ms as f64 / (half_life_days(kind) * DAY_MS) as f64;
    let score = f64::from(confidence.min(CONFIDENCE_MAX)) * (-half_lives).exp2();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 100")]
    let whole = score.floor() as u8;
    whole
}

/// For how long, in ms, a value of this confidence stays at or above a score; none where it never is.
pub fn lasts_ms(confidence: u8, kind: PatternKind, above: u8) -> Option<u64> {
    if confidence < above || above == 0 {
        return None;
    }
    let half_lives = (f64::from(confidence) / f64::from(above)).log2();
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "seven half-lives at most"
    )]
    let ms = (half_lives * (half_life_days(kind) * DAY_MS) as f64).floor() as u64;
    Some(ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_halves_with_each_half_life() {
        for kind in PatternKind::ALL {
            let half = half_life_days(kind) * DAY_MS;
            assert_eq!(score(80, kind, 0), 80, "{kind:?}");
            assert_eq!(score(80, kind, half), 40, "{kind:?}");
            assert_eq!(score(80, kind, 2 * half), 20, "{kind:?}");
            assert_eq!(score(80, kind, 2 * half + half / 100), 19, "{kind:?}");
            assert_eq!(score(80, kind, u64::MAX), 0, "{kind:?}");
            let lasts = lasts_ms(80, kind, DETECT_AT).unwrap();
            assert_eq!(lasts, 2 * half, "{kind:?}");
            assert_eq!(lasts_ms(19, kind, DETECT_AT), None, "{kind:?}");
            assert_eq!(lasts_ms(BLOCK_AT, kind, BLOCK_AT), Some(0), "{kind:?}");
        }
        assert!(
            half_life_days(PatternKind::Address) < half_life_days(PatternKind::Domain)
                && half_life_days(PatternKind::Domain) < half_life_days(PatternKind::Hash)
        );
        assert_eq!(score(u8::MAX, PatternKind::Hash, 0), CONFIDENCE_MAX);
    }
}
