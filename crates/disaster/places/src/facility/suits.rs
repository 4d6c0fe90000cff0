//! Suitability of a facility for which several sources speak.

use std::collections::BTreeMap;

use super::{Saying, Voice, tell};
use crate::model::{Answer, HazardKind, Suitability};

/// The most careful answer for each hazard; where sources differ, what each says.
pub(super) fn merge(voices: &[Voice<'_>], said: &mut Vec<Saying>) -> Vec<Suitability> {
    let mut by_hazard: BTreeMap<HazardKind, Vec<(&Voice<'_>, &Suitability)>> = BTreeMap::new();
    for voice in voices {
        for one in &voice.place.details.suitability {
            by_hazard.entry(one.hazard).or_default().push((voice, one));
        }
    }
    for (general, parts) in SPLIT {
        differing_scale(*general, parts, &by_hazard, said);
    }
    by_hazard.into_values().filter_map(|answers| one(&answers, said)).collect()
}

/// An answer as people read it in lists: ○, ×, △（3階以上）.
pub(crate) fn answer_words(one: &Suitability) -> String {
    match (one.answer, &one.text, one.floor) {
        (_, Some(text), _) => text.clone(),
        (Answer::Floor, None, Some(floor)) => format!("△（{floor}階以上）"),
        (Answer::Floor | Answer::Conditional, None, _) => "△".to_owned(),
        (Answer::Yes, None, _) => "○".to_owned(),
        (Answer::No, None, _) => "×".to_owned(),
        (Answer::Unknown, None, _) => "不明".to_owned(),
    }
}

/// Hazards that one list splits and another does not.
const SPLIT: &[(HazardKind, [HazardKind; 2])] = &[
    (HazardKind::Flood, [HazardKind::FloodPlanned, HazardKind::FloodMax]),
    (HazardKind::Tsunami, [HazardKind::TsunamiL1, HazardKind::TsunamiL2]),
];

fn one(answers: &[(&Voice<'_>, &Suitability)], said: &mut Vec<Saying>) -> Option<Suitability> {
    let known: Vec<_> = answers.iter().filter(|(_, one)| one.answer != Answer::Unknown).collect();
    let lead = known.iter().max_by_key(|(_, one)| care(one)).map(|(_, one)| *one);
    let Some(lead) = lead else { return answers.first().map(|(_, one)| (*one).clone()) };
    if known.iter().any(|(_, one)| care(one) != care(lead)) {
        let field = field(lead.hazard);
        tell(said, known.iter().map(|(voice, one)| voice.says(&field, answer_words(one))));
    }
    Some((*lead).clone())
}

/// One source calls a place suitable without saying how strong an event it means, another refuses it for a certain one.
fn differing_scale(
    general: HazardKind,
    parts: &[HazardKind],
    all: &BTreeMap<HazardKind, Vec<(&Voice<'_>, &Suitability)>>,
    said: &mut Vec<Saying>,
) {
    let usable = |one: &Suitability| matches!(one.answer, Answer::Yes | Answer::Floor | Answer::Conditional);
    let of =
        |hazard: &HazardKind| all.get(hazard).into_iter().flatten().filter(|(_, one)| one.answer != Answer::Unknown);
    let whole: Vec<_> = of(&general).collect();
    let split: Vec<_> = parts.iter().flat_map(of).collect();
    let differ = whole.iter().any(|(_, a)| split.iter().any(|(_, b)| usable(a) != usable(b)));
    if differ {
        tell(said, whole.iter().chain(&split).map(|(voice, one)| voice.says(&field(one.hazard), answer_words(one))));
    }
}

/// Greater is more careful: no, then the higher floor, then a condition, then yes.
fn care(one: &Suitability) -> (u8, u8) {
    match one.answer {
        Answer::No => (3, 0),
        Answer::Floor => (2, one.floor.unwrap_or(u8::MAX)),
        Answer::Conditional => (1, 0),
        Answer::Yes | Answer::Unknown => (0, 0),
    }
}

fn field(hazard: HazardKind) -> String {
    let name = serde_json::to_value(hazard).ok().and_then(|name| name.as_str().map(str::to_owned));
    format!("suitability.{}", name.unwrap_or_default())
}
