//! Verdicts a second: in process, over HTTP, over DNS. `cargo xtask bench verdict` prints the table.
//!
//! One million domains are listed; of what is asked about, one value in ten is listed and three are names below listed
//! ones. DNS is asked by `dnsperf`, and `rbldnsd` with the same names by the same `dnsperf` right after; without these
//! programs (Debian's packages) their rows say so. Everything shares this machine, client included.

use std::error::Error;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use accord_matcher::Pattern;
use accord_verdict::{
    Action, AudienceConfig, Clock, DnsConfig, DnsServer, DnsServerConfig, Listing, Note, Rate, Rates, Reader,
    Snapshots, TokenDigest, ZoneName, router,
};

type Outcome<T> = Result<T, Box<dyn Error>>;

const LISTED: u32 = 1_000_000;
const ASKED: u32 = 200_000;
const THREADS: usize = 2;
const SECONDS: u64 = 5;
const TOKEN: &str = "bench";
const ZONE: &str = "bl.bench.example";
const HTTP_BATCH: usize = 10_000;

fn main() -> Outcome<()> {
    // `cargo test` runs benches too, without this argument.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let mut out = std::io::stdout().lock();
    let began = Instant::now();
    let snapshots = snapshots()?;
    writeln!(
        out,
        "{LISTED} domains compiled in {:.2} s\n",
        began.elapsed().as_secs_f64()
    )?;
    writeln!(out, "| what | a second | notes |\n|---|---|---|")?;
    for measure in [in_process, publish] {
        let (name, rate, notes) = measure(&snapshots)?;
        writeln!(out, "| {name} | {rate:.0} | {notes} |")?;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(THREADS)
        .enable_all()
        .build()?;
    let _entered = runtime.enter();
    let (rate, notes) = over_http(&runtime, &snapshots)?;
    writeln!(out, "| HTTP, batches of {HTTP_BATCH} | {rate:.0} | {notes} |")?;
    for (name, result) in over_dns(&snapshots)? {
        writeln!(out, "| {name} | {result} |")?;
    }
    Ok(())
}

/// A name that is the same in every run.
fn name(number: u32) -> String {
    let mixed = (u64::from(number) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    format!("h{:x}-{number}.{}.example", mixed >> 40, number % 1000)
}

fn asked(number: u32) -> String {
    let listed = (number.wrapping_mul(7919)) % LISTED;
    match number % 10 {
        0 => name(listed),
        1..=3 => format!("www.{}", name(listed)),
        _ => format!("other-{}", name(listed)),
    }
}

fn snapshots() -> Outcome<Snapshots> {
    let snapshots = Snapshots::new(Clock::new(|| 1_764_000_000_000));
    snapshots.configure(AudienceConfig {
        name: "bench".to_owned(),
        tokens: vec![TokenDigest::of(TOKEN)],
        dns: Some(DnsConfig {
            dnsbl: Some(ZoneName::parse(ZONE)?),
            rpz: None,
            clients: vec!["127.0.0.0/8".parse()?],
        }),
        serial_floor: 0,
    })?;
    let note = Note {
        action: Action::Block,
        labels: Arc::from(["bench".to_owned()]),
        publisher: Arc::from("bench"),
        since_ms: 0,
    };
    let listings: Result<Vec<Listing>, _> = (0..LISTED)
        .map(|number| {
            Pattern::parse(&name(number)).map(|pattern| Listing {
                pattern,
                note: note.clone(),
            })
        })
        .collect();
    snapshots.replace("bench", listings?)?;
    Ok(snapshots)
}

type Row = (&'static str, f64, String);

fn in_process(snapshots: &Snapshots) -> Outcome<Row> {
    let values: Vec<String> = (0..ASKED).map(asked).collect();
    let audience = snapshots.audience("bench").ok_or("no audience")?;
    let began = Instant::now();
    let listed: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|_| {
                scope.spawn(|| {
                    let mut reader = Reader::default();
                    let mut listed = 0;
                    for value in values.iter().chain(&values).chain(&values).chain(&values) {
                        listed += usize::from(audience.answer(&mut reader, value).is_listed());
                    }
                    listed
                })
            })
            .collect();
        threads.into_iter().filter_map(|thread| thread.join().ok()).sum()
    });
    let total = values.len() * 4 * THREADS;
    let rate = total as f64 / began.elapsed().as_secs_f64();
    let mut reader = Reader::default();
    let mut nanoseconds: Vec<u128> = values
        .iter()
        .map(|value| {
            let began = Instant::now();
            std::hint::black_box(audience.answer(&mut reader, value));
            began.elapsed().as_nanos()
        })
        .collect();
    nanoseconds.sort_unstable();
    let at = |share: usize| {
        nanoseconds
            .get(nanoseconds.len() * share / 100)
            .copied()
            .unwrap_or(0)
    };
    let notes = format!(
        "{THREADS} threads; {} % listed; median {} ns, p99 {} ns with the clock",
        listed * 100 / total,
        at(50),
        at(99)
    );
    Ok(("in process", rate, notes))
}

