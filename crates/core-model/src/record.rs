//! The unified record.

use std::fmt;

use jiff::Timestamp;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::{Account, Awaits, Money, Party, Platform, Progress, Side, Source, Status, writer};

/// One refund, return or exchange case, on any platform.
///
/// `None` means that the platform does not state the value; nothing is ever guessed. In JSON every
/// key is present and absent values are `null`, except [`raw`](Self::raw), which is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AfterSale {
    /// The platform that keeps the case.
    pub platform: Platform,
    /// The user's label of the account that sees it.
    pub account: Account,
    /// Whose side of the case the account is on.
    pub side: Side,
    /// The platform's id of the case, unique within the account. Digits stay as they were sent.
    pub id: String,
    /// The number that people use for the case, where it differs from the id.
    pub number: Option<String>,
    /// The order that the case belongs to.
    pub order: Order,
    /// What was asked for.
    pub kind: Kind,
    /// How far the case has come.
    pub status: Status,
    /// Who has to act next; `None` only where the status is unknown.
    pub awaits: Option<Awaits>,
    /// Whether nothing more will happen.
    #[serde(rename = "final")]
    pub is_final: bool,
    /// The status in the platform's own words.
    pub native_status: NativeStatus,
    /// Who opened the case.
    pub opened_by: Option<Party>,
    /// Why it was opened.
    pub reason: Reason,
    /// What the parties wrote.
    pub notes: Notes,
    /// Money asked for, paid back and paid before.
    pub amounts: Amounts,
    /// Who bought: personal data.
    pub buyer: Buyer,
    /// The goods that the case is about.
    pub items: Vec<Item>,
    /// Links to pictures and papers.
    pub evidence: Evidence,
    /// The parcel on its way back.
    pub return_shipment: ReturnShipment,
    /// When the case was opened, UTC.
    pub created_at: Option<Timestamp>,
    /// When the case last changed, UTC.
    pub updated_at: Option<Timestamp>,
    /// When the money was paid back, UTC.
    pub refunded_at: Option<Timestamp>,
    /// When the current step lapses, UTC.
    pub deadline: Option<Timestamp>,
    /// The platform's record, byte for byte.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<Raw>,
}

impl AfterSale {
    /// A record of which only the origin, the id and the status are known yet.
    pub fn new(
        source: &Source,
        id: String,
        native_status: NativeStatus,
        progress: Progress,
    ) -> Self {
        Self {
            platform: source.platform().clone(),
            account: source.account().clone(),
            side: source.side(),
            id,
            number: None,
            order: Order::default(),
            kind: Kind::Unspecified,
            status: progress.status(),
            awaits: progress.awaits(),
            is_final: progress.is_final(),
            native_status,
            opened_by: None,
            reason: Reason::default(),
            notes: Notes::default(),
            amounts: Amounts::default(),
            buyer: Buyer::default(),
            items: Vec::new(),
            evidence: Evidence::default(),
            return_shipment: ReturnShipment::default(),
            created_at: None,
            updated_at: None,
            refunded_at: None,
            deadline: None,
            raw: None,
        }
    }

    /// Appends the record as JSON on one line: what [`serde_json`] writes, in half the time. (A [raw](Self::raw) record
    /// has the line breaks that the platform sent.)
    ///
    /// # Errors
    /// Those of [`serde_json`], which writes every record.
    pub fn append_json(&self, into: &mut Vec<u8>) -> serde_json::Result<()> {
        writer::append(into, self)
    }
}

/// The order that a case belongs to. Platforms state any mixture of the three.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// The platform's id.
    pub id: Option<String>,
    /// The number that people use.
    pub number: Option<String>,
    /// The merchant's own id.
    pub merchant_ref: Option<String>,
}

/// What was asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Money back, the goods stay.
    Refund,
    /// Goods back, money back.
    ReturnAndRefund,
    /// Goods back, other goods.
    Exchange,
    /// The goods are sent once more.
    Reshipment,
    /// The platform does not say, or says something that we do not know.
    #[default]
    Unspecified,
}

impl Kind {
    /// The name used in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Refund => "refund",
            Self::ReturnAndRefund => "return_and_refund",
            Self::Exchange => "exchange",
            Self::Reshipment => "reshipment",
            Self::Unspecified => "unspecified",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The status in the platform's own words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NativeStatus {
    /// The code, digits or word.
    pub code: Option<String>,
    /// The label that the platform sends beside it.
    pub label: Option<String>,
}

/// Why a case was opened.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// The platform's code.
    pub code: Option<String>,
    /// The platform's text.
    pub text: Option<String>,
}

/// What the parties wrote.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notes {
    /// From whoever bought.
    pub buyer: Option<String>,
    /// From whoever sold.
    pub seller: Option<String>,
    /// Why the case was refused.
    pub rejection: Option<String>,
}

/// Money. Items are never summed up to get any of these.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amounts {
    /// What was asked for.
    pub requested: Option<Money>,
    /// What was paid back.
    pub refunded: Option<Money>,
    /// What the order cost.
    pub order_total: Option<Money>,
    /// Freight.
    pub shipping: Option<Money>,
}

/// Who bought: personal data.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Buyer {
    /// The platform's id of the person.
    pub id: Option<String>,
    /// The name.
    pub name: Option<String>,
    /// The telephone number.
    pub phone: Option<String>,
    /// The e-mail address.
    pub email: Option<String>,
}

