//! What a platform can do, as data.

use std::time::Duration;

use serde::Serialize;

use crate::{
    Action, ActionKind, AfterSale, Error, ErrorKind, Lookup, OrderKey, Proof, Query, Result,
    Source, TimeRange,
};

/// What a platform can do for an account. A table in code, not prose: clients check requests against
/// it before anything is sent, and the documentation is written from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Capabilities {
    /// Which questions it answers.
    pub operations: Operations,
    /// Which filters a listing takes.
    pub filters: Filters,
    /// How a listing pages.
    pub paging: Paging,
    /// How many records one page holds.
    pub page_size: PageSize,
    /// The longest time range that one listing may cover, where the platform has such a limit.
    pub window: Option<Duration>,
    /// How many calls the platform documents as allowed. `None`: nothing is documented.
    pub quota: Option<Quota>,
    /// What can be done about a case.
    pub abilities: Abilities,
    /// What the platform vouches for with what it pushes; the most, where that depends on its settings. `None`: it pushes
    /// nothing that has to do with after-sales.
    pub pushes: Option<Proof>,
}

/// A generation of a platform's interface, which an account's settings choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Generation {
    /// The value of the setting that chooses it; `None` where the platform has one generation only.
    pub name: Option<&'static str>,
    /// What it can do.
    pub capabilities: Capabilities,
}

/// Which questions a platform answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Operations {
    /// All cases, page by page.
    pub list: bool,
    /// One case by its id.
    pub find_by_id: bool,
    /// The cases of an order, by the platform's order id.
    pub find_by_order: bool,
    /// The cases of an order, by the merchant's own order id.
    pub find_by_merchant_order: bool,
    /// Whether looking an order up needs the buyer's id as well.
    pub needs_buyer: bool,
    /// Whether a listing needs a time from which to list, because nobody says since when the platform has cases.
    pub needs_start: bool,
    /// Whether a listing has nothing but ids, so that each case costs a call of its own.
    pub lists_ids_only: bool,
}

/// What can be done about a case. See [`Action`] for what each of them means.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Abilities {
    /// Agree to what is asked for.
    pub approve: bool,
    /// Refuse it.
    pub reject: bool,
    /// Agree that the goods come back.
    pub accept_return: bool,
    /// Say that the goods are back.
    pub confirm_receipt: bool,
    /// Pay an amount back.
    pub refund: bool,
    /// Withdraw the case.
    pub cancel: bool,
    /// Hand in papers.
    pub submit_evidence: bool,
    /// Write to the other side.
    pub send_message: bool,
}

impl Abilities {
    /// Nothing: cases can only be read.
    pub const NONE: Self = Self {
        approve: false,
        reject: false,
        accept_return: false,
        confirm_receipt: false,
        refund: false,
        cancel: false,
        submit_evidence: false,
        send_message: false,
    };

    /// Whether an action of this kind is among them.
    pub const fn can(self, kind: ActionKind) -> bool {
        match kind {
            ActionKind::Approve => self.approve,
            ActionKind::Reject => self.reject,
            ActionKind::AcceptReturn => self.accept_return,
            ActionKind::ConfirmReceipt => self.confirm_receipt,
            ActionKind::Refund => self.refund,
            ActionKind::Cancel => self.cancel,
            ActionKind::SubmitEvidence => self.submit_evidence,
            ActionKind::SendMessage => self.send_message,
        }
    }
}

/// Which filters a listing takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Filters {
    /// By unified status.
    pub status: Support,
    /// By the time when a case was opened.
    pub created: Support,
    /// By the time when a case last changed.
    pub updated: Support,
}

impl Filters {
    /// No filter at all.
    pub const NONE: Self = Self {
        status: Support::No,
        created: Support::No,
        updated: Support::No,
    };
}

/// Whether, and by whom, a filter is applied.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Support {
    /// Not at all: asking for it is an error.
    #[default]
    No,
    /// By the platform.
    Native,
    /// By us, on records that were fetched anyway; the result is exact.
    Emulated,
}

/// How a listing pages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Paging {
    /// There is no listing.
    #[default]
    None,
    /// Pages have numbers, so that some can be requested ahead.
    Numbered,
    /// Each page names the next one.
    Cursor,
}

/// How many records one page holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct PageSize {
    /// Asked for unless the caller says otherwise.
    pub default: u32,
    /// The most that the platform gives, where that is known.
    pub max: Option<u32>,
}

impl PageSize {
    /// There are no pages.
    pub const NONE: Self = Self {
        default: 0,
        max: None,
    };

