//! Kits at the centre: codes, enrolment, the list, taking a stolen one's word away.

use anyhow::Context as _;
use axum::extract::State as Shared;
use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use http::{Actor, App, Duty, Json, Path, Problem};
use identity::DeviceKey;
use kernel::{AreaCode, Mode, Timestamp, areas};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::Tx;
use store::envelope;
use store::journal::{self, Body, NewEntry};
use utoipa::ToSchema;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::sync::spoken;
use crate::db::kits::{self, Code, KitRow};
use crate::exchange::{Enrol, Enrolled};
use crate::kits::{code, code_hash, key_context};
use crate::live::Live;
use crate::stick;

/// How long a code is good: long enough to carry it to a cupboard, not to forget it on a desk.
const CODE_HOURS: u64 = 24;
/// A kit serves a few neighbouring shelters at most.
const MOST_SHELTERS: usize = 20;
/// The sealed column of a kit's keys.
const SECRET: (&str, &str) = ("reception_kit", "secret");

/// What a new kit is for.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[schema(as = ReceptionMakeCode)]
pub(super) struct MakeCode {
    /// JIS code.
    municipality: String,
    /// 「是川小学校 1号」
    name: String,
    /// Facilities whose desk it is.
    shelters: Vec<Uuid>,
}

/// A code that enrols one kit, shown once (登録コード).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReceptionKitCode)]
pub(super) struct KitCode {
    code: String,
    until: Timestamp,
}

/// A kit as the office sees it (キットの状態).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReceptionKitView)]
pub(super) struct KitView {
    id: Uuid,
    name: String,
    municipality: String,
    shelters: Vec<Uuid>,
    enrolled_at: Timestamp,
    revoked_at: Option<Timestamp>,
    /// Its last contact; null if there was none.
    seen_at: Option<Timestamp>,
    /// Events that it holds and the centre has not receipted, when it last called.
    waiting: Option<i64>,
    /// Its clock minus the centre's, in milliseconds.
    skew_ms: Option<i64>,
    version: Option<String>,
    /// The present life of its database.
    epoch: Option<Uuid>,
}

/// Makes a code with which one kit is enrolled, once, within a day (キットの登録コード).
#[utoipa::path(
    post, path = "/api/reception/kits/codes", operation_id = "receptionMakeKitCode", tag = "reception",
    request_body(content = MakeCode, example = json!({ "municipality": "02203", "name": "是川小学校 1号",
        "shelters": ["019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e23"] })),
    responses(
        (status = 200, description = "The code, shown once", body = KitCode,
            example = json!({ "code": "01HZ-0RZ9-8765", "until": "2025-12-09T23:15:00+09:00" })),
        (status = 404, description = "`not-found`"), (status = 422, description = "`invalid`"),
    ),
)]
pub(super) async fn make_code(
    Shared(app): Shared<App>,
    actor: Actor,
    Json(wanted): Json<MakeCode>,
) -> Result<Json<KitCode>, Problem> {
    super::require_of(&actor, Duty::Shelters, &wanted.municipality)?;
    let name = wanted.name.trim();
    if name.is_empty() || name.chars().count() > 60 {
        let (ja, en) = ("キットの名前を60文字までで入れてください。", "Give the kit a name of up to 60 characters.");
        return Err(Problem::invalid("name", ja, en));
    }
    if wanted.shelters.len() > MOST_SHELTERS || areas::municipality(&wanted.municipality).is_none() {
        let (ja, en) = ("1台のキットの避難所は20か所までです。", "A kit serves 20 shelters at most.");
        return Err(Problem::invalid("shelters", ja, en));
    }
    let mut random = [0; 12];
    app.ids.fill(&mut random);
    let (code, now) = (code(random), app.clock.now());
    let until = now.plus(std::time::Duration::from_hours(CODE_HOURS));
    let row = Code { hash: code_hash(&code), municipality: &wanted.municipality, name, shelters: &wanted.shelters };
    let mut tx = app.store.write().await?;
    kits::add_code(&mut tx, &row, &actor.label(), now, until).await?;
    let about = ("reception.kit_code_made", None, &AreaCode::municipality(&wanted.municipality));
    note(&mut tx, &app, &actor.label(), about, json!({ "name": name, "until": until })).await?;
    tx.commit().await?;
    Ok(Json(KitCode { code, until }))
}

