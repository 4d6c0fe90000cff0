//! Writing an archive: PMTiles v3, tiles in order, equal tiles stored once. It gets its name when it is whole and on disk.

use std::fs::File;

use anyhow::Context as _;
use pmtiles::{Compression, ContentHash, PmTilesStreamWriter, PmTilesWriter, TileCoord, TileType};
use serde_json::json;
use tempfile::NamedTempFile;

use crate::files::{Folder, Kept};
use crate::mercator::{Frame, Spot};
use crate::model::{Attribution, Layer, MAX_ZOOM, MIN_ZOOM};

/// What an archive says of itself (凡例).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Legend {
    /// 青森県, 八戸市
    pub name: String,
    pub attribution: Vec<Attribution>,
}

/// An archive being written.
pub(crate) struct Writer {
    draft: NamedTempFile,
    tiles: PmTilesStreamWriter<File, ContentHash>,
    count: u64,
}

impl Writer {
    /// Begins an archive of what lies in the frame.
    pub(crate) fn new(folder: &Folder, legend: &Legend, around: Frame) -> anyhow::Result<Self> {
        let draft = folder.draft()?;
        let upper = Spot { x: around.left, y: around.top }.point();
        let lower = Spot { x: around.right, y: around.bottom }.point();
        let tiles = PmTilesWriter::new(TileType::Mvt)
            .precompressed(Compression::Gzip)
            .min_zoom(MIN_ZOOM)
            .max_zoom(MAX_ZOOM)
            .bounds(upper.lon, lower.lat, lower.lon, upper.lat)
            .center(f64::midpoint(upper.lon, lower.lon), f64::midpoint(upper.lat, lower.lat))
            .center_zoom(8)
            .metadata(metadata(legend))
            .create(draft.reopen()?)
            .context("cannot begin an archive")?;
        Ok(Self { draft, tiles, count: 0 })
    }

    /// Adds a tile; in the order of the archive.
    pub(crate) fn add(&mut self, tile: TileCoord, bytes: &[u8]) -> anyhow::Result<()> {
        self.count += 1;
        self.tiles.add_tile(tile, bytes).context("cannot write tiles; is the disk full?")
    }

    /// Finishes the archive and keeps it under its name.
    pub(crate) fn finish(self, folder: &Folder) -> anyhow::Result<Kept> {
        anyhow::ensure!(self.count > 0, "there is nothing to draw");
        self.tiles.finalize().context("cannot finish the archive; is the disk full?")?;
        folder.keep(self.draft, "pmtiles")
    }
}

fn metadata(legend: &Legend) -> String {
    let layers: Vec<_> = Layer::all()
        .into_iter()
        .map(|(layer, fields)| {
            let fields: serde_json::Map<_, _> = fields.iter().map(|field| ((*field).to_owned(), kind(field))).collect();
            json!({ "id": layer.name(), "fields": fields, "minzoom": MIN_ZOOM, "maxzoom": MAX_ZOOM })
        })
        .collect();
    let texts: Vec<&str> = legend.attribution.iter().map(|one| one.text.as_str()).collect();
    json!({
        "name": legend.name,
        "attribution": texts.join(" | "),
        "vector_layers": layers,
        "sources": legend.attribution,
    })
    .to_string()
}

fn kind(field: &str) -> serde_json::Value {
    match field {
        "rank" => json!("Number"),
        "bridge" | "tunnel" => json!("Boolean"),
        _ => json!("String"),
    }
}
