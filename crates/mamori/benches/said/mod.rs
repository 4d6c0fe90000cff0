//! What every measuring program here says and counts with.

use std::future::Future;

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
