//! The node's configuration: one TOML file, `accord.toml`, made by `accord init`.
//!
//! Invariants:
//! - The documentation of each key stands once, on its field here; [`Config::render`] writes it into every file that
//!   `init` makes, and `accord.example.toml` is that text for an invented node.
//! - An unknown key or section is an error, in the file as in the environment.
//! - `ACCORD_SECTION__KEY` in the environment overrides the key of the file. Other variables are left alone.
//!
//! Deliberately absent: secrets (keys are files in the node's folder), and TLS (a reverse proxy in front of the node has it).

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use accord_model::{OrgKind, OrgName};
use accord_service::{
    CollectSettings, FeedKey, MailServer, MailTls, NodeConfig, NoticesConfig, PasswordCost, TotpPolicy,
    Webhook,
};
use serde::{Deserialize, Serialize};

mod logs;

/// The name of the file that `init` makes.
pub const FILE_NAME: &str = "accord.toml";
/// Largest configuration file, bytes.
pub const MAX_BYTES: u64 = 1 << 20;
/// What variables that override a key begin with.
const PREFIX: &str = "ACCORD_";

/// The keys of a section, each with its documentation.
type KeyDocs = &'static [(&'static str, &'static [&'static str])];

/// A section: a struct whose documented fields are its keys.
macro_rules! section {
    ($(#[doc = $about:literal])+ $(#[serde($($serde:tt)*)])? $name:ident { $($(#[doc = $doc:literal])+ $key:ident: $type:ty,)* }) => {
        $(#[doc = $about])+
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        $(#[serde($($serde)*)])?
        pub struct $name {
            $($(#[doc = $doc])+ pub $key: $type,)*
        }

        impl $name {
            const ABOUT: &'static [&'static str] = &[$($about),+];
            const KEYS: KeyDocs = &[$((stringify!($key), &[$($doc),+])),*];
        }
    };
}

section! {
    /// Whose node this is.
    NodeSection {
        /// The node's folder: keys, database, logs. From this file's folder, when it is not absolute.
        dir: PathBuf,
        /// The organisation's name: a domain name it holds, in lower case.
        org: OrgName,
        /// Its kind: agency, vendor, isp, hosting-provider, registry, cert, business.
        kind: OrgKind,
        /// Where peers and people reach this node: https://HOST[:PORT], or http:// on the loopback only. No path.
        url: String,
    }
}

section! {
    /// Where the node listens.
    #[serde(default)]
    ServerSection {
        /// Address and port. TLS is the business of a reverse proxy in front; leave it on the loopback then.
        listen: SocketAddr,
    }
}

section! {
    /// How people sign in.
    #[serde(default)]
    SignInSection {
        /// "required": nobody works without a one-time code (TOTP). "optional" is for demonstrations.
        second_factor: TotpPolicy,
        /// Memory of one password hash (argon2id, RFC 9106), KiB.
        password_memory_kib: u32,
        /// Passes of one password hash.
        password_passes: u32,
    }
}

section! {
    /// Other organisations' nodes.
    #[serde(default)]
    PeersSection {
        /// Seconds between pulls from every confirmed peer, besides those a peer's nudge asks for; 0: only when an operator asks.
        pull_every_s: u64,
    }
}

section! {
    /// What is kept, and for how long.
    #[serde(default)]
    KeepingSection {
        /// Days that backups of this node's folder are kept; 0: there are none. Receipts for what was deleted or destroyed say until when a copy is still in one.
        backup_days: u32,
    }
}

section! {
    /// Verdicts over DNS. Over HTTP they are served where the pages are.
    #[serde(default)]
    VerdictsSection {
        /// Address and port of the DNS service, UDP and TCP, such as "192.0.2.53:53"; empty: no DNS. Zones and clients are set for each audience.
        dns_listen: String,
        /// Threads that answer over UDP.
        dns_threads: usize,
    }
}

section! {
    /// Feeds: lists that others publish. Which, is said by people of this node.
    #[serde(default)]
    FeedsSection {
        /// Hosts inside your own network that feeds may be read from, such as ["mirror.corp.internal:8443"], also over http://: with a port at that port alone, without one at every port. All others must have public addresses and https://.
        inside: Vec<String>,
        /// Keys that publishers ask for: { host = "feeds.example", header = "Auth-Key", file = "feeds-example.key" }. Sent to that host alone: of HOST over https at its port 443, of HOST:PORT at that port, over http:// too. One key for each; the header's whole value stands in the file, readable by the node alone (chmod 600).
        keys: Vec<FeedKeyFile>,
    }
}

/// A key that a publisher of feeds asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeedKeyFile {
    /// `HOST`, for https at its port 443; or `HOST:PORT`, for this port.
    pub host: String,
    /// In which header it is sent.
    pub header: String,
    /// Where its value stands; from the node's folder, when it is not absolute.
    pub file: PathBuf,
}

section! {
    /// Notices: that something waits, never what. Each person says what they want; without a server nothing is sent.
    #[serde(default)]
    NoticesSection {
        /// The mail server's host; empty: no mail.
        smtp_host: String,
        /// Its port.
        smtp_port: u16,
        /// "tls" from the first byte, "starttls", or "none" to the loopback only.
        smtp_tls: MailTls,
        /// Whom the mails come from.
        smtp_from: String,
        /// A file with NAME:PASSWORD for the mail server, readable by the node alone; empty: it asks for none.
        smtp_credentials_file: PathBuf,
        /// Where notices are posted, https://...; empty: no webhook.
        webhook_url: String,
        /// A file with the key of the webhook's signatures (HMAC-SHA256), at least 16 bytes.
        webhook_secret_file: PathBuf,
    }
}

section! {
    /// Numbers of the collectors for a watch from outside, in the format of Prometheus, at /metrics of an address of their own.
    #[serde(default)]
    MetricsSection {
        /// Address and port, such as "127.0.0.1:9464"; empty: none. Nobody is asked who they are there: let only your monitoring reach it.
        listen: String,
    }
}

section! {
    /// What the node writes to standard error.
    #[serde(default)]
    LogSection {
        /// What is written, as RUST_LOG has it: error, warn, info, debug, trace, or by module.
        filter: String,
    }
}

impl Default for ServerSection {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 7443)),
        }
    }
}

