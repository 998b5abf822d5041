//! `cargo xtask fixtures`: from the sheets to the files that are made of them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::documented::{self, Documented};
use crate::error::{self, Error, Result};
use crate::sheet::{self, slashed};
use crate::{every_field, example};

/// Documented examples that the sandbox answers with. A copy, because a package holds only what is
/// below its own folder.
const SANDBOX_ANSWERS: &str = "crates/sandbox/src/documented";

/// Writes every generated file that is stale, and removes what no sheet makes any more.
pub(crate) fn write(root: &Path) -> Result<()> {
    let sheets = read_sheets(root)?;
    report(&sheets);
    for platform in sheets.keys().filter(|platform| !has_crate(root, platform)) {
        println!("{platform} has no crate yet: its tests are not written");
    }
    let differences = differences(root, &sheets)?;
    for difference in &differences {
        let path = root.join(&difference.path);
        match &difference.text {
            Some(text) => error::write(&path, text)?,
            None => error::remove(&path)?,
        }
        println!(
            "{} {}",
            if difference.text.is_some() {
                "wrote"
            } else {
                "removed"
            },
            slashed(&difference.path)
        );
    }
    if differences.is_empty() {
        println!("everything was up to date");
    }
    Ok(())
}

/// Fails with the name of each generated file that `write` would change.
pub(crate) fn check(root: &Path) -> Result<()> {
    let differences = differences(root, &read_sheets(root)?)?;
    if differences.is_empty() {
        return Ok(());
    }
    let list: Vec<_> = differences
        .iter()
        .map(|difference| format!("\n  {}: {}", difference.state, slashed(&difference.path)))
        .collect();
    Err(Error::Check(format!(
        "generated files do not agree with the sheets:{}\nrun `cargo xtask fixtures` and commit the result",
        list.concat()
    )))
}

/// The sheets of every platform with their fixtures. The platforms are the folders of `fixtures/`.
pub(crate) fn read_sheets(root: &Path) -> Result<BTreeMap<String, Vec<Documented>>> {
    let mut platforms = BTreeMap::new();
    for platform in platforms_of(root)? {
        let mut documented = Vec::new();
        for path in error::list(&root.join("fixtures").join(&platform))? {
            if path.extension().is_some_and(|extension| extension == "md") {
                let file = slashed(path.strip_prefix(root).unwrap_or(&path));
                let sheet = sheet::parse(&file, &error::read(&path)?)?;
                let fixtures = example::fixtures(&sheet)?;
                documented.push((sheet, fixtures));
            }
        }
        platforms.insert(platform, documented);
    }
    Ok(platforms)
}

pub(crate) fn platforms_of(root: &Path) -> Result<Vec<String>> {
    let folders = error::list(&root.join("fixtures"))?
        .into_iter()
        .filter(|path| path.is_dir());
    Ok(folders
        .filter_map(|path| {
            path.file_name()
                .map(|name| name.to_string_lossy().into_owned())
        })
        .collect())
}

/// The platforms that have a crate. A sheet may come before its crate.
pub(crate) fn platform_crates(root: &Path) -> Result<Vec<String>> {
    let mut platforms = platforms_of(root)?;
    platforms.retain(|platform| has_crate(root, platform));
    Ok(platforms)
}

/// A generated file that is not as the sheets say.
#[derive(Debug)]
struct Difference {
    path: PathBuf,
    state: &'static str,
    /// None: the file should not be there.
    text: Option<String>,
}

fn differences(root: &Path, sheets: &BTreeMap<String, Vec<Documented>>) -> Result<Vec<Difference>> {
    let expected = expected_files(root, sheets)?;
    let mut differences = Vec::new();
    for path in present_files(root)? {
        if !expected.contains_key(&path) {
            differences.push(Difference {
                path,
                state: "left over",
                text: None,
            });
        }
    }
    for (path, text) in expected {
        let state = match error::read_if_present(&root.join(&path))? {
            Some(present) if present == text => continue,
            Some(_) => "stale",
            None => "missing",
        };
        differences.push(Difference {
            path,
            state,
            text: Some(text),
        });
    }
    Ok(differences)
}

