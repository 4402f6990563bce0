//! The notes and files that a draft becomes: a report, indicators in pieces within the limits of a note, values that
//! wait for a second person apart, files.
//!
//! Provenance: each piece says what the material is called and what it is, and where its first values stood; the
//! digest of the material stands only in the note that attaches it, so that nothing tells of bytes that are withheld.
//! Of a protected source nothing is said at all.

use accord_formats::letters;
use accord_formats::material::{Form, Material};
use accord_model::Tlp;
use accord_model::content::{
    FileNature, Indicator, IndicatorKind, IndicatorPublished, LinkSeen, ReportPublished, SeenIn, SeenTogether,
};

use super::draft::{Choices, ImportDraft, cut, line};
use super::files::{FILE_MAX_BYTES, NewFile};
use super::judge::{ValueView, marked};
use super::together::together;
use crate::error::{Result, ServiceError};
use crate::notes::{Draft, NewNote};

/// Values of one note.
pub(super) const PIECE_VALUES_MAX: usize = 5_000;
/// Fields of one note: values, labels, kinds, confidences and validities.
pub(super) const PIECE_FIELDS_MAX: usize = 15_000;
/// Text of one note's values and labels, bytes: with salts and names of fields a payload stays under its 4 MiB.
pub(super) const PIECE_TEXT_MAX_BYTES: usize = 1 << 20;
/// Files that one draft attaches.
pub(super) const FILES_MAX: usize = 20;

const TITLE_MAX: usize = 200;
const NOTE_MAX: usize = 4_000;
const LABELS_MAX: usize = 16;
const LABEL_MAX: usize = 64;
const REPORT_MAX: usize = 512 * 1024;

/// What a draft becomes.
#[derive(Debug)]
pub(super) struct Pieces {
    /// The report.
    pub report: Option<Draft>,
    /// Indicators that are published at once. The report's reference is filled in when it is there.
    pub plain: Vec<(Draft, IndicatorPublished)>,
    /// Indicators that wait for a second person.
    pub second: Vec<(Draft, IndicatorPublished)>,
    /// Files, with their bytes.
    pub files: Vec<(NewFile, Vec<u8>)>,
    /// What was seen together in one mail, and how many values that are.
    pub link: Option<(Draft, usize)>,
}

/// A draft of a note with a reference filled in.
pub(super) fn with_report(
    draft: &Draft,
    said: &IndicatorPublished,
    report: Option<accord_model::EntryRef>,
) -> Result<Draft> {
    Ok(Draft {
        note: NewNote::new(IndicatorPublished {
            report,
            ..said.clone()
        })?,
        ..draft.clone()
    })
}

fn kind(word: &str) -> Option<IndicatorKind> {
    // An address with a port, and the names below a domain, are read from their value.
    word.parse().ok()
}

/// Takes what a note does not take out of a text of several lines.
fn prose(text: &str, max: usize) -> String {
    let plain: String = text
        .replace("\r\n", "\n")
        .replace('\r', "\n")
        .chars()
        .filter(|c| (!c.is_control() || *c == '\n' || *c == '\t') && !letters::turns(*c))
        .collect();
    cut(plain.trim(), max)
}

/// What the pieces share.
struct Shared<'a> {
    draft: &'a ImportDraft,
    choices: &'a Choices,
    title: String,
    marking: Tlp,
    from: String,
    /// What every piece says first: the marking that was lowered, and why.
    first: Option<String>,
}

