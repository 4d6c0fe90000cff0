//! Opening a database and asking it for connections and transactions.

use std::str::FromStr as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use kernel::Timestamp;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Executor as _, PgPool, SqlitePool};

use crate::chance;
use crate::conn::{Conn, Tx};
use crate::error::{Error, MayConflict, Result};
use crate::journal::Appends;
use crate::lane::Writer;
use crate::wakes::Wakes;

/// Which database engine runs below (データベースの種類).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// SQLite: demo, tests, one small municipality, the shelter kit.
    Sqlite,
    /// PostgreSQL: production.
    Postgres,
}

/// Limits of the store (保存の設定). The defaults suit a machine of two cores.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Connections for reading.
    pub readers: u32,
    /// Connections for writing; SQLite always has exactly one.
    pub writers: u32,
    /// How long a caller waits for a connection or a turn before [`Error::Busy`].
    pub wait_limit: Duration,
    /// How long a transaction may be held before it is undone ([`Error::HeldTooLong`]).
    pub hold_limit: Duration,
    /// SQLite: how many callers at most share one durable commit.
    pub group_size: usize,
    /// SQLite: how long at most a finished caller waits for others before the commit begins.
    pub group_time: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            readers: 4,
            writers: 12,
            wait_limit: Duration::from_secs(10),
            hold_limit: Duration::from_secs(5),
            group_size: 256,
            group_time: Duration::from_millis(8),
        }
    }
}

/// The database (保存庫). Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    engine: Side,
    wakes: Wakes,
    arrivals: AtomicI64,
    appends: Arc<Appends>,
}

#[derive(Debug)]
enum Side {
    Sqlite { reader: SqlitePool, writer: Arc<Writer> },
    Postgres { reader: PgPool, writer: PgPool },
}

impl Store {
    /// Opens `sqlite://path` (created if absent) or `postgres://…`. It must be called inside a tokio runtime.
    pub async fn open(url: &str, settings: Settings) -> Result<Self> {
        if url.starts_with("sqlite:") {
            Self::open_sqlite(url, settings).await
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Self::open_postgres(url, settings).await
        } else {
            Err(Error::Address(url.to_owned()))
        }
    }

    /// Which engine this store runs on.
    pub fn engine(&self) -> Engine {
        match self.inner.engine {
            Side::Sqlite { .. } => Engine::Sqlite,
            Side::Postgres { .. } => Engine::Postgres,
        }
    }

    /// Begins a transaction. On SQLite this waits for a turn in the group commit.
    pub async fn write(&self) -> Result<Tx> {
        match &self.inner.engine {
            Side::Sqlite { writer, .. } => Ok(Tx::sqlite(self.clone(), writer.take_seat().await?)),
            Side::Postgres { writer, .. } => Ok(Tx::postgres(self.clone(), writer.begin().await?)),
        }
    }

    /// A connection that can only read. Each statement sees what was committed when it began.
    pub async fn read(&self) -> Result<Conn> {
        match &self.inner.engine {
            Side::Sqlite { reader, .. } => Ok(Conn::sqlite_reader(reader.acquire().await?)),
            Side::Postgres { reader, .. } => Ok(Conn::postgres_reader(reader.acquire().await?)),
        }
    }

    /// Does the whole work again when another transaction was in the way: up to eight times, with growing random pauses.
    pub async fn retry<T, E, Work>(&self, mut work: impl FnMut() -> Work) -> Result<T, E>
    where
        E: MayConflict,
        Work: Future<Output = Result<T, E>>,
    {
        for attempt in 0..7 {
            match work().await {
                Err(error) if error.may_retry() => {
                    metrics::counter!("store_retries").increment(1);
                    tokio::time::sleep(chance::up_to(Duration::from_millis(10 << attempt))).await;
                }
                result => return result,
            }
        }
        work().await
    }

    /// Signals between those who write and those who wait.
    pub fn wakes(&self) -> &Wakes {
        &self.inner.wakes
    }

    /// Prepares each statement without running it: a test of every room's SQL on both engines.
    pub async fn prepare_all(&self, statements: &[&'static str]) -> Result<()> {
        for text in statements {
            let prepared = match &self.inner.engine {
                Side::Sqlite { reader, .. } => reader.prepare(sqlx::SqlStr::from_static(text)).await.map(drop),
                Side::Postgres { reader, .. } => reader.prepare(sqlx::SqlStr::from_static(text)).await.map(drop),
            };
            prepared.map_err(|error| Error::Database(format!("{error} in: {text}").into()))?;
        }
        Ok(())
    }

    /// Makes everything durable and closes the connections. Transactions in work are undone.
    pub async fn close(&self) {
        match &self.inner.engine {
            Side::Sqlite { reader, writer } => {
                reader.close().await;
                writer.close().await;
            }
            Side::Postgres { reader, writer } => {
                self.inner.wakes.stop();
                reader.close().await;
                writer.close().await;
            }
        }
    }

    /// A number that grows with every call in this process and starts at `now`: the order in which entries arrived.
    pub(crate) fn arrival(&self, now: Timestamp) -> i64 {
        let now = now.micros();
        let previous =
            self.inner.arrivals.fetch_update(Ordering::AcqRel, Ordering::Acquire, |last| Some(now.max(last + 1)));
        previous.map_or(now, |last| now.max(last + 1))
    }

    /// Entries that wait to be appended together.
    pub(crate) fn appends(&self) -> &Arc<Appends> {
        &self.inner.appends
    }

    async fn open_sqlite(url: &str, settings: Settings) -> Result<Self> {
        let options = SqliteConnectOptions::from_str(url)?
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(settings.wait_limit)
            .statement_cache_capacity(512)
            .pragma("cache_size", "-16000")
            // Fewer, larger checkpoints: 16 MB of log instead of 4.
            .pragma("wal_autocheckpoint", "4000")
            .disable_statement_logging();
        let mut connection = options.clone().thread_name(|n| format!("sqlite-write-{n}")).connect().await?;
        connection.execute("PRAGMA temp_store = MEMORY").await?;
        let reader = SqlitePoolOptions::new()
            .max_connections(settings.readers)
            .acquire_timeout(settings.wait_limit)
            .connect_lazy_with(options.pragma("query_only", "ON"));
        let writer = Writer::new(connection, settings);
        Ok(Self::new(Side::Sqlite { reader, writer }, Wakes::local()))
    }

    async fn open_postgres(url: &str, settings: Settings) -> Result<Self> {
        let hold = settings.hold_limit.as_millis().to_string();
        let options = PgConnectOptions::from_str(url)?
            .application_name("mamori")
            .statement_cache_capacity(512)
            .options([
                ("synchronous_commit", "on"),
                ("TimeZone", "UTC"),
                ("default_transaction_isolation", "read committed"),
                ("idle_in_transaction_session_timeout", hold.as_str()),
                ("lock_timeout", settings.wait_limit.as_millis().to_string().as_str()),
            ])
            .disable_statement_logging();
        let pool = |size| PgPoolOptions::new().max_connections(size).acquire_timeout(settings.wait_limit);
        let writer = pool(settings.writers).connect_with(options.clone()).await?;
        let reader =
            pool(settings.readers).connect_lazy_with(options.options([("default_transaction_read_only", "on")]));
        let wakes = Wakes::shared(writer.clone());
        Ok(Self::new(Side::Postgres { reader, writer }, wakes))
    }

    fn new(engine: Side, wakes: Wakes) -> Self {
        Self { inner: Arc::new(Inner { engine, wakes, arrivals: AtomicI64::new(0), appends: Arc::default() }) }
    }
}
