#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod actions;
pub mod api;
mod auth;
mod client;
mod config;
pub mod errors;
pub mod normalize;
mod refund;
pub mod webhook;
pub mod wire;

pub use auth::{App, Callback, Tokens};
pub use client::{CAPABILITIES, Client, GENERATIONS, PLATFORM, SIDE};
pub use config::{ApiVersion, Config, ConfigBuilder, ShopDomain};
pub use core_model;
pub use jiff;
pub use refund::{Refund, RefundLine, RefundPage, RefundPayment, RefundQuery, RefundStatus};
pub use secrecy;
pub use transport;
