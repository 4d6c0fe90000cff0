//! Evacuation orders and the steps taken on them.

use kernel::{Id, Mode, Timestamp};
use sqlx::types::Json;
use store::{Conn, Tx, sql};
use uuid::Uuid;

use crate::orders::Order;

const PUT: &str = "INSERT INTO alerts_order (id, mode, municipality, status, proposed_at, body)
    VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (id) DO UPDATE SET status = excluded.status, body = excluded.body";
const FIND: &str = "SELECT body FROM alerts_order WHERE id = $1";
const IN_FORCE: &str = "SELECT body FROM alerts_order WHERE status = 'in_force' AND mode = $1 LIMIT 2000";
const WAITING: &str = "SELECT body FROM alerts_order WHERE status = 'proposed' LIMIT 2000";
const LISTED: &str = "SELECT body FROM alerts_order ORDER BY proposed_at DESC LIMIT 500";
const INSERT_STEP: &str = "INSERT INTO alerts_order_step (id, order_id, action, actor, at) VALUES ($1, $2, $3, $4, $5)";
const FIND_STEP: &str = "SELECT order_id, action, actor FROM alerts_order_step WHERE id = $1";

pub(super) const SQL: &[&str] = &[PUT, FIND, IN_FORCE, WAITING, LISTED, INSERT_STEP, FIND_STEP];

type Body = (Json<Order>,);

pub(crate) async fn put_order(conn: &mut Conn, order: &Order) -> anyhow::Result<()> {
    sql(PUT)
        .bind(order.id)
        .bind(order.content.mode)
        .bind(&order.content.municipality)
        .bind(order.status.as_str())
        .bind(order.proposed_at)
        .bind(serde_json::to_value(order)?)
        .execute(conn)
        .await?;
    Ok(())
}

/// The order, with everyone else who decides on orders kept waiting until the end of the transaction.
pub(crate) async fn order_for_update(tx: &mut Tx, id: Id<Order>) -> anyhow::Result<Option<Order>> {
    let row: Option<Body> = sql(FIND).bind(id).fetch_optional(tx).await?;
    Ok(row.map(|(Json(order),)| order))
}

pub(crate) async fn orders_in_force(conn: &mut Conn, mode: Mode) -> anyhow::Result<Vec<Order>> {
    Ok(orders(sql(IN_FORCE).bind(mode).fetch_all(conn).await?))
}

pub(crate) async fn orders_waiting(conn: &mut Conn) -> anyhow::Result<Vec<Order>> {
    Ok(orders(sql(WAITING).fetch_all(conn).await?))
}

pub(crate) async fn orders_listed(conn: &mut Conn) -> anyhow::Result<Vec<Order>> {
    Ok(orders(sql(LISTED).fetch_all(conn).await?))
}

fn orders(rows: Vec<Body>) -> Vec<Order> {
    rows.into_iter().map(|(Json(order),)| order).collect()
}

/// A command once carried out: which order, what, by whom.
pub(crate) async fn find_step(conn: &mut Conn, id: Uuid) -> anyhow::Result<Option<(Uuid, String, String)>> {
    Ok(sql(FIND_STEP).bind(id).fetch_optional(conn).await?)
}

pub(crate) async fn insert_step(
    conn: &mut Conn,
    id: Uuid,
    order: Id<Order>,
    action: &str,
    actor: &str,
    now: Timestamp,
) -> anyhow::Result<()> {
    sql(INSERT_STEP).bind(id).bind(order).bind(action).bind(actor).bind(now).execute(conn).await?;
    Ok(())
}
