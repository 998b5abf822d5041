#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod auth;
mod base_url;
mod dialect;
mod exchange;
mod http;
mod limiter;
mod options;
mod plan;
pub mod push;
mod redact;
mod reply;
mod request;
mod retry;
pub mod setting;
mod token;
mod verdict;

#[cfg(feature = "testing")]
pub mod testing;

pub use auth::{Auth, Moment, Moments, Token, TokenExchange, TokenSource};
pub use base_url::BaseUrl;
pub use dialect::{Code, Dialect, Fault, Then, envelope, may_name};
pub use exchange::{Exchange, ExchangeError, Incoming, Outgoing};
pub use http::Http;
pub use limiter::{Limiter, Scope};
pub use options::Options;
pub use plan::Act;
pub use reply::Reply;
pub use request::Request;
pub use retry::RetryPolicy;
