//! Notices: one mail over SMTP (RFC 5321), one POST to a webhook. Both are given as finished bytes.
//!
//! Invariants: mail is never sent in the clear but to the loopback; no redirect is followed; what a server says goes
//! no further than its status.

use std::time::Duration;

use lettre::address::{Address, Envelope};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};

/// How long one delivery may take.
const DELIVERY_MAX: Duration = Duration::from_secs(30);

/// How the connection to a mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MailTls {
    /// TLS from the first byte (RFC 8314).
    Tls,
    /// STARTTLS, and nothing without it (RFC 3207).
    StartTls,
    /// In the clear: to the loopback only.
    None,
}

/// A mail server.
#[derive(Clone, PartialEq, Eq)]
pub struct MailServer {
    /// Its host.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub tls: MailTls,
    /// Whom the mails come from.
    pub from: String,
    /// Name and password, where the server asks for them.
    pub credentials: Option<(String, String)>,
}

impl std::fmt::Debug for MailServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MailServer({}:{})", self.host, self.port)
    }
}

/// A webhook.
#[derive(Clone, PartialEq, Eq)]
pub struct Webhook {
    /// `https://...`, or `http://` on the loopback.
    pub url: String,
    /// The key of its signatures.
    pub secret: Vec<u8>,
}

impl std::fmt::Debug for Webhook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Webhook({})", self.url)
    }
}

/// Why a notice was not delivered. Texts of the server are never part of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotifyError {
    /// An address that is none.
    #[error("this is no mail address")]
    Address,
    /// Where it may not go in the clear, or an address that is none.
    #[error("{0}")]
    Setup(&'static str),
    /// Nobody there, too slow, or the connection broke.
    #[error("the server could not be reached or did not answer in time")]
    Unreachable,
    /// It says no for now, or for good.
    #[error("the server refused it (status {status})")]
    Refused {
        /// The status.
        status: u16,
        /// Whether trying again is of no use.
        for_good: bool,
    },
}

/// Whether a host is this machine.
fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

impl MailServer {
    /// Whether mail may go there as it is set.
    ///
    /// # Errors
    /// What is wrong.
    pub fn check(&self) -> Result<(), NotifyError> {
        if self.host.is_empty() || self.host.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err(NotifyError::Setup("the mail server's host is missing"));
        }
        if self.tls == MailTls::None && !is_loopback(&self.host) {
            return Err(NotifyError::Setup(
                "mail goes in the clear to the loopback only: set tls or starttls",
            ));
        }
        self.from
            .parse::<Address>()
            .map(|_| ())
            .map_err(|_| NotifyError::Setup("the sender is no mail address"))
    }
}

impl Webhook {
    /// Whether it may be called.
    ///
    /// # Errors
    /// What is wrong.
    pub fn check(&self) -> Result<(), NotifyError> {
        let bad = NotifyError::Setup("a webhook is https://..., or http:// on the loopback");
        let url = reqwest::Url::parse(&self.url).map_err(|_| bad.clone())?;
        let loopback = url.host_str().is_some_and(is_loopback);
        let good = match url.scheme() {
            "https" => url.host_str().is_some(),
            "http" => loopback,
            _ => false,
        };
        if !good || !url.username().is_empty() || url.password().is_some() {
            return Err(bad);
        }
        if self.secret.len() < 16 {
            return Err(NotifyError::Setup("the webhook's secret has at least 16 bytes"));
        }
        Ok(())
    }
}

/// Whether a text is one mail address, and nothing that a mail server could take for more.
pub(crate) fn address(text: &str) -> Result<Address, NotifyError> {
    let plain = text.len() <= 254
        && text
            .bytes()
            .all(|b| b.is_ascii_graphic() && !b"<>,;:\"()[]\\".contains(&b));
    match text.parse::<Address>() {
        Ok(address) if plain => Ok(address),
        _ => Err(NotifyError::Address),
    }
}

/// Sends notices.
#[derive(Debug, Clone)]
pub struct Notifier {
    http: reqwest::Client,
}

impl Notifier {
    /// A client for webhooks; mail needs none.
    ///
    /// # Errors
    /// [`NotifyError::Setup`].
    pub fn new() -> Result<Self, NotifyError> {
        let http = crate::tls::http_builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(DELIVERY_MAX)
            .build()
            .map_err(|_| NotifyError::Setup("the HTTP client could not be set up"))?;
        Ok(Self { http })
    }

