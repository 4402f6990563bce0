//! What organisations add by TAXII: kept until a person of the case decides.
//!
//! Nothing that is added becomes a note by itself. Somebody who works on the case publishes it, as a note of this
//! organisation "on behalf of" the other, or leaves it; the one who added it reads which in the status. Values that many
//! use stand in notes of their own, which wait for a second person as every such note does. Until that one has spoken the
//! whole addition is told as pending: which of its values are popular here is nothing that its giver is told.

use std::collections::{BTreeMap, BTreeSet};

use accord_formats::export::{rfc3339, stix_marking};
use accord_formats::indicators::{self, Content};
use accord_formats::letters;
use accord_matcher::Pattern;
use accord_model::content::{Indicator, IndicatorPublished, VerdictWish};
use accord_model::control::limits::REASON_MAX;
use accord_model::{AgreementDigest, OrgName, PersonId, SpaceId, Tlp};
use accord_store::Batch;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::accounts::TaxiiCaller;
use crate::error::{Result, ServiceError};
use crate::journal::State;
use crate::node::Node;
use crate::notes::{Draft, NewNote, Published};
use crate::people::SignedIn;
use crate::permit::Act;
use crate::release::{Circumstances, Decided};

pub(super) const RECEIVED: &str = "taxii-received";
/// Longest body of an addition, bytes.
pub const TAXII_ADD_BYTES_MAX: usize = 1 << 20;
/// Most objects of one addition.
pub const TAXII_ADD_OBJECTS_MAX: usize = 1_000;
/// Most values of one addition.
pub const TAXII_ADD_VALUES_MAX: usize = 5_000;
/// Most additions of one organisation that wait.
pub const TAXII_RECEIVED_MAX: usize = 100;
/// Longest text that is kept of a title, characters.
const TITLE_CHARS: usize = 150;
/// Longest text of a report that is kept, bytes.
const TEXT_BYTES: usize = 256 * 1024;
/// Most labels of a value, and the longest, characters.
const LABELS: (usize, usize) = (16, 60);
/// Most values and labels of one note, together.
const NOTE_FIELDS: usize = 8_000;

/// Where an object stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Standing {
    Pending,
    /// A person has published it; values that many use wait, in these notes, for a second one.
    Second(BTreeSet<String>),
    Success,
    Failure(String),
}

/// An object that was added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceivedObject {
    /// Its identifier.
    pub id: String,
    /// Its version.
    pub version: String,
    /// `indicator` or `report`.
    pub kind: String,
    /// Its name.
    pub title: String,
    /// Its description.
    pub text: String,
    /// Of an indicator: its values.
    pub values: Vec<String>,
    /// Its labels.
    pub labels: Vec<String>,
    /// How sure its author is.
    pub confidence: Option<u8>,
    /// Until when it means anything, ms UTC.
    pub valid_until_ms: Option<u64>,
    /// How far it may travel; without a marking TLP:AMBER+STRICT.
    pub marking: Tlp,
    standing: Standing,
}

/// An addition as kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Received {
    id: String,
    account: String,
    org: OrgName,
    space: SpaceId,
    at_ms: u64,
    objects: Vec<ReceivedObject>,
    #[serde(default)]
    decided_by: Option<PersonId>,
}

impl Received {
    /// What waits for a first person.
    fn pending(&self) -> impl Iterator<Item = &ReceivedObject> {
        self.objects
            .iter()
            .filter(|one| one.standing == Standing::Pending)
    }

    /// Whether anything does.
    fn waits(&self) -> bool {
        self.pending().next().is_some()
    }

    /// Whether nobody has to say anything any more.
    fn is_complete(&self) -> bool {
        let waits = |one: &ReceivedObject| matches!(one.standing, Standing::Pending | Standing::Second(_));
        !self.objects.iter().any(waits)
    }

    /// A note that waited for a second person was published, or taken away. Whether it was of this addition.
    fn second_said(&mut self, note: &str, published: bool) -> bool {
        let mut found = false;
        for one in &mut self.objects {
            let Standing::Second(notes) = &mut one.standing else {
                continue;
            };
            if !notes.remove(note) {
                continue;
            }
            found = true;
            if !published {
                one.standing = Standing::Failure("not taken".to_owned());
            } else if notes.is_empty() {
                one.standing = Standing::Success;
            }
        }
        found
    }

