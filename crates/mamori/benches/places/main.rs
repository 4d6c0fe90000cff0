//! Figures of places, shelters and maps: import, search, the nearest open shelters.
//!
//! `cargo xtask bench places` runs it and judges the figures; it prints `figure`, `peer` and `skipped` lines.

#![expect(clippy::print_stdout, reason = "a measuring program speaks on standard output")]

mod import;
mod nearest;
#[path = "../said/mod.rs"]
mod said;
mod search;

use said::{quantile, told};

fn main() -> anyhow::Result<()> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        told("import_sqlite_s", import::measure()).await;
        told("search_p99_ms", search::measure()).await;
        told("nearest_to_redis", async { nearest::measure() }).await;
    });
    Ok(())
}
