//! The safe (鍵の保管): the kit's secret key on disk, sealed under a passphrase, and how often somebody may try it.
//!
//! **Invariant:** the secret key never touches the disk unsealed, nor the key derived from the passphrase at all.
//! **Invariant:** a try is counted durably before it is made: pulling the plug does not give one back.
//! **Invariant:** nobody is shut out for good. Whoever holds the disk can try elsewhere anyway; the delays are against
//! whoever only sits at the keyboard, and a locked kit goes on admitting people.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use argon2::{Algorithm, Argon2, Block, Params, Version};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use kernel::{Ids, Timestamp};
use serde::{Deserialize, Serialize};
use store::envelope::{PublicKey, SecretKey};
use unicode_normalization::UnicodeNormalization as _;
use zeroize::{Zeroize as _, Zeroizing};

use super::folder;

/// Shortest passphrase, in characters.
pub(crate) const SHORTEST: usize = 12;
/// Tries that cost nothing but the derivation.
const FREE: u32 = 5;
/// The first wait after them, doubled each time.
const FIRST_WAIT_MS: i64 = 10_000;
/// The longest wait.
const LONGEST_WAIT_MS: i64 = 15 * 60 * 1000;
/// 64 MiB and three passes: 0.1 s on a desktop of today, below a second on a laptop of 2012.
const COST: Cost = Cost { memory_kib: 64 * 1024, passes: 3, lanes: 1 };

/// Where a sealed key lies (保管場所).
#[derive(Debug, Clone)]
pub(crate) struct Safe {
    path: PathBuf,
    /// Whose key it is: a safe moved to another kit does not open.
    owner: String,
}

/// Why a safe did not open (開けられない理由).
#[derive(Debug, thiserror::Error)]
pub(crate) enum Shut {
    #[error("the passphrase is not right")]
    Wrong,
    /// Too many tries; the next may be made after so many seconds.
    #[error("too many tries; wait {0} seconds")]
    Wait(u64),
    #[error(transparent)]
    Broken(#[from] anyhow::Error),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Cost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

/// The file. What it says of itself is authenticated with the key.
#[derive(Debug, Serialize, Deserialize)]
struct Sealed {
    v: u8,
    cost: Cost,
    salt: String,
    nonce: String,
    data: String,
    public: PublicKey,
}

/// Tries that failed since the last that did not.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Tries {
    failed: u32,
    last_ms: i64,
}

impl Safe {
    /// The safe at `path` of a kit.
    pub(crate) fn new(path: PathBuf, owner: impl Into<String>) -> Self {
        Self { path, owner: owner.into() }
    }

    /// Seals a key under a passphrase, in place of what was there.
    pub(crate) fn put(&self, secret: &SecretKey, passphrase: &str, ids: &Ids) -> anyhow::Result<PublicKey> {
        self.put_at(COST, secret, passphrase, ids)
    }

