//! The five organisations: each its own folder, keys, database and server on the loopback.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use accord_model::{OrgKind, OrgName, Role};
use accord_service::{NewPerson, Node, NodeConfig, PasswordCost, Ports, TotpPolicy, keys};
use accord_store::Faults;
use accord_verdict::{DnsServer, DnsServerConfig};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet};

use super::StepError;
use super::post::{Post, PostBoxes};

/// The password that the operator and signatory begin with, and change at once.
pub const FIRST_PASSWORD: &str = "first-password-of-the-demo";
/// How long connections that do nothing are waited for at the end.
const END_WAIT: std::time::Duration = std::time::Duration::from_secs(2);
/// How often a node of a demo that stays up pulls from its peers, besides what they tell it.
const PULL_EVERY: std::time::Duration = std::time::Duration::from_secs(5);
/// The argon2id cost of the demo's passwords: they are printed anyway.
pub const PASSWORD_COST: PasswordCost = PasswordCost {
    memory_kib: 1_024,
    passes: 1,
};

/// An organisation of the demo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    /// The agency.
    Agency,
    /// The security vendor.
    Vendor,
    /// The internet service provider.
    Isp,
    /// The hosting provider.
    Hosting,
    /// A business that is the agency's peer, without any agreement.
    Outsider,
}

impl Who {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Agency,
        Self::Vendor,
        Self::Isp,
        Self::Hosting,
        Self::Outsider,
    ];

    /// Its name.
    pub const fn org(self) -> &'static str {
        match self {
            Self::Agency => "agency.example",
            Self::Vendor => "vendor.example",
            Self::Isp => "isp.example",
            Self::Hosting => "hosting.example",
            Self::Outsider => "outsider.example",
        }
    }

    /// Its kind.
    pub const fn kind(self) -> OrgKind {
        match self {
            Self::Agency => OrgKind::Agency,
            Self::Vendor => OrgKind::Vendor,
            Self::Isp => OrgKind::Isp,
            Self::Hosting => OrgKind::HostingProvider,
            Self::Outsider => OrgKind::Business,
        }
    }

    /// Whether its node answers verdicts over DNS.
    pub const fn serves_dns(self) -> bool {
        matches!(self, Self::Isp)
    }

    /// Its place among the five.
    pub const fn index(self) -> usize {
        self as usize
    }
}

/// What a world takes its time and randomness from.
#[derive(Debug, Clone)]
pub enum Nature {
    /// The machine's own.
    Real,
    /// A clock that only the story moves, and randomness that follows from a seed.
    Seeded {
        /// Milliseconds since the Unix epoch, UTC.
        clock: Arc<AtomicU64>,
        /// The seed.
        seed: u64,
    },
}

impl Nature {
    /// Time and randomness for one organisation.
    fn ports(&self, org: &str) -> Ports {
        match self {
            Self::Real => crate::process::ports(),
            Self::Seeded { clock, seed } => {
                let mut hash = Sha256::new();
                hash.update(seed.to_be_bytes());
                hash.update(org.as_bytes());
                let generator = Mutex::new(ChaCha20Rng::from_seed(hash.finalize().into()));
                let clock = clock.clone();
                Ports::new(
                    move || clock.load(Ordering::SeqCst),
                    move |bytes| {
                        generator
                            .lock()
                            .unwrap_or_else(PoisonError::into_inner)
                            .fill_bytes(bytes);
                    },
                )
            }
        }
    }

    /// Now, ms UTC.
    pub fn now_ms(&self) -> u64 {
        match self {
            Self::Real => crate::process::now_ms(),
            Self::Seeded { clock, .. } => clock.load(Ordering::SeqCst),
        }
    }

    /// Lets time pass. The machine's own passes by itself.
    pub fn pass(&self, ms: u64) {
        if let Self::Seeded { clock, .. } = self {
            clock.fetch_add(ms, Ordering::SeqCst);
        }
    }

    /// Goes on to an instant, ms UTC: moves the story's clock there, or waits.
    pub async fn wait_until(&self, instant_ms: u64) {
        let ahead = instant_ms.saturating_sub(self.now_ms());
        match self {
            Self::Seeded { .. } => self.pass(ahead),
            Self::Real => tokio::time::sleep(std::time::Duration::from_millis(ahead)).await,
        }
    }

    /// Some time ahead: as long as people would take where the clock is the story's, short where it is the machine's.
    pub fn ahead_ms(&self, seeded_ms: u64, real_ms: u64) -> u64 {
        match self {
            Self::Seeded { .. } => seeded_ms,
            Self::Real => real_ms,
        }
    }
}

/// A running node of the demo, as its people and its operator's screwdriver see it: an address and a folder.
#[derive(Debug)]
pub struct Place {
    /// Whose.
    pub who: Who,
    /// Its folder.
    pub dir: PathBuf,
    /// Where it is reached.
    pub url: String,
    /// Where it answers verdicts over DNS, where it does.
    pub dns: Option<SocketAddr>,
    dns_server: Option<DnsServer>,
    node: Arc<Node>,
    end: Option<oneshot::Sender<()>>,
    server: Option<JoinHandle<std::io::Result<()>>>,
}

/// The listeners: they outlive a world, so that a second one has the very same addresses.
#[derive(Debug)]
pub struct Addresses {
    nodes: Vec<(std::net::TcpListener, SocketAddr)>,
    post: PostBoxes,
}

