//! The cards of a shelter's households, and of one. Every look goes through the gate, with its purpose.

use axum::extract::State as Shared;
use households::disclosure;
use households::{Audience, Household, Look, Purpose};
use http::{Actor, App, Duty, Json, Path, Problem, Query};
use kernel::{AreaCode, Mode, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::board::venue;
use super::refusal::{locked, no_disaster};
use super::views::{HistoryLine, Standing, line, standing};
use crate::cards::{self, Card, Read};
use crate::contents::fetch_keys;
use crate::event::Subject;
use crate::fold::{Place, Scope};
use crate::live::Live;

/// Households of one page at most.
const PAGE: usize = 200;

/// Which disaster, and what for.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct CardQuery {
    #[param(value_type = String, example = "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e21")]
    disaster: Uuid,
    /// What the names are needed for; the person reads it.
    #[serde(default = "reception")]
    #[param(value_type = Option<String>, example = "reception")]
    purpose: Purpose,
    /// `next` of the page before.
    #[serde(default)]
    after: Option<String>,
}

fn reception() -> Purpose {
    Purpose::Reception
}

/// The households of a shelter.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReceptionHouseholds)]
pub(super) struct Households {
    households: Vec<HouseholdView>,
    next: Option<String>,
}

/// A household with its card.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReceptionHousehold)]
pub(super) struct HouseholdView {
    subject: String,
    standing: Option<Standing>,
    /// Null when nobody wrote a card, or it may not be shown here.
    household: Option<Household>,
    /// Null with it.
    card: Option<Card>,
}

/// One household with everything that happened.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReceptionHouseholdHistory)]
pub(super) struct HouseholdHistory {
    #[serde(flatten)]
    household: HouseholdView,
    /// In the order in which it is read, voided events among them.
    history: Vec<HistoryLine>,
}

/// The households of a shelter with their cards: present, out for a while, gone from here, and on their way.
#[utoipa::path(
    get, path = "/api/reception/shelters/{facility}/households", operation_id = "receptionShelterHouseholds", tag = "reception",
    params(("facility" = String, Path, example = "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e23"), CardQuery),
    responses(
        (status = 200, description = "A page of 200", body = Households, example = json!({ "households": [example()], "next": null })),
        (status = 404, description = "`not-found`"), (status = 423, description = "`locked`"),
    ),
    extensions(("x-who" = json!("own-area")))
)]
pub(super) async fn of_shelter(
    Shared(app): Shared<App>,
    actor: Actor,
    facility: Result<Path<Uuid>, Problem>,
    query: Result<Query<CardQuery>, Problem>,
) -> Result<Json<Households>, Problem> {
    actor.require_anywhere(Duty::ShelterDesk)?;
    let (Path(facility), Query(asked)) = (facility?, query?);
    let venue = venue(&app, facility).await?.ok_or_else(Problem::not_found)?;
    super::require_desk(&actor, &venue.municipality)?;
    let (live, scope) = unlocked(&app, asked.disaster)?;
    let here = Place::Shelter(facility);
    let after = asked.after.as_deref().and_then(|text| text.parse::<Subject>().ok());
    let subjects: Vec<Subject> = live.ask(|register| {
        let all = register.standing_in(scope, &here).into_iter().map(|(subject, _)| subject);
        all.filter(|subject| after.is_none_or(|after| *subject > after)).take(PAGE + 1).collect()
    });
    let next = subjects.get(PAGE).and(subjects.get(PAGE - 1)).map(ToString::to_string);
    fetch_keys(&app, &live, &venue.municipality).await?;
    let reads = cards::read(&app, &live, scope, &subjects[..subjects.len().min(PAGE)]).await?;
    let desk = Viewer::Desk { municipality: venue.municipality, place: here };
    let households = show(&app, &actor, (asked.purpose, scope.mode), &desk, reads).await?;
    Ok(Json(Households { households: households.into_iter().map(|(view, _)| view).collect(), next }))
}

