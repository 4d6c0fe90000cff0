//! Applying a planned source, undoing an applied one, putting one aside.

use std::collections::{BTreeSet, HashMap};

use http::{Actor, App};
use kernel::{Id, Timestamp};
use store::Tx;
use uuid::Uuid;

use super::{LOCK, Prepared, Refused, authorise, find, record, reopen, step, write_plan};
use crate::model::{Change, Place, Planned, Source, Status};
use crate::plan::Plan;
use crate::{APPLIED, DISCARDED, UNDONE, db, publish};

/// Changes that are read back at a time.
const PAGE: i64 = 2_000;

/// Applies a source as its preview showed it. When the register has changed in between, the new plan is kept and the step
/// refused, so that a person looks again.
pub async fn apply(
    app: &App,
    actor: &Actor,
    id: Id<Source>,
    accept_repairs: bool,
    command: Uuid,
) -> anyhow::Result<Result<Source, Refused>> {
    let Some(old) = find(app, id).await? else { return Ok(Err(Refused::Missing)) };
    authorise(actor, old.municipality.as_deref(), &[])?;
    let prepared = reopen(app, &old, old.chosen.clone()).await?;
    authorise(actor, prepared.source.municipality.as_deref(), &prepared.drafted.drafts)?;
    app.store.retry(async || apply_once(app, actor, &prepared, accept_repairs, command).await).await
}

/// Takes an applied source back: the places are as they were before it. Only the newest of its series can be.
pub async fn undo(app: &App, actor: &Actor, id: Id<Source>, command: Uuid) -> anyhow::Result<Result<Source, Refused>> {
    let Some(old) = find(app, id).await? else { return Ok(Err(Refused::Missing)) };
    authorise(actor, old.municipality.as_deref(), &[])?;
    app.store.retry(async || undo_once(app, actor, id, command).await).await
}

/// Puts a source aside that was never applied.
pub async fn discard(
    app: &App,
    actor: &Actor,
    id: Id<Source>,
    command: Uuid,
) -> anyhow::Result<Result<Source, Refused>> {
    let Some(old) = find(app, id).await? else { return Ok(Err(Refused::Missing)) };
    authorise(actor, old.municipality.as_deref(), &[])?;
    app.store
        .retry(async || {
            let now = app.clock.now();
            let mut tx = app.store.write().await?;
            tx.lock(LOCK).await?;
            let Some(mut source) = db::source(&mut tx, id).await? else { return Ok(Err(Refused::Missing)) };
            match step(&mut tx, command, &id.to_string(), DISCARDED, actor).await? {
                Err(refused) => return Ok(Err(refused)),
                Ok(true) => return Ok(Ok(source)),
                Ok(false) => {}
            }
            if !matches!(source.status, Status::Previewed | Status::Refused | Status::NotPublished) {
                return Ok(Err(Refused::NotPreviewed));
            }
            let told = source.status == Status::NotPublished;
            source.status = Status::Discarded;
            db::put_source(&mut tx, &source).await?;
            db::insert_step(&mut tx, command, &id.to_string(), DISCARDED, &actor.label(), now).await?;
            record(&mut tx, actor, DISCARDED, &source, command, now).await?;
            if told {
                publish::refresh(&mut tx, &source.municipality.iter().cloned().collect(), now).await?;
            }
            tx.commit().await?;
            Ok(Ok(source))
        })
        .await
}

/// Writes the places of a plan, and that the source is applied.
pub(super) async fn write(tx: &mut Tx, source: &mut Source, plan: &Plan, now: Timestamp) -> store::Result<()> {
    source.status = Status::Applied;
    source.applied_at = Some(now);
    db::put_source(tx, source).await?;
    let gone: Vec<Place> = plan
        .changes
        .iter()
        .filter_map(|planned| match &planned.change {
            Change::Gone(place) => Some(Place { gone_at: Some(now), ..(**place).clone() }),
            Change::Add(_) | Change::Change { .. } => None,
        })
        .collect();
    let written = plan.changes.iter().filter_map(|planned| match &planned.change {
        Change::Add(after) | Change::Change { after, .. } => Some(&**after),
        Change::Gone(_) => None,
    });
    db::put_places(tx, written.chain(&gone)).await?;
    if let Some(series) = source.series {
        db::confirm(tx, series, source.id).await?;
    }
    Ok(())
}

/// The municipalities whose documents a plan touches.
pub(super) fn concerned(source: &Source, plan: &Plan) -> BTreeSet<String> {
    let of_plan = plan.changes.iter().flat_map(|planned| match &planned.change {
        Change::Add(one) | Change::Gone(one) => vec![one.municipality.clone()],
        Change::Change { before, after, .. } => vec![before.municipality.clone(), after.municipality.clone()],
    });
    of_plan.chain(source.municipality.clone()).collect()
}

