//! Taking events in (受付の出来事の保存): checked, stored durably, shown; by a desk's request or by a kit's sync alike.
//!
//! Nothing here refuses a person. What is not believed is set aside under the eyes of the office, and the device that sent
//! it keeps its copy; a good event beside a bad one is stored.

use std::collections::HashSet;

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use http::App;
use kernel::{AreaCode, Id, Timestamp, hex};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use store::journal::{self, Body, Entry, NewEntry, Recorded};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::db;
use crate::devices::{Doubt, covers};
use crate::event::{Event, Kind, Refused, Signed};
use crate::live::{Live, know_disasters};
use crate::receipts;
use crate::sync::Receipt;

/// Who hands events in.
#[derive(Debug, Clone)]
pub struct Giver {
    /// `staff:<account>`, `kit:<id>`.
    pub label: String,
    /// Municipalities it may write for.
    pub areas: Vec<AreaCode>,
    /// It is the device itself, not another node that passes on what it took: this node stamps what is new.
    pub is_device: bool,
    /// Hashes of events of which an honest node is witness that their device had not been revoked yet.
    pub vouched: HashSet<[u8; 32]>,
}

/// What became of an event (保存の結果).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = ReceptionTakenState)]
pub enum State {
    /// It is stored durably now.
    Stored,
    /// It was stored before; nothing changed.
    Already,
    /// It is no event that can be stored; whoever sent it keeps it and says so.
    Refused,
    /// It was set aside and the office was alarmed; whoever sent it keeps it.
    Quarantined,
}

/// What became of one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Absent when it could not be read.
    pub id: Option<Uuid>,
    pub state: State,
    /// Why it was refused or set aside.
    pub code: Option<&'static str>,
    /// SHA-256 of the body.
    pub hash: [u8; 32],
    /// The centre's word, for what it stored.
    pub receipt: Option<Receipt>,
}

/// What a wall clock may say at most in the journal; the event itself keeps what it said.
const EARLIEST: Timestamp = Timestamp::from_secs(0);
const LATEST: Timestamp = Timestamp::from_secs(7_258_118_400);

/// Signature checks between two chances for others.
const CHECKS_IN_A_ROW: usize = 16;

/// Takes events in; the answers come in their order. An error means that the database failed: all of it may be sent again.
pub async fn take(app: &App, live: &Live, giver: &Giver, events: Vec<Signed>) -> anyhow::Result<Vec<Taken>> {
    let read: Vec<_> = events.iter().map(Signed::read).collect();
    let is_new = read.iter().flatten().any(|event| live.scope(event.disaster).is_none());
    if is_new && live.may_ask_again(app.clock.now()) {
        know_disasters(app, live).await?;
    }
    let mut answers: Vec<Option<Taken>> = vec![None; events.len()];
    let mut writing = FuturesUnordered::new();
    for (at, (signed, read)) in events.into_iter().zip(read).enumerate() {
        if at > 0 && at % CHECKS_IN_A_ROW == 0 {
            tokio::task::yield_now().await;
        }
        let hash = signed.hash();
        match weigh((app, live), giver, &signed, read, hash) {
            Weighed::Done(taken) => answers[at] = Some(taken),
            Weighed::Good(event) => {
                writing.push(async move { (at, put((app, live), giver, signed, *event, hash).await) });
            }
            Weighed::Doubtful(event, reason) => {
                answers[at] = Some(aside(app, giver, (&signed, &event), reason).await?);
            }
        }
    }
    while let Some((at, result)) = writing.next().await {
        answers[at] = Some(match result? {
            Put::Taken(taken) => taken,
            Put::Clash(signed, event) => aside(app, giver, (&signed, &event), "other-content").await?,
        });
    }
    Ok(answers.into_iter().flatten().collect())
}

impl Giver {
    /// A device's own page, with the caller's areas.
    pub fn device(label: String, areas: Vec<AreaCode>) -> Self {
        Self { label, areas, is_device: true, vouched: HashSet::new() }
    }

    /// Another node, which passes on what it took for a municipality.
    pub fn node(label: String, jis5: &str) -> Self {
        Self { label, areas: vec![AreaCode::municipality(jis5)], is_device: false, vouched: HashSet::new() }
    }
}

