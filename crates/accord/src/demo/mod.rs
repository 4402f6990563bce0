//! `accord demo`: five organisations on the loopback, and a case played from a threat that is watched on.
//!
//! - `nodes`: the five nodes, made and served in this process.
//! - `told`: what the case is about; two worlds differ in nothing else.
//! - `client`: the plain HTTP client that plays the people.
//! - `story`: the steps, each with what it proves.
//! - `probe`: what the outsider can ask, and the comparison of what it hears in two worlds.
//! - `marks`: a word in each note, and who may read it.
//! - `views`: what each person sees after each step, and where the marks stand.
//! - `post`: a mail server and a webhook's receiver, for notices.
//! - `peer_key`: what the operator of a node could sign with its key.
//!
//! Invariants: the people of the story go through the public API only; every step reads back what it did at each side;
//! nothing listens on anything but the loopback.

mod client;
mod hints;
mod marks;
mod nodes;
mod peer_key;
mod post;
mod probe;
mod story;
mod told;
mod views;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use nodes::{Addresses, Nature, World};
use probe::{Compared, Probe, Recording};
use story::{Step, Story};
use told::Told;
use views::Views;

use crate::commands::{CommandError, Exit};
use crate::output::Output;

/// What the demo is asked to do.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Where the nodes' folders are made; a temporary folder where not given.
    pub dir: Option<PathBuf>,
    /// The first of five ports; any where not given.
    pub port: Option<u16>,
    /// Whether no browser is opened.
    pub no_open: bool,
    /// Play it, check it, and end.
    pub run_only: bool,
    /// The user's own indicators.
    pub indicators: Option<PathBuf>,
    /// The user's own logs.
    pub logs: Vec<PathBuf>,
}

/// A step did not show what it must show.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct StepError(String);

impl StepError {
    /// In words.
    pub fn new(words: impl Into<String>) -> Self {
        Self(words.into())
    }

    /// From any error.
    pub fn from_display(error: impl std::fmt::Display) -> Self {
        Self(error.to_string())
    }
}

/// The seed of all randomness in `--run-only`.
const SEED: u64 = 20_260_310;
/// When the story begins in `--run-only`: 2026-03-10T09:00:00Z, a Tuesday.
const BEGINS_MS: u64 = 1_773_133_200_000;
/// Lines of each generated log.
const LINES: usize = 2_000;
/// The folders of the two worlds.
const WORLDS: [&str; 2] = ["a", "b"];
/// How far the fake clock goes from step to step.
const BETWEEN_STEPS_MS: u64 = 600_000;

/// A folder that goes away at the end, unless the user named it.
struct Folder {
    path: PathBuf,
    keep: bool,
}

impl Folder {
    fn new(named: Option<&Path>) -> Result<Self, CommandError> {
        let path = match named {
            Some(path) => path.to_path_buf(),
            None => {
                let mut random = [0; 8];
                getrandom::fill(&mut random).map_err(CommandError::failed)?;
                std::env::temp_dir().join(format!("accord-demo-{}", hex::encode(random)))
            }
        };
        std::fs::create_dir_all(&path)
            .map_err(|error| CommandError::Failed(format!("{}: {error}", path.display())))?;
        Ok(Self {
            path,
            keep: named.is_some(),
        })
    }
}

