//! Reports, indicators and files across the cases that a person sees.

use std::cmp::Reverse;
use std::sync::Arc;

use accord_model::content::{ContentBody, Said};
use accord_model::control::SpaceKind;
use accord_model::{EntryKind, EntryRef, OrgName, SpaceId, Tlp};
use serde::{Deserialize, Serialize};

use crate::error::{Result, ServiceError};
use crate::journal::{Body, Space, State};
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

/// The notes of a kind, the newest first.
fn newest(state: &State, space: &Space, kind: EntryKind) -> Arc<Vec<(u64, EntryRef)>> {
    let of_kind = |of| of == kind;
    space.made.newest.get(
        space.version_of(of_kind),
        kind,
        |_| true,
        || {
            let mut all: Vec<(u64, EntryRef)> = each_said(state, space, of_kind)
                .map(|one| (one.wall_ms, one.at))
                .collect();
            all.sort_unstable_by_key(|(when_ms, at)| (Reverse(*when_ms), *at));
            all
        },
    )
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
        // Most of a long case is neither shown nor looked into.
        let is_open = text.is_none() && filter.org.is_none();
        let is_asked = |state: &State, at: EntryRef| {
            is_open
                || state.entry(at).is_some_and(|(ledger, _, body)| {
                    let by = filter.org.as_ref().is_none_or(|org| *org == ledger.org);
                    let has = |text: &String| match body {
                        Body::Content(entry) => mentions(entry, text),
                        _ => false,
                    };
                    by && text.as_ref().is_none_or(has)
                })
        };
        let page = {
            let state = self.read().await?;
            let wanted = |kind| match filter.kind {
                Some(only) => only.entry() == kind,
                None => IntelKind::of(kind).is_some(),
            };
            let end = filter.skip.saturating_add(INTEL_PAGE);
            let (mut found, mut total) = (Vec::new(), 0);
            let cases = state
                .spaces
                .values()
                .filter(|space| space.kind == SpaceKind::Case);
            for space in cases.filter(|space| filter.case.is_none_or(|only| only == space.id)) {
                // What the person does not see is not there.
                let Ok(reader) = self.reader(&state, space, who) else {
                    continue;
                };
                let kinds = IntelKind::ALL.into_iter().map(IntelKind::entry);
                for kind in kinds.filter(|kind| wanted(*kind) && reader.reads_kind(*kind)) {
                    let newest = newest(&state, space, kind);
                    let mut asked = newest
                        .iter()
                        .filter(|(_, at)| !reader.is_cleared(*at) && is_asked(&state, *at))
                        .map(|(when_ms, at)| (space, *when_ms, *at));
                    let known = found.len();
                    found.extend(asked.by_ref().take(end));
                    total += found.len() - known + asked.count();
                }
            }
            found.sort_unstable_by_key(|(_, when_ms, at)| (Reverse(*when_ms), *at));
            let shown = found.iter().skip(filter.skip).take(INTEL_PAGE);
            let items: Vec<IntelItem> = shown
                .filter_map(|(space, wall_ms, at)| {
                    let reader = self.reader(&state, space, who).ok()?;
                    let (ledger, _, Body::Content(entry)) = state.entry(*at)? else {
                        return None;
                    };
                    let said = Said {
                        at: *at,
                        author: &ledger.org,
                        wall_ms: *wall_ms,
                        entry,
                    };
                    self.intel_row(&state, space, &reader, &said)
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
