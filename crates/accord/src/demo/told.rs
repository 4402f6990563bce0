//! What the story is about: what only the parties of the case may know. Two worlds differ in nothing else.

use std::collections::BTreeSet;
use std::path::Path;

use accord_corpus::{GeneratedLog, WorldKind, world};
use accord_model::control::limits::INDICATORS_MAX;
use accord_scan::{Compiler, Input, ReadLimits, ScanOptions};

use super::StepError;

/// Most bytes of indicators in one request: they travel in a JSON body of at most 1 MiB.
const HUNT_BYTES_MAX: usize = 512 << 10;
/// Largest indicator file or log read, bytes.
const INPUT_MAX_BYTES: u64 = 4 << 30;

/// One log file of a provider.
#[derive(Debug, Clone)]
pub struct LogFile {
    /// The name of the source it goes to.
    pub source: String,
    /// The file's own name.
    pub name: String,
    /// Its bytes, as they are.
    pub bytes: Vec<u8>,
}

/// The names and addresses that the case turns on.
#[derive(Debug, Clone)]
pub struct Infrastructure {
    /// The kit's own page, which the ISP's resolvers block at the instant.
    pub panel: String,
    /// Where it is hosted: the hosting provider takes it down.
    pub mirror: String,
    /// An address that the ISP blocks.
    pub address: String,
    /// An address that turns out to be the ISP's own sinkhole.
    pub sinkhole: String,
    /// The network that it is part of.
    pub sinkhole_network: String,
    /// A shop that is published by mistake, and recalled.
    pub mistake: String,
    /// What infected machines call: the ISP points it to its sinkhole.
    pub beacon: String,
    /// A name that is withdrawn when it has changed hands.
    pub retired: String,
}

/// What the outsider may not know.
#[derive(Debug, Clone)]
pub struct Told {
    /// The operation's name.
    pub operation: String,
    /// The agency's own reference.
    pub reference: String,
    /// Why the hunts are asked.
    pub reason: String,
    /// Why less is given, or nothing.
    pub narrowed: String,
    /// A note of the investigator.
    pub note: String,
    /// What is looked for.
    pub indicators: Vec<String>,
    /// What is acted on.
    pub infrastructure: Infrastructure,
    /// The business that was hit: its name.
    pub business: String,
    /// Its domain.
    pub business_domain: String,
    /// A customer of the vendor that was hit: its name.
    pub customer: String,
    /// Its domain.
    pub customer_domain: String,
    /// Who is charged in the end.
    pub suspect: String,
    /// Who turns out to have nothing to do with it.
    pub bystander: String,
    /// The name of the second case's operation.
    pub second_operation: String,
    /// The last octets of the infected machines' addresses, day by day, as they came to the sinkhole.
    pub sunk: [Vec<u8>; 2],
    /// The ISP's logs.
    pub isp: Vec<LogFile>,
    /// The hosting provider's logs.
    pub hosting: Vec<LogFile>,
    /// The time asked for, ms UTC.
    pub span: (u64, u64),
}

/// From 2026-03-01 to 2026-03-10, UTC: the generated logs are of these days.
const GENERATED_SPAN: (u64, u64) = (1_772_323_200_000, 1_773_100_800_000);

fn files(logs: Vec<GeneratedLog>) -> Vec<LogFile> {
    logs.into_iter()
        .map(|log| LogFile {
            source: source_name(&log.name),
            name: log.name,
            bytes: log.bytes,
        })
        .collect()
}

/// A source's name made of a file's: what the log store takes, nothing else.
fn source_name(file: &str) -> String {
    let mut name: String = file
        .to_ascii_lowercase()
        .chars()
        .map(|c| {
            if c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-') {
                c
            } else {
                '_'
            }
        })
        .take(60)
        .collect();
    if !name.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        name.insert(0, 'l');
    }
    name
}

