//! Acting on a case.

use async_trait::async_trait;
use core_model::lenient::Literal;
use core_model::{
    Action, Actions, AfterSale, AfterSales, Confirmation, Error, FindOut, Lookup, Plan, Refund,
    Result,
};
use transport::{Act, Reply};

use crate::{CAPABILITIES, Client, api, normalize, wire};

#[async_trait]
impl Actions for Client {
    async fn plan(&self, case: &AfterSale, action: &Action) -> Result<Box<dyn Plan>> {
        CAPABILITIES.admit_action(self.source(), case, action)?;
        let Action::Refund(refund) = action else {
            return Err(CAPABILITIES.no_action(self.source(), action.kind()));
        };
        let act = self.refund(case, action, refund).await;
        let act = act.map_err(|error| error.with_source(self.source()))?;
        self.http().plan(case, action, act)
    }
}

impl Client {
    /// The call names order and SKU, which only the detail of a case states. So the case is read once more, and the amount
    /// is held against what it states now.
    async fn refund(&self, case: &AfterSale, action: &Action, refund: &Refund) -> Result<Act> {
        only_an_amount(refund)?;
        let operator = self.refunds().operator.as_deref().ok_or_else(|| {
            let problem = "is missing: the platform wants to know who pays money back";
            Error::config("refund_operator", problem)
        })?;
        let reply = self.http().call(api::after_sale_detail(&case.id)?).await?;
        let wire: wire::AfterSaleDetail<'_> = reply.decode()?;
        let now = normalize::after_sale_detail(&wire, self.source());
        let now = now.into_iter().next();
        let now = now.ok_or_else(|| reply.unreadable("data is missing"))??;
        CAPABILITIES.admit_action(self.source(), &now, action)?;
        let named = |name: &str, value: Option<String>| {
            value.ok_or_else(|| reply.unreadable(&format!("{name} is missing")))
        };
        let detail = wire.data.iter().next().map(|record| record.fields());
        let sku = detail.transpose()?.and_then(|detail| detail.sku_id.owned());
        let sku = named("data.sku_id", sku)?;
        let order = named("data.order_id", now.order.id)?;
        let request = api::order_refund(
            &order,
            &sku,
            refund.amount,
            operator,
            self.refunds().is_purchase_delete_flag,
        )?;
        let amount = refund.amount;
        let withdrawn = match self.refunds().is_purchase_delete_flag {
            Some(true) => ", and withdraws what was bought",
            _ => "",
        };
        Ok(Act {
            request,
            effect: format!("pays {amount} of {sku} in order {order} back{withdrawn}"),
            amount: Some(amount),
            find_out: FindOut {
                lookup: Some(Lookup::after_sale(&case.id)),
                sign: format!(
                    "the order's refund records have one of {amount} more, and the case states it in refund_money"
                ),
            },
            read: refunded,
        })
    }
}

/// The platform takes nothing else, and what it does not take must not get lost unnoticed.
fn only_an_amount(refund: &Refund) -> Result<()> {
    let parts = [
        ("payments", refund.payments.is_empty()),
        ("lines", refund.lines.is_empty()),
        ("note", refund.note.is_none()),
    ];
    match parts.iter().find(|(_, is_absent)| !is_absent) {
        Some((name, _)) => Err(Error::config(name, "is nothing that this platform takes")),
        None => Ok(()),
    }
}

