//! Signed messages: the vector of the specification, and every change to one refused.

use ed25519_dalek::SigningKey;
use proptest::prelude::*;

use super::*;

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn params() -> Parameters {
    Parameters {
        created: 1_763_769_600,
        nonce: "00112233445566778899aabbccddeeff".into(),
        keyid: "isp.example".into(),
    }
}

fn request(body: &[u8]) -> RequestParts<'_> {
    RequestParts {
        method: "POST",
        authority: "127.0.0.1:8443",
        path: "/peer/v1/heads",
        body,
    }
}

/// RFC 9530 appendix B.1 (`{"hello": "world"}` with its line end).
#[test]
fn digest_of_the_rfc() {
    assert_eq!(
        content_digest(b"{\"hello\": \"world\"}\n"),
        "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:"
    );
}

/// RFC 9421 appendix B.2.6: the key and the signature base of the RFC give the signature of the RFC.
#[test]
fn signature_of_the_rfc() {
    let seed = hex::decode("9f8362f87a484a954e6e740c5b4c0e84229139a20aa8ab56ff66586f6a7d29c5").unwrap();
    let key = SigningKey::from_bytes(&seed.try_into().unwrap());
    let base_text = "\"date\": Tue, 20 Apr 2021 02:07:55 GMT\n\"@method\": POST\n\"@path\": /foo\n\"@authority\": example.com\n\"content-type\": application/json\n\"content-length\": 18\n\"@signature-params\": (\"date\" \"@method\" \"@path\" \"@authority\" \"content-type\" \"content-length\");created=1618884473;keyid=\"test-key-ed25519\"";
    assert_eq!(
        base::sign(base_text, &key),
        "accord=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==:"
    );
}

#[test]
fn a_signed_request_verifies_and_an_altered_one_does_not() {
    let body = b"{}";
    let headers = sign_request(&request(body), &params(), &key(1));
    let known = |name: &str| (name == "isp.example").then(|| key(1).verifying_key());
    assert_eq!(verify_request(&request(body), &headers, known), Ok(params()));

    let refused = |parts: RequestParts<'_>, headers: &SignatureHeaders| {
        verify_request(&parts, headers, known).unwrap_err()
    };
    assert_eq!(refused(request(b"{ }"), &headers), SignatureError::Digest);
    assert_eq!(
        refused(
            RequestParts {
                path: "/peer/v1/entries",
                ..request(body)
            },
            &headers
        ),
        SignatureError::Signature
    );
    assert_eq!(
        refused(
            RequestParts {
                authority: "other:1",
                ..request(body)
            },
            &headers
        ),
        SignatureError::Signature
    );
    assert_eq!(
        refused(
            RequestParts {
                method: "GET",
                ..request(body)
            },
            &headers
        ),
        SignatureError::Signature
    );
    assert_eq!(
        verify_request(&request(body), &headers, |_| None),
        Err(SignatureError::Signature)
    );
    let other = |_: &str| Some(key(2).verifying_key());
    assert_eq!(
        verify_request(&request(body), &headers, other),
        Err(SignatureError::Signature)
    );
    for (from, to) in [
        ("created=1763769600", "created=1763769601"),
        ("\"00", "\"10"),
        ("isp.example", "xsp.example"),
    ] {
        let altered = SignatureHeaders {
            signature_input: headers.signature_input.replacen(from, to, 1),
            ..headers.clone()
        };
        assert_eq!(
            refused(request(body), &altered),
            SignatureError::Signature,
            "{from}"
        );
    }
}

#[test]
fn only_the_profile_is_accepted() {
    let headers = sign_request(&request(b""), &params(), &key(1));
    for (from, to) in [
        ("accord=(", "sig1=("),
        ("\"@path\" ", ""),
        ("alg=\"ed25519\"", "alg=\"hmac-sha256\""),
        ("accord-peer-request", "accord-peer-answer"),
        ("nonce=\"00112233", "nonce=\"0011223g"),
        ("created=1763769600", "created=01763769600"),
        ("created=1763769600", "created=-1"),
        ("isp.example", "ISP.example"),
    ] {
        let input = headers.signature_input.replacen(from, to, 1);
        assert_ne!(input, headers.signature_input, "{from}");
        let altered = SignatureHeaders {
            signature_input: input,
            ..headers.clone()
        };
        let error = verify_request(&request(b""), &altered, |_| Some(key(1).verifying_key())).unwrap_err();
        assert_eq!(error, SignatureError::Form("signature-input"), "{from}");
    }
    for long in [MAX_HEADER_BYTES, MAX_HEADER_BYTES + 1] {
        let altered = SignatureHeaders {
            signature: "x".repeat(long),
            ..headers.clone()
        };
        let error = verify_request(&request(b""), &altered, |_| Some(key(1).verifying_key())).unwrap_err();
        assert_eq!(error, SignatureError::Form("signature"));
    }
}

#[test]
fn an_answer_belongs_to_one_request() {
    let first = sign_request(&request(b"1"), &params(), &key(1));
    let second = sign_request(
        &request(b"1"),
        &Parameters {
            nonce: "f".repeat(32),
            ..params()
        },
        &key(1),
    );
    let answer = AnswerParts {
        status: 200,
        body: b"ok",
    };
    let headers = sign_answer(&answer, &request(b"1"), &first, &params(), &key(2));
    let by = key(2).verifying_key();
    assert_eq!(
        verify_answer(&answer, &headers, &request(b"1"), &first, &by),
        Ok(params())
    );
    assert_eq!(
        verify_answer(&answer, &headers, &request(b"1"), &second, &by),
        Err(SignatureError::Signature)
    );
    let other = AnswerParts {
        status: 404,
        body: b"ok",
    };
    assert_eq!(
        verify_answer(&other, &headers, &request(b"1"), &first, &by),
        Err(SignatureError::Signature)
    );
    let other = AnswerParts {
        status: 200,
        body: b"no",
    };
    assert_eq!(
        verify_answer(&other, &headers, &request(b"1"), &first, &by),
        Err(SignatureError::Digest)
    );
}

proptest! {
    #[test]
    fn hostile_headers_never_panic(input in ".{0,200}", signature in ".{0,200}", digest in ".{0,80}") {
        let headers = SignatureHeaders { content_digest: digest, signature_input: input, signature };
        prop_assert!(verify_request(&request(b""), &headers, |_| Some(key(1).verifying_key())).is_err());
    }
}

/// The vector of `docs/spec/peer.md`: a nudge by isp.example and its answer by agency.example.
#[test]
fn the_specification_states_these_bytes() {
    let specification = include_str!("../../../../docs/spec/peer.md");
    let parts = RequestParts {
        path: "/peer/v1/nudge",
        ..request(b"{}")
    };
    let asked = sign_request(&parts, &params(), &key(1));
    let answer = AnswerParts {
        status: 200,
        body: b"{}",
    };
    let params = Parameters {
        created: 1_763_769_601,
        nonce: "ffeeddccbbaa99887766554433221100".into(),
        keyid: "agency.example".into(),
    };
    let answered = sign_answer(&answer, &parts, &asked, &params, &key(2));
    let mut lines = Vec::new();
    for signed in [asked, answered] {
        lines.push(format!("Content-Digest: {}", signed.content_digest));
        lines.push(format!("Signature-Input: {}", signed.signature_input));
        lines.push(format!("Signature: {}", signed.signature));
    }
    lines.retain(|line| !specification.lines().any(|stated| stated == line));
    assert!(
        lines.is_empty(),
        "docs/spec/peer.md does not state:\n{}",
        lines.join("\n")
    );
}
