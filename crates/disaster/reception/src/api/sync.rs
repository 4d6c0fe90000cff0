//! The centre's side of sync: what kits hand in and what they get. Every request is signed by the kit.
//!
//! **Invariant:** whatever is wrong with a kit's journal, its events are taken: they are somebody's evening.
//! **Invariant:** a kit gets its own shelters' events, its own municipality's devices and roster, and nothing else.

use axum::extract::{FromRequest, Request, State as Shared};
use axum::http::{StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use http::{Actor, App, Json, Problem, from_json};
use kernel::{AreaCode, Id, Mode};
use serde::de::DeserializeOwned;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use store::Conn;
use store::envelope::{self, PublicKey, SecretKey};
use store::journal::{self, Filter};

use super::kits::{note, secret_of};
use crate::carry::{Witness, carry_in};
use crate::db;
use crate::db::devices::DeviceRow;
use crate::db::kits::{KitRow, Seen};
use crate::devices::{CHANGED, device_of};
use crate::event::Event;
use crate::exchange::{
    BlindToken, Carried, DeviceWord, Differing, DigestsAsk, Fetch, Fetched, Protection, Pull, Pulled, Push, Pushed,
    PushedOne, RosterAsk, RosterLine, RosterPage, SealedKey, Spoken, Verdict,
};
use crate::kits::{NEAR_MS, Proof, key_context};
use crate::live::Live;
use crate::receipts;
use crate::sync::{Cursor, Epoch, MAX_BATCH_BYTES, MAX_BATCH_EVENTS, REMEMBERED, Sighting, sight};
use crate::take::{Giver, Taken, read_entry};
use kernel::hex;

/// Entries looked at for one answer.
const LOOKED_AT: u32 = 1_000;
/// Lists of one answer about differences.
const MOST_LISTS: usize = 20;
/// Looks that one request may bring.
const MOST_LOOKS: usize = 500;
/// Devices that one request may bring.
const MOST_DEVICES: usize = 500;

/// A request that a kit signed (キットの要求).
pub(super) struct FromKit<T> {
    kit: KitRow,
    said: T,
}

impl<T: DeserializeOwned> FromRequest<App> for FromKit<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let header = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let proof = header.and_then(Proof::parse).ok_or_else(Problem::unauthenticated)?;
        let path = request.uri().path().to_owned();
        let body = axum::body::to_bytes(request.into_body(), 8 * MAX_BATCH_BYTES).await;
        let body = body.map_err(|_| Problem::too_large())?;
        let now = app.clock.now();
        let mut conn = app.store.read().await?;
        let kit = db::kits::find(&mut conn, proof.kit).await?.filter(|kit| proof.holds(&kit.device_key, &path, &body));
        drop(conn);
        let kit = kit.ok_or_else(Problem::unauthenticated)?;
        if kit.revoked_at.is_some() {
            return Err(revoked());
        }
        if (proof.time_ms - now.millis()).abs() > NEAR_MS {
            return Err(other_time(now.millis()));
        }
        let mut tx = app.store.write().await?;
        let fresh = db::kits::nonce(&mut tx, kit.id, &proof.nonce, now).await?;
        db::kits::forget_nonces(&mut tx, now.minus(std::time::Duration::from_mins(15))).await?;
        tx.commit().await?;
        if !fresh {
            return Err(Problem::unauthenticated());
        }
        Ok(Self { kit, said: from_json(&body)? })
    }
}

/// What this centre says of itself.
pub(super) fn spoken(app: &App, live: &Live) -> Result<Spoken, Problem> {
    let node = live.node()?;
    Ok(Spoken { node: node.id, epoch: node.epoch, clock_ms: app.clock.now().millis() })
}

