//! A reader of JSON that borrows, takes one look at each byte, and can tell what a value is before it is read.

use serde::de::value::{BorrowedStrDeserializer, StringDeserializer};
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::{Error, Result};

use crate::escapes::special;

/// The name of a newtype that is given the text of a value, whatever it is.
pub(crate) const LITERAL: &str = "$core_model::literal";

/// The name of a newtype that is given the elements of an array, or the text of any other value.
pub(crate) const ELEMENTS: &str = "$core_model::elements";

/// The name of a newtype that is given an object and then its text, as the two elements of an array, or the text of any
/// other value. Where the object cannot be read, the text is there all the same.
pub(crate) const RECORD: &str = "$core_model::record";

/// So many arrays and objects may be in one another, as for [`serde_json`].
const DEEPEST: u32 = 127;

/// Reads a document, as [`serde_json::from_str`] does.
///
/// # Errors
/// Those of [`serde_json`].
pub(crate) fn from_str<'de, T: Deserialize<'de>>(json: &'de str) -> Result<T> {
    let mut reader = Reader::new(json);
    let read = T::deserialize(&mut reader);
    match read {
        Ok(value) if reader.text.next().is_none() => Ok(value),
        // What it refuses, and where.
        _ => serde_json::from_str(json),
    }
}

/// Reads JSON, and refuses whatever is none. It does not say where: [`serde_json`] does.
///
/// What is neither object nor array nor asked for as text is left to [`serde_json`].
pub(crate) struct Reader<'de> {
    text: Text<'de>,
    depth: u32,
}

impl<'de> Reader<'de> {
    pub(crate) fn new(json: &'de str) -> Self {
        Self {
            text: Text { json, at: 0 },
            depth: 0,
        }
    }

    /// The text of the next value.
    #[inline]
    fn literal(&mut self) -> Result<&'de str> {
        self.text.value().ok_or_else(malformed)
    }

    /// The next value, for [`serde_json`].
    fn leave(&mut self) -> Result<serde_json::Deserializer<serde_json::de::StrRead<'de>>> {
        self.literal().map(serde_json::Deserializer::from_str)
    }

    /// An array or an object that begins here.
    fn nested<T>(&mut self, end: u8, read: impl FnOnce(Parts<'_, 'de>) -> Result<T>) -> Result<T> {
        if self.depth == DEEPEST {
            return Err(malformed());
        }
        self.text.at += 1;
        self.depth += 1;
        let value = read(Parts {
            reader: self,
            end,
            is_first: true,
        })?;
        self.depth -= 1;
        if !self.text.skip(end) {
            return Err(Error::custom("more values than expected"));
        }
        Ok(value)
    }
}

fn malformed() -> Error {
    Error::custom("malformed")
}

/// JSON, and a place in it. What returns an `Option` ends with `None` where it is malformed.
#[derive(Clone, Copy)]
struct Text<'de> {
    json: &'de str,
    at: usize,
}

impl<'de> Text<'de> {
    #[inline]
    fn byte(&self) -> Option<u8> {
        self.json.as_bytes().get(self.at).copied()
    }

    /// The next byte that is no blank. The place is before it.
    #[inline]
    fn next(&mut self) -> Option<u8> {
        match self.byte()? {
            byte @ b'!'.. => Some(byte),
            _ => self.next_behind_blanks(),
        }
    }

    #[cold]
    fn next_behind_blanks(&mut self) -> Option<u8> {
        while let b' ' | b'\t' | b'\n' | b'\r' = self.byte()? {
            self.at += 1;
        }
        self.byte()
    }

    /// Whether this byte is the next, which is passed then.
    #[inline]
    fn skip(&mut self, byte: u8) -> bool {
        let is_next = self.next() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    /// The next value.
    #[inline]
    fn value(&mut self) -> Option<&'de str> {
        let first = self.next()?;
        let start = self.at;
        match first {
            b'{' | b'[' => self.pass_nested()?,
            first => self.pass_scalar(first)?,
        }
        self.json.get(start..self.at)
    }

