//! Bus routes from a timetable (GTFS): the streets of `shapes.txt`, each once.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufReader, Read as _};
use std::path::Path;

use kernel::Point;
use zip::ZipArchive;

use super::{Reading, Scope, What, both, unreadable, whole};
use crate::build::simplify;
use crate::mercator::Spot;
use crate::model::{Attribution, Feature, Layer, OriginalKind, Shape, Tag};

/// More than ten times the largest timetable of the country.
const MOST_BYTES: u64 = 256 << 20;

type Zip = ZipArchive<BufReader<File>>;

pub(super) fn read(path: &Path, scope: Scope) -> Result<Reading, What> {
    let file = File::open(path).map_err(|error| unreadable(&error))?;
    let mut zip = ZipArchive::new(BufReader::new(file)).map_err(|error| broken(&error))?;
    let Some(shapes) = table(&mut zip, "shapes.txt")? else {
        return Err(whole(
            "シェープファイルではなく、時刻表としては shapes.txt がないため、バス路線を描けません",
            "it holds no shapefile, and as a timetable no shapes.txt, so bus routes cannot be drawn",
        ));
    };
    let edges = edges(&shapes, scope).map_err(|(at, what)| (format!("shapes.txt {at}"), what))?;
    let operator = operator(&mut zip)?;
    let lines = simplify::join(edges.into_iter().map(|(a, b)| vec![a, b]).collect());
    let tags = operator.iter().map(|name| Tag::text("name", name)).collect();
    let features = vec![Feature { layer: Layer::Bus, shape: Shape::Lines(lines), tags, from: 11 }];
    let name = operator.unwrap_or_else(|| "バス".into());
    let attribution = Attribution {
        text: format!("{name}（GTFS）"),
        name: format!("{name} 時刻表"),
        licence: "各事業者の利用条件による".into(),
        as_of: None,
    };
    Ok(Reading { kind: OriginalKind::Bus, features, attribution, notes: Vec::new() })
}

/// Pieces of street between neighbouring points, each once whichever way the bus goes.
fn edges(shapes: &str, scope: Scope) -> Result<BTreeSet<(Spot, Spot)>, What> {
    let mut rows = rows(shapes);
    let header = rows.next().unwrap_or_default();
    let column = |name: &str| {
        let found = header.iter().position(|column| column == name);
        found.ok_or_else(|| ("line 1".to_owned(), both(format!("列 {name} がありません"), format!("no column {name}"))))
    };
    let columns = [column("shape_id")?, column("shape_pt_sequence")?, column("shape_pt_lat")?, column("shape_pt_lon")?];
    let mut points = Vec::new();
    for (index, row) in rows.enumerate() {
        let place = || format!("line {}", index + 2);
        let [id, sequence, lat, lon] = columns.map(|at| row.get(at).map_or("", String::as_str));
        let (Ok(sequence), Ok(lat), Ok(lon)) = (sequence.parse::<u64>(), lat.parse(), lon.parse()) else {
            return Err((
                place(),
                both("番号か緯度・経度が数ではありません", "sequence or coordinates are not numbers"),
            ));
        };
        let spot = scope.sound_spot(Point { lat, lon }).map_err(super::at(place))?;
        points.push((id.to_owned(), sequence, spot));
    }
    points.sort();
    let neighbours = points.windows(2).filter(|pair| pair[0].0 == pair[1].0 && pair[0].2 != pair[1].2);
    Ok(neighbours.map(|pair| (pair[0].2.min(pair[1].2), pair[0].2.max(pair[1].2))).collect())
}

fn operator(zip: &mut Zip) -> Result<Option<String>, What> {
    let Some(agency) = table(zip, "agency.txt")? else { return Ok(None) };
    let mut rows = rows(&agency);
    let at = rows.next().and_then(|header| header.iter().position(|column| column == "agency_name"));
    let first = rows.next();
    Ok(at.and_then(|at| first?.get(at).cloned()).filter(|name| !name.is_empty() && name.len() <= 200))
}

fn table(zip: &mut Zip, name: &str) -> Result<Option<String>, What> {
    let found = zip.file_names().flatten().find(|path| path.rsplit('/').next() == Some(name)).map(Cow::into_owned);
    let Some(path) = found else { return Ok(None) };
    let mut bytes = Vec::new();
    let file = zip.by_name(&path).map_err(|error| broken(&error))?;
    file.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(|error| unreadable(&error))?;
    if bytes.len() as u64 > MOST_BYTES {
        let what = both("展開すると 256 MiB を超えます", "it is larger than 256 MiB when unpacked");
        return Err((name.to_owned(), what));
    }
    let text = String::from_utf8(bytes).map_err(|_| {
        (name.to_owned(), both("文字コードが UTF-8 ではありません", "it is not UTF-8, as GTFS demands"))
    })?;
    Ok(Some(text.trim_start_matches('\u{feff}').to_owned()))
}

/// Rows of a table without line breaks inside fields, which these two do not have.
fn rows(text: &str) -> impl Iterator<Item = Vec<String>> + '_ {
    text.lines().filter(|line| !line.trim().is_empty()).map(|line| {
        let mut fields = vec![String::new()];
        let mut quoted = false;
        for letter in line.chars() {
            match letter {
                '"' => quoted = !quoted,
                ',' if !quoted => fields.push(String::new()),
                letter => fields.iter_mut().last().into_iter().for_each(|field| field.push(letter)),
            }
        }
        fields.iter().map(|field| field.trim().to_owned()).collect()
    })
}

pub(super) fn broken(error: &zip::result::ZipError) -> What {
    let ja = format!("ZIP として読めません（{error}）。ファイルが切れていないか確かめてください");
    whole(ja, format!("not readable as ZIP: {error}; is the file cut off?"))
}
