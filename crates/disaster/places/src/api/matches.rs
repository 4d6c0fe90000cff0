//! Reconciliation (名寄せ) over HTTP: what may be one, decisions, and taking them back.

use std::collections::{BTreeMap, BTreeSet};

use axum::extract::State;
use http::{Actor, App, Duty, Json, Page, PageQuery, Path, Problem, Query};
use kernel::{AreaCode, Id, Mode, Text, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::journal::{self, Body, NewEntry};
use store::{Conn, Tx};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{PlaceView, check_code, own};
use crate::matches::{self, is_refuge, key_of, propose};
use crate::model::{Match, Place, PlaceKey, Series};
use crate::{db, publish};

/// Below this, many pairs at once are too many mistakes.
const LEAST_AT_ONCE: f64 = 0.9;
/// Decisions made at once at most.
const MOST_AT_ONCE: usize = 5_000;

/// Whose pairs (名寄せの条件).
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct MatchQuery {
    /// JIS5; the caller's own if left out.
    municipality: Option<String>,
}

/// Two places that may be one (名寄せ候補).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct ProposedMatch {
    left: PlaceView,
    right: PlaceView,
    /// 0 to 1.
    score: f64,
    reasons: Vec<Text>,
    /// Null when one of them has no position of its own.
    distance_m: Option<f64>,
}

/// A decision (名寄せの判断).
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub(super) struct DecideMatch {
    /// Made by the client; sending it again changes nothing.
    #[schema(value_type = String, format = Uuid)]
    command: Uuid,
    /// A place; not a facility.
    #[schema(value_type = String, format = Uuid)]
    left: Id<Place>,
    #[schema(value_type = String, format = Uuid)]
    right: Id<Place>,
    /// Whether the two are one.
    same: bool,
}

/// Every sure pair at once (名寄せの一括判断).
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub(super) struct DecideAllMatches {
    #[schema(value_type = String, format = Uuid)]
    command: Uuid,
    municipality: String,
    /// At least 0.9.
    at_least: f64,
}

/// How many were decided (一括判断の結果).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct DecidedAllMatches {
    decided: usize,
}

/// A step without further words.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub(super) struct MatchStep {
    #[schema(value_type = String, format = Uuid)]
    command: Uuid,
}

/// A decision that was made (名寄せの判断の記録).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct DecidedMatch {
    #[schema(value_type = String, format = Uuid)]
    id: Id<Match>,
    municipality: String,
    left: DecidedPlace,
    right: DecidedPlace,
    same: bool,
    by: String,
    at: Timestamp,
    revoked_by: Option<String>,
    revoked_at: Option<Timestamp>,
}

/// A place a decision speaks of (判断の対象).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct DecidedPlace {
    /// Name of the series.
    series: String,
    key: String,
    /// Null when the place is not in the register any more.
    name: Option<String>,
    /// It left its list; the decision holds for when it comes back.
    gone: bool,
}

/// Pairs of places that may be one and that nobody has decided on, best first. Nothing becomes one by itself.
#[utoipa::path(get, path = "/api/places/matches", operation_id = "placesMatches", tag = "places",
    params(MatchQuery, PageQuery),
    responses((status = 200, body = Page<ProposedMatch>, example = json!({ "items": [], "next": null })),
        (status = 403, description = "`forbidden`"), (status = 422, description = "`invalid`")),
    extensions(("x-who" = json!("own-area"))))]
