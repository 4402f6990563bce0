//! What notes say, in words: the line and the text that people read on the timeline.
//!
//! Both matches name every kind, so that a new one cannot be forgotten. Deliberately absent: values that a view of
//! their own shows in full (the counts of sightings, the actions of a plan), and what stands encrypted in a note.

use accord_model::PersonId;
use accord_model::content::{
    ClearWord, ContentBody, DisclosureItem, FeedbackGiven, GivenOn, IdentityGiven, IndicatorAt,
    IndicatorPublished, LeadReferred, LinkCleared, LinkSeen, SeenTogether, SubjectRecorded, SubjectStatus,
    SubscriberAnswered,
};
use accord_model::control::ControlEntry;

/// A control note in words: the line, and the reason beside it.
pub(super) fn control_words(
    entry: &ControlEntry,
    name: impl Fn(&PersonId) -> String,
) -> (String, Option<String>) {
    use ControlEntry as C;
    match entry {
        C::LedgerOpened(_) => ("opened its ledger".into(), None),
        C::AgreementProposed(said) => (
            format!("laid the agreement {} before its parties", said.digest),
            None,
        ),
        C::AgreementSigned(said) => (format!("signed the agreement {}", said.digest), None),
        C::AgreementRefused(said) => (
            format!("refused the agreement {}", said.digest),
            Some(said.reason.clone()),
        ),
        C::AgreementTerminated(said) => (
            format!("ended the agreement {}", said.digest),
            Some(said.reason.clone()),
        ),
        C::KeyCertified(_) => ("certified a key of its node".into(), None),
        C::KeyRevoked(_) => ("revoked a key of its node".into(), None),
        C::CaseOpened(said) => (
            format!("opened the case {}", said.operation),
            Some(said.purpose.clone()),
        ),
        C::CaseStage(said) => (format!("moved the case to {}", said.to), said.reason.clone()),
        C::PenPassed(said) => (format!("offered the pen to {}", said.to_org), None),
        C::PenTaken(_) => ("took the pen".into(), None),
        C::SecondmentGranted(said) => (
            format!(
                "seconded {} of {} to {}",
                name(&said.person),
                said.home,
                said.host
            ),
            Some(said.scope.text.clone()),
        ),
        C::SecondmentEnded(said) => (
            format!("ended the secondment of {} to {}", name(&said.person), said.host),
            Some(said.reason.clone()),
        ),
        C::OralRecorded(said) => (
            format!(
                "recorded an authority given by word of mouth by {}, binding {}",
                said.authority, said.addressee
            ),
            Some(format!("{}. {}; {}", said.act, spaced(&said.ground), said.power)),
        ),
        C::OralConfirmed(said) => (
            format!("has the oral authority in writing: {}", said.reference),
            Some(format!("Signed by {}", said.authority)),
        ),
        C::RecallOrdered(said) => ("recalled a note".into(), Some(said.reason.clone())),
        C::RecallReceipted(said) => (
            format!("answered a recall: {}", spaced(said.done.as_str())),
            said.note.clone(),
        ),
        C::HoldPlaced(said) => (
            match said.entry {
                Some(_) => format!("placed a hold on a note: {}", said.reference),
                None => format!("placed a hold on the case: {}", said.reference),
            },
            Some(said.reason.clone()),
        ),
        C::HoldLifted(said) => ("lifted a hold".into(), Some(said.reason.clone())),
        C::RetentionDestroyed(_) => ("destroyed its copy of a note: its time was over".into(), None),
        C::PartyAdded(said) => (format!("brought {} into the case", said.org), said.reason.clone()),
        C::PartyRemoved(said) => (
            format!("took {} off the case", said.org),
            Some(said.reason.clone()),
        ),
        C::MemberAdded(said) => {
            let roles: Vec<String> = said.roles.iter().map(|role| spaced(role.as_str())).collect();
            (
                format!("named {} as {}", name(&said.person), roles.join(", ")),
                None,
            )
        }
        C::MemberRemoved(said) => (format!("took {} off the case", name(&said.person)), None),
        C::InstrumentRecorded(said) => (
            format!(
                "recorded {} ({}), binding {}",
                said.reference, said.authority, said.addressee
            ),
            Some(said.scope.text.clone()),
        ),
        C::InstrumentEnded(said) => ("ended an authority".into(), Some(said.reason.clone())),
        C::ApprovalGiven(said) => (
            format!("approved a request under clause {}", said.clause),
            said.reason.clone(),
        ),
        C::ApprovalNarrowed(said) => (
            format!(
                "approved part of a request under clause {}: {}",
                said.clause, said.narrowing
            ),
            Some(said.reason.clone()),
        ),
        C::ApprovalRefused(said) => (
            format!("refused a request under clause {}", said.clause),
            Some(said.reason.clone()),
        ),
        C::ApprovalWithdrawn(said) => ("took an approval back".into(), Some(said.reason.clone())),
        C::CustodyHanded(said) => (format!("handed an exhibit to {}", said.to), None),
        C::CustodyReceived(said) => (format!("received an exhibit from {}", said.from), None),
        C::GoGiven(_) => ("says go to the plan".into(), None),
        C::GoRefused(said) => ("says no-go to the plan".into(), Some(said.reason.clone())),
        C::GoWithdrawn(said) => ("took its go back".into(), Some(said.reason.clone())),
    }
}

