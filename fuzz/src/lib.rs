#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a parser that breaks a promise is found by the panic"
)]

mod answers;
mod check;
mod mutate;
mod parser;
mod parsers;
mod run;

pub use parser::{Parser, Verdict, workspace};
pub use parsers::{called, parsers};
pub use run::{Finding, Report, run};
