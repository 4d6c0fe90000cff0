//! What is done, in the caller's transaction: load, decide, write, record. Publishing comes after, once for all.

use chrono::NaiveDate;
use http::Problem;
use kernel::{AreaCode, Id, Mode, Timestamp, areas};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use store::Tx;
use store::journal::{self, Body, NewEntry};
use uuid::Uuid;

use crate::db;
use crate::model::{self, Content, NATION, PREFECTURE, Programme, Refused, State, Version};

/// Everybody who changes programmes takes turns under this lock.
pub(crate) const LOCK: &str = "registry";

/// Who does something, under which id, when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deed<'a> {
    /// Made by the client; the same one again changes nothing.
    pub(crate) command: Uuid,
    pub(crate) by: &'a str,
    pub(crate) digest: &'a str,
    pub(crate) now: Timestamp,
}

/// The fingerprint of what a command asks.
pub(crate) fn digest(asked: &impl std::fmt::Debug) -> String {
    kernel::hex(&Sha256::digest(format!("{asked:?}").as_bytes())[..16])
}

/// What this very command made before. Another command with its id is refused.
pub(crate) async fn made_before(tx: &mut Tx, deed: Deed<'_>) -> anyhow::Result<Option<Uuid>> {
    match db::find_step(tx, deed.command).await? {
        None => Ok(None),
        Some((actor, digest, result)) if actor == deed.by && digest == deed.digest => Ok(Some(result)),
        Some(_) => Err(Problem::command_used().into()),
    }
}

/// Whose duty it is to change programmes of an area: the municipality's, and the prefecture's for the rest.
pub(crate) fn duty_area(area: &str) -> AreaCode {
    if area == NATION || area == PREFECTURE { areas::PREFECTURE } else { AreaCode::municipality(area) }
}

/// A draft to be written.
pub(crate) struct Draft<'a> {
    pub(crate) content: &'a Content,
    pub(crate) valid_from: NaiveDate,
    pub(crate) valid_until: Option<NaiveDate>,
}

/// Writes a draft: a new one after a version that was published or taken back, else in the place of the one that waits.
pub(crate) async fn save_draft(
    tx: &mut Tx,
    deed: Deed<'_>,
    programme: &Programme,
    draft: Draft<'_>,
    id: Id<Version>,
) -> anyhow::Result<Version> {
    model::check_draft(draft.content, draft.valid_from, draft.valid_until).map_err(Problem::from)?;
    let newest = db::newest_version(tx, programme.id).await?;
    let (id, number, revision) = match newest {
        Some(held) if matches!(held.state, State::Draft | State::Reviewed) => (held.id, held.number, held.revision + 1),
        Some(held) => (id, held.number + 1, held.revision + 1),
        None => (id, 1, 1),
    };
    let version = Version {
        id,
        programme: programme.id,
        number,
        revision,
        state: State::Draft,
        valid_from: draft.valid_from,
        valid_until: draft.valid_until,
        content: draft.content.clone(),
        by: deed.by.to_owned(),
        at: deed.now,
    };
    db::put_version(tx, &version).await?;
    record(tx, deed, "registry.drafted", programme, &version, json!({})).await?;
    Ok(version)
}

/// Publishes a reviewed version; what held before ends or is taken back.
pub(crate) async fn publish(
    tx: &mut Tx,
    deed: Deed<'_>,
    programme: &Programme,
    held: &Version,
) -> anyhow::Result<Version> {
    let before = db::versions_of(tx, programme.id).await?;
    let today = deed.now.jst().date_naive();
    let mut others = Vec::new();
    for area in [NATION, PREFECTURE, programme.area.as_str()] {
        others.extend(db::published_of(tx, area, today).await?);
    }
    let others: Vec<(String, Content)> = others
        .into_iter()
        .filter(|(other, _)| other.key != programme.key)
        .map(|(other, version)| (other.key, version.content))
        .collect();
    model::check_cycles(&programme.key, &held.content, &others).map_err(Problem::from)?;
    let (published, ended) = model::publish(held, &before).map_err(Problem::from)?;
    let published = step(published, deed);
    for old in ended.iter().chain([&published]) {
        db::put_version(tx, old).await?;
    }
    let ended: Vec<Value> = ended
        .iter()
        .map(|old| json!({ "version": old.id, "state": old.state, "valid_until": old.valid_until }))
        .collect();
    record(tx, deed, "registry.published", programme, &published, json!({ "ended": ended })).await?;
    Ok(published)
}

/// Takes a step without more ado: reviewed, withdrawn.
pub(crate) async fn keep_step(
    tx: &mut Tx,
    deed: Deed<'_>,
    programme: &Programme,
    version: Version,
    kind: &'static str,
) -> anyhow::Result<Version> {
    let version = step(version, deed);
    db::put_version(tx, &version).await?;
    record(tx, deed, kind, programme, &version, json!({})).await?;
    Ok(version)
}

fn step(version: Version, deed: Deed<'_>) -> Version {
    Version { revision: version.revision + 1, by: deed.by.to_owned(), at: deed.now, ..version }
}

async fn record(
    tx: &mut Tx,
    deed: Deed<'_>,
    kind: &'static str,
    programme: &Programme,
    version: &Version,
    more: Value,
) -> anyhow::Result<()> {
    let mut body = json!({
        "programme": programme.id, "key": programme.key, "area": programme.area, "name": version.content.record.name(),
        "number": version.number, "revision": version.revision, "origin": programme.origin,
        "valid_from": version.valid_from, "valid_until": version.valid_until,
    });
    if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
        body.extend(more);
    }
    entry(tx, deed, kind, version.id.to_string(), &programme.area, body).await
}

/// Writes a journal entry under an id of its own: one command may make several.
pub(crate) async fn entry(
    tx: &mut Tx,
    deed: Deed<'_>,
    kind: &'static str,
    subject: String,
    area: &str,
    body: Value,
) -> anyhow::Result<()> {
    let id = derived(&format!("{}:{kind}:{subject}", deed.command));
    let entry = NewEntry {
        id: Id::from_uuid(id),
        kind,
        subject,
        area: Some(duty_area(area)),
        mode: Mode::Live,
        actor: deed.by.to_owned(),
        device: None,
        occurred_at: deed.now,
        body: Body::Open(body),
    };
    journal::record(tx, entry, deed.now).await?;
    Ok(())
}

/// An id that the same words always give.
pub(crate) fn derived(words: &str) -> Uuid {
    let digest = Sha256::digest(words.as_bytes());
    let mut bytes = [0_u8; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// Refuses who has not seen the newest edit.
pub(crate) fn seen(held: &Version, revision: i64) -> Result<(), Refused> {
    model::check_revision(held, revision)
}
