//! Taking files in: the original is kept, a ledger line written, a plan made; a person applies it, or not.
//!
//! **Invariant:** what a preview shows is what applying does; when the register has moved on in between, it is shown again.
//! **Invariant:** one source is one transaction: rows, changes, ledger, journal and documents move together.

mod apply;
mod folder;
mod report;
mod settle;

use std::collections::BTreeSet;

use anyhow::Context as _;
use http::{Actor, App, Duty};
use kernel::{AreaCode, Id, Mode, Timestamp, areas};
use serde_json::json;
use store::blobs::BlobId;
use store::journal::{self, Body, NewEntry};
use store::{Conn, Tx};
use uuid::Uuid;

use crate::model::{Chosen, Place, Series, Source, SourceRow, Status, Town};
use crate::plan::{Aim, Plan, plan};
use crate::read::{self, Content, Drafted, Gazetteer, Opened};
use crate::{PREVIEWED, REFUSED, db};

pub use crate::read::Incoming;
pub use apply::{apply, discard, undo};
pub(crate) use folder::zipped;
pub use folder::{Order, import};
pub use report::{FileReport, Report};
pub use settle::settle;

/// Changes of one series wait for each other.
const LOCK: &str = "places-import";

/// Why a step is refused (取込の拒否).
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Refused {
    #[error("there is no such source or place")]
    Missing,
    #[error("the command id was used for something else")]
    CommandUsed,
    #[error("the source waits for no decision")]
    NotPreviewed,
    #[error("the source is not applied")]
    NotApplied,
    #[error("nobody has said what the source is or whose; or it is no list of places")]
    NotReady,
    #[error("the register has changed since the preview; it was planned again")]
    PlanChanged,
    #[error("a later source of the same series is applied: {0}")]
    LaterSource(String),
    #[error("the column {0} cannot be taken for {1}")]
    Field(String, String),
    #[error("there is no municipality {0}")]
    Municipality(String),
}

/// How far a file is taken (取込の進め方).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Planned and shown; nothing is written, not even the original.
    DryRun,
    /// Kept and planned.
    Preview,
    /// Applied at once.
    Apply {
        /// Repairs are accepted.
        accept_repairs: bool,
    },
}

/// What became of a file (取込の結果).
#[derive(Debug, Clone, PartialEq)]
pub struct Taken {
    pub source: Source,
    /// The same bytes are in the ledger already; nothing changed.
    pub repeat: bool,
    /// Rows with words, for a report; empty for a repeat.
    pub notable: Vec<SourceRow>,
}

/// A file that was read, before the database is asked.
struct Prepared {
    source: Source,
    opened: Option<Opened>,
    drafted: Drafted,
}

/// Takes a file in. Safe to repeat: the same bytes with the same choices change nothing.
pub async fn take(app: &App, actor: &Actor, incoming: Incoming, reach: Reach) -> anyhow::Result<Taken> {
    let blob = BlobId::of(&incoming.bytes);
    let mut conn = app.store.read().await?;
    if let Some(known) = known(&mut conn, &blob, &incoming.chosen).await? {
        drop(conn);
        authorise(actor, known.municipality.as_deref(), &[])?;
        return again(app, actor, known, reach).await;
    }
    let source = blank(app, actor, &incoming, &blob);
    let chosen = incoming.chosen.clone();
    let (bytes, opened) = open(incoming).await?;
    let mut prepared = prepare(&mut conn, source, opened, chosen).await?;
    authorise(actor, prepared.source.municipality.as_deref(), &prepared.drafted.drafts)?;
    if reach == Reach::DryRun {
        let plan = dry_run(app, &mut conn, &mut prepared).await?;
        return Ok(Taken { source: prepared.source, repeat: false, notable: plan.notable });
    }
    drop(conn);
    app.blobs.put(bytes, "application/octet-stream").await.context("cannot keep the original")?;
    let (source, notable) = app.store.retry(async || keep(app, actor, &prepared, reach).await).await?;
    Ok(Taken { source, repeat: false, notable })
}

