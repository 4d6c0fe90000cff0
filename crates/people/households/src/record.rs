//! What this room writes into the journal. Bodies hold ids, counts and codes; never names, tokens, texts or keys.

use http::{Actor, App};
use kernel::{AreaCode, Mode};
use serde_json::{Value, json};
use store::Tx;
use store::journal::{self, Body, NewEntry};

pub(crate) const REGISTERED: &str = "households.registered";
pub(crate) const CHANGED: &str = "households.changed";
pub(crate) const DELETED: &str = "households.deleted";
pub(crate) const EXPORTED: &str = "households.exported";
pub(crate) const CONSENTED: &str = "households.consented";
pub(crate) const TOKEN_MADE: &str = "households.token_made";
pub(crate) const TOKEN_REVOKED: &str = "households.token_revoked";
pub(crate) const INVITED: &str = "households.invited";
pub(crate) const JOINED: &str = "households.joined";
pub(crate) const LEFT: &str = "households.left";
pub(crate) const GUARDIAN_SET: &str = "households.guardian_set";
pub(crate) const KEY_MADE: &str = "households.key_made";
pub(crate) const KEY_DESTROYED: &str = "households.key_destroyed";
pub(crate) const PROTECTED: &str = "households.protected";
pub(crate) const UNPROTECTED: &str = "households.unprotected";
pub(crate) const PROTECTION_IMPORTED: &str = "households.protection_imported";
pub(crate) const PROTECTION_READ: &str = "households.protection_read";
pub(crate) const DISCLOSED: &str = "households.disclosed";
pub(crate) const ROSTER_GIVEN: &str = "households.roster_given";

/// Every kind of entry of this room.
pub const KINDS: &[&str] = &[
    REGISTERED,
    CHANGED,
    DELETED,
    EXPORTED,
    CONSENTED,
    TOKEN_MADE,
    TOKEN_REVOKED,
    INVITED,
    JOINED,
    LEFT,
    GUARDIAN_SET,
    KEY_MADE,
    KEY_DESTROYED,
    PROTECTED,
    UNPROTECTED,
    PROTECTION_IMPORTED,
    PROTECTION_READ,
    DISCLOSED,
    ROSTER_GIVEN,
];

/// How a household is named everywhere outside of this room: 32 hexadecimal digits.
pub(crate) fn subject_text(subject: u128) -> String {
    format!("{subject:032x}")
}

/// Something that happened.
pub(crate) struct Happened {
    kind: &'static str,
    subject: String,
    area: Option<AreaCode>,
    body: Value,
}

impl Happened {
    /// To a household.
    pub(crate) fn to(kind: &'static str, subject: u128) -> Self {
        Self { kind, subject: subject_text(subject), area: None, body: json!({}) }
    }

    /// In a municipality, to nobody in particular.
    pub(crate) fn at(kind: &'static str, jis5: &str) -> Self {
        let area = AreaCode::municipality(jis5);
        Self { kind, subject: area.to_string(), area: Some(area), body: json!({}) }
    }

    pub(crate) fn area(mut self, area: AreaCode) -> Self {
        self.area = Some(area);
        self
    }

    pub(crate) fn body(mut self, body: Value) -> Self {
        self.body = body;
        self
    }
}

/// Writes an entry in the caller's transaction.
pub(crate) async fn record(app: &App, tx: &mut Tx, actor: &Actor, what: Happened) -> anyhow::Result<()> {
    let now = app.clock.now();
    let entry = NewEntry {
        id: app.ids.uuid().into(),
        kind: what.kind,
        subject: what.subject,
        area: what.area,
        mode: Mode::Live,
        actor: actor.label(),
        device: actor.device_id(),
        occurred_at: now,
        body: Body::Open(what.body),
    };
    journal::record(tx, entry, now).await?;
    Ok(())
}
