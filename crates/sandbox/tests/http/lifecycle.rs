use http::Method;
use sandbox::{MAX_RECORDS, PLATFORMS, Sandbox, StartError};

use crate::client::{call, get};

#[tokio::test]
async fn the_configuration_names_every_platform_and_this_address() {
    let sandbox = Sandbox::start().await.unwrap();
    let config = sandbox.config();
    let accounts = ["games", "us-store", "wx", "courses", "sourcing"];
    for (platform, account) in PLATFORMS.into_iter().zip(accounts) {
        assert!(
            config.contains(&format!(
                "[accounts.{account}]\nplatform = \"{platform}\"\n"
            )),
            "{config}"
        );
        assert!(
            config.contains(&format!("base_url = \"{}\"", sandbox.base_url(platform))),
            "{config}"
        );
    }
}

#[tokio::test]
async fn two_sandboxes_with_one_seed_have_the_same_orders() {
    let one = Sandbox::builder().seed(7).start().await.unwrap();
    let two = Sandbox::builder().seed(7).start().await.unwrap();
    let other = Sandbox::builder().seed(8).start().await.unwrap();
    let orders = |sandbox: &Sandbox| sandbox.orders("xiaoe").collect::<Vec<_>>();
    assert_eq!(orders(&one), orders(&two));
    assert_ne!(orders(&one), orders(&other));
}

#[tokio::test]
async fn an_unknown_platform_is_told_which_there_are() {
    let sandbox = Sandbox::start().await.unwrap();
    for path in ["/", "/ebay/orders", "/shoplazzas"] {
        let reply = get(format!("{}{path}", sandbox.origin()), &[]).await;
        assert_eq!(reply.status, 404);
        assert!(
            reply.text().contains("/imetastore, /shoplazza"),
            "{}",
            reply.text()
        );
    }
    assert_eq!(sandbox.orders("ebay").count(), 0);
    assert_eq!(sandbox.order_without_case("ebay"), None);
    assert_eq!(
        (sandbox.calls("ebay"), sandbox.tokens_issued("ebay")),
        (0, 0)
    );
}

#[tokio::test]
async fn a_sandbox_without_records_answers_too() {
    let sandbox = Sandbox::builder().records(0).start().await.unwrap();
    for platform in PLATFORMS {
        assert_eq!(sandbox.orders(platform).count(), 0);
        assert!(sandbox.order_without_case(platform).is_some());
    }
}

#[tokio::test]
async fn what_cannot_start_says_why() {
    let taken = Sandbox::start().await.unwrap();
    let error = Sandbox::builder()
        .port(taken.address().port())
        .start()
        .await
        .unwrap_err();
    assert!(matches!(error, StartError::Bind { .. }));
    assert!(error.to_string().contains("choose another port"));
    let error = Sandbox::builder()
        .records(MAX_RECORDS + 1)
        .start()
        .await
        .unwrap_err();
    assert!(matches!(error, StartError::TooManyRecords(_)));
}

#[tokio::test]
async fn dropping_it_stops_it() {
    let sandbox = Sandbox::start().await.unwrap();
    let url = sandbox.origin();
    drop(sandbox);
    // The server ends as soon as it is its turn.
    while call(Method::GET, url.clone(), &[], String::new())
        .await
        .is_ok()
    {}
}

#[tokio::test]
async fn it_stops_on_its_signal() {
    let sandbox = Sandbox::start().await.unwrap();
    let url = sandbox.origin();
    assert_eq!(get(url.clone(), &[]).await.status, 404);
    sandbox.until_stopped(async {}).await;
    assert!(call(Method::GET, url, &[], String::new()).await.is_err());
}

#[tokio::test]
async fn what_cannot_change_says_why() {
    let sandbox = Sandbox::start().await.unwrap();
    for (platform, case, status, expected) in [
        (
            "ebay",
            "1",
            "1",
            "no platform is called \"ebay\"; there are imetastore, shoplazza",
        ),
        ("imetastore", "100026", "1", "no case has the id \"100026\""),
        ("imetastore", "x", "1", "no case has the id \"x\""),
        (
            "imetastore",
            "100001",
            "12",
            "no case has the status \"12\"",
        ),
        (
            "shoplazza",
            "00000013-S1",
            "pending",
            "no case has the id \"00000013-S1\"",
        ),
        (
            "wechat-shop",
            "AS000000025",
            "1",
            "no case has the id \"AS000000025\"",
        ),
        (
            "wechat-shop",
            "4000000000000001",
            "3",
            "no case has the status \"3\"",
        ),
        (
            "wechat-shop",
            "1934000000000121",
            "2",
            "no case has the status \"2\"",
        ),
        ("xiaoe", "A1_2_3", "0", "no case has the id \"A1_2_3\""),
        (
            "xportcn",
            "TQ8651493722961198",
            "100",
            "no case has the status \"100\"",
        ),
        (
            "xportcn",
            "110002687818",
            "refundsuccess",
            "no case has the status \"refundsuccess\"",
        ),
    ] {
        let error = sandbox
            .change(platform, case, status)
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with(expected),
            "{platform} {case} {status}: {error}"
        );
    }
    assert_eq!(
        (sandbox.open("ebay"), sandbox.effects("ebay")),
        (None, vec![])
    );
}

#[tokio::test]
async fn a_new_case_is_the_first_of_the_orders_and_of_its_own() {
    let sandbox = Sandbox::start().await.unwrap();
    for platform in PLATFORMS {
        let before: Vec<_> = sandbox.orders(platform).collect();
        let opened = sandbox.open(platform).unwrap();
        assert!(!before.contains(&opened.order), "{platform}");
        let after: Vec<_> = sandbox.orders(platform).collect();
        assert_eq!(after[0], opened.order, "{platform}");
        assert_eq!(after[1..], before, "{platform}");
        assert_eq!(sandbox.effects(platform), [], "{platform}");
        let again = sandbox.open(platform).unwrap();
        assert_ne!(again.ids, opened.ids, "{platform}");
    }
}

#[tokio::test]
async fn what_happens_can_be_repeated() {
    let ids = async || {
        let sandbox = Sandbox::builder().seed(7).start().await.unwrap();
        let opened = PLATFORMS.map(|platform| sandbox.open(platform).unwrap());
        opened.map(|opened| (opened.ids, opened.order))
    };
    assert_eq!(ids().await, ids().await);
}
