//! A history played again: what is done at which moment, so that the same curve comes out.

use std::time::Duration;

use kernel::Timestamp;

use super::history::{History, Sample, Track};
use super::{MAX_PERSONS, State};

/// One thing to do (再生の1手).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Act {
    /// The time it had in the disaster.
    pub at: Timestamp,
    /// Time since the beginning, at its own pace.
    pub after: Duration,
    /// Which of the history's tracks.
    pub track: usize,
    pub what: What,
}

/// What is done (操作の種類).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    Step(State),
    Count { persons: Option<u32>, households: Option<u32> },
}

/// Everything to do, in order: what closes before what opens before what is counted.
pub fn acts(history: &History) -> Vec<Act> {
    let Some((first, _)) = history.span() else { return Vec::new() };
    let mut acts = Vec::new();
    for (track, one) in history.tracks.iter().enumerate() {
        for (at, what) in of_track(one) {
            acts.push(Act { at, after: at.elapsed_since(first), track, what });
        }
    }
    acts.sort_by_key(|act| (act.at, turn(act.what)));
    acts
}

fn of_track(track: &Track) -> Vec<(Timestamp, What)> {
    let mut all = Vec::new();
    let mut state = State::Closed;
    for sample in &track.series {
        for next in way(state, sample.state) {
            all.push((sample.at, What::Step(*next)));
        }
        state = sample.state;
        if let Some(count) = counted(sample) {
            all.push((sample.at, count));
        }
    }
    all
}

/// The steps from one state to another, each of which the rules allow.
fn way(from: State, to: State) -> &'static [State] {
    use State::{Closed, Closing, Full, Open, Preparing};
    match (from, to) {
        (Closed | Preparing | Full | Closing, Open) => &[Open],
        (Closed, Preparing) => &[Preparing],
        (Open, Full) => &[Full],
        (Closed | Preparing | Closing, Full) => &[Open, Full],
        (Closed | Preparing, Closing) => &[Open, Closing],
        (Open | Full, Closing) => &[Closing],
        (Preparing | Closing, Closed) => &[Closed],
        (Open | Full, Closed) => &[Closing, Closed],
        (Open | Full | Closing, Preparing) => &[Closing, Closed, Preparing],
        (Preparing, Preparing) | (Open, Open) | (Full, Full) | (Closing, Closing) | (Closed, Closed) => &[],
    }
}

fn counted(sample: &Sample) -> Option<What> {
    let sound = |n: &u32| *n <= MAX_PERSONS;
    let (persons, households) = (sample.persons.filter(sound), sample.households.filter(sound));
    let households = households.filter(|households| persons.is_none_or(|persons| *households <= persons));
    (sample.state.is_active() && (persons.is_some() || households.is_some()))
        .then_some(What::Count { persons, households })
}

fn turn(what: What) -> u8 {
    match what {
        What::Step(State::Closing) => 0,
        What::Step(State::Closed) => 1,
        What::Step(_) => 2,
        What::Count { .. } => 3,
    }
}

#[cfg(test)]
mod tests {
    use kernel::Id;

    use super::super::samples::at;
    use super::super::steps::may_step;
    use super::*;

    #[test]
    fn every_way_is_made_of_allowed_steps() {
        for from in State::ALL {
            for to in State::ALL {
                let mut now = from;
                for next in way(from, to) {
                    assert!(may_step(now, *next), "{from:?} → {to:?}: {now:?} → {next:?}");
                    now = *next;
                }
                assert_eq!(now, to);
            }
        }
    }

    #[test]
    fn a_history_is_played_in_order() {
        let sample = |day: u32, state, persons| Sample {
            at: at(&format!("2024-01-{day:02}T18:00:00+09:00")),
            state,
            persons,
            households: None,
        };
        let track = |n: u128, series| Track {
            key: n.to_string(),
            facility: Id::from_uuid(uuid::Uuid::from_u128(n)),
            name: n.to_string(),
            address: None,
            point: None,
            listed: None,
            capacity_text: None,
            adhoc: false,
            series,
        };
        let history = History {
            tracks: vec![
                track(1, vec![sample(9, State::Open, Some(5)), sample(11, State::Closed, None)]),
                track(2, vec![sample(11, State::Open, None)]),
            ],
            points: [9, 11]
                .map(|day| super::super::history::CurvePoint {
                    at: sample(day, State::Open, None).at,
                    open: 1,
                    persons: None,
                    households: None,
                })
                .to_vec(),
            notes: Vec::new(),
        };
        let acts: Vec<String> =
            acts(&history).iter().map(|a| format!("{}h {} {:?}", a.after.as_secs() / 3600, a.track, a.what)).collect();
        assert_eq!(
            acts,
            [
                "0h 0 Step(Open)",
                "0h 0 Count { persons: Some(5), households: None }",
                "48h 0 Step(Closing)",
                "48h 0 Step(Closed)",
                "48h 1 Step(Open)",
            ]
        );
    }
}
