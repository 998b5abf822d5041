use std::sync::Arc;

use core_model::{Actions, Result};
use transport::testing::conformance::{BASE_URL, CANARY, Subject};
use transport::testing::query_number;
use transport::{Code, Options, Outgoing};
use {{crate}}::{Client, Config, core_model, errors, transport};

/// What the platform would answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct {{Type}};

impl Subject for {{Type}} {
    fn client(self, options: Options) -> Result<Arc<dyn Actions>> {
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
        (400, format!(r#"{{"code":{code},"message":"{message}"}}"#))
    }

    fn record(self, id: &str, status: &str, members: &str) -> String {
        format!(r#"{{"id":"{id}","status":"{status}",{members}}}"#)
    }

    fn page(self, records: &[String], total: usize) -> Option<String> {
        let records = records.join(",");
        Some(format!(
            r#"{{"code":0,"data":{{"total":{total},"list":[{records}]}}}}"#
        ))
    }

    fn asked(self, request: &Outgoing) -> (usize, usize) {
        (
            query_number(request, "page"),
            query_number(request, "page_size"),
        )
    }

    fn expired(self) -> (u16, String) {
        (
            401,
            r#"{"code":40101,"message":"token expired"}"#.to_owned(),
        )
    }
}
