//! Receipts that a kit was given, and the stamps of nodes on events.

use kernel::Id;
use store::{Conn, rows, sql};
use uuid::Uuid;

use crate::event::Event;
use crate::sync::{Epoch, Receipt, Stamp};

const ADD: &str = "INSERT INTO reception_receipt (event, epoch, hash, signature, at_ms)";
const ADD_END: &str = "ON CONFLICT (event, epoch) DO NOTHING";
const FIND: &str = "SELECT epoch, hash, signature, at_ms FROM reception_receipt WHERE event = $1
    ORDER BY epoch DESC LIMIT 1";
const STAMP: &str = "INSERT INTO reception_stamp (event, node, epoch, position, boot, mono_ms, wall_ms)";
const STAMP_END: &str = "ON CONFLICT (event, node, epoch) DO NOTHING";
const STAMPS: &str = "SELECT event, node, epoch, position, boot, mono_ms, wall_ms FROM reception_stamp
    WHERE event > $1 ORDER BY event LIMIT $2";

const BETWEEN: &str = "SELECT event, hash, signature, at_ms FROM reception_receipt
    WHERE event >= $1 AND event <= $2 AND epoch = $3";
const FORGET: &str = "DELETE FROM reception_receipt WHERE event = $1 AND epoch = $2";
const STAMPS_OF: &str = "SELECT event, node, epoch, position, boot, mono_ms, wall_ms FROM reception_stamp
    WHERE event = $1 ORDER BY node, epoch";
const STAMPED: &str = "SELECT COUNT(*) FROM reception_stamp WHERE event = $1 AND node = $2 AND epoch = $3";

pub(super) const SQL: &[&str] = &[FIND, STAMPS, BETWEEN, FORGET, STAMPS_OF, STAMPED];

type StampRow = (Uuid, Uuid, Uuid, i64, Uuid, i64, i64);

/// Adds receipts; those that are there stay as they are.
pub(crate) async fn add(conn: &mut Conn, receipts: &[Receipt]) -> anyhow::Result<()> {
    let all = receipts.iter().fold(rows(ADD, ADD_END), |all, one| {
        let Receipt { event, hash, epoch, at_ms, signature } = one;
        all.row([(*event).into(), epoch.0.into(), (*hash).into(), signature.into(), (*at_ms).into()])
    });
    all.execute(conn).await?;
    Ok(())
}

/// The newest receipt of each event, where there is one.
pub(crate) async fn of(conn: &mut Conn, events: &[Id<Event>]) -> anyhow::Result<Vec<Receipt>> {
    let mut found = Vec::new();
    for event in events {
        let row: Option<(Uuid, Vec<u8>, String, i64)> = sql(FIND).bind(*event).fetch_optional(conn).await?;
        let Some((epoch, hash, signature, at_ms)) = row else { continue };
        if let Ok(hash) = hash.try_into() {
            found.push(Receipt { event: *event, hash, epoch: Epoch(epoch), at_ms, signature });
        }
    }
    Ok(found)
}

/// Adds stamps; those that are there stay as they are. Answers how many were new.
pub(crate) async fn add_stamps(conn: &mut Conn, stamps: &[(Id<Event>, Stamp)]) -> anyhow::Result<u64> {
    let all = stamps.iter().fold(rows(STAMP, STAMP_END), |all, (event, stamp)| {
        all.row([
            (*event).into(),
            stamp.node.into(),
            stamp.epoch.0.into(),
            stamp.position.into(),
            stamp.boot.into(),
            i64::try_from(stamp.mono_ms).unwrap_or(i64::MAX).into(),
            stamp.wall_ms.into(),
        ])
    });
    Ok(all.execute(conn).await?)
}

/// The next stamps in the order of their events. Several of one event may be cut by the limit, so the caller goes on from
/// the event before the last one.
pub(crate) async fn stamps_after(conn: &mut Conn, event: Uuid, limit: i64) -> anyhow::Result<Vec<(Id<Event>, Stamp)>> {
    let rows: Vec<StampRow> = sql(STAMPS).bind(event).bind(limit).fetch_all(conn).await?;
    Ok(rows.into_iter().map(stamp).collect())
}

/// The receipts of one life of the centre for events between two ids.
pub(crate) async fn between(conn: &mut Conn, epoch: Epoch, first: Uuid, last: Uuid) -> anyhow::Result<Vec<Receipt>> {
    let rows: Vec<(Uuid, Vec<u8>, String, i64)> =
        sql(BETWEEN).bind(first).bind(last).bind(epoch.0).fetch_all(conn).await?;
    let receipt = |(event, hash, signature, at_ms): (Uuid, Vec<u8>, String, i64)| {
        Some(Receipt { event: Id::from_uuid(event), hash: hash.try_into().ok()?, epoch, at_ms, signature })
    };
    Ok(rows.into_iter().filter_map(receipt).collect())
}

/// The stamps of one event.
pub(crate) async fn stamps_of(conn: &mut Conn, event: Id<Event>) -> anyhow::Result<Vec<Stamp>> {
    let rows: Vec<StampRow> = sql(STAMPS_OF).bind(event).fetch_all(conn).await?;
    Ok(rows.into_iter().map(|row| stamp(row).1).collect())
}

/// Whether the node took the event in this life of its database.
pub(crate) async fn is_stamped(conn: &mut Conn, event: Id<Event>, node: Uuid, epoch: Epoch) -> anyhow::Result<bool> {
    let found: Option<(i64,)> = sql(STAMPED).bind(event).bind(node).bind(epoch.0).fetch_optional(conn).await?;
    Ok(found.is_some_and(|(count,)| count > 0))
}

/// The centre does not hold it after all: it is offered again.
pub(crate) async fn forget(conn: &mut Conn, event: Id<Event>, epoch: Epoch) -> anyhow::Result<()> {
    sql(FORGET).bind(event).bind(epoch.0).execute(conn).await?;
    Ok(())
}

fn stamp((event, node, epoch, position, boot, mono_ms, wall_ms): StampRow) -> (Id<Event>, Stamp) {
    let mono_ms = u64::try_from(mono_ms).unwrap_or(0);
    (Id::from_uuid(event), Stamp { node, epoch: Epoch(epoch), position, boot, mono_ms, wall_ms })
}