    /// The name of a member and whether it has escapes.
    fn name(&mut self) -> Option<(&'de str, bool)> {
        let start = self.at + 1;
        let has_escapes = self.pass_string()?;
        let name = self.json.get(start..self.at - 1)?;
        self.skip(b':').then_some((name, has_escapes))
    }

    fn pass_name(&mut self) -> Option<()> {
        self.next()?;
        self.pass_string()?;
        self.skip(b':').then_some(())
    }

    #[inline]
    fn pass_scalar(&mut self, first: u8) -> Option<()> {
        match first {
            b'"' => self.pass_string().map(drop),
            b'-' | b'0'..=b'9' => self.pass_number(),
            b't' => self.pass_word("true"),
            b'f' => self.pass_word("false"),
            b'n' => self.pass_word("null"),
            _ => None,
        }
    }

    fn pass_word(&mut self, word: &str) -> Option<()> {
        let end = self.at + word.len();
        let is_word = self.json.get(self.at..end)? == word;
        self.at = end;
        is_word.then_some(())
    }

    fn pass_number(&mut self) -> Option<()> {
        self.at += usize::from(self.byte() == Some(b'-'));
        match self.byte()? {
            b'0' => self.at += 1,
            _ => self.pass_digits()?,
        }
        if self.byte() == Some(b'.') {
            self.at += 1;
            self.pass_digits()?;
        }
        if let Some(b'e' | b'E') = self.byte() {
            self.at += 1;
            self.at += usize::from(matches!(self.byte(), Some(b'+' | b'-')));
            self.pass_digits()?;
        }
        Some(())
    }

    /// One digit or more.
    fn pass_digits(&mut self) -> Option<()> {
        let start = self.at;
        while self.byte().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        (self.at > start).then_some(())
    }

    /// A string, and whether it has escapes.
    #[inline]
    fn pass_string(&mut self) -> Option<bool> {
        let bytes = self.json.as_bytes();
        if self.byte() != Some(b'"') {
            return None;
        }
        let at = special(bytes, self.at + 1);
        if bytes.get(at) != Some(&b'"') {
            self.pass_escapes(at)?;
            return Some(true);
        }
        self.at = at + 1;
        Some(false)
    }

    /// A string from its first escape on.
    fn pass_escapes(&mut self, mut at: usize) -> Option<()> {
        let bytes = self.json.as_bytes();
        while let Some(b'\\') = bytes.get(at) {
            at = special(bytes, at + escape(bytes.get(at..)?)?);
        }
        self.at = at + 1;
        (bytes.get(at) == Some(&b'"')).then_some(())
    }

    /// An array or an object, in whatever is nested in it without recursion.
    fn pass_nested(&mut self) -> Option<()> {
        // A bit for each that is open: whether it is an object. Those that have no room are set aside.
        let mut open = 0_u64;
        let mut outer = Vec::new();
        let mut depth = 0_usize;
        let is_full = |depth: usize| depth > 0 && depth.is_multiple_of(64);
        loop {
            let first = self.next()?;
            if let b'{' | b'[' = first {
                let is_object = first == b'{';
                self.at += 1;
                if !self.skip(if is_object { b'}' } else { b']' }) {
                    if is_full(depth) {
                        outer.push(open);
                    }
                    depth += 1;
                    open = (open << 1) | u64::from(is_object);
                    if is_object {
                        self.pass_name()?;
                    }
                    continue;
                }
            } else {
                self.pass_scalar(first)?;
            }
            // A value has ended.
            loop {
                if depth == 0 {
                    return Some(());
                }
                let is_object = open & 1 == 1;
                match self.next()? {
                    b',' => {
                        self.at += 1;
                        if is_object {
                            self.pass_name()?;
                        }
                        break;
                    }
                    b'}' if is_object => {}
                    b']' if !is_object => {}
                    _ => return None,
                }
                self.at += 1;
                depth -= 1;
                open = if is_full(depth) {
                    outer.pop()?
                } else {
                    open >> 1
                };
            }
        }
    }
}

/// How long the escape is that the text begins with.
fn escape(text: &[u8]) -> Option<usize> {
    match text {
        [
            _,
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't',
            ..,
        ] => Some(2),
        [_, b'u', digits @ ..] => {
            let digits: &[u8; 4] = digits.first_chunk()?;
            digits.iter().all(u8::is_ascii_hexdigit).then_some(6)
        }
        _ => None,
    }
}