/// The text of a content note; nothing where its title says all.
pub(super) fn content_words(body: &ContentBody) -> Option<String> {
    use ContentBody as C;
    match body {
        C::RequestMade(said) => Some(said.reason.clone()),
        C::RequestNarrowed(said) => Some(format!("{} (clause {})", said.words, said.clause)),
        C::RequestRefused(said) => Some(format!("{} (clause {})", said.words, said.clause)),
        C::RequestAnswered(said) => Some(said.words.clone()),
        C::RequestWithdrawn(said) => Some(said.words.clone()),
        C::EvidenceDelivered(said) => Some(format!(
            "exhibit {}: {} lines from {}",
            said.exhibit,
            said.package.lines,
            said.package.sources.join(", ")
        )),
        C::IndicatorPublished(said) => Some(indicators(said)),
        C::IndicatorWithdrawn(said) => Some(match said.values.as_slice() {
            [] => said.reason.clone(),
            values => format!("{}\n{}", values.join(" "), said.reason),
        }),
        C::SightingCounted(said) => {
            let times: u64 = said
                .sightings
                .iter()
                .map(|one| one.count)
                .fold(0, u64::saturating_add);
            Some(format!("{}: seen {times} times", said.day))
        }
        C::VerdictDetect(said) => Some(verdict(&said.indicators, &said.audience, said.reason.as_deref())),
        C::VerdictBlock(said) => Some(verdict(&said.indicators, &said.audience, Some(&said.reason))),
        C::LeadReferred(said) => Some(lead(said)),
        C::ReportPublished(said) => Some(said.text.clone()),
        C::FileAttached(said) => Some(match &said.note {
            Some(note) => format!("{}\n{note}", said.name),
            None => said.name.clone(),
        }),
        C::FeedbackGiven(said) => Some(feedback(said)),
        C::DecisionLogged(said) => Some(format!("{} Reason: {}", said.text, said.reason)),
        C::TaskSet(said) => said.text.clone(),
        C::TaskDone(said) => said.text.clone(),
        // Names stand beside the notes of whoever they name.
        C::PersonNamed(_) => None,
        C::SubscriberAnswered(said) => Some(subscribers(said)),
        C::SubjectRecorded(said) => Some(subject(said)),
        C::SubjectStatus(said) => Some(standing(said)),
        C::TargetProposed(said) => Some(format!(
            "{}: {} by {}\n{}",
            said.value, said.action, said.responsible, said.reason
        )),
        C::TargetChecked(said) => Some(format!(
            "{}: {}\n{}",
            spaced(said.check.as_str()),
            spaced(said.result.as_str()),
            said.text
        )),
        C::TargetDropped(said) => Some(said.reason.clone()),
        C::PlanWritten(said) => Some(said.text.clone()),
        C::ActionExecuted(said) => Some(format!("{}: {}", spaced(said.outcome.as_str()), said.text)),
        C::ActionVerified(said) => Some(format!("{}: {}", spaced(said.held.as_str()), said.text)),
        C::VictimRecorded(said) => Some(paragraphs([
            Some(format!("{}: {}", said.pseudonym, said.text)),
            labelled("Branch", said.sector.as_deref()),
            labelled("Wishes", said.wishes.as_deref()),
        ])),
        C::VictimMessage(said) => Some(said.text.clone()),
        C::RemediationNoted(said) => Some(paragraphs([
            Some(format!("{}: {}", said.step, spaced(said.state.as_str()))),
            said.text.clone(),
        ])),
        // Nothing of it stands in the clear but why it was given.
        C::VictimIdentity(said) => said.given.as_ref().map(|given| {
            format!(
                "Sealed to {}'s custodian. {}",
                said.custodian,
                ground_words(given)
            )
        }),
        // What is said of looks is for who deals with victims: the Victims tab tells it to them.
        C::GrantAsked(_) | C::GrantGiven(_) | C::GrantUsed(_) | C::GrantEnded(_) => None,
        C::DisclosureItem(said) => Some(item(said)),
        C::OutcomeRecorded(said) => Some(paragraphs([
            Some(format!("{}: {}", spaced(said.outcome.as_str()), said.text)),
            labelled("Decided by", said.authority.as_deref()),
        ])),
        C::CaseDescribed(said) => Some(described(said)),
        C::CustodyNoted(said) => Some(paragraphs([
            Some(format!("{}: {}", spaced(said.step.as_str()), said.to)),
            labelled("Person", said.person.as_deref()),
            labelled("Receipt", said.reference.as_deref()),
            Some(said.text.clone()),
        ])),
        C::LinkSeen(said) => Some(seen_together(said)),
        C::LinkCleared(said) => Some(link_cleared(said)),
    }
}

