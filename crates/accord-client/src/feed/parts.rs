//! Feeds of several documents: a MISP feed (`manifest.json` and a document for each event) and a TAXII 2.1 collection (OASIS
//! TAXII 2.1, section 5.4), put together as the one document that they are parts of.
//!
//! Only what was changed or added lately is read: both keep what they ever said, and what was said years ago is no verdict
//! for today. Each part must be JSON for itself, so that none can say where it stands in the whole.
//!
//! Memory is bounded by the bytes that came, whatever stands in them: of a manifest its identifiers and times are kept, as
//! slices of it (at most some six times its length, where its identifiers are as short as they can be); an event and the
//! objects of a page are looked over and go into the whole as they came.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use reqwest::Url;
use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, Visitor};
use serde_json::value::RawValue;

use super::{Ask, FeedClient, FeedError, Fetched, Room, Validators};
use crate::taxii::TAXII_MEDIA_TYPE;

/// Most events of a MISP feed that one pull reads.
pub const FEED_EVENTS_MAX: usize = 1_000;
/// Most pages of a TAXII collection that one pull reads.
pub const FEED_PAGES_MAX: usize = 1_000;
/// How long the parts of one feed may take together.
pub const FEED_PARTS_TIMEOUT: Duration = Duration::from_secs(600);
const DAY_MS: u64 = 86_400_000;

/// What a manifest says of an event; all else is skipped.
#[derive(Deserialize)]
struct Listed {
    timestamp: Changed,
}

/// When an event was last changed, s UTC; none where this is no such time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Changed(Option<u64>);

impl<'de> Deserialize<'de> for Changed {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct TextOrNumber;

        impl Visitor<'_> for TextOrNumber {
            type Value = Changed;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("seconds as text, or in some programs as a number")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Changed, E> {
                Ok(Changed(text.parse().ok()))
            }

            fn visit_u64<E: Error>(self, seconds: u64) -> Result<Changed, E> {
                Ok(Changed(Some(seconds)))
            }
        }

        // What is neither ends the reading there: a list or an object is not gone into.
        from.deserialize_any(TextOrNumber)
    }
}

/// A manifest: its events by their identifiers, which stand in it without escapes.
type Manifest<'a> = BTreeMap<&'a str, Listed>;

/// A page of a collection.
#[derive(Deserialize)]
struct Page<'a> {
    #[serde(default)]
    more: bool,
    next: Option<String>,
    /// As they came. Absent where the page is empty.
    #[serde(borrow)]
    objects: Option<&'a RawValue>,
}

impl Page<'_> {
    /// What stands between the brackets of its objects; none where they are no list.
    fn inside(&self) -> Option<&str> {
        let Some(objects) = self.objects else {
            return Some("");
        };
        let inside = objects.get().trim().strip_prefix('[')?.strip_suffix(']')?;
        Some(inside.trim())
    }
}

fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    lengths == [8, 4, 4, 4, 12]
        && groups
            .iter()
            .all(|group| group.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// Where the manifest of a MISP feed is: the address may name it, or its folder.
pub(super) fn manifest(url: &Url) -> Result<Url, FeedError> {
    let wrong = FeedError::Address(
        "a MISP feed is where its manifest.json stands: https://HOST/PATH/, without ? and #",
    );
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong);
    }
    let mut folder = url.clone();
    let path = url.path().strip_suffix("manifest.json").unwrap_or(url.path());
    folder.set_path(&format!("{}/", path.trim_end_matches('/')));
    folder.join("manifest.json").map_err(|_| wrong)
}

/// Where the objects of a collection are: the address may name them, or their collection.
pub(super) fn objects(url: &Url) -> Result<Url, FeedError> {
    let wrong =
        || FeedError::Address("a TAXII collection is https://HOST/ROOT/collections/ID/, without ? and #");
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong());
    }
    let parts: Vec<&str> = url.path().split('/').filter(|part| !part.is_empty()).collect();
    let collection = match parts.as_slice() {
        [.., _, "collections", _, "objects"] => parts.len().saturating_sub(1),
        [.., _, "collections", _] => parts.len(),
        _ => return Err(wrong()),
    };
    let mut objects = url.clone();
    let path = parts.get(..collection).unwrap_or_default().join("/");
    objects.set_path(&format!("/{path}/objects/"));
    Ok(objects)
}

/// RFC 3339, ms, UTC.
fn instant(ms: u64) -> Option<String> {
    let at = i64::try_from(ms).ok()?;
    let at = jiff::Timestamp::from_millisecond(at).ok()?;
    Some(format!("{at:.3}"))
}

