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

fn ec_id(index: u64) -> u64 {
    4_000_000_000_000_001 + index
}

fn store_id(index: u64) -> String {
    format!("{}0121", 193_400_000_000_u64 + index)
}

async fn ec_case(sandbox: &Sandbox, index: u64) -> Value {
    let reply = call(sandbox, EC_GET, &json!({"aftersale_id": ec_id(index)})).await;
    reply["after_sales_order"].clone()
}

async fn store_case(sandbox: &Sandbox, index: u64) -> Value {
    let body = json!({"after_sale_order_id": store_id(index)});
    call(sandbox, STORE_GET, &body).await["after_sale_order"].clone()
}

/// A case is found by its status, which goes round.
async fn ec_index(sandbox: &Sandbox, status: u64) -> u64 {
    let ids = ec_ids(sandbox, json!({"status": status})).await;
    ids[0].parse::<u64>().unwrap() - ec_id(0)
}

fn address() -> Value {
    json!({
        "receiver_name": "Warehouse", "detailed_address": "***路1号", "tel_number": "555-0101", "country": "中国",
        "province": "广东省", "city": "广州市", "town": "海珠区"
    })
}

#[tokio::test]
async fn an_action_of_the_upgraded_component_shows_in_the_next_read() {
    let certificates =
        json!({"refund_desc": "转账", "certificates": ["https://example.com/transfer.png"]});
    let rows = [
        ("acceptrefund", 2, json!({}), 11),
        ("acceptrefund", 8, json!({}), 11),
        ("acceptreturn", 23, json!({"address_info": address()}), 6),
        ("reject", 2, json!({}), 4),
        ("reject", 23, json!({}), 5),
        ("reject", 8, json!({}), 5),
        ("upload_certificates", 25, certificates, 25),
    ];
    for (action, status, mut body, next) in rows {
        let sandbox = hundred().await;
        let index = ec_index(&sandbox, status).await;
        let before = ec_case(&sandbox, index).await;
        body["aftersale_id"] = json!(ec_id(index));
        let path = format!("/shop/ecaftersale/{action}");
        let answer = call(&sandbox, &path, &body).await;
        assert_eq!(
            answer,
            json!({"errcode": 0, "errmsg": "ok"}),
            "{action} {status}"
        );

        let mut after = ec_case(&sandbox, index).await;
        assert_eq!(after["status"], next, "{action} {status}");
        assert_eq!(after["update_time"], "1790845201123", "{action} {status}");
        let went_to = after.as_object_mut().unwrap().remove("return_address_info");
        assert_eq!(went_to, (next == 6).then(address), "{action} {status}");
        for field in ["status", "update_time"] {
            after[field] = before[field].clone();
        }
        assert_eq!(after, before, "the rest, {action} {status}");

        if next != status {
            let listed = ec_ids(&sandbox, json!({"status": status})).await;
            assert!(
                !listed.contains(&ec_id(index).to_string()),
                "{action} {status}"
            );
            let again = call(&sandbox, &path, &body).await;
            assert_eq!(again["errcode"], 2747008, "{action} {status}");
        }
        let listed = ec_ids(&sandbox, json!({"status": next})).await;
        assert!(
            listed.contains(&ec_id(index).to_string()),
            "{action} {status}"
        );
        assert_eq!(ec_ids(&sandbox, json!({})).await.len(), 100);
        let effects = sandbox.effects("wechat-shop");
        let told: Vec<_> = effects.iter().map(|it| (&*it.case, it.action)).collect();
        assert_eq!(told, [(&*ec_id(index).to_string(), action)]);
    }
}

