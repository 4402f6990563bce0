//! What the commands on a node share: which configuration, and the node behind it.

use std::path::PathBuf;
use std::sync::Arc;

use accord_logstore::LogStore;
use accord_service::Node;
use accord_store::Faults;

use super::CommandError;
use crate::config::{Config, FILE_NAME};
use crate::process;

/// Which node.
#[derive(Debug, clap::Args)]
pub struct NodeArguments {
    /// The node's configuration
    #[arg(long, value_name = "FILE", default_value = FILE_NAME, env = "ACCORD_CONFIG")]
    pub config: PathBuf,
}

impl NodeArguments {
    /// Its configuration, with the environment applied.
    pub fn load(&self) -> Result<Config, CommandError> {
        Config::load(&self.config, std::env::vars()).map_err(CommandError::failed)
    }

    /// Its configuration, while the node is not running. The lock of the log store says whether it is.
    pub fn load_stopped(&self) -> Result<Config, CommandError> {
        let config = self.load()?;
        match LogStore::open(&config.node.dir.join("logs")) {
            Ok(_) => Ok(config),
            Err(accord_logstore::Error::InUse(_)) => Err(CommandError::Failed(format!(
                "the node of {} is running: stop it first, or use its pages, {}/logs",
                config.node.org, config.node.url
            ))),
            Err(error) => Err(CommandError::failed(error)),
        }
    }
}

/// Does something with a node that is not running, and closes it again.
pub fn with_node<T>(
    arguments: &NodeArguments,
    work: impl AsyncFnOnce(Arc<Node>) -> Result<T, CommandError>,
) -> Result<T, CommandError> {
    let config = arguments.load_stopped()?;
    process::trace(&config.log.filter);
    process::runtime()?.block_on(async {
        let node = Node::open(config.to_node(), process::ports(), Faults::none())
            .await
            .map_err(CommandError::failed)?;
        let outcome = work(node.clone()).await;
        node.close().await;
        outcome
    })
}
