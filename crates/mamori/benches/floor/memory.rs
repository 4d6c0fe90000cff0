//! Memory of `mamori demo` after the whole scenario was replayed and the map was drawn, with our own sample and, where it is
//! there, with the data folder.

use std::time::Duration;

use serde_json::Value;

use crate::process::{Running, free_port, resident_mb};

/// Prints `demo_rss_mb`, and `demo_data_rss_mb` where there are data.
pub(crate) async fn measure() -> anyhow::Result<()> {
    println!("figure demo_rss_mb {}", after_the_replay(&["--sample"]).await?);
    match testkit::data_dir() {
        Some(_) => println!("figure demo_data_rss_mb {}", after_the_replay(&[]).await?),
        None => println!("skipped demo_data_rss_mb no data"),
    }
    Ok(())
}

/// Megabytes of the demo with these words, when the drill was running and has ended, and packs are there.
async fn after_the_replay(words: &[&str]) -> anyhow::Result<f64> {
    let folder = tempfile::tempdir()?;
    let port = free_port()?;
    let at = port.to_string();
    let args = [&["demo", "--speed", "600", "--port", &at], words].concat();
    let server = Running::mamori(folder.path(), port, &args).await?;
    let mut begun = false;
    for _ in 0..600 {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let document = async |name: &str| -> anyhow::Result<Value> {
            Ok(reqwest::get(format!("{}/public/{name}.json", server.url)).await?.json().await?)
        };
        let active = document("site").await?["drill"]["active"] == true;
        begun |= active;
        if begun && !active && !document("maps/packs").await?["as_of"].is_null() {
            tokio::time::sleep(Duration::from_secs(2)).await;
            return resident_mb(server.id());
        }
    }
    anyhow::bail!("the replay did not end in two minutes")
}
