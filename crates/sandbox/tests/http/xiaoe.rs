use sandbox::credentials::xiaoe::{ACCESS_TOKEN, APP_ID, CLIENT_ID, SECRET_KEY};
use sandbox::{Quotas, Sandbox};
use serde_json::{Value, json};

use crate::client::{each, get, hundred, post};

const EVER: &str = "2000-01-01||2030-01-01";

async fn token(sandbox: &Sandbox, query: &str) -> Value {
    get(format!("{}/token?{query}", sandbox.base_url("xiaoe")), &[])
        .await
        .json()
}

async fn call(sandbox: &Sandbox, api: &str, body: Value) -> Value {
    send(sandbox, &format!("after_sale.{api}"), body).await
}

async fn order(sandbox: &Sandbox, id: &Value) -> Value {
    send(sandbox, "order.detail", json!({"order_id": id})).await
}

async fn send(sandbox: &Sandbox, api: &str, mut body: Value) -> Value {
    let url = format!("{}/xe.ecommerce.{api}/1.0.0", sandbox.base_url("xiaoe"));
    let members = body.as_object_mut().unwrap();
    members.entry("access_token").or_insert(json!(ACCESS_TOKEN));
    let reply = post(url, &[], &body).await;
    assert_eq!(reply.status, 200, "errors come with 200, too");
    reply.json()
}

/// A list call with these members besides the required ones.
async fn list(sandbox: &Sandbox, members: Value) -> Value {
    let mut body = json!({"page_index": 1, "page_size": 50, "created_at": EVER});
    body.as_object_mut()
        .unwrap()
        .extend(members.as_object().unwrap().clone());
    call(sandbox, "list", body).await
}

async fn all(sandbox: &Sandbox) -> Vec<Value> {
    let mut rows = Vec::new();
    for page in 1..=2 {
        let page = list(sandbox, json!({"page_index": page})).await;
        rows.extend(page["data"]["list"].as_array().unwrap().iter().cloned());
    }
    rows
}

/// Some rows hold their integers as strings.
fn integer(value: &Value) -> u64 {
    value
        .as_u64()
        .unwrap_or_else(|| value.as_str().unwrap().parse().unwrap())
}

#[tokio::test]
async fn a_token_opens_list_and_detail() {
    let sandbox = hundred().await;
    let query = format!(
        "app_id={APP_ID}&client_id={CLIENT_ID}&secret_key={SECRET_KEY}&grant_type=client_credential"
    );
    let issued = token(&sandbox, &query).await;
    assert_eq!(
        (&issued["code"], &issued["data"]["expires_in"]),
        (&json!(0), &json!(7200))
    );
    let token = &issued["data"]["access_token"];

    let listed = list(&sandbox, json!({"access_token": token, "page_size": 10})).await;
    assert_eq!(
        (&listed["code"], &listed["data"]["row_count"]),
        (&json!(0), &json!(100))
    );
    let row = &listed["data"]["list"][0];
    let id = &row["aftersale_id"];
    let detail = call(
        &sandbox,
        "detail",
        json!({"access_token": token, "aftersale_id": id}),
    )
    .await;
    let data = &detail["data"];
    let rows = [
        ("aftersale_id", id.clone()),
        ("order_id", row["order_id"].clone()),
        ("apply_refund_money", json!(10)),
        ("refund_money", json!(0)),
        ("certificate", json!([])),
        ("created_at", json!("2026-10-01 16:00:00")),
        ("invalid_time", json!("2026-10-08 16:00:00")),
        ("state_invalid_time", json!("-0001-11-30 00:00:00")),
        ("sale_type", json!(1)),
        ("state", json!(4)),
        ("state_str", json!(4)),
        ("study_time", Value::Null),
        ("submit_type", json!(1)),
        ("sku_info", json!("--")),
        ("phone", json!("185****0000")),
        ("user_name", json!("Buyer 0")),
    ];
    for (field, expected) in rows {
        assert_eq!(data[field], expected, "{field}");
    }
    assert_eq!(data["goods_list"][0]["goods_name"], "专栏1");
    assert!(
        data.get("updated_at").is_none(),
        "as in the documented example"
    );
}

