//! The whole map and the pack of each municipality: read the originals, draw, cut, publish what changed.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Context as _;
use http::App;
use kernel::{Bbox, MunicipalityKind, Point, areas};
use rayon::prelude::*;
use serde_json::json;
use store::blobs::BlobId;

use crate::archive::Archive;
use crate::build::{self, Progress};
use crate::db::{self, Made};
use crate::files::{Folder, Kept};
use crate::mercator::{Frame, Spot, Tile};
use crate::model::{Attribution, Feature, Layer, Original, PackFile, Role, Shape, Tag, Value};
use crate::register::Published;
use crate::sources::{self, Scope};
use crate::write::{Legend, Writer};
use crate::{BUILT, State, import, publish, register, state};

/// A pack shows this much beyond its municipality, metres.
const AROUND_M: f64 = 2_000.0;
/// Up to this zoom a pack has the tiles of the whole prefecture, so that nobody stands at the edge of an empty map.
const WHOLE_ZOOM: u8 = 9;
/// How we draw: another number draws everything again although nothing else changed.
const DRAWING: u32 = 1;
/// The prefecture's own code among the packs.
pub(crate) const PREFECTURE: &str = "02";

/// Hears how far the work is; for callers that wait elsewhere.
pub type Teller = Arc<dyn Fn(Progress) + Send + Sync>;

/// What was made (作成結果).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Built {
    /// Packs in all; 0 when there is nothing to draw.
    pub packs: usize,
    /// How many of them have a file that is new.
    pub changed: usize,
    /// Bytes of the middle pack.
    pub median_bytes: u64,
    pub prefecture_bytes: u64,
}

/// Makes map and packs again and publishes what changed. Tiles are drawn only when something they show is another than
/// last time; a list of places alone is soon renewed.
pub async fn build_all(app: &App, tell: Teller) -> anyhow::Result<Built> {
    let state = state(app)?;
    // What was published before the areas are read: a change in between is drawn now and again by its own entry.
    let register = Published::of(app)?;
    let mut conn = app.store.read().await?;
    let originals = db::originals(&mut conn).await?;
    let before = db::made(&mut conn).await?;
    let credits = attribution(&originals, &register);
    // A list of places is worth keeping without a drawn map: the coarse outline stands under it.
    if originals.is_empty() && register.areas.is_empty() && register.documents.is_empty() {
        return publish(app, Vec::new(), &before, credits, None).await;
    }
    let drawn_from = drawn_from(&originals, &register)?;
    let tiles = still_there(&state.files, &before, &drawn_from);
    let areas = if tiles.is_some() { Vec::new() } else { register::features(&mut conn).await? };
    drop(conn);
    let work = Work { state: Arc::clone(&state), originals, register, credits: credits.clone(), tell };
    let files = tokio::task::spawn_blocking(move || work.run(areas, tiles)).await??;
    let built = publish(app, files, &before, credits, Some(drawn_from)).await?;
    prune(app, &state.files, &before).await?;
    Ok(built)
}

/// The tiles of every pack.
type Tiles = BTreeMap<String, PackFile>;

/// Digest of everything that tiles are drawn from.
fn drawn_from(originals: &[Original], register: &Published) -> anyhow::Result<String> {
    let files: Vec<_> = originals.iter().map(|one| (&one.name, one.kind, &one.sha256, &one.attribution)).collect();
    let said = serde_json::to_vec(&(DRAWING, files, &register.areas))?;
    Ok(BlobId::of(&said).as_str().to_owned())
}

/// The tiles made last, if they were drawn from the same and none was lost.
fn still_there(folder: &Folder, before: &[Made], drawn_from: &str) -> Option<Tiles> {
    let same = before.iter().find(|made| made.code == PREFECTURE)?.drawn_from.as_deref() == Some(drawn_from);
    let tiles: Tiles = before.iter().filter_map(|made| Some((made.code.clone(), made.tiles()?.clone()))).collect();
    let whole = |file: &PackFile| {
        file.path.rsplit_once('/').and_then(|(_, name)| folder.path(name)).is_some_and(|path| path.is_file())
    };
    let all = areas::municipalities().iter().map(|one| one.jis5).chain([PREFECTURE]);
    (same && all.into_iter().all(|code| tiles.get(code).is_some_and(whole))).then_some(tiles)
}