impl<'a> Shared<'a> {
    fn of(draft: &'a ImportDraft, material: &Material) -> Result<Self> {
        let choices = &draft.choices;
        let found = marked(material);
        let marking = choices.marking.or(found).unwrap_or(Tlp::Amber);
        let because = choices
            .looser_because
            .as_deref()
            .map(|why| line(why, 500))
            .unwrap_or_default();
        let mut first = None;
        if let Some(found) = found.filter(|found| marking.rank() < found.rank()) {
            if because.is_empty() {
                let place = material
                    .strictest()
                    .map(|found| found.place.to_string())
                    .unwrap_or_default();
                return Err(ServiceError::invalid(
                    "marking",
                    format!(
                        "the material is marked {found} ({place}): to mark it {marking}, say who allows it \
                         (looser_because)"
                    ),
                ));
            }
            first = Some(format!(
                "Marked {found} where it comes from, {marking} here: {because}"
            ));
        }
        let mut title = choices
            .title
            .as_deref()
            .map(|title| line(title, TITLE_MAX))
            .unwrap_or_default();
        if title.is_empty() && !choices.source_protected {
            title = line(material.title.as_deref().unwrap_or(&draft.name), TITLE_MAX - 20);
        }
        if title.is_empty() {
            title = "Indicators".to_owned();
        }
        // The form offers the material's own title, which may name the source.
        let mut its_own = material.title.iter().chain([&draft.name]);
        if choices.source_protected && its_own.any(|known| line(known, TITLE_MAX) == title) {
            return Err(ServiceError::invalid(
                "title",
                "the source is protected: say it in words of your own, not in the material's",
            ));
        }
        let mut from = choices
            .from
            .as_deref()
            .map(|from| line(from, TITLE_MAX))
            .unwrap_or_default();
        if choices.source_protected {
            if !from.is_empty() {
                return Err(ServiceError::invalid(
                    "from",
                    "the source is protected: leave out where it comes from",
                ));
            }
            from = "A protected source".to_owned();
        } else if from.is_empty() {
            from = line(&format!("{}: {}", draft.form.words(), draft.name), TITLE_MAX);
        }
        Ok(Self {
            draft,
            choices,
            title,
            marking,
            from,
            first,
        })
    }

    fn note(&self, title: String, note: NewNote) -> Draft {
        Draft {
            title,
            marking: self.marking,
            to: self.choices.to.clone(),
            note,
            expect: None,
        }
    }

    fn indicator(&self, value: &ValueView, labels: &[String]) -> Indicator {
        let mut all: Vec<String> = Vec::new();
        // What the material calls a thing may name where it comes from.
        let own = if self.choices.source_protected {
            &[][..]
        } else {
            value.found.labels.as_slice()
        };
        for label in labels.iter().chain(own) {
            let label = line(label, LABEL_MAX);
            if !label.is_empty() && all.len() < LABELS_MAX && !all.contains(&label) {
                all.push(label);
            }
        }
        Indicator {
            value: value.found.value.clone(),
            kind: kind(&value.found.kind),
            labels: all,
            confidence: self.choices.confidence,
            valid_until_ms: self.choices.valid_until_ms,
        }
    }

    /// Where the values of a piece stood, as many as fit.
    fn where_from(&self, values: &[&ValueView]) -> Option<String> {
        let mut text = self.first.clone().unwrap_or_default();
        if !self.choices.source_protected {
            let mut left = values.len();
            for value in values {
                let places: Vec<String> = value.found.places.iter().map(ToString::to_string).collect();
                let more = if value.found.times > value.found.places.len() as u64 {
                    format!(" ({} times)", value.found.times)
                } else {
                    String::new()
                };
                let one = line(
                    &format!("{}: {}{more}", value.found.value, places.join("; ")),
                    600,
                );
                if text.len() + one.len() + 60 > NOTE_MAX {
                    break;
                }
                if !text.is_empty() {
                    text.push('\n');
                }
                text.push_str(&one);
                left -= 1;
            }
            if left > 0 && left < values.len() {
                text.push_str(&format!("\nand {left} more in the same material"));
            }
        }
        (!text.is_empty()).then_some(text)
    }

    fn published(&self, values: &[&ValueView], indicators: Vec<Indicator>) -> IndicatorPublished {
        IndicatorPublished {
            indicators,
            note: self.where_from(values),
            from: self.from.clone(),
            grading: self.choices.grading.clone(),
            source_protected: self.choices.source_protected,
            wish: self
                .choices
                .wish
                .unwrap_or(accord_model::content::VerdictWish::None),
            report: None,
            second: None,
        }
    }

