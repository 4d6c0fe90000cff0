//! One SQL text for both engines: `sql(TEXT).bind(x).fetch_all::<Row>(&mut conn)`.

use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{AssertSqlSafe, FromRow, Postgres, Sqlite};

use crate::arg::{Arg, bind_postgres, bind_sqlite};
use crate::conn::{Conn, Link};
use crate::error::Result;
use crate::open::Engine;

/// A type that can be read from a row of either engine (行): `#[derive(sqlx::FromRow)]`, or a tuple.
pub trait Row: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

impl<T> Row for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

/// A statement with its values (SQL文). It runs unchanged on SQLite and PostgreSQL.
#[derive(Debug, Clone)]
#[must_use = "a statement does nothing until it is executed or fetched"]
pub struct Sql {
    text: Text,
    args: Vec<Arg>,
}

#[derive(Debug, Clone)]
enum Text {
    Constant(&'static str),
    /// Put together inside this crate from constants and placeholders only.
    Built(String),
}

/// Starts a statement from a constant text with `$1`, `$2`, … placeholders.
pub fn sql(text: &'static str) -> Sql {
    Sql { text: Text::Constant(text), args: Vec::new() }
}

impl Sql {
    /// Binds the next placeholder.
    pub fn bind(mut self, value: impl Into<Arg>) -> Self {
        self.args.push(value.into());
        self
    }

    /// Binds the next placeholders.
    pub fn bind_all(mut self, values: impl IntoIterator<Item = Arg>) -> Self {
        self.args.extend(values);
        self
    }

    /// Runs the statement; answers how many rows it touched.
    pub async fn execute(self, conn: &mut Conn) -> Result<u64> {
        let mut statement = conn.enter().await?;
        let result = match statement.link()? {
            Link::Sqlite(c) => self.sqlite().execute(c).await.map(|done| done.rows_affected()),
            Link::Postgres(c) => self.postgres().execute(c).await.map(|done| done.rows_affected()),
        };
        statement.leave(result)
    }

    /// All rows. Give the statement a `LIMIT`: everything has a limit.
    pub async fn fetch_all<R: Row>(self, conn: &mut Conn) -> Result<Vec<R>> {
        let mut statement = conn.enter().await?;
        let result = match statement.link()? {
            Link::Sqlite(c) => self.sqlite().fetch_all(c).await.and_then(|rows| rows.iter().map(R::from_row).collect()),
            Link::Postgres(c) => {
                self.postgres().fetch_all(c).await.and_then(|rows| rows.iter().map(R::from_row).collect())
            }
        };
        statement.leave(result)
    }

    /// The first row, or `None`.
    pub async fn fetch_optional<R: Row>(self, conn: &mut Conn) -> Result<Option<R>> {
        let mut statement = conn.enter().await?;
        let result = match statement.link()? {
            Link::Sqlite(c) => {
                self.sqlite().fetch_optional(c).await.and_then(|row| row.as_ref().map(R::from_row).transpose())
            }
            Link::Postgres(c) => {
                self.postgres().fetch_optional(c).await.and_then(|row| row.as_ref().map(R::from_row).transpose())
            }
        };
        statement.leave(result)
    }

    /// The first row; [`crate::Error::NotFound`] if there is none.
    pub async fn fetch_one<R: Row>(self, conn: &mut Conn) -> Result<R> {
        self.fetch_optional(conn).await?.ok_or(crate::Error::NotFound)
    }

    /// The first column of the first row: `let (n,): (i64,)` without the tuple.
    pub async fn fetch_value<V>(self, conn: &mut Conn) -> Result<V>
    where
        (V,): Row,
    {
        Ok(self.fetch_one::<(V,)>(conn).await?.0)
    }

    fn sqlite<'q>(self) -> Query<'q, Sqlite, SqliteArguments> {
        let query = match self.text {
            Text::Constant(text) => sqlx::query(text),
            Text::Built(text) => sqlx::query(AssertSqlSafe(text)),
        };
        self.args.into_iter().fold(query, bind_sqlite)
    }

