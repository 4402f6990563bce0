//! A node made with `accord init` in a folder of its own, and served by a process of its own.

use std::path::{Path, PathBuf};

use super::accord;
use super::api::Api;
use super::running::Running;

/// A node, stopped or running.
pub struct TestNode {
    folder: tempfile::TempDir,
    /// Where it is reached.
    pub url: String,
    /// Sign-in name and first password, as `init` printed them.
    pub people: Vec<(String, String)>,
    running: Option<Running>,
}

/// A port that nobody listens on. Somebody may take it before we do; a node says so and the test fails.
fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

impl TestNode {
    /// Makes one.
    pub fn init(org: &str, kind: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let address = format!("127.0.0.1:{}", free_port());
        let arguments = ["init", "node", "--org", org, "--kind", kind, "--listen", &address];
        let (code, stdout, stderr) = accord(folder.path(), &arguments, b"");
        assert_eq!((code, stderr.as_str()), (0, ""), "{stdout}");
        let people = stdout
            .lines()
            .filter_map(|line| line.strip_prefix("  ")?.split_once(' '))
            .map(|(name, password)| (name.to_owned(), password.trim().to_owned()))
            .collect();
        Self {
            folder,
            url: format!("http://{address}"),
            people,
            running: None,
        }
    }

    /// The folder that its commands run in; the node's own is `node` there.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A file of the node's folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path().join("node").join(name)
    }

    /// Runs a command with the node's configuration.
    pub fn run(&self, arguments: &[&str], stdin: &[u8]) -> (i32, String, String) {
        let config = ["--config", "node/accord.toml"];
        accord(self.path(), &[arguments, &config].concat(), stdin)
    }

    /// Serves it. Second factors are optional, and it pulls by itself only when it starts and when it is told to.
    pub fn serve(&mut self) {
        let mut running = Running::start_with(
            self.path(),
            &["serve", "--config", "node/accord.toml", "--log", "warn"],
            &[
                ("ACCORD_SIGN_IN__SECOND_FACTOR", "optional"),
                ("ACCORD_PEERS__PULL_EVERY_S", "3600"),
            ],
        );
        running.line_with(" listens on ");
        self.running = Some(running);
    }

    /// Ends it as a service manager does: the exit code.
    pub fn stop(&mut self) -> i32 {
        self.running.take().unwrap().terminate()
    }

    /// Somebody's first sign-in.
    pub fn first_sign_in(&self, sign_in: &str) -> Api {
        let (_, password) = self.people.iter().find(|(name, _)| name == sign_in).unwrap();
        Api::first_sign_in(&self.url, sign_in, password)
    }
}
