//! The rules of accounts, duties, sessions and keys. Pure: time, ids and secrets are arguments.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::Duty;
use kernel::{AreaCode, CodeType, Id, Timestamp, areas, hex};
use p256::ecdsa::signature::Verifier as _;
use p256::ecdsa::{Signature, VerifyingKey};
use p256::pkcs8::DecodePublicKey as _;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;

/// How long an invitation link may be used.
pub(crate) const INVITATION_LIFE: Duration = Duration::from_hours(72);
/// How long a passkey challenge or a device's nonce may be answered.
pub(crate) const CHALLENGE_LIFE: Duration = Duration::from_mins(5);
/// How often a session's "last seen" is written at most, so that reading costs no write.
pub(crate) const SEEN_STEP: Duration = Duration::from_mins(1);
/// A device opens a session for this long; it can always open the next one with its key.
pub(crate) const DEVICE_SESSION: Duration = Duration::from_hours(24 * 7);
/// Duties in one invitation at most.
pub(crate) const MAX_GRANTS: usize = 50;

/// One person of the staff (職員アカウント). Never shared between persons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub id: Id<Account>,
    /// What colleagues know the person as, e.g. 八戸市 避難情報担当 A.
    pub name: String,
    pub suspended_at: Option<Timestamp>,
    /// May be signed in to without a key, in a demo database only.
    pub demo: bool,
    pub created_at: Timestamp,
}

/// A duty (職務) for one municipality or for the prefecture.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
pub struct Grant {
    pub duty: Duty,
    /// `municipality:02203`, or `prefecture:02` for all of Aomori.
    pub area: AreaCode,
}

/// An invitation (招待) to become an account, with the duties it will have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    pub id: Id<Invitation>,
    pub name: String,
    pub grants: Vec<Grant>,
    /// The inviter's label as in the journal.
    pub invited_by: String,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    pub accepted_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
}

impl Invitation {
    /// May it still be used at `now`?
    pub fn open(&self, now: Timestamp) -> bool {
        self.accepted_at.is_none() && self.revoked_at.is_none() && now < self.expires_at
    }
}

/// A resident's device (端末アカウント): a key made on the device and nothing about the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    pub id: Id<Device>,
    pub key: DeviceKey,
    pub created_at: Timestamp,
}

/// A session (ログイン状態) of an account or a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    pub id: Id<Session>,
    pub holder: Holder,
    pub created_at: Timestamp,
    pub seen_at: Timestamp,
    /// The end that no use puts off.
    pub ends_at: Timestamp,
}

/// Whose session it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    Staff(Id<Account>),
    Device(Id<Device>),
}

/// How long sessions of the staff live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// At most 15 minutes without a request.
    pub idle: Duration,
    /// At most 12 hours in all.
    pub absolute: Duration,
}

impl Limits {
    /// The longest life that the security rules allow; shorter settings are kept, longer ones cut.
    pub const MOST: Self = Self { idle: Duration::from_mins(15), absolute: Duration::from_hours(12) };

    pub fn capped(idle: Duration, absolute: Duration) -> Self {
        Self { idle: idle.min(Self::MOST.idle), absolute: absolute.min(Self::MOST.absolute) }
    }
}

impl Session {
    /// Is it still good at `now`?
    pub fn live(&self, now: Timestamp, limits: Limits) -> bool {
        let awake = match self.holder {
            Holder::Staff(_) => now < self.seen_at.plus(limits.idle),
            Holder::Device(_) => true,
        };
        awake && now < self.ends_at
    }

    /// Is "last seen" old enough to be written again?
    pub fn worth_touching(&self, now: Timestamp) -> bool {
        now >= self.seen_at.plus(SEEN_STEP)
    }
}

