use sandbox::credentials::wechat_shop::{ACCESS_TOKEN, APP_ID, APP_SECRET};
use sandbox::{OrderRef, Sandbox};
use serde_json::{Value, json};

use crate::client::{each, get, hundred, post};

async fn stable_token(sandbox: &Sandbox, force: bool) -> Value {
    let body = json!({"grant_type": "client_credential", "appid": APP_ID, "secret": APP_SECRET, "force_refresh": force});
    let url = format!("{}/cgi-bin/stable_token", sandbox.base_url("wechat-shop"));
    post(url, &[], &body).await.json()
}

async fn token(sandbox: &Sandbox, query: &str) -> Value {
    get(
        format!("{}/cgi-bin/token?{query}", sandbox.base_url("wechat-shop")),
        &[],
    )
    .await
    .json()
}

async fn after_sales(sandbox: &Sandbox, token: &str, body: &Value) -> Value {
    let url = format!(
        "{}/shop/aftersale/get?access_token={token}",
        sandbox.base_url("wechat-shop")
    );
    let reply = post(url, &[], body).await;
    assert_eq!(reply.status, 200, "errors come with 200, too");
    reply.json()
}

fn by_id(order: &OrderRef) -> Value {
    json!({"order_id": order.id.parse::<u64>().unwrap(), "openid": order.buyer})
}

#[tokio::test]
async fn an_order_is_found_by_either_id() {
    let sandbox = hundred().await;
    let issued = stable_token(&sandbox, false).await;
    assert_eq!(issued["expires_in"], 7200);
    assert!(issued.get("errcode").is_none(), "success has no errcode");
    let token = issued["access_token"].as_str().unwrap();

    let order = sandbox.orders("wechat-shop").next().unwrap();
    let found = after_sales(&sandbox, token, &by_id(&order)).await;
    let by_merchant_ref = json!({"out_order_id": order.merchant_ref, "openid": order.buyer});
    assert_eq!(after_sales(&sandbox, token, &by_merchant_ref).await, found);
    assert_eq!(
        (&found["errcode"], &found["errmsg"]),
        (&json!(0), &json!("ok"))
    );
    let case = &found["aftersale_infos"][0];
    let rows = [
        ("/out_order_id", json!("M000000000")),
        ("/openid", json!("oSANDBOX00000000000000000000")),
        ("/type", json!(1)),
        ("/status", json!(1)),
        ("/refund", json!(100)),
        ("/create_time", json!("2026-10-01 16:00:00")),
        ("/path", json!("/pages/order.html?out_order_id=M000000000")),
        ("/product_infos/0/out_product_id", json!("234245")),
        ("/product_infos/0/product_cnt", json!(5)),
    ];
    for (pointer, expected) in rows {
        assert_eq!(case.pointer(pointer), Some(&expected), "{pointer}");
    }
}

#[tokio::test]
async fn the_orders_hold_every_case_once() {
    let sandbox = hundred().await;
    let (mut ids, mut statuses, mut kinds) = (Vec::new(), Vec::new(), Vec::new());
    for order in sandbox.orders("wechat-shop") {
        let found = after_sales(&sandbox, ACCESS_TOKEN, &by_id(&order)).await;
        let cases = &found["aftersale_infos"];
        assert_eq!(cases.as_array().unwrap().len() as u64, order.cases);
        ids.extend(
            each(cases, "/out_aftersale_id")
                .into_iter()
                .map(Value::to_string),
        );
        statuses.extend(each(cases, "/status").into_iter().filter_map(Value::as_u64));
        kinds.extend(each(cases, "/type").into_iter().filter_map(Value::as_u64));
    }
    let expected: Vec<String> = (0..100).map(|index| format!("\"AS{index:09}\"")).collect();
    assert_eq!(ids, expected);
    for status in (0..=8).chain(11..=19) {
        assert!(statuses.contains(&status), "status {status}");
    }
    assert!((1..=3).all(|kind| kinds.contains(&kind)));
}

#[tokio::test]
async fn the_documented_order_is_answered_word_for_word() {
    let sandbox = hundred().await;
    let body = json!({"out_order_id": "xxxxx", "openid": "oTVP50O53a7jgmawAmxKukNlq3XI"});
    let documented = include_str!("../../src/documented/wechat-shop.aftersale-get.json");
    let documented: Value = serde_json::from_str(documented).unwrap();
    assert_eq!(after_sales(&sandbox, ACCESS_TOKEN, &body).await, documented);
    assert!(documented.get("aftersale_Infos").is_some(), "{documented}");
}

