//! An action that is ready to be sent.

use std::fmt;

use async_trait::async_trait;
use core_model::{
    Action, AfterSale, Confirmation, ErrorKind, FindOut, Money, Outcome, Plan, Preview, Result,
    Unconfirmed,
};
use http::HeaderValue;

use crate::http::Acted;
use crate::redact::MASK;
use crate::{Http, Reply, Request};

/// What a platform sends for an action, and how it says that it is done.
#[derive(Debug, Clone)]
pub struct Act {
    /// The request that changes something.
    pub request: Request,
    /// What will happen, in a sentence.
    pub effect: String,
    /// How much money it moves, where it moves some and that is known.
    pub amount: Option<Money>,
    /// How to find out what became of it, should no answer say so.
    pub find_out: FindOut,
    /// Reads the answer that states success. An answer that cannot be read confirms nothing; any other error says that
    /// nothing was done.
    pub read: fn(&Reply) -> Result<Confirmation>,
}

impl Http {
    /// Makes a plan of an action on a case. Nothing is sent.
    ///
    /// # Errors
    /// [`Config`](ErrorKind::Config) when the request cannot be built or signed.
    pub fn plan(&self, case: &AfterSale, action: &Action, mut act: Act) -> Result<Box<dyn Plan>> {
        let operation = act.request.operation();
        let stamped =
            |error: core_model::Error| error.with_source(self.source()).with_operation(operation);
        let (outgoing, redactor) = self.unsent(&act.request).map_err(stamped)?;
        // Both name what a platform has sent.
        for words in [&mut act.effect, &mut act.find_out.sign] {
            *words = redactor.masked(words);
        }
        let header = |value: &HeaderValue| match value.to_str() {
            Ok(text) if !value.is_sensitive() => redactor.masked(text),
            _ => MASK.to_owned(),
        };
        let headers = outgoing.headers().iter();
        let body = outgoing.body();
        let preview = Preview {
            action: action.kind(),
            case: case.id.clone(),
            effect: std::mem::take(&mut act.effect),
            amount: act.amount,
            operation,
            method: outgoing.method().to_string(),
            url: redactor.masked(&outgoing.uri().to_string()),
            headers: headers
                .map(|(name, value)| (name.to_string(), header(value)))
                .collect(),
            body: (!body.is_empty()).then(|| redactor.masked(&String::from_utf8_lossy(body))),
        };
        let http = self.clone();
        Ok(Box::new(Planned { http, act, preview }))
    }
}

/// An [`Act`] with what is shown of it.
struct Planned {
    http: Http,
    act: Act,
    preview: Preview,
}

impl fmt::Debug for Planned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.preview.fmt(f)
    }
}

#[async_trait]
impl Plan for Planned {
    fn preview(&self) -> &Preview {
        &self.preview
    }

    async fn carry_out(self: Box<Self>) -> Result<Outcome> {
        let Act {
            request,
            find_out,
            read,
            ..
        } = self.act;
        let error = match self.http.act(request).await? {
            Acted::Answered(reply) => match read(&reply) {
                Ok(confirmation) => return Ok(Outcome::Confirmed(confirmation)),
                Err(error) if error.kind() == ErrorKind::Decode => error,
                Err(error) => return Err(error),
            },
            Acted::Unconfirmed(error) => error,
        };
        Ok(Outcome::Unconfirmed(Unconfirmed { error, find_out }))
    }
}
