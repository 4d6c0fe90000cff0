//! A round: hear, hand in, compare.

use std::time::Duration;

use anyhow::Context as _;
use http::App;
use kernel::{Id, Mode, Stopwatch};
use serde_json::json;
use store::journal::{self, Body, Filter, NewEntry};
use uuid::Uuid;

use super::books::{PROTECTION, Upstream, standing, waiting};
use super::link::{Cut, Link};
use super::offer;
use super::roster;
use crate::carry::{Witness, carry_in};
use crate::db;
use crate::devices::{CHANGED, device_of};
use crate::exchange::{
    Carried, Differing, DigestsAsk, Fetch, Fetched, Pull, Pulled, Push, Pushed, Spoken, Verdict, paths,
};
use crate::live::{Live, catch_up, know_disasters};
use crate::node::Node;
use crate::receipts;
use crate::sync::{Centre, MAX_BATCH_EVENTS, Receipt, compare};
use crate::take::Giver;
use kernel::hex;

/// How often the roster is read anew, by the kit's clock.
const ROSTER_EVERY: Duration = Duration::from_hours(6);
/// Looks that go with one request.
const MOST_LOOKS: u32 = 200;
/// Pages of news in one round at most; the next goes on.
const MOST_PAGES: usize = 200;

/// Empty requests of one round at most.
const MOST_ASKED_AGAIN: usize = 4;

/// What a round did (一巡の結果).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Round {
    /// Events that came from the centre and were new here.
    pub pulled: usize,
    /// Receipts that came.
    pub receipted: usize,
    /// Events that the centre refused or set aside.
    pub refused: usize,
    /// Events without a receipt after it.
    pub waiting: i64,
    /// Buckets in which the two held something else, and that were mended.
    pub mended: usize,
    /// Events whose marks the two knew differently, and told each other.
    pub restamped: usize,
    /// This kit found out that it was restored or copied, and began a new life.
    pub renewed: bool,
}

/// Keeps what the centre said at enrolment, and makes this database that kit.
pub async fn begin(app: &App, books: &Upstream) -> anyhow::Result<Node> {
    let node = Node::make_kit(app, books.kit).await?;
    books.keep(app).await?;
    Ok(node)
}

impl Link {
    /// How many events of this database its centre has not receipted.
    pub async fn waiting(&self, app: &App) -> anyhow::Result<i64> {
        let centre = standing(app).await?.and_then(|books| books.epoch());
        let (count, floor) = waiting(app, centre, self.floor(centre)).await?;
        self.set_floor(centre, floor);
        Ok(count)
    }

    /// One round. With `thorough` the two compare what they hold.
    pub async fn round(&self, app: &App, thorough: bool) -> Result<Round, Cut> {
        let live = Live::of(app).map_err(own)?;
        let mut books = standing(app).await?.context("this database belongs to no kit")?;
        let done = self.steps(app, &live, &mut books, thorough).await;
        if matches!(done, Err(Cut::Line(_))) {
            self.tell_time(app, &live, &books, false).await?;
        }
        match &done {
            Ok(_) => {
                books.contact_at = Some(app.clock.now());
                books.revoked = false;
            }
            Err(Cut::Revoked) => books.revoked = true,
            Err(_) => {}
        }
        books.keep(app).await?;
        done
    }

    async fn steps(&self, app: &App, live: &Live, books: &mut Upstream, thorough: bool) -> Result<Round, Cut> {
        let mut round = Round::default();
        // What was taken from devices has its stamp before it goes out.
        catch_up(app).await?;
        self.pull(app, live, books, &mut round).await?;
        self.tell_time(app, live, books, true).await?;
        // Its stamp goes along with it.
        catch_up(app).await?;
        self.push(app, live, books, &mut round).await?;
        let due = books.roster_at.is_none_or(|at| app.clock.now().since(at).abs() > chrono_of(ROSTER_EVERY));
        if due {
            roster::read_anew(self, app, books).await?;
        }
        if thorough {
            self.mend(app, live, books, &mut round).await?;
        }
        let from = self.floor(books.epoch());
        let (open, floor) = waiting(app, books.epoch(), from).await?;
        self.set_floor(books.epoch(), floor);
        round.waiting = open;
        Ok(round)
    }

    async fn pull(&self, app: &App, live: &Live, books: &mut Upstream, round: &mut Round) -> Result<(), Cut> {
        for _ in 0..MOST_PAGES {
            let epoch = live.node().map_err(own)?.epoch;
            let (protection, desk_keys) = (books.protection.clone(), books.desk_kids());
            let asked = Pull { epoch, cursor: books.cursor, protection, desk_keys };
            let news: Pulled = self.ask(app, books, paths::PULL, &asked).await?;
            hear(app, books, news.centre);
            let more = news.more;
            round.pulled += take_news(app, live, books, news).await?;
            books.keep(app).await?;
            if !more {
                break;
            }
        }
        Ok(())
    }

