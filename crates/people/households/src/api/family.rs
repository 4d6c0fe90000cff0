//! Who belongs to my household: devices that are linked, an invitation, joining, leaving.

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use http::{Actor, App, Json, Path, Problem};
use identity::{Browser, Rate};
use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{Conn, Tx};
use utoipa::ToSchema;
use uuid::Uuid;

use super::command::{self, Seen};
use super::mine::{self, Mine};
use super::{Family, device, in_turn};
use crate::db::{self, Member};
use crate::model::{Household, code, read_code};
use crate::record::{self, Happened};
use crate::vault::BlindKey;

/// How long a code can be typed on the other phone.
const CODE_LIFE: Duration = Duration::from_mins(30);
/// A code has 40 bits; nobody comes near with so few tries.
const JOINS_PER_DEVICE: Rate = Rate { tries: 10, window: Duration::from_mins(10) };
const JOINS_PER_NETWORK: Rate = Rate { tries: 200, window: Duration::from_mins(10) };
/// Devices of one household at most.
const MOST_DEVICES: usize = 40;

/// Somebody is invited (家族の端末を招く).
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = HouseholdInviteMake)]
pub(super) struct Invite {
    /// Made on the phone; sending it again gives the same code.
    #[schema(value_type = String, format = Uuid)]
    command: Uuid,
    /// Whose device it will be: that entry the device may change, and take along when it leaves.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    person: Option<Uuid>,
}

/// A code that links one device (招待コード).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HouseholdInvite)]
pub(super) struct Invited {
    /// Eight letters in two groups; good once.
    code: String,
    expires_at: Timestamp,
}

/// A device joins (世帯に加わる).
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = HouseholdJoin)]
pub(super) struct Join {
    /// Made on the phone; sending it again changes nothing.
    #[schema(value_type = String, format = Uuid)]
    command: Uuid,
    code: String,
}

/// A device leaves (世帯から抜ける).
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = HouseholdLeave)]
pub(super) struct Leave {
    /// Made on the phone; sending it again changes nothing.
    #[schema(value_type = String, format = Uuid)]
    command: Uuid,
    /// The entry that goes along into a household of its own; null to leave alone.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    person: Option<Uuid>,
}

/// Whether a device manages the family (管理者にする).
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = HouseholdGuardianSet)]
pub(super) struct SetGuardian {
    guardian: bool,
}

/// A linked device (つながっている端末).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HouseholdDevice)]
pub(super) struct DeviceView {
    #[schema(value_type = String, format = Uuid)]
    device: Uuid,
    guardian: bool,
    #[schema(value_type = Option<String>)]
    person: Option<Uuid>,
    joined_at: Timestamp,
    /// It is the one that asks.
    this: bool,
}

/// The devices that are linked to my household.
#[utoipa::path(
    get, path = "/api/households/mine/devices", operation_id = "householdsDevices", tag = "households",
    responses((status = 200, description = "Devices", body = Vec<DeviceView>, example = json!([example()]))),
    extensions(("x-who" = json!("device")))
)]
pub(super) async fn devices(
    State(app): State<App>,
    actor: Actor,
    browser: Browser,
) -> Result<Json<Vec<DeviceView>>, Problem> {
    let device = device(&app, &actor, &browser)?;
    let mut conn = app.store.read().await?;
    let family = Family::of(&app, &mut conn, device).await?;
    Ok(Json(of(&mut conn, &family.member).await?))
}

