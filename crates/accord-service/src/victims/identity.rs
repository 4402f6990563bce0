//! Who a victim is, sealed to this node's custodian key, or to a partner's that its identity key certifies.
//!
//! HPKE (RFC 9180), base mode: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20Poly1305. The plaintext is JSON, filled
//! up with spaces so that its length says little. Authenticated beside it ([`Bound`]): whose custodian it is for, and of
//! what a partner gives also who gives it and of which victim.
//!
//! The node's key can open it, and must: the leak check needs the names. That people look only under a grant is a
//! control of procedure, logged, not one of mathematics.

use std::path::Path;

use accord_ledger::certificate::{SEALING_SCHEME, SealingKey};
use accord_model::{EntryRef, OrgName};
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
pub(crate) const SCHEME: &str = SEALING_SCHEME;
const INFO: &[u8] = b"accord victim identity v1";
const INFO_GIVEN: &[u8] = b"accord victim identity given v1";
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
/// Shortest name that is looked for at a partner's word, letters and digits: a shorter one could be any word.
pub const GIVEN_NAME_MIN_CHARS: usize = 5;
/// Widest networks that are looked for at a partner's word: bits of the prefix, IPv4 and IPv6.
pub const GIVEN_PREFIX_MIN: (u8, u8) = (16, 32);

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

/// Whether a network is at least so narrow as one that is looked for at a partner's word.
fn is_narrow(network: &str) -> bool {
    let Some((address, prefix)) = network.split_once('/') else {
        return true;
    };
    let least = if address.contains(':') {
        GIVEN_PREFIX_MIN.1
    } else {
        GIVEN_PREFIX_MIN.0
    };
    prefix.trim().parse::<u8>().is_ok_and(|bits| bits >= least)
}

impl Identity {
    /// Refuses what a partner may not have this node look for: with it, it could stop whatever is written here.
    pub(crate) fn check_given(&self) -> Result<()> {
        self.check()?;
        let short =
            |name: &&String| name.chars().filter(|c| c.is_alphanumeric()).count() < GIVEN_NAME_MIN_CHARS;
        for (field, wrong) in [
            ("name", short(&&self.name)),
            ("other_names", self.other_names.iter().any(|name| short(&name))),
        ] {
            if wrong {
                return Err(ServiceError::invalid(
                    field,
                    format!(
                        "a name that is given to a partner has at least {GIVEN_NAME_MIN_CHARS} letters or digits"
                    ),
                ));
            }
        }
        if let Some(wide) = self.addresses.iter().find(|network| !is_narrow(network)) {
            let (four, six) = GIVEN_PREFIX_MIN;
            return Err(ServiceError::invalid(
                "addresses",
                format!("{wide:?} is too wide to be given to a partner: at least /{four}, or /{six} of IPv6"),
            ));
        }
        Ok(())
    }
}

/// What a sealed identity is bound to: it opens as nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bound<'a> {
    /// Kept by the custodian of this organisation.
    Own(&'a OrgName),
    /// Given by one organisation to the custodian of another, of one victim.
    Given {
        /// Who gives it.
        by: &'a OrgName,
        /// Whose custodian it is for.
        to: &'a OrgName,
        /// The `victim.recorded` note.
        victim: EntryRef,
    },
}

impl Bound<'_> {
    fn info(&self) -> &'static [u8] {
        match self {
            Self::Own(_) => INFO,
            Self::Given { .. } => INFO_GIVEN,
        }
    }

    fn aad(&self) -> Vec<u8> {
        match self {
            Self::Own(org) => org.as_str().as_bytes().to_vec(),
            Self::Given { by, to, victim } => format!("{by}\n{to}\n{victim}").into_bytes(),
        }
    }
}

