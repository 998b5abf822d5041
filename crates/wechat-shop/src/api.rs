//! The documented calls: parameters in, request out.

use core_model::{Error, OrderKey, Quota, Result};
use transport::{Request, Scope, setting};

/// The platform has quotas per call and day or minute, and publishes only that of the token: 10,000
/// calls a minute (page "getStableAccessToken").
pub const QUOTAS: &[(Scope, Quota)] = &[(
    Scope::Operation("stable_token"),
    Quota::Window {
        calls: 10_000,
        seconds: 60,
    },
)];

/// `POST /shop/aftersale/get` (page "Get Orders After Sales Orders"): every after-sale of one order.
///
/// The page's table has `out_order_id` only, its example `order_id` as well; older editions of the
/// page list both, and ask for one of them. The buyer's `openid` is always needed.
///
/// # Errors
/// [`Config`](core_model::ErrorKind::Config) when the platform's order id is no integer, or the
/// openid is missing.
pub fn aftersale_get(order: &OrderKey, openid: Option<&str>) -> Result<Request> {
    let openid = openid.map(str::trim).filter(|openid| !openid.is_empty());
    let openid = openid.ok_or_else(|| Error::config("buyer", "the buyer's openid is missing"))?;
    let request = Request::post("aftersale/get", "/shop/aftersale/get");
    let request = match order {
        OrderKey::Id(id) => {
            let id: u64 = id.trim().parse().map_err(|_| {
                Error::config(
                    "order",
                    "has to be an integer of at most 64 bits, such as 3300000000000000001",
                )
            })?;
            request.with_member("order_id", Some(id))
        }
        OrderKey::MerchantRef(reference) => {
            let reference = setting::stated("merchant order", reference)?;
            request.with_member("out_order_id", Some(reference))
        }
    };
    Ok(request.with_member("openid", Some(openid)))
}

/// `POST /cgi-bin/stable_token` (page "getStableAccessToken"), still without the secret.
pub fn stable_token(app_id: &str) -> Request {
    Request::post("stable_token", "/cgi-bin/stable_token")
        .with_member("grant_type", Some("client_credential"))
        .with_member("appid", Some(app_id))
}

/// `GET /cgi-bin/token` (page "getAccessToken"), still without the secret.
pub fn token(app_id: &str) -> Request {
    Request::get("token", "/cgi-bin/token")
        .with_query("grant_type", Some("client_credential"))
        .with_query("appid", Some(app_id))
}

#[cfg(test)]
mod tests {
    use transport::testing::documented;

    use super::*;

    #[test]
    fn an_order_goes_out_by_one_of_its_two_ids() {
        let body = |order| {
            let request = aftersale_get(&order, Some("oTVP50O53a7jgmawAmxKukNlq3XI")).unwrap();
            documented::body_of(&request)
        };
        assert_eq!(
            body(OrderKey::Id("18446744073709551615".to_owned())),
            r#"{"openid":"oTVP50O53a7jgmawAmxKukNlq3XI","order_id":18446744073709551615}"#
        );
        assert_eq!(
            body(OrderKey::MerchantRef("xxxxx".to_owned())),
            r#"{"openid":"oTVP50O53a7jgmawAmxKukNlq3XI","out_order_id":"xxxxx"}"#
        );
    }

    #[test]
    fn what_is_sent_is_documented() {
        let example = include_str!("../../../fixtures/wechat-shop/aftersale-get.request.json");
        for order in [
            OrderKey::Id("32434234".to_owned()),
            OrderKey::MerchantRef("xxxxx".to_owned()),
        ] {
            let request = aftersale_get(&order, Some("oTVP50O53a7jgmawAmxKukNlq3XI")).unwrap();
            documented::assert_documented_body(&request, example);
        }
        let example = include_str!("../../../fixtures/wechat-shop/stable-token.request.json");
        documented::assert_documented_body(&stable_token("APPID"), example);
    }

    #[test]
    fn incomplete_questions_are_refused_before_sending() {
        let id = |id: &str| OrderKey::Id(id.to_owned());
        let reference = |reference: &str| OrderKey::MerchantRef(reference.to_owned());
        for (order, openid, field) in [
            (id("1"), None, "buyer: "),
            (id("1"), Some(" "), "buyer: "),
            (id("one"), Some("o"), "order: "),
            (id("18446744073709551616"), Some("o"), "order: "),
            (reference(""), Some("o"), "merchant order: "),
        ] {
            let error = aftersale_get(&order, openid).unwrap_err();
            assert!(error.message().starts_with(field), "{order:?}: {error}");
        }
    }
}
