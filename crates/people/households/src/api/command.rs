//! Commands: made on the phone, so that sending one again changes nothing.

use std::time::Duration;

use http::{Actor, App, Problem};
use serde::Serialize;
use store::Tx;
use uuid::Uuid;

use crate::db;
use crate::vault::BlindKey;

/// How long a repeat is known as one.
const KNOWN_FOR: Duration = Duration::from_hours(24 * 180);

/// Whether a command came for the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    New,
    Again,
}

/// Notes the command in the caller's transaction. The same id with something else, or from somebody else, is refused.
pub(super) async fn take(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    command: Uuid,
    what: &str,
    asked: &impl Serialize,
) -> Result<Seen, Problem> {
    let key = BlindKey::make(app, tx).await?;
    let asked = serde_json::to_vec(asked).map_err(anyhow::Error::from)?;
    let (who, now) = (actor.label(), app.clock.now());
    let digest = key.hash(&[b"command", what.as_bytes(), &asked]);
    db::forget_commands(tx, now.minus(KNOWN_FOR)).await?;
    if db::note_command(tx, command, &who, &digest, now).await? {
        return Ok(Seen::New);
    }
    match db::command(tx, command).await? {
        Some(known) if known == (who, digest) => Ok(Seen::Again),
        _ => Err(Problem::command_used()),
    }
}
