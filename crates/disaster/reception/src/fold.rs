//! Fold: who is where, as a pure function of the set of known facts.
//!
//! Words: [`Register`] 受付簿 (the facts of a node and what follows from them), [`Scope`] 災害の別 (one disaster, live or
//! drill), [`Place`] 避難の場所, [`Presence`] 在否, [`Standing`] 現況, [`Party`] 世帯のまとまり (the subjects that are one
//! household), [`Claim`] 受付中の場所, [`Checkpoint`] 配布のきまり, [`Line`] 経過の一行, [`Effect`] 効力, [`Occupancy`] 在所状況, [`Tally`] 世帯数と人数.
//! In:  events with their hashes, and stamps; each once or many times, in any order.
//! Out: standings, histories in order, occupancy and its curve, conflicts, a hash of it all.
//!
//! A fact is an event, a stamp on an event, or a clock observation (which is an event). Applying one touches the parties
//! that it speaks of and no other; a test holds that against a register rebuilt from nothing.
//!
//! **Invariant:** the same facts give the same state and the same hash, whatever order they came in.
//! **Invariant:** a party counts once, where its newest effective arrival says, though it be claimed by two places.
//! **Invariant:** a departure written where the household no longer stood closes that place's claim and moves nobody.
//! **Invariant:** a void takes the effect of an event away, never the event; what was written upon a voided event is
//! shown, not dropped. A drill voids and links nothing live.
//! **Invariant:** bodies and seals are not kept here.

mod fact;
mod hash;
mod order;
mod party;
mod queries;
mod register;
mod ties;
mod view;

pub use register::{Applied, Register};
pub use view::{
    Checkpoint, Claim, CurvePoint, Effect, Line, Occupancy, Party, Place, Presence, Scope, Standing, Tally,
};
