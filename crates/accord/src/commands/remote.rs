//! What the commands share that ask a running node as a person: its address, the session, and its answers. Nothing is
//! done there but by the API.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};

use super::CommandError;
use super::acts::Method;
use crate::output::{Output, visible};
use crate::process;

/// Longest answer that is read, bytes.
const ANSWER_MAX_BYTES: usize = 256 << 20;
/// How long one request may take: a file is read by the node before it answers.
const TIMEOUT: Duration = Duration::from_secs(300);
/// Longest secret that is read, bytes.
const SECRET_MAX_BYTES: u64 = 4_096;

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

/// The same, for commands that do something and print what the node answers.
#[derive(Debug, clap::Args)]
pub struct ActArguments {
    #[command(flatten)]
    remote: RemoteArguments,
    /// Print the node's answer as JSON
    #[arg(long)]
    pub json: bool,
}

impl ActArguments {
    /// Reads.
    pub fn get(&self, path: &str) -> Result<Value, CommandError> {
        Remote::of(&self.remote)?.get(path, &[])
    }

    /// Does something.
    pub fn post(&self, path: &str, body: &Value) -> Result<Value, CommandError> {
        Remote::of(&self.remote)?.post(path, body)
    }

    /// Takes something away.
    pub fn delete(&self, path: &str) -> Result<Value, CommandError> {
        Remote::of(&self.remote)?.delete(path)
    }

    /// Asks for whatever it is.
    pub fn ask(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, String)],
        headers: &[(&str, String)],
        body: Sent,
    ) -> Result<Value, CommandError> {
        Remote::of(&self.remote)?.ask(method, path, query, headers, body)
    }

    /// Reads a file.
    pub fn file(&self, path: &str, query: &[(&str, String)]) -> Result<Taken, CommandError> {
        Remote::of(&self.remote)?.file(path, query)
    }

    /// Prints what was written: its reference, or the whole answer.
    pub fn done(&self, answer: &Value, output: &mut Output) -> Result<(), CommandError> {
        match answer {
            answer if self.json => output.json(answer),
            Value::String(reference) => output.line(reference),
            Value::Null => Ok(()),
            Value::Array(all) if all.iter().all(Value::is_string) => {
                let references = all.iter().filter_map(Value::as_str);
                references
                    .into_iter()
                    .try_for_each(|reference| output.line(reference))
            }
            other => output.json(other),
        }
    }
}

/// A running node, as one person.
#[derive(Debug)]
pub struct Remote {
    runtime: tokio::runtime::Runtime,
    http: reqwest::Client,
    base: String,
    token: Option<String>,
}

/// The body of a request.
#[derive(Debug)]
pub enum Sent {
    /// None.
    Nothing,
    /// JSON.
    Json(Value),
    /// Bytes as they are.
    Bytes(Vec<u8>),
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
    use std::io::Read as _;
    let mut text = String::new();
    let read = if path == Path::new("-") {
        std::io::stdin()
            .lock()
            .take(SECRET_MAX_BYTES + 1)
            .read_to_string(&mut text)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(SECRET_MAX_BYTES + 1).read_to_string(&mut text))
    };
    read.map_err(|error| CommandError::Failed(format!("{}: {error}", path.display())))?;
    if text.len() as u64 > SECRET_MAX_BYTES {
        return Err(CommandError::Failed(format!(
            "{}: too long for a token or a password",
            path.display()
        )));
    }
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

fn base(url: &str) -> Result<String, CommandError> {
    let parsed = reqwest::Url::parse(url).ok();
    let good = parsed.as_ref().is_some_and(|url| {
        let host = url.host_str().unwrap_or_default();
        let address = host.trim_start_matches('[').trim_end_matches(']');
        let loops = address
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback());
        let loopback = host == "localhost" || loops;
        url.scheme() == "https" || (url.scheme() == "http" && loopback)
    });
    if good {
        Ok(url.trim_end_matches('/').to_owned())
    } else {
        Err(CommandError::Failed(format!(
            "\"{url}\" is not an address of a node: https://HOST[:PORT], or http:// on the loopback; a session is not \
             sent in the clear"
        )))
    }
}

impl Remote {
    /// Nobody, at a node.
    pub fn nobody(url: &str) -> Result<Self, CommandError> {
        // It makes the cryptography of HTTPS ready, too.
        let runtime = process::runtime()?;
        let http = accord_client::http_builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(TIMEOUT)
            .user_agent("accord")
            .build()
            .map_err(CommandError::failed)?;
        Ok(Self {
            runtime,
            http,
            base: base(url)?,
            token: None,
        })
    }

    /// The person of a session.
    pub fn of(arguments: &RemoteArguments) -> Result<Self, CommandError> {
        Self::with_token(&arguments.node, secret(&arguments.token_file)?)
    }

    /// The same, by the token.
    pub fn with_token(url: &str, token: String) -> Result<Self, CommandError> {
        Ok(Self {
            token: Some(token),
            ..Self::nobody(url)?
        })
    }

