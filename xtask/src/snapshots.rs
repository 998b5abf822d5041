//! `cargo xtask snapshots`: what a changed sheet does to the wire types and to the unified record.
//!
//! The pending file of insta (`.snap.new` beside `.snap`) is the unit of review: whoever has cargo-insta reviews with
//! `cargo insta review`, everybody else reads the diff printed here.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use similar::TextDiff;

use crate::command::{cargo, words};
use crate::documented;
use crate::error::{self, Error, Result};
use crate::fixtures::{self, test_file};
use crate::sheet::slashed;

const HOW_TO_REVIEW: &str = "\
with cargo-insta: `cargo insta review` shows one after the other, to accept or reject
without it: read the differences above; `cargo xtask snapshots --accept` takes all of them over, renaming `X.snap.new`
to `X.snap` takes one over, deleting `X.snap.new` keeps the old one";

const INLINE: &str = "inside the code, for `cargo insta review` or by hand";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Review {
    /// Run the tests, leave what is new as pending files.
    Run,
    /// Take the pending files over.
    Accept,
}

/// Prints what the pending snapshots change.
pub(crate) fn review(root: &Path, review: Review) -> Result<()> {
    let tests = match review {
        // Without the forced pass, a test would stop at its first new snapshot and hide the second.
        Review::Run => run_tests(root, &[("INSTA_UPDATE", "new"), ("INSTA_FORCE_PASS", "1")]),
        Review::Accept => Ok(()),
    };
    let (inline, pending): (Vec<_>, Vec<_>) =
        pending(root)?.into_iter().partition(|path| is_inline(path));
    for new in &pending {
        print!("{}", diff(root, new)?);
    }
    match (pending.is_empty(), review) {
        (true, _) => println!("no snapshot is pending"),
        (false, Review::Run) => println!("{} pending\n{HOW_TO_REVIEW}", pending.len()),
        (false, Review::Accept) => {
            for new in &pending {
                accept(new)?;
            }
            println!("{} accepted", pending.len());
        }
    }
    for line in [listed(root, INLINE, &inline), unowned(root)?].concat() {
        println!("{line}");
    }
    tests
}

/// Fails on pending snapshots, on snapshots that no documented example owns, and on any difference.
pub(crate) fn check(root: &Path) -> Result<()> {
    let problems = [listed(root, "pending", &pending(root)?), unowned(root)?].concat();
    if !problems.is_empty() {
        return Err(Error::Check(format!(
            "snapshots need a look:\n  {}\nrun `cargo xtask snapshots`, which says how to review",
            problems.join("\n  ")
        )));
    }
    // Somebody's environment must not make a difference pass.
    let env = [("INSTA_UPDATE", "no"), ("INSTA_FORCE_PASS", "0")];
    run_tests(root, &env).map_err(|error| {
        Error::Check(format!(
            "{error}\nrun `cargo xtask snapshots` to see every difference and how to review it"
        ))
    })
}

fn run_tests(root: &Path, env: &[(&str, &str)]) -> Result<()> {
    let Some(arguments) = test_command(root)? else {
        println!("no platform crate has generated tests yet");
        return Ok(());
    };
    cargo(root, &arguments, env)
}

/// The arguments with which cargo runs the generated tests, if there are any.
pub(crate) fn test_command(root: &Path) -> Result<Option<Vec<String>>> {
    let platforms: Vec<_> = fixtures::platforms_of(root)?
        .into_iter()
        .filter(|platform| root.join(test_file(platform)).exists())
        .collect();
    let mut arguments = words("test --quiet --no-fail-fast --test documented");
    arguments.extend(
        platforms
            .iter()
            .flat_map(|platform| ["--package".to_owned(), platform.clone()]),
    );
    Ok((!platforms.is_empty()).then_some(arguments))
}

/// The pending snapshots of the whole tree, not only of the generated tests.
fn pending(root: &Path) -> Result<Vec<PathBuf>> {
    let mut pending = error::walk(root)?;
    pending.retain(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.ends_with(".snap.new") || is_inline(path)
    });
    Ok(pending)
}

/// Changes of snapshots that stand in the code; they hold edits of the source, not a snapshot.
fn is_inline(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "pending-snap")
}

/// A line for each snapshot that no documented example owns.
fn unowned(root: &Path) -> Result<Vec<String>> {
    Ok(listed(
        root,
        "no example owns, to be deleted",
        &orphans(root)?,
    ))
}

fn listed(root: &Path, what: &str, paths: &[PathBuf]) -> Vec<String> {
    let relative = |path: &PathBuf| slashed(path.strip_prefix(root).unwrap_or(path));
    let lines = paths
        .iter()
        .map(|path| format!("{what}: {}", relative(path)));
    lines.collect()
}

