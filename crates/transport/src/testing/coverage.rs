//! Proof that a wire type reads every documented field, and what of the unified record or the event each one reaches.
//!
//! Looking for what serde ignored would prove nothing: the lenient readers set nested JSON aside and
//! read it again, out of sight of the deserializer that was wrapped. So every field of a document
//! that has them all is changed in turn, and what is decoded from it has to change as well.
//!
//! A field can be hidden behind another one, as the deadline of a case behind that of its state, or
//! behind a status. So whatever reaches the record is also taken away, or set to each of its documented
//! codes, and everything tried again. What needs two such steps that have nothing to do with each
//! other is not found.
//!
//! The document of a push is JSON, whatever is sent: [`beside`], [`in_string`] and [`xml`] make of it what the platform
//! would send, for the crate to read as it does.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::{self, Debug};
use std::ops::Range;
use std::path::Path;
use std::{env, fs};

use core_model::{AfterSale, Change, Event, Status};
use quick_xml::escape::escape;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::push::Refusal;

/// Names a folder: where it is set, each coverage is also written there, for `cargo xtask coverage`.
const FOLDER: &str = "COVERAGE_FOLDER";

/// What every field is set to in turn: some of it differs from any value, and it can be read as a
/// text, an amount, a count, a time, a currency or a flag.
const VALUES: [&str; 6] = ["null", "800000000", "\"USD\"", "\"EUR\"", "true", "false"];

/// What is enough for all fields at once, and for a field that is known to reach the record.
const FEW: [&str; 4] = ["null", "800000000", "\"USD\"", "\"EUR\""];

/// Follows every field of `document` through `decode`, which returns `None` where the wire type
/// refuses the body. `codes` are the documented codes, by the path of their field.
pub fn of(
    document: &str,
    codes: &[(&str, &[&str])],
    decode: impl Fn(&str) -> Option<Decoded<'_>>,
) -> Coverage {
    let document = compact(document);
    let decoded = decode(&document).expect("the document with every field is readable");
    let leaves = nodes(&document).into_iter().filter(|node| node.is_leaf);
    let fields = leaves.map(|leaf| Field {
        path: leaf.path,
        is_read: false,
        reaches: Vec::new(),
        gaps: Vec::new(),
    });
    let mut survey = Survey {
        fields: fields.collect(),
        codes,
        decode,
    };
    survey.find_read(&document, &decoded.fields());
    // What is not read may be what keeps the document from a record: then that is what has to be told.
    if survey.fields.iter().all(|field| field.is_read) {
        decoded.expect_made();
    }
    survey.find_reaches(&document);
    survey.find_gaps(&document);
    Coverage {
        fields: survey.fields,
    }
}

/// What is decoded from a body.
#[derive(Debug)]
pub struct Decoded<'a> {
    wire: Box<dyn Debug + 'a>,
    made: Option<Vec<Result<Made, String>>>,
}

/// What a crate makes of a body for its users.
#[derive(Debug, Clone, PartialEq)]
enum Made {
    Record(Box<AfterSale>),
    Event(Box<Event>),
}

impl<'a> Decoded<'a> {
    /// Of a call that returns no records.
    pub fn wire(wire: impl Debug + 'a) -> Self {
        Self {
            wire: Box::new(wire),
            made: None,
        }
    }

    /// With the unified records. Their raw text would show every change.
    #[must_use]
    pub fn records(self, records: Vec<core_model::Result<AfterSale>>) -> Self {
        let records = records.into_iter().map(|record| match record {
            Ok(record) => Ok(Made::Record(Box::new(AfterSale {
                raw: None,
                ..record
            }))),
            Err(error) => Err(error.to_string()),
        });
        Self {
            made: Some(records.collect()),
            ..self
        }
    }

    /// Of a push, with its event. `wire` may be gone before this is.
    pub fn push(wire: impl Debug, event: Result<Event, Refusal>) -> Self {
        let event = event.map(|event| Made::Event(Box::new(event)));
        Self {
            wire: Box::new(format!("{wire:?}")),
            made: Some(vec![event.map_err(|refusal| refusal.to_string())]),
        }
    }

    fn fields(&self) -> String {
        format!("{:?}", self.wire)
    }

    fn expect_made(&self) {
        let Some(made) = &self.made else {
            return;
        };
        let unreadable = made.iter().find_map(|made| made.as_ref().err());
        let why = unreadable.map_or("there is none", String::as_str);
        assert!(
            unreadable.is_none() && !made.is_empty(),
            "the document with every field makes no record or event: {why}\n\
             the sheet has to give an example of what keeps it from one"
        );
    }
}