    /// Signs in, and becomes that person: the session's token.
    pub fn sign_in(
        &mut self,
        name: &str,
        password: &str,
        code: Option<&str>,
    ) -> Result<String, CommandError> {
        let mut body = json!({ "sign_in": name, "password": password });
        if let (Some(code), Some(fields)) = (code, body.as_object_mut()) {
            fields.insert("code".to_owned(), code.into());
        }
        let told = self.post("/sessions", &body)?;
        let token = told.get("token").and_then(Value::as_str);
        let token = token.ok_or_else(|| CommandError::Failed("the node gave no session".to_owned()))?;
        self.token = Some(token.to_owned());
        Ok(token.to_owned())
    }

    fn send(
        &self,
        request: impl FnOnce(&reqwest::Client) -> reqwest::RequestBuilder,
    ) -> Result<Taken, CommandError> {
        let mut request = request(&self.http);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        self.runtime.block_on(async {
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
            Err(CommandError::Failed(refusal(status.as_u16(), &problem)))
        })
    }

    fn url(&self, path: &str, query: &[(&str, String)]) -> Result<reqwest::Url, CommandError> {
        reqwest::Url::parse_with_params(&format!("{}/api/v1{path}", self.base), query)
            .map_err(CommandError::failed)
    }

    /// Reads a file.
    pub fn file(&self, path: &str, query: &[(&str, String)]) -> Result<Taken, CommandError> {
        let url = self.url(path, query)?;
        self.send(|http| http.get(url))
    }

    /// Asks for whatever it is.
    pub fn ask(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, String)],
        headers: &[(&str, String)],
        body: Sent,
    ) -> Result<Value, CommandError> {
        let url = self.url(path, query)?;
        let sent = self.send(|http| {
            let mut request = match method {
                Method::Get => http.get(url),
                Method::Post => http.post(url),
                Method::Delete => http.delete(url),
            };
            for (name, value) in headers {
                request = request.header(*name, value);
            }
            match body {
                Sent::Nothing => request,
                Sent::Json(body) => request.json(&body),
                Sent::Bytes(bytes) => request
                    .header("content-type", "application/octet-stream")
                    .body(bytes),
            }
        })?;
        parse(&sent.bytes)
    }

    /// Sends bytes as they are.
    pub fn upload(
        &self,
        path: &str,
        query: &[(&str, String)],
        bytes: Vec<u8>,
    ) -> Result<Value, CommandError> {
        self.ask(Method::Post, path, query, &[], Sent::Bytes(bytes))
    }

    /// Reads.
    pub fn get(&self, path: &str, query: &[(&str, String)]) -> Result<Value, CommandError> {
        parse(&self.file(path, query)?.bytes)
    }

    /// Takes something away.
    pub fn delete(&self, path: &str) -> Result<Value, CommandError> {
        self.ask(Method::Delete, path, &[], &[], Sent::Nothing)
    }

    /// Does something; `null` is no body.
    pub fn post(&self, path: &str, body: &Value) -> Result<Value, CommandError> {
        let body = match body {
            Value::Null => Sent::Nothing,
            body => Sent::Json(body.clone()),
        };
        self.ask(Method::Post, path, &[], &[], body)
    }
}

/// A refusal in words: the problem's detail, and the clause it rests on.
fn refusal(status: u16, problem: &Value) -> String {
    let text = |key: &str| problem.get(key).and_then(Value::as_str);
    let words = text("detail").or(text("title")).unwrap_or("no reason given");
    let clause = text("clause").map_or(String::new(), |clause| format!(" (clause {clause})"));
    let hint = if status == 401 {
        "; sign in again: accord sign-in"
    } else {
        ""
    };
    visible(&format!("the node answers {status}: {words}{clause}{hint}"))
}

fn parse(bytes: &[u8]) -> Result<Value, CommandError> {
    if bytes.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(bytes).map_err(|_| CommandError::Failed("the node's answer is no JSON".to_owned()))
}

/// Writes a file, or standard output for none and `-`; one with a secret is for its owner only.
pub fn write(to: Option<&Path>, bytes: &[u8], secret: bool, output: &mut Output) -> Result<(), CommandError> {
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_token_goes_to_https_or_the_loopback_only() {
        let check = |url: &str, safe: bool| assert_eq!(base(url).is_ok(), safe, "{url}");
        check("https://node.example", true);
        check("http://127.0.0.1:7443", true);
        check("http://[::1]:7443", true);
        check("http://localhost:7443", true);
        check("http://node.example", false);
        check("http://127.evil.example", false);
        check("ftp://127.0.0.1", false);
        check("node.example", false);
    }

    #[test]
    fn a_secret_has_a_limit_and_loses_its_line_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        std::fs::write(&path, " with spaces \r\n").unwrap();
        assert_eq!(secret(&path).unwrap(), " with spaces ");
        let most = usize::try_from(SECRET_MAX_BYTES).unwrap();
        std::fs::write(&path, "x".repeat(most)).unwrap();
        assert_eq!(secret(&path).unwrap().len(), most);
        std::fs::write(&path, "x".repeat(most + 1)).unwrap();
        assert!(secret(&path).is_err());
    }

    #[test]
    fn refusals_say_the_clause() {
        let check = |problem, words: &str| assert_eq!(refusal(403, &problem), words);
        check(json!({"detail": "not yours"}), "the node answers 403: not yours");
        check(
            json!({"detail": "not yours", "clause": "3.1"}),
            "the node answers 403: not yours (clause 3.1)",
        );
        check(json!(null), "the node answers 403: no reason given");
    }
}
