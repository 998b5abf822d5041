//! The promises that every platform crate keeps.

mod subject;

mod component {
    transport::conformance!(crate::subject::Component);
}

mod ec {
    transport::conformance!(crate::subject::Ec);
}

mod store {
    transport::conformance!(crate::subject::Store);
}
