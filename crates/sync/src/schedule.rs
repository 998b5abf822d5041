//! When to read again what no listing shows.
//!
//! Little happens to a case that has rested for long, and something nearly always happens when its time is up. So the
//! time from one reading to the next is a fraction of the distance to what is nearer: the day on which the case was
//! opened, or its deadline.

use jiff::{SignedDuration, Timestamp};
use store::OpenCase;

/// A case is never read again sooner than this.
const SOONEST: SignedDuration = SignedDuration::from_mins(5);
/// A case is read at least so often.
const LATEST: SignedDuration = SignedDuration::from_hours(24);
/// A case of which the platform says that it is not there is given up after this time.
const ABSENCE: SignedDuration = SignedDuration::from_hours(30 * 24);
/// The part of a distance after which to look again.
const PART: i32 = 8;

/// An order is never asked for again sooner than this.
const SOONEST_ORDER: SignedDuration = SignedDuration::from_hours(1);
/// An order is asked for at least so often.
const LATEST_ORDER: SignedDuration = SignedDuration::from_hours(7 * 24);
/// An order is asked for as long as this after it was given: later, nobody opens a case.
const ORDER_TERM: SignedDuration = SignedDuration::from_hours(365 * 24);

/// When an open case is to be read again; `None` when it has been given up.
pub(crate) fn case_due(case: &OpenCase) -> Option<Timestamp> {
    let read = case.read_at;
    let opened = case.created_at.unwrap_or(case.first_seen_at);
    let away = |from: Timestamp| read.duration_since(from).abs();
    let distance = match (case.absent_since, case.deadline) {
        (Some(since), _) if away(since) > ABSENCE => return None,
        (Some(since), _) => away(since),
        (None, Some(deadline)) => away(opened).min(away(deadline)),
        (None, None) => away(opened),
    };
    let wait = (distance / PART).clamp(SOONEST, LATEST);
    // What lies beyond the calendar never comes.
    read.checked_add(wait).ok()
}

/// When a given order is to be asked for again; `None` when it has been given up.
pub(crate) fn order_due(given: Timestamp, read: Timestamp) -> Option<Timestamp> {
    let age = read.duration_since(given);
    if age > ORDER_TERM {
        return None;
    }
    let wait = (age / PART).clamp(SOONEST_ORDER, LATEST_ORDER);
    read.checked_add(wait).ok()
}

#[cfg(test)]
mod tests {
    use core_model::{Order, Status};

    use super::*;

    const HOUR: i64 = 3600;
    const DAY: i64 = 24 * HOUR;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn case(read: i64, deadline: Option<i64>, absent_since: Option<i64>) -> OpenCase {
        OpenCase {
            id: "1".to_owned(),
            order: Order::default(),
            buyer: None,
            status: Status::Requested,
            awaits: None,
            created_at: Some(at(0)),
            updated_at: None,
            deadline: deadline.map(at),
            first_seen_at: at(0),
            read_at: at(read),
            absent_since: absent_since.map(at),
        }
    }

    #[test]
    fn a_case_is_read_often_while_it_is_young_and_when_its_time_is_nearly_up() {
        for (read, deadline, wait) in [
            (0, None, 300),
            (HOUR, None, 450),
            (DAY, None, 3 * HOUR),
            (8 * DAY, None, DAY),
            (80 * DAY, None, DAY),
            // The deadline is nearer than the beginning.
            (7 * DAY, Some(8 * DAY), 3 * HOUR),
            (8 * DAY - HOUR, Some(8 * DAY), 450),
            (8 * DAY - 60, Some(8 * DAY), 300),
            // It has passed, and the case is open still.
            (8 * DAY + 60, Some(8 * DAY), 300),
            (9 * DAY, Some(8 * DAY), 3 * HOUR),
            (90 * DAY, Some(8 * DAY), DAY),
            // The beginning is nearer.
            (DAY, Some(8 * DAY), 3 * HOUR),
        ] {
            let due = case_due(&case(read, deadline, None)).unwrap();
            let waits = due.as_second() - read;
            assert_eq!(waits, wait, "read at {read}, deadline {deadline:?}");
        }
    }

    #[test]
    fn no_deadline_is_slept_through() {
        let deadline = 10 * DAY;
        let mut case = case(0, Some(deadline), None);
        let mut reads = 0;
        while case.read_at < at(deadline) {
            case.read_at = case_due(&case).unwrap();
            reads += 1;
        }
        let late = case.read_at.duration_since(at(deadline));
        assert!(late <= SOONEST, "{late:?}");
        assert!(reads < 150, "{reads}");
    }

    #[test]
    fn a_case_that_is_not_there_is_given_up_in_the_end() {
        for (read, wait) in [
            (10 * DAY, Some(300)),
            (11 * DAY, Some(3 * HOUR)),
            (40 * DAY, Some(DAY)),
            (40 * DAY + 1, None),
        ] {
            let due = case_due(&case(read, Some(11 * DAY), Some(10 * DAY)));
            assert_eq!(due.map(|due| due.as_second() - read), wait, "{read}");
        }
    }

    #[test]
    fn an_order_is_asked_for_less_and_less_often() {
        for (read, wait) in [
            (0, Some(HOUR)),
            (DAY, Some(3 * HOUR)),
            (100 * DAY, Some(7 * DAY)),
            (365 * DAY, Some(7 * DAY)),
            (366 * DAY, None),
        ] {
            let due = order_due(at(0), at(read));
            assert_eq!(due.map(|due| due.as_second() - read), wait, "{read}");
        }
        assert_eq!(order_due(at(0), Timestamp::MAX), None);
    }
}
