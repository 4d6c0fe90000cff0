//! Evacuation orders (避難情報): propose, release by a second person, correct, lift, withdraw.
//!
//! Every command carries an id made by the client and may be sent again.

use axum::extract::State;
use http::{Actor, App, Duty, Json, Path, Problem};
use kernel::{AreaCode, Id, Timestamp};
use serde::Deserialize;
use store::Tx;
use utoipa::ToSchema;
use uuid::Uuid;

use super::views::{OrderView, example, view};
use crate::db;
use crate::jobs::{LOCK, order_news, refresh};
use crate::orders::{self, Content, Order, Refused, Restated, Status};

/// A proposal (起案).
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub(super) struct ProposeOrder {
    /// Made by the client; sending it again changes nothing.
    #[schema(value_type = String)]
    id: Uuid,
    #[serde(flatten)]
    content: Content,
}

/// A release (承認), restating what is released.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub(super) struct ApproveOrder {
    #[schema(value_type = String)]
    command: Uuid,
    restated: Restated,
}

/// A correction (訂正): the order as it should read.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub(super) struct CorrectOrder {
    #[schema(value_type = String)]
    command: Uuid,
    #[serde(flatten)]
    content: Content,
}

/// A step without further words.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub(super) struct OrderStep {
    #[schema(value_type = String)]
    command: Uuid,
}

/// Lists the orders of the caller's own area, newest first, those waiting for a decision included.
#[utoipa::path(
    get, path = "/api/alerts/orders", operation_id = "alertsOrders", tag = "alerts",
    responses(
        (status = 200, description = "Orders, newest first", body = Vec<OrderView>, example = json!([example()])),
        (status = 401, description = "`unauthenticated`"), (status = 403, description = "`forbidden`"),
    ),
    extensions(("x-who" = json!("own-area")))
)]
pub(super) async fn list(State(app): State<App>, actor: Actor) -> Result<Json<Vec<OrderView>>, Problem> {
    if actor.require_anywhere(Duty::EvacuationOrders).is_err() {
        actor.require_anywhere(Duty::Watch)?;
    }
    let mut conn = app.store.read().await?;
    let all = db::orders_listed(&mut conn).await?;
    Ok(Json(all.iter().filter(|o| may_see(&actor, o)).map(|o| view(o, &actor)).collect()))
}

/// Proposes an evacuation order. Nothing goes out until a second person releases it.
#[utoipa::path(
    post, path = "/api/alerts/orders", operation_id = "alertsOrderPropose", tag = "alerts",
    request_body(content = ProposeOrder, example = json!({
        "id": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e11", "mode": "drill", "municipality": "02203", "level": 4,
        "districts": ["市川地区"], "reason": "津波警報の発表", "shelters_note": null
    })),
    responses(
        (status = 200, description = "The proposal", body = OrderView, example = json!(example())),
        (status = 409, description = "`order-exists`"), (status = 422, description = "`invalid`"),
    ),
)]
pub(super) async fn propose(
    State(app): State<App>,
    actor: Actor,
    Json(wanted): Json<ProposeOrder>,
) -> Result<Json<OrderView>, Problem> {
    actor.require(Duty::EvacuationOrders, &AreaCode::municipality(&wanted.content.municipality))?;
    let order = app.store.retry(async || propose_once(&app, &actor, &wanted).await).await?;
    Ok(Json(view(&order, &actor)))
}

async fn propose_once(app: &App, actor: &Actor, wanted: &ProposeOrder) -> anyhow::Result<Order> {
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    tx.lock(LOCK).await?;
    let id = Id::from_uuid(wanted.id);
    if let Some(held) = db::order_for_update(&mut tx, id).await? {
        if held.proposer == actor.label() && held.content == wanted.content {
            return Ok(held);
        }
        let (ja, en) = ("同じ番号の別の避難情報があります。", "Another order has this id.");
        return Err(Problem::conflict("order-exists", ja, en).into());
    }
    let order = orders::propose(id, wanted.content.clone(), &actor.label(), now).map_err(Problem::from)?;
    keep(app, &mut tx, actor, &order, "alerts.order_proposed", wanted.id, now).await?;
    tx.commit().await?;
    Ok(order)
}

