//! Bar charts of blocks, beside a table.

use super::layout::Column;
use super::{plain_table, screen_width};
use crate::text::width;

/// A bar is never longer than this.
const LONGEST: usize = 40;
/// Where there is less room for the longest one, there are none.
const SHORTEST: usize = 5;
/// How full the last block of a bar is, in eighths.
const BLOCKS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/// A table with a bar behind each row, as long as its number, the longest as wide as the screen allows.
pub(crate) fn chart(columns: &[Column], rows: Vec<Vec<String>>, numbers: &[u64]) -> String {
    let longest = room(columns, &rows, screen_width());
    let most = numbers.iter().copied().max().unwrap_or(0);
    let with_bars = rows.into_iter().zip(numbers).map(|(mut row, &number)| {
        row.push(bar(number, most, longest));
        row
    });
    let columns: Vec<_> = columns.iter().copied().chain([Column::whole("")]).collect();
    plain_table(&columns, with_bars.collect())
}

/// The columns of the screen that a table leaves for bars.
fn room(columns: &[Column], rows: &[Vec<String>], screen: usize) -> usize {
    let widths = columns.iter().enumerate().map(|(index, column)| {
        let cells = rows.iter().filter_map(|row| row.get(index));
        let widest = cells.map(|cell| width(cell)).max().unwrap_or(0);
        widest.max(width(column.name)) + super::layout::GAP.len()
    });
    match screen.saturating_sub(widths.sum()).min(LONGEST) {
        ..SHORTEST => 0,
        room => room,
    }
}

/// A bar for a number, where the most of them gets the longest one. What is more than nothing shows.
fn bar(number: u64, most: u64, longest: usize) -> String {
    let eighths = u128::from(number) * 8 * longest as u128;
    let eighths = usize::try_from(eighths.div_ceil(u128::from(most.max(1)))).unwrap_or(0);
    let last = BLOCKS.get(eighths % 8).copied().unwrap_or_default();
    "█".repeat(eighths / 8) + last
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_long_as_its_number() {
        for (number, most, longest, expected) in [
            (0, 0, 10, ""),
            (0, 8, 2, ""),
            (8, 8, 2, "██"),
            (4, 8, 2, "█"),
            (1, 8, 2, "▎"),
            (5, 8, 2, "█▎"),
            (1, u64::MAX, 40, "▏"),
            (u64::MAX, u64::MAX, 3, "███"),
            (8, 8, 0, ""),
        ] {
            assert_eq!(bar(number, most, longest), expected, "{number}/{most}");
        }
    }

    #[test]
    fn bars_take_what_the_table_leaves() {
        let columns = [Column::whole("STATUS"), Column::number("CASES")];
        let rows = [vec!["completed".to_owned(), "10".to_owned()]];
        for (screen, expected) in [(200, 40), (38, 20), (23, 5), (22, 0), (1, 0)] {
            assert_eq!(room(&columns, &rows, screen), expected, "{screen}");
        }
    }
}