    fn status(&self) -> TaxiiStatus {
        let complete = self.is_complete();
        let mut status = TaxiiStatus {
            id: self.id.clone(),
            complete,
            request_timestamp: rfc3339(self.at_ms),
            successes: Vec::new(),
            failures: Vec::new(),
            pendings: Vec::new(),
        };
        for one in &self.objects {
            let named = (one.id.clone(), one.version.clone());
            match &one.standing {
                Standing::Pending | Standing::Second(_) => status.pendings.push(named),
                // Told with the rest of the addition.
                Standing::Success if !complete => status.pendings.push(named),
                Standing::Success => status.successes.push(named),
                Standing::Failure(why) => status.failures.push((named.0, named.1, why.clone())),
            }
        }
        status
    }
}

/// What became of an addition, for the one who added it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaxiiStatus {
    /// Its identifier.
    pub id: String,
    /// Whether nothing waits any more.
    pub complete: bool,
    /// When it was added, RFC 3339.
    pub request_timestamp: String,
    /// Identifier and version of what was taken.
    pub successes: Vec<(String, String)>,
    /// The same of what was not, with why.
    pub failures: Vec<(String, String, String)>,
    /// The same of what waits for a person.
    pub pendings: Vec<(String, String)>,
}

/// An addition that waits, for the people of its case.
#[derive(Debug, Clone, Serialize)]
pub struct ReceivedView {
    /// Its identifier.
    pub id: String,
    /// Whose it is.
    pub org: OrgName,
    /// When it came, ms UTC.
    pub at_ms: u64,
    /// The objects that wait.
    pub objects: Vec<ReceivedObject>,
    /// Values of theirs that many use: published, they wait for a second person.
    pub second: Vec<String>,
}

fn cut(text: &str, chars: usize) -> String {
    let plain: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let plain = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    plain.chars().take(chars).collect()
}

fn prose(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars().filter(|c| !c.is_control() || *c == '\n') {
        if out.len() + c.len_utf8() > TEXT_BYTES {
            break;
        }
        out.push(c);
    }
    out
}

/// The marking of an object: the strictest of those it names; one that is not known, or none, is TLP:AMBER+STRICT.
fn marking(object: &Value) -> Tlp {
    let refs = object.get("object_marking_refs").and_then(Value::as_array);
    let named = refs.into_iter().flatten().filter_map(Value::as_str).map(|id| {
        let known = stix_marking(id).and_then(|label| label.parse::<Tlp>().ok());
        known.unwrap_or(Tlp::AmberStrict)
    });
    named.max_by_key(|tlp| tlp.rank()).unwrap_or(Tlp::AmberStrict)
}

/// Reads one object.
fn read(object: &Value) -> ReceivedObject {
    let text = |name: &str| object.get(name).and_then(Value::as_str).unwrap_or_default();
    let kind = text("type");
    let strings = |name: &str| {
        let all = object.get(name).and_then(Value::as_array).into_iter().flatten();
        all.filter_map(Value::as_str)
            .map(|label| cut(label, LABELS.1))
            .filter(|label| !label.is_empty())
            .take(LABELS.0)
            .collect::<Vec<_>>()
    };
    let valid_until = text("valid_until").parse::<jiff::Timestamp>().ok();
    let confidence = object.get("confidence").and_then(Value::as_u64);
    let mut one = ReceivedObject {
        id: cut(text("id"), TITLE_CHARS),
        version: cut(text("modified"), 40),
        kind: cut(kind, 40),
        title: cut(text("name"), TITLE_CHARS),
        text: prose(text("description")),
        values: Vec::new(),
        labels: strings("labels"),
        confidence: confidence
            .and_then(|sure| u8::try_from(sure).ok())
            .filter(|sure| *sure <= 100),
        valid_until_ms: valid_until.and_then(|at| u64::try_from(at.as_millisecond()).ok()),
        marking: marking(object),
        standing: Standing::Pending,
    };
    let failed = |why: &str| Standing::Failure(why.to_owned());
    match kind {
        _ if one.id.is_empty() || text("spec_version") != "2.1" => {
            one.standing = failed("not an object of STIX 2.1 with an id");
        }
        "indicator" => {
            let bundle = serde_json::json!({ "type": "bundle", "objects": [object] });
            let bytes = serde_json::to_vec(&bundle).unwrap_or_default();
            let mut why = None;
            let outcome = indicators::read(&bytes, &mut |row| match row.content {
                Content::Indicator { value, .. } => match Pattern::parse(value) {
                    Ok(_) if one.values.iter().any(|known| known == value) => {}
                    Ok(_) => one.values.push(value.to_owned()),
                    Err(refusal) => why = Some(refusal.to_string()),
                },
                Content::Allow { .. } => {}
                Content::NotUsed { reason, .. } => why = Some(reason.to_string()),
            });
            if one.values.is_empty() {
                let why = outcome.err().map(|error| error.to_string()).or(why);
                one.standing =
                    Standing::Failure(why.unwrap_or_else(|| "a pattern without a value".to_owned()));
            }
        }
        "report" if !one.text.is_empty() => {}
        "report" => one.standing = failed("a report without a description"),
        _ => one.standing = failed("this collection takes indicators and reports"),
    }
    one
}

