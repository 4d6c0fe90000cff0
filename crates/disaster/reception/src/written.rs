//! What desks wrote of a shelter besides who came and went (避難所の記録): requests and answers, illness, incidents, notes,
//! handouts. By every desk of the shelter, whichever page wrote it.

use std::collections::{BTreeMap, HashMap};

use crate::event::{Event, Kind};
use crate::fold::{Effect, Line, Place, Register, Scope};
use crate::handout::day;
use kernel::Id;

/// Days of [`Written::days`].
pub(crate) const DAYS: usize = 7;

/// Lines of a place that are in force, oldest first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Written(pub(crate) Vec<Line>);

/// Sick people and incidents of one day in Japan, as days since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Day {
    pub(crate) at: i64,
    pub(crate) sick: u32,
    pub(crate) incidents: u32,
}

impl Written {
    /// Everything that was written at the place, also of households that went on since.
    pub(crate) fn at(register: &Register, scope: Scope, place: &Place) -> Self {
        let of_households =
            register.visitors(scope, place).into_iter().flat_map(|subject| register.history(scope, subject));
        let all = of_households.chain(register.notes(scope, place));
        let kept = |line: &Line| line.effect != Effect::Voided && line.place == *place && is_written(line.kind);
        let mut lines: Vec<Line> = all.filter(kept).collect();
        lines.sort_by_key(|line| (line.at_ms, line.id));
        lines.dedup_by_key(|line| line.id);
        Self(lines)
    }

    pub(crate) fn of(&self, kind: Kind) -> impl Iterator<Item = &Line> {
        self.0.iter().filter(move |line| line.kind == kind)
    }

    pub(crate) fn count(&self, kind: Kind) -> u32 {
        u32::try_from(self.of(kind).count()).unwrap_or(u32::MAX)
    }

    /// Each request with its answers, oldest first. What they say is sealed; that there is an answer is not.
    pub(crate) fn requests(&self) -> Vec<(&Line, Vec<&Line>)> {
        let mut answers: HashMap<u128, Vec<&Line>> = HashMap::new();
        for answer in self.of(Kind::Answer) {
            answers.entry(answer.other.unwrap_or_default()).or_default().push(answer);
        }
        let with_answers = |request| (request, answers.remove(&bits(request)).unwrap_or_default());
        self.of(Kind::Request).map(with_answers).collect()
    }

    /// The last days, today first.
    pub(crate) fn days(&self, now_ms: i64) -> Vec<Day> {
        let mut days: BTreeMap<i64, (u32, u32)> = BTreeMap::new();
        for line in &self.0 {
            let (sick, incidents) = days.entry(day(line.at_ms)).or_default();
            match line.kind {
                Kind::Sick => *sick += 1,
                Kind::Incident => *incidents += 1,
                _ => {}
            }
        }
        let today = day(now_ms);
        let of = |day: i64| {
            let (sick, incidents) = days.get(&day).copied().unwrap_or_default();
            Day { at: day, sick, incidents }
        };
        (0..DAYS).map(|back| of(today - i64::try_from(back).unwrap_or(0))).collect()
    }
}

/// The id of an event as another one names it.
pub(crate) fn bits(line: &Line) -> u128 {
    let id: Id<Event> = line.id;
    id.uuid().as_u128()
}

fn is_written(kind: Kind) -> bool {
    use Kind::{Answer, Handout, Incident, Note, Request, Sick, Unknown};
    matches!(kind, Request | Answer | Handout | Sick | Incident | Note | Unknown)
}
