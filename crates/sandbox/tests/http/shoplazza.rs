use std::collections::HashSet;

use http::Method;
use sandbox::credentials::shoplazza::{ACCESS_TOKEN, CLIENT_ID, CLIENT_SECRET, CODE, REDIRECT_URI};
use sandbox::{Quotas, Sandbox};
use serde_json::{Value, json};

use crate::client::{Reply, call as http_call, each, get, hundred, post};

async fn list(sandbox: &Sandbox, query: &str) -> Reply {
    let url = format!(
        "{}/openapi/2022-01/orders/after_sales_list?{query}",
        sandbox.base_url("shoplazza")
    );
    get(url, &[("access-token", ACCESS_TOKEN)]).await
}

async fn all(sandbox: &Sandbox) -> Vec<Value> {
    let page = list(sandbox, "per_page=500").await.json();
    page["post_sales"].as_array().unwrap().clone()
}

#[tokio::test]
async fn the_first_record_resembles_the_documented_example() {
    let sandbox = hundred().await;
    let reply = list(&sandbox, "").await;
    assert!(!reply.header("request-id").is_empty());
    let page = reply.json();
    assert_eq!(page["count"], 100);
    assert_eq!(
        page["post_sales"].as_array().unwrap().len(),
        20,
        "the default page size"
    );
    let record = &page["post_sales"][0];
    let rows = [
        ("/number", json!("00000013-S1")),
        ("/order_number", json!("00000013")),
        ("/status", json!("finished")),
        ("/currency_code", json!("CNY")),
        ("/order_total", json!("242.00")),
        ("/refund_amount", json!("162.00")),
        ("/financial_status", json!("partially_refunded")),
        ("/created_at", json!("2026-10-01T08:00:00Z")),
        ("/line_items/0/quantity", json!(2)),
        ("/line_items/0/refund_quantity", json!(1)),
        ("/line_items/0/refund_total", json!("162.00")),
        (
            "/line_items/0/main_currency_prices/compare_at_price",
            json!("13.39"),
        ),
        (
            "/line_items/0/main_currency_prices/actual_rate",
            json!("7.2398"),
        ),
        ("/shipping_phone", json!("+1-555-0100")),
    ];
    for (pointer, expected) in rows {
        assert_eq!(record.pointer(pointer), Some(&expected), "{pointer}");
    }
}

#[tokio::test]
async fn every_documented_field_is_there() {
    let fields = "browser_ip created_at credit_card_number currency_code customer_name device discount_code \
        financial_status fulfillment_status fulfillments id line_items number order_number order_total payment_method \
        recipient_name sales_platform shipping_address_extra_info shipping_country shipping_email shipping_line_name \
        shipping_phone source source_name placed_at refund_amount post_sale_note last_referrer_show last_landing_url \
        shipping_line_desc delivery_method shipping_tax_total shipping_tax_type all_tax_total shop_name staff_contact status";
    let line_fields = "compare_at_price fulfillment_status fulfillment id image note options price product_handle product_id \
        product_tags product_title properties quantity refund_discount refund_price refund_quantity refund_tax refund_total \
        requires_shipping sku spu taxable total variant_id variant_title vendor weight weight_unit vendor_url \
        oversold_quantity main_currency_prices";
    for record in all(&hundred().await).await {
        for field in fields.split_whitespace() {
            assert!(record.get(field).is_some(), "{field}");
        }
        for line in record["line_items"].as_array().unwrap() {
            for field in line_fields.split_whitespace() {
                assert!(line.get(field).is_some(), "{field}");
            }
        }
    }
}

#[tokio::test]
async fn pages_cover_every_case_once() {
    let sandbox = hundred().await;
    let mut ids = Vec::new();
    for page in 1..=15 {
        let page = list(&sandbox, &format!("page={page}&per_page=7"))
            .await
            .json();
        ids.extend(each(&page["post_sales"], "/id").into_iter().cloned());
    }
    let expected: Vec<Value> = all(&sandbox)
        .await
        .iter()
        .map(|record| record["id"].clone())
        .collect();
    assert_eq!(ids, expected);
    assert_eq!(
        ids.iter()
            .map(Value::to_string)
            .collect::<HashSet<_>>()
            .len(),
        100
    );
    assert_eq!(
        list(&sandbox, "page=16&per_page=7").await.json()["post_sales"],
        json!([])
    );
}