    /// The size to ask for, within what the platform gives.
    pub fn choose(self, wanted: Option<u32>) -> u32 {
        wanted
            .unwrap_or(self.default)
            .clamp(1, self.max.unwrap_or(u32::MAX))
    }
}

/// How many calls a platform allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Quota {
    /// A bucket that holds so many calls and is refilled steadily.
    Bucket {
        /// Calls at once.
        capacity: u32,
        /// Calls regained per second.
        per_second: u32,
    },
    /// So many calls in any stretch of time.
    Window {
        /// Calls.
        calls: u32,
        /// Length of the stretch, in seconds.
        seconds: u32,
    },
}

impl Capabilities {
    /// Refuses a listing that the platform cannot do.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`], with what is missing.
    pub fn admit_query(&self, source: &Source, query: &Query) -> Result<()> {
        if !query.lookups().is_empty() {
            let message =
                "a query by orders is answered by `AfterSalesExt`, which looks each of them up";
            return Err(Error::new(ErrorKind::Unsupported, message).with_source(source));
        }
        if !self.operations.list {
            return Err(self.no_listing(source));
        }
        for (asked, support, filter) in [
            (!query.statuses().is_empty(), self.filters.status, "status"),
            (
                !query.created().is_unbounded(),
                self.filters.created,
                "the time of creation",
            ),
            (
                !query.updated().is_unbounded(),
                self.filters.updated,
                "the time of the last change",
            ),
        ] {
            if asked && support == Support::No {
                let message = format!("this platform cannot filter by {filter}");
                return Err(unsupported(source, message));
            }
        }
        for range in [query.created(), query.updated()] {
            if let Some(window) = self.window.filter(|&window| exceeds(range, window)) {
                let hours = window.as_secs() / 3600;
                let message = format!("this platform lists at most {hours} hours at a time");
                return Err(unsupported(source, message));
            }
        }
        Ok(())
    }

    /// Refuses a look-up that the platform cannot do.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`], with what is missing, or [`ErrorKind::Config`] when the platform
    /// wants the buyer's id and the look-up has none.
    pub fn admit_lookup(&self, source: &Source, lookup: &Lookup) -> Result<()> {
        let operations = self.operations;
        let can = match lookup {
            Lookup::AfterSale(_) => operations.find_by_id,
            Lookup::Order {
                order: OrderKey::Id(_),
                ..
            } => operations.find_by_order,
            Lookup::Order {
                order: OrderKey::MerchantRef(_),
                ..
            } => operations.find_by_merchant_order,
        };
        if !can {
            return Err(self.no_lookup(source, lookup));
        }
        if operations.needs_buyer && matches!(lookup, Lookup::Order { buyer: None, .. }) {
            let problem = "this platform wants the buyer's id beside the order";
            return Err(Error::config("buyer", problem).with_source(source));
        }
        Ok(())
    }

    /// Refuses an action that the platform cannot do, or that does not go with the case as it was last read.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`], with what is missing; [`ErrorKind::Config`] for a case of another account or an amount
    /// that cannot be paid; [`ErrorKind::Conflict`] when the case is not in a state for it, or allows a smaller amount.
    pub fn admit_action(&self, source: &Source, case: &AfterSale, action: &Action) -> Result<()> {
        let kind = action.kind();
        if !self.abilities.can(kind) {
            return Err(self.no_action(source, kind));
        }
        let admitted = if (&case.platform, &case.account) != (source.platform(), source.account()) {
            let problem = format!("belongs to {} ({})", case.account, case.platform);
            Err(Error::config("case", problem))
        } else {
            kind.admit(case).and_then(|()| match action {
                Action::Refund(refund) => refund.admit(case),
                _ => Ok(()),
            })
        };
        admitted.map_err(|error| error.with_source(source))
    }

    /// What a platform says to an action that it cannot do.
    pub fn no_action(&self, source: &Source, kind: ActionKind) -> Error {
        unsupported(
            source,
            format!("this platform documents no call to {}", kind.verb()),
        )
    }

    /// What a platform that cannot list says to every listing.
    pub fn no_listing(&self, source: &Source) -> Error {
        unsupported(
            source,
            "this platform cannot list cases; look them up by order",
        )
    }

