//! `cargo xtask import`: a saved page as the draft of a sheet.
//!
//! What only a person can say is marked: our words for each field and code, what the page does not state. A sheet
//! with such a mark is refused, so a draft cannot pass for a reviewed one.

use std::fmt::Write as _;
use std::path::Path;

use crate::contract::{Body, Contract, Field, Payload, PayloadKind};
use crate::drift;
use crate::error::Result;
use crate::example::describes;
use crate::json::Json;
use crate::mask::Mask;
use crate::page::{self, Note, Page};
use crate::repair;
use crate::sheet::{Masked, REVIEW};
use crate::tidy::shapes::personal_data;

/// Prints the draft, and what its reviewer has to know on stderr.
pub(crate) fn run(platform: &str, endpoint: &str, file: &Path) -> Result<()> {
    let page = page::open(file)?;
    let today = jiff::Timestamp::now().strftime("%Y-%m-%d").to_string();
    let draft = draft(platform, endpoint, &page, &today);
    print!("{}", draft.text);
    for note in &draft.notes {
        eprintln!("{note}");
    }
    if !page.unused.is_empty() {
        eprintln!("not understood:");
        for note in &page.unused {
            eprintln!("  {note}");
        }
    }
    Ok(())
}

/// A draft, and what its reviewer has to know.
pub(crate) struct Draft {
    pub(crate) text: String,
    pub(crate) notes: Vec<Note>,
}

/// The draft of `fixtures/<platform>/<endpoint>.md`, read on a day.
pub(crate) fn draft(platform: &str, endpoint: &str, page: &Page, date: &str) -> Draft {
    let masks = suggested_masks(&page.contract);
    let mut writer = Writer {
        contract: &page.contract,
        masks,
        text: String::new(),
        notes: page.notes.clone(),
    };
    writer.front(platform, endpoint, page.title.as_deref(), date);
    writer.fields("Request", &page.contract.request, PayloadKind::Request);
    writer.fields("Response", &page.contract.response, PayloadKind::Response);
    writer.codes();
    writer.errors();
    writer.masked();
    writer.examples();
    writer.note_personal_data();
    Draft {
        text: writer.text,
        notes: writer.notes,
    }
}

struct Writer<'a> {
    contract: &'a Contract,
    masks: Vec<Masked>,
    text: String,
    notes: Vec<Note>,
}