impl Made {
    fn json(&self) -> Value {
        match self {
            Self::Record(record) => serde_json::to_value(record),
            Self::Event(event) => serde_json::to_value(event),
        }
        .expect("a record or an event is JSON")
    }

    /// Whether the platform's status is a code that the status table lacks.
    fn has_unknown_status(&self, code: &str) -> bool {
        let (status, native) = match self {
            Self::Record(record) => (Some(record.status), &record.native_status),
            Self::Event(event) => (event.status, &event.native_status),
        };
        status == Some(Status::Unknown) && native.code.as_deref() == Some(code)
    }

    /// Whether what happened is not in the platform's table.
    fn is_unknown_change(&self) -> bool {
        matches!(self, Self::Event(event) if event.change == Change::Unknown)
    }
}

/// Reads a body, if the wire type takes it.
pub fn read<'a, T: Deserialize<'a>>(body: &'a str) -> Option<T> {
    serde_json::from_str(body).ok()
}

/// Takes out of the document of a push what is sent beside the body; returns that, and the body. `None` where some of
/// it is missing.
pub fn beside<const N: usize>(document: &str, names: [&str; N]) -> Option<([String; N], String)> {
    let mut body: BTreeMap<String, &RawValue> = serde_json::from_str(document).ok()?;
    let values = names.map(|name| content(body.remove(name)?.get()));
    let body = serde_json::to_string(&body).expect("JSON is printable");
    values
        .iter()
        .all(Option::is_some)
        .then(|| (values.map(Option::unwrap_or_default), body))
}

/// The document of a push with the JSON at a path in a string, as the platform sends it.
pub fn in_string(document: &str, path: &str) -> String {
    nodes(document)
        .into_iter()
        .find(|node| node.path == path)
        .map_or_else(
            || document.to_owned(),
            |node| {
                let string = Value::from(&document[node.span.clone()]).to_string();
                replaced(document, &node.span, &string)
            },
        )
}

/// A body without the string at a path, and what that holds. `None` where there is no string.
pub fn apart(body: &str, path: &str) -> Option<(String, String)> {
    let string = nodes(body).into_iter().find(|node| node.path == path)?;
    let inner = serde_json::from_str(&body[string.span.clone()]).ok()?;
    Some((replaced(body, &string.span, "null"), inner))
}

/// The document of a push as the XML that the platform sends: members are elements, those of an array have the same
/// name, and what is `null` is not there.
pub fn xml(document: &str, root: &str) -> String {
    let mut text = String::new();
    element(root, document, &mut text);
    text
}

fn element(name: &str, json: &str, text: &mut String) {
    if json.starts_with('[') {
        let elements: Vec<&RawValue> = serde_json::from_str(json).expect("an array");
        for inner in elements {
            element(name, inner.get(), text);
        }
    } else if json.starts_with('{') {
        text.push_str(&format!("<{name}>"));
        let members: BTreeMap<String, &RawValue> = serde_json::from_str(json).expect("an object");
        for (name, inner) in members {
            element(&name, inner.get(), text);
        }
        text.push_str(&format!("</{name}>"));
    } else if let Some(content) = content(json) {
        text.push_str(&format!("<{name}>{}</{name}>", escape(&content)));
    }
}

/// The content of a string, the literal of another scalar; `None` for `null`.
fn content(json: &str) -> Option<String> {
    match json {
        "null" => None,
        json if json.starts_with('"') => Some(serde_json::from_str(json).expect("a string")),
        json => Some(json.to_owned()),
    }
}

/// What becomes of each documented field of one sheet.
#[derive(Debug)]
pub struct Coverage {
    fields: Vec<Field>,
}

/// A documented field that holds a value, by its path in the sheet.
#[derive(Debug)]
struct Field {
    path: String,
    is_read: bool,
    reaches: Vec<Reach>,
    /// What is missing for some documented codes, and those: `unknown status`, 20.
    gaps: Vec<(&'static str, Vec<String>)>,
}

/// A member of the unified record or the event, and under which conditions a field reaches it.
#[derive(Debug)]
struct Reach {
    member: String,
    conditions: Vec<String>,
    /// The document under these conditions.
    text: String,
}

impl Coverage {
    /// Hands the coverage of a sheet to `cargo xtask coverage`, if that is who runs the test.
    pub fn publish(&self, platform: &str, endpoint: &str) {
        if let Some(folder) = env::var_os(FOLDER) {
            let file = Path::new(&folder).join(format!("{platform}.{endpoint}"));
            fs::write(file, self.to_string()).expect("the folder of the coverage is writable");
        }
    }

