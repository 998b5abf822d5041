//! JSON on one line.

use aftersales::AfterSale;

/// A case on one line, the platform's record included.
pub(super) fn line(case: &AfterSale) -> serde_json::Result<String> {
    let json = serde_json::to_string(case)?;
    Ok(match case.raw {
        Some(_) => squeezed(&json),
        None => json,
    })
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
        for case in examples::cases() {
            assert!(!line(&case).unwrap().contains('\n'));
        }
        let hostile = &examples::cases()[2];
        let raw = r#","raw":{"id":18446744073709551616,"note":"two  spaces\n"}}"#;
        assert!(line(hostile).unwrap().ends_with(raw), "{hostile:?}");
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