#[tokio::test]
async fn what_the_upgraded_component_refuses_stays_as_it_is() {
    let sandbox = hundred().await;
    let (refund, back) = (ec_index(&sandbox, 2).await, ec_index(&sandbox, 23).await);
    let failed = ec_index(&sandbox, 25).await;
    let by_id = |index| json!({"aftersale_id": ec_id(index)});
    let mut nowhere = address();
    nowhere["city"] = json!(" ");
    let proof = |desc: Value, link| json!({"aftersale_id": ec_id(failed), "refund_desc": desc, "certificates": [link]});
    let rows = [
        ("acceptrefund", 2747008, back, by_id(back)),
        ("acceptrefund", 2747007, refund, by_id(1_000)),
        (
            "acceptrefund",
            2747007,
            refund,
            json!({"out_aftersale_id": "AS000000001"}),
        ),
        ("acceptrefund", 2747012, refund, json!({})),
        ("acceptreturn", 2747025, back, by_id(back)),
        (
            "acceptreturn",
            2747025,
            back,
            json!({"aftersale_id": ec_id(back), "address_info": nowhere}),
        ),
        (
            "acceptreturn",
            2747008,
            refund,
            json!({"aftersale_id": ec_id(refund), "address_info": address()}),
        ),
        ("reject", 2747008, failed, by_id(failed)),
        (
            "upload_certificates",
            2747010,
            failed,
            proof(json!("转账"), "1.png"),
        ),
        ("upload_certificates", 2747008, refund, {
            let mut proof = proof(json!("转账"), "https://example.com/1.png");
            proof["aftersale_id"] = json!(ec_id(refund));
            proof
        }),
    ];
    for (action, code, index, body) in rows {
        let before = ec_case(&sandbox, index).await;
        let refused = call(&sandbox, &format!("/shop/ecaftersale/{action}"), &body).await;
        assert_eq!(refused["errcode"], code, "{action} {body}: {refused}");
        assert_eq!(ec_case(&sandbox, index).await, before, "{action} {body}");
    }
    assert_eq!(sandbox.effects("wechat-shop"), []);
    // The merchant's own id does as well, and so does an id in quotes.
    let by_merchants_id = json!({"out_aftersale_id": "AS000000000"});
    let done = call(&sandbox, "/shop/ecaftersale/acceptrefund", &by_merchants_id).await;
    assert_eq!(done["errcode"], 0);
    let quoted = json!({"aftersale_id": ec_id(back).to_string()});
    let done = call(&sandbox, "/shop/ecaftersale/reject", &quoted).await;
    assert_eq!(done["errcode"], 0);
}

/// Whichever call arrives first waits, and meanwhile the other one is refused.
#[tokio::test]
async fn an_order_is_written_to_by_one_call_at_a_time() {
    let sandbox = Sandbox::builder()
        .fault("wechat-shop:latency=3600000,first=1".parse().unwrap())
        .start()
        .await
        .unwrap();
    let (case, sibling) = (
        json!({"aftersale_id": ec_id(2)}),
        json!({"aftersale_id": ec_id(3)}),
    );
    let mut first = Box::pin(call(&sandbox, "/shop/ecaftersale/reject", &case));
    let mut second = Box::pin(call(&sandbox, "/shop/ecaftersale/acceptrefund", &sibling));
    let refused = tokio::select! {
        refused = &mut first => refused,
        refused = &mut second => refused,
    };
    assert_eq!(refused["errcode"], 2747026);
    let other = json!({"aftersale_id": ec_id(0)});
    let done = call(&sandbox, "/shop/ecaftersale/acceptrefund", &other).await;
    assert_eq!(done["errcode"], 0, "another order is free");
    assert_eq!(
        ec_case(&sandbox, 3).await["status"],
        6,
        "reads are not held up"
    );
}

