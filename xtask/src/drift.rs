//! `cargo xtask drift`: what a page says now against what its sheet says.

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;
use std::process::ExitCode;

use serde_json::json;

use crate::Format;
use crate::contract::{Body, Codes, Contract, Field, Payload, PayloadKind};
use crate::error::{self, Error, Result};
use crate::example::describes;
use crate::json::{Json, below};
use crate::page::{self, endpoint};
use crate::repair;
use crate::sheet::{self, ErrorRow, Masked, Sheet};

/// Prints the drift; the exit code says whether there is any.
pub(crate) fn run(
    root: &Path,
    platform: &str,
    endpoint: &str,
    file: &Path,
    format: Format,
) -> Result<ExitCode> {
    let name = format!("fixtures/{platform}/{endpoint}.md");
    let sheet = sheet::parse(&name, &error::read(&root.join(&name))?)?;
    let page = page::open(file)?;
    let (of_sheet, of_page) = contracts(&sheet, page.contract)?;
    if let Some(message) = unreadable(&of_sheet, &of_page).into_iter().next() {
        let file = file.display().to_string();
        return Err(Error::Page { file, message });
    }
    let drift = compare(&of_sheet, &of_page, &sheet.masks);
    match format {
        Format::Json => println!("{}", as_json(platform, endpoint, &drift)),
        Format::Text => {
            for drift in &drift {
                println!("{drift}");
            }
            match drift.len() {
                0 => println!("no drift: the page says what {name} says"),
                1 => println!("1 difference between the page and {name}"),
                count => println!("{count} differences between the page and {name}"),
            }
        }
    }
    if !page.unused.is_empty() && format == Format::Text {
        let count = page.unused.len();
        eprintln!("{count} lines of the page were not understood; `cargo xtask import` lists them");
    }
    Ok(if drift.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// What is to be compared: of a push everything is the request, and what a string holds stands in its place.
fn contracts(sheet: &Sheet, page: Contract) -> Result<(Contract, Contract)> {
    let page = if sheet.push.is_some() && sheet.response.is_empty() {
        page.pushed()
    } else {
        page
    };
    let embedded = sheet.embedded();
    let of_sheet = Contract::of_sheet(sheet)?;
    Ok((of_sheet.opened(embedded), page.opened(embedded)))
}

fn as_json(platform: &str, endpoint: &str, drift: &[Drift]) -> serde_json::Value {
    let drift: Vec<_> = drift
        .iter()
        .map(|drift| {
            json!({
                "kind": drift.kind.name().replace(' ', "_"),
                "part": drift.part,
                "subject": drift.subject,
                "was": drift.was,
                "is": drift.is,
            })
        })
        .collect();
    json!({ "platform": platform, "endpoint": endpoint, "drift": drift })
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Drift {
    pub(crate) kind: Kind,
    /// The part of the sheet: `request`, `response`, `error`, `call`.
    pub(crate) part: &'static str,
    /// The path of a field, or what else it is about.
    pub(crate) subject: String,
    pub(crate) was: Option<String>,
    pub(crate) is: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    MethodChanged,
    PathChanged,
    QuotaChanged,
    FieldAdded,
    FieldRemoved,
    TypeChanged,
    RequiredChanged,
    ExampleChanged,
    ExampleAdded,
    ExampleRemoved,
    CodesAdded,
    CodesRemoved,
    ErrorAdded,
    ErrorRemoved,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::MethodChanged => "method changed",
            Self::PathChanged => "path changed",
            Self::QuotaChanged => "quota changed",
            Self::FieldAdded => "field added",
            Self::FieldRemoved => "field removed",
            Self::TypeChanged => "type changed",
            Self::RequiredChanged => "required changed",
            Self::ExampleChanged => "example changed",
            Self::ExampleAdded => "example added",
            Self::ExampleRemoved => "example removed",
            Self::CodesAdded => "codes added",
            Self::CodesRemoved => "codes removed",
            Self::ErrorAdded => "error added",
            Self::ErrorRemoved => "error removed",
        }
    }
}

impl fmt::Display for Drift {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} ({})", self.kind.name(), self.part)?;
        if !self.subject.is_empty() {
            write!(out, ": `{}`", self.subject)?;
        }
        match (&self.was, &self.is) {
            (Some(was), Some(is)) => write!(out, ": {was} → {is}"),
            (Some(text), None) | (None, Some(text)) => write!(out, ": {text}"),
            (None, None) => Ok(()),
        }
    }
}

/// The differences between what the sheet says of its page and what the page says. `masks` are the sheet's.
pub(crate) fn compare(sheet: &Contract, page: &Contract, masks: &[Masked]) -> Vec<Drift> {
    let mut comparison = Comparison {
        sheet,
        page,
        masks,
        drift: Vec::new(),
    };
    comparison.call();
    comparison.fields("request", &sheet.request, &page.request);
    comparison.fields("response", &sheet.response, &page.response);
    comparison.codes();
    comparison.errors();
    comparison.payloads();
    comparison.drift
}