/// One kind of goods in a case.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// The platform's id of the order line.
    pub id: Option<String>,
    /// The platform's, or else the merchant's, id of the product.
    pub product_id: Option<String>,
    /// The stock keeping unit.
    pub sku: Option<String>,
    /// The name.
    pub title: Option<String>,
    /// Size, colour and the like.
    pub variant: Option<String>,
    /// How many are part of the case.
    pub quantity: Option<u64>,
    /// How many were ordered.
    pub quantity_ordered: Option<u64>,
    /// The price of one.
    pub unit_price: Option<Money>,
    /// A link to a picture.
    pub image: Option<String>,
}

/// Links to pictures and papers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// From whoever bought.
    pub buyer: Vec<String>,
    /// From whoever sold.
    pub seller: Vec<String>,
}

/// The parcel on its way back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnShipment {
    /// The carrier's name.
    pub carrier: Option<String>,
    /// The platform's code of the carrier.
    pub carrier_code: Option<String>,
    /// The parcel's number.
    pub tracking_number: Option<String>,
}

/// The platform's record, byte for byte. `Debug` shows only how long it is.
#[derive(Clone)]
pub struct Raw(Box<str>);

impl Raw {
    /// The exact text.
    pub fn get(&self) -> &str {
        &self.0
    }

    /// For a text that was found to be JSON.
    pub(crate) fn of_literal(json: &str) -> Self {
        Self(json.into())
    }
}

impl From<&RawValue> for Raw {
    fn from(record: &RawValue) -> Self {
        Self(record.get().into())
    }
}

impl Serialize for Raw {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let record: &RawValue = serde_json::from_str(&self.0).map_err(S::Error::custom)?;
        record.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(Box::<RawValue>::deserialize(deserializer)?.into()))
    }
}

impl PartialEq for Raw {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl Eq for Raw {}

impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Raw({} bytes)", self.get().len())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Currency;

    fn record() -> AfterSale {
        let source = Source::new(Platform::new("example"), "shop", Side::Seller);
        let progress = Progress::new(Status::Requested, Awaits::Seller);
        AfterSale::new(
            &source,
            "9007199254740993123".to_owned(),
            NativeStatus::default(),
            progress,
        )
    }

    #[test]
    fn json_has_every_key_and_reads_back() {
        let mut record = record();
        let json = serde_json::to_string(&record).unwrap();
        assert!(
            json.contains(r#""id":"9007199254740993123","number":null"#),
            "{json}"
        );
        assert!(json.contains(r#""final":false"#), "{json}");
        assert!(!json.contains("raw"), "{json}");

        let exact = "{ \"amount\": 1.10,\n \"id\": 18446744073709551616 }";
        let raw: &RawValue = serde_json::from_str(exact).unwrap();
        record.raw = Some(raw.into());
        let json = serde_json::to_string(&record).unwrap();
        assert!(json.contains(exact), "{json}");
        assert_eq!(serde_json::from_str::<AfterSale>(&json).unwrap(), record);
    }

    proptest! {
        #[test]
        fn what_is_appended_is_what_serde_json_writes(
            texts in proptest::collection::vec(proptest::option::of(any_text()), 26),
            items in 0..4_usize,
            amount in "-?[0-9]{1,20}(\\.[0-9]{1,8})?",
            numbers in proptest::option::of(any::<u64>()),
            at in proptest::option::of(0..4_000_000_000_i64),
            raw in proptest::option::of(Just("{ \"a\" : 1.10,\n\"raw\":null}")),
            flag: bool,
        ) {
            let mut texts = texts.into_iter();
            let mut text = || texts.next().flatten();
            let mut case = record();
            let money = Money::from_major(&amount, Currency::CNY).ok();
            let at = at.and_then(|at| Timestamp::from_second(at).ok());
            case.id = text().unwrap_or_default();
            case.number = text();
            case.order = Order { id: text(), number: text(), merchant_ref: text() };
            case.kind = if flag { Kind::Exchange } else { Kind::Unspecified };
            case.awaits = case.awaits.filter(|_| flag);
            case.is_final = flag;
            case.native_status = NativeStatus { code: text(), label: text() };
            case.opened_by = flag.then_some(Party::Platform);
            case.reason = Reason { code: text(), text: text() };
            case.notes = Notes { buyer: text(), seller: text(), rejection: text() };
            case.amounts = Amounts { requested: money, refunded: None, order_total: money, shipping: None };
            case.buyer = Buyer { id: text(), name: text(), phone: text(), email: text() };
            let item = Item {
                id: text(),
                title: text(),
                quantity: numbers,
                unit_price: money,
                ..Item::default()
            };
            case.items = vec![item; items];
            case.evidence.buyer = text().into_iter().chain(text()).collect();
            case.return_shipment.carrier = text();
            case.created_at = at;
            case.deadline = at;
            case.raw = raw.map(Raw::of_literal);
            let mut json = b"before".to_vec();
            case.append_json(&mut json).unwrap();
            let expected = format!("before{}", serde_json::to_string(&case).unwrap());
            prop_assert_eq!(String::from_utf8(json).unwrap(), expected);
        }
    }

    fn any_text() -> impl Strategy<Value = String> {
        prop_oneof![
            ".{0,40}",
            "[a-z \"\\\\/\u{0}-\u{1f}\u{7f}-\u{90}]{0,40}",
            Just("衬衫 😀 raw".to_owned()),
        ]
    }

    #[test]
    fn debug_does_not_print_the_raw_record() {
        let raw: &RawValue = serde_json::from_str(r#"{"phone":"555-0100"}"#).unwrap();
        assert_eq!(format!("{:?}", Raw::from(raw)), "Raw(20 bytes)");
    }
}
