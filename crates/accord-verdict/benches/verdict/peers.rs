//! Responders, each a process of its own with the same names: this server, `rbldnsd`, Unbound with a policy zone, and
//! one that parses nothing.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use accord_verdict::{DnsServer, DnsServerConfig, Rate, Rates};

use crate::names::{LISTED, ZONE, name, snapshots};
use crate::{Outcome, THREADS, probe};

/// Loading a million names may take so long.
const PATIENCE: Duration = Duration::from_secs(120);

/// A process that is ended with this.
pub(crate) struct Running {
    child: Child,
    pub port: u16,
}

impl Running {
    pub fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/sbin".into()]);
    folders
        .map(|folder| folder.join(program))
        .find(|path| path.is_file())
}

pub(crate) fn server_config(udp_threads: usize) -> DnsServerConfig {
    DnsServerConfig {
        listen: (Ipv4Addr::LOCALHOST, 0).into(),
        udp_threads,
        rates: Rates {
            answers: Rate::Unlimited,
            refusals: Rate::Unlimited,
        },
    }
}

/// This program as this server, or as the responder that parses nothing.
pub(crate) fn own(what: &str) -> Outcome<Running> {
    let mut child = Command::new(std::env::current_exe()?)
        .arg(what)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut line = String::new();
    if let Some(stdout) = child.stdout.take() {
        BufReader::new(stdout).read_line(&mut line)?;
    }
    let port = line.trim().parse();
    let running = Running {
        port: *port.as_ref().unwrap_or(&0),
        child,
    };
    port?;
    Ok(running)
}

/// Says where it listens, and stays until the other end is closed.
fn stay(port: u16) -> Outcome<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{port}")?;
    out.flush()?;
    std::io::stdin().lock().read_to_end(&mut Vec::new())?;
    Ok(())
}

/// The process of this server.
pub(crate) fn serve() -> Outcome<()> {
    let snapshots = snapshots()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    let _entered = runtime.enter();
    let server = DnsServer::start(&snapshots, &server_config(THREADS))?;
    stay(server.address().port())
}

/// The process of the responder that parses nothing: batches in, the bit of an answer set, batches out.
pub(crate) fn echo() -> Outcome<()> {
    let socket = |port: u16| -> Outcome<UdpSocket> {
        let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::DGRAM, None)?;
        socket.set_reuse_port(true)?;
        let _ = socket.set_recv_buffer_size(4 * 1024 * 1024);
        socket.bind(&std::net::SocketAddr::from((Ipv4Addr::LOCALHOST, port)).into())?;
        Ok(socket.into())
    };
    let first = socket(0)?;
    let port = first.local_addr()?.port();
    let mut sockets = vec![first];
    for _ in 1..THREADS {
        sockets.push(socket(port)?);
    }
    for socket in sockets {
        std::thread::spawn(move || echo_from(&socket));
    }
    stay(port)
}

