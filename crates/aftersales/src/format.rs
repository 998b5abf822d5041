//! How cases and other rows are printed.

pub(crate) mod bars;
mod csv;
mod json;
mod layout;
mod parquet;
mod table;

use std::io::{self, IsTerminal};

use ::csv::{Terminator, WriterBuilder};
use aftersales::AfterSale;
use jiff::Timestamp;
use serde::Serialize;
use terminal_size::{Width, terminal_size};

use crate::args::OutputArgs;
use crate::console::{Console, stdout_has_color};
pub(crate) use layout::Column;
use layout::Layout;
pub(crate) use parquet::ParquetFile;
use table::CaseTable;

/// How something is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Table,
    Json,
    Ndjson,
    Csv,
}

impl Format {
    pub(crate) fn chosen(output: &OutputArgs) -> Self {
        output.format.unwrap_or_else(|| {
            if io::stdout().is_terminal() && !output.raw {
                Self::Table
            } else {
                Self::Ndjson
            }
        })
    }
}

/// Cases line by line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lines {
    Ndjson,
    Csv,
}

impl Lines {
    /// What stands above the first case.
    pub(crate) fn header(self, raw: bool) -> io::Result<String> {
        match self {
            Self::Ndjson => Ok(String::new()),
            Self::Csv => csv::header(raw),
        }
    }

    /// Appends a case with the end of its line.
    pub(crate) fn append(self, case: &AfterSale, raw: bool, into: &mut Vec<u8>) -> io::Result<()> {
        match self {
            Self::Ndjson => {
                json::append(case, into)?;
                into.push(b'\n');
            }
            Self::Csv => into.extend(csv::row(case, raw)?.into_bytes()),
        }
        Ok(())
    }

    pub(crate) const fn extension(self) -> &'static str {
        match self {
            Self::Ndjson => "ndjson",
            Self::Csv => "csv",
        }
    }
}

/// What is shown of a case.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shown {
    pub(crate) raw: bool,
    redact: bool,
}

impl Shown {
    pub(crate) fn new(output: &OutputArgs) -> Self {
        Self {
            raw: output.raw,
            redact: output.redact,
        }
    }

    /// The case without what is not shown.
    pub(crate) fn of(self, mut case: AfterSale) -> AfterSale {
        if !self.raw {
            case.raw = None;
        }
        if self.redact {
            redact(&mut case);
        }
        case
    }
}

/// Prints cases as they come.
pub(crate) struct Cases {
    writer: Writer,
    shown: Shown,
}

enum Writer {
    Table(Box<CaseTable>),
    Json { rows: u64 },
    Lines { lines: Lines, rows: u64 },
}

impl Cases {
    pub(crate) fn new(output: &OutputArgs, now: Timestamp) -> Self {
        let writer = match Format::chosen(output) {
            Format::Table => {
                let table = CaseTable::new(now, screen_width(), stdout_has_color());
                Writer::Table(Box::new(table))
            }
            Format::Json => Writer::Json { rows: 0 },
            Format::Ndjson => Writer::lines(Lines::Ndjson),
            Format::Csv => Writer::lines(Lines::Csv),
        };
        Self {
            writer,
            shown: Shown::new(output),
        }
    }

    /// The same for lines, which are no matter of taste.
    pub(crate) fn of_lines(lines: Lines, shown: Shown) -> Self {
        let writer = Writer::lines(lines);
        Self { writer, shown }
    }

    /// Prints a case, whole.
    pub(crate) fn print(&mut self, case: AfterSale, console: &mut Console) -> io::Result<()> {
        let case = self.shown.of(case);
        match &mut self.writer {
            Writer::Table(table) => console.print(&table.add(&case)),
            Writer::Json { rows } => {
                *rows += 1;
                let before: &[u8] = if *rows == 1 { b"[\n" } else { b",\n" };
                console.print_with(|data| {
                    data.extend_from_slice(before);
                    Ok(json::append(&case, data)?)
                })
            }
            Writer::Lines { lines, rows } => {
                *rows += 1;
                if *rows == 1 {
                    console.print(&lines.header(self.shown.raw)?)?;
                }
                console.print_with(|data| lines.append(&case, self.shown.raw, data))
            }
        }
    }

    /// Prints what belongs below the last case.
    pub(crate) fn finish(self, console: &mut Console) -> io::Result<()> {
        match self.writer {
            Writer::Table(table) => console.print(&table.rest()),
            Writer::Json { rows: 0 } => console.print("[]\n"),
            Writer::Json { .. } => console.print("\n]\n"),
            Writer::Lines { lines, rows: 0 } => console.print(&lines.header(self.shown.raw)?),
            Writer::Lines { .. } => Ok(()),
        }
    }
}

