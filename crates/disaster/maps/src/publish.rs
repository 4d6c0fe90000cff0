//! The public document of the packs.

use http::App;
use kernel::{Text, Timestamp, areas};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::db::{self, Made};
use crate::model::{Attribution, Pack, Prefecture};
use crate::packs::{PREFECTURE, attribution};
use crate::register::Published;

/// Name of the document.
pub const PACKS: &str = "maps/packs";

/// What can be downloaded (持ち出し地図の一覧), `maps/packs`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PacksDocument {
    /// When something in it last changed; null when there is nothing.
    pub as_of: Option<Timestamp>,
    /// Why there is nothing; null when there is something.
    pub reason: Option<Text>,
    /// One for each municipality, in the order of their codes.
    pub packs: Vec<Pack>,
    /// The archive of the whole prefecture.
    pub prefecture: Option<Prefecture>,
    pub attribution: Vec<Attribution>,
}

/// Publishes what was made last, so that the document is there on a machine without any data too.
pub async fn prepare(app: &App) -> anyhow::Result<()> {
    let mut conn = app.store.read().await?;
    let (made, originals) = (db::made(&mut conn).await?, db::originals(&mut conn).await?);
    drop(conn);
    let credits = attribution(&originals, &Published::of(app)?);
    let mut tx = app.store.write().await?;
    http::hot::publish(&mut tx, PACKS, &packs(&made, credits), app.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}

/// The document of what was made.
pub(crate) fn packs(made: &[Made], attribution: Vec<Attribution>) -> PacksDocument {
    let prefecture = made.iter().find(|made| made.code == PREFECTURE).and_then(|made| made.files.first());
    let prefecture =
        prefecture.map(|file| Prefecture { path: file.path.clone(), sha256: file.sha256.clone(), bytes: file.bytes });
    let packs: Vec<Pack> = made.iter().filter_map(pack).collect();
    let reason = packs.is_empty().then(nothing);
    PacksDocument { as_of: made.iter().map(|made| made.changed_at).max(), reason, packs, prefecture, attribution }
}

fn pack(made: &Made) -> Option<Pack> {
    let one = areas::municipality(&made.code)?;
    Some(Pack {
        code: made.code.clone(),
        name: one.name.to_owned(),
        bytes: made.files.iter().map(|file| file.bytes).sum(),
        made_at: made.changed_at,
        files: made.files.clone(),
    })
}

fn nothing() -> Text {
    Text::new(
        "地図のデータがまだ取り込まれていません",
        "地図（ちず）の データは まだ ありません",
        "No map data has been taken in yet",
    )
}
