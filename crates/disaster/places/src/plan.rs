//! What applying a source would do: its drafts beside the present places of its series. Pure; ids are handed in.

use std::collections::{BTreeMap, HashMap};

use kernel::{Id, Point, Text};

use crate::geometry;
use crate::model::{Change, Counts, Facility, Located, Place, Planned, Proposal, Series, Source, SourceRow, Verdict};
use crate::read::{Draft, Drafted};

/// Where the drafts go.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Aim {
    pub(crate) series: Id<Series>,
    pub(crate) source: Id<Source>,
    /// A person accepted the repairs.
    pub(crate) accept: bool,
}

/// What would happen (差分の計画).
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub(crate) changes: Vec<Planned>,
    pub(crate) counts: Counts,
    /// Rows that need words.
    pub(crate) notable: Vec<SourceRow>,
    /// What to look at before applying.
    pub(crate) warnings: Vec<Text>,
}

/// Plans. `present` is everything the series ever had, gone places included.
pub(crate) fn plan(
    drafted: &Drafted,
    rows: u32,
    present: Vec<Place>,
    aim: Aim,
    mut new_id: impl FnMut() -> Id<Place>,
) -> Plan {
    let mut plan = Plan::default();
    let mut known: HashMap<String, Place> = present.into_iter().map(|place| (place.key.clone(), place)).collect();
    let before = known.values().filter(|place| place.gone_at.is_none()).count();
    plan.counts.rows = rows;
    plan.counts.quarantined = count(drafted.refused.len());
    plan.notable.clone_from(&drafted.refused);
    for draft in &drafted.drafts {
        plan.note(draft);
        let line = draft.line;
        let existing = known.remove(&draft.place.key);
        let after = placed(draft, existing.as_ref(), aim, &mut new_id);
        match existing {
            Some(before) if before.gone_at.is_none() => plan.compare(line, before, after),
            _ => {
                plan.counts.added += 1;
                plan.changes.push(Planned { line: Some(line), change: Change::Add(Box::new(after)) });
            }
        }
    }
    let gone: BTreeMap<Id<Place>, Place> =
        known.into_values().filter(|place| place.gone_at.is_none()).map(|place| (place.id, place)).collect();
    plan.counts.gone = count(gone.len());
    if before >= 10 && gone.len() * 2 > before {
        plan.warnings.push(many_gone(gone.len(), before));
    }
    let gone = gone.into_values().map(|place| Planned { line: None, change: Change::Gone(Box::new(place)) });
    plan.changes.extend(gone);
    plan.notable.sort_by_key(|row| row.line);
    plan
}

impl Plan {
    fn note(&mut self, draft: &Draft) {
        let verdict = if draft.proposal.is_some() { Verdict::Corrected } else { Verdict::Taken };
        match verdict {
            Verdict::Corrected => self.counts.corrected += 1,
            _ => self.counts.taken += 1,
        }
        if draft.reason.is_some() || draft.proposal.is_some() {
            self.notable.push(SourceRow {
                line: draft.line,
                verdict,
                key: Some(draft.place.key.clone()),
                name: Some(draft.place.name.clone()),
                reason: draft.reason.clone(),
                cells: draft.cells.clone(),
                proposal: draft.proposal.clone(),
            });
        }
    }

    fn compare(&mut self, line: u32, before: Place, after: Place) {
        let fields = differing(&before, &after);
        if fields.is_empty() {
            self.counts.unchanged += 1;
            return;
        }
        self.counts.changed += 1;
        let (before, after) = (Box::new(before), Box::new(after));
        self.changes.push(Planned { line: Some(line), change: Change::Change { before, after, fields } });
    }
}

/// The place a draft becomes: with the ids it had, where a person or an accepted repair has put it.
fn placed(draft: &Draft, existing: Option<&Place>, aim: Aim, new_id: &mut impl FnMut() -> Id<Place>) -> Place {
    let (mut place, proposal) = (draft.place.clone(), draft.proposal.clone());
    place.id = existing.map_or_else(new_id, |known| known.id);
    place.facility = existing.map_or_else(|| place.id.cast::<Facility>(), |known| known.facility);
    place.series = aim.series;
    place.source = aim.source;
    place.point = place.point.map(to_centimetre);
    let by_hand = existing.filter(|known| known.located == Located::ByHand);
    if let Some(known) = by_hand
        && (place.point.is_none() || place.point == known.file_point)
    {
        place.point = known.point;
        place.located = Located::ByHand;
        place.file_point = known.file_point;
    } else if let Some(Proposal { located, point }) = proposal.map(|p| Proposal { point: to_centimetre(p.point), ..p })
    {
        // Accepted once is accepted, as long as the file repeats the same mistake.
        let accepted = existing.is_some_and(|known| known.located == located && known.point == Some(point));
        if aim.accept || accepted {
            place.point = Some(point);
            place.located = located;
        }
    }
    place
}

/// The fields in which two places differ. A running number is none: it moves when a row is inserted.
fn differing(before: &Place, after: &Place) -> Vec<String> {
    let numbered = |place: &Place| {
        let mut details = place.details.clone();
        details.more.remove("number");
        details
    };
    let (was, is) = (numbered(before), numbered(after));
    let all = [
        ("kind", before.kind != after.kind),
        ("label", before.label != after.label),
        ("municipality", before.municipality != after.municipality),
        ("name", before.name != after.name),
        ("kana", before.kana != after.kana),
        ("address", before.address != after.address),
        ("position", before.point != after.point || before.located != after.located),
        ("shape", !geometry::same(before.geometry.as_ref(), after.geometry.as_ref())),
        ("suitability", was.suitability != is.suitability),
        ("capacity", was.capacity != is.capacity),
        ("features", was.features != is.features),
        ("accepts", was.accepts != is.accepts),
        ("remark", was.remark != is.remark),
        ("phone", was.phone != is.phone),
        ("hours", was.hours != is.hours),
        ("url", was.url != is.url),
        ("elevation", was.elevation_m != is.elevation_m),
        ("rank", was.rank != is.rank),
        ("more", was.more != is.more),
        ("extra", before.extra != after.extra),
    ];
    all.into_iter().filter(|(_, differs)| *differs).map(|(field, _)| field.to_owned()).collect()
}

fn to_centimetre(point: Point) -> Point {
    Point { lat: geometry::rounded(point.lat), lon: geometry::rounded(point.lon) }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

fn many_gone(gone: usize, before: usize) -> Text {
    Text::new(
        format!("今ある{before}件のうち{gone}件がこの一覧にありません。別の一覧ではないか確かめてください。"),
        format!("いまある{before}件のうち{gone}件がなくなります。"),
        format!("{gone} of the present {before} places are not in this list. Make sure it is the right one."),
    )
}