impl Writer {
    const fn lines(lines: Lines) -> Self {
        Self::Lines { lines, rows: 0 }
    }
}

/// A case on one line, without its buyer.
pub(crate) fn headline(case: &AfterSale) -> String {
    let number = case.number.as_ref().map(|number| format!(" ({number})"));
    let order = &case.order;
    let order = order.id.as_ref().or(order.number.as_ref());
    let order = order.map(|order| format!(", order {order}"));
    let awaits = case.awaits.map(|who| format!(", awaits {who}"));
    let asked = case
        .amounts
        .requested
        .map(|amount| format!(", asks for {amount}"));
    let [number, order, awaits, asked] =
        [number, order, awaits, asked].map(Option::unwrap_or_default);
    format!("{}{number}{order}: {}{awaits}{asked}", case.id, case.status)
}

/// Stands for what is not shown.
const MASK: &str = "***";

/// Masks who the buyer is and what the buyer wrote or photographed.
fn redact(case: &mut AfterSale) {
    let buyer = &mut case.buyer;
    for value in [
        &mut buyer.id,
        &mut buyer.name,
        &mut buyer.phone,
        &mut buyer.email,
        &mut case.notes.buyer,
        // Free text on some platforms; the code says which reason it is.
        &mut case.reason.text,
    ]
    .into_iter()
    .flatten()
    {
        MASK.clone_into(value);
    }
    for link in &mut case.evidence.buyer {
        MASK.clone_into(link);
    }
    case.raw = None;
}

/// A row of something other than cases, short enough to be kept until all are there.
pub(crate) trait Row: Serialize {
    /// Names of the columns.
    const COLUMNS: &'static [&'static str];

    /// What stands in them.
    fn cells(&self) -> Vec<String>;
}

/// Prints rows that are all there.
pub(crate) fn print_rows<R: Row>(
    rows: &[R],
    format: Format,
    console: &mut Console,
) -> io::Result<()> {
    match format {
        Format::Table => {
            let columns: Vec<Column> = R::COLUMNS.iter().map(|name| Column::whole(name)).collect();
            console.print(&plain_table(
                &columns,
                rows.iter().map(Row::cells).collect(),
            ))
        }
        Format::Json => print_json(rows, console),
        Format::Ndjson => rows
            .iter()
            .try_for_each(|row| console.print(&format!("{}\n", serde_json::to_string(row)?))),
        Format::Csv => {
            let mut writer = WriterBuilder::new()
                .terminator(Terminator::CRLF)
                .from_writer(Vec::new());
            writer.write_record(R::COLUMNS)?;
            for row in rows {
                writer.write_record(
                    row.cells()
                        .iter()
                        .map(|cell| csv::defused(cell).into_owned()),
                )?;
            }
            let text = writer.into_inner().map_err(io::Error::other)?;
            console.print(&String::from_utf8_lossy(&text))
        }
    }
}

/// Prints one value, indented.
pub(crate) fn print_json<T: Serialize + ?Sized>(
    value: &T,
    console: &mut Console,
) -> io::Result<()> {
    console.print(&format!("{}\n", serde_json::to_string_pretty(value)?))
}

/// A table of rows that are all there, as wide as they need it.
pub(crate) fn plain_table(columns: &[Column], rows: Vec<Vec<String>>) -> String {
    let rows: Vec<Vec<layout::Cell>> = rows
        .into_iter()
        .map(|row| row.into_iter().map(layout::Cell::plain).collect())
        .collect();
    let layout = Layout::measure(columns, &rows, screen_width(), stdout_has_color());
    let lines: String = rows.iter().map(|row| layout.line(row)).collect();
    layout.header() + &lines
}

/// `COLUMNS`, else what the terminal says, else 80.
fn screen_width() -> usize {
    let columns = std::env::var("COLUMNS").ok();
    columns
        .and_then(|columns| columns.parse().ok())
        .filter(|&columns| columns > 0)
        .or_else(|| terminal_size().map(|(Width(columns), _)| columns.into()))
        .unwrap_or(80)
}

#[cfg(test)]
pub(crate) mod examples {
    //! Cases with everything that makes printing hard.

    use aftersales::{
        AfterSale, Awaits, Currency, Item, Kind, Money, NativeStatus, Platform, Progress, Raw,
        Side, Source, Status,
    };

