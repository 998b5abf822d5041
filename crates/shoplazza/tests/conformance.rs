//! The promises that every platform crate keeps.

mod subject;

mod v2022_01 {
    transport::conformance!(crate::subject::Shoplazza(shoplazza::ApiVersion::V2022_01));
}

mod v2025_06 {
    transport::conformance!(crate::subject::Shoplazza(shoplazza::ApiVersion::V2025_06));
}

mod v2026_01 {
    transport::conformance!(crate::subject::Shoplazza(shoplazza::ApiVersion::V2026_01));
}

mod v2026_07 {
    transport::conformance!(crate::subject::Shoplazza(shoplazza::ApiVersion::V2026_07));
}
