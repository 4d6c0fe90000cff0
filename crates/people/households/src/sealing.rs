//! The keys that a municipality is sealed to: made when first needed, kept for ever, so that what was sealed stays readable.

use anyhow::Context as _;
use http::{Actor, App};
use kernel::{Id, areas};
use serde_json::json;
use store::Tx;
use store::envelope::{PublicKey, SecretKey};
use uuid::Uuid;

use crate::db::{self, StoredKey};
use crate::record::{self, Happened};

const SECRET: (&str, &str) = ("households_sealing_key", "secret");

/// The key that is sealed to for a municipality of Aomori (市町村の公開鍵). `None` for any other place.
pub async fn public_key(app: &App, jis5: &str) -> anyhow::Result<Option<PublicKey>> {
    let Some(town) = areas::municipality(jis5) else { return Ok(None) };
    let mut conn = app.store.read().await?;
    if let Some(known) = db::current_key(&mut conn, town.jis5).await? {
        return public(&known, town.jis5).map(Some);
    }
    drop(conn);
    let mut tx = app.store.write().await?;
    tx.lock("households.sealing").await?;
    let key = match db::current_key(&mut tx, town.jis5).await? {
        Some(known) => public(&known, town.jis5)?,
        None => make(app, &mut tx, &Actor::system(), town.jis5).await?,
    };
    tx.commit().await?;
    Ok(Some(key))
}

/// A new key for a municipality; what is sealed to the older ones still opens.
pub(crate) async fn rotate(app: &App, tx: &mut Tx, actor: &Actor, jis5: &str) -> anyhow::Result<PublicKey> {
    tx.lock("households.sealing").await?;
    make(app, tx, actor, jis5).await
}

/// Every secret key of a municipality, the newest first: what opens at the centre. Empty before the first was made.
///
/// Whoever asks answers for the gate: what these keys open is [`crate::Personal`] and goes through [`crate::disclosure`].
pub async fn opener(app: &App, jis5: &str) -> anyhow::Result<Vec<SecretKey>> {
    let mut conn = app.store.read().await?;
    let stored = db::sealing_keys(&mut conn, jis5).await?;
    let open = |key: &StoredKey| {
        let bytes = app.crypter.open(SECRET.0, key.id, SECRET.1, &key.secret)?;
        Ok(SecretKey::from_bytes(&bytes)?)
    };
    stored.iter().map(open).collect()
}

async fn make(app: &App, tx: &mut Tx, actor: &Actor, jis5: &str) -> anyhow::Result<PublicKey> {
    let secret = SecretKey::generate()?;
    let key = secret.public(owner(jis5));
    let id: Uuid = app.ids.next::<Id<SecretKey>>().uuid();
    let sealed = app.crypter.seal(SECRET.0, id, SECRET.1, secret.expose().as_slice())?;
    let stored = StoredKey { id, point: key.point().to_vec(), secret: sealed };
    db::insert_key(tx, jis5, stored, app.clock.now()).await?;
    let what = Happened::at(record::KEY_MADE, jis5).body(json!({ "kid": key.kid() }));
    record::record(app, tx, actor, what).await?;
    Ok(key)
}

fn public(key: &StoredKey, jis5: &str) -> anyhow::Result<PublicKey> {
    let point = key.point.as_slice().try_into().context("a stored point has 32 bytes")?;
    Ok(PublicKey::new(point, owner(jis5)))
}

fn owner(jis5: &str) -> String {
    format!("municipality:{jis5}")
}