/// A page of the kit's roster: tokens blinded for it, cards sealed to it.
#[utoipa::path(
    post, path = "/api/reception/sync/roster", operation_id = "receptionSyncRoster", tag = "reception",
    request_body(content = RosterAsk, example = json!({ "after": null })),
    responses((status = 200, description = "A page", body = RosterPage, example = json!({ "rows": [], "next": null })),
        (status = 401, description = "`unauthenticated`: not signed by a kit of ours"),
        (status = 403, description = "`kit-revoked`"), (status = 409, description = "`other-time`: sign with `clock_ms`")),
)]
pub(super) async fn roster(
    Shared(app): Shared<App>,
    FromKit { kit, said }: FromKit<RosterAsk>,
) -> Result<Json<RosterPage>, Problem> {
    let keys = secret_of(&app, &kit)?;
    let public = serde_json::from_value(kit.public_key.0.clone()).map_err(anyhow::Error::from)?;
    let actor = actor(&kit);
    let (rows, next) = households::roster(&app, &actor, &kit.municipality, said.after, &keys[..32], &public).await?;
    let line = |row: households::RosterRow| RosterLine {
        subject: format!("{:032x}", row.subject),
        tokens: row
            .tokens
            .iter()
            .map(|(mark, revoked)| BlindToken { token: B64.encode(mark), revoked: *revoked })
            .collect(),
        signers: row.signers.iter().map(|key| hex(key)).collect(),
        protected: row.protected,
        card: row.card,
    };
    Ok(Json(RosterPage { rows: rows.into_iter().map(line).collect(), next }))
}

/// What is new for the kit: whom to protect first, whose word no longer counts, which shelters are open, then events.
#[utoipa::path(
    post, path = "/api/reception/sync/pull", operation_id = "receptionSyncPull", tag = "reception",
    request_body(content = Pull, example = json!({ "epoch": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e62", "cursor": null })),
    responses((status = 200, description = "News", body = Pulled, example = json!({
        "centre": { "node": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e30", "epoch": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e31",
            "clock_ms": 1_765_203_300_000_i64 },
        "protection": null, "devices": [], "keys": [], "desk_keys": null, "disasters": [], "openings": [], "events": [], "receipts": [],
        "cursor": { "epoch": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e31", "position": 12 }, "more": false
    })), (status = 401, description = "`unauthenticated`")),
)]
pub(super) async fn pull(
    Shared(app): Shared<App>,
    FromKit { kit, said }: FromKit<Pull>,
) -> Result<Json<Pulled>, Problem> {
    let live = Live::of(&app)?;
    let centre = spoken(&app, &live)?;
    let keys = secret_of(&app, &kit)?;
    let mut conn = app.store.read().await?;
    let protection = protection(&app, &mut conn, &keys[32..]).await?;
    let devices = devices(&mut conn, &kit.municipality).await?;
    let (disasters, openings) = places(&mut conn, &kit.municipality).await?;
    drop(conn);
    let public = households::public_key(&app, &kit.municipality).await?;
    let desk_keys = desk_keys(&app, &kit, &said.desk_keys).await?;
    let from = Cursor::resume(said.cursor, centre.epoch);
    let node = live.node()?;
    let (events, position, more) = news(&app, &kit, said.epoch, from).await?;
    Ok(Json(Pulled {
        centre,
        protection: Some(protection).filter(|list| said.protection.as_ref() != Some(&list.version)),
        devices,
        keys: public.into_iter().collect(),
        desk_keys,
        disasters,
        openings,
        receipts: events.iter().filter_map(|one| receipts::of_held(&app, &live, node, &one.signed)).collect(),
        events,
        cursor: Cursor { epoch: centre.epoch, position },
        more,
    }))
}

/// Takes in what the kit holds and the centre has not receipted (キットからの受け取り). Safe to repeat.
#[utoipa::path(
    post, path = "/api/reception/sync/push", operation_id = "receptionSyncPush", tag = "reception",
    request_body(content = Push, example = json!({
        "epoch": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e62", "position": 12, "waiting": 0, "version": "0.1.0",
        "wall_ms": 1_765_203_300_000_i64, "events": []
    })),
    responses((status = 200, description = "What became of each, with receipts", body = Pushed, example = json!({
        "centre": { "node": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e30", "epoch": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e31",
            "clock_ms": 1_765_203_300_000_i64 },
        "journal": "same", "seen": 12, "known": null, "results": []
    })), (status = 401, description = "`unauthenticated`")),
)]
pub(super) async fn push(
    Shared(app): Shared<App>,
    FromKit { kit, said }: FromKit<Push>,
) -> Result<Json<Pushed>, Problem> {
    if said.events.len() > MAX_BATCH_EVENTS || said.devices.len() > MOST_DEVICES || said.looks.len() > MOST_LOOKS {
        return Err(Problem::too_large());
    }
    let live = Live::of(&app)?;
    let centre = spoken(&app, &live)?;
    let (verdict, seen, known) = look_at(&app, &kit, &said).await?;
    know_devices(&app, &live, &kit, &said.devices).await?;
    households::take_looks(&app, &key_context(kit.id), &kit.municipality, &said.looks).await?;
    let giver = Giver::node(key_context(kit.id), &kit.municipality);
    let witness = Witness::Kit { id: kit.id, skew_ms: said.wall_ms.saturating_sub(app.clock.now().millis()) };
    let taken = carry_in(&app, &live, giver, said.events, witness).await?;
    let one = |one: Taken| PushedOne {
        id: one.id,
        state: one.state,
        code: one.code.map(str::to_owned),
        receipt: one.receipt,
    };
    Ok(Json(Pushed { centre, journal: verdict, seen, known, results: taken.into_iter().map(one).collect() }))
}