fn expected_files(
    root: &Path,
    sheets: &BTreeMap<String, Vec<Documented>>,
) -> Result<BTreeMap<PathBuf, String>> {
    let mut files = BTreeMap::new();
    for (platform, documented) in sheets {
        files.extend(files_of(platform, documented)?);
        if has_crate(root, platform) {
            files.insert(
                test_file(platform),
                documented::test_file(platform, documented)?,
            );
        }
    }
    Ok(files)
}

/// The fixtures and the sandbox's answers of one platform.
pub(crate) fn files_of(
    platform: &str,
    documented: &[Documented],
) -> Result<BTreeMap<PathBuf, String>> {
    let mut files = BTreeMap::new();
    for (sheet, fixtures) in documented {
        for fixture in fixtures {
            let name = format!("{}.{}.{}", sheet.endpoint, fixture.name, fixture.extension);
            let path = Path::new("fixtures").join(platform).join(name);
            files.insert(path, fixture.text.clone());
        }
        if every_field::has_document(sheet) {
            let name = format!("{}.{}.json", sheet.endpoint, every_field::NAME);
            let path = Path::new("fixtures").join(platform).join(name);
            files.insert(path, every_field::document(sheet, fixtures)?);
        }
        if let Some(name) = &sheet.sandbox {
            let answer = fixtures.iter().find(|fixture| fixture.name == *name);
            let answer = answer.ok_or_else(|| {
                let message = format!("`sandbox` names no example: {name}");
                Error::sheet(&sheet.file, 1, message)
            })?;
            let name = format!("{platform}.{}.{}", sheet.endpoint, answer.extension);
            files.insert(Path::new(SANDBOX_ANSWERS).join(name), answer.text.clone());
        }
    }
    Ok(files)
}

/// Everything that is where generated files are.
fn present_files(root: &Path) -> Result<BTreeSet<PathBuf>> {
    let mut files = BTreeSet::new();
    for platform in platforms_of(root)? {
        let folder = Path::new("fixtures").join(platform);
        for path in error::list(&root.join(&folder))? {
            if let (Some(name), Some("json" | "xml" | "txt")) = (
                path.file_name(),
                path.extension().and_then(|extension| extension.to_str()),
            ) {
                files.insert(folder.join(name));
            }
        }
    }
    for path in error::list(&root.join(SANDBOX_ANSWERS))? {
        if let Some(name) = path.file_name() {
            files.insert(Path::new(SANDBOX_ANSWERS).join(name));
        }
    }
    for path in error::list(&root.join("crates"))? {
        if let Some(name) = path.file_name() {
            let test_file = test_file(&name.to_string_lossy());
            if root.join(&test_file).exists() {
                files.insert(test_file);
            }
        }
    }
    Ok(files)
}

/// A folder without a manifest would break the workspace.
pub(crate) fn has_crate(root: &Path, platform: &str) -> bool {
    root.join("crates")
        .join(platform)
        .join("Cargo.toml")
        .exists()
}

pub(crate) fn test_file(platform: &str) -> PathBuf {
    ["crates", platform, "tests", "documented.rs"]
        .iter()
        .collect()
}