#[tokio::test]
async fn pages_cover_every_case_once_and_hold_fifty_at_most() {
    let sandbox = hundred().await;
    let mut ids = Vec::new();
    for page in 1..=13 {
        let page = list(&sandbox, json!({"page_index": page, "page_size": 8})).await;
        ids.extend(
            each(&page["data"]["list"], "/aftersale_id")
                .into_iter()
                .cloned(),
        );
    }
    let expected: Vec<Value> = all(&sandbox)
        .await
        .iter()
        .map(|row| row["aftersale_id"].clone())
        .collect();
    assert_eq!(ids, expected);
    assert_eq!(ids.len(), 100);
    ids.sort_by_key(Value::to_string);
    ids.dedup();
    assert_eq!(ids.len(), 100);
    let large = list(&sandbox, json!({"page_size": 80})).await;
    assert_eq!(large["data"]["list"].as_array().unwrap().len(), 50);
}

#[tokio::test]
async fn filters_agree_with_a_scan() {
    let sandbox = hundred().await;
    let all = all(&sandbox).await;
    let windows = [
        (
            "2026-10-01||2026-10-01",
            "2026-10-01 00:00:00",
            "2026-10-01 23:59:59",
        ),
        (
            "2026-10-01 || 2026-10-02",
            "2026-10-01 00:00:00",
            "2026-10-02 23:59:59",
        ),
        (
            "2026-10-01 10:00:00||2026-10-01 12:30:00",
            "2026-10-01 10:00:00",
            "2026-10-01 12:30:00",
        ),
        (
            "2026-10-01 15:52:59||2026-10-01 15:52:59",
            "2026-10-01 15:52:59",
            "2026-10-01 15:52:59",
        ),
        ("2027-01-01||2027-01-02", "2027-01-01", "2027-01-02"),
    ];
    let state_groups: [(i64, &[u64]); 5] = [
        (
            -1,
            &[
                0, 1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 13, 14, 15, 16, 17, 18, 19,
            ],
        ),
        (1, &[0, 2, 3]),
        (2, &[13, 14, 15]),
        (3, &[1, 7]),
        (6, &[6, 8, 11, 12, 16, 17, 19]),
    ];
    for column in ["created_at", "updated_at"] {
        for (window, start, end) in windows {
            for (sales_state, states) in state_groups {
                let scanned: Vec<&Value> = all
                    .iter()
                    .filter(|row| {
                        let at = row[column].as_str().unwrap();
                        (start..=end).contains(&at) && states.contains(&integer(&row["state"]))
                    })
                    .collect();
                let mut found = Vec::new();
                for page in 1..=2 {
                    let filter = json!({"page_index": page, "created_at": window, "date_type": column, "sales_state": sales_state});
                    let listed = list(&sandbox, filter).await;
                    assert_eq!(listed["code"], 0);
                    if scanned.is_empty() {
                        assert_eq!(listed["data"], json!([]), "as PHP prints an empty map");
                        continue;
                    }
                    assert_eq!(listed["data"]["row_count"], scanned.len());
                    found.extend(listed["data"]["list"].as_array().unwrap().iter().cloned());
                }
                assert!(found.iter().eq(scanned), "{column} {window} {sales_state}");
            }
        }
    }
}

#[tokio::test]
async fn ids_filter_the_list_and_lead_to_the_detail() {
    let sandbox = hundred().await;
    for order in sandbox.orders("xiaoe") {
        let listed = list(&sandbox, json!({"order_id": order.id})).await;
        assert_eq!(listed["data"]["row_count"], order.cases);
        for id in each(&listed["data"]["list"], "/aftersale_id") {
            let alone = list(&sandbox, json!({"aftersale_id": id, "order_id": order.id})).await;
            assert_eq!(alone["data"]["row_count"], 1);
            let detail = call(&sandbox, "detail", json!({"aftersale_id": id})).await;
            assert_eq!(detail["data"]["order_id"], order.id);
            assert_eq!(detail["data"]["user_id"], order.buyer.as_deref().unwrap());
        }
    }
    let without = sandbox.order_without_case("xiaoe").unwrap();
    assert_eq!(
        list(&sandbox, json!({"order_id": without.id})).await["data"],
        json!([])
    );
}

