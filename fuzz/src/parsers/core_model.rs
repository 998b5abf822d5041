//! The readers that all platforms share, and what users store and hand in again.

use core_model::lenient::{Flag, FoldedKeys, List, Literal, Number, Object, Rows, Secret, Text};
use core_model::{
    Abilities, Action, AfterSale, Awaits, Capabilities, Change, Currency, Cursor, Decimal, Event,
    Money, NativeStatus, Numbered, PageSize, Progress, Proof, Query, Refund, Status, Windowed,
    Zoneless, instant,
};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::value::RawValue;
use xiaoe::{normalize, wire};

use crate::answers::{now, source};
use crate::check::{self, reads_back};
use crate::parser::{Parser, Verdict, fixtures, texts};

pub(super) const PARSERS: &[Parser] = &[
    Parser::new("core-model/cursor", cursors, cursor),
    Parser::new("core-model/event", events, event),
    Parser::new(
        "core-model/lenient",
        || {
            texts(&[
                r#"{"text":"a\u00e9\n","secret":"t0ken","number":1e2,"flag":"1","texts":["a",2,null],
                    "object":{"name":"n"},"objects":[{"name":"n"},null],"rows":[{"name":"a"},7]}"#,
                r#"{" Text ":18446744073709551616,"\u004eUMBER":"12","Flag":0,"object":[],"rows":{}}"#,
                r#"{"text":"162.00","number":-0,"texts":"only","object":null,"objects":{},"rows":null}"#,
                r#"{"text":"2023-02-13 10:44:32","number":1698313367000,"texts":[[1],{"a":1}],"object":"x"}"#,
            ])
        },
        lenient,
    ),
    Parser::new(
        "core-model/money",
        || {
            texts(&[
                "162.00",
                "-5.10",
                "1.50E-1",
                "9007199254740993.01",
                "CNY",
                "kwd",
            ])
        },
        money,
    ),
    Parser::new(
        "core-model/money-json",
        || texts(&[r#"{"amount":"162.00","currency":"CNY"}"#]),
        |json| stored::<Money>(json, check::money),
    ),
    Parser::new("core-model/record", records, |json| {
        stored::<AfterSale>(json, |_| ())
    }),
    Parser::new(
        "core-model/refund",
        || texts(&["16.99 0.00 1.50", "16.99 5.00 11.99 10.00 1.99"]),
        refund,
    ),
    Parser::new(
        "core-model/time",
        || {
            texts(&[
                "2024-04-22T07:22:51Z",
                "2025-12-18T10:00:00.000Z",
                "2024-04-22T03:22:51-04:00",
                "2023-02-13 10:44:32",
                "2023-02-20",
                "1698313367000",
                "20180423171116000+0800",
            ])
        },
        time,
    ),
];

/// What can be read can be written, and is the same when it is read again.
fn stored<T>(json: &[u8], check: fn(&T)) -> Verdict
where
    T: serde::Serialize + serde::de::DeserializeOwned + std::fmt::Debug + PartialEq,
{
    let read = serde_json::from_slice::<T>(json).ok();
    if let Some(value) = &read {
        reads_back(value);
        check(value);
    }
    Verdict::from(read)
}

fn cursors() -> Vec<Vec<u8>> {
    let day = SignedDuration::from_hours(24);
    let range = Query::new()
        .with_created_since(Timestamp::UNIX_EPOCH)
        .created();
    let window = Windowed::at(None, range, day, now()).expect("a window");
    let size = PageSize {
        default: 50,
        max: None,
    };
    let numbered = Numbered::at(None, &Query::new(), size).expect("a page");
    let page = Cursor::from(numbered);
    [
        Some(Cursor::token("abc==")),
        window.next(None),
        window.next(Some("next".to_owned())),
        window.next_numbered(Some(&page)),
        Some(page),
    ]
    .iter()
    .map(|cursor| serde_json::to_vec(cursor).expect("JSON"))
    .collect()
}

/// A cursor from anywhere leads to a page of its listing, or nowhere.
fn cursor(json: &[u8]) -> Verdict {
    let Ok(cursor) = serde_json::from_slice::<Cursor>(json) else {
        return Verdict::Refused;
    };
    reads_back(&cursor);
    let query = Query::new();
    let size = PageSize {
        default: 50,
        max: Some(100),
    };
    check::outcome(Cursor::named(Some(&cursor)));
    let goes_on = |numbered: Numbered| {
        for (rows, total) in [
            (0, None),
            (1, Some(0)),
            (50, None),
            (usize::MAX, Some(u64::MAX)),
        ] {
            if let Some(next) = numbered.next(rows, total) {
                reads_back(&next);
                let next = Numbered::at(Some(&next), &query, size).expect("one of ours");
                assert!(next.page() >= numbered.page(), "{numbered:?} {next:?}");
            }
        }
    };
    if let Some(numbered) = check::outcome(Numbered::at(Some(&cursor), &query, size)) {
        goes_on(numbered);
    }
    for longest in [SignedDuration::from_hours(24), SignedDuration::MAX] {
        let range = query.created();
        let window = Windowed::at(Some(&cursor), range, longest, now());
        let Some(window) = check::outcome(window) else {
            continue;
        };
        assert!(window.since() <= window.until(), "{window:?}");
        if let Some(numbered) = check::outcome(window.numbered(&query, size)) {
            goes_on(numbered);
        }
        if let Some(next) = window.next(None) {
            reads_back(&next);
            let next = Windowed::at(Some(&next), range, longest, now()).expect("one of ours");
            assert_eq!(next.since(), window.until());
            assert!(next.until() > next.since(), "{next:?}");
        }
    }
    Verdict::Taken
}

fn events() -> Vec<Vec<u8>> {
    let mut event = Event::new(&source(), "1", "pushed", Change::Refunded, Proof::Body);
    event.case = Some("A1".to_owned());
    event.at = Some(now());
    vec![serde_json::to_vec(&event).expect("JSON")]
}

fn event(json: &[u8]) -> Verdict {
    stored::<Event>(json, |event| {
        event.lookup();
    })
}

/// Records as we write them.
fn records() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for body in fixtures("xiaoe/after-sale-detail.response.") {
        let wire: wire::AfterSaleDetail<'_> = serde_json::from_slice(&body).expect("an example");
        for case in normalize::after_sale_detail(&wire, &source()) {
            seeds.push(serde_json::to_vec(&case.expect("a case")).expect("JSON"));
        }
    }
    seeds
}

