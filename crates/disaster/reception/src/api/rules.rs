//! Distribution at a shelter: its checkpoints, and whether one would give twice. It warns and never blocks.

use axum::extract::State as Shared;
use http::{Actor, App, Duty, Json, Path, Problem, Query};
use kernel::{AreaCode, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::journal::{self, Body, NewEntry};
use utoipa::ToSchema;
use uuid::Uuid;

use super::board::{OfDisaster, venue};
use super::refusal::no_disaster;
use crate::db;
use crate::event::{Kind, Subject};
use crate::fold::{Effect, Place};
use crate::handout::{Rule, Warning, check, is_sound};
use crate::live::Live;

/// A checkpoint with its id, which a `handout` event names as `other`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReceptionRule)]
pub(super) struct RuleView {
    id: String,
    #[serde(flatten)]
    rule: Rule,
}

/// A checkpoint of a shelter (配布のきまり).
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[schema(as = ReceptionSetRule)]
pub(super) struct SetRule {
    /// Made by the client; of the first time also the id.
    #[schema(value_type = String, format = Uuid)]
    id: Uuid,
    #[schema(value_type = String, format = Uuid)]
    disaster: Uuid,
    #[serde(flatten)]
    rule: Rule,
}

/// Whom something is to be given to.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[schema(as = ReceptionCheckHandout)]
pub(super) struct CheckHandout {
    #[schema(value_type = String, format = Uuid)]
    disaster: Uuid,
    #[schema(value_type = String, format = Uuid)]
    rule: Uuid,
    /// 32 hex digits.
    subject: String,
}

/// What the desk should look at. Giving is up to the desk.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReceptionCheckedHandout)]
pub(super) struct CheckedHandout {
    warnings: Vec<Warning>,
    /// When this rule gave to the household before, the newest first; at most ten.
    before: Vec<Timestamp>,
}

/// The checkpoints of a shelter.
#[utoipa::path(
    get, path = "/api/reception/shelters/{facility}/rules", operation_id = "receptionRules", tag = "reception",
    params(("facility" = String, Path, example = "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e23"), OfDisaster),
    responses((status = 200, description = "Checkpoints", body = Vec<RuleView>, example = json!([example()]))),
    extensions(("x-who" = json!("own-area")))
)]
pub(super) async fn list(
    Shared(app): Shared<App>,
    actor: Actor,
    facility: Result<Path<Uuid>, Problem>,
    query: Result<Query<OfDisaster>, Problem>,
) -> Result<Json<Vec<RuleView>>, Problem> {
    actor.require_anywhere(Duty::ShelterDesk)?;
    let (Path(facility), Query(OfDisaster { disaster })) = (facility?, query?);
    require_here(&app, &actor, facility).await?;
    let mut conn = app.store.read().await?;
    let rules = db::rules::list(&mut conn, disaster, facility).await?;
    Ok(Json(rules.into_iter().map(|(id, rule)| RuleView { id: id.to_string(), rule }).collect()))
}

