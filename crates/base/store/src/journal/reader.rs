//! Readers: a durable cursor over the position, moved in the transaction of the reader's own effect.

use std::time::Duration;

use super::db::{self, EntryRow};
use super::{Entry, SEQUENCED};
use crate::conn::Tx;
use crate::error::{Error, Result};
use crate::open::Store;
use crate::query::sql;
use crate::wakes::Wake;

/// How long a reader sleeps at most before it looks without having been woken.
const SAFETY_LOOK: Duration = Duration::from_secs(1);

/// Reads the journal in order, each entry once (記録簿の読み手).
#[derive(Debug)]
pub struct Reader {
    store: Store,
    name: &'static str,
    wake: Wake,
    /// The cursor as it stood when the last batch was read.
    before: i64,
}

/// Where a reader stands (読み手の位置).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// The reader's name.
    pub name: String,
    /// The last position whose effect is durable.
    pub position: i64,
    /// How many entries it has not handled yet.
    pub behind: i64,
}

impl Reader {
    /// Opens the reader of this name; a new one starts at the first entry.
    pub async fn open(store: &Store, name: &'static str) -> Result<Self> {
        let mut tx = store.write().await?;
        sql(db::OPEN_READER).bind(name).execute(&mut tx).await?;
        tx.commit().await?;
        Ok(Self { store: store.clone(), name, wake: store.wakes().subscribe(SEQUENCED), before: 0 })
    }

    /// The next entries after the cursor, waiting at most `wait` for the first one. Until [`Reader::advance`] is
    /// committed, the same entries come again.
    pub async fn next(&mut self, limit: u32, wait: Duration) -> Result<Vec<Entry>> {
        let until = tokio::time::Instant::now() + wait;
        loop {
            let rows = self.unread(limit).await?;
            let left = until.saturating_duration_since(tokio::time::Instant::now());
            if let Some(first) = rows.first() {
                self.before = first.position - 1;
                return rows.into_iter().map(EntryRow::entry).collect();
            }
            if left.is_zero() {
                return Ok(Vec::new());
            }
            self.wake.wait(left.min(SAFETY_LOOK)).await;
        }
    }

    /// Moves the cursor behind `position` in the transaction of the effect: both are kept or neither.
    ///
    /// [`Error::CursorMoved`] if another process has handled these entries meanwhile: drop the transaction.
    pub async fn advance(&self, tx: &mut Tx, position: i64) -> Result<()> {
        let moved = sql(db::MOVE_READER).bind(self.name).bind(position).bind(self.before).execute(tx).await?;
        if moved == 1 { Ok(()) } else { Err(Error::CursorMoved(self.name.to_owned())) }
    }

    async fn unread(&self, limit: u32) -> Result<Vec<EntryRow>> {
        let mut conn = self.store.read().await?;
        sql(db::UNREAD).bind(self.name).bind(limit).fetch_all(&mut conn).await
    }
}

/// Where every reader stands.
pub async fn cursors(store: &Store) -> Result<Vec<Cursor>> {
    let mut conn = store.read().await?;
    let rows: Vec<(String, i64, i64)> = sql(db::CURSORS).fetch_all(&mut conn).await?;
    Ok(rows.into_iter().map(|(name, position, behind)| Cursor { name, position, behind }).collect())
}
