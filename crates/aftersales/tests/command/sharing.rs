//! `aftersales sync`, with a copy in a PostgreSQL database that several programs share. The tests want a server on which
//! they may make databases: its address in `AFTERSALES_TEST_POSTGRES`. `.ci/postgres cargo test …` provides one.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::process::Child;
use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use aftersales::AfterSale;
use futures_util::TryStreamExt;
use sandbox::{Quotas, Sandbox};
use secrecy::SecretString;
use store::{Ending, Filter, Postgres, Run, Sort, Store, StoreExt};
use tokio_postgres::NoTls;

use crate::shops::{Ran, Shops};
use crate::sync::{LISTED, assert_counts, assert_same, by_id, on_exhausted_platform, row, signal};

/// Shops whose copy is in a database of its own, on the server for tests.
struct Shared {
    shops: Shops,
    server: String,
    name: String,
}

impl Shared {
    fn with(sandbox: sandbox::Builder) -> Option<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        static SKIPPED: Once = Once::new();
        let Ok(server) = std::env::var("AFTERSALES_TEST_POSTGRES") else {
            // Past libtest, which shows only what failing tests print.
            let message = "tests/command/sharing.rs is skipped: AFTERSALES_TEST_POSTGRES names no server \
                           (.ci/postgres has one)\n";
            SKIPPED.call_once(|| io::stderr().write_all(message.as_bytes()).unwrap());
            return None;
        };
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("aftersales_sharing_{}_{number}", std::process::id());
        let shops = Shops::with(sandbox);
        let config = shops.sandbox.config();
        shops.configure(&format!("store = {{ env = \"COPY\" }}\n{config}"));
        let shared = Self {
            shops,
            server,
            name,
        };
        shared.on_server(&format!("CREATE DATABASE {}", shared.name));
        Some(shared)
    }

    fn remove(self) {
        self.on_server(&format!("DROP DATABASE {} WITH (FORCE)", self.name));
    }

    fn on_server(&self, statement: &str) {
        self.shops.runtime.block_on(async {
            let connected = tokio_postgres::connect(&self.server, NoTls).await;
            let (client, connection) = connected.unwrap();
            tokio::spawn(connection);
            client.batch_execute(statement).await.unwrap();
        });
    }

    fn url(&self) -> String {
        let (server, _) = self.server.rsplit_once('/').unwrap();
        format!("{server}/{}", self.name)
    }

    fn run(&self, line: &str) -> Ran {
        let mut command = self.shops.command(line);
        Ran::new(line, command.env("COPY", self.url()).output().unwrap())
    }

    fn spawn(&self, line: &str) -> Child {
        let mut command = self.shops.command(line);
        let command = command.env("COPY", self.url());
        let command = command.stdout(std::process::Stdio::piped());
        command
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// What is asked of the copy, beside whoever is at work on it.
    fn ask<T>(&self, question: impl AsyncFnOnce(&Postgres) -> store::Result<T>) -> T {
        let asked = async {
            let copy = Postgres::connect(&SecretString::from(self.url())).await?;
            question(&copy).await
        };
        self.shops.runtime.block_on(asked).unwrap()
    }

    fn cases(&self, account: &str) -> BTreeMap<String, AfterSale> {
        let filter = Filter::new().with_account(account);
        by_id(self.ask(async |copy| copy.cases(filter, Sort::FirstSeen).try_collect().await))
    }

    fn runs(&self) -> Vec<Run> {
        self.ask(async |copy| copy.runs(None, 1000).await)
    }

    /// Waits until the runs of every account have written this many cases, and returns them.
    fn until_written(&self, accounts: &[&str], least: u64) -> Vec<Run> {
        loop {
            let runs = self.runs();
            let written = |account: &&str| written(&runs, account) >= least;
            if accounts.iter().all(written) {
                return runs;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Whether the copy is what the platforms have, and nothing was seen to change or written twice.
    fn assert_in_step(&self, accounts: &[&str], records: u64) {
        let runs = self.runs();
        for account in accounts {
            let copied = self.cases(account);
            assert_same(&copied, &on_exhausted_platform(&self.shops, account));
            assert_eq!(written(&runs, account), records, "{account}");
            let changed = runs.iter().map(|run| run.counts.changed).sum::<u64>();
            assert_eq!(changed, 0, "{account}");
        }
        // An account is worked on by one program at a time.
        for account in accounts {
            let of_account = runs
                .iter()
                .filter(|run| run.source.account().as_str() == *account);
            let mut spans: Vec<_> = of_account
                .filter_map(|run| Some((run.started_at, run.ended_at?)))
                .collect();
            spans.sort_unstable();
            assert!(
                spans.windows(2).all(|pair| pair[0].1 <= pair[1].0),
                "{spans:?}"
            );
        }
    }
}

fn written(runs: &[Run], account: &str) -> u64 {
    let of_account = runs
        .iter()
        .filter(|run| run.source.account().as_str() == account);
    of_account.map(|run| run.counts.new).sum()
}

/// Ends a watch, which has to be quick.
#[track_caller]
fn end(watch: Child) -> Ran {
    signal(&watch, "-TERM");
    let asked = Instant::now();
    let ran = Ran::new("sync --watch", watch.wait_with_output().unwrap()).ends(0);
    assert!(asked.elapsed() < Duration::from_secs(5), "{ran}");
    ran
}

#[test]
fn a_copy_in_a_database_is_kept_like_one_in_a_file() {
    let Some(shared) = Shared::with(Sandbox::builder().records(130)) else {
        return;
    };
    let first = shared.run("sync").ends(0);
    let again = shared.run("sync").ends(0);
    for account in LISTED {
        assert_counts(&first, account, [130, 0, 0]);
        let row = row(&again, account);
        assert_eq!((&row["new"], &row["changed"]), (&0.into(), &0.into()));
    }
    shared.assert_in_step(&LISTED, 130);
    shared.remove();
}

#[test]
fn what_is_wrong_with_the_database_is_said_without_its_password() {
    let Some(shared) = Shared::with(Sandbox::builder()) else {
        return;
    };
    for (url, code, message) in [
        ("postgres://CANARY:CANARY@127.0.0.1:1/copy", 1, "127.0.0.1"),
        ("postgres://CANARY:CANARY@[/copy", 2, "cannot be read"),
        ("mysql://CANARY:CANARY@127.0.0.1/copy", 2, "postgres://"),
    ] {
        for line in ["sync", "sync --watch"] {
            let mut command = shared.shops.command(line);
            let ran = Ran::new(line, command.env("COPY", url).output().unwrap());
            ran.ends(code).says(message);
        }
    }
    shared.remove();
}

/// One of two programs is killed in the middle of its work; the other one goes on with it, within the quotas that the
/// first one has used.
#[test]
fn the_work_of_a_killed_program_is_taken_over() {
    const RECORDS: u64 = 5000;
    let sandbox = Sandbox::builder()
        .records(RECORDS)
        .quotas(Quotas::Enforced)
        .fault("xportcn:latency=40".parse().unwrap());
    let Some(shared) = Shared::with(sandbox) else {
        return;
    };
    let line = "sync --watch --platform shoplazza --platform xportcn";
    let accounts = ["us-store", "sourcing"];
    let mut first = shared.spawn(line);
    shared.until_written(&accounts, 500);
    let second = shared.spawn(line);
    let before = shared.until_written(&accounts, 1500);
    first.kill().unwrap();
    let killed = Ran::new(line, first.wait_with_output().unwrap());
    assert_eq!(killed.code, -1, "{killed}");
    for account in accounts {
        assert!(written(&before, account) < RECORDS, "{account} was done");
    }
    shared.until_written(&accounts, RECORDS);
    let endings = |account: &str| -> Vec<_> {
        let runs = shared.runs();
        let of_account = runs
            .iter()
            .filter(|run| run.source.account().as_str() == account);
        // The latest comes first.
        of_account.map(|run| run.ending).collect()
    };
    for account in accounts {
        while !endings(account).contains(&Some(Ending::Complete)) {
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    end(second);
    for account in accounts {
        let endings = endings(account);
        assert_eq!(endings.last(), Some(&None), "the first one was killed");
        assert_eq!(endings[endings.len() - 2], Some(Ending::Complete));
    }
    assert_eq!(shared.shops.sandbox.over_quota("shoplazza"), 0);
    shared.assert_in_step(&accounts, RECORDS);
    shared.remove();
}

#[test]
fn accounts_are_left_to_those_who_know_them() {
    let Some(shared) = Shared::with(Sandbox::builder().records(300)) else {
        return;
    };
    let watches = LISTED.map(|account| shared.spawn(&format!("sync --watch --account {account}")));
    shared.until_written(&LISTED, 300);
    while shared.runs().iter().any(|run| run.ending.is_none()) {
        std::thread::sleep(Duration::from_millis(20));
    }
    for (account, watch) in LISTED.iter().zip(watches) {
        let ran = end(watch);
        assert_counts(&ran, account, [300, 0, 0]);
    }
    shared.assert_in_step(&LISTED, 300);
    shared.remove();
}

#[test]
fn an_account_that_is_watched_is_not_synced_beside_that() {
    let Some(shared) = Shared::with(Sandbox::builder().records(50)) else {
        return;
    };
    let watch = shared.spawn("sync --watch --account courses");
    shared.until_written(&["courses"], 50);
    let ran = shared
        .run("sync --account courses --account sourcing")
        .ends(1);
    let ran = ran.says("another program is at work on courses");
    assert_counts(&ran, "courses", [0, 0, 0]);
    assert_counts(&ran, "sourcing", [50, 0, 0]);
    end(watch);
    shared.run("sync --account courses").ends(0);
    shared.remove();
}

#[test]
fn connections_that_are_lost_cost_nothing_but_time() {
    let sandbox = Sandbox::builder()
        .records(1500)
        .fault("xportcn:latency=40".parse().unwrap());
    let Some(shared) = Shared::with(sandbox) else {
        return;
    };
    let watch = shared.spawn("sync --watch --account sourcing");
    shared.until_written(&["sourcing"], 200);
    let name = &shared.name;
    shared.on_server(&format!(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
    ));
    shared.until_written(&["sourcing"], 1500);
    end(watch);
    shared.assert_in_step(&["sourcing"], 1500);
    shared.remove();
}
