//! Keeping a list: compared with the one before, so that whoever stood on it keeps their id and with it the search for them.

use std::collections::HashMap;

use anyhow::Context as _;
use chrono::NaiveDate;
use households::Household;
use http::{App, Problem};
use kernel::fold::fold;
use kernel::{AreaCode, Id, Mode, areas, hex};
use serde::Serialize;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use sheets::{Encoding, Format};
use store::journal::{self, Body, NewEntry};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Chosen, ColumnView, Field, Listing, RowNote, fields, read};
use crate::db::listed::{self, ListedRow};
use crate::event::Subject;
use crate::sealing;

/// Rows opened or sealed between two chances for others.
const IN_A_ROW: usize = 200;

/// A file of an office with what is known of it (取り込むファイル).
#[derive(Debug, Clone)]
pub struct Order {
    pub name: String,
    pub bytes: Vec<u8>,
    /// JIS code.
    pub municipality: String,
    pub chosen: Chosen,
}

/// How far an import goes (取り込みの範囲).
#[derive(Debug, Clone)]
pub enum Reach {
    /// Say what would happen.
    Preview,
    /// Take the file's people in the place of the list before. The command is the list's id; again it changes nothing.
    Apply { command: Uuid, by: String },
}

/// What a file holds and does to the list that is kept (取り込みの結果).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReceptionListImport)]
pub struct Imported {
    /// SHA-256 of the file with what its columns were taken for: to be given back when it is applied.
    pub digest: String,
    #[schema(value_type = Option<String>)]
    pub format: Option<Format>,
    #[schema(value_type = Option<String>)]
    pub encoding: Option<Encoding>,
    #[serde(flatten)]
    pub kept: Kept,
    pub columns: Vec<ColumnView>,
    /// What a column can be taken for.
    pub fields: Vec<Field>,
    /// Rows that are not taken: how many, and the first 500.
    pub aside: usize,
    pub aside_rows: Vec<Told>,
    /// Rows that are taken with a remark: how many remarks, and the first 500.
    pub remarks: usize,
    pub remark_rows: Vec<Told>,
    /// What to know about the file as a whole.
    #[schema(value_type = Vec<kernel::Text>)]
    pub notes: Vec<kernel::Text>,
    /// Whether it was applied.
    pub applied: bool,
}

/// What the list is compared with the one before (前の名簿との差).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ReceptionListKept)]
pub struct Kept {
    pub people: usize,
    pub added: usize,
    pub changed: usize,
    pub same: usize,
    /// On the list before, not on this one.
    pub gone: usize,
}

/// A row with its reason in words.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReceptionListTold)]
pub struct Told {
    #[serde(flatten)]
    pub note: RowNote,
    pub words: kernel::Text,
}

