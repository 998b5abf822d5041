//! What the manifests say of each other: who may depend on whom, what can be published, what all have alike.

use crate::tidy::Finding;
use crate::tidy::manifest::{Dependency, Key, Manifest};

/// What every member takes over from the workspace.
const INHERITED: [&[&str]; 5] = [
    &["package", "version"],
    &["package", "edition"],
    &["package", "rust-version"],
    &["package", "license"],
    &["lints"],
];

/// The one dependency by path alone: the tests of `transport` use its feature `testing`. Cargo leaves a dependency
/// without a version out of what it publishes; with a version, `transport` would have to be published before itself.
const OWN_TESTS: (&str, &str) = ("crates/transport/Cargo.toml", "transport");

pub(super) fn check(manifests: &[Manifest<'_>], platforms: &[String]) -> Vec<Finding> {
    let packages = Packages {
        manifests,
        platforms,
    };
    [
        packages.inheritance(),
        packages.paths(),
        packages.replacements(),
        packages.arrows(),
        packages.platform_keys(),
    ]
    .concat()
}

struct Packages<'a> {
    manifests: &'a [Manifest<'a>],
    platforms: &'a [String],
}

impl Packages<'_> {
    fn inheritance(&self) -> Vec<Finding> {
        let members = self.members();
        let lacking = members.flat_map(|(_, member)| {
            INHERITED
                .iter()
                .filter(|key| !member.inherits(key))
                .map(|key| {
                    let message = format!("write `{}.workspace = true`", key.join("."));
                    Finding::new(member.file, 1, message)
                })
        });
        lacking.collect()
    }

    fn paths(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        for manifest in self.manifests {
            let dependencies = manifest.dependencies();
            for dependency in dependencies
                .iter()
                .chain(&manifest.workspace_dependencies())
            {
                let is_own = (manifest.file, dependency.name) == OWN_TESTS;
                if dependency.path.is_some() && !dependency.has_version && !is_own {
                    let message = format!(
                        "`{}` has a path and no version, so this cannot be published: write a version beside the \
                         path, or inherit the dependency from the workspace",
                        dependency.name
                    );
                    findings.push(Finding::new(manifest.file, dependency.line, message));
                }
            }
        }
        findings
    }

    /// What stands in the place of a package here is not what others get who build with ours.
    fn replacements(&self) -> Vec<Finding> {
        let workspace = self.manifests.first();
        let keys = workspace.map(|workspace| (workspace.file, workspace.keys()));
        let tables = keys.into_iter().flat_map(|(file, keys)| {
            let tables = keys.into_iter();
            let tables = tables.filter(|key| ["patch", "replace"].contains(&key.name.as_str()));
            tables.map(move |table| {
                let message = format!(
                    "`{}` is not published: depend on a version that needs none",
                    table.name
                );
                Finding::new(file, table.line, message)
            })
        });
        tables.collect()
    }

    /// Dependencies go to lower floors only. As every package of ours is held to that, so is what they reach through
    /// one another, in tests and in builds as well.
    fn arrows(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (package, manifest) in self.members() {
            let Some(floor) = self.floor(package) else {
                let message = format!(
                    "`{package}` is on no floor: say in `floor` of xtask/src/tidy/packages.rs what it may depend on"
                );
                findings.push(Finding::new(manifest.file, 1, message));
                continue;
            };
            for dependency in manifest.dependencies() {
                let target = self.target(&dependency);
                let is_below = self.floor(target).is_none_or(|below| below < floor);
                if !is_below && target != package {
                    let message = format!(
                        "`{package}` must not depend on `{target}`: aftersales → sandbox, sync and platforms → store and transport → \
                         core-model, and none beside itself; move what both need to a floor below"
                    );
                    findings.push(Finding::new(manifest.file, dependency.line, message));
                }
            }
        }
        findings
    }

    /// None for what is not ours.
    fn floor(&self, package: &str) -> Option<u8> {
        match package {
            // The maintainers' tasks have to run when a crate does not compile.
            "core-model" | "xtask" => Some(0),
            "transport" | "store" => Some(1),
            // The sandbox is the other end of the wire: it shares nothing with the crates that it tests.
            "sync" | "sandbox" => Some(2),
            platform if self.platforms.iter().any(|known| known == platform) => Some(2),
            "aftersales" => Some(3),
            "benches" | "fuzz" => Some(4),
            _ => None,
        }
    }

    /// The package behind a dependency, which may go by another name here or in the workspace.
    fn target<'d>(&'d self, dependency: &Dependency<'d>) -> &'d str {
        let renamed = || {
            let workspace = self.manifests.first()?;
            let inherited = workspace.workspace_dependencies();
            let inherited = inherited.into_iter().find(|it| it.name == dependency.name);
            inherited?.package
        };
        dependency
            .package
            .or_else(renamed)
            .unwrap_or(dependency.name)
    }

    /// The manifests of the platform crates say the same things in the same order.
    fn platform_keys(&self) -> Vec<Finding> {
        let mut platforms = self
            .members()
            .filter(|(package, _)| self.platforms.iter().any(|platform| platform == package))
            .map(|(_, manifest)| manifest);
        let Some(model) = platforms.next() else {
            return Vec::new();
        };
        let expected = model.keys();
        let differences = platforms.filter_map(|manifest| {
            let (line, what) = difference(&expected, &manifest.keys())?;
            let message = format!(
                "{what} {}: give both the same keys in the same order",
                model.file
            );
            Some(Finding::new(manifest.file, line, message))
        });
        differences.collect()
    }

    /// The packages with their manifests.
    fn members(&self) -> impl Iterator<Item = (&str, &Manifest<'_>)> {
        self.manifests
            .iter()
            .filter_map(|manifest| Some((manifest.package()?, manifest)))
    }
}

