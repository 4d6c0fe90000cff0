//! Pages of the journal for audit views and exchange.

use kernel::Id;

use super::chain::Place;
use super::db::{self, EntryRow};
use super::{Entry, end};
use crate::error::Result;
use crate::open::Store;
use crate::query::sql;

/// Which entries a page shows (絞り込み). Empty shows all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only entries about this subject.
    pub subject: Option<String>,
    /// Only entries of this kind.
    pub kind: Option<String>,
}

/// Position and hash of the newest entry; position 0 for an empty journal.
pub async fn head(store: &Store) -> Result<(i64, [u8; 32])> {
    let mut conn = store.read().await?;
    let row = sql(db::HEAD).fetch_optional(&mut conn).await?;
    let Place { position, hash } = row.map_or(Ok(Place::START), end::place)?;
    Ok((position, hash))
}

/// Entries with a position below `position` (or the newest ones), newest first.
pub async fn entries_before(store: &Store, position: Option<i64>, filter: &Filter, limit: u32) -> Result<Vec<Entry>> {
    page(store, db::PAGE_BACK, position.unwrap_or(i64::MAX), filter, limit).await
}

/// Entries with a position above `position`, oldest first.
pub async fn entries_after(store: &Store, position: i64, filter: &Filter, limit: u32) -> Result<Vec<Entry>> {
    page(store, db::PAGE_FORWARD, position, filter, limit).await
}

/// One entry, if it has its position already.
pub async fn entry(store: &Store, id: Id<Entry>) -> Result<Option<Entry>> {
    let mut conn = store.read().await?;
    sql(db::BY_ID).bind(id).fetch_optional::<EntryRow>(&mut conn).await?.map(EntryRow::entry).transpose()
}

async fn page(store: &Store, text: &'static str, position: i64, filter: &Filter, limit: u32) -> Result<Vec<Entry>> {
    let mut conn = store.read().await?;
    let query =
        sql(text).bind(position).bind(limit.min(1_000)).bind(filter.subject.as_deref()).bind(filter.kind.as_deref());
    query.fetch_all::<EntryRow>(&mut conn).await?.into_iter().map(EntryRow::entry).collect()
}