/// Why nothing was kept (取り込めない理由).
#[derive(Debug, thiserror::Error)]
pub enum Unkept {
    #[error("{0}")]
    File(#[from] sheets::Refusal),
    #[error("no municipality of the prefecture has this code")]
    Municipality,
    #[error("nobody was found in the file; the list is as before")]
    Nobody,
    #[error("more than 50,000 people")]
    TooMany,
    #[error(transparent)]
    Broken(#[from] anyhow::Error),
}

/// Somebody for the list.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) household: Household,
    pub(crate) subject: Option<Subject>,
}

/// Somebody of the list before: the id, the household that a desk said it is, the card.
type Known = (Uuid, Option<Subject>, Household);

/// A list with the ids under which its people are kept.
#[derive(Debug)]
pub(crate) struct Compared {
    people: Vec<(Uuid, Entry)>,
    pub(crate) kept: Kept,
}

/// Reads a file, compares it with the list that is kept, and, if wanted, takes its place.
pub async fn import(app: &App, order: &Order, reach: &Reach) -> Result<Imported, Unkept> {
    if areas::municipality(&order.municipality).is_none() {
        return Err(Unkept::Municipality);
    }
    let listing = read_apart(order, app.clock.now().jst().date_naive()).await?;
    let Listing { people, aside, remarks, columns, notes, format, encoding } = listing;
    if people.len() > super::MOST {
        return Err(Unkept::TooMany);
    }
    let entries = people.into_iter().map(|one| Entry { household: one.household, subject: None }).collect::<Vec<_>>();
    let nobody = entries.is_empty();
    let compared = compare(app, &order.municipality, entries).await?;
    let kept = compared.kept;
    if let Reach::Apply { command, by } = reach {
        if nobody {
            return Err(Unkept::Nobody);
        }
        keep(app, by, (&order.municipality, *command), compared).await?;
    }
    let told = |notes: &[RowNote]| -> Vec<Told> {
        Listing::told(notes).into_iter().map(|note| Told { words: note.reason.text(), note }).collect()
    };
    Ok(Imported {
        digest: digest(order),
        format,
        encoding,
        kept,
        columns,
        fields: fields(),
        aside: aside.len(),
        aside_rows: told(&aside),
        remarks: remarks.len(),
        remark_rows: told(&remarks),
        notes,
        applied: matches!(reach, Reach::Apply { .. }),
    })
}

/// A workbook takes a while: beside everybody else's work.
async fn read_apart(order: &Order, today: NaiveDate) -> Result<Listing, Unkept> {
    let order = order.clone();
    let reading =
        tokio::task::spawn_blocking(move || read(&order.name, &order.bytes, &order.municipality, &order.chosen, today));
    Ok(reading.await.context("the file could not be read")??)
}

/// What is given back when a preview is applied.
pub(crate) fn digest(order: &Order) -> String {
    let mut hash = Sha256::new();
    hash.update(&order.bytes);
    for (column, field) in &order.chosen {
        for part in [column, field] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
    }
    hex(&<[u8; 32]>::from(hash.finalize()))
}

/// Finds whoever stood on the list before: by name and birth date, or by name and address.
pub(crate) async fn compare(app: &App, jis5: &str, entries: Vec<Entry>) -> anyhow::Result<Compared> {
    let mut conn = app.store.read().await?;
    let rows = listed::of_municipality(&mut conn, jis5).await?;
    drop(conn);
    let mut before: HashMap<[String; 2], Vec<Known>> = HashMap::new();
    let had = rows.len();
    for (at, row) in rows.iter().enumerate() {
        if at % IN_A_ROW == IN_A_ROW - 1 {
            tokio::task::yield_now().await;
        }
        let household = sealing::open_listed(app, row)?;
        let subject = row.subject.as_deref().and_then(|text| text.parse().ok());
        before.entry(key(&household)).or_default().push((row.id, subject, household));
    }
    let mut kept = Kept { people: entries.len(), ..Kept::default() };
    let mut people = Vec::with_capacity(entries.len());
    let exact: Vec<Option<Known>> = entries.iter().map(|entry| take_same(&mut before, &entry.household)).collect();
    let mut open: HashMap<[String; 2], usize> = HashMap::new();
    for (entry, _) in entries.iter().zip(&exact).filter(|(_, known)| known.is_none()) {
        *open.entry(key(&entry.household)).or_default() += 1;
    }
    for (mut entry, exact) in entries.into_iter().zip(exact) {
        // Who moved is known by name and birth date, as long as there is only one whom that can be.
        let key = key(&entry.household);
        let only =
            || before.get_mut(&key).filter(|left| left.len() == 1 && open.get(&key) == Some(&1)).and_then(Vec::pop);
        let known = exact.or_else(only);
        let id = known.as_ref().map_or_else(|| app.ids.uuid(), |(id, _, _)| *id);
        for person in &mut entry.household.persons {
            person.id = id;
        }
        match known {
            None => kept.added += 1,
            Some((_, subject, household)) => {
                // A desk may have said which household this is.
                entry.subject = entry.subject.or(subject);
                *if household == entry.household { &mut kept.same } else { &mut kept.changed } += 1;
            }
        }
        people.push((id, entry));
    }
    kept.gone = had - kept.same - kept.changed;
    Ok(Compared { people, kept })
}

/// Somebody of the list before with the same name, birth date and address; of several the first, as both lists name them.
fn take_same(before: &mut HashMap<[String; 2], Vec<Known>>, household: &Household) -> Option<Known> {
    let place = |one: &Household| [fold(&one.address), fold(&one.neighbourhood)];
    let known = before.get_mut(&key(household))?;
    let at = known.iter().position(|(_, _, one)| place(one) == place(household))?;
    Some(known.remove(at))
}

fn key(household: &Household) -> [String; 2] {
    let person = household.persons.first();
    let birth = person.and_then(|person| person.birth).map(|birth| birth.to_string());
    let name = person.map(|person| fold(&person.name)).unwrap_or_default();
    [name, birth.unwrap_or_else(|| fold(&household.address))]
}

/// Takes a list in, whole or not at all, in the place of the one before.
pub(crate) async fn keep(app: &App, by: &str, (jis5, command): (&str, Uuid), compared: Compared) -> anyhow::Result<()> {
    let mut rows = Vec::with_capacity(compared.people.len());
    for (at, (id, entry)) in compared.people.into_iter().enumerate() {
        if at % IN_A_ROW == IN_A_ROW - 1 {
            tokio::task::yield_now().await;
        }
        rows.push(ListedRow {
            id,
            municipality: jis5.to_owned(),
            district_key: fold(&entry.household.neighbourhood),
            subject: entry.subject.map(|subject| subject.to_string()),
            sealed: sealing::seal_listed(app, id, &entry.household)?,
        });
    }
    app.store.retry(async || keep_once(app, by, (jis5, command), rows.clone()).await).await
}

async fn keep_once(app: &App, by: &str, (jis5, command): (&str, Uuid), rows: Vec<ListedRow>) -> anyhow::Result<()> {
    let now = app.clock.now();
    let entry = NewEntry {
        id: Id::from_uuid(command),
        kind: "reception.listed_imported",
        subject: jis5.to_owned(),
        area: Some(AreaCode::municipality(jis5)),
        mode: Mode::Live,
        actor: by.to_owned(),
        device: None,
        occurred_at: now,
        body: Body::Open(json!({ "people": rows.len() })),
    };
    let mut tx = app.store.write().await?;
    if listed::has_list(&mut tx, command).await? {
        return Ok(());
    }
    listed::replace(&mut tx, (jis5, command), rows, now).await?;
    match journal::record(&mut tx, entry, now).await {
        Err(store::Error::OtherContent(_)) => return Err(Problem::command_used().into()),
        recorded => recorded?,
    };
    tx.commit().await?;
    Ok(())
}