#[tokio::test]
async fn an_action_of_the_store_shows_in_the_next_read() {
    let accept = "acceptapply";
    let (no_more, reason) = (json!({"reject_reason_type": 2}), json!("商品已使用"));
    let own_words = json!({"reject_reason_type": "1", "reject_reason": "已寄出"});
    let proof = json!({"refund_certificates": ["MEDIA_1"], "desc": "转账"});
    // A refund, a return that is asked for, one that has come back, and a payment that failed.
    let (refund, back, sent, failed, overdue) = (0, 22, 3, 11, 8);
    let rows = [
        (accept, refund, json!({}), "PLATFORM_REFUNDING", json!("")),
        (
            accept,
            back,
            json!({"address_id": 17}),
            "USER_WAIT_RETURN",
            json!(""),
        ),
        (
            accept,
            back,
            json!({"address_id": "17", "accept_type": 1}),
            "USER_WAIT_RETURN",
            json!(""),
        ),
        (accept, sent, json!({}), "PLATFORM_REFUNDING", json!("")),
        (
            accept,
            sent,
            json!({"accept_type": 2}),
            "PLATFORM_REFUNDING",
            json!(""),
        ),
        (
            "rejectapply",
            refund,
            no_more.clone(),
            "MERCHANT_REJECT_REFUND",
            reason.clone(),
        ),
        (
            "rejectapply",
            back,
            own_words,
            "MERCHANT_REJECT_RETURN",
            json!("已寄出"),
        ),
        (
            "rejectapply",
            sent,
            no_more,
            "MERCHANT_REJECT_RETURN",
            reason,
        ),
        (
            "uploadrefundcertificate",
            failed,
            proof.clone(),
            "PLATFORM_REFUND_FAIL",
            json!(""),
        ),
        (
            "uploadrefundcertificate",
            overdue,
            proof,
            "MERCHANT_OVERDUE_REFUND",
            json!(""),
        ),
    ];
    for (action, index, mut body, next, reason) in rows {
        let sandbox = hundred().await;
        let before = store_case(&sandbox, index).await;
        body["after_sale_order_id"] = json!(store_id(index));
        let path = format!("/channels/ec/aftersale/{action}");
        let answer = call(&sandbox, &path, &body).await;
        assert_eq!(
            answer,
            json!({"errcode": 0, "errmsg": "ok"}),
            "{action} {index}"
        );

        let mut after = store_case(&sandbox, index).await;
        assert_eq!(after["status"], next, "{action} {index}");
        assert_eq!(after["update_time"], 1_790_845_201, "{action} {index}");
        let upload = &after["merchant_upload_info"];
        assert_eq!(upload["reject_reason"], reason, "{action} {index}");
        let papers = body
            .get("refund_certificates")
            .cloned()
            .unwrap_or(json!([]));
        assert_eq!(upload["refund_certificates"], papers, "{action} {index}");
        for field in ["status", "update_time", "merchant_upload_info"] {
            after[field] = before[field].clone();
        }
        // It is no longer the merchant's turn.
        if next != before["status"] {
            after["deadline"] = before["deadline"].clone();
        }
        assert_eq!(after, before, "the rest, {action} {index}");

        // A changed case is the newest by that clock.
        let range = json!({"begin_update_time": 1_790_845_201, "end_update_time": 1_790_845_300});
        let listed = call(&sandbox, STORE_LIST, &range).await;
        assert_eq!(
            texts(&listed["after_sale_order_id_list"]),
            [store_id(index)]
        );
        assert_eq!(listed["has_more"], false);
        assert_eq!(sandbox.effects("wechat-shop")[0].action, action);
    }
}

#[tokio::test]
async fn what_the_store_refuses_stays_as_it_is() {
    let sandbox = hundred().await;
    let (refund, paid) = (0, 1);
    let with = |index, mut members: Value| {
        members["after_sale_order_id"] = json!(store_id(index));
        members
    };
    let rows = [
        ("acceptapply", 10020001, paid, with(paid, json!({}))),
        ("acceptapply", 10020000, refund, with(1_000, json!({}))),
        ("acceptapply", 10020000, refund, json!({})),
        (
            "acceptapply",
            9700224,
            refund,
            with(refund, json!({"accept_type": 3})),
        ),
        ("rejectapply", 9700224, refund, with(refund, json!({}))),
        (
            "rejectapply",
            9700224,
            refund,
            with(refund, json!({"reject_reason_type": 99})),
        ),
        (
            "rejectapply",
            10020001,
            paid,
            with(paid, json!({"reject_reason_type": 1})),
        ),
        (
            "uploadrefundcertificate",
            10020001,
            refund,
            with(
                refund,
                json!({"refund_certificates": ["M"], "desc": "转账"}),
            ),
        ),
        (
            "uploadrefundcertificate",
            9700224,
            refund,
            with(refund, json!({"refund_certificates": [], "desc": "转账"})),
        ),
    ];
    for (action, code, index, body) in rows {
        let before = store_case(&sandbox, index).await;
        let path = format!("/channels/ec/aftersale/{action}");
        let refused = call(&sandbox, &path, &body).await;
        assert_eq!(refused["errcode"], code, "{action} {body}: {refused}");
        assert_eq!(store_case(&sandbox, index).await, before, "{action} {body}");
    }
    assert_eq!(sandbox.effects("wechat-shop"), []);
}

