//! Acting on a case: the trait, what can be done, and how it ended.

use std::fmt;

use async_trait::async_trait;
use serde::Serialize;

use crate::{
    AfterSale, AfterSales, Awaits, Currency, Decimal, Error, ErrorKind, Lookup, Money, Result,
    Status,
};

/// What the account can do about its cases, as far as its platform documents it.
///
/// Two steps: a [`Plan`] checks the action against the case and shows what would be sent; carrying it out sends it,
/// once. What may have arrived is never sent again: its outcome is then [`Outcome::Unconfirmed`].
#[async_trait]
pub trait Actions: AfterSales {
    /// Checks an action on a case, as it was last read, and prepares the request. It may read from the platform and changes
    /// nothing there.
    ///
    /// # Errors
    /// [`Unsupported`](crate::ErrorKind::Unsupported) when the platform documents no such action,
    /// [`Conflict`](crate::ErrorKind::Conflict) when the case does not allow it (it is over, or in another state, or states
    /// a smaller amount), [`Config`](crate::ErrorKind::Config) when the action lacks something that the platform wants; all
    /// of these before anything is sent. Otherwise whatever kept a needed read from succeeding.
    async fn plan(&self, case: &AfterSale, action: &Action) -> Result<Box<dyn Plan>>;
}

/// An action that was checked and is ready to be sent, once.
#[async_trait]
pub trait Plan: fmt::Debug + Send + Sync {
    /// What it does and what would be sent, without secrets.
    fn preview(&self) -> &Preview;

    /// Sends the request, at most once: again only where it has certainly not left this machine.
    ///
    /// Do not drop the future before it is ready: the request may have been sent, and nobody would know how it ended.
    ///
    /// # Errors
    /// What the platform refused, or what kept the request from being sent: nothing has changed.
    async fn carry_out(self: Box<Self>) -> Result<Outcome>;
}

/// What to do about a case.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Action {
    /// Agrees to what is asked for; on some platforms money is paid back at once.
    Approve,
    /// Refuses it.
    Reject(Rejection),
    /// Agrees that the goods come back, and says where to.
    AcceptReturn(ReturnAddress),
    /// Says that the goods are back; on some platforms money is paid back at once.
    ConfirmReceipt,
    /// Pays an amount back.
    Refund(Refund),
    /// Withdraws the case, or takes it off the platform.
    Cancel,
    /// Hands in papers that support the account's side.
    SubmitEvidence(Message),
    /// Writes to the other side.
    SendMessage(Message),
}

impl Action {
    /// What kind of action it is.
    pub fn kind(&self) -> ActionKind {
        match self {
            Self::Approve => ActionKind::Approve,
            Self::Reject(_) => ActionKind::Reject,
            Self::AcceptReturn(_) => ActionKind::AcceptReturn,
            Self::ConfirmReceipt => ActionKind::ConfirmReceipt,
            Self::Refund(_) => ActionKind::Refund,
            Self::Cancel => ActionKind::Cancel,
            Self::SubmitEvidence(_) => ActionKind::SubmitEvidence,
            Self::SendMessage(_) => ActionKind::SendMessage,
        }
    }
}

/// The kind of an [`Action`], without its arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ActionKind {
    /// See [`Action::Approve`].
    Approve,
    /// See [`Action::Reject`].
    Reject,
    /// See [`Action::AcceptReturn`].
    AcceptReturn,
    /// See [`Action::ConfirmReceipt`].
    ConfirmReceipt,
    /// See [`Action::Refund`].
    Refund,
    /// See [`Action::Cancel`].
    Cancel,
    /// See [`Action::SubmitEvidence`].
    SubmitEvidence,
    /// See [`Action::SendMessage`].
    SendMessage,
}

