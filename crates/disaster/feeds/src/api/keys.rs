//! Keys of distributors: made once, shown once, stored as a digest, replaced without a gap.

use axum::extract::State;
use http::{Actor, App, Json, Path, Problem};
use kernel::{Id, Mode, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::time::Duration;
use store::journal::{self, Body, NewEntry};
use subtle::ConstantTimeEq as _;
use utoipa::ToSchema;

use super::require_operator;
use crate::db::{self, KeyRow};
use crate::model::{Expectation, Origin, PushKey, SourceSpec};
use crate::words;
use kernel::hex;

/// The old key still opens this long after a rotation, so that the distributor can change over.
const GRACE: Duration = Duration::from_hours(1);
const PREFIX: &str = "mfk";

/// A distributor to get a key (鍵の発行).
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewKey {
    /// Short name: small letters, digits and hyphens.
    #[schema(example = "distributor-a")]
    pub(super) distributor: String,
    /// Whether its telegrams may be live.
    pub(super) mode: Mode,
    /// How often it promises to send something, in seconds; left out when it promises nothing.
    #[schema(example = 3600)]
    pub(super) expected_every_s: Option<u32>,
}

/// A key as shown to staff, without the secret (鍵の一覧).
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct KeyInfo {
    #[schema(value_type = String, format = Uuid)]
    pub(super) id: Id<PushKey>,
    pub(super) distributor: String,
    pub(super) mode: Mode,
    pub(super) created_at: Timestamp,
    pub(super) rotated_at: Option<Timestamp>,
    pub(super) last_used_at: Option<Timestamp>,
    pub(super) revoked_at: Option<Timestamp>,
}

/// A new key with its secret, shown this once (発行された鍵).
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct IssuedKey {
    #[schema(value_type = String, format = Uuid)]
    pub(super) id: Id<PushKey>,
    /// Send it as `Authorization: Bearer …`.
    pub(super) key: String,
}

/// The distributors' keys (鍵の一覧).
#[utoipa::path(get, path = "/api/feeds/push/keys", operation_id = "feeds_keys", tag = "feeds",
    responses((status = 200, body = Vec<KeyInfo>, example = json!([]))))]
pub(super) async fn list(State(app): State<App>, actor: Actor) -> Result<Json<Vec<KeyInfo>>, Problem> {
    require_operator(&actor)?;
    let mut conn = app.store.read().await.map_err(Problem::internal)?;
    let rows = db::keys(&mut conn).await.map_err(Problem::internal)?;
    Ok(Json(rows.into_iter().map(KeyInfo::from).collect()))
}

/// Makes a key for a distributor (鍵の発行).
#[utoipa::path(post, path = "/api/feeds/push/keys", operation_id = "feeds_issue_key", tag = "feeds",
    request_body(content = NewKey, example = json!({ "distributor": "distributor-a", "mode": "live", "expected_every_s": 3600 })), responses((status = 200, body = IssuedKey), (status = 422)))]
pub(super) async fn issue(
    State(app): State<App>,
    actor: Actor,
    Json(new): Json<NewKey>,
) -> Result<Json<IssuedKey>, Problem> {
    require_operator(&actor)?;
    check_name(&new.distributor)?;
    let id = app.ids.next();
    let (key, digest) = make(&app, id);
    let now = app.clock.now();
    let mut tx = app.store.write().await.map_err(Problem::internal)?;
    db::insert_key(&mut tx, id, &new.distributor, new.mode, digest, now).await.map_err(Problem::internal)?;
    db::announce(&mut tx, &spec(&new)).await.map_err(Problem::internal)?;
    let body = json!({ "distributor": new.distributor, "mode": new.mode });
    let entry = entry(&app, &actor, crate::KEY_ISSUED, id, new.mode, body);
    journal::record(&mut tx, entry, now).await.map_err(Problem::internal)?;
    tx.commit().await.map_err(Problem::internal)?;
    Ok(Json(IssuedKey { id, key }))
}

/// Replaces a key; the old one opens for another hour (鍵の更新).
#[utoipa::path(post, path = "/api/feeds/push/keys/{id}/rotate", operation_id = "feeds_rotate_key", tag = "feeds",
    params(("id" = String, Path, format = Uuid, example = "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e10")), responses((status = 200, body = IssuedKey), (status = 404)))]
pub(super) async fn rotate(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<Id<PushKey>>,
) -> Result<Json<IssuedKey>, Problem> {
    require_operator(&actor)?;
    let (key, digest) = make(&app, id);
    let now = app.clock.now();
    let mut tx = app.store.write().await.map_err(Problem::internal)?;
    let old = db::key(&mut tx, id).await.map_err(Problem::internal)?.ok_or_else(Problem::not_found)?;
    if !db::rotate_key(&mut tx, id, digest, now.plus(GRACE), now).await.map_err(Problem::internal)? {
        return Err(Problem::not_found());
    }
    let body = json!({ "distributor": old.distributor });
    let entry = entry(&app, &actor, crate::KEY_ROTATED, id, old.mode, body);
    journal::record(&mut tx, entry, now).await.map_err(Problem::internal)?;
    tx.commit().await.map_err(Problem::internal)?;
    Ok(Json(IssuedKey { id, key }))
}

/// Takes a key back at once (鍵の失効).
#[utoipa::path(delete, path = "/api/feeds/push/keys/{id}", operation_id = "feeds_revoke_key", tag = "feeds",
    params(("id" = String, Path, format = Uuid, example = "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e10")), responses((status = 200, body = KeyInfo), (status = 404)))]