impl Writer<'_> {
    fn front(&mut self, platform: &str, endpoint: &str, title: Option<&str>, date: &str) {
        let contract = self.contract;
        let stated = |value: &Option<String>, missing: &str| {
            value.clone().unwrap_or_else(|| missing.to_owned())
        };
        let method = stated(&contract.method, REVIEW);
        let path = stated(&contract.path, &format!("/{REVIEW}"));
        let title = title.unwrap_or(REVIEW).trim();
        let mut lines = vec![
            format!("platform: {platform}"),
            format!("endpoint: {endpoint}"),
            format!("method: {method}"),
            format!("path: {path}"),
            format!("source_page: {title} ({REVIEW}: the site)"),
            format!("date_read: {date}"),
        ];
        lines.extend(
            contract
                .quota
                .iter()
                .map(|quota| format!("rate_limit: {quota}")),
        );
        let is_xml = |payload: &Payload| matches!(payload.body, Body::Xml(_));
        let wire = type_name(endpoint);
        if contract.payloads.iter().any(is_xml) {
            lines.extend([format!("push: {wire}"), "event: event(source)".to_owned()]);
        } else {
            lines.push(format!("wire: {wire}"));
        }
        if self.is_assembled() {
            lines.push("assemble: response".to_owned());
        }
        self.line(&format!("---\n{}\n---\n", lines.join("\n")));
        self.line(&format!("# {REVIEW}: what the call does, in one line\n"));
    }

    /// Where the page has no answer as an example, but an example column.
    fn is_assembled(&self) -> bool {
        let has_answer = self
            .contract
            .payloads
            .iter()
            .any(|payload| payload.kind == PayloadKind::Response);
        !has_answer
            && self
                .contract
                .response
                .iter()
                .any(|field| field.example.is_some())
    }

    fn fields(&mut self, title: &str, fields: &[Field], side: PayloadKind) {
        if fields.is_empty() {
            return;
        }
        self.line(&format!(
            "## {title}\n\n| path | type | required | example | note |\n|---|---|---|---|---|"
        ));
        for field in fields {
            let kind = if field.kind.is_empty() {
                REVIEW.to_owned()
            } else {
                cell(&field.kind)
            };
            let kind = if field.inferred {
                format!("*{kind}*")
            } else {
                kind
            };
            let required = match field.required {
                Some(true) => "yes",
                Some(false) => "no",
                None => "",
            };
            let example = field
                .example
                .clone()
                .or_else(|| self.shown(&field.path, side));
            let example = example.map(|example| self.masked_cell(&field.path, &example));
            let example = example.map_or_else(String::new, |example| code_span(&example));
            let note = format!("{REVIEW}: {}", cell(&field.description));
            self.line(&format!(
                "| `{}` | {kind} | {required} | {example} | {} |",
                field.path,
                note.trim_end()
            ));
        }
        self.line("");
    }

    /// The first value that the page's payloads have for a field.
    fn shown(&self, path: &str, side: PayloadKind) -> Option<String> {
        let payloads = self
            .contract
            .payloads
            .iter()
            .filter(|payload| payload.kind == side);
        payloads
            .filter_map(|payload| payload.body.json())
            .find_map(|json| value_at(json, path))
    }

    fn masked_cell(&self, path: &str, example: &str) -> String {
        match repair::read(example) {
            Ok((json @ (Json::String(_) | Json::Literal(_)), _)) => {
                drift::masked(&json, path, &self.masks)
                    .pretty()
                    .trim_end()
                    .to_owned()
            }
            _ => example.to_owned(),
        }
    }

    fn codes(&mut self) {
        for table in &self.contract.codes {
            self.line(&format!(
                "## Codes: `{}`\n\n| code | meaning |\n|---|---|",
                table.path
            ));
            for (code, meaning) in &table.codes {
                self.line(&format!(
                    "| `{code}` | {} |",
                    format!("{REVIEW}: {}", cell(meaning)).trim_end()
                ));
            }
            self.line("");
        }
    }

    fn errors(&mut self) {
        if self.contract.errors.is_empty() {
            return;
        }
        self.line("## Errors\n\n| status | code | meaning |\n|---|---|---|");
        for error in &self.contract.errors {
            let status = error
                .status
                .map(|status| status.to_string())
                .unwrap_or_default();
            let code = error
                .code
                .as_ref()
                .map(|code| format!("`{code}`"))
                .unwrap_or_default();
            let meaning = format!("{REVIEW}: {}", cell(&error.description));
            self.line(&format!("| {status} | {code} | {} |", meaning.trim_end()));
        }
        self.line("");
    }

    fn masked(&mut self) {
        if self.masks.is_empty() {
            return;
        }
        self.line("## Masked\n\n| path | rule |\n|---|---|");
        for masked in std::mem::take(&mut self.masks) {
            self.line(&format!("| `{}` | {} |", masked.path, masked.mask));
            self.masks.push(masked);
        }
        self.line("");
    }

    fn examples(&mut self) {
        if self.contract.payloads.is_empty() {
            return;
        }
        self.line("## Examples\n");
        let mut counts = [0_usize; 3];
        for payload in &self.contract.payloads {
            let (index, kind) = match payload.kind {
                PayloadKind::Request => (0, "request"),
                PayloadKind::Response => (1, "response"),
                PayloadKind::Error(_) => (2, "error"),
            };
            let Some(count) = counts.get_mut(index) else {
                continue;
            };
            *count += 1;
            let name = match (payload.kind, *count) {
                (PayloadKind::Error(_), count) => format!("error-{count}"),
                (_, 1) => kind.to_owned(),
                (_, count) => format!("{kind}-{count}"),
            };
            self.example(&name, payload);
        }
    }

    fn example(&mut self, name: &str, payload: &Payload) {
        let status = match payload.kind {
            PayloadKind::Error(status) => {
                if status.is_none() {
                    let text =
                        format!("the page states no HTTP status for `{name}`; 400 stands in");
                    self.notes.push(Note { line: 0, text });
                }
                format!(" (HTTP {})", status.unwrap_or(400))
            }
            _ => String::new(),
        };
        self.line(&format!("### {name}{status}\n"));
        if matches!(payload.kind, PayloadKind::Error(None)) {
            self.line(&format!("{REVIEW}: the page states no HTTP status.\n"));
        }
        if let Body::Broken(why) = &payload.body {
            self.line(&format!(
                "{REVIEW}: nothing repairs this, at {why}; so nothing in it is masked.\n"
            ));
        }
        let language = match payload.body {
            Body::Json(_) | Body::Broken(_) => "json",
            Body::Xml(_) => "xml",
            Body::Http(_) => "http",
            Body::Text(_) => "text",
        };
        let text = self.masked_text(payload);
        self.line(&format!("```{language}\n{text}\n```\n"));
    }

    /// The published text with personal values replaced, and nothing else touched.
    fn masked_text(&self, payload: &Payload) -> String {
        let mut text = payload.text.trim_matches('\n').to_owned();
        let leaves = payload.body.json().map(Json::leaves).unwrap_or_default();
        for (path, value) in leaves {
            let Some(masked) = self.mask_of(&path) else {
                continue;
            };
            let spellings: Vec<_> = match (value, masked.mask.apply_to(value)) {
                (Json::String(value), Json::String(hidden)) if !value.is_empty() => {
                    let bare = matches!(payload.body, Body::Http(_) | Body::Xml(_)).then_some("");
                    let quotes = ["\"", "'"].into_iter().chain(bare);
                    let quoted = |quote, text: &str| format!("{quote}{text}{quote}");
                    quotes
                        .map(|quote| (quoted(quote, value), quoted(quote, &hidden)))
                        .collect()
                }
                (Json::Literal(shown), Json::Literal(hidden)) if *shown != hidden => {
                    vec![(shown.clone(), hidden)]
                }
                _ => continue,
            };
            text = hidden_in(&text, last_key(&path), &spellings);
        }
        text
    }

    fn mask_of(&self, path: &str) -> Option<&Masked> {
        self.masks.iter().find(|masked| masked.covers(path))
    }

    /// Personal data is masked by the names of fields; what only its shape gives away is for the reviewer.
    fn note_personal_data(&mut self) {
        for (index, line) in self.text.lines().enumerate() {
            for found in personal_data(line) {
                let text = format!("line {} of the draft: {found} that looks real", index + 1);
                self.notes.push(Note { line: 0, text });
            }
        }
    }

    fn line(&mut self, text: &str) {
        // Writing to a text cannot fail.
        let _ = writeln!(self.text, "{text}");
    }
}

