//! Finding the people of a notice, a block at a time: told, deliveries and how far it is are one transaction each.

use std::collections::HashMap;
use std::time::Duration;

use http::App;
use kernel::{Id, Mode, Timestamp};
use sqlx::types::Json;
use store::Tx;
use uuid::Uuid;

use super::{CHANNEL, refresh_index};
use crate::db::{self, NewDelivery, Told};
use crate::install::live;
use crate::model::events::Occasion;
use crate::model::index::{Index, bits};
use crate::model::notice::{Audience, Notice, State};
use crate::model::subscription::Kind;
use crate::model::{Heard, Variant, compose, key_of, plain, topic};

/// Subscriptions looked at in one transaction: the first messages leave while the rest are still looked for.
const BLOCK: usize = 2_000;
const PAGE: i64 = 10_000;
/// What is not urgent is spread so that at most so many leave in a second.
const PER_SECOND: u64 = 10_000;
const LONGEST_SPREAD: Duration = Duration::from_mins(2);

/// Finds everybody of the most urgent notice that waits; 0 if none does.
pub(super) async fn step(app: &App) -> anyhow::Result<usize> {
    let mut conn = app.store.read().await?;
    let next = db::next_unmatched(&mut conn).await?;
    drop(conn);
    let Some((notice, mut reached)) = next else { return Ok(0) };
    refresh_index(app).await?;
    let candidates = candidates(app, &notice, reached.unwrap_or_default()).await?;
    let spread = Duration::from_secs(candidates.len() as u64 / PER_SECOND).min(LONGEST_SPREAD);
    for block in candidates.chunks(BLOCK) {
        let went = app.store.retry(async || one_block(app, notice.id, reached, block, spread).await).await?;
        if !went {
            // Another process is at it, or it was stopped: look again.
            return Ok(1);
        }
        reached = block.last().copied();
    }
    app.store
        .retry(async || {
            let mut tx = app.store.write().await?;
            if let Some((_, false, now)) = db::notice_for_update(&mut tx, notice.id).await?
                && now == reached
            {
                db::end_match(&mut tx, notice.id).await?;
            }
            tx.commit().await?;
            anyhow::Ok(())
        })
        .await?;
    Ok(1)
}