/// Everything a build needs that waits for nothing.
struct Work {
    state: Arc<State>,
    originals: Vec<Original>,
    register: Published,
    credits: Vec<Attribution>,
    tell: Teller,
}

impl Work {
    /// The files of the prefecture and of every municipality; `areas` are drawn unless there are tiles already.
    fn run(&self, areas: Vec<Feature>, tiles: Option<Tiles>) -> anyhow::Result<Vec<(String, Vec<PackFile>)>> {
        let tiles = match tiles {
            Some(tiles) => tiles,
            None => self.draw(areas)?,
        };
        let one = |(code, tiles): (String, PackFile)| {
            let mut files = vec![tiles];
            let document = self.register.documents.iter().find(|(municipality, _)| *municipality == code);
            if let Some((_, document)) = document {
                files.push(file(Role::Places, self.state.files.keep_bytes(document.body(), "json")?));
            }
            Ok((code, files))
        };
        tiles.into_iter().map(one).collect()
    }

    /// Draws the prefecture and cuts the municipalities out of it.
    fn draw(&self, mut features: Vec<Feature>) -> anyhow::Result<Tiles> {
        for original in &self.originals {
            (self.tell)(Progress::Reading { name: original.name.clone() });
            let path = self.state.originals.path(&original.sha256.parse()?);
            features.extend(sources::read(&path, &original.name, Scope::AOMORI)?.features);
        }
        features.extend(labels());
        let frames = frames(&features);
        let folder = &self.state.files;
        let whole = build::archive(&features, &self.legend("青森県"), folder, &*self.tell)?;
        drop(features);
        let archive = Archive::open(&folder.path(&whole.name).context("the name of a file")?)?;
        let done = AtomicUsize::new(0);
        let municipalities = areas::municipalities();
        let packs: anyhow::Result<Tiles> = municipalities
            .par_iter()
            .map(|one| {
                let tiles = cut(&archive, frames[one.jis5], &self.legend(one.name), folder)?;
                let done = done.fetch_add(1, Ordering::Relaxed) + 1;
                (self.tell)(Progress::Packs { done, total: municipalities.len() });
                Ok((one.jis5.to_owned(), file(Role::Tiles, tiles)))
            })
            .collect();
        let mut tiles = packs?;
        tiles.insert(PREFECTURE.to_owned(), file(Role::Tiles, whole));
        Ok(tiles)
    }

    fn legend(&self, name: &str) -> Legend {
        Legend { name: name.to_owned(), attribution: self.credits.clone() }
    }
}

/// The tiles of a frame as an archive of their own, byte for byte.
fn cut(archive: &Archive, frame: Frame, legend: &Legend, folder: &Folder) -> anyhow::Result<Kept> {
    let mut writer = Writer::new(folder, legend, frame)?;
    for (coord, span) in archive.tiles() {
        let tile = Tile { z: coord.z(), x: coord.x(), y: coord.y() };
        if tile.z <= WHOLE_ZOOM || tile.frame(0).touches(frame) {
            writer.add(coord, &archive.bytes(span)?)?;
        }
    }
    writer.finish(folder)
}

/// What a pack shows: the land of the municipality and a little more; without boundaries, ten kilometres around its hall.
fn frames(features: &[Feature]) -> BTreeMap<&'static str, Frame> {
    let mut lands: BTreeMap<&str, Frame> = BTreeMap::new();
    for feature in features.iter().filter(|feature| feature.layer == Layer::Land) {
        let code = feature.tags.iter().find_map(|tag| match &tag.value {
            Value::Text(code) if tag.key == "code" => Some(code.as_str()),
            _ => None,
        });
        let (Some(code), Some(frame)) = (code, feature.shape.frame()) else { continue };
        lands.entry(code).and_modify(|all| *all = all.union(frame)).or_insert(frame);
    }
    areas::municipalities()
        .iter()
        .map(|one| {
            let hall = Bbox::around(Point { lat: one.lat, lon: one.lon }, 10_000.0);
            let land = lands.get(one.jis5).map_or_else(|| Frame::around(hall), |land| wider(*land));
            (one.jis5, land)
        })
        .collect()
}

