//! What a kit and its centre say to each other (同期のことば), the same on the line and on a stick.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use serde::{Deserialize, Serialize};
use shelters::{Disaster, Opening};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::event::Signed;
use crate::sync::{Bucket, Cursor, Digest, Epoch, Listed, Receipt, Seen, Shown, Stamp};
use crate::take::State;

/// Where requests go.
pub mod paths {
    pub const ENROL: &str = "/api/reception/kits/enrol";
    pub const ROSTER: &str = "/api/reception/sync/roster";
    pub const PULL: &str = "/api/reception/sync/pull";
    pub const PUSH: &str = "/api/reception/sync/push";
    pub const DIGESTS: &str = "/api/reception/sync/digests";
    pub const FETCH: &str = "/api/reception/sync/fetch";
}

/// A kit presents itself with its code (キットの登録).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ReceptionEnrol)]
pub struct Enrol {
    pub code: String,
    /// Made by the kit.
    pub kit: Uuid,
    /// P-256, with which it signs its requests; `raw` in base64url.
    pub device_key: String,
    /// X25519, what is sealed to it: `{kid, key, owner}` with owner `kit:<uuid>`.
    #[schema(value_type = Object)]
    pub public_key: store::envelope::PublicKey,
}

/// What the centre makes of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ReceptionEnrolled)]
pub struct Enrolled {
    pub name: String,
    pub municipality: String,
    pub shelters: Vec<Uuid>,
    pub centre: Spoken,
    /// With which the centre signs receipts; base64url.
    pub receipt_key: String,
    /// With which tokens are blinded in this kit's roster; base64url.
    pub token_key: String,
    /// With which the protection list is hashed for this kit, sealed to it in the context `kit:<uuid>`.
    #[schema(value_type = Object)]
    pub protection_key: store::envelope::Envelope,
}

/// What the centre says of itself in every answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ReceptionSpoken)]
pub struct Spoken {
    pub node: Uuid,
    pub epoch: Epoch,
    pub clock_ms: i64,
}

/// A page of the roster is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ReceptionRosterAsk)]
pub struct RosterAsk {
    #[serde(default)]
    pub after: Option<Uuid>,
}

/// A page of the roster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ReceptionRosterPage)]
pub struct RosterPage {
    pub rows: Vec<RosterLine>,
    /// Where the next page begins; null at the end.
    pub next: Option<Uuid>,
}

/// A household of the roster: tokens blinded, the card sealed to the kit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ReceptionRosterLine)]
pub struct RosterLine {
    /// 32 hex digits.
    pub subject: String,
    pub tokens: Vec<BlindToken>,
    /// SHA-256 (hex) of the device keys that may sign for it.
    pub signers: Vec<String>,
    pub protected: bool,
    #[schema(value_type = Object)]
    pub card: store::envelope::Envelope,
}

/// A token as a kit may know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ReceptionBlindToken)]
pub struct BlindToken {
    /// 16 bytes, base64url.
    pub token: String,
    pub revoked: bool,
}

/// A kit asks what is new.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ReceptionPull)]
pub struct Pull {
    /// The present life of the kit's database.
    pub epoch: Epoch,
    #[serde(default)]
    pub cursor: Option<Cursor>,
    /// The protection list it has, as the centre named it.
    #[serde(default)]
    pub protection: Option<String>,
    /// Ids of the keys for codes of phones that it has, sorted.
    #[serde(default)]
    pub desk_keys: Vec<String>,
}

/// What is new. What protects people comes first, and is taken first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ReceptionPulled)]
pub struct Pulled {
    pub centre: Spoken,
    /// Null when the kit has it already.
    pub protection: Option<Protection>,
    pub devices: Vec<DeviceWord>,
    /// What is sealed for the municipality is sealed to these.
    #[schema(value_type = Vec<Object>)]
    pub keys: Vec<store::envelope::PublicKey>,
    /// Keys for codes of phones, all of them; null when the kit has the same.
    #[serde(default)]
    pub desk_keys: Option<Vec<SealedKey>>,
    #[schema(value_type = Vec<Object>)]
    pub disasters: Vec<Disaster>,
    #[schema(value_type = Vec<Object>)]
    pub openings: Vec<Opening>,
    pub events: Vec<Carried>,
    /// For those events: the kit need not hand them in.
    #[serde(default)]
    pub receipts: Vec<Receipt>,
    pub cursor: Cursor,
    /// There is more: ask again at once.
    pub more: bool,
}