/// A rule for each field whose name and value say that it is about a person.
fn suggested_masks(contract: &Contract) -> Vec<Masked> {
    let fields = contract.request.iter().chain(&contract.response);
    let masks = fields.filter_map(|field| {
        Some(Masked {
            line: 0,
            path: field.path.clone(),
            mask: Mask::suggested(&field.path)?,
        })
    });
    let mut masks: Vec<Masked> = masks.collect();
    masks.sort_by(|a, b| a.path.cmp(&b.path));
    masks.dedup_by(|a, b| a.path == b.path);
    masks
}

/// The value at a path, as JSON; nothing for objects and arrays of objects.
fn value_at(json: &Json, path: &str) -> Option<String> {
    let leaf = json
        .leaves()
        .into_iter()
        .find(|(known, _)| drift::same_path(path, known));
    if let Some((_, value)) = leaf {
        return Some(
            value
                .pretty()
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" "),
        );
    }
    // `images` is described as an array of texts.
    let elements: Vec<_> = json
        .leaves()
        .into_iter()
        .filter(|(known, _)| {
            drift::same_path(&format!("{path}[]"), known) && describes(path, known)
        })
        .map(|(_, value)| value.pretty().trim_end().to_owned())
        .collect();
    (!elements.is_empty()).then(|| format!("[{}]", elements.join(", ")))
}

