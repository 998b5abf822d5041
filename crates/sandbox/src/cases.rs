//! Which cases there are at the start. A case is a function of the seed and its index: nothing is stored, and
//! every look-up (a page, a window, a status, an id) is arithmetic on indices. What changes later is in the
//! [`ledger`](crate::ledger).
//!
//! Index 0 is the newest case, the order in which every list answers. Cases share orders in blocks
//! of four: the first two cases have an order each, the last two share one, and the fourth order of
//! the block has no case. The number of an order is the index of its first case, so the orders
//! without a case are those whose number is 3 modulo 4.

use std::fmt;
use std::ops::Range;

use jiff::Timestamp;

/// The most records a platform can have: farther back lies no year that the calendar can name.
pub const MAX_RECORDS: u64 = 100_000_000;

/// 2026-10-01T08:00:00Z, when the newest case was filed. Fixed, so that answers are reproducible.
const NEWEST: i64 = 1_790_841_600;

/// Seconds between two cases. Prime, so that the minutes and seconds look unplanned.
const STEP: i64 = 421;

/// The instant at which the sandbox's world stands still: an hour after the newest case.
pub(crate) const NOW: i64 = NEWEST + 3_600;

/// The cases of one platform at the start.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cases {
    count: u64,
    seed: u64,
}

impl Cases {
    /// `platform` keeps the platforms' cases apart under one seed.
    pub(crate) fn new(count: u64, seed: u64, platform: &str) -> Self {
        let seed = platform
            .bytes()
            .fold(seed, |seed, byte| mix(seed ^ u64::from(byte)));
        Self { count, seed }
    }

    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// The random choices of one case, always the same ones.
    pub(crate) fn dice(&self, index: u64) -> Dice {
        Dice {
            state: mix(self.seed ^ mix(index)),
            loaded: index == 0,
        }
    }

    /// A value that belongs to one case and one purpose.
    pub(crate) fn hash(&self, index: u64, purpose: &str) -> u64 {
        let seed = purpose
            .bytes()
            .fold(self.seed, |seed, byte| mix(seed ^ u64::from(byte)));
        mix(seed ^ mix(index))
    }

    /// When the case changed last: within minutes of its filing, so that this order, too, is
    /// strictly by index.
    pub(crate) fn updated(&self, index: u64) -> i64 {
        let delay = self.hash(index, "updated") % STEP.unsigned_abs();
        filed(index) + delay.cast_signed()
    }

    /// The cases whose `time` lies within both bounds, bounds included. `time` must not increase
    /// with the index.
    pub(crate) fn between(
        &self,
        time: impl Fn(u64) -> i64,
        oldest: Option<i64>,
        newest: Option<i64>,
    ) -> Range<u64> {
        let start = newest.map_or(0, |newest| {
            partition_point(self.count, |index| time(index) > newest)
        });
        let end = oldest.map_or(self.count, |oldest| {
            partition_point(self.count, |index| time(index) >= oldest)
        });
        start..end.max(start)
    }

    /// The cases of an order; none for an order without a case and for one that does not exist.
    pub(crate) fn of_order(&self, order: u64) -> Range<u64> {
        let cases = match order % 4 {
            2 => 2,
            3 => 0,
            _ => 1,
        };
        let end = order.saturating_add(cases).min(self.count);
        order.min(end)..end
    }
}

/// When the case was filed, in Unix seconds. Strictly older from index to index.
pub(crate) fn filed(index: u64) -> i64 {
    NEWEST - STEP * index.cast_signed()
}

/// The index a case filed at that second would have.
pub(crate) fn filed_at(seconds: i64) -> Option<u64> {
    let age = NEWEST.checked_sub(seconds)?;
    u64::try_from(age / STEP)
        .ok()
        .filter(|&index| filed(index) == seconds)
}

/// The order a case belongs to.
pub(crate) fn order_of(index: u64) -> u64 {
    if index % 4 == 3 { index - 1 } else { index }
}