/// Everybody who may be concerned and was not looked at yet, in the order of the ids.
async fn candidates(app: &App, notice: &Notice, after: Uuid) -> anyhow::Result<Vec<Uuid>> {
    let drill = notice.mode() == Mode::Drill;
    let mut ids: Vec<Uuid> = match &notice.audience {
        Audience::Occasion(occasion) => {
            let mut ids = {
                let live = live(app)?;
                let index = live.index.read();
                let towns = occasion.moved.iter().fold(0, |all, moved| all | moved.towns);
                let kept = index.in_towns(towns).into_iter().filter_map(|slot| index.at(slot));
                kept.filter(|kept| !drill || kept.drills).map(|kept| kept.id).collect::<Vec<_>>()
            };
            // Who was told and has since moved hears how it ended all the same.
            for moved in occasion.moved.iter().filter(|moved| !moved.fell.is_empty()) {
                ids.extend(told_before(app, notice.mode(), &moved.event, after).await?);
            }
            ids
        }
        Audience::Area { .. } => audience(app, notice)?,
        Audience::SameAs { notice } => receivers(app, *notice, after).await?,
        Audience::One { subscription } => vec![subscription.uuid()],
    };
    ids.retain(|id| *id > after);
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

/// Everybody a notice of staff means.
pub(crate) fn audience(app: &App, notice: &Notice) -> anyhow::Result<Vec<Uuid>> {
    let Audience::Area { municipalities, shape } = &notice.audience else { return Ok(Vec::new()) };
    let live = live(app)?;
    let index = live.index.read();
    let slots = index.audience(bits(municipalities.iter().map(String::as_str)), shape.as_ref());
    let kept = slots.into_iter().filter_map(|slot| index.at(slot));
    let drill = notice.mode() == Mode::Drill;
    Ok(kept.filter(|kept| kept.admits(drill, notice.kind, 0)).map(|kept| kept.id).collect())
}

async fn told_before(app: &App, mode: Mode, event: &str, mut after: Uuid) -> anyhow::Result<Vec<Uuid>> {
    let (mut conn, mut ids) = (app.store.read().await?, Vec::new());
    loop {
        let page = db::told_ids(&mut conn, mode, event, after, PAGE).await?;
        let Some(last) = page.last().copied() else { return Ok(ids) };
        ids.extend(page);
        after = last;
    }
}

async fn receivers(app: &App, notice: Id<Notice>, mut after: Uuid) -> anyhow::Result<Vec<Uuid>> {
    let (mut conn, mut ids) = (app.store.read().await?, Vec::new());
    loop {
        let page = db::receivers(&mut conn, notice, after, PAGE).await?;
        let Some(last) = page.last().copied() else { return Ok(ids) };
        ids.extend(page);
        after = last;
    }
}

/// One block; false if somebody else was quicker or the notice was stopped.
async fn one_block(
    app: &App,
    id: Id<Notice>,
    reached: Option<Uuid>,
    block: &[Uuid],
    spread: Duration,
) -> anyhow::Result<bool> {
    let (Some(first), Some(last)) = (block.first().copied(), block.last().copied()) else { return Ok(true) };
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    let Some((Json(notice), matched, stands)) = db::notice_for_update(&mut tx, id).await? else { return Ok(false) };
    if matched || stands != reached || !matches!(notice.state, State::Released | State::Sending) {
        return Ok(false);
    }
    let mut book = Book::open(&mut tx, &notice).await?;
    let told = match &notice.audience {
        Audience::Occasion(occasion) => told_of(&mut tx, notice.mode(), occasion, first, last).await?,
        _ => HashMap::new(),
    };
    let mut new_told = Vec::new();
    {
        let live = live(app)?;
        let index = live.index.read();
        let timing = Timing { now, spread };
        for one in block {
            let wording = if let Audience::Occasion(occasion) = &notice.audience {
                let found = heard(&index, &notice, occasion, &told, *one, &mut new_told);
                if found.is_empty() {
                    continue;
                }
                book.wording(&key_of(&found), || own_words(&notice, occasion, &found))?
            } else {
                book.wording("", || plain(&notice))?
            };
            book.add(app, &index, &notice, *one, wording, timing);
        }
    }
    db::put_told(&mut tx, notice.mode(), &new_told, now).await?;
    db::put_variants(&mut tx, id, &book.new).await?;
    db::insert_deliveries(&mut tx, id, &book.deliveries).await?;
    db::supersede(&mut tx, id, first, last, now).await?;
    if notice.state == State::Released {
        db::put_notice(&mut tx, &Notice { state: State::Sending, ..notice }, false).await?;
    }
    db::advance_match(&mut tx, id, last).await?;
    tx.wake_on_commit(CHANNEL);
    tx.commit().await?;
    Ok(true)
}

/// What a device hears, in words of its own; if there are none, in those for everybody: to say nothing, or to try for ever, is
/// worse.
fn own_words(notice: &Notice, occasion: &Occasion, found: &[Heard]) -> Variant {
    compose(notice.mode(), occasion, found, notice.made_at).unwrap_or_else(|wordless| {
        let (id, why) = (notice.id.to_string(), wordless.to_string());
        tracing::error!(id, why, "notices: no words of its own for a device; it hears the words for all");
        metrics::counter!("notices_wordless_total", "mode" => notice.mode().as_str()).increment(1);
        let general = plain(notice);
        let event = found.first().and_then(|heard| occasion.moved.get(heard.moved)).map(|moved| &moved.event);
        let topic = event.map_or_else(|| general.topic.clone(), |event| topic(notice.mode(), event));
        Variant { topic, ..general }
    })
}

type ToldOf = HashMap<(usize, Uuid), Told>;

async fn told_of(tx: &mut Tx, mode: Mode, occasion: &Occasion, first: Uuid, last: Uuid) -> anyhow::Result<ToldOf> {
    let mut all = HashMap::new();
    for (n, moved) in occasion.moved.iter().enumerate() {
        for told in db::told_between(tx, mode, &moved.event, first, last).await? {
            all.insert((n, told.subscription), told);
        }
    }
    Ok(all)
}

/// What one device hears; what is to be remembered as told is added to `new_told`.
fn heard(
    index: &Index,
    notice: &Notice,
    occasion: &Occasion,
    told: &ToldOf,
    id: Uuid,
    new_told: &mut Vec<Told>,
) -> Vec<Heard> {
    let Some(kept) = index.get(id) else { return Vec::new() };
    if notice.mode() == Mode::Drill && !kept.drills {
        return Vec::new();
    }
    let mut all = Vec::new();
    for (n, moved) in occasion.moved.iter().enumerate() {
        let before = told.get(&(n, id)).filter(|told| told.rank > 0);
        let rank = before.map_or(0, |told| u8::try_from(told.rank).unwrap_or(0));
        let towns = kept.towns | before.map_or(0, |told| told.towns.cast_unsigned());
        if let Some(turn) = moved.turn(towns, rank, kept.kinds.from_rank(moved.kind)) {
            all.push(Heard { moved: n, turn, towns: towns & (moved.towns | all_towns(moved)) });
            new_told.push(Told {
                event: moved.event.clone(),
                subscription: id,
                rank: turn.rank().into(),
                towns: towns.cast_signed(),
            });
        }
    }
    all
}

fn all_towns(moved: &crate::model::events::Moved) -> u64 {
    moved.slots.iter().fold(0, |all, slot| all | slot.towns)
}

#[derive(Debug, Clone, Copy)]
struct Timing {
    now: Timestamp,
    spread: Duration,
}

/// A wording as the deliveries need it.
#[derive(Debug, Clone)]
struct Known {
    number: i64,
    urgent: bool,
    topic: String,
}

/// The wordings of a notice and the deliveries of a block.
struct Book {
    known: HashMap<String, Known>,
    new: Vec<(i64, String, Variant)>,
    deliveries: Vec<NewDelivery>,
}

impl Book {
    async fn open(tx: &mut Tx, notice: &Notice) -> anyhow::Result<Self> {
        let all = db::variants(tx, notice.id).await?.into_iter();
        let known = all.map(|(number, key, variant)| (key, Known::of(number, &variant))).collect();
        Ok(Self { known, new: Vec::new(), deliveries: Vec::new() })
    }

    /// A wording by its key, made if it is the first.
    fn wording(&mut self, key: &str, make: impl FnOnce() -> Variant) -> anyhow::Result<Known> {
        if let Some(known) = self.known.get(key) {
            return Ok(known.clone());
        }
        let variant = make();
        let known = Known::of(i64::try_from(self.known.len())?, &variant);
        self.known.insert(key.to_owned(), known.clone());
        self.new.push((known.number, key.to_owned(), variant));
        Ok(known)
    }

    fn add(&mut self, app: &App, index: &Index, notice: &Notice, id: Uuid, wording: Known, timing: Timing) {
        let receipt = app.ids.uuid();
        let Timing { now, spread } = timing;
        let Known { number: variant, urgent, topic } = wording;
        let due_at = if urgent || notice.kind == Kind::Test {
            now
        } else {
            let millis = u64::try_from(spread.as_millis()).unwrap_or(0);
            let part = u64::from_be_bytes(receipt.as_bytes()[8..].try_into().unwrap_or_default());
            let later = Duration::from_millis(part.checked_rem(millis).unwrap_or(0));
            let quiet = index.get(id).and_then(|kept| kept.quiet).and_then(|quiet| quiet.ends(now));
            quiet.unwrap_or(now).plus(later)
        };
        let expires_at = notice.expires_at;
        self.deliveries.push(NewDelivery { subscription: id, variant, topic, receipt, urgent, due_at, expires_at });
    }
}

impl Known {
    fn of(number: i64, variant: &Variant) -> Self {
        Self { number, urgent: variant.urgent, topic: variant.topic.clone() }
    }
}
