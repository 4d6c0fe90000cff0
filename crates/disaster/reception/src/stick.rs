//! The stick (USBメモリー): what the centre has not receipted, carried by hand. The same batches as on the line, each sealed to
//! the municipality and signed by the kit, one to a line.
//!
//! **Invariant:** a file cut in the middle gives what is whole and says what is missing; taking it in again changes nothing.
//! **Invariant:** nothing in the file is readable without the municipality's key.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use http::App;
use serde::{Deserialize, Serialize};
use store::envelope::{self, Envelope, SecretKey};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::sync::know_devices;
use crate::carry::{Witness, carry_in};
use crate::db;
use crate::db::kits::KitRow;
use crate::exchange::{Carried, DeviceWord};
use crate::kits::{RequestKey, key_context, verifies};
use crate::live::Live;
use crate::receipts;
use crate::sync::Receipt;
use crate::take::{Giver, State};
use crate::upstream::{Upstream, offered};

/// The first words of a file.
const FORM: &str = "kit stick 1";
/// The first words of the answer.
const ANSWER: &str = "kit receipts 1";
/// Events in one part.
const PART: usize = 200;

/// The first line (見出し).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Head {
    mamori: String,
    file: Uuid,
    kit: Uuid,
    municipality: String,
    parts: usize,
    events: usize,
}

/// Every other line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Part {
    /// From 1; on the stick it is called `part`.
    #[serde(rename = "part")]
    number: usize,
    /// JSON of the envelope, exactly as signed.
    sealed: String,
    signature: String,
}

/// What is in an envelope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Content {
    devices: Vec<DeviceWord>,
    events: Vec<Carried>,
}

/// The centre's answer for the stick's way back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Answer {
    mamori: String,
    receipts: Vec<Receipt>,
}

/// What became of a file (取り込みの結果).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ReceptionStickReport)]
pub struct Report {
    pub kit: Uuid,
    pub municipality: String,
    pub parts: usize,
    /// Parts that are cut off, damaged or not the kit's, counted from 1. Have the file written again.
    pub missing: Vec<usize>,
    pub stored: usize,
    pub already: usize,
    /// Refused or set aside; the kit keeps them.
    pub refused: usize,
    /// For the way back: `mamori kit import` on the kit takes them.
    #[schema(value_type = Vec<Object>)]
    pub receipts: Vec<Receipt>,
}

/// Why a file was not taken.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    #[error("no file that a kit wrote")]
    NoStick,
    #[error("no kit of ours wrote this file")]
    NoKit,
    #[error("the kit that wrote this file was revoked")]
    Revoked,
    #[error(transparent)]
    Broken(#[from] anyhow::Error),
}

/// Writes what the centre has not receipted. `None` when there is nothing, or nobody to seal it to.
pub async fn export(app: &App, books: &Upstream, key: &RequestKey) -> anyhow::Result<Option<(String, usize)>> {
    let (events, devices) = offered(app, books).await?;
    if events.is_empty() || books.keys.is_empty() {
        return Ok(None);
    }
    let head = Head {
        mamori: FORM.to_owned(),
        file: app.ids.uuid(),
        kit: books.kit,
        municipality: books.municipality.clone(),
        parts: events.len().div_ceil(PART),
        events: events.len(),
    };
    let mut text = serde_json::to_string(&head)? + "\n";
    for (at, events) in events.chunks(PART).enumerate() {
        let content = Content { devices: devices.clone(), events: events.to_vec() };
        let sealed = envelope::seal(&context(head.file, at + 1), &serde_json::to_vec(&content)?, &books.keys)?;
        let sealed = serde_json::to_string(&sealed)?;
        let signature = key.sign(&message(head.file, at + 1, &sealed));
        let signature = signature.ok_or_else(|| anyhow::anyhow!("the kit's key does not sign"))?;
        text += &serde_json::to_string(&Part { number: at + 1, sealed, signature })?;
        text.push('\n');
    }
    Ok(Some((text, head.events)))
}

