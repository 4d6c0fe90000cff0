//! The keys of a municipality: what cards and events are sealed to, and what the codes of phones are sealed to. Made when first
//! needed, kept so that what was sealed stays readable; the first kind is destroyed when what was sealed to it is past its time.
//!
//! The secret of the first stays at the centre. That of the second, the desk's key (受付の鍵), is given to the municipality's kits,
//! so that a desk without a network reads the code of a family that it never heard of; when a kit is lost it is changed.

use std::time::Duration;

use anyhow::Context as _;
use http::{Actor, App};
use kernel::{Id, Timestamp, areas};
use serde_json::json;
use store::envelope::{PublicKey, SecretKey};
use store::{Conn, Tx};
use uuid::Uuid;

use crate::db::{self, KeyFor, StoredKey, StoredLife};
use crate::record::{self, Happened};

/// How long kits go on reading codes of phones that have not heard of a new key.
const GRACE: Duration = Duration::from_hours(30 * 24);

impl KeyFor {
    /// The sealed column of its secret.
    const fn column(self) -> (&'static str, &'static str) {
        match self {
            Self::Sealing => ("households_sealing_key", "secret"),
            Self::PhoneCodes => ("households_desk_key", "secret"),
        }
    }

    fn owner(self, jis5: &str) -> String {
        match self {
            Self::Sealing => format!("municipality:{jis5}"),
            Self::PhoneCodes => format!("desk:{jis5}"),
        }
    }
}

/// The key that is sealed to for a municipality of Aomori (市町村の公開鍵). `None` for any other place.
pub async fn public_key(app: &App, jis5: &str) -> anyhow::Result<Option<PublicKey>> {
    current(app, KeyFor::Sealing, jis5).await
}

/// The key that phones seal their codes to (受付の公開鍵). `None` for any other place.
pub async fn desk_key(app: &App, jis5: &str) -> anyhow::Result<Option<PublicKey>> {
    current(app, KeyFor::PhoneCodes, jis5).await
}

/// A new key for a municipality; what is sealed to the older ones still opens.
pub async fn rotate(app: &App, tx: &mut Tx, actor: &Actor, jis5: &str) -> anyhow::Result<PublicKey> {
    tx.lock("households.sealing").await?;
    make(app, tx, actor, KeyFor::Sealing, jis5).await
}

/// A new key for the codes of phones, because a kit that had the old one is lost. Phones learn it as they learn the first one;
/// codes under the old one still open at the centre and on the kits that are left.
pub async fn rotate_desk_key(app: &App, tx: &mut Tx, actor: &Actor, jis5: &str) -> anyhow::Result<PublicKey> {
    tx.lock("households.sealing").await?;
    make(app, tx, actor, KeyFor::PhoneCodes, jis5).await
}

/// Every secret key of a municipality, the newest first: what opens at the centre. Empty before the first was made.
///
/// Whoever asks answers for the gate: what these keys open is [`crate::Personal`] and goes through [`crate::disclosure`].
pub async fn opener(app: &App, jis5: &str) -> anyhow::Result<Vec<SecretKey>> {
    secrets(app, KeyFor::Sealing, jis5, |_| true).await
}

/// How long a key was the one that is sealed to (鍵の期間).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyLife {
    pub id: Uuid,
    pub kid: String,
    pub made_at: Timestamp,
    /// Absent for the one that is sealed to now.
    pub retired_at: Option<Timestamp>,
}

/// The keys of a municipality that are left, the oldest first.
pub async fn key_lives(conn: &mut Conn, jis5: &str) -> anyhow::Result<Vec<KeyLife>> {
    let life = |stored: StoredLife| {
        let (made_at, retired_at) = stored.span();
        Ok(KeyLife { id: stored.id, kid: key_of(&stored.point, KeyFor::Sealing, jis5)?.kid(), made_at, retired_at })
    };
    db::key_lives(conn, jis5).await?.into_iter().map(life).collect()
}

