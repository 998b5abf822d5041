//! What is fuzzed.

use std::fs;
use std::path::{Path, PathBuf};

/// Something that reads bytes from outside, as production reads them.
#[derive(Debug)]
pub struct Parser {
    name: &'static str,
    seeds: fn() -> Vec<Vec<u8>>,
    read: fn(&[u8]) -> Verdict,
}

/// What became of an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It was read.
    Taken,
    /// It ended in an error, as almost anything may.
    Refused,
}

impl Verdict {
    /// Taken, if one was.
    pub(crate) fn any(verdicts: impl IntoIterator<Item = Self>) -> Self {
        // All of them, not as far as the first.
        verdicts.into_iter().fold(Self::Refused, |any, verdict| {
            if any == Self::Taken { any } else { verdict }
        })
    }
}

impl<T> From<Option<T>> for Verdict {
    /// Taken, if there is something.
    fn from(read: Option<T>) -> Self {
        match read {
            Some(_) => Self::Taken,
            None => Self::Refused,
        }
    }
}

impl Parser {
    pub(crate) const fn new(
        name: &'static str,
        seeds: fn() -> Vec<Vec<u8>>,
        read: fn(&[u8]) -> Verdict,
    ) -> Self {
        Self { name, seeds, read }
    }

    /// The crate, a slash, and what is read: for the answer to a documented call the name of its sheet.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// What the parser is made for: the inputs are these with a few things changed.
    pub fn seeds(&self) -> Vec<Vec<u8>> {
        (self.seeds)()
    }

    /// Feeds an input to the parser.
    ///
    /// # Panics
    /// When the parser does, or breaks another promise: that is what is looked for.
    pub fn read(&self, input: &[u8]) -> Verdict {
        (self.read)(input)
    }
}

/// The folder of the workspace.
pub fn workspace() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package)
}

/// The fixtures whose path below `fixtures/` begins so: those of a sheet (`xiaoe/token.`), or of a platform (`xiaoe/`).
pub(crate) fn fixtures(beginning: &str) -> Vec<Vec<u8>> {
    let folder = workspace().join("fixtures");
    let (platform, _) = beginning.split_once('/').expect("a platform and a slash");
    let files = fs::read_dir(folder.join(platform)).expect("the fixtures of a platform");
    let mut files: Vec<PathBuf> = files
        .map(|file| file.expect("a fixture").path())
        .filter(|file| {
            let path = file.strip_prefix(&folder).unwrap_or(file).to_string_lossy();
            path.replace('\\', "/").starts_with(beginning) && !path.ends_with(".md")
        })
        .collect();
    files.sort();
    let seeds: Vec<_> = files
        .iter()
        .map(|file| fs::read(file).expect("a fixture"))
        .collect();
    assert!(!seeds.is_empty(), "fixtures/{beginning}* is nothing");
    seeds
}

/// Seeds that no fixture has.
pub(crate) fn texts(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}
