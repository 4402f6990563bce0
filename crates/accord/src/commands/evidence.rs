//! `accord evidence`: packages verified and shown offline, with no node.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use accord_evidence::{Report, Trust, Verdict};
use accord_ledger::note::VerifierKey;

use super::{CommandError, Exit};
use crate::output::Output;

/// Largest package read, bytes: an archive, or all files of a folder.
pub const MAX_PACKAGE_BYTES: u64 = 4 << 30;
/// Most files of a folder.
pub const MAX_FILES: usize = 100_000;
/// Deepest folder in a package's folder.
const MAX_DEPTH: usize = 8;

/// Arguments of `evidence`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Verify a package and say in words what was checked and what was not
    #[command(after_help = "\
Examples:
  accord evidence verify isp.example-1.zip --identity isp.example/accord/identity+1a2b3c4d+AbC...
  accord evidence verify unpacked-folder --json

Get the identity key from the organisation itself, never from the package.
Exit codes: 0 nothing is wrong, 1 a check failed, 2 the package could not be read. Without --identity the signer
is not checked, and the first line says so; with it, a package that none of the keys given has signed fails.")]
    Verify {
        #[command(flatten)]
        package: PackageArguments,
        /// Identity key of an organisation, as its `identity.vkey` has it
        #[arg(long, value_name = "VKEY")]
        identity: Vec<VerifierKey>,
        /// Cosignature key of a witness
        #[arg(long, value_name = "VKEY")]
        witness: Vec<VerifierKey>,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// List a package's files; print its acquisition record
    #[command(after_help = "\
Examples:
  accord evidence show isp.example-1.zip
  accord evidence show isp.example-1.zip --file data/original/SOURCE-1.log
  accord evidence show isp.example-1.zip --json | jq .acquisition.when

Shows what is in the package, and verifies nothing: see `accord evidence verify`.")]
    Show {
        #[command(flatten)]
        package: PackageArguments,
        /// Print this file of the package as it is
        #[arg(long, value_name = "PATH", conflicts_with = "json")]
        file: Option<String>,
        /// Print one JSON object: the files and the acquisition record
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, clap::Args)]
struct PackageArguments {
    /// The package: a zip archive, or the folder it was unpacked to
    #[arg(value_name = "PACKAGE")]
    package: PathBuf,
}

/// Verifies or shows.
pub fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, CommandError> {
    match &arguments.what {
        What::Verify {
            package,
            identity,
            witness,
            json,
        } => {
            let trust = Trust {
                identities: identity.clone(),
                witnesses: witness.clone(),
                agreement: None,
            };
            let report = verify(&package.package, &trust)?;
            if *json {
                output.json(&report)?;
            } else {
                output.bytes(report.to_string().as_bytes())?;
            }
            Ok(match report.verdict {
                Verdict::Verified | Verdict::SignerUnknown => Exit::Done,
                Verdict::Failed => Exit::Nothing,
            })
        }
        What::Show { package, file, json } => {
            let files = read_package(&package.package)?;
            match file {
                Some(wanted) => show_file(&files, wanted, output),
                None if *json => show_json(&files, output),
                None => show(&files, output),
            }
        }
    }
}

fn file_error(path: &Path) -> impl Fn(std::io::Error) -> CommandError + '_ {
    move |error| CommandError::Failed(format!("{}: {error}", path.display()))
}

/// Verifies a package in a file or folder.
pub fn verify(path: &Path, trust: &Trust) -> Result<Report, CommandError> {
    if fs::metadata(path).map_err(file_error(path))?.is_dir() {
        Ok(accord_evidence::verify(&read_folder(path)?, trust))
    } else {
        Ok(accord_evidence::verify_zip(&read_archive(path)?, trust))
    }
}

fn read_archive(path: &Path) -> Result<Vec<u8>, CommandError> {
    let size = fs::metadata(path).map_err(file_error(path))?.len();
    if size > MAX_PACKAGE_BYTES {
        return Err(too_large(path));
    }
    fs::read(path).map_err(file_error(path))
}

fn too_large(path: &Path) -> CommandError {
    CommandError::Failed(format!(
        "{}: larger than a package can be ({MAX_PACKAGE_BYTES} bytes, {MAX_FILES} files)",
        path.display()
    ))
}

