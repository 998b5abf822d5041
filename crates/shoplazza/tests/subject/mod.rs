use std::sync::Arc;

use core_model::{Actions, Result};
use shoplazza::{ApiVersion, Client, Config, core_model, errors, transport};
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
}
