//! How far an account has been listed, and which orders were given: what is stored beside the cases.

use core_model::{Cursor, Lookup, OrderKey};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The name of the [`Position`].
pub(crate) const LISTING: &str = "listing";

/// How far an account has been listed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Position {
    /// What happened before this instant is in the copy; `None` before the first listing has ended.
    pub(crate) done: Option<Timestamp>,
    /// A listing that has begun and not ended.
    pub(crate) under_way: Option<UnderWay>,
}

/// A listing that has begun and not ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct UnderWay {
    /// When it began: what happened before will be in the copy when it ends.
    pub(crate) began: Timestamp,
    /// From when on it lists; `None` for everything.
    pub(crate) since: Option<Timestamp>,
    /// Where it goes on; `None` at its beginning.
    pub(crate) next: Option<Cursor>,
}

/// An order that was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct GivenOrder {
    /// When it was looked up for the first time.
    pub(crate) given: Timestamp,
    /// When it was looked up last.
    pub(crate) read: Timestamp,
}

/// The name under which a [`GivenOrder`] is kept. It does not hold the buyer, of whom nothing is to be left when it is
/// erased.
pub(crate) fn order_name(lookup: &Lookup) -> Option<String> {
    match lookup {
        Lookup::Order {
            order: OrderKey::Id(id),
            ..
        } => Some(format!("order {id}")),
        Lookup::Order {
            order: OrderKey::MerchantRef(reference),
            ..
        } => Some(format!("merchant order {reference}")),
        _ => None,
    }
}

/// Reads what was stored. What cannot be read counts as absent: then more is read than would be necessary, and nothing
/// is written twice.
pub(crate) fn read<T: for<'de> Deserialize<'de>>(stored: Option<&String>) -> Option<T> {
    stored.and_then(|text| serde_json::from_str(text).ok())
}

/// What is stored.
pub(crate) fn written(position: &impl Serialize) -> Result<String, store::Error> {
    serde_json::to_string(position).map_err(|error| {
        let message = format!("a position cannot be written: {error}");
        store::Error::new(store::ErrorKind::Config, message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_stored_and_read_again() {
        let at = |second| Timestamp::from_second(second).unwrap();
        for position in [
            Position::default(),
            Position {
                done: Some(at(5)),
                under_way: None,
            },
            Position {
                done: None,
                under_way: Some(UnderWay {
                    began: at(7),
                    since: Some(at(3)),
                    next: Some(Cursor::token("key")),
                }),
            },
        ] {
            let text = written(&position).unwrap();
            assert_eq!(read(Some(&text)), Some(position), "{text}");
        }
        assert_eq!(read::<Position>(Some(&"{".to_owned())), None);
        assert_eq!(read::<Position>(None), None);
    }

    #[test]
    fn an_order_is_named_without_its_buyer() {
        for (lookup, name) in [
            (Lookup::order("1").with_buyer("b"), Some("order 1")),
            (Lookup::merchant_order("m"), Some("merchant order m")),
            (Lookup::after_sale("a"), None),
        ] {
            assert_eq!(order_name(&lookup).as_deref(), name);
        }
    }
}
