//! Acting on a case.

use std::fmt;

use async_trait::async_trait;
use core_model::lenient::Literal;
use core_model::{
    Action, Actions, AfterSale, AfterSales, Confirmation, Decimal, Error, ErrorKind, FindOut,
    Money, Plan, Raw, Refund, Result,
};
use transport::{Act, Reply, Request};

use crate::api::NewRefund;
use crate::{Client, api, wire};

#[async_trait]
impl Actions for Client {
    async fn plan(&self, case: &AfterSale, action: &Action) -> Result<Box<dyn Plan>> {
        let capabilities = self.capabilities();
        capabilities.admit_action(self.source(), case, action)?;
        let act = match action {
            Action::Refund(refund) => self.refund(case, refund).await,
            Action::Cancel => self.deletion(case),
            _ => Err(capabilities.no_action(self.source(), action.kind())),
        };
        let act = act.map_err(|error| error.with_source(self.source()))?;
        self.http().plan(case, action, act)
    }
}

impl Client {
    /// A refund is one of an order, and a case knows only the number of its order.
    async fn refund(&self, case: &AfterSale, refund: &Refund) -> Result<Act> {
        let order = self.order(case).await?;
        order.admit(refund)?;
        let request = if self.version.has_envelope() {
            let payments = order.payments_of(refund)?;
            let new = NewRefund {
                total: &order.text(refund.amount),
                lines: &refund.lines,
                payments: &payments,
                note: refund.note.as_deref(),
            };
            api::order_refund_record_create(self.version, &order.id, new)?
        } else {
            order.whole_or_part(case, refund)?
        };
        let (amount, currency) = (refund.amount, order.total.currency());
        let number = case.order.number.as_deref().unwrap_or_default();
        Ok(Act {
            request,
            effect: format!(
                "pays {amount} back on order {number}; the platform makes a further case of that, and this one stays"
            ),
            amount: Some(amount),
            find_out: FindOut {
                lookup: None,
                sign: format!(
                    "the refunds of order {} (Client::refunds_of_order) are one more, of {amount}; before, {} {currency} were \
                     paid back",
                    order.id, order.refunded
                ),
            },
            read: if self.version.has_envelope() {
                created
            } else {
                refunded
            },
        })
    }

    fn deletion(&self, case: &AfterSale) -> Result<Act> {
        Ok(Act {
            request: api::post_sale_delete(self.version, &case.id)?,
            effect: "deletes the case from the platform, and no call brings it back".to_owned(),
            amount: None,
            find_out: FindOut {
                lookup: None,
                sign: "the list of cases does not have it any more".to_owned(),
            },
            read: deleted,
        })
    }

    async fn order(&self, case: &AfterSale) -> Result<Order> {
        let number = case.order.number.as_deref().unwrap_or_default();
        let request = api::order_by_number(self.version, number)?;
        let reply = self.http().call(request).await?;
        let (bare, enveloped): (wire::OrderDetailsByNumber<'_>, wire::OrderByNumber<'_>);
        let order = if self.version.has_envelope() {
            enveloped = reply.decode()?;
            enveloped.data.get().and_then(|data| data.order.get())
        } else {
            bare = reply.decode()?;
            bare.order.get()
        };
        let order = order.ok_or_else(|| Error::decode("order", "is missing"));
        order
            .and_then(|order| Order::read(order, number))
            .map_err(|error| reply.unreadable(error.message()))
    }
}

/// What a refund is held against. All of it has to be stated: nothing about money is taken for granted.
struct Order {
    id: String,
    total: Money,
    paid: Option<Decimal>,
    refunded: Decimal,
    left: Decimal,
    payments: Vec<Payment>,
}

/// A payment of an order.
struct Payment {
    id: Option<String>,
    words: Vec<String>,
}