/// Makes another device one that manages the family too, or no longer. One always does.
#[utoipa::path(
    put, path = "/api/households/mine/devices/{device}", operation_id = "householdsSetGuardian", tag = "households",
    params(("device" = String, Path, example = "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e45")),
    request_body(content = SetGuardian, example = json!({ "guardian": true })),
    responses(
        (status = 204, description = "So it is"), (status = 403, description = "`guardian-only`"),
        (status = 404, description = "`not-found`"), (status = 409, description = "`last-guardian`"),
    ),
    extensions(("x-who" = json!("device")))
)]
pub(super) async fn set_guardian(
    State(app): State<App>,
    actor: Actor,
    browser: Browser,
    Path(other): Path<Uuid>,
    Json(wanted): Json<SetGuardian>,
) -> Result<StatusCode, Problem> {
    let device = device(&app, &actor, &browser)?;
    let mut tx = app.store.write().await?;
    let family = managed(&app, &mut tx, device).await?;
    let other = linked(&mut tx, &family, other).await?;
    if other.guardian == wanted.guardian {
        return Ok(StatusCode::NO_CONTENT);
    }
    if !wanted.guardian {
        require_another_guardian(&mut tx, &other).await?;
    }
    db::set_guardian(&mut tx, other.device, wanted.guardian).await?;
    let body = json!({ "device": other.device, "guardian": wanted.guardian });
    record::record(&app, &mut tx, &actor, Happened::to(record::GUARDIAN_SET, family.subject()).body(body)).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Unlinks another device, e.g. a lost phone. The codes on its screen are taken back.
#[utoipa::path(
    delete, path = "/api/households/mine/devices/{device}", operation_id = "householdsRemoveDevice", tag = "households",
    params(("device" = String, Path, example = "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e45")),
    responses(
        (status = 204, description = "Unlinked"), (status = 403, description = "`guardian-only`"),
        (status = 404, description = "`not-found`"), (status = 409, description = "`last-guardian`"),
    ),
    extensions(("x-who" = json!("device")))
)]
pub(super) async fn remove(
    State(app): State<App>,
    actor: Actor,
    browser: Browser,
    Path(other): Path<Uuid>,
) -> Result<StatusCode, Problem> {
    let device = device(&app, &actor, &browser)?;
    let mut tx = app.store.write().await?;
    let family = managed(&app, &mut tx, device).await?;
    let other = linked(&mut tx, &family, other).await?;
    require_another_guardian(&mut tx, &other).await?;
    part(&app, &mut tx, &actor, &family, &other, false).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes a code that links one more device to my household: good once, for half an hour.
#[utoipa::path(
    post, path = "/api/households/mine/invite", operation_id = "householdsInvite", tag = "households",
    request_body(content = Invite, example = json!({ "command": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e46", "person": null })),
    responses(
        (status = 200, description = "The code", body = Invited,
            example = json!({ "code": "7K3Q-9XVA", "expires_at": "2025-12-08T23:45:00+09:00" })),
        (status = 403, description = "`guardian-only`"), (status = 409, description = "`too-many-devices`, `command-used`"),
        (status = 422, description = "`invalid`"),
    ),
    extensions(("x-who" = json!("device")))
)]
pub(super) async fn invite(
    State(app): State<App>,
    actor: Actor,
    browser: Browser,
    Json(invite): Json<Invite>,
) -> Result<Json<Invited>, Problem> {
    let device = device(&app, &actor, &browser)?;
    let mut tx = app.store.write().await?;
    let family = managed(&app, &mut tx, device).await?;
    let household = family.member.of();
    if let Some(person) = invite.person {
        entry_of(&family.key.open(&family.stored)?, person)?;
    }
    let key = BlindKey::make(&app, &mut tx).await?;
    let code = code(key.bytes(), invite.command);
    let hash = code_hash(&key, &code);
    let mut expires_at = app.clock.now().plus(CODE_LIFE);
    match command::take(&app, &mut tx, &actor, invite.command, "invite", &invite).await? {
        Seen::Again => expires_at = db::invite_ends(&mut tx, &hash).await?.unwrap_or(app.clock.now()),
        Seen::New => {
            if db::members(&mut tx, household).await?.len() >= MOST_DEVICES {
                return Err(too_many_devices());
            }
            db::insert_invite(&mut tx, &hash, household, invite.person, expires_at).await?;
            record::record(&app, &mut tx, &actor, Happened::to(record::INVITED, family.subject())).await?;
        }
    }
    tx.commit().await?;
    Ok(Json(Invited { code, expires_at }))
}

/// Links this device to the household whose code was typed.
#[utoipa::path(
    post, path = "/api/households/join", operation_id = "householdsJoin", tag = "households",
    request_body(content = Join, example = json!({ "command": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e47", "code": "7K3Q-9XVA" })),
    responses(
        (status = 200, description = "The family", body = Mine, example = json!(mine::example())),
        (status = 409, description = "`already-registered`, `command-used`"),
        (status = 422, description = "`invalid`: wrong, used or expired"), (status = 429, description = "`too-many-requests`"),
    ),
    extensions(("x-who" = json!("device")))
)]
pub(super) async fn join(
    State(app): State<App>,
    actor: Actor,
    browser: Browser,
    Json(join): Json<Join>,
) -> Result<Json<Mine>, Problem> {
    let device = actor.require_device()?;
    browser.limit(&app, "households join", JOINS_PER_NETWORK)?;
    browser.limit(&app, &format!("households join {device}"), JOINS_PER_DEVICE)?;
    let mut tx = app.store.write().await?;
    in_turn(&mut tx, device).await?;
    if command::take(&app, &mut tx, &actor, join.command, "join", &join).await? == Seen::New {
        if db::member(&mut tx, device).await?.is_some() {
            return Err(already_registered());
        }
        let key = BlindKey::make(&app, &mut tx).await?;
        let typed = read_code(&join.code).ok_or_else(no_such_code)?;
        let now = app.clock.now();
        let (household, person) =
            db::accept_invite(&mut tx, &code_hash(&key, &typed), now).await?.ok_or_else(no_such_code)?;
        db::link(&mut tx, device, household, false, person, now).await?;
        let subject = Family::of(&app, &mut tx, device).await?.subject();
        record::record(&app, &mut tx, &actor, Happened::to(record::JOINED, subject)).await?;
    }
    let family = Family::of(&app, &mut tx, device).await?;
    let mine = mine::view(&family)?;
    tx.commit().await?;
    Ok(Json(mine))
}

/// Leaves the household, alone or with the entry that is this device's own: that becomes a household of its own.
#[utoipa::path(
    post, path = "/api/households/leave", operation_id = "householdsLeave", tag = "households",
    request_body(content = Leave, example = json!({ "command": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e48", "person": null })),
    responses(
        (status = 204, description = "Left"), (status = 404, description = "`not-found`"),
        (status = 409, description = "`last-guardian`, `last-person`, `not-your-entry`, `command-used`"),
    ),
    extensions(("x-who" = json!("device")))
)]
pub(super) async fn leave(
    State(app): State<App>,
    actor: Actor,
    browser: Browser,
    Json(leave): Json<Leave>,
) -> Result<StatusCode, Problem> {
    let device = device(&app, &actor, &browser)?;
    let mut tx = app.store.write().await?;
    in_turn(&mut tx, device).await?;
    if command::take(&app, &mut tx, &actor, leave.command, "leave", &leave).await? == Seen::Again {
        return Ok(StatusCode::NO_CONTENT);
    }
    let member = db::member(&mut tx, device).await?.ok_or_else(Problem::not_found)?;
    tx.lock(&format!("households.family.{}", member.household)).await?;
    let family = Family::of(&app, &mut tx, device).await?;
    require_another_guardian(&mut tx, &family.member).await?;
    let own = match leave.person {
        Some(person) => Some(take_along(&app, &mut tx, &actor, &family, person).await?),
        None => None,
    };
    part(&app, &mut tx, &actor, &family, &family.member, own.is_some()).await?;
    if let Some(own) = own {
        mine::register(&app, &mut tx, &actor, device, &own).await?;
    }
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The devices of a household, as one of them sees them.
pub(super) async fn of(conn: &mut Conn, asking: &Member) -> anyhow::Result<Vec<DeviceView>> {
    let all = db::members(conn, asking.of()).await?;
    let view = |one: Member| DeviceView {
        device: one.device,
        guardian: one.guardian,
        person: one.person,
        joined_at: one.joined_at(),
        this: one.device == asking.device,
    };
    Ok(all.into_iter().map(view).collect())
}

/// The family of a device that manages it.
async fn managed(app: &App, tx: &mut Tx, device: Uuid) -> Result<Family, Problem> {
    in_turn(tx, device).await?;
    let member = db::member(tx, device).await?.ok_or_else(Problem::not_found)?;
    tx.lock(&format!("households.family.{}", member.household)).await?;
    let family = Family::of(app, tx, device).await?;
    family.require_guardian()?;
    Ok(family)
}

async fn linked(tx: &mut Tx, family: &Family, device: Uuid) -> Result<Member, Problem> {
    let other = db::member(tx, device).await?.filter(|other| other.household == family.stored.id);
    other.ok_or_else(Problem::not_found)
}

/// Takes the entry out of the family and gives it as a household of its own, at the same address.
async fn take_along(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    family: &Family,
    person: Uuid,
) -> Result<Household, Problem> {
    if !family.member.guardian && family.member.person != Some(person) {
        return Err(not_your_entry());
    }
    let mut rest = family.key.open(&family.stored)?;
    let at = entry_of(&rest, person)?;
    if rest.persons.len() == 1 {
        return Err(last_person());
    }
    let own = Household {
        persons: vec![rest.persons.remove(at)],
        municipality: rest.municipality.clone(),
        neighbourhood: rest.neighbourhood.clone(),
        postcode: rest.postcode.clone(),
        address: rest.address.clone(),
        preferred: rest.preferred.clone(),
        ..Household::default()
    };
    mine::keep(app, tx, actor, family, &rest).await?;
    Ok(own)
}

/// Unlinks a device and takes back the codes on its screen.
async fn part(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    family: &Family,
    other: &Member,
    with_entry: bool,
) -> anyhow::Result<()> {
    db::unlink(tx, other.device).await?;
    db::revoke_phone(tx, other.device, other.of(), app.clock.now()).await?;
    let body = json!({ "device": other.device, "with_entry": with_entry });
    record::record(app, tx, actor, Happened::to(record::LEFT, family.subject()).body(body)).await
}

/// A family is always managed by somebody.
async fn require_another_guardian(tx: &mut Tx, leaving: &Member) -> Result<(), Problem> {
    let others = db::members(tx, leaving.of()).await?;
    let managed = others.iter().any(|other| other.guardian && other.device != leaving.device);
    if managed || !leaving.guardian { Ok(()) } else { Err(last_guardian()) }
}

fn entry_of(household: &Household, person: Uuid) -> Result<usize, Problem> {
    household.persons.iter().position(|one| one.id == person).ok_or_else(|| {
        Problem::invalid("person", "この人は世帯に登録されていません。", "This person is not in the household.")
    })
}

fn code_hash(key: &BlindKey, code: &str) -> String {
    key.hash(&[b"invite", code.as_bytes()])
}

fn no_such_code() -> Problem {
    Problem::invalid(
        "code",
        "招待コードが違うか、期限が切れています。家族の端末で新しいコードを表示してもらってください。",
        "The code is wrong or has expired. Ask your family for a new one.",
    )
}

fn already_registered() -> Problem {
    Problem::conflict(
        "already-registered",
        "この端末はすでに世帯に登録されています。加わる前に、今の登録を削除するか世帯から抜けてください。",
        "This device already belongs to a household. Delete that, or leave it, before you join another.",
    )
}

fn too_many_devices() -> Problem {
    Problem::conflict(
        "too-many-devices",
        format!("1つの世帯につなげる端末は{MOST_DEVICES}台までです。"),
        format!("At most {MOST_DEVICES} devices belong to a household."),
    )
}

fn last_guardian() -> Problem {
    Problem::conflict(
        "last-guardian",
        "世帯を管理する端末がなくなります。先に別の端末を管理者にするか、登録を削除してください。",
        "Nobody would manage the household. Make another device its guardian first, or delete the registration.",
    )
}

fn last_person() -> Problem {
    Problem::conflict(
        "last-person",
        "世帯に誰もいなくなります。登録を削除してください。",
        "Nobody would be left in the household. Delete the registration instead.",
    )
}

fn not_your_entry() -> Problem {
    Problem::conflict(
        "not-your-entry",
        "持って出られるのは自分の情報だけです。家族の情報は管理者の端末で変更してください。",
        "You can take only your own entry along. The guardian changes those of others.",
    )
}

fn example() -> Value {
    json!({
        "device": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e45", "guardian": true, "person": null,
        "joined_at": "2025-12-08T23:15:00+09:00", "this": true
    })
}
