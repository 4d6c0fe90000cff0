//! The list of protected people (支援措置) as the gate and the kits use it.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use http::App;
use parking_lot::RwLock;
use serde::{Deserialize, Serialize};
use store::Conn;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::db::{self, StoredProtection};
use crate::model::{Household, Listed, Mark, blind};
use crate::vault::BlindKey;
use crate::wire;
use kernel::hex;

const SEALED: (&str, &str) = ("households_protection", "sealed");

/// Who is protected, as keyed hashes (支援措置の対象者の照合表).
pub struct ProtectionList {
    key: Option<BlindKey>,
    marks: HashMap<String, BTreeSet<String>>,
    subjects: HashMap<u128, BTreeSet<String>>,
}

/// The list for a kit, hashed under the kit's own key (拠点に渡す照合表). A kit cannot read it, only find in it whom it has
/// before it. As JSON: hexadecimal digits.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KitProtection {
    /// [`blind`] of the 16 bytes of a subject, in order.
    #[serde(with = "wire::hashes")]
    pub subjects: Vec<Mark>,
    /// To be compared with [`crate::Person::marks`]; in order.
    #[serde(with = "wire::hashes")]
    pub persons: Vec<Mark>,
}

/// A kit's list at its gate (拠点の関門の照合表), with the key it is hashed under, in memory only while the kit is unlocked. Where one
/// is installed the gate asks it, too; while it holds no list it takes everybody for protected.
#[derive(Clone, Default)]
pub struct Guard(Arc<RwLock<Option<Standing>>>);

struct Standing {
    version: String,
    key: Zeroizing<Vec<u8>>,
    list: KitProtection,
}

/// From so many hashes on the whole list is read at once.
const MANY: usize = 200;

impl ProtectionList {
    /// The whole list.
    pub async fn load(app: &App, conn: &mut Conn) -> anyhow::Result<Self> {
        let mut list = Self::empty(app, conn).await?;
        let (marks, subjects) = (db::marks(conn).await?, db::protected_subjects(conn).await?);
        list.add(marks, subjects);
        Ok(list)
    }

    /// As much of the list as these households need: of one at a desk, a few look-ups.
    pub(crate) async fn about(app: &App, conn: &mut Conn, held: &[(u128, &Household)]) -> anyhow::Result<Self> {
        let mut list = Self::empty(app, conn).await?;
        let Some(key) = &list.key else { return Ok(list) };
        let persons = held.iter().flat_map(|(_, household)| &household.persons);
        let sought: BTreeSet<Mark> = persons.flat_map(|person| person.marks(key.bytes())).collect();
        if sought.len() + held.len() > MANY {
            return Self::load(app, conn).await;
        }
        let (mut marks, mut subjects) = (Vec::new(), Vec::new());
        for mark in sought {
            marks.extend(db::lines_of_mark(conn, &hex(&mark)).await?);
        }
        for (subject, _) in held {
            subjects.extend(db::lines_of_subject(conn, *subject).await?);
        }
        list.add(marks, subjects);
        Ok(list)
    }

    async fn empty(app: &App, conn: &mut Conn) -> anyhow::Result<Self> {
        Ok(Self { key: BlindKey::find(app, conn).await?, marks: HashMap::new(), subjects: HashMap::new() })
    }

    fn add(&mut self, marks: Vec<(String, String)>, subjects: Vec<(Uuid, String)>) {
        for (mark, town) in marks {
            self.marks.entry(mark).or_default().insert(town);
        }
        for (subject, town) in subjects {
            self.subjects.entry(subject.as_u128()).or_default().insert(town);
        }
    }

    /// The municipalities that protect this household or one of its people; empty for everybody else.
    pub fn protected_by(&self, subject: u128, household: &Household) -> Vec<String> {
        let mut towns = self.subjects.get(&subject).cloned().unwrap_or_default();
        if let Some(key) = &self.key {
            let marks = household.persons.iter().flat_map(|person| person.marks(key.bytes()));
            towns.extend(marks.filter_map(|mark| self.marks.get(&hex(&mark))).flatten().cloned());
        }
        towns.into_iter().collect()
    }
}

impl KitProtection {
    /// The list of every municipality under the key of one kit: protected people flee to other towns.
    pub async fn load(app: &App, conn: &mut Conn, roster_key: &[u8]) -> anyhow::Result<Self> {
        let mut list = Self::default();
        for line in db::all_protections(conn).await? {
            list.subjects.extend(line.subject.map(|subject| blind(roster_key, subject.as_bytes())));
            list.persons.extend(open(app, &line)?.iter().flat_map(|listed| listed.marks(roster_key)));
        }
        list.subjects.sort_unstable();
        list.persons.sort_unstable();
        list.persons.dedup();
        Ok(list)
    }

    /// Whether the household is protected, as far as this list knows.
    pub fn protects(&self, roster_key: &[u8], subject: u128, household: Option<&Household>) -> bool {
        let found = |marks: &[Mark], mark: &Mark| marks.binary_search(mark).is_ok();
        found(&self.subjects, &blind(roster_key, &subject.to_be_bytes()))
            || household.is_some_and(|household| {
                let mut marks = household.persons.iter().flat_map(|person| person.marks(roster_key));
                marks.any(|mark| found(&self.persons, &mark))
            })
    }
}

impl Guard {
    /// Takes a list up, under the name that its centre gave it.
    pub fn stand(&self, version: &str, key: Zeroizing<Vec<u8>>, mut list: KitProtection) {
        list.subjects.sort_unstable();
        list.persons.sort_unstable();
        *self.0.write() = Some(Standing { version: version.to_owned(), key, list });
    }

    /// Whether it holds the list of this name.
    pub fn holds(&self, version: &str) -> bool {
        self.0.read().as_ref().is_some_and(|standing| standing.version == version)
    }

    /// Forgets list and key (施錠).
    pub fn forget(&self) {
        *self.0.write() = None;
    }

    pub(crate) fn protects(&self, subject: u128, household: &Household) -> bool {
        let standing = self.0.read();
        standing.as_ref().is_none_or(|standing| standing.list.protects(&standing.key, subject, Some(household)))
    }
}

impl std::fmt::Debug for Guard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Guard(…)")
    }
}

/// A line of the list, readable.
pub(crate) fn open(app: &App, line: &StoredProtection) -> anyhow::Result<Option<Listed>> {
    let Some(sealed) = &line.sealed else { return Ok(None) };
    let plain = app.crypter.open(SEALED.0, line.id, SEALED.1, sealed)?;
    serde_json::from_slice(&plain).map(Some).map_err(|_| anyhow::anyhow!("line {} is not in a known form", line.id))
}

/// A line of the list, sealed for its row.
pub(crate) fn seal(app: &App, id: Uuid, listed: &Listed) -> anyhow::Result<Vec<u8>> {
    let plain = Zeroizing::new(serde_json::to_vec(listed)?);
    Ok(app.crypter.seal(SEALED.0, id, SEALED.1, &plain)?)
}
