//! Real files of municipalities: each becomes tables without a lost column, or is refused in words.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use kernel::Point;
use sheets::value::{self, Mark};
use sheets::{
    Cell, Dictionary, Encoding, File, Format, Geometry, Grid, Limits, NoteKind, Part, Reason, Refusal, Table, read,
    read_shapefile, together,
};

/// Names enough to find the headers of the samples.
pub(crate) const NAMES: &str = r#"
[fields]
code = ["全国地方公共団体コード", "都道府県コード又は市区町村コード", "市区町村コード"]
id = ["ID", "共通ID", "登録番号"]
number = ["NO", "№"]
name = ["名称", "施設・場所名", "登録施設名", "公園名", "水防倉庫名", "要配慮者利用施設名称", "土のうステーション置き場", "name"]
kana = ["名称_カナ"]
address = ["所在地_連結表記", "住所", "所在地", "address"]
lat = ["緯度", "latitude", "lat"]
lon = ["経度", "longitude", "lng"]
capacity = ["想定収容人数", "収容定員"]
headcount = ["人数", "人数_*"]
as_of = ["時点"]
phone = ["電話番号", "連絡先", "施設電話番号"]
remark = ["備考"]
flood = ["洪水", "災害種別_洪水"]
flood_planned = ["洪水（計画規模降雨）", "災害種別_洪水（計画規模降雨）"]
flood_max = ["洪水（想定最大規模降雨）", "災害種別_洪水（想定最大規模降雨）"]
tsunami = ["津波", "災害種別_津波"]
tsunami_l1 = ["津波（L1）", "災害種別_津波（L1津波）"]
tsunami_l2 = ["津波（L2）", "災害種別_津波（L2津波）"]
town = ["大字・町名", "town"]
"#;

struct Sample {
    name: String,
    result: Result<File, Refusal>,
}

/// Every file below a folder, with shapefiles put together; `None` without data.
fn samples(folder: &str) -> Option<Vec<Sample>> {
    let Some(data) = testkit::data_dir() else {
        testkit::skip("no data");
        return None;
    };
    let mut paths = Vec::new();
    walk(&data.join(folder), &mut paths);
    paths.sort();
    assert!(!paths.is_empty(), "{folder} is empty");
    let names: Vec<String> =
        paths.iter().map(|path| path.strip_prefix(&data).unwrap().to_string_lossy().into_owned()).collect();
    let borrowed: Vec<&str> = names.iter().map(String::as_str).collect();
    let limits = Limits::default();
    let read_group = |group: Vec<usize>| {
        let bytes: Vec<Vec<u8>> = group.iter().map(|at| std::fs::read(&paths[*at]).unwrap()).collect();
        let name = borrowed[group[0]];
        let result = if group.len() > 1 {
            let parts: Vec<Part<'_>> =
                group.iter().zip(&bytes).map(|(at, bytes)| Part { name: borrowed[*at], bytes }).collect();
            read_shapefile(name, &parts, &limits)
        } else {
            read(name, &bytes[0], &limits)
        };
        Sample { name: name.to_owned(), result }
    };
    Some(together(&borrowed).into_iter().map(read_group).collect())
}

fn walk(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { walk(&path, paths) } else { paths.push(path) }
    }
}

fn dictionary() -> Dictionary {
    Dictionary::parse(NAMES).unwrap()
}

/// The table of a grid, after a look that every column with a value and every line is somewhere.
fn table(name: &str, grid: &Grid) -> Table {
    let table = Table::of(grid, &dictionary()).unwrap();
    let columns: BTreeSet<usize> = table.columns.iter().map(|column| column.position).collect();
    for row in &grid.rows {
        for (at, cell) in row.cells.iter().enumerate() {
            assert!(cell.is_empty() || columns.contains(&at), "{name}: column {at} of line {} is lost", row.line);
        }
    }
    let outside = table.title.iter().chain(&table.footer).map(|remark| remark.line);
    let repeated = table.notes.iter().filter(|note| note.kind == NoteKind::RepeatedHeader).filter_map(|note| note.line);
    let lines: BTreeSet<u32> = table.rows.iter().map(|row| row.line).chain(outside).chain(repeated).collect();
    let header_lines = grid.rows.len() - lines.len();
    assert!(header_lines <= 2 && (grid.header.is_none() || header_lines == 0), "{name}: {header_lines} lines are lost");
    assert!(table.rows.iter().all(|row| row.cells.len() == table.columns.len()));
    table
}

/// Refused for what it is: said in both languages, with the file and what to do.
fn assert_clear(refusal: &Refusal) {
    let text = refusal.text();
    assert!(text.ja.contains(&refusal.file) && text.ja.ends_with('。'), "{}", text.ja);
    assert!(text.en.contains(&refusal.file) && text.en.ends_with('.'), "{}", text.en);
}

