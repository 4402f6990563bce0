//! A person's session on a running node, for commands that do what the pages do: over the API and nothing else.

use std::path::PathBuf;
use std::time::Duration;

use reqwest::{Method, Url};
use serde_json::{Value, json};

use super::CommandError;

/// How long one request may take.
const TIMEOUT: Duration = Duration::from_secs(300);
/// Longest file with a token or a password, bytes.
const SECRET_MAX_BYTES: u64 = 4_096;

/// Which node, and who asks it.
#[derive(Debug, clap::Args)]
pub struct SessionArguments {
    /// The node's address
    #[arg(long, value_name = "URL", env = "ACCORD_NODE")]
    node: String,
    /// A file with the token of a session
    #[arg(
        long,
        value_name = "FILE",
        env = "ACCORD_TOKEN_FILE",
        conflicts_with = "sign_in"
    )]
    token_file: Option<PathBuf>,
    /// Sign in under this name for this command
    #[arg(long, value_name = "NAME", requires = "password_file")]
    sign_in: Option<String>,
    /// A file with the password
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// The one-time code of now
    #[arg(long, value_name = "DIGITS")]
    code: Option<String>,
}

/// A session.
#[derive(Debug)]
pub struct Session {
    http: reqwest::Client,
    base: Url,
    token: String,
    /// Whether this command signed in, and signs out at its end.
    own: bool,
}

fn secret(path: &std::path::Path) -> Result<String, CommandError> {
    let failed = |error: std::io::Error| CommandError::Failed(format!("{}: {error}", path.display()));
    if std::fs::metadata(path).map_err(failed)?.len() > SECRET_MAX_BYTES {
        return Err(CommandError::Failed(format!(
            "{}: too long for a token or a password",
            path.display()
        )));
    }
    Ok(std::fs::read_to_string(path).map_err(failed)?.trim().to_owned())
}

impl Session {
    /// Opens it.
    pub async fn open(arguments: &SessionArguments) -> Result<Self, CommandError> {
        let base: Url = arguments
            .node
            .parse()
            .map_err(|error| CommandError::Failed(format!("--node {}: {error}", arguments.node)))?;
        let loopback = base.host_str().is_some_and(|host| {
            let host = host.trim_matches(['[', ']']);
            host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|at| at.is_loopback())
        });
        if base.scheme() != "https" && !(base.scheme() == "http" && loopback) {
            return Err(CommandError::Failed(
                "--node: https://HOST, or http:// on this machine: a session is not sent in the clear"
                    .to_owned(),
            ));
        }
        let http = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(CommandError::failed)?;
        let mut session = Self {
            http,
            base,
            token: String::new(),
            own: false,
        };
        if let Some(file) = &arguments.token_file {
            session.token = secret(file)?;
        } else if let (Some(name), Some(file)) = (&arguments.sign_in, &arguments.password_file) {
            let mut body = json!({ "sign_in": name, "password": secret(file)? });
            if let (Some(code), Some(fields)) = (&arguments.code, body.as_object_mut()) {
                fields.insert("code".to_owned(), Value::from(code.as_str()));
            }
            let answer = session.post("sessions", &[], &body).await?;
            session.token = answer
                .get("token")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned();
            session.own = true;
        } else {
            return Err(CommandError::Failed(
                "say who you are: --token-file FILE, or --sign-in NAME --password-file FILE".to_owned(),
            ));
        }
        Ok(session)
    }

    /// Signs out, where this command had signed in.
    pub async fn close(self) {
        if self.own {
            let _ = self.send(Method::DELETE, "sessions", &[], None).await;
        }
    }

    /// Reads.
    pub async fn get(&self, path: &str) -> Result<Value, CommandError> {
        self.send(Method::GET, path, &[], None).await
    }

    /// Does something.
    pub async fn post(
        &self,
        path: &str,
        query: &[(&str, &str)],
        body: &Value,
    ) -> Result<Value, CommandError> {
        let bytes = if body.is_null() {
            Vec::new()
        } else {
            body.to_string().into_bytes()
        };
        self.send(Method::POST, path, query, Some(("application/json", bytes)))
            .await
    }

    /// Sends bytes as they are.
    pub async fn upload(
        &self,
        path: &str,
        query: &[(&str, &str)],
        bytes: Vec<u8>,
    ) -> Result<Value, CommandError> {
        let body = Some(("application/octet-stream", bytes));
        self.send(Method::POST, path, query, body).await
    }

    /// Removes something.
    pub async fn delete(&self, path: &str) -> Result<Value, CommandError> {
        self.send(Method::DELETE, path, &[], None).await
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, &str)],
        body: Option<(&'static str, Vec<u8>)>,
    ) -> Result<Value, CommandError> {
        let mut url = self.base.clone();
        url.set_path(&format!("/api/v1/{path}"));
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let mut request = self.http.request(method, url);
        if let Some((media_type, bytes)) = body.filter(|(_, bytes)| !bytes.is_empty()) {
            request = request.header("content-type", media_type).body(bytes);
        }
        if !self.token.is_empty() {
            request = request.bearer_auth(&self.token);
        }
        let answer = request.send().await.map_err(CommandError::failed)?;
        let status = answer.status();
        let bytes = answer.bytes().await.map_err(CommandError::failed)?;
        let value: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        if status.is_success() {
            return Ok(value);
        }
        let detail = value.get("detail").and_then(Value::as_str).unwrap_or_default();
        Err(CommandError::Failed(format!(
            "{} says no ({status}): {}",
            self.base.host_str().unwrap_or_default(),
            crate::output::visible(detail)
        )))
    }
}
