//! Acting on a case.

use async_trait::async_trait;
use core_model::{
    Action, Actions, AfterSale, AfterSales, Confirmation, Error, ErrorKind, FindOut, Lookup, Plan,
    Result,
};
use transport::{Act, Reply};

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
    /// The paths of both calls are known for Taobao; of those for 1688 only the names are.
    fn act(&self, case: &AfterSale, action: &Action) -> Result<Act> {
        if api::is_alibaba_refund(&case.id) {
            let message = format!(
                "for a refund on 1688 no call to {} is known",
                action.kind().verb()
            );
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        let (request, effect, sign, read): (_, _, _, fn(&Reply) -> Result<Confirmation>) =
            match action {
                Action::Cancel => (
                    api::refund_cancel(&case.id)?,
                    "withdraws the refund: the seller pays nothing back",
                    "its refundStatus is another than before",
                    cancelled,
                ),
                Action::SendMessage(message) => (
                    api::refund_message(&case.id, message)?,
                    "writes to the seller",
                    "the message is among those that the platform shows; no call that lists them is known",
                    sent,
                ),
                _ => return Err(CAPABILITIES.no_action(self.source(), action.kind())),
            };
        Ok(Act {
            request,
            effect: effect.to_owned(),
            amount: None,
            find_out: FindOut {
                lookup: Some(Lookup::after_sale(&case.id)),
                sign: sign.to_owned(),
            },
            read,
        })
    }
}

/// The envelope says whether the call went well, `cancelSuccess` what came of it.
fn cancelled(reply: &Reply) -> Result<Confirmation> {
    let wire: wire::RefundCancel<'_> = reply.decode()?;
    match wire.data.get().and_then(|data| data.cancel_success.get()) {
        Some(true) => Ok(Confirmation::default()),
        Some(false) => Err(reply
            .unreadable("cancelSuccess is false")
            .with_kind(ErrorKind::Rejected)),
        None => Err(reply.unreadable("data.cancelSuccess is missing")),
    }
}

/// What the data of the answer holds is not documented; the envelope has stated success.
fn sent(reply: &Reply) -> Result<Confirmation> {
    let _: wire::RefundMessage<'_> = reply.decode()?;
    Ok(Confirmation::default())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use core_model::{Awaits, Message, NativeStatus, Outcome, Progress, Source, Status};
    use transport::testing::{Script, documented};
    use transport::{Exchange, Options};

    use super::*;
    use crate::signature::Scheme;
    use crate::{Config, PLATFORM, SIDE};

    fn client(script: &Arc<Script>) -> Client {
        let config = Config::builder()
            .key("k", "s")
            .user_id("2100000000000")
            .signature(Scheme::HmacSha256)
            .options(Options::default().with_exchange(Arc::clone(script) as Arc<dyn Exchange>))
            .build()
            .unwrap();
        Client::new("sourcing", config).unwrap()
    }

    fn case(id: &str) -> AfterSale {
        let source = Source::new(PLATFORM, "sourcing", SIDE);
        let progress = Progress::new(Status::Requested, Awaits::Seller);
        AfterSale::new(&source, id.to_owned(), NativeStatus::default(), progress)
    }

    fn message(text: &str, files: &[&str]) -> Action {
        Action::SendMessage(Message {
            text: text.to_owned(),
            files: files.iter().map(ToString::to_string).collect(),
        })
    }

    #[tokio::test]
    async fn what_is_sent_is_what_is_documented() {
        let script = Script::always(200, r#"{"code":200,"data":{"cancelSuccess":true}}"#);
        let plan = client(&script)
            .plan(&case("110002687818"), &Action::Cancel)
            .await
            .unwrap();
        assert!(matches!(plan.carry_out().await, Ok(Outcome::Confirmed(_))));
        let sent = script.requests().pop().unwrap();
        assert_eq!(sent.method(), "GET");
        assert_eq!(
            sent.uri().path(),
            "/api/open/order/refund/cancel/110002687818"
        );

        let script = Script::always(200, r#"{"code":200,"data":null}"#);
        let action = message("please hurry", &["https://example.com/a.png"]);
        let plan = client(&script)
            .plan(&case("110002687818"), &action)
            .await
            .unwrap();
        assert!(matches!(plan.carry_out().await, Ok(Outcome::Confirmed(_))));
        let sent = script.requests().pop().unwrap();
        assert_eq!(sent.uri().path(), "/api/open/order/refund/submit/message");
        let example = include_str!("../../../fixtures/xportcn/refund-message.request.json");
        documented::assert_same_json(sent.body(), example);
    }

    #[tokio::test]
    async fn what_cannot_be_sent_is_refused_before() {
        use ErrorKind as K;
        for (id, action, kind) in [
            ("TQ8651493722961198", Action::Cancel, K::Unsupported),
            ("TQ8651493722961198", message("x", &[]), K::Unsupported),
            ("", Action::Cancel, K::Config),
            ("1/../2", Action::Cancel, K::Config),
            ("110002687818", message(" ", &[]), K::Config),
            ("110002687818", message("x", &["a", "b"]), K::Config),
            ("110002687818", Action::Approve, K::Unsupported),
        ] {
            let script = Script::always(500, "");
            let error = client(&script).plan(&case(id), &action).await.unwrap_err();
            assert_eq!(error.kind(), kind, "{id:?} {action:?}: {error}");
            assert!(script.requests().is_empty());
        }
    }

    #[tokio::test]
    async fn a_cancellation_counts_only_where_the_platform_says_so() {
        let outcome = async |data: &str| {
            let script = Script::always(200, format!(r#"{{"code":200,"data":{data}}}"#));
            let plan = client(&script)
                .plan(&case("110002687818"), &Action::Cancel)
                .await
                .unwrap();
            plan.carry_out().await
        };
        let refused = outcome(r#"{"cancelSuccess":false}"#).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Rejected);
        for data in ["null", "{}", "[]"] {
            let unclear = outcome(data).await.unwrap();
            assert!(
                matches!(unclear, Outcome::Unconfirmed(_)),
                "{data}: {unclear:?}"
            );
        }
    }
}