pub(super) async fn list(
    State(app): State<App>,
    actor: Actor,
    Query(query): Query<MatchQuery>,
    Query(ask): Query<PageQuery>,
) -> Result<Json<Page<ProposedMatch>>, Problem> {
    let municipality = own(&actor, query.municipality.as_deref())?;
    let after: Option<(f64, Uuid, Uuid)> = ask.after()?;
    let mut conn = app.store.read().await?;
    let places = db::places_of(&mut conn, &municipality).await?;
    let decided = db::matches_in_force(&mut conn, &municipality).await?;
    let series: BTreeSet<Id<Series>> = places.iter().map(|place| place.series).collect();
    let names = names(&mut conn, series).await?;
    drop(conn);
    let most = ask.limit() + 1;
    let pairs = tokio::task::spawn_blocking(move || {
        let name = |place: &Place| names.get(&place.series).map_or("", String::as_str);
        let later = |pair: &matches::Pair<'_>| {
            let at = (pair.left.id.uuid(), pair.right.id.uuid());
            after.is_none_or(|(score, left, right)| {
                pair.score.total_cmp(&score).reverse().then(at.cmp(&(left, right))).is_gt()
            })
        };
        let pairs = propose(&places, &decided).into_iter().filter(later).take(most);
        pairs
            .map(|pair| ProposedMatch {
                left: PlaceView::of(pair.left, name(pair.left)),
                right: PlaceView::of(pair.right, name(pair.right)),
                score: pair.score,
                reasons: pair.reasons,
                distance_m: pair.distance_m.map(f64::round),
            })
            .collect::<Vec<_>>()
    });
    let rows = pairs.await.map_err(Problem::internal)?;
    Ok(Json(Page::from_rows(rows, &ask, |pair| (pair.score, pair.left.id, pair.right.id))))
}

/// Says whether two places are one. A later decision about the same two takes the place of the earlier one.
#[utoipa::path(post, path = "/api/places/matches", operation_id = "placesMatchDecide", tag = "places",
    request_body(content = DecideMatch, example = json!({
        "command": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e12", "left": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e10",
        "right": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e11", "same": true })),
    responses((status = 200, body = DecidedMatch), (status = 404, description = "`not-found`"),
        (status = 409, description = "`command-reused`"), (status = 422, description = "`invalid`")))]
pub(super) async fn decide(
    State(app): State<App>,
    actor: Actor,
    Json(wanted): Json<DecideMatch>,
) -> Result<Json<DecidedMatch>, Problem> {
    actor.require_anywhere(Duty::Places)?;
    let decided = app.store.retry(async || decide_once(&app, &actor, &wanted).await).await?;
    let mut conn = app.store.read().await?;
    Ok(Json(view(&mut conn, decided).await?))
}

/// Declares every proposed pair of at least this score one. Each can be revoked alone.
#[utoipa::path(post, path = "/api/places/matches/all", operation_id = "placesMatchDecideAll", tag = "places",
    request_body(content = DecideAllMatches, example = json!({
        "command": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e13", "municipality": "02203", "at_least": 0.95 })),
    responses((status = 200, body = DecidedAllMatches, example = json!({ "decided": 120 })),
        (status = 422, description = "`invalid`")))]
pub(super) async fn decide_all(
    State(app): State<App>,
    actor: Actor,
    Json(wanted): Json<DecideAllMatches>,
) -> Result<Json<DecidedAllMatches>, Problem> {
    check_code(&wanted.municipality)?;
    actor.require(Duty::Places, &AreaCode::municipality(&wanted.municipality))?;
    if !(LEAST_AT_ONCE..=1.0).contains(&wanted.at_least) {
        return Err(Problem::invalid(
            "at_least",
            format!("まとめて決められるのは点数が{LEAST_AT_ONCE}以上の候補だけです。"),
            format!("Only pairs of at least {LEAST_AT_ONCE} can be decided at once."),
        ));
    }
    let decided = app.store.retry(async || decide_all_once(&app, &actor, &wanted).await).await?;
    Ok(Json(DecidedAllMatches { decided }))
}

/// Decisions, revoked ones too, newest first.
#[utoipa::path(get, path = "/api/places/matches/decided", operation_id = "placesMatchesDecided", tag = "places",
    params(MatchQuery, PageQuery),
    responses((status = 200, body = Page<DecidedMatch>, example = json!({ "items": [], "next": null })),
        (status = 403, description = "`forbidden`"), (status = 422, description = "`invalid`")),
    extensions(("x-who" = json!("own-area"))))]
pub(super) async fn decided(
    State(app): State<App>,
    actor: Actor,
    Query(query): Query<MatchQuery>,
    Query(ask): Query<PageQuery>,
) -> Result<Json<Page<DecidedMatch>>, Problem> {
    let municipality = own(&actor, query.municipality.as_deref())?;
    let before: Option<Uuid> = ask.after()?;
    let mut conn = app.store.read().await?;
    let found = db::matches_decided(&mut conn, &municipality, before.map(Id::from_uuid), ask.rows_to_read()).await?;
    let mut views = Vec::with_capacity(found.len());
    for decided in found {
        views.push(view(&mut conn, decided).await?);
    }
    Ok(Json(Page::from_rows(views, &ask, |decided| decided.id)))
}

