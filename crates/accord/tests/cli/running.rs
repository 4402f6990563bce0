//! The program while it stays up: its lines as they come, and its end by a signal.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

/// How long the next line, or the end, is waited for.
const PATIENCE: Duration = Duration::from_secs(120);

/// A run of `accord`. It is ended when dropped.
pub struct Running {
    child: Child,
    lines: Receiver<String>,
    /// Every line so far, of both streams.
    pub said: Vec<String>,
}

fn forward(stream: impl Read + Send + 'static, to: Sender<String>) {
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if to.send(line).is_err() {
                break;
            }
        }
    });
}

impl Running {
    /// Starts it in a folder.
    pub fn start(folder: &Path, arguments: &[&str]) -> Self {
        Self::start_with(folder, arguments, &[])
    }

    /// Starts it with variables of the environment.
    pub fn start_with(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_accord"))
            .current_dir(folder)
            .env("NO_COLOR", "1")
            .envs(environment.iter().copied())
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, lines) = channel();
        forward(child.stdout.take().unwrap(), sender.clone());
        forward(child.stderr.take().unwrap(), sender);
        Self {
            child,
            lines,
            said: Vec::new(),
        }
    }

    /// Waits for a line with this in it.
    pub fn line_with(&mut self, words: &str) -> String {
        loop {
            let line = self.lines.recv_timeout(PATIENCE);
            let line = line.unwrap_or_else(|why| panic!("no line with {words:?}: {why}; {:#?}", self.said));
            self.said.push(line.clone());
            if line.contains(words) {
                return line;
            }
        }
    }

    /// Whether its environment has this variable with this value.
    #[cfg(target_os = "linux")]
    pub fn has_variable(&self, variable: &str) -> bool {
        let environment = std::fs::read(format!("/proc/{}/environ", self.child.id())).unwrap();
        environment
            .split(|byte| *byte == 0)
            .any(|found| found == variable.as_bytes())
    }

    /// Asks it to end as a service manager does: the exit code. Fails where a signal ended it.
    #[cfg(unix)]
    pub fn terminate(mut self) -> i32 {
        let asked = Command::new("kill")
            .args(["-TERM", &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(asked.success());
        // The streams close with the process: then there is nothing to wait for.
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => self.said.push(line),
                Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => break,
                Err(why) => panic!("it does not end: {why}; {:#?}", self.said),
            }
        }
        self.child.wait().unwrap().code().expect("an exit code")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