/// Releases a proposal. The caller must be another person than the proposer and restate mode, municipality and level.
#[utoipa::path(
    post, path = "/api/alerts/orders/{id}/approve", operation_id = "alertsOrderApprove", tag = "alerts",
    params(("id" = String, Path, description = "The order", example = "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e11")),
    request_body(content = ApproveOrder, example = json!({
        "command": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e12",
        "restated": { "mode": "drill", "municipality": "02203", "level": 4 }
    })),
    responses(
        (status = 200, description = "The order, in force", body = OrderView, example = json!(example())),
        (status = 404, description = "`not-found`"),
        (status = 409, description = "`second-person-needed`, `restatement-differs`, `proposal-lapsed`, `not-waiting`"),
    ),
)]
pub(super) async fn approve(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<Uuid>,
    Json(wanted): Json<ApproveOrder>,
) -> Result<Json<OrderView>, Problem> {
    let step = Step { id, command: wanted.command, kind: "alerts.order_approved" };
    let decide = |o: &Order, now| orders::approve(o, &actor.label(), &wanted.restated, now);
    act(&app, &actor, step, decide).await
}

/// Refuses a proposal; the proposer may take it back.
#[utoipa::path(
    post, path = "/api/alerts/orders/{id}/reject", operation_id = "alertsOrderReject", tag = "alerts",
    params(("id" = String, Path, description = "The order", example = "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e11")),
    request_body(content = OrderStep, example = json!({ "command": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e13" })),
    responses(
        (status = 200, description = "The order, refused", body = OrderView, example = json!(example())),
        (status = 404, description = "`not-found`"), (status = 409, description = "`not-waiting`, `proposal-lapsed`"),
    ),
)]
pub(super) async fn reject(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<Uuid>,
    Json(wanted): Json<OrderStep>,
) -> Result<Json<OrderView>, Problem> {
    let step = Step { id, command: wanted.command, kind: "alerts.order_rejected" };
    act(&app, &actor, step, |o, now| orders::reject(o, &actor.label(), now)).await
}

/// Corrects a released order at once. One person with the duty is enough, and so it can only keep or lower the level and
/// keep or narrow the districts.
#[utoipa::path(
    post, path = "/api/alerts/orders/{id}/correct", operation_id = "alertsOrderCorrect", tag = "alerts",
    params(("id" = String, Path, description = "The order", example = "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e11")),
    request_body(content = CorrectOrder, example = json!({
        "command": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e14", "mode": "drill", "municipality": "02203", "level": 4,
        "districts": ["市川地区"], "reason": "津波警報の発表（時刻を訂正）", "shelters_note": null
    })),
    responses(
        (status = 200, description = "The order, corrected", body = OrderView, example = json!(example())),
        (status = 404, description = "`not-found`"),
        (status = 409, description = "`not-in-force`, `other-order`, `new-order-needed`"),
    ),
)]
pub(super) async fn correct(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<Uuid>,
    Json(wanted): Json<CorrectOrder>,
) -> Result<Json<OrderView>, Problem> {
    let step = Step { id, command: wanted.command, kind: "alerts.order_corrected" };
    act(&app, &actor, step, |o, now| orders::correct(o, wanted.content.clone(), now)).await
}

