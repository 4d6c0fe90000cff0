//! What a kit keeps of its centre: how far they are, and the roster.

use kernel::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::types::Json;
use store::{Conn, sql};

const PUT: &str = "INSERT INTO reception_upstream (part, body) VALUES ($1, $2)
    ON CONFLICT (part) DO UPDATE SET body = excluded.body";
const FIND: &str = "SELECT body FROM reception_upstream WHERE part = $1";
const PUT_TOKEN: &str = "INSERT INTO reception_roster (token, subject, revoked) VALUES ($1, $2, $3)
    ON CONFLICT (token) DO UPDATE SET subject = excluded.subject, revoked = excluded.revoked";
const PUT_CARD: &str = "INSERT INTO reception_roster_card (subject, round, signers, protected, card)
    VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (subject) DO UPDATE SET round = excluded.round, signers = excluded.signers,
        protected = excluded.protected, card = excluded.card";
const FORGET_CARDS: &str = "DELETE FROM reception_roster_card WHERE round < $1";
const FORGET_TOKENS: &str =
    "DELETE FROM reception_roster WHERE subject NOT IN (SELECT subject FROM reception_roster_card)";
const TOKEN: &str = "SELECT subject, revoked FROM reception_roster WHERE token = $1";
const CARD: &str = "SELECT signers, protected, card FROM reception_roster_card WHERE subject = $1";

pub(super) const SQL: &[&str] = &[PUT, FIND, PUT_TOKEN, PUT_CARD, FORGET_CARDS, FORGET_TOKENS, TOKEN, CARD];

/// A household of the roster as a kit keeps it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Card {
    /// SHA-256 (hex) of the device keys that may sign for it.
    pub(crate) signers: Vec<String>,
    pub(crate) protected: bool,
    /// Sealed to the kit.
    pub(crate) sealed: serde_json::Value,
}

pub(crate) async fn put<T: Serialize>(conn: &mut Conn, part: &str, body: &T) -> anyhow::Result<()> {
    sql(PUT).bind(part).bind(serde_json::to_value(body)?).execute(conn).await?;
    Ok(())
}

pub(crate) async fn find<T: DeserializeOwned>(conn: &mut Conn, part: &str) -> anyhow::Result<Option<T>> {
    let row: Option<(Json<serde_json::Value>,)> = sql(FIND).bind(part).fetch_optional(conn).await?;
    Ok(row.map(|(Json(body),)| serde_json::from_value(body)).transpose()?)
}

pub(crate) async fn put_token(conn: &mut Conn, token: [u8; 16], subject: &str, revoked: bool) -> anyhow::Result<()> {
    sql(PUT_TOKEN).bind(token).bind(subject).bind(revoked).execute(conn).await?;
    Ok(())
}

/// `round` is the reading of the roster in which it was seen.
pub(crate) async fn put_card(conn: &mut Conn, subject: &str, round: Timestamp, card: &Card) -> anyhow::Result<()> {
    sql(PUT_CARD)
        .bind(subject)
        .bind(round.millis())
        .bind(serde_json::to_value(&card.signers)?)
        .bind(card.protected)
        .bind(card.sealed.clone())
        .execute(conn)
        .await?;
    Ok(())
}

/// Forgets whoever was not in the reading that ended: moved away, or deleted what it had registered.
pub(crate) async fn forget_before(conn: &mut Conn, round: Timestamp) -> anyhow::Result<()> {
    sql(FORGET_CARDS).bind(round.millis()).execute(conn).await?;
    sql(FORGET_TOKENS).execute(conn).await?;
    Ok(())
}

/// The subject behind a blinded token, and whether the token was taken back.
pub(crate) async fn token(conn: &mut Conn, token: [u8; 16]) -> anyhow::Result<Option<(String, bool)>> {
    Ok(sql(TOKEN).bind(token).fetch_optional(conn).await?)
}

pub(crate) async fn card(conn: &mut Conn, subject: &str) -> anyhow::Result<Option<Card>> {
    let row: Option<(Json<Vec<String>>, bool, Json<serde_json::Value>)> =
        sql(CARD).bind(subject).fetch_optional(conn).await?;
    Ok(row.map(|(Json(signers), protected, Json(sealed))| Card { signers, protected, sealed }))
}
