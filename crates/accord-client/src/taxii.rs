//! A TAXII 2.1 client (OASIS TAXII 2.1): collections of somebody's server, read page by page, and added to.
//!
//! The account's secret goes to the server's own origin only: an api root elsewhere is refused. Every answer, page and
//! count has a limit, and a server that says "more" without going on is left.

use std::collections::BTreeSet;
use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::{Method, Url};
use serde_json::Value;

/// The media type of requests and answers.
pub const TAXII_MEDIA_TYPE: &str = "application/taxii+json;version=2.1";
/// Longest answer, bytes.
pub const TAXII_ANSWER_MAX_BYTES: usize = 32 << 20;
/// Most pages of one collection in one pull.
pub const TAXII_PAGES_MAX: usize = 1_000;
/// Most objects of one collection in one pull.
pub const TAXII_OBJECTS_MAX: usize = 500_000;
/// Most api roots, and collections of one, that are looked at.
pub const TAXII_LISTED_MAX: usize = 1_000;
const TIMEOUT: Duration = Duration::from_secs(60);

/// What can go wrong.
#[derive(Debug, thiserror::Error)]
pub enum TaxiiError {
    /// The address cannot be used.
    #[error(
        "\"{0}\" is not an address of a TAXII server: https://HOST/taxii2/, or http:// on the loopback only"
    )]
    Address(String),
    /// Nobody there, or the connection broke.
    #[error("the TAXII server could not be reached: {0}")]
    Unreachable(reqwest::Error),
    /// The server says no.
    #[error("the TAXII server answers {status}: {title}")]
    Refused {
        /// The status.
        status: u16,
        /// Its words, cut.
        title: String,
    },
    /// An answer longer than is read.
    #[error("the TAXII server's answer is longer than {TAXII_ANSWER_MAX_BYTES} bytes: ask for smaller pages")]
    TooLong,
    /// An answer that is none.
    #[error("the TAXII server's answer is not in the form of TAXII 2.1: {0}")]
    Form(&'static str),
    /// A place that the account's secret must not go to.
    #[error("the TAXII server names the api root {0}, which is not its own: give that address instead")]
    Elsewhere(String),
    /// More than is taken in one pull.
    #[error("more than {0} {1} in one collection: go on with what was kept so far")]
    TooMany(usize, &'static str),
}

/// A collection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collection {
    /// The address of its api root.
    pub root: String,
    /// Its identifier.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Whether it can be read.
    pub can_read: bool,
    /// Whether it can be added to.
    pub can_write: bool,
}

/// What a pull gave.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PulledObjects {
    /// The objects, each version once, in the order in which they came.
    pub objects: Vec<Value>,
    /// Where the next pull goes on: the newest time of addition that the server told.
    pub added_after: Option<String>,
}

