//! Bad input: refused with file, line and what to do, in bounded memory, never with a panic.

use proptest::prelude::*;
use sheets::{Dictionary, Limits, Measure, NoteKind, Part, Reason, Refusal, Table, read, read_shapefile};

use crate::made::{JGD2011, SQUARE, gzipped, polygons, text_rows, workbook, zipped};
use crate::real::NAMES;

fn refused(name: &str, bytes: &[u8]) -> Refusal {
    let refusal = read(name, bytes, &Limits::default()).unwrap_err();
    let text = refusal.text();
    assert!(text.ja.contains(name) && text.ja.ends_with('。') && text.en.ends_with('.'), "{text:?}");
    refusal
}

#[test]
fn what_is_no_table_is_refused_by_name() {
    let mut ole = vec![0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];
    ole.extend([0; 600]);
    let mut locked = ole.clone();
    locked.extend("EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes));
    let cases: [(&str, &[u8], Reason); 16] = [
        ("a.csv", b"", Reason::Empty),
        ("a.csv", b" \r\n\n", Reason::Empty),
        ("a.csv", b"\xef\xbb\xbf\n", Reason::Empty),
        ("a.xls", &ole, Reason::UnknownFormat(Some("Excel 97 (.xls)"))),
        ("a.xlsx", &locked, Reason::Locked),
        ("a.pdf", b"%PDF-1.7 ...", Reason::UnknownFormat(Some("PDF"))),
        ("a.csv", b"<!DOCTYPE html><html>", Reason::UnknownFormat(Some("HTML"))),
        ("a.kml", b"<?xml version=\"1.0\"?><kml>", Reason::UnknownFormat(Some("KML"))),
        ("a.xml", b"<?xml version=\"1.0\"?><a/>", Reason::UnknownFormat(Some("XML"))),
        ("a.bin", b"\x00\x01\x02\x03", Reason::UnknownFormat(None)),
        ("readme.md", b"just words\nand words\n", Reason::UnknownFormat(None)),
        ("a.shp", b"\x00\x00\x27\x0a....", Reason::UnknownFormat(Some("part of a shapefile"))),
        ("a.json", b"{\"a\":1}", Reason::NoList),
        ("a.json", b"[]", Reason::NoRows),
        ("a.topojson", b"{\"type\":\"Topology\",\"objects\":{}}", Reason::UnknownFormat(Some("TopoJSON"))),
        ("a.geojson", b"{\"type\":\"FeatureCollection\",\"features\":[]}", Reason::NoRows),
    ];
    for (name, bytes, reason) in cases {
        assert_eq!(refused(name, bytes).reason, reason, "{name}");
    }
    let noise: Vec<u8> = (0..5_000_u32).map(|n| u8::try_from(n * 7 % 255 + 1).unwrap()).collect();
    assert_eq!(refused("a.csv", &noise).reason, Reason::Encoding);
    let word = zipped(&[("word/document.xml", b"<a/>")]);
    assert_eq!(refused("a.docx", &word).reason, Reason::UnknownFormat(Some("Word")));
    assert_eq!(refused("a.zip", &zipped(&[])).code(), "empty");
}

#[test]
fn silence_of_the_publisher_is_not_zero_rows() {
    let text = r#"{"type":"unavailable","code":"023612","name":"青森県藤崎町","message":"公開されていません。"}"#;
    let refusal = refused("023612.json", text.as_bytes());
    assert_eq!(refusal.reason, Reason::NotPublished { message: "公開されていません。".into() });
    assert!(refusal.text().ja.contains("0件という意味ではありません"));
}

#[test]
fn bombs_do_not_go_off() {
    // Twenty megabytes of zeros in twenty kilobytes.
    let zeros = vec![b'0'; 20 << 20];
    assert_eq!(refused("a.csv.gz", &gzipped(&zeros)).reason, Reason::Bomb);
    let zip = zipped(&[("a.csv", &zeros)]);
    assert_eq!(refused("a.zip", &zip).reason, Reason::Bomb);
    let sheet = zipped(&[("xl/workbook.xml", b"<workbook/>"), ("xl/sharedStrings.xml", &zeros)]);
    assert_eq!(refused("a.xlsx", &sheet).reason, Reason::Bomb);
    let nested = gzipped(&gzipped(b"a,b\n1,2\n"));
    assert_eq!(refused("a.csv.gz.gz", &nested).code(), "unknown-format");
}

#[test]
fn limits_name_what_there_is_too_much_of() {
    let small = Limits {
        file_bytes: 2_000,
        rows: 3,
        columns: 3,
        cell_chars: 10,
        cells: 8,
        vertices: 4,
        depth: 3,
        ..Limits::default()
    };
    let lines = "1,2\n".repeat(5);
    let ring = "[141.5,40.5],".repeat(9);
    let shape = format!(r#"{{"type":"LineString","coordinates":[{ring}[141,40]]}}"#);
    let cases: [(&str, &str, Measure); 7] = [
        ("a.csv", &"x".repeat(3_000), Measure::Bytes),
        ("a.csv", &lines, Measure::Rows),
        ("a.csv", "a,b,c,d\n", Measure::Columns),
        ("a.csv", "a,b\n1,abcdefghijklmnop\n", Measure::CellChars),
        ("a.csv", "a,b,c\n1,2,3\n4,5,6\n", Measure::Cells),
        ("a.geojson", &shape, Measure::Vertices),
        ("a.json", r#"[{"a":{"b":{"c":{"d":{"e":1}}}}}]"#, Measure::Depth),
    ];
    for (name, text, measure) in cases {
        let refusal = read(name, text.as_bytes(), &small).unwrap_err();
        assert!(matches!(refusal.reason, Reason::TooLarge { what, .. } if what == measure), "{text}: {refusal:?}");
        assert!(refusal.line.is_some() || measure == Measure::Bytes, "{refusal:?}");
    }
}

#[test]
fn a_cell_in_the_last_corner_is_no_table_of_millions() {
    let rows = r#"<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>"#;
    let refusal = refused("a.xlsx", &workbook(rows, "", ""));
    assert!(matches!(refusal.reason, Reason::TooLarge { what: Measure::Columns, .. }), "{refusal:?}");
    assert_eq!(refusal.line, Some(1_048_576));
    // A merge over the whole sheet fills only what is in use.
    let merge = r#"<mergeCells count="1"><mergeCell ref="A1:C1048576"/></mergeCells>"#;
    let file = read("a.xlsx", &workbook(&text_rows(&[&["名称", "住所"], &["A", "B"]]), merge, ""), &Limits::default())
        .unwrap();
    assert_eq!(file.grids[0].rows.len(), 2);
}

#[test]
fn formulas_are_text_with_a_note() {
    let csv = "名称,URL\nA,\"=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"\n@SUM(A1),b\n";
    let file = read("a.csv", csv.as_bytes(), &Limits::default()).unwrap();
    let grid = &file.grids[0];
    assert_eq!(grid.rows[1].cells[1].text(), "=HYPERLINK(\"http://x\",\"y\")");
    let lines: Vec<_> = grid.notes.iter().map(|note| (note.kind, note.line)).collect();
    assert_eq!(lines, [(NoteKind::Formula, Some(2)), (NoteKind::Formula, Some(3))]);
}

#[test]
fn files_cut_short_are_refused_where_they_end() {
    let csv = "名称,備考\nA,\"閉じない\nB,x\nC,y\n";
    let refusal = refused("a.csv", csv.as_bytes());
    assert_eq!((refusal.code(), refusal.line), ("open-quote", Some(2)));

    let json = "[{\"名称\":\"A\"},\n{\"名称\":";
    let refusal = refused("a.json", json.as_bytes());
    assert_eq!((refusal.code(), refusal.line), ("cut-short", Some(2)));
    assert_eq!(refused("a.json", b"[{\"a\":1},\n{\"b\" 2}]").line, Some(2));

    let zip = zipped(&[("a.csv", b"a,b\n1,2\n")]);
    assert_eq!(refused("a.zip", &zip[..zip.len() / 2]).code(), "damaged");
    let gzip = gzipped("名称,住所\nA,B\n".as_bytes());
    assert_eq!(refused("a.csv.gz", &gzip[..gzip.len() - 6]).code(), "damaged");
    let book = workbook("<row r=\"1\"><c r=\"A1\"><v>1</v>", "", "");
    assert_eq!(refused("a.xlsx", &book).code(), "damaged");

    let (shp, dbf) = polygons(&[SQUARE, SQUARE], &["A", "B"]);
    let cut = |shp: &[u8], dbf: &[u8]| {
        let members = [("a.shp", shp), ("a.dbf", dbf), ("a.prj", JGD2011.as_bytes())];
        refused("a.zip", &zipped(&members))
    };
    let refusal = cut(&shp[..shp.len() - 10], &dbf);
    assert_eq!((refusal.reason, refusal.line), (Reason::CutShort, Some(2)));
    assert_eq!(cut(&shp, &dbf[..dbf.len() - 10]).line, Some(2));
    let (one, _) = polygons(&[SQUARE], &["A"]);
    assert_eq!(cut(&one, &dbf).code(), "damaged");
}

#[test]
fn a_shapefile_says_which_part_is_missing() {
    let (shp, dbf) = polygons(&[SQUARE], &["A"]);
    let all: [(&str, &[u8]); 3] = [("a.shp", &shp), ("a.dbf", &dbf), ("a.prj", JGD2011.as_bytes())];
    for (missing, part) in [(0, ".shp"), (1, ".dbf"), (2, ".prj")] {
        let members: Vec<(&str, &[u8])> =
            all.iter().enumerate().filter(|(at, _)| *at != missing).map(|(_, member)| *member).collect();
        let refusal = refused("a.zip", &zipped(&members));
        assert_eq!(refusal.reason, Reason::MissingPart(part));
        assert!(refusal.text().ja.contains(part));
    }
    let tokyo = r#"GEOGCS["GCS_Tokyo",DATUM["D_Tokyo",SPHEROID["Bessel_1841",6377397.155,299.1528128]]]"#;
    let refusal = refused("a.zip", &zipped(&[all[0], all[1], ("a.prj", tokyo.as_bytes())]));
    assert_eq!(refusal.reason, Reason::UnknownCrs("GCS_Tokyo".into()));
}

#[test]
fn crossing_and_swapped_polygons_are_noted_and_never_repaired_in_silence() {
    let tie: &[(f64, f64)] = &[(141.0, 40.0), (141.1, 40.1), (141.1, 40.0), (141.0, 40.1), (141.0, 40.0)];
    let swapped: Vec<(f64, f64)> = SQUARE.iter().map(|(x, y)| (*y, *x)).collect();
    let (shp, dbf) = polygons(&[tie, &swapped], &["A", "B"]);
    let parts = [("a.shp", shp.as_slice()), ("a.dbf", &dbf), ("a.prj", JGD2011.as_bytes())];
    let parts: Vec<Part<'_>> = parts.iter().map(|(name, bytes)| Part { name, bytes }).collect();
    let file = read_shapefile("a.shp", &parts, &Limits::default()).unwrap();
    let notes: Vec<_> = file.grids[0].notes.iter().map(|note| (note.kind, note.line)).collect();
    assert_eq!(notes, [(NoteKind::SelfIntersection, Some(1)), (NoteKind::SwappedAxes, Some(2))]);
    assert_eq!(file.grids[0].rows[1].repair, Some(sheets::value::Repair::Swapped));
    assert_eq!(file.grids[0].rows[0].repair, None);
}

/// Reads any bytes under any name and makes tables of what comes out.
fn swallow(name: &str, bytes: &[u8]) {
    let dictionary = Dictionary::parse(NAMES).unwrap();
    match read(name, bytes, &Limits::default()) {
        Ok(file) => {
            assert!(!file.grids.is_empty());
            for grid in &file.grids {
                let _ = Table::of(grid, &dictionary);
            }
        }
        Err(refusal) => assert!(!refusal.text().ja.is_empty()),
    }
}

/// Changes a few bytes of a sound file.
fn damaged(sound: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    let change = (any::<prop::sample::Index>(), any::<u8>());
    (proptest::collection::vec(change, 1..6), any::<Option<prop::sample::Index>>()).prop_map(move |(changes, cut)| {
        let mut bytes = sound.clone();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        bytes
    })
}

fn sound_workbook() -> Vec<u8> {
    let merge = r#"<mergeCells count="1"><mergeCell ref="A1:B1"/></mergeCells>"#;
    workbook(&text_rows(&[&["表", ""], &["名称", "住所"], &["A", "B"]]), merge, "<si><t>x</t></si>")
}

/// calamine multiplies letters into a column number without a limit; the library's panic is our refusal.
#[test]
fn a_cell_beyond_every_sheet_refuses_the_workbook() {
    for address in ["AAAAAAAAAAAA1", "A99999999999999999999", "ZZZZZZZZ4294967295", "1", ""] {
        let rows = format!(r#"<row r="1"><c r="{address}" t="inlineStr"><is><t>x</t></is></c></row>"#);
        swallow("a.xlsx", &workbook(&rows, "", ""));
    }
    let far = r#"<row r="1"><c r="AAAAAAAAAAAA1" t="inlineStr"><is><t>x</t></is></c></row>"#;
    let refusal = read("a.xlsx", &workbook(far, "", ""), &Limits::default()).unwrap_err();
    assert_eq!(refusal.code(), "damaged");
}

/// Sheet XML damaged inside a sound zip, which the checksum would else hide from the reader.
fn damaged_sheet() -> impl Strategy<Value = Vec<u8>> {
    let merge = "<mergeCells><mergeCell ref=\"A1:B1\"/></mergeCells>";
    let rows =
        text_rows(&[&["名称", "住所"], &["A", "B"]]) + "<row r=\"9\"><c r=\"C9\" s=\"1\"><v>45300.5</v></c></row>";
    damaged([rows, "|".to_owned(), merge.to_owned()].concat().into_bytes()).prop_map(|bytes| {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let (rows, merge) = text.split_once('|').unwrap_or((&text, ""));
        workbook(rows, merge, "")
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn any_bytes_are_read_or_refused(
        bytes in proptest::collection::vec(any::<u8>(), 0..300),
        name in "[a-z]{0,3}(\\.(csv|json|geojson|xlsx|zip|gz|shp|dbf|yml))?",
    ) {
        swallow(&name, &bytes);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "[\\[\\]{}\":,a名1.\\-\\n;\\t eE]{0,120}") {
        swallow("a.csv", text.as_bytes());
        swallow("a.json", text.as_bytes());
    }

    #[test]
    fn damaged_geojson_is_read_or_refused(bytes in damaged(
        br#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"a":[1,{"b":2}]},"geometry":{"type":"Polygon","coordinates":[[[141,40],[142,40],[142,41],[141,40]]]}}]}"#.to_vec()
    )) {
        swallow("a.geojson", &bytes);
    }

    #[test]
    fn damaged_workbooks_are_read_or_refused(bytes in damaged(sound_workbook())) {
        swallow("a.xlsx", &bytes);
    }

    #[test]
    fn damaged_sheets_are_read_or_refused(bytes in damaged_sheet()) {
        swallow("a.xlsx", &bytes);
    }

    #[test]
    fn damaged_shapefiles_are_read_or_refused(
        shp in damaged(polygons(&[SQUARE, SQUARE], &["A", "B"]).0),
        dbf in damaged(polygons(&[SQUARE, SQUARE], &["A", "B"]).1),
        prj in damaged(JGD2011.as_bytes().to_vec()),
    ) {
        let sound = polygons(&[SQUARE, SQUARE], &["A", "B"]);
        for (shp, dbf, prj) in [(&shp, &sound.1, JGD2011.as_bytes()), (&sound.0, &dbf, JGD2011.as_bytes()), (&sound.0, &sound.1, prj.as_slice())] {
            let parts = [Part { name: "a.shp", bytes: shp }, Part { name: "a.dbf", bytes: dbf }, Part { name: "a.prj", bytes: prj }];
            let _ = read_shapefile("a.shp", &parts, &Limits::default());
        }
    }
}
