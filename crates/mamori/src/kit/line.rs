//! The line to the centre (中央への回線): HTTPS when there is a network, and rounds for as long as the kit runs.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use futures_util::FutureExt as _;
use http::App;
use reception::kits::RequestKey;
use reception::upstream::{Cut, Link, Reply, Request};
use reqwest::{Certificate, Client};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use store::Stop;
use store::journal::SEQUENCED;

use super::folder::Folder;

/// Between two rounds when nothing happens here.
const PAUSE: Duration = Duration::from_secs(10);
/// What comes in within this time goes in one round.
const GATHER: Duration = Duration::from_millis(500);
/// The longest pause after failures: a line that comes back is used within it.
const LONGEST: Duration = Duration::from_secs(30);
/// Every so many rounds the two compare what they hold.
const COMPARE_EVERY: u32 = 30;
/// One request, its body over the thinnest line included.
const PATIENCE: Duration = Duration::from_mins(2);

/// Where the centre is.
#[derive(Debug, Clone)]
pub(crate) struct Centre {
    client: Client,
    url: String,
}

impl Centre {
    /// A centre by its address; the folder may name an authority of its own to trust.
    pub(crate) fn at(url: &str, folder: &Folder) -> anyhow::Result<Self> {
        let url = url.trim_end_matches('/').to_owned();
        let here = ["http://localhost", "http://127.0.0.1"].iter().any(|start| url.starts_with(start));
        anyhow::ensure!(
            url.starts_with("https://") || here,
            "--centre takes an https:// address: what a kit hears must come from its centre"
        );
        let mut builder = Client::builder().connect_timeout(Duration::from_secs(10)).timeout(PATIENCE);
        if let Ok(pem) = std::fs::read(folder.trusted()) {
            let trusted = Certificate::from_pem_bundle(&pem).context("the centre's authority is no certificate")?;
            builder = builder.tls_certs_merge(trusted);
        }
        Ok(Self { client: builder.build()?, url })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// One unsigned question.
    pub(crate) async fn ask<A: Serialize, B: DeserializeOwned>(&self, path: &str, asked: &A) -> anyhow::Result<B> {
        let request = self.client.post(format!("{}{path}", self.url)).header("sec-fetch-site", "none").json(asked);
        let answer = request.send().await.with_context(|| format!("{} does not answer", self.url))?;
        if answer.status().is_success() {
            return answer.json().await.context("the centre answered with something unreadable");
        }
        let status = answer.status();
        let problem: Value = answer.json().await.unwrap_or_default();
        anyhow::bail!("{}", problem["details"]["ja"].as_str().map_or_else(|| status.to_string(), str::to_owned))
    }

    async fn send(self, request: Request) -> anyhow::Result<Reply> {
        let answer = self
            .client
            .post(format!("{}{}", self.url, request.path))
            .header("authorization", request.authorization)
            .header("content-type", "application/json")
            .body(request.body)
            .send()
            .await?;
        let status = answer.status().as_u16();
        Ok(Reply { status, body: answer.bytes().await?.to_vec() })
    }
}

/// The kit's link over this line.
pub(crate) fn link(centre: Centre, key: RequestKey) -> Link {
    Link::new(key, Box::new(move |request| centre.clone().send(request).boxed()))
}

/// Rounds until told to stop: soon after something happened here, now and then otherwise.
pub(crate) async fn keep(app: App, link: Arc<Link>, mut stop: Stop) {
    let mut news = app.store.wakes().subscribe(SEQUENCED);
    let (mut count, mut failures) = (0_u32, 0_u32);
    loop {
        // The first round compares: this may be a restored disk.
        let thorough = count.is_multiple_of(COMPARE_EVERY);
        let done = tokio::select! {
            done = link.round(&app, thorough) => done,
            () = stop.stopped() => return,
        };
        count = count.wrapping_add(u32::from(done.is_ok()));
        failures = tell(&done, failures);
        let more = if failures == 0 {
            let woken = tokio::select! {
                woken = news.wait(PAUSE) => woken,
                () = stop.stopped() => return,
            };
            !woken || stop.pause(GATHER).await
        } else {
            stop.pause(LONGEST.min(Duration::from_secs(2) * failures)).await
        };
        if !more {
            return;
        }
    }
}

/// Says when the line breaks and when it is back, not each attempt in between.
fn tell(done: &Result<reception::upstream::Round, Cut>, failures: u32) -> u32 {
    match done {
        Ok(round) => {
            if failures > 0 {
                tracing::info!(waiting = round.waiting, "the line to the centre is back");
            }
            0
        }
        Err(Cut::Revoked) => {
            if failures == 0 {
                tracing::error!("the centre took this kit's word away; admissions go on, but nothing is handed in");
            }
            failures.saturating_add(1)
        }
        Err(error) => {
            if failures == 0 {
                tracing::warn!(
                    error = format!("{:#}", anyhow::anyhow!("{error}")),
                    "no line to the centre; admissions go on"
                );
            }
            failures.saturating_add(1)
        }
    }
}