impl<'de> Deserializer<'de> for &mut Reader<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.text.next() {
            Some(b'{') => self.nested(b'}', |parts| visitor.visit_map(parts)),
            Some(b'[') => self.nested(b']', |parts| visitor.visit_seq(parts)),
            _ => self.leave()?.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        if self.text.next() == Some(b'n') {
            self.literal()?;
            return visitor.visit_none();
        }
        visitor.visit_some(self)
    }

    #[inline]
    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        match name {
            RECORD if self.text.next() == Some(b'{') => {
                let start = self.text;
                visitor.visit_seq(Whole {
                    reader: self,
                    start,
                    is_read: false,
                })
            }
            ELEMENTS if self.text.next() == Some(b'[') => self.deserialize_any(visitor),
            LITERAL | ELEMENTS | RECORD => visitor.visit_borrowed_str(self.literal()?),
            _ => self.leave()?.deserialize_newtype_struct(name, visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        self.leave()?.deserialize_enum(name, variants, visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.literal()?;
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct identifier
    }
}

/// What is left of an object or an array.
struct Parts<'a, 'de> {
    reader: &'a mut Reader<'de>,
    end: u8,
    is_first: bool,
}

impl Parts<'_, '_> {
    /// Whether another part begins here.
    #[inline]
    fn begins(&mut self) -> Result<bool> {
        let text = &mut self.reader.text;
        let next = text.next();
        if next == Some(self.end) {
            return Ok(false);
        }
        if !std::mem::take(&mut self.is_first) {
            if next != Some(b',') {
                return Err(malformed());
            }
            text.at += 1;
            text.next();
        }
        Ok(true)
    }
}

impl<'de> MapAccess<'de> for Parts<'_, 'de> {
    type Error = Error;

    #[inline]
    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>> {
        if !self.begins()? {
            return Ok(None);
        }
        let (name, has_escapes) = self.reader.text.name().ok_or_else(malformed)?;
        let key = if has_escapes {
            let name: String = serde_json::from_str(&format!("\"{name}\""))?;
            seed.deserialize(StringDeserializer::new(name))
        } else {
            seed.deserialize(BorrowedStrDeserializer::new(name))
        };
        key.map(Some)
    }

    #[inline]
    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value> {
        seed.deserialize(&mut *self.reader)
    }
}

impl<'de> SeqAccess<'de> for Parts<'_, 'de> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>> {
        if !self.begins()? {
            return Ok(None);
        }
        seed.deserialize(&mut *self.reader).map(Some)
    }
}

/// An object, and then its text.
struct Whole<'a, 'de> {
    reader: &'a mut Reader<'de>,
    start: Text<'de>,
    is_read: bool,
}

impl<'de> SeqAccess<'de> for Whole<'_, 'de> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>> {
        let (start, reader) = (self.start, &mut *self.reader);
        if !std::mem::replace(&mut self.is_read, true) {
            let depth = reader.depth;
            return seed.deserialize(&mut *reader).map(Some).inspect_err(|_| {
                reader.text = start;
                reader.depth = depth;
            });
        }
        let text = if reader.text.at == start.at {
            reader.literal()?
        } else {
            let text = start.json.get(start.at..reader.text.at);
            text.unwrap_or_default()
        };
        let text = BorrowedStrDeserializer::new(text);
        seed.deserialize(text).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use serde::Deserialize;
    use serde_json::Value;
    use serde_json::value::RawValue;

    use super::*;

    fn read<'de, T: Deserialize<'de>>(json: &'de str) -> Result<T> {
        T::deserialize(&mut Reader::new(json))
    }

    #[test]
    fn blanks_escapes_and_brackets_in_texts_do_not_matter() {
        for json in [
            "{ \"a\" :\t[ 1 , -2.5e3 ,\r\n{ } , [ ] ] , \"b\" : \"}\\\"]\" }",
            r#"{"k\u0065y":{"\\":"\\"},"":[[[]],"\\\""]}"#,
            r#"[null,true,false,"衬衫 \ud83d\ude00",""]"#,
            "7",
            "\"\\\\\"",
        ] {
            let expected: Value = serde_json::from_str(json).unwrap();
            assert_eq!(read::<Value>(json).unwrap(), expected, "{json}");
        }
    }

