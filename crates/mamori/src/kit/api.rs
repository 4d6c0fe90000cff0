//! `/api/kit/…`: the lock, the tablets and how the kit is. On a server that is no kit these paths lead nowhere.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use http::{Actor, App, Class, Json, Path, Problem, Router, class};
use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::desk::Kit;
use super::safe::Shut;
use super::tablets::{self, NotPaired, Tablet};

/// Everything under `/api/kit`.
pub(crate) fn routes() -> Router {
    let all = Router::new()
        .routes(routes!(status))
        .routes(routes!(unlock))
        .routes(routes!(lock))
        .routes(routes!(list, offer))
        .routes(routes!(pair))
        .routes(routes!(forget));
    class(Class::Staff, all)
}

/// How the kit is (キットの状態).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = KitStatus)]
struct Status {
    kit: Uuid,
    name: String,
    /// JIS code.
    municipality: String,
    /// Nothing personal can be read; admissions go on.
    locked: bool,
    /// Seconds without work after which it locks itself; null while locked.
    locks_in: Option<u64>,
    /// Where tablets reach it, if it serves a LAN.
    lan: Option<String>,
    tablets: usize,
    /// Events that the centre has not receipted.
    waiting: i64,
    /// The last exchange with the centre; null if there was none.
    contact_at: Option<Timestamp>,
    /// This clock minus the centre's at the last exchange, in milliseconds.
    skew_ms: i64,
    /// The centre took this kit's word away.
    revoked: bool,
}

/// The kit's passphrase.
#[derive(Deserialize, ToSchema)]
#[schema(as = KitUnlock)]
struct Unlock {
    passphrase: String,
}

/// What a new tablet is to be called.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = KitOffer)]
struct Offer {
    name: String,
}

/// A code for one tablet.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = KitCode)]
struct Code {
    /// Eight digits, once, for ten minutes.
    code: String,
    /// Where the tablet types it.
    address: String,
}

/// The code as a tablet types it.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = KitPair)]
struct Pair {
    code: String,
}

/// A paired tablet.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = KitTablet)]
struct TabletView {
    id: Uuid,
    name: String,
    paired_at: Timestamp,
}

/// How the kit is.
#[utoipa::path(get, path = "/api/kit/status", operation_id = "kitStatus", tag = "kit",
    responses((status = 200, body = Status, example = json!({
        "kit": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e60", "name": "是川小学校 1号", "municipality": "02203",
        "locked": false, "locks_in": 290, "lan": "https://10.77.0.1:8443", "tablets": 2, "waiting": 0,
        "contact_at": "2025-12-08T23:40:00+09:00", "skew_ms": 0, "revoked": false
    })), (status = 404, description = "`not-found`: this server is no kit")))]
async fn status(State(app): State<App>, desk: Actor) -> Result<Json<Status>, Problem> {
    Ok(Json(view(&app, &*Kit::of(&app, &desk)?).await?))
}

/// Opens the kit with its passphrase (解錠): personal data can be read until it is locked or five minutes pass without work.
#[utoipa::path(post, path = "/api/kit/unlock", operation_id = "kitUnlock", tag = "kit",
    request_body(content = Unlock, example = json!({ "passphrase": "うみねこ りんご ねぶた いか" })),
    responses((status = 200, body = Status, example = json!({
        "kit": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e60", "name": "是川小学校 1号", "municipality": "02203",
        "locked": false, "locks_in": 300, "lan": null, "tablets": 0, "waiting": 0,
        "contact_at": "2025-12-08T23:40:00+09:00", "skew_ms": 0, "revoked": false
    })), (status = 403, description = "`wrong-passphrase`"), (status = 429, description = "`too-many-tries`")))]
async fn unlock(State(app): State<App>, desk: Actor, Json(said): Json<Unlock>) -> Result<Json<Status>, Problem> {
    let passphrase = Zeroizing::new(said.passphrase);
    let kit = Kit::of(&app, &desk)?;
    kit.lock.unlock(passphrase, app.clock.now()).await.map_err(refusal)?;
    Ok(Json(view(&app, &kit).await?))
}

/// Locks the kit (施錠): the key leaves the memory; admissions go on.
#[utoipa::path(post, path = "/api/kit/lock", operation_id = "kitLock", tag = "kit",
    responses((status = 200, body = Status, example = json!({
        "kit": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e60", "name": "是川小学校 1号", "municipality": "02203",
        "locked": true, "locks_in": null, "lan": null, "tablets": 0, "waiting": 0,
        "contact_at": "2025-12-08T23:40:00+09:00", "skew_ms": 0, "revoked": false
    }))))]
async fn lock(State(app): State<App>, desk: Actor) -> Result<Json<Status>, Problem> {
    let kit = Kit::of(&app, &desk)?;
    kit.lock.lock("somebody locked it");
    Ok(Json(view(&app, &kit).await?))
}

/// The paired tablets.
#[utoipa::path(get, path = "/api/kit/tablets", operation_id = "kitTablets", tag = "kit",
    responses((status = 200, body = Vec<TabletView>, example = json!([{
        "id": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e61", "name": "受付 2", "paired_at": "2025-12-08T23:40:00+09:00"
    }]))))]
async fn list(State(app): State<App>, desk: Actor) -> Result<Json<Vec<TabletView>>, Problem> {
    Ok(Json(Kit::of(&app, &desk)?.tablets.all().into_iter().map(tablet).collect()))
}

