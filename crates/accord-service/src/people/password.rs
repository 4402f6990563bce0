//! Passwords (argon2id, RFC 9106) and one-time codes (TOTP, RFC 6238).

use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};

use crate::config::PasswordCost;
use crate::error::{Result, ServiceError};

/// Shortest password, characters (NIST SP 800-63B asks for 8 and more; length is what counts).
pub const PASSWORD_MIN_CHARS: usize = 12;
/// Longest password, bytes.
pub const PASSWORD_MAX_BYTES: usize = 256;
/// Seconds of one TOTP step.
const STEP_S: u64 = 30;

fn hasher(cost: PasswordCost) -> Result<Argon2<'static>> {
    let params = Params::new(cost.memory_kib, cost.passes, 1, None)
        .map_err(|error| ServiceError::invalid("password cost", error))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// Whether a password may be used.
pub fn check_new(password: &str) -> Result<()> {
    if password.chars().count() < PASSWORD_MIN_CHARS {
        return Err(ServiceError::invalid(
            "password",
            format!("at least {PASSWORD_MIN_CHARS} characters"),
        ));
    }
    if password.len() > PASSWORD_MAX_BYTES {
        return Err(ServiceError::invalid(
            "password",
            format!("at most {PASSWORD_MAX_BYTES} bytes"),
        ));
    }
    Ok(())
}

/// Hashes a password.
pub fn hash(password: &str, cost: PasswordCost, salt: [u8; 16]) -> Result<String> {
    let hashed = hasher(cost)?
        .hash_password_with_salt(password.as_bytes(), &salt)
        .map_err(|error| ServiceError::Unexplained(format!("argon2: {error}")))?;
    Ok(hashed.to_string())
}

/// A hash of nobody's password, at the usual cost, for tries with names that do not exist.
pub(crate) fn decoy(cost: PasswordCost) -> Result<String> {
    hash("nobody has this password", cost, [0; 16])
}

/// Whether a password is the one of a hash.
pub fn verify(password: &str, hash: &str) -> bool {
    if password.len() > PASSWORD_MAX_BYTES {
        return false;
    }
    PasswordHash::new(hash).is_ok_and(|hash| {
        Argon2::default()
            .verify_password(password.as_bytes(), &hash)
            .is_ok()
    })
}

/// The step of a code, if it is right now or one step to either side and later than `after`.
pub fn totp_step(secret_hex: &str, code: &str, now_ms: u64, after: u64) -> Option<u64> {
    let secret = hex::decode(secret_hex).ok()?;
    let now = now_ms / 1_000 / STEP_S;
    [now.saturating_sub(1), now, now + 1]
        .into_iter()
        .filter(|step| *step > after)
        .find(|step| {
            subtle::ConstantTimeEq::ct_eq(totp_code(&secret, *step).as_bytes(), code.as_bytes()).into()
        })
}

/// The code of a step: HOTP (RFC 4226) with HMAC-SHA-1 and six digits, which every authenticator speaks.
pub fn totp_code(secret: &[u8], step: u64) -> String {
    use hmac::{KeyInit, Mac};
    let Ok(mut mac) = hmac::Hmac::<sha1::Sha1>::new_from_slice(secret) else {
        return String::new();
    };
    mac.update(&step.to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let offset = usize::from(digest.last().copied().unwrap_or(0) & 0x0f);
    let word = digest
        .iter()
        .skip(offset)
        .take(4)
        .fold(0_u32, |word, byte| (word << 8) | u32::from(*byte));
    format!("{:06}", (word & 0x7fff_ffff) % 1_000_000)
}

/// The `otpauth` address of a secret, for an authenticator.
pub fn totp_uri(secret_hex: &str, org: &str, sign_in: &str) -> String {
    let secret = hex::decode(secret_hex).unwrap_or_default();
    format!(
        "otpauth://totp/{org}:{sign_in}?secret={}&issuer={org}&algorithm=SHA1&digits=6&period=30",
        base32(&secret)
    )
}

/// Base32 without padding (RFC 4648), as authenticators read it.
fn base32(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut out = String::new();
    let (mut buffer, mut bits) = (0_u32, 0_u32);
    for byte in bytes {
        buffer = (buffer << 8) | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            let index = ((buffer >> bits) & 31) as usize;
            out.extend(ALPHABET.get(index).map(|letter| char::from(*letter)));
        }
    }
    if bits > 0 {
        let index = ((buffer << (5 - bits)) & 31) as usize;
        out.extend(ALPHABET.get(index).map(|letter| char::from(*letter)));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238 appendix B, SHA-1, truncated to six digits.
    #[test]
    fn totp_of_the_rfc() {
        let secret = b"12345678901234567890";
        for (time, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (2_000_000_000, "279037"),
        ] {
            assert_eq!(totp_code(secret, time / 30), code);
        }
    }

    #[test]
    fn a_code_counts_once_and_only_near_its_time() {
        let secret = hex::encode(b"12345678901234567890");
        assert_eq!(totp_step(&secret, "287082", 59_000, 0), Some(1));
        assert_eq!(totp_step(&secret, "287082", 59_000, 1), None);
        assert_eq!(totp_step(&secret, "287082", 59_000 + 90_000, 0), None);
        assert_eq!(totp_step(&secret, "", 59_000, 0), None);
    }

    #[test]
    fn base32_of_the_rfc() {
        for (bytes, text) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foob", "MZXW6YQ"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(base32(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn passwords() {
        let cost = PasswordCost {
            memory_kib: 64,
            passes: 1,
        };
        let hashed = hash("correct horse battery", cost, [7; 16]).unwrap();
        assert!(hashed.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{hashed}");
        assert!(verify("correct horse battery", &hashed));
        assert!(!verify("wrong horse battery", &hashed));
        assert!(check_new("eleven char").is_err() && check_new("twelve chars").is_ok());
        assert!(check_new(&"x".repeat(PASSWORD_MAX_BYTES)).is_ok());
        assert!(check_new(&"x".repeat(PASSWORD_MAX_BYTES + 1)).is_err());
    }
}
