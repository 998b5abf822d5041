//! All platform crates have the same files: whoever knows one crate knows all.

use std::path::Path;

use crate::error::{self, Result};
use crate::tidy::{Finding, relative};

/// The files of a platform crate.
pub(super) const FILES: [&str; 15] = [
    "Cargo.toml",
    "README.md",
    "examples/cases.rs",
    "src/actions.rs",
    "src/api.rs",
    "src/auth.rs",
    "src/client.rs",
    "src/config.rs",
    "src/errors.rs",
    "src/lib.rs",
    "src/normalize.rs",
    "src/wire.rs",
    "tests/codes.rs",
    "tests/conformance.rs",
    "tests/subject/mod.rs",
];

/// What only some platforms need: they have refunds beside their cases, they sign their calls, or they push.
const EXTRAS: [&str; 3] = ["src/refund.rs", "src/signature.rs", "src/webhook.rs"];

/// Made from the sheets, which differ.
const GENERATED: [&str; 2] = ["tests/documented.rs", "tests/snapshots/"];

pub(super) fn check(root: &Path, platforms: &[String]) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for platform in platforms {
        let folder = root.join("crates").join(platform);
        let files: Vec<_> = error::walk(&folder)?
            .iter()
            .map(|path| relative(&folder, path))
            .collect();
        let missing = FILES
            .iter()
            .filter(|file| !files.iter().any(|present| present == *file))
            .map(|file| (*file, "missing: every platform crate has this file"));
        let surplus = files.iter().filter(|file| !is_known(file)).map(|file| {
            (
                file.as_str(),
                "no file of a platform crate: move it into one of theirs, or give it to all and to `FILES` in \
                 xtask/src/tidy/layout.rs",
            )
        });
        findings.extend(
            missing.chain(surplus).map(|(file, message)| {
                Finding::new(format!("crates/{platform}/{file}"), 1, message)
            }),
        );
    }
    Ok(findings)
}

fn is_known(file: &str) -> bool {
    FILES.contains(&file)
        || EXTRAS.contains(&file)
        || GENERATED
            .iter()
            .any(|generated| file.starts_with(generated))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::tests::{lines, tree};

    fn platform(change: impl Fn(&mut Vec<&str>)) -> Vec<String> {
        let mut files = FILES.to_vec();
        change(&mut files);
        let files: Vec<_> = files
            .iter()
            .map(|file| format!("crates/p/{file}"))
            .collect();
        let root = tree(
            &files
                .iter()
                .map(|file| (file.as_str(), ""))
                .collect::<Vec<_>>(),
        );
        lines(&check(root.path(), &["p".to_owned()]).unwrap())
    }

    #[test]
    fn refunds_signatures_webhooks_and_generated_files_are_welcome() {
        let files = platform(|files| {
            files.extend([
                "src/refund.rs",
                "src/signature.rs",
                "src/webhook.rs",
                "tests/documented.rs",
                "tests/snapshots/documented__e.wire.snap",
            ]);
        });
        assert_eq!(files, [""; 0]);
    }

    #[test]
    fn a_missing_and_a_surplus_file_are_named() {
        let files = platform(|files| {
            files.retain(|file| *file != "src/auth.rs");
            files.push("src/login.rs");
        });
        let [missing, surplus] = files.as_slice() else {
            panic!("{files:?}")
        };
        assert_eq!(
            missing,
            "crates/p/src/auth.rs:1: missing: every platform crate has this file"
        );
        assert!(
            surplus.starts_with("crates/p/src/login.rs:1: no file of a platform crate"),
            "{surplus}"
        );
    }
}
