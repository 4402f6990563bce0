//! Ready agreements: the flow table of `docs/spec/agreement.md` as clauses, for any number of partners.
//!
//! A template is a starting point: what is signed is the text it renders, not the template.

use std::fmt::Write as _;

use crate::words::words;
use crate::{Category, OrgKind};

use super::diagnostic::{Diagnostic, File};
use super::instant;
use super::terms::{AgreementKind, CEDAR_LANGUAGE, FORMAT, Party, Prose, Purpose, Term};
use super::{Agreement, AgreementDigest};

words! {
    /// The templates.
    pub enum Template as "template" {
        /// Indicators and analysis; no cases.
        IntelligenceOnly = "intelligence-only",
        /// One team of an agency and security vendors.
        AgencyVendor = "agency-vendor",
        /// One team of an agency with internet service providers and hosting providers.
        AgencyIsp = "agency-isp",
        /// One operation of an agency with vendors, internet service providers and hosting providers: to each pair its
        /// own agreement's flows.
        MultiParty = "multi-party",
    }
}

impl Template {
    /// The kinds a partner of the agency may be.
    pub fn partner_kinds(self) -> Vec<OrgKind> {
        match self {
            Self::IntelligenceOnly => OrgKind::ALL
                .iter()
                .copied()
                .filter(|kind| *kind != OrgKind::Agency)
                .collect(),
            Self::AgencyVendor => vec![OrgKind::Vendor],
            Self::AgencyIsp => vec![OrgKind::Isp, OrgKind::HostingProvider],
            Self::MultiParty => vec![OrgKind::Vendor, OrgKind::Isp, OrgKind::HostingProvider],
        }
    }

    /// The clauses. They speak of kinds of organisation, never of names.
    pub const fn clauses(self) -> &'static str {
        match self {
            Self::IntelligenceOnly => include_str!("templates/intelligence-only.cedar"),
            Self::AgencyVendor => include_str!("templates/agency-vendor.cedar"),
            Self::AgencyIsp => include_str!("templates/agency-isp.cedar"),
            Self::MultiParty => include_str!("templates/multi-party.cedar"),
        }
    }
}

/// What a template is filled in with.
#[derive(Debug, Clone)]
pub struct Filling {
    /// The title.
    pub title: String,
    /// The parties' own reference.
    pub reference: String,
    /// From when to when; cut to whole seconds.
    pub term: Term,
    /// Exactly one agency, and one or more partners of the template's kinds.
    pub parties: Vec<Party>,
    /// At least one; [`default_purposes`] is a start.
    pub purposes: Vec<Purpose>,
    /// The signed prose.
    pub prose: Option<Prose>,
    /// The version this one replaces.
    pub amends: Option<AgreementDigest>,
}

/// The purpose most cases have.
pub fn default_purposes() -> Vec<Purpose> {
    vec![Purpose {
        word: "cybercrime-investigation".to_owned(),
        text: "To prevent, investigate, disrupt and prosecute cybercrime, and to protect its victims."
            .to_owned(),
    }]
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn categories(list: &[Category]) -> String {
    let words: Vec<String> = list.iter().map(|category| format!("\"{category}\"")).collect();
    format!("[{}]", words.join(", "))
}

/// Renders `agreement.toml` and `clauses.cedar`. What it returns, [`Agreement::from_parts`] reads.
///
/// # Errors
/// Parties that do not fit the template, or whatever `from_parts` finds wrong with the filling.
pub fn render(template: Template, filling: &Filling) -> Result<(String, String), Vec<Diagnostic>> {
    let refuse = |message: String| Err(vec![Diagnostic::new(File::Terms, None, message)]);
    let agencies = filling
        .parties
        .iter()
        .filter(|party| party.kind == OrgKind::Agency)
        .count();
    if agencies != 1 {
        return refuse(format!(
            "{agencies} agencies: the template {template} is for exactly one"
        ));
    }
    let kinds = template.partner_kinds();
    if let Some(other) = filling
        .parties
        .iter()
        .find(|party| party.kind != OrgKind::Agency && !kinds.contains(&party.kind))
    {
        return refuse(format!(
            "{} is of kind {}: the template {template} has no clause for it",
            other.name, other.kind
        ));
    }
    let (toml, cedar) = (terms(template, filling), template.clauses().to_owned());
    Agreement::from_parts(&toml, &cedar)?;
    Ok((toml, cedar))
}

fn terms(template: Template, filling: &Filling) -> String {
    let kind = match (template, filling.parties.len()) {
        (Template::IntelligenceOnly, _) => AgreementKind::IntelligenceOnly,
        (Template::MultiParty, _) => AgreementKind::MultiPartyOperation,
        (_, 0..=2) => AgreementKind::VirtualTeam,
        _ => AgreementKind::MultiPartyOperation,
    };
    let mut out = String::new();
    let _ = writeln!(out, "format = {FORMAT}");
    let _ = writeln!(out, "cedar = \"{CEDAR_LANGUAGE}\"");
    let _ = writeln!(out, "kind = \"{kind}\"");
    let _ = writeln!(out, "template = \"{template}\"");
    let _ = writeln!(out, "title = {}", quoted(&filling.title));
    let _ = writeln!(out, "reference = {}", quoted(&filling.reference));
    if let Some(amends) = filling.amends {
        let _ = writeln!(out, "amends = \"{amends}\"");
    }
    let _ = writeln!(out, "\n[term]");
    let _ = writeln!(out, "from = \"{}\"", instant::format(filling.term.from_ms));
    let _ = writeln!(out, "until = \"{}\"", instant::format(filling.term.until_ms));
    for party in &filling.parties {
        let _ = writeln!(out, "\n[[parties]]");
        let _ = writeln!(out, "name = \"{}\"", party.name);
        let _ = writeln!(out, "kind = \"{}\"", party.kind);
        let _ = writeln!(out, "identity = {}", quoted(&party.identity));
        let _ = writeln!(out, "contact = {}", quoted(&party.contact));
        let _ = writeln!(out, "gateway = {}", quoted(&party.gateway));
    }
    for purpose in &filling.purposes {
        let _ = writeln!(out, "\n[[purposes]]");
        let _ = writeln!(out, "word = {}", quoted(&purpose.word));
        let _ = writeln!(out, "text = {}", quoted(&purpose.text));
    }
    let _ = writeln!(out, "\n[retention]\ndefault_days = 365");
    if template != Template::IntelligenceOnly {
        let _ = writeln!(
            out,
            "\n[retention.days]\nlog-evidence = 1825\nsubscriber-data = 1825"
        );
        let minimised = categories(&[Category::LogEvidence, Category::SubscriberData]);
        let _ = writeln!(out, "\n[obligations]\nminimise = {minimised}");
    }
    if let Some(prose) = &filling.prose {
        let _ = writeln!(out, "\n[prose]");
        let _ = writeln!(out, "name = {}", quoted(&prose.name));
        let _ = writeln!(out, "sha256 = {}", quoted(&prose.sha256));
        let _ = writeln!(out, "prevails = \"{}\"", prose.prevails);
    }
    out
}
