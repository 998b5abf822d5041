//! Acting on a case.

use async_trait::async_trait;
use core_model::{
    Action, Actions, AfterSale, AfterSales, Confirmation, Error, ErrorKind, FindOut, Kind, Lookup,
    Money, Plan, Result, Status,
};
use transport::{Act, Reply, Request};

use crate::api::Acceptance;
use crate::client::stated;
use crate::config::Api;
use crate::{Client, api, wire};

#[async_trait]
impl Actions for Client {
    async fn plan(&self, case: &AfterSale, action: &Action) -> Result<Box<dyn Plan>> {
        self.capabilities()
            .admit_action(self.source(), case, action)?;
        let step = match self.api {
            Api::Component => None,
            Api::Ec => self.stamped(ec(case, action))?,
            Api::Store => self.stamped(store(case, action))?,
        };
        let step =
            step.ok_or_else(|| self.capabilities().no_action(self.source(), action.kind()))?;
        self.http().plan(case, action, step.act(case))
    }
}

/// What is sent for an action, what it does, and which native status shows that it was done.
struct Step {
    request: Request,
    effect: String,
    sign: &'static str,
    pays: Option<Money>,
    read: fn(&Reply) -> Result<Confirmation>,
}

impl Step {
    fn new(request: Request, effect: impl Into<String>, sign: &'static str) -> Self {
        Self {
            request,
            effect: effect.into(),
            sign,
            pays: None,
            read: done,
        }
    }

    /// A step after which the platform pays what the record states.
    fn paying(request: Request, case: &AfterSale, effect: &str, sign: &'static str) -> Self {
        let pays = case.amounts.requested;
        let amount = pays.map_or_else(
            || "an amount that the record does not state".to_owned(),
            |amount| amount.to_string(),
        );
        let effect = format!("{effect}: the platform pays the buyer back, {amount}");
        Self {
            pays,
            read: ordered,
            ..Self::new(request, effect, sign)
        }
    }

    fn act(self, case: &AfterSale) -> Act {
        Act {
            request: self.request,
            effect: self.effect,
            amount: self.pays,
            find_out: FindOut {
                lookup: Some(Lookup::after_sale(case.id.clone())),
                sign: self.sign.to_owned(),
            },
            read: self.read,
        }
    }
}

/// Of the upgraded component. A refund is decided in 2, a return in 23, and both are paid by the same call.
fn ec(case: &AfterSale, action: &Action) -> Result<Option<Step>> {
    let id = case.id.as_str();
    Ok(Some(match action {
        Action::Approve => {
            due(case, &["2"], "a return is agreed to by accept_return")?;
            Step::paying(
                api::ecaftersale_acceptrefund(id)?,
                case,
                "agrees to the refund",
                "status is no longer 2, but 11, or 13 once the buyer is paid",
            )
        }
        Action::AcceptReturn(address) => {
            due(
                case,
                &["23"],
                "a refund without a return is agreed to by approve",
            )?;
            Step::new(
                api::ecaftersale_acceptreturn(id, address)?,
                "agrees to the return and tells the buyer where to; nothing is paid yet",
                "status is no longer 23, but 6",
            )
        }
        Action::ConfirmReceipt => Step::paying(
            api::ecaftersale_acceptrefund(id)?,
            case,
            "says that the goods are back",
            "status is no longer 8, but 11, or 13 once the buyer is paid",
        ),
        Action::Reject(rejection) => Step::new(
            api::ecaftersale_reject(id, rejection)?,
            "refuses the case without a reason, since the platform takes none; the buyer may turn to the platform",
            "status is 4 or 5",
        ),
        Action::SubmitEvidence(proof) => {
            due(case, &["25"], PROOF)?;
            Step::new(
                api::ecaftersale_upload_certificates(id, proof)?,
                PROVES,
                "status is no longer 25; no field of the case shows the proof itself",
            )
        }
        _ => return Ok(None),
    }))
}

