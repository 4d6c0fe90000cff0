//! Store: the one place that knows the database, the disk and what "durable" means.
//!
//! Words: [`Store`] 保存庫, [`Tx`] 取引, [`journal`] 記録簿, [`jobs`] 仕事の待ち行列, [`blobs`] 原本の保管, [`sealed`] 封印された欄,
//! [`envelope`] 封書 (sealed to somebody's public key).
//!
//! **Invariant:** no caller hears that something was stored before it survives a power cut.
//! **Invariant:** the same SQL text and the same DDL run on SQLite and PostgreSQL; what differs is in this crate alone.
//! **Invariant:** a crash neither loses nor doubles an effect: journal, jobs and cursors move in the caller's transaction.

pub mod blobs;
pub mod envelope;
pub mod jobs;
pub mod journal;
pub mod sealed;

mod arg;
mod chance;
mod conn;
mod error;
mod lane;
mod migrate;
mod open;
mod query;
mod stop;
mod wakes;

pub use arg::{Arg, Nullable};
pub use conn::{Conn, Tx};
pub use error::{Error, MayConflict, Result};
pub use migrate::{Migration, Schema};
pub use open::{Engine, Settings, Store};
pub use query::{Row, Rows, Sql, rows, sql};
pub use stop::{Stop, Stopper};
pub use wakes::{Wake, Wakes};