impl Order {
    fn read(wire: &wire::Order<'_>, number: &str) -> Result<Self> {
        let missing = |field: &'static str| move || Error::decode(field, "is missing");
        if wire.number.get() != Some(number.trim()) {
            return Err(Error::decode("number", "is not the one that was asked for"));
        }
        let currency = wire.currency.currency();
        let total = wire.total_price.major("total_price", currency)?;
        let total = total.ok_or_else(missing("currency or total_price"))?;
        let refunded = wire.total_refund_price.decimal("total_refund_price")?;
        let refunded = refunded.ok_or_else(missing("total_refund_price"))?;
        let left = total.amount().checked_sub(refunded);
        let mut payments = wire.payment_lines.as_slice();
        if payments.is_empty() {
            payments = wire.payment_line.as_slice();
        }
        Ok(Self {
            id: wire.id.owned().ok_or_else(missing("id"))?,
            total,
            paid: wire.total_paid.decimal("total_paid")?,
            refunded,
            left: left
                .ok_or_else(|| Error::decode("total_refund_price", "is no part of the total"))?,
            payments: payments.iter().map(Payment::read).collect(),
        })
    }

    /// Refuses an amount that the order does not allow, whatever the case does.
    fn admit(&self, refund: &Refund) -> Result<()> {
        let currency = self.total.currency();
        if refund.amount.currency() != currency {
            let message = format!("the order is in {currency}, and {} is not", refund.amount);
            return Err(Error::new(ErrorKind::Conflict, message));
        }
        if refund.amount.amount() > self.left {
            let message = format!(
                "{} is more than is left of the order: {} {currency}",
                refund.amount, self.left
            );
            return Err(Error::new(ErrorKind::Conflict, message));
        }
        Ok(())
    }

    /// Of which payments the amount is paid back: those that are named, or the only one. Which of several is not guessed.
    fn payments_of(&self, refund: &Refund) -> Result<Vec<(String, String)>> {
        let mut named: Vec<(String, String)> = Vec::new();
        for (id, amount) in &refund.payments {
            let id = id.trim();
            if !self.payments.iter().any(|it| it.id.as_deref() == Some(id)) {
                return Err(self.which_payment(&format!("{id:?} is none of the order")));
            }
            if named.iter().any(|(known, _)| known == id) {
                return Err(self.which_payment(&format!("{id:?} is named twice")));
            }
            named.push((id.to_owned(), self.text(*amount)));
        }
        match self.payments.as_slice() {
            _ if !named.is_empty() => Ok(named),
            [Payment { id: Some(id), .. }] => Ok(vec![(id.clone(), self.text(refund.amount))]),
            [] | [_] => {
                let message = "the order states no payment that an amount could be paid back on";
                Err(Error::new(ErrorKind::Conflict, message))
            }
            _ => Err(self
                .which_payment("the order was paid in several, and how much of each is not said")),
        }
    }

    fn which_payment(&self, problem: &str) -> Error {
        let payments: Vec<_> = self.payments.iter().map(Payment::to_string).collect();
        Error::config(
            "payments",
            format!("{problem}; its payments are {}", payments.join(", ")),
        )
    }

