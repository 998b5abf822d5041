//! Readers for JSON that does not keep to its own documentation.
//!
//! Platforms send a string where a number is declared and the other way round, `[]` where an object
//! belongs, `null`, or nothing. The types here take all of that without losing a digit: a number is
//! its literal text until somebody asks for it. They read from [`serde_json`]'s text readers
//! (`from_str`, `from_slice`), from which they borrow.
//!
//! ```
//! use core_model::lenient::{self, Literal, Number, Text};
//!
//! #[derive(serde::Deserialize)]
//! #[serde(default, bound(deserialize = "'de: 'a"))]
//! #[derive(Default)]
//! struct Order<'a> {
//!     id: Text<'a>,
//!     total: Number<'a>,
//! }
//!
//! let order: Order<'_> = lenient::from_str(r#"{"id": 18446744073709551616, "total": "9.90"}"#)?;
//! assert_eq!(order.id.get(), Some("18446744073709551616"));
//! assert_eq!(order.total.get(), Some("9.90"));
//! # Ok::<(), serde_json::Error>(())
//! ```

use std::cell::OnceCell;
use std::fmt;
use std::marker::PhantomData;

use jiff::Timestamp;
use memchr::memchr;
use rust_decimal::Decimal;
use serde::de::value::MapAccessDeserializer;
use serde::de::{
    self, DeserializeSeed, Deserializer, IgnoredAny, IntoDeserializer, MapAccess, SeqAccess,
    Unexpected, Visitor,
};
use serde::{Deserialize, forward_to_deserialize_any};
use serde_json::value::RawValue;

use crate::money::decimal;
use crate::reader::{self, ELEMENTS, LITERAL, RECORD, Reader};
use crate::{AfterSale, Currency, Error, Money, Raw, Source, Zoneless, instant};

/// Reads a document: what [`serde_json::from_str`] reads, several times as fast where most of it is of the types here.
///
/// # Errors
/// Those of [`serde_json`].
pub fn from_str<'a, T: Deserialize<'a>>(json: &'a str) -> serde_json::Result<T> {
    reader::from_str(json)
}

/// A value that is kept as its literal text, and what it can be read as.
///
/// Each reader takes the platform's name of the field, so that the error can name it.
pub trait Literal {
    /// The text; `None` where it is absent or has nothing but blanks.
    fn get(&self) -> Option<&str>;

    /// An owned copy of [`get`](Self::get).
    fn owned(&self) -> Option<String> {
        self.get().map(str::to_owned)
    }

    /// An amount in major units; absent where the amount or its currency is.
    ///
    /// # Errors
    /// [`ErrorKind::Decode`](crate::ErrorKind::Decode) when it is stated and no amount.
    fn major(&self, field: &str, currency: Option<Currency>) -> crate::Result<Option<Money>> {
        self.get()
            .zip(currency)
            .map(|(literal, currency)| Money::from_major(literal, currency))
            .transpose()
            .map_err(|error| Error::decode(field, error))
    }

    /// An amount in minor units; absent where the amount or its currency is.
    ///
    /// # Errors
    /// [`ErrorKind::Decode`](crate::ErrorKind::Decode) when it is stated and no amount.
    fn minor(&self, field: &str, currency: Option<Currency>) -> crate::Result<Option<Money>> {
        self.get()
            .zip(currency)
            .map(|(literal, currency)| Money::from_minor(literal, currency))
            .transpose()
            .map_err(|error| Error::decode(field, error))
    }

    /// A decimal number that has no currency or unit beside it.
    ///
    /// # Errors
    /// [`ErrorKind::Decode`](crate::ErrorKind::Decode) when it is stated and no such number.
    fn decimal(&self, field: &str) -> crate::Result<Option<Decimal>> {
        self.get()
            .map(decimal)
            .transpose()
            .map_err(|error| Error::decode(field, error))
    }

