//! Reports, indicators and files across the cases that a person sees.

use accord_model::content::{ContentBody, Said};
use accord_model::control::SpaceKind;
use accord_model::{EntryKind, EntryRef, OrgName, SpaceId, Tlp};
use serde::{Deserialize, Serialize};

use crate::error::{Result, ServiceError};
use crate::journal::{Space, State};
use crate::looks::Way;
use crate::node::Node;
use crate::people::SignedIn;
use crate::sight::Reader;
use crate::views::{each_said, said_of};

/// Items in one page.
pub const INTEL_PAGE: usize = 50;
/// Longest text that is looked for, bytes.
const TEXT_MAX: usize = 200;

/// What an item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IntelKind {
    /// A report.
    Report,
    /// A note with indicators.
    Indicators,
    /// A file.
    File,
}

impl IntelKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Report, Self::Indicators, Self::File];

    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Report => "report",
            Self::Indicators => "indicators",
            Self::File => "file",
        }
    }

    const fn entry(self) -> EntryKind {
        match self {
            Self::Report => EntryKind::ReportPublished,
            Self::Indicators => EntryKind::IndicatorPublished,
            Self::File => EntryKind::FileAttached,
        }
    }

    const fn of(kind: EntryKind) -> Option<Self> {
        match kind {
            EntryKind::ReportPublished => Some(Self::Report),
            EntryKind::IndicatorPublished => Some(Self::Indicators),
            EntryKind::FileAttached => Some(Self::File),
            _ => None,
        }
    }
}

impl std::str::FromStr for IntelKind {
    type Err = ServiceError;

    fn from_str(word: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|kind| kind.as_str() == word);
        found.ok_or_else(|| ServiceError::invalid("kind", "one of report, indicators, file"))
    }
}

/// What is looked for.
#[derive(Debug, Clone, Default)]
pub struct IntelFilter {
    /// Only of this kind.
    pub kind: Option<IntelKind>,
    /// Only of this case.
    pub case: Option<SpaceId>,
    /// Only by this organisation.
    pub org: Option<OrgName>,
    /// Only with this in its title, words, values or name, in any case of letters.
    pub text: Option<String>,
    /// How many to pass over.
    pub skip: usize,
}

/// A report, a note with indicators, or a file.
#[derive(Debug, Clone, Serialize)]
pub struct IntelItem {
    /// Its note.
    pub at: EntryRef,
    /// What it is.
    pub kind: IntelKind,
    /// Its case.
    pub case: SpaceId,
    /// The case's operation name.
    pub operation: String,
    /// Its one line.
    pub title: String,
    /// Who shared it.
    pub org: OrgName,
    /// When, ms UTC.
    pub when_ms: u64,
    /// How far it may travel.
    pub marking: Tlp,
    /// What it says, in the fields of its kind.
    pub body: serde_json::Value,
    /// Of a file: whether its bytes are here.
    pub here: Option<bool>,
}

/// One page of items, the newest first.
#[derive(Debug, Clone, Serialize)]
pub struct IntelPage {
    /// The items.
    pub items: Vec<IntelItem>,
    /// How many there are in all.
    pub total: usize,
    /// How many to pass over for the next page; none: that was the last.
    pub next: Option<usize>,
}

fn mentions(entry: &accord_model::content::ContentEntry, text: &str) -> bool {
    let has = |words: &str| words.to_lowercase().contains(text);
    if has(&entry.title) {
        return true;
    }
    match &entry.body {
        ContentBody::ReportPublished(said) => has(&said.text) || said.techniques.iter().any(|id| has(id)),
        ContentBody::IndicatorPublished(said) => {
            let one = |one: &accord_model::content::Indicator| {
                has(&one.value) || one.labels.iter().any(|label| has(label))
            };
            has(&said.from) || said.note.as_deref().is_some_and(has) || said.indicators.iter().any(one)
        }
        ContentBody::FileAttached(said) => has(&said.name) || has(&said.sha256),
        _ => false,
    }
}