/// What became of an addition that a person published.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ReceivedPublished {
    /// What was published.
    pub published: Vec<Published>,
    /// The ids of the notes that wait for a second person.
    pub waiting: Vec<String>,
}

/// A note that an addition becomes.
struct Becomes {
    draft: Draft,
    /// Its values are used by many: it waits for a second person.
    second: bool,
    /// The objects that it is made of, by their place.
    of: BTreeSet<usize>,
}

/// What objects are called and describe, each once, as far as a note takes it.
fn called(objects: &[&ReceivedObject]) -> Option<String> {
    // A note does not take what turns the direction of writing.
    let mut said = Vec::new();
    for one in objects {
        let words = [one.title.trim(), one.text.trim()];
        let words: Vec<&str> = words.into_iter().filter(|words| !words.is_empty()).collect();
        let words = words.join(": ").replace(letters::turns, "");
        if !words.is_empty() && !said.contains(&words) {
            said.push(words);
        }
    }
    let mut all = said.join("\n");
    let mut end = REASON_MAX.min(all.len());
    while !all.is_char_boundary(end) {
        end -= 1;
    }
    all.truncate(end);
    (!all.trim().is_empty()).then_some(all)
}

/// The notes that an addition becomes.
fn drafts(received: &Received, popular: &dyn Fn(&str) -> bool) -> Result<Vec<Becomes>> {
    let on_behalf = format!("on behalf of {}, by TAXII", received.org);
    let pending = || {
        let all = received.objects.iter().enumerate();
        all.filter(|(_, one)| one.standing == Standing::Pending)
    };
    let mut apart: BTreeMap<(Tlp, bool), Vec<(usize, Indicator)>> = BTreeMap::new();
    for (place, one) in pending().filter(|(_, one)| one.kind == "indicator") {
        for value in &one.values {
            let indicator = Indicator {
                value: value.clone(),
                kind: None,
                labels: one.labels.clone(),
                confidence: one.confidence,
                valid_until_ms: one.valid_until_ms,
            };
            let these = apart.entry((one.marking, popular(value))).or_default();
            these.push((place, indicator));
        }
    }
    let mut all = Vec::new();
    for ((marking, second), indicators) in apart {
        let mut rest = indicators.into_iter().peekable();
        while rest.peek().is_some() {
            let (mut fields, mut these, mut of) = (0, Vec::new(), BTreeSet::new());
            while let Some((place, next)) =
                rest.next_if(|(_, next)| fields + next.labels.len() + 4 <= NOTE_FIELDS)
            {
                fields += next.labels.len() + 4;
                these.push(next);
                of.insert(place);
            }
            let objects: Vec<&ReceivedObject> = of
                .iter()
                .filter_map(|place| received.objects.get(*place))
                .collect();
            let draft = Draft {
                title: format!("On behalf of {}: {} indicators", received.org, these.len()),
                marking,
                to: Vec::new(),
                note: NewNote::new(IndicatorPublished {
                    indicators: these,
                    note: called(&objects),
                    from: on_behalf.clone(),
                    grading: None,
                    source_protected: false,
                    wish: VerdictWish::None,
                    report: None,
                    second: None,
                })?,
                expect: None,
            };
            all.push(Becomes { draft, second, of });
        }
    }
    for (place, one) in pending().filter(|(_, one)| one.kind == "report") {
        let title = cut(
            &format!("On behalf of {}: {}", received.org, one.title),
            TITLE_CHARS + 40,
        );
        let text = format!("{}\n\n({on_behalf})", one.text);
        let draft = Draft {
            title,
            marking: one.marking,
            to: Vec::new(),
            note: NewNote::report(text),
            expect: None,
        };
        all.push(Becomes {
            draft,
            second: false,
            of: BTreeSet::from([place]),
        });
    }
    Ok(all)
}

