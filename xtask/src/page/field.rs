//! Fields: the rows of a table with their whole paths, and what the examples add.

use std::collections::{BTreeMap, BTreeSet};

use crate::contract::Field;
use crate::example::describes;
use crate::json::Json;
use crate::repair;

use super::column::Column;
use super::section::Place;
use super::table::{self, Table, folded_path, is_path};
use super::{Note, prefix};

/// The fields of a table below a heading that may name the field they belong to; what was decided; what is no field.
pub(crate) fn read(
    table: &Table,
    place: Option<Place>,
    subject: Option<&str>,
) -> (Vec<Field>, Vec<Note>, Vec<Note>) {
    let mut fields: Vec<Field> = Vec::new();
    let mut notes = Vec::new();
    let mut unused = Vec::new();
    // The fields that may have members further down, with the depth of their marks.
    let mut open: Vec<(usize, String)> = Vec::new();
    for (line, row) in &table.rows {
        let written = table.cell(row, Column::Name).unwrap_or_default();
        let (marks, name) = without_marks(written);
        let number = table.cell(row, Column::Number).unwrap_or_default();
        let depth = marks + number.trim_end_matches('.').matches('.').count();
        let Some(name) = path(name) else {
            unused.push(Note {
                line: *line,
                text: row.join(" | "),
            });
            continue;
        };
        if name != written && depth == 0 {
            notes.push(Note {
                line: *line,
                text: format!("`{written}` is read as `{name}`"),
            });
        }
        if place_in(table, row) == Some(Place::Body) && name == "body" {
            // Not a field: the body itself, whose members follow.
            continue;
        }
        open.retain(|(known, _)| *known < depth);
        let parent = open.last().map(|(_, parent)| parent.as_str()).or(subject);
        let place = place_in(table, row).or(place);
        let path = match (parent, place) {
            (Some(parent), _) if !name.starts_with(parent) => format!("{parent}.{name}"),
            (None, Some(place)) => format!("{}{name}", prefix(place)),
            _ => name,
        };
        let kind = table.cell(row, Column::Type).unwrap_or_default().to_owned();
        let is_array = is_array(&kind);
        open.push((
            depth,
            if is_array && !path.ends_with("[]") {
                format!("{path}[]")
            } else {
                path.clone()
            },
        ));
        let required = table.cell(row, Column::Required).and_then(table::required);
        let mut description = description(table, row);
        let mut shown = table.cell(row, Column::Example);
        if description.is_empty()
            && shown.is_some_and(|shown| shown.contains(' ') && repair::read(shown).is_err())
        {
            // The cells of the row moved: these are the words that describe it.
            description = shown.take().unwrap_or_default().to_owned();
        }
        fields.push(Field {
            path,
            kind,
            inferred: false,
            required: required.or(written.ends_with('*').then_some(true)),
            example: shown.and_then(example),
            elsewhere: false,
            description,
        });
    }
    (fields, notes, unused)
}

/// All words of a row that describe the field, with the cells that stand under no column: a `|` inside a
/// description makes such.
pub(super) fn description(table: &Table, row: &[String]) -> String {
    let columns = table.columns.iter().chain(std::iter::repeat(&None));
    let cells = columns.zip(row).filter(|(column, _)| {
        matches!(
            column,
            Some(Column::Description | Column::Message | Column::Default) | None
        )
    });
    let words: Vec<_> = cells
        .map(|(_, cell)| cell.trim())
        .filter(|cell| !cell.is_empty())
        .collect();
    words.join("; ")
}

/// A published example as JSON would write it; a remark in parentheses is none.
fn example(cell: &str) -> Option<String> {
    let cell = cell.trim();
    if cell.starts_with('(') || cell == "-" {
        return None;
    }
    let is_json = repair::read(cell).is_ok();
    Some(if is_json {
        cell.to_owned()
    } else {
        format!("\"{}\"", cell.replace('\\', "\\\\").replace('"', "\\\""))
    })
}