impl Default for SignInSection {
    fn default() -> Self {
        let cost = PasswordCost::default();
        Self {
            second_factor: TotpPolicy::Required,
            password_memory_kib: cost.memory_kib,
            password_passes: cost.passes,
        }
    }
}

impl Default for PeersSection {
    fn default() -> Self {
        Self { pull_every_s: 60 }
    }
}

#[expect(
    clippy::derivable_impls,
    reason = "the macro derives nothing that a section may want to say by hand"
)]
impl Default for KeepingSection {
    fn default() -> Self {
        Self { backup_days: 0 }
    }
}

#[expect(
    clippy::derivable_impls,
    reason = "the macro derives nothing that a section may want to say by hand"
)]
impl Default for FeedsSection {
    fn default() -> Self {
        Self {
            inside: Vec::new(),
            keys: Vec::new(),
        }
    }
}

#[expect(
    clippy::derivable_impls,
    reason = "the macro derives nothing that a section may want to say by hand"
)]
impl Default for MetricsSection {
    fn default() -> Self {
        Self {
            listen: String::new(),
        }
    }
}

impl Default for VerdictsSection {
    fn default() -> Self {
        Self {
            dns_listen: String::new(),
            dns_threads: 1,
        }
    }
}

impl Default for NoticesSection {
    fn default() -> Self {
        Self {
            smtp_host: String::new(),
            smtp_port: 587,
            smtp_tls: MailTls::StartTls,
            smtp_from: String::new(),
            smtp_credentials_file: PathBuf::new(),
            webhook_url: String::new(),
            webhook_secret_file: PathBuf::new(),
        }
    }
}

impl Default for LogSection {
    fn default() -> Self {
        Self {
            filter: "info".to_owned(),
        }
    }
}

