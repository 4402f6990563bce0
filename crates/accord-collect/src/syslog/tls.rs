//! The server's side of TLS for syslog (RFC 5425, RFC 9662: TLS 1.2 and 1.3).

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};

use crate::error::{Error, Result};
use crate::settings::TlsSettings;

/// Reads the files. They are read once: a new certificate is used after the next start.
pub(super) fn server(name: &str, settings: &TlsSettings) -> Result<Arc<ServerConfig>> {
    let failed = |why: String| Error::Tls {
        name: name.to_owned(),
        why,
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let chain = certificates(&settings.certificate).map_err(failed)?;
    let key = PrivateKeyDer::from_pem_file(&settings.key)
        .map_err(|error| failed(format!("{}: no key in PEM: {error}", settings.key.display())))?;
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(error.to_string()))?;
    let builder = match &settings.client_authorities {
        None => builder.with_no_client_auth(),
        Some(path) => {
            let mut roots = RootCertStore::empty();
            for certificate in certificates(path).map_err(failed)? {
                roots
                    .add(certificate)
                    .map_err(|error| failed(format!("{}: {error}", path.display())))?;
            }
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
                .build()
                .map_err(|error| failed(format!("{}: {error}", path.display())))?;
            builder.with_client_cert_verifier(verifier)
        }
    };
    let config = builder
        .with_single_cert(chain, key)
        .map_err(|error| failed(format!("certificate and key do not go together: {error}")))?;
    Ok(Arc::new(config))
}

fn certificates(path: &Path) -> std::result::Result<Vec<CertificateDer<'static>>, String> {
    let words = |error: rustls::pki_types::pem::Error| format!("{}: {error}", path.display());
    let found = CertificateDer::pem_file_iter(path)
        .map_err(words)?
        .collect::<std::result::Result<Vec<_>, _>>()
        .map_err(words)?;
    if found.is_empty() {
        return Err(format!("{}: no certificate in PEM", path.display()));
    }
    Ok(found)
}
