//! `cargo xtask coverage`: documented field ↔ wire type ↔ unified record or event.
//!
//! What is read and what it reaches is found out by the generated coverage tests (`transport::testing::coverage`); what
//! is read beyond the documentation, by reading the source of the wire types.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use serde_json::json;

use crate::Format;
use crate::command::cargo_aside;
use crate::error::{self, Error, Result};
use crate::sheet::{self, Embedded, Sheet};
use crate::wire_types::{self, WireTypes};
use crate::{every_field, fixtures, snapshots};

/// Tells the coverage tests where to write what they find.
const FOLDER: &str = "COVERAGE_FOLDER";

/// What becomes of the documented fields of all sheets.
#[derive(Debug, Default)]
pub(crate) struct Coverage {
    sheets: Vec<SheetCoverage>,
    undocumented: Vec<Undocumented>,
}

#[derive(Debug)]
struct SheetCoverage {
    sheet: String,
    wire: String,
    /// What is made of it: `record` or `event`.
    makes: &'static str,
    fields: Vec<Field>,
}

/// A row of the tables of what is read.
#[derive(Debug, PartialEq, Eq)]
struct Field {
    path: String,
    becomes: Becomes,
    /// Other rows are about what is in it: it becomes what they become.
    holds_rows: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Becomes {
    NotRead,
    WireOnly,
    /// Members of the unified record or of the event, some with a condition: `deadline (without data.state_invalid_time)`.
    Reaches(Vec<String>),
}

/// A field of a wire type that no sheet documents.
#[derive(Debug, PartialEq, Eq)]
struct Undocumented {
    file: String,
    field: String,
}

/// Prints what becomes of every documented field.
pub(crate) fn show(root: &Path, format: Format) -> Result<()> {
    let coverage = measure(root)?;
    match format {
        Format::Text => print!("{}", coverage.in_full()),
        Format::Json => println!("{:#}", coverage.as_json()),
    }
    Ok(())
}

/// Fails with each documented field that no wire type reads.
pub(crate) fn check(root: &Path, format: Format) -> Result<()> {
    let coverage = measure(root)?;
    match format {
        Format::Text => print!("{}", coverage.in_short()),
        Format::Json => println!("{:#}", coverage.as_json()),
    }
    coverage.expect_complete()
}

fn measure(root: &Path) -> Result<Coverage> {
    // What the tests find is only worth something if they are those of the sheets.
    fixtures::check(root)?;
    let folder = tempfile::tempdir().map_err(|source| Error::File {
        action: "create a folder in",
        path: std::env::temp_dir(),
        source,
    })?;
    let outcome = run_tests(root, folder.path());
    let mut coverage = Coverage::default();
    for (platform, documented) in fixtures::read_sheets(root)? {
        if !fixtures::has_crate(root, &platform) {
            continue;
        }
        let mut bodies = Vec::new();
        for (sheet, _) in documented {
            let Some(wire) = sheet
                .wire_type()
                .filter(|_| every_field::has_document(&sheet))
            else {
                continue;
            };
            let found = folder.path().join(format!("{platform}.{}", sheet.endpoint));
            let Some(found) = error::read_if_present(&found)? else {
                return Err(outcome.err().unwrap_or_else(|| {
                    Error::Check(format!(
                        "no test says what becomes of the fields of {}",
                        sheet.file
                    ))
                }));
            };
            let found = parse(&found);
            coverage
                .sheets
                .push(SheetCoverage::of(&sheet, wire, &found));
            let rows = sheet.read_fields().into_iter();
            let shown = found.into_iter().map(|(path, _)| path);
            let paths: Vec<_> = rows.map(|row| row.path.as_str()).chain(shown).collect();
            let embedded = sheet.push.as_ref().and_then(|push| push.embedded.as_ref());
            if let Some(Embedded { wire, path }) = embedded {
                let inside = paths.iter().filter_map(|shown| {
                    let inner = shown.strip_prefix(path.as_str())?.strip_prefix('.')?;
                    Some(inner.to_owned())
                });
                bodies.push((wire.clone(), inside.collect()));
            }
            bodies.push((
                wire.to_owned(),
                paths.into_iter().map(str::to_owned).collect(),
            ));
        }
        let file = format!("crates/{platform}/src/wire.rs");
        let types = wire_types::parse(&file, &error::read(&root.join(&file))?)?;
        let fields = undocumented(&types, &bodies).into_iter();
        coverage
            .undocumented
            .extend(fields.map(|field| Undocumented {
                file: file.clone(),
                field,
            }));
    }
    Ok(coverage)
}

/// Runs the coverage tests. One that writes down what it found may still fail: for a field that is not read, which is
/// reported here, or for its snapshot, which is the business of `cargo xtask snapshots`.
fn run_tests(root: &Path, folder: &Path) -> Result<()> {
    let Some(mut arguments) = snapshots::test_command(root)? else {
        return Ok(());
    };
    arguments.extend(["--", "_coverage"].map(str::to_owned));
    let folder = folder.to_string_lossy();
    let env = [(FOLDER, &*folder), ("INSTA_UPDATE", "no")];
    cargo_aside(root, &arguments, &env)
}

/// What a test found, as it prints it: `data.state → status, awaits`.
fn parse(found: &str) -> Vec<(&str, Becomes)> {
    let lines = found.lines().filter_map(|line| line.split_once(" → "));
    lines
        .map(|(path, becomes)| {
            let becomes = match becomes {
                "not read" => Becomes::NotRead,
                "wire only" => Becomes::WireOnly,
                members => Becomes::Reaches(members.split(", ").map(str::to_owned).collect()),
            };
            (path, becomes)
        })
        .collect()
}

/// What becomes of each row: the tests follow values, and a row may be about an object or an array of them.
fn rows(sheet: &Sheet, found: &[(&str, Becomes)]) -> Vec<Field> {
    let all = sheet.read_fields();
    let field = |row: &&sheet::Field| {
        let inside = found
            .iter()
            .filter(|(path, _)| is_at_or_in(&row.path, path));
        let inside: Vec<_> = inside.map(|(_, becomes)| becomes).collect();
        let mut others = all.iter();
        let holds_rows =
            others.any(|other| other.path != row.path && is_at_or_in(&row.path, &other.path));
        Field {
            path: row.path.clone(),
            becomes: together(&inside, holds_rows),
            holds_rows,
        }
    };
    all.iter().map(field).collect()
}

fn is_at_or_in(row: &str, path: &str) -> bool {
    let inner = path.strip_prefix(row);
    inner.is_some_and(|inner| inner.is_empty() || inner.starts_with(['.', '[']))
}

/// What has rows of its own is read if anything in it is: the rest shows there. What has none is read as a whole.
fn together(inside: &[&Becomes], holds_rows: bool) -> Becomes {
    let unread = |becomes: &&Becomes| **becomes == Becomes::NotRead;
    let is_unread = if holds_rows {
        inside.iter().all(unread)
    } else {
        inside.is_empty() || inside.iter().any(unread)
    };
    let mut members = Vec::new();
    for becomes in inside {
        if let Becomes::Reaches(reached) = becomes {
            for member in reached {
                if !members.contains(member) {
                    members.push(member.clone());
                }
            }
        }
    }
    match (is_unread, members.is_empty()) {
        (true, _) => Becomes::NotRead,
        (false, true) => Becomes::WireOnly,
        (false, false) => Becomes::Reaches(members),
    }
}

/// The fields that no sheet of the platform documents. `bodies` are its wire types, each with the documented paths; a
/// type that two of them hold needs one of these.
fn undocumented(types: &WireTypes, bodies: &[(String, Vec<String>)]) -> Vec<String> {
    let mut known = BTreeSet::new();
    for (wire, paths) in bodies {
        let paths: Vec<Vec<_>> = paths
            .iter()
            .map(|path| path.split('.').map(folded).collect())
            .collect();
        let places = types.places(wire).into_iter();
        let places = places.filter(|place| paths.iter().any(|path| leads_to(path, &place.keys)));
        known.extend(places.map(|place| place.field));
    }
    let fields = types.fields();
    fields.filter(|field| !known.contains(field)).collect()
}

/// Whether a field is at a documented path or on the way there.
fn leads_to(path: &[String], keys: &[String]) -> bool {
    let mut pairs = path.iter().zip(keys);
    keys.len() <= path.len() && pairs.all(|(known, key)| known == "*" || *known == folded(key))
}

/// A key without the damage that pages do to it, and without what makes it an array.
fn folded(key: &str) -> String {
    key.trim_end_matches("[]").trim().to_lowercase()
}

impl Coverage {
    /// Every sheet with its fields, and what is wrong.
    fn in_full(&self) -> String {
        let mut text = String::new();
        for sheet in &self.sheets {
            let _ = writeln!(text, "{}", sheet.in_short());
            for field in &sheet.fields {
                let _ = writeln!(text, "  {} → {}", field.path, field.in_words());
            }
            text.push('\n');
        }
        text + &self.problems()
    }

