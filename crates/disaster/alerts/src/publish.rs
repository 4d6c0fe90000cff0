//! The public documents: state to bytes, and nothing published that has not changed.

mod documents;
mod documents_earth;
mod hazards;
mod municipality;
mod prefecture;
mod quakes;
#[cfg(test)]
mod tests;
mod tsunami;
mod verbatim;

use kernel::{Mode, Text, Timestamp, areas};
use serde::Serialize;
use serde_json::Value;

use crate::model::{self, AdvisoryView, QuakeView, SeaView, State};
use crate::orders::Order;

pub use documents::*;
pub use documents_earth::*;
pub use verbatim::Verbatim;

/// Everything the documents of one mode are made from.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    pub state: &'a State,
    /// Orders in force.
    pub orders: &'a [Order],
    /// Newest first.
    pub timeline: &'a [TimelineEntry],
    pub known_since: Timestamp,
    pub now: Timestamp,
}

/// What several documents share, derived once.
pub(crate) struct Shared<'a> {
    pub view: View<'a>,
    pub quakes: Vec<QuakeView>,
    pub sea: Option<SeaView>,
    pub advisory: Option<AdvisoryView>,
    pub sources: Vec<String>,
}

/// A document before its time is set and its drill mark put on.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// `alerts/02203` or `drill/alerts/02203`.
    pub name: String,
    body: Value,
}

impl Draft {
    /// Tells whether anything changed since the document was last published; the time of asking is no change.
    pub fn digest(&self) -> String {
        use std::hash::{DefaultHasher, Hash, Hasher};
        let mut hasher = DefaultHasher::new();
        self.body.to_string().hash(&mut hasher);
        format!("{:016x}", hasher.finish())
    }

    /// The document as it goes out at `as_of`.
    pub fn body(&self, as_of: Timestamp) -> Value {
        let mut body = self.body.clone();
        if let Some(field) = body.get_mut("as_of") {
            *field = serde_json::json!(as_of);
        }
        body
    }
}

/// Every document of the mode. Pure.
pub fn drafts(view: View<'_>) -> Vec<Draft> {
    let shared = Shared {
        quakes: model::quakes(view.state),
        sea: model::sea(view.state),
        advisory: model::advisory(view.state, view.now),
        sources: sources(view.state),
        view,
    };
    let mode = view.state.mode;
    let mut drafts = vec![
        draft(mode, "alerts/prefecture", &prefecture::document(&shared)),
        draft(mode, "quakes/latest", &quakes::document(&shared)),
        draft(mode, "tsunami", &tsunami::document(&shared)),
        draft(mode, "timeline", &timeline(&shared)),
    ];
    for m in areas::municipalities() {
        drafts.push(draft(mode, &format!("alerts/{}", m.jis5), &municipality::document(&shared, m)));
    }
    drafts
}

/// The name a document has in a mode.
pub fn document_name(mode: Mode, name: &str) -> String {
    match mode {
        Mode::Live => name.to_owned(),
        Mode::Drill => format!("drill/{name}"),
    }
}

fn draft(mode: Mode, name: &str, document: &impl Serialize) -> Draft {
    // A document is made of strings, numbers and lists: it always becomes JSON.
    let mut body = serde_json::to_value(document).unwrap_or_default();
    mark(mode, &mut body);
    Draft { name: document_name(mode, name), body }
}

/// Puts 【訓練】 before every [`Text`] of a drill, on the way out, so that none can be forgotten. Words in one language are
/// [`Verbatim`], which is marked when it is made.
fn mark(mode: Mode, value: &mut Value) {
    if mode == Mode::Live {
        return;
    }
    match value {
        Value::Object(fields) => {
            let is_text = fields.len() == 3 && ["ja", "easy", "en"].iter().all(|f| fields.contains_key(*f));
            if is_text && let Ok(text) = serde_json::from_value::<Text>(Value::Object(fields.clone())) {
                *value = serde_json::json!(text.marked(mode));
                return;
            }
            fields.values_mut().for_each(|field| mark(mode, field));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| mark(mode, item)),
        _ => {}
    }
}

fn timeline(shared: &Shared<'_>) -> TimelineDocument {
    TimelineDocument {
        mode: shared.view.state.mode,
        as_of: Timestamp::EPOCH,
        known_since: shared.view.known_since,
        entries: shared.view.timeline.to_vec(),
        sources: shared.sources.clone(),
    }
}

/// Sources that real warnings come from, named even before the first telegram.
const LIVE_SOURCES: [&str; 3] = ["jma-eqvol", "jma-extra", "jma-regular"];

fn sources(state: &State) -> Vec<String> {
    let mut keys: Vec<String> = state.statements.values().map(|s| s.origin.source.clone()).collect();
    if state.mode == Mode::Live {
        keys.extend(LIVE_SOURCES.map(str::to_owned));
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}