struct Comparison<'a> {
    sheet: &'a Contract,
    page: &'a Contract,
    masks: &'a [Masked],
    drift: Vec<Drift>,
}

impl<'a> Comparison<'a> {
    /// A page that is silent contradicts nothing, but for a quota that it had.
    fn call(&mut self) {
        let (sheet, page) = (self.sheet, self.page);
        for (kind, was, is) in [
            (Kind::MethodChanged, &sheet.method, &page.method),
            (Kind::PathChanged, &sheet.path, &page.path),
        ] {
            if is.is_some() && was != is {
                self.push(kind, "call", "", was.clone(), is.clone());
            }
        }
        let normal = |quota: &Option<String>| {
            let quota = quota.as_deref()?;
            Some(endpoint::quota(quota).unwrap_or_else(|| quota.to_owned()))
        };
        let (was, is) = (normal(&sheet.quota), normal(&page.quota));
        if was != is {
            self.push(Kind::QuotaChanged, "call", "", was, is);
        }
    }

    fn fields(&mut self, part: &'static str, sheet: &'a [Field], page: &'a [Field]) {
        for field in sheet.iter().filter(|field| !field.elsewhere) {
            let shown = page
                .iter()
                .find(|known| same_path(&field.path, &known.path));
            match shown {
                // The example shows what is inside.
                None if field.inferred
                    && page.iter().any(|known| is_below(&field.path, &known.path)) => {}
                None if page.iter().any(|known| is_element(&field.path, known)) => {
                    self.removed_but_shown(part, field);
                }
                None => self.push(
                    Kind::FieldRemoved,
                    part,
                    &field.path,
                    Some(field.kind.clone()),
                    None,
                ),
                Some(shown) if shown.inferred && !field.inferred => {
                    self.removed_but_shown(part, field);
                }
                Some(shown) => self.field(part, field, shown),
            }
        }
        for field in page {
            if !sheet
                .iter()
                .any(|known| same_path(&known.path, &field.path) || is_element(&known.path, field))
            {
                let is = if field.inferred {
                    format!("{} in the example", field.kind)
                } else {
                    field.kind.clone()
                };
                self.push(Kind::FieldAdded, part, &field.path, None, Some(is));
            }
        }
    }

    fn removed_but_shown(&mut self, part: &'static str, field: &Field) {
        let is = "the example still shows it".to_owned();
        self.push(Kind::FieldRemoved, part, &field.path, None, Some(is));
    }

    fn field(&mut self, part: &'static str, sheet: &Field, page: &Field) {
        let kind = |field: &Field| {
            let kind = field.kind.to_lowercase();
            let kind = kind.split_whitespace().collect::<Vec<_>>().join(" ");
            if field.inferred {
                format!("{kind} in the example")
            } else {
                kind
            }
        };
        if kind(sheet) != kind(page) {
            self.push(
                Kind::TypeChanged,
                part,
                &sheet.path,
                Some(kind(sheet)),
                Some(kind(page)),
            );
        }
        if sheet.required != page.required {
            let word = |required: Option<bool>| match required {
                Some(true) => "yes",
                Some(false) => "no",
                None => "not said",
            };
            let (was, is) = (word(sheet.required), word(page.required));
            self.push(
                Kind::RequiredChanged,
                part,
                &sheet.path,
                Some(was.to_owned()),
                Some(is.to_owned()),
            );
        }
        match (&sheet.example, &page.example) {
            (was, Some(is)) => {
                let was = was.clone().unwrap_or_default();
                if self.cell(&sheet.path, &was) != self.cell(&sheet.path, is) {
                    let is = Some(is.clone());
                    self.push(Kind::ExampleChanged, part, &sheet.path, Some(was), is);
                }
            }
            (Some(was), None) if !self.is_shown(&sheet.path) => {
                let was = Some(was.clone());
                self.push(Kind::ExampleChanged, part, &sheet.path, was, None);
            }
            _ => {}
        }
    }

    /// Whether a payload of the sheet shows the field: then its example may be from there, and not from a column of
    /// the page.
    fn is_shown(&self, path: &str) -> bool {
        let payloads = self.sheet.payloads.iter();
        let payloads = payloads.filter(|payload| !payload.elsewhere);
        let mut shown = payloads.filter_map(|payload| payload.body.json());
        shown.any(|json| {
            let mut leaves = json.leaves().into_iter();
            leaves.any(|(known, _)| describes(path, &known))
        })
    }

    /// An example cell for comparison: repaired, masked.
    fn cell(&self, path: &str, cell: &str) -> Option<Json> {
        let (json, _) = repair::read(cell).ok()?;
        Some(masked(&json, path, self.masks))
    }

