//! Epochs, stamps and receipts: one life of one database, its mark on an event, the centre's word that it has one; and how
//! a database that was restored or copied gives itself away.

use kernel::Id;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::{Builder, Uuid};

use super::hex;
use crate::event::Event;

/// One life of one database (世代): a UUIDv7, new when the database is made, restored or found to be a copy. Later lives of
/// one node are greater, so that the word of a dead one that was long under way changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(as = ReceptionEpoch, value_type = String, format = Uuid)]
pub struct Epoch(pub Uuid);

/// A node's mark on an event that it took from a device (受付印): where in its journal, and at what time of its own clocks.
/// Stamps travel with the event; they order events whose own clock nobody knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[schema(as = ReceptionStamp)]
pub struct Stamp {
    #[schema(value_type = String, format = Uuid)]
    pub node: Uuid,
    pub epoch: Epoch,
    /// Position in the node's journal.
    pub position: i64,
    /// The running of the node's program that took it.
    #[schema(value_type = String, format = Uuid)]
    pub boot: Uuid,
    pub mono_ms: u64,
    pub wall_ms: i64,
}

/// The centre's word that it holds an event durably (受領証). Only the centre gives it; anybody may pass it on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ReceptionReceipt)]
pub struct Receipt {
    #[schema(value_type = String, format = Uuid)]
    pub event: Id<Event>,
    /// SHA-256 of the body, 64 hex digits.
    #[serde(with = "hex")]
    #[schema(value_type = String)]
    pub hash: [u8; 32],
    pub epoch: Epoch,
    /// The centre's clock when it gave it.
    pub at_ms: i64,
    /// By the centre's key, base64url; opaque here.
    pub signature: String,
}

/// A position of a journal with the hash of its chain there (通し番号と鎖の値).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ReceptionSeen)]
pub struct Seen {
    pub position: i64,
    /// 64 hex digits.
    #[serde(with = "hex")]
    #[schema(value_type = String)]
    pub hash: [u8; 32],
}

/// What a node says of its own journal when it calls (自己申告).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ReceptionShown)]
pub struct Shown {
    pub epoch: Epoch,
    /// Its newest position.
    pub head: Seen,
    /// The position that the listener last asked it to prove.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earlier: Option<Seen>,
}

/// What the listener makes of it (複製・巻き戻しの検知).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sighting {
    /// The same journal, grown.
    Same,
    /// It has come further than what is remembered and did not show the hash there: ask for it.
    Unproven,
    /// It knows less than it once showed: restored from a backup. It must begin a new epoch; an alarm is raised.
    RolledBack,
    /// Another journal under the same epoch: a copy of the disk, or a restored one that went on. Likewise.
    Forked,
}

impl Epoch {
    /// A new life. `fresh` is a new UUIDv7; `above` the greatest epoch of this node that anybody has spoken of.
    pub fn begin(fresh: Uuid, above: Option<Self>) -> Self {
        match above {
            Some(Self(known)) if known >= fresh => {
                let millis = (known.as_u128() >> 80) as u64 + 1;
                let mut tail = [0; 10];
                tail.copy_from_slice(&fresh.as_bytes()[6..]);
                Self(Builder::from_unix_timestamp_millis(millis, &tail).into_uuid())
            }
            _ => Self(fresh),
        }
    }
}

impl Receipt {
    /// Whether it stands for this content before this centre. The signature is checked by whoever knows the centre's key.
    pub fn covers(&self, hash: &[u8; 32], centre: Epoch) -> bool {
        self.epoch == centre && self.hash == *hash
    }
}

/// How many heads a listener remembers of one epoch of one node.
pub const REMEMBERED: usize = 32;

