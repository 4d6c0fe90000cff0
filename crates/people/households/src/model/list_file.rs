//! Reads a municipality's list of protected people from a file: CSV in UTF-8 or Shift_JIS.

use encoding_rs::SHIFT_JIS;
use kernel::fold;

use super::Listed;

/// Lines of one list at most.
pub(crate) const MAX_LINES: usize = 10_000;

/// What the columns are called.
const NAME: &[&str] = &["氏名", "名前", "対象者氏名", "name"];
const KANA: &[&str] = &["カナ", "氏名カナ", "カナ氏名", "ふりがな", "氏名(カナ)", "フリガナ", "kana"];
const BIRTH: &[&str] = &["生年月日", "birth"];

/// Why a file cannot be taken in (取り込めない理由). It never holds a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// No line names the columns.
    Header,
    TooMany,
    /// These lines, counted from 1, have no name, or a birth date that cannot be read.
    Lines(Vec<u64>),
}

/// Every line of the file, or what is wrong with it.
pub(crate) fn read_list(bytes: &[u8]) -> Result<Vec<Listed>, Unreadable> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.trim_start_matches('\u{feff}').to_owned(),
        Err(_) => SHIFT_JIS.decode_without_bom_handling(bytes).0.into_owned(),
    };
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|_| Unreadable::Header)?.clone();
    let column = |names: &[&str]| header.iter().position(|cell| names.iter().any(|name| fold::same(cell, name)));
    let (Some(name), Some(birth)) = (column(NAME), column(BIRTH)) else { return Err(Unreadable::Header) };
    let kana = column(KANA);
    let (mut lines, mut bad) = (Vec::new(), Vec::new());
    for (at, record) in reader.records().enumerate() {
        if lines.len() >= MAX_LINES {
            return Err(Unreadable::TooMany);
        }
        let line = at as u64 + 2;
        let Ok(record) = record else {
            bad.push(line);
            continue;
        };
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let cell = |at: Option<usize>| at.and_then(|at| record.get(at)).unwrap_or_default();
        match Listed::read(cell(Some(name)), cell(kana), cell(Some(birth))) {
            Ok(listed) => lines.push(listed),
            Err(_) => bad.push(record.position().map_or(line, csv::Position::line)),
        }
    }
    if bad.is_empty() { Ok(lines) } else { Err(Unreadable::Lines(bad)) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LIST: &str =
        "番号,氏名,フリガナ,生年月日\r\n1,渡邊 花子,ワタナベ ハナコ,H2.4.1\r\n\r\n2,\"見本, 太郎\",,\r\n";

    #[test]
    fn a_list_is_read_in_either_encoding() {
        let (sjis, ..) = SHIFT_JIS.encode(LIST);
        for bytes in [LIST.as_bytes(), format!("\u{feff}{LIST}").as_bytes(), &sjis] {
            let lines = read_list(bytes).unwrap();
            assert_eq!(lines.len(), 2);
            assert_eq!((lines[0].name.as_str(), lines[0].kana.as_str()), ("渡邊 花子", "わたなべ はなこ"));
            assert_eq!(lines[0].birth.unwrap().to_string(), "1990-04-01");
            assert_eq!((lines[1].name.as_str(), lines[1].birth), ("見本, 太郎", None));
        }
    }

    #[test]
    fn what_cannot_be_read_is_named_by_its_line() {
        assert_eq!(read_list("花子,はなこ\n".as_bytes()), Err(Unreadable::Header));
        assert_eq!(read_list(b""), Err(Unreadable::Header));
        let bad = "氏名,生年月日\n花子,H2.4.1\n太郎,昭和100年1月1日\n,H2.4.1\n";
        assert_eq!(read_list(bad.as_bytes()), Err(Unreadable::Lines(vec![3, 4])));
        let long = format!("氏名,生年月日\n{}", "花子,H2.4.1\n".repeat(MAX_LINES + 1));
        assert_eq!(read_list(long.as_bytes()), Err(Unreadable::TooMany));
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            let _ = read_list(&bytes);
            let _ = read_list(&[b"\xe6\xb0\x8f\xe5\x90\x8d,birth\n".as_slice(), &bytes].concat());
        }
    }
}