    /// Fails with the documented fields that the wire type does not read.
    pub fn assert_read(&self) {
        let unread = self.fields.iter().filter(|field| !field.is_read);
        let unread: Vec<_> = unread.map(|field| field.path.as_str()).collect();
        assert!(
            unread.is_empty(),
            "documented, and not read by the wire type: {}",
            unread.join(", ")
        );
    }
}

/// One line for each field: `data.state → awaits, status`, `data.time → wire only`, `data.x → not read`. Where the
/// tables lack documented codes: `data.state → awaits, status (unknown status: 20)`. Of a push also `(unknown change: …)`
/// and `(refused: …)`.
impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for field in &self.fields {
            let reaches: Vec<_> = field.reaches.iter().map(ToString::to_string).collect();
            let becomes = match (field.is_read, reaches.is_empty()) {
                (false, _) => "not read".to_owned(),
                (true, true) => "wire only".to_owned(),
                (true, false) => reaches.join(", "),
            };
            write!(f, "{} → {becomes}", field.path)?;
            for (gap, codes) in &field.gaps {
                write!(f, " ({gap}: {})", codes.join(" and "))?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

/// `deadline (without data.state_invalid_time)`.
impl fmt::Display for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.member)?;
        if self.conditions.is_empty() {
            return Ok(());
        }
        write!(f, " ({})", self.conditions.join(" and "))
    }
}

struct Survey<'a, D> {
    fields: Vec<Field>,
    codes: &'a [(&'a str, &'a [&'a str])],
    decode: D,
}

impl<D: Fn(&str) -> Option<Decoded<'_>>> Survey<'_, D> {
    /// A field is read if any change of it changes what is decoded, or is refused.
    fn find_read(&mut self, document: &str, fields: &str) {
        for leaf in self.leaves(document) {
            let is_read = self.values(&leaf, document, &VALUES).iter().any(|value| {
                let changed = replaced(document, &leaf.span, value);
                let changed = (self.decode)(&changed);
                changed.is_none_or(|changed| changed.fields() != fields)
            });
            if let Some(field) = self.field_mut(&leaf.path) {
                field.is_read = is_read;
            }
        }
    }

    fn find_reaches(&mut self, document: &str) {
        let document = Variant {
            text: document.to_owned(),
            conditions: Vec::new(),
        };
        let made = self.made(&document.text);
        let without_containers = nodes(&document.text)
            .into_iter()
            .filter(|node| !node.is_leaf)
            .map(|container| document.without(&container))
            // What changes nothing hides nothing.
            .filter(|variant| self.made(&variant.text) != made);
        let mut variants: VecDeque<_> = without_containers.collect();
        variants.push_front(document);
        while let Some(variant) = variants.pop_front() {
            variants.extend(self.follow(&variant));
        }
        for field in &mut self.fields {
            field.keep_the_deepest();
        }
    }

    /// Notes what each field reaches in this variant. Each field that reaches something new may hide
    /// others: returned are the variants in which it does not.
    fn follow(&mut self, variant: &Variant) -> Vec<Variant> {
        let mut further = Vec::new();
        let Some(made) = self.made(&variant.text) else {
            return further;
        };
        let before: Vec<_> = made.iter().map(Made::json).collect();
        let (reaching, others): (Vec<_>, Vec<_>) = self
            .leaves(&variant.text)
            .into_iter()
            .partition(|leaf| self.reaches_something(leaf));
        let others = if self.any_matters(&others, variant, &made) {
            others
        } else {
            Vec::new()
        };
        let tried = reaching.into_iter().map(|leaf| (leaf, &FEW[..]));
        let tried = tried.chain(others.into_iter().map(|leaf| (leaf, &VALUES[..])));
        for (leaf, values) in tried {
            let mut members = BTreeSet::new();
            for value in self.values(&leaf, &variant.text, values) {
                let after = self.made(&replaced(&variant.text, &leaf.span, &value));
                let after = after.filter(|after| *after != made);
                for (before, after) in before.iter().zip(after.iter().flatten().map(Made::json)) {
                    compare("", before, &after, &mut members);
                }
            }
            let field = self.field_mut(&leaf.path);
            if field.is_some_and(|field| field.note(members, variant)) {
                let codes = self.codes_of(&leaf, &variant.text);
                further.push(variant.without(&leaf));
                further.extend(codes.map(|(code, value)| variant.with(&leaf, code, &value)));
            }
        }
        further
    }

