//! JSON written straight into one string. A page of records is made by these few functions
//! instead of a tree of values, which would cost several allocations per field.

use std::fmt::{self, Display, Write};

/// Appends one object.
pub(crate) fn object(out: &mut String, members: impl FnOnce(&mut Object<'_>)) {
    out.push('{');
    members(&mut Object { out, first: true });
    out.push('}');
}

/// One object as a text of its own.
pub(crate) fn to_string(members: impl FnOnce(&mut Object<'_>)) -> String {
    let mut out = String::new();
    object(&mut out, members);
    out
}

/// An object under construction; members appear in the order of the calls.
#[derive(Debug)]
pub(crate) struct Object<'a> {
    out: &'a mut String,
    first: bool,
}

impl Object<'_> {
    /// A string member.
    pub(crate) fn text(&mut self, key: &str, value: impl Display) {
        self.key(key);
        quoted(self.out, value);
    }

    /// A string member, or `null`.
    pub(crate) fn text_or_null(&mut self, key: &str, value: Option<impl Display>) {
        match value {
            Some(value) => self.text(key, value),
            None => self.null(key),
        }
    }

    /// A member that is JSON as it stands: a number, `true`, `false`.
    pub(crate) fn plain(&mut self, key: &str, value: impl Display) {
        self.key(key);
        write(self.out, value);
    }

    pub(crate) fn null(&mut self, key: &str) {
        self.plain(key, "null");
    }

    /// An array of strings.
    pub(crate) fn texts(&mut self, key: &str, values: impl IntoIterator<Item = impl Display>) {
        self.array(key, values, |out, value| quoted(out, value));
    }

    /// An array of values that are JSON as they stand.
    pub(crate) fn plains(&mut self, key: &str, values: impl IntoIterator<Item = impl Display>) {
        self.array(key, values, |out, value| write(out, value));
    }

    pub(crate) fn object(&mut self, key: &str, members: impl FnOnce(&mut Object<'_>)) {
        self.key(key);
        object(self.out, members);
    }

    /// An array of objects, one for each item.
    pub(crate) fn objects<T>(
        &mut self,
        key: &str,
        items: impl IntoIterator<Item = T>,
        mut members: impl FnMut(&mut Object<'_>, T),
    ) {
        self.array(key, items, |out, item| {
            object(out, |object| members(object, item));
        });
    }

    fn array<T>(
        &mut self,
        key: &str,
        items: impl IntoIterator<Item = T>,
        mut write: impl FnMut(&mut String, T),
    ) {
        self.key(key);
        self.out.push('[');
        for (place, item) in items.into_iter().enumerate() {
            if place > 0 {
                self.out.push(',');
            }
            write(self.out, item);
        }
        self.out.push(']');
    }

    fn key(&mut self, key: &str) {
        self.out.push_str(if self.first { "\"" } else { ",\"" });
        self.first = false;
        self.out.push_str(key);
        self.out.push_str("\":");
    }
}

fn quoted(out: &mut String, value: impl Display) {
    out.push('"');
    write(&mut Escaped(out), value);
    out.push('"');
}

/// Writing to a string cannot fail, and the `Display` impls used here do not fail either.
fn write(out: &mut impl Write, value: impl Display) {
    let _ = write!(out, "{value}");
}

struct Escaped<'a>(&'a mut String);

impl Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let special = |byte: u8| byte < 0x20 || byte == b'"' || byte == b'\\';
        if !text.bytes().any(special) {
            self.0.push_str(text);
            return Ok(());
        }
        for character in text.chars() {
            match character {
                '"' => self.0.push_str("\\\""),
                '\\' => self.0.push_str("\\\\"),
                '\n' => self.0.push_str("\\n"),
                control if u32::from(control) < 0x20 => {
                    write!(self.0, "\\u{:04x}", u32::from(control))?;
                }
                other => self.0.push(other),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_what_a_parser_reads() {
        let text = "plain \"quoted\" back\\slash\nnew line \u{1} 瓜子仁 🎮";
        let written = to_string(|object| {
            object.text("text", text);
            object.text_or_null("none", None::<&str>);
            object.plain("big", 9_007_199_254_740_993_u64);
            object.texts("texts", ["a", "b\""]);
            object.plains("numbers", [1, 2]);
            object.object("empty", |_| {});
            object.objects("objects", [1, 2], |object, n| object.plain("n", n));
        });
        let read: serde_json::Value = serde_json::from_str(&written).unwrap();
        let expected = serde_json::json!({
            "text": text, "none": null, "big": 9_007_199_254_740_993_u64, "texts": ["a", "b\""],
            "numbers": [1, 2], "empty": {}, "objects": [{"n": 1}, {"n": 2}]
        });
        assert_eq!(read, expected);
    }
}