/// Publications one by one, each looked up at once.
fn publish(snapshots: &Snapshots) -> Outcome<Row> {
    let audience = snapshots.audience("bench").ok_or("no audience")?;
    let mut reader = Reader::default();
    let mut slowest = Duration::ZERO;
    let began = Instant::now();
    let count = 1000;
    for number in 0..count {
        let text = format!("new-{number}.example");
        let listing = Listing {
            pattern: Pattern::parse(&text)?,
            note: Note {
                action: Action::Block,
                labels: Arc::from([]),
                publisher: Arc::from("bench"),
                since_ms: 0,
            },
        };
        let began = Instant::now();
        snapshots.publish("bench", vec![listing])?;
        if !audience.answer(&mut reader, &text).is_listed() {
            return Err("a publication that is not seen".into());
        }
        slowest = slowest.max(began.elapsed());
    }
    let rate = f64::from(count) / began.elapsed().as_secs_f64();
    Ok((
        "publications, each seen at once",
        rate,
        format!("slowest {:.1} ms", slowest.as_secs_f64() * 1e3),
    ))
}

fn over_http(runtime: &tokio::runtime::Runtime, snapshots: &Snapshots) -> Outcome<(f64, String)> {
    let listener = runtime.block_on(tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))?;
    let address = listener.local_addr()?;
    let app = router(snapshots.clone());
    let serving = runtime.spawn(async move { axum::serve(listener, app).await });
    let values: Vec<String> = (0..ASKED).map(asked).take(HTTP_BATCH).collect();
    let body = serde_json::to_vec(&serde_json::json!({ "values": values }))?;
    let mut request = format!(
        "POST /verdict/v1/lookup HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {TOKEN}\r\ncontent-length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    request.extend_from_slice(&body);
    let end = Instant::now() + Duration::from_secs(SECONDS);
    let batches: usize = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..THREADS)
            .map(|_| scope.spawn(|| http_client(address, &request, end)))
            .collect();
        clients
            .into_iter()
            .map(|client| client.join().ok().and_then(Result::ok).unwrap_or(0))
            .sum()
    });
    serving.abort();
    let rate = (batches * HTTP_BATCH) as f64 / SECONDS as f64;
    Ok((
        rate,
        format!("{THREADS} connections, {batches} batches; client on the same cores"),
    ))
}