impl Folder {
    /// The demo makes its nodes; it does not go on with those of an earlier one.
    fn holds_no_node(&self) -> Result<(), CommandError> {
        let worlds = WORLDS.iter().map(|world| self.path.join(world));
        for world in worlds.chain([self.path.clone()]) {
            for who in nodes::Who::ALL {
                let dir = world.join(who.org());
                if dir.join("node.db").exists() {
                    return Err(CommandError::Failed(format!(
                        "{}: there is a node already; the demo takes an empty --dir",
                        dir.display()
                    )));
                }
            }
        }
        Ok(())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.keep {
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}

/// Runs the demo.
pub async fn run(options: &Options, output: &mut Output) -> Result<Exit, CommandError> {
    let told = match &options.indicators {
        Some(indicators) => {
            let told = Told::given(indicators, &options.logs);
            Some(told.map_err(CommandError::failed)?)
        }
        None => None,
    };
    let folder = Folder::new(options.dir.as_deref())?;
    folder.holds_no_node()?;
    let addresses = Addresses::bind(options.port).map_err(CommandError::failed)?;
    if options.run_only {
        run_only(told, &folder.path, &addresses, output).await
    } else {
        stay_up(told, &folder.path, &addresses, options.no_open, output).await
    }
}

/// Something did not go as it must: told, and the demo ends with 1. With 2 it ends for what it was given.
fn failed(output: &mut Output, when: &str, error: &StepError) -> Result<Exit, CommandError> {
    output.line(format_args!("  FAILED  {when}: {error}"))?;
    Ok(Exit::Nothing)
}

/// Plays the story in two worlds that differ in what the outsider may not know, one after the other on the same
/// addresses with the same clock and seed, and compares what the outsider hears after each step.
async fn run_only(
    told: Option<Told>,
    dir: &Path,
    addresses: &Addresses,
    output: &mut Output,
) -> Result<Exit, CommandError> {
    let started = Instant::now();
    let first = told.unwrap_or_else(|| Told::generated(2, LINES));
    // The other world's secret is another case altogether, of other lengths and counts.
    let second = Told::generated(3, LINES / 2);
    let mut recording = Recording::default();
    let mut compared = Compared::default();
    let mut views = Views::default();
    let mut times = vec![Times::default(); Step::ALL.len()];
    let (mut checks, mut routes, mut marks) = (0, 0, 0);
    for (name, told) in WORLDS.into_iter().zip([first, second]) {
        let clock = Arc::new(AtomicU64::new(BEGINS_MS));
        let nature = Nature::Seeded { clock, seed: SEED };
        let made = World::start(&dir.join(name), addresses, nature).await;
        let world = match made {
            Ok(world) => world,
            Err(error) => return failed(output, &format!("world {name} does not start"), &error),
        };
        let begun = Story::new(&world, told).and_then(|story| Ok((story, Probe::new(&world)?)));
        let (mut story, mut probe) = match begun {
            Ok(begun) => begun,
            Err(error) => return failed(output, &format!("world {name} does not begin"), &error),
        };
        for ((number, step), times) in (1..).zip(Step::ALL).zip(&mut times) {
            world.nature.pass(BETWEEN_STEPS_MS);
            let begun = Instant::now();
            let played = story.play(*step).await;
            times.played += begun.elapsed();
            let proved = match played {
                Ok(proved) => proved,
                Err(error) => {
                    let when = format!("world {name}, step {number} ({})", step.title());
                    return failed(output, &when, &error);
                }
            };
            checks += proved.len();
            // The second world differs in what the outsider may not know, and in nothing that its people see.
            if name == "a" {
                let begun = Instant::now();
                let seen = views.check(&world, &mut story, *step).await;
                times.seen += begun.elapsed();
                if let Err(error) = seen {
                    let when = format!("what people see after step {number} ({})", step.title());
                    return failed(output, &when, &error);
                }
            }
            let begun = Instant::now();
            let last = Step::ALL.last() == Some(step);
            let heard = probe.ask(&story, last).await;
            times.asked += begun.elapsed();
            let outcome = match (heard, name) {
                (Ok(heard), "a") => {
                    output.line(format_args!("{number}. {}", step.title()))?;
                    for line in proved {
                        output.line(format_args!("     {line}"))?;
                    }
                    recording.keep(heard);
                    Ok(())
                }
                (Ok(heard), _) => recording.compare(number, heard, &mut compared),
                (Err(error), _) => Err(error),
            };
            if let Err(error) = outcome {
                let when = format!("world {name}, after step {number} ({})", step.title());
                return failed(output, &when, &error);
            }
            output.flush()?;
        }
        routes = probe.routes();
        marks = story.marks.all.len();
        drop(probe);
        drop(story);
        if let Err(error) = world.end().await {
            return failed(output, &format!("world {name} does not end"), &error);
        }
    }
    show(&times, output)?;
    output.line(format_args!(
        "what people see: {} rows of the table of roles, and {} pages and answers read for {} marks, each only by those it is for",
        views.rows, views.read, marks
    ))?;
    output.line(format_args!(
        "{} steps in two worlds, {checks} checks; the outsider asked {} times on {routes} routes in each world, {} bytes compared, all equal; {:.1} s",
        Step::ALL.len(),
        compared.answers,
        compared.bytes,
        started.elapsed().as_secs_f64()
    ))?;
    Ok(Exit::Done)
}

/// How long a step took in both worlds.
#[derive(Debug, Clone, Copy, Default)]
struct Times {
    played: Duration,
    seen: Duration,
    asked: Duration,
}

/// The times of each step, s: played, looked at by everybody, asked by the outsider.
fn show(times: &[Times], output: &mut Output) -> Result<(), CommandError> {
    output.line("")?;
    output.line("step   played   people  outsider   seconds")?;
    for (number, times) in (1..).zip(times) {
        output.line(format_args!(
            "{number:>4} {:>8.2} {:>8.2} {:>9.2}",
            times.played.as_secs_f64(),
            times.seen.as_secs_f64(),
            times.asked.as_secs_f64()
        ))?;
    }
    output.line("")?;
    Ok(())
}

/// Plays the story once, in real time, and stays up.
async fn stay_up(
    told: Option<Told>,
    dir: &Path,
    addresses: &Addresses,
    no_open: bool,
    output: &mut Output,
) -> Result<Exit, CommandError> {
    let end = crate::process::asked_to_end()?;
    let told = told.unwrap_or_else(|| Told::generated(2, LINES));
    let world = World::start(dir, addresses, Nature::Real)
        .await
        .map_err(CommandError::failed)?;
    let mut story = Story::new(&world, told).map_err(CommandError::failed)?;
    for (number, step) in (1..).zip(Step::ALL) {
        output.line(format_args!("{number}. {}", step.title()))?;
        for line in story.play(*step).await.map_err(CommandError::failed)? {
            output.line(format_args!("     {line}"))?;
        }
        output.flush()?;
    }
    let keeping_up = world.keep_up();
    output.line("")?;
    output.line(format_args!(
        "The nodes stay up until Ctrl-C. Passwords here are printed and cheap to try, and second factors are optional: \
         this is a demonstration. Folders: {}",
        dir.display()
    ))?;
    for (place, people) in story.logins().map_err(CommandError::failed)? {
        output.line(format_args!("\n{:<17} {}", place.who.org(), place.url))?;
        for (sign_in, password, roles) in people {
            let look = hints::of(place.who, sign_in);
            output.line(format_args!("  {sign_in:<12} {password:<24} {roles:<18} {look}"))?;
        }
    }
    output.flush()?;
    if !no_open {
        let url = world.place(nodes::Who::Agency).map_err(CommandError::failed)?;
        open_browser(&url.url);
    }
    end.await;
    drop(keeping_up);
    drop(story);
    world.end().await.map_err(CommandError::failed)?;
    Ok(Exit::Done)
}

/// Shows an address in the user's browser, where there is one.
fn open_browser(url: &str) {
    let opener = if cfg!(target_os = "macos") {
        "open"
    } else {
        "xdg-open"
    };
    let quiet = std::process::Stdio::null;
    let opened = std::process::Command::new(opener)
        .arg(url)
        .stdin(quiet())
        .stdout(quiet())
        .stderr(quiet())
        .spawn();
    if let Err(error) = opened {
        tracing::debug!(%error, "no browser was opened");
    }
}
