//! The examples of a sheet as fixtures: repaired, assembled, and checked against the tables beside them.

use crate::drift::same_path;
use crate::error::{Error, Result};
use crate::json::{self, Json};
use crate::page::payload;
use crate::sheet::{Example, Field, Format, Kind, Masked, Sheet};
use crate::{repair, xml};

/// What a generated fixture file holds.
#[derive(Debug)]
pub(crate) struct Fixture {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// `json`, `xml` or `txt`.
    pub(crate) extension: &'static str,
    pub(crate) text: String,
    /// What the text holds, where that is JSON or XML.
    pub(crate) tree: Option<Json>,
    /// What was repaired, each with its place.
    pub(crate) repairs: Vec<String>,
}

/// The fixtures of a sheet in the order of the sheet; an assembled one comes first.
pub(crate) fn fixtures(sheet: &Sheet) -> Result<Vec<Fixture>> {
    check_example_column(sheet)?;
    let assembled = sheet.assemble.iter().map(|name| assemble(sheet, name));
    let published = sheet.examples.iter().map(|example| publish(sheet, example));
    assembled.chain(published).collect()
}

fn publish(sheet: &Sheet, example: &Example) -> Result<Fixture> {
    let mut fixture = Fixture {
        name: example.name.clone(),
        kind: example.kind,
        extension: "txt",
        // A body such as `Unauthorized` has no line end; that of the fence is Markdown's.
        text: example.text.trim_end_matches('\n').to_owned(),
        tree: None,
        repairs: Vec::new(),
    };
    let tree = match example.format {
        Format::Json => {
            let (json, repairs) = read(sheet, example)?;
            fixture.extension = "json";
            fixture.text = json.pretty();
            fixture.repairs = repairs.iter().map(ToString::to_string).collect();
            opened(json, "", sheet.embedded()).ok_or_else(|| {
                let message = format!("what is embedded in `{}` is no JSON", example.name);
                Error::sheet(&sheet.file, example.line, message)
            })?
        }
        Format::Xml => {
            fixture.extension = "xml";
            read_xml(sheet, example)?.1
        }
        Format::Text => {
            if let Some((http, _)) = payload::http(&example.text) {
                check_masked(sheet, &http, example.line, &sheet.masks)?;
            }
            return Ok(fixture);
        }
    };
    check_documented(sheet, example, &tree)?;
    check_masked(sheet, &tree, example.line, &sheet.masks)?;
    fixture.tree = Some(tree);
    Ok(fixture)
}

/// A JSON example, repaired.
pub(crate) fn read(sheet: &Sheet, example: &Example) -> Result<(Json, Vec<repair::Repair>)> {
    repair::read(&example.text).map_err(|broken| {
        let line = example.line + broken.at.line - 1;
        let message = format!(
            "`{}` cannot be repaired, at {broken} of the block",
            example.name
        );
        Error::sheet(&sheet.file, line, message)
    })
}

/// An XML example: the name of its root, and what is in it.
pub(crate) fn read_xml(sheet: &Sheet, example: &Example) -> Result<(String, Json)> {
    xml::read(&example.text).ok_or_else(|| {
        let message = format!("`{}` is not well-formed XML", example.name);
        Error::sheet(&sheet.file, example.line, message)
    })
}

/// What a body or a cell at some path shows, with the JSON that the string at the row `embedded` holds in the place of
/// that string. None where it holds none.
pub(crate) fn opened(json: Json, at: &str, embedded: Option<&str>) -> Option<Json> {
    match embedded {
        Some(row) => open(json, at, row),
        None => Some(json),
    }
}

fn open(json: Json, at: &str, row: &str) -> Option<Json> {
    Some(match json {
        Json::String(_) if same_path(row, at) => repair::read(&json.content()?).ok()?.0,
        Json::Array(elements) => {
            let at = format!("{at}[]");
            let opened = elements.into_iter().map(|element| open(element, &at, row));
            Json::Array(opened.collect::<Option<_>>()?)
        }
        Json::Object(members) => {
            let opened = members.into_iter().map(|(key, value)| {
                let value = open(value, &json::below(at, &key), row)?;
                Some((key, value))
            });
            Json::Object(opened.collect::<Option<_>>()?)
        }
        scalar => scalar,
    })
}

