//! Nothing in the tree looks like the data of a person, or like somebody's token.
//!
//! Found by shape, in whole words only: ids, order numbers and times in milliseconds are as long as phone numbers.

use std::collections::BTreeSet;
use std::fmt;
use std::iter;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::Path;

use crate::error::{self, Result};
use crate::tidy::{Finding, relative};

/// The rules themselves name the shapes that they look for.
const RULES: &str = "xtask/src/tidy";

pub(super) fn check(root: &Path) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for path in error::walk(root)? {
        let file = relative(root, &path);
        let text = error::read_text(&path)?.filter(|_| !file.starts_with(RULES));
        for (position, line) in text.iter().flat_map(|text| text.lines().enumerate()) {
            findings.extend(personal_data(line).into_iter().map(|found| {
                let message = format!(
                    "{found} that looks real: mask it in the sheet by a rule of `## Masked` (made-up pages and tests: \
                     use example.com, 192.0.2.1, +1 555-0100, zeros)"
                );
                Finding::new(file.as_str(), position + 1, message)
            }));
        }
    }
    Ok(findings)
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PersonalData {
    kind: &'static str,
    text: String,
}

impl fmt::Display for PersonalData {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} `{}`", self.kind, self.text)
    }
}

/// What a line has of it; each once.
pub(crate) fn personal_data(line: &str) -> BTreeSet<PersonalData> {
    let close = close_up(line);
    let phones = words(line, "+-_.").filter(|word| is_phone(word));
    let phones = phones.chain(words(&close, "+-_.").filter(|word| is_spaced_phone(word)));
    let emails = words(line, "@.-_+%").filter(|word| is_email(word));
    let addresses = without_versions(line).filter(|word| is_public_ipv4(word));
    let addresses = addresses.chain(words(line, ".:").filter(|word| is_public_ipv6(word)));
    let tokens = words(line, "-_.").filter(|word| is_json_web_token(word));
    let identities = words(line, "-_.").filter(|word| is_chinese_identity(word));
    let named = |kind| {
        move |word: &str| PersonalData {
            kind,
            text: word.to_owned(),
        }
    };
    phones
        .map(named("a phone number"))
        .chain(emails.map(named("an e-mail address")))
        .chain(addresses.map(named("an IP address")))
        .chain(tokens.map(named("a token")))
        .chain(identities.map(named("an identity number")))
        .collect()
}

/// The runs of ASCII letters, digits and `joints`, without the punctuation around them.
fn words<'a>(line: &'a str, joints: &'static str) -> impl Iterator<Item = &'a str> {
    line.split(move |next: char| !next.is_ascii_alphanumeric() && !joints.contains(next))
        .map(|word| word.trim_end_matches(['.', '-', '_']))
        .filter(|word| !word.is_empty())
}

/// The words between dots and slashes but for versions: `Chrome/114.0.0.0` has no address in it, `//8.8.4.4/` has.
fn without_versions(line: &str) -> impl Iterator<Item = &str> {
    words(line, "./").flat_map(|word| {
        let before = iter::once("").chain(word.split('/'));
        let segments = before.zip(word.split('/'));
        let is_product = |before: &str| {
            !before.is_empty() && before.bytes().all(|byte| byte.is_ascii_alphabetic())
        };
        segments
            .filter(move |(before, _)| !is_product(before))
            .map(|(_, segment)| segment)
    })
}

/// The line with `138 0013 8000` and `+1 (212) 555` written as one word.
fn close_up(line: &str) -> String {
    let mut close = String::with_capacity(line.len());
    let mut rest = line
        .chars()
        .filter(|next| !['(', ')'].contains(next))
        .peekable();
    while let Some(next) = rest.next() {
        let joins = next == ' '
            && close.ends_with(|last: char| last.is_ascii_digit())
            && rest.peek().is_some_and(char::is_ascii_digit);
        close.push(if joins { '-' } else { next });
    }
    close
}

/// `13800138000`, `138-0013-8000`, with or without the country; or anything international.
fn is_phone(word: &str) -> bool {
    let Some(digits) = digits_of(word) else {
        return false;
    };
    let country = ["0086", "86"].iter().find_map(|it| digits.strip_prefix(it));
    [Some(digits.as_str()), country]
        .into_iter()
        .flatten()
        .any(is_chinese_mobile)
        || (word.starts_with('+') && is_international(&digits))
}

/// Digits in groups may stand beside other numbers, so only the usual groups count: 3-4-4, or anything behind a `+`.
fn is_spaced_phone(word: &str) -> bool {
    if word.starts_with('+') {
        return shortest_number(word).is_some_and(|digits| is_international(&digits));
    }
    let groups: Vec<_> = word.split('-').collect();
    groups.windows(3).any(|groups| {
        groups.iter().map(|group| group.len()).eq([3, 4, 4]) && is_chinese_mobile(&groups.concat())
    })
}