/// Refuses unless the actor keeps the register of every municipality concerned.
pub(crate) fn authorise(
    actor: &Actor,
    municipality: Option<&str>,
    drafts: &[crate::read::Draft],
) -> Result<(), http::Problem> {
    let codes: BTreeSet<&str> =
        drafts.iter().map(|draft| draft.place.municipality.as_str()).chain(municipality).collect();
    if codes.is_empty() {
        return actor.require_anywhere(Duty::Places).map(drop);
    }
    codes.into_iter().try_for_each(|code| actor.require(Duty::Places, &AreaCode::municipality(code)))
}

/// The source with these bytes and choices that is in force or waits.
async fn known(conn: &mut Conn, blob: &BlobId, chosen: &Chosen) -> anyhow::Result<Option<Source>> {
    for source in db::sources_by_blob(conn, blob.as_str()).await? {
        let in_force = match (source.status, source.series) {
            (Status::Applied, Some(series)) => {
                db::newest_of_series(conn, series).await?.first().is_some_and(|newest| newest.id == source.id)
            }
            _ => true,
        };
        if in_force && source.chosen == *chosen {
            return Ok(Some(source));
        }
    }
    Ok(None)
}

/// The same file once more: nothing, unless it waits and is to be applied now.
async fn again(app: &App, actor: &Actor, known: Source, reach: Reach) -> anyhow::Result<Taken> {
    let waits = known.status == Status::Previewed && known.kind.is_some() && known.municipality.is_some();
    match reach {
        Reach::Apply { accept_repairs } if waits => {
            let done = apply(app, actor, known.id, accept_repairs, app.ids.uuid()).await?;
            let source = match done {
                Err(Refused::PlanChanged) => apply(app, actor, known.id, accept_repairs, app.ids.uuid()).await?,
                done => done,
            };
            Ok(Taken { source: source.context("the source cannot be applied")?, repeat: false, notable: Vec::new() })
        }
        _ => Ok(Taken { source: known, repeat: true, notable: Vec::new() }),
    }
}

fn blank(app: &App, actor: &Actor, incoming: &Incoming, blob: &BlobId) -> Source {
    let file: String = incoming.name.chars().filter(|c| !c.is_control()).take(300).collect();
    Source {
        id: app.ids.next(),
        series: None,
        kind: incoming.chosen.kind,
        municipality: incoming.chosen.municipality.clone(),
        towns: false,
        title: incoming.title.clone().unwrap_or_else(|| file.clone()),
        file,
        blob: blob.to_string(),
        bytes: incoming.bytes.len() as u64,
        status: Status::Refused,
        by: actor.label(),
        at: app.clock.now(),
        applied_at: None,
        licence: incoming.licence.clone(),
        attribution: incoming.attribution.clone(),
        as_of: incoming.as_of,
        counts: crate::model::Counts::default(),
        mapping: Vec::new(),
        notes: Vec::new(),
        chosen: incoming.chosen.clone(),
        repairs: false,
    }
}

type Read = Result<Opened, sheets::Refusal>;

/// Reading takes the processor for a while; the bytes are handed back.
async fn open(incoming: Incoming) -> anyhow::Result<(Vec<u8>, Read)> {
    let read = tokio::task::spawn_blocking(move || {
        let read = read::open(&incoming);
        (incoming.bytes, read)
    });
    read.await.context("reading the file broke off")
}

/// The kept original of a source, byte for byte.
pub(crate) async fn original(app: &App, source: &Source) -> anyhow::Result<Vec<u8>> {
    Ok(app.blobs.get(&source.blob.parse()?).await?)
}

/// The kept original of a source, read with other choices.
async fn reopen(app: &App, old: &Source, chosen: Chosen) -> anyhow::Result<Prepared> {
    let incoming = Incoming {
        name: old.file.clone(),
        bytes: original(app, old).await?,
        title: (old.title != old.file).then(|| old.title.clone()),
        neighbours: old.municipality.clone(),
        licence: old.licence.clone(),
        attribution: old.attribution.clone(),
        as_of: old.as_of,
        chosen: chosen.clone(),
        ..Incoming::default()
    };
    let (_, opened) = open(incoming).await?;
    let mut conn = app.store.read().await?;
    let source = Source { chosen: chosen.clone(), notes: Vec::new(), ..old.clone() };
    prepare(&mut conn, source, opened, chosen).await
}

