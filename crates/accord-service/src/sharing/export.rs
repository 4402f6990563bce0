//! Files for other programs.

use accord_formats::export::{Format, write};
use accord_model::control::SpaceKind;
use accord_model::{OrgName, SpaceId, Tlp};
use serde::Serialize;

use super::gather::{self, Gathered};
use crate::error::{Result, ServiceError};
use crate::journal::{Space, State};
use crate::looks::Way;
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;

/// Most indicators of one file.
pub const EXPORT_INDICATORS_MAX: usize = 100_000;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportAsked {
    /// The format.
    pub format: Format,
    /// Of this case; none: of every case that the person sees whole.
    pub case: Option<SpaceId>,
    /// Kinds of values, in the words of the formats; empty: all.
    pub kinds: Vec<String>,
    /// Labels, of which an indicator must have one; empty: any.
    pub labels: Vec<String>,
    /// The strictest marking that may be in the file.
    pub ceiling: Option<Tlp>,
    /// What is new or was withdrawn since then, ms UTC.
    pub since_ms: Option<u64>,
    /// The organisation it is made for; none: for use inside.
    pub to: Option<OrgName>,
}

impl ExportAsked {
    /// Everything, in a format.
    pub fn all(format: Format) -> Self {
        Self {
            format,
            case: None,
            kinds: Vec::new(),
            labels: Vec::new(),
            ceiling: None,
            since_ms: None,
            to: None,
        }
    }
}

/// What a file would be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExportPreview {
    /// The name it is kept under.
    pub name: String,
    /// How many indicators it carries.
    pub indicators: usize,
    /// How many of each kind of value there are.
    pub kinds: Vec<(String, usize)>,
    /// The strictest marking of what is in it.
    pub marking: Option<String>,
    /// What the format does not carry, or carries otherwise, with how often.
    pub told: Vec<(String, usize)>,
    /// Its length, bytes.
    pub bytes: usize,
}

