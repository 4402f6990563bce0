//! Which values a link takes, and which stand apart: they neither pass a verdict on nor receive one.

use accord_matcher::{Pattern, PatternKind};
use accord_model::EntryKind;
use accord_model::content::links::{AHEAD_MAX_MS, Link, Links, SEEN_WITH_MAX};
use accord_model::content::{LinkCleared, LinkSeen};

use super::say::LINK_TEXT_MAX_BYTES;
use crate::error::{Result, ServiceError};
use crate::feeds::Guard;
use crate::journal::State;
use crate::people::SignedIn;
use crate::permit::Act;

/// The notes that links are made of.
pub(crate) fn is_link(kind: EntryKind) -> bool {
    matches!(kind, EntryKind::LinkSeen | EntryKind::LinkCleared)
}

/// Whether a link joins values of this kind: one address, name, URL or digest, and nothing wider. A mailbox is none.
fn joins(pattern: &Pattern) -> bool {
    use PatternKind as K;
    matches!(pattern.kind(), K::Address | K::Domain | K::Url | K::Hash)
}

/// A value as links compare it; `None` for what no link joins, and for what its canonical text alone does not say: the
/// URL `http://203.0.113.7/24` would be read as a network of 256 addresses.
pub(crate) fn canonical(value: &str) -> Option<String> {
    let pattern = Pattern::parse(value).ok()?;
    let again = Pattern::parse(pattern.canonical());
    let is_told = again.map_or(pattern.kind() == PatternKind::Url, |again| {
        again.kind() == pattern.kind() && again.canonical() == pattern.canonical()
    });
    (joins(&pattern) && is_told).then(|| pattern.canonical().to_owned())
}

/// What a canonical value of a link is.
pub(super) fn pattern_of(canonical: &str) -> Option<Pattern> {
    // A URL stands without its scheme.
    let url = || Pattern::from_canonical(PatternKind::Url, canonical);
    Pattern::parse(canonical).ok().or_else(url)
}

/// Why a value is in no link: it cannot be read, is no address, name, URL or digest, or is nobody's.
fn unfit(value: &str) -> Option<String> {
    let pattern = match Pattern::parse(value) {
        Ok(pattern) => pattern,
        Err(refusal) => return Some(refusal.to_string()),
    };
    if !joins(&pattern) {
        return Some(format!(
            "{value}: a link joins addresses, names, URLs and digests"
        ));
    }
    if canonical(value).is_none() {
        return Some(format!("{value}: without its scheme it reads as something else"));
    }
    let nobodys = Guard::default().refuses(&pattern)?;
    Some(format!("{value}: {nobodys}"))
}

/// Whether a value can be in a link.
pub(crate) fn takes(value: &str) -> bool {
    unfit(value).is_none()
}

/// Refuses a note whose links no program could compare, or that joins what is nobody's.
pub(crate) fn link_rule(said: &LinkSeen, now_ms: u64) -> Result<()> {
    let bytes: usize = said
        .links
        .iter()
        .flat_map(|one| &one.values)
        .map(String::len)
        .sum();
    if bytes > LINK_TEXT_MAX_BYTES {
        let message = format!("{bytes} bytes of values, at most {LINK_TEXT_MAX_BYTES} in one note");
        return Err(ServiceError::invalid("links", message));
    }
    for one in &said.links {
        if let Some(why) = one.values.iter().find_map(|value| unfit(value)) {
            return Err(ServiceError::invalid("links", why));
        }
        let mut values: Vec<String> = one.values.iter().filter_map(|value| canonical(value)).collect();
        values.sort_unstable();
        values.dedup();
        if values.len() < one.values.len() {
            return Err(ServiceError::invalid(
                "links",
                "a value stands in a link twice, in two spellings",
            ));
        }
        if one.at_ms > now_ms.saturating_add(AHEAD_MAX_MS) {
            return Err(ServiceError::invalid("links", "seen at a time that lies ahead"));
        }
    }
    Ok(())
}

/// Refuses a note that clears what no link joins.
pub(crate) fn clear_rule(said: &LinkCleared) -> Result<()> {
    match said.values.iter().find(|value| canonical(value).is_none()) {
        None => Ok(()),
        Some(value) => Err(ServiceError::invalid(
            "values",
            format!("{value}: a link joins addresses, names, URLs and digests"),
        )),
    }
}

/// Whether somebody is told what feeds say and why this node keeps a value apart: who may look values up, and works here.
pub(crate) fn tells_whole(who: &SignedIn) -> bool {
    Act::LookUp.ask(who).is_ok() && who.home.is_none()
}

/// What stands apart, as this node knows it now.
pub(super) struct Apart<'a> {
    state: &'a State,
    guard: Guard,
    now_ms: u64,
    /// Whether the reasons are told whole: they name lists, feeds' judgements and what is somebody's own.
    whole: bool,
}

impl<'a> Apart<'a> {
    pub fn of(state: &'a State, guard: Guard, now_ms: u64, whole: bool) -> Self {
        Self {
            state,
            guard,
            now_ms,
            whole,
        }
    }

