//! `cargo xtask ci`: the same steps on a maintainer's machine and in CI.

use std::fmt;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::Format;
use crate::command::{cargo, cargo_within, run, target_folder, words};
use crate::error::Result;
use crate::{coverage, fixtures, new_platform, snapshots, support, tidy};

/// Licences, duplicate TLS stacks and foreign registries: the one tool that is worth its build time.
const CARGO_DENY: &str = "0.20.2";

pub(crate) struct Ci<'a> {
    root: &'a Path,
    steps: Vec<Step>,
}

struct Step {
    name: String,
    action: Action,
    env: &'static [(&'static str, &'static str)],
    /// Scripts that provide what cargo needs meanwhile.
    within: &'static [&'static str],
}

enum Action {
    Cargo(Vec<String>),
    /// A task of ours, run in this process.
    Task(&'static str, fn(&Path) -> Result<()>),
    /// cargo-deny, installed below the target folder when it is not there.
    Deny,
}

impl<'a> Ci<'a> {
    pub(crate) fn new(root: &'a Path) -> Result<Self> {
        let steps = steps(&fixtures::platform_crates(root)?);
        Ok(Self { root, steps })
    }

    pub(crate) fn list(&self) {
        for step in &self.steps {
            println!("{:32} {step}", step.name);
        }
    }

    pub(crate) fn run(&self) -> Result<()> {
        let mut times = Vec::new();
        for (position, step) in self.steps.iter().enumerate() {
            println!(
                "\n=== {}/{} {}\n$ {step}",
                position + 1,
                self.steps.len(),
                step.name
            );
            let start = Instant::now();
            let outcome = step.run(self.root);
            let time = start.elapsed();
            println!(
                "{} {} in {}",
                if outcome.is_ok() { "ok" } else { "FAILED" },
                step.name,
                seconds(time)
            );
            outcome?;
            times.push((step, time));
        }
        println!("\nall {} steps passed", times.len());
        for (step, time) in &times {
            println!("{:>8}  {}", seconds(*time), step.name);
        }
        println!(
            "{:>8}  in all",
            seconds(times.iter().map(|(_, time)| *time).sum())
        );
        Ok(())
    }
}

fn steps(platforms: &[String]) -> Vec<Step> {
    let mut steps = vec![
        Step::cargo("format", "fmt --all --check"),
        // Generated files and the arrows between the crates are part of it.
        Step::task("tidy", "xtask tidy", tidy::check),
        Step::cargo(
            "lint",
            "clippy --workspace --all-targets --all-features -- -D warnings",
        ),
        // A changed snapshot must fail here, on a maintainer's machine as well.
        Step::cargo("tests", "test --workspace")
            .with(&[("INSTA_UPDATE", "no")])
            .within(&[".ci/postgres", ".ci/duckdb"]),
        Step::cargo("documentation", "doc --workspace --no-deps --all-features")
            .with(&[("RUSTDOCFLAGS", "-D warnings")]),
        Step::task("snapshots", "xtask snapshots --check", snapshots::check),
        Step::task("coverage", "xtask coverage --check", |root| {
            coverage::check(root, Format::Text)
        }),
        // Behind the tests, which build the command that it asks.
        Step::task(
            "tables of capabilities",
            "xtask support --check",
            support::check,
        ),
    ];
    for platform in platforms {
        let alone = format!("check --package {platform}");
        steps.push(Step::cargo(&format!("{platform} alone"), &alone));
        let feature =
            format!("check --package aftersales --no-default-features --features {platform}");
        steps.push(Step::cargo(
            &format!("aftersales with {platform} only"),
            &feature,
        ));
    }
    steps.push(Step::task(
        "scaffold",
        "xtask new-platform --check",
        new_platform::check,
    ));
    steps.push(Step {
        name: "licences and bans".to_owned(),
        action: Action::Deny,
        env: &[],
        within: &[],
    });
    steps
}

impl Step {
    fn cargo(name: &str, arguments: &str) -> Self {
        let arguments = words(arguments);
        Self {
            name: name.to_owned(),
            action: Action::Cargo(arguments),
            env: &[],
            within: &[],
        }
    }

    fn task(name: &str, command: &'static str, run: fn(&Path) -> Result<()>) -> Self {
        Self {
            name: name.to_owned(),
            action: Action::Task(command, run),
            env: &[],
            within: &[],
        }
    }

    fn with(self, env: &'static [(&'static str, &'static str)]) -> Self {
        Self { env, ..self }
    }

    fn within(self, within: &'static [&'static str]) -> Self {
        Self { within, ..self }
    }

    fn run(&self, root: &Path) -> Result<()> {
        match &self.action {
            Action::Cargo(arguments) => cargo_within(root, self.within, arguments, self.env),
            Action::Task(_, run) => run(root),
            Action::Deny => deny(root),
        }
    }
}

/// The command that does the same by hand.
impl fmt::Display for Step {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, value) in self.env {
            write!(out, "{name}='{value}' ")?;
        }
        for script in self.within {
            write!(out, "{script} ")?;
        }
        match &self.action {
            Action::Cargo(arguments) => write!(out, "cargo {}", arguments.join(" ")),
            Action::Task(command, _) => write!(out, "cargo {command}"),
            Action::Deny => out.write_str("cargo deny check bans licenses sources"),
        }
    }
}

fn deny(root: &Path) -> Result<()> {
    let home = target_folder(root)
        .join("tools")
        .join(format!("cargo-deny-{CARGO_DENY}"));
    let program = home
        .join("bin")
        .join(format!("cargo-deny{}", std::env::consts::EXE_SUFFIX));
    if !program.exists() {
        let install = format!("install --locked cargo-deny --version {CARGO_DENY} --root");
        let mut arguments = words(&install);
        arguments.push(home.to_string_lossy().into_owned());
        cargo(root, &arguments, &[])?;
    }
    let check = "check bans licenses sources";
    let mut deny = Command::new(program);
    run(
        &format!("cargo deny {check}"),
        deny.args(words(check)).current_dir(root),
    )
}

fn seconds(time: Duration) -> String {
    format!("{}.{} s", time.as_secs(), time.subsec_millis() / 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_platform_is_checked_alone() {
        let commands: Vec<_> = steps(&["xiaoe".to_owned()])
            .iter()
            .map(ToString::to_string)
            .collect();
        for expected in [
            "INSTA_UPDATE='no' .ci/postgres .ci/duckdb cargo test --workspace",
            "cargo xtask coverage --check",
            "RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps --all-features",
            "cargo check --package xiaoe",
            "cargo check --package aftersales --no-default-features --features xiaoe",
        ] {
            assert!(
                commands.iter().any(|command| command == expected),
                "{expected} in {commands:#?}"
            );
        }
    }
}
