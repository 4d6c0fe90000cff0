//! The key of each place within its series: the file's own id, else folded name and address.

use std::collections::HashMap;

use kernel::Text;
use kernel::fold::fold;

use super::row::Draft;
use super::words;
use crate::model::{Kind, Place};

/// How the places of a list are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    /// An id that the publisher keeps from one file to the next.
    Id(&'static str),
    Name,
}

/// Gives every draft its key. Rows that cannot have one of their own are handed back with the reason: the same row twice,
/// and an id that stands at two different places.
pub(super) fn give(drafts: Vec<Draft>) -> (Vec<Draft>, Vec<(Draft, Text)>) {
    let by = told_apart(&drafts);
    let mut kept: Vec<Draft> = Vec::with_capacity(drafts.len());
    let mut refused = Vec::new();
    let mut first: HashMap<String, usize> = HashMap::new();
    let mut repeats: HashMap<String, u32> = HashMap::new();
    for mut draft in drafts {
        draft.place.key = key(&draft.place, by);
        if let Some(&at) = first.get(&draft.place.key) {
            let earlier = &kept[at];
            // Outlines may well have the same words: each is its own.
            let area = draft.place.kind.is_area() || draft.place.geometry.is_some();
            let same = says_the_same(&earlier.place, &draft.place);
            match by {
                By::Id(field) if !area => {
                    let id = draft.place.details.more.get(field).cloned().unwrap_or_default();
                    let why = if same { words::same_row(earlier.line) } else { words::same_id(&id, earlier.line) };
                    refused.push((draft, why));
                    continue;
                }
                By::Name if !area && same => {
                    let why = words::same_row(earlier.line);
                    refused.push((draft, why));
                    continue;
                }
                _ => {}
            }
            let count = repeats.entry(draft.place.key.clone()).or_insert(1);
            *count += 1;
            draft.place.key = format!("{}#{count}", draft.place.key);
        }
        first.insert(draft.place.key.clone(), kept.len());
        kept.push(draft);
    }
    (kept, refused)
}

/// A column is an id when most rows have one and they are not just 1, 2, 3: such numbers move when a row is inserted.
fn told_apart(drafts: &[Draft]) -> By {
    for field in ["gsi_id", "id", "medical_code", "number"] {
        let ids: Vec<&String> = drafts.iter().filter_map(|draft| draft.place.details.more.get(field)).collect();
        if ids.len() < drafts.len() || ids.is_empty() {
            continue;
        }
        let numbered = ids.iter().zip(1_u64..).all(|(id, at)| id.parse() == Ok(at));
        let constant = ids.len() > 1 && ids.iter().all(|id| *id == ids[0]);
        let mut seen: Vec<&String> = ids.clone();
        seen.sort_unstable();
        seen.dedup();
        // What most rows share is no id but a class. A column that calls itself an id is believed sooner.
        let least = if matches!(field, "gsi_id" | "id") { 5 } else { 9 };
        let distinct = seen.len() * 10 >= ids.len() * least;
        if !constant && distinct && (field != "number" || !numbered && seen.len() == ids.len()) {
            return By::Id(field);
        }
    }
    By::Name
}

fn key(place: &Place, by: By) -> String {
    if let By::Id(field) = by
        && let Some(id) = place.details.more.get(field)
    {
        return format!("{field}:{}", fold(id));
    }
    let mut key = format!("{}|{}", fold(&place.name), fold(place.address.as_deref().unwrap_or_default()));
    // A building has several, each on its floor.
    let several = matches!(place.kind, Kind::Aed | Kind::Other);
    if several && let Some(placement) = place.details.more.get("placement") {
        key.push('|');
        key.push_str(&fold(placement));
    }
    key
}

/// Whether two rows say the same but for their running number.
fn says_the_same(left: &Place, right: &Place) -> bool {
    let bare = |place: &Place| {
        let mut place = place.clone();
        place.key.clear();
        place.details.more.remove("number");
        place
    };
    bare(left) == bare(right)
}
