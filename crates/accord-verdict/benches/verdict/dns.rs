//! DNS: this server and its peers, asked by the same `dnsperf` in turn, round after round.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::names::{ASKED, ZONE, asked};
use crate::peers::{self, Running};
use crate::probe::{self, Seen};
use crate::process::{Memory, processor_time};
use crate::{Outcome, THREADS, at, median};

const ROUNDS: usize = 7;
const SECONDS: u64 = 1;
/// Sockets that `dnsperf` asks from.
const CLIENTS: &str = "16";
/// Queries a second at which latency is told beside that under full load.
const CALM_RATE: u32 = 20_000;

struct Peer {
    name: &'static str,
    running: Result<Running, String>,
    questions: PathBuf,
    /// What a probe asks.
    names: Vec<String>,
    rounds: Vec<Round>,
    calm: Option<Round>,
}

/// What one run of `dnsperf` gave.
struct Round {
    rate: f64,
    lost: u64,
    /// Processor time of the responder for one query, seconds.
    cost: f64,
    seen: Seen,
    codes: String,
}

pub(crate) fn table(out: &mut impl Write) -> Outcome<()> {
    let Some(dnsperf) = peers::find("dnsperf") else {
        writeln!(out, "| DNS | dnsperf is not installed |\n|---|---|")?;
        return Ok(());
    };
    let folder = tempfile::tempdir()?;
    let below_zone = folder.path().join("below-zone");
    let bare = folder.path().join("bare");
    write_questions(&below_zone, &format!(".{ZONE}"))?;
    write_questions(&bare, "")?;
    let names = |end: &str| (0..2000).map(|number| asked(number) + end).collect();
    let peer = |name, running, is_below: bool| Peer {
        name,
        running,
        questions: if is_below {
            below_zone.clone()
        } else {
            bare.clone()
        },
        names: names(&if is_below {
            format!(".{ZONE}")
        } else {
            String::new()
        }),
        rounds: Vec::new(),
        calm: None,
    };
    let mut peers = [
        peer("this server", Ok(peers::own("serve")?), true),
        peer("rbldnsd", peers::rbldnsd(folder.path())?, true),
        peer("Unbound, policy zone", peers::unbound(folder.path())?, false),
        peer("parses nothing (echo)", Ok(peers::own("echo")?), true),
    ];
    for round in 0..=ROUNDS {
        for peer in &mut peers {
            let Ok(running) = &peer.running else { continue };
            // The last round is the calm one; the first is also what warms up.
            let limit = (round == ROUNDS).then_some(CALM_RATE);
            let result = ask(&dnsperf, running, &peer.questions, &peer.names, limit)?;
            if round == ROUNDS {
                peer.calm = Some(result);
            } else {
                peer.rounds.push(result);
            }
        }
    }
    print(out, &peers)
}

fn write_questions(file: &Path, end: &str) -> Outcome<()> {
    let text: String = (0..ASKED)
        .map(|number| format!("{}{end} A\n", asked(number)))
        .collect();
    Ok(std::fs::write(file, text)?)
}

fn ask(
    dnsperf: &Path,
    running: &Running,
    questions: &Path,
    names: &[String],
    limit: Option<u32>,
) -> Outcome<Round> {
    let mut command = Command::new(dnsperf);
    let (port, seconds) = (running.port.to_string(), SECONDS.to_string());
    command.args([
        "-s",
        "127.0.0.1",
        "-p",
        &port,
        "-c",
        CLIENTS,
        "-T",
        "1",
        "-l",
        &seconds,
    ]);
    command.arg("-d").arg(questions);
    if let Some(limit) = limit {
        command.args(["-Q", &limit.to_string()]);
    }
    let stop = AtomicBool::new(false);
    let before = processor_time(running.id());
    let (output, seen) = std::thread::scope(|scope| {
        let probing = scope.spawn(|| probe::run(running.port, names, &stop));
        let output = command.output();
        stop.store(true, Ordering::Relaxed);
        let seen = probing.join().ok().and_then(Result::ok).unwrap_or_default();
        (output, seen)
    });
    let used = processor_time(running.id()).saturating_sub(before);
    let said = String::from_utf8_lossy(&output?.stdout).into_owned();
    let after = |words: &str| {
        let line = said.lines().find_map(|line| line.trim().strip_prefix(words));
        line.unwrap_or("?").trim().to_owned()
    };
    let number = |words: &str| after(words).split(' ').next().and_then(|n| n.parse::<f64>().ok());
    let completed = number("Queries completed:").unwrap_or(f64::NAN);
    Ok(Round {
        rate: number("Queries per second:").unwrap_or(f64::NAN),
        lost: number("Queries lost:").map_or(u64::MAX, |lost| lost as u64),
        cost: used.as_secs_f64() / (completed + seen.times.len() as f64),
        seen,
        codes: after("Response codes:"),
    })
}

/// Microseconds that so many of a thousand probes did not exceed.
fn latency<'r>(rounds: impl Iterator<Item = &'r Round>, thousandth: usize) -> f64 {
    let mut times: Vec<u64> = rounds
        .flat_map(|round| round.seen.times.iter().copied())
        .collect();
    times.sort_unstable();
    Duration::from_nanos(at(&times, thousandth)).as_secs_f64() * 1e6
}

fn print(out: &mut impl Write, peers: &[Peer]) -> Outcome<()> {
    writeln!(
        out,
        "DNS over UDP, {ROUNDS} rounds of {SECONDS} s in turn, dnsperf with {CLIENTS} sockets, {THREADS} threads where the \
         responder knows threads\n\n\
         | responder | queries a second, median (lowest to highest) | this server is, median of the rounds | lost | \
         processor time for a query, us | p99 under full load, us | p50 and p99 at {CALM_RATE} a second, us | memory |\n\
         |---|---|---|---|---|---|---|---|"
    )?;
    let ours: &[Round] = peers.first().map_or(&[], |peer| &peer.rounds);
    for peer in peers {
        let running = match &peer.running {
            Ok(running) => running,
            Err(why) => {
                writeln!(out, "| {} | {why} | | | | | | |", peer.name)?;
                continue;
            }
        };
        let rates: Vec<f64> = peer.rounds.iter().map(|round| round.rate).collect();
        let (least, most) = (
            rates.iter().copied().fold(f64::MAX, f64::min),
            rates.iter().copied().fold(0.0, f64::max),
        );
        let times = ours
            .iter()
            .zip(&peer.rounds)
            .map(|(ours, theirs)| ours.rate / theirs.rate);
        let all = || peer.rounds.iter().chain(&peer.calm);
        let lost: u64 = all().map(|round| round.lost + round.seen.lost as u64).sum();
        writeln!(
            out,
            "| {} | {:.0} ({least:.0} to {most:.0}) | {:.2} x | {lost} | {:.2} | {:.0} | {:.0}, {:.0} | {} |",
            peer.name,
            median(rates),
            median(times.collect()),
            median(peer.rounds.iter().map(|round| round.cost * 1e6).collect()),
            latency(peer.rounds.iter(), 990),
            latency(peer.calm.iter(), 500),
            latency(peer.calm.iter(), 990),
            Memory::of(running.id()),
        )?;
    }
    writeln!(out)?;
    for peer in peers {
        if let Some(round) = peer.rounds.last() {
            writeln!(out, "- {}: {}", peer.name, round.codes)?;
        }
    }
    writeln!(out)?;
    Ok(())
}
