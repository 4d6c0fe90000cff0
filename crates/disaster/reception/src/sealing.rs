//! Columns of this room that hold personal data, sealed with the program's keys: the list of those who need help, and what
//! was written of the search for them.

use anyhow::Context as _;
use households::Household;
use http::App;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::db::listed::ListedRow;
use crate::db::work::WorkRow;

const LISTED: (&str, &str) = ("reception_listed", "sealed");
const WORDS: (&str, &str) = ("reception_work", "words");

/// Seals a listed person for the row of this id.
pub(crate) fn seal_listed(app: &App, id: Uuid, household: &Household) -> anyhow::Result<Vec<u8>> {
    let plain = Zeroizing::new(serde_json::to_vec(household)?);
    Ok(app.crypter.seal(LISTED.0, id, LISTED.1, &plain)?)
}

/// A listed person. Show it only through the gate.
pub(crate) fn open_listed(app: &App, row: &ListedRow) -> anyhow::Result<Household> {
    let plain = app.crypter.open(LISTED.0, row.id, LISTED.1, &row.sealed)?;
    serde_json::from_slice(&plain).map_err(|_| anyhow::anyhow!("listed person {} is not in a known form", row.id))
}

/// Seals what somebody wrote of a search.
pub(crate) fn seal_words(app: &App, id: Uuid, words: &str) -> anyhow::Result<Vec<u8>> {
    Ok(app.crypter.seal(WORDS.0, id, WORDS.1, words.as_bytes())?)
}

/// What somebody wrote of a search.
pub(crate) fn open_words(app: &App, row: &WorkRow) -> anyhow::Result<Option<String>> {
    let Some(sealed) = &row.words else { return Ok(None) };
    let plain = app.crypter.open(WORDS.0, row.id, WORDS.1, sealed)?;
    Ok(Some(std::str::from_utf8(&plain).context("words are UTF-8")?.to_owned()))
}
