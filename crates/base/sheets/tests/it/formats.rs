//! Each format once more in small, with what offices do to it.

use chrono::{NaiveDate, NaiveTime};
use kernel::Point;
use proptest::prelude::*;
use sheets::value::{Repair, date};
use sheets::{
    Cell, Dictionary, Encoding, File, Format, Geometry, Grid, GridRow, Limits, NoteKind, Part, Table, read,
    read_shapefile,
};

use crate::made::{JGD2011, SQUARE, gzipped, polygons, text_rows, workbook, zipped};
use crate::real::NAMES;

fn open(name: &str, bytes: &[u8]) -> File {
    read(name, bytes, &Limits::default()).unwrap()
}

fn table(grid: &Grid) -> Table {
    Table::of(grid, &Dictionary::parse(NAMES).unwrap()).unwrap()
}

fn kinds(notes: &[sheets::Note]) -> Vec<NoteKind> {
    notes.iter().map(|note| note.kind).collect()
}

fn fields(table: &Table) -> Vec<Option<&str>> {
    table.columns.iter().map(|column| column.field.as_deref()).collect()
}

#[test]
fn a_spreadsheet_made_by_people_is_a_table() {
    let text = "指定避難所一覧,,,,,\r\n,,,令和元年９月１日現在,,\r\n\r\nＮｏ．,名　称,住所,,備考,備考\r\n\
        1,第一小,\"本町1\r\n(旧本町)\",メモ,,x\r\n2,第二小,本町2,,,\r\n\r\nＮｏ．,名　称,住所,,備考,備考\r\n3,第三小,本町3,,\r\n\
        ,合計,3,,,\r\n※避難所は変わることがあります。,,,,,\r\n";
    let file = open("list.csv", text.as_bytes());
    let table = table(&file.grids[0]);
    assert_eq!((file.format, file.encoding), (Format::Csv, Some(Encoding::Utf8)));
    let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["Ｎｏ．", "名　称", "住所", "D列", "備考", "備考 (2)"]);
    assert_eq!(fields(&table), [Some("number"), Some("name"), Some("address"), None, Some("remark"), None]);
    assert_eq!(table.rows.iter().map(|row| row.line).collect::<Vec<_>>(), [5, 7, 10]);
    assert_eq!(table.get(&table.rows[0], "address").text(), "本町1\r\n(旧本町)");
    assert_eq!(
        table.title.iter().map(|line| line.text.as_str()).collect::<Vec<_>>(),
        ["指定避難所一覧", "令和元年９月１日現在"]
    );
    assert_eq!(table.footer.iter().map(|line| line.line).collect::<Vec<_>>(), [11, 12]);
    let notes = kinds(&table.notes);
    for kind in [NoteKind::RaggedRow, NoteKind::NamelessColumn, NoteKind::RepeatedName, NoteKind::RepeatedHeader] {
        assert!(notes.contains(&kind), "{kind:?} in {notes:?}");
    }
    assert_eq!(table.unmapped().count(), 2);
}