/// The files of a folder by their path from it. A symbolic link is refused: it would make the package depend on what
/// lies outside it.
fn read_folder(root: &Path) -> Result<BTreeMap<String, Vec<u8>>, CommandError> {
    let mut files = BTreeMap::new();
    let mut bytes = 0;
    let mut waiting = vec![(root.to_path_buf(), String::new(), 0)];
    while let Some((folder, prefix, depth)) = waiting.pop() {
        if depth > MAX_DEPTH {
            return Err(CommandError::Failed(format!(
                "{}: folders in folders, {MAX_DEPTH} deep, are in no package",
                folder.display()
            )));
        }
        for entry in fs::read_dir(&folder).map_err(file_error(&folder))? {
            let entry = entry.map_err(file_error(&folder))?;
            let path = entry.path();
            let kind = entry.file_type().map_err(file_error(&path))?;
            let Ok(name) = entry.file_name().into_string() else {
                return Err(CommandError::Failed(format!(
                    "{}: a name that is not text is in no package",
                    path.display()
                )));
            };
            let inside = format!("{prefix}{name}");
            if kind.is_dir() {
                waiting.push((path, format!("{inside}/"), depth + 1));
            } else if kind.is_file() {
                bytes += entry.metadata().map_err(file_error(&path))?.len();
                if bytes > MAX_PACKAGE_BYTES || files.len() >= MAX_FILES {
                    return Err(too_large(root));
                }
                files.insert(inside, fs::read(&path).map_err(file_error(&path))?);
            } else {
                return Err(CommandError::Failed(format!(
                    "{}: neither a file nor a folder (a symbolic link?), which is in no package",
                    path.display()
                )));
            }
        }
    }
    Ok(files)
}

/// The files of a package in a file or folder, by their paths.
fn read_package(path: &Path) -> Result<BTreeMap<String, Vec<u8>>, CommandError> {
    if fs::metadata(path).map_err(file_error(path))?.is_dir() {
        read_folder(path)
    } else {
        accord_evidence::read_zip(&read_archive(path)?)
            .map_err(|error| CommandError::Failed(format!("{}: {error}", path.display())))
    }
}

fn show_file(
    files: &BTreeMap<String, Vec<u8>>,
    wanted: &str,
    output: &mut Output,
) -> Result<Exit, CommandError> {
    let found = files.get(wanted);
    let bytes =
        found.ok_or_else(|| CommandError::Failed(format!("{wanted}: no such file in the package")))?;
    output.bytes(bytes)?;
    Ok(Exit::Done)
}

fn show_json(files: &BTreeMap<String, Vec<u8>>, output: &mut Output) -> Result<Exit, CommandError> {
    let listed: Vec<serde_json::Value> = files
        .iter()
        .map(|(path, bytes)| serde_json::json!({ "path": path, "bytes": bytes.len() }))
        .collect();
    let record = files.get(accord_evidence::paths::ACQUISITION);
    // A record that is no JSON is shown as none: `verify` says what is wrong with it.
    let record: Option<serde_json::Value> = record.and_then(|bytes| serde_json::from_slice(bytes).ok());
    output.json(&serde_json::json!({ "files": listed, "acquisition": record }))?;
    Ok(Exit::Done)
}

fn show(files: &BTreeMap<String, Vec<u8>>, output: &mut Output) -> Result<Exit, CommandError> {
    for (name, bytes) in files {
        output.line(format_args!(
            "{:>12}  {}",
            bytes.len(),
            crate::output::visible(name)
        ))?;
    }
    if let Some(record) = files.get(accord_evidence::paths::ACQUISITION) {
        output.line("")?;
        output.line(crate::output::visible(&String::from_utf8_lossy(record)))?;
    }
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_read_and_links_refused() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("data")).unwrap();
        fs::write(dir.path().join("data/x"), b"1").unwrap();
        fs::write(dir.path().join("bagit.txt"), b"2").unwrap();
        let files = read_folder(dir.path()).unwrap();
        assert_eq!(files.keys().collect::<Vec<_>>(), ["bagit.txt", "data/x"]);
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("/etc/hostname", dir.path().join("data/link")).unwrap();
            assert!(
                read_folder(dir.path())
                    .unwrap_err()
                    .to_string()
                    .contains("symbolic link")
            );
            fs::remove_file(dir.path().join("data/link")).unwrap();
        }
        let mut deep = dir.path().to_path_buf();
        for _ in 0..=MAX_DEPTH {
            deep.push("d");
        }
        fs::create_dir_all(deep.parent().unwrap()).unwrap();
        assert!(read_folder(dir.path()).is_ok());
        fs::create_dir_all(&deep).unwrap();
        assert!(read_folder(dir.path()).is_err());
    }
}
