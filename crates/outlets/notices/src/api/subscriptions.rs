//! A device's own subscription: put, show, delete, test. The device holds a secret; we hold its digest.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use http::{Actor, App, Json, Path, Problem};
use kernel::{Id, Mode, Timestamp};
use serde::Serialize;
use serde_json::{Value, json};
use store::Tx;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::db::{self, StoredSubscription};
use crate::install::live;
use crate::jobs::CHANNEL;
use crate::model::endpoint;
use crate::model::notice::{Addressed, Audience, Notice, State as Standing};
use crate::model::subscription::{self, Kind, Kinds, Language, Place, Quiet, Subscription};
use crate::model::words::fill;
use crate::{record, subscribed};

/// One test in this time.
const BETWEEN_TESTS: Duration = Duration::from_secs(20);

/// What is kept of a device (登録の内容), without its address and keys.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NoticeSubscriptionView)]
pub(super) struct View {
    #[schema(value_type = String)]
    id: Uuid,
    places: Vec<Place>,
    kinds: Kinds,
    quiet: Option<Quiet>,
    language: Language,
    drills: bool,
}

/// The notice that was sent as a test (受信の確認).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NoticeTest)]
pub(super) struct Tested {
    #[schema(value_type = String)]
    notice: Uuid,
}

/// What is kept of this device.
#[utoipa::path(
    get, path = "/api/notices/subscriptions/{id}", operation_id = "noticesSubscription", tag = "notices",
    params(("id" = String, Path, description = "The subscription", example = "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e50")),
    responses(
        (status = 200, description = "What is kept", body = View, example = json!(example_view())),
        (status = 401, description = "`unauthenticated`: no `Authorization: Bearer`"), (status = 404, description = "`not-found`"),
    ),
)]
pub(super) async fn show(
    State(app): State<App>,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
) -> Result<Json<View>, Problem> {
    let secret = secret(&headers)?;
    let mut conn = app.store.read().await?;
    let stored = db::subscription(&mut conn, id).await?.filter(|s| subscribed::is_secret(s, secret));
    let stored = stored.ok_or_else(Problem::not_found)?;
    Ok(Json(view(id, subscribed::open(&app, id, &stored.body)?)))
}

/// Subscribes a device, or changes what it wants. The device makes id and secret; sending it again changes nothing.
#[utoipa::path(
    put, path = "/api/notices/subscriptions/{id}", operation_id = "noticesSubscribe", tag = "notices",
    params(("id" = String, Path, description = "Made by the device", example = "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e50")),
    request_body(content = Subscription, example = json!(example())),
    responses(
        (status = 200, description = "What is kept now", body = View, example = json!(example_view())),
        (status = 401, description = "`unauthenticated`: no `Authorization: Bearer` with the device's secret"),
        (status = 404, description = "`not-found`: the id belongs to another device"), (status = 422, description = "`invalid`"),
    ),
)]
pub(super) async fn put(
    State(app): State<App>,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
    Json(wanted): Json<Subscription>,
) -> Result<Json<View>, Problem> {
    let secret = secret(&headers)?;
    subscription::check(&wanted)?;
    let live = live(&app)?;
    let service = endpoint::origin(&wanted.push.endpoint, &live.reach())?;
    if !live.signers.read().iter().any(|signer| signer.public() == wanted.push.key) {
        let (ja, en) =
            ("通知の鍵が古くなっています。画面を開き直してください。", "Our key has changed. Reload the page.");
        return Err(Problem::invalid("push.key", ja, en));
    }
    let body = subscribed::seal(&app, id, &wanted)?;
    let stored = StoredSubscription { id, secret: subscribed::digest(secret), service, body };
    let address = subscribed::digest(&wanted.push.endpoint);
    app.store.retry(async || put_once(&app, &stored, &address, secret).await).await?;
    Ok(Json(view(id, wanted)))
}

async fn put_once(app: &App, stored: &StoredSubscription, address: &str, secret: &str) -> anyhow::Result<()> {
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    let before = db::subscription(&mut tx, stored.id).await?;
    if before.as_ref().is_some_and(|before| !subscribed::is_secret(before, secret)) {
        return Err(Problem::not_found().into());
    }
    // The address is the browser's own secret: whoever knows it is that browser, which has lost its first subscription.
    let mut tested = None;
    if let Some(other) = db::subscription_with(&mut tx, address, stored.id).await? {
        tested = db::tested_at(&mut tx, other.id).await?;
        drop_one(app, &mut tx, other.id, "subscribed-anew", now).await?;
    }
    db::put_subscription(&mut tx, stored, address, now).await?;
    // A new id is no way to ask for more tests.
    if let Some(at) = tested {
        db::note_test(&mut tx, stored.id, at, at).await?;
    }
    let kind = if before.is_some() { "notices.changed" } else { "notices.subscribed" };
    record::subscription(app, &mut tx, kind, stored.id, "asked", now).await?;
    tx.commit().await?;
    Ok(())
}

