//! XML as platforms push it: elements and text, nothing else.

use quick_xml::Reader;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesRef, Event};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::Refusal;

/// Documented pushes have fewer than twenty.
const MOST_ELEMENTS: usize = 512;

/// Documented pushes have three levels.
const DEEPEST: usize = 16;

/// The content of the root as JSON, so that one type reads a push in both forms: an element is a member, its value an
/// object where it holds elements, else its text. Attributes say nothing.
///
/// Elements of one name that hold elements are an array: that is how lists are written. Elements of one name with text
/// stay two members, and whoever reads the member refuses it.
pub(super) fn to_json(xml: &str) -> Result<String, Refusal> {
    let root = read(xml)?;
    serde_json::to_string(&root).map_err(|_| not_well_formed())
}

#[derive(Default)]
struct Element {
    name: String,
    text: String,
    children: Vec<Element>,
}

fn read(xml: &str) -> Result<Element, Refusal> {
    let mut reader = Reader::from_str(xml);
    reader.config_mut().expand_empty_elements = true;
    let mut elements = 0;
    let mut open: Vec<Element> = Vec::new();
    let mut root = None;
    loop {
        match reader.read_event().map_err(|_| not_well_formed())? {
            Event::Start(start) => {
                elements += 1;
                if root.is_some() {
                    return Err(not_well_formed());
                }
                if elements > MOST_ELEMENTS || open.len() == DEEPEST {
                    return Err(Refusal::malformed("the XML has more in it than any push"));
                }
                open.push(Element {
                    name: start.name().into_inner().to_owned(),
                    ..Element::default()
                });
            }
            Event::End(_) => {
                let element = open.pop().ok_or_else(not_well_formed)?;
                if !element.children.is_empty() && !element.text.trim().is_empty() {
                    return Err(Refusal::malformed("the XML has text between elements"));
                }
                match open.last_mut() {
                    Some(parent) => parent.children.push(element),
                    None => root = Some(element),
                }
            }
            Event::Text(text) => append(&mut open, &text.xml10_content())?,
            Event::CData(text) => append(&mut open, &text.xml10_content())?,
            Event::GeneralRef(reference) => append(&mut open, &resolved(&reference)?)?,
            Event::DocType(_) => {
                return Err(Refusal::malformed("the XML declares a document type"));
            }
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::Empty(_) => return Err(not_well_formed()),
            Event::Eof => break,
        }
    }
    root.ok_or_else(not_well_formed)
}

/// Around the root there is nothing but blanks.
fn append(open: &mut [Element], text: &str) -> Result<(), Refusal> {
    match open.last_mut() {
        Some(element) => element.text.push_str(text),
        None if text.trim().is_empty() => {}
        None => return Err(not_well_formed()),
    }
    Ok(())
}

/// A character by its number, or one of the five that XML itself names. Nothing else is expanded.
fn resolved(reference: &BytesRef<'_>) -> Result<String, Refusal> {
    let character = reference
        .resolve_char_ref()
        .map_err(|_| not_well_formed())?;
    let text = match character {
        Some(character) => Some(character.to_string()),
        None => resolve_xml_entity(reference).map(str::to_owned),
    };
    text.ok_or_else(|| Refusal::malformed("the XML names an entity that it would have to declare"))
}

fn not_well_formed() -> Refusal {
    Refusal::malformed("the XML is not well-formed")
}

impl Serialize for Element {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.children.is_empty() {
            return serializer.serialize_str(&self.text);
        }
        let mut members = serializer.serialize_map(None)?;
        for (position, child) in self.children.iter().enumerate() {
            let alike = |it: &&Element| it.name == child.name && !it.children.is_empty();
            if child.children.is_empty() {
                members.serialize_entry(&child.name, &child.text)?;
            } else if !self.children.iter().take(position).any(|it| alike(&it)) {
                let items: Vec<_> = self.children.iter().filter(alike).collect();
                match items.as_slice() {
                    [only] => members.serialize_entry(&child.name, only)?,
                    items => members.serialize_entry(&child.name, items)?,
                }
            }
        }
        members.end()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;

    use super::*;

