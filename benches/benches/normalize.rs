//! From one answer to unified records, against two yardsticks that read the same bytes: `value` is
//! `serde_json::Value`; `minimal` is what one would write by hand for a platform that keeps to its
//! documentation: the record's text, and an owned struct of nothing but the fields that the unified
//! record needs, neither times nor amounts read.

#![allow(
    clippy::unwrap_used,
    reason = "a benchmark that cannot run has nothing to measure"
)]

use std::hint::black_box;

use benches::{Platforms, pages, reader};
use core_model::{AfterSale, Result, Source};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;

fn normalize(criterion: &mut Criterion) {
    let platforms = Platforms::start(1_000).unwrap();
    let sandbox = platforms.sandbox();
    let runtime = reader().unwrap();

    let body = runtime.block_on(pages::imetastore(sandbox)).unwrap();
    let source = Source::new(imetastore::PLATFORM, "bench", imetastore::SIDE);
    let ours = |body: &[u8]| {
        let wire = serde_json::from_slice(body).unwrap();
        imetastore::normalize::after_sales(&wire, &source)
    };
    measure(criterion, "imetastore", &body, ours, minimal::imetastore);

    let body = runtime.block_on(pages::shoplazza(sandbox)).unwrap();
    let source = Source::new(shoplazza::PLATFORM, "bench", shoplazza::SIDE);
    let ours = |body: &[u8]| {
        let wire = serde_json::from_slice(body).unwrap();
        shoplazza::normalize::after_sales_list(&wire, &source)
    };
    measure(criterion, "shoplazza", &body, ours, minimal::shoplazza);

    let body = runtime.block_on(pages::wechat_shop(sandbox)).unwrap();
    let source = Source::new(wechat_shop::PLATFORM, "bench", wechat_shop::SIDE);
    let ours = |body: &[u8]| {
        let wire = serde_json::from_slice(body).unwrap();
        wechat_shop::normalize::aftersale_get(&wire, &source)
    };
    measure(criterion, "wechat-shop", &body, ours, minimal::wechat_shop);

    let body = runtime.block_on(pages::xiaoe(sandbox)).unwrap();
    let source = Source::new(xiaoe::PLATFORM, "bench", xiaoe::SIDE);
    let ours = |body: &[u8]| {
        let wire = serde_json::from_slice(body).unwrap();
        xiaoe::normalize::after_sale_list(&wire, &source)
    };
    measure(criterion, "xiaoe", &body, ours, minimal::xiaoe);

    let body = runtime.block_on(pages::xportcn(sandbox)).unwrap();
    let source = Source::new(xportcn::PLATFORM, "bench", xportcn::SIDE);
    let ours = |body: &[u8]| {
        let wire = serde_json::from_slice(body).unwrap();
        xportcn::normalize::refund_query_list(&wire, &source)
    };
    measure(criterion, "xportcn", &body, ours, minimal::xportcn);
}

/// Times the three on one body. What they return is dropped inside the time, as a listing drops it.
fn measure<M>(
    criterion: &mut Criterion,
    platform: &str,
    body: &str,
    ours: impl Fn(&[u8]) -> Vec<Result<AfterSale>>,
    minimal: impl Fn(&[u8]) -> Vec<minimal::Kept<M>>,
) {
    let body = body.as_bytes();
    let records = ours(body);
    assert!(records.iter().all(Result::is_ok), "{platform}");
    assert_eq!(records.len(), minimal(body).len(), "{platform}");

    let mut group = criterion.benchmark_group(format!("normalize/{platform}"));
    group.throughput(Throughput::Bytes(body.len() as u64));
    group.bench_function("aftersales", |bencher| {
        bencher.iter(|| ours(black_box(body)));
    });
    group.bench_function("value", |bencher| {
        bencher.iter(|| serde_json::from_slice::<Value>(black_box(body)).unwrap());
    });
    group.bench_function("minimal", |bencher| {
        bencher.iter(|| minimal(black_box(body)));
    });
    group.finish();
}

/// The second yardstick.
#[allow(
    dead_code,
    reason = "what is read is kept for its cost and never looked at"
)]
mod minimal {
    use super::*;

    /// A record with its text.
    pub(super) struct Kept<T> {
        fields: T,
        raw: Box<RawValue>,
    }

    /// The text of a number: of one that a float would falsify, or that comes in quotes at times.
    type Literal = Box<RawValue>;

    fn kept<T: DeserializeOwned>(records: &[&RawValue]) -> Vec<Kept<T>> {
        let kept = |record: &&RawValue| Kept {
            fields: serde_json::from_str(record.get()).unwrap(),
            raw: (*record).to_owned(),
        };
        records.iter().map(kept).collect()
    }

    pub(super) fn imetastore(body: &[u8]) -> Vec<Kept<ImetastoreCase>> {
        #[derive(Deserialize)]
        struct Reply<'a> {
            #[serde(borrow)]
            data: &'a RawValue,
        }
        let reply: Reply<'_> = serde_json::from_slice(body).unwrap();
        kept(&[reply.data])
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub(super) struct ImetastoreCase {
        id: u64,
        order_id: u64,
        order_num: String,
        buyer_name: String,
        after_sales_order_num: String,
        after_sales_reason: u64,
        after_sales_reason_text: String,
        original_currency_product_price: Literal,
        original_currency_code: String,
        description: String,
        image_urls: Vec<String>,
        reject_image_urls: Vec<String>,
        order_after_sales_status: u64,
        create_time: String,
        update_time: String,
        contact_email: String,
    }

