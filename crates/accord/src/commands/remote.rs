//! Commands that ask a running node, as the pages do: through its public API, with the token of a session.
//!
//! The token stands in a file, for the command line is read by others on the machine. A plain `http://` address is taken
//! on the loopback only, where the token cannot be read on the way.

use std::path::PathBuf;
use std::time::Duration;

use reqwest::Method;
use serde_json::Value;

use super::CommandError;
use crate::output::Output;
use crate::process;

/// How long one question may take.
const TIMEOUT: Duration = Duration::from_secs(60);
/// Most bytes of an answer.
const ANSWER_MAX_BYTES: usize = 64 << 20;

/// Which node, and as whom.
#[derive(Debug, clap::Args)]
pub struct RemoteArguments {
    /// Where the node answers: https://HOST[:PORT], or http:// on the loopback
    #[arg(long, value_name = "URL", env = "ACCORD_URL")]
    pub url: String,
    /// A file with the token of your session (`POST /api/v1/sessions` gives one)
    #[arg(long, value_name = "FILE", env = "ACCORD_TOKEN_FILE")]
    pub token_file: PathBuf,
    /// Print the node's answer as JSON
    #[arg(long)]
    pub json: bool,
}

/// Whether a token may be sent to an address.
fn is_safe(url: &str) -> bool {
    let Ok(url) = reqwest::Url::parse(url) else {
        return false;
    };
    let host = url.host_str().unwrap_or_default();
    match url.scheme() {
        "https" => true,
        "http" => {
            let address = host.trim_start_matches('[').trim_end_matches(']');
            let loops = address
                .parse::<std::net::IpAddr>()
                .is_ok_and(|address| address.is_loopback());
            host == "localhost" || loops
        }
        _ => false,
    }
}

impl RemoteArguments {
    /// Reads.
    pub fn get(&self, path: &str) -> Result<Value, CommandError> {
        self.call(Method::GET, path, None)
    }

    /// Does something.
    pub fn post(&self, path: &str, body: &Value) -> Result<Value, CommandError> {
        self.call(Method::POST, path, Some(body))
    }

    /// Takes something away.
    pub fn delete(&self, path: &str) -> Result<Value, CommandError> {
        self.call(Method::DELETE, path, None)
    }

    fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, CommandError> {
        if !is_safe(&self.url) {
            return Err(CommandError::Failed(format!(
                "{}: give https://, or http:// on the loopback: the token would be read on the way",
                self.url
            )));
        }
        let token = std::fs::read_to_string(&self.token_file)
            .map_err(|error| CommandError::Failed(format!("{}: {error}", self.token_file.display())))?;
        let url = format!("{}/api/v1{path}", self.url.trim_end_matches('/'));
        process::runtime()?.block_on(async {
            let http = reqwest::Client::builder()
                .timeout(TIMEOUT)
                .redirect(reqwest::redirect::Policy::none())
                .build()
                .map_err(CommandError::failed)?;
            let mut request = http.request(method, url).bearer_auth(token.trim());
            if let Some(body) = body {
                request = request
                    .header(reqwest::header::CONTENT_TYPE, "application/json")
                    .body(body.to_string());
            }
            let mut answer = request.send().await.map_err(CommandError::failed)?;
            let status = answer.status();
            let mut bytes = Vec::new();
            while let Some(chunk) = answer.chunk().await.map_err(CommandError::failed)? {
                if bytes.len() + chunk.len() > ANSWER_MAX_BYTES {
                    return Err(CommandError::Failed("the answer is too long".to_owned()));
                }
                bytes.extend_from_slice(&chunk);
            }
            let value: Value = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
            if status.is_success() {
                Ok(value)
            } else {
                Err(CommandError::Failed(refusal(status.as_u16(), &value)))
            }
        })
    }

    /// Prints what was written: its reference, or the whole answer.
    pub fn done(&self, answer: &Value, output: &mut Output) -> Result<(), CommandError> {
        if self.json {
            return output.json(answer);
        }
        match answer {
            Value::String(reference) => output.line(reference),
            Value::Null => Ok(()),
            other => output.json(other),
        }
    }
}

/// A refusal in words: the problem's detail, and the clause it rests on.
fn refusal(status: u16, problem: &Value) -> String {
    let text = |key: &str| problem.get(key).and_then(Value::as_str);
    let words = text("detail").or(text("title")).unwrap_or("refused");
    match text("clause") {
        Some(clause) => format!("{words} (clause {clause})"),
        None if status == 401 => format!("{words}: the session in the token file has ended; sign in again"),
        None => words.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_token_goes_to_https_or_the_loopback_only() {
        let check = |url: &str, safe: bool| assert_eq!(is_safe(url), safe, "{url}");
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
    fn refusals_say_the_clause() {
        let check = |problem, words: &str| assert_eq!(refusal(403, &problem), words);
        check(json!({"detail": "not yours"}), "not yours");
        check(
            json!({"detail": "not yours", "clause": "3.1"}),
            "not yours (clause 3.1)",
        );
        check(json!(null), "refused");
    }
}
