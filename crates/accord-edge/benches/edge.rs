//! From a publication at a node, and from a withdrawal, to the answer over DNS at an edge that shows it, while others
//! look values up at the edge. `cargo xtask bench verdict` prints the table after those of the node.
//!
//! 200,000 domains are listed. Node and edge are in this process and speak HTTP over the loopback, with everything that
//! an edge does: the question that waits, the answer read and checked, the swap, the write to its disk with a sync.
//! What comes before it at a node (the note, its commit, the fold) is in the figures of the pages.

use std::error::Error;
use std::io::{ErrorKind, Write};
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use accord_edge::{AUDIENCE, Edge, EdgeConfig};
use accord_matcher::Pattern;
use accord_verdict::{
    Action, AudienceConfig, Clock, DnsConfig, DnsServer, DnsServerConfig, EdgeId, Listing, Note, Reader,
    Snapshots, TokenDigest, ZoneName,
};

type Outcome<T> = Result<T, Box<dyn Error>>;

const LISTED: u32 = 200_000;
const TIMES: usize = 1000;
/// Threads that look values up at the edge, without a pause.
const THREADS: u32 = 2;
const ZONE: &str = "bl.bench.example";
const NODE_AUDIENCE: &str = "bench";
const EDGE_TOKEN: &str = "token-of-the-edges-of-the-bench";
/// Longer than this a change is not waited for.
const PATIENCE: Duration = Duration::from_secs(10);

fn main() -> Outcome<()> {
    // `cargo test` runs benches too, without this argument.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let mut out = std::io::stdout().lock();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let _entered = runtime.enter();
    let _ = rustls::crypto::ring::default_provider().install_default();
    let node = node()?;
    let listener = runtime.block_on(tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))?;
    let address = listener.local_addr()?;
    runtime.spawn(accord_verdict::serve(
        node.clone(),
        listener,
        std::future::pending(),
    ));
    let folder = tempfile::tempdir()?;
    let edge = Edge::open(config(address, folder.path())?, clock(), EdgeId([7; 16]))?;
    let began = Instant::now();
    runtime.block_on(edge.follow_once())?;
    writeln!(
        out,
        "an edge takes {LISTED} listings whole, over HTTP and to its disk, in {:.2} s\n",
        began.elapsed().as_secs_f64()
    )?;
    let following = runtime.spawn({
        let edge = edge.clone();
        async move { edge.run_following().await }
    });
    let dns = DnsServer::start(
        edge.snapshots(),
        &DnsServerConfig {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            udp_threads: 1,
            ..DnsServerConfig::default()
        },
    )?;
    let (stop, lookups) = (AtomicBool::new(false), AtomicU64::new(0));
    let began = Instant::now();
    let measured = std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let (stop, lookups, edge) = (&stop, &lookups, &edge);
            scope.spawn(move || look_up(edge, thread, stop, lookups));
        }
        let measured = changes(&node, dns.address());
        stop.store(true, Ordering::Relaxed);
        measured
    });
    let seconds = began.elapsed().as_secs_f64();
    let [published, withdrawn] = measured?;
    writeln!(
        out,
        "| change at a node, {TIMES} times one by one, until an edge's DNS answer shows it | p50 ms | p95 ms | p99 ms | longest ms \
         |\n|---|---|---|---|---|"
    )?;
    for (what, times) in [("publication", published), ("withdrawal", withdrawn)] {
        let ms = |thousandth| at(&times, thousandth) * 1000.0;
        writeln!(
            out,
            "| {what} | {:.2} | {:.2} | {:.2} | {:.2} |",
            ms(500),
            ms(950),
            ms(990),
            ms(1000)
        )?;
    }
    writeln!(
        out,
        "\nmeanwhile {:.1} million look-ups a second at the edge by {THREADS} threads\n",
        lookups.load(Ordering::Relaxed) as f64 / seconds / 1e6
    )?;
    following.abort();
    dns.stop();
    Ok(())
}

fn clock() -> Clock {
    let began = Instant::now();
    Clock::new(move || 1_764_000_000_000 + u64::try_from(began.elapsed().as_millis()).unwrap_or(0))
}

/// The figure that so many of a thousand do not exceed.
fn at(sorted: &[f64], thousandth: usize) -> f64 {
    let place = (sorted.len() * thousandth / 1000).min(sorted.len().saturating_sub(1));
    sorted.get(place).copied().unwrap_or(f64::NAN)
}

