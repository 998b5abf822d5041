//! Listing, looking up, checking, and all that can go wrong with it.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use aftersales::{AfterSale, Configuration, PLATFORMS, Status};
use sandbox::Sandbox;

use crate::shops::{Ran, Shops};

fn set<const N: usize>(names: [&str; N]) -> BTreeSet<String> {
    names.map(str::to_owned).into()
}

#[test]
fn demo_shows_cases_of_all_platforms_without_configuration() {
    let shops = Shops::open(&[]);
    shops.configure("not read");
    let ran = shops.run("demo --format ndjson").ends(0);
    let seen: BTreeSet<String> = ran
        .cases()
        .iter()
        .map(|case| case.platform.as_str().to_owned())
        .collect();
    let known = PLATFORMS.iter().map(|it| it.platform().as_str().to_owned());
    assert_eq!(seen, known.collect(), "{ran}");
    assert_eq!(ran.stderr, "");
    let table = shops.run("demo").ends(0);
    assert_eq!(
        table.stdout.lines().count(),
        1 + ran.cases().len(),
        "{table}"
    );
}

#[test]
fn the_readmes_show_what_demo_prints() {
    let shops = Shops::open(&[]);
    let mut demo = shops.command("demo");
    let printed = Ran::new("demo", demo.env("COLUMNS", "100").output().unwrap()).stdout;
    for readme in [
        include_str!("../../README.md"),
        include_str!("../../../../README.md"),
    ] {
        assert!(
            readme.contains(&printed),
            "put this into README.md:\n{printed}"
        );
    }
}

#[test]
fn the_configurations_in_the_readmes_are_accepted() {
    for readme in [
        include_str!("../../README.md"),
        include_str!("../../../../README.md"),
    ] {
        let (_, rest) = readme.split_once("```toml\n").unwrap();
        let (example, _) = rest.split_once("```").unwrap();
        // Secrets that are kept elsewhere are not there; anything stands in for them.
        let here: String = example
            .lines()
            .map(|line| match line.split_once("{ ") {
                Some((key, _)) => format!("{key}'anything'\n"),
                None => format!("{line}\n"),
            })
            .collect();
        let configuration = Configuration::parse(&here, Path::new("README.md")).unwrap();
        assert_eq!(configuration.accounts().len(), 5);
        for account in configuration.accounts() {
            account.connect().unwrap();
        }
    }
}

#[test]
fn list_shows_all_accounts_that_can_list_in_the_order_of_the_configuration() {
    let shops = Shops::open(&[]);
    let ran = shops
        .run("list")
        .ends(0)
        .says("note: games (imetastore): this platform cannot list cases")
        .says("note: wx (wechat-shop): this platform cannot list cases");
    assert_eq!(ran.accounts(), set(["us-store", "courses", "sourcing"]));
    let mut order: Vec<String> = ran
        .cases()
        .iter()
        .map(|case| case.account.as_str().to_owned())
        .collect();
    order.dedup();
    assert_eq!(order, ["us-store", "courses", "sourcing"]);
}

#[test]
fn every_format_shows_the_same_cases() {
    let shops = Shops::open(&[]);
    let list = |format: &str| {
        shops
            .run(&format!("list --account us-store {format}"))
            .ends(0)
    };
    let cases = list("").cases();
    assert_eq!(cases.len(), 25);

    let array: Vec<AfterSale> = serde_json::from_str(&list("--format json").stdout).unwrap();
    assert_eq!(array, cases);

    let csv = list("--format csv").stdout;
    let mut rows = csv::Reader::from_reader(csv.as_bytes());
    let ids: Vec<String> = rows
        .records()
        .map(|row| row.unwrap()[3].to_owned())
        .collect();
    assert_eq!(
        ids,
        cases.iter().map(|case| case.id.clone()).collect::<Vec<_>>()
    );

    let table = list("--format table").stdout;
    for (line, case) in table.lines().skip(1).zip(&cases) {
        assert!(line.contains(case.number.as_deref().unwrap()), "{line}");
    }
    assert_eq!(table.lines().count(), 26);
    assert!(!table.contains('\u{1b}'), "{table}");
    assert!(
        list("--format table --color always")
            .stdout
            .contains('\u{1b}')
    );
}

#[test]
fn raw_adds_the_platforms_record_on_the_same_line() {
    let shops = Shops::open(&[]);
    let with = shops.run("list --raw").ends(0);
    let without = shops.run("list").ends(0);
    for (mut with, without) in with.cases().into_iter().zip(without.cases()) {
        assert!(with.raw.take().is_some());
        assert_eq!(with, without);
    }
    assert_eq!(with.stdout.lines().count(), without.stdout.lines().count());
}

#[test]
fn redact_shows_no_buyer_anywhere() {
    let shops = Shops::open(&[]);
    for format in ["ndjson", "json", "csv", "table"] {
        let line = format!("list --format {format}");
        let open = shops.run(&line).ends(0).stdout;
        assert!(open.contains("Buyer 1"), "{open}");
        let masked = shops.run(&format!("{line} --redact")).ends(0).stdout;
        for trace in ["Buyer 1", "@example.com", "555-01"] {
            assert!(!masked.contains(trace), "{trace}: {masked}");
        }
    }
}