    /// A field without a list has the codes that the examples show. With a field its codes come and go.
    fn codes(&mut self) {
        let (sheet, page) = (self.sheet, self.page);
        for table in sheet.codes.iter().filter(|table| !table.elsewhere) {
            let part = part_of(sheet, &table.path);
            if self.has_pushed(Kind::FieldRemoved, part, &table.path) {
                continue;
            }
            let listed = page
                .codes
                .iter()
                .find(|known| same_path(&known.path, &table.path));
            let is = match listed {
                Some(listed) => names(listed),
                None => shown_codes(page, &table.path),
            };
            let was = names(table);
            let elsewhere = sheet
                .codes
                .iter()
                .filter(|known| known.elsewhere && known.path == table.path);
            let known: BTreeSet<_> = elsewhere
                .flat_map(names)
                .chain(was.iter().cloned())
                .collect();
            self.code_sets(part, &table.path, &was, &known, &is);
        }
        for table in &page.codes {
            let is_known = sheet
                .codes
                .iter()
                .any(|known| same_path(&known.path, &table.path));
            let part = part_of(page, &table.path);
            if !is_known && !self.has_pushed(Kind::FieldAdded, part, &table.path) {
                let nothing = BTreeSet::new();
                self.code_sets(part, &table.path, &nothing, &nothing, &names(table));
            }
        }
    }

    fn code_sets(
        &mut self,
        part: &'static str,
        path: &str,
        was: &BTreeSet<String>,
        known: &BTreeSet<String>,
        is: &BTreeSet<String>,
    ) {
        let list = |codes: Vec<&String>| codes.into_iter().cloned().collect::<Vec<_>>().join(", ");
        let added = list(is.difference(known).collect());
        let removed = list(was.difference(is).collect());
        if !added.is_empty() {
            self.push(Kind::CodesAdded, part, path, None, Some(added));
        }
        if !removed.is_empty() {
            self.push(Kind::CodesRemoved, part, path, Some(removed), None);
        }
    }

    fn errors(&mut self) {
        let (sheet, page) = (self.sheet, self.page);
        let name = |status: Option<u16>, code: Option<&str>| match (status, code) {
            (Some(status), Some(code)) => format!("HTTP {status}, `{code}`"),
            (Some(status), None) => format!("HTTP {status}"),
            (None, code) => format!("`{}`", code.unwrap_or_default()),
        };
        // Where only one side names the status of a code, the code decides.
        let same = |a: &ErrorRow, b: &ErrorRow| match (&a.code, &b.code) {
            (Some(a_code), Some(b_code)) => {
                a_code == b_code
                    && (a.status.is_none() || b.status.is_none() || a.status == b.status)
            }
            (None, None) => a.status == b.status,
            _ => false,
        };
        for error in sheet.errors.iter().filter(|error| !error.elsewhere) {
            if !page.errors.iter().any(|known| same(known, error)) {
                self.push(
                    Kind::ErrorRemoved,
                    "error",
                    &name(error.status, error.code.as_deref()),
                    None,
                    None,
                );
            }
        }
        for error in &page.errors {
            if !sheet.errors.iter().any(|known| same(known, error)) {
                self.push(
                    Kind::ErrorAdded,
                    "error",
                    &name(error.status, error.code.as_deref()),
                    None,
                    None,
                );
            }
        }
    }

    /// Payloads that say the same are the same; of the rest, those of one kind are compared in their order.
    fn payloads(&mut self) {
        let (sheet, page) = (self.sheet, self.page);
        let mut left: Vec<&Payload> = sheet
            .payloads
            .iter()
            .filter(|payload| !payload.elsewhere)
            .collect();
        let mut new = Vec::new();
        for payload in &page.payloads {
            let same = left
                .iter()
                .position(|known| part(known) == part(payload) && self.same_body(known, payload));
            match same {
                Some(index) => {
                    left.remove(index);
                }
                None => new.push(payload),
            }
        }
        for payload in new {
            let pair = left.iter().position(|known| part(known) == part(payload));
            match pair {
                Some(index) => {
                    let known = left.remove(index);
                    self.payload(known, payload);
                }
                None => self.push(
                    Kind::ExampleAdded,
                    part(payload),
                    &excerpt(payload),
                    None,
                    None,
                ),
            }
        }
        for payload in left {
            self.push(
                Kind::ExampleRemoved,
                part(payload),
                &excerpt(payload),
                None,
                None,
            );
        }
    }

    fn same_body(&self, sheet: &Payload, page: &Payload) -> bool {
        match (sheet.body.json(), page.body.json()) {
            (Some(was), Some(is)) => self.normal(was) == self.normal(is),
            _ => sheet.text.trim() == page.text.trim(),
        }
    }

    fn normal(&self, json: &Json) -> Json {
        masked(json, "", self.masks)
    }

