//! `aftersales sync`, with a copy in a file.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use aftersales::{AfterSale, AfterSalesExt, Configuration, Lookup, Query};
use futures_util::TryStreamExt;
use jiff::civil::date;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use sandbox::Sandbox;
use serde_json::Value;
use store::{Ending, Filter, Run, Sort, Sqlite, StatsFilter, Store, StoreExt};
use tokio::runtime::Runtime;
use transport::{Limiter, Options};

use crate::shops::{Ran, Shops};

/// The accounts whose platforms have a list.
pub(crate) const LISTED: [&str; 3] = ["us-store", "courses", "sourcing"];

/// The copy, beside a sync that may be at work on it.
struct Copy {
    runtime: Runtime,
    store: Sqlite,
}

impl Copy {
    fn open(shops: &Shops) -> Self {
        let runtime = Runtime::new().unwrap();
        let store = runtime.block_on(Sqlite::open(file(shops))).unwrap();
        Self { runtime, store }
    }

    /// The cases of an account, by id.
    fn cases(&self, account: &str) -> BTreeMap<String, AfterSale> {
        let filter = Filter::new().with_account(account);
        let cases = self.store.cases(filter, Sort::FirstSeen).try_collect();
        let cases: Vec<AfterSale> = self.runtime.block_on(cases).unwrap();
        by_id(cases)
    }

    /// How many cases of an account there are.
    fn count(&self, account: &str) -> u64 {
        let filter = StatsFilter {
            accounts: vec![account.into()],
            ..StatsFilter::default()
        };
        let stats = self.store.stats(&filter, date(2026, 10, 1));
        self.runtime.block_on(stats).unwrap().total.cases
    }

    /// How many cases have a history of more than one entry.
    fn changed(&self, cases: &BTreeMap<String, AfterSale>) -> usize {
        let lengths = cases.values().map(|case| {
            let source =
                aftersales::Source::new(case.platform.clone(), case.account.clone(), case.side);
            let history = self.store.history(&source, &case.id);
            self.runtime.block_on(history).unwrap().len()
        });
        let lengths: Vec<usize> = lengths.collect();
        assert!(lengths.iter().all(|&length| length > 0));
        lengths.iter().filter(|&&length| length > 1).count()
    }

    fn runs(&self) -> Vec<Run> {
        let runs = self.store.runs(None, 1000);
        self.runtime.block_on(runs).unwrap()
    }
}

fn file(shops: &Shops) -> PathBuf {
    shops.folder.path().join("aftersales.db")
}

pub(crate) fn by_id(cases: Vec<AfterSale>) -> BTreeMap<String, AfterSale> {
    let count = cases.len();
    let cases: BTreeMap<_, _> = cases
        .into_iter()
        .map(|case| (case.id.clone(), case))
        .collect();
    assert_eq!(cases.len(), count, "a case is there twice");
    cases
}

/// The cases that the platform has, by id.
pub(crate) fn on_platform(shops: &Shops, account: &str) -> BTreeMap<String, AfterSale> {
    listed_on_platform(shops, account, Query::new())
}

fn listed_on_platform(shops: &Shops, account: &str, query: Query) -> BTreeMap<String, AfterSale> {
    let options = Options::default().with_limiter(Limiter::unlimited());
    listed_with(shops, account, query, options)
}

/// The cases on a platform whose quota somebody has used up.
pub(crate) fn on_exhausted_platform(shops: &Shops, account: &str) -> BTreeMap<String, AfterSale> {
    let options = Options::default().with_quota_used(Duration::ZERO);
    listed_with(shops, account, Query::new().with_page_size(250), options)
}

fn listed_with(
    shops: &Shops,
    account: &str,
    query: Query,
    options: Options,
) -> BTreeMap<String, AfterSale> {
    let file = shops.folder.path().join("aftersales.toml");
    let configuration = Configuration::load(Some(&file)).unwrap();
    let client = configuration
        .account(account)
        .unwrap()
        .connect_with(options)
        .unwrap();
    let cases = client.records(query).try_collect();
    by_id(Runtime::new().unwrap().block_on(cases).unwrap())
}

