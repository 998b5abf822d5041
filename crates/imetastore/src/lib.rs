#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod actions;
pub mod api;
mod auth;
mod client;
mod config;
pub mod errors;
pub mod normalize;
pub mod webhook;
pub mod wire;

pub use client::{CAPABILITIES, Client, GENERATIONS, PLATFORM, SIDE};
pub use config::{Config, ConfigBuilder};
pub use core_model;
pub use transport;
