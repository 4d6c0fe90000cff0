//! What a kit keeps of its centre between rounds.

use std::collections::HashMap;

use http::App;
use kernel::{Id, Timestamp};
use serde::{Deserialize, Serialize};
use store::envelope::{self, Envelope, PublicKey, SecretKey};
use store::journal::{self, Filter};
use uuid::Uuid;

use crate::db;
use crate::event::{Event, Kind, Signed};
use crate::exchange::{Enrolled, Protection, SealedKey};
use crate::kits::key_context;
use crate::live::Live;
use crate::sync::{Centre, Cursor, Epoch, Held, Receipt};
use crate::take::{journal_kind, read_entry};

/// The row of the centre.
const CENTRE: &str = "centre";
/// The row of the protection list.
pub(super) const PROTECTION: &str = "protection";
/// Entries read at once.
const PAGE: u32 = 1_000;

/// What a kit knows of its centre (キットから見た中央).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Upstream {
    pub kit: Uuid,
    pub municipality: String,
    pub shelters: Vec<Uuid>,
    /// The centre's key for receipts.
    pub receipt_key: String,
    /// With which tokens are blinded here; base64url.
    pub token_key: String,
    /// With which the protection list is hashed, sealed to this kit.
    pub protection_key: Envelope,
    /// What is sealed to this kit is sealed to this.
    pub public_key: PublicKey,
    /// What is sealed for the municipality is sealed to these.
    #[serde(default)]
    pub keys: Vec<PublicKey>,
    /// For codes of phones, sealed to this kit.
    #[serde(default)]
    pub desk_keys: Vec<SealedKey>,
    #[serde(default)]
    pub centre: Option<Centre>,
    #[serde(default)]
    pub cursor: Option<Cursor>,
    /// Where the centre last saw this journal.
    #[serde(default)]
    pub seen: Option<i64>,
    /// Up to where in this journal the centre knows who was looked at.
    #[serde(default)]
    pub looks_at: i64,
    /// The name of the protection list that is here.
    #[serde(default)]
    pub protection: Option<String>,
    /// To be added to this clock to get the centre's.
    #[serde(default)]
    pub offset_ms: i64,
    /// By this kit's clock.
    #[serde(default)]
    pub contact_at: Option<Timestamp>,
    #[serde(default)]
    pub roster_at: Option<Timestamp>,
    /// The centre took this kit's word away.
    #[serde(default)]
    pub revoked: bool,
}

/// A copy of an event with its place in the journal.
#[derive(Debug, Clone)]
pub(super) struct Copy {
    pub(super) id: Id<Event>,
    pub(super) position: i64,
    pub(super) hash: [u8; 32],
    pub(super) signed: Signed,
    pub(super) receipt: Option<Receipt>,
}

impl Upstream {
    /// Of a kit that was just enrolled.
    pub fn of(kit: Uuid, public_key: PublicKey, said: Enrolled) -> Self {
        let centre = Centre { epoch: said.centre.epoch, clock_ms: said.centre.clock_ms };
        Self {
            kit,
            municipality: said.municipality,
            shelters: said.shelters,
            receipt_key: said.receipt_key,
            token_key: said.token_key,
            protection_key: said.protection_key,
            public_key,
            keys: Vec::new(),
            desk_keys: Vec::new(),
            centre: Some(centre),
            cursor: None,
            seen: None,
            looks_at: 0,
            protection: None,
            offset_ms: 0,
            contact_at: None,
            roster_at: None,
            revoked: false,
        }
    }

    /// Ids of the keys for codes of phones that are here, sorted.
    pub(super) fn desk_kids(&self) -> Vec<String> {
        let mut kids: Vec<String> = self.desk_keys.iter().map(|key| key.kid.clone()).collect();
        kids.sort_unstable();
        kids
    }

    /// The present life of the centre, as far as it is known.
    pub fn epoch(&self) -> Option<Epoch> {
        self.centre.map(|centre| centre.epoch)
    }

