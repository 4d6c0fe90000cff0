//! How text is written: by its mark, by what it can be, by what it would say.

use std::borrow::Cow;

use encoding_rs::{EUC_JP, SHIFT_JIS, UTF_16BE, UTF_16LE};

use crate::{Encoding, Reason};

/// Text with its encoding.
#[derive(Debug)]
pub(super) struct Decoded<'a> {
    pub text: Cow<'a, str>,
    pub encoding: Encoding,
    /// Characters that could not be read and are `�` now.
    pub bad: usize,
}

/// Decodes text. Refused when it is no text, or when more than one in a hundred characters is bad in every encoding.
pub(super) fn decode(bytes: &[u8]) -> Result<Decoded<'_>, Reason> {
    if let Some(rest) = bytes.strip_prefix(&[0xef, 0xbb, 0xbf]) {
        return accept(utf8(rest, Encoding::Utf8Bom));
    }
    for (mark, encoding) in [([0xff, 0xfe], UTF_16LE), ([0xfe, 0xff], UTF_16BE)] {
        if let Some(rest) = bytes.strip_prefix(&mark) {
            return accept(japanese(rest, encoding, Encoding::Utf16));
        }
    }
    if bytes.iter().take(4_096).any(|b| *b == 0) {
        return Err(Reason::UnknownFormat(None));
    }
    let utf8 = utf8(bytes, Encoding::Utf8);
    if utf8.bad == 0 {
        return Ok(utf8);
    }
    let candidates = [utf8, japanese(bytes, SHIFT_JIS, Encoding::ShiftJis), japanese(bytes, EUC_JP, Encoding::EucJp)];
    // The fewest bad characters; among equals the one that reads like Japanese.
    let best = candidates.into_iter().min_by_key(|decoded| (decoded.bad, oddness(&decoded.text)));
    best.map_or(Err(Reason::Encoding), accept)
}

fn accept(decoded: Decoded<'_>) -> Result<Decoded<'_>, Reason> {
    let tolerable = decoded.bad <= 3 || decoded.bad * 100 <= decoded.text.chars().count();
    if tolerable { Ok(decoded) } else { Err(Reason::Encoding) }
}

fn utf8(bytes: &[u8], encoding: Encoding) -> Decoded<'_> {
    let text = String::from_utf8_lossy(bytes);
    let bad = if matches!(text, Cow::Borrowed(_)) { 0 } else { replaced(&text) };
    Decoded { text, encoding, bad }
}

fn japanese<'a>(bytes: &'a [u8], table: &'static encoding_rs::Encoding, encoding: Encoding) -> Decoded<'a> {
    let (text, had_errors) = table.decode_without_bom_handling(bytes);
    let bad = if had_errors { replaced(&text) } else { 0 };
    Decoded { text, encoding, bad }
}

fn replaced(text: &str) -> usize {
    text.chars().filter(|c| *c == char::REPLACEMENT_CHARACTER).count()
}

/// In thousandths, how much of the text is what a wrong encoding makes of Japanese: half-width kana, private characters,
/// kanji without a kana between them.
fn oddness(text: &str) -> usize {
    let (mut odd, mut kana, mut all) = (0, 0, 0);
    for c in text.chars().filter(|c| !c.is_ascii()).take(20_000) {
        all += 1;
        odd += usize::from(matches!(c, '\u{ff61}'..='\u{ff9f}' | '\u{e000}'..='\u{f8ff}' | '\u{80}'..='\u{9f}'));
        kana += usize::from(matches!(c, '\u{3041}'..='\u{30ff}'));
    }
    (odd * 2_000 + (all - kana) * 10).checked_div(all).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TEXT: &str = "名称,住所,緯度\n八戸市立図書館,青森県八戸市大字糠塚字下道２－１,40.5\n髙田①㈱,ﾊﾁﾉﾍｼ,～－∥\n";

    #[test]
    fn every_encoding_is_found() {
        let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain(TEXT.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        let bom: Vec<u8> = [0xef, 0xbb, 0xbf].into_iter().chain(TEXT.bytes()).collect();
        // EUC-JP has neither ① nor half-width kana in every table; a plain text will do.
        let plain = "名称,住所\n八戸市立図書館,青森県八戸市糠塚\nさくら会館,むつ市\n";
        let cases = [
            (TEXT.as_bytes().to_vec(), Encoding::Utf8, TEXT),
            (bom, Encoding::Utf8Bom, TEXT),
            (utf16, Encoding::Utf16, TEXT),
            (SHIFT_JIS.encode(TEXT).0.into_owned(), Encoding::ShiftJis, TEXT),
            (EUC_JP.encode(plain).0.into_owned(), Encoding::EucJp, plain),
            (SHIFT_JIS.encode(plain).0.into_owned(), Encoding::ShiftJis, plain),
            (b"a,b\n1,2\n".to_vec(), Encoding::Utf8, "a,b\n1,2\n"),
        ];
        for (bytes, encoding, text) in cases {
            let decoded = decode(&bytes).unwrap();
            assert_eq!((decoded.encoding, decoded.bad), (encoding, 0));
            if encoding == Encoding::ShiftJis {
                // cp932 has one wave dash and one minus; which of the look-alikes comes back is its choice.
                assert_eq!(decoded.text.chars().count(), text.chars().count());
            } else {
                assert_eq!(decoded.text, text);
            }
        }
    }

    #[test]
    fn short_names_alone_are_told_apart() {
        for name in ["名称", "指定避難所", "三沢", "津軽", "カナ", "番号,名前"] {
            let decoded = SHIFT_JIS.encode(name).0.into_owned();
            assert_eq!(decode(&decoded).unwrap().text, name);
        }
    }

    #[test]
    fn a_few_bad_bytes_are_borne_and_counted() {
        let mut bytes = TEXT.as_bytes().to_vec();
        bytes.truncate(bytes.len() - 2);
        let decoded = decode(&bytes).unwrap();
        assert_eq!((decoded.encoding, decoded.bad), (Encoding::Utf8, 1));
        let noise: Vec<u8> = (0..4_000_u32).map(|n| u8::try_from(n * 7 % 255 + 1).unwrap()).collect();
        assert_eq!(decode(&noise).unwrap_err(), Reason::Encoding);
        assert_eq!(decode(b"a\0b").unwrap_err(), Reason::UnknownFormat(None));
    }

    proptest! {
        #[test]
        fn any_bytes_are_text_or_not(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = decode(&bytes);
        }

        #[test]
        fn utf8_is_never_taken_for_anything_else(text in "\\PC{0,80}") {
            let decoded = decode(text.as_bytes()).unwrap();
            prop_assert!(decoded.bad == 0 && text.ends_with(decoded.text.as_ref()));
        }
    }
}
