//! From the moment a telegram's file arrives to the moment an open page is told.

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use futures_util::StreamExt as _;
use kernel::Stopwatch;
use serde_json::Value;

use crate::process::{Running, free_port};
use crate::quantile;

const SAMPLE: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../sample/scenarios/2025-12-08-aomori-oki/03_20251208232000_VXSE53.xml");
const WARM_UP: usize = 20;
const TELEGRAMS: usize = 300;

/// Prints `telegram_p99_ms` over 300 different quakes.
pub(crate) async fn measure() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let port = free_port()?;
    write_config(folder.path(), port)?;
    let server = Running::mamori(folder.path(), port, &["serve", "--config", "mamori.toml"]).await?;
    let mut news = reqwest::get(format!("{}/stream", server.url)).await?.bytes_stream();
    let telegram = std::fs::read_to_string(SAMPLE)?;
    let mut taken = Vec::new();
    for number in 0..WARM_UP + TELEGRAMS {
        let text = quake(&telegram, number);
        std::fs::write(folder.path().join("part"), text)?;
        let began = Stopwatch::start();
        std::fs::rename(folder.path().join("part"), folder.path().join(format!("in/{number:04}_VXSE53.xml")))?;
        let wait = async {
            loop {
                let part = news.next().await.context("the stream ended")??;
                if speaks_of_quakes(&part) {
                    return anyhow::Ok(());
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(10), wait).await.context("the stream stayed silent for 10 s")??;
        if number >= WARM_UP {
            taken.push(began.elapsed().as_secs_f64() * 1000.0);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    println!("figure telegram_p99_ms {}", quantile(&mut taken, 0.99));
    println!("figure telegram_p50_ms {}", quantile(&mut taken, 0.5));
    Ok(())
}

fn write_config(folder: &Path, port: u16) -> anyhow::Result<()> {
    std::fs::create_dir(folder.join("in"))?;
    let text = format!(
        "database = \"sqlite://m.sqlite\"\nstate = \".\"\n[http]\nbind = \"127.0.0.1:{port}\"\npublic_url = \"http://127.0.0.1:{port}\"\n[[feeds.watch]]\nname = \"line\"\npath = \"in\"\n"
    );
    Ok(std::fs::write(folder.join("mamori.toml"), text)?)
}

/// The sample quake as another one: a later minute, another id.
fn quake(text: &str, number: usize) -> String {
    let (hour, minute, second) = (number / 3600 % 24, number / 60 % 60, number % 60);
    text.replace("20251208231519", &format!("20251210{hour:02}{minute:02}{second:02}"))
        .replace("2025-12-08T23:20:00", &format!("2025-12-10T{hour:02}:{minute:02}:{second:02}"))
        .replace("2025-12-08T23:15:00", &format!("2025-12-10T{hour:02}:{minute:02}:{second:02}"))
}

fn speaks_of_quakes(part: &[u8]) -> bool {
    String::from_utf8_lossy(part)
        .lines()
        .filter_map(|line| line.strip_prefix("data:"))
        .filter_map(|data| serde_json::from_str::<Value>(data.trim()).ok())
        .any(|news| news["document"] == "drill/quakes/latest")
}