/// Which case of its order this is, the oldest being 1. Cases count down in age, so the older one
/// of a pair has the higher index.
pub(crate) fn rank_in_order(index: u64) -> u64 {
    if index % 4 == 2 { 2 } else { 1 }
}

/// The cases that both ranges hold.
pub(crate) fn both(a: &Range<u64>, b: &Range<u64>) -> Range<u64> {
    let start = a.start.max(b.start);
    start..a.end.min(b.end).max(start)
}

/// The first number below `count` for which `before` no longer holds.
fn partition_point(count: u64, before: impl Fn(u64) -> bool) -> u64 {
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low + (high - low) / 2;
        if before(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

/// The values that a field takes in turn: every one of them occurs in any run of that length.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cycle<T: 'static>(pub(crate) &'static [T]);

impl<T: Copy> Cycle<T> {
    #[expect(
        clippy::indexing_slicing,
        reason = "a remainder is smaller than its divisor"
    )]
    pub(crate) fn at(&self, index: u64) -> T {
        self.0[(index % self.0.len() as u64) as usize]
    }

    /// The cases of a range whose value is `wanted`.
    pub(crate) fn select(&self, range: Range<u64>, wanted: impl Fn(T) -> bool) -> Selection {
        let offsets = (0..).zip(self.0).filter(|&(_, &value)| wanted(value));
        Selection {
            period: self.0.len() as u64,
            offsets: offsets.map(|(offset, _)| offset).collect(),
            range,
            ..Selection::default()
        }
    }
}

/// The cases that a filter leaves, in the order of a list: a range, of it certain places in every period,
/// and what has changed since the start.
#[derive(Debug)]
pub(crate) struct Selection {
    /// What comes before all the rest.
    pub(crate) front: Vec<u64>,
    range: Range<u64>,
    period: u64,
    offsets: Vec<u64>,
    /// Selected places that are left out, ascending.
    pub(crate) without: Vec<u64>,
    /// Other places that belong to it, ascending.
    pub(crate) with: Vec<u64>,
}

impl Default for Selection {
    fn default() -> Self {
        Self {
            front: Vec::new(),
            range: 0..0,
            period: 1,
            offsets: Vec::new(),
            without: Vec::new(),
            with: Vec::new(),
        }
    }
}

impl Selection {
    /// These cases, in this order.
    pub(crate) fn of(cases: Vec<u64>) -> Self {
        Self {
            front: cases,
            ..Self::default()
        }
    }

    pub(crate) fn total(&self) -> u64 {
        self.front.len() as u64 + self.rank(self.end())
    }

    /// The cases of one page; the first page is 1. Costs the page and what has changed, not the pages before it.
    pub(crate) fn page(&self, page: u64, size: u64) -> Vec<u64> {
        self.part(page.saturating_sub(1).saturating_mul(size), size)
    }

    /// As many of the cases as asked for, after those to skip.
    pub(crate) fn part(&self, skip: u64, size: u64) -> Vec<u64> {
        let front = self.front.iter().skip(skip as usize).take(size as usize);
        let mut part: Vec<u64> = front.copied().collect();
        let skip = skip.saturating_sub(self.front.len() as u64);
        let most = size - part.len() as u64;
        part.extend(self.rest_from(skip).take(most as usize));
        part
    }