#[tokio::test]
async fn an_order_without_a_case_has_no_list_at_all() {
    let sandbox = hundred().await;
    let order = sandbox.order_without_case("wechat-shop").unwrap();
    let found = after_sales(&sandbox, ACCESS_TOKEN, &by_id(&order)).await;
    assert_eq!(found, json!({"errcode": 0, "errmsg": "ok"}));
}

#[tokio::test]
async fn mistakes_have_their_codes() {
    let sandbox = hundred().await;
    let order = sandbox.orders("wechat-shop").next().unwrap();
    let good = by_id(&order);
    let base = sandbox.base_url("wechat-shop");
    let get_url = format!("{base}/shop/aftersale/get");
    let rows = [
        (40014, after_sales(&sandbox, "nonsense", &good).await),
        (
            40001,
            after_sales(&sandbox, "sandbox-wechat-token-99", &good).await,
        ),
        (41001, after_sales(&sandbox, "", &good).await),
        (41001, post(get_url.clone(), &[], &good).await.json()),
        (47001, after_sales(&sandbox, ACCESS_TOKEN, &json!([])).await),
        (
            990004,
            after_sales(&sandbox, ACCESS_TOKEN, &json!({"order_id": 1})).await,
        ),
        (
            1010001,
            after_sales(&sandbox, ACCESS_TOKEN, &json!({"openid": order.buyer})).await,
        ),
        (
            1010011,
            after_sales(
                &sandbox,
                ACCESS_TOKEN,
                &json!({"order_id": 1, "openid": order.buyer}),
            )
            .await,
        ),
        (
            1010011,
            after_sales(
                &sandbox,
                ACCESS_TOKEN,
                &json!({"out_order_id": "M000000000", "openid": "oOTHER"}),
            )
            .await,
        ),
        (43002, get(get_url, &[]).await.json()),
        (
            40066,
            get(format!("{base}/shop/aftersale/list"), &[]).await.json(),
        ),
        (40002, token(&sandbox, "").await),
        (41002, token(&sandbox, "grant_type=client_credential").await),
        (
            40013,
            token(&sandbox, "grant_type=client_credential&appid=wx1").await,
        ),
        (
            41004,
            token(
                &sandbox,
                &format!("grant_type=client_credential&appid={APP_ID}"),
            )
            .await,
        ),
        (
            40125,
            token(
                &sandbox,
                &format!("grant_type=client_credential&appid={APP_ID}&secret=x"),
            )
            .await,
        ),
        (
            47001,
            post(format!("{base}/cgi-bin/stable_token"), &[], &json!(""))
                .await
                .json(),
        ),
    ];
    for (code, reply) in rows {
        assert_eq!(reply["errcode"], code, "{reply}");
        assert!(
            reply["errmsg"].as_str().unwrap().contains(" rid: "),
            "{reply}"
        );
    }
}

#[tokio::test]
async fn the_stable_token_stays_until_it_is_forced_and_the_classic_one_changes() {
    let sandbox = hundred().await;
    let order = by_id(&sandbox.orders("wechat-shop").next().unwrap());
    let stable = stable_token(&sandbox, false).await["access_token"].clone();
    assert_eq!(stable_token(&sandbox, false).await["access_token"], stable);

    let query = format!("grant_type=client_credential&appid={APP_ID}&secret={APP_SECRET}");
    let first = token(&sandbox, &query).await["access_token"].clone();
    let second = token(&sandbox, &query).await["access_token"].clone();
    assert_ne!(first, second);
    assert_eq!(sandbox.tokens_issued("wechat-shop"), 3);
    for good in [&stable, &first, &second] {
        let reply = after_sales(&sandbox, good.as_str().unwrap(), &order).await;
        assert_eq!(
            reply["errcode"], 0,
            "the replaced token works for five minutes more"
        );
    }

    let forced = stable_token(&sandbox, true).await["access_token"].clone();
    assert_eq!(
        after_sales(&sandbox, stable.as_str().unwrap(), &order).await["errcode"],
        42001
    );
    sandbox.expire_tokens();
    for expired in [&forced, &first, &second] {
        assert_eq!(
            after_sales(&sandbox, expired.as_str().unwrap(), &order).await["errcode"],
            42001
        );
    }
    assert_ne!(stable_token(&sandbox, false).await["access_token"], forced);
}
