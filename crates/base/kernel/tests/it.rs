//! The table of municipalities against the code tables of the data folder.

use std::io::Write as _;
use std::path::PathBuf;

use kernel::{AreaCode, CodeType, areas};
use mamori_kernel as kernel;
use serde_json::Value;

/// `MAMORI_DATA`, else `data` or `../shared/data` from the workspace upwards.
#[expect(
    clippy::disallowed_methods,
    reason = "tests find the data folder by the environment; kernel stands below testkit"
)]
fn data_dir() -> Option<PathBuf> {
    if let Some(dir) = std::env::var_os("MAMORI_DATA") {
        return Some(PathBuf::from(dir)).filter(|dir| dir.is_dir());
    }
    let workspace = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../..");
    ["data", "../shared/data"].into_iter().map(|dir| workspace.join(dir)).find(|dir| dir.join("aomori").is_dir())
}

/// Says so, and appends to the file `MAMORI_SKIPS` names, from which the test command counts.
#[expect(clippy::disallowed_methods, reason = "set by the test command; kernel stands below testkit")]
fn skip(reason: &str) {
    println!("skipped: {reason}");
    if let Some(file) = std::env::var_os("MAMORI_SKIPS") {
        let file = std::fs::OpenOptions::new().create(true).append(true).open(file);
        let written = file.and_then(|mut file| writeln!(file, "skipped: {reason} (kernel)"));
        written.expect("the file of skips can be written");
    }
}

#[test]
fn the_forty_municipalities_are_as_in_the_code_tables() {
    let Some(dir) = data_dir() else {
        return skip("no data");
    };
    let bytes = std::fs::read(dir.join("aomori/aomori-codes.json")).unwrap();
    let tables: Value = serde_json::from_slice(&bytes).unwrap();
    let rows = tables["municipalities"].as_array().unwrap();
    assert_eq!(rows.len(), areas::municipalities().len());
    for (row, ours) in rows.iter().zip(areas::municipalities()) {
        let text = |key: &str| row[key].as_str().unwrap();
        assert_eq!(
            (ours.jis5, ours.name, ours.kana, ours.class10, ours.class15, ours.seismic_area),
            (text("jis5"), text("name"), text("kana"), text("class10"), text("class15"), text("eq_area"))
        );
        assert_eq!(areas::jma7(ours.jis5).as_deref(), Some(text("jma7")));
        assert_eq!(areas::by_name(text("eq_city_name")), Some(ours));
        assert_eq!(areas::name(&AreaCode::new(CodeType::Class15, ours.class15)), Some(text("class15_name")));
        assert_eq!(areas::name(&AreaCode::new(CodeType::SeismicArea, ours.seismic_area)), Some(text("eq_area_name")));
    }
}

#[test]
fn our_office_points_and_check_digits_agree_with_the_open_list() {
    let Some(dir) = data_dir() else {
        return skip("no data");
    };
    let list = std::fs::read_to_string(dir.join("aomori/localgovjp-aomori.csv")).unwrap();
    let mut seen = 0;
    for line in list.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let Some(ours) = areas::municipality(&format!("{:0>5}", cells[2])) else { continue };
        let theirs = kernel::Point::new(cells[5].parse().unwrap(), cells[6].parse().unwrap()).unwrap();
        let metres = ours.point().distance_m(theirs);
        // The list still has the office 南部町 had before it moved to 苫米地.
        assert!(metres < 3_500.0 || ours.jis5 == "02445", "{} is {metres:.0} m away", ours.name);
        assert_eq!(areas::from_lg6(&format!("{:0>6}", cells.last().unwrap().trim())), Some(ours));
        seen += 1;
    }
    assert_eq!(seen, 40);
}

/// A stranger to `utoipa`: through an alias, ids of anything can stand in a wire type.
struct Card;
type CardId = kernel::Id<Card>;

#[derive(serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
struct Wire {
    id: CardId,
    parent: Option<CardId>,
    at: kernel::Timestamp,
    area: AreaCode,
    until: Option<kernel::Timestamp>,
    mode: kernel::Mode,
    point: kernel::Point,
    mesh: kernel::Mesh,
    name: kernel::Text,
}

#[test]
fn every_type_of_the_wire_has_a_schema_and_reads_back() {
    let text = r#"{"id":"019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e10","parent":null,"at":"2025-12-08T23:15:10+09:00","area":"tsunami_zone:201",
        "until":null,"mode":"drill","point":{"lat":41.0,"lon":142.2},"mesh":"61401589","name":{"ja":"津波","easy":"つなみ","en":"Tsunami"}}"#;
    let wire: Wire = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::to_value(&wire).unwrap(), serde_json::from_str::<Value>(text).unwrap());
    let mut schemas = Vec::new();
    <Wire as utoipa::ToSchema>::schemas(&mut schemas);
    let names: Vec<&str> = schemas.iter().map(|(name, _)| name.as_str()).collect();
    for wanted in ["Id", "Timestamp", "AreaCode", "Mode", "Point", "Mesh", "Text"] {
        assert!(names.contains(&wanted), "{wanted} {names:?}");
    }
}
