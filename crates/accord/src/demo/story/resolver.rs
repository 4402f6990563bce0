//! A real resolver loads what the ISP's node says is to be blocked: Unbound, or BIND, as it is installed.
//!
//! The zone is taken from the node as its operator takes it, and loaded from a file: transfers are signed with the time
//! of day (RFC 8945), and the story has a clock of its own. That resolvers transfer it, and follow changes, is tested in
//! `accord-verdict`. Names that are not blocked come from a zone on the loopback; no network is used.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::Story;
use super::parts::{Named, ask_dns};
use super::protection::POLICY_ZONE;
use crate::demo::StepError;
use crate::demo::client::text;
use crate::demo::nodes::Who;

/// How long a resolver may take to start.
const WITHIN: Duration = Duration::from_secs(20);
/// How often it is started at most.
const STARTS: usize = 3;
/// How many ports are tried at most.
const PORTS_TRIED: usize = 50;
/// A name that nobody published.
const UNPUBLISHED: &str = "good.example";

/// Which resolver.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Unbound,
    Bind,
}

/// A program that ends with its step.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn installed() -> Option<(Kind, PathBuf)> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path)
        .chain(["/usr/sbin".into(), "/usr/local/sbin".into()])
        .collect();
    [(Kind::Unbound, "unbound"), (Kind::Bind, "named")]
        .into_iter()
        .find_map(|(kind, name)| {
            let found = folders
                .iter()
                .map(|folder| folder.join(name))
                .find(|path| path.is_file());
            found.map(|path| (kind, path))
        })
}

/// A port that nobody listens on, neither over UDP nor over TCP: a resolver takes both.
fn free_port() -> Result<u16, StepError> {
    for _ in 0..PORTS_TRIED {
        let socket = std::net::UdpSocket::bind("127.0.0.1:0").map_err(StepError::from_display)?;
        let at = socket.local_addr().map_err(StepError::from_display)?;
        if std::net::TcpListener::bind(at).is_ok() {
            return Ok(at.port());
        }
    }
    Err(StepError::new("no port is free on the loopback".to_owned()))
}

/// The zone that everything else of the story's names is in.
fn names(blocked: &str) -> String {
    let relative = |name: &str| name.strip_suffix(".example").unwrap_or(name).to_owned();
    let (good, blocked) = (relative(UNPUBLISHED), relative(blocked));
    format!(
        "$TTL 1\n@ SOA ns hostmaster 1 60 60 600 1\n@ NS ns\nns A 127.0.0.1\n{good} 1 A 203.0.113.1\n\
         {blocked} 1 A 203.0.113.1\nwww.{blocked} 1 A 203.0.113.1\n"
    )
}

fn settings(kind: Kind, folder: &Path, port: u16) -> String {
    let folder = folder.display();
    match kind {
        Kind::Unbound => format!(
            "server:\n  interface: 127.0.0.1\n  port: {port}\n  username: \"\"\n  chroot: \"\"\n  directory: \"{folder}\"\n  \
             pidfile: \"\"\n  use-syslog: no\n  logfile: \"{folder}/log\"\n  num-threads: 1\n  \
             module-config: \"respip iterator\"\n\
             auth-zone:\n  name: example.\n  zonefile: \"{folder}/example.zone\"\n  for-downstream: no\n  \
             for-upstream: yes\n  fallback-enabled: no\n\
             rpz:\n  name: {POLICY_ZONE}\n  zonefile: \"{folder}/rpz.zone\"\nremote-control:\n  control-enable: no\n"
        ),
        Kind::Bind => format!(
            "options {{ directory \"{folder}\"; listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }}; \
             recursion yes; allow-query {{ any; }}; allow-recursion {{ any; }}; dnssec-validation no; \
             empty-zones-enable no; pid-file none; session-keyfile none; \
             response-policy {{ zone \"{POLICY_ZONE}\"; }}; }};\ncontrols {{ }};\n\
             zone \"{POLICY_ZONE}\" {{ type primary; file \"rpz.zone\"; }};\n\
             zone \"example\" {{ type primary; file \"example.zone\"; }};\n"
        ),
    }
}

