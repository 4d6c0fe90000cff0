//! What is kept at hand: the archive of the whole map, open with its directory, and the files asked for last.

use std::collections::HashMap;
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use std::sync::Arc;

use axum::http::HeaderValue;
use bytes::Bytes;
use http::precompressed::{Effort, Precompressed};
use http::{Hot, Packed};
use parking_lot::{Mutex, RwLock};

use crate::archive::{Archive, Span};
use crate::files::Folder;
use crate::mercator::Tile;
use crate::publish::{PACKS, PacksDocument};

/// An archive up to this size is held in memory whole.
const MOST_WHOLE: u64 = 128 << 20;
/// Of a larger one, tiles of so many bytes in each of two generations.
const MOST_CACHED: usize = 32 << 20;
/// Files kept open.
const MOST_OPEN: usize = 256;
/// A document is held ready only up to this size.
const MOST_READY: u64 = 32 << 20;

/// What the routes keep at hand (手元の地図).
pub(crate) struct Shelf {
    folder: Folder,
    current: RwLock<Current>,
    open: Mutex<HashMap<String, Arc<Opened>>>,
}

#[derive(Default)]
struct Current {
    /// Version of the document this was read from.
    version: Option<i64>,
    shown: Option<Arc<Shown>>,
}

/// The archive that is shown.
pub(super) struct Shown {
    sha256: String,
    archive: Archive,
    tiles: Tiles,
}

enum Tiles {
    Whole(Bytes),
    Cached(Mutex<Generations>),
}

/// Tiles used lately, and those used before them.
#[derive(Default)]
struct Generations {
    young: HashMap<Span, Bytes>,
    old: HashMap<Span, Bytes>,
    bytes: usize,
}

/// A finished file at hand.
pub(super) struct Opened {
    pub(super) tag: HeaderValue,
    pub(super) length: u64,
    pub(super) content: Content,
}

pub(super) enum Content {
    /// A document, with its compressed forms.
    Ready(Box<Precompressed>),
    /// An archive, read where it lies.
    File(File),
}

impl Shelf {
    /// An empty shelf over the folder.
    pub(crate) fn new(folder: Folder) -> Self {
        Self { folder, current: RwLock::default(), open: Mutex::default() }
    }

    /// The answer for a tile, when no file must be read to know it.
    pub(super) fn at_hand(&self, hot: &Hot, tile: Tile) -> Option<Packed> {
        let version = hot.get(PACKS)?.version;
        let shown = {
            let current = self.current.read();
            (current.version == Some(version)).then(|| current.shown.clone())?
        };
        let span = shown.as_ref().and_then(|shown| shown.archive.find(tile));
        let (Some(shown), Some(span)) = (shown, span) else { return Some(super::packed(None)) };
        shown.at_hand(span).ok().flatten().map(|bytes| super::packed(Some(bytes)))
    }

    /// The archive that the newest document names.
    pub(super) async fn current(&self, hot: &Hot) -> anyhow::Result<Option<Arc<Shown>>> {
        let Some(document) = hot.get(PACKS) else { return Ok(None) };
        {
            let current = self.current.read();
            if current.version == Some(document.version) {
                return Ok(current.shown.clone());
            }
        }
        let packs: PacksDocument = serde_json::from_slice(document.body())?;
        let shown = match packs.prefecture {
            None => None,
            Some(prefecture) => {
                let before = self.current.read().shown.clone().filter(|shown| shown.sha256 == prefecture.sha256);
                Some(match before {
                    Some(shown) => shown,
                    None => self.show(prefecture.sha256).await?,
                })
            }
        };
        let mut current = self.current.write();
        *current = Current { version: Some(document.version), shown: shown.clone() };
        Ok(shown)
    }

    async fn show(&self, sha256: String) -> anyhow::Result<Arc<Shown>> {
        let path = self.folder.path(&format!("{sha256}.pmtiles"));
        let shown = tokio::task::spawn_blocking(move || {
            let path = path.ok_or_else(|| anyhow::anyhow!("the document names no file of ours"))?;
            let archive = Archive::open(&path)?;
            let tiles = if archive.size()? <= MOST_WHOLE {
                Tiles::Whole(std::fs::read(&path)?.into())
            } else {
                Tiles::Cached(Mutex::default())
            };
            anyhow::Ok(Shown { sha256, archive, tiles })
        });
        Ok(Arc::new(shown.await??))
    }

