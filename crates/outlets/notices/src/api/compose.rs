//! Notices of staff (本部からの発信): templates, the audience counted, writing, reading.

use std::collections::BTreeMap;

use axum::extract::State;
use http::{Actor, App, Duty, Json, Path, Problem};
use kernel::{Id, Mode, MultiPolygon, Text, areas};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::views::{Detail, View, detail, example, example_detail, may_see, require_all, view};
use crate::install::live;
use crate::jobs::{audience as people, refresh_index};
use crate::model::notice::{Addressed, Audience, Notice, State as Standing};
use crate::model::subscription::{Kind, Language};
use crate::model::words::{Situation, fill, situations};
use crate::{db, record};

/// Corners of a shape.
const MOST_CORNERS: usize = 5_000;
const LISTED: i64 = 300;

/// Whom a notice would reach (対象).
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NoticeAudience)]
pub(super) struct Wanted {
    mode: Mode,
    /// JIS codes, at least one.
    municipalities: Vec<String>,
    /// Narrows it: of those who gave a point, only whose circle it touches.
    #[serde(default)]
    shape: Option<MultiPolygon>,
}

/// How many that are (対象の数), exactly, at this moment.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NoticeCount)]
pub(super) struct Count {
    devices: i64,
    ja: i64,
    easy: i64,
    en: i64,
}

/// A notice to be written (作成).
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NoticeWrite)]
pub(super) struct Write {
    /// Made by the client; sending it again changes nothing.
    #[schema(value_type = String, format = Uuid)]
    id: Uuid,
    mode: Mode,
    template: String,
    /// What the template leaves open, in every language.
    values: BTreeMap<String, Text>,
    municipalities: Vec<String>,
    #[serde(default)]
    shape: Option<MultiPolygon>,
    /// Lives depend on it: it goes out during quiet hours too.
    #[serde(default)]
    urgent: bool,
}

/// The templates to choose from.
#[utoipa::path(
    get, path = "/api/notices/templates", operation_id = "noticesTemplates", tag = "notices",
    responses(
        (status = 200, description = "Templates", body = Vec<Situation>, example = json!([{
            "key": "office.water", "title": { "ja": "断水のお知らせ", "easy": "水が 出ません", "en": "Water supply cut" },
            "body": { "ja": "{place}で断水しています。復旧の見込み：{until}", "easy": "{place}で 水が 出ません。なおる 予定：{until}", "en": "No water in {place}. Expected back: {until}" },
            "fields": ["place", "until"]
        }])),
        (status = 401, description = "`unauthenticated`"), (status = 403, description = "`forbidden`"),
    ),
    extensions(("x-who" = json!("own-area")))
)]
pub(super) async fn templates(actor: Actor) -> Result<Json<Vec<Situation>>, Problem> {
    actor.require_anywhere(Duty::Notices)?;
    Ok(Json(situations()))
}

/// Counts whom a notice would reach now.
#[utoipa::path(
    post, path = "/api/notices/audience", operation_id = "noticesAudience", tag = "notices",
    request_body(content = Wanted, example = json!({ "mode": "drill", "municipalities": ["02203"], "shape": null })),
    responses(
        (status = 200, description = "How many devices", body = Count, example = json!({ "devices": 12, "ja": 9, "easy": 1, "en": 2 })),
        (status = 403, description = "`forbidden`"), (status = 422, description = "`invalid`"),
    ),
)]
pub(super) async fn audience(
    State(app): State<App>,
    actor: Actor,
    Json(wanted): Json<Wanted>,
) -> Result<Json<Count>, Problem> {
    require_all(&actor, &wanted.municipalities)?;
    check(&wanted.municipalities, wanted.shape.as_ref())?;
    refresh_index(&app).await?;
    let notice = Notice {
        said: Addressed::new(wanted.mode, empty_words()),
        audience: Audience::Area { municipalities: wanted.municipalities.clone(), shape: wanted.shape },
        municipalities: wanted.municipalities,
        ..blank(&app, &actor)
    };
    let ids = people(&app, &notice)?;
    let live = live(&app)?;
    let index = live.index.read();
    let of =
        |language| ids.iter().filter(|id| index.get(**id).is_some_and(|kept| kept.language == language)).count() as i64;
    let (ja, easy, en) = (of(Language::Ja), of(Language::Easy), of(Language::En));
    Ok(Json(Count { devices: ids.len() as i64, ja, easy, en }))
}

/// Lists the notices of the caller's own area, newest first.
#[utoipa::path(
    get, path = "/api/notices", operation_id = "notices", tag = "notices",
    responses(
        (status = 200, description = "Notices, newest first", body = Vec<View>, example = json!([example()])),
        (status = 401, description = "`unauthenticated`"), (status = 403, description = "`forbidden`"),
    ),
    extensions(("x-who" = json!("own-area")))
)]
pub(super) async fn list(State(app): State<App>, actor: Actor) -> Result<Json<Vec<View>>, Problem> {
    if actor.require_anywhere(Duty::Notices).is_err() {
        actor.require_anywhere(Duty::Watch)?;
    }
    let mut conn = app.store.read().await?;
    let all = db::listed(&mut conn, LISTED).await?;
    Ok(Json(all.iter().filter(|notice| may_see(&actor, notice)).map(|notice| view(notice, &actor)).collect()))
}

