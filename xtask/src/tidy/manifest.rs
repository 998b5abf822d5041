//! A `Cargo.toml` with the lines on which things stand.

use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::error::{self, Error, Result};
use crate::tidy::relative;

/// A manifest as it was read.
#[derive(Debug)]
pub(super) struct ManifestText {
    /// Relative to the workspace.
    file: String,
    text: String,
}

impl ManifestText {
    /// The manifest of the workspace, then those of its members.
    pub(super) fn of_workspace(root: &Path) -> Result<Vec<Self>> {
        let workspace = Self::read(root, &root.join("Cargo.toml"))?;
        let mut members = Vec::new();
        for pattern in Manifest::parse(&workspace)?.members() {
            match pattern.strip_suffix("/*") {
                Some(folder) => members.extend(error::list(&root.join(folder))?),
                None => members.push(root.join(pattern)),
            }
        }
        let members = members
            .iter()
            .map(|member| member.join("Cargo.toml"))
            .filter(|manifest| manifest.exists())
            .map(|manifest| Self::read(root, &manifest))
            .collect::<Result<Vec<_>>>()?;
        let mut all = vec![workspace];
        all.extend(members);
        Ok(all)
    }

    fn read(root: &Path, path: &Path) -> Result<Self> {
        Ok(Self {
            file: relative(root, path),
            text: error::read(path)?,
        })
    }
}

#[derive(Debug)]
pub(super) struct Manifest<'a> {
    /// Relative to the workspace.
    pub(super) file: &'a str,
    text: &'a str,
    root: DeTable<'a>,
}

/// One line of a table of dependencies.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Dependency<'a> {
    pub(super) line: usize,
    /// The name in the manifest.
    pub(super) name: &'a str,
    /// The name of the package where that is another one.
    pub(super) package: Option<&'a str>,
    pub(super) path: Option<&'a str>,
    pub(super) has_version: bool,
}

/// A key of the manifest with the line it stands on.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) line: usize,
    /// `package.name`.
    pub(super) name: String,
}

const DEPENDENCIES: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];

impl<'a> Manifest<'a> {
    pub(super) fn parse(manifest: &'a ManifestText) -> Result<Self> {
        let ManifestText { file, text } = manifest;
        let root = DeTable::parse(text).map_err(|error| {
            let line = error.span().map_or(1, |span| line_at(text, &span));
            let message = error.message();
            Error::Check(format!("{file}:{line}: not TOML: {message}"))
        })?;
        Ok(Self {
            file,
            text,
            root: root.into_inner(),
        })
    }

    /// None: the manifest is that of the workspace alone.
    pub(super) fn package(&self) -> Option<&str> {
        self.value(&["package", "name"])?.as_str()
    }

    /// Whether `key.workspace = true` stands in a table, or in the manifest itself (`&["lints"]`).
    pub(super) fn inherits(&self, path: &[&str]) -> bool {
        let path: Vec<_> = path.iter().copied().chain(["workspace"]).collect();
        self.value(&path).and_then(DeValue::as_bool) == Some(true)
    }

    /// The tables and their keys, in the order of the file; without dependencies, which differ for good reasons.
    pub(super) fn keys(&self) -> Vec<Key> {
        let mut keys: Vec<(usize, String)> = Vec::new();
        for (table, value) in &self.root {
            keys.push((table.span().start, table.get_ref().to_string()));
            if DEPENDENCIES.contains(&table.get_ref().as_ref()) {
                continue;
            }
            for (key, _) in value.get_ref().as_table().into_iter().flatten() {
                keys.push((
                    key.span().start,
                    format!("{}.{}", table.get_ref(), key.get_ref()),
                ));
            }
        }
        keys.sort();
        keys.into_iter()
            .map(|(start, name)| Key {
                line: line_at(self.text, &(start..start)),
                name,
            })
            .collect()
    }

