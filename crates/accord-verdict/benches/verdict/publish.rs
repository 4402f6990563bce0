//! From a publication, and from a withdrawal, to the answer over DNS that shows it, while others look values up.

use std::io::Write;
use std::net::{Ipv4Addr, UdpSocket};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use accord_matcher::Pattern;
use accord_verdict::{DnsServer, Reader, Snapshots};

use crate::names::{AUDIENCE, ZONE, asked, listing};
use crate::process::nanoseconds;
use crate::{Outcome, THREADS, at, peers, probe};

const TIMES: u32 = 1000;
/// Longer than this a change is not waited for.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) fn table(out: &mut impl Write, snapshots: &Snapshots) -> Outcome<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    let _entered = runtime.enter();
    let server = DnsServer::start(snapshots, &peers::server_config(1))?;
    let audience = snapshots.audience(AUDIENCE).ok_or("no audience")?;
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    socket.connect(server.address())?;
    socket.set_read_timeout(Some(Duration::from_secs(1)))?;
    let (stop, lookups) = (AtomicBool::new(false), AtomicU64::new(0));
    let began = Instant::now();
    let measured = std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let (stop, lookups, audience) = (&stop, &lookups, &audience);
            scope.spawn(move || {
                let mut reader = Reader::default();
                let mut number = u32::try_from(thread).unwrap_or(0);
                let values: Vec<String> = (0..10_000).map(asked).collect();
                while !stop.load(Ordering::Relaxed) {
                    for value in &values {
                        std::hint::black_box(audience.is_listed(&mut reader, value));
                    }
                    number = number.wrapping_add(1);
                    lookups.fetch_add(10_000, Ordering::Relaxed);
                }
            });
        }
        let measured = changes(snapshots, &socket);
        stop.store(true, Ordering::Relaxed);
        measured
    });
    let seconds = began.elapsed().as_secs_f64();
    let [published, withdrawn] = measured?;
    writeln!(
        out,
        "| change, {TIMES} times one by one, until a DNS answer shows it | p50 ms | p99 ms | longest ms |\n|---|---|---|---|"
    )?;
    for (what, times) in [("publication", published), ("withdrawal", withdrawn)] {
        let ms = |thousandth| at(&times, thousandth) as f64 / 1e6;
        writeln!(
            out,
            "| {what} | {:.2} | {:.2} | {:.2} |",
            ms(500),
            ms(990),
            ms(1000)
        )?;
    }
    writeln!(
        out,
        "\nmeanwhile {:.1} million look-ups a second in process by {THREADS} threads\n",
        lookups.load(Ordering::Relaxed) as f64 / seconds / 1e6
    )?;
    server.stop();
    Ok(())
}

/// Nanoseconds of each publication and of each withdrawal, ascending.
fn changes(snapshots: &Snapshots, socket: &UdpSocket) -> Outcome<[Vec<u64>; 2]> {
    let (mut published, mut withdrawn) = (Vec::new(), Vec::new());
    for number in 0..TIMES {
        let text = format!("new-{number}.example");
        let listing = listing(&text)?;
        let began = Instant::now();
        snapshots.publish(AUDIENCE, vec![listing])?;
        wait(socket, &text, true)?;
        published.push(nanoseconds(began.elapsed()));
    }
    for number in 0..TIMES {
        let text = format!("new-{number}.example");
        let pattern = Pattern::parse(&text)?;
        let began = Instant::now();
        snapshots.withdraw(AUDIENCE, vec![pattern])?;
        wait(socket, &text, false)?;
        withdrawn.push(nanoseconds(began.elapsed()));
    }
    published.sort_unstable();
    withdrawn.sort_unstable();
    Ok([published, withdrawn])
}

fn wait(socket: &UdpSocket, text: &str, is_listed: bool) -> Outcome<()> {
    let query = probe::query(&format!("{text}.{ZONE}"));
    let end = Instant::now() + PATIENCE;
    let mut answer = [0; 512];
    while Instant::now() < end {
        socket.send(&query)?;
        let length = socket.recv(&mut answer)?;
        let code = answer.get(3).filter(|_| length > 3).map(|byte| byte & 0xf);
        if (code == Some(0)) == is_listed {
            return Ok(());
        }
    }
    Err(format!("{text}: a change that is not seen").into())
}
