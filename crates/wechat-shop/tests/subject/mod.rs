#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use core_model::{
    Action, Actions, Address, AfterSale, Currency, Kind, Lookup, Message, Money, NativeStatus,
    Progress, Query, Rejection, Result, ReturnAddress, Source,
};
use serde_json::Value;
use transport::testing::conformance::{BASE_URL, CANARY, Subject};
use transport::{Code, Options, Outgoing};
use wechat_shop::{Api, Client, Config, PLATFORM, SIDE, core_model, errors, normalize, transport};

/// What the trade component would answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Component;

/// What the upgraded trade component would answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ec;

/// What WeChat Store would answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Store;

/// What all generations have in common.
macro_rules! common {
    ($api:expr) => {
        fn client(self, options: Options) -> Result<Arc<dyn Actions>> {
            let config = Config::builder()
                .api($api)
                .base_url(BASE_URL)
                .app("wx0000000000000001", format!("{CANARY}-secret"))
                .options(options)
                .build()?;
            Ok(Arc::new(Client::new("conformance", config)?))
        }

        fn codes(self) -> &'static [Code] {
            errors::CODES
        }

        fn fault(self, code: &str, message: &str) -> (u16, String) {
            (
                200,
                format!(r#"{{"errcode":{code},"errmsg":"{message} rid: 63-0a-1b"}}"#),
            )
        }

        fn token(self, request: &Outgoing, token: &str) -> Option<String> {
            let is_token_call = request.uri().path().ends_with("/cgi-bin/stable_token");
            is_token_call.then(|| format!(r#"{{"access_token":"{token}","expires_in":7200}}"#))
        }

        fn expired(self) -> (u16, String) {
            (
                200,
                r#"{"errcode":42001,"errmsg":"access_token expired"}"#.to_owned(),
            )
        }

        fn done(self, _: &Outgoing) -> String {
            r#"{"errcode":0,"errmsg":"ok"}"#.to_owned()
        }
    };
}

impl Subject for Component {
    common!(Api::Component);

    fn lookup(self) -> Option<Lookup> {
        Some(Lookup::merchant_order("xxxxx").with_buyer("oTVP50O53a7jgmawAmxKukNlq3XI"))
    }

    fn record(self, id: &str, status: &str, members: &str) -> String {
        format!(r#"{{"out_aftersale_id":"{id}","status":{status},{members}}}"#)
    }

    fn found(self, records: &[String]) -> String {
        format!(
            r#"{{"errcode":0,"aftersale_infos":[{}]}}"#,
            records.join(",")
        )
    }
}

impl Subject for Ec {
    common!(Api::Ec);

    fn record(self, id: &str, status: &str, members: &str) -> String {
        format!(r#"{{"aftersale_id":{id},"status":{status},{members}}}"#)
    }

    fn found(self, records: &[String]) -> String {
        format!(
            r#"{{"errcode":0,"after_sales_order":{}}}"#,
            records.join(",")
        )
    }

    fn page(self, records: &[String], total: usize) -> Option<String> {
        let ids = ids(records, "aftersale_id");
        let has_more = position_after(&ids) < total;
        Some(format!(
            r#"{{"errcode":0,"after_sales_orders":[{}],"has_more":{has_more}}}"#,
            ids.join(",")
        ))
    }

    fn asked(self, request: &Outgoing) -> (usize, usize) {
        let member = |name: &str| member(request, name).unwrap().parse::<usize>().unwrap();
        let (offset, limit) = (member("offset"), member("limit"));
        (offset / limit + 1, limit)
    }

    fn asked_for_one(self, request: &Outgoing) -> Option<String> {
        let is_one = request.uri().path().ends_with("/shop/ecaftersale/get");
        is_one.then(|| member(request, "aftersale_id")).flatten()
    }

    fn actions(self) -> Vec<(AfterSale, Action)> {
        let case = |status, kind| case(normalize::EC_STATUSES, status, kind);
        let part = |text: &str| Some(text.to_owned());
        let address = Address {
            receiver: "Sample Buyer".to_owned(),
            phone: "000".to_owned(),
            country: None,
            province: part("Guangdong"),
            city: part("Guangzhou"),
            town: part("Haizhu"),
            detail: "1".to_owned(),
        };
        let returned = Action::AcceptReturn(ReturnAddress::Written(address));
        vec![
            (case("2", Kind::Refund), Action::Approve),
            (
                case("2", Kind::Refund),
                Action::Reject(Rejection::default()),
            ),
            (case("23", Kind::ReturnAndRefund), returned),
            (case("8", Kind::ReturnAndRefund), Action::ConfirmReceipt),
            (
                case("25", Kind::Refund),
                Action::SubmitEvidence(proof("https://example.com/1.jpg")),
            ),
        ]
    }
}

/// The platform decides how many ids a page has.
const STORE_PAGE: usize = 5;

impl Subject for Store {
    common!(Api::Store);

    fn record(self, id: &str, status: &str, members: &str) -> String {
        format!(r#"{{"after_sale_order_id":"{id}","status":"{status}",{members}}}"#)
    }

    fn found(self, records: &[String]) -> String {
        format!(
            r#"{{"errcode":0,"after_sale_order":{}}}"#,
            records.join(",")
        )
    }

    fn query(self) -> Query {
        Query::new()
            .with_created_since("2023-11-14T00:00:00Z".parse().unwrap())
            .with_created_until("2023-11-14T12:00:00Z".parse().unwrap())
    }

    fn page(self, records: &[String], total: usize) -> Option<String> {
        let ids = ids(records, "after_sale_order_id");
        let position = position_after(&ids);
        let has_more = position < total;
        Some(format!(
            r#"{{"errcode":0,"after_sale_order_id_list":{ids:?},"has_more":{has_more},"next_key":"{position}"}}"#
        ))
    }

    fn asked(self, request: &Outgoing) -> (usize, usize) {
        let position = member(request, "next_key").map_or(0, |key| key.parse().unwrap());
        (position / STORE_PAGE + 1, STORE_PAGE)
    }

    fn asked_for_one(self, request: &Outgoing) -> Option<String> {
        member(request, "after_sale_order_id")
    }

    fn actions(self) -> Vec<(AfterSale, Action)> {
        let case = |status, kind| case(normalize::STORE_STATUSES, status, kind);
        let rejection = Rejection {
            reason: Some("1".to_owned()),
            ..Rejection::default()
        };
        let returned = Action::AcceptReturn(ReturnAddress::OnFile("123".to_owned()));
        vec![
            (case("MERCHANT_PROCESSING", Kind::Refund), Action::Approve),
            (
                case("MERCHANT_PROCESSING", Kind::Refund),
                Action::Reject(rejection),
            ),
            (case("MERCHANT_PROCESSING", Kind::ReturnAndRefund), returned),
            (
                case("MERCHANT_WAIT_RECEIPT", Kind::ReturnAndRefund),
                Action::ConfirmReceipt,
            ),
            (
                case("PLATFORM_REFUND_FAIL", Kind::Refund),
                Action::SubmitEvidence(proof("media_id1")),
            ),
        ]
    }
}

/// A case of the account that the suite asks.
fn case(table: &[(&str, Progress)], status: &str, kind: Kind) -> AfterSale {
    let source = Source::new(PLATFORM, "conformance", SIDE);
    let native_status = NativeStatus {
        code: Some(status.to_owned()),
        label: None,
    };
    let progress = Progress::lookup(table, Some(status));
    let mut case = AfterSale::new(
        &source,
        "4000000000000001".to_owned(),
        native_status,
        progress,
    );
    case.kind = kind;
    case.amounts.requested = Money::from_minor("1234", Currency::CNY).ok();
    case
}

fn proof(file: &str) -> Message {
    Message {
        text: "Paid by bank transfer".to_owned(),
        files: vec![file.to_owned()],
    }
}

/// The ids of the records; what is no record stands for itself.
fn ids(records: &[String], name: &str) -> Vec<String> {
    let id = |record: &String| {
        let json: Value = serde_json::from_str(record).unwrap();
        json.get(name).map_or_else(|| record.clone(), text)
    };
    records.iter().map(id).collect()
}

/// How many records there are up to the last of these: the suite numbers them from 900000.
fn position_after(ids: &[String]) -> usize {
    let last = ids.last().and_then(|id| id.parse::<usize>().ok());
    last.map_or(0, |id| id.saturating_sub(900_000) + 1)
}

fn member(request: &Outgoing, name: &str) -> Option<String> {
    let body: Value = serde_json::from_slice(request.body()).unwrap();
    body.get(name).map(text)
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}
