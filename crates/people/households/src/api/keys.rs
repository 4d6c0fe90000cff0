//! The keys that a municipality is sealed to.

use axum::extract::State;
use http::{Actor, App, Duty, Json, Path, Problem};
use kernel::AreaCode;
use serde::Serialize;
use serde_json::{Value, json};
use store::envelope::PublicKey;
use utoipa::ToSchema;

use crate::sealing;

/// What is sealed to (封をする公開鍵): X25519, for HPKE.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SealingKey {
    /// The first 16 hexadecimal digits of the SHA-256 of its bytes.
    kid: String,
    /// 32 bytes in base64url without padding.
    key: String,
    /// `municipality:02203`, `desk:02203`
    owner: String,
}

/// The key that cards are sealed to for a municipality.
#[utoipa::path(
    get, path = "/api/households/keys/{jis5}", operation_id = "householdsSealingKey", tag = "households",
    params(("jis5" = String, Path, example = "02203")),
    responses(
        (status = 200, description = "The key", body = SealingKey, example = json!(example())),
        (status = 404, description = "`not-found`: no municipality of Aomori"),
    ),
    extensions(("x-who" = json!("anyone")))
)]
pub(super) async fn show(State(app): State<App>, Path(jis5): Path<String>) -> Result<Json<PublicKey>, Problem> {
    sealing::public_key(&app, &jis5).await?.map(Json).ok_or_else(Problem::not_found)
}

/// The key that a phone seals the code to that it shows at a desk. Desks of kits read with it, too.
#[utoipa::path(
    get, path = "/api/households/keys/{jis5}/desk", operation_id = "householdsDeskKey", tag = "households",
    params(("jis5" = String, Path, example = "02203")),
    responses(
        (status = 200, description = "The key", body = SealingKey, example = json!({
            "kid": "4b81d0c62f9ae375", "key": "9c1Yk0mPqE0Zb3o0m1oYw3Zp7b1m0m4v2q6b8d0f2hI", "owner": "desk:02203"
        })),
        (status = 404, description = "`not-found`: no municipality of Aomori"),
    ),
    extensions(("x-who" = json!("anyone")))
)]
pub(super) async fn desk(State(app): State<App>, Path(jis5): Path<String>) -> Result<Json<PublicKey>, Problem> {
    sealing::desk_key(&app, &jis5).await?.map(Json).ok_or_else(Problem::not_found)
}

/// Makes a new key for a municipality. What is sealed to the older ones stays readable.
#[utoipa::path(
    post, path = "/api/households/keys/{jis5}/rotate", operation_id = "householdsRotateSealingKey", tag = "households",
    params(("jis5" = String, Path, example = "02203")),
    responses((status = 200, description = "The new key", body = SealingKey, example = json!(example()))),
)]
pub(super) async fn rotate(
    State(app): State<App>,
    actor: Actor,
    Path(jis5): Path<String>,
) -> Result<Json<PublicKey>, Problem> {
    actor.require(Duty::Administrator, &AreaCode::municipality(&jis5))?;
    let town = kernel::areas::municipality(&jis5).ok_or_else(Problem::not_found)?;
    let mut tx = app.store.write().await?;
    let key = sealing::rotate(&app, &mut tx, &actor, town.jis5).await?;
    tx.commit().await?;
    Ok(Json(key))
}

fn example() -> Value {
    json!({
        "kid": "9f2c1a7be4d03586", "key": "3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08", "owner": "municipality:02203"
    })
}