    /// The calls of 2022-01. All of an order on which nothing was paid back yet is paid back by a call of its own.
    fn whole_or_part(&self, case: &AfterSale, refund: &Refund) -> Result<Request> {
        if refund.note.is_some() {
            let problem =
                "version 2022-01 takes none: leave it out, or set api_version to a later one";
            return Err(Error::config("note", problem));
        }
        let amount = refund.amount.amount();
        let is_whole = amount == self.total.amount()
            && self.refunded.is_zero()
            && self.paid.is_none_or(|paid| paid == amount);
        if is_whole && refund.payments.is_empty() && refund.lines.is_empty() {
            return api::order_refund(&self.id);
        }
        let payments = self
            .payments
            .len()
            .max(payments_stated_by(case.raw.as_ref()));
        if !refund.payments.is_empty() || payments > 1 {
            let message = "version 2022-01 cannot say on which payments of an order an amount is paid back: set api_version to \
                           a later one";
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        api::partial_refund(&self.id, &self.text(refund.amount), &refund.lines)
    }

    /// An amount as the order writes them: with the decimals of its total.
    fn text(&self, amount: Money) -> String {
        let mut amount = amount.amount().normalize();
        let scale = self.total.amount().scale().max(amount.scale());
        amount.rescale(scale);
        amount.to_string()
    }
}

/// How many payments of the order the record of a case has. An order of 2022-01 states one at the most.
fn payments_stated_by(case: Option<&Raw>) -> usize {
    let record = case.and_then(|raw| serde_json::from_str::<wire::PostSale<'_>>(raw.get()).ok());
    record.map_or(0, |record| record.payment_lines.as_slice().len())
}

impl Payment {
    fn read(wire: &wire::PaymentLine<'_>) -> Self {
        let words = [
            &wire.payment_name,
            &wire.payment_channel,
            &wire.payment_method,
        ];
        Self {
            id: wire.id.owned(),
            words: words.into_iter().filter_map(Literal::owned).collect(),
        }
    }
}

impl fmt::Display for Payment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id.as_deref().unwrap_or("one without an id"))?;
        if self.words.is_empty() {
            return Ok(());
        }
        write!(f, " ({})", self.words.join(" "))
    }
}

/// The answer of 2022-01.
fn refunded(reply: &Reply) -> Result<Confirmation> {
    let wire: wire::OrderRefund<'_> = reply.decode()?;
    if let Some(reason) = wire.refund_fail_reason.get() {
        return Err(reply.unreadable(&format!("refund_fail_reason: {reason}")));
    }
    let refund_id = wire.refunds.iter().find_map(|refund| refund.id.owned());
    Ok(Confirmation {
        refund_id: Some(refund_id.ok_or_else(|| reply.unreadable("refunds.id is missing"))?),
        after_sale_id: wire.id.owned(),
        is_pending: wire.status.get() != Some("finished"),
    })
}

/// The answer since 2025-06. How far the payment is, the record of the refund says, not the answer.
fn created(reply: &Reply) -> Result<Confirmation> {
    let wire: wire::OrderRefundRecordCreate<'_> = reply.decode()?;
    let data = wire.data.get();
    let refund_id = data.and_then(|data| data.refund_record_id.owned());
    let missing = || reply.unreadable("data.refund_record_id is missing");
    Ok(Confirmation {
        refund_id: Some(refund_id.ok_or_else(missing)?),
        after_sale_id: data.and_then(|data| data.post_sale_id.owned()),
        is_pending: true,
    })
}