/// A TAXII server, as one account.
#[derive(Debug, Clone)]
pub struct TaxiiClient {
    http: reqwest::Client,
    discovery: Url,
    name: String,
    token: String,
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// Words of somebody else, cut, on one line.
fn said(words: &str) -> String {
    words
        .chars()
        .take(200)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

fn is_loopback(url: &Url) -> bool {
    matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"))
}

/// The address of a server's discovery.
fn discovery_of(url: &str) -> Result<Url, TaxiiError> {
    let bad = || TaxiiError::Address(said(url));
    let mut discovery = Url::parse(url).map_err(|_| bad())?;
    let loopback = is_loopback(&discovery);
    let good = discovery.scheme() == "https" || (discovery.scheme() == "http" && loopback);
    if !good || !discovery.username().is_empty() {
        return Err(bad());
    }
    if matches!(discovery.path(), "" | "/") {
        discovery.set_path("/taxii2/");
    } else if !discovery.path().ends_with('/') {
        let path = format!("{}/", discovery.path());
        discovery.set_path(&path);
    }
    Ok(discovery)
}

/// An api root that stands at the server's own origin.
fn root_of(discovery: &Url, given: &str) -> Result<Url, TaxiiError> {
    let elsewhere = || TaxiiError::Elsewhere(said(given));
    let mut url = discovery.join(given).map_err(|_| elsewhere())?;
    if url.origin() != discovery.origin() {
        return Err(elsewhere());
    }
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    Ok(url)
}

impl TaxiiClient {
    /// A client of the server at this address: its discovery, or its host alone.
    ///
    /// # Errors
    /// An address that the account's secret must not be sent to.
    pub fn new(url: &str, name: &str, token: &str) -> Result<Self, TaxiiError> {
        let discovery = discovery_of(url)?;
        let builder = crate::tls::http_builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(TIMEOUT)
            .connect_timeout(Duration::from_secs(10))
            .user_agent("accord");
        // No proxy stands between this machine and itself.
        let builder = if is_loopback(&discovery) {
            builder.no_proxy()
        } else {
            builder
        };
        let http = builder.build().map_err(TaxiiError::Unreachable)?;
        Ok(Self {
            http,
            discovery,
            name: name.to_owned(),
            token: token.to_owned(),
        })
    }

    async fn ask(
        &self,
        method: Method,
        url: Url,
        body: Option<Vec<u8>>,
    ) -> Result<(Value, Option<String>), TaxiiError> {
        let mut request = self
            .http
            .request(method, url)
            .header(ACCEPT, TAXII_MEDIA_TYPE)
            .basic_auth(&self.name, Some(&self.token));
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, TAXII_MEDIA_TYPE).body(body);
        }
        let mut answer = request.send().await.map_err(TaxiiError::Unreachable)?;
        let status = answer.status();
        let last = answer
            .headers()
            .get("x-taxii-date-added-last")
            .and_then(|value| value.to_str().ok())
            .map(said);
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(TaxiiError::Unreachable)? {
            if bytes.len() + chunk.len() > TAXII_ANSWER_MAX_BYTES {
                return Err(TaxiiError::TooLong);
            }
            bytes.extend_from_slice(&chunk);
        }
        let value: Option<Value> = serde_json::from_slice(&bytes).ok();
        if !status.is_success() {
            return Err(TaxiiError::Refused {
                status: status.as_u16(),
                title: said(
                    value
                        .as_ref()
                        .map_or("no reason given", |value| text(value, "title")),
                ),
            });
        }
        value
            .map(|value| (value, last))
            .ok_or(TaxiiError::Form("no JSON"))
    }

    fn root(&self, given: &str) -> Result<Url, TaxiiError> {
        root_of(&self.discovery, given)
    }

    /// Every collection of every api root.
    ///
    /// # Errors
    /// What the server or the way to it says.
    pub async fn collections(&self) -> Result<Vec<Collection>, TaxiiError> {
        let (told, _) = self.ask(Method::GET, self.discovery.clone(), None).await?;
        let roots = told.get("api_roots").and_then(Value::as_array);
        let mut all = Vec::new();
        for root in roots
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .take(TAXII_LISTED_MAX)
        {
            let root = self.root(root)?;
            let place = root
                .join("collections/")
                .map_err(|_| TaxiiError::Form("an api root"))?;
            let (told, _) = self.ask(Method::GET, place, None).await?;
            let listed = told.get("collections").and_then(Value::as_array);
            for one in listed.into_iter().flatten().take(TAXII_LISTED_MAX) {
                let may = |name: &str| one.get(name).and_then(Value::as_bool).unwrap_or(false);
                all.push(Collection {
                    root: root.to_string(),
                    id: said(text(one, "id")),
                    title: said(text(one, "title")),
                    can_read: may("can_read"),
                    can_write: may("can_write"),
                });
            }
        }
        Ok(all)
    }

