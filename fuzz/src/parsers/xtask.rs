//! What the maintainers' commands read: pages that were saved, sheets, and the damaged examples in both.

use std::fs;
use std::path::Path;

use serde_json::value::RawValue;
use xtask::readers;

use crate::parser::{Parser, Verdict, workspace};

pub(super) const PARSERS: &[Parser] = &[
    Parser::new(
        "xtask/page",
        || files("xtask/tests/pages"),
        |text| read(text, readers::page),
    ),
    Parser::new("xtask/sheet", sheets, |text| read(text, readers::sheet)),
    Parser::new("xtask/example", examples, example),
];

/// Files that are no UTF-8 are refused before anything of them is read.
fn read(text: &[u8], reader: fn(&str) -> bool) -> Verdict {
    match std::str::from_utf8(text) {
        Ok(text) if reader(text) => Verdict::Taken,
        _ => Verdict::Refused,
    }
}

/// What could be repaired is JSON, and so is all that was.
fn example(text: &[u8]) -> Verdict {
    let Ok(text) = std::str::from_utf8(text) else {
        return Verdict::Refused;
    };
    let repaired = readers::example(text);
    if let Some(json) = &repaired {
        let json = serde_json::from_str::<&RawValue>(json);
        assert!(json.is_ok(), "{:?}: {text}", json.err());
    }
    repaired.into()
}

fn sheets() -> Vec<Vec<u8>> {
    let platforms = fs::read_dir(workspace().join("fixtures")).expect("the fixtures");
    let mut folders: Vec<_> = platforms.map(|it| it.expect("a folder").path()).collect();
    folders.sort();
    folders
        .iter()
        .filter(|folder| folder.is_dir())
        .flat_map(files)
        .filter(|file| file.starts_with(b"---\n"))
        .collect()
}

/// As they were published.
fn examples() -> Vec<Vec<u8>> {
    let blocks = |sheet: Vec<u8>| {
        let sheet = String::from_utf8(sheet).expect("a sheet");
        let blocks = sheet.split("\n```json\n").skip(1);
        let blocks = blocks.filter_map(|block| block.split("\n```").next());
        blocks.map(|it| it.as_bytes().to_vec()).collect::<Vec<_>>()
    };
    sheets().into_iter().flat_map(blocks).collect()
}

/// The files of a folder.
fn files(folder: impl AsRef<Path>) -> Vec<Vec<u8>> {
    let files = fs::read_dir(workspace().join(folder)).expect("a folder");
    let mut files: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
    files.sort();
    files
        .iter()
        .map(|file| fs::read(file).expect("a file"))
        .collect()
}
