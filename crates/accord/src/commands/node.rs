//! What the commands on a node share: which configuration, and the node behind it.

use std::path::PathBuf;

use accord_logstore::LogStore;

use super::CommandError;
use crate::config::{Config, FILE_NAME};

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

    /// Its log store, while the node is not running.
    pub fn log_store(&self) -> Result<LogStore, CommandError> {
        let config = self.load()?;
        LogStore::open(&config.node.dir.join("logs")).map_err(CommandError::failed)
    }
}
