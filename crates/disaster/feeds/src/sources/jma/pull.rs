//! One look at one feed: ask, note what is announced, fetch what is wanted, hand it on.

use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use http::App;
use kernel::{Stopwatch, Timestamp};
use store::Stop;
use store::blobs::BlobId;

use super::fetch::{Answer, Failure, Fetcher, Validators};
use super::{FeedName, Settings};
use crate::db::{self, Look, OpenEntry};
use crate::ingest::{MAX_TELEGRAM_BYTES, ingest};
use crate::model::{self, Budget, Freshness, Origin, Pace};
use crate::publish;
use crate::sources::atom::{self, Entry, Feed};
use crate::sources::filter::{Offices, Wanted};
use crate::words::{self, Trouble};

/// After this much silence the long twin is read first, because the short feed holds only about ten minutes.
const CATCH_UP_AFTER: Duration = Duration::from_mins(8);
/// What is not urgent and older than this is not caught up on.
const CATCH_UP_REACH: Duration = Duration::from_hours(24);
/// Telegrams fetched in one look; the rest waits for the next.
const FETCH_AT_ONCE: i64 = 600;
/// Time for telegrams in one look; the rest waits for the next.
const FETCH_FOR: Duration = Duration::from_secs(90);
/// Requests for telegrams at the same time.
const PARALLEL: usize = 4;
/// Tries for one telegram, one a look: about an hour.
const TRIES: i64 = 60;
/// One look may take this long; whoever took the turn and died gives it back after a little more.
const LONGEST_LOOK: Duration = Duration::from_secs(150);
const TURN: Duration = Duration::from_mins(3);
/// Between two nationwide snapshots, unless after an outage.
const SNAPSHOT_EVERY: Duration = Duration::from_hours(1);
/// Announced telegrams are remembered this long; the long feeds reach back seven days.
const REMEMBER: Duration = Duration::from_hours(9 * 24);

/// Pulls the feeds of one server.
#[derive(Debug, Clone)]
pub struct Puller {
    settings: Settings,
    offices: Offices,
    fetcher: Fetcher,
}

/// What a read feed gave.
#[derive(Default)]
struct Read {
    content: Option<(String, Option<Timestamp>)>,
    validators: Option<Validators>,
}

impl Puller {
    /// Refuses an address that is not https (or this machine itself).
    pub fn new(settings: &Settings) -> anyhow::Result<Self> {
        let fetcher = Fetcher::new(&settings.base_url, Duration::from_secs(settings.timeout_seconds.max(1)))?;
        Ok(Self { offices: settings.offices(), settings: settings.clone(), fetcher })
    }

    /// Pulls one feed until it is told to stop.
    pub async fn run(&self, app: &App, feed: FeedName, mut stop: Stop) {
        loop {
            let wait = match self.turn(app, feed).await {
                Ok(wait) => wait,
                Err(error) => {
                    tracing::error!(feed = feed.key(), error = format!("{error:#}"), "pulling {} failed", feed.key());
                    self.settings.every()
                }
            };
            if !stop.pause(wait.clamp(Duration::from_millis(200), Duration::from_mins(1))).await {
                return;
            }
        }
    }

    /// Looks at the feed if it is due and no other process has the turn; says how long to wait.
    pub async fn turn(&self, app: &App, feed: FeedName) -> anyhow::Result<Duration> {
        let now = app.clock.now();
        let mut tx = app.store.write().await?;
        db::announce(&mut tx, &words::spec(&self.origin(feed))).await?;
        let claimed = db::claim(&mut tx, feed.key(), now, now.plus(TURN)).await?;
        let source = db::source(&mut tx, feed.key()).await?;
        tx.commit().await?;
        if claimed {
            self.look(app, feed).await?;
            return Ok(self.settings.every());
        }
        let due = source.and_then(|source| source.next_at).unwrap_or(now);
        Ok(model::age(now, due))
    }