/// Marks of depth before a name: `»» id`, `└ id`.
fn without_marks(name: &str) -> (usize, &str) {
    let rest = name.trim_start_matches(|next: char| "»›└├─│∟┗┣>+-. \u{3000}".contains(next));
    let marks = name.get(..name.len() - rest.len()).unwrap_or_default();
    let arrows = marks.chars().filter(|next| "»›>".contains(*next)).count();
    let depth = if arrows > 0 {
        arrows
    } else {
        usize::from(!marks.trim().is_empty())
    };
    (depth, rest)
}

/// A name as a path: `list[0].id`, `$.list.[].id` and `{id}` are written otherwise.
fn path(name: &str) -> Option<String> {
    let name = name.trim().trim_end_matches('*').trim_end();
    let name = name
        .strip_prefix("$.")
        .unwrap_or(name)
        .trim_matches(['{', '}']);
    let mut path = name.replace(' ', "");
    for index in ["[0]", "[n]", "[i]", "[*]", "[N]", "[index]"] {
        path = path.replace(index, "[]");
    }
    path = path.replace(".[]", "[]");
    // `infos[]Amount` lost its dot.
    let mut parts = path.split("[]").peekable();
    let mut whole = String::new();
    while let Some(part) = parts.next() {
        whole.push_str(part);
        if let Some(next) = parts.peek() {
            whole.push_str("[]");
            if !next.is_empty() && !next.starts_with('.') {
                whole.push('.');
            }
        }
    }
    is_path(&whole).then_some(whole)
}

fn place_in(table: &Table, row: &[String]) -> Option<Place> {
    match table.cell(row, Column::In)?.to_lowercase().as_str() {
        "path" | "路径" => Some(Place::Path),
        "query" | "url" => Some(Place::Query),
        "header" | "head" => Some(Place::Header),
        "body" | "form" | "formdata" | "json" => Some(Place::Body),
        _ => None,
    }
}

fn is_array(kind: &str) -> bool {
    let kind = kind.to_lowercase();
    kind.starts_with('[')
        || ["array", "list", "[]", "数组"]
            .iter()
            .any(|name| kind.contains(name))
}

fn is_container(kind: &str) -> bool {
    let kind = kind.to_lowercase();
    is_array(&kind)
        || ["object", "map", "对象", "json", "struct"]
            .iter()
            .any(|name| kind.contains(name))
}

/// The fields of one side.
#[derive(Debug, Default)]
pub(crate) struct Fields(Vec<Field>);

