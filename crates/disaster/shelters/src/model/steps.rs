//! Which steps are allowed, and why not: disasters, openings, headcounts.

use std::time::Duration;

use kernel::{Id, Mode, Text, Timestamp, areas};
use places::Facility;

use super::{Disaster, Headcount, MAX_NAME, MAX_PERSONS, MAX_WORDS, Opening, Refused, State, Venue};

/// Clocks of phones and PCs differ: this far ahead is still now.
const AHEAD: Duration = Duration::from_mins(5);
/// People come before anybody has declared a disaster: a count this much earlier still belongs to it.
const BEFORE: Duration = Duration::from_hours(24);

/// What is asked of an opening (開設の操作).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    pub state: State,
    pub reason: String,
    pub note: Option<String>,
    pub instead: Option<Id<Facility>>,
}

/// What the rules need to know of the other places (周りの状況).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Around {
    /// The place is active for another disaster of the same mode.
    pub open_elsewhere: bool,
    /// Some other place of this mode is open and not full.
    pub others_open: bool,
    /// The place named as `instead` is open and not full.
    pub instead_open: bool,
}

/// The outcome of a headcount (計数の結果).
#[derive(Debug, Clone, PartialEq)]
pub struct Counted {
    pub opening: Opening,
    /// False when a newer count is known: this one is kept for the curve only.
    pub newest: bool,
}

/// Declares a disaster (災害の登録). A drill's name is marked here, so that none is without the mark.
pub fn declare(
    id: Id<Disaster>,
    name: &Text,
    mode: Mode,
    since: Timestamp,
    municipalities: Vec<String>,
    now: Timestamp,
) -> Result<Disaster, Refused> {
    for words in [&name.ja, &name.easy, &name.en] {
        check_words(words, MAX_NAME).ok_or(Refused::Name)?;
        if mode == Mode::Live && words.contains(Mode::DRILL_MARK) {
            return Err(Refused::DrillMark);
        }
    }
    if municipalities.iter().any(|jis5| areas::municipality(jis5).is_none()) {
        return Err(Refused::Municipality);
    }
    if since > now.plus(AHEAD) {
        return Err(Refused::Since);
    }
    let mut municipalities = municipalities;
    municipalities.sort();
    municipalities.dedup();
    let name = name.marked(mode);
    Ok(Disaster { id, name, mode, since, until: None, municipalities, past: false, replay_of: None })
}

/// Ends a disaster (災害の終了). Refused while `open` shelters are active: closing those comes first, each with its reason.
pub fn end(disaster: &Disaster, open: usize, now: Timestamp) -> Result<Disaster, Refused> {
    if !disaster.is_running() {
        return Err(Refused::Ended);
    }
    if open > 0 {
        return Err(Refused::StillOpen(open));
    }
    Ok(Disaster { until: Some(now.max(disaster.since)), ..disaster.clone() })
}

/// Takes a step of an opening (開設・満員・閉鎖など).
///
/// The usual way is 準備中 → 開設 → 満員 → 閉鎖準備 → 閉鎖. A place may open at once, a full one may have room again, a
/// closing one may have to stay, a closed one may open again; but nothing with people inside closes without its 閉鎖準備,
/// and nothing that people were sent to goes back to 準備中. The same state again changes only its words.
pub fn step(
    disaster: &Disaster,
    held: Option<&Opening>,
    venue: Venue,
    ask: Ask,
    around: Around,
    by: &str,
    now: Timestamp,
) -> Result<Opening, Refused> {
    if !disaster.is_running() {
        return Err(Refused::Ended);
    }
    if !disaster.covers(&venue.municipality) {
        return Err(Refused::OutsideDisaster);
    }
    check_words(&ask.reason, MAX_WORDS).ok_or(Refused::Reason)?;
    if let Some(note) = &ask.note {
        check_words(note, MAX_WORDS).ok_or(Refused::Note)?;
    }
    let from = held.map_or(State::Closed, |opening| opening.state);
    if !may_step(from, ask.state) {
        return Err(Refused::Step { from, to: ask.state });
    }
    if around.open_elsewhere {
        return Err(Refused::OpenElsewhere);
    }
    check_instead(&venue, &ask, around)?;
    let same = held.filter(|opening| opening.state == ask.state);
    Ok(Opening {
        disaster: disaster.id,
        mode: disaster.mode,
        venue,
        state: ask.state,
        since: same.map_or(now, |opening| opening.since),
        by: by.to_owned(),
        reason: Some(ask.reason),
        note: ask.note,
        instead: ask.instead,
        // Whoever was counted before it closed is not there when it opens again.
        count: held.filter(|opening| opening.state.is_active()).and_then(|opening| opening.count.clone()),
    })
}

