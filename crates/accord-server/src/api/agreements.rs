//! Agreements.

use accord_model::agreement::templates::{Filling, Template, default_purposes};
use accord_model::agreement::{Party, Prevails, Prose, Purpose, Term};
use accord_model::{AgreementDigest, OrgKind, OrgName, PersonId};
use serde::Deserialize;
use serde_json::json;

use super::call::{Call, Reply, give};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Files {
    toml: String,
    cedar: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TemplateAsked {
    template: Template,
    filling: FillingGiven,
}

/// A filling as JSON; the model's own has no wire form.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FillingGiven {
    title: String,
    reference: String,
    term: TermGiven,
    parties: Vec<PartyGiven>,
    #[serde(default)]
    purposes: Vec<PurposeGiven>,
    #[serde(default)]
    prose: Option<ProseGiven>,
    #[serde(default)]
    amends: Option<AgreementDigest>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TermGiven {
    from_ms: u64,
    until_ms: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PartyGiven {
    name: OrgName,
    kind: OrgKind,
    identity: String,
    contact: String,
    gateway: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PurposeGiven {
    word: String,
    text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProseGiven {
    name: String,
    sha256: String,
    prevails: Prevails,
}

impl From<FillingGiven> for Filling {
    fn from(given: FillingGiven) -> Self {
        let purposes: Vec<Purpose> = given
            .purposes
            .into_iter()
            .map(|purpose| Purpose {
                word: purpose.word,
                text: purpose.text,
            })
            .collect();
        Self {
            title: given.title,
            reference: given.reference,
            term: Term {
                from_ms: given.term.from_ms,
                until_ms: given.term.until_ms,
            },
            parties: given
                .parties
                .into_iter()
                .map(|party| Party {
                    name: party.name,
                    kind: party.kind,
                    identity: party.identity,
                    contact: party.contact,
                    gateway: party.gateway,
                })
                .collect(),
            purposes: if purposes.is_empty() {
                default_purposes()
            } else {
                purposes
            },
            prose: given.prose.map(|prose| Prose {
                name: prose.name,
                sha256: prose.sha256,
                prevails: prose.prevails,
            }),
            amends: given.amends,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Signature {
    signature: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reason {
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Person {
    person: PersonId,
}

pub(super) async fn list(call: Call) -> Reply {
    give(call.node.agreements(call.who()?).await?)
}

pub(super) async fn propose(call: Call) -> Reply {
    let files: Files = call.json()?;
    give(
        call.node
            .propose_agreement(call.who()?, &files.toml, &files.cedar)
            .await?,
    )
}

pub(super) async fn template(call: Call) -> Reply {
    let asked: TemplateAsked = call.json()?;
    let (toml, cedar) = call
        .node
        .fill_template(call.who()?, asked.template, &asked.filling.into())?;
    give(json!({ "toml": toml, "cedar": cedar }))
}

pub(super) async fn one(call: Call) -> Reply {
    let view = call.node.agreement(call.who()?, call.param("digest")?).await?;
    let explained = view.agreement.explain();
    let members: Vec<_> = view
        .members
        .iter()
        .map(|(person, roles)| json!({ "person": person, "roles": roles }))
        .collect();
    give(json!({
        "summary": view.summary,
        "terms": explained.terms,
        "clauses": explained.clauses,
        "matrix": explained.matrix,
        "signed": view.signed,
        "missing": view.missing,
        "refused": view.refused,
        "terminated": view.terminated,
        "members": members,
        "toml": view.agreement.toml(),
        "cedar": view.agreement.cedar(),
    }))
}

pub(super) async fn signing_text(call: Call) -> Reply {
    let text = call.node.signing_text(call.who()?, call.param("digest")?).await?;
    give(json!({ "text": text }))
}

pub(super) async fn sign(call: Call) -> Reply {
    let given: Signature = call.json()?;
    let digest = call.param("digest")?;
    give(
        call.node
            .sign_agreement(call.who()?, digest, &given.signature)
            .await?,
    )
}

pub(super) async fn refuse(call: Call) -> Reply {
    let given: Reason = call.json()?;
    let digest = call.param("digest")?;
    give(
        call.node
            .refuse_agreement(call.who()?, digest, &given.reason)
            .await?,
    )
}

pub(super) async fn terminate(call: Call) -> Reply {
    let given: Reason = call.json()?;
    let digest = call.param("digest")?;
    give(
        call.node
            .terminate_agreement(call.who()?, digest, &given.reason)
            .await?,
    )
}

pub(super) async fn name_approver(call: Call) -> Reply {
    let given: Person = call.json()?;
    let digest = call.param("digest")?;
    give(call.node.name_approver(call.who()?, digest, given.person).await?)
}
