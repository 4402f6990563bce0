//! The keys of a node and their certificate.
//!
//! `DIR/offline/identity.seed` is the organisation's identity key: it certifies the node's keys and signs
//! agreements, and belongs on a medium that is not in this machine. The node runs without it.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use accord_ledger::certificate::{Certificate, Purpose, identity_key_name};
use accord_ledger::keys::SigningKey;
use accord_ledger::note::{Note, NoteSigner, VerifierKey};
use accord_model::{OrgKind, OrgName};

use crate::error::{Result, ServiceError};
use crate::ports::Ports;
use crate::victims::CustodianKey;

/// How long a certificate made by `init` holds, in milliseconds: two years.
pub const CERTIFICATE_TERM_MS: u64 = 2 * 365 * 24 * 3_600_000;

/// The keys a running node holds.
#[derive(Debug, Clone)]
pub struct NodeKeys {
    /// Signs checkpoints.
    pub ledger: NoteSigner,
    /// Signs requests to peers and answers.
    pub peer: ed25519_dalek::SigningKey,
    /// Signs evidence packages.
    pub evidence: NoteSigner,
    /// The certificate, a note signed by the identity key.
    pub certificate: Note,
    /// The identity key's public half.
    pub identity: VerifierKey,
}

fn file_error(path: &Path) -> impl FnOnce(std::io::Error) -> ServiceError + '_ {
    move |source| ServiceError::File {
        path: path.display().to_string(),
        source,
    }
}

/// Writes a file that only its owner reads, durably.
pub(crate) fn write_private(path: &Path, text: &str) -> Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(file_error(path))?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(file_error(path))
}

fn read_seed(path: &Path) -> Result<[u8; 32]> {
    let text = fs::read_to_string(path).map_err(file_error(path))?;
    let mut seed = [0; 32];
    hex::decode_to_slice(text.trim(), &mut seed).map_err(|_| {
        ServiceError::invalid(
            path.display().to_string(),
            "not a key: 64 hex digits are expected",
        )
    })?;
    Ok(seed)
}

fn seed_path(dir: &Path, purpose: Purpose) -> PathBuf {
    dir.join("keys").join(format!("{}.seed", purpose.word()))
}

/// Where the identity key is after `init`.
pub fn identity_path(dir: &Path) -> PathBuf {
    dir.join("offline").join("identity.seed")
}

/// Reads an organisation's identity key.
pub fn read_identity(path: &Path, org: &OrgName) -> Result<NoteSigner> {
    signer(&identity_key_name(org.as_str()), read_seed(path)?)
}

fn signer(name: &str, seed: [u8; 32]) -> Result<NoteSigner> {
    NoteSigner::new(name, SigningKey::from_seed(&seed))
        .map_err(|error| ServiceError::Unexplained(error.to_string()))
}

/// Makes the keys and the certificate of a new node.
pub fn create(dir: &Path, org: &OrgName, kind: OrgKind, ports: &Ports) -> Result<()> {
    crate::folder::make(dir)?;
    for folder in ["keys", "offline"] {
        crate::folder::make(&dir.join(folder))?;
    }
    let identity_seed = ports.random();
    let identity = signer(&identity_key_name(org.as_str()), identity_seed)?;
    let mut keys = Vec::new();
    for purpose in Purpose::ALL {
        let seed = ports.random();
        write_private(&seed_path(dir, purpose), &hex::encode(seed))?;
        keys.push((
            purpose,
            signer(&purpose.key_name(org.as_str()), seed)?.vkey().clone(),
        ));
    }
    let seal = CustodianKey::load_or_make(dir, ports)?.sealing_key();
    let now = ports.now_ms();
    let certificate = Certificate {
        org: org.to_string(),
        kind: kind.to_string(),
        serial: 1,
        from_ms: now,
        until_ms: now.saturating_add(CERTIFICATE_TERM_MS),
        keys,
        seal: Some(seal),
    };
    let note = certificate
        .sign(&identity)
        .map_err(|error| ServiceError::Unexplained(error.to_string()))?;
    write_private(&dir.join("certificate.txt"), &note.encode())?;
    write_private(&dir.join("identity.vkey"), &identity.vkey().to_string())?;
    write_private(&identity_path(dir), &hex::encode(identity_seed))
}

