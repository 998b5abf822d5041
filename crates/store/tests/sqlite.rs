//! The copy in a file.

// `clippy.toml` allows these in tests, but does not see that helpers of tests are tests, too.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, unreachable_pub)]

mod suite;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use store::{Batch, ErrorKind, Filter, Outcome, Reading, Sort, Sqlite, Store};
use suite::{Place, at, case, completed, full, list, outcomes, shop};
use tempfile::TempDir;

struct File(TempDir);

impl File {
    async fn new() -> Option<Self> {
        Some(Self(tempfile::tempdir().unwrap()))
    }

    async fn remove(self) {}

    fn path(&self) -> PathBuf {
        self.0.path().join("aftersales.db")
    }

    /// The bytes of the file and of the log beside it.
    fn bytes(&self) -> Vec<u8> {
        let log = format!("{}-wal", self.path().display());
        [fs::read(self.path()).unwrap(), fs::read(log).unwrap()].concat()
    }

    /// Another program's connection.
    fn connect(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.path()).unwrap()
    }

    async fn refused(&self) -> store::Error {
        Sqlite::open(self.path()).await.unwrap_err()
    }
}

#[async_trait]
impl Place for File {
    async fn open(&self) -> Arc<dyn Store> {
        Arc::new(Sqlite::open(self.path()).await.unwrap())
    }
}

every_promise!(File);

fn contains(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|window| window == text)
}

#[tokio::test]
async fn a_newer_file_is_refused_and_not_touched() {
    let file = File::new().await.unwrap();
    list(&*file.open().await, &shop("us"), at(0), vec![full("1")]).await;
    let connection = file.connect();
    connection
        .pragma_update(None, "user_version", 1000)
        .unwrap();
    drop(connection);
    let before = fs::read(file.path()).unwrap();
    let error = file.refused().await;
    assert_eq!(error.kind(), ErrorKind::Newer);
    let path = file.path();
    let message = format!(
        "copy is newer than this program: {}: a newer version of this program has written the file",
        path.display()
    );
    assert_eq!(error.to_string(), message);
    assert_eq!(fs::read(file.path()).unwrap(), before);
}

#[tokio::test]
async fn a_file_of_another_program_is_refused_and_not_touched() {
    let file = File::new().await.unwrap();
    file.connect()
        .execute_batch("CREATE TABLE songs (title TEXT)")
        .unwrap();
    let before = fs::read(file.path()).unwrap();
    let error = file.refused().await;
    assert_eq!(error.kind(), ErrorKind::Config, "{error}");
    assert_eq!(fs::read(file.path()).unwrap(), before);
}

