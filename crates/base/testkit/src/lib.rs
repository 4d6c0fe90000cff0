//! Testkit: a world in a box, so that a test reads as what happens and not as how it is set up.
//!
//! In:  `MAMORI_TEST_ENGINE` (`sqlite` or `postgres`), `MAMORI_DATA` (the folder of real inputs).
//! Out: a database per test, real inputs or an honest "skipped".
//!
//! **Invariant:** only tests and measurements depend on this crate.

mod data;
mod database;
#[cfg(feature = "world")]
mod world;

pub use data::{data_dir, skip, workspace};
pub use database::{TestDatabase, database, database_on, durable_database_on, engine, postgres_programs};
#[cfg(feature = "world")]
pub use world::{Builder, Caller, Reply, Room, World, describes_itself, keeps_the_rules, refuses_strangers};
