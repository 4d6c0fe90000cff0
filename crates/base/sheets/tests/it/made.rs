//! Files made for a test: workbooks, zips, shapefiles.

use std::io::{Cursor, Write};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// A zip with these members.
pub(crate) fn zipped(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

pub(crate) fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(bytes).unwrap();
    gzip.finish().unwrap()
}

/// A workbook of one sheet: the XML inside `sheetData`, what follows it, and shared strings (`<si>…</si>`).
pub(crate) fn workbook(rows: &str, after: &str, strings: &str) -> Vec<u8> {
    const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    const RELS: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
    const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let types = r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>"#;
    let root = format!(
        r#"<Relationships xmlns="{RELS}"><Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>"#
    );
    let book = format!(
        r#"<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets><sheet name="一覧" sheetId="1" r:id="rId1"/></sheets></workbook>"#
    );
    let book_rels = format!(
        r#"<Relationships xmlns="{RELS}"><Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/><Relationship Id="rId3" Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>"#
    );
    // Style 1 is a date, style 2 a time of day, style 3 both.
    let styles = format!(
        r#"<styleSheet xmlns="{MAIN}"><cellXfs count="4"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="20"/><xf numFmtId="22"/></cellXfs></styleSheet>"#
    );
    let sheet = format!(r#"<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData>{after}</worksheet>"#);
    let shared = format!(r#"<sst xmlns="{MAIN}">{strings}</sst>"#);
    zipped(&[
        ("[Content_Types].xml", types.as_bytes()),
        ("_rels/.rels", root.as_bytes()),
        ("xl/workbook.xml", book.as_bytes()),
        ("xl/_rels/workbook.xml.rels", book_rels.as_bytes()),
        ("xl/styles.xml", styles.as_bytes()),
        ("xl/sharedStrings.xml", shared.as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
    ])
}

/// Rows of inline text for [`workbook`]; an empty text is no cell.
pub(crate) fn text_rows(rows: &[&[&str]]) -> String {
    let row = |(row, cells): (usize, &&[&str])| {
        let cells: Vec<String> = ('A'..='Z')
            .zip(*cells)
            .filter(|(_, text)| !text.is_empty())
            .map(|(column, text)| format!(r#"<c r="{column}{row}" t="inlineStr"><is><t>{text}</t></is></c>"#))
            .collect();
        format!(r#"<row r="{row}">{}</row>"#, cells.concat())
    };
    (1..).zip(rows).map(row).collect::<Vec<_>>().concat()
}

pub(crate) const JGD2011: &str = r#"GEOGCS["GCS_JGD_2011",DATUM["D_JGD_2011",SPHEROID["GRS_1980",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]"#;

/// Parts of a shapefile of polygons with one ring each: `.shp` and `.dbf` with a name for each, in UTF-8.
pub(crate) fn polygons(rings: &[&[(f64, f64)]], names: &[&str]) -> (Vec<u8>, Vec<u8>) {
    let mut shp = vec![0; 100];
    shp[..4].copy_from_slice(&9994_i32.to_be_bytes());
    for (number, ring) in (1_i32..).zip(rings) {
        let mut content = 5_i32.to_le_bytes().to_vec();
        content.extend([0; 32]);
        content.extend(1_i32.to_le_bytes());
        content.extend(i32::try_from(ring.len()).unwrap().to_le_bytes());
        content.extend(0_i32.to_le_bytes());
        content.extend(ring.iter().flat_map(|(x, y)| [x.to_le_bytes(), y.to_le_bytes()]).flatten());
        shp.extend(number.to_be_bytes());
        shp.extend(i32::try_from(content.len() / 2).unwrap().to_be_bytes());
        shp.extend(content);
    }
    let mut dbf = vec![0; 32];
    dbf[0] = 3;
    dbf[4..8].copy_from_slice(&u32::try_from(names.len()).unwrap().to_le_bytes());
    dbf[8..10].copy_from_slice(&65_u16.to_le_bytes());
    dbf[10..12].copy_from_slice(&31_u16.to_le_bytes());
    let mut field = [0; 32];
    field[..6].copy_from_slice("名称".as_bytes());
    (field[11], field[16]) = (b'C', 30);
    dbf.extend(field);
    dbf.push(0x0d);
    for name in names {
        let mut record = format!(" {name}").into_bytes();
        record.resize(31, b' ');
        dbf.extend(record);
    }
    (shp, dbf)
}

/// A clockwise square.
pub(crate) const SQUARE: &[(f64, f64)] = &[(141.0, 40.0), (141.0, 40.1), (141.1, 40.1), (141.1, 40.0), (141.0, 40.0)];
