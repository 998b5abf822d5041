//! What is left of a record when its buyer is forgotten.

use core_model::{AfterSale, Buyer};
use sha2::{Digest, Sha256};

/// What is kept of a buyer who is forgotten, to be recognised and forgotten again.
pub(crate) type Trace = [u8; 32];

/// The trace of an id, phone or e-mail. The salt is the copy's own.
pub(crate) fn trace(identity: &str, salt: &[u8]) -> Trace {
    let hasher = Sha256::new().chain_update(salt);
    hasher.chain_update(identity).finalize().into()
}

/// By what a buyer is recognised.
pub(crate) fn identities(buyer: &Buyer) -> impl Iterator<Item = &str> {
    let stated = [&buyer.id, &buyer.phone, &buyer.email];
    stated.into_iter().filter_map(Option::as_deref)
}

/// Takes away who the buyer is, what the buyer wrote and photographed, and the raw record, which may hold more of it.
pub(crate) fn erase(case: &mut AfterSale) {
    case.buyer = Buyer::default();
    case.notes.buyer = None;
    // Free text on some platforms; the code says which reason it is.
    case.reason.text = None;
    case.evidence.buyer.clear();
    case.raw = None;
}