    async fn push(&self, app: &App, live: &Live, books: &mut Upstream, round: &mut Round) -> Result<(), Cut> {
        let mut pace = offer::Pace::default();
        let (mut after, mut spare) = (self.floor(books.epoch()), MOST_ASKED_AGAIN);
        let (mut open, _) = waiting(app, books.epoch(), after).await?;
        loop {
            let batch = offer::next(app, books.epoch(), after, pace.events()).await?;
            let node = live.node().map_err(own)?;
            let (looks, looks_at) = households::looks_after(app, books.looks_at, MOST_LOOKS).await?;
            let asked = presented(app, books, node, &batch, open, looks).await?;
            let watch = Stopwatch::start();
            let answer: Pushed = self.ask(app, books, paths::PUSH, &asked).await?;
            pace.took(watch.elapsed());
            if !hear(app, books, answer.centre) {
                books.looks_at = looks_at;
            }
            let receipted = keep_receipts(app, books, &batch, &answer).await?;
            round.receipted += receipted;
            open -= i64::try_from(receipted).unwrap_or(0);
            round.refused += answer.results.iter().filter(|one| one.receipt.is_none()).count();
            match answer.journal {
                Verdict::RolledBack | Verdict::Forked => {
                    renew(app, live, node, &answer).await?;
                    // What another copy handed in meanwhile was passed over: it bore the mark of the life we shared.
                    (books.seen, books.cursor) = (None, None);
                    round.renewed = true;
                }
                Verdict::Unproven => books.seen = answer.seen,
                Verdict::Same => books.seen = Some(asked.position),
            }
            let all_told = asked.looks.len() < MOST_LOOKS as usize;
            // With nothing to hand in the centre asks once more at most: for the hash, or in a new life.
            spare -= usize::from(batch.is_empty());
            if batch.is_empty() && ((answer.journal == Verdict::Same && all_told) || spare == 0) {
                return Ok(());
            }
            after = batch.end.unwrap_or(after);
        }
    }

    async fn mend(&self, app: &App, live: &Live, books: &mut Upstream, round: &mut Round) -> Result<(), Cut> {
        let digests = live.index().digests(&books.shelters).0.into_iter().collect();
        let differing: Differing = self.ask(app, books, paths::DIGESTS, &DigestsAsk { digests }).await?;
        for (bucket, theirs) in differing.lists {
            let found = compare(&live.index().list(bucket), &theirs);
            if let Some(epoch) = books.epoch() {
                let mut tx = app.store.write().await.map_err(anyhow::Error::from)?;
                // Marks travel with their events, both ways.
                for id in found.send.iter().chain(&found.restamp) {
                    db::receipts::forget(&mut tx, *id, epoch).await?;
                }
                self.set_floor(Some(epoch), 0);
                tx.commit().await.map_err(anyhow::Error::from)?;
            }
            let wanted: Vec<Uuid> = found.ask.iter().chain(&found.restamp).map(|id| id.uuid()).collect();
            for ids in wanted.chunks(MAX_BATCH_EVENTS) {
                let ids = ids.to_vec();
                let fetched: Fetched = self.ask(app, books, paths::FETCH, &Fetch { ids }).await?;
                round.pulled += take_events(app, live, &books.municipality, fetched.events).await?;
            }
            if !found.quarantine.is_empty() {
                tracing::error!(events = ?found.quarantine, "reception: the centre holds other content under the same ids");
            }
            round.restamped += found.restamp.len();
            round.mended += usize::from(found.ask.len() + found.send.len() + found.quarantine.len() > 0);
        }
        if round.mended > 0 {
            tracing::warn!(buckets = round.mended, "reception: what differed from the centre was mended");
        }
        if round.mended + round.restamped > 0 {
            self.push(app, live, books, round).await?;
        }
        Ok(())
    }
}

/// What a request of this kit says of it.
async fn presented(
    app: &App,
    books: &Upstream,
    node: Node,
    batch: &offer::Batch,
    waiting: i64,
    looks: Vec<households::Looked>,
) -> anyhow::Result<Push> {
    let (position, newest) = journal::head(&app.store).await?;
    Ok(Push {
        epoch: node.epoch,
        position,
        asked: books.seen,
        there: there(app, books.seen).await?,
        newest: Some(hex(&newest)),
        waiting,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        wall_ms: app.clock.now().millis(),
        devices: offer::devices(app, &books.municipality).await?,
        looks,
        events: batch.events.iter().map(|(carried, _)| carried.clone()).collect(),
    })
}

