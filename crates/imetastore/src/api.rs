//! The documented calls: parameters in, request out.

use std::fmt;

use core_model::{Error, Quota, Rejection, Result};
use transport::{Request, Scope, setting};

/// No page mentions a quota.
pub const QUOTAS: &[(Scope, Quota)] = &[];

/// An order id: an integer, kept as its digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderId(String);

impl OrderId {
    /// Reads an id.
    ///
    /// # Errors
    /// [`Config`](core_model::ErrorKind::Config) when it is no integer.
    pub fn new(id: &str) -> Result<Self> {
        const LONGEST: usize = 20;
        let id = id.trim();
        let is_integer =
            (1..=LONGEST).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_digit());
        if is_integer {
            Ok(Self(id.to_owned()))
        } else {
            Err(Error::config(
                "order",
                "has to be an integer of at most 20 digits, such as 1689644928115784",
            ))
        }
    }
}

impl fmt::Display for OrderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `GET /seller/order/{orderId}/after-sales` (page "Get After-sales Details").
pub fn after_sales(order: &OrderId) -> Request {
    Request::get("after-sales", format!("/seller/order/{order}/after-sales"))
}

/// `POST /seller/order/{orderId}/after-sales/seller-audit` (page "Submit After-sales Approval"): agrees to the refund.
pub fn approval(order: &OrderId) -> Request {
    seller_audit(order).with_member("isApproved", Some(true))
}

/// The same call, which refuses the refund. The page marks the description as optional and calls it mandatory with a
/// refusal; it knows no code of a reason.
///
/// # Errors
/// [`Config`](core_model::ErrorKind::Config) when the description is missing, or there is a code.
pub fn rejection(order: &OrderId, rejection: &Rejection) -> Result<Request> {
    let Rejection {
        reason,
        text,
        evidence,
    } = rejection;
    if reason.is_some() {
        let problem = "this platform takes no code, only words";
        return Err(Error::config("reason", problem));
    }
    let text = setting::stated("text", text.as_deref().unwrap_or_default())?;
    Ok(seller_audit(order)
        .with_member("isApproved", Some(false))
        .with_member("rejectDescription", Some(text))
        .with_member(
            "rejectImageUrls",
            (!evidence.is_empty()).then(|| evidence.clone()),
        ))
}

fn seller_audit(order: &OrderId) -> Request {
    let path = format!("/seller/order/{order}/after-sales/seller-audit");
    Request::post("seller-audit", path)
}

/// `POST /seller/auth/login` (page "Login Authorization"), still without the password.
pub fn login(email: &str) -> Request {
    Request::post("login", "/seller/auth/login").with_member("email", Some(email))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_says_why() {
        let order = OrderId::new("1689644928115784").unwrap();
        let refusal = |reason: Option<&str>, text: Option<&str>| {
            let refused = rejection(
                &order,
                &Rejection {
                    reason: reason.map(str::to_owned),
                    text: text.map(str::to_owned),
                    evidence: Vec::new(),
                },
            );
            refused.map_err(|error| error.message().to_owned())
        };
        let body = refusal(None, Some(" Already redeemed ")).unwrap();
        let body = body.body().unwrap();
        assert_eq!(body["rejectDescription"], "Already redeemed");
        assert!(!body.contains_key("rejectImageUrls"));
        assert_eq!(refusal(None, None).unwrap_err(), "text: is empty");
        assert_eq!(refusal(None, Some(" ")).unwrap_err(), "text: is empty");
        let refused = refusal(Some("1"), Some("Already redeemed")).unwrap_err();
        assert!(refused.starts_with("reason: "), "{refused}");
    }

    #[test]
    fn an_order_id_is_an_integer() {
        let request = after_sales(&OrderId::new(" 1689644928115784 ").unwrap());
        assert_eq!(request.path(), "/seller/order/1689644928115784/after-sales");
        for id in [
            "",
            "SO1689644928115784",
            "1.0",
            "-1",
            "1/../2",
            "1?x",
            "٣",
            &"1".repeat(21),
        ] {
            let error = OrderId::new(id).unwrap_err();
            assert!(error.message().starts_with("order: "), "{id:?}: {error}");
        }
    }
}
