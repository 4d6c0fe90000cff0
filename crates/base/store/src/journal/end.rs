//! The end of the chain inside a transaction.
//!
//! SQLite has one writer: a transaction that writes sees everything that was ever committed, so it gives its entries
//! their places at once, and the head moves once for the whole group, right before the outer `COMMIT` (see
//! [`crate::lane`]). On PostgreSQL transactions commit in another order than they write, so places are given by the
//! [`super::Sequencer`] afterwards.
//!
//! **Invariant:** the head is read inside the transaction that moves it; nothing is remembered from one to the next,
//! because another process may have written to the same file.

use sqlx::SqliteConnection;

use super::chain::Place;
use super::db;
use crate::conn::Tx;
use crate::error::{Error, Result};
use crate::open::Engine;
use crate::query::sql;

/// The places of the transactions that share an outer transaction on SQLite.
#[derive(Debug, Default)]
pub(crate) struct Ends {
    /// The head as the outer transaction found it; absent until somebody has asked.
    found: Option<Place>,
    /// The last place of the turns that ended well.
    kept: Option<Place>,
    /// The last place of the turn in work.
    now: Option<Place>,
}

impl Ends {
    /// The place after which the turn in work goes on; `None` if nobody has looked yet.
    pub(crate) fn now(&self) -> Option<Place> {
        self.now
    }

    /// Notes what the outer transaction found.
    pub(crate) fn find(&mut self, head: Place) {
        *self = Self { found: Some(head), kept: Some(head), now: Some(head) };
    }

    /// Notes the place up to which the turn in work has written.
    pub(crate) fn reach(&mut self, place: Place) {
        self.now = Some(place);
    }

    /// The turn in work ended well.
    pub(crate) fn keep(&mut self) {
        self.kept = self.now;
    }

    /// The turn in work was undone: its places are free again.
    pub(crate) fn undo(&mut self) {
        self.now = self.kept;
    }

    /// How many entries got their places.
    pub(crate) fn count(&self) -> u64 {
        let moved = |(from, to): (Place, Place)| (to.position - from.position).unsigned_abs();
        self.found.zip(self.now).map_or(0, moved)
    }

    /// Moves the stored head to the last place, before the outer `COMMIT`.
    pub(crate) async fn store(&self, connection: &mut SqliteConnection) -> Result<()> {
        let Some((found, now)) = self.found.zip(self.now).filter(|(found, now)| found != now) else { return Ok(()) };
        let query = sqlx::query(db::MOVE_HEAD).bind(now.position).bind(now.hash.to_vec()).bind(found.position);
        moved(query.execute(connection).await?.rows_affected())
    }
}

/// Where the chain ends for this transaction. On PostgreSQL the caller holds the sequencer's lock.
pub(super) async fn find(tx: &mut Tx) -> Result<Place> {
    if let Some(known) = tx.journal_end().await? {
        return Ok(known);
    }
    let head: Option<(i64, Vec<u8>)> = sql(db::HEAD).fetch_optional(tx).await?;
    let head = head.map_or(Ok(Place::START), place)?;
    tx.find_journal_end(head).await?;
    Ok(head)
}

/// Moves the end of the chain for this transaction from `before` to `place`.
pub(super) async fn reach(tx: &mut Tx, before: Place, place: Place) -> Result<()> {
    if tx.engine() == Engine::Sqlite {
        return tx.reach_journal_end(place).await;
    }
    let query = sql(db::MOVE_HEAD).bind(place.position).bind(place.hash).bind(before.position);
    moved(query.execute(tx).await?)
}

/// A row of the head.
pub(super) fn place((position, hash): (i64, Vec<u8>)) -> Result<Place> {
    let hash = hash.as_slice().try_into().map_err(|_| Error::Unreadable("journal head".into()))?;
    Ok(Place { position, hash })
}

fn moved(rows: u64) -> Result<()> {
    if rows == 1 { Ok(()) } else { Err(Error::Conflict("the journal's head has moved".into())) }
}
