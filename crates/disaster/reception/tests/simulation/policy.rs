//! What a run does otherwise than the protocol says: the true policy, and each way of getting it wrong.

/// Switches. The default is the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is one switch of the sabotage table, and they combine")]
pub(crate) struct Policy {
    /// A node gives every delivery an id of its own making.
    pub server_ids: bool,
    /// A tablet deletes what its edge acknowledged.
    pub delete_on_ack: bool,
    /// An edge acknowledges before the disk has it.
    pub unsynced: bool,
    /// An edge pushes what lies behind a counter instead of a difference of sets.
    pub counter: Option<Counter>,
    /// Events are ordered by what the wall clocks of devices said.
    pub raw_clocks: bool,
    /// Receipts do not name an epoch: a restored centre goes on under the old one.
    pub receipts_without_epoch: bool,
    /// A tablet drops its copy as soon as it has a receipt.
    pub drop_on_receipt: bool,
    /// Digests are compared and differences repaired. Off where a rule must hold by itself.
    pub digests: bool,
}

/// What a counter of pushed positions belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counter {
    Node,
    NodeAndEpoch,
}

/// The protocol.
pub(crate) const TRUE: Policy = Policy {
    server_ids: false,
    delete_on_ack: false,
    unsynced: false,
    counter: None,
    raw_clocks: false,
    receipts_without_epoch: false,
    drop_on_receipt: false,
    digests: true,
};

/// The protocol without its safety net.
pub(crate) const BARE: Policy = Policy { digests: false, ..TRUE };

/// Policies that must hold, by name.
pub(crate) const SOUND: [(&str, Policy); 3] = [
    ("true", TRUE),
    ("without_digests", BARE),
    ("counter_with_epoch", Policy { counter: Some(Counter::NodeAndEpoch), ..BARE }),
];

/// Policies that must be caught, by name.
pub(crate) const SABOTAGE: [(&str, Policy); 7] = [
    ("server_ids", Policy { server_ids: true, ..BARE }),
    ("delete_on_ack", Policy { delete_on_ack: true, ..BARE }),
    ("delete_on_ack_unsynced", Policy { delete_on_ack: true, unsynced: true, ..BARE }),
    ("counter_without_epoch", Policy { counter: Some(Counter::Node), ..BARE }),
    ("raw_clocks", Policy { raw_clocks: true, ..BARE }),
    ("receipts_without_epoch", Policy { receipts_without_epoch: true, ..BARE }),
    ("drop_on_receipt", Policy { drop_on_receipt: true, ..BARE }),
];
