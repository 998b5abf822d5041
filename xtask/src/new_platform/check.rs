//! `cargo xtask new-platform --check`: a new platform in a copy of the workspace passes what CI asks of one.

use std::path::Path;
use std::process::Command;

use super::create;
use crate::command::{cargo, output, target_folder, words};
use crate::error::{self, Result};
use crate::{support, tidy};

/// The name that is tried. With a hyphen, so that name and module differ.
const NAME: &str = "sample-shop";

/// Makes the copy afresh below the target folder, where neither git nor our own searches look.
pub(crate) fn check(root: &Path) -> Result<()> {
    let target = target_folder(root);
    let copy = target.join("new-platform");
    copy_workspace(root, &copy)?;
    create(&copy, NAME)?;
    tidy::check(&copy)?;
    let folder = target.to_string_lossy();
    let env = [
        // The same target folder: dependencies are not built once more.
        ("CARGO_TARGET_DIR", &*folder),
        ("INSTA_UPDATE", "no"),
        ("RUSTDOCFLAGS", "-D warnings"),
    ];
    for arguments in [
        "fmt --all --check",
        "clippy --package {} --all-targets -- -D warnings",
        "test --quiet --package {}",
        "doc --package {} --no-deps",
    ] {
        let arguments = arguments.replace("{}", NAME);
        println!("$ cargo {arguments}");
        cargo(&copy, &words(&arguments), &env)?;
    }
    support::check_one(&copy, NAME, &env)
}

/// What git knows of and would add. Files that were removed and not yet committed are none.
fn copy_workspace(root: &Path, to: &Path) -> Result<()> {
    error::remove_folder(to)?;
    let mut git = Command::new("git");
    git.args(words("ls-files --cached --others --exclude-standard -z"));
    for path in output("git ls-files", git.current_dir(root))?.split_terminator('\0') {
        let from = root.join(path);
        if from.exists() {
            error::copy(&from, &to.join(path))?;
        }
    }
    Ok(())
}
