//! Recording entries in the caller's transaction.

use kernel::Timestamp;
use uuid::Uuid;

use super::chain::{Content, Place, canonical};
use super::{Body, NewEntry, RECORDED, Recorded, SEQUENCED, db, end};
use crate::arg::Arg;
use crate::conn::Tx;
use crate::error::{Error, Result};
use crate::open::Engine;
use crate::query::sql;

/// Adds an entry in the caller's transaction (記録する). Repeating the same entry changes nothing and says so; an
/// entry with the same id and other content is refused with [`Error::OtherContent`].
///
/// `now` is when this database takes it in; it does not make an entry different.
pub async fn record(tx: &mut Tx, entry: NewEntry, now: Timestamp) -> Result<Recorded> {
    record_stored(tx, Stored::from(entry), now).await
}

/// See [`record`].
pub(super) async fn record_stored(tx: &mut Tx, stored: Stored, now: Timestamp) -> Result<Recorded> {
    let arrival = tx.store().arrival(now);
    let id = stored.id();
    let digest = stored.digest;
    let mut places = Places::begin(tx).await?;
    let place = places.next(&stored, now);
    let inserted = sql(db::INSERT_ONE).bind_all(stored.into_args(arrival, now, place)).execute(tx).await?;
    if inserted == 1 {
        places.keep(tx).await?;
        return Ok(Recorded::New);
    }
    let there: Vec<u8> = sql(db::DIGEST).bind(id).fetch_value(tx).await?;
    if there == digest { Ok(Recorded::Already) } else { Err(Error::OtherContent(id)) }
}

/// The places of the entries that a transaction is about to insert. On PostgreSQL they have none yet.
#[derive(Debug)]
pub(super) struct Places {
    /// The end of the chain before them, and after the last one.
    ends: Option<(Place, Place)>,
}

impl Places {
    pub(super) async fn begin(tx: &mut Tx) -> Result<Self> {
        Ok(match tx.engine() {
            Engine::Sqlite => {
                let before = end::find(tx).await?;
                Self { ends: Some((before, before)) }
            }
            Engine::Postgres => Self { ends: None },
        })
    }

    /// The place of the next entry.
    pub(super) fn next(&mut self, stored: &Stored, now: Timestamp) -> Option<Place> {
        let (_, last) = self.ends.as_mut()?;
        *last = last.next(now.micros(), &stored.digest);
        Some(*last)
    }

    /// All of them are inserted: the next ones come after them, and whoever waits for them is woken.
    pub(super) async fn keep(self, tx: &mut Tx) -> Result<()> {
        let Some((before, last)) = self.ends else {
            tx.wake_on_commit(RECORDED);
            return Ok(());
        };
        tx.wake_on_commit(SEQUENCED);
        end::reach(tx, before, last).await
    }
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

    pub(super) fn into_args(self, arrival: i64, now: Timestamp, place: Option<Place>) -> [Arg; 15] {
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
            place.map(|place| place.position).into(),
            place.map(|place| place.hash).into(),
        ]
    }
}
