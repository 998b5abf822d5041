//! The command: a number of inputs for each parser. `cargo run --release -p fuzz -- --help`.

#![forbid(unsafe_code)]
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command talks to the terminal"
)]

use std::fs;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser as _;
use fuzz::{Parser, Report};

/// Feeds parsers with what nobody would send.
#[derive(Debug, clap::Parser)]
#[command(name = "fuzz")]
struct Args {
    /// Names of parsers, or how their names begin: xiaoe/token, xiaoe/; all, unless given
    parsers: Vec<String>,
    /// How many inputs each parser gets
    #[arg(long, default_value_t = 10_000, value_name = "N")]
    inputs: u64,
    /// The number of the first of them
    #[arg(long, default_value_t = 0, value_name = "N")]
    first: u64,
    /// The same number makes the same inputs
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,
    /// Print the names and feed nothing
    #[arg(long)]
    list: bool,
    /// Feed this file and nothing else
    #[arg(long, value_name = "FILE", conflicts_with_all = ["list", "inputs", "first", "seed"])]
    replay: Option<PathBuf>,
    /// Write the parsers' seeds into a folder, for `cargo fuzz`, and feed nothing
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["list", "replay", "inputs", "first", "seed"])]
    seeds: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(args: &Args) -> io::Result<ExitCode> {
    let parsers = chosen(&args.parsers)?;
    if args.list {
        for parser in parsers {
            println!("{}", parser.name());
        }
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(file) = &args.replay {
        let input = fs::read(file)?;
        for parser in parsers {
            println!("{}: {:?}", parser.name(), parser.read(&input));
        }
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(folder) = &args.seeds {
        return write_seeds(&parsers, folder).map(|()| ExitCode::SUCCESS);
    }
    let inputs = args.first..args.first.saturating_add(args.inputs);
    feed(&parsers, &inputs, args.seed)
}

fn chosen(names: &[String]) -> io::Result<Vec<&'static Parser>> {
    if names.is_empty() {
        return Ok(fuzz::parsers().collect());
    }
    let mut chosen = Vec::new();
    for name in names {
        let called = fuzz::called(name);
        if called.is_empty() {
            let message = format!("no parser is called {name}: --list prints them");
            return Err(io::Error::new(io::ErrorKind::NotFound, message));
        }
        chosen.extend(called);
    }
    Ok(chosen)
}

fn write_seeds(parsers: &[&Parser], folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    for parser in parsers {
        for (position, seed) in parser.seeds().iter().enumerate() {
            let name = format!("{}.{position}", parser.name().replace('/', "."));
            fs::write(folder.join(name), seed)?;
        }
    }
    Ok(())
}

fn feed(parsers: &[&Parser], inputs: &Range<u64>, seed: u64) -> io::Result<ExitCode> {
    println!(
        "{:32} {:>9} {:>7} {:>9} {:>10}  slowest",
        "parser", "inputs", "taken", "time", "inputs/s"
    );
    let mut all = 0;
    let mut findings = 0;
    for parser in parsers {
        let report = fuzz::run(parser, inputs.clone(), seed)?;
        println!("{}", line(parser, &report));
        all += report.inputs;
        if let Some(finding) = &report.finding {
            findings += 1;
            println!(
                "    broken by the last input: cargo run -p fuzz -- {} --replay {}",
                parser.name(),
                finding.file.display()
            );
        }
    }
    println!(
        "{} parsers, {all} inputs, seed {seed}: {findings} broken",
        parsers.len()
    );
    Ok(ExitCode::from(u8::from(findings > 0)))
}

fn line(parser: &Parser, report: &Report) -> String {
    let millis = report.time.as_millis().max(1);
    let per_second = u128::from(report.inputs) * 1000 / millis;
    let taken = report.taken * 100 / report.inputs.max(1);
    let (slowest, length) = report.slowest;
    format!(
        "{:32} {:>9} {:>5} % {:>7} s {:>10}  {} ms, {length} bytes",
        parser.name(),
        report.inputs,
        taken,
        report.time.as_secs(),
        per_second,
        slowest.as_millis(),
    )
}
