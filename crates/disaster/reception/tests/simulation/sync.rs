//! What a kit and the centre exchange: pushes by difference of sets, pulls by cursor, digests, and the search for copies.

use kernel::Id;
use reception::event::Observed;
use reception::sync::{
    Bucket, Centre, Cursor, Digests, Listed, REMEMBERED, Seen, Shown, Sighting, compare, offer, sight,
};
use reception::{Epoch, Event};

use crate::net::{Hello, Peer, Pushed, What};
use crate::policy::Counter;
use crate::store::Carried;
use crate::world::{HOUR, MINUTE, Next, World};

/// Events in one answer to a pull.
const PAGE: i64 = 40;
const MAX_ROUND_TRIP_MS: i64 = 20_000;

impl World {
    /// A kit turns to the centre.
    pub(crate) fn node_syncs(&mut self, node: usize) {
        let pause = if self.faults_on { self.pause(30 * MINUTE, 4 * HOUR) } else { 20 * MINUTE };
        self.after(pause, Next::NodeSyncs(node));
        if node == 0 || !self.nodes[node].alive {
            return;
        }
        let (me, centre) = (Peer::Node(node), Peer::Node(0));
        let (batch, counter) = self.outstanding(node);
        let state = &self.nodes[node];
        let nothing = Seen { position: 0, hash: [0; 32] };
        let head = state.store.seen(state.store.position()).unwrap_or(nothing);
        let shown = Shown { epoch: state.store.epoch, head, earlier: state.store.seen(state.prove) };
        let hello = Some(Hello { node: state.store.node, shown, counter });
        let request = self.request(me, centre, What::Push { batch, hello });
        let now = self.now;
        let state = &mut self.nodes[node];
        state.asked = (request, now);
        let cursor = state.store.cursor;
        self.request(me, centre, What::Pull(cursor));
        if self.policy.digests && (self.chance.percent(30) || !self.faults_on) {
            let digests = self.nodes[node].store.digests.clone();
            self.request(me, centre, What::Digests(digests));
        }
    }

    /// The difference of sets; or, by a policy, what lies behind a counter.
    fn outstanding(&mut self, node: usize) -> (Vec<Carried>, (i64, i64)) {
        let state = &mut self.nodes[node];
        if let Some(kind) = self.policy.counter {
            let epoch = state.counter_key(kind);
            let from = if state.counter.1 == epoch { state.counter.0 } else { 0 };
            let from = usize::try_from(from).unwrap_or(0);
            let page = state.store.journal.iter().skip(from).take(100);
            let batch: Vec<Carried> = page.map(|(id, _)| state.store.copies[id].carried()).collect();
            let whole = |n: usize| i64::try_from(n).unwrap_or(0);
            let counter = (whole(from), whole(from + batch.len()));
            return (batch, counter);
        }
        let copies = &state.store.copies;
        let behind = copies.iter().filter(|(id, _)| state.offered.is_none_or(|last| **id > last));
        let before = copies.iter().filter(|(id, _)| state.offered.is_some_and(|last| **id <= last));
        let held = behind.chain(before).map(|(_, copy)| copy.held());
        let ids = offer(held, state.store.centre.map(|centre| centre.epoch));
        state.offered = ids.last().copied();
        (ids.iter().map(|id| copies[id].carried()).collect(), (0, 0))
    }

    /// The centre looks at what a kit shows of its journal.
    pub(crate) fn listen(&mut self, hello: &Hello, answer: &mut Pushed) {
        let store = &mut self.nodes[0].store;
        let Hello { node, shown, counter } = hello;
        let key = (*node, shown.epoch);
        let remembered = store.seen.get(&key).map_or(&[][..], Vec::as_slice);
        let sighting = sight(remembered, shown);
        match sighting {
            Sighting::Same => {
                let heads = store.seen.entry(key).or_default();
                heads.push(shown.head);
                heads.drain(..heads.len().saturating_sub(REMEMBERED));
            }
            Sighting::Unproven => {}
            Sighting::RolledBack | Sighting::Forked => {
                answer.begin_above = store.seen.keys().filter(|(of, _)| of == node).map(|(_, epoch)| *epoch).max();
            }
        }
        answer.prove = store.seen.get(&key).and_then(|heads| heads.last()).map(|seen| seen.position);
        if let Some(kind) = self.policy.counter {
            let kept =
                store.counters.entry((*node, (kind == Counter::NodeAndEpoch).then_some(shown.epoch))).or_default();
            // A journal that is not proven may be another one.
            if counter.0 <= *kept && sighting == Sighting::Same {
                *kept = (*kept).max(counter.1);
            }
            answer.counter = *kept;
        }
    }

