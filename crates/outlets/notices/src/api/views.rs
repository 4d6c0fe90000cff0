//! How staff see notices.

use http::{Actor, App, Duty, Problem};
use kernel::{AreaCode, Id, Mode, Text, Timestamp};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::db::{self, Relayed, Sum};
use crate::model::notice::{Audience, Notice, State, lapses_at};
use crate::model::subscription::Kind;
use crate::model::{Drafts, drafts};

/// A notice as staff see it (お知らせ).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NoticeView)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own that a screen shows")]
pub(super) struct View {
    #[schema(value_type = String)]
    id: Uuid,
    mode: Mode,
    kind: Kind,
    state: State,
    /// A rule made it, not a person.
    automatic: bool,
    urgent: bool,
    title: Text,
    body: Text,
    template: String,
    municipalities: Vec<String>,
    /// Narrowed by a shape on the map.
    shaped: bool,
    writer: String,
    decider: Option<String>,
    made_at: Timestamp,
    released_at: Option<Timestamp>,
    ended_at: Option<Timestamp>,
    expires_at: Timestamp,
    /// When it lapses, while it waits.
    lapses_at: Option<Timestamp>,
    #[schema(value_type = Option<String>)]
    follows: Option<Uuid>,
    /// The caller wrote it, and so cannot release it.
    own: bool,
}

/// The ledger of a notice (配達台帳): the states add up to `matched`.
#[derive(Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = NoticeLedger)]
pub(super) struct Ledger {
    /// Devices found.
    matched: i64,
    /// Wait to be sent.
    queued: i64,
    /// Sealed and on their way.
    sealed: i64,
    /// The push service took them.
    accepted: i64,
    /// The device showed them and said so.
    shown: i64,
    expired: i64,
    gone: i64,
    failed: i64,
    stopped: i64,
    /// Why: of those that did not arrive, and of those that are tried again.
    causes: Vec<Cause>,
}

/// Why deliveries did not arrive (届かなかった理由).
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = NoticeCause)]
pub(super) struct Cause {
    state: String,
    #[serde(rename = "cause")]
    why: String,
    count: i64,
}

/// How a notice fared on a channel other than devices (手段ごとの結果).
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = NoticeChannel)]
pub(super) struct Channel {
    name: String,
    /// `queued`, `accepted` or `failed`.
    state: String,
    cause: Option<String>,
    attempts: i64,
}

/// A notice with its ledger.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NoticeDetail)]
pub(super) struct Detail {
    notice: View,
    ledger: Ledger,
    /// Devices it would reach now, while it waits.
    devices: Option<i64>,
    /// For channels that are entered by hand.
    drafts: Drafts,
    /// Programs it was handed to.
    channels: Vec<Channel>,
}

pub(super) fn view(notice: &Notice, actor: &Actor) -> View {
    let words = notice.said.words();
    let waits = matches!(notice.state, State::Pending | State::Drafted);
    View {
        id: notice.id.uuid(),
        mode: notice.mode(),
        kind: notice.kind,
        state: notice.state,
        automatic: matches!(notice.audience, Audience::Occasion(_)),
        urgent: notice.urgent,
        title: words.title.clone(),
        body: words.body.clone(),
        template: notice.template.clone(),
        municipalities: notice.municipalities.clone(),
        shaped: matches!(&notice.audience, Audience::Area { shape: Some(_), .. }),
        writer: notice.writer.clone(),
        decider: notice.decider.clone(),
        made_at: notice.made_at,
        released_at: notice.released_at,
        ended_at: notice.ended_at,
        expires_at: notice.expires_at,
        lapses_at: waits.then(|| lapses_at(notice)),
        follows: notice.follows.map(Id::uuid),
        own: notice.writer == actor.label(),
    }
}

pub(super) async fn detail(app: &App, notice: &Notice, actor: &Actor, devices: Option<i64>) -> anyhow::Result<Detail> {
    let mut conn = app.store.read().await?;
    let sums = db::sums(&mut conn, notice.id).await?;
    let relayed = db::relays_of(&mut conn, notice.id).await?;
    let channel = |Relayed { channel: name, state, cause, attempts }| Channel { name, state, cause, attempts };
    let channels = relayed.into_iter().map(channel).collect();
    Ok(Detail { notice: view(notice, actor), ledger: ledger(&sums), devices, drafts: drafts(notice), channels })
}