#[test]
fn a_selection_holds_on_every_platform() {
    let shops = Shops::open(&[]);
    let all = shops.run("list").ends(0).cases();
    let count = |keep: fn(&AfterSale) -> bool| all.iter().filter(|case| keep(case)).count();
    for (options, expected) in [
        ("--open", count(|case| !case.is_final)),
        (
            "--awaits seller",
            count(|case| case.awaits.is_some_and(|who| who.as_str() == "seller")),
        ),
        (
            "--status requested",
            count(|case| case.status == Status::Requested),
        ),
        (
            "--status requested --status completed",
            count(|case| matches!(case.status, Status::Requested | Status::Completed)),
        ),
        (
            "--platform shoplazza --platform xiaoe --since 2026-10-01T06:30:00Z",
            count(|case| {
                case.created_at
                    .is_some_and(|at| at.as_second() >= 1_790_836_200)
            }),
        ),
        (
            "--platform shoplazza --platform xiaoe --until 2026-10-01T06:30:00Z",
            count(|case| {
                case.created_at
                    .is_some_and(|at| at.as_second() < 1_790_836_200)
            }),
        ),
        ("--limit 7", 7),
        ("--limit 0", 0),
        (
            "--platform xiaoe",
            count(|case| case.platform.as_str() == "xiaoe"),
        ),
    ] {
        let ran = shops.run(&format!("list {options}")).ends(0);
        assert_eq!(ran.cases().len(), expected, "{ran}");
        assert!(expected < all.len(), "{options} selects everything");
    }
    for status in Status::ALL {
        let expected = all.iter().filter(|case| case.status == status).count();
        let ran = shops.run(&format!("list --status {status}")).ends(0);
        assert_eq!(ran.cases().len(), expected, "{ran}");
    }
}

#[test]
fn documented_examples_come_through_with_all_their_damage() {
    let shops = Shops::open(&[]);
    for (line, id) in [
        ("get games --order 1689644928115784", "100001"),
        (
            "get wx --merchant-order xxxxx --buyer oTVP50O53a7jgmawAmxKukNlq3XI",
            "xxxxx",
        ),
        (
            "get courses --id A1676256272_63e9a41000b74_73803812",
            "A1676256272_63e9a41000b74_73803812",
        ),
    ] {
        let ran = shops.run(line).ends(0);
        let ids: Vec<_> = ran.cases().into_iter().map(|case| case.id).collect();
        assert_eq!(ids, [id], "{ran}");
    }
}

#[test]
fn every_version_of_shoplazza_lists_the_same_cases() {
    let shops = Shops::open(&[]);
    let config = shops.sandbox.config();
    let line =
        "list --account us-store --status requested --since 2026-10-01T06:00:00Z --page-size 2";
    let listed = |version: &str| {
        let account = "[accounts.us-store]\n";
        let setting = format!("{account}api_version = '{version}'\n");
        shops.configure(&config.replace(account, &setting));
        shops.run(line).ends(0).stdout
    };
    let first = listed("2022-01");
    assert!(first.lines().count() > 2, "more than one page: {first}");
    for version in ["2025-06", "2026-01", "2026-07"] {
        assert_eq!(listed(version), first, "{version}");
    }
    shops.configure(&config.replace("us-store]\n", "us-store]\napi_version = 'CANARY'\n"));
    let none = "api_version: this is none of 2022-01, 2025-06, 2026-01, 2026-07";
    shops.run(line).ends(2).says(none);
}

/// What stands beside the contract is for programs, not for the command.
#[test]
fn a_public_app_of_shoplazza_gets_tokens_and_reads_refunds() {
    use aftersales::ErrorKind;
    use aftersales::shoplazza::{
        ApiVersion, App, Callback, Client, Config, RefundQuery, ShopDomain,
    };
    use sandbox::credentials::shoplazza as credentials;

    let shops = Shops::open(&[]);
    let base_url = shops.sandbox.base_url("shoplazza");
    let refunds = async |version, config: Config| {
        let client = Client::new("us-store", config)?;
        let since = "2026-10-01T06:00:00Z".parse().unwrap();
        let query = RefundQuery::new()
            .with_updated_since(since)
            .with_page_size(2);
        let (mut found, mut at) = (Vec::new(), None);
        loop {
            let page = client.refunds(&query, at.as_ref()).await?;
            for refund in page.refunds {
                let refund = refund?;
                assert!(refund.updated_at.unwrap() >= since);
                let order = refund.order_id.clone().unwrap();
                let of_order = client.refunds_of_order(&order).await?;
                assert!(of_order.contains(&refund), "{order}");
                found.push((refund.id, refund.amount, refund.updated_at));
            }
            match page.next {
                Some(next) => at = Some(next),
                None => break,
            }
        }
        if version != ApiVersion::V2022_01 {
            assert_eq!(client.count_refunds(&query).await?, found.len() as u64);
        }
        Ok::<_, aftersales::Error>(found)
    };
    let run = async {
        let app = App::new(
            credentials::CLIENT_ID,
            credentials::CLIENT_SECRET,
            credentials::REDIRECT_URI,
        );
        let app = app?.with_base_url(&base_url)?;
        let callback = Callback {
            shop: ShopDomain::new(credentials::SHOP)?,
            code: credentials::CODE.into(),
        };
        let tokens = app.exchange_code(&callback).await?;
        let used = app.exchange_code(&callback).await.unwrap_err();
        assert_eq!(used.kind(), ErrorKind::Unauthenticated, "{used:?}");
        let refresh_token = tokens.refresh_token.unwrap();
        let tokens = app.refresh(&callback.shop, &refresh_token).await?;
        let config = |version| {
            Config::builder()
                .base_url(&base_url)
                .access_token(tokens.access_token.clone())
                .api_version(version)
                .build()
        };
        let first = ApiVersion::V2022_01;
        let first = refunds(first, config(first)?).await?;
        assert!(first.len() > 4, "more than two pages: {first:?}");
        for version in [
            ApiVersion::V2025_06,
            ApiVersion::V2026_01,
            ApiVersion::V2026_07,
        ] {
            assert_eq!(
                refunds(version, config(version)?).await?,
                first,
                "{version:?}"
            );
        }
        Ok::<_, aftersales::Error>(())
    };
    shops.runtime.block_on(run).unwrap();
}

