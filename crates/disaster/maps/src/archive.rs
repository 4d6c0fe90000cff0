//! Reading an archive (PMTiles v3): the directory in memory, tiles read where they lie.

use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use anyhow::{Context as _, bail};
use flate2::read::GzDecoder;
use pmtiles::{TileCoord, TileId};

use crate::mercator::Tile;

const HEADER: usize = 127;
/// A directory of ours has some ten thousand tiles; this is a thousand times as much.
const MOST_ENTRIES: usize = 10_000_000;
const MOST_DIRECTORY_BYTES: u64 = 256 << 20;

/// An open archive (タイル集).
#[derive(Debug)]
pub struct Archive {
    file: File,
    /// Sorted by id; no leaves.
    entries: Vec<Entry>,
    data: u64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Entry {
    id: u64,
    run: u32,
    length: u32,
    offset: u64,
}

/// Where a tile's bytes are in the file (タイルの所在).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Span {
    pub offset: u64,
    pub length: u32,
}

impl Archive {
    /// Opens an archive and reads its directory.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        Self::read(path).with_context(|| format!("{} is not an archive of tiles", path.display()))
    }

    fn read(path: &Path) -> anyhow::Result<Self> {
        let file = File::open(path)?;
        let mut header = [0; HEADER];
        file.read_exact_at(&mut header, 0)?;
        if &header[..8] != b"PMTiles\x03" {
            bail!("it does not begin with PMTiles v3");
        }
        let number = |at: usize| {
            let mut eight = [0; 8];
            eight.copy_from_slice(&header[at..at + 8]);
            u64::from_le_bytes(eight)
        };
        let (root, leaves, data) = ((number(8), number(16)), number(40), number(56));
        if header[97] != 2 {
            bail!("its directory is not compressed with gzip");
        }
        let mut entries = Vec::new();
        for entry in directory(&file, root.0, root.1)? {
            if entry.run > 0 {
                entries.push(entry);
            } else {
                entries.extend(directory(&file, leaves + entry.offset, entry.length.into())?);
            }
            if entries.len() > MOST_ENTRIES {
                bail!("it has more than {MOST_ENTRIES} tiles");
            }
        }
        Ok(Self { file, entries, data })
    }

    /// Where a tile is; `None` when there is none.
    pub fn find(&self, tile: Tile) -> Option<Span> {
        let id = TileId::from(TileCoord::new(tile.z, tile.x, tile.y).ok()?).value();
        let after = self.entries.partition_point(|entry| entry.id <= id);
        let entry = self.entries.get(after.checked_sub(1)?)?;
        (id - entry.id < u64::from(entry.run)).then(|| self.span(entry))
    }

    /// The bytes at a span, compressed as they are stored.
    pub fn bytes(&self, span: Span) -> std::io::Result<Vec<u8>> {
        let mut bytes = vec![0; span.length as usize];
        self.file.read_exact_at(&mut bytes, span.offset)?;
        Ok(bytes)
    }

    /// Every tile in the order of the archive.
    pub fn tiles(&self) -> impl Iterator<Item = (TileCoord, Span)> + '_ {
        self.entries.iter().flat_map(|entry| {
            let span = self.span(entry);
            (0..u64::from(entry.run)).filter_map(move |step| Some((TileId::new(entry.id + step).ok()?.into(), span)))
        })
    }

    /// How many bytes the file has.
    pub fn size(&self) -> std::io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    fn span(&self, entry: &Entry) -> Span {
        Span { offset: self.data + entry.offset, length: entry.length }
    }
}

fn directory(file: &File, offset: u64, length: u64) -> anyhow::Result<Vec<Entry>> {
    if length > MOST_DIRECTORY_BYTES {
        bail!("its directory is larger than {MOST_DIRECTORY_BYTES} bytes");
    }
    let mut packed = vec![0; usize::try_from(length)?];
    file.read_exact_at(&mut packed, offset).context("its directory is cut off")?;
    let mut plain = Vec::new();
    GzDecoder::new(packed.as_slice()).take(MOST_DIRECTORY_BYTES).read_to_end(&mut plain)?;
    entries(&plain).context("its directory is damaged")
}

/// Ids, runs, lengths and offsets, one after another, as the specification has them.
fn entries(mut bytes: &[u8]) -> Option<Vec<Entry>> {
    let count = usize::try_from(varint(&mut bytes)?).ok()?;
    if count > MOST_ENTRIES || count > bytes.len() {
        return None;
    }
    let mut entries = vec![Entry::default(); count];
    let mut id = 0_u64;
    for entry in &mut entries {
        id = id.checked_add(varint(&mut bytes)?)?;
        entry.id = id;
    }
    for entry in &mut entries {
        entry.run = u32::try_from(varint(&mut bytes)?).ok()?;
    }
    for entry in &mut entries {
        entry.length = u32::try_from(varint(&mut bytes)?).ok()?;
    }
    let mut next = 0_u64;
    for entry in &mut entries {
        entry.offset = match varint(&mut bytes)? {
            0 => next,
            offset => offset - 1,
        };
        next = entry.offset.checked_add(entry.length.into())?;
    }
    Some(entries)
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_of_seven_bits() {
        for (bytes, value) in [(&[0_u8][..], Some(0)), (&[0x96, 0x01], Some(150)), (&[0x80], None), (&[], None)] {
            assert_eq!(varint(&mut &*bytes), value, "{bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_directory_or_none(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = entries(&bytes);
        }
    }
}
