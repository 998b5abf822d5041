//! Parquet: typed columns, for programs that reckon with many cases.

use std::borrow::Cow;
use std::fs::File;
use std::io;
use std::sync::Arc;

use aftersales::{AfterSale, Decimal, Money};
use jiff::Timestamp;
use parquet::basic::{Compression, LogicalType, Repetition, TimeUnit, Type as Physical, ZstdLevel};
use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, FixedLenByteArray, FixedLenByteArrayType, Int64Type,
};
use parquet::errors::Result as ParquetResult;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::Type;
use serde::Serialize;

use super::csv::{party, titles};
use super::json;

/// Amounts have so many digits behind the point: with the 29 that may stand before it, as many as the widest decimal has.
const SCALE: u32 = 9;
const PRECISION: i32 = 38;
/// And take so many bytes.
const DECIMAL_BYTES: i32 = 16;

/// As the copy has it: fast, and small.
const LEVEL: i32 = 3;

/// What stands in a column, and how it is found.
enum Column {
    Text(fn(&AfterSale) -> Option<Cow<'_, str>>),
    Bool(fn(&AfterSale) -> bool),
    Count(fn(&AfterSale) -> usize),
    Amount(fn(&AfterSale) -> Option<Money>),
    Instant(fn(&AfterSale) -> Option<Timestamp>),
}

use Column::{Amount, Bool, Count, Instant, Text};

/// The columns, in this order for good; EXPORT.md explains them.
const COLUMNS: [(&str, Column); 48] = [
    ("platform", Text(|it| some(it.platform.as_str()))),
    ("account", Text(|it| some(it.account.as_str()))),
    ("side", Text(|it| Some(it.side.to_string().into()))),
    ("id", Text(|it| some(&it.id))),
    ("number", Text(|it| text(&it.number))),
    ("order_id", Text(|it| text(&it.order.id))),
    ("order_number", Text(|it| text(&it.order.number))),
    (
        "order_merchant_ref",
        Text(|it| text(&it.order.merchant_ref)),
    ),
    ("kind", Text(|it| some(it.kind.as_str()))),
    ("status", Text(|it| some(it.status.as_str()))),
    (
        "awaits",
        Text(|it| it.awaits.map(|who| who.as_str().into())),
    ),
    ("final", Bool(|it| it.is_final)),
    ("native_code", Text(|it| text(&it.native_status.code))),
    ("native_label", Text(|it| text(&it.native_status.label))),
    (
        "opened_by",
        Text(|it| it.opened_by.map(|who| party(who).into())),
    ),
    ("reason_code", Text(|it| text(&it.reason.code))),
    ("reason_text", Text(|it| text(&it.reason.text))),
    ("note_buyer", Text(|it| text(&it.notes.buyer))),
    ("note_seller", Text(|it| text(&it.notes.seller))),
    ("note_rejection", Text(|it| text(&it.notes.rejection))),
    ("requested_amount", Amount(|it| it.amounts.requested)),
    (
        "requested_currency",
        Text(|it| currency(it.amounts.requested)),
    ),
    ("requested_text", Text(|it| literal(it.amounts.requested))),
    ("refunded_amount", Amount(|it| it.amounts.refunded)),
    (
        "refunded_currency",
        Text(|it| currency(it.amounts.refunded)),
    ),
    ("refunded_text", Text(|it| literal(it.amounts.refunded))),
    ("order_total_amount", Amount(|it| it.amounts.order_total)),
    (
        "order_total_currency",
        Text(|it| currency(it.amounts.order_total)),
    ),
    (
        "order_total_text",
        Text(|it| literal(it.amounts.order_total)),
    ),
    ("shipping_amount", Amount(|it| it.amounts.shipping)),
    (
        "shipping_currency",
        Text(|it| currency(it.amounts.shipping)),
    ),
    ("shipping_text", Text(|it| literal(it.amounts.shipping))),
    ("buyer_id", Text(|it| text(&it.buyer.id))),
    ("buyer_name", Text(|it| text(&it.buyer.name))),
    ("buyer_phone", Text(|it| text(&it.buyer.phone))),
    ("buyer_email", Text(|it| text(&it.buyer.email))),
    ("items", Count(|it| it.items.len())),
    (
        "item_titles",
        Text(|it| (!it.items.is_empty()).then(|| titles(&it.items).into())),
    ),
    ("items_json", Text(|it| list(&it.items))),
    ("evidence_buyer_json", Text(|it| list(&it.evidence.buyer))),
    ("evidence_seller_json", Text(|it| list(&it.evidence.seller))),
    (
        "return_carrier",
        Text(|it| text(&it.return_shipment.carrier)),
    ),
    (
        "return_carrier_code",
        Text(|it| text(&it.return_shipment.carrier_code)),
    ),
    (
        "return_tracking_number",
        Text(|it| text(&it.return_shipment.tracking_number)),
    ),
    ("created_at", Instant(|it| it.created_at)),
    ("updated_at", Instant(|it| it.updated_at)),
    ("deadline", Instant(|it| it.deadline)),
    ("refunded_at", Instant(|it| it.refunded_at)),
];

/// The column that is there if it was asked for.
const RAW: (&str, Column) = (
    "raw",
    Text(|it| it.raw.as_ref().map(|raw| json::squeezed(raw.get()).into())),
);

fn some(text: &str) -> Option<Cow<'_, str>> {
    Some(text.into())
}

