//! What the commands share that ask a running node as a person: its address, the session, and its answers.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use super::CommandError;
use crate::process;

/// Longest answer that is read, bytes.
const ANSWER_MAX_BYTES: usize = 256 << 20;
const TIMEOUT: Duration = Duration::from_secs(120);

/// Which running node, and as whom.
#[derive(Debug, clap::Args)]
pub struct RemoteArguments {
    /// The address of the running node: https://HOST[:PORT], or http:// on the loopback
    #[arg(long, value_name = "URL", env = "ACCORD_NODE")]
    pub node: String,
    /// A file with the token of a session, as `accord sign-in` writes it
    #[arg(long, value_name = "FILE", env = "ACCORD_TOKEN_FILE")]
    pub token_file: PathBuf,
}

/// A running node, as one person.
#[derive(Debug)]
pub struct Remote {
    http: reqwest::Client,
    base: String,
    token: Option<String>,
}

/// A file that a node gave.
#[derive(Debug)]
pub struct Taken {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What is told of it.
    pub told: Value,
}

/// A secret out of a file, `-` for standard input, without the line end.
pub fn secret(path: &Path) -> Result<String, CommandError> {
    let text = if path == Path::new("-") {
        std::io::read_to_string(std::io::stdin())
    } else {
        std::fs::read_to_string(path)
    };
    let text = text.map_err(|error| CommandError::Failed(format!("{}: {error}", path.display())))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

fn is_loopback(url: &reqwest::Url) -> bool {
    matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"))
}

/// The address of a node, and whether it is this machine.
fn base(text: &str) -> Result<(String, bool), CommandError> {
    let parsed = reqwest::Url::parse(text).ok();
    let loopback = parsed.as_ref().is_some_and(is_loopback);
    let good = parsed.is_some_and(|url| url.scheme() == "https" || (url.scheme() == "http" && loopback));
    if good {
        Ok((text.trim_end_matches('/').to_owned(), loopback))
    } else {
        Err(CommandError::Failed(format!(
            "\"{text}\" is not an address of a node: https://HOST[:PORT], or http:// on the loopback"
        )))
    }
}

impl Remote {
    /// Nobody, at a node.
    pub fn nobody(url: &str) -> Result<Self, CommandError> {
        // A second command in the same process finds it installed.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let (base, loopback) = base(url)?;
        let builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(TIMEOUT)
            .user_agent("accord");
        // No proxy stands between this machine and itself.
        let builder = if loopback { builder.no_proxy() } else { builder };
        Ok(Self {
            http: builder.build().map_err(CommandError::failed)?,
            base,
            token: None,
        })
    }

    /// The person of a session.
    pub fn of(arguments: &RemoteArguments) -> Result<Self, CommandError> {
        Ok(Self {
            token: Some(secret(&arguments.token_file)?),
            ..Self::nobody(&arguments.node)?
        })
    }

    fn send(
        &self,
        request: impl FnOnce(&reqwest::Client) -> reqwest::RequestBuilder,
    ) -> Result<Taken, CommandError> {
        let mut request = request(&self.http);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        process::runtime()?.block_on(async {
            let unreachable = |error: reqwest::Error| {
                CommandError::Failed(format!("the node at {} could not be reached: {error}", self.base))
            };
            let mut answer = request.send().await.map_err(unreachable)?;
            let status = answer.status();
            let told = answer
                .headers()
                .get("accord-told")
                .and_then(|value| serde_json::from_slice(value.as_bytes()).ok())
                .unwrap_or(Value::Null);
            let mut bytes = Vec::new();
            while let Some(chunk) = answer.chunk().await.map_err(unreachable)? {
                if bytes.len() + chunk.len() > ANSWER_MAX_BYTES {
                    return Err(CommandError::Failed(
                        "the node's answer is too long to be read".to_owned(),
                    ));
                }
                bytes.extend_from_slice(&chunk);
            }
            if status.is_success() {
                return Ok(Taken { bytes, told });
            }
            let problem: Value = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
            let detail = problem
                .get("detail")
                .and_then(Value::as_str)
                .unwrap_or("no reason given");
            Err(CommandError::Failed(format!(
                "the node answers {}: {detail}",
                status.as_u16()
            )))
        })
    }

    /// Reads a file.
    pub fn file(&self, path: &str, query: &[(&str, String)]) -> Result<Taken, CommandError> {
        let mut url =
            reqwest::Url::parse(&format!("{}/api/v1{path}", self.base)).map_err(CommandError::failed)?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        self.send(|http| http.get(url))
    }

    /// Reads.
    pub fn get(&self, path: &str, query: &[(&str, String)]) -> Result<Value, CommandError> {
        parse(&self.file(path, query)?.bytes)
    }

    /// Does something.
    pub fn post(&self, path: &str, body: &Value) -> Result<Value, CommandError> {
        parse(
            &self
                .send(|http| http.post(format!("{}/api/v1{path}", self.base)).json(body))?
                .bytes,
        )
    }
}

fn parse(bytes: &[u8]) -> Result<Value, CommandError> {
    serde_json::from_slice(bytes).map_err(|_| CommandError::Failed("the node's answer is no JSON".to_owned()))
}

/// Writes a file, or standard output for none and `-`; one with a secret is for its owner only.
pub fn write(
    to: Option<&Path>,
    bytes: &[u8],
    secret: bool,
    output: &mut crate::output::Output,
) -> Result<(), CommandError> {
    use std::io::Write as _;
    let Some(path) = to.filter(|path| *path != Path::new("-")) else {
        return output.bytes(bytes);
    };
    let failed = |error: std::io::Error| CommandError::Failed(format!("{}: {error}", path.display()));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    if secret {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(path).map_err(failed)?;
    file.write_all(bytes).map_err(failed)
}