    /// One look at the feed, whatever the schedule says; records what came of it.
    pub async fn look(&self, app: &App, feed: FeedName) -> anyhow::Result<()> {
        let source = {
            let mut conn = app.store.read().await?;
            db::source(&mut conn, feed.key()).await?
        };
        let source = match source {
            Some(source) => source,
            None => self.announce(app, feed).await?,
        };
        let (result, asked) = match tokio::time::timeout(LONGEST_LOOK, self.look_at(app, feed, &source)).await {
            Ok(Ok((read, failed))) => (Ok((read, failed)), None),
            Ok(Err(LookError::Failed(failure))) => (Err(failure.trouble), failure.retry_after),
            Ok(Err(LookError::Inside(error))) => return Err(error),
            Err(_) => (Err(Trouble::Slow), None),
        };
        let failures = if result.is_ok() { 0 } else { source.failures.saturating_add(1) };
        let pace = Pace { every: self.settings.every(), longest: Duration::from_mins(15) };
        let wait = model::pause(pace, failures, asked, dice(app));
        let now = app.clock.now();
        let look = match result {
            Ok((read, failed)) => Look {
                error: (failed > 0).then(|| Trouble::Telegrams(failed).text()),
                success: true,
                content: read.content,
                validators: read.validators.map(|it| (it.etag, it.last_modified)),
                next_at: Some(now.plus(wait)),
            },
            Err(trouble) => {
                tracing::warn!(feed = feed.key(), %trouble, "looking at {} failed: {trouble}", feed.key());
                metrics::counter!("feeds_look_failures_total", "source" => feed.key()).increment(1);
                Look { error: Some(trouble.text()), next_at: Some(now.plus(wait)), ..Look::default() }
            }
        };
        let mut tx = app.store.write().await?;
        if db::looked(&mut tx, feed.key(), &look, now).await? {
            db::clear_mark(&mut tx, publish::NAME).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    async fn announce(&self, app: &App, feed: FeedName) -> anyhow::Result<db::Source> {
        let mut tx = app.store.write().await?;
        db::announce(&mut tx, &words::spec(&self.origin(feed))).await?;
        let source = db::source(&mut tx, feed.key()).await?;
        tx.commit().await?;
        source.ok_or_else(|| anyhow::anyhow!("a source that was just announced is not there"))
    }

    fn origin(&self, feed: FeedName) -> Origin {
        Origin { key: feed.key().to_owned(), mode: self.settings.mode, run: None }
    }

    async fn look_at(&self, app: &App, feed: FeedName, source: &db::Source) -> Result<(Read, usize), LookError> {
        let now = app.clock.now();
        self.afford(app, feed.urgent()).await?;
        let behind = source.sight.last_success.is_none_or(|at| model::age(at, now) > CATCH_UP_AFTER);
        if behind {
            // The twin may fail while the short feed works: what can be had is had.
            if let Err(error) = self.read(app, feed, "_l", &Validators::default(), true).await {
                tracing::warn!(feed = feed.key(), %error, "the long feed of {} could not be read", feed.key());
            }
        }
        let quiet = model::freshness(&source.spec.expect, &source.sight, now) != Freshness::Fresh;
        // A server that says "not modified" for too long is asked for the whole.
        let validators = if behind || quiet {
            Validators::default()
        } else {
            Validators { etag: source.etag.clone(), last_modified: source.last_modified.clone() }
        };
        let read = self.read(app, feed, "", &validators, behind).await?;
        let failed = self.fetch_open(app, feed).await?;
        Ok((read, failed))
    }

    /// Asks for a feed and notes what it announces.
    async fn read(
        &self,
        app: &App,
        feed: FeedName,
        twin: &str,
        validators: &Validators,
        behind: bool,
    ) -> Result<Read, LookError> {
        let path = format!("feed/{}{twin}.xml", feed.stem());
        let url = self.fetcher.below(&path).ok_or(Trouble::Internal)?;
        let answer = self.fetcher.get(url, validators, atom::MAX_FEED_BYTES).await?;
        let Answer::Body { bytes, validators } = answer else {
            return Ok(Read::default());
        };
        self.spend(app, bytes.len()).await?;
        let hash = BlobId::of(&bytes).to_string();
        let read = tokio::task::spawn_blocking(move || atom::parse(&bytes)).await.map_err(|_| Trouble::Internal)?;
        let read = read.map_err(Trouble::from)?;
        self.note(app, feed, &read, behind).await?;
        Ok(Read { content: Some((hash, read.newest())), validators: Some(validators) })
    }

    /// Notes the wanted telegrams of a feed.
    async fn note(&self, app: &App, feed: FeedName, read: &Feed, behind: bool) -> anyhow::Result<()> {
        let now = app.clock.now();
        let mut tx = app.store.write().await?;
        let snapshot_mark = format!("snapshot:{}", feed.key());
        let snapshot_due =
            behind || db::mark(&mut tx, &snapshot_mark).await?.is_none_or(|at| model::age(at, now) >= SNAPSHOT_EVERY);
        let mut entries: Vec<(&Entry, bool)> = Vec::new();
        let mut snapshot = None;
        for entry in &read.entries {
            match self.offices.wanted(entry) {
                // A feed frozen months ago must not bring back the warnings of that day.
                Wanted::Urgent if model::age(entry.updated, now) <= REMEMBER => entries.push((entry, true)),
                Wanted::Yes if model::age(entry.updated, now) <= CATCH_UP_REACH => entries.push((entry, false)),
                Wanted::Snapshot if model::age(entry.updated, now) <= CATCH_UP_REACH => snapshot = Some(entry),
                Wanted::Urgent | Wanted::Yes | Wanted::Snapshot | Wanted::No => {}
            }
        }
        if let Some(entry) = snapshot.filter(|_| snapshot_due) {
            entries.push((entry, false));
            db::set_mark(&mut tx, &snapshot_mark, now).await?;
        }
        db::announce_entries(&mut tx, feed.key(), &entries, now).await?;
        db::prune(&mut tx, &day(now), now.minus(REMEMBER)).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Fetches what is open, urgent telegrams first, for as long as a look may take; counts what could not be had.
    async fn fetch_open(&self, app: &App, feed: FeedName) -> Result<usize, LookError> {
        let open = {
            let mut conn = app.store.read().await.map_err(anyhow::Error::from)?;
            db::open_entries(&mut conn, feed.key(), TRIES, FETCH_AT_ONCE).await.map_err(anyhow::Error::from)?
        };
        let origin = self.origin(feed);
        let mut failed = 0;
        // In the order of the answers: one that hangs must not hold back those behind it. Each is taken in within its own
        // future, because a future that waits unpolled for its turn to write would stop everybody else's writing.
        let taken = |entry| self.take(app, feed, &origin, entry);
        let mut taken = stream::iter(open).map(taken).buffer_unordered(PARALLEL);
        let watch = Stopwatch::start();
        while watch.elapsed() < FETCH_FOR
            && let Some(done) = taken.next().await
        {
            failed += usize::from(!done?);
        }
        Ok(failed)
    }

    /// Fetches one telegram and takes it in; false when it could not be had.
    async fn take(&self, app: &App, feed: FeedName, origin: &Origin, entry: OpenEntry) -> anyhow::Result<bool> {
        let done = match self.fetch_telegram(app, &entry).await {
            Ok(bytes) => {
                ingest(app, origin, &bytes, entry.url.rsplit('/').next()).await?;
                true
            }
            Err(LookError::Inside(error)) => return Err(error),
            Err(LookError::Failed(failure)) => {
                tracing::warn!(feed = feed.key(), trouble = %failure.trouble, "a telegram could not be fetched");
                false
            }
        };
        let mut tx = app.store.write().await?;
        db::tried_entry(&mut tx, &entry.url, done).await?;
        tx.commit().await?;
        Ok(done)
    }

    async fn fetch_telegram(&self, app: &App, entry: &OpenEntry) -> Result<Vec<u8>, LookError> {
        let url = self.fetcher.same_server(&entry.url).ok_or(Trouble::Unreachable)?;
        self.afford(app, entry.urgent).await?;
        match self.fetcher.get(url, &Validators::default(), MAX_TELEGRAM_BYTES).await? {
            Answer::Body { bytes, .. } => {
                self.spend(app, bytes.len()).await?;
                Ok(bytes)
            }
            Answer::NotModified => Err(Trouble::Status(304).into()),
        }
    }

    /// Refuses when today's budget does not admit another request.
    async fn afford(&self, app: &App, urgent: bool) -> Result<(), LookError> {
        let mut conn = app.store.read().await.map_err(anyhow::Error::from)?;
        let used = db::spent(&mut conn, &day(app.clock.now())).await.map_err(anyhow::Error::from)?;
        let budget = Budget { limit: self.settings.daily_bytes, used };
        if budget.admits(urgent) { Ok(()) } else { Err(Trouble::BudgetSpent.into()) }
    }

    /// Counts fetched bytes after decompression, so that the count errs on the safe side.
    async fn spend(&self, app: &App, bytes: usize) -> anyhow::Result<()> {
        let mut tx = app.store.write().await?;
        db::spend(&mut tx, &day(app.clock.now()), u64::try_from(bytes).unwrap_or(u64::MAX)).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Why a look ended early: the world outside, or our own inside.
#[derive(Debug, thiserror::Error)]
enum LookError {
    #[error("{}", .0.trouble)]
    Failed(Failure),
    #[error(transparent)]
    Inside(#[from] anyhow::Error),
}

impl From<Failure> for LookError {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<Trouble> for LookError {
    fn from(trouble: Trouble) -> Self {
        Self::Failed(trouble.into())
    }
}

fn day(now: Timestamp) -> String {
    now.jst().format("%Y-%m-%d").to_string()
}

/// A number that differs from call to call, to spread requests.
fn dice(app: &App) -> u64 {
    let mut bytes = [0; 8];
    app.ids.fill(&mut bytes);
    u64::from_be_bytes(bytes)
}
