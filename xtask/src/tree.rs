//! The text files of the workspace.

use std::fs;
use std::path::Path;

/// A file that is text.
#[derive(Debug, Clone)]
pub(crate) struct TextFile {
    /// Relative to the workspace, with `/`.
    pub path: String,
    /// What is in it.
    pub text: String,
}

/// Folders that git does not keep.
fn is_skipped(name: &str) -> bool {
    name == "target" || name.starts_with("target-") || name == ".git" || name == ".accord"
}

/// Every UTF-8 file under `root`, sorted by path.
pub(crate) fn read(root: &Path) -> Result<Vec<TextFile>, String> {
    let mut files = Vec::new();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        let at = root.join(&folder);
        let broken = |error: std::io::Error| format!("{}: {error}", at.display());
        for item in fs::read_dir(&at).map_err(broken)? {
            let item = item.map_err(broken)?;
            let name = item.file_name().to_string_lossy().into_owned();
            let path = if folder.is_empty() {
                name.clone()
            } else {
                format!("{folder}/{name}")
            };
            let kind = item.file_type().map_err(broken)?;
            if kind.is_dir() {
                if !is_skipped(&name) {
                    folders.push(path);
                }
            } else if kind.is_file()
                && name != ".git"
                && let Ok(text) = String::from_utf8(fs::read(item.path()).map_err(broken)?)
            {
                files.push(TextFile { path, text });
            }
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}