    /// Values as notes, each within the limits of one.
    fn in_pieces(
        &self,
        values: &[&ValueView],
        labels: &[String],
    ) -> Result<Vec<(Draft, IndicatorPublished)>> {
        let mut pieces: Vec<(Vec<&ValueView>, Vec<Indicator>)> = Vec::new();
        let (mut fields, mut bytes) = (0, 0);
        for value in values {
            let indicator = self.indicator(value, labels);
            let of_it = 1
                + indicator.labels.len()
                + usize::from(indicator.kind.is_some())
                + usize::from(indicator.confidence.is_some())
                + usize::from(indicator.valid_until_ms.is_some());
            let text = indicator.value.len() + indicator.labels.iter().map(String::len).sum::<usize>();
            let full = pieces.last().is_none_or(|(values, _)| {
                values.len() >= PIECE_VALUES_MAX
                    || fields + of_it > PIECE_FIELDS_MAX
                    || bytes + text > PIECE_TEXT_MAX_BYTES
            });
            if full {
                pieces.push((Vec::new(), Vec::new()));
                (fields, bytes) = (0, 0);
            }
            fields += of_it;
            bytes += text;
            if let Some((values, indicators)) = pieces.last_mut() {
                values.push(value);
                indicators.push(indicator);
            }
        }
        let count = pieces.len();
        let pieces = pieces.into_iter().enumerate();
        pieces
            .map(|(number, (values, indicators))| {
                let title = if count > 1 {
                    let part = format!(" ({} of {count})", number + 1);
                    format!("{}{part}", cut(&self.title, TITLE_MAX - part.len()))
                } else {
                    self.title.clone()
                };
                let said = self.published(&values, indicators);
                Ok((self.note(title, NewNote::new(said.clone())?), said))
            })
            .collect()
    }

    fn report(&self, techniques: &[String]) -> Result<Option<Draft>> {
        let Some(text) = &self.choices.report else {
            return Ok(None);
        };
        let mut whole = self
            .first
            .clone()
            .map(|first| format!("{first}\n\n"))
            .unwrap_or_default();
        whole.push_str(text);
        let said = ReportPublished {
            text: prose(&whole, REPORT_MAX),
            grading: self.choices.grading.clone(),
            source_protected: self.choices.source_protected,
            techniques: techniques.to_vec(),
        };
        if said.text.is_empty() {
            return Err(ServiceError::invalid(
                "report",
                "it says nothing: write it, or publish no report",
            ));
        }
        Ok(Some(self.note(self.title.clone(), NewNote::new(said)?)))
    }

    /// What was seen together, where the author says so.
    fn link(&self, material: &Material, values: &[ValueView]) -> Result<Option<(Draft, usize)>> {
        if self.choices.link != Some(true) {
            return Ok(None);
        }
        let together = together(material, values);
        if together.len() < 2 {
            return Err(ServiceError::invalid(
                "link",
                "fewer than two values of an e-mail are chosen: nothing was seen together",
            ));
        }
        let count = together.len();
        let said = LinkSeen {
            links: vec![SeenTogether {
                seen_in: SeenIn::Mail,
                values: together,
                at_ms: self.draft.since_ms,
                count: 1,
            }],
            from: (!self.choices.source_protected).then(|| self.from.clone()),
        };
        let title = "Seen together in one mail".to_owned();
        Ok(Some((self.note(title, NewNote::new(said)?), count)))
    }

    fn file(&self, name: &str, media_type: &str, nature: FileNature) -> NewFile {
        NewFile {
            title: line(&format!("File: {name}"), TITLE_MAX),
            marking: self.marking,
            to: self.choices.to.clone(),
            name: file_name(name),
            media_type: media_type.to_owned(),
            nature,
            about: None,
            note: self.first.clone(),
            expect: None,
        }
    }

