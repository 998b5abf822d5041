//! A saved documentation page.

pub(crate) mod block;
