//! The list of those left behind (取り残し): figures for everybody with the duty, names for the municipality's own staff.

use std::collections::{BTreeMap, HashSet};

use axum::extract::State as Shared;
use households::disclosure::{self, Held, Origin, Personal};
use households::{Household, Look};
use http::{Actor, App, Json, Problem, Query};
use kernel::{Mode, Timestamp, fold};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::refusal::{locked, no_disaster};
use super::sight::{Sight, sight};
use crate::db;
use crate::db::listed::ListedRow;
use crate::db::work::WorkRow;
use crate::event::Subject;
use crate::left_behind::{Figures, Found, Listed, Missing, What, left_behind};
use crate::live::Live;
use crate::sealing;

/// Names in one page at most.
const PAGE: usize = 100;

/// Where, and from where on.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct LeftBehindQuery {
    #[param(value_type = String, example = "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e21")]
    disaster: Uuid,
    /// JIS code.
    #[param(example = "02203")]
    municipality: String,
    /// The ordered districts (町内名), separated by commas; left out: the whole municipality.
    #[serde(default)]
    districts: Option<String>,
    /// `next` of the page before.
    #[serde(default)]
    after: Option<String>,
}

/// Those left behind.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReceptionLeftBehind)]
pub(super) struct LeftBehind {
    figures: Figures,
    /// How many were looked for, by what came of it.
    #[schema(value_type = std::collections::HashMap<String, u32>)]
    results: BTreeMap<&'static str, u32>,
    /// Null for whoever sees figures only.
    people: Option<Vec<MissingView>>,
    next: Option<String>,
}

/// Somebody to be found.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReceptionMissing)]
pub(super) struct MissingView {
    /// What work is about.
    about: String,
    what: What,
    household: Household,
    /// Null when nobody has taken it on.
    work: Option<WorkView>,
}

/// Who looks for somebody, and what came of it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReceptionWork)]
pub(super) struct WorkView {
    /// To be given back with the next step.
    revision: i64,
    /// `staff:<account>`; null when nobody holds it.
    holder: Option<String>,
    mine: bool,
    result: Option<Found>,
    words: Option<String>,
    changed_by: String,
    changed_at: Timestamp,
}

/// Those of the ordered area who are registered or listed, and were received nowhere. The prefecture sees figures; names only
/// after saying why (`break-glass`).
#[utoipa::path(
    get, path = "/api/reception/left-behind", operation_id = "receptionLeftBehind", tag = "reception", params(LeftBehindQuery),
    responses(
        (status = 200, description = "Those to be found", body = LeftBehind, example = json!({
            "figures": { "listed": 120, "listed_missing": 14, "families": 2300, "families_missing": 210 },
            "results": { "safe": 40, "needs-help": 1 }, "people": null, "next": null
        })),
        (status = 404, description = "`not-found`"), (status = 423, description = "`locked`"),
    ),
    extensions(("x-who" = json!("own-area")))
)]
pub(super) async fn list(
    Shared(app): Shared<App>,
    actor: Actor,
    query: Result<Query<LeftBehindQuery>, Problem>,
) -> Result<Json<LeftBehind>, Problem> {
    actor.require_anywhere(http::Duty::Evacuees)?;
    let Query(asked) = query?;
    let live = Live::of(&app)?;
    let scope = live.scope(asked.disaster);
    let mode = scope.map_or(Mode::Live, |scope| scope.mode);
    let sight = sight(&app, &actor, &asked.municipality, mode).await?;
    let scope = scope.ok_or_else(no_disaster)?;
    if live.is_locked() {
        return Err(locked());
    }
    let area = Area::of(&asked);
    let received = live.directory().received(&app, &live, scope).await?;
    let families = live.directory().families(&app, &asked.municipality).await?;
    let families: Vec<_> = families.iter().filter(|family| area.has(&family.district)).collect();
    let mut conn = app.store.read().await?;
    let rows = db::listed::of_municipality(&mut conn, &asked.municipality).await?;
    let work = db::work::of_municipality(&mut conn, asked.disaster, &asked.municipality).await?;
    drop(conn);
    let mut listed = Vec::new();
    let mut cards = BTreeMap::new();
    for row in rows.iter().filter(|row| area.has(&row.district_key)) {
        let household = sealing::open_listed(&app, row)?;
        let marks = household.persons.iter().flat_map(|person| live.directory().marks_of(&app, person)).collect();
        listed.push(Listed { id: row.id, subject: subject_of(row), marks });
        cards.insert(format!("listed:{}", row.id), household);
    }
    let results: BTreeMap<String, Found> =
        work.iter().filter_map(|row| Some((row.about.clone(), Found::read(row.result.as_deref()?)?))).collect();
    let (figures, mut missing) = left_behind(&listed, &families, &received, &results);
    let (people, next) = match &sight {
        Sight::Figures => (None, None),
        Sight::Names(look) => {
            missing.sort_by(|a, b| a.about.cmp(&b.about));
            let page = Page { missing, cards, work: &work, after: asked.after.as_deref() };
            let (people, next) = page.open(&app, &actor, look).await?;
            (Some(people), next)
        }
    };
    Ok(Json(LeftBehind { figures, results: by_result(&results), people, next }))
}

