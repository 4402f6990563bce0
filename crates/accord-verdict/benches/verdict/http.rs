//! HTTP batches, from clients on the same machine.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use accord_verdict::{Snapshots, router};

use crate::names::{TOKEN, asked};
use crate::{Outcome, THREADS, median};

const ROUNDS: usize = 5;
const SECONDS: u64 = 2;
const BATCH: u32 = 10_000;
/// Different batches, sent in turn.
const BATCHES: u32 = 16;

pub(crate) fn table(out: &mut impl Write, snapshots: &Snapshots) -> Outcome<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(THREADS)
        .enable_all()
        .build()?;
    let listener = runtime.block_on(tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))?;
    let address = listener.local_addr()?;
    let app = router(snapshots.clone());
    let serving = runtime.spawn(async move { axum::serve(listener, app).await });
    let requests: Outcome<Vec<Vec<u8>>> = (0..BATCHES).map(request).collect();
    let requests = requests?;
    let mut rates = Vec::new();
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let end = Instant::now() + Duration::from_secs(SECONDS);
        let began = Instant::now();
        let answered: std::io::Result<Vec<Vec<u64>>> = std::thread::scope(|scope| {
            let clients: Vec<_> = (0..THREADS)
                .map(|_| scope.spawn(|| client(address, &requests, end)))
                .collect();
            let failed = || Err(std::io::Error::other("a client ended"));
            clients
                .into_iter()
                .map(|client| client.join().unwrap_or_else(|_| failed()))
                .collect()
        });
        let answered = answered?.concat();
        rates.push(answered.len() as f64 * f64::from(BATCH) / began.elapsed().as_secs_f64());
        times.extend(answered);
    }
    serving.abort();
    times.sort_unstable();
    let (least, most) = (
        rates.iter().copied().fold(f64::MAX, f64::min),
        rates.iter().copied().fold(0.0, f64::max),
    );
    writeln!(
        out,
        "| HTTP, batches of {BATCH}, {THREADS} connections | values a second, median of {ROUNDS} | lowest to highest | p99 of a \
         batch, ms |\n|---|---|---|---|\n| `POST /verdict/v1/lookup` | {:.0} | {least:.0} to {most:.0} | {:.1} |\n",
        median(rates),
        crate::at(&times, 990) as f64 / 1e6
    )?;
    Ok(())
}

fn request(number: u32) -> Outcome<Vec<u8>> {
    let values: Vec<String> = (0..BATCH).map(|place| asked(number * BATCH + place)).collect();
    let body = serde_json::to_vec(&serde_json::json!({ "values": values }))?;
    let mut request = format!(
        "POST /verdict/v1/lookup HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {TOKEN}\r\ncontent-length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    request.extend_from_slice(&body);
    Ok(request)
}

/// Nanoseconds that each batch took.
fn client(address: SocketAddr, requests: &[Vec<u8>], end: Instant) -> std::io::Result<Vec<u64>> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    let mut buffer = vec![0; 1 << 18];
    let mut times = Vec::new();
    for request in requests.iter().cycle() {
        let began = Instant::now();
        if began >= end {
            break;
        }
        stream.write_all(request)?;
        let mut head = Vec::new();
        let mut left = loop {
            read(&mut stream, &mut buffer, &mut head)?;
            if let Some(left) = left_after_head(&head)? {
                break left;
            }
        };
        while left > 0 {
            let length = stream.read(&mut buffer)?;
            if length == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            left = left.saturating_sub(length);
        }
        times.push(crate::process::nanoseconds(began.elapsed()));
    }
    Ok(times)
}

fn read(stream: &mut TcpStream, buffer: &mut [u8], head: &mut Vec<u8>) -> std::io::Result<()> {
    let length = stream.read(buffer)?;
    if length == 0 {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    head.extend_from_slice(buffer.get(..length).unwrap_or_default());
    Ok(())
}

/// Bytes of the body that are still to come, once the head is there.
fn left_after_head(read: &[u8]) -> std::io::Result<Option<usize>> {
    let start = String::from_utf8_lossy(read.get(..1024).unwrap_or(read)).to_ascii_lowercase();
    let Some(end) = start.find("\r\n\r\n") else {
        return Ok(None);
    };
    let length = start
        .split("content-length: ")
        .nth(1)
        .and_then(|rest| rest.split("\r\n").next())
        .and_then(|length| length.parse::<usize>().ok())
        .filter(|_| start.starts_with("http/1.1 200"))
        .ok_or_else(|| std::io::Error::other("no answer"))?;
    Ok(Some((length + end + 4).saturating_sub(read.len())))
}
