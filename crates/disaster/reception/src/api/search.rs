//! Finding a household by name (氏名検索): by kana and by variant kanji, among those received, and registered families.

use std::collections::BTreeSet;

use axum::extract::State as Shared;
use households::Purpose;
use http::{Actor, App, Duty, Json, Problem};
use kernel::fold;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::households::{HouseholdView, Viewer, fill_in, registered, show, unlocked};
use crate::cards::{self, Read};
use crate::contents::fetch_keys;
use crate::event::Subject;
use crate::fold::Place;

/// Matches at most.
const MOST: usize = 50;

/// A name, or part of one (検索する氏名).
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ReceptionSearch)]
pub(super) struct Search {
    /// Kanji or kana, at least two letters.
    words: String,
    #[schema(value_type = String, format = Uuid)]
    disaster: Uuid,
    municipality: String,
    /// Only in this shelter.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Uuid)]
    shelter: Option<Uuid>,
    #[serde(default = "reception")]
    purpose: Purpose,
}

fn reception() -> Purpose {
    Purpose::Reception
}

/// Who was found.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReceptionSearched)]
pub(super) struct Searched {
    /// At most 50.
    households: Vec<HouseholdView>,
    /// There are more: write more of the name.
    more: bool,
}

/// Finds households by name among those received in the municipality's shelters, and families that registered under the whole
/// name. Kana, spaces and variant kanji do not matter.
#[utoipa::path(
    post, path = "/api/reception/search", operation_id = "receptionSearch", tag = "reception",
    request_body(content = Search, example = json!({
        "words": "みほん", "disaster": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e21", "municipality": "02203", "purpose": "reception"
    })),
    responses(
        (status = 200, description = "Who was found", body = Searched,
            example = json!({ "households": [super::households::example()], "more": false })),
        (status = 404, description = "`not-found`"), (status = 422, description = "`invalid`"),
        (status = 423, description = "`locked`"),
    ),
)]
pub(super) async fn search(
    Shared(app): Shared<App>,
    actor: Actor,
    Json(asked): Json<Search>,
) -> Result<Json<Searched>, Problem> {
    super::require_of(&actor, Duty::ShelterDesk, &asked.municipality)?;
    let words = fold::fold(&asked.words);
    if words.chars().count() < 2 {
        return Err(Problem::invalid("words", "2文字以上で検索してください。", "Write at least two letters."));
    }
    let (live, scope) = unlocked(&app, asked.disaster)?;
    fetch_keys(&app, &live, &asked.municipality).await?;
    let mut conn = app.store.read().await?;
    let venues = shelters::reception::venues(&mut conn, &asked.municipality, scope.mode).await?;
    // A kit has no register: it knows what was opened.
    let openings = shelters::reception::openings(&mut conn, scope.mode, &asked.municipality).await?;
    drop(conn);
    let all: BTreeSet<Uuid> =
        venues.iter().chain(openings.iter().map(|one| &one.venue)).map(|venue| venue.facility.uuid()).collect();
    let outside = Place::Outside(asked.municipality.as_str().into());
    let places = all.into_iter().filter(|id| asked.shelter.is_none_or(|at| at == *id));
    let places: Vec<Place> = places.map(Place::Shelter).chain(asked.shelter.is_none().then_some(outside)).collect();
    let mut subjects: Vec<Subject> = live.ask(|register| {
        let of = |place: &Place| register.standing_in(scope, place).into_iter().map(|(subject, _)| subject);
        places.iter().flat_map(of).collect()
    });
    subjects.sort_unstable();
    subjects.dedup();
    let mut found: Vec<Read> = cards::read(&app, &live, scope, &subjects).await?;
    fill_in(&app, &mut found).await?;
    found.retain(|read| is_called(read, &words));
    let more = found.len() > MOST;
    found.truncate(MOST);
    let mut households = Vec::new();
    let place = asked.shelter.map_or_else(|| Place::Outside(asked.municipality.as_str().into()), Place::Shelter);
    for read in found {
        // Protected people are found at the desk where they stand alone.
        let desk = Viewer::Desk { municipality: asked.municipality.clone(), place: place.clone() };
        let shown = show(&app, &actor, (asked.purpose, scope.mode), &desk, vec![read]).await?;
        // Whoever may not be shown was not found.
        households.extend(shown.into_iter().map(|(view, _)| view).filter(HouseholdView::is_shown));
    }
    if asked.shelter.is_none() {
        let known: Vec<String> = households.iter().flat_map(HouseholdView::subjects).collect();
        let families =
            registered(&app, &actor, &live, (&asked.municipality, &words), (asked.purpose, scope.mode)).await?;
        households.extend(families.into_iter().filter(|view| !view.subjects().any(|id| known.contains(&id))));
    }
    Ok(Json(Searched { households, more }))
}

fn is_called(read: &Read, words: &str) -> bool {
    read.household.as_ref().is_some_and(|household| {
        household.examine(|household| {
            let names = household.persons.iter().flat_map(|person| [&person.name, &person.kana]);
            names.into_iter().any(|name| fold::fold(name).contains(words))
        })
    })
}