fn only(file: &File) -> &Grid {
    assert_eq!(file.grids.len(), 1);
    &file.grids[0]
}

#[test]
fn a_whole_city_is_read() {
    let Some(samples) = samples("municipal/yaizu") else { return };
    let (mut refused, mut tables, mut mapped) = (Vec::new(), 0, 0);
    for sample in &samples {
        let file = match &sample.result {
            Ok(file) => file,
            Err(refusal) => {
                assert_clear(refusal);
                refused.push(sample.name.clone());
                continue;
            }
        };
        for grid in &file.grids {
            let table = table(&sample.name, grid);
            let described = sample.name.ends_with("attributes.csv");
            assert!(described || !table.rows.is_empty(), "{}", sample.name);
            assert!(!table.notes.iter().any(|note| note.kind == NoteKind::NoHeader), "{}", sample.name);
            tables += usize::from(!described);
            mapped += usize::from(table.column("name").is_some());
            for point in grid.rows.iter().filter_map(|row| row.geometry.as_ref()).flat_map(Geometry::points) {
                let around = (34.7..35.0).contains(&point.lat) && (138.2..138.5).contains(&point.lon);
                assert!(around, "{}: {point:?}", sample.name);
            }
        }
    }
    // Settings of the city's map, and nothing else.
    assert!(refused.iter().all(|name| name.ends_with("/config.yml")), "{refused:?}");
    assert_eq!((refused.len(), tables), (38, 38));
    assert!(mapped >= 25, "{mapped}");
}

#[test]
fn layers_of_the_city_have_their_shapes() {
    let Some(samples) = samples("municipal/yaizu") else { return };
    let expected = [
        ("一次緊急輸送路.shp", 31, Encoding::ShiftJis),
        ("二次緊急輸送路.shp", 23, Encoding::ShiftJis),
        ("三次輸送路.shp", 40, Encoding::ShiftJis),
        ("浸水履歴_令和4年.shp", 62, Encoding::Utf8),
        ("自主防災会区域更新.shp", 78, Encoding::ShiftJis),
        ("小学校区.shp", 13, Encoding::ShiftJis),
    ];
    for (name, rows, encoding) in expected {
        let sample = samples.iter().find(|sample| sample.name.ends_with(name)).unwrap();
        let file = sample.result.as_ref().unwrap();
        let grid = only(file);
        assert_eq!((file.format, file.encoding, grid.rows.len()), (Format::Shapefile, Some(encoding), rows), "{name}");
        assert!(grid.rows.iter().all(|row| row.geometry.is_some()), "{name}: {:?}", grid.notes);
        let words: String = grid.rows.iter().flat_map(|row| &row.cells).map(Cell::text).collect();
        assert!(!words.contains(char::REPLACEMENT_CHARACTER), "{name}");
    }
    let zones = samples.iter().find(|sample| sample.name.ends_with("内水浸水想定区域.geojson.gz")).unwrap();
    let zones = only(zones.result.as_ref().unwrap());
    assert_eq!(zones.rows.len(), 6);
    assert!(zones.rows.iter().all(|row| matches!(row.geometry, Some(Geometry::Polygons(_)))));
}

#[test]
fn lists_of_hachinohe_are_read() {
    let Some(samples) = samples("aomori/hachinohe") else { return };
    let find = |name: &str| samples.iter().find(|sample| sample.name.ends_with(name)).unwrap();
    let open = |name: &str| {
        let sample = find(name);
        let file = sample.result.as_ref().unwrap();
        (table(&sample.name, only(file)), file.encoding)
    };

    let (aed, encoding) = open("AED.csv");
    assert_eq!((aed.rows.len(), encoding), (450, Some(Encoding::ShiftJis)));
    assert_eq!((aed.columns.len(), aed.dropped_columns.len()), (10, 48));
    assert_eq!(value::as_of(&aed.title[1].text).unwrap().date, NaiveDate::from_ymd_opt(2019, 9, 1).unwrap());
    assert!(aed.footer.len() == 1 && aed.footer[0].text.starts_with('※') && aed.footer[0].line == 454);
    assert_eq!((aed.rows[0].line, aed.get(&aed.rows[0], "number").text().as_ref()), (4, "1"));

    let (shelters, _) = open("siteihinanjo.xlsx");
    assert_eq!(shelters.rows.len(), 136);
    // The furigana of the workbook are in no name.
    let names: Vec<&str> = shelters.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(&names[..4], ["NO", "名称", "名称_カナ", "住所"]);
    let school = shelters.rows.iter().find(|row| shelters.get(row, "name").text() == "八戸小学校").unwrap();
    assert_eq!(value::capacity(shelters.get(school, "capacity")).unwrap().total, Some(789));
    let mut odd = Vec::new();
    for row in &shelters.rows {
        let read = value::coordinates(shelters.get(row, "lat"), shelters.get(row, "lon")).unwrap();
        assert_eq!(read.repair, None);
        let inside = |point: Point| (40.3..40.7).contains(&point.lat) && (141.3..141.8).contains(&point.lon);
        if !inside(read.point) {
            assert!(inside(value::run_together(read.point).unwrap()));
            odd.push(shelters.get(row, "name").text());
        }
        assert_eq!(value::municipality(shelters.get(row, "code")).unwrap().jis5, "02203");
    }

    assert_eq!(odd, ["西白山台小学校"]);

    let (sites, _) = open("siteikinkyuhinanbasho.xlsx");
    assert_eq!(sites.rows.len(), 136);
    let marks = |field: &str| -> Vec<Mark> {
        assert!(sites.column(field).is_some(), "{field}: {:?}", sites.columns);
        sites.rows.iter().map(|row| value::mark(sites.get(row, field))).collect()
    };
    assert!(marks("flood_max").iter().any(|mark| matches!(mark, Mark::FromFloor(_))));
    for field in ["flood_planned", "flood_max", "tsunami_l1", "tsunami_l2"] {
        let odd = marks(field).into_iter().filter(|mark| matches!(mark, Mark::Conditional(_) | Mark::Unknown)).count();
        assert_eq!(odd, 0, "{field}");
    }
    let (towers, _) = open("tsunami.xlsx");
    assert_eq!(towers.rows.len(), 27);
}

