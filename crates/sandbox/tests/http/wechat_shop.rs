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

async fn call(sandbox: &Sandbox, path: &str, body: &Value) -> Value {
    let base = sandbox.base_url("wechat-shop");
    let url = format!("{base}{path}?access_token={ACCESS_TOKEN}");
    let reply = post(url, &[], body).await;
    assert_eq!(reply.status, 200, "errors come with 200, too");
    reply.json()
}

const EC_LIST: &str = "/shop/ecaftersale/get_list";
const EC_GET: &str = "/shop/ecaftersale/get";
const STORE_LIST: &str = "/channels/ec/aftersale/getaftersalelist";
const STORE_GET: &str = "/channels/ec/aftersale/getaftersaleorder";

fn texts(list: &Value) -> Vec<String> {
    let list = list.as_array().unwrap().iter();
    list.map(|id| id.as_str().unwrap().to_owned()).collect()
}

/// All ids of the upgraded component that a filter leaves.
async fn ec_ids(sandbox: &Sandbox, mut body: Value) -> Vec<String> {
    let mut ids = Vec::new();
    loop {
        body["offset"] = json!(ids.len());
        body["limit"] = json!(30);
        let page = call(sandbox, EC_LIST, &body).await;
        ids.extend(texts(&page["after_sales_orders"]));
        if page["has_more"] == false {
            return ids;
        }
    }
}

#[tokio::test]
async fn the_upgraded_component_lists_ids_by_offset_status_time_and_order() {
    let sandbox = hundred().await;
    let all = ec_ids(&sandbox, json!({})).await;
    let expected: Vec<String> = (0..100)
        .map(|n| (4_000_000_000_000_001_u64 + n).to_string())
        .collect();
    assert_eq!(all, expected);

    let mut statuses = Vec::new();
    for id in &all {
        let body = json!({"aftersale_id": id.parse::<u64>().unwrap()});
        let case = call(&sandbox, EC_GET, &body).await["after_sales_order"].clone();
        assert_eq!(case["aftersale_id"].to_string(), *id);
        statuses.push(case["status"].as_u64().unwrap());
    }
    for status in [1, 2, 4, 5, 6, 7, 8, 11, 13, 21, 23, 24, 25] {
        let count = statuses.iter().filter(|&&has| has == status).count();
        let listed = ec_ids(&sandbox, json!({"status": status})).await;
        assert!(count > 0 && listed.len() == count, "status {status}");
    }

    let newest = 1_790_841_600_000_i64;
    let since =
        json!({"begin_create_time": newest - 4_210_000, "end_create_time": newest - 421_000});
    assert_eq!(ec_ids(&sandbox, since).await, expected[1..=10]);
    for order in sandbox.orders("wechat-shop").take(8) {
        for filter in [
            json!({"order_id": order.id.parse::<u64>().unwrap()}),
            json!({"out_order_id": order.merchant_ref}),
        ] {
            assert_eq!(ec_ids(&sandbox, filter).await.len() as u64, order.cases);
        }
    }
}

#[tokio::test]
async fn a_case_of_the_upgraded_component_has_the_shape_that_callers_report() {
    let sandbox = hundred().await;
    let newest = call(
        &sandbox,
        EC_GET,
        &json!({"aftersale_id": 4_000_000_000_000_001_u64}),
    )
    .await;
    for (pointer, expected) in [
        ("/errcode", json!(0)),
        (
            "/after_sales_order/order_id",
            json!(3_300_000_000_000_000_001_u64),
        ),
        ("/after_sales_order/product_info/product_id", json!(0)),
        ("/after_sales_order/create_time", json!("1790841600123")),
        ("/after_sales_order/return_info/waybill_id", json!("")),
        ("/after_sales_order/orderamt", json!(1234)),
    ] {
        assert_eq!(newest.pointer(pointer), Some(&expected), "{pointer}");
    }
    assert!(
        newest
            .pointer("/after_sales_order/return_info/delivery_id")
            .is_none()
    );
    // By the merchant's id, which a case that the buyer opened has not.
    let by_merchants = call(
        &sandbox,
        EC_GET,
        &json!({"out_aftersale_id": "AS000000000"}),
    )
    .await;
    assert_eq!(by_merchants, newest);
    let opened_by_buyer = call(
        &sandbox,
        EC_GET,
        &json!({"out_aftersale_id": "AS000000001"}),
    )
    .await;
    assert_eq!(opened_by_buyer["errcode"], 2747007);
}

