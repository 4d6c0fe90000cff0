//! Reception: who is where, and what they need; at a desk that never stops.
//!
//! Words: [`Event`] 出来事 (one thing that happened at a desk; the only thing that syncs), [`Subject`] 受付の対象 (one
//! household, as a random key), [`Presence`] 在否 (入所中・一時外出・退所・移動), [`Counts`] 人数, admission 入所, desk 受付,
//! node 拠点 (a kit 避難所キット in a gymnasium, or the centre 県の中央), [`Receipt`] 受領証 (the centre's word that it
//! has an event), [`Epoch`] 世代 (one life of one database).
//! In:  events from desks, phones and kits, signed by the device and sealed to those who may read them.
//! Out: journal entries `reception.*`, one for each event under the event's own id; boards, lists and counts by duty.
//!
//! State is a pure fold of the set of events ([`fold`]): the same set gives the same state on every node, whatever order
//! it came in, and whatever the wall clocks of the devices said ([`clock`]). Readable content is merged by whoever can open
//! it ([`card`]). Which copies a node offers, accepts, receipts and may forget is decided by pure functions ([`sync`]), which
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

mod api;
pub mod card;
mod cards;
mod carry;
pub mod clock;
mod contents;
mod db;
mod devices;
mod directory;
pub mod event;
pub mod exchange;
pub mod figures;
pub mod fold;
pub mod goods;
pub mod handout;
mod index;
mod jobs;
mod keyring;
pub mod kits;
pub mod left_behind;
pub mod listing;
mod live;
mod node;
pub mod receipts;
pub mod retention;
mod scan;
mod scanned;
mod sealing;
pub mod stick;
pub mod sync;
mod take;
pub mod upstream;
mod written;

pub use api::routes;
pub use db::{SCHEMA, STATEMENTS};
pub use devices::device_of;
pub use jobs::{report_headcounts, run};
pub use keyring::Keyring;
pub use live::{Live, catch_up, install, prepare};
pub use node::{Node, NodeView, Role};
pub use take::{Giver, State, Taken, take};

pub use fold::{Place, Presence, Register, Scope};
pub use sync::{Epoch, Receipt, Stamp};

pub use event::{Counts, Event, Kind, Refused, Signed, Subject, Where};

/// Journal kinds of this room, each with what it says. The events of desks carry `{body, signature}` as the device signed
/// them: who is inside is sealed.
pub const KINDS: &[(&str, &str)] = &[
    ("reception.check_in", "A household arrived (入所受付); body {body, signature}, as for all events of desks"),
    ("reception.count_only", "People were counted at the desk without names (人数だけの受付)"),
    ("reception.leave", "A household went out for a while (一時外出)"),
    ("reception.return", "It came back (帰着)"),
    ("reception.check_out", "It left (退所)"),
    ("reception.move", "It went on to another shelter (移動)"),
    ("reception.amend", "Its card was corrected (訂正・追記)"),
    ("reception.place", "It was given a place (居場所の割当)"),
    ("reception.link", "Two cards are one household (同じ世帯)"),
    ("reception.unlink", "They are not (結びを解く)"),
    ("reception.void", "An event was a mistake (取消)"),
    ("reception.consent", "A consent was given or taken back at the desk (同意)"),
    ("reception.request", "Something is asked for (要望・物資の要求)"),
    ("reception.answer", "A request was answered (要望への対応)"),
    ("reception.handout", "Something was given out (配布)"),
    ("reception.rule", "A checkpoint of distribution was made or changed (配布のきまり); what it says is in clear"),
    ("reception.sick", "Somebody fell ill (体調不良)"),
    ("reception.incident", "Something happened at the shelter (事件・事故)"),
    ("reception.note", "A note for the next shift (引継ぎ)"),
    ("reception.clock", "A device observed another clock (時計の観測)"),
    ("reception.unknown", "An event of a later program: kept and passed on, not understood"),
    ("reception.quarantined", "An event was set aside; body {reason, hash}"),
    ("reception.device_registered", "A desk's device registered its key; body {key}"),
    ("reception.kit_code_made", "A code that enrols one kit was made (キットの登録コード); body {name, until}"),
    ("reception.kit_enrolled", "A kit was enrolled (キットの登録); body {name, by}"),
    ("reception.kit_revoked", "A kit's word was taken away (キットの失効); body {name}"),
    ("reception.kit_doubted", "A kit's journal was restored or copied; body {verdict, epoch, position}"),
    ("reception.stamped", "Nodes' marks on events came (受付印); body {events}"),
    ("reception.epoch_begun", "This node began a new life of its database; body {epoch, reason}"),
    ("reception.device_revoked", "A desk's device was revoked; body {key}"),
    (
        "reception.listed_imported",
        "A list of people who cannot flee alone was taken in (避難行動要支援者名簿); body {people}",
    ),
    (
        "reception.left_behind_worked",
        "Somebody looks for one of those left behind, or says what came of it; body {disaster, step, holder, result}",
    ),
    ("reception.retention_set", "A municipality said how long records are kept (保存期間); body {days}"),
    (
        "reception.erased",
        "Records of people of a disaster are past their time and gone, the counts stay (保存期間の満了); body {days, kids, work, aside}",
    ),
    ("reception.glass_broken", "The prefecture opened names to itself and said why (緊急閲覧); body {reason, until}"),
];