enum Weighed {
    Done(Taken),
    Good(Box<Event>),
    Doubtful(Box<Event>, &'static str),
}

/// Decides in memory what is to be done with an event.
fn weigh(
    (app, live): (&App, &Live),
    giver: &Giver,
    signed: &Signed,
    read: Result<Event, Refused>,
    hash: [u8; 32],
) -> Weighed {
    let done = |id, state, code| Weighed::Done(Taken { id, state, code, hash, receipt: None });
    let event = match read {
        Ok(event) => event,
        Err(refused) => return done(None, State::Refused, Some(code(&refused))),
    };
    let id = Some(event.id.uuid());
    match live.holds(event.id, &hash) {
        Some(true) => {
            let taken = Taken { id, state: State::Already, code: None, hash, receipt: None };
            return Weighed::Done(with_receipt(app, live, taken));
        }
        Some(false) => return Weighed::Doubtful(Box::new(event), "other-content"),
        None => {}
    }
    if !giver.areas.iter().any(|area| covers(area, &event.municipality)) {
        return done(id, State::Refused, Some("municipality"));
    }
    if live.scope(event.disaster).is_some_and(|scope| scope.mode != event.mode) {
        return done(id, State::Refused, Some("mode"));
    }
    match live.devices().check(&event, signed) {
        Ok(()) => Weighed::Good(Box::new(event)),
        Err(Doubt::Revoked) if giver.vouched.contains(&hash) => Weighed::Good(Box::new(event)),
        Err(Doubt::Elsewhere) => done(id, State::Refused, Some("municipality")),
        Err(Doubt::Unknown | Doubt::Revoked) => Weighed::Doubtful(Box::new(event), "device"),
        Err(Doubt::Signature) => Weighed::Doubtful(Box::new(event), "signature"),
    }
}

enum Put {
    Taken(Taken),
    Clash(Signed, Box<Event>),
}

/// Stores an event durably, then shows it.
async fn put(
    (app, live): (&App, &Live),
    giver: &Giver,
    signed: Signed,
    event: Event,
    hash: [u8; 32],
) -> store::Result<Put> {
    let (id, now) = (event.id, app.clock.now());
    let taken = |state| with_receipt(app, live, Taken { id: Some(id.uuid()), state, code: None, hash, receipt: None });
    if giver.is_device {
        // Before it is stored: the follower may be quicker than the answer.
        live.note_taken(id, now);
    }
    let stored = journal::append(&app.store, entry(&event, &signed), now).await;
    if !matches!(stored, Ok(Recorded::New)) {
        live.forget_taken(id);
    }
    let state = match stored {
        Ok(Recorded::New) => State::Stored,
        Ok(Recorded::Already) => State::Already,
        Err(store::Error::OtherContent(_)) => {
            // The same body, signed a second time, is the same event.
            return match journal::entry(&app.store, id.cast::<Entry>()).await? {
                Some(there) if there.open_body()["body"] == signed.body.as_str() => {
                    Ok(Put::Taken(taken(State::Already)))
                }
                _ => Ok(Put::Clash(signed, Box::new(event))),
            };
        }
        Err(error) => return Err(error),
    };
    live.apply(event, hash);
    Ok(Put::Taken(taken(state)))
}

fn with_receipt(app: &App, live: &Live, mut taken: Taken) -> Taken {
    if let (Some(id), Ok(node)) = (taken.id, live.node()) {
        taken.receipt = receipts::give(app, live, node, Id::from_uuid(id), taken.hash);
    }
    taken
}

/// The event as the journal keeps it.
fn entry(event: &Event, signed: &Signed) -> NewEntry {
    NewEntry {
        id: event.id.cast(),
        kind: journal_kind(event.kind),
        subject: match (event.subject, event.shelter) {
            (Some(subject), _) => subject.to_string(),
            (None, Some(shelter)) => shelter.to_string(),
            (None, None) => event.disaster.to_string(),
        },
        area: Some(AreaCode::municipality(&event.municipality)),
        mode: event.mode,
        actor: event.actor.clone(),
        device: Some(event.device),
        occurred_at: event.said_at().clamp(EARLIEST, LATEST),
        body: Body::Open(json!({ "body": signed.body, "signature": signed.signature })),
    }
}

/// Keeps what is not believed, once, and raises the alarm.
async fn aside(
    app: &App,
    giver: &Giver,
    (signed, event): (&Signed, &Event),
    reason: &'static str,
) -> anyhow::Result<Taken> {
    let mut whole = Sha256::new();
    whole.update(signed.body.as_bytes());
    whole.update([0]);
    whole.update(signed.signature.as_bytes());
    let hash: [u8; 32] = whole.finalize().into();
    let added = app.store.retry(async || set_aside(app, giver, (hash, signed, event), reason).await).await?;
    if added {
        tracing::error!(
            event = %event.id, device = %event.device, municipality = event.municipality, reason,
            "reception: event {} was set aside ({reason})", event.id
        );
    }
    Ok(Taken {
        id: Some(event.id.uuid()),
        state: State::Quarantined,
        code: Some(reason),
        hash: signed.hash(),
        receipt: None,
    })
}

async fn set_aside(
    app: &App,
    giver: &Giver,
    what: ([u8; 32], &Signed, &Event),
    reason: &'static str,
) -> anyhow::Result<bool> {
    let (hash, _, event) = what;
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    if !db::quarantine::add(&mut tx, what, reason, &giver.label, now).await? {
        return Ok(false);
    }
    let entry = NewEntry {
        id: app.ids.next(),
        kind: "reception.quarantined",
        subject: event.id.to_string(),
        area: Some(AreaCode::municipality(&event.municipality)),
        mode: event.mode,
        actor: giver.label.clone(),
        device: Some(event.device),
        occurred_at: now,
        body: Body::Open(json!({ "reason": reason, "hash": hex(&hash) })),
    };
    journal::record(&mut tx, entry, now).await?;
    tx.commit().await?;
    Ok(true)
}

/// Why an event cannot be taken, on the wire.
fn code(refused: &Refused) -> &'static str {
    match refused {
        Refused::TooLarge => "too-large",
        Refused::Malformed(_) => "malformed",
        Refused::Schema(_) => "schema",
        Refused::TooMany => "too-many-people",
        Refused::Missing(_) => "missing",
        Refused::Signature => "signature",
        Refused::Device => "device",
    }
}

