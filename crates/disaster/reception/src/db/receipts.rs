//! Receipts, and the key with which the centre gives them.

use chrono::{DateTime, Utc};
use kernel::{Id, Timestamp};
use store::{Conn, sql};
use uuid::Uuid;

use crate::event::Event;
use crate::sync::{Epoch, Receipt};

const PUT: &str = "INSERT INTO reception_receipt (event, epoch, hash, signature, at) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (event, epoch) DO NOTHING";
const FIND: &str = "SELECT event, epoch, hash, signature, at FROM reception_receipt WHERE event = $1 AND epoch = $2";
const FORGET: &str = "DELETE FROM reception_receipt WHERE event = $1 AND epoch = $2";
const COUNT: &str = "SELECT COUNT(*) FROM reception_receipt WHERE epoch = $1";
const PUT_SEAL: &str = "INSERT INTO reception_seal (one, public, secret, made_at) VALUES (1, $1, $2, $3)
    ON CONFLICT (one) DO NOTHING";
const SEAL: &str = "SELECT public, secret FROM reception_seal WHERE one = 1";

pub(super) const SQL: &[&str] = &[PUT, FIND, FORGET, COUNT, PUT_SEAL, SEAL];

#[derive(sqlx::FromRow)]
struct Row {
    event: Uuid,
    epoch: Uuid,
    hash: Vec<u8>,
    signature: Vec<u8>,
    at: DateTime<Utc>,
}

/// Keeps a receipt of the centre; one that is known stays.
pub(crate) async fn put(conn: &mut Conn, receipt: &Receipt) -> anyhow::Result<()> {
    sql(PUT)
        .bind(receipt.event)
        .bind(receipt.epoch.0)
        .bind(receipt.hash)
        .bind(receipt.signature.clone().into_bytes())
        .bind(Timestamp::from_millis(receipt.at_ms))
        .execute(conn)
        .await?;
    Ok(())
}

/// The receipt of an event from this life of the centre.
pub(crate) async fn find(conn: &mut Conn, event: Id<Event>, epoch: Epoch) -> anyhow::Result<Option<Receipt>> {
    let row: Option<Row> = sql(FIND).bind(event).bind(epoch.0).fetch_optional(conn).await?;
    row.map(receipt).transpose()
}

/// The centre does not hold it after all: it is offered again.
pub(crate) async fn forget(conn: &mut Conn, event: Id<Event>, epoch: Epoch) -> anyhow::Result<()> {
    sql(FORGET).bind(event).bind(epoch.0).execute(conn).await?;
    Ok(())
}

/// How many receipts of this life of the centre are here.
pub(crate) async fn count(conn: &mut Conn, epoch: Epoch) -> anyhow::Result<i64> {
    let (count,): (i64,) = sql(COUNT).bind(epoch.0).fetch_optional(conn).await?.unwrap_or_default();
    Ok(count)
}

/// Keeps the centre's key unless there is one.
pub(crate) async fn put_seal(conn: &mut Conn, public: &[u8], secret: Vec<u8>, now: Timestamp) -> anyhow::Result<()> {
    sql(PUT_SEAL).bind(public).bind(secret).bind(now).execute(conn).await?;
    Ok(())
}

/// The centre's key: public, and sealed secret.
pub(crate) async fn seal(conn: &mut Conn) -> anyhow::Result<Option<(Vec<u8>, Vec<u8>)>> {
    Ok(sql(SEAL).fetch_optional(conn).await?)
}

fn receipt(row: Row) -> anyhow::Result<Receipt> {
    use anyhow::Context as _;
    Ok(Receipt {
        event: Id::from_uuid(row.event),
        hash: row.hash.try_into().ok().context("a stored hash has 32 bytes")?,
        epoch: Epoch(row.epoch),
        at_ms: row.at.timestamp_millis(),
        signature: String::from_utf8(row.signature).context("a stored signature is base64")?,
    })
}
