//! Sheets: files as offices keep them. Bytes in, rows out.
//!
//! Words: [`File`] ファイル, [`Grid`] シート, [`Table`] 表, [`Column`] 列, [`Dictionary`] 見出し辞書, [`Refusal`] 読み込めない理由.
//! In:  bytes with a name: CSV, Excel, GeoJSON, JSON lists, shapefiles; gzip and zip around them.
//! Out: a [`File`] of [`Grid`]s as they were written, then a [`Table`] whose columns are found, and [`value`]s read from cells.
//!
//! **Invariant:** nothing here does I/O, waits, or reads a clock; the same bytes give the same answer.
//! **Invariant:** no bytes make it panic, and none make it take more than [`Limits`] allow.
//! **Invariant:** nothing is lost: every column with a value is a column of the table, every line is row, title or footer.
//! **Invariant:** nothing is repaired silently: a doubtful value is read as written, with a [`Note`] or a proposal beside it.

pub mod value;

mod dictionary;
mod file;
mod limits;
mod note;
mod read;
mod refusal;
mod table;

pub use dictionary::{Dictionary, DictionaryError};
pub use file::{Cell, Encoding, File, Format, Geometry, Grid, GridRow};
pub use limits::Limits;
pub use note::{Note, NoteKind};
pub use read::{Part, read, read_shapefile, together};
pub use refusal::{Measure, Reason, Refusal};
pub use table::{Column, Remark, Table, TableRow};
