//! `aftersales stats`: counts and sums of the cases in the local copy.

use std::cmp::Reverse;
use std::path::Path;

use aftersales::{Currency, Decimal};
use indicatif::HumanCount;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;
use store::{Age, Stats, StatsFilter, Sums, Tally};

use crate::args::{OutputArgs, StatsArgs};
use crate::console::{Console, Failure, Stop};
use crate::existing::Existing;
use crate::format::{Column, Format, Row, bars, plain_table, print_json, print_rows};
use crate::moment;
use crate::text::{clean, shortened};

/// Of the reasons, which are many, people see so many.
const REASONS: usize = 10;
/// And so much of each.
const REASON: usize = 40;

pub(crate) async fn run(
    args: &StatsArgs,
    config: Option<&Path>,
    output: &OutputArgs,
    console: &mut Console,
) -> Result<(), Stop> {
    let today = day(console.now());
    let since = moment::instant("--since", args.since, console.now())?.map(day);
    let until = moment::instant("--until", args.until, console.now())?.map(day);
    if let (Some(since), Some(until)) = (since, until)
        && since >= until
    {
        let what = format!("no day is between --since {since} and --until {until}");
        return Err(Failure::usage(what, "--since has to be an earlier day than --until").into());
    }
    let copy = Existing::open(&args.copy, config).await?;
    let filter = StatsFilter {
        created_since: since,
        created_until: until,
        ..copy.stats_filter(&args.choice)?
    };
    let stats = copy.store.stats(&filter, today).await?;
    match Format::chosen(output) {
        Format::Table => console.print(&table(&stats))?,
        Format::Json => {
            print_json(&Report::new(&stats, today, since, until), console)?;
        }
        format => print_rows(&rows(&stats), format, console)?,
    }
    Ok(())
}

/// The day, UTC.
fn day(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

/// Cases that were paid back by all; `None` where there are none.
fn rate(tally: &Tally) -> Option<Decimal> {
    Decimal::from(tally.refunded).checked_div(Decimal::from(tally.cases))
}

fn refund_rate(tally: &Tally) -> Option<String> {
    rate(tally).map(|rate| format!("{:.4}", rate.round_dp(4)))
}

const fn age(age: Age) -> &'static str {
    match age {
        Age::UpToOneDay => "0-1 days",
        Age::UpToThreeDays => "2-3 days",
        Age::UpToOneWeek => "4-7 days",
        Age::UpToThirtyDays => "8-30 days",
        Age::Older => "31 days or more",
        Age::Unknown => "unknown",
    }
}

/// The counts as one JSON object. Keys are there for good; lists are empty where there is nothing.
#[derive(Serialize)]
struct Report<'a> {
    /// From which day ages are reckoned, and which days were asked for, UTC.
    today: Date,
    since: Option<Date>,
    until: Option<Date>,
    total: TallyForm,
    by_platform: Vec<Group<'a>>,
    by_account: Vec<Group<'a>>,
    by_status: Vec<Group<'a>>,
    by_reason: Vec<Group<'a>>,
    by_age: Vec<Group<'a>>,
}

impl<'a> Report<'a> {
    fn new(stats: &'a Stats, today: Date, since: Option<Date>, until: Option<Date>) -> Self {
        let mut report = Self {
            today,
            since,
            until,
            total: TallyForm::new(&stats.total),
            by_platform: Vec::new(),
            by_account: Vec::new(),
            by_status: Vec::new(),
            by_reason: Vec::new(),
            by_age: Vec::new(),
        };
        for group in groups(stats) {
            match group.dimension {
                Dimension::Total => continue,
                Dimension::Platform => &mut report.by_platform,
                Dimension::Account => &mut report.by_account,
                Dimension::Status => &mut report.by_status,
                Dimension::Reason => &mut report.by_reason,
                Dimension::Age => &mut report.by_age,
            }
            .push(group);
        }
        report
    }
}

/// What cases have in common.
#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Dimension {
    Total,
    Platform,
    Account,
    Status,
    Reason,
    Age,
}

impl Dimension {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Total => "total",
            Self::Platform => "platform",
            Self::Account => "account",
            Self::Status => "status",
            Self::Reason => "reason",
            Self::Age => "age",
        }
    }
}

/// Cases that have something in common.
#[derive(Serialize)]
struct Group<'a> {
    #[serde(skip)]
    dimension: Dimension,
    /// Of accounts and reasons, which are a platform's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    platform: Option<&'a str>,
    key: Option<&'a str>,
    #[serde(skip)]
    tally: &'a Tally,
    #[serde(flatten)]
    form: TallyForm,
}

