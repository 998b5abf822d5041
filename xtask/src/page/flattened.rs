//! What is left of tables when a page is saved as text: rows whose columns are glued together, separated by spaces or
//! tabs, or one cell a line.

use std::collections::BTreeSet;

use super::block::{Block, Content};
use super::column::{Column, NAMES, folded};
use super::section::Section;
use super::table::{NO, Table, YES, folded_path, is_path};

/// The table that these lines once were, and how many blocks it takes. `known` are paths that an example shows:
/// they decide where a glued name ends. Below a heading that announces fields, a single one is a table.
pub(crate) fn table(
    blocks: &[Block],
    known: &BTreeSet<String>,
    is_expected: bool,
) -> Option<(Table, usize)> {
    let Content::Line(header) = &blocks.first()?.content else {
        return None;
    };
    if let Some(columns) = one_line_header(header) {
        let cut = Cut::of(header, &columns, known);
        let rows = read_rows(blocks.get(1..)?, |text| cut.row(text));
        if !rows.is_empty() {
            let taken = rows.len() + 1;
            let columns = columns.into_iter().map(Some).collect();
            return Some((Table { columns, rows }, taken));
        }
    }
    one_cell_a_line(blocks, is_expected).or_else(|| list_of_fields(blocks))
}

fn read_rows(
    blocks: &[Block],
    row: impl Fn(&str) -> Option<Vec<String>>,
) -> Vec<(usize, Vec<String>)> {
    let rows = blocks.iter().map_while(|block| match &block.content {
        Content::Line(text) => row(text).map(|cells| (block.line, cells)),
        _ => None,
    });
    rows.collect()
}

/// The columns of a header that was written on one line, glued or not: `ParameterTypeDescription`.
fn one_line_header(text: &str) -> Option<Vec<Column>> {
    let by_tab: Option<Vec<_>> = text.split('\t').map(Column::named).collect();
    by_tab
        .filter(|columns| columns.len() > 1)
        .or_else(|| split_names(&folded(text), begins_a_table))
        // `Path Parameters` is a heading.
        .filter(|columns| {
            columns.len() > 1
                && columns
                    .iter()
                    .filter(|column| **column == Column::Name)
                    .count()
                    < 2
        })
}

fn begins_a_table(column: Column) -> bool {
    matches!(
        column,
        Column::Name | Column::Code | Column::HttpStatus | Column::Property | Column::Value
    )
}

/// A text as a sequence of column names, the longest first.
fn split_names(text: &str, may_begin: fn(Column) -> bool) -> Option<Vec<Column>> {
    if text.chars().count() > 80 {
        return None;
    }
    split_rest(text, may_begin, &mut BTreeSet::new())
}

/// `dead` are the lengths of the rests that are known to lead nowhere: without them each choice of a name would
/// double the work.
fn split_rest(
    text: &str,
    may_begin: fn(Column) -> bool,
    dead: &mut BTreeSet<usize>,
) -> Option<Vec<Column>> {
    if text.is_empty() {
        return Some(Vec::new());
    }
    if dead.contains(&text.len()) {
        return None;
    }
    let mut names: Vec<_> = NAMES
        .iter()
        .flat_map(|&(column, names)| names.iter().map(move |&name| (name, column)))
        .filter(|&(name, column)| text.starts_with(name) && may_begin(column))
        .collect();
    names.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
    for (name, column) in names {
        let rest = text.strip_prefix(name)?;
        if let Some(mut columns) = split_rest(rest, |_| true, dead) {
            columns.insert(0, column);
            return Some(columns);
        }
    }
    dead.insert(text.len());
    None
}

/// How the rows below a one-line header are cut into cells.
struct Cut<'a> {
    columns: &'a [Column],
    known: &'a BTreeSet<String>,
    separator: Separator,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Separator {
    Tab,
    Space,
    Nothing,
}

impl<'a> Cut<'a> {
    fn of(header: &str, columns: &'a [Column], known: &'a BTreeSet<String>) -> Self {
        let separator = if header.contains('\t') {
            Separator::Tab
        } else if header.contains(' ') {
            Separator::Space
        } else {
            Separator::Nothing
        };
        Self {
            columns,
            known,
            separator,
        }
    }