impl ActionKind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::Approve,
        Self::Reject,
        Self::AcceptReturn,
        Self::ConfirmReceipt,
        Self::Refund,
        Self::Cancel,
        Self::SubmitEvidence,
        Self::SendMessage,
    ];

    /// The name used in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Reject => "reject",
            Self::AcceptReturn => "accept_return",
            Self::ConfirmReceipt => "confirm_receipt",
            Self::Refund => "refund",
            Self::Cancel => "cancel",
            Self::SubmitEvidence => "submit_evidence",
            Self::SendMessage => "send_message",
        }
    }

    /// What it does, as in "a call to …".
    pub const fn verb(self) -> &'static str {
        match self {
            Self::Approve => "approve a case",
            Self::Reject => "reject a case",
            Self::AcceptReturn => "accept a return",
            Self::ConfirmReceipt => "confirm receipt of a return",
            Self::Refund => "refund an amount",
            Self::Cancel => "cancel a case",
            Self::SubmitEvidence => "submit evidence",
            Self::SendMessage => "send a message",
        }
    }

    /// Refuses a case that cannot be in need of it. A status that is not known speaks against nothing.
    pub(crate) fn admit(self, case: &AfterSale) -> Result<()> {
        use Status as S;
        let fits = match (self, case.status) {
            (_, S::Unknown) | (Self::SendMessage, _) => true,
            (Self::Cancel | Self::SubmitEvidence, _) => !case.is_final,
            (Self::Approve | Self::AcceptReturn, status) => status == S::Requested,
            (Self::Reject, status) => {
                matches!(
                    status,
                    S::Requested | S::ReturnInTransit | S::ReturnReceived
                )
            }
            (Self::ConfirmReceipt, status) => status == S::ReturnInTransit,
            // Where the platform is paying already, a second payment would follow.
            (Self::Refund, S::Refunding) => case.awaits == Some(Awaits::Seller),
            (Self::Refund, status) => !case.is_final && status != S::Disputed,
        };
        if fits {
            return Ok(());
        }
        let message = format!("the case is {}, which does not go with {self}", case.status);
        Err(Error::new(ErrorKind::Conflict, message))
    }
}

impl fmt::Display for ActionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Why a case is refused. What of it a platform wants differs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rejection {
    /// The platform's code of the reason.
    pub reason: Option<String>,
    /// The same in words.
    pub text: Option<String>,
    /// Pictures and papers: links, or the platform's own ids of what was uploaded.
    pub evidence: Vec<String>,
}

/// Where goods are to be sent back to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReturnAddress {
    /// An address that the platform has on file, by its id.
    OnFile(String),
    /// A written one.
    Written(Address),
}

/// A postal address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Address {
    /// Who receives the parcel.
    pub receiver: String,
    /// The telephone number of the receiver.
    pub phone: String,
    /// The country, in the platform's spelling.
    pub country: Option<String>,
    /// The province or state.
    pub province: Option<String>,
    /// The city.
    pub city: Option<String>,
    /// The district or town.
    pub town: Option<String>,
    /// Street, number and all the rest.
    pub detail: String,
}

/// How much is paid back, and of what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// How much.
    pub amount: Money,
    /// Of which payments of the order, by their ids, where it was paid in several. The amounts have to add up.
    pub payments: Vec<(String, Money)>,
    /// For which lines of the order, by their ids, and how many of each.
    pub lines: Vec<(String, u64)>,
    /// A note for the record.
    pub note: Option<String>,
}

impl Refund {
    /// An amount, of whatever the order was paid with.
    pub fn of(amount: Money) -> Self {
        Self {
            amount,
            payments: Vec::new(),
            lines: Vec::new(),
            note: None,
        }
    }

    /// Refuses an amount that the case does not allow, and parts that are not the whole.
    pub(crate) fn admit(&self, case: &AfterSale) -> Result<()> {
        let conflict = |message: String| Error::new(ErrorKind::Conflict, message);
        let amount = positive("amount", self.amount)?;
        let amounts = &case.amounts;
        let allowed = amounts.requested.or(amounts.order_total).ok_or_else(|| {
            conflict("the case states no amount that a refund could be checked against".to_owned())
        })?;
        let currency = allowed.currency();
        let refunded = match amounts.refunded {
            Some(paid) => in_currency("what was refunded", paid, currency)?,
            None => Decimal::ZERO,
        };
        in_currency("amount", self.amount, currency)?;
        let left = allowed.amount().checked_sub(refunded);
        let left = left.filter(|_| refunded >= Decimal::ZERO).ok_or_else(|| {
            conflict(format!(
                "the case states amounts that cannot be: {allowed} asked for, {refunded} {currency} paid back"
            ))
        })?;
        if amount > left {
            let message = format!(
                "{} is more than the case still allows: {left} {currency}",
                self.amount
            );
            return Err(conflict(message));
        }
        let mut sum = Decimal::ZERO;
        for &(_, part) in &self.payments {
            in_currency("payments", part, currency)?;
            let part = positive("payments", part)?;
            sum = sum
                .checked_add(part)
                .ok_or_else(|| Error::config("payments", "add up to more than any amount"))?;
        }
        if !self.payments.is_empty() && sum != amount {
            let problem = format!("add up to {sum} {currency}, not to {}", self.amount);
            return Err(Error::config("payments", problem));
        }
        Ok(())
    }
}