/// All groups, dimension by dimension.
fn groups(stats: &Stats) -> Vec<Group<'_>> {
    let group = |dimension, platform, key, tally| Group {
        dimension,
        platform,
        key,
        tally,
        form: TallyForm::new(tally),
    };
    let total = std::iter::once(group(Dimension::Total, None, None, &stats.total));
    let by_platform = stats.by_platform.iter();
    let by_account = stats.by_account.iter();
    let by_status = stats.by_status.iter();
    let by_reason = stats.by_reason.iter();
    let by_age = stats.by_age.iter();
    total
        .chain(by_platform.map(|(platform, tally)| {
            group(Dimension::Platform, None, Some(platform.as_str()), tally)
        }))
        .chain(by_account.map(|((platform, account), tally)| {
            let platform = Some(platform.as_str());
            group(Dimension::Account, platform, Some(account.as_str()), tally)
        }))
        .chain(
            by_status.map(|(status, tally)| {
                group(Dimension::Status, None, Some(status.as_str()), tally)
            }),
        )
        .chain(by_reason.map(|((platform, reason), tally)| {
            let platform = Some(platform.as_str());
            group(Dimension::Reason, platform, reason.as_deref(), tally)
        }))
        .chain(by_age.map(|(of, tally)| group(Dimension::Age, None, Some(age(*of)), tally)))
        .collect()
}

#[derive(Serialize)]
struct TallyForm {
    cases: u64,
    open: u64,
    refunded_cases: u64,
    refund_rate: Option<String>,
    amounts: Vec<SumsForm>,
}

impl TallyForm {
    fn new(tally: &Tally) -> Self {
        let sums = tally.sums.iter();
        Self {
            cases: tally.cases,
            open: tally.open,
            refunded_cases: tally.refunded,
            refund_rate: refund_rate(tally),
            amounts: sums
                .map(|(&currency, sums)| SumsForm::new(currency, sums))
                .collect(),
        }
    }
}

#[derive(Serialize)]
struct SumsForm {
    currency: String,
    requests: u64,
    requested_amount: String,
    refunds: u64,
    refunded_amount: String,
    left_out: u64,
}

impl SumsForm {
    fn new(currency: Currency, sums: &Sums) -> Self {
        Self {
            currency: currency.to_string(),
            requests: sums.requests,
            requested_amount: sums.requested.to_string(),
            refunds: sums.refunds,
            refunded_amount: sums.refunded.to_string(),
            left_out: sums.left_out,
        }
    }
}

/// The counts of a group, or its sums in one currency: cases are in one row of each dimension and no other.
#[derive(Serialize)]
struct StatsRow {
    dimension: Dimension,
    platform: Option<String>,
    key: Option<String>,
    cases: Option<u64>,
    open: Option<u64>,
    refunded_cases: Option<u64>,
    refund_rate: Option<String>,
    currency: Option<String>,
    requests: Option<u64>,
    requested_amount: Option<String>,
    refunds: Option<u64>,
    refunded_amount: Option<String>,
    left_out: Option<u64>,
}

fn rows(stats: &Stats) -> Vec<StatsRow> {
    let groups = groups(stats).into_iter();
    groups
        .flat_map(|group| {
            let row = || StatsRow {
                dimension: group.dimension,
                platform: group.platform.map(str::to_owned),
                key: group.key.map(str::to_owned),
                cases: None,
                open: None,
                refunded_cases: None,
                refund_rate: None,
                currency: None,
                requests: None,
                requested_amount: None,
                refunds: None,
                refunded_amount: None,
                left_out: None,
            };
            let form = &group.form;
            let counts = StatsRow {
                cases: Some(form.cases),
                open: Some(form.open),
                refunded_cases: Some(form.refunded_cases),
                refund_rate: form.refund_rate.clone(),
                ..row()
            };
            let sums = form.amounts.iter().map(|sums| StatsRow {
                currency: Some(sums.currency.clone()),
                requests: Some(sums.requests),
                requested_amount: Some(sums.requested_amount.clone()),
                refunds: Some(sums.refunds),
                refunded_amount: Some(sums.refunded_amount.clone()),
                left_out: Some(sums.left_out),
                ..row()
            });
            std::iter::once(counts).chain(sums).collect::<Vec<_>>()
        })
        .collect()
}

impl Row for StatsRow {
    const COLUMNS: &'static [&'static str] = &[
        "dimension",
        "platform",
        "key",
        "cases",
        "open",
        "refunded_cases",
        "refund_rate",
        "currency",
        "requests",
        "requested_amount",
        "refunds",
        "refunded_amount",
        "left_out",
    ];

    fn cells(&self) -> Vec<String> {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let count = |count: Option<u64>| count.map(|it| it.to_string()).unwrap_or_default();
        vec![
            self.dimension.as_str().to_owned(),
            text(&self.platform),
            text(&self.key),
            count(self.cases),
            count(self.open),
            count(self.refunded_cases),
            text(&self.refund_rate),
            text(&self.currency),
            count(self.requests),
            text(&self.requested_amount),
            count(self.refunds),
            text(&self.refunded_amount),
            count(self.left_out),
        ]
    }
}

