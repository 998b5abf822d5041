//! The after-sales record.
