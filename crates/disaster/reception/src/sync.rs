//! Sync: which copies of events travel, are taken, are acknowledged for good, and may be forgotten. Pure decisions.
//!
//! Words: [`Epoch`] 世代, [`Stamp`] 受付印, [`Receipt`] 受領証, [`Digest`] 照合値, [`Held`] 手元の写し, [`Centre`] 県の中央.
//! In:  what a node holds and what the other side says of itself.
//! Out: what to offer, what becomes of an event that comes in, what may go, whom to mistrust, which lists to compare.
//!
//! **Invariant:** sets only grow; counters are for speed alone, and each belongs to one epoch of one node.
//! **Invariant:** an event is offered until the centre's present epoch has receipted it, and kept seven days of the
//! *centre's* clock longer; no clock of a gymnasium takes part.
//! **Invariant:** receipts of a former centre are void because their epoch differs, not because somebody cleared them.

mod digest;
mod epoch;
mod exchange;
mod hex;

pub use digest::{Bucket, Compared, Digest, Digests, Listed, compare};
pub use epoch::{Epoch, REMEMBERED, Receipt, Seen, Shown, Sighting, Stamp, sight};
pub use exchange::{
    Asked, Centre, Cursor, DeviceState, Held, KEEP_MS, MAX_BATCH_BYTES, MAX_BATCH_EVENTS, Taken, accept, offer,
};
