//! Unpacks `.xml.gz` of files and uploads, bounded in size and in how much a byte may grow.

use std::borrow::Cow;
use std::io::Read;

use flate2::bufread::MultiGzDecoder;

use super::limits;
use super::refusal::{Refusal, RefusalCode};

/// The largest growth that is believed. Telegrams repeat themselves much: real ones grow up to 60 times.
pub const RATIO: usize = 200;
/// Below this size growth is not looked at.
const SMALL: usize = 1024 * 1024;

/// The XML of a file: as it is, or unpacked when it begins as gzip does.
pub fn inflate(bytes: &[u8]) -> Result<Cow<'_, [u8]>, Refusal> {
    if !bytes.starts_with(&[0x1F, 0x8B]) {
        return Ok(Cow::Borrowed(bytes));
    }
    let most = limits::BYTES.min(bytes.len().saturating_mul(RATIO).max(SMALL));
    let mut out = Vec::with_capacity(most.min(bytes.len().saturating_mul(16)));
    let mut reader = MultiGzDecoder::new(bytes).take(most as u64 + 1);
    if let Err(error) = reader.read_to_end(&mut out) {
        return Err(Refusal::new(
            RefusalCode::Compression,
            "圧縮ファイルを展開できません。",
            format!("The gzip file does not unpack: {error}."),
        ));
    }
    if out.len() > most {
        return Err(Refusal::new(
            RefusalCode::Compression,
            format!("圧縮ファイルの展開後の大きさが上限（{most}バイト）を超えます。"),
            format!("The gzip file unpacks to more than {most} bytes."),
        ));
    }
    Ok(Cow::Owned(out))
}
