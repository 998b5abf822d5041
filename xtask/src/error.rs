//! What a task reports when it cannot go on, and the file access that reports it.

use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// Part of the project, unlike other hidden folders.
const OUR_HIDDEN_FOLDERS: [&str; 3] = [".cargo", ".ci", ".github"];

/// Configurations of the command, which `.gitignore` keeps out: they have the places of somebody's secrets.
const PERSONAL_FILES: [&str; 1] = ["aftersales.toml"];

/// A failed task; the text is what the maintainer reads.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// A sheet breaks the format.
    #[error("{file}:{line}: {message}")]
    Sheet {
        file: String,
        line: usize,
        message: String,
    },
    #[error("cannot {action} {}: {source}", path.display())]
    File {
        action: &'static str,
        path: PathBuf,
        source: io::Error,
    },
    /// A program did not run, or ran and failed.
    #[error("`{command}` {outcome}")]
    Command { command: String, outcome: String },
    /// A saved page that says nothing that could be compared or imported.
    #[error("cannot read {file}: {message}")]
    Page { file: String, message: String },
    /// A `--check` found something to do.
    #[error("{0}")]
    Check(String),
    /// What was asked for cannot be done.
    #[error("{0}")]
    Refused(String),
}

pub(crate) type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub(crate) fn sheet(file: &str, line: usize, message: impl Into<String>) -> Self {
        Self::Sheet {
            file: file.to_owned(),
            line,
            message: message.into(),
        }
    }

    pub(crate) fn command(command: impl Into<String>, outcome: impl Display) -> Self {
        Self::Command {
            command: command.into(),
            outcome: outcome.to_string(),
        }
    }

    fn file(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File {
            action,
            path,
            source,
        }
    }
}

pub(crate) fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(Error::file("read", path))
}

/// The text of a file, or none where there is no file.
pub(crate) fn read_if_present(path: &Path) -> Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::file("read", path)(error)),
    }
}

/// The text of a file, or none where it holds something else.
pub(crate) fn read_text(path: &Path) -> Result<Option<String>> {
    let bytes = fs::read(path).map_err(Error::file("read", path))?;
    Ok(String::from_utf8(bytes).ok())
}

pub(crate) fn write(path: &Path, text: &str) -> Result<()> {
    create_parent(path)?;
    fs::write(path, text).map_err(Error::file("write", path))
}

pub(crate) fn copy(from: &Path, to: &Path) -> Result<()> {
    create_parent(to)?;
    fs::copy(from, to).map_err(Error::file("copy", from))?;
    Ok(())
}

fn create_parent(path: &Path) -> Result<()> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder).map_err(Error::file("create", folder))
}

pub(crate) fn remove(path: &Path) -> Result<()> {
    fs::remove_file(path).map_err(Error::file("remove", path))
}

/// Removes a folder with everything in it, if it is there.
pub(crate) fn remove_folder(path: &Path) -> Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Error::file("remove", path)(error))
        }
        _ => Ok(()),
    }
}

/// What is in a folder, sorted; nothing where there is no folder.
pub(crate) fn list(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::file("list", folder)(error)),
    };
    let mut paths = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<Vec<_>>>()
        .map_err(Error::file("list", folder))?;
    paths.sort();
    Ok(paths)
}

/// Every file below a folder, sorted; without what is built, hidden or of the person who works here.
pub(crate) fn walk(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in list(folder)? {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if !path.is_dir() {
            if !PERSONAL_FILES.contains(&name.as_ref()) {
                files.push(path);
            }
            continue;
        }
        let is_hidden = name.starts_with('.') && !OUR_HIDDEN_FOLDERS.contains(&name.as_ref());
        let is_built = name == "target" || path.join("CACHEDIR.TAG").exists();
        if !is_hidden && !is_built && !path.is_symlink() {
            files.extend(walk(&path)?);
        }
    }
    Ok(files)
}
