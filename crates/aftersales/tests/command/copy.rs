//! What is read out of the local copy, and removed from it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use aftersales::{
    AfterSale, Awaits, Currency, Decimal, Money, NativeStatus, Platform, Progress, Side, Source,
    Status,
};
use futures_util::TryStreamExt;
use jiff::Timestamp;
use sandbox::Sandbox;
use serde_json::{Value, json};
use store::{Batch, Filter, Reading, Sort, Sqlite, Store, StoreExt};
use tokio::runtime::Runtime;

use crate::shops::{Ran, Shops};

const FILE: &str = "aftersales.db";

/// Shops whose cases were copied.
fn copied(records: u64) -> Shops {
    let shops = Shops::with(Sandbox::builder().records(records));
    shops.run("sync").ends(0);
    shops
}

/// The copy, opened beside the command.
fn with_store<T>(shops: &Shops, job: impl AsyncFnOnce(&Sqlite) -> T) -> T {
    let runtime = Runtime::new().unwrap();
    runtime.block_on(async {
        let store = Sqlite::open(shops.folder.path().join(FILE)).await.unwrap();
        job(&store).await
    })
}

/// All cases of the copy, as they were first seen.
fn cases(shops: &Shops) -> Vec<AfterSale> {
    with_store(shops, async |store| {
        let cases = store.cases(Filter::new(), Sort::FirstSeen);
        cases.try_collect().await.unwrap()
    })
}

fn find<'a>(cases: &'a [AfterSale], account: &str) -> impl Iterator<Item = &'a AfterSale> {
    let account = account.to_owned();
    cases
        .iter()
        .filter(move |case| case.account.as_str() == account)
}

fn without_raw(cases: impl IntoIterator<Item = AfterSale>) -> Vec<AfterSale> {
    let cases = cases.into_iter();
    cases.map(|case| AfterSale { raw: None, ..case }).collect()
}

