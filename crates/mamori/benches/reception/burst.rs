//! The centre when a hundred kits hand in fifty admissions a second each.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use kernel::{Clock, Ids, Stopwatch};
use reception::exchange::{Enrol, paths};
use reception::kits::RequestKey;
use reqwest::Client;
use serde_json::{Value, json};
use store::envelope::SecretKey;
use tokio::time::{Instant, sleep_until};
use uuid::Uuid;

use crate::desk::Desk;
use crate::said::quantile;
use crate::stage::Centre;

const KITS: usize = 100;
const EVENTS: usize = 50;
const SECONDS: u64 = 5;

/// Prints `burst_p99_ms` and `burst_refused`, at a centre on PostgreSQL as it is in production.
pub(crate) async fn measure() -> anyhow::Result<()> {
    let centre = Centre::on_postgres().await?;
    let desk = Desk::register(&centre.server.url, &centre.clerk, &centre.post).await?;
    let ids = Ids::system(Clock::system());
    let client = Client::builder().no_proxy().timeout(Duration::from_secs(30)).build()?;
    let mut kits = tokio::task::JoinSet::new();
    let begin = Instant::now() + Duration::from_secs(90);
    for _ in 0..KITS {
        let (kit, key) = enrol(&centre, &client, &ids).await?;
        let batches: Vec<Vec<Value>> = (0..SECONDS)
            .map(|_| (0..EVENTS).map(|_| desk.check_in(2, &json!({}))).collect::<anyhow::Result<_>>())
            .collect::<anyhow::Result<_>>()?;
        kits.spawn(hand_in(client.clone(), centre.server.url.clone(), kit, key, batches, begin, ids.clone()));
    }
    ensure!(Instant::now() < begin, "this machine is too slow to enrol {KITS} kits in time");
    let mut taken = Vec::new();
    while let Some(done) = kits.join_next().await {
        taken.extend(done??);
    }
    let refused = taken.iter().filter(|time| time.is_infinite()).count();
    println!("figure burst_p99_ms {}", quantile(&mut taken, 0.99));
    println!("figure burst_refused {refused}");
    Ok(())
}

async fn enrol(centre: &Centre, client: &Client, ids: &Ids) -> anyhow::Result<(Uuid, RequestKey)> {
    let kit = ids.uuid();
    let key = RequestKey::from_pkcs8(&RequestKey::generate().context("no key")?).context("no key")?;
    let asked = Enrol {
        code: centre.code("群れ").await?,
        kit,
        device_key: key.public(),
        public_key: SecretKey::generate()?.public(format!("kit:{kit}")),
    };
    let sent = client.post(format!("{}{}", centre.server.url, paths::ENROL)).header("sec-fetch-site", "none");
    let answer = sent.json(&asked).send().await?;
    ensure!(answer.status().is_success(), "not enrolled: {}", answer.text().await?);
    Ok((kit, key))
}

/// Milliseconds of each batch; infinity for one that was refused.
async fn hand_in(
    client: Client,
    url: String,
    kit: Uuid,
    key: RequestKey,
    batches: Vec<Vec<Value>>,
    begin: Instant,
    ids: Ids,
) -> anyhow::Result<Vec<f64>> {
    let (epoch, mut taken) = (ids.uuid(), Vec::new());
    for (second, events) in batches.into_iter().enumerate() {
        sleep_until(begin + Duration::from_secs(second as u64)).await;
        let now = Clock::system().now().millis();
        let body = serde_json::to_vec(&json!({
            "epoch": epoch, "position": second, "waiting": 0, "version": "bench", "wall_ms": now, "events": events,
        }))?;
        let mut nonce = [0; 16];
        ids.fill(&mut nonce);
        let authorization =
            key.authorization(kit, paths::PUSH, &body, now, &B64.encode(nonce)).context("not signed")?;
        let watch = Stopwatch::start();
        let sent = client.post(format!("{url}{}", paths::PUSH)).header("authorization", authorization);
        let answer = sent.header("content-type", "application/json").body(body).send().await;
        let good = match answer {
            Ok(answer) if answer.status().is_success() => {
                let answer: Value = answer.json().await?;
                answer["results"].as_array().is_some_and(|all| all.iter().all(|one| one["receipt"].is_object()))
            }
            _ => false,
        };
        taken.push(if good { watch.elapsed().as_secs_f64() * 1000.0 } else { f64::INFINITY });
    }
    Ok(taken)
}