    /// An instant, as [`instant`] reads it.
    ///
    /// # Errors
    /// [`ErrorKind::Decode`](crate::ErrorKind::Decode) when it is stated and no time.
    fn instant(&self, field: &str, zoneless: Zoneless) -> crate::Result<Option<Timestamp>> {
        self.get()
            .map_or(Ok(None), |text| instant(text, zoneless))
            .map_err(|error| Error::decode(field, error))
    }

    /// A whole number that is not negative.
    ///
    /// # Errors
    /// [`ErrorKind::Decode`](crate::ErrorKind::Decode) when it is stated and no such number.
    fn whole(&self, field: &str) -> crate::Result<Option<u64>> {
        self.get()
            .map(|literal| literal.trim().parse())
            .transpose()
            .map_err(|_| {
                let literal = self.get().unwrap_or_default();
                Error::decode(field, format_args!("{literal:?} is no whole number"))
            })
    }

    /// A currency; absent where it is not three letters.
    fn currency(&self) -> Option<Currency> {
        self.get().and_then(|code| Currency::new(code).ok())
    }
}

/// A text. Numbers and booleans count as their literal, `null`, `[]` and `{}` as absent; any other
/// array or object is kept as its JSON.
///
/// It is its JSON until somebody asks what it says.
#[derive(Clone, Default)]
pub struct Text<'a> {
    /// Empty where there is none.
    json: &'a str,
    /// What it says, if that is not there in the JSON.
    unescaped: OnceCell<Box<Unescaped>>,
}

impl Text<'_> {
    /// What it says, even if that is blank.
    fn stated(&self) -> Option<&str> {
        let Some(text) = self.json.strip_prefix('"') else {
            return (!says_nothing(self.json)).then_some(self.json);
        };
        let text = text.strip_suffix('"').unwrap_or(text);
        if memchr(b'\\', text.as_bytes()).is_none() {
            return Some(text);
        }
        let unescaped = self.unescaped.get_or_init(|| unescaped(self.json, text));
        Some(&unescaped.0)
    }
}

impl Literal for Text<'_> {
    fn get(&self) -> Option<&str> {
        let says = |text: &&str| text.contains(|c: char| !c.is_whitespace());
        self.stated().filter(says)
    }
}

impl PartialEq for Text<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.stated() == other.stated()
    }
}

impl Eq for Text<'_> {}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    // Once for the hundred fields of a record: with a copy at each of them it would not fit into the processor's cache.
    #[inline(never)]
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self {
            json: literal(deserializer)?,
            unescaped: OnceCell::new(),
        })
    }
}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.stated() {
            Some(text) => fmt::Debug::fmt(text, f),
            None => f.write_str("absent"),
        }
    }
}

/// A [`Text`] that `Debug` does not show, only whether it is there: a token.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret<'a>(Text<'a>);

impl Literal for Secret<'_> {
    fn get(&self) -> Option<&str> {
        self.0.get()
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Secret<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Text::deserialize(deserializer).map(Self)
    }
}

impl fmt::Debug for Secret<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.get().is_some() {
            "hidden"
        } else {
            "absent"
        })
    }
}

/// A number of any length, as its literal text. A string with a number in it counts, too.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Number<'a>(Text<'a>);

impl Number<'_> {
    /// A count that nothing depends on: `None` where it is absent or cannot be read.
    pub fn hint(&self) -> Option<u64> {
        self.get().and_then(|literal| literal.parse().ok())
    }
}

impl Literal for Number<'_> {
    fn get(&self) -> Option<&str> {
        self.0.get().map(str::trim)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Number<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Text::deserialize(deserializer).map(Self)
    }
}

impl fmt::Debug for Number<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.stated().unwrap_or("absent"))
    }
}

/// A boolean; `1`, `0` and the same in quotes count. Anything else is absent.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Flag(Option<bool>);

