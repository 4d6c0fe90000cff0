//! The journal: every entry once, in order, and any tampering is named.

use std::collections::HashSet;
use std::time::Duration;

use kernel::Timestamp;
use serde_json::json;
use store::journal::{
    self, Body, Fault, Filter, NewEntry, Reader, Recorded, Sequencer, Signer, append, record, sequence_now, verify,
    verify_with,
};
use store::{Engine, Error, Stop, Store, sql};

use crate::{SOON, clock_and_ids, entry};

async fn keep(store: &Store, new: NewEntry, now: Timestamp) -> store::Result<Recorded> {
    let mut tx = store.write().await?;
    let recorded = record(&mut tx, new, now).await?;
    tx.commit().await?;
    Ok(recorded)
}

/// A store with `n` entries in their places, and its clock.
async fn filled(db: &testkit::TestDatabase, n: usize) -> (Store, kernel::Clock) {
    let store = db.store().await;
    let (clock, ids) = clock_and_ids();
    let mut tx = store.write().await.unwrap();
    for i in 0..n {
        record(&mut tx, entry(&ids, &format!("thing {}", i % 7)), clock.now()).await.unwrap();
    }
    tx.commit().await.unwrap();
    sequence_now(&store).await.unwrap();
    assert_eq!(journal::head(&store).await.unwrap().0, i64::try_from(n).unwrap());
    (store, clock)
}

/// Whether the fault is the expected one.
type IsRight = fn(&Fault) -> bool;