fn rows(ran: &Ran) -> Vec<Value> {
    let lines = ran.stdout.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// What is in the folder of the copy, beside what was there anyhow.
fn written(shops: &Shops) -> BTreeSet<String> {
    let entries = fs::read_dir(shops.folder.path()).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names
        .filter(|name| !name.starts_with(FILE) && name != "aftersales.toml")
        .collect()
}

#[test]
fn a_copy_that_is_not_there_is_an_error_and_stays_away() {
    let shops = Shops::open(&[]);
    for command in [
        "queue",
        "history us-store 1",
        "stats",
        "export",
        "export --format parquet --output cases.parquet",
        "export --output cases --partition month",
        "prune --older-than 2y --yes",
        "forget --buyer somebody --yes",
    ] {
        let ran = shops.run(command).ends(1);
        let ran = ran.says("error: aftersales.db: there is no copy yet");
        ran.says("hint: bring it up to date first: aftersales sync");
        let elsewhere = shops.run(&format!("{command} --store other.db")).ends(1);
        elsewhere.says("error: other.db: there is no copy yet");
    }
    let left = fs::read_dir(shops.folder.path()).unwrap().count();
    assert_eq!(left, 1, "the configuration, and nothing else");
    // Made and left empty, as by a sync that was turned away at once.
    with_store(&shops, async |_| ());
    shops.run("queue").ends(1).says("error: the copy is empty");
}

#[test]
fn the_queue_is_what_waits_for_us_by_deadline() {
    let shops = copied(130);
    let mut ours: Vec<_> = without_raw(cases(&shops))
        .into_iter()
        .filter(|case| {
            let us = match case.side {
                Side::Seller => Awaits::Seller,
                Side::Buyer => Awaits::Buyer,
            };
            !case.is_final && case.awaits == Some(us)
        })
        .collect();
    let last = Timestamp::MAX;
    ours.sort_by_key(|case| {
        (
            case.deadline.unwrap_or(last),
            case.created_at.unwrap_or(last),
        )
    });
    let key = |case: &AfterSale| (case.deadline, case.created_at);
    assert!(ours.len() > 60, "{}", ours.len());
    assert!(ours.iter().any(|case| case.deadline.is_none()));

    let all = shops.run("queue").ends(0).cases();
    assert!(all.iter().map(key).eq(ours.iter().map(key)));
    let by_id = |cases: &[AfterSale]| -> BTreeMap<_, _> {
        let cases = cases.iter();
        cases.map(|case| (case.id.clone(), case.clone())).collect()
    };
    assert_eq!(by_id(&all), by_id(&ours));

    for (option, kept) in [
        ("--account courses", "xiaoe"),
        ("--platform xiaoe", "xiaoe"),
        ("--account us-store --platform shoplazza", "shoplazza"),
    ] {
        let some = shops.run(&format!("queue {option}")).ends(0).cases();
        let expected = all.iter().filter(|case| case.platform.as_str() == kept);
        assert!(some.iter().eq(expected), "{option}");
    }
    assert_eq!(shops.run("queue --limit 3").ends(0).cases(), all[..3]);
    let some = shops.run("queue --limit 3 --format json").ends(0);
    let some: Vec<AfterSale> = serde_json::from_str(&some.stdout).unwrap();
    assert_eq!(some, all[..3]);
    assert_eq!(shops.run("queue --limit 0 --format json").stdout, "[]\n");
    let csv = shops.run("queue --format csv").ends(0);
    let csv = csv::Reader::from_reader(csv.stdout.as_bytes())
        .into_records()
        .count();
    assert_eq!(csv, all.len());
    let raw = shops.run("queue --raw --limit 1").ends(0);
    assert!(rows(&raw)[0]["raw"].is_object(), "{raw}");
    let redacted = shops
        .run("queue --redact --account us-store")
        .ends(0)
        .cases();
    assert!(
        redacted
            .iter()
            .all(|case| case.buyer.name.as_deref() == Some("***"))
    );

    let table = shops.run("queue --format table").ends(0);
    assert_eq!(table.stdout.lines().count(), 51, "{table}");
    assert!(
        table.stdout.lines().next().unwrap().contains("LEFT"),
        "{table}"
    );
    let count = all.len();
    table.says(&format!(
        "note: {} more; --limit {count} shows all of them",
        count - 50
    ));
    let whole = shops
        .run(&format!("queue --format table --limit {count}"))
        .ends(0);
    assert_eq!(whole.stderr, "");
    let nobody = shops
        .run("queue --format table --platform wechat-shop")
        .ends(0);
    nobody.says("note: nothing waits for you");
    let other = shops.run("queue --account nobody").ends(2);
    other.says("name one of games, us-store, ");
}

#[test]
fn history_tells_what_became_what_and_when() {
    let shops = copied(40);
    let all = cases(&shops);
    let case = find(&all, "us-store")
        .find(|case| case.status == Status::Requested)
        .unwrap();
    let number = case.number.clone().unwrap();
    let first = rows(&shops.run(&format!("history us-store {number}")).ends(0));
    let stated: BTreeMap<_, _> = first
        .iter()
        .map(|row| (row["field"].as_str().unwrap(), row["to"].as_str().unwrap()))
        .collect();
    assert!(first.iter().all(|row| row["from"].is_null()), "{first:?}");
    assert_eq!(stated["status"], "requested");
    assert_eq!(stated["awaits"], "seller");
    assert_eq!(stated["native_status"], "pending");
    assert_eq!(
        stated["requested"],
        case.amounts.requested.unwrap().to_string()
    );
    assert!(!stated.contains_key("refunded"));

    shops
        .sandbox
        .change("shoplazza", &case.id, "finished")
        .unwrap();
    shops.run("sync --account us-store").ends(0);
    let line = format!("history us-store {}", case.id);
    let both = rows(&shops.run(&line).ends(0));
    assert_eq!(both[..first.len()], first);
    let changes: Vec<_> = both[first.len()..]
        .iter()
        .map(|row| (row["field"].clone(), row["from"].clone(), row["to"].clone()))
        .collect();
    let amount = json!(case.amounts.requested.unwrap().to_string());
    assert_eq!(
        changes,
        [
            (json!("status"), json!("requested"), json!("completed")),
            (json!("awaits"), json!("seller"), json!("nobody")),
            (json!("native_status"), json!("pending"), json!("finished")),
            (json!("refunded"), Value::Null, amount),
        ]
    );
    let [before, after] = [0, first.len()].map(|row| {
        let seen_at: Timestamp = both[row]["seen_at"].as_str().unwrap().parse().unwrap();
        seen_at
    });
    assert!(before < after);

    let array = shops.run(&format!("{line} --format json")).ends(0);
    let array: Vec<Value> = serde_json::from_str(&array.stdout).unwrap();
    assert_eq!(array, both);
    let csv = shops.run(&format!("{line} --format csv")).ends(0);
    assert!(csv.stdout.starts_with("seen_at,field,from,to\r\n"), "{csv}");
    assert!(
        csv.stdout.contains(",status,requested,completed\r\n"),
        "{csv}"
    );
    let table = shops.run(&format!("{line} --format table")).ends(0);
    assert_eq!(table.stdout.lines().count(), both.len() + 3, "{table}");
    assert!(table.stdout.contains(&number), "{table}");

    let unknown = shops.run("history us-store nope").ends(1);
    unknown.says("error: us-store: there is no case nope in the copy");
    shops
        .run("history nobody 1")
        .ends(2)
        .says("no such account");
    // It is that of another account.
    shops.run(&format!("history courses {}", case.id)).ends(1);
}

#[test]
fn stats_are_those_of_the_cases() {
    let shops = copied(90);
    let all = cases(&shops);
    let json = |line: &str| -> Value {
        let ran = shops.run(&format!("{line} --format json")).ends(0);
        serde_json::from_str(&ran.stdout).unwrap()
    };
    let stats = json("stats");
    let keys: Vec<_> = stats.as_object().unwrap().keys().collect();
    let dimensions = [
        "by_platform",
        "by_account",
        "by_status",
        "by_reason",
        "by_age",
    ];
    assert!(
        ["today", "since", "until", "total"]
            .iter()
            .chain(&dimensions)
            .all(|key| keys.contains(&&(*key).to_owned()))
    );
    assert_eq!(keys.len(), 9);

    let mut by_status = BTreeMap::new();
    let mut sums: BTreeMap<String, Decimal> = BTreeMap::new();
    for case in &all {
        *by_status.entry(case.status.as_str()).or_insert(0) += 1;
        if let Some(money) = case.amounts.requested {
            *sums.entry(money.currency().to_string()).or_default() += money.amount();
        }
    }
    assert!(sums.len() > 1);
    let told: BTreeMap<_, _> = stats["by_status"]
        .as_array()
        .unwrap()
        .iter()
        .map(|group| {
            (
                group["key"].as_str().unwrap(),
                group["cases"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(told, by_status);
    let told: BTreeMap<_, _> = stats["total"]["amounts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|amount| {
            let sum: Decimal = amount["requested_amount"]
                .as_str()
                .unwrap()
                .parse()
                .unwrap();
            (amount["currency"].as_str().unwrap().to_owned(), sum)
        })
        .collect();
    assert_eq!(told, sums);
    let total = &stats["total"];
    let [cases, open, refunded] =
        ["cases", "open", "refunded_cases"].map(|key| total[key].as_u64().unwrap());
    assert_eq!(cases, all.len() as u64);
    assert_eq!(
        open,
        all.iter().filter(|case| !case.is_final).count() as u64
    );
    let rate = (Decimal::from(refunded) / Decimal::from(cases)).round_dp(4);
    assert_eq!(total["refund_rate"], format!("{rate:.4}"));

    // Every dimension has every case once.
    let csv = shops.run("stats --format csv").ends(0);
    let mut counts: BTreeMap<String, [u64; 2]> = BTreeMap::new();
    for row in csv::Reader::from_reader(csv.stdout.as_bytes()).into_records() {
        let row = row.unwrap();
        let count = |column: usize| row[column].parse().unwrap_or(0);
        let sum = counts.entry(row[0].to_owned()).or_default();
        *sum = [sum[0] + count(3), sum[1] + count(8)];
    }
    let requests = all
        .iter()
        .filter(|case| case.amounts.requested.is_some())
        .count() as u64;
    let age = counts.remove("age").unwrap();
    assert_eq!(age[0], open);
    assert_eq!(counts.len(), 5);
    assert!(
        counts.values().all(|&sum| sum == [cases, requests]),
        "{counts:?}"
    );

    let xiaoe = json("stats --platform xiaoe");
    assert_eq!(xiaoe["total"], json("stats --account courses")["total"]);
    assert_eq!(xiaoe["total"]["cases"], 90);
    let day = json("stats --since 2026-10-01 --until 2026-10-02");
    let of_day = |case: &&AfterSale| {
        let created = case.created_at.map(|at| at.to_string());
        created.is_some_and(|at| at.starts_with("2026-10-01"))
    };
    assert_eq!(day["total"]["cases"], all.iter().filter(of_day).count());
    assert_eq!(
        (&day["since"], &day["until"]),
        (&json!("2026-10-01"), &json!("2026-10-02"))
    );
    let none = json("stats --until 2020-01-01");
    assert_eq!(none["total"]["refund_rate"], Value::Null);
    shops
        .run("stats --since 2026-10-01T10:00:00Z --until 2026-10-01T12:00:00Z")
        .ends(2);

    let table = shops.run("stats --format table").ends(0);
    assert!(
        table
            .stdout
            .starts_with(&format!("{cases} cases, {open} open, {refunded} paid back"))
    );
    let longest = table
        .stdout
        .lines()
        .filter(|line| line.ends_with('█'))
        .count();
    assert!(longest > 2, "{table}");
    let mut narrow = shops.command("stats --format table");
    let narrow = Ran::new("stats", narrow.env("COLUMNS", "45").output().unwrap());
    assert!(!narrow.stdout.contains('█'), "{narrow}");
}

#[test]
fn pruning_shows_what_would_go_and_asks() {
    let shops = copied(60);
    let before = cases(&shops);
    let ended = before.iter().filter(|case| case.is_final).count();
    // All ended before today, as far as the platform states when.
    let line = "prune --older-than 1d";
    let shown = rows(&shops.run(&format!("{line} --dry-run")).ends(0));
    let count = shown[0]["cases"].as_u64().unwrap();
    assert!(count > 0 && count <= ended as u64, "{count} of {ended}");
    assert_eq!(shown[0]["removed"], false);
    let refused = shops.run(line).ends(2);
    let refused = refused.says(&format!("removes {count} cases that ended before "));
    refused.says("stdin is no terminal; nothing was removed");
    assert_eq!(cases(&shops), before);

    let done = rows(&shops.run(&format!("{line} --yes")).ends(0));
    assert_eq!(
        (&done[0]["cases"], &done[0]["removed"]),
        (&json!(count), &json!(true))
    );
    let left = cases(&shops);
    assert_eq!(left.len() as u64, before.len() as u64 - count);
    assert!(
        before
            .iter()
            .filter(|case| !case.is_final)
            .all(|case| left.contains(case))
    );
    shops.run("sync").ends(0);
    assert_eq!(cases(&shops).len(), left.len());
    let again = rows(&shops.run(&format!("{line} --dry-run")).ends(0));
    assert_eq!(again[0]["cases"], 0);
    shops
        .run("prune --older-than 2999-01-01 --yes")
        .ends(2)
        .says("is yet to come");
    shops.run("prune --yes").ends(2);
}

/// What is in the files of the copy.
fn bytes(shops: &Shops) -> Vec<u8> {
    let file = |suffix: &str| fs::read(shops.folder.path().join(format!("{FILE}{suffix}")));
    let mut bytes = file("").unwrap();
    bytes.extend(file("-wal").unwrap_or_default());
    bytes
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// The record of a case as it is kept.
fn packed(shops: &Shops, id: &str) -> Vec<u8> {
    let file = rusqlite::Connection::open(shops.folder.path().join(FILE)).unwrap();
    let select = "SELECT record FROM cases WHERE id = ?1";
    file.query_row(select, [id], |row| row.get(0)).unwrap()
}

fn case_of(shops: &Shops, id: &str) -> AfterSale {
    let mut found = cases(shops).into_iter().filter(|case| case.id == id);
    found.next().unwrap()
}

#[test]
fn nothing_is_left_of_a_buyer_who_is_forgotten() {
    let shops = copied(60);
    let orders = shops.sandbox.orders("wechat-shop");
    let orders: String = orders
        .map(|order| format!("{},{}\n", order.id, order.buyer.unwrap()))
        .collect();
    fs::write(shops.folder.path().join("orders.txt"), orders).unwrap();
    shops.run("sync --account wx --orders orders.txt").ends(0);
    for account in ["wx", "sourcing"] {
        let before = cases(&shops);
        let identities = |case: &AfterSale| {
            let buyer = case.buyer.clone();
            [buyer.id, buyer.phone, buyer.email]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
        };
        let case = find(&before, account)
            .find(|case| !identities(case).is_empty())
            .unwrap();
        let buyer = identities(case).swap_remove(0);
        let is_of_buyer = |case: &AfterSale| identities(case).contains(&buyer);
        let count = before.iter().filter(|case| is_of_buyer(case)).count();
        let record = packed(&shops, &case.id);
        assert!(contains(&bytes(&shops), buyer.as_bytes()));
        assert!(contains(&bytes(&shops), &record));

        let line = format!("forget --buyer {buyer}");
        let shown = rows(&shops.run(&format!("{line} --dry-run")).ends(0));
        assert_eq!(shown, [json!({"cases": count, "erased": false})]);
        let refused = shops.run(&line).ends(2);
        let refused = refused.says("stdin is no terminal; nothing was erased");
        assert!(!refused.stderr.contains(&buyer), "{refused}");
        assert_eq!(cases(&shops), before);
        let done = rows(&shops.run(&format!("{line} --yes")).ends(0));
        assert_eq!(done, [json!({"cases": count, "erased": true})]);

        let left = bytes(&shops);
        for identity in identities(case) {
            assert!(!contains(&left, identity.as_bytes()), "{identity}");
        }
        assert!(!contains(&left, &record));
        for _ in 0..2 {
            let now = case_of(&shops, &case.id);
            assert_eq!(now.buyer, Default::default());
            assert_eq!((now.notes.buyer, now.raw), (None, None));
            assert_eq!((now.status, &now.items), (case.status, &case.items));
            // The platform still has all of it.
            shops.run(&format!("sync --account {account}")).ends(0);
        }
        let after = cases(&shops);
        assert_eq!(after.len(), before.len());
        for (before, after) in before.iter().zip(&after) {
            assert!(is_of_buyer(before) || before == after, "{before:?}");
        }
    }
}

#[test]
fn the_buyer_of_one_case_is_forgotten_where_the_platform_does_not_say_who_it_is() {
    let shops = copied(60);
    let before = cases(&shops);
    let case = find(&before, "us-store").nth(17).unwrap();
    assert_eq!((&case.buyer.id, &case.buyer.phone), (&None, &None));
    assert!(case.buyer.name.is_some());
    let number = case.number.as_ref().unwrap();
    let record = packed(&shops, &case.id);
    assert!(contains(&bytes(&shops), &record));

    let line = format!("forget --account us-store --id {number}");
    let shown = rows(&shops.run(&format!("{line} --dry-run")).ends(0));
    assert_eq!(shown, [json!({"cases": 1, "erased": false})]);
    assert_eq!(cases(&shops), before);
    let done = rows(&shops.run(&format!("{line} --yes")).ends(0));
    assert_eq!(done, [json!({"cases": 1, "erased": true})]);
    let left = bytes(&shops);
    assert!(!contains(&left, &record));
    assert!(!contains(
        &left,
        case.buyer.name.as_ref().unwrap().as_bytes()
    ));
    shops.run("sync --account us-store").ends(0);
    let now = case_of(&shops, &case.id);
    assert_eq!((now.buyer, now.raw), (Default::default(), None));
    let others = cases(&shops)
        .into_iter()
        .filter(|other| other.buyer.name.is_some());
    let unchanged = before
        .iter()
        .filter(|other| other.id != case.id && other.buyer.name.is_some());
    assert!(others.eq(unchanged.cloned()));

    for (line, code) in [
        ("forget", 2),
        ("forget --account us-store", 2),
        ("forget --id 1", 2),
        ("forget --buyer x --account us-store --id 1", 2),
        ("forget --account us-store --id nope --yes", 1),
        ("forget --buyer x --yes --dry-run", 2),
    ] {
        shops.run(line).ends(code);
    }
}

#[test]
fn all_of_it_works_while_a_sync_is_at_work() {
    // More cases than it can copy meanwhile.
    let shops = Shops::with(
        Sandbox::builder()
            .records(1_000_000)
            .fault("xportcn:latency=20".parse().unwrap()),
    );
    let mut sync = shops
        .command("sync --account sourcing --page-size 20")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();

    while shops.run("export").stdout.is_empty() {
        assert!(sync.try_wait().unwrap().is_none(), "the sync has ended");
        sleep(Duration::from_millis(5));
    }
    let count = || {
        let stats = shops.run("stats --format json").ends(0);
        let stats: Value = serde_json::from_str(&stats.stdout).unwrap();
        stats["total"]["cases"].as_u64().unwrap()
    };
    let before = count();
    let id = shops.run("export").ends(0).cases()[0].id.clone();
    for (line, code) in [
        ("queue --format table", 0),
        (&format!("history sourcing {id}"), 0),
        ("history sourcing nope", 1),
        ("stats", 0),
        ("export --format parquet --output cases.parquet", 0),
        ("prune --older-than 1d --yes", 0),
        (&format!("forget --account sourcing --id {id} --yes"), 0),
        ("forget --buyer nobody --yes", 0),
    ] {
        shops.run(line).ends(code);
    }
    assert!(count() > before, "the sync was stopped");
    assert!(sync.try_wait().unwrap().is_none(), "the sync has ended");
    assert_eq!(case_of(&shops, &id).raw, None);
    sync.kill().unwrap();
    sync.wait().unwrap();
}

#[test]
fn an_export_is_the_copy() {
    let shops = copied(120);
    let all = cases(&shops);
    let bare = without_raw(all.clone());
    assert_eq!(shops.run("export").ends(0).cases(), bare);
    assert_eq!(shops.run("export --raw").ends(0).cases(), squeezed(&all));
    let to_file = shops.run("export --raw --output cases.ndjson").ends(0);
    assert_eq!(to_file.stdout, "");
    let to_file = to_file.says("note: 360 cases in 1 file: cases.ndjson");
    let text = fs::read_to_string(shops.folder.path().join("cases.ndjson")).unwrap();
    assert_eq!(text, shops.run("export --raw").stdout, "{to_file}");
    for (option, keeps) in [
        (
            "--account courses",
            (|case| case.account.as_str() == "courses") as fn(&AfterSale) -> bool,
        ),
        ("--platform shoplazza", |case| {
            case.platform.as_str() == "shoplazza"
        }),
        ("--status requested --status disputed", |case| {
            matches!(case.status, Status::Requested | Status::Disputed)
        }),
        ("--open", |case| !case.is_final),
        ("--since 2026-10-01T00:00:00Z", |case| {
            case.created_at
                .is_none_or(|at| at.to_string().as_str() >= "2026-10-01")
        }),
        ("--until 2026-10-01", |case| {
            case.created_at
                .is_none_or(|at| at.to_string().as_str() < "2026-10-01")
        }),
    ] {
        let some = shops.run(&format!("export {option}")).ends(0).cases();
        let expected: Vec<_> = bare.iter().filter(|case| keeps(case)).cloned().collect();
        assert!(
            !expected.is_empty() && expected.len() < bare.len(),
            "{option}"
        );
        assert_eq!(some, expected, "{option}");
    }
    let listed = shops.run("export --account courses --format csv").ends(0);
    let header = listed.stdout.lines().next().unwrap();
    assert!(header.starts_with("platform,account,"), "{header}");
    let redacted = shops.run("export --redact").ends(0).cases();
    assert!(
        redacted
            .iter()
            .all(|case| case.buyer.name.as_deref().is_none_or(|name| name == "***"))
    );

    // Empty, and still a file.
    shops
        .run("export --until 2000-01-01 --platform shoplazza --format csv --output none.csv")
        .ends(0);
    let none = fs::read_to_string(shops.folder.path().join("none.csv")).unwrap();
    assert_eq!(none, format!("{header}\r\n"));

    for line in [
        "export --format table",
        "export --format json",
        "export --format parquet",
        "list --format parquet",
        "export --partition month",
        "export --partition month,month --output twice",
        "export --output .",
        "export --since 2026-10-02 --until 2026-10-01",
        "export --account nobody",
        "export --raw --redact",
    ] {
        shops.run(line).ends(2);
    }
    let nowhere = shops.run("export --output none/cases.ndjson").ends(1);
    nowhere.says("none/cases.ndjson: it cannot be written");
    let expected = ["cases.ndjson", "none.csv"].map(str::to_owned);
    assert_eq!(written(&shops), BTreeSet::from(expected));
}

/// The cases with raw records as they are printed.
fn squeezed(cases: &[AfterSale]) -> Vec<AfterSale> {
    let squeezed = cases.iter().map(|case| {
        let raw = case.raw.as_ref().unwrap();
        // Blanks inside of strings would stay: the sandbox sends none outside of them.
        let text: Box<serde_json::value::RawValue> = serde_json::from_str(raw.get()).unwrap();
        AfterSale {
            raw: Some((&*text).into()),
            ..case.clone()
        }
    });
    squeezed.collect()
}

#[test]
fn an_export_that_is_interrupted_leaves_nothing_and_the_old_file_as_it_was() {
    let shops = Shops::with(Sandbox::builder().records(1));
    shops.run("sync --account courses").ends(0);
    for chunk in 0..40 {
        let cases = (0..1000).map(|n| made_up(&format!("{chunk} {n}")));
        put(&shops, cases.collect());
    }
    for (line, signal) in [
        ("export --output old", "-INT"),
        ("export --format csv --output old", "-TERM"),
        ("export --format parquet --output old", "-INT"),
        (
            "export --format parquet --partition month --output new",
            "-INT",
        ),
        (
            "export --format csv --partition platform --output new",
            "-TERM",
        ),
    ] {
        let old = shops.folder.path().join("old");
        fs::write(&old, "what was there before").unwrap();
        let mut child = shops.spawn(line);
        let is_hidden = |name: &String| name.starts_with(".aftersales-");
        while !written(&shops).iter().any(is_hidden) {
            assert!(child.try_wait().unwrap().is_none(), "{line} has ended");
            sleep(Duration::from_millis(1));
        }
        let pid = child.id().to_string();
        assert!(
            Command::new("kill")
                .args([signal, &pid])
                .status()
                .unwrap()
                .success()
        );
        let ran = Ran::new(line, child.wait_with_output().unwrap()).ends(130);
        assert_eq!(written(&shops), BTreeSet::from(["old".to_owned()]), "{ran}");
        assert_eq!(fs::read_to_string(&old).unwrap(), "what was there before");
    }
    // In the end it is there, whole.
    shops.run("export --output old").ends(0);
    let text = fs::read_to_string(shops.folder.path().join("old")).unwrap();
    assert_eq!(text.lines().count(), 40_001);
    shops
        .run("export --partition month --output old")
        .ends(2)
        .says("there is something in its place");
}

fn made_up_shop() -> Source {
    Source::new(Platform::new("shoplazza"), "made-up", Side::Seller)
}

fn made_up(id: &str) -> AfterSale {
    let progress = Progress::new(Status::Requested, Awaits::Seller);
    AfterSale::new(
        &made_up_shop(),
        id.to_owned(),
        NativeStatus::default(),
        progress,
    )
}

/// A Python that has DuckDB; none where there is none, which is said.
fn python() -> Option<String> {
    let python = std::env::var("AFTERSALES_PYTHON").ok();
    let is_wanted = python.is_some();
    let python = python.unwrap_or_else(|| "python3".to_owned());
    let imported = Command::new(&python).args(["-c", "import duckdb"]).output();
    let has_duckdb = imported.as_ref().is_ok_and(|ran| ran.status.success());
    assert!(
        has_duckdb || !is_wanted,
        "{python} has no DuckDB: {imported:?}"
    );
    if !has_duckdb {
        // Past libtest, which shows only what failing tests print.
        use std::io::Write;
        let message =
            "exports are not read by DuckDB: there is none in python3 (.ci/duckdb has one)\n";
        std::io::stderr().write_all(message.as_bytes()).unwrap();
    }
    has_duckdb.then_some(python)
}

/// Asks DuckDB the same of each export; every value comes back as a text, or null.
const ASK: &str = r#"
import decimal, duckdb, json
con = duckdb.connect()
con.execute("SET TimeZone = 'UTC'")
def rows(sql):
    return [[text(v) for v in row] for row in con.execute(sql).fetchall()]
def text(v):
    return None if v is None else format(v, "f") if isinstance(v, decimal.Decimal) else str(v)
typed = "SELECT platform, status, final, requested_currency AS currency, requested_amount AS amount, created_at, items FROM "
views = {
    "parquet": typed + "'cases.parquet'",
    "parts": typed + "read_parquet('parts/**/*.parquet', hive_partitioning = true)",
    "csv": "SELECT platform, status, final::BOOLEAN AS final, requested_currency AS currency, requested_amount::DECIMAL(38, 9) AS amount,"
        " created_at::TIMESTAMPTZ AS created_at, items::BIGINT AS items FROM read_csv('cases.csv', header = true, all_varchar = true)",
    "ndjson": "SELECT platform, status, final, amounts.requested.currency AS currency, amounts.requested.amount::DECIMAL(38, 9) AS amount,"
        " created_at::TIMESTAMPTZ AS created_at, len(items) AS items FROM read_json('cases.ndjson', format = 'newline_delimited', sample_size = -1)",
}
answers = {}
for name, view in views.items():
    con.execute(f"CREATE VIEW {name} AS {view}")
    answers[name] = {
        "counts": rows(f"SELECT platform, status, count(*), count(*) FILTER (final), sum(items) FROM {name} GROUP BY ALL ORDER BY ALL"),
        "sums": rows(f"SELECT currency, sum(amount) FROM {name} WHERE currency IS NOT NULL GROUP BY ALL ORDER BY ALL"),
        "times": rows(f"SELECT platform, epoch_us(min(created_at)), epoch_us(max(created_at)), sum(epoch_us(created_at)) FROM {name} GROUP BY ALL ORDER BY ALL"),
    }
answers["months"] = rows("SELECT platform, month, count(*) FROM read_parquet('parts/**/*.parquet', hive_partitioning = true) GROUP BY ALL ORDER BY ALL NULLS LAST")
answers["types"] = rows("SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM 'cases.parquet')")
answers["texts"] = rows("SELECT count(*) FROM 'cases.parquet' WHERE requested_text::DECIMAL(38, 9) IS DISTINCT FROM requested_amount")
answers["goods"] = rows("SELECT id, items_json::JSON->>'$[0].unit_price.amount', raw::JSON->>'$.status' FROM 'cases.parquet' WHERE account = 'us-store' ORDER BY id")
answers["extremes"] = rows("SELECT id, requested_amount, requested_text, refunded_amount, epoch_us(created_at), buyer_name FROM 'extremes.parquet' WHERE account = 'made-up' AND length(id) = 1 ORDER BY id")
print(json.dumps(answers))
"#;

#[test]
fn exports_are_read_by_duckdb_and_agree_with_the_copy() {
    let Some(python) = python() else { return };
    let shops = copied(150);
    spread(&shops);
    for line in [
        "export --format parquet --raw --output cases.parquet",
        "export --format parquet --partition platform,month --output parts",
        "export --format csv --output cases.csv",
        "export --format ndjson --output cases.ndjson",
    ] {
        shops.run(line).ends(0);
    }
    let all = cases(&shops);
    extremes(&shops);
    shops
        .run("export --format parquet --output extremes.parquet")
        .ends(0);
    let asked = Command::new(python)
        .args(["-c", ASK])
        .current_dir(shops.folder.path())
        .output()
        .unwrap();
    assert!(
        asked.status.success(),
        "{}",
        String::from_utf8_lossy(&asked.stderr)
    );
    let answers: Value = serde_json::from_slice(&asked.stdout).unwrap();

    let (mut counts, mut sums, mut times, mut months) = (
        BTreeMap::new(),
        BTreeMap::new(),
        BTreeMap::new(),
        BTreeMap::new(),
    );
    for case in &all {
        let platform = case.platform.as_str();
        let [cases, ended, items] = counts
            .entry((platform, case.status.as_str()))
            .or_insert([0; 3]);
        *cases += 1;
        *ended += usize::from(case.is_final);
        *items += case.items.len();
        if let Some(money) = case.amounts.requested {
            *sums
                .entry(money.currency().to_string())
                .or_insert(Decimal::ZERO) += money.amount();
        }
        let created = case.created_at.map(Timestamp::as_microsecond);
        let of_platform: &mut Vec<i64> = times.entry(platform).or_default();
        of_platform.extend(created);
        let month = case.created_at.map(|at| at.strftime("%Y-%m").to_string());
        // What is unknown comes last.
        *months
            .entry((platform, month.is_none(), month))
            .or_insert(0) += 1;
    }
    assert!(sums.len() > 2 && months.len() > 5, "{sums:?} {months:?}");
    let counts: Vec<_> = counts
        .into_iter()
        .map(|((platform, status), [cases, ended, items])| {
            json!([
                platform,
                status,
                cases.to_string(),
                ended.to_string(),
                items.to_string()
            ])
        })
        .collect();
    let sums: Vec<_> = sums
        .into_iter()
        .map(|(currency, sum)| json!([currency, format!("{sum:.9}")]))
        .collect();
    let times: Vec<_> = times
        .into_iter()
        .map(|(platform, times)| {
            let text = |at: Option<i128>| at.map(|at| at.to_string());
            let wide = || times.iter().copied().map(i128::from);
            let sum = (!times.is_empty()).then(|| wide().sum());
            json!([platform, text(wide().min()), text(wide().max()), text(sum)])
        })
        .collect();
    for export in ["parquet", "parts", "csv", "ndjson"] {
        let answer = &answers[export];
        assert_eq!(answer["counts"], json!(counts), "{export}");
        assert_eq!(answer["sums"], json!(sums), "{export}");
        assert_eq!(answer["times"], json!(times), "{export}");
    }
    let months: Vec<_> = months
        .into_iter()
        .map(|((platform, _, month), cases): (_, i32)| json!([platform, month, cases.to_string()]))
        .collect();
    assert_eq!(answers["months"], json!(months));
    assert_eq!(answers["texts"], json!([["0"]]));
    assert_eq!(answers["types"], types());
    let mut goods: Vec<_> = find(&all, "us-store")
        .map(|case| {
            let price = case.items.first().and_then(|item| item.unit_price);
            let price = price.map(|price| price.amount().to_string());
            json!([case.id, price, case.native_status.code])
        })
        .collect();
    goods.sort_by_key(|row| row[0].as_str().unwrap().to_owned());
    assert_eq!(answers["goods"], json!(goods));
    assert_eq!(
        answers["extremes"],
        json!([
            [
                "1",
                "79228162514264337593543950335.000000000",
                "79228162514264337593543950335",
                null,
                null,
                "=1+1"
            ],
            [
                "2",
                null,
                "0.0000000001",
                "-0.000000001",
                "1750000000123456",
                null
            ],
            [
                "3",
                "162.000000000",
                "162.00",
                "0.100000000",
                "-62135596800000000",
                null
            ],
        ])
    );
}

/// What DuckDB should take the documented columns for.
fn types() -> Value {
    let columns = include_str!("../../EXPORT.md")
        .lines()
        .filter(|line| line.starts_with("| `"));
    let columns = columns.filter_map(|line| {
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        let kind = match cells[3] {
            "" => return None,
            "STRING" => "VARCHAR",
            "INT64" => "BIGINT",
            "DECIMAL(38, 9)" => "DECIMAL(38,9)",
            "TIMESTAMP(MICROS, UTC)" => "TIMESTAMP WITH TIME ZONE",
            same => same,
        };
        Some(json!([cells[1].trim_matches('`'), kind]))
    });
    columns.collect()
}

/// Puts cases of a year into the copy, one a month.
fn spread(shops: &Shops) {
    let cases = (1..=12).map(|month| {
        let mut case = made_up(&format!("of {month}"));
        case.created_at = format!("2023-{month:02}-28T23:59:59.999999Z").parse().ok();
        case
    });
    put(shops, cases.collect());
}

fn put(shops: &Shops, cases: Vec<AfterSale>) {
    with_store(shops, async |store| {
        let batch = Batch::new(&made_up_shop(), Timestamp::now(), Reading::Listed);
        store.apply(batch.with_records(cases)).await.unwrap();
    });
}

/// Puts cases into the copy that no platform has.
fn extremes(shops: &Shops) {
    let money = |amount: &str, currency: &str| {
        let currency = Currency::new(currency).unwrap();
        Some(Money::from_major(amount, currency).unwrap())
    };
    let [mut wide, mut fine, mut early] = ["1", "2", "3"].map(made_up);
    wide.amounts.requested = money("79228162514264337593543950335", "JPY");
    wide.buyer.name = Some("=1+1".to_owned());
    fine.amounts.requested = money("0.0000000001", "USD");
    fine.amounts.refunded = money("-0.0000000010", "USD");
    fine.created_at = "2025-06-15T15:06:40.123456789Z".parse().ok();
    early.amounts.requested = money("162.00", "CNY");
    early.amounts.refunded = money("0.1", "CNY");
    early.created_at = "0001-01-01T00:00:00Z".parse().ok();
    put(shops, vec![wide, fine, early]);
}

#[test]
fn a_folder_has_a_folder_for_each_platform_and_month() {
    let shops = copied(60);
    spread(&shops);
    fs::create_dir(shops.folder.path().join("parts")).unwrap();
    let line = "export --partition platform,month --output parts";
    let ran = shops.run(line).ends(0);
    let mut files = Vec::new();
    let mut met = Vec::new();
    for platform in entries(&shops.folder.path().join("parts")) {
        for month in entries(&shops.folder.path().join("parts").join(&platform)) {
            let folder = shops
                .folder
                .path()
                .join("parts")
                .join(&platform)
                .join(&month);
            assert_eq!(entries(&folder), ["part-0.ndjson"]);
            let text = fs::read_to_string(folder.join("part-0.ndjson")).unwrap();
            for line in text.lines() {
                let case: AfterSale = serde_json::from_str(line).unwrap();
                assert_eq!(platform, format!("platform={}", case.platform));
                let of = match case.created_at {
                    Some(at) => at.strftime("month=%Y-%m").to_string(),
                    None => "month=__HIVE_DEFAULT_PARTITION__".to_owned(),
                };
                assert_eq!(month, of);
                met.push(case.id);
            }
            files.push(month.clone());
        }
    }
    assert!(files.len() > 5, "{files:?}");
    let ran = ran.says(&format!("note: 192 cases in {} files: parts", files.len()));
    let all: BTreeSet<_> = cases(&shops).into_iter().map(|case| case.id).collect();
    assert_eq!(met.len(), 192, "{ran}");
    assert_eq!(met.into_iter().collect::<BTreeSet<_>>(), all);
    shops
        .run(line)
        .ends(2)
        .says("there is something in its place");
}

fn entries(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}