    /// Whether a text is one mail address.
    ///
    /// # Errors
    /// [`NotifyError::Address`].
    pub fn check_address(text: &str) -> Result<(), NotifyError> {
        address(text).map(|_| ())
    }

    /// Sends one mail: `message` as it goes over the wire, header and body, lines ended by CRLF.
    ///
    /// # Errors
    /// Why not.
    pub async fn mail(&self, server: &MailServer, to: &str, message: &[u8]) -> Result<(), NotifyError> {
        server.check()?;
        let envelope = Envelope::new(Some(address(&server.from)?), vec![address(to)?])
            .map_err(|_| NotifyError::Address)?;
        let setup = |_| NotifyError::Setup("TLS could not be set up");
        let parameters = || {
            TlsParameters::builder(server.host.clone())
                .build_rustls()
                .map_err(setup)
        };
        let tls = match server.tls {
            MailTls::Tls => Tls::Wrapper(parameters()?),
            MailTls::StartTls => Tls::Required(parameters()?),
            MailTls::None => Tls::None,
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(server.host.clone())
            .port(server.port)
            .hello_name(ClientId::Domain("localhost".to_owned()))
            .timeout(Some(DELIVERY_MAX))
            .tls(tls);
        if let Some((name, password)) = &server.credentials {
            builder = builder.credentials(Credentials::new(name.clone(), password.clone()));
        }
        let transport = builder.build();
        let sent = tokio_timeout(transport.send_raw(&envelope, message)).await?;
        match sent {
            Ok(_) => Ok(()),
            Err(error) => Err(match error.status() {
                Some(code) => NotifyError::Refused {
                    status: u16::from(code),
                    for_good: error.is_permanent(),
                },
                None => NotifyError::Unreachable,
            }),
        }
    }

    /// Posts one notice to a webhook, with its signature's headers.
    ///
    /// # Errors
    /// Why not.
    pub async fn post(
        &self,
        hook: &Webhook,
        headers: &[(&'static str, String)],
        body: Vec<u8>,
    ) -> Result<(), NotifyError> {
        hook.check()?;
        let mut request = self
            .http
            .post(&hook.url)
            .header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let answer = request
            .body(body)
            .send()
            .await
            .map_err(|_| NotifyError::Unreachable)?;
        let status = answer.status();
        if status.is_success() {
            return Ok(());
        }
        Err(NotifyError::Refused {
            status: status.as_u16(),
            for_good: matches!(status.as_u16(), 400 | 401 | 403 | 404 | 410 | 413),
        })
    }
}

async fn tokio_timeout<T>(work: impl Future<Output = T>) -> Result<T, NotifyError> {
    // The transport's own limit is for each step; this is for all of them.
    match tokio::time::timeout(DELIVERY_MAX, work).await {
        Ok(done) => Ok(done),
        Err(_) => Err(NotifyError::Unreachable),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_one_and_nothing_more() {
        for good in ["ada@agency.example", "a.b+c@x.example"] {
            assert_eq!(Notifier::check_address(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "ada",
            "ada@",
            "a@b.example,c@d.example",
            "Ada <ada@agency.example>",
            "ada@agency.example\r\nBcc: x@y.example",
            "\"a b\"@c.example",
            "ädä@agency.example",
        ] {
            assert_eq!(Notifier::check_address(bad), Err(NotifyError::Address), "{bad:?}");
        }
        let long = format!("{}@agency.example", "a".repeat(250));
        assert!(Notifier::check_address(&long).is_err());
    }

    #[test]
    fn nothing_goes_in_the_clear_but_to_this_machine() {
        let server = |host: &str, tls| MailServer {
            host: host.into(),
            port: 25,
            tls,
            from: "accord@agency.example".into(),
            credentials: None,
        };
        assert!(server("127.0.0.1", MailTls::None).check().is_ok());
        assert!(server("mail.agency.example", MailTls::StartTls).check().is_ok());
        assert!(server("mail.agency.example", MailTls::None).check().is_err());
        assert!(server("", MailTls::Tls).check().is_err());
        let hook = |url: &str, length| Webhook {
            url: url.into(),
            secret: vec![1; length],
        };
        assert!(hook("https://hook.example/x", 16).check().is_ok());
        assert!(hook("http://127.0.0.1:9/x", 16).check().is_ok());
        for (url, length) in [
            ("http://hook.example/x", 16),
            ("https://a:b@hook.example/", 16),
            ("ftp://hook.example/", 16),
            ("hook", 16),
            ("https://hook.example/x", 15),
        ] {
            assert!(hook(url, length).check().is_err(), "{url}");
        }
    }
}