/// The ordered districts.
struct Area(Vec<String>);

impl Area {
    fn of(asked: &LeftBehindQuery) -> Self {
        let districts = asked.districts.iter().flat_map(|all| all.split([',', '、']));
        Self(districts.map(fold::fold).filter(|district| !district.is_empty()).collect())
    }

    /// Somebody whose district nobody said lives, for all that is known, in the ordered one.
    fn has(&self, district_key: &str) -> bool {
        self.0.is_empty() || district_key.is_empty() || self.0.iter().any(|district| district == district_key)
    }
}

/// A page of names.
struct Page<'a> {
    missing: Vec<Missing>,
    cards: BTreeMap<String, Household>,
    work: &'a [WorkRow],
    after: Option<&'a str>,
}

impl Page<'_> {
    /// Opens the page through the gate: who is protected is missing.
    async fn open(
        mut self,
        app: &App,
        actor: &Actor,
        look: &Look,
    ) -> Result<(Vec<MissingView>, Option<String>), Problem> {
        let rest = self.missing.iter().filter(|one| self.after.is_none_or(|after| one.about.as_str() > after));
        let page: Vec<&Missing> = rest.take(PAGE + 1).collect();
        let next = page.get(PAGE).and(page.get(PAGE - 1)).map(|last| last.about.clone());
        let mut waiting = Vec::new();
        let mut conn = app.store.read().await?;
        for one in page.into_iter().take(PAGE) {
            let household = match self.cards.remove(&one.about) {
                Some(card) => Some(Personal::new(card)),
                None => disclosure::find(app, &mut conn, one.subject).await?,
            };
            waiting.extend(household.map(|household| (one, household)));
        }
        drop(conn);
        let mut shown = Vec::new();
        while !waiting.is_empty() {
            // Two listed people of one family are opened one after the other: the gate answers by family.
            let mut asked = HashSet::new();
            let (now, later): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|(one, _)| asked.insert(one.subject));
            waiting = later;
            let (ones, held): (Vec<_>, Vec<_>) = now
                .into_iter()
                .map(|(one, household)| (one, Held { subject: one.subject, household, origin: Origin::Registration }))
                .unzip();
            let mut open = disclosure::release(app, actor, look, held).await?;
            for one in ones {
                let Some(household) = open.remove(&one.subject) else { continue };
                let work = self.work.iter().find(|row| row.about == one.about);
                let work = work.map(|row| work_view(app, actor, row)).transpose()?;
                shown.push(MissingView { about: one.about.clone(), what: one.what, household, work });
            }
        }
        shown.sort_by(|a, b| a.about.cmp(&b.about));
        Ok((shown, next))
    }
}

/// A piece of work as its municipality sees it.
pub(super) fn work_view(app: &App, actor: &Actor, row: &WorkRow) -> anyhow::Result<WorkView> {
    Ok(WorkView {
        revision: row.revision,
        mine: row.holder.as_deref() == Some(actor.label().as_str()),
        holder: row.holder.clone(),
        result: row.result.as_deref().and_then(Found::read),
        words: sealing::open_words(app, row)?,
        changed_by: row.changed_by.clone(),
        changed_at: row.changed_at.into(),
    })
}

fn subject_of(row: &ListedRow) -> Option<u128> {
    row.subject.as_deref().and_then(|text| text.parse::<Subject>().ok()).map(|subject| subject.0)
}

fn by_result(results: &BTreeMap<String, Found>) -> BTreeMap<&'static str, u32> {
    let mut counts = BTreeMap::new();
    for found in results.values() {
        *counts.entry(found.as_str()).or_default() += 1;
    }
    counts
}
