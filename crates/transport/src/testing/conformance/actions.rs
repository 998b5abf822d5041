//! What every platform crate promises about actions.

use std::sync::Arc;

use core_model::{
    Action, ActionKind, AfterSale, Currency, ErrorKind, FindOut, Message, Money, NativeStatus,
    Outcome, Plan, Progress, Refund, Rejection, Result, ReturnAddress,
};

use super::{BASE_URL, CANARY, Subject, client};
use crate::testing::script::{Script, answer};
use crate::{Code, ExchangeError, Outgoing};

/// What the capabilities do not declare is refused, and nothing is sent.
pub async fn an_undeclared_action_is_refused_without_a_request(subject: impl Subject) {
    let script = Script::always(500, "nothing may be asked");
    let client = client(subject, &script);
    let unknown = NativeStatus::default();
    let mut case = AfterSale::new(client.source(), "1".to_owned(), unknown, Progress::UNKNOWN);
    case.order.id = Some("1".to_owned());
    case.amounts.requested = Money::from_major("1.00", Currency::CNY).ok();
    let abilities = client.capabilities().abilities;
    for kind in ActionKind::ALL
        .into_iter()
        .filter(|&kind| !abilities.can(kind))
    {
        let action = example(kind);
        let error = client.plan(&case, &action).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error:?}");
        super::assert_is_stamped(&error);
    }
    assert!(script.requests().is_empty());
}

/// Planning changes nothing, carrying out is one request, and the platform's word for success confirms it. There is an example
/// of everything that is declared.
pub async fn a_declared_action_is_one_request_and_its_confirmation(subject: impl Subject) {
    let mut missing = ActionKind::ALL.to_vec();
    let abilities = client(subject, &Script::always(500, ""))
        .capabilities()
        .abilities;
    missing.retain(|&kind| abilities.can(kind));
    for (case, action) in subject.actions() {
        missing.retain(|&kind| kind != action.kind());
        let (script, plan) = planned(subject, &case, &action, move |request| {
            Ok(answer(200, subject.done(request)))
        })
        .await;
        assert!(
            acts(subject, &script).is_empty(),
            "{action:?}: a plan only reads"
        );
        let outcome = plan.carry_out().await;
        assert!(
            matches!(outcome, Ok(Outcome::Confirmed(_))),
            "{action:?}: {outcome:?}"
        );
        assert_eq!(acts(subject, &script).len(), 1, "{action:?}");
    }
    assert!(missing.is_empty(), "without an example: {missing:?}");
}

/// The preview is the request that goes out, with a mask in place of each secret.
pub async fn a_plan_shows_what_will_be_sent_and_no_secret(subject: impl Subject) {
    for (case, action) in subject.actions() {
        let (script, plan) = planned(subject, &case, &action, move |request| {
            Ok(answer(200, subject.done(request)))
        })
        .await;
        let preview = plan.preview().clone();
        let shown = format!("{plan:?} {}", serde_json::to_string(&preview).unwrap());
        assert!(!shown.contains(CANARY), "{shown}");
        assert!(!preview.effect.is_empty());
        assert_eq!((preview.action, &preview.case), (action.kind(), &case.id));
        plan.carry_out().await.unwrap();
        let sent = acts(subject, &script).pop().unwrap();
        assert_eq!(preview.method, sent.method().as_str());
        let address = |url: &str| url.split('?').next().unwrap().to_owned();
        assert_eq!(address(&preview.url), address(&sent.uri().to_string()));
        assert!(preview.url.starts_with(BASE_URL), "{preview:?}");
        let sent_names: Vec<_> = sent.headers().keys().map(ToString::to_string).collect();
        let shown_names: Vec<_> = preview
            .headers
            .iter()
            .map(|(name, _)| name.clone())
            .collect();
        assert_eq!(shown_names, sent_names);
        assert_eq!(preview.body.is_some(), !sent.body().is_empty());
    }
}

