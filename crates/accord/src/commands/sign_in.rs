//! `accord sign-in`: a session on a running node, for the commands that ask it.

use std::path::PathBuf;

use super::remote::{Remote, secret, write};
use super::{CommandError, Exit};
use crate::output::Output;

/// Arguments of `sign-in`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  accord sign-in --node https://node.agency.example --name maren --password-file - -o session.token
  export ACCORD_NODE=https://node.agency.example ACCORD_TOKEN_FILE=session.token
  accord search evil.example

The session ends after twelve hours, or when it is ended on the person's page.")]
pub struct Arguments {
    /// The address of the running node
    #[arg(long, value_name = "URL", env = "ACCORD_NODE")]
    node: String,
    /// Account name
    #[arg(long, value_name = "NAME")]
    name: String,
    /// A file with the password; - is standard input
    #[arg(long, value_name = "FILE")]
    password_file: PathBuf,
    /// One-time code, when the account has one
    #[arg(long, value_name = "CODE")]
    code: Option<String>,
    /// Write the session's token here, for its owner only
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

/// Signs in.
pub fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, CommandError> {
    let password = secret(&arguments.password_file)?;
    let mut remote = Remote::nobody(&arguments.node)?;
    let token = remote.sign_in(&arguments.name, &password, arguments.code.as_deref())?;
    write(
        Some(&arguments.output),
        format!("{token}\n").as_bytes(),
        true,
        output,
    )?;
    output.note(format_args!(
        "signed in; the token is in {}",
        arguments.output.display()
    ));
    Ok(Exit::Done)
}
