//! Kernel: the words every other crate is written in. Ids, time, mode, area codes, geometry, text folding.
//!
//! Words: [`Timestamp`] 時刻, [`era`] 和暦, [`Mode`] 本番・訓練, [`AreaCode`] 地域コード, [`Municipality`] 市町村,
//! [`Mesh`] 地域メッシュ, [`Text`] 三つのことばの文 (日本語・やさしい日本語・English).
//!
//! **Invariant:** nothing here does I/O or waits; the same arguments give the same answer.
//! **Invariant:** the system clock is read only in [`Clock`], randomness only in [`Ids`].
//! **Invariant:** a code never travels without its code type: `020020` is a class10 and a class15 area.
//! **Invariant:** no value of [`Mode`] turns into the other.

pub mod areas;
pub mod era;
pub mod fold;

mod area;
mod area_names;
mod area_table;
mod clock;
mod geo;
mod hex;
mod ids;
mod mesh;
mod mode;
mod text;
mod time;

pub use area::{AreaCode, AreaCodeError, CodeType, SmallCode};
pub use area_table::{Municipality, MunicipalityKind};
pub use clock::{Clock, Stopwatch};
pub use geo::{Bbox, Fix, MultiPolygon, Point, Polygon};
pub use hex::{hex, unhex};
pub use ids::{Id, Ids};
pub use mesh::{Mesh, MeshError, MeshLevel};
pub use mode::Mode;
pub use text::Text;
pub use time::{TimeError, Timestamp};
