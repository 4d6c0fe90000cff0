//! Wires: requests and answers that are lost, doubled, late and out of order.

use kernel::Id;
use reception::clock::Reading;
use reception::sync::{Bucket, Centre, Cursor, Digests, Listed, Shown};
use reception::{Epoch, Event, Receipt};
use uuid::Uuid;

use crate::store::Carried;
use crate::world::{HOUR, MINUTE, Next, World};

/// Who talks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Peer {
    Tablet(usize),
    Node(usize),
}

/// One letter.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub from: Peer,
    pub to: Peer,
    /// Number of the request, the same in its answer.
    pub request: u64,
    pub what: What,
}

/// What it says.
#[derive(Debug, Clone)]
pub(crate) enum What {
    Push { batch: Vec<Carried>, hello: Option<Hello> },
    Pushed(Pushed),
    Pull(Option<Cursor>),
    Pulled { events: Vec<Carried>, centre: Centre, page: Option<(i64, i64)> },
    Digests(Digests),
    Lists(Vec<(Bucket, Vec<Listed>)>),
    Fetch(Vec<Id<Event>>),
}

/// What a kit says of itself when it pushes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hello {
    pub node: Uuid,
    pub shown: Shown,
    /// From which position to which the batch goes, where counters are used.
    pub counter: (i64, i64),
}

/// The answer to a push.
#[derive(Debug, Clone)]
pub(crate) struct Pushed {
    /// Stored, or stored already.
    pub acknowledged: Vec<Id<Event>>,
    pub receipts: Vec<Receipt>,
    /// What the answering node knows of the centre; the centre itself says its own.
    pub centre: Option<Centre>,
    /// From the centre itself.
    pub direct: bool,
    /// The answering node's boot and its clock there.
    pub clock: (Uuid, Reading),
    /// The position that the centre remembers of the kit, to be proven next time.
    pub prove: Option<i64>,
    /// The kit must begin a new epoch, above this one.
    pub begin_above: Option<Epoch>,
    /// The centre's counter for this kit.
    pub counter: i64,
}

impl World {
    /// Sends a request; returns its number.
    pub(crate) fn request(&mut self, from: Peer, to: Peer, what: What) -> u64 {
        self.requests += 1;
        let request = self.requests;
        self.send(&Message { from, to, request, what });
        request
    }

    /// Puts a letter on the wire.
    pub(crate) fn send(&mut self, message: &Message) {
        if self.is_cut(message.from, message.to) {
            return;
        }
        let copies = 1 + usize::from(self.chance.percent(self.doubling));
        for _ in 0..copies {
            if !self.chance.percent(self.loss) {
                let late = self.faults_on && self.chance.percent(5);
                let delay = if late { self.chance.between(MINUTE, 3 * HOUR) } else { self.chance.between(5, 3_000) };
                self.after(delay, Next::Arrives(message.clone()));
            }
        }
    }

    pub(crate) fn is_cut(&self, a: Peer, b: Peer) -> bool {
        self.cut.contains(&(a.min(b), a.max(b)))
    }

    /// A letter comes in.
    pub(crate) fn arrives(&mut self, message: Message) {
        match message.to {
            Peer::Tablet(tablet) => {
                if let What::Pushed(answer) = &message.what {
                    self.tablet_hears(tablet, message.from, message.request, answer);
                }
            }
            Peer::Node(node) => self.node_takes(node, message),
        }
    }
}
