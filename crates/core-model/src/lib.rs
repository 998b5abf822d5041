#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod actions;
mod after_sales;
mod capabilities;
mod error;
mod escapes;
mod event;
pub mod lenient;
mod money;
mod page;
mod query;
mod reader;
mod record;
mod source;
mod status;
mod stream;
mod time;
mod window;
mod writer;

pub use actions::{
    Action, ActionKind, Actions, Address, Confirmation, FindOut, Message, Outcome, Plan, Preview,
    Refund, Rejection, ReturnAddress, Unconfirmed,
};
pub use after_sales::AfterSales;
pub use capabilities::{
    Abilities, Capabilities, Filters, Generation, Operations, PageSize, Paging, Quota, Support,
};
pub use error::{Error, ErrorKind, Result, Retry};
pub use event::{Change, Event, Proof};
pub use money::{Currency, Money, MoneyError};
pub use page::{Cursor, Numbered, Page};
pub use query::{Lookup, OrderKey, Query, TimeRange};
pub use record::{
    AfterSale, Amounts, Buyer, Evidence, Item, Kind, NativeStatus, Notes, Order, Raw, Reason,
    ReturnShipment,
};
pub use rust_decimal::Decimal;
pub use source::{Account, Party, Platform, Side, Source};
pub use status::{Awaits, Progress, Status};
pub use stream::{AfterSalesExt, PAGE_CAP};
pub use time::{TimeError, Zoneless, instant};
pub use window::Windowed;