async fn apply_once(
    app: &App,
    actor: &Actor,
    prepared: &Prepared,
    accept_repairs: bool,
    command: Uuid,
) -> anyhow::Result<Result<Source, Refused>> {
    let (now, id) = (app.clock.now(), prepared.source.id);
    let mut tx = app.store.write().await?;
    tx.lock(LOCK).await?;
    let Some(old) = db::source(&mut tx, id).await? else { return Ok(Err(Refused::Missing)) };
    match step(&mut tx, command, &id.to_string(), APPLIED, actor).await? {
        Err(refused) => return Ok(Err(refused)),
        Ok(true) => return Ok(Ok(old)),
        Ok(false) => {}
    }
    if old.status != Status::Previewed {
        return Ok(Err(Refused::NotPreviewed));
    }
    if !old.towns && (old.municipality.is_none() || old.kind.is_none()) {
        return Ok(Err(Refused::NotReady));
    }
    // First as it was shown, without repairs: the numbers must be those of the preview.
    let mut source = Source { repairs: false, ..prepared.source.clone() };
    write_plan(app, &mut tx, &mut source, prepared).await?;
    if source.counts != old.counts {
        tx.commit().await?;
        return Ok(Err(Refused::PlanChanged));
    }
    let mut source = Source { repairs: accept_repairs, ..prepared.source.clone() };
    let plan = write_plan(app, &mut tx, &mut source, prepared).await?;
    write(&mut tx, &mut source, &plan, now).await?;
    db::insert_step(&mut tx, command, &id.to_string(), APPLIED, &actor.label(), now).await?;
    record(&mut tx, actor, APPLIED, &source, command, now).await?;
    publish::refresh(&mut tx, &concerned(&source, &plan), now).await?;
    tx.commit().await?;
    Ok(Ok(source))
}

async fn undo_once(app: &App, actor: &Actor, id: Id<Source>, command: Uuid) -> anyhow::Result<Result<Source, Refused>> {
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    tx.lock(LOCK).await?;
    let Some(mut source) = db::source(&mut tx, id).await? else { return Ok(Err(Refused::Missing)) };
    match step(&mut tx, command, &id.to_string(), UNDONE, actor).await? {
        Err(refused) => return Ok(Err(refused)),
        Ok(true) => return Ok(Ok(source)),
        Ok(false) => {}
    }
    if source.status != Status::Applied {
        return Ok(Err(Refused::NotApplied));
    }
    let mut municipalities: BTreeSet<String> = source.municipality.iter().cloned().collect();
    if let Some(series) = source.series {
        let newest = db::newest_of_series(&mut tx, series).await?;
        if let Some(later) = newest.first().filter(|newest| newest.id != id) {
            return Ok(Err(Refused::LaterSource(later.title.clone())));
        }
        let restored = restored(&mut tx, id, series, now).await?;
        municipalities.extend(restored.iter().map(|place| place.municipality.clone()));
        db::put_places(&mut tx, &restored).await?;
        if let Some(previous) = newest.get(1) {
            db::confirm(&mut tx, series, previous.id).await?;
        }
    }
    source.status = Status::Undone;
    db::put_source(&mut tx, &source).await?;
    db::insert_step(&mut tx, command, &id.to_string(), UNDONE, &actor.label(), now).await?;
    record(&mut tx, actor, UNDONE, &source, command, now).await?;
    publish::refresh(&mut tx, &municipalities, now).await?;
    tx.commit().await?;
    Ok(Ok(source))
}

/// The places of a source as they were before it. What it added leaves the list but keeps its row, so that it has the same
/// id when it comes again; which places people declared to be one is not the source's business and stays.
async fn restored(
    tx: &mut Tx,
    id: Id<Source>,
    series: Id<crate::model::Series>,
    now: Timestamp,
) -> store::Result<Vec<Place>> {
    let mut present: HashMap<Id<Place>, Place> =
        db::places_of_series(tx, series).await?.into_iter().map(|place| (place.id, place)).collect();
    let mut restored = Vec::new();
    let mut after = 0;
    loop {
        let page: Vec<(i64, Planned)> = db::changes(tx, id, None, after, PAGE).await?;
        let Some((last, _)) = page.last() else { break };
        after = *last;
        for (_, planned) in page {
            let before = match planned.change {
                Change::Add(place) => {
                    restored
                        .extend(present.remove(&place.id).map(|now_there| Place { gone_at: Some(now), ..now_there }));
                    continue;
                }
                Change::Change { before, .. } | Change::Gone(before) => *before,
            };
            let facility = present.remove(&before.id).map_or(before.facility, |now_there| now_there.facility);
            restored.push(Place { facility, ..before });
        }
    }
    Ok(restored)
}
