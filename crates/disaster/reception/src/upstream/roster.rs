//! The roster on a kit: who may come with which token, blinded, and the cards sealed to the kit.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use http::App;
use uuid::Uuid;

use super::books::Upstream;
use super::link::{Cut, Link};
use crate::db;
use crate::db::upstream::Card;
use crate::exchange::{RosterAsk, RosterLine, RosterPage, paths};

/// What the roster knows of a token (名簿の照合結果).
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// 32 hex digits.
    pub subject: String,
    /// The token was taken back.
    pub revoked: bool,
    /// SHA-256 (hex) of the device keys that may sign for the household.
    pub signers: Vec<String>,
    /// A municipality protects somebody of it.
    pub protected: bool,
    /// Sealed to this kit, in the context `roster:<subject>`.
    pub card: serde_json::Value,
}

/// Reads the whole roster anew; whoever is no longer on it is forgotten at its end.
pub(super) async fn read_anew(link: &Link, app: &App, books: &mut Upstream) -> Result<(), Cut> {
    let round = app.clock.now();
    let mut after: Option<Uuid> = None;
    loop {
        let page: RosterPage = link.ask(app, books, paths::ROSTER, &RosterAsk { after }).await?;
        let mut tx = app.store.write().await.map_err(anyhow::Error::from)?;
        for line in &page.rows {
            keep(&mut tx, line, round).await?;
        }
        if page.next.is_none() {
            db::upstream::forget_before(&mut tx, round).await?;
        }
        tx.commit().await.map_err(anyhow::Error::from)?;
        after = page.next;
        if after.is_none() {
            books.roster_at = Some(round);
            return Ok(());
        }
    }
}

/// Whom a token belongs to, on a kit. `None` for a token that the roster does not know.
pub async fn look_up(app: &App, books: &Upstream, token: &[u8; 16]) -> anyhow::Result<Option<Known>> {
    let key = B64.decode(&books.token_key)?;
    let mut conn = app.store.read().await?;
    let Some((subject, revoked)) = db::upstream::token(&mut conn, households::blind(&key, token)).await? else {
        return Ok(None);
    };
    let Some(card) = db::upstream::card(&mut conn, &subject).await? else { return Ok(None) };
    Ok(Some(Known { subject, revoked, signers: card.signers, protected: card.protected, card: card.sealed }))
}

async fn keep(conn: &mut store::Conn, line: &RosterLine, round: kernel::Timestamp) -> anyhow::Result<()> {
    let card =
        Card { signers: line.signers.clone(), protected: line.protected, sealed: serde_json::to_value(&line.card)? };
    db::upstream::put_card(conn, &line.subject, round, &card).await?;
    for token in &line.tokens {
        // What is no mark is nobody's token.
        let Some(mark) = B64.decode(&token.token).ok().and_then(|bytes| bytes.try_into().ok()) else { continue };
        db::upstream::put_token(conn, mark, &line.subject, token.revoked).await?;
    }
    Ok(())
}
