//! The card of a household (避難者カード) as a desk reads it: the contents of its events, opened and put together in their order.
//! What came later wins field by field; what was voided does not count.

use std::collections::HashMap;

use households::disclosure::{Held, Origin, Personal};
use households::Household;
use http::App;
use kernel::Id;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::contents;
use crate::event::{Event, Kind, Subject};
use crate::fold::{Effect, Line, Party, Scope};
use crate::keyring::Opened;
use crate::live::Live;

/// What a desk wrote of a household besides who it is, in the words of the event (様式6).
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
#[schema(as = ReceptionCard)]
pub struct Card {
    /// Who is here, who is missing, damage, lifelines, what may be published, tags (車中泊など), remarks.
    #[schema(value_type = Option<Object>)]
    pub situation: Option<Value>,
    /// Space, room, bed.
    #[schema(value_type = Option<Object>)]
    pub place: Option<Value>,
}

/// A party with its card, not yet shown to anybody.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) party: Party,
    pub(crate) lines: Vec<Line>,
    pub(crate) card: Card,
    pub(crate) household: Option<Personal<Household>>,
    /// Words of single events: requests, handouts, illness, notes.
    pub(crate) words: HashMap<Id<Event>, Value>,
}

impl Read {
    /// The party's name: its first subject.
    pub(crate) fn subject(&self) -> Subject {
        self.party.subjects.first().copied().unwrap_or(Subject(0))
    }

    /// What goes through the gate, if there is a card at all.
    pub(crate) fn take_held(&mut self) -> Option<Held> {
        let safety = self.card.situation.as_ref().and_then(|situation| situation["publish"].as_bool());
        let household = self.household.take()?;
        Some(Held { subject: self.subject().0, household, origin: Origin::Desk { safety } })
    }
}

/// Reads the parties of these subjects. Those that no event speaks of are missing.
pub(crate) async fn read(app: &App, live: &Live, scope: Scope, subjects: &[Subject]) -> anyhow::Result<Vec<Read>> {
    let known: Vec<(Party, Vec<Line>)> = live.ask(|register| {
        let party = |subject: &Subject| {
            let party = register.subject(scope, *subject)?;
            Some((party, register.history(scope, *subject)))
        };
        subjects.iter().filter_map(party).collect()
    });
    let sealed = known.iter().flat_map(|(_, lines)| lines.iter().filter(|line| line.sealed).map(|line| line.id));
    let opened = contents::open(app, live, sealed.collect::<Vec<_>>()).await?;
    Ok(known.into_iter().map(|(party, lines)| put_together(party, lines, &opened)).collect())
}

fn put_together(party: Party, lines: Vec<Line>, opened: &HashMap<Id<Event>, Opened>) -> Read {
    let mut whole = Value::Object(Map::new());
    let (mut card, mut words) = (Card::default(), HashMap::new());
    for line in lines.iter().filter(|line| line.effect != Effect::Voided) {
        let Some(content) = opened.get(&line.id).and_then(|bytes| serde_json::from_slice::<Value>(bytes).ok()) else {
            continue;
        };
        match line.kind {
            Kind::CheckIn | Kind::Amend => write_on(&mut whole, &content),
            Kind::Place => card.place = Some(content),
            _ => {
                words.insert(line.id, content);
            }
        }
    }
    let household = whole.get("household").and_then(|household| serde_json::from_value(household.clone()).ok());
    card.situation = whole.get("situation").cloned();
    Read { party, lines, card, household: household.map(Personal::new), words }
}

/// A whole household or situation replaces the one before; `set` changes single fields of either.
fn write_on(whole: &mut Value, content: &Value) {
    for part in ["household", "situation"] {
        if content[part].is_object() {
            whole[part] = content[part].clone();
        }
    }
    for (pointer, value) in content["set"].as_object().into_iter().flatten() {
        set(whole, pointer, value);
    }
}

/// Sets the value at a JSON pointer; objects on the way are made. A pointer that leads nowhere changes nothing.
fn set(whole: &mut Value, pointer: &str, value: &Value) {
    let Some(path) = pointer.strip_prefix('/') else { return };
    let mut at = whole;
    for step in path.split('/') {
        let Some(next) = enter(at, step.replace("~1", "/").replace("~0", "~")) else { return };
        at = next;
    }
    *at = value.clone();
}

fn enter(here: &mut Value, step: String) -> Option<&mut Value> {
    if here.is_null() {
        *here = Value::Object(Map::new());
    }
    match here {
        Value::Object(fields) => Some(fields.entry(step).or_insert(Value::Null)),
        Value::Array(items) => {
            let index = if step == "-" { items.len() } else { step.parse().ok()? };
            if index == items.len() {
                items.push(Value::Null);
            }
            items.get_mut(index)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn later_words_win_field_by_field() {
        let mut whole = json!({});
        let first = json!({ "household": { "persons": [{ "name": "花子" }] }, "situation": { "tags": ["car"] } });
        write_on(&mut whole, &first);
        write_on(
            &mut whole,
            &json!({ "set": {
                "/household/persons/0/name": "見本 花子", "/household/persons/1": { "name": "太郎" },
                "/situation/lifelines/water": false, "/household/persons/9/name": "誰か", "no pointer": 1,
                "/household/persons/0/name/deep": 1,
            } }),
        );
        assert_eq!(whole["household"], json!({ "persons": [{ "name": "見本 花子" }, { "name": "太郎" }] }));
        assert_eq!(whole["situation"], json!({ "tags": ["car"], "lifelines": { "water": false } }));
        write_on(&mut whole, &json!({ "situation": { "tags": [] } }));
        assert_eq!(whole["situation"], json!({ "tags": [] }), "a card that is written anew replaces the old one");
    }
}
