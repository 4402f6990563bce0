//! What the node keeps of a link.

use accord_model::{EntryRef, OrgName, PersonId, SpaceId};
use accord_store::Batch;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::receipt::GuestReceipt;
use super::visit::{GuestKind, GuestSubscribers};
use crate::error::{Result, ServiceError};
use crate::journal::State;
use crate::node::Node;
use crate::objects::Object;

pub(crate) const GUEST_LINKS: &str = "guest-links";

/// Most files of one answer.
pub const FILES_MAX: usize = 8;
/// Most bytes of one file: 32 MiB.
pub const FILE_MAX_BYTES: usize = 32 << 20;
/// Most bytes of all files of one answer: 64 MiB.
pub const FILES_MAX_BYTES: usize = 64 << 20;
/// Longest answer in words, characters. More is a file.
pub const GUEST_WORDS_MAX_CHARS: usize = 4_000;
/// Most lines of an answer in words: the signed receipt holds them.
pub(super) const GUEST_LINES_MAX: usize = 800;
/// Most links that a node keeps.
pub const LINKS_MAX: usize = 2_000;
/// Days for which a link is good, where nothing else is said.
pub const LINK_DAYS_DEFAULT: u32 = 14;
/// Most days for which a link is good.
pub const LINK_DAYS_MAX: u32 = 90;
/// How often a link is opened, where nothing else is said.
pub const TRIES_DEFAULT: u32 = 50;
/// Most times that a link is opened.
pub const TRIES_MAX: u32 = 500;
/// Most openings of one link within a minute.
pub const OPENED_A_MINUTE_MAX: usize = 20;
/// How long a link can still be answered after its last opening, ms: two hours.
pub(super) const ANSWERING_MS: u64 = 2 * 3_600_000;
/// How long a receipt is shown after the answer, ms: 90 days.
pub const RECEIPT_KEPT_MS: u64 = 90 * 24 * 3_600_000;
/// Longest name of a file, bytes.
const NAME_MAX_BYTES: usize = 120;
/// Longest reference of a request to a guest, bytes: titles of what follows it hold it and the organisation.
pub(super) const GUEST_REFERENCE_MAX: usize = 64;
/// Longest reason for not answering, bytes.
pub(super) const DECLINED_MAX_BYTES: usize = 3_900;
const MINUTE_MS: u64 = 60_000;
const DAY_MS: u64 = 24 * 3_600_000;

/// A person's act, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Done {
    pub by: PersonId,
    pub at_ms: u64,
}

/// A link that was made. Made again, the one before is gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Issued {
    /// SHA-256 of the token, hex.
    pub token: String,
    pub by: PersonId,
    pub at_ms: u64,
    pub expires_ms: u64,
    pub tries_max: u32,
    /// Every opening, ms UTC.
    pub opened_ms: Vec<u64>,
}

/// A file as it was uploaded; its bytes are the object [`GuestLink::object`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DraftFile {
    pub number: u32,
    pub name: String,
    pub bytes: u64,
    pub sha256: String,
    pub at_ms: u64,
}

/// What a guest is about to send. Nobody on the node reads it before it is sent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Draft {
    pub kind: GuestKind,
    pub words: String,
    /// Who held what was asked about, in fields.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscribers: Option<GuestSubscribers>,
    pub files: Vec<DraftFile>,
    /// The number of the next file.
    pub next: u32,
}

impl Draft {
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    /// Binds what is sent to what was shown before.
    pub fn commitment(&self) -> String {
        let shown = serde_json::to_vec(self).unwrap_or_default();
        hex::encode(Sha256::digest(&shown))
    }
}

/// What was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sent {
    pub at_ms: u64,
    /// Of the draft, so that sending it again gives the same receipt.
    pub commitment: String,
    pub kind: GuestKind,
    pub receipt: GuestReceipt,
    pub exhibit: Option<EntryRef>,
}

/// A stored link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GuestLink {
    pub id: String,
    pub request: EntryRef,
    pub case: SpaceId,
    pub org: OrgName,
    /// The random id under which the guest stands in notes.
    pub guest: PersonId,
    pub asked: Done,
    pub approved: Option<Done>,
    pub declined: Option<Done>,
    pub issued: Option<Issued>,
    pub revoked: Option<Done>,
    pub draft: Draft,
    pub sent: Option<Sent>,
}

/// SHA-256 of a token, hex.
pub(super) fn token_id(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}

/// What whoever has no good link is told.
pub(super) const fn nothing() -> ServiceError {
    ServiceError::NotFound("page")
}

/// When a link that is made now ends.
pub(super) fn ends(now_ms: u64, days: u32) -> u64 {
    now_ms.saturating_add(u64::from(days).saturating_mul(DAY_MS))
}

impl GuestLink {
    /// The object with the bytes of a file that is about to be sent.
    pub fn object(&self, number: u32) -> String {
        Object::Guest(self.id.clone(), number).name()
    }

    /// How it stands: one word for pages and the API.
    pub fn state(&self, now_ms: u64) -> &'static str {
        if self.sent.is_some() {
            return "answered";
        }
        if self.revoked.is_some() {
            return "revoked";
        }
        match (&self.approved, &self.issued) {
            _ if self.declined.is_some() => "not-approved",
            (None, _) => "waits-for-approval",
            (Some(_), None) => "approved",
            (Some(_), Some(issued)) if issued.expires_ms <= now_ms => "expired",
            (Some(_), Some(issued)) if issued.used_up() => "used-up",
            (Some(_), Some(_)) => "live",
        }
    }

    pub fn keep(self, state: &mut State, batch: &mut Batch) {
        batch.document(GUEST_LINKS, &self.id, &self);
        state.guest_links.insert(self.id.clone(), self);
    }

    /// Drops what was uploaded and not sent.
    pub fn drop_draft(&mut self, state: &mut State, batch: &mut Batch) {
        for file in &self.draft.files {
            let id = self.object(file.number);
            batch.remove_object(&id);
            state.objects.remove(&id);
        }
        self.draft = Draft::default();
    }
}

