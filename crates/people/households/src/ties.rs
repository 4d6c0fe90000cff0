//! Ties (同じ世帯): desks say that several cards are one household. Whoever reads who looked reads of all of them, also of the time
//! when nobody knew yet whose card it was.

use http::App;
use kernel::Timestamp;
use store::{Conn, Tx};
use uuid::Uuid;

use crate::db;

/// Keeps which subjects of a disaster are one household; one alone is tied to nobody. Safe to repeat.
pub async fn tie(tx: &mut Tx, disaster: Uuid, subjects: &[u128], now: Timestamp) -> anyhow::Result<()> {
    let party = subjects.iter().min().copied().unwrap_or_default();
    for subject in subjects {
        if subjects.len() > 1 {
            db::put_tie(tx, disaster, *subject, party, now).await?;
        } else {
            db::forget_tie(tx, disaster, *subject).await?;
        }
    }
    Ok(())
}

/// Forgets which cards of a disaster were one household, when its records are past their time.
pub async fn forget_ties_of(tx: &mut Tx, disaster: Uuid) -> anyhow::Result<()> {
    db::forget_ties_in(tx, disaster).await
}

/// The household's subject and those that desks tied to it. A card that is protected by itself is left out: where it stood is
/// nobody's to read.
pub(crate) async fn tied(app: &App, subject: u128) -> anyhow::Result<Vec<u128>> {
    let mut conn = app.store.read().await?;
    let mut all = vec![subject];
    for other in db::tied_to(&mut conn, subject).await? {
        if !is_protected(&mut conn, other).await? {
            all.push(other);
        }
    }
    Ok(all)
}

async fn is_protected(conn: &mut Conn, subject: u128) -> anyhow::Result<bool> {
    Ok(!db::lines_of_subject(conn, subject).await?.is_empty())
}
