#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use core_model::{
    Action, Actions, AfterSale, Awaits, Currency, Money, NativeStatus, Progress, Refund, Result,
    Source, Status,
};
use shoplazza::{ApiVersion, Client, Config, PLATFORM, SIDE, core_model, errors, transport};
use transport::testing::conformance::{BASE_URL, CANARY, Subject};
use transport::testing::query_number;
use transport::{Code, Options, Outgoing};

/// What the platform would answer in a version.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shoplazza(pub(crate) ApiVersion);

impl Shoplazza {
    fn has_envelope(self) -> bool {
        self.0 != ApiVersion::V2022_01
    }
}

impl Subject for Shoplazza {
    fn client(self, options: Options) -> Result<Arc<dyn Actions>> {
        let config = Config::builder()
            .base_url(BASE_URL)
            .access_token(format!("{CANARY}-token"))
            .api_version(self.0)
            .options(options)
            .build()?;
        Ok(Arc::new(Client::new("conformance", config)?))
    }

    fn codes(self) -> &'static [Code] {
        errors::CODES
    }

    fn fault(self, code: &str, message: &str) -> (u16, String) {
        (400, format!(r#"{{"code":"{code}","message":"{message}"}}"#))
    }

    fn record(self, id: &str, status: &str, members: &str) -> String {
        format!(r#"{{"id":"{id}","status":"{status}",{members}}}"#)
    }

    fn page(self, records: &[String], total: usize) -> Option<String> {
        self.page_before(records, total, None)
    }

    fn page_before(self, records: &[String], total: usize, next: Option<usize>) -> Option<String> {
        let records = records.join(",");
        let has_more = next.is_some();
        let cursor = next.map_or_else(String::new, |page| page.to_string());
        Some(if self.has_envelope() {
            format!(
                r#"{{"code":"Success","data":{{"orders":[{records}],"cursor":"{cursor}","has_more":{has_more}}}}}"#
            )
        } else {
            format!(r#"{{"count":{total},"post_sales":[{records}]}}"#)
        })
    }

    fn asked(self, request: &Outgoing) -> (usize, usize) {
        let is_first = !request.uri().to_string().contains("cursor=");
        match (self.has_envelope(), is_first) {
            (true, true) => (1, query_number(request, "page_size")),
            (true, false) => (
                query_number(request, "cursor"),
                query_number(request, "page_size"),
            ),
            (false, _) => (
                query_number(request, "page"),
                query_number(request, "per_page"),
            ),
        }
    }

    fn expired(self) -> (u16, String) {
        (401, r#"{"error":"invalid access token"}"#.to_owned())
    }

    fn actions(self) -> Vec<(AfterSale, Action)> {
        let source = Source::new(PLATFORM, "conformance", SIDE);
        let progress = Progress::new(Status::Requested, Awaits::Seller);
        let id = "e18d1fc2-df36-4d6e-8e03-f1586d000000".to_owned();
        let mut case = AfterSale::new(&source, id, NativeStatus::default(), progress);
        case.order.number = Some("00000001".to_owned());
        case.amounts.requested = Some(dollars("16.99"));
        vec![
            (case.clone(), Action::Refund(Refund::of(dollars("16.99")))),
            (case.clone(), Action::Refund(Refund::of(dollars("1.50")))),
            (case, Action::Cancel),
        ]
    }

    fn read_for_plan(self, request: &Outgoing) -> Option<String> {
        let order = r#"{"id":"11218-00000001","number":"00000001","currency":"USD","total_price":"16.99",
            "total_refund_price":"0.00","payment_lines":[{"id":"4c1d7a54-0a3c-4a39-8f0e-2f3b51a90001"}]}"#;
        let is_order = request.uri().path().contains("/orders/number/");
        is_order.then(|| {
            if self.has_envelope() {
                format!(r#"{{"code":"Success","data":{{"order":{order}}}}}"#)
            } else {
                format!(r#"{{"order":{order}}}"#)
            }
        })
    }

    fn done(self, _: &Outgoing) -> String {
        let done = if self.has_envelope() {
            r#"{"code":"Success","data":{"refund_record_id":"626516830554446103"}}"#
        } else {
            r#"{"id":"5ca9fd69-1fd1-44aa-9e8e-3ce5f4ec9ee2","refunds":{"id":"118953912001637074"}}"#
        };
        done.to_owned()
    }
}

fn dollars(amount: &str) -> Money {
    Money::from_major(amount, Currency::new("USD").unwrap()).unwrap()
}
