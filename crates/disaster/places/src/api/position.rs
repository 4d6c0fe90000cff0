//! Places without coordinates, and putting them on the map by hand.

use axum::extract::State;
use http::{Actor, App, Duty, Json, Page, PageQuery, Path, Problem, Query};
use kernel::{AreaCode, Bbox, Id, Mode, Point};
use serde::Deserialize;
use serde_json::json;
use store::journal::{self, Body, NewEntry};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{PlaceView, own};
use crate::model::{Located, Place};
use crate::{db, publish};

/// Whose places (一覧の条件).
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct UnplacedQuery {
    /// JIS5; the caller's own if left out.
    municipality: Option<String>,
}

/// Where a place is (位置の指定).
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub(super) struct SetPosition {
    /// Made by the client; sending it again changes nothing.
    #[schema(value_type = String, format = Uuid)]
    command: Uuid,
    /// Degrees north, in Japan.
    lat: f64,
    /// Degrees east, in Japan.
    lon: f64,
}

/// Places of the register without coordinates (位置の分からない施設).
#[utoipa::path(get, path = "/api/places/unplaced", operation_id = "placesUnplaced", tag = "places",
    params(UnplacedQuery, PageQuery),
    responses((status = 200, body = Page<PlaceView>, example = json!({ "items": [], "next": null })),
        (status = 403, description = "`forbidden`"), (status = 422, description = "`invalid`")),
    extensions(("x-who" = json!("own-area"))))]
pub(super) async fn unplaced(
    State(app): State<App>,
    actor: Actor,
    Query(query): Query<UnplacedQuery>,
    Query(ask): Query<PageQuery>,
) -> Result<Json<Page<PlaceView>>, Problem> {
    let municipality = own(&actor, query.municipality.as_deref())?;
    let after = ask.after()?.map_or(Id::from_uuid(Uuid::nil()), Id::from_uuid);
    let mut conn = app.store.read().await?;
    let places = db::unplaced(&mut conn, &municipality, after, ask.rows_to_read()).await?;
    let mut views = Vec::with_capacity(places.len());
    for place in &places {
        let series = db::series(&mut conn, place.series).await?.map(|series| series.name).unwrap_or_default();
        views.push(PlaceView::of(place, &series));
    }
    Ok(Json(Page::from_rows(views, &ask, |place| place.id)))
}

/// Puts a place on the map by hand. A later file that says what the last one said does not move it back.
#[utoipa::path(post, path = "/api/places/{id}/position", operation_id = "placesSetPosition", tag = "places",
    params(("id" = String, Path, format = Uuid, example = "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e10")),
    request_body(content = SetPosition, example = json!({
        "command": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e15", "lat": 40.5123, "lon": 141.4884 })),
    responses((status = 200, body = PlaceView), (status = 404, description = "`not-found`"),
        (status = 409, description = "`command-reused`"), (status = 422, description = "`invalid`")))]
pub(super) async fn place_by_hand(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<Id<Place>>,
    Json(wanted): Json<SetPosition>,
) -> Result<Json<PlaceView>, Problem> {
    actor.require_anywhere(Duty::Places)?;
    let place = app.store.retry(async || set_once(&app, &actor, id, &wanted).await).await?;
    let mut conn = app.store.read().await?;
    let series = db::series(&mut conn, place.series).await?.map(|series| series.name).unwrap_or_default();
    Ok(Json(PlaceView::of(&place, &series)))
}

async fn set_once(app: &App, actor: &Actor, id: Id<Place>, wanted: &SetPosition) -> anyhow::Result<Place> {
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    let found = db::place(&mut tx, id).await?.ok_or_else(Problem::not_found)?;
    let area = AreaCode::municipality(&found.municipality);
    // Without the duty for its municipality a place is not there.
    actor.require(Duty::Places, &area).map_err(|_| Problem::not_found())?;
    let point = position(wanted)?;
    tx.lock(&publish::document_name(&found.municipality)).await?;
    // Again, now that nobody else changes it.
    let mut place = db::place(&mut tx, id).await?.ok_or_else(Problem::not_found)?;
    if place.kind.is_area() || place.gone_at.is_some() {
        return Err(Problem::invalid(
            "id",
            "区域と、一覧から消えた施設の位置は変えられません。",
            "Areas and places that left their list cannot be moved.",
        )
        .into());
    }
    if let Some((subject, action, _)) = db::find_step(&mut tx, wanted.command).await? {
        if subject == id.to_string() && action == crate::POSITIONED {
            return Ok(place);
        }
        let (ja, en) =
            ("同じ番号の別の操作があります。画面を開き直してください。", "Another command has this id. Reload.");
        return Err(Problem::conflict("command-reused", ja, en).into());
    }
    if place.located != Located::ByHand {
        // As long as a file says no more than this, the place stays where the person put it.
        place.file_point = place.point;
    }
    (place.point, place.located) = (Some(point), Located::ByHand);
    db::put_places(&mut tx, [&place]).await?;
    db::insert_step(&mut tx, wanted.command, &id.to_string(), crate::POSITIONED, &actor.label(), now).await?;
    let entry = NewEntry {
        id: Id::from_uuid(wanted.command),
        kind: crate::POSITIONED,
        subject: id.to_string(),
        area: Some(area),
        mode: Mode::Live,
        actor: actor.label(),
        device: None,
        occurred_at: now,
        body: Body::Open(json!({ "lat": point.lat, "lon": point.lon })),
    };
    journal::record(&mut tx, entry, now).await?;
    publish::refresh(&mut tx, &[place.municipality.clone()].into(), now).await?;
    tx.commit().await?;
    Ok(place)
}

fn position(wanted: &SetPosition) -> Result<Point, Problem> {
    let point = Point::new(wanted.lat, wanted.lon).filter(|point| Bbox::JAPAN.contains(*point));
    point.ok_or_else(|| {
        Problem::invalid(
            "lat",
            "日本の中の位置を指定してください（緯度20〜46、経度122〜154.5）。",
            "Give a position in Japan: latitude 20 to 46, longitude 122 to 154.5.",
        )
    })
}