#[track_caller]
pub(crate) fn assert_same(
    copied: &BTreeMap<String, AfterSale>,
    expected: &BTreeMap<String, AfterSale>,
) {
    assert!(
        copied.keys().eq(expected.keys()),
        "{} of {}",
        copied.len(),
        expected.len()
    );
    for (id, case) in expected {
        // The raw record included.
        assert_eq!(copied[id], *case);
    }
}

/// What became of an account.
pub(crate) fn row(ran: &Ran, account: &str) -> Value {
    let rows = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    let mut rows = rows.filter(|row: &Value| row["account"] == account);
    let row = rows.next();
    assert!(row.is_some(), "no {account}: {ran}");
    row.unwrap()
}

#[track_caller]
pub(crate) fn assert_counts(ran: &Ran, account: &str, expected: [u64; 3]) {
    let row = row(ran, account);
    let counts = ["new", "changed", "unchanged"].map(|name| row[name].as_u64().unwrap());
    assert_eq!(counts, expected, "{account}: {ran}");
}

pub(crate) fn signal(child: &Child, name: &str) {
    let pid = child.id().to_string();
    let sent = Command::new("kill").args([name, &pid]).status().unwrap();
    assert!(sent.success());
}

#[test]
fn the_first_sync_copies_everything_and_the_second_finds_nothing_new() {
    let shops = Shops::with(Sandbox::builder().records(130));
    let first = shops.run("sync").ends(0);
    let platform: Vec<_> = LISTED.map(|account| on_platform(&shops, account)).into();
    for (account, expected) in LISTED.iter().zip(&platform) {
        assert_counts(&first, account, [130, 0, 0]);
        let copy = Copy::open(&shops);
        assert_same(&copy.cases(account), expected);
    }
    for _ in 0..2 {
        let again = shops.run("sync").ends(0);
        let copy = Copy::open(&shops);
        for (account, expected) in LISTED.iter().zip(&platform) {
            let row = row(&again, account);
            assert_eq!(
                (&row["new"], &row["changed"]),
                (&0.into(), &0.into()),
                "{again}"
            );
            assert_eq!(row["result"], "complete");
            assert_same(&copy.cases(account), expected);
            assert_eq!(copy.changed(expected), 0);
        }
    }
}

#[test]
fn the_orders_of_a_file_are_read_on_a_platform_without_a_list() {
    let shops = Shops::with(Sandbox::builder().records(60));
    for (account, platform) in [("games", "imetastore"), ("wx", "wechat-shop")] {
        let orders: Vec<_> = shops.sandbox.orders(platform).collect();
        let lines = orders.iter().map(|order| match &order.buyer {
            Some(buyer) => format!("{},{buyer}\n", order.id),
            None => format!("{}\n", order.id),
        });
        let text: String = lines.collect();
        fs::write(shops.folder.path().join("orders.txt"), text).unwrap();
        let line = format!("sync --account {account} --orders orders.txt");
        let cases = orders.iter().map(|order| order.cases).sum();
        let ran = shops.run(&line).ends(0);
        assert_counts(&ran, account, [cases, 0, 0]);

        let lookups = orders.iter().map(|order| {
            let lookup = Lookup::order(&order.id);
            order.buyer.iter().fold(lookup, Lookup::with_buyer)
        });
        let query = lookups.fold(Query::new(), Query::with_lookup);
        let configuration = Configuration::load(Some(&shops.folder.path().join("aftersales.toml")));
        let client = configuration
            .unwrap()
            .account(account)
            .unwrap()
            .connect()
            .unwrap();
        let expected = client.records(query).try_collect();
        let expected = by_id(Runtime::new().unwrap().block_on(expected).unwrap());
        assert_same(&Copy::open(&shops).cases(account), &expected);

        // The orders have been read a moment ago; what is open is read again, which needs no file.
        let again = shops.run(&line).ends(0);
        let open = expected.values().filter(|case| !case.is_final).count();
        let unchanged = row(&again, account)["unchanged"].as_u64().unwrap();
        assert!(unchanged >= u64::try_from(open).unwrap(), "{again}");
        let again = shops.run(&format!("sync --account {account}")).ends(0);
        assert_counts(&again, account, [0, 0, unchanged]);
    }
}