#[test]
fn a_proxy_that_the_environment_names_is_not_used() {
    let shops = Shops::open(&[]);
    let proxy = TcpListener::bind("127.0.0.1:0").unwrap();
    proxy.set_nonblocking(true).unwrap();
    let address = format!("http://{}", proxy.local_addr().unwrap());
    let mut command = shops.command("list --limit 1");
    for variable in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
        command.env(variable, &address);
    }
    Ran::new("list --limit 1", command.output().unwrap()).ends(0);
    let contact = proxy.accept().map_err(|error| error.kind());
    assert_eq!(contact.err(), Some(io::ErrorKind::WouldBlock));
}

#[test]
fn get_finds_all_cases_of_an_order_and_one_case_by_its_id() {
    let shops = Shops::open(&[]);
    for (account, platform) in [("games", "imetastore"), ("wx", "wechat-shop")] {
        let order = shops.order(platform);
        let buyer = order.buyer.map(|buyer| format!("--buyer {buyer}"));
        let buyer = buyer.unwrap_or_default();
        let line = format!("get {account} --order {} {buyer}", order.id);
        let ran = shops.run(&line).ends(0);
        assert_eq!(ran.cases().len() as u64, order.cases, "{ran}");
    }
    for account in ["courses", "sourcing"] {
        let line = format!("list --account {account} --limit 1");
        let listed = shops.run(&line).ends(0).cases();
        let line = format!("get {account} --id {}", listed[0].id);
        let ran = shops.run(&line).ends(0);
        assert_eq!(ran.cases()[0].id, listed[0].id, "{ran}");
    }
    // What no list has: a refund on 1688.
    let ran = shops
        .run("get sourcing --id TQ8651493722961198 --raw")
        .ends(0);
    let [found] = ran.cases().try_into().unwrap();
    assert_eq!(found.status, Status::ReturnInTransit, "{ran}");
    let raw = found.raw.unwrap();
    assert!(raw.get().contains("refundOperationList"), "{ran}");
}

/// What xiaoe does beyond its after-sales calls, and only when it is asked to.
#[test]
fn xiaoe_lists_in_windows_and_asks_orders_for_refunds() {
    let shops = Shops::with(Sandbox::builder().records(40));
    let line = "list --account courses --since 2026-09-29 --until 2026-10-02";
    let plain = shops.run(line).ends(0).cases();
    assert_eq!(plain.len(), 40);
    assert!(plain.iter().all(|case| case.refunded_at.is_none()));
    let config = shops.sandbox.config();
    let settings = "order_detail = true\nsales_state = true\nwindow_days = 2\n";
    let account = "[accounts.courses]\n";
    assert!(config.contains(account), "{config}");
    shops.configure(&config.replace(account, &format!("{account}{settings}")));

    let cases = shops.run(line).ends(0).cases();
    let ids = |cases: &[AfterSale]| -> BTreeSet<String> {
        cases.iter().map(|case| case.id.clone()).collect()
    };
    assert_eq!((cases.len(), ids(&cases)), (40, ids(&plain)));
    for case in &cases {
        let native = case.native_status.code.as_deref();
        let is_back = matches!(native, Some("13" | "14"));
        assert_eq!(case.refunded_at.is_some(), is_back, "{}", case.id);
    }
    let failed = cases
        .iter()
        .filter(|case| case.status == Status::RefundFailed);
    assert!(failed.count() > 0);
    // The platform narrows, and nothing is lost by it.
    for status in [
        "requested",
        "completed",
        "cancelled",
        "refund_failed",
        "rejected",
    ] {
        let expected: Vec<_> = cases
            .iter()
            .filter(|case| case.status.as_str() == status)
            .cloned()
            .collect();
        let found = shops
            .run(&format!("{line} --status {status}"))
            .ends(0)
            .cases();
        assert_eq!(ids(&found), ids(&expected), "{status}");
    }
}