/// Destroys a key that is not sealed to any more (鍵の廃棄): what was sealed to it alone does not open again, here or from any
/// copy. False if it was destroyed before.
pub async fn destroy_key(app: &App, tx: &mut Tx, actor: &Actor, jis5: &str, key: &KeyLife) -> anyhow::Result<bool> {
    let destroyed = db::destroy_key(tx, key.id).await?;
    if destroyed {
        let what = Happened::at(record::KEY_DESTROYED, jis5).body(json!({ "kid": key.kid }));
        record::record(app, tx, actor, what).await?;
    }
    Ok(destroyed)
}

/// Every secret key that codes of phones were ever sealed to, the newest first.
pub async fn desk_opener(app: &App, jis5: &str) -> anyhow::Result<Vec<SecretKey>> {
    secrets(app, KeyFor::PhoneCodes, jis5, |_| true).await
}

/// What a kit of the municipality is given to read codes of phones: the present key, and those that some phones may still have.
pub async fn desk_keys_for_kits(app: &App, jis5: &str) -> anyhow::Result<Vec<SecretKey>> {
    // There is one from the first kit on.
    let _ = desk_key(app, jis5).await?;
    let since = app.clock.now().minus(GRACE);
    secrets(app, KeyFor::PhoneCodes, jis5, |key| key.retired_at.is_none_or(|at| Timestamp::from(at) > since)).await
}

async fn current(app: &App, of: KeyFor, jis5: &str) -> anyhow::Result<Option<PublicKey>> {
    let Some(town) = areas::municipality(jis5) else { return Ok(None) };
    let mut conn = app.store.read().await?;
    if let Some(known) = db::current_key(&mut conn, of, town.jis5).await? {
        return public(&known, of, town.jis5).map(Some);
    }
    drop(conn);
    let mut tx = app.store.write().await?;
    tx.lock("households.sealing").await?;
    let key = match db::current_key(&mut tx, of, town.jis5).await? {
        Some(known) => public(&known, of, town.jis5)?,
        None => make(app, &mut tx, &Actor::system(), of, town.jis5).await?,
    };
    tx.commit().await?;
    Ok(Some(key))
}

async fn secrets(
    app: &App,
    of: KeyFor,
    jis5: &str,
    wanted: impl Fn(&StoredKey) -> bool,
) -> anyhow::Result<Vec<SecretKey>> {
    let mut conn = app.store.read().await?;
    let stored = db::keys(&mut conn, of, jis5).await?;
    let (table, column) = of.column();
    let open = |key: &StoredKey| {
        let bytes = app.crypter.open(table, key.id, column, &key.secret)?;
        Ok(SecretKey::from_bytes(&bytes)?)
    };
    stored.iter().filter(|key| wanted(key)).map(open).collect()
}

async fn make(app: &App, tx: &mut Tx, actor: &Actor, of: KeyFor, jis5: &str) -> anyhow::Result<PublicKey> {
    let secret = SecretKey::generate()?;
    let key = secret.public(of.owner(jis5));
    let id: Uuid = app.ids.next::<Id<SecretKey>>().uuid();
    let (table, column) = of.column();
    let sealed = app.crypter.seal(table, id, column, secret.expose().as_slice())?;
    db::insert_key(tx, of, jis5, (id, key.point().to_vec(), sealed), app.clock.now()).await?;
    let what = Happened::at(record::KEY_MADE, jis5).body(json!({ "kid": key.kid(), "owner": key.owner() }));
    record::record(app, tx, actor, what).await?;
    Ok(key)
}

fn public(key: &StoredKey, of: KeyFor, jis5: &str) -> anyhow::Result<PublicKey> {
    key_of(&key.point, of, jis5)
}

fn key_of(point: &[u8], of: KeyFor, jis5: &str) -> anyhow::Result<PublicKey> {
    let point = point.try_into().context("a stored point has 32 bytes")?;
    Ok(PublicKey::new(point, of.owner(jis5)))
}
