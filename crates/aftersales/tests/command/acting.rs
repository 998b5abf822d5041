//! Actions: each platform's, once, and what becomes of them when the connection dies.

use std::io::Write;
use std::process::Stdio;

use aftersales::{AfterSale, Kind, Status};
use sandbox::Sandbox;
use serde_json::Value;

use crate::shops::{Ran, Shops};

/// Shops whose accounts can do all that their platforms document, with WeChat in this generation and Shoplazza in this
/// version.
fn shops(wechat: &str, shoplazza: &str, faults: &[&str]) -> Shops {
    let builder = faults
        .iter()
        .fold(Sandbox::builder().records(60), |builder, fault| {
            builder.fault(fault.parse().unwrap())
        });
    let shops = Shops::with(builder);
    let config = shops
        .sandbox
        .config()
        .replace(
            "[accounts.wx]",
            &format!("[accounts.wx]\napi = \"{wechat}\""),
        )
        .replace(
            "[accounts.us-store]",
            &format!("[accounts.us-store]\napi_version = \"{shoplazza}\""),
        );
    shops.configure(&config);
    shops
}

/// The cases of an account, as its list shows them now.
fn listed(shops: &Shops, account: &str) -> Vec<AfterSale> {
    let since = if account == "wx" {
        " --since 2026-09-30 --until 2026-10-02"
    } else {
        ""
    };
    let ran = shops.run(&format!("list --account {account} --format ndjson{since}"));
    ran.ends(0).cases()
}

fn case(shops: &Shops, account: &str, is_wanted: impl Fn(&AfterSale) -> bool) -> AfterSale {
    let cases = listed(shops, account);
    cases.into_iter().find(is_wanted).unwrap()
}

/// What was done, as the command prints it.
fn done(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap()
}

fn status(shops: &Shops, account: &str, id: &str) -> Status {
    let ran = shops
        .run(&format!("get {account} --id {id} --format ndjson"))
        .ends(0);
    ran.cases()[0].status
}

fn native(code: &'static str) -> impl Fn(&AfterSale) -> bool {
    move |case| case.native_status.code.as_deref() == Some(code)
}

#[test]
fn imetastore_is_decided_once() {
    let shops = shops("ec", "2022-01", &[]);
    let get = |order: &str| shops.run(&format!("get games --order {order} --format ndjson"));
    let orders = shops.sandbox.orders("imetastore").map(|order| order.id);
    // The first is the documented example, which no action changes.
    let open = orders
        .skip(1)
        .filter(|order| get(order).cases()[0].status == Status::Requested);
    let open: Vec<_> = open.take(2).collect();
    let [first, second] = open.as_slice() else {
        panic!("two cases await the seller");
    };

    let approve = format!("approve games --order {first} --yes --format ndjson");
    let ran = shops.run(&approve).ends(0);
    assert_eq!(done(&ran)["action"], "approve");
    assert_eq!(get(first).cases()[0].status, Status::Approved);
    shops.run(&approve).ends(1).says("does not go with approve");

    let mut reject = shops.command(&format!("reject games --order {second} --yes --text"));
    let ran = Ran::new("reject", reject.arg("Already redeemed").output().unwrap());
    ran.ends(0);
    assert_eq!(get(second).cases()[0].status, Status::Rejected);
    assert_eq!(shops.sandbox.effects("imetastore").len(), 2);
}

#[test]
fn wechat_ec_goes_through_a_return() {
    let shops = shops("ec", "2022-01", &[]);
    let request = case(&shops, "wx", native("23"));
    let address = "--receiver Desk --phone 000-0000 --province Guangdong --city Shenzhen --town Nanshan --detail Road-1";
    let id = &request.id;
    shops
        .run(&format!("accept-return wx {id} {address} --yes"))
        .ends(0);
    assert_eq!(status(&shops, "wx", id), Status::AwaitingReturn);
    shops.sandbox.change("wechat-shop", id, "8").unwrap();
    assert_eq!(status(&shops, "wx", id), Status::ReturnInTransit);
    let ran = shops
        .run(&format!("confirm-receipt wx {id} --yes --format ndjson"))
        .ends(0);
    assert_eq!(done(&ran)["is_pending"], true);
    assert_eq!(status(&shops, "wx", id), Status::Refunding);

    let refund = case(&shops, "wx", native("2"));
    shops.run(&format!("reject wx {} --yes", refund.id)).ends(0);
    assert_eq!(status(&shops, "wx", &refund.id), Status::Rejected);
    let failed = case(&shops, "wx", native("25"));
    let proof = format!(
        "submit-evidence wx {} --text paid --file https://example.com/a.png --yes",
        failed.id
    );
    shops.run(&proof).ends(0);
    let effects: Vec<_> = shops
        .sandbox
        .effects("wechat-shop")
        .into_iter()
        .map(|it| it.action)
        .collect();
    assert_eq!(
        effects,
        [
            "acceptreturn",
            "acceptrefund",
            "reject",
            "upload_certificates"
        ]
    );
}

