//! Inputs that are nearly right: a seed with a few things changed.

use std::ops::Range;

use fastrand::Rng;

/// Longer inputs are cut.
const LONGEST: usize = 512 << 10;

/// One input: a seed, of which a few values are others, and sometimes bytes as well. The same numbers make the same
/// input.
pub(crate) fn input(seeds: &[Vec<u8>], rng: &mut Rng) -> Vec<u8> {
    let mut input = one(seeds, rng).clone();
    let is_whole = rng.u8(..3) != 0;
    for _ in 0..=few(rng) {
        reshape(&mut input, seeds, rng);
        input.truncate(LONGEST);
    }
    if !is_whole {
        for _ in 0..=few(rng) {
            scramble(&mut input, seeds, rng);
            input.truncate(LONGEST);
        }
    }
    input
}

/// Half the time none, a quarter of it one, and so on.
fn few(rng: &mut Rng) -> u32 {
    rng.u8(..).trailing_zeros()
}

/// Another value, key or order. What was JSON, or balanced tags, stays so, mostly.
fn reshape(input: &mut Vec<u8>, seeds: &[Vec<u8>], rng: &mut Rng) {
    let is_markup = is_markup(input);
    let tokens = tokens(input);
    let Some(value) = Piece::any(input, &tokens, rng) else {
        return scramble(input, seeds, rng);
    };
    match rng.u8(..16) {
        0..=3 => {
            let other = *one(VALUES, rng);
            let other = if is_markup {
                other.trim_matches('"')
            } else {
                other
            };
            input.splice(value.range, other.bytes());
        }
        4 => {
            input.splice(value.range, number(rng).into_bytes());
        }
        5..=7 => inside(input, value.range, rng),
        8 | 9 => {
            let other = one(seeds, rng);
            if let Some(piece) = Piece::any(other, &self::tokens(other), rng) {
                input.splice(value.range, other[piece.range].iter().copied());
            }
        }
        10 => {
            let other = one(seeds, rng);
            if let (Some(key), Some(piece)) = (
                value.key,
                Piece::any(other, &self::tokens(other), rng).and_then(|piece| piece.key),
            ) {
                input.splice(key, other[piece].iter().copied());
            }
        }
        11 => {
            let mut member = value.member();
            // With its comma, before it or behind it.
            if input.get(member.end) == Some(&b',') {
                member.end += 1;
            } else if let Some(b',') = input[..member.start].trim_ascii_end().last() {
                member.start = input[..member.start].trim_ascii_end().len() - 1;
            }
            input.drain(member);
        }
        12 => {
            let member = value.member();
            let separator = match input.first() {
                Some(b'{' | b'[') => ",",
                _ if is_markup => "",
                _ => *one(&["&", "\n", ",", ""], rng),
            };
            let copy = [separator.as_bytes(), &input[member.clone()]].concat();
            let times = if rng.u8(..64) == 0 { 100 } else { 1 };
            input.splice(member.end..member.end, copy.repeat(times));
        }
        13 => nest(input, value.range, rng),
        _ => {
            if let Some(other) = Piece::any(input, &tokens, rng) {
                let (first, second) = (value.range, other.range);
                if first.end <= second.start {
                    let texts = (
                        input[first.clone()].to_vec(),
                        input[second.clone()].to_vec(),
                    );
                    input.splice(second, texts.0);
                    input.splice(first, texts.1);
                }
            }
        }
    }
}

/// Other bytes, fewer, or more.
fn scramble(input: &mut Vec<u8>, seeds: &[Vec<u8>], rng: &mut Rng) {
    let at = rng.usize(..=input.len());
    let longest = if rng.bool() { 8 } else { 200 };
    let part = at..(at + rng.usize(..=longest)).min(input.len());
    match rng.u8(..9) {
        0 => {
            if let Some(byte) = input.get_mut(at) {
                *byte ^= 1 << rng.u8(..8);
            }
        }
        1 => {
            if let Some(byte) = input.get_mut(at) {
                *byte = rng.u8(..);
            }
        }
        2 => {
            let bytes: Vec<_> = (0..rng.usize(1..5)).map(|_| rng.u8(..)).collect();
            input.splice(at..at, bytes);
        }
        3 => {
            input.splice(at..at, one(BROKEN, rng).iter().copied());
        }
        4 => {
            input.splice(at..at, one(SCRAPS, rng).bytes());
        }
        5 => {
            input.drain(part);
        }
        6 => {
            let copy = input[part].to_vec();
            input.splice(at..at, copy);
        }
        7 => input.truncate(at),
        _ => {
            // The tail of another.
            let other = one(seeds, rng);
            input.truncate(at);
            input.extend(&other[rng.usize(..=other.len())..]);
        }
    }
}

