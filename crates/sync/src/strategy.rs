//! How an account is kept in step, by what its platform can do.

use core_model::{Capabilities, Support};

/// How an account is kept in step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Strategy {
    /// How changes are found.
    pub listing: Listing,
    /// How open cases are read again that no listing shows.
    pub open_cases: OpenCases,
}

/// What is listed, round after round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listing {
    /// Nothing: the platform has no list.
    None,
    /// What changed since the round before; in the first round everything, by the time of creation where that is a
    /// filter, because no case leaves such a range while it is read.
    Changed {
        /// Whether the first round goes by the time of creation.
        first_by_creation: bool,
    },
    /// What was opened since the round before.
    Opened,
    /// Everything, each time.
    Whole,
}

/// How open cases are read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenCases {
    /// Not at all: the listing shows every change.
    Listed,
    /// Each is looked up, by its id or its order.
    LookedUp,
    /// The stretches of time in which they were opened are listed again, many cases at a time; what no list shows is
    /// looked up, if the platform can.
    Relisted,
    /// Not at all: the platform has no way to ask for them.
    OutOfReach,
}

impl Strategy {
    /// The cheapest way that misses nothing. A filter that we apply ourselves saves no call, and counts as none.
    pub fn of(capabilities: &Capabilities) -> Self {
        let operations = capabilities.operations;
        let created = capabilities.filters.created == Support::Native;
        let updated = capabilities.filters.updated == Support::Native;
        let listing = match (operations.list, updated, created) {
            (false, _, _) => Listing::None,
            (true, true, first_by_creation) => Listing::Changed { first_by_creation },
            (true, false, true) => Listing::Opened,
            (true, false, false) => Listing::Whole,
        };
        let looks_up =
            operations.find_by_id || operations.find_by_order || operations.find_by_merchant_order;
        let open_cases = match listing {
            Listing::Changed { .. } => OpenCases::Listed,
            Listing::Opened if !operations.lists_ids_only => OpenCases::Relisted,
            _ if looks_up => OpenCases::LookedUp,
            Listing::Whole => OpenCases::Listed,
            Listing::None | Listing::Opened => OpenCases::OutOfReach,
        };
        Self {
            listing,
            open_cases,
        }
    }
}

#[cfg(test)]
mod tests {
    use core_model::{Abilities, Filters, Operations, PageSize, Paging};

    use super::*;

    #[test]
    fn a_strategy_follows_from_what_the_platform_can_do() {
        use Support::{Emulated, Native, No};
        let by_id = |list| Operations {
            list,
            find_by_id: true,
            ..Operations::default()
        };
        let by_order = |list| Operations {
            list,
            find_by_order: true,
            ..Operations::default()
        };
        let list_only = Operations {
            list: true,
            ..Operations::default()
        };
        let ids = Operations {
            lists_ids_only: true,
            ..by_id(true)
        };
        let changed = |first_by_creation| Listing::Changed { first_by_creation };
        for (operations, created, updated, listing, open_cases) in [
            (
                by_id(true),
                Native,
                Native,
                changed(true),
                OpenCases::Listed,
            ),
            (list_only, No, Native, changed(false), OpenCases::Listed),
            (list_only, Native, No, Listing::Opened, OpenCases::Relisted),
            (
                by_id(true),
                Native,
                No,
                Listing::Opened,
                OpenCases::Relisted,
            ),
            (ids, Native, No, Listing::Opened, OpenCases::LookedUp),
            (by_order(true), No, No, Listing::Whole, OpenCases::LookedUp),
            (list_only, No, No, Listing::Whole, OpenCases::Listed),
            (
                list_only,
                Emulated,
                Emulated,
                Listing::Whole,
                OpenCases::Listed,
            ),
            (by_order(false), No, No, Listing::None, OpenCases::LookedUp),
            (
                Operations::default(),
                No,
                No,
                Listing::None,
                OpenCases::OutOfReach,
            ),
        ] {
            let capabilities = Capabilities {
                operations,
                filters: Filters {
                    created,
                    updated,
                    ..Filters::NONE
                },
                paging: Paging::None,
                page_size: PageSize::NONE,
                window: None,
                quota: None,
                abilities: Abilities::NONE,
                pushes: None,
            };
            let expected = Strategy {
                listing,
                open_cases,
            };
            assert_eq!(Strategy::of(&capabilities), expected, "{capabilities:?}");
        }
    }
}
