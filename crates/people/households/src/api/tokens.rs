//! Tokens of my household: on the screen, on paper, on a card that somebody carries anyway.

use axum::extract::State;
use axum::http::StatusCode;
use http::{Actor, App, Json, Path, Problem};
use identity::Browser;
use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{Conn, Tx};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Family, device, in_turn};
use crate::db::{self, NewToken, StoredToken};
use crate::model::{Token, TokenKind};
use crate::record::{self, Happened};
use crate::vault::BlindKey;

/// Good tokens of one household at most.
const MOST: usize = 20;

/// A token to be made (受付コードの発行).
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = HouseholdTokenMake)]
pub(super) struct Make {
    /// Made on the phone; sending it again changes nothing. It becomes the token's id.
    #[schema(value_type = String, format = Uuid)]
    command: Uuid,
    kind: TokenKind,
    /// The 27 letters, where the phone made them or a reader of cards gave them.
    #[serde(default)]
    token: Option<String>,
}

/// Takes the place of another token (受付コードの再発行).
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = HouseholdTokenReissue)]
pub(super) struct Reissue {
    /// Made on the phone; sending it again changes nothing. It becomes the new token's id.
    #[schema(value_type = String, format = Uuid)]
    command: Uuid,
}

/// A token (受付コード).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HouseholdToken)]
pub(super) struct TokenView {
    #[schema(value_type = String, format = Uuid)]
    id: Uuid,
    kind: TokenKind,
    /// The 27 letters. Those of a card are not told: the card itself is needed.
    token: Option<String>,
    made_at: Timestamp,
    revoked_at: Option<Timestamp>,
}

/// The tokens of my household, revoked ones among them.
#[utoipa::path(
    get, path = "/api/households/mine/tokens", operation_id = "householdsTokens", tag = "households",
    responses((status = 200, description = "Tokens", body = Vec<TokenView>, example = json!([example()]))),
    extensions(("x-who" = json!("device")))
)]
pub(super) async fn list(
    State(app): State<App>,
    actor: Actor,
    browser: Browser,
) -> Result<Json<Vec<TokenView>>, Problem> {
    let device = device(&app, &actor, &browser)?;
    let mut conn = app.store.read().await?;
    let family = Family::of(&app, &mut conn, device).await?;
    Ok(Json(of(&mut conn, &family).await?))
}

/// Makes a token, or takes the one that the phone made or the reader of a card gave.
#[utoipa::path(
    post, path = "/api/households/mine/tokens", operation_id = "householdsMakeToken", tag = "households",
    request_body(content = Make, example = json!({
        "command": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e42", "kind": "paper"
    })),
    responses(
        (status = 200, description = "The token", body = TokenView, example = json!(example())),
        (status = 409, description = "`token-taken`, `too-many-tokens`, `command-used`"),
        (status = 422, description = "`invalid`"),
    ),
    extensions(("x-who" = json!("device")))
)]
pub(super) async fn make(
    State(app): State<App>,
    actor: Actor,
    browser: Browser,
    Json(make): Json<Make>,
) -> Result<Json<TokenView>, Problem> {
    let device = device(&app, &actor, &browser)?;
    let given = make.token.as_deref().map(|text| Token::parse(text).ok_or_else(not_a_token)).transpose()?;
    if make.kind == TokenKind::Card && given.is_none() {
        return Err(not_a_token());
    }
    let mut tx = app.store.write().await?;
    in_turn(&mut tx, device).await?;
    let family = Family::of(&app, &mut tx, device).await?;
    if let Some(known) = db::token(&mut tx, make.command, family.member.of()).await? {
        let same =
            known.kind()? == make.kind && given.is_none_or(|token| family.key.open_token(&known).ok() == Some(token));
        return if same { Ok(Json(view(&family, &known)?)) } else { Err(Problem::command_used()) };
    }
    let token = given.unwrap_or_else(|| fresh(&app));
    let made = issue(&app, &mut tx, &actor, &family, make.command, make.kind, token).await?;
    tx.commit().await?;
    Ok(Json(made))
}

