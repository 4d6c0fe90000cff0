//! What the store refuses, in words that a caller can act upon.

use std::sync::Arc;

/// A refusal or failure of the store (保存の失敗).
///
/// After any error inside a transaction that transaction is lost on both engines; start again.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// Two transactions got in each other's way; nothing was kept. [`crate::Store::retry`] repeats.
    #[error("another transaction was in the way: {0}")]
    Conflict(Arc<str>),
    /// The database did not become free within the wait limit.
    #[error("the database is busy: {0}")]
    Busy(Arc<str>),
    /// A transaction was held longer than the hold limit and was undone.
    #[error("the transaction was held too long and was undone")]
    HeldTooLong,
    /// A statement of this transaction failed or was cut off before; the transaction is lost.
    #[error("an earlier statement of this transaction failed or was cut off")]
    AlreadyFailed,
    /// The commit of the whole group failed; nothing of it was kept.
    #[error("commit failed: {0}")]
    CommitFailed(Arc<str>),
    /// A row with the same key exists; the constraint or columns are named.
    #[error("already there: {0}")]
    Duplicate(Arc<str>),
    /// A row that must exist does not.
    #[error("no such row")]
    NotFound,
    /// The disk is full; nothing was kept.
    #[error("the disk is full")]
    DiskFull,
    /// Something that makes sense only inside a transaction was asked of a plain connection.
    #[error("{0} needs a transaction")]
    NeedsTransaction(&'static str),
    /// The database was written by a newer program. It is not guessed at.
    #[error(
        "the database holds {room} schema version {found}, this program knows only up to {known}; start the newer program"
    )]
    NewerSchema { room: String, found: i64, known: i64 },
    /// A migration that has already run has a different text in this program.
    #[error("{room} migration {version} was changed after it had run (recorded {recorded}, now {now})")]
    ChangedMigration { room: String, version: i64, recorded: String, now: String },
    /// The address is neither `sqlite://…` nor `postgres://…`.
    #[error("not a database address: {0}")]
    Address(String),
    /// An entry with the same id but other content is already in the journal.
    #[error("journal entry {0} exists with other content")]
    OtherContent(uuid::Uuid),
    /// A value read from the database cannot be understood.
    #[error("unreadable value: {0}")]
    Unreadable(Arc<str>),
    /// The lease of a job ran out and someone else has it; the effect must not be kept.
    #[error("the lease of job {0} is gone")]
    LeaseLost(uuid::Uuid),
    /// Another process moved the reader's cursor; the effect must not be kept.
    #[error("the reader {0} was advanced by someone else")]
    CursorMoved(String),
    /// Anything else the database reports.
    #[error("database: {0}")]
    Database(Arc<str>),
}

/// Errors that can tell whether repeating the whole transaction may succeed.
pub trait MayConflict {
    /// True when nothing was kept and the same work may succeed when done again.
    fn may_retry(&self) -> bool;
}

impl MayConflict for Error {
    fn may_retry(&self) -> bool {
        matches!(self, Self::Conflict(_) | Self::CommitFailed(_) | Self::CursorMoved(_))
    }
}

impl MayConflict for anyhow::Error {
    fn may_retry(&self) -> bool {
        self.chain().filter_map(|cause| cause.downcast_ref::<Error>()).any(MayConflict::may_retry)
    }
}

impl Error {
    /// True for a violated unique key.
    pub fn is_duplicate(&self) -> bool {
        matches!(self, Self::Duplicate(_))
    }

    /// SQLite undoes the whole transaction, not only the statement, after these.
    pub(crate) fn undoes_everything(error: &sqlx::Error) -> bool {
        let Some(code) = error.as_database_error().and_then(sqlx::error::DatabaseError::code) else {
            return !matches!(
                error,
                sqlx::Error::RowNotFound | sqlx::Error::ColumnDecode { .. } | sqlx::Error::Encode(_)
            );
        };
        // The primary code is the low byte: NOMEM 7, INTERRUPT 9, IOERR 10, CORRUPT 11, FULL 13.
        code.parse::<i32>().is_ok_and(|code| matches!(code & 0xff, 7 | 9 | 10 | 11 | 13))
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::RowNotFound => Self::NotFound,
            sqlx::Error::PoolTimedOut => Self::Busy("no connection became free".into()),
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) | sqlx::Error::ColumnNotFound(_) => {
                Self::Unreadable(error.to_string().into())
            }
            sqlx::Error::Database(database) => {
                let text: Arc<str> = database.to_string().into();
                match database.code().as_deref() {
                    Some("40001" | "40P01" | "55P03") => Self::Conflict(text),
                    Some("25P03") => Self::HeldTooLong,
                    Some("25P02") => Self::AlreadyFailed,
                    Some("53100") => Self::DiskFull,
                    Some("23505" | "1555" | "2067") => Self::Duplicate(text),
                    // PostgreSQL codes have five characters, SQLite's are plain numbers whose low byte is the kind.
                    Some(code) if code.len() < 5 => match code.parse::<i32>().unwrap_or(0) & 0xff {
                        5 | 6 => Self::Busy(text),
                        13 => Self::DiskFull,
                        _ => Self::Database(text),
                    },
                    _ => Self::Database(text),
                }
            }
            _ => Self::Database(error.to_string().into()),
        }
    }
}

/// Shorthand for results of the store.
pub type Result<T, E = Error> = std::result::Result<T, E>;
