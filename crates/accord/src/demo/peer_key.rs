//! A node's own peer key, read from its folder: whoever runs a node can sign anything with it.

use accord_client::{ClientError, PeerClient, Signing, Target};
use accord_ledger::certificate::{Certificate, Purpose};
use accord_ledger::note::Note;
use ed25519_dalek::{SigningKey, VerifyingKey};
use serde_json::Value;

use super::StepError;
use super::nodes::Place;

/// One organisation's key.
#[derive(Debug)]
pub struct PeerKey {
    /// The organisation.
    pub org: &'static str,
    /// The key.
    pub key: SigningKey,
}

impl PeerKey {
    /// Of a node.
    pub fn of(place: &Place) -> Result<Self, StepError> {
        let path = place.dir.join("keys").join("peer.seed");
        let text = std::fs::read_to_string(&path)
            .map_err(|error| StepError::new(format!("{}: {error}", path.display())))?;
        let mut seed = [0; 32];
        hex::decode_to_slice(text.trim(), &mut seed).map_err(StepError::from_display)?;
        Ok(Self {
            org: place.who.org(),
            key: SigningKey::from_bytes(&seed),
        })
    }

    /// Asks another node by the protocol.
    pub async fn ask(
        &self,
        client: &PeerClient,
        place: &Place,
        now_ms: u64,
        nonce: [u8; 16],
        path: &str,
        question: &Value,
    ) -> Result<Result<Value, u16>, StepError> {
        let target = Target {
            url: place.url.clone(),
            key: public_key(place)?,
        };
        let signing = Signing {
            keyid: self.org,
            key: &self.key,
            created: now_ms / 1_000,
            nonce,
        };
        match client.ask(&target, signing, path, question).await {
            Ok(answer) => Ok(Ok(answer)),
            Err(ClientError::Refused(status)) => Ok(Err(status)),
            Err(error) => Err(StepError::from_display(error)),
        }
    }
}

/// The key that a node signs its answers with, from its certificate.
pub fn public_key(place: &Place) -> Result<VerifyingKey, StepError> {
    let path = place.dir.join("certificate.txt");
    let bytes =
        std::fs::read(&path).map_err(|error| StepError::new(format!("{}: {error}", path.display())))?;
    let note = Note::parse(&bytes).map_err(StepError::from_display)?;
    let certificate = Certificate::parse(note.text()).map_err(StepError::from_display)?;
    let key = certificate
        .keys_for(Purpose::Peer)
        .next()
        .ok_or_else(|| StepError::new("the certificate names no peer key"))?
        .key()
        .to_bytes();
    VerifyingKey::from_bytes(&key).map_err(StepError::from_display)
}
