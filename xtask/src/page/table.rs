//! Tables whose columns are known, and what their cells can hold.

use super::block::Row;
use super::column::Column;

/// A table whose columns are known.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) columns: Vec<Option<Column>>,
    /// Each with its line.
    pub(crate) rows: Vec<(usize, Vec<String>)>,
}

impl Table {
    /// The cell of a row under a column; empty cells are none.
    pub(crate) fn cell<'a>(&self, row: &'a [String], column: Column) -> Option<&'a str> {
        let index = self
            .columns
            .iter()
            .position(|known| *known == Some(column))?;
        row.get(index)
            .map(|cell| cell.trim())
            .filter(|cell| !cell.is_empty())
    }

    pub(crate) fn has(&self, column: Column) -> bool {
        self.columns.contains(&Some(column))
    }
}

/// The table of a block that is one.
pub(crate) fn of_rows(rows: &[Row]) -> Option<Table> {
    let (header, rows) = rows.split_first()?;
    Some(Table {
        columns: header
            .cells
            .iter()
            .map(|cell| Column::named(cell))
            .collect(),
        rows: rows
            .iter()
            .map(|row| (row.line, row.cells.clone()))
            .collect(),
    })
}

/// Whether a text can be the path of a field: `data.list[].id`, `Content-Type`, `{orderId}`.
pub(crate) fn is_path(text: &str) -> bool {
    let text = text.trim_matches(['{', '}']);
    let begins =
        text.starts_with(|first: char| first.is_ascii_alphabetic() || matches!(first, '_' | '$'));
    let allowed = |next: char| next.is_ascii_alphanumeric() || "_.[]-$*".contains(next);
    let is_closed = text.matches('[').count() == text.matches(']').count();
    begins && is_closed && !text.ends_with(['.', '-']) && text.chars().all(allowed)
}

/// Folded for comparison: case and array marks do not count.
pub(crate) fn folded_path(path: &str) -> String {
    path.replace("[]", "").to_lowercase()
}

pub(crate) const YES: &[&str] = &[
    "yes",
    "true",
    "y",
    "required",
    "mandatory",
    "是",
    "必填",
    "必选",
    "必须",
    "必需",
    "必传",
    "√",
];
pub(crate) const NO: &[&str] = &[
    "no",
    "false",
    "n",
    "optional",
    "否",
    "选填",
    "可选",
    "非必填",
    "非必须",
    "不必填",
    "-",
    "×",
];

/// What a cell of the column "required" says; none where it says something else.
pub(crate) fn required(cell: &str) -> Option<bool> {
    let is = |names: &[&str]| {
        names
            .iter()
            .any(|name| cell.trim().eq_ignore_ascii_case(name))
    };
    match (is(YES), is(NO)) {
        (true, _) => Some(true),
        (_, true) => Some(false),
        _ => None,
    }
}