fn refunded(reply: &Reply) -> Result<Confirmation> {
    let wire: wire::OrderRefund<'_> = reply.decode()?;
    let refund = wire.data.get();
    let id = refund.and_then(|refund| refund.refund_id.owned());
    Ok(Confirmation {
        refund_id: Some(id.ok_or_else(|| reply.unreadable("data.refund_id is missing"))?),
        is_pending: refund.and_then(|refund| refund.is_async.get()) == Some(true),
        ..Confirmation::default()
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use core_model::{
        Awaits, Currency, ErrorKind, Money, NativeStatus, Outcome, Progress, Source, Status,
    };
    use transport::testing::{Script, answer, documented};
    use transport::{Exchange, Options};

    use super::*;
    use crate::config::ConfigBuilder;
    use crate::{Config, PLATFORM, SIDE};

    const DONE: &str = include_str!("../../../fixtures/xiaoe/order-refund.response.json");

    fn client(script: Arc<Script>, settings: ConfigBuilder) -> Client {
        let config = settings
            .access_token("token")
            .options(Options::default().with_exchange(script as Arc<dyn Exchange>))
            .build()
            .unwrap();
        Client::new("courses", config).unwrap()
    }

    fn with_operator() -> ConfigBuilder {
        Config::builder().refund_operator("returns desk")
    }

    /// A platform on which a case of 15.00 is in this state.
    fn platform(state: u8) -> Arc<Script> {
        Script::new(move |request| {
            let detail = format!(
                r#"{{"code":0,"data":{{"aftersale_id":"A1","order_id":"o_1","sku_id":"SKU_1","state":{state},
                    "apply_refund_money":1500,"refund_money":0,
                    "goods_list":[{{"goods_name":"x","goods_price":1500}}]}}}}"#
            );
            let is_detail = request.uri().path().contains("after_sale.detail");
            Ok(answer(200, if is_detail { detail.as_str() } else { DONE }))
        })
    }

    fn case() -> AfterSale {
        let source = Source::new(PLATFORM, "courses", SIDE);
        let progress = Progress::new(Status::Requested, Awaits::Seller);
        let mut case = AfterSale::new(&source, "A1".to_owned(), NativeStatus::default(), progress);
        case.amounts.requested = Some(yuan("15.00"));
        case
    }

    fn yuan(amount: &str) -> Money {
        Money::from_major(amount, Currency::CNY).unwrap()
    }

    #[tokio::test]
    async fn what_is_sent_is_what_is_documented() {
        let script = platform(2);
        let client = client(
            Arc::clone(&script),
            with_operator().is_purchase_delete_flag(true),
        );
        let refund = Action::Refund(Refund::of(yuan("0.10")));
        let plan = client.plan(&case(), &refund).await.unwrap();
        assert_eq!(
            plan.preview().effect,
            "pays 0.10 CNY of SKU_1 in order o_1 back, and withdraws what was bought"
        );
        let Outcome::Confirmed(done) = plan.carry_out().await.unwrap() else {
            panic!("a documented answer confirms");
        };
        assert_eq!(
            (done.refund_id.as_deref(), done.is_pending),
            (Some("r_1691983839_xxx"), true)
        );
        let sent = script.requests().pop().unwrap();
        assert_eq!(sent.uri().path(), "/xe.order.refund/1.0.0");
        let documented = include_str!("../../../fixtures/xiaoe/order-refund.request.json");
        // Its token of one letter would be masked in every word.
        let documented = documented.replace("\"t\"", "\"token\"");
        documented::assert_same_json(sent.body(), &documented);
    }

    #[tokio::test]
    async fn what_the_case_does_not_allow_any_more_is_not_sent() {
        for (state, amount, kind) in [
            (2, "15.01", ErrorKind::Conflict),
            (13, "1.00", ErrorKind::Conflict),
            (11, "1.00", ErrorKind::Conflict),
        ] {
            let script = platform(state);
            let refund = Action::Refund(Refund::of(yuan(amount)));
            let client = client(Arc::clone(&script), with_operator());
            let error = client.plan(&case(), &refund).await.unwrap_err();
            assert_eq!(error.kind(), kind, "{state} {amount}: {error}");
            let is_read = |path: &str| path.contains("after_sale.detail");
            assert!(
                script
                    .requests()
                    .iter()
                    .all(|sent| is_read(sent.uri().path()))
            );
        }
    }

    #[tokio::test]
    async fn what_the_platform_wants_or_does_not_take_is_named() {
        let with_note = Refund {
            note: Some("sorry".to_owned()),
            ..Refund::of(yuan("1.00"))
        };
        for (settings, refund, field) in [
            (
                Config::builder(),
                Refund::of(yuan("1.00")),
                "refund_operator: ",
            ),
            (with_operator(), with_note, "note: "),
        ] {
            let script = platform(2);
            let client = client(Arc::clone(&script), settings);
            let error = client
                .plan(&case(), &Action::Refund(refund))
                .await
                .unwrap_err();
            assert!(error.message().starts_with(field), "{error}");
            assert!(script.requests().is_empty());
        }
    }
}
