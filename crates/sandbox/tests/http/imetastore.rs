use sandbox::Sandbox;
use sandbox::credentials::imetastore::{ACCESS_TOKEN, EMAIL, PASSWORD};
use serde_json::{Value, json};

use crate::client::{Reply, get, hundred, post};

async fn after_sales(sandbox: &Sandbox, order: &str, token: &str) -> Reply {
    let url = format!(
        "{}/seller/order/{order}/after-sales",
        sandbox.base_url("imetastore")
    );
    get(url, &[("authorization", &format!("Bearer {token}"))]).await
}

async fn login(sandbox: &Sandbox, email: &str, password: &str) -> Reply {
    let url = format!("{}/seller/auth/login", sandbox.base_url("imetastore"));
    post(url, &[], &json!({"email": email, "password": password})).await
}

#[tokio::test]
async fn a_login_opens_the_case_of_an_order() {
    let sandbox = hundred().await;
    let login = login(&sandbox, EMAIL, PASSWORD).await.json();
    assert_eq!(login["code"], "0000");
    assert_eq!(login["data"]["tokenType"], "Bearer");
    assert_eq!(login["data"]["expiresIn"], 7200);

    let token = login["data"]["accessToken"].as_str().unwrap();
    let case = after_sales(&sandbox, "1689644928115784", token)
        .await
        .json();
    let documented = include_str!("../../src/documented/imetastore.after-sales.json");
    assert_eq!(case, serde_json::from_str::<Value>(documented).unwrap());
    assert_eq!(sandbox.calls("imetastore"), 2);
    assert_eq!(sandbox.tokens_issued("imetastore"), 1);
}

#[tokio::test]
async fn every_order_leads_to_its_own_case() {
    let sandbox = hundred().await;
    let orders: Vec<_> = sandbox.orders("imetastore").collect();
    assert_eq!(orders.len(), 100);
    let (mut statuses, mut currencies) = (Vec::new(), Vec::new());
    for order in orders {
        let case = after_sales(&sandbox, &order.id, ACCESS_TOKEN).await.json();
        assert_eq!(case["data"]["orderId"].to_string(), order.id);
        statuses.push(case["data"]["orderAfterSalesStatus"].as_u64().unwrap());
        currencies.push(case["data"]["originalCurrencyCode"].to_string());
    }
    assert!((1..=11).all(|status| statuses.contains(&status)));
    for currency in ["\"CNY\"", "\"USD\"", "\"EUR\"", "\"JPY\""] {
        assert!(currencies.iter().any(|seen| seen == currency), "{currency}");
    }
}

#[tokio::test]
async fn an_order_without_a_case_has_null_data() {
    let sandbox = hundred().await;
    let without = sandbox.order_without_case("imetastore").unwrap().id;
    for order in [
        without.as_str(),
        "7",
        "1689644928115785",
        "18446744073709551615",
    ] {
        let reply = after_sales(&sandbox, order, ACCESS_TOKEN).await;
        assert_eq!((reply.status, &reply.json()["code"]), (200, &json!("0000")));
        assert_eq!(reply.json()["data"], Value::Null, "{order}");
    }
}

#[tokio::test]
async fn refusals_carry_the_envelope() {
    let sandbox = hundred().await;
    let order = "1689644928115784";
    let base = sandbox.base_url("imetastore");
    let bare = format!("{base}/seller/order/{order}/after-sales");
    let rows = [
        (401, login(&sandbox, EMAIL, "wrong").await),
        (
            400,
            post(format!("{base}/seller/auth/login"), &[], &json!({})).await,
        ),
        (401, after_sales(&sandbox, order, "wrong").await),
        (401, after_sales(&sandbox, order, "").await),
        (401, get(bare.clone(), &[]).await),
        (401, get(bare, &[("authorization", ACCESS_TOKEN)]).await),
        (400, after_sales(&sandbox, "abc", ACCESS_TOKEN).await),
        (404, get(format!("{base}/seller/orders"), &[]).await),
    ];
    for (status, reply) in rows {
        assert_eq!(reply.status, status, "{}", reply.text());
        assert_eq!(reply.json()["code"], status.to_string());
        assert_eq!(reply.json()["data"], Value::Null);
    }
    assert_eq!(sandbox.tokens_issued("imetastore"), 0);
}

#[tokio::test]
async fn issued_tokens_expire_on_demand_and_the_fixed_one_stays() {
    let sandbox = hundred().await;
    let login = login(&sandbox, EMAIL, PASSWORD).await.json();
    let token = login["data"]["accessToken"].as_str().unwrap();
    sandbox.expire_tokens();
    let order = "1689644928115784";
    let expired = after_sales(&sandbox, order, token).await;
    assert_eq!(
        (expired.status, &expired.json()["msg"]),
        (401, &json!("access token has expired"))
    );
    assert_eq!(after_sales(&sandbox, order, ACCESS_TOKEN).await.status, 200);
}