impl Fields {
    /// A field that two tables of the page describe is one; where the second says something else, a note.
    pub(crate) fn extend(&mut self, fields: Vec<Field>, line: usize) -> Vec<Note> {
        let mut notes = Vec::new();
        for field in fields {
            match self.0.iter().find(|known| known.path == field.path) {
                None => self.0.push(field),
                Some(known) if *known == field => {}
                Some(_) => {
                    let text = format!("`{}` is described again; the first counts", field.path);
                    notes.push(Note { line, text });
                }
            }
        }
        notes
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Field> {
        self.0.iter()
    }

    pub(crate) fn into_fields(self) -> Vec<Field> {
        self.0
    }

    /// The field of this path, or the first whose last key this is.
    pub(crate) fn named(&self, name: &str) -> Option<&Field> {
        let last = |path: &str| {
            path.rsplit(['.', ':'])
                .next()
                .map(|key| key.trim_end_matches("[]").to_owned())
        };
        let whole = self.0.iter().find(|field| field.path == name);
        whole.or_else(|| {
            self.0
                .iter()
                .find(|field| last(&field.path).as_deref() == Some(name))
        })
    }

    /// The path under which the fields after a heading belong, when it names an object or array: `data`,
    /// "Line items (inside `orders[].items[]`)", or the type of one.
    pub(crate) fn container_in(&self, heading: &str, known: &BTreeSet<String>) -> Option<String> {
        if heading.chars().count() > 80 {
            return None;
        }
        let is_alone = |token: &str| {
            let rest: String = heading.replacen(token, "", 1).to_lowercase();
            let rest: String = rest.chars().filter(|next| next.is_alphanumeric()).collect();
            const FILL: [&str; 14] = [
                "",
                "object",
                "fields",
                "参数",
                "对象",
                "字段",
                "结构",
                "说明",
                "字段说明",
                "参数说明",
                "数据结构",
                "结构说明",
                "properties",
                "返回",
            ];
            FILL.contains(&rest.as_str())
        };
        let tokens =
            heading.split(|next: char| !next.is_ascii_alphanumeric() && !"_.[]".contains(next));
        for token in tokens
            .map(|token| token.trim_matches('.'))
            .filter(|token| is_path(token))
        {
            if token.contains("[]") {
                return Some(token.to_owned());
            }
            if !is_alone(token) {
                continue;
            }
            let by_name = self.named(token).filter(|field| {
                is_container(&field.kind)
                    || known
                        .iter()
                        .any(|path| path.starts_with(&format!("{}.", folded_path(&field.path))))
            });
            let by_type = || {
                self.0.iter().find(|field| {
                    is_container(&field.kind) && words(&field.kind).any(|word| word == token)
                })
            };
            // No row names it, but an example has it.
            let is_shown = || {
                let below = format!("{}.", folded_path(token));
                known.iter().any(|path| path.starts_with(&below))
            };
            if let Some(field) = by_name.or_else(by_type) {
                let mark = if is_array(&field.kind) && !field.path.ends_with("[]") {
                    "[]"
                } else {
                    ""
                };
                return Some(format!("{}{mark}", field.path));
            }
            if self.named(token).is_none() && is_shown() {
                return Some(token.to_owned());
            }
        }
        None
    }

    /// Whether a row of a table describes what stands at a path of an example.
    pub(crate) fn describe(&self, path: &str) -> bool {
        self.0.iter().any(|field| describes(&field.path, path))
    }

    /// A field that only an example shows; its container is spelled as the table has it.
    pub(crate) fn infer(&mut self, path: String, kind: &str) {
        if !self.describe(&path) {
            let declared = self
                .0
                .iter()
                .filter_map(|field| field.path.rsplit_once('.'));
            let spelled = declared
                .map(|(container, _)| container)
                .find_map(|container| {
                    let shown = path.get(..container.len())?;
                    let rest = path
                        .get(container.len()..)
                        .filter(|rest| rest.starts_with('.'))?;
                    shown
                        .eq_ignore_ascii_case(container)
                        .then(|| format!("{container}{rest}"))
                });
            self.0.push(Field {
                path: spelled.unwrap_or(path),
                kind: kind.to_owned(),
                inferred: true,
                required: None,
                example: None,
                elsewhere: false,
                description: String::new(),
            });
        }
    }

    /// Brings the paths of the tables and of the examples together: arrays get their brackets, a bare name its
    /// place, and what only an example shows is added.
    pub(crate) fn settle(&mut self, examples: &[&Json]) -> Vec<Note> {
        let mut notes = BTreeSet::new();
        let mut arrays: BTreeSet<String> = self
            .0
            .iter()
            .filter(|field| is_array(&field.kind))
            .map(|field| folded_path(&field.path))
            .collect();
        let mut shown = BTreeMap::new();
        for example in examples {
            for (path, is_array) in example.containers() {
                if is_array {
                    arrays.insert(folded_path(&path));
                }
                shown.insert(folded_path(&path), path);
            }
            shown.extend(
                example
                    .leaves()
                    .into_iter()
                    .map(|(path, _)| (folded_path(&path), path)),
            );
        }
        for field in &mut self.0 {
            let placed = placed(&field.path, &shown);
            if let Some(placed) = placed {
                notes.insert(format!(
                    "`{}` is read as `{placed}`, where the example has it",
                    field.path
                ));
                field.path = placed;
            }
            let bracketed = bracketed(&field.path, &arrays);
            if bracketed != field.path {
                let parent = bracketed
                    .rsplit_once("[].")
                    .map_or("", |(parent, _)| parent);
                notes.insert(format!(
                    "`{parent}` is an array: its fields are read as `{parent}[].…`"
                ));
                field.path = bracketed;
            }
        }
        for (path, kind) in examples.iter().flat_map(|example| inferred(example)) {
            self.infer(path, kind);
        }
        let note = |text| Note { line: 0, text };
        notes.into_iter().map(note).collect()
    }

    /// Where request fields travel that no heading placed: in the path where it names them, in the query of a call
    /// without a body.
    pub(crate) fn place(&mut self, path: &str, query: &[String], has_body: bool) {
        for field in &mut self.0 {
            if field.path.contains(':') {
                continue;
            }
            if path.contains(&format!("{{{}}}", field.path))
                || path
                    .split('/')
                    .any(|part| part == format!(":{}", field.path))
            {
                field.path = format!("path:{}", field.path);
            } else if query.contains(&field.path) || !has_body && !field.inferred {
                field.path = format!("query:{}", field.path);
            }
        }
        for name in query {
            self.infer(format!("query:{name}"), "string");
        }
    }

    /// The parameters of the path with the values of the example call, whose path may begin further up.
    pub(crate) fn show(&mut self, path: &str, example: Option<&str>) {
        let Some(example) = example.filter(|example| *example != path) else {
            return;
        };
        for (name, value) in path.rsplit('/').zip(example.rsplit('/')) {
            let name = name.trim_matches(['{', '}', ':']);
            let field = self
                .0
                .iter_mut()
                .find(|field| field.path == format!("path:{name}"));
            if let Some(field) = field.filter(|field| field.example.is_none()) {
                let is_number = crate::json::is_number(value);
                field.example = Some(if is_number {
                    value.to_owned()
                } else {
                    format!("\"{value}\"")
                });
            }
        }
    }
}

/// The place of a bare name that the examples have once, further in.
fn placed(path: &str, shown: &BTreeMap<String, String>) -> Option<String> {
    let folded = folded_path(path);
    if path.contains([':', '.', '[']) || shown.is_empty() || shown.contains_key(&folded) {
        return None;
    }
    let inner = format!(".{folded}");
    let mut places = shown
        .iter()
        .filter(|(known, _)| known.ends_with(&inner))
        .map(|(_, place)| place);
    let place = places.next()?;
    places
        .next()
        .is_none()
        .then(|| place.trim_end_matches("[]").to_owned())
}

/// The path with brackets at every array on the way.
fn bracketed(path: &str, arrays: &BTreeSet<String>) -> String {
    let keys: Vec<_> = path.split('.').collect();
    let mut whole = String::new();
    for (index, key) in keys.iter().enumerate() {
        if index > 0 {
            whole.push('.');
        }
        whole.push_str(key);
        let is_last = index + 1 == keys.len();
        if !is_last && !key.ends_with("[]") && arrays.contains(&folded_path(&whole)) {
            whole.push_str("[]");
        }
    }
    whole
}

/// The leaves of an example with their JSON types; of an array's elements the first that is not null.
fn inferred(example: &Json) -> Vec<(String, &'static str)> {
    let mut fields: Vec<(String, &'static str)> = Vec::new();
    for (path, value) in example.leaves() {
        if path.is_empty()
            || path == "request line"
            || path.starts_with("header:") && payload_header_is_technical(&path)
        {
            continue;
        }
        let kind = json_type(value);
        match fields.iter_mut().find(|(known, _)| *known == path) {
            Some((_, known)) if *known == "null" => *known = kind,
            Some(_) => {}
            None => fields.push((path, kind)),
        }
    }
    fields
}

fn payload_header_is_technical(path: &str) -> bool {
    path.strip_prefix("header:")
        .is_some_and(super::payload::is_technical)
}

fn json_type(value: &Json) -> &'static str {
    match value {
        Json::String(_) => "string",
        Json::Array(_) => "array",
        Json::Object(_) => "object",
        Json::Literal(literal) if literal == "null" => "null",
        Json::Literal(literal) if literal == "true" || literal == "false" => "boolean",
        Json::Literal(_) => "number",
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|next: char| !next.is_alphanumeric() && next != '_')
}
