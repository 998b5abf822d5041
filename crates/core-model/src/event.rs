//! What platforms push.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Account, Lookup, Money, NativeStatus, Order, OrderKey, Platform, Source, Status};

/// Something that happened, as a platform pushed it.
///
/// A push says that there is something new, seldom what the case is like now: [look it up](Self::lookup). Pushes come
/// late, twice, out of order or not at all, so they make a copy fresher and never replace a listing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// The platform that pushed it.
    pub platform: Platform,
    /// The user's label of the account that it is for.
    pub account: Account,
    /// The same for every delivery of one event, and for no other event of the account: whoever remembers it handles
    /// an event once.
    pub key: String,
    /// What happened.
    pub change: Change,
    /// The same in the platform's own words.
    pub native: String,
    /// The platform's id of the case, where the push names one.
    pub case: Option<String>,
    /// The order, as far as the push names it.
    pub order: Order,
    /// The status that the push states. The case may have moved on.
    pub status: Option<Status>,
    /// The same in the platform's own words.
    pub native_status: NativeStatus,
    /// All that was paid back on the order until then, by whatever refunds, where the push states it. What is new is the
    /// difference from the highest total known before; a push with a lower or the same one is late, or about something
    /// else.
    pub refunded_total: Option<Money>,
    /// When it happened, or was first sent, UTC.
    pub at: Option<Timestamp>,
    /// What the platform vouches for.
    pub proof: Proof,
}

impl Event {
    /// An event of which only the origin, the key and the platform's name for it are known yet.
    pub fn new(
        source: &Source,
        key: impl Into<String>,
        native: impl Into<String>,
        change: Change,
        proof: Proof,
    ) -> Self {
        Self {
            platform: source.platform().clone(),
            account: source.account().clone(),
            key: key.into(),
            change,
            native: native.into(),
            case: None,
            order: Order::default(),
            status: None,
            native_status: NativeStatus::default(),
            refunded_total: None,
            at: None,
            proof,
        }
    }

    /// What to look up to learn how things stand: the case, else all cases of the order. `None` where the push names
    /// neither by an id.
    pub fn lookup(&self) -> Option<Lookup> {
        let order = |key| Lookup::Order {
            order: key,
            buyer: None,
        };
        let case = self.case.clone().map(Lookup::AfterSale);
        let by_id = || self.order.id.clone().map(OrderKey::Id).map(order);
        let by_reference = || {
            self.order
                .merchant_ref
                .clone()
                .map(OrderKey::MerchantRef)
                .map(order)
        };
        case.or_else(by_id).or_else(by_reference)
    }
}

/// What happened to a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Change {
    /// It was opened.
    Opened,
    /// What is asked for has changed.
    Edited,
    /// It was withdrawn.
    Withdrawn,
    /// The buyer has sent the goods back, or changed what is known of the parcel.
    ReturnShipped,
    /// Money was paid back.
    Refunded,
    /// Money could not be paid back.
    RefundFailed,
    /// Somebody let the time to act pass.
    Lapsed,
    /// A dispute began, moved on or ended.
    Disputed,
    /// Its status has changed; the push says no more.
    Status,
    /// Its order has changed; whether a case is concerned has to be looked up.
    Order,
    /// Something that is not in the platform's table.
    Unknown,
}

/// What a platform vouches for with a push.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// Every byte of the body.
    Body,
    /// That the platform sent something; the event itself is a hint, and what it says has to be looked up.
    Sender,
    /// Nothing: whoever knows the address may have sent it.
    Address,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Side;

    #[test]
    fn the_case_is_looked_up_else_its_order() {
        let source = Source::new(Platform::new("example"), "shop", Side::Seller);
        let mut event = Event::new(&source, "1", "order", Change::Order, Proof::Sender);
        assert_eq!(event.lookup(), None);
        event.order.number = Some("SO1".to_owned());
        assert_eq!(event.lookup(), None, "a number is no key");
        event.order.merchant_ref = Some("M1".to_owned());
        assert_eq!(event.lookup(), Some(Lookup::merchant_order("M1")));
        event.order.id = Some("7".to_owned());
        assert_eq!(event.lookup(), Some(Lookup::order("7")));
        event.case = Some("A1".to_owned());
        assert_eq!(event.lookup(), Some(Lookup::after_sale("A1")));
    }
}
