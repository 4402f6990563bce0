//! Who a victim is, sealed to this node's custodian key.
//!
//! HPKE (RFC 9180), base mode: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20Poly1305. The plaintext is JSON, filled
//! up with spaces so that its length says little. The organisation's name is authenticated beside it.
//!
//! The node's key can open it, and must: the leak check needs the names. That people look only under a grant is a
//! control of procedure, logged, not one of mathematics.

use std::path::Path;

use accord_model::OrgName;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256 as DhKem;
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use serde::{Deserialize, Serialize};

use crate::error::{Result, ServiceError};
use crate::keys::write_private;
use crate::ports::Ports;

/// The scheme as an entry names it.
pub(crate) const SCHEME: &str = "hpke-x25519-hkdf-sha256-chacha20poly1305";
const INFO: &[u8] = b"accord victim identity v1";
/// The plaintext is filled up to a multiple of this, bytes.
const PAD_BYTES: usize = 1_024;
/// Bytes of an encapsulated X25519 key.
const ENCAPPED_BYTES: usize = 32;

/// Longest name, domain, address or contact, characters.
pub const PART_MAX_CHARS: usize = 200;
/// Most of each list.
pub const PARTS_MAX: usize = 64;
/// Shortest name that can be looked for, letters and digits.
pub const NAME_MIN_CHARS: usize = 3;

/// Who a victim is.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// Its name.
    pub name: String,
    /// Other names: brands, trading names, how people call it.
    #[serde(default)]
    pub other_names: Vec<String>,
    /// People to speak to: names, mail addresses, telephone numbers, separated by commas.
    #[serde(default)]
    pub contacts: Vec<String>,
    /// Its domains; what stands under them counts with them.
    #[serde(default)]
    pub domains: Vec<String>,
    /// Its addresses and networks.
    #[serde(default)]
    pub addresses: Vec<String>,
    /// The domains of its mail.
    #[serde(default)]
    pub mail_domains: Vec<String>,
}

impl std::fmt::Debug for Identity {
    /// Never the identity itself: what is logged by mistake names nobody.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Identity(sealed)")
    }
}

impl Identity {
    /// The same without empty parts and spaces around them.
    pub fn tidy(&self) -> Self {
        let list = |parts: &[String]| {
            let trimmed = parts.iter().map(|part| part.trim().to_owned());
            trimmed.filter(|part| !part.is_empty()).collect()
        };
        Self {
            name: self.name.trim().to_owned(),
            other_names: list(&self.other_names),
            contacts: list(&self.contacts),
            domains: list(&self.domains),
            addresses: list(&self.addresses),
            mail_domains: list(&self.mail_domains),
        }
    }

    /// Refuses what is too long, and what could not be looked for later.
    pub(crate) fn check(&self) -> Result<()> {
        let lists = [
            ("other_names", &self.other_names),
            ("contacts", &self.contacts),
            ("domains", &self.domains),
            ("addresses", &self.addresses),
            ("mail_domains", &self.mail_domains),
        ];
        for (field, parts) in lists {
            if parts.len() > PARTS_MAX {
                return Err(ServiceError::invalid(field, format!("at most {PARTS_MAX}")));
            }
            if parts.iter().any(|part| part.chars().count() > PART_MAX_CHARS) {
                return Err(ServiceError::invalid(
                    field,
                    format!("at most {PART_MAX_CHARS} characters each"),
                ));
            }
        }
        if self.name.chars().count() > PART_MAX_CHARS {
            return Err(ServiceError::invalid(
                "name",
                format!("at most {PART_MAX_CHARS} characters"),
            ));
        }
        for (field, name) in std::iter::once(("name", &self.name))
            .chain(self.other_names.iter().map(|name| ("other_names", name)))
        {
            if name.chars().filter(|c| c.is_alphanumeric()).count() < NAME_MIN_CHARS {
                return Err(ServiceError::invalid(
                    field,
                    format!("a name has at least {NAME_MIN_CHARS} letters or digits"),
                ));
            }
        }
        for (field, domains) in [("domains", &self.domains), ("mail_domains", &self.mail_domains)] {
            if let Some(wrong) = domains.iter().find(|domain| !super::names::is_domain(domain)) {
                return Err(ServiceError::invalid(field, format!("{wrong:?} is no domain")));
            }
        }
        if let Some(wrong) = self
            .addresses
            .iter()
            .find(|address| !super::names::is_address(address))
        {
            return Err(ServiceError::invalid(
                "addresses",
                format!("{wrong:?} is no address or network, such as 203.0.113.7 or 203.0.113.0/24"),
            ));
        }
        Ok(())
    }
}

/// The key pair that identities are sealed to.
pub(crate) struct CustodianKey {
    secret: <DhKem as Kem>::PrivateKey,
    public: <DhKem as Kem>::PublicKey,
}

impl std::fmt::Debug for CustodianKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CustodianKey({})", self.name())
    }
}

