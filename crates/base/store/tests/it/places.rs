//! Positions and the chain: gapless and in the order of arrival, whatever becomes of the transactions around.

use std::time::Duration;

use futures_util::future::join_all;
use kernel::{Clock, Ids, Timestamp};
use store::journal::{self, Filter, NewEntry, Recorded, Sequencer, append, record, sequence_now, verify};
use store::{Engine, Error, Stop, Store, sql};

use crate::{SOON, clock_and_ids, entry};

/// Subjects in the order of their positions.
async fn subjects(store: &Store) -> Vec<String> {
    let all = journal::entries_after(store, 0, &Filter::default(), 1_000).await.unwrap();
    assert!(all.iter().zip(1..).all(|(entry, position)| entry.position == position), "{all:?}");
    all.into_iter().map(|entry| entry.subject).collect()
}

/// On SQLite entries have their places when they are committed; on PostgreSQL the sequencer gives them.
async fn settle(store: &Store, waiting: i64) {
    let expected = if store.engine() == Engine::Sqlite { 0 } else { waiting };
    assert_eq!(sequence_now(store).await.unwrap(), expected);
}

#[tokio::test]
async fn an_undone_turn_gives_its_places_back() {
    let db = testkit::database().await;
    let store = db.store().await;
    let (clock, ids) = clock_and_ids();
    let (first, undone, last) = (entry(&ids, "first"), entry(&ids, "undone"), entry(&ids, "last"));
    // They wait for one another, so that on SQLite they share one outer transaction.
    let keep = async |new: NewEntry, well: bool| {
        let mut tx = store.write().await.unwrap();
        record(&mut tx, new, clock.now()).await.unwrap();
        tokio::task::yield_now().await;
        if well {
            tx.commit().await.unwrap();
        }
    };
    tokio::join!(keep(first.clone(), true), keep(undone.clone(), false), keep(last, true));
    settle(&store, 2).await;
    let mut kept = subjects(&store).await;
    if store.engine() == Engine::Postgres {
        // There they run at the same time, and either may be the first.
        kept.sort();
    }
    assert_eq!(kept, ["first", "last"]);
    // The same entry again takes no place, neither alone nor among others; the undone one may come after all.
    let again = join_all([first.clone(), undone.clone(), first].map(|new| append(&store, new, clock.now()))).await;
    let again: Vec<Recorded> = again.into_iter().map(Result::unwrap).collect();
    assert_eq!(again, [Recorded::Already, Recorded::New, Recorded::Already]);
    settle(&store, 1).await;
    assert_eq!(subjects(&store).await[2..], ["undone"]);
    assert_eq!(verify(&store).await.unwrap().fault, None);
}

#[tokio::test]
async fn a_refused_entry_takes_no_place_from_those_around_it() {
    let db = testkit::database().await;
    let store = db.store().await;
    let (clock, ids) = clock_and_ids();
    let old = entry(&ids, "old");
    append(&store, old.clone(), clock.now()).await.unwrap();
    let mut tx = store.write().await.unwrap();
    record(&mut tx, entry(&ids, "before"), clock.now()).await.unwrap();
    let refused = record(&mut tx, NewEntry { subject: "forged".into(), ..old.clone() }, clock.now()).await;
    assert!(matches!(refused, Err(Error::OtherContent(_))));
    assert_eq!(record(&mut tx, old, clock.now()).await.unwrap(), Recorded::Already);
    record(&mut tx, entry(&ids, "after"), clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    settle(&store, 3).await;
    assert_eq!(subjects(&store).await, ["old", "before", "after"]);
    assert_eq!(verify(&store).await.unwrap().fault, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_on_one_database_leave_no_gap() {
    let db = testkit::database().await;
    // Two stores know as little of each other as two processes.
    let stores = [db.store().await, db.store().await];
    let clock = Clock::system();
    let writers = (0..12).map(|n| tokio::spawn(write_somehow(stores[n % 2].clone(), n as u64, clock.clone())));
    let mut written = 0;
    for count in join_all(writers).await {
        written += count.unwrap();
    }
    if stores[0].engine() == Engine::Sqlite {
        assert_eq!(sequence_now(&stores[0]).await.unwrap(), 0, "entries without a place");
    }
    sequence_now(&stores[0]).await.unwrap();
    let report = verify(&stores[1]).await.unwrap();
    assert_eq!(report.fault, None);
    let total: i64 =
        sql("SELECT COUNT(*) FROM journal").fetch_value(&mut stores[0].read().await.unwrap()).await.unwrap();
    assert_eq!(report.entries, total);
    assert!(total >= written, "{total} of {written}");
}

/// Every way to write: alone, alone twice, with a transaction, undone, given up in the middle. Answers how many
/// entries were acknowledged.
async fn write_somehow(store: Store, n: u64, clock: Clock) -> i64 {
    let ids = Ids::seeded(n, clock.clone());
    let mut acknowledged = 0;
    for turn in 0..40 {
        let new = entry(&ids, "x");
        match (turn + n) % 5 {
            0 => drop(append(&store, new, clock.now()).await.unwrap()),
            1 => {
                let (one, two) =
                    tokio::join!(append(&store, new.clone(), clock.now()), append(&store, new, clock.now()));
                assert_ne!(one.unwrap(), two.unwrap());
            }
            2 => keep(&store, new, clock.now()).await.unwrap(),
            3 => {
                let mut tx = store.write().await.unwrap();
                record(&mut tx, new, clock.now()).await.unwrap();
                continue;
            }
            _ => {
                let limit = Duration::from_micros(turn * 40);
                if !tokio::time::timeout(limit, keep(&store, new, clock.now())).await.is_ok_and(|kept| kept.is_ok()) {
                    continue;
                }
            }
        }
        acknowledged += 1;
    }
    acknowledged
}

async fn keep(store: &Store, new: NewEntry, now: Timestamp) -> store::Result<()> {
    let mut tx = store.write().await?;
    record(&mut tx, new, now).await?;
    tx.commit().await
}

#[tokio::test]
async fn entries_that_an_older_version_left_without_a_place_get_one() {
    let db = testkit::database().await;
    let store = db.store().await;
    let (clock, ids) = clock_and_ids();
    for subject in ["1", "2", "3"] {
        append(&store, entry(&ids, subject), clock.now()).await.unwrap();
    }
    settle(&store, 3).await;
    let mut tx = store.write().await.unwrap();
    sql("UPDATE journal SET position = NULL, hash = NULL").execute(&mut tx).await.unwrap();
    sql("DELETE FROM journal_head").execute(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(sequence_now(&store).await.unwrap(), 3);
    append(&store, entry(&ids, "4"), clock.now()).await.unwrap();
    settle(&store, 1).await;
    assert_eq!(subjects(&store).await, ["1", "2", "3", "4"]);
    assert_eq!(verify(&store).await.unwrap().fault, None);
}

#[tokio::test]
async fn readers_are_woken_when_entries_have_their_places() {
    let db = testkit::database().await;
    let store = db.store().await;
    let (clock, ids) = clock_and_ids();
    let (stopper, stop) = Stop::new();
    let sequencer = tokio::spawn(Sequencer::new(&store, &clock).run(stop));
    for expected in 1..=3 {
        let mut wake = store.wakes().subscribe(journal::SEQUENCED);
        append(&store, entry(&ids, "x"), clock.now()).await.unwrap();
        assert!(wake.wait(SOON).await);
        // PostgreSQL also brings our own wakes back to us, late.
        while journal::head(&store).await.unwrap().0 != expected {
            assert!(wake.wait(SOON).await);
        }
    }
    stopper.stop();
    sequencer.await.unwrap();
}