async fn audit(sandbox: &Sandbox, order: &str, body: Value) -> Reply {
    let url = format!(
        "{}/seller/order/{order}/after-sales/seller-audit",
        sandbox.base_url("imetastore")
    );
    let authorization = format!("Bearer {ACCESS_TOKEN}");
    post(url, &[("authorization", &authorization)], &body).await
}

#[tokio::test]
async fn a_decision_shows_in_the_case() {
    let pictures = json!(["https://example.com/proof.png"]);
    let refusal = json!({"isApproved": false, "rejectDescription": "Already redeemed", "rejectImageUrls": pictures});
    let none = json!([]);
    for (body, status, reason, shown) in [
        (json!({"isApproved": true}), 3, 0, &none),
        (refusal, 2, 1, &pictures),
    ] {
        let sandbox = hundred().await;
        let order = sandbox.orders("imetastore").nth(6).unwrap().id;
        let before = after_sales(&sandbox, &order, ACCESS_TOKEN).await.json();
        let answer = audit(&sandbox, &order, body.clone()).await.json();
        assert_eq!(
            (&answer["code"], &answer["data"]),
            (&json!("0000"), &json!(true))
        );

        let mut after = after_sales(&sandbox, &order, ACCESS_TOKEN).await.json();
        for (field, expected) in [
            ("orderAfterSalesStatus", json!(status)),
            ("rejectReason", json!(reason)),
            ("rejectImageUrls", shown.clone()),
            ("operationTime", json!("2026-10-01T09:00:01.000Z")),
            ("updateTime", json!("2026-10-01T09:00:01.000Z")),
        ] {
            assert_eq!(after["data"][field], expected, "{field} after {body}");
            after["data"][field] = before["data"][field].clone();
        }
        after["data"]["rejectImageIds"] = json!([]);
        assert_eq!(after["data"], before["data"], "the rest, after {body}");

        let again = audit(&sandbox, &order, json!({"isApproved": true})).await;
        assert_eq!((again.status, &again.json()["code"]), (409, &json!("409")));
        let [effect] = &sandbox.effects("imetastore")[..] else {
            panic!("one effect")
        };
        assert_eq!((&*effect.case, effect.action), ("100007", "seller-audit"));
    }
}

#[tokio::test]
async fn what_cannot_be_decided_is_refused_and_stays_as_it_is() {
    let sandbox = hundred().await;
    let orders: Vec<_> = sandbox.orders("imetastore").map(|order| order.id).collect();
    let without = sandbox.order_without_case("imetastore").unwrap().id;
    let approval = json!({"isApproved": true});
    for (status, order, body) in [
        (409, &*orders[1], approval.clone()),
        (404, &without, approval.clone()),
        (400, "abc", approval),
        (400, &orders[0], json!({})),
        (400, &orders[0], json!([])),
        (400, &orders[0], json!({"isApproved": "yes"})),
        (400, &orders[0], json!({"isApproved": false})),
        (
            400,
            &orders[0],
            json!({"isApproved": false, "rejectDescription": " "}),
        ),
    ] {
        let before = after_sales(&sandbox, order, ACCESS_TOKEN).await.body;
        let refused = audit(&sandbox, order, body.clone()).await;
        assert_eq!(refused.status, status, "{order} {body}");
        assert_eq!(
            after_sales(&sandbox, order, ACCESS_TOKEN).await.body,
            before
        );
    }
    let url = format!(
        "{}/seller/order/{}/after-sales/seller-audit",
        sandbox.base_url("imetastore"),
        orders[0]
    );
    assert_eq!(
        post(url, &[], &json!({"isApproved": true})).await.status,
        401
    );
    assert_eq!(sandbox.effects("imetastore"), []);
}

#[tokio::test]
async fn the_platform_pays_and_a_buyer_opens_a_case() {
    let sandbox = hundred().await;
    let order = sandbox.orders("imetastore").nth(4).unwrap().id;
    sandbox.change("imetastore", "100005", "5").unwrap();
    sandbox.change("imetastore", "100001", "7").unwrap();
    let documented = after_sales(&sandbox, "1689644928115784", ACCESS_TOKEN).await;
    assert_eq!(documented.json()["data"]["orderAfterSalesStatus"], 7);
    let paid = after_sales(&sandbox, &order, ACCESS_TOKEN).await.json();
    assert_eq!(paid["data"]["orderAfterSalesStatus"], 5);

    let opened = sandbox.open("imetastore").unwrap();
    assert_eq!(sandbox.orders("imetastore").next().unwrap(), opened.order);
    let case = after_sales(&sandbox, &opened.order.id, ACCESS_TOKEN)
        .await
        .json();
    assert_eq!(case["data"]["id"].to_string(), opened.ids[0]);
    assert_eq!(case["data"]["orderAfterSalesStatus"], 1);
    assert_eq!(case["data"]["createTime"], "2026-10-01T09:00:03.000Z");
    let answer = audit(&sandbox, &opened.order.id, json!({"isApproved": true})).await;
    assert_eq!(answer.status, 200);
}
