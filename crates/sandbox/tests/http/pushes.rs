//! What is pushed, to where and in which order. That the receivers of the platforms' crates believe it is a test of
//! `aftersales`.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::http::{HeaderMap, StatusCode, Uri};
use data_encoding::{BASE64, HEXLOWER};
use hmac::{Hmac, KeyInit, Mac};
use sandbox::credentials::{imetastore, shoplazza, wechat_shop, xportcn};
use sandbox::{PLATFORMS, Sandbox};
use serde_json::{Value, json};
use sha1::{Digest, Sha1};
use sha2::Sha256;
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::client::{get, post};

struct Pushed {
    uri: Uri,
    headers: HeaderMap,
    body: String,
}

impl Pushed {
    fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    fn parameter(&self, name: &str) -> &str {
        let mut pairs = self.uri.query().unwrap().split('&');
        let value = pairs.find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        value.unwrap()
    }
}

/// A sandbox and whoever it tells: the first so many deliveries are refused, whatever they hold.
async fn told(refusals: usize) -> (Sandbox, UnboundedReceiver<Pushed>) {
    let (sender, receiver) = unbounded_channel();
    let left = Arc::new(AtomicUsize::new(refusals));
    let take = move |uri: Uri, headers: HeaderMap, body: String| {
        let pushed = Pushed { uri, headers, body };
        sender.send(pushed).unwrap();
        let refuse = |left: usize| left.checked_sub(1);
        let refused = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, refuse);
        async move {
            match refused {
                Ok(_) => StatusCode::SERVICE_UNAVAILABLE,
                Err(_) => StatusCode::OK,
            }
        }
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let target = format!("http://{}/hooks/", listener.local_addr().unwrap());
    let routes = Router::new().fallback(take);
    tokio::spawn(async move { axum::serve(listener, routes).await });
    let builder = Sandbox::builder().records(100);
    let sandbox = builder
        .push_to(target.parse().unwrap())
        .start()
        .await
        .unwrap();
    (sandbox, receiver)
}

