//! The plain HTTP client that plays the story: people at their organisation's node, through the public API only.

use std::time::Duration;

use reqwest::Method;
use serde_json::Value;

use super::StepError;

/// How long one request may take.
const TIMEOUT: Duration = Duration::from_secs(120);

/// A person's session on one node, or nobody's.
#[derive(Debug, Clone)]
pub struct Session {
    http: reqwest::Client,
    base: String,
    token: Option<String>,
}

/// An answer that is no success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// The problem's stable code.
    pub code: String,
    /// The problem's words.
    pub detail: String,
    /// The clause, when it rests on one.
    pub clause: Option<String>,
}

/// Builds the client that all sessions share.
pub fn http() -> Result<reqwest::Client, StepError> {
    accord_client::http_builder()
        .timeout(TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .map_err(|error| StepError::new(format!("no HTTP client: {error}")))
}

impl Session {
    /// Nobody at this node.
    pub fn nobody(http: &reqwest::Client, base: &str) -> Self {
        Self {
            http: http.clone(),
            base: base.to_owned(),
            token: None,
        }
    }

    /// Signs in.
    pub async fn sign_in(&self, sign_in: &str, password: &str) -> Result<Self, StepError> {
        let body = serde_json::json!({ "sign_in": sign_in, "password": password });
        let answer = self.post("/sessions", &body).await?;
        let token = answer
            .get("token")
            .and_then(Value::as_str)
            .ok_or_else(|| StepError::new("the answer to a sign-in has no token"))?;
        Ok(Self {
            token: Some(token.to_owned()),
            ..self.clone()
        })
    }

    /// The session's token.
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// Reads.
    pub async fn get(&self, path: &str) -> Result<Value, StepError> {
        self.json(Method::GET, path, Vec::new()).await
    }

    /// Does something.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value, StepError> {
        self.json(Method::POST, path, bytes_of(body)).await
    }

    /// Takes something away.
    pub async fn delete(&self, path: &str) -> Result<Value, StepError> {
        self.json(Method::DELETE, path, Vec::new()).await
    }

    /// Takes something away and expects to be refused.
    pub async fn delete_refused(&self, path: &str) -> Result<Refusal, StepError> {
        match self.send(Method::DELETE, path, Vec::new()).await? {
            Ok(_) => Err(StepError::new(format!(
                "{path} was taken away where it must not be"
            ))),
            Err(refusal) => Ok(refusal),
        }
    }

    /// Does something and expects to be refused.
    pub async fn refused(&self, path: &str, body: &Value) -> Result<Refusal, StepError> {
        match self.send(Method::POST, path, bytes_of(body)).await? {
            Ok(_) => Err(StepError::new(format!(
                "{path} went through where it must be refused"
            ))),
            Err(refusal) => Ok(refusal),
        }
    }

    /// Reads and expects to be refused.
    pub async fn get_refused(&self, path: &str) -> Result<Refusal, StepError> {
        match self.send(Method::GET, path, Vec::new()).await? {
            Ok(_) => Err(StepError::new(format!(
                "{path} was answered where it must be refused"
            ))),
            Err(refusal) => Ok(refusal),
        }
    }

    /// Sends a file's bytes.
    pub async fn upload(&self, path: &str, bytes: Vec<u8>) -> Result<Value, StepError> {
        let sent = self
            .send_as(Method::POST, path, bytes, "application/octet-stream")
            .await?;
        parse(path, &accepted(path, sent)?)
    }

    /// Reads a page or an answer of the API by its whole path, whatever becomes of it: status and body.
    pub async fn look(&self, path: &str) -> Result<(u16, Vec<u8>), StepError> {
        let failed = |error: reqwest::Error| StepError::new(format!("{path}: {error}"));
        let mut request = self.http.get(format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = if path.starts_with("/api/") {
                request.bearer_auth(token)
            } else {
                request.header("cookie", format!("accord_session={token}"))
            };
        }
        let response = request.send().await.map_err(failed)?;
        let status = response.status().as_u16();
        Ok((status, response.bytes().await.map_err(failed)?.to_vec()))
    }

    /// Sends a page's form by its whole path, as a browser without a session does: status, where it leads, body.
    pub async fn send_form(
        &self,
        path: &str,
        media_type: &str,
        body: Vec<u8>,
    ) -> Result<(u16, String, Vec<u8>), StepError> {
        let failed = |error: reqwest::Error| StepError::new(format!("{path}: {error}"));
        let request = self.http.post(format!("{}{path}", self.base));
        let response = request.header("content-type", media_type).body(body);
        let response = response.send().await.map_err(failed)?;
        let status = response.status().as_u16();
        let leads = response.headers().get("location");
        let leads = leads.and_then(|value| value.to_str().ok()).unwrap_or_default();
        let leads = leads.to_owned();
        Ok((status, leads, response.bytes().await.map_err(failed)?.to_vec()))
    }

    /// Reads bytes.
    pub async fn download(&self, path: &str) -> Result<Vec<u8>, StepError> {
        accepted(path, self.send(Method::GET, path, Vec::new()).await?)
    }

    async fn json(&self, method: Method, path: &str, body: Vec<u8>) -> Result<Value, StepError> {
        parse(path, &accepted(path, self.send(method, path, body).await?)?)
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Vec<u8>,
    ) -> Result<Result<Vec<u8>, Refusal>, StepError> {
        self.send_as(method, path, body, "application/json").await
    }

    async fn send_as(
        &self,
        method: Method,
        path: &str,
        body: Vec<u8>,
        media_type: &str,
    ) -> Result<Result<Vec<u8>, Refusal>, StepError> {
        let failed = |error: reqwest::Error| StepError::new(format!("{path}: {error}"));
        let mut request = self
            .http
            .request(method.clone(), format!("{}/api/v1{path}", self.base));
        if method == Method::POST && !body.is_empty() {
            request = request.header("content-type", media_type).body(body);
        }
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        let answer = request.send().await.map_err(failed)?;
        let status = answer.status().as_u16();
        let bytes = answer.bytes().await.map_err(failed)?.to_vec();
        if (200..300).contains(&status) {
            return Ok(Ok(bytes));
        }
        let problem: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        let word = |key: &str| problem.get(key).and_then(Value::as_str).map(str::to_owned);
        Ok(Err(Refusal {
            status,
            code: word("code").unwrap_or_default(),
            detail: word("detail").unwrap_or_default(),
            clause: word("clause"),
        }))
    }
}