/// `after-sale-detail` as `AfterSaleDetail`.
fn type_name(endpoint: &str) -> String {
    let words = endpoint.split('-').map(|word| {
        let mut letters = word.chars();
        let first = letters.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    });
    words.collect()
}

/// A text as one cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
        .replace(['\n', '\r'], " ")
        .trim()
        .to_owned()
}

/// The key that stands before a value; none before an element of an array.
fn last_key(path: &str) -> Option<&str> {
    path.rsplit(['.', ':'])
        .next()
        .filter(|key| !key.ends_with("[]"))
}

/// A text with a value, in one of its spellings, replaced where it stands behind its key: the same value elsewhere may be
/// an id. Without a key, or where the published one is damaged, it is replaced wherever it stands.
fn hidden_in(text: &str, key: Option<&str>, spellings: &[(String, String)]) -> String {
    let behind_key = spellings
        .iter()
        .find_map(|(shown, hidden)| hidden_behind(text, key?, shown, hidden));
    behind_key.unwrap_or_else(|| {
        let everywhere =
            |text: String, (shown, hidden): &(String, String)| text.replace(shown, hidden);
        spellings.iter().fold(text.to_owned(), everywhere)
    })
}

/// None where no such value stands behind the key.
fn hidden_behind(text: &str, key: &str, shown: &str, hidden: &str) -> Option<String> {
    let mut kept = String::new();
    let mut rest = text;
    let mut is_found = false;
    while let Some(at) = rest.find(key) {
        let (before, behind) = rest.split_at(at + key.len());
        kept.push_str(before);
        rest = behind;
        let Some(value) = value_behind(behind).filter(|value| begins_with(value, shown)) else {
            continue;
        };
        let (between, value) = behind.split_at(behind.len() - value.len());
        kept.push_str(between);
        kept.push_str(hidden);
        rest = value.get(shown.len()..).unwrap_or_default();
        is_found = true;
    }
    is_found.then(|| kept + rest)
}

/// What follows a key: its quote, a colon, blanks, then the value; or what is in the element of that name.
fn value_behind(text: &str) -> Option<&str> {
    if let Some(text) = text.strip_prefix('>') {
        return Some(text.strip_prefix("<![CDATA[").unwrap_or(text));
    }
    let text = text.trim_start_matches(['"', '\'', '”']).trim_start();
    Some(text.strip_prefix([':', '：'])?.trim_start())
}

/// Whether a value begins a text, and does not go on.
fn begins_with(text: &str, value: &str) -> bool {
    let next = text.strip_prefix(value).map(|rest| rest.chars().next());
    next.is_some_and(|next| next.is_none_or(|next| !next.is_alphanumeric() && next != '.'))
}

