//! Sealed columns: personal data encrypted so that it opens only in the row and column it was sealed for.
//!
//! AES-256-GCM-SIV (RFC 8452: a repeated nonce reveals only that two plaintexts are equal). Sealed bytes are
//! `1 ‖ key id (4) ‖ nonce (12) ‖ ciphertext ‖ tag (16)`; the additional data are table, row and column, each with its
//! length before it, so that a value moved to another place does not open.
//!
//! **Invariant:** the newest key seals, every listed key opens; a key leaves the list only when nothing is sealed with it.

use std::fmt;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use aes_gcm_siv::aead::{Aead as _, KeyInit as _, Payload};
use aes_gcm_siv::{Aes256GcmSiv, Key, Nonce};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::chance;

const VERSION: u8 = 1;
const HEAD: usize = 1 + 4 + 12;

/// Why keys could not be read or made (鍵の失敗).
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file could not be read or written.
    #[error("key file {0}: {1}")]
    Io(String, std::io::Error),
    /// A line is not `number base64-of-32-bytes`, or a number is there twice, or there is no key at all.
    #[error("key file line {0} is not a key")]
    Line(usize),
    /// Others on this machine can read the file.
    #[error("key file {0} can be read by others; chmod 600 it")]
    Readable(String),
    /// The system gave no randomness.
    #[error("no randomness")]
    Random,
}

/// Why something did not seal or open (封印の失敗). It says nothing about the content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Sealed by a key that is not in the list.
    #[error("sealed with key {0}, which is not in the list")]
    UnknownKey(u32),
    /// Altered, cut, or moved from another row or column.
    #[error("does not open here")]
    Broken,
    /// Sealed in a format of a later program.
    #[error("sealed in an unknown format {0}")]
    Format(u8),
    /// The system gave no randomness.
    #[error("no randomness")]
    Random,
}

/// Keys by number (鍵束); the highest number seals.
pub struct KeyList {
    /// In rising order of number, never empty.
    keys: Vec<(u32, Zeroizing<[u8; 32]>)>,
}

/// Seals and opens (封印する人).
pub struct Crypter {
    keys: Vec<(u32, Aes256GcmSiv)>,
}

impl KeyList {
    /// One key, for tests and the demo.
    pub fn single(number: u32, key: [u8; 32]) -> Self {
        Self { keys: vec![(number, Zeroizing::new(key))] }
    }

    /// Reads a file of lines `number base64`; makes it with one fresh key (mode 0600) if it is absent.
    pub fn from_file(path: &Path) -> Result<Self, KeyError> {
        let text = match read_private(path)? {
            Some(text) => text,
            None => create_private(path, &line(1, &*fresh_key()?))?,
        };
        Self::parse(&text)
    }

    /// Adds a fresh key to the file and answers the longer list. What was sealed before still opens.
    pub fn rotate(path: &Path) -> Result<Self, KeyError> {
        let list = Self::from_file(path)?;
        let number = list.keys.last().map_or(1, |(number, _)| number + 1);
        let mut text = Zeroizing::new(String::new());
        for (number, key) in &list.keys {
            text.push_str(&line(*number, key));
        }
        text.push_str(&line(number, &*fresh_key()?));
        let draft = path.with_extension("new");
        let failed = |error| KeyError::Io(path.display().to_string(), error);
        match std::fs::remove_file(&draft) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(failed(error)),
            _ => {}
        }
        create_private(&draft, &text)?;
        std::fs::rename(&draft, path).map_err(failed)?;
        sync_parent(path).map_err(failed)?;
        Self::from_file(path)
    }

    /// Reads lines `number base64`.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let mut keys = Vec::new();
        for (n, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let read =
                line.trim().split_once(' ').and_then(|(number, key)| Some((number.parse().ok()?, decode_key(key)?)));
            keys.push(read.ok_or(KeyError::Line(n + 1))?);
        }
        keys.sort_by_key(|(number, _)| *number);
        if keys.is_empty() || keys.windows(2).any(|pair| pair[0].0 == pair[1].0) {
            return Err(KeyError::Line(keys.len()));
        }
        Ok(Self { keys })
    }
}

impl Crypter {
    /// A crypter for these keys; the list is wiped from memory.
    pub fn new(list: KeyList) -> Self {
        let keys = list.keys.iter().map(|(number, key)| (*number, cipher(key))).collect();
        drop(list);
        Self { keys }
    }