    /// A kit hears the answer to its push.
    pub(crate) fn node_hears(&mut self, node: usize, request: u64, answer: &Pushed) {
        let now = self.now;
        let state = &mut self.nodes[node];
        let known = state.store.centre.map(|centre| centre.epoch);
        if let Some(said) = answer.centre {
            state.store.centre = Some(Centre::heard(state.store.centre, said));
        }
        for receipt in &answer.receipts {
            if let Some(copy) = state.store.copies.get_mut(&receipt.event) {
                copy.receive(receipt);
            }
        }
        // Verdicts and clocks count only from the answer to the newest request.
        if state.asked.0 != request {
            return;
        }
        if let Some(kind) = self.policy.counter {
            state.counter = (answer.counter, state.counter_key(kind));
            let renewed = known.is_some() && known != state.store.centre.map(|centre| centre.epoch);
            if renewed {
                state.counter.0 = 0;
            }
        }
        if let Some(above) = answer.begin_above {
            self.alarms += 1;
            self.begin_anew(node, Some(above));
        } else {
            state.prove = answer.prove.unwrap_or(0);
        }
        let state = &self.nodes[node];
        let (clock, asked) = (state.clock.clone(), state.asked.1);
        let (boot, _) = answer.clock;
        let prompt = answer.direct && now - asked <= MAX_ROUND_TRIP_MS && !state.met.contains(&boot);
        if let Some(centre) = answer.centre.filter(|_| prompt) {
            self.nodes[node].met.push(boot);
            self.tie(node, &clock, Observed::Trusted { at_ms: centre.clock_ms });
        }
    }

    /// A node begins a new life.
    pub(crate) fn begin_anew(&mut self, node: usize, above: Option<Epoch>) {
        let fresh = self.chance.uuid(self.now);
        let state = &mut self.nodes[node];
        state.store.epoch = Epoch::begin(fresh, above.max(Some(state.store.epoch)));
        state.prove = 0;
        if let Some(synced) = state.synced.as_mut() {
            synced.epoch = state.store.epoch;
        }
    }

    /// A page of a journal.
    pub(crate) fn pulled(&self, node: usize, cursor: Option<Cursor>) -> What {
        let now = self.now;
        let after = Cursor::resume(cursor, self.nodes[node].store.epoch);
        let state = &self.nodes[node];
        let centre = Centre { epoch: state.store.epoch, clock_ms: now };
        let page = state.store.journal.iter().skip(usize::try_from(after).unwrap_or(0));
        let page = page.take(usize::try_from(PAGE).unwrap_or(0));
        let events: Vec<_> = page.map(|(id, _)| self.with_receipt(node, id)).collect();
        let page = Some((after, after + i64::try_from(events.len()).unwrap_or(0)));
        What::Pulled { events, centre, page }
    }

    /// Only the centre is asked, and it gives its receipts along.
    fn with_receipt(&self, node: usize, id: &Id<Event>) -> Carried {
        let copy = &self.nodes[node].store.copies[id];
        Carried { receipt: Some(self.nodes[node].receipt(&copy.item, self.now)), ..copy.carried() }
    }

    /// A kit takes what it asked for.
    pub(crate) fn read(&mut self, node: usize, events: Vec<Carried>, said: Centre, page: Option<(i64, i64)>) {
        for Carried { item, stamps, receipt } in events {
            self.keep(node, &item, &stamps);
            if let (Some(receipt), Some(copy)) = (receipt, self.nodes[node].store.copies.get_mut(&item.event.id)) {
                copy.receive(&receipt);
            }
        }
        let store = &mut self.nodes[node].store;
        store.centre = Some(Centre::heard(store.centre, said));
        if let Some((from, to)) = page.filter(|_| store.centre.map(|centre| centre.epoch) == Some(said.epoch)) {
            store.cursor = Cursor::read(store.cursor, said.epoch, from, to);
        }
    }

    /// The lists of the buckets that differ.
    pub(crate) fn lists(&self, node: usize, theirs: &Digests) -> What {
        let store = &self.nodes[node].store;
        What::Lists(store.digests.differing(theirs).into_iter().map(|bucket| (bucket, store.list(bucket))).collect())
    }

    /// A kit repairs what its digests showed.
    pub(crate) fn compare_lists(&mut self, node: usize, from: Peer, lists: &[(Bucket, Vec<Listed>)]) {
        let (mut send, mut ask): (Vec<Carried>, Vec<Id<Event>>) = (Vec::new(), Vec::new());
        for (bucket, theirs) in lists {
            let store = &self.nodes[node].store;
            let found = compare(&store.list(*bucket), theirs);
            send.extend(found.send.iter().chain(&found.restamp).map(|id| store.copies[id].carried()));
            ask.extend(found.ask.iter().chain(&found.restamp));
        }
        if !send.is_empty() {
            self.request(Peer::Node(node), from, What::Push { batch: send, hello: None });
        }
        if !ask.is_empty() {
            self.request(Peer::Node(node), from, What::Fetch(ask));
        }
    }

    /// Events by id.
    pub(crate) fn fetched(&self, node: usize, ids: &[Id<Event>]) -> What {
        let centre = Centre { epoch: self.nodes[node].store.epoch, clock_ms: self.now };
        let known = ids.iter().filter(|id| self.nodes[node].store.copies.contains_key(id));
        What::Pulled { events: known.map(|id| self.with_receipt(node, id)).collect(), centre, page: None }
    }
}