    fn put_at(&self, cost: Cost, secret: &SecretKey, passphrase: &str, ids: &Ids) -> anyhow::Result<PublicKey> {
        let (mut salt, mut nonce) = ([0; 16], [0; 12]);
        ids.fill(&mut salt);
        ids.fill(&mut nonce);
        let public = secret.public(self.owner.clone());
        let mut data = Zeroizing::new(secret.expose().to_vec());
        cipher(cost, passphrase, &salt)?
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), self.bound_to(&public), &mut *data)
            .ok()
            .context("the key does not seal")?;
        let sealed = Sealed {
            v: 1,
            cost,
            salt: B64.encode(salt),
            nonce: B64.encode(nonce),
            data: B64.encode(&*data),
            public: public.clone(),
        };
        folder::write(&self.path, &sealed)?;
        folder::write(&self.tries_path(), &Tries::default())?;
        Ok(public)
    }

    /// The public half of the key in it; needs no passphrase.
    pub(crate) fn public(&self) -> anyhow::Result<PublicKey> {
        Ok(self.sealed()?.public)
    }

    /// Opens it. Takes as long as the derivation: call it where waiting is allowed.
    pub(crate) fn open(&self, passphrase: &str, now: Timestamp) -> Result<SecretKey, Shut> {
        let sealed = self.sealed()?;
        let tries = self.tries();
        if let Some(seconds) = self.must_wait(&tries, now)? {
            return Err(Shut::Wait(seconds));
        }
        folder::write(&self.tries_path(), &Tries { failed: tries.failed + 1, last_ms: now.millis() })?;
        let bytes = |text: &str| B64.decode(text).context("the safe is damaged");
        let nonce: [u8; 12] = bytes(&sealed.nonce)?.try_into().ok().context("the safe is damaged")?;
        let mut data = Zeroizing::new(bytes(&sealed.data)?);
        let cipher = cipher(sealed.cost, passphrase, &bytes(&sealed.salt)?)?;
        let opened = cipher.open_in_place(
            Nonce::assume_unique_for_key(nonce),
            self.bound_to(&sealed.public),
            data.as_mut_slice(),
        );
        let Ok(key) = opened else { return Err(Shut::Wrong) };
        let secret = SecretKey::from_bytes(key).context("the safe holds no key")?;
        folder::write(&self.tries_path(), &Tries::default())?;
        Ok(secret)
    }

    /// Seconds to wait before the next try. A clock that was set back is no way round it: the wait begins anew from there.
    fn must_wait(&self, tries: &Tries, now: Timestamp) -> anyhow::Result<Option<u64>> {
        let Some(over) = tries.failed.checked_sub(FREE) else { return Ok(None) };
        let wait = FIRST_WAIT_MS.saturating_mul(1 << over.min(16)).min(LONGEST_WAIT_MS);
        if now.millis() < tries.last_ms {
            folder::write(&self.tries_path(), &Tries { failed: tries.failed, last_ms: now.millis() })?;
        }
        let left = wait - (now.millis() - tries.last_ms).max(0);
        Ok((left > 0).then(|| u64::try_from(left).unwrap_or(0).div_ceil(1000)))
    }

    fn bound_to(&self, public: &PublicKey) -> Aad<Vec<u8>> {
        Aad::from(format!("mamori kit safe 1\0{}\0{}", self.owner, public.kid()).into_bytes())
    }

    fn sealed(&self) -> anyhow::Result<Sealed> {
        let sealed: Sealed =
            folder::read(&self.path)?.with_context(|| format!("there is no {}", self.path.display()))?;
        anyhow::ensure!(sealed.v == 1, "{} was made by a later program", self.path.display());
        Ok(sealed)
    }

    /// A file of tries that is damaged or gone counts as many tries: taking it away must gain nothing.
    fn tries(&self) -> Tries {
        folder::read(&self.tries_path()).ok().flatten().unwrap_or(Tries { failed: FREE, last_ms: 0 })
    }

    fn tries_path(&self) -> PathBuf {
        self.path.with_extension("tries")
    }
}

/// What a passphrase must be; the same words for whoever types full-width letters.
pub(crate) fn check(passphrase: &str) -> Result<(), &'static str> {
    if normal(passphrase).chars().count() < SHORTEST {
        return Err("合言葉は12文字以上にしてください。 / The passphrase needs 12 characters or more.");
    }
    Ok(())
}

/// Full-width and half-width are the same, and nobody sees a space at the end.
fn normal(passphrase: &str) -> Zeroizing<String> {
    Zeroizing::new(passphrase.trim().nfkc().collect())
}

fn cipher(cost: Cost, passphrase: &str, salt: &[u8]) -> anyhow::Result<LessSafeKey> {
    let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(32))
        .map_err(|error| anyhow::anyhow!("the cost of the safe is wrong: {error}"))?;
    let mut blocks = vec![Block::default(); params.block_count()];
    let mut key = Zeroizing::new([0; 32]);
    let derived = Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password_into_with_memory(
        normal(passphrase).as_bytes(),
        salt,
        key.as_mut_slice(),
        &mut blocks,
    );
    for block in &mut blocks {
        block.zeroize();
    }
    derived.map_err(|error| anyhow::anyhow!("the passphrase gives no key: {error}"))?;
    UnboundKey::new(&AES_256_GCM, key.as_slice()).map(LessSafeKey::new).ok().context("the passphrase gives no key")
}

/// Whether there is a safe at this path.
pub(crate) fn exists(path: &Path) -> bool {
    path.is_file()
}

#[cfg(test)]
mod tests {
    use kernel::{Clock, Stopwatch};

    use super::*;

