//! JSON on one line.

use aftersales::AfterSale;

/// Appends a case on one line, the platform's record included.
pub(super) fn append(case: &AfterSale, into: &mut Vec<u8>) -> serde_json::Result<()> {
    let start = into.len();
    case.append_json(into)?;
    if case.raw.is_some() {
        let json = into.split_off(start);
        into.extend(squeezed(&String::from_utf8_lossy(&json)).into_bytes());
    }
    Ok(())
}

/// JSON without blanks between its parts. What is inside strings, and every number, stays as it is.
pub(super) fn squeezed(json: &str) -> String {
    let mut inside = false;
    let mut escaped = false;
    json.chars()
        .filter(|&c| {
            let keep = inside || !matches!(c, ' ' | '\t' | '\n' | '\r');
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => inside = !inside,
                _ => {}
            }
            keep
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Map, Value};

    use super::*;
    use crate::format::examples;

    #[test]
    fn a_case_is_one_line_with_every_literal_as_it_was_sent() {
        let line = |case: &AfterSale| {
            let mut line = Vec::new();
            append(case, &mut line).unwrap();
            String::from_utf8(line).unwrap()
        };
        for case in examples::cases() {
            assert!(!line(&case).contains('\n'));
        }
        let hostile = &examples::cases()[2];
        let raw = r#","raw":{"id":18446744073709551616,"note":"two  spaces\n"}}"#;
        assert!(line(hostile).ends_with(raw), "{hostile:?}");
    }

    #[test]
    fn literals_survive() {
        for (json, expected) in [
            ("[ 1.10 , 1E+2, -0.0 ]", "[1.10,1E+2,-0.0]"),
            (
                r#"{ "a b" : "c \" d \\" , "e": " " }"#,
                r#"{"a b":"c \" d \\","e":" "}"#,
            ),
            ("\t\"\\u0020 x\"\r\n", r#""\u0020 x""#),
        ] {
            assert_eq!(squeezed(json), expected);
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
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec((any::<String>(), inner), 0..4)
                    .prop_map(|entries| Value::from(entries.into_iter().collect::<Map<_, _>>())),
            ]
        })
    }

    proptest! {
        #[test]
        fn pretty_json_squeezes_to_compact_json(value in any_json()) {
            let pretty = serde_json::to_string_pretty(&value).unwrap();
            prop_assert_eq!(squeezed(&pretty), serde_json::to_string(&value).unwrap());
        }
    }
}