/// As a code span; one that holds a backtick gets two.
fn code_span(text: &str) -> String {
    let text = cell(text);
    if text.contains('`') {
        format!("`` {text} ``")
    } else {
        format!("`{text}`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A page, and what its draft or the words beside the draft have to say.
    const KEPT: &[(&str, &str)] = &[
        (
            "Request\n\ncurl -H 'note: it's' https://a.example/x\nResponse Parameters\nParameterTypeDescription\na.idintegerId",
            "| `a.id` | integer |",
        ),
        (
            "Request\n\nGET /x HTTP/1.1\nHost: a.example\nResponse Parameters\nParameterTypeDescription\na.idintegerId",
            "| `a.id` | integer |",
        ),
        (
            "| Property | Value |\n|---|---|\n| Method | GET |\n| Authentication | Bearer |\n\nResponse\n\n{\"a\": 1}",
            "line 4: Authentication | Bearer",
        ),
        (
            "Response\n\n{\"a\": 1}\n\nErrors\n\n| code | message | reason |\n|---|---|---|\n| 1001 | bad sign | old key |",
            "|  | `1001` | REVIEW: bad sign; old key |",
        ),
        (
            "Error Response\n\n| name | type | example | description |\n|---|---|---|---|\n| trace | string | | of the call |\n\nResponse\n\n{\"a\": 1}",
            "line 5: trace | string |  | of the call",
        ),
        (
            "Response\n\n| name | type | description |\n|---|---|---|\n| state | string | open | shut |",
            "REVIEW: open; shut",
        ),
        (
            "Response\n\n| name | type |\n|---|---|\n| state | string |\n| state | int |",
            "line 5: `state` is described again; the first counts",
        ),
        (
            "Request example\n\n{\"a\": 1}\n\ncurl https://a.example/x -d '{\"a\": 2}'",
            "line 5: the command line has another body than the request example, which counts",
        ),
        (
            "Response\n\n| name | type | description |\n|---|---|---|\n| phone | string | as {ip} |",
            "line 17 of the draft: an IP address `{ip}` that looks real",
        ),
    ];

    /// A page with a repaired body further down than the call around it.
    const REPAIRED: &[(&str, &str)] = &[
        (
            "Request\n\nPOST /x HTTP/1.1\nHost: a.example\n\n{\n\"a\": 1,\n}",
            "line 7: repaired at column 7: trailing comma",
        ),
        (
            "Request\n\ncurl https://a.example/x \\\n-d '{\n\"a\": 1,\n}'",
            "line 5: repaired at column 7: trailing comma",
        ),
    ];

    #[test]
    fn a_repair_of_a_body_has_the_line_of_the_page() {
        for (text, expected) in REPAIRED {
            let notes = page::read(text).unwrap().notes;
            let notes: Vec<_> = notes.iter().map(ToString::to_string).collect();
            assert!(notes.iter().any(|note| note == expected), "{notes:#?}");
        }
    }

    #[test]
    fn personal_values_and_credentials_are_masked_in_tables_and_examples() {
        let text = "Request\n\n{\"access_token\": \"abcdef\"}\n\nResponse\n\n{\"phone\": 15550100, 'email': 'jo@shop.example', \"id\": 15550100, \"login\": \"jo@shop.example\"}";
        let page = page::read(text).unwrap();
        let draft = draft("p", "e", &page, "2026-01-31").text;
        for masked in [
            "{\"access_token\": \"abc...\"}",
            "| `access_token` | *string* |  | `\"abc...\"` |",
            "{\"phone\": 0, 'email': 'buyer@example.com', \"id\": 15550100, \"login\": \"jo@shop.example\"}",
            "| `phone` | *number* |  | `0` |",
            "| `phone` | phone |",
        ] {
            assert!(draft.contains(masked), "{masked}\n{draft}");
        }
    }

    #[test]
    fn a_page_that_shows_xml_is_a_push() {
        let text =
            "Response\n\n<doc>\n<phone><![CDATA[15550100]]></phone><id>15550100</id>\n</doc>\n";
        let page = page::read(text).unwrap();
        let draft = draft("p", "case-push", &page, "2026-01-31").text;
        for line in [
            "push: CasePush\nevent: event(source)\n---",
            "## Request\n",
            "| `phone` | *string* |  | `\"00000000\"` | REVIEW: |",
            "### request\n\n```xml\n<doc>\n<phone><![CDATA[00000000]]></phone><id>15550100</id>\n</doc>\n```",
        ] {
            assert!(draft.contains(line), "{line}\n{draft}");
        }
        assert!(!draft.contains("wire:"), "{draft}");
        let html = "Response\n\n{\"a\": 1}\n\n<div>\n<p>One</p><p>Two</p>\n</div>\n<b>Three</b>\n";
        let page = page::read(html).unwrap();
        assert_eq!(page.contract.payloads.len(), 1);
        crate::sheet::parse_draft("fixtures/p/case-push.md", &draft).unwrap();
    }

    #[test]
    fn nothing_of_a_page_is_dropped_in_silence() {
        // Not in one piece: what looks real is refused in this file, too.
        let ip = ["198", "51", "101", "7"].join(".");
        for (text, kept) in KEPT {
            let (text, kept) = (text.replace("{ip}", &ip), kept.replace("{ip}", &ip));
            let page = page::read(&text).unwrap();
            let draft = draft("p", "e", &page, "2026-01-31");
            let beside = draft.notes.iter().chain(&page.unused);
            let beside: Vec<_> = beside.map(ToString::to_string).collect();
            assert!(
                draft.text.contains(&kept) || beside.contains(&kept),
                "{kept}\n{}\n{beside:#?}",
                draft.text
            );
        }
    }
}
