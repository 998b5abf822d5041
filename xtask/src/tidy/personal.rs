//! What a field calls personal is masked. Names have no shape by which they could be found, but their fields do.
//!
//! The sheets are enough: fixtures, snapshots of documented examples and the sandbox's answers are made of them.

use std::path::Path;

use crate::error::Result;
use crate::example::opened;
use crate::fixtures;
use crate::json::{self, Json};
use crate::mask;
use crate::repair;
use crate::sheet::{Format, Sheet};
use crate::tidy::{Finding, shapes};
use crate::xml;

/// Published values of personal fields that are about nobody, each looked at.
const ABOUT_NOBODY: [(&str, &str); 9] = [
    ("buyer123", "imetastore: a made-up login"),
    ("gh_abcdefg", "wechat-shop: a made-up app"),
    ("gh_*", "wechat-shop: a masked app"),
    ("oABCD", "wechat-shop: the sender of every event, made up"),
    (
        "OpenID",
        "wechat-shop: the sender of every event, by its name",
    ),
    ("123", "wechat-shop: a made-up id of an address"),
    ("详细收货地址信息", "wechat-shop: what belongs there"),
    ("天天特卖工厂店", "xportcn: the name of a shop"),
    ("顺丰快递", "xportcn: a carrier"),
];

pub(super) fn check(root: &Path) -> Result<Vec<Finding>> {
    let sheets = fixtures::read_sheets(root)?;
    let sheets = sheets.values().flatten();
    Ok(sheets.flat_map(|(sheet, _)| unmasked(sheet)).collect())
}

fn unmasked(sheet: &Sheet) -> Vec<Finding> {
    let values = published(sheet).into_iter().filter(|value| {
        mask::is_personal(&value.path)
            && !is_masked(sheet, &value.path)
            && !is_about_nobody(&value.json)
    });
    let findings = values.map(|value| {
        let message = format!(
            "`{}` is personal and shows {}: give it a row under `## Masked`, or, if this is about nobody, put it into \
             `ABOUT_NOBODY` of xtask/src/tidy/personal.rs",
            value.path,
            value.json.pretty().trim_end()
        );
        Finding::new(sheet.file.as_str(), value.line, message)
    });
    findings.collect()
}

struct Published {
    line: usize,
    path: String,
    json: Json,
}

/// The values that hold no other, from the tables and the examples.
fn published(sheet: &Sheet) -> Vec<Published> {
    let fields = sheet.request.iter().chain(&sheet.response);
    let cells = fields.filter_map(|field| {
        let example = field.example.as_deref()?;
        Some((field.line, field.path.as_str(), example))
    });
    let cells =
        cells.filter_map(|(line, path, text)| Some((line, path, repair::read(text).ok()?.0)));
    let examples = sheet.examples.iter().filter_map(|example| {
        let json = match example.format {
            Format::Json => repair::read(&example.text).ok()?.0,
            Format::Xml => xml::read(&example.text)?.1,
            Format::Text => return None,
        };
        Some((example.line, "", json))
    });
    let mut published = Vec::new();
    // What cannot be read is refused where the fixtures are made.
    for (line, path, json) in cells.chain(examples) {
        let json = opened(json, path, sheet.embedded()).unwrap_or(Json::Object(Vec::new()));
        for (below, value) in json.leaves() {
            published.push(Published {
                line,
                path: joined(path, &below),
                json: value.clone(),
            });
        }
    }
    published
}

fn joined(path: &str, below: &str) -> String {
    match (path, below) {
        ("", _) => below.to_owned(),
        (_, "") => path.to_owned(),
        _ if below.starts_with("[]") => format!("{path}{below}"),
        _ => json::below(path, below),
    }
}

fn is_masked(sheet: &Sheet, path: &str) -> bool {
    sheet.masks.iter().any(|masked| masked.covers(path))
}

fn is_about_nobody(value: &Json) -> bool {
    match value {
        Json::Object(_) | Json::Array(_) => true,
        Json::Literal(literal) => {
            ["null", "true", "false"].contains(&literal.as_str()) || is_blank(literal)
        }
        Json::String(text) => {
            is_blank(text)
                || ABOUT_NOBODY.iter().any(|(known, _)| known == text)
                || text
                    .split_once('@')
                    .is_some_and(|(_, domain)| shapes::is_reserved(domain))
        }
    }
}