fn text(text: &Option<String>) -> Option<Cow<'_, str>> {
    text.as_deref().map(Cow::Borrowed)
}

fn currency(money: Option<Money>) -> Option<Cow<'static, str>> {
    money.map(|money| money.currency().to_string().into())
}

fn literal(money: Option<Money>) -> Option<Cow<'static, str>> {
    money.map(|money| money.amount().to_string().into())
}

fn list<T: Serialize>(entries: &[T]) -> Option<Cow<'static, str>> {
    serde_json::to_string(entries).ok().map(Cow::Owned)
}

/// The amount in units of the last digit that a column has; `None` where it has more digits behind the point than that.
fn fixed(amount: Decimal) -> Option<i128> {
    let amount = amount.normalize();
    let zeros = SCALE.checked_sub(amount.scale())?;
    amount.mantissa().checked_mul(10_i128.checked_pow(zeros)?)
}

impl Column {
    fn field(&self, name: &str) -> ParquetResult<Type> {
        let (physical, logical) = match self {
            Text(_) => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
            Bool(_) => (Physical::BOOLEAN, None),
            Count(_) => (Physical::INT64, None),
            Amount(_) => {
                let decimal = LogicalType::decimal(SCALE.cast_signed(), PRECISION);
                (Physical::FIXED_LEN_BYTE_ARRAY, Some(decimal))
            }
            Instant(_) => {
                let instant = LogicalType::timestamp(true, TimeUnit::MICROS);
                (Physical::INT64, Some(instant))
            }
        };
        let field = Type::primitive_type_builder(name, physical)
            .with_repetition(Repetition::OPTIONAL)
            .with_logical_type(logical);
        match self {
            Amount(_) => field
                .with_length(DECIMAL_BYTES)
                .with_precision(PRECISION)
                .with_scale(SCALE.cast_signed())
                .build(),
            _ => field.build(),
        }
    }

    const fn values(&self) -> Values {
        match self {
            Text(_) => Values::Texts {
                text: String::new(),
                ends: Vec::new(),
            },
            Bool(_) => Values::Bools(Vec::new()),
            Count(_) | Instant(_) => Values::Numbers(Vec::new()),
            Amount(_) => Values::Decimals(Vec::new()),
        }
    }
}

