//! Places: what each source says of each place.

use chrono::{DateTime, Utc};
use kernel::{Id, Point, Timestamp};
use serde_json::Value;
use store::{Conn, Error, Result, Tx, rows, sql};
use uuid::Uuid;

use super::{json, name_of, named, to_json};
use crate::geometry;
use crate::model::{Facility, Kind, Place, PlaceKey, Series, Source};

/// Most places one municipality, series or facility may have; more are refused on import.
pub(crate) const MOST_PLACES: i64 = 100_000;

macro_rules! columns {
    ($geometry:literal) => {
        concat!(
            "SELECT id, facility, kind, label, municipality, series, source, key, name, kana, address, lat, lon, located,
    file_lat, file_lon, ",
            $geometry,
            " AS geometry, details, extra, gone_at FROM places_place "
        )
    };
}

const PLACE: &str = concat!(columns!("geometry"), "WHERE id = $1");
const BY_KEY: &str = concat!(columns!("geometry"), "WHERE series = $1 AND key = $2");
const OF_FACILITY: &str = concat!(columns!("geometry"), "WHERE facility = $1 AND gone_at IS NULL ORDER BY id LIMIT $2");
const OF_MUNICIPALITY: &str =
    concat!(columns!("CAST(NULL AS TEXT)"), "WHERE municipality = $1 AND gone_at IS NULL ORDER BY id LIMIT $2");
const AREAS: &str = concat!(
    columns!("geometry"),
    "WHERE municipality = $1 AND kind = $2 AND gone_at IS NULL AND id > $3 ORDER BY id LIMIT $4"
);
const OF_SERIES: &str = concat!(columns!("geometry"), "WHERE series = $1 ORDER BY id LIMIT $2");
const UNPLACED: &str = concat!(
    columns!("CAST(NULL AS TEXT)"),
    "WHERE municipality = $1 AND gone_at IS NULL AND lat IS NULL AND geometry IS NULL AND id > $2 ORDER BY id LIMIT $3"
);
const MUNICIPALITIES: &str = "SELECT DISTINCT municipality FROM places_place ORDER BY municipality LIMIT 2000";
const INSERT: &str =
    "INSERT INTO places_place (id, facility, kind, label, municipality, series, source, key, name, kana,
    address, lat, lon, located, file_lat, file_lon, geometry, details, extra, gone_at)";
const UPSERT: &str = "ON CONFLICT (id) DO UPDATE SET facility = excluded.facility, kind = excluded.kind,
    label = excluded.label, municipality = excluded.municipality, series = excluded.series, source = excluded.source,
    key = excluded.key, name = excluded.name, kana = excluded.kana, address = excluded.address, lat = excluded.lat,
    lon = excluded.lon, located = excluded.located, file_lat = excluded.file_lat, file_lon = excluded.file_lon,
    geometry = excluded.geometry, details = excluded.details, extra = excluded.extra, gone_at = excluded.gone_at";
const CONFIRM: &str = "UPDATE places_place SET source = $2 WHERE series = $1 AND gone_at IS NULL AND source <> $2";
const SET_FACILITY: &str = "UPDATE places_place SET facility = $2 WHERE id = $1";

pub(super) const SQL: &[&str] =
    &[PLACE, BY_KEY, OF_FACILITY, OF_MUNICIPALITY, AREAS, OF_SERIES, UNPLACED, MUNICIPALITIES, CONFIRM, SET_FACILITY];

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    facility: Uuid,
    kind: String,
    label: Option<String>,
    municipality: String,
    series: Uuid,
    source: Uuid,
    key: String,
    name: String,
    kana: Option<String>,
    address: Option<String>,
    lat: Option<f64>,
    lon: Option<f64>,
    located: String,
    file_lat: Option<f64>,
    file_lon: Option<f64>,
    geometry: Option<String>,
    details: Value,
    extra: Value,
    gone_at: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for Place {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let shape = row.geometry.map(|text| serde_json::from_str(&text)).transpose();
        let shape: Option<Value> = shape.map_err(|error| Error::Unreadable(error.to_string().into()))?;
        Ok(Self {
            id: row.id.into(),
            facility: row.facility.into(),
            kind: kind(&row.kind),
            label: row.label,
            municipality: row.municipality,
            series: row.series.into(),
            source: row.source.into(),
            key: row.key,
            name: row.name,
            kana: row.kana,
            address: row.address,
            point: point(row.lat, row.lon),
            located: named(row.located)?,
            file_point: point(row.file_lat, row.file_lon),
            geometry: shape.as_ref().and_then(geometry::from_json),
            details: json(row.details)?,
            extra: json(row.extra)?,
            gone_at: row.gone_at.map(Timestamp::from),
        })
    }
}