/// Whatever is answered, and where nothing is: no action goes out twice. It is confirmed by success, refused by a refusal that
/// is documented, and unconfirmed by anything else.
pub async fn what_may_have_arrived_is_never_sent_again(subject: impl Subject) {
    type Answer = fn() -> Result<(u16, &'static str), &'static str>;
    let unclear: [Answer; 9] = [
        || Err("connection reset"),
        || Ok((200, "")),
        || Ok((200, "{")),
        || Ok((200, "[]")),
        || Ok((200, "<html>back soon</html>")),
        || Ok((500, "")),
        || Ok((502, "<html>bad gateway</html>")),
        || Ok((302, "")),
        || Ok((408, "")),
    ];
    for (case, action) in subject.actions() {
        for unclear in unclear {
            let name = format!("{action:?} {:?}", unclear());
            let outcome = answered(subject, &case, &action, move |_| match unclear() {
                Ok((status, body)) => Ok(answer(status, body)),
                Err(message) => Err(ExchangeError::network(message)),
            })
            .await;
            expect_unconfirmed(outcome, &name);
        }
        let (_, body) = subject.fault("987654", "nobody knows this code");
        let outcome = answered(subject, &case, &action, move |_| {
            Ok(answer(200, body.clone()))
        })
        .await;
        expect_unconfirmed(outcome, "a code that is in no table");

        for (status, kind) in [
            (400, ErrorKind::Rejected),
            (401, ErrorKind::Unauthenticated),
            (403, ErrorKind::PermissionDenied),
            (404, ErrorKind::NotFound),
            (429, ErrorKind::RateLimited),
        ] {
            let outcome = answered(subject, &case, &action, move |_| Ok(answer(status, ""))).await;
            expect_refused(outcome, kind, &format!("{action:?} {status}"));
        }
        let (status, body) = subject.expired();
        let outcome = answered(subject, &case, &action, move |_| {
            Ok(answer(status, body.clone()))
        })
        .await;
        expect_refused(outcome, ErrorKind::Unauthenticated, "an expired token");

        for &Code { code, kind, .. } in subject.codes() {
            let (status, body) = subject.fault(code, "as documented");
            let outcome = answered(subject, &case, &action, move |_| {
                Ok(answer(status, body.clone()))
            })
            .await;
            let name = format!("{action:?} code {code}");
            match kind {
                ErrorKind::Unavailable | ErrorKind::Timeout | ErrorKind::Decode => {
                    expect_unconfirmed(outcome, &name);
                }
                _ => expect_refused(outcome, kind, &name),
            }
        }
    }
}

/// Where no connection could be made, nothing has happened: it is tried again.
pub async fn what_never_left_is_sent_again(subject: impl Subject) {
    for (case, action) in subject.actions() {
        let mut refusals = 2;
        let (script, plan) = planned(subject, &case, &action, move |request| {
            if refusals > 0 {
                refusals -= 1;
                return Err(ExchangeError::unconnected("connection refused"));
            }
            Ok(answer(200, subject.done(request)))
        })
        .await;
        let outcome = plan.carry_out().await;
        assert!(matches!(outcome, Ok(Outcome::Confirmed(_))), "{outcome:?}");
        assert_eq!(acts(subject, &script).len(), 3);
    }
}

fn example(kind: ActionKind) -> Action {
    let amount = Money::from_major("1.00", Currency::CNY).expect("an amount");
    match kind {
        ActionKind::Approve => Action::Approve,
        ActionKind::Reject => Action::Reject(Rejection::default()),
        ActionKind::AcceptReturn => Action::AcceptReturn(ReturnAddress::OnFile("1".to_owned())),
        ActionKind::ConfirmReceipt => Action::ConfirmReceipt,
        ActionKind::Refund => Action::Refund(Refund::of(amount)),
        ActionKind::Cancel => Action::Cancel,
        ActionKind::SubmitEvidence => Action::SubmitEvidence(Message::default()),
        ActionKind::SendMessage => Action::SendMessage(Message::default()),
    }
}

/// A plan, on a platform that answers the acting request as the function says.
async fn planned(
    subject: impl Subject,
    case: &AfterSale,
    action: &Action,
    mut act: impl FnMut(&Outgoing) -> Result<crate::Incoming, ExchangeError> + Send + 'static,
) -> (Arc<Script>, Box<dyn Plan>) {
    let script = Script::new(move |request| {
        let token = subject.token(request, &format!("{CANARY}-token"));
        match token.or_else(|| subject.read_for_plan(request)) {
            Some(body) => Ok(answer(200, body)),
            None => act(request),
        }
    });
    let plan = client(subject, &script).plan(case, action).await;
    let plan = plan.unwrap_or_else(|error| panic!("{action:?}: {error:?}"));
    (script, plan)
}

/// How an action ends on a platform that answers like this. It has gone out once.
async fn answered(
    subject: impl Subject,
    case: &AfterSale,
    action: &Action,
    act: impl FnMut(&Outgoing) -> Result<crate::Incoming, ExchangeError> + Send + 'static,
) -> Result<Outcome> {
    let (script, plan) = planned(subject, case, action, act).await;
    let outcome = plan.carry_out().await;
    assert_eq!(acts(subject, &script).len(), 1, "{action:?}: {outcome:?}");
    outcome
}

/// The requests that change something.
fn acts(subject: impl Subject, script: &Script) -> Vec<Outgoing> {
    let mut requests = super::business_requests(subject, script);
    requests.retain(|request| subject.read_for_plan(request).is_none());
    requests
}

fn expect_unconfirmed(outcome: Result<Outcome>, name: &str) {
    let Ok(Outcome::Unconfirmed(unconfirmed)) = outcome else {
        panic!("{name}: {outcome:?}");
    };
    super::assert_is_stamped(&unconfirmed.error);
    let FindOut { sign, .. } = unconfirmed.find_out;
    assert!(!sign.is_empty(), "{name}: no way to find out");
}

fn expect_refused(outcome: Result<Outcome>, kind: ErrorKind, name: &str) {
    let error = outcome.map(|_| ()).unwrap_err();
    assert_eq!(error.kind(), kind, "{name}: {error:?}");
    super::assert_is_stamped(&error);
}
