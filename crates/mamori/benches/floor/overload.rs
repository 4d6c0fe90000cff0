//! Ten times more readers than the server can bear, while staff go on writing.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use kernel::{Clock, Ids, Stopwatch};
use reqwest::Client;
use serde_json::{Value, json};

use crate::process::{Running, free_port};
use crate::quantile;

/// As many readers as keep the public class busy; ten times that is the overload.
const NORMAL: usize = 96;
const OVERLOAD: Duration = Duration::from_secs(15);
/// A public operation that is not a document: it takes the way through admission.
const ASKED: &str = "/api/identity/demo-accounts";

/// Prints `overload_success_pct`, `overload_p99_ms` and `overload_recovery_s`.
pub(crate) async fn measure() -> anyhow::Result<()> {
    ensure!(Command::new("wrk").arg("-v").output().is_ok(), "wrk is not installed");
    let folder = tempfile::tempdir()?;
    let port = free_port()?;
    let server = Running::mamori(folder.path(), port, &["demo", "--speed", "600", "--port", &port.to_string()]).await?;
    tokio::time::sleep(Duration::from_secs(8)).await;
    let client = Client::new();
    let cookie = sign_in(&client, &server.url).await?;
    let mut calm = readers(&client, &server.url, 200).await;
    let normal = quantile(&mut calm, 0.99).max(5.0);
    let mut load = flood(&server.url)?;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let (mut taken, mut good, mut all) = (Vec::new(), 0_u32, 0_u32);
    let ids = Ids::system(Clock::system());
    let began = Stopwatch::start();
    while began.elapsed() < OVERLOAD {
        let watch = Stopwatch::start();
        all += 1;
        good += u32::from(write(&client, &server.url, &cookie, &ids).await);
        taken.push(watch.elapsed().as_secs_f64() * 1000.0);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    load.wait()?;
    let recovery = until_normal(&client, &server.url, normal).await;
    println!("figure overload_success_pct {}", f64::from(good) * 100.0 / f64::from(all));
    println!("figure overload_p99_ms {}", quantile(&mut taken, 0.99));
    println!("figure overload_p50_ms {}", quantile(&mut taken, 0.5));
    println!("figure overload_recovery_s {recovery}");
    Ok(())
}

fn flood(url: &str) -> anyhow::Result<Child> {
    let (connections, time) = (format!("-c{}", NORMAL * 10), format!("-d{}s", OVERLOAD.as_secs() + 1));
    let mut command = Command::new("wrk");
    command.args(["-t1", &connections, &time, &format!("{url}{ASKED}")]).stdout(Stdio::null());
    Ok(command.spawn()?)
}

/// Milliseconds of a number of reads, one after the other.
async fn readers(client: &Client, url: &str, number: usize) -> Vec<f64> {
    let mut taken = Vec::new();
    for _ in 0..number {
        let watch = Stopwatch::start();
        let good = client.get(format!("{url}{ASKED}")).send().await.is_ok_and(|answer| answer.status().is_success());
        taken.push(if good { watch.elapsed().as_secs_f64() * 1000.0 } else { f64::INFINITY });
    }
    taken
}

/// Seconds until the slowest of 100 reads in a row is no slower than twice the calm before (or 20 ms).
async fn until_normal(client: &Client, url: &str, normal: f64) -> f64 {
    let began = Stopwatch::start();
    while began.elapsed() < Duration::from_mins(1) {
        let seconds = began.elapsed().as_secs_f64();
        let mut taken = readers(client, url, 100).await;
        if quantile(&mut taken, 0.99) <= (normal * 2.0).max(20.0) {
            return seconds;
        }
    }
    f64::INFINITY
}

async fn sign_in(client: &Client, url: &str) -> anyhow::Result<String> {
    let people: Value = client.get(format!("{url}/api/identity/demo-accounts")).send().await?.json().await?;
    let people = people.as_array().or_else(|| people["items"].as_array()).context("no demo accounts")?.clone();
    let person = people.iter().find(|one| one["name"] == "八戸市 避難情報担当 A").context("no such demo account")?;
    let answer = client
        .post(format!("{url}/api/identity/demo-sign-in"))
        .header("sec-fetch-site", "same-origin")
        .json(&json!({ "account": person["account"] }))
        .send()
        .await?;
    let cookie = answer.headers().get("set-cookie").context("no cookie")?.to_str()?;
    Ok(cookie.split(';').next().unwrap_or_default().to_owned())
}

/// A proposal of an evacuation order in drill; true when it was taken.
async fn write(client: &Client, url: &str, cookie: &str, ids: &Ids) -> bool {
    let body = json!({
        "id": ids.uuid(), "municipality": "02203", "level": 4, "mode": "drill",
        "districts": ["第1内丸"], "reason": "負荷試験",
    });
    let answer = client
        .post(format!("{url}/api/alerts/orders"))
        .header("sec-fetch-site", "same-origin")
        .header("cookie", cookie)
        .timeout(Duration::from_secs(10))
        .json(&body)
        .send()
        .await;
    answer.is_ok_and(|answer| answer.status().is_success())
}