/// Seals an identity to a key. `seed` are fresh random bytes.
pub(crate) fn seal_to(
    key: &SealingKey,
    bound: Bound<'_>,
    identity: &Identity,
    seed: [u8; 32],
) -> Result<String> {
    let broken = || ServiceError::invalid("identity", "it cannot be sealed");
    let public = <DhKem as Kem>::PublicKey::from_bytes(key.as_bytes()).map_err(|_| broken())?;
    let mut plain = serde_json::to_vec(identity).map_err(|_| broken())?;
    let length = plain.len().div_ceil(PAD_BYTES) * PAD_BYTES;
    plain.resize(length, b' ');
    let mut rng = ChaCha20Rng::from_seed(seed);
    let (encapped, ciphertext) = hpke::single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, DhKem>(
        &OpModeS::Base,
        &public,
        bound.info(),
        &plain,
        &bound.aad(),
        &mut rng,
    )
    .map_err(|_| broken())?;
    let mut bytes = encapped.to_bytes().to_vec();
    bytes.extend_from_slice(&ciphertext);
    Ok(STANDARD.encode(bytes))
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
        hex::encode(self.sealing_key().as_bytes())
    }

    /// The public half.
    pub fn sealing_key(&self) -> SealingKey {
        SealingKey::new(self.public.to_bytes().into())
    }

    /// Opens a sealed identity; `None` when it was sealed to another key, or is none.
    pub fn open(&self, bound: Bound<'_>, sealed: &str) -> Option<Identity> {
        let bytes = STANDARD.decode(sealed).ok()?;
        let (encapped, ciphertext) = bytes.split_at_checked(ENCAPPED_BYTES)?;
        let encapped = <DhKem as Kem>::EncappedKey::from_bytes(encapped).ok()?;
        let plain = hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, DhKem>(
            &OpModeR::Base,
            &self.secret,
            &encapped,
            bound.info(),
            ciphertext,
            &bound.aad(),
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
        let own = Bound::Own(&org);
        let sealed = seal_to(&key.sealing_key(), own, &bakery(), [3; 32]).unwrap();
        assert!(key.open(own, &sealed) == Some(bakery()));
        assert!(other.open(own, &sealed).is_none());
        assert!(key.open(Bound::Own(&"isp".parse().unwrap()), &sealed).is_none());
        for wrong in ["", "AAAA", "no base64!", &sealed[..sealed.len() - 4]] {
            assert!(key.open(own, wrong).is_none());
        }
        let changed = format!("{}AAAA", &sealed[..sealed.len() - 4]);
        assert!(key.open(own, &changed).is_none() || changed == sealed);
    }

    #[test]
    fn what_is_given_opens_for_its_giver_its_recipient_and_its_victim_alone() {
        let key = CustodianKey::from_seed(&[1; 32]);
        let [by, to]: [OrgName; 2] = ["vendor", "agency"].map(|name| name.parse().unwrap());
        let victim = |seq| EntryRef {
            ledger: accord_model::LedgerId([7; 16]),
            seq,
        };
        let given = |by, to, seq| Bound::Given {
            by,
            to,
            victim: victim(seq),
        };
        let sealed = seal_to(&key.sealing_key(), given(&by, &to, 4), &bakery(), [3; 32]).unwrap();
        assert!(key.open(given(&by, &to, 4), &sealed) == Some(bakery()));
        for other in [
            given(&by, &to, 5),
            given(&to, &to, 4),
            given(&by, &by, 4),
            Bound::Own(&to),
        ] {
            assert!(key.open(other, &sealed).is_none(), "{other:?}");
        }
        // What was kept here is nobody's gift.
        let own = seal_to(&key.sealing_key(), Bound::Own(&to), &bakery(), [3; 32]).unwrap();
        assert!(key.open(given(&by, &to, 4), &own).is_none());
        assert!(seal_to(&SealingKey::new([0; 32]), Bound::Own(&to), &bakery(), [3; 32]).is_err());
    }

    #[test]
    fn a_partner_names_nothing_that_could_be_anything() {
        assert!(bakery().check_given().is_ok());
        let wrong = [
            Identity {
                name: "the".into(),
                ..bakery()
            },
            Identity {
                other_names: vec!["case".into()],
                ..bakery()
            },
            Identity {
                addresses: vec!["10.0.0.0/8".into()],
                ..bakery()
            },
            Identity {
                addresses: vec!["2001:db8::/24".into()],
                ..bakery()
            },
        ];
        for identity in wrong {
            assert!(identity.check().is_ok() && identity.check_given().is_err());
        }
        let narrow = ["10.0.0.0/16", "10.0.0.9", "2001:db8::/32"].map(str::to_owned);
        let given = Identity {
            addresses: narrow.to_vec(),
            ..bakery()
        };
        assert!(given.check_given().is_ok());
    }

    #[test]
    fn the_length_says_little() {
        let key = CustodianKey::from_seed(&[1; 32]);
        let org: OrgName = "agency".parse().unwrap();
        let longer = Identity {
            name: "A much longer name of a much larger business".into(),
            ..bakery()
        };
        let length = |identity: &Identity| {
            let sealed = seal_to(&key.sealing_key(), Bound::Own(&org), identity, [3; 32]);
            sealed.unwrap().len()
        };
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
