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

pub(super) const SQL: &[&str] = &[FIND, STAMPS];

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

/// Adds stamps; those that are there stay as they are.
pub(crate) async fn add_stamps(conn: &mut Conn, stamps: &[(Id<Event>, Stamp)]) -> anyhow::Result<()> {
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
    all.execute(conn).await?;
    Ok(())
}

/// The next stamps in the order of their events. Several of one event may be cut by the limit, so the caller goes on from
/// the event before the last one.
pub(crate) async fn stamps_after(
    conn: &mut Conn,
    event: Uuid,
    limit: i64,
) -> anyhow::Result<Vec<(Id<Event>, Stamp)>> {
    type Row = (Uuid, Uuid, Uuid, i64, Uuid, i64, i64);
    let rows: Vec<Row> = sql(STAMPS).bind(event).bind(limit).fetch_all(conn).await?;
    let stamp = |(event, node, epoch, position, boot, mono_ms, wall_ms): Row| {
        let mono_ms = u64::try_from(mono_ms).unwrap_or(0);
        (Id::from_uuid(event), Stamp { node, epoch: Epoch(epoch), position, boot, mono_ms, wall_ms })
    };
    Ok(rows.into_iter().map(stamp).collect())
}