impl Flag {
    /// The value, if the platform stated one.
    pub fn get(self) -> Option<bool> {
        self.0
    }
}

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Number::deserialize(deserializer)?;
        Ok(Self(match value.get() {
            Some("true" | "True" | "TRUE" | "1") => Some(true),
            Some("false" | "False" | "FALSE" | "0") => Some(false),
            _ => None,
        }))
    }
}

impl fmt::Debug for Flag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(value) => fmt::Debug::fmt(&value, f),
            None => f.write_str("absent"),
        }
    }
}

/// An array; a `null` in it is no element. `null`, `{}` and an empty string count as empty, anything
/// else as the only element.
#[derive(Clone, PartialEq, Eq)]
pub struct List<T>(Vec<T>);

impl<T> List<T> {
    /// The elements.
    pub fn as_slice(&self) -> &[T] {
        &self.0
    }

    /// The elements, one after the other.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.0.iter()
    }

    /// What each element is read as.
    ///
    /// # Errors
    /// The first.
    pub fn try_map<R>(&self, read: impl Fn(&T) -> crate::Result<R>) -> crate::Result<Vec<R>> {
        let mut all = Vec::with_capacity(self.0.len());
        for element in &self.0 {
            all.push(read(element)?);
        }
        Ok(all)
    }
}

impl List<Text<'_>> {
    /// Owned copies of the texts that are not empty.
    pub fn owned(&self) -> Vec<String> {
        self.iter().filter_map(Literal::owned).collect()
    }
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(ELEMENTS, ListVisitor(PhantomData))
    }
}

struct ListVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ListVisitor<T> {
    type Value = List<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array, or anything in place of one")
    }

    /// From a reader that does not tell an array from something else before it is read.
    fn visit_newtype_struct<D: Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> Result<List<T>, D::Error> {
        read_again(deserializer, ELEMENTS, self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<List<T>, A::Error> {
        elements(seq).map(List)
    }

    /// Anything but an array.
    fn visit_borrowed_str<E: de::Error>(self, literal: &'de str) -> Result<List<T>, E> {
        if says_nothing(literal) {
            return Ok(List::default());
        }
        let only = T::deserialize(&mut Reader::new(literal));
        only.map(|only| List(vec![only])).map_err(E::custom)
    }
}

fn elements<'de, T: Deserialize<'de>, A: SeqAccess<'de>>(mut seq: A) -> Result<Vec<T>, A::Error> {
    let mut elements = Vec::new();
    while seq.next_element_seed(Push(&mut elements))?.is_some() {}
    Ok(elements)
}

/// Where the next element goes: it is large, so it is not handed from one reader to the next.
struct Push<'a, T>(&'a mut Vec<T>);

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for Push<'_, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for Push<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an element")
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        if self.0.len() == self.0.capacity() {
            // Most lists have one element or two, and those are large.
            self.0.reserve_exact(self.0.len().max(1));
        }
        self.0.push(T::deserialize(deserializer)?);
        Ok(())
    }

    /// Where objects are expected it is no element.
    fn visit_none<E: de::Error>(self) -> Result<(), E> {
        self.0.extend(serde_json::from_str("null"));
        Ok(())
    }
}

impl<T: fmt::Debug> fmt::Debug for List<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// An object. `[]`, `null` and every scalar count as absent. (A number beyond `f64` in place of an
/// object is an error: no reader of numbers gets past it.)
#[derive(Clone, PartialEq, Eq)]
pub struct Object<T> {
    object: Option<T>,
    is_something_else: bool,
}

impl<T> Object<T> {
    const ABSENT: Self = Self {
        object: None,
        is_something_else: false,
    };
    const SOMETHING_ELSE: Self = Self {
        object: None,
        is_something_else: true,
    };

    /// The object, if there is one.
    pub fn get(&self) -> Option<&T> {
        self.object.as_ref()
    }

    /// The object, if there is one, to be changed.
    pub fn get_mut(&mut self) -> Option<&mut T> {
        self.object.as_mut()
    }

    /// Whether what stands in its place says something: a scalar, a text, an array with elements. Where
    /// the absence of the object means that there is nothing, this does not.
    pub fn is_something_else(&self) -> bool {
        self.is_something_else
    }
}