/// Whether the state may follow the other.
pub fn may_step(from: State, to: State) -> bool {
    use State::{Closed, Closing, Full, Open, Preparing};
    match from {
        Closed => matches!(to, Preparing | Open),
        Preparing => matches!(to, Preparing | Open | Closed),
        Open => matches!(to, Open | Full | Closing),
        Full => matches!(to, Full | Open | Closing),
        Closing => matches!(to, Closing | Open | Closed),
    }
}

/// Takes a headcount (避難者数の報告). Over capacity is recorded, never refused.
pub fn count(disaster: &Disaster, held: &Opening, new: Headcount, now: Timestamp) -> Result<Counted, Refused> {
    if !disaster.is_running() {
        return Err(Refused::Ended);
    }
    if !held.state.is_active() {
        return Err(Refused::NotOpen);
    }
    check_count(&new)?;
    if new.counted_at > now.plus(AHEAD) || new.counted_at < disaster.since.minus(BEFORE) {
        return Err(Refused::CountedAt);
    }
    let newest = held.count.as_ref().is_none_or(|known| known.counted_at <= new.counted_at);
    let mut opening = held.clone();
    if newest {
        opening.count = Some(new);
    }
    Ok(Counted { opening, newest })
}

fn check_count(new: &Headcount) -> Result<(), Refused> {
    let most = new.persons.unwrap_or(0).max(new.households.unwrap_or(0));
    match (new.persons, new.households) {
        (None, None) => Err(Refused::EmptyCount),
        _ if most > MAX_PERSONS => Err(Refused::TooMany),
        (Some(persons), Some(households)) if households > persons => Err(Refused::Households),
        _ => Ok(()),
    }
}

fn check_instead(venue: &Venue, ask: &Ask, around: Around) -> Result<(), Refused> {
    match (ask.state, ask.instead) {
        (State::Full, None) if around.others_open => Err(Refused::InsteadNeeded),
        (State::Full, Some(instead)) if instead == venue.facility => Err(Refused::InsteadItself),
        (State::Full, Some(_)) if !around.instead_open => Err(Refused::InsteadNotOpen),
        (state, Some(_)) if state != State::Full => Err(Refused::InsteadUnasked),
        _ => Ok(()),
    }
}