/// Notes what the centre says of itself; answers whether it began a new life, of which nothing that was told is known.
fn hear(app: &App, books: &mut Upstream, said: Spoken) -> bool {
    let now = Centre { epoch: said.epoch, clock_ms: said.clock_ms };
    let is_anew = books.centre.is_some_and(|known| known.epoch < said.epoch);
    if is_anew {
        tracing::warn!(epoch = %said.epoch.0, "reception: the centre began a new life; everything is offered again");
        books.looks_at = 0;
    }
    books.centre = Some(Centre::heard(books.centre, now));
    books.offset_ms = said.clock_ms - app.clock.now().millis();
    is_anew
}

/// Takes news in, what protects people first; answers how many events were new.
async fn take_news(app: &App, live: &Live, books: &mut Upstream, news: Pulled) -> anyhow::Result<usize> {
    let mut tx = app.store.write().await?;
    if let Some(list) = &news.protection {
        db::upstream::put(&mut tx, PROTECTION, list).await?;
        books.protection = Some(list.version.clone());
    }
    let mut changed = false;
    for word in &news.devices {
        let Ok(key) = identity::DeviceKey::parse(&word.key) else { continue };
        let id = device_of(&key);
        let now = app.clock.now();
        changed |= db::devices::add(&mut tx, (id, key.as_str(), &word.area), "centre", now).await?;
        changed |= word.revoked && db::devices::revoke(&mut tx, id, "centre", now).await?;
    }
    shelters::reception::mirror(&mut tx, app, &news.disasters, &news.openings).await?;
    if changed {
        tx.wake_on_commit(CHANGED);
    }
    tx.commit().await?;
    if news.disasters.iter().any(|one| live.scope(one.id.uuid()).is_none()) {
        know_disasters(app, live).await?;
    }
    if changed {
        live.devices().load(app).await?;
    }
    if !news.keys.is_empty() {
        books.keys = news.keys;
        live.keyring().seal_to(books.keys.iter().chain([&books.public_key]).cloned());
    }
    if let Some(keys) = news.desk_keys {
        books.desk_keys = keys;
    }
    let taken = take_events(app, live, &books.municipality, news.events).await?;
    let genuine = |receipt: &Receipt| receipts::is_genuine(receipt, &books.receipt_key);
    let given: Vec<Receipt> = news.receipts.into_iter().filter(genuine).collect();
    if !given.is_empty() {
        receipts::keep(app, &given).await?;
    }
    books.cursor = Some(news.cursor);
    Ok(taken)
}

async fn take_events(app: &App, live: &Live, jis5: &str, events: Vec<Carried>) -> anyhow::Result<usize> {
    if events.is_empty() {
        return Ok(0);
    }
    let taken = carry_in(app, live, Giver::node("centre".to_owned(), jis5), events, Witness::Centre).await?;
    Ok(taken.iter().filter(|one| one.state == crate::take::State::Stored).count())
}

/// Keeps the genuine receipts among the answers; the rest is offered again.
async fn keep_receipts(app: &App, books: &Upstream, batch: &offer::Batch, answer: &Pushed) -> anyhow::Result<usize> {
    let good: Vec<_> = answer
        .results
        .iter()
        .filter_map(|one| one.receipt.clone())
        .filter(|receipt| receipts::is_genuine(receipt, &books.receipt_key))
        .filter(|receipt| {
            batch.events.iter().any(|(carried, id)| *id == receipt.event && carried.signed.hash() == receipt.hash)
        })
        .collect();
    if !good.is_empty() {
        receipts::keep(app, &good).await?;
    }
    Ok(good.len())
}

/// The hash of this chain where the centre last saw it.
async fn there(app: &App, seen: Option<i64>) -> anyhow::Result<Option<String>> {
    let Some(seen) = seen else { return Ok(None) };
    let entry = journal::entries_after(&app.store, seen - 1, &Filter::default(), 1).await?;
    Ok(entry.first().filter(|entry| entry.position == seen).map(|entry| hex(&entry.hash)))
}

/// This database was restored or copied: a new life begins, and whoever reads the journal sees it.
async fn renew(app: &App, live: &Live, node: Node, answer: &Pushed) -> anyhow::Result<()> {
    let fresh = node.renew(app, answer.known).await?;
    live.set_node(fresh);
    tracing::error!(
        node = %node.id, verdict = ?answer.journal,
        "reception: this kit was restored or copied; it goes on in a new life and offers everything again"
    );
    let now = app.clock.now();
    let entry = NewEntry {
        id: Id::from_uuid(app.ids.uuid()),
        kind: "reception.epoch_begun",
        subject: node.id.to_string(),
        area: None,
        mode: Mode::Live,
        actor: "system".to_owned(),
        device: None,
        occurred_at: now,
        body: Body::Open(json!({ "epoch": fresh.epoch, "reason": answer.journal })),
    };
    journal::append(&app.store, entry, now).await?;
    Ok(())
}

fn chrono_of(time: Duration) -> chrono::TimeDelta {
    chrono::TimeDelta::from_std(time).unwrap_or(chrono::TimeDelta::MAX)
}

fn own(problem: http::Problem) -> Cut {
    Cut::Own(problem.into())
}