#[test]
fn a_wechat_store_accepts_and_rejects() {
    let shops = shops("store", "2022-01", &[]);
    let in_processing = native("MERCHANT_PROCESSING");
    let refunds: Vec<_> = listed(&shops, "wx")
        .into_iter()
        .filter(in_processing)
        .collect();
    let refund = refunds
        .iter()
        .find(|case| case.kind == Kind::Refund)
        .unwrap();
    shops
        .run(&format!("approve wx {} --yes", refund.id))
        .ends(0);
    assert_eq!(status(&shops, "wx", &refund.id), Status::Refunding);

    let other = refunds.iter().find(|case| case.id != refund.id).unwrap();
    let ran = shops.run(&format!("reject wx {} --yes", other.id));
    ran.ends(2).says("reason: ");
    let reasons = shops.run(&format!(
        "reject wx {} --reason 1 --text Worn --yes",
        other.id
    ));
    reasons.ends(0);
    assert_eq!(status(&shops, "wx", &other.id), Status::Rejected);
}

#[test]
fn a_wechat_store_takes_goods_back_and_hears_of_payments_by_other_means() {
    let shops = shops("store", "2022-01", &[]);
    let request = case(&shops, "wx", |case| {
        native("MERCHANT_PROCESSING")(case) && case.kind == Kind::ReturnAndRefund
    });
    let id = &request.id;
    shops
        .run(&format!("approve wx {id} --yes"))
        .ends(1)
        .says("accept_return");
    shops
        .run(&format!("accept-return wx {id} --address-id 17 --yes"))
        .ends(0);
    assert_eq!(status(&shops, "wx", id), Status::AwaitingReturn);
    shops
        .sandbox
        .change("wechat-shop", id, "MERCHANT_WAIT_RECEIPT")
        .unwrap();
    shops.run(&format!("confirm-receipt wx {id} --yes")).ends(0);
    assert_eq!(status(&shops, "wx", id), Status::Refunding);
    shops
        .sandbox
        .change("wechat-shop", id, "PLATFORM_REFUND_FAIL")
        .unwrap();
    let proof = format!("submit-evidence wx {id} --text paid --file media1 --yes");
    shops.run(&proof).ends(0);
    assert_eq!(shops.sandbox.effects("wechat-shop").len(), 3);
}

#[test]
fn shoplazza_pays_back_once_and_takes_a_case_away() {
    for version in ["2022-01", "2025-06", "2026-01", "2026-07"] {
        let shops = shops("ec", version, &[]);
        let cases = listed(&shops, "us-store");
        let pending: Vec<_> = cases.into_iter().filter(native("pending")).collect();
        let mut refunded = None;
        for case in &pending {
            let asked = case.amounts.requested.unwrap().amount();
            let line = format!(
                "refund us-store {} --amount {asked} --yes --format ndjson",
                case.number.as_deref().unwrap()
            );
            let ran = shops.run(&line);
            // Orders with several payments want to know which.
            if ran.code == 2 {
                let wanted = if version == "2022-01" {
                    "api_version"
                } else {
                    "its payments are"
                };
                ran.says(wanted);
                continue;
            }
            let ran = ran.ends(0);
            assert!(done(&ran)["refund_id"].is_string(), "{ran}");
            refunded = Some(case.id.clone());
            break;
        }
        assert!(refunded.is_some(), "{version}: an order with one payment");
        assert_eq!(shops.sandbox.effects("shoplazza").len(), 1, "{version}");

        let gone = pending
            .iter()
            .map(|case| &case.id)
            .find(|id| Some(*id) != refunded.as_ref());
        let gone = gone.unwrap();
        shops.run(&format!("cancel us-store {gone} --yes")).ends(0);
        assert!(
            listed(&shops, "us-store")
                .iter()
                .all(|case| case.id != *gone)
        );
    }
}

#[test]
fn xiaoe_pays_back_no_more_than_was_asked_for() {
    let shops = shops("ec", "2022-01", &[]);
    let open = case(&shops, "courses", |case| {
        case.status == Status::Requested
            && case
                .amounts
                .requested
                .is_some_and(|it| !it.amount().is_zero())
    });
    let asked = open.amounts.requested.unwrap().amount();
    let line = |amount: &str| {
        format!(
            "refund courses {} --amount {amount} --yes --format ndjson",
            open.id
        )
    };
    let ran = shops.run(&line(&format!("1{asked}")));
    ran.ends(1).says("is more than the case still allows");
    assert!(shops.sandbox.effects("xiaoe").is_empty());
    let ran = shops.run(&line(&asked.to_string())).ends(0);
    assert!(done(&ran)["refund_id"].is_string(), "{ran}");
    assert_eq!(status(&shops, "courses", &open.id), Status::Completed);
    shops.run(&line("0.01")).ends(1).says("not possible");
    assert_eq!(shops.sandbox.effects("xiaoe").len(), 1);
}

