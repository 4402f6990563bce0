//! What a guest takes along: what was sent, when, what it became, under which head of the ledger; signed.

use accord_ledger::note::{Note, NoteSigner};
use accord_model::{EntryRef, OrgName};
use serde::{Deserialize, Serialize};

use super::visit::GuestKind;
use crate::error::{Result, ServiceError};

/// The first line of a receipt's text.
pub const RECEIPT_FORMAT: &str = "accord-receipt/v1";

/// A file of a receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceiptFile {
    /// Its name, as it is kept.
    pub name: String,
    /// Bytes.
    pub bytes: u64,
    /// SHA-256, hex.
    pub sha256: String,
}

/// A receipt. `text` says the same in words and is signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GuestReceipt {
    /// [`RECEIPT_FORMAT`].
    pub format: String,
    /// Who received it.
    pub received_by: OrgName,
    /// On whose behalf it was given.
    pub given_by: OrgName,
    /// The asker's reference of the request.
    pub reference: String,
    /// What was sent.
    pub kind: GuestKind,
    /// The words.
    pub words: String,
    /// Who held what was asked about, line by line: finding and account, and where it comes from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subscribers: Vec<String>,
    /// The files.
    pub files: Vec<ReceiptFile>,
    /// When it was received, ms UTC.
    pub received_ms: u64,
    /// The notes that record it.
    pub notes: Vec<EntryRef>,
    /// The reference of the exhibit.
    pub exhibit: Option<String>,
    /// SHA-256 of the manifest of the evidence package, hex.
    pub manifest_sha256: Option<String>,
    /// The head of the ledger that holds the notes, as a signed note (C2SP).
    pub checkpoint: String,
    /// The receiver's certificate, which names the key under `text`.
    pub certificate: String,
    /// The receipt in words as a signed note, by the receiver's evidence key.
    pub text: String,
}

fn utc(ms: u64) -> String {
    i64::try_from(ms)
        .ok()
        .and_then(|ms| accord_evidence::Utc::from_ms(ms).ok())
        .map_or_else(|| format!("{ms} ms"), |utc| utc.to_string())
}

impl GuestReceipt {
    /// The text that is signed: every fact on a line of its own.
    fn body(&self) -> String {
        let mut lines = vec![
            self.format.clone(),
            format!("received by: {}", self.received_by),
            format!("given on behalf of: {}", self.given_by),
            format!("request: {}", self.reference),
            format!("what: {}", self.kind.words()),
            format!("received: {}", utc(self.received_ms)),
        ];
        lines.extend(self.subscribers.iter().map(|line| format!("held: {line}")));
        for file in &self.files {
            lines.push(format!(
                "file: {} bytes, SHA-256 {}, {}",
                file.bytes, file.sha256, file.name
            ));
        }
        if let Some(exhibit) = &self.exhibit {
            lines.push(format!("exhibit: {exhibit}"));
        }
        if let Some(manifest) = &self.manifest_sha256 {
            lines.push(format!("package: SHA-256 of its manifest {manifest}"));
        }
        for note in &self.notes {
            lines.push(format!("note: {note}"));
        }
        for line in self.checkpoint.lines().take(3) {
            lines.push(format!("checkpoint: {line}"));
        }
        if !self.words.is_empty() {
            lines.push("words:".to_owned());
            lines.extend(
                self.words
                    .lines()
                    .map(|line| format!("  {}", line.replace('\t', " "))),
            );
        }
        let mut text = lines.join("\n");
        text.push('\n');
        text
    }

    /// The receipt with its signed text.
    pub(super) fn sign(mut self, evidence: &NoteSigner) -> Result<Self> {
        let note = Note::sign(&self.body(), &[evidence])
            .map_err(|error| ServiceError::Unexplained(format!("a receipt: {error}")))?;
        self.text = note.encode();
        Ok(self)
    }
}
