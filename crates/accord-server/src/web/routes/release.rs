//! Before it happens: pages that say what will be done, and the check that what is confirmed is what was shown.

use std::collections::BTreeMap;

use accord_model::{OrgKind, OrgName};
use accord_service::Decided;
use sha2::{Digest, Sha256};

use super::frame::kind_words;
use crate::web::view::release::{Readers, Recipient};
use crate::web::view::{Decision, Href};

/// Binds a confirmation to everything that was shown for it.
pub(super) fn commitment(shown: &impl serde::Serialize) -> String {
    hex::encode(Sha256::digest(serde_json::to_vec(shown).unwrap_or_default()))
}

/// The agreement's word, as pages show it.
pub(super) fn decision(decided: &Decided) -> Decision {
    match decided.answer.as_str() {
        "yes" => Decision::Yes,
        "ask" => Decision::Ask,
        _ => Decision::No,
    }
}

/// A recipient, with the agreement's word for it.
pub(super) fn recipient(decided: &Decided, kind: Option<OrgKind>, agreement: &str) -> Recipient {
    let effect = match decision(decided) {
        Decision::Yes => "Gets it at once.".to_owned(),
        Decision::Ask => format!(
            "Gets it once {} says yes.",
            decided.who.map_or_else(
                || "somebody".to_owned(),
                |who| format!("your {}", who.as_str().replace('-', " "))
            )
        ),
        Decision::No => "Gets nothing. It sees that one item is withheld.".to_owned(),
    };
    let mut duties = Vec::new();
    if let Some(days) = decided.retention_days {
        duties.push(format!("kept at most {days} days"));
    }
    Recipient {
        organisation: decided.to.to_string(),
        kind: kind.map(kind_words).unwrap_or_default().to_owned(),
        decision: decision(decided),
        clause: decided.clause.clone(),
        clause_text: decided.words.clone(),
        clause_href: Some(clause(agreement, &decided.clause)),
        effect,
        duties,
    }
}

/// The verb of a button that publishes, by what the agreement says of each recipient.
pub(super) fn publishes<'a>(decided: impl IntoIterator<Item = &'a Decided>) -> String {
    let decided: Vec<&Decided> = decided.into_iter().collect();
    let reached: std::collections::BTreeSet<&OrgName> = decided
        .iter()
        .filter(|one| one.is_yes())
        .map(|one| &one.to)
        .collect();
    match reached.len() {
        0 if decided.iter().any(|one| one.answer == "ask") => "Publish, and ask your approver".to_owned(),
        0 => "Publish for us only".to_owned(),
        1 => "Publish to 1 organisation".to_owned(),
        many => format!("Publish to {many} organisations"),
    }
}

/// Recipient by recipient, the strictest word where several notes go: at most what each of them says.
pub(super) fn readers<'a>(
    decided: impl IntoIterator<Item = &'a Decided>,
    parties: &[(OrgName, OrgKind)],
    agreement: &str,
) -> Readers {
    let rank = |decided: &Decided| match decided.answer.as_str() {
        "yes" => 0,
        "ask" => 1,
        _ => 2,
    };
    let mut by: BTreeMap<&OrgName, &Decided> = BTreeMap::new();
    for one in decided {
        let known = by.entry(&one.to).or_insert(one);
        if rank(one) > rank(known) {
            *known = one;
        }
    }
    let each = by.into_values().map(|one| {
        let kind = parties.iter().find(|(org, _)| *org == one.to);
        recipient(one, kind.map(|(_, kind)| *kind), agreement)
    });
    Readers::Each(each.collect())
}

/// Where a clause stands.
pub(super) fn clause(agreement: &str, number: &str) -> Href {
    Href::of(&["agreements", agreement]).at(&clause_anchor(number))
}

/// The id of a clause on the agreement's page.
pub(super) fn clause_anchor(number: &str) -> String {
    let safe = number.replace(|c: char| !c.is_ascii_alphanumeric(), "-");
    format!("clause-{}", safe.to_ascii_lowercase())
}