#[test]
fn xportcn_withdraws_and_writes() {
    let shops = shops("ec", "2022-01", &[]);
    let open = case(&shops, "sourcing", native("100"));
    let mut message = shops.command(&format!("send-message sourcing {} --yes --text", open.id));
    let ran = Ran::new(
        "send-message",
        message.arg("please hurry").output().unwrap(),
    );
    ran.ends(0);
    assert_eq!(status(&shops, "sourcing", &open.id), Status::Requested);
    shops
        .run(&format!("cancel sourcing {} --yes", open.id))
        .ends(0);
    assert_ne!(status(&shops, "sourcing", &open.id), Status::Requested);
}

/// The connection dies before or after the effect. In either case the command does not claim to know, sends nothing twice and
/// shows how things stand; whoever looks and repeats it ends with exactly one effect.
#[test]
fn a_killed_connection_ends_with_one_effect_or_unconfirmed() {
    for (fault, effects, second) in [("drop", 0, 0), ("drop-answer", 1, 1)] {
        for (account, platform, wanted, action) in [
            ("wx", "wechat-shop", "2", "approve"),
            ("sourcing", "xportcn", "100", "cancel"),
        ] {
            let same = shops("ec", "2022-01", &[]);
            let id = case(&same, account, native(wanted)).id;
            // Three looks, the command's own, then the action is the fifth call.
            let shops = shops("ec", "2022-01", &[&format!("{platform}:{fault},every=5")]);
            for _ in 0..3 {
                status(&shops, account, &id);
            }
            let line = format!("{action} {account} {id} --yes");
            let ran = shops
                .run(&line)
                .ends(3)
                .says("nobody knows whether it took effect");
            assert!(ran.stderr.contains(&format!("{id} is now ")), "{ran}");
            assert_eq!(ran.stdout, "", "{ran}");
            assert_eq!(
                shops.sandbox.effects(platform).len(),
                effects,
                "{fault}: {ran}"
            );

            shops.run(&line).ends(second);
            assert_eq!(shops.sandbox.effects(platform).len(), 1, "{fault} {action}");
        }
    }
}

#[test]
fn nothing_is_sent_that_was_only_shown_or_not_agreed_to() {
    let shops = shops("ec", "2022-01", &[]);
    let open = case(&shops, "wx", native("2"));
    let line = format!("approve wx {}", open.id);

    let ran = shops
        .run(&format!("{line} --dry-run --format json"))
        .ends(0);
    let shown = &done(&ran)[0];
    assert_eq!(shown["method"], "POST");
    assert!(
        shown["url"]
            .as_str()
            .unwrap()
            .ends_with("access_token=[redacted]"),
        "{ran}"
    );
    assert!(shown["body"].as_str().unwrap().contains(&open.id), "{ran}");

    let ran = Ran::new(
        &line,
        shops.command(&line).stdin(Stdio::null()).output().unwrap(),
    );
    ran.ends(2).says("nobody to ask");
    let mut piped = shops.command(&line);
    let mut child = piped
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"y\n").unwrap();
    let ran = Ran::new(&line, child.wait_with_output().unwrap());
    ran.ends(2).says("nobody to ask");
    assert!(shops.sandbox.effects("wechat-shop").is_empty());
    assert_eq!(status(&shops, "wx", &open.id), Status::Requested);
}

#[test]
fn what_cannot_be_done_is_said_before_anything_is_sent() {
    let shops = shops("component", "2022-01", &[]);
    for (line, code, words) in [
        ("approve wx 1 --yes", 2, "no call to approve a case"),
        ("approve us-store 1 --yes", 2, "no call to approve a case"),
        (
            "refund games 1 --amount 1 --yes",
            2,
            "no call to refund an amount",
        ),
        (
            "approve games 100001 --yes",
            2,
            "cases are found by their order",
        ),
        (
            "cancel us-store no-such-case --yes",
            1,
            "there is no such case",
        ),
        (
            "cancel sourcing 999999999999 --yes",
            1,
            "there is no such case",
        ),
    ] {
        shops.run(line).ends(code).says(words);
    }
    let order = shops.order("imetastore").id;
    let ran = shops.run(&format!("reject games --order {order} --yes"));
    ran.ends(2).says("text: is empty");
    for platform in ["imetastore", "shoplazza", "wechat-shop", "xportcn"] {
        assert!(shops.sandbox.effects(platform).is_empty(), "{platform}");
    }
}
