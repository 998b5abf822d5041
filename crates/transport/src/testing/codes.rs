//! Holds the codes that a platform's contract sheets document against what its crate makes of them.
//!
//! What is read here are the tables below `## Codes: …` and `## Errors`; that a sheet is well formed is for `cargo xtask
//! fixtures` to say.

use std::collections::BTreeSet;
use std::fs;
use std::iter;
use std::path::Path;

use crate::Code;

/// What becomes of the codes of one table.
#[derive(Debug, Clone, Copy)]
pub enum Fate {
    /// Each has a meaning: whether the crate knows the one of this code.
    Mapped(fn(&str) -> bool),
    /// They stay as the platform says them; the README says where, and why.
    Kept,
    /// The client sends them, or could.
    Sent,
}

/// The heading in a crate's README below which the fields stand whose codes are kept.
pub const KEPT: &str = "### Codes that are kept, not mapped";

/// The documented codes of one field.
#[derive(Debug)]
struct Table {
    /// The sheet and the path of the field in it; empty for errors.
    field: String,
    codes: Vec<String>,
}

/// Holds each table of codes in the sheets of a folder against its fate, by sheet and path of the field: `after-sale-list
/// date_type`. A table without a fate fails, as does a fate without a table, a code that is not known, and a field that is
/// kept and is not in the README.
pub fn assert_decided(folder: &str, readme: &str, fates: &[(&str, Fate)]) {
    let problems = problems(&tables(folder, "## Codes"), readme, fates);
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// Holds a platform's table of error codes against those in its sheets. Both have to have the same, but for those that
/// are left out of the table for a reason.
pub fn assert_errors(folder: &str, table: &[Code], left_out: &[&str]) {
    let known = table.iter().map(|code| code.code).chain(left_out.to_vec());
    let known: BTreeSet<_> = known.map(str::to_owned).collect();
    let documented = tables(folder, "## Errors").into_iter();
    let documented: BTreeSet<_> = documented.flat_map(|table| table.codes).collect();
    assert_eq!(known, documented, "the crate's codes, and the sheets'");
}

fn problems(tables: &[Table], readme: &str, fates: &[(&str, Fate)]) -> Vec<String> {
    let kept = readme.split_once(KEPT).map_or("", |(_, section)| section);
    let kept = kept.split("\n## ").next().unwrap_or_default();
    let mut problems = Vec::new();
    for (field, _) in fates {
        if fates.iter().filter(|(other, _)| other == field).count() > 1 {
            problems.push(format!("{field}: has two fates"));
        }
        if !tables.iter().any(|table| table.field == *field) {
            problems.push(format!("{field}: no sheet documents codes of it"));
        }
    }
    for Table { field, codes } in tables {
        match fates.iter().find(|(decided, _)| decided == field) {
            None => problems.push(format!(
                "{field}: nobody has said what becomes of its codes"
            )),
            Some((_, Fate::Mapped(is_known))) => {
                let unknown = codes.iter().filter(|code| !is_known(code));
                problems.extend(unknown.map(|code| format!("{field}: {code} is not known")));
            }
            Some((_, Fate::Kept)) => {
                if !names(field).any(|name| kept.contains(&format!("`{name}`"))) {
                    problems.push(format!("{field}: the README does not say why it is kept"));
                }
            }
            Some((_, Fate::Sent)) => {}
        }
    }
    problems
}

/// What a field may be called where its sheet is known: `data.info.state`, `info.state`, `state`.
fn names(field: &str) -> impl Iterator<Item = &str> {
    let path = field.split_once(' ').map_or(field, |(_, path)| path);
    let ends = path
        .match_indices('.')
        .filter_map(|(dot, _)| path.get(dot + 1..));
    iter::once(path).chain(ends)
}

/// The tables below headings that begin like this.
fn tables(folder: &str, heading: &str) -> Vec<Table> {
    let sheets = fs::read_dir(Path::new(folder)).expect("a folder of sheets");
    let mut tables = Vec::new();
    for sheet in sheets {
        let path = sheet.expect("a sheet").path();
        if path.extension().is_some_and(|extension| extension == "md") {
            let endpoint = path.file_stem().expect("a name").to_string_lossy();
            let text = fs::read_to_string(&path).expect("a readable sheet");
            tables.extend(tables_of(&endpoint, &text, heading));
        }
    }
    assert!(!tables.is_empty(), "no sheet in {folder} has {heading}");
    tables
}

/// In a table of errors the code stands in the second column.
fn tables_of(endpoint: &str, sheet: &str, heading: &str) -> Vec<Table> {
    let column = if heading == "## Errors" { 2 } else { 1 };
    let mut tables: Vec<Table> = Vec::new();
    for section in sheet.split("\n## ").skip(1) {
        let (title, rows) = section.split_once('\n').unwrap_or((section, ""));
        if !format!("## {title}").starts_with(heading) {
            continue;
        }
        let field = format!("{endpoint} {}", quoted(title).unwrap_or_default());
        let cells = rows.lines().filter(|row| row.starts_with('|'));
        let cells = cells.filter_map(|row| row.split('|').nth(column));
        let codes = cells.filter_map(quoted).map(str::to_owned);
        match tables.iter_mut().find(|table| table.field == field) {
            Some(table) => table.codes.extend(codes),
            None => tables.push(Table {
                codes: codes.collect(),
                field,
            }),
        }
    }
    tables
}

/// What stands between backticks.
fn quoted(text: &str) -> Option<&str> {
    text.split('`').nth(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHEET: &str = "---\nplatform: a\n---\n\n# A\n\n## Codes: `data.state`\n\n| code | meaning |\n|---|---|\n\
        | `1` | one |\n| `2` | two |\n\n## Codes elsewhere: `data.state`\n\nFrom elsewhere.\n\n| code | meaning |\n|---|---|\n\
        | `3` | three |\n\n## Codes: `kind`\n\n| code | meaning |\n|---|---|\n| `x` | a |\n\n## Errors\n\n\
        | status | code | meaning |\n|---|---|---|\n| 200 | `7` | no |\n| 400 | | no |\n\n## Errors elsewhere\n\n\
        | status | code | meaning |\n|---|---|---|\n| | `8` | no |\n";

    #[test]
    fn codes_stand_in_tables() {
        let codes = |heading| {
            let tables = tables_of("get", SHEET, heading).into_iter();
            let tables = tables.map(|table| format!("{}: {}", table.field, table.codes.join(" ")));
            tables.collect::<Vec<_>>()
        };
        assert_eq!(codes("## Codes"), ["get data.state: 1 2 3", "get kind: x"]);
        assert_eq!(codes("## Errors"), ["get : 7 8"]);
    }

    #[test]
    fn every_table_has_its_fate() {
        let tables = tables_of("get", SHEET, "## Codes");
        let readme = format!("`state`\n\n{KEPT}\n\n| `kind` | why |\n\n## Next\n\n`state`\n");
        let state = "get data.state";
        let [all, some] = [Fate::Mapped(|_| true), Fate::Mapped(|code| code != "3")];
        for (fates, expected) in [
            (vec![(state, all), ("get kind", Fate::Kept)], vec![]),
            (vec![(state, Fate::Sent), ("get kind", Fate::Sent)], vec![]),
            (
                vec![(state, some), ("get kind", Fate::Sent)],
                vec!["get data.state: 3 is not known"],
            ),
            (
                vec![(state, Fate::Kept), ("get kind", Fate::Kept)],
                vec!["get data.state: the README does not say why it is kept"],
            ),
            (
                vec![(state, all)],
                vec!["get kind: nobody has said what becomes of its codes"],
            ),
            (
                vec![
                    (state, all),
                    ("get kind", Fate::Kept),
                    ("put kind", Fate::Sent),
                ],
                vec!["put kind: no sheet documents codes of it"],
            ),
        ] {
            assert_eq!(problems(&tables, &readme, &fates), expected);
        }
    }
}