    #[test]
    fn elements_are_members_and_text_is_kept_to_the_letter() {
        for (xml, json) in [
            ("<xml><a>1</a><b>x</b></xml>", r#"{"a":"1","b":"x"}"#),
            (
                "<xml><a><![CDATA[<&> ]] y]]></a></xml>",
                r#"{"a":"<&> ]] y"}"#,
            ),
            (
                "<xml><a><![CDATA[1]]>2<![CDATA[3]]></a></xml>",
                r#"{"a":"123"}"#,
            ),
            (
                "<xml><a>&lt;&gt;&amp;&apos;&quot;</a></xml>",
                r#"{"a":"<>&'\""}"#,
            ),
            ("<xml><a>&#20313;&#x4F59;</a></xml>", r#"{"a":"余余"}"#),
            ("<xml><a> 1\r\n</a></xml>", r#"{"a":" 1\n"}"#),
            (
                "<xml><a></a><b/><c></c ></xml>",
                r#"{"a":"","b":"","c":""}"#,
            ),
            (
                "<?xml version=\"1.0\"?>\n<!-- - -->\n<xml>\n  <a k=\"v\"><!-- 2 -->1</a>\n</xml>\n",
                r#"{"a":"1"}"#,
            ),
            (
                "<xml><a><b>1</b></a><c><d><e>2</e></d></c></xml>",
                r#"{"a":{"b":"1"},"c":{"d":{"e":"2"}}}"#,
            ),
            (
                "<xml><a><b>1</b></a><c>2</c><a><b>3</b></a></xml>",
                r#"{"a":[{"b":"1"},{"b":"3"}],"c":"2"}"#,
            ),
            ("<xml/>", r#""""#),
        ] {
            assert_eq!(to_json(xml).as_deref(), Ok(json), "{xml}");
        }
    }

    #[test]
    fn what_a_reader_knows_may_not_stand_twice() {
        #[derive(Debug, Default, Deserialize)]
        #[serde(default)]
        struct Known {
            a: String,
        }
        for (xml, is_read) in [
            ("<xml><a>1</a><b>2</b><b>3</b></xml>", true),
            ("<xml><a>1</a><a>1</a></xml>", false),
            ("<xml><a>1</a><a><c>2</c></a></xml>", false),
        ] {
            let json = to_json(xml).unwrap();
            let known: Option<Known> = serde_json::from_str(&json).ok();
            assert_eq!(known.map(|it| it.a), is_read.then(|| "1".to_owned()));
        }
    }

    #[test]
    fn what_is_no_well_formed_document_is_refused() {
        for xml in [
            "",
            "   ",
            "<",
            "text",
            "<xml>",
            "<xml><a>1</xml>",
            "<xml><a>1</b></xml>",
            "<xml></xml></xml>",
            "<xml></xml><xml></xml>",
            "<xml></xml>text",
            "text<xml></xml>",
            "<xml><a>1</a>",
            "<xml><a><![CDATA[1]></a></xml>",
            "<xml><a>&#0;</a></xml>",
            "<xml><a>&#xD800;</a></xml>",
            "<xml><a>1 & 2</a></xml>",
        ] {
            assert_eq!(to_json(xml), Err(not_well_formed()), "{xml}");
        }
        for xml in ["<xml>1<a>2</a></xml>", "<xml><a>2</a><![CDATA[1]]></xml>"] {
            let refusal = to_json(xml).unwrap_err().to_string();
            assert_eq!(refusal, "the XML has text between elements");
        }
    }

    /// "Billion laughs", a file of this machine, and a name that only HTML knows.
    #[test]
    fn no_entity_is_expanded() {
        for xml in [
            "<!DOCTYPE xml [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\">]><xml><c>&b;</c></xml>",
            "<!DOCTYPE xml [<!ENTITY a SYSTEM \"file:///etc/hostname\">]><xml><c>&a;</c></xml>",
            "<!DOCTYPE xml><xml/>",
        ] {
            let refusal = to_json(xml).unwrap_err().to_string();
            assert_eq!(refusal, "the XML declares a document type");
        }
        let refusal = to_json("<xml><c>&b;</c></xml>").unwrap_err().to_string();
        assert!(refusal.contains("entity"), "{refusal}");
        assert!(to_json("<xml><c>&nbsp;</c></xml>").is_err());
    }

    #[test]
    fn depth_and_number_of_elements_have_a_limit() {
        let nested = |depth| "<a>".repeat(depth) + &"</a>".repeat(depth);
        let wide = |elements| format!("<xml>{}</xml>", "<a/>".repeat(elements - 1));
        for (xml, fits) in [
            (nested(DEEPEST), true),
            (nested(DEEPEST + 1), false),
            ("<a>".repeat(80_000), false),
            (wide(MOST_ELEMENTS), true),
            (wide(MOST_ELEMENTS + 1), false),
        ] {
            assert_eq!(to_json(&xml).is_ok(), fits, "{} bytes", xml.len());
        }
    }

    #[test]
    fn a_document_that_was_cut_anywhere_is_refused() {
        let xml = "<xml><a><![CDATA[1]]></a><b><c>&lt;2</c><d/></b></xml>";
        assert!(to_json(xml).is_ok());
        for end in 0..xml.len() {
            assert!(to_json(&xml[..end]).is_err(), "{}", &xml[..end]);
        }
    }

    proptest! {
        #[test]
        fn any_text_ends_in_json_or_a_refusal(xml in "[<>/!\\[\\]&;#?xa1CDAT \"=-]{0,80}") {
            if let Ok(json) = to_json(&xml) {
                prop_assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok(), "{}", json);
            }
        }

        #[test]
        fn text_reads_back_as_written(text in "[^\r]{0,40}") {
            let escaped = quick_xml::escape::escape(&text);
            let json = to_json(&format!("<xml><a>{escaped}</a></xml>")).unwrap();
            prop_assert_eq!(json, serde_json::json!({ "a": text }).to_string());
        }
    }
}
