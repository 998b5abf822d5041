//! The documented calls: parameters in, request out.

use std::fmt;

use core_model::{Error, Quota, Result};
use transport::{Request, Scope};

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

/// `POST /seller/auth/login` (page "Login Authorization"), still without the password.
pub fn login(email: &str) -> Request {
    Request::post("login", "/seller/auth/login").with_member("email", Some(email))
}

#[cfg(test)]
mod tests {
    use super::*;

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