    /// The cells of a row, or none where the line is no row.
    fn row(&self, text: &str) -> Option<Vec<String>> {
        if self.separator == Separator::Tab {
            let cells: Vec<_> = text
                .split('\t')
                .map(|cell| cell.trim().to_owned())
                .collect();
            let is_row = cells.len() > 1 && cells.first().is_some_and(|name| !name.is_empty());
            return is_row.then_some(cells);
        }
        let mut cells = Vec::new();
        let mut rest = text.trim();
        let mut columns = self.columns.iter().peekable();
        while let Some(&column) = columns.next() {
            let is_last = columns.peek().is_none();
            let length = match column {
                _ if is_last => rest.len(),
                Column::Name if self.separator == Separator::Nothing => self.glued_name(rest)?,
                Column::Name => word(rest).filter(|name| is_path(name))?.len(),
                Column::Type => type_length(rest, self.separator)?,
                Column::Required => required_length(rest).unwrap_or(0),
                Column::Code | Column::HttpStatus | Column::Value => {
                    code_length(rest, self.separator)?
                }
                Column::Property => property_length(rest, self.separator)?,
                // What follows cannot be told apart.
                Column::Description | Column::Message => rest.len(),
                _ => word(rest)?.len(),
            };
            let (cell, after) = rest.split_at_checked(length)?;
            cells.push(cell.trim().to_owned());
            rest = after.trim_start();
        }
        Some(cells)
    }

    /// Where the name ends in `data.idintegerAfter-sales record ID`: before a type that is followed by the
    /// beginning of a description.
    fn glued_name(&self, text: &str) -> Option<usize> {
        let run = word(text)?;
        let candidates: Vec<_> = run
            .char_indices()
            .map(|(at, _)| at)
            .filter(|&at| {
                let name = run.get(..at).unwrap_or_default();
                let rest = text.get(at..).unwrap_or_default();
                is_path(name) && type_length(rest, Separator::Nothing).is_some()
            })
            .collect();
        let is_known = |at: &&usize| {
            run.get(..**at)
                .is_some_and(|name| self.known.contains(&folded_path(name)))
        };
        let lower = |at: &&usize| {
            run.get(**at..)
                .is_some_and(|rest| rest.starts_with(char::is_lowercase))
        };
        // `data.reasonTextstring` is no `data.reason` of the type `Text`, though that is known.
        let sure = candidates.iter().rfind(|at| is_known(at) && lower(at));
        let found = sure.or_else(|| candidates.iter().rfind(lower));
        let found = found.or_else(|| candidates.iter().rfind(is_known));
        found.or(candidates.last()).copied()
    }
}

/// Names, types and what follows on lines of their own, with or without a header.
fn one_cell_a_line(blocks: &[Block], is_expected: bool) -> Option<(Table, usize)> {
    let lines = Lines(blocks);
    let header: Vec<_> = (0..)
        .map_while(|at| Column::named(lines.get(at)?).filter(|_| !lines.begin_row(at, false)))
        .collect();
    let has_header =
        header.len() > 1 && header.first() == Some(&Column::Name) && header.contains(&Column::Type);
    let mut at = if has_header { header.len() } else { 0 };
    let has_required = header.contains(&Column::Required);
    let mut rows = Vec::new();
    while lines.begin_row(at, has_required) {
        let (row, taken) = lines.row(at, has_required)?;
        rows.push((blocks.get(at)?.line, row));
        at += taken;
    }
    let is_table = rows.len() > 1 || (has_header || is_expected) && !rows.is_empty();
    let columns = [
        Column::Name,
        Column::Type,
        Column::Required,
        Column::Description,
    ];
    let columns = columns.into_iter().map(Some).collect();
    is_table.then_some((Table { columns, rows }, at))
}

/// `orderId (integer, required)` and what describes it, on the same line or below.
fn list_of_fields(blocks: &[Block]) -> Option<(Table, usize)> {
    const LONGEST: usize = 5;
    let lines = Lines(blocks);
    let columns = [
        Column::Name,
        Column::Type,
        Column::Required,
        Column::Description,
        Column::Example,
    ];
    let mut rows = Vec::new();
    let mut at = 0;
    while let Some([name, kind, required, description]) = lines.get(at).and_then(listed_field) {
        let mut description = description.to_owned();
        let mut example = String::new();
        let start = at;
        at += 1;
        while let Some(text) = lines
            .get(at)
            .filter(|text| at < start + LONGEST && listed_field(text).is_none())
        {
            if is_section(text) {
                break;
            }
            match text.strip_prefix("Example:") {
                Some(shown) => shown.trim().clone_into(&mut example),
                None => description = format!("{description} {text}").trim().to_owned(),
            }
            at += 1;
        }
        let cells = [name, kind, required, &description, &example].map(str::to_owned);
        rows.push((blocks.get(start)?.line, cells.into()));
    }
    let columns = columns.into_iter().map(Some).collect();
    (!rows.is_empty()).then_some((Table { columns, rows }, at))
}

