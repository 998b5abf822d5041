//! `cargo xtask new-platform NAME`: a platform crate with the files that all of them have, its first contract sheet with
//! an invented call, and the lines that bring it into the workspace.
//!
//! The templates are the files below `xtask/templates/platform`. That they compile and pass is proven by [`check()`], in a
//! copy of the workspace.

mod check;
mod name;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

pub(crate) use self::check::check;
use self::name::Name;
use crate::documented;
use crate::error::{self, Error, Result};
use crate::sheet::{self, slashed};
use crate::{example, fixtures};

macro_rules! templates {
    ($folder:literal: $($path:literal),+ $(,)?) => {
        &[$(($path, include_str!(concat!("../templates/platform/", $folder, "/", $path)))),+]
    };
}

/// The files of `crates/NAME`, by their path there. `tests/documented.rs` is generated.
const CRATE: &[(&str, &str)] = templates!("crate":
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
    "tests/snapshots/documented__after_sales_list.coverage.snap",
    "tests/snapshots/documented__after_sales_list_error_token.fault.snap",
    "tests/snapshots/documented__after_sales_list_response.unified.snap",
    "tests/snapshots/documented__after_sales_list_response.wire.snap",
    "tests/subject/mod.rs",
);

/// The files of `fixtures/NAME`. The JSON is generated.
const SHEETS: &[(&str, &str)] = templates!("fixtures": "after-sales-list.md");