    /// What a platform says to a look-up that it cannot do.
    pub fn no_lookup(&self, source: &Source, lookup: &Lookup) -> Error {
        let by = match lookup {
            Lookup::AfterSale(_) => "the id of the case",
            Lookup::Order {
                order: OrderKey::Id(_),
                ..
            } => "the platform's order id",
            Lookup::Order {
                order: OrderKey::MerchantRef(_),
                ..
            } => "the merchant's order id",
        };
        unsupported(
            source,
            format!("this platform cannot look cases up by {by}"),
        )
    }
}

fn unsupported(source: &Source, message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Unsupported, message).with_source(source)
}

/// Whether a range is longer than a window; an open range always is.
fn exceeds(range: TimeRange, window: Duration) -> bool {
    match (range.since(), range.until()) {
        (None, None) => false,
        (Some(since), Some(until)) => {
            Duration::try_from(until.duration_since(since)).is_ok_and(|length| length > window)
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::{Awaits, Currency, Money, NativeStatus, Platform, Progress, Refund, Side, Status};

    const CAPABILITIES: Capabilities = Capabilities {
        operations: Operations {
            list: true,
            find_by_id: false,
            find_by_order: true,
            find_by_merchant_order: false,
            needs_buyer: true,
            needs_start: false,
            lists_ids_only: false,
        },
        filters: Filters {
            status: Support::Emulated,
            created: Support::Native,
            updated: Support::No,
        },
        paging: Paging::Numbered,
        page_size: PageSize {
            default: 20,
            max: Some(50),
        },
        window: Some(Duration::from_secs(24 * 3600)),
        quota: None,
        abilities: Abilities {
            approve: true,
            refund: true,
            ..Abilities::NONE
        },
        pushes: None,
    };

    fn source() -> Source {
        Source::new(Platform::new("example"), "shop", Side::Seller)
    }

    #[test]
    fn what_is_not_declared_is_refused() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let day = 24 * 3600;
        for (query, verdict) in [
            (Query::new(), None),
            (Query::new().with_status(Status::Requested), None),
            (
                Query::new()
                    .with_created_since(at(0))
                    .with_created_until(at(day)),
                None,
            ),
            (
                Query::new().with_updated_since(at(0)),
                Some(ErrorKind::Unsupported),
            ),
            (
                Query::new().with_created_since(at(0)),
                Some(ErrorKind::Unsupported),
            ),
            (
                Query::new()
                    .with_created_since(at(0))
                    .with_created_until(at(day + 1)),
                Some(ErrorKind::Unsupported),
            ),
        ] {
            let refused = CAPABILITIES.admit_query(&source(), &query).err();
            assert_eq!(refused.map(|error| error.kind()), verdict, "{query:?}");
        }
        for (lookup, verdict) in [
            (Lookup::order("1").with_buyer("2"), None),
            (Lookup::order("1"), Some(ErrorKind::Config)),
            (Lookup::after_sale("1"), Some(ErrorKind::Unsupported)),
            (Lookup::merchant_order("1"), Some(ErrorKind::Unsupported)),
        ] {
            let refused = CAPABILITIES.admit_lookup(&source(), &lookup).err();
            assert_eq!(refused.map(|error| error.kind()), verdict, "{lookup:?}");
        }
    }

    #[test]
    fn an_action_is_declared_and_goes_with_the_case() {
        let progress = |status, awaits| Progress::new(status, awaits);
        let open = progress(Status::Requested, Awaits::Seller);
        let over = progress(Status::Completed, Awaits::Nobody);
        let here = source();
        let elsewhere = Source::new(Platform::new("example"), "other", Side::Seller);
        let refund = || Action::Refund(Refund::of(Money::from_major("1", Currency::CNY).unwrap()));
        for (of, progress, action, verdict) in [
            (&here, open, Action::Approve, None),
            (&here, over, Action::Approve, Some(ErrorKind::Conflict)),
            (&here, open, Action::Cancel, Some(ErrorKind::Unsupported)),
            (&elsewhere, open, Action::Approve, Some(ErrorKind::Config)),
            (&here, open, refund(), Some(ErrorKind::Conflict)),
        ] {
            let case = AfterSale::new(of, "1".to_owned(), NativeStatus::default(), progress);
            let refused = CAPABILITIES.admit_action(&here, &case, &action).err();
            assert_eq!(refused.map(|error| error.kind()), verdict, "{action:?}");
        }
    }

    #[test]
    fn page_sizes_stay_within_what_the_platform_gives() {
        let size = CAPABILITIES.page_size;
        let chosen = [None, Some(0), Some(10), Some(1000)].map(|wanted| size.choose(wanted));
        assert_eq!(chosen, [20, 1, 10, 50]);
    }
}