/// An amount that can be paid: more than nothing, and whole minor units.
fn positive(field: &str, money: Money) -> Result<Decimal> {
    money.minor().map_err(|error| Error::config(field, error))?;
    if money.amount() <= Decimal::ZERO {
        return Err(Error::config(field, "has to be more than nothing"));
    }
    Ok(money.amount())
}

fn in_currency(field: &str, money: Money, currency: Currency) -> Result<Decimal> {
    if money.currency() == currency {
        return Ok(money.amount());
    }
    let message = format!("{field}: {money} is not in the case's currency, {currency}");
    Err(Error::new(ErrorKind::Conflict, message))
}

/// Words and papers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message {
    /// The words.
    pub text: String,
    /// Pictures and papers: links, or the platform's own ids of what was uploaded.
    pub files: Vec<String>,
}

/// What an action does and what would be sent for it. Where a secret stands, it says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Preview {
    /// The kind of action.
    pub action: ActionKind,
    /// The platform's id of the case.
    pub case: String,
    /// What will happen, in a sentence.
    pub effect: String,
    /// How much money it moves, where it moves some and that is known.
    pub amount: Option<Money>,
    /// The platform's name of the call.
    pub operation: &'static str,
    /// The HTTP method.
    pub method: String,
    /// The whole address.
    pub url: String,
    /// Names and values of the headers.
    pub headers: Vec<(String, String)>,
    /// The body, if there is one.
    pub body: Option<String>,
}

/// How an action ended.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// The platform says that it is done, or will be.
    Confirmed(Confirmation),
    /// The request may have reached the platform, and no answer says what became of it. Find out before acting again.
    Unconfirmed(Unconfirmed),
}

/// What the platform says of an action that it took.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Confirmation {
    /// The platform's id of the payment back.
    pub refund_id: Option<String>,
    /// The platform's id of the case that the action made, where it made another one.
    pub after_sale_id: Option<String>,
    /// The platform has taken the order and carries it out later.
    pub is_pending: bool,
}

/// An action of which nobody knows whether it took effect.
#[derive(Debug, Clone)]
pub struct Unconfirmed {
    /// Why there is no confirmation.
    pub error: Error,
    /// How to find out.
    pub find_out: FindOut,
}

