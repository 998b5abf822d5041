//! Exact money.

use std::fmt;

use iso_currency::Currency as IsoCurrency;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// An ISO 4217 alphabetic code, such as `CNY`.
///
/// Three ASCII letters, kept in upper case. A well-formed code that the standard does not list is
/// accepted, because platforms invent them; only its number of minor digits is then not known.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

impl Currency {
    /// Chinese yuan, two minor digits: 100 fen to the yuan.
    pub const CNY: Self = Self(*b"CNY");

    /// Reads a code in any case, surrounding blanks ignored.
    ///
    /// # Errors
    /// [`MoneyError::Currency`] for anything but three ASCII letters.
    pub fn new(code: &str) -> Result<Self, MoneyError> {
        match *code.trim().as_bytes() {
            [a, b, c] if [a, b, c].iter().all(u8::is_ascii_alphabetic) => {
                Ok(Self([a, b, c].map(|letter| letter.to_ascii_uppercase())))
            }
            _ => Err(MoneyError::Currency(excerpt(code))),
        }
    }

    /// The three letters.
    pub fn as_str(&self) -> &str {
        // Only ASCII letters get in, see `new`.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// How many decimals the minor unit has: 2 for CNY, 0 for JPY, `None` for a code that
    /// ISO 4217 does not list.
    pub fn minor_digits(self) -> Option<u32> {
        IsoCurrency::from_code(self.as_str())
            .and_then(|currency| currency.exponent().map(u32::from))
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl TryFrom<String> for Currency {
    type Error = MoneyError;

    fn try_from(code: String) -> Result<Self, MoneyError> {
        Self::new(&code)
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.as_str().to_owned()
    }
}

/// An exact amount in one currency. It keeps the scale of the text it was read from:
/// `"162.00"` stays `162.00`.
///
/// Amounts of different currencies do not add up, and there is no arithmetic here on purpose.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    #[serde(with = "rust_decimal::serde::str")]
    amount: Decimal,
    currency: Currency,
}

impl Money {
    /// Reads an amount in major units, such as `"162.00"` yuan, from its literal text.
    ///
    /// # Errors
    /// [`MoneyError::Amount`] when the text is no decimal number, or one with more than 28 digits.
    ///
    /// ```
    /// # use core_model::{Currency, Money};
    /// let paid = Money::from_major("162.00", Currency::CNY)?;
    /// assert_eq!(paid.to_string(), "162.00 CNY");
    /// # Ok::<(), core_model::MoneyError>(())
    /// ```
    pub fn from_major(literal: &str, currency: Currency) -> Result<Self, MoneyError> {
        Ok(Self {
            amount: decimal(literal)?,
            currency,
        })
    }

    /// Reads an amount in minor units, such as fen, from its literal text.
    ///
    /// # Errors
    /// [`MoneyError::Amount`] as for [`from_major`](Self::from_major), [`MoneyError::MinorUnit`]
    /// when ISO 4217 does not say how many minor units make a major one.
    ///
    /// ```
    /// # use core_model::{Currency, Money};
    /// let paid = Money::from_minor("10", Currency::CNY)?;
    /// assert_eq!(paid.to_string(), "0.10 CNY");
    /// # Ok::<(), core_model::MoneyError>(())
    /// ```
    pub fn from_minor(literal: &str, currency: Currency) -> Result<Self, MoneyError> {
        let digits = currency
            .minor_digits()
            .ok_or(MoneyError::MinorUnit(currency))?;
        let minor = decimal(literal)?;
        let amount = Decimal::try_from_i128_with_scale(minor.mantissa(), minor.scale() + digits)
            .map_err(|_| MoneyError::Amount(excerpt(literal)))?;
        Ok(Self { amount, currency })
    }

    /// The amount in minor units, such as fen.
    ///
    /// # Errors
    /// [`MoneyError::MinorUnit`] when ISO 4217 does not say how many minor units make a major one,
    /// [`MoneyError::Fraction`] when it is not a whole number of them, or more than an `i64` holds.
    pub fn minor(&self) -> Result<i64, MoneyError> {
        let digits = self.currency.minor_digits();
        let digits = digits.ok_or(MoneyError::MinorUnit(self.currency))?;
        let exact = self.amount.normalize();
        let missing = digits.checked_sub(exact.scale());
        missing
            .and_then(|zeros| exact.mantissa().checked_mul(10_i128.checked_pow(zeros)?))
            .and_then(|minor| i64::try_from(minor).ok())
            .ok_or(MoneyError::Fraction(*self))
    }

    /// The amount in major units.
    pub fn amount(&self) -> Decimal {
        self.amount
    }

    /// The currency.
    pub fn currency(&self) -> Currency {
        self.currency
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount, self.currency)
    }
}

/// Why an amount could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Not a decimal number, or one with more digits than can be held exactly.
    #[error("{0:?} is not an amount of at most 28 digits")]
    Amount(String),
    /// Not three letters.
    #[error("{0:?} is not a currency code of three letters")]
    Currency(String),
    /// The number of minor digits is not known.
    #[error("ISO 4217 lists no minor unit for {0}")]
    MinorUnit(Currency),
    /// Not a whole number of minor units that fits into 64 bits.
    #[error("{0} is no whole number of minor units")]
    Fraction(Money),
}

