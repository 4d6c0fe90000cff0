//! Recording entries in the caller's transaction.

use kernel::Timestamp;
use uuid::Uuid;

use super::chain::{Content, canonical};
use super::{Body, NewEntry, RECORDED, Recorded, db};
use crate::arg::Arg;
use crate::conn::Tx;
use crate::error::{Error, Result};
use crate::query::sql;

/// Adds an entry in the caller's transaction (記録する). Repeating the same entry changes nothing and says so; an
/// entry with the same id and other content is refused with [`Error::OtherContent`].
///
/// `now` is when this database takes it in; it does not make an entry different.
pub async fn record(tx: &mut Tx, entry: NewEntry, now: Timestamp) -> Result<Recorded> {
    let stored = Stored::from(entry);
    let arrival = tx.store().arrival(now);
    let id = stored.entry.id;
    let digest = stored.digest;
    let inserted = sql(db::INSERT_ONE).bind_all(stored.into_args(arrival, now)).execute(tx).await?;
    tx.wake_on_commit(RECORDED);
    if inserted == 1 {
        return Ok(Recorded::New);
    }
    let there: Vec<u8> = sql(db::DIGEST).bind(id).fetch_value(tx).await?;
    if there == digest { Ok(Recorded::Already) } else { Err(Error::OtherContent(id.uuid())) }
}

/// An entry in the form in which it is stored.
#[derive(Debug, Clone)]
pub(super) struct Stored {
    entry: NewEntry,
    area: Option<String>,
    body: Option<String>,
    sealed: Option<Vec<u8>>,
    digest: [u8; 32],
}

impl From<NewEntry> for Stored {
    fn from(mut entry: NewEntry) -> Self {
        let area = entry.area.as_ref().map(ToString::to_string);
        let (body, sealed) = match std::mem::replace(&mut entry.body, Body::Sealed(Vec::new())) {
            Body::Open(value) => (Some(canonical(&value)), None),
            Body::Sealed(bytes) => (None, Some(bytes)),
        };
        let device = entry.device;
        let digest = Content {
            id: entry.id.uuid().as_bytes(),
            kind: entry.kind,
            subject: &entry.subject,
            area: area.as_deref(),
            mode: entry.mode.as_str(),
            actor: &entry.actor,
            device: device.as_ref().map(|id| id.as_bytes().as_slice()),
            occurred_micros: entry.occurred_at.micros(),
            body: body.as_deref(),
            sealed: sealed.as_deref(),
        }
        .digest();
        Self { entry, area, body, sealed, digest }
    }
}

impl Stored {
    pub(super) fn id(&self) -> Uuid {
        self.entry.id.uuid()
    }

    pub(super) fn digest(&self) -> &[u8] {
        &self.digest
    }

    pub(super) fn into_args(self, arrival: i64, now: Timestamp) -> [Arg; 13] {
        let Self { entry, area, body, sealed, digest } = self;
        [
            entry.id.into(),
            arrival.into(),
            entry.kind.into(),
            entry.subject.into(),
            area.into(),
            entry.mode.into(),
            entry.actor.into(),
            entry.device.into(),
            entry.occurred_at.into(),
            now.into(),
            body.into(),
            sealed.into(),
            digest.into(),
        ]
    }
}