    fn postgres<'q>(self) -> Query<'q, Postgres, PgArguments> {
        let query = match self.text {
            Text::Constant(text) => sqlx::query(text),
            Text::Built(text) => sqlx::query(AssertSqlSafe(text)),
        };
        self.args.into_iter().fold(query, bind_postgres)
    }
}

/// Many rows in one statement (複数行の書き込み): `head VALUES ($1,$2),($3,$4),… tail`.
///
/// Rows are sent in blocks whose sizes are powers of two, so that only a handful of texts is ever prepared.
#[derive(Debug, Clone)]
#[must_use = "rows are written only when executed"]
pub struct Rows {
    head: &'static str,
    tail: &'static str,
    values: Vec<Vec<Arg>>,
}

/// Starts a statement for many rows, for example
/// `rows("INSERT INTO t (a, b)", "ON CONFLICT (a) DO NOTHING")`.
pub fn rows(head: &'static str, tail: &'static str) -> Rows {
    Rows { head, tail, values: Vec::new() }
}

/// Largest block of rows in one statement.
const BLOCK: usize = 256;

impl Rows {
    /// Adds a row. Every row must have the same number of values.
    pub fn row(mut self, values: impl IntoIterator<Item = Arg>) -> Self {
        self.values.push(values.into_iter().collect());
        self
    }

    /// Repeats the last row until the number of rows is a power of two, so that one statement does for all. Only for
    /// tails that ignore rows that are there already.
    pub(crate) fn padded(mut self) -> Self {
        if let Some(last) = self.values.last().cloned() {
            let full = self.values.len().next_power_of_two().min(self.values.len().next_multiple_of(BLOCK));
            self.values.resize(full, last);
        }
        self
    }

    /// Writes all rows; answers how many the database touched. No rows is no statement.
    pub async fn execute(self, conn: &mut Conn) -> Result<u64> {
        let mut touched = 0;
        for statement in self.statements(conn.engine()) {
            touched += statement.execute(conn).await?;
        }
        Ok(touched)
    }

    /// Writes all rows and collects what `RETURNING` in the tail gives.
    pub async fn fetch_all<R: Row>(self, conn: &mut Conn) -> Result<Vec<R>> {
        let mut all = Vec::new();
        for statement in self.statements(conn.engine()) {
            all.extend(statement.fetch_all(conn).await?);
        }
        Ok(all)
    }

    fn statements(self, engine: Engine) -> Vec<Sql> {
        let width = self.values.first().map_or(0, Vec::len);
        let mut rest = self.values.into_iter();
        let mut statements = Vec::new();
        while rest.len() > 0 {
            let block = largest_power_of_two(rest.len()).min(BLOCK);
            let text = values_text(engine, self.head, self.tail, (block, width));
            statements.push(Sql { text: Text::Built(text), args: rest.by_ref().take(block).flatten().collect() });
        }
        statements
    }
}

fn largest_power_of_two(n: usize) -> usize {
    1 << n.ilog2()
}

/// On SQLite the placeholders have no names: it looks a name up by walking through all names, for every single value.
fn values_text(engine: Engine, head: &str, tail: &str, (rows, columns): (usize, usize)) -> String {
    use std::fmt::Write as _;
    let mut text = format!("{head} VALUES ");
    for row in 0..rows {
        for column in 0..columns {
            text.push_str(match (row, column) {
                (0, 0) => "(",
                (_, 0) => "),(",
                _ => ",",
            });
            // Writing to a String cannot fail.
            let _ = match engine {
                Engine::Sqlite => write!(text, "?"),
                Engine::Postgres => write!(text, "${}", row * columns + column + 1),
            };
        }
    }
    text.push_str(") ");
    text.push_str(tail);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_powers_of_two() {
        let mut many = rows("INSERT INTO t (a, b)", "");
        for n in 0..300_i64 {
            many = many.row([n.into(), n.into()]);
        }
        let sizes: Vec<usize> = many.statements(Engine::Sqlite).iter().map(|s| s.args.len() / 2).collect();
        assert_eq!(sizes, [256, 32, 8, 4]);
        let text = |engine| values_text(engine, "INSERT INTO t", "x", (2, 2));
        assert_eq!(text(Engine::Postgres), "INSERT INTO t VALUES ($1,$2),($3,$4) x");
        assert_eq!(text(Engine::Sqlite), "INSERT INTO t VALUES (?,?),(?,?) x");
        assert!(rows("INSERT INTO t (a)", "").padded().statements(Engine::Postgres).is_empty());
        for (n, texts) in [(1, 1), (3, 1), (63, 1), (256, 1), (257, 2)] {
            let many = (0..n).fold(rows("INSERT INTO t (a)", ""), |many, n: i64| many.row([n.into()]));
            assert_eq!(many.padded().statements(Engine::Postgres).len(), texts, "{n} rows");
        }
    }
}
