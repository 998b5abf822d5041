//! JSON as it was written.
//!
//! A fixture has to show the reader what the platform publishes: `162.00` stays `162.00`, an id of nineteen
//! digits stays exact, keys keep their order and their damage. So literals and strings are kept as text.

/// A JSON value whose numbers, strings and keys are the published characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Json {
    /// `true`, `false`, `null` or a number.
    Literal(String),
    /// What stands between the quotes, escapes included.
    String(String),
    Array(Vec<Json>),
    /// Members in order; the key as what stands between the quotes.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// A string with this content.
    pub(crate) fn string(text: &str) -> Self {
        let quoted = serde_json::Value::from(text).to_string();
        let raw = quoted
            .strip_prefix('"')
            .and_then(|raw| raw.strip_suffix('"'));
        Self::String(raw.unwrap_or_default().to_owned())
    }

    /// The content of a string.
    pub(crate) fn content(&self) -> Option<String> {
        match self {
            Self::String(raw) => serde_json::from_str(&format!("\"{raw}\"")).ok(),
            _ => None,
        }
    }

    /// The value over several lines, indented by two spaces, with a final newline.
    pub(crate) fn pretty(&self) -> String {
        let mut text = String::new();
        self.print(0, &mut text);
        text.push('\n');
        text
    }

    /// Every value that holds no other one, with its path (`data.list[].id`).
    pub(crate) fn leaves(&self) -> Vec<(String, &Json)> {
        let mut leaves = Vec::new();
        self.collect_leaves(String::new(), &mut leaves);
        leaves
    }

    /// Every object and array, with its path, and whether it is an array.
    pub(crate) fn containers(&self) -> Vec<(String, bool)> {
        let mut containers = Vec::new();
        self.collect_containers(String::new(), &mut containers);
        containers
    }

    fn print(&self, depth: usize, text: &mut String) {
        match self {
            Self::Literal(literal) => text.push_str(literal),
            Self::String(raw) => quote(raw, text),
            Self::Array(elements) => {
                print_all(['[', ']'], elements, depth, text, |element, text| {
                    element.print(depth + 1, text);
                });
            }
            Self::Object(members) => {
                print_all(['{', '}'], members, depth, text, |(key, value), text| {
                    quote(key, text);
                    text.push_str(": ");
                    value.print(depth + 1, text);
                });
            }
        }
    }

    fn collect_leaves<'a>(&'a self, path: String, leaves: &mut Vec<(String, &'a Json)>) {
        match self {
            Self::Array(elements) if !elements.is_empty() => {
                for element in elements {
                    element.collect_leaves(format!("{path}[]"), leaves);
                }
            }
            Self::Object(members) if !members.is_empty() => {
                for (key, value) in members {
                    value.collect_leaves(below(&path, key), leaves);
                }
            }
            _ => leaves.push((path, self)),
        }
    }

    fn collect_containers(&self, path: String, containers: &mut Vec<(String, bool)>) {
        match self {
            Self::Array(elements) => {
                for element in elements {
                    element.collect_containers(format!("{path}[]"), containers);
                }
                containers.push((path, true));
            }
            Self::Object(members) => {
                for (key, value) in members {
                    value.collect_containers(below(&path, key), containers);
                }
                containers.push((path, false));
            }
            Self::Literal(_) | Self::String(_) => {}
        }
    }
}

/// The path of a member.
pub(crate) fn below(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}

fn quote(raw: &str, text: &mut String) {
    text.push('"');
    text.push_str(raw);
    text.push('"');
}

fn print_all<T>(
    [open, close]: [char; 2],
    items: &[T],
    depth: usize,
    text: &mut String,
    print: impl Fn(&T, &mut String),
) {
    text.push(open);
    for (position, item) in items.iter().enumerate() {
        if position > 0 {
            text.push(',');
        }
        new_line(depth + 1, text);
        print(item, text);
    }
    if !items.is_empty() {
        new_line(depth, text);
    }
    text.push(close);
}

fn new_line(depth: usize, text: &mut String) {
    text.push('\n');
    for _ in 0..depth {
        text.push_str("  ");
    }
}

/// Whether the text is a number by the grammar of RFC 8259.
pub(crate) fn is_number(text: &str) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (integer, fraction) = match mantissa.split_once('.') {
        Some((integer, fraction)) => (integer, Some(fraction)),
        None => (mantissa, None),
    };
    is_digits(integer)
        && (integer == "0" || !integer.starts_with('0'))
        && fraction.is_none_or(is_digits)
        && exponent
            .is_none_or(|exponent| is_digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_order_and_damaged_keys_are_printed_as_written() {
        let json = Json::Object(vec![
            ("z ".to_owned(), Json::Literal("162.00".to_owned())),
            (
                "a".to_owned(),
                Json::Literal("1689644928115784001234".to_owned()),
            ),
            (
                "list".to_owned(),
                Json::Array(vec![
                    Json::String(r"\u0041\/".to_owned()),
                    Json::Object(vec![]),
                    Json::Array(vec![]),
                ]),
            ),
        ]);
        assert_eq!(
            json.pretty(),
            "{\n  \"z \": 162.00,\n  \"a\": 1689644928115784001234,\n  \"list\": [\n    \"\\u0041\\/\",\n    {},\n    []\n  ]\n}\n"
        );
    }

    #[test]
    fn numbers_follow_the_grammar() {
        for number in ["0", "-0", "10", "9.90", "1e9", "1E+9", "-1.5e-3"] {
            assert!(is_number(number), "{number}");
        }
        for other in [
            "", "-", "01", "1.", ".5", "+1", "1e", "1e+", "0x10", "NaN", "1_000", "１",
        ] {
            assert!(!is_number(other), "{other}");
        }
    }
}