/// The digits of a word that has nothing else in it but hyphens and a leading `+`.
fn digits_of(word: &str) -> Option<String> {
    let groups = word.strip_prefix('+').unwrap_or(word);
    let digits = groups.replace('-', "");
    is_digits(&digits).then_some(digits)
}

/// As many of the first groups as make a number.
fn shortest_number(word: &str) -> Option<String> {
    let mut digits = String::new();
    for group in word.strip_prefix('+')?.split('-') {
        if !is_digits(group) {
            return None;
        }
        digits += group;
        // Most end with a group of four; `+1 212 555` alone is a beginning.
        if digits.len() >= 8 {
            return Some(digits);
        }
    }
    None
}

fn is_chinese_mobile(digits: &str) -> bool {
    matches!(digits.as_bytes(), [b'1', b'3'..=b'9', ..]) && digits.len() == 11 && is_digits(digits)
}

/// E.164 has at most 15 digits. Masked numbers are zeros, and 555-0100 to 555-0199 belong to nobody.
fn is_international(digits: &str) -> bool {
    let is_masked = digits.bytes().all(|digit| digit == b'0');
    let ours = digits
        .len()
        .checked_sub(7)
        .and_then(|start| digits.get(start..));
    let is_fictitious = ours.is_some_and(|number| number.starts_with("55501"));
    (8..=15).contains(&digits.len()) && !is_masked && !is_fictitious
}

/// In addresses of the web, `%40` stands for the `@`.
fn is_email(word: &str) -> bool {
    let parts = word.rsplit_once('@').or_else(|| word.rsplit_once("%40"));
    let Some((local, domain)) = parts else {
        return false;
    };
    let top = domain.rsplit_once('.').map(|(_, top)| top);
    let is_address =
        top.is_some_and(|top| top.len() >= 2 && top.bytes().all(|it| it.is_ascii_alphabetic()));
    !local.is_empty() && is_address && !is_reserved(domain) && !is_density(domain)
}

/// `logo@2x.png` is a picture for fine screens.
fn is_density(domain: &str) -> bool {
    let factor = domain.split_once("x.").map(|(factor, _)| factor);
    factor.is_some_and(is_digits)
}

/// Names that RFC 2606 and RFC 6761 keep for examples.
pub(super) fn is_reserved(domain: &str) -> bool {
    let domain = domain.to_ascii_lowercase();
    let mut labels = domain.rsplit('.');
    match labels.next() {
        Some("example" | "invalid" | "test" | "localhost") => true,
        Some("com" | "net" | "org") => labels.next() == Some("example"),
        _ => false,
    }
}

fn is_public_ipv4(word: &str) -> bool {
    word.parse::<Ipv4Addr>().is_ok_and(|address| {
        let [first, ..] = address.octets();
        let is_special = address.is_private()
            || address.is_loopback()
            || address.is_link_local()
            || address.is_documentation()
            || first == 0
            || first >= 224;
        !is_special
    })
}

fn is_public_ipv6(word: &str) -> bool {
    word.parse::<Ipv6Addr>().is_ok_and(|address| {
        let [first, second, ..] = address.segments();
        let is_documentation =
            (first, second) == (0x2001, 0x0db8) || (first == 0x3fff && second < 0x1000);
        // What is routed is below 2000::/3.
        (0x2000..0x4000).contains(&first) && !is_documentation
    })
}

/// Head and claims, both JSON in base64url, at some length; `eyJ...` is how pages shorten one.
fn is_json_web_token(word: &str) -> bool {
    let mut parts = word.split('.');
    let mut is_long = || parts.next().is_some_and(|part| part.len() >= 10);
    word.starts_with("eyJ") && is_long() && is_long()
}

/// Eighteen characters: place, date of birth, serial number, and the check character of GB 11643.
fn is_chinese_identity(word: &str) -> bool {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const CHECKS: [char; 11] = ['1', '0', 'X', '9', '8', '7', '6', '5', '4', '3', '2'];
    let (Some(number), Some(check), 18) = (word.get(..17), word.chars().last(), word.len()) else {
        return false;
    };
    let digits = number.chars().filter_map(|digit| digit.to_digit(10));
    let sum: u32 = digits
        .zip(WEIGHTS)
        .map(|(digit, weight)| digit * weight)
        .sum();
    let expected = CHECKS.iter().zip(0..).find(|(_, rest)| sum % 11 == *rest);
    is_digits(number)
        && is_birthday(number.get(6..14).unwrap_or_default())
        && expected.is_some_and(|(expected, _)| *expected == check.to_ascii_uppercase())
}

