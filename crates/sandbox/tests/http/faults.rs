use http::Method;
use sandbox::Sandbox;
use sandbox::credentials::{imetastore, shoplazza, wechat_shop, xiaoe};
use serde_json::json;

use crate::client::{Reply, call, each, get, post};

async fn with_fault(fault: &str) -> Sandbox {
    Sandbox::builder()
        .fault(fault.parse().unwrap())
        .start()
        .await
        .unwrap()
}

async fn list(sandbox: &Sandbox) -> Reply {
    list_page(sandbox, 1).await
}

async fn list_page(sandbox: &Sandbox, page: u64) -> Reply {
    let base = sandbox.base_url("shoplazza");
    let url = format!("{base}/openapi/2022-01/orders/after_sales_list?per_page=10&page={page}");
    get(url, &[("access-token", shoplazza::ACCESS_TOKEN)]).await
}

#[tokio::test]
async fn a_status_comes_as_often_as_asked() {
    let sandbox = with_fault("shoplazza:status=503,first=2").await;
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(list(&sandbox).await.status);
    }
    assert_eq!(statuses, [503, 503, 200, 200]);

    let sandbox = with_fault("status=500,every=2").await;
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(list(&sandbox).await.status);
    }
    assert_eq!(statuses, [200, 500, 200, 500]);
}

#[tokio::test]
async fn a_rate_limit_says_when_to_come_back() {
    let reply = list(&with_fault("rate-limit=3").await).await;
    assert_eq!((reply.status, reply.header("retry-after")), (429, "3"));
}

#[tokio::test]
async fn latency_delays_the_right_answer() {
    let started = std::time::Instant::now();
    let reply = list(&with_fault("latency=30").await).await;
    assert_eq!(reply.json()["count"], 25);
    assert!(started.elapsed().as_millis() >= 30);
}

#[tokio::test]
async fn a_truncated_body_is_whole_to_http() {
    let (cut, whole) = (
        with_fault("truncate").await,
        Sandbox::start().await.unwrap(),
    );
    let (cut, whole) = (list(&cut).await, list(&whole).await);
    assert_eq!(cut.body, whole.body[..whole.body.len() / 2]);
    assert_eq!(cut.header("content-length"), cut.body.len().to_string());
}

#[tokio::test]
async fn a_dropped_connection_answers_nothing() {
    let sandbox = with_fault("drop,first=1").await;
    let url = format!("{}/anything", sandbox.base_url("shoplazza"));
    let dropped = call(Method::GET, url, &[], String::new()).await;
    assert!(dropped.is_err());
    assert_eq!(list(&sandbox).await.status, 200);
}

#[tokio::test]
async fn html_and_nothing_come_with_200() {
    let html = list(&with_fault("html").await).await;
    assert_eq!(
        (html.status, html.header("content-type")),
        (200, "text/html; charset=utf-8")
    );
    assert!(html.text().starts_with("<!doctype html>"));
    let empty = list(&with_fault("empty").await).await;
    assert_eq!((empty.status, empty.body.len()), (200, 0));
}

#[tokio::test]
async fn a_repeating_list_answers_its_first_page_for_ever() {
    let sandbox = with_fault("repeat").await;
    let first = list_page(&sandbox, 1).await.json();
    let later = list_page(&sandbox, 1_000).await.json();
    assert_eq!(each(&first["post_sales"], "/id").len(), 10);
    assert_eq!(first, later);
}

#[tokio::test]
async fn a_huge_body_has_that_many_bytes_and_no_length() {
    for bytes in [0, 5, 65_536, 1_000_003] {
        let reply = list(&with_fault(&format!("huge={bytes}")).await).await;
        assert_eq!((reply.status, reply.body.len()), (200, bytes));
        assert_eq!(reply.header("content-length"), "");
    }
}

