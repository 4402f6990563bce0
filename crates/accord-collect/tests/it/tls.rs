//! Syslog over TLS.

use std::path::Path;
use std::sync::Arc;

use accord_collect::settings::TlsSettings;
use accord_collect::{CollectSettings, Collectors, Count, Error};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::support::*;

/// An authority, and a certificate of it with its key, as PEM files.
fn authority(dir: &Path, name: &str) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &issuer).unwrap();
    std::fs::write(dir.join(format!("{name}-ca.pem")), issuer.pem()).unwrap();
    std::fs::write(dir.join(format!("{name}.pem")), certificate.pem()).unwrap();
    std::fs::write(dir.join(format!("{name}.key")), key.serialize_pem()).unwrap();
}

fn tls(dir: &Path) -> TlsSettings {
    TlsSettings {
        listen: "127.0.0.1:0".parse().unwrap(),
        certificate: dir.join("server.pem"),
        key: dir.join("server.key"),
        client_authorities: None,
    }
}

fn client(dir: &Path, trusts: &str, is: Option<&str>) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    let trusted = CertificateDer::from_pem_file(dir.join(format!("{trusts}-ca.pem"))).unwrap();
    roots.add(trusted).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    let config = match is {
        None => builder.with_no_client_auth(),
        Some(name) => {
            let chain = vec![CertificateDer::from_pem_file(dir.join(format!("{name}.pem"))).unwrap()];
            let key = PrivateKeyDer::from_pem_file(dir.join(format!("{name}.key"))).unwrap();
            builder.with_client_auth_cert(chain, key).unwrap()
        }
    };
    TlsConnector::from(Arc::new(config))
}

/// Whether a message was sent and the connection lived.
async fn send(node: &Node, client: TlsConnector, message: &str) -> bool {
    let stream = TcpStream::connect(node.address("tls")).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let Ok(mut stream) = client.connect(name, stream).await else {
        return false;
    };
    let framed = format!("{} {message}", message.len());
    if stream.write_all(framed.as_bytes()).await.is_err() || stream.shutdown().await.is_err() {
        return false;
    }
    // A refused client certificate is told after the handshake (TLS 1.3), by an alert; else the connection just ends.
    match stream.read(&mut [0; 8]).await {
        Ok(_) => true,
        Err(error) => error.kind() == std::io::ErrorKind::UnexpectedEof,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_who_is_known_is_heard() {
    let certificates = tempfile::tempdir().unwrap();
    let dir = certificates.path();
    for name in ["server", "client", "stranger"] {
        authority(dir, name);
    }
    let mut settings = syslog();
    settings.tls = Some(tls(dir));
    let node = Node::syslog(settings.clone()).await;
    assert!(send(&node, client(dir, "server", None), "<1>a").await);
    node.has("<1>a\n").await;
    assert_eq!(node.places()[0].transport, "syslog-tls");
    // The client does not know this server's authority.
    assert!(!send(&node, client(dir, "stranger", None), "<1>b").await);
    node.counts(Count::TlsFailed, 1).await;
    // No TLS at all.
    let mut plain = TcpStream::connect(node.address("tls")).await.unwrap();
    plain.write_all(b"<1>plain\n").await.unwrap();
    node.counts(Count::TlsFailed, 2).await;
    node.collectors.stop().await;

    if let Some(tls) = &mut settings.tls {
        tls.client_authorities = Some(dir.join("client-ca.pem"));
    }
    let node = Node::syslog(settings).await;
    assert!(!send(&node, client(dir, "server", None), "<1>nobody").await);
    assert!(!send(&node, client(dir, "server", Some("stranger")), "<1>stranger").await);
    node.counts(Count::TlsFailed, 2).await;
    assert!(send(&node, client(dir, "server", Some("client")), "<1>known").await);
    node.has("<1>known\n").await;
    node.collectors.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_that_are_no_certificates_are_told_at_the_start() {
    let certificates = tempfile::tempdir().unwrap();
    let dir = certificates.path();
    authority(dir, "server");
    authority(dir, "other");
    std::fs::write(dir.join("empty.pem"), "nothing\n").unwrap();
    type Change = fn(&mut TlsSettings, &Path);
    let changes: [(Change, &str); 4] = [
        (|tls, dir| tls.certificate = dir.join("absent.pem"), "absent.pem"),
        (
            |tls, dir| tls.certificate = dir.join("empty.pem"),
            "no certificate",
        ),
        (|tls, dir| tls.key = dir.join("empty.pem"), "no key"),
        (|tls, dir| tls.key = dir.join("other.key"), "do not go together"),
    ];
    for (change, words) in changes {
        let mut settings = syslog();
        let mut tls = tls(dir);
        change(&mut tls, dir);
        settings.tls = Some(tls);
        let node = tempfile::tempdir().unwrap();
        let settings = CollectSettings {
            syslog: vec![settings],
            ..CollectSettings::default()
        };
        let store = open_store(&node.path().join("store"));
        let error = Collectors::start(plan(store, settings, &node)).await.map(|_| ());
        let error = error.unwrap_err();
        assert!(matches!(error, Error::Tls { .. }), "{error}");
        assert!(error.to_string().contains(words), "{error}");
    }
}