    /// A line for each sheet, and what is wrong.
    fn in_short(&self) -> String {
        let lines = self.sheets.iter().map(|sheet| sheet.in_short() + "\n");
        lines.collect::<String>() + &self.problems()
    }

    fn problems(&self) -> String {
        let mut text = String::new();
        for Undocumented { file, field } in &self.undocumented {
            let _ = writeln!(text, "read, and in no sheet: {field} ({file})");
        }
        for (sheet, field) in self.unread() {
            let _ = writeln!(text, "documented, and not read: {field} ({sheet})");
        }
        text
    }

    fn as_json(&self) -> serde_json::Value {
        let undocumented = self.undocumented.iter();
        json!({
            "sheets": self.sheets.iter().map(SheetCoverage::as_json).collect::<Vec<_>>(),
            "undocumented": undocumented
                .map(|Undocumented { file, field }| json!({"file": file, "field": field}))
                .collect::<Vec<_>>(),
        })
    }

    fn expect_complete(&self) -> Result<()> {
        let documented: usize = self.sheets.iter().map(|sheet| sheet.fields.len()).sum();
        match self.unread().count() {
            0 => Ok(()),
            unread => Err(Error::Check(format!(
                "{unread} of {documented} documented fields are not read: give the wire type a field for each, or \
                 correct the sheet"
            ))),
        }
    }

