//! One organisation of a test.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, RwLock};

use accord_ledger::certificate::Certificate;
use accord_ledger::note::NoteSigner;
use accord_model::{OrgKind, OrgName, Role};
use accord_service::keys::Certified;
use accord_service::{
    FsckReport, NewPerson, Node, NodeConfig, PasswordCost, PeerLimits, PersonView, Ports, Result,
    ServiceError, SignIn, SignedIn, TotpPolicy, fsck, keys,
};
use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use tempfile::TempDir;
use tower::ServiceExt;

use crate::World;
use crate::peer::{Alter, altered};
use crate::story::once;

/// Everybody's password, once they have changed it.
pub const PASSWORD: &str = "a long enough password";
const FIRST_PASSWORD: &str = "the operator's first one";

type Current = Arc<RwLock<Option<Router>>>;

/// An organisation: its folder, its node while it runs, and its port, which it keeps for good.
#[derive(Debug)]
pub struct Org {
    /// Its name.
    pub name: OrgName,
    /// What its node is told.
    pub config: NodeConfig,
    /// Its people, by the name they sign in with.
    pub people: BTreeMap<String, SignedIn>,
    world: World,
    ports: Ports,
    current: Current,
    node: Option<Arc<Node>>,
    server: tokio::task::JoinHandle<()>,
    /// Whether it wrote since it was last copied or put back.
    touched: Arc<AtomicBool>,
    _dir: TempDir,
}

/// A copy of an organisation's folder.
#[derive(Debug)]
pub struct Snapshot {
    dir: TempDir,
    people: BTreeMap<String, SignedIn>,
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder of the test");
    for entry in fs::read_dir(from).expect("a folder of the test") {
        let entry = entry.expect("a folder of the test");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a folder of the test").is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a file of the test");
        }
    }
}

async fn serve(current: Current, request: Request<Body>) -> Response<Body> {
    let router = current.read().expect("no holder panics").clone();
    match router {
        Some(router) => router.oneshot(request).await.expect("a router is infallible"),
        None => {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
            response
        }
    }
}

