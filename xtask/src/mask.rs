//! The named rules by which a sheet hides personal data that a page published.
//!
//! A rule depends on nothing but the published value, and applied twice it changes nothing: so the page and the
//! sheet can be compared, and an unmasked value is found without knowing the original.

use std::fmt;

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
        let key = path.rsplit(['.', ':']).next().unwrap_or_default();
        let key: String = key
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|next| next.to_ascii_lowercase())
            .collect();
        let ends = |names: &[&str]| names.iter().any(|name| key.ends_with(name));
        let people = [
            "buyername",
            "customername",
            "recipientname",
            "receivername",
            "consignee",
            "nickname",
            "username",
            "realname",
            "receiver",
        ];
        if ends(&["phone", "mobile", "telnumber", "telephone"]) {
            Some(Self::Phone)
        } else if ends(&["email"]) {
            Some(Self::Email)
        } else if ends(&people) {
            Some(Self::Person)
        } else if key == "ip" || ends(&["browserip", "clientip", "userip"]) {
            Some(Self::Ip)
        } else if ends(&["avatar", "headimg", "headimgurl", "portrait"]) {
            Some(Self::Image)
        } else if key == "authorization" {
            Some(Self::Token)
        } else {
            None
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
}