#[tokio::test]
async fn an_order_tells_how_far_the_money_is() {
    let sandbox = hundred().await;
    let mut told = std::collections::BTreeSet::new();
    for row in all(&sandbox).await {
        let id = &row["aftersale_id"];
        let found = order(&sandbox, &row["order_id"]).await;
        let info = &found["data"]["internal_extra_info"];
        let cases = &info["after_sale_info"]["after_sale_records"];
        assert!(each(cases, "/after_sale_id").contains(&id), "{id}");
        let refunds = info["refund_info"]["refund_records"].as_array().unwrap();
        let refund = refunds.iter().find(|refund| refund["after_sale_id"] == *id);
        let state = integer(&row["state"]);
        assert_eq!(refund.is_some(), (11..=14).contains(&state), "{id}");
        if let Some(refund) = refund {
            let paid = refund["refund_time"].as_str().unwrap().starts_with("2026");
            assert_eq!(paid, state > 12, "{id}");
            told.insert((state, integer(&refund["refund_state"])));
        }
    }
    let told: Vec<_> = told.into_iter().collect();
    assert_eq!(told, [(11, 1), (11, 3), (12, 0), (13, 2), (14, 2)]);
    let without = sandbox.order_without_case("xiaoe").unwrap();
    let found = order(&sandbox, &json!(without.id)).await;
    let info = &found["data"]["internal_extra_info"];
    assert_eq!(info["after_sale_info"]["has_result"], false);
    assert_eq!(order(&sandbox, &json!("o_1_2_3")).await["code"], 1);
}

#[tokio::test]
async fn the_documented_case_is_answered_word_for_word() {
    let sandbox = hundred().await;
    let id = json!({"aftersale_id": "A1676256272_63e9a41000b74_73803812"});
    let documented = include_str!("../../src/documented/xiaoe.after-sale-detail.json");
    let documented: Value = serde_json::from_str(documented).unwrap();
    let answered = call(&sandbox, "detail", id).await;
    assert_eq!(answered, documented);
}

#[tokio::test]
async fn the_cases_hold_every_state_and_every_looseness() {
    let sandbox = hundred().await;
    let all = all(&sandbox).await;
    let states: Vec<u64> = all.iter().map(|row| integer(&row["state"])).collect();
    for state in (0..=8).chain(11..=19) {
        assert!(states.contains(&state), "state {state}");
    }
    let some = |what: &str, holds: &dyn Fn(&Value) -> bool| {
        assert!(all.iter().any(holds), "{what}");
    };
    some("an integer as a string", &|row| row["state"].is_string());
    some("an integer", &|row| row["state"].is_u64());
    some("no sku", &|row| row["goods_list"][0]["sku_info"].is_null());
    for date in [
        "-0001-11-30 00:00:00",
        "0000-00-00 00:00:00",
        "1970-01-01 08:00:00",
    ] {
        some(date, &|row| row["state_invalid_time"] == date);
    }
    some("no kind", &|row| row.get("sale_type").is_none());
}