/// One notice with its ledger, as it stands now.
#[utoipa::path(
    get, path = "/api/notices/{id}", operation_id = "notice", tag = "notices",
    params(("id" = String, Path, description = "The notice", example = "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e60")),
    responses(
        (status = 200, description = "The notice", body = Detail, example = json!(example_detail())),
        (status = 401, description = "`unauthenticated`"), (status = 404, description = "`not-found`"),
    ),
)]
pub(super) async fn show(State(app): State<App>, actor: Actor, Path(id): Path<Uuid>) -> Result<Json<Detail>, Problem> {
    if actor.require_anywhere(Duty::Notices).is_err() {
        actor.require_anywhere(Duty::Watch)?;
    }
    let mut conn = app.store.read().await?;
    let notice = db::notice(&mut conn, Id::from_uuid(id)).await?.filter(|notice| may_see(&actor, notice));
    drop(conn);
    let notice = notice.ok_or_else(Problem::not_found)?;
    let devices = match notice.state {
        Standing::Drafted | Standing::Pending => {
            refresh_index(&app).await?;
            Some(people(&app, &notice)?.len() as i64)
        }
        _ => None,
    };
    Ok(Json(detail(&app, &notice, &actor, devices).await?))
}

/// Writes a notice. Nothing goes out before the writer hands it in and a second person releases it.
#[utoipa::path(
    post, path = "/api/notices", operation_id = "noticesWrite", tag = "notices",
    request_body(content = Write, example = json!({
        "id": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e60", "mode": "drill", "template": "office.water",
        "values": {
            "place": { "ja": "市川地区", "easy": "市川（いちかわ）", "en": "Ichikawa" },
            "until": { "ja": "17時", "easy": "17時", "en": "17:00" },
        },
        "municipalities": ["02203"], "shape": null, "urgent": false
    })),
    responses(
        (status = 200, description = "The draft", body = View, example = json!(example())),
        (status = 403, description = "`forbidden`"), (status = 409, description = "`notice-exists`"),
        (status = 422, description = "`invalid`"),
    ),
)]
pub(super) async fn write(
    State(app): State<App>,
    actor: Actor,
    Json(wanted): Json<Write>,
) -> Result<Json<View>, Problem> {
    require_all(&actor, &wanted.municipalities)?;
    check(&wanted.municipalities, wanted.shape.as_ref())?;
    if !situations().iter().any(|situation| situation.key == wanted.template) {
        return Err(Problem::invalid("template", "定型文を選んでください。", "Choose a template."));
    }
    let words = fill(&wanted.template, &wanted.values)?;
    let mut municipalities = wanted.municipalities;
    municipalities.sort_unstable();
    municipalities.dedup();
    let notice = Notice {
        id: Id::from_uuid(wanted.id),
        said: Addressed::new(wanted.mode, words),
        audience: Audience::Area { municipalities: municipalities.clone(), shape: wanted.shape },
        template: wanted.template,
        urgent: wanted.urgent,
        municipalities,
        ..blank(&app, &actor)
    };
    let notice = app.store.retry(async || write_once(&app, &actor, &notice).await).await?;
    Ok(Json(view(&notice, &actor)))
}

async fn write_once(app: &App, actor: &Actor, notice: &Notice) -> anyhow::Result<Notice> {
    let mut tx = app.store.write().await?;
    if let Some((held, ..)) = db::notice_for_update(&mut tx, notice.id).await? {
        let held = held.0;
        if held.writer == notice.writer && held.said == notice.said && held.audience == notice.audience {
            return Ok(held);
        }
        let (ja, en) = ("同じ番号の別のお知らせがあります。", "Another notice has this id.");
        return Err(Problem::conflict("notice-exists", ja, en).into());
    }
    db::insert_notice(&mut tx, notice).await?;
    let body = record::about(notice);
    record::notice(&mut tx, "notices.drafted", notice, &actor.label(), notice.id.uuid(), body, notice.made_at).await?;
    tx.commit().await?;
    Ok(notice.clone())
}

fn check(municipalities: &[String], shape: Option<&MultiPolygon>) -> Result<(), Problem> {
    let known = municipalities.iter().all(|code| areas::municipality(code).is_some());
    if municipalities.is_empty() || municipalities.len() > 100 || !known {
        let (ja, en) = ("対象の市町村を1つ以上選んでください。", "Choose at least one municipality of Aomori.");
        return Err(Problem::invalid("municipalities", ja, en));
    }
    let corners: usize = shape
        .iter()
        .flat_map(|shape| &shape.0)
        .map(|polygon| polygon.outer.len() + polygon.holes.iter().map(Vec::len).sum::<usize>())
        .sum();
    if shape.is_some_and(|shape| shape.bbox().is_none()) || corners > MOST_CORNERS {
        let (ja, en) = ("範囲の頂点は5000までです。", "A shape has at most 5000 corners, and at least one.");
        return Err(Problem::invalid("shape", ja, en));
    }
    Ok(())
}

/// A notice without words and people yet.
fn blank(app: &App, actor: &Actor) -> Notice {
    let now = app.clock.now();
    Notice {
        id: app.ids.next(),
        kind: Kind::Office,
        state: Standing::Drafted,
        said: Addressed::new(Mode::Drill, empty_words()),
        audience: Audience::Area { municipalities: Vec::new(), shape: None },
        template: String::new(),
        urgent: false,
        municipalities: Vec::new(),
        writer: actor.label(),
        made_at: now,
        submitted_at: None,
        decider: None,
        released_at: None,
        ended_at: None,
        expires_at: now.plus(Kind::Office.lifetime()),
        follows: None,
    }
}

fn empty_words() -> crate::model::notice::Words {
    crate::model::notice::Words { title: Text::default(), body: Text::default() }
}