/// The exact value of a JSON number or of a decimal text; an exponent is allowed, grouping is not.
pub(crate) fn decimal(literal: &str) -> Result<Decimal, MoneyError> {
    let refused = || MoneyError::Amount(excerpt(literal));
    let text = literal.trim();
    let (digits, exponent) = match text.split_once(['e', 'E']) {
        Some((digits, exponent)) => (digits, exponent.parse::<i32>().map_err(|_| refused())?),
        None => (text, 0),
    };
    let unsigned = digits.strip_prefix('-').unwrap_or(digits);
    if unsigned.is_empty() || !unsigned.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return Err(refused());
    }
    let value = Decimal::from_str_exact(digits).map_err(|_| refused())?;
    let mut value = shifted(value, exponent).ok_or_else(refused)?;
    if value.is_zero() {
        value.set_sign_positive(true);
    }
    Ok(value)
}

/// `value * 10^exponent`, or `None` where that has more digits than a `Decimal` holds.
fn shifted(value: Decimal, exponent: i32) -> Option<Decimal> {
    let scale = i32::try_from(value.scale()).ok()?.checked_sub(exponent)?;
    match u32::try_from(scale) {
        Ok(scale) => Decimal::try_from_i128_with_scale(value.mantissa(), scale).ok(),
        Err(_) => {
            let factor = 10_i128.checked_pow(scale.unsigned_abs())?;
            Decimal::try_from_i128_with_scale(value.mantissa().checked_mul(factor)?, 0).ok()
        }
    }
}

/// Enough of a refused text to recognise it.
fn excerpt(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn amounts_keep_their_literal_scale() {
        for (literal, shown) in [
            ("162.00", "162.00"),
            ("9.99", "9.99"),
            ("0", "0"),
            ("-0.00", "0.00"),
            ("-5.10", "-5.10"),
            (" 13.4 ", "13.4"),
            ("1e2", "100"),
            ("1.50E-1", "0.150"),
            ("9007199254740993.01", "9007199254740993.01"),
            (
                "7922816251426433759354395033.5",
                "7922816251426433759354395033.5",
            ),
        ] {
            let money = Money::from_major(literal, Currency::CNY).unwrap();
            assert_eq!(money.amount().to_string(), shown, "{literal}");
        }
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for literal in [
            "",
            " ",
            "abc",
            "1,000.00",
            "1_000",
            "--1",
            "+1",
            "1.2.3",
            "NaN",
            "Infinity",
            "0x10",
            "1e",
            "1e999999999999",
            "1e40",
            "1e-40",
            ".",
            "-",
            "٣",
            "123456789012345678901234567890",
        ] {
            assert!(
                Money::from_major(literal, Currency::CNY).is_err(),
                "{literal:?}"
            );
        }
    }

    #[test]
    fn minor_units_follow_the_currency() {
        for (literal, code, shown) in [
            ("10", "CNY", "0.10 CNY"),
            ("0", "CNY", "0.00 CNY"),
            ("392", "CNY", "3.92 CNY"),
            ("500", "JPY", "500 JPY"),
            ("1234", "KWD", "1.234 KWD"),
        ] {
            let money = Money::from_minor(literal, Currency::new(code).unwrap()).unwrap();
            assert_eq!(money.to_string(), shown);
            assert_eq!(money.minor(), Ok(literal.parse().unwrap()));
        }
        for (literal, code, minor) in [
            ("1.500", "CNY", Some(150)),
            ("-1.5", "CNY", Some(-150)),
            ("1.505", "CNY", None),
            ("0.5", "JPY", None),
            ("92233720368547758.07", "CNY", Some(i64::MAX)),
            ("92233720368547758.08", "CNY", None),
        ] {
            let money = Money::from_major(literal, Currency::new(code).unwrap()).unwrap();
            assert_eq!(money.minor().ok(), minor, "{literal}");
        }
        let invented = Currency::new("zzz").unwrap();
        assert_eq!(
            Money::from_minor("1", invented),
            Err(MoneyError::MinorUnit(invented))
        );
    }

    #[test]
    fn json_carries_the_amount_as_text() {
        let money = Money::from_major("162.00", Currency::CNY).unwrap();
        let json = serde_json::to_string(&money).unwrap();
        assert_eq!(json, r#"{"amount":"162.00","currency":"CNY"}"#);
        assert_eq!(serde_json::from_str::<Money>(&json).unwrap(), money);
    }

    proptest! {
        #[test]
        fn every_amount_of_28_digits_reads_back_as_written(
            units in "(0|[1-9][0-9]{0,17})",
            decimals in "([0-9]{1,10})?",
            negative: bool,
        ) {
            let text = if decimals.is_empty() { units } else { format!("{units}.{decimals}") };
            let zero = text.bytes().all(|b| b == b'0' || b == b'.');
            let literal = if negative && !zero { format!("-{text}") } else { text };
            let money = Money::from_major(&literal, Currency::CNY).unwrap();
            prop_assert_eq!(money.amount().to_string(), literal);
        }

        #[test]
        fn minor_units_are_the_same_digits_with_a_point(fen in 0_u64..) {
            let money = Money::from_minor(&fen.to_string(), Currency::CNY).unwrap();
            prop_assert_eq!(money.amount().to_string(), format!("{}.{:02}", fen / 100, fen % 100));
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,60}") {
            let _ = Money::from_major(&text, Currency::CNY);
            let _ = Money::from_minor(&text, Currency::CNY);
            let _ = Currency::new(&text);
        }
    }
}
