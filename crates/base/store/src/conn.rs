//! Connections and transactions that look the same on both engines.

use std::collections::BTreeSet;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use sha2::{Digest, Sha256};
use sqlx::pool::PoolConnection;
use sqlx::{PgConnection, Postgres, Sqlite, SqliteConnection, Transaction};
use tokio::sync::{MutexGuard, OwnedMutexGuard};

use crate::error::{Error, Result};
use crate::journal::{Ends, Place};
use crate::lane::{Lane, Seat};
use crate::open::{Engine, Store};
use crate::query::sql;

/// A connection to the database (接続): inside a [`Tx`] it writes, from [`Store::read`] it only reads.
#[derive(Debug)]
pub struct Conn {
    source: Source,
    /// Set while a statement runs and for ever when one failed or was cut off.
    spoiled: bool,
}

#[derive(Debug)]
enum Source {
    SqliteReader(PoolConnection<Sqlite>),
    SqliteWriter(Arc<Seat>),
    PostgresReader(PoolConnection<Postgres>),
    PostgresWriter(Transaction<'static, Postgres>),
}

/// The connection of the engine at hand.
pub(crate) enum Link<'c> {
    Sqlite(&'c mut SqliteConnection),
    Postgres(&'c mut PgConnection),
}

/// One statement at work on a connection.
pub(crate) struct Statement<'c> {
    held: Held<'c>,
    spoiled: &'c mut bool,
    in_transaction: bool,
}

enum Held<'c> {
    Sqlite(&'c mut SqliteConnection),
    Seat(MutexGuard<'c, Option<OwnedMutexGuard<Lane>>>),
    Postgres(&'c mut PgConnection),
}

impl Statement<'_> {
    pub(crate) fn link(&mut self) -> Result<Link<'_>> {
        Ok(match &mut self.held {
            Held::Sqlite(c) => Link::Sqlite(c),
            Held::Postgres(c) => Link::Postgres(c),
            Held::Seat(place) => Link::Sqlite(place.as_mut().ok_or(Error::HeldTooLong)?.connection()),
        })
    }

    /// Ends the statement with what it gave.
    pub(crate) fn leave<T>(mut self, result: sqlx::Result<T>) -> Result<T> {
        if let (Held::Seat(place), Err(error)) = (&mut self.held, &result)
            && Error::undoes_everything(error)
            && let Some(lane) = place.as_mut()
        {
            lane.spoil();
        }
        *self.spoiled = self.in_transaction && result.is_err();
        Ok(result?)
    }
}

impl Conn {
    pub(crate) fn sqlite_reader(connection: PoolConnection<Sqlite>) -> Self {
        Self { source: Source::SqliteReader(connection), spoiled: false }
    }

    pub(crate) fn postgres_reader(connection: PoolConnection<Postgres>) -> Self {
        Self { source: Source::PostgresReader(connection), spoiled: false }
    }

    /// Which engine this is.
    pub fn engine(&self) -> Engine {
        match self.source {
            Source::SqliteReader(_) | Source::SqliteWriter(_) => Engine::Sqlite,
            Source::PostgresReader(_) | Source::PostgresWriter(_) => Engine::Postgres,
        }
    }

    /// Keeps everybody else who asks for the same name waiting until this transaction ends (排他).
    ///
    /// On SQLite the transaction is the only writer anyway.
    pub async fn lock(&mut self, name: &str) -> Result<()> {
        match self.source {
            Source::SqliteWriter(_) => Ok(()),
            Source::PostgresWriter(_) => {
                // The function answers with a row of type void, which nobody reads.
                sql("SELECT pg_advisory_xact_lock($1)").bind(lock_key(name)).execute(self).await?;
                Ok(())
            }
            _ => Err(Error::NeedsTransaction("a lock")),
        }
    }

    /// Begins one statement. In a transaction, a failed or cut-off statement spoils the rest on both engines alike
    /// (PostgreSQL would refuse them, SQLite would not).
    pub(crate) async fn enter(&mut self) -> Result<Statement<'_>> {
        let in_transaction = self.in_transaction();
        if in_transaction && std::mem::replace(&mut self.spoiled, true) {
            return Err(Error::AlreadyFailed);
        }
        let link = match &mut self.source {
            Source::SqliteReader(c) => Held::Sqlite(c),
            Source::PostgresReader(c) => Held::Postgres(c),
            Source::PostgresWriter(c) => Held::Postgres(c),
            Source::SqliteWriter(seat) => {
                let place = seat.place().await;
                if place.is_none() {
                    return Err(Error::HeldTooLong);
                }
                Held::Seat(place)
            }
        };
        Ok(Statement { held: link, spoiled: &mut self.spoiled, in_transaction })
    }