/// Puts an example together from the example column of the response table.
fn assemble(sheet: &Sheet, name: &str) -> Result<Fixture> {
    let mut members = Vec::new();
    let mut repairs = Vec::new();
    for field in sheet.response.iter().filter(|field| !field.elsewhere) {
        let Some((value, repaired)) = read_cell(sheet, field)? else {
            continue;
        };
        let keys: Vec<_> = field.path.split('.').collect();
        insert(&mut members, &keys, value).ok_or_else(|| {
            let message = format!("`{}` contradicts an example further up", field.path);
            Error::sheet(&sheet.file, field.line, message)
        })?;
        repairs.extend(
            repaired
                .iter()
                .map(|repair| format!("{repair} of `{}`", field.path)),
        );
    }
    if members.is_empty() {
        let message = "`assemble` needs a response table with examples";
        return Err(Error::sheet(&sheet.file, 1, message));
    }
    let json = Json::Object(members);
    Ok(Fixture {
        name: name.to_owned(),
        kind: Kind::Response,
        extension: "json",
        text: json.pretty(),
        tree: Some(json),
        repairs,
    })
}

/// Sets a value under a path, making what is between: `a[].b` is an array of one object. None where the place is
/// taken by something else.
pub(crate) fn insert(members: &mut Vec<(String, Json)>, keys: &[&str], value: Json) -> Option<()> {
    let (key, rest) = keys.split_first()?;
    let name = key.trim_end_matches("[]");
    let depth = (key.len() - name.len()) / 2;
    let position = members.iter().position(|(known, _)| known == name);
    if rest.is_empty() {
        // For `tags[]` a page may show one element or all of them.
        let whole = matches!(value, Json::Array(_));
        let value = if whole {
            value
        } else {
            in_arrays(value, depth)
        };
        members.push((name.to_owned(), value));
        return position.is_none().then_some(());
    }
    if position.is_none() {
        members.push((name.to_owned(), in_arrays(Json::Object(Vec::new()), depth)));
    }
    let member = members.iter_mut().find(|(known, _)| known == name)?;
    let mut inner = &mut member.1;
    for _ in 0..depth {
        let Json::Array(elements) = inner else {
            return None;
        };
        inner = elements.first_mut()?;
    }
    match inner {
        Json::Object(members) => insert(members, rest, value),
        _ => None,
    }
}

fn in_arrays(value: Json, depth: usize) -> Json {
    (0..depth).fold(value, |value, _| Json::Array(vec![value]))
}

fn read_cell(sheet: &Sheet, field: &Field) -> Result<Option<(Json, Vec<repair::Repair>)>> {
    let Some(example) = &field.example else {
        return Ok(None);
    };
    let read = repair::read(example).map_err(|broken| {
        let message = format!(
            "the example of `{}` is not JSON: {broken} of the cell",
            field.path
        );
        Error::sheet(&sheet.file, field.line, message)
    })?;
    Ok(Some(read))
}

fn check_example_column(sheet: &Sheet) -> Result<()> {
    for field in sheet.request.iter().chain(&sheet.response) {
        let Some((json, _)) = read_cell(sheet, field)? else {
            continue;
        };
        for masked in sheet
            .masks
            .iter()
            .filter(|masked| masked.path == field.path)
        {
            check_mask(sheet, masked, &json, field.line)?;
        }
    }
    Ok(())
}

/// Every field that a request or response shows has a row in its table.
fn check_documented(sheet: &Sheet, example: &Example, json: &Json) -> Result<()> {
    let fields = match example.kind {
        Kind::Request => &sheet.request,
        Kind::Response => &sheet.response,
        Kind::Error(_) => return Ok(()),
    };
    for (path, _) in json.leaves() {
        if !fields.iter().any(|field| describes(&field.path, &path)) {
            let message = format!(
                "`{}` shows `{path}`, which has no row in the table",
                example.name
            );
            return Err(Error::sheet(&sheet.file, example.line, message));
        }
    }
    Ok(())
}

fn check_masked(sheet: &Sheet, json: &Json, line: usize, masks: &[Masked]) -> Result<()> {
    for (path, value) in json.leaves() {
        for masked in masks.iter().filter(|masked| masked.covers(&path)) {
            check_mask(sheet, masked, value, line)?;
        }
    }
    Ok(())
}

fn check_mask(sheet: &Sheet, masked: &Masked, value: &Json, line: usize) -> Result<()> {
    let expected = masked.mask.apply_to(value);
    if *value == expected {
        return Ok(());
    }
    let message = format!(
        "`{}` is not masked by the rule `{}` of line {}: write {}",
        masked.path,
        masked.mask,
        masked.line,
        expected.pretty().trim_end()
    );
    Err(Error::sheet(&sheet.file, line, message))
}

