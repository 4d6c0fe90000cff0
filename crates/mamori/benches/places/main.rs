//! Figures of places, shelters and maps: import, search, the nearest open shelters.
//!
//! `cargo xtask bench places` runs it and judges the figures; it prints `figure`, `peer` and `skipped` lines.

#![expect(clippy::print_stdout, reason = "a measuring program speaks on standard output")]

mod import;
mod nearest;
mod search;

use std::future::Future;

fn main() -> anyhow::Result<()> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        told("import_sqlite_s", import::measure()).await;
        told("search_p99_ms", search::measure()).await;
        told("nearest_ratio", async { nearest::measure() }).await;
    });
    Ok(())
}

/// A figure that cannot be measured is said so, and the others go on.
async fn told(figure: &str, work: impl Future<Output = anyhow::Result<()>>) {
    if let Err(error) = work.await {
        println!("skipped {figure} {error:#}");
    }
}

/// The value below which the share `part` of the values lies.
fn quantile(values: &mut [f64], part: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "an index of a short list"
    )]
    let at = ((values.len() as f64 * part).ceil() as usize).clamp(1, values.len()) - 1;
    values[at]
}
