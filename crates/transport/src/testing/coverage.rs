//! Proof that a wire type reads every documented field, and what of the unified record each one reaches.
//!
//! Looking for what serde ignored would prove nothing: the lenient readers set nested JSON aside and
//! read it again, out of sight of the deserializer that was wrapped. So every field of a document
//! that has them all is changed in turn, and what is decoded from it has to change as well.
//!
//! A field can be hidden behind another one, as the deadline of a case behind that of its state, or
//! behind a status. So whatever reaches the record is also taken away, or set to each of its documented
//! codes, and everything tried again. What needs two such steps that have nothing to do with each
//! other is not found.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::{self, Debug};
use std::ops::Range;
use std::path::Path;
use std::{env, fs};

use core_model::{AfterSale, Status};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

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
        unknown: Vec::new(),
    });
    let mut survey = Survey {
        fields: fields.collect(),
        codes,
        decode,
    };
    survey.find_read(&document, &decoded.fields());
    // What is not read may be what keeps the document from a record: then that is what has to be told.
    if survey.fields.iter().all(|field| field.is_read) {
        decoded.expect_records();
    }
    survey.find_reaches(&document);
    survey.find_unknown(&document);
    Coverage {
        fields: survey.fields,
    }
}

/// What is decoded from a body.
#[derive(Debug)]
pub struct Decoded<'a> {
    wire: Box<dyn Debug + 'a>,
    records: Option<Vec<Result<AfterSale, String>>>,
}

impl<'a> Decoded<'a> {
    /// Of a call that returns no records.
    pub fn wire(wire: impl Debug + 'a) -> Self {
        Self {
            wire: Box::new(wire),
            records: None,
        }
    }

    /// With the unified records. Their raw text would show every change.
    #[must_use]
    pub fn records(self, records: Vec<core_model::Result<AfterSale>>) -> Self {
        let records = records.into_iter().map(|record| match record {
            Ok(record) => Ok(AfterSale {
                raw: None,
                ..record
            }),
            Err(error) => Err(error.to_string()),
        });
        Self {
            records: Some(records.collect()),
            ..self
        }
    }

    fn fields(&self) -> String {
        format!("{:?}", self.wire)
    }

    fn expect_records(&self) {
        let Some(records) = &self.records else {
            return;
        };
        let unreadable = records.iter().find_map(|record| record.as_ref().err());
        let why = unreadable.map_or("there is none", String::as_str);
        assert!(
            unreadable.is_none() && !records.is_empty(),
            "the document with every field makes no record: {why}\n\
             the sheet has to give an example of what keeps it from one"
        );
    }
}

/// Reads a body, if the wire type takes it.
pub fn read<'a, T: Deserialize<'a>>(body: &'a str) -> Option<T> {
    serde_json::from_str(body).ok()
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
    /// The documented codes that have no status.
    unknown: Vec<String>,
}

/// A member of the unified record, and under which conditions a field reaches it.
#[derive(Debug)]
struct Reach {
    member: String,
    conditions: Vec<String>,
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
/// status table lacks documented codes: `data.state → awaits, status (unknown status: 20)`.
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
            if !field.unknown.is_empty() {
                write!(f, " (unknown status: {})", field.unknown.join(" and "))?;
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
        let records = self.records(&document.text);
        let without_containers = nodes(&document.text)
            .into_iter()
            .filter(|node| !node.is_leaf)
            .map(|container| document.without(&container))
            // What changes nothing hides nothing.
            .filter(|variant| self.records(&variant.text) != records);
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
        let Some(records) = self.records(&variant.text) else {
            return further;
        };
        let before: Vec<_> = records.iter().map(json).collect();
        let (reaching, others): (Vec<_>, Vec<_>) = self
            .leaves(&variant.text)
            .into_iter()
            .partition(|leaf| self.reaches_something(leaf));
        let others = if self.any_matters(&others, variant, &records) {
            others
        } else {
            Vec::new()
        };
        let tried = reaching.into_iter().map(|leaf| (leaf, &FEW[..]));
        let tried = tried.chain(others.into_iter().map(|leaf| (leaf, &VALUES[..])));
        for (leaf, values) in tried {
            let mut members = BTreeSet::new();
            for value in self.values(&leaf, &variant.text, values) {
                let after = self.records(&replaced(&variant.text, &leaf.span, &value));
                let after = after.filter(|after| *after != records);
                for (before, after) in before.iter().zip(after.iter().flatten().map(json)) {
                    compare("", before, &after, &mut members);
                }
            }
            let field = self.field_mut(&leaf.path);
            if field.is_some_and(|field| field.note(members, &variant.conditions)) {
                let codes = self.codes_of(&leaf, &variant.text);
                further.push(variant.without(&leaf));
                further.extend(codes.map(|(code, value)| variant.with(&leaf, code, &value)));
            }
        }
        further
    }

    /// A documented code for which the platform's status table has no row.
    fn find_unknown(&mut self, document: &str) {
        for leaf in self.leaves(document) {
            let codes = self.codes_of(&leaf, document);
            let unknown: Vec<_> = codes
                .filter(|(code, value)| {
                    let records = self.records(&replaced(document, &leaf.span, value));
                    let mut records = records.iter().flatten();
                    records.any(|record| {
                        record.status == Status::Unknown
                            && record.native_status.code.as_deref() == Some(code)
                    })
                })
                .map(|(code, _)| code.to_owned())
                .collect();
            if let Some(field) = self.field_mut(&leaf.path) {
                field.unknown = unknown;
            }
        }
    }

    fn reaches_something(&self, leaf: &Node) -> bool {
        let mut fields = self.fields.iter();
        fields.any(|field| field.path == leaf.path && !field.reaches.is_empty())
    }

    /// Whether any of these reaches the records. Most fields never do, so they are tried all at once.
    fn any_matters(&self, leaves: &[Node], variant: &Variant, records: &[AfterSale]) -> bool {
        FEW.iter().any(|value| {
            let changed = leaves
                .iter()
                .rev()
                .fold(variant.text.clone(), |text, leaf| {
                    replaced(&text, &leaf.span, value)
                });
            self.records(&changed).as_deref() != Some(records)
        })
    }

    /// The records of a text, unless one of them cannot be read.
    fn records(&self, text: &str) -> Option<Vec<AfterSale>> {
        let records = (self.decode)(text)?.records.unwrap_or_default();
        records.into_iter().collect::<Result<_, _>>().ok()
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
    fn note(&mut self, members: BTreeSet<String>, conditions: &[String]) -> bool {
        let known = self.reaches.len();
        for member in members {
            if self.reaches.iter().all(|reach| reach.member != member) {
                self.reaches.push(Reach {
                    member,
                    conditions: conditions.to_owned(),
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

fn json(record: &AfterSale) -> Value {
    serde_json::to_value(record).expect("a record is JSON")
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
        Awaits, Error, Evidence, Item, NativeStatus, Notes, Platform, Progress, Side,
    };

    use super::*;
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
    #[should_panic(expected = "makes no record: unreadable answer: id: is missing")]
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
}