impl Told {
    /// A generated case: everything follows from the seed.
    pub fn generated(seed: u64, lines: usize) -> Self {
        let (isp, hosting) = (
            world(seed, WorldKind::Isp, lines),
            world(seed, WorldKind::Hosting, lines),
        );
        let logs = isp.logs.iter().chain(&hosting.logs);
        let mut indicators: Vec<String> = logs
            .flat_map(|log| log.expected.iter().map(|expected| expected.indicator.clone()))
            .collect();
        indicators.sort();
        indicators.dedup();
        let words = |even: &str, odd: &str| if seed.is_multiple_of(2) { even } else { odd }.to_owned();
        Self {
            operation: words("Marram", "Samphire and Sea Holly"),
            reference: words("OP-17/26", "OP-2048/26-restricted"),
            reason: words(
                "Customers of a bank were sent to a page that takes their passwords.",
                "Four hospitals report that their files are encrypted; the operators left an address, and these are its neighbours.",
            ),
            narrowed: words(
                "Only what the order names is given; the rest is not needed for its purpose.",
                "Clause 8.1 needs an order for each system, and the order names one.",
            ),
            note: words(
                "First lines look like one kit.",
                "The second host was rented with the same card as the first, two days earlier, from an address that stands in no log of ours.",
            ),
            indicators,
            infrastructure: if seed.is_multiple_of(2) {
                Infrastructure {
                    panel: "panel.marram-kit.example".to_owned(),
                    mirror: "login.marram-mirror.example".to_owned(),
                    address: "203.0.113.66".to_owned(),
                    sinkhole: "203.0.113.200".to_owned(),
                    sinkhole_network: "203.0.113.192/28".to_owned(),
                    mistake: "shop.honest-goods.example".to_owned(),
                    beacon: "beat.marram-kit.example".to_owned(),
                    retired: "rented.marram-old.example".to_owned(),
                }
            } else {
                Infrastructure {
                    panel: "a.samphire.example".to_owned(),
                    mirror: "files.of-many-hospitals.sea-holly.example".to_owned(),
                    address: "198.51.100.9".to_owned(),
                    sinkhole: "198.51.100.130".to_owned(),
                    sinkhole_network: "198.51.100.128/25".to_owned(),
                    mistake: "radiology.quay-clinic.example".to_owned(),
                    beacon: "heartbeat.of-the-locker.samphire.example".to_owned(),
                    retired: "z.sea-lavender.example".to_owned(),
                }
            },
            business: words("Dune Street Bakery", "Quay Surgery and Dental Partners"),
            business_domain: words("dune-bakery.example", "quay-surgery.example"),
            customer: words("Lagoon Boatyard", "Estuary Tax Advisers and Sons"),
            customer_domain: words("lagoon-boats.example", "estuary-tax.example"),
            suspect: words("Konrad Muster", "Valentina-Maria Beispiel"),
            bystander: words("Erika Example", "John Q. Sample"),
            second_operation: words("Lyme", "Thrift and Sea Rocket"),
            // Some of them come again, on the same day and on the next.
            sunk: if seed.is_multiple_of(2) {
                [vec![10, 11, 12, 10], vec![10, 13]]
            } else {
                [vec![200, 7], vec![7, 8, 9, 8, 30]]
            },
            isp: files(isp.logs),
            hosting: files(hosting.logs),
            span: GENERATED_SPAN,
        }
    }

    /// The user's own indicators and logs: the first half of the logs goes to the ISP, the others to the hosting
    /// provider, each at least one (the only one goes to both).
    pub fn given(indicators: &Path, logs: &[std::path::PathBuf]) -> Result<Self, StepError> {
        let mut read = Vec::new();
        for (number, path) in (1..).zip(logs) {
            let name = path.file_name().map_or_else(
                || format!("log-{number}"),
                |name| name.to_string_lossy().into_owned(),
            );
            read.push(LogFile {
                source: format!("{number}-{}", source_name(&name)),
                name,
                bytes: read_file(path)?,
            });
        }
        let half = read.len().div_ceil(2);
        let (isp, rest) = read.split_at(half.min(read.len()));
        let hosting = if rest.is_empty() { isp } else { rest };
        let wanted = wanted(indicators, logs)?;
        Ok(Self {
            indicators: wanted,
            isp: isp.to_vec(),
            hosting: hosting.to_vec(),
            // Logs of any age.
            span: (946_684_800_000, 4_102_444_800_000),
            ..Self::generated(2, 10)
        })
    }
}

impl LogFile {
    /// Its bytes decompressed, as its lines are counted.
    pub fn plain(&self) -> Result<Vec<u8>, StepError> {
        let bytes = std::io::Cursor::new(self.bytes.clone());
        Input::from_reader(&self.name, bytes, ReadLimits::default())
            .and_then(Input::read_all)
            .map_err(StepError::from_display)
    }
}

fn read_file(path: &Path) -> Result<Vec<u8>, StepError> {
    let failed = |error: std::io::Error| StepError::new(format!("{}: {error}", path.display()));
    let size = std::fs::metadata(path).map_err(failed)?.len();
    if size > INPUT_MAX_BYTES {
        return Err(StepError::new(format!(
            "{}: {size} bytes, the demo takes {INPUT_MAX_BYTES}",
            path.display()
        )));
    }
    std::fs::read(path).map_err(failed)
}

/// The indicators to ask for: those that occur in the logs first, in that order, then the others in their own, as many
/// as one request takes.
fn wanted(indicators: &Path, logs: &[std::path::PathBuf]) -> Result<Vec<String>, StepError> {
    let name = indicators.to_string_lossy();
    let bytes = Input::open(&name, ReadLimits::default())
        .and_then(Input::read_all)
        .map_err(StepError::from_display)?;
    let mut compiler = Compiler::new();
    compiler
        .add_source(&name, &bytes)
        .map_err(StepError::from_display)?;
    let watchfile = compiler.finish().map_err(StepError::from_display)?;
    let mut seen = BTreeSet::new();
    let mut wanted = Vec::new();
    let mut bytes_left = HUNT_BYTES_MAX;
    let mut take = |indicator: &str, wanted: &mut Vec<String>| {
        if wanted.len() < INDICATORS_MAX && indicator.len() <= bytes_left && seen.insert(indicator.to_owned())
        {
            bytes_left -= indicator.len();
            wanted.push(indicator.to_owned());
        }
    };
    for log in logs {
        let input = Input::open(&log.to_string_lossy(), ReadLimits::default());
        let input = input.map_err(StepError::from_display)?;
        let (_, outcome) = accord_scan::scan(input, &watchfile, ScanOptions::default(), &mut |record| {
            take(record.indicator, &mut wanted);
            Ok(())
        });
        outcome.map_err(StepError::from_display)?;
    }
    for (_, indicator) in watchfile.indicators() {
        take(indicator, &mut wanted);
    }
    if wanted.is_empty() {
        return Err(StepError::new(format!(
            "{name}: no indicator that can be matched"
        )));
    }
    Ok(wanted)
}
