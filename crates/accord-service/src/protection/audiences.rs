//! Audiences: who is served from this node, and how far what they get may travel.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use accord_model::Tlp;
use accord_store::{Batch, Store};
use accord_verdict::{
    AudienceConfig, DnsConfig, RpzConfig, Snapshots, TokenDigest, TransferKey, ZoneName, zone_text,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::{Result, ServiceError};
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;
use crate::protection::EdgeView;

const AUDIENCES: &str = "audiences";
/// Most audiences of a node.
pub const AUDIENCES_MAX: usize = 100;

/// How far an audience reaches, after TLP 2.0 (FIRST): it is served nothing marked above that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reach {
    /// This organisation's own machines: up to TLP:AMBER+STRICT.
    Own,
    /// Its customers: up to TLP:AMBER.
    Customers,
    /// Anybody: TLP:CLEAR only.
    Public,
}

impl Reach {
    /// Whether what is marked so is served.
    pub fn takes(self, marking: Tlp) -> bool {
        match self {
            Self::Own => marking <= Tlp::AmberStrict,
            Self::Customers => marking <= Tlp::Amber,
            Self::Public => marking <= Tlp::Clear,
        }
    }
}

/// A new audience.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewAudience {
    /// Its name, unique within the node; not shown to it.
    pub name: String,
    /// How far it reaches.
    pub reach: Reach,
    /// The zone of single answers over DNS: `value.zone`.
    #[serde(default)]
    pub dnsbl: Option<String>,
    /// The response policy zone that its resolvers transfer.
    #[serde(default)]
    pub rpz: Option<String>,
    /// Networks whose DNS queries are answered.
    #[serde(default)]
    pub clients: Vec<String>,
    /// Resolvers that are told of changes, `ADDRESS:PORT`.
    #[serde(default)]
    pub notify: Vec<SocketAddr>,
    /// Whether edges follow it: they are told what is detected in silence, too.
    #[serde(default)]
    pub edge: bool,
}

/// An audience as kept. Of its token the digest only.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Audience {
    #[serde(flatten)]
    new: NewAudience,
    token_sha256: String,
    /// Of the token of its edges.
    #[serde(default)]
    edge_token_sha256: Option<String>,
    /// The key of zone transfers, which both sides must have.
    transfer_secret: Option<String>,
    serial: u32,
}

/// An audience as shown.
#[derive(Debug, Clone, Serialize)]
pub struct AudienceView {
    /// What it was opened with.
    #[serde(flatten)]
    pub opened: NewAudience,
    /// Serial of what it is served.
    pub serial: u32,
    /// Values that it is told are blocked.
    pub blocked: usize,
    /// Values detected in silence.
    pub detected: usize,
    /// The edges that follow it.
    pub edges: Vec<EdgeView>,
}

/// An audience that was just opened, with the secrets that are shown this once.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OpenedAudience {
    /// The bearer token of its look-ups.
    pub token: String,
    /// The bearer token of its edges.
    #[serde(default)]
    pub edge_token: Option<String>,
    /// The name of the key of its zone transfers.
    pub transfer_key: Option<String>,
    /// The secret of that key, base64 (TSIG, hmac-sha256, RFC 8945).
    pub transfer_secret: Option<String>,
}

/// What of an audience is made anew, or ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AudienceSecret {
    /// The token of its look-ups.
    Token,
    /// The token of its edges; where none followed, they may from now on.
    Edges,
    /// The secret of its zone transfers.
    Transfer,
    /// No edges follow it any more.
    NoEdges,
}

impl AudienceSecret {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Token, Self::Edges, Self::Transfer, Self::NoEdges];

    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Edges => "edges",
            Self::Transfer => "transfer",
            Self::NoEdges => "no-edges",
        }
    }
}

/// A secret that was made anew, shown this once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenewedSecret {
    /// The bearer token of look-ups.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// The bearer token of edges.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edge_token: Option<String>,
    /// The name of the key of zone transfers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transfer_key: Option<String>,
    /// Its secret, base64 (TSIG, hmac-sha256, RFC 8945).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transfer_secret: Option<String>,
}