    /// Everything that a package depends on: at run time, in tests, while building, on some systems only.
    pub(super) fn dependencies(&self) -> Vec<Dependency<'_>> {
        let systems =
            table(self.root.get("target")).flat_map(|(_, system)| system.get_ref().as_table());
        [&self.root]
            .into_iter()
            .chain(systems)
            .flat_map(|holder| DEPENDENCIES.map(|name| holder.get(name)))
            .flat_map(|dependencies| self.dependencies_in(dependencies))
            .collect()
    }

    /// What members inherit.
    pub(super) fn workspace_dependencies(&self) -> Vec<Dependency<'_>> {
        let workspace = self.root.get("workspace");
        let workspace = workspace.and_then(|workspace| workspace.get_ref().as_table());
        self.dependencies_in(workspace.and_then(|workspace| workspace.get("dependencies")))
            .collect()
    }

    fn dependencies_in<'m>(
        &'m self,
        dependencies: Option<&'m Spanned<DeValue<'a>>>,
    ) -> impl Iterator<Item = Dependency<'m>> {
        table(dependencies).map(|(name, value)| {
            let text = |key: &str| value.get_ref().get(key)?.get_ref().as_str();
            Dependency {
                line: line_at(self.text, &name.span()),
                name: name.get_ref(),
                package: text("package"),
                path: text("path"),
                has_version: value.get_ref().is_str() || text("version").is_some(),
            }
        })
    }

    fn members(&self) -> Vec<&str> {
        let members = self.value(&["workspace", "members"]);
        let members = members.and_then(DeValue::as_array);
        members
            .into_iter()
            .flatten()
            .filter_map(|member| member.get_ref().as_str())
            .collect()
    }

    fn value(&self, path: &[&str]) -> Option<&DeValue<'a>> {
        let (first, rest) = path.split_first()?;
        rest.iter()
            .try_fold(self.root.get(*first)?.get_ref(), |value, key| {
                Some(value.get(*key)?.get_ref())
            })
    }
}

fn table<'m, 'a>(
    value: Option<&'m Spanned<DeValue<'a>>>,
) -> impl Iterator<
    Item = (
        &'m Spanned<toml::de::DeString<'a>>,
        &'m Spanned<DeValue<'a>>,
    ),
> {
    value
        .and_then(|value| value.get_ref().as_table())
        .into_iter()
        .flatten()
}

fn line_at(text: &str, span: &Range<usize>) -> usize {
    let before = text.bytes().take(span.start);
    before.filter(|&byte| byte == b'\n').count() + 1
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::tidy::tests::tree;

    /// A manifest that is in no file.
    pub(in crate::tidy) fn text(file: &str, text: &str) -> ManifestText {
        ManifestText {
            file: file.to_owned(),
            text: text.to_owned(),
        }
    }

    #[test]
    fn members_are_found_by_name_and_by_pattern() {
        let root = tree(&[
            (
                "Cargo.toml",
                "[workspace]\nmembers = [\"benches\", \"crates/*\"]\n",
            ),
            ("benches/Cargo.toml", ""),
            ("crates/b/Cargo.toml", ""),
            ("crates/a/Cargo.toml", ""),
            ("crates/no-crate/README.md", ""),
            ("xtask/Cargo.toml", ""),
        ]);
        let texts = ManifestText::of_workspace(root.path()).unwrap();
        let files: Vec<_> = texts.iter().map(|text| text.file.as_str()).collect();
        assert_eq!(
            files,
            [
                "Cargo.toml",
                "benches/Cargo.toml",
                "crates/a/Cargo.toml",
                "crates/b/Cargo.toml"
            ]
        );
    }

    #[test]
    fn dependencies_of_every_kind_have_their_line() {
        let text = text(
            "Cargo.toml",
            "[dependencies]\na = \"1\"\nb.workspace = true\n\n[dev-dependencies]\nc = { path = \"../c\" }\n\n\
             [build-dependencies]\nd = { package = \"e\", path = \"../e\", version = \"1\" }\n\n\
             [target.'cfg(unix)'.dependencies.f]\nversion = \"1\"\n",
        );
        let manifest = Manifest::parse(&text).unwrap();
        let dependency = |line, name, package, path, has_version| Dependency {
            line,
            name,
            package,
            path,
            has_version,
        };
        assert_eq!(
            manifest.dependencies(),
            [
                dependency(2, "a", None, None, true),
                dependency(3, "b", None, None, false),
                dependency(6, "c", None, Some("../c"), false),
                dependency(9, "d", Some("e"), Some("../e"), true),
                dependency(11, "f", None, None, true),
            ]
        );
    }

    #[test]
    fn keys_come_in_the_order_of_the_file_without_dependencies() {
        let text = text(
            "Cargo.toml",
            "[package]\nversion = \"1\"\nname = \"a\"\n\n[dependencies]\nb = \"1\"\n",
        );
        let keys = Manifest::parse(&text).unwrap().keys();
        let keys: Vec<_> = keys
            .iter()
            .map(|key| (key.line, key.name.as_str()))
            .collect();
        assert_eq!(
            keys,
            [
                (1, "package"),
                (2, "package.version"),
                (3, "package.name"),
                (5, "dependencies")
            ]
        );
    }

    #[test]
    fn a_broken_manifest_is_named_with_its_line() {
        let text = text("crates/a/Cargo.toml", "[package]\nname = \n");
        let message = Manifest::parse(&text).unwrap_err().to_string();
        assert!(
            message.starts_with("crates/a/Cargo.toml:2: not TOML"),
            "{message}"
        );
    }
}