/// Snapshots of generated tests that are no longer generated.
fn orphans(root: &Path) -> Result<Vec<PathBuf>> {
    let mut orphans = Vec::new();
    for (platform, documented) in fixtures::read_sheets(root)? {
        let owned: BTreeSet<_> = documented::snapshot_files(&documented)
            .into_iter()
            .collect();
        let folder: PathBuf = ["crates", &platform, "tests", "snapshots"].iter().collect();
        orphans.extend(error::list(&root.join(folder))?.into_iter().filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with("documented__")
                && name.ends_with(".snap")
                && !owned.contains(name.as_ref())
        }));
    }
    Ok(orphans)
}

fn diff(root: &Path, new: &Path) -> Result<String> {
    let old = accepted_path(new);
    let before = error::read_if_present(&old)?.unwrap_or_default();
    let after = error::read(new)?;
    let name = |path: &Path| slashed(path.strip_prefix(root).unwrap_or(path));
    let diff = TextDiff::from_lines(contents(&before), contents(&after))
        .unified_diff()
        .header(&name(&old), &name(new))
        .to_string();
    Ok(diff + "\n")
}

fn accept(new: &Path) -> Result<()> {
    let text = error::read(new)?;
    // insta notes the line of the assertion in pending files only; kept, it would change with every edit.
    let kept = text
        .split_inclusive('\n')
        .filter(|line| !line.starts_with("assertion_line: "));
    error::write(&accepted_path(new), &kept.collect::<String>())?;
    error::remove(new)
}

/// `X.snap` of `X.snap.new`.
fn accepted_path(new: &Path) -> PathBuf {
    new.with_extension("")
}

/// A snapshot without insta's header.
fn contents(snapshot: &str) -> &str {
    snapshot
        .strip_prefix("---\n")
        .and_then(|text| text.split_once("\n---\n"))
        .map_or(snapshot, |(_, contents)| contents)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;

    const HEADER: &str =
        "---\nsource: crates/p/tests/documented.rs\nassertion_line: 9\nexpression: wire\n---\n";

    fn workspace(files: &[(&str, &str)]) -> TempDir {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            error::write(&root.path().join(path), text).unwrap();
        }
        root
    }

    #[test]
    fn the_check_names_pending_and_orphaned_snapshots() {
        let root = workspace(&[
            ("fixtures/p/README.txt", ""),
            ("crates/p/tests/snapshots/documented__gone.wire.snap", ""),
            ("crates/p/tests/snapshots/signing__request.snap", ""),
            ("crates/core/src/snapshots/money.snap.new", ""),
            ("crates/core/src/.time.rs.pending-snap", ""),
            ("target/x.snap.new", ""),
        ]);
        assert_eq!(
            check(root.path()).unwrap_err().to_string(),
            "snapshots need a look:\n  \
             pending: crates/core/src/.time.rs.pending-snap\n  \
             pending: crates/core/src/snapshots/money.snap.new\n  \
             no example owns, to be deleted: crates/p/tests/snapshots/documented__gone.wire.snap\n\
             run `cargo xtask snapshots`, which says how to review"
        );
    }

    #[test]
    fn a_diff_shows_contents_without_the_header() {
        let snap = "tests/snapshots/a.wire.snap";
        let new = "tests/snapshots/a.wire.snap.new";
        let root = workspace(&[
            (snap, &format!("{HEADER}one\ntwo\n")),
            (new, &format!("{HEADER}one\n2\n")),
        ]);
        assert_eq!(
            diff(root.path(), &root.path().join(new)).unwrap(),
            format!("--- {snap}\n+++ {new}\n@@ -1,2 +1,2 @@\n one\n-two\n+2\n\n")
        );
    }

    #[test]
    fn accepting_takes_the_contents_and_drops_the_line_number() {
        let root = workspace(&[("s/a.wire.snap.new", &format!("{HEADER}new\n"))]);
        review(root.path(), Review::Accept).unwrap();
        let accepted = fs::read_to_string(root.path().join("s/a.wire.snap")).unwrap();
        assert_eq!(
            accepted,
            "---\nsource: crates/p/tests/documented.rs\nexpression: wire\n---\nnew\n"
        );
        assert!(!root.path().join("s/a.wire.snap.new").exists());
    }
    #[test]
    fn edits_of_the_code_are_not_taken_for_snapshots() {
        let edits = "s/.time.rs.pending-snap";
        let root = workspace(&[(edits, "{}")]);
        review(root.path(), Review::Accept).unwrap();
        assert_eq!(pending(root.path()).unwrap(), [root.path().join(edits)]);
        assert!(!root.path().join("s/.time.rs").exists());
    }
}
