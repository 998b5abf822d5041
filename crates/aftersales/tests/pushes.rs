//! What the sandbox pushes, the receivers of the platforms believe.

#![cfg(all(
    feature = "sandbox",
    feature = "imetastore",
    feature = "shoplazza",
    feature = "wechat-shop",
    feature = "xiaoe",
    feature = "xportcn"
))]
#![expect(
    clippy::unwrap_used,
    reason = "a test's helpers fail like the test itself"
)]

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, Uri};
use core_model::{Change, Event, Proof, Status};
use jiff::Timestamp;
use sandbox::{Sandbox, credentials};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use transport::push::{Push, Receiver, Refusal};
use xiaoe::webhook::{Decrypt, Decrypted};

type Pushed = (Uri, HeaderMap, Bytes);

async fn told() -> (Sandbox, UnboundedReceiver<Pushed>) {
    let (sender, receiver) = unbounded_channel();
    let take = move |uri: Uri, headers: HeaderMap, body: Bytes| {
        sender.send((uri, headers, body)).unwrap();
        std::future::ready(())
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let target = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(take)).await });
    let builder = Sandbox::builder().push_to(target.parse().unwrap());
    (builder.start().await.unwrap(), receiver)
}

/// The sandbox does not encrypt what Xiaoe pushes.
#[derive(Debug)]
struct Plain;

impl Decrypt for Plain {
    fn decrypt(&self, push: &Push<'_>, _: Timestamp) -> Result<Decrypted, Refusal> {
        Ok(Decrypted::Message {
            xml: push.body()?.to_vec(),
            proof: Proof::Address,
        })
    }
}

fn receiver(path: &str) -> Box<dyn Receiver> {
    use credentials::{imetastore as games, shoplazza as store, wechat_shop as wechat};
    match path.split('/').nth(1).unwrap() {
        "imetastore" => {
            Box::new(imetastore::webhook::Webhook::new("games", games::CALLBACK_SECRET).unwrap())
        }
        "shoplazza" => {
            let shop = shoplazza::ShopDomain::new(store::SHOP).unwrap();
            let webhook =
                shoplazza::webhook::Webhook::new("us-store", store::CLIENT_SECRET).unwrap();
            Box::new(webhook.with_shop(shop))
        }
        "wechat-shop" => {
            let webhook = wechat_shop::webhook::Webhook::new("wx", wechat::PUSH_TOKEN).unwrap();
            Box::new(
                webhook
                    .with_encryption(wechat::APP_ID, wechat::ENCODING_AES_KEY)
                    .unwrap(),
            )
        }
        "xiaoe" => {
            let webhook = xiaoe::webhook::Webhook::new("courses", Plain);
            Box::new(webhook.with_app_id(credentials::xiaoe::APP_ID).unwrap())
        }
        _ => {
            let secret = credentials::xportcn::PUSH_SECRET;
            Box::new(xportcn::webhook::Webhook::new("sourcing", secret).unwrap())
        }
    }
}

/// What the next push says.
async fn next(pushes: &mut UnboundedReceiver<Pushed>) -> Event {
    let (uri, headers, body) = pushes.recv().await.unwrap();
    let push = Push {
        path: uri.path(),
        query: uri.query().unwrap_or_default(),
        headers: &headers,
        body: &body,
    };
    let accepted = receiver(uri.path())
        .receive(&push, Timestamp::now())
        .unwrap();
    let [event] = accepted.events.try_into().unwrap();
    event
}

#[tokio::test]
async fn a_new_case_is_an_event_of_its_order_or_its_own() {
    let (sandbox, mut pushes) = told().await;
    for (platform, changes) in [
        ("imetastore", &[Change::Order][..]),
        ("wechat-shop", &[Change::Opened, Change::Status]),
        ("xiaoe", &[Change::Opened]),
        ("xportcn", &[Change::Status, Change::Status]),
    ] {
        let opened = sandbox.open(platform).unwrap();
        for change in changes {
            let event = next(&mut pushes).await;
            assert_eq!(event.change, *change, "{platform}");
            assert_eq!(event.platform.as_str(), platform);
            let is_of_case = event
                .case
                .as_ref()
                .is_some_and(|case| opened.ids.contains(case));
            let is_of_order = event.order.id.as_ref() == Some(&opened.order.id);
            assert!(is_of_case || is_of_order, "{event:?}");
        }
    }
}

#[tokio::test]
async fn what_happens_to_a_case_is_the_event_that_it_is() {
    let (sandbox, mut pushes) = told().await;
    let (ec, store) = ("4000000000000004", "1934000000020121");
    let shoplazza = "338a7c1e-6c79-37e3-9000-9e3779b97f4b";
    for (platform, case, status, change, unified) in [
        ("wechat-shop", ec, "8", Change::ReturnShipped, None),
        ("wechat-shop", ec, "6", Change::Status, None),
        ("wechat-shop", ec, "1", Change::Withdrawn, None),
        ("wechat-shop", ec, "25", Change::RefundFailed, None),
        ("wechat-shop", ec, "13", Change::Refunded, None),
        (
            "wechat-shop",
            store,
            "MERCHANT_WAIT_RECEIPT",
            Change::Status,
            Some(Status::ReturnInTransit),
        ),
        (
            "xportcn",
            "TQ8651493722961199",
            "refundsuccess",
            Change::Status,
            None,
        ),
        ("xportcn", "110002687818", "9002", Change::Status, None),
    ] {
        sandbox.change(platform, case, status).unwrap();
        let event = next(&mut pushes).await;
        assert_eq!(
            (event.change, event.status),
            (change, unified),
            "{platform} {case} {status}"
        );
        assert_eq!(event.case.as_deref(), Some(case), "{platform} {status}");
    }
    // These tell of the order.
    sandbox.change("shoplazza", shoplazza, "finished").unwrap();
    let event = next(&mut pushes).await;
    assert_eq!(
        (event.change, event.order.number.as_deref()),
        (Change::Refunded, Some("00000014"))
    );
    assert!(event.refunded_total.is_some());
    let case = sandbox.open("xiaoe").unwrap();
    assert_eq!(next(&mut pushes).await.change, Change::Opened);
    sandbox.change("xiaoe", &case.ids[0], "13").unwrap();
    let event = next(&mut pushes).await;
    assert_eq!(
        (event.change, event.order.id),
        (Change::Refunded, Some(case.order.id))
    );
}
