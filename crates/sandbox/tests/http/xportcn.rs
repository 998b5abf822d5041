use hmac::{Hmac, KeyInit, Mac};
use sandbox::Sandbox;
use sandbox::credentials::xportcn::{ACCESS_KEY, SECRET_KEY, USER_ID};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::client::{Reply, each, get, hundred, post};

/// The five headers of one call, to be bent by a test.
struct Headers([(&'static str, String); 5]);

impl Headers {
    fn new(nonce: &str, timestamp: String) -> Self {
        let canonical = format!("access-key={ACCESS_KEY}&nonce-str={nonce}&timestamp={timestamp}");
        let mut mac = Hmac::<Sha256>::new_from_slice(SECRET_KEY.as_bytes()).unwrap();
        mac.update(canonical.as_bytes());
        let signature = mac.finalize().into_bytes();
        Self([
            ("access-key", ACCESS_KEY.to_owned()),
            ("timestamp", timestamp),
            ("nonce-str", nonce.to_owned()),
            ("user-id", USER_ID.to_owned()),
            (
                "signature",
                signature.iter().map(|byte| format!("{byte:02x}")).collect(),
            ),
        ])
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        for (known, held) in &mut self.0 {
            if *known == name {
                *held = value.to_owned();
            }
        }
        self
    }

    fn as_pairs(&self) -> Vec<(&str, &str)> {
        let pairs = self.0.iter();
        pairs.map(|(name, value)| (*name, value.as_str())).collect()
    }
}

fn now() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

async fn send(sandbox: &Sandbox, headers: &Headers, body: &Value) -> Reply {
    let url = format!(
        "{}/open/order/refund/queryList",
        sandbox.base_url("xportcn")
    );
    post(url, &headers.as_pairs(), body).await
}

/// A well-signed call with these members besides the required ones.
async fn list(sandbox: &Sandbox, members: Value) -> Value {
    let mut body = json!({"pageNo": 1, "pageSize": 500});
    body.as_object_mut()
        .unwrap()
        .extend(members.as_object().unwrap().clone());
    send(sandbox, &fresh(sandbox), &body).await.json()
}

/// A well-signed look-up of one refund on Taobao.
async fn query(sandbox: &Sandbox, refund_id: &str) -> Value {
    let base = sandbox.base_url("xportcn");
    let url = format!("{base}/open/order/refund/query?refundId={refund_id}");
    get(url, &fresh(sandbox).as_pairs()).await.json()
}

/// The same on 1688.
async fn alibaba_info(sandbox: &Sandbox, body: Value) -> Value {
    let url = format!("{}/alibaba/refund/info", sandbox.base_url("xportcn"));
    post(url, &fresh(sandbox).as_pairs(), &body).await.json()
}

fn fresh(sandbox: &Sandbox) -> Headers {
    let nonce = format!("nonce-{}", sandbox.calls("xportcn"));
    Headers::new(&nonce, now().to_string())
}

async fn all(sandbox: &Sandbox) -> Vec<Value> {
    let page = list(sandbox, json!({})).await;
    page["data"]["refundOrderAggregates"]
        .as_array()
        .unwrap()
        .clone()
}

#[tokio::test]
async fn the_first_row_resembles_the_documented_example() {
    let sandbox = hundred().await;
    let page = list(&sandbox, json!({"pageSize": 1})).await;
    let rows = [
        ("/code", json!(200)),
        ("/msg", json!("成功")),
        ("/data/total", json!(100)),
        ("/data/pageNo", json!(1)),
        ("/data/pageSize", json!(1)),
        ("/data/currency", json!("CNY")),
    ];
    for (pointer, expected) in rows {
        assert_eq!(page.pointer(pointer), Some(&expected), "{pointer}");
    }
    assert!(page["developId"].as_u64().unwrap() > 1 << 53);
    let rows = &page["data"]["refundOrderAggregates"];
    assert_eq!(
        rows[0],
        json!({
            "logistics": null, "subUserId": null,
            "refundOrder": {
                "refundFee": 392, "payOrderId": "3582133814705377121", "timeoutType": "sAgreeRefundT",
                "sellerRefuseReason": null, "refundStatus": "100", "canEditFee": null, "remainingTime": null,
                "refundType": 1, "feeTips": null, "reasonDesc": "我不想要了", "goodsStatus": 1, "refundDesc": "",
                "reasonId": 150013, "timeoutDate": "1790928000000", "sellerRefuseReasonDescribe": null,
                "refundId": "110002687818"
            },
            "purchaseOrderLine": {
                "salesOrderId": "500918-1034477311887409465", "supplierId": 3937219703_u64, "quantity": 1,
                "totalPrice": 392, "itemTitle": "零食瓜子仁蟹黄味整箱小包装坚果炒货小零食小吃批发散装休闲食品",
                "postFee": 0, "productFee": 392, "salesMarket": "TAOBAO_BUYER",
                "purchaseOrderLineId": 200028508721_u64, "createTime": 1790830800000_u64,
                "purchaseOrderId": 200028508720_u64, "price": null, "supplierNick": "天天特卖工厂店",
                "currency": "CNY", "properties": {"食品口味": "瓜子仁5包(试吃)"}
            }
        })
    );
    assert_eq!(rows.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn pages_cover_every_case_once() {
    let sandbox = hundred().await;
    let mut ids = Vec::new();
    for page in 1..=9 {
        let page = list(&sandbox, json!({"pageNo": page, "pageSize": 12})).await;
        ids.extend(
            each(
                &page["data"]["refundOrderAggregates"],
                "/refundOrder/refundId",
            )
            .into_iter()
            .cloned(),
        );
    }
    let expected: Vec<Value> = all(&sandbox)
        .await
        .iter()
        .map(|row| row["refundOrder"]["refundId"].clone())
        .collect();
    assert_eq!(ids, expected);
    ids.sort_by_key(Value::to_string);
    ids.dedup();
    assert_eq!(ids.len(), 100);
}

#[tokio::test]
async fn filters_agree_with_a_scan() {
    let sandbox = hundred().await;
    let all = all(&sandbox).await;
    // An application follows its order line by three hours.
    let applied =
        |row: &Value| row["purchaseOrderLine"]["createTime"].as_i64().unwrap() + 10_800_000;
    let (from, to) = (applied(&all[60]), applied(&all[7]));
    let line = &all[2]["purchaseOrderLine"];
    type Holds<'a> = Box<dyn Fn(&Value) -> bool + 'a>;
    let rows: Vec<(Value, Holds<'_>)> = vec![
        (
            json!({"refundStatus": 100}),
            Box::new(|row| row["refundOrder"]["refundStatus"] == "100"),
        ),
        (
            json!({"refundStatus": "refundclose"}),
            Box::new(|row| row["refundOrder"]["refundStatus"] == "refundclose"),
        ),
        (json!({"refundStatus": 7}), Box::new(|_| false)),
        (
            json!({"refundStartTime": from}),
            Box::new(|row| applied(row) >= from),
        ),
        (
            json!({"refundEndTime": to}),
            Box::new(|row| applied(row) <= to),
        ),
        (
            json!({"refundStartTime": from, "refundEndTime": to, "refundStatus": 100}),
            Box::new(|row| {
                (from..=to).contains(&applied(row)) && row["refundOrder"]["refundStatus"] == "100"
            }),
        ),
        (
            json!({"refundStartTime": to + 1, "refundEndTime": to + 999}),
            Box::new(|_| false),
        ),
        (
            json!({"purchaseOrderId": line["purchaseOrderId"].to_string()}),
            Box::new(|row| row["purchaseOrderLine"]["purchaseOrderId"] == line["purchaseOrderId"]),
        ),
        (
            json!({"salesOrderId": line["salesOrderId"]}),
            Box::new(|row| row["purchaseOrderLine"]["salesOrderId"] == line["salesOrderId"]),
        ),
        (
            json!({"refundId": all[1]["refundOrder"]["refundId"]}),
            Box::new(|row| row["refundOrder"]["refundId"] == all[1]["refundOrder"]["refundId"]),
        ),
        (json!({"refundId": "nonsense"}), Box::new(|_| false)),
        (
            json!({"refundId": null, "purchaseOrderId": null}),
            Box::new(|_| true),
        ),
    ];
    for (filter, holds) in rows {
        let found = list(&sandbox, filter.clone()).await;
        let scanned: Vec<&Value> = all.iter().filter(|row| holds(row)).collect();
        let found_rows = found["data"]["refundOrderAggregates"].as_array().unwrap();
        assert!(found_rows.iter().eq(scanned.iter().copied()), "{filter}");
        assert_eq!(found["data"]["total"], scanned.len(), "{filter}");
    }
}

#[tokio::test]
async fn a_refund_on_taobao_is_its_row_of_the_list() {
    let sandbox = hundred().await;
    for row in all(&sandbox).await.iter().take(10) {
        let id = row["refundOrder"]["refundId"].as_str().unwrap();
        let found = query(&sandbox, id).await;
        assert_eq!(found["code"], 200);
        assert_eq!(found["data"]["currency"], "CNY");
        assert_eq!(found["data"]["refundOrderAggregate"], *row);
    }
    for nowhere in ["110002687918", "nonsense", "TQ8651493722961198"] {
        let found = query(&sandbox, nowhere).await;
        assert_eq!(
            (&found["code"], &found["data"]),
            (&json!(200), &Value::Null)
        );
    }
}

#[tokio::test]
async fn every_status_of_1688_occurs_with_its_history() {
    let sandbox = hundred().await;
    let mut statuses = Vec::new();
    for index in 0..6 {
        let id = format!("TQ{}", 8_651_493_722_961_198_u64 + index);
        let found = alibaba_info(&sandbox, json!({"refundId": id})).await;
        let refund = &found["data"];
        assert_eq!(refund["refundId"], json!(id));
        assert!(refund["orderId"].as_u64().unwrap() > 1 << 53);
        let steps = refund["refundOperationList"].as_array().unwrap();
        // The newest step stands first.
        assert_eq!(steps[0]["afterOperateStatus"], refund["status"], "{id}");
        assert_eq!(steps[0]["gmtCreate"], refund["gmtModified"], "{id}");
        let first = &steps[steps.len() - 1];
        assert_eq!(first["beforeOperateStatus"], Value::Null, "{id}");
        assert_eq!(first["gmtCreate"], refund["gmtApply"], "{id}");
        let lines = refund["orderEntryIdList"].as_array().unwrap();
        let counts = refund["orderEntryCountMap"].as_object().unwrap();
        assert!(
            lines
                .iter()
                .map(Value::to_string)
                .eq(counts.keys().cloned())
        );
        statuses.push(refund["status"].as_str().unwrap().to_owned());
    }
    statuses.sort();
    let expected = [
        "refundclose",
        "refundsuccess",
        "waitbuyermodify",
        "waitbuyersend",
        "waitselleragree",
        "waitsellerreceive",
    ];
    assert_eq!(statuses, expected);
    for nowhere in ["TQ8651493722961298", "8651493722961198", "110002687818"] {
        let found = alibaba_info(&sandbox, json!({"refundId": nowhere})).await;
        assert_eq!(
            (&found["code"], &found["data"]),
            (&json!(200), &Value::Null)
        );
    }
}

#[tokio::test]
async fn the_orders_are_the_purchase_orders() {
    let sandbox = hundred().await;
    for order in sandbox.orders("xportcn").take(8) {
        let found = list(
            &sandbox,
            json!({"purchaseOrderId": order.id, "salesOrderId": order.merchant_ref}),
        )
        .await;
        assert_eq!(found["data"]["total"], order.cases);
    }
    let without = sandbox.order_without_case("xportcn").unwrap();
    assert_eq!(
        list(&sandbox, json!({"purchaseOrderId": without.id})).await["data"]["total"],
        0
    );
}

#[tokio::test]
async fn every_stage_and_both_shapes_of_logistics_occur() {
    let all = all(&hundred().await).await;
    for status in ["100", "9001", "9002"] {
        assert!(
            all.iter()
                .any(|row| row["refundOrder"]["refundStatus"] == status),
            "{status}"
        );
    }
    let logistics = |pointer: &str| {
        all.iter()
            .any(|row| row["logistics"].pointer(pointer).is_some())
    };
    assert!(logistics("/receiverAddress/detailAddress"));
    assert!(logistics("/logisticsCompany/logisticCompanyCode"));
    assert!(logistics("/logisticsCompany/logisticsCompanyCode"));
}

#[tokio::test]
async fn what_is_not_signed_right_is_refused() {
    let sandbox = hundred().await;
    let body = json!({"pageNo": 1, "pageSize": 1});
    let good = |nonce: &str| Headers::new(nonce, now().to_string());
    let upper = good("h").0[4].1.to_uppercase();
    let rows = [
        (
            401,
            "access-key is missing",
            good("a").with("access-key", ""),
        ),
        (401, "signature is missing", good("b").with("signature", "")),
        (
            401,
            "access-key is unknown",
            good("c").with("access-key", "x"),
        ),
        (403, "user-id is unknown", good("d").with("user-id", "x")),
        (
            401,
            "not Unix milliseconds",
            Headers::new("e", (now() / 1_000).to_string()),
        ),
        (
            401,
            "600 seconds",
            Headers::new("f", (now() - 601_000).to_string()),
        ),
        (
            401,
            "600 seconds",
            Headers::new("g", (now() + 660_000).to_string()),
        ),
        (401, "does not match", good("h").with("signature", &upper)),
        (401, "does not match", good("i").with("nonce-str", "j")),
        (401, "too long", good(&"k".repeat(65))),
    ];
    for (code, expected, headers) in rows {
        let reply = send(&sandbox, &headers, &body).await.json();
        assert_eq!(
            (&reply["code"], &reply["data"]),
            (&json!(code), &Value::Null),
            "{reply}"
        );
        assert!(reply["msg"].as_str().unwrap().contains(expected), "{reply}");
    }
}

#[tokio::test]
async fn a_nonce_passes_once() {
    let sandbox = hundred().await;
    let body = json!({"pageNo": 1, "pageSize": 1});
    let headers = Headers::new("n", now().to_string());
    assert_eq!(send(&sandbox, &headers, &body).await.json()["code"], 200);
    assert_eq!(send(&sandbox, &headers, &body).await.json()["code"], 401);
}

#[tokio::test]
async fn bad_parameters_are_refused() {
    let sandbox = hundred().await;
    let rows = [
        json!({"pageNo": 0}),
        json!({"pageNo": null}),
        json!({"pageSize": 501}),
        json!({"pageSize": "x"}),
        json!({"refundStartTime": "yesterday"}),
    ];
    for members in rows {
        assert_eq!(
            list(&sandbox, members.clone()).await["code"],
            400,
            "{members}"
        );
    }
    assert_eq!(query(&sandbox, "").await["code"], 400);
    for body in [json!({}), json!({"refundId": ""}), json!([])] {
        let refused = alibaba_info(&sandbox, body.clone()).await;
        assert_eq!(refused["code"], 400, "{body}");
    }
    let base = sandbox.base_url("xportcn");
    for (path, code) in [
        ("/open/order/refund/queryList", 405),
        ("/alibaba/refund/info", 405),
        ("/open/order", 404),
    ] {
        let refused = get(format!("{base}{path}"), &[]).await.json();
        assert_eq!(refused["code"], code, "{path}");
    }
    let refused = post(format!("{base}/open/order/refund/query"), &[], &json!({})).await;
    assert_eq!(refused.json()["code"], 405);
}

async fn cancel(sandbox: &Sandbox, refund_id: &str) -> Value {
    let base = sandbox.base_url("xportcn");
    let url = format!("{base}/open/order/refund/cancel/{refund_id}");
    get(url, &fresh(sandbox).as_pairs()).await.json()
}

async fn message(sandbox: &Sandbox, body: Value) -> Value {
    let base = sandbox.base_url("xportcn");
    let url = format!("{base}/open/order/refund/submit/message");
    post(url, &fresh(sandbox).as_pairs(), &body).await.json()
}

#[tokio::test]
async fn a_refund_is_withdrawn_once() {
    // Applied for, refused, on its way back.
    for index in [0, 2, 4] {
        let sandbox = hundred().await;
        let before = all(&sandbox).await;
        let id = (110_002_687_818_u64 + index).to_string();
        let answer = cancel(&sandbox, &id).await;
        assert_eq!(
            (&answer["code"], &answer["data"]["cancelSuccess"]),
            (&json!(200), &json!(true))
        );
        let row = answer["data"]["refundOrderAggregate"].clone();
        assert_eq!(row["refundOrder"]["refundStatus"], "9003");
        assert_eq!(
            query(&sandbox, &id).await["data"]["refundOrderAggregate"],
            row
        );
        assert_eq!(all(&sandbox).await[index as usize], row, "in its place");

        let mut expected = before[index as usize].clone();
        expected["refundOrder"]["refundStatus"] = json!("9003");
        for refusal in ["sellerRefuseReason", "sellerRefuseReasonDescribe"] {
            expected["refundOrder"][refusal] = Value::Null;
        }
        assert_eq!(row, expected, "the rest");
        let found = list(&sandbox, json!({"refundStatus": 9003})).await;
        assert_eq!(found["data"]["total"], 1);

        let again = cancel(&sandbox, &id).await;
        assert_eq!(
            (&again["code"], &again["data"]["cancelSuccess"]),
            (&json!(200), &json!(false))
        );
        let effects = sandbox.effects("xportcn");
        let told: Vec<_> = effects.iter().map(|it| (&*it.case, it.action)).collect();
        assert_eq!(told, [(&*id, "cancel")]);
    }
}

#[tokio::test]
async fn a_message_is_taken_and_changes_nothing_that_can_be_read() {
    let sandbox = hundred().await;
    let before = all(&sandbox).await;
    let body = json!({"refundId": "110002687818", "refundMessage": "请处理", "refundImages": "https://example.com/1.png"});
    let answer = message(&sandbox, body).await;
    assert_eq!(
        (&answer["code"], &answer["data"]),
        (&json!(200), &Value::Null)
    );
    assert_eq!(all(&sandbox).await, before);
    let [effect] = &sandbox.effects("xportcn")[..] else {
        panic!("one effect")
    };
    assert_eq!((&*effect.case, effect.action), ("110002687818", "message"));
}

#[tokio::test]
async fn what_cannot_be_done_is_refused() {
    let sandbox = hundred().await;
    for unknown in ["110002687918", "TQ8651493722961198", "", "1/2"] {
        assert_eq!(cancel(&sandbox, unknown).await["code"], 404, "{unknown}");
    }
    for (code, body) in [
        (
            404,
            json!({"refundId": "110002687918", "refundMessage": "请处理"}),
        ),
        (400, json!({"refundMessage": "请处理"})),
        (400, json!({"refundId": "110002687818"})),
        (
            400,
            json!({"refundId": "110002687818", "refundMessage": " "}),
        ),
        (400, json!([])),
    ] {
        assert_eq!(
            message(&sandbox, body.clone()).await["code"],
            code,
            "{body}"
        );
    }
    let base = sandbox.base_url("xportcn");
    let unsigned = get(format!("{base}/open/order/refund/cancel/110002687818"), &[]).await;
    assert_eq!(unsigned.json()["code"], 401);
    let posted = post(
        format!("{base}/open/order/refund/cancel/110002687818"),
        &[],
        &json!({}),
    )
    .await;
    assert_eq!(posted.json()["code"], 405);
    let read = get(format!("{base}/open/order/refund/submit/message"), &[]).await;
    assert_eq!(read.json()["code"], 405);
    assert_eq!(sandbox.effects("xportcn"), []);
}

#[tokio::test]
async fn a_refund_changes_by_other_hands_on_either_market() {
    let sandbox = hundred().await;
    sandbox.change("xportcn", "110002687818", "9002").unwrap();
    let returned = query(&sandbox, "110002687818").await;
    let row = &returned["data"]["refundOrderAggregate"];
    assert_eq!(
        (
            &row["refundOrder"]["refundStatus"],
            &row["refundOrder"]["refundType"]
        ),
        (&json!("9002"), &json!(3))
    );
    assert!(row["logistics"].is_object());

    // The second one on 1688 waits for the seller.
    let id = "TQ8651493722961199";
    let info = async || alibaba_info(&sandbox, json!({"refundId": id})).await["data"].clone();
    let before = info().await;
    assert_eq!(before["status"], "waitselleragree");
    for (place, status) in (2..).zip(["waitbuyersend", "waitsellerreceive", "refundsuccess"]) {
        sandbox.change("xportcn", id, status).unwrap();
        let refund = info().await;
        assert_eq!(refund["status"], status);
        let steps = refund["refundOperationList"].as_array().unwrap();
        assert_eq!(steps.len(), place, "{status}");
        assert_eq!(steps[0]["afterOperateStatus"], status);
        assert_eq!(
            steps[0]["beforeOperateStatus"],
            steps[1]["afterOperateStatus"]
        );
        assert_eq!(
            refund["gmtModified"],
            format!("2026100117000{place}000+0800")
        );
        assert_eq!(refund["gmtApply"], before["gmtApply"]);
        assert_eq!(refund["applyPayment"], before["applyPayment"]);
        let paid_back = if status == "refundsuccess" {
            &before["applyPayment"]
        } else {
            &Value::Null
        };
        assert_eq!(refund["refundPayment"], *paid_back, "{status}");
    }
    assert_eq!(
        info().await["freightBill"],
        "SF00000000001",
        "the goods went back"
    );

    let opened = sandbox.open("xportcn").unwrap();
    let first = all(&sandbox).await[0].clone();
    assert_eq!(first["refundOrder"]["refundId"], opened.ids[0]);
    assert_eq!(first["refundOrder"]["refundStatus"], "100");
    let found = list(&sandbox, json!({"purchaseOrderId": opened.order.id})).await;
    assert_eq!(found["data"]["total"], opened.order.cases);
    let on_1688 = alibaba_info(&sandbox, json!({"refundId": opened.ids[1]})).await;
    assert_eq!(on_1688["data"]["status"], "waitselleragree");
    assert_eq!(
        on_1688["data"]["refundOperationList"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}
