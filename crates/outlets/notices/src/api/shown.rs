//! A device says that it showed a notice. It says which message, and nothing of itself.

use axum::extract::State;
use axum::http::StatusCode;
use http::{App, Json, Problem};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::db;

/// That a message was shown (表示の報告).
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NoticeShown)]
pub(super) struct Shown {
    /// As it stood in the message.
    #[schema(value_type = String, format = Uuid)]
    receipt: Uuid,
}

/// Notes that a message was shown. The answer is the same whether or not the receipt is known.
#[utoipa::path(
    post, path = "/api/notices/shown", operation_id = "noticesShown", tag = "notices",
    request_body(content = Shown, example = json!({ "receipt": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e51" })),
    responses((status = 204, description = "Noted")),
    extensions(("x-who" = json!("anyone")))
)]
pub(super) async fn shown(State(app): State<App>, Json(shown): Json<Shown>) -> Result<StatusCode, Problem> {
    app.store
        .retry(async || {
            let mut tx = app.store.write().await?;
            db::note_shown(&mut tx, shown.receipt, app.clock.now()).await?;
            tx.commit().await?;
            anyhow::Ok(())
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