    /// Whether many use a value, or this node cannot tell.
    pub fn is_popular(&self, canonical: &str) -> bool {
        self.state.is_popular(canonical, self.now_ms)
    }

    /// What a value is when it is everybody's, nobody's, this organisation's or a party's own, or was found to be false.
    pub fn whose(&self, canonical: &str) -> Option<String> {
        let Some(pattern) = pattern_of(canonical) else {
            return Some("it cannot be read".to_owned());
        };
        let refused = self.guard.refuses(&pattern)?;
        // What is on a list is popular, which is said by itself.
        let listed = self.state.lists.list_that_holds(&pattern).is_some();
        (!listed).then_some(refused)
    }

    /// Why a value neither passes a verdict on over links of a case nor receives one, in words; `None` where it does.
    pub fn why(&self, canonical: &str, links: &Links, link: &Link) -> Option<String> {
        let kept_apart = || "this node keeps it apart".to_owned();
        if let Some(whose) = self.whose(canonical) {
            return Some(if self.whole { whose } else { kept_apart() });
        }
        if !self.whole && self.is_popular(canonical) {
            return Some(kept_apart());
        }
        let lists = &self.state.lists;
        if let Some(list) = lists.list_with(canonical) {
            return Some(format!("many use it: it is on the allow list {list}"));
        }
        if lists.is_empty() {
            return Some("this node was given no list of what many use, and cannot tell".to_owned());
        }
        if self.is_popular(canonical) {
            return Some("many use it: many sources see it".to_owned());
        }
        links
            .is_with_many(canonical, link)
            .then(|| format!("it was seen with more than {SEEN_WITH_MAX} different values"))
    }
}

#[cfg(test)]
mod tests {
    use accord_model::content::{SeenIn, SeenTogether};

    use super::*;

    fn seen(values: &[&str], at_ms: u64) -> LinkSeen {
        LinkSeen {
            links: vec![SeenTogether {
                seen_in: SeenIn::Mail,
                values: values.iter().map(|value| (*value).to_owned()).collect(),
                at_ms,
                count: 1,
            }],
            from: None,
        }
    }

    #[test]
    fn what_a_link_joins_and_what_it_does_not() {
        let digest = "a".repeat(64);
        let rows: &[(&[&str], Option<&str>)] = &[
            (&["203.0.113.7", "http://evil.example/a", &digest], None),
            (&["evil.example", "2001:db8::7"], None),
            (&["127.0.0.1", "evil.example"], Some("loopback")),
            (&["10.1.2.3", "evil.example"], Some("private")),
            (&["com", "evil.example"], Some("")),
            (&["co.uk", "evil.example"], Some("public suffix")),
            (&["printer.local", "evil.example"], Some("local")),
            (
                &["http://203.0.113.7/24", "evil.example"],
                Some("reads as something else"),
            ),
            (&["198.51.100.0/24", "evil.example"], Some("a link joins")),
            (&["0.0.0.0/0", "evil.example"], Some("")),
            (&[".evil.example", "203.0.113.7"], Some("a link joins")),
            (&["203.0.113.7:443", "evil.example"], Some("a link joins")),
            (&["ada@victim.example", "evil.example"], Some("a link joins")),
            (&["EVIL.example.", "evil[.]example"], Some("two spellings")),
        ];
        for (values, refused) in rows {
            match (link_rule(&seen(values, 0), 0), refused) {
                (Ok(()), None) => {}
                (Err(why), Some(part)) => assert!(why.to_string().contains(part), "{values:?}: {why}"),
                (given, expected) => panic!("{values:?}: {given:?}, not {expected:?}"),
            }
        }
    }

    #[test]
    fn not_ahead_of_the_clock_and_not_too_much_text() {
        let two = ["evil.example", "203.0.113.7"];
        assert!(link_rule(&seen(&two, AHEAD_MAX_MS), 0).is_ok());
        assert!(link_rule(&seen(&two, AHEAD_MAX_MS + 1), 0).is_err());
        let long = format!("http://evil.example/{}", "a".repeat(2_000));
        let mut many = seen(&two, 0);
        let one = many.links[0].clone();
        while many
            .links
            .iter()
            .flat_map(|one| &one.values)
            .map(String::len)
            .sum::<usize>()
            <= LINK_TEXT_MAX_BYTES
        {
            let mut next = one.clone();
            next.values.push(long.clone());
            many.links.push(next);
        }
        let over = link_rule(&many, 0);
        assert!(over.is_err_and(|why| why.to_string().contains("bytes of values")));
        many.links.pop();
        assert!(link_rule(&many, 0).is_ok());
    }

    #[test]
    fn only_values_that_a_link_joins_are_cleared() {
        let said = |value: &str| LinkCleared {
            values: vec![value.to_owned()],
            word: accord_model::content::ClearWord::Cleared,
            reason: "looked at".to_owned(),
        };
        assert!(clear_rule(&said("http://evil.example/a")).is_ok());
        assert!(clear_rule(&said("198.51.100.0/24")).is_err());
        assert!(clear_rule(&said("two words")).is_err());
    }
}