/// Starts it on a port of the loopback.
fn start(kind: Kind, program: &Path, folder: &Path, port: u16) -> Result<Running, StepError> {
    let file = folder.join("resolver.conf");
    std::fs::write(&file, settings(kind, folder, port)).map_err(StepError::from_display)?;
    let mut command = Command::new(program);
    match kind {
        Kind::Unbound => command.arg("-d").arg("-c").arg(&file),
        Kind::Bind => command.arg("-f").arg("-c").arg(&file),
    };
    let quiet = Stdio::null;
    let child = command.stdin(quiet()).stdout(quiet()).stderr(quiet()).spawn();
    child
        .map(Running)
        .map_err(|error| StepError::new(format!("{}: {error}", program.display())))
}

impl Story<'_> {
    pub(super) async fn resolver(&mut self) -> Result<(), StepError> {
        let panel = self.told.infrastructure.panel.clone();
        let zone = self
            .at(Who::Isp, "operator")?
            .get("/audiences/customers/zone")
            .await?;
        let zone = text(&zone, "/zone")?.to_owned();
        let mirror = self.told.infrastructure.mirror.clone();
        self.prove(
            zone.contains(&format!("{panel} CNAME .")) && !zone.contains(&mirror),
            "the ISP's policy zone has the blocked name, and not what is published only",
        )?;
        let Some((kind, program)) = installed() else {
            return self.prove(
                true,
                "skipped: neither unbound nor named is installed; nothing was loaded",
            );
        };
        let folder = self.world.place(Who::Isp)?.dir.join("resolver");
        std::fs::create_dir_all(&folder).map_err(StepError::from_display)?;
        // A resolver goes into its folder before it reads the files.
        let folder = folder.canonicalize().map_err(StepError::from_display)?;
        for (name, bytes) in [("rpz.zone", zone), ("example.zone", names(&panel))] {
            std::fs::write(folder.join(name), bytes).map_err(StepError::from_display)?;
        }
        // A port can be taken between looking and starting: then another.
        let mut answers = (None, None, None);
        for _ in 0..STARTS {
            let port = free_port()?;
            let running = start(kind, &program, &folder, port)?;
            let server = SocketAddr::from(([127, 0, 0, 1], port));
            let heard = self.resolves(server, &panel).await;
            drop(running);
            answers = heard?;
            if answers.2.is_some() {
                break;
            }
        }
        let _ = std::fs::remove_dir_all(&folder);
        let (blocked, below, good) = answers;
        self.prove(
            blocked == Some(Named::DoesNotExist)
                && below == Some(Named::DoesNotExist)
                && good == Some(Named::Exists),
            format!(
                "{}: the blocked name and those below it do not exist for its clients, an unpublished one resolves",
                program.file_name().unwrap_or_default().to_string_lossy()
            ),
        )
    }

    /// What the resolver's clients hear of the blocked name, one below it, and one that nobody published.
    async fn resolves(
        &self,
        server: SocketAddr,
        blocked: &str,
    ) -> Result<(Option<Named>, Option<Named>, Option<Named>), StepError> {
        let end = Instant::now() + WITHIN;
        let mut good = None;
        while good != Some(Named::Exists) && Instant::now() < end {
            good = ask_dns(server, UNPUBLISHED).await?;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let below = format!("www.{blocked}");
        let (mut of_blocked, mut of_below) = (None, None);
        while (of_blocked.is_none() || of_below.is_none()) && good.is_some() && Instant::now() < end {
            of_blocked = ask_dns(server, blocked).await?;
            of_below = ask_dns(server, &below).await?;
        }
        Ok((of_blocked, of_below, good))
    }
}