fn listing(text: &str) -> Outcome<Listing> {
    Ok(Listing {
        pattern: Pattern::parse(text).map_err(|refusal| refusal.to_string())?,
        note: Note {
            action: Action::Block,
            labels: Arc::from(["bench".to_owned()]),
            publisher: Arc::from("bench"),
            since_ms: 0,
        },
    })
}

/// A node's verdicts, all of them published.
fn node() -> Outcome<Snapshots> {
    let snapshots = Snapshots::new(clock());
    snapshots.configure(AudienceConfig {
        name: NODE_AUDIENCE.to_owned(),
        tokens: vec![TokenDigest::of("token-of-the-bench")],
        edges: vec![TokenDigest::of(EDGE_TOKEN)],
        dns: None,
        serial_floor: 0,
    })?;
    let listings: Outcome<Vec<Listing>> = (0..LISTED).map(|number| listing(&name(number))).collect();
    snapshots.replace(NODE_AUDIENCE, listings?)?;
    snapshots.open_to_edges();
    Ok(snapshots)
}

fn config(node: SocketAddr, folder: &std::path::Path) -> Outcome<EdgeConfig> {
    Ok(EdgeConfig {
        dir: folder.join("edge"),
        source: format!("http://{node}"),
        token: EDGE_TOKEN.to_owned(),
        name: "bench".to_owned(),
        dns: Some(DnsConfig {
            dnsbl: Some(ZoneName::parse(ZONE)?),
            rpz: None,
            clients: vec!["127.0.0.0/8".parse()?],
        }),
    })
}

fn name(number: u32) -> String {
    format!("h{number}.listed-{}.example", number % 97)
}

/// One in ten of what is asked about is listed.
fn look_up(edge: &Edge, thread: u32, stop: &AtomicBool, lookups: &AtomicU64) {
    let Some(audience) = edge.snapshots().audience(AUDIENCE) else {
        return;
    };
    let asked = |number: u32| match number % 10 {
        0 => name(number % LISTED),
        _ => format!("h{number}.not-listed.example"),
    };
    let values: Vec<String> = (thread * 10_000..(thread + 1) * 10_000).map(asked).collect();
    let mut reader = Reader::default();
    while !stop.load(Ordering::Relaxed) {
        for value in &values {
            std::hint::black_box(audience.is_listed(&mut reader, value));
        }
        lookups.fetch_add(values.len() as u64, Ordering::Relaxed);
    }
}

/// Seconds of each publication and of each withdrawal, ascending.
fn changes(node: &Snapshots, dns: SocketAddr) -> Outcome<[Vec<f64>; 2]> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    socket.connect(dns)?;
    socket.set_read_timeout(Some(Duration::from_secs(1)))?;
    let (mut published, mut withdrawn) = (Vec::new(), Vec::new());
    for number in 0..TIMES {
        let text = format!("new-{number}.example");
        let listing = listing(&text)?;
        let began = Instant::now();
        node.publish(NODE_AUDIENCE, vec![listing])?;
        wait(&socket, &text, true)?;
        published.push(began.elapsed().as_secs_f64());
    }
    for number in 0..TIMES {
        let text = format!("new-{number}.example");
        let pattern = Pattern::parse(&text).map_err(|refusal| refusal.to_string())?;
        let began = Instant::now();
        node.withdraw(NODE_AUDIENCE, vec![pattern])?;
        wait(&socket, &text, false)?;
        withdrawn.push(began.elapsed().as_secs_f64());
    }
    published.sort_by(f64::total_cmp);
    withdrawn.sort_by(f64::total_cmp);
    Ok([published, withdrawn])
}

fn query(name: &str) -> Vec<u8> {
    let mut query = vec![0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    for label in name.split('.') {
        query.push(u8::try_from(label.len()).unwrap_or(0));
        query.extend_from_slice(label.as_bytes());
    }
    query.extend_from_slice(&[0, 0, 1, 0, 1]);
    query
}

fn wait(socket: &UdpSocket, text: &str, is_listed: bool) -> Outcome<()> {
    let query = query(&format!("{text}.{ZONE}"));
    let end = Instant::now() + PATIENCE;
    let mut answer = [0; 512];
    while Instant::now() < end {
        socket.send(&query)?;
        // Under load an answer may be lost: it is asked for again.
        let length = match socket.recv(&mut answer) {
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => continue,
            other => other?,
        };
        let code = answer.get(3).filter(|_| length > 3).map(|byte| byte & 0xf);
        if (code == Some(0)) == is_listed {
            return Ok(());
        }
    }
    Err(format!("{text}: a change that is not seen").into())
}
