//! Web Push: sealing a message for a browser (RFC 8291), saying who sends it (RFC 8292), handing it in (RFC 8030).

mod client;
mod seal;
mod vapid;

pub(crate) use client::{Answer, Client, Parcel};
pub use seal::{Sealed, Unsealable, seal, seal_with};
pub use vapid::{Signer, Tokens};
