//! Text from platforms, made fit for a terminal.

use std::borrow::Cow;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The text on one line, without anything that steers a terminal or turns the direction of writing.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|c| c.is_control() || is_invisible(c)) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(
        text.chars()
            .filter(|&c| !is_invisible(c))
            .map(|c| if c.is_whitespace() { ' ' } else { c })
            .filter(|c| !c.is_control())
            .collect(),
    )
}

/// Marks for direction, joining and embedding, which show nothing and can make a line lie.
const fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
    )
}

/// How many columns of a terminal the text takes; a Chinese character takes two.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// As much of the text as the columns hold, with an ellipsis where something is left out.
pub(crate) fn shortened(text: &str, columns: usize) -> Cow<'_, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    let mut left = columns.saturating_sub(1);
    let mut short: String = text
        .chars()
        .take_while(|&c| match left.checked_sub(c.width().unwrap_or(0)) {
            Some(rest) => {
                left = rest;
                true
            }
            None => false,
        })
        .collect();
    short.truncate(short.trim_end().len());
    short.push('…');
    Cow::Owned(short)
}

/// The beginning and the end of an id, which is where ids differ.
pub(crate) fn shortened_inside(id: &str, columns: usize) -> Cow<'_, str> {
    if width(id) <= columns {
        return Cow::Borrowed(id);
    }
    let mut left = columns / 2;
    let end = id.char_indices().rev().take_while(|(_, c)| {
        let fits = left.checked_sub(c.width().unwrap_or(0));
        left = fits.unwrap_or(0);
        fits.is_some()
    });
    let end = end.last().map_or(id.len(), |(start, _)| start);
    let end = id.get(end..).unwrap_or_default();
    let begin = shortened(id, columns.saturating_sub(width(end)));
    Cow::Owned(format!("{begin}{end}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nothing_steers_the_terminal() {
        for (text, cleaned) in [
            ("plain 衬衫 é", "plain 衬衫 é"),
            ("\u{1b}[31mred\u{1b}[0m", "[31mred[0m"),
            ("two\r\nlines\tand a tab", "two  lines and a tab"),
            ("\u{202e}desrever\u{202c}", "desrever"),
            ("\u{9b}2J\u{7}bell", "2Jbell"),
            ("a\u{2028}b", "ab"),
        ] {
            assert_eq!(clean(text), cleaned, "{text:?}");
        }
    }

    #[test]
    fn text_is_cut_by_what_it_takes_on_the_screen() {
        for (text, columns, cut) in [
            ("shirt", 5, "shirt"),
            ("shirts", 5, "shir…"),
            ("白色衬衫", 8, "白色衬衫"),
            ("白色衬衫", 7, "白色衬…"),
            ("白色衬衫", 6, "白色…"),
            ("a shirt", 3, "a…"),
            ("shirt", 0, "…"),
        ] {
            assert_eq!(shortened(text, columns), cut, "{text} {columns}");
        }
    }

    #[test]
    fn an_id_keeps_its_beginning_and_its_end() {
        for (id, columns, cut) in [
            ("AS1689644928115784", 18, "AS1689644928115784"),
            (
                "A1790839916_b171aa11bb1e9_12060701",
                20,
                "A17908399…9_12060701",
            ),
            ("0123456789", 7, "012…789"),
        ] {
            assert_eq!(shortened_inside(id, columns), cut);
        }
    }

    proptest! {
        #[test]
        fn no_text_is_too_wide_and_none_has_controls(text: String, columns in 1_usize..40) {
            let cleaned = clean(&text);
            let cut = shortened(&cleaned, columns);
            prop_assert!(width(&cut) <= columns, "{cut:?}");
            prop_assert!(!cut.chars().any(char::is_control), "{cut:?}");
        }
    }
}