/// Why who a victim is was given to another organisation.
fn ground_words(given: &IdentityGiven) -> String {
    let ground = match given.ground {
        GivenOn::Consent => "The victim agreed",
        GivenOn::Law => "A law says so",
    };
    format!("{ground}: {}", given.text)
}

/// A word of a closed vocabulary as people read it.
fn spaced(word: &str) -> String {
    word.replace('-', " ")
}

fn paragraphs<const N: usize>(parts: [Option<String>; N]) -> String {
    parts.into_iter().flatten().collect::<Vec<_>>().join("\n")
}

fn labelled(label: &str, text: Option<&str>) -> Option<String> {
    text.map(|text| format!("{label}: {text}"))
}

fn listed(label: &str, all: &[String]) -> Option<String> {
    (!all.is_empty()).then(|| format!("{label}: {}", all.join(", ")))
}

fn indicators(said: &IndicatorPublished) -> String {
    let values: Vec<&str> = said.indicators.iter().map(|one| one.value.as_str()).collect();
    paragraphs([
        said.note.clone(),
        Some(values.join(" ")),
        labelled("From", Some(&said.from)),
    ])
}

fn verdict(indicators: &[IndicatorAt], audience: &[String], reason: Option<&str>) -> String {
    let values: Vec<&str> = indicators.iter().map(|one| one.value.as_str()).collect();
    paragraphs([
        Some(values.join(" ")),
        listed("Only for", audience),
        labelled("Why", reason),
    ])
}

fn seen_together(said: &LinkSeen) -> String {
    let line = |one: &SeenTogether| {
        let times = match one.count {
            1 => format!("one {}", one.seen_in),
            many => format!("{many} {}s", one.seen_in),
        };
        format!("In {times}: {}", one.values.join(" "))
    };
    let mut lines: Vec<String> = said.links.iter().map(line).collect();
    lines.extend(labelled("From", said.from.as_deref()));
    lines.join("\n")
}