/// A document of a feed in parts: it must be JSON, and it is never still what it was.
fn json(fetched: Fetched, what: &'static str) -> Result<(Vec<u8>, Validators), FeedError> {
    match fetched {
        Fetched::Same => Err(FeedError::Refused(304)),
        Fetched::Body { bytes, validators } => match serde_json::from_slice::<IgnoredAny>(&bytes) {
            Ok(_) => Ok((bytes, validators)),
            Err(_) => Err(FeedError::Form(what)),
        },
    }
}

impl FeedClient {
    pub(super) async fn misp(
        &self,
        url: &Url,
        ask: &Ask<'_>,
        room: &mut Room<'_>,
    ) -> Result<Fetched, FeedError> {
        let manifest = manifest(url)?;
        let today = ask.now_ms / DAY_MS;
        // Each day everything is read once: events leave the days that are read without a word of the server.
        let nothing = Validators::default();
        let known = match ask.known.day == Some(today) {
            true => ask.known,
            false => &nothing,
        };
        let (bytes, validators) = match self.document(manifest.clone(), known, None, room).await? {
            Fetched::Same => return Ok(Fetched::Same),
            body => json(body, "its manifest.json is not JSON")?,
        };
        let listed: Manifest<'_> = serde_json::from_slice(&bytes)
            .map_err(|_| FeedError::Form("its manifest.json is not the manifest of a MISP feed"))?;
        let mut events = Vec::new();
        for (uuid, one) in &listed {
            let changed = one.timestamp.0.filter(|_| is_uuid(uuid)).ok_or(FeedError::Form(
                "its manifest.json lists an event without a UUID or a timestamp",
            ))?;
            if changed.saturating_mul(1000) >= ask.since_ms {
                events.push((changed, *uuid));
            }
        }
        if events.len() > FEED_EVENTS_MAX {
            return Err(FeedError::TooMany(FEED_EVENTS_MAX, "events"));
        }
        // Of a value that stands in several events the labels of the newest count.
        events.sort_unstable_by(|a, b| b.cmp(a));
        let mut whole = b"{\"response\":[".to_vec();
        for (at, (_, uuid)) in events.iter().enumerate() {
            let place = manifest
                .join(&format!("{uuid}.json"))
                .map_err(|_| FeedError::Form("its manifest.json lists an event that has no address"))?;
            let came = self.document(place, &nothing, None, room).await?;
            let (event, _) = json(came, "one of its events is not JSON")?;
            if at > 0 {
                whole.push(b',');
            }
            whole.extend_from_slice(&event);
        }
        whole.extend_from_slice(b"]}");
        Ok(Fetched::Body {
            bytes: whole,
            validators: Validators {
                day: Some(today),
                ..validators
            },
        })
    }