/// Shows a code with which one tablet is paired. At the laptop only.
#[utoipa::path(post, path = "/api/kit/tablets", operation_id = "kitOfferTablet", tag = "kit",
    request_body(content = Offer, example = json!({ "name": "受付 2" })),
    responses((status = 200, body = Code, example = json!({ "code": "40718253", "address": "https://10.77.0.1:8443/kit/pair" })),
        (status = 403, description = "`at-the-laptop`"), (status = 409, description = "`no-lan`")))]
async fn offer(State(app): State<App>, desk: Actor, Json(said): Json<Offer>) -> Result<Json<Code>, Problem> {
    let kit = Kit::of(&app, &desk)?;
    at_the_laptop(&desk)?;
    let lan = kit.lan.as_ref().ok_or_else(no_lan)?;
    let name = said.name.trim();
    if name.is_empty() || name.chars().count() > 40 {
        let (ja, en) =
            ("タブレットの名前を40文字までで入れてください。", "Give the tablet a name of up to 40 characters.");
        return Err(Problem::invalid("name", ja, en));
    }
    let code = kit.tablets.offer(name, &app.ids, app.clock.now());
    Ok(Json(Code { code, address: format!("{lan}/kit/pair") }))
}

/// Makes the asking browser a tablet of this kit. Over TLS only; the answer sets its cookie.
#[utoipa::path(post, path = "/api/kit/tablets/pair", operation_id = "kitPair", tag = "kit",
    request_body(content = Pair, example = json!({ "code": "40718253" })),
    responses((status = 200, body = TabletView, example = json!({
        "id": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e61", "name": "受付 2", "paired_at": "2025-12-08T23:40:00+09:00"
    })), (status = 403, description = "`wrong-code`")),
    extensions(("x-who" = json!("anyone"))))]
async fn pair(
    State(app): State<App>,
    over_tls: Option<axum::Extension<http::OverTls>>,
    Json(said): Json<Pair>,
) -> Result<Response, Problem> {
    let kit = app.extension::<Kit>().ok_or_else(Problem::not_found)?;
    if over_tls.is_none() {
        return Err(Problem::not_found());
    }
    let (paired, secret) =
        kit.tablets.pair(&said.code, &app.ids, app.clock.now()).map_err(|refused| match refused {
            NotPaired::Code => Problem::new(
                StatusCode::FORBIDDEN,
                "wrong-code",
                "番号が違うか、期限が切れています。ノートパソコンの画面で新しい番号を出してください。",
                "The code is not right or no longer good. Show a new one on the laptop.",
            ),
            NotPaired::Broken(error) => error.into(),
        })?;
    tracing::info!(tablet = %paired.id, "tablet {} was paired", paired.id);
    let headers = HeaderMap::from_iter([(header::SET_COOKIE, tablets::cookie(&secret)?)]);
    Ok((headers, Json(tablet(paired))).into_response())
}

/// Forgets a tablet. At the laptop only.
#[utoipa::path(delete, path = "/api/kit/tablets/{id}", operation_id = "kitForgetTablet", tag = "kit",
    params(("id" = Uuid, Path, example = "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e61")),
    responses((status = 204), (status = 404, description = "`not-found`")))]
async fn forget(State(app): State<App>, desk: Actor, Path(id): Path<Uuid>) -> Result<StatusCode, Problem> {
    let kit = Kit::of(&app, &desk)?;
    at_the_laptop(&desk)?;
    if kit.tablets.forget(id)? { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::not_found()) }
}

async fn view(app: &App, kit: &Kit) -> Result<Status, Problem> {
    let books = reception::upstream::standing(app).await?;
    let locks_in = kit.lock.seconds_left();
    Ok(Status {
        kit: kit.plate.kit,
        name: kit.plate.name.clone(),
        municipality: kit.plate.municipality.clone(),
        locked: locks_in.is_none(),
        locks_in,
        lan: kit.lan.clone(),
        tablets: kit.tablets.all().len(),
        waiting: kit.link.waiting(app).await?,
        contact_at: books.as_ref().and_then(|books| books.contact_at),
        skew_ms: books.as_ref().map_or(0, |books| -books.offset_ms),
        revoked: books.is_some_and(|books| books.revoked),
    })
}

fn tablet(one: Tablet) -> TabletView {
    TabletView { id: one.id, name: one.name, paired_at: one.paired_at }
}

/// A tablet may not bring in another one.
fn at_the_laptop(desk: &Actor) -> Result<(), Problem> {
    if desk.session.is_none() {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::FORBIDDEN,
        "at-the-laptop",
        "タブレットの登録は、ノートパソコンの画面で行ってください。",
        "Tablets are managed on the laptop itself.",
    ))
}

fn no_lan() -> Problem {
    Problem::conflict(
        "no-lan",
        "このキットはLANで動いていません。証明書を用意し、`mamori kit run --lan アドレス` で起動してください。",
        "This kit does not serve a LAN. Give it a certificate and start it with `mamori kit run --lan ADDRESS`.",
    )
}

fn refusal(shut: Shut) -> Problem {
    match shut {
        Shut::Wrong => Problem::new(
            StatusCode::FORBIDDEN,
            "wrong-passphrase",
            "合言葉が違います。受付はこのまま続けられます。",
            "The passphrase is not right. Admissions go on meanwhile.",
        ),
        Shut::Wait(seconds) => Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too-many-tries",
            format!("何度も間違えたため、{seconds}秒待ってからもう一度入れてください。受付はこのまま続けられます。"),
            format!("Too many wrong tries: wait {seconds} seconds. Admissions go on meanwhile."),
        )
        .with_retry_after(seconds),
        Shut::Broken(error) => error.into(),
    }
}
