//! A plain client of a node's API.

use reqwest::Method;
use serde_json::{Value, json};

/// A session on a node, or none.
pub struct Api {
    runtime: tokio::runtime::Runtime,
    http: reqwest::Client,
    base: String,
    token: Option<String>,
}

impl Api {
    /// Nobody at this node.
    pub fn nobody(base: &str) -> Self {
        // Another test of the same process may have installed it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self {
            runtime: tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap(),
            http: reqwest::Client::builder()
                // A node that was restarted has closed what it had open.
                .pool_max_idle_per_host(0)
                .redirect(reqwest::redirect::Policy::none())
                .no_proxy()
                .build()
                .unwrap(),
            base: base.to_owned(),
            token: None,
        }
    }

    /// Signs in.
    pub fn sign_in(base: &str, sign_in: &str, password: &str) -> Self {
        let mut api = Self::nobody(base);
        let given = json!({ "sign_in": sign_in, "password": password });
        let answer = api.post("/sessions", &given);
        api.token = Some(answer["token"].as_str().unwrap().to_owned());
        api
    }

    /// Signs in for the first time, and changes the password.
    pub fn first_sign_in(base: &str, sign_in: &str, password: &str) -> Self {
        let api = Self::sign_in(base, sign_in, password);
        let new = format!("{sign_in}-has-a-new-one");
        api.post("/me/password", &json!({ "old": password, "new": new }));
        api
    }

    /// The token of the session.
    pub fn token(&self) -> &str {
        self.token.as_deref().unwrap()
    }

    /// Asks: status and body.
    pub fn ask(&self, method: Method, path: &str, body: Vec<u8>) -> (u16, Vec<u8>) {
        let mut request = self.http.request(method, format!("{}/api/v1{path}", self.base));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if !body.is_empty() {
            request = request.header("content-type", "application/json").body(body);
        }
        self.runtime.block_on(async {
            let answer = request.send().await.unwrap();
            let status = answer.status().as_u16();
            (status, answer.bytes().await.unwrap().to_vec())
        })
    }

    /// Reads.
    pub fn get(&self, path: &str) -> Value {
        let (status, body) = self.ask(Method::GET, path, Vec::new());
        assert_eq!(status, 200, "{path}: {}", String::from_utf8_lossy(&body));
        serde_json::from_slice(&body).unwrap()
    }

    /// Does something.
    pub fn post(&self, path: &str, body: &Value) -> Value {
        let bytes = if body.is_null() {
            Vec::new()
        } else {
            body.to_string().into_bytes()
        };
        let (status, body) = self.ask(Method::POST, path, bytes);
        assert_eq!(status, 200, "{path}: {}", String::from_utf8_lossy(&body));
        serde_json::from_slice(&body).unwrap()
    }
}

/// A field of a form.
pub fn field(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

/// The hidden fields of a page's form: the session's token and the form's key.
pub fn form_keys(page: &str, action: &str) -> Vec<(String, String)> {
    let start = format!("<form method=\"post\" action=\"{action}\"");
    let (_, form) = page.split_once(&start).unwrap();
    ["csrf", "key"]
        .into_iter()
        .map(|name| {
            let start = format!("name=\"{name}\" value=\"");
            let (_, rest) = form.split_once(&start).unwrap();
            field(name, rest.split('"').next().unwrap())
        })
        .collect()
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}

impl Api {
    fn cookie(&self) -> String {
        format!("accord_session={}", self.token.as_deref().unwrap_or_default())
    }

    fn send(&self, request: reqwest::RequestBuilder) -> (u16, String) {
        self.runtime.block_on(async {
            let answer = request.header("cookie", self.cookie()).send().await.unwrap();
            let status = answer.status().as_u16();
            (status, answer.text().await.unwrap())
        })
    }

    /// A page, or a file that it gives.
    pub fn page(&self, path: &str) -> (u16, String) {
        self.send(self.http.get(format!("{}{path}", self.base)))
    }

    /// Sends a page's form.
    pub fn send_form(&self, path: &str, fields: &[(String, String)]) -> (u16, String) {
        let pairs: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
            .collect();
        let request = self
            .http
            .post(format!("{}{path}", self.base))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(pairs.join("&"));
        self.send(request)
    }
}