/// Every audience, by name.
#[derive(Debug, Default)]
pub(crate) struct Audiences(BTreeMap<String, Audience>);

impl Audiences {
    pub async fn load(store: &Store) -> Result<Self> {
        Ok(Self(store.documents(AUDIENCES).await?.into_iter().collect()))
    }

    /// Names and reaches.
    pub fn reaches(&self) -> Vec<(String, Reach)> {
        let all = self.0.iter();
        all.map(|(name, audience)| (name.clone(), audience.new.reach))
            .collect()
    }

    /// The zones that are served, and the networks whose queries are answered.
    pub fn places(&self) -> impl Iterator<Item = &str> {
        self.0.values().flat_map(|audience| {
            let new = &audience.new;
            let zones = new.dnsbl.iter().chain(&new.rpz);
            zones.chain(&new.clients).map(String::as_str)
        })
    }

    /// Whether there is one of this name.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Serves all of them again, after a start.
    pub fn configure_all(&self, snapshots: &Snapshots) -> Result<()> {
        self.0
            .values()
            .try_for_each(|audience| audience.configure(snapshots))
    }

    /// Keeps the serials that were reached, so that none is given twice after a start.
    pub fn keep_serials(&mut self, batch: &mut Batch, snapshots: &Snapshots) {
        for (name, audience) in &mut self.0 {
            let serial = snapshots.audience(name).map(|served| served.snapshot().serial());
            if let Some(serial) = serial.filter(|serial| *serial != audience.serial) {
                audience.serial = serial;
                batch.document(AUDIENCES, name, audience);
            }
        }
    }
}

fn invalid(field: &'static str, error: impl std::fmt::Display) -> ServiceError {
    ServiceError::invalid(field, error.to_string())
}

impl Audience {
    fn configure(&self, snapshots: &Snapshots) -> Result<()> {
        let new = &self.new;
        let zone = |field, text: &Option<String>| {
            let parsed = text.as_deref().map(ZoneName::parse).transpose();
            parsed.map_err(|error| invalid(field, error))
        };
        let (dnsbl, rpz) = (zone("dnsbl", &new.dnsbl)?, zone("rpz", &new.rpz)?);
        let clients = new.clients.iter().map(|text| {
            let network = text.parse::<ipnet::IpNet>();
            network.map_err(|_| invalid("clients", format!("{text:?} is no network: 192.0.2.0/24")))
        });
        let clients = clients.collect::<Result<Vec<_>>>()?;
        let rpz = match (rpz, &self.transfer_secret) {
            (Some(zone), Some(secret)) => {
                let bytes = hex::decode(secret)
                    .map_err(|_| ServiceError::Unexplained("a transfer key cannot be read".into()))?;
                let key =
                    TransferKey::new(&key_name(&new.name), &bytes).map_err(|error| invalid("rpz", error))?;
                Some(RpzConfig {
                    zone,
                    keys: vec![key],
                    notify: new.notify.clone(),
                })
            }
            _ => None,
        };
        let digest = |text: &String| {
            let bytes = hex::decode(text).ok();
            let bytes: Option<[u8; 32]> = bytes.and_then(|bytes| bytes.try_into().ok());
            bytes
                .map(TokenDigest)
                .ok_or_else(|| ServiceError::Unexplained("an audience's token cannot be read".into()))
        };
        let has_dns = dnsbl.is_some() || rpz.is_some();
        snapshots
            .configure(AudienceConfig {
                name: new.name.clone(),
                tokens: vec![digest(&self.token_sha256)?],
                edges: self.edge_token_sha256.iter().map(digest).collect::<Result<_>>()?,
                dns: has_dns.then_some(DnsConfig { dnsbl, rpz, clients }),
                serial_floor: self.serial,
            })
            .map_err(|error| invalid("audience", error))
    }
}

/// A secret of an audience that is made anew, or ended.
#[derive(Clone, Copy)]
struct Renewal {
    what: AudienceSecret,
    made: [u8; 32],
}