#[test]
fn lists_of_ids_are_filled_in_once() {
    for api in ["ec", "store"] {
        let shops = Shops::with(Sandbox::builder().records(70));
        let config = shops.sandbox.config();
        let setting = format!("[accounts.wx]\napi = \"{api}\"\n");
        shops.configure(&config.replace("[accounts.wx]\n", &setting));
        let ran = shops.run("sync --account wx --since 2026-09-30").ends(0);
        assert_counts(&ran, "wx", [70, 0, 0]);
        let before = shops.sandbox.calls("wechat-shop");
        let copied = Copy::open(&shops).cases("wx");
        let open = copied.values().filter(|case| !case.is_final).count();
        shops.run("sync --account wx").ends(0);
        let calls = shops.sandbox.calls("wechat-shop") - before;
        // Open cases, a page or two of ids, and a token; nothing that has ended.
        assert!(
            calls <= u64::try_from(open).unwrap() + 4,
            "{api}: {calls} calls for {open}"
        );
    }
}

/// Ten times in a row the program is killed somewhere, and the eleventh time it is not.
#[test]
fn kill_9_at_any_moment_loses_nothing_and_repeats_nothing() {
    const RECORDS: u64 = 50_000;
    let shops = Shops::with(Sandbox::builder().records(RECORDS));
    let line = "sync --account sourcing --page-size 100";
    let mut random = fastrand::Rng::with_seed(5);
    let mut written = 0;
    for kill in 0..10 {
        let mut child = shops
            .command(line)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        if kill == 0 {
            // There has to be a copy to look into.
            while !file(&shops).exists() {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        let copy = Copy::open(&shops);
        let enough = written + random.u64(500..4500);
        while written < enough {
            let runs = copy.runs();
            written = runs.iter().map(|run| run.counts.new).sum();
            assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
        }
        std::thread::sleep(Duration::from_micros(random.u64(0..20_000)));
        child.kill().unwrap();
        child.wait().unwrap();
        let runs = copy.runs();
        written = runs.iter().map(|run| run.counts.new).sum();
        // What the log says was written, was written, and nothing else.
        assert_eq!(copy.count("sourcing"), written);
        assert_eq!(runs.len(), kill + 1);
        assert!(runs.iter().all(|run| run.ending.is_none()), "{runs:?}");
    }
    assert!(written < RECORDS, "it was always killed on its way");
    let ran = shops.run(line).ends(0);
    assert_eq!(row(&ran, "sourcing")["new"], RECORDS - written, "{ran}");
    assert_eq!(row(&ran, "sourcing")["changed"], 0);
    let copy = Copy::open(&shops);
    let copied = copy.cases("sourcing");
    assert_same(&copied, &on_platform(&shops, "sourcing"));
    assert_eq!(copy.changed(&copied), 0);
    let endings: Vec<_> = copy.runs().iter().map(|run| run.ending).collect();
    assert_eq!(endings[0], Some(Ending::Complete));
    assert!(endings[1..].iter().all(Option::is_none));
}

/// Cases are opened and change all the time while they are read. Whatever a round has missed, the next one finds.
#[test]
fn what_changes_during_a_sync_is_in_the_copy_after_the_next_one() {
    const CHANGES: usize = 30;
    for (account, platform, statuses, since) in [
        ("us-store", "shoplazza", ["finished", "processing"], None),
        ("courses", "xiaoe", ["6", "1"], None),
        ("sourcing", "xportcn", ["9002", "9003"], None),
        // A list of ids, in ranges of a day.
        (
            "wx",
            "wechat-shop",
            ["MERCHANT_REFUND_SUCCESS", "USER_CANCELD"],
            Some("2026-09-30T00:00:00Z"),
        ),
    ] {
        let slow = format!("{platform}:latency=40");
        let builder = Sandbox::builder().records(400).live();
        let shops = Shops::with(builder.fault(slow.parse().unwrap()));
        let config = shops.sandbox.config();
        let store = "[accounts.wx]\napi = \"store\"\n";
        shops.configure(&config.replace("[accounts.wx]\n", store));
        let query = since.iter().fold(Query::new(), |query, since| {
            query.with_created_since(since.parse().unwrap())
        });
        let before = listed_on_platform(&shops, account, query.clone());
        let since = since.map(|since| format!(" --since {since}"));
        let since = since.unwrap_or_default();
        let line = format!("sync --account {account} --page-size 25{since}");
        let calls = shops.sandbox.calls(platform);
        let child = shops.spawn(&line);
        while shops.sandbox.calls(platform) < calls + 4 {
            std::thread::sleep(Duration::from_millis(1));
        }
        // What has ended stays as it is.
        let open = before.iter().filter(|(_, case)| !case.is_final);
        let mut ids: Vec<_> = open.map(|(id, _)| id).collect();
        fastrand::Rng::with_seed(11).shuffle(&mut ids);
        for (id, status) in ids.into_iter().take(CHANGES).zip(statuses.iter().cycle()) {
            shops.sandbox.change(platform, id, status).unwrap();
            shops.sandbox.open(platform).unwrap();
            std::thread::sleep(Duration::from_millis(20));
        }
        Ran::new(&line, child.wait_with_output().unwrap()).ends(0);
        shops.run(&line).ends(0);
        let mut now = listed_on_platform(&shops, account, query);
        assert_eq!(now.len(), before.len() + CHANGES, "{account}");
        let copy = Copy::open(&shops);
        let mut copied = copy.cases(account);
        if account == "wx" {
            // The platform states how many seconds are left, or were when the case ended.
            for case in now.values_mut().chain(copied.values_mut()) {
                (case.deadline, case.raw) = (None, None);
            }
        }
        assert_same(&copied, &now);
        // What was in the copy before it changed has a history.
        assert!(copy.changed(&copied) > 0, "{account}");
    }
}

#[test]
fn sigterm_ends_a_sync_within_five_seconds_and_the_next_one_goes_on() {
    let shops = Shops::with(
        Sandbox::builder()
            .records(3000)
            .fault("xportcn:latency=100".parse().unwrap()),
    );
    for name in ["-TERM", "-INT"] {
        let line = "sync --account sourcing";
        let child = shops.spawn(line);
        while !file(&shops).exists() {
            std::thread::sleep(Duration::from_millis(1));
        }
        let copy = Copy::open(&shops);
        let before = copy.count("sourcing");
        while copy.count("sourcing") < before + 100 {
            std::thread::sleep(Duration::from_millis(1));
        }
        signal(&child, name);
        let asked = Instant::now();
        let ran = Ran::new(line, child.wait_with_output().unwrap()).ends(130);
        assert!(asked.elapsed() < Duration::from_secs(5), "{ran}");
        assert_eq!(row(&ran, "sourcing")["result"], "interrupted");
        let run = &copy.runs()[0];
        assert_eq!(run.ending, Some(Ending::Interrupted));
        assert!(run.counts.new < 3000);
    }
    let ran = shops.run("sync --account sourcing").ends(0);
    assert!(
        row(&ran, "sourcing")["new"].as_u64().unwrap() < 2800,
        "{ran}"
    );
    let copied = Copy::open(&shops).cases("sourcing");
    assert_same(&copied, &on_platform(&shops, "sourcing"));
}

#[test]
fn progress_is_a_bar_per_account_on_a_terminal() {
    let builder = Sandbox::builder().records(400);
    let faults = ["shoplazza", "xiaoe", "xportcn"].map(|name| format!("{name}:latency=200"));
    let builder = faults.iter().fold(builder, |builder, fault| {
        builder.fault(fault.parse().unwrap())
    });
    let shops = Shops::with(builder);
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let name = ptsname(&terminal, Vec::new()).unwrap();
    let screen = File::options().write(true).open(name.to_str().unwrap());
    let line = "sync --page-size 50 --account us-store --account courses --account sourcing";
    let mut command = shops.command(line);
    let child = command.env("TERM", "xterm").stderr(screen.unwrap());
    let child = child.stdout(Stdio::piped()).spawn().unwrap();
    drop(command);
    // It ends with an error when nobody is left who could write.
    let mut shown = Vec::new();
    let _ = File::from(terminal).read_to_end(&mut shown);
    let ran = Ran::new(line, child.wait_with_output().unwrap()).ends(0);
    let shown = String::from_utf8(shown).unwrap();
    for account in LISTED {
        assert_counts(&ran, account, [400, 0, 0]);
        let bar = shown.lines().find(|line| line.contains(account));
        assert!(bar.is_some_and(|bar| bar.contains('█')), "{shown:?}");
    }
    assert!(shown.contains(" of 400 cases"), "{shown:?}");
    // Where there is a bar, it says enough.
    assert!(!shown.contains("so far"), "{shown:?}");
}

#[test]
fn a_watch_goes_on_until_it_is_asked_to_end() {
    let shops = Shops::with(Sandbox::builder().records(60));
    let mut child = shops.spawn("sync --watch");
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut told = String::new();
    for account in LISTED {
        let line = format!("note: {account}: 60 new, 0 changed, 0 as they were\n");
        while !told.contains(&line) {
            assert_ne!(stderr.read_line(&mut told).unwrap(), 0, "{told}");
        }
    }
    assert!(child.try_wait().unwrap().is_none());
    signal(&child, "-TERM");
    let asked = Instant::now();
    let ran = Ran::new("sync --watch", child.wait_with_output().unwrap()).ends(0);
    assert!(asked.elapsed() < Duration::from_secs(5), "{ran}");
    for account in LISTED {
        assert_counts(&ran, account, [60, 0, 0]);
        assert_eq!(row(&ran, account)["result"], "complete", "{ran}");
    }
    stderr.read_to_string(&mut told).unwrap();
    assert!(!told.contains("error"), "{told}");
}

#[test]
fn expired_tokens_are_renewed_and_what_passes_passes_unnoticed() {
    for fault in [
        "expired-token,every=5",
        "status=503,every=6",
        "rate-limit=0,every=4",
        "truncate,every=7",
        "drop,every=7",
        "html,first=1",
        "empty,first=1",
    ] {
        let shops = Shops::with(
            Sandbox::builder()
                .records(200)
                .fault(fault.parse().unwrap()),
        );
        // The one account on a fixed token, which nobody can renew.
        let accounts = if fault.starts_with("expired") {
            &["courses"][..]
        } else {
            &LISTED[1..]
        };
        for account in accounts {
            let ran = shops.run(&format!("sync --account {account}")).ends(0);
            assert_counts(&ran, account, [200, 0, 0]);
        }
    }
}

#[test]
fn a_failing_account_stops_alone_and_goes_on_another_time() {
    for (fault, account, message) in [
        ("xiaoe:expired-token", "courses", "credentials refused"),
        ("xiaoe:rate-limit=3600", "courses", "rate limited"),
        ("xportcn:status=403", "sourcing", "permission denied"),
        ("xportcn:status=401", "sourcing", "credentials refused"),
        ("shoplazza:rate-limit=3600", "us-store", "rate limited"),
    ] {
        let shops = Shops::open(&[fault]);
        let ran = shops.run("sync").ends(1).says(message);
        for other in LISTED {
            let expected = if other == account { [0; 3] } else { [25, 0, 0] };
            assert_counts(&ran, other, expected);
            let result = if other == account {
                "failed"
            } else {
                "complete"
            };
            assert_eq!(row(&ran, other)["result"], result, "{ran}");
        }
        let runs = Copy::open(&shops).runs();
        let failed = runs
            .iter()
            .find(|run| run.source.account().as_str() == account)
            .unwrap();
        assert!(
            failed.error.as_ref().unwrap().contains(message),
            "{failed:?}"
        );
    }
}

#[test]
fn what_was_read_before_a_failure_stays() {
    let shops = Shops::with(
        Sandbox::builder()
            .records(400)
            .fault("xportcn:status=403,every=5".parse().unwrap()),
    );
    let mut new = 0;
    for _ in 0..20 {
        let ran = shops.run("sync --account sourcing");
        new += row(&ran, "sourcing")["new"].as_u64().unwrap();
        if ran.code == 0 {
            break;
        }
        ran.ends(1).says("permission denied");
    }
    assert_eq!(new, 400);
    assert_eq!(Copy::open(&shops).count("sourcing"), 400);
}

#[test]
fn a_watch_turned_away_waits_and_the_others_go_on() {
    let shops = Shops::open(&["xportcn:status=401"]);
    let mut child = shops.spawn("sync --watch");
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut told = String::new();
    for line in [
        "note: us-store: 25 new",
        "note: courses: 25 new",
        "the next try is in ",
    ] {
        while !told.contains(line) {
            assert_ne!(stderr.read_line(&mut told).unwrap(), 0, "{told}");
        }
    }
    signal(&child, "-TERM");
    let ran = Ran::new("sync --watch", child.wait_with_output().unwrap()).ends(0);
    assert!(told.contains("warning: sourcing (xportcn): "), "{told}");
    assert!(told.contains(" minutes\n"), "{told}");
    assert_eq!(row(&ran, "sourcing")["result"], "failed", "{ran}");
    // One try, with no repetition.
    assert_eq!(shops.sandbox.calls("xportcn"), 1);
}

#[test]
fn a_copy_that_is_none_is_refused_and_left_alone() {
    let shops = Shops::open(&[]);
    let garbage = "no database, but a text that somebody wrote\n".repeat(200);
    fs::write(file(&shops), &garbage).unwrap();
    shops
        .run("sync")
        .ends(1)
        .says("error: copy is damaged")
        .says("hint: put the file aside");
    assert_eq!(fs::read_to_string(file(&shops)).unwrap(), garbage);
    assert_eq!(shops.sandbox.calls("xiaoe"), 0);
}

#[test]
fn a_newer_copy_is_refused_and_left_alone() {
    let shops = Shops::open(&[]);
    shops.run("sync --account courses").ends(0);
    let newer = rusqlite::Connection::open(file(&shops)).unwrap();
    newer.pragma_update(None, "user_version", 1000).unwrap();
    drop(newer);
    let before = fs::read(file(&shops)).unwrap();
    let ran = shops.run("sync").ends(1);
    let ran = ran.says("error: copy is newer than this program");
    ran.says("hint: update this program");
    assert_eq!(fs::read(file(&shops)).unwrap(), before);
}

/// On a disk of two megabytes, which takes the rights to mount one. Where the system does not give them, the test says so.
#[test]
fn a_full_disk_is_said_and_costs_nothing_but_the_rest() {
    let shops = Shops::with(Sandbox::builder().records(4000));
    let disk = shops.folder.path().join("disk");
    fs::create_dir(&disk).unwrap();
    let mount = "mount -t tmpfs -o size=2m none disk";
    let unshared = |script: &str| {
        let mut command = shops.command("");
        let program = command.get_program().to_owned();
        let mut unshare = Command::new("unshare");
        unshare
            .args(["--user", "--map-root-user", "--mount", "sh", "-c"])
            .arg(format!("set -e; {mount}; {script}"))
            .env("AFTERSALES", program)
            .current_dir(shops.folder.path());
        for (name, value) in command.stdin(Stdio::null()).get_envs() {
            match value {
                Some(value) => unshare.env(name, value),
                None => unshare.env_remove(name),
            };
        }
        unshare.output()
    };
    if !unshared("true").is_ok_and(|ran| ran.status.success()) {
        eprintln!("skipped: this user may not mount a small disk (unshare --user --mount)");
        return;
    }
    let sync = "\"$AFTERSALES\" sync --account sourcing --page-size 100 --store disk/aftersales.db";
    // What is on the small disk is gone with it.
    let script = format!("{sync} || code=$?; cp disk/aftersales.db* .; exit ${{code:-0}}");
    let output = unshared(&script).unwrap();
    let ran = Ran::new("sync", output).ends(1);
    let ran = ran
        .says("error: no room left")
        .says("hint: make room and run again");
    let written = row(&ran, "sourcing")["new"].as_u64().unwrap();
    assert!((100..4000).contains(&written), "{ran}");
    assert_eq!(Copy::open(&shops).count("sourcing"), written);
    let line = "sync --account sourcing --page-size 100";
    let ran = shops.run(line).ends(0);
    assert_eq!(row(&ran, "sourcing")["new"], 4000 - written, "{ran}");
    let copied = Copy::open(&shops).cases("sourcing");
    assert_same(&copied, &on_platform(&shops, "sourcing"));
}

#[test]
fn one_sync_is_at_work_on_a_copy_at_a_time() {
    let shops = Shops::open(&["xportcn:latency=60000"]);
    let mut first = shops.spawn("sync --account sourcing");
    while shops.sandbox.calls("xportcn") == 0 {
        std::thread::sleep(Duration::from_millis(1));
    }
    shops
        .run("sync")
        .ends(1)
        .says("another sync is at work on it");
    // However it ends, the next one may begin.
    first.kill().unwrap();
    first.wait().unwrap();
    shops.run("sync --account courses").ends(0);
}

#[test]
fn the_copy_is_where_it_is_wanted() {
    let shops = Shops::open(&[]);
    let config = shops.sandbox.config();
    fs::create_dir_all(shops.folder.path().join("config/here")).unwrap();
    for (setting, option, place) in [
        ("", "", "config/aftersales.db"),
        ("store = 'here/copy.db'\n", "", "config/here/copy.db"),
        (
            "store = { env = 'COPY_PLACE' }\n",
            "",
            "config/here/other.db",
        ),
        ("store = 'here/copy.db'\n", " --store mine.db", "mine.db"),
    ] {
        let file = shops.folder.path().join("config/aftersales.toml");
        fs::write(file, format!("{setting}{config}")).unwrap();
        let line = format!("sync --account courses --config config/aftersales.toml{option}");
        let mut command = shops.command(&line);
        let output = command.env("COPY_PLACE", "here/other.db").output().unwrap();
        Ran::new(&line, output).ends(0);
        assert!(shops.folder.path().join(place).exists(), "{place}");
    }
}

#[test]
fn what_is_wrong_with_the_setting_is_said_and_never_quoted() {
    let shops = Shops::open(&[]);
    let config = shops.sandbox.config();
    for (setting, message) in [
        ("store = 7", "aftersales.toml: store: must be"),
        ("store = ''", "aftersales.toml: store: must be"),
        (
            "store = { env = 'CANARY_PLACE' }",
            "the environment variable CANARY_PLACE is not set",
        ),
        (
            "store = { path = 'CANARY' }",
            "aftersales.toml: store: must be a text",
        ),
    ] {
        shops.configure(&format!("{setting}\n{config}"));
        let output = shops.command("sync").output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert!(stderr.contains(message), "{stderr}");
    }
    shops.configure(&config);
    let ran = shops.run("sync --orders orders.txt").ends(2);
    ran.says("orders of which account?");
    shops
        .run("sync --account nobody")
        .ends(2)
        .says("there is no account \"nobody\"");
    shops
        .run("sync --since 15000y")
        .ends(2)
        .says("--since leads out of the calendar");
}

#[test]
fn a_platform_that_cannot_list_from_a_time_is_a_failure_of_its_account() {
    let shops = Shops::open(&[]);
    let config = shops.sandbox.config();
    shops.configure(&config.replace("refund_time = \"created\"\n", ""));
    let ran = shops.run("sync --since 2026-09-30").ends(1);
    let ran = ran.says("the setting refund_time has to");
    assert_counts(&ran, "us-store", [25, 0, 0]);
    // Without a start, everything is listed.
    let ran = shops.run("sync").ends(0);
    assert_counts(&ran, "sourcing", [25, 0, 0]);
}

#[test]
fn an_unreadable_copy_of_a_folder_is_said() {
    let shops = Shops::open(&[]);
    shops
        .run("sync --store missing/aftersales.db")
        .ends(1)
        .says("copy unavailable");
}