/// One place, also one that is gone.
pub(crate) async fn place(conn: &mut Conn, id: Id<Place>) -> Result<Option<Place>> {
    sql(PLACE).bind(id).fetch_optional::<Row>(conn).await?.map(Place::try_from).transpose()
}

/// One place by the key of its series, also one that is gone.
pub(crate) async fn place_by_key(conn: &mut Conn, key: &PlaceKey) -> Result<Option<Place>> {
    sql(BY_KEY).bind(key.series).bind(&key.key).fetch_optional::<Row>(conn).await?.map(Place::try_from).transpose()
}

/// The present places that are one facility, oldest first.
pub(crate) async fn places_of_facility(conn: &mut Conn, id: Id<Facility>) -> Result<Vec<Place>> {
    places(sql(OF_FACILITY).bind(id).bind(MOST_PLACES).fetch_all(conn).await?)
}

/// The present places of a municipality, areas included but without their shapes.
pub(crate) async fn places_of(conn: &mut Conn, municipality: &str) -> Result<Vec<Place>> {
    places(sql(OF_MUNICIPALITY).bind(municipality).bind(MOST_PLACES).fetch_all(conn).await?)
}

/// Present areas of one kind with their shapes, after `after`.
pub(crate) async fn areas_of(
    conn: &mut Conn,
    municipality: &str,
    kind: Kind,
    after: Id<Place>,
    limit: i64,
) -> Result<Vec<Place>> {
    places(sql(AREAS).bind(municipality).bind(kind.as_str()).bind(after).bind(limit).fetch_all(conn).await?)
}

/// Everything a series ever had, gone ones included.
pub(crate) async fn places_of_series(conn: &mut Conn, series: Id<Series>) -> Result<Vec<Place>> {
    places(sql(OF_SERIES).bind(series).bind(MOST_PLACES).fetch_all(conn).await?)
}

/// Present places without a position, after `after`.
pub(crate) async fn unplaced(conn: &mut Conn, municipality: &str, after: Id<Place>, limit: i64) -> Result<Vec<Place>> {
    places(sql(UNPLACED).bind(municipality).bind(after).bind(limit).fetch_all(conn).await?)
}

/// Municipalities that have or had places.
pub(crate) async fn municipalities(conn: &mut Conn) -> Result<Vec<String>> {
    let found: Vec<(String,)> = sql(MUNICIPALITIES).fetch_all(conn).await?;
    Ok(found.into_iter().map(|(code,)| code).collect())
}

/// Writes places, new or known.
pub(crate) async fn put_places<'a>(conn: &mut Conn, places: impl IntoIterator<Item = &'a Place>) -> Result<()> {
    let mut all = rows(INSERT, UPSERT);
    for place in places {
        let shape = place.geometry.as_ref().map(|shape| geometry::to_json(shape).to_string());
        all = all.row([
            place.id.into(),
            place.facility.into(),
            place.kind.as_str().into(),
            place.label.clone().into(),
            place.municipality.clone().into(),
            place.series.into(),
            place.source.into(),
            place.key.clone().into(),
            place.name.clone().into(),
            place.kana.clone().into(),
            place.address.clone().into(),
            place.point.map(|p| p.lat).into(),
            place.point.map(|p| p.lon).into(),
            name_of(&place.located)?.into(),
            place.file_point.map(|p| p.lat).into(),
            place.file_point.map(|p| p.lon).into(),
            shape.into(),
            to_json(&place.details)?.into(),
            to_json(&place.extra)?.into(),
            place.gone_at.into(),
        ]);
    }
    all.execute(conn).await?;
    Ok(())
}

/// The present places of a series are as its newest source says.
pub(crate) async fn confirm(conn: &mut Conn, series: Id<Series>, source: Id<Source>) -> Result<()> {
    sql(CONFIRM).bind(series).bind(source).execute(conn).await?;
    Ok(())
}

/// Makes places one facility, or separate again.
pub(crate) async fn set_facility(tx: &mut Tx, place: Id<Place>, facility: Id<Facility>) -> Result<()> {
    sql(SET_FACILITY).bind(place).bind(facility).execute(tx).await?;
    Ok(())
}

fn places(found: Vec<Row>) -> Result<Vec<Place>> {
    found.into_iter().map(Place::try_from).collect()
}

fn kind(name: &str) -> Kind {
    Kind::parse(name).unwrap_or(Kind::Other)
}

fn point(lat: Option<f64>, lon: Option<f64>) -> Option<Point> {
    Point::new(lat?, lon?)
}
