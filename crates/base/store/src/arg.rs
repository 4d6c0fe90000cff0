//! Values bound to a statement, one type for both engines.

use chrono::{DateTime, Utc};
use kernel::{AreaCode, Id, Mode, Timestamp};
use serde_json::Value;
use sqlx::query::Query;
use uuid::Uuid;

/// A value for `$1`, `$2`, … (束縛値). Build it with `into()`; `Option` gives a typed NULL.
#[derive(Debug, Clone)]
pub enum Arg {
    /// `UUID`
    Uuid(Option<Uuid>),
    /// `TEXT`
    Text(Option<String>),
    /// `BIGINT`; every whole number is stored as one
    Int(Option<i64>),
    /// `DOUBLE PRECISION`
    Real(Option<f64>),
    /// `BOOLEAN`
    Bool(Option<bool>),
    /// `TIMESTAMPTZ`
    Time(Option<DateTime<Utc>>),
    /// `JSONB`; only objects and arrays, because SQLite would turn a bare number into a number
    Json(Option<Value>),
    /// `BYTEA`
    Bytes(Option<Vec<u8>>),
}

/// Types that have a typed NULL.
pub trait Nullable: Into<Arg> {
    /// The NULL of this type.
    const NULL: Arg;
}

macro_rules! nullable {
    ($($kind:ident: $($from:ty => $convert:expr),+;)+) => {$($(
        impl From<$from> for Arg {
            fn from(value: $from) -> Self {
                let convert: fn($from) -> _ = $convert;
                Self::$kind(Some(convert(value)))
            }
        }
        impl Nullable for $from {
            const NULL: Arg = Arg::$kind(None);
        }
    )+)+};
}

nullable! {
    Uuid: Uuid => |v| v, &Uuid => |v| *v;
    Text: String => |v| v, &str => str::to_owned, &String => String::clone, AreaCode => |v| v.to_string(),
        &AreaCode => ToString::to_string, Mode => |v| v.as_str().to_owned();
    Int: i64 => |v| v, i32 => i64::from, i16 => i64::from, u32 => i64::from, u16 => i64::from, u8 => i64::from;
    Real: f64 => |v| v, f32 => f64::from;
    Bool: bool => |v| v;
    Time: Timestamp => DateTime::from, DateTime<Utc> => |v| v;
    Json: Value => |v| v, &Value => Value::clone;
    Bytes: Vec<u8> => |v| v, &[u8] => <[u8]>::to_vec, &Vec<u8> => Vec::clone;
}

impl<const N: usize> From<[u8; N]> for Arg {
    fn from(value: [u8; N]) -> Self {
        Self::Bytes(Some(value.to_vec()))
    }
}

impl<const N: usize> Nullable for [u8; N] {
    const NULL: Arg = Arg::Bytes(None);
}

impl<T> From<Id<T>> for Arg {
    fn from(value: Id<T>) -> Self {
        Self::Uuid(Some(value.uuid()))
    }
}

impl<T> Nullable for Id<T> {
    const NULL: Arg = Arg::Uuid(None);
}

impl<T: Nullable> From<Option<T>> for Arg {
    fn from(value: Option<T>) -> Self {
        value.map_or(T::NULL, Into::into)
    }
}

/// Binds a value to a statement of either engine.
macro_rules! binder {
    ($name:ident, $engine:ty, $arguments:ty) => {
        pub(crate) fn $name(query: Query<'_, $engine, $arguments>, arg: Arg) -> Query<'_, $engine, $arguments> {
            match arg {
                Arg::Uuid(value) => query.bind(value),
                Arg::Text(value) => query.bind(value),
                Arg::Int(value) => query.bind(value),
                Arg::Real(value) => query.bind(value),
                Arg::Bool(value) => query.bind(value),
                Arg::Time(value) => query.bind(value),
                Arg::Json(value) => query.bind(value),
                Arg::Bytes(value) => query.bind(value),
            }
        }
    };
}

binder!(bind_sqlite, sqlx::Sqlite, sqlx::sqlite::SqliteArguments);
binder!(bind_postgres, sqlx::Postgres, sqlx::postgres::PgArguments);