impl<T> Default for Object<T> {
    fn default() -> Self {
        Self::ABSENT
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ObjectVisitor(PhantomData))
    }
}

/// Reads an object where it stands. Setting its text aside first would read every nested byte once more.
struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = Object<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object, or anything in place of one")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Object<T>, A::Error> {
        let object = T::deserialize(MapAccessDeserializer::new(map))?;
        Ok(Object {
            object: Some(object),
            is_something_else: false,
        })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Object<T>, A::Error> {
        let mut found = Object::ABSENT;
        while seq.next_element::<IgnoredAny>()?.is_some() {
            found = Object::SOMETHING_ELSE;
        }
        Ok(found)
    }

    fn visit_unit<E: de::Error>(self) -> Result<Object<T>, E> {
        Ok(Object::ABSENT)
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<Object<T>, E> {
        Ok(Object::SOMETHING_ELSE)
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<Object<T>, E> {
        Ok(Object::SOMETHING_ELSE)
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<Object<T>, E> {
        Ok(Object::SOMETHING_ELSE)
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<Object<T>, E> {
        Ok(Object::SOMETHING_ELSE)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Object<T>, E> {
        Ok(match text.trim() {
            "" => Object::ABSENT,
            _ => Object::SOMETHING_ELSE,
        })
    }
}

impl<T: fmt::Debug> fmt::Debug for Object<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.object {
            Some(object) => fmt::Debug::fmt(object, f),
            None => f.write_str("absent"),
        }
    }
}

/// A record with its exact text. A record that cannot be read does not keep the rest of the answer
/// from being read.
pub struct Record<'a, T> {
    text: &'a str,
    fields: Result<T, String>,
}

impl<T> Record<'_, T> {
    /// The record's fields.
    ///
    /// # Errors
    /// [`ErrorKind::Decode`](crate::ErrorKind::Decode) when it is no object, or one that has a field
    /// twice.
    pub fn fields(&self) -> crate::Result<&T> {
        self.fields
            .as_ref()
            .map_err(|error| Error::decode("record", error))
    }

    fn normalized(
        &self,
        source: &Source,
        with_raw: bool,
        normalize: impl Fn(&T, &Source) -> crate::Result<AfterSale>,
    ) -> crate::Result<AfterSale> {
        let case = self.fields().and_then(|fields| normalize(fields, source));
        let mut case = case.map_err(|error| error.with_source(source))?;
        case.raw = with_raw.then(|| self.raw());
        Ok(case)
    }

    fn raw(&self) -> Raw {
        Raw::of_literal(self.text)
    }
}

impl<T> List<Record<'_, T>> {
    /// The unified form of each record, with its exact text. A record that cannot be read is an
    /// error among the others.
    pub fn normalized(
        &self,
        source: &Source,
        normalize: impl Fn(&T, &Source) -> crate::Result<AfterSale>,
    ) -> Vec<crate::Result<AfterSale>> {
        normalized(&self.0, source, true, normalize)
    }
}

fn normalized<T>(
    records: &[Record<'_, T>],
    source: &Source,
    with_raw: bool,
    normalize: impl Fn(&T, &Source) -> crate::Result<AfterSale>,
) -> Vec<crate::Result<AfterSale>> {
    records
        .iter()
        .map(|record| record.normalized(source, with_raw, &normalize))
        .collect()
}

impl<'de: 'a, 'a, T: Deserialize<'de>> Deserialize<'de> for Record<'a, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(RECORD, RecordVisitor(PhantomData))
    }
}

struct RecordVisitor<R>(PhantomData<R>);

