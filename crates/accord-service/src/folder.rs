//! The node's folder is its owner's alone: it holds keys, passwords' hashes and the secrets of second factors.
//!
//! A folder or database that others can read is mended when the node starts, and that it was is said: refusing to start
//! would not take back what was read.

use std::fs;
use std::path::Path;

use crate::error::{Result, ServiceError};

/// Permissions of the folder.
#[cfg(unix)]
const FOLDER_MODE: u32 = 0o700;
/// Permissions of the database and what SQLite puts beside it.
#[cfg(unix)]
const FILE_MODE: u32 = 0o600;

/// The database, and what SQLite puts beside it.
#[cfg(unix)]
const DATABASE: [&str; 3] = ["node.db", "node.db-wal", "node.db-shm"];

fn file_error(path: &Path) -> impl FnOnce(std::io::Error) -> ServiceError {
    let path = path.display().to_string();
    move |source| ServiceError::File { path, source }
}

/// Makes a node's folder, for its owner alone.
pub fn make(dir: &Path) -> Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, FOLDER_MODE);
    builder.create(dir).map_err(file_error(dir))?;
    close_to_others(dir)
}

/// Takes from others what they may do with a node's folder and database.
#[cfg(unix)]
pub(crate) fn close_to_others(dir: &Path) -> Result<()> {
    close(dir, FOLDER_MODE)?;
    for name in DATABASE {
        let path = dir.join(name);
        if path.exists() {
            close(&path, FILE_MODE)?;
        }
    }
    Ok(())
}

/// Takes from others what they may do with a node's folder and database: where there are other systems' permissions,
/// that is left to them.
#[cfg(not(unix))]
pub(crate) fn close_to_others(_dir: &Path) -> Result<()> {
    Ok(())
}

#[cfg(unix)]
fn close(path: &Path, mode: u32) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let found = fs::metadata(path).map_err(file_error(path))?.permissions().mode();
    if found & 0o077 == 0 {
        return Ok(());
    }
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).map_err(file_error(path))?;
    tracing::warn!(
        path = %path.display(),
        mode = format!("{:o}", found & 0o777),
        "could be read by others; mended: this is the owner's alone now"
    );
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn what_others_can_read_is_closed() {
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let dir = tempfile::tempdir().unwrap();
        let node = dir.path().join("a/node");
        make(&node).unwrap();
        assert_eq!(mode(&node), 0o700);
        let database = node.join("node.db");
        fs::write(&database, "").unwrap();
        for (folder, file) in [(0o755, 0o644), (0o750, 0o640), (0o700, 0o600), (0o701, 0o602)] {
            fs::set_permissions(&node, fs::Permissions::from_mode(folder)).unwrap();
            fs::set_permissions(&database, fs::Permissions::from_mode(file)).unwrap();
            close_to_others(&node).unwrap();
            assert_eq!((mode(&node), mode(&database)), (0o700, 0o600));
        }
        assert!(close_to_others(&dir.path().join("absent")).is_err());
    }
}