/// Everything a node is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Whose node this is.
    pub node: NodeSection,
    /// Where it listens.
    #[serde(default)]
    pub server: ServerSection,
    /// How people sign in.
    #[serde(default)]
    pub sign_in: SignInSection,
    /// Other organisations' nodes.
    #[serde(default)]
    pub peers: PeersSection,
    /// What is kept, and for how long.
    #[serde(default)]
    pub keeping: KeepingSection,
    /// Verdicts over DNS.
    #[serde(default)]
    pub verdicts: VerdictsSection,
    /// Lists that others publish.
    #[serde(default)]
    pub feeds: FeedsSection,
    /// Notices by mail and webhook.
    #[serde(default)]
    pub notices: NoticesSection,
    /// Numbers for a watch from outside.
    #[serde(default)]
    pub metrics: MetricsSection,
    /// What it writes to standard error.
    #[serde(default)]
    pub log: LogSection,
    /// What it collects by itself.
    #[serde(default)]
    pub logs: CollectSettings,
}

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file.
    #[error("{path}: {source}; make a node with `accord init`, or name its file with --config")]
    File {
        /// Which.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// Too large to be one.
    #[error("{path}: larger than {MAX_BYTES} bytes, which no configuration is")]
    TooLarge {
        /// Which.
        path: String,
    },
    /// Its text.
    #[error("{path}: {message}")]
    Text {
        /// Which.
        path: String,
        /// What is wrong, and where.
        message: String,
    },
    /// A variable, or the file with the variables applied.
    #[error("{path} with {variables} from the environment: {message}")]
    Environment {
        /// Which file.
        path: String,
        /// Which variables.
        variables: String,
        /// What is wrong.
        message: String,
    },
    /// A value that cannot be.
    #[error("{path}: {key}: {message}")]
    Value {
        /// Which file.
        path: String,
        /// Which key.
        key: &'static str,
        /// What is wrong.
        message: String,
    },
}

impl Config {
    /// The configuration of a new node.
    pub fn new(org: OrgName, kind: OrgKind, url: String, listen: SocketAddr) -> Self {
        Self {
            node: NodeSection {
                dir: PathBuf::from("."),
                org,
                kind,
                url,
            },
            server: ServerSection { listen },
            sign_in: SignInSection::default(),
            peers: PeersSection::default(),
            keeping: KeepingSection::default(),
            verdicts: VerdictsSection::default(),
            feeds: FeedsSection::default(),
            notices: NoticesSection::default(),
            metrics: MetricsSection::default(),
            log: LogSection::default(),
            logs: CollectSettings::default(),
        }
    }

    /// Reads the file, applies the environment's overrides, and checks the whole.
    pub fn load(
        path: &Path,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let named = path.display().to_string();
        let file_error = |source| ConfigError::File {
            path: named.clone(),
            source,
        };
        let size = std::fs::metadata(path).map_err(file_error)?.len();
        if size > MAX_BYTES {
            return Err(ConfigError::TooLarge { path: named });
        }
        let text = std::fs::read_to_string(path).map_err(file_error)?;
        let mut config = Self::read(&named, &text, environment)?;
        if config.node.dir.is_relative() {
            let folder = path.parent().unwrap_or(Path::new(""));
            // Collected part by part, so that `.` leaves nothing behind.
            config.node.dir = folder.join(&config.node.dir).components().collect();
        }
        Ok(config)
    }

    /// Reads a file's text. `path` is for messages.
    pub fn read(
        path: &str,
        text: &str,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let wrong = |error: &dyn std::fmt::Display| ConfigError::Text {
            path: path.to_owned(),
            message: error.to_string().trim_end().to_owned(),
        };
        let overrides: Vec<(String, String, String, String)> = environment
            .into_iter()
            .filter_map(|(name, value)| {
                let (section, key) = name.strip_prefix(PREFIX)?.split_once("__")?;
                Some((
                    section.to_ascii_lowercase(),
                    key.to_ascii_lowercase(),
                    value,
                    name.clone(),
                ))
            })
            .collect();
        let config: Self = if overrides.is_empty() {
            toml::from_str(text).map_err(|error| wrong(&error))?
        } else {
            let mut table: toml::Table = toml::from_str(text).map_err(|error| wrong(&error))?;
            let mut names = Vec::new();
            for (section, key, value, name) in overrides {
                let section = table
                    .entry(section)
                    .or_insert_with(|| toml::Value::Table(toml::Table::new()));
                if let toml::Value::Table(section) = section {
                    section.insert(key, value_of(&value));
                }
                names.push(name);
            }
            table
                .try_into()
                .map_err(|error: toml::de::Error| ConfigError::Environment {
                    path: path.to_owned(),
                    variables: names.join(", "),
                    message: error.to_string().trim_end().to_owned(),
                })?
        };
        config.check(path)?;
        Ok(config)
    }