/// A file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportedFile {
    /// What is told of it.
    pub preview: ExportPreview,
    /// Its media type.
    pub media_type: &'static str,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Node {
    /// The cases that a file is made of.
    fn export_spaces<'a>(
        &self,
        state: &'a State,
        who: &SignedIn,
        asked: &ExportAsked,
    ) -> Result<Vec<&'a Space>> {
        match asked.case {
            Some(case) => Ok(vec![self.case_for(state, who, case)?]),
            None => Ok(state
                .spaces
                .values()
                .filter(|space| space.kind == SpaceKind::Case && self.sees_whole(space, who))
                .collect()),
        }
    }

    /// What the person asked for, of what they may have.
    fn gather_for(&self, state: &State, who: &SignedIn, asked: &ExportAsked) -> Result<(String, Gathered)> {
        let spaces = self.export_spaces(state, who, asked)?;
        let mut gathered = Gathered::default();
        for space in &spaces {
            let reader = self.reader(state, space, who)?;
            let allowed =
                |at, ledger: &crate::journal::Ledger, entry: &accord_model::content::ContentEntry| {
                    let within = asked
                        .ceiling
                        .is_none_or(|ceiling| entry.marking.tlp.rank() <= ceiling.rank());
                    within
                        && reader.reads(entry)
                        && match &asked.to {
                            Some(to) => ledger.own && self.payload_for(state, at, to).is_some(),
                            None => true,
                        }
                };
            let notes = gather::notes(state, space, &allowed);
            gather::gather(space, &notes, &mut gathered);
        }
        let wanted = |one: &accord_formats::export::Indicator| {
            let kind = asked.kinds.is_empty() || asked.kinds.iter().any(|kind| kind == one.kind.as_str());
            let label = asked.labels.is_empty()
                || one.labels.iter().any(|label| {
                    asked
                        .labels
                        .iter()
                        .any(|wanted| wanted.eq_ignore_ascii_case(label))
                });
            let since = asked.since_ms.is_none_or(|since| {
                one.published_ms >= since || one.withdrawn_ms.is_some_and(|at| at >= since)
            });
            kind && label && since
        };
        gathered.indicators.retain(wanted);
        let is_new = |ms: u64| asked.since_ms.is_none_or(|since| ms >= since);
        gathered.sightings.retain(|one| is_new(one.published_ms));
        let narrowed = !asked.kinds.is_empty() || !asked.labels.is_empty();
        gathered
            .reports
            .retain(|one| !narrowed && is_new(one.published_ms));
        if gathered.indicators.len() > EXPORT_INDICATORS_MAX {
            return Err(ServiceError::Conflict(format!(
                "{} indicators are more than the {EXPORT_INDICATORS_MAX} of one file: choose a case, a kind, a label \
                 or a day",
                gathered.indicators.len()
            )));
        }
        let title = match spaces.as_slice() {
            [one] => one
                .control
                .case()
                .map(|opened| {
                    let name = opened.case.operation.as_str();
                    format!("Operation {}", name.strip_prefix("Operation ").unwrap_or(name))
                })
                .unwrap_or_default(),
            _ => "intelligence of several operations".to_owned(),
        };
        Ok((title, gathered))
    }

    fn file_of(&self, asked: &ExportAsked, title: String, gathered: Gathered) -> ExportedFile {
        let mut kinds: std::collections::BTreeMap<&'static str, usize> = std::collections::BTreeMap::new();
        for one in &gathered.indicators {
            *kinds.entry(one.kind.as_str()).or_default() += 1;
        }
        let plain: String = title
            .to_lowercase()
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
            .take(60)
            .collect();
        let name = format!("{}.{}", plain.trim_matches('-'), asked.format.extension());
        let material = gathered.material(self.config.org.as_str(), title, self.now_ms());
        let written = write(asked.format, &material);
        ExportedFile {
            preview: ExportPreview {
                name,
                indicators: written.indicators,
                kinds: kinds
                    .into_iter()
                    .map(|(kind, count)| (kind.to_owned(), count))
                    .collect(),
                marking: written.marking.map(|marking| marking.as_str().to_owned()),
                told: written
                    .told
                    .into_iter()
                    .map(|(words, count)| (words.to_owned(), count))
                    .collect(),
                bytes: written.bytes.len(),
            },
            media_type: asked.format.media_type(),
            bytes: written.bytes,
        }
    }

    /// What a file would be. Nothing is kept, and nothing is released.
    pub async fn preview_export(&self, who: &SignedIn, asked: &ExportAsked) -> Result<ExportPreview> {
        Act::Export.ask(who)?;
        self.check(asked)?;
        let state = self.read().await?;
        let (title, gathered) = self.gather_for(&state, who, asked)?;
        Ok(self.file_of(asked, title, gathered).preview)
    }

    /// Makes a file. For use inside it is a read by this person of every note in it; for another organisation it is
    /// made of what was released to it: making a file releases nothing.
    pub async fn export(&self, who: &SignedIn, asked: &ExportAsked) -> Result<ExportedFile> {
        Act::Export.ask(who)?;
        self.check(asked)?;
        let (file, notes) = self
            .act(|state, batch, log| {
                let (title, gathered) = self.gather_for(state, who, asked)?;
                let notes = gathered.notes.clone();
                let file = self.file_of(asked, title, gathered);
                let what = if asked.to.is_some() {
                    "exported-for"
                } else {
                    "exported"
                };
                let subject = format!(
                    "{} {}{}: {} indicators of {} notes",
                    asked.format,
                    asked
                        .case
                        .map_or_else(|| "every case".to_owned(), |case| case.to_string()),
                    asked
                        .to
                        .as_ref()
                        .map(|to| format!(" for {to}"))
                        .unwrap_or_default(),
                    file.preview.indicators,
                    notes.len()
                );
                log.person(batch, who, what, &subject);
                Ok((file, notes))
            })
            .await?;
        self.looked(who, Way::Exported, notes).await?;
        Ok(file)
    }
}

impl Node {
    fn check(&self, asked: &ExportAsked) -> Result<()> {
        const KINDS: [&str; 12] = [
            "domain",
            "subdomains",
            "ipv4",
            "ipv6",
            "network",
            "address-port",
            "url",
            "email",
            "md5",
            "sha1",
            "sha256",
            "sha512",
        ];
        if let Some(kind) = asked.kinds.iter().find(|kind| !KINDS.contains(&kind.as_str())) {
            let kind: String = kind.chars().take(40).collect();
            return Err(ServiceError::invalid(
                "kind",
                format!("\"{kind}\" is no kind of value: {}", KINDS.join(", ")),
            ));
        }
        if asked.to.as_ref() == Some(&self.config.org) {
            return Err(ServiceError::invalid(
                "for",
                "a file for use inside is for nobody else",
            ));
        }
        Ok(())
    }
}
