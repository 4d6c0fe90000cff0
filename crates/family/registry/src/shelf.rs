//! What is published, in memory and ready for today (制度の棚): matching and search ask no database.

use std::sync::Arc;

use chrono::NaiveDate;
use http::{App, Hot, Version};
use kernel::{Id, Timestamp};
use parking_lot::RwLock;

use crate::model::{InForce, Programme, State};
use crate::publish::{ProgrammesDocument, PublishedProgramme, everywhere, name};
use crate::search::Index;

/// The shelf, kept in the application: see [`crate::install`].
#[derive(Debug, Default)]
pub struct Shelf(RwLock<Arc<Stock>>, tokio::sync::Mutex<()>);

/// Everything published, as of one moment and one day (棚の中身).
#[derive(Debug, Default)]
pub(crate) struct Stock {
    /// The newest of the documents it is made of.
    version: Version,
    day: NaiveDate,
    documents: Vec<ProgrammesDocument>,
    pub(crate) in_force: Vec<InForce>,
    pub(crate) index: Index,
}

/// What is published now, made ready for today.
pub(crate) async fn stock(app: &App) -> Result<Arc<Stock>, http::Problem> {
    let Some(shelf) = app.extension::<Shelf>() else {
        return Err(http::Problem::internal(anyhow::anyhow!("the registry is not part of this program")));
    };
    let today = app.clock.now().jst().date_naive();
    let version = newest(&app.hot);
    let held = shelf.0.read().clone();
    if held.version == version && held.day == today {
        return Ok(held);
    }
    let _one_at_a_time = shelf.1.lock().await;
    let held = shelf.0.read().clone();
    let version = newest(&app.hot);
    if held.version == version && held.day == today {
        return Ok(held);
    }
    let hot = app.hot.clone();
    let made = tokio::task::spawn_blocking(move || Stock::of(read(&hot), version, today)).await;
    let made = Arc::new(made.map_err(|error| http::Problem::internal(anyhow::Error::from(error)))?);
    *shelf.0.write() = Arc::clone(&made);
    Ok(made)
}

fn newest(hot: &Hot) -> Version {
    everywhere().iter().filter_map(|area| hot.get(&name(area))).map(|document| document.version).max().unwrap_or(-1)
}

fn read(hot: &Hot) -> Vec<ProgrammesDocument> {
    let documents = everywhere().into_iter().filter_map(|area| hot.get(&name(&area)));
    documents.filter_map(|document| serde_json::from_slice(document.body()).ok()).collect()
}

impl Stock {
    fn of(documents: Vec<ProgrammesDocument>, version: Version, day: NaiveDate) -> Self {
        let in_force = in_force(&documents, day);
        let index = Index::of(in_force.iter().map(|one| &one.content.record), &in_force);
        Self { version, day, documents, in_force, index }
    }

    /// What holds on another day.
    pub(crate) fn on(&self, day: NaiveDate) -> Option<Vec<InForce>> {
        (day != self.day).then(|| in_force(&self.documents, day))
    }

    /// The day that it is ready for.
    pub(crate) fn day(&self) -> NaiveDate {
        self.day
    }
}

fn in_force(documents: &[ProgrammesDocument], day: NaiveDate) -> Vec<InForce> {
    let programmes = documents.iter().flat_map(|document| &document.programmes);
    programmes.filter_map(|published| holding(published, day)).collect()
}

fn holding(published: &PublishedProgramme, day: NaiveDate) -> Option<InForce> {
    let id: Id<Programme> = published.programme.parse().ok()?;
    let programme = Programme { id, key: published.key.clone(), area: published.area.clone(), origin: String::new() };
    published.versions.iter().find_map(|version| {
        let version = crate::model::Version {
            id: version.version.parse().ok()?,
            programme: id,
            number: version.number,
            revision: 0,
            state: State::Published,
            valid_from: version.valid_from,
            valid_until: version.valid_until,
            content: version.content.clone(),
            by: String::new(),
            at: Timestamp::EPOCH,
        };
        version.holds_on(day).then(|| InForce::of(&programme, &version, day))
    })
}
