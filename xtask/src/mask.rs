//! The named rules by which a sheet hides personal data that a page published.
//!
//! A rule depends on nothing but the published value, and applied twice it changes nothing: so the page and the
//! sheet can be compared, and an unmasked value is found without knowing the original.

use std::fmt;

use crate::json::{Json, is_number};

/// A rule of the table `## Masked`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mask {
    /// Every digit of a phone number becomes 0; length and a leading `+` stay.
    Phone,
    /// A person's or a nick name.
    Person,
    Email,
    /// An IP address, from the block for documentation (RFC 5737).
    Ip,
    /// The address of a portrait or of somebody's upload.
    Image,
    /// A credential: the scheme and its first three characters stay.
    Token,
}

impl Mask {
    pub(crate) const ALL: [Self; 6] = [
        Self::Phone,
        Self::Person,
        Self::Email,
        Self::Ip,
        Self::Image,
        Self::Token,
    ];

    pub(crate) fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mask| mask.name() == name)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Person => "person",
            Self::Email => "email",
            Self::Ip => "ip",
            Self::Image => "image",
            Self::Token => "token",
        }
    }

    /// The rule for a field whose last key says that it is about a person.
    pub(crate) fn suggested(path: &str) -> Option<Self> {
        let words = last_words(path);
        let has = |known: &[&str]| words.iter().any(|word| known.contains(&word.as_str()));
        if has(&["phone", "mobile", "telephone", "tel"]) {
            Some(Self::Phone)
        } else if has(&["email", "mail"]) {
            Some(Self::Email)
        } else if has(&["ip"]) {
            Some(Self::Ip)
        } else if has(&["avatar", "portrait", "headimg"]) {
            Some(Self::Image)
        } else if has(&["authorization", "cookie", "password", "secret", "token"])
            || words == ["api", "key"]
        {
            Some(Self::Token)
        } else {
            is_person(&words).then_some(Self::Person)
        }
    }

    /// The masked form of a value; an empty value stays empty.
    pub(crate) fn apply(self, value: &str) -> String {
        if value.is_empty() {
            return String::new();
        }
        match self {
            Self::Phone => zero_digits(value),
            Self::Person => "Sample Buyer".to_owned(),
            Self::Email => "buyer@example.com".to_owned(),
            Self::Ip => "192.0.2.1".to_owned(),
            Self::Image => "https://example.invalid/masked.png".to_owned(),
            Self::Token => shortened(value),
        }
    }
}

/// Whether a field is about a person, by its last key: `buyerName`, `data.nick_name`, `query:phone`. Addresses are,
/// too, and have no rule of their own.
pub(crate) fn is_personal(path: &str) -> bool {
    let is_address = || last_words(path).iter().any(|word| word == "address");
    Mask::suggested(path).is_some_and(|mask| mask != Mask::Token) || is_address()
}

/// A name or a nick name, or a role that stands for one.
fn is_person(words: &[String]) -> bool {
    const ROLES: [&str; 3] = ["consignee", "receiver", "recipient"];
    const PEOPLE: [&str; 6] = ["buyer", "contact", "customer", "nick", "real", "user"];
    let has = |known: &[&str]| words.iter().any(|word| known.contains(&word.as_str()));
    let is_role = matches!(words, [only] if ROLES.contains(&only.as_str()));
    let is_name = has(&["name"]) && (has(&PEOPLE) || has(&ROLES));
    is_role || is_name || has(&["nick", "nickname", "username"])
}

fn last_words(path: &str) -> Vec<String> {
    let key = path.rsplit(['.', ':']).next().unwrap_or(path);
    words(key.trim_end_matches("[]"))
}

/// `buyerName`, `buyer_name` and `buyer-name` are buyer and name; `IPAddress` is ip and address.
fn words(key: &str) -> Vec<String> {
    let letters: Vec<char> = key.chars().collect();
    let mut words = vec![String::new()];
    for (position, &letter) in letters.iter().enumerate() {
        let after_small = position
            .checked_sub(1)
            .and_then(|before| letters.get(before))
            .is_some_and(|before| !before.is_uppercase());
        let before_small = letters
            .get(position + 1)
            .is_some_and(|after| after.is_lowercase());
        if !letter.is_alphanumeric() || (letter.is_uppercase() && (after_small || before_small)) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.extend(
                letter
                    .to_lowercase()
                    .filter(|letter| letter.is_alphanumeric()),
            );
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

impl Mask {
    /// The masked form of a value in JSON. A telephone number that was sent as a number becomes 0.
    pub(crate) fn apply_to(self, value: &Json) -> Json {
        match value {
            Json::String(text) => Json::String(self.apply(text)),
            Json::Literal(literal) if self == Self::Phone && is_number(literal) => {
                Json::Literal("0".to_owned())
            }
            other => other.clone(),
        }
    }
}

impl fmt::Display for Mask {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

fn zero_digits(value: &str) -> String {
    value
        .chars()
        .map(|next| if next.is_numeric() { '0' } else { next })
        .collect()
}

/// `Bearer eyJhbGci…` as `Bearer eyJ...`.
fn shortened(value: &str) -> String {
    let (scheme, token) = value.rsplit_once(' ').unwrap_or(("", value));
    let token = token.strip_suffix("...").unwrap_or(token);
    let start: String = token.chars().take(3).collect();
    format!("{scheme} {start}...").trim_start().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masking_twice_changes_nothing() {
        for mask in Mask::ALL {
            assert_eq!(Mask::by_name(mask.name()), Some(mask));
            for value in [
                "",
                "+15550100",
                "Jo 李",
                "a@b.example",
                "198.51.100.7",
                "//x/y.png",
                "Bearer abcdef.ghi",
            ] {
                let masked = mask.apply(value);
                assert_eq!(mask.apply(&masked), masked, "{mask}: {value}");
            }
        }
    }

    #[test]
    fn a_phone_number_keeps_its_shape() {
        assert_eq!(Mask::Phone.apply("+1 555-0100"), "+0 000-0000");
    }

    #[test]
    fn fields_are_personal_by_their_words() {
        for path in [
            "buyerName",
            "customer_name",
            "data.recipient_name",
            "receiverName",
            "nick_name",
            "nickname",
            "buyerNick",
            "user_name",
            "query:ship_phone",
            "contactEmail",
            "wx_avatar",
            "browser_ip",
            "clientIP",
            "IPAddress",
            "receiver",
            "phones.mobile[]",
            "contact.realName",
        ] {
            assert!(is_personal(path), "{path}");
        }
        for path in [
            "goods_name",
            "shop_name",
            "shipping_line_name",
            "receipt",
            "zip",
            "user_id",
            "receiver_id",
            "description",
            "tips",
            "buyer.id",
            "phone.brand",
        ] {
            assert!(!is_personal(path), "{path}");
        }
    }
}