/// A secret of 256 bits that is shown once; the database holds only its hash.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// Reads a secret that somebody presents; anything not shaped like ours is none of ours.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        (bytes.len() == 32).then(|| Self(text.to_owned()))
    }

    /// For the cookie or the link. Never to be logged.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What the database holds: SHA-256 in hexadecimal.
    pub fn hash(&self) -> String {
        hex(&Sha256::digest(self.0.as_bytes()))
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// A device's public key (P-256), normalised to the uncompressed point in base64url.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DeviceKey(String);

impl DeviceKey {
    /// Reads what WebCrypto's `exportKey` gives: `raw` (65 bytes) or `spki`, in base64url without padding.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| Refusal::BadKey)?;
        let key = match bytes.len() {
            65 => VerifyingKey::from_sec1_bytes(&bytes).map_err(|_| Refusal::BadKey)?,
            _ => VerifyingKey::from_public_key_der(&bytes).map_err(|_| Refusal::BadKey)?,
        };
        Ok(Self(URL_SAFE_NO_PAD.encode(key.to_sec1_point(false).as_bytes())))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Did this key sign `message`? The signature is WebCrypto's: 64 bytes r‖s in base64url.
    pub fn signed(&self, message: &str, signature: &str) -> bool {
        let point = URL_SAFE_NO_PAD.decode(&self.0).unwrap_or_default();
        let bytes = URL_SAFE_NO_PAD.decode(signature).unwrap_or_default();
        match (VerifyingKey::from_sec1_bytes(&point), Signature::from_slice(&bytes)) {
            (Ok(key), Ok(signature)) => key.verify(message.as_bytes(), &signature).is_ok(),
            _ => false,
        }
    }
}

/// What a device signs to open a session: it names its purpose, so that no other signature can stand in for it.
pub fn device_message(origin: &str, nonce: &Secret) -> String {
    format!("mamori device session\n{origin}\n{}", nonce.reveal())
}

/// What the rules refuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the name is empty, too long or has control characters")]
    BadName,
    #[error("an area is neither a municipality of Aomori nor the prefecture")]
    BadArea,
    #[error("no duty, or too many")]
    BadGrants,
    #[error("not a P-256 public key")]
    BadKey,
    #[error("the administrator's own area does not cover this one")]
    NotYours,
    #[error("nobody takes duties from themselves or suspends themselves: another administrator does")]
    Yourself,
}

/// Does a duty for `held` reach `area`? The prefecture covers every municipality.
pub(crate) fn covers(held: &AreaCode, area: &AreaCode) -> bool {
    held == area || *held == areas::PREFECTURE
}

/// Does somebody with these duties administer `area`?
pub(crate) fn administers(grants: &[Grant], area: &AreaCode) -> bool {
    grants.iter().any(|g| g.duty == Duty::Administrator && covers(&g.area, area))
}

/// Does somebody with these duties administer every area of the other? (An account without duties: the prefecture's.)
pub(crate) fn administers_all(grants: &[Grant], of: &[Grant]) -> bool {
    match of {
        [] => administers(grants, &areas::PREFECTURE),
        some => some.iter().all(|g| administers(grants, &g.area)),
    }
}

/// May somebody with these duties know of an account with those?
pub(crate) fn sees(grants: &[Grant], of: &[Grant]) -> bool {
    administers(grants, &areas::PREFECTURE) || of.iter().any(|g| administers(grants, &g.area))
}

/// A name (表示名) fit for a list: trimmed, 1 to 60 characters, no control characters.
pub(crate) fn name(text: &str) -> Result<String, Refusal> {
    let text = text.trim();
    let fits = (1..=60).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    if fits { Ok(text.to_owned()) } else { Err(Refusal::BadName) }
}

/// Checks the duties that somebody wants to give: known areas, within their own, each once.
pub(crate) fn grants(giver: &[Grant], wanted: Vec<Grant>) -> Result<Vec<Grant>, Refusal> {
    if wanted.is_empty() || wanted.len() > MAX_GRANTS {
        return Err(Refusal::BadGrants);
    }
    let mut checked: Vec<Grant> = Vec::with_capacity(wanted.len());
    for grant in wanted {
        grantable(giver, &grant)?;
        if !checked.contains(&grant) {
            checked.push(grant);
        }
    }
    Ok(checked)
}

/// May the giver give this duty? The area must exist, and be theirs.
pub(crate) fn grantable(giver: &[Grant], grant: &Grant) -> Result<(), Refusal> {
    if !known(&grant.area) {
        return Err(Refusal::BadArea);
    }
    if administers(giver, &grant.area) { Ok(()) } else { Err(Refusal::NotYours) }
}

/// May the taker take this duty from that account? Never one's own, so that somebody is always left who administers.
pub(crate) fn revocable(taker: (Id<Account>, &[Grant]), from: Id<Account>, grant: &Grant) -> Result<(), Refusal> {
    if taker.0 == from {
        return Err(Refusal::Yourself);
    }
    grantable(taker.1, grant)
}

/// May this administrator suspend that account (or let it in again)? They must administer all that it may do.
pub(crate) fn suspendable(by: (Id<Account>, &[Grant]), of: (Id<Account>, &[Grant])) -> Result<(), Refusal> {
    if by.0 == of.0 {
        return Err(Refusal::Yourself);
    }
    if administers_all(by.1, of.1) { Ok(()) } else { Err(Refusal::NotYours) }
}