/// Makes or changes a checkpoint of a shelter.
#[utoipa::path(
    put, path = "/api/reception/shelters/{facility}/rules", operation_id = "receptionSetRule", tag = "reception",
    params(("facility" = String, Path, example = "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e23")),
    request_body(content = SetRule, example = json!({
        "id": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e61", "disaster": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e21", "name": "朝食",
        "kind": "meal", "min_minutes": 120, "per_day": 1, "who": "person"
    })),
    responses(
        (status = 200, description = "The checkpoint", body = RuleView, example = json!(example())),
        (status = 404, description = "`not-found`"), (status = 422, description = "`invalid`"),
    ),
)]
pub(super) async fn set(
    Shared(app): Shared<App>,
    actor: Actor,
    Path(facility): Path<Uuid>,
    Json(wanted): Json<SetRule>,
) -> Result<Json<RuleView>, Problem> {
    actor.require_anywhere(Duty::ShelterDesk)?;
    let jis5 = require_here(&app, &actor, facility).await?;
    let scope = Live::of(&app)?.scope(wanted.disaster).ok_or_else(no_disaster)?;
    if !is_sound(&wanted.rule) {
        let (ja, en) = (
            "名前と種類を60文字以内で書き、一日の回数は1以上にしてください。",
            "Name and kind of at most 60 characters; at least once a day.",
        );
        return Err(Problem::invalid("name", ja, en));
    }
    let now = app.clock.now();
    let entry = NewEntry {
        id: app.ids.next(),
        kind: "reception.rule_set",
        subject: facility.to_string(),
        area: Some(AreaCode::municipality(&jis5)),
        mode: scope.mode,
        actor: actor.label(),
        device: None,
        occurred_at: now,
        body: Body::Open(json!({ "rule": wanted.id, "disaster": wanted.disaster, "set": wanted.rule })),
    };
    let mut tx = app.store.write().await?;
    if db::rules::find(&mut tx, (wanted.id, wanted.disaster, facility)).await?.as_ref() != Some(&wanted.rule) {
        let key = (wanted.id, wanted.disaster, facility);
        if !db::rules::put(&mut tx, key, &wanted.rule, &actor.label(), now).await? {
            return Err(Problem::not_found().with_field("id"));
        }
        journal::record(&mut tx, entry, now).await?;
        tx.commit().await?;
    }
    Ok(Json(RuleView { id: wanted.id.to_string(), rule: wanted.rule }))
}

/// Whether the checkpoint gave to this household before. Answers also on a locked kit.
#[utoipa::path(
    post, path = "/api/reception/shelters/{facility}/handouts/check", operation_id = "receptionCheckHandout", tag = "reception",
    params(("facility" = String, Path, example = "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e23")),
    request_body(content = CheckHandout, example = json!({
        "disaster": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e21", "rule": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e61",
        "subject": "3f1c2f7e5b0a4c6d8e9fa0b1c2d3e4f5"
    })),
    responses(
        (status = 200, description = "What to look at", body = CheckedHandout,
            example = json!({ "warnings": ["too-soon"], "before": ["2025-12-09T07:10:00+09:00"] })),
        (status = 404, description = "`not-found`"),
    ),
)]
pub(super) async fn check_handout(
    Shared(app): Shared<App>,
    actor: Actor,
    Path(facility): Path<Uuid>,
    Json(asked): Json<CheckHandout>,
) -> Result<Json<CheckedHandout>, Problem> {
    actor.require_anywhere(Duty::ShelterDesk)?;
    require_here(&app, &actor, facility).await?;
    let live = Live::of(&app)?;
    let scope = live.scope(asked.disaster).ok_or_else(no_disaster)?;
    let subject: Subject = asked.subject.parse().map_err(|_| Problem::not_found().with_field("subject"))?;
    let mut conn = app.store.read().await?;
    let rule = db::rules::find(&mut conn, (asked.rule, asked.disaster, facility)).await?;
    drop(conn);
    let rule = rule.ok_or_else(|| Problem::not_found().with_field("rule"))?;
    let here = Place::Shelter(facility);
    let (mut before, people) = live.ask(|register| {
        let given = register.history(scope, subject).into_iter().filter(|line| {
            line.kind == Kind::Handout && line.effect != Effect::Voided && line.other == Some(asked.rule.as_u128())
        });
        let standing = register.subject(scope, subject).and_then(|party| party.standing);
        let people = standing.filter(|at| at.presence.is_present() && at.place == here);
        (given.map(|line| line.at_ms).collect::<Vec<_>>(), people.map_or(0, |at| at.counts.persons().max(1)))
    });
    before.sort_unstable_by(|a, b| b.cmp(a));
    let warnings = check(&rule, &before, people, app.clock.now().millis());
    let before = before.into_iter().take(10).map(Timestamp::from_millis).collect();
    Ok(Json(CheckedHandout { warnings, before }))
}

async fn require_here(app: &App, actor: &Actor, facility: Uuid) -> Result<String, Problem> {
    let venue = venue(app, facility).await?.ok_or_else(Problem::not_found)?;
    super::require_desk(actor, &venue.municipality)?;
    Ok(venue.municipality)
}

fn example() -> serde_json::Value {
    json!({
        "id": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e61", "name": "朝食", "kind": "meal", "min_minutes": 120, "per_day": 1,
        "who": "person"
    })
}