/// How to find out whether an action took effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindOut {
    /// What to look up, where the platform has a look-up for it.
    pub lookup: Option<Lookup>,
    /// What shows that the action took effect, in a sentence.
    pub sign: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{NativeStatus, Platform, Progress, Side, Source};

    fn yuan(amount: &str) -> Money {
        Money::from_major(amount, Currency::CNY).unwrap()
    }

    fn case(progress: Progress) -> AfterSale {
        let source = Source::new(Platform::new("example"), "shop", Side::Seller);
        AfterSale::new(&source, "1".to_owned(), NativeStatus::default(), progress)
    }

    #[test]
    fn an_action_goes_with_the_statuses_that_need_it() {
        use ActionKind as A;
        use Awaits as W;
        use Status as S;
        for (status, awaits, kinds) in [
            (
                S::Requested,
                W::Seller,
                &[
                    A::Approve,
                    A::Reject,
                    A::AcceptReturn,
                    A::Refund,
                    A::Cancel,
                    A::SubmitEvidence,
                ][..],
            ),
            (
                S::AwaitingReturn,
                W::Buyer,
                &[A::Refund, A::Cancel, A::SubmitEvidence],
            ),
            (
                S::ReturnInTransit,
                W::Seller,
                &[
                    A::Reject,
                    A::ConfirmReceipt,
                    A::Refund,
                    A::Cancel,
                    A::SubmitEvidence,
                ],
            ),
            (S::Refunding, W::Platform, &[A::Cancel, A::SubmitEvidence]),
            (
                S::Refunding,
                W::Seller,
                &[A::Refund, A::Cancel, A::SubmitEvidence],
            ),
            (S::Disputed, W::Platform, &[A::Cancel, A::SubmitEvidence]),
            (S::Completed, W::Nobody, &[]),
            (S::Cancelled, W::Nobody, &[]),
            (S::Rejected, W::Nobody, &[]),
        ] {
            let case = case(Progress::new(status, awaits));
            for kind in A::ALL {
                let refused = kind.admit(&case).err().map(|error| error.kind());
                let fits = kinds.contains(&kind) || kind == A::SendMessage;
                let expected = (!fits).then_some(ErrorKind::Conflict);
                assert_eq!(refused, expected, "{kind} while {status} awaits {awaits}");
            }
        }
        let unknown = case(Progress::UNKNOWN);
        assert!(A::ALL.iter().all(|kind| kind.admit(&unknown).is_ok()));
    }

    /// Of all amounts that can be held.
    const LARGEST: &str = "79228162514264337593543950335";

    #[test]
    fn a_refund_stays_within_what_the_case_allows() {
        use ErrorKind as K;
        let dollars = Money::from_major("1.00", Currency::new("USD").unwrap()).unwrap();
        let in_two = |first: &str, second: &str| Refund {
            payments: vec![
                ("a".to_owned(), yuan(first)),
                ("b".to_owned(), yuan(second)),
            ],
            ..Refund::of(yuan("7.00"))
        };
        for (requested, refunded, total, refund, refusal) in [
            (Some("7.00"), None, None, Refund::of(yuan("7.00")), None),
            (Some("7.00"), None, None, Refund::of(yuan("7.000")), None),
            (
                Some("7.00"),
                None,
                None,
                Refund::of(yuan("7.01")),
                Some(K::Conflict),
            ),
            (
                Some("7.00"),
                Some("6.00"),
                None,
                Refund::of(yuan("1.00")),
                None,
            ),
            (
                Some("7.00"),
                Some("6.00"),
                None,
                Refund::of(yuan("1.01")),
                Some(K::Conflict),
            ),
            (
                Some("7.00"),
                None,
                Some("99"),
                Refund::of(yuan("8")),
                Some(K::Conflict),
            ),
            (None, None, Some("99"), Refund::of(yuan("8")), None),
            (
                None,
                None,
                None,
                Refund::of(yuan("0.01")),
                Some(K::Conflict),
            ),
            (
                Some("7.00"),
                None,
                None,
                Refund::of(yuan("0")),
                Some(K::Config),
            ),
            (
                Some("7.00"),
                None,
                None,
                Refund::of(yuan("-1")),
                Some(K::Config),
            ),
            (
                Some("7.00"),
                None,
                None,
                Refund::of(yuan("0.001")),
                Some(K::Config),
            ),
            (
                Some("7.00"),
                None,
                None,
                Refund::of(dollars),
                Some(K::Conflict),
            ),
            (
                Some("7.00"),
                Some("-1.00"),
                None,
                Refund::of(yuan("8.00")),
                Some(K::Conflict),
            ),
            (
                Some(LARGEST),
                Some("-1"),
                None,
                Refund::of(yuan("1")),
                Some(K::Conflict),
            ),
            (
                Some("-79228162514264337593543950335"),
                Some("1"),
                None,
                Refund::of(yuan("1")),
                Some(K::Conflict),
            ),
            (Some("7.00"), None, None, in_two("3", "4"), None),
            (
                Some("7.00"),
                None,
                None,
                in_two(LARGEST, LARGEST),
                Some(K::Config),
            ),
            (
                Some("7.00"),
                None,
                None,
                in_two("3", "3.99"),
                Some(K::Config),
            ),
            (Some("7.00"), None, None, in_two("8", "-1"), Some(K::Config)),
        ] {
            let mut case = case(Progress::new(Status::Requested, Awaits::Seller));
            case.amounts.requested = requested.map(yuan);
            case.amounts.refunded = refunded.map(yuan);
            case.amounts.order_total = total.map(yuan);
            let refused = refund.admit(&case).err();
            assert_eq!(
                refused.as_ref().map(Error::kind),
                refusal,
                "{refund:?} of {requested:?} less {refunded:?}: {refused:?}"
            );
        }
    }
}