#[tokio::test]
async fn mistakes_have_their_codes() {
    let sandbox = hundred().await;
    let base = sandbox.base_url("xiaoe");
    let list_url = format!("{base}/xe.ecommerce.after_sale.list/1.0.0");
    let with = |app_id: &str, client_id: &str, secret: &str, grant: &str| {
        format!("app_id={app_id}&client_id={client_id}&secret_key={secret}&grant_type={grant}")
    };
    let grant = "client_credential";
    let credentials = [
        (2001, String::new()),
        (2002, with("x", CLIENT_ID, SECRET_KEY, grant)),
        (2003, format!("app_id={APP_ID}")),
        (2004, with(APP_ID, CLIENT_ID, "x", grant)),
        (2005, format!("app_id={APP_ID}&secret_key={SECRET_KEY}")),
        (2006, with(APP_ID, CLIENT_ID, SECRET_KEY, "x")),
        (2020, with(APP_ID, "x", SECRET_KEY, grant)),
    ];
    for (code, query) in credentials {
        let reply = token(&sandbox, &query).await;
        assert_eq!(
            (&reply["code"], &reply["data"]),
            (&json!(code), &Value::Null),
            "{query}"
        );
    }
    let rows = [
        (2008, list(&sandbox, json!({"access_token": "x"})).await),
        (2007, list(&sandbox, json!({"access_token": ""})).await),
        (2007, post(list_url.clone(), &[], &json!({})).await.json()),
        (2055, get(list_url, &[]).await.json()),
        (
            2052,
            get(format!("{base}/xe.order.list/1.0.0"), &[]).await.json(),
        ),
        (1, list(&sandbox, json!({"page_index": 0})).await),
        (1, list(&sandbox, json!({"page_size": "many"})).await),
        (1, list(&sandbox, json!({"created_at": "2026-10-01"})).await),
        (
            1,
            list(&sandbox, json!({"created_at": "2026-10-01||soon"})).await,
        ),
        (1, list(&sandbox, json!({"date_type": "paid_at"})).await),
        (1, list(&sandbox, json!({"sales_state": 9})).await),
        (1, call(&sandbox, "detail", json!({})).await),
        (
            1,
            call(&sandbox, "detail", json!({"aftersale_id": "A1_2_3"})).await,
        ),
    ];
    for (code, reply) in rows {
        assert_eq!(reply["code"], code, "{reply}");
    }
}

#[tokio::test]
async fn tokens_expire_on_demand() {
    let sandbox = hundred().await;
    let query = format!(
        "app_id={APP_ID}&client_id={CLIENT_ID}&secret_key={SECRET_KEY}&grant_type=client_credential"
    );
    let first = token(&sandbox, &query).await["data"]["access_token"].clone();
    let second = token(&sandbox, &query).await["data"]["access_token"].clone();
    assert_ne!(first, second);
    assert_eq!(
        list(&sandbox, json!({"access_token": first})).await["code"],
        0,
        "for five minutes more"
    );
    sandbox.expire_tokens();
    for expired in [first, second] {
        assert_eq!(
            list(&sandbox, json!({"access_token": expired})).await["code"],
            2008
        );
    }
    assert_eq!(sandbox.tokens_issued("xiaoe"), 2);
}

#[tokio::test]
async fn quotas_are_per_api() {
    let sandbox = Sandbox::builder()
        .quotas(Quotas::Enforced)
        .start()
        .await
        .unwrap();
    for _ in 0..300 {
        assert_eq!(list(&sandbox, json!({"page_size": 1})).await["code"], 0);
    }
    assert_eq!(list(&sandbox, json!({})).await["code"], 2053);
    assert_eq!(
        call(&sandbox, "detail", json!({})).await["code"],
        1,
        "the detail has its own quota"
    );
    for _ in 0..100 {
        assert_eq!(token(&sandbox, "").await["code"], 2001);
    }
    assert_eq!(token(&sandbox, "").await["code"], 2053);
}

async fn refund(sandbox: &Sandbox, mut body: Value) -> Value {
    let url = format!("{}/xe.order.refund/1.0.0", sandbox.base_url("xiaoe"));
    let members = body.as_object_mut().unwrap();
    members.entry("access_token").or_insert(json!(ACCESS_TOKEN));
    post(url, &[], &body).await.json()
}

async fn detail(sandbox: &Sandbox, id: &Value) -> Value {
    let detail = call(sandbox, "detail", json!({"aftersale_id": id})).await;
    detail["data"].clone()
}

