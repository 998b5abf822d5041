//! What every copy promises, whatever it is kept in. `promises!` makes one test of each, for one kind of copy.

mod cases;
mod erasing;
mod log;
mod reading;
mod sharing;
mod writing;

use std::sync::Arc;

use async_trait::async_trait;
use core_model::{
    AfterSale, Awaits, Currency, Money, NativeStatus, Platform, Progress, Raw, Side, Source, Status,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::value::RawValue;
use store::{Applied, Batch, Outcome, Reading, Store};

pub use self::cases::*;
pub use self::erasing::*;
pub use self::log::*;
pub use self::reading::*;
pub use self::sharing::*;
pub use self::writing::*;

/// Where one copy is, which begins empty.
#[async_trait]
pub trait Place: Send + Sync {
    /// Opens the copy; again, as another program would.
    async fn open(&self) -> Arc<dyn Store>;
}

/// One test per promise.
#[macro_export]
macro_rules! promises {
    ($place:ident: $($promise:ident,)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $promise() {
                if let Some(place) = $place::new().await {
                    suite::$promise(&place).await;
                    place.remove().await;
                }
            }
        )*
    };
}

/// All promises.
#[macro_export]
macro_rules! every_promise {
    ($place:ident) => {
        $crate::promises! {
            $place:
            an_empty_copy_answers,
            what_is_written_reads_back_equal_to_the_last_byte,
            amounts_times_and_ids_keep_every_digit,
            records_are_the_same_with_and_without_a_dictionary,
            a_copy_that_is_opened_again_has_everything,
            the_same_record_again_writes_nothing,
            a_change_is_told_and_kept,
            a_change_that_history_does_not_keep_is_written_all_the_same,
            a_deadline_that_jitters_is_no_news,
            a_case_that_comes_twice_is_written_in_order,
            the_same_id_on_another_account_is_another_case,
            a_record_of_another_account_is_refused_with_its_page,
            the_position_moves_with_its_page_or_not_at_all,
            positions_have_names,
            one_worker_has_an_account_at_a_time,
            a_worker_that_lost_the_account_writes_nothing,
            a_run_counts_what_its_pages_wrote,
            runs_are_listed_the_latest_first,
            open_cases_come_the_longest_unread_first,
            a_case_that_is_looked_up_counts_as_read,
            a_case_that_is_not_found_is_marked_until_it_is_back,
            what_is_known_of_an_id,
            a_filter_keeps_what_it_says,
            the_soonest_deadline_comes_first,
            pages_of_a_listing_fit_together,
            history_of_one_case_is_not_that_of_another,
            amounts_are_never_summed_across_currencies,
            ages_are_those_of_open_cases,
            stats_can_be_narrowed_down,
            amounts_out_of_all_proportion_are_left_out_and_counted,
            counts_are_those_of_the_cases_whatever_happens,
            what_ended_long_ago_is_pruned_and_stays_away,
            a_pruned_case_that_goes_on_is_back,
            a_forgotten_buyer_is_gone_and_stays_away,
            one_case_is_forgotten_whoever_the_buyer_is,
            a_buyer_is_forgotten_until_a_day,
            a_buyer_is_found_by_phone_and_mail,
            accounts_are_written_at_the_same_time,
            two_workers_on_one_account_do_not_count_twice,
            readers_see_whole_pages,
        }
    };
}

/// A seller's account.
pub fn shop(label: &str) -> Source {
    Source::new(Platform::new("shoplazza"), label.to_owned(), Side::Seller)
}

/// The second at which tests begin.
pub fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_750_000_000 + second).unwrap()
}

/// So many days later.
pub fn day(day: i64) -> Timestamp {
    at(0) + SignedDuration::from_hours(24 * day)
}

pub fn money(amount: &str, currency: &str) -> Option<Money> {
    let currency = Currency::new(currency).unwrap();
    Some(Money::from_major(amount, currency).unwrap())
}

pub fn raw(text: &str) -> Option<Raw> {
    let record: &RawValue = serde_json::from_str(text).unwrap();
    Some(record.into())
}

/// A case that waits for the seller's decision.
pub fn case(source: &Source, id: &str) -> AfterSale {
    let native = NativeStatus {
        code: Some("pending".to_owned()),
        label: None,
    };
    let progress = Progress::new(Status::Requested, Awaits::Seller);
    let mut case = AfterSale::new(source, id.to_owned(), native, progress);
    case.amounts.requested = money("162.00", "CNY");
    case.created_at = Some(at(0));
    case.raw = raw(&format!(r#"{{"id": "{id}", "status":"pending"}}"#));
    case
}

/// The same case, paid back.
pub fn completed(mut case: AfterSale) -> AfterSale {
    case.status = Status::Completed;
    case.awaits = Some(Awaits::Nobody);
    case.is_final = true;
    case.native_status.code = Some("finished".to_owned());
    case.amounts.refunded = case.amounts.requested;
    case
}

/// Applies a page of a listing.
pub async fn list(
    store: &dyn Store,
    source: &Source,
    seen: Timestamp,
    cases: Vec<AfterSale>,
) -> Applied {
    let batch = Batch::new(source, seen, Reading::Listed).with_records(cases);
    store.apply(batch).await.unwrap()
}

/// Applies what was looked up.
pub async fn look_up(
    store: &dyn Store,
    source: &Source,
    seen: Timestamp,
    cases: Vec<AfterSale>,
) -> Applied {
    let batch = Batch::new(source, seen, Reading::LookedUp).with_records(cases);
    store.apply(batch).await.unwrap()
}

pub fn outcomes(applied: &Applied) -> Vec<Outcome> {
    let outcomes = applied.records.iter().map(|(_, outcome)| outcome.clone());
    outcomes.collect()
}

pub fn ids(cases: &[AfterSale]) -> Vec<&str> {
    cases.iter().map(|case| case.id.as_str()).collect()
}
