//! How far above chance a count is.

/// Standard deviations of `seen` above `expected` for a Poisson count whose variance is `spread` times as large: the signed
/// root of the deviance, which is near the normal distribution even for small counts (McCullagh and Nelder 1989, 2.3). 0
/// where it is not above.
pub(crate) fn above(seen: f64, expected: f64, spread: f64) -> f64 {
    if seen <= expected {
        return 0.0;
    }
    let expected = expected.max(1e-9);
    let deviance = 2.0 * (seen * (seen / expected).ln() - (seen - expected));
    (deviance.max(0.0) / spread.max(1.0)).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_near_those_of_the_distribution() {
        // P(X >= 10 | 2) = 4.6e-5: 3.9 standard deviations.
        assert!((3.7..4.4).contains(&above(10.0, 2.0, 1.0)));
        // Large counts: the difference over its deviation.
        assert!((above(10_500.0, 10_000.0, 1.0) - 5.0).abs() < 0.1);
        assert_eq!(above(2.0, 2.0, 1.0), 0.0);
        assert_eq!(above(0.0, 2.0, 1.0), 0.0);
        assert!((above(10_500.0, 10_000.0, 4.0) - 2.5).abs() < 0.1);
        assert!(above(1.0, 0.0, 1.0).is_finite());
        assert!(above(1.0, 0.0, 0.0).is_finite());
    }
}
