//! Maps: the base map of the prefecture as vector tiles, and the pack of each municipality that a phone keeps.
//!
//! Words: [`Original`] 地図の原本 (a file as it was handed in), [`Feature`] 地物, [`Layer`] 地図の層, tile タイル, archive タイル集 (a PMTiles v3 file),
//! [`Pack`] 持ち出し地図 (what a phone keeps of one municipality), [`Attribution`] 出典.
//! In:  boundaries (N03, GeoJSON or shapefile), OpenStreetMap extracts, town points, bus timetables, motorway lines, as files ([`import_basemap`]);
//! hazard polygons, emergency roads and districts of the register (`places`), whose journal entries have the packs made again ([`run`]).
//! Out: one archive of the prefecture and one of each municipality ([`build_all`]), named by their SHA-256;
//! `GET /maps/files/{sha256}.{pmtiles|json}` with ranges, `GET /maps/tiles/{z}/{x}/{y}.mvt`; the document `maps/packs`;
//! journal entries `maps.imported`, `maps.removed`, `maps.built`.
//!
//! What the tiles hold, for whoever writes a style. Every tile is MVT 2, extent 4096, gzip; zooms 5–14, to be drawn larger
//! beyond. A layer without features in a tile is absent from it. A property that is not known is absent.
//!
//! | layer | shape | from zoom | properties |
//! |---|---|---|---|
//! | `land` | polygon | 5 | `code` municipality, `02203` |
//! | `water` | polygon, line | 8 | `kind`: `lake`, `river` (polygons); `river`, `stream` (lines, from 9 and 12) |
//! | `border` | line | 5 | `kind`: `coast`, `prefecture`, `municipality` (from 7) |
//! | `road` | line | 5 | `class`: `motorway` (5), `trunk` (7), `primary` (8), `secondary` (9), `tertiary` (11), `street` (12), `path` (13); `name` from 12; `bridge`, `tunnel` true from 13 |
//! | `rail` | line | 8 | `kind`: `rail`, `subway`, `tram` |
//! | `building` | polygon | 14 | |
//! | `label` | point | 5 | `kind`: `municipality` (5), `town` (10–13), `place` (12); `name`, `kana`; `code` of a municipality; `rank` 1 (show first) … 5 |
//! | `emergency_road` | line | 8 | `rank`: 1, 2, 3 (緊急輸送道路の次数); `name` |
//! | `bus` | line | 11 | `name` of the operator |
//! | `hazard` | polygon | 8 | `kind`: `flood`, `inland`, `surge`, `tsunami`, `landslide`, …; `class` rank 0 … 7, deeper is higher; `label` in Japanese |
//! | `district` | polygon | 10 | `name` |
//!
//! The metadata of an archive name these layers (`vector_layers`), and of every source, those of the register's areas among
//! them, name, licence, attribution and date (`sources`).
//!
//! **Invariant:** originals are kept unchanged; what is drawn can be built again from them.
//! **Invariant:** a file that is cut, lies outside Japan or is not understood leaves nothing behind but its refusal.
//! **Invariant:** the same data give the same bytes, so an unchanged file keeps its name and a phone fetches differences only.
//! **Invariant:** an archive appears under its name only when it is whole and on disk.
//! **Invariant:** without any data nothing fails: `maps/packs` says that there are no tiles, and why.

pub mod archive;
pub mod build;
pub mod mercator;
pub mod sources;

mod db;
mod export;
mod files;
mod import;
mod jobs;
mod model;
mod packs;
mod pages;
mod publish;
mod register;
mod write;

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use http::App;
use store::blobs::{Blobs, Limits};

pub use db::{SCHEMA, SQL};
pub use export::export;
pub use files::{Folder, Kept};
pub use import::{Imported, import_basemap, remove_basemap};
pub use jobs::{Draw, Redraw, catch_up, draw_due, run};
pub use model::*;
pub use packs::{Built, Teller, build_all};
pub use pages::pages;
pub use publish::{PACKS, PacksDocument, prepare};
pub use write::Legend;

/// Journal kinds of this room, each with what it says.
pub const KINDS: &[(&str, &str)] = &[
    (IMPORTED, "A file for the map was taken in; subject its name, body {kind, sha256, features}"),
    (REMOVED, "A file for the map was taken out of use; subject its name"),
    (BUILT, "Map and packs were made and differ from before; body {packs, changed, prefecture_bytes}"),
];

/// An original was taken in.
pub const IMPORTED: &str = "maps.imported";
/// An original was taken out of use.
pub const REMOVED: &str = "maps.removed";
/// The map was made.
pub const BUILT: &str = "maps.built";

/// The largest original: an extract of the whole north of the country.
const MOST_ORIGINAL_BYTES: usize = 2 << 30;

/// Where the room keeps its files (地図の保管場所); shared by every process of a deployment.
#[derive(Debug, Clone)]
pub struct Settings {
    pub folder: PathBuf,
}

/// The room's folders.
pub(crate) struct State {
    files: Folder,
    originals: Blobs,
}

/// Puts the room's state into the application.
pub fn install(builder: http::Builder, settings: &Settings) -> anyhow::Result<http::Builder> {
    let files = Folder::open(settings.folder.join("files"))?;
    let limits = Limits { max_bytes: MOST_ORIGINAL_BYTES, ..Limits::default() };
    let originals = Blobs::open(settings.folder.join("originals"), limits)
        .with_context(|| format!("cannot make {}", settings.folder.display()))?;
    let shelf = pages::Shelf::new(files.clone());
    Ok(builder.extension(State { files, originals }).extension(shelf).at_hand(pages::TILES, pages::at_hand))
}

fn state(app: &App) -> anyhow::Result<Arc<State>> {
    app.extension::<State>().context("the maps are not part of this program")
}
