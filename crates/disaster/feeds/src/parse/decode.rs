//! From bytes to text: size, encoding, byte order mark; and where in a text something stands.

use super::limits;
use super::refusal::{Refusal, RefusalCode};

/// Bytes to text: size, encoding and byte order mark.
pub(crate) fn decode(bytes: &[u8]) -> Result<&str, Refusal> {
    if bytes.len() > limits::BYTES {
        return Err(Refusal::new(
            RefusalCode::TooLarge,
            format!("電文が大きすぎます（{}バイト、上限{}バイト）。", bytes.len(), limits::BYTES),
            format!("The telegram has {} bytes; at most {} are read.", bytes.len(), limits::BYTES),
        ));
    }
    if bytes.starts_with(&[0xFE, 0xFF]) || bytes.starts_with(&[0xFF, 0xFE]) {
        return Err(encoding("UTF-16"));
    }
    let bytes = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(bytes);
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(Refusal::new(RefusalCode::Empty, "電文が空です。", "The telegram is empty."));
    }
    if let Some(declared) = declared_encoding(bytes)
        && !declared.eq_ignore_ascii_case("utf-8")
        && !declared.eq_ignore_ascii_case("us-ascii")
    {
        return Err(encoding(&declared));
    }
    std::str::from_utf8(bytes).map_err(|error| {
        let good = String::from_utf8_lossy(bytes.get(..error.valid_up_to()).unwrap_or_default());
        let place = position(&good, good.len());
        // Cut inside a character, at the very end: the telegram is incomplete, not of another encoding.
        if error.error_len().is_none() { truncated().at(place) } else { encoding("?").at(place) }
    })
}

/// The end came too soon.
pub(crate) fn truncated() -> Refusal {
    Refusal::new(
        RefusalCode::Truncated,
        "電文が途中で切れています。",
        "The telegram ends before its root element does.",
    )
}

fn encoding(name: &str) -> Refusal {
    let (ja, en) = if name == "?" {
        ("UTF-8として読めないバイトがあります。".to_owned(), "There are bytes that are not UTF-8.".to_owned())
    } else {
        let name: String = name.chars().take(40).collect();
        (format!("文字コードがUTF-8ではありません（{name}）。"), format!("The encoding is {name}; only UTF-8 is read."))
    };
    Refusal::new(RefusalCode::Encoding, ja, en)
}

/// The encoding named in the XML declaration, if there is one.
fn declared_encoding(bytes: &[u8]) -> Option<String> {
    let declaration = bytes.get(..bytes.len().min(200))?.strip_prefix(b"<?xml")?;
    let declaration = String::from_utf8_lossy(declaration);
    let declaration = declaration.split("?>").next()?;
    let value = declaration.split("encoding").nth(1)?.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|sign| matches!(sign, '"' | '\''))?;
    value.get(1..)?.split(quote).next().map(str::to_owned)
}

/// Line and column, both from 1, of a byte offset.
pub(crate) fn position(source: &str, at: usize) -> (u32, u32) {
    let before = source.get(..at).unwrap_or(source);
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |last| last.chars().count()) + 1;
    (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
}