    /// What comes behind the front, in ascending order, from a rank on.
    fn rest_from(&self, rank: u64) -> impl Iterator<Item = u64> + '_ {
        let start = partition_point(self.end(), |index| self.rank(index + 1) <= rank);
        let places = self.below(start.max(self.range.start))..self.below(self.range.end);
        let mut places = places
            .filter_map(|rank| self.nth(rank))
            .filter(|index| self.without.binary_search(index).is_err())
            .peekable();
        let skipped = self.with.partition_point(|&index| index < start);
        let mut others = self.with.iter().copied().skip(skipped).peekable();
        std::iter::from_fn(move || match (places.peek(), others.peek()) {
            (Some(place), Some(other)) if other < place => others.next(),
            (None, _) => others.next(),
            _ => places.next(),
        })
    }

    /// How many cases behind the front lie below an index.
    fn rank(&self, index: u64) -> u64 {
        let Range { start, end } = self.range;
        let selected = self.below(index.clamp(start, end)) - self.below(start);
        let below = |cases: &[u64]| cases.partition_point(|&case| case < index) as u64;
        selected + below(&self.with) - below(&self.without)
    }

    /// No case behind the front has this index or a higher one.
    fn end(&self) -> u64 {
        let last = self.with.last().map_or(0, |last| last + 1);
        self.range.end.max(last)
    }

    /// How many selected places lie below an index, were the range the whole line.
    fn below(&self, index: u64) -> u64 {
        let rest = index % self.period;
        let in_rest = self.offsets.iter().filter(|&&offset| offset < rest).count();
        index / self.period * self.offsets.len() as u64 + in_rest as u64
    }

    /// The selected place of this rank on the whole line.
    fn nth(&self, rank: u64) -> Option<u64> {
        let places = self.offsets.len() as u64;
        let offset = self.offsets.get(rank.checked_rem(places)? as usize)?;
        Some(rank / places * self.period + offset)
    }
}

/// The choices that make up a case. The newest case is no matter of chance: its dice are loaded, so
/// that it resembles the platform's documented example, which is the first choice everywhere.
#[derive(Debug)]
pub(crate) struct Dice {
    state: u64,
    loaded: bool,
}

impl Dice {
    pub(crate) fn roll(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.state)
    }

    /// A number of the range; loaded dice show the documented one.
    pub(crate) fn number(&mut self, documented: u64, range: Range<u64>) -> u64 {
        match self.loaded {
            true => documented,
            false => range.start + self.roll() % (range.end - range.start),
        }
    }

    /// True once in `n` times; loaded dice never do that.
    pub(crate) fn one_in(&mut self, n: u64) -> bool {
        !self.loaded && self.roll().is_multiple_of(n)
    }

    /// One of the choices; loaded dice take the first.
    #[expect(
        clippy::indexing_slicing,
        reason = "a remainder is smaller than its divisor"
    )]
    pub(crate) fn pick<T: Copy, const N: usize>(&mut self, choices: [T; N]) -> T {
        let place = self.number(0, 0..N as u64);
        choices[place as usize]
    }

    pub(crate) fn uuid(&mut self) -> Uuid {
        Uuid(self.roll(), self.roll())
    }
}

/// SplitMix64's finalizer: every input bit reaches every output bit, and no two inputs collide.
fn mix(mut value: u64) -> u64 {
    value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

/// Sixteen bytes in the 8-4-4-4-12 notation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Uuid(pub(crate) u64, pub(crate) u64);

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(high, low) = self;
        write!(
            f,
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xFFFF,
            high & 0xFFFF,
            low >> 48,
            low & 0xFFFF_FFFF_FFFF
        )
    }
}

/// An amount in a currency's minor unit, written with that many decimals.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Decimal {
    pub(crate) minor: u64,
    pub(crate) decimals: u32,
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = 10_u64.pow(self.decimals);
        write!(f, "{}", self.minor / unit)?;
        match self.decimals as usize {
            0 => Ok(()),
            decimals => write!(f, ".{:0decimals$}", self.minor % unit),
        }
    }
}

