//! CSV as RFC 4180 has it, safe to open in a spreadsheet.

use std::borrow::Cow;
use std::io;

use aftersales::{AfterSale, Item, Money, Party};
use csv::{Terminator, WriterBuilder};
use jiff::Timestamp;

use super::json;

/// The columns, in this order for good; the README explains them.
const COLUMNS: [&str; 39] = [
    "platform",
    "account",
    "side",
    "id",
    "number",
    "order_id",
    "order_number",
    "order_merchant_ref",
    "kind",
    "status",
    "awaits",
    "final",
    "native_code",
    "native_label",
    "opened_by",
    "reason_code",
    "reason_text",
    "note_buyer",
    "note_seller",
    "note_rejection",
    "requested_amount",
    "requested_currency",
    "refunded_amount",
    "refunded_currency",
    "order_total_amount",
    "order_total_currency",
    "shipping_amount",
    "shipping_currency",
    "buyer_id",
    "buyer_name",
    "buyer_phone",
    "buyer_email",
    "items",
    "item_titles",
    "return_tracking_number",
    "created_at",
    "updated_at",
    "deadline",
    "refunded_at",
];

/// The line with the names of the columns.
pub(super) fn header(raw: bool) -> io::Result<String> {
    line(COLUMNS.into_iter().chain(raw.then_some("raw")))
}

/// The line of a case.
pub(super) fn row(case: &AfterSale, raw: bool) -> io::Result<String> {
    let amount = |money: &Option<Money>| {
        Cell::ours(money.map(|it| it.amount().to_string()).unwrap_or_default())
    };
    let currency = |money: &Option<Money>| {
        Cell::ours(
            money
                .map(|it| it.currency().to_string())
                .unwrap_or_default(),
        )
    };
    let instant =
        |at: Option<Timestamp>| Cell::ours(at.map(|it| it.to_string()).unwrap_or_default());
    let amounts = &case.amounts;
    let cells: [Cell<'_>; COLUMNS.len()] = [
        Cell::text(case.platform.as_str()),
        Cell::text(case.account.as_str()),
        Cell::ours(case.side.to_string()),
        Cell::text(&case.id),
        text(&case.number),
        text(&case.order.id),
        text(&case.order.number),
        text(&case.order.merchant_ref),
        Cell::ours(case.kind.as_str()),
        Cell::ours(case.status.as_str()),
        Cell::ours(case.awaits.map_or("", |who| who.as_str())),
        Cell::ours(case.is_final.to_string()),
        text(&case.native_status.code),
        text(&case.native_status.label),
        Cell::ours(case.opened_by.map_or("", party)),
        text(&case.reason.code),
        text(&case.reason.text),
        text(&case.notes.buyer),
        text(&case.notes.seller),
        text(&case.notes.rejection),
        amount(&amounts.requested),
        currency(&amounts.requested),
        amount(&amounts.refunded),
        currency(&amounts.refunded),
        amount(&amounts.order_total),
        currency(&amounts.order_total),
        amount(&amounts.shipping),
        currency(&amounts.shipping),
        text(&case.buyer.id),
        text(&case.buyer.name),
        text(&case.buyer.phone),
        text(&case.buyer.email),
        Cell::ours(case.items.len().to_string()),
        Cell(Cow::Owned(defused(&titles(&case.items)).into_owned())),
        text(&case.return_shipment.tracking_number),
        instant(case.created_at),
        instant(case.updated_at),
        instant(case.deadline),
        instant(case.refunded_at),
    ];
    let record = case.raw.as_ref().map(|raw| json::squeezed(raw.get()));
    let record = raw.then(|| Cell::ours(record.unwrap_or_default()));
    line(
        cells
            .into_iter()
            .chain(record)
            .map(|cell| cell.0.into_owned()),
    )
}

fn text(text: &Option<String>) -> Cell<'_> {
    Cell::text(text.as_deref().unwrap_or_default())
}

struct Cell<'a>(Cow<'a, str>);

impl<'a> Cell<'a> {
    /// What somebody else wrote.
    fn text(text: &'a str) -> Self {
        Self(defused(text))
    }

    /// What we wrote: numbers, instants and words of our own, where a minus is a minus.
    fn ours(text: impl Into<Cow<'a, str>>) -> Self {
        Self(text.into())
    }
}

/// A cell that no spreadsheet takes for a formula: an apostrophe goes before what could begin one.
pub(super) fn defused(text: &str) -> Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

pub(super) const fn party(party: Party) -> &'static str {
    match party {
        Party::Buyer => "buyer",
        Party::Seller => "seller",
        Party::Platform => "platform",
    }
}

/// The titles of the goods.
pub(super) fn titles(items: &[Item]) -> String {
    let titles: Vec<&str> = items
        .iter()
        .filter_map(|item| item.title.as_deref())
        .collect();
    titles.join("; ")
}

fn line(cells: impl Iterator<Item = impl AsRef<[u8]>>) -> io::Result<String> {
    let mut line = Vec::new();
    let mut writer = WriterBuilder::new()
        .terminator(Terminator::CRLF)
        .buffer_capacity(1024)
        .from_writer(&mut line);
    writer.write_record(cells)?;
    writer.flush()?;
    drop(writer);
    Ok(String::from_utf8_lossy(&line).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::examples;

    #[test]
    fn cells_that_could_be_formulas_are_defused() {
        for (text, cell) in [
            ("=1+1", "'=1+1"),
            ("+49", "'+49"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t=1"),
            ("\r=1", "'\r=1"),
            ("a=1", "a=1"),
            ("", ""),
        ] {
            assert_eq!(defused(text), cell, "{text:?}");
        }
    }

    #[test]
    fn the_readme_lists_the_columns() {
        let readme = include_str!("../../README.md");
        let readme: Vec<&str> = readme.split_whitespace().collect();
        let columns = format!("`{}`;", COLUMNS.join("`, `"));
        assert!(readme.join(" ").contains(&columns), "{columns}");
    }

    #[test]
    fn every_row_has_every_column_and_reads_back() {
        let mut text = header(true).unwrap();
        for case in examples::cases() {
            text.push_str(&row(&case, true).unwrap());
        }
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let columns = reader.headers().unwrap().clone();
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        let cell = |row: usize, name: &str| {
            let column = columns.iter().position(|it| it == name).unwrap();
            rows[row][column].to_owned()
        };
        assert_eq!(rows.len(), examples::cases().len());
        for (row, name, value) in [
            (0, "items", "2"),
            (0, "item_titles", "shirt; socks"),
            (0, "requested_amount", "162.00"),
            (2, "requested_amount", "-5.10"),
            (2, "requested_currency", "JPY"),
            (2, "buyer_name", "'=HYPERLINK(\"x\")"),
            (2, "reason_text", "two\nlines, and a \"quote\""),
            (
                2,
                "raw",
                r#"{"id":18446744073709551616,"note":"two  spaces\n"}"#,
            ),
            (3, "awaits", ""),
            (4, "deadline", "2024-05-01T12:40:00Z"),
        ] {
            assert_eq!(cell(row, name), value, "{row} {name}");
        }
    }
}
