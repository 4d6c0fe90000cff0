//! What to offer, what becomes of what comes in, and what may be forgotten.

use kernel::Id;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::epoch::{Epoch, Receipt};
use crate::event::{Event, Refused};

/// Events in one request.
pub const MAX_BATCH_EVENTS: usize = 500;
/// Bytes of their bodies in one request.
pub const MAX_BATCH_BYTES: usize = 1024 * 1024;
/// How long a copy is kept after its receipt, by the centre's clock: seven days.
pub const KEEP_MS: i64 = 7 * 86_400_000;

/// What a node last heard from the centre itself (県の中央).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Centre {
    pub epoch: Epoch,
    /// The centre's clock then.
    pub clock_ms: i64,
}

/// A copy that a node holds (手元の写し).
#[derive(Debug, Clone, Copy)]
pub struct Held<'a> {
    pub id: Id<Event>,
    pub hash: [u8; 32],
    /// Length of the body.
    pub bytes: usize,
    /// The newest receipt that came for it.
    pub receipt: Option<&'a Receipt>,
}

/// What a node knows of the device that signed (端末の状態).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceState {
    Known,
    Unknown,
    /// Stolen or lost, since then by the centre's clock.
    Revoked {
        at_ms: i64,
    },
}

/// What a node knows of an event that comes in (受け入れの問い).
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    pub hash: [u8; 32],
    /// The content that is already held under this id.
    pub held: Option<[u8; 32]>,
    pub device: DeviceState,
    /// The signature is that device's.
    pub signed: bool,
    /// When it was known to exist, of which somebody honest is witness: a node that is not revoked stamped it (by corrected
    /// time), or a former life of the centre gave the receipt that came along.
    pub vouched_ms: Option<i64>,
}

/// What becomes of it (受け入れの結果).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// New: store it, and acknowledge after the commit.
    Store,
    /// Held already: acknowledge again.
    Already,
    /// Other content under a known id: keep it aside, raise an alarm, overwrite nothing.
    Quarantine,
    /// Not taken. The sender keeps its copy.
    Refused(Refused),
}

/// How far a node has read another's journal (読み取り位置): worth nothing in another epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ReceptionCursor)]
pub struct Cursor {
    pub epoch: Epoch,
    pub position: i64,
}

impl Centre {
    /// What is known after the centre spoke. The word of a former life that was long under way changes nothing.
    #[must_use]
    pub fn heard(before: Option<Self>, said: Self) -> Self {
        match before {
            Some(known) if known.epoch > said.epoch => known,
            Some(known) if known.epoch == said.epoch => Self { clock_ms: known.clock_ms.max(said.clock_ms), ..known },
            _ => said,
        }
    }
}

impl Held<'_> {
    /// Whether the centre, in its present life, has said that it holds this content.
    pub fn is_receipted(&self, centre: Epoch) -> bool {
        self.receipt.is_some_and(|receipt| receipt.event == self.id && receipt.covers(&self.hash, centre))
    }

    /// Whether the copy may go: receipted by the present centre, and seven days of its clock ago.
    pub fn may_forget(&self, centre: Option<Centre>) -> bool {
        centre.is_some_and(|centre| {
            let since = self.receipt.map_or(i64::MAX, |receipt| receipt.at_ms);
            self.is_receipted(centre.epoch) && centre.clock_ms.saturating_sub(since) >= KEEP_MS
        })
    }
}

impl Cursor {
    /// The position to read on from: the beginning, if the side that is read began a new life. That side decides, when it
    /// answers: a question of a former life may be under way for long.
    pub fn resume(cursor: Option<Self>, of: Epoch) -> i64 {
        cursor.filter(|cursor| cursor.epoch == of).map_or(0, |cursor| cursor.position)
    }

    /// The cursor after a page `from`..`to` of a journal was stored. A page that begins behind what was read (an answer that
    /// outlived a restore of the reader) is stored, but moves nothing: what lies between would be skipped.
    #[must_use]
    pub fn read(cursor: Option<Self>, of: Epoch, from: i64, to: i64) -> Option<Self> {
        let position = Self::resume(cursor, of);
        if from > position { cursor } else { Some(Self { epoch: of, position: position.max(to) }) }
    }
}

/// The copies to offer in one request, as many as fit: those without a receipt of the centre's present epoch. A node that
/// never heard of the centre offers everything. The caller begins each round behind the last one, so that what is refused
/// keeps nothing else waiting.
pub fn offer<'a>(held: impl IntoIterator<Item = Held<'a>>, centre: Option<Epoch>) -> Vec<Id<Event>> {
    let mut bytes = 0_usize;
    let open = held.into_iter().filter(|copy| !centre.is_some_and(|epoch| copy.is_receipted(epoch)));
    let fits = |copy: &Held| {
        bytes = bytes.saturating_add(copy.bytes);
        // One alone always goes.
        bytes <= MAX_BATCH_BYTES || bytes == copy.bytes
    };
    open.take_while(fits).take(MAX_BATCH_EVENTS).map(|copy| copy.id).collect()
}

