//! What is found of planted outbreaks, how soon, and how often in vain: `cargo xtask bench emerging [SEEDS] [WEEKS]`.
//!
//! The same generated weeks (`accord_corpus::Weeks`) go through the engine as it is configured by default and through plain
//! baselines (`baselines`). Their thresholds are swept, and they are compared at the lowest threshold with which they raise
//! no more false alerts than the engine: the best that they can do with the same peace. What is found, and what is false,
//! is told by the known answers (`answers`). The first three weeks are history for all; nothing in them is counted.

mod answers;
mod baselines;

use std::collections::BTreeSet;
use std::error::Error;
use std::io::Write as _;
use std::time::{Duration, Instant};

use accord_corpus::{WeekEvent, Weeks};
use accord_emerging::{Circle, Config, Engine, Event, Key, Labels};

use answers::{About, Alert, Answers, Result as Scored};
use baselines::{FirstSeen, Metric, ZScore};

type Outcome<T> = Result<T, Box<dyn Error>>;

const SEEDS: u64 = 4;
const WEEKS: u64 = 10;
const TICK_MS: u64 = 300_000;
const HOUR_MS: u64 = 3_600_000;
/// Hour from which alerts count.
const FROM_HOUR: u64 = 21 * 24;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().collect();
    // `cargo test` runs benches too, without this argument.
    if !arguments.iter().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let numbers: Vec<u64> = arguments
        .iter()
        .filter_map(|argument| argument.parse().ok())
        .collect();
    let seeds = numbers.first().copied().unwrap_or(SEEDS);
    let weeks = numbers.get(1).copied().unwrap_or(WEEKS).max(5);
    let mut all = Runs::default();
    let first = numbers.get(2).copied().unwrap_or(1);
    for seed in first..first.saturating_add(seeds) {
        all.add(
            &Weeks::new(seed, weeks),
            arguments.iter().any(|argument| argument == "--tell"),
        )?;
    }
    all.print(seeds, weeks)
}

fn say(text: impl std::fmt::Display) -> Outcome<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}")?;
    out.flush()?;
    Ok(())
}

/// What all seeds gave.
#[derive(Default)]
struct Runs {
    answers: Vec<Answers>,
    ours: Vec<Vec<Alert>>,
    lines: Vec<ZScore>,
    customers: Vec<ZScore>,
    first: Vec<FirstSeen>,
    events: u64,
    took: Duration,
    held: usize,
    saved: usize,
    save: Duration,
    restore: Duration,
}

fn event(from: &WeekEvent) -> Event<'_> {
    Event {
        at_ms: from.at_ms,
        circle: Circle::OPEN,
        source: &from.source,
        customer: &from.customer,
        kind: from.kind,
        value: &from.value,
        labels: Labels {
            family: from.family.as_deref(),
            campaign: from.campaign.as_deref(),
            sector: Some(from.sector),
            country: Some(from.country),
            network: Some(&from.network),
        },
        failed: from.failed,
        lines: 1,
    }
}

impl Runs {
    fn add(&mut self, weeks: &Weeks, tells: bool) -> Outcome<()> {
        let mut engine = Engine::new(Config::default(), Key([7; 16]), weeks.begins_ms(0))?;
        let mut answers = Answers::new(weeks, FROM_HOUR);
        let (mut lines, mut customers) = (ZScore::new(Metric::Lines), ZScore::new(Metric::Customers));
        let mut first = FirstSeen::default();
        let mut ours: Vec<Alert> = Vec::new();
        let mut known: BTreeSet<(u64, usize)> = BTreeSet::new();
        for hour in 0..weeks.hours() {
            let events = weeks.events(hour);
            let begins = weeks.begins_ms(hour);
            answers.note(hour, &events);
            for event in &events {
                lines.observe(event);
                customers.observe(event);
                first.observe(event);
            }
            lines.end_hour(begins + HOUR_MS);
            customers.end_hour(begins + HOUR_MS);
            self.events += events.len() as u64;
            let mut rest = events.as_slice();
            for tick in 1..=HOUR_MS / TICK_MS {
                let until = begins + tick * TICK_MS;
                let (now, later) = rest.split_at(rest.partition_point(|event| event.at_ms < until));
                rest = later;
                let began = Instant::now();
                now.iter().for_each(|from| {
                    engine.observe(&event(from));
                });
                engine.advance(until)?;
                self.took += began.elapsed();
                for story in engine.stories() {
                    for (at, finding) in story.findings.iter().enumerate() {
                        if known.insert((story.id.0, at)) {
                            ours.push(Alert {
                                at_ms: finding.found_ms,
                                story: story.id.0,
                                about: About::of(finding),
                                words: finding.reason.clone(),
                            });
                        }
                    }
                }
            }
        }
        self.held = self.held.max(engine.held_bytes());
        let began = Instant::now();
        let saved = engine.save();
        self.save += began.elapsed();
        let began = Instant::now();
        let restored = Engine::restore(&saved, Key([7; 16]))?;
        self.restore += began.elapsed();
        if restored != engine {
            return Err("what was restored is not what was saved".into());
        }
        self.saved = self.saved.max(saved.len());
        if tells {
            answers.tell(&ours)?;
        }
        self.answers.push(answers);
        self.ours.push(ours);
        self.lines.push(lines);
        self.customers.push(customers);
        self.first.push(first);
        Ok(())
    }