/// Whoever writes notices for one of its municipalities, or watches there, may see it.
pub(super) fn may_see(actor: &Actor, notice: &Notice) -> bool {
    notice.municipalities.iter().any(|code| {
        let area = AreaCode::municipality(code);
        [Duty::Notices, Duty::Watch].iter().any(|duty| actor.require(*duty, &area).is_ok())
    })
}

/// Only whoever has the duty in all of its municipalities may change or release it.
pub(super) fn require_all(actor: &Actor, municipalities: &[String]) -> Result<(), Problem> {
    actor.require_anywhere(Duty::Notices)?;
    municipalities.iter().try_for_each(|code| actor.require(Duty::Notices, &AreaCode::municipality(code)))
}

fn ledger(sums: &[Sum]) -> Ledger {
    let mut ledger = Ledger::default();
    for Sum { state, cause, count } in sums {
        ledger.matched += count;
        let place = match state.as_str() {
            "queued" => &mut ledger.queued,
            "sealed" => &mut ledger.sealed,
            "accepted" => &mut ledger.accepted,
            "shown" => &mut ledger.shown,
            "expired" => &mut ledger.expired,
            "gone" => &mut ledger.gone,
            "stopped" => &mut ledger.stopped,
            _ => &mut ledger.failed,
        };
        *place += count;
        if let Some(cause) = cause.as_ref().filter(|_| !matches!(state.as_str(), "accepted" | "shown")) {
            ledger.causes.push(Cause { state: state.clone(), why: cause.clone(), count: *count });
        }
    }
    ledger
}

pub(super) fn example() -> Value {
    json!({
        "id": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e60", "mode": "drill", "kind": "office", "state": "pending",
        "automatic": false, "urgent": false,
        "title": { "ja": "【訓練】断水のお知らせ", "easy": "【訓練】水が 出ません", "en": "【訓練】[DRILL] Water supply cut" },
        "body": { "ja": "【訓練】市川地区で断水しています。復旧の見込み：17時", "easy": "【訓練】市川（いちかわ）で 水が 出ません。なおる 予定：17時", "en": "【訓練】[DRILL] No water in Ichikawa. Expected back: 17:00" },
        "template": "office.water", "municipalities": ["02203"], "shaped": false,
        "writer": "staff:019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e61", "decider": null,
        "made_at": "2026-11-28T12:00:00+09:00", "released_at": null, "ended_at": null,
        "expires_at": "2026-11-29T12:00:00+09:00", "lapses_at": "2026-11-28T12:30:00+09:00", "follows": null, "own": false,
    })
}

pub(super) fn example_detail() -> Value {
    json!({
        "notice": example(), "devices": 12_480,
        "ledger": {
            "matched": 0, "queued": 0, "sealed": 0, "accepted": 0, "shown": 0, "expired": 0, "gone": 0, "failed": 0,
            "stopped": 0, "causes": [],
        },
        "drafts": {
            "mail_title": "【訓練】断水のお知らせ", "mail_body": "【訓練】市川地区で断水しています。復旧の見込み：17時", "mail_is_cut": false,
            "radio": "こちらは、防災八戸市です。これは訓練です。断水のお知らせ。市川地区で断水しています。復旧の見込み、17時。…",
        },
        "channels": [{ "name": "signage", "state": "accepted", "cause": null, "attempts": 1 }],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_states_add_up_to_what_was_matched() {
        let sum = |state: &str, cause: Option<&str>, count| Sum {
            state: state.into(),
            cause: cause.map(str::to_owned),
            count,
        };
        let ledger = ledger(&[
            sum("queued", Some("no-answer"), 3),
            sum("accepted", None, 5),
            sum("shown", None, 4),
            sum("gone", Some("unsubscribed"), 1),
            sum("failed", Some("status-403"), 2),
        ]);
        assert_eq!(ledger.matched, 15);
        let Ledger { queued, sealed, accepted, shown, expired, gone, failed, stopped, .. } = ledger;
        assert_eq!(queued + sealed + accepted + shown + expired + gone + failed + stopped, 15);
        assert_eq!(ledger.causes.len(), 3);
    }
}
