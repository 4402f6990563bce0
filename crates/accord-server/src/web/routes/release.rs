//! Before it happens: pages that say what will be done, and the check that what is confirmed is what was shown.

use accord_model::OrgKind;
use accord_service::Decided;
use sha2::{Digest, Sha256};

use super::frame::kind_words;
use crate::web::view::release::Recipient;
use crate::web::view::{Decision, Href};

/// Binds a confirmation to everything that was shown for it.
pub(super) fn commitment(shown: &impl serde::Serialize) -> String {
    hex::encode(Sha256::digest(serde_json::to_vec(shown).unwrap_or_default()))
}

/// A recipient, with the agreement's word for it.
pub(super) fn recipient(decided: &Decided, kind: Option<OrgKind>, agreement: &str) -> Recipient {
    let (decision, effect) = match decided.answer.as_str() {
        "yes" => (Decision::Yes, "Gets it at once.".to_owned()),
        "ask" => (
            Decision::Ask,
            format!(
                "Gets it once {} says yes.",
                decided.who.map_or_else(
                    || "somebody".to_owned(),
                    |who| format!("your {}", who.as_str().replace('-', " "))
                )
            ),
        ),
        _ => (
            Decision::No,
            "Gets nothing. It sees that one item is withheld.".to_owned(),
        ),
    };
    let mut duties = Vec::new();
    if let Some(days) = decided.retention_days {
        duties.push(format!("kept at most {days} days"));
    }
    Recipient {
        organisation: decided.to.to_string(),
        kind: kind.map(kind_words).unwrap_or_default().to_owned(),
        decision,
        clause: decided.clause.clone(),
        clause_text: decided.words.clone(),
        clause_href: Some(clause(agreement, &decided.clause)),
        effect,
        duties,
    }
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
