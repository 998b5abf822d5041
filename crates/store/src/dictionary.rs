//! What the records of a platform have in common, learned from the first of them.
//!
//! A dictionary is a mixture of pieces of the records that it is made of, and stays in the copy when they are gone. What
//! [`forget`](crate::Store::forget) erases must not be in it. So nothing is learned from the records themselves, but from
//! others that are made up. They have the same keys in the same order, and values of which everything that is taken over
//! in one piece is in the records of several buyers: a value under its key, two values that follow each other, or else
//! the beginning and the end of a value, around noise of the same shape.

use std::collections::HashMap;

use core_model::{AfterSale, Side};

use crate::codec::Dictionary;

/// From so many buyers a value has to be to be nobody's.
const BUYERS: u32 = 8;

/// Of so few buyers nothing is learned: most of it would be noise.
const FEWEST: usize = 64;

/// More records make it no better.
pub(crate) const SAMPLES: usize = 250;

/// Larger ones are not better, but slower.
const SIZE: usize = 16 << 10;

/// The words of a value that are looked at from either end.
const REACH: usize = 16;

/// What is known of the dictionaries. Once a platform has one it stays.
#[derive(Default)]
pub(crate) struct Dictionaries {
    by_platform: HashMap<String, Dictionary>,
    /// How many records were written since there was too little to learn from.
    waiting: HashMap<String, usize>,
}

impl Dictionaries {
    pub(crate) fn get(&self, platform: &str) -> Option<Dictionary> {
        self.by_platform.get(platform).cloned()
    }

    /// Remembers a dictionary that is in the copy for good, and not in a transaction that may fail.
    pub(crate) fn keep(&mut self, platform: &str, dictionary: Dictionary) {
        self.by_platform.insert(platform.to_owned(), dictionary);
    }

    /// Whether to try and learn, with so many records more.
    pub(crate) fn is_time_to_learn(&mut self, platform: &str, records: usize) -> bool {
        let waiting = self.waiting.entry(platform.to_owned()).or_insert(SAMPLES);
        *waiting += records;
        let is_time = records > 0 && *waiting >= SAMPLES;
        if is_time {
            *waiting = 0;
        }
        is_time
    }
}

/// A record to learn from, as it is kept.
pub(crate) struct Sample<'a> {
    pub(crate) record: &'a AfterSale,
    pub(crate) body: &'a str,
}

