//! `cargo xtask tidy`: what no compiler checks about the tree, in a second and without a build.

mod layout;
mod manifest;
mod packages;
mod personal;
pub(crate) mod shapes;
mod texts;

use std::fmt;
use std::path::Path;

use crate::error::{Error, Result};
use crate::fixtures;
use crate::sheet::slashed;
use crate::tidy::manifest::{Manifest, ManifestText};

/// Fails with everything that is out of order.
pub(crate) fn check(root: &Path) -> Result<()> {
    let mut findings = findings(root)?;
    findings.sort();
    let mut complaints: Vec<_> = findings.iter().map(ToString::to_string).collect();
    match fixtures::check(root) {
        Err(Error::Check(stale)) => complaints.push(stale),
        other => other?,
    }
    if complaints.is_empty() {
        Ok(())
    } else {
        Err(Error::Check(format!(
            "the tree is not tidy\n{}",
            complaints.join("\n")
        )))
    }
}

fn findings(root: &Path) -> Result<Vec<Finding>> {
    let platforms = fixtures::platform_crates(root)?;
    let texts = ManifestText::of_workspace(root)?;
    let manifests = texts
        .iter()
        .map(Manifest::parse)
        .collect::<Result<Vec<_>>>()?;
    Ok([
        layout::check(root, &platforms)?,
        packages::check(&manifests, &platforms),
        shapes::check(root)?,
        personal::check(root)?,
        texts::check(root)?,
    ]
    .concat())
}

/// Something out of order, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    /// Relative to the workspace.
    file: String,
    line: usize,
    message: String,
}

impl Finding {
    fn new(file: impl Into<String>, line: usize, message: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            line,
            message: message.into(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}: {}", self.file, self.line, self.message)
    }
}

/// The name by which messages call a file.
fn relative(root: &Path, path: &Path) -> String {
    slashed(path.strip_prefix(root).unwrap_or(path))
}

#[cfg(test)]
pub(crate) mod tests {
    use tempfile::TempDir;

    use super::*;
    use crate::error;

    const MANIFEST: &str = "[package]\nname = \"p\"\nversion.workspace = true\nedition.workspace = true\n\
        rust-version.workspace = true\nlicense.workspace = true\n\n[lints]\nworkspace = true\n";

    const SHEET: &str = "---\nplatform: p\nendpoint: e\nmethod: GET\npath: /e\nsource_page: E (site)\n\
        date_read: 2026-01-31\n---\n";

    const PERSONAL: &str = "\n## Response\n\n| path | type | required | example | note |\n|---|---|---|---|---|\n\
        | `buyer_name` | string | | `\"Jo Li\"` | ours |\n";

    /// A workspace with files of these texts.
    pub(crate) fn tree(files: &[(&str, &str)]) -> TempDir {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            error::write(&root.path().join(path), text).unwrap();
        }
        root
    }

    /// The findings as a maintainer reads them.
    pub(super) fn lines(findings: &[Finding]) -> Vec<String> {
        findings.iter().map(ToString::to_string).collect()
    }

    /// A workspace with one platform and nothing out of order.
    fn tidy_tree() -> TempDir {
        let root = tree(&[
            ("Cargo.toml", "[workspace]\nmembers = [\"crates/*\"]\n"),
            ("README.md", "The [crate](crates/p).\n"),
            ("crates/p/Cargo.toml", MANIFEST),
            ("fixtures/p/e.md", SHEET),
        ]);
        for file in layout::FILES {
            let file = root.path().join("crates/p").join(file);
            if !file.exists() {
                error::write(&file, "").unwrap();
            }
        }
        fixtures::write(root.path()).unwrap();
        root
    }

    #[test]
    fn a_tidy_tree_passes() {
        check(tidy_tree().path()).unwrap();
    }

    #[test]
    fn every_rule_takes_part_and_findings_come_sorted_one_per_line() {
        let root = tidy_tree();
        for (path, text) in [
            ("README.md", "[gone](gone.md)\n"),
            ("crates/p/src/more.rs", ""),
            (
                "crates/p/Cargo.toml",
                &MANIFEST.replace("license", "licence"),
            ),
            ("fixtures/p/e.md", &(SHEET.to_owned() + PERSONAL)),
            ("fixtures/p/gone.txt", "13800138000"),
        ] {
            error::write(&root.path().join(path), text).unwrap();
        }
        let message = check(root.path()).unwrap_err().to_string();
        let starts: Vec<_> = message
            .lines()
            .map(|line| line.split(": ").next().unwrap())
            .collect();
        assert_eq!(
            starts,
            [
                "the tree is not tidy",
                "README.md:1",
                "crates/p/Cargo.toml:1",
                "crates/p/src/more.rs:1",
                "fixtures/p/e.md:14",
                "fixtures/p/gone.txt:1",
                "generated files do not agree with the sheets:",
                "  left over",
                "run `cargo xtask fixtures` and commit the result",
            ],
            "{message}"
        );
    }
}
