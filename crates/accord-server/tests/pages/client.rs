//! A plain HTTP/1.1 client that keeps one cookie and fills in forms as a browser does.

use tokio::io::{AsyncReadExt, AsyncWriteExt};

pub struct Client {
    address: String,
    pub cookie: String,
    /// Headers sent with every request.
    pub extra: Vec<(&'static str, &'static str)>,
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map_or("", |(_, value)| value)
    }

    /// Asserts a page with this status.
    pub fn is(self, status: u16) -> Self {
        assert_eq!(
            self.status,
            status,
            "{}\n{}",
            self.header("location"),
            text(&self.body)
        );
        self
    }

    pub fn has(self, words: &str) -> Self {
        assert!(self.body.contains(words), "no {words:?} in\n{}", text(&self.body));
        self
    }

    pub fn lacks(self, words: &str) -> Self {
        assert!(!self.body.contains(words), "{words:?} in\n{}", text(&self.body));
        self
    }
}

/// The words of a page, for messages.
pub fn text(html: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for c in html.chars() {
        match c {
            '<' => inside = true,
            '>' => {
                inside = false;
                out.push(' ');
            }
            c if !inside => out.push(c),
            _ => {}
        }
    }
    out.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join("\n")
}

fn encode(text: &str) -> String {
    text.bytes()
        .map(|b| {
            if b.is_ascii_alphanumeric() {
                char::from(b).to_string()
            } else {
                format!("%{b:02X}")
            }
        })
        .collect()
}

pub fn unescape(text: &str) -> String {
    let mut text = text.to_owned();
    for (entity, c) in [
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#38;", "&"),
    ] {
        text = text.replace(entity, c);
    }
    text
}

pub fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    rest.split_once('"').map(|(value, _)| unescape(value))
}

/// The fields of the form with this action, as they stand.
pub fn form(html: &str, action: &str) -> Vec<(String, String)> {
    let start = format!("<form method=\"post\" action=\"{action}\"");
    let (_, rest) = html
        .split_once(&start)
        .unwrap_or_else(|| panic!("no form {action} in\n{}", text(html)));
    let (inner, _) = rest.split_once("</form>").expect("a form ends");
    let mut fields = Vec::new();
    let mut select = None;
    for piece in inner.split('<').skip(1) {
        let (tag, after) = piece.split_once('>').unwrap_or((piece, ""));
        if tag.starts_with("select ") {
            select = attribute(tag, "name");
        } else if tag.starts_with("option ") && tag.ends_with(" selected") {
            fields.push((
                select.clone().expect("an option in a select"),
                attribute(tag, "value").expect("value"),
            ));
        } else if tag.starts_with("textarea") {
            let value = unescape(after.strip_prefix('\n').unwrap_or(after));
            fields.push((attribute(tag, "name").expect("name"), value));
        } else if tag.starts_with("input ") {
            let kind = attribute(tag, "type").unwrap_or_default();
            let ticks = matches!(kind.as_str(), "checkbox" | "radio");
            if !ticks || tag.contains(" checked") {
                fields.push((
                    attribute(tag, "name").expect("name"),
                    attribute(tag, "value").unwrap_or_default(),
                ));
            }
        }
    }
    fields
}

/// Sets a field, whatever it was.
pub fn set(fields: &mut Vec<(String, String)>, name: &str, value: &str) {
    fields.retain(|(field, _)| field != name);
    fields.push((name.to_owned(), value.to_owned()));
}

impl Client {
    pub fn new(address: &str) -> Self {
        Self {
            address: address.to_owned(),
            cookie: String::new(),
            extra: Vec::new(),
        }
    }

    pub async fn signed_in(address: &str, name: &str) -> Self {
        let mut client = Self::new(address);
        let given = [("name", name), ("password", crate::PASSWORD), ("next", "/")];
        let answer = client.send("POST", "/sign-in", Some(&given)).await.is(303);
        let cookie = answer.header("set-cookie");
        for part in ["HttpOnly", "SameSite=Strict", "Path=/"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        client.cookie = cookie.split(';').next().expect("a cookie").to_owned();
        client
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None).await
    }

    pub async fn post(&self, path: &str, fields: &[(String, String)]) -> Answer {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        self.send("POST", path, Some(&fields)).await
    }

    pub async fn send(&self, method: &str, path: &str, fields: Option<&[(&str, &str)]>) -> Answer {
        let body = fields.map(|fields| {
            let pairs: Vec<String> = fields
                .iter()
                .map(|(a, b)| format!("{}={}", encode(a), encode(b)))
                .collect();
            pairs.join("&")
        });
        let kind = "application/x-www-form-urlencoded";
        self.raw(method, path, kind, body.unwrap_or_default().as_bytes())
            .await
    }

    pub async fn raw(&self, method: &str, path: &str, kind: &str, body: &[u8]) -> Answer {
        let path = path.split('#').next().expect("a path");
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n",
            self.address
        );
        if !self.cookie.is_empty() {
            head += &format!("Cookie: {}\r\n", self.cookie);
        }
        for (name, value) in &self.extra {
            head += &format!("{name}: {value}\r\n");
        }
        if method == "POST" {
            head += &format!("Content-Type: {kind}\r\nContent-Length: {}\r\n", body.len());
        }
        let mut stream = tokio::net::TcpStream::connect(&self.address)
            .await
            .expect("the server");
        stream
            .write_all(format!("{head}\r\n").as_bytes())
            .await
            .expect("sent");
        stream.write_all(body).await.expect("sent");
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await.expect("an answer");
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let (head, body) = text.split_once("\r\n\r\n").expect("a head");
        let mut lines = head.lines();
        let status = lines
            .next()
            .and_then(|line| line.split(' ').nth(1))
            .expect("a status");
        Answer {
            status: status.parse().expect("a number"),
            headers: lines
                .filter_map(|line| line.split_once(": "))
                .map(|(a, b)| (a.to_owned(), b.to_owned()))
                .collect(),
            body: body.to_owned(),
        }
    }

    /// The fields of a form of somebody else's, as this person would send them: with the token of their own session.
    pub async fn own(&self, fields: &[(String, String)]) -> Vec<(String, String)> {
        let page = self.get("/account").await.is(200);
        let mut mine = form(&page.body, "/sign-out");
        mine.retain(|(name, _)| name == "csrf");
        assert_eq!(mine.len(), 1, "a token");
        mine.extend(fields.iter().filter(|(name, _)| name != "csrf").cloned());
        mine
    }

    /// A page once the preview on it has ended.
    pub async fn previewed(&self, path: &str) -> Answer {
        loop {
            let answer = self.get(path).await.is(200);
            if !answer.body.contains("Stop the preview") {
                return answer;
            }
            tokio::task::yield_now().await;
        }
    }

    /// Follows a redirect.
    pub async fn follow(&self, answer: Answer) -> Answer {
        let answer = answer.is(303);
        self.get(answer.header("location")).await.is(200)
    }
}
