//! The directory (所在の照合): who lives where and who was received somewhere, as keyed hashes of name and birth date, so that
//! the list of those left behind is found without names standing in memory. The key lives as long as the process.
//!
//! Only a name together with a birth date is compared: who is taken for somebody else would not be looked for.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use households::disclosure::{self, Personal};
use households::{Household, Person};
use http::App;
use kernel::{Id, Timestamp, areas, fold};
use parking_lot::Mutex;
use sha2::{Digest as _, Sha256};

use crate::contents;
use crate::event::{Event, Kind};
use crate::fold::{Effect, Scope};
use crate::keyring::Opened;
use crate::live::Live;
use crate::scanned;

/// How long a municipality's registered families are taken as read.
const FRESH: Duration = Duration::from_mins(5);

/// Name and birth date of one person, hashed.
pub(crate) type Mark = [u8; 16];

/// A registered family (登録世帯) as the directory knows it.
#[derive(Debug, Clone)]
pub(crate) struct Family {
    pub(crate) subject: u128,
    /// Where it lives, folded.
    pub(crate) district: String,
    pub(crate) persons: Vec<Mark>,
    /// Names and kana alone.
    pub(crate) names: Vec<Mark>,
    /// Somebody without a birth date: not everybody can be found by a mark.
    pub(crate) unmarked: bool,
}

/// Everybody who was received somewhere in a disaster.
#[derive(Debug, Default)]
pub(crate) struct Received {
    pub(crate) subjects: HashSet<u128>,
    pub(crate) persons: HashSet<Mark>,
}

/// The families of a municipality, and when they were read.
type Known = (Timestamp, Arc<Vec<Family>>);

/// The directory of a process.
#[derive(Debug, Default)]
pub(crate) struct Directory {
    key: Mutex<Option<[u8; 32]>>,
    families: Mutex<HashMap<String, Known>>,
    /// Of each event whose content was opened.
    marks: Mutex<HashMap<Id<Event>, Arc<[Mark]>>>,
}

impl Directory {
    /// The families that registered in a municipality, at most five minutes old.
    pub(crate) async fn families(&self, app: &App, jis5: &str) -> anyhow::Result<Arc<Vec<Family>>> {
        let now = app.clock.now();
        if let Some((at, known)) = self.families.lock().get(jis5)
            && now.elapsed_since(*at) < FRESH
        {
            return Ok(Arc::clone(known));
        }
        let mut families = Vec::new();
        let mut conn = app.store.read().await?;
        let mut after = None;
        loop {
            let (subjects, next) = disclosure::registered_in(&mut conn, jis5, after).await?;
            for subject in subjects {
                let household = disclosure::find(app, &mut conn, subject).await?;
                families.extend(household.map(|household| self.family(app, subject, &household)));
            }
            if next.is_none() {
                break;
            }
            after = next;
        }
        let families = Arc::new(families);
        self.families.lock().insert(jis5.to_owned(), (now, Arc::clone(&families)));
        Ok(families)
    }

    fn family(&self, app: &App, subject: u128, household: &Personal<Household>) -> Family {
        household.examine(|household| Family {
            subject,
            district: fold::fold(&household.neighbourhood),
            persons: household.persons.iter().flat_map(|person| self.marks_of(app, person)).collect(),
            names: household
                .persons
                .iter()
                .flat_map(|person| [fold::fold(&person.name), fold::fold(&person.kana)])
                .map(|name| self.name_mark(app, &name))
                .collect(),
            unmarked: household.persons.iter().any(|person| person.birth.is_none()),
        })
    }

    /// The hashes under which a person is found: by name and by kana. None without a birth date.
    pub(crate) fn marks_of(&self, app: &App, person: &Person) -> Vec<Mark> {
        let Some(birth) = person.birth else { return Vec::new() };
        let birth = birth.to_string();
        let names = [("n", fold::fold(&person.name)), ("k", fold::fold(&person.kana))];
        names
            .iter()
            .filter(|(_, name)| !name.is_empty())
            .map(|(what, name)| self.mark(app, [*what, name, &birth]))
            .collect()
    }

    /// The hash of a folded name alone.
    pub(crate) fn name_mark(&self, app: &App, folded: &str) -> Mark {
        self.mark(app, ["name", folded, ""])
    }

    fn mark(&self, app: &App, parts: [&str; 3]) -> Mark {
        let key = *self.key.lock().get_or_insert_with(|| {
            let mut key = [0; 32];
            app.ids.fill(&mut key);
            key
        });
        let mut hash = Sha256::new();
        hash.update(key);
        for part in parts {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        let digest: [u8; 32] = hash.finalize().into();
        let mut half = [0; 16];
        half.copy_from_slice(&digest[..16]);
        half
    }

    /// Everybody who was received anywhere in the disaster, in whatever municipality.
    pub(crate) async fn received(&self, app: &App, live: &Live, scope: Scope) -> anyhow::Result<Received> {
        let mut received = Received::default();
        let mut events = BTreeSet::new();
        live.ask(|register| {
            for (place, _) in register.places(scope) {
                for (subject, _) in register.standing_in(scope, &place) {
                    let members = register.subject(scope, subject).map(|party| party.subjects).unwrap_or_default();
                    received.subjects.extend(members.iter().map(|subject| subject.0));
                    let lines = register.history(scope, subject);
                    let cards = lines.iter().filter(|line| line.sealed && line.effect != Effect::Voided);
                    events.extend(
                        cards
                            .filter(|line| matches!(line.kind, Kind::CheckIn | Kind::Amend | Kind::CountOnly))
                            .map(|line| line.id),
                    );
                }
            }
        });
        let unread: Vec<Id<Event>> = {
            let known = self.marks.lock();
            events.iter().copied().filter(|event| !known.contains_key(event)).collect()
        };
        if !unread.is_empty() {
            for town in areas::municipalities() {
                contents::fetch_keys(app, live, town.jis5).await?;
            }
            for (event, content) in contents::open(app, live, unread).await? {
                let marks: Arc<[Mark]> = self.marks_in(app, live, &content).await?.into();
                self.marks.lock().insert(event, marks);
            }
        }
        let known = self.marks.lock();
        received
            .persons
            .extend(events.iter().filter_map(|event| known.get(event)).flat_map(|marks| marks.iter().copied()));
        Ok(received)
    }

    async fn marks_in(&self, app: &App, live: &Live, content: &Opened) -> anyhow::Result<Vec<Mark>> {
        #[derive(serde::Deserialize)]
        struct Card {
            #[serde(default)]
            household: Household,
        }
        let Ok(value) = serde_json::from_slice::<serde_json::Value>(content) else { return Ok(Vec::new()) };
        let household = match scanned::household(app, live, &value).await? {
            Some(said) => Some(said),
            None => serde_json::from_value::<Card>(value).ok().map(|card| card.household),
        };
        let persons = household.iter().flat_map(|household| household.persons.iter());
        Ok(persons.flat_map(|person| self.marks_of(app, person)).collect())
    }
}
