//! `accord init`: a new node.

use std::net::SocketAddr;
use std::path::PathBuf;

use accord_model::{OrgKind, OrgName, Role};
use accord_service::{NewPerson, Node, keys};
use accord_store::Faults;

use super::{CommandError, Exit};
use crate::config::{Config, FILE_NAME};
use crate::output::Output;
use crate::process;

/// Arguments of `init`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  accord init node --org isp.example --kind isp --url https://accord.isp.example
  accord serve --config node/accord.toml

DIR/offline/identity.seed is the organisation's identity key. Move it to a medium that is not in this machine:
the node runs without it, agreements are signed with it (`accord agreement sign`).")]
pub struct Arguments {
    /// The node's folder, made where there is none
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    /// The organisation's name: a domain name it holds
    #[arg(long, value_name = "NAME")]
    org: OrgName,
    /// Its kind: agency, vendor, isp, hosting-provider, registry, cert or business
    #[arg(long, value_name = "KIND")]
    kind: OrgKind,
    /// Where peers and people reach it; the listening address on the loopback, where not given
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Where it listens
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:7443")]
    listen: SocketAddr,
}

/// Makes a node.
pub fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, CommandError> {
    let file = arguments.dir.join(FILE_NAME);
    if file.exists() || arguments.dir.join("keys").exists() {
        return Err(CommandError::Failed(format!(
            "{}: there is a node already; a new one takes an empty folder",
            arguments.dir.display()
        )));
    }
    let url = arguments
        .url
        .clone()
        .unwrap_or_else(|| format!("http://{}", arguments.listen));
    let mut config = Config::new(arguments.org.clone(), arguments.kind, url, arguments.listen);
    let text = config.render().map_err(CommandError::failed)?;
    Config::read(&file.display().to_string(), &text, []).map_err(CommandError::failed)?;
    config.node.dir.clone_from(&arguments.dir);
    let ports = process::ports();
    keys::create(&arguments.dir, &arguments.org, arguments.kind, &ports).map_err(CommandError::failed)?;
    let first = |sign_in: &str, name: &str, role| NewPerson {
        sign_in: sign_in.to_owned(),
        name: name.to_owned(),
        roles: [role].into(),
        password: process::one_time_password(&ports),
    };
    let operator = first("operator", "Operator", Role::Operator);
    let signatory = first("signatory", "Signatory", Role::Signatory);
    process::runtime()?.block_on(async {
        let node = Node::open(config.to_node(), ports.clone(), Faults::none())
            .await
            .map_err(CommandError::failed)?;
        node.found(&operator, &signatory)
            .await
            .map_err(CommandError::failed)?;
        node.close().await;
        Ok::<_, CommandError>(())
    })?;
    // Last, so that a folder with a configuration is a whole node.
    std::fs::write(&file, text)
        .map_err(|error| CommandError::Failed(format!("{}: {error}", file.display())))?;
    let identity =
        std::fs::read_to_string(arguments.dir.join("identity.vkey")).map_err(CommandError::failed)?;
    output.line(format_args!(
        "node of {} in {}",
        arguments.org,
        arguments.dir.display()
    ))?;
    output.line(format_args!("identity key  {}", identity.trim()))?;
    output.line(format_args!(
        "keep offline  {}",
        keys::identity_path(&arguments.dir).display()
    ))?;
    output.line("first passwords, to be changed at the first sign-in:")?;
    for person in [&operator, &signatory] {
        output.line(format_args!("  {:<10} {}", person.sign_in, person.password))?;
    }
    output.line(format_args!(
        "run it with    accord serve --config {}",
        file.display()
    ))?;
    Ok(Exit::Done)
}
