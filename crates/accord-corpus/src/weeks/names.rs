//! The names that customers meet: popular ones, new ones of which a few become popular, sub-names of a content network,
//! mistyped ones, newsletters that come back after weeks.

use super::STREAM;
use crate::random::Choices;

const WORDS: [&str; 48] = [
    "amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heron", "river", "garden", "market",
    "silver", "studio", "online", "travel", "winter", "coffee", "bakery", "bridge", "castle", "dragon",
    "engine", "flower", "global", "harbor", "island", "jungle", "kitchen", "lantern", "meadow", "north",
    "orange", "planet", "quartz", "rocket", "summer", "timber", "urban", "velvet", "willow", "yellow",
    "zebra", "clinic", "school", "energy", "sports", "music", "photo",
];
const ENDS: [&str; 6] = ["", "", "shop", "24", "-group", "-online"];
pub(crate) const SUFFIXES: [&str; 3] = ["example", "test", "invalid"];
const POPULAR: usize = 4_000;
/// Hours in which a new name finds those who will ever ask for it.
const SPREAD_HOURS: u64 = 48;

/// See the module.
#[derive(Debug, Clone)]
pub(crate) struct Names {
    popular: Vec<String>,
    families: Vec<Vec<String>>,
}

/// A name as people choose them, made unlike others by what `number` has not yet said.
pub(crate) fn chosen(choices: &mut Choices) -> String {
    let (one, two) = (choices.word(&WORDS), choices.word(&WORDS));
    let more = if choices.once_in(2) {
        choices.word(&WORDS)
    } else {
        ""
    };
    let end = choices.word(&ENDS);
    let number = if choices.once_in(3) {
        choices.below(1_000).to_string()
    } else {
        String::new()
    };
    format!("{one}{two}{more}{end}{number}.{}", choices.word(&SUFFIXES))
}

/// A name as programs generate them.
pub(crate) fn generated(choices: &mut Choices, letters: usize, suffix: &str) -> String {
    format!("{}.{suffix}", choices.letters(letters))
}

impl Names {
    pub(crate) fn new(choices: &mut Choices) -> Self {
        Self {
            popular: (0..POPULAR).map(|_| chosen(choices)).collect(),
            families: (0..super::FAMILIES)
                .map(|_| (0..12).map(|_| chosen(choices)).collect())
                .collect(),
        }
    }

    /// One of the names that a family uses.
    pub(crate) fn of_family(&self, family: usize, number: usize) -> String {
        self.families
            .get(family)
            .and_then(|names| names.get(number))
            .cloned()
            .unwrap_or_default()
    }

    /// Look-ups of an hour: the name, whether it fails, whether it is a known one.
    pub(crate) fn of_hour(
        &self,
        choices: &mut Choices,
        seed: u64,
        hour: u64,
        level: f64,
    ) -> Vec<(String, bool, bool)> {
        let mut met = Vec::new();
        for _ in 0..choices.poisson(1_500.0 * level) {
            // Few names have most of the look-ups.
            let place = (POPULAR as f64 * choices.unit().powi(3)) as usize;
            met.extend(self.popular.get(place).map(|name| (name.clone(), false, true)));
        }
        for age in 0..SPREAD_HOURS.min(hour + 1) {
            for (name, customers) in births(seed, hour - age) {
                let share = 2.0 / SPREAD_HOURS as f64 * (1.0 - age as f64 / SPREAD_HOURS as f64);
                let come = if customers == 1 {
                    usize::from(age == 0)
                } else {
                    choices.poisson(customers as f64 * share)
                };
                met.extend(std::iter::repeat_n((name, false, false), come));
            }
        }
        for _ in 0..choices.poisson(40.0 * level) {
            let parent = choices.word(&["cdn-one.example", "cdn-two.test", "metrics.invalid"]);
            met.push((format!("{}.{parent}", choices.hex(10)), false, false));
        }
        for _ in 0..choices.poisson(20.0 * level) {
            let name = choices.one(&self.popular).cloned().unwrap_or_default();
            let at = choices.below(name.len().saturating_sub(9));
            let mistyped = name
                .chars()
                .enumerate()
                .filter(|(place, _)| *place != at)
                .map(|(_, c)| c)
                .collect();
            met.push((mistyped, true, false));
        }
        if hour > 25 * 24 && choices.once_in(4) {
            for (name, _) in births(seed, hour - 25 * 24).into_iter().take(1) {
                met.extend(std::iter::repeat_n((name, false, false), 1 + choices.below(6)));
            }
        }
        met
    }
}

/// The names that come up in an hour, and how many customers each will have.
fn births(seed: u64, hour: u64) -> Vec<(String, usize)> {
    let mut choices = Choices::new(seed, STREAM ^ (1 << 41) ^ hour);
    let level = super::activity(hour, 1);
    (0..choices.poisson(45.0 * level))
        .map(|_| {
            let name = match choices.below(20) {
                // An abbreviation, or a hash that somebody put in front.
                0 => {
                    let letters = 6 + choices.below(8);
                    let suffix = choices.word(&SUFFIXES);
                    generated(&mut choices, letters, suffix)
                }
                _ => chosen(&mut choices),
            };
            let customers = match choices.below(2_000) {
                0..=1 => 30 + choices.below(120),
                2..=15 => 8 + choices.below(22),
                16..=200 => 2 + choices.below(6),
                _ => 1,
            };
            (name, customers)
        })
        .collect()
}