/// `2026-10-01T08:00:00Z`.
pub(crate) fn instant(seconds: i64) -> Timestamp {
    Timestamp::new(seconds, 0).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// `2026-10-01 16:00:00`: the clock in Shanghai, which the Chinese platforms print without a zone.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ShanghaiTime(pub(crate) i64);

/// Shanghai is eight hours ahead of UTC and knows no summer time.
pub(crate) const SHANGHAI: jiff::tz::Offset = jiff::tz::Offset::constant(8);

impl fmt::Display for ShanghaiTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = SHANGHAI.to_datetime(instant(self.0));
        write!(
            f,
            "{:04}-{:02}-{:02} {:02}:{:02}:{:02}",
            at.year(),
            at.month(),
            at.day(),
            at.hour(),
            at.minute(),
            at.second()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATUSES: Cycle<u8> = Cycle(&[4, 0, 1, 4, 2]);

    fn cases() -> Cases {
        Cases::new(1_000, 7, "anywhere")
    }

    #[test]
    fn the_same_seed_gives_the_same_case_and_another_seed_another() {
        let case = |seed| Cases::new(10, seed, "anywhere").dice(3).roll();
        assert_eq!(case(7), case(7));
        assert_ne!(case(7), case(8));
    }

    #[test]
    fn both_clocks_run_strictly_backwards() {
        let cases = cases();
        for index in 1..1_000 {
            assert!(filed(index) < filed(index - 1));
            assert!(cases.updated(index) < cases.updated(index - 1));
        }
    }

    #[test]
    fn a_window_holds_what_a_scan_finds() {
        let cases = cases();
        let bounds = [
            None,
            Some(NEWEST - 100_000),
            Some(NEWEST - 421),
            Some(NEWEST + 1),
            Some(0),
        ];
        for oldest in bounds {
            for newest in bounds {
                let range = cases.between(|index| cases.updated(index), oldest, newest);
                let scanned = (0..1_000).filter(|&index| {
                    let at = cases.updated(index);
                    oldest.is_none_or(|oldest| at >= oldest)
                        && newest.is_none_or(|newest| at <= newest)
                });
                assert!(range.eq(scanned), "{oldest:?}..={newest:?}");
            }
        }
    }

    #[test]
    fn a_status_filter_pages_through_what_a_scan_finds() {
        for range in [0..1_000, 3..17, 5..5, 998..1_000] {
            for status in [0, 4, 9] {
                let selection = STATUSES.select(range.clone(), |value| value == status);
                let paged: Vec<u64> = (1..400).flat_map(|page| selection.page(page, 3)).collect();
                let scanned: Vec<u64> = range
                    .clone()
                    .filter(|&index| STATUSES.at(index) == status)
                    .collect();
                assert_eq!(paged, scanned, "status {status} in {range:?}");
                assert_eq!(selection.total(), scanned.len() as u64);
            }
        }
    }

    #[test]
    fn the_last_case_of_many_is_reached_without_making_the_others() {
        let cases = Cases::new(MAX_RECORDS, 1, "anywhere");
        let selection = STATUSES.select(cases.between(filed, None, None), |_| true);
        let last = selection.page(MAX_RECORDS / 100, 100);
        assert_eq!(last.len(), 100);
        assert_eq!(last.last(), Some(&(MAX_RECORDS - 1)));
        assert_eq!(filed_at(filed(MAX_RECORDS - 1)), Some(MAX_RECORDS - 1));
        assert_ne!(instant(filed(MAX_RECORDS - 1)), Timestamp::UNIX_EPOCH);
    }

    #[test]
    fn every_case_belongs_to_the_order_that_lists_it() {
        let cases = cases();
        for index in 0..1_000 {
            assert!(cases.of_order(order_of(index)).contains(&index));
        }
        let listed: u64 = (0..1_004)
            .map(|order| cases.of_order(order).count() as u64)
            .sum();
        assert_eq!(listed, 1_000);
        assert!(cases.of_order(3).is_empty());
    }

    #[test]
    fn decimals_keep_their_zeros() {
        let rows = [
            (8_100, 2, "81.00"),
            (5, 2, "0.05"),
            (1_200, 0, "1200"),
            (0, 2, "0.00"),
        ];
        for (minor, decimals, text) in rows {
            assert_eq!(Decimal { minor, decimals }.to_string(), text);
        }
    }

    #[test]
    fn shanghai_is_eight_hours_ahead() {
        assert_eq!(
            ShanghaiTime(1_676_256_272).to_string(),
            "2023-02-13 10:44:32"
        );
    }
}
