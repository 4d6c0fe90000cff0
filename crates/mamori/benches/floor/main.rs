//! Figures of the whole program: telegram to screen, public documents against nginx, overload, memory.
//!
//! `cargo xtask bench floor` runs it and judges the figures; it prints `figure`, `peer` and `skipped` lines.

#![expect(clippy::print_stdout, reason = "a measuring program speaks on standard output")]

mod hot;
mod latency;
mod memory;
mod overload;
mod process;
#[path = "../said/mod.rs"]
mod said;

use said::{quantile, told};

fn main() -> anyhow::Result<()> {
    let mut args = std::env::args().skip(1);
    let builder = || tokio::runtime::Builder::new_multi_thread();
    if args.next().as_deref() == Some(hot::SERVE) {
        // One worker, as nginx has one: cost per request is compared, not the number of processors.
        let runtime = builder().worker_threads(1).enable_all().build()?;
        return runtime.block_on(hot::serve(args.next().unwrap_or_default(), args.next().unwrap_or_default()));
    }
    builder().enable_all().build()?.block_on(async {
        told("telegram_p99_ms", latency::measure()).await;
        told("hot_ratio", hot::measure()).await;
        told("overload_success_pct", overload::measure()).await;
        told("demo_rss_mb", memory::measure()).await;
    });
    Ok(())
}