impl Org {
    /// Makes a node in a folder of its own, with its operator and signatory, and serves it.
    pub async fn start(name: &str, kind: OrgKind, world: &World) -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port of the loopback");
        let address = listener.local_addr().expect("a bound port");
        let current = Current::default();
        let served = current.clone();
        let router = Router::new().fallback(move |request| serve(served.clone(), request));
        let server = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        let name: OrgName = name.parse().expect("a name");
        let config = NodeConfig {
            dir: dir.path().join("node"),
            org: name.clone(),
            kind,
            url: format!("http://{address}"),
            totp: TotpPolicy::Optional,
            password_cost: PasswordCost {
                memory_kib: 8,
                passes: 1,
            },
            pull_every_s: None,
            peer_limits: PeerLimits::default(),
            backup_days: None,
            feeds_inside: vec!["127.0.0.1".into()],
            feed_keys: Vec::new(),
        };
        let ports = world.ports(name.as_str());
        fs::create_dir_all(&config.dir).expect("a folder of the test");
        keys::create(&config.dir, &name, kind, &ports).expect("keys of a new node");
        let mut org = Self {
            name,
            config,
            people: BTreeMap::new(),
            world: world.clone(),
            ports,
            current,
            node: None,
            server,
            touched: Arc::default(),
            _dir: dir,
        };
        org.open().await;
        let new = |sign_in: &str, role| NewPerson {
            sign_in: sign_in.into(),
            name: format!("{sign_in} of {}", org.name),
            roles: [role].into(),
            password: FIRST_PASSWORD.into(),
        };
        let (operator, signatory) = (new("operator", Role::Operator), new("signatory", Role::Signatory));
        org.node()
            .found(&operator, &signatory)
            .await
            .expect("the first accounts");
        for sign_in in ["operator", "signatory"] {
            org.enter(sign_in).await.expect("the first accounts sign in");
        }
        org
    }

    /// The running node.
    pub fn node(&self) -> &Arc<Node> {
        self.node.as_ref().expect("the organisation's node is stopped")
    }

    /// Somebody who was added.
    pub fn who(&self, sign_in: &str) -> &SignedIn {
        self.people
            .get(sign_in)
            .unwrap_or_else(|| panic!("nobody at {} signs in as {sign_in}", self.name))
    }

    /// The offline identity key.
    pub fn identity(&self) -> NoteSigner {
        keys::read_identity(&keys::identity_path(&self.config.dir), &self.name).expect("the identity key")
    }

    async fn open(&mut self) {
        let faults = self.world.faults(&self.touched);
        let node = Node::open(self.config.clone(), self.ports.clone(), faults)
            .await
            .unwrap_or_else(|error| panic!("{} does not start: {error}", self.name));
        // A node refuses what was signed in the second of its start: that is over.
        self.world.advance(1_000);
        *self.current.write().expect("no holder panics") = Some(self.router(&node));
        self.node = Some(node);
    }

    fn router(&self, node: &Arc<Node>) -> Router {
        let keys = keys::load(&self.config.dir, &self.name).expect("the node's keys");
        altered(node.clone(), keys, Arc::new(|_, _, honest| honest))
    }

    /// Answers peers from now on with the node's answers after `alter`, signed by the node's key.
    pub fn alter(&self, alter: Arc<Alter>) {
        let keys = keys::load(&self.config.dir, &self.name).expect("the node's keys");
        self.serve_instead(altered(self.node().clone(), keys, alter));
    }

    /// Stops the node; its port answers 503.
    pub async fn stop(&mut self) {
        *self.current.write().expect("no holder panics") = None;
        if let Some(node) = self.node.take() {
            node.close().await;
        }
    }

    /// Starts a stopped node again from its folder.
    pub async fn start_again(&mut self) {
        self.open().await;
    }

    /// Stops the node and starts it again from the same folder.
    pub async fn restart(&mut self) {
        self.stop().await;
        self.start_again().await;
    }

    /// Restarts the node if a write of it failed; whether it did.
    pub async fn restart_if_broken(&mut self) -> bool {
        let broken = !self.node().is_healthy();
        if broken {
            self.restart().await;
        }
        broken
    }

    /// Makes the node one of before certificates named the key that partners seal to: restarted, with the same
    /// certificate without it.
    pub async fn without_sealing_key(&mut self) {
        let own = keys::load(&self.config.dir, &self.name).expect("the node's keys");
        let certificate = Certificate::parse(own.certificate.text()).expect("the node's certificate");
        let older = Certificate {
            seal: None,
            ..certificate
        };
        let note = older.sign(&self.identity()).expect("a certificate");
        fs::write(self.config.dir.join("certificate.txt"), note.encode()).expect("a file of the test");
        self.restart().await;
    }

    /// Names the custodian's key in the certificate, as `accord key certify` does with this identity key, and restarts.
    ///
    /// # Errors
    /// What the node's keys say.
    pub async fn certify(&mut self, identity: &NoteSigner) -> Result<Certified> {
        let certified = keys::certify_custodian(&self.config.dir, &self.name, identity, &self.ports)?;
        self.restart().await;
        Ok(certified)
    }

    /// Answers on this organisation's port by something else.
    pub fn serve_instead(&self, router: Router) {
        *self.current.write().expect("no holder panics") = Some(router);
    }

    /// Copies the stopped node's folder. A running node is stopped and started again.
    pub async fn snapshot(&mut self) -> Snapshot {
        let running = self.node.is_some();
        self.stop().await;
        let dir = tempfile::tempdir().expect("a temporary folder");
        copy(&self.config.dir, dir.path());
        if running {
            self.start_again().await;
        }
        self.copied(dir)
    }

    /// Copies the folder of a running node as a crash would leave it. Nothing may be writing.
    pub fn copy_running(&self) -> Snapshot {
        let dir = tempfile::tempdir().expect("a temporary folder");
        copy(&self.config.dir, dir.path());
        // What SQLite shares between the connections of a process is made anew by the next.
        let _ = fs::remove_file(dir.path().join("node.db-shm"));
        self.copied(dir)
    }

    fn copied(&self, dir: TempDir) -> Snapshot {
        self.touched.store(false, Ordering::SeqCst);
        Snapshot {
            dir,
            people: self.people.clone(),
        }
    }

    /// Whether the node wrote, or tried to, since its folder was last copied or put back.
    pub fn is_touched(&self) -> bool {
        self.touched.load(Ordering::SeqCst)
    }

    /// Puts a folder back and starts the node from it.
    pub async fn restore(&mut self, snapshot: &Snapshot) {
        self.stop().await;
        fs::remove_dir_all(&self.config.dir).expect("the node's folder");
        copy(snapshot.dir.path(), &self.config.dir);
        self.people.clone_from(&snapshot.people);
        self.touched.store(false, Ordering::SeqCst);
        self.start_again().await;
    }

    /// Signs in, changing a first password on the way, and remembers who that is.
    ///
    /// # Errors
    /// What the node says.
    pub async fn enter(&mut self, sign_in: &str) -> Result<()> {
        let node = self.node().clone();
        let given = |password: &str| SignIn {
            sign_in: sign_in.into(),
            password: password.into(),
            code: None,
        };
        let token = match node.sign_in(&given(PASSWORD)).await {
            Err(ServiceError::SignInFailed) => {
                let token = node.sign_in(&given(FIRST_PASSWORD)).await?;
                let who = node.session(&token).await?;
                node.change_password(&who, FIRST_PASSWORD, None, PASSWORD).await?;
                token
            }
            other => other?,
        };
        let who = node.session(&token).await?;
        self.people.insert(sign_in.to_owned(), who);
        Ok(())
    }

    /// Remembers who signed in by other means.
    pub fn know(&mut self, sign_in: &str, who: SignedIn) {
        self.people.insert(sign_in.to_owned(), who);
    }

    /// Adds a person with roles: asked for by the operator, confirmed by the signatory, password changed. Can be
    /// repeated.
    ///
    /// # Errors
    /// What the node says.
    pub async fn add_person(&mut self, sign_in: &str, roles: &[Role]) -> Result<()> {
        let new = NewPerson {
            sign_in: sign_in.into(),
            name: format!("{sign_in} of {}", self.name),
            roles: roles.iter().copied().collect(),
            password: FIRST_PASSWORD.into(),
        };
        let node = self.node().clone();
        let (operator, signatory) = (self.who("operator"), self.who("signatory"));
        let key = format!("add-{sign_in}");
        let added: PersonView = once(&node, operator, &key, node.add_person(operator, &new)).await?;
        let key = format!("confirm-{sign_in}");
        let confirm = node.confirm_roles(signatory, added.id);
        let _: PersonView = once(&node, signatory, &key, confirm).await?;
        self.enter(sign_in).await
    }

    /// Checks a copy of its folder.
    pub async fn fsck_copy(&self, snapshot: &Snapshot) -> FsckReport {
        let config = NodeConfig {
            dir: snapshot.dir.path().to_owned(),
            ..self.config.clone()
        };
        fsck(&config, self.world.now_ms())
            .await
            .expect("the folder is a node's")
    }

    /// Checks the folder of a stopped node, or of a running one that is stopped for it.
    pub async fn fsck(&mut self) -> FsckReport {
        let running = self.node.is_some();
        self.stop().await;
        let report = fsck(&self.config, self.world.now_ms())
            .await
            .expect("the folder is a node's");
        if running {
            self.start_again().await;
        }
        report
    }

    /// The node's folder.
    pub fn dir(&self) -> PathBuf {
        self.config.dir.clone()
    }
}

impl Drop for Org {
    fn drop(&mut self) {
        self.server.abort();
    }
}
