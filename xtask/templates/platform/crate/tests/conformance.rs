//! The promises that every platform crate keeps.

mod subject;

transport::conformance!(subject::{{Type}});