/// Takes a file in at the centre. `may` says whether the caller may for the municipality.
pub async fn import(app: &App, live: &Live, text: &str, may: impl Fn(&str) -> bool) -> Result<Report, Unreadable> {
    let (first, rest) = text.split_once('\n').ok_or(Unreadable::NoStick)?;
    let head: Head = serde_json::from_str(first).map_err(|_| Unreadable::NoStick)?;
    if head.mamori != FORM {
        return Err(Unreadable::NoStick);
    }
    let mut conn = app.store.read().await.map_err(anyhow::Error::from)?;
    let kit = db::kits::find(&mut conn, head.kit).await?;
    drop(conn);
    let kit = kit.filter(|kit| may(&kit.municipality) && kit.municipality == head.municipality);
    let kit = kit.ok_or(Unreadable::NoKit)?;
    if kit.revoked_at.is_some() {
        return Err(Unreadable::Revoked);
    }
    let keys = households::opener(app, &kit.municipality).await?;
    let mut report = Report {
        kit: kit.id,
        municipality: kit.municipality.clone(),
        parts: head.parts,
        missing: Vec::new(),
        stored: 0,
        already: 0,
        refused: 0,
        receipts: Vec::new(),
    };
    let mut whole = vec![false; head.parts.min(text.len())];
    for line in rest.lines() {
        let Some((part, content)) = open(&head, &kit, &keys, line) else { continue };
        if let Some(seen) = part.checked_sub(1).and_then(|at| whole.get_mut(at)) {
            *seen = true;
            take_part(app, live, &kit, content, &mut report).await?;
        }
    }
    report.missing = (1..=whole.len()).filter(|part| !whole[part - 1]).collect();
    Ok(report)
}

/// The centre's answer as a file for the kit.
pub fn answer(report: &Report) -> anyhow::Result<String> {
    Ok(serde_json::to_string(&Answer { mamori: ANSWER.to_owned(), receipts: report.receipts.clone() })?)
}

/// Takes the centre's answer in on the kit; how many receipts of its present life were genuine.
pub async fn take_answer(app: &App, books: &Upstream, text: &str) -> Result<usize, Unreadable> {
    let answer: Answer = serde_json::from_str(text).map_err(|_| Unreadable::NoStick)?;
    if answer.mamori != ANSWER {
        return Err(Unreadable::NoStick);
    }
    let genuine = |receipt: &Receipt| receipts::is_genuine(receipt, &books.receipt_key);
    let good: Vec<Receipt> = answer.receipts.into_iter().filter(genuine).collect();
    if !good.is_empty() {
        receipts::keep(app, &good).await?;
    }
    Ok(good.len())
}

async fn take_part(app: &App, live: &Live, kit: &KitRow, content: Content, report: &mut Report) -> anyhow::Result<()> {
    know_devices(app, live, kit, &content.devices).await?;
    let giver = Giver::node(key_context(kit.id), &kit.municipality);
    // A file says no time; the kit's clock is taken to go as when it last called.
    let witness = Witness::Kit { id: kit.id, skew_ms: kit.skew_ms.unwrap_or(0) };
    for one in carry_in(app, live, giver, content.events, witness).await? {
        match one.state {
            State::Stored => report.stored += 1,
            State::Already => report.already += 1,
            State::Refused | State::Quarantined => report.refused += 1,
        }
        report.receipts.extend(one.receipt);
    }
    Ok(())
}

/// A line that is whole, the kit's own, and sealed to this municipality.
fn open(head: &Head, kit: &KitRow, keys: &[SecretKey], line: &str) -> Option<(usize, Content)> {
    let part: Part = serde_json::from_str(line).ok()?;
    if !verifies(&kit.device_key, &message(head.file, part.number, &part.sealed), &part.signature) {
        return None;
    }
    let sealed: Envelope = serde_json::from_str(&part.sealed).ok()?;
    let context = context(head.file, part.number);
    let plain = keys.iter().find_map(|key| envelope::open(&context, &sealed, key).ok())?;
    Some((part.number, serde_json::from_slice(&plain).ok()?))
}

fn context(file: Uuid, part: usize) -> String {
    format!("stick:{file}:{part}")
}

fn message(file: Uuid, part: usize, sealed: &str) -> Vec<u8> {
    use sha2::{Digest as _, Sha256};
    format!("mamori stick 1\n{file}\n{part}\n{}", B64.encode(Sha256::digest(sealed))).into_bytes()
}
