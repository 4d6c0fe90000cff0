//! What a shelter asks for (物資の要求): requests and the answers to them, added up by item. Pure.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The eight kinds of goods that the state pushes without being asked (プッシュ型8品目), in the order in which they are shown.
pub const PUSHED: [&str; 8] = [
    "food",
    "blanket",
    "infant-milk",
    "infant-nappies",
    "adult-nappies",
    "portable-toilet",
    "toilet-paper",
    "sanitary",
];
/// Anything else, in words: such requests are counted, and their words stay at the desk.
pub const FREE: &str = "free";
/// More of one thing than this is a slip of the hand; it is counted as this much.
const MOST: u32 = 1_000_000;

/// How far a request has come (要求の状態).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = ReceptionGoodsState)]
pub enum State {
    /// 要求中
    #[default]
    Asked,
    /// 手配中
    Arranged,
    /// 届いた
    Done,
    /// 取り下げ・対応できない
    Declined,
}

/// One thing that is asked for, or an amount of it that came (品目と数量).
#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Item {
    kind: String,
    #[serde(default)]
    count: Option<f64>,
}

/// What a request or an answer says.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Said {
    items: Vec<Item>,
    #[serde(deserialize_with = "known")]
    state: State,
}

/// One item of a shelter in amounts (品目別の要求).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ReceptionGoods)]
pub struct Goods {
    /// One of the eight, or `free`: then the amounts are numbers of requests.
    pub kind: &'static str,
    /// Asked for, and nobody answered yet.
    pub asked: u32,
    /// On its way.
    pub arranged: u32,
    /// Came.
    pub done: u32,
}

/// Adds up what is asked for. Each request comes with its answers, oldest first; the last one says how far it has come. One that
/// names amounts speaks of those alone: the rest is as it was.
pub fn by_item<'a>(
    requests: impl IntoIterator<Item = (&'a serde_json::Value, Vec<&'a serde_json::Value>)>,
) -> Vec<Goods> {
    let mut all: BTreeMap<usize, Goods> = BTreeMap::new();
    for (request, answers) in requests {
        let Ok(request) = Said::deserialize(request) else { continue };
        let answers: Vec<Said> = answers.into_iter().filter_map(|answer| Said::deserialize(answer).ok()).collect();
        let mut items: BTreeMap<usize, u32> = BTreeMap::new();
        for item in &request.items {
            let sum = items.entry(place(&item.kind)).or_default();
            *sum = sum.saturating_add(item.amount()).min(MOST);
        }
        for (at, asked) in items {
            let goods = all.entry(at).or_insert_with(|| Goods { kind: name(at), ..Goods::default() });
            goods.add(State::Asked, asked);
            answers.iter().fold((State::Asked, asked), |(state, left), answer| goods.follow(at, (state, left), answer));
        }
    }
    all.into_values().filter(|goods| goods.asked + goods.arranged + goods.done > 0).collect()
}

/// Where a request stands by its answers.
pub fn state_of(answers: &[&serde_json::Value]) -> State {
    let said = answers.iter().rev().find_map(|answer| Said::deserialize(*answer).ok());
    said.map_or(State::Asked, |answer| answer.state)
}

/// A state of a later program counts as asked: somebody will look.
fn known<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<State, D::Error> {
    let said = serde_json::Value::deserialize(deserializer)?;
    Ok(State::deserialize(said).unwrap_or_default())
}

fn place(kind: &str) -> usize {
    PUSHED.iter().position(|known| *known == kind).unwrap_or(PUSHED.len())
}

fn name(at: usize) -> &'static str {
    PUSHED.get(at).copied().unwrap_or(FREE)
}

impl Item {
    /// Something in words is one request, however much of it is asked for.
    fn amount(&self) -> u32 {
        let count = self.count.filter(|_| place(&self.kind) < PUSHED.len());
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and a million")]
        count.map_or(1, |count| count.clamp(0.0, f64::from(MOST)) as u32)
    }
}

impl Goods {
    fn of(&mut self, state: State) -> Option<&mut u32> {
        match state {
            State::Asked => Some(&mut self.asked),
            State::Arranged => Some(&mut self.arranged),
            State::Done => Some(&mut self.done),
            State::Declined => None,
        }
    }