/// The address for a return, and the minute between two refunds of one case.
#[tokio::test]
async fn the_store_wants_an_address_and_some_patience() {
    let sandbox = hundred().await;
    let id = store_id(22);
    let change = |status| sandbox.change("wechat-shop", &id, status).unwrap();
    let accept = async |mut members: Value| {
        let object = members.as_object_mut().unwrap();
        object.entry("after_sale_order_id").or_insert(json!(id));
        let path = "/channels/ec/aftersale/acceptapply";
        call(&sandbox, path, &members).await["errcode"]
            .as_i64()
            .unwrap()
    };
    assert_eq!(accept(json!({})).await, 10021060);
    assert_eq!(accept(json!({"address_id": ""})).await, 10021060);
    assert_eq!(accept(json!({"address_id": "home"})).await, 10021062);
    assert_eq!(
        accept(json!({"address_id": 17, "accept_type": 2})).await,
        10020001
    );
    assert_eq!(accept(json!({"address_id": 17})).await, 0);
    change("MERCHANT_WAIT_RECEIPT");
    assert_eq!(accept(json!({"accept_type": 1})).await, 10020001);
    assert_eq!(accept(json!({"accept_type": 2})).await, 0);
    assert_eq!(accept(json!({"accept_type": 2})).await, 10021059);
    change("MERCHANT_WAIT_RECEIPT");
    assert_eq!(accept(json!({})).await, 10021059);
    // The other case of the order has to wait as well.
    let sibling = store_id(23);
    sandbox
        .change("wechat-shop", &sibling, "MERCHANT_WAIT_RECEIPT")
        .unwrap();
    assert_eq!(
        accept(json!({"after_sale_order_id": sibling})).await,
        10021059
    );
    assert_eq!(sandbox.effects("wechat-shop").len(), 2);
}

#[tokio::test]
async fn each_generation_has_statuses_of_its_own_and_a_new_case_is_in_all() {
    let sandbox = hundred().await;
    sandbox.change("wechat-shop", "AS000000000", "13").unwrap();
    let order = sandbox.orders("wechat-shop").next().unwrap();
    let found = after_sales(&sandbox, ACCESS_TOKEN, &by_id(&order)).await;
    let case = &found["aftersale_infos"][0];
    assert_eq!((&case["status"], &case["type"]), (&json!(13), &json!(1)));
    assert_eq!(ec_case(&sandbox, 0).await["status"], 2);
    assert_eq!(
        store_case(&sandbox, 0).await["status"],
        "MERCHANT_PROCESSING"
    );

    // The buyer sends the goods off, then takes the parcel back.
    let waiting = ec_index(&sandbox, 6).await;
    let parcel = async |status| {
        let id = ec_id(waiting).to_string();
        sandbox.change("wechat-shop", &id, status).unwrap();
        let case = ec_case(&sandbox, waiting).await;
        let parcel = &case["return_info"];
        (
            parcel["waybill_id"] != "",
            parcel["order_return_time"].as_i64().unwrap(),
        )
    };
    assert_eq!(parcel("8").await, (true, 1_790_845_202_000));
    assert_eq!(parcel("11").await, (true, 1_790_845_202_000));
    assert_eq!(parcel("6").await, (false, 0));

    let opened = sandbox.open("wechat-shop").unwrap();
    assert_eq!(sandbox.orders("wechat-shop").next().unwrap(), opened.order);
    let [component, ec, store] = &opened.ids[..] else {
        panic!("{opened:?}")
    };
    let found = after_sales(&sandbox, ACCESS_TOKEN, &by_id(&opened.order)).await;
    assert_eq!(found["aftersale_infos"][0]["out_aftersale_id"], **component);
    assert_eq!(
        found["aftersale_infos"][0]["create_time"],
        "2026-10-01 17:00:05"
    );
    assert_eq!(ec_ids(&sandbox, json!({})).await[0], *ec);
    assert_eq!(ec_ids(&sandbox, json!({"status": 2})).await[0], *ec);
    let day = json!({"begin_create_time": 1_790_845_205, "end_create_time": 1_790_845_205});
    let listed = call(&sandbox, STORE_LIST, &day).await;
    assert_eq!(
        texts(&listed["after_sale_order_id_list"]),
        std::slice::from_ref(store)
    );
}