/// Decides on one event. What is held already is acknowledged whoever brings it; a revoked device adds nothing, except
/// what an honest node or a former life of the centre had taken before.
pub fn accept(asked: &Asked) -> Taken {
    if asked.held == Some(asked.hash) {
        return Taken::Already;
    }
    match asked.device {
        DeviceState::Unknown => return Taken::Refused(Refused::Device),
        DeviceState::Revoked { at_ms } if asked.vouched_ms.is_none_or(|taken| taken >= at_ms) => {
            return Taken::Refused(Refused::Device);
        }
        DeviceState::Known | DeviceState::Revoked { .. } => {}
    }
    if !asked.signed {
        return Taken::Refused(Refused::Signature);
    }
    if asked.held.is_some() { Taken::Quarantine } else { Taken::Store }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const NOW: Epoch = Epoch(Uuid::from_u128(2));
    const FORMER: Epoch = Epoch(Uuid::from_u128(1));

    fn id(n: u128) -> Id<Event> {
        Id::from_uuid(Uuid::from_u128(n))
    }

    fn receipt(n: u128, epoch: Epoch) -> Receipt {
        Receipt { event: id(n), hash: [7; 32], epoch, at_ms: 1_000, signature: String::new() }
    }

    fn held(n: u128, bytes: usize, receipt: Option<&Receipt>) -> Held<'_> {
        Held { id: id(n), hash: [7; 32], bytes, receipt }
    }

    #[test]
    fn what_the_present_centre_has_not_receipted_is_offered() {
        let (now, former) = (receipt(1, NOW), receipt(2, FORMER));
        let other = Receipt { hash: [8; 32], ..receipt(3, NOW) };
        let copies = [held(1, 9, Some(&now)), held(2, 9, Some(&former)), held(3, 9, Some(&other)), held(4, 9, None)];
        assert_eq!(offer(copies, Some(NOW)), [id(2), id(3), id(4)]);
        assert_eq!(offer(copies, None), [id(1), id(2), id(3), id(4)]);
        // A receipt that stands for another event.
        assert_eq!(offer([held(9, 9, Some(&now))], Some(NOW)), [id(9)]);
    }

    #[test]
    fn a_request_is_bounded() {
        assert_eq!(offer((0..2_000).map(|n| held(n, 100, None)), None).len(), MAX_BATCH_EVENTS);
        assert_eq!(offer((0..2_000).map(|n| held(n, 64 * 1024, None)), None).len(), 16);
        assert_eq!(offer([held(1, 2 * MAX_BATCH_BYTES, None), held(2, 1, None)], None), [id(1)]);
        assert_eq!(offer([held(2, 1, None), held(1, 2 * MAX_BATCH_BYTES, None)], None), [id(2)]);
    }

    #[test]
    fn a_copy_goes_seven_days_of_the_present_centre_after_its_receipt() {
        let (now, former) = (receipt(1, NOW), receipt(1, FORMER));
        let centre = |epoch, clock_ms| Some(Centre { epoch, clock_ms });
        let due = 1_000 + KEEP_MS;
        for (receipt, centre, may) in [
            (Some(&now), centre(NOW, due), true),
            (Some(&now), centre(NOW, due - 1), false),
            (Some(&now), centre(FORMER, due), false),
            (Some(&former), centre(NOW, due), false),
            (Some(&now), None, false),
            (None, centre(NOW, i64::MAX), false),
            (Some(&now), centre(NOW, i64::MIN), false),
        ] {
            assert_eq!(held(1, 9, receipt).may_forget(centre), may, "{receipt:?} {centre:?}");
        }
    }

    #[test]
    fn the_word_of_a_former_centre_changes_nothing() {
        let (now, former) = (Centre { epoch: NOW, clock_ms: 50 }, Centre { epoch: FORMER, clock_ms: 90 });
        assert_eq!(Centre::heard(None, former), former);
        assert_eq!(Centre::heard(Some(former), now), now);
        assert_eq!(Centre::heard(Some(now), former), now);
        assert_eq!(Centre::heard(Some(now), Centre { clock_ms: 40, ..now }), now);
        let cursor = Cursor { epoch: FORMER, position: 12 };
        assert_eq!((Cursor::resume(Some(cursor), FORMER), Cursor::resume(Some(cursor), NOW)), (12, 0));
        assert_eq!(Cursor::resume(None, NOW), 0);
        let read = |from, to| Cursor::read(Some(cursor), FORMER, from, to).map(|cursor| cursor.position);
        assert_eq!([read(12, 20), read(5, 15), read(0, 7), read(13, 20)], [Some(20), Some(15), Some(12), Some(12)]);
        assert_eq!(Cursor::read(Some(cursor), NOW, 0, 5), Some(Cursor { epoch: NOW, position: 5 }));
        assert_eq!(Cursor::read(Some(cursor), NOW, 12, 20), Some(cursor));
        assert_eq!(Cursor::read(None, NOW, 3, 9), None);
    }

    #[test]
    fn what_comes_in_is_stored_once_or_kept_aside_or_refused() {
        let honest = Asked { hash: [1; 32], held: None, device: DeviceState::Known, signed: true, vouched_ms: None };
        let revoked = DeviceState::Revoked { at_ms: 100 };
        let device = Taken::Refused(Refused::Device);
        for (asked, taken) in [
            (honest, Taken::Store),
            (Asked { held: Some([1; 32]), ..honest }, Taken::Already),
            (Asked { held: Some([1; 32]), device: revoked, ..honest }, Taken::Already),
            (Asked { held: Some([2; 32]), ..honest }, Taken::Quarantine),
            (Asked { held: Some([2; 32]), signed: false, ..honest }, Taken::Refused(Refused::Signature)),
            (Asked { signed: false, ..honest }, Taken::Refused(Refused::Signature)),
            (Asked { device: DeviceState::Unknown, ..honest }, device.clone()),
            (Asked { device: revoked, ..honest }, device.clone()),
            (Asked { device: revoked, vouched_ms: Some(100), ..honest }, device),
            (Asked { device: revoked, vouched_ms: Some(99), ..honest }, Taken::Store),
        ] {
            assert_eq!(accept(&asked), taken, "{asked:?}");
        }
    }
}