    /// Documented codes that the platform's tables lack: in the document, and where else the field decides.
    fn find_gaps(&mut self, document: &str) {
        let made = self.made(document).unwrap_or_default();
        let is_push = made.iter().any(|made| matches!(made, Made::Event(_)));
        for leaf in self.leaves(document) {
            let reaches = self.field(&leaf.path).map(|field| field.reaches.as_slice());
            let reaches = reaches.unwrap_or_default();
            let names_change = reaches.iter().any(|reach| reach.member == "native");
            let deciding = reaches
                .iter()
                .filter(|reach| ["status", "change"].contains(&reach.member.as_str()));
            let mut texts: Vec<_> = deciding.map(|reach| reach.text.as_str()).collect();
            texts.push(document);
            texts.sort_unstable();
            texts.dedup();
            let mut gaps = ["unknown status", "unknown change", "refused"].map(|gap| (gap, vec![]));
            for (code, _) in self.codes_of(&leaf, document) {
                let made = texts
                    .iter()
                    .filter_map(|text| self.made_of_code(text, &leaf, code));
                let made: Vec<_> = made.flatten().collect();
                let is_gap = [
                    made.iter().any(|made| made.has_unknown_status(code)),
                    names_change && made.iter().any(Made::is_unknown_change),
                    is_push && self.made_of_code(document, &leaf, code).is_none(),
                ];
                for ((_, codes), is_gap) in gaps.iter_mut().zip(is_gap) {
                    codes.extend(is_gap.then(|| code.to_owned()));
                }
            }
            if let Some(field) = self.field_mut(&leaf.path) {
                let gaps = gaps.into_iter().filter(|(_, codes)| !codes.is_empty());
                field.gaps = gaps.collect();
            }
        }
    }

    /// What is made of a text in which a field has this code.
    fn made_of_code(&self, text: &str, field: &Node, code: &str) -> Option<Vec<Made>> {
        let mut leaves = self.leaves(text).into_iter();
        let leaf = leaves.find(|leaf| leaf.path == field.path)?;
        let mut codes = self.codes_of(&leaf, text);
        let (_, value) = codes.find(|(known, _)| *known == code)?;
        self.made(&replaced(text, &leaf.span, &value))
    }

    fn reaches_something(&self, leaf: &Node) -> bool {
        let field = self.field(&leaf.path);
        field.is_some_and(|field| !field.reaches.is_empty())
    }

    /// Whether any of these reaches what is made. Most fields never do, so they are tried all at once.
    fn any_matters(&self, leaves: &[Node], variant: &Variant, made: &[Made]) -> bool {
        FEW.iter().any(|value| {
            let changed = leaves
                .iter()
                .rev()
                .fold(variant.text.clone(), |text, leaf| {
                    replaced(&text, &leaf.span, value)
                });
            self.made(&changed).as_deref() != Some(made)
        })
    }

    /// What is made of a text, unless some of it cannot be read.
    fn made(&self, text: &str) -> Option<Vec<Made>> {
        let made = (self.decode)(text)?.made.unwrap_or_default();
        made.into_iter().collect::<Result<_, _>>().ok()
    }

    fn values(&self, leaf: &Node, text: &str, values: &[&str]) -> Vec<String> {
        let values = values.iter().map(|&value| value.to_owned());
        values
            .chain(self.codes_of(leaf, text).map(|(_, value)| value))
            .collect()
    }

    /// The documented codes of a field, each also as JSON of the type that the field has.
    fn codes_of(&self, leaf: &Node, text: &str) -> impl Iterator<Item = (&str, String)> {
        let is_text = text[leaf.span.clone()].starts_with('"');
        let path = leaf.path.clone();
        let tables = self.codes.iter().filter(move |(known, _)| *known == path);
        tables.flat_map(|(_, codes)| *codes).map(move |&code| {
            let is_literal = !is_text && serde_json::from_str::<&RawValue>(code).is_ok();
            let value = if is_literal {
                code.to_owned()
            } else {
                Value::from(code).to_string()
            };
            (code, value)
        })
    }

    /// The documented fields of a text.
    fn leaves(&self, text: &str) -> Vec<Node> {
        let is_field = |node: &Node| self.fields.iter().any(|field| field.path == node.path);
        nodes(text).into_iter().filter(is_field).collect()
    }

    fn field(&self, path: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.path == path)
    }

    fn field_mut(&mut self, path: &str) -> Option<&mut Field> {
        self.fields.iter_mut().find(|field| field.path == path)
    }
}