#[cfg(target_os = "linux")]
fn echo_from(socket: &UdpSocket) {
    use std::io::{IoSlice, IoSliceMut};
    use std::os::fd::AsRawFd;

    use nix::sys::socket::{MsgFlags, MultiHeaders, SockaddrStorage, recvmmsg, sendmmsg};

    const BATCH: usize = 64;
    let mut packets = vec![[0u8; 512]; BATCH];
    let mut receive = MultiHeaders::<SockaddrStorage>::preallocate(BATCH, None);
    let mut send = MultiHeaders::<SockaddrStorage>::preallocate(BATCH, None);
    loop {
        let mut slices: Vec<[IoSliceMut<'_>; 1]> = packets
            .iter_mut()
            .map(|packet| [IoSliceMut::new(packet)])
            .collect();
        let flags = MsgFlags::MSG_WAITFORONE;
        let Ok(messages) = recvmmsg(socket.as_raw_fd(), &mut receive, slices.iter_mut(), flags, None) else {
            continue;
        };
        let (lengths, to): (Vec<usize>, Vec<Option<SockaddrStorage>>) =
            messages.map(|message| (message.bytes, message.address)).unzip();
        for packet in packets.iter_mut().take(lengths.len()) {
            if let Some(flags) = packet.get_mut(2) {
                *flags |= 0x80;
            }
        }
        let slices: Vec<[IoSlice<'_>; 1]> = packets
            .iter()
            .zip(&lengths)
            .map(|(packet, &length)| [IoSlice::new(packet.get(..length).unwrap_or_default())])
            .collect();
        let flags = MsgFlags::empty();
        let _ = sendmmsg(socket.as_raw_fd(), &mut send, slices.iter(), &to, [], flags);
    }
}

#[cfg(not(target_os = "linux"))]
fn echo_from(socket: &UdpSocket) {
    let mut packet = [0; 512];
    while let Ok((length, from)) = socket.recv_from(&mut packet) {
        packet[2] |= 0x80;
        let _ = socket.send_to(packet.get(..length).unwrap_or_default(), from);
    }
}

fn free_port() -> Outcome<u16> {
    Ok(UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// Whether it answers before patience ends.
fn is_up(port: u16, asked: &str) -> Outcome<bool> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    socket.set_read_timeout(Some(Duration::from_millis(200)))?;
    let end = Instant::now() + PATIENCE;
    while Instant::now() < end {
        socket.send_to(&probe::query(asked), (Ipv4Addr::LOCALHOST, port))?;
        if socket.recv(&mut [0; 512]).is_ok() {
            return Ok(true);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(false)
}

/// `rbldnsd` with the names and what is below them.
pub(crate) fn rbldnsd(folder: &Path) -> Outcome<Result<Running, String>> {
    let Some(program) = find("rbldnsd") else {
        return Ok(Err("rbldnsd is not installed".to_owned()));
    };
    let names: String = (0..LISTED).map(|number| format!(".{}\n", name(number))).collect();
    std::fs::write(folder.join("names"), names)?;
    let port = free_port()?;
    let child = Command::new(program)
        .args(["-n", "-f", "-b", &format!("127.0.0.1/{port}")])
        .arg(format!("{ZONE}:dnset:names"))
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let running = Running { child, port };
    Ok(if is_up(port, &format!("x.example.{ZONE}"))? {
        Ok(running)
    } else {
        Err("rbldnsd did not start".to_owned())
    })
}

/// Unbound with the names and what is below them as a policy zone (`CNAME .`: the name does not exist). Other names are
/// answered by a wildcard of a local zone, so that it never has to ask anybody.
pub(crate) fn unbound(folder: &Path) -> Outcome<Result<Running, String>> {
    let Some(program) = find("unbound") else {
        return Ok(Err("unbound is not installed".to_owned()));
    };
    let mut zone = String::from("$TTL 60\n@ SOA ns hostmaster 1 60 60 600 1\n@ NS ns\nns A 127.0.0.1\n");
    for number in 0..LISTED {
        let name = name(number);
        write!(zone, "{name} CNAME .\n*.{name} CNAME .\n")?;
    }
    std::fs::write(folder.join("rpz.zone"), zone)?;
    std::fs::write(
        folder.join("example.zone"),
        "$TTL 60\n@ SOA ns hostmaster 1 60 60 600 1\n@ NS ns\nns A 127.0.0.1\n* A 192.0.2.1\n",
    )?;
    let port = free_port()?;
    let at = folder.display();
    let settings = format!(
        "server:\n  interface: 127.0.0.1\n  port: {port}\n  username: \"\"\n  chroot: \"\"\n  directory: \"{at}\"\n  \
         pidfile: \"\"\n  use-syslog: no\n  logfile: \"{at}/log\"\n  num-threads: {THREADS}\n  so-reuseport: yes\n  \
         minimal-responses: yes\n  module-config: \"respip iterator\"\n\
         auth-zone:\n  name: example.\n  zonefile: \"{at}/example.zone\"\n  for-downstream: yes\n  for-upstream: yes\n  \
         fallback-enabled: no\n\
         rpz:\n  name: rpz.bench.\n  zonefile: \"{at}/rpz.zone\"\nremote-control:\n  control-enable: no\n"
    );
    let file = folder.join("unbound.conf");
    std::fs::write(&file, settings)?;
    let child = Command::new(program)
        .arg("-d")
        .arg("-c")
        .arg(&file)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let running = Running { child, port };
    Ok(if is_up(port, "x.example")? {
        Ok(running)
    } else {
        Err("unbound did not start".to_owned())
    })
}