/// Fills the ledger line with what the file turned out to be, and reads its rows.
async fn prepare(conn: &mut Conn, mut source: Source, opened: Read, chosen: Chosen) -> anyhow::Result<Prepared> {
    let opened = match opened {
        Ok(opened) => opened,
        Err(refusal) => {
            source.status = Status::Refused;
            source.notes = vec![refusal.text()];
            return Ok(Prepared { source, opened: None, drafted: Drafted::default() });
        }
    };
    source.title.clone_from(&opened.title);
    source.kind = opened.kind;
    source.municipality.clone_from(&opened.municipality);
    source.as_of = opened.as_of;
    source.mapping.clone_from(&opened.mapping);
    source.notes.clone_from(&opened.notes);
    source.chosen = chosen;
    source.towns = matches!(opened.content, Content::Towns(..));
    source.status = match opened.content {
        Content::NotPublished => Status::NotPublished,
        Content::Nothing => Status::Refused,
        Content::Places(_) | Content::Towns(..) => Status::Previewed,
    };
    let towns = match (&opened.content, opened.municipality.as_deref()) {
        (Content::Places(_), Some(code)) => db::towns_of(conn, code).await?,
        _ => Vec::new(),
    };
    let read = tokio::task::spawn_blocking(move || {
        let drafted = read::drafts(&opened, &Gazetteer::of(&towns));
        (opened, drafted)
    });
    let (opened, drafted) = read.await.context("reading the rows broke off")?;
    Ok(Prepared { source, opened: Some(opened), drafted })
}

async fn dry_run(app: &App, conn: &mut Conn, prepared: &mut Prepared) -> anyhow::Result<Plan> {
    let mut present = Vec::new();
    let name = prepared.opened.as_ref().and_then(|opened| opened.series.clone());
    if let Some(name) = name
        && let Some(series) = db::series_by_name(conn, &name).await?
    {
        prepared.source.series = Some(series.id);
        present = db::places_of_series(conn, series.id).await?;
    }
    let series = prepared.source.series.unwrap_or_else(|| app.ids.next());
    let plan = planned(app, prepared, series, present, false);
    prepared.source.counts = plan.counts;
    prepared.source.notes.extend(plan.warnings.iter().cloned());
    Ok(plan)
}

/// Writes the ledger line with its plan and, if asked, applies it.
async fn keep(app: &App, actor: &Actor, prepared: &Prepared, reach: Reach) -> anyhow::Result<(Source, Vec<SourceRow>)> {
    let now = app.clock.now();
    let mut source = prepared.source.clone();
    let mut tx = app.store.write().await?;
    tx.lock(LOCK).await?;
    if let Reach::Apply { accept_repairs } = reach {
        source.repairs = accept_repairs;
    }
    let plan = write_plan(app, &mut tx, &mut source, prepared).await?;
    let kind = if source.status == Status::Refused { REFUSED } else { PREVIEWED };
    record(&mut tx, actor, kind, &source, app.ids.uuid(), now).await?;
    let ready = source.status == Status::Previewed && (source.towns || source.municipality.is_some());
    if matches!(reach, Reach::Apply { .. }) && ready {
        apply::write(&mut tx, &mut source, &plan, now).await?;
        record(&mut tx, actor, crate::APPLIED, &source, app.ids.uuid(), now).await?;
        crate::publish::refresh(&mut tx, &apply::concerned(&source, &plan), now).await?;
    } else if source.status == Status::NotPublished {
        crate::publish::refresh(&mut tx, &source.municipality.iter().cloned().collect(), now).await?;
    }
    tx.commit().await?;
    Ok((source, plan.notable))
}