/// Name, type, required or not, and the description behind a colon.
fn listed_field(text: &str) -> Option<[&str; 4]> {
    let (name, rest) = text.split_once(" (")?;
    let (marks, rest) = rest.split_once(')')?;
    let (kind, required) = marks.split_once(',').unwrap_or((marks, ""));
    let (kind, required) = (kind.trim(), required.trim());
    let is_type = type_length(kind, Separator::Space) == Some(kind.len());
    let is_marked = required.is_empty() || is_required(required);
    let rest = rest.trim_start_matches([':', '-', ' ', '–']);
    (is_path(name) && is_type && is_marked).then_some([name, kind, required, rest])
}

/// The blocks from one on, as far as they are lines.
struct Lines<'a>(&'a [Block]);

impl Lines<'_> {
    fn get(&self, at: usize) -> Option<&str> {
        match &self.0.get(at)?.content {
            Content::Line(text) => Some(text.trim()),
            _ => None,
        }
    }

    /// A name, then its type. In a table that says of every field whether it is required, a row may also lack the
    /// type: some pages put a description in its place.
    fn begin_row(&self, at: usize, has_required: bool) -> bool {
        let (Some(name), Some(kind)) = (self.get(at), self.get(at + 1)) else {
            return false;
        };
        let is_type = type_length(kind, Separator::Space) == Some(kind.len());
        let ends_in_required = || (at + 2..=at + 3).any(|at| self.get(at).is_some_and(is_required));
        let is_untyped = has_required && !is_required(kind) && ends_in_required();
        is_path(name) && !name.ends_with(':') && (is_type || is_untyped)
    }

    /// The cells of a row, and how many lines they take.
    fn row(&self, start: usize, has_required: bool) -> Option<(Vec<String>, usize)> {
        const LONGEST: usize = 10;
        let (name, kind) = (self.get(start)?, self.get(start + 1)?);
        let mut required = String::new();
        let mut description: Vec<&str> = Vec::new();
        let mut at = start + 2;
        while at < start + LONGEST && !self.begin_row(at, has_required) {
            let Some(text) = self.get(at) else { break };
            let follows_label = description.last().is_some_and(|last| is_label(last));
            if is_required(text) && required.is_empty() {
                text.clone_into(&mut required);
            } else if !is_section(text)
                && (description.is_empty() || follows_label || is_label(text))
            {
                description.push(text);
            } else {
                break;
            }
            at += 1;
        }
        let cells = vec![
            name.to_owned(),
            kind.to_owned(),
            required,
            description.join(" "),
        ];
        Some((cells, at - start))
    }
}

/// `默认值:`, with the value on the next line.
fn is_label(text: &str) -> bool {
    text.ends_with([':', '：']) || Column::named(text).is_some()
}

/// A heading; `示例:1` is a cell.
fn is_section(text: &str) -> bool {
    let has_value = text
        .split_once([':', '：'])
        .is_some_and(|(_, value)| !value.trim().is_empty());
    !has_value && Section::named(text).is_some()
}

fn is_required(text: &str) -> bool {
    required_length(text) == Some(text.len())
}

fn word(text: &str) -> Option<&str> {
    text.split_whitespace().next()
}

/// The length of the type that a text begins with.
fn type_length(text: &str, separator: Separator) -> Option<usize> {
    let base = TYPES
        .iter()
        .filter(|name| starts_with_type(text, name))
        .map(|name| name.len())
        .max()?;
    let mut length = base;
    let rest = |length: usize| text.get(length..).unwrap_or_default();
    // `array[string]`, `list<Item>`, `string (JSON)`, `string[]`
    for (open, close) in [('[', ']'), ('<', '>'), ('(', ')'), ('（', '）')] {
        let opened = rest(length).trim_start();
        if opened.starts_with(open)
            && (separator != Separator::Nothing || rest(length).starts_with(open))
        {
            let skipped = rest(length).len() - opened.len();
            let end = opened.find(close)? + close.len_utf8();
            length += skipped + end;
        }
    }
    // `string | null`, `int或arr`
    while let Some(more) = alternative_length(rest(length)) {
        length += more;
    }
    if separator == Separator::Space {
        const MORE: [&str; 6] = [
            " array",
            " list",
            " of objects",
            " of strings",
            " of object",
            " of string",
        ];
        let more = MORE.iter().find(|more| rest(length).starts_with(**more));
        length += more.map_or(0, |more| more.len());
    }
    // `array of refund object`
    if let Some(elements) = rest(length).strip_prefix(" of ")
        && let Some((element, after)) = elements.split_once(" object")
        && !element.contains(' ')
    {
        let plural = usize::from(after.starts_with('s'));
        length += " of ".len() + element.len() + " object".len() + plural;
    }
    let next = rest(length).chars().next();
    let ends = match separator {
        // Glued: the next cell begins with a capital, another script or a digit.
        Separator::Nothing => next.is_none_or(|next| !next.is_lowercase()),
        _ => next.is_none_or(char::is_whitespace),
    };
    ends.then_some(length)
}