#[test]
fn the_national_shelter_list_is_read() {
    let Some(samples) = samples("aomori/shelters") else { return };
    let mut rows = BTreeMap::new();
    let mut silent = Vec::new();
    for sample in &samples {
        let kind = sample.name.split('/').nth(2).unwrap().to_owned();
        match &sample.result {
            Ok(file) => {
                assert_eq!(file.format, Format::GeoJson);
                let table = table(&sample.name, only(file));
                assert!(table.column("name").is_some() && table.column("id").is_some());
                assert!(table.rows.iter().all(|row| matches!(row.geometry, Some(Geometry::Point(_)))));
                *rows.entry(kind).or_insert(0) += table.rows.len();
            }
            Err(refusal) => {
                assert_clear(refusal);
                assert!(
                    matches!(&refusal.reason, Reason::NotPublished { message } if message.contains("公開されていません"))
                );
                silent.push(sample.name.clone());
            }
        }
    }
    assert_eq!(rows, BTreeMap::from([("emergency".to_owned(), 2_360), ("evacuation".to_owned(), 2_054)]));
    assert_eq!(silent, ["aomori/shelters/emergency/023612.json", "aomori/shelters/evacuation/023612.json"]);
}

#[test]
fn the_snapshots_of_nanao_are_read() {
    let Some(samples) = samples("disasters/nanao-2024") else { return };
    let mut people = Vec::new();
    for sample in samples.iter().filter(|sample| sample.name.contains("open_shelter")) {
        let table = table(&sample.name, only(sample.result.as_ref().unwrap()));
        let headcount = table.column("headcount").unwrap();
        let of_file = value::as_of(&sample.name).unwrap();
        let mut total = 0;
        for row in &table.rows {
            total += value::integer(table.get(row, "headcount")).unwrap();
            let said = value::as_of(&table.get(row, "as_of").text()).or_else(|| value::as_of(&headcount.name)).unwrap();
            assert_eq!(said.date, of_file.date, "{} line {}", sample.name, row.line);
            assert!(
                value::coordinates(table.get(row, "lat"), table.get(row, "lon"))
                    .is_ok_and(|read| read.repair.is_none())
            );
            let capacity = value::capacity(table.get(row, "capacity"));
            assert!(capacity.is_none_or(|capacity| capacity.indoor.is_some() && capacity.outdoor.is_some()));
        }
        people.push((table.rows.len(), total));
    }
    assert_eq!(people.len(), 117);
    assert_eq!((people[0], people.last()), ((29, 1_886), Some(&(1, 40))));
    let reference = samples.iter().find(|sample| sample.name.ends_with("reference_data.csv")).unwrap();
    assert_eq!(table(&reference.name, only(reference.result.as_ref().unwrap())).rows.len(), 112);
}

#[test]
fn the_tables_of_towns_are_read() {
    let Some(samples) = samples("aomori/address") else { return };
    let (mut registered, mut placed) = (0, 0);
    for sample in &samples {
        let table = table(&sample.name, only(sample.result.as_ref().unwrap()));
        if sample.name.ends_with(".csv.gz") {
            registered += table.rows.len();
            continue;
        }
        placed += table.rows.len();
        let located =
            table.rows.iter().filter(|row| value::coordinates(table.get(row, "lat"), table.get(row, "lon")).is_ok());
        assert_eq!(located.count(), table.rows.len(), "{}", sample.name);
    }
    assert_eq!((registered, placed), (17_459, 6_735));
}