async fn tamper(store: &Store, statement: &'static str) {
    let mut tx = store.write().await.unwrap();
    sql(statement).execute(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn the_same_entry_twice_is_one_and_other_content_is_refused() {
    let db = testkit::database().await;
    let store = db.store().await;
    let (clock, ids) = clock_and_ids();
    let new = entry(&ids, "x");
    assert_eq!(keep(&store, new.clone(), clock.now()).await.unwrap(), Recorded::New);
    clock.advance(Duration::from_mins(1));
    assert_eq!(keep(&store, new.clone(), clock.now()).await.unwrap(), Recorded::Already);
    let reordered =
        NewEntry { body: Body::Open(json!({"a": {"b": "青森", "y": [1.5, null]}, "z": 1})), ..new.clone() };
    assert_eq!(keep(&store, reordered, clock.now()).await.unwrap(), Recorded::Already);
    let others = [
        NewEntry { subject: "y".into(), ..new.clone() },
        NewEntry { area: None, ..new.clone() },
        NewEntry { mode: kernel::Mode::Live, ..new.clone() },
        NewEntry { device: None, ..new.clone() },
        NewEntry { occurred_at: clock.now(), ..new.clone() },
        NewEntry { body: Body::Open(json!({})), ..new.clone() },
        NewEntry { body: Body::Sealed(vec![1]), ..new.clone() },
    ];
    for other in others {
        assert!(matches!(keep(&store, other, clock.now()).await, Err(Error::OtherContent(_))));
    }
    sequence_now(&store).await.unwrap();
    assert_eq!(verify(&store).await.unwrap().entries, 1);
}

#[tokio::test]
async fn entries_come_back_whole_and_in_the_order_of_recording() {
    let db = testkit::database().await;
    let store = db.store().await;
    let (clock, ids) = clock_and_ids();
    let mut later = entry(&ids, "later");
    later.body = Body::Sealed(vec![1, 2, 3]);
    let first = entry(&ids, "first");
    let mut tx = store.write().await.unwrap();
    // The clock stands still and the ids are in the other order: only the order of the calls can tell.
    record(&mut tx, first.clone(), clock.now()).await.unwrap();
    record(&mut tx, later.clone(), clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    sequence_now(&store).await.unwrap();
    let all = journal::entries_after(&store, 0, &Filter::default(), 10).await.unwrap();
    assert_eq!(all.iter().map(|e| (e.position, e.subject.as_str())).collect::<Vec<_>>(), [(1, "first"), (2, "later")]);
    let back = journal::entry(&store, first.id).await.unwrap().unwrap();
    assert_eq!(back, all[0]);
    assert_eq!(
        (back.kind.as_str(), &back.area, back.mode, &back.actor),
        (first.kind, &first.area, first.mode, &first.actor)
    );
    assert_eq!(
        (back.device, back.occurred_at, back.recorded_at, &back.body),
        (first.device, first.occurred_at, clock.now(), &first.body)
    );
    assert_eq!((&all[1].body, all[1].open_body()), (&later.body, json!({})));
    assert_eq!(journal::head(&store).await.unwrap(), (2, all[1].hash));
}

#[tokio::test]
async fn pages_go_both_ways_and_can_be_filtered() {
    let db = testkit::database().await;
    let (store, _) = filled(&db, 50).await;
    let newest = journal::entries_before(&store, None, &Filter::default(), 3).await.unwrap();
    assert_eq!(newest.iter().map(|e| e.position).collect::<Vec<_>>(), [50, 49, 48]);
    let older = journal::entries_before(&store, Some(48), &Filter::default(), 2).await.unwrap();
    assert_eq!(older.iter().map(|e| e.position).collect::<Vec<_>>(), [47, 46]);
    let about = Filter { subject: Some("thing 3".into()), kind: Some("test.happened".into()) };
    assert_eq!(journal::entries_after(&store, 4, &about, 100).await.unwrap().len(), 6);
    let nothing = Filter { kind: Some("no.such".into()), ..Filter::default() };
    assert!(journal::entries_before(&store, None, &nothing, 100).await.unwrap().is_empty());
}

#[tokio::test]
async fn twenty_writers_and_a_reader_miss_and_double_nothing() {
    let db = testkit::database().await;
    let store = db.store().await;
    let clock = kernel::Clock::system();
    let (stopper, stop) = Stop::new();
    let sequencer = tokio::spawn(Sequencer::new(&store, &clock).run(stop.clone()));
    let second = tokio::spawn(Sequencer::new(&db.store().await, &clock).run(stop));
    let mut reader = Reader::open(&store, "test").await.unwrap();
    let writers: Vec<_> = (0..20).map(|n| tokio::spawn(write_many(store.clone(), n, clock.clone()))).collect();
    let mut seen = Vec::new();
    while seen.len() < 20 * 30 {
        let batch = reader.next(64, SOON).await.unwrap();
        assert!(!batch.is_empty(), "stuck at {}", seen.len());
        let mut tx = store.write().await.unwrap();
        reader.advance(&mut tx, batch[batch.len() - 1].position).await.unwrap();
        tx.commit().await.unwrap();
        seen.extend(batch.into_iter().map(|e| (e.position, e.id)));
    }
    let mut written = HashSet::new();
    for writer in writers {
        written.extend(writer.await.unwrap());
    }
    assert_eq!(seen.iter().map(|e| e.0).collect::<Vec<_>>(), (1..=600).collect::<Vec<_>>());
    assert_eq!(seen.iter().map(|e| e.1).collect::<HashSet<_>>(), written);
    stopper.stop();
    sequencer.await.unwrap();
    second.await.unwrap();
    let report = verify(&store).await.unwrap();
    assert_eq!((report.entries, report.fault), (600, None));
}

async fn write_many(store: Store, n: u64, clock: kernel::Clock) -> Vec<kernel::Id<journal::Entry>> {
    let ids = kernel::Ids::seeded(n, clock.clone());
    let mut written = Vec::new();
    for i in 0..40 {
        let new = entry(&ids, "x");
        let id = new.id;
        if i % 4 == 3 {
            let mut tx = store.write().await.unwrap();
            record(&mut tx, new, clock.now()).await.unwrap();
            tokio::task::yield_now().await;
            drop(tx);
            continue;
        }
        if i % 2 == 0 {
            append(&store, new, clock.now()).await.unwrap();
        } else {
            keep(&store, new, clock.now()).await.unwrap();
        }
        written.push(id);
    }
    written
}

#[tokio::test]
async fn appending_at_the_same_time_keeps_each_answer_right() {
    let db = testkit::database().await;
    let store = db.store().await;
    let (clock, ids) = clock_and_ids();
    let new = entry(&ids, "x");
    let same = (0..20).map(|_| append(&store, new.clone(), clock.now()));
    let other = NewEntry { subject: "y".into(), ..new.clone() };
    let (same, first_other, more) = tokio::join!(
        futures_util::future::join_all(same),
        async {
            tokio::task::yield_now().await;
            append(&store, other, clock.now()).await
        },
        futures_util::future::join_all((0..100).map(|_| append(&store, entry(&ids, "z"), clock.now())))
    );
    assert_eq!(same.iter().filter(|r| matches!(r, Ok(Recorded::New))).count(), 1);
    assert_eq!(same.iter().filter(|r| matches!(r, Ok(Recorded::Already))).count(), 19);
    assert!(matches!(first_other, Err(Error::OtherContent(_))));
    assert!(more.iter().all(|r| matches!(r, Ok(Recorded::New))));
    sequence_now(&store).await.unwrap();
    let report = verify(&store).await.unwrap();
    assert_eq!((report.entries, report.fault), (101, None));
}

#[tokio::test]
async fn effect_and_cursor_are_kept_together() {
    let db = testkit::database().await;
    let (store, _) = filled(&db, 5).await;
    let mut reader = Reader::open(&store, "rollback").await.unwrap();
    let batch = reader.next(3, Duration::ZERO).await.unwrap();
    assert_eq!(batch.len(), 3);
    let mut tx = store.write().await.unwrap();
    reader.advance(&mut tx, 3).await.unwrap();
    drop(tx);
    assert_eq!(reader.next(3, Duration::ZERO).await.unwrap(), batch);
    // Another process with the same reader gets there first.
    let other_store = db.store().await;
    let mut other = Reader::open(&other_store, "rollback").await.unwrap();
    other.next(2, Duration::ZERO).await.unwrap();
    let mut tx = other_store.write().await.unwrap();
    other.advance(&mut tx, 2).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = store.write().await.unwrap();
    assert!(matches!(reader.advance(&mut tx, 3).await, Err(Error::CursorMoved(_))));
    drop(tx);
    let rest = reader.next(10, Duration::ZERO).await.unwrap();
    assert_eq!(rest.iter().map(|e| e.position).collect::<Vec<_>>(), [3, 4, 5]);
    let cursors = journal::cursors(&store).await.unwrap();
    assert_eq!(
        cursors.iter().map(|c| (c.name.as_str(), c.position, c.behind)).collect::<Vec<_>>(),
        [("rollback", 2, 3)]
    );
}

#[tokio::test]
async fn tampering_is_found_and_named() {
    let cases: [(&'static str, IsRight); 7] = [
        ("UPDATE journal SET subject = 'forged' WHERE position = 12", |f| {
            matches!(f, Fault::Content { position: 12, .. })
        }),
        ("UPDATE journal SET body = '{}' WHERE position = 1", |f| matches!(f, Fault::Content { position: 1, .. })),
        ("UPDATE journal SET recorded_at = occurred_at WHERE position = 20", |f| {
            matches!(f, Fault::Hash { position: 20, .. })
        }),
        ("DELETE FROM journal WHERE position = 7", |f| matches!(f, Fault::Missing { position: 7 })),
        ("DELETE FROM journal WHERE position > 25", |f| matches!(f, Fault::CutOff { position: 25, known: 30 })),
        ("UPDATE journal SET position = CASE position WHEN 30 THEN 31 ELSE position END", |f| {
            matches!(f, Fault::Missing { position: 30 })
        }),
        ("UPDATE journal SET hash = digest WHERE position = 3", |f| matches!(f, Fault::Hash { position: 3, .. })),
    ];
    for (statement, right) in cases {
        let db = testkit::database().await;
        let (store, _) = filled(&db, 30).await;
        assert_eq!(verify(&store).await.unwrap().fault, None);
        tamper(&store, statement).await;
        let fault = verify(&store).await.unwrap().fault.unwrap_or_else(|| panic!("unnoticed: {statement}"));
        assert!(right(&fault), "{statement}: {fault}");
    }
}

#[tokio::test]
async fn reordering_is_found() {
    let db = testkit::database().await;
    let (store, _) = filled(&db, 10).await;
    tamper(&store, "UPDATE journal SET position = -4 WHERE position = 4").await;
    tamper(&store, "UPDATE journal SET position = 4 WHERE position = 5").await;
    tamper(&store, "UPDATE journal SET position = 5 WHERE position = -4").await;
    assert!(matches!(verify(&store).await.unwrap().fault, Some(Fault::Hash { position: 4, .. })));
}

#[tokio::test]
async fn checkpoints_are_signed_and_catch_a_rewritten_chain() {
    let db = testkit::database().await;
    let (store, clock) = filled(&db, 20).await;
    let signer = Signer::from_secret(&[4; 32], "test.example/journal");
    let (stopper, stop) = Stop::new();
    let sequencer =
        Sequencer::new(&store, &clock).signed_by(signer.clone()).checkpoint_every(10, Duration::from_mins(1));
    let running = tokio::spawn(sequencer.run(stop));
    let kept = tokio::time::timeout(SOON, async {
        loop {
            let kept = journal::checkpoints(&store, 0, 10).await.unwrap();
            if !kept.is_empty() {
                return kept;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    let kept = kept.await.unwrap();
    stopper.stop();
    running.await.unwrap();
    assert_eq!(kept[0].size, 20);
    let key = signer.public_key();
    let report = verify_with(&store, Some(&key), &kept).await.unwrap();
    assert_eq!((report.entries, report.checkpoints, report.fault), (20, 2, None));
    let other = Signer::from_secret(&[5; 32], "test.example/journal").public_key();
    assert_eq!(verify_with(&store, Some(&other), &[]).await.unwrap().fault, Some(Fault::Signature { position: 20 }));
    // Someone throws the end away, with head and checkpoints, and writes a history of their own.
    for statement in [
        "DELETE FROM journal WHERE position > 15",
        "DELETE FROM journal_checkpoint",
        "UPDATE journal_head SET position = 15, hash = (SELECT hash FROM journal WHERE position = 15)",
    ] {
        tamper(&store, statement).await;
    }
    assert_eq!(verify(&store).await.unwrap().fault, None, "nothing inside the database can tell");
    assert_eq!(
        verify_with(&store, Some(&key), &kept).await.unwrap().fault,
        Some(Fault::CutOff { position: 15, known: 20 })
    );
    let (_, ids) = clock_and_ids();
    for _ in 0..50 {
        ids.uuid();
    }
    for _ in 0..8 {
        append(
            &store,
            NewEntry {
                id: kernel::Id::from_uuid(uuid::Uuid::from_u128(ids.uuid().as_u128() ^ 1)),
                ..entry(&ids, "forged")
            },
            clock.now(),
        )
        .await
        .unwrap();
    }
    sequence_now(&store).await.unwrap();
    assert_eq!(verify_with(&store, Some(&key), &kept).await.unwrap().fault, Some(Fault::Checkpoint { position: 20 }));
}

#[tokio::test]
async fn both_engines_give_the_same_hashes() {
    let mut heads = Vec::new();
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let db = testkit::database_on(engine).await;
        let (store, _) = filled(&db, 40).await;
        heads.push(journal::head(&store).await.unwrap());
    }
    assert_eq!(heads[0], heads[1]);
}