/// A mark of choice and another type.
fn alternative_length(text: &str) -> Option<usize> {
    let other = text.trim_start();
    let other = ["|", "/", "或"]
        .iter()
        .find_map(|mark| other.strip_prefix(mark))?
        .trim_start();
    let length = TYPES
        .iter()
        .filter(|name| starts_with_type(other, name))
        .map(|name| name.len())
        .max()?;
    Some(text.len() - other.len() + length)
}

fn starts_with_type(text: &str, name: &str) -> bool {
    let Some(begin) = text.get(..name.len()) else {
        return false;
    };
    let capitalised = || {
        let mut letters = begin.chars();
        letters.next().is_some_and(char::is_uppercase)
            && letters.as_str() == name.get(1..).unwrap_or_default()
    };
    begin == name || name.is_ascii() && capitalised()
}

/// Types as pages declare them.
const TYPES: &[&str] = &[
    "string",
    "str",
    "arr",
    "mixed",
    "text",
    "number",
    "integer",
    "int",
    "int32",
    "int64",
    "uint32",
    "uint64",
    "long",
    "short",
    "byte",
    "float",
    "double",
    "decimal",
    "bigdecimal",
    "bigint",
    "money",
    "price",
    "boolean",
    "bool",
    "object",
    "array",
    "list",
    "map",
    "date",
    "datetime",
    "timestamp",
    "time",
    "enum",
    "json",
    "file",
    "any",
    "null",
    "uuid",
    "varchar",
    "char",
    "字符串",
    "数字",
    "整数",
    "整型",
    "浮点数",
    "布尔",
    "布尔值",
    "对象",
    "数组",
    "日期",
    "时间",
];

/// The length of the yes or no that a text begins with.
fn required_length(text: &str) -> Option<usize> {
    let yes_and_no = YES.iter().chain(NO);
    let lengths = yes_and_no.filter(|name| {
        let begins = text
            .get(..name.len())
            .is_some_and(|begin| begin.eq_ignore_ascii_case(name));
        let next = text.get(name.len()..).and_then(|rest| rest.chars().next());
        begins && next.is_none_or(|next| !next.is_lowercase())
    });
    lengths.map(|name| name.len()).max()
}

/// `10` of `10Platform rejects`, `PENDING` of `PENDING waits`.
fn code_length(text: &str, separator: Separator) -> Option<usize> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let digits = digits.bytes().take_while(u8::is_ascii_digit).count();
    if digits > 0 {
        return Some(digits + usize::from(text.starts_with('-')));
    }
    let run = word(text)?;
    let is_code = |code: &str| {
        !code.is_empty()
            && code
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    if separator == Separator::Space {
        return (is_code(run) && run.len() < text.len()).then_some(run.len());
    }
    // Glued: a code in one case, then a capital or another script.
    let same_case = |upper: bool| {
        let inside = |byte: &u8| {
            byte.is_ascii_digit()
                || *byte == b'_'
                || byte.is_ascii_uppercase() == upper && byte.is_ascii_alphabetic()
        };
        run.bytes().take_while(inside).count()
    };
    let lower = same_case(false);
    if lower > 0 {
        return Some(lower);
    }
    // The last capital begins the description.
    let upper = same_case(true);
    let ends_in_word = run
        .get(upper..)
        .is_some_and(|rest| rest.starts_with(|next: char| next.is_ascii_lowercase()));
    Some(if ends_in_word {
        upper.checked_sub(1)?
    } else {
        upper
    })
    .filter(|length| *length > 1)
}

