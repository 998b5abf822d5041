//! `aftersales approve`, `reject`, `refund` and the others: shows a case and what will happen, asks, and does it once.

use std::path::Path;

use aftersales::{
    Action, Actions, AfterSale, AfterSalesExt, Configuration, Confirmation, Lookup, Money, Outcome,
    Preview, Query, Source, Unconfirmed,
};
use futures_util::TryStreamExt;
use serde::Serialize;

use super::{is_agreed, looked_up};
use crate::args::{ActCommand, CaseArgs, OutputArgs};
use crate::console::{Console, Failure, Stop};
use crate::format::{Format, Row, headline, print_rows};
use crate::interrupt::Interrupt;

pub(crate) async fn run(
    command: &ActCommand,
    config: Option<&Path>,
    output: &OutputArgs,
    console: &mut Console,
) -> Result<(), Stop> {
    let args = command.case();
    let client = Configuration::load(config)?
        .account(&args.account)?
        .connect_to_act()?;
    let capabilities = client.capabilities();
    if !capabilities.abilities.can(command.kind()) {
        // Before a long list is read for nothing.
        return Err(capabilities
            .no_action(client.source(), command.kind())
            .into());
    }
    let mut interrupt = Interrupt::listen();
    // Nothing changes before the plan is carried out.
    let (case, plan) = tokio::select! {
        planned = async {
            let case = find(&*client, args, console).await?;
            let action: Action = command
                .action(&case)
                .map_err(|problem| Failure::usage(problem, "see --help"))?;
            let plan = client.plan(&case, &action).await?;
            Ok::<_, Stop>((case, plan))
        } => planned?,
        () = interrupt.raised() => return Err(Stop::Interrupted),
    };
    if args.consent.dry_run {
        return print_preview(plan.preview(), Format::chosen(output), console);
    }
    console.show(&summary(&case, plan.preview()));
    if !is_agreed(&args.consent, "nothing was sent", &mut interrupt, console).await? {
        return Ok(());
    }
    let row = DoneRow::of(client.source(), plan.preview());
    let mut acting = plan.carry_out();
    let outcome = tokio::select! {
        outcome = &mut acting => outcome,
        () = interrupt.raised() => {
            console.note("it is under way and cannot be called back; waiting for the platform's answer");
            acting.await
        }
    };
    match outcome? {
        Outcome::Confirmed(confirmation) => {
            let row = row.with(confirmation);
            Ok(print_rows(&[row], Format::chosen(output), console)?)
        }
        Outcome::Unconfirmed(unconfirmed) => {
            report(&*client, &args.account, unconfirmed, console).await;
            Ok(())
        }
    }
}

/// The case that the arguments name. Where the platform looks neither cases up by id nor was given an order, its list
/// is read until the case comes up.
async fn find(client: &dyn Actions, args: &CaseArgs, console: &Console) -> Result<AfterSale, Stop> {
    let is_meant = |case: &AfterSale| match &args.id {
        None => true,
        Some(id) => case.id == *id || case.number.as_ref() == Some(id),
    };
    let operations = client.capabilities().operations;
    let mut found = match (args.order(), &args.id) {
        (Some(order), _) => looked_up(client, &order).await?,
        (None, Some(id)) if operations.find_by_id => {
            looked_up(client, &Lookup::after_sale(id)).await?
        }
        (None, Some(id)) if operations.list => {
            let source = client.source();
            console.note(&format!("{source}: reading the list until {id} comes up"));
            let cases = client.records(Query::new());
            let mut cases =
                std::pin::pin!(cases.try_filter(|case| { std::future::ready(is_meant(case)) }));
            cases.try_next().await?.into_iter().collect()
        }
        _ => {
            let what = format!("{}: cases are found by their order", client.source());
            let buyer = if operations.needs_buyer {
                " and --buyer"
            } else {
                ""
            };
            return Err(Failure::usage(what, format!("name it: --order{buyer}")).into());
        }
    };
    found.retain(is_meant);
    match (found.pop(), found.as_slice()) {
        (Some(case), []) => Ok(case),
        (None, _) => {
            let what = format!("{}: there is no such case", client.source());
            Err(Failure::new(what, "check the id, and that it belongs to this account").into())
        }
        (Some(case), others) => {
            let ids = others.iter().chain([&case]);
            let ids: Vec<_> = ids
                .map(|case| format!("{} ({})", case.id, case.status))
                .collect();
            let what = format!("the order has several cases: {}", ids.join(", "));
            Err(Failure::usage(what, "name one of them").into())
        }
    }
}

