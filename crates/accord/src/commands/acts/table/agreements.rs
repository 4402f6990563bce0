//! Agreements at a node. Writing, checking and signing them is offline: `accord agreement`.

use super::super::field::{json, text, text_file, words};
use super::super::{Act, Shows, get, post};

const ONE: &str = "/agreements/{digest}";

pub const ACTS: &[Act] = &[
    get(
        "agreement list",
        "/agreements",
        "The agreements of your organisation, at a node",
    )
    .table(&[
        "digest",
        "title",
        "reference",
        "standing",
        "in_force",
        "waits_here",
        "parties",
    ]),
    get(
        "agreement show",
        ONE,
        "One agreement at a node: terms, signatures, approvers",
    )
    .shows(Shows::Members(&[
        "summary",
        "terms",
        "signed",
        "missing",
        "refused",
        "terminated",
        "members",
    ]))
    .example("0a1b..."),
    get("agreement terms", ONE, "Its agreement.toml")
        .shows(Shows::Text("/toml"))
        .example("0a1b... > agreement.toml"),
    get("agreement clauses", ONE, "Its clauses.cedar")
        .shows(Shows::Text("/cedar"))
        .example("0a1b... > clauses.cedar"),
    post(
        "agreement template",
        "/agreements/template",
        "Let a node fill a template: both files, to be proposed",
    )
    .takes(&[&[
        text(
            "template",
            "TEMPLATE",
            "intelligence-only, agency-vendor, agency-isp or multi-party",
        ),
        json(
            "filling",
            "title, reference, term, parties and what else the API names",
        ),
    ]])
    .shows(Shows::Json)
    .example("--template agency-isp --filling @filling.json > agreement.json"),
    post(
        "agreement propose",
        "/agreements",
        "Lay an agreement before its parties, as signatory: prints its digest",
    )
    .takes(&[&[
        text_file("toml", "agreement.toml").option("terms"),
        text_file("cedar", "clauses.cedar").option("clauses"),
    ]])
    .example("--terms heather/agreement.toml --clauses heather/clauses.cedar"),
    get(
        "agreement signing-text",
        "/agreements/{digest}/signing-text",
        "What the offline key signs",
    )
    .shows(Shows::Text("/text"))
    .example("0a1b... > agreement.txt"),
    post(
        "agreement hand-in",
        "/agreements/{digest}/sign",
        "Hand in the signature that `agreement sign` printed, as signatory",
    )
    .takes(&[&[text_file("signature", "The file with the signature line").at_its_place()]])
    .example("0a1b... signature.txt"),
    post(
        "agreement refuse",
        "/agreements/{digest}/refuse",
        "Refuse it, as signatory",
    )
    .takes(&[&[words("reason", "Why; all parties read it")]])
    .example("0a1b... --reason 'clause 4 goes too far'"),
    post(
        "agreement terminate",
        "/agreements/{digest}/terminate",
        "End it, at once, as signatory: nothing leaves under it any more",
    )
    .takes(&[&[words("reason", "Why; all parties read it")]])
    .example("0a1b... --reason 'the law has changed'"),
    post(
        "agreement approver",
        "/agreements/{digest}/approvers",
        "Name an approver under it",
    )
    .takes(&[&[text("person", "ID", "Their number").at_its_place()]])
    .example("0a1b... 9be1..."),
];
