use std::sync::Arc;

use core_model::{AfterSales, Result};
use shoplazza::{Client, Config, core_model, errors, transport};
use transport::testing::conformance::{BASE_URL, CANARY, Subject};
use transport::testing::query_number;
use transport::{Code, Options, Outgoing};

/// What the platform would answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shoplazza;

impl Subject for Shoplazza {
    fn client(self, options: Options) -> Result<Arc<dyn AfterSales>> {
        let config = Config::builder()
            .base_url(BASE_URL)
            .access_token(format!("{CANARY}-token"))
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
        let records = records.join(",");
        Some(format!(r#"{{"count":{total},"post_sales":[{records}]}}"#))
    }

    fn asked(self, request: &Outgoing) -> (usize, usize) {
        (
            query_number(request, "page"),
            query_number(request, "per_page"),
        )
    }

    fn expired(self) -> (u16, String) {
        (401, r#"{"error":"invalid access token"}"#.to_owned())
    }
}