impl CustodianKey {
    /// Reads the node's custodian key; a node that has none yet gets one.
    pub fn load_or_make(dir: &Path, ports: &Ports) -> Result<Self> {
        let path = dir.join("keys").join("custodian.seed");
        if !path.exists() {
            write_private(&path, &hex::encode(ports.random::<32>()))?;
        }
        let text = std::fs::read_to_string(&path).map_err(|source| ServiceError::File {
            path: path.display().to_string(),
            source,
        })?;
        let mut seed = [0; 32];
        hex::decode_to_slice(text.trim(), &mut seed).map_err(|_| {
            ServiceError::invalid(
                path.display().to_string(),
                "not a key: 64 hex digits are expected",
            )
        })?;
        Ok(Self::from_seed(&seed))
    }

    fn from_seed(seed: &[u8; 32]) -> Self {
        let (secret, public) = DhKem::derive_keypair(seed);
        Self { secret, public }
    }

    /// The public half in hex: what an entry names it by.
    pub fn name(&self) -> String {
        hex::encode(self.public.to_bytes())
    }

    /// Seals an identity. `seed` are fresh random bytes.
    pub fn seal(&self, org: &OrgName, identity: &Identity, seed: [u8; 32]) -> Result<String> {
        let broken = |_| ServiceError::invalid("identity", "it cannot be sealed");
        let mut plain = serde_json::to_vec(identity).map_err(broken)?;
        let length = plain.len().div_ceil(PAD_BYTES) * PAD_BYTES;
        plain.resize(length, b' ');
        let mut rng = ChaCha20Rng::from_seed(seed);
        let (encapped, ciphertext) = hpke::single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, DhKem>(
            &OpModeS::Base,
            &self.public,
            INFO,
            &plain,
            org.as_str().as_bytes(),
            &mut rng,
        )
        .map_err(|_| ServiceError::invalid("identity", "it cannot be sealed"))?;
        let mut bytes = encapped.to_bytes().to_vec();
        bytes.extend_from_slice(&ciphertext);
        Ok(STANDARD.encode(bytes))
    }

    /// Opens a sealed identity; `None` when it was sealed to another key, or is none.
    pub fn open(&self, org: &OrgName, sealed: &str) -> Option<Identity> {
        let bytes = STANDARD.decode(sealed).ok()?;
        let (encapped, ciphertext) = bytes.split_at_checked(ENCAPPED_BYTES)?;
        let encapped = <DhKem as Kem>::EncappedKey::from_bytes(encapped).ok()?;
        let plain = hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, DhKem>(
            &OpModeR::Base,
            &self.secret,
            &encapped,
            INFO,
            ciphertext,
            org.as_str().as_bytes(),
        )
        .ok()?;
        serde_json::from_slice(&plain).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bakery() -> Identity {
        Identity {
            name: "Harbour Bakery Ltd".into(),
            domains: vec!["harbourbakery.example".into()],
            ..Identity::default()
        }
    }

    #[test]
    fn sealed_to_one_key_and_one_organisation() {
        let (key, other) = (
            CustodianKey::from_seed(&[1; 32]),
            CustodianKey::from_seed(&[2; 32]),
        );
        let org: OrgName = "agency".parse().unwrap();
        let sealed = key.seal(&org, &bakery(), [3; 32]).unwrap();
        assert!(key.open(&org, &sealed) == Some(bakery()));
        assert!(other.open(&org, &sealed).is_none());
        assert!(key.open(&"isp".parse().unwrap(), &sealed).is_none());
        for wrong in ["", "AAAA", "no base64!", &sealed[..sealed.len() - 4]] {
            assert!(key.open(&org, wrong).is_none());
        }
        let changed = format!("{}AAAA", &sealed[..sealed.len() - 4]);
        assert!(key.open(&org, &changed).is_none() || changed == sealed);
    }

    #[test]
    fn the_length_says_little() {
        let key = CustodianKey::from_seed(&[1; 32]);
        let org: OrgName = "agency".parse().unwrap();
        let longer = Identity {
            name: "A much longer name of a much larger business".into(),
            ..bakery()
        };
        let length = |identity: &Identity| key.seal(&org, identity, [3; 32]).unwrap().len();
        assert_eq!(length(&bakery()), length(&longer));
    }

    #[test]
    fn debugging_words_name_nobody() {
        assert!(!format!("{:?}", bakery()).contains("Harbour"));
        assert!(!format!("{:?}", CustodianKey::from_seed(&[1; 32])).contains("0101"));
    }

    #[test]
    fn what_could_not_be_looked_for_is_refused() {
        let check = |identity: Identity, field: &str| match identity.check() {
            Err(ServiceError::Invalid { field: found, .. }) => assert_eq!(found, field),
            other => panic!("{field}: {other:?}"),
        };
        assert!(bakery().check().is_ok());
        check(
            Identity {
                name: "ab".into(),
                ..bakery()
            },
            "name",
        );
        check(
            Identity {
                name: "x".repeat(PART_MAX_CHARS + 1),
                ..bakery()
            },
            "name",
        );
        check(
            Identity {
                domains: vec!["no domain".into()],
                ..bakery()
            },
            "domains",
        );
        check(
            Identity {
                addresses: vec!["203.0.113.999".into()],
                ..bakery()
            },
            "addresses",
        );
        let many = vec!["someone".to_owned(); PARTS_MAX + 1];
        check(
            Identity {
                contacts: many,
                ..bakery()
            },
            "contacts",
        );
        let most = vec!["someone".to_owned(); PARTS_MAX];
        assert!(
            Identity {
                contacts: most,
                ..bakery()
            }
            .check()
            .is_ok()
        );
    }
}