/// Takes a decision back: places that only it made one are separate again, and the pair is proposed again.
#[utoipa::path(post, path = "/api/places/matches/{id}/revoke", operation_id = "placesMatchRevoke", tag = "places",
    params(("id" = String, Path, format = Uuid, example = "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e12")),
    request_body(content = MatchStep, example = json!({ "command": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e14" })),
    responses((status = 200, body = DecidedMatch), (status = 404, description = "`not-found`")))]
pub(super) async fn revoke(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<Id<Match>>,
    Json(step): Json<MatchStep>,
) -> Result<Json<DecidedMatch>, Problem> {
    actor.require_anywhere(Duty::Places)?;
    let decided = app.store.retry(async || revoke_once(&app, &actor, id, step.command).await).await?;
    let mut conn = app.store.read().await?;
    Ok(Json(view(&mut conn, decided).await?))
}

async fn decide_once(app: &App, actor: &Actor, wanted: &DecideMatch) -> anyhow::Result<Match> {
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    let left = db::place(&mut tx, wanted.left).await?.ok_or_else(Problem::not_found)?;
    let municipality = left.municipality.clone();
    // Without the duty for its municipality a place is not there.
    actor.require(Duty::Places, &AreaCode::municipality(&municipality)).map_err(|_| Problem::not_found())?;
    let right = db::place(&mut tx, wanted.right).await?.filter(|right| right.municipality == municipality);
    let right = right.ok_or_else(Problem::not_found)?;
    check_pair(&left, &right)?;
    tx.lock(&lock(&municipality)).await?;
    let (left, right) = (key_of(&left), key_of(&right));
    if let Some(known) = db::find_match(&mut tx, Id::from_uuid(wanted.command)).await? {
        if known.left == left && known.right == right && known.same == wanted.same {
            return Ok(known);
        }
        return Err(reused().into());
    }
    for old in db::matches_in_force(&mut tx, &municipality).await? {
        if speaks_of(&old, &left, &right) {
            db::revoke_match(&mut tx, old.id, &actor.label(), now).await?;
        }
    }
    let decided = Match {
        id: Id::from_uuid(wanted.command),
        municipality,
        left,
        right,
        same: wanted.same,
        by: actor.label(),
        at: now,
        revoked_by: None,
        revoked_at: None,
    };
    db::insert_match(&mut tx, &decided).await?;
    let body = json!({ "left": wanted.left, "right": wanted.right, "same": wanted.same });
    keep(&mut tx, entry(app, actor, crate::MATCHED, &decided.municipality, decided.id.uuid(), body), now).await?;
    publish::refresh(&mut tx, &[decided.municipality.clone()].into(), now).await?;
    tx.commit().await?;
    Ok(decided)
}

async fn decide_all_once(app: &App, actor: &Actor, wanted: &DecideAllMatches) -> anyhow::Result<usize> {
    let now = app.clock.now();
    let municipality = &wanted.municipality;
    let mut tx = app.store.write().await?;
    tx.lock(&lock(municipality)).await?;
    if let Some((subject, action, _)) = db::find_step(&mut tx, wanted.command).await? {
        let (count, of) = subject.split_once(' ').unwrap_or(("0", ""));
        if action == crate::MATCHED_ALL && of == municipality {
            return Ok(count.parse().unwrap_or(0));
        }
        return Err(reused().into());
    }
    let places = db::places_of(&mut tx, municipality).await?;
    let decided = db::matches_in_force(&mut tx, municipality).await?;
    let sure: Vec<(PlaceKey, PlaceKey)> = propose(&places, &decided)
        .into_iter()
        .take_while(|pair| pair.score >= wanted.at_least)
        .take(MOST_AT_ONCE)
        .map(|pair| (key_of(pair.left), key_of(pair.right)))
        .collect();
    let count = sure.len();
    for (left, right) in sure {
        let decided = Match {
            id: app.ids.next(),
            municipality: municipality.clone(),
            left,
            right,
            same: true,
            by: actor.label(),
            at: now,
            revoked_by: None,
            revoked_at: None,
        };
        db::insert_match(&mut tx, &decided).await?;
    }
    let subject = format!("{count} {municipality}");
    db::insert_step(&mut tx, wanted.command, &subject, crate::MATCHED_ALL, &actor.label(), now).await?;
    let body = json!({ "decided": count, "at_least": wanted.at_least });
    keep(&mut tx, entry(app, actor, crate::MATCHED_ALL, municipality, wanted.command, body), now).await?;
    publish::refresh(&mut tx, &[municipality.clone()].into(), now).await?;
    tx.commit().await?;
    Ok(count)
}

async fn revoke_once(app: &App, actor: &Actor, id: Id<Match>, command: Uuid) -> anyhow::Result<Match> {
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    let found = db::find_match(&mut tx, id).await?.ok_or_else(Problem::not_found)?;
    actor.require(Duty::Places, &AreaCode::municipality(&found.municipality)).map_err(|_| Problem::not_found())?;
    tx.lock(&lock(&found.municipality)).await?;
    if db::revoke_match(&mut tx, id, &actor.label(), now).await? {
        let body = json!({ "match": id, "same": found.same });
        keep(&mut tx, entry(app, actor, crate::MATCH_REVOKED, &found.municipality, command, body), now).await?;
        publish::refresh(&mut tx, &[found.municipality.clone()].into(), now).await?;
    }
    let revoked = db::find_match(&mut tx, id).await?.ok_or_else(Problem::not_found)?;
    tx.commit().await?;
    Ok(revoked)
}

fn check_pair(left: &Place, right: &Place) -> Result<(), Problem> {
    if left.id == right.id {
        return Err(Problem::invalid("right", "同じ項目どうしは選べません。", "The two must be different places."));
    }
    if !is_refuge(left.kind) || !is_refuge(right.kind) {
        return Err(Problem::invalid(
            "left",
            "名寄せできるのは避難場所・避難所・津波避難ビル・福祉避難所です。",
            "Only places of refuge can be made one.",
        ));
    }
    Ok(())
}

fn speaks_of(old: &Match, left: &PlaceKey, right: &PlaceKey) -> bool {
    (old.left == *left && old.right == *right) || (old.left == *right && old.right == *left)
}

fn reused() -> Problem {
    Problem::conflict(
        "command-reused",
        "同じ番号の別の操作があります。画面を開き直してからやり直してください。",
        "Another command has this id. Reload and try again.",
    )
}

fn lock(municipality: &str) -> String {
    publish::document_name(municipality)
}

fn entry(app: &App, actor: &Actor, kind: &'static str, municipality: &str, subject: Uuid, body: Value) -> NewEntry {
    NewEntry {
        id: Id::from_uuid(subject),
        kind,
        subject: subject.to_string(),
        area: Some(AreaCode::municipality(municipality)),
        mode: Mode::Live,
        actor: actor.label(),
        device: None,
        occurred_at: app.clock.now(),
        body: Body::Open(body),
    }
}

async fn keep(tx: &mut Tx, entry: NewEntry, now: Timestamp) -> store::Result<()> {
    journal::record(tx, entry, now).await?;
    Ok(())
}

async fn names(conn: &mut Conn, series: BTreeSet<Id<Series>>) -> store::Result<BTreeMap<Id<Series>, String>> {
    let mut names = BTreeMap::new();
    for id in series {
        names.insert(id, db::series(conn, id).await?.map(|series| series.name).unwrap_or_default());
    }
    Ok(names)
}

async fn view(conn: &mut Conn, decided: Match) -> store::Result<DecidedMatch> {
    Ok(DecidedMatch {
        left: place_view(conn, &decided.left).await?,
        right: place_view(conn, &decided.right).await?,
        id: decided.id,
        municipality: decided.municipality,
        same: decided.same,
        by: decided.by,
        at: decided.at,
        revoked_by: decided.revoked_by,
        revoked_at: decided.revoked_at,
    })
}

async fn place_view(conn: &mut Conn, key: &PlaceKey) -> store::Result<DecidedPlace> {
    let series = db::series(conn, key.series).await?;
    let place = db::place_by_key(conn, key).await?;
    Ok(DecidedPlace {
        series: series.map(|series| series.name).unwrap_or_default(),
        key: key.key.clone(),
        gone: place.as_ref().is_none_or(|place| place.gone_at.is_some()),
        name: place.map(|place| place.name),
    })
}