/// A key with which a kit reads the codes of phones (受付の鍵), sealed to that kit in the context `desk-key:<kid>`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ReceptionSealedKey)]
pub struct SealedKey {
    pub kid: String,
    #[schema(value_type = Object)]
    pub sealed: store::envelope::Envelope,
}

/// An event under way, with the marks of the nodes that took it (運ばれる出来事).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ReceptionCarried)]
pub struct Carried {
    #[serde(flatten)]
    pub signed: Signed,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stamps: Vec<Stamp>,
}

/// The protection list as keyed hashes (支援措置の照合表).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ReceptionProtection)]
pub struct Protection {
    /// Changes when the list does.
    pub version: String,
    /// Base64url, sorted.
    pub subjects: Vec<String>,
    pub persons: Vec<String>,
}

/// A desk's device, and whether its word counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ReceptionDeviceWord)]
pub struct DeviceWord {
    pub key: String,
    pub area: String,
    pub revoked: bool,
}

/// A kit hands in what the centre has not receipted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ReceptionPush)]
pub struct Push {
    pub epoch: Epoch,
    /// Its newest position.
    pub position: i64,
    /// Where the centre last saw it.
    #[serde(default)]
    pub asked: Option<i64>,
    /// Hash (hex) of its chain there, and at the newest position.
    #[serde(default)]
    pub there: Option<String>,
    #[serde(default)]
    pub newest: Option<String>,
    /// Events without a receipt, these among them.
    pub waiting: i64,
    pub version: String,
    pub wall_ms: i64,
    /// Devices that registered at this kit.
    #[serde(default)]
    pub devices: Vec<DeviceWord>,
    /// Who was looked at here, for the person to read.
    #[serde(default)]
    pub looks: Vec<households::Looked>,
    pub events: Vec<Carried>,
}

/// What became of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ReceptionPushed)]
pub struct Pushed {
    pub centre: Spoken,
    pub journal: Verdict,
    /// Where the centre last saw this kit's journal.
    pub seen: Option<i64>,
    /// The newest life of this kit's database that the centre knows of.
    pub known: Option<Epoch>,
    pub results: Vec<PushedOne>,
}

/// What the centre makes of a kit's journal (複製・巻き戻しの検知).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = ReceptionVerdict)]
pub enum Verdict {
    /// Grown from what was seen.
    Same,
    /// Show the hash where it was seen.
    Unproven,
    /// Restored from a backup: begin a new epoch.
    RolledBack,
    /// A copy, or a restored one that went on: begin a new epoch.
    Forked,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ReceptionPushedOne)]
pub struct PushedOne {
    /// Null when it could not be read.
    pub id: Option<Uuid>,
    pub state: State,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<Receipt>,
}

/// What a kit holds, in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ReceptionDigests)]
pub struct DigestsAsk {
    pub digests: Vec<(Bucket, Digest)>,
}

/// Where they differ, with the centre's lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ReceptionDiffering)]
pub struct Differing {
    pub centre: Spoken,
    pub lists: Vec<(Bucket, Vec<Listed>)>,
    /// More buckets differ than are listed.
    pub more: bool,
}

/// Events by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ReceptionFetch)]
pub struct Fetch {
    /// At most 500.
    pub ids: Vec<Uuid>,
}

/// Those of them that are here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ReceptionFetched)]
pub struct Fetched {
    pub events: Vec<Carried>,
}

impl Protection {
    /// The list as the gate takes it; what is no hash is nobody's.
    pub(crate) fn read(&self) -> households::KitProtection {
        let mark = |text: &String| B64.decode(text).ok()?.try_into().ok();
        households::KitProtection {
            subjects: self.subjects.iter().filter_map(mark).collect(),
            persons: self.persons.iter().filter_map(mark).collect(),
        }
    }
}

impl SealedKey {
    /// What the envelope is bound to.
    pub(crate) fn context(kid: &str) -> String {
        format!("desk-key:{kid}")
    }
}

impl Push {
    /// What it shows of its journal, for [`crate::sync::sight`]; `None` when it does not say its newest hash.
    pub fn shown(&self) -> Option<Shown> {
        let at = |position, hash: &Option<String>| Some(Seen { position, hash: hash.as_deref().and_then(bytes)? });
        let earlier = self.asked.and_then(|position| at(position, &self.there));
        Some(Shown { epoch: self.epoch, head: at(self.position, &self.newest)?, earlier })
    }
}

/// 32 bytes out of 64 hex digits.
pub fn bytes(hex: &str) -> Option<[u8; 32]> {
    kernel::unhex(hex)
}