/// Unsubscribes from everything. Repeating it changes nothing.
#[utoipa::path(
    delete, path = "/api/notices/subscriptions/{id}", operation_id = "noticesUnsubscribe", tag = "notices",
    params(("id" = String, Path, description = "The subscription", example = "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e50")),
    responses(
        (status = 204, description = "Nothing is kept any more"), (status = 401, description = "`unauthenticated`"),
        (status = 404, description = "`not-found`"),
    ),
)]
pub(super) async fn delete(
    State(app): State<App>,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let secret = secret(&headers)?;
    app.store
        .retry(async || {
            let now = app.clock.now();
            let mut tx = app.store.write().await?;
            let stored = db::subscription(&mut tx, id).await?.filter(|s| subscribed::is_secret(s, secret));
            stored.ok_or_else(Problem::not_found)?;
            drop_one(&app, &mut tx, id, "asked", now).await?;
            tx.commit().await?;
            anyhow::Ok(())
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sends this device a notice of its own, through everything that a real one goes through.
#[utoipa::path(
    post, path = "/api/notices/subscriptions/{id}/test", operation_id = "noticesTest", tag = "notices",
    params(("id" = String, Path, description = "The subscription", example = "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e50")),
    responses(
        (status = 200, description = "It is on its way", body = Tested,
            example = json!({ "notice": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e52" })),
        (status = 401, description = "`unauthenticated`"), (status = 404, description = "`not-found`"),
        (status = 429, description = "`too-many-requests`: one in 20 seconds"),
    ),
)]
pub(super) async fn test(
    State(app): State<App>,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
) -> Result<Json<Tested>, Problem> {
    let secret = secret(&headers)?;
    let notice = app.store.retry(async || test_once(&app, id, secret).await).await?;
    Ok(Json(Tested { notice }))
}

async fn test_once(app: &App, id: Uuid, secret: &str) -> anyhow::Result<Uuid> {
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    let stored = db::subscription(&mut tx, id).await?.filter(|s| subscribed::is_secret(s, secret));
    stored.ok_or_else(Problem::not_found)?;
    if !db::note_test(&mut tx, id, now, now.minus(BETWEEN_TESTS)).await? {
        return Err(Problem::too_many(BETWEEN_TESTS.as_secs()).into());
    }
    let words = fill("test", &BTreeMap::new()).map_err(Problem::from)?;
    let notice = Notice {
        id: app.ids.next(),
        kind: Kind::Test,
        state: Standing::Released,
        said: Addressed::new(Mode::Live, words),
        audience: Audience::One { subscription: Id::from_uuid(id) },
        template: "test".to_owned(),
        urgent: false,
        municipalities: Vec::new(),
        writer: Actor::system().label(),
        made_at: now,
        submitted_at: None,
        decider: None,
        released_at: Some(now),
        ended_at: None,
        expires_at: now.plus(Kind::Test.lifetime()),
        follows: None,
    };
    db::insert_notice(&mut tx, &notice).await?;
    let body = record::about(&notice);
    record::notice(&mut tx, "notices.issued", &notice, "system", notice.id.uuid(), body, now).await?;
    tx.wake_on_commit(CHANNEL);
    tx.commit().await?;
    Ok(notice.id.uuid())
}

/// Takes one out, with what waits for it.
async fn drop_one(app: &App, tx: &mut Tx, id: Uuid, why: &str, now: Timestamp) -> anyhow::Result<()> {
    db::delete_subscription(tx, id).await?;
    db::move_gone(tx, id, now).await?;
    record::subscription(app, tx, "notices.unsubscribed", id, why, now).await
}

/// At least 128 bits, as the device made them.
fn secret(headers: &HeaderMap) -> Result<&str, Problem> {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let secret = value.and_then(|value| value.strip_prefix("Bearer ")).map(str::trim);
    secret.filter(|secret| (22..=200).contains(&secret.len())).ok_or_else(Problem::unauthenticated)
}

fn view(id: Uuid, subscription: Subscription) -> View {
    let Subscription { places, kinds, quiet, language, drills, .. } = subscription;
    View { id, places, kinds, quiet, language, drills }
}

fn example() -> Value {
    json!({
        "push": {
            "endpoint": "https://updates.push.services.mozilla.com/wpush/v2/example",
            "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
            "auth": "BTBZMqHH6r4Tts7J_aSIgg",
            "key": "BA1Hxzyi1RUM1b5wjxsn7nGxAszw2u61m164i3MrAIxHF6YK5h4SDYic-dRuU_RCPCfA5aq9ojSwk5Y2EmClBPs",
        },
        "places": [
            { "is": "municipality", "code": "02203" },
            { "is": "circle", "municipality": "02203", "point": { "lat": 40.51, "lon": 141.49 }, "radius_m": 1000 },
        ],
        "kinds": { "tsunami": 3, "evacuation": 3, "quake": 4, "warning": 3, "office": true },
        "quiet": { "from": 1320, "until": 360 }, "language": "ja", "drills": false,
    })
}

fn example_view() -> Value {
    let mut view = example();
    if let Some(view) = view.as_object_mut() {
        view.shift_remove("push");
        view.insert("id".to_owned(), json!("019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e50"));
    }
    view
}