/// Ends an order whose danger has passed (解除).
#[utoipa::path(
    post, path = "/api/alerts/orders/{id}/lift", operation_id = "alertsOrderLift", tag = "alerts",
    params(("id" = String, Path, description = "The order", example = "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e11")),
    request_body(content = OrderStep, example = json!({ "command": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e15" })),
    responses(
        (status = 200, description = "The order, ended", body = OrderView, example = json!(example())),
        (status = 404, description = "`not-found`"), (status = 409, description = "`not-in-force`"),
    ),
)]
pub(super) async fn lift(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<Uuid>,
    Json(wanted): Json<OrderStep>,
) -> Result<Json<OrderView>, Problem> {
    let step = Step { id, command: wanted.command, kind: "alerts.order_lifted" };
    act(&app, &actor, step, orders::lift).await
}

/// Withdraws an order that was released in error (取消). One person with the duty is enough.
#[utoipa::path(
    post, path = "/api/alerts/orders/{id}/withdraw", operation_id = "alertsOrderWithdraw", tag = "alerts",
    params(("id" = String, Path, description = "The order", example = "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e11")),
    request_body(content = OrderStep, example = json!({ "command": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e16" })),
    responses(
        (status = 200, description = "The order, withdrawn", body = OrderView, example = json!(example())),
        (status = 404, description = "`not-found`"), (status = 409, description = "`not-in-force`"),
    ),
)]
pub(super) async fn withdraw(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<Uuid>,
    Json(wanted): Json<OrderStep>,
) -> Result<Json<OrderView>, Problem> {
    let step = Step { id, command: wanted.command, kind: "alerts.order_withdrawn" };
    act(&app, &actor, step, orders::withdraw).await
}

#[derive(Debug, Clone, Copy)]
struct Step {
    id: Uuid,
    command: Uuid,
    kind: &'static str,
}

/// Authorise, load, decide, write, record, publish: one transaction for every step on an order.
async fn act(
    app: &App,
    actor: &Actor,
    step: Step,
    decide: impl Fn(&Order, Timestamp) -> Result<Order, Refused>,
) -> Result<Json<OrderView>, Problem> {
    actor.require_anywhere(Duty::EvacuationOrders)?;
    let order = app.store.retry(async || act_once(app, actor, step, &decide).await).await?;
    Ok(Json(view(&order, actor)))
}

async fn act_once(
    app: &App,
    actor: &Actor,
    step: Step,
    decide: &impl Fn(&Order, Timestamp) -> Result<Order, Refused>,
) -> anyhow::Result<Order> {
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    tx.lock(LOCK).await?;
    let order = db::order_for_update(&mut tx, Id::from_uuid(step.id)).await?;
    let order = order.filter(|o| decides(actor, o)).ok_or_else(Problem::not_found)?;
    if let Some((of, kind, who)) = db::find_step(&mut tx, step.command).await? {
        if of == step.id && kind == step.kind && who == actor.label() {
            return Ok(order);
        }
        return Err(Problem::command_used().into());
    }
    let decided = decide(&order, now).map_err(Problem::from)?;
    if decided.status == Status::InForce && order.status == Status::Proposed {
        replace_older(app, &mut tx, actor, &decided, now).await?;
    }
    keep(app, &mut tx, actor, &decided, step.kind, step.command, now).await?;
    tx.commit().await?;
    Ok(decided)
}

/// A new level for the same districts ends the older order: two levels for one place would confuse.
async fn replace_older(app: &App, tx: &mut Tx, actor: &Actor, new: &Order, now: Timestamp) -> anyhow::Result<()> {
    for old in db::orders_in_force(tx, new.content.mode).await? {
        if orders::is_replaced(&old, new) {
            let ended = orders::lift(&old, now).map_err(Problem::from)?;
            db::put_order(tx, &ended).await?;
            order_news(app, tx, &ended, "alerts.order_lifted", &actor.label(), app.ids.uuid(), now).await?;
        }
    }
    Ok(())
}

async fn keep(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    order: &Order,
    kind: &'static str,
    command: Uuid,
    now: Timestamp,
) -> anyhow::Result<()> {
    db::put_order(tx, order).await?;
    db::insert_step(tx, command, order.id, kind, &actor.label(), now).await?;
    order_news(app, tx, order, kind, &actor.label(), command, now).await?;
    let state = db::load(tx, order.content.mode).await?;
    refresh(tx, &state, now).await
}

fn decides(actor: &Actor, order: &Order) -> bool {
    actor.require(Duty::EvacuationOrders, &AreaCode::municipality(&order.content.municipality)).is_ok()
}

fn may_see(actor: &Actor, order: &Order) -> bool {
    let area = AreaCode::municipality(&order.content.municipality);
    [Duty::EvacuationOrders, Duty::Watch].iter().any(|duty| actor.require(*duty, &area).is_ok())
}
