//! Material that a researcher brings in: a report, a message, a list, a bundle. Bytes in; values, markings, labels
//! and what could not be read out.
//!
//! - `sniff`: what the bytes are, by content and never by name.
//! - `taking`: where everything that is found is collected, counted and bounded.
//! - one file per form: `text`, `html`, `mail`, `pdf`, `stix`, `misp`, `list`.
//!
//! Invariants: nothing is left out silently: what is over a limit is counted, what cannot be read is a problem in
//! words; every value says where it stood; a value that the material only mentions in passing (the host of a URL, a
//! recipient, a hop of a message) says so. Values are the matcher's canonical forms, so that they are looked for as
//! they are read.
//!
//! Deliberately absent: opening archives, running or rendering anything, fetching what a link points to.

mod html;
pub mod limits;
mod list;
mod mail;
mod misp;
mod pdf;
mod rows;
mod sniff;
mod stix;
mod taking;
mod text;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use self::taking::Taking;

/// What material is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// Text or Markdown.
    Text,
    /// HTML.
    Html,
    /// An e-mail message (RFC 5322, MIME).
    Mail,
    /// A PDF document.
    Pdf,
    /// A STIX 2.1 bundle.
    Stix,
    /// MISP events.
    Misp,
    /// A table, a Zeek intelligence file, a hosts file or a policy zone: every row is offered as an indicator.
    List,
    /// An allow list: values that must not be published.
    AllowList,
    /// None of these: a file as it is, known by its digests.
    Binary,
}

impl Form {
    /// The word on pages and in reports.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Html => "HTML page",
            Self::Mail => "e-mail message",
            Self::Pdf => "PDF document",
            Self::Stix => "STIX 2.1 bundle",
            Self::Misp => "MISP event",
            Self::List => "list of indicators",
            Self::AllowList => "allow list",
            Self::Binary => "file",
        }
    }
}

/// Where in a material something stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Spot {
    /// A line, from 1.
    Line(u64),
    /// A header field of a message.
    Header(String),
    /// Where a link goes, in a line from 1.
    Link(u64),
    /// A page, from 1.
    Page(u32),
    /// A note or link that stands beside the text of a document.
    Annotation,
    /// An object of a bundle, an attribute of an event, by its id.
    Object(String),
    /// The file as a whole: its digests.
    Itself,
}

/// Where something stands: in which part (empty: the material itself), and where there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// `attachment list.csv`; empty for the material itself.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub part: String,
    /// Where in it.
    pub spot: Spot,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if !self.part.is_empty() {
            write!(f, "{}, ", self.part)?;
        }
        match &self.spot {
            Spot::Line(line) => write!(f, "line {line}"),
            Spot::Header(name) => write!(f, "header {name}"),
            Spot::Link(line) => write!(f, "link in line {line}"),
            Spot::Page(page) => write!(f, "page {page}"),
            Spot::Annotation => f.write_str("a link or note in the document"),
            Spot::Object(id) => write!(f, "object {id}"),
            Spot::Itself => f.write_str("the file itself"),
        }
    }
}

/// Why a value may mean nothing although it stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Doubt {
    /// It is the host of a URL, and stands nowhere by itself.
    HostOfUrl,
    /// It is the domain of an e-mail address, and stands nowhere by itself.
    DomainOfEmail,
    /// It is who a message was sent to.
    Recipient,
    /// It belongs to the way a message took.
    Transport,
    /// An address of a private, local or reserved network.
    LocalAddress,
    /// The source saw it and does not offer it for detection.
    NotForDetection,
}

impl Doubt {
    /// In words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::HostOfUrl => "only as the host of a URL",
            Self::DomainOfEmail => "only as the domain of an e-mail address",
            Self::Recipient => "a recipient of the message",
            Self::Transport => "on the way that the message took",
            Self::LocalAddress => "an address of a private or reserved network",
            Self::NotForDetection => "the source does not offer it for detection",
        }
    }
}

/// A value that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// What it is: `domain`, `subdomains`, `ipv4`, `ipv6`, `network`, `address-port`, `url`, `email`, `md5`, `sha1`,
    /// `sha256`, `sha512`.
    pub kind: String,
    /// Its canonical value.
    pub value: String,
    /// Where, at most [`limits::PLACES_MAX`] times.
    pub places: Vec<Place>,
    /// How often.
    pub times: u64,
    /// What the material calls it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// Whether the material itself offers it as an indicator.
    pub offered: bool,
    /// Why it may mean nothing; none where it stands somewhere without doubt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<Doubt>,
}

/// A marking that stands in the material.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarkingFound {
    /// The TLP 2.0 label: `TLP:AMBER`.
    pub tlp: String,
    /// Where.
    pub place: Place,
}