    /// What a way of alerting gives on all seeds.
    fn score(&self, alerts: impl Fn(usize) -> Vec<Alert>) -> Scored {
        let mut all = Scored::default();
        for (seed, answers) in self.answers.iter().enumerate() {
            all.add(&answers.score(&alerts(seed)));
        }
        all
    }

    /// The lowest threshold with no more false alerts than these.
    fn best(
        &self,
        thresholds: &[f64],
        peace: f64,
        alerts: impl Fn(usize, f64) -> Vec<Alert>,
    ) -> (f64, Scored) {
        let mut best = (f64::INFINITY, Scored::default());
        for &threshold in thresholds.iter().rev() {
            let scored = self.score(|seed| alerts(seed, threshold));
            if scored.false_a_day() > peace {
                break;
            }
            best = (threshold, scored);
        }
        best
    }

    fn print(&self, seeds: u64, weeks: u64) -> Outcome<()> {
        let ours = self.score(|seed| self.ours.get(seed).cloned().unwrap_or_default());
        let peace = ours.false_a_day();
        let lines = |seed: usize, least: f64| {
            self.lines
                .get(seed)
                .map(|of| of.alerts(least))
                .unwrap_or_default()
        };
        let customers = |seed: usize, least: f64| {
            self.customers
                .get(seed)
                .map(|of| of.alerts(least))
                .unwrap_or_default()
        };
        let first = |seed: usize, least: f64| {
            self.first
                .get(seed)
                .map(|of| of.alerts(least))
                .unwrap_or_default()
        };
        let (z_lines, of_lines) = self.best(&baselines::SCORES, peace, lines);
        let (z_customers, of_customers) = self.best(&baselines::SCORES, peace, customers);
        let (n, of_first) = self.best(&baselines::CUSTOMERS, peace, first);
        // Both baselines side by side, with whatever two thresholds find most in the same peace.
        let mut both = (0.0, 0.0, Scored::default());
        for z in baselines::SCORES {
            for n in baselines::CUSTOMERS {
                let scored = self.score(|seed| [customers(seed, z), first(seed, n)].concat());
                if scored.false_a_day() <= peace && scored.found() >= both.2.found() {
                    both = (z, n, scored);
                }
            }
        }
        say(format_args!(
            "{seeds} seeds of {weeks} weeks, {} outbreaks, {} days counted, {} events\n",
            ours.planted(),
            ours.days(),
            self.events
        ))?;
        say("| way | found | median delay, hours | false alerts a day |\n|---|---|---|---|")?;
        let row = |name: &str, scored: &Scored| {
            say(format_args!(
                "| {name} | {} of {} ({:.0} %) | {} | {:.2} |",
                scored.found(),
                scored.planted(),
                100.0 * scored.found() as f64 / scored.planted().max(1) as f64,
                scored.delay(),
                scored.false_a_day()
            ))
        };
        row("**accord**", &ours)?;
        row(&format!("z-score of lines, from {z_lines}"), &of_lines)?;
        row(
            &format!("z-score of customers, from {z_customers}"),
            &of_customers,
        )?;
        row(&format!("first seen, from {n} customers"), &of_first)?;
        row(
            &format!(
                "z-score of customers from {} and first seen from {}",
                both.0, both.1
            ),
            &both.2,
        )?;
        say(
            "\nThe usual thresholds:\n\n| way | found | median delay, hours | false alerts a day |\n|---|---|---|---|",
        )?;
        for z in [3.0, 5.0] {
            row(
                &format!("z-score of lines, from {z}"),
                &self.score(|seed| lines(seed, z)),
            )?;
            row(
                &format!("z-score of customers, from {z}"),
                &self.score(|seed| customers(seed, z)),
            )?;
        }
        for n in [1.0, 3.0, 10.0] {
            row(
                &format!("first seen, from {n} customers"),
                &self.score(|seed| first(seed, n)),
            )?;
        }
        say("\nBy kind: found, median delay in hours.\n")?;
        say(
            "| outbreak | accord | z-score of lines | z-score of customers | first seen | both |\n|---|---|---|---|---|---|",
        )?;
        for kind in accord_corpus::Outbreak::ALL {
            say(format_args!(
                "| {kind:?} | {} | {} | {} | {} | {} |",
                ours.of(kind),
                of_lines.of(kind),
                of_customers.of(kind),
                of_first.of(kind),
                both.2.of(kind)
            ))?;
        }
        let same = ours.compared(&both.2);
        say(format_args!(
            "\nFound by accord and by both baselines: {}, of them accord sooner {}, later {}; median delays {} and {} hours.\n",
            same.0, same.1, same.2, same.3, same.4
        ))?;
        say("| cost | |\n|---|---|")?;
        say(format_args!(
            "| events a second, one thread | {:.0} |",
            self.events as f64 / self.took.as_secs_f64()
        ))?;
        say(format_args!("| memory held | {:.1} MB |", self.held as f64 / 1e6))?;
        say(format_args!(
            "| memory at most, whatever comes | {:.1} MB |",
            Config::default().max_bytes() as f64 / 1e6
        ))?;
        say(format_args!(
            "| saved state | {:.1} MB, {:.0} ms to save, {:.0} ms to restore |",
            self.saved as f64 / 1e6,
            self.save.as_secs_f64() * 1e3 / seeds as f64,
            self.restore.as_secs_f64() * 1e3 / seeds as f64
        ))
    }
}