/// What people see: a headline, a chart for each dimension, and the amounts.
fn table(stats: &Stats) -> String {
    let total = &stats.total;
    let mut parts = vec![format!(
        "{} cases, {} open, {} paid back ({})\n",
        HumanCount(total.cases),
        HumanCount(total.open),
        HumanCount(total.refunded),
        percentage(total)
    )];
    let groups = groups(stats);
    let of = |dimension| {
        let groups = groups.iter();
        groups
            .filter(move |group| group.dimension == dimension)
            .collect::<Vec<_>>()
    };
    parts.push(chart("PLATFORM", &of(Dimension::Platform)));
    if stats.by_account.len() > stats.by_platform.len() {
        parts.push(chart("ACCOUNT", &of(Dimension::Account)));
    }
    parts.push(chart("STATUS", &of(Dimension::Status)));
    let mut reasons = of(Dimension::Reason);
    reasons.sort_by_key(|group| Reverse(group.tally.cases));
    let more = reasons.len().saturating_sub(REASONS);
    reasons.truncate(REASONS);
    parts.push(chart("REASON", &reasons));
    if more > 0 {
        parts.push(format!(
            "and {} more reasons; --format csv has all\n",
            HumanCount(more as u64)
        ));
    }
    parts.push(chart("OPEN FOR", &of(Dimension::Age)));
    parts.push(amounts(&of(Dimension::Platform)));
    parts.retain(|part| !part.is_empty());
    parts.join("\n")
}

/// Of 100 cases so many were paid back.
fn percentage(tally: &Tally) -> String {
    let percentage = rate(tally).map(|rate| (rate * Decimal::ONE_HUNDRED).round_dp(2));
    percentage.map_or_else(String::new, |percentage| format!("{percentage:.2} %"))
}

/// A bar for each group, as long as it has cases.
fn chart(name: &'static str, groups: &[&Group<'_>]) -> String {
    if groups.is_empty() {
        return String::new();
    }
    let columns = [
        Column::whole(name),
        Column::number("CASES"),
        Column::number("OPEN"),
        Column::number("PAID BACK"),
        Column::number("RATE"),
    ];
    let counts: Vec<_> = groups.iter().map(|group| group.tally.cases).collect();
    let rows = groups.iter().map(|group| {
        let tally = group.tally;
        vec![
            label(group),
            HumanCount(tally.cases).to_string(),
            HumanCount(tally.open).to_string(),
            HumanCount(tally.refunded).to_string(),
            percentage(tally),
        ]
    });
    bars::chart(&columns, rows.collect(), &counts)
}

fn label(group: &Group<'_>) -> String {
    let key = clean(group.key.unwrap_or("(none)"));
    match (group.dimension, group.platform) {
        (Dimension::Reason, Some(platform)) => {
            format!("{platform}: {}", shortened(&key, REASON))
        }
        _ => key.into_owned(),
    }
}

/// Sums by platform and currency.
fn amounts(platforms: &[&Group<'_>]) -> String {
    let columns = [
        Column::whole("PLATFORM"),
        Column::whole("CURRENCY"),
        Column::number("REQUESTED"),
        Column::number("IN CASES"),
        Column::number("PAID BACK"),
        Column::number("IN CASES"),
        Column::number("LEFT OUT"),
    ];
    let rows: Vec<_> = platforms
        .iter()
        .flat_map(|group| {
            let sums = group.form.amounts.iter();
            sums.map(|sums| {
                let left_out = match sums.left_out {
                    0 => String::new(),
                    left_out => HumanCount(left_out).to_string(),
                };
                vec![
                    label(group),
                    sums.currency.clone(),
                    sums.requested_amount.clone(),
                    HumanCount(sums.requests).to_string(),
                    sums.refunded_amount.clone(),
                    HumanCount(sums.refunds).to_string(),
                    left_out,
                ]
            })
        })
        .collect();
    if rows.is_empty() {
        return String::new();
    }
    plain_table(&columns, rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_decimal_text() {
        for (refunded, cases, rate, percent) in [
            (0, 0, None, ""),
            (0, 7, Some("0.0000"), "0.00 %"),
            (1, 3, Some("0.3333"), "33.33 %"),
            (2, 3, Some("0.6667"), "66.67 %"),
            (7, 7, Some("1.0000"), "100.00 %"),
            (1, 100_000, Some("0.0000"), "0.00 %"),
        ] {
            let tally = Tally {
                cases,
                refunded,
                ..Tally::default()
            };
            assert_eq!(refund_rate(&tally).as_deref(), rate);
            assert_eq!(percentage(&tally), percent);
        }
    }
}