#[tokio::test]
async fn a_redirect_leads_to_another_origin() {
    let sandbox = with_fault("redirect").await;
    let reply = list(&sandbox).await;
    let port = sandbox.address().port();
    let path = "/shoplazza/openapi/2022-01/orders/after_sales_list?per_page=10&page=1";
    assert_eq!(reply.status, 302);
    assert_eq!(
        reply.header("location"),
        format!("http://localhost:{port}{path}")
    );
}

#[tokio::test]
async fn an_expired_token_is_said_in_every_dialect() {
    let sandbox = with_fault("expired-token").await;
    let base = |platform| sandbox.base_url(platform);
    let bearer = format!("Bearer {}", imetastore::ACCESS_TOKEN);
    let imetastore = format!("{}/seller/order/1/after-sales", base("imetastore"));
    let imetastore = get(imetastore, &[("authorization", &bearer)]).await;
    assert_eq!(
        (imetastore.status, &imetastore.json()["code"]),
        (401, &json!("401"))
    );

    let shoplazza = list(&sandbox).await;
    assert_eq!(shoplazza.status, 401);
    assert!(shoplazza.json()["error"].is_string());

    let token = wechat_shop::ACCESS_TOKEN;
    let wechat = format!(
        "{}/shop/aftersale/get?access_token={token}",
        base("wechat-shop")
    );
    assert_eq!(post(wechat, &[], &json!({})).await.json()["errcode"], 42001);

    let xiaoe = format!("{}/xe.ecommerce.after_sale.list/1.0.0", base("xiaoe"));
    let body = json!({"access_token": xiaoe::ACCESS_TOKEN});
    assert_eq!(post(xiaoe, &[], &body).await.json()["code"], 2008);

    let xportcn = format!("{}/open/order/refund/queryList", base("xportcn"));
    assert_eq!(post(xportcn, &[], &json!({})).await.json()["code"], 401);
}

#[tokio::test]
async fn token_calls_are_left_alone() {
    let sandbox = with_fault("drop").await;
    let body = json!({"email": imetastore::EMAIL, "password": imetastore::PASSWORD});
    let url = format!("{}/seller/auth/login", sandbox.base_url("imetastore"));
    assert_eq!(post(url, &[], &body).await.json()["code"], "0000");
}

#[tokio::test]
async fn of_several_faults_the_first_that_hits_counts() {
    let sandbox = Sandbox::builder()
        .fault("status=500,first=1".parse().unwrap())
        .fault("status=502,first=2".parse().unwrap())
        .start()
        .await
        .unwrap();
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(list(&sandbox).await.status);
    }
    assert_eq!(statuses, [500, 502, 200]);
}

#[tokio::test]
async fn an_action_that_gets_no_answer_took_effect_or_did_not() {
    let order = "1689644928115784";
    let bearer = format!("Bearer {}", imetastore::ACCESS_TOKEN);
    let headers = [("authorization", bearer.as_str())];
    for (fault, effects) in [
        ("drop", 0),
        ("drop-answer", 1),
        ("truncate", 1),
        ("latency=1", 1),
        ("status=503", 0),
        ("rate-limit=1", 0),
        ("html", 0),
        ("empty", 0),
        ("huge=5", 0),
        ("redirect", 0),
        ("expired-token", 0),
    ] {
        let sandbox = with_fault(&format!("imetastore:{fault},first=1")).await;
        let case = format!(
            "{}/seller/order/{order}/after-sales",
            sandbox.base_url("imetastore")
        );
        let audit = format!("{case}/seller-audit");
        let body = json!({"isApproved": true}).to_string();
        let answer = call(Method::POST, audit, &headers, body).await;
        assert_eq!(answer.is_err(), fault.starts_with("drop"), "{fault}");
        assert_eq!(sandbox.effects("imetastore").len(), effects, "{fault}");
        let status = get(case, &headers).await.json()["data"]["orderAfterSalesStatus"].clone();
        assert_eq!(status, if effects == 1 { 3 } else { 1 }, "{fault}");
    }
}
