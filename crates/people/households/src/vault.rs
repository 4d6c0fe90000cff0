//! What seals a family: a key of its own, itself sealed by the program's keys. Without that key nothing of it opens, not even
//! from a copy of its rows.

use anyhow::Context as _;
use http::App;
use kernel::{Id, Ids, hex};
use store::sealed::{Crypter, KeyList};
use store::{Conn, Tx};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::db::{self, Stored, StoredToken};
use crate::model::{Household, Token};

const DATA: (&str, &str) = ("households_household", "data");
const KEY: (&str, &str) = ("households_data_key", "sealed");
const TOKEN: (&str, &str) = ("households_token", "sealed");
const SECRET: (&str, &str) = ("households_secret", "sealed");
/// The name of the secret under which tokens, codes and names are compared.
const BLIND: &str = "blind";

/// The key of one household (世帯の鍵).
pub(crate) struct DataKey(Crypter);

/// The secret under which tokens, codes and names are compared without being kept (照合の鍵).
pub(crate) struct BlindKey(Zeroizing<[u8; 32]>);

impl DataKey {
    /// Makes the key of a new household and keeps it sealed.
    pub(crate) async fn make(app: &App, tx: &mut Tx, household: Id<Household>) -> anyhow::Result<Self> {
        let key = fresh(&app.ids);
        let sealed = app.crypter.seal(KEY.0, household.uuid(), KEY.1, key.as_slice())?;
        db::put_data_key(tx, household, sealed).await?;
        Ok(Self::of_bytes(&key))
    }

    /// The key of a household; `None` once it was destroyed.
    pub(crate) async fn find(app: &App, conn: &mut Conn, household: Id<Household>) -> anyhow::Result<Option<Self>> {
        let Some(sealed) = db::data_key(conn, household).await? else { return Ok(None) };
        let key = app.crypter.open(KEY.0, household.uuid(), KEY.1, &sealed)?;
        let key: Zeroizing<[u8; 32]> = Zeroizing::new(key.as_slice().try_into().context("a key has 32 bytes")?);
        Ok(Some(Self::of_bytes(&key)))
    }

    pub(crate) fn seal(&self, id: Id<Household>, household: &Household) -> anyhow::Result<Vec<u8>> {
        let plain = Zeroizing::new(serde_json::to_vec(household)?);
        Ok(self.0.seal(DATA.0, id.uuid(), DATA.1, &plain)?)
    }

    pub(crate) fn open(&self, stored: &Stored) -> anyhow::Result<Household> {
        let sealed = stored.data.as_deref().context("a household that was not deleted has its data")?;
        let plain = self.0.open(DATA.0, stored.id, DATA.1, sealed)?;
        serde_json::from_slice(&plain).map_err(|_| anyhow::anyhow!("household {} is not in a known form", stored.id))
    }

    pub(crate) fn seal_token(&self, id: Uuid, token: &Token) -> anyhow::Result<Vec<u8>> {
        Ok(self.0.seal(TOKEN.0, id, TOKEN.1, token.bytes())?)
    }

    pub(crate) fn open_token(&self, stored: &StoredToken) -> anyhow::Result<Token> {
        let plain = self.0.open(TOKEN.0, stored.id, TOKEN.1, &stored.sealed)?;
        Ok(Token::new(plain.as_slice().try_into().context("a token has 16 bytes")?))
    }

    fn of_bytes(key: &[u8; 32]) -> Self {
        Self(Crypter::new(KeyList::single(1, *key)))
    }
}

impl BlindKey {
    /// The secret; `None` before anything was compared for the first time.
    pub(crate) async fn find(app: &App, conn: &mut Conn) -> anyhow::Result<Option<Self>> {
        let Some(sealed) = db::secret(conn, BLIND).await? else { return Ok(None) };
        let key = app.crypter.open(SECRET.0, Uuid::nil(), SECRET.1, &sealed)?;
        Ok(Some(Self(Zeroizing::new(key.as_slice().try_into().context("a secret has 32 bytes")?))))
    }

    /// The secret, made if it is absent.
    pub(crate) async fn make(app: &App, tx: &mut Tx) -> anyhow::Result<Self> {
        if let Some(known) = Self::find(app, tx).await? {
            return Ok(known);
        }
        tx.lock("households.secret").await?;
        if let Some(known) = Self::find(app, tx).await? {
            return Ok(known);
        }
        let key = fresh(&app.ids);
        let sealed = app.crypter.seal(SECRET.0, Uuid::nil(), SECRET.1, key.as_slice())?;
        db::insert_secret(tx, BLIND, sealed).await?;
        Ok(Self(key))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.0.as_slice()
    }

    /// A keyed hash as text, for a column that is looked up.
    pub(crate) fn hash(&self, parts: &[&[u8]]) -> String {
        hex(&crate::model::keyed(self.bytes(), parts))
    }

    /// How a token is looked up.
    pub(crate) fn token(&self, token: &Token) -> String {
        self.hash(&[b"token", token.bytes()])
    }
}

fn fresh(ids: &Ids) -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::new([0; 32]);
    ids.fill(key.as_mut_slice());
    key
}