    pub(super) fn shoplazza(body: &[u8]) -> Vec<Kept<ShoplazzaCase>> {
        #[derive(Deserialize)]
        struct List<'a> {
            #[serde(borrow)]
            post_sales: Vec<&'a RawValue>,
        }
        let list: List<'_> = serde_json::from_slice(body).unwrap();
        kept(&list.post_sales)
    }

    #[derive(Deserialize)]
    pub(super) struct ShoplazzaCase {
        created_at: String,
        currency_code: String,
        customer_name: String,
        id: String,
        line_items: Vec<ShoplazzaLine>,
        number: String,
        order_number: String,
        order_total: String,
        refund_amount: String,
        status: String,
    }

    #[derive(Deserialize)]
    struct ShoplazzaLine {
        id: String,
        image: ShoplazzaImage,
        price: String,
        product_id: String,
        product_title: String,
        quantity: u64,
        refund_quantity: u64,
        sku: String,
        variant_title: String,
    }

    #[derive(Deserialize)]
    struct ShoplazzaImage {
        src: String,
    }

    pub(super) fn wechat_shop(body: &[u8]) -> Vec<Kept<WechatShopCase>> {
        #[derive(Deserialize)]
        struct Reply<'a> {
            #[serde(borrow)]
            aftersale_infos: Vec<&'a RawValue>,
        }
        let reply: Reply<'_> = serde_json::from_slice(body).unwrap();
        kept(&reply.aftersale_infos)
    }

    #[derive(Deserialize)]
    pub(super) struct WechatShopCase {
        order_id: Option<u64>,
        out_order_id: String,
        aftersale_id: Option<u64>,
        out_aftersale_id: String,
        openid: String,
        r#type: u64,
        create_time: String,
        status: u64,
        refund: Option<i64>,
        orderamt: Option<i64>,
        refund_reason: Option<String>,
        product_infos: Vec<WechatShopProduct>,
    }

    #[derive(Deserialize)]
    struct WechatShopProduct {
        out_product_id: String,
        out_sku_id: String,
        product_cnt: u64,
    }

    pub(super) fn xiaoe(body: &[u8]) -> Vec<Kept<XiaoeCase>> {
        #[derive(Deserialize)]
        struct Reply<'a> {
            #[serde(borrow)]
            data: Data<'a>,
        }
        #[derive(Deserialize)]
        struct Data<'a> {
            #[serde(borrow)]
            list: Vec<&'a RawValue>,
        }
        let reply: Reply<'_> = serde_json::from_slice(body).unwrap();
        kept(&reply.data.list)
    }

    #[derive(Deserialize)]
    pub(super) struct XiaoeCase {
        actual_fee: Literal,
        aftersale_id: String,
        apply_refund_money: Literal,
        created_at: String,
        freight: Option<Literal>,
        goods_list: Vec<XiaoeGoods>,
        invalid_time: String,
        merchant_remark: Option<String>,
        nick_name: Option<String>,
        order_id: String,
        phone: Option<String>,
        reason: String,
        refund_money: Literal,
        remark: Option<String>,
        sale_type: Option<Literal>,
        state: Literal,
        state_invalid_time: String,
        state_reason: String,
        state_str: String,
        submit_type: Option<Literal>,
        updated_at: String,
        user_id: Option<String>,
        user_name: Option<String>,
    }

    #[derive(Deserialize)]
    struct XiaoeGoods {
        buy_num: Literal,
        goods_name: String,
        goods_price: Literal,
        img_url: String,
        sku_info: Option<String>,
    }

    pub(super) fn xportcn(body: &[u8]) -> Vec<Kept<XportcnCase>> {
        #[derive(Deserialize)]
        struct Reply<'a> {
            #[serde(borrow)]
            data: Data<'a>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Data<'a> {
            #[serde(borrow)]
            refund_order_aggregates: Vec<&'a RawValue>,
        }
        let reply: Reply<'_> = serde_json::from_slice(body).unwrap();
        kept(&reply.data.refund_order_aggregates)
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub(super) struct XportcnCase {
        logistics: Option<XportcnLogistics>,
        refund_order: XportcnRefund,
        purchase_order_line: XportcnLine,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct XportcnLogistics {
        buyer_phone: String,
        logistics_company: XportcnCompany,
        logistics_no: String,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct XportcnCompany {
        #[serde(alias = "logisticCompanyCode")]
        logistics_company_code: String,
        logistics_company_name: String,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct XportcnRefund {
        refund_fee: i64,
        seller_refuse_reason: Option<String>,
        refund_status: String,
        reason_desc: String,
        refund_desc: String,
        reason_id: u64,
        timeout_date: String,
        seller_refuse_reason_describe: Option<String>,
        refund_id: String,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct XportcnLine {
        sales_order_id: String,
        quantity: u64,
        item_title: String,
        item_image_url: Option<String>,
        purchase_order_line_id: u64,
        purchase_order_id: u64,
        price: Option<i64>,
        currency: String,
        properties: Box<RawValue>,
    }
}

criterion_group!(benches, normalize);
criterion_main!(benches);
