//! A reader of JSON that is known to be well-formed.

use memchr::memchr2;
use serde::de::value::{BorrowedStrDeserializer, StringDeserializer};
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::value::RawValue;
use serde_json::{Error, Result};

/// The name of a newtype that is given the text of a value, whatever it is.
pub(crate) const LITERAL: &str = "$core_model::literal";

/// The name of a newtype that is given the elements of an array, or the text of any other value.
pub(crate) const ELEMENTS: &str = "$core_model::elements";

/// Reads the text of a [`RawValue`]: as that is well-formed, to find where something ends takes one look at each byte, and
/// the text of a value, which [`serde_json`] sets aside before it is read, can be had while it is read.
///
/// What is neither object nor array nor asked for as text is left to [`serde_json`].
pub(crate) struct Reader<'de>(&'de str);

impl<'de> Reader<'de> {
    pub(crate) fn new(value: &'de RawValue) -> Self {
        Self(value.get())
    }

    /// For the text of a value that this reader has found.
    pub(crate) fn of_literal(literal: &'de str) -> Self {
        Self(literal)
    }

    /// The next byte that is no blank; zero at the end.
    fn peek(&mut self) -> u8 {
        self.0 = self.0.trim_ascii_start();
        self.0.as_bytes().first().copied().unwrap_or_default()
    }

    /// The next so many bytes.
    fn take(&mut self, length: usize) -> &'de str {
        let (taken, rest) = self.0.split_at_checked(length).unwrap_or((self.0, ""));
        self.0 = rest;
        taken
    }

    /// The text of the next value.
    fn literal(&mut self) -> &'de str {
        let first = self.peek();
        let text = self.0.as_bytes();
        self.take(match first {
            b'"' => end_of_string(text),
            b'{' | b'[' => end_of_nested(text),
            _ => {
                let ends = |b: &u8| matches!(b, b',' | b']' | b'}' | b' ' | b'\t' | b'\n' | b'\r');
                text.iter().position(ends).unwrap_or(text.len())
            }
        })
    }

    fn expect(&mut self, byte: u8) -> Result<()> {
        if self.peek() != byte {
            return Err(Error::custom("more values than expected"));
        }
        self.take(1);
        Ok(())
    }
}

/// Where a string ends that the text begins with.
fn end_of_string(text: &[u8]) -> usize {
    let mut place = 1;
    while let Some(rest) = text.get(place..)
        && let Some(found) = memchr2(b'"', b'\\', rest)
    {
        place += found + 1;
        if rest.get(found) == Some(&b'"') {
            return place;
        }
        // What is escaped.
        place += 1;
    }
    text.len()
}

/// Where an array or an object ends that the text begins with.
fn end_of_nested(text: &[u8]) -> usize {
    let mut depth = 0;
    let mut place = 0;
    while let Some(rest) = text.get(place..)
        && let Some(byte) = rest.first()
    {
        place += match byte {
            b'"' => end_of_string(rest),
            _ => 1,
        };
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return place;
        }
    }
    text.len()
}

impl<'de> Deserializer<'de> for &mut Reader<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.peek() {
            b'{' => {
                self.take(1);
                let value = visitor.visit_map(Parts::of(self))?;
                self.expect(b'}')?;
                Ok(value)
            }
            b'[' => {
                self.take(1);
                let value = visitor.visit_seq(Parts::of(self))?;
                self.expect(b']')?;
                Ok(value)
            }
            _ => serde_json::Deserializer::from_str(self.literal()).deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        if self.peek() == b'n' {
            self.literal();
            return visitor.visit_none();
        }
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        match name {
            ELEMENTS if self.peek() == b'[' => self.deserialize_any(visitor),
            LITERAL | ELEMENTS => visitor.visit_borrowed_str(self.literal()),
            _ => serde_json::Deserializer::from_str(self.literal())
                .deserialize_newtype_struct(name, visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        serde_json::Deserializer::from_str(self.literal()).deserialize_enum(name, variants, visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.literal();
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
    is_first: bool,
}

impl<'a, 'de> Parts<'a, 'de> {
    fn of(reader: &'a mut Reader<'de>) -> Self {
        Self {
            reader,
            is_first: true,
        }
    }

    /// Whether another part begins here.
    fn begins(&mut self) -> bool {
        let begins = !matches!(self.reader.peek(), b'}' | b']' | 0);
        if begins && !std::mem::take(&mut self.is_first) {
            // The comma.
            self.reader.take(1);
        }
        begins
    }
}

impl<'de> MapAccess<'de> for Parts<'_, 'de> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>> {
        if !self.begins() {
            return Ok(None);
        }
        let literal = self.reader.literal();
        let key = literal.get(1..literal.len().saturating_sub(1));
        let key = key.unwrap_or_default();
        let key = if key.as_bytes().contains(&b'\\') {
            let key: String = serde_json::from_str(literal)?;
            seed.deserialize(StringDeserializer::new(key))
        } else {
            seed.deserialize(BorrowedStrDeserializer::new(key))
        };
        key.map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value> {
        self.reader.expect(b':')?;
        seed.deserialize(&mut *self.reader)
    }
}

impl<'de> SeqAccess<'de> for Parts<'_, 'de> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>> {
        if !self.begins() {
            return Ok(None);
        }
        seed.deserialize(&mut *self.reader).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use serde::Deserialize;
    use serde_json::Value;

    use super::*;

    fn read<'de, T: Deserialize<'de>>(json: &'de str) -> Result<T> {
        let raw: &RawValue = serde_json::from_str(json)?;
        T::deserialize(&mut Reader::new(raw))
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
