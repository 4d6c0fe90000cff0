//! Tablets (タブレット) of the LAN: paired once at the laptop, known by a cookie, forgotten at a word.
//!
//! **Invariant:** a tablet is paired only over TLS, with a code that the laptop's screen shows, once, for ten minutes.
//! **Invariant:** what a tablet presents is kept nowhere: the folder holds its SHA-256.

use std::path::PathBuf;

use anyhow::Context as _;
use axum::http::{HeaderMap, HeaderValue, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use kernel::{Ids, Timestamp};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::folder;

/// The cookie; `__Host-` binds it to this address and to TLS.
const COOKIE: &str = "__Host-mamori-tablet";
/// How long a tablet stays paired: as long as a long disaster.
const SECONDS: u64 = 90 * 24 * 3600;
/// How long a code is good.
const CODE_MS: i64 = 10 * 60 * 1000;
/// Wrong codes after which the code on the screen is void.
const TRIES: u32 = 5;
/// Tablets of one kit at most.
const MOST: usize = 50;

/// A paired tablet (登録済みタブレット).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tablet {
    pub(crate) id: Uuid,
    pub(crate) name: String,
    pub(crate) paired_at: Timestamp,
    /// SHA-256 of its secret, base64url.
    secret: String,
}

/// All tablets of the kit.
#[derive(Debug)]
pub(crate) struct Tablets {
    path: PathBuf,
    known: Mutex<Vec<Tablet>>,
    code: Mutex<Option<Code>>,
}

/// The code on the laptop's screen.
#[derive(Debug)]
struct Code {
    digits: String,
    name: String,
    until_ms: i64,
    tries: u32,
}

/// Why a tablet was not paired.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotPaired {
    #[error("no code is open, or it is not this one")]
    Code,
    #[error(transparent)]
    Broken(#[from] anyhow::Error),
}

impl Tablets {
    /// The tablets that the folder knows.
    pub(crate) fn open(path: PathBuf) -> anyhow::Result<Self> {
        let known = folder::read(&path)?.unwrap_or_default();
        Ok(Self { path, known: Mutex::new(known), code: Mutex::new(None) })
    }

    /// A new code of eight digits for one tablet; a former one is void.
    pub(crate) fn offer(&self, name: &str, ids: &Ids, now: Timestamp) -> String {
        let mut bytes = [0; 8];
        ids.fill(&mut bytes);
        let digits = format!("{:08}", u64::from_le_bytes(bytes) % 100_000_000);
        let until_ms = now.millis() + CODE_MS;
        *self.code.lock() = Some(Code { digits: digits.clone(), name: name.to_owned(), until_ms, tries: 0 });
        digits
    }

    /// Pairs a tablet that presents the code; its secret, to be set with [`cookie`].
    pub(crate) fn pair(&self, digits: &str, ids: &Ids, now: Timestamp) -> Result<(Tablet, String), NotPaired> {
        let name = self.redeem(digits, now).ok_or(NotPaired::Code)?;
        let mut bytes = [0; 32];
        ids.fill(&mut bytes);
        let secret = B64.encode(bytes);
        let tablet = Tablet { id: ids.uuid(), name, paired_at: now, secret: digest(&secret) };
        self.change(|known| {
            anyhow::ensure!(known.len() < MOST, "{MOST} tablets are paired; take one away first");
            known.push(tablet.clone());
            Ok(())
        })?;
        Ok((tablet, secret))
    }

    /// Forgets a tablet; it is nobody from here on.
    pub(crate) fn forget(&self, id: Uuid) -> anyhow::Result<bool> {
        self.change(|known| {
            let before = known.len();
            known.retain(|tablet| tablet.id != id);
            Ok(known.len() < before)
        })
    }

    pub(crate) fn all(&self) -> Vec<Tablet> {
        self.known.lock().clone()
    }

    /// The tablet that sent these headers.
    pub(crate) fn of(&self, headers: &HeaderMap) -> Option<Uuid> {
        let presented = headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(';'))
            .find_map(|pair| pair.trim().strip_prefix(COOKIE)?.strip_prefix('='))?;
        // Hashes of random secrets are compared, so that how long it takes says nothing.
        let presented = digest(presented);
        self.known.lock().iter().find(|tablet| tablet.secret == presented).map(|tablet| tablet.id)
    }

    fn redeem(&self, digits: &str, now: Timestamp) -> Option<String> {
        let mut open = self.code.lock();
        let code = open.as_mut().filter(|code| now.millis() <= code.until_ms && code.tries < TRIES)?;
        code.tries += 1;
        let right = digits.trim() == code.digits;
        if right { open.take().map(|code| code.name) } else { None }
    }

    /// Changes the list in the folder first, then here.
    fn change<T>(&self, change: impl FnOnce(&mut Vec<Tablet>) -> anyhow::Result<T>) -> anyhow::Result<T> {
        let mut known = self.known.lock();
        let mut next = known.clone();
        let done = change(&mut next)?;
        folder::write(&self.path, &next)?;
        *known = next;
        Ok(done)
    }
}

/// The `Set-Cookie` that makes a browser the tablet.
pub(crate) fn cookie(secret: &str) -> anyhow::Result<HeaderValue> {
    HeaderValue::from_str(&format!("{COOKIE}={secret}; Path=/; Max-Age={SECONDS}; HttpOnly; SameSite=Strict; Secure"))
        .context("a secret is made of cookie characters")
}

fn digest(secret: &str) -> String {
    B64.encode(Sha256::digest(secret))
}

#[cfg(test)]
mod tests {
    use kernel::Clock;

    use super::*;

    fn headers(cookie: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_str(cookie).unwrap())])
    }

    #[test]
    fn a_code_pairs_one_tablet_once_and_a_wrong_one_five_times_not() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("tablets.json");
        let ids = Ids::system(Clock::system());
        let tablets = Tablets::open(path.clone()).unwrap();
        let at = |seconds: i64| Timestamp::from_secs(1_765_203_300 + seconds);
        assert!(matches!(tablets.pair("00000000", &ids, at(0)), Err(NotPaired::Code)));
        let code = tablets.offer("受付 2", &ids, at(0));
        assert_eq!(code.len(), 8);
        let (tablet, secret) = tablets.pair(&code, &ids, at(599)).unwrap();
        assert_eq!(tablet.name, "受付 2");
        assert!(matches!(tablets.pair(&code, &ids, at(599)), Err(NotPaired::Code)), "once");
        let code = tablets.offer("受付 3", &ids, at(0));
        assert!(matches!(tablets.pair(&code, &ids, at(601)), Err(NotPaired::Code)), "too late");
        let code = tablets.offer("受付 3", &ids, at(0));
        for _ in 0..TRIES {
            assert!(tablets.pair("none", &ids, at(1)).is_err());
        }
        assert!(matches!(tablets.pair(&code, &ids, at(1)), Err(NotPaired::Code)), "void after wrong ones");

        let again = Tablets::open(path.clone()).unwrap();
        assert_eq!(again.of(&headers(&format!("a=b; {COOKIE}={secret}"))), Some(tablet.id));
        assert_eq!(again.of(&headers(&format!("{COOKIE}={}", tablet.secret))), None, "the folder is no key");
        assert!(!std::fs::read_to_string(&path).unwrap().contains(&secret));
        assert!(again.forget(tablet.id).unwrap() && !again.forget(tablet.id).unwrap());
        assert_eq!(again.of(&headers(&format!("{COOKIE}={secret}"))), None);
    }
}