/// Compares what a node shows with the heads that it showed before in that epoch, oldest first. After [`Sighting::Same`]
/// the listener remembers the new head, too; after [`Sighting::Unproven`] it asks for its newest. Older heads are kept
/// because two copies of one disk may call by turns, each proving what was asked of it before the other called.
pub fn sight(remembered: &[Seen], shown: &Shown) -> Sighting {
    // An empty journal is the beginning of every journal.
    let Some(newest) = remembered.last().filter(|seen| seen.position > 0) else { return Sighting::Same };
    if shown.head.position < newest.position {
        return Sighting::RolledBack;
    }
    let shows =
        |seen: &Seen| [Some(shown.head), shown.earlier].into_iter().flatten().find(|at| at.position == seen.position);
    if remembered.iter().any(|seen| shows(seen).is_some_and(|there| there.hash != seen.hash)) {
        return Sighting::Forked;
    }
    if shows(newest).is_some() { Sighting::Same } else { Sighting::Unproven }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn v7(millis: u64, tail: u8) -> Uuid {
        Builder::from_unix_timestamp_millis(millis, &[tail; 10]).into_uuid()
    }

    #[test]
    fn a_new_life_is_greater_than_every_former_one() {
        let first = Epoch::begin(v7(1_000, 7), None);
        assert_eq!(first, Epoch(v7(1_000, 7)));
        // The machine woke up with its clock in 1970.
        for clock in [0, 999, 1_000, 1_001, 5_000] {
            let next = Epoch::begin(v7(clock, 3), Some(first));
            assert!(next > first, "{clock}");
            assert_eq!(next.0.get_version_num(), 7);
        }
    }

    #[test]
    fn two_copies_that_begin_anew_do_not_meet() {
        let shared = Epoch(v7(1_000, 7));
        assert_ne!(Epoch::begin(v7(1, 1), Some(shared)), Epoch::begin(v7(1, 2), Some(shared)));
    }

    #[test]
    fn a_receipt_stands_for_one_content_before_one_centre() {
        let (now, former) = (Epoch(v7(2_000, 1)), Epoch(v7(1_000, 1)));
        let receipt = Receipt {
            event: Id::from_uuid(v7(5, 5)),
            hash: [1; 32],
            epoch: former,
            at_ms: 9,
            signature: "c2ln".to_owned(),
        };
        assert!(receipt.covers(&[1; 32], former));
        assert!(!receipt.covers(&[1; 32], now) && !receipt.covers(&[2; 32], former));
        let text = serde_json::to_string(&receipt).unwrap();
        assert!(text.contains(&"01".repeat(32)), "{text}");
        assert_eq!(serde_json::from_str::<Receipt>(&text).unwrap(), receipt);
        assert!(serde_json::from_str::<Receipt>(&text.replace("0101", "01")).is_err());
    }

    #[test]
    fn a_restored_or_copied_journal_gives_itself_away() {
        let at = |position, hash| Seen { position, hash: [hash; 32] };
        let shown = |head, earlier| Shown { epoch: Epoch(v7(1, 1)), head, earlier };
        let (none, empty, seen): (&[Seen], &[Seen], &[Seen]) = (&[], &[at(0, 0)], &[at(8, 2), at(10, 4)]);
        for (remembered, shown, verdict) in [
            (none, shown(at(3, 3), None), Sighting::Same),
            (empty, shown(at(3, 3), None), Sighting::Same),
            (seen, shown(at(10, 4), None), Sighting::Same),
            (seen, shown(at(40, 9), Some(at(10, 4))), Sighting::Same),
            (seen, shown(at(9, 3), None), Sighting::RolledBack),
            (seen, shown(at(9, 3), Some(at(10, 4))), Sighting::RolledBack),
            (seen, shown(at(10, 5), None), Sighting::Forked),
            (seen, shown(at(40, 9), Some(at(10, 5))), Sighting::Forked),
            (seen, shown(at(40, 9), None), Sighting::Unproven),
            (seen, shown(at(40, 9), Some(at(8, 2))), Sighting::Unproven),
            (seen, shown(at(40, 9), Some(at(7, 1))), Sighting::Unproven),
            (seen, shown(at(40, 9), Some(at(8, 3))), Sighting::Forked),
        ] {
            assert_eq!(sight(remembered, &shown), verdict, "{shown:?}");
        }
    }
}