impl State {
    /// A note that waited for a second person was published, or taken away: so is what an addition waited for.
    pub(crate) fn second_said(&mut self, batch: &mut Batch, note: &str, published: bool) {
        for known in self.taxii.received.values_mut() {
            if known.second_said(note, published) {
                batch.document(RECEIVED, &known.id, &*known);
            }
        }
    }
}

impl Node {
    /// Takes what a caller adds to a collection, until a person decides.
    pub async fn taxii_add(
        &self,
        caller: &TaxiiCaller,
        place: (AgreementDigest, &str),
        objects: &[Value],
    ) -> Result<TaxiiStatus> {
        if objects.is_empty() || objects.len() > TAXII_ADD_OBJECTS_MAX {
            return Err(ServiceError::invalid(
                "objects",
                format!("1 to {TAXII_ADD_OBJECTS_MAX} objects at once"),
            ));
        }
        let read: Vec<ReceivedObject> = objects.iter().map(read).collect();
        if read.iter().map(|one| one.values.len()).sum::<usize>() > TAXII_ADD_VALUES_MAX {
            return Err(ServiceError::invalid(
                "objects",
                format!("at most {TAXII_ADD_VALUES_MAX} values at once"),
            ));
        }
        let id: [u8; 16] = self.random();
        self.act(|state, batch, log| {
            let collection = self.taxii_space(state, caller, place)?;
            if !collection.can_write {
                return Err(ServiceError::denied(
                    "this collection takes nothing from this account",
                ));
            }
            let theirs = state
                .taxii
                .received
                .values()
                .filter(|known| known.org == caller.org);
            if theirs.filter(|known| !known.is_complete()).count() >= TAXII_RECEIVED_MAX {
                return Err(ServiceError::Conflict(format!(
                    "{TAXII_RECEIVED_MAX} additions wait for a person already: speak with them"
                )));
            }
            let received = Received {
                id: super::collections::uuid(&id),
                account: caller.account.clone(),
                org: caller.org.clone(),
                space: collection.space(),
                at_ms: self.now_ms(),
                objects: read,
                decided_by: None,
            };
            let status = received.status();
            batch.document(RECEIVED, &received.id, &received);
            log.service(
                batch,
                &caller.account,
                &caller.org,
                "taxii.added",
                &format!("{}: {} objects", received.space, received.objects.len()),
            );
            state.taxii.received.insert(received.id.clone(), received);
            Ok(status)
        })
        .await
    }

    /// What became of an addition of this caller's organisation.
    pub async fn taxii_status(
        &self,
        caller: &TaxiiCaller,
        root: AgreementDigest,
        id: &str,
    ) -> Result<TaxiiStatus> {
        let collections = self.taxii_collections(caller, root).await?;
        let state = self.read().await?;
        let found = state.taxii.received.get(id).filter(|known| {
            known.org == caller.org && collections.iter().any(|one| one.space() == known.space)
        });
        found
            .map(Received::status)
            .ok_or(ServiceError::NotFound("status"))
    }

    /// Takes back an object that this caller's organisation added and that still waits.
    pub async fn taxii_delete(
        &self,
        caller: &TaxiiCaller,
        place: (AgreementDigest, &str),
        object: &str,
    ) -> Result<()> {
        self.act(|state, batch, log| {
            let collection = self.taxii_space(state, caller, place)?;
            let mut taken = 0;
            for known in state.taxii.received.values_mut() {
                if known.org != caller.org || known.space != collection.space() {
                    continue;
                }
                let before = taken;
                for one in &mut known.objects {
                    if one.id == object && one.standing == Standing::Pending {
                        one.standing = Standing::Failure("taken back".to_owned());
                        taken += 1;
                    }
                }
                if taken > before {
                    batch.document(RECEIVED, &known.id, &*known);
                }
            }
            if taken == 0 {
                return Err(ServiceError::denied(
                    "what others wrote is not deleted; what you added is taken back while it waits",
                ));
            }
            log.service(batch, &caller.account, &caller.org, "taxii.taken-back", object);
            Ok(())
        })
        .await
    }