/// The document, with some of it taken away or replaced.
struct Variant {
    text: String,
    conditions: Vec<String>,
}

impl Variant {
    fn without(&self, node: &Node) -> Self {
        self.changed(node, "null", format!("without {}", node.path))
    }

    fn with(&self, leaf: &Node, code: &str, value: &str) -> Self {
        self.changed(leaf, value, format!("{} is {code}", leaf.path))
    }

    fn changed(&self, node: &Node, value: &str, condition: String) -> Self {
        let conditions = self.conditions.iter().cloned();
        Self {
            text: replaced(&self.text, &node.span, value),
            conditions: conditions.chain([condition]).collect(),
        }
    }
}

impl Field {
    /// Whether any of these members was not known yet.
    fn note(&mut self, members: BTreeSet<String>, variant: &Variant) -> bool {
        let known = self.reaches.len();
        for member in members {
            if self.reaches.iter().all(|reach| reach.member != member) {
                self.reaches.push(Reach {
                    member,
                    conditions: variant.conditions.clone(),
                    text: variant.text.clone(),
                });
            }
        }
        self.reaches.len() > known
    }

    /// Without a value there is no `amounts.requested`; that says less than `amounts.requested.amount`.
    fn keep_the_deepest(&mut self) {
        let members: Vec<_> = self
            .reaches
            .iter()
            .map(|reach| reach.member.clone())
            .collect();
        self.reaches.retain(|reach| {
            let deeper = [format!("{}.", reach.member), format!("{}[", reach.member)];
            !members
                .iter()
                .any(|member| deeper.iter().any(|prefix| member.starts_with(prefix)))
        });
    }
}

/// Collects the paths at which two values differ.
fn compare(path: &str, before: &Value, after: &Value, paths: &mut BTreeSet<String>) {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => {
            for (key, value) in before {
                compare(&joined(path, key), value, &after[key], paths);
            }
        }
        (Value::Array(before), Value::Array(after)) if before.len() == after.len() => {
            for (before, after) in before.iter().zip(after) {
                compare(&format!("{path}[]"), before, after, paths);
            }
        }
        _ if before == after => {}
        _ => {
            paths.insert(path.to_owned());
        }
    }
}

/// A value of a document: its path as a sheet writes it (`data.list[].id`), and where it stands.
#[derive(Debug, PartialEq, Eq)]
struct Node {
    path: String,
    span: Range<usize>,
    /// It holds no other value.
    is_leaf: bool,
}

/// Every value of a document, in its order.
fn nodes(document: &str) -> Vec<Node> {
    let mut nodes = Vec::new();
    collect(document, document, String::new(), &mut nodes);
    nodes.sort_by_key(|node| node.span.start);
    nodes
}

/// `text` is part of `document`: values are replaced where they stand, so that no other one changes
/// its spelling.
fn collect(document: &str, text: &str, path: String, nodes: &mut Vec<Node>) {
    let inner: Vec<(String, &RawValue)> = if text.starts_with('{') {
        let members: BTreeMap<String, &RawValue> = serde_json::from_str(text).expect("an object");
        let members = members.into_iter();
        members
            .map(|(key, value)| (joined(&path, &key), value))
            .collect()
    } else if text.starts_with('[') {
        let elements: Vec<&RawValue> = serde_json::from_str(text).expect("an array");
        let elements = elements.into_iter();
        elements.map(|value| (format!("{path}[]"), value)).collect()
    } else {
        Vec::new()
    };
    let start = text.as_ptr().addr() - document.as_ptr().addr();
    nodes.push(Node {
        path,
        span: start..start + text.len(),
        is_leaf: inner.is_empty(),
    });
    for (path, value) in inner {
        collect(document, value.get(), path, nodes);
    }
}

fn joined(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}

/// JSON without the blanks between its tokens: it is going to be read some thousand times.
fn compact(json: &str) -> String {
    let mut in_string = false;
    let mut escaped = false;
    let is_kept = |next: &char| {
        if *next == '"' && !escaped {
            in_string = !in_string;
        }
        escaped = *next == '\\' && !escaped;
        in_string || !next.is_ascii_whitespace()
    };
    json.chars().filter(is_kept).collect()
}

fn replaced(text: &str, span: &Range<usize>, value: &str) -> String {
    [&text[..span.start], value, &text[span.end..]].concat()
}