    fn files(&self, bytes: &[u8]) -> Result<Vec<(NewFile, Vec<u8>)>> {
        let (choices, draft) = (self.choices, self.draft);
        if choices.attach.is_none() && choices.parts.is_empty() {
            return Ok(Vec::new());
        }
        if choices.source_protected {
            return Err(ServiceError::invalid(
                "attach",
                "the source is protected, and a file may name it: attach none, or attach it by itself",
            ));
        }
        if choices.parts.len() + usize::from(choices.attach.is_some()) > FILES_MAX {
            return Err(ServiceError::invalid(
                "parts",
                format!("at most {FILES_MAX} files at once"),
            ));
        }
        let mut files = Vec::new();
        if let Some(nature) = choices.attach {
            files.push((
                self.file(&draft.name, media_type(draft.form), nature),
                bytes.to_vec(),
            ));
        }
        if !choices.parts.is_empty() {
            let again = accord_formats::material::read(bytes);
            let again =
                again.map_err(|error| ServiceError::Unexplained(format!("draft {}: {error}", draft.id)))?;
            for number in &choices.parts {
                let part = again.parts.get(*number);
                let part = part.ok_or_else(|| {
                    ServiceError::invalid("parts", format!("the material has no part {number}"))
                })?;
                // What a message carries and is nothing that is read is handled as a sample.
                let nature = match part.form {
                    Form::Binary => FileNature::Sample,
                    _ => choices.attach.unwrap_or(FileNature::Document),
                };
                files.push((
                    self.file(&part.name, &part.media_type, nature),
                    part.bytes.clone(),
                ));
            }
        }
        if let Some((file, bytes)) = files
            .iter()
            .find(|(_, bytes)| bytes.len() as u64 > FILE_MAX_BYTES)
        {
            let message = format!(
                "{} has {} bytes, at most {FILE_MAX_BYTES} are attached",
                file.name,
                bytes.len()
            );
            return Err(ServiceError::invalid("parts", message));
        }
        Ok(files)
    }
}

/// A name that a note takes as a file's own.
fn file_name(name: &str) -> String {
    let bare: String = line(name, 255)
        .chars()
        .map(|c| if matches!(c, '/' | '\\' | ':') { '-' } else { c })
        .collect();
    match bare.trim() {
        "" | "." | ".." => "file".to_owned(),
        bare => bare.to_owned(),
    }
}

const fn media_type(form: Form) -> &'static str {
    match form {
        Form::Text | Form::List => "text/plain",
        Form::Html => "text/html",
        Form::Mail => "message/rfc822",
        Form::Pdf => "application/pdf",
        Form::Stix => "application/stix+json",
        Form::Misp | Form::AllowList => "application/json",
        Form::Binary => "application/octet-stream",
    }
}

/// What a draft becomes, from what is ticked.
pub(super) fn pieces(
    draft: &ImportDraft,
    material: &Material,
    values: &[ValueView],
    bytes: &[u8],
) -> Result<Pieces> {
    let shared = Shared::of(draft, material)?;
    let choices = &draft.choices;
    let techniques = choices
        .techniques
        .clone()
        .unwrap_or_else(|| material.techniques.clone());
    let mut labels = choices.labels.clone();
    if choices.report.is_none() {
        // Without a report the techniques go with the values.
        labels.extend(choices.techniques.iter().flatten().cloned());
    }
    let ticked = |second: bool| {
        values
            .iter()
            .filter(move |value| value.ticked && value.second == second)
    };
    let pieces = Pieces {
        report: shared.report(&techniques)?,
        plain: shared.in_pieces(&ticked(false).collect::<Vec<_>>(), &labels)?,
        second: shared.in_pieces(&ticked(true).collect::<Vec<_>>(), &labels)?,
        files: shared.files(bytes)?,
        link: shared.link(material, values)?,
    };
    let nothing = pieces.report.is_none()
        && pieces.plain.is_empty()
        && pieces.second.is_empty()
        && pieces.link.is_none()
        && pieces.files.is_empty();
    if nothing {
        return Err(ServiceError::invalid(
            "ticks",
            "nothing is chosen: tick a value, write a report or attach the file",
        ));
    }
    Ok(pieces)
}