#[tokio::test]
async fn a_refund_is_paid_back_and_ends_the_case() {
    let sandbox = hundred().await;
    // The second case: state 0, alone in its order.
    let row = all(&sandbox).await[1].clone();
    let id = &row["aftersale_id"];
    let before = detail(&sandbox, id).await;
    let paid = integer(&before["actual_fee"]);
    let body = |price: u64| json!({"order_id": row["order_id"], "sku_id": before["sku_id"], "refund_price": price, "refund_operator": "admin"});
    let rows = [(1, 2, 1, 2), (paid - 1, 2, paid, 3)];
    for (seconds, (price, refund_type, refunded, show_state)) in (1..).zip(rows) {
        let answer = refund(&sandbox, body(price)).await;
        assert_eq!(
            (&answer["code"], &answer["msg"]),
            (&json!(0), &json!("退款操作成功"))
        );
        assert_eq!(answer["data"]["is_async"], true);
        assert_eq!(answer["data"]["refund_type"], refund_type);
        let refund_id = answer["data"]["refund_id"].as_str().unwrap();
        assert!(
            refund_id.starts_with(&format!("r_{}_", 1_790_845_200 + seconds)),
            "{refund_id}"
        );

        let after = detail(&sandbox, id).await;
        assert_eq!(integer(&after["state"]), 13);
        assert_eq!(integer(&after["refund_money"]), refunded);
        for field in [
            "apply_refund_money",
            "sale_type",
            "actual_fee",
            "created_at",
            "order_id",
        ] {
            assert_eq!(after[field], before[field], "{field}");
        }
        let time = format!("2026-10-01 17:00:0{seconds}");
        assert_eq!(after["updated_at"], time);
        let found = order(&sandbox, &row["order_id"]).await;
        let info = &found["data"]["internal_extra_info"]["refund_info"]["refund_records"][0];
        assert_eq!(integer(&info["refund_amount"]), refunded);
        assert_eq!(integer(&info["refund_state"]), 2);
        // Of the first of the two payments.
        assert_eq!(info["refund_time"], "2026-10-01 17:00:01");
        let state = &found["data"]["order_info"]["after_sale_show_state"];
        assert_eq!(*state, show_state);
        let newest = list(
            &sandbox,
            json!({"date_type": "updated_at", "sales_state": 2}),
        )
        .await;
        assert_eq!(newest["data"]["list"][0]["aftersale_id"], *id);
        let undecided = list(
            &sandbox,
            json!({"sales_state": 1, "order_id": row["order_id"]}),
        )
        .await;
        assert_eq!(undecided["data"], json!([]));
    }
    let effects = sandbox.effects("xiaoe");
    let told: Vec<_> = effects
        .iter()
        .map(|it| (json!(it.case), it.action))
        .collect();
    assert_eq!(
        told,
        [
            (id.clone(), "xe.order.refund"),
            (id.clone(), "xe.order.refund")
        ]
    );

    // The other way round: all of another one at once, under the name of a user.
    let row = all(&sandbox).await[4].clone();
    let case = detail(&sandbox, &row["aftersale_id"]).await;
    let mut all_of_it = body(integer(&case["actual_fee"]));
    all_of_it["order_id"] = row["order_id"].clone();
    all_of_it["sku_id"] = case["sku_id"].clone();
    all_of_it["user_phone"] = all_of_it
        .as_object_mut()
        .unwrap()
        .remove("refund_operator")
        .unwrap();
    assert_eq!(refund(&sandbox, all_of_it).await["data"]["refund_type"], 1);
}

