//! Where a JSON string is more than its text.

use wide::u8x16;

/// The place, from here on, of the first byte that stands for something else or must not be in a string as it is: the quote,
/// the backslash, the control characters up to U+001F. Where there is none, the end.
#[inline]
pub(crate) fn special(text: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some(bytes) = text.get(at..).and_then(<[u8]>::first_chunk) {
        if let Some(found) = first_special(*bytes) {
            return at + found;
        }
        at += 16;
    }
    special_near_end(text, at)
}

/// The same where fewer than sixteen bytes are left.
fn special_near_end(text: &[u8], at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    let mut bytes = [b' '; 16];
    bytes
        .iter_mut()
        .zip(rest)
        .for_each(|(to, byte)| *to = *byte);
    at + first_special(bytes).unwrap_or(rest.len())
}

#[inline]
fn first_special(bytes: [u8; 16]) -> Option<usize> {
    let bytes = u8x16::new(bytes);
    let found = bytes.simd_eq(u8x16::splat(b'"'))
        | bytes.simd_eq(u8x16::splat(b'\\'))
        | bytes.simd_eq(bytes.min(u8x16::splat(0x1f)));
    let found = found.to_bitmask();
    (found != 0).then_some(found.trailing_zeros() as usize)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_first_is_found_wherever_it_is(text in proptest::collection::vec(any::<u8>(), 0..70), from in 0..70_usize) {
            // Few of them, so that there is something before.
            let text = text.into_iter().enumerate();
            let text: Vec<_> = text.map(|(place, byte)| if place < from { byte | 0x80 } else { byte }).collect();
            let found = text.iter().position(|&byte| byte == b'"' || byte == b'\\' || byte < b' ');
            prop_assert_eq!(special(&text, 0), found.unwrap_or(text.len()));
            let from = from.min(text.len());
            let found = text.iter().skip(from).position(|&byte| byte == b'"' || byte == b'\\' || byte < b' ');
            prop_assert_eq!(special(&text, from), found.map_or(text.len(), |found| from + found));
        }
    }
}
