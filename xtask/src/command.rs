//! Running other programs, cargo above all.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::{Error, Result};

/// The arguments of a command line without quotes.
pub(crate) fn words(line: &str) -> Vec<String> {
    line.split(' ').map(str::to_owned).collect()
}

/// Runs cargo, its output going where ours goes.
pub(crate) fn cargo(root: &Path, arguments: &[String], env: &[(&str, &str)]) -> Result<()> {
    run(
        &shown(arguments),
        command(root, arguments).envs(env.iter().copied()),
    )
}

/// Runs cargo within scripts of ours, each of which provides something meanwhile.
pub(crate) fn cargo_within(
    root: &Path,
    scripts: &[&str],
    arguments: &[String],
    env: &[(&str, &str)],
) -> Result<()> {
    let mut within = command(root, arguments);
    for script in scripts.iter().rev() {
        let inner = within;
        within = Command::new(root.join(script));
        within.arg(inner.get_program()).args(inner.get_args());
    }
    within.envs(env.iter().copied()).current_dir(root);
    let shown = scripts.iter().map(|script| format!("{script} "));
    let shown = shown.collect::<String>() + &self::shown(arguments);
    run(&shown, &mut within)
}

/// Runs cargo beside a report: all its output goes to stderr.
pub(crate) fn cargo_aside(root: &Path, arguments: &[String], env: &[(&str, &str)]) -> Result<()> {
    let mut command = command(root, arguments);
    command.envs(env.iter().copied()).stdout(std::io::stderr());
    run(&shown(arguments), &mut command)
}

/// Runs cargo for what it prints.
pub(crate) fn cargo_output(
    root: &Path,
    arguments: &[String],
    env: &[(&str, &str)],
) -> Result<String> {
    let shown = shown(arguments);
    let output = command(root, arguments)
        .envs(env.iter().copied())
        .output()
        .map_err(|error| Error::command(&shown, format!("did not run: {error}")))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        let complaint = String::from_utf8_lossy(&output.stderr);
        Err(Error::command(&shown, format!("failed: {complaint}")))
    }
}

/// Runs a command that messages show as `shown`.
pub(crate) fn run(shown: &str, command: &mut Command) -> Result<()> {
    let status = command
        .status()
        .map_err(|error| Error::command(shown, format!("did not run: {error}")))?;
    if status.success() {
        Ok(())
    } else {
        Err(Error::command(shown, format!("failed ({status})")))
    }
}

/// Where cargo builds.
pub(crate) fn target_folder(root: &Path) -> PathBuf {
    let configured = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    root.join(configured.unwrap_or_else(|| "target".into()))
}

fn command(root: &Path, arguments: &[String]) -> Command {
    // The cargo that runs us, where there is one: it knows its toolchain.
    let program = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root);
    command
}

fn shown(arguments: &[String]) -> String {
    format!("cargo {}", arguments.join(" "))
}
