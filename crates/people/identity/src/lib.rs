//! Identity: who may do what, and how they prove who they are.
//!
//! Words: [`Account`] 職員アカウント (one person of the staff), [`Grant`] 職務の付与 (a duty for an area), [`Invitation`] 招待,
//! passkey パスキー, [`Session`] ログイン状態, [`Device`] 端末アカウント (a resident's device: a key, and nothing about the person).
//! In:  invitations and duties from administrators, passkey answers from browsers, keys from devices.
//! Out: the [`http::Actor`] of every request; `identity.invited`, `identity.signed_in`, … (all in [`KINDS`]).
//!
//! **Invariant:** what opens a door is never stored: sessions and invitations are known by their SHA-256 only.
//! **Invariant:** duties are read with every request; taking one away works with the next.
//! **Invariant:** nobody types a name to sign in, so that no name can be tried; every refusal of a sign-in reads the same.
//! **Invariant:** sign-in without a key exists only in a database marked as demo when it was empty.
//! **Invariant:** a device account holds no personal data.

mod api;
mod db;
mod demo;
mod invite;
mod limit;
mod model;
mod passkeys;
mod record;
mod session;
mod settings;

pub use api::{Browser, routes};
pub use db::schema;
pub use demo::{DemoAccount, mark_demo, seed_demo};
pub use invite::{FirstInvitation, InviteError, invite_first_administrator};
pub use limit::Rate;
pub use model::{
    Account, Device, DeviceKey, Grant, Holder, Invitation, Limits, Refusal, Secret, Session, device_message,
};
pub use record::KINDS;
pub use session::{authenticate, create_account, device_key, open_session};
pub use settings::Settings;

use store::Schema;

/// The tables of this room, for `Store::migrate`.
pub fn schemas() -> Vec<Schema> {
    vec![schema()]
}

/// Makes an [`http::App`] know who is asking.
#[must_use]
pub fn install(builder: http::Builder, settings: Settings) -> http::Builder {
    builder
        .extension(settings)
        .extension(limit::Attempts::default())
        .authenticate(|app, parts| Box::pin(session::authenticate(app, parts)))
}
