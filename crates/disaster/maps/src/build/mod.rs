//! Features → tiles → an archive: each tile is cut from the tile above it, on all cores.
//!
//! Geometry is held once; below that, only what lies in the tiles being worked on. Finished tiles go to a scratch file and
//! from there into the archive in its order, so memory grows with neither zoom nor area.

pub mod clip;
mod encode;
pub mod simplify;

use std::borrow::Cow;
use std::io::{BufWriter, Write as _};
use std::os::unix::fs::FileExt as _;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Context as _;
use parking_lot::Mutex;
use pmtiles::{TileCoord, TileId};
use rayon::prelude::*;

use crate::files::{Folder, Kept};
use crate::mercator::{Frame, Tile};
use crate::model::{Feature, MAX_ZOOM, MIN_ZOOM, Shape};
use crate::write::{Legend, Writer};

/// What lies this far outside a tile is drawn in it too, in units of the tile: wide lines and labels meet at the edge.
const BUFFER: i32 = 64;

/// How far the work is (進み具合).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// An original is being read.
    Reading { name: String },
    /// So many tiles are drawn.
    Tiles { done: u64 },
    /// So many packs are cut.
    Packs { done: usize, total: usize },
}

/// Hears how far the work is; called from several threads.
pub type Listener<'a> = &'a (dyn Fn(Progress) + Send + Sync);

/// Told after so many tiles.
const TELL_EVERY: u64 = 500;

/// Draws the features at zooms [`MIN_ZOOM`] to [`MAX_ZOOM`] and keeps the archive in the folder.
pub fn archive(features: &[Feature], legend: &Legend, folder: &Folder, tell: Listener<'_>) -> anyhow::Result<Kept> {
    let pieces: Vec<Piece<'_>> = features.iter().filter_map(Piece::whole).collect();
    let around = pieces.iter().map(|piece| piece.frame).reduce(Frame::union).context("there is nothing to draw")?;
    let shop = Shop { scratch: Mutex::new(Scratch::new(folder)?), done: AtomicU64::new(0), tell };
    shop.descend(Tile { z: 0, x: 0, y: 0 }, &pieces)?;
    let scratch = shop.scratch.into_inner();
    tell(Progress::Tiles { done: shop.done.into_inner() });
    let mut writer = Writer::new(folder, legend, around)?;
    scratch.drain(&mut writer)?;
    writer.finish(folder)
}

/// A feature, or what of it lies in the tile being worked on.
struct Piece<'a> {
    feature: &'a Feature,
    shape: Cow<'a, Shape>,
    frame: Frame,
}

impl<'a> Piece<'a> {
    fn whole(feature: &'a Feature) -> Option<Self> {
        let frame = feature.shape.frame()?;
        Some(Self { feature, shape: Cow::Borrowed(&feature.shape), frame })
    }

    fn within(&'a self, frame: Frame) -> Option<Self> {
        if !frame.touches(self.frame) {
            return None;
        }
        if frame.holds(self.frame) {
            return Some(Self { feature: self.feature, shape: Cow::Borrowed(&self.shape), frame: self.frame });
        }
        let shape = clip::cut(&self.shape, frame)?;
        let frame = shape.frame()?;
        Some(Self { feature: self.feature, shape: Cow::Owned(shape), frame })
    }
}

struct Shop<'a> {
    scratch: Mutex<Scratch>,
    done: AtomicU64,
    tell: Listener<'a>,
}

impl Shop<'_> {
    /// Draws the tile, then the four below it.
    fn descend(&self, tile: Tile, pieces: &[Piece<'_>]) -> anyhow::Result<()> {
        if tile.z >= MIN_ZOOM {
            let drawn = pieces.iter().filter(|piece| piece.feature.from <= tile.z);
            if let Some(bytes) = encode::tile(tile, drawn.map(|piece| (piece.feature, piece.shape.as_ref())))? {
                self.scratch.lock().put(tile, &bytes)?;
                let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
                if done.is_multiple_of(TELL_EVERY) {
                    (self.tell)(Progress::Tiles { done });
                }
            }
        }
        if tile.z >= MAX_ZOOM {
            return Ok(());
        }
        tile.children().into_par_iter().try_for_each(|child| {
            let frame = child.frame(BUFFER);
            let inside: Vec<Piece<'_>> = pieces.iter().filter_map(|piece| piece.within(frame)).collect();
            if inside.is_empty() { Ok(()) } else { self.descend(child, &inside) }
        })
    }
}

/// Finished tiles in the order they were finished, in a file that has no name and goes when we do.
struct Scratch {
    file: BufWriter<std::fs::File>,
    at: u64,
    index: Vec<(TileId, u64, usize)>,
}

impl Scratch {
    fn new(folder: &Folder) -> anyhow::Result<Self> {
        let file = folder.scratch()?;
        Ok(Self { file: BufWriter::new(file), at: 0, index: Vec::new() })
    }

    fn put(&mut self, tile: Tile, bytes: &[u8]) -> anyhow::Result<()> {
        let id = TileId::from(TileCoord::new(tile.z, tile.x, tile.y)?);
        self.file.write_all(bytes).context("cannot write tiles; is the disk full?")?;
        self.index.push((id, self.at, bytes.len()));
        self.at += bytes.len() as u64;
        Ok(())
    }

    /// Hands the tiles over in the order of the archive.
    fn drain(mut self, writer: &mut Writer) -> anyhow::Result<()> {
        let file = self.file.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        self.index.sort_unstable_by_key(|(id, ..)| *id);
        let mut bytes = Vec::new();
        for (id, at, length) in self.index {
            bytes.resize(length, 0);
            file.read_exact_at(&mut bytes, at)?;
            writer.add(id.into(), &bytes)?;
        }
        Ok(())
    }
}
