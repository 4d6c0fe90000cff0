//! Search (施設の検索): every published facility in memory, found by name, kana, address or nearness.
//!
//! It is made from the public documents of this process, one municipality at a time, whenever they are newer; so it is as
//! fresh as they are, in every process, and asks no database.
//!
//! **Invariant:** what is found is what is published, word for word.
//! **Invariant:** at most [`MOST_FACILITIES`] are held; a query is at most [`MOST_CHARS`] characters and [`MOST_WORDS`] words.

mod index;
mod words;

use std::collections::BTreeMap;
use std::sync::Arc;

use http::Hot;
use kernel::{Id, Point};
use parking_lot::RwLock;

use crate::model::{Facility, Kind};
use crate::publish::{FacilityView, PlacesDocument};
use index::Shard;

/// Facilities held at most.
pub const MOST_FACILITIES: usize = 300_000;
/// Characters of a query at most.
pub const MOST_CHARS: usize = 100;
/// Words of a query at most.
pub const MOST_WORDS: usize = 8;
/// Facilities answered at most.
pub const MOST_FOUND: usize = 100;

/// The search, kept in the application: see [`install`].
#[derive(Debug, Default)]
pub struct Search {
    index: RwLock<Arc<Index>>,
    rebuilding: tokio::sync::Mutex<()>,
}

/// Everything that can be found, as of one moment (検索の索引).
#[derive(Debug, Default)]
pub struct Index {
    version: http::Version,
    shards: BTreeMap<String, Arc<Shard>>,
}

/// What is asked (検索の条件).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ask {
    /// Words that must all match; empty with [`Ask::near`] finds the nearest.
    pub words: String,
    pub near: Option<Point>,
    /// Empty for every kind.
    pub kinds: Vec<Kind>,
    pub municipality: Option<String>,
    pub limit: usize,
}

/// What was found (検索の結果).
#[derive(Debug, Clone, PartialEq)]
pub struct Found<'a> {
    /// How many there are, also those not answered.
    pub total: usize,
    /// Best first, with the distance to [`Ask::near`] in metres.
    pub facilities: Vec<(&'a FacilityView, Option<f64>)>,
}

/// Puts the search into the application.
#[must_use]
pub fn install(builder: http::Builder) -> http::Builder {
    builder.extension(Search::default())
}

impl Search {
    /// The index of what is published now; brought up to date first if the documents moved on.
    pub async fn index(&self, hot: &Hot) -> Arc<Index> {
        let now = self.index.read().clone();
        if now.version == hot.version() {
            return now;
        }
        let _one_at_a_time = self.rebuilding.lock().await;
        let before = self.index.read().clone();
        let version = hot.version();
        if before.version == version {
            return before;
        }
        let documents = hot.all();
        let next = tokio::task::spawn_blocking(move || before.followed_by(&documents, version)).await;
        let Ok(next) = next else { return now };
        let next = Arc::new(next);
        *self.index.write() = Arc::clone(&next);
        next
    }
}

impl Index {
    /// An index of these documents.
    pub fn of(documents: impl IntoIterator<Item = PlacesDocument>) -> Self {
        let shard = |document: PlacesDocument| (document.area.code.clone(), Arc::new(Shard::new(0, document)));
        Self { version: 0, shards: documents.into_iter().map(shard).collect() }
    }

    /// How many facilities it holds.
    pub fn len(&self) -> usize {
        self.shards.values().map(|shard| shard.document().facilities.len()).sum()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The document of a municipality.
    pub fn document(&self, municipality: &str) -> Option<&PlacesDocument> {
        self.shards.get(municipality).map(|shard| shard.document())
    }

    /// Every document, by municipality.
    pub fn documents(&self) -> impl Iterator<Item = &PlacesDocument> {
        self.shards.values().map(|shard| shard.document())
    }

    /// One facility, also by an id it had before it was made one with others.
    pub fn facility(&self, id: Id<Facility>) -> Option<&FacilityView> {
        self.shards.values().find_map(|shard| shard.facility(id))
    }

    /// Finds facilities: the same name, then its beginning, the beginning of a word in it, inside of it, then address and
    /// municipality; of equals the nearer, then the shorter name.
    pub fn find(&self, ask: &Ask) -> Found<'_> {
        let query = words::Query::read(&ask.words);
        if query.words.is_empty() && ask.near.is_none() {
            return Found { total: 0, facilities: Vec::new() };
        }
        let shards =
            self.shards.iter().filter(|(code, _)| ask.municipality.as_ref().is_none_or(|wanted| wanted == *code));
        let mut hits = Vec::new();
        for (_, shard) in shards {
            shard.find(&query, ask, &mut hits);
        }
        let total = hits.len();
        let limit = ask.limit.clamp(1, MOST_FOUND);
        if total > limit {
            hits.select_nth_unstable_by(limit - 1, index::Hit::order);
            hits.truncate(limit);
        }
        hits.sort_unstable_by(index::Hit::order);
        Found { total, facilities: hits.into_iter().map(|hit| (hit.facility, hit.distance_m)).collect() }
    }

    /// The same with what was published since.
    fn followed_by(&self, documents: &[Arc<http::hot::Document>], version: http::Version) -> Self {
        let mut next = Self { version, shards: BTreeMap::new() };
        let mut held = 0;
        for document in documents {
            let Some(code) = document.name.strip_prefix("places/").filter(|code| *code != "index") else { continue };
            let known = self.shards.get(code).filter(|shard| shard.version() == document.version);
            let shard = known.cloned().or_else(|| Shard::read(document).map(Arc::new));
            let Some(shard) = shard else { continue };
            held += shard.document().facilities.len();
            if held > MOST_FACILITIES {
                tracing::warn!(code, held, "places: too many facilities to search; this municipality is left out");
                continue;
            }
            next.shards.insert(code.to_owned(), shard);
        }
        next
    }
}

#[cfg(test)]
mod tests;
