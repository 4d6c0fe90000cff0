//! The ledger (配達台帳): one row for each notice and device, in exactly one state.
//!
//! queued → sealed (claimed by a worker) → accepted → shown; or expired, gone, failed, stopped.

use chrono::{DateTime, Utc};
use kernel::{Id, Timestamp};
use store::{Conn, rows, sql};
use uuid::Uuid;

use crate::model::notice::{Notice, State};

const INSERT: &str = "INSERT INTO notices_delivery
    (notice, subscription, variant, topic, receipt, state, urgency, due_at, expires_at, attempts)";
const CLAIM: &str = "UPDATE notices_delivery SET state = 'sealed', batch = $1, due_at = $2, attempts = attempts + 1
    WHERE (notice, subscription) IN (SELECT notice, subscription FROM notices_delivery
        WHERE state IN ('queued', 'sealed') AND due_at <= $3 ORDER BY urgency, due_at LIMIT $4)";
const CLAIMED: &str =
    "SELECT d.notice, d.subscription, d.variant, d.receipt, d.attempts, d.expires_at, s.service, s.body,
        n.state AS stands
    FROM notices_delivery d JOIN notices_notice n ON n.id = d.notice
        LEFT JOIN notices_subscription s ON s.id = d.subscription WHERE d.batch = $1";
const FINISH: &str = "UPDATE notices_delivery SET state = $4, cause = $5, ended_at = $6, batch = NULL
    WHERE notice = $1 AND subscription = $2 AND batch = $3";
const AGAIN: &str =
    "UPDATE notices_delivery SET state = 'queued', cause = $4, due_at = $5, attempts = attempts - $6, batch = NULL
    WHERE notice = $1 AND subscription = $2 AND batch = $3";
const STOP_AGAIN: &str = "UPDATE notices_delivery SET state = 'stopped', cause = NULL, ended_at = $3
    WHERE notice = $1 AND subscription = $2 AND state = 'queued' AND EXISTS (SELECT 1 FROM notices_notice n
        WHERE n.id = $1 AND n.state IN ('stopped', 'corrected', 'cancelled'))";
const FINISH_REST: &str =
    "UPDATE notices_delivery SET state = 'accepted', ended_at = $2, batch = NULL WHERE batch = $1";
const SHOWN: &str = "UPDATE notices_delivery SET state = 'shown', ended_at = $2, batch = NULL
    WHERE receipt = $1 AND state IN ('accepted', 'sealed', 'queued')";
const STOP: &str = "UPDATE notices_delivery SET state = 'stopped', ended_at = $2, batch = NULL
    WHERE notice = $1 AND (state = 'queued' OR (state = 'sealed' AND due_at <= $2))";
const EXPIRE: &str = "UPDATE notices_delivery SET state = 'expired', ended_at = $1, batch = NULL
    WHERE state IN ('queued', 'sealed') AND expires_at <= $1 AND (state = 'queued' OR due_at <= $1)";
const OVERDUE: &str = "SELECT notice FROM notices_delivery
    WHERE state IN ('queued', 'sealed') AND expires_at <= $1 AND (state = 'queued' OR due_at <= $1) LIMIT 1";
const SUPERSEDE: &str = "UPDATE notices_delivery SET state = 'expired', cause = 'superseded', ended_at = $2
    WHERE state = 'queued' AND notice <> $1 AND subscription >= $3 AND subscription <= $4
        AND EXISTS (SELECT 1 FROM notices_delivery n WHERE n.notice = $1
            AND n.subscription = notices_delivery.subscription AND n.topic = notices_delivery.topic)";
const MOVE_GONE: &str = "UPDATE notices_delivery SET state = 'gone', ended_at = $2, cause = 'unsubscribed'
    WHERE subscription = $1 AND state = 'queued'";
const SUMS: &str =
    "SELECT state, cause, COUNT(*) AS count FROM notices_delivery WHERE notice = $1 GROUP BY state, cause";
