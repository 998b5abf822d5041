use std::sync::Arc;

use core_model::{
    Action, Actions, AfterSale, Awaits, Currency, Money, NativeStatus, Progress, Refund, Result,
    Source, Status,
};
use transport::testing::body_number;
use transport::testing::conformance::{BASE_URL, CANARY, Subject};
use transport::{Code, Options, Outgoing};
use xiaoe::{Client, Config, PLATFORM, SIDE, core_model, errors, transport};

/// What the platform would answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Xiaoe;

impl Subject for Xiaoe {
    fn client(self, options: Options) -> Result<Arc<dyn Actions>> {
        let config = Config::builder()
            .base_url(BASE_URL)
            .app("app0000", "xop0000", format!("{CANARY}-secret"))
            .refund_operator("returns desk")
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
            format!(r#"{{"code":{code},"msg":"{message}","data":null}}"#),
        )
    }

    fn record(self, id: &str, status: &str, members: &str) -> String {
        format!(r#"{{"aftersale_id":"{id}","state":{status},{members}}}"#)
    }

    fn page(self, records: &[String], total: usize) -> Option<String> {
        let records = records.join(",");
        Some(format!(
            r#"{{"code":0,"data":{{"list":[{records}],"row_count":{total}}}}}"#
        ))
    }

    fn asked(self, request: &Outgoing) -> (usize, usize) {
        (
            body_number(request, "page_index"),
            body_number(request, "page_size"),
        )
    }

    fn token(self, request: &Outgoing, token: &str) -> Option<String> {
        let body = format!(r#"{{"code":0,"data":{{"access_token":"{token}","expires_in":7200}}}}"#);
        request.uri().path().ends_with("/token").then_some(body)
    }

    fn expired(self) -> (u16, String) {
        (
            200,
            r#"{"code":2008,"msg":"access_token expired","data":null}"#.to_owned(),
        )
    }

    fn actions(self) -> Vec<(AfterSale, Action)> {
        let source = Source::new(PLATFORM, "conformance", SIDE);
        let progress = Progress::new(Status::Requested, Awaits::Seller);
        let mut case = AfterSale::new(&source, "A1".to_owned(), NativeStatus::default(), progress);
        case.amounts.requested = Money::from_minor("1000", Currency::CNY).ok();
        let refund = case.amounts.requested.map(Refund::of).map(Action::Refund);
        refund
            .into_iter()
            .map(|refund| (case.clone(), refund))
            .collect()
    }

    fn read_for_plan(self, request: &Outgoing) -> Option<String> {
        let case = r#"{"aftersale_id":"A1","order_id":"o_1","sku_id":"SKU_1","state":2,"apply_refund_money":1000}"#;
        let is_read = request.uri().path().contains("after_sale.detail");
        is_read.then(|| format!(r#"{{"code":0,"data":{case}}}"#))
    }

    fn done(self, _: &Outgoing) -> String {
        r#"{"code":0,"msg":"ok","data":{"is_async":true,"refund_id":"r_1","refund_type":1}}"#
            .to_owned()
    }
}