/// What a case states as asked for and paid back, what is to be paid back now, and on which payments: admitted only if it
/// adds up.
fn refund(text: &[u8]) -> Verdict {
    let text = String::from_utf8_lossy(text);
    let words = text.split_whitespace().map(|word| word.trim_matches('"'));
    let amounts: Vec<_> = words
        .map(|word| Money::from_major(word, Currency::CNY).ok())
        .collect();
    let [requested, refunded, Some(amount), payments @ ..] = amounts.as_slice() else {
        return Verdict::Refused;
    };
    let progress = Progress::new(Status::Requested, Awaits::Seller);
    let native = NativeStatus::default();
    let mut case = AfterSale::new(&source(), "1".to_owned(), native, progress);
    (case.amounts.requested, case.amounts.refunded) = (*requested, *refunded);
    let mut refund = Refund::of(*amount);
    let payments = payments.iter().flatten();
    refund.payments = payments.map(|it| ("1".to_owned(), *it)).collect();
    let capabilities = Capabilities {
        abilities: Abilities {
            refund: true,
            ..Abilities::NONE
        },
        ..xiaoe::CAPABILITIES
    };
    let action = Action::Refund(refund);
    let admitted = check::outcome(capabilities.admit_action(&source(), &case, &action));
    if admitted.is_some() {
        let refunded = refunded.map_or(Decimal::ZERO, |refunded| refunded.amount());
        let after = amount.amount().checked_add(refunded.max(Decimal::ZERO));
        let requested = requested.expect("an amount to check against").amount();
        assert!(after.is_some_and(|after| after <= requested), "{text}");
    }
    admitted.into()
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Every<'a> {
    text: Text<'a>,
    secret: Secret<'a>,
    number: Number<'a>,
    flag: Flag,
    texts: List<Text<'a>>,
    object: Object<Named<'a>>,
    objects: List<Named<'a>>,
    rows: Rows<'a, Named<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Named<'a> {
    name: Text<'a>,
}

/// Whatever JSON it is, fields of every kind take it; and nothing that was taken makes a reader stumble.
fn lenient(json: &[u8]) -> Verdict {
    let mut folded = serde_json::Deserializer::from_slice(json);
    if let Ok(read) = Every::deserialize(FoldedKeys(&mut folded)) {
        literals(&read);
    }
    let read = serde_json::from_slice::<Every<'_>>(json).ok();
    read.iter().for_each(literals);

    if let Ok(value) = serde_json::from_slice::<&RawValue>(json) {
        let field = format!(
            r#"{{"text":{value},"secret":{value},"number":{value},"flag":{value},"texts":{value}}}"#
        );
        let taken = serde_json::from_str::<Every<'_>>(&field);
        assert!(taken.is_ok(), "{:?}: {field}", taken.err());
    }
    Verdict::from(read)
}

fn literals(read: &Every<'_>) {
    let texts = read.texts.iter().map(Literal::get);
    let objects = read.object.get().into_iter().chain(read.objects.iter());
    let names = objects.map(|object| object.name.get());
    for text in texts.chain(names).flatten() {
        assert!(!text.trim().is_empty());
    }
    literal(&read.text);
    literal(&read.number);
    read.number.hint();
    read.flag.get();
    read.texts.owned();
    read.object.is_something_else();
    for row in read
        .rows
        .read(&source(), |row, raw| Ok((row.name.owned(), raw)))
    {
        check::outcome(row);
    }
    if let Some(secret) = read.secret.get().filter(|secret| secret.len() > 8) {
        assert!(!format!("{:?}", read.secret).contains(secret));
    }
}

fn literal(literal: &impl Literal) {
    let amounts = [
        literal.major("field", Some(Currency::CNY)),
        literal.minor("field", Some(Currency::CNY)),
        literal.minor("field", literal.currency()),
    ];
    for amount in amounts {
        check::outcome(amount)
            .flatten()
            .iter()
            .for_each(check::money);
    }
    check::outcome(literal.decimal("field"));
    check::outcome(literal.whole("field"));
    check::outcome(literal.instant("field", Zoneless::Shanghai));
}

/// An amount reads back as it is shown, in major and in minor units of every length.
fn money(text: &[u8]) -> Verdict {
    let text = String::from_utf8_lossy(text);
    let codes = ["CNY", "JPY", "KWD", "CLF", "XXX", &text];
    let currencies = codes.iter().filter_map(|code| Currency::new(code).ok());
    let mut amounts = currencies.flat_map(|currency| {
        [
            Money::from_major(&text, currency).ok(),
            Money::from_minor(&text, currency).ok(),
        ]
    });
    let amounts: Vec<_> = amounts.by_ref().flatten().collect();
    amounts.iter().for_each(check::money);
    Verdict::from(amounts.first())
}

/// An instant reads back as it is shown, and is one whether or not a zone is needed.
fn time(text: &[u8]) -> Verdict {
    let text = String::from_utf8_lossy(text);
    let read = [Zoneless::Shanghai, Zoneless::Refused].map(|zoneless| {
        let at = instant(&text, zoneless).ok()?;
        if let Some(at) = at {
            assert_eq!(instant(&at.to_string(), zoneless), Ok(Some(at)), "{text}");
        }
        Some(at)
    });
    if let [Some(with), Some(without)] = read {
        assert_eq!(with, without, "{text}");
    }
    Verdict::from(read[0])
}