pub(super) async fn revoke(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<Id<PushKey>>,
) -> Result<Json<KeyInfo>, Problem> {
    require_operator(&actor)?;
    let now = app.clock.now();
    let mut tx = app.store.write().await.map_err(Problem::internal)?;
    let new = db::revoke_key(&mut tx, id, now).await.map_err(Problem::internal)?;
    let key = db::key(&mut tx, id).await.map_err(Problem::internal)?.ok_or_else(Problem::not_found)?;
    if new {
        let body = json!({ "distributor": key.distributor });
        let entry = entry(&app, &actor, crate::KEY_REVOKED, id, key.mode, body);
        journal::record(&mut tx, entry, now).await.map_err(Problem::internal)?;
    }
    tx.commit().await.map_err(Problem::internal)?;
    Ok(Json(key.into()))
}

impl From<KeyRow> for KeyInfo {
    fn from(key: KeyRow) -> Self {
        Self {
            id: key.id,
            distributor: key.distributor,
            mode: key.mode,
            created_at: key.created_at,
            rotated_at: key.rotated_at,
            last_used_at: key.last_used_at,
            revoked_at: key.revoked_at,
        }
    }
}

/// The id a key names, if it has our form at all.
pub(super) fn id_of(key: &str) -> Option<Id<PushKey>> {
    let mut parts = key.split('_');
    let known = parts.next() == Some(PREFIX);
    let id = parts.next()?.parse().ok()?;
    (known && parts.next().is_some() && parts.next().is_none()).then_some(id)
}

/// Whether `key` opens; takes the same time whatever differs.
pub(super) fn opens(stored: &KeyRow, key: &str, now: Timestamp) -> bool {
    let digest: &[u8] = &Sha256::digest(key.as_bytes());
    let current = digest.ct_eq(stored.digest.as_slice());
    let old = stored.old.as_ref().map(|(old, until)| (digest.ct_eq(old.as_slice()), *until > now));
    let by_old = old.is_some_and(|(same, in_time)| bool::from(same) && in_time);
    stored.revoked_at.is_none() && (bool::from(current) || by_old)
}

/// Where telegrams pushed with this key come from.
pub(super) fn origin(distributor: &str, mode: Mode) -> Origin {
    let family = match mode {
        Mode::Live => "push",
        Mode::Drill => "push-drill",
    };
    Origin { key: format!("{family}:{distributor}"), mode, run: None }
}

fn spec(new: &NewKey) -> SourceSpec {
    let promised = new.expected_every_s.map(|seconds| Duration::from_secs(u64::from(seconds.max(60))));
    let expect = Expectation { contact: promised, content: promised };
    SourceSpec { expect, ..words::spec(&origin(&new.distributor, new.mode)) }
}

fn make(app: &App, id: Id<PushKey>) -> (String, [u8; 32]) {
    let mut secret = [0_u8; 32];
    app.ids.fill(&mut secret);
    let key = format!("{PREFIX}_{id}_{}", hex(&secret));
    let digest = Sha256::digest(key.as_bytes()).into();
    (key, digest)
}

fn check_name(name: &str) -> Result<(), Problem> {
    let fits = (1..=32).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if fits {
        return Ok(());
    }
    Err(Problem::invalid(
        "distributor",
        "半角の小文字・数字・ハイフンで32文字までにしてください。",
        "Use small letters, digits and hyphens, at most 32.",
    ))
}

fn entry(app: &App, actor: &Actor, kind: &'static str, id: Id<PushKey>, mode: Mode, body: Value) -> NewEntry {
    NewEntry {
        id: app.ids.next(),
        kind,
        subject: id.to_string(),
        area: None,
        mode,
        actor: actor.label(),
        device: None,
        occurred_at: app.clock.now(),
        body: Body::Open(body),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(key: &str, old: Option<(&str, i64)>, revoked: bool) -> KeyRow {
        let digest = |key: &str| Sha256::digest(key.as_bytes()).to_vec();
        KeyRow {
            id: Id::from_uuid(uuid::Uuid::from_u128(1)),
            distributor: "a".to_owned(),
            mode: Mode::Live,
            digest: digest(key),
            old: old.map(|(old, until)| (digest(old), Timestamp::from_secs(until))),
            created_at: Timestamp::from_secs(0),
            rotated_at: None,
            last_used_at: None,
            revoked_at: revoked.then(|| Timestamp::from_secs(1)),
        }
    }

    #[test]
    fn a_key_opens_until_it_is_replaced_or_taken_back() {
        let now = Timestamp::from_secs(100);
        assert!(opens(&row("new", None, false), "new", now));
        assert!(!opens(&row("new", None, false), "other", now));
        assert!(opens(&row("new", Some(("old", 101)), false), "old", now));
        assert!(!opens(&row("new", Some(("old", 100)), false), "old", now));
        assert!(!opens(&row("new", Some(("old", 101)), true), "old", now));
        assert!(!opens(&row("new", None, true), "new", now));
    }

    #[test]
    fn only_our_form_of_key_is_looked_up() {
        let id = uuid::Uuid::from_u128(7);
        assert_eq!(id_of(&format!("mfk_{id}_abc")), Some(Id::from_uuid(id)));
        for bad in
            ["", "mfk", "mfk__", "mfk_x_y", &format!("key_{id}_abc"), &format!("mfk_{id}"), &format!("mfk_{id}_a_b")]
        {
            assert_eq!(id_of(bad), None, "{bad}");
        }
    }
}