#[tokio::test]
async fn what_cannot_be_refunded_is_refused_and_stays_as_it_is() {
    let sandbox = hundred().await;
    let row = all(&sandbox).await[1].clone();
    let before = detail(&sandbox, &row["aftersale_id"]).await;
    let good = json!({
        "order_id": row["order_id"], "sku_id": before["sku_id"], "refund_price": 1, "refund_operator": "admin"
    });
    let with = |member: &str, value: Value| {
        let mut body = good.clone();
        body[member] = value;
        body
    };
    let rows = [
        (1, with("order_id", json!("o_1_2_3"))),
        (
            1,
            with(
                "order_id",
                json!(sandbox.order_without_case("xiaoe").unwrap().id),
            ),
        ),
        (1, with("sku_id", json!("SKU_1"))),
        (1, with("refund_price", json!(0))),
        (1, with("refund_price", json!("1.5"))),
        (
            1,
            with("refund_price", json!(integer(&before["actual_fee"]) + 1)),
        ),
        (1, with("refund_operator", Value::Null)),
        (2008, with("access_token", json!("x"))),
        (2007, with("access_token", json!(""))),
    ];
    for (code, body) in rows {
        let refused = refund(&sandbox, body.clone()).await;
        assert_eq!(refused["code"], code, "{body}: {refused}");
    }
    assert_eq!(detail(&sandbox, &row["aftersale_id"]).await, before);
    assert_eq!(sandbox.effects("xiaoe"), []);
    let url = format!("{}/xe.order.refund/1.0.0", sandbox.base_url("xiaoe"));
    assert_eq!(get(url, &[]).await.json()["code"], 2055);

    let sandbox = Sandbox::builder()
        .quotas(Quotas::Enforced)
        .start()
        .await
        .unwrap();
    for _ in 0..100 {
        assert_eq!(refund(&sandbox, json!({})).await["code"], 1);
    }
    assert_eq!(refund(&sandbox, json!({})).await["code"], 2053);
}

#[tokio::test]
async fn a_case_changes_by_other_hands_and_a_new_one_is_listed_first() {
    let sandbox = hundred().await;
    let before = all(&sandbox).await;
    // The first one, which is the documented example in all that matters; its state allows of nothing more.
    let id = before[0]["aftersale_id"].as_str().unwrap();
    for (second, (state, paid_back, has_parcel)) in
        (1..).zip([(6, 0, false), (8, 0, true), (11, 0, true), (14, 10, true)])
    {
        sandbox.change("xiaoe", id, &state.to_string()).unwrap();
        let case = detail(&sandbox, &json!(id)).await;
        assert_eq!(
            (&case["state"], &case["refund_money"]),
            (&json!(state), &json!(paid_back))
        );
        assert_eq!(
            case.get("return_logistics_no").is_some(),
            has_parcel,
            "{state}"
        );
        assert_eq!(case["updated_at"], format!("2026-10-01 17:00:0{second}"));
        let is_over = state == 14;
        let deadline = if is_over {
            "-0001-11-30 00:00:00".to_owned()
        } else {
            format!("2026-10-03 17:00:0{second}")
        };
        assert_eq!(case["state_invalid_time"], deadline);
        let newest = list(&sandbox, json!({"date_type": "updated_at"})).await;
        assert_eq!(newest["data"]["list"][0]["aftersale_id"], id);
        assert_eq!(newest["data"]["row_count"], 100);
    }
    let opened = sandbox.open("xiaoe").unwrap();
    for column in ["created_at", "updated_at"] {
        let newest = list(&sandbox, json!({"date_type": column})).await;
        let row = &newest["data"]["list"][0];
        assert_eq!(row["aftersale_id"], opened.ids[0]);
        assert_eq!(row["created_at"], "2026-10-01 17:00:05");
        assert_eq!(newest["data"]["row_count"], 101);
    }
    let of_order = list(&sandbox, json!({"order_id": opened.order.id})).await;
    assert_eq!(of_order["data"]["row_count"], opened.order.cases);
    let found = order(&sandbox, &json!(opened.order.id)).await;
    let cases = &found["data"]["internal_extra_info"]["after_sale_info"]["after_sale_records"];
    assert_eq!(cases[0]["after_sale_id"], opened.ids[0]);
}
