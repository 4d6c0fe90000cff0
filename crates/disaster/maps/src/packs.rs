//! The whole map and the pack of each municipality: read the originals, draw, cut, publish what changed.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Context as _;
use http::App;
use kernel::{Bbox, Municipality, MunicipalityKind, Point, areas};
use rayon::prelude::*;
use serde_json::json;

use crate::archive::Archive;
use crate::build::{self, Progress};
use crate::db::{self, Made};
use crate::files::{Folder, Kept};
use crate::mercator::{Frame, Spot, Tile};
use crate::model::{Attribution, Feature, Layer, Original, PackFile, Role, Shape, Tag, Value};
use crate::sources::{self, Scope};
use crate::write::{Legend, Writer};
use crate::{BUILT, State, import, publish, register, state};

/// A pack shows this much beyond its municipality, metres.
const AROUND_M: f64 = 2_000.0;
/// Up to this zoom a pack has the tiles of the whole prefecture, so that nobody stands at the edge of an empty map.
const WHOLE_ZOOM: u8 = 9;
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

/// Draws everything again and publishes what changed.
pub async fn build_all(app: &App, tell: Teller) -> anyhow::Result<Built> {
    let state = state(app)?;
    let mut conn = app.store.read().await?;
    let originals = db::originals(&mut conn).await?;
    let before = db::made(&mut conn).await?;
    let registered = register::features(&mut conn).await?;
    drop(conn);
    let documents = documents(app);
    // A list of places is worth keeping without a drawn map: the coarse outline stands under it.
    if originals.is_empty() && registered.is_empty() && documents.is_empty() {
        return publish(app, Vec::new(), &before, &originals).await;
    }
    let work = Work { state: Arc::clone(&state), originals, registered, documents, tell };
    let (work, files) = tokio::task::spawn_blocking(move || {
        let files = work.run();
        (work, files)
    })
    .await?;
    let built = publish(app, files?, &before, &work.originals).await?;
    prune(app, &state.files, &before).await?;
    Ok(built)
}

/// Documents that go into packs, by municipality.
fn documents(app: &App) -> BTreeMap<&'static str, Vec<u8>> {
    let of = |one: &'static Municipality| {
        let document = app.hot.get(&format!("places/{}", one.jis5))?;
        Some((one.jis5, document.body().to_vec()))
    };
    areas::municipalities().iter().filter_map(of).collect()
}

/// Everything a build needs that waits for nothing.
struct Work {
    state: Arc<State>,
    originals: Vec<Original>,
    registered: Vec<Feature>,
    documents: BTreeMap<&'static str, Vec<u8>>,
    tell: Teller,
}

impl Work {
    /// The files of the prefecture and of every municipality.
    fn run(&self) -> anyhow::Result<Vec<(String, Vec<PackFile>)>> {
        let mut features = self.registered.clone();
        for original in &self.originals {
            (self.tell)(Progress::Reading { name: original.name.clone() });
            let path = self.path(original)?;
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
        let packs: anyhow::Result<Vec<_>> = municipalities
            .par_iter()
            .map(|one| {
                let files = self.pack(one, &archive, frames[one.jis5])?;
                let done = done.fetch_add(1, Ordering::Relaxed) + 1;
                (self.tell)(Progress::Packs { done, total: municipalities.len() });
                Ok((one.jis5.to_owned(), files))
            })
            .collect();
        let mut all = vec![(PREFECTURE.to_owned(), vec![file(Role::Tiles, whole)])];
        all.extend(packs?);
        Ok(all)
    }

    fn path(&self, original: &Original) -> anyhow::Result<PathBuf> {
        Ok(self.state.originals.path(&original.sha256.parse()?))
    }

    fn pack(&self, one: &Municipality, archive: &Archive, frame: Frame) -> anyhow::Result<Vec<PackFile>> {
        let folder = &self.state.files;
        let tiles = cut(archive, frame, &self.legend(one.name), folder)?;
        let mut files = vec![file(Role::Tiles, tiles)];
        if let Some(document) = self.documents.get(one.jis5) {
            files.push(file(Role::Places, folder.keep_bytes(document, "json")?));
        }
        Ok(files)
    }

    fn legend(&self, name: &str) -> Legend {
        Legend { name: name.to_owned(), attribution: attribution(&self.originals) }
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

/// Every source once.
pub(crate) fn attribution(originals: &[Original]) -> Vec<Attribution> {
    let all: BTreeSet<&Attribution> = originals.iter().map(|original| &original.attribution).collect();
    all.into_iter().cloned().collect()
}

fn file(role: Role, kept: Kept) -> PackFile {
    PackFile { role, path: format!("/maps/files/{}", kept.name), sha256: kept.sha256, bytes: kept.bytes }
}

/// Keeps what was made and publishes it; what did not change keeps its time.
async fn publish(
    app: &App,
    files: Vec<(String, Vec<PackFile>)>,
    before: &[Made],
    originals: &[Original],
) -> anyhow::Result<Built> {
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    let mut all = Vec::new();
    let mut changed = 0;
    for (code, files) in files {
        let known = before.iter().find(|made| made.code == code && made.files == files);
        let made = known.cloned().unwrap_or(Made { code, changed_at: now, files });
        if known.is_none() {
            changed += 1;
            db::put_made(&mut tx, &made).await?;
        }
        all.push(made);
    }
    let document = publish::packs(&all, attribution(originals));
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
