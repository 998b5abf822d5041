//! Published examples are often not JSON; this reads them all the same and says what it had to repair.
//!
//! Every repair has a name and a place. Nothing is dropped in silence: what no rule covers is an error.

use std::collections::HashSet;
use std::fmt;

use crate::json::{Json, is_number};
use crate::scan::{Scan, Token, TokenKind, scan};

/// Deeper nesting is damage, not documentation; the limit keeps the reader's stack bounded.
const MAX_DEPTH: usize = 64;

/// Reads JSON with the repairs that were needed, in the order of their places.
pub(crate) fn read(text: &str) -> Result<(Json, Vec<Repair>), Broken> {
    let scan = scan(text)?;
    if scan.lost_closers() {
        // A page that lost the lines with only brackets on them still has its indentation. Where that
        // leads nowhere, the brackets alone have to do.
        if let Ok(read) = Reader::new(&scan, Layout::Trusted).document() {
            return Ok(read);
        }
    }
    Reader::new(&scan, Layout::Ignored).document()
}

/// A rule that was applied, and where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Repair {
    pub(crate) at: Place,
    pub(crate) rule: Rule,
}

/// The repairs, by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rule {
    OuterBrackets,
    InnerBrackets,
    SingleQuotes,
    FullWidth,
    KeyWithoutQuotes,
    KeyWithSpaces,
    Semicolon,
    TrailingComma,
    MissingComma,
    MissingColon,
    Comment,
    Placeholder,
}

/// Line and column in the published block, both from 1; columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

/// Damage that no rule covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Broken {
    pub(crate) at: Place,
    pub(crate) message: String,
}

impl fmt::Display for Repair {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}", self.at, self.rule)
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::OuterBrackets => "missing outer brackets",
            Self::InnerBrackets => "missing inner brackets",
            Self::SingleQuotes => "single quotes",
            Self::FullWidth => "full-width punctuation",
            Self::KeyWithoutQuotes => "key without quotes",
            Self::KeyWithSpaces => "key with spaces",
            Self::Semicolon => "semicolon for comma",
            Self::TrailingComma => "trailing comma",
            Self::MissingComma => "missing comma",
            Self::MissingColon => "missing colon",
            Self::Comment => "comment",
            Self::Placeholder => "placeholder",
        })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}", self.line, self.column)
    }
}

impl Place {
    pub(crate) const START: Self = Self { line: 1, column: 1 };
}

impl fmt::Display for Broken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.at, self.message)
    }
}

impl Broken {
    pub(crate) fn new(at: Place, message: impl Into<String>) -> Self {
        Self {
            at,
            message: message.into(),
        }
    }
}

/// Whether indentation may say where a container ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    Trusted,
    Ignored,
}

/// Recursive descent over the tokens. Every loop consumes a token or ends, and depth is bounded.
struct Reader<'a> {
    tokens: &'a [Token],
    next: usize,
    end: Place,
    layout: Layout,
    open: Vec<Kind>,
    repairs: Vec<Repair>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Object,
    Array,
}

/// Where an object begins, and so where its end may be recognised.
#[derive(Debug, Clone, Copy)]
enum Begin {
    /// By its brace, on a line indented so far.
    Brace(usize),
    /// By its first key, because the brace was lost.
    Key(usize),
}

impl<'a> Reader<'a> {
    fn new(scan: &'a Scan, layout: Layout) -> Self {
        Self {
            tokens: &scan.tokens,
            next: 0,
            end: scan.end,
            layout,
            open: Vec::new(),
            repairs: scan.repairs.clone(),
        }
    }

    fn document(mut self) -> Result<(Json, Vec<Repair>), Broken> {
        self.skip_placeholders();
        let start = self.place();
        let mut root = if self.at_key() {
            self.repair(start, Rule::OuterBrackets);
            self.implicit_object()?
        } else {
            self.value()?
        };
        if self.peek().is_some_and(TokenKind::separates) {
            self.repair(start, Rule::OuterBrackets);
            let mut elements = vec![root];
            self.separator()?;
            while self.peek().is_some() {
                self.skip_placeholders();
                elements.push(self.value()?);
                self.separator()?;
            }
            root = Json::Array(elements);
        }
        if let Some(token) = self.peek() {
            return Err(Broken::new(
                self.place(),
                format!("{token} after the end of the value"),
            ));
        }
        self.repairs.sort();
        Ok((root, self.repairs))
    }

