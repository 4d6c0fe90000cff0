//! Distribution at a shelter: its checkpoints as every desk made them, and whether one would give twice. It warns and never
//! blocks. What is asked here is in clear, so that a locked kit answers too.

use axum::extract::State as Shared;
use http::{Actor, App, Duty, Json, Path, Problem, Query};
use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::board::{OfDisaster, venue};
use super::refusal::no_disaster;
use crate::event::{Kind, Subject};
use crate::fold::{Checkpoint, Effect, Line, Place};
use crate::handout::{Rule, Warning, check, day};
use crate::live::Live;
use crate::written::Written;

/// A checkpoint as it stands now (配布のきまり).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReceptionRule)]
pub(super) struct RuleView {
    /// What a `handout` event names as `other`, and a `rule` event that changes it.
    id: String,
    #[serde(flatten)]
    rule: Rule,
    /// The event that said so last: the cause of the next one.
    by: String,
    changed_at: Timestamp,
    /// Households that were given something by it today, here.
    today: u32,
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
    /// When this rule gave to the household before, at whatever desk, the newest first; at most ten.
    before: Vec<Timestamp>,
}

/// The checkpoints of a shelter, as its desks wrote them; without those that ended.
#[utoipa::path(
    get, path = "/api/reception/shelters/{facility}/rules", operation_id = "receptionRules", tag = "reception",
    params(("facility" = String, Path, example = "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e23"), OfDisaster),
    responses((status = 200, description = "Checkpoints", body = Vec<RuleView>, example = json!([{
        "id": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e61", "name": "朝食", "kind": "meal", "min_minutes": 120, "per_day": 1,
        "who": "person", "meant": "all", "by": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e45",
        "changed_at": "2025-12-09T06:30:00+09:00", "today": 12
    }]))),
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
    let live = Live::of(&app)?;
    let scope = live.scope(disaster).ok_or_else(no_disaster)?;
    let here = Place::Shelter(facility);
    let today = day(app.clock.now().millis());
    let (checkpoints, written) =
        live.ask(|register| (register.checkpoints(scope, &here), Written::at(register, scope, &here)));
    let served = |id: u128| {
        let given = written.of(Kind::Handout).filter(|line| line.other == Some(id) && day(line.at_ms) == today);
        let subjects: std::collections::HashSet<_> = given.filter_map(|line| line.subject).collect();
        u32::try_from(subjects.len()).unwrap_or(u32::MAX)
    };
    let view = |one: Checkpoint| RuleView {
        id: Uuid::from_u128(one.id).to_string(),
        today: served(one.id),
        rule: one.rule,
        by: one.by.to_string(),
        changed_at: Timestamp::from_millis(one.at_ms),
    };
    Ok(Json(checkpoints.into_iter().filter(|one| !one.rule.ended).map(view).collect()))
}

/// Whether the checkpoint gave to this household before, at whatever desk. Answers also on a locked kit.
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
    let (here, wanted) = (Place::Shelter(facility), asked.rule.as_u128());
    let (rule, mut before, is_here) = live.ask(|register| {
        let rule = register.checkpoints(scope, &here).into_iter().find(|one| one.id == wanted);
        let by_it =
            |line: &Line| line.kind == Kind::Handout && line.effect != Effect::Voided && line.other == Some(wanted);
        let given = register.history(scope, subject).into_iter().filter(by_it).map(|line| line.at_ms);
        let standing = register.subject(scope, subject).and_then(|party| party.standing);
        let is_here = standing.is_some_and(|at| at.presence.is_present() && at.place == here);
        (rule, given.collect::<Vec<_>>(), is_here)
    });
    let rule = rule.ok_or_else(|| Problem::not_found().with_field("rule"))?.rule;
    before.sort_unstable_by(|a, b| b.cmp(a));
    let warnings = check(&rule, &before, is_here, app.clock.now().millis());
    let before = before.into_iter().take(10).map(Timestamp::from_millis).collect();
    Ok(Json(CheckedHandout { warnings, before }))
}

async fn require_here(app: &App, actor: &Actor, facility: Uuid) -> Result<String, Problem> {
    let venue = venue(app, facility).await?.ok_or_else(Problem::not_found)?;
    super::require_desk(actor, &venue.municipality)?;
    Ok(venue.municipality)
}
