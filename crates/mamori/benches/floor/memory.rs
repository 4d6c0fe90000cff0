//! Memory of `mamori demo` after the whole scenario was replayed.

use std::time::Duration;

use serde_json::Value;

use crate::process::{Running, free_port, resident_mb};

/// Prints `demo_rss_mb`.
pub(crate) async fn measure() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let port = free_port()?;
    let server = Running::mamori(folder.path(), port, &["demo", "--speed", "600", "--port", &port.to_string()]).await?;
    for _ in 0..600 {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let site: Value = reqwest::get(format!("{}/public/site.json", server.url)).await?.json().await?;
        if site["drill"]["active"] == false {
            tokio::time::sleep(Duration::from_secs(2)).await;
            println!("figure demo_rss_mb {}", resident_mb(server.id())?);
            return Ok(());
        }
    }
    anyhow::bail!("the replay did not end in two minutes")
}