/// Another digit, or a scrap between the quotes.
fn inside(input: &mut Vec<u8>, piece: Range<usize>, rng: &mut Rng) {
    let at = rng.usize(piece.clone());
    if input[at].is_ascii_digit() && rng.bool() {
        input[at] = rng.u8(b'0'..=b'9');
        return;
    }
    let is_text = input[piece.clone()].starts_with(b"\"") && piece.len() > 1;
    let at = if is_text { at.max(piece.start + 1) } else { at };
    // Not into the middle of a character.
    if std::str::from_utf8(&input[piece.start..at]).is_ok() {
        input.splice(at..at, one(SCRAPS, rng).bytes());
    }
}

/// Brackets around a value, seldom very many.
fn nest(input: &mut Vec<u8>, piece: Range<usize>, rng: &mut Rng) {
    let depth = match rng.u8(..) {
        0 => rng.usize(1_000..50_000),
        1..=31 => rng.usize(120..140),
        _ => rng.usize(1..5),
    };
    let (open, close) = if is_markup(input) {
        ("<a>", "</a>")
    } else {
        *one(&[("[", "]"), ("{\"a\":", "}")], rng)
    };
    let nested = [
        open.repeat(depth).as_bytes(),
        &input[piece.clone()],
        close.repeat(depth).as_bytes(),
    ]
    .concat();
    input.splice(piece, nested);
}

/// A number of any length.
fn number(rng: &mut Rng) -> String {
    let longest = if rng.u8(..16) == 0 { 400 } else { 32 };
    let digits = |longest: usize, rng: &mut Rng| -> String {
        (0..rng.usize(1..=longest)).map(|_| rng.digit(10)).collect()
    };
    let mut number = digits(longest, rng);
    if rng.u8(..4) == 0 {
        number.insert(0, '-');
    }
    if rng.u8(..3) == 0 {
        number += ".";
        number += &digits(longest, rng);
    }
    if rng.u8(..6) == 0 {
        number += *one(&["e", "E-", "e+"], rng);
        number += &digits(3, rng);
    }
    if rng.bool() {
        number = format!("\"{number}\"");
    }
    number
}

/// A value of the text, and its key where it has one.
struct Piece {
    key: Option<Range<usize>>,
    range: Range<usize>,
}

impl Piece {
    fn any(text: &[u8], tokens: &[Range<usize>], rng: &mut Rng) -> Option<Self> {
        let at = |index: usize| tokens.get(index).map(|token| &text[token.clone()]);
        let is_mark = |index| {
            matches!(
                at(index),
                Some(b":" | b"=" | b"," | b"}" | b"]" | [b'<', b'/', ..])
            )
        };
        let is_key = |index| matches!(at(index + 1), Some(b":" | b"=")) && at(index + 2).is_some();
        // Seldom the first, which holds all the others.
        let mut first = if rng.u8(..16) == 0 { 0 } else { 1 };
        first = rng.usize(first.min(tokens.len())..=tokens.len());
        while first < tokens.len() && is_mark(first) {
            first += 1;
        }
        at(first)?;
        let key = is_key(first).then_some(first);
        let key = key.or_else(|| first.checked_sub(2).filter(|&before| is_key(before)));
        let value = key.map_or(first, |key| key + 2);
        Some(Self {
            key: key.map(|key| tokens[key].clone()),
            range: tokens[value].start..tokens[closing(text, tokens, value)].end,
        })
    }

    /// With the key.
    fn member(&self) -> Range<usize> {
        self.key.as_ref().map_or(self.range.start, |key| key.start)..self.range.end
    }
}

/// The token at which what begins with this one ends.
fn closing(text: &[u8], tokens: &[Range<usize>], first: usize) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(first) {
        match &text[token.clone()] {
            b"{" | b"[" => depth += 1,
            b"}" | b"]" | [b'<', b'/', ..] => depth = depth.saturating_sub(1),
            [b'<', b'!' | b'?', ..] | [b'<', .., b'/', b'>'] => {}
            [b'<', _, ..] => depth += 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    first
}

/// Whether it is XML or HTML.
fn is_markup(text: &[u8]) -> bool {
    text.trim_ascii_start().starts_with(b"<")
}

/// Texts in quotes, tags, words and numbers, and every other byte that is no blank.
fn tokens(text: &[u8]) -> Vec<Range<usize>> {
    let is_markup = is_markup(text);
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        let rest = &text[at + 1..];
        let is_word = |b: &u8| b.is_ascii_alphanumeric() || b"_-.+".contains(b) || !b.is_ascii();
        let length = match byte {
            b'<' if is_markup => {
                let end = rest.iter().position(|&b| b == b'>');
                end.map_or(1, |end| end + 2)
            }
            b'"' if !is_markup => {
                let mut is_escaped = false;
                let quote = rest.iter().position(|&b| {
                    let ends = b == b'"' && !is_escaped;
                    is_escaped = b == b'\\' && !is_escaped;
                    ends
                });
                quote.map_or(1, |quote| quote + 2)
            }
            _ if is_word(&byte) => {
                let end = rest.iter().position(|b| !is_word(b));
                1 + end.unwrap_or(rest.len())
            }
            _ => 1,
        };
        if !byte.is_ascii_whitespace() {
            tokens.push(at..at + length);
        }
        at += length;
    }
    tokens
}