/// Compares what the kit holds of its shelters, day by day; answers the centre's lists where they differ.
#[utoipa::path(
    post, path = "/api/reception/sync/digests", operation_id = "receptionSyncDigests", tag = "reception",
    request_body(content = DigestsAsk, example = json!({ "digests": [] })),
    responses((status = 200, description = "Where they differ", body = Differing, example = json!({
        "centre": { "node": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e30", "epoch": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e31",
            "clock_ms": 1_765_203_300_000_i64 },
        "lists": [], "more": false
    })), (status = 401, description = "`unauthenticated`")),
)]
pub(super) async fn digests(
    Shared(app): Shared<App>,
    FromKit { kit, said }: FromKit<DigestsAsk>,
) -> Result<Json<Differing>, Problem> {
    let live = Live::of(&app)?;
    let centre = spoken(&app, &live)?;
    let theirs = crate::sync::Digests(said.digests.into_iter().collect());
    let (lists, more) = live.index().differing(&theirs, &kit.shelters.0, MOST_LISTS);
    if !lists.is_empty() {
        tracing::warn!(kit = %kit.id, buckets = lists.len(), "reception: kit {} holds something else than the centre", kit.id);
    }
    Ok(Json(Differing { centre, lists, more }))
}

/// Events by name, to mend what differs.
#[utoipa::path(
    post, path = "/api/reception/sync/fetch", operation_id = "receptionSyncFetch", tag = "reception",
    request_body(content = Fetch, example = json!({ "ids": ["019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e40"] })),
    responses((status = 200, description = "Those of its shelters that are here", body = Fetched, example = json!({ "events": [] })),
        (status = 401, description = "`unauthenticated`")),
)]
pub(super) async fn fetch(
    Shared(app): Shared<App>,
    FromKit { kit, said }: FromKit<Fetch>,
) -> Result<Json<Fetched>, Problem> {
    if said.ids.len() > MAX_BATCH_EVENTS {
        return Err(Problem::too_large());
    }
    let mut events = Vec::new();
    for id in said.ids {
        let entry = journal::entry(&app.store, Id::from_uuid(id)).await?;
        let Some((event, signed)) = entry.as_ref().and_then(read_entry).filter(|(event, _)| concerns(&kit, event))
        else {
            continue;
        };
        let mut conn = app.store.read().await?;
        events.push(Carried { signed, stamps: db::receipts::stamps_of(&mut conn, event.id).await? });
    }
    Ok(Json(Fetched { events }))
}

