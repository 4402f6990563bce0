//! Real resolvers load our policy zone: Unbound from a file, BIND by signed transfer with NOTIFY. A blocked name does
//! not exist for their clients, a withdrawn one resolves again. What they resolve comes from zones of their own on
//! loopback: no network is needed.
//!
//! Without the programs (Debian's `unbound` and `bind9`, which `./test` installs) a test says that it was skipped, and
//! fails where `CI` is set.

use std::net::{SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use accord_verdict::{Clock, DnsServer, DnsServerConfig, Snapshots, ZoneName, zone_text};
use base64::Engine;
use domain::base::Message;
use domain::base::iana::Rcode;
use domain::rdata::A;

use crate::dns::FREE;
use crate::house::{KEY_NAME, POLICY_ZONE, SECRET, config, listing, pattern};
use crate::wire::query;

/// How long a resolver may take to start, or to see a change.
const WITHIN: Duration = Duration::from_secs(60);

fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/sbin".into()]);
    let found = folders
        .map(|folder| folder.join(name))
        .find(|path| path.is_file());
    if found.is_none() {
        assert!(
            std::env::var_os("CI").is_none(),
            "no {name} on PATH: install Debian's package, as ./test does"
        );
        eprintln!("skipped: no {name} on PATH; install Debian's packages unbound and bind9");
    }
    found
}

/// A program that ends with its test.
struct Running(Child);