fn wider(frame: Frame) -> Frame {
    let corners = [Spot { x: frame.left, y: frame.top }, Spot { x: frame.right, y: frame.bottom }];
    let around = corners.map(|corner| Bbox::around(corner.point(), AROUND_M));
    Frame::around(around[0].union(around[1]))
}

/// The names of the municipalities, at their halls.
fn labels() -> Vec<Feature> {
    areas::municipalities()
        .iter()
        .map(|one| {
            let (rank, from) = match one.kind {
                MunicipalityKind::City => (1, 5),
                MunicipalityKind::Town => (2, 7),
                MunicipalityKind::Village => (3, 8),
            };
            let tags = vec![
                Tag::text("kind", "municipality"),
                Tag::text("name", one.name),
                Tag::text("kana", one.kana),
                Tag::text("code", one.jis5),
                Tag::number("rank", rank),
            ];
            let spot = Spot::of(Point { lat: one.lat, lon: one.lon });
            Feature { layer: Layer::Label, shape: Shape::Spot(spot), tags, from }
        })
        .collect()
}

/// Every source once: of the originals, and of the areas of the register.
pub(crate) fn attribution(originals: &[Original], register: &Published) -> Vec<Attribution> {
    let mut all: BTreeSet<Attribution> = originals.iter().map(|original| original.attribution.clone()).collect();
    all.extend(register.attribution());
    all.into_iter().collect()
}

fn file(role: Role, kept: Kept) -> PackFile {
    PackFile { role, path: format!("/maps/files/{}", kept.name), sha256: kept.sha256, bytes: kept.bytes }
}

/// Keeps what was made and publishes it; what did not change keeps its time.
async fn publish(
    app: &App,
    files: Vec<(String, Vec<PackFile>)>,
    before: &[Made],
    credits: Vec<Attribution>,
    drawn_from: Option<String>,
) -> anyhow::Result<Built> {
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    let mut all = Vec::new();
    let mut changed = 0;
    for (code, files) in files {
        let known = before.iter().find(|made| made.code == code && made.files == files);
        let changed_at = known.map_or(now, |made| made.changed_at);
        let made = Made { code, changed_at, files, drawn_from: drawn_from.clone() };
        changed += usize::from(known.is_none());
        if known != Some(&made) {
            db::put_made(&mut tx, &made).await?;
        }
        all.push(made);
    }
    let document = publish::packs(&all, credits);
    let mut sizes: Vec<u64> = document.packs.iter().map(|pack| pack.bytes).collect();
    sizes.sort_unstable();
    let built = Built {
        packs: document.packs.len(),
        changed,
        median_bytes: sizes.get(sizes.len() / 2).copied().unwrap_or(0),
        prefecture_bytes: document.prefecture.as_ref().map_or(0, |prefecture| prefecture.bytes),
    };
    if changed > 0 {
        let body = json!({ "packs": built.packs, "changed": changed, "prefecture_bytes": built.prefecture_bytes });
        import::record(app, &mut tx, BUILT, PREFECTURE, body).await?;
    }
    http::hot::publish(&mut tx, publish::PACKS, &document, now).await?;
    tx.commit().await?;
    Ok(built)
}

/// Removes files of no use: all but those published now and those published just before, which phones may be fetching.
async fn prune(app: &App, folder: &Folder, before: &[Made]) -> anyhow::Result<()> {
    let now = db::made(&mut app.store.read().await?).await?;
    let files = now.iter().chain(before).flat_map(|made| &made.files);
    let wanted: HashSet<String> = files.filter_map(|file| Some(file.path.rsplit_once('/')?.1.to_owned())).collect();
    let folder = folder.clone();
    tokio::task::spawn_blocking(move || folder.prune(&wanted)).await??;
    Ok(())
}
