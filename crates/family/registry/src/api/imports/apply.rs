//! Applying an import: every added and changed row becomes a draft, in one transaction or not at all.

use http::{Actor, App, Problem};
use kernel::Id;
use serde_json::json;
use uuid::Uuid;

use super::{ImportStep, all_rows, deed, found, held};
use crate::act::{self, Deed, Draft, LOCK, derived, digest};
use crate::db::{self, ImportRow, ImportState};
use crate::import::{Held, Planned, What, cases_of, rule_of};
use crate::model::{Content, Programme, Topic, Version, standing, withdraw};
use crate::publish;

pub(super) async fn apply_once(app: &App, actor: &Actor, id: Uuid, step: &ImportStep) -> anyhow::Result<ImportRow> {
    let (by, digest) = (actor.label(), digest(&(id, step)));
    let deed = deed(app, step.command, &by, &digest);
    let mut tx = app.store.write().await?;
    tx.lock(LOCK).await?;
    let import = found(&mut tx, actor, id).await?;
    if act::made_before(&mut tx, deed).await?.is_some() {
        return Ok(import);
    }
    previewed(&import)?;
    let held = held(&mut tx, &import.area).await?;
    for row in all_rows(&mut tx, id).await? {
        unchanged(&row, &held)?;
        take_row(&mut tx, deed, &import, &row, step.withdraw_gone).await?;
    }
    let applied = ImportRow { state: ImportState::Applied, ..import };
    db::put_import(&mut tx, &applied).await?;
    db::add_step(&mut tx, deed.command, deed.by, deed.digest, id, deed.now).await?;
    let count = |what: &str| applied.counts[what].clone();
    let body = json!({
        "file": applied.file, "area": applied.area, "added": count("added"), "changed": count("changed"),
        "gone": if step.withdraw_gone { count("gone") } else { json!(0) },
    });
    act::entry(&mut tx, deed, "registry.imported", id.to_string(), &applied.area, body).await?;
    publish::refresh(&mut tx, std::slice::from_ref(&applied.area), deed.now).await?;
    tx.commit().await?;
    Ok(applied)
}

pub(super) fn previewed(import: &ImportRow) -> Result<(), Problem> {
    if import.state == ImportState::Previewed {
        return Ok(());
    }
    let (ja, en) =
        ("この取込は、もう適用されたか取りやめられています。", "This import was applied or discarded already.");
    Err(Problem::conflict("not-previewed", ja, en))
}

/// What was shown must still be what applying does.
fn unchanged(row: &Planned, held: &[Held]) -> Result<(), Problem> {
    let now = held.iter().find(|held| held.key == row.key);
    let same = match (&row.version, row.what) {
        (_, What::Refused) => true,
        (None, _) => now.is_none(),
        (Some(version), _) => now.is_some_and(|now| now.version == *version && Some(now.revision) == row.revision),
    };
    if same {
        return Ok(());
    }
    let (ja, en) = (
        "確認した後に、登録されている制度が変わりました。ファイルをもう一度送って、変更を確かめてください。",
        "The registry has changed since the preview. Send the file again and look at the changes.",
    );
    Err(Problem::conflict("plan-changed", ja, en))
}

async fn take_row(
    tx: &mut store::Tx,
    deed: Deed<'_>,
    import: &ImportRow,
    row: &Planned,
    withdraw_gone: bool,
) -> anyhow::Result<()> {
    let today = deed.now.jst().date_naive();
    let version = Id::from_uuid(derived(&format!("{}:{}", deed.command, row.key)));
    match row.what {
        What::Added => {
            let programme = added(tx, import, row, version).await?;
            let content = Content {
                topic: topic(row),
                record: row.record.clone(),
                plain: None,
                deadline: None,
                unsure: None,
                rule: rule_of(&row.record),
                cases: cases_of(&row.record, today),
            };
            let draft = Draft { content: &content, valid_from: today, valid_until: None };
            act::save_draft(tx, deed, &programme, draft, version).await?;
        }
        What::Changed => {
            let programme = db::programme_of(tx, &import.area, &row.key).await?.ok_or_else(Problem::not_found)?;
            let versions = db::versions_of(tx, programme.id).await?;
            let held = standing(&versions).cloned().ok_or_else(Problem::not_found)?;
            // Conditions that a person edited stay; those the record made by itself follow it.
            let own = held.content.rule == rule_of(&held.content.record);
            let rule = if own { rule_of(&row.record) } else { held.content.rule };
            let cases = if own { cases_of(&row.record, today) } else { held.content.cases };
            let content = Content { record: row.record.clone(), rule, cases, ..held.content };
            let draft = Draft { content: &content, valid_from: today, valid_until: held.valid_until };
            act::save_draft(tx, deed, &programme, draft, version).await?;
        }
        What::Gone if withdraw_gone => {
            let programme = db::programme_of(tx, &import.area, &row.key).await?.ok_or_else(Problem::not_found)?;
            for held in db::versions_of(tx, programme.id).await? {
                if let Ok(taken) = withdraw(&held) {
                    act::keep_step(tx, deed, &programme, taken, "registry.withdrawn").await?;
                }
            }
        }
        What::Gone | What::Same | What::Refused => {}
    }
    Ok(())
}

/// The programme of an added row: a new one, or the one that was taken back and comes again.
async fn added(
    tx: &mut store::Tx,
    import: &ImportRow,
    row: &Planned,
    version: Id<Version>,
) -> anyhow::Result<Programme> {
    if let Some(programme) = db::programme_of(tx, &import.area, &row.key).await? {
        return Ok(programme);
    }
    let programme = Programme {
        id: version.cast(),
        key: row.key.clone(),
        area: import.area.clone(),
        origin: format!("import:{}", import.id),
    };
    db::add_programme(tx, &programme).await?;
    Ok(programme)
}

/// 防災・災害 or 被災者 makes it a programme for people hit by disaster.
fn topic(row: &Planned) -> Topic {
    let disaster = row.record.tags("categoryCode").contains(&"030") || row.record.tags("targetCode").contains(&"101");
    if disaster { Topic::Disaster } else { Topic::Family }
}