/// The kind of the journal entry that is an event of this kind.
pub(crate) fn journal_kind(kind: Kind) -> &'static str {
    match kind {
        Kind::CheckIn => "reception.check_in",
        Kind::CountOnly => "reception.count_only",
        Kind::Leave => "reception.leave",
        Kind::Return => "reception.return",
        Kind::CheckOut => "reception.check_out",
        Kind::Move => "reception.move",
        Kind::Amend => "reception.amend",
        Kind::Place => "reception.place",
        Kind::Link => "reception.link",
        Kind::Unlink => "reception.unlink",
        Kind::Void => "reception.void",
        Kind::Consent => "reception.consent",
        Kind::Request => "reception.request",
        Kind::Answer => "reception.answer",
        Kind::Handout => "reception.handout",
        Kind::Rule => "reception.rule",
        Kind::Sick => "reception.sick",
        Kind::Incident => "reception.incident",
        Kind::Note => "reception.note",
        Kind::Clock => "reception.clock",
        Kind::Unknown => "reception.unknown",
    }
}

/// An event out of its journal entry; `None` for entries that are none, and for what no program of ours wrote.
pub(crate) fn read_entry(entry: &Entry) -> Option<(Event, Signed)> {
    let Body::Open(value) = &entry.body else { return None };
    let text = |name: &str| value[name].as_str().map(str::to_owned);
    let signed = Signed { body: text("body")?, signature: text("signature")? };
    let event = signed.read().ok()?;
    (event.id.uuid() == entry.id.uuid() && journal_kind(event.kind) == entry.kind).then_some((event, signed))
}

/// The id of an event's journal entry.
pub(crate) fn entry_id(event: Id<Event>) -> Id<Entry> {
    event.cast()
}
