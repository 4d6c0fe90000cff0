//! Faults: what goes wrong, and when.

use kernel::Id;
use reception::{Counts, Kind, Subject};

use crate::net::{Peer, What};
use crate::store::{Carried, DeviceClock, Item};
use crate::world::{DAY, FAULTS_END, Fault, HOUR, Next, SHELTERS, TABLETS, World, facility};

const BACKUP_EVERY: i64 = 6 * HOUR;

impl World {
    /// Throws the dice for the whole run.
    pub(crate) fn plan_faults(&mut self) {
        for _ in 0..self.chance.between(10, 40) {
            let at = self.chance.between(HOUR, FAULTS_END - HOUR);
            let kit = 1 + self.chance.below(SHELTERS);
            let tablet = self.chance.below(TABLETS);
            match self.chance.below(14) {
                0..=3 => self.cut_for(at, 3 * DAY, Peer::Node(0), Peer::Node(kit)),
                4..=6 => self.cut_for(at, DAY, Peer::Tablet(tablet), Peer::Node(1 + tablet % SHELTERS)),
                7..=9 => self.later(at, Next::Fault(Fault::CrashNode(kit))),
                10..=11 => self.later(at, Next::Fault(Fault::RestartTablet(tablet))),
                12 => self.later(at, Next::Fault(Fault::Jump(tablet))),
                _ => self.later(at, Next::Fault(Fault::JumpNode(kit))),
            }
        }
        let first = self.chance.below(SHELTERS);
        let kit = |n: usize| 1 + (first + n) % SHELTERS;
        if self.chance.percent(40) {
            let announced = self.chance.percent(50);
            self.strike(Fault::RestoreNode { node: kit(0), announced });
        }
        if self.chance.percent(25) {
            self.strike(Fault::Clone(kit(1)));
        }
        if self.chance.percent(40) {
            self.strike(Fault::RestoreCentre);
        }
        if self.chance.percent(30) {
            let at = self.strike(Fault::Steal(kit(2)));
            let revoked = at + self.chance.between(HOUR, 12 * HOUR);
            self.later(revoked, Next::Fault(Fault::Revoke(kit(2))));
            for _ in 0..3 {
                let later = revoked + self.chance.between(1, DAY);
                self.later(later, Next::Fault(Fault::Forge(kit(2))));
            }
        }
    }

    fn strike(&mut self, fault: Fault) -> i64 {
        // Most disasters strike while families come and go.
        let end = if self.chance.percent(75) { 5 * DAY } else { FAULTS_END - 2 * DAY };
        let at = self.chance.between(7 * HOUR, end);
        self.later(at, Next::Fault(fault));
        at
    }

    fn cut_for(&mut self, at: i64, longest: i64, a: Peer, b: Peer) {
        let until = at + self.chance.between(HOUR, longest);
        self.later(at, Next::Fault(Fault::Cut(a.min(b), a.max(b))));
        self.later(until, Next::Fault(Fault::Mend(a.min(b), a.max(b))));
    }

    /// Something goes wrong.
    pub(crate) fn fault(&mut self, fault: &Fault) {
        match *fault {
            Fault::CrashNode(node) => self.nodes[node].crash_next = true,
            Fault::RestartTablet(tablet) => self.restart_tablet(tablet),
            Fault::Jump(tablet) => self.tablets[tablet].clock.jump(&mut self.chance),
            Fault::JumpNode(node) => self.nodes[node].clock.jump(&mut self.chance),
            Fault::Cut(a, b) if self.faults_on => {
                self.cut.insert((a, b));
            }
            Fault::Cut(..) => {}
            Fault::Mend(a, b) => {
                self.cut.remove(&(a, b));
            }
            Fault::RestoreNode { node, announced } => self.restore_kit(node, announced),
            Fault::Clone(node) => self.clone_kit(node),
            Fault::RestoreCentre => self.restore_centre(),
            Fault::Steal(node) => self.steal(node),
            Fault::Revoke(node) => {
                self.revoked.insert(self.nodes[node].device, self.now);
            }
            Fault::Forge(node) => self.forge(node),
        }
    }

    /// Every node puts a backup on its shelf.
    pub(crate) fn back_up(&mut self) {
        self.after(BACKUP_EVERY, Next::Backup);
        self.nodes.iter_mut().filter(|node| node.alive).for_each(crate::node::Node::back_up);
    }

    /// A tablet restarts, unless that would leave events behind whose time nobody could ever know: the protocol assumes
    /// that the offset of every boot becomes known.
    fn restart_tablet(&mut self, tablet: usize) {
        let now = self.now;
        let clock = &self.tablets[tablet].clock;
        let known = self.nodes[0].register.corrected(clock.boot, clock.read(now)).is_some();
        if known || !clock.used {
            self.tablets[tablet].restart(&mut self.chance, now);
        }
    }

    fn restore_kit(&mut self, node: usize, announced: bool) {
        let choice = self.chance.below(self.nodes[node].backups.len());
        let Some(backup) = self.nodes[node].backups.get(choice).cloned().filter(|_| self.nodes[node].alive) else {
            return;
        };
        self.tampered = true;
        let synced = self.nodes[node].synced.is_some().then(|| backup.clone());
        (self.nodes[node].store, self.nodes[node].synced, self.nodes[node].prove) = (backup, synced, 0);
        self.restart(node);
        if announced {
            self.begin_anew(node, None);
        }
    }

    /// The disk is copied to a second laptop, and both go on; one tablet talks to the copy.
    fn clone_kit(&mut self, node: usize) {
        let Some(store) = self.nodes[node].backups.last().cloned().filter(|_| self.nodes[node].alive) else { return };
        self.tampered = true;
        let mut copy = crate::node::Node::new(&mut self.chance, self.nodes.len(), self.now, self.policy);
        (copy.store, copy.device) = (store, self.nodes[node].device);
        copy.synced = copy.synced.map(|_| copy.store.clone());
        self.nodes.push(copy);
        let twin = self.nodes.len() - 1;
        self.restart(twin);
        self.tablets[node - 1].node = twin;
        self.after(HOUR, Next::NodeSyncs(twin));
    }

    fn restore_centre(&mut self) {
        let backups = &self.nodes[0].backups;
        let choice = self.chance.below(backups.len());
        let Some(backup) = backups.get(choice).cloned() else { return };
        self.nodes[0].store = backup;
        if !self.policy.receipts_without_epoch {
            self.begin_anew(0, None);
        }
        self.restart(0);
    }

    /// Gone with everything on it. Its tablets turn to another kit.
    fn steal(&mut self, node: usize) {
        self.nodes[node].alive = false;
        let other = 1 + node % SHELTERS;
        for tablet in &mut self.tablets {
            if tablet.node == node {
                tablet.node = other;
            }
        }
    }

    /// An invented family, signed with the key of the stolen kit.
    fn forge(&mut self, node: usize) {
        let (device, clock): (_, DeviceClock) = (self.nodes[node].device, self.nodes[node].clock.clone());
        let mut event = self.blank(Kind::CheckIn, device, &clock);
        event.subject = Some(Subject(u128::from(self.chance.next())));
        event.shelter = Some(facility(0));
        event.counts = Some(Counts { adults: 9, ..Counts::default() });
        event.id = Id::from_uuid(self.chance.uuid(self.now));
        self.forged.push(event.id);
        let batch = vec![Carried { item: Item::new(&event, 0, true), stamps: Vec::new(), receipt: None }];
        self.request(Peer::Node(node), Peer::Node(0), What::Push { batch, hello: None });
    }
}