/// Learns; `None` where there is too little to learn from.
pub(crate) fn train(samples: &[Sample<'_>]) -> Option<Vec<u8>> {
    let samples = samples.get(..SAMPLES).unwrap_or(samples);
    let mut by_buyer: HashMap<Person<'_>, Vec<&str>> = HashMap::new();
    for sample in samples {
        let bodies = by_buyer.entry(Person::of(sample.record)).or_default();
        bodies.push(sample.body);
    }
    if by_buyer.len() < FEWEST {
        return None;
    }
    let common = Common::of(by_buyer.values());
    let mut dice = fastrand::Rng::with_seed(0);
    let made_up: Vec<String> = samples
        .iter()
        .map(|sample| common.imitate(sample.body, &mut dice))
        .collect();
    // Records that zstd can learn nothing from are compressed without.
    zstd::dict::from_samples(&made_up, SIZE).ok()
}

/// Whoever bought, as far as the platform says, or else an order of its own.
#[derive(PartialEq, Eq, Hash)]
enum Person<'a> {
    Buyer([Option<&'a str>; 4]),
    Unknown(&'a str),
}

impl<'a> Person<'a> {
    fn of(record: &'a AfterSale) -> Self {
        let buyer = &record.buyer;
        let stated = [&buyer.id, &buyer.phone, &buyer.email, &buyer.name].map(Option::as_deref);
        // Where the account is the buyer, all are the same.
        if record.side == Side::Seller && stated.iter().any(Option::is_some) {
            return Self::Buyer(stated);
        }
        let order = &record.order;
        let order = order.id.as_deref().or(order.number.as_deref());
        Self::Unknown(order.unwrap_or(&record.id))
    }
}

/// A piece of well-formed JSON.
#[derive(Clone, Copy)]
enum Token<'a> {
    /// A key, between its quotes.
    Key(&'a str),
    /// A text, between its quotes, or a number.
    Value(&'a str),
    /// What stands between them.
    Other(&'a str),
}

fn tokens(json: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = json;
    while let Some(first) = rest.chars().next() {
        let end = match first {
            '"' => {
                let text = rest.get(1..).unwrap_or_default();
                let (text, after) = text.split_at(end_of_text(text));
                let is_key = after
                    .get(1..)
                    .is_some_and(|after| after.trim_start().starts_with(':'));
                tokens.push(Token::Other("\""));
                tokens.push(if is_key {
                    Token::Key(text)
                } else {
                    Token::Value(text)
                });
                tokens.push(Token::Other("\""));
                rest = after.get(1..).unwrap_or_default();
                continue;
            }
            _ if is_numeric(first) => rest.find(|c| !is_numeric(c)),
            _ => rest.find(|c| c == '"' || is_numeric(c)),
        };
        let (piece, after) = rest.split_at(end.unwrap_or(rest.len()));
        tokens.push(if is_numeric(first) {
            Token::Value(piece)
        } else {
            Token::Other(piece)
        });
        rest = after;
    }
    tokens
}

fn is_numeric(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, '-' | '.')
}

/// Where the quote is that ends a text.
fn end_of_text(text: &str) -> usize {
    let mut escaped = false;
    let end = text.bytes().position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    });
    end.unwrap_or(text.len())
}

/// What several buyers have, under one key.
#[derive(PartialEq, Eq, Hash)]
enum Shared<'a> {
    Value(&'a str),
    /// A value after another one.
    Pair(&'a str, &'a str),
    Beginning(&'a str),
    End(&'a str),
}

/// What the records of several buyers have.
struct Common<'a> {
    shared: HashMap<(&'a str, Shared<'a>), Buyers>,
    /// Under each key the values that are shared, as often as they come.
    values: HashMap<&'a str, Vec<&'a str>>,
}

/// How many buyers have something.
#[derive(Default)]
struct Buyers {
    last: Option<usize>,
    count: u32,
}

impl Buyers {
    /// Counts a buyer once, if all that one has is added before the next one comes.
    fn add(&mut self, buyer: usize) {
        if self.last.replace(buyer) != Some(buyer) {
            self.count += 1;
        }
    }
}

impl<'a> Common<'a> {
    fn of<'b>(by_buyer: impl Iterator<Item = &'b Vec<&'a str>>) -> Self
    where
        'a: 'b,
    {
        let mut shared: HashMap<_, Buyers> = HashMap::new();
        let mut all = Vec::new();
        for (buyer, bodies) in by_buyer.enumerate() {
            for body in bodies {
                let mut before = "";
                for (key, value) in values(body) {
                    let whole = [Shared::Value(value), Shared::Pair(before, value)];
                    let beginnings = beginnings(value).map(Shared::Beginning);
                    let ends = ends(value).map(Shared::End);
                    for piece in whole.into_iter().chain(beginnings).chain(ends) {
                        let buyers = shared.entry((key, piece)).or_default();
                        buyers.add(buyer);
                    }
                    all.push((key, value));
                    before = value;
                }
            }
        }
        shared.retain(|_, buyers| buyers.count >= BUYERS);
        let mut values: HashMap<_, Vec<_>> = HashMap::new();
        for (key, value) in all {
            if shared.contains_key(&(key, Shared::Value(value))) {
                values.entry(key).or_default().push(value);
            }
        }
        Self { shared, values }
    }

    /// A record like this one that nobody has sent.
    fn imitate(&self, body: &'a str, dice: &mut fastrand::Rng) -> String {
        let mut imitation = String::with_capacity(body.len());
        let mut key = "";
        // The value before, if it was taken over.
        let mut before = None;
        for token in tokens(body) {
            match token {
                Token::Other(text) => imitation.push_str(text),
                Token::Key(name) => {
                    key = name;
                    imitation.push_str(name);
                }
                Token::Value(value) if !self.has(key, Shared::Value(value)) => {
                    self.imitate_value(key, value, dice, &mut imitation);
                    before = None;
                }
                Token::Value(value) => {
                    let is_pair =
                        before.is_none_or(|before| self.has(key, Shared::Pair(before, value)));
                    let values = self.values.get(key).map_or(&[][..], Vec::as_slice);
                    let another = dice.choice(values).copied().unwrap_or_default();
                    imitation.push_str(if is_pair { value } else { another });
                    before = is_pair.then_some(value);
                }
            }
        }
        imitation
    }

    /// The longest beginning that is shared, noise, and the longest end that is.
    fn imitate_value(
        &self,
        key: &'a str,
        value: &'a str,
        dice: &mut fastrand::Rng,
        imitation: &mut String,
    ) {
        let beginning = beginnings(value).filter(|text| self.has(key, Shared::Beginning(text)));
        let beginning = beginning.last().unwrap_or_default();
        let rest = value.get(beginning.len()..).unwrap_or_default();
        // At least one word is not taken over.
        let end = ends(rest)
            .filter(|text| self.has(key, Shared::End(text)))
            .last();
        let end = end.unwrap_or_default();
        let own = rest.get(..rest.len() - end.len()).unwrap_or_default();
        imitation.push_str(beginning);
        imitation.extend(noise_like(own, dice));
        imitation.push_str(end);
    }

    fn has(&self, key: &'a str, piece: Shared<'a>) -> bool {
        self.shared.contains_key(&(key, piece))
    }
}

/// The values of a record, each with the last key before it.
fn values(body: &str) -> Vec<(&str, &str)> {
    let mut key = "";
    let mut values = Vec::new();
    for token in tokens(body) {
        match token {
            Token::Key(name) => key = name,
            Token::Value(value) => values.push((key, value)),
            Token::Other(_) => {}
        }
    }
    values
}

/// The first word, the first two, and so on, without the last word.
fn beginnings(value: &str) -> impl Iterator<Item = &str> {
    boundaries(value)
        .filter_map(|at| value.get(..at))
        .take(REACH)
}

/// The last word, the last two, and so on, without the first word.
fn ends(value: &str) -> impl Iterator<Item = &str> {
    let boundaries: Vec<_> = boundaries(value).collect();
    boundaries
        .into_iter()
        .rev()
        .filter_map(|at| value.get(at..))
        .take(REACH)
}

/// Where words begin and end, but for the first and the last place.
fn boundaries(value: &str) -> impl Iterator<Item = usize> {
    let neighbours = value.char_indices().zip(value.chars().skip(1));
    neighbours
        .filter(|((_, a), b)| a.is_alphanumeric() != b.is_alphanumeric())
        .map(|((at, a), _)| at + a.len_utf8())
}

/// As long, and of the same kind of characters, so that what is learned of their frequency is right.
fn noise_like(text: &str, dice: &mut fastrand::Rng) -> impl Iterator<Item = char> {
    let is_hex = text.bytes().any(|byte| byte.is_ascii_digit())
        && !text
            .bytes()
            .any(|byte| matches!(byte, b'g'..=b'z' | b'A'..=b'Z'));
    text.chars().map(move |c| match c {
        'a'..='z' if is_hex => dice.digit(16),
        '0'..='9' if is_hex && text.len() > 10 => dice.digit(16),
        '0'..='9' => dice.digit(10),
        _ if c.is_alphanumeric() => dice.lowercase(),
        _ => c,
    })
}
