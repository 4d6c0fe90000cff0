//! The public documents `places/index` and `places/{jis5}`: what everybody may read about the places.
//!
//! A municipality with no places and no word of a publisher has no document. The index is always there.

mod documents;

use std::collections::{BTreeMap, BTreeSet};

use http::{App, hot};
use kernel::{Id, Text, Timestamp, areas};
use store::{Conn, Tx};

use crate::facility::{Names, group, kind_name, view};
use crate::model::{Kind, Place, Series, Source, Status};
use crate::{db, matches};

pub use documents::*;

/// Name of the index.
pub(crate) const INDEX: &str = "places/index";

/// Name of the document of a municipality.
pub(crate) fn document_name(municipality: &str) -> String {
    format!("places/{municipality}")
}

/// Publishes the index when there is none yet, so that a page finds one on an empty database.
pub async fn prepare(app: &App) -> anyhow::Result<()> {
    if app.hot.get(INDEX).is_some() {
        return Ok(());
    }
    app.store
        .retry(async || {
            let now = app.clock.now();
            let mut tx = app.store.write().await?;
            refresh(&mut tx, &BTreeSet::new(), now).await?;
            tx.commit().await
        })
        .await?;
    Ok(())
}

/// Brings facilities in line with the decisions of people, and publishes the documents of these municipalities and the
/// index. Call it last in the transaction that changed rows.
pub(crate) async fn refresh(tx: &mut Tx, municipalities: &BTreeSet<String>, now: Timestamp) -> store::Result<()> {
    for municipality in municipalities {
        // Whoever changed rows at the same time has committed before this goes on; so nothing is left out.
        tx.lock(&document_name(municipality)).await?;
        let places = matches::regroup(tx, municipality).await?;
        let name = document_name(municipality);
        match document(tx, municipality, places, now).await? {
            Some(document) => hot::publish(tx, &name, &document, now).await?,
            None => hot::withdraw(tx, &name, now).await?,
        };
    }
    tx.lock(INDEX).await?;
    let index = index(tx, now).await?;
    hot::publish(tx, INDEX, &index, now).await?;
    Ok(())
}

async fn document(
    conn: &mut Conn,
    municipality: &str,
    places: Vec<Place>,
    now: Timestamp,
) -> store::Result<Option<PlacesDocument>> {
    let sources = db::sources_of(conn, municipality).await?;
    if places.is_empty() && sources.is_empty() {
        return Ok(None);
    }
    let names = names(conn, &places, &sources).await?;
    let areas = area_index(conn, municipality, &names).await?;
    let mut notes: Vec<SourceNote> = sources.iter().filter_map(|source| note(source, &names)).collect();
    notes.extend(by_hand(&places, &sources, &names));
    notes.sort_by(|a, b| a.key.cmp(&b.key));
    let not_published =
        sources.iter().filter(|source| source.status == Status::NotPublished).map(not_published).collect();
    Ok(Some(PlacesDocument {
        area: area(municipality),
        as_of: now,
        facilities: group(places).iter().filter_map(|facility| view(facility, &names)).collect(),
        areas,
        sources: notes,
        not_published,
    }))
}

async fn names(conn: &mut Conn, places: &[Place], sources: &[Source]) -> store::Result<Names> {
    let of_places = places.iter().map(|place| place.series);
    let ids: BTreeSet<Id<Series>> = of_places.chain(sources.iter().filter_map(|source| source.series)).collect();
    let mut names = Names::new();
    for id in ids {
        if let Some(series) = db::series(conn, id).await? {
            names.insert(id, series.name);
        }
    }
    Ok(names)
}

async fn area_index(conn: &mut Conn, municipality: &str, names: &Names) -> store::Result<Vec<AreaIndex>> {
    let found = db::area_kinds(conn, municipality).await?;
    let row = |(kind, label, series, count): (String, Option<String>, uuid::Uuid, i64)| {
        let kind = Kind::parse(&kind)?;
        Some(AreaIndex {
            kind,
            label: label.unwrap_or_else(|| kind_name(kind).to_owned()),
            count: u32::try_from(count).unwrap_or(u32::MAX),
            source: names.get(&Id::from_uuid(series)).cloned().unwrap_or_default(),
        })
    };
    Ok(found.into_iter().filter_map(row).collect())
}

