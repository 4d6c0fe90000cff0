//! What every measuring program here says and counts with.

use std::future::Future;

use anyhow::Context as _;

/// A figure that cannot be measured is said so, and the others go on.
pub(crate) async fn told(figure: &str, work: impl Future<Output = anyhow::Result<()>>) {
    if let Err(error) = work.await {
        println!("skipped {figure} {error:#}");
    }
}

/// The value below which the share `part` of the values lies.
pub(crate) fn quantile(values: &mut [f64], part: f64) -> f64 {
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

/// User and system time of a process in seconds.
pub(crate) fn cpu_seconds(process: u32) -> anyhow::Result<f64> {
    let text = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    let after = text.rsplit_once(") ").context("no process state")?.1;
    let ticks: Vec<f64> = after.split(' ').skip(11).take(2).filter_map(|word| word.parse().ok()).collect();
    Ok(ticks.iter().sum::<f64>() / 100.0)
}