impl<'de: 'a, 'a, T: Deserialize<'de>> Visitor<'de> for RecordVisitor<Record<'a, T>> {
    type Value = Record<'a, T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a record")
    }

    /// From a reader that does not know of records.
    fn visit_newtype_struct<D: Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> Result<Record<'a, T>, D::Error> {
        read_again(deserializer, RECORD, self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Record<'a, T>, A::Error> {
        let fields = seq.next_element().transpose();
        let fields = fields.unwrap_or_else(|| Err(de::Error::invalid_length(0, &self)));
        Ok(Record {
            fields: fields.map_err(|error| error.to_string()),
            text: seq.next_element()?.unwrap_or_default(),
        })
    }

    /// Anything but an object. (serde would read an array by position.)
    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Record<'a, T>, E> {
        Ok(Record {
            text,
            fields: Err("is no object".to_owned()),
        })
    }
}

impl<T: fmt::Debug> fmt::Debug for Record<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.fields {
            Ok(fields) => fmt::Debug::fmt(fields, f),
            Err(error) => write!(f, "unreadable: {error}"),
        }
    }
}

/// The records on one page of a listing: an array; `null` and `{}` count as empty.
///
/// Unlike a [`List`] it is read where it stands by any reader, because it is most of the answer.
pub struct Rows<'a, T> {
    records: Option<Vec<Record<'a, T>>>,
    without_raw: bool,
}

impl<T> Rows<'_, T> {
    /// Whether the answer has no such member, so that it may be no page of the listing at all.
    pub fn is_missing(&self) -> bool {
        self.records.is_none()
    }

    /// Whether the unified form is to have the exact texts, as it has unless this is called.
    pub fn keep_raw(&mut self, keep: bool) {
        self.without_raw = !keep;
    }

    /// The unified form of each record, as [`List::normalized`] has it.
    pub fn normalized(
        &self,
        source: &Source,
        normalize: impl Fn(&T, &Source) -> crate::Result<AfterSale>,
    ) -> Vec<crate::Result<AfterSale>> {
        let records = self.records.as_deref().unwrap_or_default();
        normalized(records, source, !self.without_raw, normalize)
    }

    /// The same for records that are no cases; `read` gets the exact text as well.
    pub fn read<R>(
        &self,
        source: &Source,
        read: impl Fn(&T, Raw) -> crate::Result<R>,
    ) -> Vec<crate::Result<R>> {
        let read = |record: &Record<'_, T>| {
            let row = record.fields().and_then(|row| read(row, record.raw()));
            row.map_err(|error| error.with_source(source))
        };
        self.records.iter().flatten().map(read).collect()
    }
}

impl<'a, T> From<Vec<Record<'a, T>>> for Rows<'a, T> {
    fn from(records: Vec<Record<'a, T>>) -> Self {
        Self {
            records: Some(records),
            without_raw: false,
        }
    }
}

impl<T> Default for Rows<'_, T> {
    fn default() -> Self {
        Self {
            records: None,
            without_raw: false,
        }
    }
}

impl<'de: 'a, 'a, T: Deserialize<'de>> Deserialize<'de> for Rows<'a, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RowsVisitor(PhantomData))
    }
}

struct RowsVisitor<R>(PhantomData<R>);

impl<'de: 'a, 'a, T: Deserialize<'de>> Visitor<'de> for RowsVisitor<Rows<'a, T>> {
    type Value = Rows<'a, T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of records")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Rows<'a, T>, A::Error> {
        elements(seq).map(Rows::from)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Rows<'a, T>, A::Error> {
        match map.next_key::<IgnoredAny>()? {
            None => Ok(Vec::new().into()),
            Some(_) => Err(de::Error::invalid_type(Unexpected::Map, &self)),
        }
    }

    fn visit_unit<E: de::Error>(self) -> Result<Rows<'a, T>, E> {
        Ok(Vec::new().into())
    }
}

impl<T: fmt::Debug> fmt::Debug for Rows<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.records {
            Some(rows) => fmt::Debug::fmt(rows, f),
            None => f.write_str("absent"),
        }
    }
}