#[test]
fn a_title_right_above_the_names_is_no_group_of_them() {
    let rows: &[&[&str]] =
        &[&["避難所一覧（令和8年4月1日現在）", "", ""], &["名称", "住所", "備考"], &["第一小", "本町1", "なし"]];
    let csv: String = rows.iter().map(|row| row.join(",") + "\n").collect();
    let excel = workbook(&text_rows(rows), r#"<mergeCells count="1"><mergeCell ref="A1:C1"/></mergeCells>"#, "");
    for (name, bytes) in [("a.csv", csv.as_bytes()), ("a.xlsx", &excel)] {
        let found = table(&open(name, bytes).grids[0]);
        let names: Vec<&str> = found.columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!((names, found.rows.len()), (vec!["名称", "住所", "備考"], 1), "{name}");
        assert_eq!(found.title[0].text, "避難所一覧（令和8年4月1日現在）", "{name}");
    }
}

#[test]
fn two_header_lines_are_one() {
    let rows: &[&[&str]] = &[
        &["避難所一覧", "", "", "", ""],
        &["名称", "住所", "災害種別", "", "備考"],
        &["", "", "洪水", "津波", ""],
        &["第一小", "本町1", "○", "×", ""],
    ];
    let csv: String = rows.iter().map(|row| row.join(",") + "\n").collect();
    let merges = r#"<mergeCells count="5"><mergeCell ref="A1:E1"/><mergeCell ref="A2:A3"/><mergeCell ref="B2:B3"/><mergeCell ref="C2:D2"/><mergeCell ref="E2:E3"/></mergeCells>"#;
    let excel = workbook(&text_rows(rows), merges, "");
    let unknown = Dictionary::parse("[fields]\nx = [\"y\"]").unwrap();
    for (name, bytes) in [("a.csv", csv.as_bytes()), ("a.xlsx", &excel)] {
        let file = open(name, bytes);
        let found = table(&file.grids[0]);
        let names: Vec<&str> = found.columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(names, ["名称", "住所", "災害種別_洪水", "災害種別_津波", "備考"], "{name}");
        assert_eq!(fields(&found)[2..4], [Some("flood"), Some("tsunami")], "{name}");
        assert_eq!((found.rows.len(), found.title.len()), (1, 1), "{name}");
        assert_eq!(found.title[0].text, "避難所一覧");
        // By its build alone, when no name is known.
        let blind = Table::of(&file.grids[0], &unknown).unwrap();
        assert_eq!(blind.rows.len(), 1, "{name}: {blind:?}");
    }
}

#[test]
fn workbooks_keep_types_and_drop_furigana() {
    let strings = "<si><t>名称</t><rPh sb=\"0\" eb=\"2\"><t>メイショウ</t></rPh><phoneticPr fontId=\"1\"/></si>\
        <si><r><t>八戸</t></r><r><t>小学校</t></r><rPh sb=\"0\" eb=\"2\"><t>ハチノヘ</t></rPh></si>";
    let rows = r#"<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="inlineStr"><is><t>緯度</t></is></c>
        <c r="C1" t="inlineStr"><is><t>開設日</t></is></c><c r="D1" t="inlineStr"><is><t>開始</t></is></c>
        <c r="E1" t="inlineStr"><is><t>更新</t></is></c><c r="F1" t="inlineStr"><is><t>人数</t></is></c><c r="G1" t="inlineStr"><is><t>可否</t></is></c></row>
        <row r="3"><c r="A3" t="s"><v>1</v></c><c r="B3"><v>40.515968999999998</v></c><c r="C3" s="1"><v>45300</v></c>
        <c r="D3" s="2"><v>0.75</v></c><c r="E3" s="3"><v>45300.75</v></c><c r="F3"><f>SUM(A1:A2)</f><v>789</v></c><c r="G3" t="b"><v>1</v></c></row>
        <row r="4"><c r="A4" t="e"><v>#REF!</v></c><c r="C4"><v>45300</v></c></row>"#;
    let file = open("a.xlsx", &workbook(rows, "", strings));
    let table = table(&file.grids[0]);
    let day = NaiveDate::from_ymd_opt(2024, 1, 9).unwrap();
    let six = NaiveTime::from_hms_opt(18, 0, 0).unwrap();
    assert_eq!(table.columns[0].name, "名称");
    let first = &table.rows[0];
    assert_eq!(first.line, 3);
    assert_eq!(first.cells[0], Cell::Text("八戸小学校".into()));
    assert_eq!(first.cells[1], Cell::Number { value: 40.515_969, text: "40.515969".into() });
    assert_eq!(first.cells[2..5], [Cell::Date(day), Cell::Time(six), Cell::DateTime(day.and_time(six))]);
    assert_eq!(first.cells[5..], [Cell::from_number(789.0), Cell::Bool(true)]);
    // A day whose format was lost is a number; it can still be read as a day where a day is meant.
    assert_eq!(date(&table.rows[1].cells[2]), Some(day));
    assert_eq!(kinds(&table.notes), [NoteKind::ErrorValue]);
}

#[test]
fn geojson_has_rows_columns_and_shapes() {
    let text = r#"{"type":"FeatureCollection","features":[
      {"type":"Feature","id":7,"properties":{"name":"A","位置":{"緯度":40.5,"階":[1,2]},"x":null},"geometry":{"type":"Point","coordinates":[141.5,40.5,3.0]}},
      {"type":"Feature","properties":{"name":"B","y":true},"geometry":null},
      {"geometry":{"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[141,40]},{"type":"LineString","coordinates":[[141,40],[142,41]]}]},"type":"Feature","properties":null},
      {"type":"Feature","properties":{"name":"C"},"geometry":{"type":"Polygon","coordinates":[[[40,141],[40,142],[41,142],[40,141]]]}},
      {"type":"Feature","properties":{"name":"D"},"geometry":{"type":"Polygon","coordinates":[["x"]]}}
    ]}"#;
    let file = open("a.geojson", text.as_bytes());
    let grid = &file.grids[0];
    assert_eq!(grid.header.as_ref().unwrap(), &["id", "name", "位置.緯度", "位置.階", "x", "y"]);
    assert_eq!(grid.rows.iter().map(|row| row.line).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    assert_eq!(grid.rows[0].cells[3], Cell::Text("1;2".into()));
    assert_eq!(grid.rows[0].geometry, Some(Geometry::Point(Point { lat: 40.5, lon: 141.5 })));
    assert!(matches!(grid.rows[2].geometry, Some(Geometry::Lines(_))));
    assert_eq!(grid.rows[3].repair, Some(Repair::Swapped));
    assert!(grid.rows[4].geometry.is_none() && grid.rows[1].geometry.is_none());
    assert_eq!(
        kinds(&grid.notes),
        [NoteKind::NoGeometry, NoteKind::MixedGeometry, NoteKind::SwappedAxes, NoteKind::BadGeometry]
    );
}

#[test]
fn older_geojson_may_be_in_metres() {
    let text = r#"{"type":"FeatureCollection","crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::6677"}},
      "features":[{"type":"Feature","properties":{"name":"A"},"geometry":{"type":"Point","coordinates":[22916.2436,11543.6883]}}]}"#;
    let file = open("a.json", text.as_bytes());
    let Some(Geometry::Point(point)) = &file.grids[0].rows[0].geometry else { panic!("no point") };
    assert!((point.lat - 36.103_774_8).abs() < 1e-6 && (point.lon - 140.087_855).abs() < 1e-6);
}

#[test]
fn json_lists_of_every_build_are_read() {
    let cases: [(&str, &[&str], usize); 8] = [
        (r#"[{"名称":"A","緯度":40.1},{"名称":"B","電話":["1","2"]}]"#, &["名称", "緯度", "電話"], 2),
        (r#"{"total":2,"result":{"records":[{"名称":"A"},{"名称":"B"}],"fields":[{"id":"名称"}]}}"#, &["名称"], 2),
        (r#"{"header":{"name":"名称","addr":"住所"},"data":[{"name":"A","addr":"本町"}]}"#, &["名称", "住所"], 1),
        (r#"{"0001":{"名称":"A"},"0002":{"名称":"B"}}"#, &["key", "名称"], 2),
        (r#"[["名称","緯度"],["A",40.1]]"#, &["名称", "緯度"], 1),
        (r#"{"0001":["A",40.1],"0002":["B",40.2]}"#, &["A列", "B列", "C列"], 2),
        ("{\"名称\":\"A\"}\n{\"名称\":\"B\",\"x\":1}\n", &["名称", "x"], 2),
        (r#"[{"名称":"A","住所":{"県":"青森県","市":{"名":"むつ市"}}}]"#, &["名称", "住所.県", "住所.市.名"], 1),
    ];
    for (text, names, rows) in cases {
        let file = open("list.json", text.as_bytes());
        let table = table(&file.grids[0]);
        let found: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!((file.format, found.as_slice(), table.rows.len()), (Format::Json, names, rows), "{text}");
    }
    let big = open("a.json", br#"[{"id":12345678901234567890}]"#);
    assert_eq!(big.grids[0].rows[0].cells[0].text(), "12345678901234567890");
}

#[test]
fn shapefiles_come_zipped_or_in_parts() {
    let (shp, dbf) = polygons(&[SQUARE, SQUARE], &["糠塚", "鮫"]);
    let parts =
        [("区域.shp", shp.as_slice()), ("区域.dbf", &dbf), ("区域.prj", JGD2011.as_bytes()), ("区域.cpg", b"UTF-8")];
    let loose: Vec<Part<'_>> = parts.iter().map(|(name, bytes)| Part { name, bytes }).collect();
    let one = read_shapefile("区域.shp", &loose, &Limits::default()).unwrap();
    let mut members = parts.to_vec();
    members.push(("読んで.txt", b"metadata"));
    let two = open("区域.zip", &zipped(&members));
    assert_eq!(one.grids, two.grids);
    assert_eq!(kinds(&two.notes), [NoteKind::PassedOver]);
    let table = table(&one.grids[0]);
    assert_eq!((one.format, one.encoding, table.rows.len()), (Format::Shapefile, Some(Encoding::Utf8), 2));
    assert_eq!(table.get(&table.rows[0], "name").text(), "糠塚");
    assert!(matches!(&table.rows[0].geometry, Some(Geometry::Polygons(polygons)) if polygons[0][0].len() == 5));
    // A wrong .cpg does not spoil the words.
    let mut lying = loose.clone();
    lying[3].bytes = b"932";
    assert_eq!(read_shapefile("区域.shp", &lying, &Limits::default()).unwrap().encoding, Some(Encoding::Utf8));
}

#[test]
fn a_bundle_of_lists_is_read_as_far_as_it_goes() {
    let book = workbook(&text_rows(&[&["名称"], &["A"]]), "", "");
    let inner = zipped(&[("x.csv", b"a,b")]);
    let members: [(&str, &[u8]); 5] = [
        ("a/避難所.csv", "名称,住所\nA,B\n".as_bytes()),
        ("b.json", b"[{\"id\":1}]"),
        ("c.pdf", b"%PDF-1.7"),
        ("d.xlsx", &book),
        ("e.zip", &inner),
    ];
    let file = open("all.zip", &zipped(&members));
    assert_eq!(file.grids.iter().map(|grid| grid.name.as_str()).collect::<Vec<_>>(), ["避難所.csv", "b.json", "一覧"]);
    assert_eq!(kinds(&file.notes), [NoteKind::PassedOver, NoteKind::PassedOver]);
    let packed = open("a.csv.gz", &gzipped("名称,住所\nA,B\n".as_bytes()));
    assert_eq!(packed.grids[0].rows.len(), 2);
}

#[test]
fn tables_without_a_header_are_called_by_letters() {
    let file = open("a.csv", b"1,2024-01-09,3\n4,2024-01-10,6\n");
    let table = table(&file.grids[0]);
    assert_eq!(table.columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>(), ["A列", "B列", "C列"]);
    assert_eq!((kinds(&table.notes), table.rows.len()), (vec![NoteKind::NoHeader], 2));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn what_a_csv_says_is_what_is_read(
        rows in proptest::collection::vec(proptest::collection::vec("[a-zぁ-ん \"\n,;]{0,8}", 3), 1..8),
        crlf in any::<bool>(),
    ) {
        let mut writer = csv::WriterBuilder::new()
            .terminator(if crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') })
            .from_writer(Vec::new());
        writer.write_record(["名称", "住所", "備考"]).unwrap();
        for row in &rows {
            writer.write_record(row).unwrap();
        }
        let bytes = writer.into_inner().unwrap();
        let file = open("a.csv", &bytes);
        let read: Vec<Vec<String>> = file.grids[0].rows[1..].iter().map(|row| {
            (0..3).map(|at| row.cells.get(at).map_or(String::new(), |cell| cell.text().into_owned())).collect()
        }).collect();
        let blank = |c: char| c.is_whitespace();
        let written: Vec<Vec<String>> = rows.iter()
            .map(|row| row.iter().map(|cell| cell.trim_matches(blank).to_owned()).collect::<Vec<_>>())
            .filter(|row: &Vec<String>| row.iter().any(|cell| !cell.is_empty()))
            .collect();
        prop_assert_eq!(read, written);
        // The line of a row is where it begins in the text.
        let text = String::from_utf8(bytes.clone()).unwrap();
        for row in &file.grids[0].rows[1..] {
            let start = text.split('\n').take(row.line as usize - 1).map(|line| line.len() + 1).sum::<usize>();
            let mut one = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(&bytes[start..]);
            let record = one.records().next().unwrap().unwrap();
            prop_assert_eq!(record.iter().map(|cell| cell.trim_matches(blank).to_owned()).take(row.cells.len()).collect::<Vec<_>>(),
                row.cells.iter().map(|cell| cell.text().into_owned()).collect::<Vec<_>>());
        }
    }
}

/// Cells that make headers, groups, totals and remarks out of chance.
fn any_cell() -> impl Strategy<Value = Cell> {
    proptest::sample::select(vec![
        "",
        "",
        "",
        "名称",
        "住所",
        "緯度",
        "備考",
        "災害種別",
        "洪水",
        "津波",
        "A",
        "B",
        "1",
        "2024-01-09",
        "合計",
        "※注",
        "以上。",
        "○",
    ])
    .prop_map(Cell::from_text)
}

proptest! {
    #[test]
    fn a_table_loses_nothing(rows in proptest::collection::vec(proptest::collection::vec(any_cell(), 0..6), 1..12)) {
        let rows: Vec<GridRow> = rows.into_iter().zip(1..)
            .filter(|(cells, _)| cells.iter().any(|cell| !cell.is_empty()))
            .map(|(cells, line)| GridRow { line, cells, ..GridRow::default() })
            .collect();
        prop_assume!(!rows.is_empty());
        let grid = Grid { name: "x".into(), rows, ..Grid::default() };
        let table = table(&grid);
        let header: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
        for row in &grid.rows {
            if let Some(found) = table.rows.iter().find(|found| found.line == row.line) {
                let kept: Vec<_> = found.cells.iter().filter(|cell| !cell.is_empty()).collect();
                prop_assert_eq!(kept, row.cells.iter().filter(|cell| !cell.is_empty()).collect::<Vec<_>>());
                continue;
            }
            let beside = table.title.iter().chain(&table.footer).find(|remark| remark.line == row.line);
            let repeated = table.notes.iter().any(|note| note.kind == NoteKind::RepeatedHeader && note.line == Some(row.line));
            for (at, cell) in row.cells.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
                let in_header = || {
                    let column = table.columns.iter().position(|column| column.position == at);
                    column.is_some_and(|column| header[column].contains(cell.text().as_ref()))
                };
                let kept = repeated || beside.map_or_else(in_header, |remark| remark.text.contains(cell.text().as_ref()));
                prop_assert!(kept, "{:?} of line {} is lost: {:?}", cell, row.line, table);
            }
        }
        let fields: Vec<_> = table.columns.iter().filter_map(|column| column.field.as_deref()).collect();
        prop_assert_eq!(fields.iter().collect::<std::collections::HashSet<_>>().len(), fields.len());
    }
}
