//! How fast one kit admits, and what it weighs in a full shelter.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::time::Duration;

use kernel::Stopwatch;
use serde_json::{Value, json};

use crate::desk::Desk;
use crate::process::resident_mb;
use crate::said::cpu_seconds;
use crate::said::quantile;
use crate::stage::{Centre, Kit, WORDS, enrolled};

const CLIENTS: usize = 64;
const EACH: usize = 300;
const HOUSEHOLDS: usize = 500;

/// Prints `admissions_per_cpu_s`, `admission_p99_ms`, `fdatasync_p99_ms`, `scan_saved_p99_ms` and `kit_rss_mb`.
pub(crate) async fn measure() -> anyhow::Result<()> {
    let (centre, home) = (Centre::start().await?, tempfile::tempdir()?);
    let folder = home.path().join("kit");
    enrolled(&centre, &centre.server.url.clone(), &folder).await?;
    let post = centre.post.clone();
    drop(centre);
    let kit = Kit::run(&folder).await?;
    let desk = kit.desk(&post).await?;
    // A full shelter: 500 households of four, with cards.
    let card = json!({ "persons": (0..4).map(|n| json!({ "name": format!("満員 {n}") })).collect::<Vec<_>>() });
    for _ in 0..HOUSEHOLDS / 100 {
        let batch: Vec<Value> = (0..100).map(|_| desk.check_in(4, &card)).collect::<anyhow::Result<_>>()?;
        desk.send(&batch).await?;
    }
    kit.say(&["unlock"], WORDS)?;
    let list =
        format!("/api/reception/shelters/{}/households?disaster={}&purpose=reception", post.shelter, post.disaster);
    let _ = desk.get(&list).await;
    println!("figure kit_rss_mb {}", resident_mb(kit.server.id())?);
    println!("figure scan_saved_p99_ms {}", scan_and_save(&desk, &post.disaster, &post.shelter).await?);
    let mut desks = Vec::new();
    for _ in 0..CLIENTS {
        let desk = kit.desk(&post).await?;
        let events: Vec<Value> = (0..EACH).map(|_| desk.check_in(2, &card)).collect::<anyhow::Result<_>>()?;
        desks.push((desk, events));
    }
    let before = cpu_seconds(kit.server.id())?;
    let mut clients = tokio::task::JoinSet::new();
    for (desk, events) in desks {
        clients.spawn(timed(desk, events));
    }
    let mut taken: Vec<f64> = clients.join_all().await.into_iter().flatten().collect();
    let spent = cpu_seconds(kit.server.id())? - before;
    #[expect(clippy::cast_precision_loss, reason = "a count of a few thousand")]
    let per_second = taken.len() as f64 / spent;
    println!("figure admissions_per_cpu_s {per_second}");
    println!("figure admission_p99_ms {}", quantile(&mut taken, 0.99));
    let synced = quantile(&mut raw_syncs(home.path())?, 0.99);
    println!("figure fdatasync_p99_ms {synced}");
    println!("figure admission_bound_ms {}", 10.0 + 3.0 * synced);
    println!("figure admission_p99_to_bound {}", quantile(&mut taken, 0.99) / (10.0 + 3.0 * synced));
    Ok(())
}

async fn timed(desk: Desk, events: Vec<Value>) -> Vec<f64> {
    let mut taken = Vec::new();
    for event in events {
        let watch = Stopwatch::start();
        let good = desk.send(&[event]).await.is_ok_and(|sent| sent[0].state == "stored");
        taken.push(if good { watch.elapsed().as_secs_f64() * 1000.0 } else { f64::INFINITY });
    }
    taken
}

async fn scan_and_save(desk: &Desk, disaster: &str, shelter: &str) -> anyhow::Result<f64> {
    let mut taken = Vec::new();
    let scan = json!({ "code": "M1:000000000000000000000000000", "disaster": disaster, "shelter": shelter });
    for _ in 0..200 {
        let event = desk.check_in(2, &json!({}))?;
        let watch = Stopwatch::start();
        desk.post("/api/reception/scan", &scan).await?;
        desk.send(&[event]).await?;
        taken.push(watch.elapsed().as_secs_f64() * 1000.0);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok(quantile(&mut taken, 0.99))
}

/// What this disk takes for one synced write just now.
fn raw_syncs(folder: &std::path::Path) -> anyhow::Result<Vec<f64>> {
    let file = File::create(folder.join("raw"))?;
    let mut taken = Vec::new();
    for n in 0..300_u64 {
        let watch = Stopwatch::start();
        file.write_all_at(&[7; 4096], n * 4096)?;
        file.sync_data()?;
        taken.push(watch.elapsed().as_secs_f64() * 1000.0);
    }
    Ok(taken)
}
