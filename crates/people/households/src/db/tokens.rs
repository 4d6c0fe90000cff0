//! Tokens: known by a keyed hash, readable by their own household alone.

use chrono::{DateTime, Utc};
use kernel::{Id, Timestamp};
use store::{Conn, sql};
use uuid::Uuid;

use super::{read_word, word};
use crate::model::{Household, TokenKind};

const INSERT: &str = "INSERT INTO households_token (id, household, device, kind, blind, sealed, made_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7)";
const OF: &str = "SELECT id, kind, sealed, made_at, revoked_at FROM households_token WHERE household = $1
    ORDER BY made_at, id LIMIT 500";
const ONE: &str = "SELECT id, kind, sealed, made_at, revoked_at FROM households_token WHERE id = $1 AND household = $2";
const REVOKE: &str =
    "UPDATE households_token SET revoked_at = $1 WHERE id = $2 AND household = $3 AND revoked_at IS NULL";
const REVOKE_PHONE: &str =
    "UPDATE households_token SET revoked_at = $1 WHERE device = $2 AND household = $3 AND kind = 'phone'
    AND revoked_at IS NULL";
const TAKEN: &str = "SELECT COUNT(*) FROM households_token WHERE blind = $1 AND revoked_at IS NULL";
const FIND: &str =
    "SELECT h.subject, h.id, t.revoked_at FROM households_token t JOIN households_household h ON h.id = t.household
    WHERE t.blind = $1 AND h.deleted_at IS NULL ORDER BY t.revoked_at IS NOT NULL, t.made_at DESC LIMIT 1";
const FORGET: &str = "DELETE FROM households_token WHERE household = $1";

pub(super) const SQL: &[&str] = &[INSERT, OF, ONE, REVOKE, REVOKE_PHONE, TAKEN, FIND, FORGET];

/// A token as it is stored: sealed under its household's key.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct StoredToken {
    pub(crate) id: Uuid,
    kind: String,
    pub(crate) sealed: Vec<u8>,
    made_at: DateTime<Utc>,
    revoked_at: Option<DateTime<Utc>>,
}

impl StoredToken {
    pub(crate) fn kind(&self) -> anyhow::Result<TokenKind> {
        read_word(&self.kind)
    }

    pub(crate) fn made_at(&self) -> Timestamp {
        self.made_at.into()
    }

    pub(crate) fn revoked_at(&self) -> Option<Timestamp> {
        self.revoked_at.map(Into::into)
    }
}

/// A token to be kept.
#[derive(Debug)]
pub(crate) struct NewToken {
    pub(crate) id: Uuid,
    /// The device that asked for it.
    pub(crate) device: Uuid,
    pub(crate) kind: TokenKind,
    pub(crate) blind: String,
    pub(crate) sealed: Vec<u8>,
}

pub(crate) async fn insert_token(
    conn: &mut Conn,
    household: Id<Household>,
    token: NewToken,
    now: Timestamp,
) -> anyhow::Result<()> {
    let NewToken { id, device, kind, blind, sealed } = token;
    sql(INSERT)
        .bind(id)
        .bind(household)
        .bind(device)
        .bind(word(kind)?)
        .bind(blind)
        .bind(sealed)
        .bind(now)
        .execute(conn)
        .await?;
    Ok(())
}

pub(crate) async fn tokens(conn: &mut Conn, household: Id<Household>) -> anyhow::Result<Vec<StoredToken>> {
    Ok(sql(OF).bind(household).fetch_all(conn).await?)
}

pub(crate) async fn token(conn: &mut Conn, id: Uuid, household: Id<Household>) -> anyhow::Result<Option<StoredToken>> {
    Ok(sql(ONE).bind(id).bind(household).fetch_optional(conn).await?)
}

/// Revokes a token of the household; false if it no longer was good.
pub(crate) async fn revoke_token(
    conn: &mut Conn,
    id: Uuid,
    household: Id<Household>,
    now: Timestamp,
) -> anyhow::Result<bool> {
    Ok(sql(REVOKE).bind(now).bind(id).bind(household).execute(conn).await? == 1)
}

/// Revokes the codes on the screen of a device that no longer belongs to the household.
pub(crate) async fn revoke_phone(
    conn: &mut Conn,
    device: Uuid,
    household: Id<Household>,
    now: Timestamp,
) -> anyhow::Result<()> {
    sql(REVOKE_PHONE).bind(now).bind(device).bind(household).execute(conn).await?;
    Ok(())
}

/// Whether the token is good for some household.
pub(crate) async fn token_taken(conn: &mut Conn, blind: &str) -> anyhow::Result<bool> {
    let (count,) = sql(TAKEN).bind(blind).fetch_one::<(i64,)>(conn).await?;
    Ok(count > 0)
}

/// Subject and household behind a token, and whether it was revoked; a good one before a revoked one.
pub(crate) async fn find_token(conn: &mut Conn, blind: &str) -> anyhow::Result<Option<(u128, Id<Household>, bool)>> {
    let row = sql(FIND).bind(blind).fetch_optional::<(Uuid, Uuid, Option<DateTime<Utc>>)>(conn).await?;
    Ok(row.map(|(subject, household, revoked)| (subject.as_u128(), household.into(), revoked.is_some())))
}

pub(super) async fn forget_tokens(conn: &mut Conn, household: Id<Household>) -> anyhow::Result<()> {
    sql(FORGET).bind(household).execute(conn).await?;
    Ok(())
}