/// A kit presents itself with its code and learns what it needs (キットの登録). The code is its only sign-in.
#[utoipa::path(
    post, path = "/api/reception/kits/enrol", operation_id = "receptionEnrolKit", tag = "reception",
    request_body(content = Enrol, example = json!({
        "code": "01HZ-0RZ9-8765", "kit": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e60",
        "device_key": "BHOzSLxAb4QFWbFBs0bOFm0TrCqIjUBhsgYwEQ8pjZnSqYTf8Q7EVpV8iP0dQcYFdPCr0Q7qF1Sx3rO8n2mGv1w",
        "public_key": { "kid": "2ec1c9c1a1c9e1a0", "key": "…", "owner": "kit:019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e60" }
    })),
    responses(
        (status = 200, description = "Enrolled", body = Enrolled, example = json!({
            "name": "是川小学校 1号", "municipality": "02203", "shelters": ["019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e23"],
            "centre": { "node": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e30", "epoch": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e31",
                "clock_ms": 1_765_203_300_000_i64 },
            "receipt_key": "…", "token_key": "…", "protection_key": {}
        })),
        (status = 403, description = "`kit-code`: unknown, used, or over"),
    ),
    extensions(("x-who" = json!("anyone")))
)]
pub(super) async fn enrol(Shared(app): Shared<App>, Json(asked): Json<Enrol>) -> Result<Json<Enrolled>, Problem> {
    let key = DeviceKey::parse(&asked.device_key)?;
    if asked.public_key.owner() != key_context(asked.kit) {
        return Err(Problem::invalid("public_key", "鍵の持ち主が違います。", "The key belongs to somebody else."));
    }
    let live = Live::of(&app)?;
    let receipt_key = live.receipt_key().ok_or_else(Problem::not_found)?;
    // One for tokens, which nobody can guess; one for names and birthdays, which somebody could: that one is sealed.
    let mut keys = Zeroizing::new([0; 64]);
    app.ids.fill(keys.as_mut_slice());
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    let redeemed = kits::redeem(&mut tx, code_hash(&asked.code), asked.kit, now).await?.ok_or_else(refused)?;
    let secret = app.crypter.seal(SECRET.0, asked.kit, SECRET.1, keys.as_slice()).map_err(anyhow::Error::from)?;
    let public = serde_json::to_value(&asked.public_key).map_err(anyhow::Error::from)?;
    if kits::add(&mut tx, asked.kit, (&redeemed, key.as_str(), public), secret, now).await? {
        let about = ("reception.kit_enrolled", Some(asked.kit), &AreaCode::municipality(&redeemed.municipality));
        let body = json!({ "name": redeemed.name, "by": redeemed.made_by });
        note(&mut tx, &app, &key_context(asked.kit), about, body).await?;
        tx.commit().await?;
    } else {
        // The answer was lost on the way and the kit asks again; anybody else is refused.
        let known = kits::find(&mut tx, asked.kit).await?.filter(|known| known.device_key == key.as_str());
        let known = known.filter(|known| known.revoked_at.is_none()).ok_or_else(refused)?;
        keys = secret_of(&app, &known)?;
    }
    let (tokens, names) = keys.split_at(32);
    let protection_key = envelope::seal(&key_context(asked.kit), names, std::slice::from_ref(&asked.public_key))
        .map_err(anyhow::Error::from)?;
    Ok(Json(Enrolled {
        name: redeemed.name,
        municipality: redeemed.municipality,
        shelters: redeemed.shelters.0,
        centre: spoken(&app, &live)?,
        receipt_key,
        token_key: B64.encode(tokens),
        protection_key,
    }))
}

/// The kits of the caller's areas: last contact, what waits, clock, version (キットの一覧).
#[utoipa::path(
    get, path = "/api/reception/kits", operation_id = "receptionKits", tag = "reception",
    responses((status = 200, description = "Kits of the caller's own areas", body = Vec<KitView>, example = json!([{
        "id": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e60", "name": "是川小学校 1号", "municipality": "02203",
        "shelters": ["019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e23"], "enrolled_at": "2025-12-01T09:00:00+09:00",
        "revoked_at": null, "seen_at": "2025-12-08T23:40:00+09:00", "waiting": 0, "skew_ms": -1200, "version": "0.1.0",
        "epoch": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e62"
    }]))),
    extensions(("x-who" = json!("own-area")))
)]
pub(super) async fn list(Shared(app): Shared<App>, actor: Actor) -> Result<Json<Vec<KitView>>, Problem> {
    actor.require_anywhere(Duty::Shelters)?;
    let mut conn = app.store.read().await?;
    let rows = kits::all(&mut conn).await?;
    Ok(Json(rows.into_iter().filter(|row| is_own(&actor, row)).map(view).collect()))
}

