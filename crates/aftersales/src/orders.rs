//! The file of `--orders`.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use aftersales::{ConfiguredAccount, Lookup};

use crate::console::Failure;

/// The orders in a file, or on stdin for `-`, which are those of one account.
pub(crate) fn read_for(chosen: &[&ConfiguredAccount], file: &Path) -> Result<Vec<Lookup>, Failure> {
    if chosen.len() > 1 {
        let what = "orders of which account? The ids in the file are those of one platform";
        return Err(Failure::usage(what, "name it: --account ACCOUNT"));
    }
    read(file)
}

fn read(file: &Path) -> Result<Vec<Lookup>, Failure> {
    let is_stdin = file == Path::new("-");
    let text = if is_stdin {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        fs::read_to_string(file)
    };
    let name = if is_stdin {
        "stdin".to_owned()
    } else {
        file.display().to_string()
    };
    let text = text.map_err(|error| {
        let hint = "it has to be a text with one order id per line";
        Failure::usage(format!("cannot read {name}: {error}"), hint)
    })?;
    let orders = parse(&text).map_err(|line| {
        let what = format!("{name}:{line}: neither an order id nor `order id,buyer id`");
        Failure::usage(what, "lines that begin with # and empty lines are skipped")
    })?;
    if orders.is_empty() {
        return Err(Failure::usage(
            format!("{name}: no order in it"),
            "write one order id per line",
        ));
    }
    Ok(orders)
}

/// The number of the line that is no order, where there is one.
fn parse(text: &str) -> Result<Vec<Lookup>, usize> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines = text.lines().map(str::trim).enumerate();
    let orders = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    orders
        .map(|(index, line)| order(line).ok_or(index + 1))
        .collect()
}

fn order(line: &str) -> Option<Lookup> {
    let mut cells = line.split([',', '\t']).map(str::trim);
    let order = cells.next().filter(|order| is_id(order))?;
    let buyer = cells.next().filter(|buyer| !buyer.is_empty());
    let lookup = Lookup::order(order);
    match (buyer, cells.next()) {
        (_, Some(_)) => None,
        (None, None) => Some(lookup),
        (Some(buyer), None) => is_id(buyer).then(|| lookup.with_buyer(buyer)),
    }
}

/// Marks of other tables are no part of an id: a platform may know no such order, and say nothing.
fn is_id(text: &str) -> bool {
    !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || ['"', '\'', ';'].contains(&c))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_line_is_an_order_and_perhaps_its_buyer() {
        let text = "\u{feff}# orders of May\n\n 123 \nE2,oUXM\r\n456\tbuyer\n789,\n";
        let expected = [
            Lookup::order("123"),
            Lookup::order("E2").with_buyer("oUXM"),
            Lookup::order("456").with_buyer("buyer"),
            Lookup::order("789"),
        ];
        assert_eq!(parse(text), Ok(expected.into()));
    }

    #[test]
    fn what_is_no_order_is_named_by_its_line() {
        for (text, line) in [
            ("1\n2 3\n", 2),
            (",buyer\n", 1),
            ("\n\n1,2,3\n", 3),
            ("1,b c\n", 1),
            ("1\n\"2\"\n", 2),
            ("'1\n", 1),
            ("1;buyer\n", 1),
        ] {
            assert_eq!(parse(text), Err(line), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_list_of_orders_or_has_a_line_that_is_none(
            text in "(\u{feff}?#?[0-9A-Z ]{0,9}[,;\t'\"]?.{0,9}(\r?\n)?){0,6}",
        ) {
            match parse(&text) {
                Ok(orders) => prop_assert!(orders.len() <= text.lines().count()),
                Err(line) => prop_assert!((1..=text.lines().count()).contains(&line)),
            }
        }
    }
}
