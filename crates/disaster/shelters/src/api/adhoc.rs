//! Ad-hoc shelters (指定外の避難所): where people gather although no list says so.

use axum::extract::State;
use http::{Actor, App, Duty, Json, Problem};
use kernel::{AreaCode, Id, Mode, Point, areas};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::board::{BoardLine, line};
use super::{deed, running};
use crate::act::{self, LOCK, digest};
use crate::db::{self, AdhocOf};
use crate::model::steps::check_words;
use crate::model::{Disaster, MAX_NAME, MAX_PERSONS, MAX_WORDS, Refused, Venue};
use crate::publish;

/// An ad-hoc shelter (指定外の避難所の追加).
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AddShelter {
    /// Made by the client; sending it again changes nothing. It becomes the place's id.
    #[schema(value_type = String, format = Uuid)]
    command: Uuid,
    #[schema(value_type = String, format = Uuid)]
    disaster: Uuid,
    /// JIS code; may be left out when the disaster is of one municipality.
    #[serde(default)]
    #[schema(example = "02203")]
    municipality: Option<String>,
    name: String,
    #[serde(default)]
    address: Option<String>,
    /// Both or neither.
    #[serde(default)]
    lat: Option<f64>,
    #[serde(default)]
    lon: Option<f64>,
    #[serde(default)]
    capacity: Option<u32>,
}

/// Adds a shelter that is on no list. It is opened by a step like any other.
#[utoipa::path(
    post, path = "/api/shelters/adhoc", operation_id = "sheltersAddAdhoc", tag = "shelters",
    request_body(content = AddShelter, example = json!({
        "command": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e23", "disaster": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e21",
        "municipality": "02203", "name": "市川集会所", "address": "八戸市市川町", "lat": 40.57, "lon": 141.45, "capacity": 40
    })),
    responses(
        (status = 200, description = "The place, not yet open", body = BoardLine, example = json!(super::board::example())),
        (status = 404, description = "`not-found`"),
        (status = 409, description = "`name-taken`, `disaster-over`, `command-used`"), (status = 422, description = "`invalid`"),
    ),
)]
pub(super) async fn add(
    State(app): State<App>,
    actor: Actor,
    Json(wanted): Json<AddShelter>,
) -> Result<Json<BoardLine>, Problem> {
    actor.require_anywhere(Duty::Shelters)?;
    let venue = app.store.retry(async || add_once(&app, &actor, &wanted).await).await?;
    Ok(Json(line(&venue, None)))
}

async fn add_once(app: &App, actor: &Actor, wanted: &AddShelter) -> anyhow::Result<Venue> {
    let (by, digest) = (actor.label(), digest(wanted));
    let deed = deed(app, wanted.command, &by, &digest);
    let mut tx = app.store.write().await?;
    tx.lock(LOCK).await?;
    // Whoever has nothing to do with the disaster does not learn of it.
    let disaster = db::disaster(&mut tx, Id::from_uuid(wanted.disaster)).await?.ok_or_else(Problem::not_found)?;
    let municipality = municipality(wanted, &disaster).map_err(Problem::from)?;
    actor.require(Duty::Shelters, &AreaCode::municipality(&municipality))?;
    if act::is_repeat(&mut tx, deed).await? {
        let held = db::adhoc_of(&mut tx, AdhocOf::One(Id::from_uuid(wanted.command))).await?.pop();
        return Ok(held.ok_or_else(Problem::not_found)?);
    }
    let disaster = running(&mut tx, disaster.id).await?;
    let venue = venue(wanted, municipality).map_err(Problem::from)?;
    if db::adhoc_named(&mut tx, disaster.id, &venue.municipality, &venue.name).await? {
        let (ja, en) =
            ("同じ名前の指定外の避難所がすでにあります。", "There is an ad-hoc shelter of this name already.");
        return Err(Problem::conflict("name-taken", ja, en).with_field("name").into());
    }
    act::add_adhoc(&mut tx, deed, &disaster, &venue).await?;
    // A drill's never stands in the register: that one knows facts only, and everybody reads it.
    if disaster.mode == Mode::Live {
        let new = places::Adhoc {
            id: venue.facility.cast(),
            municipality: venue.municipality.clone(),
            name: venue.name.clone(),
            address: venue.address.clone(),
            point: venue.point,
            capacity: venue.listed,
        };
        places::adhoc(&mut tx, &app.ids, new, deed.now).await?;
    }
    publish::refresh(&mut tx, disaster.mode, &[venue.municipality.clone()].into(), deed.now).await?;
    tx.commit().await?;
    Ok(venue)
}

fn municipality(wanted: &AddShelter, disaster: &Disaster) -> Result<String, Refused> {
    let jis5 = match (&wanted.municipality, disaster.municipalities.as_slice()) {
        (Some(jis5), _) => jis5.clone(),
        (None, [only]) => only.clone(),
        (None, _) => return Err(Refused::Municipality),
    };
    areas::municipality(&jis5).ok_or(Refused::Municipality)?;
    if disaster.covers(&jis5) { Ok(jis5) } else { Err(Refused::OutsideDisaster) }
}

fn venue(wanted: &AddShelter, municipality: String) -> Result<Venue, Refused> {
    check_words(&wanted.name, MAX_NAME).ok_or(Refused::Name)?;
    if let Some(address) = &wanted.address {
        check_words(address, MAX_WORDS).ok_or(Refused::Address)?;
    }
    let point = match (wanted.lat, wanted.lon) {
        (None, None) => None,
        (Some(lat), Some(lon)) => Some(Point::new(lat, lon).filter(|p| in_japan(*p)).ok_or(Refused::Position)?),
        _ => return Err(Refused::Position),
    };
    if wanted.capacity.is_some_and(|persons| persons > MAX_PERSONS) {
        return Err(Refused::TooMany);
    }
    Ok(Venue {
        facility: Id::from_uuid(wanted.command),
        name: wanted.name.trim().to_owned(),
        municipality,
        address: wanted.address.clone(),
        point,
        listed: wanted.capacity,
        floor_m2: None,
        suitability: Vec::new(),
        adhoc: true,
    })
}

fn in_japan(point: Point) -> bool {
    (20.0..=46.5).contains(&point.lat) && (122.0..=154.5).contains(&point.lon)
}
