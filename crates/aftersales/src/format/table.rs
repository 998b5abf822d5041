//! Cases as a table that people read.

use aftersales::{AfterSale, Kind, Money, Status};
use anstyle::{AnsiColor, Style};
use jiff::{Timestamp, Unit};

use super::layout::{Align, AtLeast, Cell, Column, Layout};
use crate::text::clean;

/// So many rows are looked at before the widths are fixed: about two screens.
const SAMPLE: usize = 50;

const COLUMNS: [Column; 12] = [
    column("ACCOUNT", AtLeast::Columns(8), 24, 11),
    column("CASE", AtLeast::WholeElse(20), usize::MAX, 10),
    column("ORDER", AtLeast::Whole, usize::MAX, 4),
    column("KIND", AtLeast::Whole, 8, 5),
    column("STATUS", AtLeast::Columns(12), 20, 12),
    column("AWAITS", AtLeast::Whole, 8, 8),
    money("REQUESTED", 9),
    money("REFUNDED", 3),
    column("CREATED", AtLeast::Whole, 10, 6),
    column("LEFT", AtLeast::Whole, 10, 7),
    column("BUYER", AtLeast::Columns(8), 16, 2),
    column("ITEMS", AtLeast::Columns(12), 60, 1),
];

const fn column(name: &'static str, at_least: AtLeast, at_most: usize, rank: u8) -> Column {
    Column {
        name,
        at_least,
        at_most,
        rank,
        align: Align::Left,
    }
}

const fn money(name: &'static str, rank: u8) -> Column {
    Column {
        align: Align::Right,
        ..column(name, AtLeast::Whole, usize::MAX, rank)
    }
}

/// A table whose rows arrive one by one: the first ones are kept until the widths are known.
pub(super) struct CaseTable {
    now: Timestamp,
    screen: usize,
    color: bool,
    sample: Vec<Vec<Cell>>,
    layout: Option<Layout>,
}

impl CaseTable {
    pub(super) fn new(now: Timestamp, screen: usize, color: bool) -> Self {
        Self {
            now,
            screen,
            color,
            sample: Vec::new(),
            layout: None,
        }
    }

    /// Takes a case, and gives the lines that can be printed now.
    pub(super) fn add(&mut self, case: &AfterSale) -> String {
        let row = self.row(case);
        if let Some(layout) = &self.layout {
            return layout.line(&row);
        }
        self.sample.push(row);
        if self.sample.len() < SAMPLE {
            return String::new();
        }
        let (layout, lines) = self.begin();
        self.layout = Some(layout);
        self.sample = Vec::new();
        lines
    }

    /// The lines that are left at the end.
    pub(super) fn rest(self) -> String {
        if self.layout.is_some() || self.sample.is_empty() {
            return String::new();
        }
        self.begin().1
    }

    fn begin(&self) -> (Layout, String) {
        let layout = Layout::measure(&COLUMNS, &self.sample, self.screen, self.color);
        let lines: String = self.sample.iter().map(|row| layout.line(row)).collect();
        let lines = layout.header() + &lines;
        (layout, lines)
    }

    fn row(&self, case: &AfterSale) -> Vec<Cell> {
        let order = &case.order;
        let order = order.number.as_ref().or(order.id.as_ref());
        let order = order.or(case.order.merchant_ref.as_ref());
        let left = case.deadline.filter(|_| !case.is_final);
        let text = |text: &str| Cell::plain(clean(text).into_owned());
        vec![
            text(case.account.as_str()),
            text(case.number.as_ref().unwrap_or(&case.id)),
            text(order.map_or("", String::as_str)),
            text(kind(case.kind)),
            Cell {
                text: case.status.to_string(),
                style: style_of(case),
            },
            text(case.awaits.map_or("", |who| who.as_str())),
            text(&amount(case.amounts.requested)),
            text(&amount(case.amounts.refunded)),
            text(&day(case.created_at)),
            left.map_or(Cell::plain(String::new()), |deadline| self.left(deadline)),
            text(buyer(case)),
            text(&items(case)),
        ]
    }