/// Nothing, or nothing but zeros and punctuation.
fn is_blank(text: &str) -> bool {
    text.chars()
        .all(|next| next == '0' || !next.is_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet;
    use crate::tidy::tests::lines;

    fn found(rows: &str, rest: &str) -> Vec<String> {
        let text = format!(
            "---\nplatform: p\nendpoint: e\nmethod: GET\npath: /e\nsource_page: E (site)\ndate_read: 2026-01-31\n\
             wire: Reply\n---\n\n## Response\n\n| path | type | required | example | note |\n|---|---|---|---|---|\n\
             {rows}\n{rest}"
        );
        lines(&unmasked(&sheet::parse("fixtures/p/e.md", &text).unwrap()))
    }

    fn row(path: &str, example: &str) -> String {
        format!("| `{path}` | string | | {example} | ours |\n")
    }

    const EXAMPLE: &str = "\n## Examples\n\n### response\n\n```json\n{\"buyers\": [{\"name\": \"x\", \"nickName\": \"Jo Li\"}]}\n```\n";

    #[test]
    fn a_personal_field_is_masked_or_shows_nobody() {
        for (path, example) in [
            ("buyerName", "`\"buyer123\"`"),
            ("buyerName", "`\"\"`"),
            ("buyerName", "`null`"),
            ("data.phone", "`\"+000 0000\"`"),
            ("data.phone", "`0`"),
            ("email", "`\"seller@example.com\"`"),
            ("shipping_address", "`{}`"),
            ("shop_name", "`\"Jo's\"`"),
        ] {
            assert_eq!(found(&row(path, example), ""), [""; 0], "{path} {example}");
        }
        let masked =
            "\n## Masked\n\n| path | rule |\n|---|---|\n| `buyers[].nickName` | person |\n"
                .to_owned();
        let rows = row("buyers[].name", "") + &row("buyers[].nickName", "`\"Jo Li\"`");
        assert_eq!(found(&rows, &(masked + EXAMPLE)), [""; 0]);
    }

    #[test]
    fn an_unmasked_value_is_named_in_tables_and_in_examples() {
        let rows = row("buyers[].name", "")
            + &row("buyers[].nickName", "`\"Jo Li\"`")
            + &row("data", "`{\"phone\": 5550100}`");
        let places: Vec<_> = found(&rows, EXAMPLE)
            .iter()
            .map(|line| line.split(": ").take(2).collect::<Vec<_>>().join(": "))
            .collect();
        assert_eq!(
            places,
            [
                "fixtures/p/e.md:16: `buyers[].nickName` is personal and shows \"Jo Li\"",
                "fixtures/p/e.md:17: `data.phone` is personal and shows 5550100",
                "fixtures/p/e.md:25: `buyers[].nickName` is personal and shows \"Jo Li\"",
            ]
        );
    }

    #[test]
    fn an_unmasked_value_is_named_in_xml_and_in_a_string() {
        for (embedded, example) in [
            (
                "",
                "xml\n<doc><buyer><nickName>Jo Li</nickName></buyer></doc>",
            ),
            (
                "embedded: Buyer in buyer\n",
                "json\n{\"buyer\": \"{\\\"nickName\\\": \\\"Jo Li\\\"}\"}",
            ),
        ] {
            let text = format!(
                "---\nplatform: p\nendpoint: e\nmethod: POST\npath: /\nsource_page: E (site)\ndate_read: 2026-01-31\n\
                 push: Push\nevent: event(source)\n{embedded}---\n\n## Request\n\n\
                 | path | type | required | example | note |\n|---|---|---|---|---|\n{}{}\n\
                 ## Examples\n\n### request\n\n```{example}\n```\n",
                row("buyer", ""),
                row("buyer.nickName", "")
            );
            let found = lines(&unmasked(&sheet::parse("fixtures/p/e.md", &text).unwrap()));
            let [found] = found.as_slice() else {
                panic!("{found:?}")
            };
            assert!(found.contains("`buyer.nickName` is personal"), "{found}");
        }
    }
}
