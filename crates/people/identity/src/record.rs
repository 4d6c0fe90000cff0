//! What this room writes into the journal. Bodies hold ids, duties and areas; never names, tokens or keys.

use http::Actor;
use kernel::{AreaCode, Ids, Mode, Timestamp};
use serde_json::{Value, json};
use store::Tx;
use store::journal::{self, Body, NewEntry};

use crate::model::Grant;

pub(crate) const INVITED: &str = "identity.invited";
pub(crate) const INVITATION_REVOKED: &str = "identity.invitation_revoked";
pub(crate) const REGISTERED: &str = "identity.registered";
pub(crate) const SIGNED_IN: &str = "identity.signed_in";
pub(crate) const SIGNED_OUT: &str = "identity.signed_out";
pub(crate) const SIGNED_OUT_EVERYWHERE: &str = "identity.signed_out_everywhere";
pub(crate) const PASSKEY_REFUSED: &str = "identity.passkey_refused";
pub(crate) const DUTY_GRANTED: &str = "identity.duty_granted";
pub(crate) const DUTY_REVOKED: &str = "identity.duty_revoked";
pub(crate) const SUSPENDED: &str = "identity.suspended";
pub(crate) const RESUMED: &str = "identity.resumed";
pub(crate) const DEVICE_REGISTERED: &str = "identity.device_registered";
pub(crate) const DEVICE_SIGNED_IN: &str = "identity.device_signed_in";
pub(crate) const DEMO_MARKED: &str = "identity.demo_marked";

/// Every kind of entry of this room.
pub const KINDS: &[&str] = &[
    INVITED,
    INVITATION_REVOKED,
    REGISTERED,
    SIGNED_IN,
    SIGNED_OUT,
    SIGNED_OUT_EVERYWHERE,
    PASSKEY_REFUSED,
    DUTY_GRANTED,
    DUTY_REVOKED,
    SUSPENDED,
    RESUMED,
    DEVICE_REGISTERED,
    DEVICE_SIGNED_IN,
    DEMO_MARKED,
];

/// Something that happened to `subject`.
pub(crate) struct Happened {
    pub(crate) kind: &'static str,
    pub(crate) subject: String,
    pub(crate) area: Option<AreaCode>,
    pub(crate) body: Value,
}

impl Happened {
    pub(crate) fn new(kind: &'static str, subject: impl ToString + Copy) -> Self {
        Self { kind, subject: subject.to_string(), area: None, body: json!({}) }
    }

    pub(crate) fn duty(kind: &'static str, subject: impl ToString + Copy, grant: &Grant) -> Self {
        Self { kind, subject: subject.to_string(), area: Some(grant.area.clone()), body: json!({ "duty": grant.duty }) }
    }

    pub(crate) fn body(mut self, body: Value) -> Self {
        self.body = body;
        self
    }
}

/// Writes an entry in the caller's transaction.
pub(crate) async fn record(
    tx: &mut Tx,
    actor: &Actor,
    ids: &Ids,
    now: Timestamp,
    what: Happened,
) -> anyhow::Result<()> {
    let entry = NewEntry {
        id: ids.uuid().into(),
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