impl Node {
    fn intel_row(&self, state: &State, space: &Space, reader: &Reader, one: &Said<'_>) -> Option<IntelItem> {
        if !reader.reads(one.entry) || reader.is_cleared(one.at) {
            return None;
        }
        let operation = space.control.case().map(|opened| opened.case.operation.clone());
        Some(IntelItem {
            at: one.at,
            kind: IntelKind::of(one.entry.kind())?,
            case: space.id,
            operation: operation.unwrap_or_default(),
            title: one.entry.title.clone(),
            org: one.author.clone(),
            when_ms: one.wall_ms,
            marking: one.entry.marking.tlp,
            body: one.entry.body.to_json(),
            here: super::files::view(state, one.at).map(|file| file.here),
        })
    }

    /// Reports, indicators and files of the cases that a person sees, the newest first.
    pub async fn intelligence(&self, who: &SignedIn, filter: &IntelFilter) -> Result<IntelPage> {
        let text = filter
            .text
            .as_deref()
            .map(str::trim)
            .filter(|text| !text.is_empty());
        if text.is_some_and(|text| text.len() > TEXT_MAX) {
            return Err(ServiceError::invalid("q", format!("at most {TEXT_MAX} bytes")));
        }
        let text = text.map(str::to_lowercase);
        let page = {
            let state = self.read().await?;
            let wanted = |kind| match filter.kind {
                Some(only) => only.entry() == kind,
                None => IntelKind::of(kind).is_some(),
            };
            let mut found = Vec::new();
            let cases = state
                .spaces
                .values()
                .filter(|space| space.kind == SpaceKind::Case);
            for space in cases.filter(|space| filter.case.is_none_or(|only| only == space.id)) {
                // What the person does not see is not there.
                let Ok(reader) = self.reader(&state, space, who) else {
                    continue;
                };
                // Most of a long case is neither shown nor looked into.
                let readable = |kind| wanted(kind) && reader.reads_kind(kind);
                for one in each_said(&state, space, readable) {
                    let by = filter.org.as_ref().is_none_or(|org| org == one.author);
                    let seen = by && !reader.is_cleared(one.at);
                    if seen && text.as_ref().is_none_or(|text| mentions(one.entry, text)) {
                        found.push((space, one));
                    }
                }
            }
            let total = found.len();
            let newest = |(_, one): &(&Space, Said<'_>)| (std::cmp::Reverse(one.wall_ms), one.at);
            // Only what is shown is put in order.
            let end = filter.skip.saturating_add(INTEL_PAGE);
            if end < total {
                found.select_nth_unstable_by_key(end, newest);
                found.truncate(end);
            }
            found.sort_unstable_by_key(newest);
            let shown = found.iter().skip(filter.skip).take(INTEL_PAGE);
            let items: Vec<IntelItem> = shown
                .filter_map(|(space, one)| {
                    let reader = self.reader(&state, space, who).ok()?;
                    self.intel_row(&state, space, &reader, one)
                })
                .collect();
            IntelPage {
                items,
                total,
                next: (end < total).then_some(end),
            }
        };
        let way = if text.is_some() { Way::Searched } else { Way::Read };
        self.looked(who, way, page.items.iter().map(|item| item.at))
            .await?;
        Ok(page)
    }

    /// One report, note with indicators, or file.
    pub async fn intel_item(&self, who: &SignedIn, at: EntryRef) -> Result<IntelItem> {
        let none = || ServiceError::NotFound("item");
        let item = {
            let state = self.read().await?;
            let (ledger, _, _) = state.entry(at).ok_or_else(none)?;
            let space = self.case_within(&state, who, ledger.space).map_err(|_| none())?;
            let reader = self.reader(&state, space, who)?;
            let said = said_of(&state, space, |kind| IntelKind::of(kind).is_some());
            let one = said.iter().find(|one| one.at == at).ok_or_else(none)?;
            self.intel_row(&state, space, &reader, one).ok_or_else(none)?
        };
        self.looked(who, Way::Read, [at]).await?;
        Ok(item)
    }
}
