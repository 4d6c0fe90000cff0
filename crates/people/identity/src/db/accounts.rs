//! Accounts and their duties.

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use kernel::{Id, Timestamp};
use serde_json::Value;
use store::{Conn, sql};
use uuid::Uuid;

use crate::model::{Account, Grant};

#[derive(sqlx::FromRow)]
struct AccountRow {
    id: Uuid,
    name: String,
    suspended_at: Option<DateTime<Utc>>,
    demo: bool,
    created_at: DateTime<Utc>,
}

impl From<AccountRow> for Account {
    fn from(row: AccountRow) -> Self {
        Self {
            id: row.id.into(),
            name: row.name,
            suspended_at: row.suspended_at.map(Into::into),
            demo: row.demo,
            created_at: row.created_at.into(),
        }
    }
}

pub(crate) async fn insert_account(conn: &mut Conn, account: &Account) -> anyhow::Result<()> {
    sql("INSERT INTO identity_account (id, name, suspended_at, demo, created_at) VALUES ($1, $2, $3, $4, $5)")
        .bind(account.id)
        .bind(account.name.as_str())
        .bind(account.suspended_at)
        .bind(account.demo)
        .bind(account.created_at)
        .execute(conn)
        .await?;
    Ok(())
}

pub(crate) async fn account(conn: &mut Conn, id: Id<Account>) -> anyhow::Result<Option<Account>> {
    let row = sql("SELECT id, name, suspended_at, demo, created_at FROM identity_account WHERE id = $1")
        .bind(id)
        .fetch_optional::<AccountRow>(conn)
        .await?;
    Ok(row.map(Into::into))
}

/// All accounts by name: an office has hundreds, not millions.
pub(crate) async fn accounts(conn: &mut Conn) -> anyhow::Result<Vec<Account>> {
    let rows =
        sql("SELECT id, name, suspended_at, demo, created_at FROM identity_account ORDER BY name, id LIMIT 5000")
            .fetch_all::<AccountRow>(conn)
            .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

pub(crate) async fn set_suspended(conn: &mut Conn, id: Id<Account>, at: Option<Timestamp>) -> anyhow::Result<()> {
    sql("UPDATE identity_account SET suspended_at = $1 WHERE id = $2").bind(at).bind(id).execute(conn).await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct DutyRow {
    account: Uuid,
    duty: String,
    area: String,
}

impl DutyRow {
    fn grant(&self) -> anyhow::Result<Grant> {
        Ok(Grant {
            duty: serde_json::from_value(Value::String(self.duty.clone())).context("a stored duty is known")?,
            area: self.area.parse().map_err(|_| anyhow::anyhow!("a stored area is known: {}", self.area))?,
        })
    }
}

pub(crate) async fn grants(conn: &mut Conn, id: Id<Account>) -> anyhow::Result<Vec<Grant>> {
    sql("SELECT account, duty, area FROM identity_duty WHERE account = $1 ORDER BY area, duty")
        .bind(id)
        .fetch_all::<DutyRow>(conn)
        .await?
        .iter()
        .map(DutyRow::grant)
        .collect()
}

/// Every duty of every account, for the list.
pub(crate) async fn all_grants(conn: &mut Conn) -> anyhow::Result<Vec<(Id<Account>, Grant)>> {
    sql("SELECT account, duty, area FROM identity_duty ORDER BY account, area, duty LIMIT 50000")
        .fetch_all::<DutyRow>(conn)
        .await?
        .iter()
        .map(|row| Ok((row.account.into(), row.grant()?)))
        .collect()
}

/// Gives a duty; false if the account had it.
pub(crate) async fn insert_grant(
    conn: &mut Conn,
    id: Id<Account>,
    grant: &Grant,
    by: &str,
    now: Timestamp,
) -> anyhow::Result<bool> {
    let rows = sql("INSERT INTO identity_duty (account, duty, area, granted_at, granted_by)
                    VALUES ($1, $2, $3, $4, $5) ON CONFLICT (account, duty, area) DO NOTHING")
    .bind(id)
    .bind(duty_text(grant)?)
    .bind(grant.area.to_string())
    .bind(now)
    .bind(by)
    .execute(conn)
    .await?;
    Ok(rows == 1)
}

/// Takes a duty; false if the account did not have it.
pub(crate) async fn delete_grant(conn: &mut Conn, id: Id<Account>, grant: &Grant) -> anyhow::Result<bool> {
    let rows = sql("DELETE FROM identity_duty WHERE account = $1 AND duty = $2 AND area = $3")
        .bind(id)
        .bind(duty_text(grant)?)
        .bind(grant.area.to_string())
        .execute(conn)
        .await?;
    Ok(rows == 1)
}

fn duty_text(grant: &Grant) -> anyhow::Result<String> {
    let value = serde_json::to_value(grant.duty)?;
    Ok(value.as_str().context("a duty is a word")?.to_owned())
}