/// Of a WeChat Store, where the type of the case decides what agreeing to it means.
fn store(case: &AfterSale, action: &Action) -> Result<Option<Step>> {
    let id = case.id.as_str();
    Ok(Some(match action {
        Action::Approve => {
            let advice = "a return or an exchange is agreed to by accept_return";
            due(case, &["MERCHANT_PROCESSING"], "the buyer is awaited")?;
            fits(case, &[Kind::Refund, Kind::Reshipment], advice)?;
            approval(case, api::acceptapply(id, Acceptance::Request)?)
        }
        Action::AcceptReturn(address) => {
            let advice = "nothing comes back in it: it is agreed to by approve";
            due(case, &["MERCHANT_PROCESSING"], "the buyer is awaited")?;
            fits(case, &[Kind::ReturnAndRefund, Kind::Exchange], advice)?;
            Step::new(
                api::acceptapply(id, Acceptance::Return(address))?,
                "agrees that the goods come back and tells the buyer where to; nothing is paid yet",
                "status is no longer MERCHANT_PROCESSING, but USER_WAIT_RETURN",
            )
        }
        Action::ConfirmReceipt => {
            let advice = "of an exchange the replacement is due, which no action here sends";
            fits(case, &[Kind::Refund, Kind::ReturnAndRefund], advice)?;
            Step::paying(
                api::acceptapply(id, Acceptance::Receipt)?,
                case,
                "says that the goods are back",
                "status is no longer MERCHANT_WAIT_RECEIPT, but PLATFORM_REFUNDING, or MERCHANT_RETURN_SUCCESS once the buyer is paid",
            )
        }
        Action::Reject(rejection) => {
            if case.status == Status::ReturnInTransit {
                let advice = "of an exchange whose goods come back the replacement is refused, which no action here does";
                fits(case, &[Kind::Refund, Kind::ReturnAndRefund], advice)?;
            }
            Step::new(
                api::rejectapply(id, rejection)?,
                "refuses the case; the buyer is told why, and may turn to the platform",
                "status is MERCHANT_REJECT_REFUND, MERCHANT_REJECT_RETURN or MERCHANT_REJECT_EXCHANGE",
            )
        }
        Action::SubmitEvidence(proof) => {
            due(
                case,
                &["PLATFORM_REFUND_FAIL", "MERCHANT_OVERDUE_REFUND"],
                PROOF,
            )?;
            Step::new(
                api::uploadrefundcertificate(id, proof)?,
                PROVES,
                "merchant_upload_info.refund_certificates of the platform's record has the media ids",
            )
        }
        _ => return Ok(None),
    }))
}

/// What agreeing means where no type is stated is not known: the amount is shown, since it may be paid.
fn approval(case: &AfterSale, request: Request) -> Step {
    let sign = "status is no longer MERCHANT_PROCESSING, but PLATFORM_REFUNDING, or MERCHANT_REFUND_SUCCESS once the buyer is paid";
    match case.kind {
        Kind::Reshipment => Step::new(
            request,
            "agrees to send the goods once more; nothing is paid",
            "status is no longer MERCHANT_PROCESSING",
        ),
        Kind::Refund => Step::paying(request, case, "agrees to the refund", sign),
        _ => Step::paying(
            request,
            case,
            "agrees to what is asked for, and if that is a refund",
            sign,
        ),
    }
}

const PROOF: &str = "proof that the merchant has paid by other means is due where the platform's own payment failed";
const PROVES: &str =
    "says that the merchant has paid the buyer back by other means, and hands in the proof";

/// Refuses a case whose native status is known and is none of these. One that is not in the table is left to the platform.
fn due(case: &AfterSale, statuses: &[&str], advice: &str) -> Result<()> {
    match case.native_status.code.as_deref() {
        Some(code) if case.status != Status::Unknown && !statuses.contains(&code) => {
            Err(conflict(format!("the case is in status {code}: {advice}")))
        }
        _ => Ok(()),
    }
}