/// What the centre makes of the kit's journal, where it remembers it now, and the newest life of the kit that it knows.
async fn look_at(app: &App, kit: &KitRow, said: &Push) -> anyhow::Result<(Verdict, Option<i64>, Option<Epoch>)> {
    let now = app.clock.now();
    let version = said.version.chars().take(40).collect::<String>();
    let skew_ms = said.wall_ms.saturating_sub(now.millis());
    let seen = Seen { epoch: said.epoch.0, waiting: said.waiting, skew_ms, version: &version };
    let mut tx = app.store.write().await?;
    let before = db::kits::life(&mut tx, kit.id, said.epoch.0).await?;
    let mut life = before.clone().unwrap_or_default();
    let verdict = match said.shown() {
        // Both copies of a disk must begin anew, also the one that spoke first.
        _ if life.doubted => Verdict::Forked,
        None => Verdict::Unproven,
        Some(shown) => match sight(&life.heads, &shown) {
            Sighting::Same => Verdict::Same,
            Sighting::Unproven => Verdict::Unproven,
            Sighting::RolledBack => Verdict::RolledBack,
            Sighting::Forked => Verdict::Forked,
        },
    };
    life.doubted |= matches!(verdict, Verdict::RolledBack | Verdict::Forked);
    if let (Verdict::Same, Some(shown)) = (verdict, said.shown())
        && life.heads.last() != Some(&shown.head)
    {
        life.heads.push(shown.head);
        let over = life.heads.len().saturating_sub(REMEMBERED);
        life.heads.drain(..over);
    }
    let seen_at = life.heads.last().map(|head| head.position);
    if before.as_ref() != Some(&life) {
        db::kits::put_life(&mut tx, kit.id, said.epoch.0, &life).await?;
    }
    db::kits::seen(&mut tx, kit.id, &seen, now).await?;
    let newest_life = db::kits::newest_life(&mut tx, kit.id).await?.map(Epoch);
    if matches!(verdict, Verdict::RolledBack | Verdict::Forked) {
        let body = json!({ "verdict": verdict, "epoch": said.epoch, "position": said.position });
        let about = ("reception.kit_doubted", Some(kit.id), &AreaCode::municipality(&kit.municipality));
        note(&mut tx, app, &key_context(kit.id), about, body).await?;
        tracing::error!(kit = %kit.id, ?verdict, "reception: kit {} was restored or copied", kit.id);
    }
    tx.commit().await?;
    Ok((verdict, seen_at, newest_life))
}

/// Devices that registered at the kit count here, too, for the kit's municipality, until the kit takes their word away.
pub(crate) async fn know_devices(app: &App, live: &Live, kit: &KitRow, devices: &[DeviceWord]) -> anyhow::Result<()> {
    let area = AreaCode::municipality(&kit.municipality);
    let mut changed: Vec<DeviceRow> = Vec::new();
    let mut tx = app.store.write().await?;
    let (label, now) = (key_context(kit.id), app.clock.now());
    for device in devices {
        let Ok(key) = identity::DeviceKey::parse(&device.key) else { continue };
        let id = device_of(&key);
        let new = db::devices::add(&mut tx, (id, key.as_str(), &area.to_string()), &label, now).await?;
        let about = |kind| (kind, Some(kit.id), &area);
        if new {
            let body = json!({ "key": key.as_str() });
            note(&mut tx, app, &label, about("reception.device_registered"), body).await?;
        }
        // Where a device registered, its word can be taken away while the line is cut.
        let own = device.revoked && db::devices::find(&mut tx, id).await?.is_some_and(|row| row.registered_by == label);
        let lost = own && db::devices::revoke(&mut tx, id, &label, now).await?;
        if lost {
            let body = json!({ "key": key.as_str() });
            note(&mut tx, app, &label, about("reception.device_revoked"), body).await?;
        }
        if new || lost {
            changed.extend(db::devices::find(&mut tx, id).await?);
        }
    }
    if !changed.is_empty() {
        tx.wake_on_commit(CHANGED);
        tx.commit().await?;
        for row in &changed {
            live.devices().put(row);
        }
    }
    Ok(())
}