/// Takes a lost or stolen kit's word away (キットの失効). What it handed in before stays; its next request is refused, and phones
/// get another key for their codes.
#[utoipa::path(
    post, path = "/api/reception/kits/{id}/revoke", operation_id = "receptionRevokeKit", tag = "reception",
    params(("id" = Uuid, Path, example = "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e60")),
    responses((status = 204, description = "Revoked"), (status = 404, description = "`not-found`")),
)]
pub(super) async fn revoke(
    Shared(app): Shared<App>,
    actor: Actor,
    id: Result<Path<Uuid>, Problem>,
) -> Result<StatusCode, Problem> {
    actor.require_anywhere(Duty::Shelters)?;
    let Path(id) = id?;
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    let row = kits::find(&mut tx, id).await?.filter(|row| is_own(&actor, row)).ok_or_else(Problem::not_found)?;
    if kits::revoke(&mut tx, id, &actor.label(), now).await? {
        let about = ("reception.kit_revoked", Some(id), &AreaCode::municipality(&row.municipality));
        note(&mut tx, &app, &actor.label(), about, json!({ "name": row.name })).await?;
        // It could read the codes of phones: from here on they are sealed to another key.
        households::rotate_desk_key(&app, &mut tx, &actor, &row.municipality).await?;
        tx.commit().await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// The keys of a kit's look-ups: 32 bytes for tokens, 32 for the protection list.
pub(super) fn secret_of(app: &App, kit: &KitRow) -> anyhow::Result<Zeroizing<[u8; 64]>> {
    let opened = app.crypter.open(SECRET.0, kit.id, SECRET.1, &kit.secret)?;
    let keys: [u8; 64] = opened.as_slice().try_into().context("the keys of a kit have 64 bytes")?;
    Ok(Zeroizing::new(keys))
}

/// Takes in what a kit wrote onto a stick (USBからの受け取り). What is whole is taken, what is missing is said; safe to repeat.
#[utoipa::path(
    post, path = "/api/reception/kits/import", operation_id = "receptionImportStick", tag = "reception",
    request_body(content = String, content_type = "text/plain", example = "{\"mamori\":\"kit stick 1\",…}"),
    responses(
        (status = 200, description = "What became of it", body = stick::Report, example = json!({
            "kit": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e60", "municipality": "02203", "parts": 12, "missing": [11, 12],
            "stored": 2000, "already": 0, "refused": 0, "receipts": []
        })),
        (status = 404, description = "`not-found`: a kit of another municipality, or none"),
        (status = 422, description = "`invalid`: no file of a kit"),
    ),
    extensions(("x-who" = json!("own-area")))
)]
pub(super) async fn import(
    Shared(app): Shared<App>,
    actor: Actor,
    text: String,
) -> Result<Json<stick::Report>, Problem> {
    actor.require_anywhere(Duty::Shelters)?;
    let live = Live::of(&app)?;
    let report =
        stick::import(&app, &live, &text, |jis5| actor.require(Duty::Shelters, &AreaCode::municipality(jis5)).is_ok());
    report.await.map(Json).map_err(|error| match error {
        stick::Unreadable::NoStick => {
            let (ja, en) = ("キットが書き出したファイルではありません。", "This is no file that a kit wrote.");
            Problem::invalid("file", ja, en)
        }
        stick::Unreadable::Revoked => super::sync::revoked(),
        stick::Unreadable::NoKit => Problem::not_found(),
        stick::Unreadable::Broken(error) => error.into(),
    })
}

fn is_own(actor: &Actor, row: &KitRow) -> bool {
    actor.require(Duty::Shelters, &AreaCode::municipality(&row.municipality)).is_ok()
}

fn view(row: KitRow) -> KitView {
    KitView {
        id: row.id,
        name: row.name,
        municipality: row.municipality,
        shelters: row.shelters.0,
        enrolled_at: row.enrolled_at.into(),
        revoked_at: row.revoked_at.map(Into::into),
        seen_at: row.seen_at.map(Into::into),
        waiting: row.waiting,
        skew_ms: row.skew_ms,
        version: row.version,
        epoch: row.epoch,
    }
}

fn refused() -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "kit-code",
        "登録コードが違うか、使用済みか、期限が切れています。本部で新しいコードを出してください。",
        "The code is not right, was used, or is over. Have a new one made at the office.",
    )
}

/// Writes what became of a machine, a kit or a device; or of a municipality's right to make one.
pub(super) async fn note(
    tx: &mut Tx,
    app: &App,
    by: &str,
    (kind, machine, area): (&'static str, Option<Uuid>, &AreaCode),
    body: serde_json::Value,
) -> anyhow::Result<()> {
    let now = app.clock.now();
    let entry = NewEntry {
        id: app.ids.next(),
        kind,
        subject: machine.map_or_else(|| area.code().to_owned(), |machine| machine.to_string()),
        area: Some(area.clone()),
        mode: Mode::Live,
        actor: by.to_owned(),
        device: machine,
        occurred_at: now,
        body: Body::Open(body),
    };
    journal::record(tx, entry, now).await?;
    Ok(())
}