    fn add(&mut self, state: State, amount: u32) {
        if let Some(sum) = self.of(state) {
            *sum = sum.saturating_add(amount);
        }
    }

    /// Moves what an answer speaks of; answers where the rest stands and how much that is.
    fn follow(&mut self, at: usize, (state, left): (State, u32), answer: &Said) -> (State, u32) {
        let named =
            answer.items.iter().filter(|item| place(&item.kind) == at).map(Item::amount).fold(0, u32::saturating_add);
        let moved = if answer.items.is_empty() { left } else { named.min(left) };
        if let Some(sum) = self.of(state) {
            *sum = sum.saturating_sub(moved);
        }
        self.add(answer.state, moved);
        if moved == left { (answer.state, left) } else { (state, left - moved) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn sums(requests: &[(Value, Vec<Value>)]) -> Vec<(&'static str, u32, u32, u32)> {
        let goods = by_item(requests.iter().map(|(request, answers)| (request, answers.iter().collect())));
        goods.into_iter().map(|one| (one.kind, one.asked, one.arranged, one.done)).collect()
    }

    #[test]
    fn what_is_asked_for_is_added_up_and_moves_on_with_its_answers() {
        let blankets = |count: u32| json!({ "items": [{ "kind": "blanket", "count": count }], "state": "asked" });
        let mixed = json!({ "items": [
            { "kind": "blanket", "count": 5 }, { "kind": "food", "count": 30 }, { "kind": "free", "words": "単三電池 10" },
            { "kind": "of-later", "count": 7 },
        ], "state": "asked" });
        let state = |state: &str| json!({ "items": [], "state": state });
        let part = json!({ "items": [{ "kind": "blanket", "count": 8 }], "state": "done" });
        assert_eq!(
            sums(&[(blankets(20), vec![]), (mixed.clone(), vec![])]),
            [("food", 30, 0, 0), ("blanket", 25, 0, 0), ("free", 2, 0, 0)]
        );
        assert_eq!(sums(&[(blankets(20), vec![state("arranged")])]), [("blanket", 0, 20, 0)]);
        assert_eq!(sums(&[(blankets(20), vec![part.clone()])]), [("blanket", 12, 0, 8)]);
        assert_eq!(sums(&[(blankets(20), vec![state("arranged"), part, state("done")])]), [("blanket", 0, 0, 20)]);
        assert_eq!(
            sums(&[(blankets(20), vec![state("declined")]), (mixed, vec![state("done")])]),
            [("food", 0, 0, 30), ("blanket", 0, 0, 5), ("free", 0, 0, 2)]
        );
        assert_eq!(state_of(&[]), State::Asked);
        assert_eq!(state_of(&[&state("arranged"), &state("of-later")]), State::Asked);
    }

    #[test]
    fn what_cannot_be_read_counts_nothing_and_a_slip_of_the_hand_stays_small() {
        let odd = json!({ "items": [{ "kind": "food", "count": 1e300 }, { "kind": "food", "count": -3 }] });
        assert_eq!(
            sums(&[(json!("words"), vec![]), (json!({ "items": 7 }), vec![]), (odd, vec![json!(null)])]),
            [("food", MOST, 0, 0)]
        );
    }

    proptest! {
        /// Answers move amounts and make none.
        #[test]
        fn nothing_is_asked_for_twice(asked in 0_u32..500, parts in proptest::collection::vec((0_u32..300, 0_usize..4), 0..6)) {
            let request = json!({ "items": [{ "kind": "food", "count": asked }] });
            let states = ["asked", "arranged", "done", "declined"];
            let answers = parts.iter().map(|(count, state)| json!({ "items": [{ "kind": "food", "count": count }], "state": states[*state] }));
            let sum: u32 = sums(&[(request, answers.collect())]).iter().map(|(_, asked, arranged, done)| asked + arranged + done).sum();
            prop_assert!(sum <= asked);
            if parts.iter().all(|(_, state)| *state != 3) {
                prop_assert_eq!(sum, asked);
            }
        }
    }
}