/// Whether JSON is `null`, `""`, `[]`, `{}`, or not even that.
fn says_nothing(json: &str) -> bool {
    let is_empty = |open, close| {
        let inner = json.strip_prefix(open);
        let inner = inner.and_then(|json: &str| json.strip_suffix(close));
        inner.is_some_and(|inner| inner.trim().is_empty())
    };
    matches!(json, "" | "null" | "\"\"") || is_empty('[', ']') || is_empty('{', '}')
}

/// The text of a value.
#[inline]
fn literal<'de, D: Deserializer<'de>>(deserializer: D) -> Result<&'de str, D::Error> {
    deserializer.deserialize_newtype_struct(LITERAL, LiteralVisitor)
}

/// Sets the text of a value aside, and reads it with the reader that knows the newtypes here.
fn read_again<'de, D: Deserializer<'de>, V: Visitor<'de>>(
    deserializer: D,
    name: &'static str,
    visitor: V,
) -> Result<V::Value, D::Error> {
    let raw = <&RawValue>::deserialize(deserializer)?;
    Reader::new(raw.get())
        .deserialize_newtype_struct(name, visitor)
        .map_err(de::Error::custom)
}

/// Takes the text of a value, from any reader.
struct LiteralVisitor;

impl<'de> Visitor<'de> for LiteralVisitor {
    type Value = &'de str;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> Result<&'de str, D::Error> {
        <&RawValue>::deserialize(deserializer).map(RawValue::get)
    }

    fn visit_borrowed_str<E: de::Error>(self, literal: &'de str) -> Result<&'de str, E> {
        Ok(literal)
    }
}

/// What a string says that has escapes. Half characters (`"\\ud83d"`, what is left of an emoji that was cut) are replaced.
fn unescaped(json: &str, text: &str) -> Box<Unescaped> {
    let unescaped = serde_json::from_str(json);
    unescaped.unwrap_or_else(|_| Box::new(Unescaped(text.into())))
}

#[derive(Clone)]
struct Unescaped(Box<str>);

impl<'de> Deserialize<'de> for Unescaped {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;
        impl Visitor<'_> for Bytes {
            type Value = Unescaped;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_bytes<E: de::Error>(self, text: &[u8]) -> Result<Unescaped, E> {
                Ok(Unescaped(String::from_utf8_lossy(text).into()))
            }
        }
        deserializer.deserialize_bytes(Bytes)
    }
}

/// A deserializer whose object keys lose surrounding blanks and upper case, so that
/// `aftersale_Infos ` and `Errcode` are read as `aftersale_infos` and `errcode`.
#[derive(Debug)]
pub struct FoldedKeys<D>(pub D);

impl<'de, D: Deserializer<'de>> Deserializer<'de> for FoldedKeys<D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_any(Folding(visitor))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_map(Folding(visitor))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

struct Folding<T>(T);

impl<'de, V: Visitor<'de>> Visitor<'de> for Folding<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        self.0.visit_map(Folding(map))
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Folding<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        self.0.next_key_seed(FoldedKey(seed))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.0.next_value_seed(seed)
    }
}

/// One key on its way to whoever asks for it. Only a key that has to change is copied.
struct FoldedKey<K>(K);