/// The values of a column that are not written yet.
enum Values {
    /// One after the other, and where each ends.
    Texts {
        text: String,
        ends: Vec<usize>,
    },
    Bools(Vec<bool>),
    Numbers(Vec<i64>),
    Decimals(Vec<i128>),
}

impl Values {
    fn write(&self, levels: &[i16], column: &mut SerializedColumnWriter<'_>) -> ParquetResult<()> {
        let levels = Some(levels);
        match self {
            Self::Texts { text, ends } => {
                let mut start = 0;
                let texts = ends.iter().map(|&end| {
                    let value = text.get(start..end).unwrap_or_default();
                    start = end;
                    ByteArray::from(value)
                });
                let texts: Vec<_> = texts.collect();
                let column = column.typed::<ByteArrayType>();
                column.write_batch(&texts, levels, None)?;
            }
            Self::Bools(bools) => {
                column
                    .typed::<BoolType>()
                    .write_batch(bools, levels, None)?;
            }
            Self::Numbers(numbers) => {
                column
                    .typed::<Int64Type>()
                    .write_batch(numbers, levels, None)?;
            }
            Self::Decimals(decimals) => {
                let decimals = decimals.iter();
                let decimals: Vec<_> = decimals
                    .map(|decimal| FixedLenByteArray::from(decimal.to_be_bytes().to_vec()))
                    .collect();
                let column = column.typed::<FixedLenByteArrayType>();
                column.write_batch(&decimals, levels, None)?;
            }
        }
        Ok(())
    }
}

/// A column with what is not written yet: its values, and for each row whether it has one.
struct Waiting {
    column: &'static Column,
    values: Values,
    levels: Vec<i16>,
}

impl Waiting {
    /// Takes what a case has, and tells how many bytes that takes.
    fn add(&mut self, case: &AfterSale) -> usize {
        let (is_there, bytes) = match (&self.column, &mut self.values) {
            (Text(of), Values::Texts { text, ends }) => match of(case) {
                Some(value) => {
                    text.push_str(&value);
                    ends.push(text.len());
                    (true, value.len() + size_of::<usize>())
                }
                None => (false, 0),
            },
            (Bool(of), Values::Bools(bools)) => {
                bools.push(of(case));
                (true, 1)
            }
            (Count(of), Values::Numbers(numbers)) => {
                numbers.push(i64::try_from(of(case)).unwrap_or(i64::MAX));
                (true, size_of::<i64>())
            }
            (Instant(of), Values::Numbers(numbers)) => {
                let instant = of(case).map(Timestamp::as_microsecond);
                numbers.extend(instant);
                (instant.is_some(), size_of::<i64>())
            }
            (Amount(of), Values::Decimals(decimals)) => {
                let amount = of(case).and_then(|money| fixed(money.amount()));
                decimals.extend(amount);
                (amount.is_some(), size_of::<i128>())
            }
            // Never: a column makes its values itself.
            _ => (false, 0),
        };
        self.levels.push(i16::from(is_there));
        bytes + size_of::<i16>()
    }
}

/// One file, to which cases are written many at a time.
pub(crate) struct ParquetFile {
    writer: SerializedFileWriter<File>,
    waiting: Vec<Waiting>,
    bytes: usize,
}