fn hmac_sha256(key: &str, text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

#[tokio::test]
async fn a_new_case_is_told_as_the_platform_would() {
    let (sandbox, mut pushes) = told(0).await;
    let opened = PLATFORMS.map(|platform| sandbox.open(platform).unwrap());
    let [games, _, wechat, courses, sourcing] = &opened;

    let pushed = pushes.recv().await.unwrap();
    assert_eq!(pushed.uri, "/hooks/imetastore");
    assert_eq!(pushed.json()["orderId"].to_string(), games.order.id);
    assert_eq!(pushed.json()["sellerOrderStatus"], 1);
    let (timestamp, id) = (pushed.header("x-timestamp"), pushed.header("x-request-id"));
    let secret = imetastore::CALLBACK_SECRET;
    let signature = hmac_sha256(secret, &format!("{timestamp}{id}{secret}"));
    assert_eq!(pushed.header("x-signature"), HEXLOWER.encode(&signature));

    // Shoplazza has no topic for it. WeChat tells of the upgraded component in XML, of the store in JSON.
    for content_type in ["text/xml", "application/json"] {
        let pushed = pushes.recv().await.unwrap();
        assert_eq!(pushed.uri.path(), "/hooks/wechat-shop");
        assert_eq!(pushed.header("content-type"), content_type);
        let encrypt = match content_type {
            "text/xml" => pushed
                .body
                .split("CDATA[")
                .nth(2)
                .unwrap()
                .split(']')
                .next()
                .unwrap()
                .to_owned(),
            _ => pushed.json()["Encrypt"].as_str().unwrap().to_owned(),
        };
        let mut texts = [
            wechat_shop::PUSH_TOKEN,
            pushed.parameter("timestamp"),
            pushed.parameter("nonce"),
            &*encrypt,
        ];
        texts.sort_unstable();
        let signature = HEXLOWER.encode(&Sha1::digest(texts.concat()));
        assert_eq!(pushed.parameter("msg_signature"), signature);
        let clear = wechat.ids.iter().any(|id| pushed.body.contains(id));
        assert!(!clear, "it is encrypted");
    }

    let pushed = pushes.recv().await.unwrap();
    assert_eq!(pushed.uri, "/hooks/xiaoe");
    assert!(
        pushed.body.contains("<action>create_aftersale</action>"),
        "{}",
        pushed.body
    );
    assert!(pushed.body.contains(&courses.ids[0]), "{}", pushed.body);

    for (market, id) in sourcing.ids.iter().enumerate() {
        let pushed = pushes.recv().await.unwrap();
        assert_eq!(
            pushed.uri,
            *format!("/hooks/xportcn/{}", xportcn::PUSH_SECRET)
        );
        assert_eq!(pushed.json()["messagePlatform"], market);
        let body: Value =
            serde_json::from_str(pushed.json()["messageBody"].as_str().unwrap()).unwrap();
        assert_eq!(body["refundId"], **id);
    }
}

#[tokio::test]
async fn a_refund_on_shoplazza_is_told_with_the_order() {
    let (sandbox, mut pushes) = told(0).await;
    let base = format!(
        "{}/openapi/2022-01/orders/11218-00000013",
        sandbox.base_url("shoplazza")
    );
    let token = [("access-token", shoplazza::ACCESS_TOKEN)];
    for (call, body, topic, total) in [
        (
            "partial_refund",
            json!({"price": "1.00"}),
            "orders/partially_refunded",
            "163.00",
        ),
        ("refund", Value::Null, "orders/refunded", "242.00"),
    ] {
        let reply = post(format!("{base}/{call}"), &token, &body).await;
        assert_eq!(reply.status, 200);
        let pushed = pushes.recv().await.unwrap();
        assert_eq!(pushed.uri, "/hooks/shoplazza");
        assert_eq!(pushed.header("x-shoplazza-topic"), topic);
        assert_eq!(
            pushed.header("x-shoplazza-shop-domain"),
            "sandbox.myshoplaza.com"
        );
        let signature = hmac_sha256(shoplazza::CLIENT_SECRET, &pushed.body);
        assert_eq!(
            pushed.header("x-shoplazza-hmac-sha256"),
            BASE64.encode(&signature)
        );
        assert_eq!(pushed.json()["order"]["total_refund_price"], total);
        assert_eq!(
            pushed.json()["order"],
            get(base.clone(), &token).await.json()["order"]
        );
    }
}

/// What a merchant does to a case of the upgraded component is told to nobody, and what is refused neither: the next push
/// is about something else.
#[tokio::test]
async fn what_the_platforms_do_not_tell_is_not_told() {
    let (sandbox, mut pushes) = told(0).await;
    let token = wechat_shop::ACCESS_TOKEN;
    let url = format!(
        "{}/shop/ecaftersale/acceptrefund?access_token={token}",
        sandbox.base_url("wechat-shop")
    );
    let body = json!({"aftersale_id": 4_000_000_000_000_001_u64});
    for code in [0, 2747008] {
        assert_eq!(post(url.clone(), &[], &body).await.json()["errcode"], code);
    }
    sandbox.change("imetastore", "100001", "5").unwrap();
    sandbox.change("wechat-shop", "AS000000000", "13").unwrap();
    sandbox.change("xportcn", "110002687818", "9001").unwrap();
    let pushed = pushes.recv().await.unwrap();
    assert!(
        pushed.uri.path().starts_with("/hooks/xportcn/"),
        "{}",
        pushed.uri
    );
}

#[tokio::test]
async fn pushes_come_in_order_and_again_where_they_are_refused() {
    let (sandbox, mut pushes) = told(2).await;
    let changes = [
        ("xportcn", "110002687818", "9001"),
        ("xportcn", "110002687819", "9002"),
    ];
    for (platform, case, status) in changes {
        sandbox.change(platform, case, status).unwrap();
    }
    let mut bodies = Vec::new();
    for _ in 0..4 {
        bodies.push(pushes.recv().await.unwrap().body);
    }
    assert_eq!(bodies[..2], [bodies[0].clone(), bodies[0].clone()]);
    let cases = bodies.iter().map(|body| body.contains("110002687819"));
    assert_eq!(cases.collect::<Vec<_>>(), [false, false, false, true]);
}

/// Nobody listens there: what was bound is closed again.
#[tokio::test]
async fn no_call_waits_for_a_push() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let target = format!("http://{}", listener.local_addr().unwrap())
        .parse()
        .unwrap();
    drop(listener);
    let sandbox = Sandbox::builder().push_to(target).start().await.unwrap();
    for _ in 0..100 {
        sandbox.open("xportcn").unwrap();
    }
    assert_eq!(sandbox.orders("xportcn").count(), 119);
}