fn report(sheets: &BTreeMap<String, Vec<Documented>>) {
    for (sheet, fixtures) in sheets.values().flatten() {
        let codes: usize = sheet.codes.iter().map(|table| table.codes.len()).sum();
        println!(
            "{}  {} {}  {} fields, {codes} codes, {} examples, read {}",
            sheet.file,
            sheet.method,
            sheet.path,
            sheet.request.len() + sheet.response.len(),
            fixtures.len(),
            sheet.date_read
        );
        for fixture in fixtures {
            for repair in &fixture.repairs {
                println!("  repaired {} {repair}", fixture.name);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;

    const SHEET: &str = "---\nplatform: p\nendpoint: e\nmethod: GET\npath: /e\nsource_page: E (site)\ndate_read: 2026-01-31\nwire: Reply\n---\n\n## Response\n\n| path | type | required | example | note |\n|---|---|---|---|---|\n| `id` | string | | | the id |\n\n## Examples\n\n### response\n\n```json\n{\"id\": 9007199254740993000}\n```\n";

    /// A workspace with one sheet and its crate.
    fn workspace() -> TempDir {
        let root = tempfile::tempdir().unwrap();
        put(&root, "fixtures/p/e.md", SHEET);
        put(&root, "fixtures/README.md", "not a sheet");
        put(&root, "crates/p/Cargo.toml", "");
        root
    }

    fn put(root: &TempDir, path: &str, text: &str) {
        error::write(&root.path().join(path), text).unwrap();
    }

    #[test]
    fn what_is_written_passes_the_check() {
        let root = workspace();
        write(root.path()).unwrap();
        check(root.path()).unwrap();
        let fixture = fs::read_to_string(root.path().join("fixtures/p/e.response.json")).unwrap();
        assert_eq!(fixture, "{\n  \"id\": 9007199254740993000\n}\n");
        assert!(root.path().join("crates/p/tests/documented.rs").exists());
    }

    #[test]
    fn the_sandbox_gets_the_example_that_the_sheet_names() {
        let root = workspace();
        let named = SHEET.replace("wire: Reply\n", "wire: Reply\nsandbox: response\n");
        put(&root, "fixtures/p/e.md", &named);
        write(root.path()).unwrap();
        check(root.path()).unwrap();
        let copy = root.path().join(SANDBOX_ANSWERS).join("p.e.json");
        let fixture = root.path().join("fixtures/p/e.response.json");
        assert_eq!(fs::read(copy).unwrap(), fs::read(fixture).unwrap());

        let unknown = named.replace("sandbox: response", "sandbox: other");
        put(&root, "fixtures/p/e.md", &unknown);
        let message = check(root.path()).unwrap_err().to_string();
        assert!(
            message.contains("`sandbox` names no example: other"),
            "{message}"
        );
    }

    #[test]
    fn the_check_names_what_is_stale_missing_or_left_over() {
        let root = workspace();
        write(root.path()).unwrap();
        put(&root, "fixtures/p/e.response.json", "{}\n");
        put(&root, "fixtures/p/gone.response.json", "{}\n");
        put(&root, "fixtures/p/gone.request.xml", "<doc/>");
        put(&root, "crates/q/tests/documented.rs", "");
        fs::remove_file(root.path().join("crates/p/tests/documented.rs")).unwrap();
        let message = check(root.path()).unwrap_err().to_string();
        assert_eq!(
            message,
            "generated files do not agree with the sheets:\n  \
             left over: crates/q/tests/documented.rs\n  \
             left over: fixtures/p/gone.request.xml\n  \
             left over: fixtures/p/gone.response.json\n  \
             missing: crates/p/tests/documented.rs\n  \
             stale: fixtures/p/e.response.json\n\
             run `cargo xtask fixtures` and commit the result"
        );
        write(root.path()).unwrap();
        check(root.path()).unwrap();
        assert!(!root.path().join("fixtures/p/gone.response.json").exists());
    }

    #[test]
    fn a_sheet_without_a_crate_makes_fixtures_only() {
        let root = workspace();
        fs::remove_file(root.path().join("crates/p/Cargo.toml")).unwrap();
        write(root.path()).unwrap();
        assert!(root.path().join("fixtures/p/e.response.json").exists());
        assert!(!root.path().join("crates/p/tests").exists());
    }

    #[test]
    fn a_sheet_in_the_wrong_place_is_refused() {
        let root = workspace();
        put(&root, "fixtures/q/e.md", SHEET);
        let message = check(root.path()).unwrap_err().to_string();
        assert_eq!(
            message,
            "fixtures/q/e.md:1: platform and endpoint say fixtures/p/e.md"
        );
    }
}
