//! XML as the JSON that the wire types read, as `transport::push::Document` makes it: the root goes without its name,
//! what comes several times is an array, and texts are strings.

use quick_xml::Reader;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::Event;

use crate::json::Json;

/// The platform crates read no more either.
const MOST_ELEMENTS: usize = 512;

/// With the place around the root.
const DEEPEST: usize = 17;

/// A document and the name of its root. None where it is not well-formed, or more than any push.
pub(crate) fn read(xml: &str) -> Option<(String, Json)> {
    let mut reader = Reader::from_str(xml);
    reader.config_mut().expand_empty_elements = true;
    // Around the root stands a place for it.
    let mut open = vec![Element::default()];
    let mut elements = 0;
    loop {
        let mut text = String::new();
        match reader.read_event().ok()? {
            Event::Start(start) => {
                elements += 1;
                if elements > MOST_ELEMENTS || open.len() == DEEPEST {
                    return None;
                }
                open.push(Element {
                    name: start.name().as_ref().to_owned(),
                    ..Element::default()
                });
            }
            Event::End(_) => {
                let closed = open.pop()?;
                open.last_mut()?.add(closed.name.clone(), closed.json());
            }
            Event::Text(shown) => text.push_str(&shown),
            Event::CData(shown) => text.push_str(&shown),
            Event::GeneralRef(reference) => match reference.resolve_char_ref().ok()? {
                Some(character) => text.push(character),
                None => text.push_str(resolve_xml_entity(&reference)?),
            },
            Event::Eof => break,
            Event::DocType(_) => return None,
            _ => {}
        }
        open.last_mut()?.text.push_str(&text);
    }
    let mut around = open.pop().filter(|_| open.is_empty())?;
    let (name, root) = around.members.pop()?;
    let is_only_root = around.members.is_empty() && around.text.trim().is_empty();
    let root = match root {
        Json::String(_) => Json::Object(Vec::new()),
        root => root,
    };
    (is_only_root && matches!(root, Json::Object(_))).then_some((name, root))
}

#[derive(Default)]
struct Element {
    name: String,
    text: String,
    members: Vec<(String, Json)>,
}

impl Element {
    fn add(&mut self, name: String, value: Json) {
        match self.members.iter_mut().find(|(known, _)| *known == name) {
            Some((_, Json::Array(elements))) => elements.push(value),
            Some((_, first)) => {
                let first_value = std::mem::replace(first, Json::Array(Vec::new()));
                *first = Json::Array(vec![first_value, value]);
            }
            None => self.members.push((name, value)),
        }
    }

    fn json(self) -> Json {
        if self.members.is_empty() {
            Json::string(&self.text)
        } else {
            Json::Object(self.members)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(xml: &str) -> Option<(String, String)> {
        let (root, json) = read(xml)?;
        let text = json.pretty().split_whitespace().collect();
        Some((root, text))
    }

    #[test]
    fn a_document_is_the_json_that_the_wire_types_read() {
        for (xml, root, expected) in [
            (
                "<xml><b><![CDATA[1<2]]></b><a><c>3</c></a></xml>",
                "xml",
                r#"{"b":"1<2","a":{"c":"3"}}"#,
            ),
            (
                "<?xml version=\"1.0\"?>\n<doc>\n<i>1</i><i>&quot;</i><i/>\n</doc>\n",
                "doc",
                r#"{"i":["1","\"",""]}"#,
            ),
            ("<doc/>", "doc", "{}"),
        ] {
            let expected = Some((root.to_owned(), expected.to_owned()));
            assert_eq!(json(xml), expected, "{xml}");
        }
    }

    #[test]
    fn what_is_not_well_formed_is_none() {
        for xml in [
            "",
            "{}",
            "<a>",
            "<a></b>",
            "<a/><a/>",
            "<a/><b/>",
            "<a/>b",
            "<a>&</a>",
            "<a>&nbsp;</a>",
            "<!DOCTYPE a><a/>",
        ] {
            assert_eq!(json(xml), None, "{xml}");
        }
    }

    #[test]
    fn depth_and_number_of_elements_have_a_limit() {
        let nested = |depth| "<a>".repeat(depth) + "<b/>" + &"</a>".repeat(depth);
        let flat = |count| format!("<a>{}</a>", "<b/>".repeat(count));
        assert!(json(&nested(15)).is_some());
        assert!(json(&nested(16)).is_none());
        assert!(json(&flat(511)).is_some());
        assert!(json(&flat(512)).is_none());
    }
}
