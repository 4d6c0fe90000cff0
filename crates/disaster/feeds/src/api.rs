//! The feeds over HTTP: sources, received telegrams and their originals, upload, push, replay.

mod keys;
mod push;
mod replay;
mod upload;

use axum::extract::State;
use axum::response::Response;
use http::{Actor, App, Class, Duty, Json, Page, PageQuery, Path, Problem, Query, Router};
use kernel::{Id, areas};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use crate::db::{self, Wish};
use crate::ingest::{load, original};
use crate::model::{Outcome, Received, TelegramRow};
use crate::publish::{self, SourcesDocument};

/// All routes of this room, under `/api/feeds`.
pub fn routes() -> Router {
    let urgent = http::body_limit(push::MAX_BODY, Router::new().routes(routes!(push::push)));
    let large = http::body_limit(upload::MAX_BODY, Router::new().routes(routes!(upload::upload)));
    let office = Router::new()
        .routes(routes!(sources))
        .routes(routes!(telegrams))
        .routes(routes!(telegram))
        .routes(routes!(telegram_original))
        .routes(routes!(keys::list, keys::issue))
        .routes(routes!(keys::revoke))
        .routes(routes!(keys::rotate))
        .routes(routes!(replay::status, replay::start, replay::stop));
    http::class(Class::LifeSafety, urgent).merge(http::class(Class::Staff, large.merge(office)))
}

/// A received telegram with its facts (電文の内容).
#[derive(Debug, Serialize, ToSchema)]
pub struct TelegramDetail {
    pub telegram: TelegramRow,
    /// Envelope and facts as read by this program; null when it was refused.
    #[schema(value_type = Option<Object>)]
    pub content: Option<serde_json::Value>,
}

/// Which telegrams a list asks for (絞り込み).
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TelegramFilter {
    /// Only these outcomes.
    outcome: Option<Outcome>,
    /// Only from this source, by its key.
    source: Option<String>,
    /// Only of this type, e.g. `VXSE53`.
    r#type: Option<String>,
}

/// Sources with their freshness, as in the public document, but read at this moment (情報源の状態).
#[utoipa::path(get, path = "/api/feeds/sources", operation_id = "feeds_sources", tag = "feeds",
    responses((status = 200, body = SourcesDocument)),
    extensions(("x-who" = json!("own-area"))))]
async fn sources(State(app): State<App>, actor: Actor) -> Result<Json<SourcesDocument>, Problem> {
    require_office(&actor)?;
    publish::document(&app).await.map(Json).map_err(Problem::internal)
}

/// Received telegrams, newest first (受信一覧).
#[utoipa::path(get, path = "/api/feeds/telegrams", operation_id = "feeds_telegrams", tag = "feeds",
    params(PageQuery, TelegramFilter), responses((status = 200, body = Page<TelegramRow>)),
    extensions(("x-who" = json!("own-area"))))]
async fn telegrams(
    State(app): State<App>,
    actor: Actor,
    Query(ask): Query<PageQuery>,
    Query(filter): Query<TelegramFilter>,
) -> Result<Json<Page<TelegramRow>>, Problem> {
    require_office(&actor)?;
    let wish = Wish {
        before: ask.after()?,
        outcome: filter.outcome,
        source: filter.source,
        kind: filter.r#type,
        limit: ask.rows_to_read(),
    };
    let mut conn = app.store.read().await.map_err(Problem::internal)?;
    let rows = db::telegrams(&mut conn, &wish).await.map_err(Problem::internal)?;
    Ok(Json(Page::from_rows(rows, &ask, |row| row.id)))
}

/// One received telegram with its facts (電文の内容).
#[utoipa::path(get, path = "/api/feeds/telegrams/{id}", operation_id = "feeds_telegram", tag = "feeds",
    params(("id" = String, Path, format = Uuid, example = "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e10")), responses((status = 200, body = TelegramDetail), (status = 404)),
    extensions(("x-who" = json!("own-area"))))]
async fn telegram(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<Id<Received>>,
) -> Result<Json<TelegramDetail>, Problem> {
    require_office(&actor)?;
    if let Some((telegram, content)) = load(&app, id).await.map_err(Problem::internal)? {
        let content = serde_json::to_value(content).map_err(Problem::internal)?;
        return Ok(Json(TelegramDetail { telegram, content: Some(content) }));
    }
    let mut conn = app.store.read().await.map_err(Problem::internal)?;
    let refused = db::telegram(&mut conn, id).await.map_err(Problem::internal)?;
    let telegram = refused.ok_or_else(Problem::not_found)?;
    Ok(Json(TelegramDetail { telegram, content: None }))
}

/// The original bytes of a received telegram, to save (原文).
#[utoipa::path(get, path = "/api/feeds/telegrams/{id}/original", operation_id = "feeds_telegram_original",
    tag = "feeds", params(("id" = String, Path, format = Uuid, example = "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e10")),
    responses((status = 200, content_type = "text/xml", body = Vec<u8>), (status = 404)),
    extensions(("x-who" = json!("own-area"))))]
async fn telegram_original(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<Id<Received>>,
) -> Result<Response, Problem> {
    require_office(&actor)?;
    let (row, bytes, _) = original(&app, id).await.map_err(Problem::internal)?.ok_or_else(Problem::not_found)?;
    let bytes = bytes.ok_or_else(Problem::not_found)?;
    Ok(http::download("text/xml", &format!("telegram-{}.xml", row.id), bytes))
}

/// Everybody with a duty in the office may look.
fn require_office(actor: &Actor) -> Result<(), Problem> {
    let duties = [Duty::Watch, Duty::FeedOperator, Duty::DrillControl, Duty::EvacuationOrders, Duty::Administrator];
    let mut refusal = Problem::forbidden();
    for duty in duties {
        match actor.require_anywhere(duty) {
            Ok(_) => return Ok(()),
            Err(problem) => refusal = problem,
        }
    }
    Err(refusal)
}

/// Feeds speak for the whole prefecture, so their operation needs the duty for the whole prefecture.
fn require_operator(actor: &Actor) -> Result<(), Problem> {
    actor.require(Duty::FeedOperator, &areas::PREFECTURE)
}