fn deleted(reply: &Reply) -> Result<Confirmation> {
    let _: wire::PostSaleDelete<'_> = reply.decode()?;
    Ok(Confirmation::default())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use core_model::{Awaits, Currency, NativeStatus, Outcome, Progress, Source, Status};
    use serde_json::value::RawValue;
    use transport::testing::{Script, answer, documented};
    use transport::{Exchange, Options, Outgoing};

    use super::*;
    use crate::{ApiVersion, Config, PLATFORM, SIDE};

    const VERSIONS: [ApiVersion; 4] = [
        ApiVersion::V2022_01,
        ApiVersion::V2025_06,
        ApiVersion::V2026_01,
        ApiVersion::V2026_07,
    ];
    const FIRST: &str = "4c1d7a54-0a3c-4a39-8f0e-2f3b51a90001";
    const SECOND: &str = "4c1d7a54-0a3c-4a39-8f0e-2f3b51a90002";
    const DONE: &str = r#"{"code":"Success","id":"1","status":"finished","refunds":{"id":"2"},
        "data":{"refund_record_id":"2","post_sale_id":"1"}}"#;

    /// An order of 16.99 USD that was paid at once, but for these members.
    fn order(members: &str) -> String {
        let order = r#""id":"11218-00000001","number":"00000001","currency":"USD","total_price":"16.99",
            "total_paid":"16.99","total_refund_price":"0.00","payment_lines":[{"id":"P1","payment_channel":"paypal"}]"#;
        let mut all: serde_json::Map<_, _> = serde_json::from_str(&format!("{{{order}}}")).unwrap();
        let changed: serde_json::Map<_, _> =
            serde_json::from_str(&format!("{{{members}}}")).unwrap();
        all.extend(changed);
        serde_json::Value::Object(all).to_string()
    }

    fn two_payments() -> String {
        order(&format!(
            r#""payment_lines":[{{"id":"{FIRST}","payment_name":"Card","payment_method":"credit_card"}},{{"id":"{SECOND}"}}]"#
        ))
    }

    /// A platform that has this order, and answers anything else like this.
    fn platform(version: ApiVersion, order: String, done: &'static str) -> (Client, Arc<Script>) {
        let script = Script::new(move |request: &Outgoing| {
            let is_order = request.uri().path().contains("/orders/number/");
            Ok(match (is_order, version) {
                (false, _) => answer(200, done),
                (true, ApiVersion::V2022_01) => answer(200, format!(r#"{{"order":{order}}}"#)),
                (true, _) => answer(
                    200,
                    format!(r#"{{"code":"Success","data":{{"order":{order}}}}}"#),
                ),
            })
        });
        let config = Config::builder()
            .base_url("https://shop.example")
            .access_token("canary-token")
            .api_version(version)
            .options(Options::default().with_exchange(Arc::clone(&script) as Arc<dyn Exchange>))
            .build()
            .unwrap();
        (Client::new("us-store", config).unwrap(), script)
    }

    fn case() -> AfterSale {
        let source = Source::new(PLATFORM, "us-store", SIDE);
        let progress = Progress::new(Status::Requested, Awaits::Seller);
        let id = "e18d1fc2-df36-4d6e-8e03-f1586d000000".to_owned();
        let mut case = AfterSale::new(&source, id, NativeStatus::default(), progress);
        case.order.number = Some("00000001".to_owned());
        case.amounts.requested = Some(dollars("1000000"));
        case
    }

    fn dollars(amount: &str) -> Money {
        Money::from_major(amount, Currency::new("USD").unwrap()).unwrap()
    }

    fn refund(amount: &str) -> Refund {
        Refund::of(dollars(amount))
    }

    fn paid_by(amount: &str, payments: &[(&str, &str)]) -> Refund {
        Refund {
            payments: payments
                .iter()
                .map(|&(id, amount)| (id.to_owned(), dollars(amount)))
                .collect(),
            ..refund(amount)
        }
    }

    /// The request that would change something, or why there is none.
    async fn sent(version: ApiVersion, order: String, refund: Refund) -> Result<(String, String)> {
        let (client, script) = platform(version, order, DONE);
        let plan = client.plan(&case(), &Action::Refund(refund)).await?;
        assert_eq!(script.requests().len(), 1, "a plan reads the order");
        plan.carry_out().await.unwrap();
        let sent = script.requests().pop().unwrap();
        let body = String::from_utf8(sent.body().to_vec()).unwrap();
        Ok((format!("{} {}", sent.method(), sent.uri().path()), body))
    }

    #[tokio::test]
    async fn what_is_sent_is_what_is_documented() {
        let line = |id: &str| vec![(id.to_owned(), 1)];
        let part = Refund {
            lines: line("db4469f3-5e56-4c69-a2b6-03e81d24d5b5"),
            ..refund("12.34")
        };
        let (call, body) = sent(ApiVersion::V2022_01, order(""), part).await.unwrap();
        assert_eq!(
            call,
            "POST /openapi/2022-01/orders/11218-00000001/partial_refund"
        );
        let example = include_str!("../../../fixtures/shoplazza/partial-refund.request.json");
        documented::assert_same_json(body.as_bytes(), example);

        let (call, body) = sent(ApiVersion::V2022_01, order(""), refund("16.99"))
            .await
            .unwrap();
        assert_eq!(call, "POST /openapi/2022-01/orders/11218-00000001/refund");
        assert_eq!(body, "");

        let example =
            include_str!("../../../fixtures/shoplazza/order-refund-record-create.request.json");
        for version in [
            ApiVersion::V2025_06,
            ApiVersion::V2026_01,
            ApiVersion::V2026_07,
        ] {
            let order = order(&format!(
                r#""total_price":"116.99","total_paid":"116.99","payment_lines":[{{"id":"{FIRST}"}}]"#
            ));
            let part = Refund {
                lines: line("505ce397-db9d-4081-a574-eff687c6d426"),
                note: Some("Damaged".to_owned()),
                ..refund("100")
            };
            let (call, body) = sent(version, order, part).await.unwrap();
            let path = format!("/openapi/{}/orders/11218-00000001/refund", version.as_str());
            assert_eq!(call, format!("POST {path}"));
            documented::assert_same_json(body.as_bytes(), example);
        }

        for version in VERSIONS {
            let (client, script) = platform(version, order(""), DONE);
            let plan = client.plan(&case(), &Action::Cancel).await.unwrap();
            assert!(script.requests().is_empty());
            plan.carry_out().await.unwrap();
            let sent = script.requests().pop().unwrap();
            let id = case().id;
            let path = format!("/openapi/{}/orders/post_sales/{id}", version.as_str());
            assert_eq!(
                (sent.method().as_str(), sent.uri().path()),
                ("DELETE", path.as_str())
            );
            assert!(sent.body().is_empty());
        }
    }

    #[tokio::test]
    async fn an_amount_has_the_decimals_of_the_order() {
        for (total, amount, written) in [
            ("16.99", "10", "10.00"),
            ("16.99", "10.5", "10.50"),
            ("16.9900", "10", "10.0000"),
            ("16.99", "10.500", "10.50"),
            ("17", "10.50", "10.5"),
            ("17", "10.00", "10"),
            (
                "17.0000000000000000000000000",
                "10.50",
                "10.5000000000000000000000000",
            ),
        ] {
            let members = format!(r#""total_price":"{total}","total_paid":"{total}""#);
            let (_, body) = sent(ApiVersion::V2022_01, order(&members), refund(amount))
                .await
                .unwrap();
            let expected = format!(r#"{{"is_return":false,"price":"{written}"}}"#);
            assert_eq!(body, expected, "{total} {amount}");
            let (_, body) = sent(ApiVersion::V2026_01, order(&members), refund(amount))
                .await
                .unwrap();
            let expected = format!(
                r#"{{"refund":{{"refund_payments":[{{"payment_line_id":"P1","refund_price":"{written}"}}],"refund_total":"{written}"}}}}"#
            );
            assert_eq!(body, expected, "{total} {amount}");
        }
    }

    #[tokio::test]
    async fn only_all_of_an_order_that_has_no_refund_yet_is_paid_back_without_an_amount() {
        let lines = vec![("L1".to_owned(), 1)];
        let with_lines = Refund {
            lines,
            ..refund("16.99")
        };
        for (members, refund, call) in [
            ("", refund("16.99"), "refund"),
            ("", refund("16.990"), "refund"),
            (r#""total_paid":"""#, refund("16.99"), "refund"),
            ("", refund("16.98"), "partial_refund"),
            ("", with_lines, "partial_refund"),
            (r#""total_paid":"10.00""#, refund("16.99"), "partial_refund"),
            (
                r#""total_refund_price":"0.99""#,
                refund("16.00"),
                "partial_refund",
            ),
        ] {
            let (sent, _) = sent(ApiVersion::V2022_01, order(members), refund)
                .await
                .unwrap();
            assert!(sent.ends_with(&format!("/{call}")), "{members}: {sent}");
        }
    }

    #[tokio::test]
    async fn the_order_has_to_state_and_to_allow_the_amount() {
        use ErrorKind as K;
        for version in [ApiVersion::V2022_01, ApiVersion::V2026_01] {
            for (order, amount, kind, message) in [
                (
                    order(""),
                    "17",
                    K::Conflict,
                    "17 USD is more than is left of the order: 16.99 USD",
                ),
                (
                    order(r#""total_refund_price":"16.00""#),
                    "1",
                    K::Conflict,
                    "1 USD is more than is left of the order: 0.99 USD",
                ),
                (
                    order(r#""currency":"EUR""#),
                    "1",
                    K::Conflict,
                    "the order is in EUR, and 1 USD is not",
                ),
                (
                    order(r#""currency":"""#),
                    "1",
                    K::Decode,
                    "currency or total_price: is missing",
                ),
                (
                    order(r#""total_price":null"#),
                    "1",
                    K::Decode,
                    "currency or total_price: is missing",
                ),
                (
                    order(r#""total_price":"many""#),
                    "1",
                    K::Decode,
                    "total_price: ",
                ),
                (
                    order(r#""total_refund_price":null"#),
                    "1",
                    K::Decode,
                    "total_refund_price: is missing",
                ),
                (
                    order(
                        r#""total_price":"79228162514264337593543950335","total_refund_price":"-1""#,
                    ),
                    "1",
                    K::Decode,
                    "total_refund_price: is no part",
                ),
                (order(r#""id":"""#), "1", K::Decode, "id: is missing"),
                (
                    order(r#""id":"../x""#),
                    "1",
                    K::Config,
                    "order: has to be an id",
                ),
                (
                    order(r#""number":"00000002""#),
                    "1",
                    K::Decode,
                    "number: is not the one",
                ),
                ("null".to_owned(), "1", K::Decode, "order: is missing"),
            ] {
                let error = sent(version, order, refund(amount)).await.unwrap_err();
                assert_eq!(error.kind(), kind, "{error}");
                assert!(error.message().starts_with(message), "{error}");
                assert!(error.account().is_some(), "{error}");
            }
        }
        let mut nameless = case();
        nameless.order.number = None;
        let (client, script) = platform(ApiVersion::V2026_01, order(""), DONE);
        let error = client
            .plan(&nameless, &Action::Refund(refund("1")))
            .await
            .unwrap_err();
        assert_eq!(
            (error.kind(), error.message()),
            (K::Config, "order: is empty")
        );
        assert!(script.requests().is_empty());
    }

    #[tokio::test]
    async fn which_of_several_payments_is_never_guessed() {
        let version = ApiVersion::V2026_01;
        let both = paid_by("10", &[(FIRST, "4"), (SECOND, "6")]);
        let (_, body) = sent(version, two_payments(), both).await.unwrap();
        let payments = format!(
            r#"[{{"payment_line_id":"{FIRST}","refund_price":"4.00"}},{{"payment_line_id":"{SECOND}","refund_price":"6.00"}}]"#
        );
        assert!(body.contains(&payments), "{body}");

        let known = format!("its payments are {FIRST} (Card credit_card), {SECOND}");
        for (refund, problem) in [
            (refund("10"), "the order was paid in several"),
            (refund("16.99"), "the order was paid in several"),
            (
                paid_by("10", &[("P9", "10")]),
                "\"P9\" is none of the order",
            ),
            (
                paid_by("10", &[(FIRST, "4"), (FIRST, "6")]),
                "is named twice",
            ),
        ] {
            let error = sent(version, two_payments(), refund).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config, "{error}");
            let message = error.message();
            assert!(
                message.starts_with("payments: ") && message.contains(problem),
                "{error}"
            );
            assert!(message.ends_with(&known), "{error}");
        }
        for payments in ["[]", r#"[{"payment_channel":"cod"}]"#] {
            let order = order(&format!(r#""payment_lines":{payments}"#));
            let error = sent(version, order, refund("10")).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
        }
        let single = order(r#""payment_lines":[],"payment_line":{"id":"P1"}"#);
        let (_, body) = sent(version, single, refund("10")).await.unwrap();
        assert!(body.contains(r#""payment_line_id":"P1""#), "{body}");
    }

    #[tokio::test]
    async fn the_oldest_version_says_what_it_cannot_say() {
        let version = ApiVersion::V2022_01;
        let noted = Refund {
            note: Some("Damaged".to_owned()),
            ..refund("1")
        };
        for (order, refund, kind) in [
            (order(""), noted, ErrorKind::Config),
            (
                order(""),
                paid_by("1", &[("P1", "1")]),
                ErrorKind::Unsupported,
            ),
            (two_payments(), refund("1"), ErrorKind::Unsupported),
        ] {
            let error = sent(version, order, refund).await.unwrap_err();
            assert_eq!(error.kind(), kind, "{error}");
            assert!(
                error.message().contains("set api_version to a later one"),
                "{error}"
            );
        }
        let all = sent(version, two_payments(), refund("16.99"))
            .await
            .unwrap();
        assert!(
            all.0.ends_with("/refund"),
            "all of it goes back on all of them: {all:?}"
        );

        // Its orders state one payment; the record of a case states them all.
        let stated = |record: &str| {
            let mut case = case();
            let raw: &RawValue = serde_json::from_str(record).unwrap();
            case.raw = Some(raw.into());
            case
        };
        for (record, refused) in [
            (
                r#"{"payment_lines":[{"name":"card"},{"name":"gift card"}]}"#,
                true,
            ),
            (r#"{"payment_lines":[{"name":"card"}]}"#, false),
            ("{}", false),
            ("17", false),
        ] {
            let (client, _) = platform(version, order(""), DONE);
            let plan = client
                .plan(&stated(record), &Action::Refund(refund("1")))
                .await;
            let kind = plan.err().map(|error| error.kind());
            assert_eq!(kind, refused.then_some(ErrorKind::Unsupported), "{record}");
        }
    }

    #[tokio::test]
    async fn lines_have_an_id_and_a_quantity_that_fits() {
        for version in [ApiVersion::V2022_01, ApiVersion::V2026_01] {
            for (id, quantity, fits) in [
                ("L1", 1, true),
                ("L1", 2_147_483_647, true),
                ("L1", 2_147_483_648, false),
                ("L1", 0, false),
                (" ", 1, false),
            ] {
                let with_line = Refund {
                    lines: vec![(id.to_owned(), quantity)],
                    ..refund("1")
                };
                let sent = sent(version, order(""), with_line).await;
                assert_eq!(sent.is_ok(), fits, "{id} {quantity}: {sent:?}");
                if let Err(error) = sent {
                    assert!(error.message().starts_with("lines: "), "{error}");
                }
            }
        }
    }

    #[tokio::test]
    async fn a_refund_is_confirmed_with_its_ids_or_not_at_all() {
        const OLD: ApiVersion = ApiVersion::V2022_01;
        const NEW: ApiVersion = ApiVersion::V2026_01;
        for (version, done, is_pending) in [
            (
                OLD,
                include_str!("../../../fixtures/shoplazza/partial-refund.response.json"),
                false,
            ),
            (
                OLD,
                r#"{"id":"1","status":"processing","refunds":[{"id":"2"}]}"#,
                true,
            ),
            (OLD, r#"{"refunds":{"id":"2"}}"#, true),
            (
                NEW,
                include_str!(
                    "../../../fixtures/shoplazza/order-refund-record-create.response.json"
                ),
                true,
            ),
            (
                NEW,
                r#"{"code":"success","data":{"refund_record_id":"2"}}"#,
                true,
            ),
        ] {
            let (client, _) = platform(version, order(""), done);
            let plan = client
                .plan(&case(), &Action::Refund(refund("1")))
                .await
                .unwrap();
            let Ok(Outcome::Confirmed(confirmation)) = plan.carry_out().await else {
                panic!("{done}");
            };
            let refund_id = confirmation.refund_id.unwrap();
            assert!(done.contains(&format!(r#""{refund_id}""#)), "{refund_id}");
            let names_case = done.contains("post_sale_id") || done.contains("status");
            assert_eq!(confirmation.after_sale_id.is_some(), names_case, "{done}");
            assert_eq!(confirmation.is_pending, is_pending, "{done}");
        }
        for (version, done, message) in [
            (OLD, "{}", "refunds.id is missing"),
            (OLD, r#"{"id":"1","refunds":{}}"#, "refunds.id is missing"),
            (
                OLD,
                r#"{"id":"1","refund_fail_reason":"no balance","refunds":{"id":"2"}}"#,
                "refund_fail_reason: no balance",
            ),
            (
                NEW,
                r#"{"code":"Success"}"#,
                "data.refund_record_id is missing",
            ),
            (
                NEW,
                r#"{"code":"Success","data":{"post_sale_id":"1"}}"#,
                "data.refund_record_id is missing",
            ),
        ] {
            let (client, _) = platform(version, order(""), done);
            let plan = client
                .plan(&case(), &Action::Refund(refund("1")))
                .await
                .unwrap();
            let Ok(Outcome::Unconfirmed(unconfirmed)) = plan.carry_out().await else {
                panic!("{done}");
            };
            assert_eq!(unconfirmed.error.message(), message, "{done}");
            assert_eq!(unconfirmed.find_out.lookup, None);
            let sign = unconfirmed.find_out.sign;
            let calls_for = "the refunds of order 11218-00000001 (Client::refunds_of_order) are one more, of 1 USD; before, \
                             0.00 USD";
            assert!(sign.starts_with(calls_for), "{sign}");
        }
    }

    #[tokio::test]
    async fn a_plan_says_what_becomes_of_case_and_money() {
        let (client, _) = platform(ApiVersion::V2026_01, order(""), DONE);
        let plan = client
            .plan(&case(), &Action::Refund(refund("1.50")))
            .await
            .unwrap();
        let preview = plan.preview();
        assert_eq!(preview.amount, Some(dollars("1.50")));
        assert!(
            preview
                .effect
                .starts_with("pays 1.50 USD back on order 00000001;"),
            "{preview:?}"
        );
        let plan = client.plan(&case(), &Action::Cancel).await.unwrap();
        let preview = plan.preview();
        assert_eq!(preview.amount, None);
        assert!(
            preview.effect.starts_with("deletes the case"),
            "{preview:?}"
        );
    }

    #[tokio::test]
    async fn a_state_that_does_not_allow_it_is_a_refusal_and_a_failing_server_is_none() {
        for (status, body, refused) in [
            (
                406,
                r#"{"errors":["Operation not allowed in current state"]}"#,
                true,
            ),
            (
                406,
                r#"{"code":"NotAllowed","message":"Operation not allowed in current state"}"#,
                true,
            ),
            (422, r#"{"errors":["price is invalid"]}"#, true),
            (
                500,
                r#"{"code":"BusinessError","message":"refund exceeds"}"#,
                false,
            ),
            (
                200,
                r#"{"code":"BusinessError","message":"refund exceeds"}"#,
                false,
            ),
            (204, "", false),
        ] {
            for version in VERSIONS {
                let script = Script::always(status, body);
                let config = Config::builder()
                    .base_url("https://shop.example")
                    .access_token("canary-token")
                    .api_version(version)
                    .options(
                        Options::default().with_exchange(Arc::clone(&script) as Arc<dyn Exchange>),
                    )
                    .build()
                    .unwrap();
                let client = Client::new("us-store", config).unwrap();
                let plan = client.plan(&case(), &Action::Cancel).await.unwrap();
                let outcome = plan.carry_out().await;
                assert_eq!(
                    outcome.is_err(),
                    refused,
                    "{version:?} {status}: {outcome:?}"
                );
                assert_eq!(script.requests().len(), 1);
            }
        }
    }
}
