//! The roster of a kit (拠点の名簿): who may come with which token, so that a desk without a network knows them. Tokens are
//! blinded, cards are sealed to the kit: nothing leaves readable.

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use http::{Actor, App};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use store::Conn;
use store::envelope::{self, Envelope, PublicKey};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::db::{self, Stored};
use crate::model::{ConsentAbout, Mark, Needs, blind, current};
use crate::protection::ProtectionList;
use crate::record::{self, Happened, subject_text};
use crate::tokens;
use crate::vault::DataKey;
use crate::wire;

/// Households in one page at most.
pub const PAGE: u32 = 500;

/// What a kit knows of one household (名簿の一行). As JSON: hexadecimal digits, and the envelope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RosterRow {
    #[serde(with = "wire::subject")]
    pub subject: u128,
    /// Each token as [`blind`] under the roster's key, and whether it was taken back.
    #[serde(with = "wire::tokens")]
    pub tokens: Vec<(Mark, bool)>,
    /// SHA-256 of the public keys (65 bytes, uncompressed) that may sign a phone's code for the household.
    #[serde(with = "wire::hashes")]
    pub signers: Vec<[u8; 32]>,
    /// A municipality protects somebody of it: shown at the desk where it stands, and nowhere else.
    pub protected: bool,
    /// The JSON of the household, in the context [`roster_context`].
    pub card: Envelope,
}

/// What the envelope of a row is bound to.
pub fn roster_context(subject: u128) -> String {
    format!("roster:{}", subject_text(subject))
}

/// The next households of a municipality for a kit, in the order of their ids; the last id is where the next page begins.
/// Needs go along only where the family shares them with desks.
pub async fn roster(
    app: &App,
    actor: &Actor,
    jis5: &str,
    after: Option<Uuid>,
    roster_key: &[u8],
    kit: &PublicKey,
) -> anyhow::Result<(Vec<RosterRow>, Option<Uuid>)> {
    let mut conn = app.store.read().await?;
    let stored = db::households_in(&mut conn, jis5, after.unwrap_or(Uuid::nil()), PAGE).await?;
    let list = ProtectionList::load(app, &mut conn).await?;
    let mut rows = Vec::with_capacity(stored.len());
    for one in &stored {
        rows.extend(row(app, &mut conn, &list, one, roster_key, kit).await?);
    }
    drop(conn);
    let mut tx = app.store.write().await?;
    let body = json!({ "households": rows.len(), "to": kit.owner() });
    record::record(app, &mut tx, actor, Happened::at(record::ROSTER_GIVEN, jis5).body(body)).await?;
    tx.commit().await?;
    let full = stored.len() == PAGE as usize;
    Ok((rows, stored.last().filter(|_| full).map(|last| last.id)))
}

async fn row(
    app: &App,
    conn: &mut Conn,
    list: &ProtectionList,
    stored: &Stored,
    roster_key: &[u8],
    kit: &PublicKey,
) -> anyhow::Result<Option<RosterRow>> {
    let Some(key) = DataKey::find(app, conn, stored.household()).await? else { return Ok(None) };
    let mut household = key.open(stored)?;
    let subject = stored.subject.as_u128();
    let protected = !list.protected_by(subject, &household).is_empty();
    let said = current(&db::consents(conn, stored.household()).await?);
    if !said.iter().any(|consent| consent.what == ConsentAbout::Desk && consent.given) {
        household.persons.iter_mut().for_each(|person| person.needs = Needs::default());
    }
    let mut tokens = Vec::new();
    for token in db::tokens(conn, stored.household()).await? {
        let mark = blind(roster_key, key.open_token(&token)?.bytes());
        tokens.push((mark, token.revoked_at().is_some()));
    }
    let mut signers = Vec::new();
    for signer in tokens::signers(conn, stored.household()).await? {
        let point = BASE64.decode(signer.as_str()).context("a stored key is base64")?;
        signers.push(Sha256::digest(&point).into());
    }
    let plain = Zeroizing::new(serde_json::to_vec(&household)?);
    let card = envelope::seal(&roster_context(subject), &plain, std::slice::from_ref(kit))?;
    Ok(Some(RosterRow { subject, tokens, signers, protected, card }))
}