    /// Seals a value for one place (封印する).
    pub fn seal(&self, table: &str, row: Uuid, column: &str, plain: &[u8]) -> Result<Vec<u8>, SealError> {
        let (number, cipher) = self.keys.last().ok_or(SealError::UnknownKey(0))?;
        let mut nonce = [0; 12];
        chance::fill(&mut nonce).map_err(|_| SealError::Random)?;
        let place = place(table, row, column);
        let payload = Payload { msg: plain, aad: &place };
        let secret = cipher.encrypt(&Nonce::from(nonce), payload).map_err(|_| SealError::Broken)?;
        let mut sealed = Vec::with_capacity(HEAD + secret.len());
        sealed.push(VERSION);
        sealed.extend(number.to_be_bytes());
        sealed.extend(nonce);
        sealed.extend(secret);
        Ok(sealed)
    }

    /// Opens a value at the place it was sealed for (開封する). The plaintext is wiped when dropped.
    pub fn open(&self, table: &str, row: Uuid, column: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let (version, rest) = sealed.split_first().ok_or(SealError::Broken)?;
        if *version != VERSION {
            return Err(SealError::Format(*version));
        }
        let (number, rest) = rest.split_first_chunk::<4>().ok_or(SealError::Broken)?;
        let (nonce, secret) = rest.split_first_chunk::<12>().ok_or(SealError::Broken)?;
        let number = u32::from_be_bytes(*number);
        let found = self.keys.iter().find(|(known, _)| *known == number);
        let (_, cipher) = found.ok_or(SealError::UnknownKey(number))?;
        let place = place(table, row, column);
        let payload = Payload { msg: secret, aad: &place };
        cipher.decrypt(&Nonce::from(*nonce), payload).map(Zeroizing::new).map_err(|_| SealError::Broken)
    }

    /// True if the value was not sealed by the newest key: open and seal it again to retire an old key.
    pub fn is_stale(&self, sealed: &[u8]) -> bool {
        let newest = self.keys.last().map(|(number, _)| number.to_be_bytes());
        sealed.get(1..5) != newest.as_ref().map(<[u8; 4]>::as_slice)
    }
}

impl fmt::Debug for KeyList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyList({} keys)", self.keys.len())
    }
}

impl fmt::Debug for Crypter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Crypter({} keys)", self.keys.len())
    }
}

/// A secret of 32 bytes from a file of one base64 line, made (mode 0600) if the file is absent.
pub(crate) fn read_or_create_secret(path: &Path) -> Result<Zeroizing<[u8; 32]>, KeyError> {
    let text = match read_private(path)? {
        Some(text) => text,
        None => create_private(path, &BASE64.encode(fresh_key()?.as_slice()))?,
    };
    decode_key(text.trim()).ok_or(KeyError::Line(1))
}

fn place(table: &str, row: Uuid, column: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(24 + table.len() + 16 + column.len());
    for part in [table.as_bytes(), row.as_bytes(), column.as_bytes()] {
        bytes.extend((part.len() as u64).to_be_bytes());
        bytes.extend(part);
    }
    bytes
}

fn cipher(key: &[u8; 32]) -> Aes256GcmSiv {
    Aes256GcmSiv::new(&Key::<Aes256GcmSiv>::from(*key))
}

fn fresh_key() -> Result<Zeroizing<[u8; 32]>, KeyError> {
    let mut key = Zeroizing::new([0; 32]);
    chance::fill(key.as_mut_slice()).map_err(|_| KeyError::Random)?;
    Ok(key)
}

fn decode_key(text: &str) -> Option<Zeroizing<[u8; 32]>> {
    let bytes = Zeroizing::new(BASE64.decode(text.trim()).ok()?);
    bytes.as_slice().try_into().ok().map(Zeroizing::new)
}

fn line(number: u32, key: &[u8; 32]) -> Zeroizing<String> {
    Zeroizing::new(format!("{number} {}\n", BASE64.encode(key)))
}

/// The text of a file that only its owner may read; `None` if it is absent.
fn read_private(path: &Path) -> Result<Option<Zeroizing<String>>, KeyError> {
    use std::os::unix::fs::PermissionsExt as _;
    let failed = |error| KeyError::Io(path.display().to_string(), error);
    let text = match std::fs::read_to_string(path) {
        Ok(text) => Zeroizing::new(text),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let mode = std::fs::metadata(path).map_err(failed)?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(KeyError::Readable(path.display().to_string()));
    }
    Ok(Some(text))
}

