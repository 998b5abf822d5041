use std::collections::HashSet;

use sandbox::credentials::shoplazza::ACCESS_TOKEN;
use sandbox::{Quotas, Sandbox};
use serde_json::{Value, json};

use crate::client::{Reply, each, get, hundred, post};

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