fn http_client(address: SocketAddr, request: &[u8], end: Instant) -> std::io::Result<usize> {
    let mut stream = TcpStream::connect(address)?;
    let mut buffer = vec![0; 1 << 16];
    let mut batches = 0;
    while Instant::now() < end {
        stream.write_all(request)?;
        let mut head = Vec::new();
        let mut left = loop {
            let length = stream.read(&mut buffer)?;
            if length == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            head.extend_from_slice(buffer.get(..length).unwrap_or_default());
            let text = String::from_utf8_lossy(&head);
            if let Some(end) = text.find("\r\n\r\n") {
                let lower = text.to_ascii_lowercase();
                let is_good = lower.starts_with("http/1.1 200");
                let length = lower
                    .split("content-length: ")
                    .nth(1)
                    .and_then(|rest| rest.split("\r\n").next());
                let Some(length) = length
                    .and_then(|length| length.parse::<usize>().ok())
                    .filter(|_| is_good)
                else {
                    return Err(std::io::Error::other("no answer"));
                };
                break (length + end + 4).saturating_sub(head.len());
            }
        };
        while left > 0 {
            let length = stream.read(&mut buffer)?;
            if length == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            left = left.saturating_sub(length);
        }
        batches += 1;
    }
    Ok(batches)
}

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn over_dns(snapshots: &Snapshots) -> Outcome<Vec<(&'static str, String)>> {
    let folder = tempfile::tempdir()?;
    let questions = folder.path().join("questions");
    let mut text = String::new();
    for number in 0..ASKED {
        text.push_str(&format!("{}.{ZONE} A\n", asked(number)));
    }
    std::fs::write(&questions, text)?;
    let server = DnsServer::start(
        snapshots,
        &DnsServerConfig {
            listen: (Ipv4Addr::LOCALHOST, 0).into(),
            udp_threads: THREADS,
            rates: Rates {
                answers: Rate::Unlimited,
                refusals: Rate::Unlimited,
            },
        },
    )?;
    let mut rows = vec![("DNS, this server", ask(server.address().port(), &questions)?)];
    server.stop();
    let rbldnsd = match find("rbldnsd") {
        Some(program) => beside(&program, folder.path(), &questions)?,
        None => "- | rbldnsd is not installed".to_owned(),
    };
    rows.push(("DNS, rbldnsd", rbldnsd));
    Ok(rows)
}

fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/sbin".into()]);
    folders
        .map(|folder| folder.join(program))
        .find(|path| path.is_file())
}

/// Queries a second that `dnsperf` gets through, and what it says of them.
fn ask(port: u16, questions: &Path) -> Outcome<String> {
    let Some(dnsperf) = find("dnsperf") else {
        return Ok("- | dnsperf is not installed".to_owned());
    };
    let output = Command::new(dnsperf)
        .args([
            "-s",
            "127.0.0.1",
            "-p",
            &port.to_string(),
            "-c",
            "8",
            "-T",
            "1",
            "-l",
            &SECONDS.to_string(),
            "-d",
        ])
        .arg(questions)
        .output()?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let after = |words: &str| {
        let line = said.lines().find_map(|line| line.trim().strip_prefix(words));
        line.unwrap_or("?").trim().to_owned()
    };
    let rate: f64 = after("Queries per second:").parse().unwrap_or(0.0);
    Ok(format!(
        "{rate:.0} | lost {}; {}; latency {}",
        after("Queries lost:"),
        after("Response codes:"),
        after("Average Latency (s):")
    ))
}

fn beside(program: &Path, folder: &Path, questions: &Path) -> Outcome<String> {
    let names: String = (0..LISTED).map(|number| format!(".{}\n", name(number))).collect();
    std::fs::write(folder.join("names"), names)?;
    let port = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
    let child = Command::new(program)
        .args(["-n", "-f", "-b", &format!("127.0.0.1/{port}")])
        .arg(format!("{ZONE}:dnset:names"))
        .current_dir(folder)
        .stdout(Stdio::null())
        .spawn()?;
    let _running = Running(child);
    // It answers once it has loaded its names.
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    socket.set_read_timeout(Some(Duration::from_millis(200)))?;
    let mut query = vec![0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    for label in ZONE.split('.') {
        query.push(u8::try_from(label.len())?);
        query.extend_from_slice(label.as_bytes());
    }
    query.extend_from_slice(&[0, 0, 6, 0, 1]);
    let end = Instant::now() + Duration::from_secs(60);
    while Instant::now() < end {
        socket.send_to(&query, (Ipv4Addr::LOCALHOST, port))?;
        if socket.recv(&mut [0; 512]).is_ok() {
            return ask(port, questions);
        }
    }
    Ok("- | rbldnsd did not start".to_owned())
}
