//! Changes to rows, journal, timeline and documents, all in the caller's transaction.

use http::{App, hot};
use kernel::{AreaCode, Id, Mode, Text, Timestamp, areas};
use serde_json::json;
use store::Tx;
use store::journal::{self, Body, Entry, NewEntry};
use uuid::Uuid;

use crate::db::{self, TimelineRow};
use crate::model::{Change, Line, News, State};
use crate::orders::{Order, Status};
use crate::publish::{self, TimelineEntry, TimelineKind, View};
use crate::wording;

/// Writes what a fold brought about.
pub(crate) async fn write(
    app: &App,
    tx: &mut Tx,
    mode: Mode,
    changes: &[Change],
    now: Timestamp,
) -> anyhow::Result<()> {
    for change in changes {
        match change {
            Change::Hold(statement) => db::put_statement(tx, mode, statement).await?,
            Change::Forget(key) => db::forget_statement(tx, mode, key).await?,
            Change::Set(hazard) => db::put_hazard(tx, mode, hazard).await?,
            Change::Clear(place) => db::forget_hazard(tx, mode, place).await?,
            Change::News(news) => tell(app, tx, mode, news, now).await?,
            Change::Line(line) => add_line(app, tx, mode, line, now).await?,
        }
    }
    Ok(())
}

/// Publishes the documents that changed, and only those.
pub(crate) async fn refresh(tx: &mut Tx, state: &State, now: Timestamp) -> anyhow::Result<()> {
    let mode = state.mode;
    let known_since = db::known_since(tx, mode, now).await?;
    let orders = db::orders_in_force(tx, mode).await?;
    let timeline = db::newest_lines(tx, mode).await?;
    let published = db::documents(tx).await?;
    let view = View { state, orders: &orders, timeline: &timeline, known_since, now };
    for draft in publish::drafts(view) {
        let digest = draft.digest();
        if published.get(&draft.name) != Some(&digest) {
            db::note_document(tx, &draft.name, &digest, now).await?;
            hot::publish(tx, &draft.name, &draft.body(now), now).await?;
        }
    }
    Ok(())
}

async fn tell(app: &App, tx: &mut Tx, mode: Mode, news: &News, now: Timestamp) -> anyhow::Result<()> {
    let entry = NewEntry {
        id: app.ids.next(),
        kind: news.kind,
        subject: news.subject.clone(),
        area: news.area.clone(),
        mode,
        actor: "system".to_owned(),
        device: None,
        occurred_at: news.at,
        body: Body::Open(news.body.clone()),
    };
    journal::record(tx, entry, now).await?;
    Ok(())
}

async fn add_line(app: &App, tx: &mut Tx, mode: Mode, line: &Line, now: Timestamp) -> anyhow::Result<()> {
    let id = app.ids.uuid();
    let entry = TimelineEntry::of(line, id, now);
    db::add_line(tx, &TimelineRow { id, mode, entry }).await
}

/// A replay begins on clear ground.
pub(super) async fn reset_news(app: &App, tx: &mut Tx, cause: &Entry, now: Timestamp) -> anyhow::Result<()> {
    let news = News {
        kind: "alerts.drill_reset",
        subject: cause.subject.clone(),
        area: None,
        at: now,
        body: json!({ "replay": cause.subject }),
    };
    tell(app, tx, Mode::Drill, &news, now).await
}

/// A step on an evacuation order: the journal always, the timeline once it concerns residents.
pub(crate) async fn order_news(
    app: &App,
    tx: &mut Tx,
    order: &Order,
    kind: &'static str,
    actor: &str,
    step: Uuid,
    now: Timestamp,
) -> anyhow::Result<()> {
    let c = &order.content;
    let title = order_title(kind, order);
    let entry = NewEntry {
        id: Id::from_uuid(step),
        kind,
        subject: order.id.to_string(),
        area: Some(AreaCode::municipality(&c.municipality)),
        mode: c.mode,
        actor: actor.to_owned(),
        device: None,
        occurred_at: now,
        body: Body::Open(json!({
            "level": c.level, "districts": c.districts, "reason": c.mode.mark(&c.reason), "status": order.status,
            "proposer": order.proposer, "decider": order.decider, "title": title.marked(c.mode),
        })),
    };
    journal::record(tx, entry, now).await?;
    if matches!(order.status, Status::InForce | Status::Lifted | Status::Withdrawn) {
        let in_force = order.status == Status::InForce;
        let name = areas::municipality(&c.municipality).map_or("", |m| m.name);
        let line = Line {
            at: now,
            kind: if order.status == Status::Withdrawn { TimelineKind::Withdrawn } else { TimelineKind::Evacuation },
            rank: if in_force { c.level } else { 0 },
            level: in_force.then_some(c.level),
            areas: vec![c.municipality.clone()],
            area_text: wording::order_places(&wording::municipality(&c.municipality), &c.districts),
            title,
            source_kind: "order".to_owned(),
            office: name.to_owned(),
        };
        add_line(app, tx, c.mode, &line, now).await?;
    }
    Ok(())
}

fn order_title(kind: &str, order: &Order) -> Text {
    let name = wording::order_name(order.content.level);
    wording::order_step(kind, &name)
}