#[tokio::test]
async fn filters_agree_with_a_scan() {
    let sandbox = hundred().await;
    let all = all(&sandbox).await;
    let statuses = ["", "pending", "processing", "finished"];
    // The second, the instants of two records, a window of one instant, one that is empty.
    let windows = [
        ("", ""),
        ("2026-10-01T03:00:00Z", "2026-10-01T06:30:00Z"),
        ("2026-10-01T07:52:59Z", ""),
        ("", "2026-10-01T07:52:59Z"),
        ("2026-10-01T07:52:59Z", "2026-10-01T07:52:59Z"),
        ("2026-10-01T07:52:59.5Z", "2026-10-01T15:59:59+08:00"),
        ("2026-10-02T00:00:00Z", "2026-10-01T00:00:00Z"),
    ];
    let instant = |text: &str| text.parse::<jiff::Timestamp>().unwrap();
    for status in statuses {
        for (start, end) in windows {
            let scanned: Vec<&Value> = all
                .iter()
                .filter(|record| {
                    let at = instant(record["created_at"].as_str().unwrap());
                    (status.is_empty() || record["status"] == status)
                        && (start.is_empty() || at >= instant(start))
                        && (end.is_empty() || at <= instant(end))
                })
                .collect();
            let mut query = String::from("per_page=500");
            for (name, value) in [
                ("status", status),
                ("created_at_start", start),
                ("created_at_end", end),
            ] {
                if !value.is_empty() {
                    query.push_str(&format!(
                        "&{name}={}",
                        value.replace('+', "%2B").replace(':', "%3A")
                    ));
                }
            }
            let page = list(&sandbox, &query).await.json();
            assert!(
                page["post_sales"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .eq(scanned.iter().copied()),
                "{query}"
            );
            assert_eq!(page["count"], scanned.len(), "{query}");
            for counted in ["pending", "processing"] {
                let count = scanned
                    .iter()
                    .filter(|record| record["status"] == counted)
                    .count();
                assert_eq!(page[format!("{counted}_count")], count, "{query}");
            }
        }
    }
}

#[tokio::test]
async fn every_shape_of_error_occurs() {
    let sandbox = hundred().await;
    let base = sandbox.base_url("shoplazza");
    let path = "/openapi/2022-01/orders/after_sales_list";
    let url = format!("{base}{path}");
    let token = ("access-token", ACCESS_TOKEN);
    let number = |name: &str, most: u64| json!({"errors": [format!("{name} must be an integer from 1 to {most}")]});
    let rows = [
        (
            401,
            json!({"error": "access token is invalid"}),
            get(url.clone(), &[("access-token", "x")]).await,
        ),
        (
            422,
            number("page", u64::MAX),
            list(&sandbox, "page=0").await,
        ),
        (
            422,
            number("page", u64::MAX),
            list(&sandbox, "page=two").await,
        ),
        (
            422,
            number("per_page", 500),
            list(&sandbox, "per_page=501").await,
        ),
        (
            422,
            json!({"errors": ["status must be pending, processing or finished"]}),
            list(&sandbox, "status=done").await,
        ),
        (
            422,
            json!({"errors": {"created_at_end": ["is not an ISO 8601 time"]}}),
            list(&sandbox, "created_at_end=yesterday").await,
        ),
        (
            404,
            json!({"errors": ["Unable to find resource"]}),
            get(
                format!("{base}/openapi/2025-06/orders/after_sales_list"),
                &[token],
            )
            .await,
        ),
        (
            405,
            json!({"errors": ["Method not allowed"]}),
            post(url.clone(), &[token], &json!({})).await,
        ),
    ];
    for (status, body, reply) in rows {
        assert_eq!((reply.status, reply.json()), (status, body));
        assert!(!reply.header("request-id").is_empty());
    }
    let bare = get(url, &[]).await;
    assert_eq!((bare.status, bare.text().as_str()), (401, "Unauthorized"));
}

#[tokio::test]
async fn the_bucket_overflows_only_when_quotas_are_enforced() {
    for (quotas, refused) in [(Quotas::Off, false), (Quotas::Enforced, true)] {
        let sandbox = Sandbox::builder().quotas(quotas).start().await.unwrap();
        let mut over_quota = Vec::new();
        for _ in 0..100 {
            let reply = list(&sandbox, "per_page=1").await;
            if reply.status == 429 {
                over_quota.push(reply);
            }
        }
        assert_eq!(!over_quota.is_empty(), refused);
        assert!(
            over_quota
                .iter()
                .all(|reply| reply.header("retry-after") == "1")
        );
    }
}

#[tokio::test]
async fn a_record_weighs_what_a_real_one_weighs() {
    let sandbox = hundred().await;
    let page = list(&sandbox, "per_page=100").await;
    let weight = page.body.len() / 100;
    assert!((2_300..3_300).contains(&weight), "{weight} bytes");
}

#[tokio::test]
async fn the_millionth_case_is_as_near_as_the_first() {
    let sandbox = Sandbox::builder().records(1_000_000).start().await.unwrap();
    let page = list(&sandbox, "page=1000000&per_page=1").await.json();
    assert_eq!(page["post_sales"][0]["order_number"], "01000011");
    assert_eq!(page["count"], 1_000_000);
}

/// A call of version 2026-01 or, where the path says so, of another one.
async fn call(sandbox: &Sandbox, path: &str) -> Reply {
    let path = match path.strip_prefix('/') {
        Some(path) => path.to_owned(),
        None => format!("openapi/2026-01/orders/{path}"),
    };
    let url = format!("{}/{path}", sandbox.base_url("shoplazza"));
    get(url, &[("access-token", ACCESS_TOKEN)]).await
}

/// The records of every page, as cursors lead from one to the next.
async fn through_cursors(sandbox: &Sandbox, path: &str, records: &str) -> Vec<Value> {
    let mut found = Vec::new();
    let mut next = String::new();
    loop {
        let page = call(sandbox, &format!("{path}{next}")).await.json();
        assert_eq!(page["code"], "Success");
        found.extend(page["data"][records].as_array().unwrap().clone());
        if page["data"]["has_more"] == false {
            assert_eq!(page["data"]["cursor"], "");
            return found;
        }
        next = format!("&cursor={}", page["data"]["cursor"].as_str().unwrap());
    }
}

#[tokio::test]
async fn later_versions_list_the_same_cases_by_cursor() {
    let sandbox = hundred().await;
    let bare = all(&sandbox).await;
    for version in ["2025-06", "2026-01", "2026-07"] {
        let path = format!("/openapi/{version}/orders/post_sales?page_size=7");
        let cases = through_cursors(&sandbox, &path, "orders").await;
        for field in [
            "id",
            "number",
            "status",
            "created_at",
            "refund_amount",
            "customer_name",
        ] {
            let field = format!("/{field}");
            assert_eq!(
                each(&json!(cases), &field),
                each(&json!(bare), &field),
                "{version} {field}"
            );
        }
    }
}

#[tokio::test]
async fn every_field_of_a_later_version_is_there() {
    let fields = "created_at credit_card_number currency_code customer_name discount_code financial_status \
        fulfillment_status fulfillments id line_items number order_number order_total payment_method recipient_name \
        sales_platform shipping_country shipping_email shipping_line shipping_phone source source_name placed_at \
        refund_amount post_sale_note last_referrer_show last_landing_url payment_lines delivery_method \
        shipping_tax_total shipping_tax_type all_tax_total shop_name staff_contact status";
    let dropped =
        "browser_ip device shipping_address_extra_info shipping_line_name shipping_line_desc";
    let sandbox = hundred().await;
    for case in through_cursors(&sandbox, "post_sales?page_size=100", "orders").await {
        for field in fields.split_whitespace() {
            assert!(case.get(field).is_some(), "{field}");
        }
        for field in dropped.split_whitespace() {
            assert!(case.get(field).is_none(), "{field}");
        }
        for line in case["line_items"].as_array().unwrap() {
            assert!(line.get("fulfillments").is_some() && line.get("fulfillment").is_none());
            assert!(line["image"].get("path").is_none());
            assert!(line["main_currency_prices"].get("total_price").is_some());
        }
    }
}

#[tokio::test]
async fn filters_of_a_later_version_agree_with_a_scan() {
    let sandbox = hundred().await;
    let all = through_cursors(&sandbox, "post_sales?page_size=100", "orders").await;
    let (min, max) = ("2026-10-01T03:00:00Z", "2026-10-01T07:52:59Z");
    for status in ["pending", "processing", "finished"] {
        let query = format!("post_sales?status={status}&created_at_min={min}&created_at_max={max}");
        let listed = through_cursors(&sandbox, &query, "orders").await;
        let scanned = all.iter().filter(|case| {
            let created = case["created_at"].as_str().unwrap();
            case["status"] == status && (min..=max).contains(&created)
        });
        assert!(listed.iter().eq(scanned), "{query}");
        assert!(!listed.is_empty(), "{query}");
    }
}

#[tokio::test]
async fn refunds_are_the_same_in_every_version() {
    let sandbox = hundred().await;
    let records = through_cursors(&sandbox, "refund_records?page_size=7", "records").await;
    assert_eq!(records.len(), 80, "four of five cases have a refund");
    assert_eq!(records[0]["id"], "626516830554446103");
    assert_eq!(records[0]["order_id"], "11218-00000013");
    assert_eq!(records[0]["refund_price"], "162.00");
    assert!(
        records
            .iter()
            .all(|refund| refund.get("currency").is_none())
    );
    let counted = call(&sandbox, "refund_records/count").await.json();
    assert_eq!(counted["data"]["count"], 80);

    let mut bare = Vec::new();
    for page in 1..=4 {
        let path = format!("/openapi/2022-01/orders/refund_records?per_page=25&page={page}");
        let page = call(&sandbox, &path).await.json();
        bare.extend(page["records"].as_array().unwrap().clone());
    }
    for field in ["/id", "/order_id", "/refund_price", "/updated_at"] {
        assert_eq!(
            each(&json!(bare), field),
            each(&json!(records), field),
            "{field}"
        );
    }
    assert!(bare.iter().all(|refund| refund["currency"].is_string()));
    assert_eq!(
        call(&sandbox, "/openapi/2022-01/orders/refund_records/count")
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn filters_of_refunds_agree_with_a_scan() {
    let sandbox = hundred().await;
    let all = through_cursors(&sandbox, "refund_records?page_size=100", "records").await;
    type Keeps = fn(&Value) -> bool;
    let rows: [(&str, Keeps); 7] = [
        ("refund_statuses=failed", |it| {
            it["refund_status"] == "failed"
        }),
        ("refund_statuses=failed&refund_statuses=pending", |it| {
            it["refund_status"] != "finished"
        }),
        ("order_ids=11218-00000013&order_ids=11218-00000015", |it| {
            it["order_id"] == "11218-00000013" || it["order_id"] == "11218-00000015"
        }),
        ("refund_order_ids=626516830554446101", |it| {
            it["id"] == "626516830554446101"
        }),
        (
            "order_ids=11218-00000013&refund_order_ids=626516830554446101",
            |_| false,
        ),
        ("updated_at_start=2026-10-01T03:00:00Z", |it| {
            it["updated_at"].as_str().unwrap() >= "2026-10-01T03:00:00Z"
        }),
        (
            "created_at_end=2026-10-01T03:00:00Z&refund_statuses=finished",
            |it| {
                let created = it["created_at"].as_str().unwrap();
                created <= "2026-10-01T03:00:00Z" && it["refund_status"] == "finished"
            },
        ),
    ];
    for (query, keeps) in rows {
        let scanned: Vec<_> = all.iter().filter(|refund| keeps(refund)).collect();
        let newest_first =
            through_cursors(&sandbox, &format!("refund_records?{query}"), "records").await;
        assert!(newest_first.iter().eq(scanned.iter().copied()), "{query}");
        let ascending = format!("refund_records?{query}&sort_direction=asc&page_size=3");
        let oldest_first = through_cursors(&sandbox, &ascending, "records").await;
        assert!(
            oldest_first.iter().eq(scanned.iter().rev().copied()),
            "{query}"
        );
        let counted = call(&sandbox, &format!("refund_records/count?{query}"))
            .await
            .json();
        assert_eq!(counted["data"]["count"], scanned.len(), "{query}");
    }
    let commas = "/openapi/2022-01/orders/refund_records?refund_status=failed,pending&per_page=100";
    let page = call(&sandbox, commas).await.json();
    let others = all
        .iter()
        .filter(|refund| refund["refund_status"] != "finished");
    assert_eq!(page["records"].as_array().unwrap().len(), others.count());
}

#[tokio::test]
async fn an_order_has_its_refunds() {
    let sandbox = hundred().await;
    let all = through_cursors(&sandbox, "refund_records?page_size=100", "records").await;
    for (order, count) in [
        ("11218-00000013", 1),
        ("11218-00000014", 0),
        ("11218-00000015", 2),
        ("11218-00000016", 0),
    ] {
        let reply = call(&sandbox, &format!("{order}/refund")).await.json();
        let of_order = all.iter().filter(|refund| refund["order_id"] == order);
        let records = reply["data"]["records"].as_array().unwrap();
        assert!(records.iter().eq(of_order), "{order}");
        assert_eq!(records.len(), count, "{order}");
        let bare = call(&sandbox, &format!("/openapi/2022-01/orders/{order}/refund"))
            .await
            .json();
        assert_eq!(each(&bare["refunds"], "/id"), each(&json!(records), "/id"));
    }
    for unknown in ["11218-99999999", "13", "11218-13"] {
        let reply = call(&sandbox, &format!("{unknown}/refund")).await;
        let expected = json!({"errors": ["Unable to find resource"]});
        assert_eq!((reply.status, reply.json()), (404, expected), "{unknown}");
    }
}

#[tokio::test]
async fn later_versions_have_an_error_code() {
    let sandbox = hundred().await;
    for (path, message) in [
        (
            "post_sales?page_size=0",
            "page_size must be an integer from 1 to 500",
        ),
        (
            "post_sales?status=done",
            "status must be pending, processing or finished",
        ),
        (
            "post_sales?created_at_min=soon",
            "created_at_min is not an ISO 8601 time",
        ),
        ("post_sales?cursor=next", "cursor is unknown"),
        (
            "refund_records?page_size=101",
            "page_size must be an integer from 1 to 100",
        ),
        (
            "refund_records?sort_direction=up",
            "sort_direction must be asc or desc",
        ),
        (
            &*format!("refund_records?{}", "order_ids=1&".repeat(11)),
            "at most 10 order_ids",
        ),
        (
            &*format!("refund_records/count?{}", "refund_order_ids=1&".repeat(21)),
            "at most 20 refund ids",
        ),
    ] {
        let reply = call(&sandbox, path).await;
        let expected = json!({"code": "InvalidParameter", "message": message});
        assert_eq!((reply.status, reply.json()), (400, expected), "{path}");
    }
    for retired in [
        "/openapi/2020-01/orders/refund_records",
        "/openapi/2022-01/orders/post_sales",
    ] {
        assert_eq!(call(&sandbox, retired).await.status, 404, "{retired}");
    }
}

#[tokio::test]
async fn a_cursor_that_repeats_is_the_same_page_again() {
    let fault = "shoplazza:repeat".parse().unwrap();
    let sandbox = Sandbox::builder().fault(fault).start().await.unwrap();
    let first = call(&sandbox, "post_sales?page_size=5").await.json();
    let cursor = first["data"]["cursor"].as_str().unwrap();
    let second = call(&sandbox, &format!("post_sales?page_size=5&cursor={cursor}"))
        .await
        .json();
    assert_eq!(first, second);
}

async fn token(sandbox: &Sandbox, form: &str) -> Reply {
    let url = format!("{}/admin/oauth/token", sandbox.base_url("shoplazza"));
    let content_type = ("content-type", "application/x-www-form-urlencoded");
    http_call(Method::POST, url, &[content_type], form.to_owned())
        .await
        .unwrap()
}

#[tokio::test]
async fn a_code_is_exchanged_once_and_a_refresh_token_again_and_again() {
    let sandbox = hundred().await;
    let app = format!("client_id={CLIENT_ID}&client_secret={CLIENT_SECRET}");
    let code =
        format!("{app}&grant_type=authorization_code&code={CODE}&redirect_uri={REDIRECT_URI}");
    let issued = token(&sandbox, &code).await.json();
    assert!(issued["expires_at"].as_i64().unwrap() > 1_700_000_000);
    let again = token(&sandbox, &code).await;
    assert_eq!(
        (again.status, again.json()),
        (400, json!({"error": "invalid_grant"}))
    );

    let refresh = |token: &Value| {
        let token = token["refresh_token"].as_str().unwrap();
        format!("{app}&grant_type=refresh_token&refresh_token={token}")
    };
    let second = token(&sandbox, &refresh(&issued)).await.json();
    let third = token(&sandbox, &refresh(&second)).await.json();
    let list = |token: &Value| {
        let url = format!(
            "{}/openapi/2026-01/orders/post_sales",
            sandbox.base_url("shoplazza")
        );
        let token = token["access_token"].as_str().unwrap().to_owned();
        async move { get(url, &[("access-token", token.as_str())]).await.status }
    };
    for issued in [&issued, &second, &third] {
        assert_eq!(list(issued).await, 200);
    }
    assert_eq!(sandbox.tokens_issued("shoplazza"), 3);
    sandbox.expire_tokens();
    assert_eq!(list(&third).await, 401);
    assert_eq!(token(&sandbox, &refresh(&third)).await.status, 200);
}

#[tokio::test]
async fn a_wrong_app_and_a_wrong_grant_are_told_apart() {
    let sandbox = hundred().await;
    let app = format!("client_id={CLIENT_ID}&client_secret={CLIENT_SECRET}");
    let wrong = "client_id=x&client_secret=y";
    let grant = format!("grant_type=authorization_code&code={CODE}&redirect_uri={REDIRECT_URI}");
    for (form, status, error) in [
        (format!("{wrong}&{grant}"), 401, "invalid_client"),
        (grant.clone(), 401, "invalid_client"),
        (app.clone(), 400, "invalid_grant"),
        (
            format!("{app}&grant_type=authorization_code&code=x&redirect_uri={REDIRECT_URI}"),
            400,
            "invalid_grant",
        ),
        (
            format!(
                "{app}&grant_type=authorization_code&code={CODE}&redirect_uri=https://evil.example"
            ),
            400,
            "invalid_grant",
        ),
        (
            format!("{app}&grant_type=refresh_token&refresh_token=x"),
            400,
            "invalid_grant",
        ),
    ] {
        let reply = token(&sandbox, &form).await;
        assert_eq!(
            (reply.status, reply.json()),
            (status, json!({"error": error})),
            "{form}"
        );
    }
    let url = format!("{}/admin/oauth/token", sandbox.base_url("shoplazza"));
    assert_eq!(get(url, &[]).await.status, 405);
    assert_eq!(
        token(&sandbox, &format!("{app}&{grant}")).await.status,
        200,
        "nothing used the code up"
    );
}

async fn act(sandbox: &Sandbox, method: Method, path: &str, body: &Value) -> Reply {
    let url = format!("{}/openapi/{path}", sandbox.base_url("shoplazza"));
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    http_call(method, url, &[("access-token", ACCESS_TOKEN)], body)
        .await
        .unwrap()
}

async fn refund(sandbox: &Sandbox, path: &str, body: Value) -> Reply {
    act(sandbox, Method::POST, path, &body).await
}

/// The order of this number, in 2026-01.
async fn order(sandbox: &Sandbox, number: u64) -> Value {
    let reply = call(sandbox, &format!("11218-{number:08}")).await.json();
    assert_eq!(reply["code"], "Success");
    reply["data"]["order"].clone()
}

fn hundredths(price: &Value) -> u64 {
    price.as_str().unwrap().replace('.', "").parse().unwrap()
}

#[tokio::test]
async fn an_order_is_read_by_id_and_by_number() {
    let sandbox = hundred().await;
    for number in 13..21 {
        let of_version = async |version: &str, pointer: &str| {
            let base = format!("/openapi/{version}/orders");
            let by_id = call(&sandbox, &format!("{base}/11218-{number:08}"))
                .await
                .json();
            let by_number = call(&sandbox, &format!("{base}/number/{number:08}"))
                .await
                .json();
            assert_eq!(by_id, by_number);
            by_id.pointer(pointer).unwrap().clone()
        };
        let bare = of_version("2022-01", "/order").await;
        let later = of_version("2026-07", "/data/order").await;
        for field in "id number currency total_price total_refund_price financial_status".split(' ')
        {
            assert_eq!(bare[field], later[field], "{number} {field}");
        }
        assert_eq!(later["id"], format!("11218-{number:08}"));
        assert_eq!(later["number"], format!("{number:08}"));
        assert!(bare["payment_line"]["payment_channel"].is_string());
        assert_eq!(later["payment_line"], later["payment_lines"][0]);
        // Every fourth order was paid in two parts.
        let payments = if number % 4 == 2 { 2 } else { 1 };
        assert_eq!(later["payment_lines"].as_array().unwrap().len(), payments);
        assert!(bare.get("canceled_at").is_some() && later.get("cancelled_at").is_some());
        assert!(bare["line_items"][0]["refund_quantity"].is_u64());
        assert!(later["line_items"][0]["refund_quantity_total"].is_u64());
    }
    let first = order(&sandbox, 13).await;
    assert_eq!(
        (&first["total_price"], &first["total_refund_price"]),
        (&json!("242.00"), &json!("162.00"))
    );
    for unknown in ["11218-99999999", "number/99999999", "number/13", "13"] {
        assert_eq!(call(&sandbox, unknown).await.status, 404, "{unknown}");
    }
}

#[tokio::test]
async fn a_refund_makes_a_refund_record_and_a_case() {
    // Order 14 is pending, was paid in two parts, and nothing of it was refunded. Order 16 has no case.
    let two_parts = order(&hundred().await, 14).await;
    let part = |place: usize, price: &str| json!({"payment_line_id": two_parts["payment_lines"][place]["id"], "refund_price": price});
    let in_parts = json!({"refund": {
        "refund_total": "1.50", "note": "dented", "refund_payments": [part(0, "1"), part(1, "0.50")],
        "refund_line_items": [{"line_item_id": two_parts["line_items"][0]["id"], "quantity": 1}]
    }});
    let partial = json!({"is_return": false, "price": "2.5", "line_items": []});
    let total = json!({"refund": {"refund_total": "3.00"}});
    let rows = [
        (
            "2022-01/orders/11218-00000016/refund",
            16,
            Value::Null,
            None,
            "",
            "refund",
        ),
        (
            "2022-01/orders/11218-00000014/partial_refund",
            14,
            partial,
            Some("2.50"),
            "",
            "partial_refund",
        ),
        (
            "2025-06/orders/11218-00000016/refund",
            16,
            total.clone(),
            Some("3.00"),
            "",
            "refund",
        ),
        (
            "2026-07/orders/11218-00000016/refund",
            16,
            total,
            Some("3.00"),
            "",
            "refund",
        ),
        (
            "2026-01/orders/11218-00000014/refund",
            14,
            in_parts,
            Some("1.50"),
            "dented",
            "refund",
        ),
    ];
    for (path, number, body, amount, note, action) in rows {
        let sandbox = hundred().await;
        let before = order(&sandbox, number).await;
        let number_of = format!("{number:08}");
        let count = sandbox
            .orders("shoplazza")
            .find(|order| order.id == number_of);
        let count = count.map_or(0, |order| order.cases);
        let amount = amount.map_or(before["total_price"].clone(), |amount| json!(amount));
        let reply = refund(&sandbox, path, body).await;
        assert_eq!(reply.status, 200, "{path}: {}", reply.text());
        let reply = reply.json();
        let (refund_id, case_id) = if path.starts_with("2022") {
            assert_eq!(reply["status"], "finished", "{path}");
            assert_eq!(reply["refunds"]["refund_price"], amount, "{path}");
            assert_eq!(reply["order"]["total_refund_price"], amount, "{path}");
            (reply["refunds"]["id"].clone(), reply["id"].clone())
        } else {
            (
                reply["data"]["refund_record_id"].clone(),
                reply["data"]["post_sale_id"].clone(),
            )
        };

        let records = through_cursors(&sandbox, "refund_records?page_size=100", "records").await;
        assert_eq!(records.len(), 81, "{path}");
        assert_eq!(records[0]["id"], refund_id, "{path}");
        assert_eq!(records[0]["order_id"], before["id"], "{path}");
        assert_eq!(records[0]["refund_price"], amount, "{path}");
        assert_eq!(records[0]["refund_status"], "finished", "{path}");
        assert_eq!(records[0]["note"], note, "{path}");
        assert_eq!(records[0]["updated_at"], "2026-10-01T09:00:01Z", "{path}");
        let paid = each(&records[0]["payment_details"], "/refund_price");
        let paid: u64 = paid.into_iter().map(hundredths).sum();
        assert_eq!(paid, hundredths(&amount), "{path}");
        let of_order = call(&sandbox, &format!("11218-{number:08}/refund"))
            .await
            .json();
        assert_eq!(of_order["data"]["records"][0], records[0], "{path}");

        let cases = list(&sandbox, "per_page=500").await.json();
        assert_eq!(cases["count"], 101, "{path}");
        let case = &cases["post_sales"][0];
        assert_eq!(case["id"], case_id, "{path}");
        assert_eq!(
            case["number"],
            format!("{number:08}-S{}", count + 1),
            "{path}"
        );
        assert_eq!(case["status"], "finished", "{path}");
        assert_eq!(case["refund_amount"], amount, "{path}");
        assert_eq!(case["post_sale_note"], note, "{path}");
        assert_eq!(case["created_at"], "2026-10-01T09:00:01Z", "{path}");
        let finished = list(&sandbox, "per_page=1&status=finished").await.json();
        assert_eq!(finished["post_sales"][0]["id"], case_id, "{path}");

        let after = order(&sandbox, number).await;
        assert_eq!(after["total_refund_price"], amount, "{path}");
        let status = if amount == before["total_price"] {
            "refunded"
        } else {
            "partially_refunded"
        };
        assert_eq!(after["financial_status"], status, "{path}");
        assert_eq!(case["financial_status"], status, "{path}");
        let effects = sandbox.effects("shoplazza");
        let told: Vec<_> = effects.iter().map(|it| (&*it.case, it.action)).collect();
        assert_eq!(told, [(case_id.as_str().unwrap(), action)], "{path}");
    }
}

#[tokio::test]
async fn what_cannot_be_refunded_is_refused_and_stays_as_it_is() {
    let sandbox = hundred().await;
    let whole = "2022-01/orders/11218-00000016/refund";
    assert_eq!(refund(&sandbox, whole, Value::Null).await.status, 200);
    let total = |total: &str| json!({"refund": {"refund_total": total}});
    let price = |price: &str| json!({"price": price});
    let line = order(&sandbox, 13).await["line_items"][0]["id"].clone();
    let items = |id: &Value, quantity: u64| json!({"price": "1.00", "line_items": [{"id": id, "quantity": quantity}]});
    let payment = order(&sandbox, 13).await["payment_lines"][0]["id"].clone();
    let payments = |id: &Value, price: &str| {
        let parts = json!([{"payment_line_id": id, "refund_price": price}]);
        json!({"refund": {"refund_total": "1.00", "refund_payments": parts}})
    };
    let (order_13, part_13) = (
        "2026-01/orders/11218-00000013/refund",
        "2022-01/orders/11218-00000013/partial_refund",
    );
    let rows = [
        (406, whole, Value::Null),
        (
            406,
            "2022-01/orders/11218-00000016/partial_refund",
            price("0.01"),
        ),
        (500, "2026-01/orders/11218-00000016/refund", total("0.01")),
        (422, part_13, price("80.01")),
        (422, part_13, price("0")),
        (422, part_13, price("-1")),
        (422, part_13, json!({})),
        (422, part_13, items(&json!("x"), 1)),
        (422, part_13, items(&line, 3)),
        (500, order_13, total("80.01")),
        (400, order_13, total("0.00")),
        (400, order_13, total("1.001")),
        (400, order_13, json!({})),
        (400, order_13, json!({"refund": {}})),
        (400, order_13, payments(&payment, "0.99")),
        (400, order_13, payments(&line, "1.00")),
        (400, "2026-01/orders/11218-00000014/refund", total("1.00")),
        (404, "2022-01/orders/11218-99999999/refund", Value::Null),
        (404, "2026-01/orders/11218-99999999/refund", total("1.00")),
        (
            404,
            "2026-01/orders/11218-00000013/partial_refund",
            price("1.00"),
        ),
    ];
    let before = list(&sandbox, "per_page=500").await.body;
    for (status, path, body) in rows {
        let refused = refund(&sandbox, path, body.clone()).await;
        assert_eq!(refused.status, status, "{path} {body}: {}", refused.text());
        let shape = if path.starts_with("2022") || status == 404 {
            "errors"
        } else {
            "code"
        };
        assert!(refused.json().get(shape).is_some(), "{path} {body}");
    }
    assert_eq!(list(&sandbox, "per_page=500").await.body, before);
    assert_eq!(sandbox.effects("shoplazza").len(), 1);
    // What is left can still be paid, to the last cent.
    assert_eq!(refund(&sandbox, part_13, price("79.99")).await.status, 200);
    assert_eq!(refund(&sandbox, order_13, total("0.01")).await.status, 200);
    assert_eq!(order(&sandbox, 13).await["financial_status"], "refunded");
    assert_eq!(order(&sandbox, 13).await["total_refund_price"], "242.00");
}

#[tokio::test]
async fn only_a_pending_case_can_be_taken_away() {
    for version in ["2022-01", "2026-01"] {
        let sandbox = hundred().await;
        let before = all(&sandbox).await;
        for (status, place) in [(406, 0), (200, 1), (406, 2), (200, 4)] {
            let id = before[place]["id"].as_str().unwrap();
            let path = format!("{version}/orders/post_sales/{id}");
            let reply = act(&sandbox, Method::DELETE, &path, &Value::Null).await;
            assert_eq!(reply.status, status, "{version} {place}: {}", reply.text());
            let again = act(&sandbox, Method::DELETE, &path, &Value::Null).await;
            assert_eq!(
                again.status,
                if status == 200 { 404 } else { 406 },
                "{version} {place}"
            );
        }
        let after = all(&sandbox).await;
        let kept = |place: &usize| ![1, 4].contains(place);
        let expected: Vec<_> = (0..100).filter(kept).map(|place| &before[place]).collect();
        assert!(after.iter().eq(expected), "{version}");
        let page = list(&sandbox, "").await.json();
        assert_eq!(
            (&page["count"], &page["pending_count"]),
            (&json!(98), &json!(38))
        );
        let unknown = format!("{version}/orders/post_sales/00000000-0000-0000-0000-000000000000");
        assert_eq!(
            act(&sandbox, Method::DELETE, &unknown, &Value::Null)
                .await
                .status,
            404
        );
        assert_eq!(sandbox.effects("shoplazza").len(), 2);
    }
}

#[tokio::test]
async fn a_case_that_changes_moves_in_every_list_and_its_refund_with_it() {
    let sandbox = hundred().await;
    let before = all(&sandbox).await;
    let id = before[11]["id"].as_str().unwrap();
    assert_eq!(before[11]["status"], "pending");
    for (status, counts, refund) in [
        ("processing", [100, 39, 21], Some("pending")),
        ("pending", [100, 40, 20], Some("failed")),
        ("finished", [100, 39, 20], Some("finished")),
    ] {
        sandbox.change("shoplazza", id, status).unwrap();
        let page = list(&sandbox, "per_page=500").await.json();
        let counted = ["count", "pending_count", "processing_count"].map(|name| page[name].clone());
        assert_eq!(counted, counts.map(|count| json!(count)), "{status}");
        // No record says when it changed, so that it keeps its place.
        assert_eq!(page["post_sales"][11]["id"], id, "{status}");
        assert_eq!(page["post_sales"][11]["status"], status);
        let with_status = list(&sandbox, &format!("per_page=500&status={status}"))
            .await
            .json();
        assert!(
            each(&with_status["post_sales"], "/id").contains(&&json!(id)),
            "{status}"
        );
        let since = "updated_at_start=2026-10-01T09:00:00Z";
        let changed =
            through_cursors(&sandbox, &format!("refund_records?{since}"), "records").await;
        let states = each(&json!(changed), "/refund_status").len();
        assert_eq!(states, 1, "{status}");
        assert_eq!(changed[0]["refund_status"], refund.unwrap(), "{status}");
        let sorted = "refund_records?sort_by=updated_at";
        let newest = through_cursors(&sandbox, sorted, "records").await;
        assert_eq!(newest[0], changed[0], "{status}");
        let sorted = "refund_records?sort_by=created_at";
        let by_creation = through_cursors(&sandbox, sorted, "records").await;
        assert_eq!(
            by_creation.iter().position(|refund| *refund == changed[0]),
            Some(9),
            "{status}"
        );
    }
    let opened = sandbox.open("shoplazza").unwrap();
    let page = list(&sandbox, "per_page=1&status=pending").await.json();
    assert_eq!(page["post_sales"][0]["id"], opened.ids[0]);
    assert_eq!(page["post_sales"][0]["order_number"], opened.order.id);
    assert_eq!(sandbox.effects("shoplazza"), []);
}
