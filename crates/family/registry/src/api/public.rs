//! Matching and search, for everybody and without a name: residents' apps and those of other makers.

use axum::extract::State as Shared;
use chrono::NaiveDate;
use http::{App, Json, Problem, Query};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use super::refusal;
use crate::model::{
    Decision, Facts, InForce, Missing, NATION, PREFECTURE, Profile, Topic, Verdict, check_area, match_all,
    next_question,
};
use crate::search::{MOST_CHARS, MOST_FOUND};
use crate::shelf::{self, Stock};

/// Most questions that somebody leaves out.
const MOST_SKIPPED: usize = 500;

/// Who asks for what (判定の依頼). Nothing of it is kept.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RegistryMatchRequest)]
pub(super) struct MatchRequest {
    profile: Profile,
    /// As of this day; today if left out.
    #[serde(default)]
    on: Option<NaiveDate>,
    #[serde(default)]
    topic: Option<Topic>,
    /// Answers "no" too, each with its reason.
    #[serde(default)]
    include_no: bool,
    /// Questions that were asked and not answered, at most 500.
    #[serde(default)]
    skip: Vec<Missing>,
}

/// A programme with its answer (判定された制度).
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = RegistryMatch)]
pub(super) struct Match {
    programme: String,
    version: String,
    key: String,
    area: String,
    topic: Topic,
    name: String,
    plain: Option<kernel::Text>,
    deadline: Option<kernel::Text>,
    /// What has still to be confirmed against the source.
    unsure: Option<String>,
    #[serde(flatten)]
    decision: Decision,
}

/// Every programme for the profile (判定の結果).
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = RegistryMatches)]
pub(super) struct Matches {
    on: NaiveDate,
    /// The certain ones first.
    programmes: Vec<Match>,
    /// The question that would settle most.
    next: Option<Missing>,
}

/// What is looked for (検索の条件).
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct SearchQuery {
    /// Name, kana, words; several must all match.
    #[param(example = "児童")]
    q: String,
    /// The municipality: its own programmes, the prefecture's and the nation's. All if left out.
    municipality: Option<String>,
    /// At most 100; 20 if left out.
    limit: Option<usize>,
}

/// A programme that was found (見つかった制度).
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = RegistryFound)]
pub(super) struct Found {
    programme: String,
    key: String,
    area: String,
    topic: Topic,
    name: String,
    summary: Option<String>,
}

/// What was found (検索の結果).
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = RegistrySearchResult)]
pub(super) struct SearchResult {
    /// How many there are, also those not in the list.
    total: usize,
    programmes: Vec<Found>,
}

fn example() -> Value {
    json!({ "on": "2026-11-28", "next": null, "programmes": [] })
}

/// Decides every programme that holds on the day for a profile without a name, with the reasons, what is missing and the
/// amounts. The same is worked out on a phone from the public documents; this is for apps that cannot.
#[utoipa::path(post, path = "/api/registry/match", operation_id = "registryMatch", tag = "registry",
    request_body(content = MatchRequest, example = json!({
        "profile": {
            "household": { "municipality": "02203", "single_parent": true, "total_income": { "max": 1_500_000 } },
            "people": [{ "role": "child", "birth": "2023-05-01" }], "complete": true
        },
        "topic": "family"
    })),
    responses((status = 200, description = "The answers", body = Matches, example = json!(example())),
        (status = 422, description = "`invalid`")),
    extensions(("x-who" = json!("anyone"))))]
pub(super) async fn match_profile(
    Shared(app): Shared<App>,
    Json(request): Json<MatchRequest>,
) -> Result<Json<Matches>, Problem> {
    let stock = shelf::stock(&app).await?;
    let today = stock.day();
    let on = request.on.unwrap_or(today);
    if !(0..=3_660).contains(&(on - today).num_days().abs()) {
        let (ja, en) =
            ("判定の日は、今日から前後10年の間で指定してください。", "The day lies within ten years of today.");
        return Err(Problem::invalid("on", ja, en));
    }
    if request.skip.len() > MOST_SKIPPED {
        return Err(Problem::invalid(
            "skip",
            format!("答えない質問は{MOST_SKIPPED}件までにしてください。"),
            format!("At most {MOST_SKIPPED} questions are skipped."),
        ));
    }
    let facts = Facts::read(&request.profile, on)
        .map_err(|(field, fault)| refusal::profile(&format!("profile.{field}"), &fault))?;
    let other_day = stock.on(on);
    Ok(Json(answer(other_day.as_deref().unwrap_or(&stock.in_force), &facts, on, &request)))
}

fn answer(in_force: &[InForce], facts: &Facts, on: NaiveDate, request: &MatchRequest) -> Matches {
    let mut matched = match_all(in_force, facts);
    matched.retain(|(one, _)| request.topic.is_none_or(|topic| one.content.topic == topic));
    let next = next_question(matched.iter().map(|(_, decision)| decision), &request.skip);
    matched.retain(|(_, decision)| request.include_no || decision.verdict != Verdict::No);
    matched.sort_by_key(|(_, decision)| std::cmp::Reverse(decision.verdict));
    let programmes = matched.into_iter().map(|(one, decision)| view(one, decision)).collect();
    Matches { on, programmes, next }
}

fn view(one: &InForce, decision: Decision) -> Match {
    Match {
        programme: one.programme.to_string(),
        version: one.version.to_string(),
        key: one.key.clone(),
        area: one.area.clone(),
        topic: one.content.topic,
        name: one.content.record.name().unwrap_or_default().to_owned(),
        plain: one.content.plain.clone(),
        deadline: one.content.deadline.clone(),
        unsure: one.content.unsure.clone(),
        decision,
    }
}

/// Finds programmes that hold today.
#[utoipa::path(get, path = "/api/registry/search", operation_id = "registrySearch", tag = "registry", params(SearchQuery),
    responses((status = 200, description = "What was found", body = SearchResult,
        example = json!({ "total": 0, "programmes": [] })), (status = 422, description = "`invalid`")),
    extensions(("x-who" = json!("anyone"))))]
pub(super) async fn search(
    Shared(app): Shared<App>,
    query: Result<Query<SearchQuery>, Problem>,
) -> Result<Json<SearchResult>, Problem> {
    let Query(query) = query?;
    if query.q.chars().count() > MOST_CHARS {
        return Err(Problem::invalid(
            "q",
            format!("検索語は{MOST_CHARS}文字までにしてください。"),
            format!("Search for at most {MOST_CHARS} characters."),
        ));
    }
    if let Some(code) = &query.municipality {
        check_area(code)?;
    }
    let stock = shelf::stock(&app).await?;
    Ok(Json(found(&stock, &query)))
}

fn found(stock: &Stock, query: &SearchQuery) -> SearchResult {
    let areas: Vec<&str> = match query.municipality.as_deref() {
        Some(code) => vec![NATION, PREFECTURE, code],
        None => Vec::new(),
    };
    let places = stock.index.find(&query.q, &areas);
    let limit = query.limit.unwrap_or(20).clamp(1, MOST_FOUND);
    let programmes = places.iter().take(limit).filter_map(|at| stock.in_force.get(*at)).map(|one| Found {
        programme: one.programme.to_string(),
        key: one.key.clone(),
        area: one.area.clone(),
        topic: one.content.topic,
        name: one.content.record.name().unwrap_or_default().to_owned(),
        summary: one.content.record.text("summary").map(str::to_owned),
    });
    SearchResult { total: places.len(), programmes: programmes.collect() }
}
