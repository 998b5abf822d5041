//! The body with every documented field: what a wire type has to read without leaving anything out.
//!
//! No platform sends it like this. With the body of a push goes what its event function takes beside it, and what is sent
//! as XML, or in a string, is JSON here. An array has one element, a key `*` is a member of that name, and a field without
//! any example has a probe of its type.

use crate::error::{Error, Result};
use crate::example::{Fixture, insert};
use crate::json::Json;
use crate::repair;
use crate::sheet::{Field, Kind, Sheet};

/// The name of the fixture.
pub(crate) const NAME: &str = "every-field";

/// Can be read as a text, an id, an amount, a count and a time (1992, in seconds since 1970), and is no telephone
/// number.
const PROBE: &str = "700000000";

/// Whether there is a wire type, and something that it has to read.
pub(crate) fn has_document(sheet: &Sheet) -> bool {
    sheet.wire_type().is_some() && !sheet.read_fields().is_empty()
}

pub(crate) fn document(sheet: &Sheet, fixtures: &[Fixture]) -> Result<String> {
    let published = published(sheet, fixtures);
    let fields = sheet.read_fields();
    // Where rows describe what is inside, the value is made of those.
    let holds_others = |field: &Field| fields.iter().any(|other| field.holds(other));
    let mut members = Vec::new();
    for field in fields.iter().filter(|field| !holds_others(field)) {
        let example = in_column(field).or_else(|| in_examples(field, &published));
        let value = example.unwrap_or_else(|| probe(sheet, field));
        let keys: Vec<_> = field.path.split('.').collect();
        insert(&mut members, &keys, value).ok_or_else(|| {
            let message = format!("`{}` contradicts a row further up", field.path);
            Error::sheet(&sheet.file, field.line, message)
        })?;
    }
    Ok(Json::Object(members).pretty())
}

/// Every value of the published examples of what is read, with its path.
fn published(sheet: &Sheet, fixtures: &[Fixture]) -> Vec<(String, Json)> {
    let kind = match &sheet.push {
        Some(_) => Kind::Request,
        None => Kind::Response,
    };
    let of_kind = fixtures.iter().filter(|fixture| fixture.kind == kind);
    let leaves = of_kind
        .filter_map(|fixture| fixture.tree.as_ref())
        .flat_map(Json::leaves);
    leaves.map(|(path, value)| (path, value.clone())).collect()
}

fn in_column(field: &Field) -> Option<Json> {
    let (value, _) = repair::read(field.example.as_deref()?).ok()?;
    telling(field, value)
}

fn in_examples(field: &Field, published: &[(String, Json)]) -> Option<Json> {
    let values = published
        .iter()
        .filter(|(path, _)| is_at(&field.path, path));
    values
        .filter_map(|(_, value)| telling(field, value.clone()))
        .next()
}

/// An example that shows more than that the field exists: `null` does not, nor does an array that is empty.
fn telling(field: &Field, value: Json) -> Option<Json> {
    match value {
        Json::Literal(literal) if literal == "null" => None,
        Json::Array(elements) if elements.is_empty() && is_array(field) => None,
        value => Some(first_elements(value)),
    }
}

fn first_elements(value: Json) -> Json {
    match value {
        Json::Array(elements) => {
            Json::Array(elements.into_iter().take(1).map(first_elements).collect())
        }
        Json::Object(members) => {
            let members = members.into_iter();
            Json::Object(
                members
                    .map(|(key, value)| (key, first_elements(value)))
                    .collect(),
            )
        }
        scalar => scalar,
    }
}

/// Whether a published path is that of the row, but for damage of its keys.
fn is_at(row: &str, path: &str) -> bool {
    let [mut row, mut path] = [row, path].map(|path| path.split('.'));
    loop {
        match (row.next(), path.next()) {
            (None, None) => return true,
            (Some("*"), Some(_)) => {}
            (Some(row), Some(path)) if folded(row) == folded(path) => {}
            _ => return false,
        }
    }
}

/// `Infos []` as `infos[]`.
fn folded(key: &str) -> String {
    key.to_lowercase().replace(' ', "")
}

/// A value of the declared type.
fn probe(sheet: &Sheet, field: &Field) -> Json {
    let element = element(sheet, field);
    if is_array(field) && !field.path.ends_with("[]") {
        Json::Array(vec![element])
    } else {
        element
    }
}

fn element(sheet: &Sheet, field: &Field) -> Json {
    let is = |names: &[&str]| {
        let kind = field.kind.to_lowercase();
        names.iter().any(|name| kind.contains(name))
    };
    if is(&["object", "map"]) {
        Json::Object(Vec::new())
    } else if is(&["bool"]) {
        Json::Literal("true".to_owned())
    } else if is(&["int", "number", "long", "float", "double", "decimal"]) {
        Json::Literal(PROBE.to_owned())
    } else {
        let masked = sheet.masks.iter().find(|masked| masked.path == field.path);
        Json::String(masked.map_or_else(|| PROBE.to_owned(), |masked| masked.mask.apply(PROBE)))
    }
}

