//! Reception: who is where, and what they need; at a desk that never stops.
//!
//! Words: [`Event`] 出来事 (one thing that happened at a desk; the only thing that syncs), [`Subject`] 受付の対象 (one
//! household, as a random key), [`Presence`] 在否 (入所中・一時外出・退所・移動), [`Counts`] 人数, admission 入所, desk 受付,
//! [`Node`] 拠点 (a kit 避難所キット in a gymnasium, or the centre 県の中央), [`Receipt`] 受領証 (the centre's word that it
//! has an event), [`Epoch`] 世代 (one life of one database).
//! In:  events from desks, phones and kits, signed by the device and sealed to those who may read them.
//! Out: journal entries `reception.*`, one for each event under the event's own id; boards, lists and counts by duty.
//!
//! State is a pure fold of the set of events ([`fold`]): the same set gives the same state on every node, whatever order
//! it came in. Which copies a node offers, accepts, receipts and may forget is decided by pure functions ([`sync`]), which
//! the simulation in `tests/` breaks one by one.
//!
//! **Invariant:** software never turns anyone away: an unknown, stale, forged or revoked token lowers the assurance of an
//! admission; it never refuses it.
//! **Invariant:** an event is stored durably before anybody hears that it is; the same event twice is one event, the same
//! id with other content is kept aside and raises an alarm, and neither overwrites the other.
//! **Invariant:** nobody forgets an event on a neighbour's word: only a receipt of the centre's present epoch, and seven
//! days after it, lets a copy go.
//! **Invariant:** who is present does not depend on any clock being right once its offset is known.
//! **Invariant:** a household that stands in two places is shown in both and counted once.
//! **Invariant:** coarse counts are in clear, names and needs only sealed: a locked kit takes admissions and reads nothing.
//! **Invariant:** this room does not know why a shelter opened, nor what a place is.

pub mod card;
pub mod clock;
pub mod event;
pub mod fold;
pub mod sync;

pub use event::{Counts, Event, Kind, Refused, Signed, Subject, Where};
pub use fold::{Place, Presence, Register, Scope};
pub use sync::{Epoch, Receipt, Stamp};