/// Writes a new file that only its owner may read; whoever was first wins, and its text is the answer.
fn create_private(path: &Path, text: &str) -> Result<Zeroizing<String>, KeyError> {
    let failed = |error| KeyError::Io(path.display().to_string(), error);
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    // Written aside and linked into place, so that nobody reads half a key.
    let draft = path.with_extension(format!("draft-{}", std::process::id()));
    let _ = std::fs::remove_file(&draft);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft).map_err(failed)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
    let linked = std::fs::hard_link(&draft, path);
    std::fs::remove_file(&draft).map_err(failed)?;
    match linked {
        Ok(()) => sync_parent(path).map_err(failed)?,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) => return Err(failed(error)),
    }
    read_private(path)?.ok_or_else(|| failed(ErrorKind::NotFound.into()))
}

fn sync_parent(path: &Path) -> std::io::Result<()> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn crypter() -> Crypter {
        Crypter::new(KeyList::single(1, [5; 32]))
    }

    #[test]
    fn swapped_rows_columns_and_tables_do_not_open() {
        let crypter = crypter();
        let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let sealed = crypter.seal("person", one, "name", "青森 花子".as_bytes()).unwrap();
        assert_eq!(crypter.open("person", one, "name", &sealed).unwrap().as_slice(), "青森 花子".as_bytes());
        for (table, row, column) in
            [("person", two, "name"), ("person", one, "address"), ("persons", one, "ame"), ("card", one, "name")]
        {
            assert_eq!(crypter.open(table, row, column, &sealed), Err(SealError::Broken));
        }
    }

    #[test]
    fn rotation_keeps_old_values_readable() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep").join("keys");
        let old = Crypter::new(KeyList::from_file(&path).unwrap());
        let sealed = old.seal("t", Uuid::nil(), "c", b"x").unwrap();
        let new = Crypter::new(KeyList::rotate(&path).unwrap());
        assert_eq!(new.open("t", Uuid::nil(), "c", &sealed).unwrap().as_slice(), b"x");
        assert!(new.is_stale(&sealed) && !old.is_stale(&sealed));
        let newer = new.seal("t", Uuid::nil(), "c", b"x").unwrap();
        assert!(!new.is_stale(&newer));
        assert_eq!(old.open("t", Uuid::nil(), "c", &newer), Err(SealError::UnknownKey(2)));
        assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "no drafts are left");
    }

    #[test]
    fn a_key_file_that_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        KeyList::from_file(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(KeyList::from_file(&path), Err(KeyError::Readable(_))));
    }

    #[test]
    fn bad_key_files_are_refused() {
        for bad in [
            "",
            "1",
            "1 short",
            "x AAAA",
            "1 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n1 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        ] {
            assert!(KeyList::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn keys_do_not_show_in_debug_output() {
        assert_eq!(format!("{:?} {:?}", KeyList::single(1, [5; 32]), crypter()), "KeyList(1 keys) Crypter(1 keys)");
    }

    #[test]
    fn known_answer_of_rfc_8452() {
        // Appendix C.2: AEAD_AES_256_GCM_SIV, plaintext 0100000000000000, no additional data.
        let mut key = [0; 32];
        key[0] = 1;
        let mut nonce = [0; 12];
        nonce[0] = 3;
        let secret =
            cipher(&key).encrypt(&Nonce::from(nonce), Payload { msg: &[1, 0, 0, 0, 0, 0, 0, 0], aad: b"" }).unwrap();
        assert_eq!(kernel::hex(&secret), "c2ef328e5c71c83b843122130f7364b761e0b97427e3df28");
    }

    proptest! {
        #[test]
        fn any_flipped_bit_or_cut_is_noticed(plain in prop::collection::vec(any::<u8>(), 0..64), at in any::<prop::sample::Index>(), bit in 0..8_u32) {
            let crypter = crypter();
            let sealed = crypter.seal("t", Uuid::nil(), "c", &plain).unwrap();
            let opened = crypter.open("t", Uuid::nil(), "c", &sealed).unwrap();
            prop_assert_eq!(opened.as_slice(), plain.as_slice());
            let mut altered = sealed.clone();
            altered[at.index(sealed.len())] ^= 1_u8 << bit;
            prop_assert!(crypter.open("t", Uuid::nil(), "c", &altered).is_err());
            prop_assert!(crypter.open("t", Uuid::nil(), "c", &sealed[..at.index(sealed.len())]).is_err());
        }
    }
}
