//! How far a case has come.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The unified status of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Filed, a decision is due.
    Requested,
    /// Agreed; money or goods have not moved yet.
    Approved,
    /// The buyer has to send the goods back.
    AwaitingReturn,
    /// The goods are on their way back; the seller has to confirm receipt.
    ReturnInTransit,
    /// The seller has the goods; the next step is due.
    ReturnReceived,
    /// Exchange: the seller has to ship.
    AwaitingReplacement,
    /// Exchange: the buyer has to confirm.
    ReplacementSent,
    /// The payment is under way.
    Refunding,
    /// The payment failed.
    RefundFailed,
    /// The platform decides.
    Disputed,
    /// Refused. The buyer may still escalate while somebody is awaited.
    Rejected,
    /// Done.
    Completed,
    /// Withdrawn.
    Cancelled,
    /// Ended without a refund.
    Closed,
    /// The platform's code is not in our table; the native code is kept.
    Unknown,
}

impl Status {
    /// Every status, in the order in which a case usually passes them.
    pub const ALL: [Self; 15] = [
        Self::Requested,
        Self::Approved,
        Self::AwaitingReturn,
        Self::ReturnInTransit,
        Self::ReturnReceived,
        Self::AwaitingReplacement,
        Self::ReplacementSent,
        Self::Refunding,
        Self::RefundFailed,
        Self::Disputed,
        Self::Rejected,
        Self::Completed,
        Self::Cancelled,
        Self::Closed,
        Self::Unknown,
    ];

    /// The name used in JSON, in the configuration and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Approved => "approved",
            Self::AwaitingReturn => "awaiting_return",
            Self::ReturnInTransit => "return_in_transit",
            Self::ReturnReceived => "return_received",
            Self::AwaitingReplacement => "awaiting_replacement",
            Self::ReplacementSent => "replacement_sent",
            Self::Refunding => "refunding",
            Self::RefundFailed => "refund_failed",
            Self::Disputed => "disputed",
            Self::Rejected => "rejected",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
            Self::Closed => "closed",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Status {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        named(&Self::ALL, Self::as_str, name)
    }
}

/// Who has to act next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Awaits {
    /// Whoever sold the goods.
    Seller,
    /// Whoever bought the goods.
    Buyer,
    /// The platform or its payment service.
    Platform,
    /// No one: the case rests.
    Nobody,
}

impl Awaits {
    /// Every value.
    pub const ALL: [Self; 4] = [Self::Seller, Self::Buyer, Self::Platform, Self::Nobody];

    /// The name used in JSON and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Seller => "seller",
            Self::Buyer => "buyer",
            Self::Platform => "platform",
            Self::Nobody => "nobody",
        }
    }
}

impl fmt::Display for Awaits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Awaits {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        named(&Self::ALL, Self::as_str, name)
    }
}

/// A name that is none of the allowed ones.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name:?} is none of {allowed}")]
pub struct UnknownName {
    name: String,
    allowed: String,
}

fn named<T: Copy>(all: &[T], as_str: fn(T) -> &'static str, name: &str) -> Result<T, UnknownName> {
    all.iter()
        .copied()
        .find(|&value| as_str(value) == name)
        .ok_or_else(|| UnknownName {
            name: name.to_owned(),
            allowed: all
                .iter()
                .map(|&value| as_str(value))
                .collect::<Vec<_>>()
                .join(", "),
        })
}

/// A unified status with whoever has to act next: one entry of a platform's status table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Progress {
    status: Status,
    awaits: Option<Awaits>,
}

impl Progress {
    /// The code is in no table: nothing is said about who is awaited.
    pub const UNKNOWN: Self = Self {
        status: Status::Unknown,
        awaits: None,
    };

    /// A step in which `awaits` has to act.
    pub const fn new(status: Status, awaits: Awaits) -> Self {
        Self {
            status,
            awaits: Some(awaits),
        }
    }

    /// The entry of a platform's status table for a code; [`UNKNOWN`](Self::UNKNOWN) where there is
    /// no code, or none that the table has.
    pub fn lookup(table: &[(&str, Self)], code: Option<&str>) -> Self {
        table
            .iter()
            .find(|(native, _)| Some(*native) == code)
            .map_or(Self::UNKNOWN, |&(_, progress)| progress)
    }

    /// The unified status.
    pub const fn status(self) -> Status {
        self.status
    }

    /// Who has to act next; `None` where the status is unknown.
    pub const fn awaits(self) -> Option<Awaits> {
        self.awaits
    }

    /// Whether nothing more will happen: done, withdrawn, closed, or refused with nobody awaited.
    pub const fn is_final(self) -> bool {
        match self.status {
            Status::Completed | Status::Cancelled | Status::Closed => true,
            Status::Rejected => matches!(self.awaits, Some(Awaits::Nobody)),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_agree_with_json() {
        for status in Status::ALL {
            let json = serde_json::to_string(&status).unwrap();
            assert_eq!(json, format!("\"{status}\""));
            assert_eq!(status.as_str().parse(), Ok(status));
        }
        for awaits in Awaits::ALL {
            let json = serde_json::to_string(&awaits).unwrap();
            assert_eq!(json, format!("\"{awaits}\""));
            assert_eq!(awaits.as_str().parse(), Ok(awaits));
        }
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_allowed_ones() {
        let error = "done".parse::<Awaits>().unwrap_err();
        assert_eq!(
            error.to_string(),
            r#""done" is none of seller, buyer, platform, nobody"#
        );
    }

    #[test]
    fn a_refusal_is_final_only_when_nobody_is_awaited() {
        assert!(Progress::new(Status::Rejected, Awaits::Nobody).is_final());
        assert!(!Progress::new(Status::Rejected, Awaits::Buyer).is_final());
        assert!(!Progress::UNKNOWN.is_final());
        let finals = Status::ALL
            .into_iter()
            .filter(|&status| Progress::new(status, Awaits::Seller).is_final());
        assert!(finals.eq([Status::Completed, Status::Cancelled, Status::Closed]));
    }
}
