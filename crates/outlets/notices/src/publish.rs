//! Public documents: our key for browsers, and what went out.

mod feeds;

use std::time::Duration;

use http::{App, hot};
use kernel::{Id, Mode, Text, Timestamp};
use serde::{Deserialize, Serialize};
use store::Tx;
use utoipa::ToSchema;

use crate::db;
use crate::install::live;
use crate::model::notice::{Notice, State};
use crate::model::subscription::Kind;

pub(crate) use feeds::{atom, cap};

/// How long a notice stays in the list.
const LISTED: Duration = Duration::from_hours(24 * 7);

/// What a browser needs to subscribe (通知の公開鍵): document `notices/push`.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct NoticesPushDocument {
    /// `applicationServerKey`, base64url.
    pub key: String,
}

/// What went out in the last week (最近のお知らせ): document `notices/recent`, drills under `drill/`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct NoticesRecentDocument {
    pub notices: Vec<PublicNotice>,
}

/// One notice as everybody may read it (公開されたお知らせ).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PublicNotice {
    #[schema(value_type = String)]
    pub id: uuid::Uuid,
    pub kind: Kind,
    pub state: State,
    pub title: Text,
    pub body: Text,
    /// JIS codes.
    pub municipalities: Vec<String>,
    pub at: Timestamp,
    pub expires_at: Timestamp,
    /// The notice that this one corrects or cancels.
    #[schema(value_type = Option<String>)]
    pub follows: Option<uuid::Uuid>,
}

impl PublicNotice {
    pub(crate) fn of(notice: &Notice) -> Self {
        let words = notice.said.words();
        Self {
            id: notice.id.uuid(),
            kind: notice.kind,
            state: notice.state,
            title: words.title.clone(),
            body: words.body.clone(),
            municipalities: notice.municipalities.clone(),
            at: notice.released_at.unwrap_or(notice.made_at),
            expires_at: notice.expires_at,
            follows: notice.follows.map(Id::uuid),
        }
    }
}

/// Writes every document, even when nothing went out yet, so that a page always finds one.
pub(crate) async fn refresh_all(app: &App) -> anyhow::Result<()> {
    let key = live(app)?.signers.read().last().map(|signer| signer.public().to_owned()).unwrap_or_default();
    app.store
        .retry(async || {
            let now = app.clock.now();
            let mut tx = app.store.write().await?;
            hot::publish(&mut tx, "notices/push", &NoticesPushDocument { key: key.clone() }, now).await?;
            for mode in [Mode::Live, Mode::Drill] {
                refresh(&mut tx, mode, now).await?;
            }
            tx.commit().await?;
            anyhow::Ok(())
        })
        .await
}

/// Publishes what went out, if it differs from what is published.
pub(crate) async fn refresh(tx: &mut Tx, mode: Mode, now: Timestamp) -> anyhow::Result<()> {
    let recent = db::recent(tx, mode, now.minus(LISTED)).await?;
    let document = NoticesRecentDocument { notices: recent.iter().map(PublicNotice::of).collect() };
    let name = match mode {
        Mode::Live => "notices/recent",
        Mode::Drill => "drill/notices/recent",
    };
    hot::publish(tx, name, &document, now).await?;
    Ok(())
}
