//! From a TOML table to a platform's settings, with errors that never repeat a value.
//!
//! A value may be a secret, and the messages of `toml` and `serde` quote what they refuse. Here the
//! error type itself has no room for a value: it says which key is wrong and what is expected.

use std::fmt;

use core_model::Error;
use serde::de::value::StrDeserializer;
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Expected, IntoDeserializer, MapAccess, SeqAccess,
    Unexpected, Visitor,
};
use serde::forward_to_deserialize_any;
use toml::{Table, Value};

/// Reads settings from the table of an account.
pub(crate) fn read<T: DeserializeOwned>(table: Table) -> Result<T, SettingError> {
    T::deserialize(Setting(Value::Table(table)))
}

/// A setting that is wrong, by its key.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SettingError {
    key: Option<String>,
    problem: String,
    advice: &'static str,
}

impl SettingError {
    pub(crate) fn new(problem: impl Into<String>) -> Self {
        Self {
            key: None,
            problem: problem.into(),
            advice: "correct the setting that is named",
        }
    }

    /// Says what to do, where there is more to say than to correct the setting.
    pub(crate) fn with_advice(mut self, advice: &'static str) -> Self {
        self.advice = advice;
        self
    }

    pub(crate) fn advice(&self) -> &'static str {
        self.advice
    }

    /// Says in which table it is.
    pub(crate) fn below(mut self, table: &str) -> Self {
        self.key = Some(match self.key {
            Some(key) => format!("{table}.{key}"),
            None => table.to_owned(),
        });
        self
    }

    /// Says which key it is, unless one further inside is known.
    pub(crate) fn at(mut self, key: &str) -> Self {
        self.key.get_or_insert_with(|| key.to_owned());
        self
    }
}

impl fmt::Display for SettingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.key {
            Some(key) => write!(f, "{key}: {}", self.problem),
            None => f.write_str(&self.problem),
        }
    }
}

impl std::error::Error for SettingError {}

impl From<Error> for SettingError {
    /// The platform's own check, which names the field.
    fn from(error: Error) -> Self {
        Self::new(error.message())
    }
}

impl de::Error for SettingError {
    /// Drops the message: nobody knows what it quotes.
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::new("this value is not accepted")
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let found = type_name(found);
        Self::new(format!("this is {found}, expected {expected}"))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let found = type_name(found);
        Self::new(format!(
            "{found} like this is not accepted, expected {expected}"
        ))
    }

    fn invalid_length(length: usize, expected: &dyn Expected) -> Self {
        Self::new(format!("this has {length} elements, expected {expected}"))
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self::new(format!("this is none of {}", expected.join(", ")))
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        let known = expected.join(", ");
        Self::new(format!("there is no such setting; there are {known}")).at(field)
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new("this setting is missing").at(field)
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::new("this setting is there twice").at(field)
    }
}

fn type_name(found: Unexpected<'_>) -> &'static str {
    match found {
        Unexpected::Bool(_) => "true or false",
        Unexpected::Unsigned(_) | Unexpected::Signed(_) => "an integer",
        Unexpected::Float(_) => "a decimal number",
        Unexpected::Str(_) => "a string",
        Unexpected::Seq => "an array",
        Unexpected::Map => "a table",
        Unexpected::Other("date") => "a date",
        _ => "of another type",
    }
}

/// A TOML value as serde sees it.
struct Setting(Value);

impl<'de> de::Deserializer<'de> for Setting {
    type Error = SettingError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SettingError> {
        match self.0 {
            Value::String(text) => visitor.visit_string(text),
            Value::Integer(number) => visitor.visit_i64(number),
            Value::Float(number) => visitor.visit_f64(number),
            Value::Boolean(flag) => visitor.visit_bool(flag),
            Value::Datetime(_) => Err(de::Error::invalid_type(Unexpected::Other("date"), &visitor)),
            Value::Array(values) => visitor.visit_seq(Elements(values.into_iter())),
            Value::Table(table) => visitor.visit_map(Entries {
                rest: table.into_iter(),
                value: None,
            }),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SettingError> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, SettingError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, SettingError> {
        match self.0 {
            Value::String(name) => visitor.visit_enum(name.into_deserializer()),
            other => Self(other).deserialize_any(visitor),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

struct Elements(std::vec::IntoIter<Value>);

impl<'de> SeqAccess<'de> for Elements {
    type Error = SettingError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, SettingError> {
        let element = self.0.next();
        element
            .map(|value| seed.deserialize(Setting(value)))
            .transpose()
    }
}

struct Entries {
    rest: toml::map::IntoIter<String, Value>,
    value: Option<(String, Value)>,
}

impl<'de> MapAccess<'de> for Entries {
    type Error = SettingError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, SettingError> {
        let Some((key, value)) = self.rest.next() else {
            return Ok(None);
        };
        let name = seed.deserialize(StrDeserializer::<SettingError>::new(&key))?;
        self.value = Some((key, value));
        Ok(Some(name))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, SettingError> {
        let (key, value) = self
            .value
            .take()
            .ok_or_else(|| SettingError::new("a value without a key"))?;
        seed.deserialize(Setting(value))
            .map_err(|error| error.at(&key))
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Default, Deserialize, PartialEq)]
    #[serde(default, deny_unknown_fields)]
    struct Example {
        shop: Option<String>,
        secret: Option<Wrapped>,
        tries: Option<u32>,
        signature: Option<Signature>,
        scopes: Vec<String>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    struct Wrapped(String);

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "kebab-case")]
    enum Signature {
        Md5,
        HmacSha256,
    }

    #[test]
    fn settings_are_read() {
        let text = r#"
            shop = "mystore"
            secret = "s3cret"
            tries = 3
            signature = "hmac-sha256"
            scopes = ["a", "b"]
        "#;
        let expected = Example {
            shop: Some("mystore".to_owned()),
            secret: Some(Wrapped("s3cret".to_owned())),
            tries: Some(3),
            signature: Some(Signature::HmacSha256),
            scopes: vec!["a".to_owned(), "b".to_owned()],
        };
        assert_eq!(read(text.parse().unwrap()), Ok(expected));
    }

    #[test]
    fn errors_name_the_key_and_never_the_value() {
        for (text, message) in [
            ("tries = 'CANARY'", "tries: this is a string, expected u32"),
            (
                "tries = -1",
                "tries: an integer like this is not accepted, expected u32",
            ),
            (
                "secret = 20240422",
                "secret: this is an integer, expected a string",
            ),
            (
                "secret = 2024-04-22",
                "secret: this is a date, expected a string",
            ),
            (
                "secret = ['CANARY']",
                "secret: this is an array, expected a string",
            ),
            (
                "secret = { CANARY = 1 }",
                "secret: this is a table, expected a string",
            ),
            (
                "secret = 0.5",
                "secret: this is a decimal number, expected a string",
            ),
            (
                "signature = 'CANARY'",
                "signature: this is none of md5, hmac-sha256",
            ),
            (
                "scopes = ['a', 1]",
                "scopes: this is an integer, expected a string",
            ),
            (
                "token = 'CANARY'",
                "token: there is no such setting; there are shop, secret, tries, signature, scopes",
            ),
        ] {
            let error = read::<Example>(text.parse().unwrap()).unwrap_err();
            assert_eq!(error.to_string(), message, "{text}");
        }
    }
}