    /// What a changed field explains is not reported again.
    fn payload(&mut self, sheet: &Payload, page: &Payload) {
        let part = part(page);
        let (Some(was), Some(is)) = (sheet.body.json(), page.body.json()) else {
            self.push(
                Kind::ExampleChanged,
                part,
                "",
                Some(excerpt(sheet)),
                Some(excerpt(page)),
            );
            return;
        };
        let (was, is) = (self.normal(was), self.normal(is));
        let (was, is) = (values(&was), values(&is));
        let explained: Vec<Drift> = self.drift.clone();
        let explains = |path: &str| {
            explained
                .iter()
                .filter(|drift| drift.part == part && drift.kind != Kind::RequiredChanged)
                .any(|drift| same_path(&drift.subject, path) || describes(&drift.subject, path))
        };
        let mut paths: Vec<&String> = was.iter().map(|(path, _)| path).collect();
        paths.extend(is.iter().map(|(path, _)| path));
        let mut seen = BTreeSet::new();
        for path in paths {
            let value = |values: &[(String, Vec<String>)]| {
                let found = values.iter().find(|(known, _)| same_path(known, path));
                found.map(|(_, values)| values.join(", "))
            };
            let (before, after) = (value(&was), value(&is));
            if seen.insert(path.to_lowercase()) && before != after && !explains(path) {
                self.push(Kind::ExampleChanged, part, path, before, after);
            }
        }
    }

    fn has_pushed(&self, kind: Kind, part: &str, path: &str) -> bool {
        let mut drift = self.drift.iter();
        drift.any(|drift| {
            drift.kind == kind && drift.part == part && same_path(&drift.subject, path)
        })
    }

    fn push(
        &mut self,
        kind: Kind,
        part: &'static str,
        subject: &str,
        was: Option<String>,
        is: Option<String>,
    ) {
        let subject = subject.to_owned();
        self.drift.push(Drift {
            kind,
            part,
            subject,
            was,
            is,
        });
    }
}

/// Whether two paths name one field: case does not count, because published keys are damaged by it, and `*` stands
/// for any key.
pub(crate) fn same_path(a: &str, b: &str) -> bool {
    let (mut a, mut b) = (a.split('.'), b.split('.'));
    loop {
        match (a.next(), b.next()) {
            (None, None) => return true,
            (Some(a), Some(b))
                if a == "*" || b == "*" || a.trim().eq_ignore_ascii_case(b.trim()) => {}
            _ => return false,
        }
    }
}

/// Whether an example shows the elements of the array that a row describes.
fn is_element(row: &str, field: &Field) -> bool {
    let array = field.path.strip_suffix("[]").filter(|_| field.inferred);
    array.is_some_and(|array| same_path(row, array))
}

fn is_below(container: &str, path: &str) -> bool {
    path.strip_prefix(container)
        .is_some_and(|rest| rest.starts_with(['.', '[']))
}

fn part(payload: &Payload) -> &'static str {
    match payload.kind {
        PayloadKind::Request => "request",
        PayloadKind::Response => "response",
        PayloadKind::Error(_) => "error",
    }
}

fn part_of(contract: &Contract, path: &str) -> &'static str {
    let is_request = contract
        .request
        .iter()
        .any(|field| same_path(&field.path, path));
    if is_request { "request" } else { "response" }
}

fn names(codes: &Codes) -> BTreeSet<String> {
    codes.codes.iter().map(|(code, _)| code.clone()).collect()
}

/// The values that the examples have for a field.
fn shown_codes(page: &Contract, path: &str) -> BTreeSet<String> {
    let payloads = page
        .payloads
        .iter()
        .filter_map(|payload| payload.body.json());
    let leaves = payloads.flat_map(Json::leaves);
    let values = leaves
        .filter(|(known, _)| same_path(path, known))
        .filter_map(|(_, value)| match value {
            Json::String(text) => Some(text.clone()),
            Json::Literal(literal) if literal != "null" => Some(literal.clone()),
            _ => None,
        });
    values.collect()
}

/// A value with its masked parts replaced.
pub(crate) fn masked(json: &Json, path: &str, masks: &[Masked]) -> Json {
    match json {
        Json::String(_) | Json::Literal(_) => {
            let mask = masks.iter().find(|masked| masked.covers(path));
            mask.map_or_else(|| json.clone(), |masked| masked.mask.apply_to(json))
        }
        Json::Array(elements) => {
            let path = format!("{path}[]");
            Json::Array(
                elements
                    .iter()
                    .map(|element| masked(element, &path, masks))
                    .collect(),
            )
        }
        Json::Object(members) => Json::Object(
            members
                .iter()
                .map(|(key, value)| (key.clone(), masked(value, &below(path, key), masks)))
                .collect(),
        ),
    }
}

/// Each path of a payload with all values that stand there.
fn values(json: &Json) -> Vec<(String, Vec<String>)> {
    let mut values: Vec<(String, Vec<String>)> = Vec::new();
    for (path, value) in json.leaves() {
        let text = value.pretty().trim_end().to_owned();
        match values.iter_mut().find(|(known, _)| *known == path) {
            Some((_, known)) => known.push(text),
            None => values.push((path, vec![text])),
        }
    }
    values
}

/// The beginning of a payload, on one line.
fn excerpt(payload: &Payload) -> String {
    let words: Vec<_> = payload.text.split_whitespace().collect();
    let text = words.join(" ");
    let short: String = text.chars().take(60).collect();
    if short.len() < text.len() {
        format!("{short}…")
    } else {
        short
    }
}