/// A body; null stands for none.
fn bytes_of(body: &Value) -> Vec<u8> {
    if body.is_null() {
        Vec::new()
    } else {
        body.to_string().into_bytes()
    }
}

fn accepted(path: &str, sent: Result<Vec<u8>, Refusal>) -> Result<Vec<u8>, StepError> {
    sent.map_err(|refusal| {
        StepError::new(format!(
            "{path} was refused: {} {} {}",
            refusal.status, refusal.code, refusal.detail
        ))
    })
}

fn parse(path: &str, bytes: &[u8]) -> Result<Value, StepError> {
    serde_json::from_slice(bytes)
        .map_err(|error| StepError::new(format!("{path}: the answer is no JSON: {error}")))
}

/// The text of a field of an answer.
pub fn text<'a>(value: &'a Value, pointer: &str) -> Result<&'a str, StepError> {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .ok_or_else(|| StepError::new(format!("an answer has no text at {pointer}")))
}

/// An answer that is a text as a whole.
pub fn whole(value: &Value) -> Result<String, StepError> {
    text(value, "").map(str::to_owned)
}

/// The list at a field of an answer.
pub fn list<'a>(value: &'a Value, pointer: &str) -> Result<&'a Vec<Value>, StepError> {
    value
        .pointer(pointer)
        .and_then(Value::as_array)
        .ok_or_else(|| StepError::new(format!("an answer has no list at {pointer}")))
}