    /// What waits on a case.
    pub async fn received(&self, who: &SignedIn, case: SpaceId) -> Result<Vec<ReceivedView>> {
        Act::Write.ask(who)?;
        let state = self.read().await?;
        let now_ms = self.now_ms();
        let space = self.case_for(&state, who, case)?;
        let waiting = state
            .taxii
            .received
            .values()
            .filter(|known| known.space == space.id && known.waits());
        let mut views: Vec<ReceivedView> = waiting
            .map(|known| ReceivedView {
                id: known.id.clone(),
                org: known.org.clone(),
                at_ms: known.at_ms,
                objects: known.pending().cloned().collect(),
                second: known
                    .pending()
                    .flat_map(|one| &one.values)
                    .filter(|value| state.is_popular(value, now_ms))
                    .cloned()
                    .collect(),
            })
            .collect();
        views.sort_by(|a, b| (a.at_ms, &a.id).cmp(&(b.at_ms, &b.id)));
        Ok(views)
    }

    /// Whom what waits would reach, note by note, if it were published; without what would wait for a second person.
    /// Nothing is kept.
    pub async fn preview_received(&self, who: &SignedIn, case: SpaceId, id: &str) -> Result<Vec<Decided>> {
        Act::Write.ask(who)?;
        let state = self.read().await?;
        let space = self.case_for(&state, who, case)?;
        let known = state.taxii.received.get(id);
        let known = known.filter(|known| known.space == case && known.waits());
        let mut decided = Vec::new();
        let now_ms = self.now_ms();
        let known = known.ok_or(ServiceError::NotFound("addition"))?;
        let becomes = drafts(known, &|value| state.is_popular(value, now_ms))?;
        for one in becomes.iter().filter(|one| !one.second) {
            let entry = self.entry_of(&state, who, case, &one.draft)?;
            decided.extend(self.would_reach(&state, space, &entry));
        }
        Ok(decided)
    }

    /// Publishes what waits, as notes of this organisation on behalf of the other: all of it, or none. Values that many
    /// use wait for a second person, in notes of their own.
    pub async fn publish_received(
        &self,
        who: &SignedIn,
        case: SpaceId,
        id: &str,
    ) -> Result<ReceivedPublished> {
        Act::Write.ask(who)?;
        let now_ms = self.now_ms();
        self.act_once(|state, batch, log| {
            self.case_for(state, who, case)?;
            let known = state
                .taxii
                .received
                .get(id)
                .filter(|known| known.space == case && known.waits());
            let mut received = known.ok_or(ServiceError::NotFound("addition"))?.clone();
            let mut done = ReceivedPublished::default();
            let mut waits: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
            for one in drafts(&received, &|value| state.is_popular(value, now_ms))? {
                let entry = self.entry_of(state, who, case, &one.draft)?;
                if one.second {
                    self.names_no_victim(state, case, &entry)?;
                    let note = self.wait_for_second(state, batch, who, case, &one.draft)?;
                    for place in one.of {
                        waits.entry(place).or_default().insert(note.clone());
                    }
                    done.waiting.push(note);
                } else {
                    let space = state.spaces.get(&case).ok_or(ServiceError::NotFound("case"))?;
                    self.second_rule(state, space, &entry)?;
                    let circumstances = Circumstances::default();
                    done.published
                        .push(self.publish(state, batch, case, entry, &circumstances)?);
                }
            }
            for (place, one) in received.objects.iter_mut().enumerate() {
                if one.standing == Standing::Pending {
                    one.standing = waits.remove(&place).map_or(Standing::Success, Standing::Second);
                }
            }
            received.decided_by = Some(who.person);
            batch.document(RECEIVED, id, &received);
            log.person(
                batch,
                who,
                "taxii.received-published",
                &format!(
                    "{case}: {} notes, {} wait for a second person",
                    done.published.len(),
                    done.waiting.len()
                ),
            );
            state.taxii.received.insert(id.to_owned(), received);
            Ok(done)
        })
        .await
    }