/// The case, and what will happen to it.
fn summary(case: &AfterSale, preview: &Preview) -> Vec<String> {
    let mut lines = vec![
        format!("case    {}", headline(case)),
        format!("effect  {}", preview.effect),
        format!("sends   {} {}", preview.method, preview.url),
    ];
    lines.extend(preview.body.iter().map(|body| format!("        {body}")));
    lines
}

/// A request for people, or all of it as data.
fn print_preview(preview: &Preview, format: Format, console: &mut Console) -> Result<(), Stop> {
    if format != Format::Table {
        return Ok(print_rows(&[PreviewRow(preview)], format, console)?);
    }
    let mut text = format!("# {}\n{} {}\n", preview.effect, preview.method, preview.url);
    for (name, value) in &preview.headers {
        text += &format!("{name}: {value}\n");
    }
    if let Some(body) = &preview.body {
        text += &format!("\n{body}\n");
    }
    Ok(console.print(&text)?)
}

/// Says that nobody knows, how to find out, and how things stand now.
async fn report(
    client: &dyn Actions,
    account: &str,
    unconfirmed: Unconfirmed,
    console: &mut Console,
) {
    let Unconfirmed { error, find_out } = unconfirmed;
    let mut hint = format!("it took effect if {}", find_out.sign);
    if let Some(Lookup::AfterSale(id)) = &find_out.lookup {
        hint += &format!("; look again before you repeat it: aftersales get {account} --id {id}");
    } else {
        hint += "; look again before you repeat it";
    }
    let what = format!("sent, and nobody knows whether it took effect: {error}");
    console.fail(Failure::unconfirmed(what, hint));
    let Some(lookup) = find_out.lookup else {
        return;
    };
    match client.find(&lookup).await {
        Ok(cases) => {
            for case in cases {
                let code = case.native_status.code.unwrap_or_default();
                console.note(&format!(
                    "{} is now {} (native status {code})",
                    case.id, case.status
                ));
            }
        }
        Err(error) => console.note(&format!("how things stand now could not be read: {error}")),
    }
}

/// What was done.
#[derive(Serialize)]
struct DoneRow {
    platform: String,
    account: String,
    case: String,
    action: &'static str,
    amount: Option<Money>,
    #[serde(flatten)]
    confirmation: Confirmation,
}

impl DoneRow {
    fn of(source: &Source, preview: &Preview) -> Self {
        Self {
            platform: source.platform().to_string(),
            account: source.account().to_string(),
            case: preview.case.clone(),
            action: preview.action.as_str(),
            amount: preview.amount,
            confirmation: Confirmation::default(),
        }
    }

    fn with(self, confirmation: Confirmation) -> Self {
        Self {
            confirmation,
            ..self
        }
    }
}

impl Row for DoneRow {
    const COLUMNS: &'static [&'static str] = &[
        "platform", "account", "case", "action", "amount", "refund", "new case", "pending",
    ];

    fn cells(&self) -> Vec<String> {
        let Confirmation {
            refund_id,
            after_sale_id,
            is_pending,
        } = &self.confirmation;
        vec![
            self.platform.clone(),
            self.account.clone(),
            self.case.clone(),
            self.action.to_owned(),
            self.amount
                .map(|amount| amount.to_string())
                .unwrap_or_default(),
            refund_id.clone().unwrap_or_default(),
            after_sale_id.clone().unwrap_or_default(),
            if *is_pending { "yes" } else { "" }.to_owned(),
        ]
    }
}

/// What would be done.
#[derive(Serialize)]
#[serde(transparent)]
struct PreviewRow<'a>(&'a Preview);

impl Row for PreviewRow<'_> {
    const COLUMNS: &'static [&'static str] = &[
        "action", "case", "effect", "amount", "method", "url", "headers", "body",
    ];

    fn cells(&self) -> Vec<String> {
        let preview = self.0;
        let headers: Vec<_> = preview
            .headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}"))
            .collect();
        vec![
            preview.action.to_string(),
            preview.case.clone(),
            preview.effect.clone(),
            preview
                .amount
                .map(|amount| amount.to_string())
                .unwrap_or_default(),
            preview.method.clone(),
            preview.url.clone(),
            headers.join("\n"),
            preview.body.clone().unwrap_or_default(),
        ]
    }
}