impl ParquetFile {
    pub(crate) fn new(file: File, raw: bool) -> io::Result<Self> {
        let columns = || COLUMNS.iter().chain(raw.then_some(&RAW));
        let fields = columns().map(|(name, column)| Ok(Arc::new(column.field(name)?)));
        let schema = Type::group_type_builder("case")
            .with_fields(fields.collect::<ParquetResult<_>>()?)
            .build()?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(LEVEL)?))
            .build();
        Ok(Self {
            writer: SerializedFileWriter::new(file, Arc::new(schema), Arc::new(properties))?,
            waiting: columns().map(|(_, column)| waiting(column)).collect(),
            bytes: 0,
        })
    }

    /// Takes a case.
    pub(crate) fn add(&mut self, case: &AfterSale) {
        for column in &mut self.waiting {
            self.bytes += column.add(case);
        }
    }

    /// How many bytes are not written yet.
    pub(crate) const fn waiting(&self) -> usize {
        self.bytes
    }

    /// Writes what was taken, as one group of rows.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        if self.bytes == 0 {
            return Ok(());
        }
        let mut group = self.writer.next_row_group()?;
        for column in &mut self.waiting {
            let full = std::mem::replace(column, waiting(column.column));
            if let Some(mut writer) = group.next_column()? {
                full.values.write(&full.levels, &mut writer)?;
                writer.close()?;
            }
        }
        group.close()?;
        self.bytes = 0;
        Ok(())
    }

    /// Writes what is left and what makes it a file that can be read.
    pub(crate) fn finish(mut self) -> io::Result<File> {
        self.flush()?;
        Ok(self.writer.into_inner()?)
    }
}

const fn waiting(column: &'static Column) -> Waiting {
    Waiting {
        column,
        values: column.values(),
        levels: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::examples;

    /// What EXPORT.md says of the columns: name, cell of csv, type in Parquet, path in ndjson.
    fn documented() -> Vec<[&'static str; 4]> {
        let text = include_str!("../../EXPORT.md");
        let rows = text.lines().filter(|line| line.starts_with("| `"));
        rows.map(|row| {
            let mut cells = row.split('|').map(|cell| cell.trim().trim_matches('`'));
            cells.next();
            [(); 4].map(|()| cells.next().unwrap())
        })
        .collect()
    }

    fn type_name(column: &Column) -> &'static str {
        match column {
            Text(_) => "STRING",
            Bool(_) => "BOOLEAN",
            Count(_) => "INT64",
            Amount(_) => "DECIMAL(38, 9)",
            Instant(_) => "TIMESTAMP(MICROS, UTC)",
        }
    }

    #[test]
    fn the_columns_are_documented() {
        let written = COLUMNS.iter().chain([&RAW]);
        let written: Vec<_> = written
            .map(|(name, column)| (*name, type_name(column)))
            .collect();
        let documented = documented();
        let of_parquet = documented.iter().filter(|row| !row[2].is_empty());
        let of_parquet: Vec<_> = of_parquet.map(|row| (row[0], row[2])).collect();
        assert_eq!(of_parquet, written);

        let header = crate::format::csv::header(true).unwrap();
        let header: Vec<_> = header.trim_end().split(',').collect();
        let of_csv = documented.iter().filter(|row| !row[1].is_empty());
        let of_csv: Vec<_> = of_csv.map(|row| row[0]).collect();
        assert_eq!(of_csv, header);

        let hostile = serde_json::to_value(&examples::cases()[2]).unwrap();
        for [name, _, _, path] in &documented {
            let place = format!("/{}", path.replace('.', "/"));
            let parent = place.rsplit_once('/').unwrap().0;
            let is_there = hostile.pointer(&place).is_some()
                // An amount that is not stated is null as a whole.
                || hostile.pointer(parent).is_some_and(serde_json::Value::is_null);
            assert!(path.is_empty() || is_there, "{name}: {path}");
        }
    }

    #[test]
    fn amounts_fit_exactly_or_not_at_all() {
        for (amount, expected) in [
            ("162.00", Some(162_000_000_000)),
            ("-0.10", Some(-100_000_000)),
            ("0.000000001", Some(1)),
            ("0.0000000010", Some(1)),
            ("0.0000000001", None),
            (
                "79228162514264337593543950335",
                Some(79_228_162_514_264_337_593_543_950_335_000_000_000),
            ),
        ] {
            let fixed = fixed(amount.parse().unwrap());
            assert_eq!(fixed, expected, "{amount}");
            assert!(
                fixed.is_none_or(|it| it.abs() < 10_i128.pow(38)),
                "{amount}"
            );
        }
    }
}