    const WORDS: &str = "うみねこ りんご ねぶた いか";
    const CHEAP: Cost = Cost { memory_kib: 64, passes: 1, lanes: 1 };

    fn safe(folder: &tempfile::TempDir) -> (Safe, SecretKey, Ids) {
        let safe = Safe::new(folder.path().join("safe.json"), "kit:1");
        let (secret, ids) = (SecretKey::generate().unwrap(), Ids::system(Clock::system()));
        safe.put_at(CHEAP, &secret, WORDS, &ids).unwrap();
        (safe, secret, ids)
    }

    #[test]
    fn the_right_words_open_it_however_they_were_typed() {
        let folder = tempfile::tempdir().unwrap();
        let (safe, secret, _) = safe(&folder);
        let now = Timestamp::from_secs(1_765_203_300);
        for typed in [WORDS, " うみねこ りんご ねぶた いか\n", "ｳﾐﾈｺ"] {
            let opened = safe.open(typed, now);
            if typed.contains("りんご") {
                assert_eq!(*opened.unwrap().expose(), *secret.expose());
            } else {
                assert!(matches!(opened, Err(Shut::Wrong)));
            }
        }
        assert_eq!(safe.public().unwrap(), secret.public("kit:1"));
        let moved = Safe::new(folder.path().join("safe.json"), "kit:2");
        assert!(matches!(moved.open(WORDS, now), Err(Shut::Wrong)), "another kit's safe");
        let text = std::fs::read_to_string(folder.path().join("safe.json")).unwrap();
        assert!(!text.contains(&B64.encode(*secret.expose())));
    }

    #[test]
    fn tries_are_delayed_and_the_delay_survives_a_power_cut_and_a_clock_set_back() {
        let folder = tempfile::tempdir().unwrap();
        let (safe, ..) = safe(&folder);
        let at = |seconds: i64| Timestamp::from_secs(1_765_203_300 + seconds);
        for _ in 0..FREE {
            assert!(matches!(safe.open("wrong", at(0)), Err(Shut::Wrong)));
        }
        assert!(matches!(safe.open(WORDS, at(0)), Err(Shut::Wait(10))));
        let again = Safe::new(folder.path().join("safe.json"), "kit:1");
        assert!(matches!(again.open(WORDS, at(4)), Err(Shut::Wait(6))));
        assert!(matches!(again.open(WORDS, at(-400)), Err(Shut::Wait(10))));
        assert!(matches!(again.open(WORDS, at(-391)), Err(Shut::Wait(1))));
        assert!(matches!(again.open("wrong", at(-390)), Err(Shut::Wrong)));
        assert!(matches!(again.open(WORDS, at(-389)), Err(Shut::Wait(19))), "twice as long");
        std::fs::remove_file(folder.path().join("safe.tries")).unwrap();
        assert!(again.open(WORDS, at(0)).is_ok());
        assert!(again.open(WORDS, at(0)).is_ok(), "the right words give the tries back");
    }

    #[test]
    fn a_try_is_counted_before_it_is_made() {
        let folder = tempfile::tempdir().unwrap();
        let (safe, ..) = safe(&folder);
        std::fs::write(folder.path().join("safe.json"), "{}").unwrap();
        assert!(matches!(safe.open(WORDS, Timestamp::from_secs(0)), Err(Shut::Broken(_))));
        let unwritable = Safe::new("/proc/safe.json".into(), "kit:1");
        assert!(matches!(unwritable.open(WORDS, Timestamp::from_secs(0)), Err(Shut::Broken(_))));
    }

    #[test]
    fn the_real_cost_is_bearable() {
        let folder = tempfile::tempdir().unwrap();
        let (safe, secret, ids) = safe(&folder);
        let watch = Stopwatch::start();
        safe.put(&secret, WORDS, &ids).unwrap();
        // An old laptop is five times slower than this machine, which is busy.
        assert!(watch.elapsed().as_millis() < 2_000, "{:?}", watch.elapsed());
        assert!(safe.open(WORDS, Timestamp::from_secs(0)).is_ok());
    }

    #[test]
    fn short_words_are_refused_when_they_are_chosen() {
        assert!(check("みじかい").is_err());
        assert!(check(WORDS).is_ok());
        assert!(check("            12345678901").is_err(), "spaces around it do not count");
    }
}