#[tokio::test]
async fn the_store_lists_the_ids_of_a_day_by_key() {
    let sandbox = Sandbox::builder().records(500).start().await.unwrap();
    let (newest, day) = (1_790_841_600_i64, 86_400);
    for (begin, end) in [
        ("begin_create_time", "end_create_time"),
        ("begin_update_time", "end_update_time"),
    ] {
        let mut ids = Vec::new();
        // Windows that share their ends, so that a case on one is listed in both.
        for window in 0..3 {
            let until = newest + 421 - window * day;
            let mut body = json!({begin: until - day, end: until});
            loop {
                let page = call(&sandbox, STORE_LIST, &body).await;
                let listed = texts(&page["after_sale_order_id_list"]);
                assert!(listed.len() <= 20);
                ids.extend(listed);
                if page["has_more"] == false {
                    break;
                }
                body["next_key"] = page["next_key"].clone();
            }
        }
        ids.dedup();
        let expected: Vec<String> = (0..500)
            .map(|n| format!("{}0121", 193_400_000_000_u64 + n))
            .collect();
        assert_eq!(ids, expected, "{begin}");
    }
}

#[tokio::test]
async fn a_case_of_the_store_has_every_documented_status_and_either_deadline() {
    let sandbox = hundred().await;
    let (mut statuses, mut deadlines) = (Vec::new(), Vec::new());
    for n in 0..100 {
        let id = format!("{}0121", 193_400_000_000_u64 + n);
        let case = call(&sandbox, STORE_GET, &json!({"after_sale_order_id": id})).await;
        let case = &case["after_sale_order"];
        assert_eq!(case["after_sale_order_id"], id);
        statuses.push(case["status"].as_str().unwrap().to_owned());
        deadlines.extend(case["deadline"].as_i64());
    }
    statuses.sort();
    statuses.dedup();
    assert_eq!(statuses.len(), 22);
    assert!(deadlines.iter().any(|&deadline| deadline > 1_700_000_000));
    assert!(
        deadlines
            .iter()
            .any(|&deadline| (0..=864_000).contains(&deadline))
    );

    let documented = call(
        &sandbox,
        STORE_GET,
        &json!({"after_sale_order_id": "123456"}),
    )
    .await;
    let sheet = include_str!("../../src/documented/wechat-shop.getaftersaleorder.json");
    assert_eq!(documented, serde_json::from_str::<Value>(sheet).unwrap());
    for (path, member) in [
        ("reason/get", "reason_text"),
        ("rejectreason/get", "reject_reason_type_text"),
    ] {
        let reasons = call(
            &sandbox,
            &format!("/channels/ec/aftersale/{path}"),
            &json!({}),
        )
        .await;
        assert!(reasons["reason_list"][0][member].is_string(), "{reasons}");
    }
}

#[tokio::test]
async fn mistakes_with_the_newer_generations_have_their_codes() {
    let sandbox = hundred().await;
    let day = json!({"begin_create_time": 0, "end_create_time": 86_401});
    let rows = [
        (-2, EC_LIST, json!({"offset": 0})),
        (-2, EC_LIST, json!({"offset": 0, "limit": 51})),
        (-2, EC_LIST, json!({"limit": 50})),
        (2747012, EC_GET, json!({})),
        (2747007, EC_GET, json!({"aftersale_id": 1})),
        (9700224, STORE_LIST, json!({})),
        (9700224, STORE_LIST, json!({"begin_create_time": 0})),
        (
            9700224,
            STORE_LIST,
            json!({"begin_create_time": 0, "end_create_time": 1, "next_key": "x"}),
        ),
        (10020004, STORE_LIST, day),
        (10020000, STORE_GET, json!({})),
        (10020000, STORE_GET, json!({"after_sale_order_id": "1"})),
        (47001, STORE_GET, json!([])),
    ];
    for (code, path, body) in rows {
        let reply = call(&sandbox, path, &body).await;
        assert_eq!(reply["errcode"], code, "{path} {body}: {reply}");
    }
    let base = sandbox.base_url("wechat-shop");
    for path in [EC_LIST, EC_GET, STORE_LIST, STORE_GET] {
        let no_token = post(format!("{base}{path}"), &[], &json!({})).await.json();
        assert_eq!(no_token["errcode"], 41001, "{path}");
        let wrong_method = get(format!("{base}{path}"), &[]).await.json();
        assert_eq!(wrong_method["errcode"], 43002, "{path}");
    }
}