const RECEIVERS: &str = "SELECT subscription FROM notices_delivery WHERE notice = $1 AND subscription > $2
    AND (state IN ('queued', 'sealed', 'accepted', 'shown') OR (state = 'stopped' AND attempts > 0)) ORDER BY subscription LIMIT $3";

pub(super) const SQL: &[&str] = &[
    CLAIM,
    CLAIMED,
    FINISH,
    AGAIN,
    STOP_AGAIN,
    FINISH_REST,
    SHOWN,
    STOP,
    EXPIRE,
    OVERDUE,
    SUPERSEDE,
    MOVE_GONE,
    SUMS,
    RECEIVERS,
];

/// A delivery that begins.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct NewDelivery {
    pub(crate) subscription: Uuid,
    pub(crate) variant: i64,
    pub(crate) topic: String,
    pub(crate) receipt: Uuid,
    pub(crate) urgent: bool,
    pub(crate) due_at: Timestamp,
    pub(crate) expires_at: Timestamp,
}

/// A delivery that this worker has claimed.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct Claimed {
    pub(crate) notice: Uuid,
    pub(crate) subscription: Uuid,
    pub(crate) variant: i64,
    pub(crate) receipt: Uuid,
    pub(crate) attempts: i64,
    pub(crate) expires_at: DateTime<Utc>,
    /// Where its notice stands by now.
    pub(crate) stands: String,
    /// `None`: the device has unsubscribed meanwhile.
    pub(crate) service: Option<String>,
    pub(crate) body: Option<Vec<u8>>,
}

impl Claimed {
    /// Whether its notice was stopped, corrected or cancelled since it was queued.
    pub(crate) fn is_stopped(&self) -> bool {
        let ended = [State::Stopped, State::Corrected, State::Cancelled];
        ended.iter().any(|state| state.as_str() == self.stands)
    }
}

/// What became of a claimed delivery that was not simply accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fate {
    Accepted,
    Expired,
    Gone(&'static str),
    Failed(String),
    /// It is not to be sent any more.
    Stopped(Option<&'static str>),
    /// Once more at this time; whether the attempt counts.
    Again {
        at: Timestamp,
        counts: bool,
        cause: String,
    },
}

/// How many are in a state, by cause.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct Sum {
    pub(crate) state: String,
    pub(crate) cause: Option<String>,
    pub(crate) count: i64,
}

/// Repeating it changes nothing: notice and subscription are the key.
pub(crate) async fn insert_deliveries(conn: &mut Conn, notice: Id<Notice>, new: &[NewDelivery]) -> anyhow::Result<()> {
    let mut all = rows(INSERT, "ON CONFLICT DO NOTHING");
    for one in new {
        all = all.row([
            notice.into(),
            one.subscription.into(),
            one.variant.into(),
            one.topic.clone().into(),
            one.receipt.into(),
            "queued".into(),
            i64::from(!one.urgent).into(),
            one.due_at.into(),
            one.expires_at.into(),
            0_i64.into(),
        ]);
    }
    all.execute(conn).await?;
    Ok(())
}

/// Claims up to `limit` due deliveries under the name of `batch` until `until`, the most urgent first.
pub(crate) async fn claim(
    conn: &mut Conn,
    batch: Uuid,
    until: Timestamp,
    now: Timestamp,
    limit: i64,
) -> anyhow::Result<u64> {
    // Two workers must not choose the same rows; choosing is short.
    conn.lock("notices:claim").await?;
    Ok(sql(CLAIM).bind(batch).bind(until).bind(now).bind(limit).execute(conn).await?)
}

pub(crate) async fn claimed(conn: &mut Conn, batch: Uuid) -> anyhow::Result<Vec<Claimed>> {
    Ok(sql(CLAIMED).bind(batch).fetch_all(conn).await?)
}