#[test]
fn nothing_found_is_no_failure() {
    let shops = Shops::open(&[]);
    let order = shops.sandbox.order_without_case("imetastore").unwrap();
    for (format, stdout) in [("ndjson", ""), ("json", "[]\n"), ("table", "")] {
        let line = format!("get games --order {} --format {format}", order.id);
        let ran = shops.run(&line).ends(0).says("there is no such case");
        assert_eq!(ran.stdout, stdout);
    }
}

#[test]
fn check_says_account_by_account_what_to_do() {
    let shops = Shops::open(&[]);
    let ran = shops.run("check --format table").ends(0);
    assert_eq!(ran.stdout.matches(" ok").count(), 5, "{ran}");

    let config = shops.sandbox.config();
    shops.configure(
        &config
            .replace("sandbox-shoplazza-token", "CANARY-token")
            .replace("sandbox-imetastore-password", "CANARY-password")
            .replace("sandbox-wechat-secret", "CANARY-secret")
            .replace("sandbox-xiaoe-secret", "CANARY-secret")
            .replace("sandbox-xportcn-secret", "CANARY-secret"),
    );
    let ran = shops.run("check --format json").ends(1);
    assert_eq!(ran.stdout.matches("\"ok\": false").count(), 5, "{ran}");
    for account in ["games", "us-store", "wx", "courses", "sourcing"] {
        let line = format!("error: {account} (");
        assert!(ran.stderr.contains(&line), "{account}: {ran}");
    }
    assert_eq!(ran.stderr.matches("  hint: ").count(), 5, "{ran}");
}

#[test]
fn check_looks_at_the_settings_of_pushes() {
    let shops = Shops::open(&[]);
    let config = shops.sandbox.config();
    for (settings, ok) in [("client_secret = 'CANARY'", 5), ("secret = 'CANARY'", 4)] {
        shops.configure(&format!("{config}\n[accounts.us-store.push]\n{settings}\n"));
        let ran = shops.run("check --format json");
        assert_eq!(ran.stdout.matches("\"ok\": true").count(), ok, "{ran}");
        if ok == 4 {
            ran.ends(2).says("account us-store: push.");
        }
    }
}

#[test]
fn check_takes_no_unknown_refusal_for_accepted_credentials() {
    let shops = Shops::open(&[]);
    let refusal = r#"{"code":"77777","errcode":77777,"msg":"no such token","errmsg":"no"}"#;
    let address = serve(|_| refusal.to_owned());
    shops.configure(&format!(
        "[accounts.games]\nplatform = 'imetastore'\naccess_token = 'CANARY'\n\
         base_url = 'http://{address}'\n\
         [accounts.wx]\nplatform = 'wechat-shop'\naccess_token = 'CANARY'\n\
         base_url = 'http://{address}'\n"
    ));
    shops
        .run("check --format csv")
        .ends(1)
        .says("games (imetastore): after-sales: refused by the platform")
        .says("wx (wechat-shop): aftersale/get: refused by the platform")
        .says("hint: check the credentials");
}