/// The first key that is not as expected, with its line.
fn difference(expected: &[Key], keys: &[Key]) -> Option<(usize, String)> {
    let position =
        (0..expected.len().max(keys.len())).find(|&at| name(expected, at) != name(keys, at))?;
    let line = keys.get(position).or(keys.last()).map_or(1, |key| key.line);
    let what = match (name(keys, position), name(expected, position)) {
        (Some(key), Some(other)) => format!("`{key}` stands where `{other}` stands in"),
        (Some(key), None) => format!("`{key}` is not in"),
        (None, other) => format!("no `{}` at the end, as in", other.unwrap_or_default()),
    };
    Some((line, what))
}

fn name(keys: &[Key], position: usize) -> Option<&str> {
    keys.get(position).map(|key| key.name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::manifest::tests::text;
    use crate::tidy::tests::lines;

    const WORKSPACE: &str =
        "[workspace.dependencies]\ntransport = { path = \"crates/transport\", version = \"1\" }\n";

    fn member(package: &str, rest: &str) -> (String, String) {
        let manifest = format!(
            "[package]\nname = \"{package}\"\nversion.workspace = true\nedition.workspace = true\n\
             rust-version.workspace = true\nlicense.workspace = true\n\n[lints]\nworkspace = true\n\n{rest}"
        );
        (format!("crates/{package}/Cargo.toml"), manifest)
    }

    /// What is found in a workspace of these members with the platforms `p` and `q`.
    fn found(workspace: &str, members: &[(String, String)]) -> Vec<String> {
        let texts: Vec<_> = [("Cargo.toml", workspace)]
            .into_iter()
            .chain(
                members
                    .iter()
                    .map(|(file, text)| (file.as_str(), text.as_str())),
            )
            .map(|(file, manifest)| text(file, manifest))
            .collect();
        let manifests: Vec<_> = texts
            .iter()
            .map(|text| Manifest::parse(text).unwrap())
            .collect();
        lines(&check(&manifests, &["p".to_owned(), "q".to_owned()]))
    }

    #[test]
    fn arrows_to_lower_floors_are_welcome() {
        let down = "[dependencies]\ncore-model.workspace = true\ntransport.workspace = true\nserde = \"1\"\n";
        let own = "[dev-dependencies]\ntransport = { path = \".\", features = [\"testing\"] }\n";
        let all =
            "[dependencies]\np.workspace = true\nq.workspace = true\nsandbox.workspace = true\n";
        let members = [
            member("aftersales", all),
            member("core-model", ""),
            member("p", down),
            member("q", down),
            member("sandbox", ""),
            member("transport", own),
            member("xtask", "[dependencies]\nserde = \"1\"\n"),
        ];
        assert_eq!(found(WORKSPACE, &members), [""; 0]);
    }

    #[test]
    fn arrows_to_the_side_and_upwards_are_refused_in_every_table() {
        let renamed = format!("{WORKSPACE}other = {{ package = \"q\", version = \"1\" }}\n");
        for (package, table, target) in [
            ("p", "[dependencies]\nq.workspace = true\n", "q"),
            ("p", "[dev-dependencies]\nq.workspace = true\n", "q"),
            ("p", "[build-dependencies]\nq.workspace = true\n", "q"),
            ("p", "[target.'cfg(unix)'.dependencies]\nq = \"1\"\n", "q"),
            (
                "p",
                "[dependencies]\nmine = { package = \"q\", version = \"1\" }\n",
                "q",
            ),
            ("p", "[dependencies]\nother.workspace = true\n", "q"),
            (
                "p",
                "[dev-dependencies]\nsandbox.workspace = true\n",
                "sandbox",
            ),
            ("sandbox", "[dev-dependencies]\np.workspace = true\n", "p"),
            ("transport", "[dependencies]\np.workspace = true\n", "p"),
            (
                "core-model",
                "[dependencies]\ntransport.workspace = true\n",
                "transport",
            ),
            ("xtask", "[dependencies]\np.workspace = true\n", "p"),
        ] {
            let found = found(&renamed, &[member(package, table)]);
            let [line] = found.as_slice() else {
                panic!("{package} {table}: {found:?}")
            };
            let start = format!(
                "crates/{package}/Cargo.toml:12: `{package}` must not depend on `{target}`"
            );
            assert!(line.starts_with(&start), "{line}");
        }
    }

    #[test]
    fn a_new_package_needs_a_floor() {
        let found = found(WORKSPACE, &[member("unheard-of", "")]);
        assert!(
            matches!(found.as_slice(), [line] if line.contains("`unheard-of` is on no floor")),
            "{found:?}"
        );
    }

    #[test]
    fn a_path_needs_a_version() {
        let without = "[workspace.dependencies]\nforeign = { path = \"../foreign\" }\n";
        let by_path = "[dev-dependencies]\ntransport = { path = \"../transport\" }\n";
        let found = found(without, &[member("p", by_path)]);
        let [workspace, platform] = found.as_slice() else {
            panic!("{found:?}")
        };
        assert!(
            workspace.starts_with("Cargo.toml:2: `foreign` has a path and no version"),
            "{workspace}"
        );
        assert!(
            platform.starts_with("crates/p/Cargo.toml:12: `transport` has a path"),
            "{platform}"
        );
    }

    #[test]
    fn what_takes_the_place_of_a_package_is_refused() {
        for table in ["patch.crates-io", "replace"] {
            let found = found(
                &format!("{WORKSPACE}\n[{table}]\n\"serde:1.0.0\" = {{ path = \"../serde\" }}\n"),
                &[],
            );
            let name = table.split('.').next().unwrap();
            let start = format!("Cargo.toml:4: `{name}` is not published");
            assert!(
                matches!(found.as_slice(), [line] if line.starts_with(&start)),
                "{table}: {found:?}"
            );
        }
    }

    #[test]
    fn what_a_member_does_not_take_over_is_named() {
        for (key, line) in [
            ("version", "version.workspace = true\n"),
            ("edition", "edition.workspace = true\n"),
            ("rust-version", "rust-version.workspace = true\n"),
            ("license", "license.workspace = true\n"),
            ("lints", "[lints]\nworkspace = true\n"),
        ] {
            let (file, manifest) = member("core-model", "");
            assert!(manifest.contains(line), "{line}");
            let cut = manifest.replacen(line, "", 1);
            let found = found(WORKSPACE, &[(file, cut)]);
            assert!(
                matches!(found.as_slice(), [it] if it.contains(key) && it.ends_with(".workspace = true`")),
                "{key}: {found:?}"
            );
        }
    }

    #[test]
    fn platform_manifests_have_the_same_keys_in_the_same_order() {
        let p = member("p", "[dependencies]\nserde = \"1\"\n");
        for (rest, expected) in [
            ("[dependencies]\njiff = \"1\"\n", None),
            (
                "[features]\nx = []\n\n[dependencies]\n",
                Some("11: `features` stands where `dependencies` stands in"),
            ),
            ("", Some("9: no `dependencies` at the end, as in")),
            (
                "[dependencies]\n\n[features]\n",
                Some("13: `features` is not in"),
            ),
        ] {
            let found = found(WORKSPACE, &[p.clone(), member("q", rest)]);
            let expected: Vec<_> = expected
                .map(|what| {
                    format!(
                        "crates/q/Cargo.toml:{what} crates/p/Cargo.toml: give both the same keys in the same order"
                    )
                })
                .into_iter()
                .collect();
            assert_eq!(found, expected, "{rest}");
        }
    }
}