    /// A finished file; `None` when there is none of that name.
    pub(super) async fn open(&self, name: &str) -> anyhow::Result<Option<Arc<Opened>>> {
        if let Some(opened) = self.open.lock().get(name) {
            return Ok(Some(Arc::clone(opened)));
        }
        let Some(path) = self.folder.path(name) else { return Ok(None) };
        let stem = name.split('.').next().unwrap_or_default().to_owned();
        let opened = tokio::task::spawn_blocking(move || Opened::new(&path, &stem)).await??;
        let Some(opened) = opened.map(Arc::new) else { return Ok(None) };
        let mut open = self.open.lock();
        if open.len() >= MOST_OPEN {
            open.clear();
        }
        open.insert(name.to_owned(), Arc::clone(&opened));
        Ok(Some(opened))
    }
}

impl Shown {
    /// The bytes of a tile as they are stored.
    pub(super) async fn tile(self: Arc<Self>, tile: Tile) -> std::io::Result<Option<Bytes>> {
        let Some(span) = self.archive.find(tile) else { return Ok(None) };
        if let Some(bytes) = self.at_hand(span)? {
            return Ok(Some(bytes));
        }
        let shown = Arc::clone(&self);
        let read = tokio::task::spawn_blocking(move || shown.archive.bytes(span)).await;
        let bytes = Bytes::from(read.map_err(std::io::Error::other)??);
        if let Tiles::Cached(cached) = &self.tiles {
            cached.lock().keep(span, bytes.clone());
        }
        Ok(Some(bytes))
    }

    /// What is in memory; `None` when the file must be read.
    fn at_hand(&self, span: Span) -> std::io::Result<Option<Bytes>> {
        match &self.tiles {
            Tiles::Whole(all) => {
                let from = usize::try_from(span.offset).map_err(std::io::Error::other)?;
                let to = from + span.length as usize;
                // An archive that ends before its directory says so was cut behind our back.
                let inside = to <= all.len();
                inside.then(|| Some(all.slice(from..to))).ok_or_else(|| std::io::ErrorKind::UnexpectedEof.into())
            }
            Tiles::Cached(cached) => Ok(cached.lock().find(span)),
        }
    }
}

impl Generations {
    fn find(&mut self, span: Span) -> Option<Bytes> {
        if let Some(bytes) = self.young.get(&span) {
            return Some(bytes.clone());
        }
        let bytes = self.old.remove(&span)?;
        self.keep(span, bytes.clone());
        Some(bytes)
    }

    fn keep(&mut self, span: Span, bytes: Bytes) {
        if self.bytes + bytes.len() > MOST_CACHED {
            self.old = std::mem::take(&mut self.young);
            self.bytes = 0;
        }
        self.bytes += bytes.len();
        self.young.insert(span, bytes);
    }
}

impl Opened {
    fn new(path: &PathBuf, stem: &str) -> anyhow::Result<Option<Self>> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let length = file.metadata()?.len();
        let tag = HeaderValue::from_str(&format!("\"{stem}\""))?;
        let document = path.extension().is_some_and(|extension| extension == "json") && length <= MOST_READY;
        let content = if document {
            let headers = super::common(super::FILE_CACHING, "application/json");
            Content::Ready(Box::new(Precompressed::new(std::fs::read(path)?.into(), &headers, Effort::Best)))
        } else {
            Content::File(file)
        };
        Ok(Some(Self { tag, length, content }))
    }

    /// The bytes from `from` up to `to`.
    pub(super) async fn read(self: &Arc<Self>, from: u64, to: u64) -> std::io::Result<Bytes> {
        let opened = Arc::clone(self);
        let read = tokio::task::spawn_blocking(move || {
            let mut bytes = vec![0; usize::try_from(to - from).map_err(std::io::Error::other)?];
            if let Content::File(file) = &opened.content {
                file.read_exact_at(&mut bytes, from)?;
            }
            Ok::<_, std::io::Error>(Bytes::from(bytes))
        });
        read.await.map_err(std::io::Error::other)?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_stays() {
        let mut kept = Generations::default();
        let span = |offset| Span { offset, length: 1 };
        kept.keep(span(1), Bytes::from_static(b"a"));
        for offset in 0..80 {
            kept.keep(span(100 + offset), vec![0; 1 << 20].into());
            assert!(kept.find(span(1)).is_some(), "{offset}");
        }
        assert!(kept.young.len() + kept.old.len() <= 66 && kept.find(span(100)).is_none());
    }
}