    /// The sheet and the path of what is not read.
    fn unread(&self) -> impl Iterator<Item = (&str, &str)> {
        let sheets = self.sheets.iter();
        sheets.flat_map(|sheet| {
            let fields = sheet.fields.iter();
            let unread = fields.filter(|field| field.becomes == Becomes::NotRead);
            unread.map(|field| (sheet.sheet.as_str(), field.path.as_str()))
        })
    }
}

impl SheetCoverage {
    fn of(sheet: &Sheet, wire: &str, found: &[(&str, Becomes)]) -> Self {
        Self {
            sheet: sheet.file.clone(),
            wire: wire.to_owned(),
            makes: if sheet.push.is_some() {
                "event"
            } else {
                "record"
            },
            fields: rows(sheet, found),
        }
    }

    fn in_short(&self) -> String {
        let Counts {
            documented,
            read,
            reaching,
            wire_only,
        } = self.counts();
        format!(
            "{} ({}): {documented} documented, {read} read, {reaching} reach the {}, {wire_only} wire only",
            self.sheet, self.wire, self.makes
        )
    }

    fn as_json(&self) -> serde_json::Value {
        let counts = self.counts();
        json!({
            "sheet": self.sheet,
            "wire": self.wire,
            "documented": counts.documented,
            "read": counts.read,
            "makes": self.makes,
            "reaching": counts.reaching,
            "wire_only": counts.wire_only,
            "fields": self.fields.iter().map(Field::as_json).collect::<Vec<_>>(),
        })
    }

    fn counts(&self) -> Counts {
        let count = |counted: fn(&Becomes) -> bool| {
            let fields = self.fields.iter();
            fields.filter(|field| counted(&field.becomes)).count()
        };
        Counts {
            documented: self.fields.len(),
            read: count(|becomes| *becomes != Becomes::NotRead),
            reaching: count(|becomes| matches!(becomes, Becomes::Reaches(_))),
            wire_only: count(|becomes| *becomes == Becomes::WireOnly),
        }
    }
}

struct Counts {
    documented: usize,
    read: usize,
    reaching: usize,
    wire_only: usize,
}

impl Field {
    fn in_words(&self) -> String {
        match &self.becomes {
            _ if self.holds_rows => "holds others".to_owned(),
            Becomes::NotRead => "not read".to_owned(),
            Becomes::WireOnly => "wire only".to_owned(),
            Becomes::Reaches(members) => members.join(", "),
        }
    }