/// What became of [`certify_custodian`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certified {
    /// A new certificate of this serial is in the node's folder, and counts when the node starts again.
    New(u64),
    /// The certificate names the custodian's key already.
    Before,
}

/// Names the key that victims' identities are sealed to in the certificate of a node of before certificates did, or
/// of one whose custodian's key is another now: the same certificate with the next serial, signed by `identity`. The
/// node tells its partners of it when it starts again.
///
/// # Errors
/// Files that cannot be read or written, or the identity key of another organisation.
pub fn certify_custodian(
    dir: &Path,
    org: &OrgName,
    identity: &NoteSigner,
    ports: &Ports,
) -> Result<Certified> {
    let keys = load(dir, org)?;
    if *identity.vkey() != keys.identity {
        return Err(ServiceError::invalid(
            "key",
            "it is not the identity key of this node",
        ));
    }
    let unexplained = |error: &dyn std::fmt::Display| ServiceError::Unexplained(error.to_string());
    let old = Certificate::parse(keys.certificate.text()).map_err(|error| unexplained(&error))?;
    let seal = CustodianKey::load_or_make(dir, ports)?.sealing_key();
    if old.seal == Some(seal) {
        return Ok(Certified::Before);
    }
    let serial = old.serial.saturating_add(1);
    let new = Certificate {
        serial,
        seal: Some(seal),
        ..old
    };
    let note = new.sign(identity).map_err(|error| unexplained(&error))?;
    // Whole or not at all: a node without a certificate does not start.
    let (path, beside) = (dir.join("certificate.txt"), dir.join("certificate.new"));
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(file_error(&beside)(error)),
        _ => {}
    }
    write_private(&beside, &note.encode())?;
    fs::rename(&beside, &path).map_err(file_error(&path))?;
    Ok(Certified::New(serial))
}

/// Loads the keys of a node, and checks that its certificate is about them.
pub fn load(dir: &Path, org: &OrgName) -> Result<NodeKeys> {
    let certificate_path = dir.join("certificate.txt");
    let bytes = fs::read(&certificate_path).map_err(file_error(&certificate_path))?;
    let vkey_path = dir.join("identity.vkey");
    let vkey = fs::read_to_string(&vkey_path).map_err(file_error(&vkey_path))?;
    let broken = |what: &dyn std::fmt::Display| ServiceError::Unexplained(format!("certificate.txt: {what}"));
    let identity: VerifierKey = vkey.trim().parse().map_err(|error| broken(&error))?;
    let note = Note::parse(&bytes).map_err(|error| broken(&error))?;
    let certificate = Certificate::open(&note, &identity).map_err(|error| broken(&error))?;
    if certificate.org != org.as_str() {
        return Err(broken(&format!(
            "it is for {}, this node is {org}",
            certificate.org
        )));
    }
    let load_one = |purpose: Purpose| -> Result<NoteSigner> {
        let key = signer(
            &purpose.key_name(org.as_str()),
            read_seed(&seed_path(dir, purpose))?,
        )?;
        if !certificate
            .keys_for(purpose)
            .any(|certified| certified == key.vkey())
        {
            return Err(broken(&format!("the {} key is not in it", purpose.word())));
        }
        Ok(key)
    };
    let peer = ed25519_dalek::SigningKey::from_bytes(&read_seed(&seed_path(dir, Purpose::Peer))?);
    load_one(Purpose::Peer)?;
    Ok(NodeKeys {
        ledger: load_one(Purpose::Ledger)?,
        peer,
        evidence: load_one(Purpose::Evidence)?,
        certificate: note,
        identity,
    })
}