impl Addresses {
    /// Binds five ports of the loopback, from `first_port` on, or any.
    pub fn bind(first_port: Option<u16>) -> Result<Self, StepError> {
        let mut bound = Vec::new();
        for who in Who::ALL {
            let offset = u16::try_from(who.index()).unwrap_or(0);
            let port = first_port.map_or(0, |first| first.saturating_add(offset));
            let address = SocketAddr::from(([127, 0, 0, 1], port));
            let failed =
                |error: std::io::Error| StepError::new(format!("{address}: {error}; try another --port"));
            let listener = std::net::TcpListener::bind(address).map_err(failed)?;
            listener.set_nonblocking(true).map_err(failed)?;
            let address = listener.local_addr().map_err(failed)?;
            bound.push((listener, address));
        }
        Ok(Self {
            nodes: bound,
            post: PostBoxes::bind()?,
        })
    }
}

/// Verdicts over DNS, on any port of the loopback.
fn serve_dns(node: &Node) -> Result<DnsServer, StepError> {
    let config = DnsServerConfig {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        udp_threads: 1,
        ..DnsServerConfig::default()
    };
    DnsServer::start(&node.verdicts, &config).map_err(|error| StepError::new(format!("DNS: {error}")))
}

/// The five nodes, running.
#[derive(Debug)]
pub struct World {
    places: Vec<Place>,
    /// Where the nodes' notices arrive.
    pub post: Post,
    /// Its time and randomness.
    pub nature: Nature,
}

impl World {
    /// Makes and starts five nodes under a folder. This is the only part that does not go through the public API: a
    /// node is made by `accord init` on its machine.
    pub async fn start(dir: &Path, addresses: &Addresses, nature: Nature) -> Result<Self, StepError> {
        let mut places = Vec::new();
        for (who, (listener, address)) in Who::ALL.into_iter().zip(&addresses.nodes) {
            let dir = dir.join(who.org());
            let org: OrgName = who.org().parse().map_err(StepError::from_display)?;
            let ports = nature.ports(who.org());
            keys::create(&dir, &org, who.kind(), &ports).map_err(StepError::from_display)?;
            let url = format!("http://{address}");
            let config = NodeConfig {
                dir: dir.clone(),
                org,
                kind: who.kind(),
                url: url.clone(),
                totp: TotpPolicy::Optional,
                password_cost: PASSWORD_COST,
                pull_every_s: None,
                peer_limits: accord_service::PeerLimits::default(),
                backup_days: None,
                feeds_inside: Vec::new(),
            };
            let node = Node::open(config, ports, Faults::none())
                .await
                .map_err(StepError::from_display)?;
            let first = |sign_in: &str, name: &str, role| NewPerson {
                sign_in: sign_in.to_owned(),
                name: name.to_owned(),
                roles: [role].into(),
                password: FIRST_PASSWORD.to_owned(),
            };
            node.use_notices(addresses.post.config(who))
                .map_err(StepError::from_display)?;
            let worker = crate::commands::sql::worker().map_err(StepError::from_display)?;
            node.use_sql(worker).map_err(StepError::from_display)?;
            node.found(
                &first("operator", "Olive Operator", Role::Operator),
                &first("signatory", "Sigrid Signatory", Role::Signatory),
            )
            .await
            .map_err(StepError::from_display)?;
            let listener = listener
                .try_clone()
                .and_then(TcpListener::from_std)
                .map_err(|error| StepError::new(format!("{address}: {error}")))?;
            let (end, ended) = oneshot::channel::<()>();
            let dns_server = who.serves_dns().then(|| serve_dns(&node)).transpose()?;
            let serving = node.clone();
            let server = tokio::spawn(async move {
                accord_server::serve(serving, listener, async move {
                    let _ = ended.await;
                })
                .await
            });
            places.push(Place {
                who,
                dir,
                url,
                dns: dns_server.as_ref().map(DnsServer::address),
                dns_server,
                node,
                end: Some(end),
                server: Some(server),
            });
        }
        // A node refuses what was signed in the second of its start.
        nature.pass(1_000);
        if matches!(nature, Nature::Real) {
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        }
        Ok(Self {
            places,
            post: Post::open(&addresses.post)?,
            nature,
        })
    }

    /// One of the five.
    pub fn place(&self, who: Who) -> Result<&Place, StepError> {
        self.places
            .get(who.index())
            .ok_or_else(|| StepError::new(format!("{} is not running", who.org())))
    }

    /// A node tells its people what waits for them, once: what a node that is served does by itself every minute.
    pub async fn tell(&self, who: Who) -> Result<(), StepError> {
        let told = self.place(who)?.node.notices_round().await;
        told.map_err(StepError::from_display)
    }

    /// A node destroys its copies whose time is over: what a node that is served does by itself. How many it were.
    pub async fn destroy(&self, who: Who) -> Result<usize, StepError> {
        let destroyed = self.place(who)?.node.destroy_what_is_over().await;
        destroyed.map_err(StepError::from_display)
    }

    /// The nodes keep up with each other by themselves until this is dropped: whoever plays on after the story asks no
    /// operator to pull.
    pub fn keep_up(&self) -> JoinSet<()> {
        let mut keeping_up = JoinSet::new();
        for place in &self.places {
            let node = place.node.clone();
            keeping_up.spawn(async move { node.keep_up(PULL_EVERY).await });
        }
        keeping_up
    }

    /// Ends all five; whoever still keeps a connection open is not waited for.
    pub async fn end(mut self) -> Result<(), StepError> {
        for place in &mut self.places {
            if let Some(end) = place.end.take() {
                let _ = end.send(());
            }
        }
        for place in &mut self.places {
            if let Some(mut server) = place.server.take() {
                match tokio::time::timeout(END_WAIT, &mut server).await {
                    Ok(ended) => ended
                        .map_err(StepError::from_display)?
                        .map_err(StepError::from_display)?,
                    // A browser keeps its connection open.
                    Err(_) => server.abort(),
                }
            }
            if let Some(dns) = place.dns_server.take() {
                tokio::task::block_in_place(|| dns.stop());
            }
            place.node.close().await;
        }
        Ok(())
    }
}