    /// Whether every value can be. `path` is for messages.
    pub fn check(&self, path: &str) -> Result<(), ConfigError> {
        let wrong = |key, message: &str| {
            Err(ConfigError::Value {
                path: path.to_owned(),
                key,
                message: message.to_owned(),
            })
        };
        let target = accord_client::Target {
            url: self.node.url.clone(),
            // The address alone is looked at; this is the base point, a key nobody has a use for.
            key: ed25519_dalek::SigningKey::from_bytes(&[1; 32]).verifying_key(),
        };
        if target.authority().is_err() {
            return wrong(
                "node.url",
                "https://HOST[:PORT] without a path is expected, or http:// on the loopback",
            );
        }
        if self.sign_in.password_passes == 0 {
            return wrong("sign_in.password_passes", "at least 1");
        }
        if !(8..=4_194_304).contains(&self.sign_in.password_memory_kib) {
            return wrong("sign_in.password_memory_kib", "from 8 to 4194304 (4 GiB)");
        }
        if self.dns_listen().is_err() {
            return wrong("verdicts.dns_listen", "ADDRESS:PORT, or empty for no DNS");
        }
        if !(1..=64).contains(&self.verdicts.dns_threads) {
            return wrong("verdicts.dns_threads", "from 1 to 64");
        }
        if !self.notices.smtp_host.is_empty() {
            let server = MailServer {
                credentials: None,
                ..self.mail_server()
            };
            if let Err(error) = server.check() {
                return wrong("notices.smtp_host", &error.to_string());
            }
        }
        if !self.notices.webhook_url.is_empty() {
            let hook = Webhook {
                url: self.notices.webhook_url.clone(),
                // Read when the node starts; here the address alone is looked at.
                secret: vec![0; 16],
            };
            if let Err(error) = hook.check() {
                return wrong("notices.webhook_url", &error.to_string());
            }
        }
        if self.metrics_listen().is_err() {
            return wrong("metrics.listen", "ADDRESS:PORT, or empty for none");
        }
        if let Err(error) = self.logs.check() {
            return wrong("logs", &error.to_string());
        }
        if self.log.filter.parse::<tracing_subscriber::EnvFilter>().is_err() {
            return wrong(
                "log.filter",
                "not a filter: try info, or accord_service=debug,info",
            );
        }
        Ok(())
    }

    /// Where verdicts are served over DNS, if they are.
    pub fn dns_listen(&self) -> Result<Option<SocketAddr>, std::net::AddrParseError> {
        let text = self.verdicts.dns_listen.trim();
        if text.is_empty() {
            return Ok(None);
        }
        text.parse().map(Some)
    }

    /// Where the metrics are served, if they are.
    pub fn metrics_listen(&self) -> Result<Option<SocketAddr>, std::net::AddrParseError> {
        let text = self.metrics.listen.trim();
        if text.is_empty() {
            return Ok(None);
        }
        text.parse().map(Some)
    }

    fn mail_server(&self) -> MailServer {
        MailServer {
            host: self.notices.smtp_host.clone(),
            port: self.notices.smtp_port,
            tls: self.notices.smtp_tls,
            from: self.notices.smtp_from.clone(),
            credentials: None,
        }
    }

    /// A secret from its file, without the line's end.
    fn secret(&self, key: &'static str, path: &Path) -> Result<String, ConfigError> {
        let path = match path.is_absolute() {
            true => path.to_owned(),
            false => self.node.dir.join(path),
        };
        let text = std::fs::read_to_string(&path)
            .map_err(|error| value_error(key, format!("{}: {error}", path.display())))?;
        Ok(text.trim_end_matches(['\n', '\r']).to_owned())
    }

    /// The keys that publishers of feeds ask for, read from their files.
    pub fn to_feed_keys(&self) -> Result<Vec<FeedKey>, ConfigError> {
        let keys = self.feeds.keys.iter().map(|key| {
            Ok(FeedKey {
                host: key.host.clone(),
                header: key.header.clone(),
                value: self.secret("feeds.keys", &key.file)?,
            })
        });
        keys.collect()
    }

    /// How notices leave, with the secrets read from their files.
    pub fn to_notices(&self) -> Result<NoticesConfig, ConfigError> {
        let read = |key, path: &Path| self.secret(key, path);
        let mail = match self.notices.smtp_host.is_empty() {
            true => None,
            false => {
                let key = "notices.smtp_credentials_file";
                let file = &self.notices.smtp_credentials_file;
                let credentials = match file.as_os_str().is_empty() {
                    true => None,
                    false => {
                        let text = read(key, file)?;
                        let pair = text.split_once(':');
                        let (name, password) = pair.ok_or_else(|| {
                            value_error(key, "NAME:PASSWORD on one line is expected".to_owned())
                        })?;
                        Some((name.to_owned(), password.to_owned()))
                    }
                };
                Some(MailServer {
                    credentials,
                    ..self.mail_server()
                })
            }
        };
        let webhook = match self.notices.webhook_url.is_empty() {
            true => None,
            false => Some(Webhook {
                url: self.notices.webhook_url.clone(),
                secret: read("notices.webhook_secret_file", &self.notices.webhook_secret_file)?.into_bytes(),
            }),
        };
        Ok(NoticesConfig { mail, webhook })
    }

