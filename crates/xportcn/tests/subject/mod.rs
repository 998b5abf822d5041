use std::sync::Arc;

use core_model::{
    Action, Actions, AfterSale, Awaits, Message, NativeStatus, Progress, Result, Source, Status,
};
use transport::testing::body_number;
use transport::testing::conformance::{BASE_URL, CANARY, Subject};
use transport::{Code, Options, Outgoing};
use xportcn::signature::Scheme;
use xportcn::{Client, Config, PLATFORM, SIDE, core_model, errors, transport};

/// What the platform would answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Xportcn;

impl Subject for Xportcn {
    fn client(self, options: Options) -> Result<Arc<dyn Actions>> {
        let config = Config::builder()
            .base_url(BASE_URL)
            .key(format!("{CANARY}-key"), format!("{CANARY}-secret"))
            .user_id("2100000000000")
            .signature(Scheme::HmacSha256)
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
            format!(r#"{{"requestId":"r1","code":{code},"msg":"{message}","data":null}}"#),
        )
    }

    fn record(self, id: &str, status: &str, members: &str) -> String {
        format!(r#"{{"refundOrder":{{"refundId":"{id}","refundStatus":"{status}"}},{members}}}"#)
    }

    fn page(self, records: &[String], total: usize) -> Option<String> {
        let records = records.join(",");
        let data = format!(r#"{{"total":{total},"refundOrderAggregates":[{records}]}}"#);
        Some(format!(r#"{{"code":200,"msg":"成功","data":{data}}}"#))
    }

    fn asked(self, request: &Outgoing) -> (usize, usize) {
        (
            body_number(request, "pageNo"),
            body_number(request, "pageSize"),
        )
    }

    fn expired(self) -> (u16, String) {
        (
            401,
            r#"{"code":401,"msg":"signature refused","data":null}"#.to_owned(),
        )
    }

    fn actions(self) -> Vec<(AfterSale, Action)> {
        let source = Source::new(PLATFORM, "conformance", SIDE);
        let progress = Progress::new(Status::Requested, Awaits::Seller);
        let id = "110002687818".to_owned();
        let case = AfterSale::new(&source, id, NativeStatus::default(), progress);
        let message = Message {
            text: "please hurry".to_owned(),
            files: Vec::new(),
        };
        vec![
            (case.clone(), Action::Cancel),
            (case, Action::SendMessage(message)),
        ]
    }

    fn done(self, _: &Outgoing) -> String {
        r#"{"code":200,"msg":"成功","data":{"cancelSuccess":true}}"#.to_owned()
    }
}
