//! What a person says of a source that waits: what it is, whose, and what its columns mean.

use http::{Actor, App};
use kernel::Id;
use uuid::Uuid;

use super::{LOCK, Refused, authorise, find, record, reopen, step, write_plan};
use crate::model::{Chosen, Source, Status};
use crate::{SETTLED, db, read};

/// Other choices for a source that waits: what it is, whose, and what its columns mean. It is planned again.
pub async fn settle(
    app: &App,
    actor: &Actor,
    id: Id<Source>,
    chosen: Chosen,
    command: Uuid,
) -> anyhow::Result<Result<Source, Refused>> {
    if let Err(refused) = check(&chosen) {
        return Ok(Err(refused));
    }
    let Some(old) = find(app, id).await? else { return Ok(Err(Refused::Missing)) };
    authorise(actor, old.municipality.as_deref(), &[])?;
    if !matches!(old.status, Status::Previewed | Status::Refused) {
        return Ok(Err(Refused::NotPreviewed));
    }
    let prepared = reopen(app, &old, chosen).await?;
    authorise(actor, prepared.source.municipality.as_deref(), &prepared.drafted.drafts)?;
    app.store
        .retry(async || {
            let now = app.clock.now();
            let mut tx = app.store.write().await?;
            tx.lock(LOCK).await?;
            match step(&mut tx, command, &id.to_string(), SETTLED, actor).await? {
                Err(refused) => return Ok(Err(refused)),
                Ok(true) => return Ok(db::source(&mut tx, id).await?.ok_or(Refused::Missing)),
                Ok(false) => {}
            }
            let mut source = prepared.source.clone();
            write_plan(app, &mut tx, &mut source, &prepared).await?;
            db::insert_step(&mut tx, command, &id.to_string(), SETTLED, &actor.label(), now).await?;
            record(&mut tx, actor, SETTLED, &source, command, now).await?;
            tx.commit().await?;
            Ok(Ok(source))
        })
        .await
}

fn check(chosen: &Chosen) -> Result<(), Refused> {
    let fields = read::fields();
    let unknown =
        chosen.mapping.iter().find(|(_, field)| !field.is_empty() && fields.iter().all(|(known, _)| known != *field));
    if let Some((column, field)) = unknown {
        return Err(Refused::Field(column.clone(), field.clone()));
    }
    let sound = |code: &String| code.len() == 5 && code.bytes().all(|b| b.is_ascii_digit());
    let municipality = chosen.municipality.iter().find(|code| !sound(code));
    municipality.map_or(Ok(()), |code| Err(Refused::Municipality(code.clone())))
}