impl Renewal {
    /// Puts it in the place of the one of before: what the access log calls that, and what is told.
    fn apply(
        self,
        audiences: &mut Audiences,
        verdicts: &Snapshots,
        batch: &mut Batch,
        name: &str,
    ) -> Result<(&'static str, RenewedSecret)> {
        let audience = audiences
            .0
            .get_mut(name)
            .ok_or(ServiceError::NotFound("audience"))?;
        let token = hex::encode(self.made);
        let token_sha256 = hex::encode(Sha256::digest(token.as_bytes()));
        let mut told = RenewedSecret::default();
        let done = match self.what {
            AudienceSecret::Token => {
                audience.token_sha256 = token_sha256;
                told.token = Some(token);
                "audience.token-renewed"
            }
            AudienceSecret::Edges => {
                audience.edge_token_sha256 = Some(token_sha256);
                audience.new.edge = true;
                told.edge_token = Some(token);
                "audience.edges-renewed"
            }
            AudienceSecret::Transfer => {
                if audience.new.rpz.is_none() {
                    return Err(ServiceError::Conflict(format!(
                        "{name} has no policy zone to transfer"
                    )));
                }
                use base64::Engine as _;
                audience.transfer_secret = Some(token);
                told.transfer_key = Some(key_name(name));
                told.transfer_secret = Some(base64::engine::general_purpose::STANDARD.encode(self.made));
                "audience.transfer-renewed"
            }
            AudienceSecret::NoEdges => {
                if !audience.new.edge {
                    return Err(ServiceError::Conflict(format!("no edges follow {name}")));
                }
                audience.edge_token_sha256 = None;
                audience.new.edge = false;
                "audience.edges-ended"
            }
        };
        let served = verdicts.audience(name);
        let serial = served.map(|served| served.snapshot().serial());
        audience.serial = serial.unwrap_or(audience.serial);
        batch.document(AUDIENCES, name, &*audience);
        Ok((done, told))
    }
}

/// The name under which both sides know the key of an audience's transfers.
fn key_name(audience: &str) -> String {
    format!("{audience}.accord")
}

impl Node {
    /// Opens an audience. Its secrets are told this once.
    pub async fn open_audience(&self, who: &SignedIn, new: &NewAudience) -> Result<OpenedAudience> {
        Act::ManageProtection.ask(who)?;
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if new.name.is_empty() || new.name.len() > 40 || !new.name.chars().all(is_plain) {
            return Err(invalid("name", "1 to 40 of a-z, 0-9 and -"));
        }
        let token = hex::encode(self.random::<32>());
        let edge_token = new.edge.then(|| hex::encode(self.random::<32>()));
        let secret: [u8; 32] = self.random();
        let sha256 = |token: &String| hex::encode(Sha256::digest(token.as_bytes()));
        let audience = Audience {
            new: new.clone(),
            token_sha256: sha256(&token),
            edge_token_sha256: edge_token.as_ref().map(sha256),
            transfer_secret: new.rpz.is_some().then(|| hex::encode(secret)),
            serial: 0,
        };
        self.act(|state, batch, log| {
            if state.audiences.0.contains_key(&new.name) {
                return Err(ServiceError::Conflict(format!(
                    "there is an audience {} already",
                    new.name
                )));
            }
            if state.audiences.0.len() >= AUDIENCES_MAX {
                return Err(ServiceError::Conflict(format!(
                    "a node has at most {AUDIENCES_MAX} audiences"
                )));
            }
            audience.configure(&self.verdicts)?;
            batch.document(AUDIENCES, &new.name, &audience);
            log.person(batch, who, "audience.opened", &new.name);
            state.audiences.0.insert(new.name.clone(), audience);
            Ok(())
        })
        .await?;
        self.refresh_verdicts().await?;
        use base64::Engine as _;
        let encode = |bytes: &[u8]| base64::engine::general_purpose::STANDARD.encode(bytes);
        Ok(OpenedAudience {
            token,
            edge_token,
            transfer_key: new.rpz.is_some().then(|| key_name(&new.name)),
            transfer_secret: new.rpz.is_some().then(|| encode(&secret)),
        })
    }

