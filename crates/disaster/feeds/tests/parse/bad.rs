//! Broken and hostile input: refused with a reason and a place, never a panic, never a wrong reading.

use std::io::Write;

use feeds::facts::Facts;
use feeds::parse::{RefusalCode, inflate, limits, parse};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::support::{sample, samples};

fn refused(bytes: &[u8]) -> RefusalCode {
    match parse(bytes, None) {
        Ok(telegram) => panic!("read as {}", telegram.kind),
        Err(refusal) => {
            assert!(!refusal.ja.is_empty() && !refusal.en.is_empty());
            refusal.code
        }
    }
}

#[test]
fn a_telegram_cut_anywhere_is_refused_with_its_place() {
    for name in samples() {
        let xml = sample(&name);
        let end = xml.trim_end().len();
        for cut in (0..end).step_by(97).chain(end.saturating_sub(5)..end) {
            let refusal = parse(&xml.as_bytes()[..cut], None).expect_err("a part is no telegram");
            let expected = if cut == 0 { RefusalCode::Empty } else { RefusalCode::Truncated };
            assert_eq!(refusal.code, expected, "{name} cut at {cut}: {refusal}");
            assert_eq!(refusal.line.is_some(), cut > 0, "{name} cut at {cut}");
        }
    }
}

#[test]
fn the_place_is_line_and_column_in_characters() {
    let xml = sample("vxse51").replace("<Name>青森県</Name>", "<Name>青森県</Nome>");
    let refusal = parse(xml.as_bytes(), None).expect_err("tags do not match");
    assert_eq!(refusal.code, RefusalCode::Malformed);
    let line = xml.lines().position(|line| line.contains("</Nome>")).unwrap();
    assert_eq!(refusal.line, Some(u32::try_from(line).unwrap() + 1));
    let text = xml.lines().nth(line).unwrap();
    let column = text[..text.find("</Nome>").unwrap()].chars().count() + 1;
    assert_eq!(refusal.column, Some(u32::try_from(column).unwrap()));
}

#[test]
fn a_dtd_and_an_entity_are_refused() {
    let bomb =
        "<!DOCTYPE r [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;\">]>";
    let declared = sample("vxse51").replacen("<Report", &format!("{bomb}<Report"), 1);
    assert_eq!(refused(declared.as_bytes()), RefusalCode::Entities);
    let used = sample("vxse51").replace("見出し文。", "&c;");
    assert_eq!(refused(used.as_bytes()), RefusalCode::Entities);
    let outside = sample("vxse51").replace("見出し文。", "&xxe;").replacen(
        "<Report",
        "<!DOCTYPE r [<!ENTITY xxe SYSTEM \"file:///etc/passwd\">]><Report",
        1,
    );
    assert_eq!(refused(outside.as_bytes()), RefusalCode::Entities);
}

#[test]
fn predefined_entities_cdata_and_comments_are_plain_text() {
    let xml = sample("vxse51").replace("見出し文。", "a&lt;b&#x3042;<!-- cut --><![CDATA[<c>&amp;]]>&amp;d");
    let telegram = parse(xml.as_bytes(), None).unwrap();
    assert_eq!(telegram.head.headline, "a<bあ<c>&amp;&d");
}

#[test]
fn fifty_megabytes_are_not_read() {
    let mut big = sample("vxse51").into_bytes();
    big.resize(50 * 1024 * 1024, b' ');
    assert_eq!(refused(&big), RefusalCode::TooLarge);
    let refusal = inflate(&gzip(&big)).expect_err("unpacks to too much");
    assert_eq!(refusal.code, RefusalCode::Compression);
}

#[test]
fn gzip_is_unpacked_within_bounds() {
    let xml = sample("vxse53");
    assert_eq!(&*inflate(&gzip(xml.as_bytes())).unwrap(), xml.as_bytes());
    assert_eq!(&*inflate(xml.as_bytes()).unwrap(), xml.as_bytes());
    let packed = gzip(xml.as_bytes());
    assert_eq!(inflate(&packed[..packed.len() / 2]).expect_err("cut").code, RefusalCode::Compression);
    assert_eq!(refused(&packed), RefusalCode::Encoding);
}

#[test]
fn deep_nesting_is_refused_before_it_costs_anything() {
    let deep = |levels: usize| {
        let inside = format!("{}{}", "<a>".repeat(levels), "</a>".repeat(levels));
        sample("unknown").replace("静かの海", &inside)
    };
    assert_eq!(refused(deep(100_000).as_bytes()), RefusalCode::TooDeep);
    assert_eq!(refused(deep(limits::DEPTH).as_bytes()), RefusalCode::TooDeep);
    assert!(parse(deep(limits::DEPTH - 5).as_bytes(), None).is_ok());
}

#[test]
fn floods_of_elements_attributes_and_namespaces_are_refused() {
    let many = sample("unknown").replace("静かの海", &"<a/>".repeat(limits::ELEMENTS));
    assert_eq!(refused(many.as_bytes()), RefusalCode::TooMany);
    let attributes = (0..10_000).map(|number| format!(" a{number}=\"1\"")).collect::<Vec<_>>().concat();
    let wide = sample("unknown").replace("<Moon>", &format!("<Moon{attributes}>"));
    assert_eq!(refused(wide.as_bytes()), RefusalCode::TooMany);
    let spaces = (0..10_000).map(|number| format!(" xmlns:a{number}=\"u\"")).collect::<Vec<_>>().concat();
    let wide = sample("unknown").replace("<Moon>", &format!("<Moon{spaces}>"));
    assert_eq!(refused(wide.as_bytes()), RefusalCode::TooMany);
}