fn link_cleared(said: &LinkCleared) -> String {
    let what = match (said.word, said.values.len()) {
        (ClearWord::Cleared, 1) => "Not malicious",
        (ClearWord::Cleared, _) => "That these were seen together says nothing",
        (ClearWord::TakenBack, _) => "No longer cleared",
    };
    format!("{what}: {}\n{}", said.values.join(" "), said.reason)
}

fn lead(said: &LeadReferred) -> String {
    paragraphs([
        Some(said.text.clone()),
        labelled("Why yours", said.nexus.as_deref()),
        labelled("Asked for", said.asks.as_deref()),
    ])
}

fn feedback(said: &FeedbackGiven) -> String {
    let word = said.word.map(|word| spaced(word.as_str()));
    let onward = said.onward.as_ref().map(|org| format!("To {org}"));
    paragraphs([word, onward, Some(said.text.clone())])
}

fn subscribers(said: &SubscriberAnswered) -> String {
    let found = said.answers.iter().map(|answer| {
        let port = answer.connection.port.map(|port| format!(" {port}"));
        let asked = format!("{}{}", answer.connection.address, port.unwrap_or_default());
        match &answer.subscriber {
            Some(subscriber) => format!("{asked}: {}", subscriber.account),
            None => format!("{asked}: {}", spaced(answer.found.as_str())),
        }
    });
    let found: Vec<String> = found.collect();
    paragraphs([
        Some(found.join("\n")),
        labelled("Acquired", Some(&said.acquisition)),
    ])
}

fn subject(said: &SubjectRecorded) -> String {
    paragraphs([
        Some(format!("{}: {}", said.reference, said.text)),
        labelled("Name", said.name.as_deref()),
        listed("Also called", &said.aliases),
        listed("Known by", &said.identifiers),
        listed("Countries", &said.countries),
    ])
}

fn standing(said: &SubjectStatus) -> String {
    paragraphs([
        Some(format!("{}: {}", spaced(said.status.as_str()), said.reason)),
        labelled("Prosecutor", said.prosecutor.as_deref()),
        labelled("Proceedings", said.proceedings.as_deref()),
    ])
}

fn item(said: &DisclosureItem) -> String {
    let (used, sensitive) = (spaced(said.material.as_str()), spaced(said.sensitivity.as_str()));
    paragraphs([
        Some(format!("Item {}: {}", said.number, said.description)),
        // Why it is sensitive is for who reads the schedule.
        Some(format!("{used}, {sensitive}, under {}", said.clause)),
    ])
}

