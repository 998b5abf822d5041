use std::sync::Arc;

use core_model::{AfterSales, Lookup, Result};
use transport::testing::conformance::{BASE_URL, CANARY, Subject};
use transport::{Code, Options, Outgoing};
use wechat_shop::{Client, Config, core_model, errors, transport};

/// What the platform would answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WechatShop;

impl Subject for WechatShop {
    fn client(self, options: Options) -> Result<Arc<dyn AfterSales>> {
        let config = Config::builder()
            .base_url(BASE_URL)
            .app("wx0000000000000001", format!("{CANARY}-secret"))
            .options(options)
            .build()?;
        Ok(Arc::new(Client::new("conformance", config)?))
    }

    fn lookup(self) -> Option<Lookup> {
        Some(Lookup::merchant_order("xxxxx").with_buyer("oTVP50O53a7jgmawAmxKukNlq3XI"))
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

    fn record(self, id: &str, status: &str, members: &str) -> String {
        format!(r#"{{"out_aftersale_id":"{id}","status":{status},{members}}}"#)
    }

    fn found(self, records: &[String]) -> String {
        format!(
            r#"{{"errcode":0,"aftersale_infos":[{}]}}"#,
            records.join(",")
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
}
