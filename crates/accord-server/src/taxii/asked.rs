//! The parameters of a request (TAXII 2.1, sections 3.4 and 3.5).

use accord_service::{TAXII_PAGE_MAX, TaxiiAsked, Versions};
use axum::extract::Query;
use http::Uri;

use super::body::Failed;

/// Most values of one filter.
const VALUES_MAX: usize = 100;

/// The parameters where many objects are asked for.
pub(super) const MANY: &[&str] = &[
    "added_after",
    "limit",
    "next",
    "match[id]",
    "match[type]",
    "match[version]",
    "match[spec_version]",
];
/// Those where one is.
pub(super) const ONE: &[&str] = &[
    "added_after",
    "limit",
    "next",
    "match[version]",
    "match[spec_version]",
];
/// Those where its versions are.
pub(super) const VERSIONS: &[&str] = &["added_after", "limit", "next", "match[spec_version]"];

/// What is asked.
#[derive(Debug)]
pub(super) struct Asked(pub TaxiiAsked);

fn instant_ms(text: &str) -> Option<u64> {
    let at: jiff::Timestamp = text.parse().ok()?;
    u64::try_from(at.as_millisecond()).ok()
}

impl Asked {
    /// Reads the parameters that a resource knows.
    pub fn read(uri: &Uri, known: &[&str]) -> Result<Self, Failed> {
        let Query(given) = Query::<Vec<(String, String)>>::try_from_uri(uri)
            .map_err(|_| Failed::invalid("the parameters cannot be read"))?;
        let mut asked = TaxiiAsked::default();
        for (name, value) in given {
            if !known.contains(&name.as_str()) {
                return Err(Failed::invalid("this resource knows no such parameter"));
            }
            let values: Vec<String> = value
                .split(',')
                .filter(|one| !one.is_empty())
                .map(str::to_owned)
                .collect();
            if values.len() > VALUES_MAX {
                return Err(Failed::invalid("too many values in one filter"));
            }
            match name.as_str() {
                "added_after" => {
                    let at = instant_ms(&value)
                        .ok_or_else(|| Failed::invalid("added_after is no RFC 3339 timestamp"))?;
                    asked.added_after_ms = Some(at);
                }
                "limit" => {
                    let limit: usize = value.parse().map_err(|_| Failed::invalid("limit is no number"))?;
                    if limit == 0 {
                        return Err(Failed::invalid("limit is a positive number"));
                    }
                    asked.limit = limit.min(TAXII_PAGE_MAX);
                }
                "next" => asked.next = Some(value),
                "match[id]" => asked.ids = values,
                "match[type]" => asked.types = values,
                "match[version]" => {
                    asked.versions = values
                        .into_iter()
                        .map(|one| match one.as_str() {
                            "last" => Ok(Versions::Last),
                            "first" => Ok(Versions::First),
                            "all" => Ok(Versions::All),
                            text => instant_ms(text)
                                .map(|ms| Versions::At(accord_formats::export::rfc3339(ms)))
                                .ok_or_else(|| {
                                    Failed::invalid("a version is first, last, all or a timestamp")
                                }),
                        })
                        .collect::<Result<_, _>>()?;
                }
                _ => asked.spec_versions = values,
            }
        }
        Ok(Self(asked))
    }
}