/// `array`, `array[string]`, `object array`, `string[]`, `List<String>`.
fn is_array(field: &Field) -> bool {
    let kind = field.kind.to_lowercase();
    ["array", "list", "[]"]
        .iter()
        .any(|name| kind.contains(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{example, sheet};

    /// Path, type and example of each row; then the published responses.
    fn every_field(rows: &[(&str, &str, &str)], rest: &str) -> Result<String> {
        let mut text =
            "---\nplatform: p\nendpoint: e\nmethod: GET\npath: /e\nsource_page: E (site)\n\
                        date_read: 2026-01-31\nwire: Reply\n---\n\n## Response\n\n\
                        | path | type | required | example | note |\n|---|---|---|---|---|\n"
                .to_owned();
        for (path, kind, example) in rows {
            text += &format!("| `{path}` | {kind} | | {example} | ours |\n");
        }
        let sheet = sheet::parse("fixtures/p/e.md", &(text + rest))?;
        let fixtures = example::fixtures(&sheet)?;
        let document = document(&sheet, &fixtures)?;
        Ok(document.split_whitespace().collect())
    }

    #[test]
    fn every_row_has_a_value() {
        for (rows, expected) in [
            // The column's own value, to the letter.
            (&[("a", "string", "`1.10`")][..], r#"{"a":1.10}"#),
            // A probe of the type where there is none.
            (&[("a", "string", "")], r#"{"a":"700000000"}"#),
            (&[("a", "int", "")], r#"{"a":700000000}"#),
            (&[("a", "Boolean", "")], r#"{"a":true}"#),
            (&[("a", "object", "")], r#"{"a":{}}"#),
            (&[("a", "array[string]", "")], r#"{"a":["700000000"]}"#),
            (&[("a[]", "array", "")], r#"{"a":["700000000"]}"#),
            (&[("a", "object array", "")], r#"{"a":[{}]}"#),
            // What says nothing about the value counts as none.
            (&[("a", "int", "`null`")], r#"{"a":700000000}"#),
            (&[("a", "array", "`[]`")], r#"{"a":["700000000"]}"#),
            (&[("a", "string", "`[]`")], r#"{"a":[]}"#),
            // One element of an array.
            (
                &[("a[]", "array", "`[{\"b\": [1, 2]}, 3]`")],
                r#"{"a":[{"b":[1]}]}"#,
            ),
            // A row for a container gives way to the rows for what is in it, wherever they stand.
            (
                &[("a", "string", "`null`"), ("a.b", "int", "`1`")],
                r#"{"a":{"b":1}}"#,
            ),
            (
                &[("a[].b", "int", "`1`"), ("a", "array", "`[]`")],
                r#"{"a":[{"b":1}]}"#,
            ),
            (
                &[("a", "object", ""), ("a.*", "int", "`1`")],
                r#"{"a":{"*":1}}"#,
            ),
            (
                &[("a", "int", "`1`"), ("ab.c", "int", "`2`")],
                r#"{"a":1,"ab":{"c":2}}"#,
            ),
        ] {
            assert_eq!(every_field(rows, "").unwrap(), expected, "{rows:?}");
        }
    }

    #[test]
    fn published_responses_fill_what_the_column_lacks() {
        let rows = [("infos[].id", "int", ""), ("props.*", "string", "")];
        let examples = "\n## Examples\n\n### response\n\n```json\n\
                        {\"Infos \": [{\"id\": null}, {\"id\": 7}], \"props\": {\"colour\": \"red\"}}\n```\n";
        assert_eq!(
            every_field(&rows, examples).unwrap(),
            r#"{"infos":[{"id":7}],"props":{"*":"red"}}"#
        );
    }

    #[test]
    fn a_probe_follows_the_masks() {
        let masked = "\n## Masked\n\n| path | rule |\n|---|---|\n| `a` | phone |\n";
        assert_eq!(
            every_field(&[("a", "string", "")], masked).unwrap(),
            r#"{"a":"000000000"}"#
        );
    }

    #[test]
    fn rows_that_contradict_each_other_are_refused() {
        let rows = [("a.b", "int", ""), ("a[].c", "int", "")];
        let error = every_field(&rows, "").unwrap_err();
        assert_eq!(
            error.to_string(),
            "fixtures/p/e.md:16: `a[].c` contradicts a row further up"
        );
    }

    #[test]
    fn a_push_has_its_body_and_what_its_event_takes_beside() {
        let text = "---\nplatform: p\nendpoint: e\nmethod: POST\npath: /\nsource_page: E (site)\n\
                    date_read: 2026-01-31\npush: Push\nevent: event(header:Id)\nembedded: Body in body\n---\n\n## Request\n\n\
                    | path | type | required | example | note |\n|---|---|---|---|---|\n\
                    | `header:Id` | string | | `\"7\"` | ours |\n| `header:Sign` | string | | `\"x\"` | ours |\n\
                    | `kind` | string | | | ours |\n| `body` | string | | | ours |\n\
                    | `body.id` | string | | | ours |\n| `body.state` | int | | | ours |\n\n## Examples\n\n\
                    ### request\n\n```json\n{\"kind\": \"a\", \"body\": \"{\\\"id\\\": \\\"T1\\\"}\"}\n```\n";
        let sheet = sheet::parse("fixtures/p/e.md", text).unwrap();
        let fixtures = example::fixtures(&sheet).unwrap();
        let document: String = document(&sheet, &fixtures)
            .unwrap()
            .split_whitespace()
            .collect();
        assert_eq!(
            document,
            r#"{"header:Id":"7","kind":"a","body":{"id":"T1","state":700000000}}"#
        );
    }
}
