//! Tenzir: a lookup table in a node, and a pipeline that asks it for each event's `query`.
//!
//! The node is started for each run, on a free port of the loopback and with a state folder of its own, without any
//! configuration of the machine, and ended after it. Its processor seconds and memory count as the client's. The list's
//! cost is that of the node's start, of the table and of filling it.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::watched::{self, Cost, processor_seconds_of};
use super::{Material, Ran, programs::installed};

const START_SECONDS: u64 = 120;
const LOOK_EVERY: Duration = Duration::from_millis(10);

pub(super) fn run(material: &Material) -> Result<Ran, String> {
    with(material, &[])
}

/// With operators on as many threads as there are processors.
pub(super) fn run_parallel(material: &Material) -> Result<Ran, String> {
    with(material, &["--parallelism=max"])
}

fn with(material: &Material, options: &[&str]) -> Result<Ran, String> {
    let folder = material.folder.join("tenzir");
    std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let ran = in_folder(material, &folder, options);
    std::fs::remove_dir_all(&folder).map_err(|error| error.to_string())?;
    ran
}

fn in_folder(material: &Material, folder: &Path, options: &[&str]) -> Result<Ran, String> {
    let began = Instant::now();
    let node = Node::start(folder)?;
    let mut list = Cost {
        seconds: began.elapsed().as_secs_f64(),
        of_a_processor: processor_seconds_of(node.process.id()),
    };
    let pipeline = |text: &str, options: &[&str]| {
        let mut command = Command::new(installed("tenzir"));
        command
            .args(["--bare-mode", "--color=never", "-e"])
            .arg(&node.endpoint);
        command.args(options).arg(text).current_dir(folder);
        watched::run(command, Some(node.process.id()))
    };
    list = list + pipeline("context_create_lookup_table \"names\"", &[])?.cost;
    let fill = format!(
        "from_file {:?} {{ read_lines }}\ncontext_update \"names\", key=line, value=true",
        material.indicators
    );
    list = list + pipeline(&fill, &[])?.cost;
    let ask = format!(
        "from_file {:?} {{ read_zeek_tsv }}\ncontext_enrich \"names\", key=query, into=listed\nwhere listed != null\nselect \
         line=uid\nwrite_lines",
        material.log
    );
    let asked = pipeline(&ask, options)?;
    Ok(Ran {
        answer: asked.out,
        whole: list + asked.cost,
        list,
        log: asked.cost,
        // The node keeps its peak, which is that of the filling.
        peak_bytes: asked.peak_bytes,
    })
}

/// A node, ended when it is dropped.
struct Node {
    process: Child,
    endpoint: String,
}

impl Node {
    fn start(folder: &Path) -> Result<Node, String> {
        let written = folder.join("endpoint");
        let process = Command::new(installed("tenzir-node"))
            .args(["--bare-mode", "-e", "127.0.0.1:0"])
            .arg("-d")
            .arg(folder.join("state"))
            .arg(format!("--cache-directory={}", folder.join("cache").display()))
            .arg(format!("--log-file={}", folder.join("node.log").display()))
            .arg(format!("--write-endpoint={}", written.display()))
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|_| "not installed".to_owned())?;
        let mut node = Node {
            process,
            endpoint: String::new(),
        };
        let began = Instant::now();
        while node.endpoint.is_empty() {
            if began.elapsed() > Duration::from_secs(START_SECONDS)
                || matches!(node.process.try_wait(), Ok(Some(_)))
            {
                return Err("its node did not start".to_owned());
            }
            std::thread::sleep(LOOK_EVERY);
            node.endpoint = std::fs::read_to_string(&written)
                .unwrap_or_default()
                .trim()
                .to_owned();
        }
        Ok(node)
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // What it holds is of no use to anybody.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