#[test]
fn floods_of_areas_and_stations_cost_no_more_than_their_bytes() {
    let area = |number| format!("<Area><Name>a</Name><Code>{number}</Code></Area>");
    let areas = (0..100_000).map(area).collect::<Vec<_>>().concat();
    let xml = sample("vpbs50").replace("<Areas codeType=", &format!("<Areas>{areas}</Areas><Areas codeType="));
    let Facts::Bulletin(bulletin) = parse(xml.as_bytes(), None).unwrap().facts else { panic!("not a bulletin") };
    assert_eq!(bulletin.areas.len(), 100_001);
    let station = |number| format!("<Station><Name>s</Name><Code>{number}</Code></Station>");
    let stations = (0..100_000).map(station).collect::<Vec<_>>().concat();
    let xml = sample("vxko").replace("<Stations>", &format!("<Stations>{stations}"));
    let Facts::River(river) = parse(xml.as_bytes(), None).unwrap().facts else { panic!("not a river") };
    assert_eq!(river.stations.len(), 100_001);
}

#[test]
fn another_namespace_is_no_telegram() {
    for (from, to) in [
        ("xmlns=\"http://xml.kishou.go.jp/jmaxml1/\"", "xmlns=\"http://example.jp/\""),
        ("/informationBasis1/", "/informationBasis2/"),
        ("/body/seismology1/", "/body/astrology1/"),
    ] {
        assert_eq!(refused(sample("vxse51").replacen(from, to, 1).as_bytes()), RefusalCode::Namespace, "{from}");
    }
    assert_eq!(refused(b"<html><body>503 Service Unavailable</body></html>"), RefusalCode::Namespace);
}

#[test]
fn a_prefix_in_place_of_the_default_namespace_is_the_same_telegram() {
    let plain = sample("vxse51");
    let (declaration, rest) = plain.split_once("<Report").unwrap();
    let mut prefixed = rest.replace("<Control>", "<jmx:Control>").replace("</Control>", "</jmx:Control>");
    for name in ["Title", "DateTime", "Status", "EditorialOffice", "PublishingOffice"] {
        prefixed = prefixed.replacen(&format!("<{name}>"), &format!("<jmx:{name}>"), 1);
        prefixed = prefixed.replacen(&format!("</{name}>"), &format!("</jmx:{name}>"), 1);
    }
    let prefixed = prefixed.replace("</Report>", "</jmx:Report>");
    let prefixed = format!("{declaration}<jmx:Report{prefixed}");
    assert_eq!(parse(prefixed.as_bytes(), None), parse(plain.as_bytes(), None));
}

#[test]
fn other_encodings_are_named() {
    let declared = sample("vxse51").replace("encoding=\"UTF-8\"", "encoding=\"Shift_JIS\"");
    let refusal = parse(declared.as_bytes(), None).expect_err("not UTF-8");
    assert_eq!(refusal.code, RefusalCode::Encoding);
    assert!(refusal.ja.contains("Shift_JIS") && refusal.en.contains("Shift_JIS"));
    // 震度 in Shift_JIS, without a declaration.
    let mut raw = b"<Report><Title>".to_vec();
    raw.extend([0x90, 0x6B, 0x93, 0x78]);
    raw.extend(b"</Title></Report>");
    assert_eq!(refused(&raw), RefusalCode::Encoding);
    let utf16: Vec<u8> = [0xFF, 0xFE].into_iter().chain("<R/>".encode_utf16().flat_map(u16::to_le_bytes)).collect();
    assert_eq!(refused(&utf16), RefusalCode::Encoding);
}

#[test]
fn a_byte_order_mark_is_tolerated() {
    let mut marked = vec![0xEF, 0xBB, 0xBF];
    marked.extend(sample("vxse51").bytes());
    assert!(parse(&marked, None).is_ok());
}

#[test]
fn an_envelope_must_be_whole() {
    for (from, to) in [
        ("<DateTime>2025-12-08T14:20:10Z</DateTime>", ""),
        ("2025-12-08T14:20:10Z", "きのう"),
        ("<Status>訓練</Status>", ""),
        ("<ReportDateTime>2025-12-08T23:20:00+09:00", "<ReportDateTime>"),
        ("<Title>震度速報</Title>\n<DateTime>", "<DateTime>"),
    ] {
        let xml = sample("vxse51");
        assert!(xml.contains(from), "{from}");
        assert_eq!(refused(xml.replacen(from, to, 1).as_bytes()), RefusalCode::Envelope, "{from}");
    }
}

#[test]
fn what_is_not_well_formed_is_refused() {
    let shapes: [&[u8]; 11] = [
        b"garbage",
        b"<a></b>",
        b"<a/><b/>",
        b"<a/>text",
        b"<a b></a>",
        b"<a b=c></a>",
        b"<a b=\"1\" b=\"2\"></a>",
        b"<a b=\"<\"></a>",
        b"<a>]]></a>",
        b"<1/>",
        b"<p:a/>",
    ];
    for shape in shapes {
        assert_eq!(refused(shape), RefusalCode::Malformed, "{}", String::from_utf8_lossy(shape));
    }
    assert_eq!(refused(b"<a>\x01</a>"), RefusalCode::Malformed);
    assert_eq!(refused(b""), RefusalCode::Empty);
    assert_eq!(refused(b" \n"), RefusalCode::Empty);
    assert_eq!(refused(b"<a>"), RefusalCode::Truncated);
    assert_eq!(refused(b"<!DOC"), RefusalCode::Truncated);
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}