impl Running {
    fn start(command: &mut Command) -> Running {
        Running(command.stdin(Stdio::null()).spawn().unwrap())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn free_port() -> u16 {
    UdpSocket::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

struct Client {
    socket: UdpSocket,
    resolver: SocketAddr,
}

#[derive(Debug, PartialEq, Eq)]
enum Answer {
    Address(String),
    DoesNotExist,
    Other(Rcode),
}

impl Client {
    fn of(resolver: SocketAddr) -> Client {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
        Client { socket, resolver }
    }

    /// None: no answer.
    fn ask(&self, name: &str) -> Option<Answer> {
        self.socket.send_to(&query(name, 1), self.resolver).ok()?;
        let mut buffer = [0; 2048];
        let message = loop {
            let (length, _) = self.socket.recv_from(&mut buffer).ok()?;
            let message = Message::from_octets(buffer[..length].to_vec()).unwrap();
            // A late answer to the question before is none to this one.
            if *message.sole_question().unwrap().qname() == crate::wire::name(name) {
                break message;
            }
        };
        let address = message.answer().unwrap().limit_to::<A>().next();
        Some(match (address, message.header().rcode()) {
            (Some(record), _) => Answer::Address(record.unwrap().data().addr().to_string()),
            (None, Rcode::NXDOMAIN) => Answer::DoesNotExist,
            (None, code) => Answer::Other(code),
        })
    }

    fn wait_for(&self, name: &str, expected: &Answer) {
        let end = Instant::now() + WITHIN;
        let mut last = None;
        while Instant::now() < end {
            last = self.ask(name).or(last);
            if last.as_ref() == Some(expected) {
                return;
            }
        }
        panic!("{name}: {last:?} after {WITHIN:?}, expected {expected:?}");
    }
}

fn there() -> Answer {
    Answer::Address("203.0.113.1".to_owned())
}

/// TSIG is bound to the time of day.
fn snapshots() -> Snapshots {
    Snapshots::new(Clock::new(|| {
        u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
    }))
}

fn block(snapshots: &Snapshots, text: &str) {
    let block = listing(accord_verdict::Action::Block, text);
    snapshots.publish("isp", vec![block]).unwrap();
}

#[test]
fn unbound_loads_the_zone_from_a_file() {
    let Some(unbound) = program("unbound") else { return };
    let snapshots = snapshots();
    snapshots.configure(config("isp")).unwrap();
    block(&snapshots, "evil.example");
    let watched = listing(accord_verdict::Action::Detect, "watched.example");
    snapshots.publish("isp", vec![watched]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let write_zone = || {
        let mut zone = Vec::new();
        let snapshot = snapshots.audience("isp").unwrap().snapshot();
        zone_text(&snapshot, &ZoneName::parse(POLICY_ZONE).unwrap(), &mut zone).unwrap();
        std::fs::write(folder.path().join("rpz.zone"), zone).unwrap();
    };
    write_zone();
    std::fs::write(folder.path().join("example.zone"), example_zone()).unwrap();
    let port = free_port();
    let settings = unbound_settings(folder.path(), port);
    let file = folder.path().join("unbound.conf");
    std::fs::write(&file, settings).unwrap();
    let running = Running::start(Command::new(unbound).arg("-d").arg("-c").arg(&file));
    let client = Client::of(([127, 0, 0, 1], port).into());
    client.wait_for("good.example", &there());
    for (name, expected) in [
        ("evil.example", Answer::DoesNotExist),
        ("www.evil.example", Answer::DoesNotExist),
        ("watched.example", there()),
        ("good.example", there()),
    ] {
        assert_eq!(client.ask(name), Some(expected), "{name}");
    }
    // Withdrawn: resolves again. Published: is gone.
    snapshots.withdraw("isp", vec![pattern("evil.example")]).unwrap();
    block(&snapshots, "good.example");
    write_zone();
    let signalled = Command::new("kill")
        .arg("-HUP")
        .arg(running.0.id().to_string())
        .status()
        .unwrap();
    assert!(signalled.success());
    client.wait_for("evil.example", &there());
    client.wait_for("www.evil.example", &there());
    client.wait_for("good.example", &Answer::DoesNotExist);
}

fn unbound_settings(folder: &Path, port: u16) -> String {
    let folder = folder.display();
    format!(
        "server:\n  interface: 127.0.0.1\n  port: {port}\n  username: \"\"\n  chroot: \"\"\n  directory: \"{folder}\"\n  \
         pidfile: \"\"\n  use-syslog: no\n  logfile: \"{folder}/log\"\n  num-threads: 1\n  module-config: \"respip iterator\"\n\
         auth-zone:\n  name: example.\n  zonefile: \"{folder}/example.zone\"\n  for-downstream: no\n  for-upstream: yes\n  \
         fallback-enabled: no\n\
         rpz:\n  name: {POLICY_ZONE}\n  zonefile: \"{folder}/rpz.zone\"\nremote-control:\n  control-enable: no\n"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn bind_transfers_the_zone_with_a_key_and_follows_changes() {
    let Some(named) = program("named") else { return };
    let snapshots = snapshots();
    let port = free_port();
    let resolver = SocketAddr::from(([127, 0, 0, 1], port));
    let mut audience = config("isp");
    audience.dns.as_mut().unwrap().rpz.as_mut().unwrap().notify = vec![resolver];
    snapshots.configure(audience).unwrap();
    block(&snapshots, "evil.example");
    let served = DnsServerConfig {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        udp_threads: 1,
        rates: FREE,
    };
    let server = DnsServer::start(&snapshots, &served).unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("example.zone"), example_zone()).unwrap();
    let file = folder.path().join("named.conf");
    std::fs::write(&file, bind_settings(folder.path(), port, server.address().port())).unwrap();
    let log = std::fs::File::create(folder.path().join("log")).unwrap();
    let checked = tokio::task::spawn_blocking(move || {
        let _running = Running::start(Command::new(named).arg("-g").arg("-c").arg(&file).stderr(log));
        let client = Client::of(resolver);
        client.wait_for("good.example", &there());
        client.wait_for("evil.example", &Answer::DoesNotExist);
        assert_eq!(client.ask("www.evil.example"), Some(Answer::DoesNotExist));
        // BIND asks by itself once a minute at the earliest: what is seen before came by NOTIFY.
        let before = Instant::now();
        snapshots.withdraw("isp", vec![pattern("evil.example")]).unwrap();
        client.wait_for("evil.example", &there());
        client.wait_for("www.evil.example", &there());
        block(&snapshots, "good.example");
        client.wait_for("good.example", &Answer::DoesNotExist);
        // An address in an answer.
        block(&snapshots, "203.0.113.0/24");
        client.wait_for("watched.example", &Answer::DoesNotExist);
        before.elapsed()
    });
    let took = checked.await;
    if took.is_err() {
        eprintln!("{}", std::fs::read_to_string(folder.path().join("log")).unwrap());
    }
    assert!(took.unwrap() < Duration::from_secs(50));
}

fn example_zone() -> String {
    let names = ["evil", "www.evil", "watched", "good"].map(|name| format!("{name} 1 A 203.0.113.1\n"));
    format!(
        "$TTL 1\n@ SOA ns hostmaster 1 60 60 600 1\n@ NS ns\nns A 127.0.0.1\n{}",
        names.concat()
    )
}

fn bind_settings(folder: &Path, port: u16, ours: u16) -> String {
    let folder = folder.display();
    let secret = base64::engine::general_purpose::STANDARD.encode(SECRET);
    format!(
        "options {{ directory \"{folder}\"; listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }}; \
         recursion yes; allow-query {{ any; }}; allow-recursion {{ any; }}; dnssec-validation no; empty-zones-enable no; \
         pid-file none; session-keyfile none; max-retry-time 1; min-retry-time 1; \
         response-policy {{ zone \"{POLICY_ZONE}\"; }} min-update-interval 0; }};\n\
         controls {{ }};\n\
         key \"{KEY_NAME}\" {{ algorithm hmac-sha256; secret \"{secret}\"; }};\n\
         zone \"{POLICY_ZONE}\" {{ type secondary; primaries {{ 127.0.0.1 port {ours} key {KEY_NAME}; }}; \
         allow-notify {{ key {KEY_NAME}; }}; file \"rpz.zone\"; }};\n\
         zone \"example\" {{ type primary; file \"example.zone\"; }};\n"
    )
}