/// One household: its card, what happened, where it stands.
#[utoipa::path(
    get, path = "/api/reception/households/{subject}", operation_id = "receptionHousehold", tag = "reception",
    params(("subject" = String, Path, example = "3f1c2f7e5b0a4c6d8e9fa0b1c2d3e4f5"), CardQuery),
    responses(
        (status = 200, description = "The household", body = HouseholdHistory, example = json!(example())),
        (status = 404, description = "`not-found`"), (status = 423, description = "`locked`"),
    ),
    extensions(("x-who" = json!("own-area")))
)]
pub(super) async fn one(
    Shared(app): Shared<App>,
    actor: Actor,
    subject: Result<Path<String>, Problem>,
    query: Result<Query<CardQuery>, Problem>,
) -> Result<Json<HouseholdHistory>, Problem> {
    if actor.require_anywhere(Duty::ShelterDesk).is_err() {
        actor.require_anywhere(Duty::Evacuees)?;
    }
    let (Path(subject), Query(asked)) = (subject?, query?);
    let subject: Subject = subject.parse().map_err(|_| Problem::not_found())?;
    let (live, scope) = unlocked(&app, asked.disaster)?;
    let party = live.ask(|register| register.subject(scope, subject)).ok_or_else(Problem::not_found)?;
    let place = party.standing.as_ref().map(|standing| standing.place.clone()).ok_or_else(Problem::not_found)?;
    let municipality = municipality_of(&app, &place).await?.ok_or_else(Problem::not_found)?;
    let area = AreaCode::municipality(&municipality);
    let viewer = if actor.require(Duty::ShelterDesk, &area).is_ok() {
        Viewer::Desk { municipality: municipality.clone(), place }
    } else {
        match super::sight::sight(&app, &actor, &municipality, scope.mode).await? {
            super::sight::Sight::Names(look) => Viewer::Office(look.audience),
            super::sight::Sight::Figures => return Err(Problem::not_found()),
        }
    };
    fetch_keys(&app, &live, &municipality).await?;
    let reads = cards::read(&app, &live, scope, &[subject]).await?;
    let (household, read) =
        show(&app, &actor, (asked.purpose, scope.mode), &viewer, reads).await?.pop().ok_or_else(Problem::not_found)?;
    let shown = household.household.is_some();
    let history = read.lines.iter().map(|at| line(at, read.words.get(&at.id).filter(|_| shown))).collect();
    Ok(Json(HouseholdHistory { household, history }))
}

/// Who looks.
pub(super) enum Viewer {
    Desk { municipality: String, place: Place },
    Office(Audience),
}

impl Viewer {
    /// The audience for one household: a desk sees protected people that stand before it.
    fn audience(&self, read: &Read) -> Audience {
        match self {
            Self::Office(audience) => audience.clone(),
            Self::Desk { municipality, place } => {
                let standing = read.party.standing.as_ref();
                let present = standing.is_some_and(|at| at.presence.is_present() && at.place == *place);
                let facility = match place {
                    Place::Shelter(facility) => Some(*facility),
                    Place::Outside(_) => None,
                };
                Audience::Shelter { municipality: municipality.clone(), facility, present }
            }
        }
    }
}

/// Shows cards through the gate, in their order. Whoever may not be shown keeps the standing and loses the card.
pub(super) async fn show(
    app: &App,
    actor: &Actor,
    (purpose, mode): (Purpose, Mode),
    viewer: &Viewer,
    mut reads: Vec<Read>,
) -> Result<Vec<(HouseholdView, Read)>, Problem> {
    fill_in(app, &mut reads).await?;
    let mut open = std::collections::HashMap::new();
    for present in [true, false] {
        let of = |read: &Read| !matches!(viewer.audience(read), Audience::Shelter { present: at, .. } if at != present);
        let chosen = reads.iter_mut().filter(|read| of(read));
        let (mut audience, mut held) = (None, Vec::new());
        for read in chosen {
            audience.get_or_insert_with(|| viewer.audience(read));
            held.extend(read.take_held());
        }
        if let Some(audience) = audience.filter(|_| !held.is_empty()) {
            open.extend(disclosure::release(app, actor, &Look { purpose, audience, mode }, held).await?);
        }
    }
    let view = |read: Read| {
        let household = open.remove(&read.subject().0);
        let card = household.is_some().then(|| read.card.clone());
        let view =
            HouseholdView { subject: read.subject().to_string(), standing: standing(&read.party), household, card };
        (view, read)
    };
    Ok(reads.into_iter().map(view).collect())
}

