//! Town names with positions, by the source that brought them.

use kernel::{Id, Point};
use store::{Conn, Result, Tx, rows, sql};

use crate::model::{Source, Town};

/// Most towns of one municipality.
const MOST: i64 = 50_000;

const INSERT: &str = "INSERT INTO places_town (source, municipality, folded, name, lat, lon)";
/// The newest source of a municipality that was applied is the table in force.
const OF_MUNICIPALITY: &str = "SELECT t.municipality, t.name, t.folded, t.lat, t.lon FROM places_town t
    WHERE t.municipality = $1 AND t.source = (SELECT s.id FROM places_source s
        WHERE s.towns = TRUE AND s.status = 'applied'
        AND EXISTS (SELECT 1 FROM places_town x WHERE x.municipality = $1 AND x.source = s.id AND x.lat IS NOT NULL)
        ORDER BY s.applied_at DESC, s.id DESC LIMIT 1)
    ORDER BY t.folded LIMIT $2";
const DELETE: &str = "DELETE FROM places_town WHERE source = $1";

pub(super) const SQL: &[&str] = &[OF_MUNICIPALITY, DELETE];

type Row = (String, String, String, Option<f64>, Option<f64>);

/// Keeps the towns of a source; of two with the same folded name the first is kept.
pub(crate) async fn put_towns(tx: &mut Tx, source: Id<Source>, towns: &[Town]) -> Result<()> {
    sql(DELETE).bind(source).execute(tx).await?;
    let mut all = rows(INSERT, "ON CONFLICT (municipality, source, folded) DO NOTHING");
    for town in towns {
        all = all.row([
            source.into(),
            town.municipality.clone().into(),
            town.folded.clone().into(),
            town.name.clone().into(),
            town.point.map(|p| p.lat).into(),
            town.point.map(|p| p.lon).into(),
        ]);
    }
    all.execute(tx).await?;
    Ok(())
}

/// The towns of a municipality, as the newest table with positions says.
pub(crate) async fn towns_of(conn: &mut Conn, municipality: &str) -> Result<Vec<Town>> {
    let found: Vec<Row> = sql(OF_MUNICIPALITY).bind(municipality).bind(MOST).fetch_all(conn).await?;
    let town = |(municipality, name, folded, lat, lon): Row| Town {
        municipality,
        name,
        folded,
        point: lat.zip(lon).and_then(|(lat, lon)| Point::new(lat, lon)),
    };
    Ok(found.into_iter().map(town).collect())
}