#[test]
fn check_says_which_generations_still_answer() {
    let shops = Shops::open(&[]);
    let ran = shops.run("check --format csv").ends(0);
    let wx = "wx,wechat-shop,ok,\"component, ec, store\"";
    assert!(ran.stdout.lines().any(|line| line == wx), "{ran}");

    // The trade component is gone, and the other two are not.
    let address = serve(|line| {
        let is_gone = line.contains(" /shop/aftersale/get?");
        let code = if is_gone { 40066 } else { 0 };
        format!(r#"{{"errcode":{code},"errmsg":"no such url"}}"#)
    });
    for (api, result, exit) in [("component", "failed", 1), ("ec", "ok", 0)] {
        shops.configure(&format!(
            "[accounts.wx]\nplatform = 'wechat-shop'\napi = '{api}'\n\
             access_token = 'CANARY'\nbase_url = 'http://{address}'\n"
        ));
        let ran = shops.run("check --format csv").ends(exit);
        let row = format!("wx,wechat-shop,{result},\"ec, store\"");
        assert!(ran.stdout.lines().any(|line| line == row), "{ran}");
        if result == "failed" {
            ran.says("no such url [code 40066").says("api = ec, store");
        }
    }
}

#[test]
fn check_asks_each_generation_once_and_none_puts_an_end_to_the_token_of_another() {
    let shops = Shops::open(&[]);
    let issued = Arc::new(AtomicU32::new(0));
    let newest = Arc::clone(&issued);
    let address = serve(move |line| {
        if line.contains(" /cgi-bin/token?") {
            let serial = newest.fetch_add(1, Ordering::SeqCst) + 1;
            return format!(r#"{{"access_token":"t{serial}","expires_in":7200}}"#);
        }
        let is_newest = line.contains(&format!("=t{} ", newest.load(Ordering::SeqCst)));
        let code = if is_newest { 0 } else { 40001 };
        format!(r#"{{"errcode":{code},"errmsg":"invalid credential"}}"#)
    });
    shops.configure(&format!(
        "[accounts.wx]\nplatform = 'wechat-shop'\napi = 'ec'\ntoken_endpoint = 'token'\n\
         app_id = 'wx1'\napp_secret = 'CANARY'\nbase_url = 'http://{address}'\n"
    ));
    let ran = shops.run("check --format csv").ends(0);
    let row = "wx,wechat-shop,ok,\"component, ec, store\"";
    assert!(ran.stdout.lines().any(|line| line == row), "{ran}");
    assert_eq!(issued.load(Ordering::SeqCst), 3);
}

/// A server whose answers depend on the first line of the request.
fn serve(mut answer: impl FnMut(&str) -> String + Send + 'static) -> SocketAddr {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = server.local_addr().unwrap();
    thread::spawn(move || {
        for stream in server.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let mut line = String::new();
            stream.read_line(&mut line).unwrap();
            let body = answer(&line);
            let head = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length:";
            let _ = write!(stream.get_mut(), "{head} {}\r\n\r\n{body}", body.len());
        }
    });
    address
}

#[test]
fn the_newer_generations_of_wechat_list_every_case_once() {
    let shops = Shops::with(Sandbox::builder().records(500));
    let config = shops.sandbox.config();
    let setting = "platform = \"wechat-shop\"";
    assert!(config.contains(setting), "{config}");
    for (api, start) in [("ec", ""), ("store", "--since 2026-09-20")] {
        shops.configure(&config.replace(setting, &format!("{setting}\napi = \"{api}\"")));
        let list = |options: &str| shops.run(&format!("list --account wx {options}")).ends(0);
        let all = list(start).cases();
        let ids: BTreeSet<&str> = all.iter().map(|case| case.id.as_str()).collect();
        assert_eq!((all.len(), ids.len()), (500, 500), "{api}");

        let of_a_day = "--since 2026-09-30T00:00:00Z --until 2026-10-01T00:00:00Z";
        let in_range = |case: &&AfterSale| {
            let at = case.created_at.unwrap().as_second();
            (1_790_726_400..1_790_812_800).contains(&at)
        };
        let expected = all.iter().filter(in_range).count();
        assert_eq!(list(of_a_day).cases().len(), expected, "{api}");

        let completed = list(&format!("{start} --status completed")).cases();
        let is_completed = |case: &&AfterSale| case.status == Status::Completed;
        assert_eq!(completed.len(), all.iter().filter(is_completed).count());

        let found = shops.run(&format!("get wx --id {}", all[7].id)).ends(0);
        // What is left of the time is counted from the answer.
        let same = AfterSale {
            deadline: all[7].deadline,
            ..found.cases().remove(0)
        };
        assert_eq!(same, all[7], "{api}");
    }
    // A day after this start the hundredth case was opened: both windows of the platform have it.
    let start = "--since 2026-09-29T20:18:20Z";
    let cases = shops.run(&format!("list --account wx {start}")).ends(0);
    let cases = cases.cases();
    let ids: BTreeSet<&str> = cases.iter().map(|case| case.id.as_str()).collect();
    assert_eq!(ids.len(), cases.len());

    let open = shops.run("list --account wx").ends(1);
    open.says("wx (wechat-shop): not supported")
        .says("give the time from which to list");
}

#[test]
fn platforms_are_shown_in_every_format() {
    let shops = Shops::open(&[]);
    for format in ["table", "json", "ndjson", "csv"] {
        let ran = shops.run(&format!("platforms --format {format}")).ends(0);
        for platform in PLATFORMS {
            assert!(ran.stdout.contains(platform.platform().as_str()), "{ran}");
        }
    }
    let table = shops.run("platforms --format table").stdout;
    assert!(table.lines().all(|line| line.len() <= 80), "{table}");
}

#[test]
fn wrong_arguments_are_explained() {
    let shops = Shops::open(&[]);
    for (line, message) in [
        ("", "Usage: aftersales"),
        ("lst", "unrecognized subcommand 'lst'"),
        (
            "list --status open",
            "invalid value 'open' for '--status <STATUS>'",
        ),
        (
            "list --platform ebay",
            "invalid value 'ebay' for '--platform <PLATFORM>'",
        ),
        ("list --since yesterday", "write a date (2024-04-22)"),
        ("list --since 15000y", "--since leads out of the calendar"),
        (
            "list --since 1d --until 2d",
            "--since has to come before --until",
        ),
        ("list --limit -1", "unexpected argument '-1'"),
        (
            "list --account shop",
            "the accounts are games, us-store, wx, courses, sourcing",
        ),
        ("list --account games", "aftersales get games --order ID"),
        ("list --account wx --platform xiaoe", "no account to read"),
        ("list --raw --redact", "not with --redact"),
        ("--raw list --redact", "not with --redact"),
        (
            "list --raw --format table",
            "--raw needs --format json, ndjson or csv",
        ),
        ("get games", "required arguments were not provided"),
        ("get games --id 1 --order 1", "cannot be used with"),
        ("get shop --order 1", "there is no account \"shop\""),
        ("get games --order 12x", "order"),
        (
            "get games --id 1",
            "cannot look cases up by the id of the case",
        ),
        ("get wx --order 1", "buyer"),
        ("get us-store --order 1", "cannot look cases up"),
        ("list --config missing.toml", "missing.toml: cannot be read"),
        ("sandbox --fault boom", "no fault is called"),
    ] {
        shops.run(line).ends(2).says(message);
    }
}

#[test]
fn a_wrong_configuration_is_explained_and_never_quoted() {
    let shops = Shops::open(&[]);
    let shop = |settings: &str| {
        format!(
            "[accounts.a]\nplatform = 'shoplazza'\nbase_url = 'http://127.0.0.1:9'\n{settings}\n"
        )
    };
    for (config, message) in [
        ("", "no account to read"),
        (
            "[accounts.a]\naccess_token = \"CANARY\n",
            "aftersales.toml:2:",
        ),
        (
            "[accounts.a]\naccess_token = CANARY\n",
            "aftersales.toml:2:",
        ),
        (
            "[accounts.a]\naccess_token = 'x' CANARY\n",
            "aftersales.toml:2:",
        ),
        (
            "access_token = 'CANARY'\n",
            "access_token: there is no such setting",
        ),
        ("[accounts]\na = 'CANARY'\n", "a: is not an account"),
        (
            "[accounts.a]\nplatform = 'CANARY'\n",
            "account a: platform: must be one of imetastore, ",
        ),
        (
            "[accounts.a]\naccess_token = 'CANARY'\n",
            "account a: platform: must be one of imetastore, ",
        ),
        (
            &shop("access_token = ['CANARY']"),
            "access_token: this is an array",
        ),
        (
            &shop("access_token = 20240422"),
            "access_token: this is an integer",
        ),
        (
            &shop("access_token = { env = 'CANARY_UNSET' }\n")
                .replace("CANARY_", "AFTERSALES_TEST_"),
            "AFTERSALES_TEST_UNSET is not set",
        ),
        (
            &shop("access_token = { env = 'CANARY' }"),
            "the environment variable that it names is not set",
        ),
        (
            &shop("access_token = { file = 'CANARY' }"),
            "the file that it names cannot be read",
        ),
        (
            &shop("access_token = { CANARY = 'CANARY' }"),
            "must be a text",
        ),
        (
            &shop("token = 'CANARY'"),
            "token: there is no such setting; there are",
        ),
        (&shop(""), "access_token: "),
        (
            "[accounts.a]\nplatform = 'shoplazza'\nshop = 'my shop/CANARY'\naccess_token = 'CANARY'\n",
            "shop: ",
        ),
        (
            "[accounts.a]\nplatform = 'shoplazza'\nbase_url = 'http://CANARY.example'\naccess_token = 'CANARY'\n",
            "base_url: ",
        ),
        (
            "[accounts.a]\nplatform = 'shoplazza'\nbase_url = 'https://u:CANARY@x.example'\naccess_token = 'CANARY'\n",
            "base_url: ",
        ),
    ] {
        shops.configure(config);
        for line in ["list", "list -v", "list --account a"] {
            let ran = shops.run(line).ends(2);
            if !(config.is_empty() && line.ends_with(" a")) {
                assert!(ran.stderr.contains(message), "{config}\n{ran}");
            }
            assert!(ran.stderr.contains("hint: "), "{config}\n{ran}");
        }
    }
}

#[test]
fn the_configuration_is_found_where_the_help_says() {
    let shops = Shops::open(&[]);
    let here = shops.folder.path().join("aftersales.toml");
    let elsewhere = shops.folder.path().join("elsewhere.toml");
    let users = shops
        .folder
        .path()
        .join("config/aftersales/aftersales.toml");
    fs::create_dir_all(users.parent().unwrap()).unwrap();

    fs::rename(&here, &users).unwrap();
    shops.run("list --limit 1").ends(0);
    fs::rename(&users, &elsewhere).unwrap();
    shops
        .run("list --limit 1")
        .ends(2)
        .says("there is none; looked for");
    shops.run("list --limit 1 --config elsewhere.toml").ends(0);
    let mut command = shops.command("list --limit 1");
    let output = command
        .env("AFTERSALES_CONFIG", &elsewhere)
        .output()
        .unwrap();
    Ran::new("list with AFTERSALES_CONFIG", output).ends(0);
}

#[test]
fn secrets_may_be_kept_in_the_environment_or_in_files() {
    let shops = Shops::open(&[]);
    let config = shops.sandbox.config();
    let config = config
        .replace(
            "\"sandbox-shoplazza-token\"",
            "{ env = \"AFTERSALES_TEST_TOKEN\" }",
        )
        .replace("\"sandbox-xiaoe-secret\"", "{ file = \"secret\" }");
    shops.configure(&config);
    fs::write(shops.folder.path().join("secret"), "sandbox-xiaoe-secret\n").unwrap();
    let mut command = shops.command("list");
    let token = ("AFTERSALES_TEST_TOKEN", "sandbox-shoplazza-token");
    let output = command.env(token.0, token.1).output().unwrap();
    Ran::new("list", output).ends(0);
    // An account needs its own secrets only.
    let ran = shops.run("list --account courses").ends(0);
    assert_eq!(ran.accounts(), set(["courses"]));
}

#[test]
fn what_a_broken_server_answers_is_explained() {
    let rows = [
        (
            "html",
            "an HTML or XML page instead of JSON",
            "check base_url",
        ),
        ("empty", "the answer is empty", "check base_url"),
        ("truncate", "unreadable answer", "report this answer"),
        ("repeat", "two pages hold the same records", "report this"),
        (
            "huge=1073741824",
            "larger than the limit of",
            "report this answer",
        ),
        (
            "rate-limit=3600",
            "rate limited",
            "wait, and let fewer clients share the account",
        ),
        ("status=403", "permission denied", "grant the permission"),
        ("status=404", "not found", "check the id"),
        ("redirect", "the server redirects", "correct the setting"),
        (
            "expired-token",
            "credentials refused",
            "check the account's credentials",
        ),
    ];
    thread::scope(|scope| {
        for (fault, what, hint) in rows {
            scope.spawn(move || {
                let sandbox = Sandbox::builder().records(300);
                let shops =
                    Shops::with(sandbox.fault(format!("shoplazza:{fault}").parse().unwrap()));
                let ran = shops.run("list --account us-store -v");
                let code = if fault == "redirect" { 2 } else { 1 };
                ran.ends(code)
                    .says("error: us-store (shoplazza): ")
                    .says(what)
                    .says(&format!("  hint: {hint}"));
            });
        }
    });
}

#[test]
fn a_passing_fault_passes_unnoticed() {
    let shops = Shops::open(&[
        "shoplazza:status=503,first=1",
        "xiaoe:expired-token,first=1",
    ]);
    let ran = shops.run("list").ends(0);
    assert_eq!(ran.accounts(), set(["us-store", "courses", "sourcing"]));
}

#[test]
fn a_failing_account_does_not_stop_the_others() {
    let shops = Shops::open(&["shoplazza:status=403"]);
    let ran = shops
        .run("list")
        .ends(1)
        .says("error: us-store (shoplazza): after_sales_list: permission denied");
    assert_eq!(ran.accounts(), set(["courses", "sourcing"]));
    let json = shops.run("list --format json").ends(1).stdout;
    let array: Vec<AfterSale> = serde_json::from_str(&json).unwrap();
    assert_eq!(array.len(), ran.cases().len());

    shops.configure(
        &shops
            .sandbox
            .config()
            .replace("platform = \"xiaoe\"", "platform = \"x\""),
    );
    let ran = shops
        .run("list")
        .ends(2)
        .says("account courses: platform: ");
    assert_eq!(ran.accounts(), set(["sourcing"]));
}

/// The first cases of a listing of 10,000 pages arrive while hardly any page was asked for, nothing
/// is read ahead without bounds, and a reader that has seen enough is no failure.
#[test]
fn a_listing_streams() {
    let shops = Shops::with(Sandbox::builder().records(1_000_000));
    for format in ["ndjson", "json", "csv", "table"] {
        let mut child = shops.spawn(&format!("list --account us-store --format {format}"));
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        for line in (&mut stdout).lines().take(5) {
            assert!(!line.unwrap().is_empty());
        }
        drop(stdout);
        let ran = Ran::new(format, child.wait_with_output().unwrap()).ends(0);
        assert_eq!(ran.stderr, "");
    }
    assert!(
        shops.sandbox.calls("shoplazza") < 400,
        "{}",
        shops.sandbox.calls("shoplazza")
    );
}

#[cfg(unix)]
#[test]
fn an_interrupted_listing_ends_after_a_whole_row() {
    let shops = Shops::with(Sandbox::builder().records(1_000_000));
    for format in ["ndjson", "json", "csv"] {
        let line = format!("list --account us-store --format {format}");
        let mut child = shops.spawn(&line);
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut text = String::new();
        for _ in 0..3 {
            stdout.read_line(&mut text).unwrap();
        }
        let pid = child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-INT", &pid])
                .status()
                .unwrap()
                .success()
        );
        stdout.read_to_string(&mut text).unwrap();
        let ran = Ran::new(&line, child.wait_with_output().unwrap()).ends(130);
        assert_eq!(ran.stderr, "");
        let rows = match format {
            "json" => serde_json::from_str::<Vec<AfterSale>>(&text).unwrap().len(),
            "csv" => csv::Reader::from_reader(text.as_bytes())
                .records()
                .map(|row| row.map(drop).unwrap())
                .count(),
            _ => text
                .lines()
                .map(|line| serde_json::from_str::<AfterSale>(line).map(drop).unwrap())
                .count(),
        };
        assert!(rows >= 2, "{rows}");
        assert!(text.ends_with('\n'));
    }
}

#[test]
fn the_sandbox_prints_a_configuration_that_works() {
    let shops = Shops::open(&[]);
    let mut child = shops.spawn("sandbox --records 3 --seed 7 --quotas --fault xportcn:status=403");
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut hint = String::new();
    // The configuration is printed before the hint.
    stderr.read_line(&mut hint).unwrap();
    assert!(
        hint.starts_with("note: serving on http://127.0.0.1:"),
        "{hint}"
    );
    let mut stdout = child.stdout.take().unwrap();
    let mut config = vec![0; 4096];
    let read = stdout.read(&mut config).unwrap();
    shops.configure(std::str::from_utf8(&config[..read]).unwrap());
    let ran = shops.run("list").ends(1).says("sourcing (xportcn)");
    assert_eq!(ran.accounts(), set(["us-store", "courses"]));
    assert_eq!(ran.cases().len(), 6);
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn help_and_completions_are_there() {
    let shops = Shops::open(&[]);
    for command in [
        "demo",
        "list",
        "get",
        "check",
        "platforms",
        "sandbox",
        "completions",
    ] {
        let help = shops.run(&format!("{command} --help")).ends(0).stdout;
        assert!(
            help.contains(&format!("Usage: aftersales {command}")),
            "{help}"
        );
    }
    for (line, text) in [
        ("--help", "Examples:"),
        ("list --help", "Examples:"),
        ("get --help", "Examples:"),
        ("sandbox --help", "Examples:"),
        ("--version", "aftersales 0."),
        ("completions bash", "complete -F _aftersales"),
        ("completions zsh", "#compdef aftersales"),
        ("completions fish", "complete -c aftersales"),
    ] {
        let ran = shops.run(line).ends(0);
        assert!(ran.stdout.contains(text), "{ran}");
    }
}

#[test]
fn the_orders_of_a_file_are_looked_up_on_a_platform_that_cannot_list() {
    let shops = Shops::open(&[]);
    let orders: Vec<_> = shops.sandbox.orders("imetastore").collect();
    let without = shops.sandbox.order_without_case("imetastore").unwrap();
    let mut file = format!(
        "# all of them, one twice\n{}\n{}\n",
        orders[0].id, without.id
    );
    for order in &orders {
        file += &format!("{}\n", order.id);
    }
    fs::write(shops.folder.path().join("orders.txt"), file).unwrap();
    let ran = shops
        .run("list --account games --orders orders.txt")
        .ends(0);
    let found: Vec<_> = ran
        .cases()
        .into_iter()
        .filter_map(|case| case.order.id)
        .collect();
    let expected: Vec<_> = orders.iter().map(|order| order.id.clone()).collect();
    assert_eq!(found, expected);

    let open = shops
        .run("list --account games --orders orders.txt --open --limit 3")
        .ends(0);
    let open = open.cases();
    assert_eq!(open.len(), 3);
    assert!(open.iter().all(|case| !case.is_final));
}

#[test]
fn orders_with_their_buyers_are_looked_up_too() {
    let shops = Shops::open(&[]);
    let orders: Vec<_> = shops.sandbox.orders("wechat-shop").take(4).collect();
    let lines = orders
        .iter()
        .map(|order| format!("{},{}\n", order.id, order.buyer.as_ref().unwrap()));
    fs::write(
        shops.folder.path().join("orders.txt"),
        lines.collect::<String>(),
    )
    .unwrap();
    let cases = shops
        .run("list --account wx --orders orders.txt")
        .ends(0)
        .cases();
    let expected: u64 = orders.iter().map(|order| order.cases).sum();
    assert_eq!(cases.len() as u64, expected);
}

#[test]
fn a_time_that_an_order_of_the_file_cannot_be_told_by_is_said() {
    let shops = Shops::open(&[]);
    let listed = |account: &str, platform: &str, since: &str| {
        let order = shops.sandbox.orders(platform).next().unwrap();
        fs::write(shops.folder.path().join("orders.txt"), order.id).unwrap();
        shops.run(&format!(
            "list --account {account} --orders orders.txt --since {since}"
        ))
    };
    assert!(
        !listed("games", "imetastore", "2000-01-01")
            .ends(0)
            .cases()
            .is_empty()
    );
    assert!(
        listed("games", "imetastore", "2099-01-01")
            .ends(0)
            .cases()
            .is_empty()
    );
    let ran = listed("sourcing", "xportcn", "2099-01-01").ends(1);
    assert!(ran.cases().is_empty());
    ran.says("does not state when case 110002687818 was opened");
}

#[test]
fn orders_need_one_account_and_a_file_that_can_be_read() {
    let shops = Shops::open(&[]);
    fs::write(shops.folder.path().join("orders.txt"), "123\n4 5\n").unwrap();
    shops
        .run("list --orders orders.txt")
        .ends(2)
        .says("name it: --account ACCOUNT");
    shops
        .run("list --account games --orders orders.txt")
        .ends(2)
        .says("orders.txt:2: neither an order id nor `order id,buyer id`");
    shops
        .run("list --account games --orders gone.txt")
        .ends(2)
        .says("cannot read gone.txt");
}
