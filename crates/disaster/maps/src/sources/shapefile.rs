//! Municipal boundaries as 国土数値情報 hands them out: a zip with a shapefile of N03, often beside other layers.

use std::path::Path;

use kernel::Point;
use sheets::{Geometry, Grid, Limits};

use super::boundaries::{CODES, Lands, Rings, is_ours};
use super::{Reading, Scope, What, both, unreadable, whole};
use crate::mercator::Spot;

/// All of Japan in one zip is ten times a prefecture.
const MOST_BYTES: usize = 512 << 20;
const MOST_UNPACKED: usize = 2 << 30;
const MOST_VERTICES: usize = 40_000_000;

/// Whether a file in a zip is a shapefile.
pub(super) fn is_shapes(name: &str) -> bool {
    name.to_lowercase().ends_with(".shp")
}

pub(super) fn read(path: &Path, name: &str, scope: Scope) -> Result<Reading, What> {
    let bytes = std::fs::read(path).map_err(|error| unreadable(&error))?;
    let limits =
        Limits { file_bytes: MOST_BYTES, unpacked_bytes: MOST_UNPACKED, vertices: MOST_VERTICES, ..Limits::default() };
    let file = sheets::read(name, &bytes, &limits).map_err(|refusal| (refusal.file.clone(), refusal.text()))?;
    drop(bytes);
    // Other layers of the zip are the prefecture as a whole, or the same municipalities again.
    let layers = file.grids.iter().filter_map(|grid| Some((grid, column(grid)?)));
    let layer = layers.max_by_key(|(grid, column)| ours(grid, *column).count());
    let Some((grid, column)) = layer else {
        return Err(whole(
            "行政区域（N03_007 または code5 の列）のシェープファイルがありません",
            "no shapefile in it holds boundaries (a column N03_007 or code5)",
        ));
    };
    let mut lands = Lands::default();
    for (row, code) in ours(grid, column) {
        let place = || format!("{} {}, {code}", grid.name, row.line);
        if row.repair.is_some() {
            let what = both("緯度と経度が逆になっています", "latitude and longitude are swapped");
            return Err((place(), what));
        }
        if let Some(Geometry::Polygons(polygons)) = &row.geometry {
            lands.add(&code, rings(polygons, scope).map_err(super::at(place))?);
        }
    }
    lands.finish(name)
}

fn column(grid: &Grid) -> Option<usize> {
    let header = grid.header.as_ref()?;
    CODES.iter().find_map(|code| header.iter().position(|name| name.eq_ignore_ascii_case(code)))
}

/// Rows of municipalities that are drawn, with their codes.
fn ours(grid: &Grid, column: usize) -> impl Iterator<Item = (&sheets::GridRow, String)> {
    let code = move |row: &sheets::GridRow| row.cells.get(column).map(|cell| cell.text().into_owned());
    grid.rows.iter().filter_map(move |row| Some((row, code(row).filter(|code| is_ours(code))?)))
}

fn rings(polygons: &[Vec<Vec<Point>>], scope: Scope) -> Result<Rings, What> {
    let ring = |points: &Vec<Point>| -> Result<Vec<Spot>, What> {
        let mut ring = points.iter().map(|point| scope.sound_spot(*point)).collect::<Result<Vec<_>, _>>()?;
        while ring.len() > 1 && ring.first() == ring.last() {
            ring.pop();
        }
        Ok(ring)
    };
    polygons.iter().map(|rings| rings.iter().map(ring).collect()).collect()
}
