use std::sync::Arc;

use core_model::{Actions, Result};
use transport::testing::body_number;
use transport::testing::conformance::{BASE_URL, CANARY, Subject};
use transport::{Code, Options, Outgoing};
use xiaoe::{Client, Config, core_model, errors, transport};

/// What the platform would answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Xiaoe;

impl Subject for Xiaoe {
    fn client(self, options: Options) -> Result<Arc<dyn Actions>> {
        let config = Config::builder()
            .base_url(BASE_URL)
            .app("app0000", "xop0000", format!("{CANARY}-secret"))
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
}