    /// Makes a secret of an audience anew, and tells it this once: the one of before opens nothing from then on. What the
    /// audience is served, its serial and the books of its edges stay.
    pub async fn renew_audience(
        &self,
        who: &SignedIn,
        name: &str,
        what: AudienceSecret,
    ) -> Result<RenewedSecret> {
        Act::ManageProtection.ask(who)?;
        let renewal = Renewal {
            what,
            made: self.random(),
        };
        let told = match what {
            AudienceSecret::NoEdges => {
                self.act_once(|state, batch, log| {
                    let done = renewal.apply(&mut state.audiences, &self.verdicts, batch, name)?;
                    log.person(batch, who, done.0, name);
                    Ok(done.1)
                })
                .await?
            }
            // An answer under an idempotency key is kept for a day: of a secret the digest alone is.
            _ => {
                self.act(|state, batch, log| {
                    let done = renewal.apply(&mut state.audiences, &self.verdicts, batch, name)?;
                    log.person(batch, who, done.0, name);
                    Ok(done.1)
                })
                .await?
            }
        };
        // What is on the disk is served, and nothing before it is. While it is looked at, nobody changes it.
        if let Some(audience) = self.read().await?.audiences.0.get(name) {
            audience.configure(&self.verdicts)?;
        }
        Ok(told)
    }

    /// Closes an audience: it is answered no more.
    pub async fn close_audience(&self, who: &SignedIn, name: &str) -> Result<()> {
        Act::ManageProtection.ask(who)?;
        self.act_once(|state, batch, log| {
            state
                .audiences
                .0
                .remove(name)
                .ok_or(ServiceError::NotFound("audience"))?;
            batch.remove(AUDIENCES, name);
            state.edges.close(batch, name);
            log.person(batch, who, "audience.closed", name);
            Ok(())
        })
        .await?;
        self.verdicts.close(name);
        self.refresh_verdicts().await
    }

    /// The audiences of this node.
    pub async fn audiences(&self, who: &SignedIn) -> Result<Vec<AudienceView>> {
        Act::SeeProtection.ask(who)?;
        let state = self.read().await?;
        let views = state.audiences.0.iter().map(|(name, audience)| {
            let served = self.verdicts.audience(name);
            let snapshot = served.as_ref().map(|served| served.snapshot());
            AudienceView {
                opened: audience.new.clone(),
                serial: snapshot
                    .as_ref()
                    .map_or(audience.serial, |snapshot| snapshot.serial()),
                blocked: snapshot.as_ref().map_or(0, |snapshot| snapshot.blocked()),
                detected: snapshot.as_ref().map_or(0, |snapshot| snapshot.detected()),
                edges: state.edges.views(name, served.as_deref(), self.now_ms()),
            }
        });
        Ok(views.collect())
    }

    /// What an audience is told to block, as a response policy zone for a file.
    pub async fn policy_zone(&self, who: &SignedIn, name: &str) -> Result<Vec<u8>> {
        Act::SeeProtection.ask(who)?;
        let zone = {
            let state = self.read().await?;
            let audience = state
                .audiences
                .0
                .get(name)
                .ok_or(ServiceError::NotFound("audience"))?;
            audience
                .new
                .rpz
                .clone()
                .unwrap_or_else(|| format!("{name}.rpz.invalid"))
        };
        let zone = ZoneName::parse(&zone).map_err(|error| invalid("rpz", error))?;
        let served = self
            .verdicts
            .audience(name)
            .ok_or(ServiceError::NotFound("audience"))?;
        let mut out = Vec::new();
        zone_text(&served.snapshot(), &zone, &mut out)
            .map_err(|error| ServiceError::Unexplained(format!("a zone could not be written: {error}")))?;
        self.note_access(who, "audience.zone-taken", name).await?;
        Ok(out)
    }
}