#[tokio::test]
async fn what_is_no_database_is_refused_and_not_touched() {
    let file = File::new().await.unwrap();
    for text in ["after-sales\n", &"{\"id\": 1}\n".repeat(1000)] {
        fs::write(file.path(), text).unwrap();
        let error = file.refused().await;
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
        assert_eq!(fs::read_to_string(file.path()).unwrap(), text);
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_there_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    for path in [
        folder.path().join("none/aftersales.db"),
        folder.path().to_owned(),
    ] {
        let error = Sqlite::open(path).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    }
}

/// Damage anywhere in the file ends in an error or in the records that were written, never in others.
#[tokio::test]
async fn a_damaged_file_tells_no_lies() {
    let file = File::new().await.unwrap();
    let shop = shop("us");
    let cases: Vec<_> = (0..40).map(|n| full(&n.to_string())).collect();
    list(&*file.open().await, &shop, at(0), cases.clone()).await;
    let sound = fs::read(file.path()).unwrap();
    let mut dice = fastrand::Rng::with_seed(3);
    let mut noticed = 0;
    for _ in 0..150 {
        let mut damaged = sound.clone();
        for _ in 0..8 {
            let at = dice.usize(..damaged.len());
            damaged[at] ^= 1 << dice.u8(..8);
        }
        fs::write(file.path(), damaged).unwrap();
        let Ok(store) = Sqlite::open(file.path()).await else {
            noticed += 1;
            continue;
        };
        match store.list(&Filter::new(), Sort::FirstSeen, None, 100).await {
            Ok(listing) => assert!(listing.cases.iter().all(|case| cases.contains(case))),
            Err(error) => {
                noticed += 1;
                assert!(
                    matches!(error.kind(), ErrorKind::Corrupt | ErrorKind::Database),
                    "{error}"
                );
            }
        }
    }
    assert!(noticed > 50, "{noticed}");
}

#[tokio::test]
async fn a_file_that_was_cut_off_is_an_error() {
    let file = File::new().await.unwrap();
    let shop = shop("us");
    let cases = (0..400).map(|n| full(&n.to_string())).collect();
    list(&*file.open().await, &shop, at(0), cases).await;
    let sound = fs::read(file.path()).unwrap();
    fs::write(file.path(), &sound[..sound.len() / 2]).unwrap();
    let error = match Sqlite::open(file.path()).await {
        Ok(store) => store
            .list(&Filter::new(), Sort::FirstSeen, None, 1000)
            .await
            .unwrap_err(),
        Err(error) => error,
    };
    assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
}

#[tokio::test]
async fn the_same_page_again_writes_not_a_byte() {
    let file = File::new().await.unwrap();
    let store = file.open().await;
    let shop = shop("us");
    let cases: Vec<_> = (0..200).map(|n| full(&n.to_string())).collect();
    list(&*store, &shop, at(0), cases.clone()).await;
    let before = file.bytes();
    let again = list(&*store, &shop, at(1), cases).await;
    assert!(
        outcomes(&again)
            .iter()
            .all(|outcome| *outcome == Outcome::Unchanged)
    );
    assert!(file.bytes() == before);
}

#[tokio::test]
async fn not_a_byte_is_left_of_a_forgotten_buyer() {
    let file = File::new().await.unwrap();
    let store = file.open().await;
    let shop = shop("us");
    let names = [
        "o6_bmjrPTlm6_2sgVt7hMZOPfL2M",
        "buyer@example.com",
        "+1-555-0100",
        "张三",
    ];
    let of = |n: usize, note: &str| {
        let mut case = full(&n.to_string());
        case.notes.buyer = Some(note.to_owned());
        if n % 50 != 7 {
            case.buyer = Default::default();
            case.buyer.id = Some(format!("buyer {n}"));
        }
        case
    };
    // Written, written over with something longer, so that pages are split, and something shorter.
    for note in ["", &"it does not fit ".repeat(200), "never mind"] {
        for page in 0..4 {
            let cases = (0..100).map(|n| of(100 * page + n, note)).collect();
            list(&*store, &shop, at(0), cases).await;
        }
    }
    let packed = |connection: &rusqlite::Connection| -> Vec<Vec<u8>> {
        let mut select = connection
            .prepare("SELECT record FROM cases WHERE id LIKE '%07' OR id LIKE '%57'")
            .unwrap();
        let records = select.query_map([], |row| row.get(0)).unwrap();
        records.collect::<Result<_, _>>().unwrap()
    };
    let before = packed(&file.connect());
    let bytes = file.bytes();
    assert!(before.iter().all(|record| contains(&bytes, record)));
    for name in &names[..3] {
        assert!(contains(&bytes, name.as_bytes()), "{name}");
    }

    assert_eq!(store.forget(names[0], at(1)).await.unwrap(), 8);
    let bytes = file.bytes();
    for name in names {
        assert!(!contains(&bytes, name.as_bytes()), "{name}");
    }
    assert!(!before.iter().any(|record| contains(&bytes, record)));
    let dictionary: Vec<u8> = file
        .connect()
        .query_row("SELECT content FROM dictionaries", [], |row| row.get(0))
        .unwrap();
    for word in ["bmjrPTlm6", "2sgVt7hMZOPfL2M", "0100", "张三"] {
        assert!(!contains(&dictionary, word.as_bytes()), "{word}");
    }
}

#[tokio::test]
async fn pruning_makes_the_file_smaller() {
    let file = File::new().await.unwrap();
    let store = file.open().await;
    let shop = shop("us");
    let cases = (0..500).map(|n| completed(full(&n.to_string()))).collect();
    list(&*store, &shop, at(0), cases).await;
    store.prune(at(-100)).await.unwrap();
    let before = fs::metadata(file.path()).unwrap().len();
    assert_eq!(
        store
            .prune("2030-01-01T00:00:00Z".parse().unwrap())
            .await
            .unwrap(),
        500
    );
    let after = fs::metadata(file.path()).unwrap().len();
    assert!(after < before / 2, "{before} -> {after}");
}

#[tokio::test]
async fn a_reader_is_not_stopped_by_who_writes() {
    let file = File::new().await.unwrap();
    let store = file.open().await;
    let shop = shop("us");
    list(&*store, &shop, at(0), vec![case(&shop, "1")]).await;
    let mut other = file.connect();
    let writing = other
        .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)
        .unwrap();
    writing
        .execute("UPDATE cases SET status = 'closed'", [])
        .unwrap();
    assert!(store.case(&shop, "1").await.unwrap().is_some());
    assert_eq!(store.history(&shop, "1").await.unwrap().len(), 1);
    writing.rollback().unwrap();
}

/// What is written of a page stays written however the program ends.
#[tokio::test]
async fn what_is_applied_is_there_without_closing() {
    let file = File::new().await.unwrap();
    let shop = shop("us");
    let store = Sqlite::open(file.path()).await.unwrap();
    let batch = Batch::new(&shop, at(0), Reading::Listed)
        .with_records(vec![case(&shop, "1")])
        .with_position("list", "2");
    store.apply(batch).await.unwrap();
    // As after a crash: the files as they are, without the memory that goes with them.
    let copy = tempfile::tempdir().unwrap();
    for suffix in ["", "-wal"] {
        let name = format!("aftersales.db{suffix}");
        fs::copy(file.0.path().join(&name), copy.path().join(&name)).unwrap();
    }
    let reopened = Sqlite::open(copy.path().join("aftersales.db"))
        .await
        .unwrap();
    assert!(reopened.case(&shop, "1").await.unwrap().is_some());
    assert_eq!(reopened.positions(&shop).await.unwrap()["list"], "2");
}

#[tokio::test]
async fn two_programs_can_create_the_same_file() {
    for _ in 0..10 {
        let file = File::new().await.unwrap();
        let opened = (0..4).map(|_| tokio::spawn(Sqlite::open(file.path())));
        for store in futures_util::future::join_all(opened).await {
            let error = store.unwrap().err().map(|error| error.to_string());
            assert_eq!(error, None);
        }
    }
}

fn write_protected(path: &Path) -> bool {
    let mut permissions = fs::metadata(path).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(path, permissions).unwrap();
    fs::OpenOptions::new().write(true).open(path).is_err()
}

#[tokio::test]
async fn a_file_that_may_not_be_written_is_refused() {
    let file = File::new().await.unwrap();
    list(&*file.open().await, &shop("us"), at(0), vec![full("1")]).await;
    // The administrator may write everything: there is nothing to refuse then.
    if write_protected(&file.path()) {
        let error = file.refused().await;
        assert_eq!(error.kind(), ErrorKind::ReadOnly, "{error}");
    } else {
        file.open().await;
    }
}
