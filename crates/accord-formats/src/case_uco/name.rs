//! Names of nodes: UUIDs of version 5, which anybody can make again from the same names.

use sha1::{Digest, Sha1};

/// The namespace of URLs (RFC 9562, 6.6).
const NAMESPACE_URL: [u8; 16] = [
    0x6b, 0xa7, 0xb8, 0x11, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8,
];

/// A name-based UUID (RFC 9562, 5.5): SHA-1 of namespace and name. An identifier, not a protection.
pub fn uuid5(namespace: &[u8; 16], name: &[u8]) -> [u8; 16] {
    let digest = Sha1::new().chain_update(namespace).chain_update(name).finalize();
    let mut uuid = [0u8; 16];
    for (to, from) in uuid.iter_mut().zip(digest.iter()) {
        *to = *from;
    }
    let [_, _, _, _, _, _, version, _, variant, ..] = &mut uuid;
    *version = (*version & 0x0f) | 0x50;
    *variant = (*variant & 0x3f) | 0x80;
    uuid
}

/// The text form of `uuid5(uuid5(NAMESPACE_URL, space), name)`, as an IRI: `urn:uuid:...`.
pub fn name_uuid(space: &str, name: &str) -> String {
    let uuid = hex::encode(uuid5(&uuid5(&NAMESPACE_URL, space.as_bytes()), name.as_bytes()));
    let mut text = String::from("urn:uuid:");
    for (index, digit) in uuid.chars().enumerate() {
        if [8, 12, 16, 20].contains(&index) {
            text.push('-');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        // Python: uuid.uuid5(uuid.NAMESPACE_URL, "http://www.example.com/")
        let uuid = uuid5(&NAMESPACE_URL, b"http://www.example.com/");
        assert_eq!(hex::encode(uuid), "fcde3c852270590f9e7cee003d65e0e2");
        assert_eq!(name_uuid("a", "b").len(), "urn:uuid:".len() + 36);
        assert_ne!(name_uuid("a", "b"), name_uuid("a", "c"));
        assert_ne!(name_uuid("a", "b"), name_uuid("c", "b"));
    }
}
