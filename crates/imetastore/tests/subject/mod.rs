use std::sync::Arc;

use core_model::{
    Action, Actions, AfterSale, Awaits, Lookup, NativeStatus, Progress, Rejection, Result, Source,
    Status,
};
use imetastore::{Client, Config, PLATFORM, SIDE, core_model, errors, transport};
use transport::testing::conformance::{BASE_URL, CANARY, Subject};
use transport::{Code, Options, Outgoing};

/// What the platform would answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Imetastore;

impl Subject for Imetastore {
    fn client(self, options: Options) -> Result<Arc<dyn Actions>> {
        let config = Config::builder()
            .base_url(BASE_URL)
            .login("seller@example.com", format!("{CANARY}-password"))
            .options(options)
            .build()?;
        Ok(Arc::new(Client::new("conformance", config)?))
    }

    fn lookup(self) -> Option<Lookup> {
        Some(Lookup::order("1689644928115784"))
    }

    fn codes(self) -> &'static [Code] {
        errors::CODES
    }

    fn fault(self, code: &str, message: &str) -> (u16, String) {
        (
            200,
            format!(r#"{{"code":"{code}","msg":"{message}","data":null}}"#),
        )
    }

    fn record(self, id: &str, status: &str, members: &str) -> String {
        format!(r#"{{"id":{id},"orderAfterSalesStatus":{status},{members}}}"#)
    }

    fn found(self, records: &[String]) -> String {
        let record = records.first().map_or("null", String::as_str);
        format!(r#"{{"code":"0000","msg":"Success","data":{record}}}"#)
    }

    fn token(self, request: &Outgoing, token: &str) -> Option<String> {
        request
            .uri()
            .path()
            .ends_with("/seller/auth/login")
            .then(|| {
                format!(r#"{{"code":"0000","data":{{"accessToken":"{token}","expiresIn":7200}}}}"#)
            })
    }

    fn expired(self) -> (u16, String) {
        (
            401,
            r#"{"code":"0401","msg":"token expired","data":null}"#.to_owned(),
        )
    }

    fn actions(self) -> Vec<(AfterSale, Action)> {
        let source = Source::new(PLATFORM, "conformance", SIDE);
        let progress = Progress::new(Status::Requested, Awaits::Seller);
        let mut case = AfterSale::new(
            &source,
            "100001".to_owned(),
            NativeStatus::default(),
            progress,
        );
        case.order.id = Some("1689644928115784".to_owned());
        let rejection = Rejection {
            text: Some("Already redeemed".to_owned()),
            ..Rejection::default()
        };
        vec![
            (case.clone(), Action::Approve),
            (case, Action::Reject(rejection)),
        ]
    }

    fn done(self, _: &Outgoing) -> String {
        r#"{"code":"0000","msg":"Success","data":true}"#.to_owned()
    }
}
