//! Every parser gets a few hundred inputs on every run of the tests, always the same; and no parser is forgotten.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use aftersales::Abilities;
use fuzz::{Parser, Verdict, parsers, workspace};

/// For each parser: so many that all of them together take seconds, and not more, without optimization.
const INPUTS: u64 = 300;

#[test]
fn no_parser_panics_or_breaks_another_promise() {
    let parsers: Vec<&Parser> = parsers().collect();
    let next = AtomicUsize::new(0);
    let work = || {
        let mut broken = Vec::new();
        while let Some(parser) = parsers.get(next.fetch_add(1, Ordering::Relaxed)) {
            // A page that somebody saved is a thousand times as long as a date.
            let is_long = parser.name().starts_with("xtask/");
            let inputs = if is_long { INPUTS / 10 } else { INPUTS };
            let report = fuzz::run(parser, 0..inputs, 1).unwrap();
            if let Some(finding) = report.finding {
                let file = finding.file.display();
                broken.push(format!(
                    "cargo run -p fuzz -- {} --replay {file}",
                    parser.name()
                ));
            }
        }
        broken
    };
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let broken: Vec<String> = thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        let broken = workers.into_iter().map(|it| it.join().unwrap());
        broken.flatten().collect()
    });
    assert!(broken.is_empty(), "repeat with\n{}", broken.join("\n"));
}

/// What refuses all that it was made for is fuzzed in vain.
#[test]
fn every_parser_takes_one_of_its_seeds() {
    let in_vain: Vec<_> = parsers()
        .filter(|parser| {
            let seeds = parser.seeds();
            !seeds.iter().any(|seed| parser.read(seed) == Verdict::Taken)
        })
        .map(Parser::name)
        .collect();
    assert_eq!(in_vain, [""; 0]);
}

#[test]
fn no_two_parsers_have_the_same_name() {
    let names: BTreeSet<_> = parsers().map(Parser::name).collect();
    assert_eq!(names.len(), parsers().count());
}

/// Of a platform that is switched on, each answer has a parser by the name of its sheet, and so have the other things
/// that any platform can send.
#[test]
fn everything_that_a_platform_sends_has_a_parser() {
    let mut missing = Vec::new();
    for registered in aftersales::PLATFORMS {
        let platform = registered.platform().as_str();
        let folder = workspace().join("crates").join(platform);
        let mut needed = sheets_with_wire_type(platform);
        needed.extend(["answers", "errors", "ids"].map(str::to_owned));
        if folder.join("src/webhook.rs").exists() {
            needed.insert("webhook".to_owned());
        }
        for generation in registered.generations() {
            if generation.capabilities.abilities != Abilities::NONE {
                needed.insert("actions".to_owned());
            }
            if generation.capabilities.operations.list {
                needed.insert("queries".to_owned());
            }
        }
        let auth = fs::read_to_string(folder.join("src/auth.rs")).unwrap();
        if auth.contains("impl TokenExchange for") {
            needed.insert("issued-token".to_owned());
        }
        let needed = needed.iter().map(|what| format!("{platform}/{what}"));
        missing.extend(needed.filter(|name| !parsers().any(|parser| parser.name() == *name)));
    }
    assert_eq!(missing, [""; 0], "give them a line in fuzz/src/parsers");
}

/// The names of the sheets that say what reads the answer.
fn sheets_with_wire_type(platform: &str) -> BTreeSet<String> {
    let files = fs::read_dir(workspace().join("fixtures").join(platform)).unwrap();
    let sheets: Vec<PathBuf> = files
        .map(|file| file.unwrap().path())
        .filter(|file| file.extension().is_some_and(|it| it == "md"))
        .filter(|sheet| {
            let text = fs::read_to_string(sheet).unwrap();
            text.lines().any(|line| line.starts_with("wire: "))
        })
        .collect();
    assert!(!sheets.is_empty(), "{platform}");
    let name = |sheet: &PathBuf| sheet.file_stem().unwrap().to_str().unwrap().to_owned();
    sheets.iter().map(name).collect()
}