fn known(area: &AreaCode) -> bool {
    *area == areas::PREFECTURE || (area.kind == CodeType::Municipality && areas::municipality(area.code()).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use p256::ecdsa::SigningKey;
    use p256::ecdsa::signature::Signer as _;
    use proptest::prelude::*;

    fn now() -> Timestamp {
        Timestamp::parse("2025-12-08T23:15:00+09:00").unwrap()
    }

    fn account(n: u128) -> Id<Account> {
        uuid::Uuid::from_u128(n).into()
    }

    fn hold(duty: Duty, jis5: &str) -> Grant {
        Grant { duty, area: AreaCode::municipality(jis5) }
    }

    fn prefecture(duty: Duty) -> Grant {
        Grant { duty, area: areas::PREFECTURE }
    }

    #[test]
    fn a_staff_session_ends_when_idle_and_at_its_end_and_a_device_session_only_at_its_end() {
        let minutes = |n| now().plus(Duration::from_mins(n));
        let staff = Session {
            id: uuid::Uuid::from_u128(1).into(),
            holder: Holder::Staff(account(1)),
            created_at: now(),
            seen_at: minutes(600),
            ends_at: minutes(720),
        };
        assert!(staff.live(minutes(614), Limits::MOST));
        assert!(!staff.live(minutes(615), Limits::MOST), "15 minutes idle");
        let awake = Session { seen_at: minutes(719), ..staff };
        assert!(!awake.live(minutes(720), Limits::MOST), "12 hours");
        let device = Session { holder: Holder::Device(uuid::Uuid::from_u128(2).into()), seen_at: now(), ..awake };
        assert!(device.live(minutes(719), Limits::MOST));
        assert!(!device.live(minutes(720), Limits::MOST));
    }

    #[test]
    fn settings_may_shorten_a_session_and_never_lengthen_it() {
        let short = Limits::capped(Duration::from_mins(5), Duration::from_hours(1));
        assert_eq!(short, Limits { idle: Duration::from_mins(5), absolute: Duration::from_hours(1) });
        assert_eq!(Limits::capped(Duration::from_hours(9), Duration::from_hours(900)), Limits::MOST);
    }

    #[test]
    fn an_invitation_works_once_within_its_time_unless_taken_back() {
        let open = Invitation {
            id: uuid::Uuid::from_u128(1).into(),
            name: "x".into(),
            grants: vec![prefecture(Duty::Administrator)],
            invited_by: "system".into(),
            created_at: now(),
            expires_at: now().plus(INVITATION_LIFE),
            accepted_at: None,
            revoked_at: None,
        };
        assert!(open.open(now().plus(INVITATION_LIFE).minus(Duration::from_secs(1))));
        assert!(!open.open(now().plus(INVITATION_LIFE)));
        assert!(!Invitation { accepted_at: Some(now()), ..open.clone() }.open(now()));
        assert!(!Invitation { revoked_at: Some(now()), ..open }.open(now()));
    }

    #[test]
    fn administrators_give_what_lies_in_their_area_and_nothing_else() {
        let hachinohe = [hold(Duty::Administrator, "02203"), hold(Duty::Watch, "02201")];
        let cases = [
            (hold(Duty::EvacuationOrders, "02203"), Ok(())),
            (hold(Duty::Administrator, "02203"), Ok(())),
            (hold(Duty::Watch, "02201"), Err(Refusal::NotYours)),
            (prefecture(Duty::Watch), Err(Refusal::NotYours)),
            (hold(Duty::Watch, "02999"), Err(Refusal::BadArea)),
            (hold(Duty::Watch, "03201"), Err(Refusal::BadArea)),
            (Grant { duty: Duty::Watch, area: AreaCode::new(CodeType::Class10, "020010") }, Err(Refusal::BadArea)),
        ];
        for (grant, expected) in cases {
            assert_eq!(grantable(&hachinohe, &grant), expected, "{grant:?}");
        }
        assert_eq!(grantable(&[prefecture(Duty::Administrator)], &hold(Duty::Watch, "02450")), Ok(()));
        assert_eq!(grantable(&[prefecture(Duty::FeedOperator)], &hold(Duty::Watch, "02450")), Err(Refusal::NotYours));
    }

    #[test]
    fn duties_wanted_twice_are_given_once_and_none_or_too_many_are_refused() {
        let mine = [prefecture(Duty::Administrator)];
        let twice = vec![hold(Duty::Watch, "02203"), hold(Duty::Watch, "02203")];
        assert_eq!(grants(&mine, twice).unwrap().len(), 1);
        assert_eq!(grants(&mine, vec![]), Err(Refusal::BadGrants));
        assert_eq!(grants(&mine, vec![hold(Duty::Watch, "02203"); MAX_GRANTS + 1]), Err(Refusal::BadGrants));
    }

    #[test]
    fn nobody_ends_their_own_administration() {
        let mine = [prefecture(Duty::Administrator)];
        assert_eq!(revocable((account(1), &mine), account(1), &mine[0]), Err(Refusal::Yourself));
        assert_eq!(revocable((account(1), &mine), account(2), &mine[0]), Ok(()));
        assert_eq!(suspendable((account(1), &mine), (account(1), &mine)), Err(Refusal::Yourself));
        let town = [hold(Duty::Administrator, "02203")];
        let theirs = [hold(Duty::Watch, "02203"), hold(Duty::Watch, "02201")];
        assert_eq!(suspendable((account(1), &town), (account(2), &theirs)), Err(Refusal::NotYours));
        assert_eq!(suspendable((account(1), &town), (account(2), &theirs[..1])), Ok(()));
        assert_eq!(suspendable((account(1), &town), (account(2), &[])), Err(Refusal::NotYours));
    }

    #[test]
    fn names_are_trimmed_and_bounded() {
        assert_eq!(name("  八戸市 担当 A "), Ok("八戸市 担当 A".to_owned()));
        for bad in ["", "   ", "a\u{0}b", "行\n行"] {
            assert_eq!(name(bad), Err(Refusal::BadName), "{bad:?}");
        }
        assert_eq!(name(&"字".repeat(60)), Ok("字".repeat(60)));
        assert_eq!(name(&"字".repeat(61)), Err(Refusal::BadName));
    }

    #[test]
    fn a_device_key_is_the_same_key_in_either_form_and_checks_signatures() {
        let signing = SigningKey::from_slice(&[7; 32]).unwrap();
        let raw = URL_SAFE_NO_PAD.encode(signing.verifying_key().to_sec1_point(false).as_bytes());
        let mut spki = vec![
            0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
            0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
        ];
        spki.extend(signing.verifying_key().to_sec1_point(false).as_bytes());
        let key = DeviceKey::parse(&raw).unwrap();
        assert_eq!(DeviceKey::parse(&URL_SAFE_NO_PAD.encode(spki)).unwrap(), key);

        let signature: Signature = signing.sign(b"message");
        let text = URL_SAFE_NO_PAD.encode(signature.to_bytes());
        assert!(key.signed("message", &text));
        assert!(!key.signed("another", &text));
        assert!(!key.signed("message", &URL_SAFE_NO_PAD.encode([0; 64])));
        let other = SigningKey::from_slice(&[8; 32]).unwrap();
        let other = URL_SAFE_NO_PAD.encode(other.verifying_key().to_sec1_point(false).as_bytes());
        assert!(!DeviceKey::parse(&other).unwrap().signed("message", &text));
    }

    #[test]
    fn a_point_off_the_curve_is_no_key() {
        for bad in ["", "!", "AAAA", &URL_SAFE_NO_PAD.encode([4; 65]), &URL_SAFE_NO_PAD.encode([0; 91])] {
            assert_eq!(DeviceKey::parse(bad), Err(Refusal::BadKey), "{bad}");
        }
    }

    #[test]
    fn a_secret_does_not_show_itself() {
        let secret = Secret::from_bytes([9; 32]);
        assert_eq!(format!("{secret:?}"), "Secret(…)");
        assert_eq!(Secret::parse(secret.reveal()), Some(secret.clone()));
        assert_eq!(secret.hash().len(), 64);
        assert_eq!(Secret::parse("short"), None);
    }

    proptest! {
        #[test]
        fn no_text_upsets_the_readers(text in ".{0,200}") {
            let _ = (DeviceKey::parse(&text), Secret::parse(&text), name(&text));
            let key = SigningKey::from_slice(&[7; 32]).unwrap();
            let key = URL_SAFE_NO_PAD.encode(key.verifying_key().to_sec1_point(false).as_bytes());
            prop_assert!(!DeviceKey::parse(&key).unwrap().signed(&text, &text));
        }
    }
}