    /// How long there is until a deadline.
    fn left(&self, deadline: Timestamp) -> Cell {
        let minutes = self.now.until((Unit::Minute, deadline));
        let minutes = minutes.map_or(0, |span| span.get_minutes());
        let text = match minutes.unsigned_abs() {
            minutes @ 0..60 => format!("{minutes}m"),
            minutes @ 60..1440 => format!("{}h {}m", minutes / 60, minutes % 60),
            minutes => format!("{}d {}h", minutes / 1440, minutes % 1440 / 60),
        };
        if deadline <= self.now {
            return Cell {
                text: format!("-{text}"),
                style: AnsiColor::Red.on_default(),
            };
        }
        Cell {
            text,
            style: if minutes < 1440 {
                AnsiColor::Yellow.on_default()
            } else {
                Style::new()
            },
        }
    }
}

const fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Refund => "refund",
        Kind::ReturnAndRefund => "return",
        Kind::Exchange => "exchange",
        Kind::Reshipment => "reship",
        Kind::Unspecified => "",
    }
}

fn style_of(case: &AfterSale) -> Style {
    match case.status {
        Status::Completed => AnsiColor::Green.on_default(),
        Status::RefundFailed | Status::Disputed | Status::Rejected => AnsiColor::Red.on_default(),
        Status::Unknown => AnsiColor::Magenta.on_default(),
        _ if case.is_final => Style::new().dimmed(),
        _ => AnsiColor::Yellow.on_default(),
    }
}

fn amount(money: Option<Money>) -> String {
    money.map(|money| money.to_string()).unwrap_or_default()
}

/// The day, UTC.
fn day(at: Option<Timestamp>) -> String {
    at.map(|at| at.strftime("%Y-%m-%d").to_string())
        .unwrap_or_default()
}

fn buyer(case: &AfterSale) -> &str {
    let buyer = &case.buyer;
    let named = buyer.name.as_ref().or(buyer.email.as_ref());
    named.or(buyer.id.as_ref()).map_or("", String::as_str)
}

fn items(case: &AfterSale) -> String {
    let mut items = case.items.iter();
    let Some(first) = items.next() else {
        return String::new();
    };
    let named = first.title.as_ref().or(first.sku.as_ref());
    let name = named.or(first.product_id.as_ref());
    let name = name.map_or("?", String::as_str);
    match items.count() {
        0 => name.to_owned(),
        more => format!("{name} +{more}"),
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::format::examples::cases;
    use crate::text::width;

    fn table(screen: usize, color: bool) -> String {
        let now = "2024-05-01T12:00:00Z".parse().unwrap();
        let mut table = CaseTable::new(now, screen, color);
        let printed: String = cases().iter().map(|case| table.add(case)).collect();
        printed + &table.rest()
    }

    #[test]
    fn it_reads_well_at_80_and_at_200_columns() {
        assert_snapshot!("80_columns", table(80, false));
        assert_snapshot!("200_columns", table(200, false));
        for screen in [80, 100, 120, 200] {
            for line in table(screen, false).lines() {
                assert!(width(line) <= screen, "{screen}: {line}");
            }
        }
    }

    #[test]
    fn colour_changes_nothing_but_colour() {
        let colored = table(200, true);
        assert!(colored.contains("\u{1b}["), "{colored}");
        let stripped = anstream::adapter::strip_str(&colored).to_string();
        assert_eq!(stripped, table(200, false));
    }

    #[test]
    fn rows_come_out_as_soon_as_the_widths_are_known() {
        let mut table = CaseTable::new(Timestamp::UNIX_EPOCH, 80, false);
        let all = cases();
        let lines: Vec<usize> = (0..SAMPLE + 2)
            .map(|row| table.add(&all[row % all.len()]).lines().count())
            .collect();
        assert_eq!(lines[..SAMPLE - 1], vec![0; SAMPLE - 1]);
        assert_eq!(lines[SAMPLE - 1..], [SAMPLE + 1, 1, 1]);
        assert_eq!(table.rest(), "");
    }
}