/// What a family registered stands for the card that nobody had to type.
pub(super) async fn fill_in(app: &App, reads: &mut [Read]) -> anyhow::Result<()> {
    let mut conn = app.store.read().await?;
    for read in reads.iter_mut().filter(|read| read.household.is_none()) {
        for subject in read.party.subjects.clone() {
            if read.household.is_none() {
                read.household = disclosure::find(app, &mut conn, subject.0).await?;
            }
        }
    }
    Ok(())
}

/// Families of the municipality that registered somebody under this whole name.
pub(super) async fn registered(
    app: &App,
    actor: &Actor,
    live: &Live,
    (jis5, folded): (&str, &str),
    (purpose, mode): (Purpose, Mode),
) -> Result<Vec<HouseholdView>, Problem> {
    let mark = live.directory().name_mark(app, folded);
    let families = live.directory().families(app, jis5).await?;
    let named = families.iter().filter(|family| family.names.contains(&mark)).map(|family| family.subject);
    let subjects: Vec<u128> = named.take(PAGE).collect();
    let audience = Audience::Shelter { municipality: jis5.to_owned(), facility: None, present: false };
    let mut open = disclosure::open_many(app, actor, &Look { purpose, audience, mode }, &subjects).await?;
    let view = |subject: u128| {
        let household = open.remove(&subject)?;
        let subject = Subject(subject).to_string();
        Some(HouseholdView { subject, standing: None, household: Some(household), card: None })
    };
    Ok(subjects.into_iter().filter_map(view).collect())
}

impl HouseholdView {
    /// Whether the card may be shown.
    pub(super) fn is_shown(&self) -> bool {
        self.household.is_some()
    }

    /// How the household is called, as far as it may be shown.
    pub(super) fn first_name(&self) -> Option<String> {
        let first = self.household.as_ref()?.persons.first()?;
        Some(first.name.clone()).filter(|name| !name.is_empty())
    }

    /// Every card that is this household.
    pub(super) fn subjects(&self) -> impl Iterator<Item = String> + '_ {
        let linked = self.standing.iter().flat_map(Standing::subjects).cloned();
        std::iter::once(self.subject.clone()).chain(linked)
    }
}

/// The register of a running disaster on a node that can read names.
pub(super) fn unlocked(app: &App, disaster: Uuid) -> Result<(std::sync::Arc<Live>, Scope), Problem> {
    let live = Live::of(app)?;
    let scope = live.scope(disaster).ok_or_else(no_disaster)?;
    if live.is_locked() { Err(locked()) } else { Ok((live, scope)) }
}

async fn municipality_of(app: &App, place: &Place) -> anyhow::Result<Option<String>> {
    Ok(match place {
        Place::Shelter(facility) => venue(app, *facility).await?.map(|venue| venue.municipality),
        Place::Outside(jis5) => Some(jis5.to_string()),
    })
}

/// An example for the description.
pub(super) fn example() -> serde_json::Value {
    serde_json::json!({
        "subject": "3f1c2f7e5b0a4c6d8e9fa0b1c2d3e4f5", "standing": {
            "presence": "in", "shelter": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e23", "municipality": null, "to": null,
            "counts": { "adults": 2, "children": 1, "infants": 0, "wheelchair": 0 }, "stays": "inside", "assurance": 2,
            "out": { "adults": 0, "children": 0, "infants": 0, "wheelchair": 0 },
            "counted_only": false, "since": Timestamp::from_secs(1_765_203_300), "sure": true, "two_places": [],
            "heads": ["019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e40"], "subjects": ["3f1c2f7e5b0a4c6d8e9fa0b1c2d3e4f5"]
        },
        "household": { "persons": [{ "id": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e60", "name": "見本 花子" }], "municipality": "02203" },
        "card": { "situation": { "tags": ["ペット同伴"] }, "place": { "space": "体育館", "room": "A", "bed": "12" } },
        "history": []
    })
}
