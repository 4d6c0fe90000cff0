//! Journal entries of this room.

use http::{Actor, App};
use kernel::{AreaCode, Id, Mode, Timestamp, areas};
use serde_json::{Value, json};
use store::Tx;
use store::journal::{self, Body, NewEntry};
use uuid::Uuid;

use crate::db::Sum;
use crate::model::notice::Notice;

/// A step of a notice. `step` is the command, so that a repeat is one entry.
pub(crate) async fn notice(
    tx: &mut Tx,
    kind: &'static str,
    notice: &Notice,
    actor: &str,
    step: Uuid,
    body: Value,
    now: Timestamp,
) -> anyhow::Result<()> {
    let area = match notice.municipalities.as_slice() {
        [one] => AreaCode::municipality(one),
        _ => areas::PREFECTURE,
    };
    let entry = NewEntry {
        id: Id::from_uuid(step),
        kind,
        subject: notice.id.to_string(),
        area: Some(area),
        mode: notice.mode(),
        actor: actor.to_owned(),
        device: None,
        occurred_at: now,
        body: Body::Open(body),
    };
    journal::record(tx, entry, now).await?;
    Ok(())
}

/// A step of a subscription: that it happened, not what was asked for.
pub(crate) async fn subscription(
    app: &App,
    tx: &mut Tx,
    kind: &'static str,
    id: Uuid,
    why: &str,
    now: Timestamp,
) -> anyhow::Result<()> {
    let entry = NewEntry {
        id: app.ids.next(),
        kind,
        subject: id.to_string(),
        area: None,
        mode: Mode::Live,
        actor: Actor::system().label(),
        device: None,
        occurred_at: now,
        body: Body::Open(json!({ "why": why })),
    };
    journal::record(tx, entry, now).await?;
    Ok(())
}

/// What a notice says in the open.
pub(crate) fn about(notice: &Notice) -> Value {
    json!({
        "kind": notice.kind, "template": notice.template, "municipalities": notice.municipalities,
        "title": notice.said.words().title, "urgent": notice.urgent, "follows": notice.follows,
    })
}

/// The ledger's sums: how many in each state.
pub(crate) fn sums(sums: &[Sum]) -> Value {
    let mut states = serde_json::Map::new();
    let mut matched = 0;
    for sum in sums {
        let held = states.get(&sum.state).and_then(Value::as_i64).unwrap_or(0);
        states.insert(sum.state.clone(), json!(held + sum.count));
        matched += sum.count;
    }
    states.insert("matched".to_owned(), json!(matched));
    Value::Object(states)
}
