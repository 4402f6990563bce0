//! TLS as every client here speaks it: the system's certificate authorities, read once in a process.

use std::sync::{Arc, OnceLock};

use rustls::ClientConfig;
use rustls_platform_verifier::BuilderVerifierExt;

/// A builder of clients that trust the system's certificate authorities, as they were when the first was made.
///
/// Where these cannot be read, it is as reqwest comes, whose `build` then tells why.
pub fn http_builder() -> reqwest::ClientBuilder {
    // Reading some hundred certificates takes longer than all else that a client does to begin.
    static CONFIG: OnceLock<Option<ClientConfig>> = OnceLock::new();
    let builder = reqwest::Client::builder();
    match CONFIG.get_or_init(config) {
        Some(config) => builder.tls_backend_preconfigured(config.clone()),
        None => builder,
    }
}

fn config() -> Option<ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .ok()?
        .with_platform_verifier()
        .ok()?
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Some(config)
}