    fn case(
        account: &'static str,
        platform: &'static str,
        id: &str,
        status: Status,
        awaits: Awaits,
    ) -> AfterSale {
        let source = Source::new(Platform::new(platform), account, Side::Seller);
        let native = NativeStatus {
            code: Some("1".to_owned()),
            label: None,
        };
        AfterSale::new(
            &source,
            id.to_owned(),
            native,
            Progress::new(status, awaits),
        )
    }

    fn item(title: &str) -> Item {
        Item {
            title: Some(title.to_owned()),
            quantity: Some(1),
            ..Item::default()
        }
    }

    fn money(amount: &str, currency: &str) -> Option<Money> {
        let currency = Currency::new(currency).unwrap();
        Money::from_major(amount, currency).ok()
    }

    /// Five cases: plain, Chinese, hostile, unknown, and with a long title.
    pub(crate) fn cases() -> Vec<AfterSale> {
        let mut shirt = case(
            "us-store",
            "shoplazza",
            "e18d1fc2-6a0a-4b0e-9d0a-3f1f2a1b5c77",
            Status::Completed,
            Awaits::Nobody,
        );
        shirt.number = Some("00000013-S1".to_owned());
        shirt.order.number = Some("00000013".to_owned());
        shirt.kind = Kind::ReturnAndRefund;
        shirt.amounts.requested = money("162.00", "CNY");
        shirt.amounts.refunded = money("162.00", "CNY");
        shirt.buyer.name = Some("Zhang Example".to_owned());
        shirt.items = vec![item("shirt"), item("socks")];
        shirt.created_at = "2024-04-22T07:22:51Z".parse().ok();

        let mut chinese = case(
            "courses",
            "xiaoe",
            "1590293948392",
            Status::AwaitingReplacement,
            Awaits::Seller,
        );
        chinese.kind = Kind::Exchange;
        chinese.amounts.requested = money("0.10", "CNY");
        chinese.buyer.name = Some("示例买家".to_owned());
        chinese.buyer.phone = Some("000-0000".to_owned());
        chinese.notes.buyer = Some("尺码不对".to_owned());
        chinese.items = vec![item("白色纯棉衬衫 大号 加厚款 春季新品 限量发售")];
        chinese.created_at = "2024-05-01T09:00:00Z".parse().ok();
        chinese.deadline = "2024-05-03T16:30:00Z".parse().ok();

        let mut hostile = case(
            "wx",
            "wechat-shop",
            "18446744073709551616",
            Status::ReturnInTransit,
            Awaits::Seller,
        );
        hostile.kind = Kind::Refund;
        hostile.amounts.requested = money("-5.10", "JPY");
        hostile.buyer.name = Some("=HYPERLINK(\"x\")".to_owned());
        hostile.reason.text = Some("two\nlines, and a \"quote\"".to_owned());
        hostile.items = vec![item("\u{1b}[31mred\u{202e}\ttitle")];
        hostile.created_at = "2024-04-30T23:59:59Z".parse().ok();
        hostile.deadline = "2024-05-01T11:00:00Z".parse().ok();
        hostile.raw = raw("{ \"id\" : 18446744073709551616,\n \"note\": \"two  spaces\\n\" }");

        let mut unknown = case("games", "imetastore", "7", Status::Unknown, Awaits::Nobody);
        unknown.awaits = None;

        let mut long = case(
            "sourcing",
            "xportcn",
            "TQ9007199254740993123",
            Status::Requested,
            Awaits::Seller,
        );
        long.amounts.requested = money("123456789.99", "USD");
        long.items = vec![item(
            "a very long title of something nobody wants to send back at all",
        )];
        long.deadline = "2024-05-01T12:40:00Z".parse().ok();
        vec![shirt, chinese, hostile, unknown, long]
    }

    pub(crate) fn raw(text: &str) -> Option<Raw> {
        let raw: Box<serde_json::value::RawValue> = serde_json::from_str(text).ok()?;
        Some((&*raw).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redaction_leaves_nothing_of_the_buyer() {
        for mut case in examples::cases() {
            case.buyer.id = Some("canary-id".to_owned());
            case.buyer.email = Some("canary@example.com".to_owned());
            case.evidence.buyer = vec!["https://example.com/canary.jpg".to_owned()];
            case.raw = examples::raw(r#"{"name": "canary"}"#);
            redact(&mut case);
            let json = serde_json::to_string(&case).unwrap();
            for secret in [
                "canary",
                "Zhang",
                "示例买家",
                "000-0000",
                "尺码不对",
                "HYPERLINK",
            ] {
                assert!(!json.contains(secret), "{secret}: {json}");
            }
            assert_eq!(case.buyer.id.as_deref(), Some(MASK));
        }
    }
}
