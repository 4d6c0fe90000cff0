//! What applying a source does, or did, to each place: for the preview and for undoing.

use kernel::Id;
use serde_json::Value;
use store::{Arg, Conn, Error, Result, Tx, rows, sql};
use uuid::Uuid;

use super::{json, to_json};
use crate::model::{Change, Place, Planned, Source};

const INSERT: &str = "INSERT INTO places_change (source, number, what, line, place, before, after, fields)";
const DELETE: &str = "DELETE FROM places_change WHERE source = $1";
const PAGE: &str = "SELECT number, what, line, before, after, fields FROM places_change
    WHERE source = $1 AND (CAST($2 AS TEXT) IS NULL OR what = $2) AND number > $3 ORDER BY number LIMIT $4";

pub(super) const SQL: &[&str] = &[DELETE, PAGE];

type Row = (i64, String, Option<i64>, Option<Value>, Option<Value>, Value);

/// Replaces the plan of a source. Shapes after a change are left out: they are in the file.
pub(crate) async fn put_changes(tx: &mut Tx, id: Id<Source>, plan: &[Planned]) -> Result<()> {
    sql(DELETE).bind(id).execute(tx).await?;
    let mut all = rows(INSERT, "");
    for (number, planned) in (1_i64..).zip(plan) {
        let none: Vec<String> = Vec::new();
        let (what, before, after, fields) = match &planned.change {
            Change::Add(after) => ("added", None, Some(&**after), &none),
            Change::Change { before, after, fields } => ("changed", Some(&**before), Some(&**after), fields),
            Change::Gone(before) => ("gone", Some(&**before), None, &none),
        };
        let place: Uuid = before.or(after).map_or(Uuid::nil(), |place| place.id.uuid());
        let after = after.map(without_shape).transpose()?;
        let values: [Arg; 8] = [
            id.into(),
            number.into(),
            what.into(),
            planned.line.into(),
            place.into(),
            before.map(to_json).transpose()?.into(),
            after.into(),
            to_json(fields)?.into(),
        ];
        all = all.row(values);
    }
    all.execute(tx).await?;
    Ok(())
}

/// A page of the plan of a source, after number `after`: `added`, `changed`, `gone`, or everything.
pub(crate) async fn changes(
    conn: &mut Conn,
    id: Id<Source>,
    what: Option<&str>,
    after: i64,
    limit: i64,
) -> Result<Vec<(i64, Planned)>> {
    let found: Vec<Row> = sql(PAGE).bind(id).bind(what).bind(after).bind(limit).fetch_all(conn).await?;
    let mut plan = Vec::with_capacity(found.len());
    for (number, what, line, before, after, fields) in found {
        let before: Option<Box<Place>> = before.map(json).transpose()?;
        let after: Option<Box<Place>> = after.map(json).transpose()?;
        let change = match (before, after) {
            (None, Some(after)) => Change::Add(after),
            (Some(before), Some(after)) => Change::Change { before, after, fields: json(fields)? },
            (Some(before), None) => Change::Gone(before),
            (None, None) => return Err(Error::Unreadable(format!("change {number} ({what}) is empty").into())),
        };
        plan.push((number, Planned { line: line.and_then(|line| u32::try_from(line).ok()), change }));
    }
    Ok(plan)
}

fn without_shape(place: &Place) -> Result<Value> {
    match place.geometry {
        None => to_json(place),
        Some(_) => to_json(&Place { geometry: None, ..place.clone() }),
    }
}
