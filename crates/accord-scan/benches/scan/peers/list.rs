//! The indicators that every program understands: names and IPv4 addresses, in the form in which logs have them.

use accord_corpus::{Indicator, IndicatorList, Shape};
use accord_matcher::{Pattern, PatternKind};

use crate::Outcome;
use crate::material::{SEED, real_indicators};

/// So many, the real ones first (from all over their list) and then generated ones; and how many are real.
pub(super) fn names_and_addresses(count: usize) -> Outcome<(IndicatorList, usize)> {
    let real = real_indicators()?;
    let mut fitting: Vec<Indicator> = real.iter().filter_map(|text| fits(text)).collect();
    fitting.sort_by(|one, other| one.text.cmp(&other.text));
    fitting.dedup_by(|one, other| one.text == other.text);
    // Half of a short list is generated too.
    let step = fitting.len().div_ceil(count.div_ceil(2).max(1)).max(1);
    let step = if fitting.len() <= count { 1 } else { step };
    let mut indicators: Vec<Indicator> = fitting.into_iter().step_by(step).collect();
    let real = indicators.len();
    let missing = count.saturating_sub(real);
    // Half of the generated ones are names and addresses.
    let generated =
        accord_corpus::indicators(SEED, missing.saturating_mul(2).saturating_add(1_000)).indicators;
    let is_fit = |one: &Indicator| matches!(one.shape, Shape::Domain | Shape::Ipv4);
    indicators.extend(generated.into_iter().filter(is_fit).take(missing));
    Ok((IndicatorList { indicators }, real))
}

/// A name or an IPv4 address as it is, with nothing to be read as something else.
fn fits(text: &str) -> Option<Indicator> {
    let pattern = Pattern::parse(text).ok()?;
    if pattern.canonical() != text {
        return None;
    }
    let shape = match pattern.kind() {
        PatternKind::Domain => Shape::Domain,
        PatternKind::Address if text.parse::<std::net::Ipv4Addr>().is_ok() => Shape::Ipv4,
        _ => return None,
    };
    Some(Indicator {
        text: text.to_owned(),
        shape,
        family: "real",
    })
}