/// Notes the end of one delivery of a batch; nothing if somebody else has claimed it meanwhile.
pub(crate) async fn finish(
    conn: &mut Conn,
    batch: Uuid,
    one: &Claimed,
    fate: &Fate,
    now: Timestamp,
) -> anyhow::Result<()> {
    let (state, cause) = match fate {
        Fate::Accepted => ("accepted", None),
        Fate::Expired => ("expired", None),
        Fate::Gone(cause) => ("gone", Some((*cause).to_owned())),
        Fate::Failed(cause) => ("failed", Some(cause.clone())),
        Fate::Stopped(cause) => ("stopped", cause.map(str::to_owned)),
        Fate::Again { at, counts, cause } => {
            let again = sql(AGAIN).bind(one.notice).bind(one.subscription).bind(batch).bind(cause).bind(*at);
            if again.bind(i64::from(!counts)).execute(conn).await? == 1 {
                sql(STOP_AGAIN).bind(one.notice).bind(one.subscription).bind(now).execute(conn).await?;
            }
            return Ok(());
        }
    };
    let done = sql(FINISH).bind(one.notice).bind(one.subscription).bind(batch).bind(state).bind(cause);
    done.bind(now).execute(conn).await?;
    Ok(())
}

/// All others of the batch were accepted.
pub(crate) async fn finish_rest(conn: &mut Conn, batch: Uuid, now: Timestamp) -> anyhow::Result<u64> {
    Ok(sql(FINISH_REST).bind(batch).bind(now).execute(conn).await?)
}

/// The device showed it. True if that was news.
pub(crate) async fn note_shown(conn: &mut Conn, receipt: Uuid, now: Timestamp) -> anyhow::Result<bool> {
    Ok(sql(SHOWN).bind(receipt).bind(now).execute(conn).await? == 1)
}

/// Stops what nobody has in hand; answers how many. What a worker has in hand is stopped when it comes back.
pub(crate) async fn stop_deliveries(conn: &mut Conn, notice: Id<Notice>, now: Timestamp) -> anyhow::Result<u64> {
    Ok(sql(STOP).bind(notice).bind(now).execute(conn).await?)
}

/// Whether something waits that is no longer worth delivering.
pub(crate) async fn has_overdue(conn: &mut Conn, now: Timestamp) -> anyhow::Result<bool> {
    let row: Option<(Uuid,)> = sql(OVERDUE).bind(now).fetch_optional(conn).await?;
    Ok(row.is_some())
}

/// Ends what is no longer worth delivering.
pub(crate) async fn expire_overdue(conn: &mut Conn, now: Timestamp) -> anyhow::Result<u64> {
    Ok(sql(EXPIRE).bind(now).execute(conn).await?)
}

/// Ends what still waits for devices from `first` to `last` and says the same as this notice, only older: the new one takes
/// its place, and must not be overtaken by it.
pub(crate) async fn supersede(
    conn: &mut Conn,
    notice: Id<Notice>,
    first: Uuid,
    last: Uuid,
    now: Timestamp,
) -> anyhow::Result<()> {
    sql(SUPERSEDE).bind(notice).bind(now).bind(first).bind(last).execute(conn).await?;
    Ok(())
}

/// Ends what waits for a device that is gone.
pub(crate) async fn move_gone(conn: &mut Conn, subscription: Uuid, now: Timestamp) -> anyhow::Result<()> {
    sql(MOVE_GONE).bind(subscription).bind(now).execute(conn).await?;
    Ok(())
}

pub(crate) async fn sums(conn: &mut Conn, notice: Id<Notice>) -> anyhow::Result<Vec<Sum>> {
    Ok(sql(SUMS).bind(notice).fetch_all(conn).await?)
}

/// Who got a notice, will get it, or may have got it from a try that nobody knows the end of, in the order of their ids.
pub(crate) async fn receivers(
    conn: &mut Conn,
    notice: Id<Notice>,
    after: Uuid,
    limit: i64,
) -> anyhow::Result<Vec<Uuid>> {
    let rows: Vec<(Uuid,)> = sql(RECEIVERS).bind(notice).bind(after).bind(limit).fetch_all(conn).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}