    fn value(&mut self) -> Result<Json, Broken> {
        let at = self.place();
        let indent = self.indent();
        match self.take() {
            Some(TokenKind::Text(raw)) => Ok(Json::String(raw.clone())),
            Some(TokenKind::Word(word)) => literal(word, at),
            Some(TokenKind::OpenBrace) => self.object(Begin::Brace(indent)),
            Some(TokenKind::OpenBracket) => self.array(indent),
            Some(TokenKind::Placeholder) => Err(Broken::new(at, "the value is left out (`...`)")),
            Some(other) => Err(Broken::new(at, format!("expected a value, found {other}"))),
            None => Err(Broken::new(at, "expected a value, found the end")),
        }
    }

    fn implicit_object(&mut self) -> Result<Json, Broken> {
        let indent = self.indent();
        self.object(Begin::Key(indent))
    }

    fn object(&mut self, begin: Begin) -> Result<Json, Broken> {
        self.enter(Kind::Object)?;
        let mut members = Vec::new();
        let mut keys = HashSet::new();
        loop {
            self.skip_placeholders();
            let at = self.place();
            match self.peek() {
                Some(TokenKind::CloseBrace) => {
                    self.take();
                    break;
                }
                Some(TokenKind::CloseBracket) if self.is_open(Kind::Array) => {
                    self.end_of_object_is_missing(begin, at);
                    break;
                }
                None => {
                    self.end_of_object_is_missing(begin, at);
                    break;
                }
                Some(TokenKind::Text(raw)) => {
                    if self.is_dedented(begin) {
                        self.end_of_object_is_missing(begin, at);
                        break;
                    }
                    if matches!(begin, Begin::Key(_))
                        && self.parent() == Some(Kind::Array)
                        && keys.contains(raw)
                    {
                        // The same key again: the next element, its braces lost as well.
                        break;
                    }
                    let key = self.key(raw, at);
                    self.take();
                    self.colon()?;
                    let value = self.value()?;
                    keys.insert(raw.clone());
                    members.push((key, value));
                    self.separator()?;
                }
                Some(TokenKind::Word(word)) if self.at_key() => {
                    self.repair(at, Rule::KeyWithoutQuotes);
                    self.take();
                    self.colon()?;
                    members.push((word.clone(), self.value()?));
                    self.separator()?;
                }
                Some(other) => {
                    return Err(Broken::new(
                        at,
                        format!("expected a key in quotes, found {other}"),
                    ));
                }
            }
        }
        self.open.pop();
        Ok(Json::Object(members))
    }

    fn array(&mut self, indent: usize) -> Result<Json, Broken> {
        self.enter(Kind::Array)?;
        let mut elements = Vec::new();
        loop {
            self.skip_placeholders();
            let at = self.place();
            match self.peek() {
                Some(TokenKind::CloseBracket) => {
                    self.take();
                    break;
                }
                Some(TokenKind::CloseBrace) if self.is_open(Kind::Object) => {
                    self.repair(at, Rule::InnerBrackets);
                    break;
                }
                None => {
                    self.repair(at, Rule::InnerBrackets);
                    break;
                }
                Some(_) if self.at_key() => {
                    self.repair(at, Rule::InnerBrackets);
                    if self.is_dedented(Begin::Brace(indent)) {
                        break;
                    }
                    elements.push(self.implicit_object()?);
                    self.separator()?;
                }
                Some(_) => {
                    elements.push(self.value()?);
                    self.separator()?;
                }
            }
        }
        self.open.pop();
        Ok(Json::Array(elements))
    }

    /// Spaces around a key, or around its underscores, come from a translation of the page. Others may belong to it.
    fn key(&mut self, raw: &str, at: Place) -> String {
        let parts: Vec<_> = raw.split('_').map(str::trim).collect();
        let key = parts.join("_");
        if key.is_empty() {
            return raw.to_owned();
        }
        if key != raw {
            self.repair(at, Rule::KeyWithSpaces);
        }
        key
    }

    fn colon(&mut self) -> Result<(), Broken> {
        let at = self.place();
        match self.peek() {
            Some(TokenKind::Colon) => {
                self.take();
                Ok(())
            }
            Some(token) if token.begins_value() => {
                self.repair(at, Rule::MissingColon);
                Ok(())
            }
            Some(token) => Err(Broken::new(at, format!("expected `:`, found {token}"))),
            None => Err(Broken::new(at, "expected `:`, found the end")),
        }
    }

