//! Places on no list (指定外の場所): where people gather although nobody designated it.

use kernel::{Id, Ids, Point, Timestamp};
use store::Tx;

use crate::model::{Capacity, Details, Kind, Located, Place, Series};
use crate::{db, publish};

/// What such a place is called among the kinds.
pub const ADHOC_LABEL: &str = "指定外の避難所";

/// A place that staff enters (指定外の場所の登録).
#[derive(Debug, Clone, PartialEq)]
pub struct Adhoc {
    /// Made by whoever enters it; the same again changes nothing.
    pub id: Id<Place>,
    /// JIS5.
    pub municipality: String,
    pub name: String,
    pub address: Option<String>,
    pub point: Option<Point>,
    pub capacity: Option<u32>,
}

/// Enters a place on no list into the series `{jis5}/adhoc` and publishes it; the one that is there when the id is known.
/// Authorisation and the journal entry are the caller's.
pub async fn adhoc(tx: &mut Tx, ids: &Ids, new: Adhoc, now: Timestamp) -> store::Result<Place> {
    let known = db::place(tx, new.id).await?;
    if let Some(place) = known {
        return Ok(place);
    }
    let series = series(tx, ids, &new.municipality).await?;
    let capacity = new.capacity.map(|persons| Capacity { persons: Some(persons), ..Capacity::default() });
    let place = Place {
        id: new.id,
        facility: new.id.cast(),
        kind: Kind::Other,
        label: Some(ADHOC_LABEL.to_owned()),
        municipality: new.municipality.clone(),
        series,
        // No file brought it.
        source: new.id.cast(),
        key: format!("adhoc:{}", new.id),
        name: new.name,
        kana: None,
        address: new.address,
        point: new.point,
        located: if new.point.is_some() { Located::ByHand } else { Located::None },
        file_point: None,
        geometry: None,
        details: Details { capacity, ..Details::default() },
        extra: std::collections::BTreeMap::new(),
        gone_at: None,
    };
    db::put_places(tx, [&place]).await?;
    publish::refresh(tx, &[new.municipality].into(), now).await?;
    Ok(place)
}

async fn series(tx: &mut Tx, ids: &Ids, municipality: &str) -> store::Result<Id<Series>> {
    let name = format!("{municipality}/adhoc");
    if let Some(series) = db::series_by_name(tx, &name).await? {
        return Ok(series.id);
    }
    let new = Series { id: ids.next(), name, kind: Kind::Other, municipality: municipality.to_owned() };
    db::insert_series(tx, &new).await?;
    // Somebody else may have been quicker.
    Ok(db::series_by_name(tx, &new.name).await?.map_or(new.id, |series| series.id))
}