    #[test]
    fn texts_are_borrowed_and_values_kept_as_they_are() {
        let read: BTreeMap<&str, &RawValue> =
            read(r#"{"amount": 1.10 ,"list": [ "a" , {} ] }"#).unwrap();
        let kept: Vec<_> = read
            .into_iter()
            .map(|(key, raw)| (key, raw.get()))
            .collect();
        assert_eq!(kept, [("amount", "1.10"), ("list", r#"[ "a" , {} ]"#)]);
    }

    #[test]
    fn what_does_not_fit_is_an_error() {
        assert!(read::<(u64, u64)>("[1,2,3]").is_err());
        assert!(read::<(u64, u64)>("[1]").is_err());
        assert!(read::<Vec<u64>>(r#"{"a":1}"#).is_err());
        assert!(read::<u64>("\"1\"").is_err());
        assert!(read::<String>(r#""\ud83d""#).is_err());
    }

    proptest! {
        #[test]
        fn whatever_serde_json_writes_reads_the_same(value in any_json(), pretty: bool) {
            let json = if pretty { format!("{value:#}") } else { value.to_string() };
            let twice = format!("[{json}, {json}]");
            let kept: Vec<&RawValue> = read(&twice).unwrap();
            prop_assert!(kept.iter().all(|kept| kept.get() == json) && kept.len() == 2);
            prop_assert_eq!(read::<Value>(&json).unwrap(), value);
        }
    }

    proptest! {
        /// Whatever is read, it is what serde_json reads; whatever is passed over, serde_json passes over.
        #[test]
        fn what_is_json_is_so_for_both(value in any_json(), cuts in proptest::collection::vec((any::<prop::sample::Index>(), any_damage()), 0..3)) {
            let mut json = value.to_string();
            for (place, damage) in cuts {
                let places: Vec<_> = json.char_indices().map(|(place, _)| place).collect();
                let place = *place.get(&places);
                let end = place + json[place..].chars().next().map_or(0, char::len_utf8);
                json.replace_range(place..end, damage);
                if json.is_empty() {
                    return Ok(());
                }
            }
            let expected = serde_json::from_str::<Value>(&json).ok();
            prop_assert_eq!(from_str::<Value>(&json).ok(), expected);
            let mut text = Text { json: &json, at: 0 };
            let is_passed = text.value().is_some() && text.next().is_none();
            prop_assert_eq!(is_passed, serde_json::from_str::<&RawValue>(&json).is_ok(), "{}", json);
        }
    }

    fn any_damage() -> impl Strategy<Value = &'static str> {
        prop::sample::select(vec![
            "", " ", ",", ":", "{", "}", "[", "]", "\"", "\\", "\\u", "\\ud83d", "\n", "\u{1}",
            "-", ".", "0", "1e", "e+1", "null", "nul", "true", "[]", "{}", "\"a\":1", "\"\":",
            "衬",
        ])
    }

    #[test]
    fn depth_does_not_matter_where_nobody_looks() {
        for depth in [1, 63, 64, 65, 127, 128, 129, 1000, 100_000] {
            let nested = |open: &str, close: &str| open.repeat(depth) + "1" + &close.repeat(depth);
            for json in [
                nested("[", "]"),
                nested("{\"a\":", "}"),
                nested("[{\"a\":", "}]"),
            ] {
                let raw = read::<&RawValue>(&json).map(RawValue::get);
                assert_eq!(raw.unwrap(), json);
                let wrong = json.replacen('1', "1]}", 1);
                assert!(read::<&RawValue>(&wrong).map_or(true, |raw| raw.get() != wrong));
                assert_eq!(
                    from_str::<Value>(&json).is_ok(),
                    serde_json::from_str::<Value>(&json).is_ok(),
                    "{depth}"
                );
            }
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::btree_map(any::<String>(), inner, 0..4)
                    .prop_map(Value::from_iter),
            ]
        })
    }
}