/// Whether the row of a table describes the value at a path of an example.
///
/// Published keys are damaged by case and stray spaces, so neither counts. `*` in a row stands for any key, a row
/// for an array also describes its elements, and a row for something inside describes the empty or null container.
pub(crate) fn describes(row: &str, path: &str) -> bool {
    let mut row = row.split('.').map(key);
    let mut path = path.split('.').map(key).peekable();
    while let Some((name, is_array)) = path.next() {
        let Some((row_name, row_is_array)) = row.next() else {
            return false;
        };
        // On the way to something deeper, `a` and `a[]` are different things.
        let same_kind = path.peek().is_none() || is_array == row_is_array;
        if !same_kind || row_name != "*" && !row_name.eq_ignore_ascii_case(name) {
            return false;
        }
    }
    true
}

/// A key without stray spaces, and whether it is an array.
fn key(key: &str) -> (&str, bool) {
    let name = key.trim_end_matches("[]");
    (name.trim(), name.len() < key.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet;

    fn sheet(extra_front: &str, body: &str) -> Sheet {
        let text = format!(
            "---\nplatform: p\nendpoint: e\nmethod: GET\npath: /e\nsource_page: E (site)\ndate_read: 2026-01-31\nwire: Reply\n{extra_front}---\n{body}"
        );
        sheet::parse("fixtures/p/e.md", &text).unwrap()
    }

    fn response_table(rows: &[(&str, &str)]) -> String {
        let rows = rows.iter().map(|(path, example)| {
            let example = if example.is_empty() {
                String::new()
            } else {
                format!("`{example}`")
            };
            format!("| `{path}` | string | | {example} | ours |\n")
        });
        let header =
            "\n## Response\n\n| path | type | required | example | note |\n|---|---|---|---|---|\n"
                .to_owned();
        header + &rows.collect::<String>()
    }

    #[test]
    fn an_example_is_assembled_in_the_order_of_the_rows() {
        let table = response_table(&[
            ("count", "4.0"),
            ("list", ""),
            ("list[].id", "\"e18d...\""),
            ("list[].items[].image.alt", "\"\""),
            ("list[].items[].image.width", "174"),
            ("list[].items[].options[]", "[{\"name\":\"size\"}, ...]"),
            ("list[].items[].tags[]", "\"one\""),
            ("list[].extra", "{}"),
        ]);
        let fixtures = fixtures(&sheet("assemble: response\n", &table)).unwrap();
        let [fixture] = fixtures.as_slice() else {
            panic!("{fixtures:?}")
        };
        let text: String = fixture.text.split_whitespace().collect();
        assert_eq!(
            text,
            r#"{"count":4.0,"list":[{"id":"e18d...","items":[{"image":{"alt":"","width":174},"options":[{"name":"size"}],"tags":["one"]}],"extra":{}}]}"#
        );
        assert_eq!(
            fixture.repairs,
            ["1:19 placeholder of `list[].items[].options[]`"]
        );
    }

    #[test]
    fn contradictory_examples_are_refused() {
        let table = response_table(&[("a", "1"), ("a.b", "2")]);
        let error = fixtures(&sheet("assemble: response\n", &table)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "fixtures/p/e.md:17: `a.b` contradicts an example further up"
        );
    }

    #[test]
    fn a_field_without_a_row_is_refused() {
        let body = response_table(&[("data.id", "1")])
            + "\n## Examples\n\n### response\n\n```json\n{\"data\": {\"id\": 1, \"new\": 2}}\n```\n";
        let error = fixtures(&sheet("", &body)).unwrap_err();
        assert!(
            error
                .to_string()
                .ends_with("`response` shows `data.new`, which has no row in the table"),
            "{error}"
        );
    }

    #[test]
    fn rows_describe_damaged_keys_wildcards_and_empty_containers() {
        for (row, path, expected) in [
            ("errcode", "Errcode", true),
            ("infos[].id", "Infos [].id", true),
            ("props.*", "props.颜色", true),
            ("images", "images[]", true),
            ("logistics.no", "logistics", true),
            ("list[].id", "list", true),
            ("a", "a.b", false),
            ("a.b", "a[].b", false),
            ("ab", "a", false),
        ] {
            assert_eq!(describes(row, path), expected, "{row} {path}");
        }
    }

    #[test]
    fn unmasked_personal_data_is_refused_in_examples_and_in_tables() {
        let masked = "\n## Masked\n\n| path | rule |\n|---|---|\n| `phone` | phone |\n";
        let in_table = response_table(&[("phone", "\"15550100\"")]) + masked;
        let error = fixtures(&sheet("", &in_table)).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("`phone` is not masked by the rule `phone`"),
            "{error}"
        );

        let in_example = response_table(&[("phone", "")])
            + masked
            + "\n## Examples\n\n### response\n\n```json\n{\"phone\": \"15550100\"}\n```\n";
        let error = fixtures(&sheet("", &in_example)).unwrap_err();
        assert!(error.to_string().contains("write \"00000000\""), "{error}");
    }

    #[test]
    fn damage_beyond_repair_names_the_line_of_the_sheet() {
        let body = response_table(&[("a", "")])
            + "\n## Examples\n\n### response\n\n```json\n{\n\"a\": oops\n}\n```\n";
        let error = fixtures(&sheet("", &body)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "fixtures/p/e.md:23: `response` cannot be repaired, at 2:6: `oops` is not a JSON value of the block"
        );
    }

    #[test]
    fn text_bodies_are_kept_as_they_are() {
        let body = "\n## Examples\n\n### error-text (HTTP 401)\n\n```text\nUnauthorized\n```\n";
        let fixtures = fixtures(&sheet("", body)).unwrap();
        let [fixture] = fixtures.as_slice() else {
            panic!("{fixtures:?}")
        };
        assert_eq!(
            (fixture.extension, fixture.text.as_str(), fixture.kind),
            ("txt", "Unauthorized", Kind::Error(401))
        );
    }

    /// A push whose field `body` is a string that holds JSON.
    fn push(masked: &str, example: &str) -> Result<Vec<Fixture>> {
        let embedded = if example.starts_with("json") {
            "embedded: Body in body\n"
        } else {
            ""
        };
        let text = format!(
            "---\nplatform: p\nendpoint: e\nmethod: POST\npath: /\nsource_page: E (site)\ndate_read: 2026-01-31\n\
             push: Push\nevent: event(source)\n{embedded}---\n\n## Request\n\n\
             | path | type | required | example | note |\n|---|---|---|---|---|\n\
             | `kind` | string | | | ours |\n| `body` | string | | | ours |\n| `body.phone` | string | | | ours |\n\
             {masked}\n## Examples\n\n### request\n\n```{example}\n```\n"
        );
        fixtures(&sheet::parse("fixtures/p/e.md", &text)?)
    }

    #[test]
    fn what_a_string_or_xml_holds_is_documented_and_masked() {
        let masked = "\n## Masked\n\n| path | rule |\n|---|---|\n| `body.phone` | phone |\n";
        for (sound, damaged, slip) in [
            (
                r#"json
{"kind": "a", "body": "{\"phone\": \"0000\"}"}"#,
                ("0000", "5550"),
                ("phone", "name"),
            ),
            (
                "xml\n<doc><kind>a</kind><body><phone>0000</phone></body></doc>",
                ("0000", "5550"),
                ("phone", "name"),
            ),
        ] {
            push(masked, sound).unwrap();
            let error = |(from, to): (&str, &str)| {
                let example = sound.replace(from, to);
                push(masked, &example).unwrap_err().to_string()
            };
            assert!(error(damaged).contains("write \"0000\""), "{sound}");
            let undocumented = "`request` shows `body.name`, which has no row in the table";
            assert!(error(slip).ends_with(undocumented), "{sound}");
        }
        // The published text stays as it is.
        let fixtures = push("", "json\n{\"body\": \"{\\\"phone\\\": 1}\"}").unwrap();
        let [fixture] = fixtures.as_slice() else {
            panic!("{fixtures:?}")
        };
        assert!(
            fixture.text.contains(r#""{\"phone\": 1}""#),
            "{}",
            fixture.text
        );
    }

    #[test]
    fn a_push_that_cannot_be_read_names_its_line() {
        for (example, expected) in [
            (
                "json\n{\"body\": \"phone\"}",
                "fixtures/p/e.md:26: what is embedded in `request` is no JSON",
            ),
            (
                "xml\n<doc><kind></doc>",
                "fixtures/p/e.md:25: `request` is not well-formed XML",
            ),
        ] {
            assert_eq!(push("", example).unwrap_err().to_string(), expected);
        }
    }
}
