//! A session that may be one command's alone: a token that is there, or a sign-in that ends with the command.

use std::path::PathBuf;

use super::CommandError;
use super::remote::{Remote, secret};

/// Which node, and who asks it.
#[derive(Debug, clap::Args)]
pub struct SessionArguments {
    /// The node's address
    #[arg(long, value_name = "URL", env = "ACCORD_NODE")]
    node: String,
    /// A file with the token of a session
    #[arg(
        long,
        value_name = "FILE",
        env = "ACCORD_TOKEN_FILE",
        conflicts_with = "sign_in"
    )]
    token_file: Option<PathBuf>,
    /// Sign in under this name for this command
    #[arg(long, value_name = "NAME", requires = "password_file")]
    sign_in: Option<String>,
    /// A file with the password
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// The one-time code of now
    #[arg(long, value_name = "DIGITS")]
    code: Option<String>,
}

/// A session.
#[derive(Debug)]
pub struct Session {
    remote: Remote,
    /// Whether this command signed in, and signs out at its end.
    own: bool,
}

impl Session {
    /// Opens it.
    pub fn open(arguments: &SessionArguments) -> Result<Self, CommandError> {
        if let Some(file) = &arguments.token_file {
            let remote = Remote::with_token(&arguments.node, secret(file)?)?;
            return Ok(Self { remote, own: false });
        }
        let (Some(name), Some(file)) = (&arguments.sign_in, &arguments.password_file) else {
            return Err(CommandError::Failed(
                "say who you are: --token-file FILE, or --sign-in NAME --password-file FILE".to_owned(),
            ));
        };
        let mut remote = Remote::nobody(&arguments.node)?;
        remote.sign_in(name, &secret(file)?, arguments.code.as_deref())?;
        Ok(Self { remote, own: true })
    }

    /// The node, as this person.
    pub fn remote(&self) -> &Remote {
        &self.remote
    }

    /// Signs out, where this command had signed in.
    pub fn close(self) {
        if self.own {
            // It ends by itself if this fails.
            let _ = self.remote.delete("/sessions");
        }
    }
}
