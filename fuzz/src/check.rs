//! What holds of everything that was read, whatever the input.

use std::error::Error as StdError;
use std::fmt::Debug;

use core_model::{
    AfterSale, Amounts, Awaits, Cursor, Error, Event, Money, Page, Progress, Result, Status,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::answers::SECRET;
use crate::parser::Verdict;

/// What was read, if anything was; an error has to be fit to be shown.
pub(crate) fn outcome<T>(result: Result<T>) -> Option<T> {
    match result {
        Ok(read) => Some(read),
        Err(error) => {
            failure(&error);
            None
        }
    }
}

/// One line without a secret. (An unreadable record is shown as the platform sent it: its errors are made before anybody
/// knows what a secret is, and know no call.)
pub(crate) fn failure(error: &Error) {
    let line = error.to_string();
    assert!(!line.contains(char::is_control), "more than a line: {line}");
    if error.operation().is_some() {
        let mut shown = format!("{line} {error:?}");
        let mut cause = error.source();
        while let Some(error) = cause {
            shown += &format!(" {error} {error:?}");
            cause = error.source();
        }
        hides_secret(&shown);
    }
}

pub(crate) fn hides_secret(shown: &str) {
    assert!(!shows_secret(shown), "a secret is shown: {shown}");
}

/// As it is, or percent-encoded.
pub(crate) fn shows_secret(text: &str) -> bool {
    let mut decoded = form_urlencoded::parse(text.as_bytes());
    text.contains(SECRET)
        || decoded.any(|(name, value)| name.contains(SECRET) || value.contains(SECRET))
}

/// The records of an answer.
pub(crate) fn cases(cases: Vec<Result<AfterSale>>) -> Verdict {
    records(cases, |record: &AfterSale| {
        assert!(record.raw.is_some(), "a case without its text: {record:?}");
        case(record);
    })
}

/// Records of another kind.
pub(crate) fn records<T>(records: Vec<Result<T>>, check: impl Fn(&T)) -> Verdict {
    let mut verdict = Verdict::Refused;
    for record in records {
        if let Some(record) = outcome(record) {
            check(&record);
            verdict = Verdict::Taken;
        }
    }
    verdict
}

/// What the fields of a record promise each other, and that what we write can be read.
pub(crate) fn case(case: &AfterSale) {
    assert!(!case.id.trim().is_empty(), "a case without an id: {case:?}");
    let is_unknown = case.status == Status::Unknown;
    assert_eq!(case.awaits.is_none(), is_unknown, "{case:?}");
    let progress = match case.awaits {
        Some(awaits) => Progress::new(case.status, awaits),
        None => Progress::UNKNOWN,
    };
    assert_eq!(case.is_final, progress.is_final(), "{case:?}");
    let is_over = matches!(
        case.status,
        Status::Completed | Status::Cancelled | Status::Closed
    );
    assert!(
        !is_over || case.awaits == Some(Awaits::Nobody),
        "somebody is awaited at the end: {case:?}"
    );

    let Amounts {
        requested,
        refunded,
        order_total,
        shipping,
    } = &case.amounts;
    let amounts = [requested, refunded, order_total, shipping];
    let prices = case.items.iter().map(|item| &item.unit_price);
    amounts.into_iter().chain(prices).flatten().for_each(money);

    reads_back(case);
}

/// An amount reads back as it is shown, in major and in minor units.
pub(crate) fn money(money: &Money) {
    let shown = money.to_string();
    let (amount, code) = shown.split_once(' ').expect("an amount and a currency");
    let currency = core_model::Currency::new(code).expect("a currency");
    let read = Money::from_major(amount, currency).expect("an amount");
    assert_eq!((read, read.to_string()), (*money, shown));
    if let Ok(minor) = money.minor() {
        let read = Money::from_minor(&minor.to_string(), currency);
        assert_eq!(read.as_ref(), Ok(money));
    }
}

/// A page, with where it goes on.
pub(crate) fn page(page: Page) -> Verdict {
    if let Some(next) = &page.next {
        reads_back::<Cursor>(next);
    }
    cases(page.records)
}

/// A push names what it is about and can be told from others.
pub(crate) fn event(event: &Event) {
    assert!(!event.key.trim().is_empty(), "an event without a key");
    reads_back(event);
}

/// Our own JSON, twice, is the same.
pub(crate) fn reads_back<T: Serialize + DeserializeOwned + Debug + PartialEq>(value: &T) {
    let json = serde_json::to_string(value).expect("it can be written");
    let read: T = serde_json::from_str(&json).unwrap_or_else(|error| panic!("{error}: {json}"));
    assert_eq!(read, *value, "{json}");
    assert_eq!(serde_json::to_string(&read).ok(), Some(json));
}