#[cfg(test)]
mod tests {
    use core_model::lenient::{List, Literal, Number, Object, Text};
    use core_model::{
        Awaits, Error, Evidence, Item, NativeStatus, Notes, Platform, Progress, Proof, Side,
    };

    use super::*;
    use crate::push::Document;
    use crate::testing::documented;

    /// What no case here has to ignore is `unmodelled`, wherever it stands.
    #[derive(Debug, Default, Deserialize)]
    #[serde(default, bound(deserialize = "'de: 'a"))]
    struct Case<'a> {
        id: Text<'a>,
        state: Number<'a>,
        /// Comes before `remark`, and that before `comment`.
        note: Text<'a>,
        remark: Text<'a>,
        comment: Text<'a>,
        /// Counts in state 2 only.
        refusal: Text<'a>,
        pictures: List<Text<'a>>,
        goods: List<Goods<'a>>,
        shop: Object<Shop<'a>>,
        strict: u8,
    }

    #[derive(Debug, Default, Deserialize)]
    #[serde(default, bound(deserialize = "'de: 'a"))]
    struct Goods<'a> {
        title: Text<'a>,
        properties: Text<'a>,
    }

    #[derive(Debug, Default, Deserialize)]
    #[serde(default, bound(deserialize = "'de: 'a"))]
    struct Shop<'a> {
        name: Text<'a>,
    }

    fn normalize(case: &Case<'_>) -> core_model::Result<AfterSale> {
        let source = documented::source(Platform::new("example"), Side::Seller);
        let id = case.id.owned();
        let id = id.ok_or_else(|| Error::decode("id", "is missing"))?;
        let native_status = NativeStatus {
            code: case.state.owned(),
            label: None,
        };
        let item = |goods: &Goods<'_>| Item {
            title: goods.title.owned(),
            variant: goods.properties.owned(),
            ..Item::default()
        };
        let notes = [&case.note, &case.remark, &case.comment];
        Ok(AfterSale {
            notes: Notes {
                buyer: notes.into_iter().find_map(Literal::owned),
                seller: None,
                rejection: case
                    .refusal
                    .owned()
                    .filter(|_| case.state.get() == Some("2")),
            },
            evidence: Evidence {
                buyer: case.pictures.owned(),
                ..Evidence::default()
            },
            items: case.goods.iter().map(item).collect(),
            ..AfterSale::new(
                &source,
                id,
                native_status,
                Progress::new(Status::Requested, Awaits::Seller),
            )
        })
    }

    fn coverage(document: &str) -> Coverage {
        of(document, &[("state", &["1", "2"])], |body| {
            let case: Case<'_> = read(body)?;
            let records = vec![normalize(&case)];
            Some(Decoded::wire(case).records(records))
        })
    }

    /// What becomes of the fields that stand beside the id.
    fn beside_id(members: &str) -> Vec<String> {
        let coverage = coverage(&format!(r#"{{"id":"1",{members}}}"#)).to_string();
        let mut lines = coverage.lines().map(str::to_owned);
        assert_eq!(lines.next().as_deref(), Some("id → id"));
        lines.collect()
    }

    #[test]
    fn every_field_is_followed_to_the_record() {
        for (members, expected) in [
            (r#""state":1"#, &["state → native_status.code"][..]),
            (r#""shop":{"name":"a"}"#, &["shop.name → wire only"]),
            // Only what is refused shows that it is read.
            (r#""strict":0"#, &["strict → wire only"]),
            // Whatever the value is, another one makes a difference.
            (r#""note":null"#, &["note → notes.buyer"]),
            (r#""note":"800000000""#, &["note → notes.buyer"]),
            // Arrays, empty ones as well, and keys of any name.
            (r#""pictures":["a"]"#, &["pictures[] → evidence.buyer[]"]),
            (r#""pictures":[]"#, &["pictures → evidence.buyer"]),
            (
                r#""goods":[{"title":"a","properties":{"*":"b"}}]"#,
                &[
                    "goods[].title → items[].title",
                    "goods[].properties.* → items[].variant",
                ],
            ),
        ] {
            assert_eq!(beside_id(members), expected, "{members}");
        }
    }

    #[test]
    fn a_field_that_is_ignored_is_not_read() {
        for (members, expected) in [
            (r#""unmodelled":1"#, "unmodelled → not read"),
            (r#""unmodelled":null"#, "unmodelled → not read"),
            (r#""unmodelled":{}"#, "unmodelled → not read"),
            // The readers of lists and objects start anew inside.
            (
                r#""goods":[{"unmodelled":1}]"#,
                "goods[].unmodelled → not read",
            ),
            (
                r#""shop":{"unmodelled":[1]}"#,
                "shop.unmodelled[] → not read",
            ),
        ] {
            assert_eq!(beside_id(members), [expected], "{members}");
        }
    }

    #[test]
    #[should_panic(expected = "documented, and not read by the wire type: shop.unmodelled, other")]
    fn a_field_that_is_ignored_fails_the_test() {
        coverage(r#"{"id":"1","shop":{"name":"a","unmodelled":1},"other":1}"#).assert_read();
    }

    #[test]
    fn what_another_field_hides_is_found_without_that_field() {
        assert_eq!(
            beside_id(r#""comment":"c","remark":"b","note":"a""#),
            [
                "comment → notes.buyer (without note and without remark)",
                "remark → notes.buyer (without note)",
                "note → notes.buyer",
            ]
        );
    }

    #[test]
    fn what_a_status_hides_is_found_under_that_status() {
        assert_eq!(
            beside_id(r#""state":1,"refusal":"a""#),
            [
                "state → native_status.code, notes.rejection",
                "refusal → notes.rejection (state is 2)",
            ]
        );
    }

    #[test]
    fn documented_codes_without_a_status_are_named() {
        let statuses = [("1", Progress::new(Status::Requested, Awaits::Seller))];
        let codes: &[(&str, &[&str])] = &[("state", &["1", "2", "3"])];
        let coverage = of(r#"{"id":"1","state":1}"#, codes, |body| {
            let case: Case<'_> = read(body)?;
            let status = Progress::lookup(&statuses, case.state.get()).status();
            let record = normalize(&case).map(|record| AfterSale { status, ..record });
            Some(Decoded::wire(case).records(vec![record]))
        });
        assert_eq!(
            coverage.to_string().lines().last(),
            Some("state → native_status.code, status (unknown status: 2 and 3)")
        );
    }

    #[test]
    #[should_panic(expected = "makes no record or event: unreadable answer: id: is missing")]
    fn a_document_without_a_record_proves_nothing() {
        coverage(r#"{"id":null}"#);
    }

    #[test]
    fn a_field_that_is_ignored_is_named_where_it_keeps_the_document_from_a_record() {
        let coverage = coverage(r#"{"number":"1","state":1}"#);
        assert_eq!(
            coverage.to_string(),
            "number → not read\nstate → wire only\n"
        );
    }

    #[test]
    fn blanks_between_tokens_are_dropped() {
        assert_eq!(
            compact("{ \"a b\" : \"c \\\" d\" ,\n \"e\\\\\" : [ 1.10 ] }\n"),
            "{\"a b\":\"c \\\" d\",\"e\\\\\":[1.10]}"
        );
    }

    #[test]
    fn values_are_found_where_they_stand() {
        let document = "{ \"b\" : [ 1.10 , {\"c.d\": \"}\"} ], \"a\": {} }";
        let leaves: Vec<_> = nodes(document)
            .into_iter()
            .filter(|node| node.is_leaf)
            .map(|node| (node.path, &document[node.span]))
            .collect();
        assert_eq!(
            leaves,
            [
                ("b[]".to_owned(), "1.10"),
                ("b[].c.d".to_owned(), "\"}\""),
                ("a".to_owned(), "{}"),
            ]
        );
    }

    #[derive(Debug, Default, Deserialize)]
    #[serde(default, bound(deserialize = "'de: 'a"))]
    struct Notice<'a> {
        event: Text<'a>,
        reason: Number<'a>,
        case: Object<Goods<'a>>,
        sent: Number<'a>,
    }

    /// `title` is the id of the case, `properties` its state; there has to be one. What has failed has a reason.
    fn event(notice: &Notice<'_>, key: &str) -> Result<Event, Refusal> {
        let name = notice.event.get().unwrap_or_default();
        let change = match (name, notice.reason.get()) {
            ("opened", _) => Change::Opened,
            ("failed", Some("1")) => Change::RefundFailed,
            _ => Change::Unknown,
        };
        let statuses = [("1", Progress::new(Status::Requested, Awaits::Seller))];
        let case = notice.case.get();
        let state = case.and_then(|case| case.properties.owned());
        if name == "broken" {
            return Err(Refusal::malformed("it is broken"));
        }
        let native = [Some(name), notice.reason.get()].into_iter().flatten();
        let native: Vec<_> = native.collect();
        let source = documented::source(Platform::new("example"), Side::Seller);
        Ok(Event {
            case: case.and_then(|case| case.title.owned()),
            status: Some(Progress::lookup(&statuses, state.as_deref()).status()),
            native_status: NativeStatus {
                code: state,
                label: None,
            },
            ..Event::new(&source, key, native.join(" "), change, Proof::Body)
        })
    }

    const NOTICE: &str = r#"{"header:Key":"7","event":"opened","reason":1,"case":{"title":"<A&1>","properties":1},"sent":18446744073709551617}"#;

    /// What becomes of [`NOTICE`], which is read from what is sent for it.
    fn followed(decode: impl Fn(&str, &str) -> Option<Decoded<'static>>) -> String {
        let codes: &[(&str, &[&str])] = &[
            ("event", &["opened", "failed", "deleted", "broken"]),
            ("reason", &["1", "2"]),
            ("case.properties", &["1", "2"]),
            ("header:Key", &["7"]),
        ];
        let coverage = of(NOTICE, codes, |document| {
            let ([key], body) = beside(document, ["header:Key"])?;
            decode(&body, &key)
        });
        coverage.to_string()
    }

    #[test]
    fn a_push_is_followed_to_its_event_as_json_and_as_xml() {
        let as_json = followed(|body, key| {
            let notice: Notice<'_> = read(body)?;
            let event = event(&notice, key);
            Some(Decoded::push((notice, key), event))
        });
        let as_xml = followed(|body, key| {
            let body = xml(body, "doc");
            let document = Document::new(body.as_bytes()).ok()?;
            let notice: Notice<'_> = document.read().ok()?;
            let event = event(&notice, key);
            Some(Decoded::push((notice, key), event))
        });
        assert_eq!(
            as_json,
            "header:Key → key\n\
             event → change, native (unknown change: deleted) (refused: broken)\n\
             reason → native, change (event is failed) (unknown change: 2)\n\
             case.title → case\n\
             case.properties → native_status.code, status (unknown status: 2)\n\
             sent → wire only\n"
        );
        assert_eq!(as_xml, as_json);
    }

    /// The string shows each change of what is in it, whoever reads that.
    #[test]
    fn what_a_string_holds_is_read_by_its_own_type() {
        #[derive(Debug, Default, Deserialize)]
        #[serde(default, bound(deserialize = "'de: 'a"))]
        struct Outer<'a> {
            body: Text<'a>,
            #[serde(rename = "as")]
            kind: Text<'a>,
        }
        let document = r#"{"body":{"event":"opened","unmodelled":1},"as":"x"}"#;
        let coverage = of(document, &[], |document| {
            let body = in_string(document, "body");
            let outer: Outer<'_> = read(&body)?;
            let notice: Notice<'_> = read(outer.body.get()?)?;
            let event = event(&notice, "7");
            let (body, inner) = apart(&body, "body")?;
            let outer: Outer<'_> = read(&body)?;
            let notice: Notice<'_> = read(&inner)?;
            Some(Decoded::push((outer, notice), event))
        });
        assert_eq!(
            coverage.to_string(),
            "body.event → change, native\nbody.unmodelled → not read\nas → wire only\n"
        );
    }

    #[test]
    #[should_panic(expected = "makes no record or event: it is broken")]
    fn a_document_without_an_event_proves_nothing() {
        of(r#"{"event":"broken"}"#, &[], |body| {
            let notice: Notice<'_> = read(body)?;
            let event = event(&notice, "7");
            Some(Decoded::push(notice, event))
        });
    }

    #[test]
    fn a_document_becomes_what_the_platform_sends() {
        let document = r#"{"header:A":1.10,"header:B":"b","x":{"y":["\"",{"z":null}],"w":{}}}"#;
        let (values, body) = beside(document, ["header:B", "header:A"]).unwrap();
        assert_eq!(values, ["b", "1.10"]);
        assert_eq!(body, r#"{"x":{"y":["\"",{"z":null}],"w":{}}}"#);
        assert_eq!(beside(document, ["header:C"]), None);
        let sent = in_string(&body, "x.y");
        assert_eq!(sent, r#"{"x":{"y":"[\"\\\"\",{\"z\":null}]","w":{}}}"#);
        let (outside, inside) = apart(&sent, "x.y").unwrap();
        assert_eq!(outside, r#"{"x":{"y":null,"w":{}}}"#);
        assert_eq!(inside, r#"["\"",{"z":null}]"#);
        assert_eq!(apart(&body, "x.w"), None);
        assert_eq!(
            xml(&body, "doc"),
            "<doc><x><w></w><y>&quot;</y><y></y></x></doc>"
        );
    }
}
