//! `cargo xtask new-platform --check`: a new platform in a copy of the workspace passes what CI asks of one.

use std::path::Path;

use super::create;
use crate::command::{cargo, target_folder, words};
use crate::error::{self, Error, Result};
use crate::{support, tidy};

/// The name that is tried. With a hyphen, so that name and module differ.
const NAME: &str = "sample-shop";

/// Makes the copy afresh below the target folder, where neither git nor our own searches look.
pub(crate) fn check(root: &Path) -> Result<()> {
    let target = target_folder(root);
    let copy = target.join("new-platform");
    copy_workspace(root, &copy)?;
    set_apart(&copy)?;
    create(&copy, NAME)?;
    tidy::check(&copy)?;
    let folder = target.to_string_lossy();
    let env = [
        // The same target folder: what comes from the registry is not built once more.
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

/// The tree as our own searches see it, whether or not git has a part of it.
fn copy_workspace(root: &Path, to: &Path) -> Result<()> {
    error::remove_folder(to)?;
    for from in error::walk(root)? {
        let path = from.strip_prefix(root).unwrap_or(&from);
        error::copy(&from, &to.join(path))?;
    }
    Ok(())
}

/// Gives the packages of the copy a version of their own. To cargo, two packages of one name and version are one, so
/// without that the copy's build would pass for the workspace's.
fn set_apart(copy: &Path) -> Result<()> {
    let manifest = copy.join("Cargo.toml");
    let text = error::read(&manifest)?;
    let version = text
        .lines()
        .find_map(|line| line.strip_prefix("version = \"")?.strip_suffix('"'))
        .and_then(|version| version.rsplit_once('.'))
        .and_then(|(compatible, patch)| Some((compatible, patch.parse::<u64>().ok()?)));
    let (compatible, patch) = version.ok_or_else(|| {
        Error::Check("Cargo.toml has no line `version = \"…\"` for all packages".to_owned())
    })?;
    let own = format!("version = \"{compatible}.{patch}\"");
    let other = format!("version = \"{compatible}.{}\"", patch.saturating_add(999));
    error::write(&manifest, &text.replacen(&own, &other, 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::tests::tree;

    #[test]
    fn the_copy_is_the_tree_without_what_is_built_and_needs_no_git() {
        let root = tree(&[
            ("Cargo.toml", "here"),
            (".cargo/config.toml", ""),
            ("target/CACHEDIR.TAG", ""),
            ("target/new-platform/Cargo.toml", "of the last time"),
            ("target/new-platform/gone.rs", ""),
        ]);
        let copy = root.path().join("target/new-platform");
        copy_workspace(root.path(), &copy).unwrap();
        let files = error::walk(&copy).unwrap();
        let paths: Vec<_> = files
            .iter()
            .map(|file| file.strip_prefix(&copy).unwrap())
            .collect();
        assert_eq!(
            paths,
            [Path::new(".cargo/config.toml"), Path::new("Cargo.toml")]
        );
        assert_eq!(error::read(&copy.join("Cargo.toml")).unwrap(), "here");
    }

    #[test]
    fn the_packages_of_the_copy_have_a_compatible_version_of_their_own() {
        let root = tree(&[(
            "Cargo.toml",
            "[workspace.package]\nversion = \"0.1.2\"\n\n[workspace.dependencies]\np = { path = \"p\", version = \"0.1.2\" }\n",
        )]);
        set_apart(root.path()).unwrap();
        let manifest = error::read(&root.path().join("Cargo.toml")).unwrap();
        assert!(
            manifest.contains("\nversion = \"0.1.1001\"\n"),
            "{manifest}"
        );
        assert!(manifest.contains("version = \"0.1.2\" }"), "{manifest}");

        let root = tree(&[("Cargo.toml", "[workspace]\n")]);
        assert!(set_apart(root.path()).is_err());
    }
}
