//! Accounts that are kept in step for ever. Time is tokio's, which runs ahead when everybody waits.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use core_model::{AfterSales, Error, ErrorKind, Source, Status};
use store::{Sqlite, Store};
use sync::{Account, Ending, Event, Observer, Options, Stop, run, watch};

use crate::shop::{Kind, Shop};

/// An account that notes how it was connected.
struct Connected {
    shop: Arc<Shop>,
    connections: Mutex<Vec<Option<Duration>>>,
    /// Its settings are wrong so often.
    wrong: Mutex<u32>,
}

impl Connected {
    fn new(cases: u64) -> Self {
        Self {
            shop: Arc::new(Shop::new(Kind::ByCreation, cases)),
            connections: Mutex::default(),
            wrong: Mutex::default(),
        }
    }

    fn connections(&self) -> usize {
        self.connections.lock().unwrap().len()
    }
}

impl Account for Connected {
    fn source(&self) -> &Source {
        self.shop.source()
    }

    fn connect(&self, quota_used: Option<Duration>) -> core_model::Result<Arc<dyn AfterSales>> {
        self.connections.lock().unwrap().push(quota_used);
        let mut wrong = self.wrong.lock().unwrap();
        if *wrong > 0 {
            *wrong -= 1;
            return Err(Error::config("access_token", "is not set"));
        }
        Ok(Arc::clone(&self.shop) as Arc<dyn AfterSales>)
    }
}

/// What was told of each round: how it ended, and how long it is until the next one.
type Rounds = Arc<Mutex<Vec<(&'static str, Option<Duration>)>>>;

/// Watches until so many rounds are over.
async fn watched(account: &Connected, rounds: usize) -> Vec<(&'static str, Option<Duration>)> {
    let folder = tempfile::tempdir().unwrap();
    let copy = Sqlite::open(folder.path().join("aftersales.db"))
        .await
        .unwrap();
    let told: Rounds = Arc::default();
    let (stopper, stop) = Stop::new();
    let observer: Observer = Arc::new({
        let (told, shop) = (Arc::clone(&told), Arc::clone(&account.shop));
        move |_, event| {
            let Event::Round { report, wait } = event else {
                return;
            };
            shop.pass(wait.map_or(0, |wait| i64::try_from(wait.as_secs()).unwrap()));
            let ending = match report.ending {
                Ending::Complete => "complete",
                Ending::Interrupted => "interrupted",
                Ending::Failed(_) => "failed",
            };
            let mut told = told.lock().unwrap();
            told.push((ending, wait));
            if told.len() == rounds {
                stopper.stop();
            }
        }
    });
    let options = Options::default()
        .with_clock(account.shop.clock())
        .with_stop(stop)
        .with_observer(observer);
    watch(account, &copy, &options).await.unwrap();
    Arc::try_unwrap(told).map_or_else(
        |told| told.lock().unwrap().clone(),
        |told| told.into_inner().unwrap(),
    )
}

#[tokio::test(start_paused = true)]
async fn round_follows_round_with_one_connection() {
    let account = Connected::new(30);
    let rounds = watched(&account, 5).await;
    let minute = Some(Duration::from_secs(60));
    assert_eq!(rounds, [("complete", minute); 5]);
    assert_eq!(account.connections(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_outage_is_waited_for() {
    let account = Connected::new(30);
    for call in 1..=3 {
        account
            .shop
            .fail_call(call, Error::new(ErrorKind::Unavailable, "down"));
    }
    let rounds = watched(&account, 5).await;
    let endings: Vec<_> = rounds.iter().map(|(ending, _)| *ending).collect();
    assert_eq!(
        endings,
        ["failed", "failed", "failed", "complete", "complete"]
    );
    assert_eq!(account.connections(), 1);
}

#[tokio::test(start_paused = true)]
async fn refused_credentials_are_fetched_anew_and_hardly_ever_tried() {
    let account = Connected::new(30);
    for call in 1..=2 {
        account
            .shop
            .fail_call(call, Error::new(ErrorKind::Unauthenticated, "no"));
    }
    let rounds = watched(&account, 3).await;
    let quarter = Duration::from_secs(15 * 60);
    assert!(rounds[0].1.unwrap() >= quarter / 2, "{rounds:?}");
    assert!(rounds[1].1.unwrap() >= quarter, "{rounds:?}");
    assert_eq!(rounds[2].0, "complete");
    assert_eq!(account.connections(), 3);
    // One call per try.
    assert_eq!(account.shop.calls().len(), 2 + 4);
}

#[tokio::test(start_paused = true)]
async fn settings_that_are_wrong_may_be_corrected_meanwhile() {
    let account = Connected::new(30);
    *account.wrong.lock().unwrap() = 2;
    let rounds = watched(&account, 3).await;
    let endings: Vec<_> = rounds.iter().map(|(ending, _)| *ending).collect();
    assert_eq!(endings, ["failed", "failed", "complete"]);
}

#[tokio::test]
async fn a_client_knows_how_long_ago_others_used_its_quota() {
    let account = Connected::new(30);
    let folder = tempfile::tempdir().unwrap();
    let copy = Sqlite::open(folder.path().join("aftersales.db"))
        .await
        .unwrap();
    let options = Options::default().with_clock(account.shop.clock());
    run(&account, &copy, &options).await;
    account.shop.pass(7);
    run(&account, &copy, &options).await;
    // A run that was killed: nobody knows when it made its last call.
    let now = (account.shop.clock())();
    copy.begin_run(account.source(), now).await.unwrap();
    account.shop.pass(1000);
    run(&account, &copy, &options).await;
    let seconds = |seconds| Some(Duration::from_secs(seconds));
    assert_eq!(
        *account.connections.lock().unwrap(),
        [None, seconds(7), seconds(0)]
    );
}

#[tokio::test(start_paused = true)]
async fn a_copy_that_is_broken_ends_the_watch_with_what_is_wrong() {
    let account = Connected::new(30);
    account.shop.open(1000, 5, Status::Requested);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("aftersales.db");
    let copy = Sqlite::open(&file).await.unwrap();
    let other = rusqlite::Connection::open(&file).unwrap();
    other.execute_batch("DROP TABLE positions").unwrap();
    let options = Options::default().with_clock(account.shop.clock());
    let failure = watch(&account, &copy, &options).await.unwrap_err();
    assert!(matches!(failure, sync::Failure::Copy(_)), "{failure}");
}