/// What stands at the head of a case, in one paragraph.
fn described(said: &accord_model::content::CaseDescribed) -> String {
    let list = |word: &str, all: &[String]| (!all.is_empty()).then(|| format!("{word}: {}.", all.join(", ")));
    let parts = [
        list("Jurisdictions", &said.jurisdictions),
        labelled("Why ours", said.nexus.as_deref()),
        labelled("Prosecuting office", said.office.as_deref()),
        labelled("Origin", said.origin.as_deref()),
        list("References", &said.references),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use accord_model::EntryKind;
    use serde_json::{Value, json};

    use super::*;

    /// A body of every kind whose words are read on the timeline, and what must stand there.
    fn said() -> Vec<(EntryKind, Value, &'static [&'static str])> {
        use EntryKind as K;
        let at = format!("{}/3", "1f".repeat(16));
        let person = "1e".repeat(16);
        let values = json!([{ "published": at, "value": "evil.example" }]);
        let package = json!({
            "format": "f", "manifest_sha256": "0".repeat(64), "size_bytes": 1, "lines": 4, "sources": ["dns"],
            "media_type": "application/zip",
        });
        let connection = json!({ "address": "192.0.2.7", "port": 4000, "transport": "tcp", "at_ms": 1 });
        vec![
            (
                K::RequestMade,
                json!({ "to": "isp", "what": "information", "reference": "I-1", "reason": "WORDS" }),
                &["WORDS"],
            ),
            (
                K::RequestNarrowed,
                json!({ "request": at, "words": "WORDS", "clause": "4.1" }),
                &["WORDS", "4.1"],
            ),
            (
                K::RequestRefused,
                json!({ "request": at, "words": "WORDS", "clause": "4.1" }),
                &["WORDS", "4.1"],
            ),
            (
                K::RequestAnswered,
                json!({ "request": at, "words": "WORDS", "clause": "4.1" }),
                &["WORDS"],
            ),
            (
                K::RequestWithdrawn,
                json!({ "request": at, "words": "WORDS" }),
                &["WORDS"],
            ),
            (
                K::EvidenceDelivered,
                json!({ "request": at, "exhibit": "E-1", "package": package, "acquisition": "a",
                        "custody_salt": "0".repeat(64) }),
                &["E-1", "4 lines", "dns"],
            ),
            (
                K::IndicatorPublished,
                json!({ "indicators": [{ "value": "evil.example" }], "note": "WORDS", "from": "FROM" }),
                &["WORDS", "evil.example", "FROM"],
            ),
            (
                K::IndicatorWithdrawn,
                json!({ "published": at, "values": ["evil.example"], "reason": "WORDS" }),
                &["WORDS", "evil.example"],
            ),
            (
                K::SightingCounted,
                json!({ "day": "2026-11-02",
                        "sightings": [{ "published": at, "value": "a.example", "count": 3 },
                                      { "published": at, "value": "b.example", "count": 4 }] }),
                &["2026-11-02", "7 times"],
            ),
            (
                K::VerdictDetect,
                json!({ "indicators": values, "audience": ["own"], "reason": "WORDS" }),
                &["WORDS", "evil.example", "own"],
            ),
            (
                K::VerdictBlock,
                json!({ "indicators": values, "reason": "WORDS" }),
                &["WORDS", "evil.example"],
            ),
            (
                K::LeadReferred,
                json!({ "text": "WORDS", "nexus": "NEXUS", "asks": "ASKS" }),
                &["WORDS", "NEXUS", "ASKS"],
            ),
            (K::ReportPublished, json!({ "text": "WORDS" }), &["WORDS"]),
            (
                K::FileAttached,
                json!({ "name": "a.bin", "media_type": "m", "size_bytes": 1, "sha256": "0".repeat(64),
                        "nature": "sample", "note": "WORDS" }),
                &["WORDS", "a.bin"],
            ),
            (
                K::FeedbackGiven,
                json!({ "about": at, "text": "WORDS", "word": "onward-asked", "onward": "vendor" }),
                &["WORDS", "onward asked", "vendor"],
            ),
            (
                K::DecisionLogged,
                json!({ "text": "WORDS", "reason": "WHY" }),
                &["WORDS", "WHY"],
            ),
            (K::TaskSet, json!({ "org": "isp", "text": "WORDS" }), &["WORDS"]),
            (K::TaskDone, json!({ "task": at, "text": "WORDS" }), &["WORDS"]),
            (
                K::SubscriberAnswered,
                json!({ "request": at, "clause": "4.1", "acquisition": "WORDS", "answers": [
                    { "connection": connection, "found": "one", "subscriber": { "account": "C-17", "name": "NAME" } },
                    { "connection": connection, "found": "no-record" }] }),
                &["WORDS", "192.0.2.7 4000: C-17", "192.0.2.7 4000: no record"],
            ),
            (
                K::SubjectRecorded,
                json!({ "reference": "S-1", "name": "NAME", "aliases": ["ALIAS"], "identifiers": ["ID"],
                        "countries": ["NL"], "text": "WORDS" }),
                &["WORDS", "S-1", "NAME", "ALIAS", "ID", "NL"],
            ),
            (
                K::SubjectStatus,
                json!({ "subject": at, "status": "charged", "reason": "WORDS", "prosecutor": "OFFICE",
                        "proceedings": "P-1" }),
                &["charged", "WORDS", "OFFICE", "P-1"],
            ),
            (
                K::TargetProposed,
                json!({ "value": "evil.example", "target": "domain", "action": "sinkhole", "responsible": "isp",
                        "reason": "WORDS" }),
                &["WORDS", "evil.example", "sinkhole", "isp"],
            ),
            (
                K::TargetChecked,
                json!({ "target": at, "check": "own-infrastructure", "result": "against", "text": "WORDS" }),
                &["WORDS", "own infrastructure", "against"],
            ),
            (
                K::TargetDropped,
                json!({ "target": at, "reason": "WORDS" }),
                &["WORDS"],
            ),
            (
                K::PlanWritten,
                json!({ "instant_ms": 1, "text": "WORDS",
                        "actions": [{ "target": at, "org": "isp", "action": "block", "after_ms": 0 }] }),
                &["WORDS"],
            ),
            (
                K::ActionExecuted,
                json!({ "plan": at, "target": at, "outcome": "partly", "at_ms": 1, "text": "WORDS" }),
                &["partly", "WORDS"],
            ),
            (
                K::ActionVerified,
                json!({ "action": at, "held": "did-not-hold", "at_ms": 1, "text": "WORDS" }),
                &["did not hold", "WORDS"],
            ),
            (
                K::VictimRecorded,
                json!({ "pseudonym": "V-1", "victim": "organisation", "text": "WORDS", "sector": "FOOD",
                        "wishes": "WISH" }),
                &["V-1", "WORDS", "FOOD", "WISH"],
            ),
            (
                K::VictimMessage,
                json!({ "victim": at, "direction": "to-victim", "text": "WORDS" }),
                &["WORDS"],
            ),
            (
                K::CustodyNoted,
                json!({ "exhibit": at, "step": "handed", "to": "BODY", "person": "PERSON", "at_ms": 1,
                        "manifest_sha256": "0".repeat(64), "reference": "REF", "text": "WORDS" }),
                &["handed", "BODY", "PERSON", "REF", "WORDS"],
            ),
            (
                K::RemediationNoted,
                json!({ "victim": at, "step": "STEP", "state": "not-done", "text": "WORDS" }),
                &["STEP", "not done", "WORDS"],
            ),
            (
                K::LinkSeen,
                json!({ "links": [{ "seen_in": "mail", "values": ["192.0.2.7", "evil.example"], "at_ms": 1, "count": 3 }],
                        "from": "FROM" }),
                &["In 3 mails", "192.0.2.7 evil.example", "FROM"],
            ),
            (
                K::LinkCleared,
                json!({ "values": ["evil.example"], "word": "cleared", "reason": "WORDS" }),
                &["Not malicious", "evil.example", "WORDS"],
            ),
            (K::GrantAsked, json!({ "identity": at, "reason": "WORDS" }), &[]),
            (
                K::GrantGiven,
                json!({ "asked": at, "until_ms": 1, "reason": "WORDS" }),
                &[],
            ),
            (K::GrantUsed, json!({ "asked": at, "text": "WORDS" }), &[]),
            (K::GrantEnded, json!({ "asked": at, "reason": "WORDS" }), &[]),
            (
                K::DisclosureItem,
                json!({ "number": "7", "description": "WORDS", "material": "unused", "sensitivity": "sensitive",
                        "harm": "HARM", "clause": "s3" }),
                &["Item 7", "WORDS", "unused", "sensitive", "s3"],
            ),
            (
                K::OutcomeRecorded,
                json!({ "outcome": "no-further-action", "authority": "COURT", "text": "WORDS" }),
                &["no further action", "COURT", "WORDS"],
            ),
            (
                K::CaseDescribed,
                json!({ "jurisdictions": ["NL"], "nexus": "NEXUS", "office": "OFFICE", "origin": "ORIGIN",
                        "references": ["REG 7"] }),
                &["NL", "NEXUS", "OFFICE", "ORIGIN", "REG 7"],
            ),
            (
                K::PersonNamed,
                json!({ "person": person, "name": "NAME", "organisation": "isp" }),
                &[],
            ),
            (
                K::VictimIdentity,
                json!({ "victim": at, "custodian": "isp", "scheme": "s", "key": "k", "ciphertext": "AAAA" }),
                &[],
            ),
            (
                K::VictimIdentity,
                json!({ "victim": at, "custodian": "isp", "scheme": "s", "key": "k", "ciphertext": "AAAA",
                        "given": { "ground": "consent", "text": "WORDS" } }),
                &["isp", "agreed", "WORDS"],
            ),
        ]
    }

    #[test]
    fn every_kind_of_note_shows_its_words() {
        let mut tried = BTreeSet::new();
        for (kind, body, words) in said() {
            let body = ContentBody::from_json(kind, body).unwrap_or_else(|why| panic!("{kind}: {why}"));
            let shown = content_words(&body);
            match (words, &shown) {
                // A name stands beside what its person wrote; an identity is for two people under a grant, and what
                // is said of a look for who deals with victims.
                ([], shown) => assert_eq!(*shown, None, "{kind}"),
                (words, Some(shown)) => {
                    for word in words {
                        assert!(shown.contains(word), "{kind}: no {word} in {shown}");
                    }
                }
                (_, None) => panic!("{kind} shows nothing"),
            }
            let shown = shown.unwrap_or_default();
            for kept in ["AAAA", "HARM"] {
                assert!(!shown.contains(kept), "{kind}: {shown}");
            }
            tried.insert(kind);
        }
        let all: BTreeSet<EntryKind> = ContentBody::SUPPORTED.iter().copied().collect();
        assert_eq!(tried, all);
    }

    #[test]
    fn what_a_subscriber_is_called_stays_with_the_answer() {
        let (_, body, _) = said()
            .into_iter()
            .find(|(kind, ..)| *kind == EntryKind::SubscriberAnswered)
            .unwrap();
        let body = ContentBody::from_json(EntryKind::SubscriberAnswered, body).unwrap();
        assert!(!content_words(&body).unwrap().contains("NAME"));
    }

    #[test]
    fn what_is_decided_is_told_in_words_and_not_by_its_kind() {
        let by = json!("1e".repeat(16));
        let at = json!(format!("{}/3", "1f".repeat(16)));
        let digest = json!("0".repeat(64));
        let check = |payload: Value, line: &str, reason: Option<&str>| {
            let entry = ControlEntry::from_json(&payload).unwrap_or_else(|why| panic!("{payload}: {why}"));
            let told = control_words(&entry, |_| "somebody".to_owned());
            assert_eq!(told, (line.to_owned(), reason.map(str::to_owned)));
        };
        let head = |kind: &str, role: &str, mut rest: Value| {
            let fields = rest.as_object_mut().unwrap();
            fields.insert("kind".into(), json!(kind));
            fields.insert("by".into(), by.clone());
            fields.insert("role".into(), json!(role));
            rest
        };
        check(
            head(
                "oral.recorded",
                "case-officer",
                json!({ "ground": "threat-to-life", "act": "who held 192.0.2.7", "category": "subscriber-data",
                        "addressee": "isp", "authority": "Judge Example", "power": "Act 7" }),
            ),
            "recorded an authority given by word of mouth by Judge Example, binding isp",
            Some("who held 192.0.2.7. threat to life; Act 7"),
        );
        check(
            head(
                "oral.confirmed",
                "case-officer",
                json!({ "oral": at, "reference": "PO-9", "authority": "District Court" }),
            ),
            "has the oral authority in writing: PO-9",
            Some("Signed by District Court"),
        );
        let go = |kind: &str, reason: Option<&str>| {
            let mut rest = json!({ "plan": at, "commitment": digest, "instant_ms": 1 });
            if let Some(reason) = reason {
                rest["reason"] = json!(reason);
            }
            head(kind, "approver", rest)
        };
        check(go("go.given", None), "says go to the plan", None);
        check(
            go("go.refused", Some("too early")),
            "says no-go to the plan",
            Some("too early"),
        );
        check(
            go("go.withdrawn", Some("a fire")),
            "took its go back",
            Some("a fire"),
        );
    }
}