fn one<'a, T>(of: &'a [T], rng: &mut Rng) -> &'a T {
    &of[rng.usize(..of.len())]
}

/// No UTF-8, or as much of it as is left after a cut.
const BROKEN: &[&[u8]] = &[
    b"\xff",
    b"\xc0\x80",
    b"\xe9\x80",
    b"\xf0\x9f\x98",
    b"\xed\xa0\xbd",
    b"\xfe\xff",
    b"\xef\xbb\xbf",
    b"\0",
    b"\x1b[31m",
    b"\r\n",
];

/// JSON where other JSON belongs.
const VALUES: &[&str] = &[
    "null",
    "true",
    "false",
    "[]",
    "{}",
    "\"\"",
    "\" \"",
    "[null]",
    "[[]]",
    "{\"\":0}",
    "{\"a\":1,\"a\":2}",
    "0",
    "-0",
    "-1",
    "1",
    "2",
    "11",
    "\"0\"",
    "\"1\"",
    "\"true\"",
    "0.10",
    "1e2",
    "1e400",
    "1E-400",
    "\"1e28\"",
    "\"1e-28\"",
    "\"1,000.00\"",
    "\"NaN\"",
    "\"-Infinity\"",
    "\"0x10\"",
    "\".5\"",
    "\"٣\"",
    "9007199254740993",
    "9223372036854775808",
    "18446744073709551616",
    "79228162514264337593543950336",
    "\"79228162514264337593543950335\"",
    "\"-79228162514264337593543950335\"",
    "\"0.0000000000000000000000000001\"",
    "\"0000-00-00 00:00:00\"",
    "\"-0001-11-30 00:00:00\"",
    "\"9999-12-31T23:59:59Z\"",
    "\"-009999-01-02T01:59:59Z\"",
    "\"2024-02-30\"",
    "\"2024-04-22T07:22:60Z\"",
    "\"2023-02-13T10:44:32[America/New_York]\"",
    "\"20230213104432\"",
    "1698313367",
    "253402300799999",
    "\"CNY\"",
    "\"jpy\"",
    "\"XXX\"",
    "\"￥\"",
    "\"\\ud83d\"",
    "\"\\u0000\"",
    "\"\\u202e\\u200b\"",
    "\"a\\nb\\u001b[31m\"",
    "\"../../x?y#z\"",
    "\"success\"",
    "\"canary-0f1e2d3c4b5a\"",
    "\"\\u0063anary\\u002d0f1e2d3c4b5a\"",
    "\"canary%2D0f1e2d3c4b%35a\"",
    "[\"canary-0f1e2d3c4b5a\"]",
];

/// What is put between other characters.
const SCRAPS: &[&str] = &[
    "0",
    "9",
    "-",
    "+",
    ".",
    "e9",
    "E-9",
    " ",
    "T",
    "Z",
    "+08:00",
    ":60",
    "00000000000000000000",
    "\\ud83d",
    "\\u0000",
    "\\u202e",
    "\\n",
    "\\",
    "\"",
    "'",
    "😀",
    "é",
    "٣",
    "\u{202e}",
    "\u{feff}",
    "%2e%2e%2f",
    "%00",
    "../",
    "//",
    "?",
    "#",
    "&",
    "=",
    ",",
    ":",
    ";",
    "@",
    "{",
    "]",
    "<!--",
    "<![CDATA[",
    "]]>",
    "&#x3C;",
    "&amp;",
    "canary-0f1e2d3c4b5a",
    "&#99;anary-0f1e2d3c4b5a",
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_same_numbers_make_the_same_input() {
        let seeds = [b"{\"a\": [1, \"b\"]}".to_vec(), b"x=1&y=2".to_vec()];
        let made = |seed| input(&seeds, &mut Rng::with_seed(seed));
        let inputs: Vec<_> = (0..1000).map(made).collect();
        assert_eq!(inputs, (0..1000).map(made).collect::<Vec<_>>());
        let different: BTreeSet<_> = inputs.iter().collect();
        assert!(different.len() > 500, "{}", different.len());
    }

    #[test]
    fn a_piece_is_a_word_a_text_or_a_whole_structure() {
        let xml = b"<a><b>c</b><d/></a>";
        let elements = tokens(xml);
        for (first, last) in [(0, 5), (1, 3), (2, 2), (4, 4)] {
            assert_eq!(closing(xml, &elements, first), last, "{first}");
        }
        let json = br#"{"a\"b": [1, {}]}"#;
        let tokens = tokens(json);
        let texts: Vec<_> = tokens
            .iter()
            .map(|token| String::from_utf8_lossy(&json[token.clone()]))
            .collect();
        assert_eq!(
            texts,
            ["{", r#""a\"b""#, ":", "[", "1", ",", "{", "}", "]", "}"]
        );
        for (first, last) in [(0, 9), (1, 1), (3, 8), (4, 4), (6, 7), (8, 8)] {
            assert_eq!(closing(json, &tokens, first), last, "{first}");
        }
    }
}