    pub(super) async fn taxii(
        &self,
        url: &Url,
        ask: &Ask<'_>,
        room: &mut Room<'_>,
    ) -> Result<Fetched, FeedError> {
        let base = objects(url)?;
        let since =
            instant(ask.since_ms).ok_or(FeedError::Form("the days that are read have no beginning"))?;
        let mut whole =
            br#"{"type":"bundle","id":"bundle--00000000-0000-4000-8000-000000000000","objects":["#.to_vec();
        let mut asked = BTreeSet::new();
        let mut next: Option<String> = None;
        let mut is_first = true;
        let wrong = || FeedError::Form("one of its pages is none of TAXII 2.1");
        loop {
            let mut place = base.clone();
            place.query_pairs_mut().append_pair("added_after", &since);
            if let Some(next) = &next {
                place.query_pairs_mut().append_pair("next", next);
            }
            let came = self
                .document(place, &Validators::default(), Some(TAXII_MEDIA_TYPE), room)
                .await?;
            let (bytes, _) = json(came, "one of its pages is not JSON")?;
            let page: Page<'_> = serde_json::from_slice(&bytes).map_err(|_| wrong())?;
            let objects = page.inside().ok_or_else(wrong)?;
            if !objects.is_empty() {
                if !std::mem::take(&mut is_first) {
                    whole.push(b',');
                }
                whole.extend_from_slice(objects.as_bytes());
            }
            let Some(on) = page.next.filter(|_| page.more) else {
                if page.more {
                    return Err(FeedError::Form("it says that more follows, and not where"));
                }
                break;
            };
            if !asked.insert(on.clone()) {
                return Err(FeedError::Form("its pages go round in a circle"));
            }
            // The first page was asked for without a word of another.
            if asked.len() >= FEED_PAGES_MAX {
                return Err(FeedError::TooMany(FEED_PAGES_MAX, "pages"));
            }
            next = Some(on);
        }
        whole.extend_from_slice(b"]}");
        Ok(Fetched::Body {
            bytes: whole,
            validators: Validators::default(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    #[test]
    fn where_parts_are() {
        for (given, expected) in [
            ("https://m.example/feed", "https://m.example/feed/manifest.json"),
            ("https://m.example/feed/", "https://m.example/feed/manifest.json"),
            (
                "https://m.example/feed/manifest.json",
                "https://m.example/feed/manifest.json",
            ),
            ("https://m.example", "https://m.example/manifest.json"),
        ] {
            assert_eq!(manifest(&url(given)).unwrap().as_str(), expected, "{given}");
        }
        let objects_of = "https://t.example/api/collections/91a7b528/objects/";
        for given in [
            "https://t.example/api/collections/91a7b528",
            "https://t.example/api/collections/91a7b528/",
            "https://t.example/api/collections/91a7b528/objects",
            objects_of,
        ] {
            assert_eq!(objects(&url(given)).unwrap().as_str(), objects_of, "{given}");
        }
        for bad in [
            "https://t.example/",
            "https://t.example/taxii2/",
            "https://t.example/collections/91a7b528/",
            "https://t.example/api/collections/",
            "https://t.example/api/collections/91a7b528/?limit=1",
        ] {
            assert!(objects(&url(bad)).is_err(), "{bad}");
        }
        assert!(manifest(&url("https://m.example/feed/?key=1")).is_err());
    }

    /// When the one event of a manifest was changed.
    fn changed(timestamp: &str) -> Option<Option<u64>> {
        let text = format!(r#"{{"u":{{"info":[[{{}}]],"timestamp":{timestamp}}}}}"#);
        let listed: Result<Manifest<'_>, _> = serde_json::from_str(&text);
        Some(listed.ok()?.get("u")?.timestamp.0)
    }

    #[test]
    fn when_an_event_was_changed() {
        for (written, read) in [
            ("\"1700000000\"", Some(Some(1_700_000_000))),
            ("1700000000", Some(Some(1_700_000_000))),
            ("\"17\\u0030\"", Some(Some(170))),
            ("\"soon\"", Some(None)),
            ("\"\"", Some(None)),
            ("\"-1\"", Some(None)),
            ("-1", None),
            ("1.5", None),
            ("null", None),
            ("true", None),
            ("[1700000000]", None),
            ("{\"\":0}", None),
        ] {
            assert_eq!(changed(written), read, "{written}");
        }
        assert!(serde_json::from_str::<Manifest<'_>>(r#"{"u":{}}"#).is_err());
        assert!(serde_json::from_str::<Manifest<'_>>("[]").is_err());
        // What a million lists within a timestamp would come to is never asked.
        assert_eq!(changed(&format!("[{}0]", "[],".repeat(1 << 20))), None);
    }

    #[test]
    fn what_stands_in_a_page() {
        for (text, inside) in [
            ("{}", Some("")),
            (r#"{"objects":[]}"#, Some("")),
            (r#"{"objects": [ ] ,"more":false}"#, Some("")),
            (r#"{"objects":[{"a":"]"} , 1 ]}"#, Some(r#"{"a":"]"} , 1"#)),
            (r#"{"objects":{"a":1}}"#, None),
            (r#"{"objects":"[]"}"#, None),
            (r#"{"objects":7}"#, None),
        ] {
            let page: Page<'_> = serde_json::from_str(text).unwrap();
            assert_eq!(page.inside(), inside, "{text}");
        }
        assert!(serde_json::from_str::<Page<'_>>(r#"{"objects":[1,]}"#).is_err());
    }

    #[test]
    fn what_is_a_uuid() {
        assert!(is_uuid("5eb98b0c-5e1c-4a4f-8a2b-4f0e0a0a0a0B"));
        for bad in [
            "",
            "..",
            "../../etc/passwd",
            "5eb98b0c-5e1c-4a4f-8a2b-4f0e0a0a0a0",
            "5eb98b0c5e1c4a4f8a2b4f0e0a0a0a0b",
            "5eb98b0c-5e1c-4a4f-8a2b-4f0e0a0a0/0b",
            "5eb98b0c-5e1c-4a4f-8a2b-4f0e0a0a0a0\u{e9}",
        ] {
            assert!(!is_uuid(bad), "{bad}");
        }
        assert_eq!(instant(0).as_deref(), Some("1970-01-01T00:00:00.000Z"));
        assert_eq!(instant(u64::MAX), None);
    }
}