/// Payloads of the page that no rule repairs: they cannot be compared, unless the sheet has the same text.
pub(crate) fn unreadable(sheet: &Contract, page: &Contract) -> Vec<String> {
    let is_known = |payload: &&Payload| {
        sheet
            .payloads
            .iter()
            .any(|known| known.text.trim() == payload.text.trim())
    };
    let broken = page.payloads.iter().filter(|payload| !is_known(payload));
    broken
        .filter_map(|payload| match &payload.body {
            Body::Broken(why) => Some(format!(
                "the example `{}` cannot be repaired, at {why}",
                excerpt(payload)
            )),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::import;
    use crate::property::config;

    /// One page of each style, with its sheet.
    struct Style {
        file: &'static str,
        page: &'static str,
        sheet: &'static str,
    }

    macro_rules! style {
        ($platform:literal, $endpoint:literal, $extension:literal) => {
            Style {
                file: concat!("fixtures/", $platform, "/", $endpoint, ".md"),
                page: include_str!(concat!(
                    "../tests/pages/",
                    $platform,
                    ".",
                    $endpoint,
                    ".",
                    $extension
                )),
                sheet: include_str!(concat!("../../fixtures/", $platform, "/", $endpoint, ".md")),
            }
        };
    }

    const IMETASTORE: Style = style!("imetastore", "after-sales", "txt");
    const SHOPLAZZA: Style = style!("shoplazza", "after-sales-list", "txt");
    const WECHAT: Style = style!("wechat-shop", "aftersale-get", "txt");
    const XIAOE: Style = style!("xiaoe", "after-sale-detail", "txt");
    const XPORTCN: Style = style!("xportcn", "refund-query-list", "txt");
    const STYLES: [Style; 5] = [IMETASTORE, SHOPLAZZA, WECHAT, XIAOE, XPORTCN];

    const OTHER_LAYOUTS: [Style; 4] = [
        style!("imetastore", "after-sales", "md"),
        style!("imetastore", "after-sales", "html"),
        style!("xiaoe", "after-sale-detail", "md"),
        style!("xiaoe", "after-sale-detail", "html"),
    ];

    impl Style {
        fn drift(&self, page: &str) -> Vec<String> {
            drift_of(self.file, self.sheet, page)
        }
    }

    fn drift_of(file: &str, sheet: &str, page: &str) -> Vec<String> {
        let sheet = sheet::parse(file, sheet).unwrap();
        let page = page::read(page).unwrap().contract;
        let (of_sheet, of_page) = contracts(&sheet, page).unwrap();
        assert_eq!(unreadable(&of_sheet, &of_page), [""; 0]);
        let drift = compare(&of_sheet, &of_page, &sheet.masks);
        drift.iter().map(ToString::to_string).collect()
    }

    /// A push without its table and example.
    const PUSH: &str = "---\nplatform: p\nendpoint: e\nmethod: POST\npath: /\nsource_page: E (site)\n\
        date_read: 2026-01-31\npush: Push\nevent: event(source)\n---\n\n## Request\n\n\
        | path | type | required | example | note |\n|---|---|---|---|---|\n";

    const MASKED: &str = "\n## Masked\n\n| path | rule |\n|---|---|\n| `body.phone` | phone |\n";

    /// Rows and example of a sheet, and its page.
    const PUSHES: [(&str, &str, &str); 2] = [
        (
            "| `kind` | string | | | ours |\n| `body` | object | | | ours |\n| `body.phone` | string | | | ours |\n",
            "### request\n\n```xml\n<doc><kind>a</kind><body><phone>0000</phone></body></doc>\n```\n",
            "# Push\n\n## Response\n\n| name | type | description |\n|---|---|---|\n| kind | string | what |\n\
             | body | object | more |\n| body.phone | string | whose |\n\n\
             <doc>\n  <kind><![CDATA[a]]></kind>\n  <body><phone>5550</phone></body>\n</doc>\n",
        ),
        (
            "| `kind` | string | | | ours |\n| `body` | string | | | ours |\n| `body.phone` | string | | | ours |\n",
            "### request\n\n```json\n{\"kind\": \"a\", \"body\": \"{\\\"phone\\\": \\\"0000\\\"}\"}\n```\n",
            "# Push\n\n## Response\n\n| name | type | description |\n|---|---|---|\n| kind | string | what |\n\
             | body | string | more |\n| body.phone | string | whose |\n\n\
             {\"kind\": \"a\", \"body\": \"{\\\"phone\\\": \\\"5550\\\"}\"}\n",
        ),
    ];

    #[test]
    fn a_push_is_compared_under_whatever_heading_its_page_has_it() {
        for (rows, example, page) in PUSHES {
            let push = if example.contains("json") {
                PUSH.replace("\n---\n\n##", "\nembedded: Body in body\n---\n\n##")
            } else {
                PUSH.to_owned()
            };
            let sheet = format!("{push}{rows}{MASKED}\n## Examples\n\n{example}");
            let drift = |page: &str| drift_of("fixtures/p/e.md", &sheet, page);
            assert_eq!(drift(page), [""; 0], "{page}");
            let added = page.replace("| kind |", "| mode | string | how |\n| kind |");
            assert_eq!(drift(&added), ["field added (request): `mode`: string"]);
            let changed = page
                .replace("[CDATA[a]", "[CDATA[b]")
                .replace("\"a\"", "\"b\"");
            assert_eq!(
                drift(&changed),
                ["example changed (request): `kind`: \"a\" → \"b\""]
            );
        }
    }

    #[test]
    fn a_page_that_says_the_same_shows_no_drift_in_whatever_layout() {
        for style in STYLES.iter().chain(&OTHER_LAYOUTS) {
            assert_eq!(style.drift(style.page), [""; 0], "{}", style.file);
        }
    }

    #[test]
    fn line_ends_and_trailing_spaces_are_no_drift() {
        for style in STYLES.iter().chain(&OTHER_LAYOUTS) {
            for end in ["\r\n", "   \n", "\t\n", " \r\n"] {
                let page = format!("\u{feff}{}", style.page.replace('\n', end));
                assert_eq!(style.drift(&page), [""; 0], "{}: {end:?}", style.file);
            }
        }
    }

    type Change = (
        &'static Style,
        &'static [(&'static str, &'static str)],
        &'static [&'static str],
    );

    /// What is replaced in a page, by what, and the drift.
    const CHANGES: &[Change] = &[
        // A field is gone: from the table, from the example, from both.
        (
            &IMETASTORE,
            &[
                ("data.brandNamestringBrand, in words\n", ""),
                ("    \"brandName\": \"GameBrand\",\n", ""),
            ],
            &["field removed (response): `data.brandName`: string"],
        ),
        (
            &IMETASTORE,
            &[("data.brandNamestringBrand, in words\n", "")],
            &["field removed (response): `data.brandName`: the example still shows it"],
        ),
        (
            &IMETASTORE,
            &[("    \"brandName\": \"GameBrand\",\n", "")],
            &["example changed (response): `data.brandName`: \"GameBrand\""],
        ),
        (
            &IMETASTORE,
            &[("data.imageUrlsarray[string]Pictures as links (buyer)\n", "")],
            &["field removed (response): `data.imageUrls`: the example still shows it"],
        ),
        (
            &IMETASTORE,
            &[(
                "data.afterSalesReasonTextstring",
                "data.afterSalesReasonTextPlainstring",
            )],
            &[
                "field removed (response): `data.afterSalesReasonText`: the example still shows it",
                "field added (response): `data.afterSalesReasonTextPlain`: string",
            ],
        ),
        (
            &XIAOE,
            &[("data | object | 结果内容 |\n", "")],
            &["field removed (response): `data`: object"],
        ),
        // With its codes.
        (
            &XIAOE,
            &[(
                "sale_type | string | 类别:1-只退钱 2-退钱退货 3-换新 |\n",
                "",
            )],
            &["field removed (response): `data.sale_type`: the example still shows it"],
        ),
        (
            &XIAOE,
            &[(
                "sale_type | string |",
                "sale_mode | string | 方式:1-甲 2-乙 |\nsale_type | string |",
            )],
            &["field added (response): `data.sale_mode`: string"],
        ),
        (
            &SHOPLAZZA,
            &[("per_page | int32", "limit | int32")],
            &[
                "field removed (request): `query:per_page`: int32",
                "field added (request): `query:limit`: int32",
            ],
        ),
        (
            &WECHAT,
            &[("aftersale_infos[].refund_reason string Why the money\n", "")],
            &["field removed (response): `aftersale_infos[].refund_reason`: string"],
        ),
        (
            &WECHAT,
            &[(
                "            \"create_time\": \"2020-12-01 00:00:00\",\n",
                "",
            )],
            &["field removed (response): `aftersale_infos[].create_time`: string"],
        ),
        (
            &XIAOE,
            &[("updated_at | string | 何时更新 |\n", "")],
            &["field removed (response): `data.updated_at`: string"],
        ),
        (
            &XPORTCN,
            &[("                    \"reasonId\": 150013,\n", "")],
            &[
                "field removed (response): `data.refundOrderAggregates[].refundOrder.reasonId`: number",
            ],
        ),
        // A type changes.
        (
            &IMETASTORE,
            &[("data.brandIdinteger", "data.brandIdstring")],
            &["type changed (response): `data.brandId`: integer → string"],
        ),
        (
            &SHOPLAZZA,
            &[("delivery_method | number", "delivery_method | string")],
            &["type changed (response): `post_sales[].delivery_method`: number → string"],
        ),
        (
            &WECHAT,
            &[(
                "aftersale_infos[].refund number",
                "aftersale_infos[].refund string",
            )],
            &["type changed (response): `aftersale_infos[].refund`: number → string"],
        ),
        (
            &XIAOE,
            &[("freight | int |", "freight | string |")],
            &["type changed (response): `data.freight`: int → string"],
        ),
        (
            &XPORTCN,
            &[("\"reasonId\": 150013", "\"reasonId\": \"150013\"")],
            &[
                "type changed (response): `data.refundOrderAggregates[].refundOrder.reasonId`: number in the example → string in the example",
            ],
        ),
        // A code is added, or gone.
        (
            &IMETASTORE,
            &[("\n5Paid\n", "\n5Paid\n12Waiting again\n")],
            &["codes added (response): `data.orderAfterSalesStatus`: 12"],
        ),
        (
            &IMETASTORE,
            &[("\n5Paid\n", "\n")],
            &["codes removed (response): `data.orderAfterSalesStatus`: 5"],
        ),
        (
            &SHOPLAZZA,
            &[(
                "State of the case. Often one of: pending , processing ,",
                "State of the case. Often one of: pending , processing , declined ,",
            )],
            &["codes added (response): `post_sales[].status`: declined"],
        ),
        (
            &SHOPLAZZA,
            &[(
                "Can be one of: pending , processing ,",
                "Can be one of: processing ,",
            )],
            &["codes removed (request): `query:status`: pending"],
        ),
        (
            &WECHAT,
            &[(
                ", 14: goods money done",
                ", 14: goods money done, 20: in dispute",
            )],
            &["codes added (response): `aftersale_infos[].status`: 20"],
        ),
        (
            &XIAOE,
            &[("19:商家已签收]", "19:商家已签收,20:平台介入]")],
            &["codes added (response): `data.state`: 20"],
        ),
        (
            &XIAOE,
            &[("2-退钱退货 3-换新", "2-退钱退货")],
            &["codes removed (response): `data.sale_type`: 3"],
        ),
        (
            &XPORTCN,
            &[("\"refundStatus\": \"100\"", "\"refundStatus\": \"200\"")],
            &[
                "codes added (response): `data.refundOrderAggregates[].refundOrder.refundStatus`: 200",
                "codes removed (response): `data.refundOrderAggregates[].refundOrder.refundStatus`: 100",
            ],
        ),
        // A field is added.
        (
            &IMETASTORE,
            &[(
                "data.brandIdinteger",
                "data.gameIdintegerWhich game\ndata.brandIdinteger",
            )],
            &["field added (response): `data.gameId`: integer"],
        ),
        (
            &SHOPLAZZA,
            &[(
                "sku | string |",
                "barcode | string | Of the thing. | \"1\" |\nsku | string |",
            )],
            &["field added (response): `post_sales[].line_items[].barcode`: string"],
        ),
        (
            &WECHAT,
            &[(
                "aftersale_infos[].refund number",
                "aftersale_infos[].order_no string Its order\naftersale_infos[].refund number",
            )],
            &["field added (response): `aftersale_infos[].order_no`: string"],
        ),
        (
            &XIAOE,
            &[(
                "goods_list.goods_tag |",
                "goods_list.weight | int | 重量 |\ngoods_list.goods_tag |",
            )],
            &["field added (response): `data.goods_list[].weight`: int"],
        ),
        (
            &XPORTCN,
            &[("\"total\": 28,", "\"total\": 28, \"pages\": 28,")],
            &["field added (response): `data.pages`: number in the example"],
        ),
        // The call, and what is required.
        (
            &XIAOE,
            &[("1分钟300次", "1分钟100次")],
            &["quota changed (call): 300 per minute → 100 per minute"],
        ),
        (
            &XIAOE,
            &[("after_sale.detail/1.0.0", "after_sale.detail/2.0.0")],
            &[
                "path changed (call): /xe.ecommerce.after_sale.detail/1.0.0 → /xe.ecommerce.after_sale.detail/2.0.0",
            ],
        ),
        (
            &WECHAT,
            &[("method: POST", "method: GET")],
            &["method changed (call): POST → GET"],
        ),
        (
            &XIAOE,
            &[("aftersale_id | 是 |", "aftersale_id | 否 |")],
            &["required changed (request): `aftersale_id`: yes → no"],
        ),
        (
            &SHOPLAZZA,
            &[("page | int32 | No |", "page | int32 | Yes |")],
            &["required changed (request): `query:page`: no → yes"],
        ),
        // Examples and errors.
        (
            &SHOPLAZZA,
            &[("| \"242.00\" |", "| \"243.00\" |")],
            &["example changed (response): `post_sales[].order_total`: \"242.00\" → \"243.00\""],
        ),
        (
            &SHOPLAZZA,
            &[("| \"242.00\" |", "| |")],
            &["example changed (response): `post_sales[].order_total`: \"242.00\""],
        ),
        (
            &XIAOE,
            &[
                ("aftersale_id | 是 |", "aftersale_id | 否 |"),
                (
                    "\"aftersale_id\":\"A1676256272_63e9a41000b74_73803812\"",
                    "\"aftersale_id\":\"A1\"",
                ),
            ],
            &[
                "required changed (request): `aftersale_id`: yes → no",
                "example changed (request): `aftersale_id`: \"A1676256272_63e9a41000b74_73803812\" → \"A1\"",
            ],
        ),
        (
            &XPORTCN,
            &[("\"total\": 28", "\"total\": 29")],
            &["example changed (response): `data.total`: 28 → 29"],
        ),
        (
            &SHOPLAZZA,
            &[("store is not active", "store is closed")],
            &["example changed (error): `error`: \"store is not active\" → \"store is closed\""],
        ),
        // What is masked, worded or laid out differently is the same.
        (
            &XIAOE,
            &[("\"user_name\": \"", "\"user_name\": \"另一个")],
            &[],
        ),
        (
            &IMETASTORE,
            &[(
                "data.idintegerId of the case",
                "data.idintegerThe case it is about",
            )],
            &[],
        ),
        (
            &XIAOE,
            &[("\"freight\": 0,\n", "\n  \"freight\":   0,\n")],
            &[],
        ),
    ];

    #[test]
    fn each_change_of_a_page_is_reported_as_exactly_that() {
        for (style, replacements, expected) in CHANGES {
            let mut page = style.page.to_owned();
            for (from, to) in *replacements {
                assert!(page.contains(from), "{}: {from}", style.file);
                page = page.replacen(from, to, 1);
            }
            assert_eq!(
                style.drift(&page),
                *expected,
                "{}: {replacements:?}",
                style.file
            );
        }
    }

    #[test]
    fn a_draft_says_what_the_committed_sheet_says() {
        for style in STYLES.iter().chain(&OTHER_LAYOUTS) {
            let page = page::read(style.page).unwrap();
            let committed = sheet::parse(style.file, style.sheet).unwrap();
            let draft = import::draft(
                &committed.platform,
                &committed.endpoint,
                &page,
                "2026-01-31",
            );
            // As a draft it cannot be taken for a sheet.
            assert!(
                sheet::parse(style.file, &draft.text).is_err(),
                "{}",
                style.file
            );
            let draft = sheet::parse_draft(style.file, &draft.text).unwrap();
            let mut says = Contract::of_sheet(&draft).unwrap();
            says.path = says.path.filter(|path| !path.contains(sheet::REVIEW));
            let masks: Vec<_> = committed
                .masks
                .iter()
                .chain(&draft.masks)
                .cloned()
                .collect();
            let drift = compare(&Contract::of_sheet(&committed).unwrap(), &says, &masks);
            assert_eq!(drift, [], "{}", style.file);
        }
    }

    #[test]
    fn a_mask_of_an_array_hides_its_elements_here_as_in_the_fixtures() {
        let mask = crate::mask::Mask::Phone;
        let masks = [Masked {
            line: 1,
            path: "phones".to_owned(),
            mask,
        }];
        let (published, _) = repair::read(r#"{"phones": ["5550100"], "id": "5550100"}"#).unwrap();
        let (hidden, _) = repair::read(r#"{"phones": ["0000000"], "id": "5550100"}"#).unwrap();
        assert_eq!(masked(&published, "", &masks), hidden);
    }

    #[test]
    fn a_payload_beyond_repair_is_no_agreement() {
        let page = XIAOE
            .page
            .replacen("\"actual_fee\": 10", "\"actual_fee\": ten", 1);
        let sheet = sheet::parse(XIAOE.file, XIAOE.sheet).unwrap();
        let contract = Contract::of_sheet(&sheet).unwrap();
        let page = page::read(&page).unwrap();
        let found = unreadable(&contract, &page.contract);
        assert_eq!(found.len(), 1);
        assert!(
            found[0].ends_with("cannot be repaired, at 5:15: `ten` is not a JSON value"),
            "{found:?}"
        );
    }

    proptest! {
        #![proptest_config(config(128))]

        #[test]
        fn a_damaged_page_ends_in_a_comparison(
            style in 0..STYLES.len(),
            damage in prop::collection::vec(
                (any::<prop::sample::Index>(), 0_usize..40, "[a-z{}\\[\\]|:：,;\"'#`<>/() \n\t中]{0,6}"),
                1..8,
            ),
        ) {
            let style = &STYLES[style];
            let mut text: Vec<char> = style.page.chars().collect();
            for (position, length, replacement) in damage {
                let start = position.index(text.len());
                let end = (start + length).min(text.len());
                text.splice(start..end, replacement.chars());
            }
            let text: String = text.into_iter().collect();
            if let Some(page) = page::read(&text) {
                let sheet = sheet::parse(style.file, style.sheet).unwrap();
                let contract = Contract::of_sheet(&sheet).unwrap();
                compare(&contract, &page.contract, &sheet.masks);
                import::draft("p", "e", &page, "2026-01-31");
            }
        }

        #[test]
        fn any_text_is_a_page_or_none(text in "[a-zA-Z0-9{}\\[\\]|:：,;\"'#`<>/()=.\\-_ \n\t中说明参数名类型]{0,300}") {
            if let Some(page) = page::read(&text) {
                import::draft("p", "e", &page, "2026-01-31");
            }
        }
    }
}
