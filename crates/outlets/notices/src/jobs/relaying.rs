//! Webhooks (外部への転送): every notice that goes out is handed, signed, to the programs that the operator named.

use std::time::Duration;

use aws_lc_rs::hmac::{self, HMAC_SHA256};
use http::App;
use kernel::{Mode, Timestamp, hex};
use serde_json::json;
use store::Tx;

use super::CHANNEL;
use crate::db::{self, Relay};
use crate::install::{Webhook, live};
use crate::model::notice::Notice;
use crate::model::subscription::Kind;
use crate::publish::PublicNotice;
use crate::push::Answer;

const LEASE: Duration = Duration::from_mins(1);
const MOST_ATTEMPTS: i64 = 12;

/// Queues a notice that goes out for every webhook that takes its world. A test is nobody else's business.
pub(crate) async fn queue(app: &App, tx: &mut Tx, notice: &Notice, now: Timestamp) -> anyhow::Result<()> {
    if notice.kind == Kind::Test {
        return Ok(());
    }
    let live = live(app)?;
    let drill = notice.mode() == Mode::Drill;
    let hooks = live.settings.webhooks.iter().filter(|hook| !drill || hook.drills);
    let channels: Vec<&str> = hooks.map(|hook| hook.name.as_str()).collect();
    tx.wake_on_commit(CHANNEL);
    db::insert_relays(tx, notice.id, &channels, now).await
}

/// Hands over what is due; how many that was.
pub(super) async fn step(app: &App) -> anyhow::Result<usize> {
    let live = live(app)?;
    if live.settings.webhooks.is_empty() {
        return Ok(0);
    }
    let batch = app.ids.uuid();
    let claimed = app
        .store
        .retry(async || {
            let now = app.clock.now();
            let mut tx = app.store.write().await?;
            let claimed = db::claim_relays(&mut tx, batch, now.plus(LEASE), now).await?;
            tx.commit().await?;
            anyhow::Ok(claimed)
        })
        .await?;
    for relay in &claimed {
        let answer = match live.settings.webhooks.iter().find(|hook| hook.name == relay.channel) {
            Some(hook) => {
                let (body, headers) = letter(hook, &relay.notice, app.clock.now())?;
                live.client.post(&hook.url, headers, body).await
            }
            None => Answer::Refused("no-such-webhook".to_owned()),
        };
        let now = app.clock.now();
        let (state, cause, due_at) = outcome(relay, answer, now);
        app.store
            .retry(async || {
                let mut tx = app.store.write().await?;
                db::note_relay(&mut tx, batch, relay, state, cause.as_deref(), due_at).await?;
                tx.commit().await?;
                anyhow::Ok(())
            })
            .await?;
    }
    Ok(claimed.len())
}

type Headers = [(&'static str, String); 4];

/// The body and what proves it: HMAC-SHA-256 over the time, a dot and the body. The id tells a repeat.
fn letter(hook: &Webhook, notice: &Notice, now: Timestamp) -> anyhow::Result<(Vec<u8>, Headers)> {
    let body = serde_json::to_vec(&json!({ "mode": notice.mode(), "notice": PublicNotice::of(notice) }))?;
    let at = now.secs().to_string();
    let signed = [at.as_bytes(), b".", &body].concat();
    let key = hmac::Key::new(HMAC_SHA256, hook.secret.as_bytes());
    let signature = format!("sha256={}", hex(hmac::sign(&key, &signed).as_ref()));
    let headers = [
        ("content-type", "application/json".to_owned()),
        ("mamori-id", notice.id.to_string()),
        ("mamori-time", at),
        ("mamori-signature", signature),
    ];
    Ok((body, headers))
}

fn outcome(relay: &Relay, answer: Answer, now: Timestamp) -> (&'static str, Option<String>, Timestamp) {
    let pause = Duration::from_secs(1 << relay.attempts.clamp(1, 8));
    match answer {
        Answer::Accepted => ("accepted", None, now),
        Answer::Refused(cause) => ("failed", Some(cause), now),
        Answer::Gone => ("failed", Some("status-gone".to_owned()), now),
        Answer::Wait(_) | Answer::Trouble(_) if relay.notice.expires_at <= now => {
            ("failed", Some("expired".to_owned()), now)
        }
        Answer::Trouble(cause) if relay.attempts >= MOST_ATTEMPTS => ("failed", Some(cause), now),
        Answer::Trouble(cause) => ("queued", Some(cause), now.plus(pause)),
        Answer::Wait(seconds) => ("queued", Some("asked-to-wait".to_owned()), now.plus(Duration::from_secs(seconds))),
    }
}