/// A part of the material that is a file of its own: an attachment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Its own name, as the material says, made safe.
    pub name: String,
    /// Its media type, as the material says.
    pub media_type: String,
    /// Its length, bytes.
    pub size_bytes: u64,
    /// Its SHA-256.
    pub sha256: String,
    /// What it is.
    pub form: Form,
    /// Its bytes; not kept with the reading, and empty when it is read back.
    #[serde(skip)]
    pub bytes: Vec<u8>,
}

/// Something that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Where; none: the material as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// What is wrong.
    pub what: String,
}

/// What was read out of a material.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Material {
    /// What it is.
    pub form: Form,
    /// Its title, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Its plain text, at most [`limits::TEXT_MAX_BYTES`] of it.
    pub text: String,
    /// Whether text was left out.
    pub text_cut: bool,
    /// The values, in the order in which they first stand there.
    pub found: Vec<Found>,
    /// Different values beyond [`limits::FOUND_MAX`].
    pub found_over: u64,
    /// The markings.
    pub markings: Vec<MarkingFound>,
    /// ATT&CK techniques it names.
    pub techniques: Vec<String>,
    /// What it is about, in words of its own: malware, actors.
    pub labels: Vec<String>,
    /// Its attachments.
    pub parts: Vec<Part>,
    /// What could not be read.
    pub problems: Vec<Problem>,
    /// Problems beyond [`limits::PROBLEMS_MAX`].
    pub problems_over: u64,
}

/// The TLP 2.0 labels, least restrictive first.
pub const TLP_LABELS: [&str; 5] = [
    "TLP:CLEAR",
    "TLP:GREEN",
    "TLP:AMBER",
    "TLP:AMBER+STRICT",
    "TLP:RED",
];

impl Material {
    /// The strictest marking that stands in it.
    #[must_use]
    pub fn strictest(&self) -> Option<&MarkingFound> {
        let rank = |found: &&MarkingFound| TLP_LABELS.iter().position(|label| *label == found.tlp);
        self.markings.iter().max_by_key(rank)
    }
}

/// Why material is not read at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MaterialError {
    /// There is nothing.
    #[error("there is nothing in it")]
    Empty,
    /// It is too large.
    #[error("it has {bytes} bytes, at most {max} are read: split it, or attach it as a file", max = limits::MATERIAL_MAX_BYTES)]
    TooLarge {
        /// Its size, as far as it is known.
        bytes: usize,
    },
}

/// Reads material. What is wrong within it is among its problems.
///
/// # Errors
/// Nothing at all, or more than [`limits::MATERIAL_MAX_BYTES`], also after decompression.
pub fn read(bytes: &[u8]) -> Result<Material, MaterialError> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(MaterialError::Empty);
    }
    if bytes.len() > limits::MATERIAL_MAX_BYTES {
        return Err(MaterialError::TooLarge { bytes: bytes.len() });
    }
    let unpacked = sniff::unpacked(bytes)?;
    let mut taking = Taking::default();
    let form = read_part(&unpacked, "", 0, &mut taking);
    Ok(taking.done(form))
}

/// Reads one part of a material into `taking`; what it was.
fn read_part(bytes: &[u8], part: &str, depth: usize, taking: &mut Taking) -> Form {
    let form = sniff::form(bytes);
    match form {
        Form::Pdf => pdf::read(bytes, part, taking),
        Form::Mail => mail::read(bytes, part, depth, taking),
        Form::Stix => stix::read(bytes, part, taking),
        Form::Misp => misp::read(bytes, part, taking),
        Form::List | Form::AllowList => list::read(bytes, part, taking),
        Form::Html => html::read(&String::from_utf8_lossy(bytes), part, taking),
        Form::Text => text::read(&sniff::decoded(bytes), part, taking),
        Form::Binary => binary(bytes, part, taking),
    }
    form
}

/// A file that is nothing that is read: known by its digests.
fn binary(bytes: &[u8], part: &str, taking: &mut Taking) {
    let place = Place {
        part: part.to_owned(),
        spot: Spot::Itself,
    };
    taking.take("sha256", hex::encode(Sha256::digest(bytes)), &place, None);
    taking.take("sha1", hex::encode(sha1::Sha1::digest(bytes)), &place, None);
    taking.take("md5", hex::encode(md5::Md5::digest(bytes)), &place, None);
    let what = if sniff::is_archive(bytes) {
        "an archive: it is not opened, only its digests are taken"
    } else {
        "not text and no form that is read: only its digests are taken"
    };
    taking.problem(Some(place), what);
}

#[cfg(test)]
mod tests;