/// Refuses a case whose type is known and is none of these.
fn fits(case: &AfterSale, kinds: &[Kind], advice: &str) -> Result<()> {
    if case.kind == Kind::Unspecified || kinds.contains(&case.kind) {
        return Ok(());
    }
    Err(conflict(format!(
        "the case is of type {}: {advice}",
        case.kind
    )))
}

fn conflict(message: String) -> Error {
    Error::new(ErrorKind::Conflict, message)
}

fn done(reply: &Reply) -> Result<Confirmation> {
    let wire: wire::Envelope<'_> = reply.decode()?;
    stated(reply, &wire.errcode)?;
    Ok(Confirmation::default())
}

/// The platform pays later, and says nothing of the payment here.
fn ordered(reply: &Reply) -> Result<Confirmation> {
    Ok(Confirmation {
        is_pending: true,
        ..done(reply)?
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use core_model::{
        Address, Currency, Message, NativeStatus, Outcome, Progress, Rejection, ReturnAddress,
        Source,
    };
    use transport::testing::{Script, documented};
    use transport::{Exchange, Options};

    use super::*;
    use crate::normalize::{EC_STATUSES, STORE_STATUSES};
    use crate::{Config, PLATFORM, SIDE};

    const EC_ID: &str = "4000000000000001";
    const STORE_ID: &str = "1768034782998651";

    fn client(api: Api, script: Arc<Script>) -> Client {
        let config = Config::builder()
            .api(api)
            .access_token("canary-token")
            .options(Options::default().with_exchange(script as Arc<dyn Exchange>))
            .build()
            .unwrap();
        Client::new("wx", config).unwrap()
    }

    fn case(api: Api, id: &str, status: &str, kind: Kind) -> AfterSale {
        let table = match api {
            Api::Store => STORE_STATUSES,
            _ => EC_STATUSES,
        };
        let source = Source::new(PLATFORM, "wx", SIDE);
        let native_status = NativeStatus {
            code: Some(status.to_owned()),
            label: None,
        };
        let progress = Progress::lookup(table, Some(status));
        let mut case = AfterSale::new(&source, id.to_owned(), native_status, progress);
        case.kind = kind;
        case.amounts.requested = Money::from_minor("1234", Currency::CNY).ok();
        case
    }

    fn address() -> Address {
        let part = |text: &str| Some(text.to_owned());
        Address {
            receiver: "Sample Buyer".to_owned(),
            phone: "收货人手机号码".to_owned(),
            country: part("国家"),
            province: part("省份"),
            city: part("城市"),
            town: part("区县"),
            detail: "详细收货地址信息".to_owned(),
        }
    }

    fn written() -> Action {
        Action::AcceptReturn(ReturnAddress::Written(address()))
    }

    fn on_file(id: &str) -> Action {
        Action::AcceptReturn(ReturnAddress::OnFile(id.to_owned()))
    }

    fn reject(reason: Option<&str>, text: Option<&str>) -> Action {
        Action::Reject(Rejection {
            reason: reason.map(str::to_owned),
            text: text.map(str::to_owned),
            evidence: Vec::new(),
        })
    }

    fn proof(text: &str, files: &[&str]) -> Action {
        Action::SubmitEvidence(Message {
            text: text.to_owned(),
            files: files.iter().map(|&file| file.to_owned()).collect(),
        })
    }

    macro_rules! fixture {
        ($name:literal) => {
            include_str!(concat!("../../../fixtures/wechat-shop/", $name, ".json"))
        };
    }

    #[tokio::test]
    async fn what_is_sent_is_what_is_documented() {
        use {Api::Ec, Api::Store, Kind as K};
        let ec = |status, kind| case(Ec, EC_ID, status, kind);
        let store = |id, status, kind| case(Store, id, status, kind);
        const REFUSED: &str = "1768715750567651";
        #[rustfmt::skip]
        let rows = [
            (Ec, ec("2", K::Refund), Action::Approve, "/shop/ecaftersale/acceptrefund", fixture!("ecaftersale-acceptrefund.request")),
            (Ec, ec("8", K::ReturnAndRefund), Action::ConfirmReceipt, "/shop/ecaftersale/acceptrefund", fixture!("ecaftersale-acceptrefund.request")),
            (Ec, ec("23", K::ReturnAndRefund), written(), "/shop/ecaftersale/acceptreturn", fixture!("ecaftersale-acceptreturn.request")),
            (Ec, ec("2", K::Refund), reject(None, None), "/shop/ecaftersale/reject", fixture!("ecaftersale-reject.request")),
            (Ec, ec("25", K::Refund), proof("已线下退款", &["https://example.com/transfer.jpg"]), "/shop/ecaftersale/upload_certificates", fixture!("ecaftersale-upload-certificates.request")),
            (Store, store(STORE_ID, "MERCHANT_PROCESSING", K::Refund), Action::Approve, "/channels/ec/aftersale/acceptapply", fixture!("acceptapply.request")),
            (Store, store(STORE_ID, "MERCHANT_PROCESSING", K::ReturnAndRefund), on_file("123"), "/channels/ec/aftersale/acceptapply", fixture!("acceptapply.request-return")),
            (Store, store(STORE_ID, "MERCHANT_WAIT_RECEIPT", K::ReturnAndRefund), Action::ConfirmReceipt, "/channels/ec/aftersale/acceptapply", fixture!("acceptapply.request-receipt")),
            (Store, store(REFUSED, "MERCHANT_PROCESSING", K::Refund), reject(Some("1"), Some("123")), "/channels/ec/aftersale/rejectapply", fixture!("rejectapply.request")),
            (Store, store(REFUSED, "PLATFORM_REFUND_FAIL", K::Refund), proof("DESC", &["media_id1", "media_id2"]), "/channels/ec/aftersale/uploadrefundcertificate", fixture!("uploadrefundcertificate.request")),
        ];
        for (api, case, action, path, documented) in rows {
            let script = Script::always(200, r#"{"errcode":0,"errmsg":"ok"}"#);
            let client = client(api, Arc::clone(&script));
            let plan = client.plan(&case, &action).await.unwrap();
            assert!(matches!(plan.carry_out().await, Ok(Outcome::Confirmed(_))));
            let sent = script.requests().pop().unwrap();
            assert_eq!((sent.method().as_str(), sent.uri().path()), ("POST", path));
            documented::assert_same_json(sent.body(), documented);
        }
    }

    #[tokio::test]
    async fn a_known_status_or_type_that_does_not_need_the_action_is_a_conflict() {
        use {Api::Ec, Api::Store, Kind as K};
        let refusal = || reject(Some("1"), None);
        let papers = || proof("paid", &["m"]);
        #[rustfmt::skip]
        let rows = [
            (Ec, "2", K::Refund, Action::Approve, true),
            (Ec, "23", K::ReturnAndRefund, Action::Approve, false),
            (Ec, "21", K::Refund, Action::Approve, false),
            (Ec, "23", K::ReturnAndRefund, written(), true),
            (Ec, "2", K::Refund, written(), false),
            (Ec, "6", K::ReturnAndRefund, Action::ConfirmReceipt, false),
            (Ec, "23", K::ReturnAndRefund, reject(None, None), true),
            (Ec, "8", K::ReturnAndRefund, reject(None, None), true),
            (Ec, "11", K::Refund, reject(None, None), false),
            (Ec, "25", K::Refund, papers(), true),
            (Ec, "2", K::Refund, papers(), false),
            (Ec, "13", K::Refund, papers(), false),
            // Not in the table: the platform knows.
            (Ec, "99", K::Refund, Action::Approve, true),
            (Ec, "99", K::Refund, written(), true),
            (Ec, "99", K::Refund, Action::ConfirmReceipt, true),
            (Ec, "99", K::Refund, papers(), true),
            (Store, "MERCHANT_PROCESSING", K::Refund, Action::Approve, true),
            (Store, "MERCHANT_PROCESSING", K::Reshipment, Action::Approve, true),
            (Store, "MERCHANT_PROCESSING", K::Unspecified, Action::Approve, true),
            (Store, "MERCHANT_PROCESSING", K::ReturnAndRefund, Action::Approve, false),
            (Store, "MERCHANT_PROCESSING", K::Exchange, Action::Approve, false),
            (Store, "USER_WAIT_CONFIRM_UPDATE", K::Refund, Action::Approve, false),
            (Store, "USER_WAIT_HANDLE_MERCHANT_AFTER_SALE", K::Refund, Action::Approve, false),
            (Store, "MERCHANT_OVERDUE_REFUND", K::Refund, Action::Approve, false),
            (Store, "MERCHANT_PROCESSING", K::ReturnAndRefund, on_file("1"), true),
            (Store, "MERCHANT_PROCESSING", K::Exchange, on_file("1"), true),
            (Store, "MERCHANT_PROCESSING", K::Unspecified, on_file("1"), true),
            (Store, "MERCHANT_PROCESSING", K::Refund, on_file("1"), false),
            (Store, "MERCHANT_PROCESSING", K::Reshipment, on_file("1"), false),
            (Store, "USER_WAIT_CONFIRM_UPDATE", K::ReturnAndRefund, on_file("1"), false),
            (Store, "MERCHANT_WAIT_RECEIPT", K::ReturnAndRefund, Action::ConfirmReceipt, true),
            (Store, "MERCHANT_WAIT_RECEIPT", K::Unspecified, Action::ConfirmReceipt, true),
            (Store, "MERCHANT_WAIT_RECEIPT", K::Exchange, Action::ConfirmReceipt, false),
            (Store, "USER_WAIT_RETURN", K::ReturnAndRefund, Action::ConfirmReceipt, false),
            (Store, "MERCHANT_PROCESSING", K::Exchange, refusal(), true),
            (Store, "MERCHANT_WAIT_RECEIPT", K::ReturnAndRefund, refusal(), true),
            (Store, "MERCHANT_WAIT_RECEIPT", K::Exchange, refusal(), false),
            // A buyer who does not answer in time may be refused.
            (Store, "USER_WAIT_CONFIRM_UPDATE", K::Refund, refusal(), true),
            (Store, "PLATFORM_REFUND_FAIL", K::Refund, papers(), true),
            (Store, "MERCHANT_OVERDUE_REFUND", K::Refund, papers(), true),
            (Store, "MERCHANT_PROCESSING", K::Refund, papers(), false),
            (Store, "BRAND_NEW", K::Refund, Action::Approve, true),
            (Store, "BRAND_NEW", K::ReturnAndRefund, Action::Approve, false),
        ];
        for (api, status, kind, action, fits) in rows {
            let script = Script::always(500, "nothing may be asked");
            let plan = client(api, Arc::clone(&script))
                .plan(&case(api, "1", status, kind), &action)
                .await;
            let refused = plan.err();
            let refusal = refused.as_ref().map(Error::kind);
            let expected = (!fits).then_some(ErrorKind::Conflict);
            assert_eq!(refusal, expected, "{status} {kind} {action:?}: {refused:?}");
            assert!(refused.is_none_or(|error| error.account().is_some()));
            assert!(script.requests().is_empty());
        }
    }

    #[tokio::test]
    async fn what_the_platform_cannot_take_is_refused_by_name_and_never_dropped() {
        use {Api::Ec, Api::Store};
        let with_evidence = |reason: Option<&str>| {
            Action::Reject(Rejection {
                reason: reason.map(str::to_owned),
                evidence: vec!["m".to_owned()],
                ..Rejection::default()
            })
        };
        let without = |change: fn(&mut Address)| {
            let mut address = address();
            change(&mut address);
            Action::AcceptReturn(ReturnAddress::Written(address))
        };
        #[rustfmt::skip]
        let rows = [
            (Ec, "2", reject(Some("1"), None), "reason: "),
            (Ec, "2", reject(None, Some("no")), "text: "),
            (Ec, "2", with_evidence(None), "evidence: "),
            (Ec, "23", on_file("1"), "address: this platform takes a written one"),
            (Ec, "23", without(|it| it.receiver = " ".to_owned()), "receiver: is empty"),
            (Ec, "23", without(|it| it.phone = String::new()), "phone: is empty"),
            (Ec, "23", without(|it| it.detail = String::new()), "detail: is empty"),
            (Ec, "23", without(|it| it.province = None), "province: is empty"),
            (Ec, "23", without(|it| it.city = Some(String::new())), "city: is empty"),
            (Ec, "23", without(|it| it.town = None), "town: is empty"),
            (Ec, "25", proof(" ", &[]), "text: is empty"),
            (Store, "MERCHANT_PROCESSING", written(), "address: this platform takes the id"),
            (Store, "MERCHANT_PROCESSING", on_file(" "), "address: is empty"),
            (Store, "MERCHANT_PROCESSING", reject(None, Some("no")), "reason: has to be the number of a reason: `Client::reject_reasons`"),
            (Store, "MERCHANT_PROCESSING", reject(Some("other"), None), "reason: has to be"),
            (Store, "MERCHANT_PROCESSING", with_evidence(Some("1")), "evidence: "),
            (Store, "PLATFORM_REFUND_FAIL", proof("", &["m"]), "text: is empty"),
            (Store, "PLATFORM_REFUND_FAIL", proof("paid", &[]), "files: are missing"),
        ];
        for (api, status, action, message) in rows {
            let client = client(api, Script::always(500, ""));
            let case = case(api, "1", status, Kind::Unspecified);
            let error = client.plan(&case, &action).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config, "{action:?}: {error}");
            assert!(error.message().starts_with(message), "{error}");
            assert!(error.account().is_some(), "{error}");
        }
    }

    #[tokio::test]
    async fn optional_parts_are_left_out_and_ids_stay_exact() {
        let no_country = Address {
            country: Some(" ".to_owned()),
            ..address()
        };
        let no_country = Action::AcceptReturn(ReturnAddress::Written(no_country));
        for (api, id, status, action, absent, stated) in [
            (
                Api::Ec,
                "18446744073709551615",
                "23",
                no_country,
                "country",
                r#""aftersale_id":18446744073709551615"#,
            ),
            (
                Api::Ec,
                "1",
                "25",
                proof("paid", &[]),
                "certificates",
                r#""refund_desc":"paid""#,
            ),
            (
                Api::Ec,
                "1",
                "25",
                proof("", &["m"]),
                "refund_desc",
                r#""certificates":["m"]"#,
            ),
            (
                Api::Store,
                "1",
                "MERCHANT_PROCESSING",
                reject(Some(" 7 "), Some(" ")),
                "reject_reason\"",
                r#""reject_reason_type":7"#,
            ),
        ] {
            let case = case(api, id, status, Kind::Unspecified);
            let client = client(api, Script::always(500, ""));
            let plan = client.plan(&case, &action).await.unwrap();
            let body = plan.preview().body.clone().unwrap();
            assert!(body.contains(stated) && !body.contains(absent), "{body}");
        }
        for id in ["", "AS-1", "18446744073709551616", "1.0"] {
            let client = client(Api::Ec, Script::always(500, ""));
            let case = case(Api::Ec, id, "2", Kind::Refund);
            let error = client.plan(&case, &Action::Approve).await.unwrap_err();
            assert!(
                error.message().starts_with("case: has to be an integer"),
                "{error}"
            );
        }
    }

    #[tokio::test]
    async fn what_moves_money_says_how_much_and_that_it_is_paid_later() {
        use {Api::Ec, Api::Store, Kind as K};
        #[rustfmt::skip]
        let rows = [
            (Ec, "2", K::Refund, Action::Approve, true),
            (Ec, "8", K::ReturnAndRefund, Action::ConfirmReceipt, true),
            (Ec, "23", K::ReturnAndRefund, written(), false),
            (Ec, "2", K::Refund, reject(None, None), false),
            (Ec, "25", K::Refund, proof("paid", &[]), false),
            (Store, "MERCHANT_PROCESSING", K::Refund, Action::Approve, true),
            (Store, "MERCHANT_PROCESSING", K::Unspecified, Action::Approve, true),
            (Store, "MERCHANT_PROCESSING", K::Reshipment, Action::Approve, false),
            (Store, "MERCHANT_WAIT_RECEIPT", K::ReturnAndRefund, Action::ConfirmReceipt, true),
            (Store, "MERCHANT_PROCESSING", K::ReturnAndRefund, on_file("1"), false),
            (Store, "MERCHANT_PROCESSING", K::Refund, reject(Some("1"), None), false),
        ];
        for (api, status, kind, action, pays) in rows {
            let client = client(api, Script::always(200, r#"{"errcode":0}"#));
            let case = case(api, "1", status, kind);
            let plan = client.plan(&case, &action).await.unwrap();
            let preview = plan.preview().clone();
            let amount = case.amounts.requested.filter(|_| pays);
            assert_eq!(preview.amount, amount, "{preview:?}");
            assert_eq!(preview.effect.contains("12.34 CNY"), pays, "{preview:?}");
            let Ok(Outcome::Confirmed(confirmation)) = plan.carry_out().await else {
                panic!("{action:?}");
            };
            assert_eq!(confirmation.is_pending, pays, "{action:?}");
        }
        let mut unstated = case(Ec, "1", "2", K::Refund);
        unstated.amounts.requested = None;
        let client = client(Ec, Script::always(500, ""));
        let plan = client.plan(&unstated, &Action::Approve).await.unwrap();
        let effect = &plan.preview().effect;
        assert!(
            effect.ends_with("an amount that the record does not state"),
            "{effect}"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn only_a_busy_system_leaves_open_what_was_done() {
        for (code, refused) in [
            ("2747026", Some(ErrorKind::RateLimited)),
            ("10021044", Some(ErrorKind::RateLimited)),
            ("10021059", Some(ErrorKind::RateLimited)),
            ("45009", Some(ErrorKind::RateLimited)),
            ("45011", Some(ErrorKind::RateLimited)),
            ("2747008", Some(ErrorKind::Rejected)),
            ("10021065", Some(ErrorKind::Rejected)),
            ("-1", None),
            ("990010", None),
            ("9700223", None),
            ("987654", None),
        ] {
            let answer = format!(r#"{{"errcode":{code},"errmsg":"no"}}"#);
            let script = Script::always(200, answer);
            let client = client(Api::Ec, Arc::clone(&script));
            let case = case(Api::Ec, "1", "2", Kind::Refund);
            let plan = client.plan(&case, &Action::Approve).await.unwrap();
            let outcome = plan.carry_out().await;
            match refused {
                Some(kind) => assert_eq!(outcome.unwrap_err().kind(), kind, "{code}"),
                None => assert!(matches!(outcome, Ok(Outcome::Unconfirmed(_))), "{code}"),
            }
            assert_eq!(script.requests().len(), 1, "{code}");
        }
    }

    #[tokio::test]
    async fn an_answer_without_a_code_confirms_nothing_and_the_case_can_be_looked_up() {
        for (api, status) in [(Api::Ec, "2"), (Api::Store, "MERCHANT_PROCESSING")] {
            let client = client(api, Script::always(200, "{}"));
            let case = case(api, STORE_ID, status, Kind::Refund);
            let plan = client.plan(&case, &Action::Approve).await.unwrap();
            let Ok(Outcome::Unconfirmed(unconfirmed)) = plan.carry_out().await else {
                panic!("{api:?}");
            };
            assert_eq!(unconfirmed.error.kind(), ErrorKind::Decode);
            let lookup = unconfirmed.find_out.lookup;
            assert_eq!(lookup, Some(Lookup::after_sale(STORE_ID)));
        }
    }
}