fn is_birthday(date: &str) -> bool {
    let number = |range| {
        date.get(range)
            .and_then(|digits: &str| digits.parse::<u16>().ok())
    };
    number(0..4).is_some_and(|year| (1900..2100).contains(&year))
        && number(4..6).is_some_and(|month| (1..=12).contains(&month))
        && number(6..8).is_some_and(|day| (1..=31).contains(&day))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::tests::{lines, tree};

    /// Put together at run time, so that this file does not look as if it held somebody's data.
    const FOUND: [(&str, &[&str]); 25] = [
        ("a phone number", &["\"phone\": \"138", "00138000\""]),
        ("a phone number", &["\"phone\": 138", "00138000,"]),
        ("a phone number", &["电话138", "00138000。"]),
        ("a phone number", &["138", "-0013-8000"]),
        ("a phone number", &["138", " 0013 8000 2023-02-13"]),
        ("a phone number", &["+86", "13800138000"]),
        ("a phone number", &["86", "13800138000"]),
        ("a phone number", &["0086-", "13800138000"]),
        ("a phone number", &["+86 138", " 0013 8000"]),
        ("a phone number", &["+4420", "79460123"]),
        ("a phone number", &["+1 (212)", " 736-5000"]),
        ("an e-mail address", &["<li>jo.li", "@shop.cn</li>"]),
        (
            "an e-mail address",
            &["write to a+b", "@mail.example.com.cn."],
        ),
        ("an e-mail address", &["JO.LI@SHOP", ".CN"]),
        ("an e-mail address", &["?login=jo.li", "%40shop.cn&page=1"]),
        ("an IP address", &["\"8.8", ".4.4\""]),
        ("an IP address", &["8.8", ".4.4/24"]),
        ("an IP address", &["https://shop.example/8.8", ".4.4"]),
        ("an IP address", &["http://8.8", ".4.4:80/"]),
        ("an IP address", &["[2606:4700", "::6810:84e5]"]),
        (
            "a token",
            &[
                "Bearer eyJhbGciOiJIUzI1",
                "NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
            ],
        ),
        (
            "a token",
            &["token=eyJhbGciOiJIUzI1", "NiJ9.eyJzdWIiOiIxIn0"],
        ),
        ("an identity number", &["11010519", "491231002X"]),
        ("an identity number", &["\"11010519", "491231002x\""]),
        ("an identity number", &["44052419", "9001010018"]),
    ];

    const PASSED: [&str; 34] = [
        // Masked, fictitious, or kept for examples.
        "\"phone\": \"00000000000\"",
        "\"+0000000000000\"",
        "+1 555-0100",
        "+15550199",
        "+1 (212) 555-0100",
        "\"buyer@example.com\"",
        "a@shop.example",
        "[email protected]",
        "x@mail.example.org",
        "192.0.2.1, 198.51.100.7, 203.0.113.9, 127.0.0.1, 10.0.0.1, 0.0.0.0",
        "2001:db8::1, ::1, fe80::1",
        "Bearer eyJ...",
        "eyJhbGciOi…",
        // Ids, numbers and times.
        "\"aftersale_id\": 12314521321",
        "\"timeoutDate\": \"1698313367000\"",
        "\"createTime\": 1698216212000,",
        "\"orderId\": 1689644928115784",
        "A1676256272_63e9a41000b74_13800138000",
        "id-13800138000-1",
        "SF13800138000",
        "138001380001",
        "\"500918-1034477311887409465\"",
        "0.13800138000",
        "13800138000.25",
        "2023-02-13 10:44:32+08:00",
        "2025-12-17T13:44:16.000Z",
        "440524199001010019",
        "440524199013010015",
        "documented::fault, face::b",
        "//cdn.example.invalid/logo@2x/1.2.3",
        "logo@2x.png a/b@3x.jpg",
        "Mozilla/5.0 Chrome/114.0.0.0",
        "buyer%40example.com",
        "40 calls at once, +2/s",
    ];

    fn kinds(line: &str) -> Vec<&'static str> {
        personal_data(line).iter().map(|found| found.kind).collect()
    }

    #[test]
    fn personal_data_is_known_by_its_shape() {
        for (kind, parts) in FOUND {
            let line = parts.concat();
            assert_eq!(kinds(&line), [kind], "{line}");
        }
    }

    #[test]
    fn ids_times_and_what_is_kept_for_examples_pass() {
        for line in PASSED {
            assert_eq!(kinds(line), [""; 0], "{line}");
        }
    }

    #[test]
    fn every_file_is_read_but_the_rules_themselves() {
        let phone = "\"138".to_owned() + "00138000\"\n";
        let text = format!("fine\n{phone}");
        let root = tree(&[
            ("fixtures/p/e.md", text.as_str()),
            ("crates/p/tests/snapshots/e.snap", text.as_str()),
            ("crates/p/src/lib.rs", text.as_str()),
            ("xtask/tests/pages/p.html", text.as_str()),
            ("xtask/src/tidy/shapes.rs", text.as_str()),
        ]);
        let found = lines(&check(root.path()).unwrap());
        let places: Vec<_> = found
            .iter()
            .map(|line| line.split_once(": ").unwrap().0)
            .collect();
        assert_eq!(
            places,
            [
                "crates/p/src/lib.rs:2",
                "crates/p/tests/snapshots/e.snap:2",
                "fixtures/p/e.md:2",
                "xtask/tests/pages/p.html:2",
            ]
        );
    }
}