fn note(source: &Source, names: &Names) -> Option<SourceNote> {
    let applied = source.status == Status::Applied;
    let key = source.series.and_then(|series| names.get(&series)).filter(|_| applied)?;
    Some(SourceNote {
        key: key.clone(),
        title: source.title.clone(),
        licence: source.licence.clone(),
        attribution: source.attribution.clone(),
        as_of: source.as_of,
        imported_at: source.applied_at.unwrap_or(source.at),
        rows: source.counts.rows,
    })
}

/// Places that staff entered and no file brought.
fn by_hand(places: &[Place], sources: &[Source], names: &Names) -> Vec<SourceNote> {
    let of_files: BTreeSet<Id<Series>> = sources.iter().filter_map(|source| source.series).collect();
    let mut newest: BTreeMap<Id<Series>, (u32, Timestamp)> = BTreeMap::new();
    for place in places.iter().filter(|place| !of_files.contains(&place.series)) {
        let (rows, at) = newest.entry(place.series).or_insert((0, Timestamp::EPOCH));
        *rows += 1;
        *at = (*at).max(made_at(place.id));
    }
    let note = |(series, (rows, imported_at)): (Id<Series>, (u32, Timestamp))| {
        Some(SourceNote {
            key: names.get(&series)?.clone(),
            title: "職員が登録した施設".to_owned(),
            licence: None,
            attribution: None,
            as_of: None,
            imported_at,
            rows,
        })
    };
    newest.into_iter().filter_map(note).collect()
}

/// When an id was made: it says so itself.
fn made_at(id: Id<Place>) -> Timestamp {
    let seconds = id.uuid().get_timestamp().map_or(0, |time| time.to_unix().0);
    Timestamp::from_secs(i64::try_from(seconds).unwrap_or(0))
}

fn not_published(source: &Source) -> Text {
    let kind = source.kind.map_or("施設の一覧", kind_name);
    let code = source.municipality.as_deref().unwrap_or_default();
    let name = areas::municipality(code).map_or(code, |row| row.name);
    let english = areas::municipality(code).map_or(code, |row| row.romaji);
    let whose = source.attribution.as_deref().map(|whose| format!("（{whose}）")).unwrap_or_default();
    Text::new(
        format!("{name}の{kind}は公開されていません{whose}。市町村に確かめてください。"),
        format!("{name}の {kind}の リストは ありません。市役所や 町役場に 聞いてください。"),
        format!("No list of this kind is published for {english}{whose}. Ask the municipality."),
    )
}

fn area(municipality: &str) -> PlacesArea {
    let row = areas::municipality(municipality);
    PlacesArea {
        code: municipality.to_owned(),
        name: row.map_or(municipality, |row| row.name).to_owned(),
        kana: row.map_or("", |row| row.kana).to_owned(),
        romaji: row.map_or("", |row| row.romaji).to_owned(),
    }
}

async fn index(conn: &mut Conn, now: Timestamp) -> store::Result<PlacesIndexDocument> {
    let mut counts: BTreeMap<String, BTreeMap<String, u32>> = BTreeMap::new();
    let mut totals: BTreeMap<String, u32> = BTreeMap::new();
    for (municipality, kind, count) in db::counts(conn).await? {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        *totals.entry(kind.clone()).or_default() += count;
        counts.entry(municipality).or_default().insert(kind, count);
    }
    let with_sources = db::municipalities_with_sources(conn).await?;
    let mut published: BTreeSet<String> = with_sources.into_iter().collect();
    published.extend(counts.keys().cloned());
    let known: Vec<&str> = areas::municipalities().iter().map(|row| row.jis5).collect();
    let others = published.iter().map(String::as_str).filter(|code| !known.contains(code));
    let row = |code: &str| PlacesIndexRow {
        code: code.to_owned(),
        name: area(code).name,
        counts: counts.get(code).cloned().unwrap_or_default(),
        document: document_name(code),
        published: published.contains(code),
    };
    let municipalities = known.iter().copied().chain(others).map(row).collect();
    Ok(PlacesIndexDocument { as_of: now, municipalities, totals })
}