    /// As the service takes it.
    pub fn to_node(&self) -> NodeConfig {
        NodeConfig {
            dir: self.node.dir.clone(),
            org: self.node.org.clone(),
            kind: self.node.kind,
            url: self.node.url.clone(),
            totp: self.sign_in.second_factor,
            password_cost: PasswordCost {
                memory_kib: self.sign_in.password_memory_kib,
                passes: self.sign_in.password_passes,
            },
            pull_every_s: (self.peers.pull_every_s > 0).then_some(self.peers.pull_every_s),
            peer_limits: accord_service::PeerLimits::default(),
            backup_days: (self.keeping.backup_days > 0).then_some(self.keeping.backup_days),
            feeds_inside: self.feeds.inside.clone(),
            feed_keys: Vec::new(),
        }
    }

    /// The file with every key and its documentation.
    pub fn render(&self) -> Result<String, toml::ser::Error> {
        let mut text = String::from(
            "# The configuration of an Accord node. ACCORD_SECTION__KEY in the environment overrides a key;\n\
             # an unknown key is an error. `accord config check` says what is wrong and where.\n",
        );
        let sections: [(&str, &[&str], KeyDocs, toml::Value); 10] = [
            (
                "node",
                NodeSection::ABOUT,
                NodeSection::KEYS,
                toml::Value::try_from(&self.node)?,
            ),
            (
                "server",
                ServerSection::ABOUT,
                ServerSection::KEYS,
                toml::Value::try_from(&self.server)?,
            ),
            (
                "sign_in",
                SignInSection::ABOUT,
                SignInSection::KEYS,
                toml::Value::try_from(&self.sign_in)?,
            ),
            (
                "peers",
                PeersSection::ABOUT,
                PeersSection::KEYS,
                toml::Value::try_from(&self.peers)?,
            ),
            (
                "keeping",
                KeepingSection::ABOUT,
                KeepingSection::KEYS,
                toml::Value::try_from(&self.keeping)?,
            ),
            (
                "verdicts",
                VerdictsSection::ABOUT,
                VerdictsSection::KEYS,
                toml::Value::try_from(&self.verdicts)?,
            ),
            (
                "feeds",
                FeedsSection::ABOUT,
                FeedsSection::KEYS,
                toml::Value::try_from(&self.feeds)?,
            ),
            (
                "notices",
                NoticesSection::ABOUT,
                NoticesSection::KEYS,
                toml::Value::try_from(&self.notices)?,
            ),
            (
                "metrics",
                MetricsSection::ABOUT,
                MetricsSection::KEYS,
                toml::Value::try_from(&self.metrics)?,
            ),
            (
                "log",
                LogSection::ABOUT,
                LogSection::KEYS,
                toml::Value::try_from(&self.log)?,
            ),
        ];
        for (name, about, keys, values) in sections {
            text.push('\n');
            for line in about {
                text.push_str(&format!("#{line}\n"));
            }
            text.push_str(&format!("[{name}]\n"));
            for (key, docs) in keys {
                for line in *docs {
                    text.push_str(&format!("#{line}\n"));
                }
                if let Some(value) = values.get(key) {
                    text.push_str(&format!("{key} = {value}\n"));
                }
            }
        }
        text.push_str(logs::EXAMPLES);
        text.push_str(&logs::render(&self.logs)?);
        Ok(text)
    }
}

fn value_error(key: &'static str, message: String) -> ConfigError {
    ConfigError::Value {
        path: FILE_NAME.to_owned(),
        key,
        message,
    }
}

/// The value of a variable: a whole number or true/false where it reads as one, else text.
fn value_of(text: &str) -> toml::Value {
    if let Ok(number) = text.parse::<i64>() {
        toml::Value::Integer(number)
    } else if let Ok(truth) = text.parse::<bool>() {
        toml::Value::Boolean(truth)
    } else {
        toml::Value::String(text.to_owned())
    }
}

#[cfg(test)]
mod tests;