    /// Leaves what waits.
    pub async fn drop_received(&self, who: &SignedIn, case: SpaceId, id: &str) -> Result<()> {
        Act::Write.ask(who)?;
        self.act(|state, batch, log| {
            self.case_for(state, who, case)?;
            let known = state
                .taxii
                .received
                .get_mut(id)
                .filter(|known| known.space == case && known.waits());
            let known = known.ok_or(ServiceError::NotFound("addition"))?;
            for one in &mut known.objects {
                if one.standing == Standing::Pending {
                    one.standing = Standing::Failure("not taken".to_owned());
                }
            }
            known.decided_by = Some(who.person);
            batch.document(RECEIVED, id, &*known);
            log.person(batch, who, "taxii.received-left", &case.to_string());
            Ok(())
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(object: Value, values: &[&str], why: Option<&str>) {
        let one = read(&object);
        assert_eq!(one.values, values, "{object}");
        match (&one.standing, why) {
            (Standing::Pending, None) => {}
            (Standing::Failure(words), Some(expected)) => assert!(words.contains(expected), "{words}"),
            (standing, _) => panic!("{object}: {standing:?}"),
        }
    }

    fn indicator(pattern: &str) -> Value {
        json!({ "type": "indicator", "spec_version": "2.1", "id": "indicator--1", "pattern": pattern,
                "pattern_type": "stix", "modified": "2026-11-02T09:00:00.000Z" })
    }

    #[test]
    fn objects_that_are_taken_and_those_that_are_not() {
        check(
            indicator("[domain-name:value = 'evil.example']"),
            &["evil.example"],
            None,
        );
        check(
            indicator("[url:value = 'http://a.example/x' OR url:value = 'http://a.example/x']"),
            &["http://a.example/x"],
            None,
        );
        check(
            indicator("[process:name = 'x']"),
            &[],
            Some("type that logs are not searched for"),
        );
        check(indicator("[domain-name:value = 'localhost']"), &[], Some(""));
        check(
            json!({ "type": "malware", "spec_version": "2.1", "id": "malware--1" }),
            &[],
            Some("indicators and reports"),
        );
        check(
            json!({ "type": "report", "spec_version": "2.1", "id": "report--1" }),
            &[],
            Some("description"),
        );
        check(
            json!({ "type": "indicator", "id": "indicator--1" }),
            &[],
            Some("STIX 2.1"),
        );
        check(json!([]), &[], Some("STIX 2.1"));
    }

    #[test]
    fn what_objects_are_called_goes_into_the_note() {
        let named = |id: u8, name: &str, description: &str| {
            let mut object = indicator("[domain-name:value = 'evil.example']");
            object["id"] = json!(format!("indicator--{id}"));
            object["name"] = json!(name);
            object["description"] = json!(description);
            object
        };
        let note = |objects: &[Value]| {
            let received = Received {
                id: "1".into(),
                account: "feed".into(),
                org: "isp.example".parse().unwrap(),
                space: SpaceId([1; 16]),
                at_ms: 1,
                objects: objects.iter().map(read).collect(),
                decided_by: None,
            };
            let drafts = drafts(&received, &|_| false).unwrap();
            assert_eq!(drafts.len(), 1);
            serde_json::to_value(&drafts[0].draft.note).unwrap()["note"].clone()
        };
        let panel = named(1, "The panel", "rented\u{202e}\non the 2nd");
        assert_eq!(
            note(&[panel.clone(), named(2, "", "by mail"), panel]),
            json!("The panel: rented\non the 2nd\nby mail")
        );
        assert_eq!(note(&[named(1, "", "\u{202e}")]), Value::Null);
        let long = |length: usize| note(&[named(1, "", &format!("{}\u{e4}", "x".repeat(length)))]);
        let length = |said: &Value| said.as_str().map(str::len);
        assert_eq!(length(&long(REASON_MAX - 2)), Some(REASON_MAX));
        assert_eq!(length(&long(REASON_MAX - 1)), Some(REASON_MAX - 1));
        assert_eq!(length(&long(REASON_MAX)), Some(REASON_MAX));
    }

    #[test]
    fn markings_fail_closed() {
        let marked = |refs: Value| {
            let mut object = indicator("[domain-name:value = 'evil.example']");
            object["object_marking_refs"] = refs;
            read(&object).marking
        };
        assert_eq!(marked(json!([])), Tlp::AmberStrict);
        assert_eq!(
            marked(json!([
                "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"
            ])),
            Tlp::Green
        );
        // TLP 1.0, and the strictest of two.
        assert_eq!(
            marked(json!([
                "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9",
                "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82"
            ])),
            Tlp::Amber
        );
        assert_eq!(
            marked(json!(["marking-definition--of-somebody"])),
            Tlp::AmberStrict
        );
    }
}