    pub async fn keep(&self, app: &App) -> anyhow::Result<()> {
        let mut tx = app.store.write().await?;
        db::upstream::put(&mut tx, CENTRE, self).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Tells the desks of this kit whom to seal to: the kit itself and its municipality. Also while it is locked.
pub async fn introduce(app: &App, live: &Live) -> anyhow::Result<()> {
    if let Some(books) = standing(app).await? {
        live.keyring().seal_to(books.keys.into_iter().chain([books.public_key]));
    }
    Ok(())
}

/// Takes up what the centre sealed to this kit, if it is unlocked: how to read the codes of phones, and whom to protect.
pub(crate) async fn take_up(app: &App, live: &Live) -> anyhow::Result<()> {
    let ring = live.keyring();
    let Some(books) = standing(app).await?.filter(|_| !ring.is_locked()) else { return Ok(()) };
    let own = books.public_key.kid();
    if ring.code_kids() != books.desk_kids() {
        let open = |key: &SealedKey| {
            let context = SealedKey::context(&key.kid);
            let bytes = ring.with_key(&own, |secret| envelope::open(&context, &key.sealed, secret).ok())??;
            SecretKey::from_bytes(&bytes).ok()
        };
        let opened: Vec<SecretKey> = books.desk_keys.iter().filter_map(open).collect();
        ring.take_code_keys(opened);
    }
    let Some(version) = books.protection.as_ref().filter(|version| !ring.guard().holds(version)) else { return Ok(()) };
    let mut conn = app.store.read().await?;
    let Some(list) = db::upstream::find::<Protection>(&mut conn, PROTECTION).await? else { return Ok(()) };
    drop(conn);
    let context = key_context(books.kit);
    let key = ring.with_key(&own, |key| envelope::open(&context, &books.protection_key, key));
    // Without the key, or with another's, everybody stays protected.
    if let Some(Ok(key)) = key {
        ring.guard().stand(version, key, list.read());
    }
    Ok(())
}

impl Copy {
    /// Whether this life of the centre has not receipted it.
    pub(super) fn is_open(&self, centre: Option<Epoch>) -> bool {
        !centre.is_some_and(|epoch| self.held().is_receipted(epoch))
    }

    pub(super) fn held(&self) -> Held<'_> {
        Held { id: self.id, hash: self.hash, bytes: self.signed.body.len(), receipt: self.receipt.as_ref() }
    }
}

/// What this database knows of its centre; `None` before it was enrolled, and at a centre.
pub async fn standing(app: &App) -> anyhow::Result<Option<Upstream>> {
    let mut conn = app.store.read().await?;
    db::upstream::find(&mut conn, CENTRE).await
}

/// The next events of this journal after a position, with their receipts, and where the page ends; `None` at the end.
pub(super) async fn copies(app: &App, centre: Option<Epoch>, after: i64) -> anyhow::Result<Option<(Vec<Copy>, i64)>> {
    copies_of(app, centre, after, &Filter::default()).await
}

/// The first observations of clocks after a position that the centre has not receipted.
pub(super) async fn clocks(app: &App, centre: Option<Epoch>, after: i64, most: usize) -> anyhow::Result<Vec<Copy>> {
    let filter = Filter { subject: None, kind: Some(journal_kind(Kind::Clock).to_owned()) };
    let (mut clocks, mut after) = (Vec::new(), after);
    while let Some((copies, last)) = copies_of(app, centre, after, &filter).await? {
        clocks.extend(copies.into_iter().filter(|copy| copy.is_open(centre)));
        if clocks.len() >= most {
            break;
        }
        after = last;
    }
    clocks.truncate(most);
    Ok(clocks)
}

async fn copies_of(
    app: &App,
    centre: Option<Epoch>,
    after: i64,
    filter: &Filter,
) -> anyhow::Result<Option<(Vec<Copy>, i64)>> {
    let entries = journal::entries_after(&app.store, after, filter, PAGE).await?;
    let Some(last) = entries.last().map(|entry| entry.position) else { return Ok(None) };
    let events: Vec<_> = entries.iter().filter_map(|entry| Some((entry.position, read_entry(entry)?))).collect();
    let ids = || events.iter().map(|(_, (event, _))| event.id.uuid());
    let mut receipts = HashMap::new();
    if let (Some(epoch), Some(first), Some(last)) = (centre, ids().min(), ids().max()) {
        let mut conn = app.store.read().await?;
        let found = db::receipts::between(&mut conn, epoch, first, last).await?;
        receipts.extend(found.into_iter().map(|receipt| (receipt.event, receipt)));
    }
    let copy = |(position, (event, signed)): (i64, (Event, Signed))| {
        let receipt = receipts.remove(&event.id);
        Copy { id: event.id, position, hash: signed.hash(), signed, receipt }
    };
    Ok(Some((events.into_iter().map(copy).collect(), last)))
}

/// How many events the centre has not receipted in its present life, and from which position on all of them are.
pub(super) async fn waiting(app: &App, centre: Option<Epoch>, from: i64) -> anyhow::Result<(i64, i64)> {
    let (mut count, mut floor, mut after) = (0, None, from);
    while let Some((copies, last)) = copies(app, centre, after).await? {
        for copy in copies.iter().filter(|copy| !centre.is_some_and(|epoch| copy.held().is_receipted(epoch))) {
            count += 1;
            floor.get_or_insert(copy.position - 1);
        }
        after = last;
    }
    Ok((count, floor.unwrap_or(after)))
}
