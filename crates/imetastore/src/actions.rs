//! Acting on a case.

use async_trait::async_trait;
use core_model::{
    Action, Actions, AfterSale, AfterSales, Confirmation, FindOut, Lookup, Plan, Result,
};
use transport::{Act, Reply};

use crate::api::OrderId;
use crate::{CAPABILITIES, Client, api, wire};

#[async_trait]
impl Actions for Client {
    async fn plan(&self, case: &AfterSale, action: &Action) -> Result<Box<dyn Plan>> {
        CAPABILITIES.admit_action(self.source(), case, action)?;
        let act = self.act(case, action);
        let act = act.map_err(|error| error.with_source(self.source()))?;
        self.http().plan(case, action, act)
    }
}

impl Client {
    /// The platform names a case by its order, so that the latest case of the order is acted on.
    fn act(&self, case: &AfterSale, action: &Action) -> Result<Act> {
        let order = OrderId::new(case.order.id.as_deref().unwrap_or_default())?;
        let (request, effect, sign) = match action {
            Action::Approve => (
                api::approval(&order),
                "agrees to the refund: the platform pays the buyer back, how much it does not state",
                "orderAfterSalesStatus is no longer 1, but 3, or 5 once the buyer is paid",
            ),
            Action::Reject(rejection) => (
                api::rejection(&order, rejection)?,
                "refuses the refund; the buyer may open a dispute",
                "orderAfterSalesStatus is no longer 1, but 2 or 11",
            ),
            _ => return Err(CAPABILITIES.no_action(self.source(), action.kind())),
        };
        Ok(Act {
            request,
            effect: effect.to_owned(),
            amount: None,
            find_out: FindOut {
                lookup: Some(Lookup::order(order.to_string())),
                sign: sign.to_owned(),
            },
            read: audited,
        })
    }
}

fn audited(reply: &Reply) -> Result<Confirmation> {
    let wire: wire::SellerAuditReply<'_> = reply.decode()?;
    match wire.data.get() {
        Some(true) => Ok(Confirmation::default()),
        _ => Err(reply.unreadable("data is not true")),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use core_model::{
        ActionKind, Awaits, ErrorKind, NativeStatus, Outcome, Progress, Rejection, Source, Status,
    };
    use transport::testing::{Script, documented};
    use transport::{Exchange, Options};

    use super::*;
    use crate::{Config, PLATFORM, SIDE};

    fn client(script: Arc<Script>) -> Client {
        let config = Config::builder()
            .access_token("token")
            .options(Options::default().with_exchange(script as Arc<dyn Exchange>))
            .build()
            .unwrap();
        Client::new("games", config).unwrap()
    }

    fn case() -> AfterSale {
        let source = Source::new(PLATFORM, "games", SIDE);
        let progress = Progress::new(Status::Requested, Awaits::Seller);
        let mut case = AfterSale::new(
            &source,
            "100001".to_owned(),
            NativeStatus::default(),
            progress,
        );
        case.order.id = Some("1689644928115784".to_owned());
        case
    }

    #[tokio::test]
    async fn what_is_sent_is_what_is_documented() {
        let rejection = Rejection {
            reason: None,
            text: Some("Already redeemed".to_owned()),
            evidence: vec!["https://example.com/proof.png".to_owned()],
        };
        for (action, documented) in [
            (
                Action::Approve,
                include_str!("../../../fixtures/imetastore/seller-audit.request.json"),
            ),
            (
                Action::Reject(rejection),
                include_str!("../../../fixtures/imetastore/seller-audit.request-reject.json"),
            ),
        ] {
            let script = Script::always(200, r#"{"code":"0000","msg":"Success","data":true}"#);
            let plan = client(Arc::clone(&script))
                .plan(&case(), &action)
                .await
                .unwrap();
            assert!(matches!(plan.carry_out().await, Ok(Outcome::Confirmed(_))));
            let sent = script.requests().pop().unwrap();
            let path = "/merchant-api/seller/order/1689644928115784/after-sales/seller-audit";
            assert_eq!((sent.method().as_str(), sent.uri().path()), ("POST", path));
            documented::assert_same_json(sent.body(), documented);
        }
    }

    #[tokio::test]
    async fn an_action_needs_an_order_and_reasons() {
        let client = client(Script::always(500, ""));
        let mut nameless = case();
        nameless.order.id = None;
        let error = client.plan(&nameless, &Action::Approve).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{error}");
        let silent = Action::Reject(Rejection::default());
        let error = client.plan(&case(), &silent).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "games (imetastore): bad configuration: text: is empty"
        );
        assert_eq!(silent.kind(), ActionKind::Reject);
    }

    #[tokio::test]
    async fn an_answer_that_is_not_true_confirms_nothing() {
        for data in ["false", "null", "{}"] {
            let script = Script::always(200, format!(r#"{{"code":"0000","data":{data}}}"#));
            let plan = client(script)
                .plan(&case(), &Action::Approve)
                .await
                .unwrap();
            let outcome = plan.carry_out().await.unwrap();
            assert!(
                matches!(outcome, Outcome::Unconfirmed(_)),
                "{data}: {outcome:?}"
            );
        }
    }
}