/// Words with something in them, not too long, without control characters but line ends.
pub(crate) fn check_words(words: &str, most: usize) -> Option<()> {
    let plain = words.chars().all(|c| !c.is_control() || c == '\n');
    (plain && !words.trim().is_empty() && words.chars().count() <= most).then_some(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::samples::{at, disaster, opening, venue};
    use super::*;

    fn ask(state: State) -> Ask {
        Ask { state, reason: "津波警報".to_owned(), note: None, instead: None }
    }

    fn take(held: Option<&Opening>, ask: Ask, around: Around) -> Result<Opening, Refused> {
        step(&disaster(Mode::Live), held, venue(1), ask, around, "system", at("2025-12-09T00:00:00+09:00"))
    }

    #[test]
    fn the_steps_are_these_and_no_others() {
        let mut allowed = Vec::new();
        for from in State::ALL {
            for to in State::ALL {
                if take(Some(&opening(1, from)), ask(to), Around::default()).is_ok() {
                    allowed.push(format!("{}→{}", from.as_str(), to.as_str()));
                }
            }
        }
        assert_eq!(
            allowed,
            [
                "preparing→preparing",
                "preparing→open",
                "preparing→closed",
                "open→open",
                "open→full",
                "open→closing",
                "full→open",
                "full→full",
                "full→closing",
                "closing→open",
                "closing→closing",
                "closing→closed",
                "closed→preparing",
                "closed→open",
            ]
        );
        assert!(take(None, ask(State::Open), Around::default()).is_ok());
        assert_eq!(
            take(None, ask(State::Full), Around::default()),
            Err(Refused::Step { from: State::Closed, to: State::Full })
        );
    }

    #[test]
    fn full_names_another_place_unless_there_is_none() {
        let open = opening(1, State::Open);
        let full = |instead: Option<u128>| Ask {
            instead: instead.map(|n| Id::from_uuid(uuid::Uuid::from_u128(n))),
            ..ask(State::Full)
        };
        let alone = Around::default();
        let near = Around { others_open: true, instead_open: true, ..alone };
        assert!(take(Some(&open), full(None), alone).is_ok());
        assert_eq!(take(Some(&open), full(None), near), Err(Refused::InsteadNeeded));
        assert_eq!(take(Some(&open), full(Some(1)), near), Err(Refused::InsteadItself));
        assert_eq!(take(Some(&open), full(Some(2)), alone), Err(Refused::InsteadNotOpen));
        assert!(take(Some(&open), full(Some(2)), near).unwrap().instead.is_some());
        let unasked = Ask { state: State::Closing, ..full(Some(2)) };
        assert_eq!(take(Some(&open), unasked, near), Err(Refused::InsteadUnasked));
    }

    #[test]
    fn the_same_state_again_changes_words_and_not_its_time() {
        let open = opening(1, State::Open);
        let again = take(Some(&open), Ask { note: Some("ペット可".to_owned()), ..ask(State::Open) }, Around::default());
        let again = again.unwrap();
        assert_eq!((again.since, again.note.as_deref()), (open.since, Some("ペット可")));
        let full = take(Some(&open), ask(State::Full), Around::default()).unwrap();
        assert!(full.since > open.since);
    }

    #[test]
    fn what_is_over_elsewhere_or_without_reason_is_refused() {
        let over = Disaster { until: Some(at("2025-12-10T00:00:00+09:00")), ..disaster(Mode::Live) };
        let now = at("2025-12-11T00:00:00+09:00");
        let there = |disaster: &Disaster, venue, ask, around| step(disaster, None, venue, ask, around, "system", now);
        let (live, alone) = (disaster(Mode::Live), Around::default());
        assert_eq!(there(&over, venue(1), ask(State::Open), alone), Err(Refused::Ended));
        let far = Venue { municipality: "02201".to_owned(), ..venue(1) };
        assert_eq!(there(&live, far, ask(State::Open), alone), Err(Refused::OutsideDisaster));
        for words in ["", "  ", &"あ".repeat(501), "a\u{7}b"] {
            let ask = Ask { reason: words.to_owned(), ..ask(State::Open) };
            assert_eq!(there(&live, venue(1), ask, alone), Err(Refused::Reason), "{words:?}");
        }
        let elsewhere = Around { open_elsewhere: true, ..alone };
        assert_eq!(there(&live, venue(1), ask(State::Open), elsewhere), Err(Refused::OpenElsewhere));
    }

    #[test]
    fn counts_are_apart_and_nobody_counted_is_not_zero() {
        let (live, open, now) = (disaster(Mode::Live), opening(1, State::Open), at("2025-12-09T06:00:00+09:00"));
        let new = |persons, households, time: &str| Headcount {
            persons,
            households,
            counted_at: at(time),
            by: "a".to_owned(),
        };
        let take = |held: &Opening, new| count(&live, held, new, now);
        let first = take(&open, new(Some(30), Some(12), "2025-12-09T05:00:00+09:00")).unwrap();
        assert!(first.newest);
        // A later count of persons alone says nothing of households.
        let second = take(&first.opening, new(Some(35), None, "2025-12-09T05:30:00+09:00")).unwrap();
        assert_eq!(second.opening.count.as_ref().unwrap().households, None);
        // One that comes late is kept for the curve and replaces nothing.
        let late = take(&second.opening, new(Some(10), None, "2025-12-09T04:00:00+09:00")).unwrap();
        assert_eq!((late.newest, late.opening.count.unwrap().persons), (false, Some(35)));
        for (refused, of) in [
            (Refused::EmptyCount, new(None, None, "2025-12-09T05:00:00+09:00")),
            (Refused::TooMany, new(Some(100_001), None, "2025-12-09T05:00:00+09:00")),
            (Refused::Households, new(Some(3), Some(4), "2025-12-09T05:00:00+09:00")),
            (Refused::CountedAt, new(Some(3), None, "2025-12-09T06:06:00+09:00")),
            (Refused::CountedAt, new(Some(3), None, "2025-12-07T06:06:00+09:00")),
        ] {
            assert_eq!(take(&open, of), Err(refused));
        }
        assert_eq!(
            take(&opening(1, State::Closed), new(Some(3), None, "2025-12-09T05:00:00+09:00")),
            Err(Refused::NotOpen)
        );
        // Over capacity is recorded.
        assert!(take(&open, new(Some(9_999), None, "2025-12-09T05:00:00+09:00")).is_ok());
    }

    #[test]
    fn a_disaster_ends_when_its_shelters_are_closed() {
        let live = disaster(Mode::Live);
        let now = at("2025-12-20T00:00:00+09:00");
        assert_eq!(end(&live, 2, now), Err(Refused::StillOpen(2)));
        let over = end(&live, 0, now).unwrap();
        assert_eq!(over.until, Some(now));
        assert_eq!(end(&over, 0, now), Err(Refused::Ended));
    }

    proptest! {
        #[test]
        fn every_drill_is_called_one_and_no_live_disaster_is(name in "[ぁ-ん一-龥a-z【】訓練]{1,30}", live in any::<bool>()) {
            let mode = if live { Mode::Live } else { Mode::Drill };
            let now = at("2025-12-08T23:15:00+09:00");
            let id = Id::from_uuid(uuid::Uuid::from_u128(1));
            if let Ok(made) = declare(id, &Text::same(name), mode, now, Vec::new(), now) {
                for words in [&made.name.ja, &made.name.easy, &made.name.en] {
                    prop_assert_eq!(words.starts_with(Mode::DRILL_MARK), mode == Mode::Drill);
                }
            }
        }
    }
}