/// The property that a row begins with; `Path Parameters` is a heading.
fn property_length(text: &str, separator: Separator) -> Option<usize> {
    let begins = |name: &&&str| {
        let rest = text
            .get(..name.len())
            .filter(|begin| begin.eq_ignore_ascii_case(name))
            .and_then(|_| text.get(name.len()..));
        rest.is_some_and(|rest| match separator {
            Separator::Nothing => !rest.starts_with(char::is_whitespace),
            _ => {
                !rest.trim_start().to_lowercase().starts_with("param")
                    && !rest.trim_start().starts_with("参数")
            }
        })
    };
    let lengths = super::endpoint::PROPERTIES.iter().filter(begins);
    lengths.map(|name| name.len()).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines, the rows as `cell|cell`, and how many lines were taken.
    const FLATTENED: &[(&[&str], &[&str], usize)] = &[
        (
            &[
                "ParameterTypeRequiredDescription",
                "orderIdintegerYesThe order",
                "pagestringNoFrom 1",
                "Response",
            ],
            &["orderId|integer|Yes|The order", "page|string|No|From 1"],
            3,
        ),
        (
            &[
                "ParameterTypeDescription",
                "data.serialNumberstringA number",
                "data.imagesarray[string]Pictures",
                "data.notestringString of words",
            ],
            &[
                "data.serialNumber|string|A number",
                "data.images|array[string]|Pictures",
                "data.note|string|String of words",
            ],
            4,
        ),
        (
            &[
                "ValueDescription",
                "1Waiting",
                "10Refused by all",
                "Next part",
            ],
            &["1|Waiting", "10|Refused by all"],
            3,
        ),
        (
            &["ValueDescription", "WAITINGNot yet", "done已完成"],
            &["WAITING|Not yet", "done|已完成"],
            3,
        ),
        (
            &[
                "PropertyValue",
                "MethodGET",
                "Path/orders/{id}",
                "Path Parameters",
            ],
            &["Method|GET", "Path|/orders/{id}"],
            3,
        ),
        (
            &[
                "parameter type Is it necessary to fill out Introductions",
                "out_order_id string no This or the other",
                "infos[].list object array List of things",
                "infos[]Amount number A sum",
                "The end.",
            ],
            &[
                "out_order_id|string|no|This or the other",
                "infos[].list|object array||List of things",
                "infos[]Amount|number||A sum",
            ],
            4,
        ),
        (
            &[
                "参数名\t类型\t必填\t说明",
                "id\tstring\t是\t编号",
                "page\tint\t否\t",
            ],
            &["id|string|是|编号", "page|int|否|"],
            3,
        ),
        (
            &[
                "参数",
                "类型",
                "必填",
                "说明",
                "id",
                "string",
                "是",
                "编号",
                "page",
                "int",
                "否",
                "请求示例",
            ],
            &["id|string|是|编号", "page|int|否|"],
            11,
        ),
        (
            &[
                "refundId",
                "string",
                "The case",
                "可选",
                "pageNo",
                "integer",
                "必需",
                "返回响应",
            ],
            &["refundId|string|可选|The case", "pageNo|integer|必需|"],
            7,
        ),
    ];

    #[test]
    fn rows_of_tables_that_lost_their_columns_are_cut_again() {
        for (lines, rows, taken) in FLATTENED {
            let blocks: Vec<_> = lines
                .iter()
                .enumerate()
                .map(|(index, text)| Block {
                    line: index + 1,
                    content: Content::Line((*text).to_owned()),
                })
                .collect();
            let (table, count) =
                table(&blocks, &BTreeSet::new(), false).unwrap_or_else(|| panic!("{lines:?}"));
            let cut: Vec<_> = table
                .rows
                .iter()
                .map(|(_, cells)| cells.join("|"))
                .collect();
            assert_eq!(
                (cut.as_slice(), count),
                (
                    rows.iter()
                        .map(|row| (*row).to_owned())
                        .collect::<Vec<_>>()
                        .as_slice(),
                    *taken
                ),
                "{lines:?}"
            );
        }
    }

    #[test]
    fn prose_is_no_table() {
        for lines in [
            ["Type of the value", "string of characters"],
            ["Name the field", "orderId and more"],
            ["Parameters", "are described below"],
            ["Value for money", "1 of 2"],
        ] {
            let blocks = lines.map(|text| Block {
                line: 1,
                content: Content::Line(text.to_owned()),
            });
            assert!(
                table(&blocks, &BTreeSet::new(), false).is_none(),
                "{lines:?}"
            );
        }
    }

    #[test]
    fn a_known_path_decides_where_a_glued_name_ends() {
        let lines = [
            "ParameterTypeDescription",
            "data.listStringListString of both",
        ];
        let blocks = lines.map(|text| Block {
            line: 1,
            content: Content::Line(text.to_owned()),
        });
        let name = |known: &[&str]| {
            let known = known.iter().map(|path| (*path).to_owned()).collect();
            let (table, _) = table(&blocks, &known, false).unwrap();
            table.rows[0].1[0].clone()
        };
        assert_eq!(name(&["data.list"]), "data.list");
        assert_eq!(name(&["data.liststring"]), "data.listString");
    }
}