    /// What stands between two members or elements, or after the last one.
    fn separator(&mut self) -> Result<(), Broken> {
        let at = self.place();
        match self.peek() {
            Some(TokenKind::Comma) => {
                self.take();
                if self.peek().is_none_or(TokenKind::closes) {
                    self.repair(at, Rule::TrailingComma);
                }
                Ok(())
            }
            Some(TokenKind::Semicolon) => {
                self.take();
                self.repair(at, Rule::Semicolon);
                Ok(())
            }
            Some(TokenKind::Colon) => Err(Broken::new(at, "expected `,`, found `:`")),
            Some(token) if token.begins_value() && !self.after_separator() => {
                self.repair(at, Rule::MissingComma);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Where the end of a container was lost, its last comma is the one behind the container.
    fn after_separator(&self) -> bool {
        let previous = self
            .next
            .checked_sub(1)
            .and_then(|index| self.tokens.get(index));
        previous.is_some_and(|token| token.kind.separates())
    }

    /// `...` where a member or an element would be, with the comma that belongs to it.
    fn skip_placeholders(&mut self) {
        while self.peek() == Some(&TokenKind::Placeholder) {
            self.repair(self.place(), Rule::Placeholder);
            self.take();
            if self.peek() == Some(&TokenKind::Comma) {
                self.take();
            }
        }
    }

    /// An object without its opening brace was reported there; the pair is one repair.
    fn end_of_object_is_missing(&mut self, begin: Begin, at: Place) {
        if matches!(begin, Begin::Brace(_)) {
            self.repair(at, Rule::InnerBrackets);
        }
    }

    /// Whether the key at hand begins its line too far left to belong to the container.
    fn is_dedented(&self, begin: Begin) -> bool {
        let Some(token) = self.tokens.get(self.next) else {
            return false;
        };
        self.layout == Layout::Trusted
            && token.first_on_line
            && match begin {
                Begin::Brace(indent) => token.indent <= indent,
                Begin::Key(indent) => token.indent < indent,
            }
    }

    fn at_key(&self) -> bool {
        let is_name = match self.peek() {
            Some(TokenKind::Text(_)) => true,
            Some(TokenKind::Word(word)) => is_name(word),
            _ => false,
        };
        is_name
            && self.tokens.get(self.next + 1).map(|token| &token.kind) == Some(&TokenKind::Colon)
    }

    fn enter(&mut self, kind: Kind) -> Result<(), Broken> {
        if self.open.len() >= MAX_DEPTH {
            return Err(Broken::new(
                self.place(),
                format!("nested deeper than {MAX_DEPTH} levels"),
            ));
        }
        self.open.push(kind);
        Ok(())
    }

    fn is_open(&self, kind: Kind) -> bool {
        self.open.contains(&kind)
    }

    fn parent(&self) -> Option<Kind> {
        self.open.iter().rev().nth(1).copied()
    }

    fn repair(&mut self, at: Place, rule: Rule) {
        self.repairs.push(Repair { at, rule });
    }

    fn peek(&self) -> Option<&'a TokenKind> {
        self.tokens.get(self.next).map(|token| &token.kind)
    }

    fn take(&mut self) -> Option<&'a TokenKind> {
        let token = self.peek();
        self.next += 1;
        token
    }

    fn place(&self) -> Place {
        self.tokens
            .get(self.next)
            .map_or(self.end, |token| token.at)
    }

    fn indent(&self) -> usize {
        self.tokens.get(self.next).map_or(0, |token| token.indent)
    }
}

/// Whether a key may stand without quotes.
fn is_name(word: &str) -> bool {
    word.starts_with(|first: char| first.is_alphabetic() || first == '_')
        && word
            .chars()
            .all(|next| next.is_alphanumeric() || next == '_')
}

fn literal(word: &str, at: Place) -> Result<Json, Broken> {
    if matches!(word, "true" | "false" | "null") || is_number(word) {
        Ok(Json::Literal(word.to_owned()))
    } else {
        Err(Broken::new(at, format!("`{word}` is not a JSON value")))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::property::config;

    /// Published text → JSON on one line, and the repairs.
    const REPAIRED: &[(&str, &str, &[&str])] = &[
        ("{\"a\": 1.50}", "{\"a\":1.50}", &[]),
        ("\"Unauthorized\"", "\"Unauthorized\"", &[]),
        ("\u{feff}{}", "{}", &[]),
        ("\"a\": 1", "{\"a\":1}", &["1:1 missing outer brackets"]),
        ("\"a\": 1\n}", "{\"a\":1}", &["1:1 missing outer brackets"]),
        (
            "{\"a\": 1}, {\"a\": 2}",
            "[{\"a\":1},{\"a\":2}]",
            &["1:1 missing outer brackets"],
        ),
        (
            "{\"a\": [1, 2",
            "{\"a\":[1,2]}",
            &["1:12 missing inner brackets", "1:12 missing inner brackets"],
        ),
        (
            "{\"a\": [1, 2}",
            "{\"a\":[1,2]}",
            &["1:12 missing inner brackets"],
        ),
        (
            "[{\"a\": 1]",
            "[{\"a\":1}]",
            &["1:9 missing inner brackets"],
        ),
        (
            "{\"l\": [\"a\": 1]}",
            "{\"l\":[{\"a\":1}]}",
            &["1:8 missing inner brackets"],
        ),
        (
            "{\"l\": [\"a\": 1}]}",
            "{\"l\":[{\"a\":1}]}",
            &["1:8 missing inner brackets"],
        ),
        (
            "{\"l\": [\"a\": 1, \"a\": 2]}",
            "{\"l\":[{\"a\":1},{\"a\":2}]}",
            &["1:8 missing inner brackets", "1:16 missing inner brackets"],
        ),
        (
            "{'a': 'say \"hi\"', 'b': 'it\\'s'}",
            "{\"a\":\"say \\\"hi\\\"\",\"b\":\"it's\"}",
            &[
                "1:2 single quotes",
                "1:7 single quotes",
                "1:19 single quotes",
                "1:24 single quotes",
            ],
        ),
        (
            "{\"a\": 1; \"b\": 2;}",
            "{\"a\":1,\"b\":2}",
            &["1:8 semicolon for comma", "1:16 semicolon for comma"],
        ),
        (
            "{\"a\": [1, 2,],}",
            "{\"a\":[1,2]}",
            &["1:12 trailing comma", "1:14 trailing comma"],
        ),
        ("[1 2]", "[1,2]", &["1:4 missing comma"]),
        (
            "{\"a\": 1\n \"b\": 2}",
            "{\"a\":1,\"b\":2}",
            &["2:2 missing comma"],
        ),
        (
            "{ \"errors\"[\"No Context\"] }",
            "{\"errors\":[\"No Context\"]}",
            &["1:11 missing colon"],
        ),
        (
            "{\"a\":1, // first, \"b\": 2\n}",
            "{\"a\":1}",
            &["1:7 trailing comma", "1:9 comment"],
        ),
        ("{\"u\": \"http://x/\"}", "{\"u\":\"http://x/\"}", &[]),
        ("[{\"a\": 1}, ...]", "[{\"a\":1}]", &["1:12 placeholder"]),
        (
            "{..., \"a\": 1, …}",
            "{\"a\":1}",
            &["1:2 placeholder", "1:15 placeholder"],
        ),
        (
            "{\"Key \": \"...\", \"a_ b\": 1, \"food taste\": 2}",
            "{\"Key\":\"...\",\"a_b\":1,\"food taste\":2}",
            &["1:2 key with spaces", "1:17 key with spaces"],
        ),
        (
            "{code: 0, data: [id: 1]}",
            "{\"code\":0,\"data\":[{\"id\":1}]}",
            &[
                "1:2 key without quotes",
                "1:11 key without quotes",
                "1:18 missing inner brackets",
                "1:18 key without quotes",
            ],
        ),
        (
            "{“a”：1，\"b\": “x”}",
            "{\"a\":1,\"b\":\"x\"}",
            &[
                "1:2 full-width punctuation",
                "1:5 full-width punctuation",
                "1:7 full-width punctuation",
                "1:13 full-width punctuation",
            ],
        ),
        (
            "{/* first */ \"a\": 1 # last\n}",
            "{\"a\":1}",
            &["1:2 comment", "1:21 comment"],
        ),
    ];

    #[test]
    fn each_rule_repairs_and_reports_its_place() {
        for (published, expected, repairs) in REPAIRED {
            let (json, reported) =
                read(published).unwrap_or_else(|broken| panic!("{published}: {broken}"));
            let reported: Vec<_> = reported.iter().map(ToString::to_string).collect();
            assert_eq!(
                (one_line(&json).as_str(), reported),
                (*expected, repairs.iter().map(ToString::to_string).collect()),
                "{published}"
            );
        }
    }

    #[test]
    fn indentation_stands_in_for_lost_bracket_lines() {
        let published = r#"
    "code": 0,
    "list": [
            "id": 1,
            "goods": [
                    "sku": "a"
                    "sku": "b"
            "state": 2
            "id": 3,
    "total": 2
"#;
        let (json, _) = read(published).unwrap();
        assert_eq!(
            one_line(&json),
            r#"{"code":0,"list":[{"id":1,"goods":[{"sku":"a"},{"sku":"b"}],"state":2},{"id":3}],"total":2}"#
        );
    }

    #[test]
    fn damage_without_a_rule_is_a_clear_error() {
        for (published, expected) in [
            ("", "1:1: expected a value, found the end"),
            ("{\"a\": }", "1:7: expected a value, found `}`"),
            ("{\"a\": ...}", "1:7: the value is left out (`...`)"),
            ("{\"a\": 007}", "1:7: `007` is not a JSON value"),
            ("{\"a\": None}", "1:7: `None` is not a JSON value"),
            (
                "{\"a\": \"b}",
                "1:7: the text that begins here is not closed on its line",
            ),
            ("{\"a\": \"\\x\"}", "1:8: `\\x` is not an escape"),
            (
                "{\"a\": 1,, \"b\": 2}",
                "1:9: expected a key in quotes, found `,`",
            ),
            ("{\"a\": 1]", "1:8: expected a key in quotes, found `]`"),
            ("{\"a\"}", "1:5: expected `:`, found `}`"),
            ("{} }", "1:4: `}` after the end of the value"),
            ("/* c {}", "1:1: the comment that begins here has no end"),
            ("/ {}", "1:1: `/` is neither a value nor a comment"),
        ] {
            assert_eq!(
                read(published).unwrap_err().to_string(),
                expected,
                "{published}"
            );
        }
        let deep = read(&"[".repeat(100_000)).unwrap_err();
        assert_eq!(deep.message, "nested deeper than 64 levels");
    }

    fn one_line(json: &Json) -> String {
        match json {
            Json::Literal(literal) => literal.clone(),
            Json::String(raw) => format!("\"{raw}\""),
            Json::Array(elements) => format!(
                "[{}]",
                elements.iter().map(one_line).collect::<Vec<_>>().join(",")
            ),
            Json::Object(members) => {
                let members: Vec<_> = members
                    .iter()
                    .map(|(key, value)| format!("\"{key}\":{}", one_line(value)))
                    .collect();
                format!("{{{}}}", members.join(","))
            }
        }
    }

    fn json() -> impl Strategy<Value = Json> {
        let text = "[a-zA-Z 中文.]{0,8}";
        let key = "[a-zA-Z中文.]{0,8}";
        let leaf = prop_oneof![
            "(true|false|null|-?[1-9][0-9]{0,20}(\\.[0-9]{1,4})?)".prop_map(Json::Literal),
            text.prop_map(Json::String),
        ];
        leaf.prop_recursive(4, 40, 5, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Json::Array),
                prop::collection::vec((key, inner), 0..5).prop_map(Json::Object),
            ]
        })
    }

    fn is_json(text: &str) -> bool {
        serde_json::from_str::<&serde_json::value::RawValue>(text).is_ok()
    }

    proptest! {
        #![proptest_config(config(256))]

        #[test]
        fn sound_json_is_returned_as_written(json in json()) {
            prop_assert_eq!(read(&json.pretty()), Ok((json, vec![])));
        }

        #[test]
        fn anything_ends_in_json_or_an_error(text in "[{}\\[\\]:,;\"'/.a1 \n\\\\…]{0,60}") {
            if let Ok((json, _)) = read(&text) {
                prop_assert!(is_json(&json.pretty()), "{}", json.pretty());
            }
        }

        #[test]
        fn damaged_json_ends_in_json_or_an_error(
            json in json(),
            damage in prop::collection::vec((any::<prop::sample::Index>(), "[{}\\[\\]:,;'\"/ \n]{0,2}"), 1..6),
        ) {
            let mut text: Vec<char> = json.pretty().chars().collect();
            for (position, replacement) in damage {
                let position = position.index(text.len().max(1)).min(text.len());
                let end = (position + 1).min(text.len());
                text.splice(position..end, replacement.chars());
            }
            let text: String = text.into_iter().collect();
            if let Ok((json, repairs)) = read(&text) {
                prop_assert!(is_json(&json.pretty()));
                // What needed no repair was JSON; what was JSON needs none, but for spaces that JSON allows.
                let is_sound = repairs.iter().all(|repair| repair.rule == Rule::KeyWithSpaces);
                prop_assert_eq!(is_sound, is_json(text.trim_start_matches('\u{feff}')));
            }
        }
    }
}
