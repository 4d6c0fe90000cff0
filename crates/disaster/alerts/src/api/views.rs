//! What staff see of an evacuation order.

use http::{Actor, Duty};
use kernel::{AreaCode, Text, Timestamp, areas};
use serde::Serialize;
use utoipa::ToSchema;

use crate::orders::{Content, Order, Status, lapses_at};
use crate::wording;

/// An evacuation order (避難情報) with what the deciding person must see.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(super) struct OrderView {
    id: String,
    #[serde(flatten)]
    content: Content,
    municipality_name: String,
    status: Status,
    name: Text,
    action: Text,
    /// The question before release: drill or not, audience, hazard and severity, restated.
    prompt: Text,
    audience: Audience,
    proposer: String,
    proposed_at: Timestamp,
    /// When the proposal lapses.
    lapses_at: Timestamp,
    decider: Option<String>,
    issued_at: Option<Timestamp>,
    corrected_at: Option<Timestamp>,
    ended_at: Option<Timestamp>,
    /// The caller proposed it and so cannot release it.
    own: bool,
    /// The caller may release it now.
    may_approve: bool,
}

/// Whom the order reaches.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = OrderAudience)]
pub(super) struct Audience {
    municipalities: usize,
    /// 0 with `whole`.
    districts: usize,
    /// 全域
    whole: bool,
}

pub(super) fn view(order: &Order, actor: &Actor) -> OrderView {
    let c = &order.content;
    let name = areas::municipality(&c.municipality).map_or("", |m| m.name);
    let own = order.proposer == actor.label();
    let duty = actor.require(Duty::EvacuationOrders, &AreaCode::municipality(&c.municipality)).is_ok();
    OrderView {
        id: order.id.to_string(),
        content: c.clone(),
        municipality_name: name.to_owned(),
        status: order.status,
        name: wording::order_name(c.level).marked(c.mode),
        action: wording::order_action(c.level).marked(c.mode),
        prompt: wording::order_prompt(
            c.mode,
            &wording::municipality(&c.municipality),
            &c.districts,
            c.level,
            &c.reason,
        ),
        audience: Audience { municipalities: 1, districts: c.districts.len(), whole: c.districts.is_empty() },
        proposer: order.proposer.clone(),
        proposed_at: order.proposed_at,
        lapses_at: lapses_at(order),
        decider: order.decider.clone(),
        issued_at: order.issued_at,
        corrected_at: order.corrected_at,
        ended_at: order.ended_at,
        own,
        may_approve: duty && !own && order.status == Status::Proposed,
    }
}

/// An example for the description.
pub(super) fn example() -> serde_json::Value {
    serde_json::json!({
        "id": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e11", "mode": "drill", "municipality": "02203", "level": 4,
        "districts": ["市川地区"], "reason": "津波警報の発表", "shelters_note": null, "municipality_name": "八戸市",
        "status": "proposed",
        "name": { "ja": "【訓練】警戒レベル４ 避難指示", "easy": "【訓練】レベル4：にげてください（ぜんいん）", "en": "【訓練】[DRILL] Level 4: Evacuation instruction" },
        "action": { "ja": "【訓練】…", "easy": "【訓練】…", "en": "【訓練】[DRILL] …" },
        "prompt": { "ja": "【訓練】これは訓練です。…", "easy": "【訓練】これは訓練です。…", "en": "【訓練】[DRILL] This is a drill. …" },
        "audience": { "municipalities": 1, "districts": 1, "whole": false },
        "proposer": "staff:019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e10", "proposed_at": "2025-12-08T23:15:00+09:00",
        "lapses_at": "2025-12-08T23:45:00+09:00", "decider": null, "issued_at": null, "corrected_at": null,
        "ended_at": null, "own": false, "may_approve": true
    })
}
