//! A writer of records as JSON.

use serde::ser::{Error as _, Impossible, Serialize, SerializeSeq, SerializeStruct, Serializer};
use serde_json::{Error, Result};

use crate::AfterSale;
use crate::escapes::special;

/// The last member of a record, which is JSON already.
const RAW: &str = "raw";

/// Appends a record.
///
/// # Errors
/// When it holds something of a type that no record has: a map, a tuple, a number with a fraction.
pub(crate) fn append(into: &mut Vec<u8>, record: &AfterSale) -> Result<()> {
    record.serialize(Writer(into))?;
    if let Some(raw) = &record.raw {
        // In place of the brace that ends the record.
        into.pop();
        into.extend_from_slice(b",\"raw\":");
        into.extend_from_slice(raw.get().as_bytes());
        into.push(b'}');
    }
    Ok(())
}

struct Writer<'a>(&'a mut Vec<u8>);

/// An array or an object of which some is written.
struct Parts<'a> {
    into: &'a mut Vec<u8>,
    is_first: bool,
}

impl<'a> Writer<'a> {
    fn parts(self, begin: u8) -> Parts<'a> {
        self.0.push(begin);
        Parts {
            into: self.0,
            is_first: true,
        }
    }
}

impl Parts<'_> {
    #[inline]
    fn begin(&mut self) {
        if !std::mem::take(&mut self.is_first) {
            self.into.push(b',');
        }
    }

    #[inline]
    fn write<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        value.serialize(Writer(self.into))
    }
}

/// Appends a string.
#[inline]
fn append_text(into: &mut Vec<u8>, text: &str) {
    into.reserve(text.len() + 2);
    into.push(b'"');
    let mut rest = text.as_bytes();
    loop {
        let (taken, others) = rest
            .split_at_checked(special(rest, 0))
            .unwrap_or((rest, &[]));
        into.extend_from_slice(taken);
        let Some((&special, others)) = others.split_first() else {
            break;
        };
        append_escape(into, special);
        rest = others;
    }
    into.push(b'"');
}

#[cold]
fn append_escape(into: &mut Vec<u8>, special: u8) {
    let short = match special {
        b'"' | b'\\' => special,
        0x08 => b'b',
        b'\t' => b't',
        b'\n' => b'n',
        0x0c => b'f',
        b'\r' => b'r',
        _ => {
            let digit = |value: u8| match value {
                0..10 => b'0' + value,
                _ => b'a' + (value - 10),
            };
            into.extend_from_slice(b"\\u00");
            into.extend([digit(special >> 4), digit(special & 0x0f)]);
            return;
        }
    };
    into.extend([b'\\', short]);
}

/// No record has one.
fn foreign<T>() -> Result<T> {
    Err(Error::custom("this is not a part of a record"))
}

/// Numbers of every width.
macro_rules! whole {
    ($($method:ident($number:ty))*) => {
        $(fn $method(self, number: $number) -> Result<()> {
            serde_json::to_writer(self.0, &number)
        })*
    };
}

impl<'a> Serializer for Writer<'a> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Parts<'a>;
    type SerializeStruct = Parts<'a>;
    type SerializeTuple = Impossible<(), Error>;
    type SerializeTupleStruct = Impossible<(), Error>;
    type SerializeTupleVariant = Impossible<(), Error>;
    type SerializeMap = Impossible<(), Error>;
    type SerializeStructVariant = Impossible<(), Error>;

    #[inline]
    fn serialize_str(self, text: &str) -> Result<()> {
        append_text(self.0, text);
        Ok(())
    }

    #[inline]
    fn serialize_none(self) -> Result<()> {
        self.0.extend_from_slice(b"null");
        Ok(())
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<()> {
        value.serialize(self)
    }

    fn serialize_bool(self, value: bool) -> Result<()> {
        let word: &[u8] = if value { b"true" } else { b"false" };
        self.0.extend_from_slice(word);
        Ok(())
    }

    whole! {
        serialize_i8(i8) serialize_i16(i16) serialize_i32(i32) serialize_i64(i64)
        serialize_u8(u8) serialize_u16(u16) serialize_u32(u32) serialize_u64(u64)
    }

    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<()> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result<()> {
        value.serialize(self)
    }

    fn serialize_seq(self, _length: Option<usize>) -> Result<Parts<'a>> {
        Ok(self.parts(b'['))
    }

    fn serialize_struct(self, _name: &'static str, _length: usize) -> Result<Parts<'a>> {
        Ok(self.parts(b'{'))
    }

    fn serialize_f32(self, _: f32) -> Result<()> {
        foreign()
    }

    fn serialize_f64(self, _: f64) -> Result<()> {
        foreign()
    }

    fn serialize_char(self, _: char) -> Result<()> {
        foreign()
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<()> {
        foreign()
    }

    fn serialize_unit(self) -> Result<()> {
        foreign()
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<()> {
        foreign()
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _value: &T,
    ) -> Result<()> {
        foreign()
    }

    fn serialize_tuple(self, _length: usize) -> Result<Self::SerializeTuple> {
        foreign()
    }

    fn serialize_tuple_struct(
        self,
        _name: &'static str,
        _length: usize,
    ) -> Result<Self::SerializeTupleStruct> {
        foreign()
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _length: usize,
    ) -> Result<Self::SerializeTupleVariant> {
        foreign()
    }

    fn serialize_map(self, _length: Option<usize>) -> Result<Self::SerializeMap> {
        foreign()
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _length: usize,
    ) -> Result<Self::SerializeStructVariant> {
        foreign()
    }
}

impl SerializeSeq for Parts<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.begin();
        self.write(value)
    }

    fn end(self) -> Result<()> {
        self.into.push(b']');
        Ok(())
    }
}

impl SerializeStruct for Parts<'_> {
    type Ok = ();
    type Error = Error;

    // So that the length of each name is known where it is written.
    #[inline(always)]
    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<()> {
        if name == RAW {
            return Ok(());
        }
        self.begin();
        // The name of a field has nothing to escape.
        let into = &mut *self.into;
        into.reserve(name.len() + 3);
        into.push(b'"');
        into.extend_from_slice(name.as_bytes());
        into.extend_from_slice(b"\":");
        self.write(value)
    }

    fn end(self) -> Result<()> {
        self.into.push(b'}');
        Ok(())
    }
}
