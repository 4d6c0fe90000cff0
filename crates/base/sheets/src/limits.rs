//! How much of a file is read before it is refused.

/// Limits of reading (読み込みの上限). The default takes the largest files offices have and stays below 1 GiB of memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the file as it comes.
    pub file_bytes: usize,
    /// Bytes of everything in it once unpacked (.gz, .zip, .xlsx).
    pub unpacked_bytes: usize,
    /// Unpacked bytes for each packed byte, above 16 MiB; honest sheets reach a few dozen, deflate stops at 1,032.
    pub ratio: usize,
    /// Files in a zip.
    pub members: usize,
    /// Sheets or layers.
    pub grids: usize,
    /// Rows of one grid.
    pub rows: usize,
    /// Columns of one grid.
    pub columns: usize,
    /// Cells of the whole file.
    pub cells: usize,
    /// Characters of one cell; Excel itself stops at 32,767.
    pub cell_chars: usize,
    /// Points of all geometries.
    pub vertices: usize,
    /// Levels of JSON, and of geometry collections in each other.
    pub depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            file_bytes: 64 << 20,
            unpacked_bytes: 256 << 20,
            ratio: 250,
            members: 2_000,
            grids: 200,
            rows: 200_000,
            columns: 512,
            cells: 6_000_000,
            cell_chars: 32_768,
            vertices: 5_000_000,
            depth: 32,
        }
    }
}

/// Up to here nobody asks for the ratio.
const UNSUSPICIOUS: usize = 16 << 20;

impl Limits {
    /// How much `packed` bytes may unpack to.
    pub(crate) fn unpacked_of(&self, packed: usize) -> usize {
        packed.saturating_mul(self.ratio).max(UNSUSPICIOUS).min(self.unpacked_bytes)
    }
}