impl Issued {
    pub fn used_up(&self) -> bool {
        self.opened_ms.len() >= usize::try_from(self.tries_max).unwrap_or(usize::MAX)
    }

    /// Whether what follows an opening is still shown: after the last one for a while, so that it can be answered.
    fn may_go_on(&self, now_ms: u64) -> bool {
        let last = self.opened_ms.last().copied().unwrap_or(0);
        !self.used_up() || last.saturating_add(ANSWERING_MS) > now_ms
    }

    /// Whether it was opened too often within the last minute.
    pub fn too_fast(&self, now_ms: u64) -> bool {
        let recent = self.opened_ms.iter().rev();
        let recent = recent.take_while(|at| at.saturating_add(MINUTE_MS) > now_ms);
        recent.count() >= OPENED_A_MINUTE_MAX
    }
}

/// A file's name as it is kept and shown: without folders, without characters that a reader, a shell or a file system
/// takes for something else.
pub fn clean_name(given: &str) -> String {
    let last = given.rsplit(['/', '\\']).next().unwrap_or_default();
    let mut safe = String::new();
    for c in last.chars() {
        let c = match c {
            c if c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ') => c,
            _ => '_',
        };
        if safe.len() + c.len_utf8() > NAME_MAX_BYTES {
            break;
        }
        safe.push(c);
    }
    let safe = safe.trim().trim_start_matches('.').trim();
    match safe.is_empty() {
        true => "file".to_owned(),
        false => safe.to_owned(),
    }
}

impl Node {
    /// The link of a token, while anything is shown there: a live one, or an answered one with its receipt.
    pub(super) fn link_of<'a>(&self, state: &'a State, token: &str) -> Result<&'a GuestLink> {
        // A token of another length is looked up all the same: what is wrong with it is not told by the time it takes.
        let id = token_id(token);
        let now = self.now_ms();
        let found = state
            .guest_links
            .values()
            .filter(|link| link.issued.as_ref().is_some_and(|issued| issued.token == id))
            .fold(None, |_, link| Some(link));
        let link = found.ok_or_else(nothing)?;
        let shown = match (&link.sent, link.state(now)) {
            (Some(sent), _) => sent.at_ms.saturating_add(RECEIPT_KEPT_MS) > now,
            (None, "live" | "used-up") => {
                let answering = link.issued.as_ref().is_some_and(|issued| issued.may_go_on(now));
                answering && self.for_guest(state, link.request).is_some()
            }
            (None, _) => false,
        };
        shown.then_some(link).ok_or_else(nothing)
    }

    /// The link of a token that can still be answered.
    pub(super) fn open_link<'a>(&self, state: &'a State, token: &str) -> Result<&'a GuestLink> {
        let link = self.link_of(state, token)?;
        match link.sent {
            None => Ok(link),
            Some(_) => Err(ServiceError::Conflict(
                "this was answered: the receipt is what stays".into(),
            )),
        }
    }

    /// Drops what guests uploaded and did not send before their link ended. Called now and then.
    pub async fn sweep_guests(&self) -> Result<()> {
        let now = self.now_ms();
        let over =
            |link: &GuestLink| !link.draft.files.is_empty() && !matches!(link.state(now), "live" | "used-up");
        if !self.read().await?.guest_links.values().any(over) {
            return Ok(());
        }
        self.act(|state, batch, log| {
            let old: Vec<GuestLink> = state
                .guest_links
                .values()
                .filter(|link| over(link))
                .cloned()
                .collect();
            for mut link in old {
                link.drop_draft(state, batch);
                log.nobody(batch, "guest.draft-dropped", &link.id);
                link.keep(state, batch);
            }
            Ok(())
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_lose_what_could_lead_elsewhere() {
        for (given, expected) in [
            ("conn.log", "conn.log"),
            ("../../etc/passwd", "passwd"),
            ("C:\\logs\\a.csv", "a.csv"),
            ("..", "file"),
            ("", "file"),
            ("/", "file"),
            (".htaccess", "htaccess"),
            ("<script>alert(1)</script>.log", "script_.log"),
            ("a\u{202e}gol.exe", "a_gol.exe"),
            ("a\r\nX: y", "a__X_ y"),
            ("Übersicht 3.csv", "Übersicht 3.csv"),
            ("a\0b", "a_b"),
        ] {
            assert_eq!(clean_name(given), expected, "{given:?}");
        }
        assert_eq!(clean_name(&"x".repeat(NAME_MAX_BYTES + 1)).len(), NAME_MAX_BYTES);
        assert!(clean_name(&"é".repeat(NAME_MAX_BYTES)).len() <= NAME_MAX_BYTES);
    }

    #[test]
    fn openings_have_a_pace() {
        let mut issued = Issued {
            token: String::new(),
            by: PersonId([0; 16]),
            at_ms: 0,
            expires_ms: 1,
            tries_max: TRIES_MAX,
            opened_ms: (0..OPENED_A_MINUTE_MAX as u64 - 1).collect(),
        };
        assert!(!issued.too_fast(100));
        issued.opened_ms.push(90);
        assert!(issued.too_fast(100));
        assert!(!issued.too_fast(MINUTE_MS + 5));
    }
}