    fn objects_of(&self, collection: &Collection) -> Result<Url, TaxiiError> {
        let mut url = self.root(&collection.root)?;
        url.path_segments_mut()
            .map_err(|()| TaxiiError::Form("an api root"))?
            .pop_if_empty()
            .extend(["collections", collection.id.as_str(), "objects", ""]);
        Ok(url)
    }

    /// Reads a collection to its end, from what came after an instant on.
    ///
    /// # Errors
    /// What the server or the way to it says; nothing of a collection is given where its reading broke off.
    pub async fn pull(
        &self,
        collection: &Collection,
        added_after: Option<&str>,
    ) -> Result<PulledObjects, TaxiiError> {
        let base = self.objects_of(collection)?;
        let mut pulled = PulledObjects {
            objects: Vec::new(),
            added_after: added_after.map(str::to_owned),
        };
        let mut seen: BTreeSet<(String, String)> = BTreeSet::new();
        let mut next: Option<String> = None;
        for _ in 0..TAXII_PAGES_MAX {
            let mut url = base.clone();
            if let Some(after) = added_after {
                url.query_pairs_mut().append_pair("added_after", after);
            }
            if let Some(next) = &next {
                url.query_pairs_mut().append_pair("next", next);
            }
            let (page, last) = self.ask(Method::GET, url, None).await?;
            let objects = page
                .get("objects")
                .and_then(Value::as_array)
                .cloned()
                .unwrap_or_default();
            for object in objects {
                let version = [text(&object, "modified"), text(&object, "created")].concat();
                if seen.insert((text(&object, "id").to_owned(), version)) {
                    pulled.objects.push(object);
                }
            }
            if pulled.objects.len() > TAXII_OBJECTS_MAX {
                return Err(TaxiiError::TooMany(TAXII_OBJECTS_MAX, "objects"));
            }
            pulled.added_after = last.or(pulled.added_after);
            let more = page.get("more").and_then(Value::as_bool).unwrap_or(false);
            let goes_on = page.get("next").and_then(Value::as_str).map(str::to_owned);
            match (more, goes_on) {
                (false, _) => return Ok(pulled),
                (true, Some(on)) if next.as_ref() != Some(&on) => next = Some(on),
                (true, _) => return Err(TaxiiError::Form("more is told, and not where it is")),
            }
        }
        Err(TaxiiError::TooMany(TAXII_PAGES_MAX, "pages"))
    }

    /// Adds objects to a collection: the status resource.
    ///
    /// # Errors
    /// What the server or the way to it says.
    pub async fn push(&self, collection: &Collection, objects: &[Value]) -> Result<Value, TaxiiError> {
        let body = serde_json::json!({ "objects": objects });
        let bytes = serde_json::to_vec(&body).map_err(|_| TaxiiError::Form("the objects"))?;
        let (status, _) = self
            .ask(Method::POST, self.objects_of(collection)?, Some(bytes))
            .await?;
        Ok(status)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_an_accounts_secret_goes() {
        for good in [
            "https://taxii.example",
            "https://taxii.example/taxii2/",
            "http://127.0.0.1:8080",
        ] {
            assert!(discovery_of(good).is_ok(), "{good}");
        }
        for bad in [
            "http://taxii.example",
            "https://u@taxii.example",
            "ftp://127.0.0.1",
            "taxii.example",
            "",
        ] {
            assert!(discovery_of(bad).is_err(), "{bad}");
        }
        let known = discovery_of("https://taxii.example").unwrap();
        assert_eq!(known.as_str(), "https://taxii.example/taxii2/");
        assert_eq!(
            root_of(&known, "/api1").unwrap().as_str(),
            "https://taxii.example/api1/"
        );
        assert!(root_of(&known, "https://taxii.example/api1/").is_ok());
        for bad in [
            "https://other.example/api1/",
            "http://taxii.example/api1/",
            "https://taxii.example:8443/",
        ] {
            assert!(
                matches!(root_of(&known, bad), Err(TaxiiError::Elsewhere(_))),
                "{bad}"
            );
        }
    }
}
