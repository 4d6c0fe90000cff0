//! The card of a household (避難者カード) as a desk reads it: the contents of its events, opened and put together in their order.
//! What came later wins field by field; what was voided does not count.

use std::collections::HashMap;

use households::Household;
use households::disclosure::{Held, Origin, Personal};
use http::App;
use kernel::Id;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::card::{Content, Written, merge_card};
use crate::contents;
use crate::event::{Event, Kind, Subject};
use crate::fold::{Effect, Line, Party, Scope};
use crate::keyring::Opened;
use crate::live::Live;
use crate::scanned;

/// Where a card says which of its persons are out for a while.
const OUT: &str = "/situation/out";

/// What a desk wrote of a household besides who it is, in the words of the event (様式6).
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
#[schema(as = ReceptionCard)]
pub(crate) struct Card {
    /// Who is here, who is missing, damage, lifelines, what may be published, tags (車中泊など), remarks.
    #[schema(value_type = Option<Object>)]
    pub(crate) situation: Option<Value>,
    /// Space, room, bed.
    #[schema(value_type = Option<Object>)]
    pub(crate) place: Option<Value>,
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
    let mut said = HashMap::new();
    for line in known.iter().flat_map(|(_, lines)| lines).filter(|line| line.kind == Kind::CountOnly) {
        let Some(value) = opened.get(&line.id).and_then(|bytes| serde_json::from_slice::<Value>(bytes).ok()) else {
            continue;
        };
        if let Some(household) = scanned::household(app, live, &value).await? {
            said.insert(line.id, serde_json::to_value(household)?);
        }
    }
    Ok(known.into_iter().map(|(party, lines)| put_together(party, lines, &opened, &mut said)).collect())
}

/// `said`: the households of codes that were scanned with counts.
fn put_together(
    party: Party,
    lines: Vec<Line>,
    opened: &HashMap<Id<Event>, Opened>,
    said: &mut HashMap<Id<Event>, Value>,
) -> Read {
    let (mut card, mut contents, mut words) = (Card::default(), Vec::new(), HashMap::new());
    for line in lines.iter().filter(|line| line.effect != Effect::Voided) {
        let written = || Written { by: line.id, at_ms: line.at_ms, actor: line.actor.to_string() };
        if line.kind == Kind::Return && line.counts.is_none() {
            // All came back, also where the desk could not read who had been out.
            contents.push(Content { written: written(), value: json!({ "set": { OUT: null } }) });
        }
        let Some(value) = opened.get(&line.id).and_then(|bytes| serde_json::from_slice::<Value>(bytes).ok()) else {
            continue;
        };
        match line.kind {
            Kind::CheckIn | Kind::Amend => {
                if line.kind == Kind::CheckIn {
                    // Whoever is admitted anew is not out any more.
                    contents.push(Content { written: written(), value: json!({ "set": { OUT: null } }) });
                }
                contents.push(Content { written: written(), value });
            }
            // The code itself is for nobody's eyes.
            Kind::CountOnly => {
                let household = said.remove(&line.id).map(|household| json!({ "household": household }));
                contents.extend(household.map(|value| Content { written: written(), value }));
            }
            Kind::Leave | Kind::Return => {
                // Who goes out while others stay, and who came back, stands on the card.
                if let Some(set) = value.get("set") {
                    contents.push(Content { written: written(), value: json!({ "set": set }) });
                }
                words.insert(line.id, value);
            }
            Kind::Place => card.place = Some(value),
            _ => {
                words.insert(line.id, value);
            }
        }
    }
    let whole = merge_card(None, &contents).value;
    let household = whole.get("household").and_then(|household| serde_json::from_value(household.clone()).ok());
    card.situation = whole.get("situation").cloned();
    Read { party, lines, card, household: household.map(Personal::new), words }
}