impl<'de, K: DeserializeSeed<'de>> DeserializeSeed<'de> for FoldedKey<K> {
    type Value = K::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<K::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de, K: DeserializeSeed<'de>> Visitor<'de> for FoldedKey<K> {
    type Value = K::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: de::Error>(self, key: &str) -> Result<K::Value, E> {
        let key = key.trim();
        if key.bytes().any(|b| b.is_ascii_uppercase()) {
            let folded = key.to_ascii_lowercase();
            self.0.deserialize(folded.into_deserializer())
        } else {
            self.0.deserialize(key.into_deserializer())
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, Default, Deserialize)]
    #[serde(default, bound(deserialize = "'de: 'a"))]
    struct Wire<'a> {
        text: Text<'a>,
        secret: Secret<'a>,
        number: Number<'a>,
        flag: Flag,
        list: List<Text<'a>>,
        object: Object<Inner<'a>>,
        objects: List<Inner<'a>>,
    }

    #[derive(Debug, Default, Deserialize)]
    #[serde(default, bound(deserialize = "'de: 'a"))]
    struct Inner<'a> {
        name: Text<'a>,
    }

    #[test]
    fn every_shape_is_taken() {
        for (json, seen) in [
            (r#"{"text":"a\u00e9\n"}"#, r#"text: "aé\n""#),
            (r#"{"text":"plain"}"#, r#"text: "plain""#),
            (
                r#"{"text":18446744073709551616}"#,
                r#"text: "18446744073709551616""#,
            ),
            (r#"{"text":1.10}"#, r#"text: "1.10""#),
            (r#"{"text":true}"#, r#"text: "true""#),
            (r#"{"text":null}"#, "text: absent"),
            (r#"{"text":[]}"#, "text: absent"),
            (r#"{"text":{"a":1}}"#, r#"text: "{\"a\":1}""#),
            (r#"{"secret":"t0ken"}"#, "secret: hidden"),
            (r#"{"secret":null}"#, "secret: absent"),
            (r#"{"number":"12"}"#, "number: 12"),
            (r#"{"number":1e400}"#, "number: 1e400"),
            (r#"{"number":-0}"#, "number: -0"),
            (r#"{"flag":1}"#, "flag: true"),
            (r#"{"flag":"0"}"#, "flag: false"),
            (r#"{"flag":"perhaps"}"#, "flag: absent"),
            (r#"{"list":["a",2,null]}"#, r#"list: ["a", "2", absent]"#),
            (
                r#"{"objects":[{"name":"n"},null]}"#,
                r#"objects: [Inner { name: "n" }]"#,
            ),
            (r#"{"text":"cut \ud83d"}"#, "text: \"cut \u{fffd}"),
            (r#"{"list":"only"}"#, r#"list: ["only"]"#),
            (r#"{"list":null}"#, "list: []"),
            (r#"{"list":{}}"#, "list: []"),
            (
                r#"{"object":{"name":"n","extra":[1]}}"#,
                r#"object: Inner { name: "n" }"#,
            ),
            (r#"{"object":{}}"#, "object: Inner { name: absent }"),
            (r#"{"object":[]}"#, "object: absent"),
            (r#"{"object":[{"name":"n"}]}"#, "object: absent"),
            (r#"{"object":null}"#, "object: absent"),
            (r#"{"object":7}"#, "object: absent"),
            (r#"{"object":"text"}"#, "object: absent"),
        ] {
            let wire: Wire<'_> = serde_json::from_str(json).unwrap();
            let shown = format!("{wire:?}");
            assert!(shown.contains(seen), "{json}: {shown}");
        }
    }

    #[test]
    fn rows_are_an_array_or_nothing() {
        for (json, rows) in [
            (r#"[{"name":"a"},7,{"name":"b"}]"#, Some(3)),
            ("[]", Some(0)),
            ("{}", Some(0)),
            ("null", Some(0)),
            (r#"{"name":"a"}"#, None),
            ("\"text\"", None),
            ("7", None),
        ] {
            let read = serde_json::from_str::<Rows<'_, Inner<'_>>>(json);
            assert_eq!(
                read.ok()
                    .and_then(|rows| rows.records)
                    .map(|rows| rows.len()),
                rows,
                "{json}"
            );
        }
    }

    #[test]
    fn keys_lose_blanks_and_upper_case_when_asked() {
        let json = r#"{" Text ":"a","\u004eUMBER":7,"o":{}}"#;
        let mut json = serde_json::Deserializer::from_str(json);
        let wire = Wire::deserialize(FoldedKeys(&mut json)).unwrap();
        assert_eq!((wire.text.get(), wire.number.get()), (Some("a"), Some("7")));
    }

    #[test]
    fn blanks_count_as_absent_and_words_are_no_whole_numbers() {
        let wire: Wire<'_> = serde_json::from_str(r#"{"text":"  ","number":"two"}"#).unwrap();
        assert_eq!(wire.text.get(), None);
        let error = wire.number.whole("number").unwrap_err();
        assert_eq!(error.message(), r#"number: "two" is no whole number"#);
    }

    #[test]
    fn a_decimal_keeps_its_scale_and_needs_no_currency() {
        let read = |json: &str| {
            let wire: Wire<'_> = serde_json::from_str(json).unwrap();
            let decimal = wire.text.decimal("text");
            decimal
                .map(|decimal| decimal.map(|it| it.to_string()))
                .map_err(|error| error.message().to_owned())
        };
        for (json, decimal) in [
            (r#"{"text":"162.00"}"#, Ok(Some("162.00".to_owned()))),
            (r#"{"text":0.10}"#, Ok(Some("0.10".to_owned()))),
            (r#"{"text":""}"#, Ok(None)),
            ("{}", Ok(None)),
            (
                r#"{"text":"1,5"}"#,
                Err(r#"text: "1,5" is not an amount of at most 28 digits"#.to_owned()),
            ),
        ] {
            assert_eq!(read(json), decimal, "{json}");
        }
    }

    #[test]
    fn rows_that_are_no_cases_are_read_one_by_one_with_their_text() {
        let source = Source::new(crate::Platform::new("example"), "shop", crate::Side::Seller);
        let rows = r#"[{"name": "a"},7,{"name":"b"}]"#;
        let rows: Rows<'_, Inner<'_>> = serde_json::from_str(rows).unwrap();
        let read = rows.read(&source, |row, raw| {
            Ok((row.name.owned(), raw.get().to_owned()))
        });
        let [Ok(first), Err(error), Ok(last)] = read.as_slice() else {
            panic!("{read:?}")
        };
        assert_eq!(
            *first,
            (Some("a".to_owned()), r#"{"name": "a"}"#.to_owned())
        );
        assert_eq!(last.0.as_deref(), Some("b"));
        assert_eq!(error.account(), Some(source.account()));
    }

    proptest! {
        #[test]
        fn literals_of_any_length_survive(literal in "-?(0|[1-9][0-9]{0,60})(\\.[0-9]{1,40})?") {
            let json = format!(r#"{{"text":{literal},"number":{literal}}}"#);
            let wire: Wire<'_> = serde_json::from_str(&json).unwrap();
            prop_assert_eq!(wire.text.get(), Some(literal.as_str()));
            prop_assert_eq!(wire.number.get(), Some(literal.as_str()));
        }

        #[test]
        fn strings_read_back_as_written(text in ".{0,40}") {
            let json = serde_json::json!({ "text": text }).to_string();
            let wire: Wire<'_> = serde_json::from_str(&json).unwrap();
            prop_assert_eq!(wire.text.stated(), Some(text.as_str()));
        }

        #[test]
        fn any_value_in_any_field_is_taken(value in any_json()) {
            let json = format!(
                r#"{{"text":{value},"number":{value},"flag":{value},"list":{value},"object":{value}}}"#
            );
            prop_assert!(serde_json::from_str::<Wire<'_>>(&json).is_ok(), "{}", json);
        }
    }

    fn any_json() -> impl Strategy<Value = String> {
        let leaf = prop_oneof![
            Just("null".to_owned()),
            any::<bool>().prop_map(|value| value.to_string()),
            any::<i128>().prop_map(|value| value.to_string()),
            ".{0,12}".prop_map(|text| serde_json::Value::from(text).to_string()),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4)
                    .prop_map(|values| format!("[{}]", values.join(", "))),
                proptest::collection::vec(inner, 0..4).prop_map(|values| {
                    let members = values.iter().enumerate();
                    let members: Vec<_> = members
                        .map(|(i, value)| format!(r#""key{i}": {value}"#))
                        .collect();
                    format!("{{{}}}", members.join(","))
                }),
            ]
        })
    }
}