/// Where each platform has a line: the file, and how the lines begin.
const LINES: &[(&str, &[&str])] = &[
    ("Cargo.toml", &[r#"{{name}} = { path = "crates/{{name}}""#]),
    (
        AFTERSALES,
        &[
            r#"{{name}} = ["dep:{{name}}"]"#,
            "{{name}} = { workspace = true, optional = true }",
        ],
    ),
    (
        "crates/aftersales/src/registry.rs",
        &[r#"    "{{name}}" => {{crate}},"#],
    ),
];

const AFTERSALES: &str = "crates/aftersales/Cargo.toml";

/// The section of `README.md` whose numbered list says what is left to do by hand.
const STEPS: &str = "## Add a platform\n";

/// Makes the platform, or says what is in the way and leaves everything as it was.
pub(crate) fn create(root: &Path, name: &str) -> Result<()> {
    let name = Name::new(root, name)?;
    let steps = steps(&error::read(&root.join("README.md"))?, &name)?;
    let scaffold = Scaffold {
        new: new_files(&name)?,
        edited: edited_files(root, &name)?,
    };
    scaffold.write(root, &name)?;
    for path in scaffold.new.keys() {
        println!("wrote {}", slashed(path));
    }
    for path in scaffold.edited.keys() {
        println!("edited {}", slashed(path));
    }
    println!("\nleft to do:\n{steps}");
    Ok(())
}

/// Everything that is going to be written, by its path in the workspace.
struct Scaffold {
    new: BTreeMap<PathBuf, String>,
    edited: BTreeMap<PathBuf, Edit>,
}

struct Edit {
    before: String,
    after: String,
}

impl Scaffold {
    fn write(&self, root: &Path, name: &Name) -> Result<()> {
        let written = self.try_write(root);
        if written.is_err() {
            self.undo(root, name);
        }
        written
    }

    fn try_write(&self, root: &Path) -> Result<()> {
        for (path, text) in &self.new {
            error::write(&root.join(path), text)?;
        }
        for (path, edit) in &self.edited {
            error::write(&root.join(path), &edit.after)?;
        }
        Ok(())
    }

    /// As far as the disk lets us; what stopped the writing is what gets reported.
    fn undo(&self, root: &Path, name: &Name) {
        for folder in name.folders() {
            let _ = fs::remove_dir_all(root.join(folder));
        }
        for (path, edit) in &self.edited {
            let _ = error::write(&root.join(path), &edit.before);
        }
    }
}

/// The templates filled in, and the files that are generated from the sheet.
fn new_files(name: &Name) -> Result<BTreeMap<PathBuf, String>> {
    let [crate_folder, fixtures_folder] = name.folders();
    let mut files = BTreeMap::new();
    for (path, template) in CRATE {
        let text = name.fill(template);
        // How long the name is decides where lines break and how imports are ordered.
        let text = if path.ends_with(".rs") {
            documented::format(&text)?
        } else {
            text
        };
        files.insert(crate_folder.join(path), text);
    }
    let mut documented = Vec::new();
    for (path, template) in SHEETS {
        let (path, text) = (fixtures_folder.join(path), name.fill(template));
        let sheet = sheet::parse(&slashed(&path), &text)?;
        let fixtures = example::fixtures(&sheet)?;
        documented.push((sheet, fixtures));
        files.insert(path, text);
    }
    files.extend(fixtures::files_of(name.as_str(), &documented)?);
    files.insert(
        fixtures::test_file(name.as_str()),
        documented::test_file(name.as_str(), &documented)?,
    );
    Ok(files)
}

fn edited_files(root: &Path, name: &Name) -> Result<BTreeMap<PathBuf, Edit>> {
    let platforms = fixtures::platforms_of(root)?;
    let platforms: Vec<_> = platforms.iter().map(|known| Name::known(known)).collect();
    let mut edited = BTreeMap::new();
    for (file, lines) in LINES {
        let before = error::read(&root.join(file))?;
        let mut after = before.clone();
        for line in *lines {
            after = with_line(&after, line, &platforms, name).ok_or_else(|| {
                Error::Refused(format!(
                    "{file}: no platform has a line that begins with `{}`, so there is no place for one of {name}",
                    line.trim_start()
                ))
            })?;
        }
        edited.insert(PathBuf::from(file), Edit { before, after });
    }
    Ok(edited)
}

/// The text with a line for `name`, where its name stands in the order of the platforms; the rest of the line is that of
/// its neighbour.
fn with_line(text: &str, beginning: &str, platforms: &[Name], name: &Name) -> Option<String> {
    let mut neighbour = None;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let end = start + line.len();
        let owned = |known| Some((known, line.strip_prefix(&Name::fill(known, beginning))?));
        match platforms.iter().find_map(owned) {
            Some((known, rest)) if known < name => neighbour = Some((end, rest)),
            Some((_, rest)) => neighbour = neighbour.or(Some((start, rest))),
            None => {}
        }
        start = end;
    }
    let (at, rest) = neighbour?;
    let (before, after) = text.split_at_checked(at)?;
    Some(format!("{before}{}{rest}{after}", name.fill(beginning)))
}

/// The numbered list of the README's section.
fn steps(readme: &str, name: &Name) -> Result<String> {
    let steps = readme.split_once(STEPS).and_then(|(_, section)| {
        let (section, _) = section.split_once("\n## ")?;
        let (_, list) = section.split_once("\n1. ")?;
        Some(format!("1. {}", list.trim_end()))
    });
    let steps = steps.ok_or_else(|| {
        Error::Refused(format!(
            "README.md has no section `{}` with the steps as a numbered list",
            STEPS.trim_end()
        ))
    })?;
    Ok(steps.replace("NAME", name.as_str()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use tempfile::TempDir;

    use super::*;

    fn real() -> &'static Path {
        Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
    }

    /// The files of this workspace that a new platform depends on, and its platforms.
    fn workspace() -> TempDir {
        let root = tempfile::tempdir().unwrap();
        let lines = LINES.iter().map(|(file, _)| *file);
        for file in lines.chain(["Cargo.lock", "README.md"]) {
            error::copy(&real().join(file), &root.path().join(file)).unwrap();
        }
        for platform in fixtures::platforms_of(real()).unwrap() {
            fs::create_dir_all(root.path().join("fixtures").join(platform)).unwrap();
        }
        root
    }

    /// The paths of all files in a folder, from there.
    fn files(folder: &Path) -> BTreeSet<String> {
        let mut files = BTreeSet::new();
        let mut folders = vec![folder.to_owned()];
        while let Some(next) = folders.pop() {
            for path in error::list(&next).unwrap() {
                if path.is_dir() {
                    folders.push(path);
                } else {
                    files.insert(slashed(path.strip_prefix(folder).unwrap()));
                }
            }
        }
        files
    }

    #[test]
    fn the_templates_are_the_files_that_all_platform_crates_have() {
        let mut shared = fixtures::platforms_of(real())
            .unwrap()
            .iter()
            .map(|platform| files(&real().join("crates").join(platform)))
            .reduce(|one, other| &one & &other)
            .unwrap();
        // All five push today; not every platform does.
        assert!(shared.remove("src/webhook.rs"));
        let mut made: BTreeSet<_> = CRATE.iter().map(|(path, _)| (*path).to_owned()).collect();
        made.retain(|path| !path.ends_with(".snap"));
        made.insert("tests/documented.rs".to_owned());
        assert_eq!(made, shared);
    }

    #[test]
    fn no_template_is_forgotten() {
        let templates = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/platform");
        for (folder, table) in [("crate", CRATE), ("fixtures", SHEETS)] {
            let listed = table.iter().map(|(path, _)| (*path).to_owned());
            assert_eq!(files(&templates.join(folder)), listed.collect());
        }
    }

    #[test]
    fn a_new_platform_is_complete_and_current() {
        let root = workspace();
        create(root.path(), "made-up-shop").unwrap();
        fixtures::check(root.path()).unwrap();

        let made = root.path().join("crates/made-up-shop");
        for path in files(&made) {
            let text = error::read(&made.join(&path)).unwrap();
            let left = ["name", "crate", "Type", "VARIABLE"]
                .map(|placeholder| text.contains(&format!("{{{{{placeholder}}}}}")));
            assert_eq!(left, [false; 4], "{path}");
        }
        let sheets = fixtures::read_sheets(root.path()).unwrap();
        let owned = documented::snapshot_files(&sheets["made-up-shop"]);
        let snapshots = files(&made.join("tests/snapshots"));
        assert_eq!(snapshots, owned.into_iter().collect());
    }

    #[test]
    fn nothing_is_overwritten() {
        let root = workspace();
        create(root.path(), "made-up-shop").unwrap();
        let before = files(root.path());
        let error = create(root.path(), "made-up-shop").unwrap_err();
        assert_eq!(
            error.to_string(),
            "`made-up-shop` is taken: there is crates/made-up-shop"
        );
        assert_eq!(files(root.path()), before);
    }

    #[test]
    fn a_place_that_is_gone_is_named_before_anything_is_written() {
        for (file, gone, message) in [
            (
                "Cargo.toml",
                "{ path = \"crates/",
                "Cargo.toml: no platform has a line that begins with `{{name}} = { path = \"crates/{{name}}\"`, \
                 so there is no place for one of made-up-shop",
            ),
            (
                "crates/aftersales/src/registry.rs",
                "\" => ",
                "crates/aftersales/src/registry.rs: no platform has a line that begins with \
                 `\"{{name}}\" => {{crate}},`, so there is no place for one of made-up-shop",
            ),
            (
                "README.md",
                STEPS,
                "README.md has no section `## Add a platform` with the steps as a numbered list",
            ),
        ] {
            let root = workspace();
            let path = root.path().join(file);
            let text = error::read(&path).unwrap().replace(gone, "");
            error::write(&path, &text).unwrap();
            let before = files(root.path());
            let error = create(root.path(), "made-up-shop").unwrap_err();
            assert_eq!(error.to_string(), message);
            assert_eq!(files(root.path()), before);
        }
    }

    #[test]
    fn what_cannot_be_finished_is_undone() {
        let root = workspace();
        let before = files(root.path());
        let manifest = error::read(&root.path().join("Cargo.toml")).unwrap();
        let edit = |before: &str| Edit {
            before: before.to_owned(),
            after: "edited".to_owned(),
        };
        let scaffold = Scaffold {
            new: BTreeMap::from([("crates/made-up-shop/src/lib.rs".into(), String::new())]),
            edited: BTreeMap::from([
                ("Cargo.toml".into(), edit(&manifest)),
                // No file can be written below a file.
                ("README.md/nowhere".into(), edit("")),
            ]),
        };
        let written = scaffold.write(root.path(), &Name::known("made-up-shop"));
        assert!(written.is_err());
        assert_eq!(files(root.path()), before);
        let after = error::read(&root.path().join("Cargo.toml")).unwrap();
        assert_eq!(after, manifest);
    }

    #[test]
    fn a_line_stands_where_its_name_belongs_and_is_like_its_neighbour() {
        let text = "[x]\ncore = 1\nant = 2 # a\ncat-fish = 3 # c\n\nzebra = 4\n";
        let platforms = ["ant", "cat-fish", "unlisted"].map(Name::known);
        let placed = |name| with_line(text, "{{name}} = ", &platforms, &Name::known(name)).unwrap();
        for (name, expected) in [
            ("aardvark", "[x]\ncore = 1\naardvark = 2 # a\nant = 2 # a\n"),
            ("bee", "ant = 2 # a\nbee = 2 # a\ncat-fish = 3 # c\n"),
            ("dog", "cat-fish = 3 # c\ndog = 3 # c\n\nzebra = 4\n"),
        ] {
            let placed = placed(name);
            assert!(placed.contains(expected), "{placed}");
            assert_eq!(placed.lines().count(), text.lines().count() + 1);
        }
        let unknown = [Name::known("unlisted")];
        let name = Name::known("bee");
        assert_eq!(with_line(text, "{{name}} = ", &unknown, &name), None);
    }

    #[test]
    fn the_steps_name_the_platform() {
        let readme = error::read(&real().join("README.md")).unwrap();
        let steps = steps(&readme, &Name::known("made-up-shop")).unwrap();
        assert!(steps.starts_with("1. "), "{steps}");
        assert!(steps.contains("crates/made-up-shop/src"), "{steps}");
        assert!(!steps.contains("NAME"), "{steps}");
        assert!(steps.ends_with("`cargo xtask ci`."), "{steps}");
    }
}