/// The next events of the kit's shelters that it has not handed in itself in this life of its database.
async fn news(app: &App, kit: &KitRow, epoch: Epoch, from: i64) -> anyhow::Result<(Vec<Carried>, i64, bool)> {
    let entries = journal::entries_after(&app.store, from, &Filter::default(), LOOKED_AT).await?;
    let full = entries.len() == LOOKED_AT as usize;
    let (mut events, mut size, mut position) = (Vec::new(), 0, from);
    let mut conn = app.store.read().await?;
    for entry in entries {
        if let Some((event, signed)) = read_entry(&entry).filter(|(event, _)| concerns(kit, event)) {
            size += signed.body.len() + signed.signature.len();
            if events.len() == MAX_BATCH_EVENTS || (size > MAX_BATCH_BYTES && !events.is_empty()) {
                return Ok((events, position, true));
            }
            if !db::receipts::is_stamped(&mut conn, event.id, kit.id, epoch).await? {
                let stamps = db::receipts::stamps_of(&mut conn, event.id).await?;
                events.push(Carried { signed, stamps });
            }
        }
        position = entry.position;
    }
    Ok((events, position, full))
}

fn concerns(kit: &KitRow, event: &Event) -> bool {
    event.municipality == kit.municipality && event.shelter.is_some_and(|shelter| kit.shelters.0.contains(&shelter))
}

async fn protection(app: &App, conn: &mut Conn, key: &[u8]) -> anyhow::Result<Protection> {
    let list = households::KitProtection::load(app, conn, key).await?;
    let text = |marks: &[[u8; 16]]| marks.iter().map(|mark| B64.encode(mark)).collect::<Vec<_>>();
    let (subjects, persons) = (text(&list.subjects), text(&list.persons));
    let mut hash = Sha256::new();
    subjects.iter().chain([&String::from("|")]).chain(&persons).for_each(|mark| hash.update(mark));
    Ok(Protection { version: hex(&hash.finalize()[..16]), subjects, persons })
}

/// The keys for codes of phones, sealed to the kit; `None` when it has these already.
async fn desk_keys(app: &App, kit: &KitRow, has: &[String]) -> anyhow::Result<Option<Vec<SealedKey>>> {
    let keys = households::desk_keys_for_kits(app, &kit.municipality).await?;
    let mut kids: Vec<String> = keys.iter().map(SecretKey::kid).collect();
    kids.sort_unstable();
    if kids == has {
        return Ok(None);
    }
    let to: PublicKey = serde_json::from_value(kit.public_key.0.clone())?;
    let seal = |key: &SecretKey| {
        let kid = key.kid();
        let sealed = envelope::seal(&SealedKey::context(&kid), key.expose().as_slice(), std::slice::from_ref(&to))?;
        Ok(SealedKey { kid, sealed })
    };
    keys.iter().map(seal).collect::<anyhow::Result<Vec<_>>>().map(Some)
}

async fn devices(conn: &mut Conn, jis5: &str) -> anyhow::Result<Vec<DeviceWord>> {
    let rows = db::devices::all(conn).await?.into_iter();
    let own = rows.filter(|row| row.area.parse().is_ok_and(|area: AreaCode| crate::devices::covers(&area, jis5)));
    Ok(own.map(|row| DeviceWord { key: row.key, area: row.area, revoked: row.revoked_at.is_some() }).collect())
}

async fn places(conn: &mut Conn, jis5: &str) -> anyhow::Result<(Vec<shelters::Disaster>, Vec<shelters::Opening>)> {
    let (mut disasters, mut openings) = (Vec::new(), Vec::new());
    for mode in [Mode::Live, Mode::Drill] {
        disasters.extend(shelters::reception::running(conn, mode).await?.into_iter().filter(|one| one.covers(jis5)));
        openings.extend(shelters::reception::openings(conn, mode, jis5).await?);
    }
    Ok((disasters, openings))
}

/// The kit in the journal.
fn actor(kit: &KitRow) -> Actor {
    Actor::device(kit.id, None)
}

pub(super) fn revoked() -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "kit-revoked",
        "このキットは登録を取り消されています。本部に連絡してください。",
        "This kit was revoked. Call the office.",
    )
}

/// The words carry the centre's clock, so that the kit asks again in that time.
fn other_time(clock_ms: i64) -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "other-time",
        "キットの時計がずれています。受付には影響ありません。",
        "The clock of the kit is off; admissions are not affected.",
    )
    .with_field(format!("clock_ms:{clock_ms}"))
}