    fn in_transaction(&self) -> bool {
        matches!(self.source, Source::SqliteWriter(_) | Source::PostgresWriter(_))
    }
}

/// A transaction (取引). Dropping it undoes it; nothing is kept before [`Tx::commit`] has answered.
///
/// On SQLite it is a turn in a group commit, see [`crate::Settings`]; do not wait for anything else while holding it.
#[derive(Debug)]
pub struct Tx {
    conn: Conn,
    store: Store,
    wakes: BTreeSet<&'static str>,
}

impl Tx {
    pub(crate) fn sqlite(store: Store, seat: Arc<Seat>) -> Self {
        Self { conn: Conn { source: Source::SqliteWriter(seat), spoiled: false }, store, wakes: BTreeSet::new() }
    }

    pub(crate) fn postgres(store: Store, transaction: Transaction<'static, Postgres>) -> Self {
        Self {
            conn: Conn { source: Source::PostgresWriter(transaction), spoiled: false },
            store,
            wakes: BTreeSet::new(),
        }
    }

    /// The store this transaction belongs to.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Wakes everybody who waits for `channel`, in every process, once this transaction is durable.
    ///
    /// A wake can be lost when a process dies between commit and wake: whoever waits also looks from time to time.
    pub fn wake_on_commit(&mut self, channel: &'static str) {
        self.wakes.insert(channel);
    }

    /// SQLite: the place after which the journal goes on in this transaction, once somebody has looked.
    pub(crate) async fn journal_end(&self) -> Result<Option<Place>> {
        Ok(self.with_ends(|ends| ends.now()).await?.flatten())
    }

    /// SQLite: notes where the journal ended when somebody looked.
    pub(crate) async fn find_journal_end(&self, end: Place) -> Result<()> {
        self.with_ends(|ends| ends.find(end)).await.map(drop)
    }

    /// SQLite: notes up to which place this transaction has written.
    pub(crate) async fn reach_journal_end(&self, end: Place) -> Result<()> {
        self.with_ends(|ends| ends.reach(end)).await.map(drop)
    }

    async fn with_ends<T>(&self, work: impl FnOnce(&mut Ends) -> T) -> Result<Option<T>> {
        let Source::SqliteWriter(seat) = &self.conn.source else { return Ok(None) };
        let mut place = seat.place().await;
        Ok(Some(work(place.as_mut().ok_or(Error::HeldTooLong)?.journal())))
    }

    /// For migrations, which take as long as they take.
    pub(crate) fn without_hold_limit(&self) {
        if let Source::SqliteWriter(seat) = &self.conn.source {
            seat.without_hold_limit();
        }
    }

    /// Makes the transaction durable. When this answers `Ok`, a power cut does not lose it; when it answers an error,
    /// nothing was kept (or, if the connection to PostgreSQL broke meanwhile, the outcome is unknown: use ids that make
    /// repeating harmless).
    pub async fn commit(self) -> Result<()> {
        let Self { conn, store, wakes } = self;
        if conn.spoiled {
            return Err(Error::AlreadyFailed);
        }
        match conn.source {
            Source::SqliteWriter(seat) => seat.commit().await?,
            Source::PostgresWriter(transaction) => transaction.commit().await?,
            Source::SqliteReader(_) | Source::PostgresReader(_) => return Err(Error::NeedsTransaction("commit")),
        }
        for channel in wakes {
            store.wakes().send(channel);
        }
        Ok(())
    }

    /// Undoes the transaction now rather than at some moment after the drop.
    pub async fn rollback(self) -> Result<()> {
        match self.conn.source {
            Source::SqliteWriter(seat) => seat.rollback().await,
            Source::PostgresWriter(transaction) => Ok(transaction.rollback().await?),
            Source::SqliteReader(_) | Source::PostgresReader(_) => Err(Error::NeedsTransaction("rollback")),
        }
    }
}

impl Deref for Tx {
    type Target = Conn;
    fn deref(&self) -> &Conn {
        &self.conn
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.conn
    }
}

/// The number PostgreSQL knows a named lock by.
pub(crate) fn lock_key(name: &str) -> i64 {
    let digest = Sha256::digest(name.as_bytes());
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    i64::from_be_bytes(first)
}