/// Takes a token back. Desks then still know whose it was, and trust it less.
#[utoipa::path(
    delete, path = "/api/households/mine/tokens/{id}", operation_id = "householdsRevokeToken", tag = "households",
    params(("id" = String, Path, example = "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e42")),
    responses((status = 204, description = "Revoked"), (status = 404, description = "`not-found`")),
    extensions(("x-who" = json!("device")))
)]
pub(super) async fn revoke(
    State(app): State<App>,
    actor: Actor,
    browser: Browser,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, Problem> {
    let device = device(&app, &actor, &browser)?;
    let mut tx = app.store.write().await?;
    in_turn(&mut tx, device).await?;
    let family = Family::of(&app, &mut tx, device).await?;
    let token = db::token(&mut tx, id, family.member.of()).await?.ok_or_else(Problem::not_found)?;
    take_back(&app, &mut tx, &actor, &family, &token).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a token back and makes another of its kind, e.g. for a lost card of paper.
#[utoipa::path(
    post, path = "/api/households/mine/tokens/{id}/reissue", operation_id = "householdsReissueToken", tag = "households",
    params(("id" = String, Path, example = "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e42")),
    request_body(content = Reissue, example = json!({ "command": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e43" })),
    responses(
        (status = 200, description = "The new token", body = TokenView, example = json!(example())),
        (status = 404, description = "`not-found`"), (status = 409, description = "`card-is-its-own`, `command-used`"),
    ),
    extensions(("x-who" = json!("device")))
)]
pub(super) async fn reissue(
    State(app): State<App>,
    actor: Actor,
    browser: Browser,
    Path(id): Path<Uuid>,
    Json(wanted): Json<Reissue>,
) -> Result<Json<TokenView>, Problem> {
    let device = device(&app, &actor, &browser)?;
    let mut tx = app.store.write().await?;
    in_turn(&mut tx, device).await?;
    let family = Family::of(&app, &mut tx, device).await?;
    let old = db::token(&mut tx, id, family.member.of()).await?.ok_or_else(Problem::not_found)?;
    if old.kind()? == TokenKind::Card {
        return Err(card_is_its_own());
    }
    if let Some(known) = db::token(&mut tx, wanted.command, family.member.of()).await? {
        let again = known.kind()? == old.kind()? && old.revoked_at().is_some();
        return if again { Ok(Json(view(&family, &known)?)) } else { Err(Problem::command_used()) };
    }
    take_back(&app, &mut tx, &actor, &family, &old).await?;
    let made = issue(&app, &mut tx, &actor, &family, wanted.command, old.kind()?, fresh(&app)).await?;
    tx.commit().await?;
    Ok(Json(made))
}

/// Every token of the family.
pub(super) async fn of(conn: &mut Conn, family: &Family) -> anyhow::Result<Vec<TokenView>> {
    db::tokens(conn, family.member.of()).await?.iter().map(|token| view(family, token)).collect()
}

async fn issue(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    family: &Family,
    id: Uuid,
    kind: TokenKind,
    token: Token,
) -> Result<TokenView, Problem> {
    let good = db::tokens(tx, family.member.of()).await?.iter().filter(|token| token.revoked_at().is_none()).count();
    if good >= MOST {
        return Err(too_many_tokens());
    }
    let blind = BlindKey::make(app, tx).await?.token(&token);
    // Two families that hold up one card at the same second wait for each other here.
    tx.lock(&format!("households.token.{blind}")).await?;
    if db::token_taken(tx, &blind).await? {
        return Err(token_taken());
    }
    let (now, sealed) = (app.clock.now(), family.key.seal_token(id, &token)?);
    let new = NewToken { id, device: family.member.device, kind, blind, sealed };
    db::insert_token(tx, family.member.of(), new, now).await?;
    let what = Happened::to(record::TOKEN_MADE, family.subject()).body(json!({ "token": id, "kind": kind }));
    record::record(app, tx, actor, what).await?;
    let told = (kind != TokenKind::Card).then(|| token.reveal());
    Ok(TokenView { id, kind, token: told, made_at: now, revoked_at: None })
}

async fn take_back(app: &App, tx: &mut Tx, actor: &Actor, family: &Family, token: &StoredToken) -> anyhow::Result<()> {
    if db::revoke_token(tx, token.id, family.member.of(), app.clock.now()).await? {
        let what = Happened::to(record::TOKEN_REVOKED, family.subject()).body(json!({ "token": token.id }));
        record::record(app, tx, actor, what).await?;
    }
    Ok(())
}

fn view(family: &Family, stored: &StoredToken) -> anyhow::Result<TokenView> {
    let kind = stored.kind()?;
    let token = match kind {
        TokenKind::Card => None,
        TokenKind::Phone | TokenKind::Paper => Some(family.key.open_token(stored)?.reveal()),
    };
    Ok(TokenView { id: stored.id, kind, token, made_at: stored.made_at(), revoked_at: stored.revoked_at() })
}

fn fresh(app: &App) -> Token {
    let mut bytes = [0; 16];
    app.ids.fill(&mut bytes);
    Token::new(bytes)
}

fn not_a_token() -> Problem {
    Problem::invalid(
        "token",
        "受付コードを読み取れません。26文字と確認用の1文字を確かめて、もう一度読み取ってください。",
        "This is no token: 26 letters and one that checks them. Scan it again.",
    )
}

fn token_taken() -> Problem {
    Problem::conflict(
        "token-taken",
        "このカードは別の世帯に登録されています。別のカードを使うか、先に登録を外してください。",
        "This card belongs to another household. Use another one, or have it removed there first.",
    )
    .with_field("token")
}

fn too_many_tokens() -> Problem {
    Problem::conflict(
        "too-many-tokens",
        format!("受付コードは{MOST}個までです。使わないものを無効にしてから発行してください。"),
        format!("There are {MOST} tokens at most. Revoke one that is not used."),
    )
}

fn card_is_its_own() -> Problem {
    Problem::conflict(
        "card-is-its-own",
        "ICカードは再発行できません。無効にして、別のカードを登録してください。",
        "A card cannot be reissued here. Revoke it and register another one.",
    )
}

fn example() -> Value {
    json!({
        "id": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e42", "kind": "paper", "token": "2XA5F3N0WJ8KQ4R7T1V9Y6ZB3C5",
        "made_at": "2025-12-08T23:15:00+09:00", "revoked_at": null
    })
}
