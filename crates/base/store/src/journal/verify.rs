//! Walking the chain: is the journal what it was?

use super::chain::{START, link};
use super::checkpoint::{Checkpoint, PublicKey, checkpoints};
use super::db::{self, EntryRow};
use crate::error::Result;
use crate::open::Store;
use crate::query::sql;

/// What walking the chain found (検証の結果).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// How many entries were found right.
    pub entries: i64,
    /// How many checkpoints were found right.
    pub checkpoints: i64,
    /// The first thing that is wrong; everything before it is right.
    pub fault: Option<Fault>,
}

/// The first thing that is wrong (最初の異常).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The entry at this position is not there.
    #[error("entry {position} is missing")]
    Missing { position: i64 },
    /// The entry's content is not what was recorded.
    #[error("entry {position} ({id}) was altered: its content does not match its digest")]
    Content { position: i64, id: uuid::Uuid },
    /// The entry does not follow from the one before it.
    #[error("entry {position} ({id}) does not follow from the entry before it: its hash is wrong")]
    Hash { position: i64, id: uuid::Uuid },
    /// The chain ends before the place it had reached.
    #[error("the journal ends at {position}, but it had {known} entries")]
    CutOff { position: i64, known: i64 },
    /// The chain at this place is not the chain that was signed.
    #[error("entry {position} is not the one that the checkpoint of size {position} vouches for")]
    Checkpoint { position: i64 },
    /// A checkpoint's signature is wrong.
    #[error("the checkpoint of size {position} is not signed by the expected key")]
    Signature { position: i64 },
}

/// Entries read at once.
const PAGE: u32 = 1_000;

/// Walks the whole chain and compares it with the checkpoints in the database.
pub async fn verify(store: &Store) -> Result<Report> {
    verify_with(store, None, &[]).await
}

/// Also checks signatures, and checkpoints that were kept off the host (they catch an operator who rewrote both the
/// chain and the database's own checkpoints).
pub async fn verify_with(store: &Store, key: Option<&PublicKey>, kept: &[Checkpoint]) -> Result<Report> {
    let mut walk = Walk { position: 0, hash: START, report: Report { entries: 0, checkpoints: 0, fault: None } };
    let mut known = all_checkpoints(store).await?;
    known.extend_from_slice(kept);
    known.sort_by_key(|checkpoint| checkpoint.size);
    let mut ahead = known.iter().peekable();
    loop {
        let rows = page(store, walk.position).await?;
        if rows.is_empty() {
            break;
        }
        for row in &rows {
            walk.step(row);
            while let Some(checkpoint) = ahead.next_if(|c| c.size == walk.position) {
                walk.compare(checkpoint, key);
            }
            if walk.report.fault.is_some() {
                return Ok(walk.report);
            }
        }
    }
    let (head, hash) = super::head(store).await?;
    let known = head.max(ahead.map(|c| c.size).max().unwrap_or(0));
    if known > walk.position {
        walk.report.fault = Some(Fault::CutOff { position: walk.position, known });
    } else if head == walk.position && hash != walk.hash {
        walk.report.fault = Some(Fault::Checkpoint { position: head });
    }
    Ok(walk.report)
}

struct Walk {
    position: i64,
    hash: [u8; 32],
    report: Report,
}

impl Walk {
    fn step(&mut self, row: &EntryRow) {
        let expected = self.position + 1;
        let hash = link(&self.hash, expected, row.recorded_at.timestamp_micros(), &row.digest);
        self.report.fault = if row.position != expected {
            Some(Fault::Missing { position: expected })
        } else if row.content().digest().as_slice() != row.digest {
            Some(Fault::Content { position: expected, id: row.id })
        } else if row.hash != hash {
            Some(Fault::Hash { position: expected, id: row.id })
        } else {
            self.report.entries += 1;
            None
        };
        self.position = expected;
        self.hash = hash;
    }

    fn compare(&mut self, checkpoint: &Checkpoint, key: Option<&PublicKey>) {
        if self.report.fault.is_some() {
            return;
        }
        let position = checkpoint.size;
        if checkpoint.hash != self.hash {
            self.report.fault = Some(Fault::Checkpoint { position });
        } else if key.is_some_and(|key| !key.vouches_for(checkpoint)) {
            self.report.fault = Some(Fault::Signature { position });
        } else {
            self.report.checkpoints += 1;
        }
    }
}

async fn page(store: &Store, after: i64) -> Result<Vec<EntryRow>> {
    let mut conn = store.read().await?;
    sql(db::PAGE).bind(after).bind(PAGE).fetch_all(&mut conn).await
}

async fn all_checkpoints(store: &Store) -> Result<Vec<Checkpoint>> {
    let mut all: Vec<Checkpoint> = Vec::new();
    loop {
        let page = checkpoints(store, all.last().map_or(0, |c| c.size), 10_000).await?;
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page);
    }
}