/// Plans against the register as it is in this transaction, and writes ledger line, plan and rows.
async fn write_plan(app: &App, tx: &mut Tx, source: &mut Source, prepared: &Prepared) -> anyhow::Result<Plan> {
    let series = series(app, tx, source, prepared).await?;
    source.series = series.as_ref().map(|series| series.id);
    let mut plan = Plan::default();
    if let Some(series) = &series
        && source.status == Status::Previewed
    {
        let present = db::places_of_series(tx, series.id).await?;
        plan = planned(app, prepared, series.id, present, source.repairs);
        source.notes.extend(plan.warnings.iter().cloned());
    }
    if let Some(Opened { content: Content::Towns(towns, refused), rows, .. }) = &prepared.opened {
        plan = plan_of_towns(towns, refused, *rows);
        db::put_towns(tx, source.id, towns).await?;
    }
    source.counts = plan.counts;
    db::put_source(tx, source).await?;
    db::put_changes(tx, source.id, &plan.changes).await?;
    db::put_source_rows(tx, source.id, &plan.notable).await?;
    Ok(plan)
}

fn planned(app: &App, prepared: &Prepared, series: Id<Series>, present: Vec<Place>, accept: bool) -> Plan {
    let aim = Aim { series, source: prepared.source.id, accept };
    let rows = prepared.opened.as_ref().map_or(0, |opened| opened.rows);
    plan(&prepared.drafted, rows, present, aim, || app.ids.next())
}

fn plan_of_towns(towns: &[Town], refused: &[SourceRow], rows: u32) -> Plan {
    let mut plan = Plan { notable: refused.to_vec(), ..Plan::default() };
    plan.counts.rows = rows;
    plan.counts.taken = u32::try_from(towns.len()).unwrap_or(u32::MAX);
    plan.counts.added = plan.counts.taken;
    plan.counts.quarantined = u32::try_from(refused.len()).unwrap_or(u32::MAX);
    plan
}

/// The series of a source, made when it is the first of it.
async fn series(app: &App, tx: &mut Tx, source: &Source, prepared: &Prepared) -> anyhow::Result<Option<Series>> {
    let name = prepared.opened.as_ref().and_then(|opened| opened.series.clone());
    let (Some(name), Some(kind), Some(municipality)) = (name, source.kind, source.municipality.clone()) else {
        return Ok(None);
    };
    if let Some(series) = db::series_by_name(tx, &name).await? {
        return Ok(Some(series));
    }
    let series = Series { id: app.ids.next(), name, kind, municipality };
    db::insert_series(tx, &series).await?;
    Ok(Some(series))
}

/// Whether a command was carried out before: refused when it was another one.
async fn step(
    tx: &mut Tx,
    command: Uuid,
    subject: &str,
    action: &str,
    actor: &Actor,
) -> store::Result<Result<bool, Refused>> {
    let Some((of, what, who)) = db::find_step(tx, command).await? else { return Ok(Ok(false)) };
    let same = of == subject && what == action && who == actor.label();
    Ok(if same { Ok(true) } else { Err(Refused::CommandUsed) })
}

async fn find(app: &App, id: Id<Source>) -> anyhow::Result<Option<Source>> {
    let mut conn = app.store.read().await?;
    Ok(db::source(&mut conn, id).await?)
}

async fn record(
    tx: &mut Tx,
    actor: &Actor,
    kind: &'static str,
    source: &Source,
    id: Uuid,
    now: Timestamp,
) -> store::Result<()> {
    let body = json!({
        "title": source.title, "kind": source.kind, "municipality": source.municipality, "counts": source.counts,
        "sha256": source.blob, "repairs": source.repairs,
    });
    let entry = NewEntry {
        id: id.into(),
        kind,
        subject: source.id.to_string(),
        area: source.municipality.as_deref().and_then(area),
        mode: Mode::Live,
        actor: actor.label(),
        device: None,
        occurred_at: now,
        body: Body::Open(body),
    };
    journal::record(tx, entry, now).await?;
    Ok(())
}

fn area(code: &str) -> Option<AreaCode> {
    areas::municipality(code).map(kernel::Municipality::area)
}
