//! Verdicts a second: in process, over HTTP, over DNS; and how long a publication and a withdrawal take to be seen.
//! `cargo xtask bench verdict` prints the tables; `-- http` after it prints one of them (`process`, `publish`, `http`,
//! `dns`).
//!
//! One million domains are listed; of what is asked about, one value in ten is listed and three are names below listed
//! ones. DNS is asked by `dnsperf`, in rounds: this server, then `rbldnsd`, then Unbound with the same names as a policy
//! zone, then a responder that parses nothing, each a process of its own, and again. Without these programs (Debian's
//! packages) their rows say so. Everything shares this machine, clients included.

mod dns;
mod http;
mod names;
mod peers;
mod probe;
mod process;
mod publish;

use std::error::Error;
use std::io::Write;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Threads of this server, of Unbound and of the responder that parses nothing, and of look-ups in process.
const THREADS: usize = 2;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let given: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match given.as_slice() {
        // The two responders that are processes of this program.
        ["serve"] => return peers::serve(),
        ["echo"] => return peers::echo(),
        // `cargo test` runs benches too, without this argument.
        given if !given.contains(&"--bench") => return Ok(()),
        _ => {}
    }
    let wanted: Vec<&str> = given
        .into_iter()
        .filter(|argument| !argument.starts_with("--"))
        .collect();
    let is_wanted = |section: &str| wanted.is_empty() || wanted.contains(&section);
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}\n", process::machine())?;
    if is_wanted("process") || is_wanted("publish") || is_wanted("http") {
        let snapshots = names::snapshots()?;
        let memory = process::Memory::of(std::process::id());
        writeln!(out, "{} domains listed; this process {memory}\n", names::LISTED)?;
        if is_wanted("process") {
            process::table(&mut out, &snapshots)?;
        }
        if is_wanted("http") {
            http::table(&mut out, &snapshots)?;
        }
        if is_wanted("publish") {
            publish::table(&mut out, &snapshots)?;
        }
    }
    if is_wanted("dns") {
        dns::table(&mut out)?;
    }
    Ok(())
}

/// The middle one of some figures.
fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The figure that so many of a thousand do not exceed.
fn at(sorted: &[u64], thousandth: usize) -> u64 {
    let place = (sorted.len() * thousandth / 1000).min(sorted.len().saturating_sub(1));
    sorted.get(place).copied().unwrap_or(0)
}