    fn as_json(&self) -> serde_json::Value {
        let reaches = match &self.becomes {
            Becomes::Reaches(members) => members.as_slice(),
            Becomes::NotRead | Becomes::WireOnly => &[],
        };
        let read = self.becomes != Becomes::NotRead;
        json!({"path": self.path, "read": read, "reaches": reaches})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sheet with these rows.
    fn sheet(front: &str, section: &str, paths: &[&str]) -> Sheet {
        let rows = paths
            .iter()
            .map(|path| format!("| `{path}` | string | | `\"a\"` | ours |\n"));
        let text = format!(
            "---\nplatform: p\nendpoint: e\nmethod: GET\npath: /e\nsource_page: E (site)\ndate_read: 2026-01-31\n\
             {front}\n---\n\n## {section}\n\n| path | type | required | example | note |\n|---|---|---|---|---|\n{}",
            rows.collect::<String>()
        );
        sheet::parse("fixtures/p/e.md", &text).unwrap()
    }

    /// What the tests found, as they print it.
    fn coverage(found: &str) -> Coverage {
        let paths = ["code", "data", "data.state", "data.tags", "data.options[]"];
        let sheet = sheet("wire: Reply", "Response", &paths);
        Coverage {
            sheets: vec![SheetCoverage::of(&sheet, "Reply", &parse(found))],
            undocumented: vec![Undocumented {
                file: "crates/p/src/wire.rs".to_owned(),
                field: "Reply.time".to_owned(),
            }],
        }
    }

    const COMPLETE: &str = "code → wire only\n\
        data.state → status, deadline (without data.time and without data.date)\n\
        data.tags[] → wire only\n\
        data.options[].name → items[].variant, status\n\
        data.options[].value → items[].variant\n";

    #[test]
    fn every_row_says_what_becomes_of_it() {
        let coverage = coverage(COMPLETE);
        coverage.expect_complete().unwrap();
        assert_eq!(
            coverage.in_full(),
            "fixtures/p/e.md (Reply): 5 documented, 5 read, 3 reach the record, 2 wire only\n  \
             code → wire only\n  \
             data → holds others\n  \
             data.state → status, deadline (without data.time and without data.date)\n  \
             data.tags → wire only\n  \
             data.options[] → items[].variant, status\n\n\
             read, and in no sheet: Reply.time (crates/p/src/wire.rs)\n"
        );
    }

    #[test]
    fn of_a_push_the_body_counts_and_what_its_event_takes_beside() {
        let front = "push: Push\nevent: event(header:Id)";
        let sheet = sheet(
            front,
            "Request",
            &["header:Id", "header:Sign", "kind", "at"],
        );
        let found = "header:Id → key\nkind → change, native (unknown change: b)\nat → not read\n";
        let coverage = Coverage {
            sheets: vec![SheetCoverage::of(&sheet, "Push", &parse(found))],
            undocumented: Vec::new(),
        };
        assert_eq!(
            coverage.in_full(),
            "fixtures/p/e.md (Push): 3 documented, 2 read, 2 reach the event, 0 wire only\n  \
             header:Id → key\n  \
             kind → change, native (unknown change: b)\n  \
             at → not read\n\n\
             documented, and not read: at (fixtures/p/e.md)\n"
        );
        coverage.expect_complete().unwrap_err();
    }

    #[test]
    fn what_is_not_read_fails_the_check_by_name() {
        for (line, unread, counts) in [
            (
                "code → wire only",
                "code",
                "3 reach the record, 1 wire only",
            ),
            (
                "data.tags[] → wire only",
                "data.tags",
                "3 reach the record, 1 wire only",
            ),
            // All that an example shows of a row belongs to it.
            (
                "data.options[].value → items[].variant",
                "data.options[]",
                "2 reach the record, 2 wire only",
            ),
        ] {
            let (path, _) = line.split_once(' ').unwrap();
            let coverage = coverage(&COMPLETE.replace(line, &format!("{path} → not read")));
            assert_eq!(
                coverage.in_short(),
                format!(
                    "fixtures/p/e.md (Reply): 5 documented, 4 read, {counts}\n\
                     read, and in no sheet: Reply.time (crates/p/src/wire.rs)\n\
                     documented, and not read: {unread} (fixtures/p/e.md)\n"
                )
            );
            assert_eq!(
                coverage.expect_complete().unwrap_err().to_string(),
                "1 of 5 documented fields are not read: give the wire type a field for each, or correct the sheet"
            );
        }
    }

    #[test]
    fn a_row_that_no_test_followed_counts_as_not_read() {
        let coverage = coverage("");
        assert_eq!(coverage.unread().count(), 5);
    }

    #[test]
    fn machines_get_the_same() {
        assert_eq!(
            coverage("data.state → status").as_json()["sheets"][0]["fields"][2],
            json!({"path": "data.state", "read": true, "reaches": ["status"]})
        );
        let coverage = coverage(COMPLETE).as_json();
        let sheet = &coverage["sheets"][0];
        let counts = ["documented", "read", "reaching", "wire_only"].map(|key| &sheet[key]);
        assert_eq!(counts, [5, 5, 3, 2].map(|count| json!(count)).each_ref());
        assert_eq!(
            coverage["undocumented"],
            json!([{"file": "crates/p/src/wire.rs", "field": "Reply.time"}])
        );
    }

    #[test]
    fn a_field_needs_one_sheet_that_documents_it() {
        let types = "
            struct Detail { code: Text, data: List<Case> }
            struct Page { list: Rows<Case>, total: Number }
            struct Case { id: Text, nick: Text, props: Object<Props>, extra: Text }
            struct Props { colour: Text }
            struct Left { over: Text }
        ";
        let types = wire_types::parse("wire.rs", types).unwrap();
        let paths = |paths: &[&str]| paths.iter().map(|&path| path.to_owned()).collect();
        let bodies = [
            // Keys count without the damage of the page, an array counts as its element.
            (
                "Detail".to_owned(),
                paths(&["Code ", "data.id", "data.props.*"]),
            ),
            ("Page".to_owned(), paths(&["list[].id", "list[].nick"])),
        ];
        assert_eq!(
            undocumented(&types, &bodies),
            ["Case.extra", "Left.over", "Page.total"]
        );
    }
}
